package jsonstream

import "io"

// begin checks that a value may be read, and returns its first byte.
func (s *Scanner) begin() (byte, error) {
	if s.err != nil {
		return 0, s.err
	}
	if !s.want {
		s.err = errNoValue
		return 0, s.err
	}
	return s.peek(), nil
}

// Null consumes the value if it is null, and reports whether it was.
func (s *Scanner) Null() (bool, error) {
	if c, err := s.begin(); err != nil || c != 'n' {
		return false, err
	}
	return true, s.literal("null")
}

// Bool reads true or false. It is never nil without an error.
func (s *Scanner) Bool() (*bool, error) {
	c, err := s.begin()
	if err != nil {
		return nil, err
	}
	v := c == 't'
	switch c {
	case 't':
		err = s.literal("true")
	case 'f':
		err = s.literal("false")
	default:
		err = s.unexpected(ExpectedBool)
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// String reads a string, or null as the empty one.
func (s *Scanner) String() (string, error) {
	c, err := s.begin()
	switch {
	case err != nil:
		return "", err
	case c == 'n':
		return "", s.literal("null")
	case c != '"':
		return "", s.unexpected(ExpectedString)
	}
	plain, err := s.text(s.pos)
	if err != nil {
		return "", err
	}
	raw := s.buf[s.tok+1 : s.pos-1]
	s.tok, s.want = -1, false
	if plain {
		return string(raw), nil
	}
	return string(appendUnquoted(nil, raw)), nil
}

// Object calls member for each member, with the scanner before its value. The
// function must read that value, as a whole and nothing else. The name is
// unescaped and valid only until the function returns. A null is read as an
// object without members.
func (s *Scanner) Object(member func(name []byte) error) error {
	c, err := s.begin()
	switch {
	case err != nil:
		return err
	case c == 'n':
		return s.literal("null")
	case c != '{':
		return s.unexpected(ExpectedObject)
	}
	f, err := s.push('}')
	if err != nil {
		return err
	}
	s.shape(f)
	for c = s.peek(); c != '}'; {
		if c != '"' {
			return s.unexpected(Syntax)
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return s.unexpected(Syntax)
		}
		s.pos++
		s.want = true
		if err := s.callback(member(name)); err != nil {
			return err
		}
		switch c = s.peek(); c {
		case ',':
			s.pos++
			if c = s.peek(); c == '}' {
				return s.unexpected(Syntax)
			}
		case '}':
		default:
			return s.unexpected(Syntax)
		}
	}
	s.pop()
	return nil
}

// Array calls element before each element. The function must read it, as a whole
// and nothing else. A null is read as an array without elements.
func (s *Scanner) Array(element func() error) error {
	c, err := s.begin()
	switch {
	case err != nil:
		return err
	case c == 'n':
		return s.literal("null")
	case c != '[':
		return s.unexpected(ExpectedArray)
	}
	if _, err := s.push(']'); err != nil {
		return err
	}
	for c = s.peek(); c != ']'; {
		s.want = true
		if err := s.callback(element()); err != nil {
			return err
		}
		switch c = s.peek(); c {
		case ',':
			s.pos++
			s.stack[len(s.stack)-1].index++
			if c = s.peek(); c == ']' {
				return s.unexpected(Syntax)
			}
		case ']':
		default:
			return s.unexpected(Syntax)
		}
	}
	s.pop()
	return nil
}

// callback judges what a callback did.
func (s *Scanner) callback(err error) error {
	switch {
	case s.err != nil:
		// Also when the callback returned nil: an error cannot be swallowed.
		if err == nil {
			err = s.err
		}
	case err != nil:
		s.err = err
	case s.want:
		s.err = errNotConsumed
		err = s.err
	}
	return err
}

// End makes sure that nothing but white space follows the value.
func (s *Scanner) End() error {
	if s.err != nil {
		return s.err
	}
	if s.want || len(s.stack) > 0 {
		s.err = errNotConsumed
		return s.err
	}
	s.peek()
	if s.pos < s.end {
		return s.fail(Trailing, s.pos)
	}
	if s.rerr != io.EOF { //nolint:errorlint // a reader must return io.EOF itself
		s.err = s.rerr
	}
	return s.err
}

// literal consumes one of the three words.
func (s *Scanner) literal(word string) error {
	for i := 0; i < len(word); i++ {
		if s.pos == s.end && !s.more() || s.buf[s.pos] != word[i] {
			return s.unexpected(Syntax)
		}
		s.pos++
	}
	s.want = false
	return nil
}
