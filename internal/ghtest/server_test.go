package ghtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// story is a small world with a pull request, two reviews and a conversation.
func story(tb testing.TB) (*Server, *Repo, *Pull) {
	tb.Helper()
	s := New(tb)
	w := s.World
	ann, bob := w.User("ann"), w.User("bob")
	bot := w.Bot("claw-agent")
	acme := w.Org("acme")
	acme.Base = "read"
	acme.Team("platform", ann).Child("night", bob)
	repo := w.Repo("acme/infra")
	repo.Grant(ann, "write")
	repo.Commit(Commit{Files: map[string]string{"main.tf": "# nothing\n", "dir/a.txt": "a\n"}, By: ann})
	repo.Branch("agent/net", "main")
	repo.Commit(Commit{Branch: "agent/net", Files: map[string]string{"net.tf": "resource \"x\" \"y\" {}\n"}, By: bot})
	repo.Commit(Commit{Branch: "agent/net", Remove: []string{"dir/a.txt"}, By: bob, Sign: func([]byte) string {
		return "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----"
	}, Message: "Two\n\nCo-authored-by: Ann <ann@example.com>\n"})
	pull := repo.Pull(Pull{Author: bot, Head: "agent/net", Labels: []string{"terraform"}})
	old := pull.Review(ann, "APPROVED")
	pull.Dismiss(old, bob)
	pull.Review(ann, "CHANGES_REQUESTED")
	pull.Request(bot, Reviewer{User: bob}, Reviewer{Team: acme.Team("platform")})
	pull.Thread(ann, "net.tf", 1, "why?")
	pull.Assign(ann, bob)
	return s, repo, pull
}

// ask posts a query and returns the whole answer.
func ask(tb testing.TB, s *Server, token, query string, vars map[string]any) map[string]any {
	tb.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		tb.Fatal(err)
	}
	res := do(tb, http.MethodPost, s.URL+"/graphql", token, body)
	var m map[string]any
	if err := json.Unmarshal(res.body, &m); err != nil {
		tb.Fatalf("%v in %s", err, res.body)
	}
	return m
}

func do(tb testing.TB, method, url, token string, body []byte, header ...string) reply {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	} else {
		req.Body = nil
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, b}
}

func at(tb testing.TB, v any, path ...any) any {
	tb.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				tb.Fatalf("no object at %v in %v", p, path)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				tb.Fatalf("no entry %d in %v", p, path)
			}
			v = l[p]
		}
	}
	return v
}

const wide = `query($owner:String!,$name:String!,$number:Int!,$check:String!){
  rateLimit{cost remaining nodeCount}
  repository(owner:$owner,name:$name,followRenames:false){...facts note:ref(qualifiedName:"refs/notes/x"){target{oid}}
    pullRequest(number:$number){number title body state isDraft author{...account} baseRefName baseRefOid headRefName headRefOid
      headRepository{nameWithOwner} isCrossRepository updatedAt changedFiles additions deletions
      baseRef{target{__typename oid ...on Commit{...raw f0:file(path:"main.tf"){...entry} f1:file(path:"none"){...entry}}}}
      commits(first:100){totalCount pageInfo{hasNextPage endCursor} nodes{commit{...raw ...linked}}}
      reviews(first:100,states:[APPROVED,CHANGES_REQUESTED,COMMENTED,DISMISSED]){totalCount pageInfo{hasNextPage endCursor} nodes{fullDatabaseId author{...account} state commit{oid tree{oid}} body submittedAt lastEditedAt authorCanPushToRepository}}
      reviewThreads(first:100){totalCount nodes{isResolved isOutdated path line comments(first:1){nodes{createdAt author{...account}}}}}
      timelineItems(first:100,itemTypes:[REVIEW_DISMISSED_EVENT,REVIEW_REQUESTED_EVENT,ASSIGNED_EVENT,HEAD_REF_FORCE_PUSHED_EVENT]){totalCount filteredCount nodes{__typename
        ...on ReviewDismissedEvent{createdAt actor{...account} previousReviewState review{fullDatabaseId}}
        ...on ReviewRequestedEvent{createdAt actor{...account} requestedReviewer{...account ...on Team{__typename combinedSlug}}}
        ...on HeadRefForcePushedEvent{beforeCommit{oid} afterCommit{oid}}
        ...on AssignedEvent{createdAt actor{...account} assignee{...account}}}}
      reviewRequests(first:100){totalCount nodes{requestedReviewer{...account ...on Team{__typename combinedSlug}}}}
      labels(first:100){totalCount nodes{name}}
      tip:commits(last:1){nodes{commit{oid checkSuites(first:100){totalCount nodes{createdAt app{databaseId} checkRuns(first:50,filterBy:{checkName:$check}){totalCount nodes{databaseId name externalId status conclusion startedAt}}}}
        associatedPullRequests(first:50){totalCount pageInfo{hasNextPage} nodes{number state headRefOid baseRefName baseRepository{databaseId} author{...account}}}
        statusCheckRollup{state contexts(first:5){totalCount nodes{__typename ...on CheckRun{name} ...on StatusContext{context state}}}}}}}
    }
    collaborators(first:50){totalCount edges{permission node{databaseId login}}}
    pullRequests(states:OPEN,first:100){totalCount nodes{number}}
  }
  organization(login:$owner){login databaseId team(slug:"platform"){slug members(first:100){totalCount nodes{databaseId login} edges{role}} childTeams(first:10){nodes{slug}}}}
}
fragment account on Actor{__typename login ...on User{databaseId} ...on Bot{databaseId} ...on Organization{databaseId} ...on Mannequin{databaseId}}
fragment facts on Repository{databaseId nameWithOwner isPrivate owner{__typename login} defaultBranchRef{name}}
fragment raw on Commit{oid tree{oid entries{name mode oid type}} parents(first:50){totalCount nodes{oid}} author{name email date} committer{name email date} message signature{__typename payload signature}}
fragment linked on Commit{author{user{databaseId login}} authors(first:50){totalCount nodes{user{databaseId login}}}}
fragment entry on TreeEntry{mode type object{...on Blob{oid byteSize isBinary isTruncated text}}}`

func TestAPullRequestOverGraphQL(t *testing.T) {
	s, repo, pull := story(t)
	suite := repo.Suite(s.World.App("claw"), pull.Tip())
	suite.Add(CheckRun{Name: "Claw", Conclusion: "failure"})
	suite.Add(CheckRun{Name: "Claw", Conclusion: "success"})
	got := ask(t, s, s.Token(nil), wide, map[string]any{"owner": "acme", "name": "infra", "number": 1, "check": "Claw"})
	if got["errors"] != nil {
		t.Fatalf("errors: %v", got["errors"])
	}
	p := at(t, got, "data", "repository", "pullRequest")
	for _, c := range []struct {
		want any
		path []any
	}{
		{"claw-agent", []any{"author", "login"}},
		{"Bot", []any{"author", "__typename"}},
		{2.0, []any{"commits", "totalCount"}},
		{pull.Tip(), []any{"headRefOid"}},
		{2.0, []any{"changedFiles"}},
		{"DISMISSED", []any{"reviews", "nodes", 0, "state"}},
		{true, []any{"reviews", "nodes", 0, "authorCanPushToRepository"}},
		{"APPROVED", []any{"timelineItems", "nodes", 0, "previousReviewState"}},
		{"acme/platform", []any{"reviewRequests", "nodes", 1, "requestedReviewer", "combinedSlug"}},
		{"# nothing\n", []any{"baseRef", "target", "f0", "object", "text"}},
		{33188.0, []any{"baseRef", "target", "f0", "mode"}},
		{nil, []any{"baseRef", "target", "f1"}},
		{"SshSignature", []any{"commits", "nodes", 1, "commit", "signature", "__typename"}},
		{"2025-10-09T14:00:00+02:00", []any{"commits", "nodes", 0, "commit", "author", "date"}},
		{nil, []any{"commits", "nodes", 0, "commit", "author", "user"}}, // an app is no User
		{"ann", []any{"commits", "nodes", 1, "commit", "authors", "nodes", 1, "user", "login"}},
		{1.0, []any{"tip", "nodes", 0, "commit", "checkSuites", "nodes", 0, "checkRuns", "totalCount"}},
		{"SUCCESS", []any{"tip", "nodes", 0, "commit", "statusCheckRollup", "state"}},
	} {
		if have := at(t, p, c.path...); have != c.want {
			t.Errorf("%v: %v, want %v", c.path, have, c.want)
		}
	}
	if n := at(t, got, "data", "organization", "team", "members", "totalCount"); n != 2.0 {
		t.Errorf("members with those of child teams: %v", n)
	}
}
