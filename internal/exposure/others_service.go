package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Services that are no cloud's network: who may log in, or see a site. Attributes and
// their meaning: documentation of each provider.

// cloudflareAccess reads a rule for visitors of a zone or an account. Beneath,
// everybody is let in; challenges are for robots, so they deny.
func cloudflareAccess(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	zone := f.id("zone", "zone_id")
	if zone == "" {
		zone = f.id("account", "account_id")
	}
	l := Line{Owner: Owner{ID: zone, Attribute: "zone_id"}, Direction: "ingress", Ordered: true, Order: 1, Sensitive: marked(c)}
	if zone != "" {
		l.Owner.ID = "cloudflare access " + zone
	}
	switch mode := f.word("mode"); {
	case mode == "whitelist":
		l.Order = 0
	case mode == "block", strings.Contains(mode, "challenge"):
		l.Deny = true
	}
	source := anywhere
	switch target := f.word("configuration.target"); target {
	case "", "ip", "ip6", "ip_range":
	default:
		source = named(target, "ingress")
	}
	return append(spread(l.from(f.deep, false, source, "configuration.value"), anyReach()), Line{Owner: l.Owner})
}

// cloudflareLockdown reads which visitors may open some addresses of a zone: those
// listed, and everybody while it is paused.
func cloudflareLockdown(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("lockdown", "id")}, "ingress")
	l.Sensitive = marked(c, "configurations")
	out := []Line{{Owner: l.Owner}}
	if f.is("paused", true) {
		return append(out, l.open()...)
	}
	for _, b := range f.under("configurations") {
		out = append(out, l.from(b, false, anywhere, "value")...)
	}
	return out
}

// snowflakePolicy reads who may log in: the blocked before the allowed, and nobody
// else.
func snowflakePolicy(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("snowflake policy", "name")}, "ingress")
	l.Sensitive = marked(c)
	l.Ordered, l.Order = true, 1
	out := []Line{{Owner: l.Owner}}
	deny := l
	deny.Deny, deny.Order = true, 0
	out = append(out, deny.from(f, true, anywhere, "blocked_ip_list")...)
	out = append(out, deny.from(f, true, named("network rule", "ingress"), "blocked_network_rule_list")...)
	allowed := l.from(f, true, anywhere, "allowed_ip_list")
	allowed = append(allowed, l.from(f, true, named("network rule", "ingress"), "allowed_network_rule_list")...)
	if len(allowed) == 0 {
		allowed = l.open() // a policy that only blocks
	}
	return append(out, allowed...)
}

func snowflakeRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("snowflake rule", "fully_qualified_name")}, "ingress")
	if f.word("mode") == "egress" {
		l.Direction = "egress"
	}
	l.Sensitive = marked(c)
	source := anywhere
	if t := f.word("type"); t != "" && t != "ipv4" && t != "ipv6" {
		source = named("snowflake "+t, l.Direction)
	}
	return append([]Line{{Owner: l.Owner}}, l.from(f, true, source, "value_list")...)
}

// databricksList reads one list of a workspace, which the plan does not name. A list of
// blocked addresses that goes may let them in.
func databricksList(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("databricks list", "id"), Attribute: "id"}, "ingress")
	l.Sensitive = marked(c)
	l.Ordered, l.Order = true, 1
	marker := Line{Owner: l.Owner}
	if f.is("enabled", false) {
		return []Line{marker}
	}
	if f.word("list_type") == "block" {
		l.Deny, l.Order = true, 0
	}
	return append(l.from(f, true, anywhere, "ip_addresses"), marker)
}
