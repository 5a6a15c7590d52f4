package review_test

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/review"
	"github.com/claw-verified/claw-verified/internal/policy"
)

const twoPeople = `version: 1
people:
  - {id: bob, github_ids: [2]}
  - {id: carol, github_ids: [3]}
review:
  tiers:
    - id: change
      when: {always: true}
      need: [{count: 2}]
`

// edited judges an edit of a policy by the policy of the base.
func edited(t *testing.T, before, after, organization string) checks.Result {
	t.Helper()
	known := policy.Known{Rules: []string{"review.policy-weaker"}}
	p, problems := policy.Parse(before, known)
	if p == nil {
		t.Fatal(problems)
	}
	s := change(t)
	s.Policy.Head = head(after)
	touch(s, ".github/claw-verified.yml")
	approve(s, bob, carol)
	if organization != "" {
		s.Organization = &checks.PolicyText{Path: "claw-verified.yml", Text: []byte(organization)}
		floor, problems := policy.ParseFloor(organization, known)
		if floor == nil {
			t.Fatal(problems)
		}
		if p, problems = p.WithFloor(floor); p == nil {
			t.Fatal(problems)
		}
	}
	return review.Check{}.Evaluate(checks.Input{Snapshot: s, Policy: p, Known: known})
}

// TestP06EffectOfAPolicyChange: what an edit of the policy would do is told; nothing of
// it decides about the change that makes it.
func TestP06EffectOfAPolicyChange(t *testing.T) {
	t.Parallel()
	t.Run("weaker", func(t *testing.T) {
		t.Parallel()
		r := edited(t, twoPeople, strings.Replace(twoPeople, "count: 2", "count: 1", 1), "")
		wantFinding(t, r, "review.policy-weaker", "tier change asks for 1 instead of 2 approvals. Who must agree: no tier of the policy with gate_files: true")
		f := findings(r, "review.policy-weaker")[0]
		if f.Subject.Kind != checks.SubjectPolicy || f.Subject.Line != 9 || f.Severity != checks.SeverityHigh {
			t.Errorf("%+v", f)
		}
	})
	t.Run("stricter", func(t *testing.T) {
		t.Parallel()
		r := edited(t, twoPeople, strings.Replace(twoPeople, "count: 2", "count: 3", 1), "")
		wantFinding(t, r, "review.policy-changes", "tier change asks for 3 instead of 2 approvals.")
		if len(findings(r, "review.policy-weaker")) > 0 {
			t.Error("it is called weaker")
		}
	})
	t.Run("a comment", func(t *testing.T) {
		t.Parallel()
		r := edited(t, twoPeople, "# Hello.\n"+twoPeople, "")
		if len(findings(r, "review.policy-weaker"))+len(findings(r, "review.policy-changes")) > 0 {
			t.Errorf("%+v", r.Findings)
		}
	})
	t.Run("a tier that waits for it", func(t *testing.T) {
		t.Parallel()
		before := twoPeople + "    - {id: rules, when: {findings: ['review.policy-*']}, need: [{count: 3}]}\n"
		r := edited(t, before, strings.Replace(before, "count: 2", "count: 1", 1), "")
		if len(r.Waiting) == 0 || r.Waiting[0].Tier != "rules" {
			t.Errorf("%+v", r.Waiting)
		}
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		before := twoPeople + "gate_files: [a, b, c, d, e, f, g, h, i, j, k, l]\n"
		r := edited(t, before, twoPeople, "")
		wantFinding(t, r, "review.policy-weaker", "; and 2 more. Who must agree")
	})
	t.Run("what the organisation holds up", func(t *testing.T) {
		t.Parallel()
		r := edited(t, twoPeople, "version: 1\nmode: observe\n"+strings.TrimPrefix(twoPeople, "version: 1\n"), "version: 1\nmode: enforce\n")
		if fs := findings(r, "review.policy-weaker"); len(fs) > 0 {
			t.Errorf("%+v", fs)
		}
	})
	t.Run("what contradicts the organisation", func(t *testing.T) {
		t.Parallel()
		org := "version: 1\npeople: [{id: dave, github_ids: [4]}]\nteams: {infra: [dave]}\n"
		r := edited(t, twoPeople, twoPeople+"teams: {infra: [bob]}\n", org)
		wantFinding(t, r, "review.policy-broken", "cannot be used with the organisation's: the team ")
		wantOutcome(t, r, checks.Refused)
	})
}
