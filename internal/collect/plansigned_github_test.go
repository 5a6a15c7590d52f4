package collect

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// TestSignedPlanOverGitHub: a change edits the workflow that plans, and a signer vouches
// for the plan; first with a certificate for the head, then with one for GitHub's merge
// of it, of which the commits are asked for.
func TestSignedPlanOverGitHub(t *testing.T) {
	t.Parallel()
	s := ghtest.New(t)
	w := s.World
	w.Org("acme")
	repo := w.Repo("acme/infra")
	old := repo.Commit(ghtest.Commit{Files: map[string]string{".github/workflows/plan.yml": "on: pull_request\n", "main.tf": "# nothing\n"}})
	base := repo.Commit(ghtest.Commit{Branch: "main", Files: map[string]string{"main.tf": "# more\n"}})
	repo.Branch("agent/net", "main")
	head := repo.Commit(ghtest.Commit{Branch: "agent/net", Files: map[string]string{"net.tf": "# net\n", ".github/workflows/plan.yml": "on: [pull_request]\n"}})
	merge := repo.Commit(ghtest.Commit{Branch: "merge", Parents: []string{base, head}})
	early := repo.Commit(ghtest.Commit{Branch: "early", Parents: []string{old, head}})
	repo.Branch("mine", "main")
	mine := repo.Commit(ghtest.Commit{Branch: "mine", Files: map[string]string{"main.tf": "# mine\n"}})
	forged := repo.Commit(ghtest.Commit{Branch: "forged", Parents: []string{mine, head}})
	swapped := repo.Commit(ghtest.Commit{Branch: "swapped", Parents: []string{head, base}})
	three := repo.Commit(ghtest.Commit{Branch: "three", Parents: []string{base, head, mine}})
	another := repo.Commit(ghtest.Commit{Branch: "another", Parents: []string{base, mine}})
	pull := repo.Pull(ghtest.Pull{Author: w.User("bob"), Head: "agent/net"})
	w.Tick(time.Minute)
	run := repo.Run(ghtest.WorkflowRun{HeadSHA: head, HeadBranch: "agent/net"})
	made := run.Artifact("terraform-plan", map[string]string{"plan.json": `{"x":1}`})
	client, err := ghapi.New(ghapi.Config{APIURL: s.URL, Token: s.Token(nil)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	pr := &ghapi.PullRequest{
		Repository: ghapi.RepositoryFacts{Repository: ghapi.Repository{Owner: "acme", Name: "infra"}, ID: repo.ID},
		Number:     pull.Number, Head: head, HeadBranch: "agent/net", HeadRepo: "acme/infra", Base: ghapi.Commit{ID: base},
	}
	say := &saying{
		in: sigstoretest.New(t, w.Tick(time.Minute)), claims: sigstoretest.Workflow("acme/infra", head),
		statement: "https://in-toto.io/Statement/v1", predicate: "https://slsa.dev/provenance/v1", subjects: []string{planDigest},
	}
	say.claims.SourceID = strconv.FormatInt(repo.ID, 10)
	c := collector{o: Options{GitHub: &GitHub{Client: client}}}
	p := &Producers{
		Client: client, Pull: pr, Files: []checks.File{{Path: "net.tf"}, {Path: ".github/workflows/plan.yml"}},
		Policy: &policy.Policy{Plan: policy.Plan{Require: policy.PlanAlways, Producers: []policy.Producer{{
			Workflow: ".github/workflows/plan.yml", Artifact: "terraform-plan",
			Signers: []policy.Identity{{Issuer: sigstoretest.Issuer, Subject: sigstoretest.Signer}},
		}}}},
		Signed: Signed{Roots: []*trust.Root{say.in.Root()}, At: w.Now.Add(time.Hour), Merged: c.merged(pr)},
	}
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "edits its workflow file") || !strings.Contains(why, "nothing is attested of the plan (sha256:"+planDigest+")") {
		t.Fatalf("%+v %s", got, why)
	}
	attest := func() {
		bundle := say.bundle(t)
		s.Change(func(*ghtest.World) {
			clear(repo.Attestations)
			repo.Attest("sha256:"+planDigest, bundle)
		})
	}
	attest()
	want := checks.PlanEvidence{
		Producer: ".github/workflows/plan.yml", Run: run.ID, Artifact: "terraform-plan", ArtifactDigest: "sha256:" + sha256Of(string(made.Zip)),
		Believed: checks.BelievedForSignature, Signer: sigstoretest.Signer,
	}
	if got, why := believes(t, p); got == nil || *got != want {
		t.Fatalf("%+v %s", got, why)
	}
	for _, m := range []struct {
		name, commit string
		believed     bool
	}{
		{"GitHub's merge", merge, true},
		{"its merge with an older base", early, true},
		{"a merge with another base", forged, false},
		{"the base merged into the head", swapped, false},
		{"three parents", three, false},
		{"a merge of another head", another, false},
		{"the base", base, false},
	} {
		say.claims.SourceRef, say.claims.SourceDigest = "refs/pull/"+strconv.FormatInt(pull.Number, 10)+"/merge", m.commit
		attest()
		if got, why := believes(t, p); (got != nil) != m.believed || !m.believed && !strings.Contains(why, "made from commit") {
			t.Errorf("%s: %+v %s", m.name, got, why)
		}
	}
	say.claims.SourceDigest = strings.Repeat("0f", 20)
	attest()
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "Could not find out who attests the plan") {
		t.Errorf("%+v %s", got, why)
	}
	say.claims.SourceRef, say.claims.SourceDigest = "refs/heads/agent/net", head
	attest()
	s.Change(func(*ghtest.World) {
		for range maxTried - 1 { // newer ones, which GitHub lists before it
			repo.Attest("sha256:"+planDigest, []byte(`{}`))
		}
	})
	if got, why := believes(t, p); got == nil {
		t.Error(why)
	}
	s.Change(func(*ghtest.World) {
		for range 200 {
			repo.Attest("sha256:"+planDigest, []byte(`{}`))
		}
	})
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "goes on after what is read") {
		t.Errorf("%+v %s", got, why)
	}
	client, err = ghapi.New(ghapi.Config{APIURL: s.URL, Token: s.Token(map[string]string{"actions": "read", "pull_requests": "read", "contents": "read"})})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p.Client = client
	if got, why := believes(t, p); got != nil || !strings.Contains(why, "plan configuration") {
		t.Errorf("%+v %s", got, why)
	}
}
