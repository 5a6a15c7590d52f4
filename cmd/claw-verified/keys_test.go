package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSwap: a policy is the old one or the new one at every moment, and what somebody
// else wrote meanwhile is not lost.
func TestSwap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "p.yml")
	if err := os.WriteFile(name, []byte("before"), 0o640); err != nil {
		t.Fatal(err)
	}
	staged, err := stage(name, 0o640, []byte("after"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		b, err := os.ReadFile(name)
		st, statErr := os.Stat(name)
		if err := errors.Join(err, statErr); err != nil {
			t.Fatal(err)
		}
		if string(b) != want || st.Mode().Perm() != 0o640 {
			t.Errorf("%q with mode %v, want %q", b, st.Mode(), want)
		}
	}
	check("before")
	if filepath.Dir(staged) != dir {
		t.Errorf("staged in %s: no rename is one step from there", staged)
	}
	if err := swap(staged, name, []byte("what it was before that")); !errors.Is(err, errChanged) {
		t.Errorf("a policy that changed: %v", err)
	}
	check("before")
	if err := swap(staged, name, []byte("before")); err != nil {
		t.Fatal(err)
	}
	check("after")
	if _, err := os.Stat(staged); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the staged file stays: %v", err)
	}
	if _, err := stage(filepath.Join(dir, "nowhere", "p.yml"), 0o600, nil); err == nil {
		t.Error("staged in a folder that is not there")
	}
}
