package attestation_test

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

const (
	beacon       = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
	githubIssuer = "https://token.actions.githubusercontent.com"
)

// now is our time in tests that do not say another one.
var now = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// conformanceCase is one folder of fixtures/sigstore/conformance.
type conformanceCase struct {
	name     string
	artifact []byte
	item     attestation.Item
	policy   *policy.Policy
	root     *trust.Root
}

func (c *conformanceCase) mustFail() bool { return strings.HasSuffix(c.name, "_fail") }

func conformanceCases(t testing.TB) []conformanceCase {
	t.Helper()
	const dir = "../../fixtures/sigstore/conformance"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return b
	}
	var list []conformanceCase
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		in := func(name string) []byte { return read(filepath.Join(e.Name(), name)) }
		c := conformanceCase{name: e.Name(), item: fileItem(t, in("bundle.sigstore.json"))}
		if c.artifact = in("artifact"); c.artifact == nil {
			c.artifact = read("a.txt")
		}
		agent := policy.Agent{ID: "claw"}
		if pem := in("key.pub"); pem != nil {
			agent.Keys = []policy.Key{{Key: string(pem)}}
		} else {
			agent.Identities = []policy.Identity{{
				Subject: cmp.Or(strings.TrimSpace(string(in("identity"))), beacon),
				Issuer:  cmp.Or(strings.TrimSpace(string(in("issuer"))), githubIssuer),
			}}
		}
		c.policy = &policy.Policy{Agents: []policy.Agent{agent}}
		if c.root, err = trust.Public(); err != nil {
			t.Fatal(err)
		}
		if text := in("trusted_root.json"); text != nil {
			if c.root, err = trust.Parse("trusted_root.json", text); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, c)
	}
	return list
}

// fileItem reads a file that holds one item.
func fileItem(t testing.TB, text []byte) attestation.Item {
	t.Helper()
	items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Name: "bundle.json", Body: text})
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	return items[0]
}

// TestConformance runs the cases that every Sigstore client is held to. A case that
// does not do as its name says is a defect, ours or the library's.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases := conformanceCases(t)
	passed := 0
	for _, c := range cases {
		v, err := attestation.NewVerifier(c.policy, nil, []*trust.Root{c.root}, now)
		if err != nil {
			if !c.mustFail() {
				t.Errorf("%s: %v", c.name, err)
			}
			continue // its key is no point of the curve
		}
		whole, err := attestation.HashArtifact(bytes.NewReader(c.artifact))
		if err != nil {
			t.Fatal(err)
		}
		digest, ok := attestation.ParseArtifact("sha256:" + whole.SHA256)
		if !ok {
			t.Fatal("no digest")
		}
		for mode, a := range map[string]attestation.Artifact{"file": whole, "digest": digest} {
			got, err := v.VerifyArtifact(c.item, a)
			if (err != nil) != c.mustFail() {
				t.Errorf("%s by %s: %v", c.name, mode, err)
			}
			if err != nil && (got.Proof != attestation.ProofNone || !isSentinel(err)) {
				t.Errorf("%s by %s: proof %q with the error %v", c.name, mode, got.Proof, err)
			}
			if err == nil {
				passed++
				if got.Agent != "claw" || got.Proof == attestation.ProofNone || got.SignedAt.IsZero() || got.SignedAt.After(now) {
					t.Errorf("%s by %s: %+v", c.name, mode, got)
				}
			}
		}
	}
	if len(cases) != 50 || passed != 2*15 {
		t.Errorf("%d cases, %d accepted", len(cases), passed)
	}
}

func isSentinel(err error) bool {
	for _, s := range []error{
		attestation.ErrMalformed, attestation.ErrTooLarge, attestation.ErrUnsupported, attestation.ErrInvalid, attestation.ErrUntrusted,
		attestation.ErrExpired, attestation.ErrRevoked, attestation.ErrMismatch, attestation.ErrOther,
	} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}
