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
	return l.run("pull_request", l.event(), func(a *config.Action) {
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
