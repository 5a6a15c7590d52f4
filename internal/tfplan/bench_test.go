package tfplan_test

import (
	"bytes"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/internal/tfplan"
	"github.com/claw-verified/claw-verified/internal/tfplan/plangen"
)

func generated(tb testing.TB, size int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := plangen.Write(&b, plangen.Options{Changes: size / plangen.BytesPerChange, Open: 3, Seed: 1}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkRead reads generated plans and says how many times slower
// terraform-json is on the same bytes in the same run.
func BenchmarkRead(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"1MB", 1 << 20}, {"50MB", 50 << 20}} {
		b.Run(size.name, func(b *testing.B) {
			plan := generated(b, size.bytes)
			start := time.Now()
			if err := new(tfjson.Plan).UnmarshalJSON(plan); err != nil {
				b.Fatal(err)
			}
			reference := time.Since(start)
			b.SetBytes(int64(len(plan)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tfplan.Read(bytes.NewReader(plan), "plan.json", tfplan.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(reference)/(float64(b.Elapsed())/float64(b.N)), "x-terraform-json")
		})
	}
}

// TestGenerated makes sure that the plan that is measured is one.
func TestGenerated(t *testing.T) {
	t.Parallel()
	plan := generated(t, 1<<20)
	if n := len(plan); n < 900_000 || n > 1_300_000 {
		t.Errorf("BytesPerChange is off: a plan of 1 MiB has %d bytes", n)
	}
	if !bytes.Equal(plan, generated(t, 1<<20)) {
		t.Error("the same options gave different bytes")
	}
	p, err := tfplan.Read(bytes.NewReader(plan), "plan.json", tfplan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Coverage != "full" || p.Totals["no-op"] < 100 || p.Totals["replace"] == 0 || len(p.Exposures) < 3 {
		t.Errorf("unexpected facts: coverage %s, totals %v, %d exposures", p.Coverage, p.Totals, len(p.Exposures))
	}
	for _, e := range p.Exposures {
		if e.FromPort == 22 && (!e.World || e.Source != "0.0.0.0/0") {
			t.Errorf("two halves of the internet are not seen as all of it: %+v", e)
		}
	}
}
