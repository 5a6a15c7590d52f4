package ghapi

import "context"

// What is done before anybody asks for it is bounded; trees can be made to be walked
// for ever.
const (
	maxAhead      = 1000      // trees that are read
	maxAheadBytes = 128 << 20 // of the trees that are looked through
	aheadCost     = 200       // bytes that an empty tree counts for
)

// folders are the two sides of a comparison; an empty id is a folder that is not
// there.
type folders struct{ before, after string }

// ahead reads the trees that comparing each known commit with its first parent takes.
// Each of these comparisons goes down level by level; done one after the other they
// would cost a call for each commit and level, and together one for each level. What
// cannot be read here is not missed: whoever needs it asks for it, and learns why.
func (o *Objects) ahead(ctx context.Context) error {
	if o.lookedFor == len(o.order) {
		return nil
	}
	o.lookedFor = len(o.order)
	seen := map[folders]bool{}
	var level []folders
	add := func(next []folders, p folders) []folders {
		if p.before != p.after && !seen[p] {
			seen[p] = true
			next = append(next, p)
		}
		return next
	}
	for _, id := range o.order {
		c := o.told[id]
		if len(c.Parents) == 0 || o.notes[id] {
			continue
		}
		if parent, known := o.told[c.Parents[0]]; known {
			level = add(level, folders{parent.Tree, c.Tree})
		}
	}
	for read, bytes := 0, 0; len(level) > 0; {
		want := o.unknownOf(level)
		if read += len(want); read > maxAhead {
			return nil
		}
		if err := o.ask(ctx, want); err != nil {
			return err
		}
		var next []folders
		for _, p := range level {
			if bytes += aheadCost + len(o.trees[p.before]) + len(o.trees[p.after]); bytes > maxAheadBytes {
				return nil
			}
			before, after := o.foldersOf(p.before), o.foldersOf(p.after)
			for name, id := range before {
				next = add(next, folders{id, after[name]})
			}
			for name, id := range after {
				if before[name] == "" {
					next = add(next, folders{"", id})
				}
			}
		}
		level = next
	}
	return nil
}

// unknownOf lists the trees of a level that were not read.
func (o *Objects) unknownOf(level []folders) []string {
	var ids []string
	for _, p := range level {
		for _, id := range []string{p.before, p.after} {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	return o.unknown(ids)
}

// foldersOf lists the folders in a tree that was read, by their names.
func (o *Objects) foldersOf(id string) map[string]string {
	out := map[string]string{}
	for _, l := range decodeTree(o.trees[id], len(id)) {
		if l.isTree() {
			out[l.name] = l.id
		}
	}
	return out
}
