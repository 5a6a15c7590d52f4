package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestNoRuleOfTheOrganizationIsLiftedByAClass: a repository that says what a type is
// could take it out of what a rule of the organisation asks about.
func TestNoRuleOfTheOrganizationIsLiftedByAClass(t *testing.T) {
	t.Parallel()
	const keepData = "when: {rule: [plan.delete-data, plan.replace-data]}, effect: deny"
	for _, c := range []struct {
		name, entry, rule string
		more              string // of the repository
		want              string // type and class as they are joined, or else the problem
	}{
		{"a database by its name", "type: aws_db_instance, class: harmless", keepData, "", "{aws_db_instance} harmless"},
		{"a lesser loss", "type: aws_db_instance, class: stateful, tier: medium", keepData, "", "{aws_db_instance} stateful"},
		{"more data", "type: acme_db, class: stateful", keepData, "", "acme_db stateful"},
		{"a control", "type: 'acme_*', class: guard", keepData, "", "acme_* guard"},
		{"what is silent", "type: 'acme_*', class: harmless", "when: {rule: plan.delete}, effect: deny", "", "could lift rule keep"},
		{"what is silent, by its name", "type: acme_x, class: harmless", "when: {rule: plan.*}, effect: require_review", "", "could lift rule keep"},
		{"what is counted no more", "type: acme_x, class: harmless", "when: {rule: plan.mass-destroy}, effect: deny", "", "could lift rule keep"},
		{"what is silent, of some addresses", "type: acme_x, class: harmless", "when: {address: 'module.prod.*'}, effect: deny", "", "could lift rule keep"},
		{"what can be had again", "type: acme_x, class: recreatable", "when: {rule: plan.*}, effect: require_review", "", "acme_x recreatable"},
		{"a class nobody gave", "type: acme_x, class: recreatable", "when: {class: unclassified}, effect: deny", "", "could lift rule keep"},
		{"a class nobody gave, made stricter", "type: acme_x, class: stateful", "when: {class: unclassified}, effect: deny", "", "could lift rule keep"},
		{"a class above another", "type: acme_x, class: stateful", "when: {class: guard}, effect: deny", "", "could lift rule keep"},
		{"the class that is asked about", "type: acme_x, class: stateful", "when: {class: [stateful, unclassified]}, effect: deny", "", "acme_x stateful"},
		{"a class below", "type: aws_db_instance, class: guard", "when: {class: stateful}, effect: deny", "", "{aws_db_instance} guard"},
		{"data in place of a review, denied as ever", "type: acme_x, class: stateful", "when: {rule: plan.delete}, effect: deny", "", "acme_x stateful"},
		{"data in place of a denial, and allowed", "type: acme_x, class: stateful", "when: {rule: plan.delete}, effect: deny", "rules: [{id: mine, when: {rule: plan.delete-data}, effect: allow, reason: x}]", "could lift rule keep"},
		{"data in place of a denial, of the repository's class", "type: acme_x, class: stateful", "when: {rule: plan.delete}, effect: deny", "rules: [{id: mine, when: {class: harmless}, effect: allow, reason: x}]", "acme_x stateful"},
		{"a rule that allows", "type: aws_db_instance, class: harmless", "when: {rule: plan.delete}, effect: allow", "", "aws_db_instance harmless"},
		{"a rule about something else", "type: aws_db_instance, class: harmless", "when: {rule: plan.exposure-world}, effect: deny", "", "aws_db_instance harmless"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := parseOK(t, "version: 1\nplan:\n  resources: [{"+c.entry+"}]\n  "+c.more+"\n")
			k := known
			k.Rules = append(slices.Clone(k.Rules), "plan.mass-destroy")
			org, problems := ParseFloor("version: 1\nplan: {rules: [{id: keep, reason: x, "+c.rule+"}]}\n", k)
			if org == nil {
				t.Fatal(problems)
			}
			got, problems := repo.WithFloor(org)
			is := ""
			if got == nil {
				for _, pr := range problems {
					is += pr.Message
				}
			} else {
				is = got.Plan.Resources[0].Type + " " + got.Plan.Resources[0].Class
			}
			if got != nil && is != c.want || got == nil && (len(problems) != 1 || !strings.Contains(is, c.want)) {
				t.Errorf("want %q, got %q", c.want, is)
			}
		})
	}
	// What the organisation says of the type itself, the repository may repeat.
	same := "resources: [{type: acme_x, class: harmless}]"
	joined(t, "version: 1\nplan: {"+same+"}\n", "version: 1\nplan: {"+same+", rules: [{id: keep, reason: x, when: {rule: plan.delete}, effect: deny}]}\n")
}

// TestWaiverDoesNotSwitchOffATier: what is waived asks for no review, so that a tier
// which waits for it never applies.
func TestWaiverDoesNotSwitchOffATier(t *testing.T) {
	t.Parallel()
	waiver := "waivers: [{rule: plan.delete, subject: '*', owner: bob, reason: r, expires: 2027-01-01}]\n"
	tier := func(findings string) string {
		return "review: {tiers: [{id: risk, when: {findings: '" + findings + "'}, need: [{count: 2}], bind: [head, plan]}]}\n"
	}
	repo := parseOK(t, "version: 1\n"+floorPeople+waiver)
	p, problems := repo.WithFloor(floorOK(t, "version: 1\n"+tier("plan.*")))
	if p != nil || len(problems) != 1 || problems[0].Message != `the repository's policy waives plan.delete for *, which tier risk of the organisation's asks about` {
		t.Errorf("%v", problems)
	}
	joined(t, "version: 1\n"+floorPeople+waiver, "version: 1\n"+tier("plan.replace"))
	joined(t, "version: 1\n"+floorPeople+waiver, "version: 1\n"+floorPeople+waiver+tier("plan.*")) // the organisation's own
}

// TestEnvironmentsByAnyCase: GitHub does not tell Production from production, and a
// deployment must not choose whose demands it meets.
func TestEnvironmentsByAnyCase(t *testing.T) {
	t.Parallel()
	p := joined(t, "version: 1\ndeploy: {Production: {require: overridden, max_age: 30d, plan_must_match: false}}\n", "version: 1\ndeploy: {PRODUCTION: {max_age: 1h}}\n")
	want := Environment{Require: "verified", MaxAge: 3600e9, PlanMustMatch: true}
	for _, name := range []string{"production", "Production"} {
		if e, ok := p.Environment(name); !ok || e != want {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if _, ok := p.Environment("other"); ok || len(p.Deploy) != 1 {
		t.Errorf("%+v", p.Deploy)
	}
	if _, problems := Parse("version: 1\ndeploy:\n  production: {max_age: 1h}\n  Production: {max_age: 30d}\n", known); len(problems) != 1 || problems[0].Line != 4 ||
		problems[0].Message != "the environment Production differs from production on line 3 only by the case of letters" {
		t.Errorf("%v", problems)
	}
	a, b := "version: 1\ndeploy: {Prod: {max_age: 1h}}\n", "version: 1\ndeploy:\n  Prod: {max_age: 2h}\n"
	list := Compare(parseOK(t, a), parseOK(t, b))
	if Locate(list, b); len(list) != 1 || list[0].Line != 3 {
		t.Errorf("%+v", list)
	}
}

func TestTeamsByAnyCase(t *testing.T) {
	t.Parallel()
	text := func(name string) string { return "version: 1\n" + floorPeople + "teams: {" + name + ": [alice]}\n" }
	if _, problems := parseOK(t, text("Platform")).WithFloor(floorOK(t, text("platform"))); len(problems) != 1 ||
		problems[0].Message != "the team Platform of the repository's policy differs from platform of the organisation's only by the case of letters" {
		t.Errorf("%v", problems)
	}
	if _, problems := Parse("version: 1\n"+floorPeople+"teams: {infra: [alice], Infra: [bob]}\n", known); len(problems) != 1 ||
		!strings.Contains(problems[0].Message, "the team Infra differs from infra on line 3") {
		t.Errorf("%v", problems)
	}
}

// TestInvisibleCharacters: a glob with one of them looks like protection and is none.
func TestInvisibleCharacters(t *testing.T) {
	t.Parallel()
	for _, c := range "\u00a0\u00ad\u034f\u115f\u1160\u1680\u17b4\u180b\u180e\u2003\u200b\u202f\u205f\u2060\u2800\u3000\u3164\ufe0f\uffa0\U0001d159\U000e0001\U000e0100\U000e0fff" {
		for what, text := range map[string]string{
			"glob": "gate_files: ['scripts/plan.sh" + string(c) + "x']", "subject": floorPeople + "waivers: [{rule: plan.delete, subject: 'a" + string(c) + "b', owner: bob, reason: x, expires: 2027-01-01}]",
			"environment": "deploy: {'pro" + string(c) + "d': {max_age: 1h}}", "address": "agents: [{id: a, emails: ['a" + string(c) + "@x.y']}]",
			"rule": "plan: {rules: [{id: r, when: {address: 'a" + string(c) + "b'}, effect: deny, reason: x}]}", "check": "review: {checks: [{name: 'li" + string(c) + "nt', app_id: 7}]}",
		} {
			p, problems := Parse("version: 1\n"+text+"\n", known)
			if p != nil || len(problems) == 0 || !strings.Contains(problems[0].Message, "holds a character that cannot be seen") {
				t.Errorf("%U in a %s: %v", c, what, problems)
			}
		}
		if p, problems := Parse("version: 1\nplan: {rules: [{id: r, when: {class: guard}, effect: deny, reason: 'so"+string(c)+"so'}]}\n", known); p == nil {
			t.Errorf("%U in a reason: %v", c, problems)
		}
	}
	parseOK(t, "version: 1\ngate_files: ['größe/ファイル/été', 'a b', 'e\u0301']\n")
}

// TestJoiningManyEntries: what is held against each other is found by what it says.
func TestJoiningManyEntries(t *testing.T) {
	t.Parallel()
	list := func(head, format string) string {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, format, i, i)
		}
		return "version: 1\n" + head + b.String()
	}
	waivers := func(of string) string {
		return list(floorPeople+"waivers:\n", "  - {rule: plan.delete, subject: "+of+"%d-%d, owner: bob, reason: x, expires: 2027-01-01}\n")
	}
	attestors := func(of string) string {
		return list("provenance:\n  attestors:\n", "    - {id: "+of+"%d, identities: [{issuer: https://i.example, subject: https://s.example/"+of+"%d}]}\n")
	}
	producers := func(of string) string {
		return list("plan:\n  producers:\n", "    - {workflow: .github/workflows/p.yml, artifact: a, plan: "+of+"%d-%d.json}\n")
	}
	for name, pair := range map[string][2]string{
		"waivers": {waivers("a"), waivers("b")}, "the same waivers": {waivers("a"), waivers("a")},
		"attestors": {attestors("a"), attestors("b")}, "producers": {producers("a"), producers("b")},
	} {
		repo, org := parseOK(t, pair[0]), floorOK(t, pair[1])
		got, problems := repo.WithFloor(org)
		if (got == nil) != (len(problems) > 0) || (got != nil) != (pair[0] == pair[1]) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
