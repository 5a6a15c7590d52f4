package scenario

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Describe writes a verdict as want.txt has it: the outcome, then each question
// with what decided it, in a form that reads well beside the story.
func Describe(v *checks.Verdict) string {
	var b strings.Builder
	fmt.Fprintln(&b, v.Outcome)
	if v.Mode == checks.ModeObserve {
		fmt.Fprintln(&b, "(only observed: nothing is enforced)")
	}
	for _, g := range v.Undecided {
		if g.Question == "" {
			fmt.Fprintf(&b, "  could not look (%s): %s\n", g.Kind, g.Message)
		}
	}
	for _, q := range v.Questions {
		fmt.Fprintf(&b, "\n%s %s — %s\n", q.Title, q.Outcome, q.Summary)
		for i := range v.Findings {
			if f := &v.Findings[i]; f.Question == q.ID {
				describeFinding(&b, f)
			}
		}
		for _, g := range v.Undecided {
			if g.Question == q.ID {
				fmt.Fprintf(&b, "  could not look (%s): %s\n", g.Kind, g.Message)
			}
		}
		if q.ID != checks.QuestionReview {
			continue
		}
		for _, a := range v.Approvals {
			switch {
			case a.Counts && a.Carried != "":
				fmt.Fprintf(&b, "  %s %s: counts, %s\n", a.Login, a.State, a.Carried)
			case a.Counts:
				fmt.Fprintf(&b, "  %s %s: counts\n", a.Login, a.State)
			default:
				fmt.Fprintf(&b, "  %s %s: does not count, %s\n", a.Login, a.State, a.Reason)
			}
		}
		for _, w := range v.Waiting {
			could := strings.Join(w.Could, ", ")
			if could == "" {
				could = "nobody known"
			}
			fmt.Fprintf(&b, "  tier %s wants %d more from %s (could: %s)\n", w.Tier, w.Missing, w.From, could)
			if w.Line != "" {
				fmt.Fprintf(&b, "    to be begun with the line: %s\n", w.Line)
			}
		}
	}
	return b.String()
}

func describeFinding(b *strings.Builder, f *checks.Finding) {
	effect := string(f.Effect)
	if f.Waiver != nil {
		effect = "waived by " + f.Waiver.Owner
	}
	name := f.Subject.Name
	if f.Subject.Kind == checks.SubjectCommit {
		name = fmt.Sprintf("commit %q", f.Subject.Note)
	}
	fmt.Fprintf(b, "  %s %s, %s: %s\n", effect, f.Rule, name, f.Message)
	if f.DecidedBy != "" {
		fmt.Fprintf(b, "    by policy rule %s: %s\n", f.DecidedBy, f.Reason)
	}
}
