package privilege

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The universe of the model: names of two letters of three, so that wildcards have
// something to match.
var universe = func() []string {
	var out []string
	for _, a := range "abc" {
		out = append(out, string(a))
		for _, b := range "abc" {
			out = append(out, string(a)+string(b))
		}
	}
	return out
}()

// matches is a glob match that is plain enough to be right.
func matches(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		return matches(p[1:], s) || s != "" && matches(p, s[1:])
	case s == "":
		return false
	}
	return (p[0] == '?' || p[0] == s[0]) && matches(p[1:], s[1:])
}

// A modelled statement, as texts.
type modelled struct {
	deny bool
	not  [3]bool
	list [3][]string
	when string // a value that the request must carry; empty for none
}

func (m modelled) holds(req [4]string) bool {
	for d := range 3 {
		in := false
		for _, p := range m.list[d] {
			in = in || matches(p, req[d])
		}
		if in == m.not[d] {
			return false
		}
	}
	return m.when == "" || m.when == req[3]
}

func (m modelled) statement() statement {
	s := statement{deny: m.deny, dims: [dimensions]set{dimName: everything}}
	for d := range 3 {
		s.dims[d].not = m.not[d]
		for _, p := range m.list[d] {
			s.dims[d].list = append(s.dims[d].list, glob(p, nil))
		}
	}
	if m.when != "" {
		s.when = []clause{{operator: "stringequals", key: "k", values: []pattern{literal(m.when)}}}
	}
	return s
}

// verdict is whether a request is allowed, and whether it is denied whatever else
// allows it.
func verdict(ms []modelled, req [4]string) (allowed, denied bool) {
	for _, m := range ms {
		if m.holds(req) {
			allowed, denied = allowed || !m.deny, denied || m.deny
		}
	}
	return allowed && !denied, denied
}

func documentOf(ms []modelled) *document {
	d := &document{}
	for _, m := range ms {
		d.statements = append(d.statements, m.statement())
	}
	return d
}

var anyModelled = rapid.Custom(func(t *rapid.T) modelled {
	m := modelled{deny: rapid.IntRange(0, 3).Draw(t, "deny") == 0, when: rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(t, "when")}
	for d := range 3 {
		m.list[d] = rapid.SliceOfN(rapid.SampledFrom([]string{"*", "a", "b", "ab", "a*", "*b", "?", "?b", "a?", "??", "*a*", "?*", "*?", "c"}), 1, 3).Draw(t, "patterns")
		m.not[d] = rapid.IntRange(0, 5).Draw(t, "not") == 0
	}
	return m
})

// TestWiderIsNeverMissed compares the comparison of statements with counting every
// request of a small world: what is newly allowed, or no longer denied, is told.
func TestWiderIsNeverMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(anyModelled, 0, 4).Draw(t, "before")
		after := rapid.SliceOfN(anyModelled, 0, 4).Draw(t, "after")
		d := compare(documentOf(before), documentOf(after), &work{left: maxWork})
		if len(d.allowed)+len(d.freed) > 0 {
			return
		}
		for _, a := range universe {
			for _, r := range universe {
				for _, p := range universe[:6] {
					for _, k := range []string{"", "x", "y"} {
						req := [4]string{a, r, p, k}
						was, wasDenied := verdict(before, req)
						is, isDenied := verdict(after, req)
						if is && !was || wasDenied && !isDenied {
							t.Fatalf("%v is newly allowed and not told", req)
						}
					}
				}
			}
		}
	})
}

// TestSameMeaningIsSilent cuts statements into pieces, puts them in another order,
// and says things twice.
func TestSameMeaningIsSilent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(anyModelled, 1, 5).Draw(t, "statements")
		var after []modelled
		for _, m := range before {
			d := rapid.IntRange(0, 2).Draw(t, "cut")
			if m.not[d] {
				after = append(after, m)
				continue
			}
			for i := range m.list[d] {
				part := m
				part.list[d] = m.list[d][i : i+1]
				after = append(after, part)
			}
			if rapid.Bool().Draw(t, "twice") {
				after = append(after, m)
			}
		}
		after = rapid.Permutation(after).Draw(t, "order")
		for _, pair := range [][2][]modelled{{before, after}, {after, before}} {
			d := compare(documentOf(pair[0]), documentOf(pair[1]), &work{left: maxWork})
			if pair[0] != nil && &pair[0][0] == &before[0] && len(d.allowed)+len(d.freed)+len(d.lost) > 0 {
				t.Fatalf("nothing changed, and it is told: %v", d)
			}
		}
	})
}

// TestFewerIsSilent takes patterns and allowing statements away, and adds denials.
func TestFewerIsSilent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(anyModelled, 1, 5).Draw(t, "statements")
		var after []modelled
		for _, m := range before {
			if !m.deny && rapid.Bool().Draw(t, "drop") {
				continue
			}
			d := rapid.IntRange(0, 2).Draw(t, "dimension")
			if !m.deny && !m.not[d] {
				m.list[d] = m.list[d][:rapid.IntRange(1, len(m.list[d])).Draw(t, "keep")]
			}
			after = append(after, m)
		}
		deny := anyModelled.Draw(t, "deny")
		deny.deny = true
		after = append(after, deny)
		if d := compare(documentOf(before), documentOf(after), &work{left: maxWork}); len(d.allowed)+len(d.freed) > 0 {
			t.Fatalf("fewer, and it is told as wider: %v", d)
		}
	})
}

// TestPatterns compares the languages of patterns with what they match.
func TestPatterns(t *testing.T) {
	t.Parallel()
	texts := rapid.StringOfN(rapid.SampledFrom([]rune("ab*?")), 0, 6, -1)
	var words []string
	for n, layer := 0, []string{""}; n <= 6; n++ {
		words = append(words, layer...)
		var next []string
		for _, w := range layer {
			next = append(next, w+"a", w+"b", w+"c")
		}
		layer = next
	}
	rapid.Check(t, func(t *rapid.T) {
		p, q := texts.Draw(t, "p"), texts.Draw(t, "q")
		w := &work{left: maxWork}
		inside, common := true, false
		for _, word := range words {
			inP, inQ := matches(p, word), matches(q, word)
			inside = inside && (inP || !inQ)
			common = common || inP && inQ
		}
		if !glob(p, nil).contains(glob(p, nil), w) {
			t.Fatalf("%q does not contain itself", p)
		}
		if got := glob(p, nil).contains(glob(q, nil), w); got && !inside {
			t.Fatalf("%q contains %q: %v, and words say %v", p, q, got, inside)
		}
		if got := glob(p, nil).overlaps(glob(q, nil), w); got != common && (!got || len(p)+len(q) <= 6) {
			t.Fatalf("%q overlaps %q: %v, and words say %v", p, q, got, common)
		}
	})
}

// TestHostileTexts bounds what other grammars can cost.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"list in list": strings.Repeat("- ", 100_000), "signs": "path \"a\" { x = " + strings.Repeat("!", 100_000) + "1 }", "brackets": strings.Repeat("[", 100_000),
		"indentation": func() string {
			var b strings.Builder
			for i := range 600 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}(), "templates": "path \"" + strings.Repeat("${\"", 50_000), "many blocks": strings.Repeat("path \"a\" { capabilities = [\"read\"] }\n", 5_000),
		"many keys": strings.Repeat("a: b\n", 40_000), "questions": strings.Repeat("? ", 100_000), "choices": "path \"a\" { x = " + strings.Repeat("a ? ", 30_000) + "1 }",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			readVault(text)
			_, _ = readYAML(text)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestHostileDocuments bounds what a document can cost. What is not compared counts
// as not known.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f(i))
		}
		return b.String()
	}
	stars := func(i int) string { return fmt.Sprintf(`"%s%d"`, strings.Repeat("*a", 200), i) }
	documents := map[string][2]string{
		"many statements": {
			policy(many(3000, func(i int) string { return allow(fmt.Sprintf(`"s3:a%d*"`, i), `"*"`) })),
			policy(many(3000, func(i int) string { return allow(fmt.Sprintf(`"s3:b%d*"`, i), `"*"`) })),
		},
		"wide products": {
			policy(allow(`"s3:x"`, `"*"`)),
			policy(allow("["+many(1000, func(i int) string { return fmt.Sprintf(`"s3:%d"`, i) })+"]", "["+many(1000, func(i int) string { return fmt.Sprintf(`"arn:aws:s3:::%d"`, i) })+"]")),
		},
		"slow patterns": {
			policy(allow("["+many(400, stars)+"]", `"*"`)),
			policy(allow("["+many(400, func(i int) string { return fmt.Sprintf(`"%s%d"`, strings.Repeat("a", 300), i) })+"]", `"*"`)),
		},
		"slow exceptions": {
			policy(`{"Effect":"Allow","NotAction":[` + many(400, stars) + `],"Resource":"*"}`),
			policy(allow("["+many(400, stars)+"]", `"*"`)),
		},
		"many conditions": {
			policy(many(300, func(i int) string {
				return `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{` + many(30, func(k int) string { return fmt.Sprintf(`"k%d":["a","b%d"]`, k, i) }) + `}}}`
			})),
			policy(many(300, func(i int) string {
				return `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{` + many(30, func(k int) string { return fmt.Sprintf(`"k%d":["a","c%d"]`, k, i) }) + `}}}`
			})),
		},
		"brackets":  {`{}`, `{"policy":"` + strings.Repeat(`path \"a\" { capabilities = [`, 50) + `"}`},
		"too deep":  {policy(), `{"policy":"` + strings.Repeat("[", 5000) + `"}`},
		"too large": {policy(), `{"policy":"{` + strings.Repeat(" ", maxDocument+1) + `}"}`},
	}
	for name, d := range documents {
		t.Run(name, func(t *testing.T) {
			c := change{typ: "aws_iam_policy", before: d[0], after: d[1]}.value(t)
			start := time.Now()
			ps := Consequences(c)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if len(ps) == 0 {
				t.Error("nothing is told")
			}
			for i := range ps {
				sane(t, &ps[i])
				t.Log(line(&ps[i]), ps[i].Note)
			}
		})
	}
}
