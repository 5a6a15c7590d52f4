package ghapi

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// schema is GitHub's GraphQL schema, cut down.
var schema = sync.OnceValues(func() (*ast.Schema, error) {
	f, err := os.Open("../ghtest/schema/github.graphql.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "github.graphql", Input: string(b)})
	if err != nil {
		return nil, err
	}
	for _, d := range doc.Definitions { // GitHub publishes a field twice
		seen := map[string]bool{}
		d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
			again := seen[f.Name]
			seen[f.Name] = true
			return again
		})
	}
	s, err := validator.ValidateSchemaDocument(doc)
	if err != nil {
		return nil, err
	}
	return s, nil
})

type (
	// thing is an object of a graph, by its fields. A field may be a func(arguments) any.
	thing map[string]any
	// many is a connection.
	many []any
)

// graph answers queries from things, and holds every query against the schema and
// GitHub's limits. It is small enough to bend in ways that a GitHub does not.
type graph struct {
	tb     testing.TB
	root   thing
	rest   map[string]any // by path; nil: 404
	before func(n int)    // before the n-th query
	change func(n int, data any) (any, []GraphQLError)

	queries, gets []string
	nodes         int // that the largest query may ask for
}

func (g *graph) graphql(_ context.Context, text string, vars map[string]any, out any) ([]GraphQLError, error) {
	s, err := schema()
	if err != nil {
		g.tb.Fatal(err)
	}
	if g.before != nil {
		g.before(len(g.queries))
	}
	g.queries = append(g.queries, text)
	doc, errs := gqlparser.LoadQueryWithRules(s, text, rules.NewDefaultRules())
	if errs != nil {
		g.tb.Fatalf("the query is not valid: %v\n%s", errs, text)
	}
	values, verr := validator.VariableValues(s, doc.Operations[0], jsonVars(vars))
	if verr != nil {
		g.tb.Fatalf("the variables are not valid: %v", verr)
	}
	x := &execution{graph: g, schema: s, vars: values}
	n := x.count(doc.Operations[0].SelectionSet, 1)
	if g.nodes = max(g.nodes, n); n > 500_000 {
		g.tb.Errorf("the query may ask for %d nodes, GitHub allows 500,000", n)
	}
	data := x.object(g.root, "Query", doc.Operations[0].SelectionSet)
	var beside []GraphQLError
	if g.change != nil {
		data, beside = g.change(len(g.queries)-1, data)
	}
	b, err := json.Marshal(data)
	if err != nil {
		g.tb.Fatal(err)
	}
	return beside, decode(b, out)
}

func (g *graph) get(_ context.Context, path string, _ url.Values, out any) (response, error) {
	g.gets = append(g.gets, path)
	v := g.rest[path]
	if v == nil {
		return response{}, &StatusError{Status: 404, Method: "GET", Path: path}
	}
	if err, ok := v.(error); ok {
		return response{}, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		g.tb.Fatal(err)
	}
	return response{}, decode(b, out)
}

// jsonVars are the variables as they arrive.
func jsonVars(vars map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range vars {
		if n, ok := v.(int64); ok {
			v = json.Number(strconv.FormatInt(n, 10))
		}
		out[k] = v
	}
	return out
}

type execution struct {
	*graph
	schema *ast.Schema
	vars   map[string]any
}

// count is how many nodes a selection may ask for, as GitHub counts.
func (x *execution) count(set ast.SelectionSet, times int) int {
	n := 0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			args, t := s.ArgumentMap(x.vars), times
			for _, name := range []string{"first", "last"} {
				if v, ok := args[name].(int64); ok {
					t = times * int(v)
					n += t
				}
			}
			n += x.count(s.SelectionSet, t)
		case *ast.InlineFragment:
			n += x.count(s.SelectionSet, times)
		case *ast.FragmentSpread:
			n += x.count(s.Definition.SelectionSet, times)
		}
	}
	return n
}

func (x *execution) fields(set ast.SelectionSet, typ string, f func(*ast.Field)) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			f(s)
		case *ast.InlineFragment:
			if x.is(typ, s.TypeCondition) {
				x.fields(s.SelectionSet, typ, f)
			}
		case *ast.FragmentSpread:
			if x.is(typ, s.Definition.TypeCondition) {
				x.fields(s.Definition.SelectionSet, typ, f)
			}
		}
	}
}

func (x *execution) is(typ, condition string) bool {
	return typ == condition || slices.ContainsFunc(x.schema.GetPossibleTypes(x.schema.Types[condition]), func(d *ast.Definition) bool { return d.Name == typ })
}

func (x *execution) object(t thing, typ string, set ast.SelectionSet) any {
	if t == nil {
		return nil
	}
	if n, ok := t["__typename"].(string); ok {
		typ = n
	}
	out := map[string]any{}
	x.fields(set, typ, func(f *ast.Field) {
		v := x.value(t, typ, f)
		if old, ok := out[f.Alias].(map[string]any); ok {
			if now, ok := v.(map[string]any); ok {
				v = merged(old, now)
			}
		}
		out[f.Alias] = v
	})
	return out
}

func merged(a, b map[string]any) map[string]any {
	for k, v := range b {
		old, ok1 := a[k].(map[string]any)
		now, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			v = merged(old, now)
		}
		a[k] = v
	}
	return a
}

func (x *execution) value(t thing, typ string, f *ast.Field) any {
	if f.Name == "__typename" {
		return typ
	}
	def := x.schema.Types[typ].Fields.ForName(f.Name)
	if def == nil {
		x.tb.Fatalf("%s has no field %s", typ, f.Name)
	}
	v, ok := t[f.Name]
	args := f.ArgumentMap(x.vars)
	if fn, is := v.(func(map[string]any) any); is {
		v = fn(args)
	}
	if !ok && def.Type.NonNull {
		x.tb.Fatalf("a %s of the test has no %s", typ, f.Name)
	}
	named := def.Type.Name()
	switch v := v.(type) {
	case thing:
		return x.object(v, named, f.SelectionSet)
	case many:
		return x.connection(v, named, args, f.SelectionSet)
	}
	return v
}

func (x *execution) connection(all many, typ string, args map[string]any, set ast.SelectionSet) any {
	from, to := 0, len(all)
	if after, ok := args["after"].(string); ok {
		n, err := strconv.Atoi(strings.TrimPrefix(after, "c"))
		if err != nil {
			x.tb.Fatalf("cursor %q", after)
		}
		from = min(n, to)
	}
	if n, ok := args["first"].(int64); ok {
		to = min(to, from+int(n))
	}
	if n, ok := args["last"].(int64); ok {
		from = max(0, to-int(n))
	}
	c := thing{
		"totalCount": len(all), "filteredCount": len(all) - from,
		"pageInfo": thing{"hasNextPage": to < len(all), "endCursor": fmt.Sprintf("c%d", to)},
	}
	def := x.schema.Types[typ]
	out := map[string]any{}
	x.fields(set, typ, func(f *ast.Field) {
		if f.Name != "nodes" && f.Name != "edges" {
			out[f.Alias] = x.value(c, typ, f)
			return
		}
		list := []any{}
		named := def.Fields.ForName(f.Name).Type.Name()
		for _, e := range all[from:to] {
			list = append(list, x.object(e.(thing), named, f.SelectionSet))
		}
		out[f.Alias] = list
	})
	return out
}
