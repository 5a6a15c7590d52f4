package collect_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

// TestLawPeopleByID: who may not write now, is a bot, pushed, opened, or is linked to
// a commit does not count.
func TestLawPeopleByID(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	carol := sc.world.User("carol")
	sc.repo.Grant(carol, "write")
	for _, u := range []*ghtest.User{sc.eve, sc.bob, carol, sc.bot} {
		sc.approve(u)
	}
	sc.repo.Move(carol, "refs/heads/agent/change", sc.pull.Tip()) // pushed
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": ""}, By: sc.bot, Pusher: carol, Message: "More\n\nCo-authored-by: Bob <bob@example.com>\n"})
	sc.repo.Suite(sc.app, id)
	for _, u := range []*ghtest.User{sc.eve, sc.bob, carol, sc.bot} {
		sc.approve(u)
	}
	_, why := sc.want(checks.Waiting)
	for login, words := range map[string]string{"eve": "no write access", "bob": "", "carol": "pushed to the branch", "claw-agent[bot]": "agent"} {
		if why[login] == "counts" || why[login] == "" || !strings.Contains(why[login], words) {
			t.Errorf("%s: %q", login, why[login])
		}
	}
}

// P4 and P16: whoever GitHub links to a commit cannot approve, whatever parent brought
// it in.
func TestP04CommitsByTheSecondParent(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	side := sc.repo.Commit(ghtest.Commit{Branch: "side", Parents: []string{sc.repo.Tip("main")}, By: sc.alice, Files: map[string]string{"side.tf": "# side\n"}})
	merge := sc.pull.Push(ghtest.Commit{Parents: []string{sc.pull.Tip(), side}, By: sc.bot, Pusher: sc.bot, Files: map[string]string{"side.tf": "# side\n"}})
	sc.repo.Suite(sc.app, merge)
	sc.world.Tick(time.Minute)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); why["alice"] == "counts" {
		t.Error(why)
	}
	sc.approve(sc.bob)
	sc.want(checks.Verified)
}

// P5: newest verdict first, and an objection that somebody else dismissed stands.
func TestP05Dismissals(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	newer := sc.approve(sc.alice)
	sc.pull.Dismiss(newer, sc.eve)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "dismissed") {
		t.Error(why)
	}
	sc.approve(sc.alice)
	sc.want(checks.Verified)
	veto := sc.pull.Review(sc.bob, "CHANGES_REQUESTED")
	sc.world.Tick(time.Minute)
	sc.want(checks.Refused)
	sc.pull.Dismiss(veto, sc.alice)
	v, why := sc.want(checks.Refused)
	if why["alice"] == "counts" {
		t.Errorf("who dismissed an objection counts: %v", why)
	}
	if !slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == "review.veto" && strings.Contains(f.Message, "alice") }) {
		t.Errorf("%+v", v.Findings)
	}
}

func TestP05AskedForAgain(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	sc.pull.Request(sc.bob, ghtest.Reviewer{User: sc.alice})
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "asked for again") {
		t.Error(why)
	}
}

// P15: who assigned the agent commissioned it.
func TestP15OperatorByAssignment(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.pull.Assign(sc.alice, sc.bot)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "commissioned") {
		t.Error(why)
	}
}

// P20: access is asked for now, and an account that is gone never counts.
func TestP20AccessLostAfterApproving(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	sc.approve(sc.bob)
	sc.repo.Grant(sc.alice, "read")
	sc.world.Delete(sc.bob)
	_, why := sc.want(checks.Waiting)
	if !strings.Contains(why["alice"], "no write access") || !strings.Contains(why["a deleted account"], "deleted") {
		t.Error(why)
	}
}

// A login that was given up and taken over is another account.
func TestP20RenamedAccount(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	sc.world.Rename(sc.alice, "alice-old")
	mallory := sc.world.User("alice")
	sc.repo.Grant(mallory, "read")
	v, _ := sc.want(checks.Verified)
	if v.Approvals[0].Account != sc.alice.ID || v.Approvals[0].Login != "alice-old" {
		t.Errorf("%+v", v.Approvals)
	}
}

func TestTeams(t *testing.T) {
	t.Parallel()
	text := strings.Replace(gitHubPolicy, "count: 1", "count: 1, teams: [acme/platform]", 1)
	sc := newScene(t, map[string]string{collect.PolicyPath: text})
	platform := sc.world.Org("acme").Team("platform", sc.eve)
	platform.Child("cloud", sc.bob)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "not one of team acme/platform") {
		t.Error(why)
	}
	sc.approve(sc.bob) // of a team below
	sc.want(checks.Verified)

	// A token that cannot see teams cannot say that nobody of them agreed, either.
	sc.opts = asking(t, sc.server, sc.pull.Number)
	client, err := ghapi.New(ghapi.Config{APIURL: sc.server.URL, Token: sc.server.Token(map[string]string{"contents": "read", "pull_requests": "read", "checks": "write", "metadata": "read"})})
	if err != nil {
		t.Fatal(err)
	}
	sc.opts.GitHub.Client = client
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "acme/platform") {
		t.Errorf("%+v", v.Undecided)
	}
}

func TestCodeownersOfTheBase(t *testing.T) {
	t.Parallel()
	text := strings.Replace(gitHubPolicy, "bind: [head]", "bind: [head]\n      codeowners: true", 1)
	sc := newScene(t, map[string]string{collect.PolicyPath: text, ".github/CODEOWNERS": "*.tf @bob\n"})
	sc.approve(sc.alice)
	v, _ := sc.want(checks.Waiting)
	if len(v.Waiting) != 1 || !slices.Equal(v.Waiting[0].Could, []string{"bob"}) {
		t.Errorf("%+v", v.Waiting)
	}
	sc.approve(sc.bob)
	sc.want(checks.Verified)
}

func TestConversations(t *testing.T) {
	t.Parallel()
	text := strings.Replace(gitHubPolicy, "review:\n", "review:\n  conversations: required\n", 1)
	sc := newScene(t, map[string]string{collect.PolicyPath: text})
	sc.approve(sc.alice)
	thread := sc.pull.Thread(sc.eve, "net.tf", 1, "Why?")
	sc.want(checks.Waiting)
	thread.Resolved = true
	sc.want(checks.Verified)
}
