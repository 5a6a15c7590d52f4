package publish_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

func lineOf(g checks.PlanGroup, address string, a checks.Action, e checks.Effect) checks.PlanLine {
	l := checks.PlanLine{Group: g, Address: address, Action: a, Effect: e}
	if e != "" {
		l.Rules = []string{"plan.x"}
	}
	return l
}

// TestPlanLinesCannotBeHidden: an object that is denied is shown before what is
// harmless, however many plans and changes are around it.
func TestPlanLinesCannotBeHidden(t *testing.T) {
	t.Parallel()
	v := alone(checks.Refused)
	v.Plans = nil
	for i := range 100 {
		s := checks.PlanSummary{Source: fmt.Sprintf("p%03d.json", i), Counts: map[string]int{"create": 500}}
		for j := range 500 {
			g, e := checks.GroupOther, checks.Effect("")
			if j < 100 {
				g, e = checks.GroupIrreversible, checks.EffectAllow
			}
			s.Lines = append(s.Lines, lineOf(g, fmt.Sprintf("aws_vpc.v%d", j), checks.ActionCreate, e))
		}
		if i == 99 {
			s.Lines = append([]checks.PlanLine{lineOf(checks.GroupRuns, "null_resource.evil", checks.ActionCreate, checks.EffectDeny)}, s.Lines...)
			s.Lines = append(s.Lines, lineOf("a later group", "later_thing.x", checks.ActionCreate, ""))
		}
		v.Plans = append(v.Plans, s)
	}
	for _, format := range []string{"terminal", "markdown"} {
		o := options()
		o.MaxBytes = 65_535
		got := write(t, format, v, o)
		at, first := strings.Index(got, "null_resource.evil"), strings.Index(got, "p000.json")
		if _, after, _ := strings.Cut(got, "What would it do?"); at < 0 || strings.Index(after, "p099.json") > strings.Index(after, "p000.json") {
			t.Errorf("%s: at %d, first plan at %d", format, at, first)
		}
		if n := strings.Count(got, "\n"); n > 450 {
			t.Errorf("%s: %d lines", format, n)
		}
		if !strings.Contains(got, "80 more plans") {
			t.Errorf("%s does not say what it leaves out", format)
		}
	}
}

func TestPlanCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts    map[string]int
		unchanged int
		want      string
	}{
		{map[string]int{}, 0, "nothing to change"},
		{map[string]int{"create": 0}, 3, "nothing to change, 3 unchanged"},
		{map[string]int{"create": 4, "update": 2, "replace": 1, "delete": 3}, 120, "4 to create, 2 to change, 1 to replace, 3 to destroy, 120 unchanged"},
		{map[string]int{"forget": 1, "replace-forget": 2, "import": 3, "move": 4, "unknown": 5, "explode": 1}, 0, "2 to create anew, the old left unmanaged, 1 to leave unmanaged, 3 to import, 4 moved, 6 in a way that is not known"},
	} {
		v := alone(checks.Verified)
		v.Plans = []checks.PlanSummary{{Source: "p.json", Counts: c.counts, Unchanged: c.unchanged}}
		if got := write(t, "markdown", v, options()); !strings.Contains(got, "\n"+c.want+"\n") {
			t.Errorf("no line %q in\n%s", c.want, got)
		}
	}
}

// TestPlanSigns: the sign, the word and the action of a line.
func TestPlanSigns(t *testing.T) {
	t.Parallel()
	v := alone(checks.Refused)
	lines := []checks.PlanLine{
		lineOf(checks.GroupIrreversible, "x.delete", checks.ActionDelete, checks.EffectDeny),
		lineOf(checks.GroupIrreversible, "x.replace", checks.ActionReplace, checks.EffectRequireReview),
		lineOf(checks.GroupIrreversible, "x.odd", "explode", "an effect of later"),
		lineOf(checks.GroupIrreversible, "x.first", checks.ActionReplace, checks.EffectAllow),
		lineOf(checks.GroupIrreversible, "x.forget", checks.ActionForget, ""),
		lineOf(checks.GroupIrreversible, "x.anew", checks.ActionReplaceForget, ""),
		lineOf(checks.GroupIrreversible, "x.read", checks.ActionRead, ""),
		lineOf(checks.GroupIrreversible, "x.moved", checks.ActionNoOp, ""),
	}
	lines[3].CreateFirst = true
	lines[4].Rules = []string{"plan.forget"} // accepted by a waiver
	v.Plans = []checks.PlanSummary{{Source: "p.json", Lines: lines}}
	got := write(t, "terminal", v, options())
	for _, want := range []string{
		"✗ denied  -   x.delete", "● review  -/+ x.replace", "✗ denied  ?   x.odd", "· noted   +/- x.first", "· waived  .   x.forget", "          +/. x.anew", "          <=  x.read", "          =   x.moved",
	} {
		if !regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(want) + `$`).MatchString(got) {
			t.Errorf("no line %q in\n%s", want, got)
		}
	}
	v = verified()
	v.Plans = []checks.PlanSummary{{Source: "p.json", Lines: lines[1:2]}}
	if got := write(t, "terminal", v, options()); !strings.Contains(got, "✓ agreed  -/+ x.replace") {
		t.Errorf("what people agreed to is not marked so:\n%s", got)
	}
}

// TestMarkdownKeepsFindingsOverPlans: where there is no room for both, the findings
// are there.
func TestMarkdownKeepsFindingsOverPlans(t *testing.T) {
	t.Parallel()
	v := refused()
	o := options()
	o.MaxBytes = 3500
	got := write(t, "markdown", v, o)
	if !strings.Contains(got, "provenance.unsigned") || strings.Contains(got, "Cannot be undone") {
		t.Errorf("%s", got)
	}
}

// TestPlanAloneClaimsNothing: no report about a plan alone calls anything verified or
// refused.
func TestPlanAloneClaimsNothing(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`(?i)[^-a-z](verified|refused|waiting)[^a-z]`)
	for name, v := range map[string]*checks.Verdict{"clear": clearPlan(), "denied": samples()["plan-denied"], "look": manyPlans()} {
		for _, format := range []string{"terminal", "markdown", "github"} {
			got := strings.ReplaceAll(write(t, format, v, options()), "Claw Verified:", "")
			if m := word.FindString(got); m != "" {
				t.Errorf("%s of %s says %q:\n%s", format, name, m, got)
			}
		}
	}
	for want, v := range map[string]*checks.Verdict{
		"Nothing in this plan stands in the way.": clearPlan(),
		"denied: 1 destroyed (module.prod.aws_db_instance.main); to look at: 1 object (aws_security_group.bastion).": samples()["plan-denied"],
		"denied: Objects destroyed.":          alone(checks.Refused, ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"), ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "b"}, "x")),
		"needs a look: 1 destroyed and more.": alone(checks.Waiting, ruleDelete.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"), ruleDelete.New(resource("y.z"), "x")),
		"needs a look: 2 destroyed, the plan does not show everything, the plan as a whole.": alone(
			checks.Waiting, ruleDelete.New(resource("y.z"), "x"), ruleDelete.New(resource("y.a"), "x"), ruleDelete.New(resource("y.a"), "y"),
			checks.Rule{ID: "plan.partial", Effect: checks.EffectRequireReview}.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"),
			checks.Rule{ID: "plan.later", Effect: checks.EffectRequireReview}.New(checks.Subject{Kind: checks.SubjectPlan, Name: "a"}, "x"),
		),
	} {
		for i := range v.Findings {
			if strings.Contains(want, "denied: Objects") && v.Findings[i].Subject.Kind == checks.SubjectPlan {
				v.Findings[i].Effect = checks.EffectDeny
			}
		}
		if got := write(t, "github", v, options()); !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// TestNothingIsToldTwice: an address stands once in a finding, and what holds for both
// families of addresses is one.
func TestNothingIsToldTwice(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"terminal", "markdown"} {
		got := write(t, format, toldPlan(), options())
		_, findings, _ := strings.Cut(got, "plan.delete-data")
		for text, want := range map[string]int{
			"aws_db_instance.orders": 1, "(IPv4 and IPv6)": 1, "(IPv6) could": 1, "plan.json": 1, // where it is said what was looked at
		} {
			if n := strings.Count(findings, text); n != want {
				t.Errorf("%s has %q %d times, want %d:\n%s", format, text, n, want, findings)
			}
		}
	}
	if got := write(t, "terminal", toldPlan(), options()); !strings.Contains(got, "plan.grant-withdrawn  5 objects: aws_iam_role.r0, aws_iam_role.r1,") {
		t.Errorf("notes are not counted:\n%s", got)
	}
	v := toldPlan()
	v.Change.Plans = append(v.Change.Plans, checks.PlanUsed{Source: "other.json", Digest: digest})
	if got := write(t, "terminal", v, options()); !strings.Contains(got, "[plan.json, deposed object 0a1b2c3d, db/main.tf:12]") {
		t.Errorf("of several plans it is not told which:\n%s", got)
	}
}

// TestChangesetIsWhole: the digest that an approval has to name can be copied.
func TestChangesetIsWhole(t *testing.T) {
	t.Parallel()
	v := refused()
	v.Change.Plans[0].Changeset = "changes-v1:" + digest
	for _, format := range []string{"terminal", "markdown"} {
		for _, width := range []int{40, 80} {
			o := options()
			o.Width = width
			if got := write(t, format, v, o); !strings.Contains(got, v.Change.Plans[0].Changeset) {
				t.Errorf("%s of %d columns:\n%s", format, width, got)
			}
		}
	}
}

// TestBrief: what would happen is told, and no finding; what could not be looked at is.
func TestBrief(t *testing.T) {
	t.Parallel()
	v := toldPlan()
	v.Undecided = []checks.Gap{{Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: "The other plan is broken.", Remedy: "Mend it."}}
	o := options()
	o.Brief = true
	for _, format := range []string{"terminal", "markdown"} {
		got := write(t, format, v, o)
		for text, want := range map[string]bool{"Cannot be undone": true, "The other plan is broken.": true, "11 findings are not told here": true, "plan.delete-data": false, "Checked": false} {
			if strings.Contains(got, text) != want {
				t.Errorf("%s has %q: %v\n%s", format, text, !want, got)
			}
		}
	}
}

// TestHarmlessNames: what stands in a headline is plain in every format.
func TestHarmlessNames(t *testing.T) {
	t.Parallel()
	v := toldPlan()
	for name, want := range map[string]bool{
		"aws_vpc.main": true, "module.a.aws_vpc.b-2": true, "": false, "www.evil.test": false, "a.www.evil": false, `a["b"]`: false, "a\nb": false, "__x__.y": false, "a._b_": false,
		"*a*": false, "-a": false, "a:b": false, "a@b.c": false, "ä.b": false, strings.Repeat("a", 61): false,
	} {
		v.Findings = v.Findings[:1]
		v.Findings[0].Subject.Name = name
		got, _, _ := strings.Cut(write(t, "markdown", v, options()), "| Question")
		if strings.Contains(got, "("+name+")") != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}

// TestPeopleOfSeveralTiers: one person can sit in several tiers.
func TestPeopleOfSeveralTiers(t *testing.T) {
	t.Parallel()
	v := waiting()
	v.Waiting = append(v.Waiting, checks.Seat{Tier: "risk", Missing: 2, From: "people", Could: []string{"bob", "carol"}})
	v.Approvals = []checks.Approval{{Login: "bob", State: checks.ReviewApproved, Counts: true, Reason: "not everywhere: tier risk: given without a plan"}}
	got := write(t, "terminal", v, options())
	for _, want := range []string{"2 tiers wait for people to agree, at least 2 of them", "bob approved, counts, but not everywhere: tier risk: given without a plan", "Nobody in the file of reviews could fill it."} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestJUnitOfAPlanAlone: what could not be looked at is not green.
func TestJUnitOfAPlanAlone(t *testing.T) {
	t.Parallel()
	o := options()
	o.Rules = []checks.Rule{{ID: "plan.other-commit"}, {ID: "plan.source-command"}, {ID: "plan.workspace"}, {ID: "plan.delete"}}
	got := strings.Join(strings.Fields(write(t, "junit", clearPlan(), o)), " ")
	for rule, want := range map[string]string{
		"plan.other-commit": `<skipped message="needs the repository">`, "plan.source-command": `<skipped message="needs the repository">`,
		"plan.workspace": `<skipped message="needs a policy that asks for it">`, "plan.delete": "",
	} {
		_, rest, ok := strings.Cut(got, `name="`+rule+`" classname="plan">`)
		if !ok || want != "" && !strings.HasPrefix(strings.TrimSpace(rest), want) || want == "" && !strings.HasPrefix(rest, "</testcase>") {
			t.Errorf("%s: %.80s", rule, rest)
		}
	}
	if got := write(t, "junit", verified(), o); strings.Contains(got, "needs the repository") {
		t.Error("of a change it is said that there is no repository")
	}
}
