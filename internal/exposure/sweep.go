package exposure

import (
	"cmp"
	"slices"
)

// world is who an address may belong to: which of the names, at most two. What a name
// stands for is not known, so a line for a name is judged for an address that has it,
// and for one that has not.
type world [2]int32

func (w world) has(name int32) bool { return name != 0 && (name == w[0] || name == w[1]) }

// question asks what lines newly allow in one world to one protocol.
type question struct {
	family family
	world  world
	proto  int32 // 0: a protocol that no line names
	// less are smaller questions: what a line newly allows there too was told there.
	less []lesser
}

// lesser is a question of which every line that matches also matches in the other.
type lesser struct {
	world world
	proto int32
}

// spot is a line as it matches addresses of one family in one world.
type spot struct {
	*box
	span Span
	in   uint8 // bit 0: the question; the others: the smaller ones
}

// matches returns the boxes that can match at all, with their addresses.
func (q *question) matches(bs []box, all int32) []spot {
	var out []spot
	for i := range bs {
		b := &bs[i]
		if !b.matches(q.world, q.proto, q.family, all) {
			continue
		}
		s := spot{box: b, span: b.span, in: 1}
		if b.kind != kindIPv4 && b.kind != kindIPv6 {
			s.span = q.family.all()
		}
		for k, l := range q.less {
			if b.matches(l.world, l.proto, q.family, all) {
				s.in |= 2 << k
			}
		}
		out = append(out, s)
	}
	return out
}

func (b *box) matches(w world, proto int32, f family, all int32) bool {
	if b.proto != all && b.proto != proto {
		return false
	}
	switch b.kind {
	case kindIPv4:
		return f == ipv4
	case kindIPv6:
		return f == ipv6
	case kindNamed, kindUnknown:
		return w.has(b.name)
	}
	return false
}

// stretch are spots that are ordered by where their ports begin, and those of them
// that match the ports one looks at, as they are tried.
type stretch struct {
	waiting, active []spot
}

func newStretch(spots []spot) *stretch {
	slices.SortStableFunc(spots, func(a, b spot) int { return cmp.Compare(a.from, b.from) })
	return &stretch{waiting: spots}
}

// at goes on to the ports that begin here.
func (s *stretch) at(port int32) {
	s.active = slices.DeleteFunc(s.active, func(x spot) bool { return x.to < port })
	n := len(s.active)
	for len(s.waiting) > 0 && s.waiting[0].from <= port {
		if s.waiting[0].to >= port {
			s.active = append(s.active, s.waiting[0])
		}
		s.waiting = s.waiting[1:]
	}
	if len(s.active) > n {
		slices.SortStableFunc(s.active, func(a, b spot) int { return a.rank(b.box) })
	}
}

// budget bounds the comparisons: a plan can hold rules whose boundaries all differ,
// and cutting them at each other is quadratic.
type budget struct{ left int }

func (b *budget) spend(n int) error {
	if b.left -= n; b.left < 0 {
		return ErrTooMany
	}
	return nil
}

// allowed returns what spots allow together: each what it matches and no deny before
// it does. in tells which question it is about.
func allowed(spots []spot, in uint8, work *budget) ([]Span, error) {
	var out, denied, open []Span
	flush := func() error {
		got := subtract(union(open), denied)
		if err := work.spend(len(open) + len(got) + len(denied)); err != nil {
			return err
		}
		out, open = append(out, got...), nil
		return nil
	}
	for i := range spots {
		switch {
		case spots[i].in&in == 0:
		case !spots[i].deny:
			open = append(open, spots[i].span)
		default:
			if len(open) > 0 {
				if err := flush(); err != nil {
					return nil, err
				}
			}
			if err := work.spend(len(denied)); err != nil {
				return nil, err
			}
			denied = union(append(denied, spots[i].span))
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return union(out), nil
}

// undenied returns what each opening spot allows: what it matches and no deny before
// it does. The opening spots are in the order in which they are tried.
func undenied(opening, after []spot, in uint8, work *budget) ([][]Span, error) {
	out, whole := make([][]Span, len(opening)), make([]Span, len(opening))
	var denied []Span
	j := 0
	for i := range opening {
		if opening[i].in&in == 0 {
			continue
		}
		for ; j < len(after) && after[j].rank(opening[i].box) <= 0; j++ {
			if after[j].deny && after[j].in&in != 0 {
				if err := work.spend(len(denied)); err != nil {
					return nil, err
				}
				denied = union(append(denied, after[j].span))
			}
		}
		whole[i] = opening[i].span
		out[i] = subtract(whole[i:i+1:i+1], denied)
		if err := work.spend(len(out[i]) + len(denied)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// slice are the lines that match at some ports, as they are tried.
type slice struct {
	from, to            int32
	open, before, after []spot
}

// slices gives the slices of ports at which opening lines, which are some of after,
// match.
func (q *question) slices(opening, before, after []box, all int32, work *budget, each func(*slice) error) error {
	open := q.matches(opening, all)
	if len(open) == 0 {
		return nil
	}
	if err := work.spend(len(before) + len(after) + len(opening)); err != nil {
		return err
	}
	cuts := covered(open)
	old, now := meeting(q.matches(before, all), cuts), meeting(q.matches(after, all), cuts)
	ports := distinct(slices.Concat(boundaries(open), boundaries(old), boundaries(now)))
	so, sb, sa := newStretch(open), newStretch(old), newStretch(now)
	for i, from := range ports {
		so.at(from)
		sb.at(from)
		sa.at(from)
		if err := work.spend(len(so.active) + len(sb.active) + len(sa.active) + 1); err != nil {
			return err
		}
		if len(so.active) == 0 || i+1 == len(ports) {
			continue
		}
		if err := each(&slice{from, ports[i+1] - 1, so.active, sb.active, sa.active}); err != nil {
			return err
		}
	}
	return nil
}

// gained gives what the opening lines of each resource allow after and nothing did
// before, less what is told elsewhere. It is not kept, for together it may be much.
func (q *question) gained(s *slice, work *budget, each func(lines []int, fresh []Span) error) error {
	n := 1 + len(q.less)
	was, parts := make([][]Span, n), make([][][]Span, n)
	for k := range n {
		var err error
		if was[k], err = allowed(s.before, 1<<k, work); err != nil {
			return err
		}
		if parts[k], err = undenied(s.open, s.after, 1<<k, work); err != nil {
			return err
		}
	}
	for _, lines := range byBlame(s.open) {
		var fresh []Span
		for k := range n {
			var spans []Span
			for _, i := range lines {
				spans = append(spans, parts[k][i]...)
			}
			spans = union(spans)
			if err := work.spend(len(spans) + len(was[k]) + len(fresh)); err != nil {
				return err
			}
			if spans = subtract(spans, was[k]); k == 0 {
				fresh = spans
			} else {
				fresh = subtract(fresh, spans)
			}
		}
		if len(fresh) > 0 {
			if err := each(lines, fresh); err != nil {
				return err
			}
		}
	}
	return nil
}

// byBlame sorts opening lines by the resource that is named for them, the first seen
// first.
func byBlame(open []spot) [][]int {
	var out [][]int
	at := map[int32]int{}
	for i := range open {
		k, ok := at[open[i].blame]
		if !ok {
			k = len(out)
			at[open[i].blame] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// covered returns the ports that spots match, as ranges that do not touch.
func covered(spots []spot) [][2]int32 {
	rs := make([][2]int32, len(spots))
	for i := range spots {
		rs[i] = [2]int32{spots[i].from, spots[i].to}
	}
	slices.SortFunc(rs, func(a, b [2]int32) int { return cmp.Compare(a[0], b[0]) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n > 0 && r[0] <= out[n-1][1]+1 {
			out[n-1][1] = max(out[n-1][1], r[1])
			continue
		}
		out = append(out, r)
	}
	return out
}

// meeting leaves out the spots that match none of the ports.
func meeting(spots []spot, ranges [][2]int32) []spot {
	return slices.DeleteFunc(spots, func(s spot) bool {
		i, _ := slices.BinarySearchFunc(ranges, s.from, func(r [2]int32, from int32) int { return cmp.Compare(r[1], from) })
		return i == len(ranges) || ranges[i][0] > s.to
	})
}

// boundaries are the ports where something begins, or has just ended.
func boundaries(spots []spot) []int32 {
	out := make([]int32, 0, 2*len(spots))
	for i := range spots {
		out = append(out, spots[i].from, spots[i].to+1)
	}
	return out
}
