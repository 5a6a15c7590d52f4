package ghtest

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// complete fills in what an answer must have by the description and the fake does not
// say: URLs, counters and the like. Nobody here reads them; but an answer without them
// is none that GitHub gives.
func complete(op *openapi3.Operation, status int, body any) any {
	r := op.Responses.Status(status)
	if r == nil || r.Value == nil || body == nil {
		return body
	}
	mt := r.Value.Content.Get("application/json")
	if mt == nil || mt.Schema == nil {
		return body
	}
	if _, raw := body.([]byte); raw {
		return body
	}
	return fill(mt.Schema.Value, body)
}

func fill(s *openapi3.Schema, v any) any {
	switch v := v.(type) {
	case map[string]any:
		fillObject(s, v)
	case []any:
		if branch := pick(s, v); branch.Items != nil {
			for i := range v {
				v[i] = fill(branch.Items.Value, v[i])
			}
		}
	}
	return v
}

func fillObject(s *openapi3.Schema, m map[string]any) {
	for _, r := range s.AllOf {
		fillObject(r.Value, m)
	}
	if len(s.AnyOf)+len(s.OneOf) > 0 {
		if b := pick(s, m); b != s {
			fillObject(b, m)
		}
	}
	for _, name := range s.Required {
		if _, ok := m[name]; ok {
			continue
		}
		if p := s.Properties[name]; p != nil {
			m[name] = made(p.Value)
		} else {
			m[name] = nil
		}
	}
	for name, p := range s.Properties {
		if v, ok := m[name]; ok {
			m[name] = fill(p.Value, v)
		}
	}
}

// pick is the branch of a choice that a value is of.
func pick(s *openapi3.Schema, v any) *openapi3.Schema {
	for _, list := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		for _, r := range list {
			if fits(r.Value, v) {
				return r.Value
			}
		}
	}
	return s
}

func fits(s *openapi3.Schema, v any) bool {
	switch v := v.(type) {
	case []any:
		return s.Type.Is("array")
	case map[string]any:
		if s.Type.Is("array") {
			return false
		}
		for name, p := range s.Properties {
			if got, ok := v[name]; ok && len(p.Value.Enum) > 0 && !slices.Contains(p.Value.Enum, got) {
				return false
			}
		}
		return true
	}
	return false
}

// made is the least value that a schema takes.
func made(s *openapi3.Schema) any {
	switch {
	case s.Nullable:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return made(s.OneOf[0].Value)
	case len(s.AnyOf) > 0:
		return made(s.AnyOf[0].Value)
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 0
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("string"):
		switch s.Format {
		case "uri":
			return "https://github.invalid/"
		case "date-time":
			return "2020-01-01T00:00:00Z"
		}
		return "-"
	}
	m := map[string]any{}
	fillObject(s, m)
	return m
}
