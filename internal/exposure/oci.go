package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Oracle Cloud. Attributes and their meaning: documentation of the oci provider.

func ociExtractors() map[string]extract {
	return map[string]extract{
		"oci_core_security_list":                        ociSecurityList("id"),
		"oci_core_default_security_list":                ociSecurityList("manage_default_resource_id"),
		"oci_core_network_security_group_security_rule": ociGroupRule,
		"oci_core_route_table":                          ociRouteTable("id"),
		"oci_core_default_route_table":                  ociRouteTable("manage_default_resource_id"),
		"oci_database_autonomous_database":              ociDatabase,
	}
}

func ociSecurityList(id string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		o := Owner{ID: root(s).id("security list", id)}
		out := []Line{{Owner: o}}
		for _, d := range []struct{ direction, attribute, end string }{
			{"ingress", "ingress_security_rules", "source"}, {"egress", "egress_security_rules", "destination"},
		} {
			rules, needs := rulesOf(c, s, d.attribute, true)
			for _, f := range rules {
				l := Line{Owner: o, Direction: d.direction, Sensitive: marked(c, d.attribute)}
				for _, x := range spread(l.from(f, false, ociSource(f.word(d.end+"_type"), d.direction), d.end), ociReaches(f, "")) {
					if needs != nil {
						x.Needs = needs
					}
					out = append(out, x)
				}
			}
		}
		return out
	}
}

func ociGroupRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: f.id("oci nsg", "network_security_group_id"), Attribute: "network_security_group_id"}
	l := Line{Owner: o, Direction: f.direction("direction"), Sensitive: marked(c)}
	end := "source"
	if l.Direction == "egress" {
		end = "destination"
	}
	sources := l.from(f, true, ociSource(f.word(end+"_type"), l.Direction), end)
	return append(spread(sources, ociReaches(f, "destination_port_range.")), Line{Owner: o})
}

// ociSource reads a source: its type may be left out, and then the text tells.
func ociSource(typ, direction string) func(string) Source {
	return func(text string) Source {
		_, isAddress := addresses(text)
		switch {
		case isAddress:
			return anywhere(text) // whatever the type says
		case typ == "network_security_group", strings.HasPrefix(strings.ToLower(text), "ocid1.networksecuritygroup."):
			return inside("group")(text)
		case typ == "service_cidr_block":
			return named("service", direction)(text)
		}
		return anywhere(text)
	}
}

// ociReaches reads protocol and ports: options that are not there are all ports. within
// is the block of the options that has the ports of the destination.
func ociReaches(f fields, within string) []reach {
	protocols, sure := protocolsIn(f, "protocol")
	var out []reach
	for _, p := range protocols {
		options := p + "_options"
		if p == "icmpv6" {
			options = "icmp_options"
		}
		switch p {
		case "tcp", "udp":
			at := fields(func(name string) (tfvalue.Value, bool) {
				if name == "protocol" {
					return tfvalue.Value{Value: p}, true
				}
				return f.deep(options + "." + within + name)
			})
			out = append(out, rangeReaches(at, "protocol", "min", "max")...)
		case "icmp", "icmpv6":
			typ, _ := f.deep(options + ".type")
			code, _ := f.deep(options + ".code")
			low, high, ok := 0, maxPort, !typ.Unknown && !code.Unknown
			if ok {
				low, high, ok = icmp(typ, code)
			}
			out = append(out, reach{p, low, high, !ok})
		default:
			out = append(out, reach{p, 0, maxPort, false})
		}
	}
	for i := range out {
		out[i].unclear = out[i].unclear || !sure
	}
	return out
}

// ociRouteTable reads the routes to an internet gateway. What a gateway is says its
// identifier; one that is not known yet could be.
func ociRouteTable(id string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		l := everything(Owner{ID: root(s).id("route table", id)}, "ingress")
		l.Sensitive = marked(c, "route_rules")
		out := []Line{{Owner: l.Owner}}
		rules, needs := rulesOf(c, s, "route_rules", true)
		for _, f := range rules {
			if needs != nil {
				out = append(out, l.unknown(needs...))
				continue
			}
			v, ok := f("network_entity_id")
			if hop := f.word("network_entity_id"); ok && !v.Unknown && !strings.HasPrefix(hop, "ocid1.internetgateway.") {
				continue
			}
			out = append(out, l.from(f, false, ociSource(f.word("destination_type"), "egress"), "destination", "cidr_block")...)
		}
		return out
	}
}

// ociDatabase reads who reaches an autonomous database: the list, or everybody without
// one, unless it has an endpoint in a subnet. An entry may be a network of the owner's,
// alone or with addresses in it.
func ociDatabase(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{ID: f.id("autonomous database", "id")}, "ingress")
	l.Sensitive = marked(c, "whitelisted_ips", "subnet_id")
	out := []Line{{Owner: l.Owner}}
	if f.has("subnet_id") {
		if v, _ := f("subnet_id"); !v.Unknown {
			return out
		}
	}
	sources := l.from(f, true, func(text string) Source {
		if strings.HasPrefix(strings.ToLower(text), "ocid1.vcn.") {
			return inside("network")(text)
		}
		return anywhere(text)
	}, "whitelisted_ips")
	if len(sources) == 0 {
		sources = l.open()
	}
	return append(out, sources...)
}
