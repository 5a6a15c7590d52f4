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
// "ROLE PATH absent WORD". The words, and whatever else is no path, say what the
// type means by itself: they are held to the form, and are for people, who find
// there what a reader of the type has to know. The others that stand here: only,
// parent, unmatched, note.
func (n *Network) part(l line, seen map[string]bool) error {
	rest, absent, hasAbsent := strings.Cut(l.rest, " absent ")
	path, values, hasValues := strings.Cut(rest, " = ")
	ok := true
	switch l.key {
	case "in":
		n.IngressPath, ok = l.rest, isPath(l.rest)
	case "out":
		n.EgressPath, ok = l.rest, isPath(l.rest)
	case "only":
		ok = l.rest == "ingress" || l.rest == "egress"
	case "parent":
		ok = isPath(l.rest)
	case "unmatched":
		ok = l.rest == "allow" || l.rest == "deny"
	case "note":
		ok = l.rest != ""
	default:
		switch {
		case !roles[l.key]:
			return fmt.Errorf("the role %q is not known", l.key)
		case !isPath(path):
			return fmt.Errorf("%q is no attribute path", path)
		case hasAbsent && absent == "", hasValues && slices.Contains(strings.Split(values, " | "), ""):
			return fmt.Errorf("a word is wanted after %s", l.key)
		}
		n.Rule[l.key] = path
	}
	if !ok || seen[l.key] {
		return fmt.Errorf("%s %q stands twice or is not known", l.key, l.rest)
	}
	seen[l.key] = true
	return nil
}
