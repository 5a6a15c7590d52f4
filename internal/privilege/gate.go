package privilege

import (
	"slices"

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
)

// gates judges attributes of an object that is there before and after. What is known
// only after apply, and somebody sets, is weaker.
func (j *judge) gates(list []gate, kind checks.ConsequenceKind, note string) {
	if !j.old.Exists() || !j.new.Exists() {
		return
	}
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
		weaker, missing := g.weaker.weakens(was, is)
		if !weaker {
			continue
		}
		s.before, s.after, s.what = was.word, is.word, missing
		if len(missing) == 0 && (s.before != "" || s.after != "") {
			s.what = []string{last(g.path) + ": " + or(s.before, "unset") + " → " + or(s.after, "unset")}
		} else if len(missing) == 0 {
			s.what = []string{last(g.path)}
		}
		j.say(kind, g.path, s)
	}
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
	case fewer:
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
	return false, nil
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

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// last is the name of an attribute without its path.
func last(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return path[i+1:]
		}
	}
	return path
}
