package signature

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

type pgpPublic = packet.PublicKey

// MaxPGPKeyBytes bounds an armoured OpenPGP key. One with a dozen addresses and
// subkeys has less than 16 KiB; what is longer carries signatures of others, which
// nothing here looks at.
const MaxPGPKeyBytes = 64 << 10

const (
	pgpKeyBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	pgpKeyEnd   = "-----END PGP PUBLIC KEY BLOCK-----"
)

// PGPKey is an OpenPGP public key as a policy lists it: one primary key with its
// subkeys.
type PGPKey struct {
	Fingerprint string   // of the primary key, "openpgp:" and upper-case hex; the Key of every Signer that it makes
	All         []string // the same of the primary key and every subkey, for finding duplicates
	Revoked     bool     // its owner has revoked it, whenever
	raw         []byte   // the key's packets
}

// IsPGPKey reports whether a text is meant as an armoured OpenPGP public key.
func IsPGPKey(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), pgpKeyBegin) }

// pgpConfig says what is too weak, in the words of the library. Its own defaults
// would take SHA-1 for the signatures that bind a key to its subkeys and dates.
func pgpConfig(at time.Time) *packet.Config {
	return &packet.Config{
		MinRSABits:           minRSABits,
		RejectHashAlgorithms: map[crypto.Hash]bool{crypto.MD5: true, crypto.RIPEMD160: true, crypto.SHA1: true},
		Time:                 func() time.Time { return at },
	}
}

// ParsePGP reads an armoured OpenPGP public key and checks everything about it
// that does not depend on the time. The error wraps ErrWeak where that is the
// reason. A revoked key is no error: the caller knows whether it is meant.
func ParsePGP(text string) (*PGPKey, error) {
	raw, err := dearmour(text, pgpKeyBegin, pgpKeyEnd, MaxPGPKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("read OpenPGP key: %w", err)
	}
	k := &PGPKey{raw: raw}
	e, err := k.entity()
	if err != nil {
		return nil, fmt.Errorf("read OpenPGP key: %w", err)
	}
	fp := fingerprintOf(e.PrimaryKey)
	if isWebFlow(fp) {
		return nil, errors.New("read OpenPGP key: this is GitHub's own key, with which it signs for everybody")
	}
	k.Fingerprint = pgpKeyID(fp)
	k.All = []string{k.Fingerprint}
	for i := range e.Subkeys {
		k.All = append(k.All, pgpKeyID(fingerprintOf(e.Subkeys[i].PublicKey)))
	}
	if err := checkPGP(e.PrimaryKey); err != nil {
		return nil, fmt.Errorf("read OpenPGP key: %w", err)
	}
	k.Revoked = everRevoked(e)
	if k.Revoked {
		return k, nil // nothing else about it matters
	}
	if err := k.canSign(e); err != nil {
		return nil, fmt.Errorf("read OpenPGP key: %w", err)
	}
	return k, nil
}

// canSign wants a self-signature that is good enough, and one key to sign with.
func (k *PGPKey) canSign(e *openpgp.Entity) error {
	var always time.Time // the library's word for "whenever"
	if _, err := e.VerifyPrimaryKey(always, pgpConfig(always)); err != nil {
		lax := pgpConfig(always)
		lax.RejectHashAlgorithms = map[crypto.Hash]bool{crypto.MD5: true}
		again, readErr := k.entity()
		if readErr == nil {
			if _, laxErr := again.VerifyPrimaryKey(always, lax); laxErr == nil {
				return fmt.Errorf("its signature over itself uses SHA-1: %w", ErrWeak)
			}
		}
		return err
	}
	var weak error
	for _, pub := range publicKeys(e) {
		if _, ok := e.SigningKeyById(always, pub.KeyId, pgpConfig(always)); !ok {
			continue
		}
		if err := checkPGP(pub); err != nil {
			weak = err
			continue
		}
		return nil
	}
	if weak != nil {
		return weak
	}
	return errors.New("no key in it may make signatures")
}

// SignsAt reports whether a key in it can sign at a moment: nil, or an error that
// wraps ErrExpired or ErrRevoked.
func (k *PGPKey) SignsAt(at time.Time) error {
	list, err := k.signersAt(at)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.problem == nil {
			return nil
		}
		err = s.problem
	}
	return err
}

// signersAt lists every key in it that could ever sign, and what stands against
// it at the moment. The packets are read anew: the library remembers in them what
// it found at another time.
func (k *PGPKey) signersAt(at time.Time) ([]*pgpSigner, error) {
	e, err := k.entity()
	if err != nil {
		return nil, fmt.Errorf("read OpenPGP key: %w", err)
	}
	cfg := pgpConfig(at)
	_, primary := e.VerifyPrimaryKey(at, cfg)
	var out []*pgpSigner
	for i, pub := range publicKeys(e) {
		if !pub.PubKeyAlgo.CanSign() || checkPGP(pub) != nil {
			continue
		}
		problem := primary
		if problem == nil && i > 0 {
			_, problem = e.Subkeys[i-1].Verify(at, cfg)
		}
		if problem == nil {
			if _, ok := e.SigningKeyById(at, pub.KeyId, cfg); !ok {
				problem = fmt.Errorf("not meant to sign with: %w", ErrNotUsable)
			}
		}
		switch {
		case problem == nil, errors.Is(problem, ErrNotUsable):
		case errors.Is(problem, pgperrors.ErrKeyRevoked):
			problem = ErrRevoked
		case errors.Is(problem, pgperrors.ErrKeyExpired):
			problem = fmt.Errorf("expired, by a date inside it: %w", ErrExpired)
		default:
			// The self-signatures are of later, have run out, or are too weak: as
			// ParsePGP has found one that is good at some time, it is not this one.
			problem = fmt.Errorf("without a signature over itself that holds now: %w", ErrExpired)
		}
		out = append(out, &pgpSigner{
			pgpPublic: pub, problem: problem,
			signer: Signer{Key: pgpKeyID(fingerprintOf(e.PrimaryKey)), Fingerprint: pgpKeyID(fingerprintOf(pub)), Type: "openpgp"},
		})
	}
	return out, nil
}

// entity reads the packets: one primary key, nothing private, nothing behind it.
func (k *PGPKey) entity() (*openpgp.Entity, error) {
	packets := packet.NewReader(bytes.NewReader(k.raw))
	e, err := openpgp.ReadEntity(packets)
	if err != nil {
		return nil, err
	}
	private := e.PrivateKey != nil
	for i := range e.Subkeys {
		private = private || e.Subkeys[i].PrivateKey != nil
	}
	if private {
		return nil, errors.New("it holds a private key, which is lost with this: make a new one")
	}
	if _, err := packets.Next(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it holds more than one key; list each by itself")
	}
	return e, nil
}

func publicKeys(e *openpgp.Entity) []*packet.PublicKey {
	out := []*packet.PublicKey{e.PrimaryKey}
	for i := range e.Subkeys {
		out = append(out, e.Subkeys[i].PublicKey)
	}
	return out
}

// everRevoked reports whether the owner has revoked the key, now or at any time.
func everRevoked(e *openpgp.Entity) bool {
	e.Revoked(time.Time{}) // verifies every revocation until one counts at once
	for _, r := range e.Revocations {
		if e.PrimaryKey.VerifyRevocationSignature(r.Packet) == nil {
			return true
		}
	}
	return false
}

// checkPGP refuses keys too weak to say anything, and kinds that nobody here has
// tested.
func checkPGP(pub *packet.PublicKey) error {
	if pub.Version != 4 && pub.Version != 6 {
		return fmt.Errorf("key of version %d: %w", pub.Version, ErrUnsupported)
	}
	switch pub.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		if n, err := pub.BitLength(); err != nil || int(n) < minRSABits {
			return fmt.Errorf("RSA key of %d bits, at least %d are needed: %w", n, minRSABits, ErrWeak)
		}
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA:
		if c, err := pub.Curve(); err != nil || c == packet.CurveSecP256k1 {
			return fmt.Errorf("key on the curve %q: %w", c, ErrUnsupported)
		}
	case packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
	case packet.PubKeyAlgoDSA, packet.PubKeyAlgoElGamal:
		return fmt.Errorf("DSA key: %w", ErrWeak)
	default:
		return fmt.Errorf("key of algorithm %d: %w", pub.PubKeyAlgo, ErrUnsupported)
	}
	return nil
}

// dearmour reads exactly one armoured block and nothing around it: what stands
// outside would be seen by people and by no program.
func dearmour(text, begin, end string, limit int) ([]byte, error) {
	t := strings.TrimSpace(text)
	switch {
	case len(t) > limit:
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(t), limit)
	case !strings.HasPrefix(t, begin) || !strings.HasSuffix(t, end):
		return nil, fmt.Errorf("it does not begin with %q and end with %q", begin, end)
	case strings.Count(t, "-----BEGIN") != 1:
		return nil, errors.New("it holds more than one block")
	}
	block, err := armor.Decode(strings.NewReader(t))
	if err != nil {
		return nil, fmt.Errorf("the armour is damaged: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(block.Body, int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("the armour is damaged: %w", err)
	}
	return raw, nil
}

func fingerprintOf(pub *packet.PublicKey) string {
	return strings.ToUpper(hex.EncodeToString(pub.Fingerprint))
}

// pgpKeyID is how a fingerprint is written, so that it is never taken for an SSH
// key's.
func pgpKeyID(fingerprint string) string { return "openpgp:" + fingerprint }
