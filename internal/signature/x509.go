package signature

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	sigstore "github.com/sigstore/sigstore-go/pkg/verify"
	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/claw-verified/claw-verified/internal/trust"
)

// maxRSABits bounds the work of one verification, as crypto/tls does.
const maxRSABits = 8192

// X509 is what a Sigstore certificate says of whoever it was made for, in the words
// of policy.Identity; what it does not say is empty. The certificate is of a trusted
// authority and in a trusted certificate log. Whether this identity counts is for the
// policy to say.
type X509 struct {
	Issuer           string // who vouched for the identity to the authority
	Subject          string // the certificate's only name: an e-mail address or a URI
	BuildSigner      string
	SourceRepository string
	SourceRef        string
	SourceDigest     string
	Runner           string
	Root             string // name of the trusted root

	// SignedAt is when a trusted log had the signature, while the certificate was
	// valid. It is zero when the signature was not logged, or was and does not say so.
	// The certificate lives for ten minutes, the key for as long as its owner keeps it:
	// without this time, whoever finds the key signs.
	SignedAt time.Time
}

// verifyX509 checks a CMS signature as gitsign makes it: with a certificate that
// Sigstore's authority gave to an identity for ten minutes.
//
// The chain is looked at in the certificate's own time, because no commit is verified
// in its ten minutes. That the signature was made then, only a log entry shows.
func verifyX509(payload, armoured []byte, ring *Ring, at time.Time) (Signer, error) {
	c, err := readCMS(armoured)
	if err != nil {
		return Signer{}, err
	}
	digest := sha256.Sum256(payload)
	if !bytes.Equal(c.digest, digest[:]) {
		return Signer{}, fmt.Errorf("CMS: %w: it is over another digest", ErrInvalid)
	}
	cert, err := c.parsed()
	if err != nil {
		return Signer{}, err
	}
	if err := c.checkSignature(cert); err != nil {
		return Signer{}, err
	}
	x, err := sigstoreNames(cert)
	if err != nil {
		return Signer{}, err
	}
	s := Signer{Fingerprint: printable(x.Subject) + ", as " + printable(x.Issuer) + " says", Type: "x509"}
	entry, err := c.logEntry(cert)
	if err != nil {
		return s, err
	}
	roots, err := ring.rootsOf(cert)
	if err != nil {
		return s, err
	}
	if entry == nil {
		x.Root = roots[0].Name
		s.X509 = x
		if cert.NotBefore.After(at.Add(clockSkew)) {
			return s, fmt.Errorf("certificate of %s, which is to come: %w", cert.NotBefore.UTC().Format(time.RFC3339), ErrTime)
		}
		return s, ErrUntimed
	}
	// An entry that does not hold is never passed over: the signature then claims
	// what is not so.
	for _, root := range roots {
		logged, failed := loggedAt(entry, cert, root)
		if failed == nil {
			x.Root, x.SignedAt, err = root.Name, logged, nil
			break
		}
		if err == nil || errors.Is(err, ErrUntrusted) {
			err = failed
		}
	}
	if err != nil {
		return s, err
	}
	s.X509 = x
	if x.SignedAt.After(at.Add(clockSkew)) {
		return s, fmt.Errorf("logged at %s, which is to come: %w", x.SignedAt.Format(time.RFC3339), ErrTime)
	}
	return s, nil
}

// checkSignature verifies the signature with the certificate's key. It says nothing
// of whose certificate it is.
func (c *cms) checkSignature(cert *x509.Certificate) error {
	digest := sha256.Sum256(c.signed)
	var good bool
	switch key := cert.PublicKey.(type) {
	case *ecdsa.PublicKey:
		switch {
		case key.Curve == elliptic.P224():
			return fmt.Errorf("ECDSA key on P-224: %w", ErrWeak)
		case !c.algorithm.Equal(oidECDSASHA256):
			return fmt.Errorf("CMS signature with the algorithm %s by an ECDSA key: %w", c.algorithm, ErrUnsupported)
		}
		good = ecdsa.VerifyASN1(key, digest[:], c.signature)
	case *rsa.PublicKey:
		switch {
		case key.N.BitLen() < minRSABits:
			return fmt.Errorf("RSA key of %d bits, at least %d are needed: %w", key.N.BitLen(), minRSABits, ErrWeak)
		case key.N.BitLen() > maxRSABits:
			return fmt.Errorf("RSA key of %d bits, at most %d are read: %w", key.N.BitLen(), maxRSABits, ErrUnsupported)
		case !c.algorithm.Equal(oidRSA) && !c.algorithm.Equal(oidRSASHA256):
			return fmt.Errorf("CMS signature with the algorithm %s by an RSA key: %w", c.algorithm, ErrUnsupported)
		}
		good = cert.CheckSignature(x509.SHA256WithRSA, c.signed, c.signature) == nil
	default:
		// Ed25519 in CMS wants SHA-512 (RFC 8419), and no log entry can be made for it.
		return fmt.Errorf("CMS signature by a key of type %s: %w", cert.PublicKeyAlgorithm, ErrUnsupported)
	}
	if !good {
		return fmt.Errorf("CMS: %w", ErrInvalid)
	}
	return nil
}

// sigstoreNames reads whom a certificate is for, without knowing who made it.
func sigstoreNames(cert *x509.Certificate) (*X509, error) {
	e, err := certificate.ParseExtensions(cert.Extensions)
	if err != nil {
		return nil, fmt.Errorf("%w: the signer's certificate cannot be read: %w", ErrInvalid, err)
	}
	if e.Issuer == "" {
		return nil, fmt.Errorf("S/MIME certificate, only Sigstore's are verified: %w", ErrUnsupported)
	}
	subject, err := onlyName(cert)
	if err != nil {
		return nil, err
	}
	return &X509{
		Issuer:           e.Issuer,
		Subject:          subject,
		BuildSigner:      e.BuildSignerURI,
		SourceRepository: e.SourceRepositoryURI,
		SourceRef:        e.SourceRepositoryRef,
		SourceDigest:     e.SourceRepositoryDigest,
		Runner:           e.RunnerEnvironment,
	}, nil
}

// The tags of GeneralName (RFC 5280, 4.2.1.6) that are accepted.
var (
	tagEmail = tags.Tag(1).ContextSpecific()
	tagURI   = tags.Tag(6).ContextSpecific()
)

// onlyName returns the certificate's one alternative name. Readers differ in which of
// several they take for the signer, and crypto/x509 leaves out kinds that it does not
// know, so the extension is read here.
func onlyName(cert *x509.Certificate) (string, error) {
	for _, e := range cert.Extensions {
		if !e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			continue
		}
		in := cryptobyte.String(e.Value)
		var names, name cryptobyte.String
		var kind tags.Tag
		if !in.ReadASN1(&names, tags.SEQUENCE) || !in.Empty() || !names.ReadAnyASN1(&name, &kind) {
			return "", malformed("the names of its certificate cannot be read")
		}
		if !names.Empty() {
			return "", fmt.Errorf("certificate with more than one name: %w", ErrUnsupported)
		}
		if (kind != tagEmail && kind != tagURI) || len(name) == 0 {
			return "", fmt.Errorf("certificate for a name that is neither an e-mail address nor a URI: %w", ErrUnsupported)
		}
		return string(name), nil
	}
	return "", fmt.Errorf("certificate without a name: %w", ErrUnsupported)
}

// rootsOf finds the trusted roots by which a certificate is genuine: of their
// authority, at the certificate's own time, and with a promise of one of their
// certificate logs, without which an authority that was broken into could give out
// names unseen. There is at least one when there is no error.
func (r *Ring) rootsOf(cert *x509.Certificate) ([]*trust.Root, error) {
	if r == nil || len(r.roots) == 0 {
		return nil, fmt.Errorf("%w: no trusted root is given", ErrUntrusted)
	}
	why := "it is of another authority"
	var genuine []*trust.Root
	for _, root := range r.roots {
		chains, err := sigstore.VerifyLeafCertificate(cert.NotBefore.Add(time.Second), cert, root)
		if err != nil {
			continue
		}
		if err := sigstore.VerifySignedCertificateTimestamp(chains, 1, root); err != nil {
			why = "it is in no certificate log that is trusted"
			continue
		}
		genuine = append(genuine, root)
	}
	if len(genuine) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrUntrusted, why)
	}
	return genuine, nil
}

// printable makes a name out of a foreign certificate fit to be told.
func printable(s string) string {
	const limit = 200
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	if q := strconv.QuoteToASCII(s); q != `"`+s+`"` {
		return q
	}
	return s
}
