package plan

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// minShare is from how many objects on a share of the whole means anything.
const minShare = 5

// mass tells of a plan that destroys very much, or everything.
func (j *judge) mass() {
	p := j.plan
	deleted, gone := 0, 0
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Deposed != "" || c.Mode != "managed" {
			continue
		}
		switch c.Action {
		case checks.ActionDelete:
			deleted++
			fallthrough
		case checks.ActionReplace:
			if c.Class != checks.ClassHarmless && !j.moved[c.Address] {
				gone++
			}
		}
	}
	switch {
	case p.Saved != nil && p.Saved.Mode == checks.ModeDestroy:
		j.whole(ruleDestroyMode, fmt.Sprintf("The plan %s was made to destroy everything (-destroy): %s.", p.Source, checks.Plural(deleted, "object", "objects")))
		return
	case p.Managed >= 2 && deleted >= p.Managed && gone > 0:
		j.whole(ruleDestroyMode, fmt.Sprintf("The plan %s destroys all %d managed objects.", p.Source, p.Managed))
		return
	}
	count, share := policy.DefaultMassCount, policy.DefaultMassShare
	if m := j.policy.MassDestroy; m != nil {
		if m.Count > 0 {
			count = m.Count
		}
		if m.Share > 0 {
			share = m.Share
		}
	}
	of := ""
	if p.Managed > 0 {
		of = fmt.Sprintf(" of %d managed ones (%d %%)", p.Managed, gone*100/p.Managed)
	}
	if gone >= count || gone >= minShare && p.Managed > 0 && gone*100 >= share*p.Managed {
		j.whole(ruleMassDestroy, fmt.Sprintf("The plan %s destroys or replaces %s%s.", p.Source, checks.Plural(gone, "object", "objects"), of))
	}
}
