package tfsource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON value.
type node struct {
	kind    byte   // as jsontext.Kind: { [ " 0 t f n
	text    string // of a string or a number
	members []member
	list    []*node
	line    int
}

type member struct {
	name  string
	value *node
}

// maxJSONDepth bounds our own descent. Configuration is not nested deeper.
const maxJSONDepth = 200

// jsonReader makes nodes out of strict JSON: no duplicate members, no text that is
// not Unicode, nothing after the end.
type jsonReader struct {
	d     *jsontext.Decoder
	src   []byte
	at    int64 // the offset up to which lines are counted
	lines int
	parts int
	lim   Limits
}

var (
	errDepth = errors.New("nested too deep")
	errParts = errors.New("too many parts")
)

func parseJSON(src []byte, g grammar, lim Limits) (*body, *problem) {
	if len(src) > lim.MaxFile {
		return nil, &problem{1, fmt.Sprintf("larger than %d bytes", lim.MaxFile)}
	}
	r := &jsonReader{d: jsontext.NewDecoder(bytes.NewReader(src), jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false)), src: src, lim: lim}
	n, err := r.value(0)
	if err == nil {
		if _, err = r.d.ReadToken(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("something after the end")
		}
	}
	if err != nil {
		p := &problem{r.line(), "not strict JSON"}
		if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok && s.ByteOffset > r.at && s.ByteOffset <= int64(len(src)) {
			p.line += bytes.Count(src[r.at:s.ByteOffset], []byte("\n"))
		}
		switch {
		case errors.Is(err, errDepth), errors.Is(err, errParts):
			p.why = err.Error()
		case errors.Is(err, jsontext.ErrDuplicateName):
			p.why = "a member that stands there twice"
		}
		return nil, p
	}
	b := body{args: map[string]expr{}}
	if p := n.into(&b, g, 0); p != nil {
		return nil, p
	}
	return &b, nil
}

func (r *jsonReader) line() int {
	if to := min(r.d.InputOffset(), int64(len(r.src))); to > r.at {
		r.lines += bytes.Count(r.src[r.at:to], []byte("\n"))
		r.at = to
	}
	return r.lines + 1
}

func (r *jsonReader) value(depth int) (*node, error) {
	if r.parts++; r.parts > r.lim.MaxParts {
		return nil, errParts
	}
	if depth > min(maxJSONDepth, r.lim.MaxDepth) {
		return nil, errDepth
	}
	t, err := r.d.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &node{kind: byte(t.Kind()), line: r.line()}
	switch n.kind {
	case '"', '0':
		n.text = t.String()
	case '[':
		for r.d.PeekKind() != ']' {
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.list = append(n.list, v)
		}
		_, err = r.d.ReadToken()
	case '{':
		for r.d.PeekKind() != '}' {
			name, err := r.d.ReadToken()
			if err != nil {
				return nil, err
			}
			key, line := name.String(), r.line()
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			v.line = line
			n.members = append(n.members, member{key, v})
		}
		_, err = r.d.ReadToken()
	}
	return n, err
}

// into makes arguments and blocks of an object, or of a list of objects.
func (n *node) into(b *body, g grammar, depth int) *problem {
	switch n.kind {
	case 'n':
		return nil
	case '[':
		for _, x := range n.list {
			if p := x.into(b, g, depth); p != nil {
				return p
			}
		}
		return nil
	case '{':
	default:
		return &problem{n.line, "an object was expected"}
	}
	if g != nil { // the names of locals are anybody's own
		if p := n.aliases(); p != nil {
			return p
		}
	}
	for _, m := range n.members {
		if m.name == "//" { // a comment
			continue
		}
		if f, ok := g[m.name]; ok {
			if p := m.value.block(b, m.name, nil, f, depth); p != nil {
				return p
			}
			continue
		}
		if known, ok := g.foldsTo(m.name); ok {
			return &problem{m.value.line, "a member that differs from " + known + " in letter case only"}
		}
		if _, twice := b.args[m.name]; twice {
			return &problem{m.value.line, "an argument that stands there twice"}
		}
		b.args[m.name] = expr{json: m.value, line: m.value.line}
	}
	return nil
}

// block adds the blocks of one kind, descending by their labels.
func (n *node) block(b *body, kind string, labels []string, f form, depth int) *problem {
	switch {
	case n.kind == 'n':
		return nil
	case n.kind == '[':
		for _, x := range n.list {
			if p := x.block(b, kind, labels, f, depth); p != nil {
				return p
			}
		}
		return nil
	case n.kind != '{':
		return &problem{n.line, "an object was expected"}
	case len(labels) < f.labels:
		for _, m := range n.members {
			if m.name == "//" {
				continue
			}
			if p := m.value.block(b, kind, append(slices.Clone(labels), m.name), f, depth); p != nil {
				return p
			}
		}
		return nil
	}
	x := &block{kind: kind, labels: labels, line: n.line, body: body{args: map[string]expr{}}}
	if p := n.into(&x.body, f.inner, depth+1); p != nil {
		return p
	}
	b.blocks = append(b.blocks, x)
	return nil
}

// aliases refuses members of one object that differ in letter case only: of two
// programs one may take the first and one the second.
func (n *node) aliases() *problem {
	seen := make(map[string]bool, len(n.members))
	for _, m := range n.members {
		k := strings.ToLower(m.name)
		if seen[k] {
			return &problem{m.value.line, "two members that differ in letter case only"}
		}
		seen[k] = true
	}
	return nil
}
