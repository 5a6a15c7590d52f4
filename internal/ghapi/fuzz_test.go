package ghapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzRefusal: whatever a refusal says, its error is typed, bounded, on one line and
// holds no credential.
func FuzzRefusal(f *testing.F) {
	f.Add(403, []byte(`{"message":"API rate limit exceeded"}`), "0", "5", "1999999999")
	f.Add(429, []byte(`{"message":"secondary rate limit"`), "", "-1", "x")
	f.Add(422, []byte(`{"message":7,"errors":[{}]}`), "1", "", "")
	f.Add(404, []byte("{\"message\":\"a\\n\xff"+testToken+"\"}"), "", "", "")
	f.Fuzz(func(t *testing.T, status int, body []byte, remaining, after, reset string) {
		if status < 400 || status > 599 {
			status = 400 + (status%200+200)%200
		}
		h := http.Header{"X-Ratelimit-Remaining": {remaining}, "Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		q := &request{method: "GET", path: "/x", secret: testToken}
		err := refusal(q, status, h, body)
		s := err.Error()
		if len(s) > 2000 || strings.ContainsAny(s, "\n\r\x1b") || strings.Contains(s, testToken) || !utf8.ValidString(s) {
			t.Fatalf("error %q", s)
		}
		var limit *RateLimitError
		var other *StatusError
		if errors.As(err, &limit) == errors.As(err, &other) {
			t.Fatalf("%T", err)
		}
		if limit != nil && (limit.RetryAfter < 0 || limit.RetryAfter > 24*time.Hour || limit.Wait(time.Unix(0, 0)) < time.Second || status != 403 && status != 429) {
			t.Fatalf("%+v", limit)
		}
		if status == 429 && limit == nil {
			t.Fatal("429 is no limit")
		}
	})
}

// FuzzEnvelope: an answer of GraphQL is data, errors or refused, and never nothing.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"data":{"rateLimit":{"cost":1}},"errors":[{"type":"X","message":"m","path":["a",0]}]}`), "0")
	f.Add([]byte(`{"data":null}`), "")
	f.Add([]byte(`{"errors":[{"type":"RATE_LIMITED"}]}`), "")
	f.Add([]byte(`null`), "")
	f.Fuzz(func(t *testing.T, body []byte, remaining string) {
		c, err := New(Config{Token: testToken, Transport: carrier(func(*http.Request) (*http.Response, error) {
			return reply(200, string(body), "X-RateLimit-Remaining", remaining), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		c.pause = time.Microsecond
		var out map[string]any
		errs, err := c.graphql(t.Context(), "query{x}", nil, &out)
		if err == nil && out == nil {
			t.Fatalf("%q is taken for data", body)
		}
		if err != nil && (len(err.Error()) > 2000 || strings.Contains(err.Error(), testToken)) {
			t.Fatalf("error %q", err)
		}
		for _, e := range errs {
			if len(e.Message) > maxMessage || strings.Contains(e.Message, testToken) {
				t.Fatalf("message %q", e.Message)
			}
		}
		if c.Stats().Cost < 0 {
			t.Fatal("a cost below zero")
		}
	})
}

func FuzzNextPage(f *testing.F) {
	f.Add(`<https://api.github.com/x?page=2>; rel="next", <x?page=9>; rel="last"`)
	f.Add(`<x?after=%00>; rel=next`)
	f.Fuzz(func(t *testing.T, link string) {
		next, err := nextPage(http.Header{"Link": {link}})
		if len(next) > 1000 || err != nil && next != "" {
			t.Fatalf("%q, %v", next, err)
		}
	})
}

// FuzzCut: a text that is cut fits, is UTF-8, and says so.
func FuzzCut(f *testing.F) {
	f.Add("ä🦞\n", 20_000, "n more")
	f.Add("\xff", 70_000, "")
	f.Fuzz(func(t *testing.T, part string, n int, notice string) {
		if n < 0 || n > 80_000 || len(part) > 100 || len(notice) > 200 || !utf8.ValidString(notice) {
			return
		}
		s := strings.Repeat(part, n)
		got := noticed(s, notice)
		if len(got) > maxOutput || !utf8.ValidString(got) || !strings.Contains(got, notice) {
			t.Fatalf("%d bytes of %d", len(got), len(s))
		}
		if len(strings.ToValidUTF8(s, "\uFFFD")) > maxOutput && !strings.Contains(got, "Cut here") {
			t.Fatal("cut without a word")
		}
		if b := bounded(s, maxMessage); len(b) > maxMessage || !utf8.ValidString(b) {
			t.Fatalf("%q", b)
		}
	})
}

// FuzzResolve: no path leads elsewhere.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"/repos/a/b", "//evil", "/%2e%2e/x", "/a/../b", "/x?y", "https://x", "/\x00"} {
		f.Add(s)
	}
	c, err := New(Config{Token: testToken, APIURL: "https://ghe.example/api/v3"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := c.resolve(path, nil)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.Host != "ghe.example" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "/api/v3/") || strings.Contains(u.Path+"/", "/../") {
			t.Fatalf("%q leads to %s", path, u)
		}
	})
}
