package ghtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// routes are the operations that the fake answers.
var routes = sync.OnceValue(func() map[string]route {
	contents := func(h handler) route { return route{do: h, permission: "contents", level: "read"} }
	pulls := func(h handler) route { return route{do: h, permission: "pull_requests", level: "read"} }
	checks := func(h handler) route { return route{do: h, permission: "checks", level: "read"} }
	actions := func(h handler) route { return route{do: h, permission: "actions", level: "read"} }
	return map[string]route{
		"apps/get-authenticated": {do: func(c *call) (any, int) { return c.appJSON(c.app), http.StatusOK }, app: true},
		"apps/list-installations": {app: true, do: func(c *call) (any, int) {
			return list(paged(c, c.app.Installations, 30), c.installationJSON), http.StatusOK
		}},
		"apps/get-installation":                      {do: getInstallation, app: true},
		"apps/get-repo-installation":                 {do: repoInstallation, app: true},
		"apps/create-installation-access-token":      {do: accessToken, app: true},
		"apps/list-repos-accessible-to-installation": {do: installationRepos},

		"orgs/get":                             {do: getOrg},
		"orgs/get-membership-for-user":         {do: orgMembership, permission: "members", level: "read"},
		"teams/get-by-name":                    {do: team(getTeam), permission: "members", level: "read"},
		"teams/list-members-in-org":            {do: team(teamMembers), permission: "members", level: "read"},
		"teams/get-membership-for-user-in-org": {do: team(teamMembership), permission: "members", level: "read"},

		"repos/get":                               {do: func(c *call) (any, int) { return c.repoJSON(c.repo), http.StatusOK }},
		"repos/list-activities":                   contents(listActivity),
		"repos/list-collaborators":                {do: listCollaborators},
		"repos/get-collaborator-permission-level": {do: collaboratorPermission},
		"repos/get-content":                       contents(getContent),
		"repos/list-attestations":                 {do: listAttestations, permission: "attestations", level: "read"},
		"repos/get-commit":                        contents(getCommit),
		"repos/compare-commits-with-basehead":     contents(compare),
		"repos/create-commit-status":              {do: createStatus, permission: "statuses", level: "write"},

		"git/get-ref":            contents(getRef),
		"git/list-matching-refs": contents(matchingRefs),
		"git/get-commit":         contents(gitCommit),
		"git/get-tree":           contents(gitTree),
		"git/get-blob":           contents(gitBlob),

		"pulls/list":                      pulls(listPulls),
		"pulls/get":                       pulls(pull(func(c *call, p *Pull) (any, int) { return c.wholePull(p), http.StatusOK })),
		"pulls/list-files":                pulls(pull(pullFiles)),
		"pulls/list-commits":              pulls(pull(pullCommits)),
		"pulls/list-reviews":              pulls(pull(pullReviews)),
		"issues/list-events-for-timeline": pulls(pullTimeline),

		"checks/create":              {do: createCheckRun, permission: "checks", level: "write"},
		"checks/update":              {do: updateCheckRun, permission: "checks", level: "write"},
		"checks/get":                 checks(checkRun(func(c *call, r *CheckRun) (any, int) { return c.checkRunJSON(r), http.StatusOK })),
		"checks/list-annotations":    checks(checkRun(listAnnotations)),
		"checks/list-for-ref":        checks(checkRunsOf),
		"checks/list-suites-for-ref": checks(suitesOf),

		"actions/get-workflow-run":            actions(workflowRun(func(c *call, r *WorkflowRun) (any, int) { return c.runJSON(r), http.StatusOK })),
		"actions/list-workflow-runs-for-repo": actions(listRuns),
		"actions/list-workflow-run-artifacts": actions(workflowRun(runArtifacts)),
		"actions/list-artifacts-for-repo":     actions(repoArtifacts),
		"actions/get-artifact":                actions(artifact(func(c *call, a *Artifact) (any, int) { return c.artifactJSON(a), http.StatusOK })),
		"actions/download-artifact":           actions(artifact(downloadArtifact)),
	}
})

func (c *call) digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func getInstallation(c *call) (any, int) {
	i := c.w.installation(c.number("installation_id"))
	if i == nil || i.App != c.app {
		return notFound()
	}
	return c.installationJSON(i), http.StatusOK
}

func repoInstallation(c *call) (any, int) {
	for _, i := range c.app.Installations {
		if i.reaches(c.repo) {
			return c.installationJSON(i), http.StatusOK
		}
	}
	return notFound()
}

// accessToken issues a token. It cannot have more than the installation.
func accessToken(c *call) (any, int) {
	i := c.w.installation(c.number("installation_id"))
	switch {
	case i == nil || i.App != c.app:
		return notFound()
	case i.Suspended:
		return fail(http.StatusForbidden, "This installation has been suspended")
	}
	body := c.body()
	var want map[string]string
	if m, ok := body["permissions"].(map[string]any); ok {
		want = map[string]string{}
		for k := range m {
			want[k] = textOf(m, k)
		}
	}
	repos := i.Repos
	names, _ := body["repositories"].([]any)
	ids, _ := body["repository_ids"].([]any)
	if len(names)+len(ids) > 0 {
		repos = []*Repo{}
		for _, r := range c.w.repos {
			if i.reaches(r) && (slices.Contains(names, any(r.Name)) || slices.ContainsFunc(ids, func(id any) bool {
				n, ok := arguments{"id": id}.number("id")
				return ok && int64(n) == r.ID
			})) {
				repos = append(repos, r)
			}
		}
		if len(repos) < len(names)+len(ids) {
			return invalid("There is at least one repository that does not exist or is not accessible to the parent installation.")
		}
	}
	t, complaint := c.w.issue(i, want, repos)
	if complaint != "" {
		return invalid(complaint)
	}
	permissions := map[string]any{}
	for k, v := range t.Permissions {
		permissions[k] = v
	}
	out := map[string]any{"token": t.Value, "expires_at": stamp(t.Expires), "permissions": permissions, "repository_selection": "all"}
	if repos != nil {
		out["repository_selection"] = "selected"
		out["repositories"] = list(repos, c.repoJSON)
	}
	return out, http.StatusCreated
}

func installationRepos(c *call) (any, int) {
	if c.token.Installation == nil {
		return fail(http.StatusForbidden, "Resource not accessible by personal access token")
	}
	var all []*Repo
	for _, r := range c.w.repos {
		if r.Owner == c.token.Installation.Account && c.token.reaches(r) {
			all = append(all, r)
		}
	}
	return map[string]any{"total_count": len(all), "repositories": list(paged(c, all, 30), c.repoJSON)}, http.StatusOK
}

func getOrg(c *call) (any, int) {
	o := c.w.findOrg(c.ex.params["org"])
	if o == nil {
		return notFound()
	}
	return map[string]any{"login": o.Login, "id": o.ID, "type": "Organization", "name": o.Name}, http.StatusOK
}

func orgMembership(c *call) (any, int) {
	o, u := c.w.findOrg(c.ex.params["org"]), c.w.byLogin(c.ex.params["username"])
	if o == nil || u == nil || !slices.Contains(o.Members, u) && !slices.Contains(o.Owners, u) {
		return notFound()
	}
	role := "member"
	if slices.Contains(o.Owners, u) {
		role = "admin"
	}
	return map[string]any{
		"state": "active", "role": role, "user": c.userJSON(u),
		"organization": map[string]any{"login": o.Login, "id": o.ID},
	}, http.StatusOK
}

func team(f func(*call, *Team) (any, int)) handler {
	return func(c *call) (any, int) {
		if o := c.w.findOrg(c.ex.params["org"]); o != nil {
			if t := o.team(c.ex.params["team_slug"]); t != nil {
				return f(c, t)
			}
		}
		return notFound()
	}
}

func getTeam(c *call, t *Team) (any, int) {
	m := c.teamJSON(t)
	m["organization"] = map[string]any{"login": t.Org.Login, "id": t.Org.ID, "type": "Organization"}
	m["members_count"], m["repos_count"] = len(t.All()), 0
	return m, http.StatusOK
}

func teamMembers(c *call, t *Team) (any, int) {
	out := []any{}
	for _, u := range paged(c, t.All(), 30) {
		out = append(out, c.userJSON(u))
	}
	return out, http.StatusOK
}

func teamMembership(c *call, t *Team) (any, int) {
	u := c.w.byLogin(c.ex.params["username"])
	if u == nil || !slices.Contains(t.All(), u) {
		return notFound()
	}
	return map[string]any{"state": "active", "role": "member"}, http.StatusOK
}

// permissionsOf are the five rights that a level stands for.
func permissionsOf(level string) map[string]any {
	at := slices.Index(levels, level)
	return map[string]any{"pull": at >= 1, "triage": at >= 2, "push": at >= 3, "maintain": at >= 4, "admin": at >= 5}
}

func listCollaborators(c *call) (any, int) {
	affiliation := strings.ToUpper(c.query("affiliation"))
	out := []any{}
	for _, u := range paged(c, c.repo.collaborators(affiliation), 30) {
		level, role := c.repo.Role(u)
		m := c.userJSON(u).(map[string]any)
		m["permissions"], m["role_name"] = permissionsOf(level), role
		out = append(out, m)
	}
	return out, http.StatusOK
}

// collaboratorPermission tells of a level the old one: maintain is write, triage is read.
func collaboratorPermission(c *call) (any, int) {
	u := c.w.byLogin(c.ex.params["username"])
	if u == nil {
		return notFound()
	}
	level, role := c.repo.Role(u)
	old := map[string]string{"maintain": "write", "triage": "read"}[level]
	if old == "" {
		old = level
	}
	m := c.userJSON(u).(map[string]any)
	m["permissions"], m["role_name"] = permissionsOf(level), role
	return map[string]any{"permission": old, "role_name": role, "user": m}, http.StatusOK
}

// Activity is a push or the like, as the repository's activity has it.
type Activity struct {
	ID            int64
	At            time.Time
	Kind          string // push, force_push, branch_creation, branch_deletion, pr_merge, merge_queue_merge
	Ref           string
	Before, After string
	Actor         *User
}

func listActivity(c *call) (any, int) {
	want := c.query("ref")
	if want != "" && !strings.HasPrefix(want, "refs/") {
		want = "refs/heads/" + want
	}
	var all []Activity
	for _, a := range slices.Backward(c.repo.Activity) {
		if (want == "" || a.Ref == want) && (c.query("activity_type") == "" || c.query("activity_type") == a.Kind) {
			all = append(all, a)
		}
	}
	if c.query("direction") == "asc" {
		slices.Reverse(all)
	}
	from := 0
	if after := c.query("after"); after != "" {
		n, err := cursorAt(after)
		if err != nil {
			return invalid(err.Error())
		}
		from = min(n, len(all))
	}
	per := 30
	if n, ok := (arguments{"n": json.Number(c.query("per_page"))}).number("n"); ok {
		per = min(max(n, 1), 100)
	}
	to := min(from+per, len(all))
	if to < len(all) {
		q := c.ex.request.URL.Query()
		q.Set("after", cursor(to-1))
		c.link(map[string]url.Values{"next": q})
	}
	return list(all[from:to], func(a Activity) map[string]any {
		return map[string]any{
			"id": a.ID, "activity_type": a.Kind, "ref": a.Ref, "before": orZero(a.Before), "after": orZero(a.After),
			"timestamp": stamp(a.At), "actor": c.userJSON(a.Actor),
		}
	}), http.StatusOK
}

func orZero(id string) string {
	if id == "" {
		return strings.Repeat("0", 40)
	}
	return id
}
