package attestation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// signedOn is the time of the test's Sigstore instances: before now.
var signedOn = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// theCommit is what the statements of these tests are about.
func theCommit() attestation.Commit {
	sum := sha256.Sum256([]byte("the commit object"))
	return attestation.Commit{
		ID: strings.Repeat("c0", 20), Tree: strings.Repeat("7e", 20), Parents: []string{strings.Repeat("a1", 20), strings.Repeat("a2", 20)},
		SHA256: hex.EncodeToString(sum[:]), RawDiff: "sha256:" + strings.Repeat("df", 32), Repository: "acme/widgets",
	}
}

// agentStatement says that agent claw made the commit.
func agentStatement(t testing.TB, c attestation.Commit) []byte {
	t.Helper()
	st, err := attestation.NewStatement(c, attestation.AgentCommit{
		Agent: attestation.Agent{ID: "claw", Version: "1"}, Model: []attestation.Model{{ID: "m-1"}},
		Principal: &attestation.Principal{ID: "@alice"}, Task: &attestation.Task{URI: "https://github.com/acme/widgets/issues/1"},
		Change: &attestation.Change{Files: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := st.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// statement is one of any type, as JSON would have it.
func statement(t testing.TB, predicateType string, predicate any, subjects ...any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"_type": attestation.StatementType, "subject": subjects, "predicateType": predicateType, "predicate": predicate})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// vsa is a summary that a platform makes of the commit.
func vsa(t testing.TB, c attestation.Commit) []byte {
	t.Helper()
	return statement(t, attestation.PredicateVSA, map[string]any{
		"verifier": map[string]any{"id": "https://forge.example/verifier"}, "timeVerified": "2026-03-01T12:00:00Z",
		"resourceUri": "git+https://github.com/" + c.Repository, "policy": map[string]any{"uri": "https://forge.example/policy"},
		"verificationResult": "PASSED", "verifiedLevels": []string{"SLSA_SOURCE_LEVEL_3"},
	}, map[string]any{"digest": map[string]string{"gitCommit": c.ID}})
}

func pemOf(t testing.TB, k crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func p256(t testing.TB) *ecdsa.PrivateKey { return onCurve(t, elliptic.P256()) }

func onCurve(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// claw is the agent of these tests, with the identity that sigstoretest.Workflow has.
func claw() policy.Agent {
	return policy.Agent{ID: "claw", Identities: []policy.Identity{{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}}}
}

func agents(a ...policy.Agent) *policy.Policy { return &policy.Policy{Agents: a} }

func keyed(keys ...policy.Key) *policy.Policy {
	return agents(policy.Agent{ID: "claw", Keys: keys})
}

func attestors(a ...policy.Attestor) *policy.Policy {
	return &policy.Policy{Provenance: policy.Provenance{Attestors: a}}
}

func verifier(t testing.TB, p *policy.Policy, roots ...*trust.Root) *attestation.Verifier {
	t.Helper()
	v, err := attestation.NewVerifier(p, nil, roots, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
