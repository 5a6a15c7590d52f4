package ghtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// What GitHub demands and its description does not say, or says too loosely.

// Limits of GitHub on what is written. Those of text count characters.
const (
	maxAnnotations = 50
	maxActions     = 3
	maxOutput      = 65535
	maxMessage     = 64 << 10 // bytes of an annotation
)

// header judges what every request needs. GitHub turns away one without User-Agent.
func (v *Validator) header(ex *exchange, r *http.Request) {
	if r.Header.Get("User-Agent") == "" {
		v.say(ex, "request: no User-Agent")
	}
	if a := r.Header.Get("Authorization"); a != "" {
		scheme, value, _ := strings.Cut(a, " ")
		if s := strings.ToLower(scheme); s != "bearer" && s != "token" || value == "" || strings.ContainsAny(value, " \t") {
			v.say(ex, "request: an Authorization that GitHub does not know")
		}
	}
	if version := r.Header.Get("X-GitHub-Api-Version"); version != "" && version != "2022-11-28" {
		v.say(ex, "request: API version %q does not exist", version)
	}
	if len(ex.body) > 0 && r.Header.Get("Content-Type") == "" {
		v.say(ex, "request: a body without Content-Type")
	}
	q := r.URL.Query()
	for _, name := range []string{"per_page", "page"} {
		if s := q.Get(name); s != "" {
			n, err := strconv.Atoi(s)
			if err == nil && (n < 1 || name == "per_page" && n > 100) {
				v.say(ex, "request: %s=%d, which GitHub changes in silence", name, n)
			}
		}
	}
}

// assertBody judges the body of a write.
func (v *Validator) assertBody(ex *exchange, route *routers.Route) {
	if len(ex.body) == 0 {
		return
	}
	body, err := decodeJSON(ex.body)
	m, ok := body.(map[string]any)
	if err != nil || !ok {
		v.say(ex, "request: the body is no JSON object")
		return
	}
	v.unknownFields(ex, route, m)
	switch route.Operation.OperationID {
	case "checks/create", "checks/update":
		v.assertCheckRun(ex, m)
	case "actions/review-custom-gates-for-run":
		if s := textOf(m, "state"); s != "" && s != "approved" && s != "rejected" {
			v.say(ex, "request: /state: %q is neither approved nor rejected", s)
		}
		if textOf(m, "state") == "" {
			v.say(ex, "request: /state: is missing")
		}
	case "repos/create-commit-status":
		if utf8.RuneCountInString(textOf(m, "description")) > 140 {
			v.say(ex, "request: /description: more than 140 characters")
		}
	case "issues/create-comment", "issues/update-comment":
		if len(textOf(m, "body")) > 65536 {
			v.say(ex, "request: /body: more than 65536 characters")
		}
	case "pulls/create-review":
		if e := textOf(m, "event"); (e == "REQUEST_CHANGES" || e == "COMMENT") && textOf(m, "body") == "" {
			v.say(ex, "request: /body: is missing, which %s needs", e)
		}
	}
}

// unknownFields finds members of a body that GitHub would ignore: a name misspelt is
// a request for something else.
func (v *Validator) unknownFields(ex *exchange, route *routers.Route, body map[string]any) {
	rb := route.Operation.RequestBody
	if rb == nil || rb.Value == nil {
		return
	}
	mt := rb.Value.Content.Get("application/json")
	if mt == nil || mt.Schema == nil {
		return
	}
	known, open := properties(mt.Schema.Value)
	for _, k := range slices.Sorted(maps.Keys(body)) {
		if !open && known[k] == nil {
			v.say(ex, "request: GitHub does not know the member %q", k)
		}
		inner, ok := body[k].(map[string]any)
		if !ok || known[k] == nil {
			continue
		}
		deep, deepOpen := properties(known[k])
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			if !deepOpen && len(deep) > 0 && deep[name] == nil {
				v.say(ex, "request: GitHub does not know the member %q", k+"."+name)
			}
		}
	}
}

// properties are those that any branch of a schema knows. It is open when one says
// that anything goes.
func properties(s *openapi3.Schema) (map[string]*openapi3.Schema, bool) {
	out := map[string]*openapi3.Schema{}
	open := s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has || s.AdditionalProperties.Schema != nil
	for name, p := range s.Properties {
		out[name] = p.Value
	}
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, r := range list {
			// A branch that only narrows says of every other member that it may be anything.
			inner, _ := properties(r.Value)
			for name, p := range inner {
				if out[name] == nil {
					out[name] = p
				}
			}
		}
	}
	return out, open
}

func (v *Validator) assertCheckRun(ex *exchange, m map[string]any) {
	for _, complaint := range checkRunComplaints(m) {
		v.say(ex, "request: %s", complaint)
	}
}

// checkRunComplaints is what GitHub answers with 422.
func checkRunComplaints(m map[string]any) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	status, conclusion := textOf(m, "status"), textOf(m, "conclusion")
	switch {
	case status == "completed" && conclusion == "":
		say("/conclusion: is missing, which a completed check run needs")
	case conclusion != "" && status != "" && status != "completed":
		say("/status: %q with a conclusion", status)
	}
	out = append(out, outputComplaints(m)...)
	actions, _ := m["actions"].([]any)
	if len(actions) > maxActions {
		say("/actions: %d, at most %d", len(actions), maxActions)
	}
	for i, a := range actions {
		a, _ := a.(map[string]any)
		for name, limit := range map[string]int{"label": 20, "description": 40, "identifier": 20} {
			if n := utf8.RuneCountInString(textOf(a, name)); n == 0 || n > limit {
				say("/actions/%d/%s: %d characters, at most %d", i, name, n, limit)
			}
		}
	}
	return out
}

func outputComplaints(m map[string]any) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	output, ok := m["output"].(map[string]any)
	if !ok {
		return nil
	}
	for _, name := range []string{"summary", "text"} {
		if n := utf8.RuneCountInString(textOf(output, name)); n > maxOutput {
			say("/output/%s: %d characters, at most %d", name, n, maxOutput)
		}
	}
	annotations, _ := output["annotations"].([]any)
	if len(annotations) > maxAnnotations {
		say("/output/annotations: %d, at most %d", len(annotations), maxAnnotations)
	}
	for i, a := range annotations {
		a, _ := a.(map[string]any)
		for _, name := range []string{"message", "raw_details"} {
			if len(textOf(a, name)) > maxMessage {
				say("/output/annotations/%d/%s: more than 64 KB", i, name)
			}
		}
		if utf8.RuneCountInString(textOf(a, "title")) > 255 {
			say("/output/annotations/%d/title: more than 255 characters", i)
		}
		if p := textOf(a, "path"); p == "" || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "./") {
			say("/output/annotations/%d/path: %q is no path in the repository", i, p)
		}
		start, end := numberOf(a, "start_line"), numberOf(a, "end_line")
		if start < 1 || end < start {
			say("/output/annotations/%d: lines %d to %d", i, start, end)
		}
		if _, column := a["start_column"]; column && start != end {
			say("/output/annotations/%d: columns of several lines", i)
		}
	}
	return out
}

func textOf(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func numberOf(m map[string]any, name string) int {
	n, _ := arguments(m).number(name)
	return n
}
