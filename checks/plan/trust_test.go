package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// foundIn lists what is found of one plan, one line each.
func foundIn(t *testing.T, rules policy.Plan, p checks.Plan) []string {
	t.Helper()
	if p.Source == "" {
		p.Source = "plan.json"
	}
	if p.Coverage == "" {
		p.Coverage = checks.CoverageFull
	}
	r := evaluate(&policy.Policy{Plan: rules}, &checks.Snapshot{TakenAt: noon, Plans: []checks.Plan{p}})
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s: %s", f.Effect, f.Rule, f.Message))
	}
	for _, g := range r.Gaps {
		out = append(out, "gap: "+g.Message)
	}
	return out
}

func many(n int, a checks.Action, c checks.Class) []checks.Change {
	var out []checks.Change
	for i := range n {
		out = append(out, change(fmt.Sprintf("x_y.r%03d", i), a, c))
	}
	return out
}

// TestMassDestroy: very much at once is a finding by itself.
func TestMassDestroy(t *testing.T) {
	t.Parallel()
	const un, harmless = checks.ClassUnclassified, checks.ClassHarmless
	tests := []struct {
		name    string
		changes []checks.Change
		managed int
		rules   *policy.MassDestroy
		saved   *checks.Saved
		want    string
	}{
		{"nineteen of many", many(19, checks.ActionDelete, un), 1000, nil, nil, ""},
		{"twenty of many", many(20, checks.ActionReplace, un), 1000, nil, nil, "plan.mass-destroy: The plan plan.json destroys or replaces 20 objects of 1000 managed ones (2 %)."},
		{"four of seven", many(4, checks.ActionDelete, un), 7, nil, nil, ""},
		{"five of ten", many(5, checks.ActionDelete, un), 10, nil, nil, "plan.mass-destroy: The plan plan.json destroys or replaces 5 objects of 10 managed ones (50 %)."},
		{"five of eleven", many(5, checks.ActionDelete, un), 11, nil, nil, ""},
		{"without a whole", many(19, checks.ActionDelete, un), 0, nil, nil, ""},
		{"harmless", many(30, checks.ActionDelete, harmless), 60, nil, nil, ""},
		{"harmless, all of it", many(30, checks.ActionDelete, harmless), 30, nil, nil, ""},
		{"created", many(100, checks.ActionCreate, un), 100, nil, nil, ""},
		{"own count", many(3, checks.ActionDelete, un), 1000, &policy.MassDestroy{Count: 3}, nil, "destroys or replaces 3 objects"},
		{"own share", many(5, checks.ActionDelete, un), 50, &policy.MassDestroy{Share: 10}, nil, "(10 %)"},
		{"a bound that is not given stays", many(20, checks.ActionDelete, un), 1000, &policy.MassDestroy{Share: 90}, nil, "plan.mass-destroy"},
		{"everything", many(2, checks.ActionDelete, un), 2, nil, nil, "plan.destroy-mode: The plan plan.json destroys all 2 managed objects."},
		{"the only one", many(1, checks.ActionDelete, un), 1, nil, nil, ""},
		{"destroy mode", many(1, checks.ActionDelete, un), 100, nil, &checks.Saved{Mode: checks.ModeDestroy}, "plan.destroy-mode: The plan plan.json was made to destroy everything (-destroy): 1 object."},
	}
	for _, tt := range tests {
		got := foundIn(t, policy.Plan{MassDestroy: tt.rules}, checks.Plan{Changes: tt.changes, Managed: tt.managed, Saved: tt.saved})
		var mass []string
		for _, s := range got {
			if strings.Contains(s, "plan.mass-destroy") || strings.Contains(s, "plan.destroy-mode") {
				mass = append(mass, s)
			}
		}
		switch {
		case tt.want == "" && len(mass) == 0:
		case tt.want == "" || len(mass) != 1 || !strings.Contains(mass[0], tt.want) || !strings.HasPrefix(mass[0], "deny "):
			t.Errorf("%s: %q", tt.name, mass)
		}
	}
}

// TestSavedPlan: what the plan file adds to the JSON.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	required := policy.Plan{Saved: policy.SavedRequired}
	same := &checks.SourceMatch{Found: true, Matched: 2, LockFile: checks.LockFileSame}
	tests := []struct {
		name  string
		rules policy.Plan
		saved *checks.Saved
		want  []string
	}{
		{"none", policy.Plan{}, nil, nil},
		{"none, and required", required, nil, []string{"gap: The policy asks for the saved plan file of plan.json, and none was given."}},
		{"of this commit", required, &checks.Saved{Source: "tfplan", Mode: "normal", Commit: same}, nil},
		{"unreadable", policy.Plan{}, &checks.Saved{Source: "tfplan", Error: "it is no zip"}, []string{"gap: The saved plan file tfplan cannot be used: it is no zip."}},
		{"encrypted", policy.Plan{}, &checks.Saved{Source: "tfplan", Encrypted: true}, []string{"require_review plan.encrypted: The plan file tfplan is encrypted: it cannot be compared with the commit or with plan.json."}},
		{"encrypted, and required", required, &checks.Saved{Source: "tfplan", Encrypted: true}, []string{"require_review plan.encrypted: The plan file tfplan is encrypted: it cannot be compared with the commit or with plan.json.", "gap: The saved plan file tfplan is encrypted, so nothing in it can be compared."}},
		{"not compared, and required", required, &checks.Saved{Source: "tfplan"}, []string{"gap: The configuration in the saved plan file tfplan could not be compared with the head commit."}},
		{"targets", policy.Plan{}, &checks.Saved{Source: "tfplan", Mode: "normal", Targets: []string{"a.b"}, Commit: same}, []string{"deny plan.partial: The plan plan.json does not show everything: it was made with -target=a.b."}},
		{"excludes", policy.Plan{}, &checks.Saved{Source: "tfplan", Mode: "normal", Excludes: []string{"a.b"}, Commit: same}, []string{"deny plan.partial: The plan plan.json does not show everything: it was made with -exclude=a.b."}},
		{"refresh only", policy.Plan{}, &checks.Saved{Source: "tfplan", Mode: "refresh-only", Commit: same}, []string{"deny plan.partial: The plan plan.json does not show everything: it was made with -refresh-only."}},
		{"unknown mode", policy.Plan{}, &checks.Saved{Source: "tfplan", Mode: "unknown", Commit: same}, []string{"deny plan.partial: The plan plan.json does not show everything: it was made in a mode that is not known."}},
		{"disagrees", policy.Plan{}, &checks.Saved{Source: "tfplan", Disagrees: []string{"x"}, Commit: same}, []string{"deny plan.disagrees: The JSON plan.json and the plan file tfplan are not of one plan: x."}},
		{"other file", policy.Plan{}, &checks.Saved{Source: "tfplan", Commit: &checks.SourceMatch{Found: true, Matched: 1, Differing: []checks.Path{"main.tf"}}}, []string{"deny plan.other-commit: The plan tfplan was not made from the head commit: main.tf differs."}},
		{"extra and missing", policy.Plan{}, &checks.Saved{Source: "tfplan", Commit: &checks.SourceMatch{Found: true, Matched: 1, Missing: []checks.Path{"a.tf"}, Extra: []checks.Path{"x_override.tf"}}}, []string{"deny plan.other-commit: The plan tfplan was not made from the head commit: a.tf of the commit is not in the plan; x_override.tf in the plan is not of the commit."}},
		{"other lock file", policy.Plan{}, &checks.Saved{Source: "tfplan", Commit: &checks.SourceMatch{Found: true, Matched: 1, LockFile: checks.LockFileDiffers}}, []string{"deny plan.other-commit: The plan tfplan was not made from the head commit: the lock file is another one."}},
		{"more checksums", policy.Plan{}, &checks.Saved{Source: "tfplan", Commit: &checks.SourceMatch{Found: true, Matched: 1, LockFile: checks.LockFileMore}}, nil},
		{"nothing like it", policy.Plan{}, &checks.Saved{Source: "tfplan", Commit: &checks.SourceMatch{}}, []string{"deny plan.other-commit: The plan tfplan was not made from the head commit: no folder of the commit has its configuration."}},
		{"workspace", policy.Plan{Workspaces: []string{"prod*"}}, &checks.Saved{Source: "tfplan", Workspace: "staging", Commit: same}, []string{`deny plan.workspace: The plan tfplan is of the workspace "staging", and plan.workspaces lists prod*.`}},
		{"workspaces, and no file", policy.Plan{Workspaces: []string{"prod*"}}, nil, []string{"gap: The policy lists workspaces, and nothing tells of which one plan.json is: its saved plan file was not given."}},
		{"listed workspace", policy.Plan{Workspaces: []string{"prod*"}}, &checks.Saved{Source: "tfplan", Workspace: "production", Commit: same}, nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, foundIn(t, tt.rules, checks.Plan{Saved: tt.saved})); d != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, d)
		}
	}
}

// TestPlanNotReliedOn: what says that the plan is not of this commit, or not one
// plan, cannot be waived or lowered to nothing.
func TestPlanNotReliedOn(t *testing.T) {
	t.Parallel()
	allow := policy.Plan{Rules: []policy.PlanRule{{ID: "all", Effect: policy.EffectAllow, When: policy.PlanWhen{Rule: []string{"*"}}}}}
	got := foundIn(t, allow, checks.Plan{Saved: &checks.Saved{Source: "tfplan", Targets: []string{"a.b"}, Disagrees: []string{"x"}, Commit: &checks.SourceMatch{}}})
	if len(got) != 3 {
		t.Fatalf("%q", got)
	}
	for _, s := range got {
		if !strings.HasPrefix(s, "require_review ") {
			t.Errorf("%s", s)
		}
	}
}

// TestAge: plan.max_age bounds the plan's own time.
func TestAge(t *testing.T) {
	t.Parallel()
	day := policy.Plan{MaxAge: policy.Duration(24 * time.Hour)}
	for name, tt := range map[string]struct {
		rules policy.Plan
		at    time.Time
		want  string
	}{
		"no bound":        {policy.Plan{}, noon.AddDate(-1, 0, 0), ""},
		"fresh":           {day, noon.Add(-24 * time.Hour), ""},
		"old":             {day, noon.Add(-24*time.Hour - time.Second), "made 24h0m0s before it was judged, and plan.max_age allows 24h0m0s"},
		"no time":         {day, time.Time{}, "does not say when it was made"},
		"a little ahead":  {day, noon.Add(5 * time.Minute), ""},
		"from the future": {day, noon.Add(5*time.Minute + time.Second), "in the future"},
	} {
		got := foundIn(t, tt.rules, checks.Plan{Timestamp: tt.at})
		if tt.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || tt.want == "" || !strings.Contains(got[0], tt.want) || !strings.HasPrefix(got[0], "deny plan.stale") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestTold: what a plan tells beside its changes is told, and stops nothing.
func TestTold(t *testing.T) {
	t.Parallel()
	want := []string{
		"require_review plan.check-fails: In the plan plan.json checks fail: check.up.",
		"allow plan.variables: The plan plan.json was made with other values than the defaults for region.",
		"allow plan.drift: 2 objects were changed outside Terraform: a.b, a.c.",
		"allow plan.provider-mismatch: In the plan plan.json types are served by unusual providers: aws_x by other.",
	}
	got := foundIn(t, policy.Plan{}, checks.Plan{Failed: []string{"check.up"}, Variables: []string{"region"}, Drift: 2, Drifted: []string{"a.b", "a.c"}, Mismatched: []string{"aws_x by other"}})
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
