package exposure

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

const (
	maxPort     = 65535
	anyProtocol = "all"
)

// names are the protocols that have a name in our words. What providers and
// configurations call the others becomes their number (IANA, protocol numbers), so
// that a name on one side and a number on the other are the same.
var names = map[string]string{
	"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp", "icmp": "icmp", "1": "icmp", "icmp4": "icmp", "icmpv4": "icmp",
	"icmpv6": "icmpv6", "icmp6": "icmpv6", "58": "icmpv6", "ipv6-icmp": "icmpv6",
	"-1": anyProtocol, "all": anyProtocol, "any": anyProtocol, "*": anyProtocol,
	"igmp": "2", "ipip": "4", "ipencap": "4", "ipv6": "41", "gre": "47", "esp": "50", "ah": "51", "sctp": "132",
}

// protocol reads a protocol given as a name or a number. What is not understood is
// every protocol, the worst it could be, and sure is false. The result is one of a
// small set and never text out of the plan.
func protocol(v any) (name string, sure bool) {
	var s string
	switch t := v.(type) {
	case string:
		s = strings.ToLower(strings.TrimSpace(t))
	case json.Number:
		s = t.String()
	case float64:
		s = strconv.FormatFloat(t, 'f', -1, 64)
	}
	if n, ok := names[s]; ok {
		return n, true
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 255 {
		return anyProtocol, false
	}
	if known, ok := names[strconv.Itoa(n)]; ok {
		return known, true
	}
	return strconv.Itoa(n), true
}

// ports reads a range of ports of a protocol. For icmp the two numbers are the type
// and the code; they become one number, type × 256 + code. What is missing, negative
// or not a number is every port; for tcp and udp that is not sure. Ends in the wrong
// order are put right. Other protocols have no ports.
func ports(protocol string, from, to any) (low, high int, sure bool) {
	f, okF := integer(from)
	t, okT := integer(to)
	switch protocol {
	case "tcp", "udp":
		if !okF || !okT || f < 0 || t < 0 {
			return 0, maxPort, false
		}
		return min(f, t, maxPort), min(max(f, t), maxPort), true
	case "icmp", "icmpv6":
		switch {
		case !okF || f < 0 || f > 255:
			return 0, maxPort, okF && f == -1
		case !okT || t < 0 || t > 255:
			return f << 8, f<<8 | 255, okT && t == -1
		}
		return f<<8 | t, f<<8 | t, true
	}
	return 0, maxPort, true
}

func hasPorts(protocol string) bool {
	return protocol == "tcp" || protocol == "udp" || protocol == "icmp" || protocol == "icmpv6"
}

// shownPorts is the inverse for people: for icmp type and code, -1 for any.
func shownPorts(protocol string, from, to int) (low, high int) {
	if protocol != "icmp" && protocol != "icmpv6" {
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
		s = strings.TrimSpace(t)
	case float64: // of a decoder without UseNumber
		s = strconv.FormatFloat(t, 'f', -1, 64)
	default:
		return 0, false
	}
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < -1<<30 || f > 1<<30 || f != math.Trunc(f) {
		return 0, false
	}
	return int(f), true
}
