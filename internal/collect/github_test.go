package collect_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

const gitHubPolicy = `version: 1
agents:
  - id: claw
    logins: ["claw-agent[bot]"]
    emails: [claw-agent@example.com]
provenance: {require: attributed}
plan: {paths: ["never/**"]}
review:
  tiers:
    - id: everything
      when: {always: true}
      need: [{count: 1}]
      bind: [head]
`

// scene is acme/infra with a pull request of a bot, which alice opened nothing of.
type scene struct {
	tb     testing.TB
	server *ghtest.Server
	world  *ghtest.World
	repo   *ghtest.Repo
	pull   *ghtest.Pull
	bot    *ghtest.User
	alice  *ghtest.User // may write
	bob    *ghtest.User // may write
	eve    *ghtest.User // may read
	app    *ghtest.App
	opts   collect.Options
}

func newScene(tb testing.TB, base map[string]string) *scene {
	tb.Helper()
	s := ghtest.New(tb)
	w := s.World
	sc := &scene{tb: tb, server: s, world: w, bot: w.Bot("claw-agent"), alice: w.User("alice"), bob: w.User("bob"), eve: w.User("eve"), app: w.App("claw-verified")}
	acme := w.Org("acme")
	acme.Base = "read"
	acme.Members = []*ghtest.User{sc.alice, sc.bob, sc.eve}
	sc.repo = w.Repo("acme/infra")
	sc.repo.Grant(sc.alice, "write")
	sc.repo.Grant(sc.bob, "write")
	sc.repo.Grant(sc.bot, "write")
	files := map[string]string{collect.PolicyPath: gitHubPolicy, "main.tf": "# nothing\n"}
	for path, text := range base {
		files[path] = text
	}
	sc.repo.Commit(ghtest.Commit{Files: files, By: sc.alice})
	sc.repo.Branch("agent/change", "main")
	w.Tick(time.Minute)
	sc.repo.Commit(ghtest.Commit{Branch: "agent/change", By: sc.bot, Pusher: sc.bot, Files: map[string]string{"net.tf": "resource \"null_resource\" \"a\" {}\n"}})
	sc.pull = sc.repo.Pull(ghtest.Pull{Author: sc.bot, Head: "agent/change"})
	sc.repo.Suite(sc.app, sc.pull.Tip())
	w.Tick(time.Minute)
	sc.opts = asking(tb, s, sc.pull.Number)
	return sc
}

// asking is how a test asks the server about its pull request.
func asking(tb testing.TB, s *ghtest.Server, number int64) collect.Options {
	tb.Helper()
	client, err := ghapi.New(ghapi.Config{APIURL: s.URL, Token: s.Token(nil)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return collect.Options{Now: s.World.Now.Add(time.Hour), GitHub: &collect.GitHub{
		Client: client, Repository: ghapi.Repository{Owner: "acme", Name: "infra"}, Number: number, Organization: collect.OrganizationVisible,
	}}
}

func (sc *scene) snapshot() *checks.Snapshot {
	sc.tb.Helper()
	s, err := collect.Remote(sc.tb.Context(), sc.opts)
	if err != nil {
		sc.tb.Fatal(err)
	}
	return s
}

// judge returns the verdict, and why each approval counts or does not.
func (sc *scene) judge() (*checks.Verdict, map[string]string) {
	sc.tb.Helper()
	v := registry.Evaluate(sc.snapshot())
	why := map[string]string{}
	for _, a := range v.Approvals {
		why[a.Login] = a.Reason
		if a.Counts {
			why[a.Login] = "counts"
		}
	}
	return v, why
}

func (sc *scene) want(outcome checks.Outcome) (*checks.Verdict, map[string]string) {
	sc.tb.Helper()
	v, why := sc.judge()
	if v.Outcome != outcome {
		sc.tb.Errorf("%s, want %s; approvals %v, gaps %v", v.Outcome, outcome, why, v.Undecided)
		for i := range v.Findings {
			sc.tb.Log(v.Findings[i].Rule, v.Findings[i].Effect, v.Findings[i].Message)
		}
	}
	return v, why
}

func (sc *scene) approve(by *ghtest.User) *ghtest.Review {
	r := sc.pull.Review(by, "APPROVED")
	sc.world.Tick(time.Minute)
	return r
}

func gapWith(v *checks.Verdict, words string) bool {
	return slices.ContainsFunc(v.Undecided, func(g checks.Gap) bool { return strings.Contains(g.Message, words) })
}

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

// A clone and GitHub tell the same of the same commits.
func TestRemoteIsWhatAClonesays(t *testing.T) {
	t.Parallel()
	r := gittest.Init(t)
	r.Commit("base", collect.PolicyPath, gitHubPolicy, "main.tf", "# nothing\n", "modules/a/main.tf", "resource \"null_resource\" \"a\" {}\n", "old name.tf", "# old\n")
	r.Git("branch", "side")
	r.Git("checkout", "-q", "-b", "agent/change")
	r.Commit("one", "net.tf", "resource \"null_resource\" \"b\" {}\n")
	r.Git("mv", "old name.tf", "new name.tf")
	r.Commit("two", "modules/a/main.tf", "resource \"null_resource\" \"a\" { count = 2 }\n")
	r.Git("checkout", "-q", "side")
	r.Commit("three", "side.tf", "# side\n")
	r.Git("checkout", "-q", "agent/change")
	r.Git("merge", "-q", "--no-edit", "side")
	r.Git("checkout", "-q", "main")
	r.Commit("four", "later.tf", "# later\n")
	r.Git("checkout", "-q", "agent/change")

	s := ghtest.New(t)
	w := s.World
	w.Org("acme")
	repo := w.Repo("acme/infra")
	repo.Grant(w.User("alice"), "write")
	repo.Import(t, r.Dir)
	pull := repo.Pull(ghtest.Pull{Author: w.Bot("claw-agent"), Head: "agent/change"})
	repo.Suite(w.App("claw-verified"), pull.Tip())
	o := asking(t, s, pull.Number)
	remote, err := collect.Remote(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o = asking(t, s, pull.Number)
	o.Dir, o.Base, o.Head, o.Kind, o.Repository = r.Dir, "main", "agent/change", checks.KindPullRequest, "acme/infra"
	local, err := collect.Local(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(local, remote, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-clone +GitHub)\n%s", d)
	}
	if len(remote.Commits) != 4 || len(remote.Files) != 5 || len(remote.Gaps) != 0 {
		t.Errorf("%d commits, %d files, %v", len(remote.Commits), len(remote.Files), remote.Gaps)
	}
}

// A run for an older commit has nothing to say any more.
func TestCloneOfAnOlderHead(t *testing.T) {
	t.Parallel()
	r := gittest.Init(t)
	r.Commit("base", collect.PolicyPath, gitHubPolicy)
	r.Git("checkout", "-q", "-b", "agent/change")
	r.Commit("one", "net.tf", "# one\n")
	r.Commit("two", "net.tf", "# two\n")
	s := ghtest.New(t)
	w := s.World
	w.Org("acme")
	repo := w.Repo("acme/infra")
	repo.Import(t, r.Dir)
	pull := repo.Pull(ghtest.Pull{Author: w.Bot("claw-agent"), Head: "agent/change"})
	o := asking(t, s, pull.Number)
	o.Dir, o.Base, o.Head = r.Dir, "main", "agent/change~1"
	snap, err := collect.Local(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if v := registry.Evaluate(snap); v.Outcome != checks.Undecided || !gapWith(v, "was to be judged") {
		t.Errorf("%s %v", v.Outcome, v.Undecided)
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

// TestCallsOfAnEvaluation holds the budget: six calls for what was never read, three for
// what did not change since.
func TestCallsOfAnEvaluation(t *testing.T) {
	t.Parallel()
	s, pull := ghtest.Sized(t, ghtest.Size{Commits: 20, Files: 50, Reviews: 5, Other: 50, Base: map[string]string{collect.PolicyPath: gitHubPolicy}})
	o := asking(t, s, pull.Number)
	for _, want := range []struct {
		what string
		most int
	}{{"cold", 6}, {"warm", 3}} {
		before := o.GitHub.Client.Stats()
		snap, err := collect.Remote(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(snap.Gaps) > 0 || len(snap.Commits) != 20 || len(snap.Files) != 50 || len(snap.Review.Reviews) != 5 {
			t.Errorf("%s: %d commits, %d files, %d reviews, %v", want.what, len(snap.Commits), len(snap.Files), len(snap.Review.Reviews), snap.Gaps)
		}
		if calls := o.GitHub.Client.Stats().Sub(before); calls.GraphQL+calls.REST > want.most {
			t.Errorf("%s: %+v, want at most %d calls", want.what, calls, want.most)
		}
	}
}

func TestLargePullRequest(t *testing.T) {
	t.Parallel()
	s, pull := ghtest.Large(t)
	o := asking(t, s, pull.Number)
	snap, err := collect.Remote(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Commits) != 250 || len(snap.Files) != 2500 || len(snap.Review.Reviews) != 40 {
		t.Errorf("%d commits, %d files, %d reviews", len(snap.Commits), len(snap.Files), len(snap.Review.Reviews))
	}
	t.Logf("%+v", o.GitHub.Client.Stats())
}

// BenchmarkEvaluation prints calls and time of our own. The server's part is in it,
// which is why ns/op is an upper bound.
func BenchmarkEvaluation(b *testing.B) {
	s, pull := ghtest.Sized(b, ghtest.Size{Commits: 20, Files: 50, Reviews: 5, Other: 50, Base: map[string]string{collect.PolicyPath: gitHubPolicy}})
	for _, warm := range []bool{false, true} {
		name := map[bool]string{false: "cold", true: "warm"}[warm]
		b.Run(name, func(b *testing.B) {
			o := asking(b, s, pull.Number)
			calls := 0
			evaluate := func() {
				before := o.GitHub.Client.Stats()
				snap, err := collect.Remote(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				registry.Evaluate(snap)
				n := o.GitHub.Client.Stats().Sub(before)
				calls += n.GraphQL + n.REST
			}
			if warm {
				evaluate()
				calls = 0
			}
			for b.Loop() {
				if !warm {
					o = asking(b, s, pull.Number)
				}
				evaluate()
			}
			b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
		})
	}
}
