package signature

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"
)

// Certificate says of an SSH certificate who vouches for whom. Anybody can make
// an authority; whether this one counts is for the policy to say.
type Certificate struct {
	Authority  string   // the authority's key, in the form of Signer.Key
	Key        string   // the key that is certified and signed, in the same form
	Principals []string // whom it was made for; a certificate for nobody in particular has none and is nobody's
}

// certified reads the certificate that a signature was made with. Its own
// signature has been verified when there is no error, or one of ErrExpired.
//
// ssh-keygen does not look at critical options of certificates that sign; here an
// option that is not understood is refused, as the format's own rules want it.
func certified(c *ssh.Certificate, at time.Time) (Signer, error) {
	s := Signer{
		Fingerprint: fmt.Sprintf("%s certified by %s", ssh.FingerprintSHA256(c.Key), ssh.FingerprintSHA256(c.SignatureKey)),
		Type:        c.Type(),
	}
	if c.CertType != ssh.UserCert {
		return s, fmt.Errorf("certificate of a host: %w", ErrUnsupported)
	}
	if len(c.CriticalOptions) > 0 {
		return s, fmt.Errorf("certificate with critical options: %w", ErrUnsupported)
	}
	if c.Signature == nil || c.Signature.Format == ssh.KeyAlgoRSA { //nolint:staticcheck // named in order to refuse it
		return s, fmt.Errorf("certificate signed with SHA-1: %w", ErrWeak)
	}
	for _, k := range []ssh.PublicKey{c.Key, c.SignatureKey} {
		if _, nested := k.(*ssh.Certificate); nested {
			return s, fmt.Errorf("%w: a certificate inside a certificate", ErrInvalid)
		}
		if err := CheckKey(k); err != nil {
			return s, err
		}
	}
	if err := checkAuthority(c); err != nil {
		return s, err
	}
	s.Certificate = &Certificate{Authority: string(c.SignatureKey.Marshal()), Key: string(c.Key.Marshal()), Principals: c.ValidPrincipals}
	now := at.Unix()
	if now < 0 || uint64(now) < c.ValidAfter || uint64(now) >= c.ValidBefore {
		return s, fmt.Errorf("outside the validity of its certificate: %w", ErrExpired)
	}
	return s, nil
}

// checkAuthority verifies the authority's signature over the certificate.
func checkAuthority(c *ssh.Certificate) error {
	body := *c
	body.Signature = nil
	b := body.Marshal()
	if len(b) < 4 || !bytes.Equal(b[len(b)-4:], []byte{0, 0, 0, 0}) {
		return fmt.Errorf("%w: the certificate cannot be written again", ErrInvalid)
	}
	if err := c.SignatureKey.Verify(b[:len(b)-4], c.Signature); err != nil {
		return fmt.Errorf("%w: its certificate is not signed by the authority it names", errors.Join(ErrInvalid, err))
	}
	return nil
}
