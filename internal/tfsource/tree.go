package tfsource

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
)

// commit is all files of one commit. Files are parsed when they are needed; what is
// parsed is not kept, because it takes a hundred times the room of the text.
type commit struct {
	lim    Limits
	files  map[string][]byte
	dirs   map[string][]string                   // folders with configuration, and their files, sorted
	parsed map[string]*problem                   // of each file that was parsed; nil when nothing is wrong
	left   int64                                 // bytes that may be parsed yet
	locked map[string]map[string]map[string]bool // memo of locks
}

func newCommit(files []File, lim Limits) *commit {
	c := &commit{lim: lim, files: make(map[string][]byte, len(files)), dirs: map[string][]string{}, parsed: map[string]*problem{}, left: lim.MaxBytes}
	for _, f := range files {
		if Relevant(f.Path) {
			c.files[f.Path] = f.Data
		}
	}
	for _, p := range c.paths() {
		if formatOf(p) == formatConfig {
			c.dirs[folder(p)] = append(c.dirs[folder(p)], p)
		}
	}
	return c
}

func (c *commit) paths() []string { return slices.Sorted(maps.Keys(c.files)) }

// file parses a file that the commit has; nil when it cannot be read.
func (c *commit) file(p string) *body {
	n := int64(len(c.files[p]))
	if n > c.left {
		c.parsed[p] = &problem{1, "more Terraform source than is read"}
		return nil
	}
	c.left -= n
	b, wrong := parse(p, c.files[p], c.lim)
	c.parsed[p] = wrong
	return b
}

// problem says what is wrong with a file of the commit, or nil.
func (c *commit) problem(p string) *problem {
	if _, ok := c.parsed[p]; !ok {
		c.file(p)
	}
	return c.parsed[p]
}

// same reports whether a folder has the same configuration in both commits.
func same(a, b *commit, dir string) bool {
	if len(a.dirs[dir]) != len(b.dirs[dir]) {
		return false
	}
	for _, p := range a.dirs[dir] {
		if d, ok := b.files[p]; !ok || !bytes.Equal(d, a.files[p]) {
			return false
		}
	}
	return true
}

// tree is a commit as one of the two programs reads it.
type tree struct {
	*commit
	dialect dialect
	modules map[string]*module
}

func newTree(c *commit, d dialect) *tree {
	return &tree{commit: c, dialect: d, modules: map[string]*module{}}
}

// module returns a folder's configuration, or nil when there is none.
func (t *tree) module(dir string) *module {
	if m, ok := t.modules[dir]; ok {
		return m
	}
	var m *module
	if paths := t.dialect.view(t.dirs[dir]); len(paths) > 0 {
		m = newModule(dir)
		for _, overrides := range []bool{false, true} {
			for _, p := range paths {
				if override(p) != overrides {
					continue
				}
				if b := t.file(p); b != nil {
					m.add(p, b, overrides)
					m.calling(p, t.files[p])
				} else {
					m.opaque = true
				}
			}
		}
	}
	t.modules[dir] = m
	return m
}

// local returns the folder that a local source names, seen from another folder.
func local(from, source string) (dir string, ok bool) {
	if !strings.HasPrefix(source, "./") && !strings.HasPrefix(source, "../") && source != "." && source != ".." {
		return "", false
	}
	if dir = path.Join(from, source); dir == "." {
		dir = ""
	}
	// Outside of the repository there is nothing to be known.
	return dir, dir != ".." && !strings.HasPrefix(dir, "../")
}

// calledDir returns the folder that a module calls by a name, when it is one of the
// repository, without reading it.
func (t *tree) calledDir(m *module, name string) (string, bool) {
	if m == nil || m.calls[name] == nil || !m.calls[name].literal {
		return "", false
	}
	dir, ok := local(m.dir, m.calls[name].source)
	return dir, ok && len(t.dialect.view(t.dirs[dir])) > 0
}

// called returns the module that another one calls by a name.
func (t *tree) called(m *module, name string) (*module, bool) {
	dir, ok := t.calledDir(m, name)
	if !ok {
		return nil, false
	}
	return t.module(dir), true
}

// walk follows the module steps of an address from a folder, and returns the module
// they lead to and what is left: the resource, if any.
func (t *tree) walk(from *module, address []string) (m *module, rest []string, ok bool) {
	m = from
	for hops := 0; len(address) >= 2 && address[0] == "module"; hops++ {
		if m, ok = t.called(m, address[1]); !ok || hops > maxHops {
			return nil, nil, false
		}
		address = address[2:]
	}
	return m, address, m != nil
}
