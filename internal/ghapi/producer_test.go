package ghapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers serves fixed bodies by path, one for each page, and remembers what was
// asked.
type answers struct {
	bodies map[string][]string // by path; one for each page
	asked  []url.Values
}

func (a *answers) client(t *testing.T) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked = append(a.asked, r.URL.Query())
		pages := a.bodies[r.URL.Path]
		n := 1
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &n)
		if n > len(pages) {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		if n < len(pages) {
			w.Header().Set("Link", fmt.Sprintf(`<http://x.invalid/?page=%d>; rel="next"`, n+1))
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, pages[n-1])
	}))
	t.Cleanup(s.Close)
	c, err := New(Config{APIURL: s.URL, Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var infra = Repository{Owner: "acme", Name: "infra"}

const runText = `{"id":%d,"path":".github/workflows/plan.yml","event":"pull_request","status":"completed","conclusion":"success","head_sha":"` + a40 + `","head_branch":"agent/x",
	"run_attempt":2,"created_at":"2026-03-01T12:00:00Z","run_started_at":"2026-03-01T13:00:00Z","repository":{"id":9},"head_repository":{"id":10,"full_name":"eve/infra"}}`

func TestHeadRuns(t *testing.T) {
	t.Parallel()
	const path = "/repos/acme/infra/actions/runs"
	run := func(id int) string { return fmt.Sprintf(runText, id) }
	a := answers{bodies: map[string][]string{path: {
		`{"total_count":3,"workflow_runs":[` + run(3) + `,` + run(2) + `]}`,
		`{"total_count":3,"workflow_runs":[` + run(2) + `,` + strings.Replace(strings.Replace(run(1), `"head_repository":{"id":10,"full_name":"eve/infra"}`, `"head_repository":null`, 1), `"success"`, "null", 1) + `]}`,
	}}}
	got, err := a.client(t).HeadRuns(t.Context(), infra, a40)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d runs, %v", len(got), err)
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := HeadRun{
		ID: 3, Path: ".github/workflows/plan.yml", Event: "pull_request", RepositoryID: 9,
		HeadSHA: a40, HeadBranch: "agent/x", HeadRepository: "eve/infra",
		Status: "completed", Conclusion: "success", CreatedAt: noon, StartedAt: noon.Add(time.Hour),
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	if got[2].HeadRepository != "" || got[2].Conclusion != "" {
		t.Errorf("%+v", got[2])
	}
	if q := a.asked[0]; q.Get("head_sha") != a40 || q.Get("event") != "" || q.Get("status") != "" {
		t.Errorf("asked for %v", q)
	}
	for name, body := range map[string]string{
		"counted more":   `{"total_count":2,"workflow_runs":[` + run(1) + `]}`,
		"not counted":    `{"workflow_runs":[]}`,
		"no list":        `{"total_count":0}`,
		"a null list":    `{"total_count":0,"workflow_runs":null}`,
		"another commit": `{"total_count":1,"workflow_runs":[` + strings.ReplaceAll(run(1), a40, b40) + `]}`,
		"no path":        `{"total_count":1,"workflow_runs":[` + strings.Replace(run(1), `"path"`, `"p"`, 1) + `]}`,
		"no id":          `{"total_count":1,"workflow_runs":[` + run(0) + `]}`,
	} {
		a := answers{bodies: map[string][]string{path: {body}}}
		if _, err := a.client(t).HeadRuns(t.Context(), infra, a40); err == nil {
			t.Errorf("%s: a list", name)
		}
	}
	if _, err := a.client(t).HeadRuns(t.Context(), infra, "main"); err == nil {
		t.Error("the runs of a branch")
	}
	endless := answers{bodies: map[string][]string{path: make([]string, runPages+1)}}
	for i := range endless.bodies[path] {
		endless.bodies[path][i] = `{"total_count":9999,"workflow_runs":[` + run(i+1) + `]}`
	}
	if _, err := endless.client(t).HeadRuns(t.Context(), infra, a40); !errors.Is(err, errMore) {
		t.Errorf("%v", err)
	}
}

// P22: a file called plan.yml@x.yml is not plan.yml.
func TestP22WorkflowPathIsNotTalkedRound(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		".github/workflows/plan.yml":                       ".github/workflows/plan.yml",
		".github/workflows/plan.yml@main":                  ".github/workflows/plan.yml",
		".github/workflows/plan.yml@refs/pull/7/merge":     ".github/workflows/plan.yml",
		".github/workflows/plan.yml@x.yml":                 ".github/workflows/plan.yml@x.yml",
		".github/workflows/plan.yml@x.YAML":                ".github/workflows/plan.yml@x.YAML",
		".github/workflows/plan.yml@x.yml@refs/heads/main": ".github/workflows/plan.yml@x.yml@refs/heads/main",
		"acme/other/.github/workflows/plan.yml@main":       "acme/other/.github/workflows/plan.yml",
		"": "",
	} {
		if got := workflowPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestRunArtifacts(t *testing.T) {
	t.Parallel()
	const path = "/repos/acme/infra/actions/runs/3/artifacts"
	one := `{"id":5,"name":"plan","size_in_bytes":77,"expired":true,"digest":"sha256:ab","created_at":"2026-03-01T12:00:00Z","expires_at":"2026-04-01T12:00:00Z",
		"workflow_run":{"id":3,"repository_id":9,"head_repository_id":10,"head_branch":"agent/x","head_sha":"` + a40 + `"}}`
	a := answers{bodies: map[string][]string{path: {`{"total_count":2,"artifacts":[` + one + `,` + strings.Replace(one, `"plan"`, `"Plan"`, 1) + `]}`}}}
	got, err := a.client(t).RunArtifacts(t.Context(), infra, 3, "plan")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	want := []RunArtifact{{ID: 5, RunID: 3, Name: "plan", Size: 77, Digest: "sha256:ab", Expired: true, CreatedAt: noon}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if a.asked[0].Get("name") != "plan" {
		t.Errorf("asked for %v", a.asked[0])
	}
	for name, pages := range map[string][]string{
		"of another run": {`{"total_count":1,"artifacts":[` + strings.Replace(one, `{"id":3`, `{"id":4`, 1) + `]}`},
		"counted more":   {`{"total_count":2,"artifacts":[` + one + `]}`},
		"no list":        {`{"total_count":0}`},
		"a further page": {`{"total_count":1,"artifacts":[` + one + `]}`, `{"total_count":1,"artifacts":[]}`},
	} {
		a := answers{bodies: map[string][]string{path: pages}}
		if _, err := a.client(t).RunArtifacts(t.Context(), infra, 3, "plan"); err == nil {
			t.Errorf("%s: a list", name)
		}
	}
}

func TestBranchPulls(t *testing.T) {
	t.Parallel()
	const path = "/repos/acme/infra/pulls"
	pull := func(n int, state, updated, closed string) string {
		return fmt.Sprintf(`{"number":%d,"state":%q,"created_at":"2026-01-01T00:00:00Z","updated_at":%q,"closed_at":%s,"head":{"ref":"agent/x"}}`, n, state, updated, closed)
	}
	jan := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a := answers{bodies: map[string][]string{path: {
		`[` + pull(4, "open", "2026-03-05T00:00:00Z", "null") + `]`,
		`[` + pull(3, "closed", "2026-03-04T00:00:00Z", `"2026-01-03T00:00:00Z"`) + `,` + pull(2, "closed", "2026-01-04T00:00:00Z", `"2026-01-04T00:00:00Z"`) + `,` + pull(1, "open", "2026-01-02T00:00:00Z", "null") + `]`,
	}}}
	got, err := a.client(t).BranchPulls(t.Context(), infra, "eve", "agent/x", jan.AddDate(0, 2, 0))
	want := []BranchPull{{4, jan, time.Time{}}, {3, jan, jan.AddDate(0, 0, 2)}, {1, jan, time.Time{}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if q := a.asked[0]; q.Get("head") != "eve:agent/x" || q.Get("state") != "all" || q.Get("sort") != "updated" || q.Get("direction") != "desc" {
		t.Errorf("asked for %v", q)
	}
	for name, body := range map[string]string{
		"of another branch": `[` + strings.Replace(pull(1, "open", "2026-01-02T00:00:00Z", "null"), "agent/x", "main", 1) + `]`,
		"null":              `[null]`,
		"no time":           `[{"number":1,"state":"open","head":{"ref":"agent/x"}}]`,
		"no list":           `{}`,
	} {
		a := answers{bodies: map[string][]string{path: {body}}}
		if _, err := a.client(t).BranchPulls(t.Context(), infra, "eve", "agent/x", jan); err == nil {
			t.Errorf("%s: a list", name)
		}
	}
	for _, who := range [][2]string{{"", "x"}, {"eve", ""}, {"eve:x", "x"}} {
		if _, err := a.client(t).BranchPulls(t.Context(), infra, who[0], who[1], jan); err == nil {
			t.Errorf("%q is asked for", who)
		}
	}
}
