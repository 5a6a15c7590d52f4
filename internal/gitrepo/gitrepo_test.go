package gitrepo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func open(tb testing.TB, dir string) *Repo {
	tb.Helper()
	r, err := Open(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

func resolve(tb testing.TB, r *Repo, rev string) Commit {
	tb.Helper()
	c, err := r.Resolve(tb.Context(), rev)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// between is the range as ids, and the ids of the merge bases.
func between(tb testing.TB, r *Repo, base, head string) (commits, bases []string) {
	tb.Helper()
	rg, err := r.Between(tb.Context(), resolve(tb, r, base), resolve(tb, r, head), 1000)
	if err != nil {
		tb.Fatal(err)
	}
	return ids(rg.Commits), ids(rg.MergeBases)
}

func ids(cs []Commit) []string {
	out := []string{}
	for _, c := range cs {
		out = append(out, c.ID)
	}
	return out
}

func same(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if d := cmp.Diff(want, got); d != "" {
		tb.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantErr(tb testing.TB, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Errorf("error is %v, want %v", err, want)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	id := g.Commit("one", "sub/file", "x")
	g.Git("clone", "-q", "--bare", ".", g.Dir+"-bare")
	g.Git("worktree", "add", "-q", "-b", "other", g.Dir+"-linked")
	linked := gittest.At(t, g.Dir+"-linked").Commit("two", "sub/two", "y")

	for _, c := range []struct{ name, dir, head, top string }{
		{"work tree", g.Dir, id, g.Dir},
		{"folder", g.Path("sub"), id, g.Dir},
		{"git directory", g.Path(".git"), id, g.Dir},
		{"bare", g.Dir + "-bare", id, ""},
		{"linked work tree", g.Dir + "-linked", linked, g.Dir + "-linked"},
		{"folder of a linked one", g.Dir + "-linked/sub", linked, g.Dir + "-linked"},
	} {
		r := open(t, c.dir)
		same(t, c.name, resolve(t, r, "HEAD").ID, c.head)
		same(t, c.name+" top", r.Top(), c.top)
		same(t, c.name+" format", r.Format(), "sha1")
		if r.Shallow() {
			t.Errorf("%s: is shallow", c.name)
		}
	}
	private := open(t, g.Dir)
	dir := private.private
	if err := private.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the private directory outlives Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), t.TempDir())
	wantErr(t, err, ErrNotRepository)
	_, err = Open(t.Context(), t.TempDir()+"/absent\x1b[31m")
	wantErr(t, err, ErrNotRepository)
	if err != nil && strings.Contains(err.Error(), "\x1b") {
		t.Errorf("a control character reached the message: %q", err)
	}
	file := t.TempDir() + "/-file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), file)
	wantErr(t, err, ErrNotRepository)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"git version 2.31.0", "git version 2.39.5 (Apple Git-154)", "git version 3.0.0\n", "git version 2.100.windows.1"} {
		if err := versionOK(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, old := range []string{"git version 2.30.9", "git version 1.99", "", "hub version 2.40", "git version 99999999999999999999.1"} {
		wantErr(t, versionOK(old), ErrOldGit)
	}
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Open(t.Context(), ".")
	wantErr(t, err, ErrNoGit)
}

func TestSHA256(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t, "--object-format=sha256")
	base := g.Commit("one", "a/b/c", "x", "policy", "p")
	g.Commit("two", "a/b/c", "y")
	head := g.Commit("three", "a/d", "z")
	r := open(t, g.Dir)
	same(t, "format", r.Format(), "sha256")
	commits, bases := between(t, r, base, "HEAD")
	same(t, "commits", len(commits), 2)
	same(t, "bases", bases, []string{base})
	changed, err := r.Changed(t.Context(), []Commit{resolve(t, r, base)}, resolve(t, r, head), 10)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changed", changed, []Change{{"a/b/c", "modified", "100644", "100644"}, {"a/d", "added", "100644", "000000"}})
	b, err := r.File(t.Context(), resolve(t, r, base), "a/b/c", 10)
	if err != nil || string(b) != "x" {
		t.Errorf("file is %q, %v", b, err)
	}
}

func TestShallowClone(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0")
	fork := g.Commit("fork", "a", "1")
	g.Commit("two", "a", "2")
	g.Commit("three", "a", "3")
	g.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	g.Git("clone", "-q", "--depth=2", "file://"+g.Dir, g.Dir+"-shallow")
	r := open(t, g.Dir+"-shallow")
	if !r.Shallow() {
		t.Fatal("not seen as shallow")
	}
	// The base is beyond the cut.
	_, err := r.Resolve(t.Context(), base)
	wantErr(t, err, ErrUnknownRevision)
	wantErr(t, err, ErrShallow)
	_, err = r.Resolve(t.Context(), "HEAD~2")
	wantErr(t, err, ErrShallow)

	// Cut off right behind the range: it is whole, and the objects prove it.
	s := gittest.At(t, g.Dir+"-shallow")
	s.Git("fetch", "-q", "--depth=1", "file://"+g.Dir, fork)
	r = open(t, g.Dir+"-shallow")
	commits, bases := between(t, r, fork, "HEAD")
	same(t, "commits behind the cut", len(commits), 2)
	same(t, "merge base behind the cut", bases, []string{fork})

	// The base is there, the way to it is not: git shows a range with a root.
	s.Git("fetch", "-q", "--depth=1", "file://"+g.Dir, base)
	s.Git("update-ref", "refs/heads/old", base)
	r = open(t, g.Dir+"-shallow")
	_, err = r.Between(t.Context(), resolve(t, r, base), resolve(t, r, "HEAD"), 100)
	wantErr(t, err, ErrShallow)

	s.Git("fetch", "-q", "--unshallow")
	r = open(t, g.Dir+"-shallow")
	commits, _ = between(t, r, base, "HEAD")
	same(t, "commits after unshallow", len(commits), 3)
}

func TestEmptyRepository(t *testing.T) {
	t.Parallel()
	r := open(t, gittest.Init(t).Dir)
	for _, rev := range []string{"HEAD", "main", "origin/main"} {
		_, err := r.Resolve(t.Context(), rev)
		wantErr(t, err, ErrEmptyRepository)
	}
}

func TestMissingObjects(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("one", "dir/f", "x")
	head := g.Commit("two", "dir/f", "y")
	g.Git("config", "uploadpack.allowFilter", "true")
	g.Git("clone", "-q", "--bare", "--filter=tree:0", "file://"+g.Dir, g.Dir+"-partial")
	r := open(t, g.Dir+"-partial")
	commits, bases := between(t, r, base, "main")
	same(t, "commits", commits, []string{head})
	same(t, "bases", bases, []string{base})
	_, err := r.Changed(t.Context(), []Commit{resolve(t, r, base)}, resolve(t, r, head), 10)
	wantErr(t, err, ErrMissing)
	_, err = r.File(t.Context(), resolve(t, r, base), "dir/f", 10)
	wantErr(t, err, ErrMissing)
	// The process was restarted and serves on.
	resolve(t, r, head)
	_, err = r.Resolve(t.Context(), strings.Repeat("0123", 10))
	wantErr(t, err, ErrUnknownRevision)
	wantErr(t, err, ErrMissing)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", "x")
	r := open(t, g.Dir)
	head := resolve(t, r, "HEAD")
	ctx, cancel := context.WithCancel(t.Context())
	err := r.read(ctx, []string{head.ID, head.ID}, "commit", 1<<20, func(object) error { cancel(); return nil })
	wantErr(t, err, context.Canceled)
	_, err = r.Resolve(ctx, "main")
	wantErr(t, err, context.Canceled)
	_, err = r.Between(ctx, head, head, 1)
	wantErr(t, err, context.Canceled)
	if _, err = r.Resolve(t.Context(), "main"); err != nil {
		t.Errorf("after a cancelled call: %v", err)
	}
}

// A process that never answers, with a child of its own, ends with the context.
func TestCancelKillsTheGroup(t *testing.T) {
	t.Parallel()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	r := &Repo{git: sleep}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := r.command(ctx, t.TempDir(), nil)
	cmd.Args = []string{sleep, "60"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := cmd.Wait(); !errors.Is(err, context.Canceled) && cmd.ProcessState.Success() {
		t.Errorf("the process ended by itself: %v", err)
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	g.Commit("one", "a", strings.Repeat("x", 1<<20))
	r := open(t, g.Dir)
	_, err := r.run(t.Context(), r.private, r.objEnv, 100, "cat-file", "blob", g.Git("rev-parse", "HEAD:a"))
	wantErr(t, err, ErrTooLarge)
	_, err = r.run(t.Context(), r.private, r.objEnv, 100, "cat-file", "blob", "\x1b[2J\n::error::x")
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("stderr is not made safe: %q", err)
	}
	_, err = r.File(t.Context(), resolve(t, r, "HEAD"), "a", 1<<10)
	wantErr(t, err, ErrTooLarge)
	b, err := r.File(t.Context(), resolve(t, r, "HEAD"), "a", 1<<20)
	if err != nil || len(b) != 1<<20 {
		t.Errorf("file at its limit: %d bytes, %v", len(b), err)
	}
}
