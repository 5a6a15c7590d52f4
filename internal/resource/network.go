package resource

import (
	"fmt"
	"slices"
	"strings"
)

var networkKinds = words(`endpoint rule rule_set_inline guardrail rule_list_inline acl waf peering address_list
	attachment gateway group route sharing route_set_inline policy default appliance principal policy_json opaque`)

// roles are the names under which a network type's attributes are known.
var roles = words(`cidr cidr4 cidr6 cidr_size from_ip to_ip dest dest4 dest6 except
	protocol from_port to_port port ports from_port6 to_port6 udp_from_port udp_to_port l4 allow deny
	action direction order disabled default family stateless self asg fqdn geo secure_tags tags target source source_kind
	prefix_lists peer_groups groups group policy templates subnet subnets pods namespaces principal servers
	public private internal auth anon acl grants entity pre on mode off waf restr rules types hosts ann
	gateway hop blackhole accept auto external peer fwd gw nat net app json
	scheme ingress egress iam_off ubla ipfilter ssl dns no_public mtls anyone expiry inner local remote fw manifest expr
	phase decision include proxied content kind paused acceptance stateful stateless_default nonssl keys bypass custom share vnet inet ext type`)

// part reads one line below network: "ROLE PATH", "ROLE PATH = WORD | WORD",
// "ROLE PATH absent WORD".
func (n *Network) part(l line) error {
	once := func(s *string, ok bool) error {
		if *s != "" || !ok {
			return fmt.Errorf("%s %q stands twice or is not known", l.key, l.rest)
		}
		*s = l.rest
		return nil
	}
	switch l.key {
	case "in":
		return once(&n.IngressPath, isPath(l.rest))
	case "out":
		return once(&n.EgressPath, isPath(l.rest))
	case "only":
		return once(&n.Direction, l.rest == "ingress" || l.rest == "egress")
	case "parent":
		return once(&n.Parent, isPath(l.rest))
	case "unmatched":
		return once(&n.DefaultAction, l.rest == "allow" || l.rest == "deny")
	case "note":
		return once(&n.Note, l.rest != "")
	}
	rest, absent, hasAbsent := strings.Cut(l.rest, " absent ")
	path, values, hasValues := strings.Cut(rest, " = ")
	switch {
	case !roles[l.key]:
		return fmt.Errorf("the role %q is not known", l.key)
	case n.Rule[l.key] != "":
		return fmt.Errorf("the role %s stands twice", l.key)
	case !isPath(path):
		return fmt.Errorf("%q is no attribute path", path)
	}
	n.Rule[l.key] = path
	if hasAbsent {
		if n.Absent == nil {
			n.Absent = map[string]string{}
		}
		n.Absent[l.key] = absent
	}
	if hasValues {
		if n.Values == nil {
			n.Values = map[string][]string{}
		}
		n.Values[l.key] = strings.Split(values, " | ")
	}
	if hasAbsent && absent == "" || hasValues && slices.Contains(n.Values[l.key], "") {
		return fmt.Errorf("a word is wanted after %s", l.key)
	}
	return nil
}
