package resource_test

import (
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

func TestKind(t *testing.T) {
	table := resource.Builtin()
	const crd = "apiVersion: apiextensions.k8s.io/v1\\nkind: CustomResourceDefinition\\n"
	for _, tt := range []struct {
		name, typ, before, after, sensitive, kind string
		class                                     checks.Class
	}{
		{"a volume claim", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":"PersistentVolumeClaim"}}`, "", "", "PersistentVolumeClaim", checks.ClassStateful},
		{"a deployment", "kubernetes_manifest", "", `{"manifest":{"apiVersion":"apps/v1","kind":"Deployment"}}`, "", "Deployment", checks.ClassRecreatable},
		{"another's deployment", "kubernetes_manifest", `{"manifest":{"apiVersion":"evil.io/v1","kind":"Deployment"}}`, "", "", "Deployment", checks.ClassUnclassified},
		{"a definition", "kubernetes_manifest", `{"manifest":{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"}}`, "", "", "CustomResourceDefinition", checks.ClassStateful},
		{"a policy", "kubernetes_manifest", `{"manifest":{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy"}}`, "", "", "NetworkPolicy", checks.ClassGuard},
		{"what is destroyed counts", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":"PersistentVolumeClaim"}}`, `{"manifest":{"apiVersion":"v1","kind":"ConfigMap"}}`, "", "PersistentVolumeClaim", checks.ClassStateful},
		{"a sensitive manifest", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":"PersistentVolumeClaim"}}`, "", `{"manifest":true}`, "", checks.ClassStateful},
		{"a sensitive part", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":"Secret"}}`, "", `{"manifest":{"data":true}}`, "Secret", checks.ClassStateful},
		{"no manifest", "kubernetes_manifest", `{}`, "", "", "", checks.ClassUnclassified},
		{"a kind that is none", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":"<script>"}}`, "", "", "", checks.ClassUnclassified},
		{"a kind that is a list", "kubernetes_manifest", `{"manifest":{"apiVersion":"v1","kind":["Secret"]}}`, "", "", "", checks.ClassUnclassified},
		{"as the provider tells it", "kubectl_manifest", `{"api_version":"v1","kind":"Namespace","yaml_body":"kind: ConfigMap\napiVersion: v1\n"}`, "", "", "Namespace", checks.ClassStateful},
		{"as the text tells it", "kubectl_manifest", "", `{"yaml_body":"` + crd + `"}`, "", "CustomResourceDefinition", checks.ClassStateful},
		{"a sensitive text", "kubectl_manifest", `{"yaml_body":"` + crd + `"}`, "", `{"yaml_body":true}`, "", checks.ClassStateful},
		{"quoted keys", "kubectl_manifest", `{"yaml_body":"\"apiVersion\": v1\n'kind' : PersistentVolumeClaim\n"}`, "", "", "PersistentVolumeClaim", checks.ClassStateful},
		{"two kinds", "kubectl_manifest", `{"yaml_body":"apiVersion: v1\nkind: ConfigMap\n\"kind\": PersistentVolumeClaim\n"}`, "", "", "", checks.ClassUnclassified},
		{"two documents", "kubectl_manifest", `{"yaml_body":"apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Secret\n"}`, "", "", "", checks.ClassUnclassified},
		{"another form", "kubectl_manifest", `{"yaml_body":"{apiVersion: v1, kind: ConfigMap}"}`, "", "", "", checks.ClassUnclassified},
		{"a nested kind", "kubectl_manifest", `{"yaml_body":"apiVersion: v1\nkind: PersistentVolumeClaim\nspec:\n  kind: ConfigMap\n"}`, "", "", "PersistentVolumeClaim", checks.ClassStateful},
		{"an anchor", "kubectl_manifest", `{"yaml_body":"apiVersion: v1\nkind: &k ConfigMap\n"}`, "", "", "", checks.ClassUnclassified},
		{"a database", "azapi_resource", `{"type":"Microsoft.Sql/servers@2023-05-01"}`, "", "", "Microsoft.Sql/servers", checks.ClassStateful},
		{"in another case", "azapi_resource", `{"type":"microsoft.sql/SERVERS/Databases@2023-05-01"}`, "", "", "microsoft.sql/SERVERS/Databases", checks.ClassStateful},
		{"of no known type", "azapi_resource", `{"type":"Microsoft.New/things@2030-01-01"}`, "", "", "Microsoft.New/things", checks.ClassUnclassified},
		{"an update is not the object", "azapi_update_resource", `{"type":"Microsoft.Sql/servers@2023-05-01"}`, "", "", "Microsoft.Sql/servers", checks.ClassUnclassified},
		{"by Cloud Control", "aws_cloudcontrolapi_resource", `{"type_name":"AWS::RDS::DBInstance"}`, "", "", "AWS::RDS::DBInstance", checks.ClassStateful},
		{"a chart", "helm_release", `{"chart":"postgresql"}`, "", "", "postgresql", checks.ClassUnclassified},
		{"a chart at an address", "helm_release", `{"chart":"https://user:pass@example.com/x.tgz"}`, "", "", "", checks.ClassUnclassified},
		{"no carrier", "aws_db_instance", `{"type":"x","kind":"Secret"}`, "", "", "", checks.ClassUnclassified},
	} {
		c := &tfvalue.Change{Type: tt.typ, Mode: "managed", Action: checks.ActionDelete}
		c.Before, c.After = side(t, tt.before, "", "").Root, side(t, tt.after, "", "").Root
		if tt.sensitive != "" {
			mask, _ := value(t, tt.sensitive)
			c.BeforeSensitive = mask.Value
		}
		if tt.before == "" {
			c.Action = checks.ActionCreate
		}
		if got := resource.Kind(c); got != tt.kind {
			t.Errorf("%s: kind is %q, want %q", tt.name, got, tt.kind)
		}
		known, ok := table.Carried(c)
		if known.Class != tt.class || ok != (tt.class != checks.ClassUnclassified) {
			t.Errorf("%s: class is %s %v, want %s", tt.name, known.Class, ok, tt.class)
		}
	}
	if resource.Kind(nil) != "" || resource.Kind(&tfvalue.Change{Type: "kubernetes_manifest"}) != "" {
		t.Error("nothing has a kind")
	}
}

// TestCarriedWith: what the policy says of a type holds for the object behind a
// carrier too.
func TestCarriedWith(t *testing.T) {
	c := &tfvalue.Change{Type: "aws_cloudcontrolapi_resource", Action: checks.ActionDelete, Before: map[string]any{"type_name": "AWS::Lambda::Function"}}
	table := resource.Builtin().With([]resource.Extra{{Type: "aws_lambda_function", Class: checks.ClassStateful}})
	if got, ok := table.Carried(c); !ok || got.Class != checks.ClassStateful {
		t.Errorf("%v %s", ok, got.Class)
	}
}
