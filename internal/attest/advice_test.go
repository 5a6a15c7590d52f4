package attest

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const advicePolicy = `version: 1
agents:
  - id: claude-code
    emails: [claude@agents.example]
    keys: [{file: keys/claw.pub}]
    operators: [alice]
  - id: anybody
    emails: [anybody@agents.example]
    identities: [{issuer: "https://issuer.example", subject: "https://github.com/acme/shop/x.yml@refs/heads/main"}]
people:
  - {id: alice, github_ids: [1], logins: [alice-a], emails: [alice@example.com]}
  - {id: bob, github_ids: [2], emails: [bob@example.com]}
`

// A slip is told before it stays in the notes for ever, and never stops anything.
func TestAdvice(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	key := withKey(t, newKey(t))
	g.Commit("policy", collect.PolicyPath, advicePolicy, "keys/claw.pub", key.(*keySigner).pair.pem)
	for _, c := range []struct {
		agent, operator string
		signer          Signer
		want            string
	}{
		{"claude-code", "", key, ""},
		{"claude-code", "alice", key, ""},
		{"claude-code", "@alice-a", key, ""},
		{"claude-code", "https://github.com/alice-a", key, ""},
		{"claude-code", "Alice@example.com", key, ""},
		{"claude-code", "mailto:alice@example.com", key, ""},
		{"https://agents.example/claude", "alice", key, ""},
		{"claude-code", "alcie", key, `"alcie" is none of the operators of agent "claude-code"`},
		{"claude-code", "bob", key, `"bob" is none of the operators`},
		{"https://agents.example/claude", "bob", key, `"bob" is none of the operators of agent "claude-code"`},
		{"claud-code", "alice", key, `there is no agent "claud-code"`},
		{"claude-code", "alice", withKey(t, newKey(t)), `agent "claude-code" has not the key SHA256:`},
		{"https://agents.example/x", "", withKey(t, newKey(t)), "no agent has the key SHA256:"},
		{"anybody", "bob", key, `agent "anybody" has not the key`},
		{"anybody", "bob", &keyless{}, ""},
		{"anybody", "carol", &keyless{}, `"carol" is none`},
		{"anybody", "bob", &keyless{name: "https://github.com/acme/shop/x.yml@refs/heads/main"}, ""},
		{"anybody", "bob", &keyless{name: "https://github.com/acme/shop/x.yml@refs/heads/dev"}, `agent "anybody" has not https://github.com/`},
	} {
		got := Advice(g.Dir, Facts{Agent: c.agent, Operator: c.operator}, c.signer)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s, %s: %q, want %q", c.agent, c.operator, got, c.want)
		}
	}
	// Without a policy that can be read nothing is said.
	for _, text := range []string{"nonsense: [", ""} {
		g.Write(collect.PolicyPath, text)
		if got := Advice(g.Dir, Facts{Agent: "x"}, key); got != "" {
			t.Errorf("%q", got)
		}
	}
	if err := os.Remove(g.Path(collect.PolicyPath)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", g.Path(collect.PolicyPath)); err != nil {
		t.Fatal(err)
	}
	if got := Advice(g.Dir, Facts{Agent: "x"}, key) + Advice("", Facts{Agent: "x"}, key); got != "" {
		t.Errorf("%q", got)
	}
}

// A range holds what others pushed into it as well.
func TestStrangersInARange(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	key := withKey(t, newKey(t))
	base := g.Commit("policy", collect.PolicyPath, advicePolicy, "keys/claw.pub", key.(*keySigner).pair.pem)
	for _, who := range []string{"Claude <CLAUDE@agents.example>", "Mallory <mallory@example.com>"} {
		g.Write("a", who)
		g.Git("add", "a")
		g.Git("commit", "-q", "-m", "x", "--author", who)
	}
	var warned []string
	o := options(g)
	o.Which, o.To, o.Out = Which{Range: base + "..HEAD"}, "-", &bytes.Buffer{}
	o.Warn = func(s string) { warned = append(warned, s) }
	if made, err := Make(t.Context(), o, key); err != nil || len(made.Results) != 2 {
		t.Fatalf("%+v, %v", made, err)
	}
	if len(warned) != 1 || !strings.HasPrefix(warned[0], `1 of 2 commits are not by the addresses of agent "claude-code"`) {
		t.Errorf("%q", warned)
	}
	// An identity has a name when it has signed: the advice comes then.
	sig := sigstoretest.New(t, time.Now())
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", base))
	s, err := WithToken(Instance{Fulcio: services.Fulcio, Rekor: services.Rekor, Root: sig.Root()}, services.Token)
	if err != nil {
		t.Fatal(err)
	}
	warned, o.Which = nil, Which{}
	if _, err := Make(t.Context(), o, s); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "has not "+sigstoretest.Signer) {
		t.Errorf("%q", warned)
	}
}
