package ghtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

func (v *Validator) openGraphQL(ex *exchange) {
	ex.graphql, ex.name, ex.operation = true, "graphql", "graphql"
	if ex.request.Method != http.MethodPost {
		v.say(ex, "request: %s instead of POST", ex.request.Method)
	}
	q, doc, op, vars, err := parseQuery(ex.body)
	if q != nil {
		ex.query = q.Query
	}
	ex.doc, ex.op, ex.vars, ex.err = doc, op, vars, err
	if err != nil {
		v.say(ex, "request: %v", err)
		return
	}
	c := cost{}
	price(op.SelectionSet, vars, 1, &c)
	if c.nodes > 500_000 {
		v.say(ex, "request: asks for up to %d nodes, at most 500000", c.nodes)
	}
}

// answerGraphQL judges that the data has exactly the shape of the query.
func (v *Validator) answerGraphQL(ex *exchange, status int, body []byte) {
	if status != http.StatusOK || ex.err != nil {
		return
	}
	got, err := decodeJSON(body)
	m, ok := got.(map[string]any)
	if err != nil || !ok {
		v.say(ex, "answer: no JSON object")
		return
	}
	for k := range m {
		if k != "data" && k != "errors" && k != "extensions" {
			v.say(ex, "answer: unknown member %q", k)
		}
	}
	s := shape{v: v, ex: ex, errors: map[string]bool{}}
	list, _ := m["errors"].([]any)
	for _, e := range list {
		e, _ := e.(map[string]any)
		if textOf(e, "message") == "" {
			v.say(ex, "answer: an error without message")
		}
		p, _ := e["path"].([]any)
		s.errors[pathText(p)] = true
	}
	if m["data"] == nil {
		if len(list) == 0 {
			v.say(ex, "answer: neither data nor errors")
		}
		return
	}
	s.object(graphqlSchema().Query, ex.op.SelectionSet, m["data"], nil)
}

// shape compares data with a selection.
type shape struct {
	v      *Validator
	ex     *exchange
	errors map[string]bool // paths
}

func pathText(p []any) string {
	var b strings.Builder
	for _, e := range p {
		fmt.Fprintf(&b, "/%v", e)
	}
	return b.String()
}

func (s *shape) say(path []any, format string, args ...any) {
	s.v.say(s.ex, "answer: %s: %s", pathText(path), fmt.Sprintf(format, args...))
}

// object judges an object of a type, or of one of the types that an abstract one has.
func (s *shape) object(def *ast.Definition, set ast.SelectionSet, got any, path []any) {
	m, ok := got.(map[string]any)
	if !ok {
		s.say(path, "no object where a %s is wanted", def.Name)
		return
	}
	groups, name := s.match(def, set, m)
	if name == "" {
		s.say(path, "members %v are of no selection on %s", slices.Sorted(maps.Keys(m)), def.Name)
		return
	}
	for _, g := range groups {
		f := g.fields[0]
		here := slices.Concat(path, []any{g.key})
		value := m[g.key]
		if f.Name == "__typename" {
			if value != name {
				s.say(here, "%v is no %s", value, def.Name)
			}
			continue
		}
		var inner ast.SelectionSet
		for _, f := range g.fields {
			inner = append(inner, f.SelectionSet...)
		}
		s.value(f.Definition.Type, inner, value, here)
	}
}

// match finds the type whose selection has exactly the members that are there. The
// answer says which one it is when __typename was asked for.
func (s *shape) match(def *ast.Definition, set ast.SelectionSet, m map[string]any) ([]group, string) {
	for _, d := range graphqlSchema().GetPossibleTypes(def) {
		groups := collect(set, d.Name, s.ex.vars, nil)
		same := len(groups) == len(m)
		for _, g := range groups {
			value, ok := m[g.key]
			same = same && ok
			if g.fields[0].Name == "__typename" && value != d.Name {
				same = false
			}
		}
		if same {
			return groups, d.Name
		}
	}
	return nil, ""
}

func (s *shape) value(t *ast.Type, set ast.SelectionSet, got any, path []any) {
	if got == nil {
		if t.NonNull && !s.excused(path) {
			s.say(path, "null, which %s may not be, and no error says why", t.String())
		}
		return
	}
	if t.Elem != nil {
		list, ok := got.([]any)
		if !ok {
			s.say(path, "no list")
			return
		}
		for i, e := range list {
			s.value(t.Elem, set, e, slices.Concat(path, []any{i}))
		}
		return
	}
	def := graphqlSchema().Types[t.NamedType]
	if def.IsCompositeType() {
		s.object(def, set, got, path)
		return
	}
	if complaint := scalar(def, got); complaint != "" {
		s.say(path, "%s", complaint)
	}
}

// excused reports whether an error is told of the path, or of what is below it.
func (s *shape) excused(path []any) bool {
	p := pathText(path)
	for e := range s.errors {
		if e == p || strings.HasPrefix(e, p+"/") {
			return true
		}
	}
	return false
}

var hexID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// scalar says what is wrong with a leaf, or "".
func scalar(def *ast.Definition, got any) string {
	text, isText := got.(string)
	number, isNumber := got.(json.Number)
	wrong := fmt.Sprintf("%.80v is no %s", got, def.Name)
	if def.Kind == ast.Enum {
		if !isText || def.EnumValues.ForName(text) == nil {
			return wrong
		}
		return ""
	}
	switch def.Name {
	case "Int":
		n, err := number.Int64()
		if !isNumber || err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return wrong
		}
		return ""
	case "Float":
		if !isNumber {
			return wrong
		}
		return ""
	case "Boolean":
		if _, ok := got.(bool); !ok {
			return wrong
		}
		return ""
	}
	if !isText || !scalarText(def.Name, text) {
		return wrong
	}
	return ""
}

func scalarText(name, text string) bool {
	var err error
	switch name {
	case "BigInt":
		_, err = strconv.ParseInt(text, 10, 64)
	case "GitObjectID":
		return hexID.MatchString(text)
	case "DateTime":
		_, err = time.Parse(time.RFC3339, text)
		return err == nil && strings.HasSuffix(text, "Z")
	case "GitTimestamp":
		_, err = time.Parse(time.RFC3339, text)
	case "URI":
		var u *url.URL
		if u, err = url.Parse(text); err == nil {
			return u.IsAbs() || strings.HasPrefix(text, "/")
		}
	}
	return err == nil
}
