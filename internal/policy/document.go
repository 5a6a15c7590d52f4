package policy

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// document reads the whole policy.
func (r *reader) document(n *yaml.Node) {
	if r.broken {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, "begin with the line version: 1", "a policy is a mapping, that is, keys with values")
		return
	}
	p := &r.policy
	r.mapping(
		n, "a policy",
		need("version", r.version),
		opt("mode", func(n *yaml.Node) {
			r.modeAt = n
			oneOf(r, &p.Mode, ModeEnforce, ModeObserve)(n)
		}),
		opt("agents", items(r, &p.Agents, &r.agentsAt, r.agent)),
		opt("machine_users", r.machineUsers),
		opt("people", items(r, &p.People, &r.peopleAt, r.person)),
		opt("teams", r.teams),
		opt("gate_files", r.strings(&p.GateFiles, r.isPathGlob)),
		opt("provenance", r.provenance),
		opt("plan", r.plan),
		opt("review", r.review),
		opt("waivers", items(r, &p.Waivers, &r.waiversAt, r.waiver)),
		opt("deploy", r.deploy),
		opt("limits", func(n *yaml.Node) {
			r.mapping(
				n, "limits",
				opt("commits", number(r, &p.Limits.Commits, 1, MaxCommits)),
				opt("files", number(r, &p.Limits.Files, 1, MaxFiles)),
				opt("plan_size", r.planSize(&p.Limits.PlanSize)),
			)
		}),
		opt("break_glass", r.breakGlass),
	)
	r.later = append(r.later, r.uniqueIDs)
}

var levels = []Level{LevelAttributed, LevelSigned, LevelAttested, LevelAttestedKeyless}

func (r *reader) version(n *yaml.Node) {
	if scalarKindOf(n) != kindNumber {
		r.wrongType(n, wantOne)
		return
	}
	if n.Value != "1" {
		r.bad(n, "write version: 1, or use a version of claw-verified that knows this one", "this version of the policy language is not known: %q", clip(n.Value))
		return
	}
	r.policy.Version = 1
}

func (r *reader) planSize(dst *Size) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, ok := parseSize(n.Value)
		if k := scalarKindOf(n); k != kindText && k != kindNumber || !ok {
			r.bad(n, "write it like 64MiB or 2GiB, or as a number of bytes", "%q wants a size, and this is %q", r.key, clip(n.Value))
			return
		}
		if v < 1 || v > MaxPlanSize {
			r.bad(n, "use a size from 1 byte to "+MaxPlanSize.String(), "%q cannot be %s", r.key, v)
			return
		}
		*dst = v
	}
}

func (r *reader) duration(dst *Duration, limit Duration) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		v, ok := parseDuration(s)
		switch {
		case !ok:
			r.bad(n, "write it like 30m, 72h or 3d", "%q wants a duration, and this is %q", r.key, clip(s))
		case v <= 0 || v > limit:
			r.bad(n, "use a duration above 0 and up to "+limit.String(), "%q cannot be %q", r.key, clip(s))
		default:
			*dst = v
		}
	}
}

// deploy reads what environments need, under the form of their names in which they are
// compared, see [Policy.Environment].
func (r *reader) deploy(n *yaml.Node) {
	r.deployAt = n
	r.policy.Deploy = map[string]Environment{}
	r.oneSpelling(n, "environment", "GitHub has one environment of that name, whatever the case of its letters")
	r.named(n, "deploy", func(name string, v *yaml.Node) {
		e := Environment{Require: DefaultRequire, MaxAge: DefaultMaxAge, PlanMustMatch: true}
		r.mapping(
			v, "an environment",
			opt("require", oneOf(r, &e.Require, "verified", "overridden")),
			opt("max_age", r.duration(&e.MaxAge, MaxMaxAge)),
			opt("plan_must_match", r.boolean(&e.PlanMustMatch)),
		)
		r.policy.Deploy[foldName(name)] = e
	})
}

// foldName is the form in which names of environments are compared: GitHub ignores
// their case, and "Production" beside "production" would be a second set of demands.
func foldName(name string) string { return strings.ToLower(name) }

// oneSpelling refuses two keys of a mapping that differ by the case of letters alone:
// what was written for one would be looked for under the other.
func (r *reader) oneSpelling(n *yaml.Node, what, hint string) {
	if n.Kind != yaml.MappingNode || len(n.Content)/2 > maxEntries {
		return
	}
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		f, there := first[foldName(k.Value)]
		switch {
		case k.Kind != yaml.ScalarNode || there && f.Value == k.Value: // reported with the tree
		case there:
			r.bad(k, hint, "the %s %s differs from %s%s only by the case of letters", what, quoteName(clip(k.Value)), quoteName(clip(f.Value)), r.onLine(" on line", f))
		default:
			first[foldName(k.Value)] = k
		}
	}
}

// named reads a mapping whose keys are names that the policy makes up.
func (r *reader) named(n *yaml.Node, what string, read func(string, *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, wantMapping)
		return
	}
	if len(n.Content) == 0 {
		r.bad(n, "fill it in, or leave the key out", "%s with nothing in it", what)
	}
	if len(n.Content)/2 > maxEntries {
		r.bad(n.Content[2*maxEntries], "put several into one where they say the same", "%q has more than %d entries", r.key, maxEntries)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || isMerge(k) || seen[k.Value] {
			continue // reported with the tree
		}
		seen[k.Value] = true
		name, ok := r.text(k)
		if !ok {
			continue
		}
		outer := r.key
		r.key = name
		if scalarKindOf(v) == kindNull {
			r.bad(v, "give it a value, or leave the key out", "%q has no value", clip(name))
		} else {
			read(name, v)
		}
		r.key = outer
	}
}

func (r *reader) breakGlass(n *yaml.Node) {
	b := &BreakGlass{}
	r.policy.BreakGlass = b
	var confirmAt *yaml.Node
	ok := r.mapping(
		n, "break_glass",
		opt("people", r.strings(&b.People, r.isPerson)),
		opt("teams", r.strings(&b.Teams, r.isTeam)),
		opt("confirm", func(n *yaml.Node) {
			confirmAt = n
			number(r, &b.Confirm, 1, MaxCount)(n)
		}),
		opt("expires", r.duration(&b.Expires, MaxExpires)),
	)
	if !ok {
		return
	}
	if !hasKey(n, "people") && !hasKey(n, "teams") {
		r.bad(n, "add people or teams, or leave break_glass out", "nobody can break this glass")
		return
	}
	r.later = append(r.later, func() {
		who, decidable := r.members(b.People, b.Teams)
		confirm := b.Confirm
		if confirm == 0 {
			confirm = DefaultConfirm
		}
		if decidable && len(who) > 0 && len(who) < confirm+1 {
			at := n
			if confirmAt != nil {
				at = confirmAt
			}
			r.bad(at, "add people: whoever asks does not confirm", "break_glass needs one person who asks and %d who confirm, and lists %d", confirm, len(who))
		}
	})
}

func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (r *reader) waiver(n *yaml.Node, w *Waiver) {
	var ruleAt *yaml.Node
	r.mapping(
		n, "a waiver",
		need("rule", func(n *yaml.Node) { ruleAt = n; r.check(&w.Rule, r.isRule)(n) }),
		need("subject", r.check(&w.Subject, r.isNameGlob)),
		need("owner", r.check(&w.Owner, r.isPerson)),
		need("reason", r.prose(&w.Reason)),
		need("expires", r.moment(&w.Expires)),
	)
	if w.Rule != "" && slices.Contains(r.known.NotWaivable, w.Rule) {
		r.warn(ruleAt, "remove the waiver", "no waiver can accept %s, so this one does nothing", w.Rule)
	}
	if strings.Trim(w.Subject, "*") == "" && w.Subject != "" {
		r.warn(n, "name the one thing that is accepted", "this waiver accepts every finding of %s", w.Rule)
	}
}
