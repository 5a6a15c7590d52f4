package exposure

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

func TestCarriedRules(t *testing.T) {
	t.Parallel()
	const cc, az = "aws_cloudcontrolapi_resource", "azapi_resource"
	aws := func(kind, doc string) string {
		return `{"type_name":"AWS::EC2::` + kind + `","desired_state":` + jsonText(doc) + `}`
	}
	azure := func(kind, properties string) string {
		return `{"type":"` + kind + `@2023-09-01","name":"n","parent_id":"/subscriptions/s/resourceGroups/RG/providers/x/y/web","body":{"properties":` + properties + `}}`
	}
	const rule, group = "Microsoft.Network/networkSecurityGroups/securityRules", "Microsoft.Network/networkSecurityGroups"
	open := func(source string) string {
		return `{"access":"Allow","direction":"Inbound","protocol":"Tcp","sourceAddressPrefix":"` + source + `","destinationPortRange":"22","priority":100,"sourcePortRange":"*","destinationAddressPrefix":"*"}`
	}
	const unread = "a any all 0-65535  world unknown"
	judge(t, []opened{
		{name: "ingress", typ: cc, after: aws("SecurityGroupIngress", `{"CidrIp":"0.0.0.0/0","IpProtocol":"-1","GroupId":"sg-1"}`), want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "ingress of both families", typ: cc, after: aws("SecurityGroupIngress", `{"CidrIpv6":"::/0","IpProtocol":"tcp","FromPort":22,"ToPort":22,"GroupId":"sg-1"}`), want: []string{"a ipv6 tcp 22-22 ::/0 world"}},
		{name: "group", typ: cc, after: aws("SecurityGroup", `{"SecurityGroupIngress":[{"CidrIp":"0.0.0.0/0","IpProtocol":"tcp","FromPort":22,"ToPort":22}]}`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "twice", typ: cc, after: aws("SecurityGroupIngress", `{"CidrIp":"10.0.0.0/8","CidrIp":"0.0.0.0/0"}`), want: []string{unread}},
		{name: "another kind of rules", typ: cc, after: aws("NetworkAclEntry", `{}`), want: []string{unread}},
		{name: "no rules", typ: cc, after: aws("VPC", `{}`)},
		{name: "unknown", typ: cc, after: `{"type_name":"AWS::EC2::SecurityGroup"}`, unknown: `{"desired_state":true}`, want: []string{unread}},

		{name: "rule", typ: az, after: azure(rule, open("*")), want: both("FAMILY tcp 22-22")},
		{name: "narrowed", typ: az, before: azure(rule, open("*")), after: azure(rule, open("10.0.0.0/8"))},
		{name: "in another case", typ: az, after: azure(rule, `{"ACCESS":"allow","Direction":"inbound","SOURCEADDRESSPREFIX":"*","protocol":"Tcp","DestinationPortRange":"22"}`), want: both("FAMILY tcp 22-22")},
		{name: "hidden by another case", typ: az, after: azure(group, `{"securityRules":[],"SecurityRules":[{"properties":`+open("*")+`}]}`), want: []string{unread}},
		{name: "group", typ: az, after: azure(group, `{"securityRules":[{"name":"r","properties":`+open("0.0.0.0/0")+`}]}`), want: []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{name: "database", typ: az, after: azure("Microsoft.Sql/servers/firewallRules", `{"startIpAddress":"0.0.0.0","endIpAddress":"255.255.255.255"}`), want: []string{"a ipv4 all 0-65535 0.0.0.0/0 world"}},
		{name: "another kind of rules", typ: az, after: azure("Microsoft.Network/firewallPolicies/ruleCollectionGroups", `{}`), want: []string{unread}},
		{name: "no rules", typ: az, after: azure("Microsoft.Web/sites", `{}`)},
		{name: "unknown", typ: az, after: azure(rule, `{}`), unknown: `{"body":{"properties":{"access":true}}}`, want: []string{unread}},
	})
}

// A service that is new is told once, and as what it is.
func TestNewEndpoints(t *testing.T) {
	t.Parallel()
	for typ, port := range map[string]int{"azurerm_storage_account": 443, "azurerm_key_vault": 443, "azurerm_cosmosdb_account": 443, "azurerm_container_registry": 443, "azurerm_linux_web_app": 443, "google_container_cluster": 443} {
		got, _ := result(t, Limits{}, change("a", typ, create, null, `{"name":"x"}`, ""), nil)
		want := []checks.Exposure{{Address: typ + ".a", Type: typ, Direction: "ingress", Family: "any", Protocol: "tcp", FromPort: port, ToPort: port, Through: checks.ThroughEndpoint, World: true, Sources: []string{"0.0.0.0/0", "::/0"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
	got, _ := result(t, Limits{}, change("a", "azurerm_mssql_firewall_rule", create, null, `{"server_id":"s","start_ip_address":"0.0.0.0","end_ip_address":"255.255.255.255"}`, ""), nil)
	if len(got) != 1 || got[0].Through != "" || got[0].FromPort != 1433 {
		t.Errorf("a firewall rule: %+v", got)
	}
}

// Ports that the plan marks sensitive are not told, however they are marked.
func TestHiddenPorts(t *testing.T) {
	t.Parallel()
	const rule = `{"security_group_id":"sg-1","type":"ingress","protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":["0.0.0.0/0"]}`
	for mask, hidden := range map[string]bool{`{"from_port":true}`: true, `{"protocol":true}`: true, `true`: true, `{"cidr_blocks":true}`: false, `{"description":true}`: false} {
		got, _ := result(t, Limits{}, change("a", "aws_security_group_rule", create, null, rule, `,"after_sensitive":`+mask), nil)
		if len(got) != 1 || got[0].Hidden != hidden || got[0].Admin != hidden || hidden && (got[0].Protocol != "" || got[0].FromPort != 0 || got[0].ToPort != 0) || !got[0].World {
			t.Errorf("%s: %+v", mask, got)
		}
	}
	// A rule beside it tells them no more.
	beside := change("b", "aws_security_group_rule", noop, rule, null, `,"before_sensitive":{"from_port":true}`)
	wider := `{"security_group_id":"sg-1","type":"ingress","protocol":"tcp","from_port":1,"to_port":100,"cidr_blocks":["0.0.0.0/0"]}`
	got, _ := result(t, Limits{}, change("a", "aws_security_group_rule", create, null, wider, "")+","+beside, nil)
	for _, e := range got {
		if !e.Hidden && (e.ToPort == 21 || e.FromPort == 23) {
			t.Errorf("told: %+v", e)
		}
	}
}
