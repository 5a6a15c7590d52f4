package signature

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// clockSkew is how far a signature's own time may lie ahead of ours: two honest
// clocks differ.
const clockSkew = 10 * time.Minute

const (
	pgpSigBegin = "-----BEGIN PGP SIGNATURE-----"
	pgpSigEnd   = "-----END PGP SIGNATURE-----"
)

// verifyPGP checks a detached OpenPGP signature over payload.
//
// The mathematics and the key's life are kept apart. A verifier that asks whether
// the key was good when the signature was made asks the signer for the date; here
// the key must be good now.
func verifyPGP(payload, armoured []byte, ring *Ring, at time.Time) (Signer, error) {
	raw, err := dearmour(string(armoured), pgpSigBegin, pgpSigEnd, maxSignatureBytes)
	if err != nil {
		if bytes.HasPrefix(bytes.TrimSpace(armoured), []byte("-----BEGIN PGP MESSAGE-----")) {
			return Signer{}, fmt.Errorf("OpenPGP message in place of a signature: %w", ErrUnsupported)
		}
		return Signer{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	sig, err := readPGPSignature(raw)
	if err != nil {
		return Signer{}, err
	}
	claimed, candidates := ring.find(sig)
	if err := checkPGPSignature(sig); err != nil {
		return claimed, err
	}
	if len(candidates) == 0 {
		return claimed, fmt.Errorf("OpenPGP key %s: %w", claimed.Fingerprint, ErrUnknownKey)
	}
	// Two keys can be made to have one id; the one that verifies is the one.
	for _, s := range candidates {
		h, err := sig.PrepareVerify()
		if err != nil {
			return claimed, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		h.Write(payload)
		if !s.verifies(h, sig) {
			continue
		}
		// Revoked first: no odd time makes a revoked key anything less.
		if errors.Is(s.problem, ErrRevoked) {
			return s.signer, s.problem
		}
		if err := checkPGPTimes(sig, s, at); err != nil {
			return s.signer, err
		}
		return s.signer, s.problem
	}
	return claimed, fmt.Errorf("OpenPGP key %s: %w", claimed.Fingerprint, ErrInvalid)
}

// readPGPSignature reads exactly one signature packet. git and gpg look at the
// first of several; another reader could look at the last.
func readPGPSignature(raw []byte) (*packet.Signature, error) {
	r := bytes.NewReader(raw)
	p, err := packet.Read(r)
	var unsupported pgperrors.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return nil, fmt.Errorf("OpenPGP: %w: %w", ErrUnsupported, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	sig, ok := p.(*packet.Signature)
	if !ok || r.Len() > 0 {
		return nil, fmt.Errorf("%w: the armour holds something else than one signature", ErrInvalid)
	}
	return sig, nil
}

// checkPGPSignature refuses what would not count whoever made it.
func checkPGPSignature(sig *packet.Signature) error {
	switch sig.Hash {
	case crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
	default:
		return fmt.Errorf("OpenPGP signature uses %s: %w", sig.Hash, ErrWeak)
	}
	switch {
	case sig.PubKeyAlgo == packet.PubKeyAlgoDSA:
		return fmt.Errorf("OpenPGP signature by a DSA key: %w", ErrWeak)
	case sig.Version != 4 && sig.Version != 6:
		return fmt.Errorf("OpenPGP signature of version %d: %w", sig.Version, ErrUnsupported)
	case sig.SigType != packet.SigTypeBinary:
		// Git signs bytes. A signature over text leaves line ends out of it.
		return fmt.Errorf("OpenPGP signature of type %#x: %w", uint8(sig.SigType), ErrUnsupported)
	}
	for _, n := range sig.Notations {
		if n.IsCritical {
			return fmt.Errorf("OpenPGP signature with the critical notation %.80q: %w", n.Name, ErrUnsupported)
		}
	}
	return nil
}

// checkPGPTimes looks for times that contradict each other. The signature's own
// time is whatever its maker wrote, so it is good for nothing else.
func checkPGPTimes(sig *packet.Signature, s *pgpSigner, at time.Time) error {
	when := sig.CreationTime.UTC()
	switch {
	case when.After(at.Add(clockSkew)):
		return fmt.Errorf("it says it was made at %s, which is later than now: %w", when.Format(time.RFC3339), ErrTime)
	case when.Before(s.CreationTime):
		return fmt.Errorf("it says it was made at %s, before its key was: %w", when.Format(time.RFC3339), ErrTime)
	case sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 && at.After(when.Add(time.Duration(*sig.SigLifetimeSecs)*time.Second)):
		return fmt.Errorf("it was meant to hold until %s only: %w", when.Add(time.Duration(*sig.SigLifetimeSecs)*time.Second).Format(time.RFC3339), ErrTime)
	}
	return nil
}

// find looks up the key that a signature names, and what it names.
func (r *Ring) find(sig *packet.Signature) (claimed Signer, list []*pgpSigner) {
	claimed.Type, claimed.Fingerprint = "openpgp", "openpgp:unnamed"
	fp := sig.IssuerFingerprint
	if len(fp) > 0 {
		claimed.Fingerprint = pgpKeyID(strings.ToUpper(hex.EncodeToString(fp)))
		for _, same := range r.byID {
			for _, s := range same {
				if bytes.Equal(s.Fingerprint, fp) {
					list = append(list, s)
				}
			}
		}
		return claimed, list
	}
	if sig.IssuerKeyId != nil {
		claimed.Fingerprint = fmt.Sprintf("openpgp:%016X", *sig.IssuerKeyId)
		list = r.byID[*sig.IssuerKeyId]
	}
	return claimed, list
}
