package ghapi

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Push is a push to a branch, as the repository's activity shows it. It is GitHub's
// own record: of who pushed, no commit says anything.
type Push struct {
	Actor         Actor
	Before, After string // After is empty when the branch was deleted
	At            time.Time
}

const (
	activityPage  = 100
	activityPages = 5
)

// Pushes lists who pushed to a branch, the newest first and back to the push that
// brought the first of these commits. It does not stop where the branch was made: one
// that is deleted and made again has the same commits, by the same people.
func (c *Client) Pushes(ctx context.Context, repo Repository, branch string, commits []string) ([]Push, error) {
	var all []Push
	last := -1 // of those that brought one of the commits
	q := url.Values{"ref": {"refs/heads/" + branch}, "per_page": {strconv.Itoa(activityPage)}}
	for page := 1; ; page++ {
		var list []struct {
			Before    string    `json:"before"`
			After     string    `json:"after"`
			Timestamp time.Time `json:"timestamp"`
			Type      string    `json:"activity_type"`
			Actor     *struct {
				ID    int64  `json:"id"`
				Login string `json:"login"`
				Type  string `json:"type"`
			} `json:"actor"`
		}
		r, err := c.get(ctx, "/repos/"+url.PathEscape(repo.Owner)+"/"+url.PathEscape(repo.Name)+"/activity", q, &list)
		if err != nil {
			return nil, fmt.Errorf("read the activity of %s: %w", repo, err)
		}
		found := false
		for _, e := range list {
			p := Push{Before: e.Before, After: e.After, At: e.Timestamp}
			if e.Actor != nil {
				p.Actor = Actor{ID: e.Actor.ID, Login: e.Actor.Login, Type: e.Actor.Type}
			}
			if e.Type == "branch_deletion" {
				p.After = ""
			}
			all = append(all, p)
			if slices.Contains(commits, p.After) {
				last, found = len(all)-1, true
			}
		}
		switch {
		case r.Next == "":
			return all[:last+1], nil
		case page == activityPages && found:
			// There may be more of this change, and who is left out could be the one who
			// matters.
			return nil, fmt.Errorf("read the activity of %s: more than %d pushes to the branch", repo, activityPage*activityPages)
		case page == activityPages:
			return all[:last+1], nil
		}
		q.Set("after", r.Next)
	}
}
