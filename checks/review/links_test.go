package review

import (
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

// TestLeadsElsewhere: links and submodules by the type of their mode alone, now or
// before; a mode that cannot be read counts as one.
func TestLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, old string
		want      bool
	}{
		{"100644", "100644", false},
		{"100755", "000000", false},
		{"000000", "100644", false},
		{"100644", "", false},
		{"120000", "000000", true},
		{"160000", "160000", true},
		{"000000", "120000", true},
		{"100644", "160000", true},
		{"120644", "", true},
		{"160755", "", true},
		{"link", "", true},
		{"40000", "", true},
	} {
		if got := leadsElsewhere(&checks.File{Mode: c.mode, OldMode: c.old}); got != c.want {
			t.Errorf("%q, before %q: %v", c.mode, c.old, got)
		}
	}
}
