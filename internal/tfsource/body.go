package tfsource

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// body is what stands between braces, in either syntax.
type body struct {
	args   map[string]expr
	blocks []*block
}

// block is a nested block. In JSON only the blocks of [grammar] are known as such;
// others are arguments that are objects.
type block struct {
	kind   string
	labels []string
	line   int
	body   body
}

// each calls f for the blocks of a kind that have n labels.
func (b *body) each(kind string, n int, f func(*block)) {
	for _, x := range b.blocks {
		if x.kind == kind && len(x.labels) == n {
			f(x)
		}
	}
}

// names returns the names of the arguments, sorted.
func (b *body) names() []string {
	out := make([]string, 0, len(b.args))
	for n := range b.args {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// parse reads one file. A panic of a parser is a file that cannot be read: HCL is
// large, the text is hostile, and one file must not keep the others from being
// compared. Only the exhaustion of the stack cannot be caught; guard sees to that.
func parse(path string, src []byte, lim Limits) (b *body, p *problem) {
	defer func() {
		if recover() != nil {
			b, p = nil, &problem{1, "the parser cannot cope with it"}
		}
	}()
	if isJSON(path) {
		return parseJSON(src, grammarOf(path), lim)
	}
	if p := guard(src, lim); p != nil {
		return nil, p
	}
	f, diags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			p := &problem{1, "not valid HCL"}
			if d.Subject != nil {
				p.line = max(1, d.Subject.Start.Line)
			}
			return nil, p
		}
	}
	root, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return nil, &problem{1, "not valid HCL"}
	}
	out := nativeBody(root, src)
	return &out, nil
}

func nativeBody(n *hclsyntax.Body, src []byte) body {
	b := body{args: make(map[string]expr, len(n.Attributes))}
	for name, a := range n.Attributes {
		b.args[name] = expr{native: a.Expr, src: src, line: a.SrcRange.Start.Line}
	}
	for _, x := range n.Blocks {
		b.blocks = append(b.blocks, &block{kind: x.Type, labels: x.Labels, line: x.TypeRange.Start.Line, body: nativeBody(x.Body, src)})
	}
	return b
}

// grammar tells how many labels the blocks have that are looked into, and which
// blocks are in them: JSON does not say so itself.
type grammar map[string]form

type form struct {
	labels int
	inner  grammar
}

var (
	provisionerForm = form{1, grammar{"connection": {}}}
	resourceForm    = form{2, grammar{
		"lifecycle":   {0, grammar{"action_trigger": {}, "precondition": {}, "postcondition": {}}},
		"provisioner": provisionerForm,
		"connection":  {},
	}}

	topLevel = grammar{
		"resource":  resourceForm,
		"data":      resourceForm,
		"ephemeral": resourceForm,
		"action":    {2, grammar{"config": {}}},
		"module":    {1, grammar{}},
		"provider":  {1, grammar{}},
		"variable":  {1, grammar{"validation": {}}},
		"output":    {1, grammar{"precondition": {}}},
		"locals":    {0, nil},
		"terraform": {0, grammar{
			"backend": {1, nil}, "cloud": {}, "required_providers": {}, "encryption": {},
			"before_hook": {1, nil}, "after_hook": {1, nil}, "error_hook": {1, nil}, "extra_arguments": {1, nil},
		}},
		"moved":   {},
		"import":  {},
		"removed": {0, grammar{"lifecycle": {}, "provisioner": provisionerForm, "connection": {}}},
		"check":   {1, grammar{"data": resourceForm, "assert": {}}},

		"remote_state": {}, "engine": {}, "generate": {1, nil}, "include": {1, nil}, "unit": {1, nil}, "stack": {1, nil},
	}
)

// grammarOf returns what a file may have at its top.
func grammarOf(path string) grammar {
	if formatOf(path) == formatVars {
		return nil // the names of variables are anybody's own
	}
	return topLevel
}

// foldsTo returns the known name that another one differs from in letter case only.
// Programs that ignore case would read it as that one.
func (g grammar) foldsTo(name string) (string, bool) {
	if _, ok := g[name]; ok {
		return "", false
	}
	known := strings.ToLower(name)
	_, ok := g[known]
	return known, ok
}
