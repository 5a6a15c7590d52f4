package review_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func applies(s *checks.Snapshot, when policy.TierWhen) (yes bool, why string) {
	p := testPolicy()
	p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "it", When: when, Need: need(2)})
	r := evaluate(s, p)
	for _, c := range r.Checked {
		if strings.HasPrefix(c, "Tier it applies: ") {
			why = c
		}
	}
	return slices.ContainsFunc(r.Waiting, func(s checks.Seat) bool { return s.Tier == "it" }), why
}

// TestLabelsOnlyRaise: a label can ask for people. That nobody read the labels is no
// reason to ask for fewer.
func TestLabelsOnlyRaise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		source string
		labels []string
		globs  []string
		want   string // why it applies
	}{
		{"set", "github", []string{"docs", "risk: high"}, []string{"risk:*"}, `labels that it names: "risk: high"`},
		{"in other case", "github", []string{"Risk: HIGH"}, []string{"risk: High"}, `labels that it names: "Risk: HIGH"`},
		{"not set", "github", []string{"docs"}, []string{"risk:*"}, ""},
		{"none at all", "github", nil, []string{"risk:*"}, ""},
		{"nobody read them", "file", []string{"docs"}, []string{"risk:*"}, "nobody read which ones there are"},
		{"many", "github", []string{"a", "b", "c", "d", "e", "f", "g"}, []string{"*"}, `"e", and 2 more`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			s.Review.Source, s.PullRequest = c.source, &checks.PullRequest{Labels: c.labels}
			got, why := applies(s, policy.TierWhen{Labels: c.globs})
			if got != (c.want != "") || !strings.Contains(why, c.want) {
				t.Errorf("applies: %v, %q; want %q", got, why, c.want)
			}
		})
	}
	s := change(t)
	s.Review.Source, s.Kind = "github", checks.KindMergeGroup // there is no pull request
	if got, _ := applies(s, policy.TierWhen{Labels: []string{"x"}}); !got {
		t.Error("without a pull request it does not apply")
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	lines := func(n int) *checks.PullRequest { return &checks.PullRequest{Lines: &n} }
	for _, c := range []struct {
		name string
		size policy.ChangeSize
		edit func(*checks.Snapshot)
		want string
	}{
		{"commits reached", policy.ChangeSize{Commits: 1}, nil, "it has 1 commit"},
		{"commits not reached", policy.ChangeSize{Commits: 2}, nil, ""},
		{"no commits were read", policy.ChangeSize{Commits: 2}, func(s *checks.Snapshot) { s.Commits = nil }, "it has 0 commits"},
		{"files reached", policy.ChangeSize{Files: 2}, func(s *checks.Snapshot) { touch(s, "a", "b") }, "it changes 2 files"},
		{"files not reached", policy.ChangeSize{Files: 3}, func(s *checks.Snapshot) { touch(s, "a", "b") }, ""},
		{"lines reached", policy.ChangeSize{Lines: 100}, func(s *checks.Snapshot) { s.PullRequest = lines(100) }, "it changes 100 lines"},
		{"lines not reached", policy.ChangeSize{Lines: 100}, func(s *checks.Snapshot) { s.PullRequest = lines(99) }, ""},
		{"lines that nobody counted", policy.ChangeSize{Lines: 100}, func(s *checks.Snapshot) { s.PullRequest = &checks.PullRequest{} }, "nobody counted its changed lines"},
		{"no pull request", policy.ChangeSize{Lines: 100}, nil, "nobody counted its changed lines"},
		{"fewer than none", policy.ChangeSize{Lines: 100}, func(s *checks.Snapshot) { s.PullRequest = lines(-1) }, "lines"},
		{"one of several", policy.ChangeSize{Commits: 9, Files: 1, Lines: 9}, func(s *checks.Snapshot) { touch(s, "a"); s.PullRequest = lines(1) }, "it changes 1 file"},
		{"P07 empty", policy.ChangeSize{}, nil, "without saying which"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			if c.edit != nil {
				c.edit(s)
			}
			got, why := applies(s, policy.TierWhen{Size: &c.size})
			if got != (c.want != "") || !strings.Contains(why, c.want) {
				t.Errorf("applies: %v, %q; want %q", got, why, c.want)
			}
		})
	}
}
