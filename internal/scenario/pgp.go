package scenario

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Test OpenPGP keys are derived from their names as SSH keys are. A name's ending
// says what is wrong with the key: "-expired" ran out a day before Now, "-revoked"
// was revoked by its owner.

// PGPKey is the OpenPGP test key of that name.
func PGPKey(name string) (*openpgp.Entity, error) {
	made := Now.AddDate(-1, 0, 0)
	cfg := &packet.Config{Rand: &stream{name: name}, Time: func() time.Time { return made }, Algorithm: packet.PubKeyAlgoEd25519, DefaultHash: crypto.SHA256}
	if strings.HasSuffix(name, "-expired") {
		cfg.KeyLifetimeSecs = uint32(Now.Add(-24 * time.Hour).Sub(made).Seconds())
	}
	e, err := openpgp.NewEntity(name, "", name+"@example.com", cfg)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, "-revoked") {
		err = e.Revoke(packet.KeyCompromised, "lost", cfg)
	}
	return e, err
}

// PGPPublicKey is the public half, armoured.
func PGPPublicKey(name string) (string, error) {
	e, err := PGPKey(name)
	if err != nil {
		return "", err
	}
	return armoured("PGP PUBLIC KEY BLOCK", e.Serialize)
}

// pgpSign signs as gpg does for git. The time is the signature's own.
func pgpSign(name string, message []byte, when time.Time, hash crypto.Hash) (string, error) {
	e, err := PGPKey(name)
	if err != nil {
		return "", err
	}
	off := false
	sig := &packet.Signature{
		Version: 4, SigType: packet.SigTypeBinary, PubKeyAlgo: e.PrimaryKey.PubKeyAlgo, Hash: hash, CreationTime: when,
		IssuerKeyId: &e.PrimaryKey.KeyId, IssuerFingerprint: e.PrimaryKey.Fingerprint,
	}
	cfg := &packet.Config{Rand: &stream{name: name}, NonDeterministicSignaturesViaNotation: &off}
	h, err := sig.PrepareSign(cfg)
	if err != nil {
		return "", err
	}
	h.Write(message)
	if err := sig.Sign(h, e.PrivateKey, cfg); err != nil {
		return "", err
	}
	return armoured("PGP SIGNATURE", sig.Serialize)
}

func armoured(kind string, write func(io.Writer) error) (string, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		return "", err
	}
	if err := write(w); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()) + "\n", nil
}

// stream is bytes that follow from a name. It protects nothing.
type stream struct {
	name string
	n    uint64
	rest []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for n := range p {
		if len(s.rest) == 0 {
			sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("claw-verified scenario OpenPGP key "+s.name), s.n))
			s.rest, s.n = sum[:], s.n+1
		}
		p[n], s.rest = s.rest[0], s.rest[1:]
	}
	return len(p), nil
}
