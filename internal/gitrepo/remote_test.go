package gitrepo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
