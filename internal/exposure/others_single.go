package exposure

import (
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Types whose rules are written in a way of their own. Attributes and their meaning:
// documentation of each provider.

func singleExtractors() map[string]extract {
	return map[string]extract{
		"digitalocean_database_firewall":        digitalOceanDatabase,
		"digitalocean_loadbalancer":             digitalOceanBalancer,
		"vultr_firewall_rule":                   vultrRule,
		"vultr_load_balancer":                   vultrBalancer,
		"linode_lke_cluster":                    linodeCluster,
		"ibm_is_security_group_rule":            ibmRule,
		"ibm_is_network_acl":                    ibmACL,
		"ibm_is_network_acl_rule":               ibmACLRule,
		"tencentcloud_security_group_lite_rule": tencentLite("tencent sg", "security_group_id", "ingress", "egress"),
		"tencentcloud_vpc_acl":                  tencentLite("tencent acl", "id", "ingress", "egress"),
		"huaweicloud_cfw_acl_rule":              huaweiFirewall,
		"cloudflare_access_rule":                lapse(cloudflareAccess, "ingress"),
		"cloudflare_zone_lockdown":              cloudflareLockdown,
		"snowflake_network_policy":              snowflakePolicy,
		"snowflake_network_rule":                snowflakeRule,
		"databricks_ip_access_list":             lapse(databricksList, "ingress"),
		"awscc_ec2_route":                       awsccRoute,
	}
}

// digitalOceanDatabase reads the trusted sources of a database. Without a firewall
// everybody is trusted, which is told in a rule set beside the real one.
func digitalOceanDatabase(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: f.id("do database", "cluster_id"), Attribute: "cluster_id"}
	l := everything(o, "ingress")
	l.Sensitive = marked(c, "rule")
	out := []Line{{Owner: o}}
	for _, r := range f.under("rule") {
		if t, ok := r("type"); ok && !t.Unknown && r.word("type") != "ip_addr" {
			out = append(out, l.from(r, false, inside(r.word("type")), "value")...)
			continue
		}
		out = append(out, l.from(r, false, anywhere, "value")...)
	}
	return out
}

// digitalOceanGone is what is left when the firewall of a database goes: nothing keeps
// anybody out.
func digitalOceanGone(_ *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("do database", "cluster_id"), Attribute: "cluster_id"}
	return append(everything(o, "ingress").open(), Line{Owner: o})
}

// digitalOceanBalancer reads who reaches a load balancer: its lists, or everybody.
func digitalOceanBalancer(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("do balancer", "id")}, "ingress")
	l.Sensitive = marked(c, "firewall")
	l.Ordered, l.Order = true, 1
	out := []Line{{Owner: l.Owner}}
	if f.word("network") == "internal" {
		return out
	}
	prefixed := func(text string) Source {
		_, after, found := strings.Cut(text, ":")
		if found && (strings.HasPrefix(text, "ip:") || strings.HasPrefix(text, "cidr:")) {
			text = after
		}
		return anywhere(text)
	}
	allowed := false
	for _, b := range f.under("firewall") {
		if lines := l.from(b, false, prefixed, "allow"); len(lines) > 0 {
			allowed = true
			out = append(out, lines...)
		}
		deny := l
		deny.Deny, deny.Order = true, 0
		out = append(out, deny.from(b, false, prefixed, "deny")...)
	}
	if !allowed {
		out = append(out, l.open()...)
	}
	return out
}

func vultrRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{ID: f.id("vultr firewall", "firewall_group_id"), Attribute: "firewall_group_id"}, Direction: "ingress", Sensitive: marked(c)}
	var sources []Line
	subnet, ok := f("subnet")
	size, okSize := f("subnet_size")
	if source := f.word("source"); source != "" {
		l.Source = named("vultr source", "ingress")(source)
		sources = []Line{l}
	} else if text, isText := subnet.Text(); ok && isText && okSize && !subnet.Unknown && !size.Unknown {
		if n, isNumber := size.Number(); isNumber && n >= 0 && n <= 128 {
			text += "/" + strconv.Itoa(int(n))
		}
		l.Source = anywhere(text)
		sources = []Line{l}
	} else {
		sources = []Line{l.unknown()}
	}
	return append(spread(sources, reaches(f, "protocol", "port")), Line{Owner: l.Owner})
}

func vultrBalancer(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{ID: f.id("vultr balancer", "id")}, Direction: "ingress", Sensitive: marked(c, "firewall_rules")}
	out := []Line{{Owner: l.Owner}}
	rules, needs := rulesOf(c, s, "firewall_rules", true)
	if len(rules) == 0 {
		return append(out, spread(l.open(), anyReach())...)
	}
	for _, r := range rules {
		for _, x := range spread(l.from(r, false, anywhere, "source"), reaches(r, "", "port")) {
			if needs != nil {
				x.Needs = needs
			}
			out = append(out, x)
		}
	}
	return out
}

// linodeCluster reads who reaches the control plane: without an ACL that is on,
// everybody.
func linodeCluster(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{ID: f.id("lke", "id")}, Direction: "ingress", Sensitive: marked(c, "control_plane")}
	out := []Line{{Owner: l.Owner}}
	var sources []Line
	on := false
	for _, acl := range f.under("control_plane.acl") {
		if !acl.is("enabled", true) {
			continue
		}
		on = true
		for _, a := range acl.under("addresses") {
			sources = append(sources, l.from(a, false, anywhere, "ipv4", "ipv6")...)
		}
	}
	if !on {
		sources = l.open()
	}
	return append(out, spread(sources, tcpPorts(443, 6443))...)
}

// ibmReaches reads the protocol of a rule: a block with its name, or attributes.
func ibmReaches(f fields, from, to string) []reach {
	var out []reach
	for _, p := range []string{"tcp", "udp"} {
		for _, b := range f.under(p) {
			out = append(out, rangeReaches(func(name string) (tfvalue.Value, bool) {
				if name == "protocol" {
					return tfvalue.Value{Value: p}, true
				}
				return b(name)
			}, "protocol", from, to)...)
		}
	}
	for _, b := range f.under("icmp") {
		typ, _ := b("type")
		code, _ := b("code")
		low, high, ok := icmp(typ, code)
		out = append(out, reach{"icmp", low, high, !ok || typ.Unknown || code.Unknown})
	}
	if len(out) == 0 {
		return rangeReaches(f, "protocol", from, to)
	}
	return out
}

// ibmRule reads a rule of a group. A remote that nobody gives is everybody; one that
// is no address is another group.
func ibmRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{ID: f.id("ibm sg", "group"), Attribute: "group"}, Direction: f.direction("direction"), Sensitive: marked(c)}
	return besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		sources := l.from(f, true, func(text string) Source {
			if x := anywhere(text); x.Kind != SourceNamed {
				return x
			}
			return inside("group")(text)
		}, "remote")
		switch {
		case len(sources) == 0:
			sources = l.open()
		case pending(sources):
			nobody := l
			nobody.Unless = []string{"remote"}
			sources = append(sources, nobody.open()...)
		}
		limits, all := limitsIn(f, "", false, azureAll, "local")
		if all {
			limits = nil
		}
		out := []scoped{{Line: Line{Owner: l.Owner}}}
		for _, x := range spread(sources, ibmReaches(f, "port_min", "port_max")) {
			out = append(out, scoped{x, limits})
		}
		return out
	})
}

func ibmACLLines(f fields, l Line, alone bool) []scoped {
	l.Direction, l.Deny = f.direction("direction"), f.denies("action")
	remote, local := "source", "destination"
	if l.Direction == "egress" {
		remote, local = local, remote
	}
	limits, all := limitsIn(f, "", l.Deny, azureAll, local)
	if all {
		limits = nil
	}
	var out []scoped
	for _, x := range spread(l.from(f, alone, anywhere, remote), ibmReaches(f, "port_min", "port_max")) {
		out = append(out, scoped{x, limits})
	}
	return out
}

func ibmACL(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("ibm acl", "id")}
	return append([]Line{{Owner: o}}, besides(c, s, func(s tfvalue.Side) []scoped {
		var out []scoped
		rules, needs := rulesOf(c, s, "rules", true)
		for i, f := range rules {
			for _, x := range ibmACLLines(f, Line{Owner: o, Ordered: true, Order: i, Sensitive: marked(c, "rules")}, false) {
				x.Needs = needs
				out = append(out, x)
			}
		}
		return out
	})...)
}

// ibmACLRule reads a rule that stands before another one, so its place is not known:
// one that lets in comes first, one that does not comes last.
func ibmACLRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("ibm acl", "network_acl"), Attribute: "network_acl"}
	return append([]Line{{Owner: o}}, besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		l := Line{Owner: o, Ordered: true, Sensitive: marked(c)}
		if f.denies("action") {
			l.Order = lastOrder
		}
		return ibmACLLines(f, l, true)
	})...)
}

// tencentLite reads rules that are texts: what is done, source, ports and protocol,
// with # between them. What cannot be read lets in.
func tencentLite(set, owner, in, out string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		o := Owner{ID: f.id(set, owner), Attribute: owner}
		if owner == "id" {
			o.Attribute = ""
		}
		lines := []Line{{Owner: o}}
		for _, d := range []struct{ direction, attribute string }{{"ingress", in}, {"egress", out}} {
			v, ok := f(d.attribute)
			l := everything(o, d.direction)
			l.Sensitive = marked(c, d.attribute)
			if !ok {
				continue
			}
			if v.Unknown {
				lines = append(lines, l.unknown(d.attribute))
				continue
			}
			for i, e := range v.Elements() {
				l.Ordered, l.Order = true, i
				text, isText := e.Text()
				parts := strings.Split(text, "#")
				if !isText || e.Unknown || len(parts) != 4 {
					lines = append(lines, l.unknown())
					continue
				}
				at := fields(func(name string) (tfvalue.Value, bool) {
					k := map[string]int{"action": 0, "cidr": 1, "port": 2, "protocol": 3}[name]
					return tfvalue.Value{Value: parts[k]}, true
				})
				l.Deny = at.denies("action")
				source := anywhere
				if strings.HasPrefix(parts[1], "sg-") {
					source = inside("group")
				}
				lines = append(lines, spread(l.from(at, false, source, "cidr"), reaches(at, "protocol", "port"))...)
				l.Deny = false
			}
		}
		return lines
	}
}

func huaweiFirewall(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: f.id("huawei cfw", "object_id"), Attribute: "object_id"}
	l := Line{Owner: o, Direction: "ingress", Ordered: true, Sensitive: marked(c)}
	if v, _ := f("direction"); !v.Unknown {
		if n, ok := integer(v.Value); ok && n == 1 {
			l.Direction = "egress"
		}
	}
	if v, _ := f("action_type"); !v.Unknown {
		if n, ok := integer(v.Value); ok && n == 1 {
			l.Deny = true
		}
	}
	if v, _ := f("status"); !v.Unknown {
		if n, ok := integer(v.Value); ok && n == 0 {
			return []Line{{Owner: o}}
		}
	}
	end := "source"
	if l.Direction == "egress" {
		end = "destination"
	}
	if l.Deny {
		l.Order = lastOrder // its place among the rules is not to be seen
	}
	sources := l.from(f, true, anywhere, end+"_addresses", end)
	sources = append(sources, l.from(f, true, named("list", l.Direction), end+"_address_groups")...)
	sources = append(sources, l.from(f, true, named("region", l.Direction), end+"_region_list")...)
	if len(sources) == 0 {
		sources = l.open()
	}
	return append(spread(sources, anyReach()), Line{Owner: o})
}

func awsccRoute(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("route table", "route_table_id"), Attribute: "route_table_id"}, "ingress")
	l.Sensitive = marked(c)
	marker := Line{Owner: l.Owner}
	v, ok := f("gateway_id")
	if !ok || !v.Unknown && !strings.HasPrefix(f.word("gateway_id"), "igw-") {
		return []Line{marker}
	}
	return append(l.from(f, true, anywhere, "destination_cidr_block", "destination_ipv_6_cidr_block"), marker)
}

// addressList says where a list of addresses has what.
type addressList struct{ set, id, block, cidr string }

func (x addressList) extract(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id(x.set, x.id)}, "list")
	top := x.block
	if top == "" {
		top = x.cidr
	}
	l.Sensitive = marked(c, top)
	out := []Line{l} // without a source: these are all entries
	if x.block == "" {
		return append(out, l.from(f, true, anywhere, x.cidr)...)
	}
	for _, b := range f.under(x.block) {
		out = append(out, l.from(b, false, anywhere, x.cidr)...)
	}
	return out
}
