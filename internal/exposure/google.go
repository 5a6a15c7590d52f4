package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Google Cloud. Attributes and their meaning: documentation of the google provider.

func googleExtractors() map[string]extract {
	return map[string]extract{
		"google_compute_firewall":                                  lapse(googleFirewall, "egress"),
		"google_compute_firewall_policy_rule":                      lapse(googlePolicyRule, "ingress", "egress"),
		"google_compute_network_firewall_policy_rule":              lapse(googlePolicyRule, "ingress", "egress"),
		"google_compute_region_network_firewall_policy_rule":       lapse(googlePolicyRule, "ingress", "egress"),
		"google_compute_firewall_policy_with_rules":                lapse(googlePolicy, "ingress", "egress"),
		"google_compute_network_firewall_policy_with_rules":        lapse(googlePolicy, "ingress", "egress"),
		"google_compute_region_network_firewall_policy_with_rules": lapse(googlePolicy, "ingress", "egress"),
		"google_app_engine_firewall_rule":                          lapse(googleAppRule, "ingress"),
		"google_vmwareengine_external_access_rule":                 googleExternalAccess,
		"google_compute_route":                                     googleRoute,
		"google_container_cluster":                                 endpoint(googleCluster),
		"google_sql_database_instance":                             googleDatabase,
		"google_alloydb_instance":                                  onPorts(googleAlloyDB, 5432),
	}
}

// googleNetwork names a network by project and name. A project that is not written
// down makes a network of its own: the default networks of two projects are not one.
func googleNetwork(f fields) Owner {
	o := Owner{Attribute: "network"}
	v, _ := f("network")
	text, ok := v.Text()
	if !ok || v.Unknown || text == "" {
		return o
	}
	project := f.word("project")
	if _, rest, found := strings.Cut(text, "projects/"); found {
		if p, after, ok := strings.Cut(rest, "/"); ok {
			project, text = p, after
		}
	}
	if project == "" {
		project = "?"
	}
	o.ID = "network " + project + "/" + text[strings.LastIndexByte(text, '/')+1:]
	return o
}

// googleFirewall reads a rule of a network: by priority, the lowest first; of one
// priority the deny wins. Beneath, nothing comes in and everything goes out.
func googleFirewall(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := googleNetwork(root(s))
	return besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		out := []scoped{{Line: Line{Owner: o}}}
		if f.is("disabled", true) {
			return out
		}
		l := Line{Owner: o, Direction: f.direction("direction"), Ordered: true, Sensitive: marked(c)}
		remote, local := "source_ranges", "destination_ranges"
		if l.Direction == "egress" {
			remote, local = local, remote
		}
		sources := l.from(f, true, anywhere, remote)
		byTag := false
		if l.Direction == "ingress" {
			byTag = f.has("source_tags") || f.has("source_service_accounts")
			sources = append(sources, l.from(f, true, inside("tag"), "source_tags")...)
			sources = append(sources, l.from(f, true, inside("service account"), "source_service_accounts")...)
		}
		if !byTag {
			// Ranges that nobody gives are not known before apply, and are everybody.
			everyone := l
			everyone.Source = Source{Kind: SourceIPv4, Span: allIPv4}
			if pending(sources) {
				everyone.Unless = []string{remote}
			}
			if len(sources) == 0 || everyone.Unless != nil {
				sources = append(sources, everyone)
			}
		}
		limits := googleLimits(f, l.Deny, local)
		for _, deny := range []bool{false, true} {
			name := "allow"
			if deny {
				name = "deny"
			}
			rules, _ := rulesOf(c, s, name, false)
			for _, r := range rules {
				for _, x := range spread(sources, reaches(r, "protocol", "ports")) {
					x.Deny, x.Order = deny, f.order("priority", 1000, deny)
					if deny && f.has("disabled") && !f.is("disabled", false) {
						x.Unclear = true
					}
					out = append(out, scoped{x, limits})
				}
			}
		}
		return out
	})
}

// googleLimits are the machines that a rule is for. Tags and accounts that are not
// known yet are no limit that could be relied on.
func googleLimits(f fields, deny bool, local string) []string {
	tags, _ := limitsIn(f, "tag ", deny, nil, "target_tags", "match.target_secure_tags.name")
	accounts, _ := limitsIn(f, "service account ", deny, nil, "target_service_accounts")
	resources, _ := limitsIn(f, "resource ", deny, nil, "target_resources")
	ranges, all := limitsIn(f, "", deny, azureAll, local)
	if all {
		ranges = nil
	}
	limits := append(append(append(tags, accounts...), resources...), ranges...)
	for _, list := range f.under("target_secure_tags") {
		names, _ := limitsIn(list, "secure tag ", deny, nil, "name")
		limits = append(limits, names...)
	}
	return limits
}

func googlePolicyRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("firewall policy", "firewall_policy"), Attribute: "firewall_policy"}
	return besides(c, s, func(s tfvalue.Side) []scoped {
		return append(googlePolicyLines(root(s), Line{Owner: o, Sensitive: marked(c)}, "layer4_configs", "src_secure_tags"), scoped{Line: Line{Owner: o}})
	})
}

func googlePolicy(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("firewall policy", "id")}
	return append([]Line{{Owner: o}}, besides(c, s, func(s tfvalue.Side) []scoped {
		var out []scoped
		rules, _ := rulesOf(c, s, "rule", false)
		for _, f := range rules {
			out = append(out, googlePolicyLines(f, Line{Owner: o, Sensitive: marked(c, "rule")}, "layer4_config", "src_secure_tag")...)
		}
		return out
	})...)
}

// googlePolicyLines reads a rule of a firewall policy, hierarchical or of networks.
// What no rule decides is left to the next policy and the network's own rules, so a
// deny that goes may open; goto_next decides nothing.
func googlePolicyLines(f fields, l Line, layer4, secureTags string) []scoped {
	if f.is("disabled", true) || f.word("action") == "goto_next" {
		return nil
	}
	l.Direction = f.direction("direction")
	l.Ordered, l.Deny = true, f.denies("action")
	l.Order = f.order("priority", 0, l.Deny)
	remote, local := "src", "dest"
	if l.Direction == "egress" {
		remote, local = local, remote
	}
	var out []scoped
	for _, m := range f.under("match") {
		sources := l.from(m, false, anywhere, remote+"_ip_ranges")
		sources = append(sources, l.from(m, false, named("name", l.Direction), remote+"_fqdns")...)
		sources = append(sources, l.from(m, false, named("region", l.Direction), remote+"_region_codes")...)
		sources = append(sources, l.from(m, false, named("threat list", l.Direction), remote+"_threat_intelligences")...)
		sources = append(sources, l.from(m, false, named("address group", l.Direction), remote+"_address_groups")...)
		sources = append(sources, l.from(m, false, inside("network"), remote+"_networks")...)
		if l.Direction == "ingress" {
			for _, tag := range m.under(secureTags) {
				sources = append(sources, l.from(tag, false, inside("secure tag"), "name")...)
			}
		}
		if len(sources) == 0 {
			sources = l.open()
		}
		limits := googleLimits(f, l.Deny, "match."+local+"_ip_ranges")
		for _, r := range m.under(layer4) {
			for _, x := range spread(sources, reaches(r, "ip_protocol", "ports")) {
				out = append(out, scoped{x, limits})
			}
		}
	}
	return out
}

// googleAppRule reads a rule of an App Engine application, of which a project has one.
// The last rule there is lets everybody in, unless it is changed.
func googleAppRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	project := f.word("project")
	if project == "" {
		project = "?"
	}
	l := Line{Owner: Owner{ID: "app engine " + project, Attribute: "project"}, Direction: "ingress", Ordered: true, Deny: f.denies("action"), Sensitive: marked(c)}
	l.Order = f.order("priority", 0, l.Deny)
	sources := l.from(f, true, anywhere, "source_range")
	return append(spread(sources, tcpPorts(80, 443)), Line{Owner: l.Owner})
}

func googleExternalAccess(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{ID: f.id("network policy", "parent"), Attribute: "parent"}, Direction: "ingress", Ordered: true, Deny: f.denies("action"), Sensitive: marked(c)}
	l.Order = f.order("priority", 0, l.Deny)
	var sources []Line
	for _, r := range f.under("source_ip_ranges") {
		sources = append(sources, l.from(r, false, anywhere, "ip_address_range", "ip_address")...)
	}
	return append(spread(sources, reaches(f, "ip_protocol", "destination_ports")), Line{Owner: l.Owner})
}

// googleRoute reads a route to the internet's gateway.
func googleRoute(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := googleNetwork(f)
	if o.ID != "" {
		o.ID = "routes of " + o.ID
	}
	v, _ := f("next_hop_gateway")
	if !v.Unknown && !strings.Contains(f.word("next_hop_gateway"), "default-internet-gateway") {
		return []Line{{Owner: o}}
	}
	l := everything(o, "egress")
	l.Sensitive = marked(c)
	return append(l.from(f, true, anywhere, "dest_range"), Line{Owner: o})
}

// googleCluster reads who reaches the API of a cluster. Without authorised networks
// everybody does, unless the endpoint is private.
func googleCluster(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	const networks = "master_authorized_networks_config"
	l := Line{Owner: Owner{ID: f.id("gke", "id")}, Direction: "ingress", Sensitive: marked(c, networks, "private_cluster_config", "control_plane_endpoints_config")}
	out := []Line{{Owner: l.Owner}}
	var sources []Line
	closed := f.is("private_cluster_config.enable_private_endpoint", true) || f.is("control_plane_endpoints_config.ip_endpoints_config.enabled", false)
	if !closed {
		configs := f.under(networks)
		if len(configs) == 0 {
			sources = l.open()
		}
		if v, _ := f(networks); v.Unknown {
			nobody := l
			nobody.Unless = []string{networks}
			sources, configs = append(nobody.open(), l.unknown(networks)), nil
		}
		for _, m := range configs {
			if v, _ := m("cidr_blocks"); v.Unknown {
				sources = append(sources, l.unknown())
				continue
			}
			for _, b := range m.under("cidr_blocks") {
				sources = append(sources, l.from(b, false, anywhere, "cidr_block")...)
			}
			if m.is("gcp_public_cidrs_access_enabled", true) {
				l.Source = Source{Kind: SourceNamed, Name: "all Google Cloud addresses"}
				sources = append(sources, l)
			}
		}
	}
	if f.is("control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic", true) {
		sources = append(sources, l.open()...)
	}
	return append(out, spread(sources, tcpPorts(443))...)
}

// googleDatabase reads an instance of Cloud SQL, whose version says what is spoken.
func googleDatabase(c *tfvalue.Change, s tfvalue.Side) []Line {
	switch version, _, _ := strings.Cut(root(s).word("database_version"), "_"); version {
	case "mysql":
		return onPorts(googleSQL, 3306)(c, s)
	case "postgres":
		return onPorts(googleSQL, 5432)(c, s)
	case "sqlserver":
		return onPorts(googleSQL, 1433)(c, s)
	}
	return googleSQL(c, s)
}

func googleSQL(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("cloud sql", "id")}, "ingress")
	l.Sensitive = marked(c, "settings")
	out := []Line{{Owner: l.Owner}}
	if f.is("settings.ip_configuration.ipv4_enabled", false) {
		return out
	}
	settings, needs := rulesOf(c, s, "settings", true)
	for _, b := range settings {
		if needs != nil {
			out = append(out, l.unknown(needs...))
			continue
		}
		configs, _ := b("ip_configuration")
		if configs.Unknown && c.Before == nil {
			continue // nobody's default: no network is authorised
		}
		for _, ip := range b.under("ip_configuration") {
			for _, n := range ip.under("authorized_networks") {
				out = append(out, l.from(n, false, anywhere, "value")...)
			}
		}
	}
	return out
}

func googleAlloyDB(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("alloydb", "id")}, "ingress")
	l.Sensitive = marked(c, "network_config")
	out := []Line{{Owner: l.Owner}}
	configs, needs := rulesOf(c, s, "network_config", true)
	for _, n := range configs {
		if needs != nil {
			out = append(out, l.unknown(needs...))
			continue
		}
		if n.is("enable_public_ip", false) || !n.has("enable_public_ip") {
			continue
		}
		for _, a := range n.under("authorized_external_networks") {
			out = append(out, l.from(a, false, anywhere, "cidr_range")...)
		}
	}
	return out
}
