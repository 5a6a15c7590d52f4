package policy

import (
	"slices"
	"strings"
)

func (j *joiner) plan() {
	p, org, out := &j.repo.Plan, &j.org.Plan, &j.out.Plan
	if org.Require != "" && org.Require != PlanWhenChanged {
		out.Require = PlanAlways
	}
	out.Paths = union(p.Paths, org.Paths)
	if org.Saved == SavedRequired {
		out.Saved = SavedRequired
	}
	out.MaxAge = lower(p.MaxAge, org.MaxAge)
	out.Workspaces = j.workspaces()
	out.MassDestroy = p.MassDestroy.with(org.MassDestroy)
	out.Resources = resources(p.Resources, org.Resources)
	out.Producers = narrowed(j, "producer", p.Producers, org.Producers, func(o *Producer) string { return o.Workflow })
	out.Rules = slices.Clip(p.Rules)
	for _, o := range org.Rules {
		out.Rules = besides(out.Rules, o, func(r *PlanRule) *string { return &r.ID })
	}
}

// besides adds an entry of the organisation unless it is there, under a name of its own
// where the repository uses the name for another.
func besides[T any](list []T, o T, id func(*T) *string) []T {
	renamed := o
	*id(&renamed) = floorPrefix + *id(&o)
	taken := false
	for i := range list {
		switch name := *id(&list[i]); {
		case name == *id(&o) && same(list[i], o), name == *id(&renamed) && same(list[i], renamed):
			return list
		case strings.EqualFold(name, *id(&o)):
			taken = true
		}
	}
	if taken {
		o = renamed
	}
	return append(list, o)
}

// workspaces keeps of both lists what surely lies within the other one.
func (j *joiner) workspaces() []string {
	p, org := j.repo.Plan.Workspaces, j.org.Plan.Workspaces
	if len(p) == 0 || len(org) == 0 {
		return union(p, org)
	}
	within := func(list, wide []string) (out []string) {
		for _, n := range list {
			if slices.ContainsFunc(wide, func(w string) bool { return coversGlob(w, n) }) {
				out = append(out, n)
			}
		}
		return out
	}
	both := union(within(p, org), within(org, p))
	if len(both) == 0 {
		j.bad("name workspaces that the organisation's policy names", "no workspace is in plan.workspaces of both the repository's policy and the organisation's, so no plan would do")
	}
	return both
}

func (m *MassDestroy) with(org *MassDestroy) *MassDestroy {
	if org == nil {
		return m
	}
	out := MassDestroy{}
	if m != nil {
		out = *m
	}
	is := out.orDefault()
	if org.Count > 0 && org.Count < is.Count {
		out.Count = org.Count
	}
	if org.Share > 0 && org.Share < is.Share {
		out.Share = org.Share
	}
	if m == nil && out == (MassDestroy{}) {
		return nil
	}
	return &out
}

// resources joins what is said of resource types. An entry with the exact name of a
// type takes the place of those with a glob, and alone can make a known type milder.
// So one of the repository gives way where the organisation has a glob for the type,
// and one of the organisation brings along what the repository's globs say of the type.
func resources(repo, org []PlanResource) []PlanResource {
	if len(org) == 0 {
		return repo
	}
	exact := func(list []PlanResource, typ string) bool {
		return slices.ContainsFunc(list, func(r PlanResource) bool { return r.Type == typ })
	}
	glob := func(list []PlanResource, typ string) bool {
		return slices.ContainsFunc(list, func(r PlanResource) bool { return r.isGlob() && MatchName(r.Type, typ) })
	}
	var out []PlanResource
	add := func(r PlanResource) {
		if !slices.ContainsFunc(out, func(o PlanResource) bool { return o.Type == r.Type && same(o, r) }) {
			out = append(out, r)
		}
	}
	for _, r := range repo {
		if !r.isGlob() && !exact(org, r.Type) && glob(org, r.Type) {
			r.Type = "{" + r.Type + "}" // a glob that means this very type: it can add, and not take away
		}
		add(r)
	}
	for _, o := range org {
		add(o)
		if o.isGlob() || exact(repo, o.Type) {
			continue
		}
		if r, said := strictest(repo, o.Type); said {
			add(r)
		}
	}
	return out
}

// strictest is what the globs of a list say of a type together, as an entry for it.
func strictest(list []PlanResource, typ string) (r PlanResource, said bool) {
	var guards []string
	for _, e := range list {
		if !e.isGlob() || !MatchName(e.Type, typ) {
			continue
		}
		guards = union(guards, e.Guards)
		if !said || e.strictness() > r.strictness() {
			r, said = e, true
		}
	}
	r.Type, r.Guards = typ, guards
	return r, said
}
