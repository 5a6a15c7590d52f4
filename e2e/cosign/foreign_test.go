//go:build e2e

package cosign

import (
	"errors"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// judge is our own verdict on a bundle.
func judge(t *testing.T, p *policy.Policy, roots []*trust.Root, bundle []byte, c attestation.Commit) (attestation.Verified, error) {
	t.Helper()
	v, err := attestation.NewVerifier(p, nil, roots, at.AddDate(0, 6, 0))
	if err != nil {
		t.Fatal(err)
	}
	items := attestation.Read(checks.Attestation{Carrier: checks.CarrierFile, Body: bundle})
	if len(items) != 1 {
		t.Fatalf("read %d items, want 1", len(items))
	}
	out, err := v.Verify(items[0])
	if err != nil {
		return out, err
	}
	return out, attestation.Bind(&out, c)
}

// Whoever has cosign needs no program of ours to attest a commit with a key.
func TestWeVerifyCosignsKeys(t *testing.T) {
	p, c := newProgram(t), newCommit(t)
	p.must(t, "generate-key-pair")
	key, bundle := p.dir+"/cosign.key", p.dir+"/bundle.json"
	p.must(t, "attest-blob", "--key", key, "--statement", p.file(t, "statement.json", c.statement), "--new-bundle-format", "--bundle", bundle, "--tlog-upload=false", "--yes")
	made := read(t, bundle)
	pub := string(read(t, p.dir+"/cosign.pub"))
	lists := func(key string) *policy.Policy {
		return &policy.Policy{Agents: []policy.Agent{{ID: "claw", Keys: []policy.Key{{Key: key}}}}}
	}
	out, err := judge(t, lists(pub), nil, made, c.Commit)
	if err != nil {
		t.Fatal(err)
	}
	if out.Kind != attestation.KindAgentCommit || out.Proof != attestation.ProofKey || out.Agent != "claw" || !out.SignedAt.IsZero() {
		t.Errorf("got %q, proof %q, agent %q, signed at %s", out.Kind, out.Proof, out.Agent, out.SignedAt)
	}

	elsewhere := c.Commit
	elsewhere.ID = other
	for name, test := range map[string]struct {
		key    string
		bundle []byte
		commit attestation.Commit
		want   error
	}{
		"altered":         {pub, altered(t, made, c.ID, other), elsewhere, attestation.ErrInvalid},
		"another commit":  {pub, made, elsewhere, attestation.ErrOther},
		"a stranger's":    {string(publicPEM(t, newKey(t))), made, c.Commit, attestation.ErrUntrusted},
		"of a later time": {pub, made, attestation.Commit{ID: c.ID, Tree: other, SHA256: c.SHA256, Repository: c.Repository}, attestation.ErrMismatch},
	} {
		if _, err := judge(t, lists(test.key), nil, test.bundle, test.commit); !errors.Is(err, test.want) {
			t.Errorf("%s: got error %v, want %v", name, err, test.want)
		}
	}

	// A signature over the commit object itself, and no statement.
	p.must(t, "sign-blob", "--key", key, "--new-bundle-format", "--bundle", bundle, "--tlog-upload=false", "--yes", p.file(t, "commit.obj", c.object))
	if out, err = judge(t, lists(pub), nil, read(t, bundle), c.Commit); err != nil || out.Kind != attestation.KindOther || out.AgentCommit != nil {
		t.Errorf("signed bytes: got error %v, kind %q, statement %+v", err, out.Kind, out.AgentCommit)
	}

	// From a bare predicate cosign makes an old statement about the file's digest
	// alone, which says neither commit nor repository.
	p.must(t, "attest-blob", "--key", key, "--predicate", p.file(t, "predicate.json", []byte(`{"agent":{"id":"claw"}}`)), "--type", attestation.PredicateAgentCommit,
		"--new-bundle-format", "--bundle", bundle, "--tlog-upload=false", "--yes", p.dir+"/commit.obj")
	if _, err = judge(t, lists(pub), nil, read(t, bundle), c.Commit); !errors.Is(err, attestation.ErrUnsupported) {
		t.Errorf("a statement from a bare predicate: got error %v", err)
	}
}

// What cosign signs without a lasting key, we verify too, and say who it was.
func TestWeVerifyCosignsKeyless(t *testing.T) {
	p, c := newProgram(t), newCommit(t)
	s := newService(t, p, c.ID)
	bundle := p.dir + "/bundle.json"
	said, err := p.run(t, p.path, "attest-blob", "--statement", p.file(t, "statement.json", c.statement), "--signing-config", s.config,
		"--trusted-root", s.root, "--identity-token", s.Token, "--bundle", bundle, "--yes")
	if err != nil {
		t.Fatalf("cosign attest-blob: %v\n%s", err, said)
	}
	lists := policy.Identity{Issuer: s.id.Issuer, Subject: s.id.Subject, SourceRepository: s.id.SourceRepository, SourceDigest: "commit", Runner: "github-hosted"}
	agents := &policy.Policy{Agents: []policy.Agent{{ID: "claw", Identities: []policy.Identity{lists}}}}
	out, err := judge(t, agents, []*trust.Root{s.instance.Root()}, read(t, bundle), c.Commit)
	if err != nil {
		t.Fatal(err)
	}
	if out.Proof != attestation.ProofKeyless || out.Agent != "claw" || out.Signer != sigstoretest.Signer || out.SignedAt.IsZero() {
		t.Errorf("got proof %q, agent %q, signer %q, signed at %s", out.Proof, out.Agent, out.Signer, out.SignedAt)
	}
	p.must(t, byIdentity(s.root, bundle, s.id.Issuer, s.id.Subject, p.file(t, "commit.obj", c.object))...)
}
