package ghtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/vektah/gqlparser/v2/ast"
)

// Validator judges requests and answers by GitHub's own descriptions, and keeps what
// it finds.
type Validator struct {
	mu    sync.Mutex
	found []string
	seen  map[string]int // requests by operation
	// missing are members that an answer lacks: GitHub's own examples lack some, so of
	// a foreign server they are no violation.
	foreign bool
	missing []string
}

// NewValidator makes a validator that has found nothing yet.
func NewValidator() *Validator { return &Validator{seen: map[string]int{}} }

// Violations are what was found, in order.
func (v *Validator) Violations() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.found)
}

// Forget returns what was found and forgets it, for a test that means to violate.
func (v *Validator) Forget() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := v.found
	v.found = nil
	return found
}

// Missing are members that answers of a foreign server lacked.
func (v *Validator) Missing() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.missing)
}

// Seen counts the requests by operation: "pulls/get", "graphql".
func (v *Validator) Seen(operation string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen[operation]
}

func (v *Validator) say(ex *exchange, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found = append(v.found, ex.name+": "+fmt.Sprintf(format, args...))
}

// exchange is one request, and what is needed to judge its answer.
type exchange struct {
	name      string // the operation, else method and path
	operation string // "" when it is none
	request   *http.Request
	input     *openapi3filter.RequestValidationInput
	params    map[string]string
	body      []byte

	graphql  bool
	doc      *ast.QueryDocument
	op       *ast.OperationDefinition
	vars     map[string]any
	query    string
	original string // the path as it was asked for
	err      error  // of the query
}

// prefixes of the API at a GitHub Enterprise Server.
var prefixes = []string{"/api/v3", "/api"}

// open reads a request as far as it can be and judges it. Its body is there again after.
func (v *Validator) open(r *http.Request) *exchange {
	body, err := io.ReadAll(r.Body)
	ex := &exchange{name: r.Method + " " + r.URL.Path, original: r.URL.EscapedPath(), body: body}
	if err != nil {
		v.say(ex, "read body: %v", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	ex.request = r.Clone(r.Context())
	ex.request.Body = io.NopCloser(bytes.NewReader(body))
	strip(ex.request.URL)
	v.header(ex, r)
	if p := ex.request.URL.Path; p == "/graphql" {
		v.openGraphQL(ex)
	} else {
		v.openREST(ex)
	}
	v.mu.Lock()
	v.seen[ex.name]++
	v.mu.Unlock()
	return ex
}

func strip(u *url.URL) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(u.Path, p+"/"); ok && (p != "/api" || rest == "graphql") {
			u.Path = "/" + rest
			u.RawPath = strings.TrimPrefix(u.RawPath, p)
			return
		}
	}
}

func (v *Validator) openREST(ex *exchange) {
	route, params, err := openapi().router.FindRoute(ex.request)
	if err != nil {
		v.say(ex, "%v", err)
		return
	}
	ex.operation, ex.name = route.Operation.OperationID, route.Operation.OperationID
	ex.params = map[string]string{}
	for k, p := range params {
		if s, err := url.PathUnescape(p); err == nil {
			p = s
		}
		ex.params[k] = p
	}
	ex.input = &openapi3filter.RequestValidationInput{
		Request: ex.request, PathParams: ex.params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	for _, m := range messages(openapi3filter.ValidateRequest(context.Background(), ex.input)) {
		v.say(ex, "request: %s", m)
	}
	v.parameters(ex, route)
	v.assertBody(ex, route)
}

// answer judges an answer. The body of one that is not a success is judged only when
// the description knows of it: GitHub has more errors than it describes.
func (v *Validator) answer(ex *exchange, status int, header http.Header, body []byte) {
	if ex.graphql {
		v.answerGraphQL(ex, status, body)
		return
	}
	if ex.input == nil || status == http.StatusNotModified {
		return
	}
	known := ex.input.Route.Operation.Responses.Status(status)
	if known == nil && status >= 300 {
		return
	}
	if known != nil && known.Value != nil && len(known.Value.Content) > 0 && !isJSON(header) {
		if rawWanted(ex.request) && status < 300 {
			return // the bytes themselves
		}
		v.say(ex, "answer %d: content type %q", status, header.Get("Content-Type"))
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: ex.input, Status: status, Header: header, Options: ex.input.Options,
	}
	in.SetBodyBytes(body)
	for _, m := range messages(openapi3filter.ValidateResponse(context.Background(), in)) {
		if v.foreign && strings.HasSuffix(m, "is missing") {
			v.mu.Lock()
			v.missing = append(v.missing, ex.name+": "+m)
			v.mu.Unlock()
			continue
		}
		if known := noise[m]; known != "" && strings.HasPrefix(ex.name, known) {
			continue
		}
		v.say(ex, "answer %d: %s", status, m)
	}
}

// noise is where GitHub breaks its own description, by operation: the repository that
// a pull request came from may be gone, and so may its owner.
var noise = map[string]string{
	"/head/repo: Value is not nullable": "pulls/",
	"/head/user: Value is not nullable": "pulls/",
}

func isJSON(h http.Header) bool { return strings.Contains(h.Get("Content-Type"), "json") }

func rawWanted(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), ".raw") }

// messages takes an error of the library apart into short ones. Its own holds whole
// schemas.
func messages(err error) []string {
	switch e := err.(type) { //nolint:errorlint // it is taken apart level by level
	case nil:
		return nil
	case openapi3.MultiError:
		var out []string
		for _, inner := range e {
			out = append(out, messages(inner)...)
		}
		return out
	case *openapi3filter.RequestError:
		where := "body: "
		if e.Parameter != nil {
			where = e.Parameter.In + " parameter " + e.Parameter.Name + ": "
		}
		if e.Err == nil {
			return []string{where + e.Reason}
		}
		return prefixed(where, messages(e.Err))
	case *openapi3filter.ResponseError:
		if e.Err == nil {
			return []string{e.Reason}
		}
		return messages(e.Err)
	case *openapi3.SchemaError:
		where := "/" + strings.Join(e.JSONPointer(), "/") + ": "
		if e.Origin != nil {
			return prefixed(where, messages(e.Origin))
		}
		return []string{where + e.Reason}
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return []string{line}
}

func prefixed(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + s
	}
	return out
}

// parameters finds query parameters that GitHub does not know and would ignore.
func (v *Validator) parameters(ex *exchange, route *routers.Route) {
	known := map[string]bool{}
	for _, list := range []openapi3.Parameters{route.Operation.Parameters, route.PathItem.Parameters} {
		for _, p := range list {
			known[p.Value.Name] = p.Value.In == openapi3.ParameterInQuery
		}
	}
	for name, values := range ex.request.URL.Query() {
		if !known[name] {
			v.say(ex, "request: GitHub does not know the query parameter %q", name)
		}
		if len(values) > 1 {
			v.say(ex, "request: the query parameter %q is there %d times", name, len(values))
		}
	}
}

func decodeJSON(b []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON text")
	}
	return v, nil
}
