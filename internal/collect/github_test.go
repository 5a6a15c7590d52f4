package collect_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

func TestPullRequestIsVerifiedOnceSomebodyAgreed(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	if v, _ := sc.want(checks.Waiting); len(v.Waiting) != 1 || !slices.Contains(v.Waiting[0].Could, "alice") || slices.Contains(v.Waiting[0].Could, "eve") || slices.Contains(v.Waiting[0].Could, "claw-agent[bot]") {
		t.Errorf("waiting for %+v", v.Waiting)
	}
	sc.approve(sc.alice)
	v, _ := sc.want(checks.Verified)
	if v.Change.Kind != checks.KindPullRequest || v.Change.Repository.Name != "acme/infra" || v.Change.Head.Name != "agent/change" || v.Change.Base.Name != "main" {
		t.Errorf("%+v", v.Change)
	}
}

// P1: what was read is about one head and one base, or it decides nothing.
func TestP01HeadMovesWhileItIsRead(t *testing.T) {
	t.Parallel()
	for _, move := range []struct{ name, branch string }{{"head", "agent/change"}, {"base", "main"}} {
		sc := newScene(t, nil)
		sc.approve(sc.alice)
		sc.server.Fault("repos/list-activities", ghtest.Fault{Before: func(*ghtest.World, *http.Request) {
			sc.repo.Commit(ghtest.Commit{Branch: move.branch, By: sc.bot, Files: map[string]string{"late.tf": "# late\n"}})
		}})
		if v, _ := sc.want(checks.Undecided); !gapWith(v, "The "+move.name+" moved") {
			t.Errorf("%s: %v", move.name, v.Undecided)
		}
	}
}

// P2: "update branch" moves an old review to the new head; its time gives it away.
func TestP02ReviewMovedToTheNewHead(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	r := sc.approve(sc.alice)
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": ""}, By: sc.bot, Pusher: sc.bot})
	sc.repo.Suite(sc.app, id)
	r.Commit = id
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "before this head was first seen") {
		t.Error(why)
	}
}

// P3: the head lay on another branch before, and was seen there long ago; what brought
// it here by force is when it was first seen here.
func TestP03HeadSeenElsewhereBefore(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	other := sc.repo.Commit(ghtest.Commit{Branch: "elsewhere", Parents: []string{sc.repo.Tip("main")}, By: sc.bot, Files: map[string]string{"bad.tf": "# bad\n"}})
	sc.repo.Suite(sc.app, other)
	sc.world.Tick(time.Minute)
	r := sc.approve(sc.alice)
	sc.pull.ForcePush(sc.bot, other)
	r.Commit = other
	if _, why := sc.want(checks.Waiting); why["alice"] == "counts" {
		t.Error(why)
	}
}

// P6: the base's policy decides, not the one the change brings.
func TestP06PolicyEditedInTheChange(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{collect.PolicyPath: "version: 1\nmode: observe\n"}, By: sc.bot, Pusher: sc.bot})
	sc.repo.Suite(sc.app, id)
	v, _ := sc.want(checks.Waiting)
	if v.Mode != "enforce" || v.Policy.Commit != sc.repo.Tip("main") {
		t.Errorf("%s %+v", v.Mode, v.Policy)
	}
	if !slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == "review.policy-weaker" }) {
		t.Errorf("%+v", v.Findings)
	}
}

// P8: what was approved for one base is not approved for another.
func TestP08Retargeted(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.repo.Branch("dev", "main")
	sc.pull.Base = "dev"
	sc.approve(sc.alice)
	sc.pull.Retarget(sc.bot, "main")
	sc.world.Tick(time.Minute)
	if _, why := sc.want(checks.Waiting); why["alice"] == "counts" {
		t.Error(why)
	}
	sc.opts.GitHub.Decides = func(branch, def string) bool { return branch == def }
	sc.approve(sc.alice)
	sc.want(checks.Verified)
	sc.pull.Retarget(sc.bot, "dev")
	if _, err := collect.Remote(t.Context(), sc.opts); err == nil || !strings.Contains(err.Error(), `"dev", which is not a branch whose policy decides`) {
		t.Errorf("judged against a branch that does not decide: %v", err)
	}
}

// P9: a check stands at a commit, so another pull request of the commit would have it.
func TestP09SiblingPullRequest(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	sc.repo.Pull(ghtest.Pull{Author: sc.bot, Head: "agent/change"})
	v, _ := sc.want(checks.Refused)
	if !slices.ContainsFunc(v.Findings, func(f checks.Finding) bool { return f.Rule == "review.sibling" }) {
		t.Errorf("%+v", v.Findings)
	}
}

// P18: a list that is shorter than it claims is undecided, and so is one that is null.
func TestP18ListsThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]ghtest.Fault{
		"reviews missing":        {Drop: map[string]int{"reviews": 1}},
		"reviews null":           {Null: map[string]string{"reviews": "something went wrong"}},
		"more commits than read": {Total: map[string]int{"commits": 300}},
		"the timeline null":      {Null: map[string]string{"timelineItems": "no"}},
		"threads null":           {Null: map[string]string{"reviewThreads": "no"}},
	} {
		sc := newScene(t, nil)
		sc.approve(sc.alice)
		sc.server.Fault("graphql:reviews(", f)
		s, err := collect.Remote(t.Context(), sc.opts)
		if err != nil {
			continue // nothing to judge at all
		}
		if v := registry.Evaluate(s); v.Outcome != checks.Undecided {
			t.Errorf("%s: %s", name, v.Outcome)
		}
	}
}

// P28: errors of GitHub's are undecided, and never a pass.
func TestP28ErrorsAreUndecided(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]ghtest.Fault{
		"primary limit":   ghtest.Exhausted(time.Now().Add(time.Hour)),
		"secondary limit": ghtest.Slow(http.StatusTooManyRequests, time.Minute),
		"slow down":       ghtest.Slow(http.StatusForbidden, time.Minute),
		"broken":          ghtest.Broken(http.StatusBadGateway),
		"cut":             {Cut: true},
		"truncated":       {Truncate: true},
	} {
		for _, where := range []string{"graphql:collaborators(", "git/get-tree"} {
			t.Run(name+" at "+where, func(t *testing.T) {
				t.Parallel() // what may be repeated waits between the tries
				sc := newScene(t, nil)
				sc.approve(sc.alice)
				sc.server.Fault(where, f)
				if s, err := collect.Remote(t.Context(), sc.opts); err == nil {
					if v := registry.Evaluate(s); v.Outcome != checks.Undecided {
						t.Error(v.Outcome)
					}
				}
			})
		}
	}
}

// The same content on the same base needs no second look: a rebase of the message.
func TestCarriedOver(t *testing.T) {
	t.Parallel()
	text := strings.Replace(gitHubPolicy, "bind: [head]", "bind: [tree]", 1)
	for _, newerBase := range []bool{false, true} {
		sc := newScene(t, map[string]string{collect.PolicyPath: text})
		sc.approve(sc.alice)
		was := sc.pull.Tip()
		parent := sc.repo.Tip("main")
		if newerBase {
			parent = sc.repo.Commit(ghtest.Commit{Files: map[string]string{"fix.tf": "# a fix\n"}, By: sc.bob})
		}
		// The very tree that was approved, which on a newer base takes the fix back.
		again := sc.repo.Commit(ghtest.Commit{Branch: "again", Parents: []string{parent}, Files: map[string]string{"net.tf": "resource \"null_resource\" \"a\" {}\n"}, Remove: map[bool][]string{true: {"fix.tf"}}[newerBase], By: sc.bot, Pusher: sc.bot, Message: "Said better\n"})
		sc.pull.ForcePush(sc.bot, again)
		sc.repo.Suite(sc.app, again)
		sc.world.Tick(time.Minute)
		if newerBase {
			sc.want(checks.Waiting)
			continue
		}
		v, _ := sc.want(checks.Verified)
		if !strings.Contains(v.Approvals[0].Carried, was[:12]) {
			t.Errorf("%+v", v.Approvals)
		}
	}
}

func TestLawBaseDecidesOrganisationFloor(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	floor := "version: 1\nreview:\n  tiers:\n    - {id: two, when: {always: true}, need: [{count: 2}]}\n"
	sc.world.Repo("acme/.github").Commit(ghtest.Commit{Files: map[string]string{collect.OrganizationPath: floor}, By: sc.bob})
	sc.approve(sc.alice)
	v, _ := sc.want(checks.Waiting)
	if len(v.Waiting) != 1 || !strings.Contains(v.Waiting[0].Tier, "two") {
		t.Errorf("%+v", v.Waiting)
	}
	sc.approve(sc.bob)
	sc.want(checks.Verified)
}

func TestOrganisationPolicyThatIsRequired(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.approve(sc.alice)
	sc.opts.GitHub.Organization = collect.OrganizationRequired
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "organisation's policy is required") {
		t.Errorf("%+v", v.Undecided)
	}
	sc.world.Repo("acme/.github").Commit(ghtest.Commit{Files: map[string]string{collect.OrganizationPath: "version: 1\nnonsense: true\n"}, By: sc.bob})
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "nonsense") {
		t.Errorf("%+v", v.Undecided)
	}
}

func TestForkedPullRequest(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	fork := sc.repo.Fork(sc.eve)
	fork.Commit(ghtest.Commit{Branch: "mine", Parents: []string{fork.Tip("main")}, By: sc.bot, Pusher: sc.eve, Files: map[string]string{"c.tf": "# c\n"}})
	sc.pull = sc.repo.Pull(ghtest.Pull{Author: sc.eve, Head: "mine", HeadRepo: fork})
	sc.repo.Suite(sc.app, sc.pull.Tip())
	sc.world.Tick(time.Minute)
	sc.opts = asking(t, sc.server, sc.pull.Number)
	sc.approve(sc.alice)
	v, _ := sc.want(checks.Verified)
	if v.Change.Commits != 1 || v.Change.Files != 1 {
		t.Errorf("%+v", v.Change)
	}
}

func TestRangeOfAMergeGroup(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	sc.opts.GitHub.Number = 0
	sc.opts.Kind, sc.opts.Base, sc.opts.Head = checks.KindMergeGroup, sc.repo.Tip("main"), sc.pull.Tip()
	s := sc.snapshot()
	if s.Kind != checks.KindMergeGroup || len(s.Commits) != 1 || len(s.Files) != 1 || len(s.Gaps) != 0 || s.Policy.Digest == "" {
		t.Errorf("%s %d %d %v", s.Kind, len(s.Commits), len(s.Files), s.Gaps)
	}
	sc.opts.Base = "main"
	if _, err := collect.Remote(t.Context(), sc.opts); err == nil || !strings.Contains(err.Error(), "no full commit id") {
		t.Error(err)
	}
}

// What the organisation says of reading holds while reading, and whom it declares an
// agent is one.
func TestLawBaseDecidesFloorWhileReading(t *testing.T) {
	t.Parallel()
	sc := newScene(t, nil)
	robo := sc.world.User("robo-user")
	floor := "version: 1\nagents: [{id: robo, logins: [robo-user]}]\nlimits: {files: 1}\n"
	sc.world.Repo("acme/.github").Commit(ghtest.Commit{Files: map[string]string{collect.OrganizationPath: floor}, By: sc.bob})
	sc.pull.Assign(sc.alice, robo)
	sc.approve(sc.alice)
	if _, why := sc.want(checks.Waiting); !strings.Contains(why["alice"], "commissioned") {
		t.Error(why)
	}
	id := sc.pull.Push(ghtest.Commit{Files: map[string]string{"b.tf": "# b\n"}, By: sc.bot, Pusher: sc.bot})
	sc.repo.Suite(sc.app, id)
	if v, _ := sc.want(checks.Undecided); !gapWith(v, "files") {
		t.Error(v.Undecided)
	}
}
