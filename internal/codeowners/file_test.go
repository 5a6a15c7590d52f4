package codeowners

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestOwnersIsTheLastRuleThatMatches: what is found by name, or once for many folders of
// one name, is what trying every rule finds.
func TestOwnersIsTheLastRuleThatMatches(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{"a", "b", "a*", "*b", "?", "*", "**", "a*b", "*a*", "ab", "é?"})
	name := rapid.SampledFrom([]string{"a", "b", "ab", "aab", "é", "éa", "."})
	rapid.Check(t, func(rt *rapid.T) {
		f := newFile()
		for n := range rapid.IntRange(1, 8).Draw(rt, "rules") {
			text := strings.Join(rapid.SliceOfN(part, 1, 3).Draw(rt, "pattern"), "/")
			text = rapid.SampledFrom([]string{"", "/"}).Draw(rt, "before") + text + rapid.SampledFrom([]string{"", "/"}).Draw(rt, "after")
			p, wrong := compile(text)
			if wrong != "" {
				rt.Fatalf("%q: %s", text, wrong)
			}
			f.add(rule{pattern: p, line: n + 1})
		}
		path := rapid.SliceOfN(name, 1, 6).Draw(rt, "path")
		want := 0
		for _, r := range f.rules {
			if r.pattern.matches(path) {
				want = r.line
			}
		}
		if _, line := f.Owners(strings.Join(path, "/")); line != want {
			rt.Fatalf("%q: line %d, want %d", path, line, want)
		}
	})
}

// BenchmarkDeepPaths: whoever makes the paths chooses how many folders they have. An
// operation is a hundred paths against a hundred patterns.
func BenchmarkDeepPaths(b *testing.B) {
	deep := strings.Repeat("a/", 2040)
	var many strings.Builder // as many different names as a path can have
	for n := 0; many.Len() < 4080; n++ {
		fmt.Fprintf(&many, "%x/", n)
	}
	for _, c := range []struct{ name, pattern, dir string }{
		{"one name", "*.x%d @bob\n", deep},
		{"different names", "*.x%d @bob\n", many.String()},
		{"a long path beside them", "*.x%d @bob\n/live/modules/vpc%[1]d @bob\n", deep},
		{"two names", "**/m*/y%d* @bob\n", deep},
	} {
		var lines strings.Builder
		for n := range 100 {
			fmt.Fprintf(&lines, c.pattern, n)
		}
		f, problems := Parse([]byte(lines.String()))
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				for n := range 100 {
					if owners, line := f.Owners(fmt.Sprintf("%sf%d", c.dir, n)); owners != nil || line != 0 {
						b.Fatalf("line %d", line)
					}
				}
			}
		})
	}
}
