package exposure

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// sourceEverybody stands for every address of both families while lines are made;
// settle writes it out.
const sourceEverybody SourceKind = "everybody"

// maxSpread bounds the lines that one rule may become: sources times ports. A rule
// with more is read as if its ports were not known, and a resource with more as if
// nothing of it were.
const maxSpread = 1 << 16

// maxName is how long a name of a source may be, in bytes; longer ones are known by
// their digest.
const maxName = 200

// anywhere reads a source: an address, a prefix, a range, a word for everybody.
func anywhere(text string) Source {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "*", "any", "all", "internet", "everyone", "everybody", "any-ipv4-ipv6":
		return Source{Kind: sourceEverybody}
	}
	return known(address(text))
}

// named returns a reader of names: addresses that the plan does not show. What may be
// reached under a name is no unknown visitor, so of egress it is inside.
func named(what, direction string) func(text string) Source {
	kind := SourceNamed
	if direction == "egress" {
		kind = SourceInside
	}
	return func(text string) Source { return known(Source{Kind: kind, Name: what + " " + text}) }
}

// inside returns a reader of names of machines of the same owner.
func inside(what string) func(text string) Source {
	return func(text string) Source { return known(Source{Kind: SourceInside, Name: what + " " + text}) }
}

func known(s Source) Source {
	if len(s.Name) > maxName {
		sum := sha256.Sum256([]byte(s.Name))
		s.Name = "(unread) digest " + hex.EncodeToString(sum[:])
	}
	return s
}

// open returns the line with everybody as its source.
func (l Line) open() []Line {
	l.Source = Source{Kind: sourceEverybody}
	return []Line{l}
}

// spread makes a line of every source with every reach.
func spread(sources []Line, rs []reach) []Line {
	if len(sources)*len(rs) > maxSpread {
		rs = []reach{{anyProtocol, 0, maxPort, true}}
	}
	out := make([]Line, 0, len(sources)*len(rs))
	for _, l := range sources {
		for _, r := range rs {
			x := l
			x.Protocol, x.From, x.To, x.Unclear = r.protocol, r.from, r.to, l.Unclear || r.unclear
			out = append(out, x)
		}
	}
	return out
}

// settle finishes the lines of a resource: it writes out everybody, and gives up on a
// resource that has too many.
func settle(x extract) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		if !s.Exists() {
			return nil
		}
		if product(s.Root, 0)+product(s.Unknown, 0) > 2*maxSpread {
			return worst(Owner{})
		}
		lines := x(c, s)
		if len(lines) > maxSpread {
			return wasted(lines[0].Owner, len(lines))
		}
		out := make([]Line, 0, len(lines))
		for _, l := range lines {
			if l.Source.Kind != sourceEverybody {
				out = append(out, l)
				continue
			}
			for _, l.Source = range everybody() {
				out = append(out, l)
			}
		}
		return out
	}
}

// worst are the lines of a resource that has too many to be read.
func worst(o Owner) []Line {
	return []Line{{Owner: o}, everything(o, "ingress").unknown(), everything(o, "egress").unknown()}
}

// wasted are those lines after n were made for nothing, which count: a small plan can
// hold very many such resources.
func wasted(o Owner, n int) []Line {
	out := worst(o)
	out[0].wasted = n
	return out
}

// product bounds the lines that a value may become: every element of a list in a block
// with every element of another list there. It is found before a line is made, since a
// small plan can stand for very many.
func product(v any, depth int) int {
	if depth > maxYAMLDepth {
		return 0 // nothing that is looked at is so deep
	}
	const most = 1 << 30
	n := 0
	switch t := v.(type) {
	case []any:
		n = len(t)
		for _, e := range t {
			n = min(n+product(e, depth+1), most)
		}
	case map[string]any:
		before := 0
		for k, e := range t {
			switch e.(type) {
			case []any, map[string]any:
			default:
				continue
			}
			if k == "tags" || k == "tags_all" || k == "labels" || k == "annotations" {
				continue
			}
			size := leaves(e, depth+1)
			n = min(n+product(e, depth+1)+before*size, most)
			before += size
		}
	}
	return n
}

func leaves(v any, depth int) int {
	if depth > maxYAMLDepth {
		return 0
	}
	n := 0
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			n += leaves(e, depth+1)
		}
	case map[string]any:
		for _, e := range t {
			n += leaves(e, depth+1)
		}
	default:
		n = 1
	}
	return n
}

// isNew reports whether a side is what will be, where that is not what was.
func isNew(c *tfvalue.Change, s tfvalue.Side) bool {
	switch c.Action {
	case checks.ActionNoOp, checks.ActionForget:
		return false
	}
	return c.Before == nil || reflect.ValueOf(s.Root).Pointer() != reflect.ValueOf(c.Before).Pointer()
}

// deep finds attributes in blocks of which there is one: "match.layer4_configs". Where
// there are more, the attribute is not known: the worst it could be.
func (f fields) deep(path string) (tfvalue.Value, bool) {
	name, rest, more := strings.Cut(path, ".")
	v, ok := f(name)
	if !more || !ok || v.Unknown {
		return v, ok
	}
	es := v.Elements()
	switch len(es) {
	case 0:
		return tfvalue.Value{}, false
	case 1:
		if _, isBlock := es[0].Value.(map[string]any); isBlock && !es[0].Unknown {
			return fields(es[0].Member).deep(rest)
		}
	}
	return tfvalue.Value{Unknown: true}, true
}

// under returns the fields of every block of an attribute of a block. Of a block that
// cannot be read nothing is known.
func (f fields) under(path string) []fields {
	v, ok := f.deep(path)
	if !ok {
		return nil
	}
	if v.Unknown {
		return []fields{unread}
	}
	var out []fields
	for _, e := range v.Elements() {
		if _, isBlock := e.Value.(map[string]any); !isBlock || e.Unknown {
			out = append(out, unread)
			continue
		}
		out = append(out, e.Member)
	}
	return out
}

// unread are the fields of a block that cannot be read: every one is not known.
func unread(string) (tfvalue.Value, bool) { return tfvalue.Value{Unknown: true}, true }

// rulesOf returns the fields of the blocks of an attribute at the top, and what must
// be set by the configuration if they are not known.
func rulesOf(c *tfvalue.Change, s tfvalue.Side, attribute string, computed bool) (out []fields, needs []string) {
	rules, unset := blocks(c, s, attribute)
	if unset && computed {
		needs = []string{attribute}
	}
	for _, f := range rules {
		if f == nil {
			f = unread
		}
		out = append(out, f)
	}
	return out, needs
}

// word returns a text in lower case; empty when it is not known.
func (f fields) word(path string) string {
	v, _ := f.deep(path)
	if t, ok := v.Text(); ok && !v.Unknown {
		return strings.ToLower(strings.TrimSpace(t))
	}
	return ""
}

// is reports whether an attribute is known to be the value.
func (f fields) is(path string, want bool) bool {
	v, _ := f.deep(path)
	got, ok := v.Bool()
	return ok && !v.Unknown && got == want
}

// has reports whether an attribute has anything in it, known or not.
func (f fields) has(path string) bool {
	v, ok := f.deep(path)
	if !ok {
		return false
	}
	if t, isText := v.Text(); isText && t == "" {
		return false
	}
	return v.Unknown || len(v.Elements()) > 0
}

// denies reads what a rule does. What is not known, or not a word for refusing, lets
// in: the worst it could be.
func (f fields) denies(path string) bool {
	switch f.word(path) {
	case "deny", "denied", "drop", "dropped", "discard", "reject", "block", "blocked", "refuse":
		return true
	}
	if t := f.word(path); strings.HasPrefix(t, "deny(") {
		return true
	}
	return false
}

// direction reads a direction; what is not known, or not said, comes in.
func (f fields) direction(path string) string {
	switch f.word(path) {
	case "egress", "outbound", "out", "output", "outgoing":
		return "egress"
	}
	return "ingress"
}

// order reads the place of a rule. What is not known is the first for a rule that lets
// in, and the last for one that does not.
func (f fields) order(path string, otherwise int, deny bool) int {
	v, ok := f.deep(path)
	if !ok {
		return otherwise
	}
	if n, isNumber := integer(v.Value); isNumber && !v.Unknown {
		return n
	}
	if deny {
		return lastOrder
	}
	return -lastOrder
}

// lastOrder is behind every order that a provider knows.
const lastOrder = 1<<31 - 1
