package attestation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// The workflows that make source attestations for slsa-framework/source-tool, by the
// exact names in their certificates. A third one made some early on.
const (
	workflowOld   = "https://github.com/slsa-framework/slsa-source-poc/.github/workflows/compute_slsa_source.yml@refs/heads/main"
	workflowNew   = "https://github.com/slsa-framework/source-actions/.github/workflows/compute_slsa_source.yml@refs/heads/main"
	githubActions = "https://token.actions.githubusercontent.com"
)

type sourceNote struct {
	Commit string          `json:"commit"`
	Expect string          `json:"expect"`
	Bundle json.RawMessage `json:"bundle"`
}

func sourceNotes(t testing.TB) []sourceNote {
	t.Helper()
	var notes []sourceNote
	lines := bufio.NewScanner(bytes.NewReader(read(t, "sigstore/source-notes/bundles.jsonl")))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var n sourceNote
		if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
			t.Fatal(err)
		}
		notes = append(notes, n)
	}
	if err := lines.Err(); err != nil || len(notes) != 20 {
		t.Fatalf("%d notes, %v", len(notes), err)
	}
	return notes
}

func sourceVerifier(t testing.TB, change func(*policy.Identity)) *Verifier {
	t.Helper()
	root, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	a := policy.Attestor{ID: "source"}
	for _, w := range []string{workflowOld, workflowNew} {
		id := policy.Identity{Issuer: githubActions, Subject: w, BuildSigner: w, SourceDigest: "commit", Runner: "github-hosted"}
		if change != nil {
			change(&id)
		}
		a.Identities = append(a.Identities, id)
	}
	p := &policy.Policy{Provenance: policy.Provenance{Attestors: []policy.Attestor{a}}}
	v, err := NewVerifier(p, nil, []*trust.Root{root}, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func noteItem(t testing.TB, n sourceNote) Item {
	t.Helper()
	items := Read(checks.Attestation{Carrier: checks.CarrierNotes, Name: "refs/notes/commits", Commit: n.Commit, Body: checks.Bytes(n.Bundle)})
	if len(items) != 1 || items[0].Format != FormatBundle {
		t.Fatalf("%s: read as %+v", n.Commit, items)
	}
	if s := items[0].Subjects(); !slices.Equal(s, []string{n.Commit}) {
		t.Fatalf("%s: about %q", n.Commit, s)
	}
	return items[0]
}

// noteCommit is a commit of which only the id counts here: the notes name no tree.
func noteCommit(id, repository string) Commit {
	return Commit{ID: id, Tree: strings.Repeat("1", 40), SHA256: strings.Repeat("2", 64), Repository: repository}
}

// Real attestations of a source platform: each is signed by whom the policy lists or
// refused, says what it is, and is about its own commit and no other.
func TestSourceNotes(t *testing.T) {
	t.Parallel()
	v := sourceVerifier(t, nil)
	count := map[string]int{}
	for _, n := range sourceNotes(t) {
		count[n.Expect]++
		got, err := v.Verify(noteItem(t, n))
		if n.Expect == "untrusted" {
			if !errors.Is(err, ErrUntrusted) || got.Proof != ProofNone || got.Attestor != "" || !strings.Contains(got.Signer, "/create_slsa_source_vsa.yml@") {
				t.Errorf("%s: %v, %+v", n.Commit, err, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", n.Commit, err)
			continue
		}
		if string(got.Kind) != n.Expect || got.Proof != ProofKeyless || got.Attestor != "source" || got.Agent != "" || got.SignedAt.IsZero() || got.AgentCommit != nil || got.Approvals != nil {
			t.Errorf("%s: %+v", n.Commit, got)
		}
		if got.Source != n.Commit || !got.SourceIsHead {
			t.Errorf("%s: its run was on %s", n.Commit, got.Source)
		}
		if len(got.Notes) == 0 {
			t.Errorf("%s: tells nothing", n.Commit)
		}
		// The first ones named no repository, and count in none.
		if own := got.Repository; own == "" {
			if err := Bind(&got, noteCommit(n.Commit, "slsa-framework/source-tool")); !errors.Is(err, ErrOther) {
				t.Errorf("%s: no repository named, %v", n.Commit, err)
			}
		} else {
			if err := Bind(&got, noteCommit(n.Commit, own)); err != nil {
				t.Errorf("%s: %v", n.Commit, err)
			}
			if err := Bind(&got, noteCommit(n.Commit, "acme/fork")); !errors.Is(err, ErrOther) {
				t.Errorf("%s: in a fork, %v", n.Commit, err)
			}
		}
		if err := Bind(&got, noteCommit(strings.Repeat("0", 40), got.Repository)); !errors.Is(err, ErrOther) {
			t.Errorf("%s: bound to another commit, %v", n.Commit, err)
		}
	}
	if count["slsa-vsa"] == 0 || count["slsa-source"] == 0 || count["untrusted"] == 0 {
		t.Errorf("the fixtures cover %v", count)
	}
}

// An identity that asks for anything the certificate does not say is nobody's.
func TestSourceNotesOfOthers(t *testing.T) {
	t.Parallel()
	n := sourceNotes(t)[0]
	for name, change := range map[string]func(*policy.Identity){
		"issuer":  func(id *policy.Identity) { id.Issuer = "https://accounts.google.com" },
		"subject": func(id *policy.Identity) { id.Subject = strings.TrimSuffix(id.Subject, "main") + "dev" },
		"pattern": func(id *policy.Identity) { id.Subject = strings.Replace(id.Subject, "slsa-source-poc", ".*", 1) },
		"signer": func(id *policy.Identity) {
			id.BuildSigner = "https://github.com/acme/x/.github/workflows/a.yml@refs/heads/main"
		},
		"repository": func(id *policy.Identity) { id.SourceRepository = "https://github.com/acme/widgets" },
		"ref":        func(id *policy.Identity) { id.SourceRef = "refs/heads/dev" },
		"digest":     func(id *policy.Identity) { id.SourceDigest = strings.Repeat("0", 40) },
		"runner":     func(id *policy.Identity) { id.Runner = "self-hosted" },
	} {
		v := sourceVerifier(t, change)
		if got, err := v.Verify(noteItem(t, n)); !errors.Is(err, ErrUntrusted) || got.Proof != ProofNone {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

// A platform's statement by the identity of an agent proves nothing, however good the
// signature: what an agent signs says what an agent did.
func TestSourceNotesByAnAgent(t *testing.T) {
	t.Parallel()
	root, err := trust.Public()
	if err != nil {
		t.Fatal(err)
	}
	p := &policy.Policy{Agents: []policy.Agent{{ID: "a", Identities: []policy.Identity{{Issuer: githubActions, Subject: workflowOld}, {Issuer: githubActions, Subject: workflowNew}}}}}
	v, err := NewVerifier(p, nil, []*trust.Root{root}, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range sourceNotes(t) {
		if got, err := v.Verify(noteItem(t, n)); !errors.Is(err, ErrUntrusted) || got.Proof != ProofNone {
			t.Errorf("%s: %v", n.Commit, err)
		}
	}
}
