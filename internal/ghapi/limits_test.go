package ghapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTypedErrors(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(10 * time.Minute).Truncate(time.Second).UTC()
	at := strconv.FormatInt(reset.Unix(), 10)
	for _, c := range []struct {
		name    string
		status  int
		headers []string
		body    string
		primary bool
		limit   bool
		after   time.Duration
		reset   bool
		is      error
	}{
		{"primary 403", 403, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at}, `{"message":"API rate limit exceeded for installation ID 1."}`, true, true, 0, true, nil},
		{"primary 429", 429, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", at}, ``, true, true, 0, true, nil},
		{"secondary 403 with a time", 403, []string{"Retry-After", "30"}, `{"message":"You have exceeded a secondary rate limit."}`, false, true, 30 * time.Second, false, nil},
		{"secondary 429 with a time", 429, []string{"Retry-After", "30"}, ``, false, true, 30 * time.Second, false, nil},
		{"secondary by its message", 403, nil, `{"message":"You have exceeded a secondary rate limit. Please wait"}`, false, true, 0, false, nil},
		{"secondary by its link", 403, nil, `{"message":"no","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`, false, true, 0, false, nil},
		{"abuse", 403, nil, `{"message":"You have triggered an abuse detection mechanism."}`, false, true, 0, false, nil},
		{"secondary while the hour is spent", 403, []string{"X-RateLimit-Remaining", "0", "Retry-After", "5"}, `{"message":"You have exceeded a secondary rate limit"}`, false, true, 5 * time.Second, false, nil},
		{"429 that says nothing", 429, nil, `<html>`, false, true, 0, false, nil},
		{"a wait of years is none", 429, []string{"Retry-After", "99999999999"}, ``, false, true, 0, false, nil},
		{"a wait that is no number", 429, []string{"Retry-After", "soon"}, ``, false, true, 0, false, nil},
		{"forbidden", 403, []string{"X-RateLimit-Remaining", "4999"}, `{"message":"Resource not accessible by integration"}`, false, false, 0, false, ErrForbidden},
		{"forbidden without a word", 403, nil, ``, false, false, 0, false, ErrForbidden},
		{"not found", 404, nil, `{"message":"Not Found"}`, false, false, 0, false, ErrNotFound},
		{"gone", 410, nil, `{"message":"Gone"}`, false, false, 0, false, ErrNotFound},
		{"unauthorized", 401, nil, `{"message":"Bad credentials"}`, false, false, 0, false, ErrUnauthorized},
		{"invalid", 422, nil, `{"message":"Validation Failed","errors":[{"field":"head_sha"}]}`, false, false, 0, false, nil},
		{"a 404 is never a limit", 404, []string{"X-RateLimit-Remaining", "0"}, `{}`, false, false, 0, false, ErrNotFound},
		{"server error", 500, nil, `{"message":"oops"}`, false, false, 0, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			cl := carried(t, func(*http.Request) (*http.Response, error) {
				calls++
				return reply(c.status, c.body, c.headers...), nil
			})
			_, err := cl.get(t.Context(), "/repos/acme/infra", map[string][]string{"secret": {"geheim"}}, nil)
			var limit *RateLimitError
			if errors.As(err, &limit) != c.limit {
				t.Fatalf("got %v", err)
			}
			if c.limit {
				if limit.Primary != c.primary || limit.RetryAfter != c.after || limit.Status != c.status || c.reset != limit.Reset.Equal(reset) {
					t.Errorf("got %+v", limit)
				}
				for _, is := range []error{ErrForbidden, ErrNotFound, ErrUnauthorized} {
					if errors.Is(err, is) {
						t.Errorf("a limit is %v", is)
					}
				}
			}
			for _, is := range []error{ErrForbidden, ErrNotFound, ErrUnauthorized} {
				if errors.Is(err, is) != errors.Is(c.is, is) {
					t.Errorf("%v: is %v: %v", err, is, errors.Is(err, is))
				}
			}
			if !c.limit {
				var s *StatusError
				if !errors.As(err, &s) || s.Status != c.status || s.Method != http.MethodGet || s.Path != "/repos/acme/infra" {
					t.Errorf("got %#v", err)
				}
			}
			if calls != 1 {
				t.Errorf("%d calls", calls)
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the query is in %v", err)
			}
		})
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	for _, c := range []struct {
		e    RateLimitError
		want time.Duration
	}{
		{RateLimitError{}, time.Minute},
		{RateLimitError{Primary: true}, time.Minute},
		{RateLimitError{RetryAfter: 5 * time.Second}, 5 * time.Second},
		{RateLimitError{Primary: true, Reset: now.Add(10 * time.Second)}, 11 * time.Second},
		{RateLimitError{Primary: true, Reset: now.Add(10 * time.Second), RetryAfter: time.Minute}, time.Minute},
		{RateLimitError{Primary: true, Reset: now.Add(-time.Hour)}, time.Second},
		{RateLimitError{Reset: now.Add(time.Hour)}, time.Minute}, // of the hour, not of what is limited
	} {
		if got := c.e.Wait(now); got != c.want {
			t.Errorf("%+v: %s, want %s", c.e, got, c.want)
		}
	}
}

// P30: what a refusal says is bounded, on one line, and never holds the credential.
func TestP30ErrorsTellNoSecretAndNoBody(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, body := range []string{
		`{"message":"your token is ` + testToken + `"}`,
		`{"message":"` + long + `"}`,
		`{"message":"a\nb\u001b[2J::error::forged"}`,
		`{"message":"no","errors":["` + long + `"]}`,
		long,
		`<html>` + testToken + `</html>`,
	} {
		c := carried(t, func(*http.Request) (*http.Response, error) { return reply(400, body), nil })
		_, err := c.get(t.Context(), "/repos/acme/infra", nil, nil)
		if err == nil || len(err.Error()) > 700 || strings.Contains(err.Error(), testToken) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("got %v", err)
		}
	}
	for _, body := range []string{`{"n":"` + long + `"}`, `{"n":` + strings.Repeat("9", 10_000) + `}`, `{"t":"` + long + `"}`} {
		c := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, body), nil })
		var out struct {
			N int
			T time.Time
		}
		if _, err := c.get(t.Context(), "/x", nil, &out); err == nil || len(err.Error()) > 700 {
			t.Errorf("got %.1000v", err)
		}
	}
	c := carried(t, func(*http.Request) (*http.Response, error) { return nil, errors.New("tls: bad certificate") })
	if _, err := c.get(t.Context(), "/x", map[string][]string{"q": {"geheim"}}, nil); err == nil || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), "GET /x: tls") {
		t.Errorf("got %v", err)
	}
	e := &StatusError{Status: 404, Method: "GET", Path: "/repos/a/b/contents/x\n::error::" + long}
	if s := e.Error(); strings.Contains(s, "\n") || len(s) > 500 {
		t.Errorf("got %q", s)
	}
}

func TestAnswersThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resp func() *http.Response
		want string
		is   error
	}{
		"empty":           {func() *http.Response { return reply(200, ``) }, "unexpected end", nil},
		"no content":      {func() *http.Response { return reply(204, ``) }, "not expected", nil},
		"accepted":        {func() *http.Response { return reply(202, `{}`) }, "not expected", nil},
		"partial":         {func() *http.Response { return reply(206, `[]`) }, "not expected", nil},
		"cut":             {func() *http.Response { return reply(200, `[{"id":1},`) }, "unexpected end", nil},
		"trailing":        {func() *http.Response { return reply(200, `[] []`) }, "after top-level", nil},
		"null":            {func() *http.Response { return reply(200, " null\n") }, "null", nil},
		"HTML":            {func() *http.Response { return reply(200, `<html>`) }, "invalid character", nil},
		"another type":    {func() *http.Response { return reply(200, `{"id":1}`) }, "cannot unmarshal", nil},
		"not modified":    {func() *http.Response { return reply(304, ``) }, "not expected", nil},
		"shorter":         {func() *http.Response { r := reply(200, `[]`); r.ContentLength = 3; return r }, "unexpected EOF", io.ErrUnexpectedEOF},
		"declared longer": {func() *http.Response { r := reply(200, `[]`); r.ContentLength = maxAnswer + 1; return r }, "too long", ErrTooLarge},
		"longer": {func() *http.Response {
			r := reply(200, `["`+strings.Repeat("x", maxAnswer)+`"]`)
			r.ContentLength = -1
			return r
		}, "too long", ErrTooLarge},
		"next without a number": {func() *http.Response {
			return reply(200, `[]`, "Link", `<https://api.github.com/x?per_page=1>; rel="next"`)
		}, "next page", nil},
		"a link that is cut": {func() *http.Response { return reply(200, `[]`, "Link", `<https://api.github.com/x?page=2`) }, "cut", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := carried(t, func(*http.Request) (*http.Response, error) { return c.resp(), nil })
			var out []struct{ ID int }
			_, err := cl.get(t.Context(), "/x", nil, &out)
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v", err)
			}
			if len(out) != 0 {
				t.Errorf("a part was read: %v", out)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	calls := 0
	c := carried(t, func(r *http.Request) (*http.Response, error) {
		calls++
		if r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "graphql") {
			return reply(201, `{}`), nil
		}
		return reply(200, `{"data":{"rateLimit":{"cost":3}}}`), nil
	}, func(cfg *Config) { cfg.MaxCalls = 3 })
	ctx, meter := c.Evaluation(t.Context())
	for range 2 {
		if _, err := c.get(ctx, "/x", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.graphql(ctx, "query{x}", nil, nil); err != nil {
		t.Fatal(err)
	}
	before := c.Stats()
	for _, f := range []func() error{
		func() error { _, err := c.get(ctx, "/x", nil, nil); return err },
		func() error { _, err := c.graphql(ctx, "query{x}", nil, nil); return err },
		func() error { _, err := c.download(ctx, "/x", 10); return err },
	} {
		if err := f(); !errors.Is(err, ErrBudget) || !strings.Contains(fmt.Sprint(err), "3") {
			t.Errorf("got %v", err)
		}
	}
	if calls != 3 || c.Stats() != before {
		t.Errorf("%d calls", calls)
	}
	if err := c.send(ctx, "POST", "/x", nil, nil); err != nil {
		t.Errorf("the outcome cannot be told any more: %v", err)
	}
	if s := meter.Stats(); s.REST != 2 || s.GraphQL != 1 || s.Writes != 1 || s.Cost != 3 || s.Bytes == 0 {
		t.Errorf("stats %+v", s)
	}
	if d := c.Stats().Sub(before); d.Writes != 1 || d.Calls() != 1 {
		t.Errorf("difference %+v", d)
	}
	// Another evaluation has its own.
	ctx, _ = c.Evaluation(t.Context())
	if _, err := c.get(ctx, "/x", nil, nil); err != nil {
		t.Error(err)
	}
	// Without one there is one for all.
	for range 3 {
		if _, err := c.get(t.Context(), "/x", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.get(t.Context(), "/x", nil, nil); !errors.Is(err, ErrBudget) {
		t.Errorf("got %v", err)
	}
}
