package ghapi

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// Whatever GitHub leaves out or shows differently, the answers are those of a clone.
func TestObjectsAreThoseOfAClone(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	want := local(t, g, base, head)
	for name, set := range map[string]func(*twin){
		"as it is":                 func(*twin) {},
		"listings are cut":         func(h *twin) { h.cut = 3 },
		"listings say nothing":     func(h *twin) { h.edit = func(_ string, a map[string]any) { delete(a, "tree") } },
		"listings are of one tree": func(h *twin) { h.edit = sameTree(h.tree(g.Git("rev-parse", "main^{tree}"), true)) },
		"names come twice": func(h *twin) {
			h.edit = func(_ string, a map[string]any) {
				if l, ok := a["tree"].([]any); ok {
					a["tree"] = append(l, l...)
				}
			}
		},
		"small pages": func(h *twin) { h.pageSize = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			h := newTwin(t, g)
			set(h)
			_, r, _ := h.begin(nil)
			if d := cmp.Diff(want, collected(t, r, base, head)); d != "" {
				t.Error(d)
			}
		})
	}
}

func sameTree(tree map[string]any) func(string, map[string]any) {
	return func(_ string, a map[string]any) {
		if a["tree"] != nil {
			a["tree"] = tree["tree"]
		}
	}
}

// A second evaluation of the same head asks for refs, and for nothing that cannot
// change.
func TestObjectsAreReadOnce(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	h, cache := newTwin(t, g), NewCache(64<<20)
	_, r, c := h.begin(cache)
	first := collected(t, r, base, head)
	if n := c.Stats().Calls(); n > 20 {
		t.Errorf("%d calls for the first evaluation: %q", n, h.calls)
	}
	h.calls = nil
	_, r, _ = h.begin(cache)
	if again := collected(t, r, base, head); again != first {
		t.Error(cmp.Diff(first, again))
	}
	if want := []string{"git/ref/notes/claw"}; !slices.Equal(h.calls, want) {
		t.Errorf("the second evaluation asked for %q", h.calls)
	}
	// The cache is not believed.
	for _, e := range cache.items {
		i := e.Value.(*item)
		if i.etag == "" && len(i.body) > 0 && !strings.Contains(i.key, "\x00size\x00") && !strings.Contains(i.key, "\x00compare\x00") {
			i.body[len(i.body)/2] ^= 1
		}
	}
	_, r, _ = h.begin(cache)
	if again := collected(t, r, base, head); again != first {
		t.Error(cmp.Diff(first, again))
	}
}

func TestPrimedCommitsAreNotAskedFor(t *testing.T) {
	t.Parallel()
	g := odds(t)
	base, head := tips(g)
	h := newTwin(t, g)
	o, r, _ := h.begin(nil, strings.Fields(g.Git("rev-list", "change", "main"))...)
	tip := g.Git("rev-parse", "refs/notes/claw")
	o.PrimeRef("refs/notes/claw", tip)
	o.Prime(h.commit(tip))
	collected(t, r, base, head)
	for _, c := range h.calls {
		if strings.HasPrefix(c, "commits") || strings.Contains(c, "ref/") {
			t.Errorf("asked for %s", c)
		}
	}
	h.calls = nil
	blob := g.Git("rev-parse", "change:big")
	for _, p := range []struct {
		text string
		want int
	}{{"another", 1}, {"", 1}, {strings.Repeat("y", 3000), 0}} {
		o, _, _ := h.begin(nil)
		o.PrimeBlob(blob, p.text)
		o.PrimeBlob("big", p.text)
		h.calls = nil
		got, err := o.Objects(t.Context(), "blob", []string{blob}, 3000)
		if err != nil || string(got[blob]) != strings.Repeat("y", 3000) || len(h.calls) != p.want {
			t.Errorf("%q, %v", h.calls, err)
		}
	}
	o.PrimeRef("refs/heads/gone", "")
	if _, err := o.Ref(t.Context(), "refs/heads/gone"); !errors.Is(err, gitrepo.ErrUnknownRevision) {
		t.Error(err)
	}
}

// A long change in a large repository: what its commits changed is read level by
// level for all of them, not commit by commit.
func TestManyCommitsAreReadTogether(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	const commits = 60
	var b strings.Builder
	fmt.Fprintf(&b, "commit refs/heads/main\ncommitter A <a@example.com> 1795000000 +0000\ndata 1\nx\n")
	for i := range smallListing + 500 {
		fmt.Fprintf(&b, "M 100644 inline d%d/e%d/f%d\ndata 1\nx\n", i%50, i%10, i)
	}
	for i := range commits {
		fmt.Fprintf(&b, "commit refs/heads/change\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", 1795000001+i)
		if i == 0 {
			fmt.Fprintf(&b, "from refs/heads/main\n")
		}
		fmt.Fprintf(&b, "M 100644 inline d%d/e%d/g%d\ndata 2\n%02d\n", i%50, i%10, i, i)
	}
	g.GitIn(b.String(), "fast-import", "--quiet")
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	base, head := tips(g)
	for _, id := range strings.Fields(g.Git("rev-list", "change")) {
		o.Prime(h.commit(id))
	}
	ctx := t.Context()
	from, err := r.Resolve(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	to, err := r.Resolve(ctx, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []gitrepo.Commit{from, to} {
		if _, err := r.File(ctx, at, "none", 1); !errors.Is(err, gitrepo.ErrNoFile) {
			t.Fatal(err)
		}
	}
	rg, err := r.Between(ctx, from, to, 1000)
	if err != nil || len(rg.Commits) != commits {
		t.Fatal(len(rg.Commits), err)
	}
	before := from
	for _, c := range rg.Commits {
		if _, n, err := r.RawDiff(ctx, before, c); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		before = c
	}
	// Two listings, one comparison, and three levels of some sixty trees.
	if len(h.calls) > 15 {
		t.Errorf("%d calls: %q", len(h.calls), h.calls)
	}
}

// A mode that git writes no more is shown as the usual one. GraphQL tells it as it is;
// where that does not help, the tree is refused.
func TestOddModesInAListing(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("root", "d/f", "x")
	raw := func(lines ...string) string {
		return g.GitIn(strings.Join(lines, ""), "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
	}
	id, err := hex.DecodeString(g.Git("rev-parse", "main:d/f"))
	if err != nil {
		t.Fatal(err)
	}
	g.Git("update-ref", "refs/heads/odd", g.CommitTree(raw("100664 f\x00"+string(id)), "odd"))
	g.Git("update-ref", "refs/heads/zeros", g.CommitTree(raw("0100644 f\x00"+string(id)), "zeros"))
	for _, c := range []struct {
		rev     string
		noGraph bool
		want    error
	}{{"odd", false, nil}, {"odd", true, gitrepo.ErrForged}, {"zeros", false, gitrepo.ErrForged}} {
		h := newTwin(t, g)
		h.noGraph = c.noGraph
		_, r, _ := h.begin(nil)
		at, err := r.Resolve(t.Context(), g.Git("rev-parse", c.rev))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.File(t.Context(), at, "f", 10); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.rev, err)
		}
	}
}

func TestBlobsOfAnyBytes(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	content := map[string]string{
		"empty": "", "text": "text\n", "crlf": "a\r\nb", "bom": "\xef\xbb\xbfx", "bytes": "\xff\xfe\x00", "latin": "gr\xfcn",
		"large": strings.Repeat("é", 400<<10), "replacement": "\uFFFD", "quoted": "\"\\\u2028<>&",
	}
	var args []string
	for name, text := range content {
		args = append(args, name, text)
	}
	g.Commit("files", args...)
	for _, lied := range []bool{false, true} {
		h := newTwin(t, g)
		if lied {
			h.edit = func(_ string, a map[string]any) { delete(a, "tree") } // no sizes
		}
		_, r, _ := h.begin(nil)
		at, err := r.Resolve(t.Context(), g.Git("rev-parse", "main"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := r.Files(t.Context(), at, gitrepo.Listing{Folders: 10, Files: 100}, func(gitrepo.TreeFile) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Blobs(t.Context(), files, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if string(got[f.Blob]) != content[f.Path] {
				t.Errorf("%s: %d bytes, and %d are in it", f.Path, len(got[f.Blob]), len(content[f.Path]))
			}
		}
		_, err = r.File(t.Context(), at, "large", 1000)
		if !errors.Is(err, gitrepo.ErrTooLarge) {
			t.Error(err)
		}
	}
}

// What comes of GitHub in place of an object is refused, not kept, and not believed.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	g := odds(t)
	_, head := tips(g)
	blob := g.Git("rev-parse", "change:bin/b")
	for name, c := range map[string]struct {
		edit func(h *twin, answer map[string]any)
		want error
	}{
		"another content":  {func(_ *twin, a map[string]any) { a["content"] = wrapped("evil") }, gitrepo.ErrForged},
		"not base64":       {func(_ *twin, a map[string]any) { a["content"] = "%" }, gitrepo.ErrMalformed},
		"another encoding": {func(_ *twin, a map[string]any) { a["encoding"] = "none" }, gitrepo.ErrMalformed},
		"too large":        {func(_ *twin, a map[string]any) { a["content"] = wrapped(strings.Repeat("x", 2000)) }, gitrepo.ErrTooLarge},
		"not there":        {func(_ *twin, a map[string]any) { a["status"] = 404 }, gitrepo.ErrMissing},
	} {
		t.Run(name, func(t *testing.T) {
			h, cache := newTwin(t, g), NewCache(1<<20)
			h.edit = func(path string, a map[string]any) {
				if path == "git/blobs/"+blob {
					c.edit(h, a)
				}
			}
			for range 2 {
				_, r, _ := h.begin(cache)
				at, err := r.Resolve(t.Context(), head)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := r.File(t.Context(), at, "bin/b", 1000); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			}
		})
	}
	// A commit that was told wrongly, and one that is not there.
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	lie := h.commit(head)
	lie.Tree = g.Git("rev-parse", "main^{tree}")
	o.Prime(lie)
	if _, err := r.Resolve(t.Context(), head); !errors.Is(err, gitobject.ErrNotRebuilt) {
		t.Error(err)
	}
	if _, err := r.Resolve(t.Context(), strings.Repeat("1", 40)); !errors.Is(err, gitrepo.ErrMissing) {
		t.Error(err)
	}
	for _, id := range []string{"", "main", "../../user", head[:39]} {
		if _, err := o.Objects(t.Context(), "blob", []string{id}, 1); !errors.Is(err, gitrepo.ErrMissing) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	g := odds(t)
	const odd = "refs/heads/feature/x%2Fy#ü&z"
	g.Git("update-ref", odd, "main")
	h := newTwin(t, g)
	o, r, _ := h.begin(nil)
	for _, ref := range []string{"refs/heads/main", odd} {
		if at, err := r.Resolve(t.Context(), ref); err != nil || at.ID != g.Git("rev-parse", "main") {
			t.Errorf("%s: %v", ref, err)
		}
	}
	for _, ref := range []string{"refs/heads/none", "main", "refs/", "refs/tags/v1", "HEAD", ""} {
		if id, err := o.Ref(t.Context(), ref); !errors.Is(err, gitrepo.ErrUnknownRevision) {
			t.Errorf("%q: %s, %v", ref, id, err)
		}
	}
	// A ref that moves is seen to move.
	if _, err := o.Ref(t.Context(), "refs/heads/main"); err != nil {
		t.Fatal(err)
	}
	g.Git("update-ref", "refs/heads/main", "change")
	if id, err := o.Ref(t.Context(), "refs/heads/main"); err != nil || id != g.Git("rev-parse", "change") {
		t.Error(id, err)
	}
}

func FuzzTrees(f *testing.F) {
	id := strings.Repeat("1", 40)
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00bbbbbbbbbbbbbbbbbbbb"), "a/b", "040000", id)
	f.Add([]byte{20, 1, 2}, "", "", "")
	f.Fuzz(func(t *testing.T, b []byte, path, mode, sha string) {
		if !utf8.ValidString(path) {
			return
		}
		lines := decodeTree(b, 40)
		if again, ok := encodeTree(slices.Clone(lines)); !ok || len(again) > len(b) {
			t.Fatalf("%d bytes of %d", len(again), len(b))
		}
		for _, p := range unpackTrees(b) {
			if !proved("tree", p.id, p.content) {
				t.Fatal("a tree that does not hash")
			}
		}
		o := newObjects(nil, twinRepo, nil)
		var a treeAnswer
		text, err := json.Marshal(map[string]any{"tree": []any{
			map[string]any{"path": path, "mode": mode, "sha": sha}, map[string]any{"path": path + "/x", "mode": mode, "sha": sha},
		}})
		if err != nil || json.Unmarshal(text, &a) != nil {
			t.Fatal(err)
		}
		o.absorb(sha, &a)
		for id, content := range o.trees {
			if !proved("tree", id, content) {
				t.Fatal("a tree that does not hash")
			}
		}
	})
}
