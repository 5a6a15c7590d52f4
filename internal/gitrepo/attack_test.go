//go:build unix

package gitrepo

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// scene is a small history whose every answer is known: two commits by the change,
// a policy that the second one tries to replace.
type scene struct {
	*gittest.Repo
	base, evil, head string
}

func newScene(tb testing.TB) *scene {
	tb.Helper()
	s := &scene{Repo: gittest.Init(tb)}
	s.base = s.Commit("base", "policy", "deny", "main.tf", "0")
	s.evil = s.Commit("evil", "main.tf", "1")
	s.head = s.Commit("head", "policy", "allow")
	return s
}

// honest fails unless every answer is the true one.
func (s *scene) honest(tb testing.TB, base string) {
	tb.Helper()
	r := open(tb, s.Dir)
	commits, bases := between(tb, r, base, "HEAD")
	same(tb, "commits", commits, []string{s.evil, s.head})
	same(tb, "merge bases", bases, []string{s.base})
	changed, err := r.Changed(tb.Context(), []Commit{resolve(tb, r, bases[0])}, resolve(tb, r, "HEAD"), 10)
	if err != nil {
		tb.Error(err)
	}
	same(tb, "changed", changed, []Change{{"main.tf", "modified", "100644", "100644"}, {"policy", "modified", "100644", "100644"}})
	policy, err := r.File(tb.Context(), resolve(tb, r, base), "policy", 100)
	if err != nil || string(policy) != "deny" {
		tb.Errorf("policy is %q, %v", policy, err)
	}
}

// canary writes a program that leaves a mark, and returns its path and a check.
func canary(tb testing.TB) (program string, alive func()) {
	tb.Helper()
	dir := tb.TempDir()
	mark := filepath.Join(dir, "mark")
	program = filepath.Join(dir, "canary")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$0 $*\" >> "+mark+"\nexit 0\n"), 0o700); err != nil { //nolint:gosec // it must be executable
		tb.Fatal(err)
	}
	return program, func() {
		tb.Helper()
		if b, err := os.ReadFile(mark); err == nil {
			tb.Errorf("a foreign program ran: %s", b)
		}
	}
}

func TestHostileConfiguration(t *testing.T) {
	t.Parallel()
	program, alive := canary(t)
	for _, c := range []struct{ name, config string }{
		{"fsmonitor", "[core]\n fsmonitor = PROGRAM\n"},
		{"hooks", "[core]\n hooksPath = .git/evil-hooks\n"},
		{"external diff", "[diff]\n external = PROGRAM\n trustExitCode = true\n"},
		{"pager", "[core]\n pager = PROGRAM\n[pager]\n rev-list = PROGRAM\n for-each-ref = true\n rev-parse = PROGRAM\n cat-file = PROGRAM\n"},
		{"ssh, credentials, askpass", "[core]\n sshCommand = PROGRAM\n askPass = PROGRAM\n gitProxy = PROGRAM\n alternateRefsCommand = PROGRAM\n[credential]\n helper = !PROGRAM\n"},
		{"alias", "[alias]\n rev-parse = !PROGRAM\n rev-list = !PROGRAM\n cat-file = !PROGRAM\n for-each-ref = !PROGRAM\n version = !PROGRAM\n"},
		{"filters", "[filter \"x\"]\n clean = PROGRAM\n smudge = PROGRAM\n process = PROGRAM\n[diff \"x\"]\n textconv = PROGRAM\n command = PROGRAM\n[merge \"x\"]\n driver = PROGRAM\n"},
		{"gpg", "[log]\n showSignature = true\n[gpg]\n program = PROGRAM\n[gpg \"ssh\"]\n program = PROGRAM\n defaultKeyCommand = PROGRAM\n"},
		{"include", "[include]\n path = evil.config\n[includeIf \"gitdir:/\"]\n path = evil.config\n"},
		{"promisor", "[core]\n repositoryformatversion = 1\n[extensions]\n partialClone = origin\n[protocol]\n allow = always\n[protocol \"ext\"]\n allow = always\n" +
			"[remote \"origin\"]\n url = ext::PROGRAM\n promisor = true\n uploadpack = PROGRAM\n vcs = ext\n"},
		{"worktree", "[core]\n worktree = /\n"},
		{"worktree config", "[core]\n repositoryformatversion = 1\n[extensions]\n worktreeConfig = true\n"},
		{"answers", "[core]\n commitGraph = true\n useReplaceRefs = true\n warnAmbiguousRefs = true\n abbrev = 4\n disambiguate = blob\n quotePath = false\n" +
			"[diff]\n renames = copies\n noprefix = true\n orderFile = /dev/null\n ignoreSubmodules = all\n submodule = log\n relative = sub\n[log]\n excludeDecoration = *\n[rev-list]\n maxCount = 1\n[safe]\n directory = /nowhere\n bareRepository = explicit\n[trace2]\n eventTarget = /dev/stdout\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			config := strings.ReplaceAll(c.config, "PROGRAM", program)
			s.Write(".git/evil.config", "[core]\n fsmonitor = "+program+"\n pager = "+program+"\n[alias]\n rev-list = !"+program+"\n")
			s.Write(".git/config.worktree", "[core]\n fsmonitor = "+program+"\n")
			s.Write(".git/info/attributes", "* filter=x diff=x merge=x\n")
			s.Write(".gitattributes", "* filter=x diff=x merge=x\n")
			for _, hook := range []string{"post-checkout", "reference-transaction", "fsmonitor-watchman", "post-index-change", "pre-auto-gc"} {
				for _, dir := range []string{"hooks", "evil-hooks"} {
					_ = os.MkdirAll(s.Path(".git", dir), 0o755) //nolint:gosec // a test
					if err := os.Symlink(program, s.Path(".git", dir, hook)); err != nil {
						t.Fatal(err)
					}
				}
			}
			old, err := os.ReadFile(s.Path(".git/config"))
			if err != nil {
				t.Fatal(err)
			}
			s.Write(".git/config", string(old)+config)
			s.honest(t, s.base)
			r := open(t, s.Dir)
			_, err = r.Resolve(t.Context(), strings.Repeat("ab", 20)) // not there: a promisor would fetch
			wantErr(t, err, ErrUnknownRevision)
			_, err = r.Resolve(t.Context(), "abcdefabcd")
			wantErr(t, err, ErrUnknownRevision)
			alive()
		})
	}
	t.Cleanup(alive)
}

// A ref whose object is missing makes git look for it.
func TestNothingIsFetched(t *testing.T) {
	t.Parallel()
	program, alive := canary(t)
	s := newScene(t)
	old, err := os.ReadFile(s.Path(".git/config"))
	if err != nil {
		t.Fatal(err)
	}
	s.Write(".git/config", strings.Replace(string(old), "repositoryformatversion = 0", "repositoryformatversion = 1", 1)+
		"[extensions]\n partialClone = origin\n[protocol \"ext\"]\n allow = always\n[protocol \"file\"]\n allow = always\n[remote \"origin\"]\n url = "+s.Dir+"-gone\n promisor = true\n uploadpack = "+program+"\n")
	s.Write(".git/refs/heads/lost", strings.Repeat("ab", 20)+"\n")
	r := open(t, s.Dir)
	_, err = r.Resolve(t.Context(), "lost")
	wantErr(t, err, ErrUnknownRevision)
	for _, rev := range []string{"lost~1", "nowhere", "abababab", "HEAD~5"} {
		if _, err := r.Resolve(t.Context(), rev); err == nil {
			t.Errorf("%s resolves", rev)
		}
	}
	s.honest(t, s.base)
	alive()

	// The trap is real: git by itself walks into it.
	cmd := exec.Command("git", "cat-file", "-p", "lost") //nolint:gosec // fixed
	cmd.Dir = s.Dir
	_ = cmd.Run()
	if _, err := os.Stat(filepath.Join(filepath.Dir(program), "mark")); err != nil {
		t.Error("the trap does not work, so it proves nothing")
	}
}

// forgeGraph writes a commit-graph in which the head's parent is the base. The
// format is git's gitformat-commit-graph, version 1; git does not check its hash.
func (s *scene) forgeGraph(tb testing.TB) {
	tb.Helper()
	s.Git("commit-graph", "write", "--reachable")
	path := s.Path(".git/objects/info/commit-graph")
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	chunk := func(id string) int {
		for i := range int(b[6]) {
			if row := b[8+12*i:]; string(row[:4]) == id {
				return int(binary.BigEndian.Uint64(row[4:])) //nolint:gosec // a small file
			}
		}
		tb.Fatalf("no chunk %s", id)
		return 0
	}
	names, data := chunk("OIDL"), chunk("CDAT")
	position := func(id string) int {
		raw, _ := hex.DecodeString(id)
		return bytes.Index(b[names:data], raw) / len(raw)
	}
	binary.BigEndian.PutUint32(b[data+36*position(s.head)+20:], uint32(position(s.base))) //nolint:gosec // 0, 1 or 2
	if err := os.Chmod(path, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func TestHostileEnvironment(t *testing.T) {
	program, alive := canary(t)
	s := newScene(t)
	other := gittest.Init(t)
	other.Commit("other", "policy", "allow")
	for k, v := range map[string]string{
		"GIT_DIR": other.Path(".git"), "GIT_WORK_TREE": other.Dir, "GIT_COMMON_DIR": other.Path(".git"), "GIT_INDEX_FILE": program,
		"GIT_OBJECT_DIRECTORY": other.Path(".git/objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES": other.Path(".git/objects"),
		"GIT_CONFIG_PARAMETERS": "'core.fsmonitor=" + program + "' 'alias.rev-list=!" + program + "'", "GIT_CONFIG_GLOBAL": "/nonexistent",
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.pager", "GIT_CONFIG_VALUE_0": program,
		"GIT_EXTERNAL_DIFF": program, "GIT_PAGER": program, "PAGER": program, "GIT_SSH": program, "GIT_SSH_COMMAND": program,
		"GIT_ASKPASS": program, "SSH_ASKPASS": program, "GIT_PROXY_COMMAND": program, "GIT_EDITOR": program, "GIT_EXEC_PATH": filepath.Dir(program),
		"GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_SHALLOW_FILE": "/dev/null", "GIT_GRAFT_FILE": "/dev/stdin", "GIT_NAMESPACE": "x",
		"GIT_CEILING_DIRECTORIES": "/", "GIT_LITERAL_PATHSPECS": "0", "GIT_TRACE": "1", "GIT_TRACE2_EVENT": "1", "GIT_DEFAULT_HASH": "sha256",
		"GIT_REF_PARANOIA": "0", "GIT_ALLOW_PROTOCOL": "ext", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "HOME": filepath.Dir(program), "XDG_CONFIG_HOME": filepath.Dir(program),
	} {
		t.Setenv(k, v)
	}
	s.honest(t, s.base)
	_, err := Open(t.Context(), t.TempDir()) // German messages would not be recognised
	wantErr(t, err, ErrNotRepository)
	alive()
}

// Law: every commit. None of git's ways to show another history works.
func TestReplacedHistory(t *testing.T) {
	t.Parallel()
	t.Run("replacement refs", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		innocent := s.CommitTree(s.Git("rev-parse", s.head+"^{tree}"), "innocent", s.base)
		s.Git("replace", s.head, innocent)
		s.Git("replace", s.base, s.evil)
		s.Git("replace", "-f", s.Git("rev-parse", s.base+":policy"), s.Git("rev-parse", s.head+":policy"))
		if got := s.Git("cat-file", "blob", s.base+":policy"); got != "allow" {
			t.Fatalf("the forgery is not one: git shows %q", got)
		}
		s.honest(t, s.base)
	})
	t.Run("grafts", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		s.Write(".git/info/grafts", s.head+" "+s.base+"\n"+s.base+" "+s.evil+"\n")
		if got := s.Git("rev-list", "--count", s.base+".."+s.head); got == "2" {
			t.Fatal("the forgery is not one")
		}
		s.honest(t, s.base)
	})
	t.Run("commit-graph", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		tip := s.Commit("tip") // git reads the commits it is given from the object, the others from the graph
		s.forgeGraph(t)
		if got := s.Git("rev-list", "--count", s.base+".."+tip); got != "2" {
			t.Fatalf("the forgery is not one: git counts %s commits", got)
		}
		commits, _ := between(t, open(t, s.Dir), s.base, tip)
		same(t, "commits", commits, []string{s.evil, s.head, tip})
	})
	t.Run("shallow file", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		s.Write(".git/shallow", s.head+"\n") // git now shows head as a root
		r := open(t, s.Dir)
		_, err := r.Between(t.Context(), resolve(t, r, s.base), resolve(t, r, s.head), 100)
		wantErr(t, err, ErrShallow)
	})
}

// A container's checkout belongs to another user as a rule.
func TestForeignOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("only root can give files away: run CI as root")
		}
		t.Skip("only root can give files away: nothing was tested")
	}
	s := newScene(t)
	err := filepath.WalkDir(s.Dir, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, 12345, 12345)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.honest(t, s.base)
}

// Nothing waits for ever on what is not a file.
func TestPipesInTheWay(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if err := syscall.Mkfifo(s.Path(".git/shallow"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), s.Dir); err == nil {
		t.Error("a pipe is read as the shallow file")
	}
	if err := os.Remove(s.Path(".git/shallow")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.Path(".git/evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Write(".git/config", "[include]\n path = evil\n")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, s.Dir)
	wantErr(t, err, context.DeadlineExceeded)
}

func TestThePrivateDirectoryHoldsNothingForeign(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Git("tag", "t")
	r := open(t, s.Dir)
	out, err := r.run(t.Context(), r.private, r.objEnv, 1<<16, "config", "--list", "--show-origin")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "command line:") && !strings.HasPrefix(line, "file:"+r.private) && !strings.HasPrefix(line, "file:config\t") {
			t.Errorf("a setting from elsewhere: %q", line)
		}
	}
	refs, err := r.run(t.Context(), r.private, r.objEnv, 1<<16, "for-each-ref")
	if err != nil || len(refs) > 0 {
		t.Errorf("refs %q, %v", refs, err)
	}
}

// TestEmbeddedBareRepository: the change commits a whole bare repository into a
// folder, with a history and a policy of its own; git would find it first there.
func TestEmbeddedBareRepository(t *testing.T) {
	t.Parallel()
	evil := gittest.Init(t)
	evil.Commit("evil", "policy", "observe")
	g := gittest.Init(t)
	g.Commit("base", "a", "0")
	evil.Git("clone", "-q", "--bare", evil.Dir, g.Path("infra"))
	if out := g.GitIn("", "-C", "infra", "rev-parse", "--is-bare-repository"); out != "true" {
		t.Fatalf("plain git does not fall for it any more: %q", out)
	}
	for _, dir := range []string{g.Path("infra"), g.Path("infra", "refs")} {
		if r, err := Open(t.Context(), dir); !errors.Is(err, ErrNotRepository) {
			t.Errorf("%s: %v %v", dir, r, err)
		}
	}
	r, err := Open(t.Context(), g.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
}

// TestOddModes: git checks 120644 out as a link and 160755 as a submodule, whatever
// the other bits say.
func TestOddModes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"120644": "120000", "120000": "120000", "160755": "160000", "160000": "160000", "100664": "100644", "100600": "100644", "100711": "100755", "40755": "040000", "040000": "040000",
	} {
		m, ok := parseMode([]byte(in))
		if got := fmt.Sprintf("%06o", m); !ok || got != want {
			t.Errorf("%s is read as %s, %v", in, got, ok)
		}
	}
}

// TestSubmoduleInPlaceOfAFolder: a folder that the change turned into a submodule is
// another repository, with branches of its own.
func TestSubmoduleInPlaceOfAFolder(t *testing.T) {
	t.Parallel()
	evil := gittest.Init(t)
	evil.Commit("evil", "policy", "observe")
	g := gittest.Init(t)
	g.Commit("base", "a", "0")
	g.Git("submodule", "add", "-q", evil.Dir, "live")
	if r, err := Open(t.Context(), g.Path("live")); !errors.Is(err, ErrNotRepository) {
		t.Errorf("%v %v", r, err)
	}
}

// TestManyLargeCommits: messages of a megabyte are a few bytes on disk. They are
// bounded together, not only each by itself.
func TestManyLargeCommits(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "a", "0")
	message := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(message, bytes.Repeat([]byte("<"), 1_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	tip, tree := base, g.Git("rev-parse", base+"^{tree}")
	for range maxCallBytes/1_000_000 + 1 {
		tip = g.Git("commit-tree", "-p", tip, "-F", message, tree)
	}
	r := open(t, g.Dir)
	if _, err := r.Between(t.Context(), resolve(t, r, base), resolve(t, r, tip), 2000); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}
