package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// reach is what a rule is about: a protocol and a range of its ports.
type reach struct {
	protocol string
	from, to int
	unclear  bool
}

// anyReach is all protocols and ports.
func anyReach() []reach { return []reach{{anyProtocol, 0, maxPort, false}} }

// tcpPorts are ports of TCP that a service is known to have.
func tcpPorts(ports ...int) []reach {
	var out []reach
	for _, p := range ports {
		out = append(out, reach{"tcp", p, p, false})
	}
	return out
}

// portRange is a range of ports, both ends included.
type portRange struct{ from, to int }

// maxTexts bounds how many protocols or port ranges of one rule are read; more are
// everything.
const maxTexts = 4096

// reaches reads protocols and ports given as texts or numbers: "80", "80-90", "80/90",
// "80:90", "22,80-90", in one attribute or in a list. No ports are all ports, and so is
// port 0, which is no port and what some providers write for all.
func reaches(f fields, protocolName string, portNames ...string) []reach {
	protocols, sure := protocolsIn(f, protocolName)
	ports, surePorts := portsIn(f, portNames...)
	return combine(protocols, ports, !sure, !surePorts)
}

// rangeReaches reads ports given as two numbers, the second as the first when it is
// missing. Both missing, or both 0, are all ports: such providers leave them out then.
func rangeReaches(f fields, protocolName, fromName, toName string) []reach {
	protocols, sure := protocolsIn(f, protocolName)
	from, _ := f(fromName)
	to, _ := f(toName)
	if from.Value == nil && to.Value == nil {
		return combine(protocols, nil, !sure, from.Unknown || to.Unknown)
	}
	a, okFrom := integer(from.Value)
	b, okTo := integer(to.Value)
	switch {
	case okFrom && to.Value == nil && !to.Unknown:
		b, okTo = a, true
	case okTo && from.Value == nil && !from.Unknown:
		a, okFrom = b, true
	}
	var out []reach
	for _, p := range protocols {
		switch {
		case p == "icmp" || p == "icmpv6":
			low, high, ok := 0, maxPort, true
			if !from.Unknown && !to.Unknown {
				low, high, ok = icmp(from, to)
			}
			out = append(out, reach{p, low, high, !sure || !ok})
		case !okFrom || !okTo || from.Unknown || to.Unknown:
			out = append(out, combine([]string{p}, nil, !sure, true)...)
		case a < 0 || b < 0 || a == 0 && b == 0:
			out = append(out, combine([]string{p}, nil, !sure, false)...)
		default:
			out = append(out, combine([]string{p}, []portRange{{min(a, b), max(a, b)}}, !sure, false)...)
		}
	}
	return out
}

// icmp reads a type and a code. What is missing or -1 is every one.
func icmp(typ, code tfvalue.Value) (low, high int, sure bool) {
	every := func(v tfvalue.Value) any {
		if v.Value == nil {
			return "-1"
		}
		return v.Value
	}
	return ports("icmp", every(typ), every(code))
}

// combine makes a reach of every protocol with every range. All protocols with some
// ports are the two that have ports.
func combine(protocols []string, ranges []portRange, unclearProtocol, unclearPorts bool) []reach {
	all := len(ranges) == 0
	for _, r := range ranges {
		all = all || r.from <= 1 && r.to >= maxPort
	}
	var out []reach
	for _, p := range protocols {
		ps := []string{p}
		switch {
		case all || p != "tcp" && p != "udp" && p != anyProtocol:
			out = append(out, reach{p, 0, maxPort, unclearProtocol || unclearPorts && hasPorts(p)})
			continue
		case p == anyProtocol:
			ps = []string{"tcp", "udp"}
		}
		for _, q := range ps {
			for _, r := range ranges {
				out = append(out, reach{q, min(r.from, maxPort), min(r.to, maxPort), unclearProtocol || unclearPorts})
			}
		}
	}
	return out
}

// protocolsIn reads an attribute of one protocol or a list; none is all.
func protocolsIn(f fields, name string) (out []string, sure bool) {
	v, ok := f(name)
	switch {
	case name == "" || !ok:
		return []string{anyProtocol}, true
	case v.Unknown:
		return []string{anyProtocol}, false
	}
	es := v.Elements()
	if len(es) > maxTexts {
		return []string{anyProtocol}, false
	}
	sure = true
	seen := map[string]bool{}
	for _, e := range es {
		text, _ := e.Text()
		word := strings.ToLower(strings.TrimSpace(text))
		var ps []string
		switch word {
		case "":
			if _, isText := e.Text(); isText {
				ps = []string{anyProtocol} // the zero value of an attribute that is not set
				break
			}
			p, ok := protocol(e.Value)
			ps, sure = []string{p}, sure && ok && !e.Unknown
		case "tcp_udp", "tcp/udp", "tcp+udp", "tcpudp", "tcp,udp":
			ps = []string{"tcp", "udp"}
		case "icmp_tcp_udp":
			ps = []string{"tcp", "udp", "icmp", "icmpv6"}
		default:
			p, ok := protocol(word)
			ps, sure = []string{p}, sure && ok
		}
		for _, p := range ps {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		return []string{anyProtocol}, true
	}
	return out, sure
}

// portsIn reads the ports in attributes. None, or a word for all, gives none: all.
func portsIn(f fields, names ...string) (out []portRange, sure bool) {
	sure, all := true, false
	for _, name := range names {
		v, ok := f(name)
		switch {
		case !ok:
			continue
		case v.Unknown:
			sure, all = false, true
			continue
		}
		es := v.Elements()
		if len(es) > maxTexts {
			return nil, false
		}
		for _, e := range es {
			rs, every, ok := portTexts(e)
			out = append(out, rs...)
			all, sure = all || every || !ok, sure && ok
			if len(out) > maxTexts {
				return nil, false
			}
		}
	}
	if all {
		return nil, sure
	}
	return out, sure
}

// portTexts reads one text of ports.
func portTexts(v tfvalue.Value) (out []portRange, all, ok bool) {
	text, isText := v.Text()
	if !isText {
		n, isNumber := integer(v.Value)
		if !isNumber || v.Unknown || n > maxPort {
			return nil, true, false
		}
		if n <= 0 {
			return nil, true, true
		}
		return []portRange{{n, n}}, false, true
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "*", "any", "all", "0", "-1", "-1/-1", "0-0", "0/0":
		return nil, strings.TrimSpace(text) != "", true
	}
	if strings.Count(text, ",") > maxTexts {
		return nil, true, false
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		first, last := part, part
		if i := strings.IndexAny(part, "-/:"); i > 0 {
			first, last = part[:i], part[i+1:]
		}
		a, okA := integer(first)
		b, okB := integer(last)
		if !okA || !okB || a < 0 || b < a || b > maxPort {
			return nil, true, false
		}
		out = append(out, portRange{a, b})
	}
	return out, false, true
}
