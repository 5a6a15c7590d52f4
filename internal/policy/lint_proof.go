package policy

import (
	"slices"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// provable reports that something is listed by which the agent's commits can be
// proved to be its own.
func (a *Agent) provable() bool { return len(a.Keys)+len(a.Identities)+len(a.DIDs) > 0 }

// attests reports that something is listed with which it can sign statements. A DID
// vouches for commits as a key does, and tells no model and no task.
func (a *Agent) attests() bool {
	return len(a.Identities) > 0 || slices.ContainsFunc(a.Keys, func(k Key) bool { return !k.signsCommits() })
}

// signsCommits reports a key of SSH or OpenPGP; the others sign statements.
func (k *Key) signsCommits() bool { return k.File == "" && !signature.IsPEMKey(k.Key) }

func (a *Agent) keyless() bool { return len(a.Identities) > 0 }

// lintProof warns of a policy under which no commit, or none of an agent, can ever
// be proved, so that it is refused.
func (r *reader) lintProof() {
	p := &r.policy
	warn := func(message, hint string) {
		r.problems = append(r.problems, Problem{Line: 1, Column: 1, Message: message, Hint: hint, Warning: true})
	}
	if p.Provenance.Require == LevelAttributed {
		return
	}
	provable := func(a Agent) bool { return a.provable() }
	if !slices.ContainsFunc(p.Agents, provable) &&
		!slices.ContainsFunc(p.People, func(who Person) bool { return len(who.Keys) > 0 }) &&
		(p.Provenance.AllowedSigners == "" || !p.addressed()) {
		warn("no agent and no person has a key here, so no commit can be proved: everything is refused", "list agents and people with their keys")
		return
	}
	switch p.Provenance.Require {
	case LevelAttested:
		if !slices.ContainsFunc(p.Agents, func(a Agent) bool { return a.attests() }) {
			warn("provenance.require asks for attested, and no agent has a PEM key or an identity to sign statements with: every commit of an agent is refused",
				"add a PEM key under the agent's keys, or its Sigstore identity under identities")
		}
	case LevelAttestedKeyless:
		if !slices.ContainsFunc(p.Agents, func(a Agent) bool { return a.keyless() }) {
			warn("provenance.require asks for attested-keyless, and no agent has an identity: every commit of an agent is refused",
				"list the agent's Sigstore identity under identities")
		}
	}
}
