package tfplan

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/checks"
)

// entry is one element of resource_changes, its members still raw.
type entry struct {
	address, previous, module, mode, typ, name []byte
	provider, deposed, reason, index           []byte

	change                               []byte
	actions, before, after, afterUnknown []byte
	beforeSensitive, afterSensitive      []byte
	replacePaths, importing, generation  []byte
}

// split finds the members of an entry that matter.
func split(v []byte) (e entry, problem string) {
	var bad string
	member := func(name []byte, known map[string]bool) bool {
		if k, ok := alias(string(name), known); ok {
			bad = "a member name that some programs read as " + strconv.Quote(k) + " and others do not"
		}
		return bad == ""
	}
	err := members(v, func(name, x []byte) error {
		if !member(name, planMembers) {
			return errShape
		}
		switch string(name) {
		case "address":
			e.address = x
		case "previous_address":
			e.previous = x
		case "module_address":
			e.module = x
		case "mode":
			e.mode = x
		case "type":
			e.typ = x
		case "name":
			e.name = x
		case "provider_name":
			e.provider = x
		case "deposed":
			e.deposed = x
		case "action_reason":
			e.reason = x
		case "index":
			e.index = x
		case "change":
			e.change = x
		}
		return nil
	})
	switch {
	case bad != "":
		return e, bad
	case err != nil:
		return e, "a resource change that is not an object"
	case isNull(e.change):
		return e, "a resource change without change"
	}
	err = members(e.change, func(name, x []byte) error {
		if !member(name, planMembers) {
			return errShape
		}
		switch string(name) {
		case "actions":
			e.actions = x
		case "before":
			e.before = x
		case "after":
			e.after = x
		case "after_unknown":
			e.afterUnknown = x
		case "before_sensitive":
			e.beforeSensitive = x
		case "after_sensitive":
			e.afterSensitive = x
		case "replace_paths":
			e.replacePaths = x
		case "importing":
			e.importing = x
		case "generated_config":
			e.generation = x
		}
		return nil
	})
	switch {
	case bad != "":
		return e, bad
	case err != nil:
		return e, "a change that is not an object"
	}
	return e, ""
}

// verbs reads the list of actions. An empty list decides nothing and is an
// error; words outside the known ones are kept, cut short.
func (e *entry) verbs() (verbs []string, problem string) {
	n := 0
	err := elements(e.actions, func(v []byte) error {
		s, ok := unquote(v)
		if !ok {
			return errShape
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
func (e *entry) fact() (c checks.Change, a address, problem string) {
	texts := []struct {
		raw  []byte
		to   *string
		name string
		must bool
	}{
		{e.address, &c.Address, "address", true},
		{e.typ, &c.Type, "type", true},
		{e.previous, &c.PreviousAddress, "previous_address", false},
		{e.module, &c.Module, "module_address", false},
		{e.mode, &c.Mode, "mode", false},
		{e.provider, &c.Provider, "provider_name", false},
		{e.deposed, &c.Deposed, "deposed", false},
	}
	for _, t := range texts {
		if isNull(t.raw) {
			if t.must {
				return c, a, "a resource change without " + t.name
			}
			continue
		}
		s, ok := unquote(t.raw)
		if !ok || (t.must && s == "") {
			return c, a, "a resource change whose " + t.name + " is no text"
		}
		if len(s) > maxAddress {
			return c, a, "a resource change whose " + t.name + " is too long"
		}
		*t.to = s
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
	if name, ok := unquote(e.name); ok && name != a.name {
		return c, a, "the name is not the one in the address " + quote(c.Address)
	}
	if len(e.index) > 0 && !isNull(e.index) && e.index[0] != '"' && (e.index[0] < '0' || e.index[0] > '9') {
		return c, a, "the index is neither a number nor a text: " + quote(c.Address)
	}
	c.Mode, c.Module = a.mode, a.module
	c.Provider = cut(c.Provider, maxText)
	c.Importing = !isNull(e.importing)

	verbs, problem := e.verbs()
	if problem != "" {
		return c, a, problem + ": " + quote(c.Address)
	}
	c.Verbs = verbs
	c.Action, c.CreateFirst = actionOf(verbs)
	if p := contradiction(c.Action, c.Mode, e.before, e.after); p != "" {
		return c, a, p + ": " + quote(c.Address)
	}
	if r, ok := unquote(e.reason); ok && isWord(r, "_") {
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
	if isNull(e.replacePaths) {
		return nil
	}
	var out []string
	_ = elements(e.replacePaths, func(path []byte) error {
		if len(out) == maxPaths {
			return errShape
		}
		var b strings.Builder
		n := 0
		err := elements(path, func(step []byte) error {
			s, isText := unquote(step)
			switch {
			case isText && isWord(s, "_-"):
				if n > 0 {
					b.WriteByte('.')
				}
				b.WriteString(s)
				if n == 0 && (marked(e.beforeSensitive, s) || marked(e.afterSensitive, s)) {
					return errShape
				}
			case isText:
				b.WriteString(`["…"]`)
			case len(step) > 0 && len(step) < 8 && step[0] >= '0' && step[0] <= '9':
				b.WriteString("[" + string(step) + "]")
			default:
				b.WriteString("[…]")
			}
			if n++; n == 12 {
				return errShape
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

// marked reports whether a sensitivity mask marks anything of an attribute.
func marked(mask []byte, attribute string) bool {
	if string(mask) == "true" {
		return true
	}
	found := false
	_ = members(mask, func(name, v []byte) error {
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
	if isNull(a) && isNull(b) {
		return true
	}
	if bytes.Equal(a, b) {
		return true
	}
	if isNull(a) || isNull(b) {
		return false
	}
	x, y := jsontext.Value(bytes.Clone(a)), jsontext.Value(bytes.Clone(b))
	if x.Format(jsontext.ReorderRawObjects(true)) != nil || y.Format(jsontext.ReorderRawObjects(true)) != nil {
		return false
	}
	return bytes.Equal(x, y)
}

// decode gives the change to terraform-json's type. It is done for the few types
// whose attributes are looked at, member by member: only those that matter, and
// of a no-op only one side, because both are the same. encoding/json's errors may
// quote values, so none of them is passed on.
func (e *entry) decode(a checks.Action) (*tfjson.Change, bool) {
	var c tfjson.Change
	parts := []struct {
		raw []byte
		to  *any
	}{{e.before, &c.Before}, {e.beforeSensitive, &c.BeforeSensitive}, {e.after, &c.After}, {e.afterUnknown, &c.AfterUnknown}, {e.afterSensitive, &c.AfterSensitive}}
	if a == checks.ActionNoOp {
		parts = parts[:2]
	}
	for _, p := range parts {
		if isNull(p.raw) {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(p.raw))
		d.UseNumber() // long numbers keep their digits
		if d.Decode(p.to) != nil {
			return nil, false
		}
	}
	return &c, true
}

// tokens estimates what a value costs when it is decoded.
func tokens(v []byte) int {
	return bytes.Count(v, []byte{','}) + bytes.Count(v, []byte{'{'}) + bytes.Count(v, []byte{'['})
}
