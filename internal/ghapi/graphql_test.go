package ghapi

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGraphQL(t *testing.T) {
	t.Parallel()
	type data struct {
		Repository *struct{ Name string }
	}
	name := func(n string) data { return data{&struct{ Name string }{n}} }
	for _, c := range []struct {
		name, body string
		want       data
		errs       int
		err        string
		is         error
	}{
		{"data", `{"data":{"repository":{"name":"infra"}}}`, name("infra"), 0, "", nil},
		{"data and errors", `{"data":{"repository":{"name":"infra"}},"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration","path":["repository","pullRequest","reviews",0]}]}`, name("infra"), 1, "", nil},
		{"not found", `{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"Could not resolve"}]}`, data{}, 1, "", nil},
		{"no data but an error", `{"errors":[{"message":"Field 'x' doesn't exist on type 'Query'"}]}`, data{}, 1, "no data", nil},
		{"null data and an error", `{"data":null,"errors":[{"type":"NOT_FOUND","message":"no"}]}`, data{}, 1, "no data", ErrNotFound},
		{"null data, forbidden", `{"data":null,"errors":[{"type":"FORBIDDEN","message":"SAML"}]}`, data{}, 1, "SAML", ErrForbidden},
		{"null data", `{"data":null}`, data{}, 0, "no data and no error", nil},
		{"nothing", `{}`, data{}, 0, "no data and no error", nil},
		{"null", `null`, data{}, 0, "null", nil},
		{"a list", `[]`, data{}, 0, "cannot unmarshal", nil},
		{"a message", `{"message":"Something went wrong"}`, data{}, 0, "no data", nil},
		{"data of another form", `{"data":[]}`, data{}, 0, "cannot unmarshal", nil},
		{"errors of another form", `{"data":{"repository":null},"errors":{}}`, data{}, 0, "cannot unmarshal", nil},
		{"trailing", `{"data":{"repository":null}} x`, data{}, 0, "after top-level", nil},
	} {
		cl := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, c.body), nil })
		var got data
		errs, err := cl.graphql(t.Context(), "query{x}", map[string]any{"n": 1}, &got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if len(errs) != c.errs {
			t.Errorf("%s: errors %v", c.name, errs)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, status := range []int{201, 202, 204, 301, 304} {
		cl := carried(t, func(*http.Request) (*http.Response, error) {
			return reply(status, `{"data":{}}`, "Location", "/x"), nil
		})
		if _, err := cl.graphql(t.Context(), "query{x}", nil, nil); err == nil {
			t.Errorf("status %d is taken", status)
		}
	}
}

func TestGraphQLLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		headers    []string
		limit      bool
		primary    bool
	}{
		{"by its type", `{"data":null,"errors":[{"type":"RATE_LIMITED","message":"x"}]}`, nil, true, true},
		{"beside data", `{"data":{"a":1},"errors":[{"type":"OTHER","message":"x"},{"type":"RATE_LIMITED","message":"x"}]}`, nil, true, true},
		{"primary by the header", `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1999999999"}, true, true},
		{"secondary by its message", `{"data":null,"errors":[{"message":"You have exceeded a secondary rate limit"}]}`, nil, true, false},
		{"another error while nothing is left", `{"data":{"a":null},"errors":[{"type":"NOT_FOUND","message":"x"}]}`, []string{"X-RateLimit-Remaining", "0"}, false, false},
	} {
		cl := carried(t, func(*http.Request) (*http.Response, error) { return reply(200, c.body, c.headers...), nil })
		_, err := cl.graphql(t.Context(), "query{x}", nil, nil)
		var limit *RateLimitError
		if errors.As(err, &limit) != c.limit || c.limit && (limit.Primary != c.primary || limit.Status != 200 || limit.Path != "/graphql") {
			t.Errorf("%s: %+v", c.name, err)
		}
	}
}

func TestGraphQLCost(t *testing.T) {
	t.Parallel()
	bodies := []string{
		`{"data":{"rateLimit":{"cost":3,"remaining":1}}}`,
		`{"data":{"x":{"rateLimit":{"cost":50}}}}`, // not the query's own
		`{"data":{"rateLimit":null}}`,
		`{"data":{"rateLimit":{"cost":-7}}}`,
	}
	cl := carried(t, func(*http.Request) (*http.Response, error) {
		b := bodies[0]
		bodies = bodies[1:]
		return reply(200, b), nil
	})
	for range 4 {
		if _, err := cl.graphql(t.Context(), "query{x}", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if s := cl.Stats(); s.Cost != 3 || s.GraphQL != 4 {
		t.Errorf("stats %+v", s)
	}
}

func TestGraphQLErrorsAreBounded(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"type":"X","message":"`+strings.Repeat("é", 1000)+testToken+`"},`, 500)
	cl := carried(t, func(*http.Request) (*http.Response, error) {
		return reply(200, `{"data":{},"errors":[`+strings.TrimSuffix(many, ",")+`]}`), nil
	})
	errs, err := cl.graphql(t.Context(), "query{x}", nil, nil)
	if err != nil || len(errs) != maxErrors {
		t.Fatalf("%d errors, %v", len(errs), err)
	}
	if m := errs[0].Message; len(m) > maxMessage || !strings.HasSuffix(m, "é…") {
		t.Errorf("message %q", m)
	}
}
