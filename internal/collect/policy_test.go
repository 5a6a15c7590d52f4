package collect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	link := func(g *gittest.Repo, target string) string {
		g.Git("rm", "-q", "--cached", "--ignore-unmatch", collect.PolicyPath)
		g.Entry("120000", collect.PolicyPath, target)
		return g.CommitIndex("link")
	}
	t.Run("nowhere", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", "a", "0")
		g.Commit("c", "a", "1")
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		onlyGap(t, s, checks.GapConfiguration, "There is no policy", "claw-verified init")
	})
	t.Run("only in the change", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", "a", "0")
		g.Commit("c", collect.PolicyPath, policyText)
		s := local(t, collect.Options{Dir: g.Dir, Base: base})
		onlyGap(t, s, checks.GapConfiguration, "A change cannot bring its own judge")
		if s.Policy.Text != nil || s.Policy.Head != nil {
			t.Error("the change's policy is taken")
		}
	})
	t.Run("a link at the base", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		g.Entry("100644", "a", policyText)
		base := link(g, "../a")
		g.CommitIndex("c")
		onlyGap(t, local(t, collect.Options{Dir: g.Dir, Base: base}), checks.GapConfiguration, "symbolic link", "regular file")
	})
	t.Run("empty at the base", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, "")
		g.Commit("c", "a", "1")
		onlyGap(t, local(t, collect.Options{Dir: g.Dir, Base: base}), checks.GapConfiguration, "is empty")
	})
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, strings.Repeat("#", collect.MaxPolicyBytes+1))
		g.Commit("c", "a", "1")
		onlyGap(t, local(t, collect.Options{Dir: g.Dir, Base: base}), checks.GapConfiguration, "too large")
	})
	for name, edit := range map[string]func(*gittest.Repo) string{
		"edited":  func(g *gittest.Repo) string { g.Commit("c", collect.PolicyPath, otherPolicy); return otherPolicy },
		"deleted": func(g *gittest.Repo) string { g.Git("rm", "-q", collect.PolicyPath); g.CommitIndex("c"); return "" },
		"linked":  func(g *gittest.Repo) string { link(g, "a"); return "" },
	} {
		t.Run(name+" by the change", func(t *testing.T) {
			t.Parallel()
			g, base := withPolicy(t)
			want := edit(g)
			s := local(t, collect.Options{Dir: g.Dir, Base: base})
			if string(s.Policy.Text) != policyText || s.Policy.Commit != base || s.Policy.Head == nil || string(*s.Policy.Head) != want {
				t.Errorf("policy %+v", s.Policy)
			}
			if len(s.Gaps) > 0 {
				t.Errorf("gaps %+v", s.Gaps)
			}
		})
	}
	// The base got another policy after the change left it: a merge keeps it.
	t.Run("edited at the base meanwhile", func(t *testing.T) {
		t.Parallel()
		g, fork := withPolicy(t)
		g.Git("checkout", "-q", "-b", "change")
		g.Commit("c", "a", "1")
		g.Git("checkout", "-q", "-b", "ahead", fork)
		g.Commit("newer", collect.PolicyPath, otherPolicy)
		s := local(t, collect.Options{Dir: g.Dir, Base: "ahead", Head: "change"})
		if string(s.Policy.Text) != otherPolicy || s.Policy.Head != nil || s.MergeBase != fork {
			t.Errorf("policy %+v, merge base %s", s.Policy, s.MergeBase)
		}
	})
}

func TestPolicyFile(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	g.Commit("c", "mine.yml", otherPolicy, "a", "1")
	outside := filepath.Join(t.TempDir(), "policy.yml")
	if err := os.WriteFile(outside, []byte(otherPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	s := local(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: outside})
	if s.Policy.Origin != checks.PolicyFromFile || string(s.Policy.Text) != otherPolicy || s.Policy.Commit != "" || s.Policy.Head != nil {
		t.Errorf("policy %+v", s.Policy)
	}
	// Laid into the checkout by whoever runs the command, or the same at the base.
	g.Write("untracked.yml", otherPolicy)
	for _, ok := range []string{g.Path("untracked.yml"), g.Path(collect.PolicyPath)} {
		if s := local(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: ok}); s.Policy.Origin != checks.PolicyFromFile {
			t.Errorf("%s: policy %+v", ok, s.Policy)
		}
	}
	// The change's own, also by a detour.
	detour := filepath.Join(t.TempDir(), "link.yml")
	if err := os.Symlink(g.Path("mine.yml"), detour); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{g.Path("mine.yml"), g.Dir + "/.git/../mine.yml", detour} {
		p := problem(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: bad})
		if !strings.Contains(p.Message, "cannot bring its own judge") {
			t.Errorf("%s: %v", bad, p)
		}
	}
}

func TestLimitsOfABrokenPolicy(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", collect.PolicyPath, "version: 1\nlimits: {commits: 1, plan_size: 1}\nnonsense: true\n")
	g.Commit("c", "a", "1")
	g.Commit("d", "a", "2")
	var asked int64
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Plans: func(_ *policy.Policy, n int64) []collect.Plan { asked = n; return nil }})
	if len(s.Commits) != 2 || len(s.Gaps) > 0 || asked != int64(policy.DefaultPlanSize) {
		t.Errorf("%d commits, gaps %+v, plans of %d bytes", len(s.Commits), s.Gaps, asked)
	}
}
