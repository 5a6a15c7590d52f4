package registry_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	pitfallRow = regexp.MustCompile(`(?m)^\| P(\d+) \|([^|]*)\|([^|]*)\|$`)
	quotedName = regexp.MustCompile("`([^`]+)`")
	testName   = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestPitfalls holds the table of the threat model against what there is: all thirty
// pitfalls are in it, and every scenario, test and package that it names exists.
func TestPitfalls(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := pitfallRow.FindAllStringSubmatch(string(page), -1)
	if len(rows) != 30 {
		t.Fatalf("%d pitfalls", len(rows))
	}
	tests := testNames(t)
	for i, row := range rows {
		if row[1] != fmt.Sprint(i+1) {
			t.Errorf("pitfall %s stands in place %d", row[1], i+1)
		}
		names := quotedName.FindAllStringSubmatch(row[3], -1)
		if len(names) == 0 && !strings.Contains(row[3], "not there yet") && !strings.Contains(row[3], "github.md") {
			t.Errorf("nothing shows pitfall %s", row[1])
		}
		for _, n := range names {
			if !exists(n[1], tests) {
				t.Errorf("pitfall %s: there is no %s", row[1], n[1])
			}
		}
	}
}

func exists(name string, tests map[string]bool) bool {
	if strings.HasPrefix(name, "Test") {
		return tests[name]
	}
	file := filepath.Join(dir, name+".txtar")
	if strings.Contains(name, "/") {
		file = filepath.Join("../..", name)
	}
	_, err := os.Stat(file)
	return err == nil
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, root := range []string{"../../checks", "../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range testName.FindAllSubmatch(text, -1) {
				out[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
