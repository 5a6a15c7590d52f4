package gitrepo

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Diff is what changes from one commit to another.
type Diff struct {
	Changes []Change // sorted by path
	// Digest is "sha256:<hex>" of the bytes that
	//
	//	git diff-tree -r --full-index --no-renames FROM TO
	//
	// prints for two trees that git wrote, with git's settings left as they are.
	// Nothing is taken from any configuration: a submodule that .gitmodules tells
	// git to ignore is in it.
	Digest string
}

const (
	// MaxDiffFiles bounds a comparison whose caller names no bound.
	MaxDiffFiles = 100_000
	// A range is compared commit by commit. That many bytes of folders are read for
	// all of it, some ten to thirty seconds' work: in a repository of 100,000 files,
	// several thousand commits. A folder of 500,000 names in which each commit
	// changes one would go on for hours.
	maxDiffBytes = 2 << 30
)

var errDiffBytes = &TooManyError{What: "bytes of folders, in all the commits that are compared with their parents", Limit: maxDiffBytes}

// Diff compares two commits, of which from may be the zero Commit: an empty tree
// is compared with then, as for a commit without parents. At most limit files may
// differ. Like [Repo.Changed] it hashes every folder it opens.
//
// All calls on one Repo together read a bounded amount; afterwards each of them is
// an [ErrTooMany] at once.
//
// Errors: [ErrTooMany], [ErrMissing], [ErrForged], [ErrMalformed].
func (r *Repo) Diff(ctx context.Context, from, to Commit, limit int) (*Diff, error) {
	fail := func(err error) (*Diff, error) {
		old := from.ID
		if old == "" {
			old = "nothing"
		}
		return nil, fmt.Errorf("compare %s with %s: %w", old, to.ID, err)
	}
	if r.diffBytes > maxDiffBytes {
		return fail(errDiffBytes)
	}
	before := r.treeBytes
	d := differ{
		repo: r, limit: limit, trees: treesPerFile*limit + someTrees, found: map[string]Change{},
		ids: map[string][2]string{}, most: before + maxDiffBytes - r.diffBytes,
	}
	err := d.compare(ctx, from.Tree, to.Tree)
	r.diffBytes += r.treeBytes - before
	if err != nil {
		return fail(err)
	}
	out := Diff{Changes: make([]Change, 0, len(d.found))}
	for _, c := range d.found {
		out.Changes = append(out.Changes, c)
	}
	sortChanges(out.Changes)
	out.Digest = rawDigest(out.Changes, d.ids, idLen(r.format))
	return &out, nil
}

// RawDiff is the digest and the number of files of a [Diff] of at most
// [MaxDiffFiles] files.
func (r *Repo) RawDiff(ctx context.Context, from, to Commit) (digest string, files int, err error) {
	d, err := r.Diff(ctx, from, to, MaxDiffFiles)
	if err != nil {
		return "", 0, err
	}
	return d.Digest, len(d.Changes), nil
}

// rawDigest writes git's raw format. Its order, that of trees in which a folder
// counts as its name and a slash, is the order of the whole paths as bytes.
func rawDigest(changes []Change, ids map[string][2]string, idLen int) string {
	letters := map[string]byte{"added": 'A', "modified": 'M', "deleted": 'D', "type_changed": 'T'}
	none := strings.Repeat("0", idLen)
	h := sha256.New()
	w := bufio.NewWriter(h)
	for _, c := range changes {
		id := ids[c.Path]
		for i := range id {
			if id[i] == "" {
				id[i] = none
			}
		}
		// A hash takes every write.
		_, _ = fmt.Fprintf(w, ":%s %s %s %s %c\t", c.OldMode, c.Mode, id[0], id[1], letters[c.Status])
		_, _ = w.WriteString(quoted(c.Path))
		_ = w.WriteByte('\n')
	}
	_ = w.Flush()
	return sum(h)
}

func sum(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// quoted is a path as git prints it while core.quotePath is on, which it is
// unless somebody turns it off: every byte beyond ASCII is escaped.
func quoted(path string) string {
	const escapes = "\a\b\t\n\v\f\r\"\\"
	const letters = `abtnvfr"\`
	plain := true
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(path) {
		c := path[i]
		switch at := strings.IndexByte(escapes, c); {
		case at >= 0:
			b.WriteByte('\\')
			b.WriteByte(letters[at])
			plain = false
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
			plain = false
		default:
			b.WriteByte(c)
		}
	}
	if plain {
		return path
	}
	b.WriteByte('"')
	return b.String()
}
