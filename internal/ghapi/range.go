package ghapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// RangeQuery says what to read for two commits: of a push, or of a group in a merge
// queue.
type RangeQuery struct {
	Repository Repository
	Base, Head string   // full ids
	BaseFiles  []string // paths to read at Base
	OrgFile    string   // as in [PullRequestQuery]
	NoteRefs   []string // as in [PullRequestQuery]
}

// RangeFacts is what was read for two commits. What lies between them is for
// [Client.Compare] and [Client.Commits] to tell.
type RangeFacts struct {
	Repository RepositoryFacts
	Base, Head Commit
	Files      map[string]TextFile // at Base, those that exist
	Notes      map[string]string
	Org        *OrgFile
	Missed     []Shortfall
}

// Range reads what there is to two commits when there is no pull request, with one
// query. [ErrNotFound]: one of them is not there.
func (c *Client) Range(ctx context.Context, q RangeQuery) (*RangeFacts, error) {
	return readRange(ctx, c, q)
}

func readRange(ctx context.Context, a asker, q RangeQuery) (*RangeFacts, error) {
	r := &reading{ask: a}
	f, err := r.between(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read %.12s..%.12s of %s: %w", q.Base, q.Head, q.Repository, err)
	}
	f.Missed = r.missed
	return f, nil
}

func rangeQuery(rq RangeQuery) *query {
	q := newQuery(rq.Repository)
	q.use("facts", "raw", "linked")
	q.add("%s{...facts", repository)
	q.notes(rq.NoteRefs)
	q.add(" base:object(oid:%s){__typename ...on Commit{...raw ...linked", q.variable("base", "GitObjectID!", rq.Base))
	q.files(rq.BaseFiles)
	q.add("}} head:object(oid:%s){__typename ...on Commit{...raw ...linked", q.variable("head", "GitObjectID!", rq.Head))
	q.add("}}}")
	q.org(rq.OrgFile)
	return q
}

func (r *reading) between(ctx context.Context, q RangeQuery) (*RangeFacts, error) {
	switch {
	case !plainName(q.Repository.Owner) || !plainName(q.Repository.Name):
		return nil, errors.New("it names no repository")
	case !gitobject.IsFullID(q.Base) || !gitobject.IsFullID(q.Head):
		return nil, errors.New("they are no full ids")
	case len(q.BaseFiles) > maxQueryFiles || len(q.NoteRefs) > maxQueryRefs:
		return nil, fmt.Errorf("at most %d files and %d refs can be asked for", maxQueryFiles, maxQueryRefs)
	}
	data, err := r.query(ctx, rangeQuery(q))
	if err != nil {
		return nil, err
	}
	members, err := inside(data, "repository")
	if err != nil {
		return nil, err
	}
	if members == nil {
		return nil, r.nothing()
	}
	var repo factsNode
	if err := unpack(data["repository"], &repo); err != nil {
		return nil, err
	}
	f := &RangeFacts{Repository: r.facts(q.Repository, repo)}
	for _, c := range []struct {
		what string
		id   string
		into *Commit
	}{{"base", q.Base, &f.Base}, {"head", q.Head, &f.Head}} {
		got, ok, err := r.object(areas[c.what], members[c.what], c.id)
		if err == nil && !ok {
			err = fmt.Errorf("%s %.12s: %w", areas[c.what], c.id, ErrNotFound)
		}
		if err != nil {
			return nil, err
		}
		*c.into = got
	}
	target, err := parts(members["base"])
	if err != nil {
		return nil, err
	}
	if f.Files, err = r.files(target, q.BaseFiles); err != nil {
		return nil, err
	}
	if f.Notes, err = r.notes(members, q.NoteRefs); err != nil {
		return nil, err
	}
	f.Org, err = r.org(data, q.Repository.Owner, q.OrgFile)
	return f, err
}
