package tfplan

import "strings"

// Modes of a resource.
const (
	modeManaged   = "managed"
	modeData      = "data"
	modeEphemeral = "ephemeral"
)

// address is the address of a resource instance, taken apart.
type address struct {
	module string // "module.a[0].module.b", empty for the root
	mode   string
	typ    string
	name   string
	key    string // `[0]`, `["a"]`, or empty
	config string // the address without any instance key: where the configuration has it
}

// parseAddress takes apart an address such as module.a["x.y"].data.t.n[0].
// Instance keys may hold dots and brackets inside quotes.
func parseAddress(s string) (address, bool) {
	var a address
	var room [10]step
	steps, keys := room[:0], false
	for at := 0; ; {
		n := strings.IndexAny(s[at:], ".[")
		if n < 0 {
			n = len(s) - at
		}
		st := step{name: s[at : at+n]}
		at += n
		if at < len(s) && s[at] == '[' {
			k := keyEnd(s[at:])
			if k < 0 {
				return a, false
			}
			st.key, keys = s[at:at+k], true
			at += k
		}
		if st.name == "" {
			return a, false
		}
		st.end = at
		steps = append(steps, st)
		if at == len(s) {
			break
		}
		if s[at] != '.' {
			return a, false
		}
		at++
	}
	all := steps
	for len(steps) > 2 && steps[0].name == "module" && steps[0].key == "" {
		a.module = s[:steps[1].end]
		steps = steps[2:]
	}
	a.mode = modeManaged
	if len(steps) == 3 && steps[0].key == "" && (steps[0].name == modeData || steps[0].name == modeEphemeral) {
		a.mode = steps[0].name
		steps = steps[1:]
	}
	if len(steps) != 2 || steps[0].key != "" {
		return a, false
	}
	if t := steps[0].name; a.mode == modeManaged && (t == "module" || t == modeData || t == modeEphemeral) {
		return a, false
	}
	a.typ, a.name, a.key = steps[0].name, steps[1].name, steps[1].key
	a.config = s
	if keys {
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].name
		}
		a.config = strings.Join(names, ".")
	}
	return a, true
}

// step is one part of an address: a name with its instance key.
type step struct {
	name, key string
	end       int // index after it
}

// keyEnd returns the index after the instance key that begins s, or -1.
func keyEnd(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i + 1
		}
	}
	return -1
}

// configModule is the module of a configuration address.
func (a address) configModule() string {
	m := strings.TrimSuffix(a.config, a.typ+"."+a.name)
	return strings.TrimSuffix(m, ".")
}
