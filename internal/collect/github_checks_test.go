package collect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// scanScene is a pull request that alice approved, under a policy that wants the check
// "scan" of the App of that name.
func scanScene(t *testing.T) (*scene, *ghtest.App) {
	t.Helper()
	sc := newScene(t, nil)
	app := sc.world.App("scanner")
	sc.policy(fmt.Sprintf("  checks: [{name: scan, app_id: %d}]\n", app.ID))
	sc.approve(sc.alice)
	return sc, app
}

// policy adds to what the policy of the base says of reviews.
func (sc *scene) policy(more string) {
	sc.repo.Commit(ghtest.Commit{By: sc.alice, Files: map[string]string{collect.PolicyPath: gitHubPolicy + more}})
}

func (sc *scene) check(app *ghtest.App, commit, conclusion string) {
	sc.repo.Suite(app, commit).Add(ghtest.CheckRun{Name: "scan", Conclusion: conclusion})
	sc.world.Tick(time.Minute)
}

func (sc *scene) wantTold(v *checks.Verdict, rule, words string) {
	sc.tb.Helper()
	if !slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == rule && strings.Contains(f.Message, words) }) {
		sc.tb.Errorf("no %s with %q in %+v", rule, words, v.Findings)
	}
}

func TestCheckOfTheRightApp(t *testing.T) {
	t.Parallel()
	sc, app := scanScene(t)
	v, _ := sc.want(checks.Waiting)
	sc.wantTold(v, "review.check-pending", "is not there")
	sc.check(app, sc.pull.Tip(), "")
	v, _ = sc.want(checks.Waiting)
	sc.wantTold(v, "review.check-pending", `has not ended: it is "queued"`)
	sc.check(app, sc.pull.Tip(), "success")
	sc.want(checks.Verified)
}

// P10: whatever somebody else calls theirs, or says of another commit, counts for
// nothing.
func TestP10CheckForgedByAnotherApp(t *testing.T) {
	t.Parallel()
	sc, app := scanScene(t)
	sc.check(sc.world.App("github-actions"), sc.pull.Tip(), "success")
	sc.check(app, sc.repo.Tip("main"), "success")
	sc.repo.Statuses[sc.pull.Tip()] = append(sc.repo.Statuses[sc.pull.Tip()], &ghtest.Status{ID: 77, State: "success", Context: "scan", Creator: sc.bot, At: sc.world.Now})
	v, _ := sc.want(checks.Waiting)
	sc.wantTold(v, "review.check-pending", `("github-actions")`)
	sc.check(app, sc.pull.Tip(), "success")
	sc.want(checks.Verified)
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": ""}, By: sc.bot, Pusher: sc.bot})
	sc.repo.Suite(sc.app, id)
	sc.approve(sc.alice)
	v, _ = sc.want(checks.Waiting) // green at the head before
	sc.wantTold(v, "review.check-pending", "is not there.")
}

// P11, P12: skipped is not passed, and green that turned red is red.
func TestP12CheckThatTurnedRed(t *testing.T) {
	t.Parallel()
	sc, app := scanScene(t)
	for _, step := range []struct {
		conclusion string
		want       checks.Outcome
	}{{"skipped", checks.Refused}, {"success", checks.Verified}, {"failure", checks.Refused}, {"success", checks.Verified}, {"neutral", checks.Refused}} {
		sc.check(app, sc.pull.Tip(), step.conclusion)
		v, _ := sc.want(step.want)
		if step.want == checks.Refused {
			sc.wantTold(v, "review.check-failed", fmt.Sprintf("ended with %q", step.conclusion))
		}
	}
}

func TestStatusOfTheRightAccount(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.policy(fmt.Sprintf("  checks: [{name: build, account: %d}]\n", sc.eve.ID))
	sc.approve(sc.alice)
	say := func(by *ghtest.User, state string) {
		sc.repo.Statuses[sc.pull.Tip()] = append(sc.repo.Statuses[sc.pull.Tip()], &ghtest.Status{ID: sc.world.ID(), State: state, Context: "build", Creator: by, At: sc.world.Now})
		sc.world.Tick(time.Minute)
	}
	say(sc.bot, "success")
	sc.want(checks.Waiting)
	say(sc.eve, "pending")
	sc.want(checks.Waiting)
	say(sc.eve, "success")
	sc.want(checks.Verified)
	say(sc.eve, "error")
	sc.want(checks.Refused)
}

// What GitHub keeps back of the checks stands in the way where a policy names some, the
// organisation's too, and nowhere else.
func TestChecksThatAreNotRead(t *testing.T) {
	t.Parallel()
	withheld := ghtest.Fault{Null: map[string]string{"statusCheckRollup": "Resource not accessible by integration"}}
	sc, app := scanScene(t)
	sc.check(app, sc.pull.Tip(), "success")
	sc.server.Fault("graphql", withheld)
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "the checks of the head") {
		t.Error(v.Undecided)
	}
	sc = newScene(t, nil)
	sc.approve(sc.alice)
	sc.server.Fault("graphql", withheld)
	sc.want(checks.Verified)

	sc = newScene(t, nil)
	sc.world.Repo("acme/.github").Commit(ghtest.Commit{Files: map[string]string{collect.OrganizationPath: "version: 1\nreview: {checks: [{name: scan, app_id: 7}]}\n"}})
	sc.approve(sc.alice)
	sc.server.Fault("graphql", withheld)
	sc.want(checks.Undecided)
}

// A token that may not read commit statuses reads check runs all the same, and is
// missed where a policy names checks.
func TestChecksByATokenWithoutStatuses(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{true, false} {
		sc := newScene(t, nil)
		app := sc.world.App("scanner")
		if named {
			sc.policy(fmt.Sprintf("  checks: [{name: scan, app_id: %d}]\n", app.ID))
		}
		sc.approve(sc.alice)
		sc.check(app, sc.pull.Tip(), "success")
		for i := range 100 {
			sc.repo.Statuses[sc.pull.Tip()] = append(sc.repo.Statuses[sc.pull.Tip()], &ghtest.Status{ID: sc.world.ID(), State: "success", Context: fmt.Sprint("s", i), Creator: sc.eve, At: sc.world.Now})
		}
		client, err := ghapi.New(ghapi.Config{APIURL: sc.server.URL, Token: sc.server.Token(map[string]string{"contents": "read", "pull_requests": "read", "checks": "read"})})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		sc.opts.GitHub.Client = client
		if !named {
			sc.want(checks.Verified)
			continue
		}
		if v, _ := sc.want(checks.Undecided); len(v.Undecided) != 1 || !gapWith(v, "Resource not accessible by integration") || !strings.Contains(v.Undecided[0].Remedy, "statuses: read") {
			t.Error(v.Undecided)
		}
	}
}
