package exposure

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// oddities are values that stand in every attribute that an extractor asks for.
const oddities = `"0.0.0.0/0" "" "x" null 0 -1 65536 1e99 true [] {} [null] [[]] [{}] ["0.0.0.0/0"] {"a":{"b":[{"c":1}]}} "0-0" "1-2-3" "::/0" "10.0.0.0/8,0.0.0.0/0" "ACCEPT#0.0.0.0/0#ALL#ALL" "a:[b"`

// FuzzOtherTypes reads one change of one type from texts. Nothing may panic, lines are
// within their bounds, a side reads the same twice, and what does not change opens
// nothing.
func FuzzOtherTypes(f *testing.F) {
	all := otherExtractors()
	types := make([]string, 0, len(all))
	for typ := range all {
		types = append(types, typ)
	}
	slices.Sort(types)
	seeds := []string{
		`{"id":"1","security_rule":[{"access":"Allow","direction":"Inbound","priority":1,"protocol":"*","source_address_prefix":"*","destination_port_range":"22","destination_address_prefix":"10.0.0.4"}]}`,
		`{"id":"1","network":"n","direction":"INGRESS","allow":[{"protocol":"tcp","ports":["22"]}],"deny":[{"protocol":"all"}],"source_ranges":["0.0.0.0/0"],"target_tags":["a"]}`,
		`{"id":"1","ingress_security_rules":[{"protocol":"6","source":"0.0.0.0/0","tcp_options":[{"min":22,"max":22}]}],"rule":[{"direction":"in","port":"any","source_ips":["::/0"]}]}`,
		`{"spec":[{"pod_selector":[{"match_labels":{"a":"b"}}],"type":"LoadBalancer","policy_types":["Ingress"],"ingress":[{"from":[{"ip_block":[{"cidr":"0.0.0.0/0","except":["10.0.0.0/8"]}]}],"ports":[{"port":"80","end_port":90}]}]}]}`,
		`{"manifest":{"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1","spec":{"podSelector":{}}},"yaml_body":"kind: Service\nspec: {type: LoadBalancer}\n"}`,
		`{"inbound_policy":"ACCEPT","inbound":[{"action":"DROP","ports":"22, 80-90","ipv4":["0.0.0.0/0"]}],"disabled":"true","ingress":["ACCEPT#0.0.0.0/0#ALL#ALL"]}`,
		`{"security_group_id":"g","direction":"ingress","remote_ip_prefix":"0.0.0.0/0","port_range_min":22,"cidr_ip":"10.0.0.0/8","policy":"drop","port_range":"-1/-1","start_ip_address":"0.0.0.0","end_ip_address":"255.255.255.255"}`,
	}
	for i := range types {
		f.Add(i, seeds[i%len(seeds)], seeds[(i+1)%len(seeds)], `{"rule":true,"spec":[{"ingress":true}],"source_ranges":true}`)
	}
	for i := range seeds {
		f.Add(i*13, seeds[i], "", "")
		f.Add(i*17, "", seeds[i], "true")
	}
	f.Fuzz(func(t *testing.T, typ int, before, after, mask string) {
		if len(before)+len(after)+len(mask) > 1<<14 {
			t.Skip()
		}
		c := &tfvalue.Change{Type: types[abs(typ)%len(types)], Mode: "managed", Action: checks.ActionUpdate}
		c.Address, c.Config = c.Type+".a", c.Type+".a"
		_ = decodeNumbers(before, &c.Before)
		_ = decodeNumbers(after, &c.After)
		_ = decodeNumbers(mask, &c.Unknown)
		switch {
		case c.Before == nil && c.After == nil:
			t.Skip()
		case c.Before == nil:
			c.Action = checks.ActionCreate
		case c.After == nil:
			c.Action = checks.ActionDelete
		}
		for _, side := range []tfvalue.Side{c.Old(), c.New()} {
			lines := all[c.Type](c, side)
			if !side.Exists() && lines != nil {
				t.Fatal("lines of a side that does not exist")
			}
			if again := all[c.Type](c, side); !reflect.DeepEqual(lines, again) {
				t.Fatalf("read twice: %v and %v", lines, again)
			}
			for _, l := range lines {
				if l.From < 0 || l.To > maxPort || l.From > l.To || l.Source.Kind == sourceEverybody || len(l.Source.Name) > maxName {
					t.Fatalf("line %+v", l)
				}
			}
		}
		s := New(Limits{Work: 5_000_000})
		if s.Add(c) == nil {
			_, _, _ = s.Result(settings{c.Config: {"id": nil}})
		}
		if c.Before != nil {
			s := New(Limits{Work: 5_000_000})
			same := *c
			same.Action, same.After = checks.ActionNoOp, c.Before
			if s.Add(&same) == nil {
				if opened, _, _ := s.Result(nil); len(opened) > 0 {
					t.Fatalf("a no-op opens %v", opened)
				}
			}
		}
	})
}

func decodeNumbers(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

func abs(n int) int { return int(uint(n) << 1 >> 1) }

// Every extractor stands values of every kind in every attribute that it asks for.
func TestOddShapes(t *testing.T) {
	var values []any
	for text := range strings.FieldsSeq(oddities) {
		var v any
		if decodeNumbers(text, &v) == nil {
			values = append(values, v)
		}
	}
	attributes := attributesOf(t)
	for typ, x := range otherExtractors() {
		for _, v := range values {
			m := map[string]any{}
			for _, a := range attributes {
				m[a] = v
			}
			for _, a := range attributes[:min(len(attributes), 400)] {
				m[a] = []any{m[a], map[string]any{a: v}}
			}
			c := &tfvalue.Change{Type: typ, Address: typ + ".a", Config: typ + ".a", Mode: "managed", Action: checks.ActionCreate, After: m}
			x(c, c.New())
		}
	}
}

// attributesOf are the names of attributes in the tables of this package.
func attributesOf(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, x := range shapes() {
		for _, names := range [][]string{x.cidr, x.named, x.groups, x.limits, x.ports, {x.owner, x.protocol, x.from, x.to, x.action, x.order, x.direction, x.without, x.needs}} {
			for _, n := range names {
				n, _, _ = strings.Cut(n, ".")
				seen[n] = true
			}
		}
		for _, l := range x.lists {
			seen[l.attribute] = true
		}
	}
	for n := range strings.FieldsSeq("security_rule source_address_prefix network_rules ip_rules default_action site_config ip_restriction allow deny match layer4_configs settings ip_configuration authorized_networks spec metadata manifest yaml_body ingress_security_rules tcp_options source start_ip_address end_ip_address api_server_access_profile firewall control_plane") {
		seen[n] = true
	}
	delete(seen, "")
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
