package tfplan

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// entry is one element of resource_changes, its members still raw.
type entry struct {
	address, previous, module, mode, typ, name []byte
	provider, deposed, reason, index           []byte

	hasChange bool
	values
}

// values are the members of a change, still raw.
type values struct {
	actions, before, after, afterUnknown []byte
	beforeSensitive, afterSensitive      []byte
	replacePaths, importing              []byte
}

// entry reads an element of resource_changes in one pass, and calls use with what
// matters of it, which is valid only then.
func (r *reader) entry(use func(e *entry) error) error {
	if r.s.Kind() != '{' {
		return r.misfit("a resource change that is not an object")
	}
	e := &r.now
	*e = entry{}
	return syntax(r.s.Hold(func() error {
		err := r.hot(func(name []byte) (err error) {
			var to *[]byte
			switch string(name) {
			case "address":
				to = &e.address
			case "previous_address":
				to = &e.previous
			case "module_address":
				to = &e.module
			case "mode":
				to = &e.mode
			case "type":
				to = &e.typ
			case "name":
				to = &e.name
			case "provider_name":
				to = &e.provider
			case "deposed":
				to = &e.deposed
			case "action_reason":
				to = &e.reason
			case "index":
				to = &e.index
			case "change":
				e.hasChange = r.s.Kind() != 'n'
				return r.change(&e.values)
			default:
				return r.other(name, planMembers)
			}
			*to, err = r.value()
			return err
		})
		switch {
		case err != nil:
			return err
		case !e.hasChange:
			return r.at("a resource change without change")
		}
		return use(e)
	}))
}

// misfit passes a value of a wrong kind, and says so.
func (r *reader) misfit(message string) error {
	if err := r.skip(); err != nil {
		return err
	}
	return r.at(message)
}

// change reads a change, of a resource or of an output, within a value that is held.
func (r *reader) change(c *values) error {
	if k := r.s.Kind(); k != '{' && k != 'n' {
		return r.misfit("a change that is not an object")
	}
	return r.hot(func(name []byte) (err error) {
		var to *[]byte
		switch string(name) {
		case "actions":
			to = &c.actions
		case "before":
			to = &c.before
		case "after":
			to = &c.after
		case "after_unknown":
			to = &c.afterUnknown
		case "before_sensitive":
			to = &c.beforeSensitive
		case "after_sensitive":
			to = &c.afterSensitive
		case "replace_paths":
			to = &c.replacePaths
		case "importing":
			to = &c.importing
		default:
			return r.other(name, planMembers)
		}
		*to, err = r.value()
		return err
	})
}

// quietVerbs are those of most changes; nobody writes to them.
var quietVerbs = []string{string(checks.ActionNoOp)}

// verbs reads the list of actions. An empty list decides nothing and is an
// error; words outside the known ones are kept, cut short.
func (e *values) verbs() (verbs []string, problem string) {
	if string(e.actions) == `["no-op"]` {
		return quietVerbs, ""
	}
	n := 0
	err := jsonstream.Elements(e.actions, func(v []byte) error {
		s, ok := jsonstream.Unquote(v)
		if !ok {
			return jsonstream.ErrShape
		}
		if n++; n <= maxVerbs {
			verbs = append(verbs, cut(s, 40))
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, "a change without a list of actions"
	case n == 0:
		return nil, "a change with an empty list of actions"
	case n > maxVerbs:
		verbs = append(verbs, "…")
	}
	return verbs, ""
}

// fact checks an entry against itself and reduces it to facts.
func (r *reader) fact(e *entry) (c checks.Change, a address, problem string) {
	texts := []struct {
		raw  []byte
		to   *string
		name string
		must bool
		once bool // the same text comes in many entries
	}{
		{e.address, &c.Address, "address", true, false},
		{e.typ, &c.Type, "type", true, true},
		{e.previous, &c.PreviousAddress, "previous_address", false, false},
		{e.module, &c.Module, "module_address", false, true},
		{e.mode, &c.Mode, "mode", false, true},
		{e.provider, &c.Provider, "provider_name", false, true},
		{e.deposed, &c.Deposed, "deposed", false, false},
	}
	for _, t := range texts {
		if jsonstream.IsNull(t.raw) {
			if t.must {
				return c, a, "a resource change without " + t.name
			}
			continue
		}
		if len(t.raw) < 2 || t.raw[0] != '"' || t.must && len(t.raw) == 2 {
			return c, a, "a resource change whose " + t.name + " is no text"
		}
		text := plainText(t.raw)
		if len(text) > maxAddress {
			return c, a, "a resource change whose " + t.name + " is too long"
		}
		if t.once {
			*t.to = r.once(text)
		} else {
			*t.to = string(text)
		}
	}
	a, ok := parseAddress(c.Address)
	switch {
	case !ok:
		return c, a, "a resource address that cannot be read: " + quote(c.Address)
	case a.typ != c.Type:
		return c, a, "the type is not the one in the address " + quote(c.Address)
	case c.Mode != "" && a.mode != c.Mode:
		return c, a, "the mode is not the one in the address " + quote(c.Address)
	case c.Module != "" && a.module != c.Module:
		return c, a, "the module is not the one in the address " + quote(c.Address)
	}
	if len(e.name) > 1 && e.name[0] == '"' && string(plainText(e.name)) != a.name {
		return c, a, "the name is not the one in the address " + quote(c.Address)
	}
	if len(e.index) > 0 && !jsonstream.IsNull(e.index) && e.index[0] != '"' && (e.index[0] < '0' || e.index[0] > '9') {
		return c, a, "the index is neither a number nor a text: " + quote(c.Address)
	}
	c.Mode, c.Module = a.mode, a.module
	c.Provider = cut(c.Provider, maxText)
	c.Importing = !jsonstream.IsNull(e.importing)

	verbs, problem := e.verbs()
	if problem != "" {
		return c, a, problem + ": " + quote(c.Address)
	}
	c.Verbs = verbs
	c.Action, c.CreateFirst = actionOf(verbs)
	if p := contradiction(c.Action, c.Mode, e.before, e.after); p != "" {
		return c, a, p + ": " + quote(c.Address)
	}
	if r, ok := jsonstream.Unquote(e.reason); ok && isWord(r, "_") {
		c.Reason = r
	}
	return c, a, ""
}

// plain reports whether an entry says that nothing at all happens.
func plain(c *checks.Change) bool {
	return c.Action == checks.ActionNoOp && c.PreviousAddress == "" && c.Deposed == "" && !c.Importing
}

// paths writes replace_paths for people: "root_block_device[0].encrypted". Map
// keys are values of the plan's owner, so a step that is not a plain attribute
// name, or is below a sensitive attribute, is not shown.
func (e *entry) paths() []string {
	if jsonstream.IsNull(e.replacePaths) {
		return nil
	}
	var out []string
	_ = jsonstream.Elements(e.replacePaths, func(path []byte) error {
		if len(out) == maxPaths {
			return jsonstream.ErrShape
		}
		var b strings.Builder
		n := 0
		err := jsonstream.Elements(path, func(step []byte) error {
			s, isText := jsonstream.Unquote(step)
			switch {
			case isText && isWord(s, "_-"):
				if n > 0 {
					b.WriteByte('.')
				}
				b.WriteString(s)
				if n == 0 && (marked(e.beforeSensitive, s) || marked(e.afterSensitive, s)) {
					return jsonstream.ErrShape
				}
			case isText:
				b.WriteString(`["…"]`)
			case len(step) > 0 && len(step) < 8 && step[0] >= '0' && step[0] <= '9':
				b.WriteString("[" + string(step) + "]")
			default:
				b.WriteString("[…]")
			}
			if n++; n == 12 {
				return jsonstream.ErrShape
			}
			return nil
		})
		if n > 0 || err == nil {
			out = append(out, b.String())
		}
		return nil
	})
	return out
}

// forced are the attributes at the top of the resource that force a replacement.
func (e *entry) forced() []string {
	var out []string
	_ = jsonstream.Elements(e.replacePaths, func(path []byte) error {
		first := true
		_ = jsonstream.Elements(path, func(step []byte) error {
			if s, ok := jsonstream.Unquote(step); ok && first && len(out) < maxPaths {
				out = append(out, s)
			}
			first = false
			return nil
		})
		return nil
	})
	return out
}

// marked reports whether a sensitivity mask marks anything of an attribute.
func marked(mask []byte, attribute string) bool {
	if string(mask) == "true" {
		return true
	}
	found := false
	_ = jsonstream.Members(mask, func(name, v []byte) error {
		if string(name) == attribute && bytes.Contains(v, []byte("true")) {
			found = true
		}
		return nil
	})
	return found
}

func isWord(s, extra string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return true
}

// sameJSON compares two values. The tools write both sides in the same way, so
// the bytes are mostly equal; else members may be in another order.
func sameJSON(a, b []byte) bool {
	if jsonstream.IsNull(a) && jsonstream.IsNull(b) {
		return true
	}
	if bytes.Equal(a, b) {
		return true
	}
	if jsonstream.IsNull(a) || jsonstream.IsNull(b) {
		return false
	}
	x, y := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	if x.Format(jsontext.ReorderRawObjects(true)) != nil || y.Format(jsontext.ReorderRawObjects(true)) != nil {
		return false
	}
	return bytes.Equal(x, y)
}

// tokens estimates what a value costs when it is decoded.
func tokens(v []byte) int {
	return bytes.Count(v, []byte{','}) + bytes.Count(v, []byte{'{'}) + bytes.Count(v, []byte{'['})
}
