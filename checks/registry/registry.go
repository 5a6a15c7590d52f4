// Package registry is the ordered list of the checks that Claw Verified makes.
// The order is the order of the questions: who made it, what would it do, who
// agreed. The last one prices its demands by what the others found.
package registry

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/checks/provenance"
	"github.com/claw-verified/claw-verified/checks/review"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Checks returns the checks in order.
func Checks() []checks.Check {
	return []checks.Check{provenance.Check{}, plan.Check{}, review.Check{}}
}

// Rules returns every rule of every check, in order.
func Rules() []checks.Rule {
	var out []checks.Rule
	for _, c := range Checks() {
		out = append(out, c.Rules()...)
	}
	return out
}

// Known tells the policy parser of every rule.
func Known() policy.Known { return checks.Known(Checks()) }

// Evaluate judges the snapshot with all checks.
func Evaluate(s *checks.Snapshot) *checks.Verdict { return checks.Evaluate(s, Checks()...) }
