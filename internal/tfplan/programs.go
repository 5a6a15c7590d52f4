package tfplan

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
)

// A data source whose inputs are known is read while the plan is made. Then it is
// in no resource change, only in the prior state: a program has run, or something
// was fetched, before anybody looked.

// dataRan notes a data source of the prior state that runs or fetches something.
func (r *reader) dataRan(addr, typ string) error {
	use, ok := r.table.DataSource(typ)
	if !ok {
		return nil
	}
	c := checks.Consequence{Kind: checks.ConsequenceRanAtPlan, Address: addr, Type: typ, Note: use.Runs}
	if use.Runs == "" {
		c.Kind, c.Note = checks.ConsequenceReadAtPlan, use.Does
	}
	if len(addr) > maxAddress || len(r.plan.Consequences) >= maxRead {
		return r.at(fmt.Sprintf("more than %d data sources that run or fetch something, or one whose address is too long", maxRead))
	}
	if err := r.charge(len(addr) + 200); err != nil {
		return err
	}
	r.plan.Consequences = append(r.plan.Consequences, c)
	return nil
}

// dataRead notes a data source whose read is put off to the apply.
func (r *reader) dataRead(c *checks.Change) {
	if use, ok := r.table.DataSource(c.Type); ok && use.Runs != "" {
		r.plan.Consequences = append(r.plan.Consequences, checks.Consequence{
			Kind: checks.ConsequenceRunsCode, Address: c.Address, Type: c.Type,
		})
	}
}

// runs notes a resource of a type that runs what its attributes say when it is made
// or changed.
func (r *reader) runs(k *kept, what string) {
	if what == "" || k.Class == checks.ClassHarmless {
		return
	}
	switch k.Action {
	case checks.ActionCreate, checks.ActionUpdate, checks.ActionReplace, checks.ActionReplaceForget:
		r.plan.Consequences = append(r.plan.Consequences, checks.Consequence{
			Kind: checks.ConsequenceRunsCode, Address: k.Address, Type: k.Type, What: []string{what},
		})
	}
}

// action notes an action that the plan would invoke.
func (r *reader) action(address string) {
	if len(r.plan.Actions) < maxSample {
		r.plan.Actions = append(r.plan.Actions, cut(address, maxText))
	}
}
