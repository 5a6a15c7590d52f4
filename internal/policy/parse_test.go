package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	got := parseOK(t, "version: 1\n")
	want := &Policy{
		Version: 1, Mode: ModeEnforce,
		GateFiles:  BuiltinGateFiles(),
		Provenance: Provenance{Require: LevelSigned, TrustedRoots: []string{PublicGood}, Directory: DefaultDirectory},
		Plan:       Plan{Require: PlanWhenChanged, Paths: DefaultPlanPaths()},
		Review:     Review{Tiers: DefaultTiers()},
		Limits:     Limits{Commits: 2000, Files: 20000, PlanSize: 1 << 30},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestDefaultsInsideWhatIsGiven(t *testing.T) {
	t.Parallel()
	p := parseOK(t, `version: 1
people: [{id: a, github_ids: 1}, {id: b, github_ids: 2}]
gate_files: [Makefile, CODEOWNERS]
plan: {paths: "*.tf"}
review: {tiers: [{id: t, when: {always: true}, need: [{count: 1}]}]}
deploy: {one: {require: overridden}, two: {plan_must_match: false, max_age: 36h}}
break_glass: {people: [a, b]}
`)
	if d := cmp.Diff(append(BuiltinGateFiles(), "Makefile"), p.GateFiles); d != "" {
		t.Errorf("gate files are added to the built-in ones, each once:\n%s", d)
	}
	if d := cmp.Diff([]string{"*.tf"}, p.Plan.Paths); d != "" {
		t.Errorf("plan paths replace the built-in ones:\n%s", d)
	}
	wantTiers := []Tier{{ID: "t", When: TierWhen{Always: true}, Need: []Need{{Count: 1, Permission: PermissionWrite}}, Bind: []Bind{BindHead}}}
	if d := cmp.Diff(wantTiers, p.Review.Tiers); d != "" {
		t.Error(d)
	}
	wantDeploy := map[string]Environment{
		"one": {Require: "overridden", MaxAge: Duration(72 * time.Hour), PlanMustMatch: true},
		"two": {Require: "verified", MaxAge: Duration(36 * time.Hour), PlanMustMatch: false},
	}
	if d := cmp.Diff(wantDeploy, p.Deploy); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&BreakGlass{People: []string{"a", "b"}, Confirm: 1, Expires: Duration(4 * time.Hour)}, p.BreakGlass); d != "" {
		t.Error(d)
	}
}

func TestDefaultsAreNotShared(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\n")
	p.GateFiles[0], p.Plan.Paths[0], p.Review.Tiers[0].Need[0].Count, p.Provenance.TrustedRoots[0] = "", "", 0, ""
	if d := cmp.Diff(parseOK(t, "version: 1\n"), parseOK(t, "version: 1\n")); d != "" || parseOK(t, "version: 1\n").GateFiles[0] == "" || parseOK(t, "version: 1\n").Review.Tiers[0].Need[0].Count == 0 || parseOK(t, "version: 1\n").Provenance.TrustedRoots[0] != PublicGood {
		t.Error("one policy changed the defaults of another")
	}
}

func TestEffectiveIsReadAgainToTheSame(t *testing.T) {
	t.Parallel()
	for _, path := range fixtureFiles(t, "ok") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p := parseOK(t, string(text))
		out, err := p.Effective()
		if err != nil {
			t.Fatal(err)
		}
		again, problems := Parse(string(out), known)
		if again == nil {
			t.Fatalf("%s: refused: %v\n%s", path, problems, out)
		}
		if d := cmp.Diff(p, again); d != "" {
			t.Errorf("%s: -policy +read again:\n%s\n%s", path, d, out)
		}
		if err := schemaAccepts(t, string(out)); err != nil {
			t.Errorf("%s: the schema refuses it: %v", path, err)
		}
	}
}

func TestEffectiveOfTheSmallestPolicy(t *testing.T) {
	t.Parallel()
	out, err := parseOK(t, "version: 1\n").Effective()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, fixtures+"/smallest.effective.yml", out)
}

func TestStarter(t *testing.T) {
	t.Parallel()
	p, problems := Lint(Starter(), known, now)
	if p == nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "everything is refused") {
		t.Fatalf("the starter policy has other problems than that it lists nobody: %v", problems)
	}
	if len(p.Agents)+len(p.People)+len(p.MachineUsers)+len(p.Waivers) > 0 || p.BreakGlass != nil || p.Mode != ModeEnforce || p.Provenance.Require.Rank() < LevelSigned.Rank() {
		t.Error("as it stands, the starter policy must let nothing pass")
	}
	if err := schemaAccepts(t, Starter()); err != nil {
		t.Errorf("the schema refuses it: %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(Starter(), "\n"), "\n")
	if lines[0] != "# yaml-language-server: $schema="+SchemaID {
		t.Errorf("editors do not find the schema: %s", lines[0])
	}
	if len(lines) > 60 {
		t.Errorf("%d lines do not fit on a screen", len(lines))
	}
	for i, l := range lines {
		if len(l) > 80 {
			t.Errorf("line %d has %d columns", i+1, len(l))
		}
	}
}

func TestStarterFilledIn(t *testing.T) {
	t.Parallel()
	keys, err := os.ReadFile(fixtures + "/ok/one-screen.yml")
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	part := ""
	for _, l := range strings.Split(Starter(), "\n") {
		if strings.HasPrefix(l, "# agents:") || strings.HasPrefix(l, "# people:") {
			part = l[2:]
		}
		if part != "" && strings.HasPrefix(l, "# ") {
			l = l[2:]
		} else {
			part = ""
		}
		text = append(text, l)
	}
	// The two keys of the fixture, in the order in which they stand there.
	filled := strings.Join(text, "\n")
	for _, name := range []string{"claude", "alice"} {
		_, after, _ := strings.Cut(string(keys), "ssh-ed25519 ")
		body, rest, ok := strings.Cut(after, " "+name)
		if !ok {
			t.Fatalf("no key of %s in the fixture", name)
		}
		filled = strings.Replace(filled, "AAAA... "+name, body+" "+name, 1)
		keys = []byte(rest)
	}
	p, problems := Lint(filled, known, now)
	if p == nil || len(problems) > 0 || len(p.Agents) != 1 || len(p.People) != 1 {
		t.Errorf("taking away the comment signs and filling in keys is not enough: %v\n%s", problems, filled)
	}
}

func TestEveryRuleTypoHasAHint(t *testing.T) {
	t.Parallel()
	for _, id := range known.Rules {
		typos := map[string]string{
			"dropped": id[:len(id)-3] + id[len(id)-2:],
			"swapped": id[:1] + id[2:3] + id[1:2] + id[3:],
			"upper":   strings.ToUpper(id),
		}
		for kind, typo := range typos {
			text := fmt.Sprintf("version: 1\nwaivers: [{rule: %s, subject: a, owner: b, reason: c, expires: 2027-01-01}]\npeople: [{id: b, github_ids: 1}]\n", typo)
			p, problems := Parse(text, known)
			if p != nil || len(problems) != 1 {
				t.Errorf("%s: %v", typo, problems)
				continue
			}
			if want := fmt.Sprintf("did you mean %q?", id); problems[0].Hint != want {
				t.Errorf("%s (%s): hint %q, want %q", typo, kind, problems[0].Hint, want)
			}
		}
	}
}

func TestNothingIsKnown(t *testing.T) {
	t.Parallel()
	if p, _ := Parse("version: 1\nplan: {rules: [{id: a, when: {rule: '*'}, effect: allow, reason: x}]}\n", Known{}); p != nil {
		t.Error("a rule is named where none is known")
	}
	if p, problems := Parse("version: 1\n", Known{}); p == nil {
		t.Errorf("the defaults need no known rules: %v", problems)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	p, problems := Parse("version: 1\n"+strings.Repeat("#\n", 1<<19), known)
	if p != nil || len(problems) != 1 || problems[0].Line != 0 || !strings.Contains(problems[0].Message, "too large") {
		t.Errorf("%v", problems)
	}
}

func TestHostileSizes(t *testing.T) {
	t.Parallel()
	const n = 1 << 20
	for name, text := range map[string]string{
		"brackets":    strings.Repeat("[", n),
		"braces":      strings.Repeat("{a: ", n/4),
		"dashes":      strings.Repeat("- ", n/2),
		"keys":        keysOf(60000),
		"entries":     "machine_users: [" + strings.Repeat("a,", n/2-20) + "]",
		"different":   "machine_users: [" + numbers(100000) + "]",
		"rules":       "plan: {rules: [" + strings.Repeat("{id: a},", n/8-8) + "]}",
		"long scalar": "mode: " + strings.Repeat("x", n-10),
		"long key":    strings.Repeat("x", 1000) + ": 1",
		"people":      "teams: {a: [" + numbers(100000) + "]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, problems := Parse(text, known)
			if p != nil || len(problems) == 0 {
				t.Error("accepted")
			}
			if len(problems) > maxProblems+1 {
				t.Errorf("%d problems", len(problems))
			}
			for _, pr := range problems {
				if len(pr.String()) > 1000 {
					t.Errorf("a message of %d bytes", len(pr.String()))
				}
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestHostilePoliciesThatAreValid: the policy of a pull request is parsed too, so
// that nobody merges a broken one. It must not keep the gate busy.
func TestHostilePoliciesThatAreValid(t *testing.T) {
	t.Parallel()
	var rules, people, tiers strings.Builder
	for i := range 900 {
		fmt.Fprintf(&rules, "    - {id: r%d, effect: deny, reason: x, when: {address: [", i)
		for j := range 90 {
			fmt.Fprintf(&rules, "a%d-%d*,", i, j)
		}
		rules.WriteString("]}}\n")
		fmt.Fprintf(&people, "  - {id: p%d, github_ids: %d}\n", i, i+1)
	}
	brace := "{" + strings.Repeat("p*,", 83) + "q*}"
	for i := range 200 {
		fmt.Fprintf(&tiers, "    - {id: t%d, when: {findings: ['%s%s', 'plan.*']}, need: [{count: 1}]}\n", i, brace, brace)
	}
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"shadowing":    {"version: 1\nplan:\n  rules:\n" + rules.String(), true},
		"braces":       {"version: 1\nreview:\n  tiers:\n" + tiers.String(), true},
		"more braces":  {"version: 1\ngate_files: ['" + strings.Repeat("{a,a}", 100) + "']\n", false},
		"bad people":   {"version: 1\npeople:\n" + people.String() + "teams: {a: [" + numbers(999) + "]}\n", false},
		"many of them": {"version: 1\npeople:\n" + people.String() + "teams:\n" + teamsOf(900), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, problems := Parse(c.text, known)
			if (p != nil) != c.ok {
				t.Errorf("%d bytes: %.300v", len(c.text), problems)
			}
			t.Logf("%d bytes in %v", len(c.text), time.Since(start))
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func teamsOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  t%d: [%s]\n", i, numbers(150))
	}
	return b.String()
}

func keysOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "u%d,", i)
	}
	return b.String()
}

func TestMoreProblemsThanAreTold(t *testing.T) {
	t.Parallel()
	_, problems := Parse(keysOf(300), known)
	last := problems[len(problems)-1]
	// 300 unknown keys and the missing version.
	if len(problems) != maxProblems+1 || last.Message != "101 more problems from here on" || last.Warning {
		t.Errorf("%d problems, the last: %s", len(problems), last)
	}
	many := []Problem{}
	for i := range maxProblems + 5 {
		many = append(many, Problem{Line: i + 1, Warning: true, Message: "w"})
	}
	many = append(many, Problem{Line: 1000, Message: "e"})
	if out := sorted(many); out[len(out)-1].Warning {
		t.Error("an error was hidden behind warnings")
	}
}

func TestLintTellsNothingOfARefusedPolicy(t *testing.T) {
	t.Parallel()
	p, problems := Lint("version: 1\nmode: observe\nx: 1\n", known, now)
	if p != nil || len(problems) != 1 || problems[0].Warning {
		t.Errorf("%v", problems)
	}
}

// TestStrengthDecidesWhatIsShadowed: order does not matter between effects of
// different strength, and the earlier of two equal rules is the one that decides.
func TestShadowedRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, first, second, shadowed string }{
		{"a stronger broad rule after", "when: {rule: plan.delete}, effect: allow", "when: {rule: 'plan.*'}, effect: deny", "a"},
		{"a weaker broad rule before", "when: {rule: 'plan.*'}, effect: require_review", "when: {rule: plan.delete}, effect: deny", ""},
		{"equal rules", "when: {class: stateful}, effect: deny", "when: {class: stateful}, effect: deny", "b"},
		{"equal effect, broader after", "when: {class: stateful}, effect: deny", "when: {class: [stateful, harmless]}, effect: deny", ""},
		{"another condition", "when: {class: stateful}, effect: deny", "when: {type: aws_x}, effect: deny", ""},
		{"one condition more", "when: {type: aws_x}, effect: deny", "when: {type: aws_x, class: stateful}, effect: deny", "b"},
		{"one condition less", "when: {type: aws_x, class: stateful}, effect: deny", "when: {type: aws_x}, effect: deny", ""},
		{"a prefix", "when: {address: 'module.prod*'}, effect: deny", "when: {address: 'module.prod.db*'}, effect: deny", "b"},
		{"not a prefix", "when: {address: 'module.prod.db*'}, effect: deny", "when: {address: 'module.prod*'}, effect: deny", ""},
		{"overlap only", "when: {address: 'a*'}, effect: deny", "when: {address: '*b'}, effect: deny", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf("version: 1\nplan:\n  rules:\n    - {id: a, %s, reason: x}\n    - {id: b, %s, reason: x}\n", c.first, c.second)
			p, problems := Parse(text, known)
			if p == nil {
				t.Fatal(problems)
			}
			got := ""
			for _, pr := range problems {
				if _, after, ok := strings.Cut(pr.Message, "rule "); ok && strings.Contains(pr.Message, "can never decide") {
					got += after[:1]
				}
			}
			if got != c.shadowed {
				t.Errorf("shadowed %q, want %q: %v", got, c.shadowed, problems)
			}
		})
	}
}
