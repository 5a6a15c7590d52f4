package exposure

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
	"pgregory.net/rapid"
)

var attributes = []string{
	"id", "ingress", "egress", "type", "protocol", "ip_protocol", "from_port", "to_port", "cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6",
	"prefix_list_id", "prefix_list_ids", "security_group_id", "entry", "cidr", "rule_no", "rule_number", "action", "rule_action", "cidr_block",
	"network_acl_id", "route", "gateway_id", "destination_cidr_block", "route_table_id", "vpc_config", "public_access_cidrs", "endpoint_public_access", "port_info", "rules", "source",
}

var someTexts = []string{
	"", "0.0.0.0/0", "::/0", "10.0.0.0/8", "::ffff:10.0.0.1", "10.0.0.1-10.0.0.9", "0/0", "secret", "tcp", "-1", "icmp", "allow", "deny", "egress", "sg-1", "pl-1", "igw-1", "22", "99999999999999999999",
}

// anything is a value as a plan of no provider would have it.
func anything(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		k := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth == 0 {
			k %= 6
		}
		switch k {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(rapid.SampledFrom([]string{"-1", "0", "22", "22.0", "1e400", "65536", "-9223372036854775808", "9223372036854775807"}).Draw(t, "number"))
		case 3, 4, 5:
			return rapid.SampledFrom(someTexts).Draw(t, "text")
		case 6, 7:
			var out []any
			return append(out, rapid.SliceOfN(anything(depth-1), 0, 3).Draw(t, "list")...)
		}
		return object(depth-1).Draw(t, "object")
	})
}

func object(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		m := map[string]any{}
		for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom(attributes), 0, 8, rapid.ID).Draw(t, "attributes") {
			m[a] = anything(depth).Draw(t, a)
		}
		return m
	})
}

// TestAnyValues: no value of any attribute, and no mask, is too much; what nothing
// happens to is silent, and so is what is the same before and after.
func TestAnyValues(t *testing.T) {
	t.Parallel()
	var types []string
	for typ := range extractors {
		types = append(types, typ)
	}
	slices.Sort(types)
	rapid.Check(t, func(t *rapid.T) {
		s := New(Limits{Rules: 5000, Work: 1_000_000})
		same := true
		for i := range rapid.IntRange(1, 4).Draw(t, "changes") {
			side := func(name string) map[string]any {
				m, _ := object(3).Draw(t, name).(map[string]any)
				return m
			}
			c := &tfvalue.Change{
				Address: string(rune('a' + i)), Config: "x", Type: rapid.SampledFrom(types).Draw(t, "type"),
				Action: rapid.SampledFrom([]checks.Action{checks.ActionNoOp, checks.ActionUpdate, checks.ActionCreate, checks.ActionDelete, checks.ActionReplace, checks.ActionForget, checks.ActionReplaceForget, checks.ActionUnknown, ""}).Draw(t, "action"),
				Before: side("before"),
			}
			switch c.Action {
			case checks.ActionNoOp, checks.ActionForget:
			default:
				same = false
				c.After = side("after")
				c.Unknown, c.AfterSensitive = object(3).Draw(t, "unknown"), object(3).Draw(t, "sensitive")
			}
			if err := s.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		opened, rearranged, err := s.Result(nil)
		if err != nil {
			t.Fatal(err)
		}
		if same && len(opened)+len(rearranged) > 0 {
			t.Fatalf("nothing happens, and %+v %+v", opened, rearranged)
		}
		for _, e := range opened {
			if e.Source == "secret" || slices.Contains(e.Sources, "secret") || e.Protocol == "secret" {
				t.Fatalf("free text is shown: %+v", e)
			}
			if e.Sensitive && (e.Source != "" || e.Sources != nil) {
				t.Fatalf("a sensitive source is shown: %+v", e)
			}
		}
	})
}

// TestInside: a source inside beside another makes it neither wider nor less open, in
// whatever rules.
func TestInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := modelPlan(t)
		results := make([][]checks.Exposure, 2)
		for k := range results {
			s := New(Limits{})
			for i := range plan {
				p := plan[i]
				if k == 1 {
					inside := func(ls []Line) []Line {
						var out []Line
						for _, l := range ls {
							x := l
							x.Source = Source{Kind: SourceInside, Name: "group sg-9"}
							out = append(out, x, l)
						}
						return out
					}
					p.before, p.after = inside(p.before), inside(p.after)
				}
				if err := s.add(p.change()); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			if results[k], _, err = s.Result(nil); err != nil {
				t.Fatal(err)
			}
		}
		if len(results[0]) != len(results[1]) {
			t.Fatalf("%+v, and with sources inside %+v", results[0], results[1])
		}
	})
}

// TestToldOnce: what one line tells is not told again for each protocol or name that
// was denied.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	l := Line{Owner: Owner{ID: "o"}, Direction: "ingress", Ordered: true, Order: 1, Protocol: anyProtocol, To: maxPort}
	deny := func(protocol string, s Source) Line {
		x := l
		x.Deny, x.Protocol, x.Source = true, protocol, s
		return x
	}
	tag := Source{Kind: SourceNamed, Name: "service tag Internet"}
	allowAll := l
	allowAll.Order, allowAll.Source = 2, everybody()[0]
	unread := allowAll
	unread.Protocol = ""
	for _, tt := range []struct {
		name          string
		before, after []Line
		want          []string
	}{
		{"a protocol that was not read", []Line{unread}, []Line{allowAll}, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"a protocol that is not read", []Line{}, []Line{unread}, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"nothing allowed before", []Line{deny("tcp", everybody()[0]), deny("all", tag)}, []Line{allowAll}, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"a protocol denied before", []Line{deny("tcp", everybody()[0]), allowAll}, []Line{allowAll}, []string{"a ipv4 tcp 0-65535 0.0.0.0/0 world"}},
		{"a name denied before", []Line{deny("all", tag), allowAll}, []Line{allowAll}, []string{"a any all 0-65535 service tag Internet world unknown"}},
		{"a name that everybody includes", []Line{deny("all", tag)}, []Line{deny("all", tag), allowAll}, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
	} {
		p := part{address: "x.a", action: checks.ActionUpdate, before: tt.before, after: tt.after}
		s := New(Limits{})
		if err := s.add(p.change()); err != nil {
			t.Fatal(err)
		}
		es, _, err := s.Result(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range es {
			got = append(got, line(&es[i]))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// BenchmarkMoved is a group of 3,000 rules that all move from the group to resources of
// their own.
func BenchmarkMoved(b *testing.B) {
	l := Line{Owner: Owner{ID: "sg 1"}, Direction: "ingress", Protocol: "tcp"}
	var inline []Line
	for i := range 3000 {
		x := l
		x.From, x.To = i, i+5
		x.Source = Source{Kind: SourceIPv4, Span: Span{num{0, uint64(i) << 8}, num{0, uint64(i)<<8 | 255}}}
		inline = append(inline, x)
	}
	for b.Loop() {
		s := New(Limits{})
		g := part{address: "g.g", action: checks.ActionUpdate, before: inline}
		if err := s.add(g.change()); err != nil {
			b.Fatal(err)
		}
		for i := range inline {
			p := part{address: "r." + inline[i].Source.Span.text(ipv4), action: checks.ActionCreate, after: inline[i : i+1]}
			if err := s.add(p.change()); err != nil {
				b.Fatal(err)
			}
		}
		opened, moved, err := s.Result(nil)
		if err != nil || len(opened) != 0 || len(moved) != 3001 {
			b.Fatal(len(opened), len(moved), err)
		}
	}
}
