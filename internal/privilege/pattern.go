package privilege

import (
	"strings"
	"unicode/utf8"
)

// A pattern is a text in which * stands for any text and ? for one letter. What it
// matches is its language; here languages are compared, not texts.
type pattern struct {
	text  string   // as it is written, for people
	runes []rune   // normal form
	arn   [][]rune // its six parts, when it is an ARN
}

// Symbols that are no letter. A policy variable is known only when a request is
// made; two of the same name are the same, and any is only within a *. Its symbol
// is firstVariable plus its number.
const (
	star          = -1
	one           = -2
	firstVariable = 0x110000
)

// work bounds what comparing costs. When it is spent, every answer is the one that
// makes a change look wider.
type work struct{ left int }

func (w *work) take(n int) bool {
	if w.left < n {
		w.left = -1
		return false
	}
	w.left -= n
	return true
}

func (w *work) spent() bool { return w.left < 0 }

// names numbers the policy variables of one comparison.
type names map[string]rune

func (n names) symbol(name string) rune {
	s, ok := n[name]
	if !ok {
		s = firstVariable + rune(len(n)) //nolint:gosec // bounded by the length of a document
		n[name] = s
	}
	return s
}

// glob makes a pattern of a text in which * and ? are wildcards. Variables count
// when vars is not nil.
func glob(text string, vars names) pattern { return pattern{text: text, runes: symbols(text, vars)} }

// literal makes the pattern that matches the text only.
func literal(text string) pattern { return pattern{text: text, runes: []rune(text)} }

// arnGlob makes the pattern of a resource. In an ARN a wildcard does not reach
// beyond its part, and parts that are left out are any.
//
// Source: IAM user guide, "IAM JSON policy elements: Resource".
func arnGlob(text string, vars names) pattern {
	p := glob(text, vars)
	if !strings.HasPrefix(text, "arn:") {
		return p
	}
	parts := strings.SplitN(text, ":", 6)
	for range 6 - len(parts) {
		parts = append(parts, "*")
	}
	for _, s := range parts {
		p.arn = append(p.arn, symbols(s, vars))
	}
	return p
}

func symbols(text string, vars names) []rune {
	out := make([]rune, 0, len(text))
	for len(text) > 0 {
		if vars != nil && strings.HasPrefix(text, "${") {
			if end := strings.IndexByte(text, '}'); end > 0 {
				switch name := text[2:end]; name {
				case "*", "?", "$":
					out = append(out, rune(name[0]))
				default:
					out = append(out, vars.symbol(strings.ToLower(name)))
				}
				text = text[end+1:]
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch r {
		case '*':
			r = star
		case '?':
			r = one
		}
		out = append(out, r)
	}
	return normal(out)
}

// normal puts runs of wildcards into one order, ? before *, and makes one * of many,
// so that patterns of the same language look the same.
func normal(p []rune) []rune {
	out := p[:0]
	for i := 0; i < len(p); {
		if p[i] != star && p[i] != one {
			out = append(out, p[i])
			i++
			continue
		}
		stars := false
		for ; i < len(p) && (p[i] == star || p[i] == one); i++ {
			if p[i] == star {
				stars = true
			} else {
				out = append(out, one)
			}
		}
		if stars {
			out = append(out, star)
		}
	}
	return out
}

func (p pattern) all() bool { return len(p.runes) == 1 && p.runes[0] == star }

// wild reports whether it matches more than one text.
func (p pattern) wild() bool {
	for _, r := range p.runes {
		if !letter(r) {
			return true
		}
	}
	return false
}

// contains reports whether p matches all that q matches. False may be wrong, true
// never is.
func (p pattern) contains(q pattern, w *work) bool {
	if p.all() {
		return true
	}
	if p.arn == nil || q.arn == nil {
		return contains(p.runes, q.runes, w)
	}
	for i := range p.arn {
		if !contains(p.arn[i], q.arn[i], w) {
			return false
		}
	}
	return true
}

// contains matches p against q as if q were a text, whose wildcards only p's
// wildcards match.
func contains(p, q []rune, w *work) bool {
	i, j, back, mark := 0, 0, -1, 0
	for j < len(q) {
		if !w.take(1) {
			return false
		}
		switch {
		case i < len(p) && p[i] == star:
			back, mark = i, j
			i++
		case i < len(p) && (p[i] == q[j] || p[i] == one && letter(q[j])):
			i++
			j++
		case back >= 0:
			mark++
			i, j = back+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == star {
		i++
	}
	return i == len(p)
}

// overlaps reports whether something is matched by both. True may be wrong, false
// never is.
func (p pattern) overlaps(q pattern, w *work) bool {
	if p.arn == nil || q.arn == nil {
		return overlaps(p.runes, q.runes, w)
	}
	for i := range p.arn {
		if !overlaps(p.arn[i], q.arn[i], w) {
			return false
		}
	}
	return true
}

func letter(r rune) bool { return r >= 0 && r < firstVariable }

func anyText(r rune) bool { return r == star || r >= firstVariable }

func overlaps(p, q []rune, w *work) bool {
	// Most pairs differ in their first letters.
	for len(p) > 0 && len(q) > 0 && letter(p[0]) && letter(q[0]) {
		if !w.take(1) {
			return true
		}
		if p[0] != q[0] {
			return false
		}
		p, q = p[1:], q[1:]
	}
	if !w.take((len(p) + 1) * (len(q) + 1)) {
		return true
	}
	// next[j]: the rests of p from i+1 and of q from j have a text in common.
	next, row := make([]bool, len(q)+1), make([]bool, len(q)+1)
	for i := len(p); i >= 0; i-- {
		for j := len(q); j >= 0; j-- {
			switch {
			case i == len(p) && j == len(q):
				row[j] = true
			case i < len(p) && anyText(p[i]):
				row[j] = next[j] || j < len(q) && row[j+1]
			case j < len(q) && anyText(q[j]):
				row[j] = row[j+1] || i < len(p) && next[j]
			case i < len(p) && j < len(q):
				row[j] = (p[i] == q[j] || p[i] == one || q[j] == one) && next[j+1]
			default:
				row[j] = false
			}
		}
		next, row = row, next
	}
	return next[0]
}

// A set is what some patterns match, or all that they do not match.
type set struct {
	not  bool
	list []pattern
}

var everything = set{list: []pattern{{text: "*", runes: []rune{star}}}}

// parts takes a set apart into sets whose union it is: one for each pattern.
func (s set) parts() []set {
	if s.not || len(s.list) == 1 {
		return []set{s}
	}
	out := make([]set, len(s.list))
	for i := range s.list {
		out[i] = set{list: s.list[i : i+1]}
	}
	return out
}

func (s set) contains(t set, w *work) bool {
	if t.not {
		if s.not {
			return eachWithin(s.list, t.list, w)
		}
		for _, p := range s.list {
			if p.all() {
				return true
			}
		}
		return false
	}
	if !s.not {
		return eachWithin(t.list, s.list, w)
	}
	for _, q := range t.list {
		for _, p := range s.list {
			if p.overlaps(q, w) {
				return false
			}
		}
	}
	return true
}

func (s set) overlaps(q pattern, w *work) bool {
	if s.not {
		for _, p := range s.list {
			if p.contains(q, w) {
				return false
			}
		}
		return true
	}
	for _, p := range s.list {
		if p.overlaps(q, w) {
			return true
		}
	}
	return false
}

func eachWithin(small, large []pattern, w *work) bool {
	for _, q := range small {
		found := false
		for _, p := range large {
			if p.contains(q, w) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// wild reports whether it is more than a few single texts.
func (s set) wild() bool {
	if s.not {
		return true
	}
	for _, p := range s.list {
		if p.wild() {
			return true
		}
	}
	return false
}

func (s set) all() bool {
	if s.not {
		return false
	}
	for _, p := range s.list {
		if p.all() {
			return true
		}
	}
	return false
}

// String is the set for people.
func (s set) String() string {
	var b strings.Builder
	if s.not {
		b.WriteString("all but ")
	}
	for i, p := range s.list {
		if b.Len() > maxWhat {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.text)
	}
	return b.String()
}
