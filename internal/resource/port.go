package resource

import (
	"slices"
	"strings"
)

// port is a port that a well-known service listens on.
type port struct {
	number  int
	service string
	// admin: a shell, a desktop, a database, a file share or the control of something,
	// which nobody means to have open to the whole internet.
	admin bool
}

// Services names the services on the ports from and to, both included, without
// repeating one; with admin only those that nobody means to have open to the whole internet.
func Services(from, to int, admin bool) []string {
	var out []string
	for _, p := range ports {
		if from <= p.number && p.number <= to && (p.admin || !admin) && !slices.Contains(out, p.service) {
			out = append(out, p.service)
		}
	}
	return out
}

// Names as people know them; a port that several services use has all their names.
var ports = sorted(
	port{20, "FTP", false}, port{21, "FTP", false}, port{22, "SSH", true}, port{23, "Telnet", true},
	port{135, "Windows RPC", true}, port{137, "NetBIOS", true}, port{138, "NetBIOS", true}, port{139, "NetBIOS", true},
	port{161, "SNMP", true}, port{389, "LDAP", true}, port{445, "SMB", true}, port{631, "CUPS", false}, port{636, "LDAPS", false},
	port{873, "rsync", true}, port{1433, "Microsoft SQL Server", true}, port{1521, "Oracle Database", true},
	port{2049, "NFS", true}, port{2181, "ZooKeeper", true}, port{2375, "Docker", true}, port{2376, "Docker", true},
	port{2379, "etcd", true}, port{2380, "etcd", true}, port{2483, "Oracle Database", true}, port{2484, "Oracle Database", true},
	port{3000, "Grafana", false}, port{3306, "MySQL", true}, port{3389, "RDP", true}, port{5432, "PostgreSQL", true},
	port{5601, "Kibana or OpenSearch Dashboards", true}, port{5672, "RabbitMQ", true}, port{5900, "VNC", true}, port{5901, "VNC", true},
	port{5984, "CouchDB", true}, port{5985, "WinRM", true}, port{5986, "WinRM", true}, port{6000, "X11", true},
	port{6379, "Redis", true}, port{6443, "Kubernetes API", true}, port{7000, "Cassandra", true}, port{7001, "Cassandra", true},
	port{8080, "HTTP or Jenkins", false}, port{8088, "Hadoop", true}, port{8200, "Vault", true}, port{8500, "Consul", true},
	port{8888, "HTTP or Jupyter", false}, port{9042, "Cassandra", true}, port{9090, "Prometheus", false}, port{9092, "Kafka", true},
	port{9160, "Cassandra", true}, port{9200, "Elasticsearch", true}, port{9300, "Elasticsearch", true}, port{9870, "Hadoop", true},
	port{10250, "kubelet", true}, port{10255, "kubelet", true}, port{11211, "memcached", true}, port{15672, "RabbitMQ", true},
	port{27017, "MongoDB", true}, port{27018, "MongoDB", true}, port{27019, "MongoDB", true}, port{50070, "Hadoop", true},
	port{512, "remote shell", true}, port{513, "remote shell", true}, port{514, "remote shell", true}, port{623, "IPMI", true},
	port{1434, "Microsoft SQL Server", true}, port{4505, "Salt", true}, port{4506, "Salt", true}, port{4646, "Nomad", true},
	port{10259, "Kubernetes scheduler", true}, port{26257, "CockroachDB", true}, port{26379, "Redis Sentinel", true},
	port{33060, "MySQL", true}, port{61616, "ActiveMQ", true},
)

func sorted(ps ...port) []port {
	slices.SortFunc(ps, func(a, b port) int {
		if a.number != b.number {
			return a.number - b.number
		}
		return strings.Compare(a.service, b.service)
	})
	return ps
}
