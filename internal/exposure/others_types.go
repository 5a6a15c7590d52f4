package exposure

// shapes are the types that only need to be told where they have what. Attributes and
// their meaning: documentation of each provider.
func shapes() map[string]shape {
	ends := func(computed bool, in, out string) []rules {
		return []rules{{in, "ingress", "", computed}, {out, "egress", "", computed}}
	}
	inOut := func(in, out string) []rules {
		return []rules{{in, "ingress", "source_", false}, {out, "egress", "destination_", false}}
	}
	list := func(attributes ...string) []rules {
		var out []rules
		for _, a := range attributes {
			out = append(out, rules{attribute: a})
		}
		return out
	}
	// What a service with a list of addresses says; without one it is closed, unless
	// the list is said to be open when empty.
	addresses := func(set, owner string, cidr ...string) shape {
		return shape{set: set, owner: owner, whole: owner == "id", cidr: cidr}
	}
	openUnless := func(set string, cidr ...string) shape {
		return shape{set: set, owner: "id", whole: true, cidr: cidr, nobody: true, quiet: set == "ibm bucket"}
	}
	elements := func(set, owner, list, cidr string) shape {
		return shape{set: set, owner: owner, whole: owner == "id", lists: []rules{{attribute: list}}, cidr: []string{cidr}}
	}
	openStack := shape{
		set: "sg", owner: "security_group_id", direction: "direction", cidr: []string{"remote_ip_prefix"}, named: []string{"remote_address_group_id"},
		groups: []string{"remote_group_id"}, nobody: true, protocol: "protocol", from: "port_range_min", to: "port_range_max",
	}
	huawei := openStack
	huawei.ports, huawei.action, huawei.order, huawei.ordered = []string{"ports"}, "action", "priority", true
	scaleway := shape{
		set: "scaleway sg", lists: ends(false, "inbound_rule", "outbound_rule"), cidr: []string{"ip_range", "ip"}, nobody: true,
		protocol: "protocol", ports: []string{"port", "port_range"}, action: "action", ordered: true,
	}
	scalewayGroup := scaleway
	scalewayGroup.owner, scalewayGroup.whole = "id", true
	scalewayGroup.policy, scalewayGroup.policyIs = map[string]string{"ingress": "inbound_default_policy", "egress": "outbound_default_policy"}, "allow"
	scaleway.owner = "security_group_id"
	yandex := shape{
		set: "yandex sg", owner: "id", whole: true, lists: ends(true, "ingress", "egress"), cidr: []string{"v4_cidr_blocks", "v6_cidr_blocks"},
		groups: []string{"security_group_id", "predefined_target"}, nobody: true, protocol: "protocol",
		ports: []string{"port"}, from: "from_port", to: "to_port",
	}
	yandexRule := yandex
	yandexRule.owner, yandexRule.whole, yandexRule.lists, yandexRule.direction = "security_group_binding", false, nil, "direction"

	return map[string]shape{
		"alicloud_security_group_rule": {
			set: "alicloud sg", owner: "security_group_id", direction: "type", cidr: []string{"cidr_ip", "ipv6_cidr_ip"}, named: []string{"prefix_list_id"},
			groups: []string{"source_security_group_id"}, protocol: "ip_protocol", ports: []string{"port_range"}, action: "policy", order: "priority", ordered: true,
		},
		"alicloud_network_acl": {
			set: "alicloud acl", owner: "id", whole: true, lists: []rules{{"ingress_acl_entries", "ingress", "source_", true}, {"egress_acl_entries", "egress", "destination_", true}},
			cidr: []string{"cidr_ip"}, protocol: "protocol", ports: []string{"port"}, action: "policy", ordered: true,
		},
		"alicloud_network_acl_entries": {
			set: "alicloud acl", owner: "network_acl_id", lists: inOut("ingress", "egress"),
			cidr: []string{"cidr_ip"}, protocol: "protocol", ports: []string{"port"}, action: "policy", ordered: true,
		},
		"alicloud_slb_acl_entry_attachment": addresses("alicloud slb acl", "acl_id", "entry"),
		"alicloud_alb_acl_entry_attachment": addresses("alicloud alb acl", "acl_id", "entry"),
		"alicloud_db_instance":              addresses("alicloud db", "id", "security_ips"),
		"alicloud_kvstore_instance":         addresses("alicloud kvstore", "id", "security_ips"),
		"alicloud_mongodb_instance":         addresses("alicloud mongodb", "id", "security_ip_list"),
		"alicloud_polardb_cluster":          addresses("alicloud polardb", "id", "security_ips"),
		"alicloud_cloud_firewall_control_policy": {
			set: "alicloud firewall", global: true, direction: "direction", cidr: []string{"source"}, limits: []string{"destination"},
			protocol: "proto", ports: []string{"dest_port"}, action: "acl_action", ordered: true, order: "order",
		},
		"alicloud_simple_application_server_firewall_rule": {set: "alicloud server", owner: "instance_id", cidr: []string{"source_cidr_ip"}, nobody: true, protocol: "rule_protocol", ports: []string{"port"}},
		"alicloud_nas_access_rule":                         addresses("alicloud nas", "access_group_name", "source_cidr_ip", "ipv6_source_cidr_ip"),
		"alicloud_kms_network_rule":                        addresses("alicloud kms", "", "source_private_ip"),

		"ibm_security_group_rule": {
			set: "ibm classic sg", owner: "security_group_id", direction: "direction", cidr: []string{"remote_ip"}, groups: []string{"remote_group_id"}, nobody: true,
			protocol: "protocol", from: "port_range_min", to: "port_range_max",
		},
		"ibm_cos_bucket": openUnless("ibm bucket", "allowed_ip"),
		"ibm_database":   {set: "ibm database", owner: "id", whole: true, lists: []rules{{attribute: "allowlist"}}, cidr: []string{"address"}, empty: true, private: [2]string{"service_endpoints", "private"}},

		"openstack_networking_secgroup_rule_v2": openStack,
		"openstack_compute_secgroup_v2":         {set: "sg", owner: "id", whole: true, lists: list("rule"), cidr: []string{"cidr"}, groups: []string{"from_group_id"}, protocol: "ip_protocol", from: "from_port", to: "to_port"},
		"openstack_fw_rule_v2": {
			set: "fw rule", owner: "id", whole: true, cidr: []string{"source_ip_address"}, limits: []string{"destination_ip_address"}, nobody: true,
			protocol: "protocol", ports: []string{"destination_port"}, action: "action", ordered: true, needs: "enabled",
		},
		"openstack_lb_listener_v2":                   {set: "listener", owner: "id", whole: true, cidr: []string{"allowed_cidrs"}, nobody: true, ports: []string{"protocol_port"}},
		"openstack_sharedfilesystem_share_access_v2": addresses("share", "share_id", "access_to"),

		"huaweicloud_networking_secgroup_rule": huawei,
		"huaweicloud_network_acl_rule": {
			set: "huawei acl rule", owner: "id", whole: true, cidr: []string{"source_ip_address"}, limits: []string{"destination_ip_address"}, nobody: true,
			protocol: "protocol", ports: []string{"destination_port"}, action: "action", ordered: true, needs: "enabled",
		},
		"huaweicloud_vpc_network_acl": {
			set: "huawei acl", owner: "id", whole: true, lists: ends(false, "ingress_rules", "egress_rules"), cidr: []string{"source_ip_address"}, limits: []string{"destination_ip_address"},
			protocol: "protocol", ports: []string{"destination_port"}, action: "action", ordered: true, needs: "enabled",
		},

		"hcloud_firewall": {
			set: "hcloud firewall", owner: "id", whole: true, lists: list("rule"), direction: "direction",
			cidr: []string{"source_ips", "destination_ips"}, protocol: "protocol", ports: []string{"port"},
		},
		"digitalocean_firewall": {
			set: "do firewall", owner: "id", whole: true, lists: inOut("inbound_rule", "outbound_rule"), cidr: []string{"addresses"},
			groups: []string{"tags", "droplet_ids", "load_balancer_uids", "kubernetes_ids"}, protocol: "protocol", ports: []string{"port_range"},
		},
		"digitalocean_kubernetes_cluster": {set: "doks", owner: "id", whole: true, cidr: []string{"control_plane_firewall.allowed_addresses"}, nobody: true, fixedTo: tcpPorts(443)},

		"linode_firewall": {
			set: "linode firewall", owner: "id", whole: true, lists: ends(false, "inbound", "outbound"), cidr: []string{"ipv4", "ipv6"}, protocol: "protocol", ports: []string{"ports"},
			action: "action", ordered: true, without: "disabled",
			policy: map[string]string{"ingress": "inbound_policy", "egress": "outbound_policy"}, policyIs: "allow",
		},
		"linode_database_mysql_v2":        addresses("linode database", "id", "allow_list"),
		"linode_database_postgresql_v2":   addresses("linode database", "id", "allow_list"),
		"linode_database_access_controls": addresses("linode database", "database_id", "allow_list"),

		"vultr_database": openUnless("vultr database", "trusted_ips"),

		"exoscale_security_group_rule": {
			set: "exoscale sg", owner: "security_group_id", direction: "type", cidr: []string{"cidr"}, named: []string{"public_security_group"}, groups: []string{"user_security_group_id", "user_security_group"},
			protocol: "protocol", from: "start_port", to: "end_port",
		},
		"exoscale_dbaas": {set: "exoscale dbaas", owner: "id", whole: true, cidr: []string{"pg.ip_filter", "mysql.ip_filter", "redis.ip_filter", "kafka.ip_filter", "opensearch.ip_filter", "grafana.ip_filter", "valkey.ip_filter", "thanos.ip_filter"}},

		"scaleway_instance_security_group":       scalewayGroup,
		"scaleway_instance_security_group_rules": scaleway,
		"scaleway_rdb_acl":                       elements("scaleway rdb", "instance_id", "acl_rules", "ip"),
		"scaleway_k8s_acl":                       {set: "scaleway k8s", owner: "cluster_id", lists: list("acl_rules"), cidr: []string{"ip"}},
		"scaleway_lb_acl": {
			set: "scaleway lb", owner: "frontend_id", cidr: []string{"match.ip_subnet"}, nobody: true, action: "action.type", order: "index", ordered: true,
		},
		"scaleway_vpc_acl": {
			set: "scaleway vpc", owner: "vpc_id", lists: list("rules"), cidr: []string{"source"}, limits: []string{"destination"}, protocol: "protocol",
			from: "dst_port_low", to: "dst_port_high", action: "action", ordered: true, policy: map[string]string{"ingress": "default_policy"}, policyIs: "deny",
		},
		"scaleway_redis_cluster": elements("scaleway redis", "id", "acl", "ip"),

		"yandex_vpc_security_group":         yandex,
		"yandex_vpc_default_security_group": yandex,
		"yandex_vpc_security_group_rule":    yandexRule,

		"tencentcloud_security_group_rule_set": {
			set: "tencent sg", owner: "security_group_id", lists: ends(false, "ingress", "egress"), cidr: []string{"cidr_block", "ipv6_cidr_block"},
			named: []string{"address_template_id", "address_template_group"}, groups: []string{"source_security_id"}, protocol: "protocol", ports: []string{"port"}, action: "action", ordered: true,
		},
		"tencentcloud_lighthouse_firewall_rule": {
			set: "tencent lighthouse", owner: "instance_id", lists: list("firewall_rules"), cidr: []string{"cidr_block", "ipv6_cidr_block"}, nobody: true, protocol: "protocol", ports: []string{"port"}, action: "action", ordered: true,
		},
		"tencentcloud_security_group_rule": {
			set: "tencent sg", owner: "security_group_id", direction: "type", cidr: []string{"cidr_ip"}, named: []string{"address_template.template_id", "address_template.group_id"},
			groups: []string{"source_sgid"}, nobody: true, protocol: "ip_protocol", ports: []string{"port_range"}, action: "policy", ordered: true, order: "policy_index",
		},
		"tencentcloud_cfs_access_rule": addresses("tencent cfs", "access_group_id", "auth_client_ip"),

		"mongodbatlas_project_ip_access_list": {set: "atlas", owner: "project_id", cidr: []string{"cidr_block", "ip_address"}, groups: []string{"aws_security_group"}},
		"oci_network_firewall_network_firewall_policy_security_rule": {
			set: "oci firewall policy", owner: "network_firewall_policy_id", named: []string{"condition.source_address"}, limits: []string{"condition.destination_address"}, nobody: true,
			action: "action", order: "priority_order", ordered: true,
		},
		"awscc_ec2_security_group": {
			set: "sg", owner: "group_id", whole: true, lists: ends(true, "security_group_ingress", "security_group_egress"), cidr: []string{"cidr_ip", "cidr_ipv_6"},
			named: []string{"source_prefix_list_id"}, groups: []string{"source_security_group_id", "destination_security_group_id"}, protocol: "ip_protocol", from: "from_port", to: "to_port",
		},
		"awscc_ec2_security_group_ingress": {
			set: "sg", owner: "group_id", cidr: []string{"cidr_ip", "cidr_ipv_6"}, named: []string{"source_prefix_list_id"}, groups: []string{"source_security_group_id"}, protocol: "ip_protocol", from: "from_port", to: "to_port",
		},
		"awscc_ec2_security_group_egress": {
			set: "sg", owner: "group_id", fixed: "egress", cidr: []string{"cidr_ip", "cidr_ipv_6"}, named: []string{"destination_prefix_list_id"}, groups: []string{"destination_security_group_id"}, protocol: "ip_protocol", from: "from_port", to: "to_port",
		},
		"github_ip_allow_list_entry": {set: "github", cidr: []string{"allow_list_value", "value"}, needs: "is_active"},
	}
}

// listShapes are the lists of addresses that rules refer to: the name by which a rule
// has the list, its identifier, and where the addresses are.
func listShapes() map[string]addressList {
	return map[string]addressList{
		"openstack_networking_address_group_v2": {"list", "id", "", "addresses"},
		"huaweicloud_elb_ipgroup":               {"list", "id", "ip_list", "ip"},
		"ibm_cbr_zone":                          {"zone", "id", "addresses", "value"},
		"azurerm_ip_group":                      {"ip group", "id", "", "cidrs"},
		"google_network_security_address_group": {"address group", "id", "", "items"},

		// Of web firewalls: see eitherWay.
		"aws_wafv2_ip_set":      {"waf ip set", "id", "", "addresses"},
		"aws_waf_ipset":         {"waf ip set", "id", "ip_set_descriptors", "value"},
		"aws_wafregional_ipset": {"waf ip set", "id", "ip_set_descriptor", "value"},
	}
}
