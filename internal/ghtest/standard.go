package ghtest

import (
	"fmt"
	"maps"
	"testing"
)

// Size says how large a ready pull request is.
type Size struct {
	Commits, Files, Reviews int
	Other                   int               // files of the repository that do not change
	Base                    map[string]string // files that the base has beside
}

// Standard is an ordinary pull request of an agent: 20 commits, 50 files, 5 reviews,
// the last of which approves.
func Standard(tb testing.TB) (*Server, *Pull) {
	tb.Helper()
	return Sized(tb, Size{Commits: 20, Files: 50, Reviews: 5, Other: 50})
}

// Large is a pull request as large as GitHub still tells of: 250 commits, 2,500 files.
func Large(tb testing.TB) (*Server, *Pull) {
	tb.Helper()
	return Sized(tb, Size{Commits: 250, Files: 2500, Reviews: 40, Other: 200})
}

// Sized makes a pull request of a size: of the bot "claw-agent" in acme/infra, from
// agent/change to main.
func Sized(tb testing.TB, size Size) (*Server, *Pull) {
	tb.Helper()
	s := New(tb)
	w := s.World
	bot := w.Bot("claw-agent")
	acme := w.Org("acme")
	acme.Base = "read"
	repo := w.Repo("acme/infra")
	people := make([]*User, max(size.Reviews, 1))
	for i := range people {
		people[i] = w.User(fmt.Sprintf("reviewer-%d", i+1))
	}
	repo.GrantTeam(acme.Team("platform", people...), "write")
	files := map[string]string{}
	maps.Copy(files, size.Base)
	for i := range size.Other {
		files[fmt.Sprintf("modules/%02d/main.tf", i)] = fmt.Sprintf("# module %d\n", i)
	}
	repo.Commit(Commit{Files: files, By: people[0]})
	repo.Branch("agent/change", "main")
	n := 0
	for i := range size.Commits {
		files := map[string]string{}
		for ; n < size.Files*(i+1)/size.Commits; n++ {
			files[fmt.Sprintf("stacks/%02d/%04d.tf", n%40, n)] = fmt.Sprintf("resource \"null_resource\" \"r%d\" {\n}\n", n)
		}
		repo.Commit(Commit{Branch: "agent/change", Files: files, By: bot, Message: fmt.Sprintf("Step %d\n", i+1)})
	}
	pull := repo.Pull(Pull{Author: bot, Head: "agent/change", Title: "Add stacks"})
	for i := range size.Reviews {
		state := "COMMENTED"
		if i == size.Reviews-1 {
			state = "APPROVED"
		}
		pull.Review(people[i], state)
	}
	repo.Suite(w.App("claw-verified"), pull.Tip())
	return s, pull
}
