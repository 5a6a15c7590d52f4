package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	// maxWork bounds what is looked at of one change: members, elements and the bytes
	// of texts that are compared or read. Beyond it nothing more is compared, and that
	// is said.
	maxWork  = 8 << 20
	maxDepth = 48
)

// A walk goes through an object before and after a plan side by side. Elements of
// lists are paired by what identifies them, so that one that moved is not one that
// went.
type walk struct {
	path []string // names of the members on the way; a list adds "[]" to its name
	hide int      // how much of the path may be told; the rest is inside something sensitive
	left int      // work
	gone bool     // what is walked through is gone as a whole
	over bool     // there was more than could be compared

	carries bool // the object is described in texts of another API

	// unread sees two values of which one should be a document and cannot be read.
	unread func(before, after node)
	// leaf sees every pair of single values of which one is there.
	leaf func(before, after node)
	// list sees two lists of single values, of which one is there.
	list func(before, after node)
	// lost sees what is gone: a block or a list as a whole, elements, entries. Not what
	// is within something that is gone.
	lost func(l loss)
	// gained sees that a list has more elements than before.
	gained func(n int)
	// enter says whether to go into a member.
	enter func(before, after node) bool
}

// A loss is what stood at one place before and does not after.
type loss struct {
	names     []string // of the parts, where they have one; sorted
	count     int      // parts in all
	had, have int      // parts before and after
	whole     bool     // nothing is left
	swapped   bool     // as many came as went: it may be a change of names
	strong    bool     // the parts have names of their own
	titled    bool     // they are blocks, or entries of a map
	shield    bool     // it does not say of itself that it is switched off
	keys      []string // of a map's entries that are gone; not to be told
	unknown   bool     // after the plan there may be anything
	sensitive bool     // nothing may be told but the number
}

// name is the attribute that the walk stands at.
func (w *walk) name() string { return w.up(1) }

// parent is the block that the attribute is in.
func (w *walk) parent() string { return w.up(2) }

func (w *walk) up(n int) string {
	if len(w.path) < n {
		return ""
	}
	return strings.TrimSuffix(w.path[len(w.path)-n], "[]")
}

// top is the attribute of the resource that all is in.
func (w *walk) top() string {
	if len(w.path) == 0 {
		return ""
	}
	return strings.TrimSuffix(w.path[0], "[]")
}

// where is the place as it is told: names, with [] for a step into a list. A name
// that no provider would choose is an entry's, and stands as a star.
func (w *walk) where() string {
	told := w.path
	if w.hide > 0 && w.hide < len(told) {
		told = told[:w.hide]
	}
	var b strings.Builder
	for i, name := range told {
		if i > 0 {
			b.WriteByte('.')
		}
		if !isName(strings.TrimSuffix(name, "[]")) {
			name = "*"
		}
		b.WriteString(name)
		if b.Len() > maxPath {
			break
		}
	}
	return b.String()
}

const maxPath = 256 // bytes

func isName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func (w *walk) spend(n int) bool {
	if w.left -= n; w.left <= 0 {
		w.over = true
	}
	return !w.over
}

// root walks through the whole object.
func (w *walk) root(before, after node) {
	w.left = maxWork
	w.object(before, after, 0)
}

// object walks through the members of two objects.
func (w *walk) object(before, after node, depth int) {
	if depth > maxDepth {
		w.over = true
		return
	}
	names := union(before.names(), after.names())
	if !w.spend(len(names) + 1) {
		return
	}
	hide := w.hide
	if hide == 0 && len(w.path) > 0 && (before.sensitive == true || after.sensitive == true) {
		w.hide = len(w.path)
	}
	for _, name := range names {
		b, a := before.member(name), after.member(name)
		if !b.there() && !a.there() {
			continue
		}
		// Most of an object stays as it is. Whole attributes are compared once, at the top.
		if depth == 0 && a.unknown != true && w.equal(b.value, a.value, 0) && !tfvalue.Marked(a.unknown) {
			continue
		}
		w.path = append(w.path, name)
		if w.enter(b, a) {
			w.pair(b, a, depth+1)
		}
		w.path = w.path[:len(w.path)-1]
		if w.over {
			break
		}
	}
	w.hide = hide
}

// pair walks through two values of one place.
func (w *walk) pair(b, a node, depth int) {
	b, a, ok := w.documents(b, a)
	if !ok {
		return
	}
	switch {
	case isObject(b) || isObject(a):
		gone := w.entries(b, a)
		was := w.gone
		w.gone = was || gone
		w.object(objectOnly(b), objectOnly(a), depth)
		w.gone = was
	case b.size() >= 0 || a.size() >= 0:
		w.path[len(w.path)-1] += "[]"
		w.lists(b, a, depth)
	default:
		if t, ok := b.value.(string); !ok || w.spend(len(t)/64) {
			w.leaf(b, a)
		}
	}
}

func isObject(n node) bool {
	if _, ok := n.value.(map[string]any); ok {
		return true
	}
	_, ok := n.unknown.(map[string]any)
	return ok && n.value == nil
}

// objectOnly takes away what is no object and so has no members. What is unknown
// as a whole has every member, unknown.
func objectOnly(n node) node {
	if isObject(n) || n.whole() {
		return n
	}
	return node{sensitive: n.sensitive}
}

// entries tells which entries of a map are gone, and whether all of it is.
func (w *walk) entries(b, a node) (gone bool) {
	m, ok := b.value.(map[string]any)
	if !ok || w.gone {
		return false
	}
	l := loss{sensitive: b.sensitive == true || a.sensitive == true, strong: true, titled: true}
	nulls := false
	for _, v := range m {
		if v == nil {
			nulls = true
		} else {
			l.had++
		}
	}
	am, _ := a.value.(map[string]any)
	for _, v := range am {
		if v != nil {
			l.have++
		}
	}
	switch {
	case l.had == 0:
		return false
	case a.whole() && a.value == nil:
		l.unknown, l.count = true, l.had
		w.lost(l)
		return false
	case len(am) == 0 && !tfvalue.Marked(a.unknown):
		l.whole, l.count, l.shield = true, l.had, !b.idle()
		some := func(name string) bool { return m[name] != nil }
		l.names, l.keys = b.shownNames(l.sensitive, some), b.keys(some)
		w.lost(l)
		return true
	}
	missing := func(name string) bool {
		if _, ok := scalar(m[name]); !ok || tfvalue.Marked(part(a.unknown, name)) {
			return false
		}
		v, there := am[name]
		// An object has all its attributes, and those that are not set are null. A null in
		// a map is an entry that is gone.
		return v == nil && (!there || !nulls)
	}
	for name := range m {
		if missing(name) {
			l.count++
		}
	}
	if l.count > 0 {
		l.swapped = l.have >= l.had
		l.names, l.keys = b.shownNames(l.sensitive, missing), b.keys(missing)
		w.lost(l)
	}
	return false
}

// union merges two sorted lists.
func union(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}
