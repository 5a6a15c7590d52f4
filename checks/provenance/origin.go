package provenance

import (
	"slices"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/identity"
)

// maxSaid bounds how many statements are told of one commit; the strongest first.
const maxSaid = 20

// origins tells of every commit what it proves and what is said of it, for the
// record: findings tell what is wrong, this tells what is.
func origins(list []identity.Contribution) []checks.Origin {
	out := make([]checks.Origin, len(list))
	for i := range list {
		c := &list[i]
		o := checks.Origin{Commit: c.Commit, Subject: c.Subject, Level: string(c.Level), Human: c.Human, Agents: slices.Clone(c.Agents)}
		if c.State == identity.StateValid {
			o.SignedBy, o.Key = c.SignedBy, c.Fingerprint
		}
		for j := range c.Attested {
			if j == maxSaid {
				break
			}
			o.Said = append(o.Said, said(&c.Attested[j]))
		}
		out[i] = o
	}
	return out
}

func said(a *identity.Attested) checks.Said {
	s := checks.Said{
		Kind: string(a.Kind), By: a.By, Proof: string(a.Proof), Signer: a.Signer, SignedAt: a.SignedAt,
		Digest: a.Digest, Where: a.Where, Notes: slices.Clone(a.Notes),
	}
	c := a.Claim
	if c == nil {
		return s
	}
	s.Agent, s.Version, s.Vendor = c.Agent.ID, c.Agent.Version, c.Agent.Vendor
	for _, m := range c.Model {
		s.Models = append(s.Models, m.ID)
	}
	if c.Principal != nil {
		s.Operator, s.OnBehalf = c.Principal.ID, c.Principal.OnBehalfOf
	}
	if c.Task != nil {
		s.Task, s.TaskText = c.Task.URI, digestOf(c.Task.Digest)
	}
	if c.Session != nil {
		s.Session = c.Session.ID
	}
	if c.Actions != nil && c.Actions.Log != nil {
		s.Log, s.LogDigest = c.Actions.Log.URI, digestOf(c.Actions.Log.Digest)
	}
	return s
}

// digestOf writes a digest set's sha256 as everywhere else.
func digestOf(set map[string]string) string {
	if set["sha256"] == "" {
		return ""
	}
	return "sha256:" + set["sha256"]
}
