package plangen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/internal/tfplan"
	"github.com/claw-verified/claw-verified/internal/tfplan/plangen"
)

func generate(t *testing.T, o plangen.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := plangen.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPlan makes sure that what is measured with is a plan: other readers take it,
// its parts agree, and it gives us everything to do that a plan can.
func TestPlan(t *testing.T) {
	t.Parallel()
	o, err := plangen.ForSize("2MB")
	if err != nil {
		t.Fatal(err)
	}
	o.Open, o.Seed = 3, 1
	plan := generate(t, o)
	if n := len(plan); n < 1_900_000 || n > 2_150_000 {
		t.Errorf("a plan of 2 MB has %d bytes: BytesPerChange is off", n)
	}
	if !bytes.Equal(plan, generate(t, o)) {
		t.Error("the same options gave different bytes")
	}

	var theirs tfjson.Plan
	if err := theirs.UnmarshalJSON(plan); err != nil {
		t.Fatalf("terraform-json: %v", err)
	}
	if err := theirs.Validate(); err != nil {
		t.Error(err)
	}
	if n := len(theirs.ResourceChanges); n != o.Changes {
		t.Errorf("%d resource changes, wanted %d", n, o.Changes)
	}
	documents := 0
	for _, c := range theirs.ResourceChanges {
		for _, side := range []any{c.Change.Before, c.Change.After} {
			m, _ := side.(map[string]any)
			for _, name := range []string{"policy", "assume_role_policy"} {
				text, ok := m[name].(string)
				if !ok {
					continue
				}
				var document struct{ Statement []map[string]any }
				if err := json.Unmarshal([]byte(text), &document); err != nil || len(document.Statement) == 0 {
					t.Fatalf("%s of %s is no policy: %v", name, c.Address, err)
				}
				documents++
			}
		}
	}
	if documents < 100 {
		t.Errorf("only %d policies", documents)
	}

	p, err := tfplan.Read(bytes.NewReader(plan), "plan.json", tfplan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Coverage != "full" || p.Errored || !*p.Complete {
		t.Errorf("coverage %s, errored %v", p.Coverage, p.Errored)
	}
	for _, a := range []string{"no-op", "update", "create", "replace", "delete"} {
		if p.Totals[a] == 0 {
			t.Errorf("nothing of %s in %v", a, p.Totals)
		}
	}
	world := 0
	for _, e := range p.Exposures {
		if e.World {
			world++
		}
	}
	if world != o.Open {
		t.Errorf("%d groups are open to the world, wanted %d", world, o.Open)
	}
	if p.Drift == 0 || len(p.Outputs) != 1 || len(p.Variables) != 0 {
		t.Errorf("drift %d, outputs %v, variables %v", p.Drift, p.Outputs, p.Variables)
	}

	kinds := map[string]int{}
	for _, c := range p.Consequences {
		kinds[string(c.Kind)]++
	}
	told := make([]string, 0, len(kinds))
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		told = append(told, fmt.Sprintf("%s %d", k, kinds[k]))
	}
	t.Log(strings.Join(told, ", "))
}

// TestOptions tells the options apart.
func TestOptions(t *testing.T) {
	t.Parallel()
	read := func(o plangen.Options) map[string]int {
		p, err := tfplan.Read(bytes.NewReader(generate(t, o)), "plan.json", tfplan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Coverage != "full" {
			t.Errorf("%+v: coverage %s", o, p.Coverage)
		}
		return p.Totals
	}
	all := read(plangen.Options{Changes: 300, NoOp: 1})
	if all["no-op"] > 20 || all["update"] < 100 {
		t.Errorf("with 1 no-op of a hundred: %v", all)
	}
	if a, b := read(plangen.Options{Changes: 300, Seed: 1}), read(plangen.Options{Changes: 300, Seed: 2}); maps.Equal(a, b) {
		t.Errorf("two seeds, one plan: %v", a)
	}
	for _, s := range []string{"", "x", "5", "0MB", "-1MB", "1TB", "1 MB"} {
		if o, err := plangen.ForSize(s); err == nil && s != "5" {
			t.Errorf("the size %q is %+v", s, o)
		}
	}
}
