package exposure

import "testing"

func TestGoogle(t *testing.T) {
	const (
		fw     = "google_compute_firewall"
		policy = "google_compute_network_firewall_policy_rule"
		inline = "google_compute_network_firewall_policy_with_rules"
		gae    = "google_app_engine_firewall_rule"
		gke    = "google_container_cluster"
		sql    = "google_sql_database_instance"
		alloy  = "google_alloydb_instance"
		route  = "google_compute_route"
		ssh    = `"allow":[{"protocol":"tcp","ports":["22"]}]`
	)
	rule := func(rest string) string {
		return `{"network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/default","project":"p","direction":"INGRESS","priority":1000,` + rest + `}`
	}
	policyRule := func(action, priority, source string) string {
		return `{"firewall_policy":"f","action":"` + action + `","priority":` + priority + `,"direction":"INGRESS","match":[{"src_ip_ranges":[` + source + `],"layer4_configs":[{"ip_protocol":"tcp","ports":["22"]}]}]}`
	}
	app := func(action, priority, source string) string {
		return `{"project":"p","action":"` + action + `","priority":` + priority + `,"source_range":"` + source + `"}`
	}
	judge(t, []opened{
		{name: "opened", typ: fw, before: rule(ssh + `,"source_ranges":["10.0.0.0/8"]`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"]`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "no source", typ: fw, after: rule(ssh), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "no source, computed", typ: fw, after: rule(ssh), unknown: `{"source_ranges":true}`, sets: "network allow", want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "source unknown", typ: fw, after: rule(ssh), unknown: `{"source_ranges":true}`, sets: "source_ranges", want: []string{"a any tcp 22-22  world unknown"}},
		{name: "by tag, ranges computed", typ: fw, after: rule(ssh + `,"source_tags":["bastion"]`), unknown: `{"source_ranges":true}`, sets: "source_tags"},
		{name: "all protocols", typ: fw, before: rule(ssh + `,"source_ranges":["192.0.2.0/24"]`), after: rule(`"allow":[{"protocol":"all","ports":[]}],"source_ranges":["192.0.2.0/24"]`), want: []string{"a ipv4 all 0-65535 192.0.2.0/24"}},
		{name: "no ports are all", typ: fw, before: rule(ssh + `,"source_ranges":["192.0.2.0/24"]`), after: rule(`"allow":[{"protocol":"tcp","ports":[]}],"source_ranges":["192.0.2.0/24"]`), want: []string{"a ipv4 tcp 0-21 192.0.2.0/24", "a ipv4 tcp 23-65535 192.0.2.0/24"}},
		{name: "narrowed", typ: fw, before: rule(`"allow":[{"protocol":"all"}],"source_ranges":["0.0.0.0/0"]`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"]`)},
		{name: "switched on", typ: fw, before: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"disabled":true`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"disabled":false`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "target tags taken away", typ: fw, before: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":["bastion"]`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":[]`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "another target tag", typ: fw, before: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":["bastion"]`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":["bastion","db"]`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "fewer target tags", typ: fw, before: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":["bastion","db"]`), after: rule(ssh + `,"source_ranges":["0.0.0.0/0"],"target_tags":["bastion"]`)},
		{name: "deny destroyed", typ: fw, before: rule(`"priority":900,"deny":[{"protocol":"all"}],"source_ranges":["0.0.0.0/0"]`), beside: []string{change("b", fw, noop, rule(ssh+`,"source_ranges":["0.0.0.0/0"]`), null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "deny of a tag hides nothing", typ: fw, after: rule(ssh + `,"source_ranges":["0.0.0.0/0"]`), beside: []string{change("b", fw, noop, rule(`"priority":1,"deny":[{"protocol":"all"}],"source_ranges":["0.0.0.0/0"],"target_tags":["db"]`), null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "behind a deny", typ: fw, after: rule(ssh + `,"source_ranges":["0.0.0.0/0"]`), beside: []string{change("b", fw, noop, rule(`"priority":1,"deny":[{"protocol":"all"}],"source_ranges":["0.0.0.0/0"]`), null, "")}},
		{name: "another project's network", typ: fw, after: rule(ssh + `,"source_ranges":["0.0.0.0/0"]`), beside: []string{change("b", fw, noop, `{"network":"default","project":"q","direction":"INGRESS",`+ssh+`,"source_ranges":["0.0.0.0/0"]}`, null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "egress deny destroyed", typ: fw, before: `{"network":"default","project":"p","direction":"EGRESS","priority":1,"deny":[{"protocol":"tcp","ports":["25"]}],"destination_ranges":["0.0.0.0/0"]}`, want: []string{"a egress ipv4 tcp 25-25 0.0.0.0/0 world"}},
		{name: "unread ports", typ: fw, before: rule(ssh + `,"source_ranges":["192.0.2.0/24"]`), after: rule(`"allow":[{"protocol":"tcp","ports":["ssh"]}],"source_ranges":["192.0.2.0/24"]`), want: []string{"a ipv4 tcp 0-21 192.0.2.0/24", "a ipv4 tcp 23-65535 192.0.2.0/24"}},

		{name: "opened", typ: policy, before: policyRule("allow", "10", `"10.0.0.0/8"`), after: policyRule("allow", "10", `"0.0.0.0/0"`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "deny destroyed", typ: policy, before: policyRule("deny", "10", `"0.0.0.0/0"`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "deny destroyed, another stands", typ: policy, before: policyRule("deny", "10", `"0.0.0.0/0"`), beside: []string{change("b", policy, noop, policyRule("deny", "20", `"0.0.0.0/0"`), null, "")}},
		{name: "deny made smaller", typ: policy, before: policyRule("deny", "10", `"0.0.0.0/0"`), after: policyRule("deny", "10", `"0.0.0.0/1"`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "goto_next decides nothing", typ: policy, after: policyRule("goto_next", "10", `"0.0.0.0/0"`)},
		{name: "narrowed", typ: policy, before: policyRule("allow", "10", `"0.0.0.0/0"`), after: policyRule("allow", "10", `"10.0.0.0/8"`)},
		{name: "behind a deny", typ: policy, after: policyRule("allow", "20", `"0.0.0.0/0"`), beside: []string{change("b", policy, noop, policyRule("deny", "10", `"0.0.0.0/0"`), null, "")}},
		{name: "unknown", typ: policy, after: `{"firewall_policy":"f","action":"allow","priority":1,"direction":"INGRESS","match":[{"layer4_configs":[{"ip_protocol":"tcp","ports":["22"]}]}]}`, unknown: `{"match":[{"src_ip_ranges":[true]}]}`, want: []string{"a any tcp 22-22  world unknown"}},
		{name: "opened", typ: inline, before: `{"id":"f","rule":[]}`, after: `{"id":"f","rule":[{"action":"allow","priority":1,"direction":"INGRESS","match":[{"src_ip_ranges":["0.0.0.0/0"],"layer4_config":[{"ip_protocol":"tcp","ports":["3389"]}]}]}]}`, want: []string{"a ipv4 tcp 3389-3389 0.0.0.0/0 world"}},

		{name: "opened", typ: gae, before: app("ALLOW", "100", "10.0.0.0/8"), after: app("ALLOW", "100", "*"), want: []string{"a ipv4 tcp 80-80 0.0.0.0/0 world", "a ipv4 tcp 443-443 0.0.0.0/0 world", "a ipv6 tcp 80-80 ::/0 world", "a ipv6 tcp 443-443 ::/0 world"}},
		{name: "deny destroyed", typ: gae, before: app("DENY", "100", "192.0.2.0/24"), want: []string{"a ipv4 tcp 80-80 192.0.2.0/24", "a ipv4 tcp 443-443 192.0.2.0/24"}},
		{name: "deny destroyed, nobody else comes", typ: gae, before: app("DENY", "100", "192.0.2.0/24"), beside: []string{change("b", gae, noop, app("DENY", "2147483647", "*"), null, "")}},
		{name: "unknown", typ: gae, after: `{"project":"p","action":"ALLOW","priority":1}`, unknown: `{"source_range":true}`, sets: "source_range", want: []string{"a any tcp 80-80  world unknown", "a any tcp 443-443  world unknown"}},

		{name: "authorised networks taken away", typ: gke, before: `{"id":"k","master_authorized_networks_config":[{"cidr_blocks":[{"cidr_block":"192.0.2.0/24"}]}]}`, after: `{"id":"k","master_authorized_networks_config":[]}`, want: both("FAMILY tcp 443-443")},
		{name: "new, nobody named", typ: gke, after: `{}`, unknown: `{"master_authorized_networks_config":true,"private_cluster_config":true}`, sets: "name", want: []string{"a any tcp 443-443  world"}},
		{name: "new, unknown", typ: gke, after: `{}`, unknown: `{"master_authorized_networks_config":true}`, sets: "master_authorized_networks_config", want: []string{"a any tcp 443-443  world unknown"}},
		{name: "private endpoint", typ: gke, after: `{"private_cluster_config":[{"enable_private_endpoint":true}]}`},
		{name: "nobody but named", typ: gke, before: `{"id":"k"}`, after: `{"id":"k","master_authorized_networks_config":[{"cidr_blocks":[]}]}`},
		{name: "opened", typ: gke, before: `{"id":"k","master_authorized_networks_config":[{"cidr_blocks":[]}]}`, after: `{"id":"k","master_authorized_networks_config":[{"cidr_blocks":[{"cidr_block":"0.0.0.0/0"}]}]}`, want: []string{"a ipv4 tcp 443-443 0.0.0.0/0 world"}},

		{name: "opened", typ: sql, before: `{"id":"s","settings":[{"ip_configuration":[{"ipv4_enabled":true,"authorized_networks":[]}]}]}`, after: `{"id":"s","settings":[{"ip_configuration":[{"ipv4_enabled":true,"authorized_networks":[{"value":"0.0.0.0/0"}]}]}]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "given an address", typ: sql, before: `{"id":"s","settings":[{"ip_configuration":[{"ipv4_enabled":false,"authorized_networks":[{"value":"0.0.0.0/0"}]}]}]}`, after: `{"id":"s","settings":[{"ip_configuration":[{"ipv4_enabled":true,"authorized_networks":[{"value":"0.0.0.0/0"}]}]}]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "narrowed", typ: sql, before: `{"id":"s","settings":[{"ip_configuration":[{"authorized_networks":[{"value":"0.0.0.0/0"}]}]}]}`, after: `{"id":"s","settings":[{"ip_configuration":[{"authorized_networks":[{"value":"192.0.2.1"}]}]}]}`},
		{name: "unknown", typ: sql, before: `{"id":"s","settings":[{"ip_configuration":[{"authorized_networks":[]}]}]}`, after: `{"id":"s","settings":[{"ip_configuration":[{"authorized_networks":[{}]}]}]}`, unknown: `{"settings":[{"ip_configuration":[{"authorized_networks":[{"value":true}]}]}]}`, want: []string{"a any all 0-65535  world unknown"}},
		{name: "new with defaults", typ: sql, after: `{"settings":[{"tier":"x"}]}`, unknown: `{"settings":[{"ip_configuration":true}]}`, sets: "settings"},
		{name: "opened", typ: alloy, before: `{"id":"s","network_config":[{"enable_public_ip":false}]}`, after: `{"id":"s","network_config":[{"enable_public_ip":true,"authorized_external_networks":[{"cidr_range":"0.0.0.0/0"}]}]}`, want: []string{"a ipv4 tcp 5432-5432 0.0.0.0/0 world"}},
		{name: "to the internet", typ: route, after: `{"network":"default","project":"p","dest_range":"0.0.0.0/0","next_hop_gateway":"default-internet-gateway"}`, want: []string{"a egress ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "to an instance", typ: route, after: `{"network":"default","project":"p","dest_range":"0.0.0.0/0","next_hop_instance":"nat"}`},
	})
}
