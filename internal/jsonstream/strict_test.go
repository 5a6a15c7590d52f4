package jsonstream

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// choices decide, value by value, whether one is descended into, taken whole or
// skipped. The same bytes make the same choices for both readers.
type choices struct {
	b    []byte
	i    int
	held []held
}

// held is a value that must stay what it was until the end of Hold.
type held struct {
	value []byte
	was   string
}

func (c *choices) next() byte {
	if len(c.b) == 0 {
		return 0
	}
	c.i++
	return c.b[(c.i-1)%len(c.b)] % 4
}

const (
	chooseValue = 1
	chooseSkip  = 2
	chooseHold  = 3 // only ours: descended into with the bytes held
)

// ours reads one value and logs what it saw.
func ours(s *Scanner, c *choices, log *[]string) error {
	say := func(x string) { *log = append(*log, x) }
	if s.Kind() == 0 {
		return s.Skip()
	}
	switch c.next() {
	case chooseValue:
		v, err := s.Value()
		if err == nil {
			say("value " + string(v))
			c.held = append(c.held, held{v, string(v)})
		}
		return err
	case chooseSkip:
		say("skip")
		return s.Skip()
	case chooseHold:
		from := len(c.held)
		return s.Hold(func() error {
			err := inside(s, c, log)
			for _, h := range c.held[from:] {
				if string(h.value) != h.was {
					return errors.New("a value that was held changed")
				}
			}
			return err
		})
	}
	return inside(s, c, log)
}

// inside descends into a value.
func inside(s *Scanner, c *choices, log *[]string) error {
	say := func(x string) { *log = append(*log, x) }
	switch s.Kind() {
	case '{':
		say("{")
		err := s.Object(func(name []byte) error {
			kept := string(name)
			say("name " + kept)
			err := ours(s, c, log)
			if string(name) != kept {
				return errors.New("the name changed during the call")
			}
			return err
		})
		say("}")
		return err
	case '[':
		say("[")
		err := s.Array(func() error { return ours(s, c, log) })
		say("]")
		return err
	case '"':
		v, err := s.String()
		say("string " + v)
		return err
	case 't', 'f':
		v, err := s.Bool()
		if err == nil {
			say(map[bool]string{true: "true", false: "false"}[*v])
		}
		return err
	case 'n':
		null, err := s.Null()
		if err == nil && null {
			say("null")
		}
		return err
	case '0':
		v, err := s.Value()
		say("number " + string(v))
		return err
	}
	return s.Skip() // an error
}

// theirs does the same with jsontext.
func theirs(d *jsontext.Decoder, c *choices, log *[]string) error {
	say := func(x string) { *log = append(*log, x) }
	k := d.PeekKind()
	if k == 0 || k == '}' || k == ']' {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		return errors.New("no value")
	}
	switch c.next() {
	case chooseValue:
		v, err := d.ReadValue()
		if err == nil {
			say("value " + string(v))
		}
		return err
	case chooseSkip:
		say("skip")
		return d.SkipValue()
	}
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch k {
	case '{', '[':
		say(string(k))
		for {
			switch d.PeekKind() {
			case '}', ']':
				_, err = d.ReadToken()
				say(string(k + 2))
				return err
			}
			if k == '{' {
				name, err := d.ReadToken()
				if err != nil {
					return err
				}
				say("name " + name.String())
			}
			if err := theirs(d, c, log); err != nil {
				return err
			}
		}
	case '"':
		say("string " + t.String())
	case '0':
		say("number " + t.String())
	default:
		say(t.String())
	}
	return nil
}

func readTheirs(data, how []byte) ([]string, error) {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	var log []string
	err := theirs(d, &choices{b: how}, &log)
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("trailing")
		}
	}
	return log, err
}

// randomReader returns chunks of random size.
type randomReader struct {
	data []byte
	r    *rand.Rand
}

func (r *randomReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+r.r.Intn(1+r.r.Intn(40)))], r.data)
	r.data = r.data[n:]
	if len(r.data) == 0 && r.r.Intn(2) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// ways are the readers and buffers that each text is read with. What is read must
// not depend on them.
func ways(data []byte, lim Limits) map[string]*Scanner {
	lim = lim.withDefaults()
	src := func() io.Reader { return bytes.NewReader(data) }
	return map[string]*Scanner{
		"whole":        New(src(), lim),
		"one byte":     newScanner(iotest.OneByteReader(src()), lim, 16),
		"half":         newScanner(iotest.HalfReader(src()), lim, 32),
		"data and EOF": newScanner(iotest.DataErrReader(src()), lim, 24),
		"small":        newScanner(src(), lim, 17),
		"random":       newScanner(&randomReader{data, rand.New(rand.NewSource(int64(len(data))))}, lim, 50), //nolint:gosec // a test
	}
}

// differ reads data in all ways and compares with jsontext.
func differ(t *testing.T, data, how []byte) {
	t.Helper()
	want, wantErr := readTheirs(data, how)
	var first error
	for way, s := range ways(data, Limits{}) {
		var got []string
		err := ours(s, &choices{b: how}, &got)
		if err == nil {
			err = s.End()
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: %q: error %v, jsontext: %v", way, short(data), err, wantErr)
		}
		if err == nil {
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s: %q: (-jsontext +ours)\n%s", way, short(data), d)
			}
			if s.Offset() != int64(len(data)) {
				t.Errorf("%s: %q: offset %d of %d", way, short(data), s.Offset(), len(data))
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %q: %v is not an Error", way, short(data), err)
		}
		if errors.Is(wantErr, jsontext.ErrDuplicateName) != (e.Kind == Duplicate) {
			t.Errorf("%s: %q: %v, jsontext: %v", way, short(data), err, wantErr)
		}
		if e.Offset < 0 || e.Offset > int64(len(data)) {
			t.Errorf("%s: %q: offset %d of %d", way, short(data), e.Offset, len(data))
		}
		if first == nil {
			first = err
		}
		if d := cmp.Diff(first, err); d != "" {
			t.Errorf("%s: %q: the error depends on how the text is read:\n%s", way, short(data), d)
		}
	}
}

func short(b []byte) []byte { return b[:min(len(b), 300)] }

// accepted and refused are texts by the rules of RFC 8259 and I-JSON: the names of
// an object differ, and strings are Unicode.
var accepted = []string{
	`{}`, `[]`, `""`, `0`, `-0`, `1`, `-1`, `10`, `0.5`, `-0.5`, `1e1`, `1E+10`, `1e-0`, `1.5e300`, `0e0`, `0E0`, `-0.0e-0`,
	`1e999999`, `123456789012345678901234567890`, `true`, `false`, `null`, ` true `, "\t\n\r [ ] \t", `[1,2]`, `[ 1 , 2 ]`,
	`{"a":1}`, ` { "a" : 1 , "b" : 2 } `, `{"":""}`, `{"a":{"a":{"a":1}}}`, `[[],[],{}]`, `[[[]]]`, `[{"a":1},{"a":1}]`,
	`"\"\\\/\b\f\n\r\t"`, `"\u0000"`, `"\u00e9"`, `"\u2028"`, `"\uD83D\uDE00"`, `"\ud83d\ude00x"`, `"é€😀"`, "\"\u007f\"", `"\u007F"`,
	`"\uFFFF"`, "\"\uFFFD\"", "\"\U0010FFFF\"", `"` + strings.Repeat("x", 100) + `"`, `"1234567\"1234567\\"`,
	`{"a\u0062":1,"ac":2}`, `{"A":1,"a":2}`, `{"ſ":1,"s":2}`, `{"é":1,"e\u0301":2}`, `{"a":1,"a ":2,"":3}`,
	`{"\u0000":1,"\u0001":2}`, `{"12345678":1,"1234567":2,"123456789":3}`, `{"12345678a12345678":1,"12345678b12345678":2}`,
	"[\n  1,\n  2\n]\n", "{\n        \"a\"         :         1         }", `[0,0,0]`, `[-1,0.1,1e2]`, `{"a":0}`, `{"a":-0}`,
	`[true,false,null]`, `{"a":true,"b":false,"c":null}`, `["",""]`,
}

var refused = []string{
	``, ` `, "\n", `{`, `[`, `}`, `]`, `"`, `,`, `:`, `{]`, `[}`, `{}}`, `[]]`, `[1`, `[1,`, `[1,]`, `[,1]`, `[,]`, `[1 2]`, `[1,,2]`, `[1:2]`,
	`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{,"a":1}`, `{"a":1 "b":2}`, `{"a" 1}`, `{"a"::1}`, `{"a":1,,"b":2}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`,
	`{"a":1`, `{"a":`, `{"a"`, `{"a`, `{"`, `{"a":1;"b":2}`, `{"a","b"}`, `{[]:1}`, `{"a":1}}`, `{"a":1]`, `[1}`,
	`00`, `01`, `-01`, `-`, `+1`, `.5`, `5.`, `-.5`, `1.e1`, `1e`, `1e+`, `1E-`, `0x1`, `1_0`, `--1`, `1-`, `- 1`, `1.2.3`, `1e1.5`, `NaN`, `Infinity`, `-Infinity`, `1a`, `１`,
	`[-]`, `[00]`, `[1.]`, `[1e]`, `[1ee2]`, `[0.]`, `[-a]`, `[1+1]`,
	`tru`, `truE`, `True`, `TRUE`, `nul`, `nulll`, `fals`, `falsee`, `undefined`, `nil`, `[tru]`, `[nul`, `[t]`, `{"a":fals}`, `[truefalse]`,
	`'a'`, `"a`, `"a\`, `"a\"`, `"\x41"`, `"\a"`, `"\'"`, `"\u"`, `"\u1"`, `"\u12"`, `"\u123"`, `"\u123`, `"\u123g"`, `"\U0041"`, `"\u 041"`, `"\u+041"`, `"\`,
	"\"\n\"", "\"\t\"", "\"\x00\"", "\"\x1f\"", "\"1234567\x01\"", "[\"\r\"]", "{\"\n\":1}", `"a" "b"`, `1 2`, `{}{}`, `[] []`, `null null`, `truenull`, `""""`,
	// UTF-16 halves
	`"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\udc00\ud800"`, `"\ud800x"`, `"\ud800\n"`, `"\ud800\u0041"`, `"\uDBFF"`, `"\udfff"`, `"\ud800\`, `"\ud800\u`, `"\ud800\udc0"`,
	`{"\ud800":1}`, `["\uD83D\u"]`, `"\ud83d\\ude00"`,
	// not UTF-8
	"\"\xff\"", "\"\xc0\xaf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\x80\"", "\"\xc3\"", "\"\xe2\x82\"", "\"\xf0\x9f\x98\"",
	"\"a\xc3", "\"\xe9\"", "\"\xc1\xbf\"", "\"\xfe\xff\"", "{\"\xff\":1}", "[\"\xc3\xc3\"]", "\"\xf0\x80\x80\x80\"", "\"1234567\xff12345678\"",
	// marks, other white space, comments
	"\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "\u00a0{}", "{}\u2028", "\v{}", "\f[]", "[1]\x00", "\x00", "[\x00]", "[1,\x001]", "/**/{}", "{}//", "{/**/}", "#\n{}", "[1,\v2]", "\x1b[0m",
	// two readers, two plans
	`{"a":1,"a":1}`, `{"a":1,"b":2,"a":3}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"\u0061":1,"\u0061":2}`, `{"é":1,"\u00e9":2}`, `{"\u00E9":1,"\u00e9":2}`, `{"😀":1,"\ud83d\ude00":2}`,
	`{"":1,"":2}`, `{"/":1,"\/":2}`, `{"a":{"b":1,"b":2}}`, `[{"a":[{"c":1,"c":2}]}]`, `{"\n":1,"\u000a":2}`, `{"12345678a12345678":1,"12345678a12345678":2}`,
	`{"actions":["delete"],"actions":["no-op"]}`, `{"resource_changes":[{"a":1}],"resource_changes":[]}`, `{"resource_changes":[],"r\u0065source_changes":null}`,
	`{"format_version":"1.2","format_version":"1.2"}`, `{"a":1,"b":{"a":1},"a":2}`, `{"a":1,"a"`, `{"a":1,"a":`,
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for _, text := range accepted {
		if _, err := readTheirs([]byte(text), nil); err != nil {
			t.Errorf("%q: the table is wrong: %v", text, err)
		}
		for how := range byte(4) {
			differ(t, []byte(text), []byte{how})
		}
		differ(t, []byte(text), []byte{0, chooseSkip, chooseValue})
		differ(t, []byte(text), []byte{chooseHold, chooseValue, chooseSkip, chooseValue})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, text := range refused {
		if _, err := readTheirs([]byte(text), nil); err == nil {
			t.Errorf("%q: the table is wrong: accepted", text)
		}
		for how := range byte(4) {
			differ(t, []byte(text), []byte{how})
		}
		differ(t, []byte(text), []byte{0, chooseSkip, chooseValue})
	}
}

// TestEmbedded puts each text of the tables where it matters least: deep within a
// value that is skipped, after shapes were learnt.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	for _, text := range append(accepted[:len(accepted):len(accepted)], refused...) {
		data := []byte(`[{"a":1,"b":[]},{"a":1,"b":[]},{"a":1,"b":[]},{"a":2,"b":[` + text + `]}]`)
		differ(t, data, []byte{chooseSkip})
		differ(t, data, []byte{0, chooseValue, chooseSkip})
		data = []byte(`[{"a":1,"a2":1,"a3":1},{"a":1,"a2":1,"a3":1},{"a":1,"a2":1,"a3":1},{"a":1,"a2":1,` + strings.Trim(text, "{} ") + `}]`)
		differ(t, data, []byte{chooseSkip})
	}
}

// TestCutOff cuts a text at each byte.
func TestCutOff(t *testing.T) {
	t.Parallel()
	text := `{"a": [1, -2.5e+3, true, false, null, "é\u00e9\ud83d\ude00\\"], "b": {"a": {}, "c": []}, "a\u0062": 0.1}`
	for i := range text {
		differ(t, []byte(text[:i]), []byte{0})
		differ(t, []byte(text[:i]), []byte{chooseSkip})
		differ(t, []byte(text[:i]), []byte{chooseValue})
		s := New(strings.NewReader(text[:i]), Limits{})
		var e *Error
		if err := s.Skip(); !errors.As(err, &e) || e.Kind != Truncated || e.Offset != int64(i) {
			t.Errorf("%q: %v", text[:i], err)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range accepted {
		f.Add([]byte(text), []byte{0})
		f.Add([]byte(`[{"a":`+text+`},{"a":`+text+`}]`), []byte{chooseSkip})
	}
	for _, text := range refused {
		f.Add([]byte(text), []byte{chooseSkip})
		f.Add([]byte(`{"a":1,"b":[`+text+`],"a":2}`), []byte{0, chooseValue, chooseSkip})
	}
	plan := madeUpPlan(1)
	for how := range byte(4) {
		f.Add(plan, []byte{how})
	}
	f.Add(plan, []byte{0, 0, chooseHold, chooseValue})
	f.Fuzz(func(t *testing.T, data, how []byte) {
		if len(data) > 1<<16 {
			return
		}
		differ(t, data, how)
	})
}

// FuzzNames makes objects out of few names, so that shapes and duplicates are
// common, and reads them after one another with one scanner.
func FuzzNames(f *testing.F) {
	f.Add([]byte("abcabcabcabcabd"))
	f.Add([]byte("abc.abc.abc.abca.abc[abc.abc].abc"))
	f.Add([]byte(strings.Repeat("abcdefgh.", 9) + "abcdeagh"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 4<<10 {
			return
		}
		differ(t, objects(in), []byte{chooseSkip})
		differ(t, objects(in), []byte{0, chooseSkip, 0, chooseValue})
	})
}

// objects turns bytes into a list of objects: a point begins the next one, a
// bracket nests, and all other bytes are members with one of few names.
func objects(in []byte) []byte {
	var b bytes.Buffer
	var closing []byte
	b.WriteString("[{")
	sep := ""
	for _, c := range in {
		switch {
		case c == '.' && len(closing) == 0:
			b.WriteString("},{")
			sep = ""
		case c == '[' && len(closing) < 20:
			b.WriteString(sep + `"nested":{`)
			closing = append(closing, '}')
			sep = ""
		case c == ']' && len(closing) > 0:
			b.WriteByte('}')
			closing = closing[:len(closing)-1]
			sep = ","
		default:
			names := [...]string{"a", "b", "name", "identifier", "a_rather_long_name_1", "a_rather_long_name_2", "\\u0061", "é", "a_different_middle_name", "a_diff<rent_middle_name"}
			name := names[int(c)%len(names)]
			if c >= 'n' {
				name += string(rune('a' + c%26))
			}
			b.WriteString(sep + `"` + name + `":` + []string{"1", `"x"`, "[]", "null", "{}"}[int(c)%5])
			sep = ","
		}
	}
	b.Write(closing)
	b.WriteString("}]")
	return b.Bytes()
}
