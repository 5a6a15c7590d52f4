package policy

// lintProof warns of a policy under which no commit can ever be proved, so that
// everything is refused.
func (r *reader) lintProof() {
	p := &r.policy
	warn := func(message, hint string) {
		r.problems = append(r.problems, Problem{Line: 1, Column: 1, Message: message, Hint: hint, Warning: true})
	}
	switch p.Provenance.Require {
	case LevelAttested, LevelAttestedKeyless:
		warn("provenance.require asks for "+string(p.Provenance.Require)+", which this version cannot verify: everything is refused", "write require: signed until attestations are read")
		return
	case LevelAttributed:
		return
	}
	for i := range p.Agents {
		if len(p.Agents[i].Keys) > 0 {
			return
		}
	}
	for i := range p.People {
		if len(p.People[i].Keys) > 0 {
			return
		}
	}
	warn("no agent and no person has a key here, so no commit can be proved: everything is refused", "list agents and people with their keys")
}
