package guard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A knob is an attribute that protects by being on, or by being set, whatever type
// has it, and that the table of resource types does not name.
type knob struct {
	kind checks.ConsequenceKind
	note string
	only []string // parts of names of types
	rank map[string]int

	set  bool   // it protects while anything is set
	swap string // of set: what to say when something else is
	// off: it protects while it is off, or while it is none of the words.
	off     bool
	words   []string
	path    bool // off: and every other value than before is another danger
	known   bool // off: only where it was said to be off, because left out it is on
	created bool // off: of a new object too
}

// knobs are found by the name of the attribute, or of its block and its own.
// Source: documentation of the providers.
var knobs = map[string]knob{
	"enable_deletion_protection":              {note: "it can be deleted"},
	"delete_protection_enabled":               {note: "it can be deleted"},
	"deletion_protection_mode":                {note: "it can be deleted"},
	"deletion_protection_state":               {note: "it can be deleted"},
	"enable_termination_protection":           {note: "it can be terminated"},
	"protect_from_scale_in":                   {note: "its machines can be terminated when the group shrinks"},
	"point_in_time_recovery_enabled":          {note: "there is no recovery to any point in time"},
	"point_in_time_restore_enabled":           {note: "there is no recovery to any point in time"},
	"pit_enabled":                             {note: "there is no recovery to any point in time"},
	"continuous_backup_enabled":               {note: "there is no recovery to any point in time"},
	"cloud_backup":                            {note: "no backups are made"},
	"backup_enabled":                          {note: "no backups are made"},
	"backups_enabled":                         {note: "no backups are made"},
	"geo_backup_enabled":                      {note: "backups stay in one region"},
	"cross_region_restore_enabled":            {note: "backups stay in one region"},
	"automatic_failover_enabled":              {note: "no standby takes over"},
	"encryption_at_host_enabled":              {kind: checks.ConsequenceGuardrailOff, note: "data is stored in the clear"},
	"infrastructure_encryption_enabled":       {kind: checks.ConsequenceGuardrailOff, note: "data is encrypted once, where it was twice"},
	"transparent_data_encryption_enabled":     {kind: checks.ConsequenceGuardrailOff, note: "data is stored in the clear"},
	"https_only":                              {kind: checks.ConsequenceGuardrailOff, note: "connections may be in the clear"},
	"enforce_https":                           {kind: checks.ConsequenceGuardrailOff, note: "connections may be in the clear"},
	"require_secure_transport":                {kind: checks.ConsequenceGuardrailOff, note: "connections may be in the clear"},
	"enable_https_traffic_only":               {kind: checks.ConsequenceGuardrailOff, note: "connections may be in the clear"},
	"logging_enabled":                         {kind: checks.ConsequenceGuardrailOff, note: "nothing is recorded"},
	"auditing_enabled":                        {kind: checks.ConsequenceGuardrailOff, note: "nothing is recorded"},
	"audit_logs_enabled":                      {kind: checks.ConsequenceGuardrailOff, note: "nothing is recorded"},
	"enable_flow_logs":                        {kind: checks.ConsequenceGuardrailOff, note: "nothing is recorded"},
	"web_acl_id":                              {kind: checks.ConsequenceGuardrailOff, set: true, note: "its web firewall is detached"},
	"web_acl_arn":                             {kind: checks.ConsequenceGuardrailOff, set: true, note: "its web firewall is detached"},
	"firewall_policy_id":                      {kind: checks.ConsequenceGuardrailOff, set: true, note: "its firewall policy is detached"},
	"cdn_frontdoor_firewall_policy_id":        {kind: checks.ConsequenceGuardrailOff, set: true, note: "its web firewall is detached"},
	"security_policy":                         {kind: checks.ConsequenceGuardrailOff, set: true, only: []string{"google_compute_"}, note: "its web firewall is detached"},
	"edge_security_policy":                    {kind: checks.ConsequenceGuardrailOff, set: true, only: []string{"google_compute_"}, note: "its web firewall is detached"},
	"network_security_group_id":               {kind: checks.ConsequenceGuardrailOff, set: true, swap: anotherRuleSet, note: "its filter is detached"},
	"auth_token":                              {kind: checks.ConsequenceGuardrailOff, set: true, only: []string{"elasticache", "memorydb"}, note: "whoever can reach it can use it"},
	"iam_database_authentication_enabled":     {kind: checks.ConsequenceGuardrailOff, note: "passwords alone say who may connect"},
	"viewer_protocol_policy":                  {kind: checks.ConsequenceGuardrailOff, rank: map[string]int{"https-only": 1, "redirect-to-https": 1}, note: "connections may be in the clear"},
	"privileged":                              {kind: checks.ConsequenceGuardrailOff, off: true, created: true, only: workloads, note: "it has all of its machine"},
	"host_pid":                                {kind: checks.ConsequenceGuardrailOff, off: true, created: true, only: workloads, note: "it sees the programs of its machine"},
	"host_ipc":                                {kind: checks.ConsequenceGuardrailOff, off: true, created: true, only: workloads, note: "it shares memory with the programs of its machine"},
	"host_network":                            {kind: checks.ConsequenceGuardrailOff, off: true, only: workloads, note: "it is in the network of its machine, where no network policy holds"},
	"pid_mode":                                {kind: checks.ConsequenceGuardrailOff, off: true, words: []string{"host"}, only: workloads, note: "it sees the programs of its machine"},
	"ipc_mode":                                {kind: checks.ConsequenceGuardrailOff, off: true, words: []string{"host"}, only: workloads, note: "it shares memory with the programs of its machine"},
	"network_mode":                            {kind: checks.ConsequenceGuardrailOff, off: true, words: []string{"host"}, only: workloads, note: "it is in the network of its machine"},
	"host_path.path":                          {kind: checks.ConsequenceGuardrailOff, off: true, path: true, only: workloads, note: "it has files of its machine"},
	"host_path":                               {kind: checks.ConsequenceGuardrailOff, off: true, path: true, only: workloads, note: "it has files of its machine"},
	"allow_privilege_escalation":              {kind: checks.ConsequenceGuardrailOff, off: true, known: true, only: workloads, note: "its programs can get more rights than they started with"},
	"run_as_non_root":                         {kind: checks.ConsequenceGuardrailOff, only: workloads, note: "it may run as root"},
	"run_as_user":                             {kind: checks.ConsequenceGuardrailOff, off: true, words: []string{"0"}, only: workloads, note: "it runs as root"},
	"threat_intelligence_mode":                {kind: checks.ConsequenceGuardrailOff, rank: map[string]int{"deny": 2, "alert": 1}, note: "known attackers are let through"},
	"threat_intel_mode":                       {kind: checks.ConsequenceGuardrailOff, rank: map[string]int{"deny": 2, "alert": 1}, note: "known attackers are let through"},
	"minimum_tls_version":                     tlsKnob,
	"min_tls_version":                         tlsKnob,
	"minimal_tls_version":                     tlsKnob,
	"minimum_protocol_version":                tlsKnob,
	"key_rotation_enabled":                    {kind: checks.ConsequenceKeyWeakened, note: "the key is no longer rotated"},
	"rotation_enabled":                        {kind: checks.ConsequenceKeyWeakened, note: "it is no longer rotated"},
	"automatic_rotation_enabled":              {kind: checks.ConsequenceKeyWeakened, note: "it is no longer rotated"},
	"is_auto_rotation_enabled":                {kind: checks.ConsequenceKeyWeakened, note: "it is no longer rotated"},
	"auto_rotate_period":                      {kind: checks.ConsequenceKeyWeakened, note: "the key is no longer rotated"}, // vault: 0 is never
	"rotation_rules.schedule_expression":      {kind: checks.ConsequenceKeyWeakened, set: true, note: "it is no longer rotated"},
	"rotation_rules.automatically_after_days": {kind: checks.ConsequenceKeyWeakened, set: true, note: "it is no longer rotated"},
}

// workloads are parts of the names of types that hold containers.
var workloads = []string{"kubernetes_", "kubectl_", "aws_ecs_", "aws_batch_", "docker_", "nomad_", "cloudcontrolapi", "awscc_ecs", "awscc_batch", "helm_"}

const anotherRuleSet = "another rule set says who may connect from then on"

var tlsKnob = knob{kind: checks.ConsequenceGuardrailOff, note: "older and weaker encryption of connections is let in", rank: map[string]int{
	"tls1_0": 1, "tls1_1": 2, "tls1_2": 3, "tls1_3": 4, "1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4,
	"tls_1_0": 1, "tls_1_1": 2, "tls_1_2": 3, "tls_1_3": 4, "tls10": 1, "tls11": 2, "tls12": 3, "tls13": 4, "tlsv1": 1, "tlsv1_2016": 1, "tlsv1.1_2016": 2,
	"tlsv1.2_2018": 3, "tlsv1.2_2019": 4, "tlsv1.2_2021": 5, "tlsv1.2_2025": 6, "tlsv1.3_2025": 7,
}}

// switchBlocks are parts of the names of blocks whose members enabled, enable and
// status switch something that protects.
var switchBlocks = []string{
	"versioning", "recovery", "backup", "encrypt", "logging", "audit", "retention", "protect", "lock", "soft_delete", "snapshot",
	"threat", "firewall", "waf", "defender", "rotation", "flow_log", "log_config",
}

// switches judges a knob; false when the attribute is none.
func (j *judge) switches(w *walk, parent, name string, b, a tfvalue.Value) bool {
	k, ok := knobs[name]
	if !ok && parent != "" {
		k, ok = knobs[parent+"."+name]
	}
	if ok && len(k.only) > 0 && !anyPart(j.c.Type, k.only) || ok && k.set && j.traits.control && subjects[name] {
		return false // it means something else there, or is what a control is for
	}
	if !ok {
		if name != "enabled" && name != "enable" && name != "is_enabled" && name != "status" || !anyPart(parent, switchBlocks) {
			return false
		}
		k = knob{note: strings.ReplaceAll(parent, "_", " ") + " is switched off"}
		if j.traits.key != "" {
			k.kind = checks.ConsequenceKeyWeakened
		}
	}
	if j.before.value == nil && !k.created || w.gone && (j.blockTold || k.off) {
		return true
	}
	var weaker bool
	switch {
	case k.rank != nil:
		was := k.rank[lower(b)]
		weaker = was > 0 && (a.Unknown || k.rank[lower(a)] < was)
	case k.off:
		weaker = k.endangers(b, a)
	case k.set && k.swap != "" && filled(b) && (filled(a) || a.Unknown && !w.gone):
		weaker, k.note = true, k.swap
	case k.set:
		weaker = filled(b) && (a.Unknown && w.gone || !a.Unknown && !filled(a))
	default:
		weaker = switched(b) && (a.Unknown || !switched(a))
	}
	if !weaker {
		return true
	}
	p := j.c.Pend(k.kind, w.where())
	if p.Kind == "" {
		p.Kind = checks.ConsequenceProtectionOff
	}
	p.Note, p.Sensitive = k.note, b.Sensitive || a.Sensitive
	if !k.set {
		p.Before, p.After = b.Word(), a.Word()
	}
	if a.Unknown {
		p.Unknown, p.Needs = true, []string{w.top()}
	}
	j.tell(p)
	return true
}

// endangers reports whether a knob that protects while it is off is turned on.
func (k knob) endangers(b, a tfvalue.Value) bool {
	on := func(v tfvalue.Value) bool {
		switch {
		case k.path:
			return filled(v)
		case k.words != nil:
			return slices.Contains(k.words, cmp.Or(lower(v), v.Word()))
		}
		return switched(v)
	}
	switch {
	case k.known:
		return b.Value != nil && !on(b) && (a.Unknown || a.Value == nil || on(a))
	case k.path && on(b):
		return a.Unknown || on(a) // it is another one
	}
	return !on(b) && (a.Unknown || on(a))
}
