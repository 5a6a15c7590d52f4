package tfsource

import (
	"bytes"
	"maps"
	"path"
	"slices"
)

// Index finds where the head commit declares a block. It is not safe for concurrent
// use: folders are read when they are asked for.
type Index struct {
	trees []*tree // as Terraform reads the commit, and as OpenTofu does where that differs
	roots [][]string
}

// NewIndex makes an index of all relevant files of a commit. With more files than
// the limits allow it is empty.
func NewIndex(head []File, lim Limits) *Index {
	lim = lim.withDefaults()
	x := &Index{}
	if len(head) > lim.MaxFiles {
		return x
	}
	c := newCommit(head, lim)
	x.trees = []*tree{newTree(c, terraform)}
	if c.hasTofu() {
		x.trees = append(x.trees, newTree(c, opentofu))
	}
	x.roots = make([][]string, len(x.trees))
	return x
}

// Locate returns where a block is declared, by its address without instance keys:
// "module.a.module.b.aws_x.y", "data.x.y". The module calls are followed from the
// hint, a folder that may be the root module's, such as that of the plan's file; and
// from every folder that no other calls when that leads nowhere. It answers only
// when there is no doubt: all roots that have the address lead to the same place.
func (x *Index) Locate(config, hint string) (file string, line int, ok bool) {
	defer func() { // see Compare
		if recover() != nil {
			file, line, ok = "", 0, false
		}
	}()
	want := steps(config)
	if len(want) < 2 {
		return "", 0, false
	}
	if hint = path.Clean(hint); hint == "." {
		hint = ""
	}
	for _, only := range []bool{true, false} {
		var found *place
		for i, t := range x.trees {
			roots := []string{hint}
			if !only {
				roots = x.rootsOf(i)
			}
			for _, dir := range roots {
				at, have := t.declared(dir, want)
				if !have {
					continue
				}
				if found != nil && *found != at {
					return "", 0, false
				}
				found = &at
			}
		}
		if found != nil {
			return found.path, found.line, true
		}
	}
	return "", 0, false
}

// declared finds a block from one root.
func (t *tree) declared(dir string, want []string) (place, bool) {
	root := t.module(dir)
	if root == nil {
		return place{}, false
	}
	// A module call is named by its last two steps, wherever its code comes from.
	if n := len(want); n%2 == 0 && want[n-2] == "module" {
		m, rest, ok := t.walk(root, want[:n-2])
		if !ok || len(rest) > 0 || m.calls[want[n-1]] == nil {
			return place{}, false
		}
		return m.calls[want[n-1]].place, true
	}
	if m, rest, ok := t.walk(root, want); ok && m.resources[join(rest)] != nil {
		return m.resources[join(rest)].place, true
	}
	return place{}, false
}

// rootsOf returns the folders that no other calls, sorted.
func (x *Index) rootsOf(i int) []string {
	if x.roots[i] != nil {
		return x.roots[i]
	}
	t := x.trees[i]
	called := map[string]bool{}
	for _, dir := range slices.Sorted(maps.Keys(t.dirs)) {
		if !t.mentions(dir, "module") {
			continue // no need to read it
		}
		m := t.module(dir)
		if m == nil {
			continue
		}
		for _, c := range m.calls {
			if to, ok := local(dir, c.source); ok && c.literal && to != dir {
				called[to] = true
			}
		}
	}
	x.roots[i] = []string{}
	for _, dir := range slices.Sorted(maps.Keys(t.dirs)) {
		if !called[dir] {
			x.roots[i] = append(x.roots[i], dir)
		}
	}
	return x.roots[i]
}

// mentions reports whether any file of a folder has a word in it. A word of JSON
// may be written with escapes.
func (c *commit) mentions(dir, word string) bool {
	for _, p := range c.dirs[dir] {
		if bytes.Contains(c.files[p], []byte(word)) || (isJSON(p) && bytes.IndexByte(c.files[p], '\\') >= 0) {
			return true
		}
	}
	return false
}
