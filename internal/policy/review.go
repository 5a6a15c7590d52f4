package policy

import (
	"go.yaml.in/yaml/v4"
)

// review reads who must agree. Without tiers the default ones hold: to ask for settled
// conversations takes no other demand away.
func (r *reader) review(n *yaml.Node) {
	v := &r.policy.Review
	r.mapping(
		n, "review",
		opt("tiers", items(r, &v.Tiers, &r.tiersAt, r.tier)),
		opt("conversations", oneOf(r, &v.Conversations, ConversationsOptional, ConversationsRequired)),
		opt("checks", items(r, &v.Checks, &r.checksAt, r.requiredCheck)),
	)
	r.uniqueChecks()
}

func (r *reader) tier(n *yaml.Node, t *Tier) {
	w := &t.When
	r.mapping(
		n, "a tier",
		need("id", func(n *yaml.Node) {
			r.check(&t.ID, r.isTierID)(n)
			r.tierIDs = append(r.tierIDs, named{"tier", t.ID, n})
		}),
		need("when", func(n *yaml.Node) {
			r.mapping(
				n, "a when",
				opt("always", r.yes(&w.Always)),
				opt("agent", r.yes(&w.Agent)),
				opt("unattributed", r.yes(&w.Unattributed)),
				opt("gate_files", r.yes(&w.GateFiles)),
				opt("paths", r.strings(&w.Paths, r.isPathGlob)),
				opt("findings", r.strings(&w.Findings, r.isRuleGlob(""))),
				opt("provenance_below", oneOf(r, &w.ProvenanceBelow, levels...)),
				opt("labels", r.strings(&w.Labels, r.isNameGlob)),
				opt("size", func(n *yaml.Node) { w.Size = r.size(n) }),
			)
		}),
		need("need", items(r, &t.Need, nil, r.need)),
		opt("bind", someOf(r, &t.Bind, BindHead, BindTree, BindPlan)),
		opt("quote", r.yes(&t.Quote)),
		opt("codeowners", r.yes(&t.Codeowners)),
	)
}

func (r *reader) size(n *yaml.Node) *ChangeSize {
	s := &ChangeSize{}
	r.mapping(
		n, "a size",
		opt("commits", number(r, &s.Commits, 1, MaxCommits)),
		opt("files", number(r, &s.Files, 1, MaxFiles)),
		opt("lines", number(r, &s.Lines, 1, maxLines)),
	)
	return s
}

func (r *reader) need(n *yaml.Node, d *Need) {
	countAt := n
	r.mapping(
		n, "a need",
		need("count", func(n *yaml.Node) { countAt = n; number(r, &d.Count, 1, MaxCount)(n) }),
		opt("permission", oneOf(r, &d.Permission, PermissionWrite, PermissionMaintain, PermissionAdmin)),
		opt("teams", r.strings(&d.Teams, r.isTeam)),
		opt("people", r.strings(&d.People, r.isPerson)),
	)
	r.later = append(r.later, func() {
		who, decidable := r.members(d.People, d.Teams)
		if decidable && len(who) > 0 && d.Count > len(who) {
			r.bad(countAt, "lower the count, or add people", "%d people are needed and only %d could ever agree", d.Count, len(who))
		}
	})
}
