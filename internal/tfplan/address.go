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
	type step struct{ name, key string }
	var steps []step
	for rest := s; ; {
		n := strings.IndexAny(rest, ".[")
		if n < 0 {
			n = len(rest)
		}
		st := step{name: rest[:n]}
		rest = rest[n:]
		if strings.HasPrefix(rest, "[") {
			k := keyEnd(rest)
			if k < 0 {
				return a, false
			}
			st.key, rest = rest[:k], rest[k:]
		}
		if st.name == "" {
			return a, false
		}
		steps = append(steps, st)
		if rest == "" {
			break
		}
		if rest[0] != '.' {
			return a, false
		}
		rest = rest[1:]
	}
	var module, config []string
	for len(steps) > 2 && steps[0].name == "module" && steps[0].key == "" {
		module = append(module, "module."+steps[1].name+steps[1].key)
		config = append(config, "module."+steps[1].name)
		steps = steps[2:]
	}
	a.mode = modeManaged
	if len(steps) == 3 && steps[0].key == "" && (steps[0].name == modeData || steps[0].name == modeEphemeral) {
		a.mode = steps[0].name
		config = append(config, steps[0].name)
		steps = steps[1:]
	}
	if len(steps) != 2 || steps[0].key != "" {
		return a, false
	}
	if t := steps[0].name; a.mode == modeManaged && (t == "module" || t == modeData || t == modeEphemeral) {
		return a, false
	}
	a.module = strings.Join(module, ".")
	a.typ, a.name, a.key = steps[0].name, steps[1].name, steps[1].key
	a.config = strings.Join(append(config, a.typ, a.name), ".")
	return a, true
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
