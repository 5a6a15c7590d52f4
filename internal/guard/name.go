package guard

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// keys are the names of members.
func (n node) keys(which func(string) bool) []string {
	out := []string{}
	for _, name := range n.names() {
		if which(name) {
			out = append(out, name)
		}
	}
	return out
}

// idle reports whether a block says of itself that it is switched off.
func (n node) idle() bool {
	for _, name := range []string{"enabled", "enable", "status", "is_enabled", "state", "Enabled", "Status"} {
		if m := n.member(name); m.value != nil && !switched(m.leaf()) {
			return true
		}
	}
	return false
}

// shownNames are the names of members that may be told.
func (n node) shownNames(sensitive bool, which func(string) bool) []string {
	if sensitive {
		return nil
	}
	var out []string
	for _, name := range n.names() {
		if which(name) && tellable(name) {
			out = append(out, name)
		}
	}
	return out
}

// tagKeys are the keys of a list of tags; nil when the elements are none.
func (n node) tagKeys(size int) []string {
	var keys []string
	for i := range size {
		e := n.element(i)
		k, ok := e.member("key").value.(string)
		if !ok || !e.member("value").there() {
			return nil
		}
		keys = append(keys, k)
	}
	return keys
}

func without(texts, others []string) []string {
	in := make(map[string]bool, len(others))
	for _, t := range others {
		in[t] = true
	}
	return slices.DeleteFunc(texts, func(t string) bool { return in[t] })
}

// elementNames are the names of elements that may be told; strong when they are
// names that somebody chose.
func (n node) elementNames(sensitive bool, which func(int) bool) (names []string, strong bool) {
	if sensitive {
		return nil, false
	}
	for i := range max(n.size(), 0) {
		if !which(i) {
			continue
		}
		e := n.element(i)
		if e.sensitive == true {
			continue
		}
		if t := e.title(); t != "" {
			names, strong = append(names, t), true
		}
	}
	slices.Sort(names)
	return names, strong
}

// title is the name of an element: never a value of its own, and nothing that is
// marked sensitive. A key is a name only beside a value.
func (n node) title() string {
	for _, name := range ownName {
		m := n.member(name)
		t, ok := m.value.(string)
		switch {
		case !ok || t == "" || tfvalue.Marked(m.sensitive):
			continue
		case strings.EqualFold(name, "id") || strings.EqualFold(name, "username"):
			continue
		case strings.EqualFold(name, "key") && !n.member("value").there() && !n.member("Value").there():
			continue
		}
		if tellable(t) {
			return t
		}
	}
	for _, name := range otherName {
		if m := n.member(name); name != "value" {
			if t := m.leaf().Word(); t != "" && len(t) <= 24 {
				return name + " " + t
			}
		}
	}
	return ""
}

// tellable reports whether a name may be told: short, and made of what names are
// made of.
func tellable(s string) bool {
	if s == "" || len(s) > 60 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_-./:@* ", c) >= 0:
		default:
			return false
		}
	}
	return true
}
