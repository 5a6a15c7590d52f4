package ghapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Push is a push to a branch, as the repository's activity shows it. It is GitHub's
// own record: of who pushed, no commit says anything.
type Push struct {
	Actor         Actor
	Before, After string
	At            time.Time
	Forced        bool
}

const (
	activityPage  = 100
	activityPages = 5 // of one branch
)

// Pushes lists who pushed to a branch since it was last made, the newest first. More
// than can be listed is an error: who is left out could be the one who matters.
func (c *Client) Pushes(ctx context.Context, repo Repository, branch string) ([]Push, error) {
	var out []Push
	q := url.Values{"ref": {"refs/heads/" + branch}, "per_page": {strconv.Itoa(activityPage)}}
	for range activityPages {
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
		for _, e := range list {
			p := Push{Before: e.Before, After: e.After, At: e.Timestamp, Forced: e.Type == "force_push"}
			if e.Actor != nil {
				p.Actor = Actor{ID: e.Actor.ID, Login: e.Actor.Login, Type: e.Actor.Type}
			}
			switch e.Type {
			case "branch_deletion":
				return out, nil
			case "branch_creation":
				return append(out, p), nil
			}
			out = append(out, p)
		}
		if r.Next == "" {
			return out, nil
		}
		q.Set("after", r.Next)
	}
	return nil, fmt.Errorf("read the activity of %s: more than %d pushes to the branch", repo, activityPage*activityPages)
}
