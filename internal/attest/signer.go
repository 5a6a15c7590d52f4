package attest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

// Signer signs statements.
type Signer interface {
	// Sign makes a bundle around a statement, as one line of JSON, and has verified it.
	Sign(ctx context.Context, statement []byte) ([]byte, error)
	// Made reports whether a bundle is the signer's own around this very statement, so
	// that it need not be made again.
	Made(bundle, statement []byte) bool
	// String names the key or the identity, for people.
	String() string
}

// WithKey signs with a private key that [LoadKey] read.
func WithKey(key crypto.Signer) (Signer, error) {
	pair, err := newKeypair(key)
	if err != nil {
		return nil, err
	}
	return &keySigner{pair}, nil
}

type keySigner struct{ pair *keypair }

func (s *keySigner) String() string { return "the key " + s.fingerprint() }

// fingerprint is the key's name everywhere else: without the padding of the hint.
func (s *keySigner) fingerprint() string { return "SHA256:" + strings.TrimRight(s.pair.hint, "=") }

func (s *keySigner) Sign(ctx context.Context, statement []byte) ([]byte, error) {
	b, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: attestation.PayloadType}, s.pair, sign.BundleOptions{Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	text, err := encode(b)
	if err != nil {
		return nil, err
	}
	// A signature that nobody can verify is worse than none: it is found out late.
	if err := s.verify(text, statement); err != nil {
		return nil, fmt.Errorf("verify what was signed: %w", err)
	}
	return text, nil
}

func (s *keySigner) Made(bundle, statement []byte) bool { return s.verify(bundle, statement) == nil }

func (s *keySigner) verify(text, statement []byte) error {
	v, err := signature.LoadVerifier(s.pair.GetPublicKey(), s.pair.hash)
	if err != nil {
		return err
	}
	material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
	})
	return check(text, statement, material, []verify.VerifierOption{verify.WithNoObserverTimestamps()}, verify.WithKey())
}

// check verifies a bundle of ours: its signature, by the material, and that it
// holds exactly the statement.
func check(text, statement []byte, material root.TrustedMaterial, options []verify.VerifierOption, who verify.PolicyOption) error {
	b := &bundle.Bundle{}
	if err := b.UnmarshalJSON(text); err != nil {
		return err
	}
	env := b.GetDsseEnvelope()
	if env == nil || env.PayloadType != attestation.PayloadType || !bytes.Equal(env.Payload, statement) {
		return errors.New("it holds another statement")
	}
	v, err := verify.NewVerifier(material, options...)
	if err != nil {
		return err
	}
	// The statement was compared above, byte by byte; its subjects need no artifact.
	_, err = v.Verify(b, verify.NewPolicy(verify.WithoutArtifactUnsafe(), who))
	return err
}

// encode writes a bundle as one line. protojson sets blanks by chance.
func encode(b *protobundle.Bundle) ([]byte, error) {
	text, err := protojson.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return nil, fmt.Errorf("encode bundle: %w", err)
	}
	return out.Bytes(), nil
}

// keypair is a private key as sigstore-go wants it.
type keypair struct {
	key       crypto.Signer
	hash      crypto.Hash // 0 for Ed25519, which is used pure: verifiers of bundles expect that
	algorithm protocommon.PublicKeyDetails
	proto     protocommon.HashAlgorithm
	name      string
	hint      string // base64 of the SHA-256 of the public key, as cosign writes it
	pem       string
}

func newKeypair(key crypto.Signer) (*keypair, error) {
	k := &keypair{key: key}
	switch pub := key.Public().(type) {
	case *ecdsa.PublicKey:
		k.name, k.hash, k.proto, k.algorithm = "ECDSA", crypto.SHA256, protocommon.HashAlgorithm_SHA2_256, protocommon.PublicKeyDetails_PKIX_ECDSA_P256_SHA_256
		if pub.Curve == elliptic.P384() {
			k.hash, k.proto, k.algorithm = crypto.SHA384, protocommon.HashAlgorithm_SHA2_384, protocommon.PublicKeyDetails_PKIX_ECDSA_P384_SHA_384
		} else if pub.Curve != elliptic.P256() {
			return nil, misuse(wantedAlgorithm, "The key is on another curve")
		}
	case ed25519.PublicKey:
		k.name, k.algorithm = "ED25519", protocommon.PublicKeyDetails_PKIX_ED25519
	default:
		return nil, misuse(wantedAlgorithm, "The key is of another algorithm")
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	sum := sha256.Sum256(der)
	k.hint = base64.StdEncoding.EncodeToString(sum[:])
	k.pem = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return k, nil
}

func (k *keypair) GetHashAlgorithm() protocommon.HashAlgorithm       { return k.proto }
func (k *keypair) GetSigningAlgorithm() protocommon.PublicKeyDetails { return k.algorithm }
func (k *keypair) GetHint() []byte                                   { return []byte(k.hint) }
func (k *keypair) GetKeyAlgorithm() string                           { return k.name }
func (k *keypair) GetPublicKey() crypto.PublicKey                    { return k.key.Public() }
func (k *keypair) GetPublicKeyPem() (string, error)                  { return k.pem, nil }

// SignData returns the signature and what was signed: the digest, or with Ed25519
// the data.
func (k *keypair) SignData(_ context.Context, data []byte) (sig, signed []byte, err error) {
	signed = data
	switch k.hash {
	case crypto.SHA256:
		sum := sha256.Sum256(data)
		signed = sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(data)
		signed = sum[:]
	}
	sig, err = k.key.Sign(rand.Reader, signed, k.hash)
	return sig, signed, err
}
