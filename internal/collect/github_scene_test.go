package collect_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
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
