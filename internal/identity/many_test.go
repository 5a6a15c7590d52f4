package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/scenario"
)

// BenchmarkStudy10000 studies as many commits as a policy may let through, each
// signed. Run it with -cpu 1,2 to see it scale.
func BenchmarkStudy10000(b *testing.B) {
	const n = 10000
	var y strings.Builder
	y.WriteString("-- story.yml --\ncommits:\n")
	for i := range n {
		fmt.Fprintf(&y, "  - {author: '%s', key: claw, name: c%d}\n", claw, i)
	}
	sc, err := scenario.Parse([]byte(y.String()), nil, noFiles)
	if err != nil {
		b.Fatal(err)
	}
	p := testPolicy()
	b.ReportAllocs()
	for b.Loop() {
		if got := identity.Study(sc.Snapshot, p); got[n-1].State != identity.StateValid {
			b.Fatal(got[n-1])
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "commits/s")
}
