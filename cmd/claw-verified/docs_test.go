package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/policy"
)

var update = flag.Bool("update", false, "write docs/rules.md")

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks returns the fenced blocks of a language in a Markdown text.
func blocks(markdown, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(markdown, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestRulesPageIsGenerated(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	writeRulesPage(&b)
	if *update {
		if err := os.WriteFile("../../docs/rules.md", b.Bytes(), 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(b.String(), read(t, "docs/rules.md")); d != "" {
		t.Errorf("run go test ./cmd/... -update\n%s", d)
	}
}

// TestRulesAreWhole: an id is told once, belongs to its question, and has
// everything that explain shows.
func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^(provenance|plan|review)\.[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range registry.Checks() {
		for _, r := range c.Rules() {
			if seen[r.ID] || !id.MatchString(r.ID) || r.Question() != c.Question() {
				t.Errorf("%s: twice, badly formed, or under another question", r.ID)
			}
			seen[r.ID] = true
			if r.Title == "" || r.Why == "" || r.Remedy == "" || r.Detail == "" || r.Severity == "" || r.Effect == "" {
				t.Errorf("%s: something is missing: %+v", r.ID, r)
			}
		}
	}
}

// TestEveryRuleIsShown: each rule is reported by at least one scenario or is
// named with its reason here. A rule nobody can see fire may not work.
func TestEveryRuleIsShown(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../fixtures/scenarios/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, want, _ := strings.Cut(string(b), "-- want.txt --")
		all.WriteString(want)
	}
	elsewhere := map[string]string{
		"provenance.weak-key": "RSA-1024 and SHA-1 signatures cannot be made from a name: internal/signature",
	}
	for _, r := range registry.Rules() {
		if !strings.Contains(all.String(), " "+r.ID+",") && elsewhere[r.ID] == "" {
			t.Errorf("no scenario shows %s", r.ID)
		}
	}
}

// TestDocumentedCommands: every command line in the documents has a verb that
// exists and flags that it knows.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md")
	command := regexp.MustCompile("(?:^|[|`] ?|\\$ )claw-verified ([a-z][^|#`\n]*)")
	n := 0
	for _, page := range pages {
		text := read(t, strings.TrimPrefix(page, "../../"))
		for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(text, "\n", " \n"), -1) {
			checkCommand(t, page, strings.Fields(m[1]))
			n++
		}
	}
	for _, c := range newRoot().Commands() {
		for _, line := range strings.Split(c.Example, "\n") {
			if _, args, ok := strings.Cut(line, "claw-verified "); ok {
				args, _, _ = strings.Cut(args, "#")
				checkCommand(t, c.Name()+" --help", strings.Fields(args))
				n++
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d commands were found in the documents", n)
	}
}

func checkCommand(t *testing.T, where string, args []string) {
	t.Helper()
	cmd, rest, err := newRoot().Find(args)
	if err != nil || !cmd.HasParent() {
		t.Errorf("%s: claw-verified %s: no such command: %v", where, strings.Join(args, " "), err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: claw-verified %s: %v", where, strings.Join(args, " "), err)
	}
}

func TestReadmePolicyIsGood(t *testing.T) {
	t.Parallel()
	n := 0
	for _, b := range blocks(read(t, "README.md"), "yaml") {
		if !strings.HasPrefix(b, "version: 1") {
			continue
		}
		n++
		if p, problems := policy.Parse(b, registry.Known()); p == nil {
			t.Errorf("%v", problems)
		}
	}
	if n == 0 {
		t.Error("the README shows no policy")
	}
}

func TestReviewsPageIsGood(t *testing.T) {
	t.Parallel()
	list := blocks(read(t, "docs/reviews.md"), "json")
	if len(list) == 0 {
		t.Fatal("the page shows no file")
	}
	for _, b := range list {
		if _, err := collect.ParseReviews([]byte(b)); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkflowInputs: what the README gives the reusable workflow, it takes.
func TestWorkflowInputs(t *testing.T) {
	t.Parallel()
	workflow := read(t, ".github/workflows/claw-verified.yml")
	n := 0
	for _, b := range blocks(read(t, "README.md"), "yaml") {
		_, call, _ := strings.Cut(b, "claw-verified.yml@")
		_, with, ok := strings.Cut(call, "    with:\n")
		if !ok {
			continue
		}
		for _, m := range regexp.MustCompile(`(?m)^      ([a-z-]+):`).FindAllStringSubmatch(with, -1) {
			n++
			if !strings.Contains(workflow, "\n      "+m[1]+":\n") {
				t.Errorf("the workflow has no input %s", m[1])
			}
		}
	}
	if n == 0 {
		t.Error("the README gives the workflow nothing")
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if code := execute(context.Background(), []string{"--help"}, nil, &help, &help); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"0 when", "1 when", "2 when", "3 when"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("--help does not tell of %q", want)
		}
	}
}
