package resource

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// isType reports whether a text has the form of a resource type; one with a star is
// a pattern.
func isType(s string) bool {
	if len(s) < 2 || len(s) > 120 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '*' {
			return false
		}
	}
	return true
}

// isPath reports whether a text is an attribute path as [tfvalue.Side.All] takes it:
// steps with dots between them, "[]" for each element, "|" or "," between paths.
func isPath(s string) bool {
	if len(s) > 400 {
		return false
	}
	start := true // of a step
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case start:
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
			start = false
		case c == '.' || alternative(c):
			start = true
		case c == '[':
			i++
			if i == len(s) || s[i] != ']' || i+1 < len(s) && s[i+1] != '.' && !alternative(s[i+1]) {
				return false
			}
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_':
			return false
		}
	}
	return !start
}

func alternative(c byte) bool { return c == '|' || c == ',' }

var languages = words("aws alicloud tencentcloud huaweicloud scaleway google azure oci vault")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// block is a header and the lines below it.
type block struct {
	line  int
	head  string
	lines []line
}

type line struct {
	n    int
	deep bool // four spaces, not two
	key  string
	rest string
}

// blocks reads the form that all files of the data have: a header at the start of a
// line, facts below it after two spaces, parts of a fact after four. A line that
// begins with "#" is a comment.
func blocks(name, text string) ([]block, error) {
	var out []block
	n := 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSuffix(l, "\n")
		body := strings.TrimLeft(l, " ")
		if body == "" || body[0] == '#' {
			continue
		}
		if strings.TrimRight(l, " \t\r") != l {
			return nil, fmt.Errorf("%s:%d: the line ends in a blank", name, n)
		}
		depth := len(l) - len(body)
		switch {
		case depth == 0:
			out = append(out, block{line: n, head: l})
		case depth != 2 && depth != 4 || len(out) == 0:
			return nil, fmt.Errorf("%s:%d: two or four spaces below a header are wanted", name, n)
		default:
			key, rest, _ := strings.Cut(body, " ")
			b := &out[len(out)-1]
			b.lines = append(b.lines, line{n, depth == 4, key, strings.TrimSpace(rest)})
		}
	}
	return out, nil
}

// parse reads a file of types.
func parse(name, text string) (*file, error) {
	bs, err := blocks(name, text)
	if err != nil {
		return nil, err
	}
	f := &file{types: make(map[string]*Type, len(bs)), kinds: map[string]*Type{}, uses: map[string]Use{}}
	provider := ""
	for i := range bs {
		b := &bs[i]
		mode, rest, ok := strings.Cut(b.head, " ")
		switch {
		case !ok:
			err = f.typ(b, provider)
		case mode == "provider":
			provider = rest
			err = f.provider(b, rest)
		case mode == "kind":
			var t *Type
			if t, err = describe(b, rest); err == nil {
				if f.kinds[rest] != nil {
					err = fmt.Errorf("%s stands twice", b.head)
				}
				t.Provider = provider
				f.kinds[rest] = t
			}
		case mode == "data":
			err = f.use(b, rest)
		default:
			err = fmt.Errorf("%q is no header", b.head)
		}
		if err == nil && provider == "" {
			err = fmt.Errorf("%s stands before its provider", b.head)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, b.line, err)
		}
	}
	return f, nil
}

func (f *file) provider(b *block, prefix string) error {
	p := provider{prefix: prefix}
	for _, l := range b.lines {
		switch {
		case l.key == "snapshot" && l.rest != "" && p.snapshot == "":
			p.snapshot = l.rest
		case l.key == "documented" && p.documented == 0:
			n, err := strconv.Atoi(l.rest)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no number of types", l.rest)
			}
			p.documented = n
		default:
			return fmt.Errorf("%q is not known of a provider, or stands twice", l.key)
		}
	}
	if slices.ContainsFunc(f.providers, func(o provider) bool { return o.prefix == prefix }) {
		return fmt.Errorf("provider %s stands twice", prefix)
	}
	f.providers = append(f.providers, p)
	return nil
}

func (f *file) use(b *block, name string) error {
	u := Use{Name: name}
	for _, l := range b.lines {
		switch {
		case l.key == "runs" && l.rest != "" && u.Runs == "":
			u.Runs = l.rest
		case l.key == "only" && l.rest != "" && u.Does == "":
			u.Does = l.rest
		default:
			return fmt.Errorf("%q is not known of %s, or stands twice", l.key, b.head)
		}
	}
	if _, twice := f.uses[name]; twice || u.Runs+u.Does == "" || !isType(name) {
		return fmt.Errorf("%s stands twice, says nothing or is no type", b.head)
	}
	f.uses[name] = u
	return nil
}

func (f *file) typ(b *block, provider string) error {
	t, err := describe(b, b.head)
	if err != nil {
		return err
	}
	if !isType(t.Name) {
		return fmt.Errorf("%q is no resource type", t.Name)
	}
	if Prefix(t.Name) != provider {
		return fmt.Errorf("%s is no type of %s", t.Name, provider)
	}
	t.Provider = provider
	if hasMeta(t.Name) {
		f.patterns = append(f.patterns, t)
		return nil
	}
	if f.types[t.Name] != nil {
		return fmt.Errorf("%s stands twice", t.Name)
	}
	f.types[t.Name] = t
	return nil
}

// describe reads the facts of one type.
func describe(b *block, name string) (*Type, error) {
	t := &Type{Name: name, Class: checks.ClassUnclassified}
	seen, parts := map[string]bool{}, map[string]bool{}
	var harmless bool
	for _, l := range b.lines {
		if l.deep {
			if t.Network == nil {
				return nil, fmt.Errorf("line %d: a part belongs below network", l.n)
			}
			if err := t.Network.part(l, parts); err != nil {
				return nil, fmt.Errorf("line %d: %w", l.n, err)
			}
			continue
		}
		if seen[l.key] {
			return nil, fmt.Errorf("line %d: %s stands twice", l.n, l.key)
		}
		seen[l.key] = true
		if err := t.fact(l, &harmless); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", l.n, l.key, err)
		}
	}
	stateful := t.Tier != ""
	switch {
	case len(b.lines) == 0:
		return nil, fmt.Errorf("nothing is said of it")
	case harmless && (stateful || t.Guard || t.Recreatable):
		return nil, fmt.Errorf("it is harmless and something else")
	case !stateful && seen["recovery"]:
		return nil, fmt.Errorf("recovery is of stateful types")
	case stateful:
		t.Class = checks.ClassStateful
	case t.Guard:
		t.Class = checks.ClassGuard
	case t.Recreatable:
		t.Class = checks.ClassRecreatable
	case harmless:
		t.Class = checks.ClassHarmless
	}
	return t, nil
}

// fact reads one line of a type.
func (t *Type) fact(l line, harmless *bool) error {
	flag := func(b *bool) error {
		*b = true
		if l.rest != "" {
			return fmt.Errorf("it stands alone")
		}
		return nil
	}
	text := func(s *string) error {
		*s = l.rest
		if l.rest == "" {
			return fmt.Errorf("a text is wanted")
		}
		return nil
	}
	grants := func() *Grants {
		if t.Grants == nil {
			t.Grants = &Grants{}
		}
		return t.Grants
	}
	switch l.key {
	case "stateful":
		tier, loses, ok := strings.Cut(l.rest, ": ")
		t.Tier, t.Loses = checks.Tier(tier), loses
		if !ok || tiers[t.Tier] == 0 {
			return fmt.Errorf("a tier, a colon and what is lost are wanted")
		}
	case "recreatable:", "guard:":
		if t.Loses == "" {
			t.Loses = l.rest
		}
		t.Guard = t.Guard || l.key == "guard:"
		t.Recreatable = t.Recreatable || l.key == "recreatable:"
		if l.rest == "" {
			return fmt.Errorf("a text is wanted")
		}
	case "guard":
		return flag(&t.Guard)
	case "recreatable":
		return flag(&t.Recreatable)
	case "harmless":
		return flag(harmless)
	case "secret", "unverified": // for people
		return flag(new(bool))
	case "recovery", "legacy", "note": // for people
		return text(new(string))
	case "attaches", "principal", "authoritative", "limits": // for people; it grants something
		grants()
		return flag(new(bool))
	case "gate":
		return flag(&grants().Gate)
	case "irreversible":
		return text(&t.Irreversible)
	case "runs":
		return text(&t.Runs)
	case "guards":
		return paths(&t.Guards, l.rest)
	case "gives":
		return paths(&grants().Gives, l.rest)
	case "policy":
		rest, language, ok := strings.Cut(l.rest, " in ")
		if !ok || !languages[language] {
			return fmt.Errorf("the language %q is not known", language)
		}
		return paths(&grants().Policies, rest)
	case "network":
		t.Network = &Network{Kind: l.rest, Rule: map[string]string{}}
		if !networkKinds[l.rest] {
			return fmt.Errorf("the kind %q is not known", l.rest)
		}
	default:
		return fmt.Errorf("it is not known")
	}
	return nil
}

func paths(out *[]string, rest string) error {
	for _, p := range strings.Split(rest, ", ") {
		if !isPath(p) || strings.Contains(p, ",") {
			return fmt.Errorf("%q is no attribute path", p)
		}
		if slices.Contains(*out, p) {
			return fmt.Errorf("%q stands twice", p)
		}
		*out = append(*out, p)
	}
	return nil
}
