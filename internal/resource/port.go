package resource

import (
	"slices"
	"strings"
)

// Port is a port that a well-known service listens on.
type Port struct {
	Number  int
	Service string
	// Admin: a shell, a desktop, a database, a file share or the control of something,
	// which nobody means to have open to the whole internet.
	Admin bool
}

// Service names the service that listens on a port; empty when there is no
// well-known one.
func Service(port int) string {
	if i, ok := slices.BinarySearchFunc(ports, port, func(p Port, n int) int { return p.Number - n }); ok {
		return ports[i].Service
	}
	return ""
}

// Services names the services on the ports from and to, both included, without
// repeating one; with admin only those of [Port.Admin].
func Services(from, to int, admin bool) []string {
	var out []string
	for _, p := range ports {
		if from <= p.Number && p.Number <= to && (p.Admin || !admin) && !slices.Contains(out, p.Service) {
			out = append(out, p.Service)
		}
	}
	return out
}

// Ports lists the ports, sorted.
func Ports() []Port { return slices.Clone(ports) }

// Names as people know them; a port that several services use has all their names.
var ports = sorted(
	Port{20, "FTP", false}, Port{21, "FTP", false}, Port{22, "SSH", true}, Port{23, "Telnet", true},
	Port{135, "Windows RPC", true}, Port{137, "NetBIOS", true}, Port{138, "NetBIOS", true}, Port{139, "NetBIOS", true},
	Port{161, "SNMP", true}, Port{389, "LDAP", true}, Port{445, "SMB", true}, Port{631, "CUPS", false}, Port{636, "LDAPS", false},
	Port{873, "rsync", true}, Port{1433, "Microsoft SQL Server", true}, Port{1521, "Oracle Database", true},
	Port{2049, "NFS", true}, Port{2181, "ZooKeeper", true}, Port{2375, "Docker", true}, Port{2376, "Docker", true},
	Port{2379, "etcd", true}, Port{2380, "etcd", true}, Port{2483, "Oracle Database", true}, Port{2484, "Oracle Database", true},
	Port{3000, "Grafana", false}, Port{3306, "MySQL", true}, Port{3389, "RDP", true}, Port{5432, "PostgreSQL", true},
	Port{5601, "Kibana or OpenSearch Dashboards", true}, Port{5672, "RabbitMQ", true}, Port{5900, "VNC", true}, Port{5901, "VNC", true},
	Port{5984, "CouchDB", true}, Port{5985, "WinRM", true}, Port{5986, "WinRM", true}, Port{6000, "X11", true},
	Port{6379, "Redis", true}, Port{6443, "Kubernetes API", true}, Port{7000, "Cassandra", true}, Port{7001, "Cassandra", true},
	Port{8080, "HTTP or Jenkins", false}, Port{8088, "Hadoop", true}, Port{8200, "Vault", false}, Port{8500, "Consul", true},
	Port{8888, "HTTP or Jupyter", false}, Port{9042, "Cassandra", true}, Port{9090, "Prometheus", false}, Port{9092, "Kafka", true},
	Port{9160, "Cassandra", true}, Port{9200, "Elasticsearch", true}, Port{9300, "Elasticsearch", true}, Port{9870, "Hadoop", true},
	Port{10250, "kubelet", true}, Port{10255, "kubelet", true}, Port{11211, "memcached", true}, Port{15672, "RabbitMQ", true},
	Port{27017, "MongoDB", true}, Port{27018, "MongoDB", true}, Port{27019, "MongoDB", true}, Port{50070, "Hadoop", true},
)

func sorted(ps ...Port) []Port {
	slices.SortFunc(ps, func(a, b Port) int {
		if a.Number != b.Number {
			return a.Number - b.Number
		}
		return strings.Compare(a.Service, b.Service)
	})
	return ps
}
