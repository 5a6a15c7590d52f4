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

// TestMovedWhileRead: somebody pushes while the plans are read. The snapshot is of
// the old head, and says so instead of passing for the new one.
func TestMovedWhileRead(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"head", "base"} {
		g, _ := withPolicy(t)
		g.Git("branch", "base")
		g.Commit("change", "a", "1")
		g.Git("branch", "change")
		o := collect.Options{Dir: g.Dir, Base: "base", Head: "change", Plans: func(*policy.Policy, int64) []collect.Plan {
			id := g.Commit("pushed meanwhile", "a", "2")
			g.Git("update-ref", "refs/heads/"+map[string]string{"head": "change", "base": "base"}[what], id)
			return nil
		}}
		onlyGap(t, local(t, o), checks.GapEvidence, "The "+what, "moved while it was read")
	}
}

func TestFullIdsDoNotMove(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	head := g.Commit("change", "a", "1")
	o := collect.Options{Dir: g.Dir, Base: base, Head: head, Plans: func(*policy.Policy, int64) []collect.Plan {
		g.Commit("pushed meanwhile", "a", "2")
		return nil
	}}
	if s := local(t, o); len(s.Gaps) != 0 {
		t.Errorf("%+v", s.Gaps)
	}
}

// TestEvidenceThroughALink: the change commits a link under the name that is read,
// to wherever the attacker could put bytes.
func TestEvidenceThroughALink(t *testing.T) {
	t.Parallel()
	forged := filepath.Join(t.TempDir(), "forged.json")
	if err := os.WriteFile(forged, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan.json", "ci/plan.json"} {
		g, base := withPolicy(t)
		link, target := g.Path("plan.json"), forged
		if name == "ci/plan.json" {
			link, target = g.Path("ci"), filepath.Dir(forged)
			name = "ci/forged.json"
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		g.Commit("change", "a", "1")
		s := local(t, collect.Options{Dir: g.Dir, Base: base, Evidence: []collect.EvidenceFile{{Question: checks.QuestionPlan, Name: g.Path(name)}}})
		if len(s.Gaps) != 1 || s.Gaps[0].Question != checks.QuestionPlan {
			t.Errorf("%s: %+v", name, s.Gaps)
		}
	}
}

// TestPolicyFileBehindALinkedFolder: ".." behind a link leads where the link leads,
// not where the text of the name does.
func TestPolicyFileBehindALinkedFolder(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	g.Commit("change", "infra/policy.yml", "version: 1\nmode: observe\n", "infra/real/x", "1")
	if err := os.Symlink("infra/real", g.Path("live")); err != nil {
		t.Fatal(err)
	}
	g.Commit("link")
	for _, name := range []string{g.Dir + "/live/../policy.yml", g.Dir + "/infra/policy.yml", g.Dir + "/./infra//real/../policy.yml"} {
		p := problem(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: name})
		if !strings.Contains(p.Message, "own judge") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestPolicyFileNewerThanTheHead: what is checked out can be newer than what is
// judged, and is the change's all the same.
func TestPolicyFileNewerThanTheHead(t *testing.T) {
	t.Parallel()
	g, base := withPolicy(t)
	head := g.Commit("change", "a", "1")
	g.Commit("newer", "mine.yml", "version: 1\nmode: observe\n")
	problem(t, collect.Options{Dir: g.Dir, Base: base, Head: head, PolicyFile: g.Path("mine.yml")})
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head, Evidence: []collect.EvidenceFile{{Question: checks.QuestionPlan, Name: g.Path("mine.yml")}}})
	if len(s.Gaps) != 1 {
		t.Errorf("%+v", s.Gaps)
	}
}

// TestPolicyFileThroughALink: the change turns the policy that is named into a link
// to a weaker one that base and head share.
func TestPolicyFileThroughALink(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	base := g.Commit("base", "policy/strict.yml", policyText, "examples/observe.yml", "version: 1\nmode: observe\n")
	if err := os.Remove(g.Path("policy/strict.yml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../examples/observe.yml", g.Path("policy/strict.yml")); err != nil {
		t.Fatal(err)
	}
	g.Commit("change", "a", "1")
	p := problem(t, collect.Options{Dir: g.Dir, Base: base, PolicyFile: g.Path("policy/strict.yml")})
	if p.Kind != checks.GapConfiguration || !strings.Contains(p.Message, "own judge") {
		t.Errorf("%+v", p)
	}
}

// TestEvidenceOfTheChange: a plan or a reviews file that the head commit carries
// was written by whoever made the change.
func TestEvidenceOfTheChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file string
		gaps       int
	}{
		{"committed by the change", "plan.json", 1},
		{"committed in a folder", "ci/plan.json", 1},
		{"on the base already", "old.json", 1},
		{"beside the change", "fresh.json", 0},
		{"a folder of the change", "ci", 1},
		{"none", "", 0},
		{"standard input", "-", 0},
	} {
		g := gittest.Init(t)
		base := g.Commit("base", collect.PolicyPath, policyText, "old.json", "{}")
		g.Commit("change", "plan.json", "{}", "ci/plan.json", "{}")
		g.Write("fresh.json", "{}")
		name := c.file
		if name != "" && name != "-" {
			name = g.Path(c.file)
		}
		s := local(t, collect.Options{Dir: g.Dir, Base: base, Evidence: []collect.EvidenceFile{{Question: checks.QuestionPlan, Name: name}}})
		if len(s.Gaps) != c.gaps || c.gaps > 0 && (s.Gaps[0].Question != checks.QuestionPlan || s.Gaps[0].Kind != checks.GapEvidence) {
			t.Errorf("%s: %+v", c.name, s.Gaps)
		}
	}
}
