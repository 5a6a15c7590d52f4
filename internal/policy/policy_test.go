package policy

import (
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is the time at which the tests lint.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// known are the rules of the program at the time of writing.
var known = Known{Rules: []string{
	"provenance.unsigned", "provenance.bad-signature", "provenance.unknown-key", "provenance.key-expired",
	"provenance.key-revoked", "provenance.level-too-low", "provenance.signature-unsupported", "provenance.object-mismatch",
	"provenance.weak-key", "provenance.several-signatures",
	"plan.delete", "plan.delete-data", "plan.replace", "plan.replace-data", "plan.forget", "plan.unknown-action",
	"plan.exposure-world", "plan.exposure-admin-port", "plan.exposure-wider", "plan.exposure-unknown", "plan.part-removed", "plan.partial", "plan.deferred",
	"review.not-enough", "review.veto", "review.gate-files", "review.policy-broken",
}, Markers: []string{"Claude", "Copilot", "Cursor", "aider"}}

// golden compares with a file, or writes it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at it and run the test with -update\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func parseOK(t testing.TB, text string) *Policy {
	t.Helper()
	p, problems := Parse(text, known)
	if p == nil {
		t.Fatalf("refused: %v\n%s", problems, text)
	}
	return p
}
