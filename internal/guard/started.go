package guard

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// startAttributes hold what a machine runs when it starts, whatever type has them.
// Source: documentation of the providers.
var startAttributes = map[string]bool{
	"user_data": true, "user_data_base64": true, "user_data_raw": true, "custom_data": true, "metadata_startup_script": true, "startup_script": true,
	"start_script": true, "cloud_init": true, "cloud_config": true,
}

// startKeys are entries of a machine's metadata that are run when it starts. Source:
// Google's guest agent, cloud-init.
var startKeys = func() map[string]bool {
	m := map[string]bool{"user-data": true, "user_data": true, "gce-container-declaration": true}
	for _, when := range []string{"startup-script", "shutdown-script", "windows-startup-script", "windows-shutdown-script", "sysprep-specialize-script"} {
		for _, how := range []string{"", "-url", "-cmd", "-bat", "-ps1"} {
			m[when+how] = true
		}
	}
	return m
}()

const startNote = "code that runs when the machine starts"

// startCode judges what machines run when they start; false when the attribute is
// nothing of that kind. Of a machine that is made it is not told, because everything
// of it is new, but of the metadata of a project it is: its machines are there.
func (j *judge) startCode(w *walk, b, a node, after string) bool {
	name, top := w.name(), fold(w.top())
	attribute := startAttributes[fold(name)] || startAttributes[fold(w.parent())]
	entry := startKeys[strings.ToLower(name)] && (fold(w.parent()) == "metadata" || fold(w.parent()) == "extended_metadata")
	if !attribute && !entry || plain[w.parent()] && !entry {
		return false
	}
	if j.before.value == nil && !projectMetadata[j.c.Type] || w.gone || after == "s" || !a.there() {
		return true // what is taken away does not run
	}
	p := j.c.Pend(checks.ConsequenceRunsCode, w.where())
	p.Note, p.Sensitive = startNote, tfvalue.Marked(b.sensitive) || tfvalue.Marked(a.sensitive)
	if a.whole() {
		p.Unknown, p.Needs = true, []string{top}
	}
	j.tell(p)
	return true
}

// projectMetadata are types whose metadata is of machines that are there already.
var projectMetadata = map[string]bool{"google_compute_project_metadata": true, "google_compute_project_metadata_item": true}

// startItem judges an entry of a project's metadata that is a resource of its own.
func (j *judge) startItem(was, now tfvalue.Side) {
	key, ok := now.At("key")
	value, _ := now.At("value")
	if ok && !key.Unknown {
		b, _ := was.At("value")
		if before, _ := was.At("key"); lower(before) != lower(key) {
			b = tfvalue.Value{} // it was another entry
		}
		x, bok := scalar(b.Value)
		y, aok := scalar(value.Value)
		if bok && aok && x == y && !value.Unknown || j.login(lower(key), "value", "value", b, value) {
			return
		}
	}
	if !ok || !key.Unknown && !startKeys[lower(key)] {
		return
	}
	same := func(path string, v tfvalue.Value) bool {
		before, _ := was.At(path)
		b, bok := scalar(before.Value)
		a, aok := scalar(v.Value)
		return bok && aok && a == b && !v.Unknown
	}
	if same("key", key) && same("value", value) {
		return
	}
	p := j.c.Pend(checks.ConsequenceRunsCode, "value")
	p.Note, p.Sensitive, p.Unknown = startNote, value.Sensitive, value.Unknown || key.Unknown
	j.tell(p)
}

// ruleSets are lists of the rule sets that say who may connect to an object.
var ruleSets = map[string]bool{
	"vpc_security_group_ids": true, "security_group_ids": true, "security_groups": true, "network_security_group_ids": true, "nsg_ids": true,
	"firewall_ids": true, "cache_security_group_ids": true, "cluster_security_groups": true,
}

// ruleSets judges such a list: one that came may let more in, and package exposure
// only sees the rules of a set, not where it is used.
func (j *judge) ruleSets(w *walk, b, a node) {
	if b.size() > 0 {
		j.grown(w, b, a, checks.ConsequenceGuardrailOff, anotherRuleSet)
	}
}

// grown tells of a list that has elements it had not. They are not named: they are
// ids.
func (j *judge) grown(w *walk, b, a node, kind checks.ConsequenceKind, note string) {
	have := map[string]bool{}
	for _, e := range elements(b) {
		if k, ok := scalar(e.value); ok {
			have[k] = true
		}
	}
	p := j.c.Pend(kind, w.where())
	p.Note, p.Sensitive = note, tfvalue.Marked(b.sensitive) || tfvalue.Marked(a.sensitive)
	unknown := a.whole() && a.value == nil || slices.ContainsFunc(elements(a), node.whole)
	for _, e := range elements(a) {
		if k, ok := scalar(e.value); ok && !have[k] {
			p.More++
		}
	}
	switch {
	case p.More > 0:
	case unknown:
		p.Unknown, p.Needs = true, []string{w.top()}
	default:
		return
	}
	j.tell(p)
}
