package gitwork

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// MaxNoteBytes bounds the note of one commit. A bundle has some 3 to 10 KiB.
const MaxNoteBytes = 1 << 20 // what check reads of one

const (
	casTries = 60                    // how often another run may come in between
	casPause = 25 * time.Millisecond // between two tries, at most; grows with the tries
)

// AddLines adds lines to the note of a commit under a notes ref such as
// refs/notes/claw-attestations, each unless it is there already, and reports how
// many were new. What is there stays as it is, to the byte, and nothing of anybody
// is lost, however many runs write at once.
func (r *Repo) AddLines(ctx context.Context, ref, commit string, lines []string) (int, error) {
	n := 0
	err := r.update(ctx, ref, func(s *scratch) error {
		var err error
		n, err = s.addLines(ctx, commit, lines)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add note to %s under %s: %w", commit, ref, err)
	}
	return n, nil
}

func (s *scratch) addLines(ctx context.Context, commit string, lines []string) (int, error) {
	text, err := s.note(ctx, working, commit)
	if err != nil {
		return 0, err
	}
	if len(text) > MaxNoteBytes {
		return 0, fmt.Errorf("read note of %s: %w: more than %d bytes; remove the note with git notes --ref=claw-attestations remove %s, and attest again", commit, ErrTooLarge, MaxNoteBytes, commit)
	}
	n := 0
	for _, l := range lines {
		if !holds(text, l) {
			text, n = ended(text)+l+"\n", n+1
		}
	}
	if n == 0 {
		return 0, nil
	}
	if len(text) > MaxNoteBytes {
		return 0, fmt.Errorf("%w: the note would have %d bytes, at most %d are kept", ErrTooLarge, len(text), MaxNoteBytes)
	}
	return n, s.setNote(ctx, commit, text)
}

// Note is the text of the commit's note, empty when it has none.
func (r *Repo) Note(ctx context.Context, ref, commit string) (string, error) {
	old, err := r.ref(ctx, ref)
	if err != nil || old == "" {
		return "", err
	}
	s, err := r.scratch(ctx, old)
	if err != nil {
		return "", err
	}
	defer s.close()
	return s.note(ctx, working, commit)
}

// update lets change make a new state of a ref, and moves the ref there if it is
// still where change found it; otherwise change begins again.
func (r *Repo) update(ctx context.Context, ref string, change func(*scratch) error) error {
	if err := r.checkRef(ref); err != nil {
		return err
	}
	for try := range r.tries {
		old, err := r.ref(ctx, ref)
		if err != nil {
			return err
		}
		done, err := r.once(ctx, ref, old, change)
		if err != nil || done {
			return err
		}
		if err := pause(ctx, casPause*time.Duration(1+min(try, 20))); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: after %d tries; if nothing else runs, remove %s", ErrBusy, r.tries, foreign(filepath.Join(r.common, filepath.FromSlash(ref)+".lock")))
}

func (r *Repo) once(ctx context.Context, ref, old string, change func(*scratch) error) (bool, error) {
	s, err := r.scratch(ctx, old)
	if err != nil {
		return false, err
	}
	defer s.close()
	if err := change(s); err != nil {
		return false, err
	}
	now, err := s.tip(ctx)
	if err != nil || now == old || now == "" {
		return true, err
	}
	expect := old
	if expect == "" {
		expect = strings.Repeat("0", len(now)) // the ref must not be there
	}
	_, err = r.run(ctx, localTimeout, append(userEnv(), identity()...), nil,
		append(slices.Clone(off), "update-ref", "-m", "claw-verified attest", "--no-deref", ref, now, expect))
	if err == nil {
		return true, nil
	}
	// Somebody was quicker, or holds the lock at this moment.
	if said(err, "but expected", "reference already exists", "unable to resolve reference", "File exists") {
		return false, nil
	}
	return false, err
}

func pause(ctx context.Context, most time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Duration(rand.Int64N(int64(most)) + 1)): //nolint:gosec // to keep out of each other's way
		return nil
	}
}

// checkRef keeps options and other people's refs out of command lines.
func (r *Repo) checkRef(ref string) error {
	rest, ok := strings.CutPrefix(ref, "refs/notes/")
	bad := func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`~^:?*[\`, c) }
	if !ok || rest == "" || strings.ContainsFunc(rest, bad) || strings.Contains(ref, "..") || strings.Contains(ref, "//") || strings.HasSuffix(ref, "/") ||
		strings.HasSuffix(ref, ".lock") || strings.HasSuffix(ref, ".") {
		return fmt.Errorf("%w: %s is no notes ref, which begins with refs/notes/", ErrName, foreign(ref))
	}
	return nil
}

// ref is the id that a ref points at; empty when there is no such ref.
func (r *Repo) ref(ctx context.Context, ref string) (string, error) {
	out, err := r.local(ctx, nil, "for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", ref)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		kind, name, _ := strings.Cut(rest, " ")
		if name != ref || !r.isID(id) {
			continue
		}
		if kind != "commit" && strings.HasPrefix(ref, "refs/notes/") {
			return "", fmt.Errorf("%w: %s is a %s here; take it away: git update-ref -d %s", ErrNoNotes, ref, kind, ref)
		}
		return id, nil
	}
	return "", nil
}

// kind is the type of an object.
func (r *Repo) kind(ctx context.Context, id string) (string, error) {
	out, err := r.local(ctx, nil, "cat-file", "-t", id)
	if err != nil {
		return "", fmt.Errorf("read type of %s: %w", id, err)
	}
	return strings.TrimSpace(out), nil
}

func (r *Repo) isID(s string) bool {
	n := 40
	if r.format == "sha256" {
		n = 64
	}
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// scratch is an empty git directory that borrows the object store. Notes are
// made under working in it.
type scratch struct {
	r   *Repo
	dir string
	env []string
}

const working = "refs/notes/working"

func (r *Repo) scratch(ctx context.Context, tip string) (*scratch, error) {
	dir, err := os.MkdirTemp("", "claw-verified-notes-")
	if err != nil {
		return nil, fmt.Errorf("make scratch directory: %w", err)
	}
	s := &scratch{r: r, dir: dir}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=" + os.DevNull, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0",
		"GIT_DIR=" + dir, "GIT_OBJECT_DIRECTORY=" + r.objects,
	}, identity()...)
	for _, name := range []string{"SYSTEMROOT", "TMPDIR"} {
		if v := os.Getenv(name); v != "" {
			s.env = append(s.env, name+"="+v)
		}
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
	if r.format == "sha256" {
		config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
	}
	err = errors.Join(
		os.Mkdir(filepath.Join(dir, "objects"), 0o700), os.Mkdir(filepath.Join(dir, "refs"), 0o700),
		os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/none\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600))
	if err == nil && tip != "" {
		_, err = s.run(ctx, nil, "update-ref", working, tip)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("make scratch directory: %w", err)
	}
	return s, nil
}

// identity is who writes notes. It says nothing of who made the commit: what
// counts is in the note, signed.
func identity() []string {
	const name, email = "claw-verified", "claw-verified@users.noreply.github.com"
	return []string{
		"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + email, "GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + email,
	}
}

func (s *scratch) close() { _ = os.RemoveAll(s.dir) }

func (s *scratch) run(ctx context.Context, stdin []byte, args ...string) (string, error) {
	return s.r.run(ctx, localTimeout, s.env, stdin, args)
}

func (s *scratch) tip(ctx context.Context) (string, error) {
	out, err := s.run(ctx, nil, "for-each-ref", "--format=%(objectname)", working)
	return strings.TrimSpace(out), err
}

// note reads a commit's note under a ref of the scratch directory.
func (s *scratch) note(ctx context.Context, ref, commit string) (string, error) {
	out, err := s.run(ctx, nil, "notes", "--ref", ref, "list", commit)
	if said(err, "no note found") {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	blob := strings.TrimSpace(out)
	if !s.r.isID(blob) {
		return "", fmt.Errorf("git notes answered %s", foreign(out))
	}
	text, err := s.run(ctx, nil, "cat-file", "blob", blob)
	if err != nil {
		return "", fmt.Errorf("read note of %s: %w", commit, err)
	}
	return text, nil
}

func (s *scratch) setNote(ctx context.Context, commit, text string) error {
	out, err := s.run(ctx, []byte(text), "hash-object", "-w", "--stdin")
	if err != nil {
		return err
	}
	_, err = s.run(ctx, nil, "notes", "--ref", working, "add", "-f", "-C", strings.TrimSpace(out), commit)
	return err
}
