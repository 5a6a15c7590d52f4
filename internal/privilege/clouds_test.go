package privilege

import "testing"

func TestGoogle(t *testing.T) {
	t.Parallel()
	member, binding := "google_project_iam_member", "google_project_iam_binding"
	m := func(role, who string) string {
		return `{"project":"p","role":"` + role + `","member":"` + who + `"}`
	}
	run(t, []change{
		{name: "viewer", typ: member, after: m("roles/viewer", "user:a@example.com"), want: []string{"grant-wider role [roles/viewer: user:a@example.com]"}},
		{name: "owner", typ: member, after: m("roles/owner", "user:a@example.com"), want: []string{"grant-admin role [roles/owner: user:a@example.com]"}},
		{name: "token creator", typ: "google_service_account_iam_member", after: `{"service_account_id":"s","role":"roles/iam.serviceAccountTokenCreator","member":"user:a"}`, want: []string{"grant-escalation role [roles/iam.serviceAccountTokenCreator: user:a]"}},
		{name: "storage admin of a project", typ: member, after: m("roles/storage.admin", "user:a"), want: []string{"grant-escalation role [roles/storage.admin: user:a]"}},
		{name: "storage admin of a bucket", typ: "google_storage_bucket_iam_member", after: `{"bucket":"b","role":"roles/storage.admin","member":"user:a"}`, want: []string{"grant-wider role [roles/storage.admin: user:a]"}},
		{name: "all users", typ: "google_storage_bucket_iam_member", after: `{"bucket":"b","role":"roles/storage.objectViewer","member":"allUsers"}`, want: []string{"grant-public member [roles/storage.objectViewer: allUsers]"}},
		{name: "all users own it", typ: "google_storage_bucket_iam_member", after: `{"bucket":"b","role":"roles/owner","member":"allAuthenticatedUsers"}`, want: []string{"grant-admin role [roles/owner: allAuthenticatedUsers]", "grant-public member [roles/owner: allAuthenticatedUsers]"}},
		{name: "unknown member", typ: member, after: `{"project":"p","role":"roles/viewer"}`, unknown: `{"member":true}`, want: []string{"grant-unknown role [roles/viewer] unknown needs member"}},
		{name: "unknown owner", typ: member, after: `{"project":"p","role":"roles/owner"}`, unknown: `{"member":true}`, want: []string{"grant-admin role [roles/owner] unknown needs member"}},
		{name: "unknown role", typ: member, after: `{"project":"p","member":"user:a"}`, unknown: `{"role":true}`, want: []string{"grant-unknown role unknown needs role"}},
		{name: "same again", typ: member, action: "replace", before: m("roles/viewer", "user:a"), after: m("roles/viewer", "user:a")},
		{name: "condition dropped", typ: member, action: "replace", before: `{"project":"p","role":"roles/viewer","member":"user:a","condition":[{"expression":"x"}]}`, after: m("roles/viewer", "user:a"), want: []string{"grant-wider role [roles/viewer: user:a]"}},
		{name: "condition put on", typ: member, action: "replace", before: m("roles/viewer", "user:a"), after: `{"project":"p","role":"roles/viewer","member":"user:a","condition":[{"expression":"x"}]}`},
		{name: "on another project", typ: member, action: "replace", before: m("roles/viewer", "user:a"), after: `{"project":"q","role":"roles/viewer","member":"user:a"}`, want: []string{"grant-wider role [roles/viewer: user:a]"}},
		{name: "on another bucket", typ: "google_storage_bucket_iam_member", action: "replace", before: `{"bucket":"a","role":"roles/viewer","member":"user:a"}`, after: `{"bucket":"b","role":"roles/viewer","member":"user:a"}`, want: []string{"grant-wider role [roles/viewer: user:a]"}},
		{name: "on an unknown project", typ: member, action: "replace", before: m("roles/viewer", "user:a"), after: `{"role":"roles/viewer","member":"user:a"}`, unknown: `{"project":true,"etag":true}`, want: []string{"grant-wider role [roles/viewer: user:a] unknown needs project"}},
		{name: "another role on an unknown project", typ: member, action: "replace", before: m("roles/viewer", "user:a"), after: `{"role":"roles/owner","member":"user:a"}`, unknown: `{"project":true}`, want: []string{"grant-admin role [roles/owner: user:a]"}},
		{name: "member deleted", typ: member, before: m("roles/viewer", "user:a"), want: []string{"grant-withdrawn role [roles/viewer: user:a]"}},
		{
			name: "binding changed", typ: binding, before: `{"role":"roles/viewer","members":["user:a","user:b"]}`, after: `{"role":"roles/viewer","members":["user:b","user:c"]}`,
			want: []string{"grant-wider role [roles/viewer: user:c]", "grant-withdrawn role [roles/viewer: user:a]"},
		},
		{name: "binding reordered", typ: binding, before: `{"role":"roles/viewer","members":["user:a","user:b"]}`, after: `{"role":"roles/viewer","members":["user:b","user:a"]}`},
		{name: "binding with an unknown member", typ: binding, before: `{"role":"roles/viewer","members":["user:a"]}`, after: `{"role":"roles/viewer","members":["user:a",null]}`, unknown: `{"members":[false,true]}`, want: []string{"grant-unknown members[] unknown needs members"}},
		{name: "new binding of a project", typ: binding, after: `{"role":"roles/viewer","members":["user:a"]}`, want: []string{"grant-wider role [roles/viewer: user:a]", "grant-withdrawn members"}},
		{
			name: "whole policy", typ: "google_project_iam_policy", before: `{"policy_data":"{\"bindings\":[{\"role\":\"roles/viewer\",\"members\":[\"user:a\"]}]}"}`, after: `{"policy_data":"{\"bindings\":[{\"role\":\"roles/owner\",\"members\":[\"user:b\"]}]}"}`,
			want: []string{"grant-admin policy_data [roles/owner: user:b]", "grant-withdrawn policy_data [roles/viewer: user:a]"},
		},
		{name: "whole policy written otherwise", typ: "google_project_iam_policy", before: `{"policy_data":"{\"bindings\":[{\"role\":\"r\",\"members\":[\"a\",\"b\"]}]}"}`, after: `{"policy_data":"{\"bindings\":[{\"role\":\"r\",\"members\":[\"b\"]},{\"members\":[\"a\"],\"role\":\"r\"}]}"}`},
		{name: "whole policy unreadable", typ: "google_project_iam_policy", after: `{"policy_data":"{\"bindings\":1}"}`, want: []string{"grant-unknown policy_data"}},
		{name: "custom role", typ: "google_project_iam_custom_role", before: `{"permissions":["a.b.get"]}`, after: `{"permissions":["a.b.get","iam.serviceAccounts.actAs","a.b.list"]}`, want: []string{"grant-escalation permissions[] [iam.serviceAccounts.actAs]", "grant-wider permissions[] [a.b.list]"}},
		{name: "setIamPolicy", typ: "google_project_iam_custom_role", after: `{"permissions":["resourcemanager.projects.setIamPolicy"]}`, want: []string{"grant-escalation permissions[] [resourcemanager.projects.setIamPolicy]"}},
		{name: "fewer permissions", typ: "google_project_iam_custom_role", before: `{"permissions":["a","b"]}`, after: `{"permissions":["a"]}`},
		{name: "key", typ: "google_service_account_key", after: `{"service_account_id":"s"}`, want: []string{"grant-wider service_account_id [s]"}},
		{
			name: "pool without condition", typ: "google_iam_workload_identity_pool_provider", after: `{"oidc":[{"issuer_uri":"https://token.actions.githubusercontent.com"}]}`,
			want: []string{"grant-public attribute_condition", "grant-trust [https://token.actions.githubusercontent.com]"},
		},
		{name: "pool with condition", typ: "google_iam_workload_identity_pool_provider", after: `{"attribute_condition":"x","oidc":[{"issuer_uri":"https://token.actions.githubusercontent.com"}]}`, want: []string{"grant-trust [https://token.actions.githubusercontent.com]"}},
		{name: "pool, condition taken away", typ: "google_iam_workload_identity_pool_provider", before: `{"attribute_condition":"x"}`, after: `{}`, want: []string{"grant-public attribute_condition x →"}},
		{
			name: "whole pool", typ: "google_service_account_iam_member", after: `{"role":"roles/iam.workloadIdentityUser","member":"principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"}`,
			want: []string{"grant-trust role [roles/iam.workloadIdentityUser: principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p…]"},
		},
		{name: "dataset for all", typ: "google_bigquery_dataset", before: `{"access":[{"role":"OWNER","user_by_email":"a"}]}`, after: `{"access":[{"role":"OWNER","user_by_email":"a"},{"role":"READER","special_group":"allAuthenticatedUsers"}]}`, want: []string{"grant-public access [READER: special_group allAuthenticatedUsers]"}},
		{
			name: "denial smaller", typ: "google_iam_deny_policy", before: `{"rules":[{"deny_rule":[{"denied_principals":["principalSet://goog/public:all"],"denied_permissions":["a"]}]}]}`, after: `{"rules":[{"deny_rule":[{"denied_principals":["principalSet://goog/public:all"],"denied_permissions":["a"],"exception_principals":["principal://x"]}]}]}`,
			want: []string{"grant-wider rules[].deny_rule[].exception_principals[] [principal://x]"},
		},
		{name: "yandex", typ: "yandex_resourcemanager_folder_iam_member", after: `{"folder_id":"f","role":"admin","member":"userAccount:a"}`, want: []string{"grant-admin role [admin: userAccount:a]"}},
	})
}

func TestAzure(t *testing.T) {
	t.Parallel()
	ra := "azurerm_role_assignment"
	const sub = "/subscriptions/00000000-0000-0000-0000-000000000000"
	a := func(role, scope string) string {
		return `{"principal_id":"p","role_definition_name":"` + role + `","scope":"` + scope + `"}`
	}
	run(t, []change{
		{name: "reader", typ: ra, after: a("Reader", sub+"/resourceGroups/g"), want: []string{"grant-wider role_definition_name [Reader: p]"}},
		{name: "owner", typ: ra, after: a("Owner", sub), want: []string{"grant-admin role_definition_name [Owner: p]"}},
		{
			name: "owner by id", typ: ra, after: `{"principal_id":"p","scope":"` + sub + `","role_definition_id":"` + sub + `/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}`, unknown: `{"role_definition_name":true}`,
			want: []string{"grant-admin role_definition_id [/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-4…]"},
		},
		{name: "owner for an unknown principal", typ: ra, after: `{"role_definition_name":"Owner","scope":"` + sub + `"}`, unknown: `{"principal_id":true,"role_definition_id":true}`, want: []string{"grant-admin role_definition_name [Owner]"}},
		{name: "unknown role", typ: ra, after: `{"principal_id":"p","scope":"` + sub + `"}`, unknown: `{"role_definition_id":true,"role_definition_name":true}`, want: []string{"grant-unknown role_definition_id unknown needs role_definition_id,role_definition_name"}},
		{name: "wider scope", typ: ra, action: "replace", before: a("Reader", sub+"/resourceGroups/g"), after: a("Reader", sub), want: []string{"grant-wider role_definition_name [Reader: p]"}},
		{name: "narrower scope", typ: ra, action: "replace", before: a("Reader", sub), after: a("Reader", sub+"/resourceGroups/g")},
		{name: "scope beside", typ: ra, action: "replace", before: a("Reader", sub+"/resourceGroups/g"), after: a("Reader", sub+"/resourceGroups/g2"), want: []string{"grant-wider role_definition_name [Reader: p]"}},
		{name: "role all", typ: "azurerm_role_definition", after: `{"permissions":[{"actions":["*"],"not_actions":[]}]}`, want: []string{"grant-admin permissions [*]"}},
		{name: "role assignments", typ: "azurerm_role_definition", after: `{"permissions":[{"actions":["Microsoft.Authorization/*"]}]}`, want: []string{"grant-escalation permissions [Microsoft.Authorization/*]"}},
		{name: "exception taken away", typ: "azurerm_role_definition", before: `{"permissions":[{"actions":["Microsoft.Compute/*"],"not_actions":["Microsoft.Compute/*/delete"]}]}`, after: `{"permissions":[{"actions":["Microsoft.Compute/*"]}]}`, want: []string{"grant-escalation permissions [Microsoft.Compute/*]"}},
		{name: "exception put on", typ: "azurerm_role_definition", before: `{"permissions":[{"actions":["Microsoft.Compute/*"]}]}`, after: `{"permissions":[{"actions":["Microsoft.Compute/*"],"not_actions":["Microsoft.Compute/*/delete"]}]}`},
		{
			name: "vault access", typ: "azurerm_key_vault_access_policy", before: `{"object_id":"o","key_vault_id":"v","secret_permissions":["Get"]}`, after: `{"object_id":"o","key_vault_id":"v","secret_permissions":["Get","Set"]}`,
			want: []string{"grant-escalation secret_permissions[] [Set: o]"},
		},
		{name: "global administrator", typ: "azuread_directory_role_assignment", after: `{"role_id":"62e90394-69f5-4237-9190-012177145e10","principal_object_id":"o"}`, want: []string{"grant-admin role_id [62e90394-69f5-4237-9190-012177145e10: o]"}},
		{name: "graph", typ: "azuread_app_role_assignment", after: `{"app_role_id":"06b708a9-e830-4db3-a914-8e69da51d44f","principal_object_id":"o","resource_object_id":"g"}`, want: []string{"grant-admin app_role_id [06b708a9-e830-4db3-a914-8e69da51d44f: o]"}},
		{name: "federation", typ: "azuread_application_federated_identity_credential", after: `{"issuer":"https://token.actions.githubusercontent.com","subject":"repo:o/r:environment:prod","audiences":["a"]}`, want: []string{"grant-trust subject [repo:o/r:environment:prod]"}},
		{name: "group member", typ: "azuread_group_member", after: `{"group_object_id":"g","member_object_id":"m"}`, want: []string{"grant-wider group_object_id [g: m]"}},
		{name: "group owner added", typ: "azuread_group", before: `{"owners":["a"],"members":[]}`, after: `{"owners":["a","b"],"members":[]}`, want: []string{"grant-escalation owners[] [owner: b]"}},
		{name: "password", typ: "azuread_service_principal_password", after: `{"display_name":"d","value":"secret"}`, sensitive: `{"value":true}`, want: []string{"grant-wider display_name [d]"}},
		{name: "condition for signing in off", typ: "azuread_conditional_access_policy", before: `{"state":"enabled"}`, after: `{"state":"disabled"}`},
		{name: "condition for signing in only reported", typ: "azuread_conditional_access_policy", before: `{"state":"enabled"}`, after: `{"state":"enabledForReportingButNotEnforced"}`, want: []string{"grant-wider state enabled → enabledForReportingButNotEnforced"}},
		{name: "one of the controls is enough", typ: "azuread_conditional_access_policy", before: `{"grant_controls":[{"operator":"AND"}]}`, after: `{"grant_controls":[{"operator":"OR"}]}`, want: []string{"grant-wider grant_controls[].operator AND → OR"}},
	})
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	role := "kubernetes_cluster_role_v1"
	rule := func(groups, resources, verbs string) string {
		return `{"rule":[{"api_groups":[` + groups + `],"resources":[` + resources + `],"verbs":[` + verbs + `]}]}`
	}
	bind := func(role, kind, name string) string {
		return `{"role_ref":[{"kind":"ClusterRole","name":"` + role + `"}],"subject":[{"kind":"` + kind + `","name":"` + name + `","namespace":""}],"metadata":[{"name":"b"}]}`
	}
	crb := "kubernetes_cluster_role_binding"
	run(t, []change{
		{name: "everything", typ: role, after: rule(`"*"`, `"*"`, `"*"`), want: []string{"grant-admin rule [* *]"}},
		{name: "read pods", typ: role, after: rule(`""`, `"pods"`, `"get","list"`), want: []string{"grant-wider rule [get pods | list pods]"}},
		{name: "read secrets", typ: role, after: rule(`""`, `"secrets"`, `"get"`), want: []string{"grant-escalation rule [get secrets]"}},
		{name: "named secret", typ: role, after: `{"rule":[{"api_groups":[""],"resources":["secrets"],"verbs":["get"],"resource_names":["s"]}]}`, want: []string{"grant-wider rule [get secrets]"}},
		{name: "name taken away", typ: role, before: `{"rule":[{"api_groups":[""],"resources":["secrets"],"verbs":["get"],"resource_names":["s"]}]}`, after: rule(`""`, `"secrets"`, `"get"`), want: []string{"grant-escalation rule [get secrets]"}},
		{name: "exec", typ: role, after: rule(`""`, `"pods/exec"`, `"create"`), want: []string{"grant-escalation rule [create pods/exec]"}},
		{name: "impersonate", typ: role, after: rule(`""`, `"users"`, `"impersonate"`), want: []string{"grant-escalation rule [impersonate users]"}},
		{name: "bind", typ: role, after: rule(`"rbac.authorization.k8s.io"`, `"clusterroles"`, `"bind"`), want: []string{"grant-escalation rule [bind clusterroles]"}},
		{name: "rules split", typ: role, before: rule(`""`, `"pods","services"`, `"get","list"`), after: `{"rule":[{"api_groups":[""],"resources":["services"],"verbs":["list","get"]},{"api_groups":[""],"resources":["pods"],"verbs":["get","list"]}]}`},
		{name: "verb taken away", typ: role, before: rule(`""`, `"pods"`, `"*"`), after: rule(`""`, `"pods"`, `"get"`)},
		{name: "unknown rules", typ: role, after: `{}`, unknown: `{"rule":[{"verbs":true}]}`, want: []string{"grant-unknown rule unknown needs rule"}},
		{name: "cluster-admin", typ: crb, after: bind("cluster-admin", "User", "bob"), want: []string{"grant-admin role_ref[].name [cluster-admin: User bob]"}},
		{name: "masters", typ: crb, after: bind("view", "Group", "system:masters"), want: []string{"grant-admin role_ref[].name [view: Group system:masters]"}},
		{name: "anonymous", typ: crb, after: bind("view", "User", "system:anonymous"), want: []string{"grant-public subject [view: User system:anonymous]"}},
		{name: "binding same", typ: crb, before: bind("view", "User", "bob"), after: bind("view", "User", "bob")},
		{name: "subject changed", typ: crb, before: bind("view", "User", "bob"), after: bind("view", "User", "eve"), want: []string{"grant-wider role_ref[].name [view: User eve]", "grant-withdrawn role_ref[].name [view: User bob]"}},
		{name: "manifest role", typ: "kubernetes_manifest", after: `{"manifest":{"kind":"ClusterRole","rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}}`, want: []string{"grant-admin manifest.rules [* *]"}},
		{name: "manifest binding", typ: "kubernetes_manifest", after: `{"manifest":{"kind":"ClusterRoleBinding","roleRef":{"kind":"ClusterRole","name":"cluster-admin"},"subjects":[{"kind":"ServiceAccount","name":"s","namespace":"n"}]}}`, want: []string{"grant-admin manifest.roleRef.name [cluster-admin: ServiceAccount n/s]"}},
		{name: "manifest of something else", typ: "kubernetes_manifest", after: `{"manifest":{"kind":"Deployment"}}`},
		{name: "manifest text", typ: "kubectl_manifest", after: `{"yaml_body":"kind: ClusterRole\nrules:\n- apiGroups: ['*']\n  resources: ['*']\n  verbs: ['*']\n"}`, want: []string{"grant-admin manifest.rules [* *]"}},
		{name: "manifest text marked", typ: "kubectl_manifest", sensitive: `{"yaml_body":true}`, after: `{"yaml_body":"kind: ClusterRole\nrules:\n- apiGroups: ['*']\n  resources: ['*']\n  verbs: ['*']\n"}`, want: []string{"grant-admin manifest.rules sensitive"}},
		{name: "manifest text with anchors", typ: "kubectl_manifest", after: `{"yaml_body":"kind: &a ClusterRole\n"}`, want: []string{"grant-unknown yaml_body"}},
		{
			name: "aws-auth", typ: "kubernetes_config_map", before: `{"metadata":[{"name":"aws-auth"}],"data":{"mapRoles":"- rolearn: a\n  groups: [system:nodes]\n"}}`,
			after: `{"metadata":[{"name":"aws-auth"}],"data":{"mapRoles":"- rolearn: a\n  groups: [system:nodes]\n- rolearn: b\n  groups:\n  - system:masters\n"}}`, want: []string{"grant-admin data [system:masters: b]"},
		},
		{name: "another config map", typ: "kubernetes_config_map", after: `{"metadata":[{"name":"x"}],"data":{"mapRoles":"- rolearn: a\n  groups: [system:masters]\n"}}`},
	})
}

func TestOthers(t *testing.T) {
	t.Parallel()
	run(t, []change{
		{name: "vault root", typ: "vault_policy", after: `{"name":"a","policy":"path \"*\" { capabilities = [\"sudo\", \"read\"] }"}`, want: []string{"grant-admin policy [read * | sudo *]"}},
		{name: "vault narrow", typ: "vault_policy", after: `{"policy":"path \"secret/data/app/*\" { capabilities = [\"read\"] }"}`, want: []string{"grant-wider policy [read secret/data/app/*]"}},
		{name: "vault narrower", typ: "vault_policy", before: `{"policy":"path \"secret/*\" { capabilities = [\"read\",\"list\"] }"}`, after: `{"policy":"path \"secret/app\" { capabilities = [\"read\"] }"}`},
		{name: "vault governs", typ: "vault_policy", after: `{"policy":"path \"auth/*\" { capabilities = [\"update\"] }"}`, want: []string{"grant-escalation policy [update auth/*]"}},
		{name: "vault denial gone", typ: "vault_policy", before: `{"policy":"path \"secret/x\" { capabilities = [\"deny\"] }"}`, after: `{"policy":""}`, want: []string{"grant-wider policy [no longer denied: secret/x]"}},
		{name: "vault computed", typ: "vault_policy", after: `{"policy":"path \"secret/x\" { capabilities = [for a in [1]: \"read\"] }"}`, want: []string{"grant-unknown policy"}},
		{name: "vault role", typ: "vault_jwt_auth_backend_role", before: `{"role_name":"r","token_policies":["a"],"bound_claims":{"sub":"x"}}`, after: `{"role_name":"r","token_policies":["a"]}`, want: []string{"grant-trust bound_claims"}},
		{name: "vault role gets a policy", typ: "vault_approle_auth_backend_role", before: `{"role_name":"r","token_policies":["a"]}`, after: `{"role_name":"r","token_policies":["a","root"]}`, want: []string{"grant-admin token_policies[] [root: r]"}},
		{name: "snowflake", typ: "snowflake_grant_account_role", after: `{"role_name":"ACCOUNTADMIN","user_name":"u"}`, want: []string{"grant-admin role_name [ACCOUNTADMIN: u]"}},
		{name: "snowflake ownership", typ: "snowflake_grant_ownership", after: `{"account_role_name":"R","on":[{"object_type":"DATABASE","object_name":"D"}]}`, want: []string{"grant-escalation account_role_name [OWNERSHIP: R]"}},
		{
			name: "databricks", typ: "databricks_permissions", before: `{"access_control":[{"group_name":"a","permission_level":"CAN_VIEW"}]}`, after: `{"access_control":[{"group_name":"a","permission_level":"CAN_VIEW"},{"group_name":"users","permission_level":"CAN_MANAGE"}]}`,
			want: []string{"grant-escalation access_control [CAN_MANAGE: users]", "grant-public access_control [CAN_MANAGE: users]"},
		},
		{name: "atlas", typ: "mongodbatlas_database_user", after: `{"username":"u","roles":[{"role_name":"atlasAdmin"}]}`, want: []string{"grant-admin roles[].role_name [atlasAdmin: u]"}},
		{name: "oracle", typ: "oci_identity_policy", before: `{"statements":["Allow group A to read buckets in tenancy"]}`, after: `{"statements":["Allow group A to manage all-resources in tenancy"]}`, want: []string{"grant-admin statements[] [Allow group A to manage all-resources in tenancy]"}},
		{name: "cloudflare bypass", typ: "cloudflare_zero_trust_access_policy", before: `{"decision":"allow","include":[{"email":"a"}]}`, after: `{"decision":"bypass","include":[{"email":"a"}]}`, want: []string{"grant-public decision allow → bypass"}},
		{name: "okta", typ: "okta_user_admin_roles", after: `{"user_id":"u","admin_roles":["SUPER_ADMIN"]}`, want: []string{"grant-admin admin_roles[] [SUPER_ADMIN: u]"}},
		{name: "scaleway", typ: "scaleway_iam_policy", after: `{"application_id":"a","rule":[{"permission_set_names":["AllProductsFullAccess"]}]}`, want: []string{"grant-admin rule[].permission_set_names[] [AllProductsFullAccess: a]"}},
		{name: "alicloud", typ: "alicloud_ram_policy", after: `{"policy_document":"{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`, want: []string{"grant-admin policy_document [* on *]"}},
		{name: "names are made fit", typ: "mongodbatlas_database_user", after: `{"username":"a\u001b[31m\u202eb\nc","roles":[{"role_name":"read"}]}`, want: []string{"grant-wider roles[].role_name [read: a?[31m?b?c]"}},
	})
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	rs, bp, env := "github_repository_ruleset", "github_branch_protection", "github_repository_environment"
	checksOf := func(contexts string) string {
		return `{"enforcement":"active","rules":[{"required_status_checks":[{"required_check":[` + contexts + `]}]}]}`
	}
	run(t, []change{
		{name: "a required check less", typ: rs, before: checksOf(`{"context":"ci"},{"context":"scan"}`), after: checksOf(`{"context":"ci"}`), want: []string{"gate-weakened rules[].required_status_checks[].required_check[].context [scan]"}},
		{name: "a required check more", typ: rs, before: checksOf(`{"context":"ci"}`), after: checksOf(`{"context":"scan"},{"context":"ci"}`)},
		{name: "all checks gone", typ: rs, before: checksOf(`{"context":"ci"}`), after: `{"enforcement":"active","rules":[{"required_status_checks":[]}]}`, want: []string{"gate-weakened rules[].required_status_checks [ci]"}},
		{name: "rules only evaluated", typ: rs, before: checksOf(``), after: `{"enforcement":"evaluate","rules":[{"required_status_checks":[{"required_check":[]}]}]}`, want: []string{"gate-weakened enforcement active → evaluate"}},
		{name: "bypass", typ: rs, before: checksOf(``), after: `{"bypass_actors":[{"actor_id":5,"actor_type":"RepositoryRole","bypass_mode":"always"}],` + checksOf(``)[1:], want: []string{"gate-weakened bypass_actors [RepositoryRole 5 always]"}},
		{name: "force push", typ: rs, before: `{"rules":[{"non_fast_forward":true}]}`, after: `{"rules":[{"non_fast_forward":false}]}`, want: []string{"gate-weakened rules[].non_fast_forward true → false"}},
		{name: "ruleset gone", typ: rs, before: checksOf(``), want: []string{"gate-weakened"}},
		{name: "ruleset new", typ: rs, after: `{"bypass_actors":[{"actor_id":5}],` + checksOf(`{"context":"ci"}`)[1:]},
		{
			name: "fewer reviews", typ: bp, before: `{"required_pull_request_reviews":[{"required_approving_review_count":2}]}`, after: `{"required_pull_request_reviews":[{"required_approving_review_count":1}]}`,
			want: []string{"gate-weakened required_pull_request_reviews[].required_approving_review_count 2 → 1"},
		},
		{name: "more reviews", typ: bp, before: `{"required_pull_request_reviews":[{"required_approving_review_count":1}]}`, after: `{"required_pull_request_reviews":[{"required_approving_review_count":2}]}`},
		{
			name: "several weaker", typ: bp, before: `{"enforce_admins":true,"require_signed_commits":true,"allows_deletions":false}`, after: `{"enforce_admins":false,"require_signed_commits":false,"allows_deletions":true}`,
			want: []string{"gate-weakened allows_deletions false → true", "gate-weakened enforce_admins true → false", "gate-weakened require_signed_commits true → false"},
		},
		{name: "unknown gate", typ: bp, before: `{"enforce_admins":true}`, after: `{}`, unknown: `{"enforce_admins":true}`, want: []string{"gate-weakened enforce_admins unknown needs enforce_admins"}},
		{name: "pattern", typ: bp, before: `{"pattern":"main"}`, after: `{"pattern":"nothing"}`, want: []string{"gate-weakened pattern main → nothing"}},
		{name: "protection gone", typ: bp, before: `{"pattern":"main"}`, want: []string{"gate-weakened"}},
		{name: "reviewers gone", typ: env, before: `{"environment":"prod","reviewers":[{"users":[1],"teams":[]}]}`, after: `{"environment":"prod","reviewers":[]}`, want: []string{"gate-weakened reviewers [1]"}},
		{name: "reviewer added", typ: env, before: `{"reviewers":[{"users":[1]}]}`, after: `{"reviewers":[{"users":[1,666]}]}`, want: []string{"gate-weakened reviewers[].users[] [666]"}},
		{name: "wait less", typ: env, before: `{"wait_timer":30,"can_admins_bypass":false}`, after: `{"wait_timer":0,"can_admins_bypass":true}`, want: []string{"gate-weakened can_admins_bypass false → true", "gate-weakened wait_timer 30 → 0"}},
		{name: "published", typ: "github_repository", before: `{"visibility":"private"}`, after: `{"visibility":"public"}`, want: []string{"gate-weakened visibility private → public"}},
		{name: "made private", typ: "github_repository", before: `{"visibility":"public"}`, after: `{"visibility":"private"}`},
		{name: "default branch", typ: "github_branch_default", before: `{"branch":"main"}`, after: `{"branch":"dev"}`, want: []string{"gate-weakened branch main → dev"}},
		{name: "all actions", typ: "github_actions_repository_permissions", before: `{"allowed_actions":"selected"}`, after: `{"allowed_actions":"all"}`, want: []string{"gate-weakened allowed_actions selected → all"}},
		{name: "key that writes", typ: "github_repository_deploy_key", after: `{"title":"k","read_only":false}`, want: []string{"gate-weakened read_only → false"}},
		{name: "key that reads", typ: "github_repository_deploy_key", after: `{"title":"k","read_only":true}`, want: []string{"grant-wider title [k]"}},
		{name: "administrator", typ: "github_repository_collaborator", after: `{"username":"eve","permission":"admin","repository":"r"}`, want: []string{"grant-admin permission [admin: eve]"}},
		{name: "maintainers", typ: "github_team_repository", before: `{"team_id":"1","permission":"pull","repository":"r"}`, after: `{"team_id":"1","permission":"maintain","repository":"r"}`, want: []string{"grant-escalation permission [maintain: 1]"}},
		{name: "collaborators", typ: "github_repository_collaborators", before: `{"user":[{"username":"a","permission":"push"}],"team":[]}`, after: `{"user":[{"username":"a","permission":"admin"}],"team":[]}`, want: []string{"grant-admin user [admin: user a]", "grant-withdrawn user [push: user a]"}},
		{name: "webhook hides its address", typ: "github_repository_webhook", after: `{"events":["push"],"configuration":[{"url":"https://x/?token=s"}]}`, want: []string{"grant-wider configuration [push]"}},
		{name: "secret", typ: "github_actions_secret", after: `{"secret_name":"S","plaintext_value":"v"}`, want: []string{"grant-wider [S]"}},
		{name: "workflow file", typ: "github_repository_file", after: `{"file":".github/workflows/x.yml","content":"c"}`, want: []string{"gate-weakened content [.github/workflows/x.yml]"}},
		{name: "workflows may approve", typ: "github_actions_organization_workflow_permissions", before: `{"can_approve_pull_request_reviews":false,"default_workflow_permissions":"read"}`, after: `{"can_approve_pull_request_reviews":true,"default_workflow_permissions":"write"}`, want: []string{"gate-weakened can_approve_pull_request_reviews false → true", "gate-weakened default_workflow_permissions read → write"}},
		{name: "gitlab approvals", typ: "gitlab_project_approval_rule", before: `{"approvals_required":2}`, after: `{"approvals_required":0}`, want: []string{"gate-weakened approvals_required 2 → 0"}},
	})
}
