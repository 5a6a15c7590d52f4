package collect_test

import (
	"sync"
	"testing"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// TestFiftyEvaluationsAtOnce with one client and its cache: all of them say the same. It
// is for the race detector, which make test runs with.
func TestFiftyEvaluationsAtOnce(t *testing.T) {
	t.Parallel()
	s, pull := ghtest.Sized(t, ghtest.Size{Commits: 5, Files: 10, Reviews: 5, Other: 10, Base: map[string]string{collect.PolicyPath: gitHubPolicy}})
	o := asking(t, s, pull.Number)
	verdicts := make([]string, 50)
	var wait sync.WaitGroup
	for i := range verdicts {
		wait.Go(func() {
			snap, err := collect.Remote(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			verdicts[i] = registry.Evaluate(snap).Snapshot
		})
	}
	wait.Wait()
	for _, v := range verdicts {
		if v == "" || v != verdicts[0] {
			t.Fatalf("%q and %q", v, verdicts[0])
		}
	}
}
