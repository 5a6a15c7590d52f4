package ghapi

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// siblingNode is a pull request that may have the same head.
type siblingNode struct {
	Number int64  `json:"number"`
	State  string `json:"state"`
	Head   string `json:"headRefOid"`
	Base   string `json:"baseRefName"`
	Repo   *struct {
		ID bigID `json:"databaseId"`
	} `json:"baseRepository"`
	Author *actorNode `json:"author"`
}

// maxOpenPages bounds how many open pull requests are looked through, by hundreds.
const maxOpenPages = 30

// siblings finds the other open pull requests of the same head.
//
// A repository with up to a hundred open ones has them all in the first answer. One
// with more is asked for those that belong to the head commit, which GitHub does not
// tell for a commit that lies in a fork or is on the default branch already. This
// pull request is then not among them either, and all open ones are looked through.
func (r *reading) siblings(ctx context.Context, q PullRequestQuery, tip, pulls json.RawMessage, pr *PullRequest) error {
	open := &pages[siblingNode]{r: r, name: "open", what: areas["pullRequests"], loose: true, limit: maxOpenPages}
	if err := open.take(pulls); err != nil {
		return err
	}
	found := open.got
	if open.after != "" {
		var t connection[struct {
			Commit *struct {
				Pulls *connection[siblingNode] `json:"associatedPullRequests"`
			} `json:"commit"`
		}]
		if err := unpack(tip, &t); err != nil {
			return err
		}
		var of []*siblingNode
		var whole bool
		if len(t.Nodes) == 1 && t.Nodes[0] != nil && t.Nodes[0].Commit != nil {
			of, whole = t.Nodes[0].Commit.Pulls.whole()
		}
		if whole && slices.ContainsFunc(of, func(n *siblingNode) bool { return n.is(pr) }) {
			found = append(found, of...)
		} else {
			if err := r.rest(ctx, q, pr.Head, []pager{open}); err != nil {
				return err
			}
			found = open.got
		}
	} else {
		open.finish()
	}
	if pr.State == "open" && !slices.ContainsFunc(found, func(n *siblingNode) bool { return n.is(pr) }) {
		r.miss(areas["pullRequests"], "this one is not among those that GitHub lists")
	}
	for _, n := range found {
		if n.State == "OPEN" && n.Head == pr.Head && n.Number != pr.Number && n.within(pr) {
			pr.Siblings = append(pr.Siblings, Sibling{Number: n.Number, Base: n.Base, Author: r.actor(areas["pullRequests"], n.Author)})
		}
	}
	slices.SortFunc(pr.Siblings, func(a, b Sibling) int { return cmp.Compare(a.Number, b.Number) })
	pr.Siblings = slices.CompactFunc(pr.Siblings, func(a, b Sibling) bool { return a.Number == b.Number })
	return nil
}

func (n *siblingNode) is(pr *PullRequest) bool { return n.Number == pr.Number && n.within(pr) }

// within reports whether it is a pull request of the same repository.
func (n *siblingNode) within(pr *PullRequest) bool {
	return n.Repo != nil && int64(n.Repo.ID) == pr.Repository.ID
}
