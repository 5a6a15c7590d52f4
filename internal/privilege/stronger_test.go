package privilege

import (
	"strings"
	"testing"
)

func TestAzureScope(t *testing.T) {
	t.Parallel()
	ra := "azurerm_role_assignment"
	const sub = "/subscriptions/00000000-0000-0000-0000-000000000000"
	a := func(role, scope string) string {
		return `{"principal_id":"p","role_definition_name":"` + role + `","scope":"` + scope + `"}`
	}
	const site = sub + "/resourceGroups/g/providers/Microsoft.Web/sites/w"
	escalation := func(role string) []string {
		return []string{"grant-escalation role_definition_name [" + role + ": p]"}
	}
	admin := func(role string) []string {
		return []string{"grant-admin role_definition_name [" + role + ": p]"}
	}
	run(t, []change{
		{name: "contributor of one thing", typ: ra, after: a("Contributor", site), want: escalation("Contributor")},
		{name: "contributor of a slot", typ: ra, after: a("Contributor", site+"/slots/s"), want: escalation("Contributor")},
		{name: "owner of a group", typ: ra, after: a("Owner", sub+"/resourceGroups/g"), want: escalation("Owner")},
		{name: "contributor of a subscription", typ: ra, after: a("Contributor", sub), want: admin("Contributor")},
		{name: "contributor of a management group", typ: ra, after: a("Contributor", "/providers/Microsoft.Management/managementGroups/m"), want: admin("Contributor")},
		{name: "contributor of all", typ: ra, after: a("Contributor", "/"), want: admin("Contributor")},
		{name: "a group without a name", typ: ra, after: a("Owner", sub+"/resourceGroups/"), want: admin("Owner")},
		{name: "a way up", typ: ra, after: a("Owner", sub+"/resourceGroups/.."), want: admin("Owner")},
		{name: "a way up, written otherwise", typ: ra, after: a("Owner", sub+"/resourceGroups/%2e%2e"), want: admin("Owner")},
		{name: "unknown scope", typ: ra, after: `{"principal_id":"p","role_definition_name":"Owner"}`, unknown: `{"scope":true}`, want: admin("Owner")},
		{name: "from a group to the subscription", typ: ra, action: "replace", before: a("Owner", sub+"/resourceGroups/g"), after: a("Owner", sub), want: admin("Owner")},
	})
}

func TestAnotherCheckInItsPlace(t *testing.T) {
	t.Parallel()
	rs, bp := "github_repository_ruleset", "github_branch_protection_v3"
	const at = "rules[].required_status_checks[].required_check[].context"
	of := func(names ...string) string {
		return `{"enforcement":"active","rules":[{"required_status_checks":[{"required_check":[{"context":"` + strings.Join(names, `"},{"context":"`) + `"}]}]}]}`
	}
	v3 := func(names ...string) string {
		return `{"required_status_checks":[{"checks":["` + strings.Join(names, `","`) + `"]}]}`
	}
	run(t, []change{
		{name: "renamed", typ: rs, before: of("ci / test"), after: of("ci / tests"), want: []string{"guardrail-off " + at + " [ci / test | instead: ci / tests]"}},
		{name: "renamed and one more", typ: rs, before: of("a"), after: of("b", "c"), want: []string{"guardrail-off " + at + " [a | instead: b | instead: c]"}},
		{name: "two become one", typ: rs, before: of("a", "b"), after: of("c"), want: []string{"gate-weakened " + at + " [a | b]"}},
		{name: "two become one that is there twice", typ: rs, before: of("a", "b"), after: of("c", "c"), want: []string{"gate-weakened " + at + " [a | b]"}},
		{name: "renamed in a branch", typ: bp, before: v3("ci:1"), after: v3("build:1"), want: []string{"guardrail-off required_status_checks[].checks[] [ci:1 | instead: build:1]"}},
		{name: "the same from any program", typ: bp, before: v3("ci:1"), after: v3("ci:-1"), want: []string{"gate-weakened required_status_checks[].checks[] [ci:1]"}},
		{name: "the same from none named", typ: bp, before: v3("ci:1"), after: v3("ci"), want: []string{"gate-weakened required_status_checks[].checks[] [ci:1]"}},
	})
}

func TestActsAs(t *testing.T) {
	t.Parallel()
	vm := "google_compute_instance"
	pod := func(name string) string {
		return `{"spec":[{"template":[{"spec":[{"service_account_name":"` + name + `"}]}]}]}`
	}
	manifest := func(name string) string {
		return `{"manifest":{"kind":"Deployment","spec":{"template":{"spec":{"serviceAccountName":"` + name + `"}}}}}`
	}
	run(t, []change{
		{name: "profile", typ: "aws_instance", before: `{"iam_instance_profile":"low"}`, after: `{"iam_instance_profile":"admin"}`, want: []string{"grant-wider iam_instance_profile [admin]"}},
		{name: "profile where there was none", typ: "aws_instance", before: `{"iam_instance_profile":""}`, after: `{"iam_instance_profile":"admin"}`, want: []string{"grant-wider iam_instance_profile [admin]"}},
		{name: "profile taken away", typ: "aws_instance", before: `{"iam_instance_profile":"low"}`, after: `{"iam_instance_profile":""}`},
		{name: "new machine", typ: "aws_instance", after: `{"iam_instance_profile":"admin"}`},
		{name: "profile known after apply", typ: "aws_instance", before: `{"iam_instance_profile":"low"}`, after: `{}`, unknown: `{"iam_instance_profile":true}`, want: []string{"grant-wider iam_instance_profile unknown needs iam_instance_profile"}},
		{name: "something else", typ: "aws_instance", before: `{"iam_instance_profile":"low","ami":"a"}`, after: `{"iam_instance_profile":"low","ami":"b"}`},
		{name: "role", typ: "aws_lambda_function", before: `{"role":"arn:low"}`, after: `{"role":"arn:admin"}`, want: []string{"grant-wider role [arn:admin]"}},
		{name: "service role", typ: "aws_codebuild_project", before: `{"service_role":"low"}`, after: `{"service_role":"admin"}`, want: []string{"grant-wider service_role [admin]"}},
		{name: "task", typ: "aws_ecs_task_definition", action: "replace", before: `{"task_role_arn":"low"}`, after: `{"task_role_arn":"admin"}`, want: []string{"grant-wider task_role_arn [admin]"}},
		{name: "account and scope", typ: vm, before: `{"service_account":[{"email":"low","scopes":["https://www.googleapis.com/auth/logging.write"]}]}`, after: `{"service_account":[{"email":"admin","scopes":["https://www.googleapis.com/auth/cloud-platform"]}]}`, want: []string{"grant-wider service_account[].email [admin]", "grant-wider service_account[].scopes[] [cloud-platform]"}},
		{name: "fewer scopes", typ: vm, before: `{"service_account":[{"email":"a","scopes":["cloud-platform"]}]}`, after: `{"service_account":[{"email":"a","scopes":["https://www.googleapis.com/auth/logging.write"]}]}`},
		{name: "function", typ: "google_cloudfunctions_function", before: `{"service_account_email":"low"}`, after: `{"service_account_email":"admin"}`, want: []string{"grant-wider service_account_email [admin]"}},
		{name: "function under the default", typ: "google_cloudfunctions_function", before: `{"service_account_email":"low"}`, after: `{"service_account_email":""}`, want: []string{"grant-wider service_account_email"}},
		{name: "run", typ: "google_cloud_run_v2_service", before: `{"template":[{"service_account":"low"}]}`, after: `{"template":[{"service_account":"admin"}]}`, want: []string{"grant-wider template[].service_account [admin]"}},
		{name: "one more identity", typ: "azurerm_linux_virtual_machine", before: `{"identity":[{"identity_ids":["/low"]}]}`, after: `{"identity":[{"identity_ids":["/low","/admin"]}]}`, want: []string{"grant-wider identity[].identity_ids[] [/admin]"}},
		{name: "pods", typ: "kubernetes_deployment", before: pod("low"), after: pod("admin"), want: []string{"grant-wider spec[].template[].spec[].service_account_name [admin]"}},
		{name: "pods say the default", typ: "kubernetes_deployment_v1", before: pod(""), after: pod("default")},
		{name: "pods in a manifest", typ: "kubernetes_manifest", before: manifest("low"), after: manifest("admin"), want: []string{"grant-wider manifest.spec.template.spec.serviceAccountName [admin]"}},
		{name: "marked", typ: "aws_lambda_function", before: `{"role":"low"}`, after: `{"role":"admin"}`, sensitive: `{"role":true}`, want: []string{"grant-wider role sensitive"}},
	})
	for _, typ := range []string{"aws_instance", "google_cloud_run_service", "azurerm_linux_web_app", "kubernetes_cron_job_v1", "azurerm_key_vault"} {
		if !Grants(typ) {
			t.Errorf("%s is not looked at", typ)
		}
	}
}

func TestVaultInline(t *testing.T) {
	t.Parallel()
	kv := "azurerm_key_vault"
	of := func(policies string) string { return `{"access_policy":[` + policies + `]}` }
	const (
		own  = `{"object_id":"own","secret_permissions":["Get"]}`
		evil = `{"object_id":"evil","secret_permissions":["get"]}`
	)
	run(t, []change{
		{name: "somebody else", typ: kv, before: of(own), after: of(own + "," + evil), want: []string{"grant-wider access_policy [secret get: evil]"}},
		{name: "more", typ: kv, before: of(own), after: of(`{"object_id":"own","secret_permissions":["get","List"]}`), want: []string{"grant-wider access_policy [secret list: own]"}},
		{name: "purge", typ: kv, before: of(own), after: of(`{"object_id":"own","secret_permissions":["get","Purge"]}`), want: []string{"grant-escalation access_policy [secret purge: own]"}},
		{name: "the same right to something else", typ: kv, before: of(own), after: of(`{"object_id":"own","secret_permissions":["get"],"key_permissions":["get"]}`), want: []string{"grant-wider access_policy [key get: own]"}},
		{name: "taken away", typ: kv, before: of(own + "," + evil), after: of(own), want: []string{"grant-withdrawn access_policy [secret get: evil]"}},
		{name: "in another order", typ: kv, before: of(own + "," + evil), after: of(evil + "," + own)},
		{name: "not through an application only", typ: kv, before: of(`{"object_id":"own","application_id":"a","secret_permissions":["get"]}`), after: of(own), want: []string{"grant-wider access_policy [secret get: own]"}},
		{name: "known after apply", typ: kv, before: of(own), after: `{}`, unknown: `{"access_policy":true}`, want: []string{"grant-unknown access_policy unknown needs access_policy"}},
		{name: "the vault is gone", typ: kv, before: of(own)},
	})
}

func TestAdminInOtherWords(t *testing.T) {
	t.Parallel()
	policy := func(actions, resource string) string {
		return `{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[` + strings.ReplaceAll(actions, `"`, `\"`) + `],\"Resource\":\"` + resource + `\"}}"}`
	}
	var letters []string
	for c := 'a'; c <= 'z'; c++ {
		letters = append(letters, `"`+string(c)+`*"`)
	}
	for _, c := range []struct{ actions, resource, want string }{
		{`"*:?*"`, "*", "grant-admin"},
		{`"??????????????*"`, "*", "grant-admin"},
		{`"iam:?*"`, "*", "grant-admin"},
		{`"*"`, "?*", "grant-admin"},
		{`"*:?*"`, "arn:*", "grant-admin"},
		{strings.Join(letters, ","), "*", "grant-admin"},
		{`"iam:Get*"`, "*", "grant-wider"},
		{`"?????????????????*"`, "*", "grant-admin"},
		{`"s3:?*"`, "*", "grant-escalation"},
		{`"s3:Get*","ec2:Describe*"`, "*", "grant-wider"},
	} {
		got := Consequences(change{typ: "aws_iam_policy", after: policy(c.actions, c.resource)}.value(t))
		if len(got) == 0 || string(got[0].Kind) != c.want {
			t.Errorf("%s on %s: %+v, want %s", c.actions, c.resource, got, c.want)
		}
	}
	run(t, []change{
		{name: "every verb", typ: "azurerm_role_definition", after: `{"permissions":[{"actions":["*/read","*/write","*/delete","*/action"]}]}`, want: []string{"grant-admin permissions [*/action | */delete | */write]", "grant-wider permissions [*/read]"}},
		{name: "the last verb", typ: "azurerm_role_definition", before: `{"permissions":[{"actions":["*/read","*/write","*/delete"]}]}`, after: `{"permissions":[{"actions":["*/read","*/write","*/delete","*/action"]}]}`, want: []string{"grant-admin permissions [*/action]"}},
		{name: "only reading", typ: "azurerm_role_definition", after: `{"permissions":[{"actions":["*/read"]}]}`, want: []string{"grant-wider permissions [*/read]"}},
	})
}
