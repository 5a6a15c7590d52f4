package tfplan

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// The AWS resource types that are looked at. Their rules are unions of what is
// allowed; nothing is denied and the order does not matter.
//
// Source: documentation of the AWS provider. A group's ingress and egress are
// computed when nobody sets them; protocol may be a number; the separate rules
// call it ip_protocol and have one source each.
const (
	typeGroup        = "aws_security_group"
	typeDefaultGroup = "aws_default_security_group"
	typeRule         = "aws_security_group_rule"
	typeIngressRule  = "aws_vpc_security_group_ingress_rule"
	typeEgressRule   = "aws_vpc_security_group_egress_rule"
)

func exposes(typ string) bool {
	switch typ {
	case typeGroup, typeDefaultGroup, typeRule, typeIngressRule, typeEgressRule:
		return true
	}
	return false
}

func isGroup(typ string) bool { return typ == typeGroup || typ == typeDefaultGroup }

// extractor turns the attributes of one resource into rules.
//
// Sources that are another group or the group itself admit nobody from outside
// and are left out. A prefix list is a name for addresses that the plan does not
// show, so a list that was not there before is an unknown source of ingress; for
// egress it is left out.
type extractor struct {
	change *checks.Change
	config string
	masks  []any // sensitivity, before and after
}

func (x *extractor) rules(v, unknown any) []rule {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	u, _ := unknown.(map[string]any)
	switch x.change.Type {
	case typeGroup, typeDefaultGroup:
		return append(x.inline(m, u, "ingress"), x.inline(m, u, "egress")...)
	case typeRule:
		ingress := m["type"] != "egress"
		return x.sources(m, u, "protocol", ingress, true)
	case typeIngressRule, typeEgressRule:
		return x.sources(m, u, "ip_protocol", x.change.Type == typeIngressRule, true)
	}
	return nil
}

// inline reads the rules that stand inside a group.
func (x *extractor) inline(m, u map[string]any, dir string) []rule {
	ingress := dir == "ingress"
	var out []rule
	list, isList := m[dir].([]any)
	switch {
	case u[dir] == true:
		r := x.unknown(ingress, anyProtocol, 0, maxPort)
		// A new group whose rules nobody sets has unknown rules all the same: they
		// are computed. An existing one keeps its rules then, so unknown rules in an
		// update come from somebody, if only from a dynamic block, which leaves no
		// expression.
		if x.change.Action != checks.ActionUpdate {
			r.needs = []string{dir}
		}
		out = append(out, r)
	case !isList && m[dir] != nil:
		out = append(out, x.unknown(ingress, anyProtocol, 0, maxPort))
	}
	ul, _ := u[dir].([]any)
	for i := range max(len(list), len(ul)) {
		var block, ub map[string]any
		ok := false
		if i < len(list) {
			block, ok = list[i].(map[string]any)
		}
		if i < len(ul) {
			ub, _ = ul[i].(map[string]any)
			if ul[i] == true {
				ok = false
			}
		}
		if !ok {
			if i < len(list) || anyTrue(ul[i], 0) {
				out = append(out, x.unknown(ingress, anyProtocol, 0, maxPort))
			}
			continue
		}
		out = append(out, x.sources(block, ub, "protocol", ingress, false)...)
	}
	return out
}

// sources reads one rule: its protocol, its ports, and each of its sources.
// alone says that the rule is a resource of its own; then an unknown attribute
// counts only if the configuration sets it.
func (x *extractor) sources(m, u map[string]any, protocolName string, ingress, alone bool) []rule {
	p := protocol(m[protocolName])
	if u[protocolName] == true {
		p = anyProtocol
	}
	from, to := ports(p, m["from_port"], m["to_port"])
	if u["from_port"] == true || u["to_port"] == true {
		from, to = 0, maxPort
	}
	var out []rule
	unknown := func(attribute string) {
		r := x.unknown(ingress, p, from, to)
		if alone {
			r.needs = []string{attribute}
		}
		out = append(out, r)
	}
	source := func(attribute string, v any) {
		s, ok := v.(string)
		if !ok {
			unknown(attribute)
			return
		}
		r := x.rule(ingress, p, from, to)
		var isAddress bool
		if r.family, r.span, isAddress = parseSource(s); !isAddress {
			r.family = familyNamed + s
		}
		out = append(out, r)
	}
	for _, name := range []string{"cidr_ipv4", "cidr_ipv6"} {
		if u[name] == true {
			unknown(name)
		} else if m[name] != nil && m[name] != "" {
			source(name, m[name])
		}
	}
	lists := []string{"cidr_blocks", "ipv6_cidr_blocks"}
	if ingress {
		lists = append(lists, "prefix_list_ids")
		if u["prefix_list_id"] == true {
			unknown("prefix_list_id")
		} else if m["prefix_list_id"] != nil && m["prefix_list_id"] != "" {
			source("prefix_list_id", m["prefix_list_id"])
		}
	}
	for _, name := range lists {
		list, isList := m[name].([]any)
		ul, _ := u[name].([]any)
		if u[name] == true || len(ul) > len(list) && anyTrue(ul, 0) || !isList && m[name] != nil {
			unknown(name)
		}
		for _, v := range list {
			source(name, v)
		}
	}
	return out
}

func (x *extractor) rule(ingress bool, p string, from, to int) rule {
	return rule{
		address: x.change.Address, typ: x.change.Type, config: x.config, ingress: ingress,
		protocol: p, from: from, to: to, sensitive: x.sensitive(direction(ingress)),
	}
}

func (x *extractor) unknown(ingress bool, p string, from, to int) rule {
	r := x.rule(ingress, p, from, to)
	r.family = familyUnknown
	return r
}

// sensitive reports whether anything of a rule is marked. The mask of a set may
// cover all of it, and its order says nothing, so one mark hides all.
func (x *extractor) sensitive(dir string) bool {
	for _, mask := range x.masks {
		m, ok := mask.(map[string]any)
		switch {
		case !ok:
			if mask == true {
				return true
			}
		case isGroup(x.change.Type):
			if anyTrue(m[dir], 0) {
				return true
			}
		case anyTrue(m, 0):
			return true
		}
	}
	return false
}

// anyTrue looks for a true anywhere in a mask.
func anyTrue(v any, depth int) bool {
	if depth > 50 {
		return true
	}
	switch t := v.(type) {
	case bool:
		return t
	case []any:
		for _, e := range t {
			if anyTrue(e, depth+1) {
				return true
			}
		}
	case map[string]any:
		for _, e := range t {
			if anyTrue(e, depth+1) {
				return true
			}
		}
	}
	return false
}

func textAt(v any, name string) string {
	m, _ := v.(map[string]any)
	s, _ := m[name].(string)
	return s
}

// protocol reads a protocol as a name or a number. What is not understood is
// every protocol: the worst it could be. So the result is one of a small set and
// never text out of the plan.
func protocol(v any) string {
	var s string
	switch t := v.(type) {
	case string:
		s = strings.ToLower(strings.TrimSpace(t))
	case json.Number:
		s = t.String()
	}
	switch s {
	case "tcp", "udp", "icmp", "icmpv6":
		return s
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0 || n > 255:
		return anyProtocol
	case n == 6:
		return "tcp"
	case n == 17:
		return "udp"
	case n == 1:
		return "icmp"
	case n == 58:
		return "icmpv6"
	}
	return strconv.Itoa(n)
}

// ports reads a range of ports. For icmp the two numbers are the type and the
// code; they become one number, type × 256 + code. What is missing, negative or
// not a number is every port. Ends in the wrong order are put right.
func ports(p string, from, to any) (int, int) {
	f, okF := integer(from)
	t, okT := integer(to)
	switch p {
	case "tcp", "udp":
		if !okF || !okT || f < 0 || t < 0 {
			return 0, maxPort
		}
		return min(f, t, maxPort), min(max(f, t), maxPort)
	case "icmp", "icmpv6":
		switch {
		case !okF || f < 0 || f > 255:
			return 0, maxPort
		case !okT || t < 0 || t > 255:
			return f << 8, f<<8 | 255
		}
		return f<<8 | t, f<<8 | t
	}
	return 0, maxPort
}

// shownPorts is the inverse for people: for icmp type and code, -1 for any.
func shownPorts(p string, from, to int) (int, int) {
	if p != "icmp" && p != "icmpv6" {
		return from, to
	}
	switch {
	case from == to:
		return from >> 8, from & 255
	case from&255 == 0 && to == from|255:
		return from >> 8, -1
	}
	return -1, -1
}

func integer(v any) (int, bool) {
	var s string
	switch t := v.(type) {
	case json.Number:
		s = t.String()
	case string:
		s = t
	default:
		return 0, false
	}
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int32(f)) {
		return 0, false
	}
	return int(f), true
}
