package review

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/identity"
)

// attested turns approvals that an attestor tells of into reviews. They name a tree
// and no commit, so they count only in tiers that are bound to the tree; they name
// when they were signed only if a log or a timestamping authority vouches for it,
// and an approval without a time counts nowhere. That time is when the attestor signed,
// not when the person approved: so whatever verdict the platform itself shows of the
// account outranks it. Whether the person may approve at all is asked as of everybody.
func (sc *scene) attested(list []identity.Approval) []checks.UserReview {
	shown := map[int64]bool{}
	for _, u := range sc.s.Review.Reviews {
		shown[u.Account] = shown[u.Account] || u.State != checks.ReviewCommented
	}
	// Taken back, by whatever statement: which was last nobody tells. Hints only add
	// demands, so a login or another account of the same person will do.
	taken := func(approval *identity.Approval) bool {
		return slices.ContainsFunc(list, func(d identity.Approval) bool {
			return d.Dismissed && d.Tree == approval.Tree && (d.AccountID != 0 && d.AccountID == approval.AccountID ||
				strings.EqualFold(d.Login, approval.Login) || sc.samePerson(&d, approval))
		})
	}
	var out []checks.UserReview
	for i := range list {
		a := &list[i]
		if a.Dismissed || taken(a) || a.From != sc.s.Base.Commit && a.From != sc.s.MergeBase {
			continue // a tree that was approved once, of another state of the branch, is no approval of this change
		}
		if shown[a.AccountID] || a.AccountID == 0 || a.Ref != "refs/heads/"+branch(sc.s.Base.Name) {
			continue // a login can be taken over; another branch has other people
		}
		out = append(out, checks.UserReview{Account: a.AccountID, State: checks.ReviewApproved, Tree: a.Tree, SubmittedAt: a.SignedAt, MergeBase: sc.s.MergeBase, CommitSeenAt: a.SignedAt})
	}
	return out
}

// samePerson reports whether two accounts that are told of can be one person's.
func (sc *scene) samePerson(a, b *identity.Approval) bool {
	of := func(x *identity.Approval) []string {
		acc := sc.account(x.AccountID)
		if acc.Login == "" {
			acc.Login = x.Login
		}
		return identity.Mentions(sc.p, acc)
	}
	people := of(b)
	return slices.ContainsFunc(of(a), func(id string) bool { return slices.Contains(people, id) })
}

// branch is a branch's short name, whichever way it was given, and no more than one
// of them: a branch can be called origin/main.
func branch(ref string) string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/origin/", "origin/"} {
		if short, ok := strings.CutPrefix(ref, prefix); ok {
			return short
		}
	}
	return ref
}
