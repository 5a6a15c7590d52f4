package collect_test

import (
	"testing"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// TestCallsOfAnEvaluation holds the budget: six calls for what was never read, three for
// what did not change since.
func TestCallsOfAnEvaluation(t *testing.T) {
	t.Parallel()
	s, pull := ghtest.Sized(t, ghtest.Size{Commits: 20, Files: 50, Reviews: 5, Other: 50, Base: map[string]string{collect.PolicyPath: gitHubPolicy}})
	o := asking(t, s, pull.Number)
	for _, want := range []struct {
		what string
		most int
	}{{"cold", 6}, {"warm", 3}} {
		before := o.GitHub.Client.Stats()
		snap, err := collect.Remote(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(snap.Gaps) > 0 || len(snap.Commits) != 20 || len(snap.Files) != 50 || len(snap.Review.Reviews) != 5 {
			t.Errorf("%s: %d commits, %d files, %d reviews, %v", want.what, len(snap.Commits), len(snap.Files), len(snap.Review.Reviews), snap.Gaps)
		}
		if calls := o.GitHub.Client.Stats().Sub(before); calls.GraphQL+calls.REST > want.most {
			t.Errorf("%s: %+v, want at most %d calls", want.what, calls, want.most)
		}
	}
}

func TestLargePullRequest(t *testing.T) {
	t.Parallel()
	s, pull := ghtest.Large(t)
	o := asking(t, s, pull.Number)
	snap, err := collect.Remote(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Commits) != 250 || len(snap.Files) != 2500 || len(snap.Review.Reviews) != 40 {
		t.Errorf("%d commits, %d files, %d reviews", len(snap.Commits), len(snap.Files), len(snap.Review.Reviews))
	}
	t.Logf("%+v", o.GitHub.Client.Stats())
}

// BenchmarkEvaluation prints calls and time of our own. The server's part is in it,
// which is why ns/op is an upper bound.
func BenchmarkEvaluation(b *testing.B) {
	s, pull := ghtest.Sized(b, ghtest.Size{Commits: 20, Files: 50, Reviews: 5, Other: 50, Base: map[string]string{collect.PolicyPath: gitHubPolicy}})
	for _, warm := range []bool{false, true} {
		name := map[bool]string{false: "cold", true: "warm"}[warm]
		b.Run(name, func(b *testing.B) {
			o := asking(b, s, pull.Number)
			calls := 0
			evaluate := func() {
				before := o.GitHub.Client.Stats()
				snap, err := collect.Remote(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				registry.Evaluate(snap)
				n := o.GitHub.Client.Stats().Sub(before)
				calls += n.GraphQL + n.REST
			}
			if warm {
				evaluate()
				calls = 0
			}
			for b.Loop() {
				if !warm {
					o = asking(b, s, pull.Number)
				}
				evaluate()
			}
			b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
		})
	}
}
