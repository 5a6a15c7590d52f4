package publish_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/publish"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// Nothing foreign reaches a reader raw, in any format for people.
func TestHostileTextIsTamed(t *testing.T) {
	t.Parallel()
	long := hostile()
	for i := range long.Findings {
		long.Findings[i].Subject.Path = checks.Path(strings.Repeat("a/", 1<<16))
	}
	if got := write(t, "sarif", long, options()); len(got) > 300_000 {
		t.Errorf("sarif: long paths make %d bytes", len(got))
	}
	for _, format := range []string{"terminal", "markdown", "github", "junit"} {
		if got := write(t, format, long, options()); len(got) > 300_000 {
			t.Errorf("%s: long paths make %d bytes", format, len(got))
		}
		got := write(t, format, hostile(), options())
		checkTame(t, format, got)
		if len(got) > 300_000 {
			t.Errorf("%s: a megabyte of address makes %d bytes", format, len(got))
		}
	}
}

func checkTame(t *testing.T, format, got string) {
	t.Helper()
	if !utf8.ValidString(got) {
		t.Errorf("%s is not UTF-8", format)
	}
	for _, r := range got {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)) {
			t.Errorf("%s holds %U", format, r)
		}
	}
	if strings.Contains(got, "##[") {
		t.Errorf("%s holds an old workflow command", format)
	}
	for line := range strings.SplitSeq(got, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") && (format != "github" || !command.MatchString(line)) {
			t.Errorf("%s has the line %q, which a runner would obey", format, line)
		}
	}
}

// FuzzText puts one text wherever foreign text can stand.
func FuzzText(f *testing.F) {
	for _, e := range evils {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := refused()
		v.Change.Head.Name, v.Change.Repository.Name, v.Policy.Path, v.Policy.Digest = s, s, checks.Path(s), s
		v.Questions[1].Summary, v.NotProved = s, []string{s}
		for i := range v.Findings {
			fd := &v.Findings[i]
			fd.Subject.Name, fd.Subject.Note, fd.Subject.Path, fd.Message, fd.Reason, fd.Remedy = s, s, checks.Path(s), s, s, s
		}
		v.Origins = append(v.Origins, checks.Origin{
			Commit: s, Subject: s, Level: s, SignedBy: s, Key: s, Agents: []string{s},
			Said: []checks.Said{{Kind: "agent-commit", By: "agent " + s, Proof: "key", Signer: s, Agent: s, Models: []string{s}, Operator: s, OnBehalf: s, Task: s, Session: s}, {Kind: s, By: s, Proof: s}},
		})
		v.Waiting[0].From, v.Approvals[0].Reason = s, s
		v.Plans = hostilePlans([]string{s, "plan.json"})
		v.Undecided = []checks.Gap{{Question: "plan", Kind: checks.GapEvidence, Message: s, Remedy: s}}
		for _, format := range []string{"terminal", "markdown", "github", "junit"} {
			o := options()
			o.Width = 40 + len(s)%80
			got := write(t, format, v, o)
			checkTame(t, format, got)
			switch format {
			case "junit":
				if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
					t.Errorf("junit: %v", err)
				}
			case "markdown":
				if len(opened.FindAllString(got, -1)) != len(closed.FindAllString(got, -1)) {
					t.Error("markdown: details are not closed")
				}
			case "terminal":
				for line := range strings.SplitSeq(got, "\n") {
					if !fits(line, o.Width, s) {
						t.Errorf("terminal: %d columns of %d: %q", redact.Width(line), o.Width, line)
					}
				}
			}
		}
		sarifOf(t, v)
	})
}

// fits reports whether a line is narrow enough, or is too wide only because of one
// object id, one path, one command of a remedy or the line of an approval, which are
// never broken.
func fits(line string, width int, remedy string) bool {
	if redact.Width(line) <= width {
		return true
	}
	text := strings.TrimSpace(line)
	if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
		return false
	}
	if strings.HasPrefix(text, "/approve ") {
		return true
	}
	last := text[strings.LastIndexByte(text, ' ')+1:]
	if len(last) <= 200 && (strings.Contains(last, "/") || regexp.MustCompile("^(changes-v1:sha256:)?[0-9a-fA-F]{40,}$").MatchString(last)) {
		return redact.Width(line)-len(last) <= 24 // nothing before it but a label
	}
	return strings.Contains(redact.LogLine(redact.Visible(remedy)), "`") && len(text) <= 420
}

func TestTerminalWidth(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		for _, w := range []int{1, 40, 41, 55, 80, 100, 120, 500} {
			o := options()
			o.Width = w
			for line := range strings.SplitSeq(write(t, "terminal", v, o), "\n") {
				var remedies strings.Builder
				for _, f := range v.Findings {
					remedies.WriteString(f.Remedy + "\n")
				}
				if n := redact.Width(line); !fits(line, min(max(w, 40), 120), remedies.String()) {
					t.Errorf("%s at %d: a line of %d columns: %s", name, w, n, line)
				}
			}
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colour only ever repeats what words say.
func TestColourAddsNothing(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		plain := write(t, "terminal", v, options())
		o := options()
		o.Color = true
		colored := write(t, "terminal", v, o)
		if sgr.ReplaceAllString(colored, "") != plain {
			t.Errorf("%s: the coloured report has other words", name)
		}
		if strings.Contains(plain, "\x1b") || !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: colours are not as asked for", name)
		}
	}
}

func TestTerminalSaysWhatMatters(t *testing.T) {
	t.Parallel()
	o := options()
	o.Width = 120
	for name, wants := range map[string][]string{
		"refused":            {"REFUSED", "1 of 4 commits does not prove its origin", "2 approvals are missing", head, "77aabbccddee", "network/bastion.tf:12:3", "no-database-loss", "waived", "bob, carol, dave", "does not count: signed a commit", "Not shown: 3 things that even a pass would not prove (--format json lists them)."},
		"undecided-config":   {"UNDECIDED", "could not look", `Did you mean "review"?`},
		"undecided-evidence": {"could not look", "at byte 1048576", "terraform show -json tfplan"},
		"overridden":         {"OVERRIDDEN", "not verified", "Break-glass was used by alice, confirmed by bob, because: Production is down, incident 4711."},
		"observe":            {"nothing is enforced", "would be stopped: refused"},
		"huge":               {"250 of 250 commits do not prove their origin", "and 245 more of provenance.unsigned; --format json lists all", "and 195 more of plan.replace", "and 10 more"},
		"hostile":            {"A finding of no question.", "A gap of no question."},
		"zero":               {"UNDECIDED"},
	} {
		got := write(t, "terminal", samples()[name], o)
		for _, w := range wants {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %q:\n%.1500s", name, w, got)
			}
		}
	}
	if got := write(t, "terminal", refused(), o); strings.Count(got, head) != 1 || strings.Count(got, ruleExposed.Why) != 1 {
		t.Error("the full head, or what is said of a rule, does not appear exactly once")
	}
}

var (
	opened = regexp.MustCompile(`(?m)^<details( open)?><summary>.*</summary>$`)
	closed = regexp.MustCompile(`(?m)^</details>$`)
)

func TestMarkdownFits(t *testing.T) {
	t.Parallel()
	leftOut := regexp.MustCompile(`\*\*(\d+) of (\d+) findings and gaps are left out here\*\*`)
	for name, v := range samples() {
		full := write(t, "markdown", v, options())
		firstLine, _, _ := strings.Cut(full, "\n")
		total := len(v.Findings) + len(v.Undecided)
		for _, limit := range []int{900, 2000, 5000, 20_000, 65_535, 1_000_000} {
			o := options()
			o.MaxBytes = limit
			got := write(t, "markdown", v, o)
			if len(got) > limit {
				t.Errorf("%s: %d bytes for a limit of %d", name, len(got), limit)
			}
			if !strings.HasPrefix(got, firstLine+"\n") {
				t.Errorf("%s: the headline changes at %d", name, limit)
			}
			if len(opened.FindAllString(got, -1)) != len(closed.FindAllString(got, -1)) {
				t.Errorf("%s: details are not closed at %d", name, limit)
			}
			m := leftOut.FindStringSubmatch(got)
			if name == "huge" {
				left := 0
				if m != nil {
					fmt.Sscan(m[1], &left) //nolint:errcheck // the pattern holds digits
				}
				listed := strings.Count(got, "- commit `") + strings.Count(got, "- resource `")
				if listed+left != total {
					t.Errorf("huge at %d: %d listed, %d left out, %d in all", limit, listed, left, total)
				}
			}
		}
	}
	if err := publish.Write("markdown", io.Discard, refused(), publish.Options{MaxBytes: 10}); err == nil {
		t.Error("ten bytes are enough for a headline")
	}
}

func TestMarkdownTableHolds(t *testing.T) {
	t.Parallel()
	got := write(t, "markdown", hostile(), options())
	bars := 0
	for line := range strings.SplitSeq(got, "\n") {
		switch line {
		case "| Question | Answer | In short |":
			bars = 4
		case "| Commit | Level | Signed by | Agent | Model | For whom | Task |":
			bars = 8
		}
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|") != bars {
			t.Errorf("a row of other shape: %s", line)
		}
	}
	// Outside of inline code, only our own tags are left.
	text := regexp.MustCompile("(?m)(`+)[^`].*?[^`]?(`+)").ReplaceAllString(got, "")
	for _, m := range regexp.MustCompile(`<[^>\n]*>?`).FindAllString(text, -1) {
		switch m {
		case "<details>", "<details open>", "</details>", "<summary>", "</summary>", "<code>", "</code>":
		default:
			t.Errorf("a tag that is not ours: %s", m)
		}
	}
}

var command = regexp.MustCompile(`^::(error|warning|notice) ((?:[a-z]+=[^,:]*)(?:,[a-z]+=[^,:]*)*)::(.*)$`)

func TestGitHubLimits(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		count := map[string]int{}
		lines := strings.Split(strings.TrimSuffix(write(t, "github", v, options()), "\n"), "\n")
		last := lines[len(lines)-1]
		if !strings.HasPrefix(last, "Claw Verified: ") {
			t.Errorf("%s ends with %q", name, last)
		}
		for _, l := range lines {
			if strings.HasPrefix(l, "Claw Verified: ") {
				continue
			}
			m := command.FindStringSubmatch(l)
			if m == nil {
				t.Errorf("%s: no command and no verdict: %.200q", name, l)
				continue
			}
			count[m[1]]++
			if len(m[3]) > 4096 {
				t.Errorf("%s: a message of %d bytes", name, len(m[3]))
			}
			if regexp.MustCompile(`%(?:[^02]|.?$)`).MatchString(m[3]) {
				t.Errorf("%s: an escape is cut: %.200q", name, m[3])
			}
			if v.Mode == checks.ModeObserve && m[1] == "error" {
				t.Errorf("%s: an error while nothing is enforced", name)
			}
		}
		for k, n := range count {
			if n > 10 {
				t.Errorf("%s: %d of kind %s", name, n, k)
			}
		}
	}
	if got := write(t, "github", huge(), options()); !strings.Contains(got, "441 more of this kind") {
		t.Error("what is left out is not counted")
	}
}

type junitSuite struct {
	Name  string `xml:"name,attr"`
	Tests int    `xml:"tests,attr"`
	Cases []struct {
		Name    string    `xml:"name,attr"`
		Failure *struct{} `xml:"failure"`
		Error   *struct{} `xml:"error"`
		Skipped *struct{} `xml:"skipped"`
	} `xml:"testcase"`
}

func junitSuites(t *testing.T, v *checks.Verdict) []junitSuite {
	t.Helper()
	var doc struct {
		Suites []junitSuite `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(write(t, "junit", v, options())), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Suites
}

// A fail of the verdict is a fail in JUnit, whatever the findings are, and the
// numbers are right.
func TestJUnitAgrees(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		var doc struct {
			Tests    int          `xml:"tests,attr"`
			Failures int          `xml:"failures,attr"`
			Errors   int          `xml:"errors,attr"`
			Suites   []junitSuite `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(write(t, "junit", v, options())), &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		bad := doc.Failures + doc.Errors
		if pass := v.ExitCode() == 0; pass == (bad > 0) {
			t.Errorf("%s: %v has %d failures and errors", name, v.Outcome, bad)
		}
		tests, failures, errs := 0, 0, 0
		for _, s := range doc.Suites {
			if s.Tests != len(s.Cases) {
				t.Errorf("%s: a suite says %d tests and has %d", name, s.Tests, len(s.Cases))
			}
			tests += len(s.Cases)
			for _, c := range s.Cases {
				if c.Failure != nil {
					failures++
				}
				if c.Error != nil {
					errs++
				}
			}
		}
		if tests != doc.Tests || failures != doc.Failures || errs != doc.Errors {
			t.Errorf("%s: the sums are wrong", name)
		}
	}
}
