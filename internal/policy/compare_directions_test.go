package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatIsWeaker: each pair is compared both ways; -> is what the step to the second
// policy says, <- the step back. A ! marks what is weaker.
func TestWhatIsWeaker(t *testing.T) {
	t.Parallel()
	const (
		claude = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG0BLhHnZOGzoOFmeBDyk4mjtIJgQYQIyhvaCLiP+qfq"
		extra  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDKwsUBCDP69/p3KoM1wWq0N2DGWJhKl7lA6XBJd/Ztk"
	)
	agent := func(more string) string { return "agents: [{id: claude" + more + "}]" }
	tier := func(s string) string { return "review: {tiers: [{id: high, " + s + "}]}" }
	always := func(s string) string { return tier("when: {always: true}, " + s) }
	rule := func(s string) string { return "plan: {rules: [{id: keep, reason: x, " + s + "}]}" }
	waiver := func(rule, more string) string {
		return "waivers: [{rule: " + rule + ", subject: x, owner: bob, reason: x, expires: 2027-01-01}]\n" + more
	}
	for _, c := range []struct{ name, before, after, there, back string }{
		{"mode", "", "mode: observe", "!mode: the mode is observe instead of enforce", "mode: the mode is enforce instead of observe"},
		{
			"count", always("need: [{count: 2}]"), always("need: [{count: 1}]"),
			"!review.tiers.high.need[0].count: tier high asks for 1 instead of 2 approvals", "review.tiers.high.need[0].count: tier high asks for 2 instead of 1 approvals",
		},
		{
			"permission", always("need: [{count: 1, permission: admin}]"), always("need: [{count: 1}]"),
			"!review.tiers.high.need[0].permission: tier high asks for people with write instead of admin", "review.tiers.high.need[0].permission: tier high asks for people with admin instead of write",
		},
		{
			"another need", always("need: [{count: 1}, {count: 2, people: [alice, bob]}]"), always("need: [{count: 1}]"),
			"!review.tiers.high.need[1]: tier high no longer asks for 2 approvals beside the others", "review.tiers.high.need[1]: tier high asks for 2 approvals more",
		},
		{
			"one voter more", always("need: [{count: 1, people: [alice]}]"), always("need: [{count: 1, people: [alice, bob]}]"),
			"!review.tiers.high.need[0].people[bob]: bob may approve for tier high", "review.tiers.high.need[0].people[bob]: tier high no longer names bob",
		},
		{
			"anybody", always("need: [{count: 1, people: [alice]}]"), always("need: [{count: 1}]"),
			"!review.tiers.high.need[0].people[alice]: tier high no longer names alice", "review.tiers.high.need[0].people[alice]: alice may approve for tier high",
		},
		{
			"a member", "teams: {infra: [alice]}", "teams: {infra: [alice, bob]}",
			"!teams.infra[bob]: bob is in team infra", "teams.infra[bob]: bob is no longer in team infra",
		},
		{
			"the tree", always("need: [{count: 1}], bind: [head, plan]"), always("need: [{count: 1}], bind: [tree, plan]"),
			"!review.tiers.high.bind[tree]: approvals of tier high are bound to tree\n!review.tiers.high.bind[head]: approvals of tier high are no longer bound to head",
			"review.tiers.high.bind[head]: approvals of tier high are bound to head\nreview.tiers.high.bind[tree]: approvals of tier high are no longer bound to tree",
		},
		{
			"the plan", always("need: [{count: 1}], bind: [head, plan]"), always("need: [{count: 1}]"),
			"!review.tiers.high.bind[plan]: approvals of tier high are no longer bound to plan", "review.tiers.high.bind[plan]: approvals of tier high are bound to plan",
		},
		{
			"quote and owners", always("need: [{count: 1}], quote: true, codeowners: true"), always("need: [{count: 1}]"),
			"!review.tiers.high.quote: tier high no longer asks for quoted approvals\n!review.tiers.high.codeowners: tier high no longer asks for code owners",
			"review.tiers.high.quote: tier high asks for quoted approvals\nreview.tiers.high.codeowners: tier high asks for code owners",
		},
		{
			"size", tier("when: {size: {lines: 10}}, need: [{count: 1}]"), tier("when: {size: {lines: 20, files: 5}}, need: [{count: 1}]"),
			"!review.tiers.high.when.size.lines: tier high applies from 20 lines on instead of 10\nreview.tiers.high.when.size.files: tier high applies from 5 files on instead of no number of",
			"!review.tiers.high.when.size.files: tier high applies from no number of files on instead of 5\nreview.tiers.high.when.size.lines: tier high applies from 10 lines on instead of 20",
		},
		{
			"labels", tier("when: {labels: [a, b]}, need: [{count: 1}]"), tier("when: {labels: [a]}, need: [{count: 1}]"),
			"!review.tiers.high.when.labels[b]: tier high no longer applies to the label b", "review.tiers.high.when.labels[b]: tier high applies to the label b",
		},
		{
			"a tier that displaces nothing", "review: {tiers: [{id: all, when: {always: true}, need: [{count: 1}]}, {id: low, when: {findings: plan.*}, need: [{count: 1}], bind: tree}]}", "review: {tiers: [{id: all, when: {always: true}, need: [{count: 1}]}]}",
			"!review.tiers.low: there is no tier low any more", "review.tiers.low: there is a tier low",
		},
		{
			"a tier that displaces what is asked without it", tier("when: {labels: a}, need: [{count: 1}]"), "review: {tiers: [{id: high, when: {labels: a}, need: [{count: 1}]}, {id: low, when: {findings: plan.*}, need: [{count: 1}], bind: tree}]}",
			"!review.tiers.low: there is a tier low", "!review.tiers.low: there is no tier low any more",
		},
		{
			"conversations", "review: {conversations: required}", "review: {conversations: optional}",
			"!review.conversations: that conversations are resolved is optional instead of required", "review.conversations: that conversations are resolved is required instead of optional",
		},
		{
			"a default that is said", "", "review: {conversations: optional}",
			"review.conversations: that conversations are resolved is optional instead of nothing", "review.conversations: that conversations are resolved is nothing instead of optional",
		},
		{
			"a key", agent(", keys: ['" + claude + "']"), agent(", keys: ['" + claude + " with a comment', '" + extra + "']"),
			"!agents.claude.keys[1]: key SHA256:/z7+Zec6cdX8hAad1pX/Fh6HKP/zRSxnqNSVROiNGS0 proves what agent claude signs\nagents.claude.keys[0].key: key SHA256:xMAd3swNy4ahsZtcVjFDpPYztoFJ5mtkZh6HWqZQM/Y of agent claude is written with another comment", "",
		},
		{
			"an operator", agent(", operators: [alice, bob]"), agent(", operators: [alice]"),
			"!agents.claude.operators[bob]: bob does not commission agent claude any more, and may approve its changes", "!agents.claude.operators[bob]: bob may commission agent claude, and cannot approve its changes",
		},
		{"an agent by its marks", "", agent(", trailers: Claude-Session"), "!agents.claude: agent claude is listed", "!agents.claude: agent claude is no longer listed: nothing but built-in marks tells its work and its accounts"},
		{"an agent with a key", "", agent(", keys: ['" + extra + "']"), "!agents.claude: agent claude is listed", "!agents.claude: agent claude is no longer listed: nothing but built-in marks tells its work and its accounts"},
		{
			"the life of a key", agent(", keys: [{key: '" + extra + "', not_after: 2027-01-01, revoked_at: 2026-01-01, reason: x}]"), agent(", keys: [{key: '" + extra + "', not_before: 2026-01-01}]"),
			"!agents.claude.keys[0].not_before: key SHA256:/z7+Zec6cdX8hAad1pX/Fh6HKP/zRSxnqNSVROiNGS0 of agent claude counts from 2026-01-01T00:00:00Z instead of no date\n" +
				"!agents.claude.keys[0].not_after: key SHA256:/z7+Zec6cdX8hAad1pX/Fh6HKP/zRSxnqNSVROiNGS0 of agent claude counts until no date instead of 2027-01-01T00:00:00Z\n" +
				"!agents.claude.keys[0].revoked_at: key SHA256:/z7+Zec6cdX8hAad1pX/Fh6HKP/zRSxnqNSVROiNGS0 of agent claude is revoked from no date instead of 2026-01-01T00:00:00Z\n" +
				"agents.claude.keys[0].reason: there is another reason why key SHA256:/z7+Zec6cdX8hAad1pX/Fh6HKP/zRSxnqNSVROiNGS0 of agent claude was revoked", "",
		},
		{"a machine", "machine_users: ci", "", "!machine_users[ci]: ci no longer counts as automation, and may approve", "!machine_users[ci]: ci counts as automation and never approves"},
		{"a first operator", agent(""), agent(", operators: alice"), "!agents.claude.operators[alice]: alice may commission agent claude, and cannot approve its changes", "!agents.claude.operators[alice]: alice does not commission agent claude any more, and may approve its changes"},
		{"a login of an agent", agent(""), agent(", logins: zed"), "!agents.claude.logins[zed]: the login zed counts as agent claude", "!agents.claude.logins[zed]: the login zed no longer counts as agent claude, and may approve"},
		{"an address of an agent", agent(""), agent(", emails: z@x.y"), "!agents.claude.emails[z@x.y]: the address z@x.y marks a commit as the work of agent claude", "!agents.claude.emails[z@x.y]: the address z@x.y no longer marks a commit as the work of agent claude"},
		{"an identity", agent(", identities: [" + signerOf("x") + ", " + signerOf("y") + "]"), agent(", identities: [" + signerOf("x") + "]"), "!agents.claude.identities[1]: a certificate of https://github.com/acme/y/.github/workflows/s.yml@refs/heads/main no longer signs as agent claude", ""},
		{"a mark", "", "provenance: {markers: {emails: z@x.y}}", "!provenance.markers: there are marks of agents beside or without the built-in ones", "!provenance.markers: there are only the built-in marks of agents"},
		{"one mark more", "provenance: {markers: {logins: y}}", "provenance: {markers: {logins: [y, z]}}", "!provenance.markers.logins[z]: the login z marks a commit as an agent's", "!provenance.markers.logins[z]: the login z no longer marks a commit as an agent's"},
		{"a gate file", "gate_files: Makefile", "", "!gate_files[Makefile]: Makefile is no gate file any more", "gate_files[Makefile]: Makefile is a gate file"},
		{"a level", "provenance: {require: attested}", "", "!provenance.require: commits must prove signed instead of attested", "provenance.require: commits must prove attested instead of signed"},
		{"a root", "", "provenance: {trusted_roots: [public-good, r.json]}", "!provenance.trusted_roots[r.json]: the Sigstore instance r.json is believed", "!provenance.trusted_roots[r.json]: the Sigstore instance r.json is no longer believed"},
		{"the age of a plan", "plan: {max_age: 1h}", "", "!plan.max_age: a plan may have an age of any length instead of 1h", "plan.max_age: a plan may have an age of 1h instead of any length"},
		{"workspaces", "plan: {workspaces: [a]}", "", "!plan.workspaces[a]: a plan may no longer be of the workspace a", "plan.workspaces[a]: a plan may be of the workspace a"},
		{"one workspace more", "plan: {workspaces: [a]}", "plan: {workspaces: [a, b]}", "!plan.workspaces[b]: a plan may be of the workspace b", "plan.workspaces[b]: a plan may no longer be of the workspace b"},
		{"mass", "plan: {mass_destroy: {count: 5}}", "", "!plan.mass_destroy: a plan may destroy as much as is built in before that is a finding, and not 5 objects or 50 percent", "plan.mass_destroy: a plan may destroy less than 5 objects or 50 percent before that is a finding"},
		{"a producer", "", "plan: {producers: [{workflow: .github/workflows/p.yml, artifact: a}]}", "!plan.producers[0]: plans of .github/workflows/p.yml are believed", "!plan.producers[0]: plans of .github/workflows/p.yml are no longer believed"},
		{"a signer of plans", producer(), producer("x"), "!plan.producers[0].signers[0]: plans of producer .github/workflows/p.yml are believed that https://github.com/acme/x/.github/workflows/s.yml@refs/heads/main signed, whatever run they are of", "plan.producers[0].signers[0]: plans of producer .github/workflows/p.yml are no longer believed for the signature of https://github.com/acme/x/.github/workflows/s.yml@refs/heads/main"},
		{"a check", "review: {checks: [{name: a b, app_id: 7}]}", "", `!review.checks[0]: the check "a b" by app 7 need not pass any more`, `review.checks[0]: the check "a b" by app 7 must pass`},
		{
			"a check by somebody else", "review: {checks: [{name: lint, app_id: 7}]}", "review: {checks: [{name: lint, account: 7}]}",
			"!review.checks[0]: the check lint by app 7 need not pass any more\nreview.checks[0]: the check lint by account 7 must pass", "!review.checks[0]: the check lint by account 7 need not pass any more\nreview.checks[0]: the check lint by app 7 must pass",
		},
		{"a rule that denies", "", rule("when: {rule: plan.*}, effect: deny"), "plan.rules.keep: there is a rule keep on findings of the plan", "!plan.rules.keep: there is no rule keep any more on findings of the plan"},
		{"a rule that allows", "", rule("when: {rule: plan.*}, effect: allow"), "!plan.rules.keep: there is a rule keep on findings of the plan", "plan.rules.keep: there is no rule keep any more on findings of the plan"},
		{"a rule that can lower a denial", "", rule("when: {rule: plan.*}, effect: require_review"), "!plan.rules.keep: there is a rule keep on findings of the plan", "!plan.rules.keep: there is no rule keep any more on findings of the plan"},
		{"an effect", rule("when: {rule: plan.*}, effect: deny"), rule("when: {rule: plan.*}, effect: allow"), "!plan.rules.keep.effect: rule keep says allow instead of deny", "plan.rules.keep.effect: rule keep says deny instead of allow"},
		{
			"a wider denial", rule("when: {type: [a]}, effect: deny"), rule("when: {type: [a, b]}, effect: deny"),
			"plan.rules.keep.when.type[b]: rule keep matches the types b", "!plan.rules.keep.when.type[b]: rule keep no longer asks for the types b",
		},
		{
			"a wider leave", rule("when: {type: [a], rule: plan.*}, effect: allow"), rule("when: {rule: plan.*}, effect: allow"),
			"!plan.rules.keep.when.type[a]: rule keep no longer asks for the types a", "plan.rules.keep.when.type[a]: rule keep matches the types a",
		},
		{"known data", "", "plan: {resources: [{type: acme_db, class: stateful}]}", "plan.resources[0]: something of its own is said of the types acme_db", "!plan.resources[0]: nothing of its own is said of the types acme_db"},
		{"known data, and a rule for what is not known", rule("when: {class: unclassified}, effect: deny"), "plan: {resources: [{type: acme_db, class: stateful}], rules: [{id: keep, reason: x, when: {class: unclassified}, effect: deny}]}", "!plan.resources[0]: something of its own is said of the types acme_db", ""},
		{"known data, and a waiver of its loss", waiver("plan.delete-data", ""), waiver("plan.delete-data", "plan: {resources: [{type: acme_db, class: stateful}]}"), "!plan.resources[0]: something of its own is said of the types acme_db", ""},
		{"a stricter class, and a rule for another one", "plan: {resources: [{type: acme_db, class: guard}], rules: [{id: keep, reason: x, when: {class: guard}, effect: deny}]}", "plan: {resources: [{type: acme_db, class: stateful}], rules: [{id: keep, reason: x, when: {class: guard}, effect: deny}]}", "!plan.resources[0].class: type acme_db is stateful instead of guard", ""},
		{"harmless data", "", "plan: {resources: [{type: acme_db, class: harmless}]}", "!plan.resources[0]: something of its own is said of the types acme_db", "!plan.resources[0]: nothing of its own is said of the types acme_db"},
		{
			"a waiver", "", "waivers: [{rule: plan.delete, subject: a b, owner: bob, reason: x, expires: 2027-01-01}]",
			`!waivers[0]: there is a waiver of plan.delete for "a b"`, `waivers[0]: there is no waiver of plan.delete for "a b" any more`,
		},
		{"an environment", "deploy: {prod: {max_age: 1h}}", "deploy: {prod: {require: overridden}}", "!deploy.prod.require: environment prod needs a verdict overridden instead of verified\n!deploy.prod.max_age: environment prod takes a verdict of 3d instead of 1h", ""},
		{"an environment of its own", "", "deploy: {prod: {max_age: 1h}}", "deploy.prod: environment prod asks for something of its own", "!deploy.prod: environment prod asks for nothing of its own any more"},
		{"limits", "limits: {plan_size: 1MiB}", "", "!limits.plan_size: a plan may have 1GiB instead of 1MiB", "limits.plan_size: a plan may have 1MiB instead of 1GiB"},
		{"the glass", "", "break_glass: {people: [alice, bob]}", "!break_glass: there are people who may override a refusal", "break_glass: nobody may override a refusal any more"},
		{
			"who breaks it", "break_glass: {people: [alice, bob, carol], confirm: 2}", "break_glass: {people: [alice, bob], expires: 8h}",
			"!break_glass.confirm: an override needs 1 to confirm it instead of 2\n!break_glass.expires: an override lasts 8h instead of 4h\nbreak_glass.people[carol]: carol may no longer override a refusal", "",
		},
		{"order", "teams: {infra: [alice, bob]}", "teams: {infra: [bob, alice]}", "teams.infra: teams.infra holds the same in another order", "teams.infra: teams.infra holds the same in another order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parse := func(s string) *Policy { return parseOK(t, "version: 1\n"+floorPeople+s+"\n") }
			before, after := parse(c.before), parse(c.after)
			says := func(list []Difference) string {
				lines := make([]string, len(list))
				for i, d := range list {
					mark := ""
					if d.Weaker {
						mark = "!"
					}
					lines[i] = fmt.Sprintf("%s%s: %s", mark, d.Path, d.Text)
				}
				return strings.Join(lines, "\n")
			}
			if d := cmp.Diff(c.there, says(Compare(before, after))); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if c.back != "" {
				if d := cmp.Diff(c.back, says(Compare(after, before))); d != "" {
					t.Errorf("back: -want +got:\n%s", d)
				}
			}
		})
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	before := "version: 1\n" + floorPeople + "machine_users: ci\nreview:\n  tiers:\n    - {id: a.b, when: {always: true}, need: [{count: 2}]}\n"
	after := "version: 1\n" + floorPeople + `gate_files: [Makefile,
  Other]
review:
  tiers:
    - id: a.b
      when:
        always: true
        labels: risk
      need:
        - count: 1
      bind: tree
`
	list := Compare(parseOK(t, before), parseOK(t, after))
	Locate(list, after)
	got := map[string]int{}
	for _, d := range list {
		got[d.Path] = d.Line
	}
	want := map[string]int{
		"machine_users[ci]":                  0,
		"gate_files[Makefile]":               3,
		"gate_files[Other]":                  4,
		"review.tiers.a.b.when.labels[risk]": 10,
		"review.tiers.a.b.need[0].count":     12,
		"review.tiers.a.b.bind[tree]":        13,
		"review.tiers.a.b.bind[head]":        13,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, text := range []string{"", "a: [", "\xff", "x: &a 1"} {
		Locate(Compare(parseOK(t, before), parseOK(t, after)), text)
	}
}
