package jsonstream

import (
	"bytes"
	"math/bits"
)

// The functions of this file walk over one value that a Scanner has validated,
// without decoding it. Given other bytes they return, without a panic and in
// linear time, something that means nothing. Each call passes over all of its value:
// whoever calls them for values within values does so to a fixed depth, or uses
// Decode.

// IsNull reports whether a raw value is absent or null.
func IsNull(v []byte) bool { return len(v) == 0 || string(v) == "null" }

// Unquote returns the text of a raw string; false for any other value.
func Unquote(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	v = v[1 : len(v)-1]
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v), true
	}
	return string(appendUnquoted(make([]byte, 0, len(v)), v)), true
}

// Members calls f with the unescaped name and the raw value of each member of an
// object. Both are parts of b, or valid only during the call. It returns what f
// returns, and ErrShape when b is no object.
func Members(b []byte, f func(name, value []byte) error) error {
	i := passSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return ErrShape
	}
	i = passSpace(b, i+1)
	for i < len(b) && b[i] != '}' {
		if b[i] != '"' {
			return ErrShape
		}
		e, plain := passString(b, i)
		if e-i < 2 {
			return ErrShape
		}
		name := b[i+1 : e-1]
		if !plain {
			name = appendUnquoted(nil, name)
		}
		if i = passSpace(b, e); i >= len(b) || b[i] != ':' {
			return ErrShape
		}
		i = passSpace(b, i+1)
		e = passValue(b, i)
		if e == i {
			return ErrShape
		}
		if err := f(name, b[i:e:e]); err != nil {
			return err
		}
		if i = passSpace(b, e); i < len(b) && b[i] == ',' {
			i = passSpace(b, i+1)
		}
	}
	return nil
}

// Elements calls f with the raw value of each element of an array. It returns
// what f returns, and ErrShape when b is no array.
func Elements(b []byte, f func(value []byte) error) error {
	i := passSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return ErrShape
	}
	i = passSpace(b, i+1)
	for i < len(b) && b[i] != ']' {
		e := passValue(b, i)
		if e == i {
			return ErrShape
		}
		if err := f(b[i:e:e]); err != nil {
			return err
		}
		if i = passSpace(b, e); i < len(b) && b[i] == ',' {
			i = passSpace(b, i+1)
		}
	}
	return nil
}

func passSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	return i
}

// passString returns the index after the string whose opening quote is at i, and
// whether it has no escapes.
func passString(b []byte, i int) (end int, plain bool) {
	plain = true
	for i++; i < len(b); {
		if i+8 <= len(b) {
			x := load64(b, i)
			m := equal(x, '"') | equal(x, '\\')
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		switch b[i] {
		case '"':
			return i + 1, plain
		case '\\':
			plain = false
			i++
		}
		i++
	}
	return len(b), plain
}

// equal marks the bytes of x that are c. The lowest mark is exact.
func equal(x uint64, c byte) uint64 {
	x ^= ones * uint64(c)
	return (x - ones) &^ x & highs
}

// passValue returns the index after the value that begins at i; i when none does.
func passValue(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		i, _ = passString(b, i)
		return i
	case '{', '[':
		return passNested(b, i)
	}
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	return i
}

// passNested returns the index after the object or array that begins at i.
func passNested(b []byte, i int) int {
	for depth := 0; i < len(b); {
		if i+8 <= len(b) {
			x := load64(b, i)
			// The brackets of arrays differ from those of objects by one bit.
			y := x | spaces
			m := equal(y, '{') | equal(y, '}') | equal(x, '"')
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		}
		switch b[i] {
		case '"':
			i, _ = passString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}
