package attestation

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// StatementTypeOld is what cosign writes from a bare predicate. Such a statement is
// read as KindOther and nothing else: see [Verifier.Verify].
const StatementTypeOld = "https://in-toto.io/Statement/v0.1"

// maxSubjects bounds how many things one statement may be about.
const maxSubjects = 100

// signed is a bundle or an envelope taken apart. Nothing in it is verified.
type signed struct {
	bundle *bundle.Bundle    // nil of a bare envelope
	cert   *x509.Certificate // nil when a key signed
	hint   string            // what the bundle calls the key

	payload   []byte // of an envelope, decoded
	digest    []byte // of a message signature: what the bundle says is the digest
	algorithm protocommon.HashAlgorithm
	signature []byte
	statement *Statement // of an envelope
}

// takeApart reads a bundle or an envelope. The text and the statement inside it go
// through [Strict] before any other reader sees them.
func takeApart(it *Item) (*signed, error) {
	if len(it.Raw) > MaxItemBytes {
		return nil, fmt.Errorf("%w: %s", ErrTooLarge, tooLarge(len(it.Raw)))
	}
	if err := Strict(it.Raw); err != nil {
		return nil, err
	}
	var s *signed
	var err error
	if it.Format == FormatBundle {
		s, err = openBundle(it.Raw)
	} else {
		s, err = openEnvelope(it.Raw)
	}
	if err != nil {
		return nil, err
	}
	if s.payload != nil {
		s.statement, err = parseStatement(s.payload)
	}
	return s, err
}

func openBundle(raw []byte) (s *signed, err error) {
	// The readers of log entries below are large and were not made for enemies.
	defer contain(&err)
	pb := new(protobundle.Bundle)
	if err := protojson.Unmarshal(raw, pb); err != nil {
		return nil, fmt.Errorf("%w: not a Sigstore bundle: %s", ErrMalformed, said(err))
	}
	if err := checkWeight(pb); err != nil {
		return nil, err
	}
	if err := checkKinds(pb.GetVerificationMaterial().GetTlogEntries()); err != nil {
		return nil, err
	}
	b, err := bundle.NewBundle(pb)
	if err != nil {
		return nil, fmt.Errorf("%w: not a Sigstore bundle v0.1 to v0.3: %s", ErrMalformed, said(err))
	}
	s = &signed{bundle: b}
	content, err := b.VerificationContent()
	if err != nil {
		return nil, fmt.Errorf("%w: its certificate cannot be read: %s", ErrMalformed, said(err))
	}
	if s.cert = content.Certificate(); s.cert == nil {
		s.hint = b.VerificationMaterial.GetPublicKey().GetHint()
	} else if err := onlyLeaf(b); err != nil {
		return nil, err
	}
	switch c := b.Content.(type) {
	case *protobundle.Bundle_DsseEnvelope:
		env := c.DsseEnvelope
		if len(env.GetSignatures()) != 1 {
			return nil, severalSignatures(len(env.GetSignatures()))
		}
		s.payload, s.signature = env.GetPayload(), env.GetSignatures()[0].GetSig()
		err = checkPayload(env.GetPayloadType(), s.payload)
	case *protobundle.Bundle_MessageSignature:
		m := c.MessageSignature
		s.digest, s.algorithm, s.signature = m.GetMessageDigest().GetDigest(), m.GetMessageDigest().GetAlgorithm(), m.GetSignature()
		if want := digestBytes(s.algorithm); want == 0 || len(s.digest) != want {
			err = fmt.Errorf("%w: its message digest is no SHA-2 digest", ErrMalformed)
		}
	}
	if err == nil && len(s.signature) == 0 {
		err = fmt.Errorf("%w: it holds no signature", ErrMalformed)
	}
	return s, err
}

// onlyLeaf refuses a chain that brings its own root: whose root counts is not the
// bundle's to say. Intermediates in an old bundle's chain are not looked at.
func onlyLeaf(b *bundle.Bundle) error {
	certs := b.VerificationMaterial.GetX509CertificateChain().GetCertificates()
	for i := 1; i < len(certs); i++ {
		c, err := x509.ParseCertificate(certs[i].GetRawBytes())
		if err != nil {
			return fmt.Errorf("%w: certificate %d of its chain cannot be read", ErrMalformed, i+1)
		}
		if bytes.Equal(c.RawIssuer, c.RawSubject) {
			return fmt.Errorf("%w: its certificate chain holds a root; roots come from the policy", ErrMalformed)
		}
	}
	return nil
}

// An envelope by itself, as DSSE v1 describes it. Members that DSSE does not know
// are passed over, as it asks for; none of them is signed.
type envelope struct {
	Payload     string `json:"payload"`
	PayloadType string `json:"payloadType"`
	Signatures  []struct {
		Sig string `json:"sig"`
	} `json:"signatures"`
}

func openEnvelope(raw []byte) (*signed, error) {
	var e envelope
	if err := decode(raw, &e, false); err != nil {
		return nil, err
	}
	if len(e.Signatures) != 1 {
		return nil, severalSignatures(len(e.Signatures))
	}
	payload, err := unpack(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("%w: its payload is not base64", ErrMalformed)
	}
	sig, err := unpack(e.Signatures[0].Sig)
	if err != nil || len(sig) == 0 {
		return nil, fmt.Errorf("%w: its signature is not base64", ErrMalformed)
	}
	return &signed{payload: payload, signature: sig}, checkPayload(e.PayloadType, payload)
}

// unpack reads base64 of either alphabet, with padding, as DSSE allows.
func unpack(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		b, err = base64.URLEncoding.Strict().DecodeString(s)
	}
	return b, err
}

// severalSignatures: with two, a reader that is content with one good signature and
// a reader that shows the other one's name both seem right. Bundles may have one.
func severalSignatures(n int) error {
	return fmt.Errorf("%w: its envelope holds %d signatures, one is wanted: let each signer make an envelope of its own", ErrMalformed, n)
}

func checkPayload(payloadType string, payload []byte) error {
	switch {
	case payloadType != PayloadType:
		return fmt.Errorf("%w: its payload is of type %s, %s is read", ErrUnsupported, quote(payloadType), PayloadType)
	case len(payload) == 0:
		return fmt.Errorf("%w: its envelope is empty", ErrMalformed)
	}
	return nil
}

func digestBytes(a protocommon.HashAlgorithm) int {
	switch a { //nolint:exhaustive // all others are refused
	case protocommon.HashAlgorithm_SHA2_256:
		return 32
	case protocommon.HashAlgorithm_SHA2_384:
		return 48
	case protocommon.HashAlgorithm_SHA2_512:
		return 64
	}
	return 0
}

// PAE is the text that a DSSE signature is over.
func PAE(payloadType string, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+64)
	b = append(b, "DSSEv1 "+strconv.Itoa(len(payloadType))+" "+payloadType+" "+strconv.Itoa(len(payload))+" "...)
	return append(b, payload...)
}

func pae(payload []byte) []byte { return PAE(PayloadType, payload) }

// parseStatement reads an in-toto statement. Members that in-toto does not know are
// passed over, as it asks for; the names of the ones it knows are exact.
func parseStatement(payload []byte) (*Statement, error) {
	if err := Strict(payload); err != nil {
		return nil, fmt.Errorf("its statement: %w", err)
	}
	st := new(Statement)
	if err := decode(payload, st, false); err != nil {
		return nil, fmt.Errorf("its statement: %w", err)
	}
	switch {
	case st.Type != StatementType && st.Type != StatementTypeOld:
		return nil, fmt.Errorf("%w: its statement is of type %s, %s is read", ErrUnsupported, quote(st.Type), StatementType)
	case st.PredicateType == "":
		return nil, fmt.Errorf("%w: its statement has no predicateType", ErrMalformed)
	case len(st.Subject) == 0:
		return nil, fmt.Errorf("%w: its statement has no subject: it is about nothing", ErrMalformed)
	case len(st.Subject) > maxSubjects:
		return nil, fmt.Errorf("%w: its statement has %d subjects, at most %d are read", ErrTooLarge, len(st.Subject), maxSubjects)
	}
	for i := range st.Subject {
		if n := len(st.Subject[i].Digest); n == 0 || n > maxListed {
			return nil, fmt.Errorf("%w: subject %d of its statement has %d digests", ErrMalformed, i+1, n)
		}
	}
	return st, nil
}

// Subjects lists the full commit ids that an item says it is about, each once, in
// its order, without verifying anything: to leave out, cheaply, what is about
// something else. Of a statement these are the digests gitCommit and sha1; what is
// named by other digests alone, and what a message signature signs, is not listed; but a
// subject of our predicate may name its commit in its name.
func (it *Item) Subjects() []string {
	if it.Format != FormatBundle && it.Format != FormatEnvelope {
		if it.Format == FormatUnknown || len(it.Raw) > MaxItemBytes {
			return nil
		}
		return otherSubjects(it)
	}
	st := it.peek()
	if st == nil {
		return nil
	}
	var ids []string
	seen := map[string]bool{}
	for i := range st.Subject {
		for _, key := range []string{"gitCommit", "sha1"} {
			if id := st.Subject[i].Digest[key]; gitobject.IsFullID(id) && !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		if st.PredicateType != PredicateAgentCommit || !isFile(&st.Subject[i]) {
			continue
		}
		if _, id, ok := gitAddress(st.Subject[i].Name); ok && gitobject.IsFullID(id) && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// RawDiff is the digest of the change, "sha256:<hex>", that an item says its commit
// makes, without verifying anything; empty when it does not say. It serves to tell
// somebody that they attested this before they rebased it, and nothing else.
func (it *Item) RawDiff() string {
	st := it.peek()
	if st == nil || st.PredicateType != PredicateAgentCommit {
		return ""
	}
	var p struct {
		Change struct {
			RawDiffDigest map[string]string `json:"rawDiffDigest"`
		} `json:"change"`
	}
	if decode(st.Predicate, &p, false) != nil || !gitobject.IsID(p.Change.RawDiffDigest["sha256"], 64) {
		return ""
	}
	return "sha256:" + p.Change.RawDiffDigest["sha256"]
}

// peek reads the statement in an item as it stands there, signed or not.
func (it *Item) peek() *Statement {
	if len(it.Raw) > MaxItemBytes {
		return nil
	}
	var packed string
	switch it.Format {
	case FormatBundle:
		var b struct {
			Envelope struct {
				Payload string `json:"payload"`
			} `json:"dsseEnvelope"`
		}
		if decode(it.Raw, &b, false) != nil {
			return nil
		}
		packed = b.Envelope.Payload
	case FormatEnvelope:
		var e envelope
		if decode(it.Raw, &e, false) != nil {
			return nil
		}
		packed = e.Payload
	default:
		return nil
	}
	payload, err := unpack(packed)
	if err != nil {
		return nil
	}
	st, err := parseStatement(payload)
	if err != nil {
		return nil
	}
	return st
}

// contain turns a panic of a foreign library into an error: whatever a bundle makes it
// do, this program decides.
func contain(err *error) {
	if r := recover(); r != nil { //nolint:revive // it is called by defer
		*err = fmt.Errorf("%w: it breaks the reader: %s", ErrMalformed, clip(fmt.Sprint(r), maxNote))
	}
}

// said is what a library tells of an error, on one line. Protobuf puts a space or a
// no-break space into its messages, by chance for each build; a verdict has to read
// the same everywhere.
func said(err error) string {
	return clip(strings.Join(strings.Fields(err.Error()), " "), maxNote)
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
