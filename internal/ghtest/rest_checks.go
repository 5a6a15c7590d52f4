package ghtest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

func checkRun(f func(*call, *CheckRun) (any, int)) handler {
	return func(c *call) (any, int) {
		r := c.repo.checkRun(c.number("check_run_id"))
		if r == nil {
			return notFound()
		}
		return f(c, r)
	}
}

// createCheckRun makes a check run for the app that asks. The limits are GitHub's.
func createCheckRun(c *call) (any, int) {
	body := c.body()
	if complaints := checkRunComplaints(body); len(complaints) > 0 {
		return invalid(complaints...)
	}
	sha := textOf(body, "head_sha")
	if typ, _ := c.repo.Object(sha); typ != "commit" {
		return invalid("No commit found for SHA: " + sha)
	}
	if c.token.App == nil {
		return fail(http.StatusForbidden, "You must authenticate via a GitHub App.")
	}
	run := CheckRun{Name: textOf(body, "name")}
	if run.Name == "" {
		return invalid("For 'properties/name', nil is not a string.")
	}
	r := c.repo.Suite(c.token.App, sha).Add(run)
	r.change(body)
	return c.checkRunJSON(r), http.StatusCreated
}

// updateCheckRun changes one. Only the app that made it may; annotations are added.
func updateCheckRun(c *call) (any, int) {
	r := c.repo.checkRun(c.number("check_run_id"))
	if r == nil {
		return notFound()
	}
	if r.suite.App != c.token.App {
		return fail(http.StatusForbidden, "Invalid app_id "+strconv.FormatInt(r.suite.App.ID, 10)+" - check run can only be modified by the GitHub App that created it.")
	}
	body := c.body()
	if complaints := checkRunComplaints(body); len(complaints) > 0 {
		return invalid(complaints...)
	}
	r.change(body)
	return c.checkRunJSON(r), http.StatusOK
}

func (c *CheckRun) change(body map[string]any) {
	for name, field := range map[string]*string{
		"name": &c.Name, "status": &c.Status, "external_id": &c.ExternalID, "details_url": &c.DetailsURL,
	} {
		if s := textOf(body, name); s != "" {
			*field = s
		}
	}
	if s := textOf(body, "status"); s != "" && s != "completed" {
		c.Conclusion, c.CompletedAt = "", time.Time{} // begun again
	}
	if s := textOf(body, "conclusion"); s != "" {
		c.Conclusion = s
	}
	for name, field := range map[string]*time.Time{"started_at": &c.StartedAt, "completed_at": &c.CompletedAt} {
		if t, err := time.Parse(time.RFC3339, textOf(body, name)); err == nil {
			*field = t
		}
	}
	if out, ok := body["output"].(map[string]any); ok {
		c.Title, c.Summary, c.Text = textOf(out, "title"), textOf(out, "summary"), textOf(out, "text")
		list, _ := out["annotations"].([]any)
		for _, a := range list {
			if m, ok := a.(map[string]any); ok {
				c.Annotations = append(c.Annotations, m)
			}
		}
	}
	if list, ok := body["actions"].([]any); ok {
		c.Actions = nil
		for _, a := range list {
			if m, ok := a.(map[string]any); ok {
				c.Actions = append(c.Actions, m)
			}
		}
	}
	c.settle()
}

func listAnnotations(c *call, r *CheckRun) (any, int) {
	return list(paged(c, r.Annotations, 30), func(a map[string]any) map[string]any {
		m := map[string]any{
			"path": nil, "start_line": nil, "end_line": nil, "start_column": nil, "end_column": nil, "annotation_level": nil,
			"title": nil, "message": nil, "raw_details": nil, "blob_href": "https://github.invalid/",
		}
		for k, v := range a {
			m[k] = v
		}
		return m
	}), http.StatusOK
}

// checkRunsOf are the check runs of a commit: the newest of each name, unless all are
// asked for, the newest first.
func checkRunsOf(c *call) (any, int) {
	id := c.repo.commitish(c.ex.params["ref"])
	if id == "" {
		return invalid("No commit found for SHA: " + c.ex.params["ref"])
	}
	var all []*CheckRun
	for _, s := range c.repo.Suites {
		if s.Commit != id || c.query("app_id") != "" && c.query("app_id") != strconv.FormatInt(s.App.ID, 10) {
			continue
		}
		runs := s.latest()
		if c.query("filter") == "all" {
			runs = s.Runs
		}
		for _, r := range runs {
			if n := c.query("check_name"); n != "" && n != r.Name || c.query("status") != "" && c.query("status") != r.Status {
				continue
			}
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *CheckRun) int { return int(b.ID - a.ID) })
	return map[string]any{"total_count": len(all), "check_runs": list(paged(c, all, 30), c.checkRunJSON)}, http.StatusOK
}

func suitesOf(c *call) (any, int) {
	id := c.repo.commitish(c.ex.params["ref"])
	if id == "" {
		return invalid("No commit found for SHA: " + c.ex.params["ref"])
	}
	var all []*Suite
	for _, s := range c.repo.Suites {
		if s.Commit == id && (c.query("app_id") == "" || c.query("app_id") == strconv.FormatInt(s.App.ID, 10)) {
			all = append(all, s)
		}
	}
	return map[string]any{"total_count": len(all), "check_suites": list(paged(c, all, 30), c.suiteJSON)}, http.StatusOK
}

func createStatus(c *call) (any, int) {
	sha, body := c.ex.params["sha"], c.body()
	if typ, _ := c.repo.Object(sha); typ != "commit" {
		return invalid("No commit found for SHA: " + sha)
	}
	s := &Status{
		ID: c.w.ID(), State: textOf(body, "state"), Context: textOf(body, "context"), Description: textOf(body, "description"),
		TargetURL: textOf(body, "target_url"), Creator: c.token.User, At: c.w.Now,
	}
	if s.Context == "" {
		s.Context = "default"
	}
	if s.Creator == nil && c.token.App != nil {
		s.Creator = c.token.App.Bot
	}
	c.repo.Statuses[sha] = append(c.repo.Statuses[sha], s)
	return map[string]any{
		"id": s.ID, "state": s.State, "context": s.Context, "description": text(s.Description), "target_url": text(s.TargetURL),
		"creator": c.userJSON(s.Creator), "created_at": stamp(s.At), "updated_at": stamp(s.At),
	}, http.StatusCreated
}
