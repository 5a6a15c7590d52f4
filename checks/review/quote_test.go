package review_test

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

const changes1 = "changes-v1:sha256:1111111111111111111111111111111111111111111111111111111111111111"

func quoting() *policy.Policy {
	p := testPolicy()
	p.Review.Tiers[0].Quote = true
	return p
}

// TestP02Quote: in a tier that asks for the line, only the reviewer's own words say
// what was approved.
func TestP02Quote(t *testing.T) {
	t.Parallel()
	s := change(t)
	head := s.Head.Commit
	missing := `its first line does not say what was approved, which the policy asks for; it has to be "/approve ` + head + `"`
	wrong := "its first line does not say what was approved: "
	for _, c := range []struct{ name, body, reason string }{
		{"exactly", "/approve " + head, ""},
		{"and more on other lines", "/approve " + head + " \t\r\n\nLooks good.", ""},
		{"with a plan that is not asked for", "/approve " + head + " plan:" + plan1, ""},
		{"nothing", "", missing},
		{"on the second line", "LGTM\n/approve " + head, missing},
		{"in a quotation", "> /approve " + head, missing},
		{"after a space", " /approve " + head, missing},
		{"another word", "/approved " + head, missing},
		{"other case", "/Approve " + head, missing},
		{"no commit", "/approve", wrong + "it names no commit"},
		{"abbreviated", "/approve " + head[:12], wrong + "it does not name a commit by its full id"},
		{"upper case", "/approve " + strings.ToUpper(head), wrong + "it does not name a commit by its full id"},
		{"two spaces", "/approve  " + head, wrong + "it does not name a commit by its full id"},
		{"a word too many", "/approve " + head + " except the firewall", wrong + "it has words beside the commit and the plans"},
		{"a space too many", "/approve " + head + "  plan:" + plan1, wrong + "it has words beside the commit and the plans"},
		{"two commits", "/approve " + head + " " + other, wrong + "it has words beside the commit and the plans"},
		{"a full stop", "/approve " + head + ".", wrong + "it does not name a commit by its full id"},
		{"no digest", "/approve " + head + " plan:latest", wrong + "it names a plan by something that is no digest of one"},
		{"a digest in upper case", "/approve " + head + " plan:" + strings.ToUpper(plan1), wrong + "it names a plan by something that is no digest of one"},
		{"a letter nobody sees", "/approve\u200b " + head, missing},
		{"another head", "/approve " + other, "its first line approves commit dddddddddddd, not this head (" + head[:12] + ")"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			say(s, bob, checks.ReviewApproved, body(c.body))
			r := evaluate(s, quoting())
			if c.reason == "" {
				wantOutcome(t, r, checks.Verified)
				return
			}
			wantOutcome(t, r, checks.Waiting)
			wantDropped(t, r, bob, c.reason)
			if want := "/approve " + head; r.Waiting[0].Line != want || !strings.Contains(r.Summary, `"`+want+`"`) {
				t.Errorf("the line to write is not told: %+v, %s", r.Waiting[0], r.Summary)
			}
		})
	}
}

// TestP02RetargetedReview: "update branch" can put an old review on the new head. Who
// quoted what they looked at approved that, also where nobody asked for it.
func TestP02RetargetedReview(t *testing.T) {
	t.Parallel()
	s := change(t)
	say(s, bob, checks.ReviewApproved, body("/approve "+other))
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, bob, "its first line approves commit dddddddddddd")

	// What begins alike and says nothing keeps nobody from approving.
	s.Review.Reviews[0].Body = "/approve\n"
	wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
}

// TestP27QuotedPlan: a review on GitHub carries no digests. The line names the plan.
func TestP27QuotedPlan(t *testing.T) {
	t.Parallel()
	for _, quote := range []bool{false, true} {
		p := testPolicy()
		p.Review.Tiers[0].Bind, p.Review.Tiers[0].Quote = []policy.Bind{policy.BindHead, policy.BindPlan}, quote
		s := change(t)
		s.Review.Source, s.PullRequest = "github", &checks.PullRequest{Number: 7}
		s.Plans = []checks.Plan{{Digest: plan1, Changeset: changes1}, {Digest: plan2}}
		line := "/approve " + s.Head.Commit + " plan:" + changes1 + " plan:" + plan2
		say(s, bob, checks.ReviewApproved)
		u := &s.Review.Reviews[0]
		r := evaluate(s, p)
		wantDropped(t, r, bob, `it has to be "`+line+`"`)
		if r.Waiting[0].Line != line {
			t.Errorf("to be written: %q", r.Waiting[0].Line)
		}
		for _, good := range []string{
			line,
			"/approve " + s.Head.Commit + " plan:" + plan2 + " plan:" + plan1, // in any order, by the bytes as well
		} {
			u.Body = good
			wantOutcome(t, evaluate(s, p), checks.Verified)
		}
		for _, bad := range []string{
			"/approve " + s.Head.Commit,
			"/approve " + s.Head.Commit + " plan:" + plan1,
			"/approve " + s.Head.Commit + " plan:" + plan1 + " plan:" + changes1, // one plan, twice
			line + " plan:sha256:" + strings.Repeat("9", 64),
		} {
			u.Body = bad
			r := evaluate(s, p)
			if outcome(r) != checks.Waiting {
				t.Errorf("%q: %v", bad, outcome(r))
			}
		}
	}
}

// TestQuotedPlansOutweighRecordedOnes: where the line is asked for, what somebody
// recorded beside the review does not stand in for it.
func TestQuotedPlansOutweighRecordedOnes(t *testing.T) {
	t.Parallel()
	p := quoting()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindPlan}
	s := change(t)
	s.Plans = []checks.Plan{{Digest: plan1}}
	say(s, bob, checks.ReviewApproved, body("/approve "+s.Head.Commit), func(u *checks.UserReview) { u.PlanDigests = []string{plan1} })
	wantDropped(t, evaluate(s, p), bob, "given without a plan")
	p.Review.Tiers[0].Quote = false
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

func TestQuoteOfAnEditedReview(t *testing.T) {
	t.Parallel()
	s := change(t)
	say(s, bob, checks.ReviewApproved, body("/approve "+s.Head.Commit), func(u *checks.UserReview) { u.EditedAt = now })
	wantDropped(t, evaluate(s, quoting()), bob, "edited after it was submitted")
}

// TestLineOfAPlanWithoutDigest: no line is told that could not work.
func TestLineOfAPlanWithoutDigest(t *testing.T) {
	t.Parallel()
	p := quoting()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindPlan}
	s := change(t)
	s.Plans = []checks.Plan{{}}
	say(s, bob, checks.ReviewApproved, body("/approve "+s.Head.Commit))
	r := evaluate(s, p)
	wantDropped(t, r, bob, "a plan has no digest")
	if r.Waiting[0].Line != "" {
		t.Errorf("%q", r.Waiting[0].Line)
	}
}
