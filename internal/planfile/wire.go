package planfile

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// wire walks a protobuf message as it is unpacked. It holds one buffer, never a
// value: whoever gets a field reads a short text of it, walks into it, or leaves
// it, and what was left is passed over.
type wire struct {
	r     *bufio.Reader
	entry string
	at    int64 // bytes read so far
	read  error // why reading failed; stronger than what the bytes seemed to say
}

// field is one field of a message.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	value uint64 // of a varint
	end   int64  // where the content ends; it begins at wire.at
}

func newWire(r io.Reader, name string) *wire {
	return &wire{r: bufio.NewReaderSize(r, 64<<10), entry: name}
}

// fail is an error at the place where the walk is.
func (w *wire) fail(message string) error {
	if w.read != nil {
		return w.read
	}
	return &Error{Message: message, Entry: w.entry, Offset: w.at}
}

// varint takes one number that must end before end.
func (w *wire) varint(end int64) (uint64, error) {
	b, err := w.r.Peek(int(min(10, end-w.at)))
	if err != nil && !errors.Is(err, io.EOF) {
		w.read = err
	}
	v, n := protowire.ConsumeVarint(b)
	if n < 0 {
		return 0, w.fail("a number is damaged or cut off")
	}
	return v, w.skip(int64(n))
}

// skip passes over n bytes that the caller knows to lie inside the message.
func (w *wire) skip(n int64) error {
	for n > 0 {
		k, err := w.r.Discard(int(min(n, 1<<30)))
		w.at += int64(k)
		n -= int64(k)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				w.read = err
			}
			return w.fail("the message is cut off")
		}
	}
	return nil
}

// fields calls visit for each field of the message that ends at end. It refuses
// groups, lengths that reach out of the message, and field numbers that there are
// not.
func (w *wire) fields(end int64, visit func(field) error) error {
	for w.at < end {
		tag, err := w.varint(end)
		if err != nil {
			return err
		}
		num, typ := protowire.DecodeTag(tag)
		if num < protowire.MinValidNumber || num > protowire.MaxValidNumber {
			return w.fail("a field number that cannot be")
		}
		f := field{num: num, typ: typ}
		size := uint64(0)
		switch typ {
		case protowire.VarintType:
			if f.value, err = w.varint(end); err != nil {
				return err
			}
		case protowire.BytesType:
			if size, err = w.varint(end); err != nil {
				return err
			}
		case protowire.Fixed32Type:
			size = 4
		case protowire.Fixed64Type:
			size = 8
		default:
			return w.fail("a group, or a wire type that there is not")
		}
		if size > uint64(end-w.at) { //nolint:gosec // at is below end
			return w.fail("a length reaches out of its message")
		}
		f.end = w.at + int64(size) //nolint:gosec // below end
		if err := visit(f); err != nil {
			return err
		}
		if err := w.skip(f.end - w.at); err != nil {
			return err
		}
	}
	return nil
}

// text reads a field as a short text. Terraform writes no control character into
// an address or a name: it escapes them.
func (w *wire) text(f field, limit int) (string, error) {
	n := f.end - w.at
	if n > int64(limit) {
		return "", w.fail("an absurdly long text")
	}
	b, err := w.r.Peek(int(n))
	if err != nil {
		if !errors.Is(err, io.EOF) {
			w.read = err
		}
		return "", w.fail("the message is cut off")
	}
	if !utf8.Valid(b) {
		return "", w.fail("text that is not valid UTF-8")
	}
	for _, c := range b {
		if c < 0x20 || c == 0x7f {
			return "", w.fail("text with a control character")
		}
	}
	s := string(b)
	return s, w.skip(n)
}

// message keeps the rules of one message: the wire type of the fields that are
// known, and that those which may occur once do.
type message struct {
	w    *wire
	once uint64 // fields below 64 that were seen and may not come again
}

// bytes checks a field that is a text or a message.
func (m *message) bytes(f field) error {
	if f.typ != protowire.BytesType {
		return m.w.fail("a field of the wrong wire type")
	}
	return nil
}

// single checks a field that may occur once. The format lets the last one win, or
// merges them: two readers could take different ones.
func (m *message) single(f field, typ protowire.Type) error {
	if f.typ != typ {
		return m.w.fail("a field of the wrong wire type")
	}
	if m.once&(1<<f.num) != 0 {
		return m.w.fail("a field that may occur once occurs twice")
	}
	m.once |= 1 << f.num
	return nil
}

// text reads a text that may occur once.
func (m *message) text(f field, limit int, into *string) error {
	if err := m.single(f, protowire.BytesType); err != nil {
		return err
	}
	var err error
	*into, err = m.w.text(f, limit)
	return err
}

// truth reads a boolean that may occur once.
func (m *message) truth(f field, into *bool) error {
	if err := m.single(f, protowire.VarintType); err != nil {
		return err
	}
	if f.value > 1 {
		return m.w.fail("a truth value that is neither true nor false")
	}
	*into = f.value == 1
	return nil
}

// enum reads a number of an enumeration that may occur once. A larger one would be
// cut to 32 bits by some readers, and become another.
func (m *message) enum(f field, into *int32) error {
	if err := m.single(f, protowire.VarintType); err != nil {
		return err
	}
	if f.value > 1<<31-1 {
		return m.w.fail("a number out of range")
	}
	*into = int32(f.value) //nolint:gosec // just checked
	return nil
}
