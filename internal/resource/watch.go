package resource

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Watch is an attribute whose value protects an object or exposes it. A Watch is
// shared: nobody may change it.
type Watch struct {
	Path string // of the attribute; the first step is its name at the top of the resource
	// Kind is what its weakening is: protection-off, guardrail-off, key-weakened, public
	// or irreversible.
	Kind checks.ConsequenceKind
	Why  string // what the weak value means, to follow the value: "a destroy leaves no snapshot"
	// Created: it counts when an object is created as well; else only when one that
	// exists is changed.
	Created bool
	// Default is the word for what is meant when nobody sets it; empty: nothing is. It
	// is what the provider does, so an unknown value that nobody sets is this.
	Default string

	types, not []string // globs; no types: all
	unless     string   // path of another attribute, and the word that takes the meaning away
	unlessWord string
	scale      scale
}

// for reports whether the attribute means this in a type.
func (w *Watch) forType(typ string) bool {
	is := func(g string) bool { return glob(g, typ) }
	return (len(w.types) == 0 || slices.ContainsFunc(w.types, is)) && !slices.ContainsFunc(w.not, is)
}

// Top is the name of the attribute at the top of the resource, by which the
// configuration says whether anybody sets it.
func (w *Watch) Top() string {
	top, _, _ := strings.Cut(w.Path, ".")
	return strings.TrimSuffix(top, "[]")
}

// Bound reports whether the attribute is bound to types, rather than watched in all.
func (w *Watch) Bound() bool { return len(w.types) > 0 }

// Holds reports whether the value protects, or at least does not expose. ok is false
// when there is no value, and then the default counts. An unknown value does not.
func (w *Watch) Holds(v tfvalue.Value, ok bool) bool {
	if ok && v.Unknown {
		return false
	}
	return w.scale.holds(w.grade(v, ok))
}

// Weakens reports whether a change from before to after weakens the protection or
// exposes more. ok is false where there is no value. A value that is known only after
// apply counts as the worst it could be, unless the object had no protection to lose;
// whether anybody set it is for the configuration to say.
func (w *Watch) Weakens(before, after tfvalue.Value, beforeOK, afterOK bool) bool {
	old := w.grade(before, beforeOK)
	if afterOK && after.Unknown {
		return w.scale.falls(old, w.scale.worst())
	}
	return w.scale.falls(old, w.grade(after, afterOK))
}

// Exposes reports whether the value exposes the object, or, of other attributes,
// does not protect it. It is meant for objects that are created.
func (w *Watch) Exposes(v tfvalue.Value, ok bool) bool { return !w.Holds(v, ok) }

// Moves is what a change does to a watched attribute.
type Moves struct {
	Weak      bool
	Unknown   bool   // known only after apply, and judged as the worst it could be
	Computed  bool   // Unknown, and harmless when nobody sets the attribute: then it is the provider's default
	Sensitive bool   // the plan marks a value sensitive
	Before    string // the deciding values as words that may be shown; empty when they may not
	After     string
}

// Compare holds an attribute before against after, over every place its path leads
// to. Elements of a list have no names that last, so the weakest before is held
// against the weakest after, the second weakest against the second, and so on; an
// element more or less counts as one without the attribute. For a created object
// there is no before, and only what counts then is told; a destroyed one has nothing
// to weaken.
func (w *Watch) Compare(old, now tfvalue.Side) Moves {
	if !now.Exists() || !old.Exists() && !w.Created || w.excused(now) {
		return Moves{}
	}
	bs, as := w.values(old), w.values(now)
	n := max(len(bs), len(as))
	bs, as = w.pad(bs, n), w.pad(as, n)
	weaker := w.scale.falls
	if !old.Exists() {
		// Less than what is meant when nobody says anything, or no protection at all.
		weaker = func(absent, after grade) bool { return !w.scale.holds(after) || w.scale.falls(absent, after) }
	}
	var m Moves
	for i := range n {
		b, a := bs[i], as[i]
		if !weaker(b.g, a.g) || a.unknown && m.Weak {
			continue
		}
		m = Moves{Weak: true, Unknown: a.unknown, Sensitive: a.sensitive || b.sensitive, Before: b.word, After: a.word}
		if !a.unknown {
			break // what is known is said rather than what is not
		}
		m.Computed = w.Default == "" || !weaker(b.g, w.grade(tfvalue.Value{}, false))
	}
	return m
}

// graded is a value with its place on the scale.
type graded struct {
	g                  grade
	word               string
	unknown, sensitive bool
}

// values finds the attribute, the weakest first.
func (w *Watch) values(s tfvalue.Side) []graded {
	var out []graded
	for _, v := range s.All(w.Path) {
		e := graded{g: w.grade(v, true), word: v.Word(), unknown: v.Unknown, sensitive: v.Sensitive}
		if e.unknown {
			e.g, e.word = w.scale.worst(), ""
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		out = append(out, graded{g: w.grade(tfvalue.Value{}, false)})
	}
	slices.SortStableFunc(out, func(a, b graded) int { return w.scale.compare(a.g, b.g) })
	return out
}

// pad makes the lists the same length with what is meant by an attribute that is not
// there.
func (w *Watch) pad(vs []graded, n int) []graded {
	for len(vs) < n {
		vs = append(vs, graded{g: w.grade(tfvalue.Value{}, false)})
	}
	slices.SortStableFunc(vs, func(a, b graded) int { return w.scale.compare(a.g, b.g) })
	return vs
}

func (w *Watch) excused(s tfvalue.Side) bool {
	if w.unless == "" {
		return false
	}
	v, ok := s.At(w.unless)
	text, isText := v.Text()
	return ok && isText && !v.Unknown && strings.EqualFold(text, w.unlessWord)
}

func (w *Watch) grade(v tfvalue.Value, ok bool) grade {
	if !ok || v.Value == nil {
		return w.scale.missing(w.Default)
	}
	return w.scale.grade(v)
}

// Watches lists the attributes that are watched in a type: those of every type, those
// that are bound to it, and guards that the policy adds, in the order of the data. The
// caller must not change the list.
func (t *Table) Watches(typ string) []*Watch {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ws, ok := t.watched[typ]; ok {
		return ws
	}
	list, err := watches()
	if err != nil {
		return nil // TestData keeps this from happening
	}
	var out []*Watch
	for _, w := range list.all {
		if w.forType(typ) {
			out = append(out, w)
		}
	}
	known, _ := t.Lookup(typ)
	for _, g := range known.Guards {
		if find(out, g) == nil {
			out = append(out, declared(g))
		}
	}
	if len(t.watched) < maxWatched {
		if t.watched == nil {
			t.watched = map[string][]*Watch{}
		}
		t.watched[typ] = out
	}
	return out
}

// declared watches a guard of which nothing is known but that it is one.
func declared(path string) *Watch {
	return &Watch{Path: path, Kind: checks.ConsequenceProtectionOff, Why: "it is no longer protected", scale: truth{}}
}

// Watch returns what watches an attribute of a type. Paths are compared without
// "[]". Where an attribute both protects and cannot be undone, the protection is
// returned.
func (t *Table) Watch(typ, attribute string) (*Watch, bool) {
	w := find(t.Watches(typ), attribute)
	return w, w != nil
}

// Guard returns what watches a guard of a type: the same that tells of its weakening
// ([Table.Watches]) says whether it holds.
func (t *Table) Guard(typ, path string) *Watch {
	if w, ok := t.Watch(typ, path); ok {
		return w
	}
	return declared(path) // of a kind that a carrier carries, which is no type of its own
}

func find(ws []*Watch, path string) *Watch {
	for _, w := range ws {
		if w.Kind != checks.ConsequenceIrreversible && plain(w.Path) == plain(path) {
			return w
		}
	}
	return nil
}

func plain(path string) string { return strings.ReplaceAll(path, "[]", "") }
