package exposure

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// The network firewall of AWS. A group of rules says what passes and what is dropped;
// what none of them decides is left to the policy that refers to the group. So a drop
// that goes may open, and what passes is told as what a network lets through. Stateless
// rules are tried by their priority, stateful ones in their order if the group says so,
// else those that pass first. Rules that are programs (Suricata) and lists of names are
// known by what they say: any change of them counts as unknown.

func awsFirewallGroup(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{ID: f.id("firewall group", "id")}
	if o.ID == "" {
		o.ID = f.id("firewall group", "arn")
	}
	marker := Line{Owner: o}
	return append([]Line{marker}, besides(c, s, func(s tfvalue.Side) []scoped {
		f := root(s)
		l := everything(o, "ingress")
		l.Ordered, l.Sensitive = true, marked(c, "rule_group", "rules")
		var out []scoped
		for _, x := range l.from(f, false, digested("rules"), "rules") {
			out = append(out, scoped{Line: x})
		}
		groups, _ := rulesOf(c, s, "rule_group", false)
		for _, g := range groups {
			strict := g.word("stateful_rule_options.rule_order") == "strict_order"
			read := awsFirewallReader{variables: g.variables()}
			for _, source := range g.under("rules_source") {
				for _, x := range l.from(source, false, digested("rules"), "rules_string") {
					out = append(out, scoped{Line: x})
				}
				for _, list := range source.under("rules_source_list") {
					out = append(out, awsDomains(list, l)...)
				}
				for i, r := range source.under("stateful_rule") {
					out = append(out, read.stateful(r, l, i, strict)...)
				}
				for _, b := range source.under("stateless_rules_and_custom_actions") {
					for _, r := range b.under("stateless_rule") {
						out = append(out, read.stateless(r, l)...)
					}
				}
			}
		}
		return out
	})...)
}

// variables are what a group calls its addresses by names, as one text.
func (f fields) variables() string {
	v, ok := f("rule_variables")
	switch {
	case !ok:
		return ""
	case v.Partly():
		return "?"
	}
	return digestOf(jsonText(v.Value))
}

type awsFirewallReader struct{ variables string }

// source reads an address, a list in brackets, or a variable. A variable is the same
// only as long as all of the group's say the same.
func (r awsFirewallReader) source(text string) Source {
	switch t := strings.TrimSpace(text); {
	case strings.EqualFold(t, "any") || strings.EqualFold(t, "$external_net"):
		return Source{Kind: sourceEverybody}
	case r.variables == "?" && strings.HasPrefix(t, "$"):
		return Source{Kind: SourceUnknown}
	case strings.HasPrefix(t, "$"):
		return known(Source{Kind: SourceNamed, Name: "variable " + t + " of " + r.variables})
	default:
		return anywhere(t)
	}
}

// ends are who connects, and the limits by where to.
func (r awsFirewallReader) ends(l Line, source, destination []fields, cidr string) (from []Line, limits []string) {
	for _, f := range source {
		from = append(from, l.from(f, false, r.source, cidr)...)
	}
	if len(source) == 0 {
		from = l.open()
	}
	all := len(destination) == 0
	for _, f := range destination {
		some, every := limitsIn(f, "", l.Deny, azureAll, cidr)
		limits, all = append(limits, some...), all || every
	}
	if all {
		limits = nil
	}
	return from, limits
}

// stateless reads a rule by its priority. What is handed on to the stateful rules is
// decided there.
func (r awsFirewallReader) stateless(f fields, l Line) []scoped {
	var out []scoped
	for _, d := range f.under("rule_definition") {
		actions, _ := d("actions")
		passes := actions.Unknown
		handed := false
		for _, a := range actions.Elements() {
			word, isText := a.Text()
			switch {
			case a.Unknown || !isText || word == "aws:pass":
				passes = true
			case word == "aws:forward_to_sfe":
				handed = true
			}
		}
		if handed && !passes {
			continue
		}
		l.Deny = !passes
		l.Order = f.order("priority", 0, l.Deny)
		for _, m := range d.under("match_attributes") {
			from, limits := r.ends(l, m.under("source"), m.under("destination"), "address_definition")
			if l.Deny && (m.has("source_port") || m.has("tcp_flag")) {
				limits = append(limits, "some packets") // whoever connects may send others
			}
			for _, x := range spread(from, awsFirewallPorts(m)) {
				out = append(out, scoped{x, limits})
			}
		}
	}
	return out
}

func awsFirewallPorts(m fields) []reach {
	ranges := m.under("destination_port")
	if len(ranges) == 0 {
		return reaches(m, "protocols")
	}
	var out []reach
	for _, p := range ranges {
		out = append(out, rangeReaches(func(name string) (tfvalue.Value, bool) {
			if name == "protocols" {
				return m(name)
			}
			return p(name)
		}, "protocols", "from_port", "to_port")...)
	}
	return out
}

// stateful reads a rule of five parts. An alert decides nothing.
func (r awsFirewallReader) stateful(f fields, l Line, i int, strict bool) []scoped {
	action := f.word("action")
	if action == "alert" {
		return nil
	}
	l.Deny = f.denies("action")
	// Those that pass go before those that do not, unless the group has an order.
	l.Order = i
	if !strict {
		l.Order = 0
		if l.Deny {
			l.Order = 1
		}
	}
	var out []scoped
	for _, h := range f.under("header") {
		rs, part := awsFirewallReach(h)
		from, limits := r.ends(l, []fields{h}, []fields{onlyDestination(h)}, "source")
		if l.Deny && (part || !isAny(h, "source_port") || moreOptions(f)) {
			limits = append(limits, "some packets")
		}
		for _, x := range spread(from, rs) {
			out = append(out, scoped{x, limits})
		}
		if h.word("direction") != "any" || isAny(h, "destination") {
			continue
		}
		back, limits := r.ends(l, []fields{onlyDestination(h)}, []fields{h}, "source")
		if l.Deny {
			limits = append(limits, "some packets")
		}
		for _, x := range spread(back, anyReach()) {
			out = append(out, scoped{x, limits})
		}
	}
	return out
}

// onlyDestination gives the destination under the name of the source.
func onlyDestination(f fields) fields {
	return func(name string) (tfvalue.Value, bool) {
		if name == "source" {
			return f("destination")
		}
		return tfvalue.Value{}, false
	}
}

// awsFirewallReach reads protocol and ports. part reports that it is a protocol in
// another, of which a rule sees only what speaks it.
func awsFirewallReach(f fields) (rs []reach, part bool) {
	word := f.word("protocol")
	switch word {
	case "tcp", "udp", "icmp":
	case "ip", "":
		word = anyProtocol
	default:
		word, part = "tcp", true
		if f.word("protocol") == "dns" || f.word("protocol") == "dhcp" || f.word("protocol") == "tftp" || f.word("protocol") == "ntp" || f.word("protocol") == "ikev2" {
			word = anyProtocol
		}
	}
	at := fields(func(name string) (tfvalue.Value, bool) {
		v, ok := f(name)
		switch t, isText := v.Text(); {
		case name == "protocol" && !v.Unknown:
			return tfvalue.Value{Value: word}, true
		case name == "destination_port" && isText && !v.Unknown:
			return tfvalue.Value{Value: strings.Trim(t, "[] ")}, ok
		}
		return v, ok
	})
	return reaches(at, "protocol", "destination_port"), part
}

func isAny(f fields, name string) bool {
	w := f.word(name)
	return w == "any" || w == ""
}

// moreOptions reports whether a rule has options that make it match less.
func moreOptions(f fields) bool {
	for _, o := range f.under("rule_option") {
		switch o.word("keyword") {
		case "sid", "msg", "rev", "priority", "classtype", "metadata", "reference", "gid":
		default:
			return true
		}
	}
	return false
}

// awsDomains reads a list of names that may be gone to, or not.
func awsDomains(list fields, l Line) []scoped {
	l.Direction = "egress"
	parts := []string{list.word("generated_rules_type")}
	for _, name := range []string{"targets", "target_types"} {
		v, _ := list(name)
		if v.Partly() {
			return []scoped{{Line: l.unknown()}}
		}
		parts = append(parts, jsonText(v.Value))
	}
	l.Source = digested("names")(strings.Join(parts, " "))
	return []scoped{{Line: l}}
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
