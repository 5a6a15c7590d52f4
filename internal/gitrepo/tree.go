package gitrepo

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// entry is one line of a tree.
type entry struct {
	mode uint32
	id   string
}

// The kinds of entry, by the type bits of the mode.
const (
	typeMask  = 0o170000
	modeDir   = 0o040000
	modeFile  = 0o100000
	modeLink  = 0o120000
	modeSubmo = 0o160000
)

// parseTree reads a tree object into its entries by name. Names that no file
// system could hold as one component, and a name that comes twice, are refused:
// two readers would see two trees. It is pure.
func parseTree(content []byte, idLen int) (map[string]entry, error) {
	raw := idLen / 2
	out := map[string]entry{}
	for len(content) > 0 {
		mode, rest, ok := bytes.Cut(content, []byte(" "))
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		m, ok3 := parseMode(mode)
		if !ok || !ok2 || !ok3 || len(rest) < raw {
			return nil, fmt.Errorf("%w: a tree entry is cut off or has a bad mode", ErrMalformed)
		}
		n := string(name)
		if n == "" || n == "." || n == ".." || strings.Contains(n, "/") {
			return nil, fmt.Errorf("%w: a tree entry is called %s", ErrMalformed, foreign(n))
		}
		if _, twice := out[n]; twice {
			return nil, fmt.Errorf("%w: the tree entry %s is there twice", ErrMalformed, foreign(n))
		}
		out[n] = entry{mode: m, id: hex.EncodeToString(rest[:raw])}
		content = rest[raw:]
	}
	return out, nil
}

// parseMode reads an octal mode and brings it into the form that git itself gives
// it: old tools padded it with zeros and wrote 100664, and whoever makes a tree by
// hand can write 120644, which git checks out as a symbolic link like any other.
func parseMode(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 6 {
		return 0, false
	}
	m := uint32(0)
	for _, c := range b {
		if c < '0' || c > '7' {
			return 0, false
		}
		m = m<<3 | uint32(c-'0')
	}
	switch typ := m & typeMask; typ {
	case modeDir, modeLink, modeSubmo:
		return typ, true
	case modeFile:
		if m&0o100 != 0 {
			return modeFile | 0o755, true
		}
		return modeFile | 0o644, true
	}
	return 0, false
}

// trees reads tree objects, in the order of the ids.
func (r *Repo) trees(ctx context.Context, ids []string) ([]map[string]entry, error) {
	out := make([]map[string]entry, 0, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := r.read(ctx, ids, "tree", maxTreeBytes, func(o object) error {
		r.treeBytes += int64(len(o.content))
		t, err := parseTree(o.content, idLen(r.format))
		if err != nil {
			return fmt.Errorf("read tree %s: %w", o.id, err)
		}
		out = append(out, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// File reads the file at path, of at most limit bytes, as the commit has it.
// Every object on the way is hashed, so the content is what the commit's id
// stands for.
//
// Errors: [ErrNoFile]; [ErrNotFile] for a symbolic link, a submodule or a
// directory, at the path or on the way to it, because what such a thing points at
// is not part of the commit; [ErrTooLarge]; [ErrMissing]; [ErrForged].
func (r *Repo) File(ctx context.Context, at Commit, path string, limit int64) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("read %s at %s: %w", foreign(path), at.ID, err)
	}
	id := at.Tree
	parts := strings.Split(path, "/")
	for i, part := range parts {
		ts, err := r.trees(ctx, []string{id})
		if err != nil {
			return fail(err)
		}
		e, ok := ts[0][part]
		if !ok {
			return fail(ErrNoFile)
		}
		want := uint32(modeDir)
		if i == len(parts)-1 {
			want = modeFile
		}
		switch kind := e.mode & typeMask; {
		case kind == want:
			id = e.id
		case want == modeDir && kind == modeFile:
			return fail(ErrNoFile)
		default:
			return fail(fmt.Errorf("%w: %s is a %s", ErrNotFile, foreign(strings.Join(parts[:i+1], "/")), kindWord(kind)))
		}
	}
	o, err := r.one(ctx, id, "blob", limit)
	if err != nil {
		return fail(err)
	}
	return o.content, nil
}

func kindWord(kind uint32) string {
	switch kind {
	case modeDir:
		return "directory"
	case modeLink:
		return "symbolic link"
	case modeSubmo:
		return "submodule"
	}
	return "file"
}

// IsAbsent reports whether err says that there is nothing usable at a path,
// rather than that it could not be read.
func IsAbsent(err error) bool { return errors.Is(err, ErrNoFile) || errors.Is(err, ErrNotFile) }
