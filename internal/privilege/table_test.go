package privilege

import (
	"os"
	"strings"
	"testing"
)

// leftOut are types that grant something and are not judged here.
var leftOut = map[string]string{
	"aws_iam_service_linked_role": "what it may is the service's own, and cannot be changed",
	"aws_iam_virtual_mfa_device":  "a second factor gives nothing",
	"azurerm_policy_definition":   "a rule gives nothing until it is assigned, and then it holds back: a guard",
	"azurerm_storage_account":     "who may read it is told by its public attributes",
}

func TestTypesAreLookedAt(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(b))
	if len(names) < 300 {
		t.Fatalf("%d types", len(names))
	}
	for _, typ := range names {
		reason, left := leftOut[typ]
		if Grants(typ) == left {
			t.Errorf("%s: looked at %v; left out because %q", typ, Grants(typ), reason)
		}
	}
	for _, typ := range []string{"google_storage_bucket_iam_member", "google_pubsub_topic_iam_policy", "yandex_resourcemanager_cloud_iam_binding", "google_project_iam_audit_config"} {
		if !Grants(typ) {
			t.Errorf("%s is not looked at", typ)
		}
	}
	for _, typ := range []string{"", "aws_instance", "google_compute_instance", "x_iam_member", "google_iam"} {
		if Grants(typ) {
			t.Errorf("%s is looked at", typ)
		}
	}
}
