package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Note is what a notes ref says of a commit.
type Note struct {
	Commit  string
	Content []byte
	// Err is [ErrTooLarge] for a note of more bytes than were asked for; Content is
	// empty then.
	Err error
}

const (
	// What one notes ref may bring into memory by its folders. A million notes in
	// git's own layout are some 70 MB, of which a short range needs a part.
	maxNotesBytes = 256 << 20
	notesAtOnce   = 16
	// A note that is too large ends the git process, and starting one takes time.
	maxBadNotes = 16
)

// Notes reads what the notes ref, a full name such as refs/notes/x, says of the
// commits, in their order: each note of at most limit bytes, total bytes in all. A
// ref that does not exist has no notes.
//
// The ref is read in the hostile checkout, so its content is whatever somebody
// put there; a note is only as good as what it proves by itself. The tree behind
// the ref is read and hashed here. git spreads notes over folders of two digits,
// as deep as it likes, and may change its mind on the way: every place that can
// hold the note of a commit is looked at, and a commit that has one in several
// places has several. Entries of other names are not notes, and neither are links
// and submodules; git thinks likewise.
//
// Errors: [ErrTooLarge] for more than total bytes, [ErrTooMany] for a tree that
// takes too long, [ErrUnknownRevision] for a ref that leads to no commit,
// [ErrMissing], [ErrForged], [ErrMalformed].
func (r *Repo) Notes(ctx context.Context, ref string, commits []string, limit, total int64) ([]Note, error) {
	fail := func(err error) ([]Note, error) {
		return nil, fmt.Errorf("read notes of %s: %w", ref, err)
	}
	if !strings.HasPrefix(ref, "refs/notes/") {
		return fail(fmt.Errorf("%w: it is no notes ref", ErrUnknownRevision))
	}
	refs, err := r.refs(ctx, ref)
	if err != nil {
		return fail(err)
	}
	if len(refs) == 0 || len(commits) == 0 {
		return nil, nil
	}
	tip, err := r.peel(ctx, refs[0].id, ref)
	if err != nil {
		return fail(err)
	}
	places, err := r.findNotes(ctx, tip.Tree, commits)
	if err != nil {
		return fail(err)
	}
	var out []Note
	bad := 0
	for _, commit := range commits {
		for _, blob := range places[commit] {
			o, err := r.one(ctx, blob, "blob", limit)
			if errors.Is(err, ErrTooLarge) && bad < maxBadNotes {
				bad++
				out = append(out, Note{Commit: commit, Err: fmt.Errorf("read the note of %s in %s: %w", commit, ref, err)})
				continue
			}
			if err != nil {
				return fail(err)
			}
			if total -= int64(len(o.content)); total < 0 {
				return fail(fmt.Errorf("%w: the notes of these commits together", ErrTooLarge))
			}
			out = append(out, Note{Commit: commit, Content: o.content})
		}
	}
	return out, nil
}

// notesFolder is a folder of notes and the commits whose notes it may hold: all
// whose id begins with the digits on the way there, of which there are depth.
type notesFolder struct {
	tree    string
	depth   int
	commits []string // sorted
}

// findNotes finds the contents that are the notes of the commits. Level by level,
// each folder is opened once for all the commits it may be about, so that the work
// is bounded by the commits and the length of an id, whatever the tree looks like.
func (r *Repo) findNotes(ctx context.Context, tree string, commits []string) (map[string][]string, error) {
	found := map[string][]string{}
	most := r.treeBytes + maxNotesBytes
	next := []notesFolder{{tree: tree, commits: slices.Compact(slices.Sorted(slices.Values(commits)))}}
	for len(next) > 0 {
		level := next
		next = nil
		for chunk := range slices.Chunk(level, notesAtOnce) {
			ids := make([]string, len(chunk))
			for i, f := range chunk {
				ids[i] = f.tree
			}
			trees, err := r.trees(ctx, ids)
			if err != nil {
				return nil, err
			}
			if r.treeBytes > most {
				return nil, &TooManyError{What: "bytes of folders", Limit: maxNotesBytes}
			}
			for i, f := range chunk {
				next = append(next, f.look(trees[i], found)...)
			}
		}
	}
	return found, nil
}

// look notes what the folder holds of its commits, and returns the folders in it
// that may hold more.
func (f notesFolder) look(entries map[string]entry, found map[string][]string) []notesFolder {
	var deeper []notesFolder
	for _, c := range f.commits {
		rest := c[f.depth:]
		if e, ok := entries[rest]; ok && e.mode&typeMask == modeFile {
			found[c] = append(found[c], e.id)
		}
		if len(rest) <= 2 {
			continue
		}
		e, ok := entries[rest[:2]]
		if !ok || e.mode&typeMask != modeDir {
			continue
		}
		// The commits are sorted, so those of one folder follow each other.
		if n := len(deeper); n > 0 && deeper[n-1].commits[0][f.depth:f.depth+2] == rest[:2] {
			deeper[n-1].commits = append(deeper[n-1].commits, c)
			continue
		}
		deeper = append(deeper, notesFolder{tree: e.id, depth: f.depth + 2, commits: []string{c}})
	}
	return deeper
}
