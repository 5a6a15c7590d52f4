package ghtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request that the world answers.
type call struct {
	s      *Server
	w      *World
	ex     *exchange
	fault  *Fault
	header http.Header

	token *Token
	app   *App // that signed the request itself
	repo  *Repo
}

// handler answers an operation.
type handler func(c *call) (body any, status int)

// route is a handler and what it needs.
type route struct {
	do         handler
	permission string // "" when any token may
	level      string // read or write
	app        bool   // the app itself asks
}

func fail(status int, message string) (any, int) {
	return map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}, status
}

func notFound() (any, int) { return fail(http.StatusNotFound, "Not Found") }

// invalid is 422, with what is wrong.
func invalid(complaints ...string) (any, int) {
	body, status := fail(http.StatusUnprocessableEntity, "Invalid request.\n\n"+strings.Join(complaints, "\n"))
	return body, status
}

// answer finds who asks, whether they may, and answers.
func (c *call) answer() (any, int) {
	c.header.Set("X-GitHub-Media-Type", "github.v3; format=json")
	if c.ex.request.Header.Get("User-Agent") == "" {
		return fail(http.StatusForbidden, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
	}
	r, known := routes()[c.ex.operation]
	if body, status := c.authenticate(r.app); status != 0 {
		return body, status
	}
	if c.ex.graphql {
		return c.graphql()
	}
	if !known {
		return notFound()
	}
	if owner, ok := c.ex.params["owner"]; ok {
		c.repo = c.w.findRepo(owner + "/" + c.ex.params["repo"])
		if c.repo == nil || c.token != nil && !c.token.reaches(c.repo) {
			return notFound()
		}
	}
	if c.token != nil && !c.token.may(r.permission, r.level, c.repo) {
		c.header.Set("X-Accepted-GitHub-Permissions", r.permission+"="+r.level)
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	}
	body, status := r.do(c)
	if c.ex.input != nil {
		body = complete(c.ex.input.Route.Operation, status, body)
	}
	return body, status
}

func (c *call) authenticate(asApp bool) (any, int) {
	value := bearer(c.ex.request)
	if value == "" {
		return fail(http.StatusUnauthorized, "Requires authentication")
	}
	if asApp {
		app, err := c.w.verifyJWT(value, time.Now())
		if err != nil {
			return fail(http.StatusUnauthorized, err.Error())
		}
		c.app = app
		return nil, 0
	}
	t := c.w.tokens[value]
	if t == nil || !t.Expires.IsZero() && !time.Now().Before(t.Expires) {
		return fail(http.StatusUnauthorized, "Bad credentials")
	}
	if t.Installation != nil && t.Installation.Suspended {
		return fail(http.StatusForbidden, "This installation has been suspended")
	}
	c.token = t
	return nil, 0
}

// verifyJWT finds the app that signed a token, as GitHub does: RS256, not longer than
// ten minutes, a clock that is not ahead.
func (w *World) verifyJWT(s string, now time.Time) (*App, error) {
	undecodable := errors.New("A JSON web token could not be decoded") //nolint:staticcheck // GitHub's words
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return nil, undecodable
	}
	var raw [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return nil, undecodable
		}
		raw[i] = b
	}
	var head struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Iss json.RawMessage `json:"iss"`
		Iat float64         `json:"iat"`
		Exp float64         `json:"exp"`
	}
	if json.Unmarshal(raw[0], &head) != nil || head.Alg != "RS256" || json.Unmarshal(raw[1], &claims) != nil {
		return nil, undecodable
	}
	iss := strings.Trim(string(claims.Iss), `"`)
	for _, a := range w.apps {
		if strconv.FormatInt(a.ID, 10) != iss {
			continue
		}
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if rsa.VerifyPKCS1v15(&a.Key.PublicKey, crypto.SHA256, sum[:], raw[2]) != nil {
			return nil, undecodable
		}
		t := float64(now.Unix())
		switch {
		case claims.Exp <= t:
			return nil, errors.New("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires") //nolint:staticcheck // GitHub's words
		case claims.Exp > t+605:
			return nil, errors.New("'Expiration time' claim ('exp') is too far in the future") //nolint:staticcheck // GitHub's words
		case claims.Iat > t+5:
			return nil, errors.New("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued") //nolint:staticcheck // GitHub's words
		}
		return a, nil
	}
	return nil, errors.New("Integration not found") //nolint:staticcheck // GitHub's words
}

// graphql answers a query.
func (c *call) graphql() (any, int) {
	q, _, op, vars, err := parseQuery(c.ex.body)
	if err != nil {
		if q == nil {
			return fail(http.StatusBadRequest, "Problems parsing JSON")
		}
		return map[string]any{"errors": []graphqlError{{Message: err.Error()}}}, http.StatusOK
	}
	x := &execution{w: c.w, token: c.token, fault: c.fault, vars: vars}
	price(op.SelectionSet, vars, 1, &x.cost)
	if x.cost.nodes > c.w.Limits.Nodes {
		return map[string]any{"errors": []graphqlError{{
			Type:    "MAX_NODE_LIMIT_EXCEEDED",
			Message: "This query requests up to " + strconv.Itoa(x.cost.nodes) + " possible nodes which exceeds the maximum limit of " + strconv.Itoa(c.w.Limits.Nodes) + ".",
		}}}, http.StatusOK
	}
	if c.s.used["graphql"] += x.cost.points(); c.s.used["graphql"] > c.w.Limits.Rate {
		return map[string]any{"errors": []graphqlError{{Type: "RATE_LIMITED", Message: "API rate limit exceeded"}}}, http.StatusOK
	}
	x.spent = func(int) rate { return c.s.left("graphql") }
	out := members{{"data", x.run(op)}}
	for _, o := range x.odd {
		c.s.say(c.ex, "%s", o)
	}
	if len(x.errs) > 0 {
		out = append(out, member{"errors", x.errs})
	}
	return out, http.StatusOK
}

// body is what was sent, {} when nothing was.
func (c *call) body() map[string]any {
	m := map[string]any{}
	if v, err := decodeJSON(c.ex.body); err == nil {
		if o, ok := v.(map[string]any); ok {
			m = o
		}
	}
	return m
}

func (c *call) query(name string) string { return c.ex.request.URL.Query().Get(name) }

func (c *call) number(name string) int64 {
	n, err := strconv.ParseInt(c.ex.params[name], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// link writes the Link header of a list: of what page there is another.
func (c *call) link(set map[string]url.Values) {
	var parts []string
	for _, rel := range []string{"prev", "next", "last", "first"} {
		q, ok := set[rel]
		if !ok {
			continue
		}
		parts = append(parts, "<http://"+c.ex.request.Host+c.ex.original+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	if len(parts) > 0 {
		c.header.Set("Link", strings.Join(parts, ", "))
	}
}

// paged cuts a page of a list, 30 entries unless the request says, and writes Link.
func paged[T any](c *call, list []T, per int) []T {
	q := c.ex.request.URL.Query()
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		per = min(n, 100)
	}
	page := 1
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		page = n
	}
	last := (len(list) + per - 1) / per
	at := func(n int) url.Values {
		v := url.Values{}
		for k, vs := range q {
			v[k] = vs
		}
		v.Set("page", strconv.Itoa(n))
		return v
	}
	set := map[string]url.Values{}
	if page > 1 {
		set["prev"], set["first"] = at(page-1), at(1)
	}
	if page < last {
		set["next"], set["last"] = at(page+1), at(last)
	}
	c.link(set)
	from := min((page-1)*per, len(list))
	return list[from:min(from+per, len(list))]
}
