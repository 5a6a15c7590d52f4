package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
)

// services names the administration services that a range of ports reaches: remote
// shells and desktops, databases and caches, file shares, container runtimes and
// cluster control. Opening them to everybody is refused.
func services(protocol string, from, to int) []string {
	if protocol != "tcp" && protocol != "udp" && protocol != "all" {
		return nil
	}
	return resource.Services(from, to, true)
}

// administers reports whether an administration service is among what could be
// reached. Of ports that are not shown, the reader says so.
func administers(e *checks.Exposure) bool {
	if e.Hidden {
		return e.Admin
	}
	return len(services(e.Protocol, e.FromPort, e.ToPort)) > 0
}

// reach says what could be reached: "tcp port 22 (SSH)".
func reach(e *checks.Exposure) string {
	if e.Hidden {
		return "ports that are sensitive"
	}
	if e.Protocol == "all" && e.FromPort == 0 && e.ToPort == 65535 {
		return "every port of every protocol"
	}
	var s string
	switch {
	case e.Protocol == "icmp" || e.Protocol == "icmpv6":
		switch {
		case e.FromPort < 0:
			return e.Protocol
		case e.ToPort < 0:
			return fmt.Sprintf("%s type %d", e.Protocol, e.FromPort)
		}
		return fmt.Sprintf("%s type %d code %d", e.Protocol, e.FromPort, e.ToPort)
	case e.Protocol != "tcp" && e.Protocol != "udp" && e.Protocol != "all":
		return "IP protocol " + e.Protocol
	case e.FromPort == 0 && e.ToPort == 65535:
		return "every " + e.Protocol + " port"
	case e.FromPort == e.ToPort:
		s = fmt.Sprintf("%s port %d", e.Protocol, e.FromPort)
	default:
		s = fmt.Sprintf("%s ports %d to %d", e.Protocol, e.FromPort, e.ToPort)
	}
	names := services(e.Protocol, e.FromPort, e.ToPort)
	if len(names) == 0 {
		return s
	}
	if len(names) > 4 {
		names = append(names[:3:3], fmt.Sprintf("%d more", len(names)-3))
	}
	if e.FromPort != e.ToPort {
		return s + ", with " + strings.Join(names, ", ")
	}
	return s + " (" + strings.Join(names, ", ") + ")"
}
