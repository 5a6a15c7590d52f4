package run_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

const livePolicy = `version: 1
agents:
  - {id: claw, logins: ["claw-agent[bot]"]}
provenance: {require: attributed}
plan: {paths: ["never/**"]}
review:
  tiers:
    - {id: everything, when: {always: true}, need: [{count: 1}]}
`

// live is a job without a checkout, on a pull request of a GitHub for tests.
type live struct {
	*runner
	server *ghtest.Server
	repo   *ghtest.Repo
	pull   *ghtest.Pull
	alice  *ghtest.User
	token  string
	runs   int
}

func newLive(t *testing.T) *live {
	t.Helper()
	s := ghtest.New(t)
	w := s.World
	w.Now = time.Now().Add(-time.Hour).Truncate(time.Second)
	bot := w.Bot("claw-agent")
	l := &live{runner: &runner{t: t, workspace: t.TempDir(), files: t.TempDir()}, server: s, alice: w.User("alice")}
	w.Org("acme")
	l.repo = w.Repo("acme/infra")
	l.repo.Grant(l.alice, "write")
	l.repo.Commit(ghtest.Commit{Files: map[string]string{collect.PolicyPath: livePolicy}, By: l.alice})
	l.repo.Branch("agent/change", "main")
	l.repo.Commit(ghtest.Commit{Branch: "agent/change", By: bot, Pusher: bot, Files: map[string]string{"a.txt": "a\n"}})
	l.pull = l.repo.Pull(ghtest.Pull{Author: bot, Head: "agent/change"})
	l.repo.Suite(w.App("some-app"), l.pull.Tip())
	w.Tick(time.Minute)
	l.token = s.Token(map[string]string{"contents": "read", "pull_requests": "read", "checks": "write", "metadata": "read"})
	return l
}

func (l *live) event() string {
	return fmt.Sprintf(`{"action":"opened","number":%d,"pull_request":{"number":%[1]d,"updated_at":%q,"user":{"id":%d,"login":"claw-agent[bot]"},"base":{"ref":"main","sha":%q},"head":{"ref":"agent/change","sha":%q}},"repository":{"full_name":"acme/infra","default_branch":"main"},"sender":{"id":1,"login":"x"}}`,
		l.pull.Number, l.server.World.Now.UTC().Format(time.RFC3339), l.pull.Author.ID, l.repo.Tip("main"), l.pull.Tip())
}

func (l *live) act(change func(*config.Action)) (int, string, map[string]string) {
	l.t.Helper()
	for _, name := range []string{"output", "summary"} {
		if err := os.RemoveAll(filepath.Join(l.files, name)); err != nil {
			l.t.Fatal(err)
		}
	}
	l.runs++ // runs of a workflow are seconds apart
	return l.run("pull_request", l.event(), func(a *config.Action) {
		a.Check.At = time.Now().UTC().Truncate(time.Second).Add(time.Duration(l.runs) * time.Second)
		a.CheckRun, a.WaitTime = true, time.Minute
		a.Check.GitHub = config.GitHub{Token: l.token, APIURL: l.server.URL, Organization: "visible"}
		if change != nil {
			change(a)
		}
	})
}

func (l *live) checkRun() *ghtest.CheckRun {
	l.t.Helper()
	runs := l.repo.CheckRuns(l.pull.Tip())
	if len(runs) != 1 {
		l.t.Fatalf("%d check runs", len(runs))
	}
	return runs[0]
}

// TestActionOnAPullRequest: waiting, then verified, then nothing new, all of it in one
// check run that is keyed by the base branch.
func TestActionOnAPullRequest(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	code, _, out := l.act(nil)
	r := l.checkRun()
	if code != checks.ExitRefused || out["verdict"] != "waiting" || r.Name != "claw-verified / main" || r.Conclusion != "action_required" || out["check-run-id"] != fmt.Sprint(r.ID) {
		t.Errorf("%d %v %+v", code, out, r)
	}
	if !strings.Contains(r.Summary, "alice") {
		t.Errorf("who could agree is not said: %s", r.Summary)
	}
	l.server.Change(func(w *ghtest.World) { l.pull.Review(l.alice, "APPROVED"); w.Tick(time.Minute) })
	code, _, out = l.act(nil)
	if again := l.checkRun(); code != checks.ExitVerified || out["verdict"] != "verified" || again.ID != r.ID || again.Conclusion != "success" {
		t.Errorf("%d %v %+v", code, out, again)
	}
	// The same decision, though made later, is not written again.
	writes := l.server.Count("checks/update") + l.server.Count("checks/create")
	l.act(nil)
	if n := l.server.Count("checks/update") + l.server.Count("checks/create") - writes; n > 0 {
		t.Errorf("%d writes", n)
	}
}

// TestActionOnAFork: a token that may only read leaves no check run, and the step says
// the same all the same.
func TestActionOnAFork(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.token = l.server.Token(map[string]string{"contents": "read", "pull_requests": "read", "checks": "read", "metadata": "read"})
	code, log, out := l.act(nil)
	if code != checks.ExitRefused || out["verdict"] != "waiting" || out["check-run-id"] != "" || len(l.repo.CheckRuns(l.pull.Tip())) != 0 || !strings.Contains(log, "may not write checks") {
		t.Errorf("%d %v\n%s", code, out, log)
	}
}

// A token that nobody knows: undecided, never a pass.
func TestActionWithABadToken(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.token = "no-such-token"
	code, _, out := l.act(nil)
	if code == checks.ExitVerified || out["verdict"] != "undecided" {
		t.Errorf("%d %v", code, out)
	}
}

func TestActionWaitsForOthers(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	other := l.repo.Suite(l.server.World.App("github-actions"), l.pull.Tip()).Add(ghtest.CheckRun{Name: "plan", Status: "in_progress"})
	short := func(a *config.Action) { a.WaitFor, a.WaitTime = []string{"plan"}, 50*time.Millisecond }
	if code, _, out := l.act(short); code != checks.ExitUndecided || out["verdict"] != "undecided" {
		t.Errorf("%d %v", code, out)
	}
	l.server.Change(func(*ghtest.World) { other.Status, other.Conclusion = "completed", "success" })
	if _, _, out := l.act(func(a *config.Action) { a.WaitFor = []string{"plan"} }); out["verdict"] != "waiting" {
		t.Errorf("%v", out)
	}
}

// A branch that was retargeted after the event: its policy is not the one to judge by.
func TestActionAgainstAnotherBranchNow(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	payload := l.event()
	l.repo.Branch("mine", "main")
	l.pull.Retarget(l.pull.Author, "mine")
	code, _, out := l.run("pull_request", payload, func(a *config.Action) {
		a.Check.GitHub = config.GitHub{Token: l.token, APIURL: l.server.URL, Organization: "visible"}
	})
	if code != checks.ExitConfiguration || out["verdict"] != "undecided" {
		t.Errorf("%d %v", code, out)
	}
}

// P12: an undecided run takes an older success away, whatever could not be read.
func TestP12UndecidedReplacesAnOlderSuccess(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*live, *config.Action){
		"GitHub is down": func(l *live, _ *config.Action) { l.server.Fault("graphql", ghtest.Broken(502)) },
		"the limit is used up": func(l *live, _ *config.Action) {
			l.server.Fault("graphql", ghtest.Exhausted(time.Now().Add(time.Hour)))
		},
		"no such plan":    func(_ *live, a *config.Action) { a.Check.Plans = []string{"none.json"} },
		"waiting in vain": func(_ *live, a *config.Action) { a.WaitFor, a.WaitTime = []string{"plan"}, time.Millisecond },
	} {
		l := newLive(t)
		l.pull.Review(l.alice, "APPROVED")
		l.server.World.Tick(time.Minute)
		l.act(nil)
		if r := l.checkRun(); r.Conclusion != "success" {
			t.Fatalf("%+v", r)
		}
		code, log, _ := l.act(func(a *config.Action) { spoil(l, a) })
		if r := l.checkRun(); code == checks.ExitVerified || r.Conclusion != "failure" {
			t.Errorf("%s: exit code %d, check run %s\n%s", name, code, r.Conclusion, log)
		}
	}
}

// P1 and P12: a run that read the approval and is slow must not undo what a later one
// has seen.
func TestP01SlowRunDoesNotOverwriteANewerVerdict(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.pull.Review(l.alice, "APPROVED")
	l.server.World.Tick(time.Minute)
	early := time.Now().UTC().Add(-time.Minute).Truncate(time.Second)
	l.server.Change(func(w *ghtest.World) { l.pull.Review(l.alice, "CHANGES_REQUESTED"); w.Tick(time.Minute) })
	l.act(nil)
	if r := l.checkRun(); r.Conclusion != "failure" {
		t.Fatalf("%+v", r)
	}
	l.server.Change(func(*ghtest.World) { l.pull.Reviews = l.pull.Reviews[:1] }) // as the slow one saw it
	_, log, out := l.act(func(a *config.Action) { a.Check.At = early })
	if r := l.checkRun(); out["verdict"] != "verified" || r.Conclusion != "failure" || !strings.Contains(log, "has found otherwise") {
		t.Errorf("%v %+v\n%s", out, r, log)
	}
}

// The organisation's policy holds in the merge queue, too, whether or not there is a
// clone.
func TestOrganisationPolicyInTheMergeQueue(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.runner = newRunner(t)
	l.repo.Import(t, l.workspace)
	payload := fmt.Sprintf(`{"action":"checks_requested","merge_group":{"base_sha":%q,"head_sha":%q,"base_ref":"refs/heads/main","head_ref":"refs/heads/gh-readonly-queue/main/pr-1"},"repository":{"full_name":"acme/infra","default_branch":"main"}}`, l.rev("main"), l.rev("agent"))
	_, log, out := l.run("merge_group", payload, func(a *config.Action) {
		a.Check.GitHub = config.GitHub{Token: l.token, APIURL: l.server.URL, Organization: "required"}
	})
	if out["verdict"] != "undecided" || !strings.Contains(log, "organisation's policy is required") {
		t.Errorf("%v\n%s", out, log)
	}
}

// P10: a run of our name by somebody else is no reason to leave ours as it is.
func TestP10RunsOfOurNameByOthers(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.pull.Review(l.alice, "APPROVED")
	l.server.World.Tick(time.Minute)
	l.act(nil)
	ours := l.checkRun()
	l.server.Change(func(w *ghtest.World) { l.pull.Review(l.alice, "CHANGES_REQUESTED"); w.Tick(time.Minute) })
	// What we are about to say, said already by an app of the agent's.
	l.act(nil)
	said := *ours
	l.server.Change(func(w *ghtest.World) {
		ours.Conclusion, ours.ExternalID = "success", "pull-request-1 verified x 1"
		l.repo.Suite(w.App("agents-own"), l.pull.Tip()).Add(ghtest.CheckRun{Name: said.Name, ExternalID: said.ExternalID, Conclusion: "failure"})
	})
	if code, _, _ := l.act(nil); code != checks.ExitRefused || ours.Conclusion != "failure" {
		t.Errorf("%d, ours is %+v", code, ours)
	}
}

// Too many runs of our name to look through: what may be a success is not left alone.
func TestP13MoreRunsThanAreListed(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	l.server.Change(func(w *ghtest.World) {
		suite := l.repo.Suite(w.App("agents-own"), l.pull.Tip())
		for range 1001 {
			suite.Add(ghtest.CheckRun{Name: "claw-verified / main", Conclusion: "success"})
		}
	})
	_, log, out := l.act(nil)
	var written bool
	for _, r := range l.repo.CheckRuns(l.pull.Tip()) {
		written = written || r.Conclusion == "action_required"
	}
	if !written || out["verdict"] != "waiting" {
		t.Errorf("%v\n%s", out, log)
	}
}

// A file of reviews, or no token, is no way around an organisation's policy that is
// required.
func TestOrganisationPolicyBesideAFileOfReviews(t *testing.T) {
	t.Parallel()
	for _, token := range []bool{true, false} {
		l := newLive(t)
		if err := os.WriteFile(filepath.Join(l.workspace, "reviews.json"), []byte(`{"schema":"https://claw-verified.dev/reviews/v1","accounts":[],"reviews":[]}`), 0o600); err != nil {
			t.Fatal(err)
		}
		_, log, out := l.act(func(a *config.Action) {
			a.Check.Reviews, a.Check.GitHub.Organization = "reviews.json", "required"
			if !token {
				a.Check.GitHub.Token = ""
			}
		})
		if out["verdict"] != "undecided" || !strings.Contains(log, "organisation's policy is required") {
			t.Errorf("token %v: %v\n%s", token, out, log)
		}
	}
}
