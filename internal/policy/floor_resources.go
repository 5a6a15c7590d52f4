package policy

import (
	"reflect"
	"slices"
)

// What a resource type counts as decides which findings its destruction makes and which
// rules match them, so a repository could lift what its organisation denies by giving a
// type another class: a milder one, whose destruction is silent, but also a stricter
// one, when the rule is about plan.delete and what happens is plan.delete-data now.

// loss is what counts of a class: classes with one loss make the same findings.
type loss struct {
	class string
	data  bool // it cannot be had again
}

// losses are all of them, the mildest first.
var losses = []loss{{class: "harmless"}, {class: "recreatable"}, {class: "unclassified"}, {class: "guard"}, {class: "stateful"}, {class: "stateful", data: true}}

func (r *PlanResource) loss() loss {
	return loss{class: r.Class, data: r.Class == "stateful" && (r.Tier == "" || r.Tier == planTiers[0])}
}

// destruction is a finding by its two ids.
type destruction struct{ id, ofData string }

// destructions are what tells of a destruction, by whether it is of data that cannot be had again. That
// of a harmless type is silent.
var destructions = []destruction{
	{"plan.delete", "plan.delete-data"},
	{"plan.replace", "plan.replace-data"},
	{"plan.mass-destroy", "plan.mass-destroy"},
	{"plan.destroy-mode", "plan.destroy-mode"},
}

// matchesID reports that findings of this id can match.
func (w *PlanWhen) matchesID(id string) bool {
	return len(w.Rule) == 0 || slices.ContainsFunc(w.Rule, func(g string) bool { return MatchName(g, id) })
}

func (w *PlanWhen) matchesClass(class string) bool {
	return len(w.Class) == 0 || slices.Contains(w.Class, class)
}

// keeps reports that a rule still asks about whatever it asked about when a type that
// counted as one loss counts as another. holds says of a destruction of data whether
// the built-in denial of it is sure to be no less than the rule's effect.
func (r *PlanRule) keeps(was, is loss, holds func(id string) bool) bool {
	w := &r.When
	if !w.matchesClass(was.class) || was == is {
		return true
	}
	if !w.matchesClass(is.class) {
		return false
	}
	for _, d := range destructions {
		before, after := d.id, d.id
		if was.data {
			before = d.ofData
		}
		if is.data {
			after = d.ofData
		}
		if !w.matchesID(before) {
			continue
		}
		asked := w.matchesID(after) || is.data && holds(after)
		if is.class == losses[0].class || !asked {
			return false
		}
	}
	return true
}

// lifts finds a rule of the organisation that an entry of the repository which makes
// types what they are not would take them out of, by its glob or by its exact name.
func (j *joiner) lifts(is loss, exact bool) (rule string, lifted bool) {
	at := slices.Index(losses, is)
	type denial struct {
		id     string
		effect Effect
	}
	denied := map[denial]bool{}
	for i := range j.org.Plan.Rules {
		r := &j.org.Plan.Rules[i]
		if r.Effect == EffectAllow {
			continue
		}
		for k, was := range losses {
			// A glob makes no type milder that is known; one that is not may be anything.
			if k > at && !exact && was.class != "unclassified" {
				continue
			}
			holds := func(id string) bool {
				d := denial{id, r.Effect}
				if _, known := denied[d]; !known {
					denied[d] = j.deniedAsBuiltIn(id, r.Effect)
				}
				return denied[d]
			}
			if !r.keeps(was, is, holds) {
				return r.ID, true
			}
		}
	}
	return "", false
}

// deniedAsBuiltIn reports that nothing in either policy makes less of findings of this
// id, which are denied where nobody says anything.
func (j *joiner) deniedAsBuiltIn(id string, effect Effect) bool {
	for _, p := range []*Policy{j.repo, j.org} {
		if slices.ContainsFunc(p.Plan.Rules, func(r PlanRule) bool {
			return strength(r.Effect) < strength(effect) && r.When.matchesID(id) && r.When.matchesClass("stateful")
		}) || slices.ContainsFunc(p.Waivers, func(w Waiver) bool { return w.Rule == id }) {
			return false
		}
	}
	return true
}

// resources joins what is said of resource types. An entry with the exact name of a
// type takes the place of those with a glob, and alone can make a known type milder.
// So one of the repository gives way where the organisation has a glob for the type,
// or a rule that it would lift; and one of the organisation brings along what the
// repository's globs say of the type.
func (j *joiner) resources() []PlanResource {
	repo, org := j.repo.Plan.Resources, j.org.Plan.Resources
	type way struct {
		to    loss
		exact bool
	}
	lifted := map[way]string{} // rules, by what lifts them
	if len(repo) == 0 {
		return org
	}
	for _, to := range losses {
		for _, exact := range []bool{false, true} {
			if rule, lifts := j.lifts(to, exact); lifts {
				lifted[way{to, exact}] = rule
			}
		}
	}
	exact := map[string]bool{}
	of := map[string][]PlanResource{}
	for _, o := range org {
		exact[o.Type] = !o.isGlob()
		of[o.Type] = append(of[o.Type], o)
	}
	var out []PlanResource
	there := map[string]bool{}
	add := func(r PlanResource) {
		if w := written(reflect.ValueOf(r)); !there[w] {
			there[w] = true
			out = append(out, r)
		}
	}
	mine := map[string]bool{}
	for _, r := range repo {
		mine[r.Type] = mine[r.Type] || !r.isGlob()
		saysMore := !slices.ContainsFunc(of[r.Type], func(o PlanResource) bool { return o.strictness() >= r.strictness() })
		if saysMore && !r.isGlob() && !exact[r.Type] {
			if _, lifts := lifted[way{r.loss(), true}]; lifts || slices.ContainsFunc(org, func(o PlanResource) bool { return o.isGlob() && MatchName(o.Type, r.Type) }) {
				r.Type = "{" + r.Type + "}" // a glob that means this very type: it can add, and not take away
			}
		}
		if saysMore && (r.isGlob() || exact[r.Type]) {
			if rule, lifts := lifted[way{r.loss(), false}]; lifts {
				j.bad("leave it out, or have the organisation's policy say what the type is",
					"the repository's policy makes the type %s %s, which could lift rule %s of the organisation's", quoteName(clip(r.Type)), r.Class, quoteName(clip(rule)))
			}
		}
		add(r)
	}
	for _, o := range org {
		add(o)
		if o.isGlob() || mine[o.Type] {
			continue
		}
		if r, said := strictest(repo, o.Type); said {
			add(r)
		}
	}
	return out
}
