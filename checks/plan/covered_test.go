package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestNotCovered: a plan serves for the folders that it was made from, and for no
// other.
func TestNotCovered(t *testing.T) {
	t.Parallel()
	of := func(folders ...checks.Path) checks.Plan {
		return checks.Plan{Saved: &checks.Saved{Commit: &checks.SourceMatch{Found: true, Root: folders[0], Folders: folders}}}
	}
	staging := of("live/staging", "modules/net", "shared/common.tf")
	for _, tt := range []struct {
		name     string
		plans    []checks.Plan
		files    string // "path module", one a line
		gaps     []string
		unproved string // a part of the one line
	}{
		{"the plan of another folder", []checks.Plan{staging}, "live/prod/main.tf ./live/prod", []string{"live/prod/main.tf changes, and no plan is of its folder."}, ""},
		{"its own folder", []checks.Plan{staging}, "live/staging/main.tf ./live/staging", nil, ""},
		{"a module it calls", []checks.Plan{staging}, "modules/net/main.tf ./modules/net", nil, ""},
		{"a module it does not call", []checks.Plan{staging}, "modules/db/main.tf ./modules/db", []string{"modules/db/main.tf changes, and no plan is of its folder."}, ""},
		{"a module below its folder that it does not call", []checks.Plan{staging}, "live/staging/m/main.tf ./live/staging/m", []string{"live/staging/m/main.tf changes, and no plan is of its folder."}, ""},
		{"a file that a link leads to", []checks.Plan{staging}, "shared/common.tf ./shared", nil, ""},
		{"the file beside it", []checks.Plan{staging}, "shared/other.tf ./shared", []string{"shared/other.tf changes, and no plan is of its folder."}, ""},
		{"variables of it", []checks.Plan{staging}, "live/staging/env/x.tfvars ./live/staging", nil, ""},
		{"variables of another", []checks.Plan{staging}, "live/prod/terraform.tfvars ./live/prod", []string{"live/prod/terraform.tfvars changes, and no plan is of its folder."}, ""},
		{"variables of nobody", []checks.Plan{staging}, "vars/prod.tfvars -\nvars/x.tfvars -", nil, "vars/prod.tfvars and 1 other file"},
		{"a lock file", []checks.Plan{staging}, "live/prod/.terraform.lock.hcl ./live/prod", []string{"live/prod/.terraform.lock.hcl changes, and no plan is of its folder."}, ""},
		{"a folder that is gone", []checks.Plan{staging}, "live/old/main.tf -", nil, "live/old/main.tf"},
		{"submodules", []checks.Plan{staging}, ".gitmodules ./", nil, ".gitmodules"},
		{"no file of plans", []checks.Plan{staging}, "live/prod/README.md ./live/prod", nil, ""},
		{"several files, and folders", []checks.Plan{staging}, "a/x.tf ./a\na/y.tf ./a\nb/x.tf ./b\nc.tf ./", []string{
			"a/x.tf and 1 other file beside it change, and no plan is of their folder.", "b/x.tf changes, and no plan is of its folder.", "c.tf changes, and no plan is of its folder.",
		}, ""},
		{"a plan of each", []checks.Plan{staging, of("live/prod"), of("")}, "live/prod/main.tf ./live/prod\nmain.tf ./", nil, ""},
		{"the repository's root is one folder", []checks.Plan{of("")}, "live/prod/main.tf ./live/prod", []string{"live/prod/main.tf changes, and no plan is of its folder."}, ""},
		{"one without a plan file", []checks.Plan{staging, {}}, "live/prod/main.tf ./live/prod", nil, "--plan-file"},
		{"one that was not found", []checks.Plan{{Saved: &checks.Saved{Commit: &checks.SourceMatch{}}}}, "live/prod/main.tf ./live/prod", nil, "--plan-file"},
		{"one that cannot be read", []checks.Plan{staging, {Error: "x"}}, "live/prod/main.tf ./live/prod", nil, "--plan-file"},
		{"JSON alone, and nothing to plan", []checks.Plan{{}}, "README.md -", nil, ""},
		{"no plan", nil, "live/prod/main.tf -", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &checks.Snapshot{Plans: tt.plans}
			for line := range strings.SplitSeq(tt.files, "\n") {
				file, module, _ := strings.Cut(line, " ")
				s.Files = append(s.Files, checks.File{Path: checks.Path(file), Module: checks.Path(strings.TrimPrefix(module, "-"))})
			}
			in := checks.Input{Snapshot: s, Policy: &policy.Policy{Plan: policy.Plan{Require: policy.PlanAlways, Paths: policy.DefaultPlanPaths()}}}
			var got []string
			for _, g := range plan.NotCovered(in) {
				got = append(got, g.Message)
				if g.Question != checks.QuestionPlan || g.Kind != checks.GapEvidence || g.Remedy == "" {
					t.Errorf("%+v", g)
				}
			}
			if d := cmp.Diff(tt.gaps, got); d != "" {
				t.Error(d)
			}
			lines := plan.CoverageUnproved(in)
			if len(lines) > 1 || (len(lines) == 1) != (tt.unproved != "") || !strings.Contains(strings.Join(lines, ""), tt.unproved) {
				t.Errorf("%q", lines)
			}
		})
	}
}

// TestNotCoveredIsBounded: very many folders are counted, not listed.
func TestNotCoveredIsBounded(t *testing.T) {
	t.Parallel()
	s := &checks.Snapshot{Plans: []checks.Plan{{Saved: &checks.Saved{Commit: &checks.SourceMatch{Found: true}}}}}
	for i := range 1000 {
		s.Files = append(s.Files, checks.File{Path: checks.Path(fmt.Sprintf("d%d/x.tf", i)), Module: checks.Path(fmt.Sprintf("./d%d", i))})
	}
	got := plan.NotCovered(checks.Input{Snapshot: s, Policy: &policy.Policy{Plan: policy.Plan{Paths: policy.DefaultPlanPaths()}}})
	if len(got) != 11 || !strings.HasPrefix(got[10].Message, "Files change in 990 folders more") {
		t.Errorf("%d: %+v", len(got), got[len(got)-1])
	}
}
