package privilege

import (
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/resource"
)

// toldElsewhere are types that the table says grant something, and that are not
// judged here.
var toldElsewhere = map[string]string{
	"aws_iam_service_linked_role":         "what it may is the service's own, and cannot be changed",
	"aws_iam_virtual_mfa_device":          "a second factor gives nothing",
	"azurerm_policy_definition":           "a rule gives nothing until it is assigned, and then it holds back: a guard",
	"azurerm_storage_account":             "who may read it is told by its public attributes",
	"aws_organizations_policy_attachment": "it takes away: a guard tells that it is gone, or for something else",
}

// besides are types that the table knows and does not say grant anything: what grants
// is one of their attributes, or what they carry.
var besides = map[string]string{
	"aws_kms_replica_key":                           "has a policy",
	"aws_kms_replica_external_key":                  "has a policy",
	"aws_s3_bucket":                                 "has a policy, in old versions of the provider",
	"aws_secretsmanager_secret":                     "has a policy",
	"azurerm_key_vault":                             "has policies of access",
	"github_actions_environment_secret":             "what workflows use",
	"github_actions_organization_secret":            "what workflows use",
	"github_actions_secret":                         "what workflows use",
	"github_actions_variable":                       "what workflows use",
	"github_codespaces_secret":                      "what development machines use",
	"github_dependabot_secret":                      "what updates use",
	"github_emu_group_mapping":                      "who is in a team",
	"github_repository":                             "has gates",
	"github_repository_dependabot_security_updates": "a gate",
	"github_repository_file":                        "writes past review",
	"gitlab_branch_protection":                      "has gates",
	"gitlab_project":                                "has gates",
	"kubectl_manifest":                              "carries a role or a binding",
	"kubernetes_config_map_v1":                      "aws-auth",
	"kubernetes_manifest":                           "carries a role or a binding",
	"mongodbatlas_project":                          "has teams",
}

func TestTypesOfTheTable(t *testing.T) {
	t.Parallel()
	grants, known := 0, map[string]bool{}
	for _, typ := range resource.Builtin().Types() {
		if strings.ContainsAny(typ.Name, "*?{") {
			continue
		}
		known[typ.Name] = typ.Grants == nil
		if typ.Grants == nil {
			continue
		}
		grants++
		if reason, left := toldElsewhere[typ.Name]; Grants(typ.Name) == left {
			t.Errorf("%s: looked at %v; told elsewhere because %q", typ.Name, Grants(typ.Name), reason)
		}
	}
	if grants < 300 {
		t.Errorf("%d types grant something", grants)
	}
	for _, typ := range sortedKeys(judges) {
		if known[typ] && besides[typ] == "" && acting[typ] == "" {
			t.Errorf("%s: the table knows it and does not say that it grants; why it is looked at must be said", typ)
		}
	}
	for typ := range toldElsewhere {
		if _, ok := known[typ]; !ok {
			t.Errorf("%s is not in the table", typ)
		}
	}
}

func TestPatternsAreLookedAt(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"google_storage_bucket_iam_member", "google_pubsub_topic_iam_policy", "yandex_resourcemanager_cloud_iam_binding", "google_project_iam_audit_config"} {
		if !Grants(typ) {
			t.Errorf("%s is not looked at", typ)
		}
	}
	for _, typ := range []string{"", "aws_vpc", "google_compute_network", "x_iam_member", "google_iam"} {
		if Grants(typ) {
			t.Errorf("%s is looked at", typ)
		}
	}
}
