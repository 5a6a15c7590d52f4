package guard

import (
	"encoding/json"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// maxDocument bounds a text that is read as JSON, in bytes.
const maxDocument = 2 << 20

// document reads a text that is a JSON document, so that its parts can be compared
// like any others: container definitions, queue policies, bodies of other APIs.
func document(w *walk, n node) node {
	t, ok := n.value.(string)
	if !ok || len(t) < 4 {
		return n
	}
	s := strings.TrimSpace(t)
	if len(s) < 2 || s[0] != '{' && s[0] != '[' || s[len(s)-1] != '}' && s[len(s)-1] != ']' {
		return n
	}
	if len(t) > maxDocument || tooDeep(s) {
		w.over = true
		return n
	}
	if !w.spend(len(t)) {
		return n
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return n
	}
	if tfvalue.Marked(n.sensitive) {
		n.sensitive = true
	}
	n.value = v
	return n
}

func tooDeep(s string) bool {
	depth, text := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
