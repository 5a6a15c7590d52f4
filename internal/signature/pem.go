package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// MaxPEMKeyBytes bounds a PEM public key. One on P-384 has 215 bytes.
const MaxPEMKeyBytes = 4 << 10

const pemKeyBegin = "-----BEGIN PUBLIC KEY-----"

// IsPEMKey reports whether a text is meant as a PEM public key, with which
// attestations are signed and commits are not.
func IsPEMKey(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), pemKeyBegin) }

// ParsePEM reads one public key in PEM, as `cosign generate-key-pair` and `openssl
// pkey -pubout` write it: ECDSA on P-256 or P-384, or Ed25519. Nothing may stand
// before or behind the block, nor in its head, so that what is shown is what counts.
//
// The fingerprint is "SHA256:" and the base64, without padding, of the SHA-256 of
// the key's DER (SubjectPublicKeyInfo), of which there is one for each key.
func ParsePEM(text string) (pub crypto.PublicKey, fingerprint string, err error) {
	if len(text) > MaxPEMKeyBytes {
		return nil, "", fmt.Errorf("read PEM public key: larger than %d bytes", MaxPEMKeyBytes)
	}
	text = strings.TrimSpace(text)
	switch {
	case !IsPEMKey(text):
		return nil, "", errors.New("read PEM public key: it does not begin with " + pemKeyBegin)
	case strings.Count(text, "-----BEGIN ") > 1:
		// The library would pass over a damaged block and take the next one.
		return nil, "", errors.New("read PEM public key: several blocks; one key is wanted")
	}
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil || block.Type != "PUBLIC KEY":
		return nil, "", errors.New("read PEM public key: the block is damaged or does not end")
	case len(block.Headers) > 0:
		return nil, "", errors.New("read PEM public key: lines with a colon stand in the block")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, "", errors.New("read PEM public key: something follows the key; one key is wanted")
	}
	pub, err = x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		// What the library says of it speaks of tags and classes.
		return nil, "", errors.New("read PEM public key: the block holds no public key of a kind that is known")
	}
	if err := checkPEM(pub); err != nil {
		return nil, "", fmt.Errorf("read PEM public key: %w", err)
	}
	// A second way to write the same key would be a second fingerprint, and could
	// stand under a second owner.
	if der, err := x509.MarshalPKIXPublicKey(pub); err != nil || !bytes.Equal(der, block.Bytes) {
		return nil, "", errors.New("read PEM public key: it is not written as DER wants it")
	}
	sum := sha256.Sum256(block.Bytes)
	return pub, "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), nil
}

func checkPEM(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
		return fmt.Errorf("a key on the curve %s; P-256, P-384 or Ed25519 is wanted", k.Curve.Params().Name)
	case *rsa.PublicKey:
		return errors.New("an RSA key; P-256, P-384 or Ed25519 is wanted")
	}
	return errors.New("a key of a kind that is not used here; P-256, P-384 or Ed25519 is wanted")
}

// WireKey is a public key in the form that [Signer.Key] has, by which the same key
// is known again whatever it was written as: an SSH line, PEM or a DID.
func WireKey(pub crypto.PublicKey) (string, error) {
	k, err := ssh.NewPublicKey(pub)
	if err != nil {
		return "", fmt.Errorf("write key for comparing: %w", err)
	}
	return string(k.Marshal()), nil
}
