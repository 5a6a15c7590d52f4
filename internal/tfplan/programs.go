package tfplan

import "github.com/claw-verified/claw-verified/checks"

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
	if len(addr) > maxAddress || len(r.plan.Consequences) >= r.lim.MaxKept {
		return r.at("too many data sources, or one whose address is too long")
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

// action notes an action that the plan would invoke.
func (r *reader) action(address string) {
	if len(r.plan.Actions) < maxSample {
		r.plan.Actions = append(r.plan.Actions, cut(address, maxText))
	}
}
