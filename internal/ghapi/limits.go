package ghapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What an error can be asked for with errors.Is.
var (
	// ErrNotFound: no such thing, or this credential may not see it. GitHub does not
	// tell one from the other.
	ErrNotFound = errors.New("not found")
	// ErrForbidden: the credential may not do this. Not for a limit of calls.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthorized: the credential is not valid, or not any more.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrBudget: an evaluation has made all the calls it may.
	ErrBudget = errors.New("all the calls of one evaluation are spent")
	// ErrTooLarge: an answer is longer than what is read of one.
	ErrTooLarge = errors.New("the answer is too long")
	// ErrLost: something was sent, and what became of it is not known.
	ErrLost = errors.New("whether it was done is not known")
)

// StatusError is an answer that refuses. Its text is bounded.
type StatusError struct {
	Status  int
	Method  string
	Path    string // below the API's base, without the query
	Message string // what the answer says; foreign text
}

func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s %s: status %d", e.Method, quotePath(e.Path), e.Status)
	if e.Message != "" {
		s += fmt.Sprintf(": %q", e.Message)
	}
	return s
}

// Is makes [ErrNotFound], [ErrForbidden] and [ErrUnauthorized] of a status.
func (e *StatusError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound || e.Status == http.StatusGone
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	}
	return false
}

// RateLimitError says that GitHub takes no more calls for a while.
type RateLimitError struct {
	// Primary is the hourly number of calls, of which none is left. The others, which
	// GitHub calls secondary, are about too many at once.
	Primary bool
	Status  int // 403, 429, or 200 of GraphQL
	// Reset is when the primary limit begins anew, by GitHub's clock; zero when it did
	// not say.
	Reset time.Time
	// RetryAfter is how long GitHub asks to wait; zero when it did not say.
	RetryAfter time.Duration
	Method     string
	Path       string
}

func (e *RateLimitError) Error() string {
	which := "secondary"
	if e.Primary {
		which = "primary"
	}
	s := fmt.Sprintf("%s %s: status %d: the %s limit of calls is reached", e.Method, quotePath(e.Path), e.Status, which)
	switch {
	case e.RetryAfter > 0:
		s += fmt.Sprintf(", come again after %s", e.RetryAfter)
	case !e.Reset.IsZero():
		s += ", come again at " + e.Reset.UTC().Format(time.RFC3339)
	}
	return s
}

// Wait is how long to wait, seen from now. GitHub's advice for a limit that does not
// say is a minute.
func (e *RateLimitError) Wait(now time.Time) time.Duration {
	wait := e.RetryAfter
	if e.Primary && !e.Reset.IsZero() {
		// The reset has full seconds, and two clocks are involved.
		wait = max(wait, e.Reset.Sub(now)+time.Second)
	}
	if wait <= 0 && (e.Reset.IsZero() || !e.Primary) {
		wait = time.Minute
	}
	return max(wait, time.Second)
}

// refusal makes an error of an answer that is none of 2xx and 3xx.
func refusal(q *request, status int, h http.Header, body []byte) error {
	var said struct {
		Message string          `json:"message"`
		Link    string          `json:"documentation_url"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		// A gateway's page, a proxy's, a cut answer: nothing in it is GitHub's word.
		said.Message, said.Link, said.Errors = "", "", nil
	}
	if status == http.StatusForbidden || status == http.StatusTooManyRequests {
		if e := limited(h, said.Message, said.Link); e != nil || status == http.StatusTooManyRequests {
			if e == nil {
				e = new(RateLimitError)
			}
			e.Status, e.Method, e.Path = status, q.method, q.path
			return e
		}
	}
	message := said.Message
	if len(said.Errors) > 0 && string(said.Errors) != "null" {
		// The message of a 422 is "Validation Failed"; what failed is only in here.
		message += " " + string(said.Errors)
	}
	return &StatusError{Status: status, Method: q.method, Path: q.path, Message: bounded(q.scrub(message), maxMessage)}
}

// limited reads what an answer says about limits of calls. Nil: nothing.
func limited(h http.Header, message, link string) *RateLimitError {
	message = strings.ToLower(message)
	e := &RateLimitError{}
	secondary := strings.Contains(message, "secondary rate limit") || strings.Contains(message, "abuse detection") ||
		strings.HasSuffix(link, "secondary-rate-limits") || strings.HasSuffix(link, "#abuse-rate-limits")
	e.Primary = h.Get("X-RateLimit-Remaining") == "0" && !secondary
	after := h.Get("Retry-After")
	if !e.Primary && !secondary && after == "" && !strings.HasPrefix(message, "api rate limit exceeded") {
		return nil
	}
	// A number that cannot be is as good as none: nothing waits for years.
	if n, err := strconv.ParseInt(after, 10, 64); err == nil && n > 0 && n <= maxPause {
		e.RetryAfter = time.Duration(n) * time.Second
	}
	if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil && n > 0 && n < 1<<40 {
		e.Reset = time.Unix(n, 0).UTC()
	}
	return e
}

const (
	maxPause   = 24 * 60 * 60 // seconds that a Retry-After is believed
	maxMessage = 300          // bytes of what an answer says that go into an error
)

// bounded cuts s to at most n bytes, between characters.
func bounded(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:max(n, 0)] + "…"
}

// quotePath shows a path, in which foreign names are, on one line.
func quotePath(p string) string {
	p = bounded(p, 200)
	for _, b := range []byte(p) {
		if b <= ' ' || b >= 0x7f || b == '"' {
			return strconv.QuoteToASCII(p)
		}
	}
	return p
}
