package jsonstream

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocument(t *testing.T) {
	deep := strings.Repeat("[", 64) + strings.Repeat("]", 64)
	for _, tt := range []struct {
		name, text string
		want       any
		err        error // its kind only
		much, two  bool
	}{
		{name: "object", text: ` {"a":[1,"b",null,true]} `, want: map[string]any{"a": []any{json.Number("1"), "b", nil, true}}},
		{name: "null", text: "null"},
		{name: "escapes", text: `{"a\u002e\n":"\ud83d\ude00"}`, want: map[string]any{"a.\n": "😀"}},
		{name: "the same name in two objects", text: `[{"a":1},{"a":1}]`, want: []any{map[string]any{"a": json.Number("1")}, map[string]any{"a": json.Number("1")}}},
		{name: "as deep as may be", text: deep},
		{name: "name twice", text: `{"a":1,"a":1}`, err: &Error{Kind: Duplicate}, two: true},
		{name: "name twice, escaped", text: `{"a":1,"\u0061":2}`, err: &Error{Kind: Duplicate}, two: true},
		{name: "name twice, far within", text: `[[{"b":{"a":1,"c":2,"a":1}}]]`, err: &Error{Kind: Duplicate}, two: true},
		{name: "something behind", text: `{"a":1} {"a":2}`, err: &Error{Kind: Trailing}, two: true},
		{name: "not UTF-8", text: "{\"a\":\"\xff\"}", err: &Error{Kind: UTF8}, two: true},
		{name: "half a character", text: `{"a":"\ud800"}`, err: &Error{Kind: Escape}, two: true},
		{name: "comment", text: `{"a":1 /* b */}`, err: &Error{Kind: Syntax}},
		{name: "byte order mark", text: "\ufeff{}", err: &Error{Kind: Syntax}},
		{name: "no JSON", text: "{a: 1}", err: &Error{Kind: Syntax}},
		{name: "half of one", text: `{"a":`, err: &Error{Kind: Truncated}},
		{name: "nothing", text: "", err: &Error{Kind: Truncated}},
		{name: "too deep", text: "[" + deep + "]", err: &Error{Kind: Depth}, much: true},
		{name: "too large", text: `"` + strings.Repeat("x", 190) + `"`, err: &Error{Kind: TooLarge}, much: true},
		{name: "too many elements", text: "[" + strings.Repeat("1,", 89) + "1]", err: ErrTokens, much: true},
	} {
		got, err := Document(tt.text, 190, 80)
		var e, want *Error
		switch {
		case errors.As(tt.err, &want):
			if !errors.As(err, &e) || e.Kind != want.Kind {
				t.Errorf("%s: %v, want %v", tt.name, err, want.Kind)
			}
		case !errors.Is(err, tt.err):
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
		if TooMuch(err) != tt.much || Ambiguous(err) != tt.two {
			t.Errorf("%s: too much %t, ambiguous %t", tt.name, TooMuch(err), Ambiguous(err))
		}
		if err != nil && got != nil {
			t.Errorf("%s: it is refused, and there is a value", tt.name)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" && tt.text != deep {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A document that is taken is read as everybody reads it, and one that is ambiguous
// is read by some.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{`{"a":{"b":[1,2,{"c":null}]}}`, `{"a":1,"\u0061":1}`, `[1] [2]`, "\"\xff\"", strings.Repeat(`{"aaaaaaaaa":`, 30), `{"` + strings.Repeat(`a":1,"b`, 100) + `":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Document(text, 1<<16, 1<<10)
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var want any
		lenient := d.Decode(&want)
		if err == nil {
			if lenient != nil {
				t.Fatalf("%q is taken, and others refuse it: %v", text, lenient)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q (-others +got):\n%s", text, diff)
			}
			return
		}
		if got != nil || Ambiguous(err) && TooMuch(err) {
			t.Fatalf("%q: %v, %v", text, got, err)
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	for name, text := range map[string]string{
		"tiny":   `[1,2]`,
		"policy": `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Document(text, 1<<20, 1<<16); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
