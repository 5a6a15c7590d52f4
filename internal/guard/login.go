package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A login is an entry of the metadata of Google's machines that says who may log in.
// Source: Google's documentation of the guest agent and of the serial console.
type login struct {
	kind checks.ConsequenceKind
	note string
	off  bool // it holds back while it is off
	keys bool // it is a list of keys: any other than before may let somebody in
	// follows: a machine that says nothing does as its project says, which may be on.
	follows bool
}

var logins = func() map[string]login {
	oslogin := login{kind: checks.ConsequenceGuardrailOff, note: "roles no longer say who may log in, but keys in the metadata", follows: true}
	keys := login{kind: checks.ConsequenceGrantWider, keys: true, note: "other keys say who may log in"}
	return map[string]login{
		"enable-oslogin": oslogin, "enable-oslogin-2fa": {kind: checks.ConsequenceGuardrailOff, note: "who logs in needs no second factor", follows: true},
		"enable-oslogin-sk":      {kind: checks.ConsequenceGuardrailOff, note: "who logs in needs no security key", follows: true},
		"block-project-ssh-keys": {kind: checks.ConsequenceGuardrailOff, note: "keys of the project let in"},
		"serial-port-enable":     {kind: checks.ConsequenceGuardrailOff, off: true, note: "its console can be reached from the internet, past every firewall"},
		"ssh-keys":               keys, "sshkeys": keys, "windows-keys": keys,
	}
}()

// loginEntry judges such an entry of a machine or of a project.
func (j *judge) loginEntry(w *walk, b, a node) bool {
	if fold(w.parent()) != "metadata" || !strings.HasPrefix(j.c.Type, "google_") {
		return false
	}
	return j.login(w.name(), w.where(), w.top(), b.leaf(), a.leaf())
}

// login judges an entry by its key; false when it says nothing of who may log in. Of
// a machine that is made the keys are its own, and so is a switch that only leaves
// things as they are; of a project they are for machines that are there.
func (j *judge) login(key, where, top string, b, a tfvalue.Value) bool {
	l, ok := logins[strings.ToLower(strings.TrimSpace(key))]
	if !ok {
		return false
	}
	made := j.before.value == nil && !projectMetadata[j.c.Type]
	var worse bool
	switch {
	case l.keys:
		worse = !made && (a.Unknown || filled(a))
	case l.off:
		worse = !switched(b) && (a.Unknown || switched(a))
	default:
		off := func(v tfvalue.Value) bool { return v.Value != nil && !switched(v) }
		worse = !made && (switched(b) && (a.Unknown || !switched(a)) || l.follows && !off(b) && (a.Unknown || off(a)))
	}
	if !worse {
		return true
	}
	p := j.c.Pend(l.kind, where)
	p.Note, p.Sensitive = l.note, b.Sensitive || a.Sensitive
	if !l.keys {
		p.Before, p.After = b.Word(), a.Word()
	}
	if a.Unknown {
		p.Unknown, p.Needs = true, []string{top}
	}
	j.tell(p)
	return true
}
