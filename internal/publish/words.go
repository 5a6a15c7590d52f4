package publish

import (
	"cmp"
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

// changesetLabel is the label of the digest that an approval of a plan names.
const changesetLabel = "changes"

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
