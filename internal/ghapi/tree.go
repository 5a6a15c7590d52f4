package ghapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// line is an entry of a tree, as it stands in the object.
type line struct {
	mode string // octal, without zeros in front
	name string
	id   string
}

func (l line) isTree() bool { return l.mode == modeTree }

const modeTree = "40000"

// encodeTree writes a tree object. git sorts by name, and a folder as if its name
// ended with a slash.
func encodeTree(lines []line) ([]byte, bool) {
	key := func(l line) string {
		if l.isTree() {
			return l.name + "/"
		}
		return l.name
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(key(a), key(b)) })
	var out []byte
	for _, l := range lines {
		id, err := hex.DecodeString(l.id)
		if err != nil {
			return nil, false
		}
		out = append(append(append(append(append(out, l.mode...), ' '), l.name...), 0), id...)
	}
	return out, true
}

// decodeTree reads a tree object that is proved; what gitrepo would refuse in it is
// not looked at here. It ends where the object makes no sense any more.
func decodeTree(content []byte, idLen int) []line {
	var out []line
	for len(content) > 0 {
		mode, rest, ok := bytes.Cut(content, []byte(" "))
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		if !ok || !ok2 || len(rest) < idLen/2 {
			break
		}
		out = append(out, line{string(mode), string(name), hex.EncodeToString(rest[:idLen/2])})
		content = rest[idLen/2:]
	}
	return out
}

// A listing of a whole commit is one call, of up to seven megabytes: GitHub stops at
// 100,000 entries. It is the right question for the base and the head, of which every
// file is looked through. The commits between them differ in few folders.
const (
	wholeListings = 2
	smallListing  = 2000 // entries; such commits are always listed whole
	treesAtOnce   = 25   // of one query
)

// treeObjects finds trees where they are: read already, in the cache, in a listing of
// the commit, or by asking for them.
func (o *Objects) treeObjects(ctx context.Context, ids []string) (map[string][]byte, error) {
	for _, id := range ids {
		if o.hasTree(id) || !o.roots[id] || o.listings >= wholeListings && o.listed > smallListing {
			continue
		}
		if err := o.list(ctx, id); err != nil {
			return nil, err
		}
	}
	missing := o.unknown(ids)
	if slices.ContainsFunc(missing, func(id string) bool { return o.roots[id] }) {
		if err := o.ahead(ctx); err != nil {
			return nil, err
		}
		missing = o.unknown(missing)
	}
	if err := o.ask(ctx, missing); err != nil {
		return nil, err
	}
	for _, id := range o.unknown(missing) {
		if err := o.single(ctx, id); err != nil {
			return nil, err
		}
	}
	out := make(map[string][]byte, len(ids))
	for _, id := range ids {
		out[id] = o.trees[id]
	}
	return out, nil
}

// hasTree looks for a tree in what was read and in the cache.
func (o *Objects) hasTree(id string) bool {
	if _, ok := o.trees[id]; ok {
		return true
	}
	if b, ok := o.from.object(o.repo, "tree", id); ok && proved("tree", id, b) {
		o.trees[id] = b
		return true
	}
	if b, ok := o.from.object(o.repo, "listing", id); ok {
		for _, tree := range unpackTrees(b) {
			o.trees[tree.id] = tree.content
		}
	}
	_, ok := o.trees[id]
	return ok
}

func (o *Objects) unknown(ids []string) []string {
	var out []string
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if !seen[id] && !o.hasTree(id) {
			out = append(out, id)
		}
		seen[id] = true
	}
	return out
}

// treeAnswer is a tree as the REST API lists it, by paths.
type treeAnswer struct {
	Truncated bool `json:"truncated"`
	Tree      []struct {
		Path string `json:"path"`
		Mode string `json:"mode"`
		SHA  string `json:"sha"`
		Size *int64 `json:"size"`
	} `json:"tree"`
}

// list reads all trees of a commit at once, as far as GitHub lists them. Every tree
// is put together again, and kept if it hashes to its id: one that was cut off, or
// whose names or modes the listing does not tell as they are, is asked for by itself
// when it is needed.
func (o *Objects) list(ctx context.Context, root string) error {
	var answer treeAnswer
	err := o.rest(ctx, "/git/trees/"+root, url.Values{"recursive": {"1"}}, &answer)
	o.listings++
	if errors.Is(err, ErrTooLarge) {
		o.listed = smallListing + 1
		return nil
	}
	if err != nil {
		return fmt.Errorf("read tree %s of %s: %w", root, o.repo, err)
	}
	o.listed = len(answer.Tree)
	if kept := o.absorb(root, &answer); len(kept) > 0 {
		o.from.keep(o.repo, "listing", root, o.packTrees(kept))
	}
	return nil
}

// absorb keeps those trees of an answer that hash to their ids, and returns which.
func (o *Objects) absorb(root string, answer *treeAnswer) []string {
	children := map[string][]line{}
	folders := []line{{id: root}} // by their paths
	for _, e := range answer.Tree {
		dir, name := "", e.Path
		if i := strings.LastIndexByte(e.Path, '/'); i >= 0 {
			dir, name = e.Path[:i], e.Path[i+1:]
		}
		l := line{strings.TrimLeft(e.Mode, "0"), name, e.SHA}
		children[dir] = append(children[dir], l)
		if l.isTree() {
			folders = append(folders, line{name: e.Path, id: e.SHA})
		} else if e.Size != nil && *e.Size >= 0 {
			o.sizes[e.SHA] = *e.Size
		}
	}
	var kept []string
	for _, f := range folders {
		if _, ok := o.trees[f.id]; ok {
			continue
		}
		if b, ok := encodeTree(children[f.name]); ok && proved("tree", f.id, b) {
			o.trees[f.id] = b
			kept = append(kept, f.id)
		}
	}
	return kept
}

// ask reads trees by GraphQL, many in one query, with names as they are. It keeps
// what hashes to its id, and leaves out the rest.
func (o *Objects) ask(ctx context.Context, ids []string) error {
	type tree struct {
		Entries *[]struct {
			Mode int    `json:"mode"`
			Name string `json:"nameRaw"`
			OID  string `json:"oid"`
		} `json:"entries"`
	}
	for chunk := range slices.Chunk(ids, treesAtOnce) {
		got, err := objectsOf[tree](ctx, o, chunk, "...on Tree{entries{mode nameRaw oid}}")
		if errors.Is(err, ErrTooLarge) {
			continue
		}
		if err != nil {
			return err
		}
		for _, id := range chunk {
			t, ok := got[id]
			if !ok || t.Entries == nil {
				continue
			}
			lines := make([]line, len(*t.Entries))
			for i, e := range *t.Entries {
				name, err := base64.StdEncoding.DecodeString(e.Name)
				if err != nil {
					name = nil // it will not hash
				}
				lines[i] = line{strconv.FormatInt(int64(e.Mode), 8), string(name), e.OID}
			}
			if b, ok := encodeTree(lines); ok && proved("tree", id, b) {
				o.trees[id] = b
				o.from.keep(o.repo, "tree", id, b)
			}
		}
	}
	return nil
}

// single reads one tree by REST, and says what is wrong with it.
func (o *Objects) single(ctx context.Context, id string) error {
	var answer treeAnswer
	if err := o.rest(ctx, "/git/trees/"+id, nil, &answer); err != nil {
		return fmt.Errorf("read tree %s of %s: %w", id, o.repo, err)
	}
	o.absorb(id, &answer)
	b, ok := o.trees[id]
	switch {
	case ok:
		o.from.keep(o.repo, "tree", id, b)
		return nil
	case answer.Truncated:
		return fmt.Errorf("read tree %s of %s: GitHub lists only a part of it: %w", id, o.repo, gitrepo.ErrTooLarge)
	}
	return fmt.Errorf("read tree %s of %s: what GitHub lists does not hash to it: %w", id, o.repo, gitrepo.ErrForged)
}

// packTrees writes trees for the cache.
func (o *Objects) packTrees(ids []string) []byte {
	var out []byte
	for _, id := range ids {
		raw, err := hex.DecodeString(id)
		if err != nil {
			continue // it hashed, so it is one
		}
		out = append(out, byte(len(raw))) //nolint:gosec // 20 or 32
		out = append(out, raw...)
		out = binary.AppendUvarint(out, uint64(len(o.trees[id])))
		out = append(out, o.trees[id]...)
	}
	return out
}

type packed struct {
	id      string
	content []byte
}

// unpackTrees reads those trees of a pack that hash to their ids.
func unpackTrees(b []byte) []packed {
	var out []packed
	for len(b) > 0 {
		n := int(b[0])
		if len(b) < 1+n {
			break
		}
		id := hex.EncodeToString(b[1 : 1+n])
		size, used := binary.Uvarint(b[1+n:])
		b = b[1+n:]
		if used <= 0 || size > uint64(len(b)-used) { //nolint:gosec // used is a part of b
			break
		}
		content := b[used : used+int(size)] //nolint:gosec // not longer than b
		if proved("tree", id, content) {
			out = append(out, packed{id, content})
		}
		b = b[used+int(size):] //nolint:gosec // as above
	}
	return out
}
