package gitrepo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one path that differs between two trees. There are no renames: a
// moved file is a deletion and an addition, and both names count.
type Change struct {
	Path   string // raw bytes
	Status string // "added", "modified", "deleted", "type_changed"
	Mode   string // at the new side, octal, six digits; "000000" when deleted
	// OldMode is the mode at the old side, "000000" when added. A folder that stands
	// where a file is now, or was, is no mode of that file.
	OldMode string
}

// Bounds of a comparison beside the number of files. A tree may name the same
// subtree many times, level upon level, so that a few small objects stand for
// more folders than could ever be walked.
const (
	maxPathBytes = 4096
	maxDepth     = 256
	treesPerFile = 16
	someTrees    = 4096
)

// Changed lists the paths that differ between any of the bases and the head,
// sorted by their bytes, at most limit of them. With several merge bases a path
// that changed against one of them counts; its status is the one against the
// first.
//
// It compares trees by itself and hashes each one it opens: `git diff-tree` would
// list what forged tree objects say. Subtrees with the same id are not opened.
//
// Errors: [ErrNoMergeBase] without bases, [ErrTooMany], [ErrMissing],
// [ErrForged], [ErrMalformed].
func (r *Repo) Changed(ctx context.Context, bases []Commit, head Commit, limit int) ([]Change, error) {
	if len(bases) == 0 {
		return nil, ErrNoMergeBase
	}
	d := differ{repo: r, limit: limit, trees: treesPerFile*limit + someTrees, found: map[string]Change{}}
	for _, b := range bases {
		if err := d.compare(ctx, b.Tree, head.Tree); err != nil {
			return nil, fmt.Errorf("compare %s with %s: %w", b.ID, head.ID, err)
		}
	}
	out := slices.Collect(maps.Values(d.found))
	sortChanges(out)
	return out, nil
}

func sortChanges(cs []Change) {
	slices.SortFunc(cs, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}

type differ struct {
	repo  *Repo
	limit int // files
	trees int // how many may still be opened
	found map[string]Change
	next  []pair

	ids  map[string][2]string // of the contents before and after, by path; nil when nobody asks
	most int64                // of Repo.treeBytes; 0 for no bound
}

// pair is a folder on both sides; an empty id is a folder that is not there.
type pair struct {
	path     string // with a final slash; empty for the root
	old, new string
	depth    int
}

// Folders of one level are fetched together, some at a time.
const treesAtOnce = 128

// compare walks level by level: one exchange with git for many folders.
func (d *differ) compare(ctx context.Context, oldTree, newTree string) error {
	if oldTree == newTree {
		return nil
	}
	d.next = []pair{{old: oldTree, new: newTree}}
	for len(d.next) > 0 {
		level := d.next
		d.next = nil
		for chunk := range slices.Chunk(level, treesAtOnce) {
			if err := d.folders(ctx, chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *differ) folders(ctx context.Context, pairs []pair) error {
	var ids []string
	for _, p := range pairs {
		for _, id := range []string{p.old, p.new} {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	if d.trees -= len(ids); d.trees < 0 {
		return &TooManyError{What: "changed folders", Limit: treesPerFile*d.limit + someTrees}
	}
	ts, err := d.repo.trees(ctx, ids)
	if err != nil {
		return err
	}
	if d.most > 0 && d.repo.treeBytes > d.most {
		return errDiffBytes
	}
	for _, p := range pairs {
		var before, after map[string]entry
		if p.old != "" {
			before, ts = ts[0], ts[1:]
		}
		if p.new != "" {
			after, ts = ts[0], ts[1:]
		}
		if err := d.folder(p, before, after); err != nil {
			return err
		}
	}
	return nil
}

func (d *differ) folder(p pair, before, after map[string]entry) error {
	for name, b := range before {
		if a := after[name]; a != b {
			if err := d.entry(p, name, b, a); err != nil {
				return err
			}
		}
	}
	for name, a := range after {
		if _, both := before[name]; !both {
			if err := d.entry(p, name, entry{}, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// entry compares one name; the zero entry is one that is not there. A folder that
// became a file, or the other way round, is both: the files in it and the file.
func (d *differ) entry(p pair, name string, before, after entry) error {
	path := p.path + name
	if len(path) > maxPathBytes {
		return fmt.Errorf("path %s: %w: longer than %d bytes", foreign(path), ErrTooLarge, maxPathBytes)
	}
	sub := pair{path: path + "/", depth: p.depth + 1}
	if before.mode&typeMask == modeDir {
		sub.old, before = before.id, entry{}
	}
	if after.mode&typeMask == modeDir {
		sub.new, after = after.id, entry{}
	}
	if sub.old != sub.new {
		if sub.depth > maxDepth {
			return &TooManyError{What: "folders inside each other", Limit: maxDepth}
		}
		d.next = append(d.next, sub)
	}
	if before == after {
		return nil
	}
	c := Change{Path: path, Status: "modified", Mode: fmt.Sprintf("%06o", after.mode), OldMode: fmt.Sprintf("%06o", before.mode)}
	switch {
	case before.mode == 0:
		c.Status = "added"
	case after.mode == 0:
		c.Status = "deleted"
	case before.mode&typeMask != after.mode&typeMask:
		c.Status = "type_changed"
	}
	if _, known := d.found[path]; known {
		return nil
	}
	if len(d.found) == d.limit {
		return &TooManyError{What: "changed files", Limit: d.limit}
	}
	d.found[path] = c
	if d.ids != nil {
		d.ids[path] = [2]string{before.id, after.id}
	}
	return nil
}
