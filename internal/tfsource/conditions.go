package tfsource

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/claw-verified/claw-verified/checks"
)

// condition is a precondition, a postcondition, a validation or an assertion.
type condition struct {
	place
	kind string
	expr source
	text string
}

// declaration is a variable, an output or a check.
type declaration struct {
	place
	marks      map[string]bool // "sensitive", "ephemeral"
	value      setting         // of an output
	conditions []condition
}

// conditionsOf returns the conditions that stand in a body.
func conditionsOf(path string, b *body) []condition {
	var out []condition
	for _, kind := range []string{"precondition", "postcondition", "validation", "assert"} {
		b.each(kind, 0, func(x *block) {
			c := condition{place: place{path, x.line}, kind: kind}
			if e, ok := x.body.args["condition"]; ok {
				c.line = e.line
				c.expr = e.source()
				c.text = e.text()
			}
			out = append(out, c)
		})
	}
	return out
}

// declare keeps what a variable, an output or a check says.
func (m *module) declare(in map[string]*declaration, path string, x *block, override bool) {
	d := &declaration{place: place{path, x.line}, marks: map[string]bool{}, conditions: conditionsOf(path, &x.body)}
	old := in[x.labels[0]]
	if old != nil && override {
		// An override file changes what it sets and nothing else.
		maps.Copy(d.marks, old.marks)
		d.value = old.value
		if d.conditions == nil {
			d.conditions = old.conditions
		}
	}
	for _, mark := range marks {
		if e, ok := x.body.args[mark]; ok {
			k, s := e.literal()
			d.marks[mark] = (k == kindBool || k == kindString) && s == "true"
		}
	}
	if e, ok := x.body.args["value"]; ok {
		d.value = settingOf(e)
	}
	in[x.labels[0]] = d
}

// declared compares the conditions and marks of variables, outputs and checks.
func (c *comparison) declared(b, h *module) {
	for _, name := range slices.Sorted(maps.Keys(b.variables)) {
		if was, is := b.variables[name], h.variables[name]; is != nil {
			c.loosened(b, h, was.conditions, is.conditions, is.place, address("var", name))
			c.revealed(b, h, was, is, address("var", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.outputs)) {
		was, is := b.outputs[name], h.outputs[name]
		if was == nil {
			was = &declaration{}
		}
		c.loosened(b, h, was.conditions, is.conditions, is.place, address("output", name))
		c.revealed(b, h, was, is, address("output", name))
	}
	c.asserted(b, h)
}

// asserted compares checks. An assertion that another check makes now is not lost,
// and each one of a new check takes the place of one that is gone.
func (c *comparison) asserted(b, h *module) {
	had, has, spare := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range b.checks {
		b.failing(d.conditions, had)
	}
	for name, d := range h.checks {
		h.failing(d.conditions, has)
		if b.checks[name] == nil {
			h.failing(d.conditions, spare)
		}
	}
	maps.DeleteFunc(spare, func(text string, _ bool) bool { return had[text] })
	places := len(spare)
	for _, name := range slices.Sorted(maps.Keys(b.checks)) {
		was, is := b.checks[name], h.checks[name]
		l := loss{owner: address("check", name), place: was.place, gone: true, other: places}
		l.lost = b.lost(was.conditions, has)
		if is != nil {
			l.place, l.gone = is.place, false
			l.replaced(h, is.conditions, had)
		} else {
			places = max(0, places-len(l.lost))
		}
		c.lose(l)
	}
}

// loosened compares the conditions of something that is still there.
func (c *comparison) loosened(b, h *module, was, is []condition, at place, owner string) {
	if len(was) == 0 || !c.spend(len(was)+len(is)) {
		return
	}
	had, has := map[string]bool{}, map[string]bool{}
	b.failing(was, had)
	h.failing(is, has)
	l := loss{owner: owner, place: at, lost: b.lost(was, has)}
	l.replaced(h, is, had)
	c.lose(l)
}

// loss is what is known of conditions that are no longer there.
type loss struct {
	place
	owner  string
	gone   bool // the owner is
	lost   []*condition
	other  int        // conditions in their place
	always *condition // one that is true whatever happens
}

// failing notes the conditions that can fail.
func (m *module) failing(in []condition, out map[string]bool) {
	for i := range in {
		if !m.constant(&in[i]) {
			out[in[i].text] = true
		}
	}
}

// lost returns the conditions that could fail and are not there any more.
func (m *module) lost(was []condition, has map[string]bool) []*condition {
	var out []*condition
	seen := map[string]bool{}
	for i := range was {
		x := &was[i]
		if !has[x.text] && !seen[x.text] && !m.constant(x) {
			out = append(out, x)
			seen[x.text] = true
		}
	}
	return out
}

// replaced notes what is in the place of lost conditions.
func (l *loss) replaced(m *module, is []condition, had map[string]bool) {
	l.other = 0
	for i := range is {
		switch x := &is[i]; {
		case m.constant(x):
			if l.always == nil {
				l.always = x
			}
		case !had[x.text]:
			l.other++
		}
	}
}

// lose tells of conditions that are gone, or are now true whatever happens. One that
// another takes the place of is changed, not lost: what it lets through is not ours
// to evaluate.
func (c *comparison) lose(l loss) {
	if len(l.lost) <= l.other {
		return
	}
	x := checks.SourceChange{
		Kind: checks.SourceCheck, Path: l.repo(), Line: l.line, Address: l.owner, Before: l.lost[0].kind, After: "none", Removed: l.gone,
		Detail: "what it made sure of is no longer looked at",
	}
	if a := l.always; a != nil {
		x.Path, x.Line, x.After, x.Detail = a.repo(), a.line, "always true", "the condition that is there now refers to nothing that could make it fail"
	}
	c.add(x)
}

// constant reports whether a condition is true whatever happens, as far as that can
// be told: it refers to nothing, an alternative of it does not, or it compares
// something with itself. One that is plainly false is none.
func (m *module) constant(x *condition) bool {
	tokens := x.expr.tokens()
	// A local is what it stands for.
	for hops := 0; hops < maxHops && len(tokens) > 2 && string(tokens[0].Bytes) == "local"; hops++ {
		name := tight(tokens)
		src, ok := m.defs[name]
		if !ok {
			break
		}
		tokens = src.tokens()
	}
	return always(tokens, 0)
}

// tokens returns what a value is made of, without layout.
func (s source) tokens() hclsyntax.Tokens {
	var t hclsyntax.Tokens
	if s.json == nil {
		t, _ = hclsyntax.LexExpression(s.native, "", hcl.InitialPos)
	} else {
		switch k, word := (expr{json: s.json}).literal(); k {
		case kindBool, kindString:
			t, _ = hclsyntax.LexExpression([]byte(word), "", hcl.InitialPos)
		default:
			t = expr{json: s.json}.tokens()
		}
	}
	return slices.DeleteFunc(t, func(t hclsyntax.Token) bool {
		return t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment || t.Type == hclsyntax.TokenEOF
	})
}

// always reports whether tokens are an expression that is always true.
func always(t hclsyntax.Tokens, depth int) bool {
	for len(t) > 2 && encloses(t) {
		t = t[1 : len(t)-1]
	}
	if len(t) == 0 || depth > maxHops {
		return false
	}
	if word := tight(t); word == "false" || word == `"false"` {
		return false
	}
	refers := false
	for i := range t {
		if t[i].Type == hclsyntax.TokenDot && i > 0 {
			refers = true
		}
	}
	if !refers {
		return true
	}
	open, from := 0, 0
	equal := -1
	var parts []hclsyntax.Tokens
	for i := range t {
		switch t[i].Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote:
			open++
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote:
			open--
		case hclsyntax.TokenQuestion:
			if open == 0 {
				return false // a condition of its own, which binds less than "or"
			}
		case hclsyntax.TokenOr:
			if open == 0 {
				parts = append(parts, t[from:i])
				from = i + 1
			}
		case hclsyntax.TokenEqualOp:
			if open == 0 && equal < 0 {
				equal = i
			}
		}
	}
	if len(parts) > 0 {
		parts = append(parts, t[from:])
		return slices.ContainsFunc(parts, func(p hclsyntax.Tokens) bool { return always(p, depth+1) })
	}
	return equal > 0 && tight(t[:equal]) == tight(t[equal+1:])
}

// encloses reports whether the first token is a parenthesis, and the last its end.
func encloses(t hclsyntax.Tokens) bool {
	if t[0].Type != hclsyntax.TokenOParen || t[len(t)-1].Type != hclsyntax.TokenCParen {
		return false
	}
	open := 0
	for i := range t {
		switch t[i].Type {
		case hclsyntax.TokenOParen:
			open++
		case hclsyntax.TokenCParen:
			if open--; open == 0 && i < len(t)-1 {
				return false
			}
		}
	}
	return true
}
