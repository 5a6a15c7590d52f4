package ghtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// query is what is posted.
type query struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
}

// parseQuery checks a query against the schema.
func parseQuery(body []byte) (*query, *ast.QueryDocument, *ast.OperationDefinition, map[string]any, error) {
	q := &query{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(q); err != nil {
		return nil, nil, nil, nil, fmt.Errorf("read query: %w", err)
	}
	schema := graphqlSchema()
	doc, errs := gqlparser.LoadQueryWithRules(schema, q.Query, nil)
	if len(errs) > 0 {
		return q, nil, nil, nil, errs
	}
	op := doc.Operations.ForName(q.OperationName)
	if op == nil {
		return q, doc, nil, nil, errors.New("no operation, or several and none is named")
	}
	for name := range q.Variables {
		if op.VariableDefinitions.ForName(name) == nil {
			return q, doc, op, nil, fmt.Errorf("variable $%s is not declared", name)
		}
	}
	vars, err := validator.VariableValues(schema, op, q.Variables)
	return q, doc, op, vars, err
}

// execution answers one query.
type execution struct {
	w     *World
	token *Token
	fault *Fault
	vars  map[string]any
	cost  cost
	spent func(int) rate // takes points, and tells what is left
	errs  []graphqlError
	odd   []string // what the fake does not know
}

type graphqlError struct {
	Type      string     `json:"type,omitempty"`
	Path      []any      `json:"path,omitempty"`
	Locations []location `json:"locations,omitempty"`
	Message   string     `json:"message"`
}

func (e graphqlError) Error() string { return e.Message }

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func problem(typ, format string, args ...any) error {
	return graphqlError{Type: typ, Message: fmt.Sprintf(format, args...)}
}

// member and members are an object of JSON whose order is the query's.
type member struct {
	key   string
	value any
}

type members []member

func (m members) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte('{')
	for i, f := range m {
		if i > 0 {
			buf.WriteByte(',')
		}
		k, err := json.Marshal(f.key)
		if err != nil {
			return nil, err
		}
		v, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		buf.Write(k)
		buf.WriteByte(':')
		buf.Write(v)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

func (x *execution) run(op *ast.OperationDefinition) (data any) {
	root := graphqlSchema().Query
	data, ok := x.object(root, op.SelectionSet, root, nil)
	if !ok {
		return nil
	}
	return data
}

// group are the fields that answer under one key.
type group struct {
	key    string
	fields []*ast.Field
}

// collect gathers what of a selection is for a type, fragments opened.
func collect(set ast.SelectionSet, typ string, vars map[string]any, out []group) []group {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if !wanted(s.Directives, vars) {
				continue
			}
			found := false
			for i := range out {
				if out[i].key == s.Alias {
					out[i].fields = append(out[i].fields, s)
					found = true
				}
			}
			if !found {
				out = append(out, group{s.Alias, []*ast.Field{s}})
			}
		case *ast.InlineFragment:
			if wanted(s.Directives, vars) && covers(s.TypeCondition, typ) {
				out = collect(s.SelectionSet, typ, vars, out)
			}
		case *ast.FragmentSpread:
			if wanted(s.Directives, vars) && covers(s.Definition.TypeCondition, typ) {
				out = collect(s.Definition.SelectionSet, typ, vars, out)
			}
		}
	}
	return out
}

func wanted(ds ast.DirectiveList, vars map[string]any) bool {
	value := func(name string, otherwise bool) bool {
		d := ds.ForName(name)
		if d == nil {
			return otherwise
		}
		v, err := d.Arguments.ForName("if").Value.Value(vars)
		b, ok := v.(bool)
		return err == nil && ok && b
	}
	return !value("skip", false) && value("include", true)
}

// covers reports whether a fragment on cond is for the object type typ.
func covers(cond, typ string) bool {
	if cond == "" || cond == typ {
		return true
	}
	for _, d := range graphqlSchema().PossibleTypes[cond] {
		if d.Name == typ {
			return true
		}
	}
	return false
}

// object answers a selection on an object. It is not ok when a member that may not
// be null is.
func (x *execution) object(def *ast.Definition, set ast.SelectionSet, obj any, path []any) (any, bool) {
	out := members{}
	for _, g := range collect(set, def.Name, x.vars, nil) {
		f := g.fields[0]
		here := slices.Concat(path, []any{g.key})
		if f.Name == "__typename" {
			out = append(out, member{g.key, def.Name})
			continue
		}
		v, err := x.resolve(def, f, obj)
		if err != nil {
			x.fail(f, here, err)
			v = nil
		}
		var inner ast.SelectionSet
		for _, f := range g.fields {
			inner = append(inner, f.SelectionSet...)
		}
		done, ok := x.complete(f.Definition.Type, inner, v, f, here)
		if !ok {
			return nil, false
		}
		out = append(out, member{g.key, done})
	}
	return out, true
}

func (x *execution) fail(f *ast.Field, path []any, err error) {
	var e graphqlError
	if !errors.As(err, &e) {
		e.Message = err.Error()
	}
	e.Path = path
	e.Locations = []location{{f.Position.Line, f.Position.Column}}
	x.errs = append(x.errs, e)
}

// complete brings a value into the form of its type. A null that may not be makes the
// object around it null.
func (x *execution) complete(t *ast.Type, set ast.SelectionSet, v any, f *ast.Field, path []any) (any, bool) {
	if isNil(v) {
		if t.NonNull && !x.failed(path) {
			x.odd = append(x.odd, fmt.Sprintf("no value for %v, which cannot be null", path))
			x.fail(f, path, problem("", "Cannot return null for a non-nullable field"))
		}
		return nil, !t.NonNull
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			x.odd = append(x.odd, fmt.Sprintf("%T at %v is no list", v, path))
			return nil, !t.NonNull
		}
		out := make([]any, len(list))
		for i, e := range list {
			if err, is := e.(error); is {
				x.fail(f, slices.Concat(path, []any{i}), err)
				e = nil
			}
			done, ok := x.complete(t.Elem, set, e, f, slices.Concat(path, []any{i}))
			if !ok {
				return nil, !t.NonNull
			}
			out[i] = done
		}
		return out, true
	}
	def := graphqlSchema().Types[t.NamedType]
	if def.IsLeafType() {
		return x.leaf(def, v, f, path), true
	}
	if def.IsAbstractType() {
		def = graphqlSchema().Types[typeOf(v)]
		if def == nil || !covers(t.NamedType, def.Name) {
			x.odd = append(x.odd, fmt.Sprintf("%T at %v is no %s", v, path, t.NamedType))
			return nil, !t.NonNull
		}
	}
	done, ok := x.object(def, set, v, path)
	if !ok {
		return nil, !t.NonNull
	}
	return done, true
}

// failed reports whether an error at the path, or below it, has been told.
func (x *execution) failed(path []any) bool {
	for _, e := range x.errs {
		if len(e.Path) < len(path) {
			continue
		}
		same := true
		for i := range path {
			same = same && e.Path[i] == path[i]
		}
		if same {
			return true
		}
	}
	return false
}

// leaf coerces a scalar. A number that does not fit into 32 bits is null and an error,
// as GitHub's databaseId of young objects is.
func (x *execution) leaf(def *ast.Definition, v any, f *ast.Field, path []any) any {
	switch n := v.(type) {
	case int:
		v = int64(n)
	case int64:
	default:
		return v
	}
	n := v.(int64)
	switch {
	case def.Name == "BigInt":
		return strconv.FormatInt(n, 10)
	case n > math.MaxInt32 || n < math.MinInt32:
		x.fail(f, path, problem("", "Integer out of bounds: %d", n))
		return nil
	}
	return n
}

// resolve finds the value of a field.
func (x *execution) resolve(def *ast.Definition, f *ast.Field, obj any) (any, error) {
	if x.fault != nil {
		if msg, ok := x.fault.Null[f.Name]; ok {
			if msg == "" {
				return nil, nil
			}
			return nil, problem("SERVICE_UNAVAILABLE", "%s", msg)
		}
	}
	args := arguments(f.ArgumentMap(x.vars))
	if p, ok := obj.(*page); ok {
		return p.field(f.Name), nil
	}
	if m, ok := obj.(map[string]any); ok {
		v, ok := m[f.Name]
		if !ok {
			x.odd = append(x.odd, "the fake does not know "+def.Name+"."+f.Name)
		}
		return v, nil
	}
	r := resolverOf(def.Name, f.Name)
	if r == nil {
		x.odd = append(x.odd, "the fake does not know "+def.Name+"."+f.Name)
		return nil, fmt.Errorf("the fake does not know %s.%s", def.Name, f.Name)
	}
	v, err := r(x, obj, args)
	if err != nil {
		return nil, err
	}
	if c, ok := v.(*connection); ok {
		return x.page(f, c, args)
	}
	return v, nil
}

// arguments are the coerced arguments of a field.
type arguments map[string]any

func (a arguments) text(name string) string {
	s, _ := a[name].(string)
	return s
}

func (a arguments) number(name string) (int, bool) {
	switch n := a[name].(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case json.Number:
		i, err := n.Int64()
		return int(i), err == nil
	}
	return 0, false
}

func (a arguments) list(name string) []string {
	var out []string
	switch l := a[name].(type) {
	case []any:
		for _, e := range l {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	case []string:
		out = l
	}
	return out
}

func (a arguments) object(name string) arguments {
	m, _ := a[name].(map[string]any)
	return m
}
