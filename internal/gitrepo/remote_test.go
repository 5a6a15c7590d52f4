package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitobject"
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

func TestRemoteAnswersLikeTheLocalRepository(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		g := history(t, "--object-format="+format)
		for _, reverse := range []bool{false, true} {
			m := store(t, g)
			m.reverse = reverse
			for _, rg := range ranges {
				t.Run(fmt.Sprint(format, " ", rg, " ", reverse), func(t *testing.T) {
					local, far := open(t, g.Dir), remote(t, m, format)
					base, head := g.Git("rev-parse", rg[0]), g.Git("rev-parse", rg[1])
					if d := cmp.Diff(answers(t, local, base, head), answers(t, far, base, head)); d != "" {
						t.Errorf("local and remote differ (-local +remote):\n%s", d)
					}
				})
			}
		}
	}
}

// answers is all that a collector asks of a repository.
func answers(tb testing.TB, r *Repo, baseID, headID string) map[string]any {
	tb.Helper()
	ctx, out := tb.Context(), map[string]any{}
	put := func(key string, v any, err error) {
		if err != nil {
			out[key] = "an error"
			for _, e := range []error{ErrNoFile, ErrNotFile, ErrTooLarge, ErrTooMany, ErrNoMergeBase, ErrUnknownRevision, ErrMissing} {
				if errors.Is(err, e) {
					out[key] = e.Error()
				}
			}
			return
		}
		out[key] = v
	}
	resolve := func(rev string) Commit {
		c, err := r.Resolve(ctx, rev)
		put("resolve "+rev, c.ID+" "+c.Tree+" "+string(c.Object), err)
		return c
	}
	base, head := resolve(baseID), resolve(headID)
	for _, rev := range []string{"refs/heads/linear", "refs/tags/v1", "refs/heads/linear~2", "refs/heads/none", strings.Repeat("1", len(baseID)), headID + "^9"} {
		resolve(rev)
	}
	rg, err := r.Between(ctx, base, head, 100)
	if err != nil {
		put("between", nil, err)
		return out
	}
	commits := ids(rg.Commits)
	for i, c := range rg.Commits {
		for _, p := range c.Parents {
			if slices.Index(commits, p) > i {
				tb.Errorf("%s comes before its parent", c.ID)
			}
		}
	}
	slices.Sort(commits)
	bases := ids(rg.MergeBases)
	slices.Sort(bases)
	put("commits", commits, nil)
	put("bases", bases, nil)
	if _, err := r.Between(ctx, base, head, 1); true {
		put("at most one", "", err)
	}
	changed, err := r.Changed(ctx, sortedBases(rg.MergeBases), head, 100)
	put("changed", changed, err)
	_, err = r.Changed(ctx, rg.MergeBases, head, 0)
	put("changed, none", "", err)
	for _, path := range []string{"a.tf", "dir/deep/b.tf", "link", "sub", "dir", "none", "a.tf/x", "policy/claw.yml", "ümlaut/ü", "link/x"} {
		b, err := r.File(ctx, head, path, 1)
		put("file "+path, string(b), err)
	}
	for _, path := range []string{"dir", "dir/deep", "a.tf", "none", "link", "sub"} {
		files, err := r.Folder(ctx, head, path)
		put("folder "+path, fmt.Sprint(files), err)
		for _, f := range files {
			b, err := r.Content(ctx, f, 10)
			put("content "+path+f.Name, string(b), err)
		}
	}
	files, err := r.Files(ctx, head, Listing{100, 100}, anyFile)
	put("files", files, err)
	_, err = r.Files(ctx, head, Listing{2, 100}, anyFile)
	put("files, few folders", "", err)
	for _, limit := range []int64{1, 100} {
		blobs, err := r.Blobs(ctx, files, limit)
		put(fmt.Sprint("blobs ", limit), texted(blobs), err)
	}
	notes, err := r.Notes(ctx, "refs/notes/claw", commits, 100, 1000)
	put("notes", fmt.Sprint(notes), err)
	notes, err = r.Notes(ctx, "refs/notes/none", commits, 100, 1000)
	put("no notes", fmt.Sprint(notes), err)
	for _, c := range append([]Commit{{}}, rg.MergeBases...) {
		d, err := r.Diff(ctx, c, head, 100)
		put("diff "+c.ID, d, err)
		digest, n, err := r.RawDiff(ctx, c, head)
		put("raw diff "+c.ID, fmt.Sprint(digest, n), err)
	}
	return out
}

func sortedBases(cs []Commit) []Commit {
	return slices.SortedFunc(slices.Values(cs), func(a, b Commit) int { return strings.Compare(a.ID, b.ID) })
}

func texted(m map[string][]byte) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = string(v)
	}
	return out
}

// GitHub knows one merge base only. After criss-cross merges a file that changed
// against the other one would be hidden.
func TestRemoteFindsAllMergeBases(t *testing.T) {
	t.Parallel()
	g := history(t)
	r := remote(t, store(t, g), "sha1")
	_, bases := between(t, r, "refs/heads/x", "refs/heads/y")
	slices.Sort(bases)
	want := strings.Fields(g.Git("merge-base", "--all", "x", "y"))
	slices.Sort(want)
	if len(want) != 2 {
		t.Fatalf("the history has the merge bases %v", want)
	}
	same(t, "merge bases", bases, want)
}

func TestRemoteRemembers(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	r := remote(t, m, "sha1")
	base, head := g.Git("rev-parse", "main"), g.Git("rev-parse", "linear")
	first := answers(t, r, base, head)
	again := answers(t, r, base, head)
	same(t, "second answers", again, first)
	for id, n := range m.asked {
		// A tag is asked for as a commit first; what was too large is asked for again.
		o, there := m.objects[id]
		if there && n > 1 && o.typ != "tag" && (o.typ != "blob" || len(o.content) <= 1) {
			t.Errorf("the %s %s was asked for %d times", o.typ, id, n)
		}
	}
	// What a caller does to an answer changes nothing that is remembered.
	c := resolve(t, r, head)
	clear(c.Object)
	text, err := r.File(t.Context(), c, "a.tf", 10)
	if err != nil {
		t.Fatal(err)
	}
	clear(text)
	again = answers(t, r, base, head)
	same(t, "third answers", again, first)
}

func TestRemoteHasNothingLocal(t *testing.T) {
	t.Parallel()
	g := history(t)
	r := remote(t, store(t, g), "sha1")
	for _, rev := range []string{"HEAD", "@", "main", "FETCH_HEAD", "origin/main", g.Git("rev-parse", "main")[:10], "refs/heads/main:x"} {
		_, err := r.Resolve(t.Context(), rev)
		wantErr(t, err, ErrUnknownRevision)
	}
	if r.Top() != "" || r.Shallow() || r.Format() != "sha1" {
		t.Errorf("top %q, shallow %v, format %q", r.Top(), r.Shallow(), r.Format())
	}
}

// hostile changes what an honest store answers.
type hostile struct {
	*memory
	object func(typ, id string, content []byte) ([]byte, error)
	span   func(commits, bases []string) ([]string, []string)
	ref    string
	sizes  map[string]int64
}

func (h hostile) Objects(ctx context.Context, typ string, ids []string, limit int64) (map[string][]byte, error) {
	got, err := h.memory.Objects(ctx, typ, ids, 1<<40)
	for id, content := range got {
		if h.object == nil {
			break
		}
		b, err := h.object(typ, id, content)
		if err != nil {
			return nil, err
		}
		if delete(got, id); b != nil {
			got[id] = b
		}
	}
	return got, err
}

func (h hostile) Range(ctx context.Context, base, head string, limit int) (commits, bases []string, err error) {
	commits, bases, err = h.memory.Range(ctx, base, head, limit)
	if h.span != nil && limit > 0 {
		commits, bases = h.span(commits, bases)
	}
	return commits, bases, err
}

func (h hostile) Ref(ctx context.Context, name string) (string, error) {
	if h.ref != "" {
		return h.ref, nil
	}
	return h.memory.Ref(ctx, name)
}

func (h hostile) Sizes(ctx context.Context, ids []string) (map[string]int64, error) {
	if h.sizes != nil {
		return h.sizes, nil
	}
	return h.memory.Sizes(ctx, ids)
}

func TestRemoteForgedObjects(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	head, tree, blob := g.Git("rev-parse", "linear"), g.Git("rev-parse", "linear^{tree}"), g.Git("rev-parse", "linear:a.tf")
	other := m.objects[g.Git("rev-parse", "main^{tree}")].content
	for _, c := range []struct {
		name, id string
		forge    func(content []byte) ([]byte, error)
		want     error
	}{
		{"commit changed", head, func(b []byte) ([]byte, error) { return append(b, '!'), nil }, ErrForged},
		{"tree changed", tree, func(b []byte) ([]byte, error) { b[0] ^= 1; return b, nil }, ErrForged},
		{"tree of another commit", tree, func([]byte) ([]byte, error) { return []byte(other), nil }, ErrForged},
		{"entry left out", tree, func(b []byte) ([]byte, error) { return b[30:], nil }, ErrForged},
		{"name twice", tree, func(b []byte) ([]byte, error) { return append(b, b...), nil }, ErrForged},
		{"blob changed", blob, func([]byte) ([]byte, error) { return []byte("evil"), nil }, ErrForged},
		{"blob empty", blob, func([]byte) ([]byte, error) { return []byte{}, nil }, ErrForged},
		{"commit missing", head, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"blob missing", blob, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"tree missing", tree, func([]byte) ([]byte, error) { return nil, nil }, ErrMissing},
		{"blob too large", blob, func([]byte) ([]byte, error) { return make([]byte, 101), nil }, ErrTooLarge},
		{"tree too large", tree, func([]byte) ([]byte, error) { return make([]byte, maxTreeBytes+1), nil }, ErrTooLarge},
		{"commit too large", head, func([]byte) ([]byte, error) { return make([]byte, gitobject.MaxCommitBytes+1), nil }, ErrTooLarge},
		{"an error", blob, func([]byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := remote(t, hostile{memory: m, object: func(_, id string, b []byte) ([]byte, error) {
				if id == c.id {
					return c.forge(slices.Clone(b))
				}
				return b, nil
			}}, "sha1")
			for range 2 { // what was refused once is not remembered
				at, err := r.Resolve(t.Context(), head)
				if err == nil {
					_, err = r.File(t.Context(), at, "a.tf", 100)
				}
				wantErr(t, err, c.want)
			}
		})
	}
}

// An object is of the type that was asked for: a blob that reads like a commit is
// none.
func TestRemoteTypeConfusion(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	blob := g.GitIn(g.Git("cat-file", "commit", "linear")+"\n", "hash-object", "-w", "--stdin")
	m.objects[blob] = stored{"commit", g.Git("cat-file", "commit", "linear") + "\n"}
	_, err := remote(t, m, "sha1").Resolve(t.Context(), blob)
	wantErr(t, err, ErrForged)

	// A tree entry of mode 40000 that is a blob's id, read as a blob before.
	r := remote(t, m, "sha1")
	at := resolve(t, r, "refs/heads/linear")
	if _, err := r.File(t.Context(), at, "a.tf", 100); err != nil {
		t.Fatal(err)
	}
	_, err = r.trees(t.Context(), []string{g.Git("rev-parse", "linear:a.tf")})
	wantErr(t, err, ErrMalformed)
}

// A tree that really has the same name twice hashes well, and is refused like a
// local one.
func TestRemoteRepeatedNames(t *testing.T) {
	t.Parallel()
	m := store(t, history(t))
	line := "100644 a\x00" + strings.Repeat("\x11", 20)
	tree, err := gitobject.Hash("sha1", "tree", []byte(line+line))
	if err != nil {
		t.Fatal(err)
	}
	m.objects[tree] = stored{"tree", line + line}
	_, err = remote(t, m, "sha1").File(t.Context(), Commit{ID: tree, Tree: tree}, "a", 1)
	wantErr(t, err, ErrMalformed)
}

func TestRemoteHostileRange(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	outside := g.Git("rev-parse", "y")
	for name, c := range map[string]struct {
		span func(commits, bases []string) ([]string, []string)
		want error
	}{
		"a commit that the head does not lead to": {func(c, b []string) ([]string, []string) { return append([]string{outside}, c...), b }, ErrForged},
		"one behind the head":                     {func(c, b []string) ([]string, []string) { return append(c, outside), b }, ErrForged},
		"without the head":                        {func(c, b []string) ([]string, []string) { return c[:len(c)-1], b }, ErrForged},
		"nothing":                                 {func(_, b []string) ([]string, []string) { return nil, b }, ErrForged},
		"without the first, beside a merge":       {func(c, b []string) ([]string, []string) { return c[1:], b }, ErrForged},
		"without one in the middle":               {func(c, b []string) ([]string, []string) { return append(c[:1:1], c[2:]...), b }, ErrForged},
		"the same twice":                          {func(c, b []string) ([]string, []string) { return append([]string{c[0]}, c...), b }, ErrForged},
		"a short id":                              {func(c, b []string) ([]string, []string) { return append([]string{c[0][:10]}, c[1:]...), b }, ErrForged},
		"a merge base from elsewhere":             {func(c, _ []string) ([]string, []string) { return c, []string{outside} }, ErrForged},
		"a merge base that is no id":              {func(c, _ []string) ([]string, []string) { return c, []string{"main"} }, ErrForged},
		"no merge base":                           {func(c, _ []string) ([]string, []string) { return c, nil }, ErrForged},
		"one of the change as merge base":         {func(c, _ []string) ([]string, []string) { return c, []string{c[0]} }, ErrForged},
		"a commit that is not there":              {func(c, b []string) ([]string, []string) { return append([]string{strings.Repeat("1", 40)}, c...), b }, ErrMissing},
		"more than asked for":                     {func(c, b []string) ([]string, []string) { return append(c, make([]string, 1000)...), b }, ErrTooMany},
		"many merge bases":                        {func(c, _ []string) ([]string, []string) { return c, make([]string, 1000) }, ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			r := remote(t, hostile{memory: m, span: c.span}, "sha1")
			_, err := r.Between(t.Context(), resolve(t, r, "refs/heads/main"), resolve(t, r, "refs/heads/merged"), 100)
			wantErr(t, err, c.want)
		})
	}
}

func TestRemoteHostileRefsAndSizes(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	_, err := remote(t, hostile{memory: m, ref: "main"}, "sha1").Resolve(t.Context(), "refs/heads/main")
	wantErr(t, err, ErrMalformed)
	_, err = remote(t, hostile{memory: m, ref: strings.Repeat("2", 40)}, "sha1").Resolve(t.Context(), "refs/heads/main")
	wantErr(t, err, ErrMissing)

	// A size that is too small is found out, one that is not told as well, and one
	// that is too large leaves the file out, as if it were.
	id := g.Git("rev-parse", "main:main.tf")
	files := []TreeFile{{Blob: id}}
	for _, c := range []struct {
		sizes map[string]int64
		limit int64
		want  error
		n     int
	}{
		{map[string]int64{id: 0}, 0, ErrTooLarge, 0},
		{map[string]int64{}, 0, ErrTooLarge, 0},
		{map[string]int64{}, 1, nil, 1},
		{map[string]int64{id: 99}, 1, nil, 0},
	} {
		got, err := remote(t, hostile{memory: m, sizes: c.sizes}, "sha1").Blobs(t.Context(), files, c.limit)
		wantErr(t, err, c.want)
		same(t, "files", len(got), c.n)
	}
}

// All that one call brings is bounded, as with git.
func TestRemoteIsBounded(t *testing.T) {
	t.Parallel()
	g := history(t)
	m := store(t, g)
	big := strings.Repeat("x", maxCallBytes/2+1)
	var files []TreeFile
	for i := range 2 {
		content := big + fmt.Sprint(i)
		id, err := gitobject.Hash("sha1", "blob", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		m.objects[id] = stored{"blob", content}
		files = append(files, TreeFile{Blob: id})
	}
	r := remote(t, m, "sha1")
	_, err := r.Blobs(t.Context(), files, 1<<40)
	wantErr(t, err, ErrTooLarge)
	if r.knownBytes > maxKnownBlob {
		t.Errorf("%d bytes are remembered", r.knownBytes)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Resolve(ctx, slices.Collect(maps.Values(m.refs))[0])
	wantErr(t, err, context.Canceled)
}
