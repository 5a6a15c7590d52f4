package policy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
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

// producer is a policy with one producer, whose plans workflows of these repositories
// sign.
func producer(signers ...string) string {
	list := ""
	for i, s := range signers {
		signers[i] = signerOf(s)
	}
	if len(signers) > 0 {
		list = ", signers: [" + strings.Join(signers, ", ") + "]"
	}
	return "plan: {producers: [{workflow: .github/workflows/p.yml, artifact: a" + list + "}]}"
}

func signerOf(repo string) string {
	return "{issuer: https://token.actions.githubusercontent.com, subject: https://github.com/acme/" + repo + "/.github/workflows/s.yml@refs/heads/main}"
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
		{"a producer with another signer", producer("x"), producer("y"), "producer .github/workflows/p.yml of the repository's policy is not in the organisation's"},
		{"a producer with one signer more", producer("x", "y"), producer("x"), "producer .github/workflows/p.yml of the repository's policy is not in the organisation's"},
		{"a producer with a signer where none is", producer("x"), producer(), "producer .github/workflows/p.yml of the repository's policy is not in the organisation's"},
		{"a producer with one signer less", producer("y"), producer("x", "y"), "subject: https://github.com/acme/y/.github/workflows/s.yml@refs/heads/main"},
		{"a producer without its signers", producer(), producer("x"), "workflow: .github/workflows/p.yml"},
		{"a producer of the organisation with a signer", "", producer("x"), "subject: https://github.com/acme/x/.github/workflows/s.yml@refs/heads/main"},
		{"an agent that signs its own plan", "agents: [{id: a, identities: [" + signerOf("x") + "]}]", producer("x"), "belongs to agent a already"},
		{"a rule by the same name", "plan: {rules: [{id: r, when: {class: harmless}, effect: allow, reason: x}]}", "plan: {rules: [{id: R, when: {rule: plan.*}, effect: deny, reason: x}]}", "id: organization/R"},
		{"a tier by the same name", "review: {tiers: [" + tier("t", "always: true") + "]}", "review: {tiers: [" + tier("t", "agent: true") + "]}", "id: organization/t"},
		{"the same tier", "review: {tiers: [" + tier("t", "always: true") + "]}", "review: {tiers: [" + tier("t", "always: true", ", bind: head") + "]}", "id: t"},
		{"tiers by default stay", "", "review: {tiers: [" + tier("t", "agent: true") + "]}", "id: unattributed"},
		{"conversations", "review: {conversations: optional}", "review: {conversations: required}", "conversations: required"},
		{"checks of both", "review: {checks: [{name: lint, app_id: 7}]}", "review: {checks: [{name: lint, app_id: 7}, {name: scan, account: 9}]}", "account: 9"},
		{"a check by another one", "review: {checks: [{name: lint, app_id: 15368}]}", "review: {checks: [{name: lint, app_id: 7}]}", "app_id: 7"},
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
