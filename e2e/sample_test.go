//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// forged is the subject of the agent's commit: a workflow command, which must not
// reach the log as one.
const forged = "::error title=forged::Everything is fine%0A::set-output name=verdict::verified"

// sample is a pull request in a workspace: a real repository with the change
// checked out, a plan, reviews and the event.
type sample struct {
	workspace  string // what the runner mounts
	repo       string // relative to the workspace
	event      string // a file outside the workspace
	base, head string
}

// verified is a pull request that satisfies its policy: one commit of the agent,
// signed with the key that the policy at the base lists, a harmless plan, and the
// approval of somebody who had no part in it.
func verified(t *testing.T, repo string) *sample {
	return newSample(t, repo, "verified.plan.json", true)
}

// refused is one that does not: the commit is signed with another key, and the plan
// deletes a database.
func refused(t *testing.T, repo string) *sample {
	return newSample(t, repo, "refused.plan.json", false)
}

const policyText = `version: 1
agents:
  - id: claw
    emails: [claw@agents.example]
    keys: [%q]
    operators: [alice]
people:
  - {id: alice, github_ids: [1], emails: [alice@example.com], keys: [%q]}
  - {id: bob, github_ids: [2], emails: [bob@example.com]}
`

func newSample(t *testing.T, repo, plan string, good bool) *sample {
	t.Helper()
	dir := t.TempDir()
	s := &sample{workspace: filepath.Join(dir, "workspace"), repo: repo, event: filepath.Join(dir, "event.json")}
	top := filepath.Join(s.workspace, repo)
	alice, claw, other := newKey(t, dir, "alice"), newKey(t, dir, "claw"), newKey(t, dir, "other")

	write(t, filepath.Join(top, ".github/claw-verified.yml"), fmt.Sprintf(policyText, public(t, claw), public(t, alice)))
	write(t, filepath.Join(top, "main.tf"), "# The infrastructure of a small shop.\n")
	git(t, top, "init", "-q", "-b", "main")
	git(t, top, "add", "-A")
	commit(t, top, "Alice <alice@example.com>", alice, "Start the repository")
	s.base = git(t, top, "rev-parse", "HEAD")

	git(t, top, "checkout", "-q", "-b", "agent/change")
	write(t, filepath.Join(top, "main.tf"), "# The infrastructure of a small shop, changed.\n")
	git(t, top, "add", "-A")
	key := claw
	if !good {
		key = other
	}
	commit(t, top, "Claw <claw@agents.example>", key, forged)
	s.head = git(t, top, "rev-parse", "HEAD")
	git(t, top, "checkout", "-q", "--detach")

	data, err := os.ReadFile(filepath.Join("testdata", plan))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(s.workspace, "evidence/plan.json"), string(data))
	seen := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	writeJSON(t, filepath.Join(s.workspace, "evidence/reviews.json"), map[string]any{
		"schema": "https://claw-verified.dev/reviews/v1", "author": account(1, "alice"), "head_seen_at": seen,
		"accounts": []any{
			map[string]any{"id": 1, "login": "alice", "type": "User", "permission": "write"},
			map[string]any{"id": 2, "login": "bob", "type": "User", "permission": "write"},
		},
		"reviews": []any{map[string]any{"id": 1, "account": 2, "state": "approved", "commit": s.head, "submitted_at": seen.Add(30 * time.Minute)}},
	})
	repository := map[string]any{"id": 1, "name": "infra", "full_name": "acme/infra", "default_branch": "main", "owner": account(9, "acme")}
	writeJSON(t, s.event, map[string]any{
		"action": "synchronize", "number": 7, "repository": repository, "sender": account(1, "alice"),
		"pull_request": map[string]any{
			"number": 7, "title": forged, "state": "open", "user": account(1, "alice"),
			"base": map[string]any{"ref": "main", "sha": s.base, "repo": repository},
			"head": map[string]any{"ref": "agent/change", "sha": s.head, "repo": repository},
		},
	})
	return s
}

func account(id int, login string) map[string]any {
	return map[string]any{"id": id, "login": login}
}

// newKey makes a key with ssh-keygen and returns the path of its private half.
func newKey(t *testing.T, dir, name string) string {
	t.Helper()
	key := filepath.Join(dir, name)
	command(t, dir, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key)
	return key
}

func public(t *testing.T, key string) string {
	t.Helper()
	b, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// commit makes a signed commit, the way people and agents do.
func commit(t *testing.T, top, who, key, subject string) {
	t.Helper()
	name, email, _ := strings.Cut(strings.TrimSuffix(who, ">"), " <")
	env := []string{"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + email, "GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + email}
	command(t, top, env, "git", "-c", "gpg.format=ssh", "-c", "user.signingkey="+key+".pub", "commit", "-q", "-S", "-m", subject)
}

func git(t *testing.T, top string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(command(t, top, nil, "git", args...))
}

func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1"), env...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, string(b)+"\n")
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
