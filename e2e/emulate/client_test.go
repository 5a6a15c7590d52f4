//go:build e2e

package emulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/ghapi"
)

var infra = ghapi.Repository{Owner: "acme", Name: "infra"}

// wire carries the client's requests, and keeps which tokens were issued and used.
type wire struct {
	mu     sync.Mutex
	issued []string
	scopes []string // what tokens were asked for, as JSON
	lines  []string // "METHOD path status"
	wrong  []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked []byte
	if r.Body != nil {
		asked, _ = io.ReadAll(r.Body)
		r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(asked))
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return a, err
	}
	body, err := io.ReadAll(a.Body)
	a.Body.Close()
	a.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok && r.URL.Path != "/api/graphql" {
		w.wrong = append(w.wrong, r.URL.Path)
	}
	w.lines = append(w.lines, r.Method+" "+path+" "+a.Status[:3])
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	// Only the App itself, by its JWT, may ask for its installations.
	byJWT := strings.Count(token, ".") == 2
	asApp := strings.HasPrefix(path, "/app/") || strings.HasSuffix(path, "/installation")
	if byJWT != asApp || !byJWT && !slices.Contains(w.issued, token) {
		w.wrong = append(w.wrong, r.Method+" "+path)
	}
	if strings.HasSuffix(path, "/access_tokens") && a.StatusCode == http.StatusCreated {
		var t struct{ Token string }
		if json.Unmarshal(body, &t) != nil || t.Token == "" {
			w.wrong = append(w.wrong, "a token that cannot be read")
		}
		w.issued, w.scopes = append(w.issued, t.Token), append(w.scopes, string(asked))
	}
	return a, err
}

func (w *wire) sum() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

var rights = map[string]string{"checks": "write", "contents": "read", "pull_requests": "read", "metadata": "read", "actions": "read"}

// world is an emulator with the validator before it.
type world struct {
	*emulator
	url string
}

func (w *world) client(t *testing.T, edit func(*ghapi.App)) (*ghapi.Client, *wire) {
	t.Helper()
	app := ghapi.App{ID: appID, Key: w.key, Repository: infra, Permissions: rights}
	if edit != nil {
		edit(&app)
	}
	tape := &wire{}
	c, err := ghapi.New(ghapi.Config{APIURL: w.url, App: &app, Transport: tape})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if len(tape.wrong) > 0 {
			t.Errorf("requests under another name than the one that was given: %q", tape.wrong)
		}
	})
	return c, tape
}

// TestClient drives the client through the validator against the emulator.
func TestClient(t *testing.T) {
	e := start(t)
	w := &world{emulator: e, url: front(t, e.url)} // closed before the emulator
	for name, test := range map[string]func(*testing.T, *world){
		"app": app, "refused": refused, "scope": scope, "check run": checkRun, "compare": compare, "runs and pulls": runs, "GraphQL": graphQL,
	} {
		t.Run(name, func(t *testing.T) { test(t, w) })
	}
}

// app: the installation of the repository is found, and one token is asked for, for
// this repository and these permissions alone.
func app(t *testing.T, w *world) {
	c, tape := w.client(t, nil)
	for range 3 {
		if _, err := c.CheckRuns(t.Context(), infra, w.head, "nobody's"); err != nil {
			t.Fatal(err)
		}
	}
	list := "GET /repos/acme/infra/commits/" + w.head + "/check-runs 200"
	want := []string{"GET /repos/acme/infra/installation 200", "POST /app/installations/100/access_tokens 201", list, list, list}
	if d := cmp.Diff(want, tape.sum()); d != "" {
		t.Error(d)
	}
	var asked struct {
		Repositories  []string
		RepositoryIDs []int64 `json:"repository_ids"`
		Permissions   map[string]string
	}
	if len(tape.scopes) != 1 || json.Unmarshal([]byte(tape.scopes[0]), &asked) != nil {
		t.Fatalf("%q", tape.scopes)
	}
	if d := cmp.Diff(rights, asked.Permissions); d != "" || len(asked.Repositories)+len(asked.RepositoryIDs) != 1 {
		t.Errorf("%s\n%s", tape.scopes[0], d)
	}
}

// refused: what the emulator verifies, it turns away.
func refused(t *testing.T, w *world) {
	for name, c := range map[string]struct {
		edit func(*ghapi.App)
		want error
	}{
		"another key":             {func(a *ghapi.App) { a.Key = newKey(t) }, ghapi.ErrUnauthorized},
		"another App":             {func(a *ghapi.App) { a.ID, a.Installation = a.ID+1, installation }, ghapi.ErrUnauthorized},
		"another installation":    {func(a *ghapi.App) { a.Installation = 999 }, ghapi.ErrNotFound},
		"a repository without it": {func(a *ghapi.App) { a.Repository.Name = "absent" }, ghapi.ErrNotFound},
		"more than the App may do": {func(a *ghapi.App) {
			a.Installation, a.Permissions = installation, map[string]string{"contents": "write"}
		}, nil},
	} {
		client, tape := w.client(t, c.edit)
		_, err := client.CheckRuns(t.Context(), infra, w.head, "x")
		var status *ghapi.StatusError
		switch {
		case err == nil, c.want != nil && !errors.Is(err, c.want):
			t.Errorf("%s: %v", name, err)
		case c.want == nil && (!errors.As(err, &status) || status.Status != http.StatusUnprocessableEntity):
			t.Errorf("%s: %v", name, err)
		}
		if len(tape.issued) != 0 {
			t.Errorf("%s: a token was issued", name)
		}
	}
}

// scope: a token that was scoped down can do no more than that.
func scope(t *testing.T, w *world) {
	c, _ := w.client(t, func(a *ghapi.App) { a.Permissions = map[string]string{"checks": "read", "metadata": "read"} })
	if _, err := c.CheckRuns(t.Context(), infra, w.head, "x"); err != nil {
		t.Error(err)
	}
	if _, err := c.WriteCheckRun(t.Context(), infra, 0, update(w.head)); !errors.Is(err, ghapi.ErrForbidden) {
		t.Errorf("written with checks: read: %v", err)
	}
	if _, err := c.Compare(t.Context(), infra, w.base, w.head); !errors.Is(err, ghapi.ErrForbidden) {
		t.Errorf("contents read without contents: %v", err)
	}
	other := ghapi.Repository{Owner: "acme", Name: "other"}
	if _, err := c.CheckRuns(t.Context(), other, w.head, "x"); !errors.Is(err, ghapi.ErrForbidden) && !errors.Is(err, ghapi.ErrNotFound) {
		t.Errorf("another repository: %v", err)
	}
}

func update(head string) ghapi.CheckRunUpdate {
	return ghapi.CheckRunUpdate{
		Name: "Claw Verified", Head: head, ExternalID: "e-1", Status: "in_progress", Title: "Waiting", Summary: "for people",
		DetailsURL: "https://claw.example/1", Actions: []ghapi.CheckAction{{Label: "Check again", Description: "Judges once more", Identifier: "again"}},
	}
}

// checkRun: written, changed, and found again by its name.
func checkRun(t *testing.T, w *world) {
	c, tape := w.client(t, nil)
	u := update(w.head)
	begun, err := c.WriteCheckRun(t.Context(), infra, 0, u)
	if err != nil || begun.ID == 0 || begun.Status != "in_progress" || begun.ExternalID != "e-1" {
		t.Fatalf("%+v, %v", begun, err)
	}
	u.Status, u.Conclusion, u.Title, u.Summary = "completed", "failure", "Refused 🦞", "**no**"
	for i := range 53 { // more than one request takes
		u.Annotations = append(u.Annotations, ghapi.Annotation{Path: "net0.tf", StartLine: i + 1, EndLine: i + 1, Level: "failure", Title: "t", Message: "m"})
	}
	ended, err := c.WriteCheckRun(t.Context(), infra, begun.ID, u)
	if err != nil || ended.ID != begun.ID || ended.Conclusion != "failure" {
		t.Fatalf("%+v, %v", ended, err)
	}
	list, err := c.CheckRuns(t.Context(), infra, w.head, "Claw Verified")
	if err != nil || len(list) != 1 || list[0].ID != begun.ID || list[0].Conclusion != "failure" || list[0].Status != "completed" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := c.CheckRuns(t.Context(), infra, w.base, "Claw Verified"); err != nil || len(list) != 0 {
		t.Errorf("at the base: %+v, %v", list, err)
	}
	// What the emulator itself holds.
	var held struct {
		Name, Status, Conclusion string
		HeadSHA                  string `json:"head_sha"`
		DetailsURL               string `json:"details_url"`
		Output                   struct {
			Title, Summary string
			Count          int `json:"annotations_count"`
		}
	}
	w.as(boss, "GET", "/repos/acme/infra/check-runs/"+strconv.FormatInt(begun.ID, 10), nil, &held)
	if held.Output.Title != "Refused 🦞" || held.Output.Summary != "**no**" || held.HeadSHA != w.head || held.Status != "completed" || held.DetailsURL != u.DetailsURL {
		t.Errorf("%+v", held)
	}
	writes := slices.DeleteFunc(tape.sum(), func(l string) bool { return !strings.Contains(l, "/check-runs") || strings.HasPrefix(l, "GET") })
	patch := "PATCH /repos/acme/infra/check-runs/" + strconv.FormatInt(begun.ID, 10) + " 200"
	if d := cmp.Diff([]string{"POST /repos/acme/infra/check-runs 201", patch, patch}, writes); d != "" {
		t.Error(d)
	}
	if _, err := c.WriteCheckRun(t.Context(), infra, 987654, u); !errors.Is(err, ghapi.ErrNotFound) {
		t.Errorf("a check run that is not there is changed: %v", err)
	}
}

func compare(t *testing.T, w *world) {
	c, _ := w.client(t, nil)
	got, err := c.Compare(t.Context(), infra, w.base, w.head)
	if err != nil || got.AheadBy != 2 || got.MergeBase != w.base || len(got.Commits) != 2 || got.Commits[1] != w.head {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Compare(t.Context(), infra, w.base, strings.Repeat("1", 40)); err == nil {
		t.Errorf("a commit that is not there: %+v", got)
	}
}

// runs: there are none, and the pull request is found by its branch.
func runs(t *testing.T, w *world) {
	c, _ := w.client(t, nil)
	if list, err := c.HeadRuns(t.Context(), infra, w.head); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.RunArtifacts(t.Context(), infra, 4711, "plan"); !errors.Is(err, ghapi.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := c.DownloadArtifact(t.Context(), infra, 4711, 1<<20); !errors.Is(err, ghapi.ErrNotFound) {
		t.Errorf("%v", err)
	}
	pulls, err := c.BranchPulls(t.Context(), infra, "acme", "agent/net", time.Now().Add(-time.Hour))
	if err != nil || len(pulls) != 1 || pulls[0].Number != int64(w.pull) || !pulls[0].ClosedAt.IsZero() || pulls[0].OpenedAt.IsZero() {
		t.Errorf("%+v, %v", pulls, err)
	}
}

// graphQL: the emulator has none. That is no empty answer.
func graphQL(t *testing.T, w *world) {
	c, _ := w.client(t, nil)
	if pr, err := c.PullRequest(t.Context(), ghapi.PullRequestQuery{Repository: infra, Number: int64(w.pull)}); err == nil {
		t.Errorf("a pull request out of nothing: %+v", pr)
	}
	if p, err := c.People(t.Context(), ghapi.PeopleQuery{Repository: infra, Number: int64(w.pull), Logins: []string{"alice"}}); err == nil {
		t.Errorf("people out of nothing: %+v", p)
	}
}
