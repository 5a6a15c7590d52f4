package policy

import (
	"slices"
	"strings"
	"time"
)

// What follows says of a change whether it can let more pass. "Surely not" is the only
// reason for false.

func never(*delta) bool { return false }

// grows: what is listed lets something pass.
func grows(c *delta) bool { return c.kind != removed }

// shrinks: what is listed asks for something.
func shrinks(c *delta) bool { return c.kind != added }

func switchedOff(c *delta) bool { return !c.after.Bool() }

func notRequired(c *delta) bool {
	return c.after.String() != "required" && c.before.String() == "required"
}

func smaller(c *delta) bool { return c.after.Int() < c.before.Int() }
func larger(c *delta) bool  { return c.after.Int() > c.before.Int() }

// longer is for durations that are never without a bound, even when none is given.
func longer(c *delta) bool { return c.after.Int() > c.before.Int() || c.after.Int() == 0 }

// largerOrNone is for bounds that are off at 0.
func largerOrNone(c *delta) bool {
	return c.after.Int() == 0 || c.before.Int() != 0 && c.after.Int() > c.before.Int()
}

func moments(c *delta) (before, after time.Time) {
	before, _ = c.before.Interface().(time.Time)
	after, _ = c.after.Interface().(time.Time)
	return before, after
}

func laterOrNever(c *delta) bool {
	before, after := moments(c)
	return after.IsZero() || !before.IsZero() && after.After(before)
}

// lessExact is for what a certificate must say: only a demand more is surely no less.
func lessExact(c *delta) bool { return c.before.String() != "" }

// rankOf is 0 for a level that is not given.
func rankOf(l Level) int {
	if l == "" {
		return 0
	}
	return l.Rank()
}

func lowerLevel(c *delta) bool {
	return rankOf(Level(c.after.String())) < rankOf(Level(c.before.String()))
}

func lowerPermission(c *delta) bool {
	rank := []Permission{PermissionWrite, PermissionMaintain, PermissionAdmin}
	return slices.Index(rank, Permission(c.after.String())) < slices.Index(rank, Permission(c.before.String()))
}

// within finds the innermost entry of a type that a change lies in, as it was and is.
func within[T any](c *delta) (before, after T) {
	for i := len(c.up) - 1; i >= 0; i-- {
		if v, ok := c.up[i].after.Interface().(T); ok {
			before, _ = c.up[i].before.Interface().(T)
			return before, v
		}
	}
	return before, after
}

// value is the entry that was added or removed.
func value[T any](c *delta) (v T) {
	if c.kind == removed {
		v, _ = c.before.Interface().(T)
	} else {
		v, _ = c.after.Interface().(T)
	}
	return v
}

// workspaceChange: without any, every workspace is right.
func workspaceChange(c *delta) bool {
	before, after := within[Plan](c)
	if c.kind == added {
		return len(before.Workspaces) > 0
	}
	return len(after.Workspaces) == 0
}

func massChange(c *delta) bool {
	before, after := within[Plan](c)
	was, is := MassDestroy{}.orDefault(), MassDestroy{}.orDefault()
	if before.MassDestroy != nil {
		was = before.MassDestroy.orDefault()
	}
	if after.MassDestroy != nil {
		is = after.MassDestroy.orDefault()
	}
	return is.Count > was.Count || is.Share > was.Share || countsLower(c)
}

// resourceChange: nothing is stricter than critical data. But an entry with the name of
// a type takes the place of those with a glob, and of what protects it by them.
func resourceChange(c *delta) bool {
	before, _ := within[Plan](c)
	r := value[PlanResource](c)
	return c.kind != added || r.strictness() < (&PlanResource{Class: "stateful"}).strictness() || lossMatters(c) ||
		slices.ContainsFunc(before.Resources, func(o PlanResource) bool { return o.isGlob() && len(o.Guards) > 0 })
}

// guardChange: a guard more makes findings more, and nothing else.
func guardChange(c *delta) bool { return c.kind != added || countsLower(c) }

// lossMatters reports that one of the two policies treats what counts as one class
// otherwise than what counts as another, so that a stricter class can be the milder one:
// the rule, the tier or the waiver that was meant for the other class matches no more.
func lossMatters(c *delta) bool {
	before, after := within[Policy](c)
	told := func(matches func(id string) bool) bool {
		return slices.ContainsFunc(destructions, func(d destruction) bool { return matches(d.id) != matches(d.ofData) })
	}
	for _, p := range []*Policy{&before, &after} {
		if slices.ContainsFunc(p.Plan.Rules, func(r PlanRule) bool { return len(r.When.Class) > 0 || told(r.When.matchesID) }) ||
			slices.ContainsFunc(p.Review.Tiers, func(t Tier) bool { return told(t.waitsFor) }) ||
			slices.ContainsFunc(p.Waivers, func(w Waiver) bool { return told(func(id string) bool { return w.Rule == id }) }) {
			return true
		}
	}
	return countsLower(c)
}

// countsLower reports that a rule of one of the two policies can make less of findings
// when there are more of them.
func countsLower(c *delta) bool {
	before, after := within[Policy](c)
	counts := func(r PlanRule) bool { return r.When.Count > 0 && r.Effect != EffectDeny }
	return slices.ContainsFunc(before.Plan.Rules, counts) || slices.ContainsFunc(after.Plan.Rules, counts)
}

// isGlob reports that the entry is for other types too, see resource.Extra.
func (r *PlanResource) isGlob() bool { return strings.ContainsAny(r.Type, "*?{") }

// milder: of several entries for a type the strictest counts, so one that becomes
// stricter takes nothing away.
func milder(c *delta) bool {
	before, after := within[PlanResource](c)
	return after.strictness() < before.strictness() || lossMatters(c)
}

// strictness orders what an entry says of a type; one without a tier is critical.
func (r *PlanResource) strictness() int {
	switch r.Class {
	case "harmless":
		return 0
	case "recreatable":
		return 1
	case "guard":
		return 2
	case "stateful":
		return 3 + 2 - max(0, slices.Index(planTiers, r.Tier))
	}
	return -1
}

// ruleChange: a rule takes the place of the built-in effect, so one that asks for a
// review can lower a denial; only one more that denies surely lowers nothing, and only
// one less that allows.
func ruleChange(c *delta) bool {
	e := value[PlanRule](c).Effect
	stricter := c.kind == added && e == EffectDeny || c.kind == removed && e == EffectAllow
	return !stricter
}

// matchChange: a list that is empty matches everything, so its first entry narrows it.
func matchChange(c *delta) bool {
	before, after := within[PlanWhen](c)
	list := func(w *PlanWhen) int { return len(w.list(c.key)) }
	wider := c.kind == added && list(&before) > 0 || c.kind == removed && list(&after) == 0
	narrower := c.kind == added && list(&before) == 0 || c.kind == removed && list(&after) > 0
	_, rule := within[PlanRule](c)
	stricter := wider && rule.Effect == EffectDeny || narrower && rule.Effect == EffectAllow
	return !stricter
}

// list finds a list of a when by its path among the keys.
func (w *PlanWhen) list(key string) []string {
	switch key[len("plan.rules.when."):] {
	case "rule":
		return w.Rule
	case "action":
		return w.Action
	case "type":
		return w.Type
	case "address":
		return w.Address
	case "class":
		return w.Class
	case "module":
		return w.Module
	case "provider":
		return w.Provider
	case "tag":
		return w.Tag
	}
	return nil
}

func environmentChange(c *delta) bool {
	e := value[Environment](c)
	return c.kind != added || e.Require != DefaultRequire || e.MaxAge > DefaultMaxAge || e.MaxAge <= 0 || !e.PlanMustMatch
}

// tierChange: see displaces.
func tierChange(c *delta) bool {
	t := value[Tier](c)
	before, _ := within[Review](c)
	return c.kind != added || displaces(&t, before.Tiers)
}

// conditionChange: one condition more is one demand more, see displaces.
func conditionChange(c *delta) bool {
	on := c.kind == added || c.kind == changed && c.after.Bool()
	_, t := within[Tier](c)
	before, _ := within[Review](c)
	return !on || displaces(&t, before.Tiers)
}

func bindChange(c *delta) bool {
	was, is := within[Tier](c)
	if value[Bind](c) == BindPlan {
		return c.kind != added
	}
	return treeOnly(&is) && !treeOnly(&was)
}

func treeOnly(t *Tier) bool {
	return slices.Contains(t.Bind, BindTree) && !slices.Contains(t.Bind, BindHead)
}

// voterChange: a need that names nobody can be met by anybody, so the first name
// narrows it and the last one that goes opens it.
func voterChange(c *delta) bool {
	before, after := within[Need](c)
	if c.kind == added {
		return len(before.People)+len(before.Teams) > 0
	}
	return len(after.People)+len(after.Teams) == 0
}

// displaces reports that a tier asks for less than what is asked for where no tier
// answers a finding or a gate file: one approval of this head and these plans. Such a
// tier takes the place of that demand, unless one that always applies did so before.
func displaces(t *Tier, before []Tier) bool {
	answers := t.When.Always || t.When.GateFiles || len(t.When.Findings) > 0
	return answers && (treeOnly(t) || !slices.Contains(t.Bind, BindPlan)) &&
		!slices.ContainsFunc(before, func(b Tier) bool { return b.When.Always })
}
