package codeowners

import "strings"

// File is a CODEOWNERS file.
type File struct {
	rules []rule
	// Rules without wildcards are found by name, which is what keeps a file of many
	// thousand lines cheap: the newest rule by path from the root, and by name at any
	// depth, each for the thing itself and for what is inside it only.
	paths, pathsInside, names, namesInside map[string]int
	longest                                int   // bytes of the longest key in paths and pathsInside
	single                                 []int // rules of one wildcard at any depth: tried once for each name in a path
	others                                 []int // rules that have to be tried
}

type rule struct {
	pattern *pattern
	owners  []Owner
	line    int
}

func newFile() *File {
	return &File{paths: map[string]int{}, pathsInside: map[string]int{}, names: map[string]int{}, namesInside: map[string]int{}}
}

func (f *File) add(r rule) {
	n := len(f.rules)
	f.rules = append(f.rules, r)
	index, inside, segs := f.paths, f.pathsInside, r.pattern.segments
	anyDepth := len(segs) == 2 && segs[0].folders
	if anyDepth {
		index, inside, segs = f.names, f.namesInside, segs[1:]
	}
	if anyDepth && !segs[0].literal && !segs[0].folders {
		f.single = append(f.single, n)
		return
	}
	words := make([]string, len(segs))
	for i := range segs {
		if !segs[i].literal {
			f.others = append(f.others, n)
			return
		}
		words[i] = segs[i].text
	}
	key := strings.Join(words, "/")
	switch {
	case len(segs) == 0: // "**"
		f.others = append(f.others, n)
		return
	case r.pattern.inside:
		inside[key] = n
	default:
		index[key] = n
	}
	if !anyDepth {
		f.longest = max(f.longest, len(key))
	}
}

// Owners lists the owners of a path, as they are written, and the line that says so. The
// line is 0 when none matches; a line without owners says that nobody owns the path.
// Slashes separate, none stands at either end. A nil File answers 0: ask first whether
// there is one.
func (f *File) Owners(path string) (owners []Owner, line int) {
	if f == nil {
		return nil, 0
	}
	segments := strings.Split(path, "/")
	best := -1
	found := func(index map[string]int, key string) {
		if n, ok := index[key]; ok {
			best = max(best, n)
		}
	}
	end := -1
	// Whoever makes a path chooses how deep it is. Two thousand folders of one name are
	// looked at once. The last name alone is no folder, and what fits it fits a folder.
	seen := make(map[string]bool, min(len(segments), 64))
	var names []string // each once
	for i, name := range segments {
		end += 1 + len(name)
		folder := i < len(segments)-1
		if end <= f.longest {
			found(f.paths, path[:end])
			if folder {
				found(f.pathsInside, path[:end])
			}
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		names = append(names, name)
		found(f.names, name)
		if folder {
			found(f.namesInside, name)
		}
		for k := len(f.single) - 1; k >= 0 && f.single[k] > best; k-- {
			p := f.rules[f.single[k]].pattern
			if (folder || !p.inside) && p.segments[1].matches(name) {
				best = f.single[k]
			}
		}
	}
	for i := len(f.others) - 1; i >= 0 && f.others[i] > best; i-- {
		if p := f.rules[f.others[i]].pattern; p.could(names) && p.matches(segments) {
			best = f.others[i]
		}
	}
	if best < 0 {
		return nil, 0
	}
	return f.rules[best].owners, f.rules[best].line
}
