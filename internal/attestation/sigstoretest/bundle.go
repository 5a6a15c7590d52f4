package sigstoretest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/digitorus/timestamp"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// Sign signs a statement without a lasting key, as somebody: a certificate, an
// envelope, a log entry of type dsse, in one bundle of one line.
func (in *Instance) Sign(statement []byte, id Claims, opts ...Option) []byte {
	in.t.Helper()
	o := in.order(opts)
	b, err := in.keyless(o, id)
	if err == nil {
		err = in.seal(b, statement, o.key, CertificatePEM(o.cert), o)
	}
	return in.write(b, err)
}

// SignKey signs a statement with a key: P-256 or P-384, with the digest of its
// length, or Ed25519. There is no log entry unless [Logged] asks for one.
func (in *Instance) SignKey(statement []byte, key crypto.Signer, opts ...Option) []byte {
	in.t.Helper()
	o := in.order(opts)
	o.noLog = !o.log
	b, verifier, err := keyed(o, key)
	if err == nil {
		err = in.seal(b, statement, key, verifier, o)
	}
	return in.write(b, err)
}

// SignBlob signs bytes that are no statement, without a lasting key, as somebody: a
// message signature and a log entry of type hashedrekord.
func (in *Instance) SignBlob(blob []byte, id Claims, opts ...Option) []byte {
	in.t.Helper()
	o := in.order(opts)
	b, err := in.keyless(o, id)
	if err == nil {
		err = in.message(b, blob, o)
	}
	return in.write(b, err)
}

func (in *Instance) write(b *protobundle.Bundle, err error) []byte {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
	text, err := protojson.Marshal(b)
	if err != nil {
		in.t.Fatal(err)
	}
	return text
}

func (in *Instance) keyless(o *order, id Claims) (*protobundle.Bundle, error) {
	if o.cert == nil {
		var err error
		if o.key, err = newKey(); err != nil {
			return nil, err
		}
		if o.cert, err = o.ca.issue(id, o.key.Public(), o); err != nil {
			return nil, err
		}
	}
	return &protobundle.Bundle{MediaType: o.mediaType, VerificationMaterial: &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: o.cert.Raw}},
	}}, nil
}

func keyed(o *order, key crypto.Signer) (*protobundle.Bundle, []byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, nil, fmt.Errorf("write public key: %w", err)
	}
	if o.hint == "" {
		sum := sha256.Sum256(der)
		o.hint = base64.StdEncoding.EncodeToString(sum[:])
	}
	return &protobundle.Bundle{MediaType: o.mediaType, VerificationMaterial: &protobundle.VerificationMaterial{
		Content: &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{Hint: o.hint}},
	}}, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// seal puts the envelope into a bundle, and what the authorities say of it.
func (in *Instance) seal(b *protobundle.Bundle, statement []byte, key crypto.Signer, verifier []byte, o *order) error {
	env := &protodsse.Envelope{Payload: statement, PayloadType: o.payloadType}
	var sigs [][]byte
	var written []any
	for range o.signatures {
		sig, err := signText(key, PAE(o.payloadType, statement), o.prehashed)
		if err != nil {
			return err
		}
		sigs, written = append(sigs, sig), append(written, object{"sig": sig})
		env.Signatures = append(env.Signatures, &protodsse.Signature{Sig: sig})
	}
	b.Content = &protobundle.Bundle_DsseEnvelope{DsseEnvelope: env}
	text, err := json.Marshal(object{"payload": statement, "payloadType": o.payloadType, "signatures": written})
	if err != nil {
		return fmt.Errorf("write envelope: %w", err)
	}
	var first []byte
	if len(sigs) > 0 {
		first = sigs[0]
	}
	kind := "dsse"
	body, err := dsseBody(text, statement, sigs, verifier)
	if o.tiles {
		kind, body, err = tiles(PAE(o.payloadType, statement), first, verifier)
	}
	if err != nil {
		return fmt.Errorf("write log entry: %w", err)
	}
	return in.witness(b, kind, body, first, o)
}

func (in *Instance) message(b *protobundle.Bundle, blob []byte, o *order) error {
	sig, err := signText(o.key, blob, false)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(blob)
	b.Content = &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
		MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: sum[:]}, Signature: sig,
	}}
	kind := "hashedrekord"
	body, err := hashedBody(sum[:], sig, CertificatePEM(o.cert))
	if o.tiles {
		kind, body, err = tiles(blob, sig, CertificatePEM(o.cert))
	}
	if err != nil {
		return fmt.Errorf("write log entry: %w", err)
	}
	return in.witness(b, kind, body, sig, o)
}

func tiles(text, sig, verifier []byte) (kind string, body []byte, err error) {
	block, _ := pem.Decode(verifier)
	sum := sha256.Sum256(text)
	body, err = tilesBody(sum[:], sig, block)
	return "hashedrekord", body, err
}

// witness adds the log entry and the timestamp.
func (in *Instance) witness(b *protobundle.Bundle, kind string, body, sig []byte, o *order) error {
	if !o.noLog {
		e, err := in.enter(kind, body, o)
		if err != nil {
			return err
		}
		b.VerificationMaterial.TlogEntries = []*protorekor.TransparencyLogEntry{e}
	}
	if !o.stamp {
		return nil
	}
	sum := sha256.Sum256(sig)
	token, err := in.stamp(&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:]}, o)
	if err != nil {
		return err
	}
	b.VerificationMaterial.TimestampVerificationData = &protobundle.TimestampVerificationData{
		Rfc3161Timestamps: []*protocommon.RFC3161SignedTimestamp{{SignedTimestamp: token}},
	}
	return nil
}

// stamp answers a request of RFC 3161.
func (in *Instance) stamp(req *timestamp.Request, o *order) ([]byte, error) {
	ts := timestamp.Timestamp{
		HashAlgorithm: req.HashAlgorithm, HashedMessage: req.HashedMessage, Nonce: req.Nonce, Time: o.stamped,
		Policy: asn1.ObjectIdentifier{1, 2, 3, 4, 1}, SerialNumber: in.number(), AddTSACertificate: req.Certificates,
	}
	cert, key := in.tsaCert, in.tsa
	if o.foreignTSA {
		cert, key = in.foreignCert, in.foreignTSA
	}
	token, err := ts.CreateResponseWithOpts(cert, key, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("make timestamp: %w", err)
	}
	return token, nil
}

// PAE is what is signed of an envelope: DSSE's pre-authentication encoding.
func PAE(payloadType string, payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}

// signText signs with the digest that goes with the key.
func signText(key crypto.Signer, text []byte, prehashed bool) (sig []byte, err error) {
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		if !prehashed {
			sig, err = key.Sign(nil, text, crypto.Hash(0))
			break
		}
		sum := sha512.Sum512(text)
		sig, err = key.Sign(nil, sum[:], crypto.SHA512)
	case *ecdsa.PublicKey:
		hash := crypto.SHA256
		switch public.Curve.Params().BitSize {
		case 384:
			hash = crypto.SHA384
		case 521:
			hash = crypto.SHA512
		}
		h := hash.New()
		h.Write(text)
		sig, err = key.Sign(rand.Reader, h.Sum(nil), hash)
	default:
		return nil, fmt.Errorf("sign: keys of type %T are not known here", public)
	}
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return sig, nil
}
