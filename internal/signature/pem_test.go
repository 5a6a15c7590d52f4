package signature

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

// Made with openssl; its fingerprint with
// openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64.
const (
	p256PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkFGu+OsE41lTe8adXdJMUkKe6yzO
mQUcyU4NExuw7y0DTbjMqwC7WkLuplmczQ+vGvML1x78rnkvVqhSwLZUuA==
-----END PUBLIC KEY-----`
	ed25519PEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAtaKhloYmFkU7mClt4nH/R95m/dGeLMkXRebaq1mIu4w=
-----END PUBLIC KEY-----`
)

func pemOf(t testing.TB, pub any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func curve(t testing.TB, c elliptic.Curve) *ecdsa.PublicKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &k.PublicKey
}

func TestPEMKeysThatCount(t *testing.T) {
	t.Parallel()
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, pub := range map[string]crypto.PublicKey{"P-256": curve(t, elliptic.P256()), "P-384": curve(t, elliptic.P384()), "Ed25519": ed} {
		text := pemOf(t, pub)
		got, fp, err := ParsePEM(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !got.(interface{ Equal(crypto.PublicKey) bool }).Equal(pub) {
			t.Errorf("%s: another key", name)
		}
		if !strings.HasPrefix(fp, "SHA256:") || len(fp) != len("SHA256:")+43 {
			t.Errorf("%s: fingerprint %q", name, fp)
		}
		// Line ends of Windows and space around it are the same key.
		if _, again, err := ParsePEM("\n" + strings.ReplaceAll(text, "\n", "\r\n") + "\n"); err != nil || again != fp {
			t.Errorf("%s with other line ends: %q, %v", name, again, err)
		}
		if !IsPEMKey("  \n" + text) {
			t.Errorf("%s is not known as PEM", name)
		}
	}
}

func TestPEMFingerprintIsWhatOpenSSLSays(t *testing.T) {
	t.Parallel()
	_, fp, err := ParsePEM(p256PEM)
	if want := "SHA256:Gkkv64baNzGaKiJSGw+xPC5cUH/qobZgg62kk6HZbmQ"; err != nil || fp != want {
		t.Errorf("%s, %v; openssl says %s", fp, err, want)
	}
}

func TestPEMKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pemOf(t, curve(t, elliptic.P256()))
	block, _ := pem.Decode([]byte(good))
	for name, c := range map[string]struct{ text, want string }{
		"RSA":                {pemOf(t, &rsaKey.PublicKey), "an RSA key"},
		"P-521":              {pemOf(t, curve(t, elliptic.P521())), "P-521"},
		"P-224":              {pemOf(t, curve(t, elliptic.P224())), "P-224"},
		"X25519":             {pemOf(t, x.PublicKey()), "of a kind that is not used"},
		"two keys":           {good + good, "several blocks"},
		"text behind":        {good + "x", "something follows"},
		"text before":        {"x\n" + good, "does not begin"},
		"headers":            {strings.Replace(good, "-----\n", "-----\nA: b\n\n", 1), "colon"},
		"no end":             {good[:60], "does not end"},
		"empty":              {"", "does not begin"},
		"empty block":        {"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "read PEM public key"},
		"certificate":        {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes})), "does not begin"},
		"PKCS 1":             {string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: block.Bytes})), "does not begin"},
		"trailing DER":       {string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: append(block.Bytes, 0)})), "read PEM public key"},
		"first block hidden": {"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n" + good, "several blocks"},
		"too large":          {good + strings.Repeat(" ", MaxPEMKeyBytes), "larger than"},
	} {
		if _, _, err := ParsePEM(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// The same key in its three forms must be known again.
func TestWireKeyIsTheSameInEveryForm(t *testing.T) {
	t.Parallel()
	const did = "did:key:z6MktzmKpfCNcKSUp7qzTrZK3c89QFvhgmK7V1GXxMH9m8XW"
	ed, err := ParseDID(did)
	if err != nil {
		t.Fatal(err)
	}
	a, err := WireKey(ed)
	if err != nil {
		t.Fatal(err)
	}
	pub, _, err := ParsePEM(pemOf(t, ed))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := WireKey(pub); err != nil || a != b {
		t.Errorf("PEM and DID of one key differ: %v", err)
	}
	line, err := ParseKey(authorizedLine(t, ed))
	if err != nil || line.Key != a {
		t.Errorf("SSH and DID of one key differ: %v", err)
	}
	if _, err := WireKey("no key"); err == nil {
		t.Error("wrote what is no key")
	}
}

func FuzzParsePEM(f *testing.F) {
	f.Add(p256PEM)
	f.Add(ed25519PEM)
	f.Add("-----BEGIN PUBLIC KEY-----\nA: b\n\n-----END PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		pub, fp, err := ParsePEM(text)
		if err != nil {
			return
		}
		_, again, err := ParsePEM(pemOf(t, pub))
		if err != nil || again != fp {
			t.Errorf("one key with two fingerprints: %q and %q, %v", fp, again, err)
		}
		if _, err := WireKey(pub); err != nil {
			t.Error(err)
		}
	})
}
