package ghtest

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"
)

// client is go-github as it is sold: what it asks, GitHub understands.
func client(tb testing.TB, s *Server, token string) *github.Client {
	tb.Helper()
	c := github.NewClient(nil).WithAuthToken(token)
	u, err := url.Parse(s.Enterprise + "/")
	if err != nil {
		tb.Fatal(err)
	}
	c.BaseURL = u
	return c
}

// must stops the test at an error.
func must[T any](tb testing.TB) func(T, *github.Response, error) T {
	return func(v T, _ *github.Response, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func TestEverythingReadOverREST(t *testing.T) {
	s, repo, p := story(t)
	w := s.World
	run := repo.Run(WorkflowRun{HeadSHA: p.Tip(), HeadBranch: p.Head, Actor: w.User("bob")})
	art := run.Artifact("plan", map[string]string{"plan.json": "{}"})
	suite := repo.Suite(w.App("claw"), p.Tip())
	made := suite.Add(CheckRun{Name: "Claw", Conclusion: "success"})
	repo.Refs["refs/notes/claw"] = repo.Commit(Commit{Loose: true, Parents: []string{}})
	c, ctx := client(t, s, s.Token(nil)), t.Context()

	pr := must[*github.PullRequest](t)(c.PullRequests.Get(ctx, "acme", "infra", 1))
	if pr.GetUser().GetLogin() != "claw-agent[bot]" || pr.GetCommits() != 2 || pr.GetChangedFiles() != 2 {
		t.Errorf("pull request: %v %d commits %d files", pr.GetUser().GetLogin(), pr.GetCommits(), pr.GetChangedFiles())
	}
	if l := must[[]*github.PullRequest](t)(c.PullRequests.List(ctx, "acme", "infra", &github.PullRequestListOptions{State: "all", Head: "acme:agent/net"})); len(l) != 1 {
		t.Errorf("pull requests: %d", len(l))
	}
	files := must[[]*github.CommitFile](t)(c.PullRequests.ListFiles(ctx, "acme", "infra", 1, nil))
	if len(files) != 2 || files[0].GetStatus() != "removed" || files[1].GetAdditions() != 1 {
		t.Errorf("files: %v", files)
	}
	commits := must[[]*github.RepositoryCommit](t)(c.PullRequests.ListCommits(ctx, "acme", "infra", 1, nil))
	if len(commits) != 2 || commits[1].GetCommit().GetVerification().GetPayload() == "" {
		t.Errorf("commits: %v", commits)
	}
	if l := must[[]*github.PullRequestReview](t)(c.PullRequests.ListReviews(ctx, "acme", "infra", 1, nil)); len(l) != 2 {
		t.Errorf("reviews: %v", l)
	}
	if l := must[[]*github.Timeline](t)(c.Issues.ListIssueTimeline(ctx, "acme", "infra", 1, nil)); len(l) != 4 {
		t.Errorf("timeline: %v", l)
	}
	cmp := must[*github.CommitsComparison](t)(c.Repositories.CompareCommits(ctx, "acme", "infra", "main", "agent/net", nil))
	if cmp.GetTotalCommits() != 2 || cmp.GetMergeBaseCommit().GetSHA() != repo.Tip("main") || len(cmp.Files) != 2 {
		t.Errorf("comparison: %v", cmp)
	}
	tree := must[*github.Tree](t)(c.Git.GetTree(ctx, "acme", "infra", p.Tip(), true))
	if len(tree.Entries) != 2 || tree.GetTruncated() {
		t.Errorf("tree: %v", tree.Entries)
	}
	blob := must[*github.Blob](t)(c.Git.GetBlob(ctx, "acme", "infra", tree.Entries[0].GetSHA()))
	if b, err := base64.StdEncoding.DecodeString(blob.GetContent()); err != nil || string(b) != "# nothing\n" {
		t.Errorf("blob: %q %v", b, err)
	}
	if raw := must[[]byte](t)(c.Git.GetBlobRaw(ctx, "acme", "infra", tree.Entries[0].GetSHA())); string(raw) != "# nothing\n" {
		t.Errorf("raw blob: %q", raw)
	}
	if r := must[*github.Reference](t)(c.Git.GetRef(ctx, "acme", "infra", "heads/agent/net")); r.GetObject().GetSHA() != p.Tip() {
		t.Errorf("ref: %v", r)
	}
	if l := must[[]*github.Reference](t)(c.Git.ListMatchingRefs(ctx, "acme", "infra", &github.ReferenceListOptions{Ref: "notes/"})); len(l) != 1 {
		t.Errorf("refs: %v", l)
	}
	gc := must[*github.Commit](t)(c.Git.GetCommit(ctx, "acme", "infra", p.Tip()))
	if gc.GetVerification().GetReason() != "unknown_key" || gc.GetAuthor().GetDate().Location() != time.UTC {
		t.Errorf("commit: %v", gc)
	}
	if rc := must[*github.RepositoryCommit](t)(c.Repositories.GetCommit(ctx, "acme", "infra", p.Tip(), nil)); rc.GetAuthor().GetLogin() != "bob" || len(rc.Files) != 1 {
		t.Errorf("commit: %v", rc)
	}
	content, _, _, err := c.Repositories.GetContents(ctx, "acme", "infra", "main.tf", &github.RepositoryContentGetOptions{Ref: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := content.GetContent(); err != nil || text != "# nothing\n" {
		t.Errorf("content: %q %v", text, err)
	}
	if _, dir, _, err := c.Repositories.GetContents(ctx, "acme", "infra", "dir", nil); err != nil || len(dir) != 1 {
		t.Errorf("folder: %v %v", dir, err)
	}
	if l := must[*github.RepositoryPermissionLevel](t)(c.Repositories.GetPermissionLevel(ctx, "acme", "infra", "ann")); l.GetPermission() != "write" {
		t.Errorf("permission: %v", l)
	}
	if l := must[[]*github.User](t)(c.Repositories.ListCollaborators(ctx, "acme", "infra", nil)); len(l) != 2 {
		t.Errorf("collaborators: %v", l)
	}
	must[*github.Repository](t)(c.Repositories.Get(ctx, "acme", "infra"))
	must[*github.Organization](t)(c.Organizations.Get(ctx, "acme"))
	must[*github.Team](t)(c.Teams.GetTeamBySlug(ctx, "acme", "platform"))
	if l := must[[]*github.User](t)(c.Teams.ListTeamMembersBySlug(ctx, "acme", "platform", nil)); len(l) != 2 {
		t.Errorf("members: %v", l)
	}
	must[*github.Membership](t)(c.Teams.GetTeamMembershipBySlug(ctx, "acme", "night", "bob"))
	must[*github.Membership](t)(c.Organizations.GetOrgMembership(ctx, "ann", "acme"))
	if l := must[*github.ListCheckRunsResults](t)(c.Checks.ListCheckRunsForRef(ctx, "acme", "infra", p.Tip(), nil)); l.GetTotal() != 1 {
		t.Errorf("check runs: %v", l)
	}
	must[*github.ListCheckSuiteResults](t)(c.Checks.ListCheckSuitesForRef(ctx, "acme", "infra", p.Tip(), nil))
	must[*github.CheckRun](t)(c.Checks.GetCheckRun(ctx, "acme", "infra", made.ID))
	must[*github.WorkflowRun](t)(c.Actions.GetWorkflowRunByID(ctx, "acme", "infra", run.ID))
	if l := must[*github.WorkflowRuns](t)(c.Actions.ListRepositoryWorkflowRuns(ctx, "acme", "infra", &github.ListWorkflowRunsOptions{HeadSHA: p.Tip()})); l.GetTotalCount() != 1 {
		t.Errorf("runs: %v", l)
	}
	must[*github.ArtifactList](t)(c.Actions.ListArtifacts(ctx, "acme", "infra", nil))
	if l := must[*github.ArtifactList](t)(c.Actions.ListWorkflowRunArtifacts(ctx, "acme", "infra", run.ID, nil)); l.GetTotalCount() != 1 {
		t.Errorf("artifacts: %v", l)
	}
	must[*github.Artifact](t)(c.Actions.GetArtifact(ctx, "acme", "infra", art.ID))
	where := must[*url.URL](t)(c.Actions.DownloadArtifact(ctx, "acme", "infra", art.ID, 0))
	if where.Host == c.BaseURL.Host {
		t.Errorf("the artifact lies at the API itself: %s", where)
	}
	if got := do(t, http.MethodGet, where.String(), "", nil); !bytes.Equal(got.body, art.Zip) {
		t.Errorf("artifact: %d %q", got.status, got.body)
	}
	got := do(t, http.MethodGet, s.URL+"/repos/acme/infra/activity?ref=agent/net&per_page=1", s.Token(nil), nil)
	if got.status != http.StatusOK || !strings.Contains(got.header.Get("Link"), "after=") {
		t.Errorf("activity: %d %v", got.status, got.header)
	}
}

func TestATokenSentToTheBlobStoreIsRefusedAndAViolation(t *testing.T) {
	s := Serve(t, NewWorld())
	repo := s.World.Repo("acme/infra")
	art := repo.Run(WorkflowRun{HeadSHA: repo.Commit(Commit{})}).Artifact("plan", nil)
	got := do(t, http.MethodGet, s.blobs.put(art.Zip), "secret", nil)
	if got.status != http.StatusBadRequest || len(s.Violations()) != 1 {
		t.Errorf("%d %v", got.status, s.Violations())
	}
}

func TestAnAppGetsATokenAndWritesCheckRuns(t *testing.T) {
	s, repo, p := story(t)
	w := s.World
	app := w.App("claw-verified")
	i := app.Install(repo.Owner, map[string]string{"checks": "write", "contents": "read", "metadata": "read"})
	tr, err := ghinstallation.New(http.DefaultTransport, app.ID, i.ID, app.PEM())
	if err != nil {
		t.Fatal(err)
	}
	tr.BaseURL = s.URL
	tr.InstallationTokenOptions = &github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Checks: github.String("write")}}
	c := github.NewClient(&http.Client{Transport: tr})
	c.BaseURL, _ = url.Parse(s.URL + "/")
	ctx := t.Context()
	note := &github.CheckRunAnnotation{Path: github.String("net.tf"), StartLine: github.Int(1), EndLine: github.Int(1), AnnotationLevel: github.String("warning"), Message: github.String("open")}
	run := must[*github.CheckRun](t)(c.Checks.CreateCheckRun(ctx, "acme", "infra", github.CreateCheckRunOptions{
		Name: "Claw", HeadSHA: p.Tip(), Status: github.String("in_progress"),
	}))
	run = must[*github.CheckRun](t)(c.Checks.UpdateCheckRun(ctx, "acme", "infra", run.GetID(), github.UpdateCheckRunOptions{
		Name: "Claw", Conclusion: github.String("success"),
		Output: &github.CheckRunOutput{Title: github.String("t"), Summary: github.String("s"), Annotations: []*github.CheckRunAnnotation{note}},
	}))
	if run.GetStatus() != "completed" || run.GetApp().GetID() != app.ID || run.GetOutput().GetAnnotationsCount() != 1 {
		t.Errorf("check run: %v", run)
	}
	if l := must[[]*github.CheckRunAnnotation](t)(c.Checks.ListCheckRunAnnotations(ctx, "acme", "infra", run.GetID(), nil)); len(l) != 1 {
		t.Errorf("annotations: %v", l)
	}
	// It was scoped down to checks: the contents are not for it any more.
	if _, res, err := c.Git.GetCommit(ctx, "acme", "infra", p.Tip()); err == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a permission that was not asked for: %v", err)
	}
	if got := repo.CheckRuns(p.Tip()); len(got) != 1 || got[0].Conclusion != "success" {
		t.Errorf("in the world: %v", got)
	}
	found := must[*github.Installation](t)(appClient(t, s, app).Apps.FindRepositoryInstallation(ctx, "acme", "infra"))
	if found.GetID() != i.ID {
		t.Errorf("installation: %v", found)
	}
	if _, _, err := appClient(t, s, app).Apps.CreateInstallationToken(ctx, i.ID, &github.InstallationTokenOptions{
		Permissions: &github.InstallationPermissions{Contents: github.String("write")},
	}); err == nil || !strings.Contains(err.Error(), "422") {
		t.Errorf("more than the installation has: %v", err)
	}
}

func appClient(t *testing.T, s *Server, app *App) *github.Client {
	t.Helper()
	tr, err := ghinstallation.NewAppsTransport(http.DefaultTransport, app.ID, app.PEM())
	if err != nil {
		t.Fatal(err)
	}
	tr.BaseURL = s.URL
	c := github.NewClient(&http.Client{Transport: tr})
	c.BaseURL, _ = url.Parse(s.URL + "/")
	return c
}

func TestTokens(t *testing.T) {
	s, _, p := story(t)
	w := s.World
	old := w.AddToken(Token{Expires: time.Now().Add(-time.Second)}).Value
	blind := w.AddToken(Token{Repos: []*Repo{}}).Value
	checks := w.Token(map[string]string{"checks": "read"}).Value
	path := s.URL + "/repos/acme/infra/git/commits/" + p.Tip()
	for _, c := range []struct {
		name, token string
		status      int
	}{
		{"none", "", 401},
		{"unknown", "nope", 401},
		{"expired", old, 401},
		{"of another repository", blind, 404},
		{"without the permission", checks, 403},
		{"of everything", s.Token(nil), 200},
	} {
		if got := do(t, http.MethodGet, path, c.token, nil); got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, got.status, c.status, got.body)
		}
	}
	got := ask(t, s, checks, `{repository(owner:"acme",name:"infra"){name pullRequest(number:1){title}}}`, nil)
	if at(t, got, "errors", 0, "type") != "FORBIDDEN" || at(t, got, "data", "repository", "pullRequest") != nil {
		t.Errorf("over GraphQL: %v", got)
	}
	got = ask(t, s, blind, `{repository(owner:"acme",name:"infra"){name}}`, nil)
	if at(t, got, "errors", 0, "type") != "NOT_FOUND" {
		t.Errorf("over GraphQL: %v", got)
	}
}

func TestPagesConditionsAndRate(t *testing.T) {
	s, p := Sized(t, Size{Commits: 7, Files: 14, Reviews: 1})
	c, ctx := client(t, s, s.Token(nil)), t.Context()
	var all []*github.RepositoryCommit
	opt := &github.ListOptions{PerPage: 3}
	for {
		cmp, res, err := c.Repositories.CompareCommits(ctx, "acme", "infra", "main", p.Tip(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if (len(cmp.Files) == 14) != (opt.Page < 2) {
			t.Errorf("page %d has %d files", opt.Page, len(cmp.Files))
		}
		all = append(all, cmp.Commits...)
		if opt.Page = res.NextPage; opt.Page == 0 {
			break
		}
	}
	if len(all) != 7 || all[6].GetSHA() != p.Tip() {
		t.Errorf("%d commits", len(all))
	}
	s.Change(func(w *World) { w.Limits.TreeEntries = 5 })
	if tree := must[*github.Tree](t)(c.Git.GetTree(ctx, "acme", "infra", p.Tip(), true)); !tree.GetTruncated() || len(tree.Entries) != 5 {
		t.Errorf("%d entries", len(tree.Entries))
	}
	token := s.Token(nil)
	first := do(t, http.MethodGet, s.URL+"/repos/acme/infra/pulls/1", token, nil)
	again := do(t, http.MethodGet, s.URL+"/repos/acme/infra/pulls/1", token, nil, "If-None-Match", first.header.Get("ETag"))
	if again.status != http.StatusNotModified || len(again.body) != 0 ||
		again.header.Get("X-RateLimit-Remaining") != first.header.Get("X-RateLimit-Remaining") {
		t.Errorf("%d, remaining %s after %s", again.status, again.header.Get("X-RateLimit-Remaining"), first.header.Get("X-RateLimit-Remaining"))
	}
	p.Title = "Another"
	if changed := do(t, http.MethodGet, s.URL+"/repos/acme/infra/pulls/1", token, nil, "If-None-Match", first.header.Get("ETag")); changed.status != http.StatusOK {
		t.Errorf("after a change: %d", changed.status)
	}
}

func TestALostEndOfTheBody(t *testing.T) {
	s, _, p := story(t)
	s.Fault("git/get-commit", Fault{Cut: true, Nth: 1})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/repos/acme/infra/git/commits/"+p.Tip(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token(nil))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the body came whole")
	}
}
