package policy_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/claw-verified/claw-verified/internal/policy"
)

func sshKey(t testing.TB, name string) string {
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
		got, err := policy.Rotate(text, policy.Known{}, ro)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff("version: 1\nagents:\n  - id: claw\n"+c.want+rest, got.Text); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if !strings.HasPrefix(got.Old, old) {
			t.Errorf("%s: the old key was %q", c.name, got.Old)
		}
		fp, err := policy.KeyFingerprint(old)
		if err != nil {
			t.Fatal(err)
		}
		ro.Old, ro.Until, ro.Reason = fp, time.Time{}, `lost: "stolen"`
		got, err = policy.Rotate(text, policy.Known{}, ro)
		if err != nil || !strings.Contains(got.Text, `reason: "lost: \"stolen\""`) || !strings.Contains(got.Text, "revoked_at: 2026-11-20T12:00:00Z") {
			t.Errorf("%s: revoked: %v\n%s", c.name, err, got.Text)
		}
	}
}

func pemKey(t testing.TB, name, indent string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	der, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	return indent + strings.ReplaceAll(text, "\n", "\n"+indent)
}

// TestRotateBlock: a key of several lines stands deeper afterwards.
func TestRotateBlock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	text := "version: 1\nagents:\n  - id: claw\n    keys:\n      - |\n" + pemKey(t, "old", "        ") + "\n    emails: [claw@example.com]\nprovenance: {require: attested}\n"
	got, err := policy.Rotate(text, policy.Known{}, policy.Rotation{Owner: "claw", Old: pemKey(t, "old", ""), New: pemKey(t, "new", "") + "\n", At: at, Until: at.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	want := "version: 1\nagents:\n  - id: claw\n    keys:\n      - key: |\n" + pemKey(t, "old", "          ") + "\n        not_after: 2026-11-20T13:00:00Z\n      - key: \"" +
		strings.ReplaceAll(pemKey(t, "new", ""), "\n", `\n`) + "\"\n        not_before: 2026-11-20T12:00:00Z\n    emails: [claw@example.com]\nprovenance: {require: attested}\n"
	if d := cmp.Diff(want, got.Text); d != "" {
		t.Error(d)
	}
}

// TestRotateFile: a key that the policy has in a file, in the forms in which our own
// documents list it.
func TestRotateFile(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	next := strings.ReplaceAll(pemKey(t, "new", ""), "\n", `\n`)
	files := func(path string) (string, error) {
		if path != ".github/claw/agent.pub" {
			return "", errors.New("no such file")
		}
		return strings.ReplaceAll(pemKey(t, "old", ""), "\n", "\r\n") + "\r\n", nil // as Windows has it
	}
	for _, c := range []struct{ keys, want string }{
		{
			"    keys: [{file: .github/claw/agent.pub}]\n",
			"    keys: [{file: .github/claw/agent.pub, not_after: 2026-11-20T13:00:00Z}, {key: \"" + next + "\", not_before: 2026-11-20T12:00:00Z}]\n",
		},
		{
			"    keys:\n      - file: .github/claw/agent.pub # with git\n",
			"    keys:\n      - file: .github/claw/agent.pub # with git\n        not_after: 2026-11-20T13:00:00Z\n      - key: \"" + next + "\"\n        not_before: 2026-11-20T12:00:00Z\n",
		},
	} {
		text := "version: 1\nagents:\n  - id: claw\n" + c.keys + "provenance: {require: attested}\n"
		ro := policy.Rotation{Owner: "claw", Old: pemKey(t, "old", ""), New: pemKey(t, "new", ""), At: at, Until: at.Add(time.Hour), Files: files}
		got, err := policy.Rotate(text, policy.Known{}, ro)
		if err != nil {
			t.Error(err)
			continue
		}
		if d := cmp.Diff(strings.Replace(text, c.keys, c.want, 1), got.Text); d != "" {
			t.Error(d)
		}
		if got.Old != pemKey(t, "old", "") {
			t.Errorf("the old key was %q", got.Old)
		}
		ro.Files = nil
		if _, err := policy.Rotate(text, policy.Known{}, ro); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("without files: %v", err)
		}
		ro.Files = func(string) (string, error) { return sshKey(t, "old"), nil }
		if _, err := policy.Rotate(text, policy.Known{}, ro); err == nil {
			t.Error("a file that holds no PEM key was taken")
		}
	}
	// The new key must not be one that another owner has in a file.
	text := "version: 1\nagents:\n  - id: claw\n    keys: [" + "{key: \"" + next + "\"}]\n  - id: other\n    keys: [{file: .github/claw/agent.pub}]\nprovenance: {require: attested}\n"
	_, err := policy.Rotate(text, policy.Known{}, policy.Rotation{Owner: "claw", Old: pemKey(t, "new", ""), New: pemKey(t, "old", ""), At: at, Until: at.Add(time.Hour), Files: files})
	if err == nil || !strings.Contains(err.Error(), "agent other already") {
		t.Errorf("a key of another agent's file: %v", err)
	}
}

// TestRotateProlongsNothing: no rotation gives a key a day that it did not have.
func TestRotateProlongsNothing(t *testing.T) {
	t.Parallel()
	old, next := sshKey(t, "old"), sshKey(t, "new")
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	rotate := func(life string, until time.Time) (policy.Rotated, error) {
		text := "version: 1\nagents:\n  - id: claw\n    keys:\n      - key: " + old + "\n" + life + "provenance: {require: signed}\n"
		return policy.Rotate(text, policy.Known{}, policy.Rotation{Owner: "claw", Old: old, New: next, At: at, Until: until, Reason: "lost"})
	}
	for _, c := range []struct{ name, life, want string }{
		{"ended", "        not_after: 2026-01-01\n", "not good at 2026-11-20T12:00:00Z: ended 2026-01-01"},
		{"ended a moment ago", "        not_after: 2026-11-20T11:59:59.5Z\n", "ended"},
		{"to come", "        not_before: 2026-12-01\n", "from 2026-12-01"},
		{"revoked", "        revoked_at: 2026-01-01\n        reason: stolen\n", "revoked 2026-01-01T00:00:00Z: stolen"},
		{"to be revoked", "        revoked_at: 2027-01-01\n        reason: it is sold\n", "until it is revoked 2027-01-01"},
	} {
		for _, until := range []time.Time{{}, at.Add(72 * time.Hour)} {
			if got, err := rotate(c.life, until); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v\n%s", c.name, err, got.Text)
			}
		}
	}
	for _, c := range []struct {
		life  string
		until time.Time
	}{
		{"        not_after: 2026-11-21 # the audit\n", time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)},
		{"        not_after: '2026-11-21T00:00:00.5Z'\n", time.Date(2026, 11, 21, 0, 0, 0, 5e8, time.UTC)},
		{"        not_after: \"2026-11-23T14:00:00+02:00\"\n", at.Add(72 * time.Hour)},
		{"        not_after: 2027-01-01\n", at.Add(72 * time.Hour)},
	} {
		got, err := rotate(c.life, at.Add(72*time.Hour+time.Millisecond))
		if err != nil {
			t.Errorf("%s: %v", c.life, err)
			continue
		}
		if !got.Until.Equal(c.until) {
			t.Errorf("%s: until %v, want %v", c.life, got.Until, c.until)
		}
		if !c.until.Equal(at.Add(72*time.Hour)) && !strings.Contains(got.Text, c.life) {
			t.Errorf("an end that stays was written anew:\n%s", got.Text)
		}
		p, _ := policy.Parse(got.Text, policy.Known{})
		if k := p.Agents[0].Keys[0]; !k.NotAfter.Equal(c.until) {
			t.Errorf("%s: not_after is %v", c.life, k.NotAfter)
		}
	}
	if got, err := rotate("", at.Add(-time.Second)); err == nil {
		t.Errorf("an end before the beginning:\n%s", got.Text)
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
		{"an error behind a warning", "version: 1\nwaivers: [{rule: a.b, subject: \"*\", owner: bob, reason: x, expires: 2026-01-01}]\npeople: [{id: bob, github_ids: [1]}]\nnonsense: 1\n", "bob", old, next, `error: unknown key "nonsense"`},
		{"nobody", good, "claude", old, next, `no agent, person or attestor "claude"`},
		{"another key", good, "claw", sshKey(t, "third"), next, "keys list"},
		{"an authority", head + "    keys:\n      - {key: \"" + old + "\", cert_authority: true, principals: [claw]}\n" + rest, "claw", old, next, "authorities are changed by hand"},
		{"garbage", good, "claw", old, "ssh-ed25519 AAAA", "read new key"},
		{"a private key", good, "claw", old, "-----BEGIN OPENSSH PRIVATE KEY-----\n", "this is a private key"},
		{"the same", good, "claw", old, old, "the new key is the old one"},
		{"the same in another form", good, "claw", old, pemKey(t, "old", ""), "the new key is the old one"},
		{"somebody else's", good + "people: [{id: bob, github_ids: [1], keys: [\"" + next + "\"]}]\n", "claw", old, next, "belongs to"},
	} {
		got, err := policy.Rotate(c.text, policy.Known{Rules: []string{"a.b"}}, policy.Rotation{Owner: c.owner, Old: c.old, New: c.next, At: at, Until: at.Add(time.Hour)})
		if err == nil || got.Text != "" || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "warning:") {
			t.Errorf("%s: %v\n%s", c.name, err, got.Text)
		}
	}
	if _, err := policy.Rotate(good, policy.Known{}, policy.Rotation{Owner: "claw", Old: old, New: next, At: at}); err == nil || !strings.Contains(err.Error(), "wants a reason") {
		t.Errorf("revoked for no reason: %v", err)
	}
}

func TestKeyLives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	p, problems := policy.Parse("version: 1\nagents:\n  - id: claw\n    keys:\n      - "+sshKey(t, "a")+"\n      - {key: "+sshKey(t, "b")+", not_after: 2026-01-01}\n      - {key: "+sshKey(t, "c")+", not_before: 2027-01-01}\n      - {key: "+sshKey(t, "d")+", revoked_at: 2026-02-01, reason: lost}\n      - {key: "+sshKey(t, "e")+", revoked_at: 2027-02-01, reason: sold}\n      - {key: "+sshKey(t, "f")+", not_after: 2027-01-01}\n      - file: keys/a.pem\n      - file: keys/b.pem\nprovenance: {require: signed, allowed_signers: signers, attestors: [{id: forge, keys: [{file: keys/c.pem}]}]}\n", policy.Known{})
	if p == nil {
		t.Fatal(problems)
	}
	lives := func(files policy.KeyFiles) []string {
		var got []string
		for i, k := range p.KeyLives(at, files) {
			if i < 6 {
				k.Name = ""
			}
			got = append(got, strings.Join([]string{k.Owner, k.Name, k.State}, " | "))
		}
		return got
	}
	fp, err := policy.KeyFingerprint(pemKey(t, "g", ""))
	if err != nil {
		t.Fatal(err)
	}
	listed := []string{
		"agent claw |  | good", "agent claw |  | ended 2026-01-01T00:00:00Z", "agent claw |  | from 2027-01-01T00:00:00Z",
		"agent claw |  | revoked 2026-02-01T00:00:00Z: lost", "agent claw |  | good until it is revoked 2027-02-01T00:00:00Z", "agent claw |  | good until 2027-01-01T00:00:00Z",
	}
	if d := cmp.Diff(append(slices.Clone(listed),
		"agent claw | "+fp+" in keys/a.pem | good",
		"agent claw | keys/b.pem | unknown: no such file",
		"attestor forge | keys/c.pem | unknown: read PEM public key: it does not begin with -----BEGIN PUBLIC KEY-----",
		"allowed_signers | signers | principals without a pattern: 2; their keys, and until when they count, the file says",
		"allowed_signers | ann@example.com | as signers says", "allowed_signers | bob@example.com | as signers says",
	), lives(func(path string) (string, error) {
		text, ok := map[string]string{"keys/a.pem": pemKey(t, "g", ""), "keys/c.pem": "x", "signers": "bob@example.com,ann@example.com " + sshKey(t, "s") + "\n*@example.org " + sshKey(t, "u") + "\n"}[path]
		if !ok {
			return "", errors.New("no such file")
		}
		return text, nil
	})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(append(listed,
		"agent claw | keys/a.pem | unknown: files are not read here", "agent claw | keys/b.pem | unknown: files are not read here",
		"attestor forge | keys/c.pem | unknown: files are not read here", "allowed_signers | signers | unknown: files are not read here",
	), lives(nil)); d != "" {
		t.Error(d)
	}
}
