package ghapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrMoved says that the head of the pull request moved while it was read: what was
// read belongs to no one state of it. Read it again.
var ErrMoved = errors.New("the head moved while the pull request was read")

const (
	// maxCommits is how many commits of a pull request GitHub lists.
	maxCommits = 250
	// maxPages is how many pages of one list are read. A thousand reviews are no review.
	maxPages = 10
)

// pages is a list that is read page by page.
type pages[T any] struct {
	r        *reading
	name     string // in the query
	what     string // for people
	most     int    // entries that GitHub gives at most; 0: no such bound
	limit    int    // pages that are read; 0: maxPages
	loose    bool   // entries may leave the list while it is read
	got      []*T
	read     int // entries that came, null ones included
	total    int
	filtered *int
	after    string // cursor of the next page; empty: there is none
	begun    bool
	count    int
	seen     map[string]bool
}

// pager is a [pages] of whatever it lists.
type pager interface {
	next() (name, after string)
	take(raw json.RawMessage) error
	finish()
}

func (p *pages[T]) next() (name, after string) { return p.name, p.after }

// take reads a page. What cannot be read on is a shortfall, here or in finish.
func (p *pages[T]) take(raw json.RawMessage) error {
	p.after = ""
	if len(raw) == 0 || string(raw) == "null" {
		p.r.miss(p.what, "GitHub gave no list")
		return nil
	}
	var c connection[T]
	if err := unpack(raw, &c); err != nil {
		return fmt.Errorf("%s: %w", p.what, err)
	}
	if !p.begun {
		p.filtered = c.Filtered
	}
	p.begun, p.total = true, c.Total
	p.count++
	p.read += len(c.Nodes)
	for _, n := range c.Nodes {
		if n != nil {
			p.got = append(p.got, n)
		}
	}
	switch end := c.Page.End; {
	case !c.Page.More:
	case end == "" || p.seen[end]:
		p.r.miss(p.what, "GitHub says that there are more, and not where")
	case p.most > 0 && p.read >= p.most || p.count >= cmp.Or(p.limit, maxPages):
		// finish finds that there are more
	default:
		if p.seen == nil {
			p.seen = map[string]bool{}
		}
		p.seen[end], p.after = true, end
	}
	return nil
}

// finish compares what was declared with what came.
func (p *pages[T]) finish() {
	if !p.begun {
		return // told by take
	}
	low, high := p.total, p.total
	if p.filtered != nil {
		low, high = min(low, *p.filtered), max(high, *p.filtered)
	}
	switch {
	case p.most > 0 && high > p.most:
		p.r.miss(p.what, "there are %d, and GitHub lists %d at most", high, p.most)
	case p.read < low || p.read > high && !p.loose:
		p.r.miss(p.what, "GitHub says that there are %d, and gave %d", p.total, p.read)
	}
}

// suites is the list of check suites, which lies deeper than the others.
type suites struct {
	pages[suiteNode]
	head string
}

func (s *suites) take(raw json.RawMessage) error {
	s.after = ""
	var tip connection[struct {
		Commit *struct {
			ID     string          `json:"oid"`
			Suites json.RawMessage `json:"checkSuites"`
		} `json:"commit"`
	}]
	if err := unpack(raw, &tip); err != nil {
		return fmt.Errorf("%s: %w", s.what, err)
	}
	if len(tip.Nodes) != 1 || tip.Nodes[0] == nil || tip.Nodes[0].Commit == nil {
		s.r.miss(areas["tip"], "GitHub did not give it")
		return nil
	}
	if c := tip.Nodes[0].Commit; c.ID != s.head {
		// Beyond GitHub's bound the last listed commit is not the head.
		s.r.miss(areas["tip"], "the last commit that GitHub lists is %.40q, and not the head", c.ID)
		return nil
	}
	return s.pages.take(tip.Nodes[0].Commit.Suites)
}

// rest reads the further pages, of all lists that have one at once.
func (r *reading) rest(ctx context.Context, pq PullRequestQuery, head string, lists []pager) error {
	for {
		q, open := pageQuery(pq, lists)
		if len(open) == 0 {
			break
		}
		data, err := r.query(ctx, q)
		if err != nil {
			return err
		}
		repo, err := inside(data, "repository")
		if err != nil {
			return err
		}
		pr, err := inside(repo, "pullRequest")
		if err != nil {
			return err
		}
		if err := still(pr, head); err != nil {
			return err
		}
		for _, l := range open {
			name, _ := l.next()
			from := pr
			if name == "open" {
				from = repo
			}
			if err := l.take(from[listField(name)]); err != nil {
				return err
			}
		}
	}
	for _, l := range lists {
		l.finish()
	}
	return nil
}

// pageQuery asks for the next page of each list that has one.
func pageQuery(pq PullRequestQuery, lists []pager) (*query, []pager) {
	q := newQuery(pq.Repository)
	q.add("%s{pullRequest(number:%s){headRefOid", repository, q.variable("number", "Int!", pq.Number))
	var open []pager
	pulls := ""
	for _, l := range lists {
		name, after := l.next()
		switch {
		case after == "":
			continue
		case name == "tip":
			q.tip(after)
		case name == "checked":
			q.checked(after)
		case name == "open":
			pulls = after
		default:
			q.list(name, after)
		}
		open = append(open, l)
	}
	q.add("}")
	if pulls != "" {
		q.open(pulls)
	}
	q.add("}")
	return q, open
}

func listField(name string) string {
	if c, ok := connections[name]; ok {
		return c.field
	}
	return map[string]string{"tip": "tip", "checked": "checked", "open": "pullRequests"}[name]
}

// still reports whether a part of a pull request is that of the same head.
func still(pr map[string]json.RawMessage, head string) error {
	var now string
	if err := unpack(pr["headRefOid"], &now); err != nil {
		return err
	}
	if now != head {
		return fmt.Errorf("%w: from %.40s to %.40q", ErrMoved, head, now)
	}
	return nil
}

// inside takes an object out of objects. Nil: there is none.
func inside(data map[string]json.RawMessage, names ...string) (map[string]json.RawMessage, error) {
	for _, n := range names {
		var err error
		if data, err = parts(data[n]); err != nil {
			return nil, err
		}
	}
	return data, nil
}
