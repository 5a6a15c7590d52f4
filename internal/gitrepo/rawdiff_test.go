package gitrepo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// gitsDigest is the digest of what git itself prints, to the byte.
func gitsDigest(tb testing.TB, g *gittest.Repo, from, to string) string {
	tb.Helper()
	out := g.Git("diff-tree", "-r", "--full-index", "--no-renames", from, to)
	if out != "" {
		out += "\n"
	}
	sum := sha256.Sum256([]byte(out))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// TestRawDiff holds our reading against git's, byte for byte, with every kind of
// name and of change, in both directions and against nothing.
func TestRawDiff(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			id := func(c string) string { return strings.Repeat(c, idLen(format)) }
			names := []string{
				"plain", "with space", " leading", "trailing ", "quo\"te", "back\\slash", "line\nbreak", "tab\there", "\a\b\v\f\r\x01\x1f\x7f",
				"grüße", "\xff\xfe", "\xc3", "🦞/🦞", "-dash", ":(top)magic", "a/b/c/d/e/f", "a.b", "a/b.c", "a-b/x", "a0", "A/b", "é/\n/\"", "'single'", "$x", "#x", "…",
			}
			for _, n := range names {
				g.Entry("100644", "same/"+n, "0")
				g.Entry("100644", "old/"+n, "0")
				g.Entry("100644", "edit/"+n, "0")
			}
			g.Entry("100644", "mode", "0")
			g.Entry("100755", "mode-back", "0")
			g.Entry("100644", "mode-and-text", "0")
			g.Entry("100644", "to-link", "0")
			g.Entry("120000", "from-link", "same")
			g.Entry("100644", "file-to-dir", "0")
			g.Entry("100644", "file-to-dir.x", "0")
			g.Entry("100644", "dir-to-file/one", "0")
			g.Entry("100644", "dir-to-file/two/three", "0")
			g.Entry("100644", "moved", "a long enough content to be seen as a rename")
			g.Entry("160000", "module", id("1"))
			g.Entry("160000", "module-gone", id("1"))
			g.Entry("160000", "module-to-file", id("1"))
			g.Entry("160000", "module-to-dir", id("1"))
			one := g.CommitIndex("one")

			g.Git("rm", "-q", "-r", "--cached", "old", "file-to-dir", "dir-to-file", "moved", "module-gone", "module-to-dir")
			for _, n := range names {
				g.Entry("100644", "new/"+n, "0")
				g.Entry("100644", "edit/"+n, "1")
			}
			g.Entry("100755", "mode", "0")
			g.Entry("100644", "mode-back", "0")
			g.Entry("100755", "mode-and-text", "1")
			g.Entry("120000", "to-link", "same")
			g.Entry("100644", "from-link", "same")
			g.Entry("100644", "file-to-dir/x", "0")
			g.Entry("100644", "file-to-dir.x", "1") // between the file and the folder of that name
			g.Entry("100644", "file-to-dir0", "1")
			g.Entry("100644", "dir-to-file", "0")
			g.Entry("100644", "moved-here", "a long enough content to be seen as a rename")
			g.Entry("160000", "module", id("2"))
			g.Entry("100644", "module-to-file", "0")
			g.Entry("100644", "module-to-dir/x", "0")
			two := g.CommitIndex("two")
			three := g.CommitIndex("nothing changes")

			r := open(t, g.Dir)
			empty := g.GitIn("", "mktree")
			for _, c := range []struct{ from, to string }{{one, two}, {two, one}, {two, three}, {empty, one}, {empty, two}} {
				from := Commit{}
				if c.from != empty {
					from = resolve(t, r, c.from)
				}
				got, files, err := r.RawDiff(t.Context(), from, resolve(t, r, c.to))
				if err != nil {
					t.Fatal(err)
				}
				same(t, c.from+" to "+c.to, got, gitsDigest(t, g, c.from, c.to))
				same(t, "files", files, len(gitsList(t, g, c.from, c.to)))
			}
		})
	}
}

// TestRawDiffSurvivesARebase: the digest says what changed, not on top of what.
func TestRawDiffSurvivesARebase(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0", "b", "0")
	change := g.Commit("change", "a", "1")
	g.Git("checkout", "-q", "-b", "moved", base)
	moved := g.Commit("meanwhile", "b", "1")
	g.Git("cherry-pick", "-x", change)
	again := g.Git("rev-parse", "HEAD")
	g.Commit("tampered", "a", "1 ")
	r := open(t, g.Dir)
	digest := func(from, to string) string {
		d, _, err := r.RawDiff(t.Context(), resolve(t, r, from), resolve(t, r, to))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if change == again || digest(base, change) != digest(moved, again) {
		t.Error("a rebase changes the digest")
	}
	if digest(base, change) == digest(moved, "HEAD") {
		t.Error("a blank at the end of a line does not change the digest")
	}
}

// TestRawDiffNotHiddenByGitmodules: .gitmodules can tell git to be silent about a
// submodule; the change writes that file.
func TestRawDiffNotHiddenByGitmodules(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Write(".gitmodules", "[submodule \"m\"]\n\tpath = m\n\turl = ./m\n\tignore = all\n")
	g.Git("add", ".gitmodules")
	g.Entry("160000", "m", strings.Repeat("1", 40))
	one := g.CommitIndex("one")
	g.Entry("160000", "m", strings.Repeat("2", 40))
	two := g.CommitIndex("two")
	r := open(t, g.Dir)
	d, err := r.Diff(t.Context(), resolve(t, r, one), resolve(t, r, two), 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changes", d.Changes, []Change{{"m", "modified", "160000", "160000"}})
}

func TestRawDiffIsBounded(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0")
	head := g.Commit("head", "b", "0", "c", "0")
	r := open(t, g.Dir)
	from, to := resolve(t, r, base), resolve(t, r, head)
	_, err := r.Diff(t.Context(), from, to, 1)
	wantErr(t, err, ErrTooMany)
	if _, err := r.Diff(t.Context(), from, to, 2); err != nil {
		t.Error(err)
	}
	r.diffBytes = maxDiffBytes - 1 // as after very many commits
	_, err = r.Diff(t.Context(), from, to, 2)
	wantErr(t, err, ErrTooMany)
	_, err = r.Diff(t.Context(), from, to, 2)
	wantErr(t, err, ErrTooMany)
	if _, err = r.Changed(t.Context(), []Commit{from}, to, 2); err != nil {
		t.Errorf("another comparison is refused, too: %v", err)
	}
}

// FuzzQuoted: whatever the name, the line holds no byte that could end it or pass
// for another name.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{"a", "a b", "\"", "\\", "\n", "é", "\xff", "\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := quoted(s)
		for i := range len(q) {
			if q[i] < 0x20 || q[i] >= 0x7f {
				t.Fatalf("%q gives %q", s, q)
			}
		}
		back := s
		if strings.HasPrefix(q, `"`) {
			back = unquote(q)
		}
		if back != s {
			t.Fatalf("%q gives %q, which is %q", s, q, back)
		}
	})
}

func unquote(q string) string {
	q = strings.TrimSuffix(strings.TrimPrefix(q, `"`), `"`)
	var b strings.Builder
	for i := 0; i < len(q); i++ {
		if q[i] != '\\' {
			b.WriteByte(q[i])
			continue
		}
		if at := strings.IndexByte(`abtnvfr"\`, q[i+1]); at >= 0 {
			b.WriteByte("\a\b\t\n\v\f\r\"\\"[at])
			i++
			continue
		}
		var c int
		_, _ = fmt.Sscanf(q[i+1:i+4], "%o", &c)
		b.WriteByte(byte(c))
		i += 3
	}
	return b.String()
}
