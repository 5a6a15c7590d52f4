package ghapi

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRange(t *testing.T) {
	s := newScenery(t)
	q := RangeQuery{
		Repository: s.query.Repository, Base: gitID("base"), Head: gitID("c2"), BaseFiles: s.query.BaseFiles, OrgFile: s.query.OrgFile,
		NoteRefs: s.query.NoteRefs,
	}
	pr := s.read()
	s.queries = nil
	f, err := readRange(context.Background(), s.graph, q)
	if err != nil {
		t.Fatal(err)
	}
	base := pr.Base
	base.People = []Actor{{2, "bob", "User"}}
	want := &RangeFacts{
		Repository: pr.Repository, Base: base, Head: pr.Commits[1], Files: pr.Files, Notes: pr.Notes, Org: pr.Org,
	}
	if d := cmp.Diff(want, f); d != "" || len(s.queries) != 1 {
		t.Errorf("%d queries (-want +got):\n%s", len(s.queries), d)
	}
	for name, q := range map[string]RangeQuery{
		"no such base": {Repository: q.Repository, Base: gitID("x"), Head: gitID("c2")},
		"no such head": {Repository: q.Repository, Base: gitID("base"), Head: gitID("x")},
	} {
		if _, err := readRange(context.Background(), s.graph, q); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, q := range map[string]RangeQuery{
		"a branch":      {Repository: q.Repository, Base: "main", Head: gitID("c2")},
		"no repository": {Base: gitID("base"), Head: gitID("c2")},
	} {
		if _, err := readRange(context.Background(), s.graph, q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRangeThatIsNotWhole(t *testing.T) {
	for path, what := range map[string]string{
		"repository.head.message": "the head commit",
		"repository.base.tree":    "the base commit",
	} {
		s := newScenery(t)
		s.change = first(path, constant(nil))
		f, err := readRange(context.Background(), s.graph, RangeQuery{Repository: s.query.Repository, Base: gitID("base"), Head: gitID("c2")})
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Missed) == 0 || f.Missed[0].What != what {
			t.Errorf("%s: %+v", path, f.Missed)
		}
	}
}

func TestCommitsInChunks(t *testing.T) {
	s := newScenery(t)
	all := map[string]thing{}
	var ids []string
	for i := range 120 {
		name := fmt.Sprint("k", i)
		all[gitID(name)] = commitOf(name, ann)
		ids = append(ids, gitID(name))
	}
	s.repo["object"] = byName("oid", all)
	r := &reading{ask: s.graph}
	cs, err := r.commits(context.Background(), s.query.Repository, ids)
	if err != nil || len(r.missed) != 0 || len(s.queries) != 3 {
		t.Fatalf("%d queries, %v, %v", len(s.queries), err, r.missed)
	}
	for i, c := range cs {
		if c.ID != ids[i] || len(c.People) != 1 {
			t.Fatalf("commit %d is %+v", i, c)
		}
	}
	for _, bad := range []string{"main", "", gitID("k1")[:12]} {
		if _, err := r.commits(context.Background(), s.query.Repository, []string{bad}); err == nil {
			t.Errorf("%q is taken for an id", bad)
		}
	}
	// The answer holds another commit than was asked for.
	all[gitID("k0")] = commitOf("evil", ann)
	cs, err = r.commits(context.Background(), s.query.Repository, ids[:1])
	if err != nil || len(cs) != 0 || len(r.missed) != 1 {
		t.Errorf("%+v, %v, %v", cs, err, r.missed)
	}
}
