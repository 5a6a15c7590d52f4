package tfsource

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
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
	var found *place
	for _, d := range x.find(config, hint) {
		if found != nil && *found != d.place {
			return "", 0, false
		}
		found = &d.place
	}
	if found == nil {
		return "", 0, false
	}
	return found.path, found.line, true
}

// Dynamic reports whether the resource that is declared under an address, found as by
// [Index.Locate], has blocks of a kind whose number has to be evaluated: a dynamic
// block, at any depth, or an argument in the place of such blocks that is not written
// out. known is false when the declaration is not found, when those that are found
// do not agree, and when it may be changed by a file that cannot be read.
func (x *Index) Dynamic(config, hint, block string) (dynamic, known bool) {
	defer func() { // see Compare
		if recover() != nil {
			dynamic, known = false, false
		}
	}()
	for _, d := range x.find(config, hint) {
		if d.resource == nil || d.opaque || (known && d.resource.open[block] != dynamic) {
			return false, false
		}
		dynamic, known = d.resource.open[block], true
	}
	return dynamic, known
}

// found is a declaration.
type found struct {
	place
	resource *resource // nil: a module call
	opaque   bool      // a file of its folder cannot be read
}

// find returns the declarations of an address from the hint, or if there are none
// from all roots.
func (x *Index) find(config, hint string) []found {
	want := steps(config)
	if len(want) < 2 {
		return nil
	}
	if hint = path.Clean(hint); hint == "." {
		hint = ""
	}
	var all []found
	for _, only := range []bool{true, false} {
		for i, t := range x.trees {
			roots := []string{hint}
			if !only {
				roots = x.rootsOf(i)
			}
			for _, dir := range roots {
				if d, ok := t.declared(dir, want); ok {
					all = append(all, d)
				}
			}
		}
		if len(all) > 0 {
			break
		}
	}
	return all
}

// declared finds a block from one root.
func (t *tree) declared(dir string, want []string) (found, bool) {
	root := t.module(dir)
	if root == nil {
		return found{}, false
	}
	// A module call is named by its last two steps, wherever its code comes from.
	if n := len(want); n%2 == 0 && want[n-2] == "module" {
		m, rest, ok := t.walk(root, want[:n-2])
		if !ok || len(rest) > 0 || m.calls[want[n-1]] == nil {
			return found{}, false
		}
		return found{place: m.calls[want[n-1]].place, opaque: m.opaque}, true
	}
	if m, rest, ok := t.walk(root, want); ok && m.resources[join(rest)] != nil {
		r := m.resources[join(rest)]
		return found{r.place, r, m.opaque}, true
	}
	return found{}, false
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

// LeadsInto returns where a module call has its code from a folder or one below it,
// which need not be among the files: that of a submodule, say. Of several calls it is
// the first by folder and name.
func (x *Index) LeadsInto(dir string) (file, call string, line int, ok bool) {
	defer func() { // see Compare
		if recover() != nil {
			file, call, line, ok = "", "", 0, false
		}
	}()
	for _, t := range x.trees {
		for _, d := range slices.Sorted(maps.Keys(t.dirs)) {
			if !t.mentions(d, "module") {
				continue
			}
			m := t.module(d)
			if m == nil {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(m.calls)) {
				c := m.calls[name]
				if to, in := local(d, c.source); in && c.literal && (to == dir || strings.HasPrefix(to, dir+"/")) {
					return c.path, address("module", name), c.line, true
				}
			}
		}
	}
	return "", "", 0, false
}
