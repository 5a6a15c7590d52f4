package ghapi

import (
	"cmp"
	"slices"
	"strings"
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
	CanPush   bool       `json:"authorCanPushToRepository"`
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
			Body: n.Body, SubmittedAt: instant(n.Submitted), EditedAt: instant(n.Edited), CanPush: n.CanPush,
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
	Reviewer *actorNode `json:"requestedReviewer"`
	Assignee *actorNode `json:"assignee"`
	Before   *struct {
		ID string `json:"oid"`
	} `json:"beforeCommit"`
	After *struct {
		ID string `json:"oid"`
	} `json:"afterCommit"`
}

var timelineKinds = map[string]TimelineKind{
	"ReviewDismissedEvent": TimelineDismissed, "ReviewRequestedEvent": TimelineRequested, "ReviewRequestRemovedEvent": TimelineRequestGone,
	"HeadRefForcePushedEvent": TimelineForcePushed, "BaseRefChangedEvent": TimelineBaseChanged, "AssignedEvent": TimelineAssigned,
	"ReopenedEvent": TimelineReopened, "AutomaticBaseChangeSucceededEvent": TimelineBaseChanged,
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
		who := n.Reviewer
		if e.Kind == TimelineAssigned {
			who = n.Assignee
		}
		if who != nil && who.Type != "Team" {
			e.Who = r.actor(what, who)
		}
		if n.Before != nil {
			e.Before = n.Before.ID
		}
		if n.After != nil {
			e.After = n.After.ID
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b TimelineEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Review, b.Review), compareActors(a.Actor, b.Actor),
			compareActors(a.Who, b.Who), cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After), cmp.Compare(a.Previous, b.Previous))
	})
	return out
}

type requestNode struct {
	Reviewer *actorNode `json:"requestedReviewer"`
}

// requests takes those who are asked for a review now. False: some are hidden.
func (r *reading) requests(nodes []*requestNode) (users []Actor, teams []string, whole bool) {
	whole = true
	for _, n := range nodes {
		switch {
		case n.Reviewer == nil:
			whole = false
		case n.Reviewer.Type == "Team":
			teams = append(teams, n.Reviewer.Slug)
			whole = whole && n.Reviewer.Slug != ""
		default:
			users = append(users, r.actor(areas["reviewRequests"], n.Reviewer))
		}
	}
	slices.Sort(teams)
	return distinct(users), slices.Compact(teams), whole
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
	App     *struct {
		ID bigID `json:"databaseId"`
	} `json:"app"`
	Runs *connection[struct {
		ID         bigID      `json:"databaseId"`
		Name       string     `json:"name"`
		External   string     `json:"externalId"`
		Status     string     `json:"status"`
		Conclusion string     `json:"conclusion"`
		Started    *time.Time `json:"startedAt"`
	}] `json:"checkRuns"`
}

// suites takes when GitHub made the check suites, and the check runs of one name.
func (r *reading) suites(nodes []*suiteNode, check string) (at []time.Time, runs []CheckRun) {
	for _, n := range nodes {
		if n.Created == nil {
			r.miss(areas["checkSuites"], "a check suite has no time")
			continue
		}
		at = append(at, instant(n.Created))
		if check == "" {
			continue
		}
		list, all := n.Runs.whole()
		for _, c := range list {
			run := CheckRun{
				ID: int64(c.ID), Name: c.Name, ExternalID: c.External, StartedAt: instant(c.Started),
				Status: strings.ToLower(c.Status), Conclusion: strings.ToLower(c.Conclusion),
			}
			if n.App != nil {
				run.AppID = int64(n.App.ID)
			}
			all = all && run.ID != 0
			runs = append(runs, run)
		}
		if !all {
			r.miss(areas["checkRuns"], "GitHub did not give all that are called %.120q", check)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	slices.SortFunc(runs, func(a, b CheckRun) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.ExternalID, b.ExternalID), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Conclusion, b.Conclusion), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Name, b.Name))
	})
	return at, runs
}
