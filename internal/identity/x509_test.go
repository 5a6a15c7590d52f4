package identity_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git's ids
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature/cmstest"
)

var keylessTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	rootFile = ".github/trusted_root.json"
	runOf    = "89abcdef0123456789abcdef0123456789abcdef" // the commit that a workflow ran on
)

// signedCommit puts a signature into a commit as git does.
func signedCommit(payload, armoured []byte) checks.Commit {
	head, message, _ := bytes.Cut(payload, []byte("\n\n"))
	var b bytes.Buffer
	b.Write(head)
	b.WriteString("\ngpgsig " + strings.ReplaceAll(strings.TrimSpace(string(armoured)), "\n", "\n ") + "\n\n")
	b.Write(message)
	id := sha1.Sum(append(fmt.Appendf(nil, "commit %d\x00", b.Len()), b.Bytes()...)) //nolint:gosec // git's ids
	return checks.Commit{ID: hex.EncodeToString(id[:]), Object: b.Bytes()}
}

func commitPayload(author string) []byte {
	return []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " + author + " 1772366400 +0000\ncommitter " + author + " 1772366400 +0000\n\nmessage\n")
}

func keylessSnapshot(in *sigstoretest.Instance, list ...checks.Commit) *checks.Snapshot {
	return &checks.Snapshot{
		TakenAt: keylessTime.AddDate(0, 6, 0), Repository: checks.Repository{Name: "acme/widgets", ObjectFormat: "sha1"},
		Commits: list, Trust: []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}},
	}
}

// TestKeylessCommits: whose a commit is that a Sigstore certificate signed.
func TestKeylessCommits(t *testing.T) {
	t.Parallel()
	in, eve := sigstoretest.New(t, keylessTime), sigstoretest.New(t, keylessTime)
	run := sigstoretest.Workflow("acme/widgets", runOf)
	plain := policy.Identity{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}
	with := func(change func(*policy.Identity)) policy.Identity { id := plain; change(&id); return id }
	mail := func(address string) sigstoretest.Claims {
		return sigstoretest.Claims{Issuer: "https://accounts.google.com", Subject: address}
	}
	const author = "Eve <eve@acme.example>"
	for _, c := range []struct {
		name     string
		by       *sigstoretest.Instance
		claims   sigstoretest.Claims
		unlogged bool
		agents   []policy.Agent
		state    identity.State
		level    policy.Level
		want     []string // agents
		people   []string
	}{
		{"listed", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{plain}}}, identity.StateValid, policy.LevelSigned, []string{"claw"}, nil},
		{"every member listed", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) {
			id.BuildSigner, id.SourceRepository, id.SourceRef, id.SourceDigest, id.Runner = sigstoretest.Signer, "https://github.com/acme/widgets", "refs/heads/agent/fix-1", runOf, "github-hosted"
		})}}}, identity.StateValid, policy.LevelSigned, []string{"claw"}, nil},
		{"the second identity", in, run, false, []policy.Agent{{ID: "other"}, {ID: "claw", Identities: []policy.Identity{{Issuer: "x", Subject: "y"}, plain}}}, identity.StateValid, policy.LevelSigned, []string{"claw"}, nil},
		{"listed, not logged", in, run, true, []policy.Agent{{ID: "claw", Identities: []policy.Identity{plain}}}, identity.StateUntimed, policy.LevelAttributed, []string{"claw"}, nil},
		{"another issuer", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Issuer = "https://accounts.google.com" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another subject", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Subject += "x" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"the start of the subject", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Subject = id.Subject[:len(id.Subject)-1] })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another case", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Subject = strings.ToUpper(id.Subject) })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another build signer", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.BuildSigner = "https://github.com/acme/x" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another repository", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.SourceRepository = "https://github.com/acme/other" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another ref", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.SourceRef = "refs/heads/main" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another source", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.SourceDigest = strings.Repeat("a", 40) })}}}, identity.StateUnknownKey, "", nil, nil},
		{"the commit as its own source", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.SourceDigest = "commit" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"another runner", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Runner = "self-hosted" })}}}, identity.StateUnknownKey, "", nil, nil},
		{"a member the certificate lacks", in, mail("bot@acme.example"), false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{{Issuer: "https://accounts.google.com", Subject: "bot@acme.example", Runner: "github-hosted"}}}}, identity.StateUnknownKey, "", nil, nil},
		{"an empty identity", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{{}}}}, identity.StateUnknownKey, "", nil, nil},
		{"of two agents", in, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{plain}}, {ID: "other", Identities: []policy.Identity{with(func(id *policy.Identity) { id.Runner = "github-hosted" })}}}, identity.StateUnknownKey, policy.LevelAttributed, []string{"claw", "other"}, nil},
		{"of another authority", eve, run, false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{plain}}}, identity.StateUnknownKey, "", nil, nil},
		{"an agent's address, no identity", in, mail("claw@acme.example"), false, []policy.Agent{{ID: "claw", Emails: []string{"Claw@acme.example"}}}, identity.StateUnknownKey, policy.LevelAttributed, []string{"claw"}, nil},
		{"a person's address", in, mail("alice@acme.example"), false, []policy.Agent{{ID: "claw", Identities: []policy.Identity{plain}}}, identity.StateUnknownKey, policy.LevelAttributed, nil, []string{"alice"}},
	} {
		payload := commitPayload(author)
		m, cert := cmstest.Gitsign(t, c.by, payload, c.claims)
		if !c.unlogged {
			m.Enter(c.by, cert)
		}
		p := &policy.Policy{Agents: c.agents, People: []policy.Person{{ID: "alice", Emails: []string{"alice@acme.example"}}}}
		p.Provenance.TrustedRoots = []string{rootFile}
		x := identity.Examine(keylessSnapshot(in, signedCommit(payload, m.Armour())), p)
		list, problems := x.Contributions, x.Problems
		got := list[0]
		if got.State != c.state || got.Level != c.level || got.Human || !slices.Equal(got.Agents, c.want) || !slices.Equal(got.People, c.people) || len(problems) > 0 {
			t.Errorf("%s: %+v %v", c.name, got, problems)
		}
		if !strings.Contains(got.Fingerprint, c.claims.Subject) || !strings.Contains(got.Fingerprint, c.claims.Issuer) {
			t.Errorf("%s: fingerprint %q", c.name, got.Fingerprint)
		}
		if len(c.want) > 0 && len(got.Markers) == 0 {
			t.Errorf("%s: does not count as agent-made", c.name)
		}
		// Not one state of these is refused by a broken root alone, and none gains by it.
		p.Provenance.TrustedRoots = []string{"missing.json"}
		x = identity.Examine(keylessSnapshot(in, signedCommit(payload, m.Armour())), p)
		list, problems = x.Contributions, x.Problems
		if list[0].State != identity.StateUnknownKey || list[0].Level == policy.LevelSigned || len(problems) != 1 || !strings.Contains(problems[0].Message, "missing.json") {
			t.Errorf("%s without its root: %+v %v", c.name, list[0], problems)
		}
	}
}

// TestTrustedRoots: which roots a policy gives, and what stands in the way.
func TestTrustedRoots(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, keylessTime)
	payload := commitPayload("Claw <claw@acme.example>")
	m, cert := cmstest.Gitsign(t, in, payload, sigstoretest.Workflow("acme/widgets", runOf))
	c := signedCommit(payload, m.Enter(in, cert).Armour())
	for _, tc := range []struct {
		name  string
		roots []string
		trust []checks.TrustFile
		state identity.State
		bad   []string
	}{
		{"the file", []string{rootFile}, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateValid, nil},
		{"twice", []string{rootFile, rootFile}, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateValid, nil},
		{"beside the public one", []string{"public-good", rootFile}, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateValid, nil},
		{"the public one alone", []string{"public-good"}, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateUnknownKey, nil},
		{"none is the public one", nil, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateUnknownKey, nil},
		{"a file that is not there", []string{rootFile}, []checks.TrustFile{{Path: "other.json", Text: in.RootJSON()}}, identity.StateUnknownKey, []string{rootFile}},
		{"one of two", []string{rootFile, "other.json"}, []checks.TrustFile{{Path: rootFile, Text: in.RootJSON()}}, identity.StateValid, []string{"other.json"}},
		{"no JSON", []string{rootFile}, []checks.TrustFile{{Path: rootFile, Text: []byte("trust me")}}, identity.StateUnknownKey, []string{rootFile}},
		{"nobody in it", []string{rootFile}, []checks.TrustFile{{Path: rootFile, Text: []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)}}, identity.StateUnknownKey, []string{"trusts nobody"}},
	} {
		s := keylessSnapshot(in, c)
		s.Trust = tc.trust
		p := &policy.Policy{Agents: []policy.Agent{{ID: "claw", Identities: []policy.Identity{{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}}}}}
		p.Provenance.TrustedRoots = tc.roots
		x := identity.Examine(s, p)
		list, problems := x.Contributions, x.Problems
		if list[0].State != tc.state || len(problems) != len(tc.bad) {
			t.Errorf("%s: %+v %v", tc.name, list[0], problems)
			continue
		}
		for i, want := range tc.bad {
			if !strings.Contains(problems[i].Message, want) {
				t.Errorf("%s: %q", tc.name, problems[i].Message)
			}
		}
		again := identity.Study(s, p)
		if diff := cmp.Diff(list, again); diff != "" {
			t.Errorf("%s: not the same twice: %s", tc.name, diff)
		}
	}
}
