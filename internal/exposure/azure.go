package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Azure, the rules. Attributes and their meaning: documentation of the azurerm
// provider. Names are the same in any letter case.

func azureExtractors() map[string]extract {
	m := map[string]extract{
		"azurerm_network_security_group":                 azureGroup,
		"azurerm_network_security_rule":                  lapse(azureRule, "egress"),
		"azurerm_firewall_network_rule_collection":       azureFirewallRules,
		"azurerm_firewall_nat_rule_collection":           azureFirewallRules,
		"azurerm_firewall_application_rule_collection":   azureFirewallRules,
		"azurerm_firewall_policy_rule_collection_group":  azureFirewallPolicyRules,
		"azurerm_network_security_perimeter_access_rule": azurePerimeterRule,
		"azurerm_route":       azureRoute,
		"azurerm_route_table": azureRouteTable,

		"azurerm_mssql_firewall_rule":                      onPorts(azureRange("mssql server", "server_id", "start_ip_address", "end_ip_address"), 1433),
		"azurerm_sql_firewall_rule":                        onPorts(azureRange("sql server", "server_name", "start_ip_address", "end_ip_address"), 1433),
		"azurerm_postgresql_flexible_server_firewall_rule": onPorts(azureRange("postgresql server", "server_id", "start_ip_address", "end_ip_address"), 5432),
		"azurerm_postgresql_firewall_rule":                 onPorts(azureRange("postgresql single server", "server_name", "start_ip_address", "end_ip_address"), 5432),
		"azurerm_mysql_flexible_server_firewall_rule":      onPorts(azureRange("mysql server", "server_name", "start_ip_address", "end_ip_address"), 3306),
		"azurerm_mysql_firewall_rule":                      onPorts(azureRange("mysql single server", "server_name", "start_ip_address", "end_ip_address"), 3306),
		"azurerm_mariadb_firewall_rule":                    onPorts(azureRange("mariadb server", "server_name", "start_ip_address", "end_ip_address"), 3306),
		"azurerm_cosmosdb_postgresql_firewall_rule":        onPorts(azureRange("cosmosdb postgresql", "cluster_id", "start_ip_address", "end_ip_address"), 5432),
		"azurerm_mongo_cluster_firewall_rule":              azureRange("mongo cluster", "mongo_cluster_id", "start_ip_address", "end_ip_address"),
		"azurerm_synapse_firewall_rule":                    onPorts(azureRange("synapse", "synapse_workspace_id", "start_ip_address", "end_ip_address"), 1433),
		"azurerm_redis_firewall_rule":                      onPorts(azureRange("redis", "redis_cache_name", "start_ip", "end_ip"), 6379, 6380),
	}
	for name, x := range azureEndpoints() {
		m[name] = x
	}
	return m
}

// azureOwner names a set by its resource group and an attribute.
func azureOwner(f fields, what, attribute string) Owner {
	group, name := f.word("resource_group_name"), f.word(attribute)
	if name == "" || group == "" {
		return Owner{Attribute: attribute}
	}
	return Owner{ID: what + " " + group + "/" + name, Attribute: attribute}
}

func azureGroup(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := azureOwner(root(s), "nsg", "name")
	o.Attribute = ""
	return append([]Line{{Owner: o}}, lapse(func(c *tfvalue.Change, s tfvalue.Side) []Line {
		return besides(c, s, func(s tfvalue.Side) []scoped {
			var out []scoped
			rules, needs := rulesOf(c, s, "security_rule", true)
			for _, f := range rules {
				for _, l := range azureSecurity(f, Line{Owner: o, Sensitive: marked(c, "security_rule")}, false) {
					if needs != nil {
						l.Needs = needs
					}
					out = append(out, l)
				}
			}
			return out
		})
	}, "egress")(c, s)...)
}

func azureRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	return besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		o := azureOwner(f, "nsg", "network_security_group_name")
		return append(azureSecurity(f, Line{Owner: o, Sensitive: marked(c)}, true), scoped{Line: Line{Owner: o}})
	})
}

// azureSecurity reads a rule of a network security group: by priority, the lowest
// first, and the first that matches decides. Beneath stand rules of Azure's own: into
// the network only what is inside comes, out of it goes everything.
func azureSecurity(f fields, l Line, alone bool) []scoped {
	l.Direction = f.direction("direction")
	l.Ordered, l.Deny = true, f.denies("access")
	l.Order = f.order("priority", 0, l.Deny)
	remote, local := "source_", "destination_"
	if l.Direction == "egress" {
		remote, local = local, remote
	}
	sources := l.from(f, alone, azureSource(l.Direction), remote+"address_prefix", remote+"address_prefixes")
	sources = append(sources, l.from(f, alone, inside("application security group"), remote+"application_security_group_ids")...)
	if len(sources) == 0 {
		sources = l.open()
	}
	limits, all := limitsIn(f, "", l.Deny, azureAll, local+"address_prefix", local+"address_prefixes")
	groups, allGroups := limitsIn(f, "application security group ", l.Deny, nil, local+"application_security_group_ids")
	limits = append(limits, groups...)
	if all || allGroups {
		limits = nil
	}
	if l.Deny {
		// A deny of connections from some ports hides nothing: whoever connects chooses.
		if from, all := limitsIn(f, "ports ", true, azureAll, "source_port_range", "source_port_ranges"); len(from) > 0 && !all {
			limits = append(limits, from...)
		}
	}
	var out []scoped
	for _, x := range spread(sources, reaches(f, "protocol", "destination_port_range", "destination_port_ranges")) {
		out = append(out, scoped{x, limits})
	}
	return out
}

// azureAll are the words for everything that a network security group guards.
func azureAll(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "*", "any", "virtualnetwork", "0-65535", "1-65535":
		return true
	}
	return strings.HasSuffix(text, "/0")
}

// azureSource reads an address, or a service tag. The tags of the network itself and
// of its load balancer's probes are inside; the others are Microsoft's lists, which
// change and hold other customers' machines.
func azureSource(direction string) func(string) Source {
	return func(text string) Source {
		switch t := strings.ToLower(strings.TrimSpace(text)); t {
		case "virtualnetwork", "azureloadbalancer", "virtual_network", "azure_loadbalancer":
			return Source{Kind: SourceInside, Name: "service tag " + t}
		}
		s := anywhere(text)
		if s.Kind == SourceNamed {
			return named("service tag", direction)(strings.TrimSpace(text))
		}
		return s
	}
}

// azureRange reads a rule with a first and a last address. 0.0.0.0 alone stands for
// all of Azure, whoever's.
func azureRange(what, owner, first, last string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		o := Owner{ID: f.id(what, owner), Attribute: owner}
		if !strings.HasSuffix(owner, "_id") {
			o = azureOwner(f, what, owner)
		}
		l := everything(o, "ingress")
		l.Sensitive = marked(c)
		marker := Line{Owner: o}
		a, okA := f(first)
		b, okB := f(last)
		from, to := f.word(first), f.word(last)
		switch {
		case !okA && !okB:
			return []Line{marker}
		case a.Unknown || b.Unknown:
			return []Line{l.unknown(first, last), marker}
		case from == "0.0.0.0" && to == "0.0.0.0":
			l.Source = Source{Kind: SourceNamed, Name: "all Azure services"}
			return []Line{l, marker}
		}
		src, ok := addressRange(from, to)
		if !ok {
			return []Line{l.unknown(), marker}
		}
		l.Source = src
		return []Line{l, marker}
	}
}

// azureFirewallRules reads a collection of rules of Azure Firewall: who may connect,
// limited to where, and where to, limited to who.
func azureFirewallRules(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := azureOwner(f, "azure firewall", "azure_firewall_name")
	marker := Line{Owner: o}
	return append([]Line{marker}, besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		l := Line{Owner: o, Ordered: true, Deny: f.denies("action"), Sensitive: marked(c, "rule")}
		l.Order = f.order("priority", 0, l.Deny)
		var out []scoped
		rules, _ := rulesOf(c, s, "rule", false)
		for _, r := range rules {
			out = append(out, azureFirewallRule(r, l)...)
		}
		return out
	})...)
}

// azureFirewallRule reads a rule of a collection. One for applications is about who in
// the network may go where; its protocols are blocks with a port of their own.
func azureFirewallRule(f fields, l Line) []scoped {
	application := len(f.under("protocol")) > 0 || blocksIn(f, "protocols")
	var out []scoped
	for _, d := range []struct{ direction, remote, local string }{{"ingress", "source_", "destination_"}, {"egress", "destination_", "source_"}} {
		if application && d.direction == "ingress" {
			continue
		}
		l.Direction = d.direction
		sources := l.from(f, false, azureSource(d.direction), d.remote+"addresses")
		sources = append(sources, l.from(f, false, named("ip group", d.direction), d.remote+"ip_groups")...)
		rs := reaches(f, "protocols", "destination_ports")
		if d.direction == "egress" {
			sources = append(sources, l.from(f, false, azureName, "destination_fqdns", "target_fqdns", "fqdn_tags", "destination_fqdn_tags", "destination_urls")...)
			if application {
				rs = anyReach()
			}
		}
		limits, all := limitsIn(f, "", l.Deny, azureAll, d.local+"addresses")
		groups, _ := limitsIn(f, "ip group ", l.Deny, nil, d.local+"ip_groups")
		if limits = append(limits, groups...); all {
			limits = nil
		}
		for _, x := range spread(sources, rs) {
			out = append(out, scoped{x, limits})
		}
	}
	return out
}

// azureName reads the name of a destination; * is everywhere.
func azureName(text string) Source {
	if strings.TrimSpace(text) == "*" {
		return Source{Kind: sourceEverybody}
	}
	return inside("name")(text)
}

// blocksIn reports whether the elements of an attribute are blocks.
func blocksIn(f fields, name string) bool {
	v, _ := f(name)
	for _, e := range v.Elements() {
		if _, isBlock := e.Value.(map[string]any); isBlock {
			return true
		}
	}
	return false
}

func azureFirewallPolicyRules(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: strings.ToLower(root(s).id("azure firewall policy", "firewall_policy_id")), Attribute: "firewall_policy_id"}
	return append([]Line{{Owner: o}}, besides(c, s, func(s tfvalue.Side) []scoped {
		group := root(s).order("priority", 0, false)
		var out []scoped
		for _, kind := range []string{"network_rule_collection", "application_rule_collection", "nat_rule_collection"} {
			// Rules of one kind are tried after those of another, whatever their priority.
			l := Line{Owner: o, Ordered: true, Sensitive: marked(c, kind)}
			if o.ID != "" {
				l.Owner.ID += " " + kind
			}
			collections, _ := rulesOf(c, s, kind, false)
			for _, f := range collections {
				l.Deny = f.denies("action")
				// Priorities go to 65000: those of the group before those in it.
				if l.Order = f.order("priority", 0, l.Deny); l.Order >= 0 && l.Order < 1<<16 && group >= 0 && group < 1<<16 {
					l.Order += group<<16 - 1<<31
				}
				for _, r := range f.under("rule") {
					out = append(out, azureFirewallRule(r, l)...)
				}
			}
		}
		return out
	})...)
}

// azurePerimeterRule reads a rule of a network security perimeter, which only lets in.
func azurePerimeterRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("perimeter profile", "network_security_perimeter_profile_id"), Attribute: "network_security_perimeter_profile_id"}, f.direction("direction"))
	l.Sensitive = marked(c)
	out := l.from(f, true, anywhere, "address_prefixes")
	out = append(out, l.from(f, true, named("subscription", l.Direction), "subscription_ids")...)
	out = append(out, l.from(f, true, named("service tag", l.Direction), "service_tags")...)
	out = append(out, l.from(f, true, named("name", "egress"), "fqdns", "fully_qualified_domain_names")...)
	return append(out, Line{Owner: l.Owner})
}

// azureRoute reads a route: one straight to the internet goes past every appliance
// that stands on the others.
func azureRoute(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := azureOwner(f, "route table", "route_table_name")
	return append(azureHop(f, everything(o, "egress"), marked(c), true), Line{Owner: o})
}

func azureRouteTable(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := azureOwner(root(s), "route table", "name")
	o.Attribute = ""
	out := []Line{{Owner: o}}
	routes, needs := rulesOf(c, s, "route", true)
	for _, f := range routes {
		for _, l := range azureHop(f, everything(o, "egress"), marked(c, "route"), false) {
			if needs != nil {
				l.Needs = needs
			}
			out = append(out, l)
		}
	}
	return out
}

func azureHop(f fields, l Line, sensitive, alone bool) []Line {
	l.Sensitive = sensitive
	if hop := f.word("next_hop_type"); hop != "internet" {
		if v, ok := f("next_hop_type"); ok && !v.Unknown && hop != "" {
			return nil
		}
	}
	return l.from(f, alone, azureSource("egress"), "address_prefix")
}
