package codeowners_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/codeowners"
)

func names(owners []codeowners.Owner) string {
	var out []string
	for _, o := range owners {
		out = append(out, string(o.Kind)+" "+o.String())
	}
	return strings.Join(out, ", ")
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, owners string }{
		{"a @bob", "user @bob"},
		{"a @bob @acme/infra bob@example.com", "user @bob, team @acme/infra, email bob@example.com"},
		{"  a\t@bob  \r", "user @bob"},
		{"a @bob # @eve", "user @bob"},
		{"a @bob#@eve", "user @bob"},
		{"a @bob_acme @Bob-2", "user @bob_acme, user @Bob-2"},
		{"a o'brien+x@mail.example.com", "email o'brien+x@mail.example.com"},
		{"\ufeffa @bob", "user @bob"},
		{"a # nobody", ""},
		{"a", ""},
	} {
		f, problems := codeowners.Parse([]byte(c.line + "\n"))
		if len(problems) > 0 {
			t.Errorf("%q: %+v", c.line, problems)
			continue
		}
		owners, line := f.Owners("a")
		if got := names(owners); got != c.owners || line != 1 {
			t.Errorf("%q: %q of line %d, want %q", c.line, got, line, c.owners)
		}
	}
}

// TestP06BadLinesAreSkippedAndTold: a line that GitHub skips is skipped, whatever it
// would have said, and the lines around it stand.
func TestP06BadLinesAreSkippedAndTold(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"!a @bob", "[ab] @bob", "a] @bob", `\#a @bob`, "a#b @bob", "/ @bob", "./a @bob", "../a @bob", "a//b @bob", "// @bob",
		`a\`, `a\/b @bob`, "a\x00b @bob", "a\x1b[0m @bob", "a bob", "a @", "a @bob/", "a @/infra", "a @acme/a/b", "a @bob,@eve", "a bob@",
		"*@bob", "a*@acme/infra", "*\u00a0@bob", "a*\u3000bob # x", "a*\u2003", "a\u200b", "*\u0085", "/a\ufeff", "a a@b@c", "a @example.com", "a @bоb", "a @bob\r@eve", "a @bob @app[bot]", "a @bob\u00a0@eve", "^[Section] @bob",
		strings.Repeat("a", codeowners.MaxPattern+1) + " @bob",
	} {
		f, problems := codeowners.Parse([]byte("* @first\n" + bad + "\n/z @last\n"))
		if len(problems) != 1 || problems[0].Line != 2 || problems[0].Message == "" {
			t.Errorf("%q: %+v", bad, problems)
			continue
		}
		for path, want := range map[string]string{"a": "user @first", "z": "user @last"} {
			if owners, _ := f.Owners(path); names(owners) != want {
				t.Errorf("%q: %s is owned by %q", bad, path, names(owners))
			}
		}
	}
}

func TestLastMatchWins(t *testing.T) {
	t.Parallel()
	f, problems := codeowners.Parse([]byte(`# comment
*        @all @more
*.tf     @tf
/apps/   @apps
apps/web
*.md     # nobody
/apps/web/x.md @x

**/keep/ @keep
/apps/web @web
docs     @docs
/docs/api/ @api
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	type answer struct {
		Owners string
		Line   int
	}
	for path, want := range map[string]answer{
		"a":               {"user @all, user @more", 2},
		"a.tf":            {"user @tf", 3},
		"apps/a.tf":       {"user @apps", 4},
		"x/apps/a.tf":     {"user @tf", 3},
		"apps/web/a.tf":   {"user @web", 10},
		"apps/web":        {"user @web", 10},
		"README.md":       {"", 6},
		"apps/README.md":  {"", 6},
		"apps/keep/x.md":  {"user @keep", 9},
		"docs/keep/a":     {"user @docs", 11},
		"docs/api/v1/a":   {"user @api", 12},
		"docs/api":        {"user @docs", 11},
		"x/docs/api/v1/a": {"user @docs", 11},
	} {
		owners, line := f.Owners(path)
		if d := cmp.Diff(want, answer{names(owners), line}); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	if f, _ := codeowners.Parse([]byte("/a @a\n")); f == nil {
		t.Error("no file")
	} else if owners, line := f.Owners("b"); owners != nil || line != 0 {
		t.Error("nobody owns b")
	}
}

// TestP06TooLargeIsNoFile: what GitHub does not load must not look like a file in which
// nobody owns anything.
func TestP06TooLargeIsNoFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"bytes": "* @bob\n" + strings.Repeat("#", codeowners.MaxBytes),
		"lines": "* @bob\n" + strings.Repeat("\n", codeowners.MaxLines),
	} {
		if f, problems := codeowners.Parse([]byte(text)); f != nil || len(problems) != 1 || problems[0].Line != 0 {
			t.Errorf("%s: %+v", name, problems)
		}
	}
	if f, problems := codeowners.Parse(nil); f == nil || len(problems) > 0 {
		t.Error("an empty file is a file")
	}
}

// FuzzParse: no text and no path breaks the parser, and the index finds what trying
// every line finds.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"* @a\n*.tf @b\n", "docs/* @a\n/docs/**/ b@c.d # x\n", "a\\ b @x\n!c @y\n[d] @z\n", "**\n/a/b/\na\n"} {
		f.Add(s, "docs/a.tf")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		if len(text) > 1<<12 || len(path) > 1<<10 {
			return
		}
		file, problems := codeowners.Parse([]byte(text))
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(lines) || p.Message == "" {
				t.Fatalf("%+v", p)
			}
		}
		owners, line := file.Owners(path)
		want := 0
		for i, l := range lines {
			one, _ := codeowners.Parse([]byte(l))
			if _, n := one.Owners(path); n > 0 {
				want = i + 1
			}
		}
		if line != want || line == 0 && owners != nil {
			t.Fatalf("line %d, want %d", line, want)
		}
	})
}
