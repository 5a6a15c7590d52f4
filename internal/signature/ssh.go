// Package signature verifies commit signatures from the raw bytes, offline.
//
// It answers one thing: which key made a signature over exactly these bytes. Who
// owns the key, and whether that is enough, is for the policy to say. It trusts no
// file, no agent, no key server and no platform's badge.
//
// SSH signatures are verified (the SSHSIG format, namespace "git"). OpenPGP and
// X.509 signatures are recognised and reported as [ErrUnsupported]; they are never
// taken for valid.
package signature

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
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
	case bytes.HasPrefix(b, []byte("-----BEGIN PGP SIGNATURE-----")), bytes.HasPrefix(b, []byte("-----BEGIN PGP MESSAGE-----")):
		return KindOpenPGP
	case bytes.HasPrefix(b, []byte("-----BEGIN SIGNED MESSAGE-----")):
		return KindX509
	}
	return KindUnknown
}

// Signer is the key that made a signature.
type Signer struct {
	Key         string // the key's wire bytes: the same key, the same string
	Fingerprint string // "SHA256:…", as ssh-keygen prints it
	Type        string // "ssh-ed25519", …
}

// Verify checks the armoured signature over payload and returns who made it.
// The error wraps ErrInvalid, ErrUnsupported or ErrWeak.
func Verify(payload, armoured []byte) (Signer, error) {
	if k := KindOf(armoured); k != KindSSH {
		return Signer{}, fmt.Errorf("%s: %w", k, ErrUnsupported)
	}
	if len(armoured) > maxSignatureBytes {
		return Signer{}, fmt.Errorf("%d bytes of signature: %w", len(armoured), ErrInvalid)
	}
	sig, err := sshsig.Unarmor(bytes.TrimSpace(armoured))
	if err != nil {
		// SHA-1 signatures (ssh-rsa) are refused here already.
		return Signer{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s := Signer{Key: string(sig.PublicKey.Marshal()), Fingerprint: ssh.FingerprintSHA256(sig.PublicKey), Type: sig.PublicKey.Type()}
	switch sig.Signature.Format {
	case ssh.KeyAlgoRSA, ssh.InsecureKeyAlgoDSA: //nolint:staticcheck // named in order to refuse it
		return s, fmt.Errorf("%s uses SHA-1: %w", sig.Signature.Format, ErrWeak)
	}
	if _, ok := sig.PublicKey.(*ssh.Certificate); ok {
		return s, fmt.Errorf("ssh certificate: %w", ErrUnsupported)
	}
	if err := CheckKey(sig.PublicKey); err != nil {
		return s, err
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, "git"); err != nil {
		return s, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return s, nil
}

// CheckKey refuses keys too weak to say anything.
func CheckKey(k ssh.PublicKey) error {
	if k.Type() == ssh.InsecureKeyAlgoDSA { //nolint:staticcheck // named in order to refuse it
		return fmt.Errorf("DSA key: %w", ErrWeak)
	}
	ck, ok := k.(ssh.CryptoPublicKey)
	if !ok {
		return nil // security keys: Ed25519 or P-256
	}
	if r, ok := ck.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() < minRSABits {
		return fmt.Errorf("RSA key of %d bits, at least %d are needed: %w", r.N.BitLen(), minRSABits, ErrWeak)
	}
	return nil
}

// ParseKey reads a public key as it stands in a policy or an authorized_keys
// file, without options, and returns it in the form that Signer.Key has.
func ParseKey(text string) (Signer, error) {
	k, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(text))
	switch {
	case err != nil:
		return Signer{}, fmt.Errorf("read SSH public key: %w", err)
	case len(options) > 0 || len(bytes.TrimSpace(rest)) > 0:
		return Signer{}, errors.New("read SSH public key: one key without options is wanted")
	}
	if _, ok := k.(*ssh.Certificate); ok {
		return Signer{}, errors.New("read SSH public key: this is a certificate")
	}
	if err := CheckKey(k); err != nil {
		return Signer{}, err
	}
	return Signer{Key: string(k.Marshal()), Fingerprint: ssh.FingerprintSHA256(k), Type: k.Type()}, nil
}
