package collect_test

import (
	"crypto/sha1" //nolint:gosec // git's ids
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// planOf is a plan that was read from a file with this content.
func planOf(name, content string) func(*policy.Policy, int64) []collect.Plan {
	object := fmt.Appendf(nil, "blob %d\x00%s", len(content), content)
	one, two := sha1.Sum(object), sha256.Sum256(object) //nolint:gosec // git's ids
	return func(*policy.Policy, int64) []collect.Plan {
		return []collect.Plan{{Plan: checks.Plan{Source: name}, Blobs: []collect.Blob{{Name: name, SHA1: hex.EncodeToString(one[:]), SHA256: hex.EncodeToString(two[:])}}}}
	}
}

// TestCopiedEvidence: a plan that the change brings is none, by whatever name it is
// given: a copy, a hard link, a renamed file, standard input.
func TestCopiedEvidence(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		g := gittest.Init(t, "--object-format="+format)
		base := g.Commit("base", collect.PolicyPath, "version: 1\n", "old.json", "old")
		head := g.Commit("change", "deep/er/plan.json", "forged")
		g.Commit("newer, and checked out", "newer.json", "newer")
		for _, tt := range []struct{ name, content, want string }{
			{"/elsewhere/p.json", "forged", "/elsewhere/p.json is the same as deep/er/plan.json"},
			{"/elsewhere/p.json", "old", "the same as old.json"},
			{"/elsewhere/p.json", "newer", "the same as newer.json"},
			{"-", "forged", "The plan on standard input is the same as deep/er/plan.json"},
			{"/elsewhere/p.json", "fresh", ""},
			{g.Path("deep/er/plan.json"), "forged", "a file or a link of the head commit"}, // told once
		} {
			s := local(t, collect.Options{
				Dir: g.Dir, Base: base, Head: head, Plans: planOf(tt.name, tt.content),
				Evidence: []collect.EvidenceFile{{Question: checks.QuestionPlan, Name: tt.name}},
			})
			if tt.want == "" {
				if len(s.Gaps) != 0 {
					t.Errorf("%+v", s.Gaps)
				}
				continue
			}
			if len(s.Gaps) != 1 || s.Gaps[0].Question != checks.QuestionPlan || s.Gaps[0].Kind != checks.GapEvidence || !strings.Contains(s.Gaps[0].Message, tt.want) {
				t.Errorf("%s: %+v", tt.want, s.Gaps)
			}
		}
	}
}

// TestLargeSource: a file that is too large to be read is unreadable when it
// changes, and nothing when it does not.
func TestLargeSource(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("# large\n", 600_000)
	g, _ := withPolicy(t)
	base := g.Commit("large", "live/large.tf", large, "live/main.tf", "")
	for _, tt := range []struct {
		files []string
		want  int
	}{
		{[]string{"live/main.tf", "# x\n"}, 0},
		{[]string{"live/large.tf", large + "#"}, 1},
		{[]string{"live/large.tf", "resource \"a_b\" \"c\" {}\n"}, 1},
		{[]string{"live/main.tf", large}, 1},
	} {
		g.Git("checkout", "-q", base)
		head := g.Commit("change", tt.files...)
		s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head})
		if len(s.Gaps) != 0 || len(s.Source) != tt.want {
			t.Errorf("%s: %+v, %+v", tt.files[0], s.Gaps, s.Source)
			continue
		}
		for _, c := range s.Source {
			if c.Kind != checks.SourceUnreadable || string(c.Path) != tt.files[0] || !strings.Contains(c.Detail, "4 MiB") {
				t.Errorf("%+v", c)
			}
		}
	}
}

// TestManyFolders: a repository of many folders is compared like any other.
func TestManyFolders(t *testing.T) {
	t.Parallel()
	g, _ := withPolicy(t)
	blob := g.GitIn("x", "hash-object", "-w", "--stdin")
	var entries strings.Builder
	for i := range 21_000 {
		fmt.Fprintf(&entries, "100644 %s\td%d/x.txt\n", blob, i)
	}
	g.GitIn(entries.String(), "update-index", "--add", "--index-info")
	base := g.CommitIndex("many")
	g.Entry("100644", "main.tf", "provisioner {}\n")
	head := g.CommitIndex("change")
	if s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head}); len(s.Gaps) != 0 {
		t.Errorf("%+v", s.Gaps)
	}
}

// TestModuleOfAFile: which folder of Terraform configuration a changed file belongs
// to, so that a plan can be held against it.
func TestModuleOfAFile(t *testing.T) {
	t.Parallel()
	file, config := recorded(t, "normal.tfplan")
	g := gittest.Init(t)
	g.Write(".github/claw-verified.yml", "version: 1\n")
	g.Write("live/old/main.tf", "")
	g.Write("live/less/a.tf", "")
	g.Write("live/less/b.tf", "")
	base := g.Commit("base")
	for name, text := range config {
		g.Write("live/prod/"+name, text)
	}
	g.Write("live/prod/env/x.tfvars", "")
	g.Write("live/x.tfvars", "")
	g.Write(".github/main.tf", "")
	g.Git("rm", "-q", "live/old/main.tf", "live/less/b.tf")
	head := g.Commit("change")
	s := local(t, collect.Options{Dir: g.Dir, Base: base, Head: head, Plans: func(*policy.Policy, int64) []collect.Plan {
		facts := file.Facts()
		return []collect.Plan{{Plan: checks.Plan{Source: "plan.json", Saved: &facts}, File: file}}
	}})
	got := map[checks.Path]checks.Path{}
	for _, f := range s.Files {
		got[f.Path] = f.Module
	}
	for path, want := range map[checks.Path]checks.Path{
		"live/prod/main.tf": "./live/prod", "live/prod/env/x.tfvars": "./live/prod", "live/x.tfvars": "", "live/old/main.tf": "",
		"live/less/b.tf": "./live/less", ".github/main.tf": "./.github",
	} {
		if is, ok := got[path]; !ok || is != want {
			t.Errorf("%s: %q, %v", path, is, ok)
		}
	}
	if m := s.Plans[0].Saved.Commit; !m.Same() || len(m.Folders) != 1 || m.Folders[0] != "live/prod" {
		t.Errorf("%+v", m)
	}
}
