package collect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghtest"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// Who pushed to a fork that was deleted is not known, and not forgotten.
func TestDeletedForkIsUndecided(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	fork := sc.repo.Fork(sc.eve)
	fork.Commit(ghtest.Commit{Branch: "mine", Parents: []string{fork.Tip("main")}, By: sc.bot, Pusher: sc.alice, Files: map[string]string{"c.tf": "# c\n"}})
	sc.pull = sc.repo.Pull(ghtest.Pull{Author: sc.eve, Head: "mine", HeadRepo: fork})
	sc.repo.Suite(sc.app, sc.pull.Tip())
	sc.world.Tick(time.Minute)
	sc.opts = asking(t, sc.server, sc.pull.Number)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "pushed") {
		t.Error(why)
	}
	sc.world.DeleteRepo(fork)
	sc.want(checks.Undecided)
}

// A branch that is deleted and made again at the same commit has the same pushers.
func TestBranchMadeAgainKeepsItsPushers(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": "# b\n"}, By: sc.bot, Pusher: sc.alice})
	sc.repo.Suite(sc.app, id)
	sc.repo.Move(sc.bot, "refs/heads/agent/change", "")
	sc.repo.Move(sc.bot, "refs/heads/agent/change", id)
	sc.world.Tick(time.Minute)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "pushed") {
		t.Error(why)
	}
}

// P3 without force: the head was prepared on another branch, and a review of the old
// head was moved to it.
func TestP03FastForwardToAPreparedCommit(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	bad := sc.repo.Commit(ghtest.Commit{Branch: "prepared", Parents: []string{sc.pull.Tip()}, By: sc.bot, Pusher: sc.bot, Files: map[string]string{"bad.tf": "# bad\n"}})
	sc.repo.Suite(sc.app, bad)
	sc.world.Tick(time.Minute)
	r := sc.approve(sc.alice)
	sc.repo.Move(sc.bot, "refs/heads/agent/change", bad)
	r.Commit = bad
	sc.world.Tick(time.Minute)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "first seen") {
		t.Error(why)
	}
}

// An event tells when the head that it names was seen, and of no other.
func TestEventOfAnotherHead(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	r := sc.approve(sc.alice)
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": "# b\n"}, By: sc.bot, Pusher: sc.bot})
	r.Commit = id
	sc.repo.Suites = nil
	sc.opts.GitHub.SeenAt, sc.opts.GitHub.SeenHead = r.SubmittedAt.Add(-time.Minute), strings.Repeat("1", 40)
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "no check suite") {
		t.Error(v.Undecided)
	}
}

// TestLawBaseDecidesInAClone: an event, and a checkout, can be older than the base. The
// policy is that of the base as it is now, and whatever a pull request without a clone
// is held to holds with one.
func TestLawBaseDecidesInAClone(t *testing.T) {
	t.Parallel()
	for _, fetched := range []bool{true, false} {
		r := gittest.Init(t)
		r.Commit("base", collect.PolicyPath, gitHubPolicy)
		r.Git("checkout", "-q", "-b", "agent/change")
		r.Commit("one", "net.tf", "# one\n")
		r.Git("checkout", "-q", "main")
		old := r.Git("rev-parse", "main")
		now := gittest.Init(t)
		now.Git("fetch", "-q", r.Dir, "main:refs/heads/was", "agent/change:refs/heads/agent/change")
		now.Git("checkout", "-q", "-B", "main", "was")
		now.Commit("two approvals", collect.PolicyPath, strings.Replace(gitHubPolicy, "count: 1", "count: 2", 1))
		if fetched {
			r.Git("fetch", "-q", now.Dir, "main:refs/remotes/origin/main")
		}

		s := ghtest.New(t)
		w := s.World
		w.Org("acme")
		alice, bot := w.User("alice"), w.Bot("claw-agent")
		repo := w.Repo("acme/infra")
		repo.Grant(alice, "write")
		repo.Import(t, now.Dir)
		pull := repo.Pull(ghtest.Pull{Author: bot, Head: "agent/change"})
		repo.Suite(w.App("claw-verified"), pull.Tip())
		w.Tick(time.Minute)
		pull.Review(alice, "APPROVED")
		w.Tick(time.Minute)
		sibling := repo.Pull(ghtest.Pull{Author: bot, Head: "agent/change"})
		for _, state := range []string{"open", "closed"} {
			sibling.State = state
			o := asking(t, s, pull.Number)
			o.Dir, o.Base, o.Head, o.Kind = r.Dir, old, pull.Tip(), checks.KindPullRequest
			snap, err := collect.Local(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			v := registry.Evaluate(snap)
			want := map[string]checks.Outcome{"open": checks.Refused, "closed": checks.Waiting}[state]
			if v.Outcome != want || v.Policy.Commit != repo.Tip("main") || v.Change.Base.Name != "main" {
				t.Errorf("fetched %v, sibling %s: %s by the policy of %s, base %s; %v", fetched, state, v.Outcome, v.Policy.Commit, v.Change.Base.Name, v.Undecided)
			}
		}
	}
}
