package identity

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// owner of a key.
type owner struct {
	agent, person, attestor string
	key                     policy.Key
}

func (o owner) String() string {
	if o.agent != "" {
		return "agent " + o.agent
	}
	if o.attestor != "" {
		return "attestor " + o.attestor
	}
	return "person " + o.person
}

// keyring is every key of a policy as it stands at one moment. It is not changed
// once it is made.
type keyring struct {
	at     time.Time
	owners map[string]owner // by signature.Signer.Key, and by the id of an authority and a name
	// entries is everything that the policy says of a key, as a signer's of commits or of
	// attestations or as an authority's, by its wire form. One key is one key in whatever
	// form it is listed: revoked as a PEM key or a DID, it signs no commits either.
	entries map[string][]owner
	allowed *allowed // nil when there is no allowed_signers file
	pgp     *signature.Ring
	broken  error // why there is no ring
	p       *policy.Policy
}

func keysOf(s *checks.Snapshot, p *policy.Policy) *keyring {
	at := s.TakenAt
	k := &keyring{at: at, owners: map[string]owner{}, entries: map[string][]owner{}, p: p}
	var pgp []*signature.PGPKey
	add := func(o owner, list []policy.Key) {
		for _, key := range list {
			o.key = key
			// What cannot be read the policy parser refuses, with its line.
			if signature.IsPGPKey(key.Key) {
				if pk, err := signature.ParsePGP(key.Key); err == nil {
					pgp = append(pgp, pk)
					k.owners[pk.Fingerprint] = o
				}
			} else if sk, err := signature.ParseKey(key.Key); err == nil && key.CertAuthority {
				k.entries[sk.Key] = append(k.entries[sk.Key], o)
				for _, name := range key.Principals {
					k.owners[certificateID(sk.Key, name)] = o
				}
			} else if err == nil {
				k.entries[sk.Key] = append(k.entries[sk.Key], o)
				k.owners[sk.Key] = o
			}
		}
	}
	// People first: should one key be listed for both, which the parser refuses, it
	// counts as the agent's.
	for i := range p.People {
		add(owner{person: p.People[i].ID}, p.People[i].Keys)
	}
	for i := range p.Agents {
		add(owner{agent: p.Agents[i].ID}, p.Agents[i].Keys)
	}
	k.attesting(s)
	k.pgp, k.broken = signature.NewRing(at, pgp...)
	return k
}

// attesting notes the keys that sign attestations. They sign no commits: they are no
// owners, but their owners and lives count for the same key in another form.
func (k *keyring) attesting(s *checks.Snapshot) {
	files := map[string]string{}
	for i := range s.Trust {
		files[string(s.Trust[i].Path)] = string(s.Trust[i].Text)
	}
	note := func(o owner, public crypto.PublicKey, life policy.Key) {
		if wire, err := signature.WireKey(public); err == nil {
			o.key = life
			k.entries[wire] = append(k.entries[wire], o)
		}
	}
	pem := func(o owner, list []policy.Key) {
		for _, key := range list {
			text := key.Key
			if key.File != "" {
				text = files[key.File]
			}
			if public, _, err := signature.ParsePEM(text); err == nil {
				note(o, public, key)
			}
		}
	}
	for i := range k.p.Agents {
		a := &k.p.Agents[i]
		pem(owner{agent: a.ID}, a.Keys)
		for _, d := range a.DIDs {
			if public, err := signature.ParseDID(d.DID); err == nil {
				note(owner{agent: a.ID}, public, policy.Key{NotBefore: d.NotBefore, NotAfter: d.NotAfter, RevokedAt: d.RevokedAt, Reason: d.Reason})
			}
		}
	}
	for i := range k.p.Provenance.Attestors {
		a := &k.p.Provenance.Attestors[i]
		pem(owner{attestor: a.ID}, a.Keys)
	}
}

// livesOf lists the lives of a key in all its forms; not ok when one of them is
// somebody else's, for then it proves neither.
func (k *keyring) livesOf(wire string, o owner) (lives []policy.Key, ok bool) {
	for _, e := range k.entries[wire] {
		if !e.is(o) {
			return nil, false
		}
		lives = append(lives, e.key)
	}
	return lives, true
}

// verify fills in the signature's state. It returns the owner of the key when
// the signature is good, in whatever state the key is: who used a revoked key
// still took part.
func (k *keyring) verify(r *Contribution, g *gitobject.Commit) *owner {
	switch {
	case g.Signatures == 0:
		r.State = StateUnsigned
		return nil
	case g.Signatures > 1:
		r.State, r.Detail = StateSeveral, fmt.Sprintf("%d signature headers", g.Signatures)
		return nil
	case k.broken != nil:
		r.State, r.Detail = StateUnsupported, k.broken.Error()
		return nil
	}
	s, err := signature.Verify(g.Payload, g.Signature, k.pgp, k.at)
	r.Fingerprint = s.Fingerprint
	if err != nil {
		r.Detail = err.Error()
	}
	switch {
	case err == nil, errors.Is(err, signature.ErrTime), errors.Is(err, signature.ErrExpired), errors.Is(err, signature.ErrRevoked), errors.Is(err, signature.ErrUntimed):
		// The signature is good; its key and its time are looked at below.
	case errors.Is(err, signature.ErrUnsupported), errors.Is(err, signature.ErrNotUsable):
		r.State = StateUnsupported
		return nil
	case errors.Is(err, signature.ErrWeak):
		r.State = StateWeak
		return nil
	case errors.Is(err, signature.ErrUnknownKey), errors.Is(err, signature.ErrUntrusted):
		r.State = StateUnknownKey
		return nil
	default:
		r.State = StateInvalid
		return nil
	}
	if s.Platform != "" {
		r.State, r.Detail = StatePlatform, s.Platform
		return nil
	}
	if s.X509 != nil {
		return k.keyless(r, s.X509, err)
	}
	return k.settle(r, s, g.Committer.Email, err)
}

// owner finds whose key made a good signature, and every entry of the policy that
// has a say in it. A certificate that names two owners proves neither; nor does one
// for a key that the policy lists as somebody else's. A key that is listed by itself
// and revoked does not come back by being certified, nor does an authority.
func (k *keyring) owner(s signature.Signer) (owner, []policy.Key) {
	if s.Certificate == nil {
		o, ok := k.owners[s.Key]
		if !ok {
			return owner{}, nil
		}
		lives, ok := k.livesOf(s.Key, o)
		switch {
		case !ok:
			return owner{}, nil
		case len(lives) == 0: // OpenPGP
			lives = []policy.Key{o.key}
		}
		return o, lives
	}
	var o owner
	var listed []policy.Key
	for _, name := range s.Certificate.Principals {
		other, ok := k.owners[certificateID(s.Certificate.Authority, name)]
		switch {
		case !ok:
			continue
		case len(listed) > 0 && other.String() != o.String():
			return owner{}, nil
		}
		o, listed = other, append(listed, other.key)
	}
	if len(listed) == 0 {
		return owner{}, nil
	}
	lives, ok := k.livesOf(s.Certificate.Key, o)
	if !ok {
		return owner{}, nil
	}
	listed = append(listed, lives...)
	for _, authority := range k.entries[s.Certificate.Authority] {
		listed = append(listed, authority.key)
	}
	return o, listed
}

// certificateID cannot be the wire form of a key, which begins with a length.
func certificateID(authority, name string) string { return "certificate\n" + authority + "\n" + name }

// life says what state a key is in now: by the dates of every entry of the policy
// that has a say, and by what the key and the signature say of themselves. Revoked
// is worst, whatever the order.
func (k *keyring) life(listed []policy.Key, own error) (s State, detail string) {
	rank := map[State]int{StateValid: 0, StateTime: 1, StateExpired: 2, StateRevoked: 3}
	s = StateValid
	for _, key := range listed {
		if one, why := k.lifeOf(key, own); rank[one] > rank[s] {
			s, detail = one, why
		}
	}
	return s, detail
}

func (k *keyring) lifeOf(key policy.Key, own error) (s State, detail string) {
	switch {
	case !key.RevokedAt.IsZero() && !k.at.Before(key.RevokedAt):
		return StateRevoked, fmt.Sprintf("revoked at %s: %s", key.RevokedAt.UTC().Format(time.RFC3339), key.Reason)
	case errors.Is(own, signature.ErrRevoked):
		return StateRevoked, "revoked by its own owner"
	case !key.NotBefore.IsZero() && k.at.Before(key.NotBefore):
		return StateExpired, "valid only from " + key.NotBefore.UTC().Format(time.RFC3339)
	case !key.NotAfter.IsZero() && k.at.After(key.NotAfter):
		return StateExpired, "valid only until " + key.NotAfter.UTC().Format(time.RFC3339)
	case errors.Is(own, signature.ErrExpired):
		return StateExpired, strings.TrimSuffix(own.Error(), ": "+signature.ErrExpired.Error())
	case own != nil:
		return StateTime, strings.TrimSuffix(own.Error(), ": "+signature.ErrTime.Error())
	}
	return StateValid, ""
}
