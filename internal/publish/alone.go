package publish

import (
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

// outcomeWord is the outcome in the word that programs read.
func outcomeWord(v *checks.Verdict) string {
	if alone(v) {
		return v.Outcome.PlanOutcome()
	}
	return v.Outcome.String()
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

// nothingRead reports whether a verdict is about plans of which none could be read:
// why is told, and there is nothing else to tell.
func nothingRead(v *checks.Verdict) bool {
	return alone(v) && len(v.Plans) == 0 && len(v.Undecided) > 0 && len(v.Findings) == 0
}

// planFile is the file of the plan that a finding is about; empty when it came by
// standard input.
func planFile(s *checks.Subject) string {
	name := s.Name
	if s.Kind != checks.SubjectPlan {
		name = s.Plan
	}
	if name == "-" {
		return ""
	}
	return name
}
