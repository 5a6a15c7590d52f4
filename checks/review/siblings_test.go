package review_test

import (
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

// TestP09SiblingPullRequests: a check stands at a commit, so two pull requests of one
// head share what each of them earned.
func TestP09SiblingPullRequests(t *testing.T) {
	t.Parallel()
	ref := func(id int64, login string) *checks.AccountRef { return &checks.AccountRef{ID: id, Login: login} }
	for _, c := range []struct {
		name    string
		base    string // of the change
		sibling checks.Sibling
		want    checks.Outcome
		rule    string
	}{
		{"same branch", "main", checks.Sibling{Number: 8, Base: "main", Author: ref(bot, "claw-agent[bot]")}, checks.Refused, "review.sibling"},
		{"same branch, written otherwise", "refs/heads/main", checks.Sibling{Number: 8, Base: "main"}, checks.Refused, "review.sibling"},
		{"not known into which", "main", checks.Sibling{Number: 8}, checks.Refused, "review.sibling"},
		{"not known into which this one goes", "", checks.Sibling{Number: 8, Base: "main"}, checks.Refused, "review.sibling"},
		{"another branch", "main", checks.Sibling{Number: 8, Base: "release/1", Author: ref(dave, "dave")}, checks.Verified, "review.sibling-elsewhere"},
		{"a branch of other case", "main", checks.Sibling{Number: 8, Base: "Main", Author: ref(dave, "dave")}, checks.Verified, "review.sibling-elsewhere"},
		{"itself", "main", checks.Sibling{Number: 7, Base: "main", Author: ref(bob, "bob")}, checks.Verified, ""},
		{"opened by who approves", "main", checks.Sibling{Number: 8, Base: "release/1", Author: ref(bob, "bob")}, checks.Waiting, "review.sibling-elsewhere"},
		{"opened by a second account of who approves", "main", checks.Sibling{Number: 8, Base: "release/1", Author: ref(22, "Bob")}, checks.Waiting, "review.sibling-elsewhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			s.Base.Name = c.base
			s.PullRequest = &checks.PullRequest{Number: 7, Siblings: []checks.Sibling{c.sibling}}
			approve(s, bob)
			r := evaluate(s, testPolicy())
			wantOutcome(t, r, c.want)
			if c.rule != "" {
				wantFinding(t, r, c.rule, "Pull request #8 by ")
			}
			if c.want == checks.Waiting {
				wantDropped(t, r, bob, "opened pull request #8 with the same head")
			}
		})
	}
}

// TestP16LinkedContributors: the platform knows accounts behind addresses that the
// policy does not list.
func TestP16LinkedContributors(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Review.Contributors = []int64{bob}
	approve(s, bob)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, bob, "author, committer or co-author of a commit, as the platform links it")
}

// TestP15OperatorBesideAnother: that the platform names somebody does not free those
// whom the policy names.
func TestP15OperatorBesideAnother(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Review.Operators = []int64{carol} // alice is claw's operator
	approve(s, alice)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, alice, "may have commissioned agent claw")
}
