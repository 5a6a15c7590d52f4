package planfile

import (
	"path"
	"sort"
	"strings"
)

// TreeFile is one file of a commit.
type TreeFile struct {
	Path string // from the root of the repository, with slashes
	Blob string // id in hex, in the object format of the repository
	// Link is the target of a symbolic link (mode 120000), which is the content of its
	// blob; empty for other files. Terraform reads what a link points to. A link whose
	// target is not given counts as a file that is not the plan's.
	Link string
}

// tree is a commit's files, as far as a configuration is made of them.
type tree struct {
	files   map[string]TreeFile // by path: configuration, lock files and links
	folders map[string][]string // configuration file names by folder, sorted
	links   bool                // the commit has links whose target is given
}

func newTree(files []TreeFile) *tree {
	t := &tree{files: map[string]TreeFile{}, folders: map[string][]string{}}
	for _, f := range files {
		dir, name := path.Split(f.Path)
		if !IsConfig(name) && name != nameLock && f.Link == "" {
			continue
		}
		if _, twice := t.files[f.Path]; twice {
			continue
		}
		t.files[f.Path] = f
		t.links = t.links || f.Link != ""
		if IsConfig(name) {
			dir = strings.TrimSuffix(dir, "/")
			t.folders[dir] = append(t.folders[dir], name)
		}
	}
	for _, names := range t.folders {
		sort.Strings(names)
	}
	return t
}

// resolve follows symbolic links in a path, at most 16 of them. ok is false when
// the path leaves the repository or there are more.
func (t *tree) resolve(p string) (resolved string, ok bool) {
	p = path.Clean(p)
	for range 16 {
		if p == "." {
			return "", true
		}
		if p == ".." || strings.HasPrefix(p, "../") || strings.HasPrefix(p, "/") {
			return "", false
		}
		if !t.links {
			return p, true
		}
		next := p
		for i := 0; i <= len(p); i++ {
			if i < len(p) && p[i] != '/' {
				continue
			}
			if f := t.files[p[:i]]; f.Link != "" {
				if path.IsAbs(f.Link) {
					return "", false
				}
				next = path.Join(path.Dir(p[:i]), f.Link, p[i:])
				break
			}
		}
		if next == p {
			return p, true
		}
		p = next
	}
	return "", false
}

// blob returns the id of the file that is read at a path of the commit.
func (t *tree) blob(p string) (id string, ok bool) {
	f, ok := t.files[p]
	if !ok || f.Link == "" {
		return f.Blob, ok
	}
	r, inside := t.resolve(p)
	if target, there := t.files[r]; inside && there && target.Link == "" {
		return target.Blob, true
	}
	return "", true // there, and not readable: equal to nothing
}

// IsConfig reports whether a file name is one that Terraform or OpenTofu reads as
// configuration: *.tf, *.tf.json, *.tofu, *.tofu.json, override files among them,
// without hidden files and editors' copies.
//
// Source: IsIgnoredFile and fileExt in internal/configs of both.
func IsConfig(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") {
		return false
	}
	return isTofu(name) || strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")
}

// isTofu reports whether only OpenTofu reads the file.
func isTofu(name string) bool {
	return strings.HasSuffix(name, ".tofu") || strings.HasSuffix(name, ".tofu.json")
}

// tofuName is the name of the file that OpenTofu reads instead of name when both
// are in a folder.
func tofuName(name string) string {
	if base, ok := strings.CutSuffix(name, ".tf.json"); ok {
		return base + ".tofu.json"
	}
	return strings.TrimSuffix(name, ".tf") + ".tofu"
}
