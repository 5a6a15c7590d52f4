package signature

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

func TestBuiltInKeys(t *testing.T) {
	t.Parallel()
	list, err := webFlowSigners()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.signer.Fingerprint)
	}
	want := []string{"openpgp:5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23", "openpgp:968479A1AFF927E37D1A566BB5690EEEBB952194"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := ParsePGP(enarmour(t, "PGP PUBLIC KEY BLOCK", func(w io.Writer) error {
		e, err := openpgp.ReadKeyRing(bytes.NewReader(webFlowKeys))
		if err != nil {
			return err
		}
		return e[1].Serialize(w)
	})); err == nil || !strings.Contains(err.Error(), "GitHub's own key") {
		t.Errorf("GitHub's key is taken for somebody's: %v", err)
	}
}

func enarmour(t testing.TB, kind string, write ...func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range write {
		if err := f(w); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// newPGP makes a key a year before testTime, with what change does to its making.
func newPGP(t testing.TB, change func(*packet.Config)) *openpgp.Entity {
	t.Helper()
	made := testTime.AddDate(-1, 0, 0)
	cfg := &packet.Config{Time: func() time.Time { return made }, Algorithm: packet.PubKeyAlgoEd25519}
	if change != nil {
		change(cfg)
	}
	e, err := openpgp.NewEntity("Test", "", "test@example.com", cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func public(t testing.TB, e *openpgp.Entity) string {
	t.Helper()
	return enarmour(t, "PGP PUBLIC KEY BLOCK", e.Serialize)
}

func TestParsePGP(t *testing.T) {
	t.Parallel()
	good, other := newPGP(t, nil), newPGP(t, nil)
	revoked := newPGP(t, nil)
	if err := revoked.Revoke(packet.KeySuperseded, "new one", &packet.Config{Time: func() time.Time { return testTime.AddDate(0, 0, -1) }}); err != nil {
		t.Fatal(err)
	}
	text := public(t, good)
	for _, c := range []struct {
		name, text string
		err        error  // wrapped
		says       string // in the error; "" is no error
	}{
		{"good", text, nil, ""},
		{"spaces around", "\n " + text + "\n\n", nil, ""},
		{"private key", enarmour(t, "PGP PUBLIC KEY BLOCK", func(w io.Writer) error { return other.SerializePrivate(w, nil) }), nil, "private key"},
		{"private key, called one", enarmour(t, "PGP PRIVATE KEY BLOCK", func(w io.Writer) error { return other.SerializePrivate(w, nil) }), nil, "does not begin"},
		{"two keys", enarmour(t, "PGP PUBLIC KEY BLOCK", good.Serialize, other.Serialize), nil, "more than one key"},
		{"two blocks", text + "\n" + public(t, other), nil, "more than one block"},
		{"text behind", text + "\nalice's", nil, "does not begin"},
		{"too long", pgpKeyBegin + "\n\n" + strings.Repeat("A", MaxPGPKeyBytes) + "\n" + pgpKeyEnd, nil, "at most"},
		{"empty", pgpKeyBegin + "\n\n" + pgpKeyEnd, nil, "read OpenPGP key"},
		{"RSA of 1024 bits", public(t, newPGP(t, func(c *packet.Config) { c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, 1024 })), ErrWeak, "1024 bits"},
		{"RSA of 2048 bits", public(t, newPGP(t, func(c *packet.Config) { c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, 2048 })), nil, ""},
		{"Ed25519 of version 6", public(t, newPGP(t, func(c *packet.Config) { c.V6Keys = true })), nil, ""},
		{"P-256", public(t, newPGP(t, func(c *packet.Config) { c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveNistP256 })), nil, ""},
	} {
		k, err := ParsePGP(c.text)
		if (err == nil) != (c.says == "") || c.err != nil && !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && (!strings.HasPrefix(k.Fingerprint, "openpgp:") || k.All[0] != k.Fingerprint || k.Revoked || k.SignsAt(testTime) != nil) {
			t.Errorf("%s: %+v %v", c.name, k, k.SignsAt(testTime))
		}
	}
	if k, err := ParsePGP(public(t, revoked)); err != nil || !k.Revoked {
		t.Errorf("revoked: %+v %v", k, err)
	}
}

// TestSHA1SelfSignature: with a collision, a signature that binds an expiry or a
// subkey could be carried over to another one.
func TestSHA1SelfSignature(t *testing.T) {
	t.Parallel()
	e := newPGP(t, nil)
	for _, id := range e.Identities {
		old := id.SelfCertifications[0].Packet
		old.Hash = crypto.SHA1
		off := false
		if err := old.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, &packet.Config{NonDeterministicSignaturesViaNotation: &off}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ParsePGP(public(t, e)); !errors.Is(err, ErrWeak) || !strings.Contains(err.Error(), "SHA-1") {
		t.Errorf("%v", err)
	}
}

func TestPGPTimes(t *testing.T) {
	t.Parallel()
	expires := uint32((300 * 24 * time.Hour).Seconds())
	short := newPGP(t, func(c *packet.Config) { c.KeyLifetimeSecs = expires })
	k, err := ParsePGP(public(t, short))
	if err != nil {
		t.Fatal(err)
	}
	made := testTime.AddDate(-1, 0, 0)
	sign := func(when time.Time, lifetime uint32) []byte {
		var b bytes.Buffer
		cfg := &packet.Config{Time: func() time.Time { return when }, SigLifetimeSecs: lifetime}
		if err := openpgp.ArmoredDetachSign(&b, []*openpgp.Entity{short}, strings.NewReader("m"), &openpgp.SignParams{Config: cfg}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		sig  []byte
		at   time.Time
		want error
	}{
		{"in time", sign(made.AddDate(0, 1, 0), 0), made.AddDate(0, 2, 0), nil},
		{"made in time, checked when the key has expired", sign(made.AddDate(0, 1, 0), 0), testTime, ErrExpired},
		{"clocks differ", sign(made.Add(time.Hour), 0), made.Add(55 * time.Minute), nil},
		{"from the future", sign(made.Add(time.Hour), 0), made.Add(45 * time.Minute), ErrTime},
		{"its own end", sign(made.Add(time.Hour), 60), made.Add(2 * time.Hour), ErrTime},
		{"before its own end", sign(made.Add(time.Hour), 60), made.Add(time.Hour), nil},
	} {
		ring, err := NewRing(c.at, k)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Verify([]byte("m"), c.sig, ring, c.at)
		if !errors.Is(err, c.want) || s.Key != k.Fingerprint {
			t.Errorf("%s: %+v %v, want %v", c.name, s, err, c.want)
		}
		if _, err := Verify([]byte("n"), c.sig, ring, c.at); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s over other bytes: %v", c.name, err)
		}
	}
}

// TestEveryByteOfAnOpenPGPSignature: what is changed in the signature itself is
// refused, or lies in the part that nobody signs and changes nothing.
func TestEveryByteOfAnOpenPGPSignature(t *testing.T) {
	t.Parallel()
	e := newPGP(t, nil)
	k, err := ParsePGP(public(t, e))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := NewRing(testTime, k)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := openpgp.DetachSign(&b, []*openpgp.Entity{e}, strings.NewReader("m"), &packet.Config{Time: func() time.Time { return testTime }}); err != nil {
		t.Fatal(err)
	}
	raw, accepted := b.Bytes(), 0
	seal := func(raw []byte) []byte {
		return []byte(enarmour(t, "PGP SIGNATURE", func(w io.Writer) error { _, err := w.Write(raw); return err }))
	}
	if s, err := Verify([]byte("m"), seal(raw), ring, testTime); err != nil || s.Key != k.Fingerprint {
		t.Fatalf("%+v %v", s, err)
	}
	for i := range raw {
		for bit := range 8 {
			forged := bytes.Clone(raw)
			forged[i] ^= 1 << bit
			if _, err := Verify([]byte("m"), seal(forged), ring, testTime); err == nil {
				accepted++
			}
		}
	}
	// Of version 4 the two bytes of the digest's beginning are a hint that nothing
	// rests on, and the bit counts of numbers can be written differently.
	if accepted > 80 {
		t.Errorf("%d changes of %d are accepted", accepted, 8*len(raw))
	}
	for name, forged := range map[string][]byte{"twice": append(bytes.Clone(raw), raw...), "a byte behind": append(bytes.Clone(raw), 0), "cut": raw[:len(raw)-1], "nothing": {}} {
		if _, err := Verify([]byte("m"), seal(forged), ring, testTime); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestSameAsGPG makes keys and signatures with gpg, as git does: with a subkey
// that signs, and with an expired, a revoked and a weak one.
func TestSameAsGPG(t *testing.T) {
	t.Parallel()
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("gpg is missing")
		}
		t.Skip("gpg is missing: install gnupg to compare with it")
	}
	home, err := os.MkdirTemp("", "gpg") // short: gpg's socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() //nolint:noctx // the test's own context is over
		_ = os.RemoveAll(home)
	})
	run := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), gpg, append([]string{"--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("gpg %q: %v: %s", args, err, &stderr)
		}
		return string(out)
	}
	const msg = "tree x\n\nmessage\n"
	now := time.Now().Add(time.Minute) // after everything that is made below
	for _, c := range []struct {
		name, algo string
		sign       []string
		want       error
	}{
		{"ed25519", "ed25519", nil, nil},
		{"rsa2048", "rsa2048", nil, nil},
		{"nistp256", "nistp256", nil, nil},
		{"sha1", "rsa2048", []string{"--digest-algo", "SHA1"}, ErrWeak},
	} {
		uid := c.name + "@example.com"
		run("", "--quick-generate-key", uid, c.algo, "sign", "1y")
		sig := run(msg, append(c.sign, "--local-user", uid, "--armor", "--detach-sign")...)
		k, err := ParsePGP(run("", "--armor", "--export", uid))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		ring, err := NewRing(now, k)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Verify([]byte(msg), []byte(sig), ring, now)
		if !errors.Is(err, c.want) || c.want == nil && s.Key != k.Fingerprint {
			t.Errorf("%s: %+v %v, want %v", c.name, s, err, c.want)
		}
	}
	run("", "--quick-generate-key", "sub@example.com", "ed25519", "cert", "never")
	fp := primaryOf(t, run("", "--with-colons", "--list-keys", "sub@example.com"))
	if _, err := ParsePGP(run("", "--armor", "--export", fp)); err == nil {
		t.Error("a key that may not sign is taken")
	}
	run("", "--quick-add-key", fp, "ed25519", "sign", "1y")
	sig := run(msg, "--local-user", fp, "--armor", "--detach-sign")
	k, err := ParsePGP(run("", "--armor", "--export", fp))
	if err != nil || len(k.All) != 2 {
		t.Fatalf("%+v %v", k, err)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want error
	}{{"now", now, nil}, {"when the subkey has expired", now.AddDate(2, 0, 0), ErrExpired}} {
		ring, err := NewRing(c.at, k)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Verify([]byte(msg), []byte(sig), ring, c.at); !errors.Is(err, c.want) || s.Key != k.Fingerprint || s.Fingerprint != k.All[1] {
			t.Errorf("subkey, %s: %+v %v", c.name, s, err)
		}
		if err := k.SignsAt(c.at); !errors.Is(err, c.want) {
			t.Errorf("subkey, %s: signs: %v", c.name, err)
		}
	}
	// Made with a clock a month ahead: impossible, and nothing less than revoked once
	// the key is.
	late := run(msg, "--faked-system-time", now.AddDate(0, 1, 0).UTC().Format("20060102T150405"), "--local-user", fp, "--armor", "--detach-sign")
	if ring, err := NewRing(now, k); err != nil {
		t.Fatal(err)
	} else if _, err := Verify([]byte(msg), []byte(late), ring, now); !errors.Is(err, ErrTime) {
		t.Errorf("from the future: %v", err)
	}
	revocation, err := os.ReadFile(filepath.Join(home, "openpgp-revocs.d", fp+".rev"))
	if err != nil {
		t.Fatal(err)
	}
	run(strings.Replace(string(revocation), ":-----BEGIN", "-----BEGIN", 1), "--import")
	if k, err := ParsePGP(run("", "--armor", "--export", fp)); err != nil || !k.Revoked {
		t.Errorf("revoked: %+v %v", k, err)
	} else if ring, err := NewRing(now, k); err != nil {
		t.Fatal(err)
	} else if _, err := Verify([]byte(msg), []byte(sig), ring, now); !errors.Is(err, ErrRevoked) {
		t.Errorf("revoked: %v", err)
	} else if _, err := Verify([]byte(msg), []byte(late), ring, now); !errors.Is(err, ErrRevoked) {
		t.Errorf("revoked, and from the future: %v", err)
	}
}

// primaryOf reads the first fingerprint of a listing.
func primaryOf(t *testing.T, listing string) string {
	t.Helper()
	for line := range strings.Lines(listing) {
		if f := strings.Split(line, ":"); f[0] == "fpr" && len(f) > 9 {
			return f[9]
		}
	}
	t.Fatalf("no fingerprint in %q", listing)
	return ""
}

func FuzzParsePGP(f *testing.F) {
	f.Add(public(f, newPGP(f, nil)))
	f.Add(pgpKeyBegin + "\n\n" + pgpKeyEnd)
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParsePGP(text)
		if err != nil {
			return
		}
		if k.Fingerprint == "" || len(k.All) == 0 {
			t.Fatalf("%+v", k)
		}
		_ = k.SignsAt(testTime)
	})
}

func FuzzVerifyPGP(f *testing.F) {
	for id, kind := range index(f) {
		if strings.HasPrefix(kind, "openpgp") {
			c := realCommit(f, id)
			f.Add(c.Payload, c.Signature)
		}
	}
	ring, err := NewRing(testTime)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload, sig []byte) {
		s, err := Verify(payload, sig, ring, testTime)
		if err == nil && s.Key == "" {
			t.Fatal("verified by no key")
		}
	})
}
