package attestation

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// identity is a keyless identity that the policy lists, and whose it is.
type identity struct {
	policy.Identity
	owner owner
}

// byCertificate verifies what was signed with a certificate, under each trusted root
// in turn, and says what the verified certificate holds.
//
// The signature is checked here first, with the certificate's key, so that an
// altered text is told from one whose signer nobody knows.
func (v *Verifier) byCertificate(s *signed) (*certificate.Summary, []time.Time, error) {
	claim, err := readCertificate(s.cert)
	if err != nil {
		return nil, nil, err
	}
	if len(v.roots) == 0 {
		return &claim, nil, fmt.Errorf("%w: it is signed with a certificate, and the policy lists no trusted root", ErrUntrusted)
	}
	if !s.signedByLeaf() {
		return &claim, nil, fmt.Errorf("%w: it is not what the key of its certificate signed", ErrInvalid)
	}
	var why error
	for _, r := range v.roots {
		res, err := underRoot(s, r, claim)
		if err != nil {
			if why == nil || errors.Is(why, ErrUntrusted) {
				why = err
			}
			continue
		}
		var times []time.Time
		for _, t := range res.VerifiedTimestamps {
			times = append(times, t.Timestamp)
		}
		return res.Signature.Certificate, times, nil
	}
	return &claim, nil, why
}

// signedByLeaf checks the signature with the certificate's key and the digest that
// goes with it. sigstore-go would also take SHA-256 with longer curves, from old
// programs, and print a warning; RSA is left to it.
func (s *signed) signedByLeaf() bool {
	k, ok := s.cert.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return s.cert.PublicKeyAlgorithm == x509.RSA || s.signedBy(s.cert.PublicKey)
	}
	hash, ok := map[int]crypto.Hash{256: crypto.SHA256, 384: crypto.SHA384, 521: crypto.SHA512}[k.Params().BitSize]
	if !ok {
		return false
	}
	digest := s.digest
	if s.statement != nil {
		h := hash.New()
		h.Write(pae(s.payload))
		digest = h.Sum(nil)
	}
	return len(digest) == hash.Size() && ecdsa.VerifyASN1(k, digest, s.signature)
}

// underRoot asks cosign, and through it sigstore-go, whether the bundle holds under
// one trusted root: the chain at the time of signing, the certificate log's
// timestamp, the transparency log, and the time itself.
//
// The identity asked for is the one the certificate names. That is no check at all,
// and is not meant as one: cosign wants exactly one identity, the policy may list
// several for one name, and all of them are compared afterwards, exactly, with the
// certificate that was verified. It lets "not verified" be told from "not listed".
//
// cosign knows two sources of time and wants to be told which to use: integrated
// time, for entries of Rekor v1, and signed timestamps, without which an entry of
// Rekor v2 has no time. sigstore-go's own WithObserverTimestamps takes either. Here
// a token that holds under this root is used whenever there is one, and the log's
// signed time otherwise. That is as strict as taking both: with a token, the
// integrated time of an entry must still lie within the certificate's validity, or
// the entry fails. A token that does not hold is passed over, as one of an unknown
// authority must be (GitHub's beside the public log): whoever could alter it could
// leave it out.
//
// The log is never left out, but under a root that has none: GitHub's instance for
// private repositories is such a one, a certificate authority and a timestamping
// authority. There the signed timestamp is required, and proves that the
// certificate was used while it was valid; that it was published, nothing proves,
// and whoever puts that root into the policy knows so. A root that names a log for
// entries or for certificates gets no such leave, whatever the bundle holds.
func underRoot(s *signed, r *trust.Root, claim certificate.Summary) (res *verify.VerificationResult, err error) {
	defer contain(&err)
	if len(r.FulcioCertificateAuthorities()) == 0 {
		return nil, fmt.Errorf("%w: trusted root %s has no certificate authority", ErrUntrusted, quote(r.Name))
	}
	entries, err := s.bundle.TlogEntries()
	if err != nil {
		return nil, fmt.Errorf("%w: its log entry cannot be read: %s", ErrMalformed, said(err))
	}
	for _, e := range entries {
		if err := checkEntry(e); err != nil {
			return nil, err
		}
	}
	stamps, _, err := verify.VerifySignedTimestamp(s.bundle, r)
	if err != nil {
		return nil, fmt.Errorf("%w: its timestamps: %s", ErrMalformed, said(err))
	}
	co := &cosign.CheckOpts{
		TrustedMaterial: r, NewBundleFormat: true, Offline: true, UseSignedTimestamps: len(stamps) > 0,
		Identities: []cosign.Identity{{Issuer: claim.Issuer, Subject: claim.SubjectAlternativeName}},
	}
	if len(r.RekorLogs())+len(r.CTLogs()) == 0 {
		co.IgnoreTlog, co.IgnoreSCT, co.UseSignedTimestamps = true, true, true
	}
	// Without an artifact, sigstore-go checks the signature over the envelope alone;
	// what the statement is about is Bind's to find out, which compares more.
	artifact := verify.WithoutArtifactUnsafe()
	if s.statement == nil {
		artifact = verify.WithArtifactDigest("sha256", s.digest) // the name is not looked at
	}
	res, err = cosign.VerifyNewBundle(context.Background(), co, artifact, s.bundle)
	switch {
	case errors.Is(err, bundle.ErrInvalidAttestation):
		return nil, fmt.Errorf("%w: %s", ErrMalformed, said(err))
	case err != nil && !issuedUnder(r, s.cert):
		return nil, fmt.Errorf("%w: its certificate is of no authority that trusted root %s names for its time", ErrUntrusted, quote(r.Name))
	case err != nil:
		return nil, fmt.Errorf("%w under trusted root %s: %s", ErrInvalid, quote(r.Name), said(err))
	case res == nil || res.Signature == nil || res.Signature.Certificate == nil || len(res.VerifiedTimestamps) == 0:
		return nil, fmt.Errorf("%w: no certificate or no time was verified", ErrInvalid)
	}
	return res, logged(entries, r, res)
}

// issuedUnder reports whether an authority of the root signed the certificate, at
// whatever time.
func issuedUnder(r *trust.Root, c *x509.Certificate) bool {
	_, err := verify.VerifyLeafCertificate(c.NotBefore, c, r)
	return err == nil
}

var oidSAN = asn1.ObjectIdentifier{2, 5, 29, 17}

// readCertificate reads whom a certificate is for. It must have exactly one name, so
// that nobody can be content with the other one; it is taken as it is written.
func readCertificate(c *x509.Certificate) (certificate.Summary, error) {
	fail := func(format string, args ...any) (certificate.Summary, error) {
		return certificate.Summary{}, fmt.Errorf("%w: its certificate "+format, append([]any{ErrMalformed}, args...)...)
	}
	sum, err := certificate.SummarizeCertificate(c)
	if err != nil {
		return fail("cannot be read: %s", said(err))
	}
	var names []asn1.RawValue
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidSAN) {
			continue
		}
		var list []asn1.RawValue
		if rest, err := asn1.Unmarshal(e.Value, &list); err != nil || len(rest) > 0 {
			return fail("has names that cannot be read")
		}
		names = append(names, list...)
	}
	switch {
	case len(names) != 1:
		return fail("has %d names, one is wanted", len(names))
	case names[0].Class != asn1.ClassContextSpecific:
		return fail("has a name that cannot be read")
	case (names[0].Tag == 1 || names[0].Tag == 6) && string(names[0].Bytes) != sum.SubjectAlternativeName:
		return fail("has the name %s, which reads as another: %s", quote(string(names[0].Bytes)), quote(sum.SubjectAlternativeName))
	case sum.Issuer == "":
		return fail("names no issuer")
	}
	return sum, nil
}

// match finds the listed identity that a verified certificate is. Every member that
// the policy gives must be equal, byte for byte.
func (v *Verifier) match(c *certificate.Summary) (*identity, error) {
	var found *identity
	near := ""
	for i := range v.identities {
		id := &v.identities[i]
		if id.Issuer != c.Issuer || id.Subject != c.SubjectAlternativeName {
			continue
		}
		if d := difference(id, c); d != "" {
			if near == "" {
				near = d
			}
			continue
		}
		switch {
		case found != nil && found.owner != id.owner:
			return nil, fmt.Errorf("%w: the policy lists this identity for %s and for %s, so it proves neither", ErrUntrusted, found.owner, id.owner)
		case found == nil || found.SourceDigest != "":
			found = id // of several that match, the one that asks for less
		}
	}
	switch {
	case found != nil:
		return found, nil
	case near != "":
		return nil, fmt.Errorf("%w: the certificate of %s has %s", ErrUntrusted, quote(c.SubjectAlternativeName), near)
	}
	return nil, fmt.Errorf("%w: the certificate is of %s, by %s", ErrUntrusted, quote(c.SubjectAlternativeName), quote(c.Issuer))
}

// sourceIsCommit is what an identity says in place of a commit id when the
// certificate must be for the very commit that is attested.
const sourceIsCommit = "commit"

func difference(id *identity, c *certificate.Summary) string {
	for _, f := range []struct{ what, want, have string }{
		{"build signer", id.BuildSigner, c.BuildSignerURI},
		{"source repository", id.SourceRepository, c.SourceRepositoryURI},
		{"source ref", id.SourceRef, c.SourceRepositoryRef},
		{"source digest", id.SourceDigest, c.SourceRepositoryDigest},
		{"runner", id.Runner, c.RunnerEnvironment},
	} {
		switch {
		case f.want == "" || f.want == f.have:
		case f.what == "source digest" && f.want == sourceIsCommit && f.have != "":
		case f.have == "":
			return "no " + f.what
		default:
			return fmt.Sprintf("the %s %s, the policy wants %s", f.what, quote(f.have), quote(f.want))
		}
	}
	return ""
}
