package exposure

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Kubernetes: network policies, services of type LoadBalancer, ingresses; as resources
// of the kubernetes provider, which writes names with underscores and every object as a
// list of one block, and as manifests, which write them as Kubernetes does.

func kubernetesExtractors() map[string]extract {
	m := map[string]extract{
		"kubernetes_manifest": kubernetesManifest("manifest"),
		"kubectl_manifest":    kubernetesYAML("yaml_body"),
	}
	for suffix := range strings.FieldsSeq("_ _v1") {
		suffix = strings.TrimSuffix(suffix, "_")
		m["kubernetes_network_policy"+suffix] = kubernetesResource("NetworkPolicy")
		m["kubernetes_service"+suffix] = kubernetesResource("Service")
		m["kubernetes_ingress"+suffix] = kubernetesResource("Ingress")
	}
	return m
}

func kubernetesResource(kind string) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		return kubernetesObject(c, s, func(s tfvalue.Side) []Line {
			return kubernetesLines(kind, root(s), Line{Sensitive: marked(c, "spec", "metadata")})
		})
	}
}

// kubernetesObject adds to the lines of an object what a policy no longer isolates.
func kubernetesObject(c *tfvalue.Change, s tfvalue.Side, read func(s tfvalue.Side) []Line) []Line {
	lines := read(s)
	if isNew(c, s) && c.Old().Exists() {
		lines = append(lines, policyLapse(read(c.Old()), lines)...)
	}
	return lines
}

func kubernetesLines(kind string, f fields, l Line) []Line {
	switch kind {
	case "NetworkPolicy":
		return policyLines(f, l)
	case "Service":
		return serviceLines(f, l)
	case "Ingress":
		return ingressLines(f, l)
	}
	return nil
}

// policyKey names the pods of a policy: policies of the same pods are one rule set,
// and what one of them lets in is let in. What is not known could be any pods.
func policyKey(f fields) string {
	v, ok := f.deep("spec.pod_selector")
	if ok && v.Partly() {
		return podsPrefix + "?"
	}
	namespace := f.word("metadata.namespace")
	if n, _ := f.deep("metadata.namespace"); n.Unknown {
		return podsPrefix + "?"
	}
	if namespace == "" {
		namespace = "default"
	}
	var terms []string
	for _, sel := range f.under("spec.pod_selector") {
		labels, _ := sel("match_labels")
		m, _ := labels.Value.(map[string]any)
		for k, v := range m {
			terms = append(terms, jsonText(map[string]any{"key": k, "values": v}))
		}
		for _, e := range sel.under("match_expressions") {
			k, _ := e("key")
			op, _ := e("operator")
			vs, _ := e("values")
			terms = append(terms, jsonText(map[string]any{"key": k.Value, "operator": op.Value, "values": vs.Value}))
		}
	}
	slices.Sort(terms)
	return podsKey(namespace, strings.Join(terms, " "))
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "(unread)"
	}
	return string(b)
}

// policyLines reads a network policy. A direction that it is about is denied but for
// what its rules allow; a rule without peers allows everybody, one without ports all
// of them. Pods and namespaces are inside.
func policyLines(f fields, l Line) []Line {
	l.Owner, l.Through = Owner{ID: policyKey(f)}, checks.ThroughACL
	out := []Line{{Owner: l.Owner}}
	types, _ := f.deep("spec.policy_types")
	about := func(direction string) bool {
		for _, t := range types.Elements() {
			if w, _ := t.Text(); strings.EqualFold(w, direction) {
				return true
			}
		}
		// Without types a policy is about what comes in, and about what goes out if it
		// has rules for that.
		return len(types.Elements()) == 0 && (direction == "ingress" || len(f.under("spec.egress")) > 0)
	}
	for _, d := range []struct{ direction, peers string }{{"ingress", "from"}, {"egress", "to"}} {
		if !about(d.direction) {
			continue
		}
		l.Direction = d.direction
		for _, r := range f.under("spec." + d.direction) {
			out = append(out, spread(policyPeers(r, l, d.peers), policyPorts(r))...)
		}
		// That the pods are isolated, in a rule set beside the real one: see policyLapse.
		x := everything(Owner{ID: l.Owner.ID + isolation, Attribute: "spec"}, d.direction)
		x.Ordered, x.Deny, x.Order, x.Through = true, true, 1, l.Through
		out = append(out, x.open()...)
	}
	return out
}

const isolation = " isolation"

// policyLapse makes the lines for what an object no longer isolates. It is certain
// only of a policy that lets nothing in: without it the pods are as open as before, or
// more. One that allows something may have stood beside another that denies the rest.
// Where another policy of the plan isolates the same pods, that stands before.
func policyLapse(old, now []Line) []Line {
	type set struct{ id, direction string }
	still, allows := map[set]bool{}, map[set]bool{}
	for _, l := range now {
		still[set{l.Owner.ID, l.Direction}] = still[set{l.Owner.ID, l.Direction}] || l.Deny
	}
	for _, l := range old {
		k := set{l.Owner.ID + isolation, l.Direction}
		allows[k] = allows[k] || !l.Deny
	}
	var out []Line
	for _, l := range old {
		k := set{l.Owner.ID, l.Direction}
		if l.Deny && strings.HasSuffix(l.Owner.ID, isolation) && !allows[k] && !still[k] {
			l.Deny, l.Order = false, 2
			out = append(out, l)
		}
	}
	return out
}

// policyPeers reads the peers of a rule.
func policyPeers(r fields, l Line, name string) []Line {
	peers := r.under(name)
	if len(peers) == 0 {
		return l.open()
	}
	var out []Line
	for _, p := range peers {
		blocks := p.under("ip_block")
		for _, b := range blocks {
			out = append(out, policyBlock(b, l)...)
		}
		if len(blocks) == 0 {
			l.Source = Source{Kind: SourceInside, Name: "pods"}
			out = append(out, l)
		}
	}
	return out
}

// policyBlock reads a prefix without its exceptions. An exception that cannot be read
// excepts nothing.
func policyBlock(b fields, l Line) []Line {
	var except []Span
	var kind SourceKind
	sources := l.from(b, false, anywhere, "cidr")
	if len(sources) == 1 {
		kind = sources[0].Source.Kind
	}
	v, _ := b("except")
	for _, e := range v.Elements() {
		t, _ := e.Text()
		if s, ok := addresses(t); ok && s.Kind == kind {
			except = append(except, s.Span)
		}
	}
	if len(except) == 0 || kind != SourceIPv4 && kind != SourceIPv6 {
		return sources
	}
	var out []Line
	for _, span := range subtract([]Span{sources[0].Source.Span}, union(except)) {
		l.Source = Source{Kind: kind, Span: span}
		out = append(out, l)
	}
	return out
}

// policyPorts reads the ports of a rule. A port with a name could be any.
func policyPorts(r fields) []reach {
	ports := r.under("ports")
	if len(ports) == 0 {
		return anyReach()
	}
	var out []reach
	for _, p := range ports {
		protocol := fields(func(name string) (tfvalue.Value, bool) {
			v, ok := p(name)
			if name == "protocol" && !ok {
				return tfvalue.Value{Value: "TCP"}, true
			}
			return v, ok
		})
		if v, ok := protocol("port"); ok && v.Value == "" {
			protocol = withoutPorts(protocol)
		}
		out = append(out, rangeReaches(protocol, "protocol", "port", "end_port")...)
	}
	return out
}

func withoutPorts(f fields) fields {
	return func(name string) (tfvalue.Value, bool) {
		if name == "port" || name == "end_port" {
			return tfvalue.Value{}, false
		}
		return f(name)
	}
}

// serviceLines reads a service that gets a load balancer: open to everybody without
// source ranges, unless an annotation of the cloud keeps it inside.
func serviceLines(f fields, l Line) []Line {
	out := []Line{{}}
	out = append(out, nodeLines(f, l)...)
	v, ok := f.deep("spec.type")
	if !ok || !v.Unknown && f.word("spec.type") != "loadbalancer" || stays(f) {
		return out
	}
	l.Direction = "ingress"
	var sources []Line
	for _, spec := range f.under("spec") {
		sources = append(sources, l.from(spec, false, anywhere, "load_balancer_source_ranges")...)
	}
	if len(sources) == 0 {
		sources = l.open()
	}
	var rs []reach
	for _, p := range append(f.under("spec.port"), f.under("spec.ports")...) {
		rs = append(rs, servicePort(p)...)
	}
	if len(rs) == 0 {
		rs = anyReach()
	}
	return append(out, spread(sources, rs)...)
}

// nodeLines reads what a service opens on the machines of the cluster: a port of each
// of them, or its own ports on addresses that somebody leads there. Whether anybody
// outside reaches the machines is decided elsewhere.
func nodeLines(f fields, l Line) []Line {
	l.Direction, l.Through = "ingress", checks.ThroughACL
	var rs []reach
	for _, p := range append(f.under("spec.port"), f.under("spec.ports")...) {
		if f.word("spec.type") == "nodeport" {
			node, ok := p("node_port")
			n, isNumber := integer(node.Value)
			protocols, sure := protocolsIn(p, "protocol")
			if len(protocols) == 1 && protocols[0] == anyProtocol {
				protocols = []string{"tcp"} // nobody said anything
			}
			r := reach{protocols[0], 30000, 32767, !sure || node.Unknown} // the cluster chooses one
			if ok && isNumber && n > 0 && n <= maxPort && !node.Unknown {
				r.from, r.to = n, n
			}
			rs = append(rs, r)
		}
		if f.has("spec.external_ips") || f.has("spec.external_i_ps") { // of a manifest: externalIPs
			rs = append(rs, servicePort(p)...)
		}
	}
	return spread(l.open(), rs)
}

func servicePort(p fields) []reach {
	return rangeReaches(func(name string) (tfvalue.Value, bool) {
		v, ok := p(name)
		if name == "protocol" && !ok {
			return tfvalue.Value{Value: "TCP"}, true
		}
		return v, ok
	}, "protocol", "port", "")
}

// stays reports whether annotations keep a load balancer inside the network.
func stays(f fields) bool {
	v, _ := f.deep("metadata.annotations")
	for _, a := range []struct{ name, value string }{
		{"service.beta.kubernetes.io/aws-load-balancer-internal", "true"},
		{"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
		{"alb.ingress.kubernetes.io/scheme", "internal"},
		{"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
		{"networking.gke.io/load-balancer-type", "internal"},
		{"cloud.google.com/load-balancer-type", "internal"},
		{"kubernetes.io/ingress.class", "gce-internal"},
		{"service.beta.kubernetes.io/oci-load-balancer-internal", "true"},
	} {
		e, _ := v.Member(a.name)
		if t, ok := e.Text(); ok && !e.Unknown && strings.EqualFold(strings.TrimSpace(t), a.value) {
			return true
		}
	}
	return false
}

// ingressLines reads an ingress: the controllers' well-known annotations may say who
// is let in; else everybody is.
func ingressLines(f fields, l Line) []Line {
	out := []Line{{}}
	if stays(f) {
		return out
	}
	l.Direction = "ingress"
	annotations, _ := f.deep("metadata.annotations")
	var sources []Line
	for _, name := range []string{"nginx.ingress.kubernetes.io/whitelist-source-range", "nginx.ingress.kubernetes.io/allowlist-source-range", "alb.ingress.kubernetes.io/inbound-cidrs"} {
		e, ok := annotations.Member(name)
		if !ok || annotations.Unknown {
			continue
		}
		t, isText := e.Text()
		if e.Unknown || !isText {
			sources = append(sources, l.unknown())
			continue
		}
		for part := range strings.SplitSeq(t, ",") {
			if part = strings.TrimSpace(part); part != "" {
				l.Source = anywhere(part)
				sources = append(sources, l)
			}
		}
	}
	if len(sources) == 0 {
		sources = l.open()
	}
	return append(out, spread(sources, tcpPorts(80, 443))...)
}
