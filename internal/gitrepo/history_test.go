package gitrepo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func TestBetween(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	tree := g.Git("rev-parse", g.Commit("root", "a", "1")+"^{tree}")
	root := g.Git("rev-parse", "HEAD")
	commit := func(name string, parents ...string) string {
		id := g.CommitTree(tree, name, parents...)
		g.Git("update-ref", "refs/heads/"+name, id)
		return id
	}
	// main:  root - m1 - m2 - m3          PR: root - p1 - p2(m2 merged in) - p3
	m1 := commit("m1", root)
	m2 := commit("m2", m1)
	commit("m3", m2)
	p1 := commit("p1", root)
	p2 := commit("p2", p1, m2)
	p3 := commit("p3", p2)
	// Octopus of three branches.
	o1, o2, o3 := commit("o1", root), commit("o2", m1), commit("o3", root)
	octopus := commit("octopus", o1, o2, o3)
	// Criss-cross: each side merged the other.
	x1, y1 := commit("x1", root), commit("y1", root)
	commit("x2", x1, y1)
	y2 := commit("y2", y1, x1)
	// A branch with a root of its own, and a merge of it.
	alien := commit("alien")
	alien2 := commit("alien2", alien)
	adopted := commit("adopted", p1, alien2)

	r := open(t, g.Dir)
	for _, c := range []struct {
		base, head     string
		commits, bases []string
	}{
		{"m1", "m1", nil, []string{m1}},
		{"m3", "m1", nil, []string{m1}}, // the base is ahead
		{"main", "m2", []string{m1, m2}, []string{root}},
		{"m3", "p3", []string{p1, p2, p3}, []string{m2}}, // m1 and m2 are the base's, by all parents
		{"m1", "p3", []string{m2, p1, p2, p3}, []string{m1}},
		{"m3", "octopus", []string{o1, o2, o3, octopus}, []string{m1}},
		{"x2", "y2", []string{y2}, []string{x1, y1}},
		{"main", "alien2", []string{alien, alien2}, nil},
		{"main", "adopted", []string{alien, alien2, p1, adopted}, []string{root}},
	} {
		t.Run(c.base+".."+c.head, func(t *testing.T) {
			commits, bases := between(t, r, c.base, c.head)
			for i, id := range commits { // parents first
				for _, p := range resolve(t, r, id).Parents {
					if j := slices.Index(commits, p); j > i {
						t.Errorf("%s comes before its parent", id)
					}
				}
			}
			again, _ := between(t, r, c.base, c.head)
			same(t, "order, a second time", again, commits)
			slices.Sort(commits)
			slices.Sort(bases)
			slices.Sort(c.commits)
			slices.Sort(c.bases)
			same(t, "commits", commits, append([]string{}, c.commits...))
			same(t, "merge bases", bases, append([]string{}, c.bases...))
		})
	}
}

// fastImport makes a line of n commits on the branch, after from.
func fastImport(tb testing.TB, g *gittest.Repo, branch, from string, n int) {
	tb.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "commit refs/heads/%s\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", branch, 1795000001+i)
		if i == 0 && from != "" {
			fmt.Fprintf(&b, "from %s\n", from)
		}
		fmt.Fprintf(&b, "M 100644 inline dir%d/f%d\ndata 2\n%02d\n", i%7, i, i%100)
	}
	g.GitIn(b.String(), "fast-import", "--quiet")
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	root := g.Commit("root", "a", "1")
	fastImport(t, g, "long", root, 3000)
	r := open(t, g.Dir)
	base, head := resolve(t, r, root), resolve(t, r, "long")

	_, err := r.Between(t.Context(), base, head, 2999)
	wantErr(t, err, ErrTooMany)
	rg, err := r.Between(t.Context(), base, head, 3000)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "commits", len(rg.Commits), 3000)
	_, err = r.Changed(t.Context(), rg.MergeBases, head, 2999)
	wantErr(t, err, ErrTooMany)
	files, err := r.Changed(t.Context(), rg.MergeBases, head, 3000)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", len(files), 3000)

	// The base is 3,000 commits ahead of where the change left it.
	g.Git("update-ref", "refs/heads/change", g.CommitTree(base.Tree, "change", root))
	commits, bases := between(t, r, "long", "change")
	same(t, "commits behind a far base", len(commits), 1)
	same(t, "merge base behind a far base", bases, []string{root})
}

func BenchmarkRange(b *testing.B) {
	g := gittest.Init(b)
	root := g.Commit("root", "a", "1")
	fastImport(b, g, "long", root, 250)
	for b.Loop() {
		r := open(b, g.Dir)
		base, head := resolve(b, r, root), resolve(b, r, "long")
		rg, err := r.Between(b.Context(), base, head, 1000)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Changed(b.Context(), rg.MergeBases, head, 1000); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/op")
}
