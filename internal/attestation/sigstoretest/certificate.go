package sigstoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
)

// RFC 6962: what marks a certificate as one for the log only, and the list of
// timestamps in the one that is used.
var (
	poison  = pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, Critical: true, Value: []byte{5, 0}}
	sctList = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// Certificate issues a signing certificate and makes its key, as for a keyless
// signature: for what is not a bundle, the signature of a commit say.
func (in *Instance) Certificate(id Claims, opts ...Option) (*x509.Certificate, *ecdsa.PrivateKey) {
	in.t.Helper()
	key, err := newKey()
	if err != nil {
		in.t.Fatal(err)
	}
	cert, err := in.issue(id, key.Public(), in.order(opts))
	if err != nil {
		in.t.Fatal(err)
	}
	return cert, key
}

// Chain is the certificate of the authority that issues, and that of its root.
func (in *Instance) Chain() (issuing, root *x509.Certificate) { return in.caCert, in.caRoot }

// issue makes the certificate twice: once for the log, which signs it, and once
// with that signature in it.
func (in *Instance) issue(id Claims, public crypto.PublicKey, o *order) (*x509.Certificate, error) {
	uris, emails, err := names(append([]string{id.Subject}, o.subjects...))
	if err != nil {
		return nil, err
	}
	ext, err := id.extensions(o.without)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: in.number(), NotBefore: o.issued, NotAfter: o.issued.Add(o.life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		URIs: uris, EmailAddresses: emails, ExtraExtensions: ext,
	}
	if !o.noSCT {
		t.ExtraExtensions = append(slices.Clone(ext), poison)
		pre, err := certify(t, in.caCert, public, in.ca)
		if err != nil {
			return nil, err
		}
		list, err := in.certificateTimestamp(pre, o)
		if err != nil {
			return nil, fmt.Errorf("enter certificate into its log: %w", err)
		}
		t.ExtraExtensions = append(slices.Clone(ext), pkix.Extension{Id: sctList, Value: list})
	}
	return certify(t, in.caCert, public, in.ca)
}

// certificateTimestamp is the certificate log's promise to take the certificate in,
// as the value of the extension.
func (in *Instance) certificateTimestamp(pre *x509.Certificate, o *order) ([]byte, error) {
	var chain []*ctx509.Certificate
	for _, c := range []*x509.Certificate{pre, in.caCert} {
		// Extensions that this parser does not know are errors it calls harmless.
		parsed, err := ctx509.ParseCertificate(c.Raw)
		if ctx509.IsFatal(err) {
			return nil, err
		}
		chain = append(chain, parsed)
	}
	at := uint64(o.issued.UnixMilli()) //nolint:gosec // a time of a test, after 1970
	leaf, err := ct.MerkleTreeLeafFromChain(chain, ct.PrecertLogEntryType, at)
	if err != nil {
		return nil, err
	}
	sct := ct.SignedCertificateTimestamp{SCTVersion: ct.V1, Timestamp: at}
	copy(sct.LogID.KeyID[:], in.keyID(in.ct))
	text, err := ct.SerializeSCTSignatureInput(sct, ct.LogEntry{Leaf: *leaf})
	if err != nil {
		return nil, err
	}
	key := in.ct
	if o.foreignCT {
		key = in.foreignCT
	}
	sig, err := signSHA256(key, text)
	if err != nil {
		return nil, err
	}
	sct.Signature = ct.DigitallySigned{Algorithm: tls.SignatureAndHashAlgorithm{Hash: tls.SHA256, Signature: tls.ECDSA}, Signature: sig}
	one, err := tls.Marshal(sct)
	if err != nil {
		return nil, err
	}
	list, err := tls.Marshal(ctx509.SignedCertificateTimestampList{SCTList: []ctx509.SerializedSCT{{Val: one}}})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(list)
}
