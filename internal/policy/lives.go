package policy

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// KeyFiles gives the text of a file of the repository, by its path there. Nil: no
// file can be read.
type KeyFiles func(path string) (string, error)

func (f KeyFiles) read(path string) (string, error) {
	if f == nil {
		return "", errors.New("files are not read here")
	}
	return f(path)
}

// text is the key itself. A file holds a PEM key and nothing else.
func (f KeyFiles) text(k *Key) (string, error) {
	if k.File == "" {
		return k.Key, nil
	}
	text, err := f.read(k.File)
	if err != nil {
		return "", err
	}
	text = unixLines(text)
	if _, _, err := signature.ParsePEM(text); err != nil {
		return "", err
	}
	return text, nil
}

// holder is an agent, person or attestor with what it signs with.
type holder struct {
	kind, id   string
	index      int // in its list
	keys       *[]Key
	identities []Identity
	dids       []DID
}

func (h holder) String() string { return h.kind + " " + h.id }

// node is the holder in the tree that the policy was made from.
func (h *holder) node(root *yaml.Node) *yaml.Node {
	list := valueOf(valueOf(root, "provenance"), "attestors")
	switch h.kind {
	case kindAgent:
		list = valueOf(root, "agents")
	case kindPerson:
		list = valueOf(root, "people")
	}
	if list.Kind != yaml.SequenceNode || h.index >= len(list.Content) {
		return &yaml.Node{}
	}
	return list.Content[h.index]
}

// holders lists them in the order of the policy. No two have the same id.
func (p *Policy) holders() []holder {
	var out []holder
	for i := range p.Agents {
		a := &p.Agents[i]
		out = append(out, holder{kindAgent, a.ID, i, &a.Keys, a.Identities, a.DIDs})
	}
	for i := range p.People {
		out = append(out, holder{kind: kindPerson, id: p.People[i].ID, index: i, keys: &p.People[i].Keys})
	}
	for i := range p.Provenance.Attestors {
		a := &p.Provenance.Attestors[i]
		out = append(out, holder{kind: kindAttestor, id: a.ID, index: i, keys: &a.Keys, identities: a.Identities})
	}
	return out
}

// KeyFingerprint is the name under which a key is shown: an SSH key's, a PEM key's or
// an OpenPGP key's fingerprint.
func KeyFingerprint(key string) (string, error) {
	switch {
	case signature.IsPGPKey(key):
		k, err := signature.ParsePGP(key)
		if err != nil {
			return "", err
		}
		return k.Fingerprint, nil
	case signature.IsPEMKey(key):
		_, fp, err := signature.ParsePEM(key)
		return fp, err
	}
	k, err := signature.ParseKey(key)
	return k.Fingerprint, err
}

// KeyOf finds a key of an owner by its fingerprint, authorities left out.
func (p *Policy) KeyOf(owner, fingerprint string, files KeyFiles) (Key, bool) {
	for _, h := range p.holders() {
		for i := range *h.keys {
			k := &(*h.keys)[i]
			text, err := files.text(k)
			if err != nil || h.id != owner || k.CertAuthority {
				continue
			}
			if fp, err := KeyFingerprint(text); err == nil && fp == fingerprint {
				return *k, true
			}
		}
	}
	return Key{}, false
}

// KeyLife is one key of a policy as it stands at a moment, for people.
type KeyLife struct {
	Owner string // "agent claw", "person alice", "attestor forge", "allowed_signers"
	Name  string // a fingerprint, with the file the key is in; a DID, a keyless identity or a principal
	State string // "good", "good until …", "from …", "ended …", "revoked …: why", "unknown: …"
}

// KeyLives lists every key, DID and keyless identity in the order of the policy, and
// behind them whom its allowed_signers file names. That file says more than a list
// can: when a line holds, and for which names a pattern stands.
func (p *Policy) KeyLives(at time.Time, files KeyFiles) []KeyLife {
	var out []KeyLife
	for _, h := range p.holders() {
		for i := range *h.keys {
			k := &(*h.keys)[i]
			state, _ := k.lifeAt(at)
			name := k.File
			if text, err := files.text(k); err != nil {
				state = "unknown: " + err.Error()
			} else if fp, err := KeyFingerprint(text); err != nil {
				state = "unknown: " + err.Error()
			} else if name = fp; k.File != "" {
				name += " in " + k.File
			}
			if k.CertAuthority {
				name += " (authority)"
			}
			out = append(out, KeyLife{h.String(), name, state})
		}
		for i := range h.identities {
			out = append(out, KeyLife{h.String(), h.identities[i].Subject + " by " + h.identities[i].Issuer, "good"})
		}
		for _, d := range h.dids {
			k := Key{NotBefore: d.NotBefore, NotAfter: d.NotAfter, RevokedAt: d.RevokedAt, Reason: d.Reason}
			state, _ := k.lifeAt(at)
			out = append(out, KeyLife{h.String(), d.DID, state})
		}
	}
	return append(out, p.allowedLives(files)...)
}

func (p *Policy) allowedLives(files KeyFiles) []KeyLife {
	const owner = "allowed_signers"
	path := p.Provenance.AllowedSigners
	if path == "" {
		return nil
	}
	text, err := files.read(path)
	if err != nil {
		return []KeyLife{{owner, path, "unknown: " + err.Error()}}
	}
	a, problems := signature.ParseAllowedSigners([]byte(text))
	names := a.Principals()
	out := []KeyLife{{owner, path, fmt.Sprintf("principals without a pattern: %d; their keys, and until when they count, the file says", len(names))}}
	for _, name := range names {
		out = append(out, KeyLife{owner, name, "as " + path + " says"})
	}
	for _, pr := range problems {
		out = append(out, KeyLife{owner, path, pr.String()})
	}
	return out
}

// lifeAt tells how it stands with a key, and whether it counts then.
func (k *Key) lifeAt(at time.Time) (state string, good bool) {
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !k.RevokedAt.IsZero() && !at.Before(k.RevokedAt):
		return "revoked " + day(k.RevokedAt) + ": " + k.Reason, false
	case !k.NotBefore.IsZero() && at.Before(k.NotBefore):
		return "from " + day(k.NotBefore), false
	case !k.NotAfter.IsZero() && at.After(k.NotAfter):
		return "ended " + day(k.NotAfter), false
	case !k.RevokedAt.IsZero():
		return "good until it is revoked " + day(k.RevokedAt), true
	case !k.NotAfter.IsZero():
		return "good until " + day(k.NotAfter), true
	}
	return "good", true
}
