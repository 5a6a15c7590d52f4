package ghapi

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// Suites are when GitHub made the check suites of a commit, the first hundred of them.
// It makes one for each app that listens when a commit arrives, by its own clock.
func (c *Client) Suites(ctx context.Context, repo Repository, commit string) ([]time.Time, error) {
	var answer struct {
		Suites []struct {
			CreatedAt time.Time `json:"created_at"`
		} `json:"check_suites"`
	}
	path := "/repos/" + url.PathEscape(repo.Owner) + "/" + url.PathEscape(repo.Name) + "/commits/" + url.PathEscape(commit) + "/check-suites"
	if _, err := c.get(ctx, path, url.Values{"per_page": {"100"}}, &answer); err != nil {
		return nil, fmt.Errorf("read the check suites of %.40s: %w", commit, err)
	}
	var out []time.Time
	for _, s := range answer.Suites {
		if !s.CreatedAt.IsZero() {
			out = append(out, s.CreatedAt)
		}
	}
	return out, nil
}
