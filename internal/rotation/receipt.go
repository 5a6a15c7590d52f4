// Package rotation makes and checks receipts of key rotations: a statement that one
// key takes the place of another, signed by both. The old key's signature shows that
// its holder agrees, the new one's that somebody holds it.
//
// A receipt is a DSSE envelope around an in-toto statement, with two signatures. A
// PEM key signs as DSSE says. An SSH key signs the same bytes as ssh-keygen does, in
// the namespace "claw-verified-key-rotation", so that the signature is good for
// nothing else, and so that an agent or a security key can make it. A receipt changes
// nothing by itself: whose a key is, the policy on the base branch says.
package rotation

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
)

// Predicate is the type of the statement in a receipt.
const Predicate = "https://claw-verified.dev/key-rotation/v0.1"

// Namespace keeps a signature of an SSH key from being taken for one of a commit.
const Namespace = "claw-verified-key-rotation"

// MaxBytes bounds a receipt.
const MaxBytes = 64 << 10

// Receipt is what both keys sign.
type Receipt struct {
	Owner     string    `json:"owner"`             // id of the agent, person or attestor
	Old       Key       `json:"old"`               //
	New       Key       `json:"new"`               //
	RotatedOn time.Time `json:"rotatedOn"`         // from when the new key counts
	OldUntil  time.Time `json:"oldUntil,omitzero"` // until when the old key counts; zero: it is revoked
	Reason    string    `json:"reason,omitempty"`  //
	Policy    Policy    `json:"policy"`            //
}

// Key is a public key as the policy has it.
type Key struct {
	Fingerprint string `json:"fingerprint"`
	Key         string `json:"key"`
}

// Policy is the change of the policy that belongs to the rotation, "sha256:<hex>" of
// the file before and after.
type Policy struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Signer holds a private key. Exactly one member is set.
type Signer struct {
	SSH ssh.Signer
	PEM crypto.Signer
}

type envelope struct {
	PayloadType string          `json:"payloadType"`
	Payload     string          `json:"payload"`
	Signatures  []dsseSignature `json:"signatures"`
}

type dsseSignature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

type statement struct {
	Type          string                `json:"_type"`
	Subject       []attestation.Subject `json:"subject"`
	PredicateType string                `json:"predicateType"`
	Predicate     Receipt               `json:"predicate"`
}

// Make writes a receipt, signed by the old and the new key. It verifies what it
// made: signers that do not belong to the keys are an error.
func Make(r Receipt, older, newer Signer) ([]byte, error) {
	sum := sha256.Sum256([]byte(r.New.Key))
	payload, err := json.Marshal(statement{
		Type: attestation.StatementType, PredicateType: Predicate, Predicate: r,
		Subject: []attestation.Subject{{Name: r.New.Fingerprint, Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])}}},
	})
	if err != nil {
		return nil, fmt.Errorf("write receipt: %w", err)
	}
	e := envelope{PayloadType: attestation.PayloadType, Payload: base64.StdEncoding.EncodeToString(payload)}
	msg := attestation.PAE(e.PayloadType, payload)
	for _, s := range []struct {
		key    Key
		signer Signer
		name   string
	}{{r.Old, older, "old"}, {r.New, newer, "new"}} {
		sig, err := s.signer.sign(msg)
		if err != nil {
			return nil, fmt.Errorf("sign receipt with the %s key: %w", s.name, err)
		}
		if err := holds(s.key, msg, sig); err != nil {
			return nil, fmt.Errorf("sign receipt with the %s key: it is not %s: %w", s.name, s.key.Fingerprint, err)
		}
		e.Signatures = append(e.Signatures, dsseSignature{KeyID: s.key.Fingerprint, Sig: base64.StdEncoding.EncodeToString(sig)})
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write receipt: %w", err)
	}
	text = append(text, '\n')
	if _, err := Verify(text); err != nil {
		return nil, fmt.Errorf("write receipt: nobody could use it: %w", err)
	}
	return text, nil
}

// Verify reads a receipt and checks both signatures. That the old key was anybody's
// at the time is for the caller to compare with a policy.
func Verify(text []byte) (Receipt, error) {
	bad := func(format string, args ...any) (Receipt, error) {
		return Receipt{}, fmt.Errorf("read receipt: "+format, args...)
	}
	if len(text) > MaxBytes {
		return bad("larger than %d bytes", MaxBytes)
	}
	var e envelope
	if err := strict(text, &e); err != nil {
		return bad("%w", err)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil || e.PayloadType != attestation.PayloadType {
		return bad("its payload is not base64 of %s", attestation.PayloadType)
	}
	var st statement
	if err := strict(payload, &st); err != nil {
		return bad("the statement in it: %w", err)
	}
	r := st.Predicate
	sum := sha256.Sum256([]byte(r.New.Key))
	switch {
	case st.Type != attestation.StatementType || st.PredicateType != Predicate:
		return bad("it is a statement of type %.80q", st.PredicateType)
	case len(st.Subject) != 1 || st.Subject[0].Digest["sha256"] != hex.EncodeToString(sum[:]) || len(st.Subject[0].Digest) != 1:
		return bad("its subject is not the new key")
	case r.Owner == "" || r.RotatedOn.IsZero() || r.Old.Key == r.New.Key:
		return bad("owner, time or keys are missing, or the keys are the same")
	case len(e.Signatures) != 2:
		return bad("it has %d signatures, the old and the new key's are wanted", len(e.Signatures))
	}
	for i, k := range []Key{r.Old, r.New} {
		fp, err := policy.KeyFingerprint(k.Key)
		if err != nil || fp != k.Fingerprint || e.Signatures[i].KeyID != fp {
			return bad("key %d does not have the fingerprint it is given with", i+1)
		}
		sig, err := base64.StdEncoding.Strict().DecodeString(e.Signatures[i].Sig)
		if err != nil {
			return bad("signature %d is not base64", i+1)
		}
		if err := holds(k, attestation.PAE(e.PayloadType, payload), sig); err != nil {
			return bad("the signature of %s does not hold: %w", fp, err)
		}
	}
	return r, nil
}

// strict refuses what two readers could read in two ways.
func strict(text []byte, v any) error {
	if err := attestation.Strict(text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows it")
	}
	return nil
}

func (s Signer) sign(msg []byte) ([]byte, error) {
	if s.SSH != nil {
		sig, err := sshsig.Sign(bytes.NewReader(msg), s.SSH, sshsig.HashSHA512, Namespace)
		if err != nil {
			return nil, err
		}
		return sshsig.Armor(sig), nil
	}
	switch k := s.PEM.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(k, msg), nil
	case *ecdsa.PrivateKey:
		digest, _ := hashFor(k.Public(), msg)
		return k.Sign(rand.Reader, digest, nil)
	}
	return nil, fmt.Errorf("a key of type %T cannot sign a receipt", s.PEM)
}

// holds verifies one signature with a key as the policy has it.
func holds(k Key, msg, sig []byte) error {
	if signature.IsPEMKey(k.Key) {
		pub, _, err := signature.ParsePEM(k.Key)
		if err != nil {
			return err
		}
		switch pub := pub.(type) {
		case ed25519.PublicKey:
			if ed25519.Verify(pub, msg, sig) {
				return nil
			}
		case *ecdsa.PublicKey:
			if digest, ok := hashFor(pub, msg); ok && ecdsa.VerifyASN1(pub, digest, sig) {
				return nil
			}
		}
		return errors.New("it is not by this key")
	}
	if _, err := signature.ParseKey(k.Key); err != nil {
		return err
	}
	pub, _, _, _, err := ssh.ParseAuthorizedKey([]byte(k.Key))
	if err != nil {
		return err
	}
	s, err := sshsig.Unarmor(bytes.TrimSpace(sig))
	if err != nil {
		return err
	}
	return sshsig.Verify(bytes.NewReader(msg), s, pub, s.HashAlgorithm, Namespace)
}

// hashFor is the hash that goes with the curve, as cosign has it.
func hashFor(pub crypto.PublicKey, msg []byte) ([]byte, bool) {
	p, ok := pub.(*ecdsa.PublicKey)
	if !ok {
		return nil, false
	}
	h := crypto.SHA256
	if p.Curve.Params().BitSize > 256 {
		h = crypto.SHA384
	}
	d := h.New()
	d.Write(msg)
	return d.Sum(nil), true
}
