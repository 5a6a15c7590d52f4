package gitrepo

import (
	"context"
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

// Files lists the files and links of the commit for which keep says yes, sorted by
// path. Folders are read level by level; more than limit files or folders is
// [ErrTooMany]. Submodules are left out.
//
// Errors: [ErrTooMany], [ErrMissing], [ErrForged], [ErrMalformed].
func (r *Repo) Files(ctx context.Context, at Commit, limit int, keep func(path string, link bool) bool) ([]TreeFile, error) {
	type folder struct{ path, id string }
	var out []TreeFile
	level, folders := []folder{{"", at.Tree}}, 1
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
			for _, name := range slices.Sorted(maps.Keys(t)) {
				e, path := t[name], level[i].path+name
				switch e.mode & typeMask {
				case modeDir:
					next = append(next, folder{path + "/", e.id})
				case modeFile, modeLink:
					if keep(path, e.mode&typeMask == modeLink) {
						out = append(out, TreeFile{Path: path, Mode: fmt.Sprintf("%06o", e.mode), Blob: e.id})
					}
				}
			}
		}
		if folders += len(next); folders > limit || len(out) > limit {
			return nil, fmt.Errorf("list the files of %s: %w", at.ID, &TooManyError{What: "files and folders", Limit: limit})
		}
		level = next
	}
	slices.SortFunc(out, func(a, b TreeFile) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Blobs reads the contents of files that [Repo.Files] listed, in one go, each of at
// most limit bytes. The same blob is read once and shared.
//
// Errors: [ErrTooLarge], [ErrMissing], [ErrForged].
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
	err := r.read(ctx, ids, "blob", limit, func(o object) error {
		out[o.id] = o.content
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %d files: %w", len(ids), err)
	}
	return out, nil
}
