package attest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func none(string) string { return "" }

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func withKey(tb testing.TB, k crypto.Signer) Signer {
	tb.Helper()
	s, err := WithKey(k)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func options(g *gittest.Repo) Options {
	return Options{Dir: g.Dir, Repository: "acme/shop", Facts: Facts{Agent: "claude-code"}, To: "notes", Env: none}
}

// wantProblem fails unless err is a problem whose message has the words, and which
// says what to do.
func wantProblem(tb testing.TB, err error, words string) {
	tb.Helper()
	var p *Problem
	if !errors.As(err, &p) || !strings.Contains(p.Message, words) || p.Remedy == "" {
		tb.Errorf("error is %v, want a problem with %q and a remedy", err, words)
	}
}

// payload is the statement in a bundle.
func payload(tb testing.TB, text []byte) []byte {
	tb.Helper()
	b := &bundle.Bundle{}
	if err := b.UnmarshalJSON(text); err != nil {
		tb.Fatal(err)
	}
	return b.GetDsseEnvelope().GetPayload()
}

func TestMake(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			g := gittest.Init(t, "--object-format="+format)
			first := g.Commit("first", "a", "1", "dir/b", "2")
			second := g.Commit("second", "a", "2")
			var out bytes.Buffer
			o := options(g)
			o.Which, o.To, o.Out = Which{Range: first + "..HEAD"}, "-", &out
			made, err := Make(t.Context(), o, withKey(t, newKey(t)))
			if err != nil || len(made.Results) != 1 || made.Results[0].Commit != second || !made.Results[0].New {
				t.Fatalf("%+v, %v", made, err)
			}
			line := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
			if bytes.ContainsRune(line, '\n') || made.Results[0].Digest != digest(line) {
				t.Error("a bundle is not one line, or its digest is another's")
			}
			var s attestation.Statement
			if err := json.Unmarshal(payload(t, line), &s); err != nil {
				t.Fatal(err)
			}
			object := g.Git("cat-file", "commit", second) + "\n"
			sum := sha256.Sum256([]byte(object))
			d := s.Subject[0].Digest
			if s.Subject[0].Name != "git+https://github.com/acme/shop@"+second || d["gitCommit"] != second || d["gitTree"] != g.Git("rev-parse", second+"^{tree}") || d["sha256"] != hex.EncodeToString(sum[:]) {
				t.Errorf("subject is %+v", s.Subject)
			}
			var p attestation.AgentCommit
			if err := json.Unmarshal(s.Predicate, &p); err != nil {
				t.Fatal(err)
			}
			raw := sha256.Sum256([]byte(g.Git("diff-tree", "-r", "--full-index", "--no-renames", first, second) + "\n"))
			if p.Change.RawDiffDigest["sha256"] != hex.EncodeToString(raw[:]) || p.Change.Base["gitCommit"] != first || p.Change.Files != 1 || p.Parents[0].Digest["gitCommit"] != first {
				t.Errorf("predicate is %s", s.Predicate)
			}
			// The very first commit is compared with nothing.
			out.Reset()
			o.Which = Which{Commit: first}
			if _, err := Make(t.Context(), o, withKey(t, newKey(t))); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(payload(t, bytes.TrimSpace(out.Bytes()))), `"base":{},"files":2`) {
				t.Errorf("%s", payload(t, bytes.TrimSpace(out.Bytes())))
			}
		})
	}
}

// Eight at once, on the same commit: all eight attestations are there.
func TestParallelAttestsLoseNothing(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	var wg sync.WaitGroup
	for i := range 16 {
		o := options(g)
		if i%2 == 1 {
			o.To = "tree"
		}
		s := withKey(t, newKey(t))
		wg.Go(func() {
			if _, err := Make(t.Context(), o, s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(g.Path(policy.DefaultDirectory, c+".jsonl"))
	if n := strings.Count(string(text), "dsseEnvelope"); err != nil || n != 8 {
		t.Errorf("%d attestations are left in the tree, %v", n, err)
	}
	if n := strings.Count(g.Git("notes", "--ref", NotesRef, "show", c), "dsseEnvelope"); n != 8 {
		t.Errorf("%d attestations are left", n)
	}
}

// What is in the note already is foreign: a forgery that looks like ours does not
// keep ours out, and what is ours is not made again.
func TestMadeAlready(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	key := newKey(t)
	s := withKey(t, key)
	if _, err := Make(t.Context(), options(g), s); err != nil {
		t.Fatal(err)
	}
	good := g.Git("notes", "--ref", NotesRef, "show", c)
	i := strings.Index(good, `"sig":"`) + 20
	forged := good[:i] + string(good[i]^1) + good[i+1:]
	g.Git("notes", "--ref", NotesRef, "add", "-f", "-m", forged+"\nno JSON\n{}", c)
	made, err := Make(t.Context(), options(g), s)
	if err != nil || !made.Results[0].New {
		t.Fatalf("a forgery passed for ours: %+v, %v", made, err)
	}
	made, err = Make(t.Context(), options(g), s)
	if err != nil || made.Results[0].New {
		t.Fatalf("made twice: %+v, %v", made, err)
	}
	if n := len(strings.Split(g.Git("notes", "--ref", NotesRef, "show", c), "\n")); n != 4 {
		t.Errorf("%d lines", n)
	}
}

// The tree is the change's: a link in it leads nowhere.
func TestTreeStaysInTheTree(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	for name, prepare := range map[string]func(g *gittest.Repo, c string) error{
		"folder": func(g *gittest.Repo, _ string) error { return os.Symlink(outside, g.Path(".claw")) },
		"file": func(g *gittest.Repo, c string) error {
			g.Write(".claw/attestations/x", "")
			return os.Symlink(filepath.Join(outside, "y"), g.Path(".claw/attestations", c+".jsonl"))
		},
		"directory": func(g *gittest.Repo, c string) error {
			return os.MkdirAll(g.Path(".claw/attestations", c+".jsonl"), 0o755)
		},
	} {
		g := gittest.Init(t)
		c := g.Commit("one", "a", "1")
		if err := prepare(g, c); err != nil {
			t.Fatal(err)
		}
		o := options(g)
		o.To = "tree"
		_, err := Make(t.Context(), o, withKey(t, newKey(t)))
		wantProblem(t, err, "Could not write")
		if left, _ := os.ReadDir(outside); len(left) > 0 {
			t.Errorf("%s: %v was written outside", name, left)
		}
	}
	// Appended to what is there, and nothing is left behind.
	g := gittest.Init(t)
	c := g.Commit("one", "a", "1")
	o := options(g)
	o.To = "tree=evidence/claw"
	g.Write("evidence/claw/"+c+".jsonl", "{}\n")
	for range 2 {
		if _, err := Make(t.Context(), o, withKey(t, newKey(t))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(g.Path("evidence/claw", c+".jsonl"))
	left, _ := os.ReadDir(g.Path("evidence/claw"))
	if n := strings.Count(string(text), "\n"); err != nil || n != 3 || len(left) != 1 {
		t.Errorf("%d lines, %d files, %v", n, len(left), err)
	}
}

// Another program accepts what we sign, with each kind of key.
func TestCosignAccepts(t *testing.T) {
	t.Parallel()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	statement := []byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"gitCommit":"` + strings.Repeat("ab", 20) + `"}}],"predicateType":"https://claw-verified.dev/agent-commit/v0.1","predicate":{}}`)
	for _, c := range []struct {
		name string
		key  crypto.Signer
		hash crypto.Hash
	}{{"P-256", newKey(t), crypto.SHA256}, {"P-384", p384, crypto.SHA384}, {"Ed25519", ed, 0}} {
		text, err := withKey(t, c.key).Sign(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		b := &bundle.Bundle{}
		if err := b.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		v, err := signature.LoadVerifier(c.key.Public(), c.hash)
		if err != nil {
			t.Fatal(err)
		}
		empty, err := root.NewTrustedRoot(root.TrustedRootMediaType01, nil, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := hex.DecodeString(strings.Repeat("ab", 20))
		co := &cosign.CheckOpts{SigVerifier: v, NewBundleFormat: true, IgnoreTlog: true, Offline: true, TrustedMaterial: empty}
		if _, err := cosign.VerifyNewBundle(context.Background(), co, verify.WithArtifactDigest("gitCommit", id), b); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		id[0]++
		if _, err := cosign.VerifyNewBundle(context.Background(), co, verify.WithArtifactDigest("gitCommit", id), b); err == nil {
			t.Errorf("%s: accepted for another commit", c.name)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(typ string, der []byte) string {
		path := filepath.Join(dir, strings.ReplaceAll(typ, " ", "-")+".pem")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(k any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	ec, err := x509.MarshalECPrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(write(pemEC, ec), nil); err != nil {
		t.Error(err)
	}
	for path, words := range map[string]string{
		write("PRIVATE KEY", pkcs8(rsaKey)): "another algorithm",
		write("RSA PRIVATE KEY", nil):       "RSA PRIVATE KEY",
		write("OPENSSH PRIVATE KEY", nil):   "ssh key",
		write("ENCRYPTED PRIVATE KEY", nil): "as openssl does",
		write(pemSigstore, []byte("{}")):    "there is no passphrase",
		filepath.Join(dir, "absent"):        "no key file",
		dir:                                 "not a regular file",
	} {
		_, _, err := LoadKey(path, nil)
		wantProblem(t, err, words)
	}
	if _, err := parseKey(pem.EncodeToMemory(&pem.Block{Type: pemPlain, Bytes: pkcs8(p521)}), nil); err == nil {
		t.Error("a P-521 key was read")
	}
	if _, err := parseKey(append(pem.EncodeToMemory(&pem.Block{Type: pemEC, Bytes: ec}), pem.EncodeToMemory(&pem.Block{Type: pemEC, Bytes: ec})...), nil); err == nil {
		t.Error("two keys in a file were read as one")
	}
	// cosign writes encrypted keys, and reads ours.
	pass := func(bool) ([]byte, error) { return []byte("pw"), nil }
	kb, err := cosign.GenerateKeyPair(pass)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseKey(kb.PrivateBytes, []byte("pw")); err != nil {
		t.Error(err)
	}
	out := filepath.Join(dir, "own.key")
	if _, err := GenerateKey(out, false, []byte("pw")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cosign.LoadPrivateKey(text, []byte("pw"), nil); err != nil {
		t.Error(err)
	}
	if _, err := GenerateKey(filepath.Join(dir, "own"), false, nil); err == nil { // own.pub is there
		t.Error("a public key was overwritten")
	}
	if _, err := os.Stat(filepath.Join(dir, "own")); err == nil {
		t.Error("half a pair is left behind")
	}
}

func TestFactsAreRefused(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	good := Facts{Agent: "a"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(*Facts){
		"No agent":               func(f *Facts) { f.Agent = "" },
		"control characters":     func(f *Facts) { f.Vendor = "a\nb" },
		"--session":              func(f *Facts) { f.Session = "one two" },
		"at most 512":            func(f *Facts) { f.Operator = strings.Repeat("x", 513) },
		"--model is empty":       func(f *Facts) { f.Models = []string{""} },
		"at most 64":             func(f *Facts) { f.Tools = make([]string, 65) },
		"there is no --operator": func(f *Facts) { f.OnBehalfOf = "x" },
		"without --model":        func(f *Facts) { f.Provider = "x" },
		"--task is no address":   func(f *Facts) { f.Task = "please drop the tables" },
		"--log-uri is no":        func(f *Facts) { f.LogURI, f.LogDigest = "nowhere", "sha256:"+strings.Repeat("0", 64) },
		"no SHA-256 digest":      func(f *Facts) { f.LogDigest = "sha256:x" },
		"both say":               func(f *Facts) { f.Log, f.LogDigest = "x", "sha256:"+strings.Repeat("0", 64) },
		"below zero":             func(f *Facts) { f.Input = -1 },
		"before --started":       func(f *Facts) { f.Started, f.Finished = at, at.Add(-time.Second) },
		"--cost":                 func(f *Facts) { f.Cost = "1,20 EUR" },
	} {
		f := good
		change(&f)
		wantProblem(t, f.Check(), words)
	}
}

func TestRepositoryOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"https://github.com/acme/shop":              "acme/shop",
		"https://github.com/acme/shop.git":          "acme/shop",
		"https://token@github.com/acme/shop.git/":   "acme/shop",
		"https://GitHub.com/acme/my.shop":           "acme/my.shop",
		"git@github.com:acme/shop.git":              "acme/shop",
		"github.com:acme/shop":                      "acme/shop",
		"ssh://git@github.com/acme/shop.git":        "acme/shop",
		"ssh://git@ssh.github.com:443/acme/shop":    "acme/shop",
		"git://github.com/acme/shop":                "acme/shop",
		"https://github.com.evil.example/acme/shop": "",
		"https://evil.example/github.com/shop":      "",
		"git@evil.example:acme/shop":                "",
		"https://github.com/acme":                   "",
		"https://github.com/acme/shop/tree":         "",
		"/srv/git/shop":                             "",
		"../github.com/acme/shop":                   "",
		"":                                          "",
	} {
		if got := repositoryOf(remote, "github.com"); got != want {
			t.Errorf("%s is %q, want %q", remote, got, want)
		}
	}
	if got := repositoryOf("https://ghes.example/acme/shop", "ghes.example"); got != "acme/shop" {
		t.Errorf("%q", got)
	}
}

func TestLogDigest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "a": 1, "a\n": 1, "a\nb": 2, "\n\n": 2, strings.Repeat("x", 200_000) + "\ny\n": 2} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		digest, n, err := digestFile("--log", path)
		sum := sha256.Sum256([]byte(text))
		if err != nil || n != want || digest != hex.EncodeToString(sum[:]) {
			t.Errorf("%d lines, want %d, %v", n, want, err)
		}
	}
}
