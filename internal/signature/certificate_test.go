package signature

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshKeys makes keys of several types with ssh-keygen and reads them.
func sshKeys(t *testing.T, dir string) (signers []ssh.Signer) {
	t.Helper()
	for i, args := range []string{"-t ed25519", "-t ecdsa -b 256", "-t rsa -b 2048"} {
		path := filepath.Join(dir, fmt.Sprintf("key%d", i))
		keygen(t, append(strings.Fields(args), "-q", "-N", "", "-f", path)...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ssh.ParsePrivateKey(text)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	return signers
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ssh-keygen is missing")
		}
		t.Skip("ssh-keygen is missing: install openssh-client to compare with it")
	}
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", args...).CombinedOutput(); err != nil { //nolint:gosec // a test's own arguments
		t.Fatalf("ssh-keygen %q: %v: %s", args, err, out)
	}
}

// TestCertificatesSameAsSSHKeygen lets ssh-keygen judge the same certificates at
// the same times, on and beside the ends of their validity. Where we are stricter
// on purpose, the case says so.
func TestCertificatesSameAsSSHKeygen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	signers := sshKeys(t, dir)
	from, to := testTime.Add(-time.Hour), testTime.Add(time.Hour)
	allowed, msg, n := filepath.Join(dir, "allowed"), "tree x\n\nmessage\n", 0
	for _, ca := range signers {
		if err := os.WriteFile(allowed, append([]byte("* cert-authority "), ssh.MarshalAuthorizedKey(ca.PublicKey())...), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, key := range signers {
			for _, c := range []struct {
				name     string
				change   func(*ssh.Certificate)
				stricter bool
			}{
				{"user", nil, false},
				{"always", func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity }, false},
				{"host", func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, false},
				{"critical option", func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "true"} }, true},
				{"extension", func(c *ssh.Certificate) { c.Extensions = map[string]string{"permit-pty": ""} }, false},
			} {
				cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"claw"}, ValidAfter: uint64(from.Unix()), ValidBefore: uint64(to.Unix())} //nolint:gosec // after 1970
				if c.change != nil {
					c.change(cert)
				}
				if err := cert.SignCert(rand.Reader, ca); err != nil {
					t.Fatal(err)
				}
				signer, err := ssh.NewCertSigner(cert, key)
				if err != nil {
					t.Fatal(err)
				}
				sig := armour(t, signer, msg, "git")
				sigFile := filepath.Join(dir, "sig")
				if err := os.WriteFile(sigFile, sig, 0o600); err != nil {
					t.Fatal(err)
				}
				for _, at := range []time.Time{from.Add(-time.Second), from, testTime, to.Add(-time.Second), to} {
					s, err := Verify([]byte(msg), sig, nil, at)
					ours := err == nil && s.Key == "" && s.Certificate.Authority == string(ca.PublicKey().Marshal()) && s.Certificate.Principals[0] == "claw"
					cmd := exec.CommandContext(t.Context(), "ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "claw", "-n", "git", "-s", sigFile, "-Overify-time="+at.UTC().Format("20060102150405")+"Z") //nolint:gosec // a test's own arguments
					cmd.Stdin, cmd.Env = strings.NewReader(msg), append(os.Environ(), "TZ=UTC")
					theirs := cmd.Run() == nil
					if ours != (theirs && !c.stricter) {
						t.Errorf("%s, %s by %s, at %s: we say %v (%v), ssh-keygen %v", c.name, key.PublicKey().Type(), ca.PublicKey().Type(), at, ours, err, theirs)
					}
					n++
				}
			}
		}
	}
	if n != 225 {
		t.Errorf("%d cases", n)
	}
}

// TestForgedCertificates: what an authority did not sign, or signed weakly.
func TestForgedCertificates(t *testing.T) {
	t.Parallel()
	key := newEd25519(t)
	ca := newEd25519(t)
	eve := newEd25519(t)
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sha1, err := ssh.NewSignerWithAlgorithms(newSigner(t, weak).(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA}) //nolint:staticcheck // that is the attack
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		by     ssh.Signer
		change func(*ssh.Certificate)
		want   error
	}{
		{"another name", ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"alice"} }, ErrInvalid},
		{"a longer life", ca, func(c *ssh.Certificate) { c.ValidBefore-- }, ErrInvalid},
		{"another authority's name", eve, func(c *ssh.Certificate) { c.SignatureKey = ca.PublicKey() }, ErrInvalid},
		{"SHA-1", sha1, nil, ErrWeak},
	} {
		cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"claw"}, ValidBefore: ssh.CertTimeInfinity}
		if err := cert.SignCert(rand.Reader, c.by); err != nil {
			t.Fatal(err)
		}
		if c.change != nil {
			c.change(cert)
		}
		signer, err := ssh.NewCertSigner(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := Verify([]byte("m"), armour(t, signer, "m", "git"), nil, testTime); !errors.Is(err, c.want) || s.Certificate != nil {
			t.Errorf("%s: %+v %v", c.name, s, err)
		}
	}
}

func newEd25519(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}
