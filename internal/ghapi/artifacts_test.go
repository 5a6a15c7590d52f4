package ghapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func artifactJSON(id int, name, sha string, expired bool, created string) string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"size_in_bytes":10,"expired":%v,"digest":"sha256:d","created_at":%q,"expires_at":"2027-01-01T00:00:00Z","archive_download_url":"https://evil.example/steal","workflow_run":{"id":77,"repository_id":1,"head_repository_id":2,"head_branch":"x","head_sha":%q}}`, id, name, expired, created, sha)
}

// P22: names of artifacts collide, and any run can choose one.
func TestP22ArtifactsOfTheHeadOnly(t *testing.T) {
	t.Parallel()
	list := []string{
		artifactJSON(1, "plan", a40, false, "2026-01-01T00:00:00Z"),
		artifactJSON(2, "plan", b40, false, "2026-01-02T00:00:00Z"),
		artifactJSON(3, "plan2", a40, false, "2026-01-03T00:00:00Z"),
		artifactJSON(4, "plan", a40, true, "2026-01-04T00:00:00Z"),
		artifactJSON(5, "plan", a40, false, "2026-01-05T00:00:00Z"),
		artifactJSON(5, "plan", a40, false, "2026-01-05T00:00:00Z"),
		`{"id":6,"name":"plan","size_in_bytes":1,"expired":false,"created_at":null,"expires_at":null,"workflow_run":null}`,
	}
	c := carried(t, func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "api.github.com" || r.URL.Path != "/repos/acme/infra/actions/artifacts" || r.URL.Query().Get("name") != "plan" {
			t.Errorf("asked for %s", r.URL)
		}
		return reply(200, `{"total_count":7,"artifacts":[`+strings.Join(list, ",")+`]}`), nil
	})
	got, err := c.Artifacts(t.Context(), testRepo, a40, "plan")
	if err != nil {
		t.Fatal(err)
	}
	one := Artifact{ID: 5, Name: "plan", Size: 10, Digest: "sha256:d", RunID: 77, RepositoryID: 1, HeadRepositoryID: 2, HeadBranch: "x", HeadSHA: a40, CreatedAt: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	two := one
	two.ID, two.CreatedAt = 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if d := cmp.Diff([]Artifact{one, two}, got); d != "" {
		t.Error(d)
	}
	pages := 0
	c = carried(t, func(*http.Request) (*http.Response, error) {
		pages++
		return reply(200, `{"total_count":9999,"artifacts":[`+artifactJSON(pages, "plan", a40, false, "2026-01-05T00:00:00Z")+`]}`, "Link", fmt.Sprintf(`<x?page=%d>; rel="next"`, pages+1)), nil
	})
	if got, err := c.Artifacts(t.Context(), testRepo, a40, "plan"); !errors.Is(err, ErrMore) || len(got) != artifactPages || pages != artifactPages {
		t.Errorf("%d pages, %d artifacts, %v", pages, len(got), err)
	}
	for _, body := range []string{`{}`, `null`, `{"total_count":1,"artifacts":null}`, `[]`} {
		c := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
		if got, err := c.Artifacts(t.Context(), testRepo, a40, "plan"); err == nil || len(got) != 0 {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestWorkflowRun(t *testing.T) {
	t.Parallel()
	body := `{"id":77,"path":".github/workflows/plan.yml@refs/heads/main","head_sha":"` + a40 + `","event":"pull_request","status":"completed","conclusion":"success","run_attempt":2,"created_at":"2026-01-02T03:04:05Z","repository":{"id":1},"head_repository":{"id":2}}`
	c := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
	got, err := c.WorkflowRun(t.Context(), testRepo, 77)
	want := WorkflowRun{ID: 77, Path: ".github/workflows/plan.yml", HeadSHA: a40, Event: "pull_request", RepositoryID: 1, HeadRepositoryID: 2, Status: "completed", Conclusion: "success", RunAttempt: 2, CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if _, err := c.WorkflowRun(t.Context(), testRepo, 78); err == nil {
		t.Error("another run is taken")
	}
	body = strings.Replace(body, `"head_repository":{"id":2}`, `"head_repository":null`, 1)
	if got, err := c.WorkflowRun(t.Context(), testRepo, 77); err != nil || got.HeadRepositoryID != 0 {
		t.Errorf("a deleted fork: %+v, %v", got, err)
	}
	body = strings.Replace(body, `"path"`, `"x"`, 1)
	if _, err := c.WorkflowRun(t.Context(), testRepo, 77); err == nil {
		t.Error("a run without a workflow is taken")
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

func TestDownloadArtifact(t *testing.T) {
	t.Parallel()
	c := carried(t, func(r *http.Request) (*http.Response, error) {
		switch r.URL.String() {
		case "https://api.github.com/repos/acme/infra/actions/artifacts/5/zip":
			return reply(302, ``, "Location", "https://store.example/5?sig=x"), nil
		case "https://store.example/5?sig=x":
			return reply(200, `PK`), nil
		}
		t.Errorf("asked for %s", r.URL)
		return reply(404, ``), nil
	})
	got, err := c.DownloadArtifact(t.Context(), testRepo, 5, 100)
	if err != nil || string(got) != "PK" {
		t.Errorf("%q, %v", got, err)
	}
	if s := c.Stats(); s.Downloads != 2 || s.REST != 0 {
		t.Errorf("stats %+v", s)
	}
	if _, err := c.DownloadArtifact(t.Context(), testRepo, 5, 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
