package policy_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/resource"
)

// loss is how much is asked before a resource of a type is destroyed.
func loss(t testing.TB, list []policy.PlanResource, typ string) int {
	t.Helper()
	extra := make([]resource.Extra, 0, len(list))
	for _, r := range list {
		e := resource.Extra{Type: r.Type, Class: checks.Class(r.Class), Tier: checks.Tier(r.Tier), Guards: r.Guards}
		if e.Class == checks.ClassStateful && e.Tier == "" {
			e.Tier = checks.TierCritical
		}
		if err := e.Valid(); err != nil {
			t.Fatal(err)
		}
		extra = append(extra, e)
	}
	known, _ := resource.Builtin().With(extra).Lookup(typ)
	rank := map[checks.Class]int{checks.ClassHarmless: 0, checks.ClassRecreatable: 1, checks.ClassUnclassified: 2, "": 2, checks.ClassGuard: 3, checks.ClassStateful: 4}[known.Class]
	if known.Class == checks.ClassStateful {
		rank += map[checks.Tier]int{checks.TierCritical: 2, checks.TierHigh: 1}[known.Tier]
	}
	return rank
}

func exact(list []policy.PlanResource, typ string) bool {
	return slices.ContainsFunc(list, func(r policy.PlanResource) bool { return r.Type == typ })
}

// TestResourcesNeverMilder: what the organisation says of a type, a repository cannot
// make milder; nor is its own word lost beside that of the organisation, but where that
// makes the type by its name what it is.
func TestResourcesNeverMilder(t *testing.T) {
	t.Parallel()
	types := []string{"acme_db", "acme_web", "aws_db_instance", "aws_instance", "aws_iam_role"}
	globs := append([]string{"acme_*", "aws_*", "*", "{acme_db,acme_web}", "aws_db_*"}, types...)
	draw := func(rt *rapid.T, who string) *policy.Policy {
		p := &policy.Policy{}
		for i := range rapid.IntRange(0, 3).Draw(rt, who) {
			name := fmt.Sprintf("%s %d", who, i)
			r := policy.PlanResource{
				Type:  rapid.SampledFrom(globs).Draw(rt, name),
				Class: rapid.SampledFrom([]string{"stateful", "guard", "recreatable", "harmless"}).Draw(rt, name+" class"),
			}
			if r.Class == "stateful" {
				r.Tier = rapid.SampledFrom([]string{"", "high", "medium"}).Draw(rt, name+" tier")
			}
			p.Plan.Resources = append(p.Plan.Resources, r)
		}
		return p
	}
	rapid.Check(t, func(rt *rapid.T) {
		repo, org := draw(rt, "repository"), draw(rt, "organisation")
		base, _ := policy.Parse("version: 1\n", policy.Known{})
		base.Plan.Resources = repo.Plan.Resources
		got, problems := base.WithFloor(org)
		if got == nil {
			rt.Fatal(problems)
		}
		for _, typ := range types {
			named, said, mineSaid := false, false, false
			for _, r := range org.Plan.Resources {
				named = named || r.Type == typ
				said = said || policy.MatchName(r.Type, typ)
			}
			for _, r := range repo.Plan.Resources {
				mineSaid = mineSaid || policy.MatchName(r.Type, typ)
			}
			is, mine, theirs := loss(t, got.Plan.Resources, typ), loss(t, repo.Plan.Resources, typ), loss(t, org.Plan.Resources, typ)
			if said && is < theirs {
				rt.Errorf("%s: %d, and %d for the organisation: %+v", typ, is, theirs, got.Plan.Resources)
			}
			for _, r := range repo.Plan.Resources {
				if policy.MatchName(r.Type, typ) && r.Type != typ && !exact(repo.Plan.Resources, typ) && is < loss(t, []policy.PlanResource{{Type: "acme_any", Class: r.Class, Tier: r.Tier}}, "acme_any") {
					rt.Errorf("%s: %d, and the repository's %s says more: %+v", typ, is, r.Type, got.Plan.Resources)
				}
			}
			if (mineSaid || !said) && !named && is < mine {
				rt.Errorf("%s: %d, and %d for the repository: %+v", typ, is, mine, got.Plan.Resources)
			}
		}
	})
}
