package publish_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/publish"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t *testing.T, format string, v *checks.Verdict, o publish.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := publish.Write(format, &b, v, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs; -update writes it anew\n%s", file, d)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	ext := map[string]string{"json": "json", "sarif": "sarif", "junit": "xml", "markdown": "md", "github": "github.txt"}
	for name, v := range samples() {
		for format, e := range ext {
			if (name == "huge" || name == "hostile") && format == "json" {
				continue // the encoder's own work, and large
			}
			got := write(t, format, v, options())
			if name == "huge" && len(got) > 40_000 {
				got = fmt.Sprintf("%.20000s\n[%d bytes in all]\n", got, len(got))
			}
			golden(t, name+"."+e, got)
		}
		for _, w := range []int{40, 80, 120} {
			o := options()
			o.Width = w
			golden(t, fmt.Sprintf("%s.%d.txt", name, w), write(t, "terminal", v, o))
		}
	}
	o := options()
	o.Color = true
	golden(t, "refused.color.txt", write(t, "terminal", refused(), o))
	o.Color, o.ASCII = false, true
	golden(t, "refused.ascii.txt", write(t, "terminal", refused(), o))
}

// Publishing decides nothing and is the same every time.
func TestPublishingChangesNothing(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		before := samples()[name]
		for _, f := range publish.Formats() {
			first := write(t, f.Name, v, options())
			if d := cmp.Diff(before, v); d != "" {
				t.Fatalf("%s changes the verdict %s:\n%s", f.Name, name, d)
			}
			if again := write(t, f.Name, v, options()); again != first {
				t.Errorf("%s of %s differs the second time", f.Name, name)
			}
		}
	}
}

// Every format says the outcome, also when it leaves something out.
func TestEveryFormatSaysTheOutcome(t *testing.T) {
	t.Parallel()
	for name, v := range samples() {
		for _, f := range publish.Formats() {
			o := options()
			o.MaxBytes = 4096
			got := strings.ToLower(write(t, f.Name, v, o))
			if !strings.Contains(got, v.Outcome.String()) && !strings.Contains(got, publish.Word(v, v.Outcome)) {
				t.Errorf("%s of %s does not say %s:\n%.500s", f.Name, name, v.Outcome, got)
			}
		}
	}
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]publish.Target{
		"json": {Format: "json"}, "json=-": {Format: "json"}, "sarif=out.sarif": {Format: "sarif", File: "out.sarif"}, "junit=a=b": {Format: "junit", File: "a=b"},
	} {
		got, err := publish.ParseTarget(in)
		if err != nil || got != want {
			t.Errorf("ParseTarget(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "=", "xml", "JSON", "json=", "json ", "=x"} {
		if got, err := publish.ParseTarget(in); err == nil {
			t.Errorf("ParseTarget(%q) = %v", in, got)
		}
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	jsonFile, mdFile := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.md")
	if err := os.WriteFile(jsonFile, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o := options()
	o.Color = true
	v := refused()
	err := publish.Publish(&out, v, o, []publish.Target{{Format: "terminal"}, {Format: "json", File: jsonFile}, {Format: "markdown", File: mdFile}})
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != write(t, "terminal", v, o) {
		t.Error("standard output is not the terminal report")
	}
	want, _ := v.Encode()
	if got, _ := os.ReadFile(jsonFile); !bytes.Equal(got, want) {
		t.Errorf("json file: %.100s", got)
	}
	if fi, err := os.Stat(jsonFile); err != nil || fi.Mode().Perm() != 0o644 {
		t.Errorf("mode: %v %v", fi.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	termFile := filepath.Join(dir, "r.txt")
	if err := publish.Publish(&out, v, o, []publish.Target{{Format: "terminal", File: termFile}}); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(termFile); bytes.Contains(b, []byte("\x1b")) {
		t.Error("colours in a file")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteErrorsAreNotLost(t *testing.T) {
	t.Parallel()
	v := refused()
	for _, f := range publish.Formats() {
		if err := publish.Write(f.Name, brokenWriter{}, v, options()); err == nil {
			t.Errorf("%s: a write error is lost", f.Name)
		}
	}
	dir := t.TempDir()
	good := filepath.Join(dir, "ok.json")
	err := publish.Publish(brokenWriter{}, v, options(), []publish.Target{{Format: "terminal"}, {Format: "sarif", File: filepath.Join(dir, "no", "x")}, {Format: "json", File: good}})
	if err == nil || !strings.Contains(err.Error(), "disk full") || !strings.Contains(err.Error(), "no/x") {
		t.Errorf("errors: %v", err)
	}
	if _, err := os.Stat(good); err != nil {
		t.Error("one failed target keeps another from being written")
	}
	if err := publish.Publish(io.Discard, v, options(), []publish.Target{{Format: "json", File: good}, {Format: "sarif", File: dir + "/./ok.json"}}); err == nil {
		t.Error("two reports in one file")
	}
	if err := publish.WriteFile(dir, []byte("x")); err == nil {
		t.Error("a folder is replaced by a file")
	}
	if err := publish.WriteFile(os.DevNull, []byte("x")); err != nil {
		t.Errorf("the null device: %v", err)
	}
}

// A link in the place of the report is replaced, so that nobody is made to
// overwrite another file.
func TestWriteFileReplacesLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "report")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if err := publish.WriteFile(link, []byte("report")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(victim); string(b) != "precious" {
		t.Errorf("the link was followed: %s", b)
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	env := func(kv ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == k {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	for i, c := range []struct {
		env  func(string) string
		tty  bool
		want bool
	}{
		{env(), true, true},
		{env(), false, false},
		{env("NO_COLOR", "1"), true, false},
		{env("NO_COLOR", "", "TERM", "xterm"), true, true},
		{env("TERM", "dumb"), true, false},
		{env("CLICOLOR_FORCE", "1"), false, true},
		{env("CLICOLOR_FORCE", "0"), false, false},
		{env("CLICOLOR_FORCE", "1", "NO_COLOR", "1"), true, false},
	} {
		if got := publish.DetectColor(c.env, c.tty); got != c.want {
			t.Errorf("%d: colour %v", i, got)
		}
	}
	for i, c := range []struct {
		env  func(string) string
		want bool
	}{{env(), false}, {env("LANG", "C"), true}, {env("LANG", "C.UTF-8"), false}, {env("LC_ALL", "POSIX", "LANG", "de_DE.utf8"), true}} {
		if got := publish.DetectASCII(c.env); got != c.want {
			t.Errorf("%d: ascii %v", i, got)
		}
	}
}
