package ghapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// listPage is how many entries of a list are asked for at once, the most that REST
// gives.
const listPage = 100

var (
	errMore   = errors.New("the list goes on after what is read of it")
	errNoList = errors.New("the answer holds no list")
)

// listPages reads a list of the REST API page by page, and gives each page to take.
// A list that goes on after the last page that may be read is [errMore].
func listPages[T any](ctx context.Context, c *Client, path string, query url.Values, most int, take func(*T) error) error {
	for range most {
		page := new(T)
		r, err := c.get(ctx, path, query, page)
		if err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
		if r.Next == "" {
			return nil
		}
		query.Set("page", r.Next)
	}
	return errMore
}

// counted compares GitHub's count of a list with what came of it.
func counted(total, listed int) error {
	if total != listed {
		return fmt.Errorf("GitHub counts %d and lists %d", total, listed)
	}
	return nil
}
