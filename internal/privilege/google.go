package privilege

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// judgeOfPattern finds the types that every service of a cloud has of its own:
// google_storage_bucket_iam_member and 150 others like it.
func judgeOfPattern(typ string) func(*judge) {
	google, yandex := strings.HasPrefix(typ, "google_"), strings.HasPrefix(typ, "yandex_")
	if !google && !yandex {
		return nil
	}
	switch {
	case strings.HasSuffix(typ, "_iam_member"):
		return googleMember
	case strings.HasSuffix(typ, "_iam_binding"):
		return googleBinding
	case strings.HasSuffix(typ, "_iam_policy"):
		return googlePolicy
	case google && strings.HasSuffix(typ, "_iam_audit_config"):
		return googleAudit
	}
	return nil
}

// container reports whether everything of a project or more is below the resource.
func (j *judge) container() bool {
	for _, c := range []string{"_project_iam_", "_folder_iam_", "_organization_iam_", "_billing_account_iam_", "_resourcemanager_folder_iam_", "_organizationmanager_organization_iam_", "_resourcemanager_cloud_iam_"} {
		if strings.Contains(j.c.Type, c) {
			return true
		}
	}
	return false
}

// thing is what a Google binding is about, as text, and which attributes of that are
// not known yet. Whatever a service calls it, it is every attribute that is none of
// the others.
func thing(s tfvalue.Side) (text string, unknown []string) {
	other := func(n string) bool {
		switch n {
		case "id", "etag", "role", "member", "members", "condition", "policy_data", "timeouts", "sleep_after":
			return true
		}
		return false
	}
	var b strings.Builder
	for _, n := range sortedKeys(s.Root) {
		if t, ok := s.Root[n].(string); ok && !other(n) {
			b.WriteString(n + "=" + t + "\n")
		}
	}
	m, _ := s.Unknown.(map[string]any)
	for _, n := range sortedKeys(m) {
		if !other(n) && tfvalue.Marked(m[n]) {
			unknown = append(unknown, n)
		}
	}
	return b.String(), unknown
}

func googleMember(j *judge)  { j.google("member", false) }
func googleBinding(j *judge) { j.google("members[]", true) }

func (j *judge) google(who string, exclusive bool) {
	b := binding{who: who, role: "role", under: "condition[].expression", grade: googleGrade, public: googlePublic, anyone: true, exclusive: exclusive}
	was, is := b.read(j, j.old), b.read(j, j.new)
	j.onThing(&b, &was, &is)
	b.compare(j, was, is)
	if exclusive && j.created() && j.container() {
		j.say(checks.ConsequenceGrantWithdrawn, "members", said{note: "the role is taken from everybody who is not listed"})
	}
}

// onThing puts into grants what they are about.
func (j *judge) onThing(b *binding, was, is *grants) {
	old, _ := thing(j.old)
	now, unknown := thing(j.new)
	for i := range was.list {
		was.list[i].on = old
	}
	for i := range is.list {
		is.list[i].on = now
	}
	is.on = len(unknown) > 0
	b.on = strings.Join(unknown, "|")
}

// googlePolicy judges a whole policy of a thing: what it does not list is taken away.
func googlePolicy(j *judge) {
	b := binding{who: "policy_data", role: "policy_data", grade: googleGrade, public: googlePublic, anyone: true, exclusive: true}
	read := func(s tfvalue.Side) (out grants, unknown bool, err error) {
		it := j.items(s, "policy_data")
		for _, t := range it.texts {
			if err = readBindings(t, &out); err != nil {
				break
			}
		}
		return out, it.unknown, err
	}
	was, _, errWas := read(j.old)
	is, unknown, err := read(j.new)
	if err == nil && j.new.Exists() {
		err = errWas
	}
	switch {
	case unknown:
		j.say(checks.ConsequenceGrantUnknown, "policy_data", said{unknown: true, needs: []string{"policy_data"}})
		return
	case err != nil:
		if !sameTexts(j.old.All("policy_data"), j.new.All("policy_data")) {
			j.say(checks.ConsequenceGrantUnknown, "policy_data", said{note: unreadable("the policy", err)})
		}
		return
	}
	j.onThing(&b, &was, &is)
	b.compare(j, was, is)
	if j.created() {
		j.say(checks.ConsequenceGrantWithdrawn, "policy_data", said{note: "every right that the policy does not list is taken away"})
	}
}

// readBindings reads a policy document of Google.
func readBindings(text string, out *grants) error {
	v, err := readJSON(text)
	if err != nil {
		return err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return errShape
	}
	for k := range m { // a name in other letters would be read by the cloud, perhaps
		switch k {
		case "bindings", "auditConfigs", "etag", "version":
		default:
			return errElement
		}
	}
	list, ok := m["bindings"].([]any)
	if !ok {
		if m["bindings"] == nil {
			return nil
		}
		return errShape
	}
	for _, e := range list {
		b, ok := e.(map[string]any)
		if !ok {
			return errShape
		}
		role, ok := b["role"].(string)
		if !ok {
			return errShape
		}
		members := []string{}
		if b["members"] != nil {
			if members, err = texts(b["members"]); err != nil {
				return err
			}
		}
		condition := ""
		if c, ok := b["condition"].(map[string]any); ok {
			condition, _ = c["expression"].(string)
		}
		for _, who := range members {
			if len(out.list) >= maxGrants {
				return errTooLarge
			}
			out.list = append(out.list, grant{who: who, role: role, under: condition})
		}
	}
	return nil
}

func googlePublic(who string) string {
	switch strings.ToLower(who) {
	case "allusers", "system:allusers":
		return "everybody on the internet"
	case "allauthenticatedusers", "system:allauthenticatedusers":
		return "everybody who has an account with the cloud"
	}
	if strings.HasPrefix(who, "principalSet://") && strings.Contains(who, "/workloadIdentityPools/*") {
		return "every identity of every pool"
	}
	return ""
}

func googleGrade(j *judge, g grant) grade {
	role := strings.TrimPrefix(g.role, "roles/")
	switch role {
	case "owner", "editor":
		return grade{checks.ConsequenceGrantAdmin, "nearly everything in it"}
	case "admin", "resource-manager.admin", "organization-manager.admin", "organization-manager.organizations.owner": // Yandex
		if strings.HasPrefix(j.c.Type, "yandex_") {
			return grade{checks.ConsequenceGrantAdmin, "everything in it"}
		}
	}
	if strings.HasPrefix(g.who, "principalSet://") && strings.HasSuffix(g.who, "/*") {
		return grade{checks.ConsequenceGrantTrust, "every identity of a pool"}
	}
	for _, e := range googleEscalations {
		if role == e {
			if strings.HasPrefix(g.who, "principal://") || strings.HasPrefix(g.who, "principalSet://") {
				return grade{checks.ConsequenceGrantTrust, "an identity from outside may act as a service account"}
			}
			return grade{checks.ConsequenceGrantEscalation, "the role can be used to get more"}
		}
	}
	admin := strings.HasSuffix(role, ".admin") || strings.HasSuffix(role, "Admin")
	switch {
	case admin && j.container():
		return grade{checks.ConsequenceGrantEscalation, "all of a service, and who may use it, in everything below"}
	case strings.HasPrefix(g.role, "projects/"), strings.HasPrefix(g.role, "organizations/"):
		return grade{checks.ConsequenceGrantWider, "what the role may is not in this resource"}
	case strings.HasPrefix(g.who, "domain:"):
		return grade{checks.ConsequenceGrantWider, "everybody of a domain"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func gradePermission(_ *judge, g grant) grade {
	if strings.HasSuffix(g.role, ".setIamPolicy") || strings.Contains(g.role, "*") || slices.Contains(googlePermissions, g.role) {
		return grade{checks.ConsequenceGrantEscalation, "a permission that can be used to get more"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

// googleRole judges a role of one's own: its permissions, and whether it is used.
func googleRole(j *judge) {
	if j.deleted() {
		return
	}
	b := binding{role: "permissions[]", grade: gradePermission}
	b.judge(j)
	j.gates([]gate{{"stage", roleStage, "the role was disabled and is not: now it grants what it says"}}, checks.ConsequenceGrantWider, "")
}

// googleAudit judges what is written down of accesses.
func googleAudit(j *judge) {
	j.gates([]gate{
		{"audit_log_config[].exempted_members[]", more, "what they do is no longer written down"},
		{"audit_log_config[].log_type", fewer, "less is written down"},
	}, checks.ConsequenceGrantWider, "")
}
