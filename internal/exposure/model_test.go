package exposure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
	"pgregory.net/rapid"
)

// The model is a small world in which everything is counted: two rule sets, two
// directions, two families of 8 addresses each, which are an eighth of the real ones,
// 7 ports, of which the last stands for all others, three protocols, of which the last
// stands for all others, and two names, of which every address may have any.
const (
	cells = 8
	doors = 7
)

var (
	modelProtocols = []string{"tcp", "udp", "other"}
	modelNames     = []string{"", "tag a", "tag b"}
)

// point is one connection.
type point struct {
	owner, direction string
	family           family
	protocol         string
	port, cell       int
	members          int // bit 1: tag a, bit 2: tag b
}

func cellSpan(f family, first, last int) Span {
	if f == ipv6 {
		return Span{num{uint64(first) << 61, 0}, num{uint64(last)<<61 | (1<<61 - 1), ^uint64(0)}}
	}
	return Span{num{0, uint64(first) << 29}, num{0, uint64(last)<<29 | (1<<29 - 1)}}
}

func portOf(port int) int {
	if port >= doors-1 {
		return maxPort
	}
	return port
}

func (p *point) matches(l *Line) bool {
	if l.Owner.ID != p.owner || l.Direction != p.direction || l.Protocol != anyProtocol && l.Protocol != p.protocol {
		return false
	}
	if at := portOf(p.port); at < l.From || l.To < at {
		return false
	}
	switch l.Source.Kind {
	case SourceIPv4, SourceIPv6:
		return (l.Source.Kind == SourceIPv6) == (p.family == ipv6) && cellSpan(p.family, p.cell, p.cell).meets(l.Source.Span)
	case SourceNamed:
		return p.members&(1<<slices.Index(modelNames, l.Source.Name)) != 0
	}
	return false
}

// permitted evaluates lines as the cloud does: the first that matches decides.
func (p *point) permitted(lines []Line) bool {
	best, deny := 0, false
	found := false
	for i := range lines {
		l := &lines[i]
		if !p.matches(l) {
			continue
		}
		switch {
		case !found || l.Order < best:
			best, deny, found = l.Order, l.Deny, true
		case l.Order == best:
			deny = deny || l.Deny
		}
	}
	return found && !deny
}

func everyPoint(yield func(*point)) {
	for _, owner := range []string{"set 1", "set 2"} {
		for _, direction := range []string{"ingress", "egress"} {
			for _, f := range []family{ipv4, ipv6} {
				for _, protocol := range modelProtocols {
					for port := range doors {
						for cell := range cells {
							for members := 0; members < 8; members += 2 {
								yield(&point{owner, direction, f, protocol, port, cell, members})
							}
						}
					}
				}
			}
		}
	}
}

func lineOf(owner string, ordered bool) *rapid.Generator[Line] {
	return rapid.Custom(func(t *rapid.T) Line {
		l := Line{
			Owner:     Owner{ID: owner, Attribute: "set"},
			Direction: rapid.SampledFrom([]string{"ingress", "ingress", "egress"}).Draw(t, "direction"),
			Protocol:  rapid.SampledFrom([]string{"tcp", "tcp", "udp", anyProtocol}).Draw(t, "protocol"),
			From:      0, To: maxPort,
		}
		if ordered {
			l.Ordered, l.Order = true, rapid.IntRange(0, 4).Draw(t, "order")
			l.Deny = rapid.IntRange(0, 2).Draw(t, "deny") == 0
		}
		if rapid.Bool().Draw(t, "ports") {
			a, b := rapid.IntRange(0, doors-1).Draw(t, "from"), rapid.IntRange(0, doors-1).Draw(t, "to")
			l.From, l.To = portOf(min(a, b)), portOf(max(a, b))
			if l.From == maxPort {
				l.From = doors - 1
			}
		}
		switch k := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case k < 2:
			l.Source = Source{Kind: SourceNamed, Name: rapid.SampledFrom(modelNames[1:]).Draw(t, "name")}
		default:
			f := ipv4
			l.Source.Kind = SourceIPv4
			if k == 9 {
				f, l.Source.Kind = ipv6, SourceIPv6
			}
			a, b := rapid.IntRange(0, cells-1).Draw(t, "first"), rapid.IntRange(0, cells-1).Draw(t, "last")
			if rapid.IntRange(0, 3).Draw(t, "all") == 0 {
				a, b = 0, cells-1
			}
			l.Source.Span = cellSpan(f, min(a, b), max(a, b))
		}
		return l
	})
}

// part is a resource of the model.
type part struct {
	address       string
	action        checks.Action
	before, after []Line
}

func modelPlan(t *rapid.T) []part {
	var out []part
	for _, owner := range []string{"set 1", "set 2"} {
		ordered := rapid.Bool().Draw(t, "ordered")
		lines := rapid.SliceOfN(lineOf(owner, ordered), 0, 4)
		var spare []Line
		for i := range rapid.IntRange(0, 3).Draw(t, "resources") {
			p := part{address: fmt.Sprintf("%s.%d", owner, i)}
			p.action = rapid.SampledFrom([]checks.Action{checks.ActionNoOp, checks.ActionUpdate, checks.ActionUpdate, checks.ActionReplace, checks.ActionCreate, checks.ActionDelete, checks.ActionForget, checks.ActionReplaceForget}).Draw(t, "action")
			if p.action != checks.ActionCreate {
				p.before = lines.Draw(t, "before")
			}
			switch p.action {
			case checks.ActionNoOp, checks.ActionForget:
				p.after = p.before
			case checks.ActionDelete:
				spare = append(spare, p.before...)
			default:
				p.after = lines.Draw(t, "after")
				// Often almost the same, or what another resource had.
				if rapid.Bool().Draw(t, "keep") {
					p.after = append(p.after, p.before...)
				}
				if rapid.Bool().Draw(t, "take") {
					p.after = append(p.after, spare...)
				}
			}
			out = append(out, p)
		}
	}
	return out
}

func (p *part) change() (*tfvalue.Change, extract) {
	c := &tfvalue.Change{Address: p.address, Config: p.address, Type: "model", Action: p.action}
	if p.action != checks.ActionCreate {
		c.Before = map[string]any{"side": "before"}
	}
	if p.action != checks.ActionDelete && p.action != checks.ActionForget {
		c.After = map[string]any{"side": "after"}
	}
	return c, func(_ *tfvalue.Change, s tfvalue.Side) []Line {
		if s.Root["side"] == "before" {
			return p.before
		}
		return p.after
	}
}

// covers reports whether an exposure tells of a point.
func covers(e *checks.Exposure, p *point) bool {
	if !strings.HasPrefix(e.Address, p.owner) || e.Direction != p.direction || e.Protocol != anyProtocol && e.Protocol != p.protocol {
		return false
	}
	if at := portOf(p.port); at < e.FromPort || e.ToPort < at {
		return false
	}
	if e.Unknown {
		i := slices.Index(modelNames, e.Source)
		return i > 0 && p.members&(1<<i) != 0
	}
	if e.Family != p.family.String() {
		return false
	}
	for _, text := range e.Sources {
		if s, ok := addresses(text); ok && cellSpan(p.family, p.cell, p.cell).meets(s.Span) {
			return true
		}
	}
	return false
}

// TestModel compares the algebra with counting.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := modelPlan(t)
		s := New(Limits{})
		var before, after []Line
		for i := range plan {
			p := &plan[i]
			before, after = append(before, p.before...), append(after, p.after...)
			if p.action == checks.ActionReplaceForget {
				after = append(after, p.before...)
			}
			if err := s.add(p.change()); err != nil {
				t.Fatal(err)
			}
		}
		es, rearranged, err := s.Result(nil)
		if err != nil {
			t.Fatal(err)
		}
		real := make([]bool, len(es)) // an exposure that tells of something new
		lost := map[string]bool{}
		everyPoint(func(p *point) {
			was, is := p.permitted(before), p.permitted(after)
			if was && !is {
				lost[p.owner] = true
			}
			seen := false
			for i := range es {
				if !covers(&es[i], p) {
					continue
				}
				seen = true
				real[i] = real[i] || is && !was
				switch {
				case es[i].Unknown || p.members != 0:
				case es[i].Protocol == anyProtocol && p.protocol != "other":
				case !is || was:
					t.Fatalf("%+v is told by %+v: allowed before %v, after %v", *p, es[i], was, is)
				}
			}
			if is && !was && !seen {
				t.Fatalf("%+v is newly allowed and not told: %+v", *p, es)
			}
		})
		opened := map[string]bool{}
		for i := range es {
			opened[es[i].Address] = true
			if !real[i] {
				t.Fatalf("nothing is newly allowed, and %+v is told", es[i])
			}
			j := slices.IndexFunc(plan, func(p part) bool { return p.address == es[i].Address })
			if a := plan[j].action; a == checks.ActionNoOp || a == checks.ActionForget || a == checks.ActionDelete && !slices.ContainsFunc(plan[j].before, func(l Line) bool { return l.Deny }) {
				t.Fatalf("%+v is told of a resource that cannot open anything: %s", es[i], a)
			}
		}
		for _, r := range rearranged {
			if opened[r.Address] {
				t.Fatalf("%+v opens something too", r)
			}
			if r.How == howNarrower && !lost[r.Address[:len("set 1")]] {
				t.Fatalf("%+v, and nothing is lost", r)
			}
		}
	})
}
