//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// gitHub serves the sample's pull request, which bob approved.
func gitHub(t *testing.T, s *sample) (*ghtest.Server, *ghtest.Repo) {
	t.Helper()
	server := ghtest.New(t)
	w := server.World
	w.Now = time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	alice, bob := w.User("alice"), w.User("bob")
	alice.ID, bob.ID = 1, 2 // as the policy has them
	w.Org("acme")
	repo := w.Repo("acme/infra")
	repo.Grant(alice, "write")
	repo.Grant(bob, "write")
	repo.Import(t, filepath.Join(s.workspace, s.repo))
	pull := repo.Pull(ghtest.Pull{Number: 7, Author: alice, Head: "agent/change", Title: forged})
	repo.Suite(w.App("some-app"), pull.Tip())
	w.Tick(time.Minute)
	pull.Review(bob, "APPROVED")
	w.Tick(time.Minute)
	return server, repo
}

// TestActionAsksGitHub: the shipped image, with a checkout and without one, decides on
// what GitHub says and leaves a check run at the head.
func TestActionAsksGitHub(t *testing.T) {
	for _, clone := range []bool{true, false} {
		s := verified(t, "change")
		server, repo := gitHub(t, s)
		inputs := map[string]string{
			"plan": "evidence/plan.json", "api-url": server.URL,
			"token": server.Token(map[string]string{"contents": "read", "pull_requests": "read", "checks": "write", "metadata": "read"}),
		}
		if clone {
			inputs["working-directory"] = "change"
		}
		st := runner(t, s, inputs)
		if st.code != 0 || st.outputs["verdict"] != "verified" {
			t.Errorf("clone %v: %d %v\n%s%s", clone, st.code, st.outputs, st.out, st.errs)
		}
		runs := repo.CheckRuns(s.head)
		if len(runs) != 1 || runs[0].Name != "claw-verified / main" || runs[0].Conclusion != "success" {
			t.Errorf("clone %v: check runs %+v", clone, runs)
		}
	}
}
