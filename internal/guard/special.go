package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// opens are types that open something by being made, whatever they say.
var opens = map[string]string{
	"aws_internet_gateway":                         "its network gets a way to and from the internet",
	"aws_internet_gateway_attachment":              "its network gets a way to and from the internet",
	"aws_s3_bucket_website_configuration":          "the bucket is served as a website",
	"aws_eip_association":                          "the machine gets a public address",
	"alicloud_eip_association":                     "the machine gets a public address",
	"alicloud_db_connection":                       "the database gets a public address",
	"openstack_networking_floatingip_associate_v2": "the machine gets a public address",
	"cloudflare_zero_trust_tunnel_cloudflared":     "what is behind the tunnel can be reached from the internet",
	"cloudflare_tunnel":                            "what is behind the tunnel can be reached from the internet",
	"aws_vpc_peering_connection_accepter":          "another network can be reached, and can reach this one",
	"aws_ec2_transit_gateway_peering_attachment":   "another network can be reached, and can reach this one",
	"azurerm_virtual_network_peering":              "another network can be reached, and can reach this one",
	"google_compute_network_peering":               "another network can be reached, and can reach this one",
	"oci_core_local_peering_gateway":               "another network can be reached, and can reach this one",
	"oci_core_remote_peering_connection":           "another network can be reached, and can reach this one",
	"digitalocean_vpc_peering":                     "another network can be reached, and can reach this one",
	"mongodbatlas_network_peering":                 "another network can be reached, and can reach this one",
	"aws_ram_principal_association":                "what is shared can be used by another account",
	"aws_snapshot_create_volume_permission":        "another account can make a copy of the volume",
	"aws_ami_launch_permission":                    "another account can start the image",
	"openstack_networking_rbac_policy_v2":          "another project can use the network",
}

// special judges what one attribute alone does not tell.
func (j *judge) special() {
	was, now := j.c.Old(), j.c.New()
	if j.before.value == nil {
		was = tfvalue.Side{}
	}
	made := j.before.value == nil
	if note := opens[j.c.Type]; made && note != "" {
		p := j.c.Pend(checks.ConsequencePublic, "")
		p.Note = note
		j.tell(p)
	}
	j.named(was, now)
	switch j.c.Type {
	case "aws_vpc_endpoint_service_allowed_principal":
		v, ok := now.At("principal_arn")
		if before, _ := was.At("principal_arn"); ok && lower(before) != "*" && (lower(v) == "*" || v.Unknown) {
			p := j.c.Pend(checks.ConsequencePublic, "principal_arn")
			p.Note, p.After, p.Sensitive = "any account may ask to connect", v.Word(), v.Sensitive
			if v.Unknown {
				p.Unknown, p.Needs = true, []string{"principal_arn"}
			}
			j.tell(p)
		}
	case "google_compute_project_metadata_item":
		j.startItem(was, now)
	case "aws_s3_bucket":
		j.appears(was, now, "website[]", "the bucket is served as a website")
	case "aws_vpc_peering_connection":
		// Its own account is computed when nobody names another.
		j.appears(was, now, "peer_owner_id", "a network of another account can be reached, and can reach this one")
	case "oci_core_internet_gateway":
		if v, ok := now.At("enabled"); made && (!ok || v.Unknown || switched(v)) {
			p := j.c.Pend(checks.ConsequencePublic, "enabled")
			p.Note = "its network gets a way to and from the internet"
			j.tell(p)
		}
	case "google_compute_instance", "google_compute_instance_template", "google_compute_region_instance_template":
		if n, before := len(now.All("network_interface[].access_config[]")), len(was.All("network_interface[].access_config[]")); n > before {
			p := j.c.Pend(checks.ConsequencePublic, "network_interface[].access_config[]")
			p.Note = "it has a public address"
			for _, v := range now.All("network_interface[].access_config") {
				if v.Unknown {
					p.Unknown, p.Needs = true, []string{"network_interface"}
				}
			}
			j.tell(p)
		}
	case "azurerm_network_interface":
		j.appears(was, now, "ip_configuration[].public_ip_address_id", "it has a public address")
	case "google_compute_forwarding_rule", "google_compute_global_forwarding_rule":
		external := func(s tfvalue.Side) bool {
			v, ok := s.At("load_balancing_scheme")
			return s.Exists() && (!ok || v.Unknown || strings.HasPrefix(lower(v), "external"))
		}
		if external(now) && !external(was) {
			p := j.c.Pend(checks.ConsequencePublic, "load_balancing_scheme")
			v, ok := now.At("load_balancing_scheme")
			if p.Note, p.After = "it can be reached from the internet", v.Word(); !ok {
				p.Note, p.After = "it can be reached from the internet, by default", "EXTERNAL"
			}
			if v.Unknown {
				p.Unknown, p.Needs = true, []string{"load_balancing_scheme"}
			}
			j.tell(p)
		}
	case "kubernetes_service", "kubernetes_service_v1":
		j.service(was, now, "spec[].type", "metadata[].annotations")
	case "kubernetes_manifest":
		if v, ok := now.At("manifest.kind"); ok && lower(v) == "service" {
			j.service(was, now, "manifest.spec.type", "manifest.metadata.annotations")
		}
	}
}

// appears tells of an attribute that is set and was not.
func (j *judge) appears(was, now tfvalue.Side, path, note string) {
	set := func(s tfvalue.Side) (n int, unknown bool) {
		for _, v := range s.All(path) {
			if filled(v) {
				n++
			}
			unknown = unknown || v.Unknown
		}
		return n, unknown
	}
	before, _ := set(was)
	after, unknown := set(now)
	if after <= before && (!unknown || before > 0) {
		return
	}
	p := j.c.Pend(checks.ConsequencePublic, path)
	p.Note = note
	if after <= before {
		top, _, _ := strings.Cut(path, ".")
		p.Unknown, p.Needs = true, []string{strings.TrimSuffix(top, "[]")}
	}
	j.tell(p)
}

// service judges a Kubernetes service that gets a load balancer, or a port on every
// node.
func (j *judge) service(was, now tfvalue.Side, path, annotations string) {
	kind := func(s tfvalue.Side) (string, tfvalue.Value) {
		v, _ := s.At(path)
		return lower(v), v
	}
	before, _ := kind(was)
	after, v := kind(now)
	if v.Unknown {
		after = "loadbalancer"
	}
	if after == before || after != "loadbalancer" && (after != "nodeport" || !was.Exists()) {
		return
	}
	for _, a := range now.All(annotations) {
		m, _ := a.Value.(map[string]any)
		for key := range m {
			e, _ := a.Member(key)
			t := lower(e)
			if strings.Contains(key, "internal") && t != "false" && t != "0" || strings.Contains(key, "scheme") && t == "internal" ||
				strings.Contains(key, "load-balancer-type") && t == "internal" {
				return
			}
		}
	}
	p := j.c.Pend(checks.ConsequencePublic, path)
	p.Note, p.After, p.Sensitive = "it can be reached from outside the cluster", v.Word(), v.Sensitive
	if v.Unknown {
		top, _, _ := strings.Cut(strings.ReplaceAll(path, "[]", ""), ".")
		p.Unknown, p.Needs = true, []string{top}
	}
	j.tell(p)
}
