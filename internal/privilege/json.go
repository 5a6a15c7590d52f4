package privilege

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of a document inside an attribute. The largest policy any of the clouds
// takes is 32 KiB, Google's 64 KiB.
const (
	maxDocument = 512 << 10 // bytes
	maxTokens   = 50_000
	maxNesting  = 40
)

var (
	errTooLarge = errors.New("read policy document: too large")
	errNested   = errors.New("read policy document: nested too deep")
)

// readJSON reads a text that is one JSON value and nothing else. A member that is
// there twice is an error: of two readers one sees the first and one the last.
// Numbers are kept as they are written, as jsonNumber.
func readJSON(text string) (any, error) {
	if len(text) > maxDocument {
		return nil, errTooLarge
	}
	d := jsontext.NewDecoder(strings.NewReader(text)) // refuses duplicate names and bytes that are not UTF-8
	left := maxTokens
	v, err := readValue(d, 0, &left)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read policy document: text after the end")
	}
	return v, nil
}

type jsonNumber string

func readValue(d *jsontext.Decoder, depth int, left *int) (any, error) {
	if depth > maxNesting {
		return nil, errNested
	}
	if *left--; *left < 0 {
		return nil, errTooLarge
	}
	t, err := d.ReadToken()
	if err != nil {
		return nil, fmt.Errorf("read policy document: %w", err)
	}
	switch t.Kind() {
	case '{':
		m := map[string]any{}
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return nil, fmt.Errorf("read policy document: %w", err)
			}
			n := name.String()
			if m[n], err = readValue(d, depth+1, left); err != nil {
				return nil, err
			}
		}
		_, err = d.ReadToken()
		return m, err
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := readValue(d, depth+1, left)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.ReadToken()
		return list, err
	case '"':
		return t.String(), nil
	case '0':
		return jsonNumber(t.String()), nil
	case 't', 'f':
		return t.Bool(), nil
	}
	return nil, nil //nolint:nilnil // the JSON null
}

// fold gives the members of an object under lower-case names. AWS does not tell the
// case of element names and condition keys apart, so two that differ in nothing
// else are an error.
func fold(m map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(m))
	for k, v := range m {
		k = strings.ToLower(k)
		if _, twice := out[k]; twice {
			return nil, errors.New("read policy document: an element is there twice")
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
		case jsonNumber:
			out = append(out, string(t))
		case bool:
			if t {
				out = append(out, "true")
			} else {
				out = append(out, "false")
			}
		default:
			return nil, errors.New("read policy document: a text is expected")
		}
	}
	return out, nil
}

// writeJSON writes a value of a plan as JSON text.
func writeJSON(v any) (string, bool) {
	b, err := json.Marshal(v)
	return string(b), err == nil
}
