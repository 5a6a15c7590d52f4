// Package gitwork changes a repository in the name of whoever works in it: it adds
// git notes, pushes them, keeps settings, and finds where hooks go. No other package
// writes objects, refs or settings. (Package attest writes hooks, where this one
// says, and files of the work tree; rotating a key writes the policy file.) [gitrepo]
// reads and judges a repository, and trusts nothing in it.
//
// Notes are made in an empty git directory of our own that borrows the object
// store, so no setting, no hook and no replacement ref of the repository has a say
// in what is written. The ref is then moved by one compare-and-swap: a run that
// comes in between makes ours begin again from what it wrote, and nothing is lost.
// Notes that others made meanwhile are merged with ours by JSON documents and not by
// lines: a document may have many. A merge takes nothing out, whoever took it out
// elsewhere.
//
// Settings, remotes, fetching and pushing are the user's own and run with the
// user's git configuration, because credentials, proxies and ssh commands live
// there. So does whatever else a configuration can name: run this in a checkout
// whose .git directory a stranger could write, and the stranger's programs run. A
// folder that looks like a git directory among the files of a checkout is no such
// place: [Open] refuses it.
// Hooks, file-system monitors and background maintenance are switched off all the
// same, and git never asks for a password.
//
// [gitrepo]: https://pkg.go.dev/github.com/claw-verified/claw-verified/internal/gitrepo
package gitwork

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// What can be wrong. Errors of this package wrap one of these, or are an I/O
// error or the context's.
var (
	ErrNoGit         = errors.New("the git program was not found")
	ErrNotRepository = errors.New("not a git repository")
	ErrBusy          = errors.New("the notes are being written by others all the time")
	ErrRemote        = errors.New("the remote failed")
	ErrNoNotes       = errors.New("this is no ref of notes")
	ErrName          = errors.New("bad name")
	ErrTooLarge      = errors.New("too large")
)

// Repo is the repository that somebody works in. Its methods may be called by one
// goroutine at a time; several processes may use the same repository at once.
type Repo struct {
	git     string
	dir     string
	top     string // of the work tree; empty in a bare repository
	gitDir  string // of this work tree
	common  string // shared by all work trees
	objects string
	hooks   string
	format  string
	tries   int // at moving a ref
}

const (
	localTimeout  = 60 * time.Second
	remoteTimeout = 3 * time.Minute
	maxOutput     = 16 << 20
	maxErrors     = 4 << 10
)

// Open finds the repository that dir belongs to: a folder of a work tree, or a git
// directory that is named by its own path. One that git finds among the files of a
// repository is refused.
//
// Errors: [ErrNoGit], [ErrNotRepository], [ErrUntrusted], or what the system says.
func Open(ctx context.Context, dir string) (*Repo, error) {
	r := &Repo{}
	var err error
	if r.git, err = exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	if r.git, err = filepath.Abs(r.git); err != nil {
		return nil, err
	}
	if r.dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if st, err := os.Stat(r.dir); err != nil || !st.IsDir() {
		return nil, fmt.Errorf("%w: there is no directory %s", ErrNotRepository, foreign(dir))
	}
	out, err := r.local(ctx, nil, "rev-parse", "--path-format=absolute", "--git-common-dir", "--git-path", "objects", "--show-object-format", "--absolute-git-dir")
	if said(err, "not a git repository") {
		return nil, fmt.Errorf("%w: %s", ErrNotRepository, foreign(dir))
	}
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", foreign(dir), err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 4 {
		return nil, fmt.Errorf("open repository %s: git answered %s", foreign(dir), foreign(out))
	}
	r.common, r.objects, r.format, r.gitDir, r.tries = lines[0], lines[1], lines[2], lines[3], casTries
	// Before anything is asked that its configuration has a say in.
	if err := trusted(dir, r.gitDir); err != nil {
		return nil, fmt.Errorf("open repository %s: %w", foreign(dir), err)
	}
	r.hooks = r.hooksDir(ctx)
	if top, err := r.local(ctx, nil, "rev-parse", "--path-format=absolute", "--show-toplevel"); err == nil {
		r.top = strings.TrimSuffix(top, "\n")
	}
	return r, nil
}

// Top is the root of the work tree; empty in a bare repository.
func (r *Repo) Top() string { return r.top }

// Hooks is the directory that git looks for hooks in, for this repository.
func (r *Repo) Hooks() string { return r.hooks }

// hooksDir is core.hooksPath, which may be relative to the work tree and begin with
// a ~, or else the folder hooks of the git directory that all work trees share. local
// switches hooks off with that very setting, so it cannot be asked.
func (r *Repo) hooksDir(ctx context.Context) string {
	out, err := r.plain(ctx, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
	if err != nil {
		return filepath.Join(r.common, "hooks")
	}
	return strings.TrimSuffix(out, "\n")
}

// location are the variables with which git tells a hook which repository it runs
// in. They would send a command that means another directory to that repository,
// or have it write to a half-made index.
var location = map[string]bool{
	"GIT_DIR": true, "GIT_WORK_TREE": true, "GIT_INDEX_FILE": true, "GIT_OBJECT_DIRECTORY": true, "GIT_COMMON_DIR": true,
	"GIT_ALTERNATE_OBJECT_DIRECTORIES": true, "GIT_NAMESPACE": true, "GIT_PREFIX": true, "GIT_QUARANTINE_PATH": true,
	"GIT_GRAFT_FILE": true, "GIT_SHALLOW_FILE": true, "GIT_REPLACE_REF_BASE": true, "GIT_NOTES_REF": true,
	"GIT_INTERNAL_SUPER_PREFIX": true, "GIT_IMPLICIT_WORK_TREE": true, "GIT_EDITOR": true, "GIT_PAGER": true,
}

func userEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !location[name] {
			env = append(env, kv)
		}
	}
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1")
}

// off is what no command of ours needs and a configuration could use.
var off = []string{
	"--no-pager", "--literal-pathspecs",
	"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
	"-c", "protocol.ext.allow=never", "-c", "commit.gpgSign=false", "-c", "push.gpgSign=false", "-c", "submodule.recurse=false",
}

// local runs git in the repository; nothing it does takes long.
func (r *Repo) local(ctx context.Context, stdin []byte, args ...string) (string, error) {
	return r.run(ctx, localTimeout, userEnv(), stdin, append(append([]string{}, off...), args...))
}

// plain is local with the user's hooks where they are.
func (r *Repo) plain(ctx context.Context, args ...string) (string, error) {
	return r.run(ctx, localTimeout, userEnv(), nil, append([]string{"--no-pager"}, args...))
}

func (r *Repo) remote(ctx context.Context, args ...string) (string, error) {
	return r.run(ctx, remoteTimeout, userEnv(), nil, append(append([]string{}, off...), args...))
}

func (r *Repo) run(ctx context.Context, limit time.Duration, env []string, stdin []byte, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.git, args...) //nolint:gosec // absolute path; arguments are ours, refs and ids that were checked
	cmd.Dir, cmd.Env, cmd.Stdin = r.dir, env, bytes.NewReader(stdin)
	out, errs := &capture{limit: maxOutput}, &capture{limit: maxErrors}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	verb := verb(args)
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("run git %s: %w", verb, context.Cause(ctx))
	case out.over:
		return "", fmt.Errorf("run git %s: output %w: more than %d bytes", verb, ErrTooLarge, maxOutput)
	case err != nil:
		return "", &gitError{verb: verb, stderr: errs.buf.String(), secrets: secrets(args), err: err}
	}
	return out.buf.String(), nil
}

// verb is the first argument that is no option of git itself.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

type gitError struct {
	verb    string
	stderr  string // foreign text, bounded; not to be shown as it is
	secrets []string
	err     error
}

func (e *gitError) Error() string {
	if msg := withoutSecrets(e.stderr, e.secrets); msg != "" {
		return fmt.Sprintf("run git %s: it said %s", e.verb, foreign(msg))
	}
	return fmt.Sprintf("run git %s: %v", e.verb, e.err)
}

func (e *gitError) Unwrap() error { return e.err }

func said(err error, words ...string) bool {
	var g *gitError
	if !errors.As(err, &g) {
		return false
	}
	for _, w := range words {
		if strings.Contains(g.stderr, w) {
			return true
		}
	}
	return false
}

// capture keeps the first limit bytes and drops the rest, so that git does not
// wait for somebody to read it.
type capture struct {
	buf   bytes.Buffer
	limit int
	over  bool
}

func (c *capture) Write(p []byte) (int, error) {
	room := max(c.limit-c.buf.Len(), 0)
	c.over = c.over || len(p) > room
	c.buf.Write(p[:min(room, len(p))])
	return len(p), nil
}

// foreign quotes text that somebody else wrote, bounded, and not cut inside a
// character.
func foreign(s string) string {
	const most = 300
	if len(s) > most {
		n := most
		for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return fmt.Sprintf("%q", s)
}
