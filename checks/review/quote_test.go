package review_test

import (
	"strings"
	"testing"
	"time"

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
	missing := `its first line does not say what was approved, which the policy asks for; it has to be the line that is asked for`
	wrong := "its first line does not say what was approved: "
	for _, c := range []struct{ name, body, reason string }{
		{"exactly", "/approve " + head, ""},
		{"and more on other lines", "/approve " + head + " \t\r\n\nLooks good.", ""},
		{"with a plan that is not asked for", "/approve " + head + " plan:" + plan1, ""},
		{"nothing", "", missing},
		{"on the second line", "LGTM\n/approve " + head, missing},
		{"in a quotation", "> /approve " + head, wrong + `it does not begin with "/approve", letter by letter`},
		{"after a space", " /approve " + head, wrong + `it does not begin with "/approve", letter by letter`},
		{"another word", "/approved " + head, missing},
		{"other case", "/Approve " + head, wrong + `it does not begin with "/approve", letter by letter`},
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
		{"a letter nobody sees", "/approve\u200b " + head, wrong + `after "/approve" has to stand one space`},
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

	// Another word that begins alike keeps nobody from approving.
	for _, text := range []string{"/approved\n", "/approvers are asked", "/approve-all", "/approve/me", "I /approve " + other, "approve " + other, "LGTM\n/approve " + other} {
		s.Review.Reviews[0].Body = text
		wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
	}
}

// TestP02AlmostTheLine: who wrote a line that is almost right meant one commit, and nobody
// knows that it is this one. Such an approval counts in no tier.
func TestP02AlmostTheLine(t *testing.T) {
	t.Parallel()
	s := change(t)
	for _, line := range []string{
		"/approve", "/approve ", "/approve %s looks good", "/approve %s.", "/approve %s plan:xyz", " /approve %s", "\n/approve %s", "\r\n\t/approve %s",
		"/approve\u00a0%s", "/approve  %s", "/approve\t%s", "\ufeff/approve %s", "\u00a0/approve %s", "/Approve %s", "/APPROVE %s", "> /approve %s", ">> /approve %s",
		"`/approve %s`", "```\n/approve %s\n```", "**/approve %s**", "/ap\u200bprove %s", "\u200b/approve %s", "/approve: %s", "/approve,%s", "/approve %s\v", "/approve %s\u2028x", "/approve %s\rx",
	} {
		for _, of := range []string{other, s.Head.Commit} {
			text := strings.ReplaceAll(line, "%s", of)
			for name, p := range map[string]*policy.Policy{"head": testPolicy(), "tree": carrying()} {
				s := change(t)
				say(s, bob, checks.ReviewApproved, body(text))
				r := evaluate(s, p)
				if outcome(r) != checks.Waiting {
					t.Errorf("bind %s, %q: %v", name, text, outcome(r))
				}
				wantDropped(t, r, bob, `it has to be "/approve `+s.Head.Commit+`", or not to begin like that`)
			}
		}
	}
	// "\v" and the like at the end are no spaces that nobody minds, but CR LF is.
	say(s, bob, checks.ReviewApproved, body("/approve "+s.Head.Commit+" \r\nfine"))
	wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
}

// TestP02QuotedEarlierHead: the platform moved its pointer to this head, and the line says
// what was looked at. That counts where the content is known to be the same.
func TestP02QuotedEarlierHead(t *testing.T) {
	t.Parallel()
	story := func() (*checks.Snapshot, *checks.UserReview, *policy.Policy) {
		s := change(t, clawCommit, commit{author: clawCommit.author, key: "claw", message: "Start the workflows again"})
		say(s, bob, checks.ReviewApproved, body("/approve "+s.Commits[0].ID), func(u *checks.UserReview) { u.SubmittedAt = now.Add(-time.Hour) })
		p := carrying()
		p.Review.Tiers[0].Quote = true
		return s, &s.Review.Reviews[0], p
	}
	s, u, p := story()
	r := evaluate(s, p)
	wantOutcome(t, r, checks.Verified)
	if got := r.Approvals[0].Carried; !strings.HasPrefix(got, "given for commit "+s.Commits[0].ID[:12]+", whose tree") || !strings.HasSuffix(got, "its first line names that commit") {
		t.Errorf("%q", got)
	}
	u.SubmittedAt = now.Add(-10 * time.Minute)
	wantDropped(t, evaluate(s, quoting()), bob, "its first line approves commit") // a tier of the head

	// Nobody knows what is in a commit that is not in the range, but for another review.
	u.Body = "/approve " + other
	wantDropped(t, evaluate(s, p), bob, "its first line approves commit dddddddddddd")
	say(s, dave, checks.ReviewCommented, func(u *checks.UserReview) { u.Commit, u.Tree, u.MergeBase = other, tree, base })
	wantOutcome(t, evaluate(s, p), checks.Verified)
	say(s, erin, checks.ReviewCommented, func(u *checks.UserReview) { u.Commit, u.Tree, u.MergeBase = other, other, base })
	wantDropped(t, evaluate(s, p), bob, "its first line approves commit dddddddddddd") // two trees of one commit
	s.Review.Reviews = s.Review.Reviews[:2]
	s.Review.Reviews[1].Tree = other
	wantDropped(t, evaluate(s, p), bob, "whose content is not that of this head")
	s.Review.Reviews[1].Tree, s.Review.Reviews[1].MergeBase = tree, other
	wantDropped(t, evaluate(s, p), bob, "but left the base at")

	// And for the plans that it names.
	s, _, p = story()
	s.Plans = []checks.Plan{{Digest: plan1}}
	wantDropped(t, evaluate(s, p), bob, "given for another head without naming a plan")
}

// TestP27OneDigestOnePlan: two plans that would do the same are two applies. Both names of
// one of them approve one of them.
func TestP27OneDigestOnePlan(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindHead, policy.BindPlan}
	s := change(t)
	s.Review.Source, s.PullRequest = "github", &checks.PullRequest{Number: 7}
	s.Plans = []checks.Plan{{Digest: plan1, Changeset: changes1, Source: "a"}}
	begin := "/approve " + s.Head.Commit
	both := begin + " plan:" + plan1 + " plan:" + changes1
	say(s, bob, checks.ReviewApproved, body(both))
	wantOutcome(t, evaluate(s, p), checks.Verified)

	s.Plans = append(s.Plans, checks.Plan{Digest: plan2, Changeset: changes1, Source: "b"})
	line := begin + " plan:" + plan1 + " plan:" + plan2
	for text, why := range map[string]string{
		both:                        "given for a change set that more than one of the plans has",
		begin + " plan:" + changes1: "given for a change set that more than one of the plans has",
		begin + " plan:" + changes1 + " plan:" + changes1: "given for a change set that more than one of the plans has",
		begin + " plan:" + plan2 + " plan:" + changes1:    "given for a change set that more than one of the plans has",
		begin + " plan:" + plan1 + " plan:" + plan1:       "given for other plans than these",
		begin + " plan:" + plan1:                          "given for other plans than these",
	} {
		s.Review.Reviews[0].Body = text
		r := evaluate(s, p)
		wantOutcome(t, r, checks.Waiting)
		wantDropped(t, r, bob, why)
		if r.Waiting[0].Line != line {
			t.Errorf("to be written: %q", r.Waiting[0].Line)
		}
	}
	for _, text := range []string{line, line + " plan:" + changes1, line + " plan:" + plan1} {
		s.Review.Reviews[0].Body = text
		wantOutcome(t, evaluate(s, p), checks.Verified)
	}
	s.Plans[1].Digest = plan1
	r := evaluate(s, p)
	wantDropped(t, r, bob, "two plans are the same to the byte")
	if r.Waiting[0].Line != "" {
		t.Errorf("a line that cannot work: %q", r.Waiting[0].Line)
	}

	// What one plan calls its bytes another could call its changes.
	s.Plans = []checks.Plan{{Digest: plan1, Changeset: plan2}, {Digest: plan2}}
	s.Review.Reviews[0].Body = begin + " plan:" + plan2
	wantOutcome(t, evaluate(s, p), checks.Waiting)
}

// TestP27RecordedPlansDoNotReplaceTheLine: what somebody recorded beside a review does not
// say for its author what the author's own line denies.
func TestP27RecordedPlansDoNotReplaceTheLine(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindHead, policy.BindPlan}
	s := change(t)
	s.Plans = []checks.Plan{{Digest: plan1, Changeset: changes1}}
	line := "/approve " + s.Head.Commit
	say(s, bob, checks.ReviewApproved)
	u := &s.Review.Reviews[0]
	for _, quote := range []bool{false, true} {
		p.Review.Tiers[0].Quote = quote
		for _, c := range []struct {
			text     string
			recorded string
			want     checks.Outcome
		}{
			{line + " plan:" + plan2, plan1, checks.Waiting},
			{line + " plan:" + plan1, plan2, checks.Waiting},
			{line + " plan:" + plan1, plan1, checks.Verified},
			{line + " plan:" + changes1, plan1, checks.Verified}, // by different names
		} {
			u.Body, u.PlanDigests = c.text, []string{c.recorded}
			if got := outcome(evaluate(s, p)); got != c.want {
				t.Errorf("quote %v, line %q, recorded %s: %v", quote, c.text, c.recorded, got)
			}
		}
	}
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
		wantDropped(t, r, bob, "it has to be the line that is asked for") // told once, where nothing breaks it
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
