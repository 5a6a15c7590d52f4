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
	out.Resources = j.resources()
	out.Producers = narrowedBy(j, "producer", p.Producers, org.Producers, func(o *Producer) string { return o.Workflow },
		func(o *Producer) string {
			return strings.Join([]string{o.Workflow, o.Artifact, o.Plan, o.PlanFile}, "\n")
		}, Producer.within)
	out.Rules = slices.Clip(p.Rules)
	for _, o := range org.Rules {
		out.Rules = besides(out.Rules, o, func(r *PlanRule) *string { return &r.ID })
	}
}

// within reports whether p believes nothing that o does not: the same plan, of some of
// its signers.
func (p Producer) within(o Producer) bool {
	for _, s := range p.Signers {
		if !slices.Contains(o.Signers, s) {
			return false
		}
	}
	p.Signers = o.Signers
	return same(p, o)
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
