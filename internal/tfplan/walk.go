package tfplan

import (
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// walker moves through the plan token by token. The decoder under it checks
// duplicate names, Unicode and depth for the whole file, skipped parts included.
type walker struct {
	d   *jsontext.Decoder
	lim Limits
}

func newWalker(r io.Reader, lim Limits) *walker {
	q := &quota{r: r, ahead: lim.MaxValue, pos: func() int64 { return 0 }}
	// The defaults are strict; they are spelt out because everything rests on them.
	d := jsontext.NewDecoder(q, jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	q.pos = d.InputOffset
	return &walker{d: d, lim: lim}
}

// at is an error at the current position.
func (w *walker) at(message string) error {
	return &Error{Message: message, Pointer: safePointer(w.d.StackPointer()), Offset: w.d.InputOffset()}
}

func (w *walker) token() (jsontext.Token, error) {
	t, err := w.d.ReadToken()
	if err != nil {
		return t, syntax(err)
	}
	return t, nil
}

// null consumes a null and says so. Where an object or a list may be absent,
// null means absent.
func (w *walker) null() (bool, error) {
	if w.d.PeekKind() != 'n' {
		return false, nil
	}
	_, err := w.token()
	return true, err
}

// object calls f for each member with the decoder before the value. Names that
// are aliases of known ones are errors.
func (w *walker) object(known map[string]bool, f func(name string) error) error {
	if null, err := w.null(); null || err != nil {
		return err
	}
	t, err := w.token()
	if err != nil {
		return err
	}
	if t.Kind() != '{' {
		return w.at("an object was expected")
	}
	for n := int64(0); ; n++ {
		t, err := w.token()
		if err != nil {
			return err
		}
		if t.Kind() == '}' {
			return nil
		}
		if n >= w.lim.MaxMembers {
			return w.at("an object with too many members")
		}
		name := t.String()
		if k, ok := alias(name, known); ok {
			return w.at("a member name that some programs read as " + strconv.Quote(k) + " and others do not")
		}
		if err := f(name); err != nil {
			return err
		}
	}
}

// list calls f with the decoder before each element.
func (w *walker) list(f func() error) error {
	if null, err := w.null(); null || err != nil {
		return err
	}
	t, err := w.token()
	if err != nil {
		return err
	}
	if t.Kind() != '[' {
		return w.at("a list was expected")
	}
	for {
		switch w.d.PeekKind() {
		case ']':
			_, err := w.token()
			return err
		case 0: // an error, which the next read reports
			_, err := w.token()
			if err == nil {
				err = w.at("not valid JSON")
			}
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
}

func (w *walker) count(n *int) error {
	return w.list(func() error { *n++; return w.skip() })
}

// str reads a string, or null as the empty one.
func (w *walker) str() (string, error) {
	if null, err := w.null(); null || err != nil {
		return "", err
	}
	t, err := w.token()
	if err != nil {
		return "", err
	}
	if t.Kind() != '"' {
		return "", w.at("a string was expected")
	}
	return t.String(), nil
}

func (w *walker) boolean() (*bool, error) {
	t, err := w.token()
	if err != nil {
		return nil, err
	}
	if k := t.Kind(); k != 't' && k != 'f' {
		return nil, w.at("true or false was expected")
	}
	b := t.Bool()
	return &b, nil
}

// skip passes one value. It reads tokens instead of the value as a whole, so
// that only one token is held, and watches the size of objects, because the
// decoder keeps the names of each open one.
func (w *walker) skip() error {
	depth := w.d.StackDepth()
	for n := 1; ; n++ {
		if _, err := w.token(); err != nil {
			return err
		}
		if w.d.StackDepth() <= depth {
			return nil
		}
		if n&0xfff == 0 {
			if k, l := w.d.StackIndex(w.d.StackDepth()); k == '{' && l > 2*w.lim.MaxMembers {
				return w.at("an object with too many members")
			}
		}
	}
}

// value reads one whole value into the decoder's buffer; valid until the next
// read.
func (w *walker) value() (jsontext.Value, error) {
	v, err := w.d.ReadValue()
	if err != nil {
		return nil, syntax(err)
	}
	return v, nil
}

// end makes sure that nothing follows.
func (w *walker) end() error {
	_, err := w.d.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return syntax(err)
	}
	return &Error{Message: "a second document follows the plan; give each plan in a file of its own", Offset: w.d.InputOffset()}
}
