package ghapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// GraphQLError is an error beside partial data.
type GraphQLError struct {
	Type    string `json:"type"`    // "NOT_FOUND", "FORBIDDEN", "RATE_LIMITED", …
	Message string `json:"message"` // foreign text
	Path    []any  `json:"path"`    // of the member that is null because of it
}

func (e GraphQLError) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("%q", e.Message)
	}
	return fmt.Sprintf("%.40q: %q", e.Type, e.Message)
}

// Is makes [ErrNotFound] and [ErrForbidden] of a type.
func (e GraphQLError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Type == "NOT_FOUND"
	case ErrForbidden:
		return e.Type == "FORBIDDEN" || e.Type == "INSUFFICIENT_SCOPES"
	}
	return false
}

// maxErrors is how many of a query's errors are kept; there can be one per node.
const maxErrors = 300

// graphql runs one query. Data that came beside errors is decoded into out, and the
// errors returned as a list: a caller has to look at both. Where there is no data at
// all, the first of them is the error as well.
func (c *Client) graphql(ctx context.Context, query string, variables map[string]any, out any) ([]GraphQLError, error) {
	if variables == nil {
		variables = map[string]any{}
	}
	body, err := json.Marshal(struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}{query, variables})
	if err != nil {
		return nil, fmt.Errorf("write a query: %w", err)
	}
	q := request{kind: kindGraphQL, method: http.MethodPost, path: "/graphql", url: c.graph, body: body, limit: maxAnswer}
	var errs []GraphQLError
	q.read = func(a *answer) error {
		if a.status != http.StatusOK {
			return &StatusError{Status: a.status, Method: q.method, Path: q.path, Message: "an answer that was not expected"}
		}
		data, list, err := envelope(a.body)
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Message = bounded(q.scrub(list[i].Message), maxMessage)
		}
		if e := graphLimit(a.header, list); e != nil {
			e.Method, e.Path = q.method, q.path
			return e
		}
		errs = list
		c.note(ctx, func(s *Stats) { s.Cost += cost(data) })
		if len(data) == 0 {
			if len(errs) > 0 {
				return fmt.Errorf("no data: %w", errs[0])
			}
			return errors.New("no data and no error")
		}
		return decode(data, out)
	}
	if _, err := c.do(ctx, q); err != nil {
		return errs, err
	}
	return errs, nil
}

// envelope takes an answer of GraphQL apart. Data is empty when there is none.
func envelope(body []byte) (json.RawMessage, []GraphQLError, error) {
	var e struct {
		Data   json.RawMessage `json:"data"`
		Errors []GraphQLError  `json:"errors"`
	}
	if err := decode(body, &e); err != nil {
		return nil, nil, err
	}
	if bytes.Equal(e.Data, []byte("null")) {
		e.Data = nil
	}
	if len(e.Errors) > maxErrors {
		e.Errors = e.Errors[:maxErrors]
	}
	return e.Data, e.Errors, nil
}

// graphLimit finds a limit of calls among a query's errors; those come with status
// 200. Partial data beside one is not worth a second look.
func graphLimit(h http.Header, errs []GraphQLError) *RateLimitError {
	for _, e := range errs {
		found := limited(http.Header{}, e.Message, "")
		if e.Type != "RATE_LIMITED" && e.Type != "RATE_LIMIT" && found == nil {
			continue
		}
		l := limited(h, e.Message, "")
		if l == nil {
			l = new(RateLimitError)
		}
		if e.Type == "RATE_LIMITED" || e.Type == "RATE_LIMIT" {
			l.Primary = l.Primary || found == nil || h.Get("Retry-After") == ""
		}
		l.Status = http.StatusOK
		return l
	}
	return nil
}

// cost is what a query says that it cost, when it asked.
func cost(data []byte) int {
	if !bytes.Contains(data, []byte(`"rateLimit"`)) {
		return 0
	}
	var d struct {
		RateLimit *struct {
			Cost int `json:"cost"`
		} `json:"rateLimit"`
	}
	// Data of another form is decode's to refuse.
	if json.Unmarshal(data, &d) != nil || d.RateLimit == nil {
		return 0
	}
	return min(max(d.RateLimit.Cost, 0), 1<<20)
}
