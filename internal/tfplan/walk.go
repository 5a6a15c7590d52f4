package tfplan

import (
	"bytes"
	"io"
	"strconv"

	"github.com/claw-verified/claw-verified/internal/jsonstream"
)

// walker moves through the plan value by value. The scanner under it checks
// duplicate names, Unicode and depth for the whole file, skipped parts included.
type walker struct {
	s       *jsonstream.Scanner
	lim     Limits
	decoder jsonstream.Decoder
	texts   map[string]string
}

func newWalker(r io.Reader, lim Limits) *walker {
	return &walker{
		s:   jsonstream.New(r, jsonstream.Limits{Value: lim.MaxValue, Members: lim.MaxMembers}),
		lim: lim, texts: make(map[string]string, 256),
	}
}

// maxTexts and maxTextSize bound what once remembers.
const (
	maxTexts    = 4096
	maxTextSize = 100
)

// once returns a text that comes again and again, such as a type, without a copy of
// its own.
func (w *walker) once(b []byte) string {
	if s, ok := w.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w.texts) < maxTexts && len(s) <= maxTextSize {
		w.texts[s] = s
	}
	return s
}

// at is an error at the current position.
func (w *walker) at(message string) error {
	return &Error{Message: message, Pointer: safePointer(w.s.Pointer()), Offset: w.s.Offset()}
}

// object calls f for each member with the scanner before the value. Names that
// are aliases of known ones are errors. A null is an object without members.
func (w *walker) object(known map[string]bool, f func(name string) error) error {
	return syntax(w.s.Object(func(raw []byte) error {
		name := w.once(raw)
		if k, ok := alias(name, known); ok {
			return w.at("a member name that some programs read as " + strconv.Quote(k) + " and others do not")
		}
		return f(name)
	}))
}

// hot is object for the places where most of a plan is: f gets the bytes of the name
// and calls other for those that it does not take itself.
func (w *walker) hot(f func(name []byte) error) error { return syntax(w.s.Object(f)) }

// other passes the member of a name that is none of those the caller takes, unless it
// is an alias of a known one.
func (w *walker) other(name []byte, known map[string]bool) error {
	for _, c := range name {
		if c >= 0x80 || 'A' <= c && c <= 'Z' {
			if k, ok := alias(string(name), known); ok {
				return w.at("a member name that some programs read as " + strconv.Quote(k) + " and others do not")
			}
			break
		}
	}
	return w.skip()
}

// list calls f with the scanner before each element. A null is an empty list.
func (w *walker) list(f func() error) error { return syntax(w.s.Array(f)) }

// str reads a string, or null as the empty one.
func (w *walker) str() (string, error) {
	s, err := w.s.String()
	return s, syntax(err)
}

// word reads a string that comes again and again, or null as the empty one.
func (w *walker) word() (string, error) {
	if w.s.Kind() != '"' {
		return w.str() // null, or the error
	}
	v, err := w.value()
	if err != nil {
		return "", err
	}
	return w.once(plainText(v)), nil
}

// plainText is the text of a raw string.
func plainText(v []byte) []byte {
	if len(v) >= 2 && bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	s, _ := jsonstream.Unquote(v)
	return []byte(s)
}

// text reads a string, and passes anything else as the empty one.
func (w *walker) text() (string, error) {
	if w.s.Kind() != '"' {
		return "", w.skip()
	}
	return w.str()
}

func (w *walker) boolean() (*bool, error) {
	b, err := w.s.Bool()
	return b, syntax(err)
}

// skip passes one value. Nothing of it is held but one token and the names of the
// objects that are open.
func (w *walker) skip() error { return syntax(w.s.Skip()) }

// value reads one whole value; valid until the next read.
func (w *walker) value() ([]byte, error) {
	v, err := w.s.Value()
	return v, syntax(err)
}

// decode decodes a validated value. room is what is left of the limit of elements.
func (w *walker) decode(raw []byte, to *any, room *int) bool {
	*to = nil
	if jsonstream.IsNull(raw) {
		return true
	}
	if *room -= tokens(raw); *room < 0 {
		return false
	}
	var err error
	*to, err = w.decoder.Decode(raw, w.lim.MaxTokens)
	return err == nil
}

// end makes sure that nothing follows.
func (w *walker) end() error { return syntax(w.s.End()) }
