package collect

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestProducedPlanOverGitHub asks a GitHub for everything: four calls and a download.
// Then the author of the change has the same head run with a workflow of their own.
func TestProducedPlanOverGitHub(t *testing.T) {
	t.Parallel()
	s := ghtest.New(t)
	w := s.World
	w.Org("acme")
	repo := w.Repo("acme/infra")
	repo.Commit(ghtest.Commit{Files: map[string]string{".github/workflows/plan.yml": "on: pull_request\n", "main.tf": "# nothing\n"}})
	repo.Branch("agent/net", "main")
	head := repo.Commit(ghtest.Commit{Branch: "agent/net", Files: map[string]string{"net.tf": "# net\n"}})
	pull := repo.Pull(ghtest.Pull{Author: w.User("bob"), Head: "agent/net"})
	w.Tick(time.Minute)
	run := func(edit func(*ghtest.WorkflowRun), plan string) {
		r := ghtest.WorkflowRun{HeadSHA: head, HeadBranch: "agent/net"}
		if edit != nil {
			edit(&r)
		}
		repo.Run(r).Artifact("terraform-plan", map[string]string{"plan.json": plan, "plan.log": "…"})
	}
	run(func(r *ghtest.WorkflowRun) { r.Event = "push" }, "pushed")
	run(func(r *ghtest.WorkflowRun) { r.Path = ".github/workflows/other.yml" }, "other")
	run(nil, "true")
	client, err := ghapi.New(ghapi.Config{APIURL: s.URL, Token: s.Token(nil)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p := &Producers{
		Client: client, Files: []checks.File{{Path: "net.tf"}},
		Pull: &ghapi.PullRequest{
			Repository: ghapi.RepositoryFacts{Repository: ghapi.Repository{Owner: "acme", Name: "infra"}, ID: repo.ID},
			Number:     pull.Number, Head: head, HeadBranch: "agent/net", HeadRepo: "acme/infra",
		},
		Policy: &policy.Policy{Plan: policy.Plan{Require: policy.PlanAlways, Producers: []policy.Producer{{Workflow: ".github/workflows/plan.yml", Artifact: "terraform-plan"}}}},
	}
	plans, gaps := p.Fetch(t.Context())
	if len(plans) != 1 || len(gaps) != 0 {
		t.Fatalf("%d plans, %s", len(plans), told(gaps))
	}
	if b, err := plans[0].JSON.Bytes(); string(b) != "true" || err != nil {
		t.Errorf("%s, %v", b, err)
	}
	for operation, n := range map[string]int{
		"actions/list-workflow-runs-for-repo": 1, "actions/list-workflow-run-artifacts": 1, "pulls/list": 1, "actions/download-artifact": 1,
	} {
		if s.Count(operation) != n {
			t.Errorf("%s is called %d times", operation, s.Count(operation))
		}
	}

	s.Change(func(w *ghtest.World) {
		repo.Branch("evil-base", "main")
		repo.Commit(ghtest.Commit{Branch: "evil-base", Files: map[string]string{".github/workflows/plan.yml": "on: [pull_request] # and a plan of mine\n"}})
		w.Tick(time.Hour)
		sibling := repo.Pull(ghtest.Pull{Author: w.User("bob"), Head: "agent/net", Base: "evil-base"})
		w.Tick(time.Minute)
		run(nil, "forged")
		sibling.State, sibling.UpdatedAt = "closed", w.Tick(time.Minute)
	})
	plans, gaps = p.Fetch(t.Context())
	if len(plans) != 0 || len(gaps) != 1 || !strings.Contains(told(gaps), "pull request #2 from the same branch was open") {
		t.Errorf("%d plans, %s", len(plans), told(gaps))
	}
}
