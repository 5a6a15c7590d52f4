package privilege

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A change under test, with values as JSON. The action follows from what is there
// unless it is given.
type change struct {
	name, typ     string
	action        checks.Action
	before, after string
	unknown       string
	sensitive     string // mask of both sides
	want          []string
}

func (c change) value(t testing.TB) *tfvalue.Change {
	t.Helper()
	out := &tfvalue.Change{Address: c.typ + ".x", Config: c.typ + ".x", Type: c.typ, Name: "x", Mode: "managed", Action: c.action}
	out.Before, _ = decode(t, c.before).(map[string]any)
	out.After, _ = decode(t, c.after).(map[string]any)
	out.Unknown = decode(t, c.unknown)
	if c.sensitive != "" {
		out.BeforeSensitive, out.AfterSensitive = decode(t, c.sensitive), decode(t, c.sensitive)
	}
	if out.Action == "" {
		switch {
		case out.Before == nil:
			out.Action = checks.ActionCreate
		case out.After == nil:
			out.Action = checks.ActionDelete
		default:
			out.Action = checks.ActionUpdate
		}
	}
	return out
}

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

// line is a consequence as the tables write it: kind, attribute, words, names, marks.
func line(p *tfvalue.Pending) string {
	var b strings.Builder
	b.WriteString(string(p.Kind))
	if p.Attribute != "" {
		b.WriteString(" " + p.Attribute)
	}
	if p.Before+p.After != "" {
		b.WriteString(" " + strings.TrimSpace(p.Before+" → "+p.After))
	}
	if len(p.What) > 0 {
		fmt.Fprintf(&b, " [%s]", strings.Join(p.What, " | "))
	}
	if p.More > 0 {
		fmt.Fprintf(&b, " +%d", p.More)
	}
	if p.Unknown {
		b.WriteString(" unknown")
	}
	if p.Sensitive {
		b.WriteString(" sensitive")
	}
	if len(p.Needs) > 0 {
		b.WriteString(" needs " + strings.Join(p.Needs, ","))
	}
	return b.String()
}

func run(t *testing.T, cases []change) {
	t.Helper()
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("%s: twice", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !Grants(c.typ) {
				t.Fatalf("%s is not looked at", c.typ)
			}
			got := []string{}
			for _, p := range Consequences(c.value(t)) {
				sane(t, &p)
				got = append(got, line(&p))
			}
			want := c.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// sane holds what every consequence must hold.
func sane(t testing.TB, p *tfvalue.Pending) {
	t.Helper()
	if len(p.What) > maxParts {
		t.Errorf("%d names", len(p.What))
	}
	for _, w := range p.What {
		if len(w) > maxWhat || w == "" || strings.ContainsAny(w, "\n\r\x1b\u202e") {
			t.Errorf("name %q", w)
		}
	}
	if p.Sensitive && (len(p.What) > 0 || p.Before != "" || p.After != "" || p.More > 0) {
		t.Errorf("a marked value is shown: %+v", p)
	}
	if p.Kind == "" || p.Address == "" || p.Type == "" {
		t.Errorf("incomplete: %+v", p)
	}
}

// policy writes a document with statements as an attribute.
func policy(statements ...string) string {
	return attribute("policy", statements...)
}

func attribute(name string, statements ...string) string {
	b, _ := json.Marshal(map[string]string{name: `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`})
	return string(b)
}
