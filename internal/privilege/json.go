package privilege

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// Bounds of a document inside an attribute. The largest policy any of the clouds
// takes is 32 KiB, Google's 64 KiB.
const (
	maxDocument = 512 << 10 // bytes
	maxTokens   = 50_000
	maxNesting  = 40 // of YAML and HCL
)

// unread says why a document cannot be read, without a word of it.
type unread string

func (u unread) Error() string { return "read document: " + string(u) }

const (
	errTooLarge  = unread("it is too large")
	errNested    = unread("it is nested too deep")
	errTwice     = unread("a name is given twice")
	errGrammar   = unread("it is not valid JSON")
	errAfterEnd  = unread("there is text after its end")
	errElement   = unread("it has an element that its grammar does not have")
	errText      = unread("it has something else where a text belongs")
	errStatement = unread("it has something that is no statement")
	errShape     = unread("it has another form")
)

// unreadable says that a text cannot be read, and why.
func unreadable(what string, err error) string {
	why := errShape
	errors.As(err, &why)
	return what + " cannot be read (" + string(why) + "), so it counts as the worst"
}

// readJSON reads a text that is one JSON value and nothing else. A member that is
// there twice is an error: of two readers one sees the first and one the last.
func readJSON(text string) (any, error) {
	v, err := jsonstream.Document(text, maxDocument, maxTokens)
	var e *jsonstream.Error
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &e) && e.Kind == jsonstream.Depth:
		return nil, errNested
	case errors.As(err, &e) && e.Kind == jsonstream.Duplicate:
		return nil, errTwice
	case errors.As(err, &e) && e.Kind == jsonstream.Trailing:
		return nil, errAfterEnd
	case jsonstream.TooMuch(err):
		return nil, errTooLarge
	}
	return nil, errGrammar
}

// fold gives the members of an object under lower-case names. AWS does not tell the
// case of element names and condition keys apart, so two that differ in nothing
// else are an error.
func fold(m map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(m))
	for k, v := range m {
		k = strings.ToLower(k)
		if _, twice := out[k]; twice {
			return nil, errTwice
		}
		out[k] = v
	}
	return out, nil
}

// texts reads a string or a list of strings. Numbers and booleans count as text, as
// conditions have them.
func texts(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		switch t := e.(type) {
		case string:
			out = append(out, t)
		case json.Number:
			out = append(out, t.String())
		case bool:
			if t {
				out = append(out, "true")
			} else {
				out = append(out, "false")
			}
		default:
			return nil, errText
		}
	}
	return out, nil
}

// writeJSON writes a value of a plan as JSON text.
func writeJSON(v any) (string, bool) {
	b, err := json.Marshal(v)
	return string(b), err == nil
}
