package signature

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// verifySSH checks an SSHSIG signature over payload.
func verifySSH(payload, armoured []byte, at time.Time) (Signer, error) {
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
	var late error // the certificate is genuine and not of this time
	if c, ok := sig.PublicKey.(*ssh.Certificate); ok {
		s, err = certified(c, at)
		if err != nil && !errors.Is(err, ErrExpired) {
			return s, err
		}
		late = err
	} else if err := CheckKey(sig.PublicKey); err != nil {
		return s, err
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, "git"); err != nil {
		return s, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return s, late
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
