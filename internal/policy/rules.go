package policy

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

func (r *reader) plan(n *yaml.Node) {
	p := &r.policy.Plan
	r.mapping(
		n, "plan",
		opt("require", oneOf(r, &p.Require, PlanWhenChanged, PlanAlways)),
		opt("paths", r.strings(&p.Paths, r.isPathGlob)),
		opt("rules", items(r, &p.Rules, &r.rulesAt, r.planRule)),
	)
}

// Actions and classes as the plan reader names them. "no-op" is not among them:
// nothing is found about what does not change.
var (
	planActions = []string{"create", "read", "update", "delete", "replace", "forget", "replace-forget", "unknown"}
	planClasses = []string{"stateful", "harmless", "unclassified"}
)

func (r *reader) planRule(n *yaml.Node, rule *PlanRule) {
	w := &rule.When
	r.mapping(
		n, "a plan rule",
		need("id", r.check(&rule.ID, r.isID)),
		need("when", func(n *yaml.Node) {
			r.mapping(
				n, "a when",
				opt("rule", r.strings(&w.Rule, r.isRuleGlob("plan."))),
				opt("action", someOf(r, &w.Action, planActions...)),
				opt("type", r.strings(&w.Type, r.isNameGlob)),
				opt("address", r.strings(&w.Address, r.isNameGlob)),
				opt("class", someOf(r, &w.Class, planClasses...)),
			)
		}),
		need("effect", oneOf(r, &rule.Effect, EffectAllow, EffectRequireReview, EffectDeny)),
		need("reason", r.prose(&rule.Reason)),
	)
}

func (r *reader) tier(n *yaml.Node, t *Tier) {
	w := &t.When
	r.mapping(
		n, "a tier",
		need("id", func(n *yaml.Node) {
			r.check(&t.ID, r.isID)(n)
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
			)
		}),
		need("need", items(r, &t.Need, nil, r.need)),
		opt("bind", someOf(r, &t.Bind, BindHead, BindTree, BindPlan)),
	)
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

// isPathGlob checks a glob over paths of the repository. Forms that can never
// match are refused: they look like protection and are none.
func (r *reader) isPathGlob(n *yaml.Node, s string) bool {
	parts := strings.Split(s, "/")
	hint := ""
	switch {
	case strings.HasPrefix(s, "!"):
		hint = "list what is meant; there are no exceptions"
	case strings.HasPrefix(s, "/"):
		hint = "leave out the / at the beginning: paths begin at the root of the repository"
	case strings.HasSuffix(s, "/"):
		hint = "write " + quoteName(clip(s)+"**") + " for everything in the folder"
	case strings.Contains(s, "//"):
		hint = "write one / between folders"
	}
	for _, p := range parts {
		if p == "." || p == ".." {
			hint = "write the path from the root of the repository, without . and .."
		}
	}
	if hint != "" {
		r.bad(n, hint, "the path %q can never match", clip(s))
		return false
	}
	if !validPathGlob(s) {
		r.bad(n, "close every [ and {, write \\[ for the character itself, and use at most two { and 512 bytes", "%q is no proper glob", clip(s))
		return false
	}
	return true
}

// isNameGlob checks a glob over names: rule ids, resource addresses, subjects.
func (r *reader) isNameGlob(n *yaml.Node, s string) bool {
	if !validNameGlob(s) {
		r.bad(n, "close every {, write \\{ for the character itself, and use at most two { and 512 bytes", "%q is no proper glob", clip(s))
		return false
	}
	return true
}
