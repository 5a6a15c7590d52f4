package policy

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func floorOK(t testing.TB, text string) *Policy {
	t.Helper()
	p, problems := ParseFloor(text, known)
	if p == nil {
		t.Fatalf("refused: %v\n%s", problems, text)
	}
	return p
}

func joined(t testing.TB, repo, org string) *Policy {
	t.Helper()
	p, problems := parseOK(t, repo).WithFloor(floorOK(t, org))
	if p == nil {
		t.Fatalf("refused: %v\nrepository:\n%s\norganisation:\n%s", problems, repo, org)
	}
	return p
}

func fileText(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const floorPeople = "people: [{id: alice, github_ids: [1]}, {id: bob, github_ids: [2]}, {id: carol, github_ids: [3]}]\n"

// TestFloorOfNothing: an organisation that asks for nothing changes nothing, and a
// policy is its own floor.
func TestFloorOfNothing(t *testing.T) {
	t.Parallel()
	list := []string{Starter()}
	for _, path := range fixtureFiles(t, "ok") {
		list = append(list, fileText(t, path))
	}
	for _, text := range list {
		p := parseOK(t, text)
		for name, org := range map[string]*Policy{
			"none": nil, "empty": {}, "a version": floorOK(t, "version: 1\n"), "itself": p, "itself as a floor": floorOK(t, text),
		} {
			before := clonePolicy(p)
			got, problems := p.WithFloor(org)
			if len(problems) > 0 {
				t.Errorf("%s: %v\n%s", name, problems, text)
				continue
			}
			if d := gocmp.Diff(p, got); d != "" {
				t.Errorf("%s: -policy +joined:\n%s", name, d)
			}
			if d := gocmp.Diff(before, p); d != "" {
				t.Errorf("%s: the policy was changed:\n%s", name, d)
			}
		}
	}
}

func TestFloorIsReadWithoutDefaults(t *testing.T) {
	t.Parallel()
	if d := gocmp.Diff(&Policy{Version: 1}, floorOK(t, "version: 1\n")); d != "" {
		t.Error(d)
	}
	p := floorOK(t, "version: 1\n"+floorPeople+`review: {tiers: [{id: t, when: {always: true}, need: [{count: 1}]}]}
plan: {producers: [{workflow: .github/workflows/p.yml, artifact: a}]}
deploy: {production: {max_age: 1h}}
break_glass: {people: [alice, bob]}
`)
	if d := gocmp.Diff(parseOK(t, "version: 1\nreview: {tiers: [{id: t, when: {always: true}, need: [{count: 1}]}]}\n").Review, p.Review); d != "" {
		t.Error(d)
	}
	if p.Plan.Producers[0].Plan != DefaultPlanJSON || p.BreakGlass.Confirm != 1 || !p.Deploy["production"].PlanMustMatch {
		t.Errorf("entries are complete: %+v", p)
	}
	if p, problems := ParseFloor("version: 1\nx: 1\n", known); p != nil || len(problems) != 1 {
		t.Errorf("%v", problems)
	}
}

// TestFloors: each line of the table in docs/policy.md.
func TestFloors(t *testing.T) {
	t.Parallel()
	tier := func(id, when string, more ...string) string {
		return fmt.Sprintf("{id: %s, when: {%s}, need: [{count: 1}]%s}", id, when, strings.Join(more, ""))
	}
	for _, c := range []struct {
		name, repo, org string
		want            string // a line of the joined policy, or of the problem
	}{
		{"enforce wins", "mode: observe", "mode: enforce", "mode: enforce"},
		{"observing is no floor", "mode: enforce", "mode: observe", "mode: enforce"},
		{"what is left out is left", "mode: observe", "gate_files: x", "mode: observe"},
		{"agents are joined", "agents: [{id: a, emails: [a@x.y]}]", "agents: [{id: b, emails: [b@x.y]}]", "id: b"},
		{"one agent, two meanings", "agents: [{id: a, emails: [a@x.y]}]", "agents: [{id: A, emails: [b@x.y]}]", `the policies of the repository and the organisation both define agent A, and say different things of it`},
		{"an agent's address under a person", "people: [{id: eve, emails: [b@x.y]}]", "agents: [{id: b, emails: [B@x.y]}]", `the e-mail "b@x.y" belongs to agent b already`},
		{"an agent's account under a person", "people: [{id: eve, logins: [bot]}]", "machine_users: [Bot]", `the login "bot" belongs to machine_users already`},
		{"a second account of a person", "people: [{id: eve, github_ids: [1]}]", floorPeople, `the GitHub id "1" belongs to person eve already`},
		{"an agent by the name of a person", "agents: [{id: alice, emails: [x@y.z]}]", floorPeople, `has the id of another one`},
		{"a team of the organisation", floorPeople + "teams: {infra: [alice]}", floorPeople + "teams: {infra: [bob]}", "the team infra belongs to the organisation"},
		{"the same team", floorPeople + "teams: {infra: [alice, bob]}", floorPeople + "teams: {infra: [bob, alice]}", "infra:"},
		{"gate files are joined", "gate_files: mine", "gate_files: theirs", "- theirs"},
		{"the higher level", "provenance: {require: signed}", "provenance: {require: attested}", "require: attested"},
		{"the higher level of the repository", "provenance: {require: attested}", "provenance: {require: signed}", "require: attested"},
		{"the signer", "", "provenance: {signer_is_committer: true}", "signer_is_committer: true"},
		{"another root", "provenance: {trusted_roots: [public-good, r.json]}", "provenance: {trusted_roots: public-good}", "the trusted root r.json of the repository's policy is not in the organisation's"},
		{"a root by default", "", "provenance: {trusted_roots: r.json}", "- r.json"},
		{"allowed signers", "provenance: {allowed_signers: mine}", "provenance: {allowed_signers: theirs}", "keys are allowed by mine in the repository's policy and by theirs in the organisation's"},
		{"another attestor", "provenance: {attestors: [{id: a, keys: [{file: a.pem}]}]}", "provenance: {attestors: [{id: b, keys: [{file: b.pem}]}]}", "attestor a of the repository's policy is not in the organisation's"},
		{"an attestor with another key", "provenance: {attestors: [{id: a, keys: [{file: a.pem}]}]}", "provenance: {attestors: [{id: a, keys: [{file: b.pem}]}]}", "attestor a of the repository's policy is not in the organisation's"},
		{"another folder", "provenance: {directory: mine}", "provenance: {directory: theirs}", "attestations lie in mine for the repository's policy and in theirs for the organisation's"},
		{"a plan always", "", "plan: {require: always}", "require: always"},
		{"paths", "plan: {paths: a.tf}", "plan: {paths: b.tf}", "- b.tf"},
		{"the saved plan", "plan: {saved: optional}", "plan: {saved: required}", "saved: required"},
		{"the shorter age", "plan: {max_age: 9h}", "plan: {max_age: 8h}", "max_age: 8h"},
		{"the shorter age of the repository", "plan: {max_age: 7h}", "plan: {max_age: 8h}", "max_age: 7h"},
		{"workspaces in both", "plan: {workspaces: [prod-eu, dev]}", "plan: {workspaces: \"prod-*\"}", "- prod-eu"},
		{"workspaces of which the organisation names one", "plan: {workspaces: \"prod*\"}", "plan: {workspaces: [prod-eu, test]}", "- prod-eu"},
		{"no workspace in both", "plan: {workspaces: [dev]}", "plan: {workspaces: [prod]}", "no workspace is in plan.workspaces of both"},
		{"fewer objects", "plan: {mass_destroy: {count: 9}}", "plan: {mass_destroy: {count: 8}}", "count: 8"},
		{"more objects than by default", "", "plan: {mass_destroy: {count: 100, share: 7}}", "share: 7"},
		{"another producer", "plan: {producers: [{workflow: .github/workflows/a.yml, artifact: a}]}", "plan: {producers: [{workflow: .github/workflows/b.yml, artifact: a}]}", "producer .github/workflows/a.yml of the repository's policy is not in the organisation's"},
		{"a rule by the same name", "plan: {rules: [{id: r, when: {class: harmless}, effect: allow, reason: x}]}", "plan: {rules: [{id: R, when: {rule: plan.*}, effect: deny, reason: x}]}", "id: organization/R"},
		{"a tier by the same name", "review: {tiers: [" + tier("t", "always: true") + "]}", "review: {tiers: [" + tier("t", "agent: true") + "]}", "id: organization/t"},
		{"the same tier", "review: {tiers: [" + tier("t", "always: true") + "]}", "review: {tiers: [" + tier("t", "always: true", ", bind: head") + "]}", "id: t"},
		{"tiers by default stay", "", "review: {tiers: [" + tier("t", "agent: true") + "]}", "id: unattributed"},
		{"conversations", "review: {conversations: optional}", "review: {conversations: required}", "conversations: required"},
		{"a waiver of what the organisation asks about", floorPeople + "waivers: [{rule: plan.delete, subject: x, owner: bob, reason: r, expires: 2027-01-01}]", "plan: {rules: [{id: keep, when: {rule: plan.*}, effect: deny, reason: x}]}", "the repository's policy waives plan.delete for x, which rule keep of the organisation's asks about"},
		{"a waiver of something else", floorPeople + "waivers: [{rule: plan.delete, subject: x, owner: bob, reason: r, expires: 2027-01-01}]", "plan: {rules: [{id: keep, when: {rule: plan.replace}, effect: deny, reason: x}]}", "rule: plan.delete"},
		{"a stricter environment", "deploy: {prod: {require: overridden, max_age: 2h, plan_must_match: false}}", "deploy: {prod: {max_age: 3h}}", "require: verified"},
		{"another environment", "", "deploy: {prod: {max_age: 3h}}", "max_age: 3h"},
		{"limits", "limits: {commits: 9}", "limits: {commits: 8, files: 7}", "files: 7"},
		{"who breaks the glass", floorPeople + "break_glass: {people: [alice, bob]}", floorPeople + "break_glass: {people: [bob, carol], expires: 1h}", "expires: 1h"},
		{"the repository's glass", floorPeople + "break_glass: {people: [alice, bob], expires: 2h}", "mode: enforce", "expires: 2h"},
		{"marks", "provenance: {markers: {ignore: [Copilot, Cursor]}}", "provenance: {markers: {ignore: Cursor, logins: robot}}", "- robot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo, org := parseOK(t, "version: 1\n"+c.repo+"\n"), floorOK(t, "version: 1\n"+c.org+"\n")
			p, problems := repo.WithFloor(org)
			if p == nil {
				if len(problems) != 1 || !strings.Contains(problems[0].Message, c.want) || problems[0].Hint == "" || problems[0].Line != 0 || problems[0].Warning {
					t.Errorf("want %q, got %v", c.want, problems)
				}
				return
			}
			out, err := p.Effective()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(out), c.want+"\n") {
				t.Errorf("no %q in\n%s", c.want, out)
			}
			twice, problems := p.WithFloor(org)
			if d := gocmp.Diff(p, twice); d != "" || len(problems) > 0 {
				t.Errorf("joined twice it differs: %v\n%s", problems, d)
			}
		})
	}
}

// TestTiersOfTheOrganizationDisplaceNoDemand: a tier that answers findings takes the
// place of the approval that is asked for where none does. One of the organisation must
// not do that with less.
func TestTiersOfTheOrganizationDisplaceNoDemand(t *testing.T) {
	t.Parallel()
	repo := "version: 1\nreview: {tiers: [{id: paths, when: {paths: 'prod/**'}, need: [{count: 2}]}]}\n"
	for when, want := range map[string]TierWhen{
		"always: true, bind: tree":          {Findings: []string{"*"}, GateFiles: true},
		"findings: plan.*, bind: tree":      {Findings: []string{"*"}},
		"gate_files: true, bind: head":      {GateFiles: true},
		"always: true, bind: [head, plan]":  {},
		"labels: x, bind: tree":             {},
		"findings: plan.*, bind: [plan]":    {},
		"gate_files: true, bind: [plan]":    {},
		"provenance_below: attested, bind:": {},
	} {
		condition, bind, _ := strings.Cut(when, ", bind:")
		if bind = strings.TrimSpace(bind); bind == "" {
			bind = "tree"
		}
		p := joined(t, repo, fmt.Sprintf("version: 1\nreview: {tiers: [{id: org, when: {%s}, need: [{count: 1}], bind: %s}]}\n", condition, bind))
		var got TierWhen
		if last := p.Review.Tiers[len(p.Review.Tiers)-1]; last.ID == unanswered {
			got = last.When
			if d := gocmp.Diff(Tier{ID: unanswered, When: got, Need: []Need{{Count: 1, Permission: PermissionWrite}}, Bind: []Bind{BindHead, BindPlan}}, last); d != "" {
				t.Error(d)
			}
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", when, d)
		}
	}
}

func TestFloorLints(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"version: 1\n": "may only observe|what commits must prove|who must agree",
		"version: 1\nmode: enforce\nprovenance: {require: signed, allowed_signers: keys/all}\nreview: {tiers: [{id: t, when: {always: true}, need: [{count: 1}]}]}\n": "is read from keys/all of each repository",
	} {
		_, problems := ParseFloor(text, known)
		for _, w := range strings.Split(want, "|") {
			if !slices.ContainsFunc(problems, func(pr Problem) bool { return pr.Warning && pr.Hint != "" && strings.Contains(pr.Message, w) }) {
				t.Errorf("no warning of %q: %v", w, problems)
			}
		}
	}
}

func TestFloorSizes(t *testing.T) {
	t.Parallel()
	p, problems := parseOK(t, "version: 1\ngate_files: ["+numbers(900)+"]\n").WithFloor(floorOK(t, "version: 1\ngate_files: [x,"+strings.ReplaceAll(numbers(900), "u", "v")+"]\n"))
	if p != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "more than 1000 entries") {
		t.Errorf("%v", problems)
	}
}

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
	{"", "producers: [{workflow: .github/workflows/p.yml, artifact: a}]"},
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
			check(slices.Contains(p.Plan.Producers, a), "producer %s", a.Workflow)
		}
	}
	for _, id := range []string{"plan.delete", "plan.replace", "plan.forget"} {
		check(effectOf(got, id) >= effectOf(p, id), "effect of %s", id)
	}
	check(got.Review.Conversations == ConversationsRequired || p.Review.Conversations != ConversationsRequired, "conversations")
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
	start := time.Now()
	repo := parseOK(t, "version: 1\nplan:\n  resources:\n"+resources.String()+"  rules:\n"+rules.String()+"review:\n  tiers:\n"+tiers.String())
	org := floorOK(t, "version: 1\nplan:\n  resources: [{type: 'a*', class: guard}, {type: 'a{1,2}*', class: stateful}]\n  rules:\n"+someRules+"review:\n  tiers:\n"+someTiers)
	parsed := time.Since(start)
	joined, problems := repo.WithFloor(org)
	if joined == nil {
		t.Fatal(problems)
	}
	list := Compare(repo, parseOK(t, "version: 1\nplan:\n  rules:\n"+other.String()+"review:\n  tiers:\n"+strings.ReplaceAll(tiers.String(), "count: 1", "count: 3")))
	if len(list) != maxDifferences+1 {
		t.Errorf("%d differences", len(list))
	}
	t.Logf("parsed in %v, joined and compared in %v", parsed, time.Since(start)-parsed)
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}
