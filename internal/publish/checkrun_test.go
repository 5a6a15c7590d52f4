package publish

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/checks"
)

func TestCheckRunConclusions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome checks.Outcome
		mode    string
		want    string
	}{
		{checks.Verified, "enforce", "success"},
		{checks.Overridden, "enforce", "success"},
		{checks.Waiting, "enforce", "action_required"},
		{checks.Refused, "enforce", "failure"},
		{checks.Undecided, "enforce", "failure"},
		{checks.Undecided, "", "failure"},
		{checks.Refused, checks.ModeObserve, "success"},
	} {
		v := &checks.Verdict{Outcome: c.outcome, Mode: c.mode}
		got, err := AsCheckRun(v, "main", 7, Options{})
		if err != nil || got.Conclusion != c.want {
			t.Errorf("%s %s: %q %v", c.outcome, c.mode, got.Conclusion, err)
		}
		if c.mode == checks.ModeObserve && !strings.HasPrefix(got.Title, "observed only") {
			t.Errorf("%q", got.Title)
		}
	}
}

func TestCheckRunIsKeyed(t *testing.T) {
	t.Parallel()
	v := &checks.Verdict{Outcome: checks.Waiting, At: time.Unix(1, 0), Snapshot: "sha256:1"}
	a, _ := AsCheckRun(v, "main", 7, Options{})
	v.At, v.Snapshot = time.Unix(2, 0), "sha256:2"
	b, _ := AsCheckRun(v, "main", 7, Options{})
	if !SameCheckRun(a.ExternalID, a.Conclusion, &b) || SameCheckRun(a.ExternalID, "success", &b) || !NewerCheckRun(b.ExternalID, &a) || NewerCheckRun(a.ExternalID, &b) || NewerCheckRun("somebody else's", &a) {
		t.Errorf("the time alone makes another decision: %q %q", a.ExternalID, b.ExternalID)
	}
	other, _ := AsCheckRun(v, "release/1", 8, Options{})
	if other.Name == a.Name || other.ExternalID == a.ExternalID {
		t.Errorf("%q %q", other.Name, other.ExternalID)
	}
	v.Findings = []checks.Finding{{Rule: "x"}}
	if c, _ := AsCheckRun(v, "main", 7, Options{}); SameCheckRun(c.ExternalID, c.Conclusion, &a) {
		t.Error("a finding makes no other decision")
	}
}

// TestLawOurOwnOutputIsHostileText: what GitHub shows beside a file is plain and whole.
func TestLawOurOwnOutputIsHostileTextInCheckRuns(t *testing.T) {
	t.Parallel()
	v := &checks.Verdict{Outcome: checks.Refused}
	for range 5000 {
		v.Findings = append(v.Findings, checks.Finding{
			Rule: "plan.delete", Effect: checks.EffectDeny, Message: "::error::\u202e\x1b[31m" + strings.Repeat("é", 4000),
			Subject: checks.Subject{Kind: checks.SubjectResource, Name: "a\n::b", Path: "main.tf"},
		})
	}
	v.Findings = append(v.Findings, checks.Finding{Rule: "x", Effect: checks.EffectAllow, Subject: checks.Subject{Path: "b.tf", Line: 3}})
	c, err := AsCheckRun(v, "main\u202e", 7, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Annotations) != maxCheckAnnotations || len(c.Summary) > maxCheckSummary || !utf8.ValidString(c.Summary) {
		t.Errorf("%d annotations, %d bytes", len(c.Annotations), len(c.Summary))
	}
	for _, s := range []string{c.Annotations[0].Message, c.Title, c.Name, c.Summary} {
		if strings.ContainsAny(s, "\u202e\x1b") {
			t.Errorf("%.200q", s)
		}
	}
	if a := c.Annotations[0]; a.Level != "failure" || a.Line != 1 {
		t.Errorf("%+v", a)
	}
}
