package ghtest

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// connection is a list that is read in pages.
type connection struct {
	items []any
	total int                           // -1: as many as there are
	edge  func(item any) map[string]any // further fields of an edge
	extra map[string]any                // further fields of the connection
}

func connect[T any](items []T) *connection {
	c := &connection{total: -1}
	for _, i := range items {
		c.items = append(c.items, i)
	}
	return c
}

// page is a part of a connection.
type page struct {
	*connection
	from, to int
}

// page cuts out what is asked for, with GitHub's rules of how much that may be.
func (x *execution) page(f *ast.Field, c *connection, a arguments) (any, error) {
	first, hasFirst := a.number("first")
	last, hasLast := a.number("last")
	switch {
	case !hasFirst && !hasLast:
		return nil, problem("MISSING_PAGINATION_BOUNDARIES",
			"You must provide a `first` or `last` value to properly paginate the `%s` connection.", f.Name)
	case first < 0 || last < 0 || first > 100 || last > 100:
		return nil, problem("EXCESSIVE_PAGINATION",
			"Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", max(first, last), f.Name)
	}
	if x.fault != nil {
		if n, ok := x.fault.Total[f.Name]; ok {
			c.total = n
		}
		if n, ok := x.fault.Drop[f.Name]; ok {
			if c.total < 0 {
				c.total = len(c.items)
			}
			c.items = c.items[:max(0, len(c.items)-n)]
		}
	}
	from, to := 0, len(c.items)
	if s := a.text("after"); s != "" {
		n, err := cursorAt(s)
		if err != nil {
			return nil, err
		}
		from = min(n, to)
	}
	if s := a.text("before"); s != "" {
		n, err := cursorAt(s)
		if err != nil {
			return nil, err
		}
		to = max(from, min(n-1, to))
	}
	if hasFirst {
		to = min(to, from+first)
	}
	if hasLast {
		from = max(from, to-last)
	}
	return &page{c, from, to}, nil
}

func cursor(i int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor:v2:%d", i+1))
}

func cursorAt(s string) (int, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		if n, ok := strings.CutPrefix(string(b), "cursor:v2:"); ok {
			if i, err := strconv.Atoi(n); err == nil {
				return i, nil
			}
		}
	}
	return 0, problem("INVALID_CURSOR_ARGUMENTS", "`%s` does not appear to be a valid cursor.", s)
}

func (p *page) field(name string) any {
	switch name {
	case "totalCount":
		if p.total >= 0 {
			return p.total
		}
		return len(p.items)
	case "nodes":
		return p.items[p.from:p.to]
	case "edges":
		edges := []any{}
		for i, n := range p.items[p.from:p.to] {
			e := map[string]any{"node": n, "cursor": cursor(p.from + i)}
			if p.edge != nil {
				for k, v := range p.edge(n) {
					e[k] = v
				}
			}
			edges = append(edges, e)
		}
		return edges
	case "pageInfo":
		info := map[string]any{
			"hasNextPage": p.to < len(p.items), "hasPreviousPage": p.from > 0,
			"startCursor": nil, "endCursor": nil,
		}
		if p.from < p.to {
			info["startCursor"], info["endCursor"] = cursor(p.from), cursor(p.to-1)
		}
		return info
	case "filteredCount":
		return len(p.items)
	case "pageCount":
		return p.to - p.from
	}
	return p.extra[name]
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Map:
		return r.IsNil()
	}
	return false
}

// cost is how much a query asks for, counted before it runs: nodes at most, and the
// requests that it stands for, of which a hundred are a point.
type cost struct{ nodes, requests int }

func (c cost) points() int { return max(1, (c.requests+50)/100) }

func price(set ast.SelectionSet, vars map[string]any, times int, c *cost) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			n := times
			if s.Definition != nil && strings.HasSuffix(s.Definition.Type.Name(), "Connection") && wanted(s.Directives, vars) {
				a := arguments(s.ArgumentMap(vars))
				first, _ := a.number("first")
				last, _ := a.number("last")
				c.requests += times
				n = times * max(first, last)
				c.nodes += n
			}
			price(s.SelectionSet, vars, n, c)
		case *ast.InlineFragment:
			price(s.SelectionSet, vars, times, c)
		case *ast.FragmentSpread:
			price(s.Definition.SelectionSet, vars, times, c)
		}
	}
}
