package planfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// maxLooks bounds how many names are gone through for one folder as the root
// module. A hostile plan can have thousands of modules in one large folder.
const maxLooks = 2_000_000

// result is a comparison with one folder as the root module.
type result struct {
	checks.SourceMatch
	wrong int

	differing, missing, extra, matched, folders paths
	looks                                       int
}

// better prefers what agrees wholly, then what agrees most.
func (r *result) better(than *result) bool {
	if (r.wrong == 0) != (than.wrong == 0) {
		return r.wrong == 0
	}
	return cmp.Or(cmp.Compare(than.Matched, r.Matched), cmp.Compare(r.wrong, than.wrong)) < 0
}

// place is the folder of a local module.
type place struct {
	folder  string
	outside bool // not in the repository
}

// compare takes dir for the root module.
func (m *matcher) compare(dir string) *result {
	r := &result{SourceMatch: checks.SourceMatch{Root: checks.Path(dir), Found: true, External: m.external()}}
	places := map[string]place{}
	for i := range m.f.Modules {
		mod := &m.f.Modules[i]
		if mod.External {
			continue
		}
		at := place{folder: dir}
		if mod.Key != "" {
			at = m.place(places[mod.parent()], mod)
			if !at.outside && !m.readFrom(dir, at.folder, mod) {
				r.differing.add(joinDir(dir, mod.Dir))
			}
		}
		places[mod.Key] = at
		m.compareModule(r, at, mod.Key)
	}
	r.Matched = len(r.matched)
	r.wrong = len(r.differing) + len(r.missing) + len(r.extra)
	r.Differing, r.Missing, r.Extra = r.differing.list(), r.missing.list(), r.extra.list()
	r.Folders = r.folders.first(maxFolders)
	r.LockFile = m.lock(dir)
	return r
}

// place is where the source of a module says that it is.
func (m *matcher) place(parent place, mod *Module) place {
	p := place{folder: path.Join(parent.folder, mod.Source), outside: true}
	if parent.outside {
		return p
	}
	if folder, ok := m.tree.resolve(p.folder); ok {
		return place{folder: folder}
	}
	return p
}

// readFrom reports whether the tool read a module from its place. Where the place
// has no configuration in the commit it does not matter: all files are extra then.
// Letter case is not looked at, because some file systems do not know it.
func (m *matcher) readFrom(root, folder string, mod *Module) bool {
	if len(m.tree.folders[folder]) == 0 {
		return true
	}
	if path.IsAbs(mod.Dir) {
		return false
	}
	from, ok := m.tree.resolve(path.Join(root, mod.Dir))
	return ok && strings.EqualFold(from, folder)
}

func joinDir(root, dir string) string {
	if path.IsAbs(dir) {
		return path.Clean(dir)
	}
	return path.Join(root, dir)
}

// compareModule compares the files of one module with those of its folder.
func (m *matcher) compareModule(r *result, at place, key string) {
	own := m.own[key]
	if !at.outside && len(m.tree.folders[at.folder]) > 0 {
		r.folders.add(at.folder)
	}
	known := 0
	for name, id := range own {
		p := path.Join(at.folder, name)
		blob, there := m.tree.blob(p)
		if at.outside || !there || !IsConfig(name) {
			r.extra.add(p)
			continue
		}
		known++
		if m.tree.files[p].Link != "" {
			if target, ok := m.tree.resolve(p); ok {
				r.folders.add(target)
			}
		}
		if blob == id {
			r.matched.add(p)
		} else {
			r.differing.add(p)
		}
	}
	listed := m.tree.folders[at.folder]
	if at.outside || known == len(listed) {
		return
	}
	if r.looks += len(listed); r.looks > maxLooks {
		r.missing.add(at.folder)
		return
	}
	for _, name := range listed {
		if _, has := own[name]; !has && m.expected(key, name) {
			r.missing.add(path.Join(at.folder, name))
		}
	}
}

// lock compares the lock files by their bytes.
func (m *matcher) lock(dir string) string {
	blob, there := m.tree.blob(path.Join(dir, nameLock))
	ours := m.f.LockSHA1
	if m.sha256 {
		ours = m.f.LockSHA256
	}
	switch {
	case !there:
		return LockAbsent
	case blob == ours && ours != "":
		return LockSame
	}
	return LockDiffers
}

// paths is a set of paths.
type paths map[string]bool

func (p *paths) add(s string) {
	if *p == nil {
		*p = paths{}
	}
	(*p)[s] = true
}

// list returns the first few that are told, sorted; nil when there is none.
func (p paths) list() []checks.Path { return p.first(maxListed) }

func (p paths) first(n int) []checks.Path {
	var all []checks.Path
	for s := range p {
		all = append(all, checks.Path(s))
	}
	slices.Sort(all)
	return all[:min(len(all), n)]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
