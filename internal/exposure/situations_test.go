package exposure

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func change(address, typ, action, before, after, masks string) string {
	return fmt.Sprintf(`{"address":"%s.%s","type":%q,"change":{"actions":[%s],"before":%s,"after":%s%s}}`, typ, address, typ, action, before, after, masks)
}

const (
	create, update, remove, noop = `"create"`, `"update"`, `"delete"`, `"no-op"`
	replace                      = `"delete","create"`
	forget, replaceForget        = `"forget"`, `"create","forget"`
	null                         = "null"
)

func acl(lines string) string { return `{"id":"acl-1","ingress":[` + lines + `],"egress":[]}` }

func aclLine(number int, action, protocol string, port int, cidr string) string {
	return fmt.Sprintf(`{"rule_no":%d,"action":%q,"protocol":%q,"from_port":%d,"to_port":%d,"cidr_block":%q,"ipv6_cidr_block":"","icmp_type":0,"icmp_code":0}`, number, action, protocol, port, port, cidr)
}

func aclRule(number int, action, protocol string, port int, cidr string) string {
	return fmt.Sprintf(`{"network_acl_id":"acl-1","egress":false,"rule_number":%d,"rule_action":%q,"protocol":%q,"from_port":%d,"to_port":%d,"cidr_block":%q}`, number, action, protocol, port, port, cidr)
}

func prefixList(id, cidrs string) string { return `{"id":"` + id + `","entry":[` + cidrs + `]}` }

func listed(id string) string {
	return fmt.Sprintf(`{"type":"ingress","security_group_id":"sg-1","protocol":"tcp","from_port":22,"to_port":22,"prefix_list_ids":[%q]}`, id)
}

// TestSituations holds one situation each, with what is opened and what is only
// rearranged.
func TestSituations(t *testing.T) {
	t.Parallel()
	const (
		group, rule, acls, aclRules = "aws_security_group", "aws_security_group_rule", "aws_network_acl", "aws_network_acl_rule"
		world, ten                  = "0.0.0.0/0", "10.0.0.0/8"
		lists, entries              = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"
	)
	open, office := allow(22, `"0.0.0.0/0"`), allow(22, `"10.0.0.0/8"`)
	r := func(cidr string) string { return separate("sg-1", 22, cidr) }
	tests := []struct {
		name    string
		changes []string
		config  settings
		want    []string
	}{
		{"inline to a rule", []string{change("a", group, update, inline(open), inline(""), ""), change("r", rule, create, null, r(world), "")}, nil, []string{"aws_security_group.a moved", "aws_security_group_rule.r moved"}},
		{"one rule to another", []string{change("r", rule, remove, r(world), null, ""), change("s", rule, create, null, r(world), "")}, nil, []string{"aws_security_group_rule.r moved", "aws_security_group_rule.s moved"}},
		{"moved and narrower", []string{change("r", rule, remove, r(world), null, ""), change("s", rule, create, null, r(ten), "")}, nil, []string{"aws_security_group_rule.r narrower", "aws_security_group_rule.s moved"}},
		{"narrower", []string{change("r", rule, replace, r(world), r(ten), "")}, nil, []string{"aws_security_group_rule.r narrower"}},
		{"replaced by the same", []string{change("r", rule, replace, r(world), r("0.0.0.0/0"), "")}, nil, []string{"aws_security_group_rule.r same"}},
		{"two halves are the same as the whole", []string{change("a", group, update, inline(open), inline(allow(22, `"128.0.0.0/1","0.0.0.0/1"`)), "")}, nil, []string{"aws_security_group.a same"}},
		{"nothing of it changes", []string{change("a", group, update, inline(open), inline(open), "")}, nil, nil},
		{"another place, wider and narrower", []string{change("r", rule, replace, r(ten), r("192.0.2.0/24"), "")}, nil, []string{"r ipv4 tcp 22-22 192.0.2.0/24"}},
		{"kept beside the new one", []string{change("r", rule, replaceForget, r(world), r(ten), "")}, nil, []string{"aws_security_group_rule.r same"}},
		{"a default group leaves the state", []string{change("a", "aws_default_security_group", remove, inline(open), null, "")}, nil, nil},
		{"new in a sensitive rule", []string{change("r", rule, create, null, r(ten), `,"after_sensitive":{"cidr_blocks":[true]}`)}, nil, []string{"r ipv4 tcp 22-22  sensitive"}},
		{"around a sensitive source", []string{`{"address":"aws_security_group_rule.q","type":"aws_security_group_rule","change":{"actions":["no-op"],"before":` + r("10.1.0.0/16") + `,"before_sensitive":{"cidr_blocks":true}}}`, change("r", rule, create, null, r(ten), "")}, nil, []string{"r ipv4 tcp 22-22 10.0.0.0/8"}},
		{"a sensitive deny destroyed", []string{change("n", acls, noop, acl(aclLine(100, "allow", "-1", 0, world)), null, ""), change("d", aclRules, remove, aclRule(50, "deny", "tcp", 22, ten), null, `,"before_sensitive":{"cidr_block":true}`)}, nil, []string{"d ipv4 tcp 22-22  world sensitive"}},
		{"peers beside an open source", []string{change("a", group, update, inline(`{"protocol":"tcp","from_port":22,"to_port":22,"security_groups":["sg-9"],"self":true}`), inline(`{"protocol":"tcp","from_port":22,"to_port":22,"security_groups":["sg-9"],"self":true,"cidr_blocks":["0.0.0.0/0"]}`), "")}, nil, []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"unknown where everybody may already", []string{change("a", group, update, inline(`{"protocol":"-1","from_port":0,"to_port":0,"cidr_blocks":["0.0.0.0/0"],"ipv6_cidr_blocks":["::/0"]}`), inline(`{"protocol":"-1","from_port":0,"to_port":0,"cidr_blocks":["0.0.0.0/0"],"ipv6_cidr_blocks":["::/0"]},{"protocol":"tcp","from_port":22,"to_port":22}`), `,"after_unknown":{"ingress":[{},{"cidr_blocks":true}]}`)}, nil, []string{"aws_security_group.a same"}},
		{"protocol not read before proves nothing", []string{change("a", group, update, inline(`{"protocol":"t c p","from_port":22,"to_port":22,"cidr_blocks":["0.0.0.0/0"]}`), inline(allow(3389, `"0.0.0.0/0"`)), "")}, nil, []string{"a ipv4 tcp 3389-3389 0.0.0.0/0 world"}},
		{"protocol names and numbers", []string{change("a", group, update, inline(`{"protocol":"50","from_port":0,"to_port":0,"cidr_blocks":["0.0.0.0/0"]}`), inline(`{"protocol":"esp","from_port":0,"to_port":0,"cidr_blocks":["0.0.0.0/0"]}`), "")}, nil, nil},
		{"egress to a new prefix list", []string{change("a", group, update, `{"id":"sg-1","egress":[]}`, `{"id":"sg-1","egress":[{"protocol":"tcp","from_port":443,"to_port":443,"prefix_list_ids":["pl-1"]}]}`, "")}, nil, nil},

		{"deny removed", []string{change("n", acls, update, acl(aclLine(50, "deny", "tcp", 22, world)+","+aclLine(100, "allow", "-1", 0, world)), acl(aclLine(100, "allow", "-1", 0, world)), "")}, nil, []string{"n ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"deny rule destroyed", []string{change("n", acls, noop, acl(aclLine(100, "allow", "-1", 0, world)), acl(aclLine(100, "allow", "-1", 0, world)), ""), change("d", aclRules, remove, aclRule(50, "deny", "tcp", 22, world), null, "")}, nil, []string{"d ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"deny rule forgotten", []string{change("n", acls, noop, acl(aclLine(100, "allow", "-1", 0, world)), null, ""), change("d", aclRules, forget, aclRule(50, "deny", "tcp", 22, world), null, "")}, nil, nil},
		{"deny behind the allow destroyed", []string{change("n", acls, noop, acl(aclLine(100, "allow", "-1", 0, world)), null, ""), change("d", aclRules, remove, aclRule(150, "deny", "tcp", 22, world), null, "")}, nil, nil},
		{"allow put before the deny", []string{change("d", aclRules, noop, aclRule(50, "deny", "tcp", 22, world), null, ""), change("r", aclRules, replace, aclRule(100, "allow", "tcp", 22, ten), aclRule(40, "allow", "tcp", 22, ten), "")}, nil, []string{"r ipv4 tcp 22-22 10.0.0.0/8"}},
		{"allow behind a deny", []string{change("d", aclRules, noop, aclRule(50, "deny", "tcp", 22, world), null, ""), change("r", aclRules, create, null, aclRule(100, "allow", "tcp", 22, ten), "")}, nil, nil},
		{"deny made smaller", []string{change("d", aclRules, replace, aclRule(50, "deny", "tcp", 22, world), aclRule(50, "deny", "tcp", 22, "0.0.0.0/1"), ""), change("r", aclRules, noop, aclRule(100, "allow", "tcp", 22, world), null, "")}, nil, []string{"d ipv4 tcp 22-22 128.0.0.0/1 world"}},
		{"deny added", []string{change("d", aclRules, create, null, aclRule(50, "deny", "tcp", 22, world), ""), change("r", aclRules, noop, aclRule(100, "allow", "tcp", 22, world), null, "")}, nil, []string{"aws_network_acl_rule.d narrower"}},
		{"renumbered", []string{change("n", acls, update, acl(aclLine(50, "deny", "tcp", 22, world)+","+aclLine(100, "allow", "-1", 0, world)), acl(aclLine(5, "deny", "tcp", 22, world)+","+aclLine(10, "allow", "-1", 0, world)), "")}, nil, []string{"aws_network_acl.n same"}},
		{"deny whose source is not known protects nobody", []string{change("n", acls, update, acl(aclLine(50, "deny", "tcp", 22, world)+","+aclLine(100, "allow", "-1", 0, world)), `{"id":"acl-1","ingress":[{"rule_no":50,"action":"deny","protocol":"tcp","from_port":22,"to_port":22},`+aclLine(100, "allow", "-1", 0, world)+`],"egress":[]}`, `,"after_unknown":{"ingress":[{"cidr_block":true},{}]}`)}, nil, []string{"n ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"deny whose protocol is not known protects nobody", []string{change("d", aclRules, update, aclRule(50, "deny", "tcp", 22, world), `{"network_acl_id":"acl-1","egress":false,"rule_number":50,"rule_action":"deny","from_port":22,"to_port":22,"cidr_block":"0.0.0.0/0"}`, `,"after_unknown":{"protocol":true}`), change("r", aclRules, noop, aclRule(100, "allow", "tcp", 22, ten), null, "")}, nil, []string{"d ipv4 tcp 22-22 10.0.0.0/8"}},
		{"number not known is the first", []string{change("d", aclRules, noop, aclRule(50, "deny", "tcp", 22, world), null, ""), change("r", aclRules, create, null, `{"network_acl_id":"acl-1","egress":false,"rule_action":"allow","protocol":"tcp","from_port":22,"to_port":22,"cidr_block":"10.0.0.0/8"}`, `,"after_unknown":{"rule_number":true}`)}, nil, []string{"r ipv4 tcp 22-22 10.0.0.0/8"}},
		{"destroyed as a whole", []string{change("n", acls, remove, acl(aclLine(50, "deny", "tcp", 22, world)+","+aclLine(100, "allow", "-1", 0, world)), null, "")}, nil, nil},

		{"list widened", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), prefixList("pl-1", `{"cidr":"10.0.0.0/8"},{"cidr":"0.0.0.0/1"},{"cidr":"128.0.0.0/1"}`), "")}, nil, []string{"l ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"list entry new", []string{change("l", lists, noop, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), null, ""), change("e", entries, create, null, `{"prefix_list_id":"pl-1","cidr":"192.0.2.0/24"}`, "")}, nil, []string{"e ipv4 all 0-65535 192.0.2.0/24"}},
		{"list entry that was there", []string{change("l", lists, noop, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), null, ""), change("e", entries, create, null, `{"prefix_list_id":"pl-1","cidr":"10.1.0.0/16"}`, "")}, nil, []string{"aws_ec2_managed_prefix_list_entry.e moved"}},
		{"list narrowed", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), prefixList("pl-1", `{"cidr":"10.0.0.0/9"}`), "")}, nil, []string{"aws_ec2_managed_prefix_list.l narrower"}},
		{"list new", []string{change("l", lists, create, null, `{"entry":[{"cidr":"0.0.0.0/0"}]}`, `,"after_unknown":{"id":true}`)}, nil, nil},
		{"new list in a rule", []string{change("l", lists, create, null, `{"entry":[{"cidr":"10.0.0.0/8"}]}`, `,"after_unknown":{"id":true}`), change("r", rule, create, null, listed("")[:len(listed(""))-len(`,"prefix_list_ids":[""]}`)]+"}", `,"after_unknown":{"prefix_list_ids":true}`)}, nil, []string{"r any tcp 22-22  world unknown"}},
		{"rule by a list that is shown", []string{change("l", lists, noop, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), null, ""), change("r", rule, create, null, listed("pl-1"), "")}, nil, []string{"r ipv4 tcp 22-22 10.0.0.0/8"}},
		{"address to a list that has it", []string{change("l", lists, noop, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), null, ""), change("r", rule, replace, r(ten), listed("pl-1"), "")}, nil, []string{"aws_security_group_rule.r same"}},
		{"list and rule wider", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), prefixList("pl-1", `{"cidr":"0.0.0.0/0"}`), ""), change("r", rule, noop, listed("pl-1"), null, ""), change("s", rule, create, null, r("10.0.0.0/9"), "")}, nil, []string{"r ipv4 tcp 22-22 0.0.0.0/0 world", "aws_security_group_rule.s moved"}},
		{"list whose entries nobody sets", []string{change("l", lists, create, null, `{}`, `,"after_unknown":{"entry":true,"id":true}`)}, settings{lists + ".l": {"name": nil}}, nil},

		{"route to the internet", []string{change("r", "aws_route", create, null, `{"route_table_id":"rtb-1","destination_cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}`, "")}, nil, []string{"r ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"route to a new gateway", []string{change("r", "aws_route", create, null, `{"route_table_id":"rtb-1","destination_cidr_block":"0.0.0.0/0"}`, `,"after_unknown":{"gateway_id":true,"network_interface_id":true}`)}, settings{"aws_route.r": {"gateway_id": nil}}, []string{"r ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"route through a NAT", []string{change("r", "aws_route", create, null, `{"route_table_id":"rtb-1","destination_cidr_block":"0.0.0.0/0","nat_gateway_id":"nat-1","gateway_id":""}`, `,"after_unknown":{"network_interface_id":true}`)}, nil, nil},
		{"from NAT to the internet", []string{change("t", "aws_route_table", update, `{"id":"rtb-1","route":[{"cidr_block":"0.0.0.0/0","gateway_id":"","nat_gateway_id":"nat-1"}]}`, `{"id":"rtb-1","route":[{"cidr_block":"0.0.0.0/0","gateway_id":"igw-1","nat_gateway_id":""}]}`, "")}, nil, []string{"t ipv4 all 0-65535 0.0.0.0/0 world"}},
		{"route moved out of its table", []string{change("t", "aws_route_table", update, `{"id":"rtb-1","route":[{"cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}]}`, `{"id":"rtb-1","route":[]}`, ""), change("r", "aws_route", create, null, `{"route_table_id":"rtb-1","destination_cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}`, "")}, nil, []string{"aws_route.r moved", "aws_route_table.t moved"}},

		{"cluster for everybody", []string{change("c", "aws_eks_cluster", update, `{"vpc_config":[{"endpoint_public_access":true,"public_access_cidrs":["10.0.0.0/8"]}]}`, `{"vpc_config":[{"endpoint_public_access":true,"public_access_cidrs":[]}]}`, "")}, nil, []string{"c ipv4 tcp 443-443 0.0.0.0/0 world"}},
		{"cluster endpoint switched on", []string{change("c", "aws_eks_cluster", update, `{"vpc_config":[{"endpoint_public_access":false,"public_access_cidrs":["0.0.0.0/0"]}]}`, `{"vpc_config":[{"endpoint_public_access":true,"public_access_cidrs":["0.0.0.0/0"]}]}`, "")}, nil, []string{"c ipv4 tcp 443-443 0.0.0.0/0 world"}},
		{"cluster endpoint off", []string{change("c", "aws_eks_cluster", create, null, `{"vpc_config":[{"endpoint_public_access":false}]}`, `,"after_unknown":{"vpc_config":[{"public_access_cidrs":true}]}`)}, nil, nil},
		{"cluster by default", []string{change("c", "aws_eks_cluster", create, null, `{"vpc_config":[{"subnet_ids":[]}]}`, "")}, nil, []string{"c ipv4 tcp 443-443 0.0.0.0/0 world"}},
		{"lightsail without a source", []string{change("p", "aws_lightsail_instance_public_ports", create, null, `{"instance_name":"i","port_info":[{"protocol":"tcp","from_port":22,"to_port":22}]}`, "")}, nil, []string{"p ipv4 tcp 22-22 0.0.0.0/0 world", "p ipv6 tcp 22-22 ::/0 world"}},
		{"lightsail from the console", []string{change("p", "aws_lightsail_instance_public_ports", create, null, `{"instance_name":"i","port_info":[{"protocol":"tcp","from_port":22,"to_port":22,"cidr_list_aliases":["lightsail-connect"]}]}`, "")}, nil, nil},
		{"addresses of workspaces", []string{change("w", "aws_workspaces_ip_group", update, `{"rules":[{"source":"10.0.0.0/8"}]}`, `{"rules":[{"source":"10.0.0.0/8"},{"source":"192.0.2.1"}]}`, "")}, nil, []string{"w ipv4 all 0-65535 192.0.2.1/32"}},

		{"group and rules replaced together", []string{
			change("a", group, replace, inline(""), `{"name":"b"}`, `,"after_unknown":{"id":true,"ingress":true}`),
			change("r", rule, replace, r(world), separate("", 22, world), `,"after_unknown":{"security_group_id":true}`),
		}, settings{group + ".a": {"name": nil}, rule + ".r": {"security_group_id": {group + ".a"}, "cidr_blocks": nil}}, []string{"aws_security_group_rule.r same"}},
		{"and an older object is still to be destroyed", []string{
			change("a", group, replace, inline(""), `{"name":"b"}`, `,"after_unknown":{"id":true}`),
			change("a", group, remove, `{"id":"sg-0","ingress":[]}`, null, ""),
			change("r", rule, replace, r(world), separate("", 22, world), `,"after_unknown":{"security_group_id":true}`),
		}, settings{group + ".a": {"name": nil}, rule + ".r": {"security_group_id": {group + ".a"}, "cidr_blocks": nil}}, []string{"aws_security_group_rule.r same"}},
		{"a reference beside an unknown id proves nothing", []string{
			change("a", group, noop, inline(open), null, ""),
			change("r", rule, create, null, separate("", 22, world), `,"after_unknown":{"security_group_id":true}`),
		}, settings{rule + ".r": {"security_group_id": {group + ".a"}, "cidr_blocks": nil}}, []string{"r ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"nothing at all", []string{change("a", group, noop, inline(open+","+office), null, "")}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := ""
			for i, c := range tt.changes {
				if i > 0 {
					all += ","
				}
				all += c
			}
			opened, rearranged := result(t, Limits{}, all, tt.config)
			var got []string
			for i := range opened {
				got = append(got, line(&opened[i]))
			}
			if n := len(opened); n > 0 && tt.name == "around a sensitive source" && opened[0].Sources != nil {
				t.Errorf("what is left tells what is sensitive: %v", opened[0].Sources)
			}
			for _, r := range rearranged {
				got = append(got, r.Address+" "+r.How)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
