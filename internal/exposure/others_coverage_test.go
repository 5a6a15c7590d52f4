package exposure

import (
	"strings"
	"testing"
)

// A type is read in one way.
func TestTypesAreReadOnce(t *testing.T) {
	t.Parallel()
	once := map[string]bool{}
	for _, m := range []map[string]extract{otherExtractors(), awsExtractors(), filterExtractors()} {
		for name := range m {
			if once[name] {
				t.Errorf("%s is read twice", name)
			}
			once[name] = true
		}
	}
	for name := range remains {
		if !Exposes(name) {
			t.Errorf("%s leaves something and is not read", name)
		}
	}
	for name := range eitherWay {
		if !Exposes(name) {
			t.Errorf("%s is not read", name)
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
