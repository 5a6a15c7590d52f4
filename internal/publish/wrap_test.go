package publish_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// mended is the terminal report of a gap with that remedy, without its margin.
func mended(t *testing.T, width int, remedy string) []string {
	t.Helper()
	v := verdict(checks.Undecided)
	v.Undecided = []checks.Gap{{Kind: checks.GapEvidence, Message: "It is not there.", Remedy: remedy}}
	o := options()
	o.Width = width
	_, text, ok := strings.Cut(write(t, "terminal", v, o), "    mend  ")
	if !ok {
		t.Fatal("no remedy")
	}
	text, _, _ = strings.Cut(text, "\n\n")
	var lines []string
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	return lines
}

// What is to be pasted stands on one line, without its backticks or the full stop
// of the sentence.
func TestCommandsAreNotBroken(t *testing.T) {
	t.Parallel()
	const long = "git rebase --exec 'git commit --amend --no-edit -S' 1a2b3c4d5e6f"
	for _, c := range []struct {
		width  int
		remedy string
		want   []string
	}{
		{120, "Sign again: `" + long + "`.", []string{"Sign again: `" + long + "`."}},
		{80, "Sign again: `" + long + "`.", []string{"Sign again:", long}},
		{40, "Sign again: `" + long + "`, then push it.", []string{"Sign again:", long, "then push it."}},
		{40, "`" + long + "` signs it again.", []string{long, "signs it again."}},
		{40, "With `" + long + "` or `" + long + "`.", []string{"With", long, "or", long}},
		{40, "Keep it in the state, with `destroy = false`.", []string{"Keep it in the state, with", "`destroy = false`."}},
		{40, "Run it (`" + long + "`).", []string{"Run it", "(`" + long + "`)."}},
		{40, "One ` alone is no command, so this wraps.", []string{"One ` alone is no command, so", "this wraps."}},
		{40, "Say `✓ VERIFIED and more words than fit`.", []string{"Say `✓ VERIFIED and more words", "than fit`."}},
		{40, "`::error::x and more words than fit here`", []string{`\u003a:error::x and more words than fit here`}},
	} {
		if got := mended(t, c.width, c.remedy); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d columns:\n got %q\nwant %q", c.remedy, c.width, got, c.want)
		}
	}
}

func TestRemedyInMarkdown(t *testing.T) {
	t.Parallel()
	v := verdict(checks.Undecided)
	v.Undecided = []checks.Gap{{Kind: checks.GapEvidence, Message: "It is not there.", Remedy: "Run `make <all>` *now*."}}
	if got := write(t, "markdown", v, options()); !strings.Contains(got, "\n  Run `make <all>` &#42;now&#42;.\n") {
		t.Errorf("%s", got)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	lines := func(change func(*checks.Verdict)) []string {
		v := verified()
		change(v)
		return strings.Split(write(t, "terminal", v, options()), "\n")
	}
	for _, c := range []struct {
		name   string
		change func(*checks.Verdict)
		want   []string
	}{
		{"usual", func(*checks.Verdict) {}, []string{"  judged  as of 2026-11-20 12:00:00 UTC", "  range   main 1a2b3c4d5e6f .. agent/database 9f8e7d6c5b4a"}},
		{"plan without a digest", func(v *checks.Verdict) { v.Change.Plans[0].Digest = "" }, []string{"  plan    plan.json, not read"}},
		{"plan that cannot be used", func(v *checks.Verdict) {
			v.Undecided = []checks.Gap{{Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: "The plan plan.json cannot be used: it is empty."}}
		}, []string{"  plan    plan.json, sha256 001122334455, not read"}},
		{"another merge base", func(v *checks.Verdict) { v.Change.MergeBase = "77aabbccddeeff00112233445566778899aabbcc" }, []string{"          common ancestor 77aabbccddee"}},
		{"no base", func(v *checks.Verdict) { v.Change.Base = checks.Ref{Name: "main"} }, []string{"  range   main (commit not known) .. agent/database 9f8e7d6c5b4a"}},
		{"no head", func(v *checks.Verdict) { v.Change.Head = checks.Ref{} }, []string{"  range   main 1a2b3c4d5e6f .. unknown head commit"}},
	} {
		got := lines(c.change)
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: no line %q in\n%s", c.name, w, strings.Join(got[:min(12, len(got))], "\n"))
			}
		}
	}
	if slices.ContainsFunc(lines(func(*checks.Verdict) {}), func(l string) bool { return strings.Contains(l, "common ancestor") }) {
		t.Error("the base itself is told as common ancestor")
	}
}

// An undecided question has no tick: not beside it, nor beside anything under it.
func TestUndecidedHasNoTick(t *testing.T) {
	t.Parallel()
	v := verified()
	v.Outcome = checks.Undecided
	for i := range v.Questions {
		v.Questions[i].Outcome, v.Questions[i].Summary = checks.Undecided, "Not looked at."
	}
	plan := undecidedEvidence() // the review agreed, the plan is undecided
	for _, format := range []string{"terminal", "markdown"} {
		got := write(t, format, v, options())
		if strings.Contains(got, "✓") || strings.Count(got, "Not looked at.") != 3 {
			t.Errorf("%s:\n%s", format, got)
		}
		if got := write(t, format, plan, options()); !strings.Contains(got, "· agreed by review") {
			t.Errorf("%s:\n%s", format, got)
		}
	}
	// Not even when seats are open, which else say more than the summary.
	v.Waiting = waiting().Waiting
	if got := write(t, "terminal", v, options()); strings.Count(got, "Not looked at.") != 3 {
		t.Errorf("%s", got)
	}
	for _, v := range []*checks.Verdict{v, plan} {
		for _, s := range junitSuites(t, v) {
			for _, a := range v.Questions {
				if string(a.ID) != s.Name || a.Outcome != checks.Undecided {
					continue
				}
				for _, c := range s.Cases {
					if c.Failure == nil && c.Error == nil && c.Skipped == nil {
						t.Errorf("junit: %s passes while %s is undecided", c.Name, s.Name)
					}
				}
			}
		}
	}
}

// What a pass would not prove is told in full only of a pass.
func TestNotProvedIsFolded(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		for _, format := range []string{"terminal", "markdown"} {
			got := write(t, format, v, options())
			full, folded := strings.Contains(got, "A pass does not prove"), strings.Contains(got, "even a pass would not prove")
			if listed := len(v.NotProved) > 0; full != (listed && v.Outcome.Passes()) || folded != (listed && !v.Outcome.Passes()) {
				t.Errorf("%s of %s: full %v, folded %v", format, name, full, folded)
			}
		}
	}
}

func TestWriteFileErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	for name, want := range map[string]string{
		filepath.Join(missing, "x.json"): "no such folder " + missing,
		dir:                              "it is a folder",
		filepath.Join(file, "x.json"):    file + " is not a folder",
		filepath.Join(dir, strings.Repeat("n", 300)): "file name too long",
	} {
		err := publish.WriteFile(name, []byte("x"))
		if err == nil || err.Error() != "cannot write "+name+": "+want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	var b bytes.Buffer
	err := publish.Publish(&b, verified(), options(), []publish.Target{{Format: "json", File: filepath.Join(missing, "x.json")}})
	if err == nil || strings.Contains(err.Error(), "/.") {
		t.Errorf("%v", err)
	}
}
