package collect

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/artifact"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// actions is GitHub Actions as a value.
type actions struct {
	runs     []ghapi.HeadRun
	left     []ghapi.RunArtifact
	pulls    []ghapi.BranchPull
	zips     map[int64][]byte
	failing  string // the call that fails
	attested map[string][]json.RawMessage
	calls    []string
}

func (a *actions) call(format string, args ...any) error {
	a.calls = append(a.calls, fmt.Sprintf(format, args...))
	if a.failing != "" && strings.HasPrefix(a.calls[len(a.calls)-1], a.failing) {
		return errors.New("it is broken")
	}
	return nil
}

func (a *actions) HeadRuns(_ context.Context, _ ghapi.Repository, head string) ([]ghapi.HeadRun, error) {
	return a.runs, a.call("runs %s", head)
}

func (a *actions) RunArtifacts(_ context.Context, _ ghapi.Repository, run int64, name string) ([]ghapi.RunArtifact, error) {
	var out []ghapi.RunArtifact
	for _, l := range a.left {
		if l.RunID == run && l.Name == name {
			out = append(out, l)
		}
	}
	return out, a.call("artifacts %d %s", run, name)
}

func (a *actions) BranchPulls(_ context.Context, _ ghapi.Repository, owner, branch string, since time.Time) ([]ghapi.BranchPull, error) {
	return a.pulls, a.call("pulls %s:%s %s", owner, branch, since.Format("15:04"))
}

func (a *actions) DownloadArtifact(_ context.Context, _ ghapi.Repository, id, limit int64) ([]byte, error) {
	if int64(len(a.zips[id])) > limit {
		return nil, ghapi.ErrTooLarge
	}
	return a.zips[id], a.call("download %d", id)
}

func (a *actions) Attestations(_ context.Context, _ ghapi.Repository, digest string) ([]json.RawMessage, error) {
	return a.attested[digest], a.call("attestations %.14s", digest)
}

func packed(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = io.WriteString(w, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// produced is a pull request whose plan lies where the policy says.
func produced(t *testing.T) (*actions, *Producers) {
	t.Helper()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	zip := packed(t, "plan.json", `{"x":1}`, "out/tfplan", "saved")
	sum := sha256.Sum256(zip)
	a := &actions{
		runs: []ghapi.HeadRun{{
			ID: 100, Path: ".github/workflows/plan.yml", Event: "pull_request", RepositoryID: 9, HeadSHA: "b1", HeadBranch: "agent/x",
			HeadRepository: "eve/infra", Status: "completed", Conclusion: "success", CreatedAt: noon, StartedAt: noon,
		}},
		left: []ghapi.RunArtifact{{
			ID: 5, Name: "terraform-plan", Size: int64(len(zip)), Digest: "sha256:" + hex.EncodeToString(sum[:]), RunID: 100, CreatedAt: noon.Add(time.Minute),
		}},
		pulls: []ghapi.BranchPull{{Number: 7, OpenedAt: noon.Add(-time.Minute)}},
		zips:  map[int64][]byte{5: zip},
	}
	p := &Producers{
		Client: a,
		Pull: &ghapi.PullRequest{
			Repository: ghapi.RepositoryFacts{Repository: ghapi.Repository{Owner: "acme", Name: "infra"}, ID: 9}, Number: 7,
			Head: "b1", HeadBranch: "agent/x", HeadRepo: "eve/infra",
		},
		Files: []checks.File{{Path: "main.tf"}},
		Policy: &policy.Policy{Plan: policy.Plan{
			Require: policy.PlanWhenChanged, Paths: []string{"**/*.tf"},
			Producers: []policy.Producer{{Workflow: ".github/workflows/plan.yml", Artifact: "terraform-plan", PlanFile: "out/tfplan"}},
		}},
	}
	return a, p
}

func told(gaps []checks.Gap) string {
	var b strings.Builder
	for _, g := range gaps {
		fmt.Fprintf(&b, "%s %s: %s\n", g.Question, g.Kind, g.Message)
	}
	return b.String()
}

func TestProducedPlan(t *testing.T) {
	t.Parallel()
	a, p := produced(t)
	plans, gaps := p.Fetch(t.Context())
	if len(gaps) != 0 || len(plans) != 1 {
		t.Fatalf("%d plans, %s", len(plans), told(gaps))
	}
	got := plans[0]
	json, err := got.JSON.Bytes()
	if err != nil || string(json) != `{"x":1}` || string(got.Saved) != "saved" ||
		got.Name != "artifact terraform-plan of run 100: plan.json" || got.SavedName != "artifact terraform-plan of run 100: out/tfplan" {
		t.Errorf("%+v %s %v", got, json, err)
	}
	want := []string{"runs b1", "artifacts 100 terraform-plan", "pulls eve:agent/x 11:50", "download 5"}
	if d := cmp.Diff(want, a.calls); d != "" {
		t.Error(d)
	}
}

// TestSeveralPlansOfOneArtifact asks and downloads once.
func TestSeveralPlansOfOneArtifact(t *testing.T) {
	t.Parallel()
	a, p := produced(t)
	one := p.Policy.Plan.Producers[0]
	one.Plan, one.PlanFile = "out/tfplan", ""
	p.Policy.Plan.Producers = append(p.Policy.Plan.Producers, one)
	plans, gaps := p.Fetch(t.Context())
	if len(gaps) != 0 || len(plans) != 2 || len(a.calls) != 4 || plans[1].Saved != nil {
		t.Errorf("%d plans, %v, %s", len(plans), a.calls, told(gaps))
	}
}

// TestPlanThatIsNotThere is no gap by itself.
func TestPlanThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*actions, *Producers){
		"no policy":                      func(_ *actions, p *Producers) { p.Policy = nil },
		"no producers":                   func(_ *actions, p *Producers) { p.Policy.Plan.Producers = nil },
		"no runs":                        func(a *actions, _ *Producers) { a.runs = nil },
		"a run of another workflow":      func(a *actions, _ *Producers) { a.runs[0].Path = ".github/workflows/test.yml" },
		"a run without anything":         func(a *actions, _ *Producers) { a.left = nil },
		"a run that was skipped":         func(a *actions, _ *Producers) { a.left, a.runs[0].Conclusion = nil, "skipped" },
		"a failed push without anything": func(a *actions, _ *Producers) { a.left, a.runs[0].Event, a.runs[0].Conclusion = nil, "push", "failure" },
		"an artifact of another name":    func(a *actions, _ *Producers) { a.left[0].Name = "logs" },
		"an artifact of another run":     func(a *actions, _ *Producers) { a.left[0].RunID = 99 },
		"a workflow's change and no plan": func(a *actions, p *Producers) {
			a.left, p.Files = nil, []checks.File{{Path: ".github/x"}, {Path: "a.tf"}}
		},
		"a refused plan that nobody needs":    func(_ *actions, p *Producers) { p.Files = []checks.File{{Path: ".github/workflows/plan.yml"}} },
		"an unfinished run that nobody needs": func(a *actions, p *Producers) { a.left, a.runs[0].Status, p.Files = nil, "queued", nil },
	} {
		a, p := produced(t)
		edit(a, p)
		if plans, gaps := p.Fetch(t.Context()); len(plans) != 0 || len(gaps) != 0 {
			t.Errorf("%s: %d plans, %s", name, len(plans), told(gaps))
		}
	}
}

// TestP22EvidenceByTheAttacker: what is there and is not believed is told, with its
// reason, and is no plan.
func TestP22EvidenceByTheAttacker(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*actions, *Producers)
		want string
	}{
		{"going on", func(a *actions, _ *Producers) { a.left, a.runs[0].Status = nil, "in_progress" }, "it is still going on"},
		{"failed without a plan", func(a *actions, _ *Producers) { a.left, a.runs[0].Conclusion = nil, "failure" }, "it ended with failure"},
		{"failed with a plan", func(a *actions, _ *Producers) { a.runs[0].Conclusion = "failure" }, "it ended with failure"},
		{"another event", func(a *actions, _ *Producers) { a.runs[0].Event = "pull_request_target" }, "pull_request_target"},
		{"in the fork", func(a *actions, _ *Producers) { a.runs[0].RepositoryID = 10 }, "ran in another repository"},
		{"another head", func(a *actions, _ *Producers) { a.runs[0].HeadSHA = "c1" }, "it is of commit c1"},
		{"the workflow edited", func(_ *actions, p *Producers) {
			p.Files = append(p.Files, checks.File{Path: ".github/workflows/plan.yml", Status: "modified"})
		}, "edits its workflow file"},
		{"the workflow moved away", func(_ *actions, p *Producers) {
			p.Files = append(p.Files, checks.File{Path: ".github/workflows/plan.yml", Status: "deleted"})
		}, "edits its workflow file"},
		{"an action edited", func(_ *actions, p *Producers) {
			p.Files = append(p.Files, checks.File{Path: ".github/actions/x/index.js"})
		}, ".github/actions/x/index.js"},
		{"the base changed", func(_ *actions, p *Producers) {
			p.Pull.Events = []ghapi.TimelineEvent{{Kind: ghapi.TimelineBaseChanged, At: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}, {Kind: ghapi.TimelineBaseChanged}}
		}, "another base"},
		{"a sibling", func(a *actions, _ *Producers) { a.pulls = append(a.pulls, ghapi.BranchPull{Number: 8}) }, "#8 from the same branch"},
		{"not listed", func(a *actions, _ *Producers) { a.pulls = nil }, "#7 is not listed"},
		{"expired", func(a *actions, _ *Producers) { a.left[0].Expired = true }, "has expired"},
		{"two", func(a *actions, _ *Producers) { a.left = append(a.left, a.left[0]) }, "2 artifacts of this name"},
		{"too large", func(a *actions, _ *Producers) { a.left[0].Size = 1 << 40 }, "at most"},
		{"other bytes", func(a *actions, _ *Producers) { a.left[0].Digest = "sha256:00" }, "the digest differs"},
		{"no zip", func(a *actions, _ *Producers) { a.zips[5], a.left[0].Digest = []byte("{}"), "" }, "it is no zip"},
		{"no plan in it", func(_ *actions, p *Producers) { p.Policy.Plan.Producers[0].Plan = "Plan.json" }, "no file Plan.json"},
		{"no plan file in it", func(_ *actions, p *Producers) { p.Policy.Plan.Producers[0].PlanFile = "tfplan" }, "no file tfplan"},
		{"a plan beyond the limit", func(_ *actions, p *Producers) { p.Policy.Limits.PlanSize = 3 }, "at most 3 are read"},
		{"refused where every change needs a plan", func(a *actions, p *Producers) {
			a.left[0].Expired, p.Files, p.Policy.Plan.Require = true, nil, policy.PlanAlways
		}, "has expired"},
	} {
		a, p := produced(t)
		c.edit(a, p)
		plans, gaps := p.Fetch(t.Context())
		if len(plans) != 0 || len(gaps) != 1 || !strings.HasPrefix(told(gaps), "plan evidence: The artifact terraform-plan of run 100 of .github/workflows/plan.yml brings no plan: ") || !strings.Contains(told(gaps), c.want) {
			t.Errorf("%s: %d plans, %s", c.name, len(plans), told(gaps))
		}
	}
}

// TestNothingFromAnOlderRun: a newer run that failed hides the plan of the older one.
func TestNothingFromAnOlderRun(t *testing.T) {
	t.Parallel()
	a, p := produced(t)
	newer := a.runs[0]
	newer.ID, newer.CreatedAt, newer.Conclusion = 101, newer.CreatedAt.Add(time.Hour), "cancelled"
	a.runs = append(a.runs, newer)
	plans, gaps := p.Fetch(t.Context())
	if len(plans) != 0 || !strings.Contains(told(gaps), "run 101 of .github/workflows/plan.yml brings no plan: it ended with cancelled") {
		t.Errorf("%d plans, %s", len(plans), told(gaps))
	}
}

// TestWhatGitHubDoesNotTell is a gap even where no plan is needed: nobody knows what
// it would have been.
func TestWhatGitHubDoesNotTell(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"runs", "artifacts", "pulls", "download"} {
		a, p := produced(t)
		a.failing, p.Files = call, []checks.File{{Path: "README.md"}}
		plans, gaps := p.Fetch(t.Context())
		if len(plans) != 0 || len(gaps) != 1 || !strings.Contains(told(gaps), "it is broken") || gaps[0].Question != checks.QuestionPlan {
			t.Errorf("%s: %d plans, %s", call, len(plans), told(gaps))
		}
	}
}

// TestArtifactLimits: what is held in memory is bounded, whatever the policy allows.
func TestArtifactLimits(t *testing.T) {
	t.Parallel()
	a, p := produced(t)
	p.Policy.Limits.PlanSize = policy.MaxPlanSize
	a.left[0].Size = maxPacked + 1
	if _, gaps := p.Fetch(t.Context()); !strings.Contains(told(gaps), fmt.Sprint("at most ", maxPacked)) {
		t.Error(told(gaps))
	}
	p.Policy.Plan.Producers = make([]policy.Producer, maxProducers+1)
	if _, gaps := p.Fetch(t.Context()); !strings.Contains(told(gaps), "plan configuration: The policy names 51 producers") {
		t.Error(told(gaps))
	}
	if artifact.MaxSaved > maxPacked {
		t.Error("a plan file of more than the whole zip")
	}
}
