// Package signature verifies commit signatures from the raw bytes, offline.
//
// It answers one thing: which key made a signature over exactly these bytes. Who
// owns the key, and whether that is enough, is for the policy to say. It trusts no
// file, no agent, no key server and no platform's badge.
//
// SSH signatures (the SSHSIG format, namespace "git") carry their key. OpenPGP
// signatures only name it, so they are looked up in a [Ring] of the policy's keys.
// The ring also knows the keys with which GitHub signs what it commits itself;
// such a signature is told apart by [Signer.Platform] and is nobody's.
//
// An SSH certificate is verified up to the authority it names; [Signer.Certificate]
// then stands in the place of the key.
//
// X.509 signatures (CMS, as gitsign makes them) bring a Sigstore certificate. It is
// verified by the trusted roots of the ring, see [Ring.WithRoots]; [Signer.X509] then
// stands in the place of the key. S/MIME certificates of other authorities are
// reported as [ErrUnsupported].
package signature

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Kind is the format of a signature.
type Kind string

// The formats a commit can be signed in.
const (
	KindNone    Kind = "none"
	KindSSH     Kind = "ssh"
	KindOpenPGP Kind = "openpgp"
	KindX509    Kind = "x509"
	KindUnknown Kind = "unknown"
)

// Errors that a caller tells apart.
var (
	ErrInvalid     = errors.New("the signature does not match the commit")
	ErrUnsupported = errors.New("signatures of this format are not verified by this version")
	ErrWeak        = errors.New("the key or algorithm is too weak")
	// The signature names a key that is not at hand, so nothing is known of it.
	ErrUnknownKey = errors.New("the key is not listed, so the signature cannot be verified")
	// The signature is good by its own certificate, which is nobody's that is known.
	ErrUntrusted = errors.New("nobody that is trusted vouches for the certificate")
	// The signature is good; these say what is wrong with it all the same. The
	// Signer is set.
	ErrTime      = errors.New("the signature's time cannot be right")
	ErrExpired   = errors.New("the key is not valid at this time")
	ErrRevoked   = errors.New("the key is revoked")
	ErrNotUsable = errors.New("the key is for other purposes")
	ErrUntimed   = errors.New("nothing proves that it was made while its certificate was valid")
)

// minRSABits is the smallest RSA key accepted: NIST SP 800-131A disallows less
// than 2048 bits for signatures. ssh-keygen -Y verify would accept 1024.
const minRSABits = 2048

// maxSignatureBytes bounds the armoured signature; an RSA-16384 one with a
// certificate stays below 16 KiB.
const maxSignatureBytes = 64 << 10

// KindOf tells the format by the first line of the armour.
func KindOf(armoured []byte) Kind {
	b := bytes.TrimSpace(armoured)
	switch {
	case len(b) == 0:
		return KindNone
	case bytes.HasPrefix(b, []byte("-----BEGIN SSH SIGNATURE-----")):
		return KindSSH
	case bytes.HasPrefix(b, []byte(pgpSigBegin)), bytes.HasPrefix(b, []byte("-----BEGIN PGP MESSAGE-----")):
		return KindOpenPGP
	case bytes.HasPrefix(b, []byte(cmsBegin)):
		return KindX509
	}
	return KindUnknown
}

// Signer is the key that made a signature.
type Signer struct {
	Key         string // an SSH key's wire bytes, or "openpgp:" and the primary key's fingerprint: the same key, the same string
	Fingerprint string // "SHA256:…", as ssh-keygen prints it; "openpgp:" and hex; or a certificate's name and issuer
	Type        string // "ssh-ed25519", …, "openpgp", "x509"
	// Platform is set when the key is a platform's own. It signs for everybody, so
	// the signature says nothing of who made the commit.
	Platform string
	// Certificate is set, and Key empty, when an SSH certificate was used.
	Certificate *Certificate
	// X509 is set, and Key empty, when a Sigstore certificate was used and is genuine.
	X509 *X509
}

// Verify checks the armoured signature over payload and returns who made it.
// OpenPGP keys and trusted roots are looked up in ring; at is our time. The error wraps one of the
// errors above.
func Verify(payload, armoured []byte, ring *Ring, at time.Time) (Signer, error) {
	if len(armoured) > maxSignatureBytes {
		return Signer{}, fmt.Errorf("%d bytes of signature: %w", len(armoured), ErrInvalid)
	}
	switch k := KindOf(armoured); k {
	case KindSSH:
		return verifySSH(payload, armoured, at)
	case KindOpenPGP:
		return verifyPGP(payload, armoured, ring, at)
	case KindX509:
		return verifyX509(payload, armoured, ring, at)
	default:
		return Signer{}, fmt.Errorf("%s: %w", k, ErrUnsupported)
	}
}
