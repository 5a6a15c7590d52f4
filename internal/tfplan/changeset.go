package tfplan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"maps"
	"slices"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// The digest of the normalised change set. Approvals are bound to it, so it is the
// same for every plan that would do the same, and another one when anything that
// would happen differs. docs/plans.md describes the form; a change of it is a new
// prefix, never a silent one.
//
// What counts of a change: its address, deposed key, previous address, mode, type,
// provider and provider configuration, its list of actions, the id of the object
// that it is about (of an object without an id all of it), and
//
//   - of a create, a replacement and a read: every attribute after it, known or not;
//   - of an update: every attribute at the top of the object that differs, before
//     and after, or after alone where it is known only after apply;
//   - of a delete and of a forget nothing more: the object goes, whatever it was;
//   - of what creates or destroys, the provisioners that the configuration gives;
//   - of the plan as a whole the settings of the providers as the configuration writes
//     them, and, where they refer to something or a provisioner would run, the values
//     of the variables.
//
// What does not count: the order of anything but lists, the time, the version of
// the tool, no-ops, drift, what the plan says about itself, attributes that stay as
// they are, and the configuration as far as it changes nothing.
const changesetPrefix = "changes-v1:sha256:"

type digest [sha256.Size]byte

// writer writes canonical bytes: each part with its kind and length, so that no two
// different lists of parts give the same bytes.
type writer struct {
	h    hash.Hash
	b    []byte   // not yet hashed
	keys []string // of the objects that are being written
}

// writers are used again: a plan has a digest for each change.
var writers = sync.Pool{New: func() any { return &writer{h: sha256.New(), b: make([]byte, 0, 4<<10)} }}

func newWriter() *writer { return writers.Get().(*writer) }

func (w *writer) part(kind byte, b digest) {
	w.head(kind, len(b))
	w.digest(b)
}

func (w *writer) digest(b digest) {
	w.room(len(b))
	w.b = append(w.b, b[:]...)
}

func (w *writer) head(kind byte, n int) {
	w.room(9)
	w.b = binary.BigEndian.AppendUint64(append(w.b, kind), uint64(n)) //nolint:gosec // a length
}

// room hashes what is there unless n bytes more fit.
func (w *writer) room(n int) {
	if len(w.b)+n > cap(w.b) {
		w.h.Write(w.b)
		w.b = w.b[:0]
	}
}

func (w *writer) text(s string) {
	w.head('s', len(s))
	w.bytes(s)
}

// bytes writes a text without its length.
func (w *writer) bytes(s string) {
	for len(s) > 0 {
		w.room(1)
		n := min(len(s), cap(w.b)-len(w.b))
		w.b = append(w.b, s[:n]...)
		s = s[n:]
	}
}

// sum ends the writer.
func (w *writer) sum() (d digest) {
	w.h.Write(w.b)
	w.h.Sum(d[:0])
	w.h.Reset()
	w.b = w.b[:0]
	if clear(w.keys[:cap(w.keys)]); cap(w.keys) > 1<<10 { // they are the plan's
		w.keys = nil
	}
	writers.Put(w)
	return d
}

// value writes a decoded value. Members of objects are written in the order of
// their names.
func (w *writer) value(v any) {
	switch t := v.(type) {
	case nil:
		w.head('n', 0)
	case bool:
		if t {
			w.head('t', 0)
		} else {
			w.head('f', 0)
		}
	case json.Number:
		w.head('d', len(t))
		w.bytes(string(t))
	case string:
		w.text(t)
	case []any:
		w.head('l', len(t))
		for _, e := range t {
			w.value(e)
		}
	case map[string]any:
		w.head('o', len(t))
		from := len(w.keys)
		for k := range t {
			w.keys = append(w.keys, k)
		}
		slices.Sort(w.keys[from:])
		for i := range len(t) {
			k := w.keys[from+i]
			w.text(k)
			w.value(t[k])
		}
		w.keys = w.keys[:from]
	}
}

// effectOf digests what an entry would do, but for what the configuration adds.
func effectOf(c *tfvalue.Change, e *entry, importing any) digest {
	w := newWriter()
	for _, s := range []string{c.Address, c.Deposed, c.Previous, c.Mode, c.Type, c.Provider} {
		w.text(s)
	}
	verbs, _ := e.verbs()
	w.head('l', len(verbs))
	for _, v := range verbs {
		w.text(v)
	}
	w.value(identity(c))
	w.value(importing)
	switch c.Action {
	case checks.ActionDelete, checks.ActionForget, checks.ActionNoOp:
	case checks.ActionUpdate:
		w.difference(c)
	default:
		w.value(c.After)
		w.value(prune(c.Unknown))
	}
	return w.sum()
}

// identity is what tells the object that is there from another: its id, and of an
// object without one everything it is.
func identity(c *tfvalue.Change) any {
	if id := c.Before["id"]; id != nil {
		return id
	}
	if c.Before == nil {
		return nil
	}
	return c.Before
}

// difference writes the attributes that an update changes.
func (w *writer) difference(c *tfvalue.Change) {
	unknown, _ := c.Unknown.(map[string]any)
	var names []string
	for _, m := range []map[string]any{c.Before, c.After, unknown} {
		for k := range m {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	for _, k := range slices.Compact(names) {
		u := prune(unknown[k])
		switch {
		case u != nil:
			w.head('u', 0)
			w.text(k)
			w.value(c.After[k])
			w.value(u)
		case !equal(c.Before[k], c.After[k]):
			w.head('k', 0)
			w.text(k)
			w.value(c.Before[k])
			w.value(c.After[k])
		}
	}
}

// prune leaves of a mask what is marked, so that {} and false are nothing. The
// tools write masks of different fullness.
func prune(mask any) any {
	switch t := mask.(type) {
	case bool:
		if t {
			return true
		}
	case []any:
		if tfvalue.Marked(t) {
			out := make([]any, len(t))
			for i, e := range t {
				out[i] = prune(e)
			}
			return out
		}
	case map[string]any:
		out := map[string]any{}
		for k, e := range t {
			if p := prune(e); p != nil {
				out[k] = p
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// equal compares decoded values.
func equal(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equal)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, equal)
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

// changeset joins the parts: the entries with what the configuration adds to them,
// outputs, actions and what is deferred. The order of the file does not matter.
func (r *reader) changeset() string {
	all, programs := slices.Clone(r.effects), false
	for i := range r.changes {
		k := &r.changes[i]
		w := newWriter()
		w.part('e', k.effect)
		w.text(k.ProviderConfig)
		switch k.Action {
		case checks.ActionCreate, checks.ActionDelete, checks.ActionReplace, checks.ActionReplaceForget:
			conf := r.config.resources[k.config]
			w.part('p', conf.programs)
			programs = programs || len(conf.provisioners) > 0
		}
		all = append(all, w.sum())
	}
	slices.SortFunc(all, func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
	w := newWriter()
	w.head('l', len(all))
	for _, d := range all {
		w.digest(d)
	}
	// The same changes by another account, or with another command, are others. What
	// the settings of a provider and the command of a provisioner come to is not in the
	// plan, but the variables that decide it are.
	w.part('c', r.config.providers)
	if r.config.depends || programs {
		w.head('o', len(r.given))
		for _, name := range slices.Sorted(maps.Keys(r.given)) {
			w.text(name)
			w.part('v', r.given[name])
		}
	}
	d := w.sum()
	return changesetPrefix + hex.EncodeToString(d[:])
}
