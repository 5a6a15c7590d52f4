package jsonstream

import (
	"io"
	"strconv"
	"strings"
)

// fail makes an error the scanner's, at an index of the window.
func (s *Scanner) fail(k Kind, at int) error { return s.failSeen(k, at, at) }

// failSeen is fail for an error that shows only with the byte at seen. What lies
// beyond the limit is not looked at, wherever the window happened to end, so that
// the error does not depend on how the reader cuts the text.
func (s *Scanner) failSeen(k Kind, at, seen int) error {
	if s.err != nil {
		return s.err
	}
	depth := len(s.stack)
	switch {
	case s.hold >= 0 && int64(seen-s.hold) > s.lim.Value:
		k, at, depth = TooLarge, s.hold, s.holdDepth
	case s.hold < 0 && s.tok >= 0 && int64(seen-s.tok) > s.lim.Value:
		k, at = TooLarge, s.tok
	}
	s.err = &Error{Kind: k, Offset: s.base + int64(at), Pointer: s.pointer(depth)}
	return s.err
}

// unexpected is the error for what stands at the position: the end of the text,
// no JSON at all, or a value that is not of the kind asked for.
func (s *Scanner) unexpected(k Kind) error {
	switch {
	case s.err != nil:
		return s.err
	case s.pos >= s.end:
		return s.ended()
	case k != Syntax && s.Kind() == 0:
		k = Syntax
	}
	return s.fail(k, s.pos)
}

// ended is the error for the end of the stream inside the text.
func (s *Scanner) ended() error {
	if s.err == nil && s.rerr != io.EOF { //nolint:errorlint // a reader must return io.EOF itself
		s.err = s.rerr
	}
	return s.fail(Truncated, s.end)
}

// maxPointer is the length from which a pointer is cut.
const maxPointer = 4 << 10

// Pointer returns the JSON Pointer (RFC 6901) of the place: the innermost value
// that was begun, with member names and indices as they stand in the text.
func (s *Scanner) Pointer() string { return s.pointer(len(s.stack)) }

// pointer is that of the outermost objects and arrays.
func (s *Scanner) pointer(depth int) string {
	var b strings.Builder
	for i := range s.stack[:depth] {
		f := &s.stack[i]
		last := uint32(len(s.names.entries)) //nolint:gosec // bounded by the limits
		if i+1 < len(s.stack) {
			last = s.stack[i+1].first
		}
		if b.Len() > maxPointer {
			b.WriteString("/…")
			break
		}
		var name []byte
		switch {
		case f.close == ']':
			b.WriteString("/" + strconv.FormatUint(uint64(f.index), 10))
			continue
		case f.shape > root:
			name = s.shapes.name(f.shape)
		case f.shape == 0 && last > f.first:
			name = s.names.at(last - 1)
		default: // before the first name
			continue
		}
		if len(name) > maxPointer {
			b.WriteString("/…")
			break
		}
		b.WriteString("/" + pointerEscapes.Replace(string(name)))
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
