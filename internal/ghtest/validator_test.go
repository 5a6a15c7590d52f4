package ghtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// loose is story without the end at which violations fail the test.
func loose(t *testing.T) (*Server, *Repo, *Pull) {
	t.Helper()
	s := Serve(t, NewWorld())
	repo := s.World.Repo("acme/infra")
	repo.Commit(Commit{Files: map[string]string{"a": "a"}})
	repo.Branch("x", "main")
	repo.Commit(Commit{Branch: "x", Files: map[string]string{"b": "b"}})
	return s, repo, repo.Pull(Pull{Author: s.World.User("bob"), Head: "x"})
}

// TestRequestsThatGitHubWouldNotUnderstand has what the description catches, and what
// it is too loose for and we catch ourselves.
func TestRequestsThatGitHubWouldNotUnderstand(t *testing.T) {
	s, _, p := loose(t)
	token := s.Token(nil)
	sha := p.Tip()
	annotation := map[string]any{"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
	check := func(edit map[string]any) map[string]any {
		m := map[string]any{"name": "Claw", "head_sha": sha}
		for k, v := range edit {
			if v == nil {
				delete(m, k)
			} else {
				m[k] = v
			}
		}
		return m
	}
	output := func(edit map[string]any) map[string]any {
		m := map[string]any{"title": "t", "summary": "s"}
		for k, v := range edit {
			m[k] = v
		}
		return check(map[string]any{"output": m})
	}
	runs := "/repos/acme/infra/check-runs"
	action := func(label string) map[string]any {
		return map[string]any{"label": label, "description": "d", "identifier": "i"}
	}
	for _, c := range []struct {
		name, method, path string
		body               any
		want               string // part of the violation; "" is none
	}{
		{"whole check run", "POST", runs, check(nil), ""},
		{"missing head_sha", "POST", runs, check(map[string]any{"head_sha": nil}), "head_sha"},
		{"conclusion=passed", "POST", runs, check(map[string]any{"conclusion": "passed"}), "conclusion"},
		{"status=done", "POST", runs, check(map[string]any{"status": "done"}), "status"},
		{"annotation_level=error", "POST", runs, output(map[string]any{"annotations": []any{map[string]any{"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "error", "message": "m"}}}), "annotation_level"},
		{"started_at no RFC 3339", "POST", runs, check(map[string]any{"started_at": "yesterday"}), "started_at"},
		{"51 annotations", "POST", runs, output(map[string]any{"annotations": slices.Repeat([]any{annotation}, 51)}), "annotations"},
		{"50 annotations", "POST", runs, output(map[string]any{"annotations": slices.Repeat([]any{annotation}, 50)}), ""},
		{"summary of 65536", "POST", runs, output(map[string]any{"summary": strings.Repeat("x", 65536)}), "summary"},
		{"summary of 65535", "POST", runs, output(map[string]any{"summary": strings.Repeat("x", 65535)}), ""},
		{"text of 65536", "POST", runs, output(map[string]any{"text": strings.Repeat("x", 65536)}), "text"},
		{"4 actions", "POST", runs, check(map[string]any{"actions": slices.Repeat([]any{action("l")}, 4)}), "actions"},
		{"action label of 21", "POST", runs, check(map[string]any{"actions": []any{action(strings.Repeat("l", 21))}}), "label"},
		{"completed without conclusion", "POST", runs, check(map[string]any{"status": "completed"}), "conclusion"},
		{"unknown member", "POST", runs, check(map[string]any{"externalId": "x"}), `"externalId"`},
		{"unknown member of output", "POST", runs, output(map[string]any{"body": "x"}), `"output.body"`},
		{"lines the wrong way round", "POST", runs, output(map[string]any{"annotations": []any{map[string]any{"path": "a", "start_line": 2, "end_line": 1, "annotation_level": "notice", "message": "m"}}}), "lines 2 to 1"},
		{"no JSON", "POST", runs, "text", "no JSON object"},
		{"null for a body", "POST", runs, nil, "no JSON object"},
		{"PUT for PATCH", "PUT", runs + "/1", check(nil), "method"},
		{"unknown path", "GET", "/repos/acme/infra/checkruns", nil, "no matching operation"},
		{"number that is none", "GET", "/repos/acme/infra/pulls/one", nil, "pull_number"},
		{"per_page that is none", "GET", "/repos/acme/infra/pulls?per_page=all", nil, "per_page"},
		{"per_page above 100", "GET", "/repos/acme/infra/pulls?per_page=250", nil, "per_page=250"},
		{"unknown parameter", "GET", "/repos/acme/infra/pulls?heads=x", nil, `"heads"`},
		{"review event APPROVED", "POST", "/repos/acme/infra/pulls/1/reviews", map[string]any{"event": "APPROVED"}, "event"},
		{"protection rule state=maybe", "POST", "/repos/acme/infra/actions/runs/1/deployment_protection_rule", map[string]any{"environment_name": "e", "state": "maybe", "comment": "c"}, "state"},
		{"protection rule", "POST", "/repos/acme/infra/actions/runs/1/deployment_protection_rule", map[string]any{"environment_name": "e", "state": "approved", "comment": "c"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body []byte
			switch b := c.body.(type) {
			case nil:
				if c.method != http.MethodGet {
					body = []byte("null")
				}
			case string:
				body = []byte(b)
			default:
				var err error
				if body, err = json.Marshal(b); err != nil {
					t.Fatal(err)
				}
			}
			got := do(t, c.method, s.URL+c.path, token, body)
			found := s.Forget()
			if (len(found) > 0) != (c.want != "") || c.want != "" && !strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
			if c.want != "" && strings.HasSuffix(c.path, "check-runs") && got.status < 400 && strings.Contains(c.want, "annotations") {
				t.Errorf("GitHub would answer 422, not %d", got.status)
			}
		})
	}
	do(t, http.MethodGet, s.URL+"/repos/acme/infra", token, nil, "User-Agent", "")
	if found := s.Forget(); len(found) == 0 {
		t.Error("a request without User-Agent passed")
	}
}

// TestTheFakeRefusesWhatGitHubRefuses is about the statuses, whatever the validator says.
func TestTheFakeRefusesWhatGitHubRefuses(t *testing.T) {
	s, repo, p := loose(t)
	token := s.Token(nil)
	for name, body := range map[string]string{
		"51 annotations":  `{"name":"c","head_sha":"` + p.Tip() + `","output":{"title":"t","summary":"s","annotations":[` + strings.Repeat(`{},`, 50) + `{}]}}`,
		"unknown commit":  `{"name":"c","head_sha":"` + strings.Repeat("1", 40) + `"}`,
		"summary":         `{"name":"c","head_sha":"` + p.Tip() + `","output":{"title":"t","summary":"` + strings.Repeat("x", 65536) + `"}}`,
		"without a name":  `{"head_sha":"` + p.Tip() + `"}`,
		"completed, only": `{"name":"c","head_sha":"` + p.Tip() + `","status":"completed"}`,
	} {
		if got := do(t, http.MethodPost, s.URL+"/repos/acme/infra/check-runs", token, []byte(body)); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	foreign := repo.Suite(s.World.App("other"), p.Tip()).Add(CheckRun{Name: "theirs"})
	if got := do(t, http.MethodPatch, s.URL+"/repos/acme/infra/check-runs/"+jsonText(foreign.ID), token, []byte(`{"conclusion":"success"}`)); got.status != http.StatusForbidden {
		t.Errorf("the check run of another app: %d", got.status)
	}
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestQueriesThatGitHubWouldNotUnderstand(t *testing.T) {
	s, _, _ := loose(t)
	token := s.Token(nil)
	for _, c := range []struct {
		name, query string
		vars        map[string]any
		want        string
	}{
		{"fine", `{viewer:repository(owner:"acme",name:"infra"){name}}`, nil, ""},
		{"unknown field", `{repository(owner:"acme",name:"infra"){nam}}`, nil, `"nam"`},
		{"unknown argument", `{repository(owner:"acme",nam:"infra"){name}}`, nil, `"nam"`},
		{"wrong type", `{repository(owner:"acme",name:"infra"){pullRequest(number:"1"){title}}}`, nil, "Int"},
		{"no selection", `{repository(owner:"acme",name:"infra")}`, nil, "selection"},
		{"variable left out", `query($n:Int!){repository(owner:"acme",name:"infra"){pullRequest(number:$n){title}}}`, nil, "must be defined"},
		{"variable of another type", `query($n:Int!){repository(owner:"acme",name:"infra"){pullRequest(number:$n){title}}}`, map[string]any{"n": "x"}, "Int"},
		{"variable not declared", `{repository(owner:"acme",name:"infra"){name}}`, map[string]any{"n": 1}, "$n"},
		{"fragment not used", `{repository(owner:"acme",name:"infra"){name}} fragment f on Repository{name}`, nil, "never used"},
		{"fragment of no such type", `{repository(owner:"acme",name:"infra"){object(oid:"x"){...on PullRequest{title}}}}`, nil, "PullRequest"},
		{"mutation", `mutation{addStar(input:{starrableId:"x"}){clientMutationId}}`, nil, "mutation"},
		{"too many nodes", `{repository(owner:"acme",name:"infra"){pullRequests(first:100){nodes{reviews(first:100){nodes{comments(first:100){nodes{body}}}}}}}}`, nil, "nodes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask(t, s, token, c.query, c.vars)
			found := strings.Join(s.Forget(), "\n")
			if (found != "") != (c.want != "") || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

func TestALimitOfPagesIsGitHubs(t *testing.T) {
	s, _, _ := loose(t)
	for query, want := range map[string]string{
		`{repository(owner:"acme",name:"infra"){pullRequests{nodes{title}}}}`:                  "MISSING_PAGINATION_BOUNDARIES",
		`{repository(owner:"acme",name:"infra"){pullRequests(first:101){nodes{title}}}}`:       "EXCESSIVE_PAGINATION",
		`{repository(owner:"acme",name:"infra"){pullRequests(first:1,after:"x"){totalCount}}}`: "INVALID_CURSOR_ARGUMENTS",
	} {
		if got := ask(t, s, s.Token(nil), query, nil); at(t, got, "errors", 0, "type") != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}

// TestAnswersThatGitHubWouldNotGive has an upstream that answers something else than
// what the description says.
func TestAnswersThatGitHubWouldNotGive(t *testing.T) {
	var status int
	var answer string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer upstream.Close()
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := Validate(u)
	front := httptest.NewServer(p)
	defer front.Close()
	rest := func(method, path string) func() {
		return func() { do(t, method, front.URL+"/api/v3"+path, "t", nil) }
	}
	graph := func(query string) func() {
		return func() {
			do(t, http.MethodPost, front.URL+"/api/graphql", "t", []byte(jsonText(map[string]any{"query": query})))
		}
	}
	token := func() { do(t, http.MethodPost, front.URL+"/app/installations/1/access_tokens", "t", []byte("{}")) }
	name := `{repository(owner:"a",name:"b"){name isPrivate}}`
	actor := `{repository(owner:"a",name:"b"){pullRequest(number:1){author{login ...on User{databaseId}}}}}`
	for _, c := range []struct {
		name   string
		ask    func()
		status int
		answer string
		want   string
	}{
		{"a ref", rest("GET", "/repos/a/b/git/ref/heads/x/y"), 200, `{"ref":"refs/heads/x","node_id":"n","url":"https://h/","object":{"type":"commit","sha":"` + strings.Repeat("1", 40) + `","url":"https://h/"}}`, ""},
		{"a ref that is no object", rest("GET", "/repos/a/b/git/ref/heads/x/y"), 200, `[]`, "/"},
		{"a number for a text", rest("GET", "/repos/a/b/git/ref/heads/x"), 200, `{"ref":1}`, "/ref"},
		{"a wrong success", rest("GET", "/repos/a/b/git/ref/heads/x"), 202, `{}`, "status is not supported"},
		{"an error that is not described", rest("GET", "/repos/a/b/git/ref/heads/x"), 418, `{}`, ""},
		{"a token that never ends", token, 201, `{"token":"t"}`, ""}, // missing members are told apart
		{"a permission that does not exist", token, 201, `{"token":"t","expires_at":"x","permissions":{"checks":"maybe"}}`, "checks"},
		{"data", graph(name), 200, `{"data":{"repository":{"name":"b","isPrivate":true}}}`, ""},
		{"a field left out", graph(name), 200, `{"data":{"repository":{"name":"b"}}}`, "[name]"},
		{"a field too many", graph(name), 200, `{"data":{"repository":{"name":"b","isPrivate":true,"id":"x"}}}`, "id"},
		{"a text for a truth", graph(name), 200, `{"data":{"repository":{"name":"b","isPrivate":"yes"}}}`, "Boolean"},
		{"null without a reason", graph(name), 200, `{"data":{"repository":{"name":null,"isPrivate":true}}}`, "null"},
		{"null where it may be", graph(name), 200, `{"data":{"repository":null}}`, ""},
		{"neither data nor errors", graph(name), 200, `{"data":null}`, "neither"},
		{"an error", graph(name), 200, `{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"m"}]}`, ""},
		{"of one type", graph(actor), 200, `{"data":{"repository":{"pullRequest":{"author":{"login":"u","databaseId":1}}}}}`, ""},
		{"of another", graph(actor), 200, `{"data":{"repository":{"pullRequest":{"author":{"login":"u"}}}}}`, ""},
		{"of none", graph(actor), 200, `{"data":{"repository":{"pullRequest":{"author":{"databaseId":1}}}}}`, "databaseId"},
		{"an id above 32 bits", graph(actor), 200, `{"data":{"repository":{"pullRequest":{"author":{"login":"u","databaseId":3000000000}}}}}`, "Int"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer = c.status, c.answer
			c.ask()
			found := strings.Join(p.Forget(), "\n")
			if (found != "") != (c.want != "") || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
	if !slices.ContainsFunc(p.Missing(), func(m string) bool { return strings.Contains(m, "expires_at") }) {
		t.Errorf("expires_at is not told to be missing: %q", p.Missing())
	}
	status, answer = 202, "{}"
	rest("GET", "/repos/a/b/git/ref/heads/x")()
	if got := do(t, http.MethodGet, front.URL+"/_violations", "", nil); !strings.Contains(string(got.body), "not supported") {
		t.Errorf("%s", got.body)
	}
}

func TestTheFakeProxiedIsStillWithoutViolation(t *testing.T) {
	s, _, _ := story(t)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := Validate(u)
	front := httptest.NewServer(p)
	defer front.Close()
	got := do(t, http.MethodGet, front.URL+"/api/v3/repos/acme/infra/contents/dir/a.txt?ref=main", s.Token(nil), nil)
	if found := p.Violations(); got.status != http.StatusOK || len(found) > 0 || p.Seen("repos/get-content") != 1 {
		t.Errorf("%d %v", got.status, found)
	}
}
