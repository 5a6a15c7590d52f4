package tfsource

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// expr is the value of an argument as it is written.
type expr struct {
	native hclsyntax.Expression
	src    []byte // the file, of a native one
	json   *node
	line   int
}

// kind is what can be said of a value without evaluating anything.
type kind int

const (
	kindAbsent kind = iota
	kindOther       // has to be evaluated
	kindNull
	kindBool
	kindNumber
	kindString
)

// bare takes off parentheses and a template that is nothing but its expression.
func (e expr) bare() hclsyntax.Expression {
	n := e.native
	for {
		switch x := n.(type) {
		case *hclsyntax.ParenthesesExpr:
			n = x.Expression
		case *hclsyntax.TemplateWrapExpr:
			n = x.Wrapped
		default:
			return n
		}
	}
}

// literal returns the value when it is one: the text of a string, the digits of a
// number, true or false.
func (e expr) literal() (kind, string) {
	if e.json != nil {
		switch e.json.kind {
		case 'n':
			return kindNull, ""
		case 't':
			return kindBool, "true"
		case 'f':
			return kindBool, "false"
		case '0':
			return kindNumber, e.json.text
		case '"':
			if s, ok := plainTemplate(e.json.text); ok {
				return kindString, s
			}
		}
		return kindOther, ""
	}
	switch x := e.bare().(type) {
	case nil:
		return kindAbsent, ""
	case *hclsyntax.LiteralValueExpr:
		return literalOf(x.Val, e.slice(x.SrcRange))
	case *hclsyntax.TemplateExpr:
		var b strings.Builder
		for _, p := range x.Parts {
			l, ok := p.(*hclsyntax.LiteralValueExpr)
			if !ok || l.Val.IsNull() || !l.Val.IsKnown() || l.Val.Type() != cty.String {
				return kindOther, ""
			}
			b.WriteString(l.Val.AsString())
		}
		return kindString, b.String()
	case *hclsyntax.UnaryOpExpr:
		if l, ok := x.Val.(*hclsyntax.LiteralValueExpr); ok && x.Op == hclsyntax.OpNegate && l.Val.Type() == cty.Number {
			return kindNumber, "-" + string(e.slice(l.SrcRange))
		}
	}
	return kindOther, ""
}

func literalOf(v cty.Value, src []byte) (kind, string) {
	switch {
	case !v.IsKnown():
		return kindOther, ""
	case v.IsNull():
		return kindNull, ""
	case v.Type() == cty.Bool:
		return kindBool, strconv.FormatBool(v.True())
	case v.Type() == cty.Number:
		return kindNumber, string(src)
	case v.Type() == cty.String:
		return kindString, v.AsString()
	}
	return kindOther, ""
}

// plainTemplate undoes the escapes of a JSON string that has no template in it.
func plainTemplate(s string) (string, bool) {
	for i := 0; i+1 < len(s); i++ {
		if (s[i] == '$' || s[i] == '%') && s[i+1] == '{' {
			if i == 0 || s[i-1] != s[i] {
				return "", false
			}
		}
	}
	return strings.NewReplacer("$${", "${", "%%{", "%{").Replace(s), true
}

func (e expr) slice(r hcl.Range) []byte {
	if r.Start.Byte < 0 || r.End.Byte > len(e.src) || r.Start.Byte > r.End.Byte {
		return nil
	}
	return e.src[r.Start.Byte:r.End.Byte]
}

// elements returns the elements of a list that is written out.
func (e expr) elements() ([]expr, bool) {
	var out []expr
	if e.json != nil {
		for _, x := range e.json.list {
			out = append(out, expr{json: x, line: x.line})
		}
		return out, e.json.kind == '['
	}
	x, ok := e.bare().(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil, false
	}
	for _, n := range x.Exprs {
		out = append(out, expr{native: n, src: e.src, line: n.Range().Start.Line})
	}
	return out, true
}

type field struct {
	name string
	expr
}

// fields returns the entries of an object that is written out, sorted by name. An
// object with a name that has to be evaluated is none.
func (e expr) fields() ([]field, bool) {
	var out []field
	if e.json != nil {
		if e.json.kind != '{' {
			return nil, false
		}
		for _, m := range e.json.members {
			out = append(out, field{m.name, expr{json: m.value, line: m.value.line}})
		}
	} else {
		x, ok := e.bare().(*hclsyntax.ObjectConsExpr)
		if !ok {
			return nil, false
		}
		for _, it := range x.Items {
			name := hcl.ExprAsKeyword(it.KeyExpr)
			if name == "" {
				k, ok := it.KeyExpr.(*hclsyntax.ObjectConsKeyExpr)
				if !ok {
					return nil, false
				}
				kind, s := expr{native: k.Wrapped, src: e.src}.literal()
				if kind != kindString {
					return nil, false
				}
				name = s
			}
			out = append(out, field{name, expr{native: it.ValueExpr, src: e.src, line: it.KeyExpr.Range().Start.Line}})
		}
	}
	slices.SortStableFunc(out, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return out, true
}

// pairs returns the entries of a native object whose names need not be literals.
func (e expr) pairs() ([][2]expr, bool) {
	x, ok := e.bare().(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil, false
	}
	var out [][2]expr
	for _, it := range x.Items {
		key := it.KeyExpr
		if k, ok := key.(*hclsyntax.ObjectConsKeyExpr); ok {
			key = k.Wrapped
		}
		out = append(out, [2]expr{{native: key, src: e.src, line: e.line}, {native: it.ValueExpr, src: e.src, line: e.line}})
	}
	return out, true
}
