package exposure

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// opened is one change of a resource "a", maybe beside others, and what it opens.
type opened struct {
	name, typ     string
	before, after string   // empty: the object does not exist
	unknown       string   // mask
	sets          string   // attributes that the configuration sets
	beside        []string // changes of other resources
	want          []string
}

// both are the lines for everybody at some ports, of both families.
func both(where string) []string {
	return []string{"a " + strings.ReplaceAll(where, "FAMILY", "ipv4") + " 0.0.0.0/0 world", "a " + strings.ReplaceAll(where, "FAMILY", "ipv6") + " ::/0 world"}
}

func egressBoth(where string) []string {
	return both("egress " + where)
}

func judge(t *testing.T, cases []opened) {
	t.Helper()
	for _, x := range cases {
		t.Run(x.typ+"/"+x.name, func(t *testing.T) {
			action, before, after := update, x.before, x.after
			if before == "" {
				action, before = create, null
			}
			if after == "" {
				action, after = remove, null
			}
			masks := ""
			if x.unknown != "" {
				masks = `,"after_unknown":` + x.unknown
			}
			sets := map[string][]string{}
			for a := range strings.FieldsSeq(x.sets) {
				sets[a] = nil
			}
			changes := append([]string{change("a", x.typ, action, before, after, masks)}, x.beside...)
			got := told(t, Limits{}, strings.Join(changes, ","), settings{x.typ + ".a": sets})
			if diff := cmp.Diff(x.want, got); diff != "" {
				t.Errorf("opened (-want +got):\n%s", diff)
			}
			// What is taken back opens nothing beyond what was there, and the same again nothing.
			if x.after != "" && x.unknown == "" {
				still := append([]string{change("a", x.typ, noop, after, after, "")}, x.beside...)
				if len(x.beside) == 0 {
					if got := told(t, Limits{}, strings.Join(still, ","), settings{}); got != nil {
						t.Errorf("a no-op opens %q", got)
					}
					if got := told(t, Limits{}, change("a", x.typ, update, after, after, ""), settings{}); got != nil && !strings.Contains(x.name, "unread") {
						t.Errorf("an update that changes nothing opens %q", got)
					}
				}
			}
		})
	}
}

func TestOtherTypes(t *testing.T) {
	const (
		sg     = `"security_group_id":"sg-1"`
		alisg  = "alicloud_security_group_rule"
		osg    = "openstack_networking_secgroup_rule_v2"
		hw     = "huaweicloud_networking_secgroup_rule"
		hc     = "hcloud_firewall"
		do     = "digitalocean_firewall"
		dodb   = "digitalocean_database_firewall"
		linode = "linode_firewall"
		vultr  = "vultr_firewall_rule"
		scw    = "scaleway_instance_security_group"
		exo    = "exoscale_security_group_rule"
		ibm    = "ibm_is_security_group_rule"
		tc     = "tencentcloud_security_group_rule_set"
		lite   = "tencentcloud_security_group_lite_rule"
		yc     = "yandex_vpc_security_group"
		atlas  = "mongodbatlas_project_ip_access_list"
		snow   = "snowflake_network_policy"
		brick  = "databricks_ip_access_list"
		cf     = "cloudflare_access_rule"
		lock   = "cloudflare_zone_lockdown"
	)
	ali := func(policy, priority, ports, cidr string) string {
		return `{` + sg + `,"type":"ingress","ip_protocol":"tcp","policy":"` + policy + `","priority":` + priority + `,"port_range":"` + ports + `","cidr_ip":"` + cidr + `"}`
	}
	openstack := func(rest string) string {
		return `{` + sg + `,"direction":"ingress","ethertype":"IPv4","protocol":"tcp","port_range_min":22,"port_range_max":22` + rest + `}`
	}
	firewall := func(rules string) string { return `{"id":"1","rule":[` + rules + `]}` }
	hcRule := func(port, ips string) string {
		return `{"direction":"in","protocol":"tcp","port":"` + port + `","source_ips":[` + ips + `]}`
	}
	doRule := func(port, ips string) string {
		return `{"id":"1","inbound_rule":[{"protocol":"tcp","port_range":"` + port + `","source_addresses":[` + ips + `],"source_tags":[]}]}`
	}
	lin := func(policy, rules string) string {
		return `{"id":"1","inbound_policy":"` + policy + `","outbound_policy":"DROP","inbound":[` + rules + `]}`
	}
	linRule := func(action, ports, cidr string) string {
		return `{"action":"` + action + `","protocol":"TCP","ports":"` + ports + `","ipv4":["` + cidr + `"]}`
	}
	scwSet := func(policy, rules string) string {
		return `{"id":"1","inbound_default_policy":"` + policy + `","outbound_default_policy":"drop","inbound_rule":[` + rules + `]}`
	}
	judge(t, []opened{
		{name: "opened", typ: alisg, before: ali("accept", "1", "22/22", "10.0.0.0/8"), after: ali("accept", "1", "22/22", "0.0.0.0/0"), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "all ports", typ: alisg, before: ali("accept", "1", "22/22", "10.0.0.0/8"), after: ali("accept", "1", "-1/-1", "10.0.0.0/8"), want: []string{"a ipv4 tcp 0-21 10.0.0.0/8", "a ipv4 tcp 23-65535 10.0.0.0/8"}},
		{name: "narrowed", typ: alisg, before: ali("accept", "1", "1/65535", "0.0.0.0/0"), after: ali("accept", "1", "22/22", "0.0.0.0/0")},
		{name: "drop removed", typ: alisg, before: ali("drop", "1", "22/22", "0.0.0.0/0"), beside: []string{change("b", alisg, noop, ali("accept", "2", "1/65535", "0.0.0.0/0"), null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "drop behind the accept removed", typ: alisg, before: ali("drop", "3", "22/22", "0.0.0.0/0"), beside: []string{change("b", alisg, noop, ali("accept", "2", "1/65535", "0.0.0.0/0"), null, "")}},
		{name: "drop becomes accept", typ: alisg, before: ali("drop", "1", "22/22", "0.0.0.0/0"), after: ali("accept", "1", "22/22", "0.0.0.0/0"), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "unknown", typ: alisg, after: `{` + sg + `,"type":"ingress","ip_protocol":"tcp","port_range":"22/22"}`, unknown: `{"cidr_ip":true}`, sets: "cidr_ip", want: []string{"a any tcp 22-22  world unknown"}},
		{name: "unknown and nobody's", typ: alisg, after: `{` + sg + `,"type":"ingress","ip_protocol":"tcp","port_range":"22/22"}`, unknown: `{"ipv6_cidr_ip":true}`, sets: "cidr_ip"},

		{name: "no remote", typ: osg, after: openstack(""), want: both("FAMILY tcp 22-22")},
		{name: "opened", typ: osg, before: openstack(`,"remote_ip_prefix":"10.0.0.0/8"`), after: openstack(`,"remote_ip_prefix":"0.0.0.0/0"`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "narrowed", typ: osg, before: openstack(`,"remote_ip_prefix":"0.0.0.0/0"`), after: openstack(`,"remote_ip_prefix":"10.0.0.0/8"`)},
		{name: "a group", typ: osg, after: openstack(`,"remote_group_id":"sg-2","remote_ip_prefix":""`)},
		{name: "computed, nobody set any", typ: osg, after: openstack(""), unknown: `{"remote_ip_prefix":true,"remote_group_id":true}`, sets: "protocol", want: both("FAMILY tcp 22-22")},
		{name: "computed, a new group", typ: osg, after: openstack(""), unknown: `{"remote_ip_prefix":true,"remote_group_id":true}`, sets: "remote_group_id", want: []string{"a any tcp 22-22  world unknown"}},
		{name: "unknown prefix", typ: osg, after: openstack(`,"remote_group_id":""`), unknown: `{"remote_ip_prefix":true}`, sets: "remote_ip_prefix", want: []string{"a any tcp 22-22  world unknown"}},
		{name: "no ports", typ: osg, after: `{` + sg + `,"direction":"ingress","protocol":"tcp","remote_ip_prefix":"192.0.2.0/24","port_range_min":0,"port_range_max":0}`, want: []string{"a ipv4 tcp 0-65535 192.0.2.0/24"}},

		{name: "opened", typ: hw, before: `{` + sg + `,"direction":"ingress","protocol":"tcp","ports":"22,8000-8010","remote_ip_prefix":"10.0.0.0/8","action":"allow","priority":1}`, after: `{` + sg + `,"direction":"ingress","protocol":"tcp","ports":"22,8000-8010","remote_ip_prefix":"0.0.0.0/0","action":"allow","priority":1}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a ipv4 tcp 8000-8010 0.0.0.0/0 world"}},
		{name: "deny removed", typ: hw, before: `{` + sg + `,"direction":"ingress","protocol":"tcp","ports":"22","remote_ip_prefix":"0.0.0.0/0","action":"deny","priority":1}`, beside: []string{change("b", hw, noop, `{`+sg+`,"direction":"ingress","remote_ip_prefix":"0.0.0.0/0","action":"allow","priority":2}`, null, "")}, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},

		{name: "opened", typ: hc, before: firewall(hcRule("22", `"10.0.0.0/8"`)), after: firewall(hcRule("22", `"10.0.0.0/8","0.0.0.0/0","::/0"`)), want: both("FAMILY tcp 22-22")},
		{name: "any port", typ: hc, before: firewall(hcRule("80-85", `"192.0.2.0/24"`)), after: firewall(hcRule("any", `"192.0.2.0/24"`)), want: []string{"a ipv4 tcp 0-79 192.0.2.0/24", "a ipv4 tcp 86-65535 192.0.2.0/24"}},
		{name: "narrowed", typ: hc, before: firewall(hcRule("any", `"0.0.0.0/0"`)), after: firewall(hcRule("443", `"0.0.0.0/0"`))},
		{name: "unknown address", typ: hc, before: firewall(hcRule("22", ``)), after: firewall(hcRule("22", `null`)), unknown: `{"rule":[{"source_ips":[true]}]}`, want: []string{"a any tcp 22-22  world unknown"}},
		{name: "unknown rules", typ: hc, before: firewall(hcRule("22", ``)), after: `{"id":"1"}`, unknown: `{"rule":true}`, want: []string{"a any all 0-65535  world unknown"}},
		{name: "text in place of rules", typ: hc, before: firewall(""), after: `{"id":"1","rule":["allow all"]}`, want: []string{"a any all 0-65535  world unknown"}, unknown: `{}`},

		{name: "opened", typ: do, before: doRule("22", `"10.0.0.0/8"`), after: doRule("22", `"0.0.0.0/1","128.0.0.0/1"`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "port 0 is all", typ: do, before: doRule("22", `"10.0.0.0/8"`), after: doRule("0", `"10.0.0.0/8"`), want: []string{"a ipv4 tcp 0-21 10.0.0.0/8", "a ipv4 tcp 23-65535 10.0.0.0/8"}},
		{name: "narrowed", typ: do, before: doRule("1-65535", `"0.0.0.0/0"`), after: doRule("1-65535", `"10.0.0.0/8"`)},
		{name: "unknown", typ: do, after: doRule("22", `null`), unknown: `{"id":true,"inbound_rule":[{"source_addresses":[true]}]}`, want: []string{"a any tcp 22-22  world unknown"}},

		{name: "opened", typ: dodb, before: `{"cluster_id":"c","rule":[{"type":"ip_addr","value":"192.0.2.1"}]}`, after: `{"cluster_id":"c","rule":[{"type":"ip_addr","value":"192.0.2.1"},{"type":"ip_addr","value":"0.0.0.0/0"}]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "destroyed", typ: dodb, before: `{"cluster_id":"c","rule":[{"type":"ip_addr","value":"192.0.2.1"}]}`, want: both("FAMILY all 0-65535")},
		{name: "narrowed", typ: dodb, before: `{"cluster_id":"c","rule":[{"type":"ip_addr","value":"192.0.2.1"},{"type":"ip_addr","value":"192.0.2.2"}]}`, after: `{"cluster_id":"c","rule":[{"type":"ip_addr","value":"192.0.2.1"}]}`},
		{name: "a droplet", typ: dodb, after: `{"cluster_id":"c","rule":[{"type":"droplet","value":"123"}]}`},
		{name: "unknown", typ: dodb, before: `{"cluster_id":"c","rule":[]}`, after: `{"cluster_id":"c","rule":[{"type":"ip_addr"}]}`, unknown: `{"rule":[{"value":true}]}`, want: []string{"a any all 0-65535  world unknown"}},

		{name: "opened", typ: linode, before: lin("DROP", linRule("ACCEPT", "22", "10.0.0.0/8")), after: lin("DROP", linRule("ACCEPT", "22, 443", "0.0.0.0/0")), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a ipv4 tcp 443-443 0.0.0.0/0 world"}},
		{name: "policy", typ: linode, before: lin("DROP", ""), after: lin("ACCEPT", ""), want: both("FAMILY all 0-65535")},
		{name: "drop removed", typ: linode, before: lin("ACCEPT", linRule("DROP", "22", "0.0.0.0/0")), after: lin("ACCEPT", ""), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "accept put before the drop", typ: linode, before: lin("DROP", linRule("DROP", "22", "0.0.0.0/0")+","+linRule("ACCEPT", "22", "0.0.0.0/0")), after: lin("DROP", linRule("ACCEPT", "22", "0.0.0.0/0")+","+linRule("DROP", "22", "0.0.0.0/0")), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "narrowed", typ: linode, before: lin("ACCEPT", ""), after: lin("DROP", linRule("ACCEPT", "22", "0.0.0.0/0"))},
		{name: "disabled", typ: linode, before: lin("DROP", ""), after: strings.Replace(lin("DROP", ""), `"id":"1"`, `"id":"1","disabled":true`, 1), want: append(both("FAMILY all 0-65535"), egressBoth("FAMILY all 0-65535")...)},

		{name: "opened", typ: vultr, before: `{"firewall_group_id":"g","protocol":"tcp","port":"22","ip_type":"v4","subnet":"10.0.0.0","subnet_size":8}`, after: `{"firewall_group_id":"g","protocol":"tcp","port":"22","ip_type":"v4","subnet":"0.0.0.0","subnet_size":0}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "narrowed", typ: vultr, before: `{"firewall_group_id":"g","protocol":"tcp","port":"8000:8100","subnet":"0.0.0.0","subnet_size":0}`, after: `{"firewall_group_id":"g","protocol":"tcp","port":"8000:8001","subnet":"0.0.0.0","subnet_size":0}`},
		{name: "unknown", typ: vultr, after: `{"firewall_group_id":"g","protocol":"tcp","port":"22","subnet_size":32}`, unknown: `{"subnet":true}`, want: []string{"a any tcp 22-22  world unknown"}},

		{name: "policy accept is the default", typ: scw, before: scwSet("drop", ""), after: `{"id":"1","outbound_default_policy":"drop"}`, want: both("FAMILY all 0-65535")},
		{name: "opened", typ: scw, before: scwSet("drop", ""), after: scwSet("drop", `{"action":"accept","protocol":"TCP","port":22,"ip_range":"0.0.0.0/0"}`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "drop removed", typ: scw, before: scwSet("accept", `{"action":"drop","protocol":"TCP","port":22}`), after: scwSet("accept", ``), want: both("FAMILY tcp 22-22")},
		{name: "narrowed", typ: scw, before: scwSet("accept", ""), after: scwSet("drop", "")},
		{name: "unknown", typ: scw, before: scwSet("drop", ""), after: scwSet("drop", `{"action":"accept","protocol":"TCP","port":22}`), unknown: `{"inbound_rule":[{"ip_range":true}]}`, want: []string{"a any tcp 22-22  world unknown"}},

		{name: "opened", typ: exo, before: `{` + sg + `,"type":"INGRESS","protocol":"TCP","start_port":22,"end_port":22,"cidr":"10.0.0.0/8"}`, after: `{` + sg + `,"type":"INGRESS","protocol":"TCP","start_port":22,"end_port":23,"cidr":"0.0.0.0/0"}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a ipv4 tcp 23-23 0.0.0.0/0 world"}},
		{name: "narrowed", typ: exo, before: `{` + sg + `,"type":"INGRESS","protocol":"TCP","start_port":22,"end_port":25,"cidr":"0.0.0.0/0"}`, after: `{` + sg + `,"type":"INGRESS","protocol":"TCP","start_port":22,"end_port":23,"cidr":"0.0.0.0/0"}`},
		{name: "a group", typ: exo, after: `{` + sg + `,"type":"INGRESS","protocol":"TCP","start_port":22,"end_port":25,"user_security_group_id":"x"}`},
		{name: "unknown", typ: exo, after: `{` + sg + `,"type":"EGRESS","protocol":"TCP","start_port":22,"end_port":25}`, unknown: `{"cidr":true}`, sets: "cidr", want: []string{"a egress any tcp 22-25  world unknown"}},

		{name: "no remote", typ: ibm, after: `{"group":"g","direction":"inbound","tcp":[{"port_min":22,"port_max":22}]}`, want: both("FAMILY tcp 22-22")},
		{name: "opened", typ: ibm, before: `{"group":"g","direction":"inbound","remote":"10.0.0.0/8","protocol":"tcp","port_min":22,"port_max":22}`, after: `{"group":"g","direction":"inbound","remote":"0.0.0.0/0","protocol":"tcp","port_min":22,"port_max":22}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "a group", typ: ibm, after: `{"group":"g","direction":"inbound","remote":"r006-abc","tcp":[]}`},
		{name: "narrowed", typ: ibm, before: `{"group":"g","direction":"inbound","remote":"0.0.0.0/0"}`, after: `{"group":"g","direction":"inbound","remote":"0.0.0.0/0","udp":[{"port_min":53,"port_max":53}]}`},
		{name: "local taken away", typ: ibm, before: `{"group":"g","direction":"inbound","remote":"0.0.0.0/0","local":"10.0.0.4","protocol":"tcp","port_min":22,"port_max":22}`, after: `{"group":"g","direction":"inbound","remote":"0.0.0.0/0","local":"0.0.0.0/0","protocol":"tcp","port_min":22,"port_max":22}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "computed, nobody's", typ: ibm, after: `{"group":"g","direction":"inbound","protocol":"tcp","port_min":22,"port_max":22}`, unknown: `{"remote":true}`, sets: "group", want: both("FAMILY tcp 22-22")},

		{name: "accept put first", typ: tc, before: `{` + sg + `,"ingress":[{"action":"DROP","protocol":"ALL","port":"ALL","cidr_block":"0.0.0.0/0"}]}`, after: `{` + sg + `,"ingress":[{"action":"ACCEPT","protocol":"TCP","port":"22,80-81","cidr_block":"0.0.0.0/0"},{"action":"DROP","protocol":"ALL","port":"ALL","cidr_block":"0.0.0.0/0"}]}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world", "a ipv4 tcp 80-81 0.0.0.0/0 world"}},
		{name: "opened", typ: lite, before: `{` + sg + `,"ingress":["ACCEPT#10.0.0.0/8#22#TCP"]}`, after: `{` + sg + `,"ingress":["ACCEPT#10.0.0.0/8#22#TCP","ACCEPT#0.0.0.0/0#ALL#ALL"]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "drop removed", typ: lite, before: `{` + sg + `,"ingress":["DROP#0.0.0.0/0#22#TCP","ACCEPT#0.0.0.0/0#ALL#ALL"]}`, after: `{` + sg + `,"ingress":["ACCEPT#0.0.0.0/0#ALL#ALL"]}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "unread", typ: lite, before: `{` + sg + `,"ingress":[]}`, after: `{` + sg + `,"ingress":["ACCEPT everything"]}`, want: []string{"a any all 0-65535  world unknown"}},

		{name: "opened", typ: yc, before: `{"id":"1","ingress":[]}`, after: `{"id":"1","ingress":[{"protocol":"TCP","port":22,"from_port":-1,"to_port":-1,"v4_cidr_blocks":["0.0.0.0/0"]}]}`, want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "a range", typ: yc, before: `{"id":"1","ingress":[]}`, after: `{"id":"1","ingress":[{"protocol":"ANY","port":-1,"from_port":1000,"to_port":2000,"v6_cidr_blocks":["::/0"]}]}`, want: []string{"a ipv6 tcp 1000-2000 ::/0 world", "a ipv6 udp 1000-2000 ::/0 world"}},
		{name: "inside", typ: yc, before: `{"id":"1","ingress":[]}`, after: `{"id":"1","ingress":[{"protocol":"ANY","port":-1,"from_port":0,"to_port":65535,"predefined_target":"self_security_group"}]}`},
		{name: "computed", typ: yc, after: `{}`, unknown: `{"id":true,"ingress":true,"egress":true}`, sets: "name"},

		{name: "opened", typ: atlas, after: `{"project_id":"p","cidr_block":"0.0.0.0/0","ip_address":""}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "computed beside", typ: atlas, after: `{"project_id":"p","ip_address":"192.0.2.7"}`, unknown: `{"cidr_block":true}`, sets: "ip_address", want: []string{"a ipv4 all 0-65535 192.0.2.7/32"}},
		{name: "same entry twice", typ: atlas, after: `{"project_id":"p","ip_address":"192.0.2.7"}`, beside: []string{change("b", atlas, noop, `{"project_id":"p","cidr_block":"192.0.2.0/24"}`, null, "")}},
		{name: "another project's entry", typ: atlas, after: `{"project_id":"q","ip_address":"192.0.2.7"}`, beside: []string{change("b", atlas, noop, `{"project_id":"p","cidr_block":"192.0.2.0/24"}`, null, "")}, want: []string{"a ipv4 all 0-65535 192.0.2.7/32"}},

		{name: "unblocked", typ: snow, before: `{"name":"P","allowed_ip_list":["0.0.0.0/0"],"blocked_ip_list":["192.0.2.0/24"]}`, after: `{"name":"P","allowed_ip_list":["0.0.0.0/0"],"blocked_ip_list":[]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "opened", typ: snow, before: `{"name":"P","allowed_ip_list":["192.0.2.0/24"]}`, after: `{"name":"P","allowed_ip_list":["0.0.0.0/0"]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "narrowed", typ: snow, before: `{"name":"P","allowed_ip_list":["0.0.0.0/0"]}`, after: `{"name":"P","allowed_ip_list":["192.0.2.0/24"]}`},
		{name: "unknown", typ: snow, before: `{"name":"P","allowed_ip_list":["192.0.2.0/24"]}`, after: `{"name":"P"}`, unknown: `{"allowed_ip_list":true}`, sets: "allowed_ip_list", want: []string{"a any all 0-65535  world unknown"}},

		{name: "opened", typ: brick, before: `{"id":"1","list_type":"ALLOW","enabled":true,"ip_addresses":["192.0.2.0/24"]}`, after: `{"id":"1","list_type":"ALLOW","enabled":true,"ip_addresses":["0.0.0.0/0"]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "unblocked", typ: brick, before: `{"id":"1","list_type":"BLOCK","enabled":true,"ip_addresses":["192.0.2.0/24"]}`, after: `{"id":"1","list_type":"BLOCK","enabled":false,"ip_addresses":["192.0.2.0/24"]}`, want: []string{"a ipv4 all 0-65535 192.0.2.0/24"}},
		{name: "block list destroyed", typ: brick, before: `{"id":"1","list_type":"BLOCK","enabled":true,"ip_addresses":["192.0.2.0/24"]}`, want: []string{"a ipv4 all 0-65535 192.0.2.0/24"}},
		{name: "allow list destroyed", typ: brick, before: `{"id":"1","list_type":"ALLOW","enabled":true,"ip_addresses":["192.0.2.0/24"]}`},

		{name: "block destroyed", typ: cf, before: `{"zone_id":"z","mode":"block","configuration":[{"target":"ip_range","value":"192.0.2.0/24"}]}`, want: []string{"a ipv4 all 0-65535 192.0.2.0/24"}},
		{name: "block becomes whitelist", typ: cf, before: `{"zone_id":"z","mode":"block","configuration":{"target":"ip_range","value":"192.0.2.0/24"}}`, after: `{"zone_id":"z","mode":"whitelist","configuration":{"target":"ip_range","value":"192.0.2.0/24"}}`, want: []string{"a ipv4 all 0-65535 192.0.2.0/24"}},
		{name: "block", typ: cf, after: `{"zone_id":"z","mode":"block","configuration":[{"target":"ip","value":"192.0.2.1"}]}`},

		{name: "paused", typ: lock, before: `{"id":"1","paused":false,"configurations":[{"value":"192.0.2.1"}]}`, after: `{"id":"1","paused":true,"configurations":[{"value":"192.0.2.1"}]}`, want: both("FAMILY all 0-65535")},
		{name: "narrowed", typ: lock, before: `{"id":"1","configurations":[{"value":"192.0.2.1"},{"value":"192.0.2.2"}]}`, after: `{"id":"1","configurations":[{"value":"192.0.2.1"}]}`},

		{name: "new bucket", typ: "ibm_cos_bucket", after: `{}`},
		{name: "list taken away", typ: "ibm_cos_bucket", before: `{"id":"1","allowed_ip":["192.0.2.1"]}`, after: `{"id":"1","allowed_ip":[]}`, want: both("FAMILY all 0-65535")},
		{name: "opened", typ: "linode_database_mysql_v2", before: `{"id":"1","allow_list":[]}`, after: `{"id":"1","allow_list":["0.0.0.0/0"]}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "no list", typ: "vultr_database", before: `{"id":"1","trusted_ips":["192.0.2.1"]}`, after: `{"id":"1","trusted_ips":[]}`, want: both("FAMILY all 0-65535")},
		{name: "no control plane firewall", typ: "linode_lke_cluster", before: `{"id":"1","control_plane":[{"acl":[{"enabled":true,"addresses":[{"ipv4":["192.0.2.1"]}]}]}]}`, after: `{"id":"1","control_plane":[{"acl":[{"enabled":false}]}]}`, want: append(both("FAMILY tcp 443-443")[:1], "a ipv4 tcp 6443-6443 0.0.0.0/0 world", "a ipv6 tcp 443-443 ::/0 world", "a ipv6 tcp 6443-6443 ::/0 world")},
		{name: "default route", typ: "awscc_ec2_route", after: `{"route_table_id":"r","destination_cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}`, want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "list widened", typ: "openstack_networking_address_group_v2", before: `{"id":"g","addresses":["10.0.0.0/8"]}`, after: `{"id":"g","addresses":["0.0.0.0/0"]}`, want: []string{"r ipv4 tcp 22-22 0.0.0.0/0 world"}, beside: []string{change("r", osg, noop, openstack(`,"remote_address_group_id":"g"`), null, "")}},
	})
}
