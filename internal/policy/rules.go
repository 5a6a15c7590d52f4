package policy

import (
	"net/netip"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (r *reader) plan(n *yaml.Node) {
	p := &r.policy.Plan
	r.mapping(
		n, "plan",
		opt("require", oneOf(r, &p.Require, PlanWhenChanged, PlanAlways)),
		opt("paths", r.strings(&p.Paths, r.isPathGlob)),
		opt("saved", oneOf(r, &p.Saved, SavedOptional, SavedRequired)),
		opt("max_age", r.duration(&p.MaxAge, MaxMaxAge)),
		opt("workspaces", r.strings(&p.Workspaces, r.isNameGlob)),
		opt("mass_destroy", r.massDestroy),
		opt("resources", items(r, &p.Resources, nil, r.planResource)),
		opt("producers", items(r, &p.Producers, &r.producersAt, r.producer)),
		opt("rules", items(r, &p.Rules, &r.rulesAt, r.planRule)),
	)
}

// Actions and classes as the plan reader names them. "no-op" is not among them:
// nothing is found about what does not change.
var (
	planActions = []string{"create", "read", "update", "delete", "replace", "forget", "replace-forget", "unknown"}
	planClasses = []string{"stateful", "guard", "recreatable", "harmless", "unclassified"}
	planTiers   = []string{"critical", "high", "medium"}
	protocols   = []string{"tcp", "udp", "icmp", "icmpv6", "all"}
)

func (r *reader) massDestroy(n *yaml.Node) {
	m := &MassDestroy{}
	r.mapping(
		n, "mass_destroy",
		opt("count", number(r, &m.Count, 1, maxMassCount)),
		opt("share", number(r, &m.Share, 1, 100)),
	)
	r.policy.Plan.MassDestroy = m
}

func (r *reader) planResource(n *yaml.Node, d *PlanResource) {
	r.mapping(
		n, "a resource",
		need("type", r.check(&d.Type, r.isNameGlob)),
		need("class", oneOf(r, &d.Class, planClasses[:4]...)),
		opt("tier", oneOf(r, &d.Tier, planTiers...)),
		opt("loses", r.prose(&d.Loses)),
		opt("guards", r.strings(&d.Guards, r.isAttribute)),
	)
	if d.Class != "stateful" && (d.Tier != "" || d.Loses != "" || len(d.Guards) > 0) {
		r.bad(n, "leave them out, or make the class stateful", "tier, loses and guards belong to a stateful type")
	}
}

// isAttribute checks a path of attribute names.
func (r *reader) isAttribute(n *yaml.Node, s string) bool {
	ok := s != "" && len(s) <= maxGlob
	for part := range strings.SplitSeq(s, ".") {
		name := strings.TrimSuffix(part, "[]")
		ok = ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
	}
	if !ok {
		r.bad(n, "write it like deletion_protection, or settings[].deletion_protection_enabled", "%q is no attribute", clip(s))
	}
	return ok
}

func (r *reader) planRule(n *yaml.Node, rule *PlanRule) {
	w := &rule.When
	r.mapping(
		n, "a plan rule",
		need("id", r.check(&rule.ID, r.isTierID)),
		need("when", func(n *yaml.Node) {
			r.mapping(
				n, "a when",
				opt("rule", r.strings(&w.Rule, r.isRuleGlob("plan."))),
				opt("action", someOf(r, &w.Action, planActions...)),
				opt("type", r.strings(&w.Type, r.isNameGlob)),
				opt("address", r.strings(&w.Address, r.isNameGlob)),
				opt("class", someOf(r, &w.Class, planClasses...)),
				opt("module", r.strings(&w.Module, r.isNameGlob)),
				opt("provider", r.strings(&w.Provider, r.isNameGlob)),
				opt("tag", r.strings(&w.Tag, r.isTagGlob)),
				opt("exposure", func(n *yaml.Node) { w.Exposure = r.exposureWhen(n) }),
				opt("count", number(r, &w.Count, 2, maxMassCount)),
			)
		}),
		need("effect", oneOf(r, &rule.Effect, EffectAllow, EffectRequireReview, EffectDeny)),
		need("reason", r.prose(&rule.Reason)),
	)
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

func (r *reader) isTagGlob(n *yaml.Node, s string) bool {
	if !strings.Contains(s, "=") {
		r.bad(n, "write key=value; * stands for any value: \"env=*\"", "%q is no tag", clip(s))
		return false
	}
	return r.isNameGlob(n, s)
}

func (r *reader) exposureWhen(n *yaml.Node) *ExposureWhen {
	e := &ExposureWhen{}
	r.mapping(
		n, "an exposure",
		opt("from", r.strings(&e.From, r.isRange)),
		opt("port", r.ports(&e.Port)),
		opt("protocol", someOf(r, &e.Protocol, protocols...)),
	)
	return e
}

func (r *reader) isRange(n *yaml.Node, s string) bool {
	if s == ExposureWorld || s == ExposureUnknown {
		return true
	}
	if p, err := netip.ParsePrefix(s); err != nil || p.Masked() != p {
		hint := "write a range like 10.0.0.0/8, or world, or unknown"
		if err == nil {
			hint = "write " + p.Masked().String()
		}
		r.bad(n, hint, "%q is no range of addresses", clip(s))
		return false
	}
	return true
}

// ports reads ports and ranges of ports; a port may be written as a number.
func (r *reader) ports(dst *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		for _, e := range r.entries(n, true) {
			if _, _, ok := PortRange(e.Value); !ok || scalarKindOf(e) != kindNumber && scalarKindOf(e) != kindText {
				r.bad(e, "write a port like 443, or a range like 8000-8999", "%q is no port", clip(e.Value))
				continue
			}
			*dst = append(*dst, e.Value)
		}
	}
}

// What an exposure can come from besides a range of addresses.
const (
	ExposureWorld   = "world"
	ExposureUnknown = "unknown"
)

// PortRange reads "443" or "8000-8999".
func PortRange(s string) (from, to int, ok bool) {
	a, b, isRange := strings.Cut(s, "-")
	if !isRange {
		b = a
	}
	from, errA := strconv.Atoi(a)
	to, errB := strconv.Atoi(b)
	ok = errA == nil && errB == nil && strconv.Itoa(from) == a && strconv.Itoa(to) == b && 0 <= from && from <= to && to <= 65535
	return from, to, ok
}
