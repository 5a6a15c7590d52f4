package exposure

import (
	"strings"
	"testing"
)

func TestKubernetes(t *testing.T) {
	const (
		policy   = "kubernetes_network_policy"
		v1       = "kubernetes_network_policy_v1"
		service  = "kubernetes_service"
		ingress  = "kubernetes_ingress_v1"
		manifest = "kubernetes_manifest"
		kubectl  = "kubectl_manifest"
	)
	np := func(types, rules string) string {
		return `{"metadata":[{"namespace":"prod","name":"n"}],"spec":[{"pod_selector":[{"match_labels":{"app":"web"}}],"policy_types":[` + types + `],"ingress":[` + rules + `]}]}`
	}
	from := func(peers, ports string) string { return `{"from":[` + peers + `],"ports":[` + ports + `]}` }
	block := func(cidr, except string) string {
		return `{"ip_block":[{"cidr":"` + cidr + `","except":[` + except + `]}]}`
	}
	svc := func(typ, rest string) string {
		return `{"metadata":[{"name":"s","annotations":{}}],"spec":[{"type":"` + typ + `","port":[{"port":443,"protocol":"TCP"}]` + rest + `}]}`
	}
	object := func(kind, version, spec string) string {
		return `{"manifest":{"apiVersion":"` + version + `","kind":"` + kind + `","metadata":{"name":"n","namespace":"prod"},"spec":` + spec + `}}`
	}
	yaml := func(text string) string { return `{"yaml_body":` + jsonText(text) + `}` }
	const lb = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  type: LoadBalancer\n  ports:\n  - port: 443\n"
	http := []string{"a ipv4 tcp 80-80 0.0.0.0/0 world", "a ipv4 tcp 443-443 0.0.0.0/0 world", "a ipv6 tcp 80-80 ::/0 world", "a ipv6 tcp 443-443 ::/0 world"}
	judge(t, []opened{
		{name: "opened", typ: policy, before: np(`"Ingress"`, from(block("10.0.0.0/8", ""), `{"port":"80","protocol":"TCP"}`)), after: np(`"Ingress"`, from(block("0.0.0.0/0", ""), `{"port":"80","protocol":"TCP"}`)), want: []string{"a ipv4 tcp 80-80 0.0.0.0/0"}},
		{name: "no peers are everybody", typ: policy, before: np(`"Ingress"`, ""), after: np(`"Ingress"`, from("", `{"port":"80"}`)), want: []string{"a any tcp 80-80 0.0.0.0/0"}},
		{name: "an empty rule is everything", typ: policy, before: np(`"Ingress"`, ""), after: np(`"Ingress"`, "{}"), want: []string{"a any all 0-65535 0.0.0.0/0"}},
		{name: "except", typ: policy, before: np(`"Ingress"`, from(block("0.0.0.0/0", `"192.0.2.0/24"`), "")), after: np(`"Ingress"`, from(block("0.0.0.0/0", ``), "")), want: []string{"a ipv4 all 0-65535 0.0.0.0/0"}},
		{name: "pods", typ: policy, before: np(`"Ingress"`, ""), after: np(`"Ingress"`, from(`{"pod_selector":[{}],"namespace_selector":[{}]}`, ""))},
		{name: "narrowed", typ: policy, before: np(`"Ingress"`, "{}"), after: np(`"Ingress"`, from(block("192.0.2.0/24", ""), ""))},
		{name: "nothing is let in", typ: policy, before: np(`"Ingress"`, "{}"), after: np(`"Ingress"`, "")},
		{name: "a policy that only denies destroyed", typ: policy, before: np(`"Ingress"`, "")},
		{name: "a policy that allows destroyed", typ: policy, before: np(`"Ingress"`, from(block("192.0.2.0/24", ""), ""))},
		{name: "another type of resource", typ: policy, before: np(`"Ingress"`, ""), beside: []string{change("b", v1, create, null, np(`"Ingress"`, ""), "")}},
		{name: "ingress no longer isolated", typ: policy, before: np(`"Ingress","Egress"`, ""), after: np(`"Egress"`, ""), want: []string{"a any all 0-65535 0.0.0.0/0"}},
		{name: "unknown", typ: policy, before: np(`"Ingress"`, ""), after: np(`"Ingress"`, from(`{"ip_block":[{}]}`, `{"port":"80"}`)), unknown: `{"spec":[{"ingress":[{"from":[{"ip_block":[{"cidr":true}]}]}]}]}`, want: []string{"a any tcp 80-80  world unknown"}},

		{name: "new: it can only narrow", typ: v1, after: np(`"Ingress"`, from("", `{"port":"5432"}`))},
		{name: "new beside another of the same pods", typ: v1, after: np(`"Ingress"`, from("", `{"port":"5432"}`)), beside: []string{change("b", policy, noop, np(`"Ingress"`, ""), null, "")}, want: []string{"a any tcp 5432-5432 0.0.0.0/0"}},
		{name: "new beside one of every pod", typ: v1, after: np(`"Ingress"`, from("", `{"port":"5432"}`)), beside: []string{change("b", policy, noop, `{"metadata":[{"namespace":"prod"}],"spec":[{"pod_selector":[{}],"policy_types":["Ingress"]}]}`, null, "")}, want: []string{"a any tcp 5432-5432 0.0.0.0/0"}},
		{name: "new beside one of other pods", typ: v1, after: np(`"Ingress"`, from("", `{"port":"5432"}`)), beside: []string{change("b", policy, noop, strings.Replace(np(`"Ingress"`, ""), `"web"`, `"db"`, 1), null, "")}},
		{name: "new beside one of another namespace", typ: v1, after: np(`"Ingress"`, from("", `{"port":"5432"}`)), beside: []string{change("b", policy, noop, strings.Replace(np(`"Ingress"`, ""), `"prod"`, `"dev"`, 1), null, "")}},
		{name: "selector not known", typ: v1, after: `{"metadata":[{"namespace":"prod"}],"spec":[{"policy_types":["Ingress"],"ingress":[{}]}]}`, unknown: `{"spec":[{"pod_selector":true}]}`, beside: []string{change("b", policy, noop, np(`"Ingress"`, ""), null, "")}, want: []string{"a any all 0-65535 0.0.0.0/0"}},

		{name: "node port", typ: service, after: `{"spec":[{"type":"NodePort","port":[{"port":22,"node_port":30022}]}]}`, want: both("FAMILY tcp 30022-30022")},
		{name: "some node port", typ: service, after: svc("NodePort", ""), want: both("FAMILY tcp 30000-32767")},
		{name: "external addresses", typ: service, before: svc("ClusterIP", ""), after: svc("ClusterIP", `,"external_ips":["192.0.2.1"]`), want: both("FAMILY tcp 443-443")},
		{name: "node port", typ: kubectl, after: yaml("kind: Service\nspec: {type: NodePort, ports: [{port: 22, nodePort: 30022}]}\n"), want: both("FAMILY tcp 30022-30022")},
		{name: "external addresses", typ: manifest, after: object("Service", "v1", `{"externalIPs":["192.0.2.1"],"ports":[{"port":22}]}`), want: both("FAMILY tcp 22-22")},

		{name: "balancer", typ: service, before: svc("ClusterIP", ""), after: svc("LoadBalancer", ""), want: both("FAMILY tcp 443-443")},
		{name: "ranges", typ: service, before: svc("ClusterIP", ""), after: svc("LoadBalancer", `,"load_balancer_source_ranges":["192.0.2.0/24"]`), want: []string{"a ipv4 tcp 443-443 192.0.2.0/24"}},
		{name: "ranges taken away", typ: service, before: svc("LoadBalancer", `,"load_balancer_source_ranges":["192.0.2.0/24"]`), after: svc("LoadBalancer", ""), want: both("FAMILY tcp 443-443")},
		{name: "narrowed", typ: service, before: svc("LoadBalancer", ""), after: svc("LoadBalancer", `,"load_balancer_source_ranges":["192.0.2.0/24"]`)},
		{name: "internal", typ: service, after: strings.Replace(svc("LoadBalancer", ""), `"annotations":{}`, `"annotations":{"networking.gke.io/load-balancer-type":"Internal"}`, 1)},
		{name: "unknown ranges", typ: service, after: svc("LoadBalancer", ""), unknown: `{"spec":[{"load_balancer_source_ranges":true}]}`, want: []string{"a any tcp 443-443  world unknown"}},
		{name: "unknown type", typ: service, after: `{"spec":[{"port":[{"port":22}]}]}`, unknown: `{"spec":[{"type":true}]}`, want: both("FAMILY tcp 22-22")},

		{name: "new", typ: ingress, after: `{"metadata":[{"name":"i"}],"spec":[{}]}`, want: http},
		{name: "annotation taken away", typ: ingress, before: `{"metadata":[{"annotations":{"nginx.ingress.kubernetes.io/whitelist-source-range":"10.0.0.0/8, 192.0.2.0/24"}}],"spec":[{}]}`, after: `{"metadata":[{"annotations":{}}],"spec":[{}]}`, want: http},
		{name: "internal", typ: ingress, after: `{"metadata":[{"annotations":{"alb.ingress.kubernetes.io/scheme":"internal"}}],"spec":[{}]}`},

		{name: "policy", typ: manifest, before: object("NetworkPolicy", "networking.k8s.io/v1", `{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"]}`), after: object("NetworkPolicy", "networking.k8s.io/v1", `{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"],"ingress":[{"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}],"ports":[{"port":5432}]}]}`), want: []string{"a ipv4 tcp 5432-5432 0.0.0.0/0"}},
		{name: "policy of the same pods as a resource", typ: manifest, before: object("NetworkPolicy", "networking.k8s.io/v1", `{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"]}`), beside: []string{change("b", policy, noop, np(`"Ingress"`, ""), null, "")}},
		{name: "balancer", typ: manifest, before: object("Service", "v1", `{"type":"ClusterIP","ports":[{"port":22}]}`), after: object("Service", "v1", `{"type":"LoadBalancer","ports":[{"port":22,"protocol":"TCP"}]}`), want: both("FAMILY tcp 22-22")},
		{name: "a name of the other kind hides nothing", typ: manifest, before: object("Service", "v1", `{"type":"ClusterIP"}`), after: object("Service", "v1", `{"type":"LoadBalancer","ports":[{"port":22}],"load_balancer_source_ranges":["192.0.2.1/32"]}`), want: both("FAMILY tcp 22-22")},
		{name: "ingress", typ: manifest, after: object("Ingress", "networking.k8s.io/v1", `{"rules":[]}`), want: http},
		{name: "something else", typ: manifest, after: object("ConfigMap", "v1", `{}`)},
		{name: "unknown", typ: manifest, after: `{}`, unknown: `{"manifest":true}`, sets: "manifest", want: []string{"a any all 0-65535  world unknown"}},
		{name: "unknown port", typ: manifest, after: object("Service", "v1", `{"type":"LoadBalancer","ports":[{}]}`), unknown: `{"manifest":{"spec":{"ports":[{"port":true}]}}}`, want: both("FAMILY tcp 0-65535")},

		{name: "balancer", typ: kubectl, before: yaml(strings.Replace(lb, "LoadBalancer", "ClusterIP", 1)), after: yaml(lb), want: both("FAMILY tcp 443-443")},
		{name: "ranges", typ: kubectl, before: yaml(lb), after: yaml(lb + "  loadBalancerSourceRanges: [192.0.2.0/24]\n")},
		{name: "two documents", typ: kubectl, before: yaml("kind: ConfigMap\n"), after: yaml("kind: ConfigMap\n---\n" + lb), want: both("FAMILY tcp 443-443")},
		{name: "unread: anchors", typ: kubectl, before: yaml(lb), after: yaml("a: &x {}\nb: *x\n"), want: []string{"a any all 0-65535  world unknown"}},
		{name: "unknown", typ: kubectl, after: `{}`, unknown: `{"yaml_body":true}`, sets: "yaml_body", want: []string{"a any all 0-65535  world unknown"}},
	})
}
