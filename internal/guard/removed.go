package guard

import (
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// owned are attributes of a type that are judged elsewhere: who may connect, and who
// may do what.
type owned struct {
	paths map[string]bool // documents that are not gone into, as plain paths
	parts map[string]bool // lists and blocks whose parts are counted elsewhere
}

// rules of who may connect are judged as sets, in package exposure; of these kinds
// every attribute that has a role is one.
var ruleKinds = map[string]bool{
	"rule": true, "rule_set_inline": true, "rule_list_inline": true, "address_list": true, "acl": true, "principal": true, "sharing": true,
}

func ownedBy(t resource.Type, control bool) owned {
	o := owned{paths: map[string]bool{}, parts: map[string]bool{}}
	if n := t.Network; n != nil && !controls[n.Kind] && n.Kind != "opaque" {
		for _, path := range []string{n.IngressPath, n.EgressPath} {
			o.add(o.parts, path, true)
		}
		for _, path := range n.Rule {
			o.add(o.parts, path, ruleKinds[n.Kind]) // of an endpoint, only the list of who may connect
		}
	}
	if g := t.Grants; g != nil {
		for _, path := range g.Policies {
			o.add(o.paths, path, false)
			o.add(o.parts, path, false)
		}
		// A control is not for anybody; and of the many settings of a cluster one map says
		// who may use it.
		for _, path := range g.Gives {
			if !control && path != "data" {
				o.add(o.parts, path, true)
			}
		}
	}
	return o
}

// add adds a path, or all alternatives of it; whole also adds the attribute at the
// top, with everything in it.
func (o owned) add(to map[string]bool, path string, whole bool) {
	for alt := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '|' || r == ',' }) {
		alt = strings.ReplaceAll(strings.TrimSpace(alt), "[]", "")
		if alt == "" {
			continue
		}
		to[alt] = true
		if top, _, _ := strings.Cut(alt, "."); whole {
			to[top] = true
		}
	}
}

// has reports whether a place, or what it is in, is judged elsewhere.
func (o owned) has(place string) bool {
	for {
		if o.parts[place] {
			return true
		}
		i := strings.LastIndexByte(place, '.')
		if i < 0 {
			return false
		}
		place = place[:i]
	}
}

// grantParts are attributes that say who may do what, in any type that grants.
var grantParts = map[string]bool{
	"inline_policy": true, "managed_policy_arns": true, "members": true, "binding": true, "statement": true, "subject": true, "rule": true,
	"permissions": true, "policy_arns": true, "policies": true, "roles": true, "access_policy": true, "audit_log_configs": true,
}

// quiet are attributes whose parts come and go without anybody taking something
// away: copies of others, and what only makes a resource run again.
var quiet = map[string]bool{
	"tags_all": true, "effective_labels": true, "terraform_labels": true, "effective_annotations": true, "timeouts": true, "triggers": true,
	"triggers_replace": true, "keepers": true, "replace_triggered_by": true, "computed_fields": true, "status": true, "conditions": true,
	"managed_fields": true, "object": true, "instances": true, "cluster_members": true, "endpoints": true, "ip_addresses": true,
	"ipv6_addresses": true, "latest_restorable_time": true, "all_metadata": true, "all_tags": true, "all_security_group_ids": true,
	"id_list": true, "replicas_status": true, "outputs": true, "planned_values": true, "effective_tags": true,
}

// revisions are types whose every change is a replacement: what runs next is the new
// one, and a part that it lacks is missed as after an update.
var revisions = map[string]bool{
	"aws_ecs_task_definition": true, "aws_launch_configuration": true, "google_compute_instance_template": true,
	"google_compute_region_instance_template": true, "aws_batch_job_definition": true, "oci_core_instance_configuration": true,
}

// shields are parts of names of blocks that protect: one that goes is a protection
// that goes, not just a part.
var shields = []string{
	"versioning", "logging", "access_logs", "access_log", "encryption", "replication_configuration", "object_lock", "retention_policy",
	"backup", "point_in_time", "soft_delete", "immutability", "lifecycle_protection", "audit", "flow_log", "log_config", "deletion_protection",
	"threat_detection", "waf", "web_acl", "redrive_policy", "dead_letter", "circuit_breaker", "rollback",
}

// lost judges a part that was there and is not.
func (j *judge) lost(w *walk, l loss) {
	name := fold(w.name())
	if l.whole {
		j.blockTold = false
	}
	place := places(w)
	if quiet[name] || quiet[w.top()] || j.owned.has(place) || j.typ.Grants != nil && grantParts[name] || j.places[place] {
		return
	}
	switch {
	case j.traits.control && !plain[name]:
		if j.c.Action != checks.ActionCreate {
			j.reduced(w, l, name)
		}
		return
	case j.traits.key != "" && rotations[name] && l.whole:
		p := j.c.Pend(checks.ConsequenceKeyWeakened, w.where())
		p.Note = "it is no longer rotated"
		j.blockTold = true
		j.tell(p)
		return
	case l.whole && j.toldBelow(place):
		j.blockTold = true
		return
	case l.whole && l.had == 1 && l.shield && anyPart(name, shields):
		p := j.c.Pend(checks.ConsequenceProtectionOff, w.where())
		p.Note = "the block is gone, and with it what it protects"
		p.Sensitive = l.sensitive
		j.blockTold = true
		j.tell(p)
		return
	case j.c.Action != checks.ActionUpdate && !revisions[j.c.Type]:
		return
	case l.swapped && !l.strong, l.unknown && !l.titled:
		return
	}
	l, ok := meaning(w, name, l)
	if !ok {
		return
	}
	p := j.c.Pend(checks.ConsequencePartRemoved, w.where())
	j.parts(&p, w, l)
	if l.unknown {
		p.Note = "what is left is known only after apply"
	}
	j.tell(p)
}

// toldBelow reports whether a weakening within a block was told already.
func (j *judge) toldBelow(place string) bool {
	for i := range j.out {
		if at := strings.ReplaceAll(j.out[i].Attribute, "[]", ""); strings.HasPrefix(at, place+".") {
			return true
		}
	}
	return false
}

// parts says of a consequence what is gone.
func (j *judge) parts(p *tfvalue.Pending, w *walk, l loss) {
	p.Sensitive = l.sensitive
	if l.unknown {
		p.Unknown, p.Needs = true, []string{w.top()}
		return
	}
	p.Before, p.After = strconv.Itoa(l.had), strconv.Itoa(l.have)
	p.What = l.names
	if p.Sensitive {
		p.More = l.count
		return
	}
	p.More = max(0, l.count-len(l.names))
}

// telling are words in keys of tags and labels that something goes by: costs,
// backups, who owns a thing and how it may be treated. A key is cut into its words,
// so that "data" is not found in "database"; what is longer than a word ends in a
// star. Names and words such as app and service are in nearly every key, and of those
// nothing goes by one.
var telling, tellingStarts = func() (map[string]bool, []string) {
	whole, starts := map[string]bool{}, []string{}
	for w := range strings.FieldsSeq(`env environment stage owner owned team cost costs costcenter billing project backup backups snapshot snapshots
		data dataclass class classification sensitiv* confidential* complian* pci hipaa gdpr phi pii retention retain delete deletion protect* critical*
		tier schedule scheduler dnd donot* nuke lock locked security patch patchgroup patching restart policy karpenter*`) {
		if start, ok := strings.CutSuffix(w, "*"); ok {
			starts = append(starts, start)
		} else {
			whole[w] = true
		}
	}
	return whole, starts
}()

// realms are parts of keys that say whose they are: what controllers and providers
// look for.
var realms = []string{"kubernetes.io/", "k8s.io/", "karpenter", "eks:", "eksctl.io/", "aws:", "goog-", "azure", "elasticbeanstalk:"}

// tellsSomething reports whether something may go by a tag.
func tellsSomething(key string) bool {
	low := strings.ToLower(key)
	if anyStart(low, realms) || strings.Contains(low, "kubernetes.io/") {
		return true
	}
	if strings.Contains(low, "do-not") || strings.Contains(low, "do_not") {
		return true
	}
	for word := range strings.FieldsFuncSeq(fold(key), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if telling[word] || anyStart(word, tellingStarts) {
			return true
		}
	}
	return false
}

// dull are starts of keys of annotations and labels that programs write and nobody
// reads.
var dull = []string{
	"kubectl.kubernetes.io/", "deployment.kubernetes.io/", "meta.helm.sh/", "helm.sh/", "app.kubernetes.io/version", "app.kubernetes.io/managed-by",
	"checksum/", "kubernetes.io/change-cause", "created", "updated", "last", "commit", "git", "build", "terraform", "yor_", "time",
}

// meaning leaves of tags, labels and annotations those that somebody may go by.
func meaning(w *walk, name string, l loss) (loss, bool) {
	var keep func(key string) bool
	switch {
	case name == "annotations", name == "labels" && strings.HasSuffix(strings.Join(w.path, "."), "metadata[].labels"),
		name == "match_labels", name == "selector", name == "node_selector":
		keep = func(key string) bool { return !anyStart(key, dull) }
	case name == "tags" || name == "labels" || name == "tag" || name == "user_labels" || name == "resource_labels" || name == "freeform_tags" || name == "defined_tags":
		if l.keys == nil {
			return l, true // a list of words: network tags, which rules go by
		}
		keep = func(key string) bool { return !anyStart(strings.ToLower(key), dull) && tellsSomething(key) }
	default:
		return l, true
	}
	if l.unknown {
		return l, false // one tag that is not known yet makes all of them unknown
	}
	kept := map[string]bool{}
	l.count = 0
	for _, key := range l.keys {
		if keep(key) {
			kept[key] = true
			l.count++
		}
	}
	var names []string
	for _, n := range l.names {
		if kept[n] {
			names = append(names, n)
		}
	}
	l.names = names
	return l, l.count > 0
}
