package checks_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

// fake answers a question with a result that was made up.
type fake struct {
	question checks.Question
	result   checks.Result
	seen     *checks.Input
}

func (f fake) Question() checks.Question { return f.question }
func (f fake) Rules() []checks.Rule {
	return []checks.Rule{
		{ID: "plan.waivable", Waivable: true}, {ID: "plan.strict"}, {ID: "review.x"}, {ID: "provenance.x"},
	}
}

func (f fake) Evaluate(in checks.Input) checks.Result {
	if f.seen != nil {
		*f.seen = in
	}
	return f.result
}

var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func snapshot(policy string) *checks.Snapshot {
	return &checks.Snapshot{TakenAt: at, Policy: checks.PolicyText{Text: checks.Bytes("version: 1\n" + policy)}}
}

func finding(rule string, e checks.Effect) checks.Finding {
	return checks.Finding{Rule: rule, Question: checks.Rule{ID: rule}.Question(), Effect: e, Severity: checks.SeverityHigh, Subject: checks.Subject{Kind: checks.SubjectResource, Name: "a.b[0]"}}
}

func TestOutcomeFollowsFromWhatWasFound(t *testing.T) {
	t.Parallel()
	deny, ask, allow := finding("plan.strict", checks.EffectDeny), finding("plan.strict", checks.EffectRequireReview), finding("plan.strict", checks.EffectAllow)
	gap := checks.Gap{Question: checks.QuestionPlan, Kind: checks.GapEvidence}
	seat := []checks.Seat{{Missing: 1}}
	override := &checks.Override{By: "bob"}
	for _, c := range []struct {
		name         string
		plan, review checks.Result
		want         []checks.Outcome // plan, review, all
	}{
		{"nothing found", checks.Result{}, checks.Result{}, []checks.Outcome{checks.Verified, checks.Verified, checks.Verified}},
		{"told", checks.Result{Findings: []checks.Finding{allow}}, checks.Result{}, []checks.Outcome{checks.Verified, checks.Verified, checks.Verified}},
		{"denied", checks.Result{Findings: []checks.Finding{deny}}, checks.Result{}, []checks.Outcome{checks.Refused, checks.Verified, checks.Refused}},
		{"gap", checks.Result{Gaps: []checks.Gap{gap}}, checks.Result{}, []checks.Outcome{checks.Undecided, checks.Verified, checks.Undecided}},
		{"denied and gap", checks.Result{Findings: []checks.Finding{deny}, Gaps: []checks.Gap{gap}}, checks.Result{}, []checks.Outcome{checks.Refused, checks.Verified, checks.Refused}},
		{"waiting", checks.Result{}, checks.Result{Waiting: seat}, []checks.Outcome{checks.Verified, checks.Waiting, checks.Waiting}},
		{"asks, people agreed", checks.Result{Findings: []checks.Finding{ask}}, checks.Result{}, []checks.Outcome{checks.Verified, checks.Verified, checks.Verified}},
		{"asks, people have not", checks.Result{Findings: []checks.Finding{ask}}, checks.Result{Waiting: seat}, []checks.Outcome{checks.Waiting, checks.Waiting, checks.Waiting}},
		{"asks, review refused", checks.Result{Findings: []checks.Finding{ask}}, checks.Result{Findings: []checks.Finding{finding("review.x", checks.EffectDeny)}}, []checks.Outcome{checks.Waiting, checks.Refused, checks.Refused}},
		{"overridden", checks.Result{Findings: []checks.Finding{deny}}, checks.Result{Waiting: seat, Override: override}, []checks.Outcome{checks.Refused, checks.Waiting, checks.Overridden}},
		{"override of nothing", checks.Result{}, checks.Result{Override: override}, []checks.Outcome{checks.Verified, checks.Verified, checks.Verified}},
		{"override over a gap", checks.Result{Gaps: []checks.Gap{gap}}, checks.Result{Override: override}, []checks.Outcome{checks.Undecided, checks.Verified, checks.Undecided}},
		{"override over a refusal and a gap", checks.Result{Findings: []checks.Finding{deny}, Gaps: []checks.Gap{gap}}, checks.Result{Override: override}, []checks.Outcome{checks.Refused, checks.Verified, checks.Refused}},
	} {
		v := checks.Evaluate(snapshot(""), fake{question: checks.QuestionPlan, result: c.plan}, fake{question: checks.QuestionReview, result: c.review})
		got := []checks.Outcome{v.Questions[0].Outcome, v.Questions[1].Outcome, v.Outcome}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestOddWordsDoNotPass: a gap of a question nobody asked, an effect nobody knows,
// a review finding that asks for review: none of them is overlooked.
func TestOddWordsDoNotPass(t *testing.T) {
	t.Parallel()
	s := snapshot("")
	s.Gaps = []checks.Gap{{Question: "deployment", Kind: checks.GapEvidence}}
	if v := checks.Evaluate(s, fake{question: checks.QuestionReview}); v.Outcome.Passes() {
		t.Errorf("gap: %v", v.Outcome)
	}
	for rule, e := range map[string]checks.Effect{"plan.strict": "alow", "review.x": checks.EffectRequireReview} {
		f := finding(rule, e)
		if v := checks.Evaluate(snapshot(""), fake{question: f.Question, result: checks.Result{Findings: []checks.Finding{f}}}); v.Outcome.Passes() {
			t.Errorf("%s %s: %v", rule, e, v.Outcome)
		}
	}
}

// TestNothingIsNotGood: when nothing is known of the change no question is
// answered, so that "0 of 0" never looks like an answer.
func TestNothingIsNotGood(t *testing.T) {
	t.Parallel()
	s := snapshot("")
	s.Gaps = []checks.Gap{{Kind: checks.GapEvidence, Message: "shallow"}}
	v := checks.Evaluate(s, fake{question: checks.QuestionPlan, result: checks.Result{Summary: "0 of 0 are good."}})
	if a := v.Questions[0]; a.Outcome != checks.Undecided || a.Summary != "Not looked at." {
		t.Errorf("%+v", a)
	}
}

// TestNobodyToAsk: a finding that asks for review does not pass when there is no
// review question.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	v := checks.Evaluate(snapshot(""), fake{question: checks.QuestionPlan, result: checks.Result{Findings: []checks.Finding{finding("plan.strict", checks.EffectRequireReview)}}})
	if v.Outcome != checks.Waiting {
		t.Errorf("%v", v.Outcome)
	}
}

func TestGapOfTheSnapshotHoldsForAll(t *testing.T) {
	t.Parallel()
	s := snapshot("")
	s.Gaps = []checks.Gap{{Kind: checks.GapEvidence, Message: "cut off"}}
	if v := checks.Evaluate(s, fake{question: checks.QuestionReview}); v.Outcome != checks.Undecided || v.ExitCode() != checks.ExitUndecided {
		t.Errorf("%v %d", v.Outcome, v.ExitCode())
	}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	const people = "people: [{id: dave, github_ids: [4]}]\n"
	waiver := func(rule, subject, expires string) string {
		return people + "waivers: [{rule: " + rule + ", subject: '" + subject + "', owner: dave, reason: because of this, expires: " + expires + "}]\n"
	}
	for _, c := range []struct {
		name, policy, rule string
		want               checks.Outcome
	}{
		{"none", "", "plan.waivable", checks.Refused},
		{"in force", waiver("plan.waivable", "a.b[0]", "2026-11-21"), "plan.waivable", checks.Verified},
		{"by a glob", waiver("plan.waivable", "a.*", "2026-11-21"), "plan.waivable", checks.Verified},
		{"expired", waiver("plan.waivable", "a.b[0]", "2026-11-20T12:00:00Z"), "plan.waivable", checks.Refused},
		{"another subject", waiver("plan.waivable", "a.c", "2026-11-21"), "plan.waivable", checks.Refused},
		{"another rule", waiver("plan.waivable", "a.b[0]", "2026-11-21"), "plan.strict", checks.Refused},
		{"a rule nobody can waive", waiver("plan.strict", "a.b[0]", "2026-11-21"), "plan.strict", checks.Refused},
	} {
		v := checks.Evaluate(snapshot(c.policy), fake{question: checks.QuestionPlan, result: checks.Result{Findings: []checks.Finding{finding(c.rule, checks.EffectDeny)}}})
		if v.Outcome != c.want || (v.Findings[0].Waiver != nil) != (c.want == checks.Verified) {
			t.Errorf("%s: %v %+v %v", c.name, v.Outcome, v.Findings, v.Undecided)
		}
	}
}

func TestReviewSeesWhatWasFound(t *testing.T) {
	t.Parallel()
	var seen checks.Input
	checks.Evaluate(snapshot(""),
		fake{question: checks.QuestionPlan, result: checks.Result{Findings: []checks.Finding{finding("plan.strict", checks.EffectRequireReview)}}},
		fake{question: checks.QuestionReview, seen: &seen})
	if len(seen.Findings) != 1 || seen.Policy == nil {
		t.Errorf("%+v", seen)
	}
}

func TestDecidingFindingsComeFirst(t *testing.T) {
	t.Parallel()
	v := checks.Evaluate(snapshot(""), fake{question: checks.QuestionPlan, result: checks.Result{Findings: []checks.Finding{
		finding("plan.strict", checks.EffectAllow), finding("plan.waivable", checks.EffectDeny), finding("plan.strict", checks.EffectRequireReview), finding("plan.strict", checks.EffectDeny),
	}}})
	var got []string
	for _, f := range v.Findings {
		got = append(got, string(f.Effect)+" "+f.Rule)
	}
	if d := cmp.Diff([]string{"deny plan.strict", "deny plan.waivable", "require_review plan.strict", "allow plan.strict"}, got); d != "" {
		t.Error(d)
	}
}

// The same gap of several questions is told once, and decides each of them none the less.
func TestEqualGapsAreToldOnce(t *testing.T) {
	t.Parallel()
	every := checks.Gap{Kind: checks.GapEvidence, Message: "No head.", Remedy: "Look again."}
	one, other := every, every
	one.Question = checks.QuestionPlan
	other.Message = "No base."
	s := snapshot("")
	s.Gaps = []checks.Gap{one, every, other}
	v := checks.Evaluate(s,
		fake{question: checks.QuestionPlan, result: checks.Result{Gaps: []checks.Gap{one, every}}},
		fake{question: checks.QuestionReview, result: checks.Result{Gaps: []checks.Gap{other}}})
	if d := cmp.Diff([]checks.Gap{every, other}, v.Undecided); d != "" {
		t.Error(d)
	}
	s.Gaps, s.Commits = nil, []checks.Commit{{}}
	v = checks.Evaluate(s, fake{question: checks.QuestionPlan, result: checks.Result{Gaps: []checks.Gap{one, one}}}, fake{question: checks.QuestionReview})
	if d := cmp.Diff([]checks.Gap{one}, v.Undecided); d != "" || v.Questions[0].Outcome != checks.Undecided || v.Questions[1].Outcome != checks.Verified {
		t.Errorf("%s %+v", d, v.Questions)
	}
}

// The report names the pull request that was judged.
func TestPullRequestIsNamed(t *testing.T) {
	t.Parallel()
	s := snapshot("")
	if got := checks.Evaluate(s).Change.PullRequest; got != nil {
		t.Errorf("%+v", got)
	}
	s.PullRequest = &checks.PullRequest{Number: 2, Title: "Open it", HeadRepository: "eve/infra"}
	s.Review.Author = &checks.AccountRef{ID: 5, Login: "eve"}
	want := &checks.PullRequestNamed{Number: 2, Title: "Open it", HeadRepository: "eve/infra", Author: s.Review.Author}
	if d := cmp.Diff(want, checks.Evaluate(s).Change.PullRequest); d != "" {
		t.Error(d)
	}
}
