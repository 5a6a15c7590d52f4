package signature

import (
	"crypto/ed25519"
	"errors"
	"math/big"
	"strings"
)

const (
	didKeyPrefix = "did:key:z" // z: base58btc, by the multibase table
	maxDIDBytes  = 64          // an Ed25519 one has 56

	base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
)

// ParseDID reads the Ed25519 key out of a did:key identifier: "did:key:z" and the
// base58btc of the bytes 0xed 0x01 and the key, by the W3C's did:key method. There
// is one way to write each key. Fragments, queries and other kinds of keys are
// errors.
func ParseDID(s string) (ed25519.PublicKey, error) {
	digits, ok := strings.CutPrefix(s, didKeyPrefix)
	switch {
	case !ok:
		return nil, errors.New("read DID: it does not begin with " + didKeyPrefix)
	case len(s) > maxDIDBytes:
		return nil, errors.New("read DID: it is too long for an Ed25519 key")
	case strings.HasPrefix(digits, base58Digits[:1]):
		// Zero bytes in front, which the number below would swallow.
		return nil, errors.New("read DID: it is no Ed25519 key")
	}
	n, base := new(big.Int), big.NewInt(int64(len(base58Digits)))
	for _, c := range []byte(digits) {
		d := strings.IndexByte(base58Digits, c)
		if d < 0 {
			return nil, errors.New("read DID: it holds a character that base58 does not have")
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(d)))
	}
	b := n.Bytes()
	if len(b) != 2+ed25519.PublicKeySize || b[0] != 0xed || b[1] != 0x01 {
		return nil, errors.New("read DID: it is no Ed25519 key")
	}
	return ed25519.PublicKey(b[2:]), nil
}
