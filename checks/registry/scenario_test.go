package registry_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/scenario"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

var update = flag.Bool("update", false, "write want.txt of the scenarios")

const dir = "../../fixtures/scenarios"

func load(name string) ([]byte, error) {
	if name == "house.yml" {
		return os.ReadFile(filepath.Join(dir, name))
	}
	return os.ReadFile(filepath.Join("../../fixtures", name))
}

func readPlan(name string, data []byte) checks.Plan {
	p, _ := tfplan.Read(bytes.NewReader(data), name, tfplan.Options{}) // the error is in the plan too
	return p
}

func scenarios(t *testing.T) map[string]*scenario.Scenario {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d scenarios: %v", len(files), err)
	}
	out := map[string]*scenario.Scenario{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := scenario.Parse(data, readPlan, load)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[f] = sc
	}
	return out
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	for f, sc := range scenarios(t) {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			t.Parallel()
			got := scenario.Describe(registry.Evaluate(sc.Snapshot))
			if *update {
				if err := os.WriteFile(f, sc.Update(got), 0o644); err != nil { //nolint:gosec // a fixture
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(sc.Want, got); d != "" {
				t.Errorf("%s\n%s", sc.About, d)
			}
		})
	}
}

// TestReplay: what is written down and read again gives the same verdict, byte
// for byte.
func TestReplay(t *testing.T) {
	t.Parallel()
	for f, sc := range scenarios(t) {
		enc, err := sc.Snapshot.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := checks.DecodeSnapshot(bytes.NewReader(enc))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		first, err := registry.Evaluate(sc.Snapshot).Encode()
		if err != nil {
			t.Fatal(err)
		}
		second, err := registry.Evaluate(back).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(first), string(second)); d != "" {
			t.Errorf("%s: %s", f, d)
		}
	}
}
