package ghapi

import (
	"cmp"
	"slices"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

type commitNode struct {
	ID   string `json:"oid"`
	Tree struct {
		ID string `json:"oid"`
	} `json:"tree"`
	Parents *connection[struct {
		ID string `json:"oid"`
	}] `json:"parents"`
	Author    gitActor `json:"author"`
	Committer gitActor `json:"committer"`
	Authors   *connection[struct {
		User *actorNode `json:"user"`
	}] `json:"authors"`
	Message   string `json:"message"`
	Signature *struct {
		Payload   string `json:"payload"`
		Signature string `json:"signature"`
	} `json:"signature"`
}

type gitActor struct {
	Name  string     `json:"name"`
	Email string     `json:"email"`
	Date  string     `json:"date"`
	User  *actorNode `json:"user"`
}

func (g gitActor) signature() Signature {
	return Signature{Name: g.Name, Email: g.Email, Date: g.Date}
}

// commit takes a commit. False: it is none. What is wrong with it otherwise shows
// when its object is made again and hashed; who is linked to it does not, and is
// compared with what GitHub declares.
func (r *reading) commit(what string, n *commitNode, linked bool) (Commit, bool) {
	if n == nil || !gitobject.IsFullID(n.ID) {
		r.miss(what, "GitHub gave a commit without an id")
		return Commit{}, false
	}
	c := Commit{
		ID: n.ID, Tree: n.Tree.ID, Message: n.Message,
		Author: n.Author.signature(), Committer: n.Committer.signature(),
	}
	if !gitobject.IsFullID(c.Tree) {
		r.miss(what, "commit %.12s has no tree", n.ID)
	}
	parents, all := n.Parents.whole()
	for _, p := range parents {
		all = all && gitobject.IsFullID(p.ID)
		c.Parents = append(c.Parents, p.ID)
	}
	if !all {
		r.miss(what, "GitHub did not give all parents of commit %.12s", n.ID)
	}
	if s := n.Signature; s != nil {
		c.Payload, c.Signature = s.Payload, s.Signature
		if s.Payload == "" || s.Signature == "" {
			r.miss(what, "GitHub gave half of the signature of commit %.12s", n.ID)
		}
	}
	if linked {
		c.People = r.linked(what, n)
	}
	return c, true
}

// linked are the accounts that GitHub links to the author, committer and co-authors.
// They are users: for a bot, GraphQL has no account here, and its e-mail address says
// which it is.
func (r *reading) linked(what string, n *commitNode) []Actor {
	var out []Actor
	add := func(u *actorNode) {
		if u != nil {
			out = append(out, r.actor(what, u))
		}
	}
	add(n.Author.User)
	add(n.Committer.User)
	authors, all := n.Authors.whole()
	for _, a := range authors {
		add(a.User)
	}
	if !all {
		r.miss(what, "GitHub did not give all authors of commit %.12s", n.ID)
	}
	return distinct(out)
}

// distinct sorts accounts by id, and leaves each in once.
func distinct(as []Actor) []Actor {
	slices.SortFunc(as, compareActors)
	return slices.CompactFunc(as, func(a, b Actor) bool { return a.ID == b.ID && (a.ID != 0 || a.Login == b.Login) })
}

func compareActors(a, b Actor) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Login, b.Login), cmp.Compare(a.Type, b.Type))
}
