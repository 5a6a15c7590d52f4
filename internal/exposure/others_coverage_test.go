package exposure

import (
	_ "embed"
	"strings"
	"testing"
)

//go:embed testdata/other_types.txt
var otherTypes string

// Every type of rule of the table is read, or somebody said why not.
func TestEveryRuleTypeIsRead(t *testing.T) {
	listed := map[string]bool{}
	extracted := otherExtractors()
	n := 0
	for text := range strings.Lines(otherTypes) {
		name, kind, ok := strings.Cut(strings.TrimSpace(text), " ")
		if !ok {
			t.Fatalf("line %q", text)
		}
		listed[name] = true
		switch kind {
		case "rule", "rule_set_inline", "rule_list_inline", "route", "route_set_inline", "address_list":
			n++
			if extracted[name] == nil && notExtracted[name] == "" {
				t.Errorf("%s (%s) is neither read nor left out with a reason", name, kind)
			}
		}
		if extracted[name] != nil && notExtracted[name] != "" {
			t.Errorf("%s is read and left out", name)
		}
	}
	if n < 90 {
		t.Errorf("%d types of rules in the list", n)
	}
	for name := range notExtracted {
		if !listed[name] {
			t.Errorf("%s is left out and not in the list", name)
		}
	}
	for name := range otherRemains() {
		if extracted[name] == nil {
			t.Errorf("%s leaves something and is not read", name)
		}
	}
	for name := range awsExtractors() {
		if extracted[name] != nil {
			t.Errorf("%s is read twice", name)
		}
	}
}

// What the plan marks sensitive is judged and not shown, whatever the type.
func TestSensitiveSourcesAreNotShown(t *testing.T) {
	for _, x := range []struct{ typ, before, after, mask string }{
		{"azurerm_network_security_group", `{"resource_group_name":"rg","name":"n","security_rule":[]}`, `{"resource_group_name":"rg","name":"n","security_rule":[{"access":"Allow","direction":"Inbound","priority":1,"protocol":"Tcp","source_address_prefix":"192.0.2.77","destination_address_prefix":"*","destination_port_range":"22"}]}`, `{"security_rule":true}`},
		{"google_compute_firewall", `{"network":"n","project":"p","allow":[{"protocol":"tcp"}],"source_ranges":["10.0.0.0/8"]}`, `{"network":"n","project":"p","allow":[{"protocol":"tcp"}],"source_ranges":["192.0.2.77"]}`, `{"source_ranges":true}`},
		{"oci_core_security_list", `{"id":"l"}`, `{"id":"l","ingress_security_rules":[{"protocol":"6","source":"192.0.2.77"}]}`, `{"ingress_security_rules":[{"source":true}]}`},
		{"hcloud_firewall", `{"id":"l"}`, `{"id":"l","rule":[{"direction":"in","protocol":"tcp","port":"22","source_ips":["192.0.2.77"]}]}`, `{"rule":true}`},
		{"mongodbatlas_project_ip_access_list", `{"project_id":"p","ip_address":"192.0.2.1"}`, `{"project_id":"p","ip_address":"192.0.2.77"}`, `{"ip_address":true}`},
		{"kubectl_manifest", `{"yaml_body":"kind: ConfigMap"}`, `{"yaml_body":"kind: Service\nspec: {type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.77/32]}"}`, `{"yaml_body":true}`},
	} {
		got := told(t, Limits{}, change("a", x.typ, update, x.before, x.after, `,"after_sensitive":`+x.mask), nil)
		if len(got) != 1 || !strings.HasSuffix(got[0], " sensitive") || strings.Contains(got[0], "192.0.2.77") {
			t.Errorf("%s: %q", x.typ, got)
		}
	}
}
