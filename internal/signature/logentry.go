package signature

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	sigstore "github.com/sigstore/sigstore-go/pkg/verify"
	"google.golang.org/protobuf/proto"

	"github.com/claw-verified/claw-verified/internal/trust"
)

// bundleMediaType is the version of the bundle in which a promise of the log is
// required. An inclusion proof is verified when it is there.
const bundleMediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"

// logEntry puts the log entry together again: gitsign leaves out its body, because
// everything in it stands in the signature. What comes back is for exactly this
// signature by exactly this certificate, or does not verify. Without an entry it is
// nil.
func (c *cms) logEntry(cert *x509.Certificate) (*bundle.Bundle, error) {
	if c.entry == nil {
		return nil, nil
	}
	e := &protorekor.TransparencyLogEntry{}
	// An entry that is written twice over, or with members that are not known, takes
	// more room than what was read of it.
	if err := (proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 8}).Unmarshal(c.entry, e); err != nil || proto.Size(e) != len(c.entry) {
		return nil, malformed("its log entry cannot be read")
	}
	k := e.GetKindVersion()
	if k.GetKind() != "hashedrekord" || k.GetVersion() != "0.0.1" {
		return nil, fmt.Errorf("log entry of kind %.40q, version %.40q: %w", k.GetKind(), k.GetVersion(), ErrUnsupported)
	}
	if len(e.GetCanonicalizedBody()) > 0 {
		return nil, malformed("its log entry brings a body of its own")
	}
	digest := sha256.Sum256(c.signed)
	e.CanonicalizedBody = hashedRekord(digest[:], c.signature, cert)
	b, err := bundle.NewBundle(&protobundle.Bundle{
		MediaType: bundleMediaType,
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content:     &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: cert.Raw}},
			TlogEntries: []*protorekor.TransparencyLogEntry{e},
		},
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: digest[:]},
			Signature:     c.signature,
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", malformed("its log entry is not whole"), err)
	}
	return b, nil
}

// hashedRekord writes the body as Rekor does: JSON with sorted members and no spaces.
func hashedRekord(digest, sig []byte, cert *x509.Certificate) []byte {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	return fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%x"}},"signature":{"content":"%s","publicKey":{"content":"%s"}}}}`,
		digest, base64.StdEncoding.EncodeToString(sig), base64.StdEncoding.EncodeToString(text))
}

// loggedAt verifies a log entry: the log's promise, its inclusion proof and signed
// tree head when they are there, and that it is about this signature by this
// certificate. It returns the log's time, at which the certificate and its chain
// were valid.
func loggedAt(b *bundle.Bundle, cert *x509.Certificate, root *trust.Root) (time.Time, error) {
	log := b.GetVerificationMaterial().GetTlogEntries()[0].GetLogId().GetKeyId()
	if _, ok := root.RekorLogs()[hex.EncodeToString(log)]; !ok {
		return time.Time{}, fmt.Errorf("%w: the log entry is of another log", ErrUntrusted)
	}
	times, err := sigstore.VerifyTlogEntry(b, root, 1, true)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("log entry: %w: %w", ErrInvalid, err)
	case len(times) != 1:
		return time.Time{}, fmt.Errorf("log entry: %w: the log does not vouch for its time", ErrInvalid)
	}
	at := times[0].Time.UTC()
	chains, err := sigstore.VerifyLeafCertificate(at, cert, root)
	if err != nil {
		return time.Time{}, fmt.Errorf("log entry: %w: the certificate was not valid at %s", ErrInvalid, at.Format(time.RFC3339))
	}
	if err := sigstore.VerifySignedCertificateTimestamp(chains, 1, root); err != nil {
		return time.Time{}, fmt.Errorf("log entry: %w: %w", ErrInvalid, err)
	}
	return at, nil
}
