package jsonstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walked rebuilds a value with the walkers only.
func walked(v []byte) (any, error) {
	if IsNull(v) {
		return nil, nil
	}
	switch v[0] {
	case '{':
		m := map[string]any{}
		err := Members(v, func(name, value []byte) error {
			key := string(name)
			x, err := walked(value)
			m[key] = x
			return err
		})
		return m, err
	case '[':
		list := []any{}
		err := Elements(v, func(value []byte) error {
			x, err := walked(value)
			list = append(list, x)
			return err
		})
		return list, err
	case '"':
		s, ok := Unquote(v)
		if !ok {
			return nil, errors.New("not unquoted")
		}
		return s, nil
	case 't', 'f':
		return string(v) == "true", nil
	}
	return json.Number(v), nil
}

func standard(v []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var x any
	err := d.Decode(&x)
	return x, err
}

// sameAsStandard compares the walkers and Decode with encoding/json on a value
// that the scanner accepts, and otherwise only that they return.
func sameAsStandard(t *testing.T, d *Decoder, data []byte) {
	t.Helper()
	s := New(bytes.NewReader(data), Limits{})
	v, err := s.Value()
	v = bytes.Clone(v)
	if err != nil || s.End() != nil {
		_, _ = d.Decode(data, 1000)
		_, _ = Unquote(data)
		if len(data) > 0 && len(data) < 2000 {
			_, _ = walked(data)
		}
		return
	}
	want, err := standard(data)
	if err != nil {
		t.Fatalf("%q: encoding/json refuses it: %v", short(data), err)
	}
	for name, f := range map[string]func() (any, error){
		"Decode":         func() (any, error) { return Decode(v, len(v)) },
		"Decoder":        func() (any, error) { return d.Decode(v, len(v)) },
		"Decoder, again": func() (any, error) { return d.Decode(data, len(v)) },
		"walkers":        func() (any, error) { return walked(v) },
	} {
		got, err := f()
		if err != nil {
			t.Fatalf("%s: %q: %v", name, short(v), err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %q: (-encoding/json +ours)\n%s", name, short(v), cmp.Diff(want, got))
		}
	}
	// The limit is on structure, and exact.
	n := 0
	inside, escaped := false, false
	for _, c := range v {
		switch {
		case escaped:
			escaped = false
		case inside && c == '\\':
			escaped = true
		case c == '"':
			inside = !inside
		case !inside && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	if _, err := d.Decode(v, n); err != nil {
		t.Errorf("%q: %d tokens: %v", short(v), n, err)
	}
	if _, err := d.Decode(v, n-1); n > 0 && !errors.Is(err, ErrTokens) {
		t.Errorf("%q: %d tokens with a limit of one less: %v", short(v), n, err)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	d := new(Decoder)
	for _, text := range accepted {
		sameAsStandard(t, d, []byte(text))
		sameAsStandard(t, d, []byte(`{"a": [`+text+` , `+text+`] , "a\u0062":`+text+`}`))
	}
	sameAsStandard(t, d, madeUpPlan(100_000))
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, madeUpPlan(20_000), "\r", "\t"); err != nil {
		t.Fatal(err)
	}
	sameAsStandard(t, d, pretty.Bytes())
	sameAsStandard(t, d, []byte(strings.Repeat("[", 3_000)+strings.Repeat("]", 3_000)))
	for _, text := range append(refused[:len(refused):len(refused)], strings.Repeat("[", 10_001), strings.Repeat(`{"a":`, 10_001)) {
		sameAsStandard(t, d, []byte(text))
	}
}

// TestDecodeOwns makes sure that nothing that was decoded refers to the buffer,
// and that a value does not change when another is decoded.
func TestDecodeOwns(t *testing.T) {
	t.Parallel()
	text := `{"name":"a long value that is not remembered anywhere","key":["short",1,12345678901234567890123456789012345]}`
	v := []byte(text)
	d := new(Decoder)
	got, err := d.Decode(v, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range v {
		v[i] = 'x'
	}
	if _, err := d.Decode(madeUpPlan(1), 1<<20); err != nil {
		t.Fatal(err)
	}
	want, err := standard([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestDecodeLimit refuses a value of very many elements before much is allocated.
func TestDecodeLimit(t *testing.T) {
	v := []byte("[" + strings.Repeat(`{"a":{}},`, 1_000_000) + "0]")
	n := testing.AllocsPerRun(1, func() {
		if _, err := Decode(v, 1000); !errors.Is(err, ErrTokens) {
			t.Error(err)
		}
	})
	if n > 2000 {
		t.Errorf("%f allocations for 1,000 tokens", n)
	}
}

func TestWalkersShape(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	for _, v := range []string{"", " ", "[]", "1", `"{}"`, "null", `{1:2}`, `{"a"`, `{"a":`, `{"`} {
		if err := Members([]byte(v), func(_, _ []byte) error { return nil }); !errors.Is(err, ErrShape) {
			t.Errorf("members of %q: %v", v, err)
		}
	}
	for _, v := range []string{"", "{}", "1", `"[]"`, "null", "[,]"} {
		if err := Elements([]byte(v), func([]byte) error { return nil }); !errors.Is(err, ErrShape) {
			t.Errorf("elements of %q: %v", v, err)
		}
	}
	if err := Members([]byte(`{"a":1}`), func(_, _ []byte) error { return own }); !errors.Is(err, own) {
		t.Error(err)
	}
	if err := Elements([]byte(`[1]`), func([]byte) error { return own }); !errors.Is(err, own) {
		t.Error(err)
	}
	for v, want := range map[string]bool{"": true, "null": true, "0": false, `""`: false, "{}": false, "false": false} {
		if IsNull([]byte(v)) != want {
			t.Errorf("IsNull(%q)", v)
		}
	}
	for _, v := range []string{"", `"`, "1", "null", "{}"} {
		if s, ok := Unquote([]byte(v)); ok {
			t.Errorf("Unquote(%q) = %q", v, s)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range accepted {
		f.Add([]byte(text))
		f.Add([]byte(`{"a":[` + text + `,{"b":` + text + `}]}`))
	}
	for _, text := range refused {
		f.Add([]byte(text))
	}
	f.Add(madeUpPlan(1))
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		sameAsStandard(t, d, data)
	})
}
