package policy

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	for _, folder := range []string{"ok", "bad"} {
		for _, path := range fixtureFiles(f, folder) {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Add(Starter())
	f.Fuzz(func(t *testing.T, text string) {
		p, problems := Lint(text, known, now)
		again, problemsAgain := Lint(text, known, now)
		if d := cmp.Diff(problems, problemsAgain); d != "" {
			t.Fatalf("two readings differ:\n%s", d)
		}
		wrong := false
		for i, pr := range problems {
			if pr.Message == "" || pr.Line < 0 || pr.Column < 0 || (pr.Line == 0) != (pr.Column == 0) {
				t.Errorf("no proper problem: %+v", pr)
			}
			if !pr.Warning {
				wrong = true
				if pr.Hint == "" {
					t.Errorf("no hint: %s", pr)
				}
			}
			if i > 0 && pr.Line < problems[i-1].Line {
				t.Error("not in the order of the file")
			}
			for _, c := range pr.String() {
				if c < 0x20 || c == 0x7f || c == '\u2028' || c == '\u202e' {
					t.Errorf("a control character in a message: %q", pr.String())
				}
			}
		}
		if (p == nil) != wrong {
			t.Fatalf("policy %v with problems %v", p != nil, problems)
		}
		if p == nil {
			return
		}
		if d := cmp.Diff(p, again); d != "" {
			t.Fatalf("two readings differ:\n%s", d)
		}
		if err := schemaAccepts(t, text); err != nil {
			t.Errorf("the schema refuses what the parser accepts: %v", err)
		}
		out, err := p.Effective()
		if err != nil {
			t.Fatal(err)
		}
		round, more := Parse(string(out), known)
		if round == nil {
			t.Fatalf("the effective policy is refused: %v\n%s", more, out)
		}
		if d := cmp.Diff(p, round); d != "" {
			t.Errorf("the effective policy is another one:\n%s", d)
		}
		if second, err := round.Effective(); err != nil || !bytes.Equal(out, second) {
			t.Errorf("written twice, it differs: %v", err)
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("plan.*", "plan.delete")
	f.Add(`a[0].{b,c}\`, "a[0].b")
	f.Add("**/*.tf", "\xff/x.tf")
	f.Fuzz(func(t *testing.T, glob, name string) {
		if len(glob) > 200 || len(name) > 1000 {
			return
		}
		MatchPath([]string{glob}, name)
		if !MatchName(glob, name) && glob == name {
			t.Errorf("%q does not match itself", glob)
		}
		if !MatchName("*", name) {
			t.Errorf("* does not match %q", name)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile(fixtures + "/ok/one-screen.yml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if p, problems := Parse(string(text), known); p == nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkGateFile(b *testing.B) {
	p, _ := Parse("version: 1\n", known)
	for b.Loop() {
		p.GateFile("src/some/ordinary/path/of/a/file.go")
		p.NeedsPlan("src/some/ordinary/path/of/a/file.go")
	}
}
