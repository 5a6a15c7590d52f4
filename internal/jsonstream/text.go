package jsonstream

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	spaces = 0x2020202020202020
)

// special marks the bytes of x that end the plain part of a string: a quote, a
// backslash, a control character or what is not ASCII. The lowest mark is exact;
// marks above it may be false. What is not ASCII keeps its high bit in at least one
// of the three terms, because no byte loses it in both of the last two.
func special(x uint64) uint64 {
	return ((x - spaces) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)) & highs
}

// text validates the string whose opening quote is at start, and leaves s.tok at
// that quote and s.pos after the closing one. plain says that it has no escapes.
func (s *Scanner) text(start int) (plain bool, err error) {
	s.tok = start
	return s.textFrom(start + 1)
}

// textFrom goes on at i, which is not within a character or an escape.
func (s *Scanner) textFrom(i int) (plain bool, err error) {
	plain = true
	b := s.buf
	for {
		m := special(load64(b, i))
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		switch c := b[i]; {
		case c == '"':
			i++
			if int64(i-s.tok) > s.lim.Value {
				return false, s.fail(TooLarge, i)
			}
			s.pos = i
			return plain, nil
		case c == '\\':
			plain = false
			if simpleEscape[b[i+1]] {
				i += 2
				continue
			}
			if i, err = s.escape(i); err != nil {
				return false, err
			}
			b = s.buf
		case c >= utf8.RuneSelf:
			for b[i] >= utf8.RuneSelf {
				r, n := utf8.DecodeRune(b[i:s.end])
				if r == utf8.RuneError && n <= 1 {
					break
				}
				i += n
			}
			if b[i] < utf8.RuneSelf {
				continue
			}
			for n := i; n < s.end; n++ {
				if utf8.FullRune(b[i : n+1]) {
					return false, s.failSeen(UTF8, i, n)
				}
			}
			if i, err = s.need(i, s.end-i+1); err != nil {
				return false, err
			}
			b = s.buf
		case i >= s.end:
			if i, err = s.need(s.end, 1); err != nil {
				return false, err
			}
			b = s.buf
		default:
			return false, s.fail(Syntax, i)
		}
	}
}

// simpleEscape are the letters after a backslash that stand for themselves or for
// one control character.
var simpleEscape = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

// need makes sure that n bytes are there from i on, and returns i, adjusted.
func (s *Scanner) need(i, n int) (int, error) {
	s.pos = i
	for s.end-s.pos < n {
		if !s.more() {
			return 0, s.ended()
		}
	}
	return s.pos, nil
}

// escape validates the escape at i that is not a simple one, and returns the
// index after it.
func (s *Scanner) escape(i int) (int, error) {
	i, err := s.need(i, 2)
	if err != nil {
		return 0, err
	}
	if simpleEscape[s.buf[i+1]] {
		return i + 2, nil
	}
	if i+12 <= s.end && s.buf[i+1] == 'u' {
		// The common case, where all is at hand.
		r, ok := hex4(s.buf, i+2)
		if ok && !utf16.IsSurrogate(r) {
			return i + 6, nil
		}
		if ok && s.buf[i+6] == '\\' && s.buf[i+7] == 'u' {
			if low, ok := hex4(s.buf, i+8); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				return i + 12, nil
			}
		}
	}
	r, i, err := s.hex(i)
	if err != nil || !utf16.IsSurrogate(r) {
		return i, err
	}
	if i, err = s.need(i, 2); err != nil {
		return 0, err
	}
	if r >= 0xDC00 || s.buf[i] != '\\' || s.buf[i+1] != 'u' {
		return 0, s.failSeen(Escape, i-6, i+1)
	}
	low, i, err := s.hex(i)
	if err == nil && utf16.DecodeRune(r, low) == utf8.RuneError {
		err = s.failSeen(Escape, i-12, i-1)
	}
	return i, err
}

// hex reads the escape \uXXXX at i.
func (s *Scanner) hex(i int) (rune, int, error) {
	// One byte after the other, so that the first wrong one is the error also
	// where the text ends.
	if s.buf[i+1] != 'u' {
		return 0, 0, s.fail(Syntax, i+1)
	}
	var r rune
	for k := 2; k < 6; k++ {
		var err error
		if i, err = s.need(i, k+1); err != nil {
			return 0, 0, err
		}
		d := hexDigit[s.buf[i+k]]
		if d == 0 {
			return 0, 0, s.fail(Syntax, i+k)
		}
		r = r<<4 | rune(d-1)
	}
	return r, i + 6, nil
}

// hexDigit is the value of a digit plus one.
var hexDigit = func() (t [256]uint8) {
	for i := range uint8(10) {
		t['0'+i] = i + 1
	}
	for i := range uint8(6) {
		t['a'+i], t['A'+i] = i+11, i+11
	}
	return t
}()

// name reads a member name of the innermost object, whose opening quote is next,
// and notes it.
func (s *Scanner) name() ([]byte, error) {
	f := &s.stack[len(s.stack)-1]
	if f.next != 0 {
		if e := s.shapes.match(s.buf, s.pos+1, f.next); e > 0 {
			s.pos = e - 1 // the colon
			f.shape, f.next = f.next, s.shapes.nodes[f.next].hot
			return s.shapes.name(f.shape), nil
		}
	}
	plain, err := s.text(s.pos)
	if err == nil {
		err = s.declare(f, plain)
	}
	switch {
	case err != nil:
		return nil, err
	case f.shape != 0:
		return s.shapes.name(f.shape), nil
	}
	return s.names.at(uint32(len(s.names.entries) - 1)), nil //nolint:gosec // bounded by the limits
}

// declare notes the name that was just validated.
func (s *Scanner) declare(f *frame, plain bool) error {
	at := s.tok
	s.tok = -1
	if plain {
		return s.member(f, at, s.pos-1)
	}
	if f.shape != 0 {
		s.leave(f)
	}
	n := &s.names
	from := len(n.text)
	n.text = appendUnquoted(n.text, s.buf[at+1:s.pos-1])
	return s.note(f, from, cheapOf(n.text[from:]), at, s.pos-1)
}

// note adds the name from names.text[from:], with its cheap hash, to the object.
// Its quotes are at at and end.
func (s *Scanner) note(f *frame, from int, hash uint64, at, end int) error {
	switch {
	case int64(f.outer)+int64(len(s.names.entries))-int64(f.first) >= s.lim.Members:
		return s.failSeen(TooManyMembers, at, end)
	case int64(f.outerText)+int64(len(s.names.text))-int64(f.text) > s.lim.Value:
		return s.failSeen(TooLarge, at, end)
	case !s.names.add(f, from, hash):
		return s.failSeen(Duplicate, at, end)
	}
	return nil
}

// appendUnquoted appends the text of a validated string, given without its
// quotes. It does not panic on another: what it then appends means nothing.
func appendUnquoted(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		k := i
		for k < len(raw) && raw[k] != '\\' {
			k++
		}
		dst = append(dst, raw[i:k]...)
		if k+1 >= len(raw) {
			return dst
		}
		i = k + 2
		switch c := raw[k+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(raw, i)
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw, i+2)
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hex4 reads four digits at i.
func hex4(b []byte, i int) (r rune, ok bool) {
	if i+4 > len(b) {
		return utf8.RuneError, false
	}
	w, x, y, z := hexDigit[b[i]], hexDigit[b[i+1]], hexDigit[b[i+2]], hexDigit[b[i+3]]
	if w == 0 || x == 0 || y == 0 || z == 0 {
		return utf8.RuneError, false
	}
	return rune(w-1)<<12 | rune(x-1)<<8 | rune(y-1)<<4 | rune(z-1), true
}
