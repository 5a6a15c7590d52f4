package codeowners_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/codeowners"
)

// TestThePageIsTrue: what docs/codeowners.md says of its example is so.
func TestThePageIsTrue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/codeowners.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```codeowners\n(.*?)^```$").FindSubmatch(page)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `?([^`|]+?)`? \\| ([0-9]+) \\|$").FindAllSubmatch(page, -1)
	if block == nil || len(rows) < 8 {
		t.Fatalf("the example was not found: %d rows", len(rows))
	}
	f, problems := codeowners.Parse(block[1])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, r := range rows {
		owners, line := f.Owners(string(r[1]))
		var names []string
		for _, o := range owners {
			names = append(names, o.String())
		}
		got := strings.Join(names, " ")
		if got == "" {
			got = "nobody"
		}
		if got != string(r[2]) || strconv.Itoa(line) != string(r[3]) {
			t.Errorf("%s: %s, line %d; the page says %s, line %s", r[1], got, line, r[2], r[3])
		}
	}
}
