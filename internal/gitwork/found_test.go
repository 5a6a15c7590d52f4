package gitwork

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// bareIn puts a git directory into a folder, as a change brings one: ordinary files.
func bareIn(tb testing.TB, g *gittest.Repo, dir string) {
	tb.Helper()
	g.Git("init", "-q", "--bare", dir)
	gittest.At(tb, dir).Git("config", "claw.key", "/home/ada/.config/claw.key")
}

// A git directory among the files of a work tree says nothing, in whichever way one
// comes to stand in it.
func TestGitDirectoryAmongFiles(t *testing.T) {
	g := gittest.Init(t)
	g.Commit("one", "a", "1")
	inside := g.Path("docs", "x")
	bareIn(t, g, inside)
	for _, dir := range []string{inside, filepath.Join(inside, "refs")} {
		if _, err := Open(t.Context(), dir); !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	t.Chdir(inside)
	if _, err := Open(t.Context(), "."); !errors.Is(err, ErrUntrusted) {
		t.Errorf("error is %v", err)
	}
	for _, env := range []string{".", inside} { // as git says it to hooks of all repositories
		if _, err := OfHook(t.Context(), ".", func(string) string { return env }); !errors.Is(err, ErrUntrusted) {
			t.Errorf("error is %v", err)
		}
	}
	// Beside a work tree it must be named itself.
	bare := filepath.Join(t.TempDir(), "bare.git")
	bareIn(t, g, bare)
	if _, err := Open(t.Context(), filepath.Join(bare, "refs")); !errors.Is(err, ErrUntrusted) {
		t.Errorf("error is %v", err)
	}
	open(t, bare)
	t.Chdir(bare)
	if _, err := Open(t.Context(), "."); !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "--repo "+resolved(bare)) {
		t.Errorf("error is %v", err)
	}
	// What is no trap: a linked work tree, a submodule, a separate git directory.
	g.Git("worktree", "add", "-q", g.Dir+"-linked")
	open(t, g.Dir+"-linked")
	g.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", g.Dir, "sub")
	open(t, g.Path("sub"))
	g.Git("clone", "-q", "--separate-git-dir", g.Dir+"-gd", g.Dir, g.Dir+"-wt")
	open(t, g.Dir+"-wt")
	open(t, g.Dir+"-gd")
	open(t, g.Path(".git"))
}

// In a clone with its git directory elsewhere the work tree has no .git: what git
// would find there is what the change made of it.
func TestHookOfSeparateGitDirectory(t *testing.T) {
	g := gittest.Init(t)
	dir := t.TempDir()
	gd, wt := filepath.Join(dir, "gd"), filepath.Join(dir, "wt")
	if err := errors.Join(os.Mkdir(wt, 0o700), os.Mkdir(filepath.Join(wt, "sub"), 0o700)); err != nil {
		t.Fatal(err)
	}
	g.Git("--git-dir="+gd, "--work-tree="+wt, "init", "-q")
	bareIn(t, g, filepath.Join(wt, "evil"))
	env := func(v string) func(string) string {
		return func(name string) string { return map[string]string{"GIT_DIR": v}[name] }
	}
	for _, at := range []string{wt, filepath.Join(wt, "evil")} {
		t.Chdir(at)
		got, err := OfHook(t.Context(), ".", env(gd))
		if err != nil || got != resolved(gd) {
			t.Errorf("%s: %q, %v", at, got, err)
		}
	}
	// GIT_DIR is a git directory itself, and nothing that one is found from.
	if _, err := OfHook(t.Context(), ".", env(filepath.Join(gd, "refs"))); !errors.Is(err, ErrUntrusted) {
		t.Errorf("error is %v", err)
	}
	if _, err := OfHook(t.Context(), ".", env(filepath.Join(dir, "none"))); !errors.Is(err, ErrNotRepository) {
		t.Errorf("error is %v", err)
	}
	t.Chdir(g.Dir)
	for _, v := range []string{"", ".git", g.Path(".git")} {
		if got, err := OfHook(t.Context(), ".", env(v)); got != "." || err != nil {
			t.Errorf("%q: %q, %v", v, got, err)
		}
	}
}
