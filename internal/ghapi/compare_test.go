package ghapi

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	all := strings.Fields(g.Git("rev-list", "--date-order", "--reverse", head, "^"+base))
	for _, size := range []int{0, 1, 2, len(all)} {
		h := newTwin(t, g)
		h.pageSize = size
		_, _, c := h.begin(nil)
		for range 2 {
			got, err := c.Compare(t.Context(), twinRepo, base, head)
			if err != nil {
				t.Fatal(err)
			}
			want := &Comparison{MergeBase: g.Git("merge-base", base, head), Commits: all, AheadBy: len(all)}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		}
		pages := 1
		if size > 0 {
			pages = (len(all) + size - 1) / size
		}
		if len(h.calls) != pages {
			t.Errorf("%d calls for %d pages", len(h.calls), pages)
		}
	}
	h := newTwin(t, g)
	o, _, c := h.begin(nil)
	same, err := c.Compare(t.Context(), twinRepo, base, base)
	if err != nil || same.MergeBase != base || len(same.Commits) != 0 || len(h.calls) != 0 {
		t.Errorf("%+v, %v, %q", same, err, h.calls)
	}
	none, err := c.Compare(t.Context(), twinRepo, base, g.Git("rev-parse", "alien"))
	if err != nil || none.MergeBase != "" {
		t.Errorf("%+v, %v", none, err)
	}
	_, _, err = o.Range(t.Context(), base, g.Git("rev-parse", "alien"), 100)
	if !errors.Is(err, gitrepo.ErrNoMergeBase) {
		t.Error(err)
	}
	_, err = c.Compare(t.Context(), twinRepo, base, strings.Repeat("1", 40))
	if !errors.Is(err, gitrepo.ErrMissing) {
		t.Error(err)
	}
	for _, id := range []string{"main", "", base[:39], "../x"} {
		if _, err := c.Compare(t.Context(), twinRepo, base, id); err == nil {
			t.Errorf("%q was compared", id)
		}
	}
}

// More commits than are wanted cost one call, and the count is remembered; it does
// not stand in the way of somebody who wants more.
func TestRangeOfTooMany(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	h := newTwin(t, g)
	o, _, _ := h.begin(nil)
	for range 2 {
		if _, _, err := o.Range(t.Context(), base, head, 1); !errors.Is(err, gitrepo.ErrTooMany) {
			t.Fatal(err)
		}
	}
	if len(h.calls) != 1 {
		t.Errorf("calls %q", h.calls)
	}
	got, _, err := o.Range(t.Context(), base, head, 100)
	if err != nil || len(got) < 2 {
		t.Fatal(got, err)
	}
	if _, _, err := o.Range(t.Context(), base, head, 1); !errors.Is(err, gitrepo.ErrTooMany) || len(h.calls) != 2 {
		t.Error(err, h.calls)
	}
}

// GitHub's answer has to agree with itself: a gap is never a shorter range.
func TestCompareThatIsNotWhole(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	list := func(a map[string]any) []any { l, _ := a["commits"].([]any); return l }
	for name, edit := range map[string]func(a map[string]any){
		"a commit left out": func(a map[string]any) { a["commits"] = list(a)[min(1, len(list(a))):] },
		"no commits":        func(a map[string]any) { a["commits"] = []any{} },
		"a commit twice": func(a map[string]any) {
			if l := list(a); len(l) > 1 {
				a["commits"] = append(l[1:], l[1])
			}
		},
		"one too many":              func(a map[string]any) { a["commits"] = append(list(a), map[string]any{"sha": strings.Repeat("1", 40)}) },
		"a short id":                func(a map[string]any) { list(a)[0] = map[string]any{"sha": head[:7]} },
		"counts that differ":        func(a map[string]any) { a["total_commits"] = 1 },
		"no count":                  func(a map[string]any) { delete(a, "ahead_by") },
		"a count below zero":        func(a map[string]any) { a["ahead_by"], a["total_commits"] = -1, -1 },
		"another base":              func(a map[string]any) { a["base_commit"] = map[string]any{"sha": head} },
		"no merge base":             func(a map[string]any) { delete(a, "merge_base_commit") },
		"a merge base by name":      func(a map[string]any) { a["merge_base_commit"] = map[string]any{"sha": "main"} },
		"counts that both are less": func(a map[string]any) { a["ahead_by"], a["total_commits"] = 1, 1 },
	} {
		t.Run(name, func(t *testing.T) {
			h := newTwin(t, g)
			h.edit = func(path string, a map[string]any) {
				if path == "compare/"+base+"..."+head {
					edit(a)
				}
			}
			_, _, c := h.begin(nil)
			for range 2 { // nothing of it is kept
				if got, err := c.Compare(t.Context(), twinRepo, base, head); err == nil {
					t.Errorf("it is %+v", got)
				}
			}
		})
	}
	// A range without its last commits, whose counts were made to fit, does not reach
	// the head; one without its first ones hangs on what is not the merge base.
	for _, cut := range []func(l []any) []any{func(l []any) []any { return l[:len(l)-1] }, func(l []any) []any { return l[1:] }} {
		h := newTwin(t, g)
		h.edit = func(path string, a map[string]any) {
			if path == "compare/"+base+"..."+head {
				a["commits"] = cut(slices.Clone(list(a)))
				a["ahead_by"], a["total_commits"] = len(list(a)), len(list(a))
			}
		}
		_, r, _ := h.begin(nil)
		from, err := r.Resolve(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		to, err := r.Resolve(t.Context(), head)
		if err != nil {
			t.Fatal(err)
		}
		if rg, err := r.Between(t.Context(), from, to, 100); !errors.Is(err, gitrepo.ErrForged) {
			t.Errorf("%+v, %v", rg, err)
		}
	}
}
