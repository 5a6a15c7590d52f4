//go:build unix

package run

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
)

// TestNamedPipe: nobody writes to it, so opening it would wait for ever.
func TestNamedPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "p.json", "{}")
	for _, c := range []config.Check{
		{Root: dir, Plans: []string{"pipe"}},
		{Root: dir, Plans: []string{"p.json"}, PlanFiles: []string{"pipe"}},
		{Root: dir, Manifest: "pipe"},
		{Root: dir, Plans: []string{dir}},
	} {
		_, err := openPlans(c, nil)
		var p *collect.Problem
		if !errors.As(err, &p) || p.Kind != checks.GapConfiguration || !strings.Contains(p.Message, "no regular file") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
