//go:build e2e

package cosign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
)

// at is a time long past for cosign, whose clock is the real one.
var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// emptyRoot trusts nobody: what `cosign trusted-root create` writes.
const emptyRoot = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}` + "\n"

// commit is what the tests attest.
type commit struct {
	attestation.Commit
	object    []byte
	statement []byte
}

func newCommit(t *testing.T) commit {
	t.Helper()
	dir, id := repository(t)
	c := commit{object: git(t, dir, "cat-file", "commit", id)}
	sum := sha256.Sum256(c.object)
	c.Commit = attestation.Commit{
		ID: id, Tree: strings.TrimSpace(string(git(t, dir, "rev-parse", id+"^{tree}"))), SHA256: hex.EncodeToString(sum[:]), Repository: "acme/widgets",
	}
	text, err := json.Marshal(map[string]any{
		"_type": attestation.StatementType, "predicateType": attestation.PredicateAgentCommit,
		"subject": []any{map[string]any{
			"name":   "git+https://github.com/acme/widgets@" + id,
			"digest": map[string]string{"gitCommit": id, "gitTree": c.Tree, "sha256": c.SHA256},
		}},
		"predicate": map[string]any{"agent": map[string]any{"id": "claw"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.statement = text
	return c
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func publicPEM(t *testing.T, k *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// altered is a bundle whose statement says one thing else.
func altered(t *testing.T, bundle []byte, from, to string) []byte {
	t.Helper()
	var b map[string]any
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	envelope, _ := b["dsseEnvelope"].(map[string]any)
	payload, err := base64.StdEncoding.DecodeString(envelope["payload"].(string))
	if err != nil {
		t.Fatal(err)
	}
	swapped := strings.Replace(string(payload), from, to, 1)
	if swapped == string(payload) {
		t.Fatalf("the statement does not say %q", from)
	}
	envelope["payload"] = base64.StdEncoding.EncodeToString([]byte(swapped))
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// other is a full commit id that is not the commit's.
var other = strings.Repeat("7", 40)

// What cosign says when a signature does not hold, and when it is about something
// else.
const (
	badSignature = "accepted signatures do not match threshold"
	otherSubject = "does not match any digest in statement"
)

// byKey are the words that have cosign verify what was signed with a key.
func byKey(key, root, bundle, kind string, about ...string) []string {
	return append([]string{
		"verify-blob-attestation", "--key", key, "--bundle", bundle, "--new-bundle-format",
		"--trusted-root", root, "--insecure-ignore-tlog", "--type", kind,
	}, about...)
}

// Anybody with cosign can verify what we sign with a key: by the commit object as a
// file, and by the commit's id.
func TestCosignVerifiesOurKeys(t *testing.T) {
	p, c, key := newProgram(t), newCommit(t), newKey(t)
	object, root := p.file(t, "commit.obj", c.object), p.file(t, "root.json", []byte(emptyRoot))
	pub, stranger := p.file(t, "claw.pub", publicPEM(t, key)), p.file(t, "stranger.pub", publicPEM(t, newKey(t)))
	made := sigstoretest.New(t, at).SignKey(c.statement, key)
	bundle := p.file(t, "bundle.json", made)
	const kind = attestation.PredicateAgentCommit

	p.must(t, byKey(pub, root, bundle, kind, object)...)
	p.must(t, byKey(pub, root, bundle, kind, "--digest", c.ID, "--digestAlg", "gitCommit")...)
	p.must(t, byKey(pub, root, bundle, kind, "--digest", c.Tree, "--digestAlg", "gitTree")...)

	p.refuses(t, badSignature, byKey(stranger, root, bundle, kind, object)...)
	p.refuses(t, otherSubject, byKey(pub, root, bundle, kind, p.file(t, "other.obj", append(c.object, '\n')))...)
	p.refuses(t, otherSubject, byKey(pub, root, bundle, kind, "--digest", other, "--digestAlg", "gitCommit")...)
	p.refuses(t, "invalid predicate type", byKey(pub, root, bundle, attestation.PredicateVSA, object)...)
	changed := p.file(t, "changed.json", altered(t, made, c.ID, other))
	p.refuses(t, badSignature, byKey(pub, root, changed, kind, "--digest", other, "--digestAlg", "gitCommit")...)
}

// byIdentity are the words for what was signed without a lasting key.
func byIdentity(root, bundle, issuer, subject string, more ...string) []string {
	return append([]string{
		"verify-blob-attestation", "--bundle", bundle, "--new-bundle-format", "--trusted-root", root, "--type", attestation.PredicateAgentCommit,
		"--certificate-oidc-issuer", issuer, "--certificate-identity", subject,
	}, more...)
}

// The instance that our tests verify against is one that cosign believes, and
// disbelieves for the same reasons: so what we accept of it is no accident of our
// own making.
func TestCosignVerifiesTheTestInstance(t *testing.T) {
	p, c, in := newProgram(t), newCommit(t), sigstoretest.New(t, at)
	id := sigstoretest.Workflow("acme/widgets", c.ID)
	object, root := p.file(t, "commit.obj", c.object), in.WriteRoot(p.dir)
	made := in.Sign(c.statement, id)
	bundle := p.file(t, "bundle.json", made)

	p.must(t, byIdentity(root, bundle, id.Issuer, id.Subject, object)...)
	p.must(t, byIdentity(root, bundle, id.Issuer, id.Subject, "--digest", c.ID, "--digestAlg", "gitCommit")...)
	p.must(t, byIdentity(root, bundle, id.Issuer, id.Subject, "--certificate-github-workflow-repository", "acme/widgets", "--certificate-github-workflow-sha", c.ID,
		"--certificate-github-workflow-ref", id.WorkflowRef, "--certificate-github-workflow-trigger", id.Trigger, "--certificate-github-workflow-name", id.WorkflowName, object)...)

	p.refuses(t, "expected issuer value", byIdentity(root, bundle, "https://accounts.example.com", id.Subject, object)...)
	p.refuses(t, "expected SAN value", byIdentity(root, bundle, id.Issuer, id.Subject+"0", object)...)
	p.refuses(t, "expected GithubWorkflowSHA", byIdentity(root, bundle, id.Issuer, id.Subject, "--certificate-github-workflow-sha", other, object)...)
	p.refuses(t, otherSubject, byIdentity(root, bundle, id.Issuer, id.Subject, "--digest", other, "--digestAlg", "gitCommit")...)
	p.refuses(t, badSignature, byIdentity(root, p.file(t, "changed.json", altered(t, made, c.ID, other)), id.Issuer, id.Subject, "--digest", other, "--digestAlg", "gitCommit")...)
	p.refuses(t, "not enough verified log entries", byIdentity(p.file(t, "other_root.json", sigstoretest.New(t, at).RootJSON()), bundle, id.Issuer, id.Subject, object)...)

	for name, opt := range map[string]sigstoretest.Option{
		"no SCT": sigstoretest.WithoutSCT(), "foreign SCT": sigstoretest.ForeignCT(), "no log": sigstoretest.WithoutLog(), "no SET": sigstoretest.WithoutSET(),
		"foreign SET": sigstoretest.ForeignSET(), "foreign checkpoint": sigstoretest.ForeignCheckpoint(), "unknown log": sigstoretest.UnknownLog(),
		"late": sigstoretest.LoggedAt(at.Add(time.Hour)), "other CA": sigstoretest.CertifiedBy(sigstoretest.New(t, at)), "two signatures": sigstoretest.SignedTimes(2),
	} {
		if _, err := p.try(t, byIdentity(root, p.file(t, "broken.json", in.Sign(c.statement, id, opt)), id.Issuer, id.Subject, object)...); err == nil {
			t.Errorf("%s: cosign accepts it", name)
		}
	}
}

// service is the instance on loopback, with the files that cosign reads of it. Its
// time is the real one: cosign looks at the token's.
type service struct {
	*sigstoretest.Services
	instance     *sigstoretest.Instance
	id           sigstoretest.Claims
	root, config string // paths
}

func newService(t *testing.T, p *program, commit string) service {
	t.Helper()
	now := time.Now()
	s := service{instance: sigstoretest.New(t, now), id: sigstoretest.Workflow("acme/widgets", commit)}
	s.Services, s.root = s.instance.Serve(t, s.id), s.instance.WriteRoot(p.dir)
	s.config = p.file(t, "signing_config.json", s.SigningConfig(now.Add(-time.Hour), true))
	return s
}
