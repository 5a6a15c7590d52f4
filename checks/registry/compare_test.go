package registry_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/resource"
)

// edit is one way to change a policy, with what the change that is judged holds: who
// signed, reviewed and wrote it, and what it destroys. pick chooses among so many.
type edit struct {
	name string
	do   func(p *policy.Policy, s *checks.Snapshot, pick func(int) int)
}

// drop takes one entry away, if there is any.
func drop[T any](list *[]T, pick func(int) int) {
	if len(*list) > 0 {
		k := pick(len(*list))
		*list = slices.Concat((*list)[:k], (*list)[k+1:])
	}
}

func one[T any](list []T, pick func(int) int) (v T) {
	if len(list) > 0 {
		v = list[pick(len(list))]
	}
	return v
}

func logins(s *checks.Snapshot) (out []string) {
	out = []string{"zed", "claw-agent[bot]"}
	for _, a := range s.Review.Accounts {
		out = append(out, a.Login)
	}
	return out
}

func destroyed(s *checks.Snapshot) (out []string) {
	for _, p := range s.Plans {
		for _, c := range p.Changes {
			if c.Action == checks.ActionDelete || c.Action == checks.ActionReplace {
				out = append(out, c.Type)
			}
		}
	}
	return out
}

var (
	addresses = []string{"zed@example.com", "claw@agents.example", "alice@example.com", "bob@example.com", "dave@example.com", "7+zed@users.noreply.github.com"}
	effects   = []policy.Effect{policy.EffectAllow, policy.EffectRequireReview, policy.EffectDeny}
	classes   = []string{"stateful", "guard", "recreatable", "harmless", "unclassified"}
	globs     = []string{"plan.*", "plan.delete", "plan.delete-data", "plan.replace*", "plan.exposure-*"}
)

// edits of a policy. Those of who is who are most, for they cut both ways.
var edits = []edit{
	{"agent's key", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Keys, pick) })},
	{"agent's identity", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Identities, pick) })},
	{"agent's operator", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Operators, pick) })},
	{"agent's address", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Emails, pick) })},
	{"agent's login", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Logins, pick) })},
	{"agent's trailer", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) { drop(&a.Trailers, pick) })},
	{"operator for an agent", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) {
		a.Operators = append(a.Operators, one([]string{"alice", "bob", "carol"}, pick))
	})},
	{"address for an agent", agents(func(a *policy.Agent, _ *checks.Snapshot, pick func(int) int) {
		a.Emails = append(a.Emails, one(addresses, pick))
	})},
	{"login for an agent", agents(func(a *policy.Agent, s *checks.Snapshot, pick func(int) int) {
		a.Logins = append(a.Logins, one(logins(s), pick))
	})},
	{"agent", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Agents, pick) }},
	{"one agent more", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Agents = append(p.Agents, policy.Agent{ID: "other", Emails: []string{one(addresses, pick)}})
	}},
	{"person's key", people(func(w *policy.Person, pick func(int) int) { drop(&w.Keys, pick) })},
	{"person's address", people(func(w *policy.Person, pick func(int) int) { drop(&w.Emails, pick) })},
	{"person's account", people(func(w *policy.Person, pick func(int) int) { drop(&w.GitHubIDs, pick) })},
	{"person's login", people(func(w *policy.Person, pick func(int) int) { drop(&w.Logins, pick) })},
	{"address for a person", people(func(w *policy.Person, pick func(int) int) { w.Emails = append(w.Emails, one(addresses, pick)) })},
	{"machine", func(p *policy.Policy, s *checks.Snapshot, pick func(int) int) {
		p.MachineUsers = append(p.MachineUsers, one(logins(s), pick))
	}},
	{"marks", func(p *policy.Policy, s *checks.Snapshot, pick func(int) int) {
		p.Provenance.Markers = &policy.Markers{Emails: []string{one(addresses, pick)}, Logins: []string{one(logins(s), pick)}}
	}},
	{"ignored marks", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Provenance.Markers = &policy.Markers{Ignore: []string{one([]string{"Copilot", "Claude"}, pick)}}
	}},
	{"root", func(p *policy.Policy, _ *checks.Snapshot, _ func(int) int) {
		p.Provenance.TrustedRoots = []string{policy.PublicGood}
	}},
	{"attestor", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Provenance.Attestors, pick) }},
	{"life of a key", agents(func(a *policy.Agent, s *checks.Snapshot, pick func(int) int) {
		if len(a.Keys) > 0 {
			a.Keys[pick(len(a.Keys))].NotAfter = s.TakenAt.AddDate(0, 0, 1-2*pick(2))
		}
	})},
	{"level", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Provenance.Require = one([]policy.Level{policy.LevelAttributed, policy.LevelSigned, policy.LevelAttested}, pick)
	}},
	{"signer", func(p *policy.Policy, _ *checks.Snapshot, _ func(int) int) {
		p.Provenance.SignerIsCommitter = !p.Provenance.SignerIsCommitter
	}},
	{"count", needs(func(n *policy.Need, pick func(int) int) { n.Count = 1 + pick(3) })},
	{"voters", needs(func(n *policy.Need, pick func(int) int) {
		n.People = append(n.People, one([]string{"alice", "bob", "carol"}, pick))
	})},
	{"bind", tiers(func(t *policy.Tier, pick func(int) int) {
		t.Bind = one([][]policy.Bind{{policy.BindHead}, {policy.BindTree}, {policy.BindHead, policy.BindPlan}, {policy.BindPlan}}, pick)
	})},
	{"quote", tiers(func(t *policy.Tier, _ func(int) int) { t.Quote = !t.Quote })},
	{"owners", tiers(func(t *policy.Tier, _ func(int) int) { t.Codeowners = !t.Codeowners })},
	{"findings of a tier", tiers(func(t *policy.Tier, pick func(int) int) { t.When.Findings = []string{one(globs, pick)} })},
	{"tier", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Review.Tiers, pick) }},
	{"one tier more", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Review.Tiers = append(p.Review.Tiers, policy.Tier{
			ID: "more", When: one([]policy.TierWhen{{Always: true}, {Agent: true}, {Findings: []string{one(globs, pick)}}, {GateFiles: true}, {Paths: []string{"**"}}}, pick),
			Need: []policy.Need{{Count: 1 + pick(2), Permission: policy.PermissionWrite}}, Bind: []policy.Bind{one([]policy.Bind{policy.BindTree, policy.BindHead, policy.BindPlan}, pick)},
		})
	}},
	{"conversations", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Review.Conversations = one([]policy.Conversations{policy.ConversationsOptional, policy.ConversationsRequired}, pick)
	}},
	{"gate file", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.GateFiles = append(p.GateFiles, one([]string{"**/*.tf", "docs/**"}, pick))
	}},
	{"rule", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		r := policy.PlanRule{ID: fmt.Sprintf("new%d", pick(100)), Effect: one(effects, pick), Reason: "x"}
		if pick(2) == 0 {
			r.When.Class = []string{one(classes, pick)}
		} else {
			r.When.Rule = []string{one(globs, pick)}
		}
		p.Plan.Rules = append(p.Plan.Rules, r)
	}},
	{"effect", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		if len(p.Plan.Rules) > 0 {
			p.Plan.Rules[pick(len(p.Plan.Rules))].Effect = one(effects, pick)
		}
	}},
	{"no rule", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Plan.Rules, pick) }},
	{"resource", func(p *policy.Policy, s *checks.Snapshot, pick func(int) int) {
		if list := destroyed(s); len(list) > 0 {
			r := policy.PlanResource{Type: one([]string{one(list, pick), "*"}, pick), Class: one(classes[:4], pick)}
			if r.Class == "stateful" {
				r.Tier = one([]string{"", "high"}, pick)
			}
			p.Plan.Resources = append(p.Plan.Resources, r)
		}
	}},
	{"no resource", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Plan.Resources, pick) }},
	{"waiver", func(p *policy.Policy, s *checks.Snapshot, pick func(int) int) {
		p.Waivers = append(p.Waivers, policy.Waiver{Rule: one([]string{"plan.delete", "plan.delete-data", "plan.replace-data"}, pick), Subject: "*", Owner: "bob", Reason: "x", Expires: s.TakenAt.AddDate(0, 1, 0)})
	}},
	{"no waiver", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) { drop(&p.Waivers, pick) }},
	{"mass", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Plan.MassDestroy = &policy.MassDestroy{Count: 1 + 20*pick(3)}
	}},
	{"saved", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Plan.Saved = one([]policy.PlanSaved{policy.SavedOptional, policy.SavedRequired}, pick)
	}},
	{"plan", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.Plan.Require = one([]policy.PlanRequired{policy.PlanAlways, policy.PlanWhenChanged}, pick)
	}},
	{"glass", func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		p.BreakGlass = &policy.BreakGlass{People: []string{"bob", "carol", "dave"}[:2+pick(2)], Confirm: 1, Expires: policy.DefaultExpires}
	}},
	{"no glass", func(p *policy.Policy, _ *checks.Snapshot, _ func(int) int) { p.BreakGlass = nil }},
}

func agents(f func(*policy.Agent, *checks.Snapshot, func(int) int)) func(*policy.Policy, *checks.Snapshot, func(int) int) {
	return func(p *policy.Policy, s *checks.Snapshot, pick func(int) int) {
		if len(p.Agents) > 0 {
			f(&p.Agents[pick(len(p.Agents))], s, pick)
		}
	}
}

func people(f func(*policy.Person, func(int) int)) func(*policy.Policy, *checks.Snapshot, func(int) int) {
	return func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		if len(p.People) > 0 {
			f(&p.People[pick(len(p.People))], pick)
		}
	}
}

func tiers(f func(*policy.Tier, func(int) int)) func(*policy.Policy, *checks.Snapshot, func(int) int) {
	return func(p *policy.Policy, _ *checks.Snapshot, pick func(int) int) {
		if len(p.Review.Tiers) > 0 {
			f(&p.Review.Tiers[pick(len(p.Review.Tiers))], pick)
		}
	}
}

func needs(f func(*policy.Need, func(int) int)) func(*policy.Policy, *checks.Snapshot, func(int) int) {
	return tiers(func(t *policy.Tier, pick func(int) int) { f(&t.Need[pick(len(t.Need))], pick) })
}

// under is the snapshot as it would have been collected under a policy: what it says of
// resource types stands in the plans.
func under(t testing.TB, s *checks.Snapshot, p *policy.Policy) *checks.Snapshot {
	t.Helper()
	text, err := p.Effective()
	if err != nil {
		t.Fatal(err)
	}
	out := *s
	out.Policy.Text = text
	if len(p.Plan.Resources) == 0 {
		return &out
	}
	extra := make([]resource.Extra, len(p.Plan.Resources))
	for i, r := range p.Plan.Resources {
		extra[i] = resource.Extra{Type: r.Type, Class: checks.Class(r.Class), Tier: checks.Tier(r.Tier)}
	}
	table := resource.Builtin().With(extra)
	out.Plans = slices.Clone(s.Plans)
	for i := range out.Plans {
		list := slices.Clone(out.Plans[i].Changes)
		for k := range list {
			if is, _ := resource.Builtin().Lookup(list[k].Type); is.Class == list[k].Class {
				now, _ := table.Lookup(list[k].Type)
				list[k].Class, list[k].Tier = now.Class, now.Tier
			}
		}
		out.Plans[i].Changes = list
	}
	return &out
}

// edited makes the policy that an edit leaves, if there can be such a one.
func edited(t testing.TB, text []byte, s *checks.Snapshot, pick func(int) int, list ...edit) *policy.Policy {
	t.Helper()
	p, problems := policy.Parse(string(text), registry.Known())
	if p == nil {
		t.Fatal(problems)
	}
	for _, e := range list {
		e.do(p, s, pick)
	}
	again, err := p.Effective()
	if err != nil {
		t.Fatal(err)
	}
	p, _ = policy.Parse(string(again), registry.Known())
	return p
}

// mildness orders what can be said of a change: what nobody has to agree to is milder
// than what waits, and what can never pass is as strict as what nobody knows.
func mildness(o checks.Outcome) int {
	return map[checks.Outcome]int{checks.Waiting: 1, checks.Overridden: 2, checks.Verified: 3}[o]
}

// TestWhatIsNotWeakerIsNotMilder: where the comparison of two policies tells nothing
// weaker, no change that was refused or waited comes further under the later one. It is
// held against the changes of all scenarios, and means something only because many of
// these edits do let something pass.
func TestWhatIsNotWeakerIsNotMilder(t *testing.T) {
	t.Parallel()
	var list []*checks.Snapshot
	var names []string
	all := scenarios(t)
	for f, sc := range all {
		if p, _ := policy.Parse(string(sc.Snapshot.Policy.Text), registry.Known()); p != nil && sc.Snapshot.Organization == nil {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	for _, f := range names {
		list = append(list, all[f].Snapshot)
	}
	tried, milder := 0, map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		for range 8 {
			at := rapid.IntRange(0, len(list)-1).Draw(rt, "scenario")
			s, pick := list[at], func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }
			first, then := rapid.SampledFrom(edits).Draw(rt, "first"), rapid.SampledFrom(edits).Draw(rt, "then")
			before := edited(t, s.Policy.Text, s, pick, first)
			if before == nil {
				continue
			}
			text, err := before.Effective()
			if err != nil {
				t.Fatal(err)
			}
			after := edited(t, text, s, pick, then)
			if after == nil {
				continue
			}
			was, is := registry.Evaluate(under(t, s, before)), registry.Evaluate(under(t, s, after))
			for _, way := range []struct {
				a, b       *policy.Policy
				from, upto *checks.Verdict
			}{{before, after, was, is}, {after, before, is, was}} {
				tried++
				if mildness(way.upto.Outcome) <= mildness(way.from.Outcome) {
					continue
				}
				milder[then.name]++
				changes := policy.Compare(way.a, way.b)
				if !slices.ContainsFunc(changes, func(d policy.Difference) bool { return d.Weaker }) {
					rt.Errorf("%s: after %s, %s makes it %s, and it was %s: %+v", strings.TrimSuffix(filepath.Base(names[at]), ".txtar"), first.name, then.name, way.upto.Outcome, way.from.Outcome, changes)
				}
			}
		}
	})
	n := 0
	for _, k := range milder {
		n += k
	}
	t.Logf("%d of %d verdicts were milder, by %d kinds of edits: %v", n, tried, len(milder), milder)
	if n*100 < tried {
		t.Errorf("of %d verdicts only %d were milder", tried, n)
	}
}
