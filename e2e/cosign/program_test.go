//go:build e2e

package cosign

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is the cosign that the tests run, with a home of its own.
type program struct {
	path, dir string
	env       []string
	shut      []string // what a command is started with that may reach nothing
}

func newProgram(t *testing.T) *program {
	t.Helper()
	path := os.Getenv("CLAW_E2E_COSIGN")
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CLAW_E2E_COSIGN does not name cosign: use make e2e")
		}
		t.Skip("NOT TESTED against cosign: CLAW_E2E_COSIGN does not name it, make e2e does")
	}
	dir := t.TempDir()
	p := &program{path: path, dir: dir, env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TUF_ROOT=" + filepath.Join(dir, "tuf"), "COSIGN_PASSWORD="}}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} { // Go leaves loopback out of it
		p.env = append(p.env, name+"=http://127.0.0.1:1")
	}
	if exec.Command("unshare", "--net", "true").Run() == nil {
		p.shut = []string{"unshare", "--net", "--"}
	}
	return p
}

// try runs cosign without a network.
func (p *program) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return p.run(t, append(append([]string{}, p.shut...), append([]string{p.path}, args...)...)...)
}

func (p *program) run(t *testing.T, argv ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, &said, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v", strings.Join(argv, " "), err)
	}
	return said.String(), err
}

func (p *program) must(t *testing.T, args ...string) {
	t.Helper()
	if said, err := p.try(t, args...); err != nil {
		t.Fatalf("cosign %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

// refuses wants cosign to refuse, for a reason that has the words.
func (p *program) refuses(t *testing.T, words string, args ...string) {
	t.Helper()
	said, err := p.try(t, args...)
	if err == nil {
		t.Errorf("cosign %s: accepted, want it refused", strings.Join(args, " "))
	} else if !strings.Contains(said, words) {
		t.Errorf("cosign %s: refused, but does not say %q:\n%s", strings.Join(args, " "), words, said)
	}
}

// file writes a file into the program's folder and returns its path.
func (p *program) file(t *testing.T, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(p.dir, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// repository is a real one with one commit.
func repository(t *testing.T) (dir, commit string) {
	t.Helper()
	dir = t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("# The infrastructure of a small shop.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "Start the repository")
	return dir, strings.TrimSpace(string(git(t, dir, "rev-parse", "HEAD")))
}

func git(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Claw", "GIT_AUTHOR_EMAIL=claw@agents.example", "GIT_COMMITTER_NAME=Claw", "GIT_COMMITTER_EMAIL=claw@agents.example")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out
}
