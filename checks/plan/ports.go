package plan

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// adminPorts are the ports whose opening to everybody is refused: remote
// shells and desktops, databases and caches, file shares, container runtimes and
// cluster control. They listen on TCP; some on UDP as well.
var adminPorts = []struct {
	port int
	name string
}{
	{22, "SSH"},
	{23, "Telnet"},
	{135, "Windows RPC"},
	{139, "NetBIOS"},
	{445, "SMB"},
	{1433, "Microsoft SQL Server"},
	{1521, "Oracle Database"},
	{2049, "NFS"},
	{2375, "Docker"},
	{2376, "Docker"},
	{2379, "etcd"},
	{2380, "etcd"},
	{3306, "MySQL"},
	{3389, "RDP"},
	{5432, "PostgreSQL"},
	{5900, "VNC"},
	{5901, "VNC"},
	{5985, "WinRM"},
	{5986, "WinRM"},
	{6379, "Redis"},
	{6443, "Kubernetes API"},
	{9042, "Cassandra"},
	{9200, "Elasticsearch"},
	{9300, "Elasticsearch"},
	{10250, "kubelet"},
	{11211, "memcached"},
	{27017, "MongoDB"},
	{27018, "MongoDB"},
	{27019, "MongoDB"},
}

// services names the administration services that a range of ports reaches.
func services(protocol string, from, to int) []string {
	if protocol != "tcp" && protocol != "udp" && protocol != "all" {
		return nil
	}
	var out []string
	for _, p := range adminPorts {
		if from <= p.port && p.port <= to && (len(out) == 0 || out[len(out)-1] != p.name) {
			out = append(out, p.name)
		}
	}
	return out
}

// reach says what could be reached: "tcp port 22 (SSH)".
func reach(e *checks.Exposure) string {
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
