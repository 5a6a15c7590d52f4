package ghtest

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// reachable are the commits from id on, itself among them.
func (s *store) reachable(id string) map[string]bool {
	seen := map[string]bool{}
	for todo := []string{id}; len(todo) > 0; {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		c := s.commit(id)
		if c == nil || seen[id] {
			continue
		}
		seen[id] = true
		todo = append(todo, c.parents...)
	}
	return seen
}

// between are the commits that head reaches and base does not, parents first.
func (s *store) between(base, head string) []string {
	hidden := s.reachable(base)
	var out []string
	done := map[string]bool{}
	// The stack says of every commit whether its parents have been looked at.
	type step struct {
		id  string
		out bool
	}
	for todo := []step{{head, false}}; len(todo) > 0; {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		c := s.commit(t.id)
		if c == nil || hidden[t.id] || done[t.id] {
			continue
		}
		if t.out {
			done[t.id] = true
			out = append(out, t.id)
			continue
		}
		todo = append(todo, step{t.id, true})
		for _, p := range slices.Backward(c.parents) {
			todo = append(todo, step{p, false})
		}
	}
	return out
}

// mergeBase is one of the best common ancestors, the same one every time; empty when
// there is none.
func (s *store) mergeBase(a, b string) string {
	of := s.reachable(a)
	common := map[string]bool{}
	for id := range s.reachable(b) {
		if of[id] {
			common[id] = true
		}
	}
	if common[a] {
		return a // a straight line, as a rule
	}
	best := maps.Clone(common)
	for id := range common {
		for _, p := range s.commit(id).parents {
			delete(best, p) // of parents that are common too, a child is better
		}
	}
	if len(best) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(best)))
}

// change is a file that differs between two trees.
type change struct {
	path, old          string // old is the path before, of a renamed one
	status             string // added, removed, modified, renamed, changed (only the mode)
	blob               string
	additions, removed int
}

// diff is what differs, by path. Only what was moved as it is counts as renamed.
func (s *store) diff(a, b string) []change {
	before, after := map[string]entry{}, map[string]entry{}
	s.differ(a, b, "", before, after)
	gone := map[string][]string{} // by blob
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[path]; !ok {
			id := before[path].id
			gone[id] = append(gone[id], path)
		}
	}
	var out []change
	moved := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		e, old := after[path], before[path]
		c := change{path: path, blob: e.id, status: "modified"}
		switch {
		case old.id == e.id && old.id != "":
			c.status = "changed"
		case old.id != "":
			c.additions, c.removed = s.lines(old.id, e.id)
		case len(gone[e.id]) > 0:
			c.status, c.old = "renamed", gone[e.id][0]
			gone[e.id] = gone[e.id][1:]
			moved[c.old] = true
		default:
			c.status = "added"
			c.additions, _ = s.lines("", e.id)
		}
		out = append(out, c)
	}
	for path, e := range before {
		if _, ok := after[path]; ok || moved[path] {
			continue
		}
		c := change{path: path, blob: e.id, status: "removed"}
		_, c.removed = s.lines(e.id, "")
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y change) int { return strings.Compare(x.path, y.path) })
	return out
}

// differ puts the files that differ into the maps; trees that are the same are passed by.
func (s *store) differ(a, b, prefix string, before, after map[string]entry) {
	if a == b {
		return
	}
	old := map[string]entry{}
	for _, e := range s.entries(a) {
		old[e.name] = e
	}
	for _, e := range s.entries(b) {
		o, ok := old[e.name]
		delete(old, e.name)
		if ok && o == e {
			continue
		}
		s.side(o, e, prefix+e.name, before, after)
	}
	for name, o := range old {
		s.side(o, entry{}, prefix+name, before, after)
	}
}

func (s *store) side(o, e entry, path string, before, after map[string]entry) {
	treeOf := func(x entry) string {
		if x.mode == "40000" {
			return x.id
		}
		return ""
	}
	if t, u := treeOf(o), treeOf(e); t != "" || u != "" {
		s.differ(t, u, path+"/", before, after)
	}
	if o.id != "" && treeOf(o) == "" {
		before[path] = o
	}
	if e.id != "" && treeOf(e) == "" {
		after[path] = e
	}
}

// lines counts lines added and removed: by how often each line is there, which is
// what a diff says unless lines only changed places.
func (s *store) lines(a, b string) (added, removed int) {
	x, y := s.objects[a].data, s.objects[b].data
	if bytes.IndexByte(x, 0) >= 0 || bytes.IndexByte(y, 0) >= 0 {
		return 0, 0
	}
	count := map[string]int{}
	for l := range bytes.Lines(x) {
		count[string(l)]--
	}
	for l := range bytes.Lines(y) {
		count[string(l)]++
	}
	for _, n := range count {
		if n > 0 {
			added += n
		} else {
			removed -= n
		}
	}
	return added, removed
}
