package publish

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// alone reports whether a verdict is about plans and nothing else. Nobody looked at
// who made a change or who agreed to it, so none of the words of a gate are used.
func alone(v *checks.Verdict) bool { return v.Change.Kind == checks.KindPlan }

// Word is an outcome in a word for people. Of a plan alone nothing is said to be
// verified or refused.
func Word(v *checks.Verdict, o checks.Outcome) string {
	if !alone(v) {
		return o.String()
	}
	switch o {
	case checks.Verified:
		return "clear"
	case checks.Waiting:
		return "needs a look"
	case checks.Refused:
		return "denied"
	}
	return checks.Undecided.String()
}

// titleOf names what was judged.
func titleOf(v *checks.Verdict) string {
	switch {
	case !alone(v):
		return "Claw Verified"
	case len(v.Change.Plans) == 1:
		return "Plan"
	}
	return "Plans"
}

// planHeadline counts the objects that stand in the way, and says whether a plan as a
// whole does.
func planHeadline(v *checks.Verdict) string {
	denied, asked := affected(v, denies), affected(v, asksReview)
	for k := range denied {
		delete(asked, k)
	}
	var parts []string
	for _, c := range []struct {
		set       map[checks.Subject]bool
		one, many string
	}{{denied, "is denied", "are denied"}, {asked, "needs a look", "need a look"}} {
		n, whole := 0, 0
		for s := range c.set {
			if s.Kind == checks.SubjectResource {
				n++
			} else {
				whole++
			}
		}
		verb := c.many
		if n+whole == 1 {
			verb = c.one
		}
		var who []string
		if n > 0 {
			who = append(who, checks.Plural(n, "object", "objects"))
		}
		switch {
		case whole == 1:
			who = append(who, "the plan as a whole")
		case whole > 1:
			who = append(who, fmt.Sprintf("%d plans as a whole", whole))
		}
		if len(who) > 0 {
			parts = append(parts, strings.Join(who, " and ")+" "+verb)
		}
	}
	parts = append(parts, unseen(v)...)
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case v.Outcome != checks.Verified:
		return "Not everything could be looked at"
	case len(v.Change.Plans) == 1:
		return "Nothing in this plan stands in the way"
	}
	return "Nothing in these plans stands in the way"
}

// affected are the subjects of findings of one standing.
func affected(v *checks.Verdict, st standing) map[checks.Subject]bool {
	out := map[checks.Subject]bool{}
	for i := range v.Findings {
		if f := &v.Findings[i]; standingOf(v, f) == st {
			out[checks.Subject{Kind: f.Subject.Kind, Name: f.Subject.Name, Note: f.Subject.Note}] = true
		}
	}
	return out
}

// planFile is the file of the plan that a finding is about; empty when it came by
// standard input.
func planFile(s *checks.Subject) string {
	name := s.Name
	if s.Kind != checks.SubjectPlan {
		name, _, _ = strings.Cut(s.Note, ", deposed object ")
	}
	if name == "-" {
		return ""
	}
	return name
}
