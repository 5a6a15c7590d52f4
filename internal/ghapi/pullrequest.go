package ghapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Bounds of what one query may name: each name is a part of its text.
const (
	maxQueryFiles = 30
	maxQueryRefs  = 10
)

// PullRequest reads a pull request and what hangs on it: one query, and another one
// for each further page. One more is asked for parents of merged branches, and for
// the open pull requests of a repository that has more than a hundred of them.
//
// What is missing is listed in Missed: a list that has not as many entries as GitHub
// declares, a null where something is due, an error beside the data. It is never left
// out in silence. [ErrMoved] says that the head moved between two pages;
// [ErrNotFound], that there is no such pull request that this credential may see.
//
// A team that is asked for a review, and that the credential may not see, is null in
// GraphQL. As it could be a person just as well, REST is then asked once.
func (c *Client) PullRequest(ctx context.Context, q PullRequestQuery) (*PullRequest, error) {
	return readPullRequest(ctx, c, q)
}

func readPullRequest(ctx context.Context, a asker, q PullRequestQuery) (*PullRequest, error) {
	r := &reading{ask: a}
	pr, err := r.pullRequest(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read pull request %s#%d: %w", q.Repository, q.Number, err)
	}
	pr.Missed = r.missed
	return pr, nil
}

// pullRequestNode is a pull request without what its lists hold.
type pullRequestNode struct {
	Number    int64      `json:"number"`
	Title     string     `json:"title"`
	Body      string     `json:"body"`
	State     string     `json:"state"`
	Draft     bool       `json:"isDraft"`
	Author    *actorNode `json:"author"`
	Base      string     `json:"baseRefName"`
	Head      string     `json:"headRefName"`
	HeadID    string     `json:"headRefOid"`
	HeadRepo  *factsNode `json:"headRepository"`
	UpdatedAt *time.Time `json:"updatedAt"`
	Additions int        `json:"additions"`
	Deletions int        `json:"deletions"`
	BaseRef   *struct {
		Target json.RawMessage `json:"target"`
	} `json:"baseRef"`
}

func checkQuery(q PullRequestQuery) error {
	switch {
	case !plainName(q.Repository.Owner) || !plainName(q.Repository.Name):
		return errors.New("it names no repository")
	case q.Number < 1 || q.Number > math.MaxInt32:
		return errors.New("it has no such number")
	case len(q.BaseFiles) > maxQueryFiles || len(q.NoteRefs) > maxQueryRefs:
		return fmt.Errorf("at most %d files and %d refs can be asked for", maxQueryFiles, maxQueryRefs)
	}
	return nil
}

func (r *reading) pullRequest(ctx context.Context, q PullRequestQuery) (*PullRequest, error) {
	if err := checkQuery(q); err != nil {
		return nil, err
	}
	data, err := r.query(ctx, pullRequestQuery(q))
	if err != nil {
		return nil, err
	}
	repo, err := inside(data, "repository")
	if err != nil {
		return nil, err
	}
	raw, err := inside(repo, "pullRequest")
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, r.nothing()
	}
	pr, err := r.body(q, data, repo)
	if err != nil {
		return nil, err
	}
	if err := r.lists(ctx, q, raw, repo["pullRequests"], pr); err != nil {
		return nil, err
	}
	return pr, r.parents(ctx, q.Repository, raw["first"], pr)
}

// nothing is the error for a repository or pull request that GitHub does not give.
func (r *reading) nothing() error {
	for _, e := range r.errs {
		if len(e.Path) > 0 && e.Path[0] == "repository" {
			return e
		}
	}
	return ErrNotFound
}

// body takes everything that is no list.
func (r *reading) body(q PullRequestQuery, data, members map[string]json.RawMessage) (*PullRequest, error) {
	var repo struct {
		factsNode
		PullRequest pullRequestNode `json:"pullRequest"`
	}
	if err := unpack(data["repository"], &repo); err != nil {
		return nil, err
	}
	n := repo.PullRequest
	if n.Number != q.Number || !gitobject.IsFullID(n.HeadID) {
		return nil, fmt.Errorf("GitHub answered with number %d at the head %.40q", n.Number, n.HeadID)
	}
	what := areas["pullRequest"]
	pr := &PullRequest{
		Repository: r.facts(q.Repository, repo.factsNode), Number: n.Number, Title: n.Title, Body: n.Body,
		State: strings.ToLower(n.State), Draft: n.Draft, Author: r.actor(what, n.Author),
		BaseBranch: n.Base, HeadBranch: n.Head, Head: n.HeadID, UpdatedAt: instant(n.UpdatedAt),
		Additions: n.Additions, Deletions: n.Deletions,
	}
	if n.HeadRepo != nil {
		pr.HeadRepo = n.HeadRepo.Name
	}
	switch pr.State {
	case "open", "closed", "merged":
	default:
		r.miss(what, "its state is %.40q", n.State)
	}
	if pr.UpdatedAt.IsZero() || pr.BaseBranch == "" || pr.HeadBranch == "" {
		r.miss(what, "GitHub did not tell its branches and when it changed last")
	}
	var target map[string]json.RawMessage
	var err error
	if n.BaseRef == nil {
		r.miss(areas["baseRef"], "it does not exist any more")
	} else if target, err = r.base(n.BaseRef.Target, pr); err != nil {
		return nil, err
	}
	if pr.Files, err = r.files(target, q.BaseFiles); err != nil {
		return nil, err
	}
	if pr.Notes, err = r.notes(members, q.NoteRefs); err != nil {
		return nil, err
	}
	pr.Org, err = r.org(data, q.Repository.Owner, q.OrgFile)
	return pr, err
}

// base takes the tip of the base branch.
func (r *reading) base(raw json.RawMessage, pr *PullRequest) (map[string]json.RawMessage, error) {
	target, err := parts(raw)
	if err != nil || target == nil {
		return nil, err // a null is told already
	}
	var n struct {
		Type string `json:"__typename"`
		commitNode
	}
	if err := unpack(raw, &n); err != nil {
		return nil, err
	}
	if n.Type != "Commit" {
		r.miss(areas["baseRef"], "it leads to a %.40q", n.Type)
		return nil, nil
	}
	pr.Base, _ = r.commit(areas["baseRef"], &n.commitNode, false)
	return target, nil
}

// lists takes the lists, and reads their further pages.
func (r *reading) lists(ctx context.Context, q PullRequestQuery, raw map[string]json.RawMessage, pulls json.RawMessage, pr *PullRequest) error {
	var (
		commits = &pages[struct {
			Commit *commitNode `json:"commit"`
		}]{r: r, name: "commits", what: areas["commits"], most: maxCommits}
		reviews  = &pages[reviewNode]{r: r, name: "reviews", what: areas["reviews"]}
		threads  = &pages[threadNode]{r: r, name: "threads", what: areas["reviewThreads"]}
		events   = &pages[eventNode]{r: r, name: "events", what: areas["timelineItems"]}
		requests = &pages[requestNode]{r: r, name: "requests", what: areas["reviewRequests"]}
		labels   = &pages[labelNode]{r: r, name: "labels", what: areas["labels"]}
		tip      = &suites{pages: pages[suiteNode]{r: r, name: "tip", what: areas["checkSuites"]}, head: pr.Head}
		checked  = &checkPages{pages: pages[checkNode]{r: r, name: "checked", what: areas["checked"]}, head: pr.Head}
		all      = []pager{commits, reviews, threads, events, requests, labels, tip, checked}
	)
	for _, l := range all {
		name, _ := l.next()
		if err := l.take(raw[listField(name)]); err != nil {
			return err
		}
	}
	if err := r.rest(ctx, q, pr.Head, all); err != nil {
		return err
	}
	pr.DeclaredCommits = commits.total
	seen := map[string]bool{}
	for _, n := range commits.got {
		c, ok := r.commit(areas["commits"], n.Commit, true)
		if !ok {
			continue
		}
		if seen[c.ID] {
			r.miss(areas["commits"], "GitHub gave commit %.12s twice", c.ID)
			continue
		}
		seen[c.ID] = true
		pr.Commits = append(pr.Commits, c)
	}
	if !seen[pr.Head] {
		// Beyond GitHub's bound it lists the oldest.
		r.miss(areas["commits"], "the head is not among them")
	}
	pr.Reviews, pr.Threads, pr.Events = r.reviews(reviews.got), r.threads(threads.got), r.events(events.got)
	pr.Labels = labelNames(labels.got)
	pr.Suites, pr.Checks = r.suites(tip.got), r.checks(checked.got)
	var whole bool
	if pr.Requests, whole = r.requests(requests.got); !whole || requests.read != len(requests.got) {
		if err := r.requestsREST(ctx, q, requests.read, pr); err != nil {
			return err
		}
	}
	return r.siblings(ctx, q, raw["tip"], pulls, pr)
}

// requestsREST reads who is asked for a review of the other API, which shows teams to
// everybody who may read the pull request.
func (r *reading) requestsREST(ctx context.Context, q PullRequestQuery, declared int, pr *PullRequest) error {
	path, err := repoPath(q.Repository, fmt.Sprintf("/pulls/%d", q.Number))
	if err != nil {
		return err
	}
	var n struct {
		Head struct {
			ID string `json:"sha"`
		} `json:"head"`
		Users []*struct {
			ID    int64  `json:"id"`
			Login string `json:"login"`
			Type  string `json:"type"`
		} `json:"requested_reviewers"`
		Teams []*struct {
			Slug string `json:"slug"`
		} `json:"requested_teams"`
	}
	if _, err := r.ask.get(ctx, path, url.Values{}, &n); err != nil {
		return fmt.Errorf("who is asked for a review: %w", err)
	}
	if n.Head.ID != pr.Head {
		return fmt.Errorf("%w: from %.40s to %.40q", ErrMoved, pr.Head, n.Head.ID)
	}
	var nodes []*requestNode
	for _, u := range n.Users {
		if u != nil {
			nodes = append(nodes, &requestNode{&actorNode{Type: u.Type, Login: u.Login, ID: bigID(u.ID)}})
		}
	}
	for _, t := range n.Teams {
		if t != nil && t.Slug != "" {
			nodes = append(nodes, &requestNode{&actorNode{Type: "Team", Slug: q.Repository.Owner + "/" + t.Slug}})
		}
	}
	pr.Requests, _ = r.requests(nodes)
	if len(nodes) != declared {
		r.miss(areas["reviewRequests"], "%d are asked, and GitHub shows %d of them to this credential", declared, len(nodes))
	}
	return nil
}
