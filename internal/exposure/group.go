package exposure

import (
	"cmp"
	"slices"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// group is one rule set before and after.
type group struct {
	key           string
	before, after []box
	members       []int32        // the resources something happens to, in order
	first         int32          // the first resource of the set, something happens to it or not
	vague         map[int32]bool // of these resources something is the provider's computed default, which is not known
	gone          bool           // the set itself is destroyed
}

// grouping unites the lines of rule sets.
type grouping struct {
	*Set
	cfg     tfvalue.Configuration
	own     map[place][]int32 // the sets at a place of the configuration
	refers  map[reference]int32
	budget  int // lines that may yet be written out of lists
	entries map[int32]*entries
}

// place is a resource of the configuration in one instance of its module. A set and
// what refers to it by name are in the same instance.
type place struct{ module, config string }

type reference struct{ res, attribute int32 }

// entries of one address list.
type entries struct {
	before, after         []box
	wholeBefore, wholeNow bool // the list itself is in the plan, so these are all
	changed               bool // the plan may change what is in it
}

// groups returns the sets that something happens to, ordered by their key.
func (s *Set) groups(cfg tfvalue.Configuration) ([]*group, error) {
	g := grouping{Set: s, cfg: cfg, own: map[place][]int32{}, refers: map[reference]int32{}, budget: s.lim.Rules, entries: map[int32]*entries{}}
	for i := range s.resources {
		if r := &s.resources[i]; r.isSet && !r.deleted {
			p := place{r.module, r.config}
			g.own[p] = append(g.own[p], int32(i)) //nolint:gosec // at most the limit
		}
	}
	g.lists()
	touched := g.touched()
	for i := range s.resources {
		r := &s.resources[i]
		if err := g.gather(r, r.before, true, touched); err != nil {
			return nil, err
		}
		after := r.after
		if r.same {
			after = r.before
		}
		if err := g.gather(r, after, false, touched); err != nil {
			return nil, err
		}
	}
	out := make([]*group, 0, len(touched))
	for _, x := range touched {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b *group) int { return cmp.Compare(a.key, b.key) })
	return out, nil
}

// touched returns an empty group for every set that something happens to, or to an
// address list that its rules refer to.
func (g *grouping) touched() map[int32]*group {
	out := map[int32]*group{}
	for i := range g.resources {
		r := &g.resources[i]
		seen := func(bs []box, after bool) {
			for j := range bs {
				if !r.touched && !g.refersToChanged(&bs[j]) {
					continue
				}
				k := g.key(&bs[j], r, after)
				x := out[k]
				if x == nil {
					x = &group{key: g.text1[k], first: int32(i), vague: map[int32]bool{}} //nolint:gosec // at most the limit
					out[k] = x
				}
				if !r.touched {
					continue
				}
				if n := int32(i); len(x.members) == 0 || x.members[len(x.members)-1] != n { //nolint:gosec // at most the limit
					x.members = append(x.members, n)
				}
				x.gone = x.gone || r.deleted && bs[j].attribute == 0
			}
		}
		seen(r.before, false)
		seen(r.after, true)
	}
	return out
}

// refersToChanged reports whether the source of a rule is an address list that the
// plan may change.
func (g *grouping) refersToChanged(b *box) bool {
	if b.dir == list || b.kind != kindNamed && b.kind != kindInside {
		return false
	}
	e := g.entries[b.name]
	return e != nil && e.changed
}

// lists gathers the entries of every address list.
func (g *grouping) lists() {
	at := func(k int32) *entries {
		e := g.entries[k]
		if e == nil {
			e = &entries{}
			g.entries[k] = e
		}
		return e
	}
	for i := range g.resources {
		r := &g.resources[i]
		for j := range r.before {
			if b := &r.before[j]; b.dir == list {
				e := at(g.key(b, r, false))
				e.wholeBefore, e.changed = e.wholeBefore || r.listBefore, e.changed || r.touched
				if b.kind != kindMarker {
					e.before = append(e.before, *b)
				}
			}
		}
		after := r.after
		if r.same {
			after = r.before
		}
		for j := range after {
			if b := &after[j]; b.dir == list && g.counts(b, r) {
				e := at(g.key(b, r, true))
				e.wholeNow, e.changed = e.wholeNow || r.listAfter, e.changed || r.touched
				if b.kind != kindMarker {
					e.after = append(e.after, *b)
				}
			}
		}
	}
}

// counts reports whether a line counts: what is not known and set by nobody is the
// provider's computed default.
func (g *grouping) counts(b *box, r *resource) bool {
	if b.needs == 0 || g.cfg == nil {
		return true
	}
	n := g.needed[b.needs-1]
	if n[0] == unless {
		return !g.cfg.Sets(r.config, n[1:]...)
	}
	return g.cfg.Sets(r.config, n...)
}

// gather gives the lines of one side of a resource to their groups.
func (g *grouping) gather(r *resource, bs []box, before bool, touched map[int32]*group) error {
	for i := range bs {
		b := &bs[i]
		x := touched[g.key(b, r, !before)]
		if x == nil || b.dir == none || b.kind == kindMarker {
			continue
		}
		if !before && !g.counts(b, r) {
			x.vague[b.res] = true
			continue
		}
		to := &x.after
		if before {
			to = &x.before
		}
		if err := g.write(to, b, before); err != nil {
			return err
		}
	}
	return nil
}

// write adds a line, and for the name of an address list that the plan shows its
// entries.
func (g *grouping) write(to *[]box, b *box, before bool) error {
	named := b.kind == kindNamed || b.kind == kindInside
	if e := g.entries[b.name]; named && b.dir != list && e != nil {
		es, whole := e.after, e.wholeNow
		if before {
			es, whole = e.before, e.wholeBefore
		}
		if g.budget -= len(es); g.budget < 0 {
			return ErrTooMany
		}
		for i := range es {
			x := *b
			x.span, x.kind, x.name = es[i].span, es[i].kind, es[i].name
			x.sensitive = b.sensitive || es[i].sensitive
			if es[i].kind == kindUnknown && b.deny {
				x.name = unreadDeny
			}
			if e.changed {
				x.via = b.name
			}
			*to = append(*to, x)
		}
		if whole {
			return nil
		}
	}
	if b.kind != kindInside {
		*to = append(*to, *b)
	}
	return nil
}

// key returns the set a line belongs to: its id, or the address of the resource that
// is the set, as long as it has none.
func (g *grouping) key(b *box, r *resource, after bool) int32 {
	switch {
	case b.owner != 0:
		return b.owner
	case b.attribute == 0:
		return g.ownKey(r)
	case !after && !r.same:
		// What a line belonged to should be known. Where it is not, it is what it
		// belongs to now.
		for i := range r.after {
			if a := &r.after[i]; a.attribute == b.attribute {
				return g.key(a, r, true)
			}
		}
	}
	return g.referred(b, r)
}

func (g *grouping) ownKey(r *resource) int32 {
	switch {
	case r.isSet && r.idBefore != 0:
		return r.idBefore
	case r.isSet && r.idAfter != 0:
		return r.idAfter
	}
	return g.text("address " + r.address)
}

// referred returns the set that the configuration of a line names. An id that is not
// known belongs to a set that this plan makes, so a reference to anything else proves
// nothing; nor does one of several.
func (g *grouping) referred(b *box, r *resource) int32 {
	ref := reference{b.res, b.attribute}
	if k, ok := g.refers[ref]; ok {
		return k
	}
	k := g.text("address " + r.address)
	if g.cfg != nil {
		if to := g.cfg.References(r.config, g.text1[b.attribute]); len(to) == 1 {
			for _, config := range []string{within(r.configModule, to[0]), to[0]} {
				sets := g.own[place{r.module, config}]
				if len(sets) == 0 {
					continue
				}
				if t := &g.resources[sets[0]]; len(sets) == 1 && t.touched && t.idAfter == 0 {
					k = g.ownKey(t)
				}
				break
			}
		}
	}
	g.refers[ref] = k
	return k
}

func within(module, config string) string {
	if module == "" {
		return config
	}
	return module + "." + config
}

// named is the resource that is named for what no other can be: the first that
// something happens to.
func (g *group) named() int32 {
	if len(g.members) > 0 {
		return g.members[0]
	}
	return g.first
}
