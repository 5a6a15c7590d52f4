package policy

import "slices"

// unanswered is the id of the tier that keeps up a demand of the repository which a
// tier of the organisation would displace.
const unanswered = floorPrefix + "unanswered"

// review asks for every tier of both. A repository that lists none has the default
// ones, and keeps them.
func (j *joiner) review() {
	p, org, out := &j.repo.Review, &j.org.Review, &j.out.Review
	if org.Conversations == ConversationsRequired {
		out.Conversations = ConversationsRequired
	}
	out.Checks = union(p.Checks, org.Checks)
	if len(org.Tiers) == 0 {
		return
	}
	tiers := slices.Clip(p.Tiers)
	if len(tiers) == 0 {
		tiers = DefaultTiers()
	}
	kept, lost := stillAsked(tiers, org.Tiers)
	for _, o := range org.Tiers {
		tiers = besides(tiers, o, func(t *Tier) *string { return &t.ID })
	}
	if lost {
		tiers = besides(tiers, kept, func(t *Tier) *string { return &t.ID })
	}
	out.Tiers = tiers
}

// stillAsked makes the tier that keeps a policy from asking for less because of what
// its organisation asks for. Where no tier answers a finding or a gate file, one
// approval of this head and these plans is asked for; a tier of the organisation that
// answers it, and asks for less, would take the place of that.
func stillAsked(repo, org []Tier) (t Tier, lost bool) {
	t = Tier{ID: unanswered, Need: []Need{{Count: 1, Permission: DefaultPermission}}, Bind: []Bind{BindHead, BindPlan}}
	gated := slices.ContainsFunc(repo, func(mine Tier) bool { return mine.When.GateFiles })
	for i := range org {
		o := &org[i]
		if !displaces(o, repo) || slices.ContainsFunc(repo, func(mine Tier) bool { return same(mine, *o) }) {
			continue
		}
		if o.When.Always || len(o.When.Findings) > 0 {
			t.When.Findings, lost = []string{"*"}, true
		}
		if !gated && (o.When.Always || o.When.GateFiles) {
			t.When.GateFiles, lost = true, true
		}
	}
	return t, lost
}
