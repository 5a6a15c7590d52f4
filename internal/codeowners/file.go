package codeowners

import "strings"

// File is a CODEOWNERS file.
type File struct {
	rules []rule
	// Rules without wildcards are found by name, which is what keeps a file of many
	// thousand lines cheap: the newest rule by path from the root, and by name at any
	// depth, each for the thing itself and for what is inside it only.
	paths, pathsInside, names, namesInside map[string]int
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
	if len(segs) == 2 && segs[0].folders {
		index, inside, segs = f.names, f.namesInside, segs[1:]
	}
	words := make([]string, len(segs))
	for i := range segs {
		if !segs[i].literal {
			f.others = append(f.others, n)
			return
		}
		words[i] = segs[i].text
	}
	switch {
	case len(segs) == 0: // "**"
		f.others = append(f.others, n)
	case r.pattern.inside:
		inside[strings.Join(words, "/")] = n
	default:
		index[strings.Join(words, "/")] = n
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
	for i, name := range segments {
		end += 1 + len(name)
		found(f.paths, path[:end])
		found(f.names, name)
		if i < len(segments)-1 {
			found(f.pathsInside, path[:end])
			found(f.namesInside, name)
		}
	}
	for i := len(f.others) - 1; i >= 0 && f.others[i] > best; i-- {
		if f.rules[f.others[i]].pattern.matches(segments) {
			best = f.others[i]
		}
	}
	if best < 0 {
		return nil, 0
	}
	return f.rules[best].owners, f.rules[best].line
}

// Len is the number of lines that say something.
func (f *File) Len() int { return len(f.rules) }
