package exposure

import (
	"strings"
	"testing"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	const vpn, transit, group, dns = "aws_ec2_client_vpn_authorization_rule", "aws_ec2_transit_gateway_route", "aws_networkfirewall_rule_group", "aws_route53_resolver_firewall_rule"
	const armor, armorRule, waf, list, item = "google_compute_security_policy", "google_compute_security_policy_rule", "aws_wafv2_ip_set", "cloudflare_list", "cloudflare_list_item"
	vpnRule := func(rest string) string { return `{"client_vpn_endpoint_id":"cvpn-1",` + rest + `}` }
	transitRoute := func(rest string) string { return `{"transit_gateway_route_table_id":"t-1",` + rest + `}` }
	stateful := func(order string, rules ...string) string {
		options := ""
		if order != "" {
			options = `"stateful_rule_options":[{"rule_order":"` + order + `"}],`
		}
		return `{"id":"g","rule_group":[{` + options + `"rules_source":[{"stateful_rule":[` + strings.Join(rules, ",") + `]}]}]}`
	}
	header := func(action, source, to, port string) string {
		return `{"action":"` + action + `","header":[{"source":"` + source + `","source_port":"ANY","destination":"` + to + `","destination_port":"` + port + `","protocol":"TCP","direction":"FORWARD"}],"rule_option":[{"keyword":"sid","settings":["1"]}]}`
	}
	stateless := func(action, source string, priority string) string {
		return `{"priority":` + priority + `,"rule_definition":[{"actions":["aws:` + action + `"],"match_attributes":[{"protocols":[6],"source":[{"address_definition":"` + source + `"}],"destination_port":[{"from_port":22,"to_port":22}]}]}]}`
	}
	packets := func(rules ...string) string {
		return `{"id":"g","rule_group":[{"rules_source":[{"stateless_rules_and_custom_actions":[{"stateless_rule":[` + strings.Join(rules, ",") + `]}]}]}]}`
	}
	program := func(rules string) string {
		return `{"id":"g","rule_group":[{"rules_source":[{"rules_string":"` + rules + `"}]}]}`
	}
	block := func(action string) string {
		return `{"firewall_rule_group_id":"g","firewall_domain_list_id":"l","priority":1,"action":"` + action + `"}`
	}
	security := func(rules ...string) string { return `{"id":"p","rule":[` + strings.Join(rules, ",") + `]}` }
	ranges := func(action, priority, cidr string) string {
		return `{"action":"` + action + `","priority":` + priority + `,"match":[{"versioned_expr":"SRC_IPS_V1","config":[{"src_ip_ranges":["` + cidr + `"]}]}]}`
	}
	refuse := ranges("deny(403)", "2147483647", "*")
	judge(t, []opened{
		{name: "every client, everywhere", typ: vpn, after: vpnRule(`"target_network_cidr":"0.0.0.0/0","authorize_all_groups":true`), want: []string{"a any all 0-65535 every client of the VPN world unknown"}},
		{name: "no endpoint yet", typ: vpn, after: `{"target_network_cidr":"0.0.0.0/0","authorize_all_groups":true}`, want: []string{"a any all 0-65535 every client of the VPN world unknown"}},
		{name: "one group", typ: vpn, after: vpnRule(`"target_network_cidr":"10.0.0.0/8","access_group_id":"S-1-5"`), want: []string{"a any all 0-65535 VPN group S-1-5 world unknown"}},
		{name: "less of the network", typ: vpn, before: vpnRule(`"target_network_cidr":"10.0.0.0/8","authorize_all_groups":true`), after: vpnRule(`"target_network_cidr":"10.1.0.0/16","authorize_all_groups":true`)},
		{name: "more of the network", typ: vpn, before: vpnRule(`"target_network_cidr":"10.1.0.0/16","authorize_all_groups":true`), after: vpnRule(`"target_network_cidr":"10.0.0.0/8","authorize_all_groups":true`), want: []string{"a any all 0-65535 every client of the VPN world unknown"}},

		{name: "to the internet", typ: transit, after: transitRoute(`"destination_cidr_block":"0.0.0.0/0","transit_gateway_attachment_id":"a"`), want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "inside", typ: transit, after: transitRoute(`"destination_cidr_block":"10.0.0.0/8","transit_gateway_attachment_id":"a"`)},
		{name: "nowhere", typ: transit, after: transitRoute(`"destination_cidr_block":"0.0.0.0/0","blackhole":true`)},
		{name: "no longer nowhere", typ: transit, before: transitRoute(`"destination_cidr_block":"0.0.0.0/0","blackhole":true`), after: transitRoute(`"destination_cidr_block":"0.0.0.0/0","blackhole":false`), want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},

		{name: "drop becomes pass", typ: group, before: stateful("", header("DROP", "ANY", "ANY", "22")), after: stateful("", header("PASS", "ANY", "ANY", "22")), want: both("FAMILY tcp 22-22")},
		{name: "drop goes", typ: group, before: stateful("", header("DROP", "192.0.2.0/24", "ANY", "22")), after: stateful("", header("ALERT", "192.0.2.0/24", "ANY", "22")), want: []string{"a ipv4 tcp 22-22 192.0.2.0/24"}},
		{name: "pass becomes drop", typ: group, before: stateful("", header("PASS", "ANY", "ANY", "22")), after: stateful("", header("DROP", "ANY", "ANY", "22"))},
		{name: "pass is put before the drop", typ: group, before: stateful("STRICT_ORDER", header("DROP", "ANY", "ANY", "22"), header("PASS", "ANY", "ANY", "22")), after: stateful("STRICT_ORDER", header("PASS", "ANY", "ANY", "22"), header("DROP", "ANY", "ANY", "22")), want: both("FAMILY tcp 22-22")},
		{name: "the order goes", typ: group, before: stateful("STRICT_ORDER", header("DROP", "ANY", "ANY", "22"), header("PASS", "ANY", "ANY", "22")), after: stateful("", header("DROP", "ANY", "ANY", "22"), header("PASS", "ANY", "ANY", "22")), want: both("FAMILY tcp 22-22")},
		{name: "the limit goes", typ: group, before: stateful("", header("PASS", "ANY", "10.0.0.4/32", "[22,443]")), after: stateful("", header("PASS", "ANY", "ANY", "[22,443]")), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a ipv4 tcp 443-443 0.0.0.0/0 world", "a ipv6 tcp 22-22 ::/0 world", "a ipv6 tcp 443-443 ::/0 world"}},
		{name: "another variable", typ: group, before: stateful("", header("PASS", "$OFFICE", "ANY", "22")), after: strings.Replace(stateful("", header("PASS", "$OFFICE", "ANY", "22")), `"rules_source"`, `"rule_variables":[{"ip_sets":[{"key":"OFFICE"}]}],"rules_source"`, 1), want: []string{"a any tcp 22-22  world unknown"}},
		{name: "packets", typ: group, before: packets(stateless("drop", "0.0.0.0/0", "1")), after: packets(stateless("pass", "0.0.0.0/0", "1")), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "packets passed before they are dropped", typ: group, before: packets(stateless("drop", "0.0.0.0/0", "5")), after: packets(stateless("drop", "0.0.0.0/0", "5"), stateless("pass", "192.0.2.0/24", "1")), want: []string{"a ipv4 tcp 22-22 192.0.2.0/24"}},
		{name: "packets handed on", typ: group, before: packets(), after: packets(stateless("forward_to_sfe", "0.0.0.0/0", "1"))},
		{name: "another program", typ: group, before: program("drop tcp any any -> any 22"), after: program("pass tcp any any -> any 22"), want: []string{"a any all 0-65535  world unknown"}},
		{name: "rules not known", typ: group, before: stateful(""), after: `{"id":"g"}`, unknown: `{"rule_group":true}`, want: []string{"a any all 0-65535  world unknown", "a egress any all 0-65535  world unknown"}},

		{name: "names may be looked up", typ: dns, before: block("BLOCK"), after: block("ALLOW"), want: []string{"a egress any all 0-65535 domain list l world unknown"}},
		{name: "the block goes", typ: dns, before: block("BLOCK"), want: []string{"a egress any all 0-65535 domain list l world unknown"}},
		{name: "blocked", typ: dns, before: block("ALERT"), after: block("BLOCK")},

		{name: "made", typ: armor, after: security(ranges("allow", "2147483647", "*"))},
		{name: "everybody by default", typ: armor, before: security(refuse), after: security(ranges("allow", "2147483647", "*")), want: []string{"a ipv4 tcp 80-80 0.0.0.0/0 world", "a ipv4 tcp 443-443 0.0.0.0/0 world", "a ipv6 tcp 80-80 ::/0 world", "a ipv6 tcp 443-443 ::/0 world"}},
		{name: "more", typ: armor, before: security(refuse, ranges("allow", "1", "10.0.0.0/8")), after: security(refuse, ranges("allow", "1", "192.0.2.0/24")), want: []string{"a ipv4 tcp 80-80 192.0.2.0/24", "a ipv4 tcp 443-443 192.0.2.0/24"}},
		{name: "behind the refusal", typ: armor, before: security(ranges("deny(403)", "1", "*")), after: security(ranges("deny(403)", "1", "*"), ranges("allow", "2", "192.0.2.0/24"))},
		{name: "a refusal goes", typ: armorRule, before: `{"security_policy":"p",` + ranges("deny(403)", "1", "192.0.2.0/24")[1:], want: []string{"a ipv4 tcp 80-80 192.0.2.0/24", "a ipv4 tcp 443-443 192.0.2.0/24"}},

		{name: "wider", typ: waf, before: `{"id":"i","addresses":["10.0.0.0/8"]}`, after: `{"id":"i","addresses":["0.0.0.0/1","10.0.0.0/8"]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/1 world"}},
		{name: "new", typ: waf, after: `{"addresses":["0.0.0.0/0"]}`, unknown: `{"id":true}`},
		{name: "one more", typ: list, before: `{"id":"i","item":[{"value":[{"ip":"192.0.2.1"}]}]}`, after: `{"id":"i","item":[{"value":[{"ip":"192.0.2.1"}]},{"value":[{"ip":"198.51.100.1"}]}]}`, want: []string{"a ipv4 all 0-65535 198.51.100.1/32"}},
		{name: "one more", typ: item, after: `{"list_id":"i","ip":"198.51.100.1"}`, want: []string{"a ipv4 all 0-65535 198.51.100.1/32"}},
		{name: "wider", typ: "aws_workspacesweb_ip_access_settings", before: `{"ip_rule":[{"ip_range":"192.0.2.1/32"}]}`, after: `{"ip_rule":[{"ip_range":"0.0.0.0/0"}]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
	})
}

// Fewer addresses on a list of a web firewall may be fewer that are kept out, so it is
// not said that they are narrower.
func TestListsOfEitherUse(t *testing.T) {
	t.Parallel()
	_, rearranged := result(t, Limits{}, change("a", "aws_wafv2_ip_set", replace, `{"id":"i","addresses":["10.0.0.0/8","192.0.2.0/24"]}`, `{"id":"i","addresses":["10.0.0.0/8"]}`, ""), nil)
	if len(rearranged) > 0 {
		t.Errorf("told as rearranged: %v", rearranged)
	}
}
