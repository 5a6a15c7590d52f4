package attestation_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// The other tests change the policy and ask whether an honest bundle still counts.
// Here the policy stands, and somebody makes bundles to get past it.

// demanding is an identity of which every member is asked for, and the source must
// be the commit.
func demanding() policy.Identity {
	c := theCommit()
	w := sigstoretest.Workflow(c.Repository, c.ID)
	return policy.Identity{
		Issuer: w.Issuer, Subject: w.Subject, BuildSigner: w.BuildSigner, SourceRepository: w.SourceRepository,
		SourceRef: w.SourceRef, SourceDigest: "commit", Runner: w.Runner,
	}
}

func identified(ids ...policy.Identity) *policy.Policy {
	return agents(policy.Agent{ID: "claw", Identities: ids})
}

// judged verifies a bundle and holds it against the commit.
func judged(t testing.TB, v *attestation.Verifier, bundle []byte) error {
	t.Helper()
	out, err := v.Verify(fileItem(t, bundle))
	if err == nil {
		return attestation.Bind(&out, theCommit())
	}
	if out.Proof != attestation.ProofNone || out.AgentCommit != nil || !isSentinel(err) {
		t.Errorf("refused, and proves %q, predicate %v: %v", out.Proof, out.AgentCommit, err)
	}
	return err
}

// wants compares errors, and what they say: a message that names the wrong thing
// mends nothing.
func wants(t *testing.T, name string, err, want error, words string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", name, err, want)
	} else if err != nil && !strings.Contains(err.Error(), words) {
		t.Errorf("%s: got error %q, which does not say %q", name, err, words)
	}
}

type jsonObject = map[string]any

// inside walks into a JSON value, by names and numbers.
func inside(v any, path ...any) jsonObject {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(jsonObject)[p]
		case int:
			v = v.([]any)[p]
		}
	}
	return v.(jsonObject)
}

func parsed(t testing.TB, text []byte) jsonObject {
	t.Helper()
	var v jsonObject
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// rewritten is a JSON text with something changed in it.
func rewritten(t testing.TB, text []byte, edit func(jsonObject)) []byte {
	t.Helper()
	v := parsed(t, text)
	edit(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStrangers: certificates that Sigstore gives to anybody, as near to the listed
// one as their owner can come.
func TestStrangers(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	v := verifier(t, identified(demanding()), in.Root())
	replace := func(from, to string) func(*sigstoretest.Claims) {
		return func(id *sigstoretest.Claims) { id.Subject = strings.Replace(id.Subject, from, to, 1) }
	}
	for name, tc := range map[string]struct {
		edit  func(*sigstoretest.Claims)
		opts  options
		want  error
		words string
	}{
		"nobody, the listed one": {},

		"issuer, and more":              {func(id *sigstoretest.Claims) { id.Issuer += ".evil.example" }, nil, attestation.ErrUntrusted, "evil.example"},
		"issuer, and less":              {func(id *sigstoretest.Claims) { id.Issuer = strings.TrimSuffix(id.Issuer, "m") }, nil, attestation.ErrUntrusted, "githubusercontent.co\""},
		"issuer of an enterprise":       {func(id *sigstoretest.Claims) { id.Issuer += "/evil" }, nil, attestation.ErrUntrusted, "/evil"},
		"issuer only in the old place":  {nil, options{sigstoretest.WithoutExtension(8)}, nil, ""},
		"no issuer":                     {nil, options{sigstoretest.WithoutExtension(1, 8)}, attestation.ErrMalformed, "issuer"},
		"another workflow":              {replace("agent.yml", "other.yml"), nil, attestation.ErrUntrusted, "other.yml"},
		"a longer tag":                  {func(id *sigstoretest.Claims) { id.Subject += "0" }, nil, attestation.ErrUntrusted, "v10"},
		"a branch of the tag's name":    {replace("/tags/", "/heads/"), nil, attestation.ErrUntrusted, "heads"},
		"a branch that has the address": {replace(sigstoretest.Signer, "https://github.com/evil/agents/.github/workflows/agent.yml@refs/heads/"+sigstoretest.Signer), nil, attestation.ErrUntrusted, "evil"},
		"an owner that begins alike":    {replace("acme/", "acme-evil/"), nil, attestation.ErrUntrusted, "acme-evil"},
		"a folder above":                {replace("acme/agents", "evil/../acme/agents"), nil, attestation.ErrUntrusted, "evil"},
		"a host that begins alike":      {replace("github.com", "github.com.evil.example"), nil, attestation.ErrUntrusted, "evil"},
		"the host as a user":            {replace("//", "//github.com@evil.example/"), nil, attestation.ErrUntrusted, "evil"},
		"another scheme":                {replace("https:", "http:"), nil, attestation.ErrUntrusted, "http:"},
		"another port":                  {replace("github.com", "github.com:443"), nil, attestation.ErrUntrusted, ":443"},
		"an escape":                     {replace("acme", "%61cme"), nil, attestation.ErrUntrusted, "%61cme"},
		"a query":                       {func(id *sigstoretest.Claims) { id.Subject += "?x" }, nil, attestation.ErrUntrusted, "?x"},
		"a fragment":                    {func(id *sigstoretest.Claims) { id.Subject += "#x" }, nil, attestation.ErrUntrusted, "#x"},
		"an address of mail":            {func(id *sigstoretest.Claims) { id.Subject = "claw@agents.example" }, nil, attestation.ErrUntrusted, "claw@agents.example"},
		"our name behind another":       {replace(sigstoretest.Signer, "https://evil.example/x"), options{sigstoretest.AlsoNamed(sigstoretest.Signer)}, attestation.ErrMalformed, "2 names"},
		"our name twice":                {nil, options{sigstoretest.AlsoNamed(sigstoretest.Signer)}, attestation.ErrMalformed, "2 names"},
		"our name and 100 more":         {nil, options{sigstoretest.AlsoNamed(strings.Split(strings.Repeat("a@b.example ", 100), " ")[:100]...)}, attestation.ErrMalformed, "101 names"},

		"called by another signer":     {func(id *sigstoretest.Claims) { id.BuildSigner += "0" }, nil, attestation.ErrUntrusted, "build signer"},
		"in a fork":                    {func(id *sigstoretest.Claims) { id.SourceRepository += "-fork" }, nil, attestation.ErrUntrusted, "source repository"},
		"in a fork, old extension not": {func(id *sigstoretest.Claims) { id.SourceRepository = "https://github.com/evil/widgets" }, nil, attestation.ErrUntrusted, "source repository"},
		"on another ref":               {func(id *sigstoretest.Claims) { id.SourceRef = "refs/heads/main" }, nil, attestation.ErrUntrusted, "source ref"},
		"on a machine of its own":      {func(id *sigstoretest.Claims) { id.Runner = "self-hosted" }, nil, attestation.ErrUntrusted, "runner"},
		"on another commit":            {func(id *sigstoretest.Claims) { id.SourceDigest = strings.Repeat("7", 40) }, nil, attestation.ErrMismatch, "7777"},
		"on a commit called commit":    {func(id *sigstoretest.Claims) { id.SourceDigest = "commit" }, nil, attestation.ErrMismatch, ""},
		"on a commit of no name":       {nil, options{sigstoretest.WithoutExtension(13)}, attestation.ErrUntrusted, "no source digest"},
		"with the old extensions only": {nil, options{sigstoretest.WithoutExtension(9, 11, 12, 13, 14)}, attestation.ErrUntrusted, "no build signer"},
	} {
		id := sigstoretest.Workflow(c.Repository, c.ID)
		if tc.edit != nil {
			tc.edit(&id)
		}
		wants(t, name, judged(t, v, in.Sign(agentStatement(t, c), id, tc.opts...)), tc.want, tc.words)
	}
}

// TestAcrossRoots: several instances are believed, and none of them for what another
// one should have said.
func TestAcrossRoots(t *testing.T) {
	t.Parallel()
	in, other := sigstoretest.New(t, signedOn), sigstoretest.New(t, signedOn)
	private := sigstoretest.New(t, signedOn, sigstoretest.Private())
	c := theCommit()
	id, text := sigstoretest.Workflow(c.Repository, c.ID), agentStatement(t, c)
	for name, tc := range map[string]struct {
		by    *sigstoretest.Instance
		roots []*trust.Root
		opts  options
		want  error
	}{
		"authority of one, log of the other":            {in, []*trust.Root{in.Root(), other.Root()}, options{sigstoretest.CertifiedBy(other)}, attestation.ErrInvalid},
		"the same, turned around":                       {in, []*trust.Root{other.Root(), in.Root()}, options{sigstoretest.CertifiedBy(other)}, attestation.ErrInvalid},
		"authority of the private one, log of a public": {in, []*trust.Root{in.Root(), private.Root()}, options{sigstoretest.CertifiedBy(private), sigstoretest.WithoutSCT()}, attestation.ErrInvalid},
		"public authority, stamped by the private one":  {private, []*trust.Root{in.Root(), private.Root()}, options{sigstoretest.CertifiedBy(in)}, attestation.ErrInvalid},
		"private, where only a public one is believed":  {private, []*trust.Root{in.Root()}, nil, attestation.ErrUntrusted},
		"private, no stamp":                             {private, []*trust.Root{in.Root(), private.Root()}, options{sigstoretest.WithoutTimestamp()}, attestation.ErrInvalid},
		"private":                                       {private, []*trust.Root{in.Root(), other.Root(), private.Root()}, nil, nil},
		"the same root three times":                     {in, []*trust.Root{in.Root(), in.Root(), in.Root()}, nil, nil},
		"one root missing":                              {in, []*trust.Root{nil, in.Root()}, nil, nil},
	} {
		wants(t, name, judged(t, verifier(t, identified(demanding()), tc.roots...), tc.by.Sign(text, id, tc.opts...)), tc.want, "")
	}
}

// TestRetired: what an authority or a log did after it was retired, or before it was
// one, counts for nothing.
func TestRetired(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	id := sigstoretest.Workflow(c.Repository, c.ID)
	logged, stamped := in.Sign(agentStatement(t, c), id), in.Sign(agentStatement(t, c), id, sigstoretest.Tiles())
	for _, tc := range []struct {
		bundle []byte
		path   []any
		want   error
	}{
		{logged, []any{"certificateAuthorities", 0, "validFor"}, attestation.ErrUntrusted},
		{logged, []any{"ctlogs", 0, "publicKey", "validFor"}, attestation.ErrInvalid},
		{logged, []any{"tlogs", 0, "publicKey", "validFor"}, attestation.ErrInvalid},
		{stamped, []any{"tlogs", 0, "publicKey", "validFor"}, attestation.ErrInvalid},
		{stamped, []any{"timestampAuthorities", 0, "validFor"}, attestation.ErrInvalid},
	} {
		for name, when := range map[string]struct {
			member string
			from   time.Duration
			want   error
		}{
			"retired before":  {"end", -time.Second, tc.want},
			"retired later":   {"end", time.Hour, nil},
			"put to use then": {"start", time.Minute, tc.want},
			"in use already":  {"start", -time.Minute, nil},
		} {
			text := rewritten(t, in.RootJSON(), func(r jsonObject) {
				inside(r, tc.path...)[when.member] = signedOn.Add(when.from).Format(time.RFC3339)
			})
			r, err := trust.Parse("retired", text)
			if err != nil {
				t.Fatal(err)
			}
			wants(t, fmt.Sprintf("%s, %s", tc.path[0], name), judged(t, verifier(t, identified(demanding()), r), tc.bundle), when.want, "")
		}
	}
}

// TestTilesOfTheLog: entries of Rekor v2, which say no more than that a digest was
// signed.
func TestTilesOfTheLog(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	id := sigstoretest.Workflow(c.Repository, c.ID)
	v := verifier(t, identified(demanding()), in.Root())
	tiles := func(more ...sigstoretest.Option) []byte {
		return in.Sign(agentStatement(t, c), id, append(options{sigstoretest.Tiles()}, more...)...)
	}
	elsewhere := c
	elsewhere.Tree = strings.Repeat("7", 40)
	another := in.Sign(agentStatement(t, elsewhere), id, sigstoretest.Tiles())
	withEntry := func(bundle, of []byte) []byte {
		return rewritten(t, bundle, func(b jsonObject) {
			inside(b, "verificationMaterial")["tlogEntries"] = inside(parsed(t, of), "verificationMaterial")["tlogEntries"]
		})
	}
	mixture := func(of ...sigstoretest.Option) []byte { return tiles(append(of, sigstoretest.OldCheckpoint())...) }
	for name, tc := range map[string]struct {
		bundle []byte
		want   error
	}{
		"good":                          {tiles(), nil},
		"no time":                       {tiles(sigstoretest.WithoutTimestamp()), attestation.ErrInvalid},
		"time of a stranger":            {tiles(sigstoretest.ForeignTSA()), attestation.ErrInvalid},
		"checkpoint of a stranger":      {tiles(sigstoretest.ForeignCheckpoint()), attestation.ErrInvalid},
		"log of a stranger":             {tiles(sigstoretest.UnknownLog()), attestation.ErrInvalid},
		"no proof":                      {tiles(sigstoretest.WithoutProof()), attestation.ErrMalformed},
		"entry of another statement":    {withEntry(tiles(), another), attestation.ErrInvalid},
		"entry under an old checkpoint": {mixture(), attestation.ErrInvalid},
		// Of this one nothing ties the entry to the bundle but the verifier's own rule.
		"another's under an old checkpoint": {withEntry(tiles(), in.Sign(agentStatement(t, elsewhere), id, sigstoretest.Tiles(), sigstoretest.OldCheckpoint())), attestation.ErrInvalid},
	} {
		wants(t, name, judged(t, v, tc.bundle), tc.want, "")
	}
}

// TestReassembled: bundles made of the parts of good ones.
func TestReassembled(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	id := sigstoretest.Workflow(c.Repository, c.ID)
	v := verifier(t, identified(demanding()), in.Root())
	stranger := id
	stranger.Subject = "https://github.com/evil/agents/.github/workflows/agent.yml@refs/tags/v1"
	elsewhere := c
	elsewhere.Tree = strings.Repeat("7", 40)
	mine := agentStatement(t, c)
	good, old, evil, blob := in.Sign(mine, id), in.Sign(agentStatement(t, elsewhere), id), in.Sign(mine, stranger), in.SignBlob(mine, id)
	material := func(b jsonObject) jsonObject { return inside(b, "verificationMaterial") }
	for name, tc := range map[string]struct {
		from []byte
		edit func(b jsonObject)
		want error
	}{
		"nothing changed": {good, func(jsonObject) {}, nil},
		"a stranger's statement under our certificate": {evil, func(b jsonObject) {
			material(b)["certificate"] = material(parsed(t, old))["certificate"]
		}, attestation.ErrInvalid},
		"and with our log entry": {evil, func(b jsonObject) {
			b["verificationMaterial"] = parsed(t, old)["verificationMaterial"]
		}, attestation.ErrInvalid},
		"our certificate beside the stranger's": {evil, func(b jsonObject) {
			material(b)["x509CertificateChain"] = jsonObject{"certificates": []any{material(parsed(t, old))["certificate"]}}
		}, attestation.ErrMalformed},
		"our old signature, another statement": {old, func(b jsonObject) {
			inside(b, "dsseEnvelope")["payload"] = base64.StdEncoding.EncodeToString(mine)
		}, attestation.ErrInvalid},
		"log entry of another signature": {good, func(b jsonObject) {
			material(b)["tlogEntries"] = material(parsed(t, old))["tlogEntries"]
		}, attestation.ErrInvalid},
		"log entry of signed bytes": {good, func(b jsonObject) {
			material(b)["tlogEntries"] = material(parsed(t, blob))["tlogEntries"]
		}, attestation.ErrInvalid},
		"the log entry twice": {good, func(b jsonObject) {
			entries := material(b)["tlogEntries"].([]any)
			material(b)["tlogEntries"] = []any{entries[0], entries[0]}
		}, attestation.ErrInvalid},
		"another time of the log": {good, func(b jsonObject) {
			inside(b, "verificationMaterial", "tlogEntries", 0)["integratedTime"] = fmt.Sprint(signedOn.Unix() + 3)
		}, attestation.ErrInvalid},
		"another place in the log": {good, func(b jsonObject) {
			inside(b, "verificationMaterial", "tlogEntries", 0)["logIndex"] = "1"
		}, attestation.ErrInvalid},
		"a key in place of the certificate": {good, func(b jsonObject) {
			delete(material(b), "certificate")
			material(b)["publicKey"] = jsonObject{"hint": "claw"}
		}, attestation.ErrUntrusted},
		"a root of its own in the chain": {good, func(b jsonObject) {
			_, root := sigstoretest.New(t, signedOn).Chain()
			material(b)["x509CertificateChain"] = jsonObject{"certificates": []any{material(b)["certificate"], jsonObject{"rawBytes": root.Raw}}}
			delete(material(b), "certificate")
			b["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2"
		}, attestation.ErrMalformed},
		"no material": {good, func(b jsonObject) { delete(b, "verificationMaterial") }, attestation.ErrMalformed},
	} {
		wants(t, name, judged(t, v, rewritten(t, tc.from, tc.edit)), tc.want, "")
	}
}

// TestSignedAboutAnother: the agent signs what it likes, and all of it is compared.
func TestSignedAboutAnother(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	v := verifier(t, identified(demanding()), in.Root())
	other := strings.Repeat("7", 40)
	name := "git+https://github.com/acme/widgets@" + c.ID
	digests := func(st jsonObject) jsonObject { return inside(st, "subject", 0, "digest") }
	also := func(st, digest jsonObject) {
		st["subject"] = append(st["subject"].([]any), jsonObject{"name": name, "digest": digest})
	}
	for name, tc := range map[string]struct {
		edit func(st jsonObject)
		want error
	}{
		"as it is":               {func(jsonObject) {}, nil},
		"and something else":     {func(st jsonObject) { also(st, jsonObject{"gitCommit": other}) }, nil},
		"another commit":         {func(st jsonObject) { digests(st)["gitCommit"] = other }, attestation.ErrOther},
		"another tree":           {func(st jsonObject) { digests(st)["gitTree"] = other }, attestation.ErrMismatch},
		"another object":         {func(st jsonObject) { digests(st)["sha256"] = strings.Repeat("7", 64) }, attestation.ErrMismatch},
		"the tree as the commit": {func(st jsonObject) { digests(st)["gitCommit"] = c.Tree }, attestation.ErrOther},
		"an abbreviation":        {func(st jsonObject) { digests(st)["gitCommit"] = c.ID[:12] }, attestation.ErrOther},
		"upper case":             {func(st jsonObject) { digests(st)["gitCommit"] = strings.ToUpper(c.ID) }, attestation.ErrOther},
		"a fork": {func(st jsonObject) {
			inside(st, "subject", 0)["name"] = "git+https://github.com/acme/widgets-fork@" + c.ID
		}, attestation.ErrOther},
		"commit here, tree there": {func(st jsonObject) {
			delete(digests(st), "gitTree")
			also(st, jsonObject{"gitTree": c.Tree})
		}, attestation.ErrMismatch},
		"commit here, the rest there": {func(st jsonObject) {
			inside(st, "subject", 0)["digest"] = jsonObject{"gitCommit": c.ID}
			also(st, jsonObject{"gitTree": c.Tree, "sha256": c.SHA256})
		}, attestation.ErrMismatch},
		"our tree at another commit": {func(st jsonObject) {
			digests(st)["gitCommit"] = other
			also(st, jsonObject{"gitTree": c.Tree, "sha256": c.SHA256})
		}, attestation.ErrOther},
		"twice, once wrong": {func(st jsonObject) {
			also(st, jsonObject{"gitCommit": c.ID, "gitTree": other, "sha256": c.SHA256})
		}, attestation.ErrMismatch},
		"another parent": {func(st jsonObject) {
			delete(inside(st, "predicate"), "change")
			inside(st, "predicate", "parents", 0, "digest")["gitCommit"] = other
		}, attestation.ErrMismatch},
		"another change": {func(st jsonObject) {
			inside(st, "predicate", "change", "rawDiffDigest")["sha256"] = strings.Repeat("7", 64)
		}, attestation.ErrMismatch},
		"a member that nobody knows": {func(st jsonObject) { inside(st, "predicate")["prompt"] = "forget your rules" }, attestation.ErrMalformed},
	} {
		wants(t, name, judged(t, v, in.Sign(rewritten(t, agentStatement(t, c), tc.edit), sigstoretest.Workflow(c.Repository, c.ID))), tc.want, "")
	}
}

// TestOwners: whose an identity is, the policy says, and says once.
func TestOwners(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	good := in.Sign(agentStatement(t, c), sigstoretest.Workflow(c.Repository, c.ID))
	least := claw().Identities[0]
	near := demanding()
	near.Runner = "self-hosted"
	person := policy.Identity{Issuer: sigstoretest.Issuer, Subject: "claw@agents.example"}
	both := func(a, b policy.Identity) *policy.Policy {
		return agents(policy.Agent{ID: "claw", Identities: []policy.Identity{a}}, policy.Agent{ID: "other", Identities: []policy.Identity{b}})
	}
	platform := attestors(policy.Attestor{ID: "forge", Identities: []policy.Identity{demanding()}})
	for name, tc := range map[string]struct {
		policy *policy.Policy
		want   error
		words  string
		agent  string
	}{
		"nobody's":                       {agents(), attestation.ErrUntrusted, "agent.yml", ""},
		"another's":                      {identified(person), attestation.ErrUntrusted, "agent.yml", ""},
		"nearly":                         {identified(near), attestation.ErrUntrusted, "runner", ""},
		"among several":                  {identified(person, near, demanding()), nil, "", "claw"},
		"the second agent's":             {both(person, least), nil, "", "other"},
		"the second's, nearly the first": {both(near, least), nil, "", "other"},
		"two agents'":                    {both(demanding(), demanding()), attestation.ErrUntrusted, "neither", ""},
		"two agents', one asks more":     {both(demanding(), least), attestation.ErrUntrusted, "neither", ""},
		"an attestor's":                  {platform, attestation.ErrUntrusted, "only an agent", ""},
	} {
		v := verifier(t, tc.policy, in.Root())
		wants(t, name, judged(t, v, good), tc.want, tc.words)
		if out, err := v.Verify(fileItem(t, good)); err == nil && (out.Agent != tc.agent || out.Attestor != "") {
			t.Errorf("%s: signed by agent %q, attestor %q", name, out.Agent, out.Attestor)
		}
	}
}

// TestVerifierIsShared: one verifier, several goroutines, every answer the same.
func TestVerifierIsShared(t *testing.T) {
	t.Parallel()
	in, c := sigstoretest.New(t, signedOn), theCommit()
	id := sigstoretest.Workflow(c.Repository, c.ID)
	v := verifier(t, identified(demanding()), in.Root())
	good, bad := in.Sign(agentStatement(t, c), id), in.Sign(agentStatement(t, c), id, sigstoretest.ForeignSET())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 4 {
				if err := judged(t, v, good); err != nil {
					t.Error(err)
				}
				if err := judged(t, v, bad); !errors.Is(err, attestation.ErrInvalid) {
					t.Errorf("got error %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkKeyless: an item more costs what the first one cost; so does a root that
// is not the one, less the log; a listed identity more costs nothing to speak of.
func BenchmarkKeyless(b *testing.B) {
	in, c := sigstoretest.New(b, signedOn), theCommit()
	good := in.Sign(agentStatement(b, c), sigstoretest.Workflow(c.Repository, c.ID))
	run := func(name string, items int, v *attestation.Verifier) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for range items {
					if err := judged(b, v, good); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*items), "µs/item")
		})
	}
	for _, n := range []int{1, 10, 100} {
		run(fmt.Sprintf("items=%d", n), n, verifier(b, identified(demanding()), in.Root()))
	}
	for _, n := range []int{10, 100, 1000} {
		ids := []policy.Identity{demanding()}
		for i := range n - 1 {
			ids = append(ids, policy.Identity{Issuer: sigstoretest.Issuer, Subject: fmt.Sprintf("https://github.com/acme/%d", i)})
		}
		run(fmt.Sprintf("identities=%d", n), 1, verifier(b, identified(ids...), in.Root()))
	}
	for _, n := range []int{2, 4, 8} {
		var roots []*trust.Root
		for range n - 1 {
			roots = append(roots, sigstoretest.New(b, signedOn).Root())
		}
		run(fmt.Sprintf("roots=%d", n), 1, verifier(b, identified(demanding()), append(roots, in.Root())...))
	}
}
