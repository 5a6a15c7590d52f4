package privilege

import (
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A gate is an attribute that holds somebody back, and the way in which a change of
// it holds back less.
type gate struct {
	path   string
	weaker weakening
	note   string
}

// weakening says how an attribute can be weakened.
type weakening int

const (
	off           weakening = iota // it was true and is not
	on                             // it is true and was not
	less                           // a smaller number, or none
	fewer                          // elements are missing
	more                           // elements are added
	gone                           // it is not set any more
	larger                         // a larger number
	changed                        // another value
	olderPassword                  // a larger number of days, or none, which is for ever
	fewerChecks                    // elements are missing; with as many others in their place a control is another
)

// gates judges attributes of an object that is there before and after. What is known
// only after apply, and somebody sets, is weaker. What is below an attribute that is
// gone is told with it.
func (j *judge) gates(list []gate, kind checks.ConsequenceKind, note string) {
	if !j.old.Exists() || !j.new.Exists() {
		return
	}
	var above []string // paths that are gone
	for _, g := range list {
		n := g.note
		if n == "" {
			n = note
		}
		s := said{note: n}
		was, is := j.value(j.old, g.path), j.value(j.new, g.path)
		if is.unknown {
			if g.weaker == gone && was.set == 0 || g.weaker == off && !was.truth {
				continue
			}
			s.unknown, s.needs = true, tops(g.path)
			j.say(kind, g.path, s)
			continue
		}
		weaker, parts := g.weaker.weakens(was, is)
		if !weaker {
			continue
		}
		if lost := under(g.path, above); lost != "" {
			j.say(kind, lost, said{what: parts, from: []string{g.path}})
			continue
		}
		kind := kind
		switch g.weaker {
		case fewerChecks:
			s.what = parts
			if instead := inPlace(was.texts, is.texts); len(instead) > 0 {
				kind, s.note = checks.ConsequenceGuardrailOff, "another check is required in its place"
				for _, name := range instead {
					s.what = append(s.what, "instead: "+name)
				}
			}
		case fewer, more:
			s.what = parts
		case gone:
			above = append(above, g.path)
			s.before = was.word
		default:
			s.before, s.after = was.word, is.word
			if was.set > 1 || is.set > 1 {
				// A word of one element says nothing of the others.
				s.before, s.after = "", ""
				if g.weaker == changed && strings.HasSuffix(g.path, "[]") {
					s.what = append(without(is.texts, was.texts), without(was.texts, is.texts)...)
				}
			}
		}
		j.say(kind, g.path, s)
	}
}

// under is the one of some paths that a path is below; empty when there is none.
func under(path string, above []string) string {
	for _, a := range above {
		if rest, ok := strings.CutPrefix(path, a); ok && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			return a
		}
	}
	return ""
}

// state is what stands at a path.
type state struct {
	set     int // values
	truth   bool
	number  float64
	numeric bool
	texts   []string
	word    string
	unknown bool
}

func (j *judge) value(s tfvalue.Side, path string) state {
	var out state
	vs := s.All(path)
	for _, v := range vs {
		if v.Unknown {
			out.unknown = true
			continue
		}
		if list, ok := v.Value.([]any); ok && len(list) == 0 {
			continue
		}
		out.set++
		for _, e := range v.Elements() {
			if e.Unknown {
				out.unknown = true
			}
			if t, ok := text(e); ok && t != "" && len(out.texts) < maxItems {
				out.texts = append(out.texts, t)
			}
		}
		if b, ok := v.Bool(); ok && b {
			out.truth = true
		}
		if n, ok := v.Number(); ok && (!out.numeric || n < out.number) {
			out.number, out.numeric = n, true
		}
		if len(vs) == 1 && !j.hidden(path) {
			out.word = v.Word()
		}
	}
	return out
}

func (w weakening) weakens(was, is state) (weaker bool, parts []string) {
	switch w {
	case off:
		return was.truth && !is.truth, nil
	case on:
		return is.truth && !was.truth, nil
	case gone:
		return was.set > 0 && is.set == 0, nil
	case less:
		return was.numeric && (is.number < was.number || was.number > 0 && !is.numeric), nil
	case fewer, fewerChecks:
		parts = without(was.texts, is.texts)
		return len(parts) > 0, parts
	case more:
		parts = without(is.texts, was.texts)
		return len(parts) > 0, parts
	case larger:
		return is.numeric && is.number > was.number, nil
	case changed:
		return was.set > 0 && !slices.Equal(sorted(was.texts), sorted(is.texts)), nil
	case olderPassword:
		return was.number > 0 && (is.number > was.number || is.number == 0), nil
	}
	return ladders[w].weakens(was, is), nil
}

// inPlace returns the checks that are new, where at least as many are required as
// before, each counted once. The same check from another program, or from any, is none
// of them: a name with a number is a check and the program that must report it.
func inPlace(was, is []string) []string {
	was, is = slices.Compact(sorted(was)), slices.Compact(sorted(is))
	if len(is) < len(was) {
		return nil
	}
	lost := map[string]bool{}
	for _, t := range without(was, is) {
		lost[checkName(t)] = true
	}
	added := without(is, was)
	if slices.ContainsFunc(added, func(t string) bool { return lost[checkName(t)] }) {
		return nil
	}
	return added
}

// checkName is a check without the number of the program.
func checkName(t string) string {
	if i := strings.LastIndexByte(t, ':'); i > 0 {
		if _, err := strconv.ParseInt(t[i+1:], 10, 64); err == nil {
			t = t[:i]
		}
	}
	return strings.ToLower(strings.TrimSpace(t))
}

// without returns the texts that are not among others.
func without(texts, others []string) []string {
	in := make(map[string]bool, len(others))
	for _, t := range others {
		in[t] = true
	}
	var out []string
	for _, t := range texts {
		if !in[t] {
			out = append(out, t)
		}
	}
	return out
}
