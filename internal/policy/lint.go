package policy

import (
	"slices"
	"strings"
	"time"
)

// lint tells what is allowed and probably not meant. It is called when there is
// no error, so the lists of the policy and of the places in the file are aligned.
func (r *reader) lint() {
	p := &r.policy
	if p.Mode == ModeObserve {
		r.warn(r.modeAt, "write mode: enforce to have refusals refused", "NOTHING IS ENFORCED: this policy only observes, and a change it refuses can merge")
	}
	for i, n := range r.agentsAt {
		if a := &p.Agents[i]; !a.provable() && (p.Provenance.AllowedSigners == "" || len(a.Emails)+len(a.Logins) == 0) {
			r.warn(valueOf(n, "id"), "add its public key under keys", "agent %s has no key, so the origin of its commits can never be proved", a.ID)
		}
	}
	for i, n := range r.peopleAt {
		switch who := &p.People[i]; {
		case len(who.Logins) > 0 && len(who.GitHubIDs) == 0:
			r.warn(valueOf(n, "logins"), "add github_ids; https://api.github.com/users/LOGIN shows the id", "%s is known by login only, and a login can be given up and taken by somebody else", who.ID)
		case len(who.Logins)+len(who.GitHubIDs)+len(who.Emails)+len(who.Keys) == 0:
			r.warn(valueOf(n, "id"), "add github_ids and keys", "nothing says how to recognise %s", who.ID)
		}
	}
	r.lintProvenance()
	r.lintIdentities()
	r.lintRules()
	r.lintReview()
	if r.deployAt != nil {
		r.warn(r.deployAt, "set up the gate as a protection rule of the environment", "deploy is enforced by the deployment gate alone; without it these lines do nothing")
	}
}

func (r *reader) lintRules() {
	rules := r.policy.Plan.Rules
	for i := range rules {
		b := &rules[i]
		at := valueOf(r.rulesAt[i], "id")
		for j := range rules {
			a := &rules[j]
			if i == j || !r.covers(&a.When, &b.When) {
				continue
			}
			if stronger := strength(a.Effect) > strength(b.Effect); stronger || a.Effect == b.Effect && j < i {
				r.warn(at, "remove it, or narrow the other one", "rule %s can never decide: rule %s matches whatever it matches, and its effect is as strong", b.ID, a.ID)
				break
			}
		}
		if b.Effect == EffectAllow && onlyWildcards(&b.When) {
			r.warn(at, "name the rule, type or address that is meant", "rule %s allows everything that no other rule catches", b.ID)
		}
	}
}

func strength(e Effect) int {
	switch e {
	case EffectAllow:
		return 1
	case EffectRequireReview:
		return 2
	}
	return 3
}

// members of a when, in a fixed order.
func (w *PlanWhen) members() [8][]string {
	return [8][]string{w.Rule, w.Action, w.Type, w.Address, w.Class, w.Module, w.Provider, w.Tag}
}

// covers reports whether a surely matches whatever b matches. It knows the simple
// cases: the same word, a glob and a word, and a prefix with a star. In a policy of
// thousands of globs it gives up, and says no.
func (r *reader) covers(a, b *PlanWhen) bool {
	if a.Exposure != nil || a.Count > 0 {
		return false
	}
	wide, narrow := a.members(), b.members()
	for i := range wide {
		if len(wide[i]) == 0 {
			continue
		}
		if len(narrow[i]) == 0 {
			return false
		}
		for _, n := range narrow[i] {
			if r.covered += len(wide[i]); r.covered > maxCovers {
				return false
			}
			if !slices.ContainsFunc(wide[i], func(w string) bool { return coversGlob(w, n) }) {
				return false
			}
		}
	}
	return true
}

func coversGlob(wide, narrow string) bool {
	const meta = `*?{}\`
	if wide == narrow {
		return true
	}
	if !strings.ContainsAny(narrow, meta) {
		return MatchName(wide, narrow)
	}
	prefix, ok := strings.CutSuffix(wide, "*")
	prefix = strings.TrimRight(prefix, "*")
	return ok && !strings.ContainsAny(prefix, meta) && strings.HasPrefix(narrow[:strings.IndexAny(narrow, meta)], prefix)
}

func onlyWildcards(w *PlanWhen) bool {
	if w.Exposure != nil {
		return false
	}
	for _, list := range w.members() {
		if len(list) > 0 && !slices.ContainsFunc(list, func(s string) bool {
			return strings.Trim(s, "*") == "" || strings.Trim(strings.TrimPrefix(s, "plan."), "*") == ""
		}) {
			return false
		}
	}
	return true
}

// lintAt tells what depends on the time.
func (r *reader) lintAt(at time.Time) {
	for i, n := range r.waiversAt {
		w := &r.policy.Waivers[i]
		switch v := valueOf(n, "expires"); {
		case !w.Expires.After(at):
			r.warn(v, "remove it, or let its owner renew it", "this waiver ran out on %s and accepts nothing any more", w.Expires.Format(time.DateOnly))
		case w.Expires.Sub(at) > MaxWaiver:
			r.warn(v, "let it expire within a year, so that somebody looks at it again", "this waiver runs for more than a year")
		}
	}
	for _, k := range r.keysAt {
		if !k.notAfter.IsZero() && !k.notAfter.After(at) {
			r.warn(k.node, "list the key that replaces it", "this %s of %s ran out on %s", k.what, k.owner, k.notAfter.Format(time.DateOnly))
		} else if k.pgp != nil && !k.revoked && k.pgp.SignsAt(at) != nil {
			r.warn(k.node, "export it again once it was renewed, or list the key that replaces it", "this OpenPGP key of %s cannot sign now: %v", k.owner, k.pgp.SignsAt(at))
		}
	}
}
