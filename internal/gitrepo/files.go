package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ModeLink is the mode of a symbolic link.
const ModeLink = "120000"

// TreeFile is a file anywhere in a commit.
type TreeFile struct {
	Path string // from the root, raw bytes
	Mode string // octal, six digits; [ModeLink] for a symbolic link
	Blob string // full id
}

// Listing bounds what [Repo.Files] goes through.
type Listing struct {
	Folders int // of the commit, all of them
	Files   int // that are kept
}

// A tree may name the same subtree many times, and names may be long, so a few
// small objects can stand for more than could ever be listed.
const (
	maxEntries   = 5_000_000 // files and folders that are looked at
	maxListBytes = 64 << 20  // of the paths of all folders, and of the files that are kept
)

// Files lists the files and links of the commit for which keep says yes, sorted by
// path. Folders are read level by level; more than the listing may hold is
// [ErrTooMany]. Submodules are left out.
//
// Errors: [ErrTooMany], [ErrTooLarge], [ErrMissing], [ErrForged], [ErrMalformed].
func (r *Repo) Files(ctx context.Context, at Commit, most Listing, keep func(TreeFile) bool) ([]TreeFile, error) {
	l := listing{most: most, keep: keep, folders: 1}
	level := []folder{{"", at.Tree}}
	for len(level) > 0 {
		ids := make([]string, len(level))
		for i := range level {
			ids[i] = level[i].id
		}
		trees, err := r.trees(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", at.ID, err)
		}
		var next []folder
		for i, t := range trees {
			if next, err = l.list(level[i].path, t, next); err != nil {
				return nil, fmt.Errorf("list the files of %s: %w", at.ID, err)
			}
		}
		level = next
	}
	slices.SortFunc(l.out, func(a, b TreeFile) int { return strings.Compare(a.Path, b.Path) })
	return l.out, nil
}

type folder struct{ path, id string }

// listing is what was gone through so far.
type listing struct {
	most             Listing
	keep             func(TreeFile) bool
	out              []TreeFile
	folders, entries int
	bytes            int
}

// list keeps the files of one folder, and adds the folders in it to next.
func (l *listing) list(path string, t map[string]entry, next []folder) ([]folder, error) {
	if l.entries += len(t); l.entries > maxEntries {
		return nil, &TooManyError{What: "files and folders", Limit: maxEntries}
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		e := t[name]
		switch e.mode & typeMask {
		case modeDir:
			l.folders++
			l.bytes += len(path) + len(name)
			next = append(next, folder{path + name + "/", e.id})
		case modeFile, modeLink:
			f := TreeFile{Path: path + name, Mode: octal(e.mode), Blob: e.id}
			if l.keep(f) {
				l.bytes += len(f.Path)
				l.out = append(l.out, f)
			}
		}
		switch {
		case l.folders > l.most.Folders:
			return nil, &TooManyError{What: "folders", Limit: l.most.Folders}
		case len(l.out) > l.most.Files:
			return nil, &TooManyError{What: "files of this kind", Limit: l.most.Files}
		case l.bytes > maxListBytes:
			return nil, &TooManyError{What: "bytes of paths", Limit: maxListBytes}
		}
	}
	return next, nil
}

// octal writes a mode as git lists it. The usual ones take no memory: there are as
// many as files.
func octal(mode uint32) string {
	switch mode {
	case 0o100644:
		return "100644"
	case 0o100755:
		return "100755"
	case modeLink:
		return ModeLink
	}
	return fmt.Sprintf("%06o", mode)
}

// Blobs reads the contents of files that [Repo.Files] listed, in one go. The same
// blob is read once and shared. One of more than limit bytes is left out of the
// answer.
//
// Errors: [ErrTooLarge] when they are too much together, [ErrMissing], [ErrForged].
func (r *Repo) Blobs(ctx context.Context, files []TreeFile, limit int64) (map[string][]byte, error) {
	var ids []string
	seen := map[string]bool{}
	for _, f := range files {
		if !seen[f.Blob] {
			seen[f.Blob] = true
			ids = append(ids, f.Blob)
		}
	}
	out := make(map[string][]byte, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	small, err := r.upTo(ctx, ids, limit)
	if err == nil && len(small) > 0 {
		err = r.read(ctx, small, "blob", limit, func(o object) error {
			out[o.id] = o.content
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read %d files: %w", len(ids), err)
	}
	return out, nil
}

// upTo returns the objects of at most limit bytes, and those that git does not
// have: reading them says what is wrong. Only the sizes are asked for, since to
// read past a large object costs as much as to read it.
func (r *Repo) upTo(ctx context.Context, ids []string, limit int64) ([]string, error) {
	if r.objects != nil {
		return r.smaller(ctx, ids, limit)
	}
	cmd := r.command(ctx, r.private, r.objEnv, "cat-file", "--batch-check")
	out := &capture{limit: len(ids) * (idLen(r.format) + 64), strict: true}
	errOut := &capture{limit: maxStderr}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(ids, "\n")+"\n"), out, errOut
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read sizes: %w", context.Cause(ctx))
	case err != nil:
		return nil, &processError{command: "cat-file", stderr: errOut.buf.String(), err: err}
	}
	small := make([]string, 0, len(ids))
	for _, id := range ids {
		line, err := out.buf.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("read sizes: %w", err)
		}
		h, err := parseHeader(line, id, idLen(r.format))
		if errors.Is(err, ErrMissing) || err == nil && h.size <= limit {
			small = append(small, id)
		} else if err != nil {
			return nil, err
		}
	}
	return small, nil
}
