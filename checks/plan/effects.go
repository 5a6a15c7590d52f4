package plan

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// facts are what a rule of the policy can match of a finding. A member that does
// not apply is empty, and is matched by no entry.
type facts struct {
	action, typ, class  string
	address, module     string
	was, wasModule      string // of an object that moves: the address until now
	provider, config    string
	tags                map[string]string
	tagsHidden, tagsOwn bool // some are not shown; they are the change's own, of a create
	exposure            *checks.Exposure
}

// root is how a rule names the root module.
const root = "root"

func factsOf(c *checks.Change) facts {
	x := facts{
		action: string(c.Action), typ: c.Type, address: c.Address, class: string(c.Class), module: moduleOf(c.Address),
		provider: c.Provider, config: c.ProviderConfig, tags: c.Tags, tagsHidden: c.TagsHidden, tagsOwn: c.Action == checks.ActionCreate,
	}
	if c.PreviousAddress != "" {
		x.was, x.wasModule = c.PreviousAddress, moduleOf(c.PreviousAddress)
	}
	return x
}

// moduleOf is the module of an address, with its instance keys: what stands before
// the resource.
func moduleOf(address string) string {
	end, rest := 0, address
	for strings.HasPrefix(rest, "module.") {
		n, quoted := len("module."), false
		for n < len(rest) && (quoted || rest[n] != '.') {
			switch {
			case quoted && rest[n] == '\\':
				n++
			case rest[n] == '"':
				quoted = !quoted
			}
			n++
		}
		if n >= len(rest) {
			break
		}
		end += n + 1
		rest = rest[n+1:]
	}
	if end == 0 {
		return root
	}
	return address[:end-1]
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
				if matches(&rs[i], &fs[k]) {
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
			if !enough[i] || !matches(&rs[i], f) {
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
//
// A rule that lowers the effect must not match more than it says, one that raises it
// not less: so the first goes by both addresses of an object that moves, by all of an
// exposure, and not by tags that the change itself writes; for the other a part is
// enough, and what is not shown counts as a match.
func matches(r *policy.PlanRule, f *pending) bool {
	w, x := &r.When, &f.facts
	lowers := rank(r.Effect) < rank(policy.Effect(f.Effect)) && rank(r.Effect) >= 0
	if f.Rule == rulePolicy.ID && len(w.Rule) > 0 && !contains(w.Rule, rulePolicy.ID) {
		return false // it is about what no other rule looks at, so it is meant only by its name
	}
	given := w.Count > 0
	for _, m := range []struct{ patterns, texts []string }{
		{w.Rule, []string{f.Rule}},
		{w.Action, []string{x.action}},
		{w.Type, []string{x.typ}},
		{w.Class, []string{x.class}},
		{w.Provider, []string{x.provider, x.config}},
	} {
		if len(m.patterns) == 0 {
			continue
		}
		given = true
		if !anyMatch(m.patterns, m.texts...) {
			return false
		}
	}
	for _, m := range []struct {
		patterns []string
		now, was string
	}{{w.Address, x.address, x.was}, {w.Module, x.module, x.wasModule}} {
		if len(m.patterns) == 0 {
			continue
		}
		given = true
		is, was := anyMatch(m.patterns, m.now), anyMatch(m.patterns, m.was)
		if m.was != "" && lowers && (!is || !was) || !is && !was {
			return false
		}
	}
	if len(w.Tag) > 0 {
		given = true
		if !x.tagged(w.Tag, lowers) {
			return false
		}
	}
	if w.Exposure != nil {
		return within(w.Exposure, x.exposure, lowers)
	}
	return given
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func anyMatch(patterns []string, texts ...string) bool {
	for _, t := range texts {
		for _, p := range patterns {
			if t != "" && policy.MatchName(p, t) {
				return true
			}
		}
	}
	return false
}

// tagged reports whether a tag matches.
func (x *facts) tagged(patterns []string, lowers bool) bool {
	if lowers && x.tagsOwn {
		return false
	}
	for k, v := range x.tags {
		if anyMatch(patterns, k+"="+v) {
			return true
		}
	}
	return x.tagsHidden && !lowers
}
