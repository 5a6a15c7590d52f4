package ghapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

const (
	comparePage = 100    // the most that can be asked for
	maxCompare  = 10_000 // commits of one comparison
)

// Compare asks what lies between two commits, given by full ids. Whether GitHub's
// answer is whole is checked against its own counts. Which commits they are does not
// change, so it is remembered.
//
// Errors: [gitrepo.ErrMissing] when GitHub does not know one of the two,
// [gitrepo.ErrTooMany].
func (c *Client) Compare(ctx context.Context, repo Repository, base, head string) (*Comparison, error) {
	return compare(ctx, c, repo, base, head, maxCompare)
}

// Range implements [gitrepo.Objects].
func (o *Objects) Range(ctx context.Context, base, head string, limit int) (commits, mergeBases []string, err error) {
	if list := o.upToDate(base, head); list != nil && len(list) <= limit {
		return list, []string{base}, nil
	}
	got, err := compare(ctx, o.from, o.repo, base, head, limit)
	switch {
	case err != nil:
		return nil, nil, err
	case got.MergeBase == "":
		return nil, nil, fmt.Errorf("compare %s with %s: %w", base, head, gitrepo.ErrNoMergeBase)
	}
	return got.Commits, []string{got.MergeBase}, nil
}

// upToDate lists the commits from head down, if those that GitHub told of lead to base
// and nowhere else: then they are the range, and base is the merge base, without asking
// for a comparison. nil means that it has to be asked for. [gitrepo.Repo] hashes the
// commits, parents included, so this rests on nobody's word.
func (o *Objects) upToDate(base, head string) []string {
	var out []string
	seen := map[string]bool{}
	for todo := []string{head}; len(todo) > 0; {
		id := todo[0]
		todo = todo[1:]
		if id == base || seen[id] {
			continue
		}
		seen[id] = true
		c, told := o.told[id]
		if !told || len(c.Parents) == 0 {
			return nil
		}
		out = append(out, id)
		todo = append(todo, c.Parents...)
	}
	slices.Reverse(out)
	return out
}

// compare is Compare for at most limit commits. With more of them only the count is
// learned, in one call.
func compare(ctx context.Context, from source, repo Repository, base, head string, limit int) (*Comparison, error) {
	for _, id := range []string{base, head} {
		if !gitobject.IsFullID(id) {
			return nil, fmt.Errorf("compare %.80q with %.80q: only full ids are compared", base, head)
		}
	}
	if base == head {
		return &Comparison{MergeBase: base}, nil
	}
	out := new(Comparison)
	key := base + "..." + head
	if b, ok := from.object(repo, "compare", key); !ok || json.Unmarshal(b, out) != nil || len(out.Commits) < out.AheadBy && out.AheadBy <= limit {
		var err error
		if out, err = readCompare(ctx, from, repo, base, head, limit); err != nil {
			return nil, fmt.Errorf("compare %s with %s in %s: %w", base, head, repo, err)
		}
		if b, err := json.Marshal(out); err == nil {
			from.keep(repo, "compare", key, b)
		}
	}
	if out.AheadBy > limit {
		return nil, &gitrepo.TooManyError{What: "commits", Limit: limit}
	}
	return out, nil
}

type compareAnswer struct {
	Base      struct{ SHA string }   `json:"base_commit"`
	MergeBase struct{ SHA string }   `json:"merge_base_commit"`
	AheadBy   *int                   `json:"ahead_by"`
	BehindBy  *int                   `json:"behind_by"`
	Total     *int                   `json:"total_commits"`
	Commits   []struct{ SHA string } `json:"commits"`
}

func readCompare(ctx context.Context, from source, repo Repository, base, head string, limit int) (*Comparison, error) {
	path, err := repoPath(repo, "/compare/"+base+"..."+head)
	if err != nil {
		return nil, err
	}
	var out Comparison
	seen := map[string]bool{}
	query := url.Values{"per_page": {strconv.Itoa(min(comparePage, limit+1))}}
	for page := 1; ; page++ {
		query.Set("page", strconv.Itoa(page))
		var answer compareAnswer
		if _, err := from.get(ctx, path, query, &answer); err != nil {
			return refusedCompare(err)
		}
		if err := answer.check(base); err != nil {
			return nil, err
		}
		if page == 1 {
			out = Comparison{MergeBase: answer.MergeBase.SHA, AheadBy: *answer.AheadBy}
		}
		if *answer.AheadBy != out.AheadBy || answer.MergeBase.SHA != out.MergeBase {
			return nil, errors.New("the pages of GitHub's answer do not belong together")
		}
		if out.AheadBy > limit {
			return &out, nil
		}
		for _, c := range answer.Commits {
			if !gitobject.IsFullID(c.SHA) || seen[c.SHA] {
				return nil, fmt.Errorf("GitHub lists %.80q, twice or as no full id", c.SHA)
			}
			seen[c.SHA] = true
			out.Commits = append(out.Commits, c.SHA)
		}
		switch n := len(out.Commits); {
		case n == out.AheadBy:
			return &out, nil
		case n > out.AheadBy, len(answer.Commits) == 0:
			return nil, fmt.Errorf("GitHub lists %d of %d commits", n, out.AheadBy)
		}
	}
}

// check looks at what a page says of the whole.
func (a *compareAnswer) check(base string) error {
	switch {
	case a.AheadBy == nil || a.BehindBy == nil || a.Total == nil || *a.AheadBy < 0 || *a.Total != *a.AheadBy:
		return errors.New("the counts in GitHub's answer do not agree")
	case a.Base.SHA != base || !gitobject.IsFullID(a.MergeBase.SHA):
		return fmt.Errorf("GitHub compared %.80q, with the merge base %.80q", a.Base.SHA, a.MergeBase.SHA)
	}
	return nil
}

// refusedCompare tells histories without a common commit from commits that GitHub
// does not know: both are "not found".
func refusedCompare(err error) (*Comparison, error) {
	var status *StatusError
	if errors.As(err, &status) && errors.Is(err, ErrNotFound) {
		if strings.HasPrefix(status.Message, "No common ancestor") {
			return new(Comparison), nil
		}
		return nil, fmt.Errorf("%w: %w", gitrepo.ErrMissing, err)
	}
	return nil, err
}
