package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// memory is a store with all objects of a local repository. It answers as GitHub
// does: one merge base, and commits in the order of their dates or worse.
type memory struct {
	g       *gittest.Repo
	objects map[string]stored
	refs    map[string]string
	reverse bool // the range comes children first

	asked map[string]int // how often for each object
	calls int
}

type stored struct{ typ, content string }

func store(tb testing.TB, g *gittest.Repo) *memory {
	tb.Helper()
	m := &memory{g: g, objects: map[string]stored{}, refs: map[string]string{}, asked: map[string]int{}}
	in := bufio.NewReader(strings.NewReader(g.Git("cat-file", "--batch", "--batch-all-objects") + "\n"))
	for {
		var id, typ string
		var size int
		if _, err := fmt.Fscanf(in, "%s %s %d\n", &id, &typ, &size); err != nil {
			break
		}
		content := make([]byte, size+1)
		if _, err := io.ReadFull(in, content); err != nil {
			tb.Fatal(err)
		}
		m.objects[id] = stored{typ, string(content[:size])}
	}
	for line := range strings.Lines(g.Git("for-each-ref", "--format=%(objectname) %(refname)")) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.refs[name] = id
	}
	return m
}

func (m *memory) Objects(_ context.Context, typ string, ids []string, limit int64) (map[string][]byte, error) {
	m.calls++
	out := map[string][]byte{}
	for _, id := range ids {
		m.asked[id]++
		o, ok := m.objects[id]
		switch {
		case !ok || o.typ != typ:
			return nil, fmt.Errorf("read %s: %w", id, ErrMissing)
		case int64(len(o.content)) > limit:
			return nil, fmt.Errorf("read %s: %w", id, ErrTooLarge)
		}
		out[id] = []byte(o.content)
	}
	return out, nil
}

func (m *memory) Sizes(_ context.Context, ids []string) (map[string]int64, error) {
	m.calls++
	out := map[string]int64{}
	for _, id := range ids {
		if o, ok := m.objects[id]; ok {
			out[id] = int64(len(o.content))
		}
	}
	return out, nil
}

func (m *memory) Ref(_ context.Context, name string) (string, error) {
	m.calls++
	if id, ok := m.refs[name]; ok {
		return id, nil
	}
	return "", ErrUnknownRevision
}

func (m *memory) Range(_ context.Context, base, head string, limit int) (commits, bases []string, err error) {
	m.calls++
	commits = strings.Fields(m.g.Git("rev-list", "--topo-order", "--reverse", head, "^"+base))
	if len(commits) > limit {
		return nil, nil, &TooManyError{What: "commits", Limit: limit}
	}
	if m.reverse {
		slices.Reverse(commits)
	}
	// What merge-base prints for several is sorted by date; it ends badly for none.
	for _, id := range strings.Fields(m.g.Git("rev-list", base)) {
		if slices.Contains(strings.Fields(m.g.Git("rev-list", head)), id) {
			return commits, strings.Fields(m.g.Git("merge-base", base, head)), nil
		}
	}
	return nil, nil, ErrNoMergeBase
}

// remote is the repository as a Remote. The git that it must never start is a
// program that leaves a trace.
func remote(tb testing.TB, o Objects, format string) *Repo {
	tb.Helper()
	r := Remote(o, format)
	trap := filepath.Join(tb.TempDir(), "git")
	trace := trap + ".ran"
	if err := os.WriteFile(trap, []byte("#!/bin/sh\n: > '"+trace+"'\nexit 1\n"), 0o700); err != nil { //nolint:gosec // a program, of this test
		tb.Fatal(err)
	}
	r.git = trap
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
		if _, err := os.Stat(trace); err == nil || r.batch != nil || r.private != "" {
			tb.Error("a git process was started")
		}
	})
	return r
}

// history is a repository with a bit of everything. The branch names are those of
// the comparisons below.
func history(tb testing.TB, args ...string) *gittest.Repo {
	tb.Helper()
	g := gittest.Init(tb, args...)
	on := func(branch, from string) { g.Git("checkout", "-q", "-B", branch, from) }
	root := g.Commit("root", "a.tf", "a", "dir/deep/b.tf", "b", "dir/c", "c", "policy/claw.yml", "p", "ümlaut/ü", "ü", "tab\tname", "t")
	g.Git("tag", "-a", "-m", "x", "v1")
	m1 := g.Commit("m1", "main.tf", "1", "dir/deep/m", "1")
	g.Commit("m2", "main.tf", "2")
	on("linear", root)
	g.Commit("l1", "a.tf", "aa", "new/file.tf", "n")
	g.Git("mv", "dir/c", "dir/renamed")
	g.Commit("l2")
	g.Entry("120000", "link", "a.tf")
	g.Entry("100755", "dir/deep/b.tf", "b")
	g.Entry("160000", "sub", root)
	g.CommitIndex("l3")
	g.Git("rm", "-rq", "--cached", "policy")
	g.Entry("100644", "policy", "a file now")
	g.CommitIndex("l4")
	g.Git("reset", "-q", "--hard")
	on("merged", root)
	g.Commit("w1", "w", "1")
	g.Git("merge", "-q", "--no-edit", m1)
	g.Commit("w2", "w", "2")
	g.Git("merge", "-q", "--no-edit", "main")
	on("x", root)
	x1 := g.Commit("x1", "x", "1")
	on("y", root)
	y1 := g.Commit("y1", "y", "1")
	g.Git("merge", "-q", "--no-edit", x1)
	g.Commit("y2", "y", "2")
	on("x", "x")
	g.Git("merge", "-q", "--no-edit", y1)
	g.Commit("x2", "x", "2")
	g.Git("update-ref", "refs/heads/alien", g.CommitTree(g.Git("rev-parse", "x^{tree}"), "alien"))
	g.Git("update-ref", "refs/heads/adopted", g.CommitTree(g.Git("rev-parse", "x^{tree}"), "adopted", g.Git("rev-parse", "linear"), g.Git("rev-parse", "alien")))
	g.Git("notes", "--ref", "claw", "add", "-m", "a note", "linear")
	g.Git("notes", "--ref", "claw", "add", "-m", "another", "merged")
	return g
}

var ranges = [][2]string{
	{"main", "linear"},
	{"main", "merged"},
	{"linear", "merged"},
	{"x", "y"},
	{"y", "x"},
	{"main", "x"},
	{"main", "main"},
	{"main", "main~1"},
	{"main~1", "main"},
	{"linear", "adopted"},
	{"linear~2", "linear"},
}
