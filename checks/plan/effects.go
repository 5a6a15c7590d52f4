package plan

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// facts are what a rule of the policy can match of a finding. A member that does
// not apply is empty, and is matched by no entry.
type facts struct {
	action, typ, address, class string
	module, provider, config    string
	tags                        map[string]string
	exposure                    *checks.Exposure
}

// root is how a rule names the root module.
const root = "root"

func factsOf(c *checks.Change) facts {
	x := facts{
		action: string(c.Action), typ: c.Type, address: c.Address, class: string(c.Class), module: c.Module,
		provider: c.Provider, config: c.ProviderConfig, tags: c.Tags,
	}
	if x.module == "" {
		x.module = root
	}
	return x
}

// pending is a finding whose effect the policy has not set yet.
type pending struct {
	checks.Finding
	facts facts
}

// decide lets the policy set the effects. Of all rules that match a finding, the
// one with the strongest effect counts, whatever their order; it may be stronger or
// weaker than the built-in effect. What says that the plan itself cannot be relied
// on can be lowered to a review, never to nothing.
func decide(fs []pending, rs []policy.PlanRule) {
	enough := make([]bool, len(rs))
	for i := range rs {
		n := 0
		if rs[i].When.Count > 0 {
			for k := range fs {
				if matches(&rs[i], fs[k].Rule, &fs[k].facts) {
					n++
				}
			}
		}
		enough[i] = n >= rs[i].When.Count
	}
	for k := range fs {
		f := &fs[k]
		best := -1
		for i := range rs {
			if !enough[i] || !matches(&rs[i], f.Rule, &f.facts) {
				continue
			}
			if best < 0 || rank(rs[i].Effect) > rank(rs[best].Effect) {
				best = i
			}
		}
		if best < 0 {
			continue
		}
		f.Effect, f.DecidedBy, f.Reason = checks.Effect(rs[best].Effect), rs[best].ID, rs[best].Reason
		if rank(rs[best].Effect) < 0 { // not a word of the language
			f.Effect = checks.EffectDeny
		}
		if f.Effect == checks.EffectAllow && atLeastReview[f.Rule] {
			f.Effect = checks.EffectRequireReview
		}
	}
}

func rank(e policy.Effect) int {
	switch e {
	case policy.EffectAllow:
		return 0
	case policy.EffectRequireReview:
		return 1
	case policy.EffectDeny:
		return 2
	}
	return -1
}

// matches reports whether every member that is given has an entry that matches;
// count is not looked at. A rule without any other member matches nothing, unless
// it counts. How patterns match is policy.MatchName's: "*" spans dots and slashes,
// brackets mean themselves.
func matches(r *policy.PlanRule, id string, x *facts) bool {
	w := &r.When
	given := w.Count > 0
	for _, m := range []struct {
		patterns []string
		texts    []string
	}{
		{w.Rule, []string{id}},
		{w.Action, []string{x.action}},
		{w.Type, []string{x.typ}},
		{w.Address, []string{x.address}},
		{w.Class, []string{x.class}},
		{w.Module, []string{x.module}},
		{w.Provider, []string{x.provider, x.config}},
		{w.Tag, tagTexts(w.Tag, x.tags)},
	} {
		if len(m.patterns) == 0 {
			continue
		}
		given = true
		if !anyMatch(m.patterns, m.texts) {
			return false
		}
	}
	if w.Exposure != nil {
		return within(w.Exposure, x.exposure, r.Effect == policy.EffectAllow)
	}
	return given
}

func anyMatch(patterns, texts []string) bool {
	for _, t := range texts {
		for _, p := range patterns {
			if t != "" && policy.MatchName(p, t) {
				return true
			}
		}
	}
	return false
}

func tagTexts(patterns []string, tags map[string]string) []string {
	if len(patterns) == 0 {
		return nil
	}
	out := make([]string, 0, len(tags))
	for k, v := range tags {
		out = append(out, k+"="+v)
	}
	return out
}
