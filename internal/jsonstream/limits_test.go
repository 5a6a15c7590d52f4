package jsonstream

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
