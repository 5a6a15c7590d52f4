package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const fixtures = "../../fixtures/policies"

func fixtureFiles(t testing.TB, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(fixtures, folder, "*.yml"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no fixtures in %s: %v", folder, err)
	}
	return list
}

// report is what a .out file holds: every problem with its place, and whether the
// schema alone would have refused the file as well.
func report(t *testing.T, path, text string) (*Policy, string) {
	t.Helper()
	k := known
	k.NotWaivable = []string{"provenance.bad-signature"}
	p, problems := Lint(text, k, now)
	var b strings.Builder
	for _, pr := range problems {
		fmt.Fprintf(&b, "%s:%s\n", filepath.Base(path), pr)
	}
	verdict := "refuses"
	if schemaAccepts(t, text) == nil {
		verdict = "accepts"
	}
	fmt.Fprintf(&b, "schema: %s\n", verdict)
	return p, b.String()
}

func TestGoodPolicies(t *testing.T) {
	t.Parallel()
	for _, path := range fixtureFiles(t, "ok") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, out := report(t, path, string(text))
			if p == nil {
				t.Fatalf("refused:\n%s", out)
			}
			if err := schemaAccepts(t, string(text)); err != nil {
				t.Errorf("the schema refuses what the parser accepts: %#v", err)
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".out", []byte(out))
		})
	}
}

func TestBadPolicies(t *testing.T) {
	t.Parallel()
	list := fixtureFiles(t, "bad")
	if len(list) < 30 {
		t.Errorf("only %d bad policies", len(list))
	}
	for _, path := range list {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, out := report(t, path, string(text))
			if p != nil {
				t.Fatalf("accepted:\n%s", out)
			}
			_, problems := Parse(string(text), known)
			for _, pr := range problems {
				if !pr.Warning && pr.Hint == "" {
					t.Errorf("no hint: %s", pr)
				}
				if s := pr.String(); strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c == 0x7f || c == 0x202e || c == 0x200b }) {
					t.Errorf("foreign characters get through: %q", s)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".out", []byte(out))
		})
	}
}
