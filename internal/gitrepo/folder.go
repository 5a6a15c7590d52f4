package gitrepo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FolderFile is a regular file that lies directly in a folder of a commit.
type FolderFile struct {
	Name string // of the file in its folder; raw bytes
	Mode string // octal, six digits
	id   string
}

// Folder lists the regular files directly in a folder of the commit, sorted by
// name. Links, submodules and folders in it are left out: what they lead to does
// not lie there.
//
// Errors: [ErrNoFile]; [ErrNotFile] when the path, or a part of it, is a link or a
// submodule; [ErrMissing]; [ErrForged]; [ErrMalformed].
func (r *Repo) Folder(ctx context.Context, at Commit, path string) ([]FolderFile, error) {
	fail := func(err error) ([]FolderFile, error) {
		return nil, fmt.Errorf("read folder %s at %s: %w", foreign(path), at.ID, err)
	}
	id := at.Tree
	for part := range strings.SplitSeq(path, "/") {
		ts, err := r.trees(ctx, []string{id})
		if err != nil {
			return fail(err)
		}
		e, ok := ts[0][part]
		switch kind := e.mode & typeMask; {
		case !ok || kind == modeFile:
			return fail(ErrNoFile)
		case kind != modeDir:
			return fail(fmt.Errorf("%w: %s in it is a %s", ErrNotFile, foreign(part), kindWord(kind)))
		}
		id = e.id
	}
	ts, err := r.trees(ctx, []string{id})
	if err != nil {
		return fail(err)
	}
	var out []FolderFile
	for _, name := range slices.Sorted(maps.Keys(ts[0])) {
		if e := ts[0][name]; e.mode&typeMask == modeFile {
			out = append(out, FolderFile{Name: name, Mode: fmt.Sprintf("%06o", e.mode), id: e.id})
		}
	}
	return out, nil
}

// Content reads a file that [Repo.Folder] listed, of at most limit bytes.
//
// Errors: [ErrTooLarge], [ErrMissing], [ErrForged].
func (r *Repo) Content(ctx context.Context, f FolderFile, limit int64) ([]byte, error) {
	o, err := r.one(ctx, f.id, "blob", limit)
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", foreign(f.Name), err)
	}
	return o.content, nil
}
