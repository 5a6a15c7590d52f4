package attestation_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

func FuzzRead(f *testing.F) {
	in := sigstoretest.New(f, signedOn)
	b := in.SignKey(agentStatement(f, theCommit()), p256(f))
	for _, body := range []string{
		"", "x", "{", "{}{}", string(b), string(b) + "\n" + string(b), string(bare(f, b)), `{"attestations":[{"bundle":{}}]}`,
		"```claw-attestation\n" + string(b) + "\n```\n", "~~~claw-attestation\ne30=\n~~~\nClaw-Attestation: sha256:00\n", "a\n---\n{}", `{"a":` + "\n{\n[",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, carrier := range []checks.Carrier{checks.CarrierNotes, checks.CarrierPullRequest} {
			a := checks.Attestation{Carrier: carrier, Name: "f", Body: checks.Bytes(body)}
			items := attestation.Read(a)
			if len(items) == 0 && carrier == checks.CarrierNotes && len(body) < 12 && strings.TrimSpace(body) != "" {
				t.Fatalf("%q is lost", body)
			}
			if len(items) > attestation.MaxItems+1 || len(attestation.Pointers(a)) > 100 {
				t.Fatal("too many")
			}
			for i := range items {
				it := &items[i]
				if (it.Format == attestation.FormatUnknown) != (it.Problem != "") || len(it.Raw) > attestation.MaxItemBytes {
					t.Fatalf("%+v", it)
				}
				it.Subjects()
			}
		}
	})
}

// FuzzVerify: nobody is trusted, so nothing may be verified, and nothing may panic.
func FuzzVerify(f *testing.F) {
	in := sigstoretest.New(f, signedOn)
	public, err := trust.Public()
	if err != nil {
		f.Fatal(err)
	}
	text := agentStatement(f, theCommit())
	for _, b := range [][]byte{
		in.SignKey(text, p256(f)), in.SignKey(text, edKey(f), sigstoretest.Logged(), sigstoretest.Timestamped()), bare(f, in.SignKey(text, p256(f))),
		in.Sign(text, sigstoretest.Workflow("acme/widgets", theCommit().ID), sigstoretest.Timestamped()), in.SignBlob([]byte("x"), sigstoretest.Person("https://x", "a@b.c")),
		sourceNotes(f)[0].Bundle,
	} {
		f.Add(b)
	}
	for _, c := range conformanceCases(f) {
		f.Add(c.item.Raw)
	}
	p := agents(policy.Agent{ID: "claw", Keys: []policy.Key{{Key: pemOf(f, p256(f))}}, Identities: []policy.Identity{{Issuer: githubIssuer, Subject: "https://nobody"}}})
	v, err := attestation.NewVerifier(p, nil, []*trust.Root{in.Root(), public}, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, format := range []attestation.Format{
			attestation.FormatBundle, attestation.FormatEnvelope, attestation.FormatClawM1, attestation.FormatClawProof, attestation.FormatClawBundle,
			attestation.FormatGitAI, attestation.FormatAgentTrace, attestation.FormatUnknown,
		} {
			it := attestation.Item{Format: format, Raw: raw}
			it.Subjects()
			got, err := v.Verify(it)
			unsigned := format == attestation.FormatGitAI || format == attestation.FormatAgentTrace
			if err == nil && !unsigned || got.Proof != attestation.ProofNone || got.Agent != "" || got.Attestor != "" || err != nil && !isSentinel(err) {
				t.Fatalf("%s: %v %+v", format, err, got)
			}
		}
	})
}

// FuzzBind: a statement that is bound says of the one commit what is so.
func FuzzBind(f *testing.F) {
	c := theCommit()
	f.Add(agentStatement(f, c))
	f.Add(vsa(f, c))
	f.Add(statement(f, attestation.PredicateGittuf, map[string]any{}, map[string]any{"digest": digestSet{"gitTree": c.Tree}}))
	f.Add(statement(f, "x", nil, map[string]any{"digest": digestSet{"sha1": c.ID}}, map[string]any{"digest": digestSet{"gitCommit": c.ID, "gitTree": ""}}))
	k := edKey(f)
	v := verifier(f, keyed(policy.Key{Key: pemOf(f, k)}))
	f.Fuzz(func(t *testing.T, text []byte) {
		raw, err := json.Marshal(map[string]any{
			"payload": text, "payloadType": attestation.PayloadType,
			"signatures": []any{map[string]any{"sig": ed25519.Sign(k, sigstoretest.PAE(attestation.PayloadType, text))}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(attestation.Item{Format: attestation.FormatEnvelope, Raw: raw})
		if err != nil {
			if !isSentinel(err) || got.Proof != "" {
				t.Fatalf("%v %+v", err, got)
			}
			return
		}
		if err := attestation.Bind(&got, c); err != nil {
			if !isSentinel(err) {
				t.Fatal(err)
			}
			return
		}
		other := c
		other.ID, other.Tree, other.SHA256 = c.ID[2:]+"00", c.Tree[2:]+"00", c.SHA256[2:]+"00"
		if attestation.Bind(&got, other) == nil {
			t.Fatalf("%q is bound to every commit", text)
		}
		if got.Kind != attestation.KindAgentCommit {
			return
		}
		for _, change := range []func(*attestation.Commit){
			func(c *attestation.Commit) { c.Tree = other.Tree }, func(c *attestation.Commit) { c.SHA256 = other.SHA256 },
			func(c *attestation.Commit) { c.Repository = "evil/widgets" },
		} {
			x := c
			change(&x)
			if attestation.Bind(&got, x) == nil {
				t.Fatalf("%q is bound to %+v", text, x)
			}
		}
	})
}

func BenchmarkVerifyKey(b *testing.B) {
	in := sigstoretest.New(b, signedOn)
	k := p256(b)
	it := fileItem(b, in.SignKey(agentStatement(b, theCommit()), k))
	benchmark(b, verifier(b, keyed(policy.Key{Key: pemOf(b, k)})), it)
}

func BenchmarkVerifyKeyless(b *testing.B) {
	in := sigstoretest.New(b, signedOn)
	it := fileItem(b, in.Sign(agentStatement(b, theCommit()), sigstoretest.Workflow("acme/widgets", theCommit().ID)))
	benchmark(b, verifier(b, agents(claw()), in.Root()), it)
}

func benchmark(b *testing.B, v *attestation.Verifier, it attestation.Item) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(it); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubjects(b *testing.B) {
	in := sigstoretest.New(b, signedOn)
	it := fileItem(b, in.SignKey(agentStatement(b, theCommit()), p256(b)))
	for b.Loop() {
		if len(it.Subjects()) != 1 {
			b.Fatal("no subject")
		}
	}
}
