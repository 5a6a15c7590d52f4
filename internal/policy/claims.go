package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Kinds of owners.
const (
	kindAgent    = "agent"
	kindPerson   = "person"
	kindMachine  = "machine_users"
	kindAttestor = "attestor"
	kindMarkers  = "provenance.markers"
	kindSigner   = "a signer of plans"
)

// owner is whoever lists an identity. Its id may stand after its keys, so it is
// filled in while the file is read.
type owner struct {
	kind string
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
	what, shown  string // for people
	space, value string // two claims of the same value in one space are of the same identity
	once         bool   // its owner may list it once in each form
	form         string
	owner        *owner
	at           *yaml.Node
}

// claim notes what belongs to one owner, who may list it again.
func (r *reader) claim(what, value, shown string, o *owner, at *yaml.Node) {
	r.claims = append(r.claims, claim{what: what, space: what, value: value, shown: shown, owner: o, at: at})
}

// claimOnce notes what belongs to one owner, who may list it once in this form.
func (r *reader) claimOnce(form, what, value, shown string, o *owner, at *yaml.Node) {
	r.claims = append(r.claims, claim{what: what, space: what, value: value, shown: shown, once: true, form: form, owner: o, at: at})
}

// checkClaims refuses what two owners list. It would let one pass for the other:
// an agent approve as a person, or a person fill two seats. The same key twice
// under one owner is refused as well: which of its two lives would count? One key
// for commits and, in another form, for attestations is not that.
func (r *reader) checkClaims() {
	slices.SortStableFunc(r.claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	type identity struct {
		space, value, form string
		owner              *owner
	}
	first, again := map[identity]claim{}, map[identity]claim{}
	for _, c := range r.claims {
		id := identity{space: c.space, value: c.value}
		f, dup := first[id]
		if !dup {
			f, first[id] = c, c
		}
		if f.owner != c.owner && !f.owner.mayShareWith(c.owner) {
			r.bad(c.at, "keep it with the one it belongs to; two owners would let one pass for the other",
				"the %s %q belongs to %s already%s", c.what, clip(c.shown), f.owner, r.onLine(", on line", f.at))
			continue
		}
		if !c.once {
			continue
		}
		id.form, id.owner = c.form, c.owner
		if before, dup := again[id]; dup {
			r.bad(c.at, "keep one of them", "the %s %q stands here a second time%s", c.what, clip(c.shown), r.onLine(", first on line", before.at))
			continue
		}
		again[id] = c
	}
}

// mayShareWith: an agent may run under a machine account, and marks may name again
// what an agent or a machine goes by. None of them approves. One workflow may sign the
// plans of several producers; that an agent signs its own plan is what is kept out.
func (o *owner) mayShareWith(other *owner) bool {
	if o.kind == kindSigner && other.kind == kindSigner {
		return true
	}
	shares := func(kind string) bool { return kind == kindMachine || kind == kindMarkers }
	return o.kind != kindPerson && other.kind != kindPerson && (shares(o.kind) || shares(other.kind))
}

// uniqueIDs refuses ids that stand twice, also in another case: reports name
// people and agents by them.
func (r *reader) uniqueIDs() {
	unique := func(list []named) {
		first := map[string]named{}
		for _, e := range list {
			if e.id == "" {
				continue
			}
			f, dup := first[strings.ToLower(e.id)]
			if dup {
				r.bad(e.at, "give one of them another id", "the %s %q has the id of another one%s", e.what, clip(e.id), r.onLine(", on line", f.at))
				continue
			}
			first[strings.ToLower(e.id)] = e
		}
	}
	p := &r.policy
	who := make([]named, 0, len(p.Agents)+len(p.People)+len(p.Provenance.Attestors))
	for i, n := range r.agentsAt {
		who = append(who, named{"agent or person", p.Agents[i].ID, valueOf(n, "id")})
	}
	for i, n := range r.peopleAt {
		who = append(who, named{"agent or person", p.People[i].ID, valueOf(n, "id")})
	}
	for i, n := range r.attestorsAt {
		who = append(who, named{"attestor", p.Provenance.Attestors[i].ID, valueOf(n, "id")})
	}
	slices.SortStableFunc(who, func(a, b named) int { return cmp.Compare(a.at.Line, b.at.Line) })
	unique(who)
	rules := make([]named, 0, len(r.rulesAt))
	for i, n := range r.rulesAt {
		rules = append(rules, named{"plan rule", p.Plan.Rules[i].ID, valueOf(n, "id")})
	}
	unique(rules)
	unique(r.tierIDs)
	r.uniqueProducers()
}

// named is an id and where it stands.
type named struct {
	what, id string
	at       *yaml.Node
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
		case slices.ContainsFunc(r.policy.Provenance.Attestors, func(a Attestor) bool { return a.ID == s }):
			hint = "this is an attestor; only a person can stand here"
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
	if r.joined || slices.Contains(r.known.Rules, s) {
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
		if r.joined {
			return true // both were held against the rules when they were read
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
