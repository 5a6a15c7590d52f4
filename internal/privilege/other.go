package privilege

import (
	"maps"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

var judges = allJudges()

func allJudges() map[string]func(*judge) {
	m := map[string]func(*judge){}
	for _, of := range []func() map[string]func(*judge){
		awsJudges, googleJudges, azureJudges, kubernetesJudges, githubJudges, vaultJudges, dataJudges, cloudJudges,
		actingJudges,
	} {
		maps.Copy(m, of())
	}
	return m
}

const groupNote = "what the group may is not in this resource"

// wordGrade grades roles that are named for what they give.
func wordGrade(_ *judge, g grant) grade {
	r := strings.ToLower(g.role)
	r = r[strings.LastIndexAny(r, ":/")+1:]
	switch r {
	case "administrator", "admin", "superadmin", "super_administrator", "super administrator - all privileges", "owner", "org_owner", "org_admin", "accountadmin", "orgadmin",
		"allproductsfullaccess", "organizationmanager", "administratoraccess", "group_owner", "account admin", "fullaccess", "administratorfullaccess", "super_admin",
		"org_super_admin", "organization_owner", "te_admin", "adminrole", "tenant administrator", "full access", "atlasadmin":
		return grade{checks.ConsequenceGrantAdmin, "everything"}
	}
	for _, w := range []string{"admin", "owner", "securityadmin", "useradmin", "manager", "fullaccess", "ownership", "all_privileges", "manage", "all privileges"} {
		if strings.Contains(r, w) {
			return grade{checks.ConsequenceGrantEscalation, "may do everything with it, or say who may"}
		}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

// vaultPolicy judges a policy of Vault: each path with what may be done there.
func vaultPolicy(j *judge) {
	if j.deleted() {
		j.say(checks.ConsequenceGrantWithdrawn, "policy", said{note: "a policy is gone"})
		return
	}
	is := j.items(j.new, "policy")
	if is.unknown {
		j.say(checks.ConsequenceGrantUnknown, "policy", said{unknown: true, needs: []string{"policy"}})
		return
	}
	was := j.items(j.old, "policy")
	before, _ := readVault(strings.Join(was.texts, "\n"))
	after, err := readVault(strings.Join(is.texts, "\n"))
	if err != nil {
		if !sameTexts(j.old.All("policy"), j.new.All("policy")) {
			j.say(checks.ConsequenceGrantUnknown, "policy", said{note: unreadable("the policy", err)})
		}
		return
	}
	d := j.news("policy", before, after, j.gradeVault, func(g grade, a *atom) {
		j.say(g.kind, "policy", said{note: g.note, what: []string{a.dims[dimAction].String() + " " + a.dims[dimResource].String()}})
	})
	for _, a := range d.freed {
		j.say(checks.ConsequenceGrantWider, "policy", said{note: "a denial is gone or smaller", what: []string{"no longer denied: " + a.dims[dimResource].String()}})
	}
}

// gradeVault grades one thing that may be done at one path.
func (j *judge) gradeVault(a *atom) grade {
	path, may := a.dims[dimResource].list[0], a.dims[dimAction].list[0].text
	switch {
	case path.all():
		return grade{checks.ConsequenceGrantAdmin, "every path"}
	case may == "sudo":
		return grade{checks.ConsequenceGrantEscalation, "passes the protection of root paths"}
	case may == "read" || may == "list":
		return grade{kind: checks.ConsequenceGrantWider}
	}
	for _, way := range []string{"sys/policies/", "sys/policy/", "sys/auth", "auth/", "sys/raw", "identity/", "sys/generate-root", "sys/rekey", "sys/audit"} {
		if path.overlaps(glob(way+"*", nil), &j.work) {
			return grade{checks.ConsequenceGrantEscalation, "may change who may do what"}
		}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

// vaultJudges are the types of HashiCorp Vault.
func vaultJudges() map[string]func(*judge) {
	names := binding{who: "name|group_id|entity_id|group_name", role: "policies[],token_policies[]", grade: vaultNames, exclusive: true}
	m := map[string]func(*judge){
		"vault_policy":     vaultPolicy,
		"vault_egp_policy": sentinel, "vault_rgp_policy": sentinel,
		"vault_identity_group":  all(names.judge, existing(binding{who: "member_entity_ids[]", fixed: "member", note: groupNote}), existing(binding{who: "member_group_ids[]", fixed: "member", note: groupNote})),
		"vault_identity_entity": names.judge, "vault_identity_entity_policies": names.judge, "vault_identity_group_policies": names.judge,
		"vault_identity_group_member_entity_ids":    binding{who: "member_entity_ids[]", role: "group_id", note: groupNote, exclusive: true}.judge,
		"vault_token":                               all(fresh("a new token", "display_name"), binding{role: "policies[]", grade: vaultNames}.judge),
		"vault_approle_auth_backend_role_secret_id": fresh("a new secret to sign in with", "role_name"),
		"vault_github_team":                         binding{who: "team", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
		"vault_github_user":                         binding{who: "user", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
		"vault_ldap_auth_backend_group":             binding{who: "groupname", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
		"vault_ldap_auth_backend_user":              binding{who: "username", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
		"vault_okta_auth_backend_group":             binding{who: "group_name", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
		"vault_okta_auth_backend_user":              binding{who: "username", role: "policies[]", grade: vaultNames, exclusive: true}.judge,
	}
	for typ, who := range map[string]string{
		"vault_token_auth_backend_role": "role_name", "vault_approle_auth_backend_role": "role_name", "vault_jwt_auth_backend_role": "role_name",
		"vault_kubernetes_auth_backend_role": "bound_service_account_names[]", "vault_aws_auth_backend_role": "role", "vault_gcp_auth_backend_role": "role",
		"vault_azure_auth_backend_role": "role", "vault_cert_auth_backend_role": "name", "vault_saml_auth_backend_role": "name",
	} {
		m[typ] = all(binding{who: who, role: "token_policies[],policies[],allowed_policies[]", grade: vaultNames}.judge, vaultRole)
	}
	return m
}

func vaultNames(_ *judge, g grant) grade {
	r := strings.ToLower(g.role)
	if r == "root" {
		return grade{checks.ConsequenceGrantAdmin, "everything in Vault"}
	}
	if strings.Contains(r, "admin") {
		return grade{checks.ConsequenceGrantEscalation, "a policy that is named for administrators"}
	}
	return grade{checks.ConsequenceGrantWider, "what the policy says is not in this resource"}
}

// vaultRole judges what somebody must show to sign in under a role.
func vaultRole(j *judge) {
	if !j.new.Exists() {
		return
	}
	bounds := []string{
		"bound_subject", "bound_claims", "bound_audiences[]", "bound_service_account_names[]", "bound_service_account_namespaces[]", "bound_account_ids[]",
		"bound_iam_role_arns[]", "bound_iam_principal_arns[]", "bound_iam_instance_profile_arns[]", "bound_ami_ids[]", "bound_vpc_ids[]", "bound_subnet_ids[]",
		"bound_regions[]", "bound_ec2_instance_ids[]", "bound_projects[]", "bound_service_accounts[]", "bound_zones[]", "bound_instance_groups[]", "bound_labels[]", "bound_subscription_ids[]",
		"bound_resource_groups[]", "bound_service_principal_ids[]", "bound_group_ids[]", "bound_locations[]", "bound_scale_sets[]", "token_bound_cidrs[]", "secret_id_bound_cidrs[]",
		"allowed_common_names[]", "allowed_dns_sans[]", "allowed_uri_sans[]", "allowed_organizational_units[]", "bound_attributes",
	}
	bound := false
	for _, b := range bounds {
		path := strings.TrimSuffix(b, "[]")
		was, is := j.value(j.old, b), j.value(j.new, b)
		bound = bound || is.set > 0 || is.unknown
		v, _ := j.new.At(path)
		switch {
		case v.Partly() && j.old.Exists():
			j.say(checks.ConsequenceGrantTrust, path, said{note: "it says who may sign in", unknown: true, needs: []string{path}})
		case j.old.Exists() && was.set > 0 && is.set == 0 && !v.Partly():
			j.say(checks.ConsequenceGrantTrust, path, said{note: "one condition less for signing in"})
		case j.old.Exists() && len(without(is.texts, was.texts)) > 0 && was.set > 0:
			j.say(checks.ConsequenceGrantTrust, path, said{note: "others may sign in", what: without(is.texts, was.texts)})
		case j.old.Exists() && (b == "bound_claims" || b == "bound_attributes") && j.differs(path):
			j.say(checks.ConsequenceGrantTrust, path, said{note: "others may sign in"})
		}
		for _, t := range is.texts {
			if t == "*" && !strings.Contains(strings.Join(was.texts, " "), "*") {
				j.say(checks.ConsequenceGrantTrust, path, said{note: "a condition that everybody meets", what: []string{"*"}})
			}
		}
	}
	j.gates([]gate{
		{"bind_secret_id", off, "no secret is needed to sign in"},
		{"orphan", on, "tokens live on without their parent"},
		{"disallowed_policies[]", fewer, "more policies may be asked for"},
		{"token_max_ttl", larger, "tokens live longer"},
		{"token_ttl", larger, "tokens live longer"},
		{"bound_claims_type", changed, "claims are compared in another way"},
		{"user_claim", changed, "people are told apart in another way"},
	}, checks.ConsequenceGrantWider, "")
	if j.created() && !bound && (strings.Contains(j.c.Type, "_jwt_") || strings.Contains(j.c.Type, "_kubernetes_") || strings.Contains(j.c.Type, "_aws_")) {
		j.say(checks.ConsequenceGrantTrust, "", said{note: "no condition: whoever the issuer gives a token may sign in"})
	}
	if j.created() && strings.Contains(j.c.Type, "_jwt_") && bound {
		if s, c := j.value(j.new, "bound_subject"), j.value(j.new, "bound_claims"); s.set == 0 && c.set == 0 && !s.unknown && !c.unknown {
			j.say(checks.ConsequenceGrantTrust, "bound_claims", said{note: "no condition on the subject: whoever the issuer gives a token may sign in"})
		}
	}
}

// sentinel judges a rule that is written as a program: it is not read.
func sentinel(j *judge) {
	if j.deleted() {
		j.say(checks.ConsequenceGrantWider, "", said{note: "a rule that holds back is gone"})
		return
	}
	if !j.old.Exists() {
		return
	}
	j.gates([]gate{{"policy", changed, "a rule that holds back is another"}, {"enforcement_level", sentinelLevel, "a rule holds back less"}, {"paths[]", fewer, "a rule holds for fewer paths"}},
		checks.ConsequenceGrantWider, "")
}
