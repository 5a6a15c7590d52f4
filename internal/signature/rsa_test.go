package signature

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	mathrand "math/rand/v2"
	"testing"
)

// TestVerifyRSA: for good signatures and for altered ones of every kind, the answer
// is crypto/rsa's.
func TestVerifyRSA(t *testing.T) {
	t.Parallel()
	r := mathrand.New(mathrand.NewPCG(1, 2))
	for _, bits := range []int{2048, 2049, 3072} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		pub := &key.PublicKey
		for h := range digestInfo {
			if !usualRSA(pub, h) {
				t.Fatalf("%d bits, %s: not taken", bits, h)
			}
			d := h.New()
			d.Write([]byte("payload"))
			digest := d.Sum(nil)
			good, err := rsa.SignPKCS1v15(nil, key, h, digest)
			if err != nil {
				t.Fatal(err)
			}
			if !verifyRSA(pub, h, digest, good) {
				t.Fatalf("%d bits, %s: a good signature is refused", bits, h)
			}
			same := func(what string, h crypto.Hash, digest, sig []byte) {
				t.Helper()
				padded := append(make([]byte, max(0, pub.Size()-len(sig))), sig...)
				if want := rsa.VerifyPKCS1v15(pub, h, digest, padded) == nil; verifyRSA(pub, h, digest, sig) != want {
					t.Errorf("%d bits, %s, %s: crypto/rsa says %v", bits, h, what, want)
				}
			}
			// What a signature decrypts to, made by whoever has the key: blocks that only
			// a reader that parses them takes for good.
			block := new(big.Int).Exp(new(big.Int).SetBytes(good), big.NewInt(65537), pub.N).FillBytes(make([]byte, pub.Size()))
			raw := func(b []byte) []byte {
				return new(big.Int).Exp(new(big.Int).SetBytes(b), key.D, pub.N).FillBytes(make([]byte, pub.Size()))
			}
			for range 60 {
				i := r.IntN(len(block))
				b := bytes.Clone(block)
				b[i] ^= byte(1 + r.IntN(255))
				if new(big.Int).SetBytes(b).Cmp(pub.N) < 0 {
					same("another block", h, digest, raw(b))
				}
				s := bytes.Clone(good)
				s[r.IntN(len(s))] ^= byte(1 + r.IntN(255))
				same("another signature", h, digest, s)
			}
			short := bytes.Join([][]byte{{0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0}, digestInfo[h], digest}, nil)
			same("padding that is too short, and a tail", h, digest, raw(append(short, make([]byte, pub.Size()-len(short))...)))
			same("empty", h, digest, nil)
			same("zero", h, digest, make([]byte, pub.Size()))
			same("one", h, digest, []byte{1})
			same("the modulus", h, digest, pub.N.Bytes())
			if verifyRSA(pub, h, digest, append([]byte{0}, good...)) || verifyRSA(pub, h, digest[1:], good) {
				t.Errorf("%d bits, %s: a signature or a digest of another length", bits, h)
			}
			if more := new(big.Int).Add(new(big.Int).SetBytes(good), pub.N); more.BitLen() <= pub.Size()*8 && verifyRSA(pub, h, digest, more.Bytes()) {
				t.Errorf("%d bits, %s: a signature not below the modulus", bits, h)
			}
			for other := range digestInfo {
				if other != h && verifyRSA(pub, other, digest, good) {
					t.Errorf("a signature with %s counts as one with %s", h, other)
				}
			}
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, pub := range map[string]*rsa.PublicKey{
		"small exponent": {N: key.N, E: 3}, "even modulus": {N: new(big.Int).Lsh(key.N, 1), E: 65537},
		"short": {N: new(big.Int).Rsh(key.N, 8), E: 65537}, "long": {N: new(big.Int).SetBit(new(big.Int).Lsh(key.N, 6200), 0, 1), E: 65537},
	} {
		if usualRSA(pub, crypto.SHA256) {
			t.Errorf("%s: taken", name)
		}
	}
	if usualRSA(&key.PublicKey, crypto.SHA1) || usualRSA(&key.PublicKey, crypto.SHA3_256) {
		t.Error("another hash is taken")
	}
}
