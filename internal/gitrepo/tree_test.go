package gitrepo

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func TestChanged(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := func() string {
		g.Entry("100644", "same", "0")
		g.Entry("100644", "kept/deep/er/file", "0")
		g.Entry("100644", "mode", "0")
		g.Entry("100644", "text", "0")
		g.Entry("100644", "to-link", "0")
		g.Entry("100644", "file-to-dir", "0")
		g.Entry("100644", "dir-to-file/one", "0")
		g.Entry("100644", "dir-to-file/two/three", "0")
		g.Entry("100644", "old-name", "a long enough content to be seen as a rename")
		g.Entry("160000", "module", strings.Repeat("1", 40))
		g.Entry("160000", "module-gone", strings.Repeat("1", 40))
		return g.CommitIndex("base")
	}()
	g.Git("rm", "-q", "-r", "--cached", "file-to-dir", "dir-to-file", "old-name", "module-gone")
	g.Entry("100755", "mode", "0")
	g.Entry("100644", "text", "1")
	g.Entry("120000", "to-link", "same")
	g.Entry("100644", "file-to-dir/x", "0")
	g.Entry("100644", "dir-to-file", "0")
	g.Entry("100644", "new-name", "a long enough content to be seen as a rename")
	g.Entry("160000", "module", strings.Repeat("2", 40))
	g.Entry("100644", "-dash", "0")
	g.Entry("100644", "quo\"te\\", "0")
	g.Entry("100644", "line\nbreak/\xff\xfe\x01", "0")
	g.Entry("100644", "a.b/x", "0") // git sorts the folder a/ after a.b
	g.Entry("100644", "a/x", "0")
	g.Entry("100644", ":(top)magic", "0")
	head := g.CommitIndex("head")

	r := open(t, g.Dir)
	got, err := r.Changed(t.Context(), []Commit{resolve(t, r, base)}, resolve(t, r, head), 100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changed", got, []Change{
		{"-dash", "added", "100644", "000000"},
		{":(top)magic", "added", "100644", "000000"},
		{"a.b/x", "added", "100644", "000000"},
		{"a/x", "added", "100644", "000000"},
		{"dir-to-file", "added", "100644", "000000"},
		{"dir-to-file/one", "deleted", "000000", "100644"},
		{"dir-to-file/two/three", "deleted", "000000", "100644"},
		{"file-to-dir", "deleted", "000000", "100644"},
		{"file-to-dir/x", "added", "100644", "000000"},
		{"line\nbreak/\xff\xfe\x01", "added", "100644", "000000"},
		{"mode", "modified", "100755", "100644"},
		{"module", "modified", "160000", "160000"},
		{"module-gone", "deleted", "000000", "160000"},
		{"new-name", "added", "100644", "000000"},
		{"old-name", "deleted", "000000", "100644"},
		{"quo\"te\\", "added", "100644", "000000"},
		{"text", "modified", "100644", "100644"},
		{"to-link", "type_changed", "120000", "100644"},
	})
	same(t, "git's own list", got, gitsList(t, g, base, head))
	back, err := r.Changed(t.Context(), []Commit{resolve(t, r, head)}, resolve(t, r, base), 100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "git's own list, backwards", back, gitsList(t, g, head, base))
}

// gitsList is what git diff-tree says of an honest repository.
func gitsList(tb testing.TB, g *gittest.Repo, a, b string) []Change {
	tb.Helper()
	words := map[string]string{"A": "added", "M": "modified", "D": "deleted", "T": "type_changed"}
	f := strings.Split(strings.TrimSuffix(g.Git("diff-tree", "-r", "-z", "--raw", "--no-renames", a, b), "\x00"), "\x00")
	var out []Change
	for i := 0; i+1 < len(f); i += 2 {
		col := strings.Fields(f[i])
		out = append(out, Change{Path: f[i+1], Status: words[col[4]], Mode: col[1], OldMode: strings.TrimPrefix(col[0], ":")})
	}
	sortChanges(out)
	return out
}

func TestSeveralMergeBases(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	root := g.Commit("root", "a", "0", "b", "0")
	g.Git("checkout", "-q", "-b", "x")
	x1 := g.Commit("x1", "a", "1")
	g.Git("checkout", "-q", "-b", "y", root)
	y1 := g.Commit("y1", "b", "1")
	g.Git("merge", "-q", "-m", "y2", x1)
	y2 := g.Git("rev-parse", "HEAD")
	g.Git("checkout", "-q", "x")
	g.Git("merge", "-q", "-m", "x2", y1)

	r := open(t, g.Dir)
	rg, err := r.Between(t.Context(), resolve(t, r, "x"), resolve(t, r, y2), 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "merge bases", len(rg.MergeBases), 2)
	got, err := r.Changed(t.Context(), rg.MergeBases, resolve(t, r, y2), 10)
	if err != nil {
		t.Fatal(err)
	}
	// Against x1 the file b changed, against y1 the file a: both count.
	same(t, "changed", got, []Change{{"a", "modified", "100644", "100644"}, {"b", "modified", "100644", "100644"}})
	_, err = r.Changed(t.Context(), nil, resolve(t, r, y2), 10)
	wantErr(t, err, ErrNoMergeBase)
}

func TestFile(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Entry("100644", "dir/file", "text\x00\xff")
	g.Entry("120000", "link", "dir/file")
	g.Entry("120000", "dirlink", "dir")
	g.Entry("160000", "module", strings.Repeat("1", 40))
	g.Entry("100755", "-x\n", "run")
	head := g.CommitIndex("head")
	r := open(t, g.Dir)
	c := resolve(t, r, head)
	for path, want := range map[string]string{"dir/file": "text\x00\xff", "-x\n": "run"} {
		b, err := r.File(t.Context(), c, path, 100)
		if err != nil || string(b) != want {
			t.Errorf("%q is %q, %v", path, b, err)
		}
	}
	for path, want := range map[string]error{
		"absent": ErrNoFile, "dir/absent": ErrNoFile, "dir/file/x": ErrNoFile, "": ErrNoFile, "/dir/file": ErrNoFile, "dir//file": ErrNoFile,
		"./dir/file": ErrNoFile, "dir/../dir/file": ErrNoFile, "DIR/file": ErrNoFile,
		"link": ErrNotFile, "dirlink/file": ErrNotFile, "dir": ErrNotFile, "module": ErrNotFile, "module/x": ErrNotFile,
	} {
		_, err := r.File(t.Context(), c, path, 100)
		wantErr(t, err, want)
		if !IsAbsent(err) {
			t.Errorf("%q: %v is not seen as absent", path, err)
		}
	}
	_, err := r.File(t.Context(), c, "dir/file", 5)
	wantErr(t, err, ErrTooLarge)
}

// Trees that git itself would not write.
func TestHostileTrees(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0")
	blob := g.Git("rev-parse", "HEAD:a")
	raw := func(id string) string { b, _ := hex.DecodeString(id); return string(b) }
	tree := func(content string) string {
		return g.GitIn(content, "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
	}
	line := func(mode, name, id string) string { return mode + " " + name + "\x00" + raw(id) }
	// Ten levels of the same folder ten times: 10^10 folders, and no file.
	bomb := tree("")
	for range 10 {
		var b strings.Builder
		for i := range 10 {
			b.WriteString(line("40000", fmt.Sprintf("d%d", i), bomb))
		}
		bomb = tree(b.String())
	}
	deep := blob
	for i := range maxDepth + 10 {
		mode := "40000"
		if i == 0 {
			mode = "100644"
		}
		deep = tree(line(mode, "d", deep))
	}
	r := open(t, g.Dir)
	for name, c := range map[string]struct {
		tree string
		want error
	}{
		"twice":     {tree(line("100644", "x", blob) + line("120000", "x", blob)), ErrMalformed},
		"slash":     {tree(line("100644", "a/b", blob)), ErrMalformed},
		"dots":      {tree(line("40000", "..", bomb)), ErrMalformed},
		"no name":   {tree(line("100644", "", blob)), ErrMalformed},
		"bad mode":  {tree(line("200000", "x", blob)), ErrMalformed},
		"cut off":   {tree(line("100644", "x", blob)[:20]), ErrMalformed},
		"bomb":      {bomb, ErrTooMany},
		"deep":      {deep, ErrTooMany},
		"long name": {tree(line("100644", strings.Repeat("n", maxPathBytes+1), blob)), ErrTooLarge},
		"a blob":    {tree(line("40000", "x", blob)), ErrMalformed},
	} {
		head := g.GitIn("tree "+c.tree+"\nparent "+base+"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n",
			"hash-object", "-t", "commit", "-w", "--literally", "--stdin")
		t.Run(name, func(t *testing.T) {
			_, err := r.Changed(t.Context(), []Commit{resolve(t, r, base)}, resolve(t, r, head), 10)
			wantErr(t, err, c.want)
		})
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00bbbbbbbbbbbbbbbbbbbb"), false)
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), true)
	f.Add([]byte("160000 \xff\n\x00aaaaaaaaaaaaaaaaaaaa"), false)
	f.Fuzz(func(t *testing.T, b []byte, sha256 bool) {
		n := 40
		if sha256 {
			n = 64
		}
		tree, err := parseTree(b, n)
		if err != nil {
			return
		}
		size := 0
		for name, e := range tree {
			if name == "" || name == ".." || strings.ContainsAny(name, "/\x00") || !isID(e.id, n) || e.mode&typeMask == 0 {
				t.Fatalf("entry %q %+v", name, e)
			}
			size += len(name) + n/2 + 2
		}
		if size > len(b) {
			t.Fatalf("more entries than bytes")
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	id := strings.Repeat("ab", 20)
	for _, s := range []string{id + " commit 12\n", id + " missing\n", id[:8] + " ambiguous\n", id + " blob -1\n", id + " tree 99999999999999999999\n", "\n"} {
		f.Add(s, id)
	}
	f.Fuzz(func(t *testing.T, line, name string) {
		h, err := parseHeader([]byte(line), name, 40)
		if err != nil {
			return
		}
		if want := fmt.Sprintf("%s %s %d\n", h.id, h.typ, h.size); want != line || h.size < 0 || !strings.HasPrefix(h.id, name) {
			t.Fatalf("%q gives %+v", line, h)
		}
	})
}
