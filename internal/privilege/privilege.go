package privilege

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Grants reports whether a resource type is looked at.
func Grants(typ string) bool { return judgeOf(typ) != nil }

// Consequences tells what one change does to who may do what; nil for a change that
// does nothing, such as a no-op, or for a type that Grants does not know. They are
// sorted by kind, then attribute.
func Consequences(c *tfvalue.Change) []tfvalue.Pending {
	if c == nil || c.Deposed != "" || c.Mode != "" && c.Mode != "managed" {
		return nil
	}
	switch c.Action {
	case checks.ActionNoOp, checks.ActionRead, checks.ActionForget:
		return nil
	}
	of := judgeOf(c.Type)
	if of == nil {
		return nil
	}
	if c.Before != nil && c.After != nil && !tfvalue.Marked(c.Unknown) && reflect.DeepEqual(c.Before, c.After) {
		return nil // only its marks change, or it is made again as it is
	}
	if c.Before == nil && c.After == nil && !tfvalue.Marked(c.Unknown) {
		return nil // there is no object, before or after
	}
	j := &judge{c: c, old: c.Old(), new: c.New(), vars: names{}, work: work{left: maxWork}}
	of(j)
	return j.pending()
}

// judgeOf returns what judges a type.
func judgeOf(typ string) func(*judge) {
	if of, ok := judges[typ]; ok {
		return of
	}
	return judgeOfPattern(typ)
}

const (
	maxWork  = 20_000_000 // steps for one change
	maxWhat  = 120        // bytes of one name
	maxParts = 12         // names of one consequence
)

// A judge looks at one change.
type judge struct {
	c        *tfvalue.Change
	old, new tfvalue.Side
	vars     names
	work     work
	facts    []*fact
	index    map[key]*fact
	told     bool            // that there was too much to compare
	marks    map[string]bool // paths of which the plan marks anything
	every    map[*document]bool
}

// key tells facts apart that become one consequence. What is certain is not put
// together with what counts only if the configuration sets it.
type key struct {
	kind      checks.ConsequenceKind
	attribute string
	hidden    bool
	pending   bool
}

type fact struct {
	key
	what    map[string]bool
	list    []string
	notes   []string
	before  string
	after   string
	unknown bool
	needs   []string
}

// said is what is known of a fact.
type said struct {
	note          string
	what          []string // names of parts; shown only if no attribute they come from is marked
	from          []string // the attributes they come from, besides the fact's own
	before, after string   // the deciding value as a word
	unknown       bool
	needs         []string
}

// say keeps a fact.
func (j *judge) say(kind checks.ConsequenceKind, attribute string, s said) {
	k := key{kind: kind, attribute: attribute, hidden: j.hidden(attribute), pending: len(s.needs) > 0}
	for _, a := range s.from {
		k.hidden = k.hidden || j.hidden(a)
	}
	if j.index == nil {
		j.index = map[key]*fact{}
	}
	f := j.index[k]
	if f == nil {
		f = &fact{key: k, what: map[string]bool{}, needs: s.needs, before: s.before, after: s.after}
		j.index[k] = f
		j.facts = append(j.facts, f)
	}
	for _, n := range s.needs {
		if !slices.Contains(f.needs, n) {
			f.needs = append(slices.Clip(f.needs), n)
		}
	}
	f.unknown = f.unknown || s.unknown
	if s.note != "" && !slices.Contains(f.notes, s.note) && len(f.notes) < 4 {
		f.notes = append(f.notes, s.note)
	}
	if k.hidden {
		f.before, f.after = "", ""
		return
	}
	for _, t := range s.what {
		t = shown(t)
		if t != "" && !f.what[t] && len(f.what) < 100_000 {
			f.what[t] = true
			f.list = append(f.list, t)
		}
	}
}

func (j *judge) pending() []tfvalue.Pending {
	if j.work.spent() && !j.told {
		j.say(checks.ConsequenceGrantUnknown, "", said{note: tooMuchNote})
	}
	for _, f := range j.facts {
		f.attribute = j.present(f.attribute)
	}
	slices.SortStableFunc(j.facts, func(a, b *fact) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.attribute, b.attribute), order(a.pending, b.pending), order(a.hidden, b.hidden))
	})
	out := make([]tfvalue.Pending, 0, len(j.facts))
	for _, f := range j.facts {
		p := j.c.Pend(f.kind, f.attribute)
		slices.Sort(f.list)
		p.What, p.More = f.list, 0
		if len(p.What) > maxParts {
			p.What, p.More = f.list[:maxParts:maxParts], len(f.list)-maxParts
		}
		p.Note = strings.Join(f.notes, "; ")
		p.Before, p.After = f.before, f.after
		p.Unknown, p.Sensitive, p.Needs = f.unknown, f.hidden, f.needs
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// present is the one of several attributes that is there.
func (j *judge) present(attribute string) string {
	if !strings.ContainsAny(attribute, "|,") {
		return attribute
	}
	first := ""
	for alt := range strings.FieldsFuncSeq(attribute, func(r rune) bool { return r == '|' || r == ',' }) {
		if first == "" {
			first = alt
		}
		for _, s := range []tfvalue.Side{j.new, j.old} {
			for _, v := range s.All(alt) {
				if list, isList := v.Value.([]any); !isList || len(list) > 0 {
					return alt
				}
			}
		}
	}
	return first
}

// hidden reports whether the plan marks anything of an attribute, before or after.
// The attribute at the top is what counts: a mark on one part of a rule makes the
// rest of it telling too.
func (j *judge) hidden(path string) bool {
	if path == "" {
		return false
	}
	if j.marks == nil {
		j.marks = map[string]bool{}
	}
	marked, known := j.marks[path]
	if !known {
		marked = j.marked(path)
		j.marks[path] = marked
	}
	return marked
}

func (j *judge) marked(path string) bool {
	for alt := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '|' || r == ',' }) {
		name := top(alt)
		for _, mask := range []any{j.old.Sensitive, j.new.Sensitive} {
			if mask == true {
				return true
			}
			if m, ok := mask.(map[string]any); ok && tfvalue.Marked(m[name]) {
				return true
			}
		}
	}
	return false
}

// top is the name of the attribute at the top of a path, the one that the
// configuration would set.
func top(path string) string {
	path = strings.TrimSpace(path)
	if i := strings.IndexAny(path, ".["); i >= 0 {
		path = path[:i]
	}
	return path
}

// tops are the names of the attributes at the top of a path with alternatives.
func tops(path string) []string {
	var out []string
	for alt := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '|' || r == ',' }) {
		out = append(out, top(alt))
	}
	return out
}

// shown makes foreign text fit to be named: one line, printable, bounded.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len()+4 > maxWhat {
			b.WriteString("…")
			break
		}
		switch {
		case r == ' ' || isGraphic(r):
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return strings.TrimSpace(b.String())
}

// isGraphic leaves out what is not seen or turns text around.
func isGraphic(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa1 || r == 0xad:
		return false
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202f, r >= 0x205f && r <= 0x206f,
		r == 0xfeff, r >= 0xfff0 && r <= 0xffff, r >= 0xd800 && r <= 0xf8ff, r >= 0xe0000,
		r == 0x061c, r == 0x115f, r == 0x1160, r == 0x3164, r == 0x180e, r == 0xffa0,
		r >= 0xfe00 && r <= 0xfe0f:
		return false
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// replaced reports whether the object that is there afterwards is another one.
func (j *judge) replaced() bool {
	return j.c.Action == checks.ActionReplace || j.c.Action == checks.ActionReplaceForget
}

func (j *judge) created() bool { return !j.old.Exists() && j.new.Exists() }
func (j *judge) deleted() bool { return j.old.Exists() && !j.new.Exists() }

// items are the texts that a path finds, each once. What is no text and no number
// where one is expected counts as unknown.
type items struct {
	texts   []string
	unknown bool
	cut     bool // there are more
}

const maxItems = 200_000

func (j *judge) items(s tfvalue.Side, path string) items {
	var out items
	if path == "" {
		return out
	}
	seen := map[string]bool{}
	for _, v := range s.All(path) {
		for _, e := range v.Elements() {
			t, ok := text(e)
			switch {
			case !ok:
				out.unknown = true
			case len(seen) >= maxItems:
				out.cut = true
			case t != "" && !seen[t]:
				seen[t] = true
				out.texts = append(out.texts, t)
			}
		}
	}
	return out
}

// text reads a value as text; false when it is unknown or has parts.
func text(v tfvalue.Value) (string, bool) {
	if v.Unknown {
		return "", false
	}
	switch t := v.Value.(type) {
	case string:
		return t, true
	case nil:
		return "", !v.Partly()
	case map[string]any, []any:
		return "", false
	}
	if b, ok := v.Bool(); ok {
		if b {
			return "true", true
		}
		return "false", true
	}
	type stringer interface{ String() string }
	if s, ok := v.Value.(stringer); ok {
		return s.String(), true
	}
	return "", false
}

// only is the one text of a path; false when it is unknown or there are several.
func (j *judge) only(s tfvalue.Side, path string) (string, bool) {
	it := j.items(s, path)
	if it.unknown || it.cut || len(it.texts) > 1 {
		return "", false
	}
	if len(it.texts) == 0 {
		return "", true
	}
	return it.texts[0], true
}

// moved reports whether what a resource is about is another than before, or may be:
// then nothing of what it said before counts for it.
func (j *judge) moved(paths ...string) bool {
	if !j.old.Exists() || !j.new.Exists() {
		return false
	}
	for _, p := range paths {
		was, is := j.items(j.old, p), j.items(j.new, p)
		if is.unknown || was.cut || is.cut || !slices.Equal(was.texts, is.texts) {
			return true
		}
	}
	return false
}
