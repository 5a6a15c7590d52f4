package review_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

var replaced = checks.Finding{Rule: "plan.replace", Question: checks.QuestionPlan, Effect: checks.EffectRequireReview}

func TestTierConditions(t *testing.T) {
	t.Parallel()
	human := commit{author: "Alice <alice@example.com>", key: "alice"}
	waived := replaced
	waived.Waiver = &checks.Waived{Owner: "bob"}
	allowed := replaced
	allowed.Effect = checks.EffectAllow
	for _, c := range []struct {
		name     string
		when     policy.TierWhen
		commits  []commit
		files    []string
		findings []checks.Finding
		want     bool
	}{
		{"always", policy.TierWhen{Always: true}, nil, nil, nil, true},
		{"nothing", policy.TierWhen{}, nil, nil, nil, false},
		{"agent: an agent", policy.TierWhen{Agent: true}, nil, nil, nil, true},
		{"agent: a person, in an agent's pull request", policy.TierWhen{Agent: true}, []commit{human}, nil, nil, true},
		{"agent: a person's signature under an agent's mark", policy.TierWhen{Agent: true}, []commit{{author: "Alice <alice@example.com>", key: "alice", message: "Co-authored-by: Claude <noreply@anthropic.com>"}}, nil, nil, true},
		{"agent: one unsigned among the signed", policy.TierWhen{Agent: true}, []commit{human, {author: "Alice <alice@example.com>"}, human}, nil, nil, true},
		{"P06 gate file: workflow", policy.TierWhen{GateFiles: true}, nil, []string{".github/workflows/x.yml"}, nil, true},
		{"P06 gate file: the policy itself", policy.TierWhen{GateFiles: true}, nil, []string{".github/claw-verified.yml"}, nil, true},
		{"P06 gate file: listed", policy.TierWhen{GateFiles: true}, nil, []string{"scripts/plan.sh"}, nil, true},
		{"gate file: none", policy.TierWhen{GateFiles: true}, nil, []string{"main.tf"}, nil, false},
		{"paths", policy.TierWhen{Paths: []string{"prod/**"}}, nil, []string{"dev/a.tf", "prod/x/a.tf"}, nil, true},
		{"paths: none", policy.TierWhen{Paths: []string{"prod/**"}}, nil, []string{"dev/prod.tf"}, nil, false},
		{"findings", policy.TierWhen{Findings: []string{"plan.*"}}, nil, nil, []checks.Finding{replaced}, true},
		{"findings: another", policy.TierWhen{Findings: []string{"plan.delete"}}, nil, nil, []checks.Finding{replaced}, false},
		{"findings: waived", policy.TierWhen{Findings: []string{"plan.*"}}, nil, nil, []checks.Finding{waived}, false},
		{"findings: allowed", policy.TierWhen{Findings: []string{"plan.*"}}, nil, nil, []checks.Finding{allowed}, false},
		{"provenance", policy.TierWhen{ProvenanceBelow: policy.LevelSigned}, []commit{human, {author: "Alice <alice@example.com>"}}, nil, nil, true},
		{"provenance: met", policy.TierWhen{ProvenanceBelow: policy.LevelSigned}, []commit{human}, nil, nil, false},
		{"provenance: a level nobody knows", policy.TierWhen{ProvenanceBelow: "notarised"}, []commit{human}, nil, nil, true},
		{"any of several", policy.TierWhen{Paths: []string{"no/**"}, Findings: []string{"plan.*"}}, nil, nil, []checks.Finding{replaced}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			p.GateFiles = []string{"scripts/**"}
			p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "it", When: c.when, Need: need(3)})
			s := change(t, c.commits...)
			touch(s, c.files...)
			r := evaluate(s, p, c.findings...)
			if got := slices.ContainsFunc(r.Waiting, func(s checks.Seat) bool { return s.Tier == "it" && s.Missing == 3 }); got != c.want {
				t.Errorf("applies: %v, want %v: %+v", got, c.want, r.Waiting)
			}
		})
	}
}

// TestPersonInAPersonsPullRequest: nothing at all marks it as an agent's.
func TestPersonInAPersonsPullRequest(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "it", When: policy.TierWhen{Agent: true}, Need: need(3)})
	s := change(t, commit{author: "Alice <alice@example.com>", key: "alice"})
	s.Review.Author = &checks.AccountRef{ID: 1, Login: "alice"}
	for _, seat := range evaluate(s, p).Waiting {
		if seat.Tier == "it" {
			t.Errorf("an agent is seen: %+v", seat)
		}
	}
}

func TestEveryTierMustBeMet(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers = append(p.Review.Tiers,
		policy.Tier{ID: "secure", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Teams: []string{"security"}}}})
	s := change(t)
	approve(s, bob)
	r := evaluate(s, p)
	if d := cmp.Diff([]checks.Seat{{Tier: "secure", Missing: 1, From: "team security", Could: []string{"carol"}}}, r.Waiting); d != "" {
		t.Error(d)
	}
	// The same person may serve in two tiers.
	s.Review.Reviews = nil
	approve(s, carol)
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

func TestP07NothingEmptyMeansNobody(t *testing.T) {
	t.Parallel()
	for name, tiers := range map[string][]policy.Tier{
		"no tiers":         {},
		"nil tiers":        nil,
		"no need":          {{ID: "x", When: policy.TierWhen{Always: true}}},
		"count 0":          {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{}}}},
		"negative count":   {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: -5}}}},
		"huge counts":      {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: math.MaxInt}, {Count: math.MaxInt}}}},
		"unknown team":     {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Teams: []string{"nobody"}}}}},
		"unknown person":   {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, People: []string{"nobody"}}}}},
		"strange right":    {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Permission: "owner"}}}},
		"less than write":  {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Permission: "read"}}}},
		"an empty name":    {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, People: []string{""}, Teams: []string{""}}}}},
		"a slash alone":    {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Teams: []string{"/"}}}}},
		"GitHub's nothing": {{ID: "x", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 1, Teams: []string{"acme/infra"}}}}},
	} {
		p := testPolicy()
		p.Review.Tiers = tiers
		r := evaluate(change(t), p)
		if outcome(r) != checks.Waiting {
			t.Errorf("%s: %v", name, outcome(r))
		}
	}
}

func TestNoTierApplies(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers = []policy.Tier{{ID: "prod", When: policy.TierWhen{Paths: []string{"prod/**"}}, Need: need(2)}}
	s := change(t)
	r := evaluate(s, p)
	wantOutcome(t, r, checks.Verified)
	if want := "No tier of the policy applies, so nobody's approval is asked for."; r.Summary != want {
		t.Errorf("summary %q", r.Summary)
	}

	// What asks for review never passes for lack of a tier.
	s.Plans = []checks.Plan{{Digest: plan1}}
	r = evaluate(s, p, replaced)
	wantOutcome(t, r, checks.Waiting)
	wantFinding(t, r, "review.no-tier", "findings ask for review: plan.replace")
	if r.Waiting[0].Tier != "findings-without-tier" || r.Waiting[0].Missing != 1 {
		t.Errorf("%+v", r.Waiting)
	}
	approve(s, bob)
	wantDropped(t, evaluate(s, p, replaced), bob, "without a plan")
	s.Review.Reviews[0].PlanDigests = []string{plan1}
	wantOutcome(t, evaluate(s, p, replaced), checks.Verified)

	// Nor does a gate file.
	s.Review.Reviews = nil
	touch(s, "CODEOWNERS")
	r = evaluate(s, p)
	wantOutcome(t, r, checks.Waiting)
	wantFinding(t, r, "review.no-tier", "gate files change: CODEOWNERS")
}

func TestSeatsAreMatched(t *testing.T) {
	t.Parallel()
	team := func(n int, names ...string) policy.Need { return policy.Need{Count: n, Teams: names} }
	for _, c := range []struct {
		name    string
		need    []policy.Need
		who     []int64
		missing []int // by need
		could   []string
	}{
		// carol is in both teams, bob in infra only: carol must be moved to security
		{"moved, first come", []policy.Need{team(1, "infra"), team(1, "security")}, []int64{carol, bob}, []int{0, 0}, nil},
		{"one person, two seats", []policy.Need{team(1, "infra"), team(1, "security")}, []int64{carol}, []int{0, 1}, nil},
		{"freed by another", []policy.Need{team(1, "security"), team(1, "infra")}, []int64{carol}, []int{0, 1}, []string{"bob"}},
		{"anybody beside a team", []policy.Need{{Count: 1}, team(1, "security")}, []int64{carol}, []int{0, 1}, []string{"bob", "dave", "erin"}},
		{"anybody beside a team, met", []policy.Need{{Count: 1}, team(1, "security")}, []int64{carol, dave}, []int{0, 0}, nil},
		{"people or team", []policy.Need{{Count: 2, Teams: []string{"security"}, People: []string{"dave"}}}, []int64{carol, dave}, []int{0}, nil},
		{"two of a team of two", []policy.Need{team(2, "infra")}, []int64{bob}, []int{1}, []string{"carol"}},
		{"chain", []policy.Need{{Count: 1, People: []string{"bob", "carol"}}, {Count: 1, People: []string{"carol", "dave"}}, {Count: 1, People: []string{"dave", "erin"}}}, []int64{bob, carol, dave}, []int{0, 0, 0}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := testPolicy()
			p.Review.Tiers[0].Need = c.need
			s := change(t)
			approve(s, c.who...)
			r := evaluate(s, p)
			total := 0
			for _, m := range c.missing {
				total += m
			}
			got := 0
			for _, seat := range r.Waiting {
				got += seat.Missing
			}
			if got != total {
				t.Fatalf("%d missing, want %d: %+v", got, total, r.Waiting)
			}
			if c.could != nil && !cmp.Equal(c.could, r.Waiting[0].Could) {
				t.Errorf("could: %v, want %v", r.Waiting[0].Could, c.could)
			}
			// Whoever is said to help does help.
			for _, seat := range r.Waiting {
				for _, login := range seat.Could {
					s2 := *s
					i := slices.IndexFunc(s.Review.Accounts, func(a checks.Account) bool { return a.Login == login })
					s2.Review.Reviews = slices.Clone(s.Review.Reviews)
					approve(&s2, s.Review.Accounts[i].ID)
					left := 0
					for _, seat := range evaluate(&s2, p).Waiting {
						left += seat.Missing
					}
					if left != total-1 {
						t.Errorf("%s would not help", login)
					}
				}
			}
		})
	}
}

func TestPermissionOfANeed(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers[0].Need = []policy.Need{{Count: 1, Permission: policy.PermissionMaintain}}
	s := change(t)
	account(s, dave).Permission = "admin"
	approve(s, bob)
	r := evaluate(s, p)
	wantDropped(t, r, bob, "not one of somebody with maintain access")
	if d := cmp.Diff([]string{"dave"}, r.Waiting[0].Could); d != "" {
		t.Error(d)
	}
	approve(s, dave)
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

func TestGitHubTeams(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Teams["Acme/Infra"] = []string{"bob"} // no team of the policy can have this name
	p.Review.Tiers[0].Need = []policy.Need{{Count: 1, Teams: []string{"acme/infra"}}}
	s := change(t)
	approve(s, bob)
	wantOutcome(t, evaluate(s, p), checks.Waiting)
	account(s, bob).Teams = []string{"acme/other", "ACME/infra"}
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

func TestApprovalThatCountsInOneTierOnly(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "risk", When: policy.TierWhen{Findings: []string{"plan.*"}}, Need: need(1), Bind: []policy.Bind{policy.BindHead, policy.BindPlan}})
	s := change(t)
	s.Plans = []checks.Plan{{Digest: plan1}}
	approve(s, bob)
	r := evaluate(s, p, replaced)
	wantOutcome(t, r, checks.Waiting)
	want := checks.Approval{Account: bob, Login: "bob", State: "approved", Counts: true, Reason: "not everywhere: tier risk: given without a plan, and the policy binds it to the plans; it has to name " + plan1}
	if d := cmp.Diff([]checks.Approval{want}, r.Approvals); d != "" {
		t.Error(d)
	}
}

func TestP06ChangeOfThePolicy(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"deleted": "", "no YAML": "version: [", "no policy": "hello: world\n", "blank": " \n",
	} {
		s := change(t)
		s.Policy.Head = head(text)
		touch(s, ".github/claw-verified.yml")
		approve(s, bob, carol, dave)
		r := evaluate(s, testPolicy())
		if outcome(r) != checks.Refused || len(findings(r, "review.policy-broken")) != 1 {
			t.Errorf("%s: %v %+v", name, outcome(r), r.Findings)
		}
	}
	s := change(t)
	s.Policy.Head = head("version: 1\nplan:\n  rules:\n    - {id: replace, when: {rule: [plan.replace]}, effect: deny, reason: Nobody replaces a database by accident.}\n")
	touch(s, ".github/claw-verified.yml")
	approve(s, bob)
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Verified)
	wantFinding(t, r, "review.gate-files", ".github/claw-verified.yml")
}

func TestSummaryOfSeveralTiers(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "infra", When: policy.TierWhen{Always: true}, Need: []policy.Need{{Count: 2, Teams: []string{"infra"}}}})
	s := change(t)
	approve(s, bob)
	want := "Tier infra: 1 of 2 approvals; waiting for one more from team infra (carol)."
	if got := evaluate(s, p).Summary; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	approve(s, carol)
	if got, want := evaluate(s, p).Summary, "Everybody needed has agreed: bob and carol."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNoReviewsFile(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Review = checks.Review{Source: "none"}
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Waiting)
	if !slices.ContainsFunc(r.NotProved, func(l string) bool { return strings.Contains(l, "none were given") }) {
		t.Errorf("%q", r.NotProved)
	}
}
