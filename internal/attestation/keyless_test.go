package attestation_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

type options = []sigstoretest.Option

// TestKeyless: what a certificate and its witnesses must show. Every case differs
// from the good one in one thing.
func TestKeyless(t *testing.T) {
	t.Parallel()
	in, other := sigstoretest.New(t, signedOn), sigstoretest.New(t, signedOn)
	c := theCommit()
	text := agentStatement(t, c)
	late := signedOn.Add(20 * time.Minute)
	for name, tc := range map[string]struct {
		opts options
		want error
	}{
		"good":                                {nil, nil},
		"and a timestamp":                     {options{sigstoretest.Timestamped()}, nil},
		"a timestamp in place of the promise": {options{sigstoretest.Timestamped(), sigstoretest.WithoutSET()}, nil},
		"a timestamp, no time in the log":     {options{sigstoretest.Timestamped(), sigstoretest.WithoutSET(), sigstoretest.WithoutLogTime()}, nil},
		"a strange timestamp beside the log":  {options{sigstoretest.ForeignTSA()}, nil},

		"no certificate timestamp":          {options{sigstoretest.WithoutSCT()}, attestation.ErrInvalid},
		"a strange certificate timestamp":   {options{sigstoretest.ForeignCT()}, attestation.ErrInvalid},
		"no log":                            {options{sigstoretest.WithoutLog()}, attestation.ErrInvalid},
		"no log, but a timestamp":           {options{sigstoretest.WithoutLog(), sigstoretest.Timestamped()}, attestation.ErrInvalid},
		"no log, no certificate log":        {options{sigstoretest.WithoutLog(), sigstoretest.WithoutSCT(), sigstoretest.Timestamped()}, attestation.ErrInvalid},
		"no signed time":                    {options{sigstoretest.WithoutSET()}, attestation.ErrInvalid},
		"no signed time, strange timestamp": {options{sigstoretest.WithoutSET(), sigstoretest.ForeignTSA()}, attestation.ErrInvalid},
		"no inclusion proof":                {options{sigstoretest.WithoutProof()}, attestation.ErrMalformed},
		"a strange promise":                 {options{sigstoretest.ForeignSET()}, attestation.ErrInvalid},
		"a strange checkpoint":              {options{sigstoretest.ForeignCheckpoint()}, attestation.ErrInvalid},
		"a strange log":                     {options{sigstoretest.UnknownLog()}, attestation.ErrInvalid},
		"a strange log and a timestamp":     {options{sigstoretest.UnknownLog(), sigstoretest.Timestamped()}, attestation.ErrInvalid},
		"logged too late":                   {options{sigstoretest.LoggedAt(late)}, attestation.ErrInvalid},
		"logged too early":                  {options{sigstoretest.LoggedAt(signedOn.Add(-time.Minute))}, attestation.ErrInvalid},
		"stamped too late":                  {options{sigstoretest.TimestampedAt(late)}, attestation.ErrInvalid},
		"stamped too late, without promise": {options{sigstoretest.TimestampedAt(late), sigstoretest.WithoutSET()}, attestation.ErrInvalid},
		"stamped well, logged too late":     {options{sigstoretest.Timestamped(), sigstoretest.LoggedAt(late)}, attestation.ErrInvalid},
		"a strange authority":               {options{sigstoretest.CertifiedBy(other)}, attestation.ErrUntrusted},
		"two names":                         {options{sigstoretest.AlsoNamed("https://github.com/evil/evil/.github/workflows/x.yml@refs/heads/main")}, attestation.ErrMalformed},
		"a name and an e-mail address":      {options{sigstoretest.AlsoNamed("evil@evil.example")}, attestation.ErrMalformed},
		"two signatures":                    {options{sigstoretest.SignedTimes(2)}, attestation.ErrMalformed},
		"no signature":                      {options{sigstoretest.SignedTimes(0)}, attestation.ErrMalformed},
		"another payload type":              {options{sigstoretest.PayloadType("application/json")}, attestation.ErrUnsupported},
		"payload type with a parameter":     {options{sigstoretest.PayloadType("application/vnd.in-toto+json;x=1")}, attestation.ErrUnsupported},
		"a bundle of tomorrow":              {options{sigstoretest.MediaType("application/vnd.dev.sigstore.bundle.v0.4+json")}, attestation.ErrMalformed},
	} {
		it := fileItem(t, in.Sign(text, sigstoretest.Workflow(c.Repository, c.ID), tc.opts...))
		got, err := verifier(t, agents(claw()), in.Root()).Verify(it)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want != nil {
			if got.Proof != attestation.ProofNone || got.Agent != "" || got.AgentCommit != nil {
				t.Errorf("%s: refused, and %+v", name, got)
			}
			continue
		}
		switch {
		case err != nil:
		case got.Proof != attestation.ProofKeyless, got.Agent != "claw", got.Attestor != "", got.Kind != attestation.KindAgentCommit, got.Signer != sigstoretest.Signer:
			t.Errorf("%s: %+v", name, got)
		case got.SignedAt.Before(signedOn) || got.SignedAt.After(signedOn.Add(2*time.Second)):
			t.Errorf("%s: signed at %s", name, got.SignedAt)
		}
		if err := attestation.Bind(&got, c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Under another instance's root the same is a stranger's.
		if _, err := verifier(t, agents(claw()), other.Root()).Verify(it); !errors.Is(err, attestation.ErrUntrusted) {
			t.Errorf("%s, under another root: %v", name, err)
		}
		// Any of several roots will do, and the first is not the only one.
		if _, err := verifier(t, agents(claw()), other.Root(), in.Root()).Verify(it); err != nil {
			t.Errorf("%s, under two roots: %v", name, err)
		}
		if _, err := verifier(t, agents(claw())).Verify(it); !errors.Is(err, attestation.ErrUntrusted) {
			t.Errorf("%s, without roots: %v", name, err)
		}
	}
}

// TestPrivateInstance: under a root that names no log the signed timestamp is the
// witness; under one that names a log nothing is forgiven.
func TestPrivateInstance(t *testing.T) {
	t.Parallel()
	in, public := sigstoretest.New(t, signedOn, sigstoretest.Private()), sigstoretest.New(t, signedOn)
	c := theCommit()
	text, id := agentStatement(t, c), sigstoretest.Workflow(c.Repository, c.ID)
	for name, tc := range map[string]struct {
		opts options
		want error
	}{
		"good":                {nil, nil},
		"stamped too late":    {options{sigstoretest.TimestampedAt(signedOn.Add(20 * time.Minute))}, attestation.ErrInvalid},
		"stamped too early":   {options{sigstoretest.TimestampedAt(signedOn.Add(-20 * time.Minute))}, attestation.ErrInvalid},
		"a strange timestamp": {options{sigstoretest.ForeignTSA()}, attestation.ErrInvalid},
		"a strange authority": {options{sigstoretest.CertifiedBy(public)}, attestation.ErrUntrusted},
	} {
		it := fileItem(t, in.Sign(text, id, tc.opts...))
		got, err := verifier(t, agents(claw()), in.Root()).Verify(it)
		if !errors.Is(err, tc.want) || tc.want == nil && !got.SignedAt.Equal(signedOn.Add(time.Second)) {
			t.Errorf("%s: %v %+v", name, err, got.SignedAt)
		}
		if tc.want != nil && got.Proof != attestation.ProofNone {
			t.Errorf("%s: proof %q", name, got.Proof)
		}
	}
	// The same certificate authority and timestamping authority, but the root names a
	// log: what is missing in the bundle is missing.
	bare := in.Sign(text, id)
	logs := public.Root()
	for name, r := range map[string]*trust.Root{
		"rekor": {Name: "mixed", TrustedMaterial: mixed{in.Root().TrustedMaterial, logs.TrustedMaterial, false}},
		"ct":    {Name: "mixed", TrustedMaterial: mixed{in.Root().TrustedMaterial, logs.TrustedMaterial, true}},
	} {
		if _, err := verifier(t, agents(claw()), r).Verify(fileItem(t, bare)); !errors.Is(err, attestation.ErrInvalid) {
			t.Errorf("a root with %s: %v", name, err)
		}
	}
	// Nor does the leave carry over from one root to the other.
	public2 := public.Sign(text, id, sigstoretest.WithoutLog(), sigstoretest.Timestamped())
	if _, err := verifier(t, agents(claw()), in.Root(), public.Root()).Verify(fileItem(t, public2)); !errors.Is(err, attestation.ErrInvalid) {
		t.Errorf("a bundle of the public instance without log, beside a private root: %v", err)
	}
	// Without a timestamp nothing is left that tells the time; above all not our clock.
	none := withoutTimestamps(t, bare)
	at := signedOn.Add(time.Minute)
	v, err := attestation.NewVerifier(agents(claw()), nil, []*trust.Root{in.Root()}, at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(fileItem(t, none)); !errors.Is(err, attestation.ErrInvalid) {
		t.Errorf("without timestamp: %v", err)
	}
}

// mixed is one root's authorities with another one's transparency log, or
// certificate log.
type mixed struct {
	root.TrustedMaterial
	logs root.TrustedMaterial
	ct   bool
}

func (m mixed) RekorLogs() map[string]*root.TransparencyLog {
	if m.ct {
		return nil
	}
	return m.logs.RekorLogs()
}

func (m mixed) CTLogs() map[string]*root.TransparencyLog {
	if !m.ct {
		return nil
	}
	return m.logs.CTLogs()
}

func withoutTimestamps(t *testing.T, bundle []byte) []byte {
	t.Helper()
	var b map[string]any
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	material, ok := b["verificationMaterial"].(map[string]any)
	if !ok || material["timestampVerificationData"] == nil {
		t.Fatal("the bundle has no timestamps")
	}
	delete(material, "timestampVerificationData")
	out, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestIdentities: which certificates are an agent's. Every member that the policy
// gives is compared exactly.
func TestIdentities(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	c := theCommit()
	w := sigstoretest.Workflow(c.Repository, c.ID)
	bundle := in.Sign(agentStatement(t, c), w)
	whole := policy.Identity{
		Issuer: w.Issuer, Subject: w.Subject, BuildSigner: w.BuildSigner, SourceRepository: w.SourceRepository,
		SourceRef: w.SourceRef, SourceDigest: w.SourceDigest, Runner: w.Runner,
	}
	edit := func(f func(*policy.Identity)) policy.Identity {
		id := whole
		f(&id)
		return id
	}
	good := map[string]policy.Identity{
		"whole":           whole,
		"least":           {Issuer: w.Issuer, Subject: w.Subject},
		"the very commit": edit(func(i *policy.Identity) { i.SourceDigest = "commit" }),
	}
	bad := map[string]policy.Identity{
		"issuer":               edit(func(i *policy.Identity) { i.Issuer = "https://accounts.google.com" }),
		"issuer with a slash":  edit(func(i *policy.Identity) { i.Issuer += "/" }),
		"subject":              edit(func(i *policy.Identity) { i.Subject = strings.Replace(i.Subject, "acme", "evil", 1) }),
		"subject, shorter":     edit(func(i *policy.Identity) { i.Subject = i.Subject[:len(i.Subject)-1] }),
		"subject, other case":  edit(func(i *policy.Identity) { i.Subject = strings.Replace(i.Subject, "acme", "Acme", 1) }),
		"subject as a pattern": edit(func(i *policy.Identity) { i.Subject = "https://github.com/acme/.*" }),
		"subject as a glob":    edit(func(i *policy.Identity) { i.Subject = "*" }),
		"build signer":         edit(func(i *policy.Identity) { i.BuildSigner += "0" }),
		"repository":           edit(func(i *policy.Identity) { i.SourceRepository += "-fork" }),
		"repository, case":     edit(func(i *policy.Identity) { i.SourceRepository = strings.ToUpper(i.SourceRepository) }),
		"ref":                  edit(func(i *policy.Identity) { i.SourceRef = "refs/heads/main" }),
		"digest":               edit(func(i *policy.Identity) { i.SourceDigest = strings.Repeat("0", 40) }),
		"runner":               edit(func(i *policy.Identity) { i.Runner = "self-hosted" }),
	}
	listed := func(ids ...policy.Identity) *policy.Policy {
		return agents(policy.Agent{ID: "claw", Identities: ids})
	}
	for name, id := range good {
		got, err := verifier(t, listed(id), in.Root()).Verify(fileItem(t, bundle))
		if err != nil || got.Agent != "claw" || got.SourceIsHead != (id.SourceDigest == "commit") || got.Source != c.ID {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	for name, id := range bad {
		got, err := verifier(t, listed(id), in.Root()).Verify(fileItem(t, bundle))
		if !errors.Is(err, attestation.ErrUntrusted) || got.Agent != "" || got.Proof != "" || got.Signer != w.Subject {
			t.Errorf("%s: %v %+v", name, err, got)
		}
		// Whatever stands beside it, one that matches is enough.
		if _, err := verifier(t, listed(id, whole), in.Root()).Verify(fileItem(t, bundle)); err != nil {
			t.Errorf("%s, and the right one: %v", name, err)
		}
	}
	// An extension that the certificate has not is not the empty one.
	for n, id := range map[int]policy.Identity{
		9: {BuildSigner: w.BuildSigner}, 11: {Runner: w.Runner}, 12: {SourceRepository: w.SourceRepository},
		13: {SourceDigest: "commit"}, 14: {SourceRef: w.SourceRef},
	} {
		id.Issuer, id.Subject = w.Issuer, w.Subject
		b := in.Sign(agentStatement(t, c), w, sigstoretest.WithoutExtension(n))
		if _, err := verifier(t, listed(id), in.Root()).Verify(fileItem(t, b)); !errors.Is(err, attestation.ErrUntrusted) {
			t.Errorf("without extension %d: %v", n, err)
		}
	}
	// One certificate of two owners proves neither.
	two := listed(whole)
	two.Provenance.Attestors = []policy.Attestor{{ID: "forge", Identities: []policy.Identity{{Issuer: w.Issuer, Subject: w.Subject}}}}
	if got, err := verifier(t, two, in.Root()).Verify(fileItem(t, bundle)); !errors.Is(err, attestation.ErrUntrusted) || got.Agent+got.Attestor != "" {
		t.Errorf("two owners: %v %+v", err, got)
	}
}

// TestSourceIsHead: a certificate that was issued to a run on another commit.
func TestSourceIsHead(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	c := theCommit()
	a := claw()
	a.Identities[0].SourceDigest = "commit"
	for source, want := range map[string]error{c.ID: nil, strings.Repeat("0", 40): attestation.ErrMismatch} {
		got, err := verifier(t, agents(a), in.Root()).Verify(fileItem(t, in.Sign(agentStatement(t, c), sigstoretest.Workflow(c.Repository, source))))
		if err != nil {
			t.Fatal(err)
		}
		if err := attestation.Bind(&got, c); !errors.Is(err, want) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestEmailIdentity: a certificate for a person's address.
func TestEmailIdentity(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	b := in.Sign(agentStatement(t, theCommit()), sigstoretest.Person("https://accounts.example", "claw@agents.example"))
	for subject, want := range map[string]error{"claw@agents.example": nil, "CLAW@agents.example": attestation.ErrUntrusted, "agents.example": attestation.ErrUntrusted} {
		p := agents(policy.Agent{ID: "claw", Identities: []policy.Identity{{Issuer: "https://accounts.example", Subject: subject}}})
		if _, err := verifier(t, p, in.Root()).Verify(fileItem(t, b)); !errors.Is(err, want) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

// TestMessageSignature: a signature over the commit object itself binds it, and says
// nothing of an agent.
func TestMessageSignature(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	c := theCommit()
	w := sigstoretest.Workflow(c.Repository, c.ID)
	v := verifier(t, agents(claw()), in.Root())
	got, err := v.Verify(fileItem(t, in.SignBlob([]byte("the commit object"), w)))
	if err != nil || got.Kind != attestation.KindOther || got.Proof != attestation.ProofKeyless || got.AgentCommit != nil || got.Statement != nil {
		t.Fatalf("%v %+v", err, got)
	}
	if err := attestation.Bind(&got, c); err != nil {
		t.Error(err)
	}
	got, err = v.Verify(fileItem(t, in.SignBlob([]byte("another one"), w)))
	if err != nil {
		t.Fatal(err)
	}
	if err := attestation.Bind(&got, c); !errors.Is(err, attestation.ErrOther) {
		t.Errorf("other bytes: %v", err)
	}
}

// TestEntryKinds: log entries that the library would take, or would say too much
// about, before anybody verified them.
func TestEntryKinds(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../fixtures/sigstore/conformance/rekor2-dsse-happy-path/bundle.sigstore.json")
	if err != nil {
		t.Fatal(err)
	}
	public, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, agents(claw()), public)
	for name, tc := range map[string]struct {
		change func(entry map[string]any)
		want   error
		words  string
	}{
		"as it is": {func(map[string]any) {}, attestation.ErrUntrusted, "of no authority"},
		"a checkpoint of Rekor v1": {func(e map[string]any) {
			p := e["inclusionProof"].(map[string]any)["checkpoint"].(map[string]any) //nolint:errcheck,forcetypeassert // a fixture
			text := p["envelope"].(string)                                           //nolint:errcheck,forcetypeassert // a fixture
			origin, rest, _ := strings.Cut(text, "\n")
			p["envelope"] = origin + " - 1\n" + rest
		}, attestation.ErrInvalid, "the checkpoint of Rekor v1"},
		"another entry": {func(e map[string]any) {
			body, err := base64.StdEncoding.DecodeString(e["canonicalizedBody"].(string)) //nolint:errcheck,forcetypeassert // a fixture
			if err != nil {
				t.Fatal(err)
			}
			e["canonicalizedBody"] = base64.StdEncoding.EncodeToString(append(body, ' '))
		}, attestation.ErrInvalid, "is not what was logged"},
		"another root":      {func(e map[string]any) { e["inclusionProof"].(map[string]any)["rootHash"] = "AAAA" }, attestation.ErrInvalid, "not for its checkpoint"}, //nolint:errcheck,forcetypeassert // a fixture
		"called otherwise":  {func(e map[string]any) { e["kindVersion"] = map[string]any{"kind": "dsse", "version": "0.0.1"} }, attestation.ErrMalformed, "and called"},
		"a kind of its own": {func(e map[string]any) { e["canonicalizedBody"] = body(`{"kind":"tuf","apiVersion":"0.0.1"}`) }, attestation.ErrUnsupported, "of the kind"},
		"an odd version":    {func(e map[string]any) { e["canonicalizedBody"] = body(`{"kind":"dsse","apiVersion":"\n::error::x"}`) }, attestation.ErrUnsupported, `"dsse \n::error::x"`},
		"twice a kind":      {func(e map[string]any) { e["canonicalizedBody"] = body(`{"kind":"dsse","kind":"x"}`) }, attestation.ErrMalformed, "twice"},
		"no JSON":           {func(e map[string]any) { e["canonicalizedBody"] = body("x") }, attestation.ErrMalformed, "its log entry"},
		"no body":           {func(e map[string]any) { delete(e, "canonicalizedBody") }, attestation.ErrMalformed, "its log entry"},
	} {
		var b map[string]any
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		material := b["verificationMaterial"].(map[string]any)         //nolint:errcheck,forcetypeassert // a fixture
		tc.change(material["tlogEntries"].([]any)[0].(map[string]any)) //nolint:errcheck,forcetypeassert // a fixture
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(fileItem(t, text)); !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func body(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
