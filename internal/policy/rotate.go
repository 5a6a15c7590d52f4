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
	At    time.Time // from when the new key counts
	// Until is when the old key ends. Zero: it is revoked at At, for Reason.
	Until  time.Time
	Reason string
}

// Rotate edits the text of a policy: the old key gets its end, the new one follows
// it. Everything else stays as it is, comments too. The result is parsed again and
// compared with what is meant, so that an edit that went wrong is an error and never
// a policy. It returns the old key as the policy has it.
func Rotate(text string, known Known, ro Rotation) (edited, old string, err error) {
	before, problems := Parse(text, known)
	if before == nil {
		return "", "", fmt.Errorf("read policy: %s", problems[0])
	}
	r := &reader{known: known}
	root := r.load(text)
	list, at, err := findKey(root, before, &ro)
	if err != nil {
		return "", "", err
	}
	old = (*list)[at.index].Key
	e, err := at.edit(strings.Split(text, "\n"), &ro)
	if err != nil {
		return "", "", err
	}
	edited = strings.Join(e, "\n")

	// What is meant, by another way.
	want := slices.Clone(*list)
	want[at.index].NotAfter, want[at.index].RevokedAt, want[at.index].Reason = ro.Until.UTC(), time.Time{}, ""
	if ro.Until.IsZero() {
		want[at.index].NotAfter = (*list)[at.index].NotAfter
		want[at.index].RevokedAt, want[at.index].Reason = ro.At.UTC(), ro.Reason
	}
	*list = slices.Insert(want, at.index+1, Key{Key: strings.TrimSpace(ro.New), NotBefore: ro.At.UTC()})
	after, problems := Parse(edited, known)
	if after == nil {
		return "", "", fmt.Errorf("write policy: the result would be wrong: %s; edit the keys of %s by hand", problems[0], ro.Owner)
	}
	if !reflect.DeepEqual(before, after) {
		return "", "", fmt.Errorf("write policy: the result would say something else; edit the keys of %s by hand", ro.Owner)
	}
	return edited, old, nil
}

// KeyFingerprint is the name under which a key is shown: an SSH key's, a PEM key's or
// an OpenPGP key's fingerprint.
func KeyFingerprint(key string) (string, error) {
	switch {
	case signature.IsPGPKey(key):
		k, err := signature.ParsePGP(key)
		if err != nil {
			return "", err
		}
		return k.Fingerprint, nil
	case signature.IsPEMKey(key):
		_, fp, err := signature.ParsePEM(key)
		return fp, err
	}
	k, err := signature.ParseKey(key)
	return k.Fingerprint, err
}

// place is where a key stands in the file.
type place struct {
	keys  *yaml.Node // the value of "keys"
	item  *yaml.Node // one entry of it, or the value itself
	index int
}

// findKey finds the owner's list of keys in the policy and in the file.
func findKey(root *yaml.Node, p *Policy, ro *Rotation) (*[]Key, place, error) {
	var list *[]Key
	var n *yaml.Node
	pick := func(id string, keys *[]Key, entries *yaml.Node, i int) {
		if id == ro.Owner && entries.Kind == yaml.SequenceNode && i < len(entries.Content) {
			list, n = keys, valueOf(entries.Content[i], "keys")
		}
	}
	for i := range p.Agents {
		pick(p.Agents[i].ID, &p.Agents[i].Keys, valueOf(root, "agents"), i)
	}
	for i := range p.People {
		pick(p.People[i].ID, &p.People[i].Keys, valueOf(root, "people"), i)
	}
	for i := range p.Provenance.Attestors {
		pick(p.Provenance.Attestors[i].ID, &p.Provenance.Attestors[i].Keys, valueOf(valueOf(root, "provenance"), "attestors"), i)
	}
	if list == nil || len(*list) == 0 {
		return nil, place{}, fmt.Errorf("find key: no agent, person or attestor %q has keys in this policy", ro.Owner)
	}
	want := strings.TrimSpace(ro.Old)
	if fp, err := KeyFingerprint(want); err == nil {
		want = fp
	}
	for i := range *list {
		fp, err := KeyFingerprint((*list)[i].Key)
		if err != nil || fp != want {
			continue
		}
		if k := (*list)[i]; !k.RevokedAt.IsZero() || k.CertAuthority {
			return nil, place{}, fmt.Errorf("find key: %s of %s is revoked, or an authority; edit the policy by hand", fp, ro.Owner)
		}
		if n.Kind == yaml.ScalarNode {
			return list, place{keys: n, item: n, index: i}, nil
		}
		return list, place{keys: n, item: n.Content[i], index: i}, nil
	}
	return nil, place{}, fmt.Errorf("find key: %s has no key %s; `claw-verified keys list` shows what there is", ro.Owner, clip(want))
}

var errFlow = errors.New("edit policy: these keys stand in one line; write each on a line of its own, with a dash before it, and rotate then")

// edit changes the lines of the file. Lines are counted from 1 in nodes.
func (at place) edit(lines []string, ro *Rotation) ([]string, error) {
	first := at.item.Line - 1
	if at.keys == at.item || at.keys.Style&yaml.FlowStyle != 0 || at.item.Style&yaml.FlowStyle != 0 || first < 0 || first >= len(lines) {
		return nil, errFlow
	}
	dash := strings.Index(lines[first], "-")
	if dash < 0 || strings.TrimSpace(lines[first][:dash]) != "" || at.item.Column-1 <= dash {
		return nil, errFlow
	}
	indent := strings.Repeat(" ", at.item.Column-1)
	end := first + 1 // behind the entry's last line
	for i := end; i < len(lines); i++ {
		body := strings.TrimLeft(lines[i], " ")
		if body == "" || strings.HasPrefix(body, "#") {
			continue
		}
		if len(lines[i])-len(body) <= dash {
			break
		}
		end = i + 1
	}
	item := slices.Clone(lines[first:end])
	if at.item.Kind == yaml.ScalarNode {
		item[0] = lines[first][:at.item.Column-1] + "key: " + lines[first][at.item.Column-1:]
		for i := 1; i < len(item); i++ { // a block of lines: it stands deeper now
			if strings.TrimSpace(item[i]) != "" {
				item[i] = "  " + item[i]
			}
		}
	}
	if v := valueOf(at.item, "not_after"); v != at.item && !ro.Until.IsZero() {
		row := v.Line - 1 - first
		if row <= 0 || row >= len(item) {
			return nil, errFlow
		}
		item[row] = indent + "not_after: " + stamp(ro.Until)
	} else if !ro.Until.IsZero() {
		item = append(item, indent+"not_after: "+stamp(ro.Until))
	} else {
		item = append(item, indent+"revoked_at: "+stamp(ro.At), indent+"reason: "+quoted(ro.Reason))
	}
	item = append(item, lines[first][:at.item.Column-1]+"key: "+quoted(strings.TrimSpace(ro.New)), indent+"not_before: "+stamp(ro.At))
	return slices.Concat(lines[:first], item, lines[end:]), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// quoted writes text in double quotes as YAML has them. A key and a reason hold
// printable characters and line breaks only; what else there is, the parser refuses.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
