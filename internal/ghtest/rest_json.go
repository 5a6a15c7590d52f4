package ghtest

import (
	"encoding/base64"
	"strings"
)

// The objects of REST, as far as the fake knows something of them.

func list[T any](items []T, f func(T) map[string]any) []any {
	out := make([]any, len(items))
	for i, x := range items {
		out[i] = f(x)
	}
	return out
}

// userJSON is an account; null when it is gone.
func (c *call) userJSON(u *User) any {
	if u = c.w.alive(u); u == nil {
		return nil
	}
	return map[string]any{
		"login": u.RESTLogin(), "id": u.ID, "node_id": globalID(u.Type, u.ID), "type": u.Type, "site_admin": false,
	}
}

// authorJSON is an account where REST has no null: what a deleted one did is by "ghost",
// which is an account of its own, of type User.
func (c *call) authorJSON(u *User) any {
	if m := c.userJSON(u); m != nil {
		return m
	}
	return map[string]any{"login": "ghost", "id": 10137, "node_id": globalID("User", 10137), "type": "User", "site_admin": false}
}

func (c *call) repoJSON(r *Repo) map[string]any {
	visibility := "public"
	if r.Private {
		visibility = "private"
	}
	return map[string]any{
		"id": r.ID, "node_id": globalID("Repository", r.ID), "name": r.Name, "full_name": r.FullName(),
		"owner": c.userJSON(r.Owner), "private": r.Private, "visibility": visibility, "fork": r.Parent != nil,
		"default_branch": r.DefaultBranch,
	}
}

func (c *call) pullJSON(p *Pull) map[string]any {
	state, merged := p.State, any(nil)
	if state == "merged" {
		state, merged = "closed", stamp(p.UpdatedAt)
	}
	closed := any(nil)
	if state == "closed" {
		closed = stamp(p.UpdatedAt)
	}
	m := map[string]any{
		"id": p.ID, "number": p.Number, "state": state, "draft": p.Draft, "title": p.Title, "body": p.Body,
		"user": c.authorJSON(p.Author), "created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt),
		"closed_at": closed, "merged_at": merged, "author_association": "MEMBER", "locked": false,
		"base":   c.side(p.repo, p.Base, p.BaseOID),
		"head":   c.side(p.HeadRepo, p.Head, p.Tip()),
		"labels": list(p.Labels, func(l string) map[string]any { return map[string]any{"name": l, "color": "ededed"} }),
	}
	var users, teams []any
	for _, q := range p.Requests {
		if q.Team != nil {
			teams = append(teams, c.teamJSON(q.Team))
		} else if u := c.userJSON(q.User); u != nil {
			users = append(users, u)
		}
	}
	m["requested_reviewers"], m["requested_teams"] = append([]any{}, users...), append([]any{}, teams...)
	assignees := []any{}
	for _, a := range p.Assignees {
		if u := c.userJSON(a); u != nil {
			assignees = append(assignees, u)
		}
	}
	m["assignees"], m["assignee"] = assignees, nil
	return m
}

// side is the head or the base of a pull request. Of a repository that is gone, or
// hidden, there is null.
func (c *call) side(r *Repo, branch, sha string) map[string]any {
	m := map[string]any{"ref": branch, "sha": sha, "label": r.Owner.Login + ":" + branch, "repo": nil, "user": c.userJSON(r.Owner)}
	if c.w.there(r) != nil && (c.token == nil || c.token.reaches(r)) {
		m["repo"] = c.repoJSON(r)
	}
	return m
}

func (c *call) teamJSON(t *Team) map[string]any {
	privacy := "closed"
	if t.Secret {
		privacy = "secret"
	}
	m := map[string]any{
		"id": t.ID, "node_id": globalID("Team", t.ID), "name": t.Name, "slug": t.Slug, "privacy": privacy,
		"permission": "pull", "description": nil, "parent": nil, "type": "organization",
	}
	if t.Parent != nil {
		m["parent"] = c.teamJSON(t.Parent)
	}
	return m
}

// commitJSON is a commit with its accounts; its dates are in UTC, and what zone they
// were made in cannot be told from it.
func (c *call) commitJSON(r *Repo, id string) map[string]any {
	p := r.store.commit(id)
	return map[string]any{
		"sha": id, "node_id": globalID("GitObject", id),
		"commit": map[string]any{
			"author": identJSON(p.author), "committer": identJSON(p.committer), "message": utf8Text(p.message),
			"tree": map[string]any{"sha": p.tree}, "comment_count": 0, "verification": verification(r, p),
		},
		"author": c.userJSON(c.w.byEmail(p.author.email)), "committer": c.userJSON(c.w.byEmail(p.committer.email)),
		"parents": list(p.parents, func(id string) map[string]any { return map[string]any{"sha": id} }),
	}
}

func identJSON(i ident) map[string]any {
	return map[string]any{"name": utf8Text(i.name), "email": utf8Text(i.email), "date": stamp(i.at)}
}

func verification(r *Repo, p *parsedCommit) map[string]any {
	v := map[string]any{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
	if p.signature == "" {
		return v
	}
	v["reason"], v["signature"], v["payload"] = "unknown_key", p.signature, utf8Text(p.payload)
	if r.Verified[p.id] {
		v["verified"], v["reason"], v["verified_at"] = true, "valid", stamp(r.world.Now)
	}
	return v
}

func fileJSON(f change) map[string]any {
	m := map[string]any{
		"sha": f.blob, "filename": utf8Text(f.path), "status": f.status,
		"additions": f.additions, "deletions": f.removed, "changes": f.additions + f.removed,
	}
	if f.old != "" {
		m["previous_filename"] = utf8Text(f.old)
	}
	return m
}

func (c *call) reviewJSON(v *Review) map[string]any {
	commit := any(v.Commit)
	if v.Commit == "" {
		commit = nil
	}
	return map[string]any{
		"id": v.ID, "node_id": globalID("PullRequestReview", v.ID), "user": c.userJSON(v.Author), "body": v.Body,
		"state": v.State, "submitted_at": stamp(v.SubmittedAt), "commit_id": commit, "author_association": "MEMBER",
	}
}

func (c *call) appJSON(a *App) map[string]any {
	return map[string]any{
		"id": a.ID, "slug": a.Slug, "name": a.Name, "node_id": globalID("App", a.ID), "owner": c.userJSON(a.Owner),
		"permissions": map[string]any{}, "events": []any{}, "description": nil,
	}
}

func (c *call) installationJSON(i *Installation) map[string]any {
	permissions := map[string]any{}
	for k, v := range i.Permissions {
		permissions[k] = v
	}
	selection := "all"
	if i.Repos != nil {
		selection = "selected"
	}
	m := map[string]any{
		"id": i.ID, "account": c.userJSON(i.Account), "app_id": i.App.ID, "app_slug": i.App.Slug,
		"target_id": i.Account.ID, "target_type": i.Account.Type, "permissions": permissions, "events": []any{},
		"repository_selection": selection, "suspended_at": nil, "suspended_by": nil,
	}
	if i.Suspended {
		m["suspended_at"] = stamp(c.w.Now)
	}
	return m
}

func (c *call) checkRunJSON(run *CheckRun) map[string]any {
	return map[string]any{
		"id": run.ID, "node_id": globalID("CheckRun", run.ID), "name": run.Name, "head_sha": run.suite.Commit,
		"external_id": run.ExternalID, "details_url": text(run.DetailsURL), "status": run.Status,
		"conclusion": text(run.Conclusion), "started_at": stamp(run.StartedAt), "completed_at": stamp(run.CompletedAt),
		"app": c.appJSON(run.suite.App), "check_suite": map[string]any{"id": run.suite.ID}, "pull_requests": []any{},
		"output": map[string]any{
			"title": text(run.Title), "summary": text(run.Summary), "text": text(run.Text),
			"annotations_count": len(run.Annotations),
		},
	}
}

func (c *call) suiteJSON(s *Suite) map[string]any {
	status, conclusion := s.sum()
	return map[string]any{
		"id": s.ID, "head_branch": text(s.Branch), "head_sha": s.Commit, "status": status, "conclusion": text(conclusion),
		"before": nil, "after": nil, "pull_requests": []any{}, "app": c.appJSON(s.App), "repository": c.repoJSON(s.repo),
		"created_at": stamp(s.CreatedAt), "updated_at": stamp(s.CreatedAt), "latest_check_runs_count": len(s.latest()),
		"head_commit": c.headCommit(s.repo, s.Commit),
	}
}

func (c *call) headCommit(r *Repo, id string) any {
	p := r.store.commit(id)
	if p == nil {
		return nil
	}
	return map[string]any{
		"id": id, "tree_id": p.tree, "message": utf8Text(p.message), "timestamp": stamp(p.committer.at),
		"author":    map[string]any{"name": utf8Text(p.author.name), "email": utf8Text(p.author.email)},
		"committer": map[string]any{"name": utf8Text(p.committer.name), "email": utf8Text(p.committer.email)},
	}
}

func (c *call) runJSON(run *WorkflowRun) map[string]any {
	m := map[string]any{
		"id": run.ID, "name": run.Name, "node_id": globalID("WorkflowRun", run.ID), "path": run.Path,
		"workflow_id": run.WorkflowID, "run_number": run.Number, "run_attempt": run.Attempt, "event": run.Event,
		"status": run.Status, "conclusion": text(run.Conclusion), "head_branch": run.HeadBranch, "head_sha": run.HeadSHA,
		"created_at": stamp(run.CreatedAt), "updated_at": stamp(run.CreatedAt), "run_started_at": stamp(run.CreatedAt),
		"display_title": run.Name, "pull_requests": []any{}, "actor": c.userJSON(run.Actor), "head_commit": c.headCommit(run.repo, run.HeadSHA),
		"repository": c.repoJSON(run.repo), "head_repository": nil,
	}
	if m["actor"] == nil {
		delete(m, "actor") // there is always one, who it may be
	}
	if r := c.w.there(run.HeadRepo); r != nil {
		m["head_repository"] = c.repoJSON(r)
	}
	return m
}

func (c *call) artifactJSON(a *Artifact) map[string]any {
	sum := c.digest(a.Zip)
	return map[string]any{
		"id": a.ID, "name": a.Name, "size_in_bytes": len(a.Zip), "expired": a.Expired, "digest": sum,
		"created_at": stamp(a.CreatedAt), "updated_at": stamp(a.CreatedAt), "expires_at": stamp(a.ExpiresAt),
		"workflow_run": map[string]any{
			"id": a.run.ID, "repository_id": a.run.repo.ID, "head_repository_id": a.run.HeadRepo.ID,
			"head_branch": a.run.HeadBranch, "head_sha": a.run.HeadSHA,
		},
	}
}

// wrapped is base64 as GitHub writes it: in lines.
func wrapped(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 60 {
		out.WriteString(s[:60] + "\n")
		s = s[60:]
	}
	out.WriteString(s + "\n")
	return out.String()
}
