package collect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/ghtest"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

// A clone and GitHub tell the same of the same commits.
func TestRemoteIsWhatACloneSays(t *testing.T) {
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
