package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// statements judges policies that are written as sentences, as Oracle does.
func statements(path string) func(*judge) {
	b := binding{role: path, grade: func(_ *judge, g grant) grade {
		t := strings.Join(strings.Fields(strings.ToLower(g.role)), " ")
		switch {
		case strings.HasPrefix(t, "deny"):
			return grade{} // gives nothing
		case strings.Contains(t, "any-user") && !strings.Contains(t, " where "):
			return grade{checks.ConsequenceGrantPublic, "every user of every tenancy"}
		case strings.Contains(t, "manage all-resources"):
			return grade{checks.ConsequenceGrantAdmin, "everything there is"}
		case strings.HasPrefix(t, "admit"), strings.HasPrefix(t, "endorse"), strings.HasPrefix(t, "define"):
			return grade{checks.ConsequenceGrantTrust, "another tenancy"}
		case strings.Contains(t, "manage policies"), strings.Contains(t, "manage groups"), strings.Contains(t, "manage dynamic-groups"), strings.Contains(t, "manage users"),
			strings.Contains(t, "manage domains"), strings.Contains(t, "manage secret-family"), strings.Contains(t, "manage identity-providers"), strings.Contains(t, "manage tenancies"):
			return grade{checks.ConsequenceGrantEscalation, "may change who may do what"}
		}
		return grade{kind: checks.ConsequenceGrantWider}
	}}
	return func(j *judge) {
		b.judge(j)
		if !j.old.Exists() {
			return
		}
		for _, t := range without(j.items(j.old, path).texts, j.items(j.new, path).texts) {
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(t)), "deny") {
				j.say(checks.ConsequenceGrantWider, path, said{note: "a denial is gone or smaller", what: []string{t}})
			}
		}
	}
}

// accessRules judges who is let in by an access policy of Cloudflare.
func accessRules(j *judge) {
	if j.deleted() {
		if t, _ := j.only(j.old, "decision"); t == "deny" {
			j.say(checks.ConsequenceGrantWider, "decision", said{note: "a denial is gone"})
		}
		return
	}
	was, is := j.value(j.old, "decision"), j.value(j.new, "decision")
	if is.word == "bypass" && was.word != "bypass" {
		j.say(checks.ConsequenceGrantPublic, "decision", said{note: "everybody gets in without signing in", before: was.word, after: is.word})
	} else if j.old.Exists() && was.word != is.word {
		j.say(checks.ConsequenceGrantTrust, "decision", said{note: "others get in", before: was.word, after: is.word, unknown: is.unknown})
	}
	for _, v := range j.new.All("include[]") {
		m, _ := v.Member("everyone")
		if m.Value == nil || m.Value == false {
			continue
		}
		if b, isBool := m.Bool(); isBool && !b {
			continue
		}
		if list, isList := m.Value.([]any); isList && len(list) == 0 {
			continue
		}
		if !j.old.Exists() || j.differs("include") {
			j.say(checks.ConsequenceGrantPublic, "include", said{note: "everybody who can sign in somehow"})
		}
	}
	for _, a := range []string{"include", "exclude", "require"} {
		v, ok := j.new.At(a)
		switch {
		case ok && v.Partly() && j.old.Exists():
			j.say(checks.ConsequenceGrantTrust, a, said{note: "it says who gets in", unknown: true, needs: []string{a}})
		case j.created() && a == "include":
			j.say(checks.ConsequenceGrantWider, a, said{note: "somebody gets in"})
		case !j.created() && j.differs(a):
			j.say(checks.ConsequenceGrantTrust, a, said{note: "others get in"})
		}
	}
}

// cloudJudges are the types of the smaller clouds.
func cloudJudges() map[string]func(*judge) {
	m := map[string]func(*judge){
		"oci_identity_policy":                         statements("statements[]"),
		"oci_identity_domains_policy":                 freshOrChanged("rules of a directory: they are not read", "rules"),
		"oci_identity_dynamic_group":                  freshOrChanged("other machines and programs are in a group", "matching_rule"),
		"oci_identity_domains_dynamic_resource_group": freshOrChanged("other machines and programs are in a group", "matching_rule"),
		"oci_identity_user_group_membership":          binding{who: "user_id", role: "group_id", note: groupNote}.judge,
		"oci_identity_domains_grant":                  binding{who: "grantee[].value", role: "entitlement[].attribute_value", on: "app[].value", grade: wordGrade}.judge,
		"oci_identity_identity_provider":              trusted("people whom another directory vouches for", "metadata"),

		"alicloud_ram_policy": policies(identityPolicy, "policy_document|document"), "alicloud_ram_role": awsRole("assume_role_policy_document|document"),
		"alicloud_oss_bucket_policy":                          policies(resourcePolicy, "policy", "bucket"),
		"alicloud_resource_manager_policy":                    policies(identityPolicy, "policy_document"),
		"alicloud_resource_manager_control_policy":            policies(limitPolicy, "policy_document"),
		"alicloud_kms_policy":                                 binding{role: "permissions[]", on: "resources[]", grade: wordGrade}.judge,
		"alicloud_ram_role_policy_attachment":                 binding{who: "role_name", role: "policy_name", grade: wordGrade}.judge,
		"alicloud_ram_user_policy_attachment":                 binding{who: "user_name", role: "policy_name", grade: wordGrade}.judge,
		"alicloud_ram_group_policy_attachment":                binding{who: "group_name", role: "policy_name", grade: wordGrade}.judge,
		"alicloud_ram_group_membership":                       binding{who: "user_names[]", role: "group_name", note: groupNote, exclusive: true}.judge,
		"alicloud_ram_role_attachment":                        binding{who: "instance_ids[]", role: "role_name", note: "machines act as the role", exclusive: true}.judge,
		"alicloud_resource_manager_policy_attachment":         binding{who: "principal_name", role: "policy_name", grade: wordGrade}.judge,
		"alicloud_resource_manager_control_policy_attachment": binding{who: "target_id", role: "policy_id", lifts: "a policy of the organisation no longer limits it"}.judge,
		"alicloud_cs_kubernetes_permissions":                  binding{who: "uid", role: "permissions[].role_name", on: "permissions[].cluster", grade: wordGrade, exclusive: true}.judge,
		"alicloud_cloud_sso_access_assignment":                binding{who: "principal_id", role: "access_configuration_id", on: "target_id"}.judge,

		"ibm_iam_access_group_policy":        binding{who: "access_group_id", role: "roles[]", on: "resources[].service,account_management", grade: wordGrade}.judge,
		"ibm_iam_service_policy":             binding{who: "iam_service_id|iam_id|profile_id", role: "roles[]", on: "resources[].service,account_management", grade: wordGrade}.judge,
		"ibm_iam_user_policy":                binding{who: "ibm_id", role: "roles[]", on: "resources[].service,account_management", grade: wordGrade}.judge,
		"ibm_iam_trusted_profile_policy":     binding{who: "profile_id|iam_id", role: "roles[]", on: "resources[].service,account_management", grade: wordGrade}.judge,
		"ibm_iam_authorization_policy":       binding{who: "source_service_name|source_service_account", role: "roles[]", on: "target_service_name|target_resource_instance_id", grade: wordGrade}.judge,
		"ibm_iam_access_group_members":       binding{who: "ibm_ids[],iam_service_ids[],iam_profile_ids[]", apart: true, role: "access_group_id", note: groupNote, exclusive: true}.judge,
		"ibm_iam_access_group_dynamic_rule":  trusted("people of another directory are in a group", "identity_provider", "conditions"),
		"ibm_iam_trusted_profile_claim_rule": trusted("others may act as a profile", "conditions", "realm_name", "cr_type"),
		"ibm_iam_trusted_profile_link":       trusted("machines may act as a profile", "link", "cr_type"),
		"ibm_iam_custom_role":                binding{role: "actions[]", grade: wordGrade}.judge,
		"ibm_iam_account_settings": protectionOf(checks.ConsequenceGrantWider, "the settings of an account are no longer held",
			gate{"mfa", secondFactor, "a second factor is asked of fewer"}, gate{"restrict_create_service_id", makersOf, "others may make identities"}, gate{"restrict_create_platform_apikey", makersOf, "others may make keys"},
			gate{"allowed_ip_addresses", changed, "others may sign in"}, gate{"session_expiration_in_seconds", larger, "sessions last longer"}),

		"openstack_identity_role_assignment_v3":         binding{who: "user_id|group_id", role: "role_id", on: "project_id|domain_id", note: "what the role may is not in this resource"}.judge,
		"openstack_identity_inherit_role_assignment_v3": binding{who: "user_id|group_id", role: "role_id", on: "project_id|domain_id", note: "what the role may is not in this resource"}.judge,
		"openstack_identity_user_membership_v3":         binding{who: "user_id", role: "group_id", note: groupNote}.judge,

		"cloudflare_account_member":                      binding{who: "email|email_address", role: "roles[],role_ids[],policies[].permission_groups[].id", note: "what the role may is not in this resource"}.judge,
		"cloudflare_api_token":                           all(fresh("a new token", "name"), existing(binding{role: "policies[].permission_groups[].id,policy[].permission_groups[]", note: "a token may do more"})),
		"cloudflare_account_token":                       all(fresh("a new token", "name"), existing(binding{role: "policies[].permission_groups[].id", note: "a token may do more"})),
		"cloudflare_zero_trust_access_identity_provider": trusted("people whom another directory vouches for", "config", "type"),
		"cloudflare_zero_trust_access_policy":            accessRules, "cloudflare_access_policy": accessRules,
		"cloudflare_zero_trust_access_group": accessRules, "cloudflare_access_group": accessRules,

		"scaleway_iam_group_membership": binding{who: "user_id|application_id", role: "group_id", note: groupNote}.judge,
		"scaleway_iam_policy":           binding{who: "user_id|group_id|application_id", role: "rule[].permission_set_names[]", on: "rule[].organization_id,rule[].project_ids[]", under: "rule[].condition", grade: wordGrade}.judge,
		"scaleway_object_bucket_policy": policies(resourcePolicy, "policy", "bucket"),

		"huaweicloud_identity_role":                     huaweiRole,
		"huaweicloud_obs_bucket_policy":                 policies(resourcePolicy, "policy", "bucket"),
		"huaweicloud_identity_group_role_assignment":    binding{who: "group_id", role: "role_id", on: "domain_id|project_id|enterprise_project_id", note: "what the role may is not in this resource"}.judge,
		"huaweicloud_identity_user_role_assignment":     binding{who: "user_id", role: "role_id", on: "enterprise_project_id", note: "what the role may is not in this resource"}.judge,
		"huaweicloud_identity_group_membership":         binding{who: "users[]", role: "group", note: groupNote, exclusive: true}.judge,
		"huaweicloud_identitycenter_account_assignment": binding{who: "principal_id", role: "permission_set_id", on: "target_id"}.judge,
		"huaweicloud_identity_agency": binding{who: "delegated_domain_name|delegated_service_name", role: "project_role[].roles[],domain_roles[],all_resources_roles[]", apart: true, grade: func(j *judge, g grant) grade {
			if out := wordGrade(j, g); out.kind == checks.ConsequenceGrantAdmin {
				return out
			}
			return grade{checks.ConsequenceGrantTrust, "another account or a service acts here"}
		}}.judge,
		"huaweicloud_identity_provider": trusted("people whom another directory vouches for", "metadata", "status"),

		"tencentcloud_cam_policy":                                freshOrChanged("a policy in another grammar: it is not read", "document"),
		"tencentcloud_cam_role":                                  freshOrChanged("a policy in another grammar: it is not read", "document"),
		"tencentcloud_cos_bucket_policy":                         freshOrChanged("a policy in another grammar: it is not read", "policy"),
		"tencentcloud_cam_role_policy_attachment":                binding{who: "role_id", role: "policy_id", note: "what the policy says is not in this resource"}.judge,
		"tencentcloud_cam_user_policy_attachment":                binding{who: "user_name|user_id", role: "policy_id", note: "what the policy says is not in this resource"}.judge,
		"tencentcloud_cam_group_policy_attachment":               binding{who: "group_id", role: "policy_id", note: "what the policy says is not in this resource"}.judge,
		"tencentcloud_cam_group_membership":                      binding{who: "user_names[],user_ids[]", role: "group_id", note: groupNote, exclusive: true}.judge,
		"tencentcloud_organization_org_member_policy_attachment": binding{who: "member_uins[]", role: "policy_id", note: "what the policy says is not in this resource"}.judge,

		"okta_app_group_assignment":          binding{who: "group_id", role: "app_id", note: "people get into an application"}.judge,
		"okta_app_user":                      binding{who: "user_id", role: "app_id", note: "somebody gets into an application"}.judge,
		"okta_group_memberships":             binding{who: "users[]", role: "group_id", note: groupNote, exclusive: true}.judge,
		"okta_user_group_memberships":        binding{who: "user_id", role: "groups[]", note: groupNote}.judge,
		"okta_group_role":                    binding{who: "group_id", role: "role_type", grade: wordGrade}.judge,
		"okta_user_admin_roles":              binding{who: "user_id", role: "admin_roles[]", grade: wordGrade, exclusive: true}.judge,
		"okta_admin_role_custom":             binding{role: "permissions[]", grade: wordGrade}.judge,
		"okta_admin_role_custom_assignments": binding{who: "members[]", role: "custom_role_id", note: "a role of administrators"}.judge,
		"okta_api_token":                     fresh("a new token"),
		"okta_idp_oidc":                      trusted("people whom another directory vouches for", "issuer_url", "client_id"),
		"okta_idp_saml":                      trusted("people whom another directory vouches for", "issuer", "sso_url"),
	}
	for typ, note := range map[string]string{
		"oci_identity_user": "a new user", "oci_identity_domains_user": "a new user", "oci_identity_group": "a new group", "oci_identity_domains_app": "a new application",
		"oci_identity_api_key": "a new long-lived key", "oci_identity_domains_api_key": "a new long-lived key", "oci_identity_auth_token": "a new long-lived token",
		"oci_identity_customer_secret_key": "a new long-lived key",
		"alicloud_ram_user":                "a new user", "alicloud_ram_access_key": "a new long-lived key", "alicloud_ram_login_profile": "a password for the console",
		"alicloud_ram_saml_provider": "people whom another directory vouches for", "alicloud_ims_oidc_provider": "tokens of another issuer count",
		"ibm_iam_api_key": "a new long-lived key", "ibm_iam_service_id": "a new identity for programs", "ibm_iam_service_api_key": "a new long-lived key",
		"ibm_iam_access_group": "a new group", "ibm_iam_trusted_profile": "a new identity that others may take", "ibm_iam_user_invite": "somebody is invited", "ibm_resource_key": "a new long-lived key",
		"openstack_identity_user_v3": "a new user", "openstack_identity_application_credential_v3": "a new long-lived credential", "openstack_identity_ec2_credential_v3": "a new long-lived key", "openstack_identity_role_v3": "a new role",
		"digitalocean_spaces_key": "a new long-lived key", "digitalocean_ssh_key": "a new key", "digitalocean_database_user": "a new user of a database",
		"cloudflare_zero_trust_access_service_token": "a new long-lived token", "cloudflare_access_service_token": "a new long-lived token",
		"scaleway_iam_api_key": "a new long-lived key", "scaleway_iam_application": "a new identity for programs", "scaleway_iam_user": "a new user", "scaleway_iam_group": "a new group", "scaleway_iam_ssh_key": "a new key",
		"yandex_iam_service_account": "a new identity for programs", "yandex_iam_service_account_key": "a new long-lived key", "yandex_iam_service_account_static_access_key": "a new long-lived key",
		"yandex_iam_service_account_api_key": "a new long-lived key",
		"huaweicloud_identity_user":          "a new user", "huaweicloud_identity_access_key": "a new long-lived key",
		"tencentcloud_cam_user": "a new user", "tencentcloud_cam_access_key": "a new long-lived key", "tencentcloud_cam_oidc_sso": "tokens of another issuer count", "tencentcloud_cam_saml_provider": "people whom another directory vouches for",
	} {
		m[typ] = fresh(note)
	}
	m["yandex_iam_workload_identity_federated_credential"] = federatedCredential("federation_id", "external_subject_id", "service_account_id")
	return m
}

// huaweiRole judges a role whose document has no principal and names resources in
// lists.
func huaweiRole(j *judge) { j.policy(identityPolicy, "policy") }
