package tfplan

import (
	"cmp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/checks"
)

// The rules of one security group may be spread over the group itself and over
// resources of their own. They are united before comparing; else moving a rule
// from one form to the other would look like an opening.

// ruleSet gathers the rules of a plan.
type ruleSet struct {
	max       int
	n         int
	resources []ruleResource
}

// ruleResource is one resource that has rules.
type ruleResource struct {
	address, config, module, typ string
	idBefore, idAfter            string // of the security group; empty when not known
	before, after                []rule
	same                         bool // after is before
	touched                      bool // something happens to it
}

// add takes the rules of one change. It returns false when there are too many.
func (s *ruleSet) add(c *checks.Change, a address, ch *tfjson.Change) bool {
	res := ruleResource{
		address: c.Address, config: a.config, module: a.configModule(), typ: c.Type,
		touched: c.Action != checks.ActionNoOp,
	}
	x := extractor{change: c, config: a.config, masks: []any{ch.BeforeSensitive, ch.AfterSensitive}}
	idName := "security_group_id"
	if isGroup(c.Type) {
		idName = "id"
	}
	res.idBefore, res.idAfter = textAt(ch.Before, idName), textAt(ch.After, idName)
	res.before = x.rules(ch.Before, nil)
	switch c.Action {
	case checks.ActionNoOp, checks.ActionForget: // forgotten objects live on, with their rules
		res.same, res.idAfter = true, res.idBefore
	case checks.ActionDelete:
	case checks.ActionReplaceForget:
		res.after = append(slices.Clone(res.before), x.rules(ch.After, ch.AfterUnknown)...)
	default:
		res.after = x.rules(ch.After, ch.AfterUnknown)
	}
	s.n += len(res.before) + len(res.after) + 1
	s.resources = append(s.resources, res)
	return s.n <= s.max
}

// group is the rules of one security group before and after.
type group struct {
	before, after []rule
	touched       bool
}

// exposures compares.
func (s *ruleSet) exposures(cfg *configuration, maxWork int) ([]checks.Exposure, error) {
	groups := s.groups(cfg)
	work := &budget{left: maxWork}
	var all []fragment
	for _, key := range sortedKeys(groups) {
		g := groups[key]
		if !g.touched {
			continue
		}
		before, after := byPlane(g.before), byPlane(g.after)
		for _, plane := range sortedKeys(after) {
			fs, err := widened(before[plane], after[plane], work)
			if err != nil {
				return nil, whole("the network rules are too many to compare")
			}
			all = append(all, fs...)
		}
	}
	if err := together(all, work); err != nil {
		return nil, whole("the network rules are too many to compare")
	}
	var out []checks.Exposure
	for _, f := range compact(all) {
		out = append(out, f.exposure())
	}
	slices.SortFunc(out, compareExposures)
	return slices.Compact(out), nil
}

func compareExposures(a, b checks.Exposure) int {
	return cmp.Or(
		strings.Compare(a.Address, b.Address), strings.Compare(b.Direction, a.Direction), strings.Compare(a.Family, b.Family),
		strings.Compare(a.Protocol, b.Protocol), cmp.Compare(a.FromPort, b.FromPort), cmp.Compare(a.ToPort, b.ToPort),
		strings.Compare(a.Source, b.Source),
	)
}

// groups unites the rules by group.
func (s *ruleSet) groups(cfg *configuration) map[string]*group {
	// The key of a group is its id, and its address while it has none.
	own := map[string][]string{} // configuration address of a group -> keys of its instances
	for i := range s.resources {
		if r := &s.resources[i]; isGroup(r.typ) {
			k := r.ownKey()
			if !slices.Contains(own[r.config], k) {
				own[r.config] = append(own[r.config], k)
			}
		}
	}
	groups := map[string]*group{}
	at := func(key string) *group {
		g := groups[key]
		if g == nil {
			g = &group{}
			groups[key] = g
		}
		return g
	}
	for i := range s.resources {
		r := &s.resources[i]
		kb := r.ownKey()
		ka := kb
		if !isGroup(r.typ) {
			switch {
			case r.idAfter != "":
				ka = "id " + r.idAfter
			case cfg.resources[r.config].group != "":
				target := cfg.resources[r.config].group
				if r.module != "" {
					target = r.module + "." + target
				}
				if keys := own[target]; len(keys) == 1 {
					ka = keys[0]
				}
			}
			if r.idBefore == "" {
				kb = ka
			}
		}
		after := r.after
		if r.same {
			after = r.before
		}
		b, a := at(kb), at(ka)
		b.before = append(b.before, r.before...)
		for i := range after {
			if n := after[i].needs; len(n) == 0 || cfg.sets(r.config, n...) {
				a.after = append(a.after, after[i])
			}
		}
		b.touched, a.touched = b.touched || r.touched, a.touched || r.touched
	}
	return groups
}

func (r *ruleResource) ownKey() string {
	switch {
	case r.idBefore != "":
		return "id " + r.idBefore
	case isGroup(r.typ) && r.idAfter != "":
		return "id " + r.idAfter
	}
	return "address " + r.address
}

// byPlane sorts rules by direction and family: planes have nothing in common.
func byPlane(rs []rule) map[string][]rule {
	m := map[string][]rule{}
	for _, r := range rs {
		k := direction(r.ingress) + " " + r.family
		m[k] = append(m[k], r)
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// exposure is the fact about a fragment.
func (f *fragment) exposure() checks.Exposure {
	e := checks.Exposure{
		Address: f.address, Type: f.typ, Direction: direction(f.ingress), Family: f.family, Protocol: f.protocol,
		World: f.world, Sensitive: f.sensitive,
	}
	e.FromPort, e.ToPort = shownPorts(f.protocol, f.from, f.to)
	if f.family != familyIPv4 && f.family != familyIPv6 {
		e.Family, e.Unknown, e.World = "any", true, true
		return e
	}
	if !f.sensitive {
		e.Source = f.source().text(f.family)
	}
	return e
}
