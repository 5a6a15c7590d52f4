package exposure

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const groupA = `"address":"aws_security_group.a","type":"aws_security_group"`

func inline(ingress string) string { return `{"id":"sg-1","ingress":[` + ingress + `]}` }

func allow(port int, cidrs string) string {
	return fmt.Sprintf(`{"protocol":"tcp","from_port":%d,"to_port":%d,"cidr_blocks":[%s]}`, port, port, cidrs)
}

func ruleEntry(name, actions, before, after string) string {
	return fmt.Sprintf(`{"address":"aws_security_group_rule.%s","type":"aws_security_group_rule","change":{"actions":[%s],"before":%s,"after":%s}}`, name, actions, before, after)
}

func separate(group string, port int, cidr string) string {
	return fmt.Sprintf(`{"type":"ingress","security_group_id":%q,"protocol":"tcp","from_port":%d,"to_port":%d,"cidr_blocks":[%q]}`, group, port, port, cidr)
}

// TestExposures holds one situation each, with what is newly allowed.
func TestExposures(t *testing.T) {
	t.Parallel()
	update := func(before, after string) string {
		return `{` + groupA + `,"change":{"actions":["update"],"before":` + before + `,"after":` + after + `}}`
	}
	const w, ten = `"0.0.0.0/0"`, `"10.0.0.0/8"`
	configured := settings{"aws_security_group.a": {"ingress": nil}}
	bare := settings{"aws_security_group.a": {"name": nil}}
	unknown := func(action, before string) string {
		return `{` + groupA + `,"change":{"actions":[` + action + `],"before":` + before + `,"after":{"name":"a"},"after_unknown":{"ingress":true,"id":true}}}`
	}
	tests := []struct {
		name, changes string
		config        settings
		want          []string
	}{
		{"opened", update(inline(""), inline(allow(22, w))), nil, []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"two halves", update(inline(""), inline(allow(22, `"0.0.0.0/1","128.0.0.0/1"`))), nil, []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"half beside the other half", update(inline(allow(22, `"0.0.0.0/1"`)), inline(allow(22, `"0.0.0.0/1"`)+","+allow(22, `"128.0.0.0/1"`))), nil, []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"narrowed", update(inline(allow(22, w)), inline(allow(22, ten))), nil, nil},
		{"closed", update(inline(allow(22, w)), inline("")), nil, nil},
		{"unchanged", update(inline(allow(22, w)), inline(allow(22, w))), nil, nil},
		{"deleted", `{` + groupA + `,"change":{"actions":["delete"],"before":` + inline(allow(22, w)) + `,"after":null}}`, nil, nil},
		{"wider", update(inline(allow(22, `"10.0.0.0/16"`)), inline(allow(22, ten))), nil, []string{"a ipv4 tcp 22-22 10.0.0.0/8"}},
		{"more ports", update(inline(allow(443, w)), inline(`{"protocol":"tcp","from_port":440,"to_port":445,"cidr_blocks":["0.0.0.0/0"]}`)), nil, []string{"a ipv4 tcp 440-442 0.0.0.0/0 world", "a ipv4 tcp 444-445 0.0.0.0/0 world"}},
		{"all protocols", update(inline(allow(22, w)), inline(`{"protocol":"-1","from_port":0,"to_port":0,"cidr_blocks":["0.0.0.0/0"]}`)), nil, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"protocol by number", update(inline(allow(22, w)), inline(`{"protocol":"6","from_port":22,"to_port":22,"cidr_blocks":["0.0.0.0/0"]}`)), nil, nil},
		{"protocol not understood", update(inline(""), inline(`{"protocol":"t c p","from_port":22,"to_port":22,"cidr_blocks":["0.0.0.0/0"]}`)), nil, []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"no ports", update(inline(""), inline(`{"protocol":"tcp","cidr_blocks":["10.0.0.0/8"]}`)), nil, []string{"a ipv4 tcp 0-65535 10.0.0.0/8"}},
		{"icmp", update(inline(""), inline(`{"protocol":"icmp","from_port":8,"to_port":-1,"cidr_blocks":["0.0.0.0/0"]}`)), nil, []string{"a ipv4 icmp 8--1 0.0.0.0/0 world"}},
		{"IPv6", update(inline(""), inline(`{"protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":[],"ipv6_cidr_blocks":["::/0"],"self":true}`)), nil, []string{"a ipv6 tcp 22-22 ::/0 world"}},
		{"self and groups", update(inline(""), inline(`{"protocol":"tcp","from_port":22,"to_port":22,"self":true,"security_groups":["sg-9"]}`)), nil, nil},
		{"prefix list", update(inline(`{"protocol":"tcp","from_port":1,"to_port":1,"prefix_list_ids":["pl-1"]}`), inline(`{"protocol":"tcp","from_port":1,"to_port":1,"prefix_list_ids":["pl-1","pl-2"]}`)), nil, []string{"a any tcp 1-1 prefix list pl-2 world unknown"}},
		{"text that is no address", update(inline(""), inline(allow(22, `"0/0"`))), nil, []string{"a any tcp 22-22  world unknown"}},
		{"moved to a rule", update(inline(allow(22, w)), inline("")) + "," + ruleEntry("r", `"create"`, "null", separate("sg-1", 22, "0.0.0.0/0")), nil, nil},
		{"moved to a rule of another group", update(inline(allow(22, w)), inline("")) + "," + ruleEntry("r", `"create"`, "null", separate("sg-2", 22, "0.0.0.0/0")), nil, []string{"r ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"covered by a rule that stays", ruleEntry("q", `"no-op"`, separate("sg-1", 22, "0.0.0.0/0"), separate("sg-1", 22, "0.0.0.0/0")) + "," + ruleEntry("r", `"create"`, "null", separate("sg-1", 22, "10.0.0.0/8")), nil, nil},
		{"rule replaced, narrower", ruleEntry("r", `"delete","create"`, separate("sg-1", 22, "0.0.0.0/0"), separate("sg-1", 22, "10.0.0.0/8")), nil, nil},
		{"rule replaced, wider", ruleEntry("r", `"create","delete"`, separate("sg-1", 22, "10.0.0.0/8"), separate("sg-1", 22, "0.0.0.0/0")), nil, []string{"r ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"halves in two rules of unknown groups", ruleEntry("p", `"create"`, "null", separate("", 22, "0.0.0.0/4")) + "," + ruleEntry("q", `"create"`, "null", separate("", 22, "128.0.0.0/4")) + "," + ruleEntry("r", `"create"`, "null", separate("", 22, "64.0.0.0/4")), nil, []string{"p ipv4 tcp 22-22 0.0.0.0/4 world", "q ipv4 tcp 22-22 128.0.0.0/4 world", "r ipv4 tcp 22-22 64.0.0.0/4 world"}},
		{"single rule", `{"address":"aws_vpc_security_group_ingress_rule.v","type":"aws_vpc_security_group_ingress_rule","change":{"actions":["create"],"before":null,"after":{"security_group_id":"sg-1","ip_protocol":"-1","cidr_ipv4":"0.0.0.0/0","cidr_ipv6":null}}}`, nil, []string{"v ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"egress", `{"address":"aws_vpc_security_group_egress_rule.v","type":"aws_vpc_security_group_egress_rule","change":{"actions":["create"],"before":null,"after":{"ip_protocol":"tcp","from_port":443,"to_port":443,"cidr_ipv6":"::/0"}}}`, nil, []string{"v egress ipv6 tcp 443-443 ::/0 world"}},
		{"unknown and configured", unknown(`"create"`, "null"), configured, []string{"a any all 0-65535  world unknown"}},
		{"unknown and computed", unknown(`"create"`, "null"), bare, nil},
		{"unknown in an update", unknown(`"update"`, inline(allow(22, ten))), bare, []string{"a any all 0-65535  world unknown"}},
		{"unknown element", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":{"ingress":[{"protocol":"tcp","from_port":22,"to_port":22}]},"after_unknown":{"ingress":[{"cidr_blocks":true}]}}}`, bare, []string{"a any tcp 22-22  world unknown"}},
		{"unknown in a list", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":{"ingress":[{"protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":[null]}]},"after_unknown":{"ingress":[{"cidr_blocks":[true]}]}}}`, bare, []string{"a any tcp 22-22  world unknown"}},
		{"sensitive", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":` + inline(allow(22, w)) + `,"after_sensitive":{"ingress":true}}}`, nil, []string{"a ipv4  0-0  world sensitive"}},
		{"sensitive for a part", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":` + inline(allow(22, ten)) + `,"after_sensitive":{"ingress":[{"cidr_blocks":[true]}]}}}`, nil, []string{"a ipv4 tcp 22-22  sensitive"}},
		{"forgotten", `{` + groupA + `,"change":{"actions":["forget"],"before":` + inline(allow(22, w)) + `,"after":null}}`, nil, nil},
		{"sensitive elsewhere", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":` + inline(allow(22, ten)) + `,"after_sensitive":{"tags":true}}}`, nil, []string{"a ipv4 tcp 22-22 10.0.0.0/8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := told(t, Limits{}, tt.changes, tt.config)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
