package exposure

import (
	"math"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A network ACL is tried by rule number, the lowest first, and the first line that
// matches decides. It only narrows what security groups allow, and they narrow it: each
// is compared with itself.

func awsACL(c *tfvalue.Change, s tfvalue.Side) []Line {
	o := Owner{ID: root(s).id("acl", "id")}
	out := []Line{{Owner: o}}
	for _, direction := range []string{"ingress", "egress"} {
		l := everything(o, direction)
		l.Ordered, l.Sensitive = true, marked(c, direction)
		rules, computed := blocks(c, s, direction)
		for _, f := range rules {
			switch {
			case computed:
				l.Order = math.MinInt
				out = append(out, l.unknown(direction))
			case f == nil:
				l.Order = math.MinInt
				out = append(out, l.unknown())
			default:
				out = append(out, awsACLSources(l, f, "rule_no", "action", false)...)
			}
		}
	}
	return out
}

func awsACLRule(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := Line{Owner: Owner{f.id("acl", "network_acl_id"), "network_acl_id"}, Direction: "ingress", Ordered: true, Sensitive: marked(c)}
	v, _ := f("egress")
	if out, ok := v.Bool(); ok && out && !v.Unknown {
		l.Direction = "egress"
	}
	lines := awsACLSources(l, f, "rule_number", "rule_action", true)
	for i := range lines {
		lines[i].Unclear = lines[i].Unclear || v.Unknown
	}
	return awsOwned(l, lines)
}

// awsACLSources reads one line. What cannot be read of an action or of a number is the
// worst: a line that allows, tried first.
func awsACLSources(l Line, f fields, number, action string, alone bool) []Line {
	kind, _ := f("protocol")
	from, to := "from_port", "to_port"
	if p, _ := protocol(kind.Value); strings.HasPrefix(p, "icmp") {
		from, to = "icmp_type", "icmp_code"
	}
	l.reach(f, "protocol", from, to)
	a, _ := f(action)
	word, _ := a.Text()
	switch {
	case a.Unknown:
		l.Unclear = true
	case strings.EqualFold(word, "deny"):
		l.Deny = true
	case !strings.EqualFold(word, "allow"):
		l.Unclear = true
	}
	n, _ := f(number)
	order, ok := integer(n.Value)
	if l.Order = order; !ok || n.Unknown {
		l.Order, l.Unclear = math.MinInt, true
	}
	return l.from(f, alone, address, "cidr_block", "ipv6_cidr_block")
}
