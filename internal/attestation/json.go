package attestation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// maxNesting bounds how deep a JSON document may nest. Real statements have 10.
const maxNesting = 64

// Strict reports whether text is one JSON document that every reader understands
// the same way. It refuses duplicate member names, names that differ only by case,
// text that is not UTF-8, nesting deeper than 64, and anything behind the document.
//
// This program and whoever made or shows a statement may use different readers: one
// takes the first of two "subject" members, another the last, a third does not tell
// "Subject" from "subject". A signature over such a text holds and says two things.
func Strict(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	var names []map[string]string // of the objects that are open, folded name -> name
	for whole := false; ; whole = d.StackDepth() == 0 {
		t, err := d.ReadToken()
		switch {
		case whole && errors.Is(err, io.EOF):
			return nil
		case whole:
			return fmt.Errorf("%w: something follows the JSON document", ErrMalformed)
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: empty", ErrMalformed)
		case err != nil:
			return plainly(err)
		}
		depth := d.StackDepth()
		switch t.Kind() {
		case '{', '[':
			if depth > maxNesting {
				return fmt.Errorf("%w: nested deeper than %d", ErrMalformed, maxNesting)
			}
			names = append(names[:min(depth-1, len(names))], nil)
			continue
		case '"':
		default:
			continue
		}
		kind, n := d.StackIndex(depth)
		if kind != '{' || n%2 == 0 {
			continue // a value
		}
		name, seen := t.String(), names[depth-1]
		if seen == nil {
			seen = map[string]string{}
			names[depth-1] = seen
		}
		if other, ok := seen[fold(name)]; ok {
			return fmt.Errorf("%w: members %s and %s differ only by case", ErrMalformed, quote(other), quote(name))
		}
		seen[fold(name)] = name
	}
}

// fold maps names to the same text when encoding/json would not tell them apart.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next // the smallest of the orbit
			}
			r = next
		}
	}, s)
}

// members lists the members of an object by their exact names, or nil when text is
// no object. Of duplicates the last stays; Strict refuses them where it matters.
func members(text []byte) map[string]jsontext.Value {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil
	}
	m := map[string]jsontext.Value{}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return nil
		}
		name := t.String()
		v, err := d.ReadValue()
		if err != nil {
			return nil
		}
		m[name] = v.Clone()
	}
	return m
}
