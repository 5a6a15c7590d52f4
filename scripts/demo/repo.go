package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// repo is the demonstration's repository.
type repo struct {
	dir, fixtures string
	claw, alice   ssh.Signer
}

const (
	clawName  = "Claw <claw@agents.example>"
	aliceName = "Alice <alice@example.com>"
)

func newRepo(ctx context.Context, dir, fixtures string) (*repo, error) {
	r := &repo{dir: dir, fixtures: fixtures}
	var err error
	if r.claw, err = newKey(); err != nil {
		return nil, err
	}
	if r.alice, err = newKey(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, ".github"), 0o750); err != nil {
		return nil, err
	}
	if _, err := r.git(ctx, nil, "init", "-q", "-b", "main"); err != nil {
		return nil, err
	}
	if err := r.write(".github/claw-verified.yml", fmt.Sprintf(policy, publicKey(r.claw), publicKey(r.alice))); err != nil {
		return nil, err
	}
	if err := r.copy("base/main.tf", "main.tf"); err != nil {
		return nil, err
	}
	return r, r.commit(ctx, "main", "", aliceName, r.alice, "Start the repository")
}

// The policy of the demonstration: one agent, three people, defaults for the rest.
const policy = `version: 1
agents:
  - id: claw
    emails: [claw@agents.example]
    keys: ["%s"]
    operators: [alice]
people:
  - {id: alice, github_ids: [1], emails: [alice@example.com], keys: ["%s"]}
  - {id: bob, github_ids: [2], emails: [bob@example.com]}
  - {id: carol, github_ids: [3], emails: [carol@example.com]}
`

func (r *repo) change(ctx context.Context) error {
	if err := r.copy("before/main.tf", "main.tf"); err != nil {
		return err
	}
	if err := r.commit(ctx, "agent/change", "main", clawName, r.claw, "Move orders to a new database"); err != nil {
		return err
	}
	if err := r.write("debug.tf", "# Port 22 for debugging, see main.tf.\n"); err != nil {
		return err
	}
	if err := r.commit(ctx, "agent/change", "agent/change", clawName, nil, "Open SSH for debugging"); err != nil {
		return err
	}
	return r.copy("before.plan.json", "plan.json")
}

func (r *repo) repair(ctx context.Context) error {
	if err := os.Remove(filepath.Join(r.dir, "debug.tf")); err != nil {
		return err
	}
	if err := r.copy("repaired/main.tf", "main.tf"); err != nil {
		return err
	}
	if err := r.commit(ctx, "agent/repaired", "main", clawName, r.claw, "Give the office SSH to the web servers"); err != nil {
		return err
	}
	if err := r.copy("repaired.plan.json", "plan.json"); err != nil {
		return err
	}
	head, err := r.git(ctx, nil, "rev-parse", "agent/repaired")
	if err != nil {
		return err
	}
	seen := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	plan, err := os.ReadFile(filepath.Join(r.dir, "plan.json"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(plan)
	approval := func(n int) map[string]any {
		return map[string]any{
			"id": n, "account": n, "state": "approved", "commit": head, "submitted_at": seen.Add(30 * time.Minute),
			"plan_digests": []string{"sha256:" + hex.EncodeToString(sum[:])},
		}
	}
	reviews, err := json.MarshalIndent(map[string]any{
		"schema": "https://claw-verified.dev/reviews/v1", "author": map[string]any{"id": 1, "login": "alice"}, "head_seen_at": seen,
		"accounts": []any{
			map[string]any{"id": 1, "login": "alice", "type": "User", "permission": "write"},
			map[string]any{"id": 2, "login": "bob", "type": "User", "permission": "write"},
			map[string]any{"id": 3, "login": "carol", "type": "User", "permission": "write"},
		},
		"reviews": []any{approval(2), approval(3)},
	}, "", "  ")
	if err != nil {
		return err
	}
	return r.write("reviews.json", string(reviews)+"\n")
}

// commit records the work tree's main.tf, debug.tf and policy on a branch. It
// writes the commit object itself, as git commit -S would, so that the
// demonstration needs git and nothing else.
func (r *repo) commit(ctx context.Context, branch, parent, who string, key ssh.Signer, message string) error {
	if _, err := r.git(ctx, nil, "add", "-A", "--", ".github", "*.tf"); err != nil {
		return err
	}
	tree, err := r.git(ctx, nil, "write-tree")
	if err != nil {
		return err
	}
	head := "tree " + tree + "\n"
	if parent != "" {
		id, err := r.git(ctx, nil, "rev-parse", parent)
		if err != nil {
			return err
		}
		head += "parent " + id + "\n"
	}
	stamp := fmt.Sprintf("%s %d +0000\n", who, time.Now().Unix())
	head += "author " + stamp + "committer " + stamp
	body := "\n" + message + "\n"
	if key != nil {
		sig, err := sshsig.Sign(strings.NewReader(head+body), key, sshsig.HashSHA512, "git")
		if err != nil {
			return err
		}
		head += "gpgsig " + strings.ReplaceAll(strings.TrimSpace(string(sshsig.Armor(sig))), "\n", "\n ") + "\n"
	}
	id, err := r.git(ctx, []byte(head+body), "hash-object", "-t", "commit", "-w", "--stdin")
	if err != nil {
		return err
	}
	_, err = r.git(ctx, nil, "update-ref", "refs/heads/"+branch, id)
	return err
}

func (r *repo) git(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // fixed arguments
	cmd.Dir, cmd.Stdin = r.dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}

func (r *repo) write(name, content string) error {
	return os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600)
}

func (r *repo) copy(from, to string) error {
	b, err := os.ReadFile(filepath.Join(r.fixtures, from)) //nolint:gosec // our own fixtures
	if err != nil {
		return err
	}
	return r.write(to, string(b))
}

func newKey() (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromSigner(key)
}

func publicKey(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}
