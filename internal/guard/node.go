package guard

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A node is one value with its masks.
type node struct {
	value              any
	unknown, sensitive any
}

// whole reports whether all of it is known only after apply.
func (n node) whole() bool { return n.unknown == true }

// there reports whether there is a value, or one to come.
func (n node) there() bool { return n.value != nil || tfvalue.Marked(n.unknown) }

func (n node) member(name string) node {
	m, _ := n.value.(map[string]any)
	return node{m[name], part(n.unknown, name), part(n.sensitive, name)}
}

func (n node) element(i int) node {
	e := node{unknown: element(n.unknown, i), sensitive: element(n.sensitive, i)}
	if l, ok := n.value.([]any); ok && i < len(l) {
		e.value = l[i]
	}
	return e
}

// size is the number of elements of a list, unknown ones included; -1 of anything
// else.
func (n node) size() int {
	l, ok := n.value.([]any)
	ul, uok := n.unknown.([]any)
	if !ok && (!uok || n.value != nil) {
		return -1
	}
	return max(len(l), len(ul))
}

// leaf is the node as a value that words and numbers can be asked of.
func (n node) leaf() tfvalue.Value {
	return tfvalue.Value{Value: n.value, Unknown: n.whole(), Sensitive: tfvalue.Marked(n.sensitive)}
}

// part is the mask of a member: what marks a whole marks every part.
func part(mask any, name string) any {
	switch t := mask.(type) {
	case bool:
		return t
	case map[string]any:
		return t[name]
	}
	return nil
}

func element(mask any, i int) any {
	switch t := mask.(type) {
	case bool:
		return t
	case []any:
		if i < len(t) {
			return t[i]
		}
	}
	return nil
}

// names are the members of an object, unknown ones included, sorted.
func (n node) names() []string {
	m, _ := n.value.(map[string]any)
	u, _ := n.unknown.(map[string]any)
	names := make([]string, 0, len(m)+len(u))
	for name := range m {
		names = append(names, name)
	}
	for name := range u {
		if _, both := m[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// equal reports whether two values are the same.
func (w *walk) equal(a, b any, depth int) bool {
	if !w.spend(1) || depth > maxDepth {
		return false
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case json.Number:
		y, ok := b.(json.Number)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case nil:
		return b == nil
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !w.equal(x[i], y[i], depth+1) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for name, v := range x {
			if u, there := y[name]; !there || !w.equal(v, u, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// scalar tells a single value as a text that two equal values share; false for an
// object, a list and null.
func scalar(v any) (string, bool) {
	switch t := v.(type) {
	case string:
		return "s" + t, true
	case json.Number:
		return "s" + t.String(), true // some providers turn numbers into texts and back
	case bool:
		return "s" + strconv.FormatBool(t), true
	}
	return "", false
}
