package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func TestOneApprovalIsEnough(t *testing.T) {
	t.Parallel()
	s := change(t)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	want := []checks.Seat{{Tier: "change", Missing: 1, From: "somebody with write access", Could: []string{"bob", "carol", "dave", "erin"}}}
	if d := cmp.Diff(want, r.Waiting); d != "" {
		t.Error(d)
	}
	if want := "0 of 1 approval; waiting for one more from somebody with write access (bob, carol, dave or erin)."; r.Summary != want {
		t.Errorf("summary %q, want %q", r.Summary, want)
	}
	approve(s, bob)
	r = evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Verified)
	if d := cmp.Diff([]checks.Approval{{Account: bob, Login: "bob", State: "approved", Counts: true}}, r.Approvals); d != "" {
		t.Error(d)
	}
}

// TestDropped holds an approval by bob, which would be enough, against
// everything that makes it not count.
func TestDropped(t *testing.T) {
	t.Parallel()
	type edit = func(*checks.Snapshot)
	bobs := func(f func(*checks.UserReview)) edit {
		return func(s *checks.Snapshot) { f(&s.Review.Reviews[0]) }
	}
	for _, c := range []struct {
		name, reason string
		edit         edit
	}{
		{"P01 push after the approval", "given for commit dddddddddddd, not for this head", bobs(func(u *checks.UserReview) { u.Commit = other })},
		{"P01 abbreviated commit", "not for this head", bobs(func(u *checks.UserReview) { u.Commit = u.Commit[:12] })},
		{"P01 commit in upper case", "not for this head", bobs(func(u *checks.UserReview) { u.Commit = strings.ToUpper(u.Commit) })},
		{"P01 no commit recorded", "(none recorded)", bobs(func(u *checks.UserReview) { u.Commit = "" })},
		{"P01 same tree, head asked for", "not for this head", bobs(func(u *checks.UserReview) { u.Commit, u.Tree = other, tree })},
		{"P01 contradictory tree", "its tree is not the tree", bobs(func(u *checks.UserReview) { u.Tree = other })},
		{"P02 retargeted review, older than our first sight", "before this head was first seen", bobs(func(u *checks.UserReview) { u.SubmittedAt = now.Add(-31 * time.Minute) })},
		{"P02 nobody saw the head", "nobody recorded when this head was first seen", func(s *checks.Snapshot) { s.Review.HeadSeenAt = time.Time{} }},
		{"P02 no time", "nobody recorded when it was submitted", bobs(func(u *checks.UserReview) { u.SubmittedAt = time.Time{} })},
		{"P02 time in the future", "in the future", bobs(func(u *checks.UserReview) { u.SubmittedAt = now.Add(time.Second) })},
		{"P02 edited", "edited after it was submitted", bobs(func(u *checks.UserReview) { u.EditedAt = u.SubmittedAt.Add(time.Second) })},
		{"P05 re-requested", "asked for again", func(s *checks.Snapshot) { s.Review.Requested = []int64{bob} }},
		{"P05 dismissed", "dismissed", bobs(func(u *checks.UserReview) {
			u.State, u.Was, u.DismissedBy = checks.ReviewDismissed, checks.ReviewApproved, alice
		})},
		{"P05 approved and dismissed_by", "dismissed", bobs(func(u *checks.UserReview) { u.DismissedBy = alice })},
		{"P14 bot", `an account of type "Bot"`, func(s *checks.Snapshot) { account(s, bob).Type = "Bot" }},
		{"P14 organisation", "not a user", func(s *checks.Snapshot) { account(s, bob).Type = "Organization" }},
		{"P14 type unknown", "not a user", func(s *checks.Snapshot) { account(s, bob).Type = "" }},
		{"P14 type of other case", "not a user", func(s *checks.Snapshot) { account(s, bob).Type = "user" }},
		{"P14 agent's address", "an agent's account", func(s *checks.Snapshot) { account(s, bob).Emails = []string{"CLAW@agents.example "} }},
		{"P14 agent's login without [bot]", "an agent's account", func(s *checks.Snapshot) { account(s, bob).Login = "Claw-Agent" }},
		{"P15 operator", "commissioned the agent", func(s *checks.Snapshot) { s.Review.Operators = []int64{bob} }},
		{"P15 author", "opened the pull request", func(s *checks.Snapshot) { s.Review.Author = &checks.AccountRef{ID: bob, Login: "bob"} }},
		{"P15 author renamed since", "opened the pull request", func(s *checks.Snapshot) { s.Review.Author = &checks.AccountRef{ID: bob} }},
		{"P15 author by login only", "opened the pull request", func(s *checks.Snapshot) { s.Review.Author = &checks.AccountRef{ID: 999, Login: "BOB"} }},
		{"P15 pusher", "pushed to the branch", func(s *checks.Snapshot) { s.Review.Pushers = []int64{bot, bob} }},
		{"P20 lost access", "no write access now (read)", func(s *checks.Snapshot) { account(s, bob).Permission = "read" }},
		{"P20 triage", "no write access now (triage)", func(s *checks.Snapshot) { account(s, bob).Permission = "triage" }},
		{"P20 permission unknown", "no write access now (WRITE)", func(s *checks.Snapshot) { account(s, bob).Permission = "WRITE" }},
		{"P20 account not listed", "nothing is known", func(s *checks.Snapshot) { account(s, bob).ID = 77 }},
		{"account listed twice", "listed twice", func(s *checks.Snapshot) { s.Review.Accounts = append(s.Review.Accounts, *account(s, bob)) }},
		{"head not a full id", "the head is not known by its full id", func(s *checks.Snapshot) { s.Head.Commit = "abc"; s.Review.Reviews[0].Commit = "abc" }},
		{"no head", "the head is not known by its full id", func(s *checks.Snapshot) { s.Head.Commit = ""; s.Review.Reviews[0].Commit = "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			approve(s, bob)
			c.edit(s)
			r := evaluate(s, testPolicy())
			wantDropped(t, r, bob, c.reason)
			wantOutcome(t, r, checks.Waiting)
		})
	}
}

func TestP14AgentsAndMachinesNeverApprove(t *testing.T) {
	t.Parallel()
	s := change(t)
	account(s, bot).Type = "User" // an agent that runs under a user account
	approve(s, bot, ci)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, bot, "an agent's account")
	wantDropped(t, r, ci, "machine_users")
}

func TestP20DeletedAccountsNeverCount(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 0, Login: "ghost", Type: "User", Permission: "admin"})
	approve(s, 0)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, 0, "the account was deleted")
}

func TestP20RenamedAccountIsNotThePerson(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers[0].Need = []policy.Need{{Count: 1, People: []string{"bob"}}}
	s := change(t)
	account(s, bob).Login = "robert" // bob was renamed, and somebody took the login
	s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 66, Login: "bob", Type: "User", Permission: "write"})
	approve(s, 66)
	r := evaluate(s, p)
	wantDropped(t, r, 66, "not one of bob")
	wantOutcome(t, r, checks.Waiting)
	approve(s, bob)
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

func TestLawNewestVerdictFirst(t *testing.T) {
	t.Parallel()
	dismissed := func(u *checks.UserReview) { u.Was, u.DismissedBy = checks.ReviewApproved, carol }
	for _, c := range []struct {
		name string
		say  func(s *checks.Snapshot)
		want checks.Outcome
	}{
		{"a comment keeps the approval", func(s *checks.Snapshot) { approve(s, bob); say(s, bob, checks.ReviewCommented) }, checks.Verified},
		{"a request for changes takes it back", func(s *checks.Snapshot) { approve(s, bob); say(s, bob, checks.ReviewChangesRequested) }, checks.Refused},
		{"an approval lifts the own request", func(s *checks.Snapshot) { say(s, bob, checks.ReviewChangesRequested); approve(s, bob) }, checks.Verified},
		{"a dismissed one does not revive an older one", func(s *checks.Snapshot) { approve(s, bob); say(s, bob, checks.ReviewDismissed, dismissed) }, checks.Waiting},
		{"a newer one for another commit hides the older", func(s *checks.Snapshot) {
			approve(s, bob)
			say(s, bob, checks.ReviewApproved, func(u *checks.UserReview) { u.Commit = other })
		}, checks.Waiting},
		{"of one second the higher id is newer", func(s *checks.Snapshot) {
			approve(s, bob)
			say(s, bob, checks.ReviewDismissed, dismissed, func(u *checks.UserReview) { u.SubmittedAt = s.Review.Reviews[0].SubmittedAt })
		}, checks.Waiting},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			c.say(s)
			wantOutcome(t, evaluate(s, testPolicy()), c.want)
		})
	}
}

func TestLawContentNotTime(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindTree, policy.BindPlan}
	s := change(t)
	s.Plans = []checks.Plan{{Digest: plan1}, {Digest: plan2}}
	rebased := func(u *checks.UserReview) {
		u.Commit, u.Tree, u.PlanDigests, u.SubmittedAt = other, tree, []string{plan2, plan1}, now.Add(-time.Hour)
		u.MergeBase, u.CommitSeenAt = base, now.Add(-2*time.Hour)
	}
	say(s, bob, checks.ReviewApproved, rebased)
	wantOutcome(t, evaluate(s, p), checks.Verified)

	u := &s.Review.Reviews[0]
	for _, c := range []struct {
		name, reason string
		edit         func()
	}{
		{"P27 a plan the approval did not see", "other plans", func() { u.PlanDigests = []string{plan1} }},
		{"P27 one plan more than there is", "other plans", func() { u.PlanDigests = []string{plan1, plan2, plan1 + "0"} }},
		{"P27 no plan", "without a plan", func() { u.PlanDigests = nil }},
		{"P27 the plans are gone", "not there any more", func() { s.Plans = nil }},
		{"P27 a plan without digest", "no digest", func() { s.Plans[0].Digest = "" }},
		{"another tree", "whose content is not that", func() { u.Tree = other }},
		{"no tree", "its tree was not recorded", func() { u.Tree = "" }},
		{"the head has no tree", "its tree was not recorded", func() { s.Head.Tree, u.Tree = "", "" }},
		{"in the future", "in the future", func() { u.SubmittedAt = now.Add(time.Minute) }},
		{"nobody saw the head", "first seen", func() { s.Review.HeadSeenAt = time.Time{} }},
		{"the head itself, retargeted", "before this head was first seen", func() { u.Commit = s.Head.Commit }},
	} {
		keep, keepReview, plans := *s, *u, append([]checks.Plan{}, s.Plans...)
		c.edit()
		r := evaluate(s, p)
		if outcome(r) != checks.Waiting {
			t.Errorf("%s: %v", c.name, outcome(r))
		}
		wantDropped(t, r, bob, c.reason)
		*s, *u = keep, keepReview
		s.Plans = plans
	}
	wantOutcome(t, evaluate(s, p), checks.Verified)

	// The plans alone do not bind: something else could be merged with them.
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindPlan}
	wantDropped(t, evaluate(s, p), bob, "not for this head")
}
