package planfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// maxCandidates is how many folders are looked at closely: those whose files are
// most like the plan's root module.
const maxCandidates = 32

// Match compares the configuration in a plan file with a commit, by the ids git
// gives to content. sha256 says that the repository's object format is SHA-256.
//
// The plan does not say in which folder of a repository it was made. The root
// module is the folder whose files are most like the plan's; of several that are
// equally like it (copies of one environment) the one whose local modules agree
// best, then the one with the shortest path, then the first. So whoever writes the
// commit can put a folder into it for a plan to match: where the folder is known,
// use [MatchAt], and show people which one it was.
//
// A local module is looked for where its source says, beside its caller, and not
// where the plan says that it was read from.
func Match(f *File, files []TreeFile, sha256 bool) checks.SourceMatch {
	m := matcher{f: f, tree: newTree(files), sha256: sha256}
	m.byModule()
	if f.encrypted || len(f.Modules) == 0 {
		return checks.SourceMatch{}
	}
	found := m.candidates()
	var best *result
	for i := range found {
		if r := m.compare(found[i].dir); best == nil || r.better(best) {
			best = r
		}
	}
	switch {
	case best == nil:
	case best.Matched > 0:
		return best.SourceMatch
	// Nothing is the same. One folder alone with the same file names is still worth
	// naming: every file differs.
	case found[0].names == len(m.own[""]) && (len(found) == 1 || found[1].names < found[0].names):
		return m.compare(found[0].dir).SourceMatch
	}
	return checks.SourceMatch{External: m.external()}
}

// MatchAt is [Match] for a root module that is known to be the folder root of the
// commit, empty for the root of the repository.
func MatchAt(f *File, files []TreeFile, sha256 bool, root checks.Path) checks.SourceMatch {
	m := matcher{f: f, tree: newTree(files), sha256: sha256}
	m.byModule()
	dir, ok := m.tree.resolve(string(root))
	if f.encrypted || len(f.Modules) == 0 || !ok || len(m.tree.folders[dir]) == 0 {
		return checks.SourceMatch{Root: root, External: m.external()}
	}
	return m.compare(dir).SourceMatch
}

// matcher compares one plan with one tree.
type matcher struct {
	f      *File
	tree   *tree
	sha256 bool
	own    map[string]map[string]string // blob id by file name, by module key
}

func (m *matcher) byModule() {
	m.own = map[string]map[string]string{}
	for i := range m.f.Config {
		c := &m.f.Config[i]
		if m.own[c.Module] == nil {
			m.own[c.Module] = map[string]string{}
		}
		m.own[c.Module][c.Name] = c.Blob(m.sha256)
	}
}

// external counts the files of modules from elsewhere.
func (m *matcher) external() int {
	n := 0
	for i := range m.f.Modules {
		if mod := &m.f.Modules[i]; mod.External {
			n += len(m.own[mod.Key])
		}
	}
	return n
}

// candidate is a folder that could be the root module.
type candidate struct {
	dir                string
	same, names, wrong int // files that are the same, that have the same name, and that do not fit
}

// candidates returns the folders most like the root module, best first.
func (m *matcher) candidates() []candidate {
	root := m.own[""]
	var all []candidate
	for dir, names := range m.tree.folders {
		c := candidate{dir: dir}
		for _, name := range names {
			id, ok := root[name]
			if !ok {
				c.wrong += b2i(m.expected("", name))
				continue
			}
			c.names++
			if blob, _ := m.tree.blob(path.Join(dir, name)); blob == id {
				c.same++
			}
		}
		if c.wrong += len(root) - c.same; c.names > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(b.same, a.same), cmp.Compare(a.wrong, b.wrong), cmp.Compare(b.names, a.names),
			cmp.Compare(strings.Count(a.dir, "/")+b2i(a.dir != ""), strings.Count(b.dir, "/")+b2i(b.dir != "")), cmp.Compare(a.dir, b.dir),
		)
	})
	return all[:min(len(all), maxCandidates)]
}

// expected reports whether a file of the commit that the module does not have in
// the plan would be in it if the plan were of the commit. Terraform does not read
// .tofu files; OpenTofu leaves out main.tf when there is a main.tofu.
func (m *matcher) expected(module, name string) bool {
	if isTofu(name) {
		return m.f.Tool != ToolTerraform
	}
	_, replaced := m.own[module][tofuName(name)]
	return m.f.Tool == ToolTerraform || !replaced
}
