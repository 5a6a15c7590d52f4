package tfplan

import (
	"cmp"
	"errors"
	"slices"
)

// A set of network rules is a union of boxes: direction × family × protocol ×
// ports × addresses. What a plan opens is the boxes after it minus the union of
// the boxes before it.

// Families of sources. Besides addresses there are sources that only have a
// name: the same name before and after is the same source.
const (
	familyIPv4    = "ipv4"
	familyIPv6    = "ipv6"
	familyUnknown = "unknown" // known only after apply; never the same as before
	familyNamed   = "named "  // and the name: a prefix list, or text that is no address
)

const (
	maxPort      = 65535
	anyProtocol  = "all"
	maxFragments = 64 // of one resource, direction, family and protocol; more are shown as one range
)

// rule is one box.
type rule struct {
	address   string // of the resource that has it
	typ       string
	ingress   bool
	family    string
	protocol  string
	from, to  int
	span      span
	sensitive bool
	needs     []string // attributes: the rule counts only if the configuration sets one of them
	config    string   // the resource's place in the configuration
}

// fragment is a part of a rule that was not allowed before.
type fragment struct {
	rule
	fresh   []span // newly allowed, a union
	sources []span // the sources of the resource, old and new, a union
	world   bool
}

var errWork = errors.New("work")

// budget bounds the comparisons: a plan can hold rules whose boundaries all
// differ, and cutting them at each other is quadratic.
type budget struct{ left int }

func (b *budget) spend(n int) error {
	if b.left -= n; b.left < 0 {
		return errWork
	}
	return nil
}

// widened compares the rules of one group, direction and family.
func widened(before, after []rule, work *budget) ([]fragment, error) {
	var out []fragment
	for _, p := range protocols(after) {
		// Opening one protocol is covered by the same protocol or by all protocols;
		// opening all protocols only by all protocols.
		old, opening, all := speaking(before, p), exactly(after, p), speaking(after, p)
		for _, slice := range slicePorts(opening, old, all) {
			if err := work.spend(len(old) + len(opening) + len(all)); err != nil {
				return nil, err
			}
			fresh := freshAt(slice, opening, old)
			if len(fresh) == 0 {
				continue
			}
			var now []span
			for i := range all {
				if all[i].from <= slice[0] && slice[1] <= all[i].to {
					now = append(now, all[i].span)
				}
			}
			world := isWorld(after[0].family, union(now))
			for _, f := range fresh {
				f.from, f.to, f.world = slice[0], slice[1], world
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// freshAt returns what each resource newly allows at a slice of ports.
func freshAt(slice [2]int, opening, old []rule) []fragment {
	var was []span
	for i := range old {
		if old[i].from <= slice[0] && slice[1] <= old[i].to && old[i].family != familyUnknown {
			was = append(was, old[i].span)
		}
	}
	var out []fragment
	byAddress := map[string]int{}
	for i := range opening {
		r := &opening[i]
		if r.from > slice[0] || slice[1] > r.to {
			continue
		}
		k, ok := byAddress[r.address]
		if !ok {
			k = len(out)
			byAddress[r.address] = k
			out = append(out, fragment{rule: *r})
		}
		out[k].fresh = append(out[k].fresh, r.span)
		out[k].sensitive = out[k].sensitive || r.sensitive
	}
	covered := union(was)
	for i := range out {
		out[i].sources = union(out[i].fresh)
		out[i].fresh = subtract(out[i].sources, covered)
	}
	return slices.DeleteFunc(out, func(f fragment) bool { return len(f.fresh) == 0 })
}

// source is what a person would call the source of the widest new part: the
// sources of the resource around it, joined where they touch.
func (f *fragment) source() span {
	w := widest(f.fresh)
	for _, s := range f.sources {
		if s.lo.cmp(w.lo) <= 0 && w.hi.cmp(s.hi) <= 0 {
			return s
		}
	}
	return w
}

// slicePorts cuts the ports of the opening rules at every boundary of any rule.
func slicePorts(opening []rule, others ...[]rule) [][2]int {
	var cuts []int
	for _, l := range append(others, opening) {
		for i := range l {
			cuts = append(cuts, l[i].from, l[i].to+1)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	out := make([][2]int, 0, len(cuts))
	for i := 0; i+1 < len(cuts); i++ {
		out = append(out, [2]int{cuts[i], cuts[i+1] - 1})
	}
	return out
}

func protocols(rs []rule) []string {
	var out []string
	for i := range rs {
		out = append(out, rs[i].protocol)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func exactly(rs []rule, protocol string) (out []rule) {
	for i := range rs {
		if rs[i].protocol == protocol {
			out = append(out, rs[i])
		}
	}
	return out
}

// speaking returns the rules that allow the protocol.
func speaking(rs []rule, protocol string) (out []rule) {
	for i := range rs {
		if rs[i].protocol == protocol || rs[i].protocol == anyProtocol {
			out = append(out, rs[i])
		}
	}
	return out
}

// together marks fragments of different groups that only together are the world:
// half of the internet in one group and half in another, both attached to one
// machine.
func together(fs []fragment, work *budget) error {
	parts := map[[2]string][]int{}
	var keys [][2]string
	for i := range fs {
		if f := &fs[i]; !f.world && (f.family == familyIPv4 || f.family == familyIPv6) {
			k := [2]string{direction(f.ingress), f.family}
			if parts[k] == nil {
				keys = append(keys, k)
			}
			parts[k] = append(parts[k], i)
		}
	}
	for _, k := range keys {
		ids := parts[k]
		rs := make([]rule, len(ids))
		for i, id := range ids {
			rs[i] = fs[id].rule
		}
		// Only when everything together is the world is it worth looking closer.
		var all []span
		for _, id := range ids {
			all = append(all, fs[id].fresh...)
		}
		if !isWorld(k[1], union(all)) {
			continue
		}
		for _, p := range protocols(rs) {
			for _, slice := range slicePorts(exactly(rs, p), speaking(rs, p)) {
				if err := work.spend(len(ids)); err != nil {
					return err
				}
				var now []span
				var at []int
				for _, id := range ids {
					f := &fs[id]
					if f.from <= slice[0] && slice[1] <= f.to && (f.protocol == p || f.protocol == anyProtocol) {
						now = append(now, f.fresh...)
						at = append(at, id)
					}
				}
				if !isWorld(k[1], union(now)) {
					continue
				}
				for _, id := range at {
					fs[id].world = true
				}
			}
		}
	}
	return nil
}

func direction(ingress bool) string {
	if ingress {
		return "ingress"
	}
	return "egress"
}

// compact joins fragments of one resource that differ only in adjoining ports,
// and shows very many of them as one range, so that one change makes one
// finding and not hundreds.
func compact(fs []fragment) []fragment {
	same := func(a, b *fragment) int {
		flag := func(x, y bool) int {
			switch {
			case x == y:
				return 0
			case x:
				return -1
			}
			return 1
		}
		return cmp.Or(
			cmp.Compare(a.address, b.address), flag(a.ingress, b.ingress), cmp.Compare(a.family, b.family),
			cmp.Compare(a.protocol, b.protocol), flag(a.world, b.world),
		)
	}
	slices.SortStableFunc(fs, func(a, b fragment) int { return cmp.Or(same(&a, &b), cmp.Compare(a.from, b.from)) })
	var out []fragment
	for i := 0; i < len(fs); {
		j := i
		var run []fragment
		for ; j < len(fs) && same(&fs[i], &fs[j]) == 0; j++ {
			f := fs[j]
			if n := len(run) - 1; n >= 0 && run[n].to+1 == f.from && run[n].sensitive == f.sensitive && slices.Equal(run[n].fresh, f.fresh) && run[n].source() == f.source() {
				run[n].to = f.to
				continue
			}
			run = append(run, f)
		}
		if len(run) > maxFragments {
			hull := run[0]
			for _, f := range run[1:] {
				hull.to = max(hull.to, f.to)
				hull.sensitive = hull.sensitive || f.sensitive
				hull.fresh = union(append(slices.Clone(hull.fresh), f.fresh...))
				hull.sources = union(append(slices.Clone(hull.sources), f.sources...))
			}
			run = []fragment{hull}
		}
		out = append(out, run...)
		i = j
	}
	return out
}
