package policy_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/policy"
)

func sshKey(t *testing.T, name string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

// TestRotate: the lines of the one key change and nothing else does.
func TestRotate(t *testing.T) {
	t.Parallel()
	old, other, next := sshKey(t, "old"), sshKey(t, "other"), sshKey(t, "new")
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	rest := "\npeople: # who works here\n  - {id: alice, github_ids: [1]}\nprovenance: {require: signed}\n"
	for _, c := range []struct{ name, keys, want string }{
		{
			"a line", "    keys:\n      - " + other + "\n      - " + old + " laptop # bought 2024\n    operators: [alice]\n",
			"    keys:\n      - " + other + "\n      - key: " + old + " laptop # bought 2024\n        not_after: 2026-11-23T12:00:00Z\n      - key: \"" + next + "\"\n        not_before: 2026-11-20T12:00:00Z\n    operators: [alice]\n",
		},
		{
			"dashes under the word", "    keys:\n    - '" + old + "'\n    # the spare one\n    - " + other + "\n",
			"    keys:\n    - key: '" + old + "'\n      not_after: 2026-11-23T12:00:00Z\n    - key: \"" + next + "\"\n      not_before: 2026-11-20T12:00:00Z\n    # the spare one\n    - " + other + "\n",
		},
		{
			"keys with values", "    keys:\n      - key: " + old + "\n        not_before: 2025-01-01\n        # until the audit\n        not_after: 2027-01-01\n",
			"    keys:\n      - key: " + old + "\n        not_before: 2025-01-01\n        # until the audit\n        not_after: 2026-11-23T12:00:00Z\n      - key: \"" + next + "\"\n        not_before: 2026-11-20T12:00:00Z\n",
		},
	} {
		text := "version: 1\nagents:\n  - id: claw\n" + c.keys + rest
		ro := policy.Rotation{Owner: "claw", Old: old, New: next, At: at, Until: at.Add(72 * time.Hour)}
		got, was, err := policy.Rotate(text, policy.Known{}, ro)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff("version: 1\nagents:\n  - id: claw\n"+c.want+rest, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if !strings.HasPrefix(was, old) {
			t.Errorf("%s: the old key was %q", c.name, was)
		}
		fp, err := policy.KeyFingerprint(old)
		if err != nil {
			t.Fatal(err)
		}
		ro.Old, ro.Until, ro.Reason = fp, time.Time{}, `lost: "stolen"`
		got, _, err = policy.Rotate(text, policy.Known{}, ro)
		if err != nil || !strings.Contains(got, `reason: "lost: \"stolen\""`) || !strings.Contains(got, "revoked_at: 2026-11-20T12:00:00Z") {
			t.Errorf("%s: revoked: %v\n%s", c.name, err, got)
		}
	}
}

// TestRotateBlock: a key of several lines stands deeper afterwards.
func TestRotateBlock(t *testing.T) {
	t.Parallel()
	block := func(name, indent string) string {
		seed := sha256.Sum256([]byte(name))
		der, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
		if err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
		return indent + strings.ReplaceAll(text, "\n", "\n"+indent)
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	text := "version: 1\nagents:\n  - id: claw\n    keys:\n      - |\n" + block("old", "        ") + "\n    emails: [claw@example.com]\nprovenance: {require: attested}\n"
	got, _, err := policy.Rotate(text, policy.Known{}, policy.Rotation{Owner: "claw", Old: block("old", ""), New: block("new", "") + "\n", At: at, Until: at.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	want := "version: 1\nagents:\n  - id: claw\n    keys:\n      - key: |\n" + block("old", "          ") + "\n        not_after: 2026-11-20T13:00:00Z\n      - key: \"" +
		strings.ReplaceAll(block("new", ""), "\n", `\n`) + "\"\n        not_before: 2026-11-20T12:00:00Z\n    emails: [claw@example.com]\nprovenance: {require: attested}\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestRotateRefuses: what it cannot do it says, and says what to do.
func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	old, next := sshKey(t, "old"), sshKey(t, "new")
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	head, rest := "version: 1\nagents:\n  - id: claw\n", "provenance: {require: signed}\n"
	good := head + "    keys:\n      - " + old + "\n" + rest
	for _, c := range []struct{ name, text, owner, old, next, want string }{
		{"no policy", "version: 2\n", "claw", old, next, "read policy"},
		{"nobody", good, "claude", old, next, `no agent, person or attestor "claude"`},
		{"another key", good, "claw", next, next, "keys list"},
		{"one line", head + "    keys: [" + `"` + old + `"` + "]\n" + rest, "claw", old, next, "stand in one line"},
		{"a bare key", head + "    keys: " + old + "\n" + rest, "claw", old, next, "stand in one line"},
		{"revoked already", head + "    keys:\n      - key: " + old + "\n        revoked_at: 2026-01-01\n        reason: lost\n" + rest, "claw", old, next, "is revoked"},
		{"garbage", good, "claw", old, "ssh-ed25519 AAAA", "by hand"},
		{"the same", good, "claw", old, old, "by hand"},
	} {
		got, _, err := policy.Rotate(c.text, policy.Known{}, policy.Rotation{Owner: c.owner, Old: c.old, New: c.next, At: at, Until: at.Add(time.Hour)})
		if err == nil || got != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, got)
		}
	}
}

func TestKeyLives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	p, problems := policy.Parse("version: 1\nagents:\n  - id: claw\n    keys:\n      - "+sshKey(t, "a")+"\n      - {key: "+sshKey(t, "b")+", not_after: 2026-01-01}\n      - {key: "+sshKey(t, "c")+", not_before: 2027-01-01}\n      - {key: "+sshKey(t, "d")+", revoked_at: 2026-02-01, reason: lost}\n      - {key: "+sshKey(t, "e")+", revoked_at: 2027-02-01, reason: sold}\n      - {key: "+sshKey(t, "f")+", not_after: 2027-01-01}\nprovenance: {require: signed}\n", policy.Known{})
	if p == nil {
		t.Fatal(problems)
	}
	var got []string
	for _, k := range p.KeyLives(at) {
		got = append(got, k.Owner+" "+k.State)
	}
	want := []string{
		"agent claw good", "agent claw ended 2026-01-01T00:00:00Z", "agent claw from 2027-01-01T00:00:00Z",
		"agent claw revoked 2026-02-01T00:00:00Z: lost", "agent claw good until it is revoked 2027-02-01T00:00:00Z", "agent claw good until 2027-01-01T00:00:00Z",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
