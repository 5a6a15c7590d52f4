package exposure

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// What a resource does to its rule sets without opening anything.
const (
	howNarrower = "narrower"
	howMoved    = "moved"
	howSame     = "same"
)

// effect is what one resource does, over all its rule sets.
type effect struct {
	grew    bool // it allows what it did not: others did
	shrank  bool // it no longer allows what it did
	lost    bool // and nobody else does
	changed bool // its lines are others, or it is replaced, with lines before and after
	vague   bool
}

// rearranged tells of the resources that change and open nothing.
func (c *comparison) rearranged(groups []*group, opened []*fragment) ([]checks.Rearranged, error) {
	opens := map[int32]bool{}
	for _, f := range opened {
		opens[f.res] = true
	}
	effects := map[int32]*effect{}
	for _, g := range groups {
		if err := c.effects(g, opens, effects); err != nil {
			return nil, err
		}
	}
	var out []checks.Rearranged
	for id, e := range effects {
		r := checks.Rearranged{Address: c.set.resources[id].address}
		switch {
		case e.vague:
			continue
		case e.grew:
			r.How = howMoved
		case e.lost:
			r.How = howNarrower
		case e.shrank:
			r.How = howMoved
		case e.changed:
			r.How = howSame
		default:
			continue
		}
		out = append(out, r)
	}
	compare := func(a, b checks.Rearranged) int {
		if n := strings.Compare(a.Address, b.Address); n != 0 {
			return n
		}
		return strings.Compare(a.How, b.How)
	}
	slices.SortFunc(out, compare)
	return slices.CompactFunc(out, func(a, b checks.Rearranged) bool { return a.Address == b.Address }), nil
}

func (c *comparison) effects(g *group, opens map[int32]bool, effects map[int32]*effect) error {
	own := map[int32]*[2][]box{}
	side := func(bs []box, k int) {
		for i := range bs {
			id := bs[i].res
			if o := own[id]; o != nil {
				o[k] = append(o[k], bs[i])
			}
		}
	}
	for _, id := range g.members {
		if r := &c.set.resources[id]; !opens[id] && (!r.created || !r.listAfter) && !eitherWay[r.typ] {
			own[id] = &[2][]box{}
		}
	}
	if len(own) == 0 {
		return nil
	}
	side(g.before, 0)
	side(g.after, 1)
	denies := slices.ContainsFunc(g.before, isDeny) || slices.ContainsFunc(g.after, isDeny)
	lost := map[int32]bool{}
	for _, d := range []direction{ingress, egress, list} {
		fs, err := c.widened(only(g.after, d), only(g.before, d), -1)
		if err != nil {
			return err
		}
		for _, f := range fs {
			lost[f.res] = true
		}
	}
	for _, id := range g.members {
		o := own[id]
		if o == nil {
			continue
		}
		e := effects[id]
		if e == nil {
			e = &effect{}
			effects[id] = e
		}
		e.vague = e.vague || g.vague[id] || g.gone && slices.ContainsFunc(g.before, func(b box) bool { return b.deny || b.order != 0 })
		e.lost = e.lost || lost[id]
		for _, d := range []direction{ingress, egress, list} {
			before, after := only(o[0], d), only(o[1], d)
			grew, err := c.widened(before, after, id)
			if err != nil {
				return err
			}
			if denies && len(grew) > 0 {
				// Others allowed it, or a deny is tried before it.
				beyond, err := c.widened(only(g.before, d), after, id)
				if err != nil {
					return err
				}
				if len(beyond) > 0 {
					grew = nil
				}
			}
			shrank, err := c.widened(after, before, id)
			if err != nil {
				return err
			}
			e.grew, e.shrank = e.grew || len(grew) > 0, e.shrank || len(shrank) > 0
			e.changed = e.changed || len(before) > 0 && len(after) > 0 && (c.set.resources[id].replaced || differ(before, after))
		}
	}
	return nil
}

func isDeny(b box) bool { return b.deny }

// differ reports whether lines are not the same lines.
func differ(a, b []box) bool {
	count := map[box]int{}
	for i := range a {
		count[a[i].identity()]++
	}
	for i := range b {
		count[b[i].identity()]--
	}
	for _, n := range count {
		if n != 0 {
			return true
		}
	}
	return false
}
