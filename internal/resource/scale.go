package resource

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// grade is a place on a scale; the higher, the better protected.
type grade float64

// scale says how well values protect.
type scale interface {
	grade(v tfvalue.Value) grade    // of a known value
	missing(word string) grade      // of no value, where word is the default
	holds(g grade) bool             // it protects
	falls(before, after grade) bool // it protects less than before
	worst() grade
	compare(a, b grade) int // the weakest first
	check(word string) error
}

// newScale reads what attributes.txt says of an attribute.
func newScale(key, rest string) (scale, error) {
	switch key {
	case "more", "set":
		if rest != "" {
			return nil, fmt.Errorf("%s stands alone", key)
		}
		if key == "set" {
			return filled{}, nil
		}
		return amount{}, nil
	case "grades":
		low, high, ok := strings.Cut(rest, "<<")
		if !ok {
			return nil, fmt.Errorf("grades need << before those that protect")
		}
		w := wording{other: -1}
		for _, group := range slices.Concat(strings.Split(low, "<"), strings.Split(high, "<")) {
			w.groups = append(w.groups, strings.Fields(group))
		}
		w.good = grade(strings.Count(low, "<") + 1)
		return w, w.wellFormed()
	case "protects":
		w := wording{groups: [][]string{nil, strings.Fields(rest)}, good: 1, other: 0}
		return w, w.wellFormed()
	default: // endangers, exposes, final
		w := wording{groups: [][]string{strings.Fields(rest)}, good: 1, other: 1}
		return w, w.wellFormed()
	}
}

// wording is a scale of words.
type wording struct {
	groups [][]string // from the weakest; "*" at the end or the start of a word is any run of characters
	good   grade      // from here on it protects
	other  grade      // of a word that is not listed
}

func (w wording) wellFormed() error {
	for i, g := range w.groups {
		if len(g) == 0 && !(i == 0 && w.other == 0) {
			return fmt.Errorf("a word is wanted")
		}
	}
	return nil
}

func (w wording) grade(v tfvalue.Value) grade {
	switch t := v.Value.(type) {
	case []any: // a list of one is its element; of more, or of none, the weakest
		g := grade(math.Inf(1))
		for _, e := range v.Elements() {
			if e.Unknown {
				return w.worst()
			}
			if e.Value != nil {
				g = min(g, w.grade(e))
			}
		}
		if len(t) == 0 || math.IsInf(float64(g), 1) {
			return w.missing("")
		}
		return g
	case map[string]any:
		return w.worst() // not what the attribute was said to be
	}
	var text string
	switch t := v.Value.(type) {
	case bool:
		text = strconv.FormatBool(t)
	case string:
		text = t
	default:
		text = fmt.Sprint(t)
	}
	return w.word(text)
}

func (w wording) word(text string) grade {
	// A space more, or another case, is the same to most providers, and to one that
	// refuses it nothing is lost.
	text = strings.ToLower(strings.TrimSpace(text))
	for i, g := range w.groups {
		for _, x := range g {
			if matchWord(strings.ToLower(x), text) {
				return grade(i)
			}
		}
	}
	return w.other
}

func matchWord(form, text string) bool {
	if rest, ok := strings.CutPrefix(form, "*"); ok {
		return strings.HasSuffix(text, rest)
	}
	if rest, ok := strings.CutSuffix(form, "*"); ok {
		return strings.HasPrefix(text, rest)
	}
	return form == text
}

func (w wording) missing(word string) grade {
	if word == "" {
		return max(w.other, 0)
	}
	return w.word(word)
}

func (w wording) holds(g grade) bool             { return g >= w.good }
func (w wording) falls(before, after grade) bool { return after < before }
func (w wording) worst() grade                   { return min(w.other, 0) }
func (w wording) compare(a, b grade) int         { return order(a, b) }
func (w wording) check(word string) error {
	if w.other == -1 && word == "" {
		return fmt.Errorf("grades need a default")
	}
	if w.other == -1 && w.word(word) == -1 {
		return fmt.Errorf("the default %q is no grade", word)
	}
	return nil
}

// amount is a number, or a span of time. What cannot be read as one is no
// protection.
type amount struct {
	forever    float64
	hasForever bool
}

func (a amount) grade(v tfvalue.Value) grade {
	switch t := v.Value.(type) {
	case []any:
		g := grade(math.Inf(1))
		for _, e := range v.Elements() {
			g = min(g, a.grade(e))
		}
		if len(t) == 0 {
			return 0
		}
		return g
	case string:
		return a.of(t)
	default:
		return a.of(fmt.Sprint(t))
	}
}

func (a amount) of(text string) grade {
	f, ok := span(text)
	switch {
	case text == "forever", ok && a.hasForever && f == a.forever:
		return grade(math.Inf(1))
	case !ok:
		return 0
	}
	return grade(f)
}

func (a amount) missing(word string) grade {
	if word == "" {
		return 0
	}
	return a.of(word)
}

func (a amount) holds(g grade) bool             { return g > 0 }
func (a amount) falls(before, after grade) bool { return after < before }
func (a amount) worst() grade                   { return grade(math.Inf(-1)) }
func (a amount) compare(x, y grade) int         { return order(x, y) }
func (a amount) check(word string) error {
	if _, ok := span(word); word != "" && word != "forever" && !ok {
		return fmt.Errorf("the default %q is no number", word)
	}
	return nil
}

// spanForm is a number with a unit, as Google writes 86400s; isoForm a span as ISO
// 8601 has it, as Azure writes P7D and PT1H.
var (
	spanForm = regexp.MustCompile(`^(-?[0-9]{1,15}(?:\.[0-9]{1,9})?)([smhd]?)$`)
	isoForm  = regexp.MustCompile(`^P(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?$`)
)

// span reads a number as it is, and a span of time in seconds.
func span(text string) (float64, bool) {
	if len(text) > 64 {
		return 0, false
	}
	if m := spanForm.FindStringSubmatch(text); m != nil {
		f, err := strconv.ParseFloat(m[1], 64)
		return f * map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[m[2]], err == nil
	}
	m := isoForm.FindStringSubmatch(text)
	if m == nil || strings.HasSuffix(text, "T") || text == "P" {
		return 0, false
	}
	total := 0.0
	for i, seconds := range []float64{365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1} {
		if m[i+1] == "" {
			continue
		}
		f, err := strconv.ParseFloat(m[i+1], 64)
		if err != nil {
			return 0, false
		}
		total += f * seconds
	}
	return total, true
}

// filled is anything that is set.
type filled struct{}

func (filled) grade(v tfvalue.Value) grade {
	switch t := v.Value.(type) {
	case string:
		if t == "" {
			return 0
		}
	case []any:
		if len(t) == 0 {
			return 0
		}
	case map[string]any:
		if len(t) == 0 {
			return 0
		}
	}
	return 1
}

func (filled) missing(string) grade           { return 0 }
func (filled) holds(g grade) bool             { return g > 0 }
func (filled) falls(before, after grade) bool { return after < before }
func (filled) worst() grade                   { return 0 }
func (filled) compare(a, b grade) int         { return order(a, b) }
func (filled) check(word string) error {
	if word != "" {
		return fmt.Errorf("set has no default")
	}
	return nil
}

// truth is the scale of a guard that the policy names and the table does not know:
// it protects while it is on, by true, by a number above 0, or by anything that does
// not say off. A block protects unless it says of itself that it is switched off.
type truth struct{ filled }

func (t truth) grade(v tfvalue.Value) grade { return t.of(v, 0) }

func (t truth) of(v tfvalue.Value, depth int) grade {
	switch x := v.Value.(type) {
	case []any:
		if len(x) != 1 || depth > 1 {
			return filled{}.grade(v)
		}
		if es := v.Elements(); len(es) == 1 { // a list of one is its element
			return t.of(es[0], depth+1)
		}
		return t.worst() // there is more that is not known yet
	case map[string]any:
		for _, name := range []string{"enabled", "enable", "is_enabled", "status", "state"} {
			if m, ok := v.Member(name); ok && (m.Unknown || m.Value != nil && t.of(m, 2) == 0) {
				return t.worst()
			}
		}
		return filled{}.grade(v)
	case bool:
		return grade(map[bool]float64{true: 1}[x])
	case nil: // unknown within a list, too
		return 0
	}
	if f, ok := v.Number(); ok && !math.IsNaN(f) {
		return grade(max(f, 0))
	}
	if word, ok := v.Text(); ok && Off(word) {
		return 0
	}
	return 1
}

func order(a, b grade) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
