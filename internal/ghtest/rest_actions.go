package ghtest

import (
	"net/http"
	"slices"
)

func workflowRun(f func(*call, *WorkflowRun) (any, int)) handler {
	return func(c *call) (any, int) {
		r := c.repo.workflowRun(c.number("run_id"))
		if r == nil {
			return notFound()
		}
		return f(c, r)
	}
}

func artifact(f func(*call, *Artifact) (any, int)) handler {
	return func(c *call) (any, int) {
		for _, a := range c.repo.artifacts() {
			if a.ID == c.number("artifact_id") {
				return f(c, a)
			}
		}
		return notFound()
	}
}

func listRuns(c *call) (any, int) {
	var all []*WorkflowRun
	for _, r := range slices.Backward(c.repo.Runs) {
		if not(c.query("head_sha"), r.HeadSHA) || not(c.query("event"), r.Event) || not(c.query("branch"), r.HeadBranch) ||
			c.query("status") != "" && c.query("status") != r.Status && c.query("status") != r.Conclusion {
			continue
		}
		all = append(all, r)
	}
	return map[string]any{"total_count": len(all), "workflow_runs": list(paged(c, all, 30), c.runJSON)}, http.StatusOK
}

// not reports whether something is asked for, and it is not this.
func not(want, got string) bool { return want != "" && want != got }

func runArtifacts(c *call, r *WorkflowRun) (any, int) {
	return c.artifactList(slices.Clone(r.Artifacts))
}

func repoArtifacts(c *call) (any, int) { return c.artifactList(c.repo.artifacts()) }

func (c *call) artifactList(all []*Artifact) (any, int) {
	all = slices.DeleteFunc(all, func(a *Artifact) bool { return not(c.query("name"), a.Name) })
	return map[string]any{"total_count": len(all), "artifacts": list(paged(c, all, 30), c.artifactJSON)}, http.StatusOK
}

// downloadArtifact leads to another server, which wants no token.
func downloadArtifact(c *call, a *Artifact) (any, int) {
	switch {
	case c.ex.params["archive_format"] != "zip":
		return notFound()
	case a.Expired:
		return fail(http.StatusGone, "Artifact has expired")
	}
	c.header.Set("Location", c.s.blobs.put(a.Zip))
	return nil, http.StatusFound
}
