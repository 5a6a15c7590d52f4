package plan

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// facts are what a rule of the policy can match of a finding. A member that does
// not apply is empty, and is matched by no entry.
type facts struct {
	action, typ, address, class string
}

// setEffect lets the policy decide. Of all rules that match, the one with the
// strongest effect counts, whatever their order; it may be stronger or weaker
// than the built-in effect. What says that the plan itself cannot be relied on
// can be lowered to a review, never to nothing.
func setEffect(f *checks.Finding, x facts, rs []policy.PlanRule) {
	best := -1
	for i := range rs {
		if !matches(&rs[i], f.Rule, x) {
			continue
		}
		if best < 0 || rank(rs[i].Effect) > rank(rs[best].Effect) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	f.Effect, f.DecidedBy, f.Reason = checks.Effect(rs[best].Effect), rs[best].ID, rs[best].Reason
	if rank(rs[best].Effect) < 0 { // not a word of the language
		f.Effect = checks.EffectDeny
	}
	if f.Effect == checks.EffectAllow && (f.Rule == rulePartial.ID || f.Rule == ruleUnknownAction.ID) {
		f.Effect = checks.EffectRequireReview
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

// matches reports whether every member that is given has an entry that matches.
// A rule without any member matches nothing; the policy parser refuses it. How
// patterns match is policy.MatchName's: "*" spans dots and slashes, brackets
// mean themselves.
func matches(r *policy.PlanRule, id string, x facts) bool {
	w := &r.When
	given := 0
	for _, m := range []struct {
		patterns []string
		text     string
	}{{w.Rule, id}, {w.Action, x.action}, {w.Type, x.typ}, {w.Address, x.address}, {w.Class, x.class}} {
		if len(m.patterns) == 0 {
			continue
		}
		given++
		ok := false
		for _, p := range m.patterns {
			ok = ok || m.text != "" && policy.MatchName(p, m.text)
		}
		if !ok {
			return false
		}
	}
	return given > 0
}
