package ghtest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// store holds git objects by id.
type store struct {
	objects map[string]object
	parsed  map[string]*parsedCommit
	trees   map[string][]entry
}

type object struct {
	typ  string
	data []byte
}

func newStore() *store {
	return &store{objects: map[string]object{}, parsed: map[string]*parsedCommit{}, trees: map[string][]entry{}}
}

// entry is a line of a tree.
type entry struct{ mode, name, id string }

func (e entry) typ() string {
	switch e.mode {
	case "40000":
		return "tree"
	case "160000":
		return "commit"
	}
	return "blob"
}

// fullMode has six digits.
func (e entry) fullMode() string { return strings.Repeat("0", 6-len(e.mode)) + e.mode }

// Put adds an object as it is and returns its id. Nothing is checked: a test may put
// what git would not.
func (r *Repo) Put(typ string, data []byte) string { return r.store.put(typ, data) }

func (s *store) put(typ string, data []byte) string {
	id, err := gitobject.Hash("sha1", typ, data)
	if err != nil {
		panic(err)
	}
	if _, ok := s.objects[id]; !ok {
		s.objects[id] = object{typ, data}
	}
	return id
}

// Object is an object of the repository, and its type: "" when there is none.
func (r *Repo) Object(id string) (typ string, data []byte) {
	o := r.store.objects[id]
	return o.typ, o.data
}

// entries reads a tree.
func (s *store) entries(id string) []entry {
	if list, ok := s.trees[id]; ok {
		return list
	}
	o := s.objects[id]
	if o.typ != "tree" {
		return nil
	}
	var list []entry
	for b := o.data; len(b) > 0; {
		head, rest, ok := bytes.Cut(b, []byte{0})
		if !ok || len(rest) < 20 {
			break
		}
		mode, name, _ := strings.Cut(string(head), " ")
		list = append(list, entry{mode, name, fmt.Sprintf("%x", rest[:20])})
		b = rest[20:]
	}
	s.trees[id] = list
	return list
}

// putTree writes a tree, in git's order: a folder sorts as if its name ended in "/".
func (s *store) putTree(list []entry) string {
	key := func(e entry) string {
		if e.mode == "40000" {
			return e.name + "/"
		}
		return e.name
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(key(a), key(b)) })
	var buf bytes.Buffer
	for _, e := range list {
		fmt.Fprintf(&buf, "%s %s\x00", e.mode, e.name)
		raw, err := hex.DecodeString(e.id)
		if err != nil || len(raw) != 20 {
			panic("no object id: " + e.id)
		}
		buf.Write(raw)
	}
	return s.put("tree", buf.Bytes())
}

// edit returns the tree with what changes in it; an empty id removes.
func (s *store) edit(tree string, changes map[string]entry) string {
	here := map[string]entry{}
	for _, e := range s.entries(tree) {
		here[e.name] = e
	}
	below := map[string]map[string]entry{}
	for path, e := range changes {
		first, rest, deep := strings.Cut(path, "/")
		switch {
		case deep:
			if below[first] == nil {
				below[first] = map[string]entry{}
			}
			below[first][rest] = e
		case e.id == "":
			delete(here, first)
		default:
			e.name = first
			here[first] = e
		}
	}
	for name, inner := range below {
		var old string
		if e := here[name]; e.mode == "40000" {
			old = e.id
		}
		id := s.edit(old, inner)
		if len(s.entries(id)) == 0 {
			delete(here, name)
			continue
		}
		here[name] = entry{"40000", name, id}
	}
	list := make([]entry, 0, len(here))
	for _, e := range here {
		list = append(list, e)
	}
	return s.putTree(list)
}

// find is the entry at a path below a tree.
func (s *store) find(tree, path string) (entry, bool) {
	e := entry{"40000", "", tree}
	if path == "" {
		return e, tree != ""
	}
	for name := range strings.SplitSeq(path, "/") {
		list := s.entries(e.id)
		i := slices.IndexFunc(list, func(x entry) bool { return x.name == name })
		if i < 0 {
			return entry{}, false
		}
		e = list[i]
	}
	return e, true
}

// walk calls f for everything below a tree, a folder before what is in it, as git does.
func (s *store) walk(tree, prefix string, f func(path string, e entry)) {
	for _, e := range s.entries(tree) {
		f(prefix+e.name, e)
		if e.mode == "40000" {
			s.walk(e.id, prefix+e.name+"/", f)
		}
	}
}

// Import takes in a real repository: all its objects and refs.
func (r *Repo) Import(tb testing.TB, dir string) {
	tb.Helper()
	git := func(in string, args ...string) []byte {
		cmd := exec.CommandContext(tb.Context(), "git", append([]string{"-C", dir}, args...)...) //nolint:gosec // a test's own repository
		cmd.Stdin = strings.NewReader(in)
		cmd.Env = append(cmd.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+filepath.Join(dir, "none"))
		out, err := cmd.Output()
		if err != nil {
			tb.Fatalf("git %s: %v", args[0], err)
		}
		return out
	}
	for b := git("", "cat-file", "--batch", "--batch-all-objects", "--unordered"); len(b) > 0; {
		head, rest, _ := bytes.Cut(b, []byte("\n"))
		var id, typ string
		var size int
		if _, err := fmt.Sscan(string(head), &id, &typ, &size); err != nil || size+1 > len(rest) {
			tb.Fatalf("git cat-file says %q", head)
		}
		if got := r.store.put(typ, bytes.Clone(rest[:size])); got != id {
			tb.Fatalf("object %s hashes to %s", id, got)
		}
		b = rest[size+1:]
	}
	for line := range strings.Lines(string(git("", "for-each-ref", "--format=%(refname) %(objectname)"))) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		r.Refs[name] = id
	}
}
