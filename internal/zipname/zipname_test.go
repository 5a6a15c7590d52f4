package zipname

import (
	"strings"
	"testing"
)

func TestWrong(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plan.json", "a/b/c.tf", "größe.tf", "a b", strings.Repeat("x", MaxBytes)} {
		if why := Wrong(name, true); why != "" {
			t.Errorf("%q: %s", name, why)
		}
	}
	for _, c := range []struct {
		name, want string
		marked     bool
	}{
		{"", "empty", true},
		{strings.Repeat("x", MaxBytes+1), "long", true},
		{"a\nb", "control", true},
		{`a\b`, "backslash", true},
		{"größe.tf", "UTF-8", false},
		{"\xff", "UTF-8", true},
		{"c:plan", "drive", true},
		{"/plan", "absolute", true},
		{"a/../b", "climbs", true},
		{"./a", "climbs", true},
		{"a//b", "climbs", true},
		{"a/", "folder", true},
	} {
		if why := Wrong(c.name, c.marked); !strings.Contains(why, c.want) {
			t.Errorf("%q: %q, want %q", c.name, why, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{{"Plan.json", "plan.JSON"}, {"K", "k", "\u212a"}, {"ſ", "s", "S"}} {
		for _, s := range same[1:] {
			if Fold(s) != Fold(same[0]) {
				t.Errorf("%q and %q", same[0], s)
			}
		}
	}
	if Fold("a") == Fold("b") {
		t.Error("a is b")
	}
}
