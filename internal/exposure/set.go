package exposure

import (
	"errors"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Limits bound what is compared. More than that is ErrTooMany, never cut off. A
// field that is zero has its default.
type Limits struct {
	Rules int // lines of rule sets, before and after, lists written out; default 200,000
	Work  int // steps of comparing them; default 50,000,000
}

// ErrTooMany means that nothing is known: there are more rules than the limit, or
// comparing them takes too long.
var ErrTooMany = errors.New("the network rules are too many to compare")

// Set gathers the rules of a plan.
type Set struct {
	lim       Limits
	lines     int
	resources []resource
	texts     map[string]int32
	text1     []string // of each number
	needed    [][]string
	all       int32 // the number of "all"
}

// resource is one resource that has lines.
type resource struct {
	address, config, module, configModule, typ string

	before, after         []box
	idBefore, idAfter     int32 // of the rule set that it is itself
	isSet                 bool
	same                  bool // after is before
	touched               bool // something happens to it
	replaced              bool
	created, deleted      bool
	hidden                bool // the plan marks protocols or ports of it sensitive
	listBefore, listAfter bool // it is an address list, with all its entries, before and after
}

// New returns an empty set.
func New(lim Limits) *Set {
	if lim.Rules <= 0 {
		lim.Rules = 200_000
	}
	if lim.Work <= 0 {
		lim.Work = 50_000_000
	}
	s := &Set{lim: lim, texts: map[string]int32{}, text1: []string{""}}
	s.all = s.text(anyProtocol)
	return s
}

// Exposes reports whether resources of a type say who may connect. Their values
// are needed even if nothing happens to them: the lines of one rule set may stand in
// several resources.
func Exposes(typ string) bool { return extractors[typ] != nil }

// Add takes one change. The only error is ErrTooMany.
func (s *Set) Add(c *tfvalue.Change) error {
	x := extractors[c.Type]
	if x == nil || c.Mode != "" && c.Mode != "managed" {
		return nil
	}
	return s.add(c, x)
}

func (s *Set) add(c *tfvalue.Change, x extract) error {
	if len(s.resources) >= s.lim.Rules {
		return ErrTooMany
	}
	id := int32(len(s.resources)) //nolint:gosec // at most the limit
	r := resource{
		address: c.Address, config: c.Config, module: c.Module, configModule: c.ConfigModule, typ: c.Type,
		touched: c.Action != checks.ActionNoOp, hidden: portsMarked(c),
	}
	lines := func(side tfvalue.Side) []box {
		if !side.Exists() {
			return nil
		}
		ls := x(c, side)
		for i := range ls {
			s.lines += ls[i].wasted
		}
		return s.keep(ls, id, c.Type)
	}
	r.before = lines(c.Old())
	switch c.Action {
	case checks.ActionNoOp, checks.ActionForget: // forgotten objects live on, with their rules
		r.same = true
	case checks.ActionDelete:
		r.deleted = true
		r.same = outlives(c.Type)
		if x := remains[c.Type]; x != nil && !r.same && c.Old().Exists() {
			r.after = s.keep(x(c, c.Old()), id, c.Type)
		}
	case checks.ActionReplaceForget:
		r.after = append(slices.Clone(r.before), lines(c.New())...)
	default:
		r.after = lines(c.New())
		r.created = !c.Old().Exists()
		r.replaced = c.Action == checks.ActionReplace
	}
	s.lines += len(r.before) + len(r.after)
	if s.lines > s.lim.Rules {
		return ErrTooMany
	}
	r.idBefore, r.isSet, r.listBefore = itself(r.before)
	var isSet bool
	r.idAfter, isSet, r.listAfter = itself(r.after)
	r.isSet = r.isSet || isSet
	if r.same {
		r.idAfter, r.listAfter, r.touched = r.idBefore, r.listBefore, false
	}
	if len(r.before)+len(r.after) > 0 {
		s.resources = append(s.resources, r)
	}
	return nil
}

// itself finds out whether a resource is a rule set, which, and whether it is an
// address list.
func itself(bs []box) (id int32, isSet, isList bool) {
	for i := range bs {
		if b := &bs[i]; b.attribute == 0 && b.owner >= 0 {
			isSet = true
			if id == 0 {
				id = b.owner
			}
			isList = isList || b.dir == list && b.kind == kindMarker
		}
	}
	return id, isSet, isList
}

// text returns the number of a text. The text is copied, for it may be a part of
// something big.
func (s *Set) text(t string) int32 {
	if t == "" {
		return 0
	}
	if n, ok := s.texts[t]; ok {
		return n
	}
	t = strings.Clone(t)
	n := int32(len(s.text1)) //nolint:gosec // a few for each line, of which there is a limit
	s.text1 = append(s.text1, t)
	s.texts[t] = n
	return n
}

// unless stands before attributes of which the configuration must set none.
const unless = "!"

func (s *Set) need(attributes []string) int32 {
	for i, n := range s.needed {
		if slices.Equal(n, attributes) {
			return int32(i + 1) //nolint:gosec // very few
		}
	}
	s.needed = append(s.needed, slices.Clone(attributes))
	return int32(len(s.needed)) //nolint:gosec // at most the limit of lines
}
