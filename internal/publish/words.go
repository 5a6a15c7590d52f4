package publish

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// RuleURL is the page that tells about a rule.
func RuleURL(id string) string {
	// GitHub makes a heading's anchor by leaving out what is no letter, digit,
	// hyphen or underscore.
	return "https://github.com/claw-verified/claw-verified/blob/main/docs/rules.md#" + strings.ReplaceAll(id, ".", "")
}

const homepage = "https://github.com/claw-verified/claw-verified"

// Headline says in one sentence why the outcome is what it is. It holds no
// foreign text.
func headline(v *checks.Verdict) string {
	if alone(v) {
		return planHeadline(v)
	}
	parts := why(v)
	why := strings.Join(parts, "; ")
	switch {
	case v.Outcome == checks.Overridden:
		return join("break-glass lets this change through"+weaker(v)+"; it is not verified", why)
	case v.Outcome == checks.Verified:
		return join("every question is answered"+weaker(v), why)
	case why == "" && len(v.Questions) == 0:
		return "no question was asked"
	case why == "":
		return "not every question is answered"
	}
	return why
}

// weaker says of a change that may go in that later ones will be asked for less. Who
// reads nothing but the headline has to know it.
func weaker(v *checks.Verdict) string {
	if slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == ruleWeaker }) {
		return ", and it makes the policy weaker"
	}
	return ""
}

// Rules that the headline has words for.
const (
	ruleWeaker       = "review.policy-weaker"
	ruleConversation = "review.conversation"
	ruleCheckPending = "review.check-pending"
	manyTalks        = 20 // conversations that are told one by one; the rest is one finding
)

// why tells what stands in the way.
func why(v *checks.Verdict) []string {
	var parts []string
	for _, s := range sections(v) {
		parts = append(parts, refusals(v, &s)...)
	}
	asks, talks, others := 0, 0, 0
	for i := range v.Findings {
		switch f := &v.Findings[i]; {
		case standingOf(v, f) != asksReview:
		case f.Rule == ruleConversation:
			talks++
		case f.Rule == ruleCheckPending:
			others++
		default:
			asks++
		}
	}
	if talks > manyTalks {
		parts = append(parts, fmt.Sprintf("more than %d conversations are not resolved", manyTalks))
	} else if talks > 0 {
		parts = append(parts, checks.Plural(talks, "conversation is not resolved", "conversations are not resolved"))
	}
	if others > 0 {
		parts = append(parts, checks.Plural(others, "check of others has not passed yet", "checks of others have not passed yet"))
	}
	if asks > 0 {
		parts = append(parts, checks.Plural(asks, "finding needs people to agree", "findings need people to agree"))
	}
	if t := missingText(v); t != "" {
		parts = append(parts, t)
	}
	return append(parts, unseen(v)...)
}

// unseen counts what could not be looked at.
func unseen(v *checks.Verdict) []string {
	var parts []string
	mistakes := 0
	for _, g := range v.Undecided {
		if g.Kind == checks.GapConfiguration {
			mistakes++
		}
	}
	if mistakes > 0 {
		parts = append(parts, checks.Plural(mistakes, "mistake in the policy or the set-up", "mistakes in the policy or the set-up"))
	}
	if n := len(v.Undecided) - mistakes; n > 0 {
		parts = append(parts, checks.Plural(n, "thing could not be looked at", "things could not be looked at"))
	}
	return parts
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

// refusals counts what forbids the change, for one question.
func refusals(v *checks.Verdict, s *section) []string {
	var denied []*checks.Finding
	for _, g := range s.groups {
		if g.standing == denies {
			denied = append(denied, g.findings...)
		}
	}
	n := len(denied)
	switch {
	case n == 0:
		return nil
	case s.answer.ID == checks.QuestionProvenance:
		return accused(v, denied)
	case s.answer.ID == checks.QuestionPlan:
		return []string{checks.Plural(n, "finding in the plan forbids it", "findings in the plan forbid it")}
	case s.answer.ID == checks.QuestionReview:
		return []string{checks.Plural(n, "finding in the review forbids it", "findings in the review forbid it")}
	}
	return []string{checks.Plural(n, "finding forbids it", "findings forbid it")}
}

// Observed says loudly that nothing is enforced; empty when it is.
func observed(v *checks.Verdict) string {
	if v.Mode != checks.ModeObserve {
		return ""
	}
	if v.Outcome.Passes() {
		return "The policy says mode: observe, so nothing is enforced. With mode: enforce this change would pass as well."
	}
	return "The policy says mode: observe, so nothing is enforced. With mode: enforce this change would be stopped: " + v.Outcome.String() + "."
}

// Override tells of a break-glass; empty without one.
func overrideText(v *checks.Verdict) string {
	if v.Override == nil {
		return ""
	}
	t := "Break-glass was used by " + v.Override.By
	if len(v.Override.Confirmed) > 0 {
		t += ", confirmed by " + strings.Join(v.Override.Confirmed, ", ")
	}
	if v.Override.Reason != "" {
		t += ", because: " + strings.TrimSuffix(v.Override.Reason, ".")
	}
	return t + "."
}

// What was judged, in pairs of a label and a text. Texts are foreign.
func facts(v *checks.Verdict) [][2]string {
	var out [][2]string
	add := func(label, text string) { out = append(out, [2]string{label, text}) }
	c := &v.Change
	if c.Repository.Name != "" {
		add("repo", redact.Cut(c.Repository.Name, maxRef))
	}
	if c.PullRequest != nil {
		add("pull", pullText(c))
	}
	if !alone(v) {
		add("range", rangeText(c))
	}
	if c.MergeBase != "" && c.MergeBase != c.Base.Commit {
		add("common ancestor", short(c.MergeBase))
	}
	if !alone(v) {
		add("size", fmt.Sprintf("%s, %s, %s", checks.Plural(c.Commits, "commit", "commits"), checks.Plural(c.Files, "changed file", "changed files"), checks.Plural(len(c.Plans), "plan", "plans")))
	}
	if c.Head.Commit != "" {
		add("head", c.Head.Commit)
	}
	for i, p := range c.Plans {
		if i == maxListed {
			add("plan", fmt.Sprintf("and %d more", len(c.Plans)-i))
			break
		}
		add("plan", planText(v, p))
		if p.Changeset != "" {
			add(changesetLabel, redact.Cut(p.Changeset, maxName))
		}
		if p.Evidence != nil {
			add("made by", evidenceText(p.Evidence))
		}
	}
	add("policy", policyText(v))
	if o := v.Policy.Organization; o != nil {
		add("floors", organizationText(o))
	}
	// Also when it is now: a time given by hand decides what has expired, and a
	// report must not hide that.
	if v.At.IsZero() {
		add("judged", "as of an unknown time")
	} else {
		add("judged", "as of "+v.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return out
}

// changesetLabel is the label of the digest that an approval of a plan names.
const changesetLabel = "changes"

// isChangeset reports whether a text is such a digest and nothing else.
func isChangeset(s string) bool {
	sum, ok := strings.CutPrefix(s, "changes-v1:sha256:")
	b, err := hex.DecodeString(sum)
	return ok && err == nil && len(b) == 32
}

// pullText names the pull request: who opened it, from where, and in quotes what they
// call it. Its parts are cut, so that it is not: what would be cut out of the middle of
// it could be a quotation mark of ours.
func pullText(c *checks.ChangeSummary) string {
	pr := c.PullRequest
	t := fmt.Sprintf("#%d", pr.Number)
	if pr.Author != nil {
		t += " by " + authorText(pr.Author)
	}
	if from := pr.HeadRepository; from != "" && from != c.Repository.Name {
		t += ", from " + quote(redact.Cut(from, 40))
		if name := c.Head.Name; name != "" && !strings.HasPrefix(c.Head.Commit, name) {
			t += ":" + quote(redact.Cut(name, 30))
		}
	}
	if pr.Title != "" {
		t += ": " + quoted(redact.Cut(pr.Title, 60))
	}
	return t
}

func authorText(a *checks.AccountRef) string {
	name, bot := strings.CutSuffix(a.Login, "[bot]")
	switch {
	case a.Login == "":
		return fmt.Sprintf("account %d", a.ID)
	case bot:
		return quote(redact.Cut(name, 30)) + "[bot]"
	}
	return quote(redact.Cut(name, 30))
}

func rangeText(c *checks.ChangeSummary) string {
	if c.Base == (checks.Ref{}) && c.Head == (checks.Ref{}) {
		return "neither the base commit nor the head commit is known"
	}
	return refText(c.Base, "base") + " .. " + refText(c.Head, "head")
}

func planText(v *checks.Verdict, p checks.PlanUsed) string {
	t := redact.Cut(planName(p.Source), maxRef)
	if p.Digest != "" {
		t += ", " + shortDigest(p.Digest)
	}
	// The digest of a plan that could not be used may be known nevertheless.
	unusable := slices.ContainsFunc(v.Undecided, func(g checks.Gap) bool {
		return g.Question == checks.QuestionPlan && (strings.HasPrefix(g.Message, "The plan "+p.Source+" cannot be used") || strings.HasPrefix(g.Message, "The plan on standard input cannot be used") && p.Source == "-")
	})
	if p.Digest == "" || unusable {
		t += ", not read"
	}
	return t
}

// evidenceText says which run made a plan, and why that is believed.
func evidenceText(e *checks.PlanEvidence) string {
	why := "for a reason that is not known"
	switch e.Believed {
	case checks.BelievedForWorkflow:
		why = "because its workflow is the base's"
	case checks.BelievedForSignature:
		why = "because " + redact.Cut(e.Signer, maxName) + " signed for it"
	}
	return fmt.Sprintf("run %d of %s, artifact %s, %s; believed %s", e.Run, redact.Cut(string(e.Producer), maxRef), redact.Cut(e.Artifact, maxRef), shortDigest(e.ArtifactDigest), why)
}

func planName(source string) string {
	if source == "-" {
		return "standard input"
	}
	return source
}

func policyText(v *checks.Verdict) string {
	p := &v.Policy
	if p.Path == "" && alone(v) {
		return "the built-in rules, no policy was given"
	}
	if p.Path == "" && p.Digest == "" {
		return "none"
	}
	t := redact.Cut(p.Path.String(), maxRef)
	switch p.Origin {
	case checks.PolicyFromBase:
		t += " of the base commit"
		if p.Commit != "" && p.Commit != v.Change.Base.Commit {
			t += " " + short(p.Commit)
		}
	case checks.PolicyFromFile:
		if !alone(v) { // there is no base commit
			t += ", a file given by hand and not the base commit's policy"
		}
	}
	if p.Digest != "" {
		t += ", " + shortDigest(p.Digest)
	}
	return t
}

// organizationText names the policy whose floors hold in every repository.
func organizationText(o *checks.OrganizationPolicy) string {
	t := redact.Cut(o.Path.String(), maxRef)
	if o.Repository != "" {
		t += " of " + redact.Cut(o.Repository, maxRef)
	}
	if o.Commit != "" {
		t += " " + short(o.Commit)
	}
	if o.Digest != "" {
		t += ", " + shortDigest(o.Digest)
	}
	return t
}

func refText(r checks.Ref, what string) string {
	switch {
	case r.Commit == "" && r.Name == "":
		return "unknown " + what + " commit"
	case r.Commit == "":
		return redact.Cut(r.Name, maxRef) + " (commit not known)"
	case r.Name == "" || strings.HasPrefix(r.Commit, r.Name):
		return short(r.Commit)
	}
	return redact.Cut(r.Name, maxRef) + " " + short(r.Commit)
}

// short is the usual twelve digits of an object id. What is no id stays as it is.
func short(id string) string {
	if _, err := hex.DecodeString(id); err != nil || len(id) < 40 {
		return redact.Cut(id, maxName)
	}
	return id[:12]
}

func shortDigest(d string) string {
	alg, sum, ok := strings.Cut(d, ":")
	if !ok {
		return short(d)
	}
	return redact.Cut(alg, 20) + " " + redact.Cut(short(sum), maxRef)
}

// seatText says who is waited for.
func seatText(s *checks.Seat) string {
	from := s.From
	if from == "" {
		from = "people"
	}
	return fmt.Sprintf("%d more from %s, for tier %s.", s.Missing, from, s.Tier)
}

// lineText is what an approval has to begin with, to be copied; empty when any will do.
func lineText(s *checks.Seat) string {
	if s.Line == "" {
		return ""
	}
	return "An approval has to begin with the line: " + redact.Cut(s.Line, maxLine)
}

// isApproval reports whether a text is such a line, of letters and digits that do
// nothing to a terminal.
func isApproval(s string) bool {
	return strings.HasPrefix(s, "/approve ") && len(s) <= maxLine && strings.Trim(s, "/ :-0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

func couldText(s *checks.Seat) string {
	if len(s.Could) == 0 {
		return cmp.Or(s.Nobody, "Nobody known could fill it.")
	}
	list := s.Could
	more := ""
	if len(list) > maxListed {
		more = fmt.Sprintf(" and %d more", len(list)-maxListed)
		list = list[:maxListed]
	}
	return "Could fill it: " + strings.Join(list, ", ") + more + "."
}

// summary is the short answer to a question. For one that waits for people, the
// seats tell who and for what, so nothing but their number is said here.
func summary(v *checks.Verdict, a *checks.Answer) string {
	switch {
	case waits(v, a):
		return missingText(v) + "."
	case a.Summary == "" && a.Outcome == checks.Undecided:
		return "Not everything that is needed could be looked at."
	}
	return a.Summary
}

// waits reports whether the question is told by its seats.
func waits(v *checks.Verdict, a *checks.Answer) bool {
	return a.ID == checks.QuestionReview && a.Outcome != checks.Undecided && len(v.Waiting) > 0
}

// missingText counts the approvals that are waited for. One person can fill a seat in
// each tier, and only one in a tier, so the seats of several tiers do not add up.
func missingText(v *checks.Verdict) string {
	tiers, most := map[string]int{}, 0
	for _, s := range v.Waiting {
		tiers[s.Tier] += s.Missing
		most = max(most, tiers[s.Tier])
	}
	switch {
	case most == 0:
		return ""
	case len(tiers) > 1:
		return fmt.Sprintf("%d tiers wait for people to agree, at least %d of them", len(tiers), most)
	}
	return checks.Plural(most, "approval is missing", "approvals are missing")
}

// notProved says in one line that a pass would not prove everything, where the
// whole list would be in the way; empty where the list is shown.
func notProved(v *checks.Verdict, where string) string {
	if n := len(v.NotProved); n > 0 && !v.Outcome.Passes() {
		return "Not shown: " + checks.Plural(n, "thing", "things") + " that even a pass would not prove (" + where + ")."
	}
	return ""
}

func approvalText(a *checks.Approval) string {
	login := a.Login
	if login == "" {
		login = fmt.Sprintf("account %d", a.Account)
	}
	t := login + " " + strings.ReplaceAll(string(a.State), "_", " ")
	switch {
	case a.Counts && a.Reason != "":
		return t + ", counts, but " + a.Reason
	case a.Counts && a.Carried != "":
		return t + ", counts: " + a.Carried
	case a.Counts:
		return t + ", counts"
	}
	if a.Reason == "" {
		return t + ", does not count"
	}
	return t + ", does not count: " + a.Reason
}

// Bounds of what is shown.
const (
	maxListed = 20   // entries of a list of people and the like
	maxRef    = 80   // columns of the name of a branch, a repository, a file
	maxName   = 200  // columns of what a finding is about
	maxText   = 800  // columns of any other text
	maxPath   = 1024 // bytes of a path that is linked to
	maxLine   = 2000 // columns of a line to be copied
)
