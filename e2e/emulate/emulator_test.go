//go:build e2e

package emulate

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	appID        = 12345
	installation = 100
	boss, alice  = "tok_boss", "tok_alice"
)

// seed is the world that the emulator begins with.
const seed = `tokens:
  tok_boss: {login: boss, scopes: [repo, admin:org, admin:repo_hook, workflow]}
  tok_alice: {login: alice, scopes: [repo]}
github:
  users:
    - {login: boss, name: Boss, email: boss@example.com}
    - {login: alice, name: Alice Human, email: alice@example.com}
  orgs:
    - {login: acme, name: Acme, members: [{login: boss, role: admin}, {login: alice, role: member}]}
  repos:
    - {owner: acme, name: infra, description: Terraform, auto_init: true, private: true}
    - {owner: acme, name: other, description: Not ours, auto_init: true, private: true}
  apps:
    - app_id: %d
      slug: claw-verified
      name: Claw Verified
      permissions: {checks: write, contents: read, pull_requests: read, metadata: read, actions: read, members: read}
      events: []
      private_key: |
%s
      installations: [{installation_id: %d, account: acme, repository_selection: all}]
`

// emulator is the foreign program and what was put into it.
type emulator struct {
	t    *testing.T
	url  string
	key  []byte // PEM, of the App
	base string // ids of commits
	head string
	pull int
}

func newKey(t *testing.T) []byte {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})
}

func start(t *testing.T) *emulator {
	t.Helper()
	dir := os.Getenv("CLAW_E2E_EMULATE")
	if dir == "" {
		const why = "the emulator is not here: make e2e-emulate installs it, and needs Node 20 or later and npm"
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node := os.Getenv("CLAW_E2E_NODE")
	if node == "" {
		node = "node"
	}
	e := &emulator{t: t, key: newKey(t)}
	indented := "        " + strings.ReplaceAll(strings.TrimSpace(string(e.key)), "\n", "\n        ")
	name := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(name, fmt.Appendf(nil, seed, appID, indented, installation), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	e.url = "http://127.0.0.1:" + port
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, filepath.Join(dir, "node_modules/emulate/dist/index.js"), "start", "-s", "github", "-p", port, "--seed", name)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get(e.url + "/repos/acme/infra"); err == nil {
			r.Body.Close()
			break
		}
		select {
		case <-ended:
			t.Fatalf("the emulator ended:\n%s", said.String())
		default:
		}
		if time.Now().After(until) {
			stop()
			<-ended
			t.Fatalf("the emulator does not answer:\n%s", said.String())
		}
	}
	e.fill()
	return e
}

// as speaks to the emulator as somebody, past our client and the validator.
func (e *emulator) as(token, method, path string, body, out any) {
	e.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			e.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, in)
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("status %d: %s", a.StatusCode, b)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(b, out)
	}
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// fill makes a change and proposes it.
func (e *emulator) fill() {
	e.t.Helper()
	var ref struct{ Object struct{ SHA string } }
	e.as(boss, "GET", "/repos/acme/infra/git/ref/heads/main", nil, &ref)
	e.base = ref.Object.SHA
	e.as(boss, "POST", "/repos/acme/infra/git/refs", map[string]any{"ref": "refs/heads/agent/net", "sha": e.base}, nil)
	for i, text := range []string{"# one\n", "# two\n"} {
		e.as(boss, "PUT", fmt.Sprintf("/repos/acme/infra/contents/net%d.tf", i), map[string]any{
			"message": "net", "branch": "agent/net", "content": base64.StdEncoding.EncodeToString([]byte(text)),
		}, nil)
	}
	e.as(boss, "GET", "/repos/acme/infra/git/ref/heads/agent/net", nil, &ref)
	e.head = ref.Object.SHA
	var pull struct{ Number int }
	e.as(boss, "POST", "/repos/acme/infra/pulls", map[string]any{"title": "Net", "head": "agent/net", "base": "main"}, &pull)
	e.pull = pull.Number
}
