package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// carrying asks for one approval of the content, whatever the commit.
func carrying() *policy.Policy {
	p := testPolicy()
	p.Review.Tiers[0].Bind = []policy.Bind{policy.BindTree}
	return p
}

// earlier is an approval of another commit with the same tree, from before this head
// was seen.
func earlier(u *checks.UserReview) {
	u.Commit, u.Tree, u.MergeBase, u.SubmittedAt, u.Body = other, tree, base, now.Add(-time.Hour), "/approve "+other
}

func TestCarriedOver(t *testing.T) {
	t.Parallel()
	s := change(t)
	say(s, bob, checks.ReviewApproved, earlier)
	r := evaluate(s, carrying())
	wantOutcome(t, r, checks.Verified)
	want := "given for commit dddddddddddd, whose tree 777777777777 is this head's and which left the base at the same commit bbbbbbbbbbbb; its first line names that commit"
	if got := r.Approvals[0].Carried; got != want {
		t.Errorf("proof %q, want %q", got, want)
	}
	// In a tier that is bound to the head it stays an approval of another one.
	wantDropped(t, evaluate(s, testPolicy()), bob, "not for this head")

	// Our own first sight of that commit does in place of the line.
	u := &s.Review.Reviews[0]
	u.Body, u.CommitSeenAt = "", now.Add(-2*time.Hour)
	r = evaluate(s, carrying())
	wantOutcome(t, r, checks.Verified)
	if want := "submitted at 2026-03-01T11:00:00Z, after that commit was first seen (2026-03-01T10:00:00Z)"; !strings.HasSuffix(r.Approvals[0].Carried, want) {
		t.Errorf("%q", r.Approvals[0].Carried)
	}
}

// TestNotCarriedOver holds an approval that is carried over against everything that
// keeps it from being.
func TestNotCarriedOver(t *testing.T) {
	t.Parallel()
	moved := strings.Repeat("c", 40)
	for _, c := range []struct {
		name, reason string
		edit         func(*checks.Snapshot, *checks.UserReview)
	}{
		{"P17 the base moved on and the tree did not", "but left the base at cccccccccccc and not at bbbbbbbbbbbb, so that something else would be merged", func(_ *checks.Snapshot, u *checks.UserReview) { u.MergeBase = moved }},
		{"P17 this head left the base elsewhere", "but left the base at bbbbbbbbbbbb", func(s *checks.Snapshot, _ *checks.UserReview) { s.MergeBase = moved }},
		{"nobody asked where it left the base", "nothing shows that it left the base where this head did", func(_ *checks.Snapshot, u *checks.UserReview) { u.MergeBase = "" }},
		{"nobody knows where this head left the base", "nothing shows that it left the base where this head did", func(s *checks.Snapshot, u *checks.UserReview) { s.MergeBase, u.MergeBase = "", "" }},
		{"P02 nothing but the platform's pointer", "nothing but the platform's pointer, which can move", func(_ *checks.Snapshot, u *checks.UserReview) { u.Body = "" }},
		{"P02 retargeted", "submitted before that commit was first seen", func(_ *checks.Snapshot, u *checks.UserReview) {
			u.Body, u.CommitSeenAt = "", u.SubmittedAt.Add(time.Second)
		}},
		{"P02 the line names a third commit", "its first line approves commit cccccccccccc", func(_ *checks.Snapshot, u *checks.UserReview) { u.Body = "/approve " + moved }},
		{"P02 the line names this head", "its first line approves commit", func(s *checks.Snapshot, u *checks.UserReview) { u.Body = "/approve " + s.Head.Commit }},
		{"P27 a plan it does not name", "given for another head without naming a plan", func(s *checks.Snapshot, _ *checks.UserReview) { s.Plans = []checks.Plan{{Digest: plan1}} }},
		{"P27 another plan", "given for other plans", func(s *checks.Snapshot, u *checks.UserReview) {
			s.Plans = []checks.Plan{{Digest: plan1}}
			u.Body += " plan:" + plan2
		}},
		{"P27 a plan that is gone", "not there any more", func(_ *checks.Snapshot, u *checks.UserReview) { u.Body += " plan:" + plan1 }},
		{"who pushed since", "pushed to the branch", func(s *checks.Snapshot, _ *checks.UserReview) { s.Review.Pushers = []int64{bob} }},
		{"re-requested", "asked for again", func(s *checks.Snapshot, _ *checks.UserReview) { s.Review.Requested = []int64{bob} }},
		{"edited", "edited", func(_ *checks.Snapshot, u *checks.UserReview) { u.EditedAt = now }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			say(s, bob, checks.ReviewApproved, earlier)
			c.edit(s, &s.Review.Reviews[0])
			r := evaluate(s, carrying())
			wantOutcome(t, r, checks.Waiting)
			wantDropped(t, r, bob, c.reason)
		})
	}
}

func TestP27CarriedWithItsPlan(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Plans = []checks.Plan{{Digest: plan2, Changeset: changes1}}
	say(s, bob, checks.ReviewApproved, earlier)
	s.Review.Reviews[0].Body += " plan:" + changes1 // of the plan as it was made for that commit
	r := evaluate(s, carrying())
	wantOutcome(t, r, checks.Verified)
	if !strings.Contains(r.Approvals[0].Carried, "for the same plans") {
		t.Errorf("%q", r.Approvals[0].Carried)
	}
}

// TestCarriedOverAnEmptyCommit: what grows in one line out of the approved commit left
// the base where that did. A merge on the way need not have.
func TestCarriedOverAnEmptyCommit(t *testing.T) {
	t.Parallel()
	s := change(t, clawCommit, commit{author: clawCommit.author, key: "claw", message: "Start the workflows again"})
	say(s, bob, checks.ReviewApproved, earlier, func(u *checks.UserReview) {
		u.Commit, u.MergeBase, u.Body = s.Commits[0].ID, "", "/approve "+s.Commits[0].ID
	})
	wantOutcome(t, evaluate(s, carrying()), checks.Verified)

	merge := commit{author: clawCommit.author, key: "claw", message: "Merge main, and keep what we have", second: strings.Repeat("c", 40)}
	s = change(t, clawCommit, merge)
	say(s, bob, checks.ReviewApproved, earlier, func(u *checks.UserReview) {
		u.Commit, u.MergeBase, u.Body = s.Commits[0].ID, "", "/approve "+s.Commits[0].ID
	})
	r := evaluate(s, carrying())
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, bob, "nothing shows that it left the base where this head did")
}
