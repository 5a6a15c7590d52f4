package exposure

import "testing"

func TestAzure(t *testing.T) {
	const (
		nsg     = "azurerm_network_security_group"
		rule    = "azurerm_network_security_rule"
		mssql   = "azurerm_mssql_firewall_rule"
		redis   = "azurerm_redis_firewall_rule"
		aks     = "azurerm_kubernetes_cluster"
		storage = "azurerm_storage_account"
		rules   = "azurerm_storage_account_network_rules"
		vault   = "azurerm_key_vault"
		cosmos  = "azurerm_cosmosdb_account"
		app     = "azurerm_linux_web_app"
		routes  = "azurerm_route_table"
	)
	in := func(access, priority, source, destination, port string) string {
		return `{"access":"` + access + `","direction":"Inbound","priority":` + priority + `,"protocol":"Tcp","source_port_range":"*","source_address_prefix":"` + source + `","source_address_prefixes":[],"destination_address_prefix":"` + destination + `","destination_port_range":"` + port + `"}`
	}
	group := func(rules string) string {
		return `{"resource_group_name":"RG","name":"web","security_rule":[` + rules + `]}`
	}
	alone := func(rule string) string {
		return `{"resource_group_name":"rg","network_security_group_name":"web",` + rule[1:]
	}
	server := func(first, last string) string {
		return `{"server_id":"s","start_ip_address":"` + first + `","end_ip_address":"` + last + `"}`
	}
	denyAll := in("Deny", "4096", "*", "*", "*")
	judge(t, []opened{
		{name: "opened", typ: nsg, before: group(denyAll), after: group(in("Allow", "100", "Internet", "*", "22") + "," + denyAll), want: both("FAMILY tcp 22-22")},
		{name: "opened by 0.0.0.0/0", typ: nsg, before: group(in("Allow", "100", "10.0.0.0/8", "*", "22")), after: group(in("Allow", "100", "0.0.0.0/0", "*", "22")), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "narrowed", typ: nsg, before: group(in("Allow", "100", "*", "*", "*")), after: group(in("Allow", "100", "*", "*", "1000-2000"))},
		{name: "behind a deny", typ: nsg, before: group(denyAll), after: group(denyAll + "," + in("Allow", "4097", "*", "*", "22"))},
		{name: "deny removed", typ: nsg, before: group(in("Deny", "100", "*", "*", "22") + "," + in("Allow", "200", "*", "*", "*")), after: group(in("Allow", "200", "*", "*", "*")), want: both("FAMILY tcp 22-22")},
		{name: "deny gets a destination", typ: nsg, before: group(in("Deny", "100", "*", "*", "22") + "," + in("Allow", "200", "*", "*", "*")), after: group(in("Deny", "100", "*", "10.0.0.4", "22") + "," + in("Allow", "200", "*", "*", "*")), want: both("FAMILY tcp 22-22")},
		{name: "deny of one destination hides nothing", typ: nsg, before: group(in("Deny", "100", "*", "10.0.0.4", "22")), after: group(in("Deny", "100", "*", "10.0.0.4", "22") + "," + in("Allow", "200", "*", "*", "22")), want: both("FAMILY tcp 22-22")},
		{name: "deny of some source ports hides nothing", typ: nsg, before: group(""), after: group(`{"access":"Deny","direction":"Inbound","priority":100,"protocol":"*","source_port_range":"1","source_address_prefix":"*","destination_address_prefix":"*","destination_port_range":"*"},` + in("Allow", "200", "*", "*", "22")), want: both("FAMILY tcp 22-22")},
		{name: "destination widened", typ: nsg, before: group(in("Allow", "100", "*", "10.0.0.4", "22")), after: group(in("Allow", "100", "*", "*", "22")), want: both("FAMILY tcp 22-22")},
		{name: "destination widened to a network", typ: nsg, before: group(in("Allow", "100", "*", "10.0.0.4", "22")), after: group(in("Allow", "100", "*", "10.0.0.0/24", "22")), want: both("FAMILY tcp 22-22")},
		{name: "destination narrowed", typ: nsg, before: group(in("Allow", "100", "*", "10.0.0.0/24", "22")), after: group(in("Allow", "100", "*", "10.0.0.4", "22"))},
		{name: "destination narrowed from all", typ: nsg, before: group(in("Allow", "100", "*", "*", "22")), after: group(in("Allow", "100", "*", "10.0.0.4", "22"))},
		{name: "inside", typ: nsg, before: group(""), after: group(in("Allow", "100", "VirtualNetwork", "*", "*") + "," + in("Allow", "110", "AzureLoadBalancer", "*", "*"))},
		{name: "application security group", typ: nsg, before: group(""), after: group(`{"access":"Allow","direction":"Inbound","priority":100,"protocol":"*","source_application_security_group_ids":["x"],"source_address_prefix":"","destination_address_prefix":"*","destination_port_range":"*"}`)},
		{name: "service tag", typ: nsg, before: group(""), after: group(in("Allow", "100", "AzureCloud", "*", "443")), want: []string{"a any tcp 443-443 service tag AzureCloud world unknown"}},
		{name: "service tag as before", typ: nsg, before: group(in("Allow", "100", "AzureCloud", "*", "443")), after: group(in("Allow", "100", "AzureCloud", "*", "443") + "," + denyAll)},
		{name: "any protocol at a port", typ: nsg, before: group(""), after: group(`{"access":"Allow","direction":"Inbound","priority":100,"protocol":"*","source_address_prefixes":["192.0.2.0/24"],"destination_address_prefix":"*","destination_port_ranges":["22","80-81"]}`), want: []string{"a ipv4 tcp 22-22 192.0.2.0/24", "a ipv4 tcp 80-81 192.0.2.0/24", "a ipv4 udp 22-22 192.0.2.0/24", "a ipv4 udp 80-81 192.0.2.0/24"}},
		{name: "unknown prefix", typ: nsg, before: group(""), after: group(`{"access":"Allow","direction":"Inbound","priority":100,"protocol":"Tcp","destination_address_prefix":"*","destination_port_range":"22"}`), unknown: `{"security_rule":[{"source_address_prefix":true}]}`, want: []string{"a any tcp 22-22  world unknown"}},
		{name: "unknown access", typ: nsg, before: group(in("Deny", "100", "*", "*", "22")), after: group(`{"direction":"Inbound","priority":100,"protocol":"Tcp","source_address_prefix":"*","destination_address_prefix":"*","destination_port_range":"22"}`), unknown: `{"security_rule":[{"access":true}]}`, want: both("FAMILY tcp 22-22")},
		{name: "computed rules", typ: nsg, after: `{"resource_group_name":"rg","name":"web"}`, unknown: `{"id":true,"security_rule":true}`, sets: "name"},
		{name: "rules by dynamic blocks", typ: nsg, before: group(""), after: `{"resource_group_name":"rg","name":"web"}`, unknown: `{"security_rule":true}`, sets: "name", want: []string{"a any all 0-65535  world unknown"}},
		{name: "egress deny removed", typ: nsg, before: group(`{"access":"Deny","direction":"Outbound","priority":100,"protocol":"*","destination_address_prefix":"Internet","source_address_prefix":"*","destination_port_range":"*"}`), after: group(""), want: egressBoth("FAMILY all 0-65535")},

		{name: "moved from the group", typ: rule, after: alone(in("Allow", "100", "*", "*", "22")), beside: []string{change("g", nsg, update, group(in("Allow", "100", "*", "*", "22")), group(""), "")}},
		{name: "moved from the group and widened", typ: rule, after: alone(in("Allow", "100", "*", "*", "22")), beside: []string{change("g", nsg, update, group(in("Allow", "100", "*", "10.0.0.4", "22")), group(""), "")}, want: both("FAMILY tcp 22-22")},
		{name: "opened", typ: rule, before: alone(in("Allow", "100", "10.0.0.0/8", "*", "3389")), after: alone(in("Allow", "100", "Any", "*", "3389")), want: both("FAMILY tcp 3389-3389")},
		{name: "deny destroyed", typ: rule, before: alone(in("Deny", "100", "*", "*", "22")), beside: []string{change("b", rule, noop, alone(in("Allow", "200", "0.0.0.0/0", "*", "22")), null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "put before the deny", typ: rule, before: alone(in("Allow", "300", "0.0.0.0/0", "*", "22")), after: alone(in("Allow", "100", "0.0.0.0/0", "*", "22")), beside: []string{change("b", rule, noop, alone(in("Deny", "200", "*", "*", "*")), null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "unknown", typ: rule, after: alone(`{"access":"Allow","direction":"Inbound","priority":100,"protocol":"Tcp","destination_address_prefix":"*","destination_port_range":"22"}`), unknown: `{"source_address_prefix":true}`, sets: "source_address_prefix", want: []string{"a any tcp 22-22  world unknown"}},
		{name: "egress deny destroyed", typ: rule, before: alone(`{"access":"Deny","direction":"Outbound","priority":100,"protocol":"Tcp","destination_address_prefix":"0.0.0.0/0","source_address_prefix":"*","destination_port_range":"25"}`), want: []string{"a egress ipv4 tcp 25-25 0.0.0.0/0 world"}},

		{name: "world", typ: mssql, before: server("192.0.2.1", "192.0.2.9"), after: server("0.0.0.0", "255.255.255.255"), want: []string{"a ipv4 tcp 1433-1433 0.0.0.0/0 world"}},
		{name: "all of azure", typ: mssql, after: server("0.0.0.0", "0.0.0.0"), want: []string{"a any tcp 1433-1433 all Azure services world unknown"}},
		{name: "all of azure already", typ: mssql, after: server("0.0.0.0", "0.0.0.0"), beside: []string{change("b", mssql, noop, server("0.0.0.0", "0.0.0.0"), null, "")}},
		{name: "narrowed", typ: mssql, before: server("192.0.2.1", "192.0.2.9"), after: server("192.0.2.1", "192.0.2.8")},
		{name: "within another rule", typ: mssql, after: server("192.0.2.1", "192.0.2.8"), beside: []string{change("b", mssql, noop, server("192.0.2.0", "192.0.2.255"), null, "")}},
		{name: "unknown", typ: mssql, after: `{"server_id":"s","start_ip_address":"192.0.2.1"}`, unknown: `{"end_ip_address":true}`, sets: "end_ip_address", want: []string{"a any tcp 1433-1433  world unknown"}},
		{name: "unread", typ: mssql, after: server("192.0.2.9", "192.0.2.1"), want: []string{"a any tcp 1433-1433  world unknown"}},
		{name: "opened", typ: redis, after: `{"resource_group_name":"rg","redis_cache_name":"r","start_ip":"0.0.0.0","end_ip":"127.255.255.255"}`, want: []string{"a ipv4 tcp 6379-6380 0.0.0.0/1 world"}},

		{name: "nobody named", typ: aks, after: `{"private_cluster_enabled":false}`, want: []string{"a any tcp 443-443  world"}},
		{name: "private", typ: aks, after: `{"private_cluster_enabled":true}`},
		{name: "ranges taken away", typ: aks, before: `{"id":"k","api_server_access_profile":[{"authorized_ip_ranges":["192.0.2.0/24"]}]}`, after: `{"id":"k","api_server_access_profile":[]}`, want: both("FAMILY tcp 443-443")},
		{name: "narrowed", typ: aks, before: `{"id":"k"}`, after: `{"id":"k","api_server_access_profile":[{"authorized_ip_ranges":["192.0.2.0/24"]}]}`},
		{name: "unknown", typ: aks, before: `{"id":"k","api_server_authorized_ip_ranges":["192.0.2.0/24"]}`, after: `{"id":"k"}`, unknown: `{"api_server_authorized_ip_ranges":true}`, want: []string{"a any tcp 443-443  world unknown"}},

		{name: "allow", typ: storage, before: `{"id":"/S","network_rules":[{"default_action":"Deny","ip_rules":["192.0.2.1"]}]}`, after: `{"id":"/S","network_rules":[{"default_action":"Allow","ip_rules":["192.0.2.1"]}]}`, want: both("FAMILY tcp 443-443")},
		{name: "new with the default", typ: storage, after: `{"name":"s"}`, unknown: `{"id":true,"network_rules":true}`, sets: "name"},
		{name: "address added", typ: storage, before: `{"id":"/S","network_rules":[{"default_action":"Deny","ip_rules":["192.0.2.1"]}]}`, after: `{"id":"/S","network_rules":[{"default_action":"Deny","ip_rules":["192.0.2.1","0.0.0.0/1"]}]}`, want: []string{"a ipv4 tcp 443-443 0.0.0.0/1 world"}},
		{name: "rules moved out", typ: rules, after: `{"storage_account_id":"/s","default_action":"Deny","ip_rules":["192.0.2.1"]}`, beside: []string{change("b", storage, noop, `{"id":"/S","network_rules":[{"default_action":"Deny","ip_rules":["192.0.2.1"]}]}`, null, "")}},
		{name: "opened", typ: rules, before: `{"storage_account_id":"/s","default_action":"Deny"}`, after: `{"storage_account_id":"/s","default_action":"Allow"}`, want: both("FAMILY tcp 443-443")},
		{name: "unknown", typ: rules, before: `{"storage_account_id":"/s","default_action":"Deny"}`, after: `{"storage_account_id":"/s"}`, unknown: `{"default_action":true}`, sets: "default_action", want: []string{"a any tcp 443-443  world unknown"}},
		{name: "switched to public", typ: vault, before: `{"id":"/v","public_network_access_enabled":false,"network_acls":[{"default_action":"Allow"}]}`, after: `{"id":"/v","public_network_access_enabled":true,"network_acls":[{"default_action":"Allow"}]}`, want: both("FAMILY tcp 443-443")},
		{name: "narrowed", typ: vault, before: `{"id":"/v","network_acls":[]}`, after: `{"id":"/v","network_acls":[{"default_action":"Deny","ip_rules":["192.0.2.0/24"]}]}`},
		{name: "filter taken away", typ: cosmos, before: `{"id":"/c","ip_range_filter":["192.0.2.1"]}`, after: `{"id":"/c","ip_range_filter":[]}`, want: both("FAMILY tcp 443-443")},
		{name: "filter as one text", typ: cosmos, before: `{"id":"/c","ip_range_filter":"192.0.2.1"}`, after: `{"id":"/c","ip_range_filter":"192.0.2.1,0.0.0.0"}`, want: []string{"a any tcp 443-443 all Azure services world unknown"}},
		{name: "restrictions taken away", typ: app, before: `{"id":"/a","site_config":[{"ip_restriction":[{"action":"Allow","priority":100,"ip_address":"192.0.2.0/24"}]}]}`, after: `{"id":"/a","site_config":[{"ip_restriction":[]}]}`, want: []string{"a ipv4 tcp 443-443 0.0.0.0/0 world", "a ipv6 tcp 443-443 ::/0 world"}},
		{name: "narrowed", typ: app, before: `{"id":"/a","site_config":[{}]}`, after: `{"id":"/a","site_config":[{"ip_restriction_default_action":"Deny","ip_restriction":[]}]}`},
		{name: "past the appliance", typ: routes, before: `{"resource_group_name":"rg","name":"t","route":[{"address_prefix":"0.0.0.0/0","next_hop_type":"VirtualAppliance"}]}`, after: `{"resource_group_name":"rg","name":"t","route":[{"address_prefix":"0.0.0.0/0","next_hop_type":"Internet"}]}`, want: []string{"a egress ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "firewall rule", typ: "azurerm_firewall_network_rule_collection", before: `{"resource_group_name":"rg","azure_firewall_name":"f","priority":100,"action":"Allow","rule":[{"source_addresses":["10.0.0.0/8"],"destination_addresses":["192.0.2.1"],"destination_ports":["443"],"protocols":["TCP"]}]}`, after: `{"resource_group_name":"rg","azure_firewall_name":"f","priority":100,"action":"Allow","rule":[{"source_addresses":["10.0.0.0/8"],"destination_addresses":["*"],"destination_ports":["443"],"protocols":["TCP"]}]}`, want: []string{"a ipv4 tcp 443-443 10.0.0.0/8", "a egress ipv4 tcp 443-443 0.0.0.0/0 world", "a egress ipv6 tcp 443-443 ::/0 world"}},
		{name: "policy deny removed", typ: "azurerm_firewall_policy_rule_collection_group", before: `{"firewall_policy_id":"/p","priority":100,"network_rule_collection":[{"priority":10,"action":"Deny","rule":[{"source_addresses":["*"],"destination_addresses":["10.0.0.4"],"destination_ports":["22"],"protocols":["TCP"]}]},{"priority":20,"action":"Allow","rule":[{"source_addresses":["0.0.0.0/0"],"destination_addresses":["10.0.0.4"],"destination_ports":["22"],"protocols":["TCP"]}]}]}`, after: `{"firewall_policy_id":"/p","priority":100,"network_rule_collection":[{"priority":20,"action":"Allow","rule":[{"source_addresses":["0.0.0.0/0"],"destination_addresses":["10.0.0.4"],"destination_ports":["22"],"protocols":["TCP"]}]}]}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a egress ipv4 tcp 22-22 10.0.0.4/32"}},
		{name: "policy rule behind another group's deny", typ: "azurerm_firewall_policy_rule_collection_group", after: `{"firewall_policy_id":"/p","priority":200,"network_rule_collection":[{"priority":5,"action":"Allow","rule":[{"source_addresses":["0.0.0.0/0"],"destination_addresses":["*"],"destination_ports":["22"],"protocols":["TCP"]}]}]}`, beside: []string{change("b", "azurerm_firewall_policy_rule_collection_group", noop, `{"firewall_policy_id":"/p","priority":100,"network_rule_collection":[{"priority":10,"action":"Deny","rule":[{"source_addresses":["*"],"destination_addresses":["*"],"destination_ports":["*"],"protocols":["Any"]}]}]}`, null, "")}},
		{name: "policy application rule", typ: "azurerm_firewall_policy_rule_collection_group", before: `{"firewall_policy_id":"/p","priority":100}`, after: `{"firewall_policy_id":"/p","priority":100,"application_rule_collection":[{"priority":10,"action":"Allow","rule":[{"source_addresses":["*"],"destination_fqdns":["*"],"protocols":[{"type":"Https","port":443}]}]}]}`, want: egressBoth("FAMILY all 0-65535")},
		{name: "nat opened", typ: "azurerm_firewall_nat_rule_collection", before: `{"resource_group_name":"rg","azure_firewall_name":"f","priority":100,"action":"Dnat","rule":[]}`, after: `{"resource_group_name":"rg","azure_firewall_name":"f","priority":100,"action":"Dnat","rule":[{"source_addresses":["*"],"destination_addresses":["203.0.113.1"],"destination_ports":["22"],"protocols":["TCP"],"translated_address":"10.0.0.4","translated_port":"22"}]}`, want: append(both("FAMILY tcp 22-22"), "a egress ipv4 tcp 22-22 203.0.113.1/32")},
	})
}
