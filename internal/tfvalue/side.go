package tfvalue

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Side is an object before or after a plan, with its masks.
type Side struct {
	Root      map[string]any
	Unknown   any
	Sensitive any
}

// Exists reports whether there is an object.
func (s Side) Exists() bool { return s.Root != nil }

// Value is what stands at one place of an object.
type Value struct {
	Value     any
	Unknown   bool // known only after apply; Value is nil, or incomplete
	Sensitive bool // it, or a part of it, is marked
	// Masks of the parts of Value.
	unknown, sensitive any
}

// maxDepth bounds the walk through masks and values.
const maxDepth = 64

// maxValues bounds what one path finds.
const maxValues = 100_000

// At returns the value of a plain path such as "versioning.enabled"; a step into a
// list of exactly one block goes into that block. ok is false when there is nothing
// and nothing unknown either.
func (s Side) At(path string) (v Value, ok bool) {
	vs := s.All(path)
	if len(vs) == 0 {
		return Value{}, false
	}
	return vs[0], true
}

// All returns every value that a path finds, in order. "a.b" steps into an object,
// and into every element of a list on the way; "a[]" is every element of a, which
// may be a single value in place of a list. "a|b" and "a,b" are the values of both.
// A null is no value, unless it is an element of a list that the mask says is
// unknown. A whole that is unknown is one unknown value. Lists in lists are stepped
// through like one.
func (s Side) All(path string) []Value {
	if s.Root == nil {
		return nil
	}
	var out []Value
	for alt := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '|' || r == ',' }) {
		steps := strings.Split(strings.TrimSpace(alt), ".")
		root := Value{Value: s.Root, unknown: s.Unknown, sensitive: s.Sensitive}
		root.Unknown, root.Sensitive = s.Unknown == true, s.Sensitive == true
		out = find(out, root, steps, 0)
	}
	return out
}

// Elements returns the parts of a list, or of a set; of anything else the value
// itself. A mask of another form than the value marks all of it: it may not be used
// to hide a part, nor to show one.
func (v Value) Elements() []Value {
	list, isList := v.Value.([]any)
	ul, _ := v.unknown.([]any)
	if !isList && (ul == nil || v.Value != nil) {
		if v.Value == nil && !v.Unknown {
			return nil
		}
		return []Value{v}
	}
	sl, _ := v.sensitive.([]any)
	if len(sl) != max(len(list), len(ul)) {
		sl = nil
	}
	out := make([]Value, 0, max(len(list), len(ul)))
	for i := range max(len(list), len(ul)) {
		var e Value
		if v.Sensitive && sl == nil {
			e.Sensitive, e.sensitive = true, true
		}
		if v.Unknown {
			e.Unknown, e.unknown = true, true
		}
		if i < len(list) {
			e.Value = list[i]
		}
		if i < len(ul) {
			e.unknown = ul[i]
			e.Unknown = ul[i] == true
		}
		if sl != nil {
			e.sensitive = sl[i]
			e.Sensitive = Marked(sl[i])
		}
		out = append(out, e)
	}
	return out
}

// Member returns a member of an object.
func (v Value) Member(name string) (Value, bool) {
	m, _ := v.Value.(map[string]any)
	e := Value{Value: m[name]}
	if v.Unknown {
		e.Unknown, e.unknown = true, true
	}
	if um, ok := v.unknown.(map[string]any); ok {
		e.unknown = um[name]
		e.Unknown = e.unknown == true
	}
	switch sm := v.sensitive.(type) {
	case bool:
		e.Sensitive, e.sensitive = sm, sm
	case map[string]any:
		e.sensitive = sm[name]
		e.Sensitive = Marked(e.sensitive)
	case []any:
		e.Sensitive = Marked(sm)
		e.sensitive = e.Sensitive
	}
	return e, e.Value != nil || Marked(e.unknown)
}

func find(out []Value, v Value, steps []string, depth int) []Value {
	if len(out) >= maxValues {
		return out
	}
	if len(steps) == 0 {
		return append(out, v)
	}
	name, each := strings.CutSuffix(steps[0], "[]")
	if v.Unknown && v.Value == nil {
		return append(out, v)
	}
	for _, o := range v.Elements() {
		if o.Unknown && o.Value == nil {
			out = append(out, o)
			continue
		}
		if _, nested := o.Value.([]any); nested && depth < maxDepth {
			out = find(out, o, steps, depth+1)
			continue
		}
		m, ok := o.Member(name)
		if !ok {
			continue
		}
		if !each {
			out = find(out, m, steps[1:], depth+1)
			continue
		}
		if m.Unknown {
			out = append(out, m)
			continue
		}
		for _, e := range m.Elements() {
			if e.Value != nil || e.Partly() {
				out = find(out, e, steps[1:], depth+1)
			}
		}
	}
	return out
}

// Partly reports whether the value or anything below it is known only after apply.
func (v Value) Partly() bool { return v.Unknown || Marked(v.unknown) }

// Text returns a string.
func (v Value) Text() (string, bool) {
	s, ok := v.Value.(string)
	return s, ok
}

// Bool returns a boolean; "true" and "false" count, as some providers write them.
func (v Value) Bool() (value, ok bool) {
	switch t := v.Value.(type) {
	case bool:
		return t, true
	case string:
		switch strings.ToLower(t) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// Number returns a number; a text that is one counts. What cannot be compared, or is
// without end, is none.
func (v Value) Number() (float64, bool) {
	var t string
	switch n := v.Value.(type) {
	case json.Number:
		t = n.String()
	case string:
		t = n
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// Word is the value as it may be shown: true, false, a number of at most 20
// digits, or a word of an enumeration. Empty when it is anything else, unknown or
// sensitive.
func (v Value) Word() string {
	if v.Sensitive || v.Unknown {
		return ""
	}
	switch t := v.Value.(type) {
	case bool:
		if t {
			return "true"
		}
		return "false"
	case json.Number:
		if s := t.String(); len(s) <= 20 {
			return s
		}
	case string:
		if isWord(t) {
			return t
		}
	}
	return ""
}

// isWord tells a word of an enumeration from free text, which may be a secret.
func isWord(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// Marked reports whether a mask marks anything.
func Marked(mask any) bool { return marked(mask, 0) }

func marked(mask any, depth int) bool {
	if depth > maxDepth {
		return true
	}
	switch t := mask.(type) {
	case bool:
		return t
	case []any:
		for _, e := range t {
			if marked(e, depth+1) {
				return true
			}
		}
	case map[string]any:
		for _, e := range t {
			if marked(e, depth+1) {
				return true
			}
		}
	}
	return false
}
