package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/claw-verified/claw-verified/internal/version"
)

const (
	maxAnswer    = 32 << 20 // bytes of an answer in JSON
	maxRefusal   = 64 << 10 // bytes read of an answer that refuses
	maxRepeats   = 2
	firstPause   = 250 * time.Millisecond
	callTime     = 2 * time.Minute // for one request and its answer
	downloadTime = 15 * time.Minute
)

// request is one call, which may be sent several times.
type request struct {
	kind   kind
	method string
	path   string // for errors
	url    *url.URL
	body   []byte
	etag   string
	limit  int64
	bare   bool // without the credential, to another host
	// read takes an answer of 2xx or 3xx. An error of JSON's syntax is taken as a cut
	// answer, and asked for again.
	read func(*answer) error

	secret string // what was sent as credential, so that no error holds it
}

func (q *request) scrub(s string) string {
	if q.secret == "" {
		return s
	}
	return strings.ReplaceAll(s, q.secret, "***")
}

// answer is one that came whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// notSentError is a failure before anything could be sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// do sends a request until there is an answer, as often as is safe.
func (c *Client) do(ctx context.Context, q request) (*answer, error) {
	waited := time.Duration(0)
	for try := 0; ; try++ {
		a, err := c.once(ctx, &q, try > 0)
		if err == nil && q.read != nil {
			if err = q.read(a); err != nil {
				err = q.wrong(err)
			}
		}
		if err == nil {
			return a, nil
		}
		if try == maxRepeats {
			return nil, err
		}
		wait, ok := c.again(q.kind, err, try, waited)
		if !ok {
			return nil, err
		}
		var limit *RateLimitError
		if errors.As(err, &limit) {
			waited += wait
		}
		if sleep(ctx, wait) != nil {
			return nil, err
		}
	}
}

// wrong makes the error of an answer that came but cannot be used. What a write did
// is then not known.
func (q *request) wrong(err error) error {
	var typed *RateLimitError
	if errors.As(err, &typed) {
		return err
	}
	if q.kind == kindWrite {
		err = fmt.Errorf("%w: %w", ErrLost, err)
	}
	return fmt.Errorf("%s %s: read the answer: %w", q.method, quotePath(q.path), err)
}

// again says whether a call may be sent once more after err, and how long to wait
// before. A write may only when nothing of it was sent.
func (c *Client) again(k kind, err error, try int, waited time.Duration) (time.Duration, bool) {
	pause := c.pause << try
	pause = pause/2 + rand.N(pause) //nolint:gosec // spreads load, hides nothing
	var unsent *notSentError
	if errors.As(err, &unsent) {
		return pause, true
	}
	if k == kindWrite || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBudget) {
		return 0, false
	}
	var limit *RateLimitError
	if errors.As(err, &limit) {
		wait := limit.Wait(time.Now())
		return wait, waited+wait <= c.maxWait
	}
	var status *StatusError
	if errors.As(err, &status) {
		return pause, status.Status == http.StatusBadGateway || status.Status == http.StatusServiceUnavailable || status.Status == http.StatusGatewayTimeout
	}
	return pause, broken(err)
}

// broken reports whether err is of a connection that ended early, or of an answer
// that was cut.
func broken(err error) bool {
	var syntax *json.SyntaxError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.As(err, &syntax) {
		return true
	}
	// HTTP/2 has its own words for it, in types that net/http does not export.
	s := err.Error()
	return strings.Contains(s, "stream error: stream ID") || strings.Contains(s, "server sent GOAWAY") || strings.Contains(s, "server closed idle connection")
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once sends a request once. An answer of 4xx or 5xx is an error.
func (c *Client) once(ctx context.Context, q *request, again bool) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", q.method, quotePath(q.path), err)
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s %s: %w", q.method, quotePath(q.path), ctx.Err())
	}
	limit := callTime
	if q.kind == kindDownload {
		limit = downloadTime
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, q.url.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: not a request", q.method, quotePath(q.path))
	}
	req.Header.Set("User-Agent", "claw-verified/"+version.String())
	if !q.bare {
		if q.secret, err = c.auth.get(ctx); err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+q.secret)
		req.Header.Set("Accept", "application/vnd.github+json")
		req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	}
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.etag != "" {
		req.Header.Set("If-None-Match", q.etag)
	}
	if err := c.spend(ctx, q.kind, again); err != nil {
		return nil, fmt.Errorf("%s %s: %w", q.method, quotePath(q.path), err)
	}
	return c.exchange(req, q)
}

// exchange sends what was prepared and reads what comes. It goes past http.Client,
// which would follow redirects, keep cookies, and put whole addresses into errors.
func (c *Client) exchange(req *http.Request, q *request) (*answer, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" && req.Context().Err() == nil {
			err = &notSentError{err}
		} else if q.kind == kindWrite {
			err = fmt.Errorf("%w: %w", ErrLost, err)
		}
		return nil, fmt.Errorf("%s %s: %w", q.method, quotePath(q.path), err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // it refuses, whatever it says
		c.note(req.Context(), func(s *Stats) { s.Bytes += int64(len(body)) })
		if resp.StatusCode == http.StatusUnauthorized && !q.bare {
			c.auth.forget(q.secret)
		}
		err := refusal(q, resp.StatusCode, resp.Header, body)
		if q.kind == kindWrite && resp.StatusCode >= http.StatusInternalServerError {
			err = fmt.Errorf("%w: %w", ErrLost, err)
		}
		return nil, err
	}
	body, err := readBody(resp, q.limit)
	c.note(req.Context(), func(s *Stats) { s.Bytes += int64(len(body)) })
	if err != nil {
		return nil, q.wrong(err)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// readBody reads a body of at most limit bytes, whole.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, resp.ContentLength, limit)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("%w: at most %d bytes are read", ErrTooLarge, limit)
	case resp.ContentLength >= 0 && int64(len(body)) != resp.ContentLength && resp.StatusCode != http.StatusNotModified:
		return nil, io.ErrUnexpectedEOF
	}
	return body, nil
}
