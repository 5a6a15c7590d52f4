package exposure

import (
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Rules that stand around or before others: who may use a VPN for what, routes between
// networks, which names may be looked up, web firewalls. Attributes and their meaning:
// documentation of the AWS, Google and Cloudflare providers. The network firewall of
// AWS is in awsfirewall.go.

func filterExtractors() map[string]extract {
	m := map[string]extract{
		"aws_ec2_client_vpn_authorization_rule": awsVPNRule,
		"aws_ec2_transit_gateway_route":         awsTransitRoute,
		"aws_networkfirewall_rule_group":        lapse(awsFirewallGroup, "ingress"),
		"aws_route53_resolver_firewall_rule":    lapse(awsResolverRule, "egress"),
		"cloudflare_list":                       cloudflareList,
		"cloudflare_list_item":                  cloudflareItem,
	}
	for _, region := range []string{"", "region_"} {
		m["google_compute_"+region+"security_policy"] = lapse(googleSecurity, "ingress")
		m["google_compute_"+region+"security_policy_rule"] = lapse(googleSecurityRule, "ingress")
	}
	for name, x := range m {
		m[name] = settle(x)
	}
	return m
}

// filterRemains: what such a rule kept out is let in when it goes. A rule set that
// goes as a whole takes what it lets in with it.
func filterRemains() map[string]extract {
	m := map[string]extract{
		"aws_route53_resolver_firewall_rule":         lapsed(awsResolverRule, "egress"),
		"google_compute_security_policy_rule":        lapsed(googleSecurityRule, "ingress"),
		"google_compute_region_security_policy_rule": lapsed(googleSecurityRule, "ingress"),
	}
	for name, x := range m {
		m[name] = settle(x)
	}
	return m
}

// eitherWay are lists of which other resources say whether what is on them is let in
// or kept out. More addresses are told, for they may be let in; that fewer are narrower
// is not said, for they may have been kept out.
var eitherWay = map[string]bool{
	"aws_wafv2_ip_set": true, "aws_waf_ipset": true, "aws_wafregional_ipset": true, "cloudflare_list": true, "cloudflare_list_item": true,
}

// awsVPNRule reads who of those who may connect to a VPN may go where. Who they are the
// plan does not show, so they have a name; the networks that they reach are a limit.
func awsVPNRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	return besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		l := everything(Owner{ID: f.id("client vpn", "client_vpn_endpoint_id"), Attribute: "client_vpn_endpoint_id"}, "ingress")
		l.Sensitive = marked(c)
		out := []scoped{{Line: Line{Owner: l.Owner}}}
		who := l.from(f, true, named("VPN group", "ingress"), "access_group_id")
		if v, ok := f("authorize_all_groups"); ok && (v.Unknown || f.is("authorize_all_groups", true)) {
			l.Source = Source{Kind: SourceNamed, Name: "every client of the VPN"}
			who = append(who, l)
		}
		limits, all := limitsIn(f, "", false, azureAll, "target_network_cidr")
		if all {
			limits = nil
		}
		for _, x := range who {
			out = append(out, scoped{x, limits})
		}
		return out
	})
}

// awsTransitRoute reads a route between networks. One for addresses that are not
// private leads to the internet, or lets it in, where what it is attached to does.
func awsTransitRoute(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("transit route table", "transit_gateway_route_table_id"), Attribute: "transit_gateway_route_table_id"}, "ingress")
	l.Sensitive = marked(c)
	out := []Line{{Owner: l.Owner}}
	if f.is("blackhole", true) {
		return out
	}
	for _, x := range l.from(f, true, anywhere, "destination_cidr_block") {
		if !private(x.Source) {
			out = append(out, x)
		}
	}
	return out
}

// private reports whether all of a source are addresses for networks of one's own
// (RFC 1918, RFC 4193, RFC 6598).
func private(s Source) bool {
	for _, own := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"} {
		p, _ := addresses(own)
		if s.Kind == p.Kind && p.Span.lo.cmp(s.Span.lo) <= 0 && s.Span.hi.cmp(p.Span.hi) <= 0 {
			return true
		}
	}
	return false
}

// awsResolverRule reads which names may be looked up. Beneath, all may: what matters
// is that a block goes.
func awsResolverRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("resolver firewall", "firewall_rule_group_id"), Attribute: "firewall_rule_group_id"}, "egress")
	l.Ordered, l.Deny, l.Sensitive = true, f.denies("action"), marked(c)
	l.Order = f.order("priority", 0, l.Deny)
	list := func(id string) Source { return known(Source{Kind: SourceNamed, Name: "domain list " + id}) }
	return append(l.from(f, true, list, "firewall_domain_list_id"), Line{Owner: l.Owner})
}

// googleSecurity reads a policy in front of a load balancer: by priority, and a rule
// for everybody comes last. A new one takes the place of nothing, which let in all.
func googleSecurity(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("security policy", "id")}
	marker := []Line{{Owner: o}}
	if isNew(c, s) && !c.Old().Exists() {
		return marker
	}
	out := marker
	for _, attribute := range []string{"rule", "rules"} {
		rules, needs := rulesOf(c, s, attribute, true)
		for _, f := range rules {
			for _, l := range googleSecurityLines(f, Line{Owner: o, Sensitive: marked(c, attribute)}) {
				if needs != nil {
					l.Needs = needs
				}
				out = append(out, l)
			}
		}
	}
	return out
}

func googleSecurityRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: f.id("security policy rule of", "security_policy"), Attribute: "security_policy"}
	return append(googleSecurityLines(f, Line{Owner: o, Sensitive: marked(c)}), Line{Owner: o})
}

// googleSecurityLines reads one rule. What a condition says in words of its own is
// known by them: it may be anything. Slowing down lets in.
func googleSecurityLines(f fields, l Line) []Line {
	if f.is("preview", true) {
		return nil
	}
	l.Direction, l.Ordered, l.Deny = "ingress", true, f.denies("action")
	l.Order = f.order("priority", 0, l.Deny)
	var sources []Line
	for _, m := range append(f.under("match"), f.under("network_match")...) {
		sources = append(sources, l.from(m, false, anywhere, "src_ip_ranges")...)
		for _, b := range m.under("config") {
			sources = append(sources, l.from(b, false, anywhere, "src_ip_ranges")...)
		}
		for _, b := range m.under("expr") {
			sources = append(sources, l.from(b, false, digested("condition"), "expression")...)
		}
	}
	return spread(sources, tcpPorts(80, 443))
}

// digested returns a reader of texts that are programs: the same text is the same
// source, and another may be anybody.
func digested(what string) func(text string) Source {
	return func(text string) Source {
		return Source{Kind: SourceNamed, Name: "(unread) " + what + " " + digestOf(text)}
	}
}

// cloudflareList reads the addresses on a list, in the blocks of older providers and
// in the objects of newer ones.
func cloudflareList(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("cloudflare list", "id")}, "list")
	l.Sensitive = marked(c, "item", "items")
	out := []Line{l} // without a source: these are all entries
	for _, item := range f.under("item") {
		for _, v := range item.under("value") {
			out = append(out, l.from(v, false, anywhere, "ip")...)
		}
	}
	for _, item := range f.under("items") {
		out = append(out, l.from(item, false, anywhere, "ip")...)
	}
	return out
}

func cloudflareItem(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("cloudflare list", "list_id"), Attribute: "list_id"}, "list")
	l.Sensitive = marked(c)
	return append(l.from(f, true, anywhere, "ip"), Line{Owner: l.Owner})
}
