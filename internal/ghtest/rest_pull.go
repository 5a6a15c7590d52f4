package ghtest

import (
	"net/http"
	"slices"
	"strings"
)

func pull(f func(*call, *Pull) (any, int)) handler {
	return func(c *call) (any, int) {
		p := c.repo.pull(c.number("pull_number"))
		if p == nil {
			return notFound()
		}
		return f(c, p)
	}
}

// wholePull is a pull request by itself: in a list it has no counts.
func (c *call) wholePull(p *Pull) map[string]any {
	m := c.pullJSON(p)
	files := p.files()
	added, removed := 0, 0
	for _, f := range files {
		added, removed = added+f.additions, removed+f.removed
	}
	m["commits"], m["changed_files"], m["additions"], m["deletions"] = len(p.Commits()), len(files), added, removed
	m["merged"], m["mergeable"], m["mergeable_state"] = p.State == "merged", nil, "unknown"
	m["comments"], m["review_comments"], m["maintainer_can_modify"], m["merged_by"] = 0, len(p.Threads), false, nil
	return m
}

func listPulls(c *call) (any, int) {
	state := c.query("state")
	if state == "" {
		state = "open"
	}
	var all []*Pull
	for _, p := range slices.Backward(c.repo.Pulls) {
		open := p.State == "open"
		if state == "open" && !open || state == "closed" && open || c.query("base") != "" && c.query("base") != p.Base {
			continue
		}
		if head := c.query("head"); head != "" {
			// Half a filter is none.
			owner, branch, ok := strings.Cut(head, ":")
			r := p.headRepo()
			if ok && (p.Head != branch || r == nil || !strings.EqualFold(r.Owner.Login, owner)) {
				continue
			}
		}
		all = append(all, p)
	}
	if c.query("sort") == "updated" {
		slices.SortStableFunc(all, func(a, b *Pull) int { return b.UpdatedAt.Compare(a.UpdatedAt) })
	}
	if c.query("direction") == "asc" {
		slices.Reverse(all)
	}
	return list(paged(c, all, 30), c.pullJSON), http.StatusOK
}

func pullFiles(c *call, p *Pull) (any, int) {
	all := p.files()
	return list(paged(c, all[:min(len(all), c.w.Limits.PullFiles)], 30), fileJSON), http.StatusOK
}

func pullCommits(c *call, p *Pull) (any, int) {
	return list(paged(c, p.listed(), 30), func(id string) map[string]any { return c.commitJSON(c.repo, id) }), http.StatusOK
}

func pullReviews(c *call, p *Pull) (any, int) {
	return list(paged(c, p.shown(nil), 30), c.reviewJSON), http.StatusOK
}

// pullTimeline is the timeline as REST has it, the events that are known there.
func pullTimeline(c *call) (any, int) {
	p := c.repo.pull(c.number("issue_number"))
	if p == nil {
		return notFound()
	}
	var out []any
	for _, e := range p.Events {
		name, ok := map[string]string{
			"ReviewDismissedEvent": "review_dismissed", "ReviewRequestedEvent": "review_requested",
			"ReviewRequestRemovedEvent": "review_request_removed", "HeadRefForcePushedEvent": "head_ref_force_pushed",
			"BaseRefChangedEvent": "base_ref_changed", "AssignedEvent": "assigned", "ReopenedEvent": "reopened",
		}[e.Kind]
		if !ok {
			continue
		}
		m := map[string]any{
			"id": e.ID, "event": name, "actor": c.userJSON(e.Actor), "created_at": stamp(e.At), "commit_id": nil, "commit_url": nil,
		}
		switch {
		case e.Review != nil:
			m["dismissed_review"] = map[string]any{"state": strings.ToLower(e.Previous), "review_id": e.Review.ID, "dismissal_message": nil}
		case e.Team != nil:
			m["requested_team"], m["review_requester"] = c.teamJSON(e.Team), m["actor"]
		case name == "assigned":
			m["assignee"] = c.userJSON(e.User)
		case e.User != nil:
			m["requested_reviewer"], m["review_requester"] = c.userJSON(e.User), m["actor"]
		}
		out = append(out, m)
	}
	return append([]any{}, paged(c, out, 30)...), http.StatusOK
}
