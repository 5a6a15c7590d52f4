package signature

import (
	"crypto/ed25519"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func authorizedLine(t testing.TB, pub ed25519.PublicKey) string {
	t.Helper()
	k, err := ssh.NewPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

// base58 writes bytes whose first is not zero.
func base58(b []byte) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		out = append(out, base58Digits[digit.Int64()])
	}
	slices.Reverse(out)
	return string(out)
}

func TestParseDID(t *testing.T) {
	t.Parallel()
	// Test vectors of the did:key method: https://w3c-ccg.github.io/did-key-spec/#ed25519-x25519
	for did, want := range map[string]string{
		"did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
	} {
		got, err := ParseDID(did)
		if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s: %x, %v", did, got, err)
		}
	}
	key := make([]byte, 32)
	for name, did := range map[string]string{
		"empty":           "",
		"no key":          "did:key:z",
		"other method":    "did:web:example.com",
		"upper case":      "DID:KEY:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"fragment":        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"short fragment":  "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#a",
		"space behind":    "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp ",
		"zeros in front":  "did:key:z16MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"no base58":       "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDoo0O",
		"X25519":          "did:key:z" + base58(append([]byte{0xec, 0x01}, key...)),
		"P-256":           "did:key:z" + base58(append([]byte{0x80, 0x24}, append(slices.Clone(key), 2)...)),
		"one byte less":   "did:key:z" + base58(append([]byte{0xed, 0x01}, key[:31]...)),
		"one byte more":   "did:key:z" + base58(append([]byte{0xed, 0x01}, append(slices.Clone(key), 0)...)),
		"base64url":       "did:key:u7QE7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ",
		"very long":       "did:key:z" + strings.Repeat("6", 1<<20),
		"two-byte letter": "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW\u00e9",
	} {
		if got, err := ParseDID(did); err == nil {
			t.Errorf("%s: read as %x", name, got)
		}
	}
}

func FuzzParseDID(f *testing.F) {
	f.Add("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	f.Add("did:key:z11")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseDID(s)
		if err != nil {
			return
		}
		if again := "did:key:z" + base58(append([]byte{0xed, 0x01}, k...)); again != s {
			t.Errorf("one key, two identifiers: %q and %q", s, again)
		}
	})
}
