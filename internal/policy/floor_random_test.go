package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// menu is out of what the property test makes policies; "" leaves the key out.
var menu = [][]string{
	{"", "mode: observe", "mode: enforce"},
	{"", "gate_files: [a]", "gate_files: [b, 'docs/**']"},
	{"", "machine_users: [ci]"},
	{"people: [{id: alice, github_ids: [1]}, {id: bob, github_ids: [2]}, {id: carol, github_ids: [3]}]"},
	{"", "teams: {infra: [alice, bob]}", "teams: {core: [carol]}"},
	{"", "agents: [{id: a, emails: [a@x.y]}]", "agents: [{id: b, emails: [b@x.y], operators: alice}]"},
	{"", "limits: {commits: 10}", "limits: {files: 10, plan_size: 1MiB}", "limits: {commits: 5, files: 500}"},
	{"", "break_glass: {people: [alice, bob]}", "break_glass: {people: [alice, bob, carol], confirm: 2, expires: 1h}"},
	{"", "deploy: {prod: {require: overridden, max_age: 9d}}", "deploy: {prod: {max_age: 1h}, test: {plan_must_match: false}}", "deploy: {test: {require: overridden}}"},
	{"", "waivers: [{rule: plan.delete, subject: x, owner: bob, reason: r, expires: 2027-01-01}]"},
}

var provenanceMenu = [][]string{
	{"", "require: attributed", "require: signed", "require: attested"},
	{"", "signer_is_committer: true"},
	{"", "trusted_roots: [public-good]", "trusted_roots: [public-good, r.json]", "trusted_roots: [r.json]"},
	{"", "allowed_signers: signers"},
	{"", "attestors: [{id: x, keys: [{file: x.pem}]}]", "attestors: [{id: x, keys: [{file: x.pem}]}, {id: y, keys: [{file: y.pem}]}]"},
	{"", "markers: {ignore: Cursor}", "markers: {ignore: [Cursor, Copilot], logins: robot}", "markers: {emails: [r@x.y]}"},
}

var planMenu = [][]string{
	{"", "require: always", "require: when_changed"},
	{"", "paths: ['*.tf']", "paths: ['live/**', '*.json']"},
	{"", "saved: required", "saved: optional"},
	{"", "max_age: 1h", "max_age: 2d"},
	{"", "workspaces: [prod]", "workspaces: ['prod*', dev]", "workspaces: ['*']"},
	{"", "mass_destroy: {count: 5}", "mass_destroy: {count: 100, share: 10}", "mass_destroy: {share: 90}"},
	{"", "producers: [{workflow: .github/workflows/p.yml, artifact: a}]", "producers: [{workflow: .github/workflows/p.yml, artifact: a, signers: [" + signerOf("x") + "]}]", "producers: [{workflow: .github/workflows/p.yml, artifact: a, signers: [" + signerOf("x") + ", " + signerOf("y") + "]}]"},
	{
		"", "resources: [{type: acme_db, class: harmless}]", "resources: [{type: 'acme_*', class: stateful, tier: high}]", "resources: [{type: 'acme_*', class: recreatable}, {type: acme_db, class: guard}]",
		"resources: [{type: aws_db_instance, class: recreatable}]", "resources: [{type: 'aws_*', class: guard}, {type: acme_web, class: stateful}]", "resources: [{type: '*', class: recreatable}]",
	},
	{
		"", "rules: [{id: r, when: {rule: plan.delete}, effect: allow, reason: x}]", "rules: [{id: r, when: {rule: plan.*}, effect: require_review, reason: x}]",
		"rules: [{id: d, when: {rule: plan.replace}, effect: deny, reason: x}, {id: r, when: {rule: plan.forget}, effect: require_review, reason: x}]",
	},
}

var reviewMenu = [][]string{
	{"", "conversations: required", "conversations: optional"},
	{"", "checks: [{name: lint, app_id: 7}]", "checks: [{name: lint, app_id: 8}, {name: scan, account: 7}]"},
	{
		"", "tiers: [{id: t, when: {always: true}, need: [{count: 1}], bind: tree}]", "tiers: [{id: t, when: {findings: plan.delete}, need: [{count: 2}]}]",
		"tiers: [{id: g, when: {gate_files: true}, need: [{count: 1}], bind: [tree]}, {id: t, when: {labels: risk, size: {lines: 5}}, need: [{count: 1, people: [bob]}], quote: true, codeowners: true}]",
		"tiers: [{id: f, when: {findings: plan.*}, need: [{count: 1}], bind: [head, plan]}]",
	},
}

func randomPolicy(rt *rapid.T, who string) string {
	var b strings.Builder
	b.WriteString("version: 1\n")
	pick := func(menu [][]string, what string) (out []string) {
		for i, m := range menu {
			if s := rapid.SampledFrom(m).Draw(rt, fmt.Sprintf("%s %s %d", who, what, i)); s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	for _, l := range pick(menu, "top") {
		b.WriteString(l + "\n")
	}
	for _, part := range []struct {
		key  string
		menu [][]string
	}{{"provenance", provenanceMenu}, {"plan", planMenu}, {"review", reviewMenu}} {
		if list := pick(part.menu, part.key); len(list) > 0 {
			b.WriteString(part.key + ":\n  " + strings.Join(list, "\n  ") + "\n")
		}
	}
	return b.String()
}

// TestNeverWeakerThanEither: of any two policies that can be joined, the result asks
// for whatever either asks for.
func TestNeverWeakerThanEither(t *testing.T) {
	t.Parallel()
	tried, fitted := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		repoText, orgText := randomPolicy(rt, "repository"), randomPolicy(rt, "organisation")
		repo, org := parseOK(t, repoText), floorOK(t, orgText)
		repoWas, orgWas := clonePolicy(repo), clonePolicy(org)
		got, problems := repo.WithFloor(org)
		if d := gocmp.Diff(repoWas, repo) + gocmp.Diff(orgWas, org); d != "" {
			rt.Fatalf("a policy was changed:\n%s", d)
		}
		if tried++; got == nil {
			if len(problems) == 0 {
				rt.Fatal("neither policy nor problem")
			}
			return
		}
		fitted++
		for _, side := range []struct {
			name string
			p    *Policy
		}{{"repository", repo}, {"organisation", org}} {
			for _, fault := range weakerThan(got, side.p, side.p == org) {
				rt.Errorf("weaker than the %s: %s\nrepository:\n%s\norganisation:\n%s", side.name, fault, repoText, orgText)
			}
		}
		for _, fault := range liftedByRepository(got, repo, org) {
			rt.Errorf("%s\nrepository:\n%s\norganisation:\n%s", fault, repoText, orgText)
		}
		if twice, more := got.WithFloor(org); twice == nil || !gocmp.Equal(got, twice) {
			rt.Errorf("joined twice it differs: %v\n%s", more, gocmp.Diff(got, twice))
		}
	})
	t.Logf("%d of %d pairs fitted", fitted, tried)
	if fitted*10 < tried {
		t.Errorf("only %d of %d pairs fitted together", fitted, tried)
	}
}

// weakerThan lists the respects in which got asks for less than p. Of a floor, what it
// leaves out asks for nothing.
func weakerThan(got, p *Policy, floor bool) (faults []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	check(p.Mode != ModeEnforce || got.Mode == ModeEnforce, "mode")
	for _, a := range p.Agents {
		check(slices.ContainsFunc(got.Agents, func(b Agent) bool { return same(a, b) }), "agent %s", a.ID)
	}
	for _, m := range p.MachineUsers {
		check(slices.Contains(got.MachineUsers, m), "machine user %s", m)
	}
	for name, who := range p.Teams {
		check(same(who, got.Teams[name]), "team %s", name)
	}
	for _, path := range []string{"a", "b", "docs/x", "CODEOWNERS", "c"} {
		check(!p.GateFile(path) || got.GateFile(path), "gate file %s", path)
		check(p.Plan.Require != PlanAlways && !MatchPath(p.Plan.Paths, path) || got.NeedsPlan(path), "plan for %s", path)
	}
	check(rankOf(got.Provenance.Require) >= rankOf(p.Provenance.Require), "level")
	check(got.Provenance.SignerIsCommitter || !p.Provenance.SignerIsCommitter, "signer")
	isDefault := !floor && same(p.Provenance.TrustedRoots, []string{PublicGood})
	if len(p.Provenance.TrustedRoots) > 0 && !isDefault {
		for _, r := range got.Provenance.TrustedRoots {
			check(slices.Contains(p.Provenance.TrustedRoots, r), "root %s", r)
		}
	}
	if len(p.Provenance.Attestors) > 0 {
		for _, a := range got.Provenance.Attestors {
			check(slices.ContainsFunc(p.Provenance.Attestors, func(b Attestor) bool { return same(a, b) }), "attestor %s", a.ID)
		}
	}
	if m := p.Provenance.Markers; m != nil && got.Provenance.Markers != nil {
		for _, i := range got.Provenance.Markers.Ignore {
			check(slices.Contains(m.Ignore, i), "ignored marks of %s", i)
		}
		for _, l := range slices.Concat(m.Logins, m.Emails) {
			check(slices.Contains(slices.Concat(got.Provenance.Markers.Logins, got.Provenance.Markers.Emails), l), "mark %s", l)
		}
	}
	check(got.Plan.Saved == SavedRequired || p.Plan.Saved != SavedRequired, "saved")
	check(p.Plan.MaxAge == 0 || got.Plan.MaxAge > 0 && got.Plan.MaxAge <= p.Plan.MaxAge, "age of plans")
	in := func(q *Policy, w string) bool {
		return len(q.Plan.Workspaces) == 0 || slices.ContainsFunc(q.Plan.Workspaces, func(g string) bool { return MatchName(g, w) })
	}
	for _, w := range []string{"prod", "prod-eu", "dev", "x"} {
		check(in(p, w) || !in(got, w), "workspace %s", w)
	}
	mass := func(q *Policy) MassDestroy {
		if q.Plan.MassDestroy == nil {
			return MassDestroy{}.orDefault()
		}
		return q.Plan.MassDestroy.orDefault()
	}
	bound := mass(p)
	if floor { // what it leaves out is the repository's to say
		bound = MassDestroy{Count: maxMassCount, Share: 100}
		if m := p.Plan.MassDestroy; m != nil {
			bound = MassDestroy{Count: cmp.Or(m.Count, bound.Count), Share: cmp.Or(m.Share, bound.Share)}
		}
	}
	check(mass(got).Count <= bound.Count && mass(got).Share <= bound.Share, "mass destroy %+v", mass(got))
	if len(p.Plan.Producers) > 0 {
		for _, a := range got.Plan.Producers {
			check(slices.ContainsFunc(p.Plan.Producers, a.within), "producer %s", a.Workflow)
		}
	}
	for _, id := range []string{"plan.delete", "plan.replace", "plan.forget"} {
		check(effectOf(got, id) >= effectOf(p, id), "effect of %s", id)
	}
	check(got.Review.Conversations == ConversationsRequired || p.Review.Conversations != ConversationsRequired, "conversations")
	for _, c := range p.Review.Checks {
		check(slices.Contains(got.Review.Checks, c), "check %s", c.Name)
	}
	for i := range p.Review.Tiers {
		check(slices.ContainsFunc(got.Review.Tiers, func(b Tier) bool {
			b.ID = strings.TrimPrefix(b.ID, floorPrefix)
			return same(p.Review.Tiers[i], b)
		}), "tier %s", p.Review.Tiers[i].ID)
	}
	if !floor {
		for _, s := range []struct {
			rule string
			gate bool
		}{{"plan.delete", false}, {"plan.forget", false}, {"", true}} {
			check(!leftToNobody(p.Review.Tiers, s.rule, s.gate) || answeredInFull(got.Review.Tiers, s.rule, s.gate), "what no tier answers: %+v", s)
		}
	}
	for name, e := range p.Deploy {
		g, ok := got.Deploy[name]
		check(ok && (g.Require == "verified" || e.Require != "verified") && g.MaxAge <= e.MaxAge && (g.PlanMustMatch || !e.PlanMustMatch), "environment %s", name)
	}
	below := func(a, b int64) bool { return b == 0 || a != 0 && a <= b }
	check(below(int64(got.Limits.Commits), int64(p.Limits.Commits)) && below(int64(got.Limits.Files), int64(p.Limits.Files)) && below(int64(got.Limits.PlanSize), int64(p.Limits.PlanSize)), "limits")
	return faults
}

// effectOf is what the rules make of a finding; 0 when none matches.
func effectOf(p *Policy, id string) (best int) {
	for _, r := range p.Plan.Rules {
		if slices.ContainsFunc(r.When.Rule, func(g string) bool { return MatchName(g, id) }) {
			best = max(best, strength(r.Effect))
		}
	}
	return best
}

// leftToNobody reports that no tier names what is asked for, so that one approval of
// head and plans is.
func leftToNobody(tiers []Tier, rule string, gate bool) bool {
	return !slices.ContainsFunc(tiers, func(t Tier) bool { return names(&t, rule, gate) })
}

func names(t *Tier, rule string, gate bool) bool {
	return t.When.Always || gate && t.When.GateFiles || slices.ContainsFunc(t.When.Findings, func(g string) bool { return rule != "" && MatchName(g, rule) })
}

func answeredInFull(tiers []Tier, rule string, gate bool) bool {
	return leftToNobody(tiers, rule, gate) || slices.ContainsFunc(tiers, func(t Tier) bool {
		return names(&t, rule, gate) && !treeOnly(&t) && slices.Contains(t.Bind, BindPlan)
	})
}

// liftedByRepository lists what the organisation asks about and only the repository
// accepts.
func liftedByRepository(got, repo, org *Policy) (faults []string) {
	for _, w := range got.Waivers {
		mine := slices.ContainsFunc(repo.Waivers, func(o Waiver) bool { return same(o, w) }) && !slices.ContainsFunc(org.Waivers, func(o Waiver) bool { return same(o, w) })
		if mine && effectOf(org, w.Rule) > strength(EffectAllow) {
			faults = append(faults, "the repository waives "+w.Rule)
		}
	}
	if org.BreakGlass != nil && !same(*org.BreakGlass, *got.BreakGlass) {
		faults = append(faults, "others break the glass")
	}
	return faults
}

// TestHostilePoliciesAreJoinedAndCompared: the policy of a pull request is its
// author's, and must not keep the gate busy.
func TestHostilePoliciesAreJoinedAndCompared(t *testing.T) {
	t.Parallel()
	var rules, other, tiers, resources strings.Builder
	for i := range 900 {
		fmt.Fprintf(&rules, "    - {id: r%d, effect: deny, reason: x, when: {address: [", i)
		fmt.Fprintf(&other, "    - {id: r%d, effect: allow, reason: x, when: {address: [", i)
		for j := range 40 {
			fmt.Fprintf(&rules, "a%d-%d,", i, j)
			fmt.Fprintf(&other, "b%d-%d,", i, j)
		}
		rules.WriteString("]}}\n")
		other.WriteString("]}}\n")
		fmt.Fprintf(&tiers, "    - {id: t%d, when: {always: true}, need: [%s{count: 2}]}\n", i, strings.Repeat("{count: 1},", 30))
		fmt.Fprintf(&resources, "    - {type: a%d, class: harmless}\n", i)
	}
	someRules, _, _ := strings.Cut(other.String(), "    - {id: r90,")
	someTiers, _, _ := strings.Cut(tiers.String(), "    - {id: t90,")
	repo := parseOK(t, "version: 1\nplan:\n  resources:\n"+resources.String()+"  rules:\n"+rules.String()+"review:\n  tiers:\n"+tiers.String())
	org := floorOK(t, "version: 1\nplan:\n  resources: [{type: 'a*', class: guard}, {type: 'a{1,2}*', class: stateful}]\n  rules:\n"+someRules+"review:\n  tiers:\n"+someTiers)
	joined, problems := repo.WithFloor(org)
	if joined == nil {
		t.Fatal(problems)
	}
	list := Compare(repo, parseOK(t, "version: 1\nplan:\n  rules:\n"+other.String()+"review:\n  tiers:\n"+strings.ReplaceAll(tiers.String(), "count: 1", "count: 3")))
	if len(list) != maxDifferences+1 {
		t.Errorf("%d differences", len(list))
	}
}
