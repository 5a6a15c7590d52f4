package checks_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

func TestZeroValuesDoNotPass(t *testing.T) {
	t.Parallel()
	var o checks.Outcome
	if o.Passes() || o != checks.Undecided || o.String() != "undecided" {
		t.Errorf("zero outcome: %v", o)
	}
	var v checks.Verdict
	if v.ExitCode() != checks.ExitUndecided {
		t.Errorf("zero verdict exits with %d", v.ExitCode())
	}
	if got := checks.Evaluate(&checks.Snapshot{}); got.Outcome.Passes() {
		t.Errorf("an empty snapshot without checks: %v", got.Outcome)
	}
	if checks.Outcome(200).Passes() || checks.Outcome(200).String() != "undecided" {
		t.Error("an outcome out of range passes")
	}
}

func TestOutcomeWords(t *testing.T) {
	t.Parallel()
	for _, o := range []checks.Outcome{checks.Undecided, checks.Refused, checks.Waiting, checks.Overridden, checks.Verified} {
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var back checks.Outcome
		if err := json.Unmarshal(b, &back); err != nil || back != o {
			t.Errorf("%s: %v %v", b, back, err)
		}
	}
	var o checks.Outcome
	if err := json.Unmarshal([]byte(`"Verified"`), &o); err == nil {
		t.Error("a word of other case is accepted")
	}
}

func TestWorse(t *testing.T) {
	t.Parallel()
	order := []checks.Outcome{checks.Refused, checks.Undecided, checks.Waiting, checks.Overridden, checks.Verified}
	for i, a := range order {
		for j, b := range order {
			if got, want := checks.Worse(a, b), order[min(i, j)]; got != want {
				t.Errorf("Worse(%v, %v) = %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	config := []checks.Gap{{Kind: checks.GapConfiguration}}
	for _, c := range []struct {
		v    checks.Verdict
		want int
	}{
		{checks.Verdict{Outcome: checks.Verified}, 0},
		{checks.Verdict{Outcome: checks.Overridden}, 0},
		{checks.Verdict{Outcome: checks.Refused}, 1},
		{checks.Verdict{Outcome: checks.Waiting}, 1},
		{checks.Verdict{Outcome: checks.Undecided}, 3},
		{checks.Verdict{Outcome: checks.Undecided, Undecided: config}, 2},
		{checks.Verdict{Outcome: checks.Refused, Undecided: config}, 1},
		{checks.Verdict{Outcome: checks.Refused, Mode: "observe"}, 0},
		{checks.Verdict{Outcome: checks.Undecided, Mode: "observe"}, 0},
		{checks.Verdict{Outcome: checks.Refused, Mode: "Observe"}, 1},
	} {
		if got := c.v.ExitCode(); got != c.want {
			t.Errorf("%v %q: exit %d, want %d", c.v.Outcome, c.v.Mode, got, c.want)
		}
	}
}

func TestPathIsReversible(t *testing.T) {
	t.Parallel()
	for path, shown := range map[checks.Path]string{
		"main.tf": "main.tf", "a b": "a b", "ümlaut": "ümlaut", "a\nb": `"a\nb"`, "a\tb": `"a\tb"`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`,
		"\xff\x01x": `"\377\001x"`, `"quoted"`: `"\"quoted\""`, "": "",
	} {
		if path.String() != shown {
			t.Errorf("%q is shown as %s, want %s", string(path), path, shown)
		}
		back, err := checks.UnquotePath(shown)
		if err != nil || back != path {
			t.Errorf("%s reads back as %q, %v", shown, string(back), err)
		}
	}
	for _, bad := range []string{`"`, `"a`, `"\x"`, `"\9"`, `"\`, `"\40"`, `"\777"`} {
		if p, err := checks.UnquotePath(bad); err == nil {
			t.Errorf("%s reads as %q", bad, string(p))
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("tree x\n\nm"))
	f.Add([]byte("\xff\x00\"\\"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := json.Marshal(checks.Bytes(raw))
		if err != nil {
			t.Fatal(err)
		}
		var back checks.Bytes
		if err := json.Unmarshal(b, &back); err != nil || !bytes.Equal(back, raw) {
			t.Fatalf("%s: %q %v", b, back, err)
		}
		j, err := json.Marshal(checks.Path(raw))
		if err != nil {
			t.Fatal(err)
		}
		var p checks.Path
		if err := json.Unmarshal(j, &p); err != nil || string(p) != string(raw) {
			t.Fatalf("%s: %q %v", j, string(p), err)
		}
	})
}

// TestEncodingDoesNotGrow: commit messages are foreign, and an encoder that writes
// six bytes for one "<" lets a small repository fill the memory.
func TestEncodingDoesNotGrow(t *testing.T) {
	t.Parallel()
	object := strings.Repeat("<&>", 1000)
	s := &checks.Snapshot{Commits: []checks.Commit{{ID: "x", Object: checks.Bytes(object)}}}
	enc, err := s.Encode()
	if err != nil || !bytes.Contains(enc, []byte(object)) || len(enc) > len(object)+2000 {
		t.Errorf("%d bytes for %d: %v", len(enc), len(object), err)
	}
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	head := checks.Bytes("version: 2\n")
	s := &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Kind: checks.KindRange,
		Policy:  checks.PolicyText{Text: checks.Bytes("\xff"), Head: &head},
		Commits: []checks.Commit{{ID: "x", Object: checks.Bytes("tree\xfe")}},
		Files:   []checks.File{{Path: "a\nb", Status: "added", Mode: "100644"}},
		Plans:   []checks.Plan{}, Gaps: []checks.Gap{},
	}
	enc, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := checks.DecodeSnapshot(bytes.NewReader(enc))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back); d != "" {
		t.Error(d)
	}
	again, err := back.Encode()
	if err != nil || !bytes.Equal(enc, again) {
		t.Errorf("encodes differently the second time: %v", err)
	}
}

func TestDecodeSnapshotRefuses(t *testing.T) {
	t.Parallel()
	ok := `{"schema":"` + checks.SnapshotSchema + `"}`
	if _, err := checks.DecodeSnapshot(strings.NewReader(ok)); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"empty":          "",
		"other schema":   `{"schema":"https://claw-verified.dev/snapshot/v2"}`,
		"no schema":      `{}`,
		"unknown member": ok[:len(ok)-1] + `,"extra":1}`,
		"trailing data":  ok + "{}",
		"wrong type":     `{"schema":1}`,
	} {
		if _, err := checks.DecodeSnapshot(strings.NewReader(in)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
