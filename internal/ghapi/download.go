package ghapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// DownloadArtifact reads the zip file of an artifact, of at most limit bytes. What is
// in it is for the caller to bound again.
func (c *Client) DownloadArtifact(ctx context.Context, repo Repository, id, limit int64) ([]byte, error) {
	path, err := repoPath(repo, "/actions/artifacts/"+strconv.FormatInt(id, 10)+"/zip")
	if err != nil {
		return nil, err
	}
	zip, err := c.download(ctx, path, limit)
	if err != nil {
		return nil, fmt.Errorf("download artifact %d of %s: %w", id, repo, err)
	}
	return zip, nil
}

// download reads content of at most limit bytes that the API keeps elsewhere, such as
// an artifact. The API answers with a place, whose address is a credential of its
// own for a minute. It is asked once, without ours, by https, and no further
// redirect is followed; its address never comes into an error.
func (c *Client) download(ctx context.Context, path string, limit int64) ([]byte, error) {
	if limit <= 0 || limit > maxDownload {
		return nil, fmt.Errorf("GET %s: a download of at most %d bytes is none", quotePath(path), limit)
	}
	u, err := c.resolve(path, nil)
	if err != nil {
		return nil, err
	}
	q := request{kind: kindDownload, method: http.MethodGet, path: path, url: u, limit: limit}
	a, err := c.do(ctx, q)
	if err != nil {
		return nil, err
	}
	if redirects(a.status) {
		if q.url, err = c.store(q, a); err != nil {
			return nil, err
		}
		q.bare = true
		if a, err = c.do(ctx, q); err != nil {
			return nil, fmt.Errorf("ask its store: %w", err)
		}
	}
	if a.status != http.StatusOK {
		return nil, &StatusError{Status: a.status, Method: q.method, Path: path, Message: "an answer that was not expected"}
	}
	return a.body, nil
}

// maxDownload bounds what any caller may ask for.
const maxDownload = 1 << 30

// store reads where the API says that content is kept.
func (c *Client) store(q request, a *answer) (*url.URL, error) {
	u, err := q.url.Parse(a.header.Get("Location"))
	if err == nil && a.header.Get("Location") != "" && u.User == nil && u.Hostname() != "" {
		u.Fragment = ""
		// Only where the API itself is a test's server is its store one.
		if u.Scheme == "https" || u.Scheme == "http" && c.base.Scheme == "http" && loopback(u.Hostname()) {
			return u, nil
		}
	}
	return nil, &StatusError{Status: a.status, Method: q.method, Path: q.path, Message: "it is kept at no place that is asked"}
}
