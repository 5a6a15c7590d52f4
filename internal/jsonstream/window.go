package jsonstream

import "io"

// minRead is the least room that is offered to the reader before bytes are
// moved to make more.
const minRead = 16 << 10

// more reads further. Bytes from s.hold, s.tok or s.pos on stay, the first of
// them that is set; all three are adjusted. It reports whether anything came;
// if not, s.rerr says why, and s.err when the limit was reached.
func (s *Scanner) more() bool {
	if s.err != nil || s.rerr != nil {
		return false
	}
	from := s.pos
	if s.tok >= 0 {
		from = s.tok
	}
	if s.hold >= 0 {
		from = s.hold
	}
	kept := s.end - from
	if int64(kept) > s.lim.Value {
		_ = s.fail(TooLarge, s.end)
		return false
	}
	s.room(from, kept)
	free := s.buf[s.end:min(s.end+bufferSize, len(s.buf)-padding)]
	for range 100 {
		n, err := s.r.Read(free)
		if n < 0 || n > len(free) {
			n, err = 0, errReader
		}
		s.rerr = err
		s.end += n
		clear(s.buf[s.end : s.end+padding])
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.rerr = io.ErrNoProgress
	return false
}

// room makes sure that there is some behind s.end. What is kept is moved only when
// there is not, or when more than that was consumed, so that the work stays
// proportional to what is read however little each read returns; and a buffer
// that was made large is then used from its beginning, which stays in the cache.
//
// While a value is held, bytes go to another buffer and the old one stays as it
// is, since parts of the value may be in use.
func (s *Scanner) room(from, kept int) {
	size := len(s.buf) - padding
	if kept > 0 && size-s.end >= min(minRead, size/4) && from < max(kept, bufferSize/2) {
		return
	}
	buf := s.buf
	switch {
	case kept > size/2:
		// Never more than the limit and one buffer.
		size = int(min(int64(size)*2, s.lim.Value+bufferSize))
		buf = make([]byte, size+padding)
	case s.hold >= 0:
		if buf = s.spare; len(buf) != len(s.buf) {
			buf = make([]byte, len(s.buf))
		}
		s.spare = s.buf
	}
	copy(buf, s.buf[from:s.end])
	s.buf, s.end = buf, kept
	s.base += int64(from)
	s.pos -= from
	if s.tok >= 0 {
		s.tok -= from
	}
	if s.hold >= 0 {
		s.hold -= from
	}
}
