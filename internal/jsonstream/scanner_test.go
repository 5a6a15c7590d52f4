package jsonstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"runtime"
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

func TestDepth(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}} {
		for n, ok := range map[int]bool{9_999: true, 10_000: true, 10_001: false, 10_002: false} {
			k := strings.Count(pair[0], "[") + strings.Count(pair[0], "{")
			text := strings.Repeat(pair[0], n/k)
			end := strings.Repeat(pair[1], n/k)
			if n%k == 1 {
				text, end = text+"[", "]"+end
			}
			if k == 1 && pair[0] != "[" {
				end = "1" + end
			} else if k == 2 && n%k == 0 {
				end = "1" + end
			}
			for _, how := range []byte{0, chooseSkip, chooseValue} {
				s := New(strings.NewReader(text+end), Limits{})
				err := ours(s, &choices{b: []byte{how}}, new([]string))
				if (err == nil) != ok {
					t.Errorf("%d times %q: %v", n, pair[0], err)
				}
			}
			differ(t, []byte(text+end), []byte{chooseSkip})
		}
	}
	s := New(strings.NewReader("[[[1]]]"), Limits{Depth: 2})
	if err := s.Skip(); kindOf(err) != Depth {
		t.Error(err)
	}
}

func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// TestValueLimit holds strings, numbers and values to exactly the limit, however
// they are read.
func TestValueLimit(t *testing.T) {
	t.Parallel()
	const limit = 100
	type reading func(s *Scanner) error
	skip := func(s *Scanner) error { return s.Skip() }
	value := func(s *Scanner) error { _, err := s.Value(); return err }
	str := func(s *Scanner) error { _, err := s.String(); return err }
	within := func(f reading) reading {
		return func(s *Scanner) error { return s.Array(func() error { return f(s) }) }
	}
	fill := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		name string
		text func(n int) string // whose relevant part has n bytes
		read []reading
	}{
		{"string", func(n int) string { return `"` + fill(n-2) + `"` }, []reading{skip, value, str}},
		{"element", func(n int) string { return `[1, "` + fill(n-2) + `" ,"x"]` }, []reading{skip, within(skip), within(value)}},
		{"escapes", func(n int) string { return `[0,"` + fill(n-8) + `\u0041"]` }, []reading{skip, within(skip), within(value)}},
		{"name", func(n int) string { return `{"` + fill(n-2) + `":1}` }, []reading{skip}},
		{"number", func(n int) string { return "[" + strings.Repeat("1", n) + "]" }, []reading{skip, within(skip), within(value)}},
		{"fraction", func(n int) string { return "[0." + strings.Repeat("1", n-2) + "]" }, []reading{skip, within(skip), within(value)}},
		{"value", func(n int) string { return "[[1,2" + strings.Repeat(" ", n-5) + "]]" }, []reading{within(value)}},
		{"value of strings", func(n int) string { return `[["` + fill(n/2) + `","` + fill(n-n/2-7) + `"]]` }, []reading{within(value)}},
	} {
		for n, ok := range map[int]bool{limit - 20: true, limit - 1: true, limit: true, limit + 1: false, limit + 2: false, limit + 100: false, 5000: false} {
			for r, read := range c.read {
				var first error
				for way, s := range ways([]byte(c.text(n)), Limits{Value: limit}) {
					err := read(s)
					if (err == nil) != ok || !ok && kindOf(err) != TooLarge {
						t.Errorf("%s of %d bytes, reading %d, %s: %v", c.name, n, r, way, err)
					}
					if first == nil {
						first = err
					}
					if d := cmp.Diff(first, err); d != "" {
						t.Errorf("%s of %d bytes, reading %d, %s: the error depends on how the text is read:\n%s", c.name, n, r, way, d)
					}
				}
			}
		}
	}
	// An error around the limit is the same, wherever the text is cut.
	for n := limit - 20; n < limit+20; n++ {
		for _, end := range []string{`","a":1}`, "\xff\"}", "\xe2\x82\"}", "\xf0\x9f\x98x", `\ud800"`, `\ud83d\ud83d`, `\u12x`, `\x`, `":1e}`, `":truu`, `":[1,`, ""} {
			text := `[{"a":1,"` + fill(n-10) + end
			for _, how := range []byte{chooseSkip, chooseValue} {
				var first error
				for way, s := range ways([]byte(text), Limits{Value: limit}) {
					err := ours(s, &choices{b: []byte{0, how}}, new([]string))
					if first == nil {
						first = err
					}
					if d := cmp.Diff(first, err); d != "" || err == nil {
						t.Errorf("%q, %s: the error depends on how the text is read: %v\n%s", text, way, err, d)
					}
				}
			}
		}
	}
	// White space and what is skipped may be of any size.
	text := `[` + strings.Repeat(" ", 1000) + `[` + strings.Repeat(`"x",`, 1000) + `1]]`
	for way, s := range ways([]byte(text), Limits{Value: limit}) {
		if err := errors.Join(s.Array(s.Skip), s.End()); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// TestMembersLimit counts the names that are held, with and without shapes.
func TestMembersLimit(t *testing.T) {
	t.Parallel()
	object := func(n int, last string) string {
		var b strings.Builder
		b.WriteByte('{')
		for i := range n {
			if i == n-1 {
				fmt.Fprintf(&b, `"last":%s`, last)
			} else {
				fmt.Fprintf(&b, `"k%d":1,`, i)
			}
		}
		return b.String() + "}"
	}
	for _, c := range []struct {
		text  string
		limit int64
		kind  Kind
	}{
		{object(10, "1"), 10, 0},
		{object(11, "1"), 10, TooManyMembers},
		{object(1000, "1"), 1000, 0},
		{object(1001, "1"), 1000, TooManyMembers},
		{object(600, object(400, "1")), 1000, 0},
		{object(600, object(401, "1")), 1000, TooManyMembers},
		{object(500, object(10, "["+strings.Repeat(object(490, "{}")+",", 5)+"1]")), 1000, 0},
		{object(500, object(10, "["+strings.Repeat(object(490, "{}")+",", 5)+object(491, "1")+"]")), 1000, TooManyMembers},
		{"[" + strings.Repeat(object(20, object(20, "1"))+",", 300) + object(20, object(20, "{}")) + "]", 104, 0},
		{"[" + strings.Repeat(object(20, object(20, "1"))+",", 300) + object(20, object(20, "{}")) + "]", 40, 0},
		{"[" + strings.Repeat(object(20, object(20, "1"))+",", 300) + object(20, object(20, "{}")) + "]", 39, TooManyMembers},
		{"[" + strings.Repeat(object(60, object(60, "{}"))+",", 300) + object(60, object(60, `{"a":1}`)) + "]", 121, 0},
		{"[" + strings.Repeat(object(60, object(60, "{}"))+",", 300) + object(60, object(60, `{"a":1}`)) + "]", 120, TooManyMembers},
	} {
		for _, how := range []byte{0, chooseSkip, chooseValue} {
			for way, s := range ways([]byte(c.text), Limits{Members: c.limit}) {
				err := ours(s, &choices{b: []byte{how}}, new([]string))
				if kindOf(err) != c.kind || err != nil && c.kind == 0 {
					t.Errorf("%s: how %d: %.30q with %d: %v", way, how, c.text, c.limit, err)
				}
			}
		}
	}
	// A shape that was learnt where there was room, where there is none.
	inner := object(50, "1")
	text := "[" + strings.Repeat(inner+",", 200) + strings.ReplaceAll(object(80, "0"), `"k`, `"other`)
	text = strings.TrimSuffix(text, "0}") + inner + "}]"
	for limit, kind := range map[int64]Kind{130: 0, 129: TooManyMembers} {
		if err := New(strings.NewReader(text), Limits{Members: limit}).Skip(); kindOf(err) != kind {
			t.Errorf("a shape of 50 names within 80, with %d: %v", limit, err)
		}
	}
	inner = strings.ReplaceAll(inner, `"k`, `"k`+strings.Repeat("x", 80))
	text = "[" + strings.Repeat(inner+",", 200) + `{"` + strings.Repeat("y", 7000) + `":` + inner + `}]`
	for limit, kind := range map[int64]Kind{20_000: 0, 10_000: TooLarge} {
		if err := New(strings.NewReader(text), Limits{Value: limit}).Skip(); kindOf(err) != kind {
			t.Errorf("a shape with long names, with %d: %v", limit, err)
		}
	}
	// The bytes of the names count against the limit for one value.
	long := strings.Repeat("x", 600)
	text = `{"` + long + `":{"` + long + `":1}}`
	for limit, kind := range map[int64]Kind{1200: 0, 1199: TooLarge} {
		if err := New(strings.NewReader(text), Limits{Value: limit}).Skip(); kindOf(err) != kind {
			t.Errorf("names of 1,200 bytes with %d: %v", limit, err)
		}
	}
}

// TestManyMembers looks for the duplicate at all places of objects of all sizes
// around which the way of looking changes.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 30, 63, 64, 65, 66, 127, 128, 129, 130, 300, 3000} {
		for _, format := range []string{"%d", "k%d", "common-beginning-%d-common-end", "é%d"} {
			var b strings.Builder
			b.WriteString(`{"first":{}`)
			for i := range n {
				fmt.Fprintf(&b, `,"`+format+`":{"a":[]}`, i)
			}
			whole := b.String()
			list := "[" + whole + "}," + whole + "}," + whole + "},"
			if err := New(strings.NewReader(list+"0]"), Limits{}).Skip(); err != nil {
				t.Fatalf("%d names: %v", n, err)
			}
			for _, k := range []int{0, 1, n / 2, n - 2, n - 1} {
				if k < 0 || k >= n {
					continue
				}
				text := list + whole + fmt.Sprintf(`,"`+format+`":1}]`, k)
				var e *Error
				if err := New(strings.NewReader(text), Limits{}).Skip(); !errors.As(err, &e) || e.Kind != Duplicate || e.Pointer != fmt.Sprintf("/3/"+format, k) {
					t.Errorf("name %d of %d given twice: %v", k, n, err)
				}
			}
		}
	}
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

// endless is one piece repeated for ever, which counts what is read.
type endless struct {
	begin, piece string
	read         int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	if e.read < int64(len(e.begin)) {
		n = copy(p, e.begin[e.read:])
	}
	for n < len(p) {
		at := (e.read + int64(n) - int64(len(e.begin))) % int64(len(e.piece))
		n += copy(p[n:], e.piece[at:])
	}
	e.read += int64(n)
	return n, nil
}

// counter makes an object with ever new names.
type counter struct {
	n    int
	rest string
	read int64
}

func (c *counter) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if c.rest == "" {
			c.rest = fmt.Sprintf(`,"key-%d":1`, c.n)
			if c.n == 0 {
				c.rest = `{"a":1`
			}
			c.n++
		}
		k := copy(p[n:], c.rest)
		c.rest = c.rest[k:]
		n += k
	}
	c.read += int64(n)
	return n, nil
}

// TestBoundedMemory reads what never ends. It is not parallel, since it measures
// what the program allocates.
func TestBoundedMemory(t *testing.T) {
	const limit = 4 << 20
	lim := Limits{Value: limit, Members: 100_000}
	for name, c := range map[string]struct {
		src  io.Reader
		kind Kind
		read int64 // the most that may be read
	}{
		"string":         {&endless{begin: `{"a":"`, piece: "x"}, TooLarge, limit + 2*bufferSize},
		"escaped string": {&endless{begin: `{"a":"`, piece: `\u0041`}, TooLarge, limit + 2*bufferSize},
		"number":         {&endless{begin: `{"a":1`, piece: "1"}, TooLarge, limit + 2*bufferSize},
		"name":           {&endless{begin: `{"`, piece: "x"}, TooLarge, limit + 2*bufferSize},
		"depth":          {&endless{begin: "", piece: `[`}, Depth, bufferSize},
		"nested names":   {&endless{begin: "", piece: `{"` + strings.Repeat("x", 1000) + `":`}, TooLarge, limit + 2*bufferSize},
		"members":        {&counter{}, TooManyMembers, limit},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := New(c.src, lim).Skip()
		runtime.ReadMemStats(&after)
		if kindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		var read int64
		switch src := c.src.(type) {
		case *endless:
			read = src.read
		case *counter:
			read = src.read
		}
		if read > c.read {
			t.Errorf("%s: %d bytes were read", name, read)
		}
		// All that was ever allocated: a few doublings of what may be held; the race
		// detector adds to it.
		if n := after.TotalAlloc - before.TotalAlloc; n > 16*limit {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
	// What is skipped may be as large as it likes.
	src := io.LimitReader(&endless{begin: `[{"a":"b"}`, piece: `,{"a":[1,"two",null],"b":"c"}`}, 64<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := New(src, lim).Skip()
	runtime.ReadMemStats(&after)
	if kindOf(err) != Truncated {
		t.Error(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("64 MiB were skipped with %d bytes allocated", n)
	}
}

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

// TestShapesBounded fills the memory of shapes, and goes on.
func TestShapesBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("[0")
	for range 3 {
		for i := range 40_000 {
			fmt.Fprintf(&b, `,{"key%d":1,"a":{"x%d":2}}`, i/2, i%7)
		}
	}
	b.WriteString(`,{"key1":1,"a":1,"key1":2}]`)
	s := New(strings.NewReader(b.String()), Limits{})
	if err := s.Skip(); kindOf(err) != Duplicate {
		t.Error(err)
	}
	if n := len(s.shapes.nodes); n != maxNodes {
		t.Errorf("%d nodes; the test should reach the limit of %d", n, maxNodes)
	}
	if len(s.shapes.table) > 4*maxNodes || len(s.shapes.text) > maxNodes*(maxName+2) {
		t.Error("the memory of shapes is not bounded")
	}
}
