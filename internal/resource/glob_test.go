package resource

import (
	"slices"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		glob, typ string
		want      bool
	}{
		{"aws_*", "aws_x", true},
		{"aws_*", "aws_", true},
		{"aws_*", "xaws_x", false},
		{"*", "", true},
		{"*", "a", true},
		{"**", "a_b", true},
		{"*_key", "aws_kms_key", true},
		{"*_key", "aws_key_x", false},
		{"a*b*c", "a_b_bc", true},
		{"a*b*c", "a_c_b", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"?", "", false},
		{"", "", true},
		{"a", "ab", false},
		{"*", "a/b", false},
		{"*", strings.Repeat("a", 201), false},
		{"*?", "a", true},
		{"?*", "a", true},
	} {
		if got := glob(tt.glob, tt.typ); got != tt.want {
			t.Errorf("%q and %q: %v, want %v", tt.glob, tt.typ, got, tt.want)
		}
	}
	// The worst that can be asked for.
	if glob(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 200)) {
		t.Error("there is no b")
	}
}

func TestSpread(t *testing.T) {
	for g, want := range map[string][]string{
		"a":          {"a"},
		"{a,b}":      {"a", "b"},
		"x_{a,}_{c}": {"x_a_c", "x__c"},
		"{a,b}{c,d}": {"ac", "ad", "bc", "bd"},
		"*{a,b*}?":   {"*a?", "*b*?"},
	} {
		if got, err := spread(g); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %v, %v", g, got, err)
		}
	}
	for _, g := range []string{"", "{", "a}", "a,b", "{a", "{a{b}}", "{a}{b}{c}", "{a}}", "a/b", "a b", strings.Repeat("a", 201)} {
		if got, err := spread(g); err == nil {
			t.Errorf("%q is taken: %v", g, got)
		}
	}
}
