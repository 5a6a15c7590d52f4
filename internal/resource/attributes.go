package resource

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
)

// watches is data/attributes.txt.
var watches = sync.OnceValues(func() (*watchList, error) {
	b, err := data.ReadFile("data/attributes.txt")
	if err != nil {
		return nil, err
	}
	return parseWatches("attributes.txt", string(b))
})

type watchList struct {
	all []*Watch
}

func parseWatches(name, text string) (*watchList, error) {
	bs, err := blocks(name, text)
	if err != nil {
		return nil, err
	}
	list := &watchList{}
	seen := map[string]bool{}
	for i := range bs {
		w, err := parseWatch(&bs[i])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", name, bs[i].line, bs[i].head, err)
		}
		id := strings.Join(slices.Concat([]string{w.Path}, w.types, []string{"not"}, w.not), " ")
		if w.Kind == checks.ConsequenceIrreversible {
			id += " final"
		}
		if seen[id] {
			return nil, fmt.Errorf("%s:%d: %s stands twice", name, bs[i].line, bs[i].head)
		}
		seen[id] = true
		list.all = append(list.all, w)
	}
	return list, nil
}

var watchKinds = map[checks.ConsequenceKind]bool{
	checks.ConsequenceProtectionOff: true, checks.ConsequenceGuardrailOff: true, checks.ConsequencePublic: true,
	checks.ConsequenceKeyWeakened: true, checks.ConsequenceIrreversible: true,
}

func parseWatch(b *block) (*Watch, error) {
	w := &Watch{Path: b.head}
	if !isPath(b.head) {
		return nil, fmt.Errorf("it is no attribute path")
	}
	seen := map[string]bool{}
	var forever string
	for _, l := range b.lines {
		if seen[l.key] || l.deep {
			return nil, fmt.Errorf("%s stands twice or too deep", l.key)
		}
		seen[l.key] = true
		var err error
		switch l.key {
		case "types":
			w.types = strings.Fields(l.rest)
		case "not":
			w.not = strings.Fields(l.rest)
		case "kind":
			if w.Kind = checks.ConsequenceKind(l.rest); !watchKinds[w.Kind] {
				err = fmt.Errorf("the kind %q is not known", l.rest)
			}
		case "protects", "endangers", "grades", "more", "set", "exposes", "final":
			if w.scale != nil {
				return nil, fmt.Errorf("it is said twice what protects")
			}
			w.scale, err = newScale(l.key, l.rest)
			w.Created = w.Created || l.key == "exposes" || l.key == "final"
			switch {
			case w.Kind != "":
			case l.key == "exposes":
				w.Kind = checks.ConsequencePublic
			case l.key == "final":
				w.Kind = checks.ConsequenceIrreversible
			}
		case "created":
			w.Created = true
		case "default":
			w.Default = l.rest
		case "forever":
			forever = l.rest
		case "unless":
			var ok bool
			if w.unless, w.unlessWord, ok = strings.Cut(l.rest, " = "); !ok || !isPath(w.unless) {
				err = fmt.Errorf("%q is no path and word", l.rest)
			}
		case "why":
			w.Why = l.rest
		default:
			err = fmt.Errorf("%s is not known", l.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if w.Kind == "" {
		w.Kind = checks.ConsequenceProtectionOff
	}
	if forever != "" {
		s, ok := w.scale.(amount)
		if f, isNumber := span(forever); ok && isNumber {
			s.forever, s.hasForever = f, true
			w.scale = s
		} else {
			return nil, fmt.Errorf("forever is a number, of more")
		}
	}
	switch {
	case w.scale == nil:
		return nil, fmt.Errorf("it is not said what protects")
	case w.Why == "":
		return nil, fmt.Errorf("it is not said why")
	case slices.ContainsFunc(slices.Concat(w.types, w.not), func(g string) bool { return !globForm.MatchString(g) }):
		return nil, fmt.Errorf("types are no globs")
	}
	return w, w.scale.check(w.Default)
}
