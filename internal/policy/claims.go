package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// owner is whoever lists an identity. Its id may stand after its keys, so it is
// filled in while the file is read.
type owner struct {
	kind string // "agent", "person" or "machine_users"
	id   string
	at   *yaml.Node
}

func (o *owner) String() string {
	if o.id == "" {
		return o.kind
	}
	return o.kind + " " + o.id
}

// claim is one identity that somebody lists.
type claim struct {
	what, value, shown string
	owner              *owner
	at                 *yaml.Node
}

func (r *reader) claim(what, value, shown string, o *owner, at *yaml.Node) {
	r.claims = append(r.claims, claim{what, value, shown, o, at})
}

// checkClaims refuses what two owners list. It would let one pass for the other:
// an agent approve as a person, or a person fill two seats. The same key twice
// under one owner is refused as well: which of its two lives would count?
func (r *reader) checkClaims() {
	slices.SortStableFunc(r.claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	first := map[string]claim{}
	for _, c := range r.claims {
		id := c.what + "\n" + c.value
		f, dup := first[id]
		switch {
		case !dup:
			first[id] = c
		case f.owner != c.owner:
			if f.owner.kind != "person" && c.owner.kind != "person" && (f.owner.kind == "machine_users" || c.owner.kind == "machine_users") {
				continue // an agent may run under a machine account: neither approves
			}
			r.bad(c.at, "keep it with the one it belongs to; two owners would let one pass for the other",
				"the %s %q belongs to %s already, on line %d", c.what, clip(c.shown), f.owner, f.at.Line)
		case c.what == "key" || c.what == "GitHub id" || c.what == "identity":
			r.bad(c.at, "keep one of them", "the %s %q stands here a second time, first on line %d", c.what, clip(c.shown), f.at.Line)
		}
	}
}

// uniqueIDs refuses ids that stand twice, also in another case: reports name
// people and agents by them.
func (r *reader) uniqueIDs() {
	unique := func(what string, list []named) {
		first := map[string]named{}
		for _, e := range list {
			if e.id == "" {
				continue
			}
			f, dup := first[strings.ToLower(e.id)]
			if dup {
				r.bad(e.at, "give one of them another id", "%s %q has the id of another one, on line %d", what, clip(e.id), f.at.Line)
				continue
			}
			first[strings.ToLower(e.id)] = e
		}
	}
	p := &r.policy
	who := make([]named, 0, len(p.Agents)+len(p.People))
	for i, n := range r.agentsAt {
		who = append(who, named{p.Agents[i].ID, valueOf(n, "id")})
	}
	for i, n := range r.peopleAt {
		who = append(who, named{p.People[i].ID, valueOf(n, "id")})
	}
	slices.SortStableFunc(who, func(a, b named) int { return cmp.Compare(a.at.Line, b.at.Line) })
	unique("the agent or person", who)
	rules := make([]named, 0, len(r.rulesAt))
	for i, n := range r.rulesAt {
		rules = append(rules, named{p.Plan.Rules[i].ID, valueOf(n, "id")})
	}
	unique("the plan rule", rules)
	unique("the tier", r.tierIDs)
}

// named is an id and where it stands.
type named struct {
	id string
	at *yaml.Node
}

// valueOf finds the value of a key, else the mapping itself.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}

// isPerson checks, once the file is read, that a person of this id is listed.
func (r *reader) isPerson(n *yaml.Node, s string) bool {
	r.later = append(r.later, func() {
		if r.people == nil {
			r.people = map[string]bool{}
			for i := range r.policy.People {
				r.people[r.policy.People[i].ID] = true
			}
			r.sortedID = slices.Sorted(maps.Keys(r.people))
		}
		if r.people[s] {
			return
		}
		hint := r.didYouMean(s, r.sortedID)
		switch {
		case slices.ContainsFunc(r.policy.Agents, func(a Agent) bool { return a.ID == s }):
			hint = "this is an agent; only a person can stand here"
		case hint == "":
			hint = "list the person under people, and use the id given there"
		}
		r.bad(n, hint, "there is no person %q under people", clip(s))
	})
	return true
}

// isTeam checks that a bare team is declared. A GitHub team, org/team, can only
// be looked up by whoever asks GitHub.
func (r *reader) isTeam(n *yaml.Node, s string) bool {
	if strings.Contains(s, "/") {
		if reGitHubTeam.MatchString(s) {
			return true
		}
		hint := "write it as org/team"
		if strings.HasPrefix(s, "@") {
			hint = "leave out the @"
		}
		r.bad(n, hint, "%q is no GitHub team", clip(s))
		return false
	}
	r.later = append(r.later, func() {
		if _, ok := r.policy.Teams[s]; ok {
			return
		}
		hint := r.didYouMean(s, slices.Sorted(maps.Keys(r.policy.Teams)))
		if hint == "" {
			hint = "declare it under teams, or name a GitHub team as org/team"
		}
		r.bad(n, hint, "there is no team %q under teams", clip(s))
	})
	return true
}

// isRule checks for one exact rule id.
func (r *reader) isRule(n *yaml.Node, s string) bool {
	if slices.Contains(r.known.Rules, s) {
		return true
	}
	hint := r.didYouMean(s, r.known.Rules)
	if strings.ContainsAny(s, "*?[{") {
		hint = "name one rule; write a second waiver for a second rule"
	} else if hint == "" {
		hint = "docs/rules.md lists every rule"
	}
	r.bad(n, hint, "there is no rule %q", clip(s))
	return false
}

// isRuleGlob checks for a glob over rule ids that matches one at least, with the
// given beginning.
func (r *reader) isRuleGlob(prefix string) func(*yaml.Node, string) bool {
	return func(n *yaml.Node, s string) bool {
		if !r.isNameGlob(n, s) {
			return false
		}
		var ids []string
		for _, id := range r.known.Rules {
			if strings.HasPrefix(id, prefix) {
				ids = append(ids, id)
			}
		}
		if slices.ContainsFunc(ids, func(id string) bool { return MatchName(s, id) }) {
			return true
		}
		for _, id := range ids {
			question, _, _ := strings.Cut(id, ".")
			if !slices.Contains(ids, question+".*") {
				ids = append(ids, question+".*")
			}
		}
		hint := "docs/rules.md lists every rule"
		if r.nearest(s, ids) != "" {
			hint = r.didYouMean(s, ids)
		}
		if slices.ContainsFunc(r.known.Rules, func(id string) bool { return MatchName(s, id) }) {
			hint = fmt.Sprintf("only rules that begin with %q can stand here", prefix)
		}
		r.bad(n, hint, "no rule matches %q", clip(s))
		return false
	}
}

// members lists the different people of a need or of break_glass. It is not
// decidable when a GitHub team is among them.
func (r *reader) members(people, teams []string) (who map[string]bool, decidable bool) {
	who = map[string]bool{}
	for _, id := range people {
		who[id] = true
	}
	for _, t := range teams {
		if strings.Contains(t, "/") {
			return nil, false
		}
		for _, id := range r.policy.Teams[t] {
			who[id] = true
		}
	}
	return who, len(people)+len(teams) > 0
}
