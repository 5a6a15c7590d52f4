package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	maxSources = 32        // ranges that are told of one exposure
	maxRanges  = 1_000_000 // ranges of addresses that are kept while comparing
)

// Result compares. Exposures are sorted by address, direction (ingress first), family,
// protocol, ports and source; what was only rearranged by address. A nil configuration
// counts as one that sets everything and tells of no references. The only error is
// ErrTooMany.
func (s *Set) Result(cfg tfvalue.Configuration) ([]checks.Exposure, []checks.Rearranged, error) {
	groups, err := s.groups(cfg)
	if err != nil {
		return nil, nil, err
	}
	c := &comparison{set: s, work: &budget{s.lim.Work}, room: &budget{maxRanges}}
	var all []*fragment
	for _, g := range groups {
		for _, d := range []direction{ingress, egress, list} {
			fs, err := c.widened(only(g.before, d), only(g.after, d), g.named())
			if err != nil {
				return nil, nil, err
			}
			s.hidePorts(g, d, fs)
			s.markPods(g, fs)
			all = append(all, slices.DeleteFunc(fs, s.isNewList)...)
		}
	}
	if err := together(all, s.all, c.work); err != nil {
		return nil, nil, err
	}
	moved, err := c.rearranged(groups, all)
	if err != nil {
		return nil, nil, err
	}
	if all, err = s.withoutNewPolicies(all, c.work); err != nil {
		return nil, nil, err
	}
	if all, err = s.withoutTold(all, c.work); err != nil {
		return nil, nil, err
	}
	if all, err = compact(all, c.work, &budget{maxRanges}); err != nil {
		return nil, nil, err
	}
	out := make([]checks.Exposure, 0, len(all))
	for _, f := range all {
		out = append(out, s.exposure(f))
	}
	slices.SortFunc(out, compareExposures)
	out = mergeFamilies(out)
	return slices.CompactFunc(out, func(a, b checks.Exposure) bool { return compareExposures(a, b) == 0 }), moved, nil
}

func only(bs []box, d direction) []box {
	var out []box
	for i := range bs {
		if bs[i].dir == d {
			out = append(out, bs[i])
		}
	}
	return out
}

// isNewList reports whether a fragment is of an address list that this plan makes:
// nothing can refer to it yet but by an id that is not known, and that is told.
func (s *Set) isNewList(f *fragment) bool {
	r := &s.resources[f.res]
	return f.dir == list && r.created && r.listAfter
}

// exposure is the fact about a fragment.
func (s *Set) exposure(f *fragment) checks.Exposure {
	r := &s.resources[f.res]
	e := checks.Exposure{
		Address: r.address, Type: r.typ, Direction: f.dir.String(), Family: f.family.String(), Protocol: s.text1[f.proto],
		Through: f.through.String(), World: f.world && (f.pods == 0 || f.name != 0), Sensitive: f.sensitive,
	}
	if f.dir == list {
		e.Through = checks.ThroughList
	}
	e.FromPort, e.ToPort = shownPorts(e.Protocol, int(f.from), int(f.to))
	if f.hidden {
		hide(&e, f)
	}
	switch {
	case f.name != 0:
		e.Family, e.Unknown = "any", true
		if f.name > 0 && !f.sensitive && shown(s.text1[f.name]) {
			e.Source = s.text1[f.name]
		}
	case !f.sensitive:
		e.Source = f.source.text(f.family)
		if len(f.fresh) <= maxSources && !f.veiled {
			for _, p := range f.fresh {
				e.Sources = append(e.Sources, p.text(f.family))
			}
		}
	}
	return e
}

func compareExposures(a, b checks.Exposure) int {
	return cmp.Or(
		strings.Compare(a.Address, b.Address), strings.Compare(b.Direction, a.Direction), strings.Compare(a.Family, b.Family),
		strings.Compare(a.Protocol, b.Protocol), cmp.Compare(a.FromPort, b.FromPort), cmp.Compare(a.ToPort, b.ToPort),
		strings.Compare(a.Source, b.Source), slices.Compare(a.Sources, b.Sources), compareFlags(a.World, b.World),
		compareFlags(a.Sensitive, b.Sensitive), compareFlags(a.Unknown, b.Unknown), strings.Compare(a.Type, b.Type), strings.Compare(a.Through, b.Through),
		compareFlags(a.Hidden, b.Hidden), compareFlags(a.Admin, b.Admin),
	)
}

func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
