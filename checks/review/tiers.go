package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// noTier is the id of the tier that is made up when something asks for review
// and no tier that applies names it.
const noTier = "findings-without-tier"

// tier is a tier of the policy that applies, and why.
type tier struct {
	id      string
	need    []policy.Need
	tree    bool // the same tree is enough, whatever the commit
	plan    bool // the same plans are asked for
	why     []string
	made    bool // by us, not by the policy
	gateful bool // asks for gate files
	quote   bool // an approval says in its first line what it is for
	owners  bool // asks for the owners of what changes
}

// tiers lists the tiers that apply, in the policy's order. All of them must be
// met: a condition can only add demands.
func (sc *scene) tiers() []*tier {
	list := sc.p.Review.Tiers
	if len(list) == 0 {
		list = policy.DefaultTiers() // an empty list is not "nobody needs to agree"
	}
	var out []*tier
	open, gate := sc.openFindings(nil), sc.gate
	for i := range list {
		w := &list[i].When
		why := sc.applies(w)
		if len(why) == 0 {
			continue
		}
		out = append(out, newTier(&list[i], why))
		// What a tier answers is what it names, not what it happens to apply beside:
		// otherwise adding a file that some lenient tier names would settle a finding
		// that nobody was asked about.
		if w.Always {
			open, gate = nil, nil
		}
		if w.GateFiles {
			gate = nil
		}
		open = slices.DeleteFunc(open, func(rule string) bool {
			return slices.ContainsFunc(w.Findings, func(g string) bool { return policy.MatchName(g, rule) })
		})
	}
	var why []string
	if len(open) > 0 {
		why = append(why, "findings ask for review: "+strings.Join(open, ", "))
	}
	if len(gate) > 0 {
		why = append(why, "gate files change: "+fewPaths(gate))
	}
	if len(why) > 0 {
		t := newTier(&policy.Tier{ID: noTier, Bind: []policy.Bind{policy.BindHead, policy.BindPlan}}, why)
		t.made = true
		out = append(out, t)
	}
	return out
}

// newTier reads a tier so that whatever was left empty asks for more, not less.
func newTier(pt *policy.Tier, why []string) *tier {
	t := &tier{id: pt.ID, why: why, gateful: pt.When.GateFiles, owners: pt.Codeowners}
	for _, n := range pt.Need {
		n.Count = min(max(1, n.Count), 1<<20)
		t.need = append(t.need, n)
	}
	if len(t.need) == 0 {
		t.need = []policy.Need{{Count: 1, Permission: policy.PermissionWrite}}
	}
	t.tree = slices.Contains(pt.Bind, policy.BindTree) && !slices.Contains(pt.Bind, policy.BindHead)
	t.plan = slices.Contains(pt.Bind, policy.BindPlan)
	t.quote = pt.Quote
	return t
}

// applies says why a tier applies; empty when it does not.
func (sc *scene) applies(w *policy.TierWhen) []string {
	var why []string
	if w.Always {
		why = append(why, "it always does")
	}
	if w.Agent {
		if n := sc.notHuman(); n > 0 {
			why = append(why, fmt.Sprintf("%s not proved to be a person's own work", checks.Plural(n, "commit is", "commits are")))
		} else if len(sc.contributions) == 0 {
			why = append(why, "no commits were read, so none is proved to be a person's own work")
		}
	}
	if w.Unattributed && len(sc.unattributed) > 0 {
		why = append(why, "nobody can be named who commissioned the change")
	}
	if w.GateFiles && len(sc.gate) > 0 {
		why = append(why, "gate files change: "+fewPaths(sc.gate))
	}
	if len(w.Paths) > 0 {
		var hit []checks.Path
		for _, f := range sc.s.Files {
			if policy.MatchPath(w.Paths, string(f.Path)) {
				hit = append(hit, f.Path)
			}
		}
		if len(hit) > 0 {
			slices.Sort(hit)
			why = append(why, "files change that it names: "+fewPaths(hit))
		}
	}
	if len(w.Findings) > 0 {
		if open := sc.openFindings(w.Findings); len(open) > 0 {
			why = append(why, "findings ask for review: "+strings.Join(open, ", "))
		}
		if sc.weakens() && slices.ContainsFunc(w.Findings, func(g string) bool { return policy.MatchName(g, rulePolicyWeaker.ID) }) {
			why = append(why, "the change makes the policy weaker")
		}
	}
	if w.ProvenanceBelow != "" {
		n := 0
		for i := range sc.contributions {
			if !sc.contributions[i].Level.Meets(w.ProvenanceBelow) {
				n++
			}
		}
		if n > 0 || len(sc.contributions) == 0 {
			why = append(why, fmt.Sprintf("%s not proved to level %s", checks.Plural(n, "commit is", "commits are"), w.ProvenanceBelow))
		}
	}
	why = append(why, sc.labelled(w.Labels)...)
	return append(why, sc.large(w.Size)...)
}

func (sc *scene) notHuman() (n int) {
	for i := range sc.contributions {
		if !sc.contributions[i].Human {
			n++
		}
	}
	return n
}

// openFindings lists the rules of findings that ask for review and are not
// waived, by the globs, or all of them when there are no globs.
func (sc *scene) openFindings(globs []string) []string {
	var rules []string
	for i := range sc.findings {
		f := &sc.findings[i]
		if f.Waiver == nil && f.Effect == checks.EffectRequireReview && (globs == nil || slices.ContainsFunc(globs, func(g string) bool { return policy.MatchName(g, f.Rule) })) {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// leadsElsewhere reports a symbolic link or a submodule, now or before: what stands
// behind the path changes, and no glob over paths can know what that is.
func leadsElsewhere(f *checks.File) bool {
	for _, mode := range []string{f.Mode, f.OldMode} {
		if mode == "" {
			continue // not recorded
		}
		// By its type alone, and what cannot be read counts: a snapshot can come from
		// anywhere.
		m, err := strconv.ParseUint(mode, 8, 32)
		if typ := m &^ 0o7777; err != nil || typ != 0 && typ != 0o100000 {
			return true
		}
	}
	return false
}

// isGateFile also takes the file the policy was read from, wherever that is, and
// the built-in ones should a policy have lost them.
func isGateFile(s *checks.Snapshot, p *policy.Policy, path checks.Path) bool {
	return path == s.Policy.Path || p.GateFile(string(path)) || policy.MatchPath(policy.BuiltinGateFiles(), string(path))
}

func fewPaths(paths []checks.Path) string {
	const show = 5
	var out []string
	for i, p := range paths {
		if i == show {
			out = append(out, fmt.Sprintf("and %d more", len(paths)-show))
			break
		}
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}
