package policy

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// Rotation replaces one key of an owner by another.
type Rotation struct {
	Owner string    // id of the agent, person or attestor
	Old   string    // the key as the policy has it, or its fingerprint
	New   string    // the new key, as a policy has it
	At    time.Time // from when the new key counts; the old one must be good then
	// Until is when the old key ends, unless it ends before that anyway. Zero: it is
	// revoked at At, for Reason.
	Until  time.Time
	Reason string
	Files  KeyFiles // where the policy names files with keys
}

// Rotated is what a rotation came to. Its times are those that the policy has now,
// in whole seconds.
type Rotated struct {
	Text     string // the policy
	Old, New string // both keys; the old one out of its file, where it stands in one
	At       time.Time
	Until    time.Time // zero: the old key is revoked
}

// Rotate edits the text of a policy: the old key gets its end, the new one follows
// it. A key never gets a longer life by that than it had. Everything else stays as it
// is, comments too. The result is parsed again and compared with what is meant, so
// that an edit that went wrong is an error and never a policy.
func Rotate(text string, known Known, ro Rotation) (Rotated, error) {
	before, problems := Parse(text, known)
	if before == nil {
		return Rotated{}, fmt.Errorf("read policy: %s", firstError(problems))
	}
	ro.At, ro.Until, ro.New = ro.At.UTC().Truncate(time.Second), ro.Until.UTC().Truncate(time.Second), unixLines(ro.New)
	if err := ro.check(); err != nil {
		return Rotated{}, err
	}
	r := &reader{known: known}
	found, err := findKey(r.load(text), before, &ro)
	if err != nil {
		return Rotated{}, err
	}
	if err := before.isNew(&ro, found.text); err != nil {
		return Rotated{}, err
	}

	// What is meant, said without the text.
	want := slices.Clone(*found.list)
	k := &want[found.index]
	end := change{at: ro.At, revoke: ro.Until.IsZero(), reason: ro.Reason, next: ro.New}
	switch {
	case end.revoke:
		k.RevokedAt, k.Reason = ro.At, ro.Reason
	case k.NotAfter.IsZero() || ro.Until.Before(k.NotAfter):
		end.until, k.NotAfter = ro.Until, ro.Until
	default:
		ro.Until = k.NotAfter
	}
	*found.list = slices.Insert(want, found.index+1, Key{Key: ro.New, NotBefore: ro.At})

	edited, err := found.place.edit(text, &end)
	if err != nil {
		return Rotated{}, fmt.Errorf("edit policy: the keys of %s: %w", ro.Owner, err)
	}
	after, problems := Parse(edited, known)
	switch {
	case after == nil && (&reader{known: known}).load(edited) != nil:
		return Rotated{}, fmt.Errorf("edit policy: the result would be wrong: %s", firstError(problems))
	case !reflect.DeepEqual(before, after):
		return Rotated{}, fmt.Errorf("edit policy: the keys of %s: %w", ro.Owner, errLayout)
	}
	return Rotated{Text: edited, Old: found.text, New: ro.New, At: ro.At, Until: ro.Until}, nil
}

// check looks at what the policy is not needed for.
func (ro *Rotation) check() error {
	if strings.Contains(ro.New, "PRIVATE KEY") {
		return errors.New("read new key: this is a private key: give the public one, as in its .pub file")
	}
	if _, err := KeyFingerprint(ro.New); err != nil {
		return fmt.Errorf("read new key: %w", err)
	}
	if !ro.Until.IsZero() && ro.Until.Before(ro.At) {
		return fmt.Errorf("rotate key: the old key would end at %s, before the new one counts, from %s", stamp(ro.Until), stamp(ro.At))
	}
	if ro.Until.IsZero() && strings.TrimSpace(ro.Reason) == "" {
		return errors.New("rotate key: a revocation wants a reason: what happened to the old key")
	}
	ro.Reason = strings.TrimSpace(ro.Reason)
	return nil
}

// isNew refuses a new key that is the old one, in whatever form, and one that stands
// in a file to which the policy refers. What else stands in the policy itself, its
// parser compares. Files that cannot be read are passed over: the gate tells of them.
func (p *Policy) isNew(ro *Rotation, old string) error {
	wire := wireOf(ro.New)
	if wire != "" && wire == wireOf(old) {
		return errors.New("rotate key: the new key is the old one: make a new one")
	}
	for _, h := range p.holders() {
		for i := range *h.keys {
			k := &(*h.keys)[i]
			if k.File == "" || wire == "" {
				continue
			}
			if text, err := ro.Files.text(k); err == nil && wireOf(text) == wire {
				return fmt.Errorf("rotate key: the new key is one of %s already, in %q: make a new one", h, clip(k.File))
			}
		}
	}
	return nil
}

// wireOf is the form in which a key is the same as SSH key and as PEM; empty for an
// OpenPGP key and for what is no key.
func wireOf(key string) string {
	if signature.IsPEMKey(key) {
		pub, _, err := signature.ParsePEM(key)
		if err != nil {
			return ""
		}
		wire, err := signature.WireKey(pub)
		if err != nil {
			return ""
		}
		return wire
	}
	k, err := signature.ParseKey(key)
	if err != nil {
		return ""
	}
	return k.Key
}

// found is the old key in the policy, and its place in the file.
type found struct {
	list  *[]Key
	index int
	text  string // the key
	place place
}

// findKey finds the one good key of the owner that is meant.
func findKey(root *yaml.Node, p *Policy, ro *Rotation) (found, error) {
	var of *holder
	holders := p.holders()
	for i := range holders {
		if holders[i].id == ro.Owner && len(*holders[i].keys) > 0 {
			of = &holders[i]
		}
	}
	if of == nil {
		return found{}, fmt.Errorf("find key: no agent, person or attestor %q has keys in this policy", clip(ro.Owner))
	}
	f := found{list: of.keys, index: -1}
	want := strings.TrimSpace(ro.Old)
	if fp, err := KeyFingerprint(want); err == nil {
		want = fp
	}
	var unread error
	for i := range *of.keys {
		k := &(*of.keys)[i]
		text, err := ro.Files.text(k)
		if err != nil {
			unread = fmt.Errorf("; its key in %q cannot be read: %w", clip(k.File), err)
			continue
		}
		if fp, err := KeyFingerprint(text); err != nil || fp != want || k.CertAuthority {
			continue
		}
		if f.index >= 0 {
			return found{}, fmt.Errorf("find key: %s has %s twice, here and in a file: remove one of them first", ro.Owner, clip(want))
		}
		f.index, f.text = i, text
	}
	if f.index < 0 {
		if unread == nil {
			unread = errors.New("; `claw-verified keys list` shows what there is, and authorities are changed by hand")
		}
		return found{}, fmt.Errorf("find key: %s has no key %s%w", ro.Owner, clip(want), unread)
	}
	k := &(*of.keys)[f.index]
	if state, good := k.lifeAt(ro.At); !good || !k.RevokedAt.IsZero() {
		return found{}, fmt.Errorf("rotate key: the key %s of %s is not good at %s: %s; a key that is not good has nothing to hand on: list the new one by hand", clip(want), ro.Owner, stamp(ro.At), state)
	}
	var ok bool
	if f.place, ok = placeOf(of.node(root), f.index); !ok {
		return found{}, fmt.Errorf("find key: the keys of %s: %w", ro.Owner, errLayout)
	}
	return f, nil
}

func firstError(problems []Problem) Problem {
	for _, p := range problems {
		if !p.Warning {
			return p
		}
	}
	return Problem{Message: "it cannot be used"}
}

// unixLines is a key as it is listed: its file may come from elsewhere.
func unixLines(key string) string {
	return strings.ReplaceAll(strings.TrimSpace(key), "\r\n", "\n")
}
