package gitrepo

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
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
	same(tb, "changed", changed, []Change{{"main.tf", "modified", "100644"}, {"policy", "modified", "100644"}})
	policy, err := r.File(tb.Context(), resolve(tb, r, base), "policy", 100)
	if err != nil || string(policy) != "deny" {
		tb.Errorf("policy is %q, %v", policy, err)
	}
}

// forge replaces a loose object's content under its old name.
func (s *scene) forge(tb testing.TB, id, typ, content string) {
	tb.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "%s %d\x00%s", typ, len(content), content)
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	path := s.Path(".git", "objects", id[:2], id[2:])
	if err := os.Chmod(path, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
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
		s.honest(t, s.base)
	})
	t.Run("grafts", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		s.Write(".git/info/grafts", s.head+" "+s.base+"\n"+s.base+" "+s.evil+"\n")
		s.honest(t, s.base)
	})
	t.Run("commit-graph", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		// A graph written while a graft hides the parents is wrong in the same way.
		s.Git("repack", "-q", "-ad")
		s.Git("commit-graph", "write", "--reachable")
		path := s.Path(".git/objects/info/commit-graph")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(b) - 200; i < len(b)-20; i++ {
			b[i] ^= 0x01
		}
		_ = os.Chmod(path, 0o600)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s.honest(t, s.base)
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

// Law: every commit, base decides. An object file holds what the attacker likes.
func TestForgedObjects(t *testing.T) {
	t.Parallel()
	refuse := func(name string, forge func(*scene), ask func(*Repo, Commit, Commit) error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			r := open(t, s.Dir)
			base, head := resolve(t, r, s.base), resolve(t, r, s.head)
			forge(s)
			wantErr(t, ask(r, base, head), ErrForged)
		})
	}
	commits := func(r *Repo, base, head Commit) error {
		_, err := r.Between(context.Background(), base, head, 100)
		return err
	}
	files := func(r *Repo, base, head Commit) error {
		_, err := r.Changed(context.Background(), []Commit{base}, head, 100)
		return err
	}
	policy := func(r *Repo, base, _ Commit) error {
		_, err := r.File(context.Background(), base, "policy", 100)
		return err
	}
	object := func(s *scene, rev string) string { return s.Git("cat-file", "commit", rev) + "\n" }

	refuse("a commit in the range", func(s *scene) {
		s.forge(t, s.evil, "commit", strings.Replace(object(s, s.evil), "evil", "good", 1))
	}, commits)
	refuse("the head skips a commit", func(s *scene) {
		s.forge(t, s.head, "commit", strings.Replace(object(s, s.head), "parent "+s.evil, "parent "+s.base, 1))
	}, commits)
	refuse("the base adopts the change", func(s *scene) { // git: nothing to judge
		s.forge(t, s.base, "commit", strings.Replace(object(s, s.base), "author", "parent "+s.head+"\nauthor", 1))
	}, commits)
	refuse("the base adopts a part", func(s *scene) {
		s.forge(t, s.base, "commit", strings.Replace(object(s, s.base), "author", "parent "+s.evil+"\nauthor", 1))
	}, commits)
	refuse("the policy", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.base+":policy"), "blob", "allow")
	}, policy)
	refuse("the folder of the policy", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.base+"^{tree}"), "tree", s.rawTree(s.head))
	}, policy)
	refuse("the folder at the head hides a file", func(s *scene) {
		s.forge(t, s.Git("rev-parse", s.head+"^{tree}"), "tree", s.rawTree(s.base))
	}, files)
}

func (s *scene) rawTree(rev string) string {
	// Git trims one newline, which the raw bytes of these ids may not end in.
	return s.Git("cat-file", "tree", rev+"^{tree}")
}

// A base that is ahead of the fork: the forged part is the way between.
func TestForgedAncestry(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	tree := s.Git("rev-parse", s.base+"^{tree}")
	b2 := s.CommitTree(tree, "b2", s.base)
	b3 := s.CommitTree(tree, "b3", b2)
	s.Git("update-ref", "refs/heads/ahead", b3)
	s.honest(t, b3)
	s.forge(t, b2, "commit", strings.Replace(s.Git("cat-file", "commit", b2)+"\n", "author", "parent "+s.head+"\nauthor", 1))
	r := open(t, s.Dir)
	_, err := r.Between(t.Context(), resolve(t, r, b3), resolve(t, r, "HEAD"), 100)
	wantErr(t, err, ErrForged)
}

// A container's checkout belongs to another user as a rule.
func TestForeignOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
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
		t.Skip(err)
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
