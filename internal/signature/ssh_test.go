package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/csv"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// index reads fixtures/commits/INDEX.tsv as id -> kind.
func index(t testing.TB) map[string]string {
	t.Helper()
	f, err := os.Open("../../fixtures/commits/INDEX.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range rows[1:] {
		out[row[1]] = row[0]
	}
	return out
}

func realCommit(t testing.TB, id string) *gitobject.Commit {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../fixtures/commits", id))
	if err != nil {
		t.Fatal(err)
	}
	c, err := gitobject.Parse(raw, "sha1")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testTime is when the tests verify; every fixture is older.
var testTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// verify verifies with GitHub's keys alone.
func verify(payload, sig []byte) (Signer, error) {
	ring, err := NewRing(testTime)
	if err != nil {
		return Signer{}, err
	}
	return Verify(payload, sig, ring, testTime)
}

func TestRealCommits(t *testing.T) {
	t.Parallel()
	kinds := map[string]Kind{"ssh": KindSSH, "openpgp": KindOpenPGP, "openpgp-webflow": KindOpenPGP, "x509": KindX509, "unsigned": KindNone}
	for id, kind := range index(t) {
		c := realCommit(t, id)
		if got := KindOf(c.Signature); got != kinds[kind] {
			t.Errorf("%s: kind %s, want %s", id, got, kind)
		}
		s, err := verify(c.Payload, c.Signature)
		switch kind {
		case "ssh":
			if err != nil || !strings.HasPrefix(s.Fingerprint, "SHA256:") {
				t.Errorf("%s: %+v %v", id, s, err)
			}
			// One byte more, and it is not what was signed.
			if _, err := verify(append(bytes.Clone(c.Payload), '\n'), c.Signature); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: a changed commit verifies: %v", id, err)
			}
		case "openpgp-webflow":
			if err != nil || s.Platform != PlatformGitHub {
				t.Errorf("%s: %+v %v", id, s, err)
			}
			// Any one byte of what was signed.
			for i := range c.Payload {
				forged := bytes.Clone(c.Payload)
				forged[i] ^= 1
				if s, err := verify(forged, c.Signature); !errors.Is(err, ErrInvalid) || s.Platform != "" {
					t.Fatalf("%s: byte %d changed: %+v %v", id, i, s, err)
				}
			}
		case "openpgp":
			if !errors.Is(err, ErrUnknownKey) && !errors.Is(err, ErrWeak) || s.Key != "" {
				t.Errorf("%s: %+v %v", id, s, err)
			}
		case "x509": // TestRealX509 has more
			if !errors.Is(err, ErrUntrusted) && !errors.Is(err, ErrUnsupported) || s.X509 != nil {
				t.Errorf("%s: %+v %v", id, s, err)
			}
		default:
			if !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: %s: %v", id, kind, err)
			}
		}
	}
}

// TestSignatureOfAnotherCommit: a good signature moved to another commit is no
// signature of it.
func TestSignatureOfAnotherCommit(t *testing.T) {
	t.Parallel()
	var ssh []*gitobject.Commit
	for id, kind := range index(t) {
		if kind == "ssh" {
			ssh = append(ssh, realCommit(t, id))
		}
	}
	for i := range ssh {
		other := ssh[(i+1)%len(ssh)]
		if _, err := verify(other.Payload, ssh[i].Signature); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q under another commit's signature: %v", other.Subject(), err)
		}
	}
}

func armour(t *testing.T, signer ssh.Signer, msg, namespace string) []byte {
	t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(msg), signer, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return sshsig.Armor(sig)
}

func newSigner(t *testing.T, key any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNamespaceIsGit(t *testing.T) {
	t.Parallel()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	s := newSigner(t, key)
	if _, err := verify([]byte("m"), armour(t, s, "m", "git")); err != nil {
		t.Error(err)
	}
	// A signature the same key made over the same bytes for another purpose.
	if _, err := verify([]byte("m"), armour(t, s, "m", "file")); !errors.Is(err, ErrInvalid) {
		t.Errorf("namespace file: %v", err)
	}
}

func TestCertificateIsNoKey(t *testing.T) {
	t.Parallel()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	s := newSigner(t, key)
	cert := &ssh.Certificate{Key: s.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, s); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseKey(string(ssh.MarshalAuthorizedKey(cert))); err == nil {
		t.Error("a certificate is accepted as a key")
	}
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	s := newSigner(t, key)
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"bare":         {line, true},
		"with comment": {line + " claw@ci", true},
		"options":      {`command="x" ` + line, false},
		"two keys":     {line + "\n" + line, false},
		"empty":        {"", false},
		"garbage":      {"ssh-ed25519 AAAA", false},
		"private key":  {"-----BEGIN OPENSSH PRIVATE KEY-----", false},
	} {
		if _, err := ParseKey(c.text); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSameAsSSHKeygen makes signatures with ssh-keygen, as git does, and expects
// the same answer from both.
func TestSameAsSSHKeygen(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ssh-keygen is missing")
		}
		t.Skip("ssh-keygen is missing: install openssh-client to compare with it")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), keygen, args...).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen %q: %v: %s", args, err, out)
		}
	}
	msg := filepath.Join(dir, "msg")
	if err := os.WriteFile(msg, []byte("tree x\n\nmessage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"ed25519": {"-t", "ed25519"}, "ecdsa-256": {"-t", "ecdsa", "-b", "256"}, "ecdsa-521": {"-t", "ecdsa", "-b", "521"}, "rsa-2048": {"-t", "rsa", "-b", "2048"}, "rsa-1024": {"-t", "rsa", "-b", "1024"},
	} {
		key := filepath.Join(dir, name)
		run(append([]string{"-q", "-N", "", "-f", key}, args...)...)
		run("-Y", "sign", "-q", "-n", "git", "-f", key, msg)
		sig, err := os.ReadFile(msg + ".sig")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(msg + ".sig"); err != nil {
			t.Fatal(err)
		}
		pub, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		got, err := verify([]byte("tree x\n\nmessage\n"), sig)
		if name == "rsa-1024" {
			if !errors.Is(err, ErrWeak) {
				t.Errorf("%s: %v, want ErrWeak", name, err)
			}
			if _, err := ParseKey(string(pub)); !errors.Is(err, ErrWeak) {
				t.Errorf("%s in a policy: %v, want ErrWeak", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		listed, err := ParseKey(string(pub))
		if err != nil || listed != got {
			t.Errorf("%s: the policy's key and the signature's key differ: %+v %+v %v", name, listed, got, err)
		}
		if _, err := verify([]byte("tree y\n\nmessage\n"), sig); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s over other bytes: %v", name, err)
		}
	}
}

// TestSHA1SignaturesAreRefused: an RSA key may be strong and the signature made
// with SHA-1 all the same.
func TestSHA1SignaturesAreRefused(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, key)
	sha1, err := ssh.NewSignerWithAlgorithms(s.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA}) //nolint:staticcheck // that is the attack
	if err != nil {
		t.Fatal(err)
	}
	blob := armour(t, s, "m", "git")
	if _, err := verify([]byte("m"), blob); err != nil {
		t.Fatalf("rsa-sha2: %v", err)
	}
	sig, err := sshsig.Unarmor(blob)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := sha1.Sign(rand.Reader, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	if forged.Format != ssh.KeyAlgoRSA { //nolint:staticcheck // see above
		t.Fatalf("the test signs with %s", forged.Format)
	}
	sig.Signature = forged
	if _, err := verify([]byte("m"), sshsig.Armor(sig)); err == nil {
		t.Error("a SHA-1 signature is accepted")
	}
}

func FuzzVerify(f *testing.F) {
	for id, kind := range index(f) {
		if kind == "ssh" {
			c := realCommit(f, id)
			f.Add(c.Payload, c.Signature)
		}
	}
	f.Fuzz(func(t *testing.T, payload, sig []byte) {
		s, err := verify(payload, sig)
		if err == nil && s.Key == "" {
			t.Fatal("verified by no key")
		}
	})
}
