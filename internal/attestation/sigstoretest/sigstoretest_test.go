package sigstoretest_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	commit    = "2222222222222222222222222222222222222222"
	statement = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"it","digest":{"gitCommit":"` + commit + `"}}],"predicateType":"https://example.com/p","predicate":{}}`
)

// strict is all that sigstore-go can ask of a public instance.
var strict = []verify.VerifierOption{verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1)}

func who(t testing.TB, id sigstoretest.Claims) verify.PolicyOption {
	t.Helper()
	cid, err := verify.NewShortCertificateIdentity(id.Issuer, "", id.Subject, "")
	if err != nil {
		t.Fatal(err)
	}
	return verify.WithCertificateIdentity(cid)
}

// accepted has sigstore-go alone judge a bundle.
func accepted(t testing.TB, material root.TrustedMaterial, text []byte, policy verify.PolicyBuilder, opts ...verify.VerifierOption) (*verify.VerificationResult, error) {
	t.Helper()
	var b bundle.Bundle
	if err := b.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	v, err := verify.NewVerifier(material, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v.Verify(&b, policy)
}

func about(t testing.TB) verify.ArtifactPolicyOption {
	t.Helper()
	digest, err := hex.DecodeString(commit)
	if err != nil {
		t.Fatal(err)
	}
	return verify.WithArtifactDigest("gitCommit", digest)
}

func TestSignIsAccepted(t *testing.T) {
	in := sigstoretest.New(t, at)
	id := sigstoretest.Workflow("acme/widgets", commit)
	for _, opts := range [][]sigstoretest.Option{nil, {sigstoretest.Timestamped()}, {sigstoretest.WithoutProof(), sigstoretest.MediaType("application/vnd.dev.sigstore.bundle+json;version=0.1")}} {
		text := in.Sign([]byte(statement), id, opts...)
		if bytes.Contains(text, []byte("\n")) {
			t.Error("the bundle has several lines")
		}
		res, err := accepted(t, in.Root(), text, verify.NewPolicy(about(t), who(t, id)), strict...)
		if err != nil {
			t.Fatal(err)
		}
		want := certificate.Extensions{
			Issuer: id.Issuer, GithubWorkflowTrigger: id.Trigger, GithubWorkflowSHA: commit, GithubWorkflowName: "agent", GithubWorkflowRepository: "acme/widgets",
			GithubWorkflowRef: id.WorkflowRef, BuildSignerURI: id.BuildSigner, BuildSignerDigest: id.BuildSignerSHA, RunnerEnvironment: "github-hosted",
			SourceRepositoryURI: "https://github.com/acme/widgets", SourceRepositoryDigest: commit, SourceRepositoryRef: "refs/heads/agent/fix-1",
			SourceRepositoryIdentifier: "123", SourceRepositoryOwnerURI: "https://github.com/acme", SourceRepositoryOwnerIdentifier: "45",
			BuildConfigURI: id.BuildConfig, BuildConfigDigest: commit, BuildTrigger: "workflow_dispatch", RunInvocationURI: id.RunInvocation, SourceRepositoryVisibilityAtSigning: "public",
		}
		if diff := cmp.Diff(want, res.Signature.Certificate.Extensions); diff != "" {
			t.Error(diff)
		}
		times := map[string]time.Time{"Tlog": at.Add(2 * time.Second), "TimestampAuthority": at.Add(time.Second)}
		for _, ts := range res.VerifiedTimestamps {
			if !ts.Timestamp.Equal(times[ts.Type]) {
				t.Errorf("%s says %s", ts.Type, ts.Timestamp)
			}
		}
	}
}

func TestPrivateInstance(t *testing.T) {
	in := sigstoretest.New(t, at, sigstoretest.Private())
	id := sigstoretest.Workflow("acme/widgets", commit)
	text := in.Sign([]byte(statement), id)
	if _, err := accepted(t, in.Root(), text, verify.NewPolicy(about(t), who(t, id)), verify.WithSignedTimestamps(1)); err != nil {
		t.Error(err)
	}
	if _, err := accepted(t, in.Root(), text, verify.NewPolicy(about(t), who(t, id)), strict...); err == nil {
		t.Error("without a log it passes for one of a public instance")
	}
}

// Every option breaks what it says, and alone is reason enough to refuse.
func TestBroken(t *testing.T) {
	in, other := sigstoretest.New(t, at), sigstoretest.New(t, at)
	id := sigstoretest.Workflow("acme/widgets", commit)
	stamps := []verify.VerifierOption{verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1), verify.WithSignedTimestamps(1)}
	for _, test := range []struct {
		name string
		opts []sigstoretest.Option
		with []verify.VerifierOption
		want string
	}{
		{"no SCT", []sigstoretest.Option{sigstoretest.WithoutSCT()}, strict, "signed certificate timestamp"},
		{"foreign SCT", []sigstoretest.Option{sigstoretest.ForeignCT()}, strict, "signed certificate timestamp"},
		{"no log", []sigstoretest.Option{sigstoretest.WithoutLog()}, strict, "log"},
		{"no log, stamped", []sigstoretest.Option{sigstoretest.WithoutLog(), sigstoretest.Timestamped()}, strict, "log"},
		{"no SET", []sigstoretest.Option{sigstoretest.WithoutSET()}, strict, "timestamp"},
		{"neither SET nor proof", []sigstoretest.Option{sigstoretest.WithoutSET(), sigstoretest.WithoutProof()}, strict, "inclusion"},
		{"foreign SET", []sigstoretest.Option{sigstoretest.ForeignSET()}, strict, "log"},
		{"foreign checkpoint", []sigstoretest.Option{sigstoretest.ForeignCheckpoint()}, strict, "signature"},
		{"unknown log", []sigstoretest.Option{sigstoretest.UnknownLog()}, strict, "log"},
		{"no log time", []sigstoretest.Option{sigstoretest.WithoutLogTime()}, strict, ""},
		{"logged before the certificate", []sigstoretest.Option{sigstoretest.LoggedAt(at.Add(-time.Minute))}, strict, "certificate"},
		{"logged after the certificate", []sigstoretest.Option{sigstoretest.LoggedAt(at.Add(11 * time.Minute))}, strict, "certificate"},
		{"expired certificate", []sigstoretest.Option{sigstoretest.IssuedAt(at.Add(-11 * time.Minute))}, strict, "certificate"},
		{"stamped after the certificate", []sigstoretest.Option{sigstoretest.TimestampedAt(at.Add(time.Hour))}, stamps, "certificate"},
		{"foreign stamp", []sigstoretest.Option{sigstoretest.ForeignTSA()}, stamps, "timestamp"},
		{"other CA", []sigstoretest.Option{sigstoretest.CertifiedBy(other)}, strict, "certificate"},
		{"two signatures", []sigstoretest.Option{sigstoretest.SignedTimes(2)}, strict, "signature"},
		{"no issuer", []sigstoretest.Option{sigstoretest.WithoutExtension(1, 8)}, strict, "issuer"},
		{"other type", []sigstoretest.Option{sigstoretest.PayloadType("text/plain")}, strict, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := accepted(t, in.Root(), in.Sign([]byte(statement), id, test.opts...), verify.NewPolicy(about(t), who(t, id)), test.with...)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("refused for another reason: %v", err)
			}
		})
	}
	if _, err := accepted(t, other.Root(), in.Sign([]byte(statement), id), verify.NewPolicy(about(t), who(t, id)), strict...); err == nil {
		t.Error("another instance's root accepts it")
	}
	cert, _ := in.Certificate(id, sigstoretest.AlsoNamed("https://example.com/other", "eve@example.com"), sigstoretest.WithoutExtension(9))
	if len(cert.URIs) != 2 || len(cert.EmailAddresses) != 1 {
		t.Errorf("the certificate has the names %v %v", cert.URIs, cert.EmailAddresses)
	}
	for _, e := range cert.Extensions {
		if e.Id.String() == "1.3.6.1.4.1.57264.1.9" {
			t.Error("extension 9 is there")
		}
	}
}

func TestSignKey(t *testing.T) {
	in := sigstoretest.New(t, at)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"P-256": generate(t, elliptic.P256()), "P-384": generate(t, elliptic.P384()), "Ed25519": ed} {
		v, err := signature.LoadDefaultVerifier(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		material := root.TrustedMaterialCollection{in.Root(), root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
			return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
		})}
		if _, err := accepted(t, material, in.SignKey([]byte(statement), key), verify.NewPolicy(about(t), verify.WithKey()), verify.WithNoObserverTimestamps()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := accepted(t, material, in.SignKey([]byte(statement), key, sigstoretest.Logged()), verify.NewPolicy(about(t), verify.WithKey()), verify.WithTransparencyLog(1), verify.WithIntegratedTimestamps(1)); err != nil {
			t.Errorf("%s, logged: %v", name, err)
		}
		if _, err := accepted(t, material, in.SignKey([]byte(statement), generate(t, elliptic.P256())), verify.NewPolicy(about(t), verify.WithKey()), verify.WithNoObserverTimestamps()); err == nil {
			t.Errorf("%s: a signature of another key is accepted", name)
		}
	}
}

func generate(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignBlob(t *testing.T) {
	in := sigstoretest.New(t, at)
	id := sigstoretest.Person("https://accounts.example.com", "alice@example.com")
	text := in.SignBlob([]byte("tree 1\n"), id)
	sum := sha256.Sum256([]byte("tree 1\n"))
	if _, err := accepted(t, in.Root(), text, verify.NewPolicy(verify.WithArtifactDigest("sha256", sum[:]), who(t, id)), strict...); err != nil {
		t.Error(err)
	}
	if _, err := accepted(t, in.Root(), text, verify.NewPolicy(verify.WithArtifact(strings.NewReader("tree 2\n")), who(t, id)), strict...); err == nil {
		t.Error("accepted for another blob")
	}
}

// A log of the second version tells no time, and its entry no statement: only that
// such a digest was signed.
func TestTiles(t *testing.T) {
	in := sigstoretest.New(t, at)
	id, key := sigstoretest.Workflow("acme/widgets", commit), generate(t, elliptic.P256())
	text := in.Sign([]byte(statement), id, sigstoretest.Tiles())
	res, err := accepted(t, in.Root(), text, verify.NewPolicy(about(t), who(t, id)), strict...)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.VerifiedTimestamps) != 1 || res.VerifiedTimestamps[0].Type != "TimestampAuthority" {
		t.Errorf("got times %v", res.VerifiedTimestamps)
	}
	blob := in.SignBlob([]byte("tree 1\n"), id, sigstoretest.Tiles())
	if _, err := accepted(t, in.Root(), blob, verify.NewPolicy(verify.WithArtifact(strings.NewReader("tree 1\n")), who(t, id)), strict...); err != nil {
		t.Error(err)
	}
	v, err := signature.LoadDefaultVerifier(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	material := root.TrustedMaterialCollection{in.Root(), root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
	})}
	logged := in.SignKey([]byte(statement), key, sigstoretest.Logged(), sigstoretest.Tiles())
	if _, err := accepted(t, material, logged, verify.NewPolicy(about(t), verify.WithKey()), verify.WithTransparencyLog(1), verify.WithNoObserverTimestamps()); err != nil {
		t.Error(err)
	}
	bad := in.Sign([]byte(statement), id, sigstoretest.Tiles(), sigstoretest.ForeignCheckpoint())
	if _, err := accepted(t, in.Root(), bad, verify.NewPolicy(about(t), who(t, id)), strict...); err == nil {
		t.Error("the checkpoint of a stranger is accepted")
	}
}

// A log entry beside a signature is what gitsign keeps in a commit.
func TestLogHashed(t *testing.T) {
	in := sigstoretest.New(t, at)
	cert, key := in.Certificate(sigstoretest.Workflow("acme/widgets", commit))
	sum := sha256.Sum256([]byte("signed attributes"))
	sig, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	e := in.LogHashed(sum, sig, sigstoretest.CertificatePEM(cert))
	if e.GetLogIndex() == e.GetInclusionProof().GetLogIndex() {
		t.Error("the entry has the same number in the log and in the tree")
	}
	if e.GetKindVersion().GetKind() != "hashedrekord" || e.GetIntegratedTime() == 0 || len(e.GetInclusionProof().GetHashes()) == 0 {
		t.Errorf("got %v", e)
	}
}

// The client that signs for programs signs here as it does elsewhere.
func TestServe(t *testing.T) {
	in := sigstoretest.New(t, at)
	id := sigstoretest.Workflow("acme/widgets", commit)
	s := in.Serve(t, id)
	for name, content := range map[string]sign.Content{
		"statement": &sign.DSSEData{Data: []byte(statement), PayloadType: "application/vnd.in-toto+json"},
		"blob":      &sign.PlainData{Data: []byte("tree 1\n")},
	} {
		text := keyless(t, in, s, content)
		artifact := about(t)
		if name == "blob" {
			artifact = verify.WithArtifact(strings.NewReader("tree 1\n"))
		}
		res, err := accepted(t, in.Root(), text, verify.NewPolicy(artifact, who(t, id)), strict...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := res.Signature.Certificate; got.SourceRepositoryDigest != commit || got.RunInvocationURI != id.RunInvocation || got.SourceRepositoryOwnerURI != id.SourceOwner {
			t.Errorf("%s: the certificate says %+v", name, got)
		}
		if len(res.VerifiedTimestamps) != 2 {
			t.Errorf("%s: %d times", name, len(res.VerifiedTimestamps))
		}
	}
}

func keyless(t *testing.T, in *sigstoretest.Instance, s *sigstoretest.Services, content sign.Content) []byte {
	t.Helper()
	key, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Bundle(content, key, sign.BundleOptions{
		CertificateProvider:        sign.NewFulcio(&sign.FulcioOptions{BaseURL: s.Fulcio}),
		CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: s.Token},
		TimestampAuthorities:       []*sign.TimestampAuthority{sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: s.TSA})},
		TransparencyLogs:           []sign.Transparency{sign.NewRekor(&sign.RekorOptions{BaseURL: s.Rekor})},
		Context:                    t.Context(), TrustedRoot: in.Root(),
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestServeRefuses(t *testing.T) {
	in, late := sigstoretest.New(t, at), sigstoretest.New(t, at.Add(time.Hour))
	id := sigstoretest.Workflow("acme/widgets", commit)
	s := in.Serve(t, id)
	key, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(s *sigstoretest.Services, k sign.Keypair, token string) error {
		_, err := sign.NewFulcio(&sign.FulcioOptions{BaseURL: s.Fulcio}).GetCertificate(t.Context(), k, &sign.CertificateProviderOptions{IDToken: token})
		return err
	}
	if err := ask(s, key, s.Token); err != nil {
		t.Fatal(err)
	}
	other, err := in.Token(id, "somebody else")
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]error{
		"verification error": ask(s, key, s.Token[:len(s.Token)-6]+"AAAAAA"),
		"somebody else":      ask(s, key, other),
		"expired":            ask(late.Serve(t, id), key, s.Token),
		"possession":         ask(s, liar{key}, s.Token),
	} {
		if got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("got %v, want %q", got, want)
		}
	}
	s.Fail(sigstoretest.CallFulcio, http.StatusForbidden)
	if err := ask(s, key, s.Token); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("got %v", err)
	}
	s.Fail(sigstoretest.CallFulcio, 0)
	if err := ask(s, key, s.Token); err != nil {
		t.Error(err)
	}
}

// liar signs something else than it is asked to.
type liar struct{ sign.Keypair }

func (l liar) SignData(ctx context.Context, _ []byte) (sig, digest []byte, err error) {
	return l.Keypair.SignData(ctx, []byte("something else"))
}

func (l liar) GetSigningAlgorithm() protocommon.PublicKeyDetails {
	return l.Keypair.GetSigningAlgorithm()
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		sigstoretest.New(b, at)
	}
}

func BenchmarkSign(b *testing.B) {
	in := sigstoretest.New(b, at)
	id := sigstoretest.Workflow("acme/widgets", commit)
	for b.Loop() {
		in.Sign([]byte(statement), id, sigstoretest.Timestamped())
	}
}
