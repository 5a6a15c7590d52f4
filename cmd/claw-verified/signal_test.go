//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterruptWhileWaiting: a command that waits for standard input ends when it
// is interrupted, and has decided nothing.
func TestInterruptWhileWaiting(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "claw-verified")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r, w, err := os.Pipe() // nobody writes, nobody closes
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	var errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), bin, "policy", "lint", "-")
	cmd.Stdin, cmd.Stderr = r, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // until it waits; too early, and the default ends it
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("it waits on after SIGINT")
	}
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
