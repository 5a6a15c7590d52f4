package policy

import "time"

// LintFloor is ParseFloor with the warnings of Lint about what the time has made of it.
func LintFloor(text string, known Known, at time.Time) (*Policy, []Problem) {
	return readFloor(text, known, func(r *reader) { r.lintAt(at) })
}

// lintFloor tells what an organisation leaves to its repositories, or believes of them,
// perhaps without meaning to.
func (r *reader) lintFloor() {
	p := &r.policy
	warn := func(message, hint string) {
		r.problems = append(r.problems, Problem{Line: 1, Column: 1, Message: message, Hint: hint, Warning: true})
	}
	if p.Mode != ModeEnforce {
		warn("a repository of this organisation may only observe", "write mode: enforce to have refusals refused everywhere")
	}
	if p.Provenance.Require == "" {
		warn("a repository of this organisation may say itself what commits must prove", "write provenance: {require: signed}, or a higher level")
	}
	if len(p.Review.Tiers) == 0 {
		warn("a repository of this organisation may say itself who must agree", "list the tiers that every repository has to meet under review")
	}
	for _, f := range p.TrustFiles() {
		warn("whom to trust is read from "+quoteName(clip(f))+" of each repository, not of the organisation", "write the keys themselves into this policy where you can; else see who may change the file")
	}
}
