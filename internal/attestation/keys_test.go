package attestation_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// bare makes an envelope by itself of a bundle.
func bare(t testing.TB, bundle []byte) []byte {
	t.Helper()
	var b struct {
		Envelope json.RawMessage `json:"dsseEnvelope"`
	}
	if err := json.Unmarshal(bundle, &b); err != nil || len(b.Envelope) == 0 {
		t.Fatalf("no envelope: %v", err)
	}
	return b.Envelope
}

// TestKeys: every kind of key that may be listed, in bundles and bare envelopes, and
// the life of the key by our time.
func TestKeys(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	c := theCommit()
	text := agentStatement(t, c)
	stranger := pemOf(t, p256(t))
	for name, tc := range map[string]struct {
		key  crypto.Signer
		opts options
	}{
		"P-256":          {p256(t), nil},
		"P-384":          {onCurve(t, elliptic.P384()), nil},
		"Ed25519":        {edKey(t), nil},
		"Ed25519ph":      {edKey(t), options{sigstoretest.Prehashed()}},
		"P-256, logged":  {p256(t), options{sigstoretest.Logged()}},
		"P-256, stamped": {p256(t), options{sigstoretest.Timestamped()}},
		"P-384, logged":  {onCurve(t, elliptic.P384()), options{sigstoretest.Logged(), sigstoretest.Timestamped()}},
		"a wrong hint":   {p256(t), options{sigstoretest.Hint("something else")}},
		"v0.1":           {p256(t), options{sigstoretest.MediaType("application/vnd.dev.sigstore.bundle+json;version=0.1")}},
	} {
		bundle := in.SignKey(text, tc.key, tc.opts...)
		for form, raw := range map[string][]byte{"bundle": bundle, "envelope": bare(t, bundle)} {
			it := fileItem(t, raw)
			public := pemOf(t, tc.key)
			verify := func(p *policy.Policy) (attestation.Verified, error) {
				return verifier(t, p, in.Root()).Verify(it)
			}
			got, err := verify(keyed(policy.Key{Key: stranger}, policy.Key{Key: public}))
			if err != nil || got.Proof != attestation.ProofKey || got.Agent != "claw" || got.Kind != attestation.KindAgentCommit || !strings.HasPrefix(got.Signer, "SHA256:") {
				t.Errorf("%s, %s: %v %+v", name, form, err, got)
			}
			if witnessed := form == "bundle" && (strings.HasSuffix(name, "logged") || strings.HasSuffix(name, "stamped")); got.SignedAt.IsZero() == witnessed {
				t.Errorf("%s, %s: signed at %v", name, form, got.SignedAt)
			}
			if err := attestation.Bind(&got, c); err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
			}
			for life, tc := range map[string]struct {
				key  policy.Key
				want error
			}{
				"from now":          {policy.Key{NotBefore: now, NotAfter: now}, nil},
				"not yet":           {policy.Key{NotBefore: now.Add(time.Second)}, attestation.ErrExpired},
				"no more":           {policy.Key{NotAfter: now.Add(-time.Second)}, attestation.ErrExpired},
				"revoked":           {policy.Key{RevokedAt: now, Reason: "lost"}, attestation.ErrRevoked},
				"revoked long ago":  {policy.Key{RevokedAt: signedOn.AddDate(-1, 0, 0), Reason: "lost"}, attestation.ErrRevoked},
				"revoked after use": {policy.Key{RevokedAt: now.Add(-time.Hour), NotAfter: now.Add(-2 * time.Hour), Reason: "lost"}, attestation.ErrRevoked},
				"to be revoked":     {policy.Key{RevokedAt: now.Add(time.Hour), Reason: "leaves"}, nil},
			} {
				tc.key.Key = public
				got, err := verify(keyed(tc.key))
				if !errors.Is(err, tc.want) || got.Agent != "claw" || (got.Proof == attestation.ProofKey) != (tc.want == nil) {
					t.Errorf("%s, %s, %s: %v %+v", name, form, life, err, got)
				}
				// Listed a second time, without the dates, it does not come back.
				if _, err := verify(keyed(policy.Key{Key: public}, tc.key)); !errors.Is(err, tc.want) {
					t.Errorf("%s, %s, %s and once more: %v", name, form, life, err)
				}
			}
			if got, err := verify(keyed(policy.Key{Key: stranger})); !errors.Is(err, attestation.ErrUntrusted) || got.Agent != "" || got.Proof != "" {
				t.Errorf("%s, %s by a stranger: %v %+v", name, form, err, got)
			}
			if got, err := verify(agents(claw())); !errors.Is(err, attestation.ErrUntrusted) || got.Proof != "" {
				t.Errorf("%s, %s without keys: %v", name, form, err)
			}
		}
	}
}

// TestAlteredOrStrange: an altered text whose bundle names a listed key is told from
// one by a stranger; the name itself decides nothing.
func TestAlteredOrStrange(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	k := p256(t)
	p := keyed(policy.Key{Key: pemOf(t, k)})
	altered := bytes.Replace(in.SignKey(agentStatement(t, theCommit()), k), []byte(`"payload":"eyJ`), []byte(`"payload":"eyA`), 1)
	if _, err := verifier(t, p).Verify(fileItem(t, altered)); !errors.Is(err, attestation.ErrMalformed) && !errors.Is(err, attestation.ErrInvalid) {
		t.Errorf("altered: %v", err)
	}
	other := theCommit()
	other.Tree = strings.Repeat("ee", 20)
	good, evil := bare(t, in.SignKey(agentStatement(t, theCommit()), k)), bare(t, in.SignKey(agentStatement(t, other), p256(t)))
	var g, e struct{ Payload string }
	if json.Unmarshal(good, &g) != nil || json.Unmarshal(evil, &e) != nil {
		t.Fatal("no envelopes")
	}
	swapped := bytes.Replace(in.SignKey(agentStatement(t, theCommit()), k), []byte(g.Payload), []byte(e.Payload), 1)
	_ = good
	if got, err := verifier(t, p).Verify(fileItem(t, swapped)); !errors.Is(err, attestation.ErrInvalid) || got.Agent != "" {
		t.Errorf("another payload: %v", err)
	}
}

// TestWitnessesOfKeys: what a log or an authority says beside a key counts when it
// holds, and raises nothing when it does not.
func TestWitnessesOfKeys(t *testing.T) {
	t.Parallel()
	in, other := sigstoretest.New(t, signedOn), sigstoretest.New(t, signedOn)
	k := p256(t)
	text := agentStatement(t, theCommit())
	late := signedOn.Add(time.Hour)
	for name, tc := range map[string]struct {
		opts options
		want error
		at   time.Time
	}{
		"nothing":                   {nil, nil, time.Time{}},
		"log":                       {options{sigstoretest.Logged()}, nil, signedOn.Add(2 * time.Second)},
		"timestamp":                 {options{sigstoretest.Timestamped()}, nil, signedOn.Add(time.Second)},
		"both, the earlier counts":  {options{sigstoretest.Logged(), sigstoretest.TimestampedAt(late)}, nil, signedOn.Add(2 * time.Second)},
		"a strange timestamp":       {options{sigstoretest.ForeignTSA()}, nil, time.Time{}},
		"a strange log":             {options{sigstoretest.Logged(), sigstoretest.UnknownLog()}, nil, time.Time{}},
		"log without signed time":   {options{sigstoretest.Logged(), sigstoretest.WithoutSET()}, nil, time.Time{}},
		"log with strange promise":  {options{sigstoretest.Logged(), sigstoretest.ForeignSET()}, attestation.ErrInvalid, time.Time{}},
		"log with strange proof":    {options{sigstoretest.Logged(), sigstoretest.ForeignCheckpoint()}, attestation.ErrInvalid, time.Time{}},
		"log, before it was in use": {options{sigstoretest.Logged(), sigstoretest.LoggedAt(signedOn.AddDate(-1, 0, 0))}, attestation.ErrInvalid, time.Time{}},
	} {
		got, err := verifier(t, keyed(policy.Key{Key: pemOf(t, k)}), other.Root(), in.Root()).Verify(fileItem(t, in.SignKey(text, k, tc.opts...)))
		if !errors.Is(err, tc.want) || tc.want == nil && err != nil || !got.SignedAt.Equal(tc.at) {
			t.Errorf("%s: %v, signed at %s", name, err, got.SignedAt)
		}
		if (got.Proof == attestation.ProofKey) != (tc.want == nil) {
			t.Errorf("%s: proof %q", name, got.Proof)
		}
	}
	// A root's log says nothing to who does not know the root.
	got, err := verifier(t, keyed(policy.Key{Key: pemOf(t, k)}), other.Root()).Verify(fileItem(t, in.SignKey(text, k, sigstoretest.Logged())))
	if err != nil || !got.SignedAt.IsZero() {
		t.Errorf("unknown root: %v %s", err, got.SignedAt)
	}
}

// TestRoles: what an agent says only agents may sign, what a platform says only
// attestors.
func TestRoles(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	k := p256(t)
	c := theCommit()
	subject := map[string]any{"digest": map[string]string{"gitCommit": c.ID}}
	agent, attestor := keyed(policy.Key{Key: pemOf(t, k)}), attestors(policy.Attestor{ID: "forge", Keys: []policy.Key{{Key: pemOf(t, k)}}})
	for name, tc := range map[string]struct {
		text           []byte
		agent, foreign error
	}{
		"ours":  {agentStatement(t, c), nil, attestation.ErrUntrusted},
		"vsa":   {vsa(t, c), attestation.ErrUntrusted, nil},
		"other": {statement(t, "https://example.com/x", map[string]any{}, subject), nil, nil},
	} {
		it := fileItem(t, in.SignKey(tc.text, k))
		got, err := verifier(t, agent).Verify(it)
		if !errors.Is(err, tc.agent) || got.Agent != "claw" || (got.Proof != "") != (tc.agent == nil) {
			t.Errorf("%s by an agent: %v %+v", name, err, got)
		}
		got, err = verifier(t, attestor).Verify(it)
		if !errors.Is(err, tc.foreign) || got.Attestor != "forge" || got.Agent != "" || (got.Proof != "") != (tc.foreign == nil) || got.AgentCommit != nil {
			t.Errorf("%s by an attestor: %v %+v", name, err, got)
		}
	}
}

// TestStatements: what is signed well and says nothing that can be read.
func TestStatements(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	k := p256(t)
	v := verifier(t, keyed(policy.Key{Key: pemOf(t, k)}))
	c := theCommit()
	good := string(statement(t, "https://example.com/x", map[string]any{"a": 1}, map[string]any{"digest": map[string]string{"gitCommit": c.ID}}))
	ours := string(agentStatement(t, c))
	many := make([]any, 101)
	for i := range many {
		many[i] = map[string]any{"digest": map[string]string{"gitCommit": c.ID}}
	}
	replace := func(s, from, to string) string {
		if !strings.Contains(s, from) {
			t.Fatalf("%s is not in %s", from, s)
		}
		return strings.Replace(s, from, to, 1)
	}
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"good":                      {good, nil},
		"ours":                      {ours, nil},
		"an old one":                {replace(good, "Statement/v1", "Statement/v0.1"), nil},
		"an old one of ours":        {replace(ours, "Statement/v1", "Statement/v0.1"), attestation.ErrUnsupported},
		"of no type":                {replace(good, `"_type"`, `"type"`), attestation.ErrUnsupported},
		"of tomorrow":               {replace(good, "Statement/v1", "Statement/v2"), attestation.ErrUnsupported},
		"no predicate type":         {replace(good, `"predicateType"`, `"predicatetype"`), attestation.ErrMalformed},
		"Subject":                   {replace(good, `"subject"`, `"Subject"`), attestation.ErrMalformed},
		"two subjects lists":        {replace(good, `"subject"`, `"subject":[],"subject"`), attestation.ErrMalformed},
		"subject and Subject":       {replace(good, `"subject"`, `"Subject":[],"subject"`), attestation.ErrMalformed},
		"a subject twice inside":    {replace(good, `"gitCommit"`, `"gitCommit":"x","gitCommit"`), attestation.ErrMalformed},
		"no subject":                {string(statement(t, "https://example.com/x", nil)), attestation.ErrMalformed},
		"a subject without digests": {string(statement(t, "https://example.com/x", nil, map[string]any{"name": "x"})), attestation.ErrMalformed},
		"101 subjects":              {string(statement(t, "https://example.com/x", nil, many...)), attestation.ErrTooLarge},
		"100 subjects":              {string(statement(t, "https://example.com/x", nil, many[:100]...)), nil},
		"something behind":          {good + "{}", attestation.ErrMalformed},
		"not UTF-8":                 {replace(good, "example.com", "ex\xffample.com"), attestation.ErrMalformed},
		"no JSON":                   {"tree 123", attestation.ErrMalformed},
		"too deep":                  {replace(good, `"a":1`, `"a":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)), attestation.ErrMalformed},
	} {
		for form, raw := range map[string][]byte{"bundle": in.SignKey([]byte(tc.text), k), "envelope": bare(t, in.SignKey([]byte(tc.text), k))} {
			got, err := v.Verify(fileItem(t, raw))
			if !errors.Is(err, tc.want) || (got.Proof != "") != (tc.want == nil) {
				t.Errorf("%s, %s: %v %+v", name, form, err, got)
			}
		}
	}
}

// TestBundleTricks: texts that two readers understand differently, around a good
// signature.
func TestBundleTricks(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	k := p256(t)
	v := verifier(t, keyed(policy.Key{Key: pemOf(t, k)}))
	bundle := string(in.SignKey(agentStatement(t, theCommit()), k))
	envelope := string(bare(t, []byte(bundle)))
	evil := base64.StdEncoding.EncodeToString([]byte(`{}`))
	for name, raw := range map[string]string{
		"two payloads":             strings.Replace(bundle, `"payload":`, `"payload":"`+evil+`","payload":`, 1),
		"payload and Payload":      strings.Replace(bundle, `"payload":`, `"Payload":"`+evil+`","payload":`, 1),
		"two envelopes":            strings.Replace(bundle, `"dsseEnvelope":`, `"dsseEnvelope":{},"dsseEnvelope":`, 1),
		"an envelope of each name": strings.Replace(bundle, `"dsseEnvelope":`, `"dsse_envelope":`+envelope+`,"dsseEnvelope":`, 1),
		"both contents":            strings.Replace(bundle, `"dsseEnvelope":`, `"messageSignature":{"signature":"AAAA"},"dsseEnvelope":`, 1),
		"both materials":           strings.Replace(bundle, `"publicKey":`, `"certificate":{"rawBytes":"AAAA"},"publicKey":`, 1),
		"an unknown member":        strings.Replace(bundle, `"payload":`, `"payloads":"`+evil+`","payload":`, 1),
		"an envelope, twice":       strings.Replace(envelope, `"payload":`, `"payload":"`+evil+`","payload":`, 1),
		"an envelope, by case":     strings.Replace(envelope, `"payload":`, `"PAYLOAD":"`+evil+`","payload":`, 1),
		"an envelope, two signed":  strings.Replace(envelope, `"signatures":[`, `"signatures":[{"sig":"AAAA"},`, 1),
		"an envelope, unsigned":    strings.SplitN(envelope, `"signatures":[`, 2)[0] + `"signatures":[],"payloadType":"application/vnd.in-toto+json"}`,
	} {
		if raw == bundle || raw == envelope {
			t.Fatalf("%s: nothing was changed in %s", name, raw)
		}
		it := attestation.Item{Format: attestation.FormatBundle, Raw: []byte(raw)}
		if strings.HasPrefix(name, "an envelope,") {
			it.Format = attestation.FormatEnvelope
		}
		if got, err := v.Verify(it); !errors.Is(err, attestation.ErrMalformed) || got.Proof != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, it := range []attestation.Item{
		{},
		{Format: "sigstore"},
		{Format: attestation.FormatBundle},
		{Format: attestation.FormatEnvelope, Raw: []byte("null")},
		{Format: attestation.FormatBundle, Raw: []byte(envelope)},
		{Format: attestation.FormatEnvelope, Raw: []byte(bundle)},
		{Format: attestation.FormatUnknown, Raw: []byte(bundle)},
		{Format: attestation.FormatClawM1, Raw: []byte(bundle)},
		{Format: attestation.FormatBundle, Raw: []byte(bundle + strings.Repeat(" ", attestation.MaxItemBytes))},
	} {
		if got, err := v.Verify(it); err == nil || !isSentinel(err) || got.Proof != "" || got.Agent != "" {
			t.Errorf("%q: %v %+v", it.Format, err, got)
		}
	}
}

// TestNewVerifier: a policy of which a part cannot be used is not used in part.
func TestNewVerifier(t *testing.T) {
	t.Parallel()
	k := p256(t)
	public := pemOf(t, k)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	line := func(k crypto.Signer) string {
		p, err := ssh.NewPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		return string(ssh.MarshalAuthorizedKey(p))
	}
	make := func(p *policy.Policy, files map[string][]byte) (*attestation.Verifier, error) {
		return attestation.NewVerifier(p, files, []*trust.Root{nil}, now)
	}
	file := keyed(policy.Key{File: "keys/claw.pub"})
	for name, tc := range map[string]struct {
		p     *policy.Policy
		files map[string][]byte
		want  string
	}{
		"empty":                    {&policy.Policy{}, nil, ""},
		"a key":                    {keyed(policy.Key{Key: public}), nil, ""},
		"a file":                   {file, map[string][]byte{"keys/claw.pub": []byte(public)}, ""},
		"keys for commits beside":  {keyed(policy.Key{Key: line(edKey(t))}, policy.Key{Key: public}), nil, ""},
		"no policy":                {nil, nil, "a policy and a time"},
		"a file that is not there": {file, nil, "was not read"},
		"a file of something else": {file, map[string][]byte{"keys/claw.pub": []byte("ssh-ed25519 AAAA")}, "does not begin with"},
		"a broken key":             {keyed(policy.Key{Key: public[:60]}), nil, "key 1 of agent claw"},
		"an RSA key":               {keyed(policy.Key{Key: pemOf(t, rsaKey)}), nil, "an RSA key; P-256, P-384 or Ed25519 is wanted"},
		"a private key":            {attestors(policy.Attestor{ID: "forge", Keys: []policy.Key{{Key: "-----BEGIN PRIVATE KEY-----\n"}}}), nil, "does not begin with"},
		"an SSH key of a forge":    {attestors(policy.Attestor{ID: "forge", Keys: []policy.Key{{Key: line(k)}}}), nil, "does not begin with"},
		"one key of two":           {agents(policy.Agent{ID: "a", Keys: []policy.Key{{Key: public}}}, policy.Agent{ID: "b", Keys: []policy.Key{{Key: public}}}), nil, "key 1 of agent b is also a key of agent a"},
		"an identity without name": {agents(policy.Agent{ID: "a", Identities: []policy.Identity{{Issuer: "https://x"}}}), nil, "issuer and subject are needed"},
		"a DID that is none":       {agents(policy.Agent{ID: "a", DIDs: []policy.DID{{DID: "did:web:x"}}}), nil, "DID 1 of agent a"},
		"an agent without id":      {agents(policy.Agent{}), nil, "no id"},
	} {
		_, err := make(tc.p, tc.files)
		if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := attestation.NewVerifier(&policy.Policy{}, nil, nil, time.Time{}); err == nil {
		t.Error("without a time")
	}
	// One key is one key, however it is written: revoked as an SSH key, it is revoked.
	v, err := make(keyed(policy.Key{Key: public}, policy.Key{Key: line(k), RevokedAt: signedOn, Reason: "lost"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := sigstoretest.New(t, signedOn)
	if _, err := v.Verify(fileItem(t, in.SignKey(agentStatement(t, theCommit()), k))); !errors.Is(err, attestation.ErrRevoked) {
		t.Errorf("revoked as an SSH key: %v", err)
	}
	// The same key in a file.
	v, err = make(file, map[string][]byte{"keys/claw.pub": []byte(public)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(fileItem(t, in.SignKey(agentStatement(t, theCommit()), k))); err != nil {
		t.Errorf("a key out of a file: %v", err)
	}
}
