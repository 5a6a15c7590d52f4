package ghapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// commitChunk is how many commits one query names.
const commitChunk = 50

// Commits reads commits by their full ids, fifty with each query, in the order of the
// ids. One that GitHub does not have, or that came without a part, is an error: the
// whole list or none of it. [ErrNotFound]: one is not there.
func (c *Client) Commits(ctx context.Context, repo Repository, ids []string) ([]Commit, error) {
	r := &reading{ask: c}
	cs, err := r.commits(ctx, repo, ids)
	if err == nil && len(r.missed) > 0 {
		err = fmt.Errorf("%s: %s", r.missed[0].What, r.missed[0].Why)
	}
	for _, id := range ids {
		if err != nil {
			break
		}
		if !slices.ContainsFunc(cs, func(c Commit) bool { return c.ID == id }) {
			err = fmt.Errorf("commit %.12s: %w", id, ErrNotFound)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read commits of %s: %w", repo, err)
	}
	return cs, nil
}

// commits reads those commits that are there. What else is wrong is missed.
func (r *reading) commits(ctx context.Context, repo Repository, ids []string) ([]Commit, error) {
	if !plainName(repo.Owner) || !plainName(repo.Name) {
		return nil, errors.New("it names no repository")
	}
	for _, id := range ids {
		if !gitobject.IsFullID(id) {
			return nil, fmt.Errorf("%.80q is no full id of a commit", id)
		}
	}
	var out []Commit
	for chunk := range slices.Chunk(ids, commitChunk) {
		q := newQuery(repo)
		q.use("raw", "linked")
		q.add("%s{", repository)
		for i, id := range chunk {
			q.add(" g%d:object(oid:%s){__typename ...on Commit{...raw ...linked}}", i, q.variable("g"+strconv.Itoa(i), "GitObjectID!", id))
		}
		q.add("}")
		data, err := r.query(ctx, q)
		if err != nil {
			return nil, err
		}
		objects, err := inside(data, "repository")
		if err != nil {
			return nil, err
		}
		if objects == nil {
			return nil, r.nothing()
		}
		for i, id := range chunk {
			c, ok, err := r.object(areas["g#"], objects["g"+strconv.Itoa(i)], id)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// object takes the commit that was asked for by its id. False: there is none.
func (r *reading) object(what string, raw json.RawMessage, id string) (Commit, bool, error) {
	var n *struct {
		Type string `json:"__typename"`
		commitNode
	}
	if err := unpack(raw, &n); err != nil || n == nil {
		return Commit{}, false, err
	}
	if n.Type != "Commit" || n.ID != id {
		r.miss(what, "GitHub answered with the %.20q %.40q for the commit %.12s", n.Type, n.ID, id)
		return Commit{}, false, nil
	}
	c, ok := r.commit(what, &n.commitNode, true)
	return c, ok, nil
}

// maxParents bounds the parents that are read beside the commits. A branch that
// merged its base at every commit has one for each.
const maxParents = maxCommits + 50

// parents reads the parents of the commits that are not among them. The first commit
// brought its own along.
func (r *reading) parents(ctx context.Context, repo Repository, first json.RawMessage, pr *PullRequest) error {
	have := map[string]*Commit{}
	for i := range pr.Commits {
		have[pr.Commits[i].ID] = nil
	}
	known := map[string]Commit{pr.Base.ID: pr.Base}
	var n connection[struct {
		Commit *struct {
			Parents *connection[commitNode] `json:"parents"`
		} `json:"commit"`
	}]
	if err := unpack(first, &n); err != nil {
		return err
	}
	if len(n.Nodes) == 1 && n.Nodes[0] != nil && n.Nodes[0].Commit != nil {
		list, _ := n.Nodes[0].Commit.Parents.whole()
		for _, p := range list {
			if c, ok := r.commit(areas["commits"], p, false); ok {
				known[c.ID] = c
			}
		}
	}
	var order, ask []string
	for _, c := range pr.Commits {
		for _, p := range c.Parents {
			if _, ok := have[p]; ok || !gitobject.IsFullID(p) {
				continue
			}
			have[p] = nil
			order = append(order, p)
			if _, ok := known[p]; !ok {
				ask = append(ask, p)
			}
		}
	}
	if len(ask) > maxParents {
		r.miss(areas["commits"], "they have %d parents outside of the pull request, at most %d are read", len(ask), maxParents)
		ask = ask[:maxParents]
	}
	more, err := r.commits(ctx, repo, ask)
	if err != nil {
		return err
	}
	for _, c := range more {
		known[c.ID] = c
	}
	for _, p := range order {
		c, ok := known[p]
		if !ok {
			r.miss(areas["commits"], "GitHub does not have the parent %.12s", p)
			continue
		}
		pr.Parents = append(pr.Parents, c)
	}
	return nil
}
