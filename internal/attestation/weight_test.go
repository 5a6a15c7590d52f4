package attestation_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// heavyKey is an RSA key of so many bits; nobody has its private half.
func heavyKey(t testing.TB, bits, exponent int) *rsa.PublicKey {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	if err != nil {
		t.Fatal(err)
	}
	n.SetBit(n, bits-1, 1)
	n.SetBit(n, 0, 1)
	return &rsa.PublicKey{N: n, E: exponent}
}

// heavySigner pretends to have the key.
type heavySigner struct{ key *rsa.PublicKey }

func (s heavySigner) Public() crypto.PublicKey { return s.key }

func (s heavySigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return make([]byte, s.key.Size()), nil
}

// with puts a member into the verification material of a bundle.
func with(t testing.TB, bundle []byte, name string, value any) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(bundle, &m); err != nil {
		t.Fatal(err)
	}
	m["verificationMaterial"].(map[string]any)[name] = value
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// heavyEntry is a log entry that brings its own key.
func heavyEntry(t testing.TB, key *rsa.PublicKey) any {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b64, sum := base64.StdEncoding.EncodeToString, sha256.Sum256([]byte("x"))
	body, err := json.Marshal(map[string]any{"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": map[string]any{
		"data": map[string]any{"hash": map[string]any{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}},
		"signature": map[string]any{
			"content":   b64(make([]byte, key.Size())),
			"publicKey": map[string]any{"content": b64(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"logIndex": "1", "logId": map[string]any{"keyId": b64(sum[:])}, "kindVersion": map[string]any{"kind": "hashedrekord", "version": "0.0.1"},
		"integratedTime": "1700000000", "inclusionPromise": map[string]any{"signedEntryTimestamp": b64(sum[:])}, "canonicalizedBody": b64(body),
	}
}

// manySigned repeats the one signer of a timestamp token.
func manySigned(t testing.TB, token []byte, times int) []byte {
	t.Helper()
	var response struct{ Status, Token asn1.RawValue }
	var info struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	var data struct {
		Version                  int
		Algorithms, Encapsulated asn1.RawValue
		Certificates             asn1.RawValue `asn1:"optional,tag:0"`
		Signers                  asn1.RawValue
	}
	read := func(der []byte, v any) {
		if _, err := asn1.Unmarshal(der, v); err != nil {
			t.Fatal(err)
		}
	}
	write := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	read(token, &response)
	read(response.Token.FullBytes, &info)
	read(info.Content.Bytes, &data)
	data.Signers = asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: bytes.Repeat(data.Signers.Bytes, times)}
	info.Content = asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: write(data)}
	response.Token = asn1.RawValue{FullBytes: write(info)}
	return write(response)
}

// heavyToken is a timestamp token with a certificate for the key, signed so many
// times.
func heavyToken(t testing.TB, key *rsa.PublicKey, times int) any {
	t.Helper()
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tsa"}, NotBefore: signedOn.Add(-time.Hour), NotAfter: signedOn.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ca"}}, key, ca)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ts := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: make([]byte, 32), Time: signedOn, Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true}
	token, err := ts.CreateResponseWithOpts(cert, heavySigner{key}, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"rfc3161Timestamps": []any{map[string]any{"signedTimestamp": manySigned(t, token, times)}}}
}

// TestHeavyBundles: what a bundle brings along is verified with before anybody asks
// whose it is, so it must not be long. Without the bounds the larger ones take
// minutes.
func TestHeavyBundles(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	good := in.Sign(agentStatement(t, theCommit()), sigstoretest.Workflow("acme/widgets", theCommit().ID))
	v, err := attestation.NewVerifier(&policy.Policy{}, nil, []*trust.Root{in.Root()}, signedOn.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	entry := heavyEntry(t, heavyKey(t, 4096, 65537))
	for name, bundle := range map[string][]byte{
		"entry with a long key":             with(t, good, "tlogEntries", []any{heavyEntry(t, heavyKey(t, 4104, 65537))}),
		"entry with a very long key":        with(t, good, "tlogEntries", []any{heavyEntry(t, heavyKey(t, 1<<20, 65537))}),
		"entry with a large exponent":       with(t, good, "tlogEntries", []any{heavyEntry(t, heavyKey(t, 2048, 1<<31-1))}),
		"many entries":                      with(t, good, "tlogEntries", []any{entry, entry, entry, entry, entry}),
		"token with a long key":             with(t, good, "timestampVerificationData", heavyToken(t, heavyKey(t, 16384, 65537), 1)),
		"token with a very long key":        with(t, good, "timestampVerificationData", heavyToken(t, heavyKey(t, 1<<18, 65537), 1)),
		"token of two signers":              with(t, good, "timestampVerificationData", heavyToken(t, heavyKey(t, 2048, 65537), 2)),
		"token of many signers":             with(t, good, "timestampVerificationData", heavyToken(t, heavyKey(t, 2048, 65537), 20)),
		"certificate that is no such thing": with(t, good, "certificate", map[string]any{"rawBytes": bytes.Repeat([]byte{0x30}, 20000)}),
	} {
		items := attestation.Read(checks.Attestation{Carrier: checks.CarrierNotes, Body: bundle})
		if _, err := v.Verify(items[0]); !errors.Is(err, attestation.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	items := attestation.Read(checks.Attestation{Carrier: checks.CarrierNotes, Body: with(t, good, "tlogEntries", []any{entry})})
	if _, err := v.Verify(items[0]); errors.Is(err, attestation.ErrTooLarge) || err == nil {
		t.Errorf("a key of 4096 bits: %v", err)
	}
	items = attestation.Read(checks.Attestation{Carrier: checks.CarrierNotes, Body: with(t, good, "timestampVerificationData", heavyToken(t, heavyKey(t, 2048, 65537), 1))})
	if _, err := v.Verify(items[0]); errors.Is(err, attestation.ErrTooLarge) {
		t.Errorf("a token of one signer: %v", err)
	}
}
