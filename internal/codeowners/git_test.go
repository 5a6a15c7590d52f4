package codeowners_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// git answers which paths a pattern of .gitignore matches. Where GitHub says nothing
// else, git is right.
type git struct{ dir string }

func newGit(t *testing.T) git {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("git is not installed: patterns are not compared with it")
	}
	g := git{dir: t.TempDir()}
	if out, err := g.run(t, "", "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return g
}

func (g git) run(t testing.TB, stdin string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", append([]string{"-C", g.dir, "-c", "core.ignoreCase=false"}, args...)...)
	c.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "HOME="+g.dir, "GIT_DIR="+filepath.Join(g.dir, ".git"))
	c.Stdin = strings.NewReader(stdin)
	return c
}

func (g git) matches(t *testing.T, pattern string, paths []string) map[string]bool {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, ".git", "info", "exclude"), []byte(pattern+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := g.run(t, strings.Join(paths, "\x00"), "check-ignore", "--no-index", "-z", "--stdin").Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) { //nolint:errorlint // of our own call
		t.Fatalf("git check-ignore %q: %v", pattern, err)
	}
	found := map[string]bool{}
	for p := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		found[p] = true
	}
	return found
}

// differs names the patterns that GitHub reads in another way than git: a last "*" that
// matches no folder, and a slash after "**".
func differs(pattern string) bool {
	return strings.HasSuffix(pattern, "/*") && !strings.HasSuffix(pattern, "**/*") || strings.HasSuffix(pattern, "**/")
}

// TestPatternsAsGitReadsThem compares with git what no pattern of GitHub's differs in.
func TestPatternsAsGitReadsThem(t *testing.T) {
	t.Parallel()
	g := newGit(t)
	var paths []string
	for _, a := range []string{"a", "b", "ab", "a.b", "aab"} {
		paths = append(paths, a)
		for _, b := range []string{"a", "b", "ab", ".a"} {
			paths = append(paths, a+"/"+b)
			for _, c := range []string{"a", "b", "ba"} {
				paths = append(paths, a+"/"+b+"/"+c, a+"/"+b+"/"+c+"/a")
			}
		}
	}
	if m := g.matches(t, "a", []string{"a", "b", "b/a/b"}); !m["a"] || m["b"] || !m["b/a/b"] {
		t.Fatalf("git was not asked what was meant: %v", m)
	}
	part := rapid.SampledFrom([]string{"a", "b", "*", "**", "*a", "a*", "a**b", "?", "a?", "ab", "*.b", `\a`, "***", "*a*b"})
	rapid.Check(t, func(rt *rapid.T) {
		pattern := rapid.SampledFrom([]string{"", "", "/"}).Draw(rt, "begin") +
			strings.Join(rapid.SliceOfN(part, 1, 4).Draw(rt, "parts"), "/") +
			rapid.SampledFrom([]string{"", "", "/"}).Draw(rt, "end")
		if differs(pattern) {
			return
		}
		want := g.matches(t, pattern, paths)
		for _, p := range paths {
			if got := owned(t, pattern, p); got != want[p] {
				rt.Fatalf("%s on %s: %v, git says %v", pattern, p, got, want[p])
			}
		}
	})
}
