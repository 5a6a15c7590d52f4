package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// A check stands at a commit. Two pull requests with one head share it: what people
// agreed to in one of them, the other could merge. So of those into the same branch one
// must go. One into another branch has a judge of its own, by that branch's policy.

// others are the siblings, sorted. An entry that names the pull request itself is none.
func (sc *scene) others() []checks.Sibling {
	pr := sc.s.PullRequest
	if pr == nil {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(pr.Siblings), func(s checks.Sibling) bool { return s.Number == pr.Number && pr.Number != 0 })
	slices.SortFunc(out, func(a, b checks.Sibling) int {
		ref := func(s checks.Sibling) checks.AccountRef {
			if s.Author == nil {
				return checks.AccountRef{}
			}
			return *s.Author
		}
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Base, b.Base), cmp.Compare(ref(a).ID, ref(b).ID), strings.Compare(ref(a).Login, ref(b).Login))
	})
	return out
}

// siblings tells of the other open pull requests with this head. A base branch that is
// not known is taken for the same one.
func (sc *scene) siblings() (out []checks.Finding) {
	here := branch(sc.s.Base.Name)
	for _, s := range sc.others() {
		subject := checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit, Note: fmt.Sprintf("pull request #%d", s.Number)}
		by := "a deleted account"
		if s.Author != nil {
			by = cmp.Or(s.Author.Login, sc.login(s.Author.ID))
		}
		if there := branch(s.Base); there == here || there == "" || here == "" {
			out = append(out, ruleSibling.New(subject, fmt.Sprintf("Pull request #%d by %s has the same head and would be merged into the same branch.", s.Number, by)))
		} else {
			out = append(out, ruleSiblingElsewhere.New(subject, fmt.Sprintf("Pull request #%d by %s has the same head and would be merged into %s.", s.Number, by, checks.Path(there))))
		}
	}
	return out
}

// excludeSiblings keeps whoever opened a sibling from approving: it is the same change.
func (sc *scene) excludeSiblings() {
	for _, s := range sc.others() {
		if s.Author == nil {
			continue
		}
		why := fmt.Sprintf("opened pull request #%d with the same head", s.Number)
		a := sc.account(s.Author.ID)
		sc.humans.addAccount(sc.p, a)
		if a.Login == "" {
			sc.humans.addAccount(sc.p, checks.Account{ID: s.Author.ID, Login: s.Author.Login})
		}
		sc.humans.exclude(accountNode(s.Author.ID), why)
		if s.Author.Login != "" {
			sc.humans.exclude(loginNode(s.Author.Login), why)
		}
	}
}
