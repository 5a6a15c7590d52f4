package ghtest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo/gittest"
)

func TestImportTakesARealRepository(t *testing.T) {
	g := gittest.Init(t)
	g.Write("a b/ü.txt", "x\n")
	g.Write("main.tf", "# one\n")
	g.Git("add", "-A")
	g.Git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "one")
	g.Git("branch", "agent/net")
	g.Write("main.tf", "# two\n# lines\n")
	g.Git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qam", "two")
	g.Git("-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "-am", "v", "v1")
	s := New(t)
	repo := s.World.Repo("acme/infra")
	repo.Import(t, g.Dir)
	if repo.Tip("main") != g.Git("rev-parse", "HEAD") || repo.Refs["refs/tags/v1"] != g.Git("rev-parse", "v1") {
		t.Fatalf("refs: %v", repo.Refs)
	}
	p := repo.Pull(Pull{Head: "main", Base: "agent/net"})
	if f := p.files(); len(f) != 1 || f[0].additions != 2 || f[0].removed != 1 {
		t.Errorf("files: %+v", f)
	}
	got := ask(t, s, s.Token(nil), `{repository(owner:"acme",name:"infra"){
		a:object(expression:"v1"){__typename ...on Tag{name target{oid}}}
		b:object(expression:"main:a b/ü.txt"){...on Blob{text}}
		c:ref(qualifiedName:"refs/tags/v1"){name prefix target{__typename}}}}`, nil)
	r := at(t, got, "data", "repository")
	if at(t, r, "a", "target", "oid") != repo.Tip("main") || at(t, r, "b", "text") != "x\n" || at(t, r, "c", "target", "__typename") != "Tag" {
		t.Errorf("%v", got)
	}
	// What we make ourselves has the ids that git gives it.
	tree := repo.store.commit(repo.Tip("main")).tree
	again := repo.store.edit("", map[string]entry{
		"a b/ü.txt": {mode: "100644", id: repo.Put("blob", []byte("x\n"))},
		"main.tf":   {mode: "100644", id: repo.Put("blob", []byte("# two\n# lines\n"))},
	})
	if again != tree {
		t.Errorf("tree %s, git has %s", again, tree)
	}
}

func TestCommitsHashAndKeepTheirSignature(t *testing.T) {
	w := NewWorld()
	repo := w.Repo("acme/infra")
	var signed string
	id := repo.Commit(Commit{
		Author: "A <a@example.com> 1760000000 -0330", Message: "No newline at the end",
		Sign: func(p []byte) string { signed = string(p); return "-----BEGIN X-----\nabc\n-----END X-----\n" },
	})
	typ, raw := repo.Object(id)
	if ok, err := gitobject.Verify("sha1", id, raw); !ok || err != nil || typ != "commit" {
		t.Fatalf("%s does not hash: %v", typ, err)
	}
	c, err := gitobject.Parse(raw, "sha1")
	if err != nil {
		t.Fatal(err)
	}
	mine := repo.store.commit(id)
	if string(c.Payload) != signed || mine.payload != signed || strings.TrimSuffix(string(c.Signature), "\n") != mine.signature {
		t.Errorf("payload %q, signed %q", c.Payload, signed)
	}
	if got := mine.author.at.Format(time.RFC3339); got != "2025-10-09T05:23:20-03:30" {
		t.Errorf("date %s", got)
	}
}

func TestRoles(t *testing.T) {
	w := NewWorld()
	org := w.Org("acme")
	repo := w.Repo("acme/infra")
	ann, bob, eve, carl, dora := w.User("ann"), w.User("bob"), w.User("eve"), w.User("carl"), w.User("dora")
	org.Base = "read"
	repo.GrantTeam(org.Team("platform", ann), "write")
	org.Team("platform").Child("night", bob)
	org.Owners = append(org.Owners, carl)
	repo.Roles["releaser"] = "maintain"
	repo.Grant(dora, "releaser")
	org.Members = append(org.Members, w.User("plain"))
	for u, want := range map[*User]string{ann: "write", bob: "write", eve: "none", carl: "admin", dora: "maintain", w.User("plain"): "read"} {
		if level, _ := repo.Role(u); level != want {
			t.Errorf("%s: %s, want %s", u.Login, level, want)
		}
	}
	if _, name := repo.Role(dora); name != "releaser" {
		t.Errorf("role %s", name)
	}
	repo.Private = false
	if level, _ := repo.Role(eve); level != "read" {
		t.Errorf("of a public repository: %s", level)
	}
	for _, u := range repo.collaborators("ALL") {
		if u == eve {
			t.Error("everybody's right makes a collaborator")
		}
	}
	w.Delete(ann)
	if level, _ := repo.Role(ann); level != "read" {
		t.Errorf("a deleted account: %s", level)
	}
}

func TestHistory(t *testing.T) {
	w := NewWorld()
	repo := w.Repo("acme/infra")
	root := repo.Commit(Commit{Files: map[string]string{"a": "1\n2\n3\n"}})
	repo.Branch("x", "main")
	x1 := repo.Commit(Commit{Branch: "x", Files: map[string]string{"a": "1\n2\nthree\n", "moved": "same\n"}})
	m1 := repo.Commit(Commit{Files: map[string]string{"b": "b"}})
	merge := repo.Commit(Commit{Branch: "x", Parents: []string{x1, m1}, Files: map[string]string{"b": "b"}})
	x2 := repo.Commit(Commit{Branch: "x", Files: map[string]string{"else/where": "same\n"}, Remove: []string{"moved"}})
	s := repo.store
	if got := s.between(repo.Tip("main"), x2); len(got) != 3 || got[0] != x1 || got[1] != merge || got[2] != x2 {
		t.Errorf("between: %v", got)
	}
	if got := s.mergeBase(repo.Tip("main"), x2); got != m1 {
		t.Errorf("merge base %s", got)
	}
	if got := s.mergeBase(m1, x1); got != root {
		t.Errorf("merge base %s", got)
	}
	if got := s.mergeBase(x2, repo.Commit(Commit{Loose: true, Parents: []string{}})); got != "" {
		t.Errorf("of unrelated histories: %s", got)
	}
	d := s.diff(s.commit(merge).tree, s.commit(x2).tree)
	if len(d) != 1 || d[0].status != "renamed" || d[0].old != "moved" {
		t.Errorf("renamed: %+v", d)
	}
	d = s.diff(s.commit(root).tree, s.commit(x1).tree)
	if len(d) != 2 || d[0].additions != 1 || d[0].removed != 1 || d[1].status != "added" {
		t.Errorf("changed: %+v", d)
	}
}

func TestFaults(t *testing.T) {
	s, repo, p := story(t)
	token := s.Token(nil)
	get := func() reply {
		return do(t, http.MethodGet, s.URL+"/repos/acme/infra/git/commits/"+p.Tip(), token, nil)
	}
	query := `{repository(owner:"acme",name:"infra"){pullRequest(number:1){headRefOid reviews(first:10){totalCount nodes{state}} labels(first:1){totalCount}}}}`

	remove := s.Fault("git/get-commit", Fault{Nth: 2, Status: 502, Body: "<html>"})
	for i, want := range []int{200, 502, 200} {
		if got := get(); got.status != want {
			t.Errorf("request %d: %d, want %d", i+1, got.status, want)
		}
	}
	remove()
	remove = s.Fault("GET /repos/*/*/git/commits/*", Slow(429, 7*time.Second))
	if got := get(); got.status != 429 || got.header.Get("Retry-After") != "7" {
		t.Errorf("%d %v", got.status, got.header)
	}
	remove()
	remove = s.Fault("*", Exhausted(time.Now().Add(time.Minute)))
	if got := get(); got.status != 403 || got.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("%d %v", got.status, got.header)
	}
	remove()
	remove = s.Fault("git/get-commit", Fault{Truncate: true})
	if got := get(); got.status != 200 || strings.HasSuffix(string(got.body), "}") {
		t.Errorf("%d %s", got.status, got.body)
	}
	remove()

	remove = s.Fault("graphql:reviews", Fault{Null: map[string]string{"headRefOid": "timeout"}})
	got := ask(t, s, token, query, nil)
	if at(t, got, "data", "repository", "pullRequest") != nil || at(t, got, "errors", 0, "message") != "timeout" {
		t.Errorf("what may not be null: %v", got)
	}
	remove()
	remove = s.Fault("graphql:reviews", Fault{Null: map[string]string{"reviews": "timeout"}, Total: map[string]int{"labels": 7}})
	got = ask(t, s, token, query, nil)
	if at(t, got, "data", "repository", "pullRequest", "reviews") != nil || at(t, got, "errors", 0, "message") != "timeout" ||
		at(t, got, "data", "repository", "pullRequest", "labels", "totalCount") != 7.0 {
		t.Errorf("a connection that may be null: %v", got)
	}
	remove()
	remove = s.Fault("graphql", Fault{Null: map[string]string{"labels": ""}, Drop: map[string]int{"reviews": 1}})
	got = ask(t, s, token, query, nil)
	pr := at(t, got, "data", "repository", "pullRequest")
	if at(t, pr, "labels") != nil || at(t, pr, "reviews", "totalCount") != 2.0 || len(at(t, pr, "reviews", "nodes").([]any)) != 1 {
		t.Errorf("%v", got)
	}
	remove()

	before := p.Tip()
	s.Fault("graphql", Fault{Nth: 1, Before: func(*World, *http.Request) { p.Push(Commit{Files: map[string]string{"more": "x"}}) }})
	got = ask(t, s, token, query, nil)
	if head := at(t, got, "data", "repository", "pullRequest", "headRefOid"); head == before || head != repo.Tip("agent/net") {
		t.Errorf("the head did not move: %v", head)
	}
	if s.Count("graphql") != 4 || s.Count("git/get-commit") != 6 {
		t.Errorf("counted %d and %d", s.Count("graphql"), s.Count("git/get-commit"))
	}
}

// TestEveryOperationIsAnswered asks for everything that the fake knows: an answer that
// GitHub could not give fails the test at its end.
func TestEveryOperationIsAnswered(t *testing.T) {
	s, repo, p := story(t)
	w := s.World
	app := w.App("claw")
	i := app.Install(repo.Owner, map[string]string{"statuses": "write", "contents": "read"})
	c, ctx := appClient(t, s, app), t.Context()
	if _, _, err := c.Apps.Get(ctx, ""); err != nil {
		t.Error(err)
	}
	if l, _, err := c.Apps.ListInstallations(ctx, nil); err != nil || len(l) != 1 {
		t.Error(l, err)
	}
	if _, _, err := c.Apps.GetInstallation(ctx, i.ID); err != nil {
		t.Error(err)
	}
	token, _ := w.issue(i, nil, nil)
	if l, _, err := client(t, s, token.Value).Apps.ListRepos(ctx, nil); err != nil || l.GetTotalCount() != 1 {
		t.Error(l, err)
	}
	got := do(t, http.MethodPost, s.URL+"/repos/acme/infra/statuses/"+p.Tip(), token.Value, []byte(`{"state":"pending","context":"claw"}`))
	if got.status != http.StatusCreated {
		t.Errorf("%d %s", got.status, got.body)
	}
	fork := repo.Fork(w.User("mallory"))
	fork.Private = false
	head := fork.Commit(Commit{Branch: "fix", Parents: []string{repo.Tip("main")}, Files: map[string]string{"x": "y"}})
	theirs := repo.Pull(Pull{Author: w.User("mallory"), HeadRepo: fork, Head: "fix"})
	if theirs.Tip() != head || !theirs.Cross() {
		t.Error("a pull request from a fork")
	}
	w.DeleteRepo(fork)
	w.Delete(w.User("mallory"))
	for _, path := range []string{"pulls/2", "pulls/2/commits", "pulls/2/files", "compare/main..." + head, "commits/" + head, "contents/x?ref=" + head} {
		if got := do(t, http.MethodGet, s.URL+"/repos/acme/infra/"+path, s.World.Token(nil).Value, nil); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	answer := ask(t, s, s.Token(nil), wide, map[string]any{"owner": "acme", "name": "infra", "number": 2, "check": "x"})
	if r := at(t, answer, "data", "repository", "pullRequest"); at(t, r, "author") != nil || at(t, r, "headRepository") != nil {
		t.Errorf("what is gone is still there: %v", r)
	}
}

func BenchmarkLarge(b *testing.B) {
	s, _ := Large(b)
	token := s.Token(nil)
	for b.Loop() {
		ask(b, s, token, wide, map[string]any{"owner": "acme", "name": "infra", "number": 1, "check": "x"})
	}
}
