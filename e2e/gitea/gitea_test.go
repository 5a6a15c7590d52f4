//go:build e2e

package gitea

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The account of the agent, and its repository.
const (
	user       = "claw-agent"
	repository = "infra"
)

// settings: work folder, port, folder of the program.
const settings = `RUN_MODE = prod
WORK_PATH = %[1]s
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[2]s
ROOT_URL = http://127.0.0.1:%[2]s/
STATIC_ROOT_PATH = %[3]s
OFFLINE_MODE = true
DISABLE_SSH = true
GRACEFUL_HAMMER_TIME = 2s

[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db

[security]
INSTALL_LOCK = true

[service]
DISABLE_REGISTRATION = true

[indexer]
ISSUE_INDEXER_TYPE = db

[actions]
ENABLED = false

[oauth2]
ENABLED = false

[cron]
ENABLED = false

[log]
MODE = console
LEVEL = Warn
`

// patience bounds everything that is waited for.
const patience = time.Minute

// forge is a Gitea with one account and one empty repository.
type forge struct {
	program, dir string
	url          string
	token        string
	client       *http.Client
}

// start runs Gitea until the test ends; then nothing of it is left.
func start(t *testing.T) *forge {
	t.Helper()
	program := os.Getenv("CLAW_E2E_GITEA")
	if program == "" {
		t.Skip("NOT TESTED against Gitea: CLAW_E2E_GITEA does not name it, make e2e-forge builds it and does")
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("find the program that CLAW_E2E_GITEA names: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	f := &forge{
		program: program, dir: t.TempDir(), url: "http://127.0.0.1:" + port,
		client: &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	if err := os.WriteFile(f.settings(), fmt.Appendf(nil, settings, f.dir, port, filepath.Dir(program)), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run(t, "migrate")
	f.run(t, "admin", "user", "create", "--username", user, "--email", "claw@agents.example", "--random-password", "--must-change-password=false")
	lines := strings.Fields(f.run(t, "admin", "user", "generate-access-token", "--raw", "--username", user, "--scopes", "write:repository,write:user"))
	f.token = lines[len(lines)-1] // its log goes there too, before
	f.serve(t)
	f.call(t, "POST", "/user/repos", map[string]any{"name": repository, "private": true, "default_branch": "main"}, nil)
	return f
}

func (f *forge) settings() string { return filepath.Join(f.dir, "app.ini") }

// command is Gitea with nothing of the machine's own settings, and no way out.
func (f *forge) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, f.program, append([]string{"--config", f.settings(), "--work-path", f.dir}, args...)...)
	cmd.Dir, cmd.WaitDelay = f.dir, 10*time.Second
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1"} // Go leaves loopback out of it
	return cmd
}

func (f *forge) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var out, said bytes.Buffer
	cmd := f.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("gitea %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), said.String())
	}
	return out.String()
}

func (f *forge) serve(t *testing.T) {
	t.Helper()
	// Not the test's context: that ends before what is to be cleaned up.
	ctx, stop := context.WithCancel(context.Background())
	cmd := f.command(ctx, "web")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		stop()
		<-ended
		if t.Failed() {
			t.Logf("Gitea said:\n%s", said.String())
		}
	})
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if r, err := f.client.Get(f.url + "/api/v1/version"); err == nil {
			r.Body.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("Gitea ended")
		default:
		}
		if time.Now().After(until) {
			t.Fatal("Gitea does not answer")
		}
	}
}

// call asks the API. out is nil, a pointer to what JSON is read into, or a *[]byte.
func (f *forge) call(t *testing.T, method, path string, body, out any) http.Header {
	t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, f.url+"/api/v1"+path, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "token "+f.token)
	r.Header.Set("Content-Type", "application/json")
	a, err := f.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("status %d: %s", a.StatusCode, b)
	}
	switch raw, ok := out.(*[]byte); {
	case err != nil || out == nil:
	case ok:
		*raw = b
	default:
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a.Header
}
