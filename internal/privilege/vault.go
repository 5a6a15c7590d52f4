package privilege

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxVault bounds the text of a policy.
const maxVault = 64 << 10

// errHCL: the language of Vault is not JSON.
const errHCL = unread("it is not valid HCL")

// readVault reads a policy of Vault: blocks of a path and what may be done there. A
// path may end in *, and + stands for one part of it. "deny" wins over the rest.
//
// Source: Vault documentation, "Policies".
func readVault(text string) (*document, error) {
	d := &document{}
	// The parser goes down one step for each opening of anything.
	if len(text) > maxVault || flowDepth(text) > maxNesting || strings.Count(text, "${") > 1000 || strings.Count(text, "?") > 1000 {
		return d, errTooLarge
	}
	f, diags := hclsyntax.ParseConfig([]byte(text), "policy", hcl.InitialPos)
	if diags.HasErrors() || f == nil {
		return d, errHCL
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return d, errShape
	}
	for name := range body.Attributes {
		if name != "name" {
			return d, errShape
		}
	}
	for _, b := range body.Blocks {
		if b.Type != "path" || len(b.Labels) != 1 || len(d.statements) >= maxStatements {
			return d, errShape
		}
		path := glob(strings.ReplaceAll(b.Labels[0], "+", "*"), nil)
		path.text = b.Labels[0]
		may := []string{}
		restricted := false
		for name, a := range b.Body.Attributes {
			switch name {
			case "capabilities":
				list, ok := a.Expr.(*hclsyntax.TupleConsExpr)
				if !ok {
					return d, errShape
				}
				for _, e := range list.Exprs {
					t, ok := plainText(e)
					if !ok {
						return d, errShape
					}
					may = append(may, t)
				}
			case "policy": // the older form: one word
				t, ok := plainText(a.Expr)
				if !ok {
					return d, errShape
				}
				switch t {
				case "write":
					may = append(may, "create", "read", "update", "delete", "list")
				case "sudo":
					may = append(may, "create", "read", "update", "delete", "list", "sudo")
				default:
					may = append(may, t)
				}
			default:
				restricted = restricted || name == "allowed_parameters" || name == "denied_parameters"
			}
		}
		limits := everything
		if restricted || len(b.Body.Blocks) > 0 {
			limits = set{list: []pattern{literal("some parameters")}}
		}
		for _, m := range may {
			d.statements = append(d.statements, statement{deny: m == "deny", dims: [dimensions]set{{list: []pattern{literal(m)}}, {list: []pattern{path}}, limits, everything}})
		}
	}
	return d, nil
}

// plainText reads a text without anything in it that would have to be worked out:
// working out a program that somebody else wrote has no bound.
func plainText(e hclsyntax.Expression) (string, bool) {
	t, ok := e.(*hclsyntax.TemplateExpr)
	if !ok || !t.IsStringLiteral() {
		return "", false
	}
	l, ok := t.Parts[0].(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.IsNull() || l.Val.Type() != cty.String {
		return "", false
	}
	return l.Val.AsString(), true
}
