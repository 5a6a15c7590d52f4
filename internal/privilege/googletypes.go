package privilege

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Roles of Google that give more than they are, whatever they are given on.
//
// Source: Google Cloud, "IAM roles and permissions index"; Rhino Security Labs,
// "Privilege escalation in Google Cloud Platform".
var googleEscalations = []string{
	"iam.serviceAccountTokenCreator", "iam.serviceAccountUser", "iam.serviceAccountAdmin", "iam.serviceAccountKeyAdmin", "iam.workloadIdentityUser",
	"iam.serviceAccountOpenIdTokenCreator", "iam.securityAdmin", "iam.roleAdmin", "iam.organizationRoleAdmin", "iam.workloadIdentityPoolAdmin",
	"iam.workforcePoolAdmin", "iam.denyAdmin", "iam.principalAccessBoundaryAdmin", "iam.admin", "iam.operator", "iam.oauthClientAdmin",
	"resourcemanager.organizationAdmin", "resourcemanager.folderAdmin", "resourcemanager.folderIamAdmin", "resourcemanager.projectIamAdmin",
	"resourcemanager.projectMover", "resourcemanager.tagAdmin", "orgpolicy.policyAdmin", "deploymentmanager.editor", "deploymentmanager.typeEditor",
	"cloudbuild.builds.editor", "cloudfunctions.admin", "cloudfunctions.developer", "run.admin", "run.developer", "run.sourceDeveloper", "appengine.appAdmin",
	"appengine.deployer", "compute.admin", "compute.instanceAdmin", "compute.instanceAdmin.v1", "compute.osAdminLogin", "container.admin",
	"container.clusterAdmin", "dataflow.admin", "dataflow.developer", "dataproc.admin", "dataproc.editor", "composer.admin", "composer.worker",
	"cloudscheduler.admin", "secretmanager.admin", "billing.admin", "accesscontextmanager.policyAdmin", "iap.admin", "osconfig.guestPolicyAdmin",
	"privilegedaccessmanager.admin", "securitycenter.admin", "servicemanagement.admin", "workflows.editor", "workflows.admin", "notebooks.admin",
	"aiplatform.admin", "datafusion.admin", "cloudidentity.admin", "managedidentities.admin", "cloudkms.admin",
}

// googlePermissions are permissions that give more than they are.
var googlePermissions = []string{
	"iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.signBlob",
	"iam.serviceAccounts.signJwt", "iam.serviceAccounts.implicitDelegation", "iam.serviceAccountKeys.create", "iam.serviceAccounts.setIamPolicy",
	"iam.roles.update", "iam.roles.create", "deploymentmanager.deployments.create", "deploymentmanager.deployments.update", "cloudbuild.builds.create",
	"cloudbuild.builds.update", "cloudfunctions.functions.update", "cloudfunctions.functions.sourceCodeSet", "cloudfunctions.functions.create",
	"compute.instances.setMetadata", "compute.projects.setCommonInstanceMetadata", "compute.instances.setServiceAccount", "compute.instances.osAdminLogin",
	"run.services.update", "run.services.create", "run.jobs.create", "run.jobs.update", "cloudscheduler.jobs.create", "orgpolicy.policy.set",
	"storage.hmacKeys.create", "serviceusage.apiKeys.create", "apikeys.keys.create", "secretmanager.versions.access", "container.clusters.update",
	"container.secrets.get", "container.pods.exec", "iam.workloadIdentityPoolProviders.create", "iam.workloadIdentityPoolProviders.update",
	"iam.denypolicies.delete", "iam.denypolicies.update", "resourcemanager.tagValueBindings.create", "dataproc.jobs.create", "dataflow.jobs.create",
}

// googlePool judges how identities from outside get in.
func googlePool(j *judge) {
	if !j.new.Exists() {
		return
	}
	if j.created() {
		s := said{note: "tokens of another issuer count", what: j.items(j.new, "oidc[].issuer_uri").texts, from: []string{"oidc"}}
		j.say(checks.ConsequenceGrantTrust, "", s)
		issuer, known := j.only(j.new, "oidc[].issuer_uri")
		condition := j.items(j.new, "attribute_condition")
		if j.c.Type == "google_iam_workload_identity_pool_provider" && len(condition.texts) == 0 && !condition.unknown && known && issuer != "" {
			host := strings.TrimPrefix(strings.TrimPrefix(issuer, "https://"), "http://")
			host, _, _ = strings.Cut(host, "/")
			kind := checks.ConsequenceGrantTrust
			if slices.Contains(issuers, host) {
				kind = checks.ConsequenceGrantPublic
			}
			j.say(kind, "attribute_condition", said{note: "no attribute_condition: everybody to whom the issuer gives a token gets in"})
		}
		return
	}
	j.gates([]gate{
		{"attribute_condition", gone, "no attribute_condition: everybody to whom the issuer gives a token gets in"},
	}, checks.ConsequenceGrantPublic, "")
	for _, g := range []gate{
		{"attribute_condition", changed, "another condition for getting in"},
		{"attribute_mapping", changed, "tokens are read in another way"},
		{"oidc[].issuer_uri", changed, "tokens of another issuer count"},
		{"oidc[].allowed_audiences[]", more, "tokens for another audience count"},
		{"oidc[].allowed_audiences[]", gone, "tokens for the default audience count"},
		{"aws[].account_id", changed, "another account gets in"},
		{"saml[].idp_metadata_xml", changed, "people of another directory get in"},
		{"disabled", off, "the provider is switched on again"},
	} {
		if g.path == "attribute_condition" && j.value(j.new, g.path).set == 0 {
			continue // gone, and told
		}
		if g.path == "attribute_mapping" {
			if j.differs(g.path) {
				j.say(checks.ConsequenceGrantTrust, g.path, said{note: g.note})
			}
			continue
		}
		j.gates([]gate{g}, checks.ConsequenceGrantTrust, "")
	}
}

// googleDeny judges a policy that denies, whatever others allow.
func googleDeny(j *judge) {
	if !j.old.Exists() {
		return
	}
	if j.deleted() {
		j.say(checks.ConsequenceGrantWider, "", said{note: "a denial is gone"})
		return
	}
	j.gates([]gate{
		{"rules[].deny_rule[].denied_principals[]", fewer, "no longer denied"},
		{"rules[].deny_rule[].denied_permissions[]", fewer, "no longer denied"},
		{"rules[].deny_rule[].exception_principals[]", more, "excepted from a denial"},
		{"rules[].deny_rule[].exception_permissions[]", more, "excepted from a denial"},
		{"rules[].deny_rule[].denial_condition[].expression", changed, "the denial has another condition"},
		{"details[].rules[].effect", changed, "the boundary is another"},
		{"details[].rules[].resources[]", more, "the boundary is wider"},
		{"parent", changed, "the denial is about something else"},
	}, checks.ConsequenceGrantWider, "")
	was, is := len(j.old.All("rules[]")), len(j.new.All("rules[]"))
	if is < was {
		j.say(checks.ConsequenceGrantWider, "rules", said{note: "a denial is gone"})
	}
	for _, v := range j.new.All("rules[].deny_rule[].denial_condition[].expression") {
		if t, ok := v.Text(); ok && len(j.old.All("rules[].deny_rule[].denial_condition[].expression")) == 0 && t != "" {
			j.say(checks.ConsequenceGrantWider, "rules[].deny_rule[].denial_condition", said{note: "the denial has a condition now"})
		}
	}
}

// bigqueryAccess judges who may see a dataset.
func bigqueryAccess(prefix string, exclusive bool) func(*judge) {
	who := []string{"user_by_email", "group_by_email", "domain", "special_group", "iam_member", "view", "dataset", "routine"}
	return func(j *judge) {
		if j.deleted() && exclusive {
			return
		}
		read := func(s tfvalue.Side) grants {
			var out grants
			blocks := []tfvalue.Value{}
			if prefix == "" {
				if s.Exists() {
					blocks = append(blocks, tfvalue.Value{Value: s.Root})
				}
			} else {
				blocks = s.All(prefix)
			}
			for _, b := range blocks {
				if b.Unknown {
					out.role = true
					continue
				}
				m, _ := b.Value.(map[string]any)
				role, _ := m["role"].(string)
				for _, w := range who {
					switch t := m[w].(type) {
					case string:
						if t != "" && len(out.list) < maxGrants {
							out.list = append(out.list, grant{who: w + " " + t, role: role})
						}
					case []any:
						if len(t) > 0 {
							text, _ := writeJSON(t)
							out.list = append(out.list, grant{who: w + " " + text, role: role})
						}
					}
				}
			}
			return out
		}
		b := binding{who: "user_by_email", role: "role", exclusive: exclusive, public: func(who string) string {
			switch who {
			case "special_group allAuthenticatedUsers", "iam_member allUsers", "iam_member allAuthenticatedUsers":
				return "everybody who has an account with the cloud"
			}
			return ""
		}}
		if prefix != "" {
			b.who, b.role = "access", "access"
		} else if j.moved("dataset_id") {
			b.compare(j, grants{}, read(j.new))
			return
		} else {
			for _, w := range append([]string{"role"}, who[:5]...) {
				if v, ok := j.new.At(w); ok && v.Unknown {
					j.say(checks.ConsequenceGrantUnknown, w, said{note: "it says who gets it, or what", unknown: true, needs: []string{w}})
				}
			}
		}
		b.compare(j, read(j.old), read(j.new))
	}
}

// googleJudges are the types of Google Cloud that have no pattern.
func googleJudges() map[string]func(*judge) {
	return map[string]func(*judge){
		"google_organization_iam_custom_role": googleRole, "google_project_iam_custom_role": googleRole,
		"google_bigquery_dataset_access":              bigqueryAccess("", false),
		"google_bigquery_dataset":                     bigqueryAccess("access[]", true),
		"google_service_account":                      fresh("a new identity for programs", "account_id"),
		"google_service_account_key":                  fresh("a new long-lived key", "service_account_id"),
		"google_storage_hmac_key":                     fresh("a new long-lived key", "service_account_email"),
		"google_apikeys_key":                          fresh("a new key", "name"),
		"google_sql_user":                             fresh("a new user of a database", "name"),
		"google_iam_workload_identity_pool":           fresh("identities from outside may get in", "workload_identity_pool_id"),
		"google_iam_workforce_pool":                   fresh("people from outside may get in", "workforce_pool_id"),
		"google_iam_workload_identity_pool_provider":  googlePool,
		"google_iam_workforce_pool_provider":          googlePool,
		"google_iam_deny_policy":                      googleDeny,
		"google_iam_principal_access_boundary_policy": googleDeny,
		"google_cloud_identity_group_membership": binding{
			who: "preferred_member_key[].id|member_key[].id", role: "roles[].name", on: "group",
			note: "what the group may is not in this resource", grade: groupGrade,
		}.judge,
		"google_privileged_access_manager_entitlement": all(
			binding{who: "eligible_users[].principals[]", role: "privileged_access[].gcp_iam_access[].role_bindings[].role", grade: googleGrade, public: googlePublic, anyone: true}.judge,
			func(j *judge) {
				j.gates([]gate{
					{"approval_workflow", gone, "nobody has to approve"},
					{"approval_workflow[].manual_approvals[].steps[].approvals_needed", less, "fewer have to approve"},
					{"approval_workflow[].manual_approvals[].steps[].approvers[].principals[]", more, "others may approve"},
				}, checks.ConsequenceGrantWider, "")
			}),
		"google_project_default_service_accounts": freshOrChanged("the default service accounts are changed", "action"),
		"google_org_policy_policy":                orgPolicy,
	}
}

func groupGrade(_ *judge, g grant) grade {
	if g.role == "OWNER" || g.role == "MANAGER" {
		return grade{checks.ConsequenceGrantEscalation, "may let others into the group"}
	}
	return grade{checks.ConsequenceGrantWider, "what the group may is not in this resource"}
}

// orgPolicy judges what a constraint of an organisation says that is no part of it:
// all else is told as a control that is weaker.
func orgPolicy(j *judge) {
	j.gates([]gate{{"spec[].reset", on, "the constraint is put back to its default"}}, checks.ConsequenceGrantWider, "")
}
