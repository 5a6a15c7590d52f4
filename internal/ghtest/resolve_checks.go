package ghtest

import (
	"slices"
	"strings"
)

// rollup is everything that a commit was told by checks and statuses.
type rollup struct{ commit gitObject }

// statusOf is a commit status.
type statusOf struct {
	commit gitObject
	*Status
}

// suites are the check suites of a commit that a filter lets through.
func (g gitObject) suites(filter arguments) []*Suite {
	var out []*Suite
	appID, hasApp := filter.number("appId")
	for _, s := range g.repo.Suites {
		if s.Commit != g.id || hasApp && s.App.ID != int64(appID) {
			continue
		}
		if name := filter.text("checkName"); name != "" && !slices.ContainsFunc(s.Runs, func(c *CheckRun) bool { return c.Name == name }) {
			continue
		}
		out = append(out, s)
	}
	return out
}

// filtered are the runs that a filter lets through. Without a type it is the newest of
// each name.
func (s *Suite) filtered(filter arguments) []*CheckRun {
	list := s.latest()
	if filter.text("checkType") == "ALL" {
		list = slices.Clone(s.Runs)
	}
	appID, hasApp := filter.number("appId")
	return slices.DeleteFunc(list, func(c *CheckRun) bool {
		return hasApp && s.App.ID != int64(appID) ||
			filter.text("checkName") != "" && c.Name != filter.text("checkName") ||
			filter.text("status") != "" && strings.ToUpper(c.Status) != filter.text("status") ||
			len(filter.list("conclusions")) > 0 && !slices.Contains(filter.list("conclusions"), strings.ToUpper(c.Conclusion))
	})
}

// sum is the state of several runs together.
func (s *Suite) sum() (status, conclusion string) {
	status, conclusion = "completed", "success"
	if len(s.Runs) == 0 {
		return "queued", ""
	}
	for _, c := range s.latest() {
		switch {
		case c.Status != "completed":
			return c.Status, ""
		case c.Conclusion != "success" && c.Conclusion != "neutral" && c.Conclusion != "skipped":
			conclusion = c.Conclusion
		}
	}
	return status, conclusion
}

// upper is a state as GraphQL has it; none is null.
func upper(s string) any {
	if s == "" {
		return nil
	}
	return strings.ToUpper(s)
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func suiteFields() fields {
	return fields{
		"id":         get(func(s *Suite) any { return globalID("CheckSuite", s.ID) }),
		"databaseId": get(func(s *Suite) any { return s.ID }),
		"app":        get(func(s *Suite) any { return s.App }),
		"createdAt":  get(func(s *Suite) any { return stamp(s.CreatedAt) }),
		"updatedAt":  get(func(s *Suite) any { return stamp(s.CreatedAt) }),
		"commit":     get(func(s *Suite) any { return s.repo.git(s.Commit) }),
		"repository": get(func(s *Suite) any { return s.repo }),
		"branch":     get(func(s *Suite) any { return s.repo.ref("refs/heads/" + s.Branch) }),
		"status":     get(func(s *Suite) any { st, _ := s.sum(); return upper(st) }),
		"conclusion": get(func(s *Suite) any { _, c := s.sum(); return upper(c) }),
		"checkRuns": of(func(_ *execution, s *Suite, a arguments) (any, error) {
			return connect(s.filtered(a.object("filterBy"))), nil
		}),
		"workflowRun": get(func(*Suite) any { return nil }),
		"creator":     get(func(*Suite) any { return nil }),
	}
}

func checkRunFields() fields {
	return fields{
		"id":          get(func(c *CheckRun) any { return globalID("CheckRun", c.ID) }),
		"databaseId":  get(func(c *CheckRun) any { return c.ID }),
		"name":        get(func(c *CheckRun) any { return c.Name }),
		"status":      get(func(c *CheckRun) any { return upper(c.Status) }),
		"conclusion":  get(func(c *CheckRun) any { return upper(c.Conclusion) }),
		"externalId":  get(func(c *CheckRun) any { return text(c.ExternalID) }),
		"detailsUrl":  get(func(c *CheckRun) any { return text(c.DetailsURL) }),
		"startedAt":   get(func(c *CheckRun) any { return stamp(c.StartedAt) }),
		"completedAt": get(func(c *CheckRun) any { return stamp(c.CompletedAt) }),
		"title":       get(func(c *CheckRun) any { return text(c.Title) }),
		"summary":     get(func(c *CheckRun) any { return text(c.Summary) }),
		"text":        get(func(c *CheckRun) any { return text(c.Text) }),
		"checkSuite":  get(func(c *CheckRun) any { return c.suite }),
		"repository":  get(func(c *CheckRun) any { return c.suite.repo }),
		"url":         get(func(*CheckRun) any { return "https://github.invalid/run" }),
		"permalink":   get(func(*CheckRun) any { return "https://github.invalid/run" }),
		"isRequired":  get(func(*CheckRun) any { return false }),
	}
}

func appFields() fields {
	return fields{
		"id":         get(func(a *App) any { return globalID("App", a.ID) }),
		"databaseId": get(func(a *App) any { return a.ID }),
		"slug":       get(func(a *App) any { return a.Slug }),
		"name":       get(func(a *App) any { return a.Name }),
	}
}

func (r rollup) contexts() []any {
	var out []any
	for _, s := range r.commit.suites(nil) {
		for _, c := range s.latest() {
			out = append(out, c)
		}
	}
	seen := map[string]bool{}
	for _, s := range slices.Backward(r.commit.repo.Statuses[r.commit.id]) {
		if !seen[s.Context] {
			out = append(out, statusOf{r.commit, s})
		}
		seen[s.Context] = true
	}
	return out
}

func (r rollup) state() string {
	worst := "SUCCESS"
	for _, c := range r.contexts() {
		switch c := c.(type) {
		case *CheckRun:
			switch {
			case c.Status != "completed" && worst == "SUCCESS":
				worst = "PENDING"
			case c.Status == "completed" && !slices.Contains([]string{"success", "neutral", "skipped"}, c.Conclusion):
				worst = "FAILURE"
			}
		case statusOf:
			switch {
			case c.State == "pending" && worst == "SUCCESS":
				worst = "PENDING"
			case c.State == "failure" || c.State == "error":
				worst = "FAILURE"
			}
		}
	}
	return worst
}

func rollupFields() fields {
	return fields{
		"id":     get(func(r rollup) any { return globalID("StatusCheckRollup", r.commit.id) }),
		"state":  get(func(r rollup) any { return r.state() }),
		"commit": get(func(r rollup) any { return r.commit }),
		"contexts": of(func(x *execution, r rollup, _ arguments) (any, error) {
			list := r.contexts()
			if err := x.need("statuses", r.commit.repo); err != nil {
				for i := range list {
					if _, is := list[i].(statusOf); is {
						list[i] = err // each by itself, beside the check runs
					}
				}
			}
			return connect(list), nil
		}),
	}
}

func statusFields() fields {
	return fields{
		"id":          get(func(s statusOf) any { return globalID("StatusContext", s.ID) }),
		"state":       get(func(s statusOf) any { return strings.ToUpper(s.State) }),
		"context":     get(func(s statusOf) any { return s.Context }),
		"description": get(func(s statusOf) any { return text(s.Description) }),
		"targetUrl":   get(func(s statusOf) any { return text(s.TargetURL) }),
		"createdAt":   get(func(s statusOf) any { return stamp(s.At) }),
		"creator":     of(func(x *execution, s statusOf, _ arguments) (any, error) { return x.actor(s.Creator), nil }),
		"isRequired":  get(func(statusOf) any { return false }),
	}
}
