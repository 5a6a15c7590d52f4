package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/claw-verified/claw-verified/internal/redact"
)

// maxHops is how many redirects of a renamed repository are followed.
const maxHops = 3

// response is what a caller may want of an answer beside its body.
type response struct {
	// Next is the number of the next page, or its cursor ("after") where pages have
	// none; empty on the last one.
	Next string
}

// get reads a path below the API's base, such as "/repos/acme/infra/compare/a...b",
// whose parts the caller has escaped. What was read before is asked for with a
// condition; that it is unchanged is GitHub's word each time, never ours.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) (response, error) {
	u, err := c.resolve(path, query)
	if err != nil {
		return response{}, err
	}
	key := c.answerKey(u.String())
	q := request{kind: kindREST, method: http.MethodGet, path: path, url: u, limit: maxAnswer}
	held, known := c.cache.find(key)
	if known {
		q.etag = held.etag
	}
	var r response
	q.read = func(a *answer) error {
		switch {
		case a.status == http.StatusOK:
			next, err := nextPage(a.header)
			if err != nil {
				return err
			}
			if err := decode(a.body, out); err != nil {
				return err
			}
			r = response{Next: next}
			if etag := a.header.Get("ETag"); etag != "" {
				c.cache.put(&item{key: key, body: a.body, etag: etag, next: next})
			}
			return nil
		case a.status == http.StatusNotModified && known:
			c.note(ctx, func(s *Stats) { s.NotModified++ })
			r = response{Next: held.next}
			return decode(held.body, out)
		case redirects(a.status):
			return nil
		}
		return &StatusError{Status: a.status, Method: q.method, Path: path, Message: "an answer that was not expected"}
	}
	for range maxHops + 1 {
		a, err := c.do(ctx, q)
		if err != nil {
			return response{}, err
		}
		if !redirects(a.status) {
			return r, nil
		}
		if q.url, err = c.follow(q, a); err != nil {
			return response{}, err
		}
	}
	return response{}, &StatusError{Status: http.StatusMovedPermanently, Method: q.method, Path: path, Message: "redirects go on"}
}

func redirects(status int) bool {
	return status == http.StatusMovedPermanently || status == http.StatusFound || status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
}

// follow finds where a redirect of the API leads: to the same host, below the same
// base, or nowhere. The credential goes with it.
func (c *Client) follow(q request, a *answer) (*url.URL, error) {
	place := a.header.Get("Location")
	u, err := q.url.Parse(place)
	if err != nil || place == "" || u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil || !strings.HasPrefix(u.Path, c.base.Path+"/") || dotted(u.EscapedPath()) {
		return nil, &StatusError{Status: a.status, Method: q.method, Path: q.path, Message: "redirects out of the API"}
	}
	u.Fragment = ""
	return u, nil
}

// send writes. It is never repeated after an answer, or when one may have been lost.
// An error that is [ErrLost] leaves open whether it was done.
func (c *Client) send(ctx context.Context, method, path string, body, out any) error {
	u, err := c.resolve(path, nil)
	if err != nil {
		return err
	}
	q := request{kind: kindWrite, method: method, path: path, url: u, limit: maxAnswer}
	if body != nil {
		if q.body, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s %s: write the request: %w", method, quotePath(path), err)
		}
	}
	q.read = func(a *answer) error {
		if a.status >= http.StatusMultipleChoices {
			return &StatusError{Status: a.status, Method: method, Path: path, Message: "a redirect, which is not followed to write"}
		}
		return decode(a.body, out)
	}
	_, err = c.do(ctx, q)
	return err
}

// decode reads a body that is one JSON value and nothing else. Null is none: it
// would leave out as it was, and an empty list is not what GitHub said.
func decode(body []byte, out any) error {
	if out == nil {
		return nil
	}
	if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return errors.New("it is null")
	}
	err := json.Unmarshal(body, out)
	var syntax *json.SyntaxError
	if err != nil && !errors.As(err, &syntax) {
		// A number or a time that does not fit is quoted whole in the error.
		return errors.New(bounded(redact.Visible(err.Error()), maxMessage))
	}
	return err
}

// nextPage reads the number of the next page from the Link header. The address in it
// is never asked for, only its page is. One that says that there is a next page but
// not which is an error, or the rest would be missed.
func nextPage(h http.Header) (string, error) {
	for rest := strings.Join(h.Values("Link"), ","); ; {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			return "", nil
		}
		address, after, ok := strings.Cut(after, ">")
		if !ok {
			return "", errors.New("its Link header is cut")
		}
		// Parameters end where the next address begins; none of them holds a "<".
		params := after
		if i := strings.IndexByte(after, '<'); i >= 0 {
			params = after[:i]
		}
		rest = after
		if !isNext(params) {
			continue
		}
		u, err := url.Parse(address)
		if err != nil {
			return "", errors.New("its next page has no address")
		}
		q := u.Query()
		for _, name := range []string{"page", "after", "cursor"} {
			if v := q.Get(name); v != "" && len(v) <= 1000 {
				return v, nil
			}
		}
		return "", errors.New("its next page has no number")
	}
}

func isNext(params string) bool {
	for p := range strings.FieldsFuncSeq(params, func(r rune) bool { return r == ';' || r == ',' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
