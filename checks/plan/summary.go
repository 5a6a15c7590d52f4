package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// tally counts what the plans would do, for the sentence.
type tally struct {
	plans, broken                     int
	changes, lost, forgotten, unknown int
	opened, wider                     int
	granted, weakened, runs           int
	outputs                           int
	partial                           bool // a plan that does not show everything, or cannot be relied on
	locked, cut                       int
}

func (t *tally) add(p *checks.Plan) {
	t.plans++
	t.outputs += len(p.Outputs)
	t.partial = t.partial || p.Errored || p.Deferred > 0 || p.Redacted || p.Complete != nil && !*p.Complete ||
		p.Coverage != checks.CoverageFull && p.Coverage != checks.CoverageNone || p.Saved != nil && len(p.Saved.Disagrees) > 0
	for i := range p.Changes {
		switch p.Changes[i].Action {
		case checks.ActionNoOp, checks.ActionRead:
			continue
		case checks.ActionDelete, checks.ActionReplace:
			t.lost++
		case checks.ActionForget, checks.ActionReplaceForget:
			t.forgotten++
		case checks.ActionCreate, checks.ActionUpdate:
		default:
			t.unknown++
		}
		t.changes++
	}
	opened, wider := map[string]bool{}, map[string]bool{}
	for i := range p.Exposures {
		e := &p.Exposures[i]
		switch {
		case e.Direction != "ingress":
		case e.World || e.Unknown:
			opened[e.Address] = true
		default:
			wider[e.Address] = true
		}
	}
	for a := range wider {
		if !opened[a] {
			t.wider++
		}
	}
	t.opened += len(opened)
	granted, weakened, runs := map[string]bool{}, map[string]bool{}, map[string]bool{}
	locked, parts := map[string]bool{}, map[string]bool{}
	for i := range p.Consequences {
		c := &p.Consequences[i]
		switch c.Kind {
		case checks.ConsequencePublic:
			if !opened[c.Address] {
				opened[c.Address] = true
				t.opened++
			}
		case checks.ConsequenceGrantPublic, checks.ConsequenceGrantAdmin, checks.ConsequenceGrantEscalation, checks.ConsequenceGrantTrust, checks.ConsequenceGrantWider, checks.ConsequenceGrantUnknown:
			granted[c.Address] = true
		case checks.ConsequenceProtectionOff, checks.ConsequenceGuardrailOff, checks.ConsequenceKeyWeakened, checks.ConsequenceGateWeakened:
			weakened[c.Address] = true
		case checks.ConsequenceIrreversible:
			locked[c.Address] = true
		case checks.ConsequencePartRemoved:
			parts[c.Address] = true
		case checks.ConsequenceRunsCode, checks.ConsequenceRanAtPlan:
			runs[c.Address] = true
		}
	}
	t.granted, t.weakened, t.runs = t.granted+len(granted), t.weakened+len(weakened), t.runs+len(runs)
	t.locked, t.cut = t.locked+len(locked), t.cut+len(parts)
}

// sentence says what would happen: "2 would be destroyed or replaced, 1 opened
// to the world; 14 changes in all."
func (t *tally) sentence(given int, gaps bool) string {
	switch {
	case given == 0 && gaps:
		return "A plan is needed, and none was given."
	case given == 0:
		return "No plan was given, and no changed file needs one."
	case t.plans == 0:
		return "No plan could be read."
	}
	var parts []string
	note := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d would be %s", n, what))
		}
	}
	note(t.lost, "destroyed or replaced")
	note(t.locked, "changed for good")
	note(t.cut, "left without a part")
	note(t.forgotten, "left unmanaged")
	note(t.opened, "opened to the public")
	note(t.wider, "opened wider")
	note(t.granted, "allowed more")
	note(t.weakened, "less protected")
	note(t.unknown, "changed in an unknown way")
	for i := range parts {
		if i > 0 {
			parts[i] = strings.Replace(parts[i], " would be", "", 1)
		}
	}
	var s string
	switch {
	case t.changes == 0 && len(parts) == 0:
		s = "No object would change, as far as the plan shows."
		if t.outputs > 0 {
			s = checks.Plural(t.outputs, "output changes", "outputs change") + ", and no object, as far as the plan shows."
		}
	case len(parts) == 0:
		s = checks.Plural(t.changes, "change", "changes") + "; nothing is destroyed, opened or allowed more" + t.shown() + "."
	default:
		s = strings.Join(parts, ", ") + "; " + checks.Plural(t.changes, "change", "changes") + " in all."
	}
	if t.runs > 0 {
		s += " " + checks.Plural(t.runs, "program runs", "programs run") + " while planning or applying."
	}
	if t.broken > 0 {
		s += " " + checks.Plural(t.broken, "plan", "plans") + " could not be read."
	}
	return s
}

// shown bounds what is said to what the plans show.
func (t *tally) shown() string {
	if t.partial {
		return " in the part that is shown"
	}
	return ""
}
