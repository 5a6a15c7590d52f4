package ghapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// RangeQuery says what to read for two commits: of a push, or of a group in a merge
// queue.
type RangeQuery struct {
	Repository Repository
	Base, Head string   // full ids
	BaseFiles  []string // paths to read at Base
	OrgFile    string   // as in [PullRequestQuery]
	NoteRefs   []string
	CheckName  string // of our own check runs on Head; empty: none are wanted
}

// RangeFacts is what was read for two commits. What lies between them is for
// [Client.Compare] and [Client.Commits] to tell.
type RangeFacts struct {
	Repository   RepositoryFacts
	Base, Head   Commit
	PullRequests []Associated // those that GitHub links to Head, by number
	Suites       []time.Time  // of Head, as in [PullRequest]
	Runs         []CheckRun
	Files        map[string]TextFile // at Base, those that exist
	Notes        map[string]string
	Org          *OrgFile
	Missed       []Shortfall
}

// Associated is a pull request that a commit belongs to: it brought it to the default
// branch, or is open and has it in its branch. GitHub does not know this of commits
// that lie in a fork alone.
type Associated struct {
	Sibling
	State string // "open", "closed", "merged"
	Head  string // full id
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
	q.suites(rq.CheckName, "")
	q.associated()
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
	if err := r.head(q, members["head"], f); err != nil {
		return nil, err
	}
	f.Org, err = r.org(data, q.Repository.Owner, q.OrgFile)
	return f, err
}

// head takes what hangs on the head commit.
func (r *reading) head(q RangeQuery, raw json.RawMessage, f *RangeFacts) error {
	var n struct {
		Suites *connection[suiteNode]   `json:"checkSuites"`
		Pulls  *connection[siblingNode] `json:"associatedPullRequests"`
	}
	if err := unpack(raw, &n); err != nil {
		return err
	}
	list, whole := n.Suites.whole()
	if !whole {
		r.miss(areas["checkSuites"], "GitHub did not give all of them")
	}
	f.Suites, f.Runs = r.suites(list, q.CheckName)
	pulls, whole := n.Pulls.whole()
	if !whole {
		r.miss("the pull requests of the head", "GitHub did not give all of them")
	}
	for _, p := range pulls {
		if p.Repo == nil || int64(p.Repo.ID) != f.Repository.ID {
			continue // of a fork
		}
		f.PullRequests = append(f.PullRequests, Associated{
			Sibling: Sibling{Number: p.Number, Base: p.Base, Author: r.actor(areas["associatedPullRequests"], p.Author)},
			State:   strings.ToLower(p.State), Head: p.Head,
		})
	}
	slices.SortFunc(f.PullRequests, func(a, b Associated) int { return cmp.Compare(a.Number, b.Number) })
	return nil
}
