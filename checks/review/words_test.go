package review_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestSeatThatNobodyCouldFill: what helps depends on who was asked about people. Nobody
// who reads a report of GitHub's own is told of a flag.
func TestSeatThatNobodyCouldFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    checks.Kind
		source  string
		people  []string // whom the tier names
		want    string
		checked bool // what is listed as checked says the same
	}{
		{checks.KindPullRequest, "github", nil, "give somebody write access", false},
		{checks.KindPullRequest, "github", []string{"dave"}, "give one of them write access", false},
		{checks.KindMergeGroup, "github", nil, "In the merge queue this version does not ask who agreed", true},
		{checks.KindMergeGroup, "none", nil, "In the merge queue this version does not ask who agreed", true},
		{checks.KindPush, "github", nil, "Of commits that are pushed already this version does not ask", true},
		{checks.KindPullRequest, "none", nil, "there was no token", true},
		{checks.KindPullRequest, "file", nil, "Nobody in the file of reviews", false},
		{checks.KindMergeGroup, "file", nil, "Nobody in the file of reviews", false},
		{checks.KindRange, "none", nil, "--reviews FILE", false},
	} {
		s := change(t)
		s.Kind, s.Review.Source, s.PullRequest = c.kind, c.source, &checks.PullRequest{Number: 7}
		s.Review.Accounts = nil
		p := testPolicy()
		p.Review.Tiers[0].Need = []policy.Need{{Count: 1, People: c.people}}
		r := evaluate(s, p)
		if len(r.Waiting) != 1 || !strings.Contains(r.Waiting[0].Nobody, c.want) {
			t.Errorf("%s by %s: %+v", c.kind, c.source, r.Waiting)
			continue
		}
		if slices.Contains(r.Checked, r.Waiting[0].Nobody) != c.checked {
			t.Errorf("%s by %s: %q", c.kind, c.source, r.Checked)
		}
		if all := r.Waiting[0].Nobody + strings.Join(r.Checked, ""); c.kind != checks.KindRange && strings.Contains(all, "--reviews") {
			t.Errorf("%s by %s: a flag is told: %q", c.kind, c.source, all)
		}
	}
	s := change(t)
	if r := evaluate(s, testPolicy()); len(r.Waiting) != 1 || r.Waiting[0].Nobody != "" {
		t.Errorf("somebody could fill it: %+v", r.Waiting)
	}
}

// TestClosedPullRequest: it is judged, and what it is is told.
func TestClosedPullRequest(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{"closed": "is closed, without", "merged": "is merged already", "lost\n": `not known: "lost\n"`, "": "", "open": ""} {
		s := change(t)
		s.PullRequest = &checks.PullRequest{Number: 7, State: state}
		approve(s, bob)
		r := evaluate(s, testPolicy())
		wantOutcome(t, r, checks.Verified)
		if want == "" {
			if fs := findings(r, "review.closed"); len(fs) > 0 {
				t.Errorf("%q: %+v", state, fs)
			}
			continue
		}
		wantFinding(t, r, "review.closed", want)
	}
}
