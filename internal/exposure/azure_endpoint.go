package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Azure, the services that say themselves who may connect.

func azureEndpoints() map[string]extract {
	m := map[string]extract{
		"azurerm_storage_account_network_rules": onPorts(func(c *tfvalue.Change, s tfvalue.Side) []Line {
			f := root(s)
			o := Owner{ID: strings.ToLower(f.id("storage", "storage_account_id")), Attribute: "storage_account_id"}
			return append(azureACL(f, Line{Owner: o, Sensitive: marked(c)}, true, "default_action", "allow", "ip_rules"), Line{Owner: o})
		}, 443),
		"azurerm_storage_account":                            endpoint(azureService("storage", "network_rules", "default_action", "allow", "ip_rules"), 443),
		"azurerm_key_vault":                                  endpoint(azureService("key vault", "network_acls", "default_action", "allow", "ip_rules"), 443),
		"azurerm_key_vault_managed_hardware_security_module": endpoint(azureService("hsm", "network_acls", "default_action", "allow", "ip_rules"), 443),
		"azurerm_container_registry":                         endpoint(azureService("registry", "network_rule_set", "default_action", "allow", "ip_rule.ip_range"), 443),
		"azurerm_servicebus_namespace":                       endpoint(azureService("service bus", "network_rule_set", "default_action", "allow", "ip_rules"), 443),
		"azurerm_eventhub_namespace":                         endpoint(azureService("event hub", "network_rulesets", "default_action", "deny", "ip_rule.ip_mask"), 443),
		"azurerm_cognitive_account":                          endpoint(azureService("cognitive", "network_acls", "default_action", "allow", "ip_rules"), 443),
		"azurerm_iotcentral_application_network_rule_set": onPorts(func(c *tfvalue.Change, s tfvalue.Side) []Line {
			f := root(s)
			o := Owner{ID: f.id("iot central", "iotcentral_application_id"), Attribute: "iotcentral_application_id"}
			return append(azureACL(f, Line{Owner: o, Sensitive: marked(c)}, true, "default_action", "deny", "ip_rule.ip_mask"), Line{Owner: o})
		}, 443),
		"azurerm_cosmosdb_account":   azureCosmos,
		"azurerm_search_service":     endpoint(azureFilter("search", "allowed_ips"), 443),
		"azurerm_kubernetes_cluster": endpoint(azureCluster),
	}
	for _, app := range []string{"azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_linux_function_app", "azurerm_windows_function_app"} {
		m[app] = endpoint(azureApp, 443)
	}
	return m
}

// azureClosed reports whether a service has no public endpoint.
func azureClosed(f fields) bool { return f.is("public_network_access_enabled", false) }

// azureService reads a service with a block that says what is done with those that no
// rule lets in. Without the block everybody may connect; a block that is the
// provider's default is not known before apply, and is nobody's doing.
func azureService(what, block, action, otherwise, addresses string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		o := Owner{ID: strings.ToLower(f.id(what, "id"))}
		l := everything(o, "ingress")
		l.Sensitive = marked(c, block, "public_network_access_enabled")
		out := []Line{{Owner: o}}
		if azureClosed(f) {
			return out
		}
		rules, needs := rulesOf(c, s, block, true)
		switch {
		case needs != nil:
			return append(out, l.unknown(needs...))
		case len(rules) == 0:
			return append(out, l.open()...)
		}
		for _, r := range rules {
			out = append(out, azureACL(r, l, false, action, otherwise, addresses)...)
		}
		return out
	}
}

func azureACL(f fields, l Line, alone bool, action, otherwise, addresses string) []Line {
	l = Line{Owner: l.Owner, Direction: "ingress", Protocol: anyProtocol, To: maxPort, Sensitive: l.Sensitive}
	v, ok := f(action)
	does := f.word(action)
	switch {
	case v.Unknown:
		l = l.unknown()
		if alone {
			l.Needs = []string{action}
		}
		return []Line{l}
	case !ok:
		does = otherwise
	}
	if does != "deny" {
		return l.open()
	}
	name, member, nested := strings.Cut(addresses, ".")
	if !nested {
		return l.from(f, alone, anywhere, name)
	}
	var out []Line
	for _, r := range f.under(name) {
		if does := r.word("action"); does != "" && does != "allow" {
			continue
		}
		out = append(out, l.from(r, false, anywhere, member)...)
	}
	return out
}

// azureFilter reads a service with a list of addresses; an empty one lets everybody
// in. Older providers write the list as one text with commas.
func azureFilter(what, attribute string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		l := everything(Owner{ID: strings.ToLower(f.id(what, "id"))}, "ingress")
		l.Sensitive = marked(c, attribute, "public_network_access_enabled")
		out := []Line{{Owner: l.Owner}}
		if azureClosed(f) {
			return out
		}
		if text := f.word(attribute); text != "" {
			for part := range strings.SplitSeq(text, ",") {
				l.Source = azureFilterSource(part)
				out = append(out, l)
			}
			return out
		}
		sources := l.from(f, true, azureFilterSource, attribute)
		if len(sources) == 0 {
			sources = l.open()
		}
		return append(out, sources...)
	}
}

// azureFilterSource reads an address; 0.0.0.0 stands for all of Azure, whoever's.
func azureFilterSource(text string) Source {
	if strings.TrimSpace(text) == "0.0.0.0" {
		return Source{Kind: SourceNamed, Name: "all Azure services"}
	}
	return anywhere(text)
}

// azureCluster reads who reaches the API of a cluster. A cluster that is not private
// and names nobody is open to everybody.
func azureCluster(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: strings.ToLower(f.id("aks", "id"))}
	l := Line{Owner: o, Direction: "ingress", Sensitive: marked(c, "api_server_access_profile", "api_server_authorized_ip_ranges", "private_cluster_enabled")}
	out := []Line{{Owner: o}}
	if f.is("private_cluster_enabled", true) {
		return out
	}
	sources := l.from(f, false, anywhere, "api_server_authorized_ip_ranges")
	for _, p := range f.under("api_server_access_profile") {
		sources = append(sources, l.from(p, false, anywhere, "authorized_ip_ranges")...)
	}
	if len(sources) == 0 {
		sources = l.open()
	}
	return append(out, spread(sources, tcpPorts(443))...)
}

// azureApp reads the access restrictions of an app: by priority, and what no rule
// decides is denied as soon as there is a rule, unless the default says otherwise.
func azureApp(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: strings.ToLower(f.id("app", "id"))}
	base := Line{Owner: o, Direction: "ingress", Ordered: true, Sensitive: marked(c, "site_config", "public_network_access_enabled")}
	out := []Line{{Owner: o}}
	if azureClosed(f) {
		return out
	}
	var lines []Line
	rules := f.under("site_config.ip_restriction")
	for _, r := range rules {
		l := base
		l.Deny = r.denies("action")
		l.Order = r.order("priority", 65000, l.Deny)
		sources := l.from(r, false, anywhere, "ip_address")
		sources = append(sources, l.from(r, false, named("service tag", "ingress"), "service_tag")...)
		sources = append(sources, l.from(r, false, inside("subnet"), "virtual_network_subnet_id")...)
		if l.Deny && r.has("headers") {
			continue // a deny of some requests hides nothing
		}
		lines = append(lines, sources...)
	}
	// The default counts for what no rule decides.
	switch d := f.word("site_config.ip_restriction_default_action"); {
	case d == "deny", d == "" && len(rules) > 0:
	default:
		base.Order = lastOrder
		lines = append(lines, base.open()...)
	}
	return append(out, spread(lines, tcpPorts(80, 443))...)
}

// azureCosmos reads a database account, of which the kind says what is spoken.
func azureCosmos(c *tfvalue.Change, s tfvalue.Side) []Line {
	x := azureFilter("cosmosdb", "ip_range_filter")
	if root(s).word("kind") == "mongodb" {
		return endpoint(x, 10255)(c, s)
	}
	return endpoint(x, 443)(c, s)
}
