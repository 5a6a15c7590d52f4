package tfsource

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// text returns the value in a form that does not depend on how it is laid out: two
// with the same text mean the same as far as what they refer to does.
func (e expr) text() string {
	var w writer
	w.expr(e)
	return w.String()
}

// source is the text of a value that is compared seldom, so that what was parsed of
// it need not be kept.
type source struct {
	native []byte
	json   *node
}

func (e expr) source() source {
	if e.json != nil {
		return source{json: e.json}
	}
	return source{native: e.slice(e.native.Range())}
}

// expr parses the value again.
func (s source) expr() (e expr, ok bool) {
	if s.json != nil {
		return expr{json: s.json, line: s.json.line}, true
	}
	e.src = append(slices.Clone(s.native), '\n')
	n, diags := hclsyntax.ParseExpression(e.src, "", hcl.InitialPos)
	if n == nil || diags.HasErrors() {
		return e, false
	}
	e.native = n
	return e, true
}

// setting returns the value, or the part of it that a path of names leads to. The
// text is a part of a file that was parsed, so the parser may see it again.
func (s source) setting(path []string) setting {
	var w writer
	e, ok := s.expr()
	if !ok {
		t, _ := hclsyntax.LexExpression(e.src, "", hcl.InitialPos)
		w.tokens(t)
		return setting{text: w.String(), refs: w.refs, bare: w.bare}
	}
	for _, name := range path {
		fields, ok := e.fields()
		if !ok {
			break
		}
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			break
		}
		e = fields[i].expr
	}
	w.expr(e)
	return setting{text: w.String(), refs: w.refs, bare: w.bare}
}

// writer makes the texts of values, and notes which locals and variables of the
// module they rest on.
type writer struct {
	strings.Builder
	refs []string // "local.x", "var.x"
	bare bool     // nonsensitive is called
}

func (w *writer) expr(e expr) {
	switch k, s := e.literal(); k {
	case kindAbsent:
		return
	case kindNull:
		w.WriteString("null")
		return
	case kindBool, kindNumber:
		w.WriteString(s)
		return
	case kindString:
		w.WriteString(strconv.Quote(s))
		return
	}
	if list, ok := e.elements(); ok {
		w.WriteByte('[')
		for _, x := range list {
			w.expr(x)
			w.WriteByte(',')
		}
		w.WriteByte(']')
		return
	}
	if fields, ok := e.fields(); ok {
		w.WriteByte('{')
		for _, f := range fields {
			w.WriteString(strconv.Quote(f.name))
			w.WriteByte('=')
			w.expr(f.expr)
			w.WriteByte(',')
		}
		w.WriteByte('}')
		return
	}
	w.tokens(e.tokens())
}

// tokens returns the tokens of a value that has to be evaluated.
func (e expr) tokens() hclsyntax.Tokens {
	var t hclsyntax.Tokens
	if e.json != nil {
		s := e.json.text
		if in, ok := wholeTemplate(s); ok {
			t, _ = hclsyntax.LexExpression([]byte(in), "", hcl.InitialPos)
			return t
		}
		t, _ = hclsyntax.LexTemplate([]byte(s), "", hcl.InitialPos)
		// As the native syntax has it, between quotes.
		quoted := hclsyntax.Tokens{{Type: hclsyntax.TokenOQuote, Bytes: []byte{'"'}}}
		quoted = append(quoted, t...)
		return append(quoted, hclsyntax.Token{Type: hclsyntax.TokenCQuote, Bytes: []byte{'"'}})
	}
	if n := e.bare(); n != nil {
		t, _ = hclsyntax.LexExpression(e.slice(n.Range()), "", hcl.InitialPos)
	}
	return t
}

// wholeTemplate returns the expression of a template that has nothing beside it.
func wholeTemplate(s string) (string, bool) {
	in, ok := strings.CutPrefix(s, "${")
	if !ok || !strings.HasSuffix(in, "}") {
		return "", false
	}
	in = in[:len(in)-1]
	return in, !strings.ContainsAny(in, "{}")
}

// tokens joins tokens so that layout, comments and the last comma make no difference.
func (w *writer) tokens(tokens hclsyntax.Tokens) {
	var (
		open  []bool // of each bracket, whether the end of a line parts what is in it
		comma bool
		first = true // after what opens a list, a comma means nothing
		n     int
		chain []string // the names since the last thing that was neither a name nor a dot
	)
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenEOF:
			continue
		case hclsyntax.TokenComment, hclsyntax.TokenNewline:
			ends := bytes.HasSuffix(t.Bytes, []byte("\n")) && len(open) > 0 && open[len(open)-1]
			comma = comma || (ends && !first)
			continue
		case hclsyntax.TokenComma:
			comma = !first
			continue
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			comma = false
			open = open[:max(0, len(open)-1)]
		}
		if comma {
			w.refer(chain)
			chain = nil
			w.WriteString(" ,")
			comma = false
		}
		if n++; n > 1 {
			w.WriteByte(' ')
		}
		w.Write(t.Bytes)
		first = false
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open = append(open, t.Type == hclsyntax.TokenOBrace && !isFor(tokens[i+1:]))
			first = true
		}
		switch t.Type {
		case hclsyntax.TokenIdent:
			chain = append(chain, string(t.Bytes))
			w.bare = w.bare || (string(t.Bytes) == "nonsensitive" && callFollows(tokens[i+1:]))
		case hclsyntax.TokenDot:
		default:
			w.refer(chain)
			chain = nil
		}
	}
	w.refer(chain)
}

// callFollows reports whether what stands before these tokens is called.
func callFollows(rest hclsyntax.Tokens) bool {
	for _, t := range rest {
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			continue
		}
		return t.Type == hclsyntax.TokenOParen
	}
	return false
}

// refer notes what a chain of names refers to, if it is a local or a variable.
func (w *writer) refer(chain []string) {
	if len(chain) < 2 || (chain[0] != "local" && chain[0] != "var") {
		return
	}
	to := strings.Join(chain[:min(len(chain), maxHops)], ".")
	switch {
	case slices.Contains(w.refs, to):
	case len(w.refs) < maxRefs:
		w.refs = append(w.refs, to)
	case len(w.refs) == maxRefs:
		w.refs = append(w.refs, everything)
	}
}

// everything stands for all locals and variables, where there are too many to tell.
const everything = "*"

// isFor reports whether what follows an opening brace makes it a for expression, in
// which the end of a line means nothing.
func isFor(rest hclsyntax.Tokens) bool {
	for _, t := range rest {
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			continue
		}
		return t.Type == hclsyntax.TokenIdent && string(t.Bytes) == "for"
	}
	return false
}

// reference returns what a value refers to, such as "aws.west" or
// `module.a["x"].aws_db_instance.main`. Old files and JSON write references as
// strings.
func (e expr) reference() string {
	k, s := e.literal()
	if k != kindString {
		if e.json == nil {
			return tight(e.tokens())
		}
		s, _ = wholeTemplate(e.json.text)
	}
	t, _ := hclsyntax.LexExpression([]byte(s), "", hcl.InitialPos)
	return tight(t)
}

func tight(tokens hclsyntax.Tokens) string {
	var b strings.Builder
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenComment, hclsyntax.TokenNewline, hclsyntax.TokenEOF:
			continue
		}
		b.Write(t.Bytes)
	}
	return b.String()
}

// dotted writes tags["a"] as tags.a, which means the same.
func dotted(s string) string {
	if len(s) > maxReference {
		return s
	}
	for from := 0; ; {
		i := strings.Index(s[from:], `["`)
		if i < 0 {
			return s
		}
		i += from
		j := strings.Index(s[i:], `"]`)
		if j < 0 {
			return s
		}
		if key := s[i+2 : i+j]; hclsyntax.ValidIdentifier(key) {
			s = s[:i] + "." + key + s[i+j+2:]
		}
		from = i + 1
	}
}

// steps parts an address into its names: "module.a[0].aws_x.y" into module, a, aws_x,
// y. Instance keys are left out.
func steps(address string) []string {
	var out []string
	for i := 0; i < len(address); {
		switch address[i] {
		case '.':
			i++
		case '[':
			i = skipKey(address, i)
		default:
			j := i
			for j < len(address) && address[j] != '.' && address[j] != '[' {
				j++
			}
			out = append(out, address[i:j])
			i = j
		}
	}
	return out
}

// skipKey returns the place after an instance key.
func skipKey(s string, i int) int {
	quoted := false
	for i++; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ']' && !quoted:
			return i + 1
		}
	}
	return len(s)
}
