package collect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// TestProofs: a commit that does nothing but bring evidence along is known for one,
// and nothing else is, however it is dressed up.
func TestProofs(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("ab", 20)
	const policy = "version: 1\ngate_files: [proofs/gate/**]\nprovenance:\n  trusted_roots: [proofs/proof_bundle_root.json]\nplan:\n  paths: [proofs/plan/**]\n"
	add := func(paths ...string) func(*gittest.Repo) {
		return func(g *gittest.Repo) {
			for _, p := range paths {
				g.Entry("100644", p, "x")
			}
		}
	}
	entry := func(mode, path string) func(*gittest.Repo) {
		return func(g *gittest.Repo) { g.Entry(mode, path, map[bool]string{true: id, false: "x"}[mode == "160000"]) }
	}
	drop := func(path string) func(*gittest.Repo) {
		return func(g *gittest.Repo) { g.Git("rm", "-q", "--cached", path) }
	}
	for name, c := range map[string]struct {
		do   []func(*gittest.Repo)
		want []checks.Path // of a commit that has only proofs
	}{
		"an attestation":          {do: []func(*gittest.Repo){add(folder + id + ".json")}, want: []checks.Path{folder + checks.Path(id) + ".json"}},
		"several":                 {do: []func(*gittest.Repo){add("proofs/z/commit.sig.json", folder+id+".sig.json", folder+id+".jsonl")}, want: []checks.Path{folder + checks.Path(id) + ".jsonl", folder + checks.Path(id) + ".sig.json", "proofs/z/commit.sig.json"}},
		"claw's":                  {do: []func(*gittest.Repo){add("proofs/commit.sig.json", "proofs/a/b/my_proof_bundle-2.json")}, want: []checks.Path{"proofs/a/b/my_proof_bundle-2.json", "proofs/commit.sig.json"}},
		"nothing":                 {},
		"and something else":      {do: []func(*gittest.Repo){add(folder+id+".json", "main.go")}},
		"an edit":                 {do: []func(*gittest.Repo){add("proofs/old/commit.sig.json")}}, // is there before, with another text
		"a deletion":              {do: []func(*gittest.Repo){drop("proofs/old/commit.sig.json")}},
		"a move":                  {do: []func(*gittest.Repo){drop("proofs/old/commit.sig.json"), add("proofs/new/commit.sig.json")}},
		"a file becomes a folder": {do: []func(*gittest.Repo){drop("proofs/file"), add("proofs/file/commit.sig.json")}},
		"a link":                  {do: []func(*gittest.Repo){entry("120000", folder+id+".json")}},
		"a program":               {do: []func(*gittest.Repo){entry("100755", folder+id+".json")}},
		"a submodule":             {do: []func(*gittest.Repo){entry("160000", "proofs/commit.sig.json")}},
		"a folder deeper":         {do: []func(*gittest.Repo){add(folder + "x/" + id + ".json")}},
		"no commit's name":        {do: []func(*gittest.Repo){add(folder + "settings.json")}},
		"upper case":              {do: []func(*gittest.Repo){add(folder + strings.ToUpper(id) + ".json")}},
		"a short id":              {do: []func(*gittest.Repo){add(folder + id[:39] + ".json")}},
		"another ending":          {do: []func(*gittest.Repo){add(folder + id + ".sh")}},
		"no ending":               {do: []func(*gittest.Repo){add(folder + id)}},
		"terraform":               {do: []func(*gittest.Repo){add("proofs/live/proof_bundle.tf.json")}},
		"terraform's variables":   {do: []func(*gittest.Repo){add(folder + id + ".auto.tfvars.json")}},
		"a plan's file":           {do: []func(*gittest.Repo){add("proofs/plan/commit.sig.json")}},
		"a gate file":             {do: []func(*gittest.Repo){add("proofs/gate/commit.sig.json")}},
		"a trusted root":          {do: []func(*gittest.Repo){add("proofs/proof_bundle_root.json")}},
		"proofs elsewhere":        {do: []func(*gittest.Repo){add("x/proofs/commit.sig.json")}},
		"another folder":          {do: []func(*gittest.Repo){add("Proofs/commit.sig.json")}},
		"a look-alike":            {do: []func(*gittest.Repo){add("proofs/xcommit.sig.json")}},
		"a line break":            {do: []func(*gittest.Repo){add("proofs/commit.sig.json\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t)
			g.Entry("100644", collect.PolicyPath, policy)
			g.Entry("100644", "proofs/old/commit.sig.json", "old")
			g.Entry("100644", "proofs/file", "x")
			g.Entry("100644", "a", "0")
			base := g.CommitIndex("base")
			g.Git("tag", "root", base)
			for _, do := range c.do {
				if name == "an edit" {
					g.Entry("100644", "proofs/old/commit.sig.json", "new")
					break
				}
				do(g)
			}
			g.CommitIndex("the commit")
			s := local(t, collect.Options{Dir: g.Dir, Base: base, Attestations: []checks.Attestation{{Carrier: checks.CarrierFile, Name: "f", Body: checks.Bytes("{}")}}})
			if d := cmp.Diff(c.want, s.Commits[0].Proofs); d != "" {
				t.Errorf("(-want +got) %s", d)
			}
		})
	}
}

// TestProofsNeedOneParent: a merge, and a commit without parents, is more than what
// it adds to its first parent.
func TestProofsNeedOneParent(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, "version: 1\n", "a", "0")
	tree := func() string { return g.Git("rev-parse", "HEAD^{tree}") }
	g.Commit("proof", "proofs/commit.sig.json", "x")
	with := tree()
	g.Git("reset", "-q", "--hard", base)
	side := g.Commit("side", "b", "1")
	merge := g.CommitTree(with, "merge", base, side) // drops b, and adds a proof to its first parent
	g.Git("rm", "-q", "-r", "--cached", ".")
	g.Entry("100644", "proofs/commit.sig.json", "x")
	root := g.CommitTree(g.Git("write-tree"), "root")
	head := g.CommitTree(with, "head", merge, root)
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head})
	if len(s.Commits) != 4 || len(s.Attestations) != 1 {
		t.Fatalf("%d commits, %d attestations", len(s.Commits), len(s.Attestations))
	}
	for _, c := range s.Commits {
		if len(c.Proofs) > 0 {
			t.Errorf("%s %q has %q", c.ID, c.Object, c.Proofs)
		}
	}
}
