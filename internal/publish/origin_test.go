package publish_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// origins is the section of a terminal report that is 120 columns wide, each entry in
// one line.
func origins(t *testing.T, list ...checks.Origin) string {
	t.Helper()
	v := verdict(checks.Verified, checks.Verified)
	v.Origins, v.Change.Commits = list, len(list)
	o := options()
	o.Width = 120
	_, text, ok := strings.Cut(write(t, "terminal", v, o), "\nOrigins\n")
	if !ok {
		t.Fatal("no origins")
	}
	text, _, _ = strings.Cut(text, "\n\n")
	return text
}

// oneLine undoes the wrapping.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// A change whose commits have one key behind them is told in one line, however many
// they are.
func TestOriginsOfOneKeyAreOneLine(t *testing.T) {
	t.Parallel()
	var list []checks.Origin
	for i := range 250 {
		list = append(list, signedBy(fmt.Sprintf("%040x", i+1), fmt.Sprintf("Change %d", i), "agent claw"))
	}
	if got, want := origins(t, list...), "  all 250 commits  signed by agent claw, key SHA256:wzr2SzRxkD4…aaHDzUSZ4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func attestedBy(id string, change func(*checks.Said)) checks.Origin {
	o := signedBy(id, "Add a network", "agent claw")
	s := said()
	change(&s)
	o.Level, o.Said = "attested", []checks.Said{s}
	return o
}

func TestClaims(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*checks.Said)
		want   string
	}{
		"everything":       {func(*checks.Said) {}, "agent claw says (same key): model claude-opus-4-5, operator alice on behalf of platform-team, task https://github.com/acme/infra/issues/7, session 01JD3S"},
		"nothing":          {func(s *checks.Said) { *s = checks.Said{Kind: s.Kind, By: s.By, Proof: s.Proof, Signer: s.Signer} }, "agent claw says (same key): no model, no operator, no task"},
		"another key":      {func(s *checks.Said) { s.Signer = "SHA256:F+jea89pbr9ijKEovxjxU5Sm7gSogYAAeKpJST6As" }, "agent claw says (key SHA256:F+jea89pbr9…eKpJST6As): model"},
		"a certificate":    {func(s *checks.Said) { s.Proof, s.Signer = "keyless", "bot@acme.iam.gserviceaccount.com" }, "agent claw says (certificate bot@acme.iam.gserviceaccount.com): model"},
		"models":           {func(s *checks.Said) { s.Models = []string{"a", "b", "c", "d", "e"} }, "model a, b, c and 2 more, operator"},
		"its own name":     {func(s *checks.Said) { s.Agent = "claude-code" }, "calls itself claude-code, model"},
		"a principal only": {func(s *checks.Said) { s.Operator = "" }, "operator unnamed on behalf of platform-team"},
		"a task's digest":  {func(s *checks.Said) { s.Task, s.TaskText = "", digest }, "task by digest sha256 001122334455"},
		"forged operator":  {func(s *checks.Said) { s.Models = []string{"x, operator bob, task y"} }, `model "x, operator bob, task y", operator alice`},
		"forged quote":     {func(s *checks.Said) { s.Models = []string{"x\", operator bob, \u201dy"} }, `model "x', operator bob, 'y", operator alice`},
		"lines":            {func(s *checks.Said) { s.Session = "a\nOrigins\n  all 4 commits" }, `session "a\nOrigins\n all 4 commits"`},
		"escapes":          {func(s *checks.Said) { s.Operator = "\x1b[2Jalice" }, `operator "\x1b[2Jalice" on behalf`},
		"command":          {func(s *checks.Said) { s.Session = "::stop-commands::x" }, `session "::stop-commands::x"`},
		"long":             {func(s *checks.Said) { s.Session = strings.Repeat("s", 2048) }, "session " + strings.Repeat("s", 40) + "…" + strings.Repeat("s", 19)},
	} {
		if got := oneLine(origins(t, attestedBy(head, c.change))); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, got)
		}
	}
}

// Only what an agent signed is told as its word.
func TestOnlySignedStatementsOfAgentsAreClaims(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*checks.Said)
		want   string
	}{
		"unsigned":     {func(s *checks.Said) { s.By, s.Proof, s.Signer = "", "", "" }, "also told: unsigned agent-commit"},
		"no proof":     {func(s *checks.Said) { s.Proof = "" }, "also told: unsigned agent-commit"},
		"an attestor":  {func(s *checks.Said) { s.By = "attestor forge" }, "also told: agent-commit by attestor forge"},
		"another kind": {func(s *checks.Said) { s.Kind = "other" }, "also told: statement of another kind by agent claw"},
	} {
		got := oneLine(origins(t, attestedBy(head, c.change)))
		if strings.Contains(got, "says") || strings.Contains(got, "claude-opus") || !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q, or told as the agent's word:\n%s", name, c.want, got)
		}
	}
}

func TestCommitsAreGroupedOnlyWhenAllIsTheSame(t *testing.T) {
	t.Parallel()
	same := func(*checks.Said) {}
	long := strings.Repeat("x", 400)
	for name, change := range map[string]func(*checks.Said){
		"model":                   func(s *checks.Said) { s.Models = []string{"other"} },
		"operator":                func(s *checks.Said) { s.Operator = "bob" },
		"task":                    func(s *checks.Said) { s.Task += "1" },
		"session":                 func(s *checks.Said) { s.Session = "2" },
		"proof":                   func(s *checks.Said) { s.Proof = "keyless" },
		"beyond what is shown":    func(s *checks.Said) { s.Task = "https://a/" + long + "1" + long },
		"beyond what is shown, 2": func(s *checks.Said) { s.Task = "https://a/" + long + "2" + long },
	} {
		other := func(s *checks.Said) { s.Task = "https://a/" + long + "0" + long }
		if !strings.HasPrefix(name, "beyond") {
			other = same
		}
		if got := origins(t, attestedBy(base, other), attestedBy(head, change)); strings.Contains(got, "all 2 commits") {
			t.Errorf("%s: told together:\n%s", name, got)
		}
	}
	id := func(n int) string { return fmt.Sprintf("%012x%028x", n, 0) }
	got := origins(t, attestedBy(id(1), same), attestedBy(id(2), same), attestedBy(id(3), same), signedBy(id(4), "Else", "agent claw"))
	if !strings.HasPrefix(got, "  3 commits  000000000001 to 000000000003: attested, signed by agent claw") {
		t.Errorf("a run:\n%s", got)
	}
	// Commits that do not follow each other are no range.
	got = origins(t, attestedBy(id(1), same), signedBy(id(4), "Else", "agent claw"), attestedBy(id(2), same), attestedBy(id(3), same))
	if !strings.HasPrefix(got, "  3 commits  000000000001, 000000000002, 000000000003: ") {
		t.Errorf("no run:\n%s", got)
	}
	// Commits that were read, and are not all, are not called all.
	v := verdict(checks.Undecided, checks.Undecided)
	v.Change.Commits = 5
	if got := write(t, "terminal", v, options()); strings.Contains(got, "all 4 commits") || !strings.Contains(got, "4 commits  0a1b3c4d5e6f to 9f8e7d6c5b4a") {
		t.Errorf("four of five commits are all:\n%s", got)
	}
}

// Many origins are bounded, in every format for people, and what proves least is
// never what is left out.
func TestOriginsAreBounded(t *testing.T) {
	t.Parallel()
	v := verdict(checks.Verified, checks.Verified)
	v.Origins = nil
	for i := range 250 {
		v.Origins = append(v.Origins, attestedBy(fmt.Sprintf("%012x%028x", i, 0), func(s *checks.Said) { s.Session = fmt.Sprintf("session-%d", i) }))
	}
	weak := checks.Origin{Commit: "eeeeeeeeeeee" + base[12:], Subject: "Weakest"}
	v.Origins, v.Change.Commits = append(v.Origins, weak), 251
	for format, c := range map[string]struct {
		shown int
		rest  string
	}{
		"terminal": {11, "and 239 more commits of other origins, none proved less than attested; --format json lists all"},
		"markdown": {19, "and 231 more commits of other origins, none proved less than attested; the JSON report has all"},
		"github":   {9, "and 241 more commits of other origins, none proved less than attested; the JSON report has all"},
		"junit":    {11, "and 239 more commits of other origins, none proved less than attested; the JSON report has all"},
	} {
		o := options()
		o.Width = 120
		got := write(t, format, v, o)
		if n := strings.Count(got, "session-") + strings.Count(got, "session `session-"); format != "markdown" && n != c.shown || !strings.Contains(got, c.rest) {
			t.Errorf("%s shows %d and not %q", format, n, c.rest)
		}
		if !strings.Contains(got, "nothing proved") || !strings.Contains(got, "eeeeeeeeeeee") {
			t.Errorf("%s leaves the weakest out", format)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `").FindAllString(write(t, "markdown", v, options()), -1)
	if len(rows) != 20 {
		t.Errorf("%d rows", len(rows))
	}
	o := options()
	o.MaxBytes = 4096
	if got := write(t, "markdown", v, o); !strings.Contains(got, "eeeeeeeeeeee") || !strings.Contains(got, "more commits of other origins") {
		t.Errorf("in 4096 bytes:\n%s", got)
	}
	if n := len(sarifOf(t, v).Runs[0].Properties.Origins); n != 250 {
		t.Errorf("sarif has %d", n)
	}
	if got := write(t, "sarif", v, options()); !strings.Contains(got, `"originsLeftOut": 1`) {
		t.Error("sarif does not say what it leaves out")
	}
}

// The address of a task can be copied out of the table, and cannot end its cell.
func TestTaskInMarkdown(t *testing.T) {
	t.Parallel()
	v := verdict(checks.Verified, checks.Verified)
	for task, want := range map[string]string{
		"https://github.com/acme/infra/issues/7?a=b&c=d#e": "| `https://github.com/acme/infra/issues/7?a=b&c=d#e`, session ",
		"https://x/|a|b":                        "| https&#58;&#8203;//x/&#124;a&#124;b, session ",
		"`|` <b>":                               "| &#96;&#124;&#96; &#60;b&#62;, session ",
		"a`b":                                   "| ``a`b``, session ",
		"x\n| forged | row |":                   "&#124; forged &#124; row &#124;, session ",
		"javascript:alert(1)":                   "| `javascript:alert(1)`, session ",
		"https://x/" + strings.Repeat("a", 500): "| `https://x/" + strings.Repeat("a", 123) + "…" + strings.Repeat("a", 66) + "`, session ",
	} {
		v.Origins = []checks.Origin{attestedBy(head, func(s *checks.Said) { s.Task = task })}
		if got := write(t, "markdown", v, options()); !strings.Contains(got, want) {
			t.Errorf("%.40q: no %q in\n%s", task, want, got)
		}
	}
}

// A passed change tells its origins in a notice, one and first of its kind.
func TestOriginNotice(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		got := write(t, "github", v, options())
		if n := strings.Count(got, "::notice title=origins of "); (n == 1) != (len(v.Origins) > 0) || n > 1 {
			t.Errorf("%s has %d notices of %d origins", name, n, len(v.Origins))
		}
		if i := strings.Index(got, "::notice "); len(v.Origins) > 0 && !strings.HasPrefix(got[i:], "::notice title=origins of ") {
			t.Errorf("%s: other notices come before", name)
		}
	}
}

// The kinds and levels are those of the packages that give them.
func TestOriginWordsAreKnown(t *testing.T) {
	t.Parallel()
	for _, k := range []attestation.Kind{attestation.KindAgentCommit, attestation.KindSLSA, attestation.KindClawCommit} {
		got := oneLine(origins(t, attestedBy(head, func(s *checks.Said) { s.Kind = string(k) })))
		if !strings.Contains(got, "agent claw says") && !strings.Contains(got, "agent claw vouches") {
			t.Errorf("%s is not told:\n%s", k, got)
		}
	}
	if got := oneLine(origins(t, attestedBy(head, func(s *checks.Said) { s.Kind = string(attestation.KindOther) }))); !strings.Contains(got, "of another kind") {
		t.Errorf("%s", got)
	}
	if got := oneLine(origins(t, attestedBy(head, func(s *checks.Said) { s.Proof, s.Signer = string(attestation.ProofKeyless), "SHA256:x" }))); !strings.Contains(got, "(certificate SHA256:x)") {
		t.Errorf("%s", got)
	}
	// Of two commits the one that the policy language ranks lower is kept.
	all := []policy.Level{"", policy.LevelAttributed, policy.LevelSigned, policy.LevelAttested, policy.LevelAttestedKeyless}
	for i := 1; i < len(all); i++ {
		if i > 1 && all[i].Rank() <= all[i-1].Rank() { // nothing proved is no level of the language
			t.Fatalf("levels are not in order: %v", all)
		}
		var list []checks.Origin
		for j := range 40 {
			o := signedBy(fmt.Sprintf("%012x%028x", j, 0), "x", fmt.Sprintf("agent a%d", j))
			if o.Level = string(all[i]); j == 39 {
				o.Level, o.Commit = string(all[i-1]), head
			}
			list = append(list, o)
		}
		if got := origins(t, list...); !strings.Contains(got, head[:12]) || !strings.Contains(oneLine(got), "none proved less than "+string(all[i])+";") {
			t.Errorf("%q is left out for %q:\n%s", all[i-1], all[i], got)
		}
	}
}

// The headline says what is wrong, and does not contradict the summary below it.
func TestHeadlineFollowsTheFindings(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, r := range registry.Rules() {
		known[r.ID] = true
	}
	source, err := os.ReadFile("accused.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"(provenance\.[a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(named) < 5 {
		t.Fatal("the headline knows no rules")
	}
	for _, m := range named {
		if !known[m[1]] {
			t.Errorf("no rule %s", m[1])
		}
	}
	for _, c := range []struct {
		rules []string
		want  string
	}{
		{[]string{"provenance.unsigned"}, "1 of 4 commits does not prove its origin."},
		{[]string{"provenance.unattested", "provenance.unattested"}, "2 of 4 commits do not prove their origin."},
		{[]string{"provenance.operator-not-allowed"}, "1 of 4 commits was commissioned by somebody who may not."},
		{[]string{"provenance.operator-not-allowed", "provenance.operator-not-allowed"}, "2 of 4 commits were commissioned by somebody who may not."},
		{[]string{"provenance.attestation-mismatch"}, "1 of 4 commits has an attestation that contradicts it."},
		{[]string{"provenance.signer-not-committer"}, "1 of 4 commits is signed by somebody else than its committer."},
		{[]string{"provenance.undeclared-agent"}, "1 of 4 commits has an origin that the policy forbids."},
		{[]string{"provenance.key-revoked"}, "1 of 4 commits is attested with a revoked key."}, // it is signed with a good one
		{[]string{"provenance.unsigned", "provenance.operator-not-allowed"}, "1 of 4 commits does not prove its origin; 1 of 4 commits was commissioned by somebody who may not."},
	} {
		v := verdict(checks.Refused, checks.Refused)
		for i, id := range c.rules {
			v.Findings = append(v.Findings, checks.Rule{ID: id, Severity: checks.SeverityHigh, Effect: checks.EffectDeny}.New(commit(v.Origins[i].Commit, "x"), "It is so."))
		}
		if got := write(t, "github", v, options()); !strings.HasSuffix(got, "Claw Verified: refused: "+c.want+"\n") {
			t.Errorf("%v: %s", c.rules, got)
		}
	}
	v := verdict(checks.Refused, checks.Refused)
	v.Origins[0] = checks.Origin{Commit: v.Origins[0].Commit}
	v.Findings = []checks.Finding{
		checks.Rule{ID: "provenance.key-revoked", Effect: checks.EffectDeny}.New(commit(v.Origins[0].Commit, "x"), "It is so."),
		checks.Rule{ID: "provenance.allowed-signers-line", Effect: checks.EffectDeny}.New(checks.Subject{Kind: checks.SubjectPath, Name: "f", Path: "f"}, "It does nothing."),
	}
	if got, want := write(t, "github", v, options()), "refused: 1 of 4 commits does not prove its origin; 1 finding about its origin forbids it.\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
}

// What is found of many commits, and mended in the same way, is told once.
func TestSameFindingsAreToldOnce(t *testing.T) {
	t.Parallel()
	rule := checks.Rule{ID: "provenance.unattested", Severity: checks.SeverityHigh, Effect: checks.EffectDeny, Why: "Nothing that is signed says so."}
	v := verdict(checks.Refused, checks.Refused)
	for i := range v.Origins {
		id := v.Origins[i].Commit
		f := rule.New(commit(id, v.Origins[i].Subject), "No listed agent attests this commit.")
		if i == 2 {
			f.Message = "One in git note " + id + " does not count."
		}
		f.Remedy = "Make one: `claw-verified attest --commit " + id[:12] + "`."
		v.Findings = append(v.Findings, f)
	}
	for format, where := range map[string]string{"terminal": "    commit ", "markdown": "- commit "} {
		got := write(t, format, v, options())
		for text, n := range map[string]int{
			"No listed agent attests this commit.": 1, "does not count.": 1, "claw-verified attest --commit COMMIT": 1, "Nothing that is signed says so.": 1, where: 4, "4 findings": 1,
		} {
			if c := strings.Count(got, text); c != n {
				t.Errorf("%s has %q %d times:\n%s", format, text, c, got)
			}
		}
		if i, j := strings.Index(got, "No listed agent"), strings.Index(got, "does not count"); i > j {
			t.Errorf("%s turns the order around", format)
		}
	}
	// One alone has its own command.
	v.Findings = v.Findings[:1]
	if got := write(t, "terminal", v, options()); !strings.Contains(got, "attest --commit "+v.Origins[0].Commit[:12]) {
		t.Errorf("%s", got)
	}
	// What is left out of a list is counted, whatever it is told with.
	v.Findings = slices.Repeat(v.Findings, 12)
	v.Findings[3].Message = "Otherwise."
	got := write(t, "terminal", v, options())
	if n := strings.Count(got, "    commit "); n != 5 || !strings.Contains(got, "and 7 more of provenance.unattested") {
		t.Errorf("%d commits:\n%s", n, got)
	}
}
