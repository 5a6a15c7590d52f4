package provenance_test

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/provenance"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/scenario"
)

const story = `-- story.yml --
commits:
  - {name: first, author: 'Claw <claw@agents.example>', key: claw}
  - {name: second, author: 'Claw <claw@agents.example>', key: claw}
`

func input(t *testing.T) checks.Input {
	t.Helper()
	sc, err := scenario.Parse([]byte(story), nil, func(string) ([]byte, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	return checks.Input{Snapshot: sc.Snapshot, Policy: &policy.Policy{
		Provenance: policy.Provenance{Require: policy.LevelSigned},
		Agents:     []policy.Agent{{ID: "claw", Emails: []string{"claw@agents.example"}, Keys: []policy.Key{{Key: scenario.PublicKey("claw")}}}},
	}}
}

// TestSnapshotThatDoesNotHangTogether: a collector that lost, doubled or mixed up
// something must not lead to a verdict.
func TestSnapshotThatDoesNotHangTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*checks.Snapshot)
		want   string
	}{
		{"whole", func(*checks.Snapshot) {}, ""},
		{"no commits", func(s *checks.Snapshot) { s.Commits = nil }, "No commits were read"},
		{"no commits, and the reason is told", func(s *checks.Snapshot) {
			s.Commits, s.Gaps = nil, []checks.Gap{{Kind: checks.GapEvidence}}
		}, ""},
		{"head lost", func(s *checks.Snapshot) { s.Commits = s.Commits[:1] }, "not among the commits"},
		{"head without id", func(s *checks.Snapshot) { s.Head.Commit = "" }, "not among the commits"},
		{"a commit twice", func(s *checks.Snapshot) { s.Commits = append(s.Commits, s.Commits[0]) }, "was read twice"},
		{"another tree", func(s *checks.Snapshot) { s.Head.Tree = s.Base.Tree }, "tree is not the tree"},
		{"no tree", func(s *checks.Snapshot) { s.Head.Tree = "" }, "tree is not the tree"},
	} {
		in := input(t)
		c.change(in.Snapshot)
		r := provenance.Check{}.Evaluate(in)
		switch {
		case c.want == "" && len(r.Gaps) > 0:
			t.Errorf("%s: %+v", c.name, r.Gaps)
		case c.want != "" && (len(r.Gaps) != 1 || !strings.Contains(r.Gaps[0].Message, c.want) || r.Gaps[0].Question != checks.QuestionProvenance):
			t.Errorf("%s: %+v", c.name, r.Gaps)
		}
	}
}

// TestUnsetRequirementIsNeverMet: a policy that lost its level does not ask for
// nothing.
func TestUnsetRequirementIsNeverMet(t *testing.T) {
	t.Parallel()
	for level, want := range map[policy.Level]int{policy.LevelSigned: 0, policy.LevelAttributed: 0, policy.LevelAttested: 2, "": 2, "sigend": 2} {
		in := input(t)
		in.Policy.Provenance.Require = level
		if r := (provenance.Check{}).Evaluate(in); len(r.Findings) != want {
			t.Errorf("%q: %d findings, want %d: %+v", level, len(r.Findings), want, r.Findings)
		}
	}
}

// TestUnknownObjectFormat: nothing can be hashed, so nothing is proved.
func TestUnknownObjectFormat(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"", "sha512", "SHA1"} {
		in := input(t)
		in.Snapshot.Repository.ObjectFormat = format
		r := provenance.Check{}.Evaluate(in)
		for _, f := range r.Findings {
			if f.Rule != "provenance.object-mismatch" || f.Effect != checks.EffectDeny {
				t.Errorf("%q: %+v", format, f)
			}
		}
		if len(r.Findings) != 2 {
			t.Errorf("%q: %d findings", format, len(r.Findings))
		}
	}
}
