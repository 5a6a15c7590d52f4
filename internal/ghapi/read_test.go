package ghapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/ghtest"
)

var acmeInfra = ghapi.Repository{Owner: "acme", Name: "infra"}

// reader makes a client with these permissions; nil is all.
func reader(tb testing.TB, s *ghtest.Server, permissions map[string]string) *ghapi.Client {
	tb.Helper()
	c, err := ghapi.New(ghapi.Config{APIURL: s.Enterprise, Token: s.Token(permissions)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

func readPull(tb testing.TB, c *ghapi.Client, q ghapi.PullRequestQuery) *ghapi.PullRequest {
	tb.Helper()
	q.Repository, q.Number = acmeInfra, 1
	pr, err := c.PullRequest(context.Background(), q)
	if err != nil {
		tb.Fatal(err)
	}
	return pr
}

func whole(tb testing.TB, missed []ghapi.Shortfall) {
	tb.Helper()
	if len(missed) > 0 {
		tb.Errorf("missed: %+v", missed)
	}
}

func commitIDs(cs []ghapi.Commit) (ids []string) {
	for _, c := range cs {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestReadStandard(t *testing.T) {
	s, pull := ghtest.Standard(t)
	w := s.World
	base := w.Repo("acme/infra").Commit(ghtest.Commit{Files: map[string]string{".claw-verified.yml": "version: 1\n", "CODEOWNERS": "* @acme/platform\n"}})
	w.Repo("acme/.github").Commit(ghtest.Commit{Files: map[string]string{"claw-verified.yml": "version: 1 # org\n"}})
	ann := w.User("ann")
	pull.Request(ann, ghtest.Reviewer{User: w.User("reviewer-2")}, ghtest.Reviewer{Team: w.Org("acme").Team("platform")})
	pull.Assign(ann, ann)
	pull.Dismiss(pull.Reviews[4], ann)
	pull.Thread(ann, "main.tf", 3, "why?")
	pull.Labels = []string{"risk", "agent"}
	c := reader(t, s, nil)
	pr := readPull(t, c, ghapi.PullRequestQuery{BaseFiles: []string{".claw-verified.yml", ".github/CODEOWNERS", "CODEOWNERS"}, OrgFile: "claw-verified.yml", NoteRefs: []string{"refs/notes/ai"}})
	whole(t, pr.Missed)
	if d := cmp.Diff(pull.Commits(), commitIDs(pr.Commits)); d != "" {
		t.Errorf("commits (-want +got):\n%s", d)
	}
	if pr.Head != pull.Tip() || pr.Base.ID != base || pr.Author.Login != "claw-agent[bot]" || pr.Author.Type != "Bot" {
		t.Errorf("%+v", pr)
	}
	if len(pr.Parents) != 1 || pr.Parents[0].ID == base {
		t.Errorf("parents %+v", pr.Parents)
	}
	if pr.Files["CODEOWNERS"].Text != "* @acme/platform\n" || pr.Files[".claw-verified.yml"].Cut || pr.Org == nil || pr.Org.File.Text != "version: 1 # org\n" {
		t.Errorf("%+v %+v", pr.Files, pr.Org)
	}
	if len(pr.Reviews) != 5 || len(pr.Threads) != 1 || len(pr.Requests) != 1 || len(pr.Suites) != 1 {
		t.Errorf("%+v", pr)
	}
	if d := cmp.Diff([]string{"agent", "risk"}, pr.Labels); d != "" {
		t.Error(d)
	}
	kinds := map[ghapi.TimelineKind]int{}
	for _, e := range pr.Events {
		kinds[e.Kind]++
	}
	if d := cmp.Diff(map[ghapi.TimelineKind]int{ghapi.TimelineAssigned: 1, ghapi.TimelineDismissed: 1}, kinds); d != "" {
		t.Error(d)
	}
	people, err := c.People(context.Background(), ghapi.PeopleQuery{
		Repository: acmeInfra, Number: 1, Logins: []string{"reviewer-1", "ann", "claw-agent[bot]"}, Teams: []string{"acme/platform"}, Suggest: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	whole(t, people.Missed)
	if people.Head != pr.Head || people.Base != base || len(people.Members["acme/platform"]) != 5 ||
		people.Permission[w.User("reviewer-1").ID] != "write" || people.Permission[ann.ID] != "none" || people.Permission[w.User("reviewer-5").ID] != "write" {
		t.Errorf("%+v", people)
	}
	if st := c.Stats(); st.Calls() != 2 || st.GraphQL != 2 || st.Cost < 2 {
		t.Errorf("%+v", st)
	}
	commits, err := c.Commits(context.Background(), acmeInfra, []string{pr.Head, base})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{pr.Head, base}, commitIDs(commits)); d != "" {
		t.Error(d)
	}
	if _, err := c.Commits(context.Background(), acmeInfra, []string{pr.Head, "1111111111111111111111111111111111111111"}); !errors.Is(err, ghapi.ErrNotFound) {
		t.Error(err)
	}
	f, err := c.Range(context.Background(), ghapi.RangeQuery{Repository: acmeInfra, Base: base, Head: pr.Head, BaseFiles: []string{"CODEOWNERS"}})
	if err != nil {
		t.Fatal(err)
	}
	whole(t, f.Missed)
	if f.Head.ID != pr.Head || f.Files["CODEOWNERS"].Text == "" {
		t.Errorf("%+v", f)
	}
}

func TestReadLarge(t *testing.T) {
	s, pull := ghtest.Large(t)
	c := reader(t, s, nil)
	pr := readPull(t, c, ghapi.PullRequestQuery{})
	whole(t, pr.Missed)
	if d := cmp.Diff(pull.Commits(), commitIDs(pr.Commits)); d != "" || len(pr.Commits) != 250 {
		t.Errorf("%d commits\n%s", len(pr.Commits), d)
	}
	if st := c.Stats(); st.Calls() != 3 {
		t.Errorf("%+v", st)
	}
	s.Change(func(*ghtest.World) { pull.Push(ghtest.Commit{By: pull.Author, Files: map[string]string{"x": "y"}}) })
	if pr = readPull(t, c, ghapi.PullRequestQuery{}); len(pr.Missed) == 0 {
		t.Error("251 commits are read whole")
	}
}

// What the token of a workflow may see.
func TestReadAsAWorkflow(t *testing.T) {
	s, pull := ghtest.Standard(t)
	w := s.World
	ann := w.User("ann")
	pull.Request(ann, ghtest.Reviewer{User: ann}, ghtest.Reviewer{Team: w.Org("acme").Team("platform")})
	c := reader(t, s, map[string]string{"contents": "read", "pull_requests": "read", "checks": "write"})
	pr := readPull(t, c, ghapi.PullRequestQuery{OrgFile: "claw-verified.yml"})
	whole(t, pr.Missed)
	if len(pr.Requests) != 1 || pr.Requests[0].ID != ann.ID || pr.Org != nil {
		t.Errorf("%+v %v", pr.Requests, pr.Org)
	}
	people, err := c.People(context.Background(), ghapi.PeopleQuery{Repository: acmeInfra, Number: 1, Logins: []string{"reviewer-1", "ann"}, Teams: []string{"acme/platform"}, Suggest: true})
	if err != nil {
		t.Fatal(err)
	}
	if people.Permission[w.User("reviewer-1").ID] != "write" || people.Permission[ann.ID] != "none" || people.Head != pr.Head {
		t.Errorf("%+v", people)
	}
	if len(people.Missed) != 1 || people.Missed[0].What != `the members of the team "acme/platform"` {
		t.Errorf("%+v", people.Missed)
	}
}

func TestReadFork(t *testing.T) {
	s, pull := ghtest.Standard(t)
	w := s.World
	bob := w.User("bob")
	fork := w.Repo("acme/infra").Fork(bob)
	fork.Branch("copy", pull.Tip())
	w.Repo("acme/infra").Pull(ghtest.Pull{Author: bob, Head: "copy", HeadRepo: fork})
	c := reader(t, s, nil)
	pr := readPull(t, c, ghapi.PullRequestQuery{})
	whole(t, pr.Missed)
	if len(pr.Siblings) != 1 || pr.Siblings[0].Number != 2 || pr.Siblings[0].Author.ID != bob.ID {
		t.Errorf("%+v", pr.Siblings)
	}
	other, err := c.PullRequest(context.Background(), ghapi.PullRequestQuery{Repository: acmeInfra, Number: 2})
	if err != nil {
		t.Fatal(err)
	}
	whole(t, other.Missed)
	if other.HeadRepo != "bob/infra" || len(other.Siblings) != 1 || other.Siblings[0].Number != 1 {
		t.Errorf("%+v", other)
	}
}

// P18: whatever GitHub holds back is missed.
func TestReadFaults(t *testing.T) {
	for name, x := range map[string]struct {
		fault ghtest.Fault
		what  string
	}{
		"reviews are null":          {ghtest.Fault{Null: map[string]string{"reviews": ""}}, "the reviews"},
		"reviews are refused":       {ghtest.Fault{Null: map[string]string{"reviews": "no"}}, "the reviews"},
		"a review too few":          {ghtest.Fault{Total: map[string]int{"reviews": 6}}, "the reviews"},
		"commits claim more":        {ghtest.Fault{Total: map[string]int{"commits": 21}}, "the commits"},
		"the head's commit dropped": {ghtest.Fault{Drop: map[string]int{"commits": 1}}, "the commits"},
	} {
		t.Run(name, func(t *testing.T) {
			s, pull := ghtest.Standard(t)
			pull.Thread(s.World.User("ann"), "main.tf", 3, "why?")
			s.Fault("graphql", x.fault)
			pr := readPull(t, reader(t, s, nil), ghapi.PullRequestQuery{})
			if !slices.ContainsFunc(pr.Missed, func(m ghapi.Shortfall) bool { return m.What == x.what }) {
				t.Errorf("%+v", pr.Missed)
			}
		})
	}
}

// P1: the head moves between two pages.
func TestReadMovedHead(t *testing.T) {
	s, pull := ghtest.Sized(t, ghtest.Size{Commits: 3, Files: 3, Reviews: 120})
	s.Fault("graphql", ghtest.Fault{Nth: 2, Before: func(*ghtest.World, *http.Request) {
		pull.Push(ghtest.Commit{By: pull.Author, Files: map[string]string{"x": "y"}})
	}})
	_, err := reader(t, s, nil).PullRequest(context.Background(), ghapi.PullRequestQuery{Repository: acmeInfra, Number: 1})
	if !errors.Is(err, ghapi.ErrMoved) {
		t.Error(err)
	}
}

func TestReadNothing(t *testing.T) {
	s, _ := ghtest.Standard(t)
	c := reader(t, s, nil)
	for _, q := range []ghapi.PullRequestQuery{{Repository: acmeInfra, Number: 9}, {Repository: ghapi.Repository{Owner: "acme", Name: "nothing"}, Number: 1}} {
		if _, err := c.PullRequest(context.Background(), q); !errors.Is(err, ghapi.ErrNotFound) {
			t.Errorf("%v: %v", q.Repository, err)
		}
	}
}
