package exposure

import (
	"cmp"
	"math"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
)

// box is a line as it is kept: a plan has very many that nothing happens to. Texts
// are numbers of the set's table; 0 is none.
type box struct {
	span             Span
	res              int32 // of the resource
	blame            int32 // of a line that opens something: the resource that is named for it
	owner, attribute int32
	name             int32 // of the source; below 0: not known, see unread*
	proto            int32
	needs            int32 // into the set's needs, from 1
	via              int32 // the address list that the source stood in, if the plan changes that
	order, from, to  int32
	dir              direction
	kind             kind
	through          through
	deny, unclear    bool
	sensitive        bool
}

type through uint8

const (
	throughNothing through = iota
	throughRoute
	throughACL
	throughEndpoint
)

func (t through) String() string {
	return [...]string{"", checks.ThroughRoute, checks.ThroughACL, checks.ThroughEndpoint}[t]
}

type direction uint8

const (
	none direction = iota
	ingress
	egress
	list // entries of an address list
)

func (d direction) String() string {
	if d == egress {
		return "egress"
	}
	return "ingress" // what a list lets in is told as ingress, the worse
}

type kind uint8

const (
	kindMarker kind = iota
	kindIPv4
	kindIPv6
	kindNamed
	kindInside
	kindUnknown
)

// Names of sources that are not known, of lines that allow and of lines that deny:
// they are never the same.
const (
	unreadAllow int32 = -1
	unreadDeny  int32 = -2
)

var kinds = map[SourceKind]kind{
	SourceIPv4: kindIPv4, SourceIPv6: kindIPv6, SourceNamed: kindNamed, SourceInside: kindInside, SourceUnknown: kindUnknown,
}

// keep makes the boxes of the lines of one side of a change.
func (s *Set) keep(lines []Line, res int32, typ string) []box {
	if len(lines) == 0 {
		return nil
	}
	out := make([]box, 0, len(lines))
	for i := range lines {
		l := &lines[i]
		b := box{
			res: res, owner: s.text(l.Owner.ID), attribute: s.text(l.Owner.Attribute), proto: s.text(l.Protocol),
			order: clamp(l.Order, math.MinInt32, math.MaxInt32), from: clamp(min(l.From, l.To), 0, maxPort), to: clamp(max(l.From, l.To), 0, maxPort),
			deny: l.Deny, unclear: l.Unclear || min(l.From, l.To) < 0 || max(l.From, l.To) > maxPort, sensitive: l.Sensitive,
		}
		if !l.Ordered {
			b.order = 0
		}
		switch l.Through {
		case checks.ThroughRoute:
			b.through = throughRoute
		case checks.ThroughACL:
			b.through = throughACL
		case checks.ThroughEndpoint:
			b.through = throughEndpoint
		case "":
			b.through = throughs[typ]
		}
		switch l.Direction {
		case "ingress":
			b.dir = ingress
		case "egress":
			b.dir = egress
		case "list":
			b.dir = list
		}
		k, known := kinds[l.Source.Kind]
		switch {
		case b.dir == none || b.dir == list && !known:
		case !known:
			b.kind = kindUnknown
		default:
			b.kind = k
		}
		switch b.kind {
		case kindIPv4, kindIPv6:
			b.span = l.Source.Span
		case kindNamed, kindInside:
			b.name = s.text(l.Source.Name)
			if b.name == 0 && b.kind == kindNamed {
				b.kind = kindUnknown
			}
		case kindUnknown:
		}
		if b.kind == kindUnknown {
			b.name = unreadAllow
			if b.deny {
				b.name = unreadDeny
			}
		}
		if b.dir != none && b.proto == 0 {
			b.proto, b.unclear = s.all, true
		}
		switch {
		case len(l.Needs) > 0:
			b.needs = s.need(l.Needs)
		case len(l.Unless) > 0:
			b.needs = s.need(append([]string{unless}, l.Unless...))
		}
		out = append(out, b)
	}
	return slices.Clip(out)
}

func clamp(n, low, high int) int32 { return int32(max(low, min(n, high))) } //nolint:gosec // the callers' bounds fit

// identity is a box without what does not matter to what it allows. Two lines of
// which something is not known are the same only if they are the same line.
func (b *box) identity() box {
	k := *b
	k.owner, k.attribute, k.needs, k.via, k.through, k.sensitive = 0, 0, 0, 0, 0, false
	if !b.unclear && b.kind != kindUnknown {
		k.res = 0
	}
	return k
}

// rank orders boxes as they are tried; of the same order the deny comes first.
func (b *box) rank(o *box) int {
	if b.order == o.order && b.deny != o.deny {
		if b.deny {
			return -1
		}
		return 1
	}
	return cmp.Compare(b.order, o.order)
}

// overlaps reports whether two boxes of one direction could be about the same
// connection. Names could be any address.
func (b *box) overlaps(o *box, all int32) bool {
	switch {
	case b.from > o.to || o.from > b.to:
		return false
	case b.proto != o.proto && b.proto != all && o.proto != all:
		return false
	case b.kind == kindNamed || b.kind == kindUnknown || o.kind == kindNamed || o.kind == kindUnknown:
		return true
	}
	return b.kind == o.kind && b.span.meets(o.span)
}
