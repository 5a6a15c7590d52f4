package policy

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// maxDifferences are told of one pair of policies.
const maxDifferences = 200

// Difference is one thing that another policy decides differently.
type Difference struct {
	Path   string // "review.tiers.high.need[0].count": keys of the file, entries by id or else by number or value
	Text   string // one sentence without its full stop; foreign words in it are quoted where they could mislead
	Weaker bool   // it can let something pass that did not pass before
	Line   int    // 1-based, of the later policy's text; 0 when it is not known, see [Locate]
}

// Compare tells what changes when one policy takes the place of another, weaker parts
// first and else in the order of the language. Nothing that differs is left out, but of
// more than 200 differences the last entry says how many more there are, and whether
// one of them is weaker.
//
// What is not surely as strict as before counts as weaker: whoever reads the list has
// to look at too much rather than too little. Neither policy is changed; nil stands
// for the policy that nobody wrote, under which nothing passes.
func Compare(before, after *Policy) []Difference {
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		return []Difference{{Text: "there is a policy now, where nothing could pass before", Weaker: true}}
	case after == nil:
		return []Difference{{Text: "there is no policy any more that could be used: nothing can pass", Weaker: false}}
	}
	d := differ{}
	d.walk("", "", reflect.ValueOf(*before), reflect.ValueOf(*after), nil)
	out := make([]Difference, 0, len(d.changes))
	for i := range d.changes {
		out = append(out, d.changes[i].judged())
	}
	slices.SortStableFunc(out, func(a, b Difference) int {
		weaker := func(d Difference) int {
			if d.Weaker {
				return 0
			}
			return 1
		}
		return cmp.Compare(weaker(a), weaker(b))
	})
	if len(out) > maxDifferences {
		more := Difference{
			Text:   fmt.Sprintf("%d more differences", len(out)-maxDifferences),
			Weaker: slices.ContainsFunc(out[maxDifferences:], func(d Difference) bool { return d.Weaker }),
		}
		out = append(out[:maxDifferences:maxDifferences], more)
	}
	return out
}

// saying is how a kind of change is told and judged. The sentences hold {o}, whose it
// is; {a} and {b}, the value after and before; and {v}, what was added or removed. One
// that is empty is made up; what is on or off has two, with a | between them.
type saying struct {
	changed, added, removed string
	weaker                  func(*delta) bool // nil: always
}

// judged puts a change into words. A key that nobody thought of counts as weaker.
func (c *delta) judged() Difference {
	s, known := sayings[c.key]
	d := Difference{Path: c.path, Weaker: !known || s.weaker == nil || s.weaker(c)}
	if c.kind == reordered {
		// No part of the language goes by the order of a list.
		d.Weaker = !known
		d.Text = fmt.Sprintf("%s holds the same in another order", c.path)
		return d
	}
	if d, ok := massDefaults[c.key]; ok && c.kind == changed {
		c.before, c.after = orElse(c.before, d), orElse(c.after, d)
	}
	var said string
	words := []string{"{o}", c.owner(), "{b}", show(c.before), "{a}", show(c.after)}
	switch c.kind {
	case added:
		said = cmp.Or(s.added, c.path+" is added")
		words = append(words, "{v}", c.named(c.after))
	case removed:
		said = cmp.Or(s.removed, c.path+" is taken away")
		words = append(words, "{v}", c.named(c.before))
	default:
		said = cmp.Or(s.changed, c.path+" is {a} instead of {b}")
		if on, off, two := strings.Cut(said, "|"); two {
			if said = off; c.after.Bool() {
				said = on
			}
		}
	}
	if k := c.keyOf(); k != "" {
		words = append(words, "{k}", k)
	}
	d.Text = strings.NewReplacer(words...).Replace(said)
	return d
}

// massDefaults are the bounds that hold where one of the two is not given.
var massDefaults = map[string]int{"plan.mass_destroy.count": DefaultMassCount, "plan.mass_destroy.share": DefaultMassShare}

func orElse(v reflect.Value, d int) reflect.Value {
	if v.IsZero() {
		return reflect.ValueOf(d)
	}
	return v
}

// owner names the entry that a change lies in, by what reports call it.
func (c *delta) owner() string {
	for i := len(c.up) - 1; i >= 0; i-- {
		f := &c.up[i]
		switch v := f.after.Interface().(type) {
		case Agent:
			return "agent " + quoteName(v.ID)
		case Person:
			return quoteName(v.ID)
		case Attestor:
			return "attestor " + quoteName(v.ID)
		case Tier:
			return "tier " + quoteName(v.ID)
		case PlanRule:
			return "rule " + quoteName(v.ID)
		case PlanResource:
			return "type " + quoteName(clip(v.Type))
		case Producer:
			return "producer " + quoteName(clip(v.Workflow))
		case RequiredCheck:
			return "check " + quoteName(clip(v.Name))
		case Waiver:
			return "the waiver of " + waived(v)
		case Environment:
			return "environment " + quoteName(strings.TrimPrefix(f.path, "deploy."))
		}
	}
	team, _, _ := strings.Cut(strings.TrimPrefix(c.path, "teams."), "[")
	return team
}

// keyOf names the key, DID or identity that a change lies in.
func (c *delta) keyOf() string {
	for i := len(c.up) - 1; i >= 0; i-- {
		switch v := c.up[i].after.Interface().(type) {
		case Key, DID, Identity:
			return show(reflect.ValueOf(v))
		}
	}
	return ""
}

// named is what was added or removed.
func (c *delta) named(v reflect.Value) string {
	switch v.Interface().(type) {
	case Environment, []string: // entries of a mapping have their name in the path
		_, name, _ := strings.Cut(c.path, ".")
		return quoteName(name)
	}
	return show(v)
}

func waived(w Waiver) string { return quoteName(clip(w.Rule)) + " for " + quoteName(clip(w.Subject)) }
