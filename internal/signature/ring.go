package signature

import (
	"fmt"
	"slices"
	"time"

	"github.com/claw-verified/claw-verified/internal/trust"
)

// Ring is the OpenPGP keys that signatures are looked up in: those that the
// policy lists, and GitHub's own. An OpenPGP signature names its key and does not
// hold it, so without the key nothing can be verified. It also holds the Sigstore
// roots by which certificates are trusted.
//
// What a key may do is settled once, at the time given to [NewRing]. A Ring is
// not changed by verifying and may be used by several goroutines.
type Ring struct {
	byID  map[uint64][]*pgpSigner
	roots []*trust.Root
}

// pgpSigner is one primary key or subkey that signatures can be made with.
type pgpSigner struct {
	*pgpPublic
	signer  Signer
	problem error // why its signatures do not count at the ring's time; nil when they do
}

// NewRing makes a ring of OpenPGP keys as they stand at a moment: ours, never
// that of a signature. GitHub's keys are in every ring and cannot be displaced.
func NewRing(at time.Time, keys ...*PGPKey) (*Ring, error) {
	r := &Ring{byID: map[uint64][]*pgpSigner{}}
	platform, err := webFlowSigners()
	if err != nil {
		return nil, fmt.Errorf("read built-in keys: %w", err)
	}
	for _, s := range platform {
		r.add(s)
	}
	for _, k := range keys {
		list, err := k.signersAt(at)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			r.add(s)
		}
	}
	return r, nil
}

// WithRoots returns the ring with these Sigstore roots. Without any, no certificate
// of Sigstore is trusted.
func (r *Ring) WithRoots(roots []*trust.Root) *Ring {
	c := *r
	c.roots = slices.Clone(roots)
	return &c
}

func (r *Ring) add(s *pgpSigner) { r.byID[s.KeyId] = append(r.byID[s.KeyId], s) }
