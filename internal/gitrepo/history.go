package gitrepo

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Range is what a head adds to a base.
type Range struct {
	// Commits that the head reaches by any parent and the base does not, parents
	// before children.
	Commits []Commit
	// MergeBases are the newest commits that both reach: none for unrelated
	// histories, several after criss-cross merges. In git's order for several,
	// otherwise there is just one.
	MergeBases []Commit
}

const (
	// How far the proof of an ancestry may search. Above that the base has moved
	// on by more commits than any branch should be behind.
	maxAncestry = 200_000
	// How many commits of the base the range may hang on.
	maxBoundary = 1000
)

// Between lists the range base..head, at most limit commits.
//
// git names the commits. What it names is then proved from the hashed objects:
// each is reached from the head; each parent that is not in the range is an
// ancestor of the base. So nothing that could make git leave out a commit, be it
// a forged object, a graft or a wrong commit-graph, makes it left out here.
//
// Errors: [ErrTooMany], [ErrShallow], [ErrMissing], [ErrTooLarge], [ErrForged].
func (r *Repo) Between(ctx context.Context, base, head Commit, limit int) (*Range, error) {
	fail := func(err error) (*Range, error) {
		if errors.Is(err, ErrMissing) && r.shallow {
			err = fmt.Errorf("%w: %w", ErrShallow, err)
		}
		return nil, fmt.Errorf("list commits of %s..%s: %w", base.ID, head.ID, err)
	}
	if r.objects != nil {
		found, err := r.remoteBetween(ctx, base, head, limit)
		if err != nil {
			return fail(err)
		}
		return found, nil
	}
	ids, err := r.revList(ctx, base.ID, head.ID, limit)
	if err != nil {
		return fail(err)
	}
	commits, err := r.commits(ctx, ids)
	if err != nil {
		return fail(err)
	}
	boundary, err := closure(commits, head)
	if err != nil {
		return fail(err)
	}
	if len(boundary) > maxBoundary {
		return fail(&TooManyError{What: "merged commits of the base", Limit: maxBoundary})
	}
	w := walker{repo: r, seen: map[string]Commit{}}
	if err := w.reach(ctx, []string{base.ID}, boundary); err != nil {
		return fail(err)
	}
	tips, err := r.newest(ctx, &w, boundary)
	if err != nil {
		return fail(err)
	}
	bases, err := r.commits(ctx, tips)
	if err != nil {
		return fail(err)
	}
	return &Range{Commits: commits, MergeBases: bases}, nil
}

func (r *Repo) revList(ctx context.Context, base, head string, limit int) ([]string, error) {
	n := idLen(r.format)
	out, err := r.run(ctx, r.private, r.objEnv, (limit+2)*(n+1), "rev-list", "--topo-order", "--reverse",
		fmt.Sprintf("--max-count=%d", limit+1), head, "^"+base)
	switch {
	case said(err, "Could not read"), said(err, "Failed to traverse parents"), said(err, "bad object"), said(err, "missing"):
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	case err != nil:
		return nil, err
	}
	ids := strings.Fields(string(out))
	for _, id := range ids {
		if !isID(id, n) {
			return nil, fmt.Errorf("git rev-list answered %s", foreign(id))
		}
	}
	if len(ids) > limit {
		return nil, &TooManyError{What: "commits", Limit: limit}
	}
	return ids, nil
}

// closure proves that the commits are head and ancestors of it, parents first,
// and returns the parents that are not among them, in order of first mention. A
// shallow clone's cut-off commit is recognised here: git shows it without
// parents, the object has some. For an empty range the boundary is the head.
func closure(commits []Commit, head Commit) ([]string, error) {
	if len(commits) == 0 {
		return []string{head.ID}, nil
	}
	at := make(map[string]int, len(commits))
	for i, c := range commits {
		at[c.ID] = i
	}
	reached := make([]bool, len(commits))
	last := len(commits) - 1
	reached[last] = commits[last].ID == head.ID && len(at) == len(commits)
	var boundary []string
	outside := map[string]bool{}
	for i := last; i >= 0; i-- {
		if !reached[i] {
			return nil, fmt.Errorf("%w: git lists commit %s, which the head does not lead to", ErrForged, commits[i].ID)
		}
		for _, p := range commits[i].Parents {
			j, in := at[p]
			switch {
			case in && j >= i:
				return nil, fmt.Errorf("%w: git lists commit %s before its parent", ErrForged, commits[i].ID)
			case in:
				reached[j] = true
			case !outside[p]:
				outside[p] = true
				boundary = append(boundary, p)
			}
		}
	}
	return boundary, nil
}

// newest leaves out of the boundary what is an ancestor of another part of it.
// The rest are the merge bases: whatever base and head have in common is reached
// through the boundary. git says which are left; each one that it drops is proved
// to be an ancestor of one that stays. Dropping too few is harmless: more files
// count as changed.
func (r *Repo) newest(ctx context.Context, w *walker, boundary []string) ([]string, error) {
	if len(boundary) < 2 {
		return boundary, nil
	}
	out, err := r.run(ctx, r.private, r.objEnv, len(boundary)*(idLen(r.format)+1), append([]string{"merge-base", "--independent"}, boundary...)...)
	if err != nil {
		return nil, err
	}
	tips := strings.Fields(string(out))
	var dropped []string
	for _, b := range boundary {
		if !slices.Contains(tips, b) {
			dropped = append(dropped, b)
		}
	}
	if len(tips)+len(dropped) != len(boundary) || len(tips) == 0 {
		return nil, fmt.Errorf("git merge-base answered %s", foreign(string(out)))
	}
	return tips, w.reach(ctx, tips, dropped)
}

// walker searches the history by hashed objects.
type walker struct {
	repo *Repo
	seen map[string]Commit // read and hashed
}

const commitsAtOnce = 64

// reach proves that every wanted commit is one of from or an ancestor of one. It
// goes by committer date, newest first, which finds the way soon in an honest
// history; a wrong date costs time and changes no answer.
func (w *walker) reach(ctx context.Context, from, wanted []string) error {
	open := make(map[string]bool, len(wanted))
	for _, id := range wanted {
		open[id] = true
	}
	visited := map[string]bool{}
	var queue byDate
	var lost error // the first missing object; the way may go round it
	fresh := from
	for {
		var ask []string
		for _, id := range fresh {
			if visited[id] {
				continue
			}
			visited[id] = true
			delete(open, id)
			ask = append(ask, id)
		}
		if len(open) == 0 {
			return nil
		}
		found, err := w.get(ctx, ask, &lost)
		if err != nil {
			return err
		}
		for _, c := range found {
			heap.Push(&queue, c)
		}
		fresh = nil
		for range commitsAtOnce {
			if queue.Len() == 0 {
				break
			}
			fresh = append(fresh, heap.Pop(&queue).(Commit).Parents...) //nolint:errcheck,forcetypeassert // it holds nothing else
		}
		if len(fresh) == 0 && queue.Len() == 0 {
			return w.unproved(from, open, lost)
		}
	}
}

// unproved says why a commit could not be shown to be an ancestor.
func (w *walker) unproved(from []string, open map[string]bool, lost error) error {
	id := slices.Min(slices.Collect(func(yield func(string) bool) {
		for id := range open {
			if !yield(id) {
				return
			}
		}
	}))
	switch {
	case w.repo.shallow:
		return fmt.Errorf("%w: the way from %s to %s is cut off", ErrShallow, from[0], id)
	case lost != nil:
		return lost
	}
	return fmt.Errorf("%w: git takes %s for an ancestor of %s, and the commits do not lead there", ErrForged, id, from[0])
}

// get returns the commits with the ids, as far as they are there.
func (w *walker) get(ctx context.Context, ids []string, lost *error) ([]Commit, error) {
	var ask []string
	for _, id := range ids {
		if _, ok := w.seen[id]; !ok {
			ask = append(ask, id)
		}
	}
	if len(w.seen)+len(ask) > maxAncestry {
		return nil, &TooManyError{What: "commits between the base and where the change left it", Limit: maxAncestry}
	}
	got, err := w.repo.commits(ctx, ask)
	if errors.Is(err, ErrMissing) {
		// One by one, so that the others are not lost with it.
		got = nil
		for _, id := range ask {
			c, err := w.repo.commits(ctx, []string{id})
			if errors.Is(err, ErrMissing) {
				*lost = cmp.Or(*lost, err)
				continue
			}
			if err != nil {
				return nil, err
			}
			got = append(got, c...)
		}
	} else if err != nil {
		return nil, err
	}
	for _, c := range got {
		c.Object = nil // the graph is all that is needed, and there may be many
		w.seen[c.ID] = c
	}
	out := make([]Commit, 0, len(ids))
	for _, id := range ids {
		if c, ok := w.seen[id]; ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// byDate is a heap with the newest commit on top.
type byDate []Commit

func (q byDate) Len() int           { return len(q) }
func (q byDate) Less(i, j int) bool { return q[i].date > q[j].date }
func (q byDate) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *byDate) Push(x any)        { *q = append(*q, x.(Commit)) } //nolint:errcheck,forcetypeassert // only reach pushes
func (q *byDate) Pop() any {
	old := *q
	c := old[len(old)-1]
	*q = old[:len(old)-1]
	return c
}
