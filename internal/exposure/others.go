package exposure

import "maps"

// The types of the providers other than AWS that say who may connect.
//
// Each side of a change is read into lines by an extractor: by one written for the
// type (azure.go, google.go, oci.go, kubernetes.go, others_single.go), or by one that
// is told where the type has what (others_types.go). The rules of reading are the
// same for all:
//
//   - What is not known before apply lets in whoever it could: a source is unknown, the
//     ports are all ports, an action allows, a rule that allows comes first and one that
//     denies comes last. A whole block that may be the provider's own default counts
//     only if the configuration sets it.
//   - What cannot be read, a text where there should be blocks, an address that is
//     none, is treated the same.
//   - Where a provider takes nothing for everybody, so do we.
//   - A rule that is limited to some machines or destinations: see scoped.
//   - A rule set that stands on something that allows: see lapse.
//
// Covered are the types in the maps of the files named; notExtracted lists the types
// of rules that are not, with the reason.
//
// Not known to this package, and so not told: that a service becomes open because the
// last of its rules, each a resource of its own, goes (a Redis cache); that a rule set
// is detached from what it guards; what a name stands for (service tags, lists of other
// states).
func otherExtractors() map[string]extract {
	m := map[string]extract{}
	maps.Copy(m, azureExtractors())
	maps.Copy(m, googleExtractors())
	maps.Copy(m, ociExtractors())
	maps.Copy(m, kubernetesExtractors())
	maps.Copy(m, carriedExtractors())
	maps.Copy(m, singleExtractors())
	for name, x := range shapes() {
		m[name] = x.extract
	}
	for name, x := range listShapes() {
		m[name] = x.extract
	}
	for name, x := range m {
		m[name] = settle(x)
	}
	return m
}

// otherRemains are extractors for what is left when an object is destroyed, from the
// object as it was: mostly nothing, but a rule that kept somebody out opens when it
// goes.
func otherRemains() map[string]extract {
	m := map[string]extract{
		"digitalocean_database_firewall":                     digitalOceanGone,
		"azurerm_network_security_rule":                      lapsed(azureRule, "egress"),
		"google_compute_firewall":                            lapsed(googleFirewall, "egress"),
		"google_compute_firewall_policy_rule":                lapsed(googlePolicyRule, "ingress", "egress"),
		"google_compute_network_firewall_policy_rule":        lapsed(googlePolicyRule, "ingress", "egress"),
		"google_compute_region_network_firewall_policy_rule": lapsed(googlePolicyRule, "ingress", "egress"),
		"google_app_engine_firewall_rule":                    lapsed(googleAppRule, "ingress"),
		"cloudflare_access_rule":                             lapsed(cloudflareAccess, "ingress"),
		"databricks_ip_access_list":                          lapsed(databricksList, "ingress"),
	}
	for name, x := range m {
		m[name] = settle(x)
	}
	return m
}

// notExtracted are the types of rules, routes, address lists, access lists and web
// firewalls that are not read, with the reason. A reason that names package guard is
// about a switch, which is judged there.
var notExtracted = map[string]string{
	"azurerm_mssql_virtual_network_rule":             "lets in a subnet of the owner's, nobody from outside",
	"azurerm_mssql_outbound_firewall_rule":           "names a server's destination by its own name; no addresses",
	"aws_elasticache_security_group":                 "lets in groups of the owner's by their names; the cloud has no such thing any more",
	"ibm_pi_network_security_group_rule":             "lets in groups and address groups by identifiers of a service that has no public addresses",
	"cloudflare_zero_trust_tunnel_cloudflared_route": "who may use the tunnel is decided by access policies",
	"cloudflare_magic_transit_site_acl":              "between sites of the same owner",
	"scaleway_object_bucket_acl":                     bucketACL,
	"oci_objectstorage_preauthrequest":               bucketACL,

	"alicloud_oss_bucket_acl":                      bucketACL,
	"aws_s3_bucket_acl":                            bucketACL,
	"azurerm_storage_container":                    bucketACL,
	"digitalocean_spaces_bucket":                   bucketACL,
	"google_storage_bucket_access_control":         bucketACL,
	"google_storage_bucket_acl":                    bucketACL,
	"google_storage_default_object_access_control": bucketACL,
	"google_storage_default_object_acl":            bucketACL,
	"google_storage_object_access_control":         bucketACL,
	"google_storage_object_acl":                    bucketACL,
	"huaweicloud_obs_bucket_acl":                   bucketACL,
	"oci_objectstorage_bucket":                     bucketACL,

	"aws_networkfirewall_firewall_policy":         firewall,
	"aws_wafv2_web_acl":                           firewall,
	"aws_wafv2_web_acl_association":               firewall,
	"azurerm_cdn_frontdoor_firewall_policy":       firewall,
	"azurerm_firewall_policy":                     firewall,
	"azurerm_web_application_firewall_policy":     firewall,
	"cloudflare_filter":                           firewall,
	"cloudflare_firewall_rule":                    firewall,
	"cloudflare_ruleset":                          firewall,
	"google_compute_organization_security_policy": firewall,
	"ibm_cis_firewall":                            firewall,
	"oci_waf_web_app_firewall_policy":             firewall,
	"openstack_fw_policy_v2":                      firewall,
}

const (
	bucketACL = "who may read objects, not who may connect: package guard judges it as public data"
	firewall  = "switches and conditions in a language of their own, without addresses that could be compared: package guard judges what is taken away or switched off"
)
