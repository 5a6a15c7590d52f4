package tfsource_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

var update = flag.Bool("update", false, "write what Compare says into the cases")

// Each case is a file with the files of both commits below base/ and head/, and what
// is expected below want.
func TestCompare(t *testing.T) {
	cases, err := filepath.Glob("testdata/compare/*.txtar")
	if err != nil || len(cases) < 70 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			base, head, want := split(a)
			got := lines(tfsource.Compare(base, head, tfsource.Limits{}))
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			// The other way round the files come in another order.
			slices.Reverse(base)
			slices.Reverse(head)
			if d := cmp.Diff(got, lines(tfsource.Compare(base, head, tfsource.Limits{}))); d != "" {
				t.Errorf("the order of the files matters:\n%s", d)
			}
			if same := tfsource.Compare(head, head, tfsource.Limits{}); len(same) > 0 {
				t.Errorf("a commit differs from itself: %v", same)
			}
		})
	}
}

func split(a *txtar.Archive) (base, head []tfsource.File, want string) {
	for _, f := range a.Files {
		if p, ok := strings.CutPrefix(f.Name, "base/"); ok {
			base = append(base, tfsource.File{Path: p, Data: f.Data})
		} else if p, ok := strings.CutPrefix(f.Name, "head/"); ok {
			head = append(head, tfsource.File{Path: p, Data: f.Data})
		} else if p, ok := strings.CutPrefix(f.Name, "both/"); ok {
			base = append(base, tfsource.File{Path: p, Data: f.Data})
			head = append(head, tfsource.File{Path: p, Data: f.Data})
		} else if f.Name == "want" {
			want = string(f.Data)
		}
	}
	return base, head, want
}

func lines(all []checks.SourceChange) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "%s %s:%d %s", c.Kind, c.Path, c.Line, c.Address)
		if c.Before != "" || c.After != "" {
			fmt.Fprintf(&b, " [%s -> %s]", c.Before, c.After)
		}
		if c.Removed {
			b.WriteString(" removed")
		}
		fmt.Fprintf(&b, "\n  %s\n", c.Detail)
	}
	return b.String()
}
