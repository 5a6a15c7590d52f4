package exposure

import "github.com/claw-verified/claw-verified/internal/tfvalue"

// The AWS types that say who may connect. Attributes, defaults and their meaning:
// documentation of the AWS provider.
func awsExtractors() map[string]extract {
	return map[string]extract{
		"aws_security_group":                   awsGroup,
		"aws_default_security_group":           awsGroup,
		"aws_security_group_rule":              awsRule,
		"aws_vpc_security_group_ingress_rule":  awsSingleRule("ingress"),
		"aws_vpc_security_group_egress_rule":   awsSingleRule("egress"),
		"aws_network_acl":                      awsACL,
		"aws_default_network_acl":              awsACL,
		"aws_network_acl_rule":                 awsACLRule,
		"aws_ec2_managed_prefix_list":          awsPrefixList,
		"aws_ec2_managed_prefix_list_entry":    awsPrefixListEntry,
		"aws_route":                            awsRoute,
		"aws_route_table":                      awsRouteTable,
		"aws_default_route_table":              awsRouteTable,
		"aws_eks_cluster":                      awsCluster,
		"aws_lightsail_instance_public_ports":  awsLightsail,
		"aws_redshift_security_group":          awsPlainList("ingress", "cidr"),
		"aws_db_security_group":                awsPlainList("ingress", "cidr"),
		"aws_workspaces_ip_group":              awsPlainList("rules", "source"),
		"aws_medialive_input_security_group":   awsPlainList("whitelist_rules", "cidr"),
		"aws_workspacesweb_ip_access_settings": awsPlainList("ip_rule", "ip_range"),
	}
}

// awsGroup reads the rules that stand inside a security group: a union of what is
// allowed. Nothing is denied and the order does not matter.
func awsGroup(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("sg", "id")}
	out := []Line{{Owner: o}}
	for _, direction := range []string{"ingress", "egress"} {
		l := everything(o, direction)
		l.Sensitive = marked(c, direction)
		rules, computed := blocks(c, s, direction)
		for _, f := range rules {
			switch {
			case computed:
				out = append(out, l.unknown(direction))
			case f == nil:
				out = append(out, l.unknown())
			default:
				out = append(out, awsSources(l, f, "protocol", false)...)
			}
		}
	}
	return out
}

func awsRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{f.id("sg", "security_group_id"), "security_group_id"}, Direction: "ingress", Sensitive: marked(c)}
	if v, _ := f("type"); v.Value == "egress" {
		l.Direction = "egress"
	}
	return awsOwned(l, awsSources(l, f, "protocol", true))
}

// awsSingleRule reads the newer rules, which have one source each.
func awsSingleRule(direction string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		f := root(s)
		l := Line{Owner: Owner{f.id("sg", "security_group_id"), "security_group_id"}, Direction: direction, Sensitive: marked(c)}
		return awsOwned(l, awsSources(l, f, "ip_protocol", true))
	}
}

// awsOwned adds to the lines of a rule, which may have none, what they belong to.
func awsOwned(l Line, lines []Line) []Line { return append(lines, Line{Owner: l.Owner}) }

// awsSources reads one rule: its protocol, its ports, and each of its sources.
//
// Another group, or the group itself, admits nobody from outside and is left out. Of
// egress a prefix list counts only where the plan shows its entries: the usual one is
// a service of AWS, and an unknown destination is not an unknown visitor.
func awsSources(l Line, f fields, protocolName string, alone bool) []Line {
	l.reach(f, protocolName, "from_port", "to_port")
	out := l.from(f, alone, address, "cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks")
	kind := SourceNamed
	if l.Direction == "egress" {
		kind = SourceInside
	}
	for _, x := range l.from(f, alone, awsListName(kind), "prefix_list_id", "prefix_list_ids") {
		if x.Source.Kind != SourceUnknown || l.Direction != "egress" {
			out = append(out, x)
		}
	}
	return out
}

func awsListName(kind SourceKind) func(id string) Source {
	return func(id string) Source { return Source{Kind: kind, Name: "prefix list " + id} }
}

// awsPrefixList reads an address list. Widening it widens every rule that refers to it,
// in this plan or in another.
func awsPrefixList(c *tfvalue.Change, s tfvalue.Side) []Line {
	l := everything(Owner{ID: root(s).id("prefix list", "id")}, "list")
	l.Sensitive = marked(c, "entry")
	out := []Line{l} // without a source: these are all entries
	entries, computed := blocks(c, s, "entry")
	for _, f := range entries {
		switch {
		case computed:
			out = append(out, l.unknown("entry"))
		case f == nil:
			out = append(out, l.unknown())
		default:
			out = append(out, l.from(f, false, address, "cidr")...)
		}
	}
	return out
}

func awsPrefixListEntry(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{f.id("prefix list", "prefix_list_id"), "prefix_list_id"}, "list")
	l.Sensitive = marked(c)
	return l.from(f, true, address, "cidr")
}

// awsCluster reads who reaches the API of an EKS cluster. The public endpoint is on,
// and open to everybody, unless something else is said.
func awsCluster(c *tfvalue.Change, s tfvalue.Side) []Line {
	l := Line{Direction: "ingress", Protocol: "tcp", From: 443, To: 443, Sensitive: marked(c, "vpc_config")}
	out := []Line{{}}
	configs, _ := blocks(c, s, "vpc_config")
	for _, f := range configs {
		if f == nil {
			out = append(out, l.unknown())
			continue
		}
		if v, _ := f("endpoint_public_access"); v.Value != nil && !v.Unknown {
			if public, ok := v.Bool(); ok && !public {
				continue
			}
		}
		sources := l.from(f, false, address, "public_access_cidrs")
		if len(sources) == 0 {
			l.Source = everybody()[0]
			sources = []Line{l}
		}
		out = append(out, sources...)
	}
	return out
}

// awsLightsail reads the ports of an instance. A port without a source is open to
// everybody; an alias stands for the console of AWS in the browser.
func awsLightsail(c *tfvalue.Change, s tfvalue.Side) []Line {
	var o Owner // the name of an instance says nothing: another region may have the same
	out := []Line{{Owner: o}}
	rules, _ := blocks(c, s, "port_info")
	for _, f := range rules {
		l := everything(o, "ingress")
		l.Sensitive = marked(c, "port_info")
		if f == nil {
			out = append(out, l.unknown())
			continue
		}
		l.reach(f, "protocol", "from_port", "to_port")
		sources := l.from(f, false, address, "cidrs", "ipv6_cidrs")
		alias, _ := f("cidr_list_aliases")
		if len(sources) == 0 && len(alias.Elements()) == 0 {
			for _, l.Source = range everybody() {
				sources = append(sources, l)
			}
		}
		out = append(out, sources...)
	}
	return out
}

// awsPlainList reads a type that only lists who may connect.
func awsPlainList(attribute, cidr string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		l := everything(Owner{}, "ingress")
		l.Sensitive = marked(c, attribute)
		out := []Line{{}}
		rules, computed := blocks(c, s, attribute)
		for _, f := range rules {
			switch {
			case computed:
				out = append(out, l.unknown(attribute))
			case f == nil:
				out = append(out, l.unknown())
			default:
				out = append(out, l.from(f, false, address, cidr)...)
			}
		}
		return out
	}
}
