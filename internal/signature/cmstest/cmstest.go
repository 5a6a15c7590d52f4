// Package cmstest writes CMS signatures for tests: good ones as gitsign makes them,
// and such as nobody should make. It shares no code with the reader. No package of
// the program imports it.
package cmstest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"testing"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
)

// Names of what a signature consists of.
var (
	Data          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	SignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	ContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	MessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	SHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	ECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	RSASHA256     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	LogEntry      = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
)

// Message is a signature in its parts. A test changes what it likes before Armour.
type Message struct {
	t testing.TB

	Type         asn1.ObjectIdentifier // of the whole
	Version      int
	Digests      []asn1.ObjectIdentifier
	ContentType  asn1.ObjectIdentifier
	Content      []byte   // nil: detached
	Certificates [][]byte // DER
	Between      []byte   // behind the certificates: revocation lists
	Signers      int      // how often the one signer stands there

	SignerVersion   int
	Issuer          []byte // DER
	Serial          []byte // DER
	Digest          asn1.ObjectIdentifier
	NoAttributes    bool
	Attributes      [][]byte // DER, in the order in which they are written and signed
	Algorithm       asn1.ObjectIdentifier
	Signature       []byte
	Unsigned        [][]byte // DER
	BehindTheSigner []byte
	Trailing        []byte // behind the whole
}

// New is a detached signature of gitsign's form by a certificate, not signed yet.
func New(t testing.TB, payload []byte, cert *x509.Certificate) *Message {
	t.Helper()
	sum := sha256.Sum256(payload)
	m := &Message{
		t: t, Type: SignedData, Version: 1, Digests: []asn1.ObjectIdentifier{SHA256}, ContentType: Data,
		Certificates: [][]byte{cert.Raw}, Signers: 1, SignerVersion: 1, Issuer: cert.RawIssuer, Digest: SHA256,
		Algorithm: ECDSASHA256,
	}
	m.Serial = m.der(cert.SerialNumber)
	m.Attributes = [][]byte{m.Attribute(ContentType, m.der(Data)), m.Attribute(MessageDigest, m.der(sum[:]))}
	m.Sort()
	return m
}

// Gitsign is a signature by a new certificate of the instance, without a log entry.
func Gitsign(t testing.TB, in *sigstoretest.Instance, payload []byte, id sigstoretest.Claims, opts ...sigstoretest.Option) (*Message, *x509.Certificate) {
	t.Helper()
	cert, key := in.Certificate(id, opts...)
	return New(t, payload, cert).Sign(key), cert
}

// Sort puts the attributes in the order of DER.
func (m *Message) Sort() { slices.SortFunc(m.Attributes, bytes.Compare) }

// Signed is what the signature is made over.
func (m *Message) Signed() []byte { return wrap(0x31, m.Attributes...) }

// Sign makes the signature.
func (m *Message) Sign(key crypto.Signer) *Message {
	m.t.Helper()
	sum := sha256.Sum256(m.Signed())
	text, opts := sum[:], crypto.SignerOpts(crypto.SHA256)
	switch key.(type) {
	case *ecdsa.PrivateKey:
	case *rsa.PrivateKey:
		m.Algorithm = RSASHA256
	default:
		text, opts = m.Signed(), crypto.Hash(0)
	}
	var err error
	if m.Signature, err = key.Sign(rand.Reader, text, opts); err != nil {
		m.t.Fatal(err)
	}
	return m
}

// Enter enters the signature into the log, and the entry into the signature.
func (m *Message) Enter(in *sigstoretest.Instance, cert *x509.Certificate, opts ...sigstoretest.Option) *Message {
	m.t.Helper()
	return m.Logged(in.LogHashed(sha256.Sum256(m.Signed()), m.Signature, sigstoretest.CertificatePEM(cert), opts...))
}

// Logged puts a log entry into the signature, as gitsign does: without its body.
func (m *Message) Logged(e *protorekor.TransparencyLogEntry) *Message {
	m.t.Helper()
	e = proto.CloneOf(e)
	e.CanonicalizedBody = nil
	return m.Entry(e)
}

// Entry puts a log entry into the signature as it is.
func (m *Message) Entry(e *protorekor.TransparencyLogEntry) *Message {
	m.t.Helper()
	text, err := proto.Marshal(e)
	if err != nil {
		m.t.Fatal(err)
	}
	m.Unsigned = append(m.Unsigned, m.Attribute(LogEntry, m.der(text)))
	return m
}

// Attribute writes an attribute with values that are DER.
func (m *Message) Attribute(kind asn1.ObjectIdentifier, values ...[]byte) []byte {
	return wrap(0x30, m.der(kind), wrap(0x31, values...))
}

// Octets writes an OCTET STRING.
func (m *Message) Octets(b []byte) []byte { return m.der(b) }

// DER writes the whole.
func (m *Message) DER() []byte {
	m.t.Helper()
	digests := [][]byte{}
	for _, d := range m.Digests {
		digests = append(digests, wrap(0x30, m.der(d)))
	}
	content := [][]byte{m.der(m.ContentType)}
	if m.Content != nil {
		content = append(content, wrap(0xa0, m.der(m.Content)))
	}
	signer := [][]byte{m.der(m.SignerVersion), wrap(0x30, m.Issuer, m.Serial), wrap(0x30, m.der(m.Digest))}
	if !m.NoAttributes {
		signer = append(signer, wrap(0xa0, m.Attributes...))
	}
	signer = append(signer, wrap(0x30, m.der(m.Algorithm)), m.der(m.Signature))
	if m.Unsigned != nil {
		signer = append(signer, wrap(0xa1, m.Unsigned...))
	}
	signer = append(signer, m.BehindTheSigner)
	signers := slices.Repeat([][]byte{wrap(0x30, signer...)}, m.Signers)
	data := wrap(0x30, m.der(m.Version), wrap(0x31, digests...), wrap(0x30, content...), wrap(0xa0, m.Certificates...), m.Between, wrap(0x31, signers...))
	return append(wrap(0x30, m.der(m.Type), wrap(0xa0, data)), m.Trailing...)
}

// Armour writes the whole as git carries it.
func (m *Message) Armour() []byte { return Armour(m.DER()) }

// Armour writes DER as git carries it.
func Armour(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der})
}

func (m *Message) der(v any) []byte {
	m.t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		m.t.Fatal(err)
	}
	return b
}

// wrap puts a tag and a length in front of parts.
func wrap(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	head := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		head = append(head, byte(n))
	case n < 0x100:
		head = append(head, 0x81, byte(n))
	case n < 0x10000:
		head = append(head, 0x82, byte(n>>8), byte(n))
	default:
		head = append(head, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(head, body...)
}
