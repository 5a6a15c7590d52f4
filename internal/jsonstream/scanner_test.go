package jsonstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// TestErrors names kind, place and pointer of an error, read with Object and
// Array, and by skipping.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		kind    Kind
		offset  int64
		pointer string
	}{
		{``, Truncated, 0, ""},
		{`{"a":[1,2`, Truncated, 9, "/a/1"},
		{`{"a":[1,x]}`, Syntax, 8, "/a/1"},
		{`{"a":{"b":1,"b":2}}`, Duplicate, 12, "/a/b"},
		{`{"a":[{"b":1},{"b":1,"\u0062":2}]}`, Duplicate, 21, "/a/1/b"},
		{"{\"a\":[true,\"x\xff\"]}", UTF8, 13, "/a/1"},
		{`{"a":"\ud800"}`, Escape, 6, "/a"},
		{`{"a":"\ud83d\ud83d"}`, Escape, 6, "/a"},
		{`{"a":"\x"}`, Syntax, 7, "/a"},
		{`{"a":01}`, Syntax, 6, "/a"},
		{`{"a":-}`, Syntax, 6, "/a"},
		{`{"a":1,}`, Syntax, 7, "/a"},
		{`{"a~/b":[nul]}`, Syntax, 12, "/a~0~1b/0"},
		{`{"a":1}}`, Trailing, 7, ""},
		{`{"a":1} {}`, Trailing, 8, ""},
		{strings.Repeat("[", 10_001), Depth, 10_000, ""},
		{strings.Repeat(`{"a":`, 10_001), Depth, 50_000, ""},
	} {
		for _, how := range []byte{0, chooseSkip, chooseValue} {
			for way, s := range ways([]byte(c.text), Limits{}) {
				err := ours(s, &choices{b: []byte{how}}, new([]string))
				if err == nil {
					err = s.End()
				}
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: %.40q: %v", way, c.text, err)
				}
				if c.kind == Depth { // the pointer is long
					if len(e.Pointer) < 1000 || len(e.Pointer) > 5000 || !strings.HasSuffix(e.Pointer, "/…") {
						t.Errorf("%s: a pointer of %d bytes", way, len(e.Pointer))
					}
					e.Pointer = ""
				}
				want := &Error{c.kind, c.offset, c.pointer}
				if d := cmp.Diff(want, e); d != "" {
					t.Errorf("%s: how %d: %.40q: (-want +got)\n%s", way, how, c.text, d)
				}
				if again := s.Skip(); !errors.Is(again, err) || s.Kind() != 0 || s.End() == nil {
					t.Errorf("%s: %.40q: the error did not stay", way, c.text)
				}
			}
		}
	}
}

func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// TestShapes brings the memory of shapes into states that only repetition or
// collisions of its hash, which anybody can make, lead to.
func TestShapes(t *testing.T) {
	t.Parallel()
	// Names of one length with the same first and last eight bytes have one hash.
	const a, b, c = `"01234567a01234567":1`, `"01234567b01234567":1`, `"01234567c01234567":1`
	if cheapOf([]byte(a[1:18])) != cheapOf([]byte(b[1:18])) {
		t.Fatal("the test needs names that collide")
	}
	var wide strings.Builder
	for i := range 100 {
		fmt.Fprintf(&wide, `"k%d":{"x":1},`, i)
	}
	for _, in := range []struct {
		text string
		ok   bool
	}{
		// The second name was marked as seen by another one after the same beginning.
		{"{" + a + "},{" + a + "},{" + a + "," + b + "},{" + a + "," + a + "}", false},
		{"{" + a + "},{" + a + "},{" + a + "," + b + "},{" + a + "," + c + "}", true},
		{"{" + a + "},{" + a + "},{" + a + "," + b + "},{" + a + "," + b + "},{" + a + "," + b + "," + c + "},{" + a + "," + b + "," + a + "}", false},
		{"{" + a + "},{" + a + "},{" + b + "," + a + "},{" + b + "," + a + "},{" + b + "," + a + "}", true},
		{"{" + a + "},{" + a + "},{" + b + "},{" + b + "},{" + b + "," + b + "}", false},
		{"{" + a + "},{" + b + "},{" + c + "},{" + a + "," + b + "," + c + "},{" + c + "," + b + "," + a + "}", true},
		// More names than a shape has.
		{strings.Repeat("{"+wide.String()+`"end":1},`, 150) + "{" + wide.String() + `"other":1}`, true},
		{strings.Repeat("{"+wide.String()+`"end":1},`, 150) + "{" + wide.String() + `"k3":1}`, false},
		{strings.Repeat("{"+wide.String()+`"end":1},`, 150) + "{" + wide.String() + `"k99":1}`, false},
		// Left after each number of names: by a duplicate, an escape, a new name.
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a":1,"a":1}`, false},
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a":1,"b":1,"a":1}`, false},
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a":1,"b":1,"c":1,"b":1}`, false},
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a":1,"b":1,"\u0061":1}`, false},
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a":1,"b":1,"d":1,"d":1}`, false},
		{strings.Repeat(`{"a":1,"b":2,"c":3},`, 9) + `{"a" :1,"c":1,"b" :1,"d":1}`, true},
		{strings.Repeat(`{"a":{"a":1,"b":1},"b":{"a":1}},`, 9) + `{"a":{"a":1,"b":1,"b":1},"b":1}`, false},
		{strings.Repeat(`{"é":1,"b":2},`, 9) + `{"é":1,"\u00e9":1}`, false},
	} {
		text := []byte("[" + in.text + "]")
		if _, err := readTheirs(text, nil); (err == nil) != in.ok {
			t.Errorf("%.100s: the table is wrong: %v", text, err)
		}
		differ(t, text, []byte{chooseSkip})
		differ(t, text, []byte{0})
		differ(t, text, []byte{0, chooseValue})
		s := New(bytes.NewReader(text), Limits{})
		if err := s.Skip(); (err == nil) != in.ok {
			t.Errorf("%.100s: %v", text, err)
		} else if err == nil && (s.names.big != 0 || len(s.names.entries) != 0 || len(s.names.text) != 0) {
			t.Errorf("%.100s: names are left", text)
		}
	}
}

// TestSpecial looks for each byte at each place of eight.
func TestSpecial(t *testing.T) {
	t.Parallel()
	for _, fill := range []byte("a !#[]~\x7f") {
		for c := range 256 {
			for at := range 8 {
				for _, above := range []byte{fill, 0, '"', 0x80, 0xff} {
					w := bytes.Repeat([]byte{fill}, 8)
					w[at] = byte(c)
					for k := at + 1; k < 8; k++ {
						w[k] = above
					}
					want := 8
					for k := 7; k >= 0; k-- {
						if w[k] < ' ' || w[k] == '"' || w[k] == '\\' || w[k] >= 0x80 {
							want = k
						}
					}
					if got := bits.TrailingZeros64(special(load64(w, 0))) >> 3; got != want {
						t.Fatalf("%q: %d instead of %d", w, got, want)
					}
				}
			}
		}
	}
}

// TestMisuse makes sure that a callback cannot leave the scanner in another place
// than it thinks.
func TestMisuse(t *testing.T) {
	t.Parallel()
	const text = `{"a":[1,2],"b":3}`
	own := errors.New("own")
	for name, c := range map[string]struct {
		read func(s *Scanner) error
		want error
	}{
		"nothing read": {func(s *Scanner) error { return s.Object(func([]byte) error { return nil }) }, errNotConsumed},
		"element left": {func(s *Scanner) error {
			return s.Object(func([]byte) error { return s.Array(func() error { return nil }) })
		}, errNotConsumed},
		"two read": {func(s *Scanner) error {
			return s.Object(func([]byte) error { return errors.Join(s.Skip(), s.Skip()) })
		}, errNoValue},
		"read after the end":   {func(s *Scanner) error { return errors.Join(s.Skip(), s.Skip()) }, errNoValue},
		"end before the value": {func(s *Scanner) error { return s.End() }, errNotConsumed},
		"end within":           {func(s *Scanner) error { return s.Object(func([]byte) error { return s.End() }) }, errNotConsumed},
		"own error":            {func(s *Scanner) error { return s.Object(func([]byte) error { return own }) }, own},
		"swallowed error": {func(s *Scanner) error {
			return s.Object(func([]byte) error { _ = s.Array(func() error { return own }); return nil })
		}, own},
	} {
		s := New(strings.NewReader(text), Limits{})
		if err := c.read(s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if !errors.Is(s.Skip(), c.want) || !errors.Is(s.End(), c.want) {
			t.Errorf("%s: the error did not stay", name)
		}
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	object := func(s *Scanner) error { return s.Object(func([]byte) error { return s.Skip() }) }
	array := func(s *Scanner) error { return s.Array(s.Skip) }
	str := func(s *Scanner) error { _, err := s.String(); return err }
	boolean := func(s *Scanner) error { _, err := s.Bool(); return err }
	for _, c := range []struct {
		read func(*Scanner) error
		text string
		kind Kind
	}{
		{object, `{"a":1}`, 0},
		{object, `null`, 0},
		{object, `[]`, ExpectedObject},
		{object, `"{}"`, ExpectedObject},
		{object, `1`, ExpectedObject},
		{object, `true`, ExpectedObject},
		{object, `]`, ExpectedObject},
		{object, `x`, Syntax},
		{object, ``, Truncated},
		{object, `nil`, Syntax},
		{array, `[1,2]`, 0},
		{array, `null`, 0},
		{array, `{}`, ExpectedArray},
		{str, `"a"`, 0},
		{str, `null`, 0},
		{str, `1`, ExpectedString},
		{str, `-`, ExpectedString},
		{str, `{}`, ExpectedString},
		{boolean, `true`, 0},
		{boolean, `false`, 0},
		{boolean, `null`, ExpectedBool},
		{boolean, `"true"`, ExpectedBool},
		{boolean, `1`, ExpectedBool},
	} {
		for way, s := range ways([]byte(" "+c.text), Limits{}) {
			if err := c.read(s); kindOf(err) != c.kind || err != nil && c.kind == 0 {
				t.Errorf("%s: %q: %v", way, c.text, err)
			}
		}
	}
}

// TestQuotesNothing makes sure that no message holds text of the document.
func TestQuotesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"secret":1,"secret":2}`, `{"secret":"secret\x"}`, `{"secret":secret}`, "{\"secret\":\"secret\xff\"}", `{"a":"secret`} {
		if err := New(strings.NewReader(text), Limits{}).Skip(); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for k := Syntax; k <= Trailing; k++ {
		if strings.HasPrefix(k.String(), "error") {
			t.Errorf("kind %d has no text", k)
		}
	}
}

// TestReaderErrors passes an error of the reader on, also one that comes with the
// last bytes, and does not take a broken stream for the end.
func TestReaderErrors(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	for _, text := range []string{``, `{"a":`, `{"a":1`, `[1,2,"x`, `12`, `tru`, `{}`, `{} `} {
		s := New(io.MultiReader(strings.NewReader(text), iotest.ErrReader(own)), Limits{})
		if err := errors.Join(s.Skip(), s.End()); !errors.Is(err, own) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s := New(stuck{}, Limits{})
	if err := s.Skip(); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
	s = New(liar{}, Limits{})
	if err := s.Skip(); !errors.Is(err, errReader) {
		t.Error(err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

type liar struct{}

func (liar) Read(p []byte) (int, error) { return len(p) + 1, nil }

// TestPointer reads the place from within callbacks.
func TestPointer(t *testing.T) {
	t.Parallel()
	s := New(strings.NewReader(`{"a":[{"b/c":1},2],"d":{"e":3}}`), Limits{})
	var got []string
	note := func() { got = append(got, fmt.Sprintf("%s %d", s.Pointer(), s.Offset())) }
	err := s.Object(func(name []byte) error {
		note()
		if string(name) == "d" {
			return s.Skip()
		}
		return s.Array(func() error {
			note()
			if s.Kind() != '{' {
				return s.Skip()
			}
			return s.Object(func([]byte) error { note(); return s.Skip() })
		})
	})
	if err := errors.Join(err, s.End()); err != nil {
		t.Fatal(err)
	}
	note()
	want := []string{"/a 5", "/a/0 6", "/a/0/b~1c 13", "/a/1 16", "/d 23", " 31"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestHold takes parts out of a value that is larger than the buffer, with readers
// that cut it anywhere, and compares them at its end.
func TestHold(t *testing.T) {
	t.Parallel()
	text := madeUpPlan(40_000)
	if _, err := readTheirs(text, nil); err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		how := append(bytes.Repeat([]byte{0}, n), chooseHold, chooseHold, 0, chooseValue, chooseValue)
		differ(t, text, how)
	}
	// The limit is that of the whole.
	text = []byte(`[{"a":"0123456789","b":"0123456789"}]`)
	for limit, kind := range map[int64]Kind{35: 0, 34: TooLarge, 20: TooLarge} {
		for way, s := range ways(text, Limits{Value: limit}) {
			err := s.Array(func() error {
				return s.Hold(func() error { return s.Object(func([]byte) error { _, err := s.Value(); return err }) })
			})
			var e *Error
			if errors.As(err, &e); kindOf(err) != kind || kind != 0 && (e.Offset != 1 || e.Pointer != "/0") {
				t.Errorf("%s: with %d: %v", way, limit, err)
			}
		}
	}
	s := New(bytes.NewReader(text), Limits{})
	if err := s.Hold(func() error { return nil }); !errors.Is(err, errNotConsumed) {
		t.Error(err)
	}
}
