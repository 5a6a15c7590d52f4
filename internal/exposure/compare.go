package exposure

import "slices"

// comparison compares sides of rule sets.
type comparison struct {
	set  *Set
	work *budget
	room *budget // ranges of addresses that may yet be kept
}

// widened returns what one direction of a rule set allows after and did not before.
// fallback is the resource that is named when no other can be.
//
// What matters of an address is which line decides: after, an allow for at most one
// name; before, a deny for at most one name, or none. So worlds of at most two names
// tell everything.
func (c *comparison) widened(before, after []box, fallback int32) ([]*fragment, error) {
	s, err := c.differences(before, after)
	if err != nil || len(s.opening) == 0 {
		return nil, err
	}
	for i := range s.opening {
		if err := c.blame(&s.opening[i], s.removed, fallback); err != nil {
			return nil, err
		}
	}
	r := newRuns(c.work, c.room)
	var opens, denied, single []int32 // names that are opened, names and protocols that were denied
	for i := range s.opening {
		if n := s.opening[i].name; n != 0 {
			opens = append(opens, n)
		}
	}
	for i := range s.before {
		if b := &s.before[i]; b.deny {
			if b.name != 0 {
				denied = append(denied, b.name)
			}
			if b.proto != c.set.all {
				single = append(single, b.proto)
			}
		}
	}
	opens, denied, single = distinct(opens), distinct(denied), distinct(single)
	for _, o := range append([]int32{0}, opens...) {
		lines := slices.DeleteFunc(slices.Clone(s.opening), func(b box) bool { return b.name != o })
		if err := c.work.spend(len(s.opening)); err != nil {
			return nil, err
		}
		for _, d := range append([]int32{0}, denied...) {
			if d != 0 && d == o {
				continue
			}
			q := question{world: world{o, d}}
			if d != 0 {
				q.less = []lesser{{world: world{o, 0}}}
			}
			if err := c.ask(q, s, lines, single, r); err != nil {
				return nil, err
			}
		}
	}
	return r.all(), nil
}

// ask asks a question for each family and protocol.
func (c *comparison) ask(q question, s *sides, lines []box, single []int32, r *runs) error {
	all := c.set.all
	protos := []int32{0}
	for i := range lines {
		if p := lines[i].proto; p != all {
			protos = append(protos, p)
		}
	}
	worlds := q.less
	for _, p := range distinct(append(protos, single...)) {
		opening := lines
		q.proto, q.less = p, nil
		for _, w := range worlds {
			q.less = append(q.less, lesser{w.world, p})
		}
		switch _, was := slices.BinarySearch(single, p); {
		case p == 0:
		case was:
			// A line for all protocols may open a single one: one that was denied before.
			q.less = append(q.less, lesser{q.world, 0})
		default:
			opening = slices.DeleteFunc(slices.Clone(lines), func(b box) bool { return b.proto == all })
		}
		if err := c.work.spend(len(lines) + 1); err != nil {
			return err
		}
		for _, q.family = range []family{ipv4, ipv6} {
			err := q.slices(opening, s.before, s.after, all, c.work, func(x *slice) error { return c.tell(&q, x, r) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// tell makes fragments of what is newly allowed at a slice of ports.
func (c *comparison) tell(q *question, s *slice, r *runs) error {
	world, known := false, false
	return q.gained(s, c.work, func(lines []int, fresh []Span) error {
		if !known {
			now, err := allowed(s.after, 1, c.work)
			if err != nil {
				return err
			}
			world, known = isWorld(q.family, now), true
		}
		first := &s.open[lines[0]]
		f := &fragment{res: first.blame, dir: first.dir, through: first.through, family: q.family, proto: q.proto, from: s.from, to: s.to, fresh: fresh, world: world}
		f.via = first.via
		if f.proto == 0 {
			f.proto = c.set.all
		}
		if f.name = q.world[0]; f.name == 0 {
			f.name = q.world[1]
		}
		var sources []Span
		for _, i := range lines {
			f.sensitive = f.sensitive || s.open[i].sensitive
			if x := &s.open[i]; x.through != f.through {
				f.through = throughNothing
			}
			if s.open[i].via != f.via {
				f.via = 0
			}
			if s.open[i].res == f.res {
				sources = append(sources, s.open[i].span)
			}
		}
		f.source = c.around(f, s, lines)
		if hides(s) {
			// What is left of a line would tell what was taken away.
			if f.veiled = true; len(sources) == 0 {
				f.sensitive = true
			} else {
				f.source = widest(sources)
			}
		}
		return r.add(f)
	})
}

// hides reports whether a line that takes something away is sensitive: one that
// allowed it before, or denies it.
func hides(s *slice) bool {
	return slices.ContainsFunc(s.before, func(x spot) bool { return x.sensitive }) ||
		slices.ContainsFunc(s.after, func(x spot) bool { return x.sensitive && x.deny })
}

// around is what a person would call the source of the widest new part: the sources of
// the resource around it, joined where they touch. Lines for whoever no other line
// decides about are asked last.
func (c *comparison) around(f *fragment, s *slice, lines []int) Span {
	part := widest(f.fresh)
	if f.name != 0 {
		return part
	}
	for _, last := range []bool{false, true} {
		var sources []Span
		for _, i := range lines {
			if x := &s.open[i]; x.res == f.res && (last || x.order != lastOrder) {
				sources = append(sources, x.span)
			}
		}
		if len(sources) == 0 {
			continue
		}
		for i := range s.after {
			if a := &s.after[i]; !a.deny && a.res == f.res && (last || a.order != lastOrder) {
				sources = append(sources, a.span)
			}
		}
		for _, x := range union(sources) {
			if x.lo.cmp(part.lo) <= 0 && part.hi.cmp(x.hi) <= 0 {
				return x
			}
		}
	}
	return part
}

// blame finds the resource that opens a line: the line's own if something happens to
// it or to the address list in it, else that of a deny that is gone.
func (c *comparison) blame(b *box, removed []box, fallback int32) error {
	b.blame = b.res
	if b.via != 0 || c.set.resources[b.res].touched {
		return nil
	}
	b.blame = fallback
	for i := range removed {
		if err := c.work.spend(1); err != nil {
			return err
		}
		if d := &removed[i]; d.order <= b.order && d.overlaps(b, c.set.all) && c.set.resources[d.res].touched {
			b.blame = d.res
			return nil
		}
	}
	return nil
}

// sides are the lines of one direction of a rule set as they count: what is not known
// proves neither that something was allowed before nor that it is denied after.
type sides struct {
	before, after []box
	opening       []box // lines of after that may allow what before did not
	removed       []box // denies of before that are not in after
}

func (c *comparison) differences(before, after []box) (*sides, error) {
	s := &sides{}
	if err := c.work.spend(2 * (len(before) + len(after))); err != nil {
		return nil, err
	}
	was, is := c.identities(before), c.identities(after)
	for i := range before {
		b := &before[i]
		if b.deny && !is[b.identity()] {
			s.removed = append(s.removed, *b)
		}
		if b.deny || !b.unclear && b.kind != kindUnknown {
			s.before = append(s.before, *b)
		}
	}
	for i := range after {
		b := &after[i]
		if !b.deny || !b.unclear && b.kind != kindUnknown {
			s.after = append(s.after, *b)
		}
		if b.deny {
			continue
		}
		if !was[b.identity()] {
			s.opening = append(s.opening, *b)
			continue
		}
		if err := c.work.spend(len(s.removed) + 1); err != nil {
			return nil, err
		}
		// The line was there before, so it opens something only if a deny that was
		// tried before it is gone.
		if slices.ContainsFunc(s.removed, func(d box) bool { return d.order <= b.order && d.overlaps(b, c.set.all) }) {
			s.opening = append(s.opening, *b)
		}
	}
	return s, nil
}

// identities returns the identities of lines. A line of which something is not known
// stays the same only in a resource that nothing happens to.
func (c *comparison) identities(bs []box) map[box]bool {
	out := make(map[box]bool, len(bs))
	for i := range bs {
		b := &bs[i]
		if (b.unclear || b.kind == kindUnknown) && (b.via != 0 || c.set.resources[b.res].touched) {
			continue
		}
		out[b.identity()] = true
	}
	return out
}

func distinct(ns []int32) []int32 {
	slices.Sort(ns)
	return slices.Compact(ns)
}
