package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// words are the names of the members of Kubernetes objects, as the provider writes
// them and as manifests do.
type words struct {
	prefix                                         string
	rules, groups, resources, verbs, names, urls   string
	roleRef, subjects, refName, subjectKind, space string
}

var (
	providerWords = words{"", "rule", "api_groups", "resources", "verbs", "resource_names", "non_resource_urls", "role_ref", "subject", "name", "kind", "namespace"}
	manifestWords = words{"manifest.", "rules", "apiGroups", "resources", "verbs", "resourceNames", "nonResourceURLs", "roleRef", "subjects", "name", "kind", "namespace"}
)

// clusterRole judges what a role of a cluster may.
//
// Source: Kubernetes, "Using RBAC Authorization" and "Role Based Access Control Good
// Practices".
func (j *judge) clusterRole(n words) {
	if j.deleted() {
		return
	}
	attribute := n.prefix + n.rules
	before, _ := readRules(j.old, n)
	after, ok := readRules(j.new, n)
	if !ok {
		j.say(checks.ConsequenceGrantUnknown, attribute, said{note: "it says what the role may", unknown: true, needs: []string{top(attribute)}})
	}
	if after.cut {
		j.say(checks.ConsequenceGrantUnknown, attribute, said{note: tooMuchNote})
	}
	j.news(attribute, before, after, j.gradeRule, func(g grade, a *atom) {
		what := a.dims[dimAction].String() + " " + a.dims[dimResource].String()
		j.say(g.kind, attribute, said{note: g.note, what: []string{what}})
	})
	for _, aggregate := range []string{n.prefix + "aggregation_rule", n.prefix + "aggregationRule"} {
		if v, ok := j.new.At(aggregate); ok && v.Value != nil && j.differs(aggregate) {
			if list, isList := v.Value.([]any); !isList || len(list) > 0 {
				j.say(checks.ConsequenceGrantWider, aggregate, said{note: "other roles add to what this one may"})
			}
		}
	}
}

func readRules(s tfvalue.Side, n words) (*document, bool) {
	d, ok := &document{}, true
	if !s.Exists() {
		return d, true
	}
	rules := s.All(n.prefix + n.rules)
	for _, v := range rules {
		if v.Unknown {
			ok = false
			continue
		}
		for _, r := range v.Elements() {
			list := func(name string) []pattern {
				var out []pattern
				m, _ := r.Member(name)
				if m.Unknown {
					ok = false
				}
				for _, e := range m.Elements() {
					t, known := text(e)
					if !known {
						ok = false
					} else if t == "*" || strings.HasPrefix(t, "*/") || strings.HasSuffix(t, "/*") {
						out = append(out, glob(t, nil))
					} else {
						out = append(out, literal(t))
					}
				}
				return out
			}
			if len(d.statements) >= 2*maxStatements {
				d.cut = true
				return d, ok
			}
			verbs, names := set{list: list(n.verbs)}, set{list: list(n.names)}
			if len(names.list) == 0 {
				names = everything
			}
			if len(d.statements) >= maxStatements && !verbs.all() {
				d.cut = true // of so many, those that allow everything are still looked at
				continue
			}
			if resources := list(n.resources); len(resources) > 0 {
				d.statements = append(d.statements, statement{dims: [dimensions]set{verbs, {list: resources}, {list: list(n.groups)}, names}})
			}
			if urls := list(n.urls); len(urls) > 0 {
				for i := range urls {
					urls[i] = glob("url "+urls[i].text, nil)
				}
				d.statements = append(d.statements, statement{dims: [dimensions]set{verbs, {list: urls}, {list: []pattern{literal("")}}, names}})
			}
		}
	}
	return d, ok
}

// gradeRule grades one verb on one kind of object.
func (j *judge) gradeRule(a *atom) grade {
	w := &j.work
	verb, res, group := a.dims[dimAction], a.dims[dimResource], a.dims[dimPrincipal]
	is := func(s set, names ...string) bool {
		for _, n := range names {
			if s.contains(set{list: []pattern{literal(n)}}, w) {
				return true
			}
		}
		return false
	}
	writes := is(verb, "create", "update", "patch")
	switch {
	case verb.all() && res.all() && is(group, "", "rbac.authorization.k8s.io"):
		return grade{checks.ConsequenceGrantAdmin, "everything in the cluster"}
	case is(verb, "escalate", "bind") && is(res, "roles", "clusterroles"):
		return grade{checks.ConsequenceGrantEscalation, "may give itself more than it has"}
	case is(verb, "impersonate"):
		return grade{checks.ConsequenceGrantEscalation, "may act as others"}
	case is(res, "rolebindings", "clusterrolebindings", "clusterroles", "roles") && is(group, "rbac.authorization.k8s.io") && writes:
		return grade{checks.ConsequenceGrantEscalation, "may change who may do what"}
	case is(res, "secrets") && is(group, "") && is(verb, "get", "list", "watch"):
		if a.dims[dimName].all() {
			return grade{checks.ConsequenceGrantEscalation, "may read all secrets, the tokens of others among them"}
		}
		return grade{checks.ConsequenceGrantWider, "may read a named secret"}
	case is(res, "pods/exec", "pods/attach", "pods/ephemeralcontainers") && is(group, "") && (writes || is(verb, "get")):
		return grade{checks.ConsequenceGrantEscalation, "may run programs in pods of others"}
	case is(res, "serviceaccounts/token") && is(group, "") && is(verb, "create"):
		return grade{checks.ConsequenceGrantEscalation, "may make tokens of others"}
	case is(res, "nodes/proxy", "persistentvolumes") && is(group, "") && (writes || is(res, "nodes/proxy") && is(verb, "get")):
		return grade{checks.ConsequenceGrantEscalation, "reaches the machines below"}
	case is(res, "certificatesigningrequests/approval") && writes, is(res, "signers") && is(verb, "approve", "sign"):
		return grade{checks.ConsequenceGrantEscalation, "may make certificates of others"}
	case is(res, "mutatingwebhookconfigurations", "validatingwebhookconfigurations") && writes:
		return grade{checks.ConsequenceGrantEscalation, "may change what others create"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

// clusterBinding judges who gets a role.
func (j *judge) clusterBinding(n words, wide bool) {
	b := binding{who: n.prefix + n.subjects, role: n.prefix + n.roleRef + "[]." + n.refName, on: n.prefix + "metadata[]." + n.space, anyone: true, exclusive: true}
	if n.prefix != "" {
		b.role = n.prefix + n.roleRef + "." + n.refName
		b.on = n.prefix + "metadata." + n.space
	}
	b.grade = func(_ *judge, g grant) grade { return gradeBinding(g, wide) }
	b.public = kubernetesPublic
	read := func(s tfvalue.Side) grants {
		out := grants{}
		if !s.Exists() {
			return out
		}
		role, on := j.items(s, b.role), j.items(s, b.on)
		out.role, out.on = role.unknown, on.unknown
		kind, _ := j.only(s, strings.TrimSuffix(b.role, n.refName)+"kind")
		for _, v := range s.All(b.who) {
			for _, e := range v.Elements() {
				if e.Unknown {
					out.who = true
					continue
				}
				name, okName := e.Member(n.refName)
				t, known := text(name)
				if !known || !okName {
					out.who = true
					t = ""
				}
				k, _ := e.Member(n.subjectKind)
				kt, _ := text(k)
				space, _ := e.Member(n.space)
				st, _ := text(space)
				if kt == "ServiceAccount" && st != "" {
					t = st + "/" + t
				}
				for _, r := range role.texts {
					if len(out.list) < maxGrants {
						out.list = append(out.list, grant{who: strings.TrimSpace(kt + " " + t), role: r, on: kind + " " + strings.Join(on.texts, " ")})
					} else {
						out.who = true
					}
				}
			}
		}
		return out
	}
	b.compare(j, read(j.old), read(j.new))
}

func gradeBinding(g grant, wide bool) grade {
	who := g.who[strings.LastIndexByte(g.who, ' ')+1:]
	switch {
	case who == "system:masters" && strings.HasPrefix(g.who, "Group"):
		return grade{checks.ConsequenceGrantAdmin, "the group that no check holds back"}
	case g.role == "cluster-admin" && wide:
		return grade{checks.ConsequenceGrantAdmin, "everything in the cluster"}
	case g.role == "cluster-admin":
		return grade{checks.ConsequenceGrantEscalation, "everything in a namespace"}
	case (g.role == "admin" || g.role == "edit") && wide:
		return grade{checks.ConsequenceGrantEscalation, "nearly everything in every namespace"}
	case g.role == "admin":
		return grade{checks.ConsequenceGrantWider, "nearly everything in a namespace"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func kubernetesPublic(who string) string {
	switch who {
	case "User system:anonymous", "Group system:unauthenticated":
		return "everybody who reaches the cluster"
	case "Group system:authenticated":
		return "everybody who has an account with the cluster, of whatever kind"
	case "Group system:serviceaccounts":
		return "every program in the cluster"
	}
	return ""
}

// manifest judges an object that is written as a manifest.
func manifest(j *judge) {
	s := j.new
	if !s.Exists() {
		s = j.old
	}
	kind, known := j.only(s, "manifest.kind")
	if was, ok := j.only(j.old, "manifest.kind"); ok && j.old.Exists() && was != kind {
		j.old = tfvalue.Side{} // another object
	}
	switch kind {
	case "ClusterRole", "Role":
		j.clusterRole(manifestWords)
	case "ClusterRoleBinding":
		j.clusterBinding(manifestWords, true)
	case "RoleBinding":
		j.clusterBinding(manifestWords, false)
	case "ConfigMap":
		awsAuth("manifest.metadata.name", "manifest.data")(j)
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		webhooks("manifest.webhooks")(j)
	case "Pod", "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "CronJob":
		acts(j, manifestIdentities)
	case "":
		if !known {
			j.say(checks.ConsequenceGrantUnknown, "manifest", said{note: "it says what the object is", unknown: true, needs: []string{"manifest"}})
		}
	}
}

// webhooks judges who is asked before objects of the cluster are created.
func webhooks(attribute string) func(*judge) {
	return func(j *judge) {
		if !j.new.Exists() {
			return // a control less: told elsewhere
		}
		if j.created() || j.differs(attribute) {
			j.say(checks.ConsequenceGrantWider, attribute, said{note: "a program sees, and may change or stop, what others create"})
		} else if v, ok := j.new.At(attribute); ok && v.Partly() {
			j.say(checks.ConsequenceGrantWider, attribute, said{note: "a program sees, and may change or stop, what others create", unknown: true, needs: tops(attribute)})
		}
	}
}

func clusterRoleOf(n words) func(*judge) { return func(j *judge) { j.clusterRole(n) } }

func clusterBindingOf(wide bool) func(*judge) {
	return func(j *judge) { j.clusterBinding(providerWords, wide) }
}

// kubernetesJudges are the types of Kubernetes.
func kubernetesJudges() map[string]func(*judge) {
	m := map[string]func(*judge){
		"kubernetes_manifest":                       manifest,
		"kubectl_manifest":                          kubectlManifest,
		"kubernetes_default_service_account":        freshOrChanged("the identity of programs that name none"),
		"kubernetes_token_request_v1":               fresh("a new token of an identity"),
		"kubernetes_certificate_signing_request_v1": fresh("a new certificate that the cluster trusts"),
		"kubernetes_pod_security_policy_v1beta1":    podSecurity,
	}
	for _, v := range []string{"", "_v1"} {
		m["kubernetes_cluster_role"+v] = clusterRoleOf(providerWords)
		m["kubernetes_role"+v] = clusterRoleOf(providerWords)
		m["kubernetes_cluster_role_binding"+v] = clusterBindingOf(true)
		m["kubernetes_role_binding"+v] = clusterBindingOf(false)
		m["kubernetes_service_account"+v] = fresh("a new identity for programs", "metadata[].name")
		m["kubernetes_config_map"+v] = awsAuth("metadata[].name", "data")
		m["kubernetes_validating_webhook_configuration"+v] = webhooks("webhook")
		m["kubernetes_mutating_webhook_configuration"+v] = webhooks("webhook")
	}
	m["kubernetes_config_map_v1_data"] = awsAuth("metadata[].name", "data")
	return m
}

func podSecurity(j *judge) {
	j.gates([]gate{
		{"spec[].privileged", on, "privileged programs may run"},
		{"spec[].host_network", on, "programs reach the network of the machine"},
		{"spec[].host_pid", on, "programs see those of the machine"},
		{"spec[].host_ipc", on, "programs see those of the machine"},
		{"spec[].allow_privilege_escalation", on, "programs may get more rights"},
		{"spec[].allowed_capabilities[]", more, "more rights of the kernel"},
		{"spec[].volumes[]", more, "more kinds of volumes"},
		{"spec[].required_drop_capabilities[]", fewer, "fewer rights are taken away"},
	}, checks.ConsequenceGrantWider, "")
}
