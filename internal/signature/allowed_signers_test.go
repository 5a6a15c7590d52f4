package signature

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// testSignature is a signature over testMessage and how it was made.
type testSignature struct {
	name     string
	armoured []byte
	message  string        // what it is verified over
	key      ssh.PublicKey // the plain key that made it
	ca       ssh.PublicKey // of its certificate, if it has one
	names    []string      // of its certificate
	from, to int64         // of its certificate
	stricter bool          // ssh-keygen may accept what we do not
	bad      bool          // nobody accepts it
}

const testMessage = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nmessage\n"

// Times that files, certificates and verifications meet at; seconds since 1970.
const (
	t0 = 1_700_000_000 // 2023-11-14T22:13:20Z
	t1 = 1_767_225_600 // 2026-01-01T00:00:00Z
	t2 = 1_772_323_200 // 2026-03-01T00:00:00Z
	t3 = 1_795_176_000 // 2026-11-20T12:00:00Z
)

var testTimes = []int64{t0, t1, t2, t3}

// makeSignatures makes signatures of every kind that git makes, and some that are
// forged or worn out.
func makeSignatures(t testing.TB) (list []testSignature, authorities []ssh.PublicKey) {
	t.Helper()
	ed := newEd25519s(t, 3)
	keys := map[string]ssh.Signer{
		"ed25519": ed[0], "rsa": newRSA(t, 2048), "sk-ed25519": softKey(t, true), "sk-ecdsa": softKey(t, false),
		"ecdsa-256": newECDSA(t, elliptic.P256()), "ecdsa-384": newECDSA(t, elliptic.P384()), "ecdsa-521": newECDSA(t, elliptic.P521()),
	}
	cas := map[string]ssh.Signer{"ed25519": ed[1], "ecdsa": newECDSA(t, elliptic.P256()), "rsa": newRSA(t, 2048), "sk": softKey(t, true)}
	add := func(name string, s ssh.Signer, edit func(*testSignature)) {
		sig := testSignature{name: name, message: testMessage, key: s.PublicKey()}
		if c, ok := s.PublicKey().(*ssh.Certificate); ok {
			sig.key, sig.ca, sig.names = c.Key, c.SignatureKey, c.ValidPrincipals
			sig.from, sig.to = int64(min(c.ValidAfter, t3)), int64(min(c.ValidBefore, t3)) //nolint:gosec // below t3
		}
		sig.armoured = sign(t, s, sshsig.HashSHA512, "git", "")
		if edit != nil {
			edit(&sig)
		}
		list = append(list, sig)
	}
	for _, name := range sortedNames(keys) {
		s := keys[name]
		add(name, s, nil)
		add(name+" sha256", s, func(g *testSignature) { g.armoured = sign(t, s, sshsig.HashSHA256, "git", "") })
		add(name+" for a file", s, func(g *testSignature) { g.armoured, g.bad = sign(t, s, sshsig.HashSHA512, "file", ""), true })
		add(name+" of another message", s, func(g *testSignature) { g.message, g.bad = "tree", true })
	}
	rs := keys["rsa"]
	add("rsa-sha2-256", rs, func(g *testSignature) { g.armoured = sign(t, rs, sshsig.HashSHA512, "git", ssh.KeyAlgoRSASHA256) })
	add("rsa SHA-1", rs, func(g *testSignature) {
		g.armoured, g.bad = sign(t, rs, sshsig.HashSHA512, "git", ssh.KeyAlgoRSA), true //nolint:staticcheck // that is the attack
	})
	add("rsa 1024", newRSA(t, 1024), func(g *testSignature) { g.stricter = true })
	untouched := softKey(t, true)
	untouched.flags = 0
	add("sk untouched", untouched, func(g *testSignature) { g.stricter = true })
	verified := softKey(t, false)
	verified.flags = 5 // present and verified
	add("sk verified", verified, nil)

	always := func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity }
	certify := func(key, ca string, edit func(*ssh.Certificate)) ssh.Signer {
		c := &ssh.Certificate{Key: keys[key].PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"alice@x.org"}, ValidAfter: t1, ValidBefore: t2}
		if edit != nil {
			edit(c)
		}
		if err := c.SignCert(rand.Reader, cas[ca]); err != nil {
			t.Fatal(err)
		}
		s, err := ssh.NewCertSigner(c, keys[key])
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, key := range sortedNames(keys) {
		s := certify(key, "ed25519", nil)
		if key == "rsa" {
			add("certificate of rsa, SHA-1", s, func(g *testSignature) { g.bad = true })
			add("certificate of rsa, sha256", s, func(g *testSignature) { g.armoured = sign(t, s, sshsig.HashSHA512, "git", ssh.KeyAlgoRSASHA256) })
			add("certificate of rsa", s, func(g *testSignature) { g.armoured = sign(t, s, sshsig.HashSHA512, "git", ssh.KeyAlgoRSASHA512) })
			continue
		}
		add("certificate of "+key, s, nil)
	}
	for _, ca := range sortedNames(cas) {
		add("certificate by "+ca, certify("ed25519", ca, always), nil)
		authorities = append(authorities, cas[ca].PublicKey())
	}
	for _, c := range []struct {
		name string
		edit func(*ssh.Certificate)
		with func(*testSignature)
	}{
		{"for several", func(c *ssh.Certificate) { c.ValidPrincipals = []string{"bob@x.org", "alice@x.org", "*"} }, nil},
		{"for a star", func(c *ssh.Certificate) { always(c); c.ValidPrincipals = []string{"*"} }, nil},
		{"for nobody", func(c *ssh.Certificate) { c.ValidPrincipals = nil }, nil},
		{"for upper case", func(c *ssh.Certificate) { always(c); c.ValidPrincipals = []string{"Alice@x.org"} }, nil},
		{"of a host", func(c *ssh.Certificate) { always(c); c.CertType = ssh.HostCert }, nil},
		{"with an extension", func(c *ssh.Certificate) { always(c); c.Extensions = map[string]string{"permit-pty": ""} }, nil},
		{"verify-required", func(c *ssh.Certificate) { always(c); c.CriticalOptions = map[string]string{"verify-required": ""} }, func(g *testSignature) { g.stricter = true }},
		{"source-address", func(c *ssh.Certificate) {
			always(c)
			c.CriticalOptions = map[string]string{"source-address": "192.0.2.0/24"}
		}, func(g *testSignature) { g.stricter = true }},
		{"unknown option", func(c *ssh.Certificate) { always(c); c.CriticalOptions = map[string]string{"x@example.com": "y"} }, func(g *testSignature) { g.stricter = true }},
	} {
		add("certificate "+c.name, certify("ecdsa-256", "ecdsa", c.edit), c.with)
	}
	forged := certify("ed25519", "ed25519", always)
	forged.PublicKey().(*ssh.Certificate).ValidPrincipals = []string{"bob@x.org"}
	add("certificate forged", forged, func(g *testSignature) { g.bad = true })
	return list, authorities
}

// sign makes a signature as ssh-keygen -Y sign does; algorithm is for RSA.
func sign(t testing.TB, s ssh.Signer, hash sshsig.HashAlgorithm, namespace, algorithm string) []byte {
	t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(testMessage), s, hash, namespace)
	if err != nil {
		t.Fatal(err)
	}
	if algorithm != "" {
		h := hash.Hash()
		h.Write([]byte(testMessage))
		signed := append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Hash, Digest string }{namespace, "", hash.String(), string(h.Sum(nil))})...)
		if sig.Signature, err = s.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, signed, algorithm); err != nil {
			t.Fatal(err)
		}
	}
	return sshsig.Armor(sig)
}

// authenticator is a security key in software: what it signs says how often it was
// asked, and whether somebody touched it.
type authenticator struct {
	public ssh.PublicKey
	sign   func(message []byte) []byte
	flags  byte
	count  uint32
}

const skApplication = "ssh:"

func softKey(t testing.TB, isEd25519 bool) *authenticator {
	t.Helper()
	a := &authenticator{flags: 1}
	var wire []byte
	if isEd25519 {
		pub, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		wire = ssh.Marshal(struct {
			Type        string
			Key         []byte
			Application string
		}{ssh.KeyAlgoSKED25519, pub, skApplication})
		a.sign = func(m []byte) []byte { return ed25519.Sign(key, m) }
	} else {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		wire = ssh.Marshal(struct {
			Type, Curve string
			Key         []byte
			Application string
		}{ssh.KeyAlgoSKECDSA256, "nistp256", point, skApplication})
		a.sign = func(m []byte) []byte {
			digest := sha256.Sum256(m)
			r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
			if err != nil {
				t.Fatal(err)
			}
			return ssh.Marshal(struct{ R, S *big.Int }{r, s})
		}
	}
	var err error
	if a.public, err = ssh.ParsePublicKey(wire); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authenticator) PublicKey() ssh.PublicKey { return a.public }

func (a *authenticator) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	a.count++
	state := binary.BigEndian.AppendUint32([]byte{a.flags}, a.count)
	application, message := sha256.Sum256([]byte(skApplication)), sha256.Sum256(data)
	blob := a.sign(slices.Concat(application[:], state, message[:]))
	return &ssh.Signature{Format: a.public.Type(), Blob: blob, Rest: state}, nil
}

func newEd25519s(t testing.TB, n int) (list []ssh.Signer) {
	t.Helper()
	for range n {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, signerOf(t, key))
	}
	return list
}

func newECDSA(t testing.TB, c elliptic.Curve) ssh.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, key)
}

// newRSA makes a key of exactly so many bits, below what the library makes too.
func newRSA(t testing.TB, bits int) ssh.Signer {
	t.Helper()
	if bits >= 2048 {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return signerOf(t, key)
	}
	for {
		p, errP := rand.Prime(rand.Reader, bits/2)
		q, errQ := rand.Prime(rand.Reader, bits/2)
		if err := errors.Join(errP, errQ); err != nil {
			t.Fatal(err)
		}
		n, one := new(big.Int).Mul(p, q), big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(big.NewInt(65537), phi)
		if n.BitLen() != bits || d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return signerOf(t, key)
	}
}

func signerOf(t testing.TB, key any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sortedNames(m map[string]ssh.Signer) (names []string) {
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
