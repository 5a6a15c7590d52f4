package attest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// maxTreeFile bounds a file of attestations in the work tree.
const maxTreeFile = gitwork.MaxNoteBytes

// tree is a folder of the work tree. The files there are the change's, and a link
// among them could lead anywhere, into .git too: none is followed.
type tree struct {
	root   *os.Root
	folder string
}

func openTree(top, folder string) (carrier, error) {
	if top == "" {
		return nil, misuse("Use --to notes.", "A bare repository has no work tree")
	}
	folder = filepath.ToSlash(folder)
	git := func(part string) bool { return strings.EqualFold(part, ".git") }
	if !filepath.IsLocal(folder) || path.Clean(folder) == "." || slices.ContainsFunc(strings.Split(path.Clean(folder), "/"), git) {
		return nil, misuse("Name a folder inside the repository, as provenance.directory of the policy has it: --to tree=.claw/attestations.", "The folder %s is not inside the work tree", show(folder))
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, failure(err, "Check the repository.", "Could not open the work tree: %s", plain(err))
	}
	t := &tree{root: root, folder: path.Clean(folder)}
	dir, err := t.open(false)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	if dir != nil {
		_ = dir.Close() // it was only looked at
	}
	return t, nil
}

// open opens the folder, part by part; nil when it is not there and is not to be made.
func (t *tree) open(create bool) (*os.Root, error) {
	dir, err := t.root.OpenRoot(".")
	if err != nil {
		return nil, t.fail(t.folder, err)
	}
	done := ""
	for part := range strings.SplitSeq(t.folder, "/") {
		done = path.Join(done, part)
		next, err := enter(dir, part, create)
		_ = dir.Close() // only names were looked up in it
		if err != nil && !create && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, t.fail(done, err)
		}
		dir = next
	}
	return dir, nil
}

// enter opens a folder and no link to one.
func enter(dir *os.Root, part string, create bool) (*os.Root, error) {
	if create {
		if err := dir.Mkdir(part, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	st, err := dir.Lstat(part)
	if err != nil {
		return nil, err
	}
	if st.Mode()&fs.ModeSymlink != 0 {
		return nil, errors.New("it is a symbolic link, which is not followed")
	}
	if !st.IsDir() {
		return nil, errors.New("it is not a folder")
	}
	next, err := dir.OpenRoot(part)
	if err != nil {
		return nil, err
	}
	if now, err := next.Stat("."); err != nil || !os.SameFile(st, now) {
		return nil, errors.Join(errors.New("it was exchanged while it was opened"), next.Close())
	}
	return next, nil
}

func (t *tree) String() string            { return t.folder }
func (t *tree) close() error              { return t.root.Close() }
func (t *tree) name(commit string) string { return commit + ".jsonl" }

func (t *tree) fail(name string, err error) error {
	return failure(err, "Remove what is in the way there: a link, a folder, or the lock of a run that was broken off.", "Could not write %s in the work tree: %s", show(name), plain(err))
}

func (t *tree) have(_ context.Context, commit string) ([]string, error) {
	dir, err := t.open(false)
	if dir == nil || err != nil {
		return nil, err
	}
	defer dir.Close() //nolint:errcheck // read only
	text, err := t.read(dir, t.name(commit))
	return bundles(text), err
}

// read is the text of a file, empty when there is none.
func (t *tree) read(dir *os.Root, name string) (string, error) {
	st, err := dir.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err == nil && st.Size() > maxTreeFile {
		err = fmt.Errorf("it is larger than %d bytes", maxTreeFile)
	}
	if err != nil {
		return "", t.fail(t.folder+"/"+name, err)
	}
	text, err := dir.ReadFile(name)
	if err != nil {
		return "", t.fail(t.folder+"/"+name, err)
	}
	return string(text), nil
}

// lockTries times lockPause is how long another run may hold a file.
const (
	lockTries = 50
	lockPause = 100 * time.Millisecond
)

func (t *tree) put(ctx context.Context, commit, bundle string) (bool, error) {
	name := t.name(commit)
	dir, err := t.open(true)
	if err != nil {
		return false, err
	}
	defer dir.Close() //nolint:errcheck // the file in it is closed and looked at
	// As git does: the new file is the lock, and is moved into place, so that nobody
	// reads half of it and no two write at once.
	lock := name + ".lock"
	f, err := dir.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	for try := 0; errors.Is(err, fs.ErrExist) && try < lockTries; try++ {
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(lockPause):
		}
		f, err = dir.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err != nil {
		return false, t.fail(t.folder+"/"+lock, err)
	}
	text, err := t.read(dir, name)
	if err != nil || slices.Contains(bundles(text), bundle) {
		return false, errors.Join(err, f.Close(), dir.Remove(lock))
	}
	_, err = f.WriteString(withLine(text, bundle))
	if err = errors.Join(err, f.Close()); err == nil {
		err = dir.Rename(lock, name)
	}
	if err != nil {
		return false, t.fail(t.folder+"/"+name, errors.Join(err, dir.Remove(lock)))
	}
	return true, nil
}
