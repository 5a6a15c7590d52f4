package tfsource

import (
	"maps"
	"slices"
	"strings"
)

// resolve returns the text of a setting together with the locals and the defaults
// of variables that it rests on, so that a change of one of those is a change of it.
func (m *module) resolve(s setting) string {
	if len(s.refs) == 0 {
		return s.text
	}
	var b strings.Builder
	b.WriteString(s.text)
	all := m.rest(s.refs, func(name string, d setting, ok bool) {
		if ok {
			b.WriteString("\n" + name + "=" + d.text)
		}
	})
	if all {
		return s.text + "\n" + m.everything()
	}
	return b.String()
}

// rest calls f for the locals and variables that references lead to, directly or
// through locals; ok tells whether there is a definition or a default. It reports
// whether there are too many to tell.
func (m *module) rest(refs []string, f func(name string, d setting, ok bool)) (all bool) {
	seen := map[string]bool{}
	for queue := slices.Clone(refs); len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		if seen[name] = true; len(seen) > maxRefs || name == everything {
			return true
		}
		d, ok := m.def(name)
		f(name, d, ok)
		queue = append(queue, d.refs...)
	}
	return false
}

// uses returns the variables that references lead to: "var.x", "var.x.part", or
// [everything].
func (m *module) uses(refs []string) []string {
	var out []string
	if m.rest(refs, func(name string, _ setting, _ bool) {
		if strings.HasPrefix(name, "var.") {
			out = append(out, name)
		}
	}) {
		return []string{everything}
	}
	return out
}

// def returns the definition of a local or the default of a variable, or the part
// of it that is referred to: "local.accounts.prod".
func (m *module) def(name string) (setting, bool) {
	path := strings.Split(name, ".")
	src, ok := m.defs[strings.Join(path[:min(2, len(path))], ".")]
	if !ok {
		return setting{}, false
	}
	if m.texts == nil {
		m.texts = map[string]setting{}
	}
	d, ok := m.texts[name]
	if !ok {
		d = src.setting(path[2:])
		if len(d.text) > maxText {
			d.text = fold("", d.text)
		}
		m.texts[name] = d
	}
	return d, true
}

// everything returns one short text that differs when any local or default does.
func (m *module) everything() string {
	if m.whole == "" {
		for _, name := range slices.Sorted(maps.Keys(m.defs)) {
			d, _ := m.def(name)
			m.whole = fold(m.whole, name+"="+d.text)
		}
	}
	return m.whole
}
