package policy

import "time"

// KeyLife is one key of a policy as it stands at a moment, for people.
type KeyLife struct {
	Owner string // "agent claw", "person alice", "attestor forge"
	Name  string // its fingerprint, the file it is in, a DID or a keyless identity
	State string // "good", "good until …", "from …", "ended …", "revoked …: why"
}

// KeyLives lists every key, DID and keyless identity in the order of the policy.
func (p *Policy) KeyLives(at time.Time) []KeyLife {
	var out []KeyLife
	keys := func(owner string, list []Key) {
		for i := range list {
			k := &list[i]
			name := k.File
			if name == "" {
				name, _ = KeyFingerprint(k.Key) // Parse has seen to it that there is one
			}
			if k.CertAuthority {
				name += " (authority)"
			}
			out = append(out, KeyLife{owner, name, lifeAt(at, k.NotBefore, k.NotAfter, k.RevokedAt, k.Reason)})
		}
	}
	identities := func(owner string, list []Identity) {
		for i := range list {
			out = append(out, KeyLife{owner, list[i].Subject + " by " + list[i].Issuer, "good"})
		}
	}
	for i := range p.Agents {
		a := &p.Agents[i]
		keys("agent "+a.ID, a.Keys)
		identities("agent "+a.ID, a.Identities)
		for _, d := range a.DIDs {
			out = append(out, KeyLife{"agent " + a.ID, d.DID, lifeAt(at, d.NotBefore, d.NotAfter, d.RevokedAt, d.Reason)})
		}
	}
	for i := range p.People {
		keys("person "+p.People[i].ID, p.People[i].Keys)
	}
	for i := range p.Provenance.Attestors {
		a := &p.Provenance.Attestors[i]
		keys("attestor "+a.ID, a.Keys)
		identities("attestor "+a.ID, a.Identities)
	}
	return out
}

func lifeAt(at, notBefore, notAfter, revokedAt time.Time, reason string) string {
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !revokedAt.IsZero() && !at.Before(revokedAt):
		return "revoked " + day(revokedAt) + ": " + reason
	case !notBefore.IsZero() && at.Before(notBefore):
		return "from " + day(notBefore)
	case !notAfter.IsZero() && at.After(notAfter):
		return "ended " + day(notAfter)
	case !revokedAt.IsZero():
		return "good until it is revoked " + day(revokedAt)
	case !notAfter.IsZero():
		return "good until " + day(notAfter)
	}
	return "good"
}
