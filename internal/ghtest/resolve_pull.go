package ghtest

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// pullCommit is a commit as part of a pull request.
type pullCommit struct {
	pull *Pull
	id   string
}

// requestOf is one request for a review.
type requestOf struct {
	pull *Pull
	Reviewer
}

// threadOf and commentOf are a conversation, and an entry of one.
type threadOf struct {
	pull *Pull
	*Thread
}

type commentOf struct {
	threadOf
	*Comment
}

// eventOf is an entry of the timeline.
type eventOf struct {
	pull *Pull
	*Event
}

func pullFields() fields {
	return fields{
		"id":             get(func(p *Pull) any { return globalID("PullRequest", p.ID) }),
		"databaseId":     get(func(p *Pull) any { return p.ID }),
		"fullDatabaseId": get(func(p *Pull) any { return p.ID }),
		"number":         get(func(p *Pull) any { return p.Number }),
		"title":          get(func(p *Pull) any { return p.Title }),
		"body":           get(func(p *Pull) any { return p.Body }),
		"state":          get(func(p *Pull) any { return strings.ToUpper(p.State) }),
		"isDraft":        get(func(p *Pull) any { return p.Draft }),
		"closed":         get(func(p *Pull) any { return p.State != "open" }),
		"merged":         get(func(p *Pull) any { return p.State == "merged" }),
		"locked":         get(func(*Pull) any { return false }),
		"createdAt":      get(func(p *Pull) any { return stamp(p.CreatedAt) }),
		"updatedAt":      get(func(p *Pull) any { return stamp(p.UpdatedAt) }),
		"url":            get(func(p *Pull) any { return "https://github.invalid/" + p.repo.FullName() }),
		"author":         of(func(x *execution, p *Pull, _ arguments) (any, error) { return x.actor(p.Author), nil }),
		"repository":     get(func(p *Pull) any { return p.repo }),
		"baseRepository": get(func(p *Pull) any { return p.repo }),
		"baseRefName":    get(func(p *Pull) any { return p.Base }),
		"baseRefOid":     get(func(p *Pull) any { return p.BaseOID }),
		"baseRef":        get(func(p *Pull) any { return p.repo.ref("refs/heads/" + p.Base) }),
		"headRefName":    get(func(p *Pull) any { return p.Head }),
		"headRefOid":     get(func(p *Pull) any { return p.Tip() }),
		"headRepository": of(func(x *execution, p *Pull, _ arguments) (any, error) {
			if r := p.headRepo(); r != nil && x.token.reaches(r) {
				return r, nil
			}
			return nil, nil
		}),
		"headRepositoryOwner": get(func(p *Pull) any {
			if r := p.headRepo(); r != nil {
				return r.Owner
			}
			return nil
		}),
		"headRef": get(func(p *Pull) any {
			if r := p.headRepo(); r != nil {
				return r.ref("refs/heads/" + p.Head)
			}
			return nil
		}),
		"isCrossRepository": get(func(p *Pull) any { return p.Cross() }),
		"mergeable":         get(func(*Pull) any { return "UNKNOWN" }),
		"additions": get(func(p *Pull) any {
			n := 0
			for _, c := range p.files() {
				n += c.additions
			}
			return n
		}),
		"deletions": get(func(p *Pull) any {
			n := 0
			for _, c := range p.files() {
				n += c.removed
			}
			return n
		}),
		"changedFiles": get(func(p *Pull) any { return len(p.files()) }),
		"files": get(func(p *Pull) any {
			var list []map[string]any
			for _, c := range p.files() {
				kind := map[string]string{"removed": "DELETED"}[c.status]
				if kind == "" {
					kind = strings.ToUpper(c.status)
				}
				list = append(list, map[string]any{
					"path": c.path, "additions": c.additions, "deletions": c.removed,
					"changeType": kind, "viewerViewedState": "UNVIEWED",
				})
			}
			return connect(list[:min(len(list), p.repo.world.Limits.PullFiles)])
		}),
		"labels": get(func(p *Pull) any {
			var list []map[string]any
			for _, l := range p.Labels {
				list = append(list, map[string]any{"name": l, "color": "ededed", "description": nil, "id": globalID("Label", l)})
			}
			return connect(list)
		}),
		"assignees": of(func(x *execution, p *Pull, _ arguments) (any, error) {
			var list []any
			for _, u := range p.Assignees {
				if u := x.human(u); u != nil {
					list = append(list, u)
				}
			}
			return connect(list), nil
		}),
		"commits": get(func(p *Pull) any {
			var list []pullCommit
			for _, id := range p.listed() {
				list = append(list, pullCommit{p, id})
			}
			c := connect(list)
			c.total = len(p.Commits())
			return c
		}),
		"reviews": of(func(_ *execution, p *Pull, a arguments) (any, error) {
			list := p.shown(a.list("states"))
			if author := a.text("author"); author != "" {
				list = slices.DeleteFunc(list, func(r *Review) bool { return r.Author == nil || !strings.EqualFold(r.Author.Login, author) })
			}
			return connect(list), nil
		}),
		"latestReviews": get(func(p *Pull) any {
			newest := map[*User]*Review{}
			for _, r := range p.shown(nil) {
				newest[r.Author] = r
			}
			return connect(slices.DeleteFunc(p.shown(nil), func(r *Review) bool { return newest[r.Author] != r }))
		}),
		"reviewRequests": get(func(p *Pull) any {
			var list []requestOf
			for _, q := range p.Requests {
				list = append(list, requestOf{p, q})
			}
			return connect(list)
		}),
		"reviewThreads": get(func(p *Pull) any {
			var list []threadOf
			for _, t := range p.Threads {
				list = append(list, threadOf{p, t})
			}
			return connect(list)
		}),
		"timelineItems": of(func(_ *execution, p *Pull, a arguments) (any, error) {
			c := connect(p.timeline(a.list("itemTypes")))
			c.extra = map[string]any{"updatedAt": stamp(p.UpdatedAt)}
			return c, nil
		}),
		"statusCheckRollup": of(func(x *execution, p *Pull, a arguments) (any, error) {
			g := p.repo.git(p.Tip())
			if g == nil {
				return nil, nil
			}
			return commitFields()["statusCheckRollup"](x, g, a)
		}),
	}
}

// shown are the submitted reviews of these states, or of all.
func (p *Pull) shown(states []string) []*Review {
	var out []*Review
	for _, r := range p.Reviews {
		if r.State == "PENDING" || len(states) > 0 && !slices.Contains(states, r.State) {
			continue
		}
		out = append(out, r)
	}
	return out
}

// timeline are events, reviews and commits, by time. Without types it is everything.
func (p *Pull) timeline(types []string) []any {
	type at struct {
		when time.Time
		item any
	}
	var all []at
	add := func(kind string, when time.Time, item any) {
		if len(types) == 0 || slices.Contains(types, snake(kind)) {
			all = append(all, at{when, item})
		}
	}
	for _, id := range p.listed() {
		add("PullRequestCommit", p.repo.store.commit(id).committer.at, pullCommit{p, id})
	}
	for _, r := range p.shown(nil) {
		add("PullRequestReview", r.SubmittedAt, r)
	}
	for _, e := range p.Events {
		add(e.Kind, e.At, &eventOf{p, e})
	}
	slices.SortStableFunc(all, func(a, b at) int { return a.when.Compare(b.when) })
	out := []any{}
	for _, a := range all {
		out = append(out, a.item)
	}
	return out
}

// snake is the name that PullRequestTimelineItemsItemType has for a type.
func snake(kind string) string {
	if kind == "PullRequestCommit" {
		return "PULL_REQUEST_COMMIT"
	}
	var b strings.Builder
	for i, r := range kind {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

func pullCommitFields() fields {
	return fields{
		"id":          get(func(c pullCommit) any { return globalID("PullRequestCommit", c.id) }),
		"commit":      get(func(c pullCommit) any { return c.pull.repo.git(c.id) }),
		"pullRequest": get(func(c pullCommit) any { return c.pull }),
	}
}

func reviewFields() fields {
	return fields{
		"id":             get(func(r *Review) any { return globalID("PullRequestReview", r.ID) }),
		"databaseId":     get(func(r *Review) any { return r.ID }),
		"fullDatabaseId": get(func(r *Review) any { return r.ID }),
		"author":         of(func(x *execution, r *Review, _ arguments) (any, error) { return x.actor(r.Author), nil }),
		"authorCanPushToRepository": of(func(x *execution, r *Review, _ arguments) (any, error) {
			level, _ := r.pull.repo.Role(r.Author)
			return slices.Index(levels, level) >= slices.Index(levels, "write"), nil
		}),
		"state":               get(func(r *Review) any { return r.State }),
		"body":                get(func(r *Review) any { return r.Body }),
		"commit":              get(func(r *Review) any { return r.pull.repo.git(r.Commit) }),
		"submittedAt":         get(func(r *Review) any { return stamp(r.SubmittedAt) }),
		"createdAt":           get(func(r *Review) any { return stamp(r.SubmittedAt) }),
		"publishedAt":         get(func(r *Review) any { return stamp(r.SubmittedAt) }),
		"lastEditedAt":        get(func(r *Review) any { return stamp(r.EditedAt) }),
		"includesCreatedEdit": get(func(*Review) any { return false }),
		"pullRequest":         get(func(r *Review) any { return r.pull }),
		"isMinimized":         get(func(*Review) any { return false }),
		"updatedAt": get(func(r *Review) any {
			if r.EditedAt.After(r.SubmittedAt) {
				return stamp(r.EditedAt)
			}
			return stamp(r.SubmittedAt)
		}),
	}
}

func requestFields() fields {
	return fields{
		"id":          get(func(q requestOf) any { return globalID("ReviewRequest", q.pull.ID) }),
		"asCodeOwner": get(func(requestOf) any { return false }),
		"requestedReviewer": of(func(x *execution, q requestOf, _ arguments) (any, error) {
			return x.reviewer(q.User, q.Team), nil
		}),
	}
}

// reviewer is whose review is asked for. A team is null for whom members are hidden.
func (x *execution) reviewer(u *User, t *Team) any {
	if t != nil {
		if x.need("members", nil) != nil {
			return nil
		}
		return t
	}
	return x.actor(u)
}

func threadFields() fields {
	return fields{
		"id":          get(func(t threadOf) any { return globalID("PullRequestReviewThread", t.ID) }),
		"path":        get(func(t threadOf) any { return t.Path }),
		"isResolved":  get(func(t threadOf) any { return t.Resolved }),
		"isOutdated":  get(func(t threadOf) any { return t.Outdated }),
		"isCollapsed": get(func(t threadOf) any { return t.Resolved }),
		"line": get(func(t threadOf) any {
			if t.Line == 0 || t.Outdated {
				return nil
			}
			return t.Line
		}),
		"originalLine": get(func(t threadOf) any {
			if t.Line == 0 {
				return nil
			}
			return t.Line
		}),
		"startLine":   get(func(threadOf) any { return nil }),
		"diffSide":    get(func(threadOf) any { return "RIGHT" }),
		"pullRequest": get(func(t threadOf) any { return t.pull }),
		"subjectType": get(func(t threadOf) any {
			if t.Line == 0 {
				return "FILE"
			}
			return "LINE"
		}),
		"comments": get(func(t threadOf) any {
			var list []commentOf
			for i := range t.Comments {
				list = append(list, commentOf{t, &t.Comments[i]})
			}
			return connect(list)
		}),
	}
}

func commentFields() fields {
	return fields{
		"id":             get(func(c commentOf) any { return globalID("PullRequestReviewComment", c.ID) }),
		"databaseId":     get(func(c commentOf) any { return c.ID }),
		"fullDatabaseId": get(func(c commentOf) any { return c.ID }),
		"author":         of(func(x *execution, c commentOf, _ arguments) (any, error) { return x.actor(c.Author), nil }),
		"body":           get(func(c commentOf) any { return c.Body }),
		"path":           get(func(c commentOf) any { return c.Path }),
		"createdAt":      get(func(c commentOf) any { return stamp(c.At) }),
		"updatedAt":      get(func(c commentOf) any { return stamp(c.At) }),
		"outdated":       get(func(c commentOf) any { return c.Outdated }),
	}
}

// eventFields are those of all events together: the schema says which one has which.
func eventFields() fields {
	commit := func(id func(*eventOf) string) resolver {
		return get(func(e *eventOf) any { return e.pull.repo.git(id(e)) })
	}
	return fields{
		"id":                  get(func(e *eventOf) any { return globalID(e.Kind, e.ID) }),
		"databaseId":          get(func(e *eventOf) any { return e.ID }),
		"actor":               of(func(x *execution, e *eventOf, _ arguments) (any, error) { return x.actor(e.Actor), nil }),
		"createdAt":           get(func(e *eventOf) any { return stamp(e.At) }),
		"pullRequest":         get(func(e *eventOf) any { return e.pull }),
		"review":              get(func(e *eventOf) any { return e.Review }),
		"previousReviewState": get(func(e *eventOf) any { return e.Previous }),
		"dismissalMessage":    get(func(*eventOf) any { return nil }),
		"requestedReviewer": of(func(x *execution, e *eventOf, _ arguments) (any, error) {
			return x.reviewer(e.User, e.Team), nil
		}),
		"assignee":        of(func(x *execution, e *eventOf, _ arguments) (any, error) { return x.actor(e.User), nil }),
		"user":            of(func(x *execution, e *eventOf, _ arguments) (any, error) { return x.human(e.User), nil }),
		"beforeCommit":    commit(func(e *eventOf) string { return e.Before }),
		"afterCommit":     commit(func(e *eventOf) string { return e.After }),
		"ref":             get(func(e *eventOf) any { return e.pull.repo.ref("refs/heads/" + e.pull.Head) }),
		"currentRefName":  get(func(e *eventOf) any { return e.NewName }),
		"previousRefName": get(func(e *eventOf) any { return e.OldName }),
		"newBase":         get(func(e *eventOf) any { return e.NewName }),
		"oldBase":         get(func(e *eventOf) any { return e.OldName }),
		"currentTitle":    get(func(e *eventOf) any { return e.NewName }),
		"previousTitle":   get(func(e *eventOf) any { return e.OldName }),
		"stateReason":     get(func(*eventOf) any { return nil }),
		"headRefName":     get(func(e *eventOf) any { return e.pull.Head }),
		"closable":        get(func(e *eventOf) any { return e.pull }),
		"assignable":      get(func(e *eventOf) any { return e.pull }),
	}
}
