package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrustFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(fixtures + "/ok/every-key.yml")
	if err != nil {
		t.Fatal(err)
	}
	p := parseOK(t, string(text))
	want := []string{".claw/trust/allowed_signers", ".claw/trust/claude.pem", ".claw/trust/gittuf.pem", ".claw/trust/trusted_root.json"}
	if d := cmp.Diff(want, p.TrustFiles()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := parseOK(t, "version: 1\n").TrustFiles(); len(got) != 0 {
		t.Errorf("the smallest policy refers to %q", got)
	}
	var zero Policy
	if got := zero.TrustFiles(); len(got) != 0 {
		t.Errorf("the zero policy refers to %q", got)
	}
	twice := Policy{Provenance: Provenance{AllowedSigners: "b", TrustedRoots: []string{"b", PublicGood, "a"}}}
	if d := cmp.Diff([]string{"a", "b"}, twice.TrustFiles()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Whoever could change whom to trust without the gate owners would be trusted next.
func TestTrustFilesAreGateFiles(t *testing.T) {
	t.Parallel()
	p := parseOK(t, `version: 1
agents: [{id: a, keys: [{file: keys/a.pem}]}]
gate_files: [Makefile]
provenance:
  allowed_signers: "keys/all (old).txt"
  trusted_roots: [public-good, trust/root.json]
  directory: evidence
  attestors: [{id: forge, keys: [{file: keys/forge.pem}]}]
`)
	for _, path := range append(p.TrustFiles(), "keys/a.pem/x", "trust/root.json/a/b") {
		if !p.GateFile(path) {
			t.Errorf("%q is no gate file", path)
		}
	}
	for _, path := range []string{"keys/a.pem2", "keys", "keys/b.pem", "trust/root_json", "KEYS/a.pem", "public-good", "evidence/0.json", "evidence", DefaultDirectory + "/0.json"} {
		if p.GateFile(path) {
			t.Errorf("%q is a gate file", path)
		}
	}
	// A list that somebody emptied takes nothing away.
	p.GateFiles = nil
	if !p.GateFile("keys/a.pem") {
		t.Error("without gate_files a key is no gate file")
	}
	person := Policy{People: []Person{{ID: "alice", Keys: []Key{{File: "keys/alice.pem"}}}}}
	if !person.GateFile("keys/alice.pem") {
		t.Error("a person's key file is no gate file")
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"evidence", ".claw/attestations", "docs/attestations", "a/.github", "x y", "github"} {
		if p := parseOK(t, fmt.Sprintf("version: 1\nprovenance: {directory: %q}\n", folder)); p.Provenance.Directory != folder {
			t.Errorf("%q was read as %q", folder, p.Provenance.Directory)
		}
	}
	for _, folder := range []string{
		".", "..", "./a", "a/../b", "/a", "a/", "a//b", `a\b`, "a*", "a?", "[a]", "{a,b}", ".git", "a/.GIT/b",
		".github", ".github/attestations", ".GitHub", ".github/workflows", "docs", "DOCS", "CODEOWNERS", "CODEOWNERS/a",
		"docs/CODEOWNERS", ".gitmodules", "action.yml", "x/action.yaml", "x/.gitattributes", "x/action.yml/y",
	} {
		text := fmt.Sprintf("version: 1\nprovenance: {directory: %q}\n", folder)
		if strings.Contains(folder, `\`) {
			text = fmt.Sprintf("version: 1\nprovenance: {directory: '%s'}\n", folder)
		}
		if p, _ := Parse(text, known); p != nil {
			t.Errorf("%q is taken as the folder of attestations", folder)
		}
	}
}

// The registry fills in the names; a program without them must not refuse the
// policy that another one accepts.
func TestMarkersWithoutNames(t *testing.T) {
	t.Parallel()
	const text = "version: 1\nprovenance: {markers: {ignore: [Something]}}\n"
	if p, _ := Parse(text, Known{}); p == nil {
		t.Error("refused, though no names are known")
	}
	if p, _ := Parse(text, known); p != nil {
		t.Error("an unknown name is accepted")
	}
}

// Every short path and ref of awkward letters: what the parser takes, the schema
// takes, and it comes back as it was.
func TestShortPathsAndRefs(t *testing.T) {
	t.Parallel()
	const letters = `a/.*\~ `
	words := []string{""}
	for n, from := 0, 0; n < 3; n++ {
		to := len(words)
		for _, w := range words[from:to] {
			for _, c := range letters {
				words = append(words, w+string(c))
			}
		}
		from = to
	}
	taken := map[string]int{}
	for _, w := range words {
		for name, text := range map[string]string{
			"folder": fmt.Sprintf("version: 1\nprovenance: {directory: '%s'}\n", w),
			"file":   fmt.Sprintf("version: 1\nprovenance: {allowed_signers: '%s'}\n", w),
			"root":   fmt.Sprintf("version: 1\nprovenance: {trusted_roots: '%s'}\n", w),
			"ref":    fmt.Sprintf("version: 1\nagents: [{id: a, identities: [{issuer: 'https://i', subject: s, source_ref: 'refs/%s'}]}]\n", w),
		} {
			p, _ := Parse(text, known)
			if p == nil {
				continue
			}
			taken[name]++
			if err := schemaAccepts(t, text); err != nil {
				t.Errorf("the schema refuses %s: %v", text, err)
			}
			out, err := p.Effective()
			if err != nil {
				t.Fatal(err)
			}
			if again, problems := Parse(string(out), known); cmp.Diff(p, again) != "" {
				t.Errorf("%s comes back otherwise: %v", text, problems)
			}
		}
	}
	for _, name := range []string{"folder", "file", "root", "ref"} {
		if n := taken[name]; n < 10 || n > len(words)/2 {
			t.Errorf("%s: %d of %d words are taken", name, n, len(words))
		}
	}
}
