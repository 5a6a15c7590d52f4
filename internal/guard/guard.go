package guard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	maxNames    = 20 // names of parts in one consequence
	maxOfAKind  = 60 // consequences of one kind in one change
	maxNameText = 60 // bytes of a name of a part
)

// Consequences tells what one change weakens, opens or takes away, sorted by kind,
// then attribute. t is the table of resource types that the policy extends.
func Consequences(c *tfvalue.Change, t *resource.Table) []tfvalue.Pending {
	if c == nil || c.Mode != "" && c.Mode != "managed" {
		return nil
	}
	known, _ := t.Lookup(c.Type)
	if under, ok := t.Carried(c); ok {
		known = under // what the object really is
	}
	j := judge{c: c, table: t, typ: known, traits: traitsOf(c, known)}
	j.before = node{c.Before, nil, c.BeforeSensitive}
	j.after = node{c.After, c.Unknown, c.AfterSensitive}
	if c.Before == nil || c.Action == checks.ActionCreate {
		j.before = node{}
	}
	if c.After == nil {
		j.after.value = nil // a nil map is no value
	}
	switch c.Action {
	case checks.ActionNoOp, checks.ActionRead, checks.ActionForget:
		return nil
	case checks.ActionDelete:
		j.destroyed()
		return j.told()
	case checks.ActionCreate, checks.ActionUpdate, checks.ActionReplace, checks.ActionReplaceForget:
	default:
		j.destroyed() // what it does is not known: the worst it could be
	}
	if c.After == nil && !tfvalue.Marked(c.Unknown) {
		return j.told()
	}
	j.owned = ownedBy(known, j.traits.control)
	j.watched()
	j.compared()
	if c.Action != checks.ActionUpdate {
		j.made()
	}
	if c.Action == checks.ActionReplace {
		j.keyDestroyed()
	}
	j.special()
	return j.told()
}

// A judge looks at one change.
type judge struct {
	c             *tfvalue.Change
	typ           resource.Type
	traits        traits
	before, after node
	owned         owned
	blockTold     bool            // that the block is gone, which the walk is in, was told as a weakening
	places        map[string]bool // attributes that the table watches in this type
	table         *resource.Table
	out           []tfvalue.Pending
	seen          map[string]int // place in out, by kind and attribute
}

// replaced reports whether one object takes the place of another.
func (j *judge) replaced() bool {
	return j.c.Action == checks.ActionReplace || j.c.Action == checks.ActionReplaceForget
}

// compared judges an object that is there after the plan.
func (j *judge) compared() {
	w := &walk{carries: carriers[j.c.Type]}
	w.unread = func(b, a node) { j.unread(w, b, a) }
	w.leaf = func(b, a node) { j.leaf(w, b, a) }
	w.list = func(b, a node) { j.list(w, b, a) }
	w.gained = func(n int) { j.gained(w, n) }
	w.lost = func(l loss) { j.lost(w, l) }
	w.enter = func(_, _ node) bool { return len(j.owned.paths) == 0 || !j.owned.paths[places(w)] }
	w.root(j.before, j.after)
	if w.over {
		p := j.c.Pend(checks.ConsequencePartRemoved, "")
		p.Unknown, p.Note = true, "too much to compare: anything may be taken away or weakened"
		j.tell(p)
	}
}

// tell keeps a consequence. The same at the same attribute is told once, with all
// its parts.
func (j *judge) tell(p tfvalue.Pending) {
	slices.Sort(p.What)
	if p.Sensitive {
		p.Before, p.After, p.What = "", "", nil
	}
	key := string(p.Kind) + " " + p.Attribute + " " + strconv.FormatBool(len(p.Needs) > 0)
	if i, ok := j.seen[key]; ok {
		was := &j.out[i]
		was.What = append(was.What, p.What...)
		was.More += p.More
		was.Unknown = was.Unknown || p.Unknown
		if p.Sensitive || was.Sensitive {
			was.Sensitive, was.Before, was.After, was.What = true, "", "", nil
		}
		if was.Note == "" {
			was.Note = p.Note
		}
		if was.Before != p.Before || was.After != p.After {
			was.Before, was.After = "", "" // not the same everywhere
		}
		return
	}
	if j.seen == nil {
		j.seen = map[string]int{}
	}
	j.seen[key] = len(j.out)
	j.out = append(j.out, p)
}

// told returns what was found, in order and within bounds.
func (j *judge) told() []tfvalue.Pending {
	slices.SortStableFunc(j.out, func(a, b tfvalue.Pending) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Attribute, b.Attribute), cmp.Compare(len(a.Needs), len(b.Needs)))
	})
	var out []tfvalue.Pending
	n := map[checks.ConsequenceKind]int{}
	for _, p := range j.out {
		if n[p.Kind]++; n[p.Kind] > maxOfAKind {
			if n[p.Kind] == maxOfAKind+1 {
				rest := j.c.Pend(p.Kind, "")
				rest.Note = "more attributes than are told here"
				out = append(out, rest)
			}
			continue
		}
		slices.Sort(p.What)
		p.What = slices.Compact(p.What)
		if len(p.What) > maxNames {
			p.More += len(p.What) - maxNames
			p.What = p.What[:maxNames:maxNames]
		}
		out = append(out, p)
	}
	return out
}
