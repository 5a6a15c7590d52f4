package identity_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/scenario"
	"github.com/claw-verified/claw-verified/internal/signature"
)

const allowedPath = ".github/allowed_signers"

// withFile makes one commit, and an allowed_signers file at the base: a line is
// "principals [options] NAME", where the name is that of a test key.
func withFile(t *testing.T, commit string, lines ...string) *checks.Snapshot {
	t.Helper()
	sc, err := scenario.Parse([]byte("-- story.yml --\ncommits: [{"+commit+"}]\n"), nil, noFiles)
	if err != nil {
		t.Fatalf("%s: %v", commit, err)
	}
	var b strings.Builder
	for _, l := range lines {
		i := strings.LastIndex(l, " ")
		fmt.Fprintf(&b, "%s %s\n", l[:i], scenario.PublicKey(l[i+1:]))
	}
	sc.Snapshot.Trust = []checks.TrustFile{{Path: allowedPath, Text: []byte(b.String())}}
	return sc.Snapshot
}

func allowedPolicy() *policy.Policy {
	p := testPolicy()
	p.Provenance.AllowedSigners = allowedPath
	p.Agents = append(p.Agents, policy.Agent{ID: "helper", Emails: []string{"helper@agents.example"}})
	p.People = append(p.People, policy.Person{ID: "carol", GitHubIDs: []int64{3}, Logins: []string{"carol"}, Emails: []string{"carol@example.com"}})
	p.People[1].Emails = append(p.People[1].Emails, "kim@example.com", "b\u00f8b@example.com")
	p.People[1].Keys = []policy.Key{{Key: scenario.PublicKey("ca-lost"), CertAuthority: true, Principals: []string{"x"}, RevokedAt: now.Add(-time.Hour), Reason: "stolen"}}
	return p
}

// stamp writes a time as allowed_signers has it.
func stamp(d time.Duration) string { return now.Add(d).UTC().Format("20060102150405Z") }

func TestAllowedSigners(t *testing.T) {
	t.Parallel()
	const (
		byAlice  = "author: 'A <alice@example.com>'"
		byBob    = "author: 'B <bob@example.com>'"
		byCarol  = "author: 'C <carol@example.com>'"
		byHelper = "author: 'H <helper@agents.example>'"
		byClaw   = "author: 'Claw <claw@agents.example>'"
		byNobody = "author: 'E <eve@evil.example>'"
	)
	for _, c := range []struct {
		name, commit string
		lines        []string
		state        identity.State
		signedBy     string
		human        bool
		detail       string
		agents       string // ids, with commas
		people       string
	}{
		{"person", byBob + ", key: k1", []string{"bob@example.com k1"}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"agent", byHelper + ", key: k1", []string{"helper@agents.example k1"}, identity.StateValid, "agent helper", false, "", "helper", ""},
		{"agent by its bot's address", "author: 'C <9+claw-agent[bot]@users.noreply.github.com>', key: k1", []string{"9+claw-agent[bot]@users.noreply.github.com k1"}, identity.StateValid, "agent claw", false, "", "claw", ""},
		{"agent by its bot's address on some other host", "author: 'C <9+claw-agent[bot]@users.noreply.evil.example>', key: k1", []string{"9+claw-agent[bot]@users.noreply.evil.example k1"}, identity.StateUnknownKey, "", false, "of nobody in the policy", "claw", ""},
		{"person by a login's address", "author: 'C <3+carol@users.noreply.github.com>', key: k1", []string{"3+carol@users.noreply.github.com k1"}, identity.StateUnknownKey, "", false, "of nobody in the policy", "", "carol"},
		{"not in the file", byBob + ", key: k2", []string{"bob@example.com k1"}, identity.StateUnknownKey, "", false, "", "", "bob"},
		{"pattern that only one of the policy fits", byHelper + ", key: k1", []string{"help*@agents.example k1"}, identity.StateValid, "agent helper", false, "", "helper", ""},
		{"upper case in the policy, not in the file", byAlice + ", key: k1", []string{"alice@example.com k1"}, identity.StateValid, "person alice", true, "", "", "alice"},
		{"upper case in the commit, not in the file", "author: 'B <Bob@example.com>', key: k1", []string{"bob@example.com k1"}, identity.StateUnknownKey, "", false, "no line lists it for", "", "bob"},
		{"upper case in both", "author: 'B <Bob@example.com>', key: k1", []string{"Bob@example.com k1"}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"address with a letter that folds to another", "author: 'K <\u212aim@example.com>', key: k1", []string{"???im@example.com k1"}, identity.StateUnknownKey, "", false, "of nobody in the policy", "", "bob"},

		{"address with other letters than ASCII's", "author: 'B <b\u00f8b@example.com>', key: k1", []string{"b\u00f8b@example.com k1"}, identity.StateUnknownKey, "", false, "of nobody in the policy", "", "bob"},
		{"committer decides, not the author", byCarol + ", committer: 'B <bob@example.com>', key: k1", []string{"bob@example.com k1"}, identity.StateValid, "person bob", true, "", "", "bob,carol"},
		{"author's key, another committer", byBob + ", committer: 'C <carol@example.com>', key: k1", []string{"bob@example.com k1"}, identity.StateUnknownKey, "", false, `no line lists it for "carol@example.com"`, "", "bob,carol"},
		{"key of one, nobody's committer", byNobody + ", key: k1", []string{"bob@example.com k1"}, identity.StateUnknownKey, "", false, "no line", "", "bob"},
		{"agent's key under a person's name", byCarol + ", key: k1", []string{"helper@agents.example k1"}, identity.StateUnknownKey, "", false, "no line", "helper", "carol"},
		{"address that nobody in the policy has", byNobody + ", key: k1", []string{"eve@evil.example k1"}, identity.StateUnknownKey, "", false, "an address of nobody in the policy", "", ""},

		// Whoever signs types the committer; that must not choose whose key it is.
		{"key for everybody", byBob + ", key: k1", []string{"* k1"}, identity.StateUnknownKey, "", false, "speak for both", "", "bob"},
		{"key for two on one line", byBob + ", key: k1", []string{"bob@example.com,carol@example.com k1"}, identity.StateUnknownKey, "", false, "both person bob and person carol", "", "bob"},
		{"key for two on two lines", byBob + ", key: k1", []string{"bob@example.com k1", "helper@agents.example k1"}, identity.StateUnknownKey, "", false, "both person bob and agent helper", "", "bob"},
		{"key for two by a login's address", byBob + ", key: k1", []string{"bob@example.com k1", "77+claw-agent[bot]@users.noreply.github.com k1"}, identity.StateUnknownKey, "", false, "both person bob and agent claw", "", "bob"},
		{"the other one excluded by letter case only", byBob + ", key: k1", []string{"!carol@example.com,!alice@example.com,*@example.com k1"}, identity.StateUnknownKey, "", false, "both", "", "bob"},
		{"key that was another's until yesterday", byBob + ", key: k1", []string{"bob@example.com k1", `helper@agents.example valid-before="` + stamp(-24*time.Hour) + `" k1`}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"key for two addresses of one person", byBob + ", key: k1", []string{"bob@example.com,bob-h@users.noreply.github.com k1"}, identity.StateValid, "person bob", true, "", "", "bob"},

		{"first second", byBob + ", key: k1", []string{`bob@example.com valid-after="` + stamp(0) + `" k1`}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"last second", byBob + ", key: k1", []string{`bob@example.com valid-before="` + stamp(0) + `" k1`}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"a second late", byBob + ", key: k1", []string{`bob@example.com valid-before="` + stamp(-time.Second) + `" k1`}, identity.StateExpired, "person bob", false, "valid only until", "", "bob"},
		{"late, and backdated", byBob + ", date: '2020-01-01T00:00:00Z', key: k1", []string{`bob@example.com valid-before="20210101Z" k1`}, identity.StateExpired, "person bob", false, "valid only until 2021-01-01T00:00:00Z", "", "bob"},
		{"a second early", byBob + ", key: k1", []string{`bob@example.com valid-after="` + stamp(time.Second) + `" k1`}, identity.StateExpired, "person bob", false, "valid only from", "", "bob"},
		{"for files", byBob + ", key: k1", []string{`bob@example.com namespaces="file" k1`}, identity.StateUnknownKey, "", false, "not for the namespace", "", "bob"},
		{"for git among others", byBob + ", key: k1", []string{`bob@example.com namespaces="file,g*" k1`}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"changed after signing", byBob + ", key: k1, tamper: message", []string{"bob@example.com k1"}, identity.StateInvalid, "", false, "", "", "bob"},

		// The policy's own keys keep their owner and their life.
		{"also in the policy", byAlice + ", key: alice", []string{"alice@example.com alice"}, identity.StateValid, "person alice", true, "", "", "alice"},
		{"in the policy, another committer", byBob + ", key: alice", []string{"alice@example.com alice"}, identity.StateValid, "person alice", true, "", "", "alice,bob"},
		{"revoked by the policy", byAlice + ", key: alice-lost", []string{"alice@example.com alice-lost"}, identity.StateRevoked, "person alice", false, "laptop stolen", "", "alice"},
		{"revoked by the policy, listed for another", byBob + ", key: alice-lost", []string{"bob@example.com alice-lost"}, identity.StateRevoked, "person alice", false, "laptop stolen", "", "alice,bob"},
		{"expired by the policy", byAlice + ", key: alice-old", []string{"alice@example.com alice-old"}, identity.StateExpired, "person alice", false, "valid only until", "", "alice"},
		{"the policy's agent, the file's person", byBob + ", key: claw", []string{"bob@example.com claw"}, identity.StateUnknownKey, "", false, "the policy lists the key for agent claw, and its allowed signers for person bob", "claw", "bob"},
		{"the same, committed as the agent", byClaw + ", key: claw", []string{"bob@example.com claw"}, identity.StateUnknownKey, "", false, "the policy lists the key for agent claw", "claw", ""},
		{"the policy's key, anybody's by the file", byClaw + ", key: claw", []string{"* claw"}, identity.StateUnknownKey, "", false, "the policy lists the key for agent claw", "claw", ""},

		{"certificate", byBob + ", key: k1, ca: root, for: [bob@example.com]", []string{"*@example.com cert-authority root"}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"certificate for another", byBob + ", key: k1, ca: root, for: [carol@example.com]", []string{"*@example.com cert-authority root"}, identity.StateUnknownKey, "", false, "not made for", "", "bob,carol"},
		{"certificate for two", byBob + ", key: k1, ca: root, for: [bob@example.com, carol@example.com]", []string{"*@example.com cert-authority root"}, identity.StateUnknownKey, "", false, "both person bob and person carol", "", "bob"},
		{"certificate for two, one of them out of the authority's reach", byBob + ", key: k1, ca: root, for: [bob@example.com, helper@agents.example]", []string{"*@example.com cert-authority root"}, identity.StateValid, "person bob", true, "", "", "bob"},
		{"certificate of another authority", byBob + ", key: k1, ca: eve, for: [bob@example.com]", []string{"*@example.com cert-authority root"}, identity.StateUnknownKey, "", false, "", "", "bob"},
		{"certificate by a plain line's key", byBob + ", key: k1, ca: root, for: [bob@example.com]", []string{"bob@example.com root"}, identity.StateUnknownKey, "", false, "", "", "bob"},
		{"certificate of a plain line's key", byBob + ", key: k1, ca: root, for: [bob@example.com]", []string{"bob@example.com k1"}, identity.StateUnknownKey, "", false, "", "", "bob"},
		{"authority's own key", byBob + ", key: root", []string{"bob@example.com cert-authority root"}, identity.StateUnknownKey, "", false, "", "", "bob"},
		{"certificate out of its time", byBob + ", key: k1, ca: root, for: [bob@example.com], tamper: old", []string{"*@example.com cert-authority root"}, identity.StateExpired, "person bob", false, "validity of its certificate", "", "bob"},
		{"certificate in time, line not", byBob + ", key: k1, ca: root, for: [bob@example.com]", []string{`*@example.com cert-authority,valid-before="20250101" root`}, identity.StateExpired, "person bob", false, "line 1", "", "bob"},
		{"certificate for a revoked key", byAlice + ", key: alice-lost, ca: root, for: [alice@example.com]", []string{"*@example.com cert-authority root"}, identity.StateRevoked, "person alice", false, "laptop stolen", "", "alice"},
		{"certificate for a revoked key of somebody else", byBob + ", key: alice-lost, ca: root, for: [bob@example.com]", []string{"*@example.com cert-authority root"}, identity.StateRevoked, "person bob", false, "laptop stolen", "", "bob"},
		{"certificate for the agent's key", byBob + ", key: claw, ca: root, for: [bob@example.com]", []string{"*@example.com cert-authority root"}, identity.StateUnknownKey, "", false, "list it for person bob, and the policy for agent claw", "", "bob"},
		{"authority that the policy revoked", byCarol + ", key: k1, ca: ca-lost, for: [carol@example.com]", []string{"*@example.com cert-authority ca-lost"}, identity.StateRevoked, "person carol", false, "stolen", "", "carol"},
		{"authority that the policy revoked, by itself", byBob + ", key: ca-lost", []string{"bob@example.com ca-lost"}, identity.StateRevoked, "person bob", false, "stolen", "", "bob"},
	} {
		got := identity.Study(withFile(t, c.commit, c.lines...), allowedPolicy())[0]
		if got.State != c.state || got.SignedBy != c.signedBy || got.Human != c.human || !strings.Contains(got.Detail, c.detail) || c.detail == "" && got.Detail != "" && c.state != identity.StateInvalid {
			t.Errorf("%s: %s by %q, human %v: %q", c.name, got.State, got.SignedBy, got.Human, got.Detail)
		}
		if a, p := strings.Join(got.Agents, ","), strings.Join(got.People, ","); a != c.agents || p != c.people {
			t.Errorf("%s: agents %s, people %s", c.name, a, p)
		}
		if (got.Level == policy.LevelSigned) != (c.state == identity.StateValid) {
			t.Errorf("%s: level %s", c.name, got.Level)
		}
		if len(got.Agents) > 0 && len(got.Markers) == 0 {
			t.Errorf("%s: agents without a marker", c.name)
		}
	}
}

// TestLawFileOnlyNarrowsThePolicy: whatever the file says, a commit that the policy's own
// keys prove nothing for, or an agent for, is not proved to be by somebody whose
// key did not sign it; and no agent is forgotten.
func TestLawFileOnlyNarrowsThePolicy(t *testing.T) {
	t.Parallel()
	lines := []string{
		"* claw", "bob@example.com claw", "claw@agents.example claw", "* alice-lost", "bob@example.com alice-lost", "*@example.com cert-authority claw",
		"!claw@agents.example,* claw", `* valid-before="20200101" claw`, `* namespaces="file" claw`,
	}
	for _, key := range []string{"claw", "alice-lost"} {
		for _, committer := range []string{"Claw <claw@agents.example>", "B <bob@example.com>", "A <alice@example.com>", "E <eve@evil.example>"} {
			commit := "author: '" + committer + "', key: " + key
			plain := identity.Study(withFile(t, commit), allowedPolicy())[0]
			for i := range lines {
				for j := range lines {
					got := identity.Study(withFile(t, commit, lines[i], lines[j]), allowedPolicy())[0]
					if got.Human || got.State == identity.StateValid && got.SignedBy != plain.SignedBy || len(got.Markers) < len(plain.Markers) {
						t.Errorf("%s with %q and %q: %+v", commit, lines[i], lines[j], got)
					}
					if plain.State == identity.StateRevoked && got.State != identity.StateRevoked {
						t.Errorf("%s with %q and %q: %s", commit, lines[i], lines[j], got.State)
					}
				}
			}
		}
	}
}

// TestAllowedSignersMissing: a file that the snapshot does not hold, or holds twice
// with different texts, or that the policy does not name, proves nothing.
func TestAllowedSignersMissing(t *testing.T) {
	t.Parallel()
	const commit = "author: 'B <bob@example.com>', key: k1"
	good := func() (*checks.Snapshot, *policy.Policy) {
		return withFile(t, commit, "bob@example.com k1"), allowedPolicy()
	}
	for name, c := range map[string]struct {
		change func(*checks.Snapshot, *policy.Policy)
		want   identity.State
	}{
		"there":             {func(*checks.Snapshot, *policy.Policy) {}, identity.StateValid},
		"the same twice":    {func(s *checks.Snapshot, _ *policy.Policy) { s.Trust = append(s.Trust, s.Trust[0]) }, identity.StateValid},
		"not in the policy": {func(_ *checks.Snapshot, p *policy.Policy) { p.Provenance.AllowedSigners = "" }, identity.StateUnknownKey},
		"missing":           {func(s *checks.Snapshot, _ *policy.Policy) { s.Trust = nil }, identity.StateUnknownKey},
		"another path":      {func(s *checks.Snapshot, _ *policy.Policy) { s.Trust[0].Path = "allowed_signers" }, identity.StateUnknownKey},
		"two of one name": {func(s *checks.Snapshot, _ *policy.Policy) {
			s.Trust = append(s.Trust, checks.TrustFile{Path: allowedPath, Text: []byte("# empty\n")})
		}, identity.StateUnknownKey},
		"empty": {func(s *checks.Snapshot, _ *policy.Policy) { s.Trust[0].Text = nil }, identity.StateUnknownKey},
		"too large": {func(s *checks.Snapshot, _ *policy.Policy) {
			s.Trust[0].Text = append(s.Trust[0].Text, make([]byte, 1<<20)...)
		}, identity.StateUnknownKey},
	} {
		s, p := good()
		c.change(s, p)
		if got := identity.Study(s, p)[0]; got.State != c.want {
			t.Errorf("%s: %s", name, got.State)
		}
	}
}

func TestAllowedSignerProblems(t *testing.T) {
	t.Parallel()
	s, p := withFile(t, "author: 'B <bob@example.com>', key: k1", "bob@example.com k1"), allowedPolicy()
	if got := identity.AllowedSignerProblems(s, p); got != nil {
		t.Errorf("a good file: %q", got)
	}
	s.Trust[0].Text = append(s.Trust[0].Text, "bob@example.com\n"+strings.Repeat("bad\n", 60)...)
	got := identity.AllowedSignerProblems(s, p)
	if len(got) != 51 || got[0] != ".github/allowed_signers, line 2: no key behind the principals; the line is not used" || got[50] != ".github/allowed_signers: 11 further lines are not used" {
		t.Errorf("%q", got)
	}
	if c := identity.Study(s, p)[0]; c.State != identity.StateValid {
		t.Errorf("the good line does not count: %+v", c)
	}
	p.Provenance.AllowedSigners = "elsewhere"
	if got := identity.AllowedSignerProblems(s, p); got != nil {
		t.Errorf("a missing file: %q", got)
	}
}

// TestSignerNotCommitter is about good signatures only.
func TestSignerNotCommitter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		commit string
		want   bool
	}{
		{"author: 'A <alice@example.com>', key: alice", false},
		{"author: 'A <ALICE@example.com>', key: alice", false},
		{"author: 'A <1+alice@users.noreply.github.com>', key: alice", false},
		{"author: 'B <bob@example.com>', committer: 'A <alice@example.com>', key: alice", false},
		{"author: 'A <alice@example.com>', committer: 'B <bob@example.com>', key: alice", true},
		{"author: 'E <eve@evil.example>', key: alice", true},
		{"author: 'A <alice@example.com>', key: claw", true},
		{"author: 'C <claw@agents.example>', key: claw", false},
		{"author: 'C <9+claw-agent[bot]@users.noreply.github.com>', key: claw", false},
		{"author: 'H <helper@agents.example>', key: claw", true},
		{"author: 'B <bob@example.com>', key: k1", false},
		{"author: 'A <alice@example.com>', key: eve", false},
		{"author: 'B <bob@example.com>', key: alice-old", false},
		{"author: 'B <bob@example.com>'", false},
	} {
		if got := identity.Study(withFile(t, c.commit, "bob@example.com k1"), allowedPolicy())[0]; got.SignerNotCommitter != c.want {
			t.Errorf("%s: %v (%s by %s)", c.commit, got.SignerNotCommitter, got.State, got.SignedBy)
		}
	}
}

// TestDocumentedFile: the file that the manual shows is read as the manual says.
func TestDocumentedFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "ALLOWED SIGNERS):\n\n")
	block, _, _ = strings.Cut(block, "\n\n")
	file, problems := signature.ParseAllowedSigners([]byte(block))
	if got := file.Principals(); !ok || len(problems) > 0 || !slices.Equal(got, []string{"alice@example.com", "noreply@anthropic.com"}) || strings.Count(block, "\n    ") != 2 {
		t.Errorf("%q %v of\n%s", got, problems, block)
	}
}
