package exposure

import "testing"

func TestOracle(t *testing.T) {
	const (
		list   = "oci_core_security_list"
		first  = "oci_core_default_security_list"
		rule   = "oci_core_network_security_group_security_rule"
		routes = "oci_core_route_table"
		db     = "oci_database_autonomous_database"
	)
	in := func(rules string) string { return `{"id":"l","ingress_security_rules":[` + rules + `]}` }
	tcp := func(source, options string) string {
		return `{"protocol":"6","source":"` + source + `","source_type":"CIDR_BLOCK","tcp_options":[` + options + `]}`
	}
	single := func(source, typ string) string {
		return `{"network_security_group_id":"g","direction":"INGRESS","protocol":"6","source":"` + source + `","source_type":"` + typ + `","tcp_options":[{"destination_port_range":[{"min":22,"max":22}]}]}`
	}
	judge(t, []opened{
		{name: "opened", typ: list, before: in(""), after: in(tcp("0.0.0.0/0", `{"min":22,"max":22}`)), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "no options are all ports", typ: list, before: in(tcp("192.0.2.0/24", `{"min":22,"max":22}`)), after: in(tcp("192.0.2.0/24", "")), want: []string{"a ipv4 tcp 0-21 192.0.2.0/24", "a ipv4 tcp 23-65535 192.0.2.0/24"}},
		{name: "all protocols", typ: list, before: in(""), after: in(`{"protocol":"all","source":"0.0.0.0/0"}`), want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "ping", typ: list, before: in(""), after: in(`{"protocol":"1","source":"0.0.0.0/0","icmp_options":[{"type":3,"code":4}]}`), want: []string{"a ipv4 icmp 3-4 0.0.0.0/0 world"}},
		{name: "narrowed", typ: list, before: in(`{"protocol":"all","source":"0.0.0.0/0"}`), after: in(tcp("0.0.0.0/0", `{"min":443,"max":443}`))},
		{name: "a service", typ: list, before: in(""), after: in(`{"protocol":"6","source":"all-fra-services-in-oracle-services-network","source_type":"SERVICE_CIDR_BLOCK"}`), want: []string{"a any tcp 0-65535 service all-fra-services-in-oracle-services-network world unknown"}},
		{name: "an address said to be a service", typ: list, before: in(""), after: in(`{"protocol":"6","source":"0.0.0.0/0","source_type":"SERVICE_CIDR_BLOCK","tcp_options":[{"min":22,"max":22}]}`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "unknown", typ: list, before: in(""), after: in(`{"protocol":"6","source_type":"CIDR_BLOCK","tcp_options":[{"min":22,"max":22}]}`), unknown: `{"ingress_security_rules":[{"source":true}]}`, want: []string{"a any tcp 22-22  world unknown"}},
		{name: "computed", typ: list, after: `{}`, unknown: `{"ingress_security_rules":true,"egress_security_rules":true}`, sets: "vcn_id"},
		{name: "unread: two blocks of options", typ: list, before: in(""), after: in(tcp("192.0.2.0/24", `{"min":22,"max":22},{"min":1,"max":2}`)), want: []string{"a ipv4 tcp 0-65535 192.0.2.0/24"}},
		{name: "opened", typ: first, before: `{"manage_default_resource_id":"d","ingress_security_rules":[]}`, after: `{"manage_default_resource_id":"d","ingress_security_rules":[{"protocol":"17","source":"::/0","udp_options":[{"min":53,"max":53}]}]}`, want: []string{"a ipv6 udp 53-53 ::/0 world"}},

		{name: "opened", typ: rule, before: single("10.0.0.0/8", "CIDR_BLOCK"), after: single("0.0.0.0/0", "CIDR_BLOCK"), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "a group", typ: rule, after: single("ocid1.networksecuritygroup.oc1..x", "NETWORK_SECURITY_GROUP")},
		{name: "narrowed", typ: rule, before: single("0.0.0.0/0", "CIDR_BLOCK"), after: single("10.0.0.0/8", "CIDR_BLOCK")},
		{name: "the same elsewhere", typ: rule, after: single("10.1.0.0/16", "CIDR_BLOCK"), beside: []string{change("b", rule, noop, single("10.0.0.0/8", "CIDR_BLOCK"), null, "")}},
		{name: "unknown", typ: rule, after: `{"network_security_group_id":"g","direction":"INGRESS","protocol":"6","source_type":"CIDR_BLOCK"}`, unknown: `{"source":true}`, sets: "source", want: []string{"a any tcp 0-65535  world unknown"}},

		{name: "to the internet", typ: routes, before: `{"id":"r","route_rules":[{"destination":"0.0.0.0/0","network_entity_id":"ocid1.natgateway.oc1..x"}]}`, after: `{"id":"r","route_rules":[{"destination":"0.0.0.0/0","network_entity_id":"ocid1.internetgateway.oc1..x"}]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "list taken away", typ: db, before: `{"id":"d","whitelisted_ips":["192.0.2.1"]}`, after: `{"id":"d","whitelisted_ips":[]}`, want: both("FAMILY all 0-65535")},
		{name: "in a subnet", typ: db, after: `{"subnet_id":"s"}`},
		{name: "narrowed", typ: db, before: `{"id":"d"}`, after: `{"id":"d","whitelisted_ips":["192.0.2.1"]}`},
	})
}
