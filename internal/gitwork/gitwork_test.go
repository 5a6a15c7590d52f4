package gitwork

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const ref = "refs/notes/claw-attestations"

func open(tb testing.TB, dir string) *Repo {
	tb.Helper()
	r, err := Open(tb.Context(), dir)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func add(tb testing.TB, r *Repo, commit string, lines ...string) int {
	tb.Helper()
	n, err := r.AddLines(tb.Context(), ref, commit, lines)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// want compares a note with its lines in any order.
func want(tb testing.TB, dir, commit string, lines ...string) {
	tb.Helper()
	text, err := open(tb, dir).Note(tb.Context(), ref, commit)
	if err != nil {
		tb.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Sort(got)
	slices.Sort(lines)
	if d := cmp.Diff(lines, got); d != "" {
		tb.Errorf("note of %s (-want +got):\n%s", commit, d)
	}
}

func TestAddLines(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			one, two := g.Commit("one", "a", "1"), g.Commit("two", "a", "2")
			r := open(t, g.Dir)
			if n := add(t, r, one, `{"n":1}`, `{"n":2}`); n != 2 {
				t.Errorf("%d lines were new", n)
			}
			tip := g.Git("rev-parse", ref)
			if n := add(t, r, one, `{"n":2}`, `{"n":1}`); n != 0 || g.Git("rev-parse", ref) != tip {
				t.Errorf("lines that are there were added again: %d", n)
			}
			if n := add(t, r, two, `{"n":2}`); n != 1 {
				t.Errorf("%d lines were new", n)
			}
			if got := g.Git("notes", "--ref=claw-attestations", "show", one); got != "{\"n\":1}\n{\"n\":2}" {
				t.Errorf("git shows %q", got)
			}
			if got := g.Git("cat-file", "-p", ref); !strings.Contains(got, "author claw-verified <") {
				t.Errorf("notes are written as %s", got)
			}
			want(t, g.Dir, two, `{"n":2}`)
			if out := g.Git("status", "--porcelain"); out != "" {
				t.Errorf("the work tree was touched: %s", out)
			}
		})
	}
}

// A ref with many notes has folders; git and we must read the same.
func TestManyNotes(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	var stream strings.Builder
	for i := range 700 {
		fmt.Fprintf(&stream, "blob\nmark :%d\ndata 2\n%d\n", i+1, i%10)
	}
	fmt.Fprintf(&stream, "commit %s\ncommitter Ada <ada@example.com> 1795000000 +0000\ndata 1\nx\n", ref)
	for i := range 700 {
		fmt.Fprintf(&stream, "M 100644 :%d %02x/%038x\n", i+1, i%256, i)
	}
	g.GitIn(stream.String(), "fast-import", "--quiet")
	r := open(t, g.Dir)
	add(t, r, c, `{"n":1}`)
	add(t, r, c, `{"n":2}`)
	want(t, g.Dir, c, `{"n":1}`, `{"n":2}`)
	if n := len(strings.Split(g.Git("notes", "--ref", ref, "list"), "\n")); n != 701 {
		t.Errorf("%d notes are left", n)
	}
}

func TestParallelRunsLoseNothing(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	var wg sync.WaitGroup
	var lines []string
	for i := range 8 {
		mine := []string{fmt.Sprintf(`{"n":%d}`, i), `{"shared":true}`}
		lines = append(lines, mine[0])
		wg.Go(func() {
			r, err := Open(t.Context(), g.Dir)
			if err == nil {
				_, err = r.AddLines(t.Context(), ref, c, mine)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want(t, g.Dir, c, append(lines, `{"shared":true}`)...)
}

// A lock that nobody holds any more is named, and nothing waits for ever.
func TestStaleLock(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	g.Write(".git/"+ref+".lock", "")
	r := open(t, g.Dir)
	r.tries = 2
	_, err := r.AddLines(t.Context(), ref, c, []string{`{"n":1}`})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), ref+".lock") {
		t.Errorf("error is %v", err)
	}
}

func TestSomebodyComesInBetween(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	r := open(t, g.Dir)
	tries := 0
	err := r.update(t.Context(), ref, func(s *scratch) error {
		if tries++; tries == 1 { // another run comes in between
			add(t, open(t, g.Dir), c, `{"n":0}`)
		}
		_, err := s.addLines(t.Context(), c, []string{`{"n":1}`})
		return err
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
	want(t, g.Dir, c, `{"n":0}`, `{"n":1}`)
}

func TestPushOfTwo(t *testing.T) {
	t.Parallel()
	origin := gittest.Init(t)
	c := origin.Commit("one", "a", "1")
	var dirs []string
	for i := range 4 {
		dir := fmt.Sprintf("%s-clone%d", origin.Dir, i)
		origin.Git("clone", "-q", "file://"+origin.Dir, dir)
		dirs = append(dirs, dir)
	}
	var wg sync.WaitGroup
	var lines []string
	for i, dir := range dirs {
		line := fmt.Sprintf(`{"n":%d}`, i)
		lines = append(lines, line)
		wg.Go(func() {
			r, err := Open(t.Context(), dir)
			if err == nil {
				_, err = r.AddLines(t.Context(), ref, c, []string{line})
			}
			if err == nil {
				err = r.Push(t.Context(), "origin", ref)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want(t, origin.Dir, c, lines...)
	r := open(t, dirs[0])
	if err := r.Pull(t.Context(), "origin", ref); err != nil {
		t.Fatal(err)
	}
	want(t, dirs[0], c, lines...)
	if out := gittest.At(t, dirs[0]).Git("for-each-ref", "refs/claw-verified"); out != "" {
		t.Errorf("refs are left behind: %s", out)
	}
	// A remote without notes is no mistake; one that is not there is.
	origin.Git("update-ref", "-d", ref)
	if err := r.Pull(t.Context(), "origin", ref); err != nil {
		t.Error(err)
	}
	if err := r.Pull(t.Context(), "nowhere", ref); err == nil {
		t.Error("a remote that does not exist was pulled from")
	}
}

func TestPushRefused(t *testing.T) {
	t.Parallel()
	origin := gittest.Init(t)
	c := origin.Commit("one", "a", "1")
	dir := origin.Dir + "-clone"
	origin.Git("clone", "-q", "file://"+origin.Dir, dir)
	hook := origin.Path(".git", "hooks", "pre-receive")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil { //nolint:gosec // a hook
		t.Fatal(err)
	}
	r := open(t, dir)
	add(t, r, c, `{"n":1}`)
	if err := r.Push(t.Context(), "origin", ref); !errors.Is(err, ErrRemote) {
		t.Errorf("error is %v", err)
	}
}

// Whatever git tells a hook about the repository it runs in, and whatever hooks
// there are, notes go where they were meant to and nothing of the repository runs.
func TestInsideAHook(t *testing.T) {
	g, other := gittest.Init(t), gittest.Init(t)
	c := g.Commit("one", "a", "1")
	mark := filepath.Join(t.TempDir(), "mark")
	for _, name := range []string{"reference-transaction", "post-commit", "pre-push"} {
		if err := os.WriteFile(g.Path(".git", "hooks", name), []byte("#!/bin/sh\necho $0 >> "+mark+"\n"), 0o755); err != nil { //nolint:gosec // a hook
			t.Fatal(err)
		}
	}
	g.Git("remote", "add", "origin", "file://"+other.Dir)
	for k, v := range map[string]string{"GIT_DIR": other.Path(".git"), "GIT_INDEX_FILE": other.Path("x"), "GIT_WORK_TREE": other.Dir, "GIT_NOTES_REF": "refs/notes/x", "LC_ALL": "de_DE.UTF-8"} {
		t.Setenv(k, v)
	}
	r := open(t, g.Dir)
	add(t, r, c, `{"n":1}`)
	if err := r.Push(t.Context(), "origin", ref); err != nil {
		t.Error(err)
	}
	want(t, g.Dir, c, `{"n":1}`)
	if b, err := os.ReadFile(mark); err == nil {
		t.Errorf("hooks ran: %s", b)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	r := open(t, g.Dir)
	for _, values := range [][]string{{"a"}, {"-x", "b\nc", `"q" 'p' # ;`}, nil} {
		if err := r.Set(t.Context(), "claw.model", values...); err != nil {
			t.Fatal(err)
		}
		got, err := r.Setting(t.Context(), "claw.model")
		if err != nil || !slices.Equal(got, values) {
			t.Errorf("set %q, got %q, %v", values, got, err)
		}
	}
	if got, err := r.RemoteURL(t.Context(), "origin"); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if r.Hooks() != g.Path(".git", "hooks") || r.Top() != g.Dir {
		t.Errorf("hooks are in %s, the top is %s", r.Hooks(), r.Top())
	}
	g.Git("config", "core.hooksPath", "my-hooks")
	if got, err := r.Scope(t.Context(), "core.hooksPath"); got != "local" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if r := open(t, g.Dir); r.Hooks() != g.Path("my-hooks") {
		t.Errorf("hooks are in %s", r.Hooks())
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), t.TempDir()); !errors.Is(err, ErrNotRepository) {
		t.Errorf("error is %v", err)
	}
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	r := open(t, g.Dir)
	for _, bad := range []string{"refs/heads/main", "refs/notes/", "refs/notes/../heads/main", "refs/notes/a b", "--x", "refs/notes/x.lock", "refs/notes/*"} {
		if _, err := r.AddLines(t.Context(), bad, c, []string{"x"}); err == nil {
			t.Errorf("%s was written to", bad)
		}
	}
	for _, bad := range []string{"", "--upload-pack=touch x", "ext::sh -c id", "ext::id", "a\nb", "fd::3"} {
		if err := r.Push(t.Context(), bad, ref); err == nil || errors.Is(err, ErrRemote) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := r.AddLines(t.Context(), ref, c, []string{strings.Repeat("x", MaxNoteBytes)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
}
