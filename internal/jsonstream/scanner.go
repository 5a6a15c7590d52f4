package jsonstream

import (
	"encoding/binary"
	"hash/maphash"
	"io"
)

// maxDepth is the depth that all readers of JSON in Go stop at, which is the
// greatest that can be asked for.
const maxDepth = 10_000

// Limits bound what is held in memory. A field that is zero has its default.
type Limits struct {
	// Value is the greatest size, in bytes, of what must be held in one piece: a
	// string, a number, a value that [Scanner.Value] returns; and of all member
	// names of the objects that are open together. Default 16 MiB, at most 1 GiB.
	Value int64
	// Members is how many members one object may have; objects that are open
	// within one another are counted together, since all their names are held.
	// Default 500,000.
	Members int64
	// Depth is how many objects and arrays may be open within one another.
	// Default and maximum 10,000.
	Depth int
}

func (l Limits) withDefaults() Limits {
	if l.Value <= 0 {
		l.Value = 16 << 20
	}
	l.Value = min(l.Value, 1<<30)
	if l.Members <= 0 {
		l.Members = 500_000
	}
	l.Members = min(l.Members, 1<<28)
	if l.Depth <= 0 || l.Depth > maxDepth {
		l.Depth = maxDepth
	}
	return l
}

// Scanner reads one JSON text from a stream. After an error, its own or one that
// a callback returned, every method returns that error.
type Scanner struct {
	r   io.Reader
	lim Limits
	err error // the first error; stays

	// The window of the stream. buf[pos:end] is read and not yet consumed; the
	// eight bytes after end are zero, which no loop runs over.
	buf       []byte
	pos, end  int
	base      int64 // offset of buf[0]
	rerr      error // what the reader ended with
	tok, hold int   // index from which bytes must stay: of the token, of the value; -1 without
	holdDepth int   // depth of the value
	spare     []byte

	want  bool    // a value may be read here
	stack []frame // open objects and arrays
	names names

	shapes shapes
}

// frame is an open object or array.
type frame struct {
	close byte   // '}' or ']'
	big   bool   // an object whose names are in a table
	first uint32 // its first entry in names.entries
	text  uint32 // where its names begin in names.text
	index uint32 // of the element of an array that is read
	mask  uint64 // one bit for each name of the object, by its hash

	// How many names, and bytes of them, the objects around it have.
	outer, outerText uint32

	// While the object has the names of an earlier one: the node of its last
	// name, and the one to try for the next. Zero: its names are in names.
	shape, next uint32
	ctx         uint32 // the node in whose value the object or array is
}

// bufferSize is what is read ahead. It fits the second-level cache.
const bufferSize = 256 << 10

// padding is what follows the text in the buffer: zeros, so that eight bytes can
// be loaded anywhere.
const padding = 16

// New returns a scanner that reads r as far as needed, and never further ahead
// than the larger of the buffer (256 KiB) and Limits.Value. It reads into its own
// buffer, so r needs none.
func New(r io.Reader, lim Limits) *Scanner {
	lim = lim.withDefaults()
	return newScanner(r, lim, int(max(min(bufferSize, lim.Value), 4<<10)))
}

func newScanner(r io.Reader, lim Limits, size int) *Scanner {
	return &Scanner{
		r: r, lim: lim, buf: make([]byte, size+padding), tok: -1, hold: -1, want: true,
		names:  names{seed: maphash.MakeSeed(), entries: make([]entry, 0, 256), text: make([]byte, 0, 4<<10)},
		shapes: newShapes(),
	}
}

// Offset returns how many bytes of the text are consumed.
func (s *Scanner) Offset() int64 { return s.base + int64(s.pos) }

// Kind looks at the next value without consuming it: '{', '[', '"', 't', 'f',
// 'n', or '0' for a number. Between values it can be '}' or ']'. It is 0 at the
// end, and for what is no JSON; reading then tells which.
func (s *Scanner) Kind() byte {
	switch c := s.peek(); c {
	case '{', '}', '[', ']', '"', 't', 'f', 'n':
		return c
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	}
	return 0
}

// peek returns the next byte that is not white space, or 0 at the end.
func (s *Scanner) peek() byte {
	if s.err != nil {
		return 0
	}
	if c := s.buf[s.pos]; c > ' ' {
		return c
	}
	s.pos = s.space(s.pos)
	return s.buf[s.pos]
}

// space passes white space from i on, reading more where the window ends, and
// returns the index of what follows: s.end at the end of the text.
func (s *Scanner) space(i int) int {
	for {
		b := s.buf
		for {
			if load64(b, i) == spaces {
				i += 8
				continue
			}
			c := b[i]
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				break
			}
			i++
		}
		if i < s.end {
			return i
		}
		s.pos = i
		if !s.more() {
			return s.pos
		}
		i = s.pos
	}
}

// push opens an object or an array, whose first byte is next.
func (s *Scanner) push(closing byte) (*frame, error) {
	n := len(s.stack)
	if n >= s.lim.Depth {
		return nil, s.fail(Depth, s.pos)
	}
	s.pos++
	s.want = false
	if n < cap(s.stack) {
		s.stack = s.stack[:n+1]
	} else {
		s.stack = append(s.stack, frame{})
	}
	f := &s.stack[n]
	*f = frame{
		close: closing, ctx: root,
		first: uint32(len(s.names.entries)), text: uint32(len(s.names.text)), //nolint:gosec // bounded by the limits
	}
	if n > 0 {
		up := &s.stack[n-1]
		f.outer, f.outerText, f.ctx = up.outer, up.outerText, up.ctx
		if up.shape != 0 {
			d := &s.shapes.nodes[up.shape]
			f.outer += uint32(d.depth)
			f.outerText += uint32(d.bytes)
			f.ctx = up.shape
		} else {
			f.outer += f.first - up.first
			f.outerText += f.text - up.text
		}
	}
	return f, nil
}

// pop closes the innermost object or array, whose last byte is next.
func (s *Scanner) pop() {
	s.pos++
	s.want = false
	s.names.drop(&s.stack[len(s.stack)-1])
	s.stack = s.stack[:len(s.stack)-1]
}

func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
