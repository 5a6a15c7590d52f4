package policy

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// floorPrefix stands before the id of a tier or rule of the organisation where the
// repository has another one of that id. Nobody can write such an id.
const floorPrefix = "organization/"

// ParseFloor reads the policy of an organisation, to be given to [Policy.WithFloor]. It
// is as strict as [Parse], but fills in no defaults at the top: what the organisation
// leaves out it leaves to each repository.
func ParseFloor(text string, known Known) (*Policy, []Problem) {
	return readFloor(text, known, func(*reader) {})
}

func readFloor(text string, known Known, more func(*reader)) (*Policy, []Problem) {
	r := read(text, known)
	if r.wrong() {
		return nil, sorted(r.problems)
	}
	r.lint()
	r.lintFloor()
	more(r)
	p := &r.policy
	fillTiers(p.Review.Tiers)
	fillProducers(p.Plan.Producers)
	fillBreakGlass(p.BreakGlass)
	return p, sorted(r.problems)
}

// WithFloor joins the policy of a repository with that of its organisation, whose
// demands the repository cannot lower. What either asks for is asked for; what either
// declares (agents, people, rules that allow, waivers) is declared; what the
// organisation says about whom to believe the repository can only narrow. The table
// in docs/policy.md gives it for each key.
//
// It returns nil and why when the two contradict each other, or do not fit into one
// policy: an id that means two things, an account of two owners. The problems have no
// place, for it can be in either file. Neither policy is changed; the result shares
// with them, and is not to be changed either. It is not one that a file could hold:
// what [Policy.Effective] writes of it can have ids that Parse refuses.
//
// org is best read by [ParseFloor]. One read by [Parse] makes a floor of the defaults
// as well. Without one, nil, the policy stays as it is.
func (p *Policy) WithFloor(org *Policy) (*Policy, []Problem) {
	if p == nil || org == nil || same(*org, Policy{Version: org.Version}) {
		return p, nil
	}
	out := *p
	j := joiner{repo: p, org: org, out: &out}
	if org.Mode != "" && org.Mode != ModeObserve {
		out.Mode = ModeEnforce
	}
	j.who()
	j.provenance()
	j.plan()
	j.review()
	j.waivers()
	j.deploy()
	out.Limits = Limits{
		Commits:  lower(p.Limits.Commits, org.Limits.Commits),
		Files:    lower(p.Limits.Files, org.Limits.Files),
		PlanSize: lower(p.Limits.PlanSize, org.Limits.PlanSize),
	}
	if org.BreakGlass != nil {
		out.BreakGlass = org.BreakGlass
	}
	if len(j.problems) == 0 {
		j.readAgain()
	}
	if len(j.problems) > 0 {
		return nil, sorted(j.problems)
	}
	return &out, nil
}

// joiner makes one policy of two.
type joiner struct {
	repo, org, out *Policy
	problems       []Problem
}

func (j *joiner) bad(hint, format string, args ...any) {
	j.problems = append(j.problems, Problem{Message: fmt.Sprintf(format, args...), Hint: hint})
}

// readAgain holds the result to everything that a policy in one file is held to: no
// account, address or key of two owners, no list without end, enough people for each
// need. An attack on one file that the other one knows nothing of is met here.
func (j *joiner) readAgain() {
	text, err := j.out.Effective()
	if err != nil {
		j.bad("report this as a defect", "the policies of the repository and the organisation cannot be joined: %v", err)
		return
	}
	r := &reader{joined: true}
	if root := r.load(string(text)); root != nil {
		r.document(root)
		for _, check := range r.later {
			check()
		}
		r.checkClaims()
	}
	for _, pr := range r.problems {
		if pr.Warning {
			continue
		}
		pr.Line, pr.Column = 0, 0
		pr.Message = "the policies of the repository and the organisation do not fit together: " + pr.Message
		j.problems = append(j.problems, pr)
	}
}

// lower takes the smaller of two bounds; one that is 0 is not given.
func lower[T ~int | ~int64](a, b T) T {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// union adds what a list does not have yet.
func union[T comparable](a, b []T) []T {
	out := slices.Clip(a)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// byID adds the entries of the organisation. An id that stands in both has to mean the
// same in both.
func byID[T any](j *joiner, what string, repo, org []T, id func(*T) string) []T {
	at := make(map[string]int, len(repo))
	for i := range repo {
		at[strings.ToLower(id(&repo[i]))] = i
	}
	out := slices.Clip(repo)
	for i := range org {
		k, there := at[strings.ToLower(id(&org[i]))]
		switch {
		case !there:
			out = append(out, org[i])
		case !same(repo[k], org[i]):
			j.bad("leave it out of the repository's policy, or write there exactly what the organisation's says",
				"the policies of the repository and the organisation both define %s %s, and say different things of it", what, quoteName(clip(id(&org[i]))))
		}
	}
	return out
}

// narrowed is for lists of what is believed: where the organisation has one, the
// repository may keep to a part of it, and name nothing else.
func narrowed[T any](j *joiner, what string, repo, org []T, name func(*T) string) []T {
	return narrowedBy(j, what, repo, org, name, name, func(r, o T) bool { return same(o, r) })
}

// narrowedBy is narrowed for entries that can be narrowed themselves, or are not known
// by their name alone: those of one key are held against each other.
func narrowedBy[T any](j *joiner, what string, repo, org []T, name, key func(*T) string, within func(repo, org T) bool) []T {
	if len(org) == 0 {
		return repo
	}
	if len(repo) == 0 {
		return org
	}
	of := map[string][]T{}
	for i := range org {
		of[key(&org[i])] = append(of[key(&org[i])], org[i])
	}
	for i := range repo {
		if !slices.ContainsFunc(of[key(&repo[i])], func(o T) bool { return within(repo[i], o) }) {
			j.bad("use what the organisation's policy lists, exactly, or have it listed there",
				"%s %s of the repository's policy is not in the organisation's, which lists all there may be", what, quoteName(clip(name(&repo[i]))))
		}
	}
	return repo
}

func (j *joiner) who() {
	p, org := j.repo, j.org
	j.out.Agents = byID(j, "agent", p.Agents, org.Agents, func(a *Agent) string { return a.ID })
	j.out.People = byID(j, "person", p.People, org.People, func(who *Person) string { return who.ID })
	j.out.MachineUsers = union(p.MachineUsers, org.MachineUsers)
	j.out.GateFiles = union(p.GateFiles, org.GateFiles)
	if len(org.Teams) == 0 {
		return
	}
	j.out.Teams = maps.Clone(p.Teams)
	if j.out.Teams == nil {
		j.out.Teams = map[string][]string{}
	}
	spelt := map[string]string{}
	for name := range p.Teams {
		spelt[foldName(name)] = name
	}
	for _, name := range slices.Sorted(maps.Keys(org.Teams)) {
		if other, there := spelt[foldName(name)]; there && other != name {
			j.bad("give the repository's team another name, or leave it out", "the team %s of the repository's policy differs from %s of the organisation's only by the case of letters", quoteName(clip(other)), quoteName(clip(name)))
		} else if mine, there := p.Teams[name]; there && !same(slices.Sorted(slices.Values(mine)), slices.Sorted(slices.Values(org.Teams[name]))) {
			j.bad("give the repository's team another name, or leave it out", "the team %s belongs to the organisation, and the repository's policy puts other people in it", quoteName(clip(name)))
		} else if !there {
			j.out.Teams[name] = org.Teams[name]
		}
	}
}

func (j *joiner) provenance() {
	p, org, out := &j.repo.Provenance, &j.org.Provenance, &j.out.Provenance
	if org.Require != "" && rankOf(org.Require) > rankOf(p.Require) {
		out.Require = org.Require
	}
	out.SignerIsCommitter = p.SignerIsCommitter || org.SignerIsCommitter
	j.trustedRoots()
	switch {
	case org.AllowedSigners == "":
	case p.AllowedSigners == "":
		out.AllowedSigners = org.AllowedSigners
	case p.AllowedSigners != org.AllowedSigners:
		j.bad("use the organisation's file, or leave allowed_signers out", "keys are allowed by %s in the repository's policy and by %s in the organisation's", quoteName(clip(p.AllowedSigners)), quoteName(clip(org.AllowedSigners)))
	}
	switch {
	case org.Directory == "":
	case p.Directory == "" || p.Directory == DefaultDirectory:
		out.Directory = org.Directory
	case p.Directory != org.Directory:
		j.bad("use the organisation's folder, or leave directory out", "attestations lie in %s for the repository's policy and in %s for the organisation's", quoteName(clip(p.Directory)), quoteName(clip(org.Directory)))
	}
	out.Attestors = narrowed(j, "attestor", p.Attestors, org.Attestors, func(a *Attestor) string { return a.ID })
	out.Markers = p.Markers.with(org.Markers)
}

// trustedRoots: a repository that names none has the built-in one, so that alone is no
// contradiction.
func (j *joiner) trustedRoots() {
	p, org := j.repo.Provenance.TrustedRoots, j.org.Provenance.TrustedRoots
	if len(org) == 0 {
		return
	}
	if len(p) == 0 || same(p, []string{PublicGood}) && !slices.Contains(org, PublicGood) {
		j.out.Provenance.TrustedRoots = org
		return
	}
	j.out.Provenance.TrustedRoots = narrowed(j, "the trusted root", p, org, func(s *string) string { return *s })
}

// with adds marks. Built-in ones stay switched off only where both say so, once the
// organisation says anything about marks.
func (m *Markers) with(org *Markers) *Markers {
	switch {
	case org == nil:
		return m
	case m == nil:
		m = &Markers{}
	}
	out := Markers{
		Emails: union(m.Emails, org.Emails), Logins: union(m.Logins, org.Logins), Trailers: union(m.Trailers, org.Trailers),
		Ignore: slices.DeleteFunc(slices.Clone(m.Ignore), func(name string) bool { return !slices.Contains(org.Ignore, name) }),
	}
	if same(out, Markers{}) {
		return nil
	}
	return &out
}

func (j *joiner) waivers() {
	p, org := j.repo.Waivers, j.org.Waivers
	theirs, mine := map[string]bool{}, map[string]bool{}
	for _, o := range org {
		theirs[written(reflect.ValueOf(o))] = true
	}
	asks := map[string]string{} // who asks about a finding, by its id
	for _, w := range p {
		text := written(reflect.ValueOf(w))
		if mine[text] = true; theirs[text] {
			continue
		}
		if _, known := asks[w.Rule]; !known {
			asks[w.Rule] = j.org.whoAsksAbout(w.Rule)
		}
		if who := asks[w.Rule]; who != "" {
			j.bad("have the waiver written into the organisation's policy", "the repository's policy waives %s, which %s of the organisation's asks about", waived(w), who)
		}
	}
	out := slices.Clip(p)
	for _, o := range org {
		if !mine[written(reflect.ValueOf(o))] {
			out = append(out, o)
		}
	}
	j.out.Waivers = out
}

// waitsFor reports that the tier applies to findings of this id.
func (t *Tier) waitsFor(id string) bool {
	return slices.ContainsFunc(t.When.Findings, func(g string) bool { return MatchName(g, id) })
}

// whoAsksAbout names the rule that can deny a finding of this id or have it reviewed, or
// the tier that waits for it: one that is waived is waited for by none.
func (p *Policy) whoAsksAbout(id string) string {
	for i := range p.Plan.Rules {
		if p.Plan.Rules[i].asksAbout(id) {
			return "rule " + quoteName(clip(p.Plan.Rules[i].ID))
		}
	}
	for i := range p.Review.Tiers {
		if p.Review.Tiers[i].waitsFor(id) {
			return "tier " + quoteName(clip(p.Review.Tiers[i].ID))
		}
	}
	return ""
}

// asksAbout reports that the rule can deny a finding of this id, or have it reviewed.
func (r *PlanRule) asksAbout(id string) bool {
	if r.Effect == EffectAllow || !strings.HasPrefix(id, "plan.") {
		return false
	}
	return r.When.matchesID(id)
}

func (j *joiner) deploy() {
	if len(j.org.Deploy) == 0 {
		return
	}
	out := maps.Clone(j.repo.Deploy)
	if out == nil {
		out = map[string]Environment{}
	}
	for name, o := range j.org.Deploy {
		e, there := out[name]
		if !there {
			out[name] = o
			continue
		}
		if o.Require != "" && e.Require != DefaultRequire {
			e.Require = o.Require
		}
		e.MaxAge = cmp.Or(lower(e.MaxAge, o.MaxAge), DefaultMaxAge)
		e.PlanMustMatch = e.PlanMustMatch || o.PlanMustMatch
		out[name] = e
	}
	j.out.Deploy = out
}
