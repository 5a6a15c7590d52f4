package jsonstream

import (
	"bytes"
	"encoding/json"
)

// Decode decodes one value that a Scanner has validated into map[string]any,
// []any, string, json.Number, bool and nil, like encoding/json with UseNumber.
// With more than limit commas and opening brackets it stops with ErrTokens, so
// that what is allocated is bounded by limit and the size of v. For a value that
// was not validated it may return ErrShape, or anything; it does not panic.
func Decode(v []byte, limit int) (any, error) { return new(Decoder).decode(v, limit) }

// Decoder decodes many values. It remembers short texts, since the same come
// again and again, and its working space. The zero value is ready; what it
// returned before stays valid, and some of it stays referenced.
type Decoder struct {
	b      []byte
	i      int
	left   int
	values []any    // of the objects and arrays that are open
	keys   []string // of the objects that are open
	texts  []any    // short strings and numbers, by hash; none of a single value
	known  []string // short keys, by hash
}

const (
	maxKnown   = 32  // bytes of a text that is remembered
	knownTexts = 512 // how many, a power of two

	maxWorking = 1 << 10 // values that are kept for reuse, and with them what they hold
)

// Decode does what [Decode] does.
func (d *Decoder) Decode(v []byte, limit int) (any, error) {
	if d.texts == nil {
		d.texts, d.known = make([]any, knownTexts), make([]string, knownTexts)
	}
	return d.decode(v, limit)
}

func (d *Decoder) decode(v []byte, limit int) (any, error) {
	d.b, d.i, d.left = v, passSpace(v, 0), limit
	x, err := d.value(0)
	if err == nil && passSpace(v, d.i) < len(v) {
		err = ErrShape
	}
	d.b, d.values, d.keys = nil, d.values[:0], d.keys[:0]
	if cap(d.values) > maxWorking {
		d.values, d.keys = nil, nil
	}
	if err != nil {
		return nil, err
	}
	return x, nil
}

func (d *Decoder) value(depth int) (any, error) {
	b, i := d.b, d.i
	if i >= len(b) {
		return nil, ErrShape
	}
	switch b[i] {
	case '"':
		e, plain := passString(b, i)
		if e-i < 2 {
			return nil, ErrShape
		}
		d.i = e
		return d.text(b[i+1:e-1], plain), nil
	case '{':
		return d.object(depth + 1)
	case '[':
		return d.array(depth + 1)
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	}
	e := passValue(b, i)
	if e == i || b[i] != '-' && (b[i] < '0' || b[i] > '9') {
		return nil, ErrShape
	}
	d.i = e
	return d.number(b[i:e]), nil
}

func (d *Decoder) word(w string) error {
	if !bytes.HasPrefix(d.b[d.i:], []byte(w)) {
		return ErrShape
	}
	d.i += len(w)
	return nil
}

// token counts a comma or an opening bracket and passes it.
func (d *Decoder) token() error {
	if d.left--; d.left < 0 {
		return ErrTokens
	}
	d.i = passSpace(d.b, d.i+1)
	return nil
}

func (d *Decoder) array(depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrShape
	}
	if err := d.token(); err != nil {
		return nil, err
	}
	from := len(d.values)
	for len(d.values) > from || d.i >= len(d.b) || d.b[d.i] != ']' {
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		d.values = append(d.values, v)
		more, err := d.next(']')
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	d.i++
	list := make([]any, len(d.values)-from)
	copy(list, d.values[from:])
	d.values = d.values[:from]
	return list, nil
}

// next passes a comma, or stops before the closing bracket.
func (d *Decoder) next(closing byte) (more bool, err error) {
	if d.i < len(d.b) && d.b[d.i] <= ' ' {
		d.i = passSpace(d.b, d.i)
	}
	switch {
	case d.i >= len(d.b):
		return false, ErrShape
	case d.b[d.i] == ',':
		return true, d.token()
	case d.b[d.i] != closing:
		return false, ErrShape
	}
	return false, nil
}

func (d *Decoder) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrShape
	}
	if err := d.token(); err != nil {
		return nil, err
	}
	b, from, keys := d.b, len(d.values), len(d.keys)
	for {
		i := d.i
		if i < len(b) && b[i] == '}' && len(d.values) == from {
			break
		}
		if i >= len(b) || b[i] != '"' {
			return nil, ErrShape
		}
		e, plain := passString(b, i)
		if e-i < 2 {
			return nil, ErrShape
		}
		d.keys = append(d.keys, d.key(b[i+1:e-1], plain))
		if e < len(b) && b[e] <= ' ' {
			e = passSpace(b, e)
		}
		if e >= len(b) || b[e] != ':' {
			return nil, ErrShape
		}
		if e++; e < len(b) && b[e] <= ' ' {
			e = passSpace(b, e)
		}
		d.i = e
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		d.values = append(d.values, v)
		more, err := d.next('}')
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	d.i++
	m := make(map[string]any, len(d.values)-from)
	for k, v := range d.values[from:] {
		m[d.keys[keys+k]] = v
	}
	d.values, d.keys = d.values[:from], d.keys[:keys]
	return m, nil
}

func (d *Decoder) key(raw []byte, plain bool) string {
	if !plain {
		return string(appendUnquoted(nil, raw))
	}
	if len(raw) > maxKnown || d.known == nil {
		return string(raw)
	}
	k := &d.known[cheapOf(raw)%knownTexts]
	if *k != string(raw) {
		*k = string(raw)
	}
	return *k
}

func (d *Decoder) text(raw []byte, plain bool) any {
	if !plain {
		return string(appendUnquoted(nil, raw))
	}
	if len(raw) > maxKnown || d.texts == nil {
		return string(raw)
	}
	k := &d.texts[cheapOf(raw)%knownTexts]
	if s, ok := (*k).(string); !ok || s != string(raw) {
		*k = string(raw)
	}
	return *k
}

func (d *Decoder) number(raw []byte) any {
	if len(raw) > maxKnown || d.texts == nil {
		return json.Number(raw)
	}
	k := &d.texts[cheapOf(raw)%knownTexts]
	if n, ok := (*k).(json.Number); !ok || string(n) != string(raw) {
		*k = json.Number(raw)
	}
	return *k
}
