package ghapi

import (
	"cmp"
	"slices"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

type reviewNode struct {
	ID     bigID      `json:"fullDatabaseId"`
	Author *actorNode `json:"author"`
	State  string     `json:"state"`
	Commit struct {
		ID   string `json:"oid"`
		Tree struct {
			ID string `json:"oid"`
		} `json:"tree"`
	} `json:"commit"`
	Body      string     `json:"body"`
	Submitted *time.Time `json:"submittedAt"`
	Edited    *time.Time `json:"lastEditedAt"`
}

// reviews takes the reviews, the oldest first. One of which we do not know what it
// is about, or when it was given, is kept, and missed.
func (r *reading) reviews(nodes []*reviewNode) []Review {
	what := areas["reviews"]
	seen := map[int64]bool{}
	var out []Review
	for _, n := range nodes {
		v := Review{
			ID: int64(n.ID), Author: r.actor(what, n.Author), State: n.State, Commit: n.Commit.ID, Tree: n.Commit.Tree.ID,
			Body: n.Body, SubmittedAt: instant(n.Submitted), EditedAt: instant(n.Edited),
		}
		switch v.State {
		case "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED":
		default:
			r.miss(what, "a review's state is %.40q", v.State)
		}
		switch {
		case v.ID == 0:
			r.miss(what, "a review has no number")
		case seen[v.ID]:
			r.miss(what, "GitHub gave review %d twice", v.ID)
			continue
		case v.SubmittedAt.IsZero():
			r.miss(what, "review %d has no time", v.ID)
		case !gitobject.IsFullID(v.Commit) || !gitobject.IsFullID(v.Tree):
			// GitHub does not know the commit any more, after a force push. Such a review
			// approves nothing, and an objection in it stands all the same.
			v.Commit, v.Tree = "", ""
		}
		seen[v.ID] = true
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b Review) int {
		return cmp.Or(a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.ID, b.ID))
	})
	return out
}

type threadNode struct {
	Resolved bool   `json:"isResolved"`
	Outdated bool   `json:"isOutdated"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Comments *connection[struct {
		Created *time.Time `json:"createdAt"`
		Author  *actorNode `json:"author"`
	}] `json:"comments"`
}

// threads takes the conversations, the oldest first.
func (r *reading) threads(nodes []*threadNode) []Thread {
	what := areas["reviewThreads"]
	type begun struct {
		Thread
		at time.Time
	}
	var list []begun
	for _, n := range nodes {
		t := begun{Thread: Thread{Path: n.Path, Line: n.Line, Resolved: n.Resolved, Outdated: n.Outdated}}
		if first, _ := n.Comments.whole(); len(first) > 0 {
			t.Author, t.at = r.actor(what, first[0].Author), instant(first[0].Created)
		} else {
			r.miss(what, "a conversation has no comment")
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b begun) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), compareActors(a.Author, b.Author),
			boolean(a.Resolved, b.Resolved), boolean(a.Outdated, b.Outdated))
	})
	var out []Thread
	for _, t := range list {
		out = append(out, t.Thread)
	}
	return out
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

type eventNode struct {
	Type     string     `json:"__typename"`
	At       *time.Time `json:"createdAt"`
	Actor    *actorNode `json:"actor"`
	Previous string     `json:"previousReviewState"`
	Review   struct {
		ID bigID `json:"fullDatabaseId"`
	} `json:"review"`
	Assignee *actorNode `json:"assignee"`
	After    *struct {
		ID string `json:"oid"`
	} `json:"afterCommit"`
}

var timelineKinds = map[string]TimelineKind{
	"ReviewDismissedEvent": TimelineDismissed, "HeadRefForcePushedEvent": TimelineForcePushed, "AssignedEvent": TimelineAssigned,
	"BaseRefChangedEvent": TimelineBaseChanged, "AutomaticBaseChangeSucceededEvent": TimelineBaseChanged,
}

// events takes the timeline, the oldest first.
func (r *reading) events(nodes []*eventNode) []TimelineEvent {
	what := areas["timelineItems"]
	var out []TimelineEvent
	for _, n := range nodes {
		e := TimelineEvent{Kind: timelineKinds[n.Type], Actor: r.actor(what, n.Actor), At: instant(n.At), Review: int64(n.Review.ID), Previous: n.Previous}
		if e.Kind == "" || e.At.IsZero() {
			r.miss(what, "GitHub gave an entry %.60q at %s", n.Type, e.At.Format(time.RFC3339))
			continue
		}
		if e.Kind == TimelineDismissed && (e.Review == 0 || e.Previous == "") {
			r.miss(what, "GitHub does not tell which review was dismissed")
		}
		if n.Assignee != nil {
			e.Who = r.actor(what, n.Assignee)
		}
		if n.After != nil {
			e.After = n.After.ID
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b TimelineEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Review, b.Review), compareActors(a.Actor, b.Actor),
			compareActors(a.Who, b.Who), cmp.Compare(a.After, b.After), cmp.Compare(a.Previous, b.Previous))
	})
	return out
}

type requestNode struct {
	Reviewer *actorNode `json:"requestedReviewer"`
}

// requests takes the users who are asked for a review now. False: some are hidden, who
// could be users or teams.
func (r *reading) requests(nodes []*requestNode) (users []Actor, whole bool) {
	whole = true
	for _, n := range nodes {
		switch {
		case n.Reviewer == nil:
			whole = false
		case n.Reviewer.Type == "Team":
			whole = whole && n.Reviewer.Slug != ""
		default:
			users = append(users, r.actor(areas["reviewRequests"], n.Reviewer))
		}
	}
	return distinct(users), whole
}

type labelNode struct {
	Name string `json:"name"`
}

func labelNames(nodes []*labelNode) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Name)
	}
	slices.Sort(out)
	return out
}

type suiteNode struct {
	Created *time.Time `json:"createdAt"`
}

// suites takes when GitHub made the check suites, the oldest first.
func (r *reading) suites(nodes []*suiteNode) []time.Time {
	var at []time.Time
	for _, n := range nodes {
		if n.Created == nil {
			r.miss(areas["checkSuites"], "a check suite has no time")
			continue
		}
		at = append(at, instant(n.Created))
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}
