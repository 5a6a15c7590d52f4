package tfplan

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions of this file walk over a value that the decoder has validated
// already, without decoding it: nine of ten resource changes are no-ops, of
// which only a few members matter.

var structural = func() (t [256]bool) {
	for _, c := range []byte(`"{}[]`) {
		t[c] = true
	}
	return t
}()

var errShape = errors.New("not an object")

// skipString returns the index after the string that begins at i.
func skipString(b []byte, i int) int {
	i++
	for i < len(b) {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		i += j
		k := i - 1
		for b[k] == '\\' {
			k--
		}
		i++
		if (i-2-k)%2 == 0 {
			return i
		}
	}
	return len(b)
}

// skipRaw returns the index after the value that begins at i.
func skipRaw(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		for depth := 0; i < len(b); {
			c := b[i]
			switch {
			case !structural[c]:
				i++
			case c == '"':
				i = skipString(b, i)
			case c == '{' || c == '[':
				depth++
				i++
			default:
				i++
				if depth--; depth == 0 {
					return i
				}
			}
		}
		return len(b)
	}
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	return i
}

// members calls f with the unescaped name and the raw value of each member.
func members(b []byte, f func(name, value []byte) error) error {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return errShape
	}
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] != '}' {
		e := skipString(b, i)
		name := b[i:e]
		if bytes.IndexByte(name, '\\') >= 0 {
			u, err := jsontext.AppendUnquote(nil, name)
			if err != nil {
				return errShape
			}
			name = u
		} else {
			name = name[1 : len(name)-1]
		}
		i = skipSpace(b, skipSpace(b, e)+1)
		e = skipRaw(b, i)
		if err := f(name, b[i:e]); err != nil {
			return err
		}
		if i = skipSpace(b, e); i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return nil
}

// elements calls f with the raw value of each element.
func elements(b []byte, f func(value []byte) error) error {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return errShape
	}
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] != ']' {
		e := skipRaw(b, i)
		if err := f(b[i:e]); err != nil {
			return err
		}
		if i = skipSpace(b, e); i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return nil
}

// isNull reports whether a raw value is absent or null.
func isNull(v []byte) bool { return len(v) == 0 || string(v) == "null" }

// unquote returns the text of a raw string.
func unquote(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	u, err := jsontext.AppendUnquote(nil, v)
	return string(u), err == nil
}
