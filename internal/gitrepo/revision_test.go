package gitrepo

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one := g.Commit("one", "a", "1")
	two := g.Commit("two", "a", "2")
	g.Git("tag", "-a", "-m", "t", "v1", one)
	g.Git("tag", "-a", "-m", "t", "nested", "v1")
	g.Git("update-ref", "refs/remotes/origin/main", one)
	g.Git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	g.Git("update-ref", "refs/pull/7/head", one)
	g.Git("checkout", "-q", "-b", "side", one)
	side := g.Commit("side", "b", "1")
	g.Git("checkout", "-q", "main")
	g.Git("merge", "-q", "--no-ff", "-m", "m", "side")
	merge := g.Git("rev-parse", "HEAD")
	g.Git("pack-refs", "--all")
	g.Write(".git/FETCH_HEAD", side+"\t\tbranch 'side' of somewhere\n")
	r := open(t, g.Dir)

	for rev, want := range map[string]string{
		"HEAD": merge, "@": merge, "main": merge, "heads/main": merge, "refs/heads/main": merge,
		merge: merge, strings.ToUpper(merge): merge, merge[:10]: merge,
		"HEAD~": two, "HEAD^": two, "HEAD^1": two, "HEAD^2": side, "HEAD~2": one, "@^2~1": one, "HEAD^0": merge,
		"HEAD^{commit}": merge, "v1": one, "v1^{commit}": one, "v1^{}": one, "nested": one, "tags/v1": one,
		"origin/main": one, "origin": one, "refs/pull/7/head": one, "pull/7/head": one, "FETCH_HEAD": side,
	} {
		c, err := r.Resolve(t.Context(), rev)
		if err != nil || c.ID != want {
			t.Errorf("%s is %s, %v, want %s", rev, c.ID, err, want)
		}
	}
	for _, rev := range []string{
		"", "absent", "-n1", "--all", "--output=x", "HEAD~9", "HEAD^3", "HEAD~99999999999999999999", "HEAD~10001", "~", "^main", "main..side",
		"HEAD:a", ":/one", "@{1}", "main@{u}", "HEAD^{tree}", "HEAD^{/one}", "HEAD^{", "HEAD~x", "ma*", "refs/heads", "main ", "main\n", "main\x00", "m[a]in",
		strings.Repeat("a", 2000), merge + "0", "abcdef", g.Git("rev-parse", "HEAD^{tree}"), "HEAD^~^^^^^^^^^^", "/main", "main/",
	} {
		c, err := r.Resolve(t.Context(), rev)
		if err == nil {
			t.Errorf("%q is %s", rev, c.ID)
			continue
		}
		wantErr(t, err, ErrUnknownRevision)
	}
	_, err := r.Resolve(t.Context(), "v1x")
	wantErr(t, err, ErrUnknownRevision)
	g.Git("update-ref", "refs/remotes/origin/release", one)
	if _, err = r.Resolve(t.Context(), "release"); err == nil || !strings.Contains(err.Error(), "origin/release") {
		t.Errorf("no hint at the remote branch: %v", err)
	}
}

// Law: base decides. Whoever can push a ref must not be able to choose what the
// name of the base means.
func TestNamesThatDeceive(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	one := g.Commit("one", "a", "1")
	two := g.Commit("two", "a", "2")

	g.Git("update-ref", "refs/remotes/origin/main", two)
	g.Git("update-ref", "refs/tags/origin/main", one) // git would take this one
	g.Git("update-ref", "refs/heads/"+two, one)       // a branch called like an id
	g.Git("update-ref", "refs/heads/"+two[:12], one)  // and like the start of one
	g.Git("update-ref", "refs/heads/-evil", one)
	g.Git("update-ref", "refs/tags/refs/heads/main", one)
	g.Git("update-ref", "refs/tags/same", one)
	g.Git("update-ref", "refs/heads/same", one)
	r := open(t, g.Dir)

	for _, rev := range []string{"origin/main", two[:12]} {
		_, err := r.Resolve(t.Context(), rev)
		wantErr(t, err, ErrAmbiguousRevision)
	}
	_, err := r.Resolve(t.Context(), "-evil")
	wantErr(t, err, ErrUnknownRevision)
	for rev, want := range map[string]string{
		two: two, "refs/remotes/origin/main": two, "refs/heads/main": two, "same": one, "refs/heads/-evil": one,
	} {
		if c := resolve(t, r, rev); c.ID != want {
			t.Errorf("%s is %s, want %s", rev, c.ID, want)
		}
	}
}

func FuzzParseRevision(f *testing.F) {
	for _, s := range []string{"HEAD~3^2", "a^{commit}", "^{}", "-x", "x~", "@{u}", "é~1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rev string) {
		name, steps, err := parseRevision(rev)
		if err != nil {
			return
		}
		total := 0
		for _, s := range steps {
			total += s.times
			if s.parent < 1 || s.times < 0 {
				t.Fatalf("step %+v", s)
			}
		}
		if total > maxSteps || name == "" || name[0] == '-' || !strings.HasPrefix(rev, name) || strings.ContainsAny(name, " \n\x00*?[~^:\\") {
			t.Fatalf("%q gives %q and %d steps", rev, name, total)
		}
	})
}
