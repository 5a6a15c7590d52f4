package review

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// An approval of another head is carried over in a tier that is bound to the tree, when
// everything shows that the same would be merged:
//
//   - the tree is this head's;
//   - both heads left the base at the same commit. The same files on top of a newer base
//     would take back what the base gained since, and nobody approved that;
//   - the plans are the same, by name, whether or not the tier binds them; where there are
//     none now it must name none, and whether there were any nobody remembers;
//   - the approval was given for that commit by more than the platform's pointer, which
//     can move: its first line names the commit, or it is younger than our own first
//     sight of it;
//   - and, as of every approval, its author has no part in the change as it is now.

// given says why a review is neither of this head nor, where the tier takes that, of
// the same tree; carried tells that it is of another head.
func (sc *scene) given(u *checks.UserReview, t *tier) (carried bool, why string) {
	head := sc.s.Head
	switch {
	case u.Commit == head.Commit && (u.Tree == "" || u.Tree == head.Tree):
		return false, ""
	case u.Commit == head.Commit:
		return false, "its tree is not the tree of the commit it names"
	case t.tree && gitobject.IsFullID(head.Tree) && u.Tree == head.Tree:
		return true, ""
	case t.tree && u.Tree == "":
		return false, fmt.Sprintf("given for commit %s, not for this head, and its tree was not recorded", orUnknown(short(u.Commit)))
	case t.tree:
		return false, fmt.Sprintf("given for commit %s, whose content is not that of this head", orUnknown(short(u.Commit)))
	}
	return false, fmt.Sprintf("given for commit %s, not for this head (%s)", orUnknown(short(u.Commit)), short(head.Commit))
}

// sameChange says why a review of the same tree is not known to be one of the same
// change.
func (sc *scene) sameChange(u *checks.UserReview) string {
	given := fmt.Sprintf("given for commit %s, which has this head's content, ", orUnknown(short(u.Commit)))
	from := sc.leftBase(u)
	switch {
	case !gitobject.IsFullID(sc.s.MergeBase) || from == "":
		return given + "and nothing shows that it left the base where this head did"
	case from != sc.s.MergeBase:
		return given + fmt.Sprintf("but left the base at %s and not at %s, so that something else would be merged", short(from), short(sc.s.MergeBase))
	case quoteOf(u.Body).head == "" && u.CommitSeenAt.IsZero():
		return given + "and nothing but the platform's pointer, which can move, shows that it was given for that; a first line such as \"" + approveWord + " COMMIT\" would"
	case quoteOf(u.Body).head == "" && u.SubmittedAt.Before(u.CommitSeenAt):
		return given + fmt.Sprintf("and submitted before that commit was first seen (%s)", clock(u.CommitSeenAt))
	}
	return ""
}

// leftBase is where the commit of a review left the base, as it was recorded, or as the
// commits show: what grows in one line out of a commit left the base where that did. A
// merge on the way could have brought the base along.
func (sc *scene) leftBase(u *checks.UserReview) string {
	if u.MergeBase != "" {
		return u.MergeBase
	}
	if sc.parents == nil { // once, however many approvals there are
		sc.parents = make(map[string][]string, len(sc.s.Commits))
		for i := range sc.s.Commits {
			if c, err := gitobject.Parse(sc.s.Commits[i].Object, sc.s.Repository.ObjectFormat); err == nil {
				sc.parents[sc.s.Commits[i].ID] = c.Parents
			}
		}
	}
	parents := sc.parents
	if _, ok := parents[u.Commit]; !ok {
		return ""
	}
	at := sc.s.Head.Commit
	for range sc.s.Commits {
		if at == u.Commit {
			return sc.s.MergeBase
		}
		if len(parents[at]) != 1 {
			return ""
		}
		at = parents[at][0]
	}
	return ""
}

// carried says why an approval counts that was given for another head; empty when it
// was given for this one.
func (sc *scene) carried(u *checks.UserReview) string {
	u = sc.asQuoted(u, &tier{tree: true})
	if u.Commit == "" || u.Commit == sc.s.Head.Commit {
		return "" // an attested approval is of a tree, and carries nothing over
	}
	words := fmt.Sprintf("given for commit %s, whose tree %s is this head's and which left the base at the same commit %s", short(u.Commit), short(u.Tree), short(sc.s.MergeBase))
	if len(sc.s.Plans) > 0 {
		words += ", for the same plans"
	}
	if quoteOf(u.Body).head != "" {
		return words + "; its first line names that commit"
	}
	return words + fmt.Sprintf("; submitted at %s, after that commit was first seen (%s)", clock(u.SubmittedAt), clock(u.CommitSeenAt))
}
