package tfvalue

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return v
}

func side(t testing.TB, root, unknown, sensitive string) Side {
	t.Helper()
	m, _ := decode(t, root).(map[string]any)
	return Side{m, decode(t, unknown), decode(t, sensitive)}
}

// told writes values: as JSON, "?" for one that is unknown, "~" for one that is so in
// part, "!" for one that is marked sensitive.
func told(vs []Value) string {
	var out []string
	for _, v := range vs {
		b, _ := json.Marshal(v.Value)
		s := string(b)
		switch {
		case v.Unknown:
			s += "?"
		case v.Partly():
			s += "~"
		}
		if v.Sensitive {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, root, unknown, sensitive, path, want string }{
		{name: "plain", root: `{"a":1}`, path: "a", want: `1`},
		{name: "false is a value", root: `{"a":false}`, path: "a", want: `false`},
		{name: "null is none", root: `{"a":null}`, path: "a"},
		{name: "missing", root: `{"a":1}`, path: "b"},
		{name: "no object", path: "a"},
		{name: "no path", root: `{"a":1}`, path: ""},
		{name: "one block", root: `{"a":[{"b":1}]}`, path: "a.b", want: `1`},
		{name: "several blocks", root: `{"a":[{"b":1},{"b":2},{"c":3}]}`, path: "a.b", want: `1 2`},
		{name: "a list as it is", root: `{"a":["x","y"]}`, path: "a", want: `["x","y"]`},
		{name: "each of a list", root: `{"a":["x","y"]}`, path: "a[]", want: `"x" "y"`},
		{name: "each of a single value", root: `{"a":"x"}`, path: "a[]", want: `"x"`},
		{name: "each of nothing", root: `{"a":[]}`, path: "a[]"},
		{name: "an empty list", root: `{"a":[]}`, path: "a", want: `[]`},
		{name: "null elements", root: `{"a":[null,"x",null]}`, path: "a[]", want: `"x"`},
		{name: "lists of lists of blocks", root: `{"a":[[{"b":1}],[[{"b":2}],{"b":3}]]}`, path: "a.b", want: `1 2 3`},
		{name: "each in each", root: `{"a":[{"b":["x"]},{"b":["y","z"]}]}`, path: "a[].b[]", want: `"x" "y" "z"`},
		{name: "a step into a text", root: `{"a":"x"}`, path: "a.b"},
		{name: "either", root: `{"a":1,"b":2}`, path: "b|a", want: `2 1`},
		{name: "both", root: `{"a":[1],"b":[2]}`, path: "a[], b[]", want: `1 2`},
		{name: "the other", root: `{"b":{"c":2}}`, path: "a.c|b.c", want: `2`},

		{name: "unknown", root: `{}`, unknown: `{"a":true}`, path: "a", want: `null?`},
		{name: "below what is unknown", root: `{}`, unknown: `{"a":true}`, path: "a.b[].c", want: `null?`},
		{name: "each of what is unknown", root: `{}`, unknown: `{"a":true}`, path: "a[]", want: `null?`},
		{name: "all is unknown", root: `{}`, unknown: `true`, path: "a.b", want: `null?`},
		{name: "not unknown", root: `{}`, unknown: `{"a":false,"b":[false]}`, path: "a|b[]"},
		{name: "an unknown element", root: `{"a":["x",null]}`, unknown: `{"a":[false,true]}`, path: "a[]", want: `"x" null?`},
		{name: "a list with an unknown element", root: `{"a":["x",null]}`, unknown: `{"a":[false,true]}`, path: "a", want: `["x",null]~`},
		{name: "an unknown element that is left out", root: `{"a":["x"]}`, unknown: `{"a":[false,true]}`, path: "a[]", want: `"x" null?`},
		{name: "an unknown block", root: `{"a":[{"b":1},null]}`, unknown: `{"a":[{},true]}`, path: "a.b", want: `1 null?`},
		{name: "an unknown part of a block", root: `{"a":[{"b":1},{}]}`, unknown: `{"a":[{},{"b":true}]}`, path: "a[].b", want: `1 null?`},
		{name: "another part of a block", root: `{"a":[{"b":1}]}`, unknown: `{"a":[{"c":true}]}`, path: "a[].b", want: `1`},
		{name: "an object that is unknown in part", root: `{"a":{"b":1}}`, unknown: `{"a":{"c":true}}`, path: "a", want: `{"b":1}~`},
		{name: "known and unknown", root: `{"a":["x"]}`, unknown: `{"a":true}`, path: "a[]", want: `["x"]?`},
		{name: "known blocks and unknown", root: `{"a":[{"b":1}]}`, unknown: `{"a":true}`, path: "a.b", want: `1?`},
		{name: "a mask that is a list for a text", root: `{"a":"x"}`, unknown: `{"a":[false]}`, path: "a[]", want: `"x"`},

		{name: "sensitive", root: `{"a":"x","b":"y"}`, sensitive: `{"a":true}`, path: "a,b", want: `"x"! "y"`},
		{name: "all is sensitive", root: `{"a":{"b":["x"]}}`, sensitive: `true`, path: "a.b[]", want: `"x"!`},
		{name: "below what is sensitive", root: `{"a":[{"b":{"c":"x"}}]}`, sensitive: `{"a":true}`, path: "a.b.c", want: `"x"!`},
		{name: "a part is sensitive", root: `{"a":[{"b":"x","c":"y"}]}`, sensitive: `{"a":[{"b":true}]}`, path: "a|a.b|a.c", want: `[{"b":"x","c":"y"}]! "x"! "y"`},
		{name: "one element is sensitive", root: `{"a":["x","y"]}`, sensitive: `{"a":[false,true]}`, path: "a[]", want: `"x" "y"!`},
		{name: "a set is sensitive as a whole", root: `{"a":["x","y"]}`, sensitive: `{"a":true}`, path: "a[]", want: `"x"! "y"!`},
		{name: "a mask that is too short", root: `{"a":["x","y"]}`, sensitive: `{"a":[true]}`, path: "a[]", want: `"x"! "y"!`},
		{name: "a mask that is too long", root: `{"a":["x"]}`, sensitive: `{"a":[false,true]}`, path: "a[]", want: `"x"!`},
		{name: "a mask that is an object for a list", root: `{"a":["x"]}`, sensitive: `{"a":{"b":true}}`, path: "a[]", want: `"x"!`},
		{name: "a mask that is a list for an object", root: `{"a":{"b":"x"}}`, sensitive: `{"a":[true]}`, path: "a.b", want: `"x"!`},
		{name: "nothing of it", root: `{"a":["x"]}`, sensitive: `{"a":[false],"b":false}`, path: "a[]", want: `"x"`},
		{name: "unknown and sensitive", root: `{}`, unknown: `{"a":true}`, sensitive: `{"a":true}`, path: "a", want: `null?!`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := side(t, c.root, c.unknown, c.sensitive)
			vs := s.All(c.path)
			if diff := cmp.Diff(c.want, told(vs)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			v, ok := s.At(c.path)
			if ok != (len(vs) > 0) || ok && told([]Value{v}) != told(vs[:1]) {
				t.Errorf("the first is %s, %v", told([]Value{v}), ok)
			}
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value  string
		word   string
		number float64
		isNum  bool
		truth  bool
		isBool bool
	}{
		{value: `true`, word: "true", truth: true, isBool: true},
		{value: `"True"`, word: "True", truth: true, isBool: true},
		{value: `"false"`, word: "false", isBool: true},
		{value: `"ENABLED"`, word: "ENABLED"},
		{value: `3`, word: "3", number: 3, isNum: true},
		{value: `"14"`, number: 14, isNum: true},
		{value: `"NaN"`, word: "NaN"},
		{value: `"Infinity"`, word: "Infinity"},
		{value: `1e999`, word: "1e999"},
		{value: `123456789012345678901`, number: 123456789012345678901, isNum: true},
		{value: `"two words"`},
		{value: `"p4ss"`},
		{value: `""`},
		{value: `"` + strings.Repeat("a", 41) + `"`},
		{value: `["a"]`},
		{value: `{"a":1}`},
	} {
		s := side(t, `{"a":`+c.value+`}`, "", "")
		v, _ := s.At("a")
		n, isNum := v.Number()
		b, isBool := v.Bool()
		if v.Word() != c.word || n != c.number || isNum != c.isNum || b != c.truth || isBool != c.isBool {
			t.Errorf("%s: word %q, number %v %v, truth %v %v", c.value, v.Word(), n, isNum, b, isBool)
		}
		s.Sensitive = map[string]any{"a": true}
		if v, _ := s.At("a"); v.Word() != "" {
			t.Errorf("%s: marked, and shown as %q", c.value, v.Word())
		}
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2)
	for mask, want := range map[string]bool{
		`null`: false, `true`: true, `false`: false, `{}`: false, `[]`: false, `{"a":[{"b":false},{"c":true}]}`: true, `[[],{"a":{}}]`: false,
		`"true"`: false, `1`: false, deep: true,
	} {
		if got := Marked(decode(t, mask)); got != want {
			t.Errorf("%s: %v", mask, got)
		}
	}
}

func TestSides(t *testing.T) {
	t.Parallel()
	was, is := map[string]any{"a": "was"}, map[string]any{"a": "is"}
	for action, want := range map[checks.Action]string{
		checks.ActionUpdate: "is", checks.ActionReplace: "is", checks.ActionCreate: "is", checks.ActionUnknown: "is",
		checks.ActionNoOp: "was", checks.ActionForget: "was", // it lives on as it is
	} {
		c := Change{Action: action, Before: was, After: is, Unknown: map[string]any{"b": true}}
		v, _ := c.New().At("a")
		if got, _ := v.Text(); got != want {
			t.Errorf("%s: %q", action, got)
		}
		if _, ok := c.New().At("b"); ok != (want == "is") {
			t.Errorf("%s: what is unknown counts: %v", action, ok)
		}
		if _, ok := c.Old().At("b"); ok {
			t.Errorf("%s: something is unknown before", action)
		}
	}
	if c := (Change{Action: checks.ActionDelete, Before: was}); c.New().Exists() || !c.Old().Exists() {
		t.Error("a deleted object is there")
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	list := make([]any, maxValues+10)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	s := Side{Root: map[string]any{"a": list}}
	if n := len(s.All("a[]")); n != maxValues {
		t.Errorf("%d values", n)
	}
	var nested any = map[string]any{"b": "x"}
	for range 100_000 {
		nested = []any{nested}
	}
	s.Root["a"] = nested
	if n := len(s.All("a.b")); n != 0 {
		t.Errorf("%d values at the bottom", n)
	}
}

// FuzzAll walks any path through any object with any masks: what is marked as a whole
// is marked in every part, and nothing is found of what is not there.
func FuzzAll(f *testing.F) {
	f.Add(`{"a":[{"b":["x",null]}]}`, `{"a":[{"b":[false,true]}]}`, `{"a":true}`, "a[].b[]|a.b,c")
	f.Add(`{"a":[[{"b":1}]]}`, `true`, `true`, "a.b")
	f.Fuzz(func(t *testing.T, root, unknown, sensitive, path string) {
		if len(root)+len(unknown)+len(sensitive) > 1<<14 || len(path) > 100 {
			return
		}
		read := func(s string) any {
			d := json.NewDecoder(strings.NewReader(s))
			d.UseNumber()
			var v any
			_ = d.Decode(&v)
			return v
		}
		m, _ := read(root).(map[string]any)
		s := Side{m, read(unknown), read(sensitive)}
		vs := s.All(path)
		if len(vs) > maxValues || m == nil && len(vs) > 0 {
			t.Fatalf("%d values", len(vs))
		}
		for _, v := range vs {
			if v.Value == nil && !v.Partly() {
				t.Fatalf("a null is a value: %s", told(vs))
			}
			if s.Sensitive == true && (!v.Sensitive || v.Word() != "") || s.Unknown == true && !v.Unknown {
				t.Fatalf("all is marked, and this is not: %s", told([]Value{v}))
			}
			for _, e := range v.Elements() {
				if v.Unknown && !e.Unknown || s.Sensitive == true && !e.Sensitive {
					t.Fatalf("a part is not marked: %s in %s", told([]Value{e}), told([]Value{v}))
				}
			}
		}
	})
}
