package exposure

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// fields finds an attribute of a resource, or of a block of one.
type fields func(name string) (tfvalue.Value, bool)

func root(s tfvalue.Side) fields {
	unknown, _ := s.Unknown.(map[string]any)
	return func(name string) (tfvalue.Value, bool) {
		if s.Root[name] == nil && unknown[name] == nil && s.Unknown != true {
			return tfvalue.Value{}, false // most are not there
		}
		return s.At(name)
	}
}

// id returns the identifier in an attribute, with what it is; empty when it is not
// known.
func (f fields) id(what, attribute string) string {
	v, _ := f(attribute)
	if t, ok := v.Text(); ok && t != "" && !v.Unknown {
		return what + " " + t
	}
	return ""
}

// blocks returns the fields of every block of an attribute. A block that cannot be
// read is nil. computed reports that the whole attribute is not known, in a resource
// that is new: then it may be a default that nobody set. An existing one keeps what it
// has, so there something not known comes from somebody, if only from a dynamic block,
// which leaves no expression.
func blocks(c *tfvalue.Change, s tfvalue.Side, attribute string) (out []fields, computed bool) {
	v, ok := s.At(attribute)
	switch {
	case !ok:
		return nil, false
	case v.Unknown:
		return []fields{nil}, c.Action != checks.ActionUpdate
	}
	for _, e := range v.Elements() {
		if _, isBlock := e.Value.(map[string]any); !isBlock || e.Unknown {
			out = append(out, nil)
			continue
		}
		out = append(out, e.Member)
	}
	return out, false
}

// marked reports whether the plan marks anything of the attributes sensitive, before
// or after; without names, anything of the resource. The mask of a set may cover all of
// it, and its order says nothing, so one mark hides all.
func marked(c *tfvalue.Change, attributes ...string) bool {
	for _, mask := range []any{c.BeforeSensitive, c.AfterSensitive} {
		m, ok := mask.(map[string]any)
		if !ok || len(attributes) == 0 {
			if tfvalue.Marked(mask) {
				return true
			}
			continue
		}
		for _, a := range attributes {
			if tfvalue.Marked(m[a]) {
				return true
			}
		}
	}
	return false
}

// reach sets protocol and ports of a line from three attributes.
func (l *Line) reach(f fields, protocolName, fromName, toName string) {
	p, _ := f(protocolName)
	name, sure := protocol(p.Value)
	if p.Unknown {
		name, sure = anyProtocol, false
	}
	from, _ := f(fromName)
	to, _ := f(toName)
	l.Protocol = name
	l.From, l.To, l.Unclear = 0, maxPort, true
	if low, high, ok := ports(name, from.Value, to.Value); !from.Unknown && !to.Unknown || !hasPorts(name) {
		l.From, l.To, l.Unclear = low, high, !ok || !sure
	}
}

// from returns a line for every source in the attributes, each a text or a list of
// texts. An attribute that is not known counts; alone says that the rule is a resource
// of its own: then only if the configuration sets it.
func (l Line) from(f fields, alone bool, source func(text string) Source, attributes ...string) []Line {
	var out []Line
	for _, name := range attributes {
		v, ok := f(name)
		if !ok {
			continue
		}
		add := func(s Source) {
			x := l
			x.Source = s
			if s.Kind == SourceUnknown && alone {
				x.Needs = []string{name}
			}
			out = append(out, x)
		}
		if v.Unknown {
			add(Source{Kind: SourceUnknown})
			continue
		}
		_, single := v.Value.(string)
		for _, e := range v.Elements() {
			switch t, isText := e.Text(); {
			case e.Unknown || !isText:
				add(Source{Kind: SourceUnknown})
			case t == "" && single: // the zero value of an attribute that is not set
			default:
				add(source(t))
			}
		}
	}
	return out
}

// unknown returns the line with a source that is not known.
func (l Line) unknown(needs ...string) Line {
	l.Source, l.Needs = Source{Kind: SourceUnknown}, needs
	return l
}

// address reads a source that should be an address.
func address(text string) Source {
	if s, ok := addresses(text); ok {
		return s
	}
	return Source{Kind: SourceNamed, Name: "(unread) " + text}
}

// everything is a line for all protocols and ports.
func everything(o Owner, direction string) Line {
	return Line{Owner: o, Direction: direction, Protocol: anyProtocol, From: 0, To: maxPort}
}
