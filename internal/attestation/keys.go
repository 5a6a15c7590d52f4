package attestation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	sigsig "github.com/sigstore/sigstore/pkg/signature"

	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// life is when a key or a DID counts. Of one that is listed twice both hold.
type life struct {
	notBefore, notAfter, revokedAt time.Time
	reason                         string
}

// at says how it stands at a time of ours, never at one that the item tells.
func (l life) at(t time.Time) error {
	day := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case !l.revokedAt.IsZero() && !t.Before(l.revokedAt):
		return fmt.Errorf("%w: revoked at %s: %s", ErrRevoked, day(l.revokedAt), clip(l.reason, maxNote))
	case !l.notBefore.IsZero() && t.Before(l.notBefore):
		return fmt.Errorf("%w: valid only from %s", ErrExpired, day(l.notBefore))
	case !l.notAfter.IsZero() && t.After(l.notAfter):
		return fmt.Errorf("%w: valid only until %s", ErrExpired, day(l.notAfter))
	}
	return nil
}

func lifeOf(k *policy.Key) life { return life{k.NotBefore, k.NotAfter, k.RevokedAt, k.Reason} }

// worst is the life of the listings that goes worst with t; revoked is worst of all.
func worst(lives []life, t time.Time) error {
	var found error
	for _, l := range lives {
		err := l.at(t)
		if errors.Is(err, ErrRevoked) {
			return err
		}
		if found == nil {
			found = err
		}
	}
	return found
}

// key is one public key that the policy lists for attestations.
type key struct {
	public      crypto.PublicKey
	fingerprint string
	hints       []string // what cosign and others call it
	owner       owner
	lives       []life
}

func newKey(text string, o owner, l life) (*key, error) {
	pub, fingerprint, err := signature.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	return &key{
		public: pub, fingerprint: fingerprint, owner: o, lives: []life{l},
		hints: []string{base64.StdEncoding.EncodeToString(sum[:]), hex.EncodeToString(sum[:]), fingerprint},
	}, nil
}

// byKey verifies what was signed with a key. Which key is tried out: what the bundle
// calls it decides nothing, and only tells an altered text from a stranger's.
func (v *Verifier) byKey(s *signed) (*key, []time.Time, error) {
	for i := range v.keys {
		k := v.keys[i]
		if !s.signedBy(k.public) {
			continue
		}
		if err := worst(k.lives, v.at); err != nil {
			return k, nil, err
		}
		times, err := v.witnessed(s, k)
		return k, times, err
	}
	switch {
	case len(v.keys) == 0:
		return nil, nil, fmt.Errorf("%w: it is signed with a key, and the policy lists none for attestations", ErrUntrusted)
	case s.hint != "" && slices.ContainsFunc(v.keys, func(k *key) bool { return slices.Contains(k.hints, s.hint) }):
		return nil, nil, fmt.Errorf("%w: it names the listed key %s, which did not sign this", ErrInvalid, quote(s.hint))
	case s.bundle != nil && s.statement == nil && s.algorithm == protocommon.HashAlgorithm_SHA2_256 && v.onlyEd25519():
		return nil, nil, fmt.Errorf("%w: a message signature by an Ed25519 key cannot be checked against a digest; sign a statement", ErrUnsupported)
	}
	return nil, nil, fmt.Errorf("%w: no key that the policy lists for attestations made this signature", ErrUntrusted)
}

func (v *Verifier) onlyEd25519() bool {
	return !slices.ContainsFunc(v.keys, func(k *key) bool { _, ok := k.public.(ed25519.PublicKey); return !ok })
}

// signedBy checks the signature with one key, over the envelope or over the digest
// that the bundle tells, which [Bind] then holds against the commit.
//
// ECDSA is taken with SHA-256 on both curves, as cosign always signed, and with
// SHA-384 on P-384, as it signs now. Ed25519 is taken pure, as DSSE has it, and
// prehashed, as cosign 2 signs; the two cannot be mistaken for one another.
func (s *signed) signedBy(public crypto.PublicKey) bool {
	if s.statement == nil {
		return digestSignedBy(public, s.algorithm, s.digest, s.signature)
	}
	text := pae(s.payload)
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		short, long := sha256.Sum256(text), sha512.Sum384(text)
		return ecdsa.VerifyASN1(k, short[:], s.signature) || k.Params().BitSize == 384 && ecdsa.VerifyASN1(k, long[:], s.signature)
	case ed25519.PublicKey:
		sum := sha512.Sum512(text)
		return len(k) == ed25519.PublicKeySize &&
			(ed25519.Verify(k, text, s.signature) || ed25519.VerifyWithOptions(k, sum[:], s.signature, &ed25519.Options{Hash: crypto.SHA512}) == nil)
	}
	return false
}

func digestSignedBy(public crypto.PublicKey, algorithm protocommon.HashAlgorithm, digest, sig []byte) bool {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		// A digest that is longer than the curve is cut off by ECDSA: what was cut is
		// not signed.
		return len(digest)*8 <= k.Params().BitSize && ecdsa.VerifyASN1(k, digest, sig)
	case ed25519.PublicKey:
		return algorithm == protocommon.HashAlgorithm_SHA2_512 && len(k) == ed25519.PublicKeySize &&
			ed25519.VerifyWithOptions(k, digest, sig, &ed25519.Options{Hash: crypto.SHA512}) == nil
	}
	return false
}

// witnessed finds out when something signed with a key was signed. A log entry in a
// log that a trusted root names must hold: it was put there to be believed. Entries
// of other logs and tokens of other authorities say nothing, good or bad: whoever
// alters them could as well leave them out.
func (v *Verifier) witnessed(s *signed, k *key) (times []time.Time, err error) {
	if s.bundle == nil || len(v.roots) == 0 {
		return nil, nil
	}
	defer contain(&err)
	entries, err := s.bundle.TlogEntries()
	if err != nil {
		return nil, fmt.Errorf("%w: its log entry cannot be read: %s", ErrMalformed, said(err))
	}
	public, err := keyVerifier(k.public)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, said(err))
	}
	for _, r := range v.roots {
		for _, e := range entries {
			if r.RekorLogs()[hexOf([]byte(e.LogKeyID()))] == nil {
				continue
			}
			if err := checkEntry(e); err != nil {
				return nil, err
			}
			logged, err := verify.VerifyTlogEntry(s.bundle, keyMaterial{r, public}, 1, true)
			if err != nil {
				return nil, fmt.Errorf("%w: its log entry: %s", ErrInvalid, said(err))
			}
			for _, t := range logged {
				times = append(times, t.Time)
			}
			break // all entries were looked at
		}
		stamps, _, err := verify.VerifySignedTimestamp(s.bundle, r)
		if err != nil {
			return nil, fmt.Errorf("%w: its timestamps: %s", ErrMalformed, said(err))
		}
		for _, t := range stamps {
			times = append(times, t.Time)
		}
	}
	return times, nil
}

// keyMaterial is a trusted root that knows one key, whatever the bundle calls it.
type keyMaterial struct {
	root.TrustedMaterial
	public root.TimeConstrainedVerifier
}

func (m keyMaterial) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	return m.public, nil
}

// keyVerifier is only asked for the key, to compare it with the log entry's; the
// signature was checked already, and how long the key counts is the policy's to say.
func keyVerifier(public crypto.PublicKey) (root.TimeConstrainedVerifier, error) {
	v, err := sigsig.LoadDefaultVerifier(public)
	if err != nil {
		return nil, err
	}
	return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
}
