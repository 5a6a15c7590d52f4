package rotation_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/rotation"
)

func pemKey(t testing.TB, k crypto.Signer) (rotation.Key, rotation.Signer) {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return named(t, strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))), rotation.Signer{PEM: k}
}

func sshKey(t testing.TB) (rotation.Key, rotation.Signer) {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sshKeyOf(t, k)
}

func sshKeyOf(t testing.TB, k ed25519.PrivateKey) (rotation.Key, rotation.Signer) {
	t.Helper()
	s, err := ssh.NewSignerFromSigner(k)
	if err != nil {
		t.Fatal(err)
	}
	return named(t, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))), rotation.Signer{SSH: s}
}

func named(t testing.TB, key string) rotation.Key {
	t.Helper()
	fp, err := policy.KeyFingerprint(key)
	if err != nil {
		t.Fatal(err)
	}
	return rotation.Key{Fingerprint: fp, Key: key}
}

func receipt(older, newer rotation.Key) rotation.Receipt {
	return rotation.Receipt{
		Owner: "claw", Old: older, New: newer, RotatedOn: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Reason: "new machine",
		Policy: rotation.Policy{Path: "p.yml", Before: "sha256:" + strings.Repeat("0", 64), After: "sha256:" + strings.Repeat("1", 64)},
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sk, ss := sshKey(t)
	for _, k := range []crypto.Signer{p256, p384, ed} {
		pk, ps := pemKey(t, k)
		for _, c := range []struct {
			older, newer rotation.Key
			so, sn       rotation.Signer
		}{{pk, sk, ps, ss}, {sk, pk, ss, ps}} {
			want := receipt(c.older, c.newer)
			text, err := rotation.Make(want, c.so, c.sn)
			if err != nil {
				t.Fatal(err)
			}
			got, err := rotation.Verify(text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if _, err := rotation.Make(want, c.sn, c.so); err == nil {
				t.Error("signers of other keys made a receipt")
			}
			if _, err := rotation.Make(want, c.so, c.so); err == nil {
				t.Error("the old key alone made a receipt")
			}
		}
	}
}

// TestReceiptAltered: no byte of a receipt can be another one, but for the white
// space that JSON allows, which nobody reads.
func TestReceiptAltered(t *testing.T) {
	t.Parallel()
	a, sa := sshKey(t)
	b, sb := sshKey(t)
	text, err := rotation.Make(receipt(a, b), sa, sb)
	if err != nil {
		t.Fatal(err)
	}
	var compact map[string]any
	if err := json.Unmarshal(text, &compact); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		if strings.ContainsRune(" \n", rune(text[i])) {
			continue
		}
		for _, bit := range []byte{1, 2, 0x20, 0x80} {
			altered := append([]byte{}, text...)
			altered[i] ^= bit
			got, err := rotation.Verify(altered)
			if err != nil {
				continue
			}
			// SSH signatures are armoured: text around the block is not part of it.
			if d := cmp.Diff(receipt(a, b), got); d != "" {
				t.Fatalf("byte %d xor %#x is accepted: %s", i, bit, d)
			}
		}
	}
	for _, twice := range []string{"payload", "signatures"} {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		dup := strings.Replace(string(text), "{", `{"`+twice+`":`+string(m[twice])+",", 1)
		if _, err := rotation.Verify([]byte(dup)); err == nil {
			t.Errorf("%s twice is accepted", twice)
		}
	}
}

func FuzzVerify(f *testing.F) {
	// Fuzzing runs in several processes, which must know the same keys.
	a, sa := sshKeyOf(f, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	b, sb := sshKeyOf(f, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize)))
	text, err := rotation.Make(receipt(a, b), sa, sb)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := rotation.Verify(text)
		if err == nil && (got.Old.Key != a.Key || got.New.Key != b.Key) {
			t.Errorf("a receipt of other keys: %v", got)
		}
	})
}
