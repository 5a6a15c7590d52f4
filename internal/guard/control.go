package guard

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// traits are what matters here of a resource type.
type traits struct {
	control bool // an object whose purpose is to hold something back, or to see it
	filter  bool // a rule set that keeps things out by being there; its rules are judged as exposure
	hole    bool // an object that is an exception from a control: making one weakens it
	key     keep // what is lost with it, of keys and secrets
	what    string
}

// controls are kinds of network types that hold something back.
var controls = map[string]bool{"guardrail": true, "waf": true, "attachment": true, "appliance": true, "policy": true}

// notControls are guards in another sense: the rules of who may do what, which are
// judged as grants, and what lets in rather than keeps out.
var notControls = map[string]bool{
	"azurerm_key_vault_access_policy": true, "aws_network_interface_sg_attachment": true, "aws_backup_vault_policy": true,
}

// filters are rule sets without which everything is let in; of other rule sets the
// absence means that nothing is.
var filters = map[string]bool{
	"aws_network_acl": true, "azurerm_network_security_group": true, "hcloud_firewall": true, "digitalocean_firewall": true,
	"linode_firewall": true, "vultr_firewall_group": true, "digitalocean_database_firewall": true, "oci_core_security_list": true,
	"openstack_fw_group_v2": true, "scaleway_instance_security_group": true, "google_compute_firewall_policy": true,
	"google_compute_network_firewall_policy": true, "google_compute_region_network_firewall_policy": true,
	"azurerm_firewall_policy_rule_collection_group": true,
}

// moreControls are controls that the table does not say are any.
var moreControls = map[string]bool{
	"aws_networkfirewall_rule_group": true, "aws_wafv2_rule_group": true, "aws_waf_web_acl": true, "aws_wafregional_web_acl": true,
	"aws_wafregional_web_acl_association": true, "aws_securityhub_standards_subscription": true, "aws_guardduty_organization_configuration": true,
	"aws_controltower_control": true,
}

// holes are exceptions from controls.
var holes = map[string]string{
	"google_logging_project_exclusion":                               "logs of that kind are not kept",
	"google_logging_folder_exclusion":                                "logs of that kind are not kept",
	"google_logging_organization_exclusion":                          "logs of that kind are not kept",
	"google_logging_billing_account_exclusion":                       "logs of that kind are not kept",
	"aws_vpc_block_public_access_exclusion":                          "the block of public access does not hold there",
	"azurerm_resource_policy_exemption":                              "a policy does not hold there",
	"azurerm_resource_group_policy_exemption":                        "a policy does not hold there",
	"azurerm_subscription_policy_exemption":                          "a policy does not hold there",
	"azurerm_management_group_policy_exemption":                      "a policy does not hold there",
	"aws_guardduty_filter":                                           "findings of that kind can be put away unseen",
	"aws_securityhub_automation_rule":                                "findings of that kind can be put away unseen",
	"google_scc_mute_config":                                         "findings of that kind are put away unseen",
	"google_scc_v2_organization_mute_config":                         "findings of that kind are put away unseen",
	"aws_config_remediation_exception":                               "a rule does not hold there",
	"google_access_context_manager_service_perimeter_ingress_policy": "the perimeter lets more in",
	"google_access_context_manager_service_perimeter_egress_policy":  "the perimeter lets more out",
}

// carried says what an opaque carrier holds, where that is a control that the table
// does not know.
var carried = map[string]string{
	// Kinds of Kubernetes, of any group: Calico and Cilium have network policies too.
	"networkpolicy": "network policy", "globalnetworkpolicy": "network policy", "ciliumnetworkpolicy": "network policy",
	"ciliumclusterwidenetworkpolicy": "network policy", "adminnetworkpolicy": "network policy", "clusterpolicy": "admission policy",
	"validatingadmissionpolicy": "admission policy", "validatingadmissionpolicybinding": "admission policy",
	"peerauthentication": "mesh policy", "authorizationpolicy": "mesh policy",

	"microsoft.authorization/policyassignments": "policy assignment", "microsoft.network/networksecuritygroups": "network security group",
	"microsoft.security/pricings": "security plan", "microsoft.network/azurefirewalls": "firewall",
	"microsoft.network/applicationgatewaywebapplicationfirewallpolicies": "web firewall",
	"microsoft.network/frontdoorwebapplicationfirewallpolicies":          "web firewall",

	"aws::wafv2::webacl": "web firewall", "aws::wafv2::webaclassociation": "web firewall", "aws::networkfirewall::firewall": "firewall",
	"aws::ec2::networkacl": "network ACL", "aws::organizations::policy": "organisation policy",
}

func traitsOf(c *tfvalue.Change, t resource.Type) traits {
	tr := traits{key: keeps(t.Name), what: "the control"}
	if note, ok := holes[t.Name]; ok {
		tr.hole, tr.what = true, note
		return tr
	}
	gate := t.Grants != nil && t.Grants.Gate // judged as a gate, with more care
	switch {
	case gate, notControls[t.Name], t.Class == checks.ClassStateful:
	case filters[t.Name]:
		tr.filter = true
	case t.Guard, moreControls[t.Name], t.Network != nil && controls[t.Network.Kind]:
		tr.control = true
	}
	if kind := carries(c); kind != "" && !tr.control && !tr.filter {
		tr.control, tr.what = true, "the "+kind
	}
	return tr
}

// carries is the control that an opaque carrier holds; empty when it is none.
func carries(c *tfvalue.Change) string {
	side := c.Old()
	if !side.Exists() {
		side = c.New()
	}
	var path string
	switch c.Type {
	case "kubernetes_manifest":
		path = "manifest.kind"
	case "kubectl_manifest":
		path = "kind"
	case "azapi_resource", "azapi_update_resource":
		path = "type"
	case "aws_cloudcontrolapi_resource":
		path = "type_name"
	default:
		return ""
	}
	v, _ := side.At(path)
	kind, _, _ := strings.Cut(lower(v), "@")
	return carried[kind]
}

// subjects are attributes that say what a control is for, or which one it is.
var subjects = map[string]bool{
	"bucket": true, "vpc_id": true, "subnet_id": true, "subnet_ids": true, "eni_id": true, "transit_gateway_id": true, "resource_arn": true,
	"resource_arns": true, "resource_id": true, "target_id": true, "target_resource_id": true, "scope": true, "web_acl_arn": true,
	"web_acl_id": true, "network_security_group_id": true, "network_interface_id": true, "policy_id": true, "policy_definition_id": true,
	"account_id": true, "account_ids": true, "subscription_id": true, "management_group_id": true, "resource_group_id": true, "source_vm_id": true,
	"instance_id": true, "key_id": true, "secret_id": true, "zone_id": true, "hosted_zone_id": true, "server_id": true, "server_ids": true,
	"database_id": true, "storage_account_id": true, "file_system_id": true, "queue_url": true, "firewall_policy": true, "attachment_target": true,
	"disk": true, "destination": true, "log_destination": true, "s3_bucket_name": true, "cloud_watch_logs_group_arn": true,
	"log_analytics_workspace_id": true, "eventhub_authorization_rule_id": true, "source_db_instance_arn": true, "linode_id": true, "firewall_id": true,
	"device_id": true, "repository": true, "cluster_id": true, "firewall_policy_id": true, "firewall_policy_arn": true, "iam_role_arn": true,
}

// loosening are starts of names of attributes of a control that loosen it while they
// are on, and by every element they have more.
var loosening = []string{
	"allow", "disable", "skip", "bypass", "suspend", "exclu", "ignore", "exempt", "except", "paused", "not_", "override", "rule_action_override",
	"permit", "unrestricted", "mute", "count_only", "dry_run", "use_explicit_dry_run", "preview",
}

// Parts of names of numbers in a control: of the first a larger one holds less, of
// the second a smaller one.
var (
	ceilings = []string{"limit", "threshold", "max", "requests_per_period", "grace"}
	floors   = []string{"retention", "retain", "days", "hours", "min", "required", "length", "prevention", "history", "sampl"}
)

// neutral are attributes of a control that say nothing of how much it holds.
var neutral = map[string]bool{
	"description": true, "name": true, "id": true, "arn": true, "etag": true, "fingerprint": true, "self_link": true, "display_name": true,
	"tags": true, "tags_all": true, "labels": true, "comment": true, "version": true, "capacity": true, "creation_timestamp": true,
	"metadata": true, "policy_type": true, "generation": true, "status_message": true, "provisioning_state": true, "computed_fields": true,
}

// definitions are attributes that are the control itself, in a language of its own.
var definitions = map[string]bool{
	"expression": true, "filter": true, "rules_string": true, "rule_string": true, "policy_rule": true, "content": true, "search_string": true,
	"regex_string": true, "policy_content": true, "cedar_policy": true, "definition": true, "masking_expression": true, "body": true,
	"schema_filter": true,
}

// stages are words by how much they hold: what is listed later holds less.
var stages = func() map[string]int {
	m := map[string]int{}
	for i, group := range []string{
		"enabled on active enforced enforce enforcing prevention prevent block deny required true compliance all all_accounts reject",
		"governance detection detect challenge captcha js_challenge managed_challenge log_and_deny once default",
		"audit count log log_only monitor monitoring dry_run dryrun dry-run evaluate evaluation warn alert permissive report governance_only optional accept",
		"disabled disable off inactive suspended none allow false paused donotenforce unblocked unprotected bypass removed",
	} {
		for _, w := range strings.Fields(group) {
			m[w] = 4 - i
		}
	}
	return m
}()

// strict judges an attribute of a control that the table does not name: whatever is
// switched off, unless it is an exception from the control, and whatever moves to a
// milder word.
func (j *judge) strict(w *walk, name string, b, a tfvalue.Value, bok, aok bool) {
	if j.before.value == nil || neutral[name] || neutral[w.top()] {
		return
	}
	p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
	p.Sensitive = b.Sensitive || a.Sensitive
	if a.Unknown {
		p.Unknown, p.Needs = true, []string{w.top()}
	}
	switch {
	case subjects[name]:
		if !bok || b.Value == "" {
			return
		}
		p.Note = j.traits.what + " is for something else from then on, and what it was for is without it"
		j.tell(p)
		return
	case definitions[name]:
		if bok {
			p.Note = "what " + j.traits.what + " says is changed; whether it holds less is not judged"
			j.tell(p)
		}
		return
	}
	looser := anyStart(name, loosening)
	p.Before, p.After, p.Note = b.Word(), a.Word(), j.traits.what+" holds less"
	bb, bIs := b.Bool()
	ab, aIs := a.Bool()
	switch {
	case moves(name, b, a):
		j.tell(p)
	case name == "action" && !bok && anyStart(lower(a), loosening):
		p.Note = "exceptions from " + j.traits.what + " are added"
		j.tell(p)
	case name == "traffic_type": // of what a flow log sees, all is the most
		if lower(b) == "all" && lower(a) != "all" {
			j.tell(p)
		}
	case bIs && looser, !bok && aIs && looser:
		if !bb && (a.Unknown || ab) {
			j.tell(p)
		}
	case bIs && !looser:
		if bb && (a.Unknown || !ab) {
			j.tell(p)
		}
	case bok && !looser && stages[lower(b)] > 0:
		if a.Unknown || stages[lower(a)] < stages[lower(b)] && (stages[lower(a)] > 0 || !filled(a)) {
			j.tell(p)
		}
	}
}

// moves reports whether a number moves to where it holds less.
func moves(name string, b, a tfvalue.Value) bool {
	was, ok := b.Number()
	is, also := a.Number()
	switch {
	case !ok || b.Value == "":
		return false
	case anyPart(name, floors):
		return a.Unknown || also && is < was || !also && was > 0
	case anyPart(name, ceilings):
		return a.Unknown || also && is > was || !also
	}
	return false
}

// gained judges parts that come: what lets something through, in a control.
func (j *judge) gained(w *walk, n int) {
	name := fold(w.name())
	if !j.traits.control || j.before.value == nil || w.gone || !anyStart(name, loosening) && name != "count" || j.owned.has(places(w)) {
		return
	}
	p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
	p.More, p.Note = n, "exceptions from "+j.traits.what+" are added"
	j.tell(p)
}

// loosened judges a list of single values in a control: exceptions that are added,
// and what it is for that goes.
func (j *judge) loosened(w *walk, name string, b, a node) {
	if !anyStart(name, loosening) || neutral[name] {
		return
	}
	have := map[string]bool{}
	for _, e := range elements(b) {
		if k, ok := scalar(e.value); ok {
			have[k] = true
		}
	}
	p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
	for _, e := range elements(a) {
		k, ok := scalar(e.value)
		switch {
		case !ok && e.whole():
			p.Unknown, p.Needs = true, []string{w.top()}
			p.More++
		case ok && !have[k]:
			p.More++
		}
	}
	if p.More == 0 {
		return
	}
	p.Note, p.Sensitive = "exceptions from "+j.traits.what+" are added", tfvalue.Marked(a.sensitive)
	j.tell(p)
}

// made judges a new object: an exception from a control, or a thing that cannot be
// taken back.
func (j *judge) made() {
	if j.traits.hole {
		p := j.c.Pend(checks.ConsequenceGuardrailOff, "")
		p.Note = j.traits.what
		j.tell(p)
	}
	if j.typ.Irreversible != "" {
		p := j.c.Pend(checks.ConsequenceIrreversible, "")
		p.Note = j.typ.Irreversible
		j.tell(p)
	}
}

// destroyed judges an object that goes.
func (j *judge) destroyed() {
	if j.traits.key != "" {
		j.keyDestroyed() // a rotation is a control too: it is told once
		return
	}
	if j.traits.control || j.traits.filter {
		p := j.c.Pend(checks.ConsequenceGuardrailOff, "")
		p.Note = j.gone()
		j.tell(p)
	}
}

// gone says what it means that a control is not there any more.
func (j *judge) gone() string {
	n := j.typ.Network
	switch {
	case j.typ.Loses != "":
		return j.typ.Loses + " is gone"
	case n != nil && n.Kind == "attachment":
		return "it is detached from what it guards"
	case n != nil && n.Kind == "waf":
		return "the web firewall is gone"
	case filters[j.typ.Name]:
		return "the filter is gone: what it kept out may get in"
	}
	return j.traits.what + " is gone"
}

// reduced judges a part that an update, or a replacement, takes from a control.
func (j *judge) reduced(w *walk, l loss, name string) {
	top := fold(w.top())
	if neutral[top] || anyStart(name, loosening) || slices.ContainsFunc(w.path, func(s string) bool { return anyStart(fold(s), loosening) && !strings.HasPrefix(s, "override_action") }) {
		return
	}
	p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
	j.parts(&p, w, l)
	switch {
	case l.unknown:
		p.Note = j.traits.what + " may have fewer parts"
	case subjects[name]:
		p.Note = j.traits.what + " is no longer for these"
	default:
		p.Note = j.traits.what + " has fewer parts"
	}
	j.tell(p)
}
