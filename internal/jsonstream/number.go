package jsonstream

// passNumber returns the index after the number at i, or 0 when there is none. It
// may have more digits behind the window.
func passNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	c := b[i]
	i++
	if c < '0' || c > '9' {
		return 0
	}
	if c != '0' {
		for b[i]-'0' <= 9 {
			i++
		}
	}
	if b[i] == '.' {
		if i++; b[i]-'0' > 9 {
			return 0
		}
		for b[i]-'0' <= 9 {
			i++
		}
	}
	if b[i]|' ' == 'e' {
		if i++; b[i] == '+' || b[i] == '-' {
			i++
		}
		if b[i]-'0' > 9 {
			return 0
		}
		for b[i]-'0' <= 9 {
			i++
		}
	}
	return i
}

// number consumes a number, by the grammar of RFC 8259, section 6.
func (s *Scanner) number() error {
	s.tok = s.pos
	if s.at() == '-' {
		s.pos++
	}
	if s.at() == '0' {
		s.pos++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	if int64(s.pos-s.tok) > s.lim.Value {
		return s.fail(TooLarge, s.pos)
	}
	s.tok, s.want = -1, false
	return nil
}

// at returns the next byte, or 0 at the end.
func (s *Scanner) at() byte {
	if s.pos == s.end {
		s.more()
	}
	return s.buf[s.pos]
}

// digits consumes one digit or more.
func (s *Scanner) digits() error {
	if c := s.at(); c < '0' || c > '9' {
		return s.unexpected(Syntax)
	}
	for c := s.at(); '0' <= c && c <= '9'; c = s.at() {
		s.pos++
	}
	return nil
}
