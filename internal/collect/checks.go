package collect

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// otherChecks takes what others said of the head. That GitHub did not give all of it
// stands in the way where the policy names some: what is missing could be what turned
// one of them red. Elsewhere nobody looks at them, and a token that may not read them
// does. rules is nil when there is no policy that can be used.
func (c *collector) otherChecks(pr *ghapi.PullRequest, rules *policy.Policy) {
	for i := range pr.Checks {
		o := &pr.Checks[i]
		c.s.Checks = append(c.s.Checks, checks.CheckState{Name: o.Name, AppID: o.AppID, App: o.App, Account: o.Creator.ID, Status: o.Status, Conclusion: o.Conclusion, At: o.At})
	}
	checks.SortCheckStates(c.s.Checks)
	if rules == nil || len(rules.Review.Checks) == 0 {
		return
	}
	for _, m := range pr.Missed {
		if m.What == ghapi.MissedChecks {
			g := shortfall(checks.QuestionReview, m)
			g.Remedy = "Give the token checks: read and statuses: read, and run the check again."
			c.gap(g)
		}
	}
}
