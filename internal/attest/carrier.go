package attest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// Where attestations are kept.
const (
	NotesRef = "refs/notes/claw-attestations"
	// TreeFolder holds one file for each commit. A file cannot be in the commit it is
	// about; it goes into a later one.
	TreeFolder = ".claw/attestations"
)

// maxTreeFile bounds a file of attestations in the work tree.
const maxTreeFile = gitwork.MaxNoteBytes

// carrier keeps bundles, one for each line, and adds none twice.
type carrier interface {
	// put keeps a commit's bundle and says whether it is new.
	put(ctx context.Context, commit, bundle string) (bool, error)
	// have are the bundles that are kept for a commit already.
	have(ctx context.Context, commit string) ([]string, error)
	// done is called after the last one.
	done() error
	String() string
}

// openCarrier understands --to.
func openCarrier(to string, work *gitwork.Repo, out io.Writer) (carrier, error) {
	switch {
	case to == "" || to == "notes":
		return notes{work}, nil
	case to == "-":
		return &stream{out: out}, nil
	case to == "tree" || strings.HasPrefix(to, "tree="):
		folder := TreeFolder
		if rest, ok := strings.CutPrefix(to, "tree="); ok {
			folder = rest
		}
		return openTree(work.Top(), folder)
	case strings.ContainsRune(to, '/') || strings.ContainsRune(to, '.') || strings.ContainsRune(to, os.PathSeparator):
		return &file{path: to}, nil
	}
	return nil, misuse("Known are notes, tree, tree=FOLDER, - for standard output, and a file, written with a dot or a slash in its name: ./"+to, "--to %s is not known", show(to))
}

type notes struct{ work *gitwork.Repo }

func (n notes) String() string { return NotesRef }
func (n notes) done() error    { return nil }

func (n notes) have(ctx context.Context, commit string) ([]string, error) {
	return n.work.Lines(ctx, NotesRef, commit)
}

func (n notes) put(ctx context.Context, commit, bundle string) (bool, error) {
	added, err := n.work.AddLines(ctx, NotesRef, commit, []string{bundle}, nil)
	return added > 0, err
}

// tree is a folder of the work tree. The files there are the change's, so a link
// among them could lead anywhere: nothing is read or written outside of the top.
type tree struct {
	root   *os.Root
	folder string
}

func openTree(top, folder string) (carrier, error) {
	if top == "" {
		return nil, misuse("Use --to notes.", "A bare repository has no work tree")
	}
	folder = filepath.ToSlash(folder)
	if !filepath.IsLocal(folder) || path.Clean(folder) == "." || strings.HasPrefix(path.Clean(folder)+"/", ".git/") {
		return nil, misuse("Name a folder inside the repository, as provenance.directory of the policy has it: --to tree=.claw/attestations.", "The folder %s is not inside the work tree", show(folder))
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, failure(err, "Check the repository.", "Could not open the work tree: %s", plain(err))
	}
	return &tree{root: root, folder: path.Clean(folder)}, nil
}

func (t *tree) String() string            { return t.folder }
func (t *tree) done() error               { return t.root.Close() }
func (t *tree) name(commit string) string { return t.folder + "/" + commit + ".jsonl" }

func (t *tree) fail(name string, err error) error {
	return failure(err, "Remove what is in the way there: a link, a folder, or the lock of a run that was broken off.", "Could not write %s in the work tree: %s", show(name), plain(err))
}

func (t *tree) have(_ context.Context, commit string) ([]string, error) {
	name := t.name(commit)
	st, err := t.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err == nil && st.Size() > maxTreeFile {
		err = fmt.Errorf("it is larger than %d bytes", maxTreeFile)
	}
	if err != nil {
		return nil, t.fail(name, err)
	}
	text, err := t.root.ReadFile(name)
	if err != nil {
		return nil, t.fail(name, err)
	}
	return lines(string(text)), nil
}

// lockTries times lockPause is how long another run may hold a file.
const (
	lockTries = 50
	lockPause = 100 * time.Millisecond
)

func (t *tree) put(ctx context.Context, commit, bundle string) (bool, error) {
	name := t.name(commit)
	if err := t.root.MkdirAll(t.folder, 0o755); err != nil {
		return false, t.fail(t.folder, err)
	}
	// As git does: the new file is the lock, and is moved into place, so that nobody
	// reads half of it and no two write at once.
	lock := name + ".lock"
	f, err := t.root.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	for try := 0; errors.Is(err, fs.ErrExist) && try < lockTries; try++ {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(lockPause):
		}
		f, err = t.root.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err != nil {
		return false, t.fail(lock, err)
	}
	have, err := t.have(ctx, commit)
	if err != nil || slices.Contains(have, bundle) {
		return false, errors.Join(err, f.Close(), t.root.Remove(lock))
	}
	_, err = f.WriteString(strings.Join(append(have, bundle), "\n") + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = t.root.Rename(lock, name)
	}
	if err != nil {
		return false, t.fail(name, errors.Join(err, t.root.Remove(lock)))
	}
	return true, nil
}

func lines(text string) []string {
	var out []string
	for l := range strings.Lines(text) {
		if l = strings.TrimRight(l, "\r\n"); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// stream writes to standard output as bundles come.
type stream struct{ out io.Writer }

func (s *stream) String() string                                 { return "standard output" }
func (s *stream) done() error                                    { return nil }
func (s *stream) have(context.Context, string) ([]string, error) { return nil, nil }

func (s *stream) put(_ context.Context, _, bundle string) (bool, error) {
	_, err := fmt.Fprintln(s.out, bundle)
	return err == nil, err
}

// file is written anew when all commits are done.
type file struct {
	path string
	text strings.Builder
}

func (f *file) String() string                                 { return f.path }
func (f *file) have(context.Context, string) ([]string, error) { return nil, nil }

func (f *file) put(_ context.Context, _, bundle string) (bool, error) {
	f.text.WriteString(bundle + "\n")
	return true, nil
}

func (f *file) done() error {
	if f.text.Len() == 0 {
		return nil
	}
	if err := os.WriteFile(f.path, []byte(f.text.String()), 0o644); err != nil { //nolint:gosec // whoever runs the command names it; attestations are public
		return failure(err, "Choose another place.", "Could not write %s: %s", show(f.path), plain(err))
	}
	return nil
}
