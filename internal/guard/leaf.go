package guard

import (
	"slices"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// plain are maps whose entries somebody named: an entry that is called like an
// attribute is none.
var plain = map[string]bool{
	"tags": true, "tags_all": true, "labels": true, "annotations": true, "variables": true, "environment_variables": true,
	"metadata": true, "effective_labels": true, "terraform_labels": true, "match_labels": true, "app_settings": true,
	"triggers": true, "keepers": true, "data": true, "string_data": true, "binary_data": true, "triggers_replace": true,
}

// leaf judges one attribute by its name, wherever it stands: in a nested block, or in
// a document of another API, where the table does not name its place.
func (j *judge) leaf(w *walk, b, a node) {
	x, bok := scalar(b.value)
	y, aok := scalar(a.value)
	if bok && aok && x == y {
		return
	}
	if len(w.path) > 1 && plain[w.parent()] && !strings.HasSuffix(w.path[len(w.path)-2], "[]") {
		return
	}
	if !bok && !aok && !a.whole() {
		return
	}
	name, parent := fold(w.name()), fold(w.parent())
	v := j.everywhere(parent, name)
	if j.before.value == nil && v == nil {
		return // of a new object, only what opens it counts
	}
	place := places(w)
	bv, av := b.leaf(), a.leaf()
	switch {
	case j.places[place] || v != nil && v.Path == place:
		return // the table watches it, there
	case v != nil:
		j.deep(w, v, bv, av, bok, aok || a.whole())
	case j.switches(w, parent, name, bv, av):
	case j.traits.hole && bok && (definitions[name] || subjects[name]):
		p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
		p.Note = "an exception is changed: " + j.traits.what
		p.Unknown, p.Sensitive = av.Unknown, bv.Sensitive || av.Sensitive
		j.tell(p)
	case !aok && !a.whole() && len(w.path) > 1 && !strings.HasSuffix(w.path[len(w.path)-2], "[]"):
		// An entry that is gone is told as a part.
	case j.traits.control && !w.gone:
		j.strict(w, name, bv, av, bok, aok)
	}
}

// everywhere finds what is watched in every type, by the block and the name of an
// attribute, or by its name.
func (j *judge) everywhere(parent, name string) *resource.Watch {
	all := unbound()
	v := all[[2]string{parent, name}]
	if v == nil {
		v = all[[2]string{"", name}]
	}
	if v == nil {
		return nil
	}
	if w, ok := j.table.Watch(j.c.Type, v.Path); !ok || w.Kind != v.Kind {
		return nil // in this type it means something else
	}
	return v
}

// unbound are the attributes that the table watches in every type.
var unbound = sync.OnceValue(func() map[[2]string]*resource.Watch {
	m := map[[2]string]*resource.Watch{}
	for _, w := range resource.Builtin().Watches("") {
		steps := strings.Split(strings.ReplaceAll(w.Path, "[]", ""), ".")
		at := [2]string{"", steps[len(steps)-1]}
		if len(steps) > 1 {
			at[0] = steps[len(steps)-2]
		}
		if w.Kind != checks.ConsequenceIrreversible {
			m[at] = w
		}
	}
	return m
})

// places is the place of an attribute without the marks of lists, as the table may
// name it.
func places(w *walk) string {
	if len(w.path) == 1 {
		return w.name()
	}
	return strings.ReplaceAll(strings.Join(w.path, "."), "[]", "")
}

// deep judges an attribute that is watched in every type, at a place of its own.
func (j *judge) deep(w *walk, v *resource.Watch, b, a tfvalue.Value, bok, aok bool) {
	existed := j.before.value != nil
	switch {
	case !existed && (!v.Created || !aok || v.Default != "" || !v.Exposes(a, aok)):
		return
	case existed && w.gone && alive[v.Path]:
		return
	case existed && !v.Weakens(b, a, bok, aok):
		return
	}
	p := j.c.Pend(v.Kind, w.where())
	p.Before, p.After, p.Note = b.Word(), a.Word(), v.Why
	p.Sensitive = b.Sensitive || a.Sensitive
	if a.Unknown {
		p.Unknown = true
		if !existed || !v.Weakens(b, tfvalue.Value{}, bok, false) {
			p.Needs = []string{w.top()}
		}
	}
	j.tell(p)
}

// alive are attributes that say something only while their block is there: an
// encrypted disk that is taken away is not one that is no longer encrypted.
var alive = map[string]bool{"encrypted": true, "storage_encrypted": true, "http_tokens": true, "multi_az": true, "acl": true, "publicly_accessible": true}

// A knob is an attribute that protects by being on, or by being set, whatever type
// has it, and that the table of resource types does not name.
type knob struct {
	kind checks.ConsequenceKind
	set  bool // it protects while anything is set
	note string
	only []string // parts of names of types
	rank map[string]int
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
	"network_security_group_id":               {kind: checks.ConsequenceGuardrailOff, set: true, note: "its filter is detached"},
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
	if ok && len(k.only) > 0 && !anyPart(j.c.Type, k.only) {
		return false
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
	if j.before.value == nil || w.gone && j.blockTold {
		return true
	}
	var weaker bool
	switch {
	case k.rank != nil:
		was := k.rank[lower(b)]
		weaker = was > 0 && (a.Unknown || k.rank[lower(a)] < was)
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

// everyone are the words for everybody in lists of who something is shared with.
var everyone = map[string]bool{"all": true, "*": true, "allusers": true, "allauthenticatedusers": true, "everyone": true}

// shared are lists of those that something is shared with.
var shared = map[string]bool{
	"shared_accounts": true, "shared_account_ids": true, "account_ids": true, "allowed_principals": true, "shared_with": true,
	"launch_permission": true, "create_volume_permission": true, "user_ids": true, "allowed_accounts": true,
}

// list judges two lists of single values.
func (j *judge) list(w *walk, b, a node) {
	name := fold(w.name())
	if shared[name] && !j.places[places(w)] && j.typ.Grants == nil {
		j.shares(w, b, a)
	}
	if j.traits.control && !w.gone && j.before.value != nil {
		j.loosened(w, name, b, a)
	}
}

func (j *judge) shares(w *walk, b, a node) {
	all := func(n node) bool {
		return slices.ContainsFunc(elements(n), func(e node) bool { return everyone[lower(e.leaf())] })
	}
	switch {
	case all(a) && !all(b):
		p := j.c.Pend(checks.ConsequencePublic, w.where())
		p.Note, p.Sensitive = "it is shared with everybody", tfvalue.Marked(a.sensitive)
		j.tell(p)
	case tfvalue.Marked(a.unknown) && !all(b):
		p := j.c.Pend(checks.ConsequencePublic, w.where())
		p.Note, p.Unknown, p.Needs = "it may be shared with everybody", true, []string{w.top()}
		j.tell(p)
	}
}

func elements(n node) []node {
	out := make([]node, 0, max(n.size(), 0))
	for i := range max(n.size(), 0) {
		out = append(out, n.element(i))
	}
	return out
}
