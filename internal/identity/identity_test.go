package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/scenario"
)

var now = scenario.Now

func testPolicy() *policy.Policy {
	return &policy.Policy{
		Agents: []policy.Agent{{
			ID: "claw", Logins: []string{"claw-agent[bot]"}, Emails: []string{"claw@agents.example"},
			Trailers: []string{"Claw-Task", "Reviewed-with: Claw*"}, Keys: []policy.Key{{Key: scenario.PublicKey("claw")}},
		}},
		People: []policy.Person{
			{ID: "alice", GitHubIDs: []int64{1}, Logins: []string{"alice"}, Emails: []string{"Alice@Example.com"}, Keys: []policy.Key{
				{Key: scenario.PublicKey("alice")},
				{Key: scenario.PublicKey("alice-old"), NotAfter: now.Add(-time.Hour)},
				{Key: scenario.PublicKey("alice-next"), NotBefore: now.Add(time.Hour)},
				{Key: scenario.PublicKey("alice-lost"), RevokedAt: now.Add(-time.Hour), Reason: "laptop stolen"},
			}},
			{ID: "bob", Logins: []string{"Bob-H"}, Emails: []string{"bob@example.com"}},
		},
		MachineUsers: []string{"acme-ci"},
	}
}

// noFiles: these stories name no policy and no plan.
func noFiles(string) ([]byte, error) { return nil, nil }

// study makes one commit from a story's YAML and studies it.
func study(t *testing.T, commit string) identity.Contribution {
	t.Helper()
	data := "-- story.yml --\ncommits:\n  - " + strings.ReplaceAll(strings.TrimSpace(commit), "\n", "\n    ") + "\n"
	sc, err := scenario.Parse([]byte(data), nil, noFiles)
	if err != nil {
		t.Fatalf("%s: %v", commit, err)
	}
	return identity.Study(sc.Snapshot, testPolicy())[0]
}

const (
	claw  = "Claw <claw@agents.example>"
	alice = "Alice <alice@example.com>"
)

func TestStudy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, commit string
		state        identity.State
		level        policy.Level
		human        bool
		agents       []string
		people       []string
		unknown      []string
		marked       bool
	}{
		{"agent, own key", "author: " + claw + "\nkey: claw", identity.StateValid, policy.LevelSigned, false, []string{"claw"}, nil, nil, true},
		{"person, own key", "author: " + alice + "\nkey: alice", identity.StateValid, policy.LevelSigned, true, nil, []string{"alice"}, nil, false},
		{"person's name, unsigned", "author: " + alice, identity.StateUnsigned, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"agent signs in a person's name", "author: " + alice + "\nkey: claw", identity.StateValid, policy.LevelSigned, false, []string{"claw"}, []string{"alice"}, nil, true},
		{"person signs the agent's work", "author: " + claw + "\ncommitter: " + alice + "\nkey: alice", identity.StateValid, policy.LevelSigned, false, []string{"claw"}, []string{"alice"}, nil, true},
		{"nobody listed, unsigned", "author: Eve <eve@evil.example>", identity.StateUnsigned, "", false, nil, nil, []string{"eve@evil.example"}, false},
		{"person signs a stranger's work", "author: Eve <EVE@evil.example>\ncommitter: " + alice + "\nkey: alice", identity.StateValid, policy.LevelSigned, false, nil, []string{"alice"}, []string{"eve@evil.example"}, false},
		{"key nobody lists", "author: " + alice + "\nkey: eve", identity.StateUnknownKey, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"expired key", "author: " + alice + "\nkey: alice-old", identity.StateExpired, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"expired key, backdated", "author: " + alice + "\nkey: alice-old\ndate: 2020-01-01T00:00:00Z", identity.StateExpired, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"key of tomorrow", "author: " + alice + "\nkey: alice-next", identity.StateExpired, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"revoked key", "author: " + alice + "\nkey: alice-lost", identity.StateRevoked, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"changed after signing", "author: " + alice + "\nkey: alice\ntamper: message", identity.StateInvalid, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"garbage for a signature", "author: " + alice + "\ntamper: garbage", identity.StateInvalid, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"two signatures", "author: " + alice + "\nkey: alice\ntamper: twice", identity.StateSeveral, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"damaged OpenPGP", "author: " + alice + "\ntamper: pgp", identity.StateInvalid, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"other bytes under the id", "author: " + alice + "\nkey: alice\ntamper: object", identity.StateMismatch, "", false, nil, nil, nil, true},
		{"two angle brackets", "author: Alice <alice@example.com> <claw@agents.example>\nkey: alice", identity.StateMalformed, "", false, nil, nil, nil, true},
		{"agent as co-author", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  Co-authored-by: " + claw, identity.StateValid, policy.LevelSigned, false, []string{"claw"}, []string{"alice"}, nil, true},
		{"vendor's trailer", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  Co-authored-by: Claude <noreply@anthropic.com>", identity.StateValid, policy.LevelSigned, false, nil, []string{"alice"}, nil, true},
		{"session trailer", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  claude-SESSION: https://x", identity.StateValid, policy.LevelSigned, false, nil, []string{"alice"}, nil, true},
		{"policy's trailer", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  Claw-Task: 12", identity.StateValid, policy.LevelSigned, false, []string{"claw"}, []string{"alice"}, nil, true},
		{"policy's trailer by value", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  Reviewed-with: claw/4", identity.StateValid, policy.LevelSigned, false, []string{"claw"}, []string{"alice"}, nil, true},
		{"another value", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  Reviewed-with: Bob", identity.StateValid, policy.LevelSigned, true, nil, []string{"alice"}, nil, false},
		{"a trailer that is mentioned", "author: " + alice + "\nkey: alice\nmessage: |\n  S\n\n  I took out Claw-Task: it was noise.\n\n  Thanks", identity.StateValid, policy.LevelSigned, true, nil, []string{"alice"}, nil, false},
		{"a person called Claude", "author: Claude Monet <alice@example.com>\nkey: alice", identity.StateValid, policy.LevelSigned, true, nil, []string{"alice"}, nil, false},
		{"noreply address of a listed person", "author: B <7+bob-h@users.noreply.github.com>", identity.StateUnsigned, policy.LevelAttributed, false, nil, []string{"bob"}, nil, false},
		{"noreply address of a listed person on an Enterprise Server", "author: B <7+bob-h@users.noreply.ghe.acme.example>", identity.StateUnsigned, policy.LevelAttributed, false, nil, []string{"bob"}, nil, false},
		{"noreply address of no host", "author: B <7+bob-h@users.noreply.>", identity.StateUnsigned, "", false, nil, nil, []string{"7+bob-h@users.noreply."}, false},
		{"noreply address of an agent on an Enterprise Server", "author: C <9+claw-agent[bot]@users.noreply.ghe.acme.example>", identity.StateUnsigned, policy.LevelAttributed, false, []string{"claw"}, nil, nil, true},
		{"noreply address of an agent", "author: C <9+claw-agent[bot]@users.noreply.github.com>", identity.StateUnsigned, policy.LevelAttributed, false, []string{"claw"}, nil, nil, true},
		{"noreply address of a vendor", "author: Copilot <198982749+Copilot@users.noreply.github.com>", identity.StateUnsigned, "", false, nil, nil, nil, true},
		{"another name behind github-actions' number", "author: X <41898282+alice@users.noreply.github.com>", identity.StateUnsigned, policy.LevelAttributed, false, nil, []string{"alice"}, nil, false},
		{"aider's mark on a name", "author: Alice (aider) <alice@example.com>\nkey: alice", identity.StateValid, policy.LevelSigned, false, nil, []string{"alice"}, nil, true},
	} {
		got := study(t, c.commit)
		want := got
		want.State, want.Level, want.Human, want.Agents, want.People, want.Unknown = c.state, c.level, c.human, c.agents, c.people, c.unknown
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if (len(got.Markers) > 0) != c.marked {
			t.Errorf("%s: markers %q", c.name, got.Markers)
		}
	}
}

// TestLawHintsOnlyRaise: whatever a commit says of itself, it never becomes a
// person's own work by it, and no mark is ever taken away.
func TestLawHintsOnlyRaise(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"author: " + claw + "\nkey: claw", "author: " + alice, "author: " + alice + "\nkey: alice"} {
		plain := study(t, base)
		for _, trailer := range []string{"Co-authored-by: " + alice, "Co-authored-by: " + claw, "Claude-Session: x", "Human: yes", "Signed-off-by: " + alice, "Co-authored-by: <>"} {
			got := study(t, base+"\nmessage: |\n  S\n\n  "+trailer)
			if got.Human && !plain.Human {
				t.Errorf("%q made %q a person's own work", trailer, base)
			}
			if len(got.Markers) < len(plain.Markers) || !got.Level.Meets(policy.LevelSigned) && plain.Level.Meets(policy.LevelSigned) {
				t.Errorf("%q took something away from %q: %+v", trailer, base, got)
			}
		}
	}
}

// TestOpenPGPStates: what a key can be by itself and by the policy, at our time
// whatever the signature says.
func TestOpenPGPStates(t *testing.T) {
	t.Parallel()
	key := func(name string) policy.Key {
		text, err := scenario.PGPPublicKey(name)
		if err != nil {
			t.Fatal(err)
		}
		return policy.Key{Key: text}
	}
	lost, later, over := key("lost"), key("later"), key("over")
	lost.RevokedAt, lost.Reason = now.Add(-time.Hour), "laptop stolen"
	later.NotBefore, over.NotAfter = now.Add(time.Hour), now.Add(-time.Hour)
	p := testPolicy()
	p.People[0].Keys = []policy.Key{key("alice"), key("alice-expired"), key("alice-revoked"), lost, later, over}
	for _, c := range []struct {
		commit string
		state  identity.State
		human  bool
	}{
		{"pgp: alice", identity.StateValid, true},
		{"pgp: alice, tamper: message", identity.StateInvalid, false},
		{"pgp: alice, tamper: sha1", identity.StateWeak, false},
		{"pgp: alice, tamper: future", identity.StateTime, false},
		{"pgp: alice, tamper: twice", identity.StateSeveral, false},
		{"pgp: alice-expired, date: '2026-03-01T00:00:00Z'", identity.StateExpired, false},
		{"pgp: alice-revoked, date: '2026-03-01T00:00:00Z'", identity.StateRevoked, false},
		{"pgp: lost", identity.StateRevoked, false},
		{"pgp: later", identity.StateExpired, false},
		{"pgp: over", identity.StateExpired, false},
		{"pgp: eve", identity.StateUnknownKey, false},
	} {
		sc, err := scenario.Parse([]byte("-- story.yml --\ncommits: [{author: '"+alice+"', "+c.commit+"}]\n"), nil, noFiles)
		if err != nil {
			t.Fatal(err)
		}
		if got := identity.Study(sc.Snapshot, p)[0]; got.State != c.state || got.Human != c.human || (got.Level == policy.LevelSigned) != c.human {
			t.Errorf("%s: %+v, want %s", c.commit, got, c.state)
		}
	}
}

// TestKeyListedTwice: it proves neither of them, and counts as the agent's hand.
func TestKeyListedTwice(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.People[1].Keys = p.Agents[0].Keys // the parser refuses this; should it ever get here
	sc, err := scenario.Parse([]byte("-- story.yml --\ncommits: [{author: 'B <bob@example.com>', key: claw}]\n"), nil, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	if got := identity.Study(sc.Snapshot, p)[0]; got.Human || got.State != identity.StateUnknownKey || !slices.Contains(got.Agents, "claw") {
		t.Errorf("%+v", got)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	for _, c := range []struct {
		name     string
		account  checks.Account
		person   string
		mentions []string
		agent    bool
		machine  bool
	}{
		{"by id", checks.Account{ID: 1, Login: "alice"}, "alice", []string{"alice"}, false, false},
		{"renamed", checks.Account{ID: 1, Login: "alice-new"}, "alice", []string{"alice"}, false, false},
		{"somebody took over the login", checks.Account{ID: 99, Login: "alice"}, "", []string{"alice"}, false, false},
		{"by login, no id listed", checks.Account{ID: 5, Login: "bob-h"}, "bob", []string{"bob"}, false, false},
		{"second account by address", checks.Account{ID: 6, Login: "ali", Emails: []string{"ALICE@example.com"}}, "", []string{"alice"}, false, false},
		{"agent", checks.Account{ID: 7, Login: "claw-agent[bot]"}, "", nil, true, false},
		{"agent without [bot]", checks.Account{ID: 7, Login: "Claw-Agent"}, "", nil, true, false},
		{"vendor", checks.Account{ID: 8, Login: "devin-ai-integration[bot]"}, "", nil, true, false},
		{"person with a vendor-like login", checks.Account{ID: 9, Login: "cursor"}, "", nil, false, false},
		{"machine", checks.Account{ID: 10, Login: "ACME-CI"}, "", nil, false, true},
	} {
		person, ok := identity.PersonOf(p, c.account)
		if person != c.person || ok != (c.person != "") {
			t.Errorf("%s: person %q", c.name, person)
		}
		if d := cmp.Diff(c.mentions, identity.Mentions(p, c.account)); d != "" {
			t.Errorf("%s: mentions %s", c.name, d)
		}
		if identity.IsAgentAccount(p, c.account) != c.agent || identity.IsMachine(p, c.account) != c.machine {
			t.Errorf("%s: agent or machine", c.name)
		}
	}
}

func BenchmarkStudy250(b *testing.B) {
	var y strings.Builder
	y.WriteString("-- story.yml --\ncommits:\n")
	for i := range 250 {
		fmt.Fprintf(&y, "  - {author: '%s', key: claw, name: c%d}\n", claw, i)
	}
	sc, err := scenario.Parse([]byte(y.String()), nil, noFiles)
	if err != nil {
		b.Fatal(err)
	}
	p := testPolicy()
	for b.Loop() {
		if got := identity.Study(sc.Snapshot, p); got[249].State != identity.StateValid {
			b.Fatal(got[249])
		}
	}
}
