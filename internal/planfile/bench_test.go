package planfile_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

// big makes a plan file with n changes of a size as real AWS objects have, a state
// beside it and 600 configuration files.
func big(b *testing.B, n int) []byte {
	b.Helper()
	value := strings.Repeat("\xa9attribute\xb0a value that is.", 60)
	m := plan()
	for i := range n {
		m = m.sub(3, msg(nil).str(8, `provider["registry.terraform.io/hashicorp/aws"]`).
			sub(9, msg(nil).num(1, uint64(i%4)).sub(2, msg(nil).str(1, value)).sub(2, msg(nil).str(1, fmt.Sprint(i)+value))).
			str(13, fmt.Sprintf(`module.network["eu-%d"].aws_security_group_rule.this["rule-%d"]`, i%50, i)))
	}
	config := map[string]string{"tfstate": strings.Repeat(value, n/10)}
	for i := range 600 {
		config[fmt.Sprintf("tfconfig/m-/f%d.tf", i)] = strings.Repeat(fmt.Sprintf("# line %d\n", i), 300)
	}
	return planZip(b, m, config)
}

func BenchmarkRead(b *testing.B) {
	file := big(b, 60_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := planfile.Read(bytes.NewReader(file), int64(len(file)), planfile.Limits{})
		if err != nil || f.NumActions() != 60_000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	f, err := planfile.Read(bytes.NewReader(big(b, 60_000)), int64(len(big(b, 60_000))), planfile.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	addresses := make([]string, 60_000)
	for i := range addresses {
		addresses[i] = fmt.Sprintf(`module.network["eu-%d"].aws_security_group_rule.this["rule-%d"]`, i%50, i)
	}
	verbs := [][]string{{"no-op"}, {"create"}, {"read"}, {"update"}}
	b.ReportAllocs()
	for b.Loop() {
		c := f.Compare()
		for i, a := range addresses {
			c.Change(a, "", verbs[i%4])
		}
		if d := c.Done(); d != nil {
			b.Fatal(d)
		}
	}
}

// BenchmarkHeld tells how much stays in memory.
func BenchmarkHeld(b *testing.B) {
	file := big(b, 60_000)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, err := planfile.Read(bytes.NewReader(file), int64(len(file)), planfile.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(f.NumActions()), "held-B/change")
	}
}
