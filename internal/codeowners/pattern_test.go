package codeowners_test

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/codeowners"
)

// owned reports whether the one pattern matches the path.
func owned(t *testing.T, pattern, path string) bool {
	t.Helper()
	f, problems := codeowners.Parse([]byte(pattern + " @o\n"))
	if len(problems) > 0 {
		t.Fatalf("%q: %+v", pattern, problems)
	}
	_, line := f.Owners(path)
	return line == 1
}

// TestPatterns: each pattern with what it matches and what it does not.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, yes, no string }{
		{"*", "a a/b a/b/c .x", ""},
		{"**", "a a/b a/b/c", ""},
		{"/**", "a a/b", ""},
		{"**/", "a a/b", ""},
		{"**/*", "a a/b a/b/c", ""},
		{"*.tf", "a.tf x/a.tf x/y/a.tf .tf mod.tf/README", "a.tfvars a.TF"},
		{"apps", "apps apps/a x/apps x/apps/a", "apps2 xapps x/apps2/a Apps"},
		{"/apps", "apps apps/a apps/b/c", "x/apps x/apps/a apps2"},
		{"apps/", "apps/a x/apps/a x/apps/b/c", "apps x/apps apps2/a"},
		{"/apps/", "apps/a apps/b/c", "apps x/apps/a"},
		{"apps/web", "apps/web apps/web/a", "x/apps/web apps/website apps"},
		{"apps/web/", "apps/web/a apps/web/a/b", "apps/web x/apps/web/a"},
		{"docs/*", "docs/a docs/.a", "docs docs/a/b x/docs/a"},
		{"/*", "a .a", "a/b a/b/c"},
		{"/*/", "a/b a/b/c", "a"},
		{"*/", "a/b x/a/b", "a"},
		{"docs/*/", "docs/a/b docs/a/b/c", "docs/a a/b"},
		{"docs/*.md", "docs/a.md docs/a.md/b", "docs/a/b.md x/docs/a.md"},
		{"docs/a*", "docs/a docs/ab docs/ab/c", "docs/b"},
		{"/f*", "f foo foo/a", "x/foo a/f"},
		{"foo/*/bar", "foo/a/bar foo/a/bar/b", "foo/bar foo/a/b/bar"},
		{"foo/**", "foo/a foo/a/b", "foo x/foo/a"},
		{"foo/**/", "foo/a foo/a/b", "foo x/foo/a"},
		{"**/foo", "foo x/foo x/y/foo/a", "food"},
		{"**/foo/bar", "foo/bar x/foo/bar x/foo/bar/a", "foo/x/bar"},
		{"foo/**/bar", "foo/bar foo/x/bar foo/x/y/bar/a", "x/foo/bar foo/xbar"},
		{"foo/**/bar/b*", "foo/bar/b foo/x/bar/bz", "foo/bar foo/bar/c"},
		{"**/a/**/b", "a/b x/a/y/a/z/b a/a/b/c", "b a ab b/a"},
		{"foo/**/*", "foo/a foo/a/b", "foo"},
		{"a**b", "ab axb x/axxb", "a/b"},
		{"/a**/b", "a/b axx/b", "b x/a/b"},
		{"f?o", "foo fxo x/fxo/a föo f\xffo", "fo fooo f/o"},
		{"?", "a é", "ab"},
		{`f\*o`, "f*o", "foo"},
		{`f\?o`, "f?o", "foo"},
		{`\!x`, "!x", "x"},
		{`\[x\]`, "[x]", "x"},
		{`a\\b`, `a\b`, "ab"},
		{"a!b", "a!b", ""},
		{"{a,b}", "{a,b}", "a b"},
		{"*a*a*a*", "aaa xaxaxax", "aa a"},
	} {
		for p := range strings.FieldsSeq(c.yes) {
			if !owned(t, c.pattern, p) {
				t.Errorf("%s does not match %s", c.pattern, p)
			}
		}
		for p := range strings.FieldsSeq(c.no) {
			if owned(t, c.pattern, p) {
				t.Errorf("%s matches %s", c.pattern, p)
			}
		}
	}
	if !owned(t, `a\ b`, "x/a b/c") || owned(t, `a\ b`, "a") {
		t.Error("an escaped space is not a space")
	}
}

// TestMatchingIsLinear: patterns that make a backtracking matcher take for ever.
func TestMatchingIsLinear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, path string }{
		{strings.Repeat("*a", 1500) + "b", strings.Repeat("a", 4000)},
		{strings.Repeat("**/a/", 800) + "b", strings.Repeat("a/", 2000) + "c"},
		{strings.Repeat("**/*a*a/", 400) + "b", strings.Repeat("aaaa/", 800) + "c"},
	} {
		if owned(t, c.pattern, c.path) {
			t.Errorf("%.40s… matches", c.pattern)
		}
	}
}
