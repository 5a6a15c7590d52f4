package main

import (
	"bytes"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// pruneGraphQL drops what cannot be reached from the query type, so every mutation,
// and all prose. Nothing that a query can name is lost: whether our queries are
// GitHub's language is judged by the whole of it.
func pruneGraphQL(b []byte) ([]byte, error) {
	doc, err := parser.ParseSchema(&ast.Source{Input: string(b)})
	if err != nil {
		return nil, err
	}
	r := reach{types: map[string]*ast.Definition{}, implementers: map[string][]string{}, seen: map[string]bool{}}
	for _, d := range doc.Definitions {
		r.types[d.Name] = d
		for _, i := range d.Interfaces {
			r.implementers[i] = append(r.implementers[i], d.Name)
		}
	}
	r.visit("Query")
	for _, d := range doc.Directives {
		r.arguments(d.Arguments)
	}
	kept := ast.DefinitionList{}
	for _, d := range doc.Definitions {
		if r.seen[d.Name] {
			kept = append(kept, d)
		}
	}
	doc.Definitions, doc.Schema = kept, nil // the query type has the name it has by default
	var buf bytes.Buffer
	formatter.NewFormatter(&buf, formatter.WithoutDescription(), formatter.WithIndent(""), formatter.WithCompacted()).FormatSchemaDocument(doc)
	return buf.Bytes(), nil
}

type reach struct {
	types        map[string]*ast.Definition
	implementers map[string][]string
	seen         map[string]bool
}

func (r *reach) visit(name string) {
	d := r.types[name]
	if d == nil || r.seen[name] {
		return
	}
	r.seen[name] = true
	d.Fields = once(d.Fields)
	for _, f := range d.Fields {
		f.Directives = nil // only when it was deprecated, and why
		r.visit(f.Type.Name())
		r.arguments(f.Arguments)
	}
	for _, v := range d.EnumValues {
		v.Directives = nil
	}
	for _, list := range [][]string{d.Types, d.Interfaces, r.implementers[name]} {
		for _, n := range list {
			r.visit(n)
		}
	}
}

// once drops a field that a type has twice, as one of GitHub's own has.
func once(list ast.FieldList) ast.FieldList {
	var out ast.FieldList
	for _, f := range list {
		if out.ForName(f.Name) == nil {
			out = append(out, f)
		}
	}
	return out
}

func (r *reach) arguments(list ast.ArgumentDefinitionList) {
	for _, a := range list {
		a.Directives = nil
		r.visit(a.Type.Name())
	}
}
