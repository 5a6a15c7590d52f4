package jsonstream

import "math/bits"

// Skip validates one value and passes it. Nothing of it is held but the names of
// its open objects and one token, however large it is.
func (s *Scanner) Skip() error {
	if _, err := s.begin(); err != nil {
		return err
	}
	return s.skip()
}

// Value validates one value and returns its bytes, without the white space around
// it, valid until the next call. It must not be larger than Limits.Value.
func (s *Scanner) Value() ([]byte, error) {
	if _, err := s.begin(); err != nil {
		return nil, err
	}
	start, outer := s.Offset(), s.hold >= 0
	if !outer {
		s.hold, s.holdDepth = s.pos, len(s.stack)
	}
	if err := s.skip(); err != nil {
		return nil, err
	}
	from := int(start - s.base)
	return s.buf[from:s.pos:s.pos], s.release(outer)
}

// Hold has read read one value, in parts. What Value returns meanwhile stays valid
// until Hold returns. The whole value must not be larger than Limits.Value. So one
// pass can take several parts of an object out of it, in whatever order they come.
func (s *Scanner) Hold(read func() error) error {
	if _, err := s.begin(); err != nil {
		return err
	}
	outer := s.hold >= 0
	if !outer {
		s.hold, s.holdDepth = s.pos, len(s.stack)
	}
	if err := s.callback(read()); err != nil {
		return err
	}
	return s.release(outer)
}

// release ends what is held, unless a part of more that is.
func (s *Scanner) release(outer bool) error {
	if outer {
		return nil
	}
	if int64(s.pos-s.hold) > s.lim.Value {
		return s.fail(TooLarge, s.pos)
	}
	s.hold = -1
	return nil
}

// skip is the loop over the tokens of one value. It keeps the window in local
// variables: b is s.buf, and i is what s.pos will be. Whatever is not at hand in
// the window, or not simple, is left to a method that reads further.
func (s *Scanner) skip() error {
	var (
		outside  = len(s.stack) // depth of what is not ours
		f        *frame         // the innermost object or array that is
		b        = s.buf
		i        = s.pos
		maxValue = int(s.lim.Value)
		c        byte
		j        int
	)

value:
	c = b[i]
dispatch:
	switch {
	case c == '"':
		j = i + 1
		for {
			m := special(load64(b, j))
			if m != 0 {
				j += bits.TrailingZeros64(m) >> 3
				break
			}
			j += 8
		}
		if b[j] != '"' || j-i >= maxValue {
			s.tok = i
			if _, err := s.textFrom(j); err != nil {
				return err
			}
			s.tok = -1
			b, i = s.buf, s.pos
			goto after
		}
		i = j + 1
		goto after
	case c <= ' ':
		i = s.space(i)
		b = s.buf
		if c = b[i]; c > ' ' {
			goto dispatch
		}
	case c == '{', c == '[':
		s.pos = i
		if b[i+1] == c+2 && len(s.stack) < s.lim.Depth {
			i += 2 // an empty one
			goto after
		}
		var err error
		if f, err = s.push(c + 2); err != nil {
			return err
		}
		i++
		if c = b[i]; c <= ' ' {
			i = s.space(i)
			b = s.buf
			c = b[i]
		}
		if c == f.close {
			goto closed
		}
		if f.close == '}' {
			s.shape(f)
			goto name
		}
		goto dispatch
	case c == 't':
		if load64(b, i)&0xFFFFFFFF == 'e'<<24|'u'<<16|'r'<<8|'t' {
			i += 4
			goto after
		}
	case c == 'f':
		if load64(b, i)&0xFFFFFFFFFF == 'e'<<32|'s'<<24|'l'<<16|'a'<<8|'f' {
			i += 5
			goto after
		}
	case c == 'n':
		if load64(b, i)&0xFFFFFFFF == 'l'<<24|'l'<<16|'u'<<8|'n' {
			i += 4
			goto after
		}
	case c == '-', '0' <= c && c <= '9':
		// Only one that ends in the window.
		if j = passNumber(b, i); j > 0 && j < s.end && j-i <= maxValue {
			i = j
			goto after
		}
	}
	// All the rest: what ends with the window, other numbers, and errors.
	s.pos = i
	if err := s.scalar(); err != nil {
		return err
	}
	b, i = s.buf, s.pos

after:
	if len(s.stack) == outside {
		s.pos, s.want = i, false
		return nil
	}
	if c = b[i]; c <= ' ' {
		i = s.space(i)
		b = s.buf
		c = b[i]
	}
	if c == ',' {
		i++
		if f.close == ']' {
			f.index++
			goto value
		}
		if c = b[i]; c <= ' ' {
			i = s.space(i)
			b = s.buf
			c = b[i]
		}
		goto name
	}
	if c != f.close {
		s.pos = i
		return s.unexpected(Syntax)
	}

closed:
	s.pos = i
	s.pop()
	i++
	if n := len(s.stack); n > 0 {
		f = &s.stack[n-1]
	}
	goto after

name:
	if c != '"' {
		s.pos = i
		return s.unexpected(Syntax)
	}
	if f.next != 0 {
		if j = s.shapes.match(b, i+1, f.next); j > 0 {
			f.shape, f.next = f.next, s.shapes.nodes[f.next].hot
			i = j
			goto value
		}
	}
	j = i + 1
	for {
		m := special(load64(b, j))
		if m != 0 {
			j += bits.TrailingZeros64(m) >> 3
			break
		}
		j += 8
	}
	if b[j] == '"' && j-i < maxValue {
		if err := s.member(f, i, j); err != nil {
			return err
		}
		s.pos = j + 1
	} else {
		s.tok = i
		plain, err := s.textFrom(j)
		if err == nil {
			err = s.declare(f, plain)
		}
		if err != nil {
			return err
		}
		b = s.buf
	}
	i = s.pos
	if b[i] != ':' {
		if s.peek() != ':' {
			return s.unexpected(Syntax)
		}
		b, i = s.buf, s.pos
	}
	i++
	goto value
}

// scalar consumes a number or a word that the loop left.
func (s *Scanner) scalar() error {
	switch c := s.buf[s.pos]; {
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	case c == '-', '0' <= c && c <= '9':
		return s.number()
	}
	return s.unexpected(Syntax)
}
