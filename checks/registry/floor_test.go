package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestNoDenialOfTheOrganizationIsLifted: whatever a repository says of the resource
// types of a plan, allows and waives, what a rule of the organisation asked about
// without it is asked about with it, or the two policies do not fit together.
func TestNoDenialOfTheOrganizationIsLifted(t *testing.T) {
	t.Parallel()
	var list []*checks.Snapshot
	for _, sc := range scenarios(t) {
		if p, _ := policy.Parse(string(sc.Snapshot.Policy.Text), registry.Known()); p != nil && sc.Snapshot.Organization == nil && len(destroyed(sc.Snapshot)) > 0 {
			list = append(list, sc.Snapshot)
		}
	}
	if len(list) < 10 {
		t.Fatalf("%d scenarios destroy something", len(list))
	}
	slices.SortFunc(list, func(a, b *checks.Snapshot) int {
		return strings.Compare(a.Head.Commit+a.Plans[0].Digest, b.Head.Commit+b.Plans[0].Digest)
	})
	resources := edits[slices.IndexFunc(edits, func(e edit) bool { return e.name == "resource" })]
	var others []edit
	for _, name := range []string{"rule", "waiver", "resource", "mass"} {
		others = append(others, edits[slices.IndexFunc(edits, func(e edit) bool { return e.name == name })])
	}
	tried, fitted, asked := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 10 {
			s, pick := rapid.SampledFrom(list).Draw(rt, "scenario"), func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }
			var when []string
			if pick(2) == 0 {
				when = append(when, fmt.Sprintf("class: [%s, %s]", classes[pick(2)], classes[2+pick(3)]))
			}
			if len(when) == 0 || pick(2) == 0 {
				when = append(when, fmt.Sprintf("rule: [%q, %q]", one(globs, pick), one([]string{"plan.mass-destroy", "plan.replace", "plan.forget"}, pick)))
			}
			orgText := fmt.Sprintf("version: 1\nplan: {rules: [{id: keep, when: {%s}, effect: %s, reason: x}]}\n", strings.Join(when, ", "), effects[1+pick(2)])
			org, problems := policy.ParseFloor(orgText, registry.Known())
			if org == nil {
				t.Fatal(problems)
			}
			repo := edited(t, s.Policy.Text, s, pick, resources, one(others, pick), one(others, pick))
			if repo == nil {
				continue
			}
			bare := *repo
			bare.Plan.Resources, bare.Waivers = nil, nil
			without, problems := bare.WithFloor(org)
			if without == nil {
				rt.Fatal(problems)
			}
			tried++
			with, _ := repo.WithFloor(org)
			if with == nil {
				continue
			}
			fitted++
			was, is := judged(t, s, without), judged(t, s, with)
			for _, f := range was {
				if !strings.HasSuffix(f.DecidedBy, "keep") {
					continue
				}
				asked++
				if !slices.ContainsFunc(is, func(g checks.Finding) bool {
					return g.Subject == f.Subject && g.Deciding() && (g.Effect == checks.EffectDeny || f.Effect == checks.EffectRequireReview)
				}) {
					rt.Errorf("%s of %s is asked about no more: %+v\n%s%s", f.Rule, f.Subject.Name, repo.Plan.Resources, orgText, under(t, s, with).Policy.Text)
				}
			}
		}
	})
	t.Logf("%d of %d pairs fitted, %d findings asked about", fitted, tried, asked)
	if fitted*5 < tried || asked*5 < fitted {
		t.Errorf("only %d of %d pairs fitted, with %d findings", fitted, tried, asked)
	}
}

// judged lists what a joined policy finds. It is held against the plan alone: no file
// can hold such a policy, because of the names in it.
func judged(t testing.TB, s *checks.Snapshot, p *policy.Policy) []checks.Finding {
	t.Helper()
	s = under(t, s, p)
	var out []checks.Finding
	for _, c := range registry.Checks() {
		if c.Question() == checks.QuestionPlan {
			out = c.Evaluate(checks.Input{Snapshot: s, Policy: p, Shared: map[any]any{}, Known: registry.Known()}).Findings
		}
	}
	for i := range out {
		for _, w := range p.Waivers {
			if w.Rule == out[i].Rule {
				out[i].Waiver = &checks.Waived{Owner: w.Owner}
			}
		}
	}
	return out
}
