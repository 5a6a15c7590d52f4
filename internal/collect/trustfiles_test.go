package collect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const trustPolicy = `version: 1
provenance:
  allowed_signers: keys/allowed_signers
  trusted_roots: [public-good, keys/root.json]
agents:
  - id: claw
    emails: [claw@agents.example]
    keys: [{file: keys/claw.pem}]
`

// trust lists the trust files of a snapshot, after their digests were checked.
func trust(tb testing.TB, s *checks.Snapshot) map[string]string {
	tb.Helper()
	out := map[string]string{}
	last := ""
	for _, f := range s.Trust {
		if len(f.Digest) != len("sha256:")+64 || string(f.Path) <= last {
			tb.Errorf("%+v after %q", f, last)
		}
		out[string(f.Path)], last = string(f.Text), string(f.Path)
	}
	return out
}

// TestTrustComesFromTheBase: the change edits every file that says whom to trust,
// in the commit and in the work tree; what the base has counts.
func TestTrustComesFromTheBase(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, trustPolicy, "keys/allowed_signers", "a", "keys/root.json", "{}", "keys/claw.pem", "PEM", "keys/other", "x")
	g.Commit("evil", "keys/allowed_signers", "evil", "keys/root.json", "evil", "keys/claw.pem", "evil")
	g.Write("keys/root.json", "evil, too")
	want := map[string]string{"keys/allowed_signers": "a", "keys/claw.pem": "PEM", "keys/root.json": "{}"}
	s := local(t, collect.Options{Dir: g.Dir, Base: base})
	if d := cmp.Diff(want, trust(t, s)); d != "" || len(s.Gaps) > 0 {
		t.Errorf("%s %+v", d, s.Gaps)
	}
	// A policy from elsewhere speaks of the same files.
	out := filepath.Join(t.TempDir(), "policy.yml")
	if err := os.WriteFile(out, []byte(trustPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	s = local(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: out})
	if d := cmp.Diff(want, trust(t, s)); d != "" || len(s.Gaps) > 0 {
		t.Errorf("%s %+v", d, s.Gaps)
	}
}

func TestTrustThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*gittest.Repo)
		words  []string
	}{
		"missing":            {func(*gittest.Repo) {}, []string{"no such file at the base", "keys/claw.pem", "Merge the file"}},
		"too large":          {func(g *gittest.Repo) { g.Entry("100644", "keys/claw.pem", strings.Repeat("x", 1<<20+1)) }, []string{"too large", "at most 1 MiB"}},
		"a link":             {func(g *gittest.Repo) { g.Entry("120000", "keys/claw.pem", "root.json") }, []string{"symbolic link", "regular file"}},
		"a folder":           {func(g *gittest.Repo) { g.Entry("100644", "keys/claw.pem/x", "x") }, []string{"directory", "regular file"}},
		"only in the change": {nil, []string{"no such file at the base", "Merge the file"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t)
			g.Entry("100644", collect.PolicyPath, trustPolicy)
			g.Entry("100644", "keys/allowed_signers", "a")
			g.Entry("100644", "keys/root.json", "{}")
			if c.change != nil {
				c.change(g)
			}
			base := g.CommitIndex("base")
			g.Entry("100644", "a", "1")
			if c.change == nil {
				g.Entry("100644", "keys/claw.pem", "mine")
			}
			g.CommitIndex("change")
			s := local(t, collect.Options{Dir: g.Dir, Base: base})
			if len(s.Gaps) != 1 || s.Gaps[0].Question != checks.QuestionProvenance || s.Gaps[0].Kind != checks.GapConfiguration {
				t.Fatalf("%+v", s.Gaps)
			}
			for _, w := range c.words {
				if !strings.Contains(s.Gaps[0].Message+" "+s.Gaps[0].Remedy, w) {
					t.Errorf("%+v does not say %q", s.Gaps[0], w)
				}
			}
			if d := cmp.Diff(map[string]string{"keys/allowed_signers": "a", "keys/root.json": "{}"}, trust(t, s)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestMuchTrust: what the policy refers to is bounded together, too.
func TestMuchTrust(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	var p strings.Builder
	p.WriteString("version: 1\nprovenance:\n  trusted_roots:\n")
	for i := range 10 {
		name := "roots/" + string(rune('a'+i)) + ".json"
		p.WriteString("    - " + name + "\n")
		g.Write(name, strings.Repeat(string(rune('a'+i)), 1<<20))
	}
	base := g.Commit("base", collect.PolicyPath, p.String())
	g.Commit("change", "a", "1")
	s := local(t, collect.Options{Dir: g.Dir, Base: base})
	if len(s.Trust) != 8 || len(s.Gaps) != 2 {
		t.Errorf("%d files, %d gaps: %+v", len(s.Trust), len(s.Gaps), s.Gaps)
	}
}
