package policy

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const reference = "../../docs/policy.md"

// around is what a fragment is put into, by key at the top of the file.
var around = []struct{ key, text string }{
	{"version", "version: 1\n"},
	{"people", "people:\n  - {id: alice, github_ids: [1]}\n  - {id: bob, github_ids: [2]}\n  - {id: carol, github_ids: [3]}\n"},
	{"teams", "teams:\n  infra: [bob, carol]\n"},
}

// blocks cuts the yaml blocks out of the reference.
func blocks(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, part := range strings.Split(string(text), "\n```yaml\n")[1:] {
		block, _, ok := strings.Cut(part, "\n```\n")
		if !ok {
			t.Fatal("a block is not closed")
		}
		out = append(out, block+"\n")
	}
	if n := strings.Count(string(text), "```"); n != 2*len(out) {
		t.Errorf("%d fences and %d yaml blocks: some block is not tested", n, len(out))
	}
	return out
}

func TestEveryExampleOfTheReference(t *testing.T) {
	t.Parallel()
	var org, before string
	for i, block := range blocks(t) {
		switch {
		case strings.HasPrefix(block, "# organisation\n"):
			org = block
		case strings.HasPrefix(block, "# before\n"):
			before = inContext(block)
		}
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			t.Parallel()
			switch {
			case strings.HasPrefix(block, "# repository\n"):
				checkJoined(t, block, org)
				return
			case strings.HasPrefix(block, "# after\n"):
				checkDifferences(t, before, block)
				return
			case strings.HasPrefix(block, "# before\n"):
				block = inContext(block)
			case strings.HasPrefix(block, "# refused\n"):
				var want []string
				for n, line := range strings.Split(block, "\n") {
					if _, said, ok := strings.Cut(line, " #> "); ok {
						want = append(want, fmt.Sprintf("%d: %s", n+1, said))
					}
				}
				p, problems := Parse(block, known)
				if p != nil || len(want) == 0 {
					t.Fatalf("not refused, or nothing is said to be wrong:\n%s", block)
				}
				var got []string
				for _, pr := range problems {
					got = append(got, fmt.Sprintf("%d: %s (%s)", pr.Line, pr.Message, pr.Hint))
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("the reference says something else (-reference +parser):\n%s", d)
				}
				return
			case strings.HasPrefix(block, "# fragment\n"):
				block = inContext(block)
			}
			p := parseOK(t, block)
			if err := schemaAccepts(t, block); err != nil {
				t.Errorf("the schema refuses an example: %v", err)
			}
			if _, err := p.Effective(); err != nil {
				t.Error(err)
			}
		})
	}
}

// inContext makes a policy of a fragment, behind it so that its lines stay.
func inContext(block string) string {
	for _, a := range around {
		if !strings.Contains("\n"+block, "\n"+a.key+":") {
			block += a.text
		}
	}
	return block
}

// said lists what a block says of its lines, in their order.
func said(block string, say func(line int, text string) string) (list []string) {
	for n, line := range strings.Split(block, "\n") {
		for _, text := range strings.Split(line, " #> ")[1:] {
			list = append(list, say(n+1, text))
		}
	}
	return list
}

// checkJoined joins an example of a repository with its organisation.
func checkJoined(t *testing.T, repo, org string) {
	t.Helper()
	floor, problems := ParseFloor(org, known)
	if floor == nil {
		t.Fatal(problems)
	}
	p, problems := parseOK(t, repo).WithFloor(floor)
	want := said(repo, func(_ int, text string) string { return text })
	got := make([]string, 0, len(problems))
	for _, pr := range problems {
		got = append(got, pr.Message+" ("+pr.Hint+")")
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" || (p == nil) != (len(want) > 0) {
		t.Errorf("the reference says something else (-reference +program):\n%s", d)
	}
}

// checkDifferences compares two examples.
func checkDifferences(t *testing.T, before, after string) {
	t.Helper()
	list := Compare(parseOK(t, before), parseOK(t, inContext(after)))
	Locate(list, inContext(after))
	var got []string
	for _, d := range list {
		mark := ""
		if d.Weaker {
			mark = "weaker: "
		}
		got = append(got, fmt.Sprintf("%d: %s%s", d.Line, mark, d.Text))
	}
	want := said(after, func(line int, text string) string { return fmt.Sprintf("%d: %s", line, text) })
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the reference says something else (-reference +program):\n%s", d)
	}
}

func TestReferenceShowsTheDefaultTiers(t *testing.T) {
	t.Parallel()
	for _, block := range blocks(t) {
		if strings.Contains(block, "id: unattributed") {
			p := parseOK(t, "version: 1\n"+block)
			if d := cmp.Diff(DefaultTiers(), p.Review.Tiers); d != "" {
				t.Errorf("-program +reference:\n%s", d)
			}
			return
		}
	}
	t.Error("the default tiers are not shown")
}

func TestReferenceNamesEverything(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for name := range table {
		_, key, _ := strings.Cut(name, ".")
		want = append(want, key)
	}
	want = append(want, BuiltinGateFiles()...)
	want = append(want, DefaultPlanPaths()...)
	want = append(want, planActions...)
	want = append(want, planClasses...)
	for _, l := range levels {
		want = append(want, string(l))
	}
	want = append(want, MaxPlanSize.String(), fmt.Sprint(MaxCommits), fmt.Sprint(MaxFiles), DefaultPlanSize.String(), fmt.Sprint(DefaultCommits), fmt.Sprint(DefaultFiles))
	slices.Sort(want)
	for _, w := range slices.Compact(want) {
		if !strings.Contains(string(text), "`"+w+"`") && !strings.Contains(string(text), " "+w+" ") {
			t.Errorf("the reference does not name %q", w)
		}
	}
}

func TestWholePolicyFitsOnOneScreen(t *testing.T) {
	t.Parallel()
	if n := strings.Count(blocks(t)[0], "\n"); n > 60 {
		t.Errorf("%d lines", n)
	}
}
