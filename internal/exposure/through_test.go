package exposure

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// What opens nothing by itself says so: routes, lists, access lists of networks.
func TestThrough(t *testing.T) {
	t.Parallel()
	const wide = "0.0.0.0/0"
	policy := func(ingress string) string {
		return `{"manifest":{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"namespace":"n"},"spec":{"podSelector":{},"policyTypes":["Ingress"],"ingress":[` + ingress + `]}}}`
	}
	for name, x := range map[string]struct{ changes, want string }{
		"group":                {change("a", "aws_security_group", update, inline(""), inline(allow(22, `"0.0.0.0/0"`)), ""), ""},
		"access list":          {change("a", "aws_network_acl_rule", create, null, aclRule(1, "allow", "tcp", 22, wide), ""), "acl"},
		"inline access list":   {change("a", "aws_network_acl", update, acl(""), acl(aclLine(1, "allow", "tcp", 22, wide)), ""), "acl"},
		"route":                {change("a", "aws_route", create, null, `{"route_table_id":"r","destination_cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}`, ""), "route"},
		"route of Azure":       {change("a", "azurerm_route", create, null, `{"resource_group_name":"g","route_table_name":"t","address_prefix":"0.0.0.0/0","next_hop_type":"Internet"}`, ""), "route"},
		"list":                 {change("a", "aws_ec2_managed_prefix_list", update, prefixList("pl-1", ""), prefixList("pl-1", `{"cidr":"0.0.0.0/0"}`), ""), "list"},
		"policy in a cluster":  {change("a", "kubernetes_manifest", update, policy(""), policy("{}"), ""), "acl"},
		"service of a cluster": {change("a", "kubernetes_manifest", create, null, `{"manifest":{"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer","ports":[{"port":22}]}}}`, ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened, _ := result(t, Limits{}, x.changes, nil)
			if len(opened) == 0 {
				t.Fatal("nothing is told")
			}
			for _, e := range opened {
				if e.Through != x.want {
					t.Errorf("%s goes through %q, want %q", line(&e), e.Through, x.want)
				}
			}
		})
	}
	for name := range throughs {
		if !Exposes(name) {
			t.Errorf("%s is not read", name)
		}
	}
}

// A list of addresses that gets wider is told of the rules that refer to it, with their
// ports, though nothing happens to them; of itself only for rules that nobody sees.
func TestWiderLists(t *testing.T) {
	t.Parallel()
	const (
		lists, entries, rule, group = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry", "aws_security_group_rule", "aws_security_group"
		ssh                         = "aws_security_group_rule.r ipv4 tcp 22-22 0.0.0.0/0 world"
		whole                       = "aws_ec2_managed_prefix_list.l ipv4 all 0-65535 0.0.0.0/0 world (list)"
	)
	wider := change("l", lists, update, prefixList("pl-1", `{"cidr":"203.0.113.0/24"}`), prefixList("pl-1", `{"cidr":"0.0.0.0/1"},{"cidr":"128.0.0.0/1"}`), "")
	egress := strings.Replace(listed("pl-1"), `"ingress"`, `"egress"`, 1)
	for _, x := range []struct {
		name    string
		changes []string
		want    []string
	}{
		{"a rule that stays", []string{wider, change("r", rule, noop, listed("pl-1"), null, "")}, []string{ssh}},
		{"before the list in the plan", []string{change("r", rule, noop, listed("pl-1"), null, ""), wider}, []string{ssh}},
		{"a rule in a group", []string{wider, change("a", group, noop, inline(`{"protocol":"tcp","from_port":22,"to_port":22,"prefix_list_ids":["pl-1"]}`), null, "")}, []string{"aws_security_group.a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"a newer rule", []string{wider, change("v", "aws_vpc_security_group_ingress_rule", noop, `{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":22,"to_port":22,"prefix_list_id":"pl-1"}`, null, "")}, []string{"aws_vpc_security_group_ingress_rule.v ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"a group in which something else changes", []string{wider, change("r", rule, noop, listed("pl-1"), null, ""), change("s", rule, create, null, separate("sg-1", 80, "10.0.0.0/8"), "")}, []string{ssh, "aws_security_group_rule.s ipv4 tcp 80-80 10.0.0.0/8"}},
		{"two groups", []string{wider, change("r", rule, noop, listed("pl-1"), null, ""), change("s", rule, noop, strings.NewReplacer("sg-1", "sg-2", "22", "5432").Replace(listed("pl-1")), null, "")}, []string{ssh, "aws_security_group_rule.s ipv4 tcp 5432-5432 0.0.0.0/0 world"}},
		{"by an entry of its own", []string{change("l", lists, noop, prefixList("pl-1", `{"cidr":"203.0.113.0/24"}`), null, ""), change("e", entries, create, null, `{"prefix_list_id":"pl-1","cidr":"0.0.0.0/0"}`, ""), change("r", rule, noop, listed("pl-1"), null, "")}, []string{ssh}},
		{"a rule of another list", []string{wider, change("r", rule, noop, listed("pl-2"), null, "")}, []string{whole}},
		// It must not hide what rules of other plans let in that nobody comes in by it here.
		{"only out", []string{wider, change("r", rule, noop, egress, null, "")}, []string{whole, "aws_security_group_rule.r egress ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"a rule that was open anyway", []string{wider, change("r", rule, noop, listed("pl-1"), null, ""), change("s", rule, noop, separate("sg-1", 22, "0.0.0.0/0"), null, "")}, []string{whole}},
		{"an entry that is not known", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"203.0.113.0/24"}`), `{"id":"pl-1","entry":[{"cidr":"203.0.113.0/24"},{}]}`, `,"after_unknown":{"entry":[{},{"cidr":true}]}`), change("r", rule, noop, listed("pl-1"), null, "")}, []string{"aws_security_group_rule.r any tcp 22-22  world unknown"}},
		{"a sensitive entry", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"203.0.113.0/24"}`), prefixList("pl-1", `{"cidr":"0.0.0.0/0"}`), `,"after_sensitive":{"entry":true}`), change("r", rule, noop, listed("pl-1"), null, "")}, []string{"aws_security_group_rule.r ipv4 tcp 22-22  world sensitive"}},
		{"narrower", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), prefixList("pl-1", `{"cidr":"10.0.0.0/9"}`), ""), change("r", rule, noop, listed("pl-1"), null, "")}, nil},
		{"written otherwise", []string{change("l", lists, update, prefixList("pl-1", `{"cidr":"0.0.0.0/0"}`), prefixList("pl-1", `{"cidr":"128.0.0.0/1"},{"cidr":"0.0.0.0/1"}`), ""), change("r", rule, noop, listed("pl-1"), null, "")}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			opened, _ := result(t, Limits{}, strings.Join(x.changes, ","), nil)
			var got []string
			for _, e := range opened {
				s := e.Type + "." + line(&e)
				if e.Through != "" {
					s += " (" + e.Through + ")"
				}
				got = append(got, s)
			}
			if d := cmp.Diff(x.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// What a replacement does to rules is told of the resource that is replaced.
func TestReplacedRules(t *testing.T) {
	t.Parallel()
	const group, rule, newRule = "aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule"
	open, office := allow(22, `"0.0.0.0/0"`), allow(22, `"10.0.0.0/8"`)
	single := func(id, cidr string) string {
		return `{"security_group_id":"` + id + `","ip_protocol":"tcp","from_port":22,"to_port":22,"cidr_ipv4":"` + cidr + `"}`
	}
	fresh := func(rules string) string { return `{"name":"b","ingress":[` + rules + `]}` }
	unknownID, unknownGroup := `,"after_unknown":{"id":true}`, `,"after_unknown":{"security_group_id":true}`
	refers := settings{group + ".a": {"name": nil}, rule + ".r": {"security_group_id": {group + ".a"}, "cidr_blocks": nil}, newRule + ".v": {"security_group_id": {group + ".a"}, "cidr_ipv4": nil}}
	for _, x := range []struct {
		name    string
		changes []string
		config  tfvalue.Configuration
		want    []string
	}{
		{"a rule, narrower", []string{change("v", newRule, replace, single("sg-1", "0.0.0.0/0"), single("sg-1", "10.0.0.0/8"), "")}, nil, []string{newRule + ".v narrower"}},
		{"a rule, the same", []string{change("v", newRule, replace, single("sg-1", "10.0.0.0/8"), single("sg-1", "10.0.0.0/8"), "")}, nil, []string{newRule + ".v same"}},
		{"a rule, out of the group", []string{change("v", newRule, replace, single("sg-1", "10.0.0.0/8"), `{"security_group_id":"sg-1","ip_protocol":"tcp","from_port":22,"to_port":22,"referenced_security_group_id":"sg-2"}`, "")}, nil, []string{newRule + ".v narrower"}},
		{"a rule of which another has the rest", []string{change("r", rule, replace, separate("sg-1", 22, "0.0.0.0/0"), separate("sg-1", 22, "10.0.0.0/8"), ""), change("s", rule, noop, separate("sg-1", 22, "0.0.0.0/0"), null, "")}, nil, []string{rule + ".r moved"}},
		{"rules that change places", []string{change("r", rule, replace, separate("sg-1", 22, "0.0.0.0/1"), separate("sg-1", 22, "128.0.0.0/1"), ""), change("s", rule, replace, separate("sg-1", 22, "128.0.0.0/1"), separate("sg-1", 22, "0.0.0.0/1"), "")}, nil, []string{rule + ".r moved", rule + ".s moved"}},
		{"a group, narrower", []string{change("a", group, replace, inline(open), fresh(office), unknownID)}, nil, []string{group + ".a narrower"}},
		{"a group, the same", []string{change("a", group, replace, inline(open), fresh(open), unknownID)}, nil, []string{group + ".a same"}},
		{"a group that loses its rules", []string{change("a", group, replace, inline(open), fresh(""), unknownID)}, nil, []string{group + ".a narrower"}},
		{"a group whose rules others have now", []string{change("a", group, replace, inline(open), fresh(""), unknownID), change("r", rule, create, null, separate("", 22, "0.0.0.0/0"), unknownGroup)}, refers, []string{group + ".a moved", rule + ".r moved"}},
		{"a rule with its group", []string{change("a", group, replace, inline(""), `{"name":"b"}`, `,"after_unknown":{"id":true,"ingress":true}`), change("r", rule, replace, separate("sg-1", 22, "0.0.0.0/0"), separate("", 22, "10.0.0.0/8"), unknownGroup)}, refers, []string{rule + ".r narrower"}},
		{"a newer rule with its group", []string{change("a", group, replace, inline(""), `{"name":"b"}`, `,"after_unknown":{"id":true,"ingress":true,"egress":true}`), change("v", newRule, replace, single("sg-1", "10.0.0.0/8"), single("", "10.0.0.0/8"), unknownGroup)}, refers, []string{newRule + ".v same"}},
		{"created before it is destroyed", []string{change("r", rule, `"create","delete"`, separate("sg-1", 22, "0.0.0.0/0"), separate("sg-1", 22, "10.0.0.0/8"), "")}, nil, []string{rule + ".r narrower"}},
		{"a line of an access list", []string{change("r", "aws_network_acl_rule", replace, aclRule(10, "allow", "tcp", 22, "0.0.0.0/0"), aclRule(10, "allow", "tcp", 22, "10.0.0.0/8"), "")}, nil, []string{"aws_network_acl_rule.r narrower"}},
		{"an access list", []string{change("n", "aws_network_acl", replace, acl(aclLine(10, "allow", "tcp", 22, "0.0.0.0/0")), strings.Replace(acl(aclLine(10, "allow", "tcp", 22, "10.0.0.0/8")), `"id":"acl-1",`, "", 1), unknownID)}, nil, []string{"aws_network_acl.n narrower"}},
		{"a rule of Azure", []string{change("r", "azurerm_network_security_rule", replace, azureRuleOf("*"), azureRuleOf("10.0.0.0/8"), "")}, nil, []string{"azurerm_network_security_rule.r narrower"}},
		{"a rule of Google", []string{change("f", "google_compute_firewall", replace, `{"network":"n","project":"p","allow":[{"protocol":"tcp","ports":["22"]}],"source_ranges":["0.0.0.0/0"]}`, `{"network":"n","project":"p","allow":[{"protocol":"tcp","ports":["22"]}],"source_ranges":["10.0.0.0/8"]}`, "")}, nil, []string{"google_compute_firewall.f narrower"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			opened, rearranged := result(t, Limits{}, strings.Join(x.changes, ","), x.config)
			var got []string
			for i := range opened {
				got = append(got, line(&opened[i]))
			}
			for _, r := range rearranged {
				got = append(got, r.Address+" "+r.How)
			}
			if d := cmp.Diff(x.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func azureRuleOf(source string) string {
	return `{"resource_group_name":"rg","network_security_group_name":"n","name":"r","access":"Allow","direction":"Inbound","priority":100,"protocol":"Tcp","source_address_prefix":"` + source + `","source_port_range":"*","destination_address_prefix":"*","destination_port_range":"22"}`
}
