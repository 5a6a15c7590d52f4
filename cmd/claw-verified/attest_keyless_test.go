package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// TestAttestKeyless: the command, from the token to the note.
func TestAttestKeyless(t *testing.T) {
	t.Parallel()
	g := gittest.Init(t)
	head := g.Commit("one", "a", "1")
	sig := sigstoretest.New(t, time.Now())
	services := sig.Serve(t, sigstoretest.Workflow("acme/shop", head))
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	common := []string{
		"attest", "--repo", g.Dir, "--repository", "acme/shop", "--agent", "claude-code", "--keyless",
		"--identity-token-file", write("token", []byte(services.Token)), "--trusted-root", sig.WriteRoot(dir),
	}
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := execute(context.Background(), append(append([]string{}, common...), args...), nil, &out, &out)
		return code, out.String()
	}
	for _, args := range [][]string{
		{"--fulcio-url", services.Fulcio, "--rekor-url", services.Rekor},
		{"--fulcio-url", services.Fulcio, "--rekor-url", services.Rekor, "--timestamp-url", services.TSA},
		{"--signing-config", write("signing_config.json", services.SigningConfig(time.Now().Add(-time.Hour), true))},
	} {
		code, out := run(args...)
		if code != 0 || !strings.Contains(out, "by "+sigstoretest.Signer) || strings.Contains(out, services.Token) {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
		}
	}
	if n := strings.Count(g.Git("notes", "--ref=claw-attestations", "show", head), "certificate"); n < 3 {
		t.Errorf("%d bundles with a certificate", n)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"two ways", []string{"--key", "x"}},
		{"is not https", []string{"--fulcio-url", "http://fulcio.example"}},
		{"Nobody would say when", []string{"--fulcio-url", services.Fulcio, "--rekor-url="}},
		{"give one of them", []string{"--signing-config", "x", "--rekor-url", "y"}},
	} {
		if code, out := run(c.args...); code != 2 || !strings.Contains(out, c.want) {
			t.Errorf("%v: exit code %d\n%s", c.args, code, out)
		}
	}
}
