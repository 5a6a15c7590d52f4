//go:build e2e

package gitea

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// key is an SSH key that ssh-keygen made.
type key struct {
	path        string // of the private half
	public      string // as it stands in a policy
	fingerprint string
}

func newKey(t *testing.T, name string) key {
	t.Helper()
	k := key{path: filepath.Join(t.TempDir(), name)}
	program(t, "", nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", k.path)
	b, err := os.ReadFile(k.path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	k.public = strings.TrimSpace(string(b))
	fields := strings.Fields(program(t, "", nil, "ssh-keygen", "-l", "-E", "sha256", "-f", k.path))
	if len(fields) < 2 {
		t.Fatalf("ssh-keygen -l says %q", fields)
	}
	k.fingerprint = fields[1]
	return k
}

// clone is the agent's own repository, whose origin is the forge.
type clone struct {
	dir string
	env []string
}

func newClone(t *testing.T, f *forge) *clone {
	t.Helper()
	c := &clone{dir: t.TempDir()}
	c.env = []string{
		"HOME=" + c.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Claw", "GIT_AUTHOR_EMAIL=claw@agents.example", "GIT_COMMITTER_NAME=Claw", "GIT_COMMITTER_EMAIL=claw@agents.example",
		// The token, where no list of processes shows it.
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader", "GIT_CONFIG_VALUE_0=Authorization: token " + f.token,
	}
	c.git(t, "init", "-q", "-b", "main")
	c.git(t, "config", "gpg.format", "ssh")
	c.git(t, "remote", "add", "origin", fmt.Sprintf("%s/%s/%s.git", f.url, user, repository))
	return c
}

func (c *clone) git(t *testing.T, args ...string) string {
	t.Helper()
	return program(t, c.dir, c.env, "git", args...)
}

// commit makes one with the file in it, signed by git with the key, and pushes it.
func (c *clone) commit(t *testing.T, signer *key, branch, path, content string) (id string) {
	t.Helper()
	path = filepath.Join(c.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c.git(t, "checkout", "-q", "-B", branch)
	c.git(t, "add", "-A")
	sign := "--no-gpg-sign"
	if signer != nil {
		sign = "-S" + signer.path
	}
	c.git(t, "commit", "-q", sign, "-m", "Write "+filepath.Base(path)+"\n\nNäher erklärt, in zwei Zeilen\nund einem Trailer.\n\nClaw-Task: 7")
	c.git(t, "push", "-q", "origin", branch)
	return strings.TrimSpace(c.git(t, "rev-parse", "HEAD"))
}

// program runs one that must succeed, and returns what it writes.
func program(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}, env...), 5*time.Second
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said.String())
	}
	return string(out)
}
