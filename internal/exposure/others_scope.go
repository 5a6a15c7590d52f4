package exposure

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// scoped is a line that may be limited to a part of what the rule set is for: to
// destinations, to machines with a tag. The algebra of sources knows nothing of that,
// so the lines are also given to rule sets beside the real one: one with only the
// lines that have no limit, and one for each limit. What opens in any of them opens.
//
// In the set itself a limited line that allows counts in full, and one that denies not
// at all. So a rule that loses its limit opens something (in the set without limits),
// a rule that is only moved opens nothing, and a deny for one machine hides no rule
// that is for all.
type scoped struct {
	Line
	limits []string
}

// maxLimits bounds the limits of one resource that get a rule set of their own.
const maxLimits = 32

// besides makes the lines of a resource whose rules may be limited.
func besides(c *tfvalue.Change, s tfvalue.Side, read func(s tfvalue.Side) []scoped) []Line {
	lines := read(s)
	seen := map[string]bool{}
	var limits []string
	for _, side := range []tfvalue.Side{c.Old(), c.New()} {
		if !side.Exists() {
			continue
		}
		for _, l := range read(side) {
			if len(limits) == maxLimits {
				break
			}
			for _, limit := range l.limits {
				if !seen[limit] && len(limits) < maxLimits {
					seen[limit] = true
					limits = append(limits, limit)
				}
			}
		}
	}
	in := nesting(limits)
	n := len(lines)
	for i := range lines {
		if n += 1 + len(limits); len(lines[i].limits) > 0 {
			n -= len(limits)
			for _, limit := range lines[i].limits {
				n += 1 + len(in(limit))
			}
		}
		if n > 2*maxSpread {
			return wasted(lines[i].Owner, len(lines))
		}
	}
	out := make([]Line, 0, n)
	for _, l := range lines {
		if !l.Deny || len(l.limits) == 0 {
			out = append(out, l.Line)
		}
	}
	for _, l := range lines {
		id := l.Owner.ID
		if id == "" || l.Direction == "" {
			continue // a set that is new: there is nothing to compare it with
		}
		if len(l.limits) == 0 {
			l.Owner.ID = id + " for all"
			out = append(out, l.Line)
			for _, limit := range limits {
				l.Owner.ID = id + " for " + limit
				out = append(out, l.Line)
			}
			continue
		}
		for _, limit := range l.limits {
			l.Owner.ID = id + " for " + limit
			out = append(out, l.Line)
			for _, other := range in(limit) {
				l.Owner.ID = id + " for " + other
				out = append(out, l.Line)
			}
		}
	}
	return out
}

// nesting returns a function that tells which limits a limit holds all of, itself left
// out: addresses do. Each limit is looked at once, for lines may be many.
func nesting(limits []string) func(limit string) []string {
	spans := make([]Source, len(limits))
	for i, other := range limits {
		spans[i], _ = addresses(other)
	}
	found := map[string][]string{}
	return func(limit string) []string {
		in, ok := found[limit]
		if ok {
			return in
		}
		if a, isAddress := addresses(limit); isAddress {
			for i, b := range spans {
				if limits[i] != limit && a.Kind == b.Kind && a.Span.lo.cmp(b.Span.lo) <= 0 && b.Span.hi.cmp(a.Span.hi) <= 0 {
					in = append(in, limits[i])
				}
			}
		}
		found[limit] = in
		return in
	}
}

// limitsIn returns the limits in attributes: texts, known with what they are. all
// reports that one of them is no limit. An attribute that is not known is none for a
// line that allows, and one of its own for a line that denies.
func limitsIn(f fields, what string, deny bool, none func(text string) bool, attributes ...string) (out []string, all bool) {
	for _, name := range attributes {
		v, ok := f.deep(name)
		if !ok {
			continue
		}
		es := v.Elements()
		if v.Unknown {
			es = []tfvalue.Value{{Unknown: true}}
		}
		for _, e := range es {
			t, isText := e.Text()
			switch {
			case isText && t == "":
			case isText && none != nil && none(t):
				all = true
			case isText:
				out = append(out, known(Source{Name: what + t}).Name)
			case deny:
				out = append(out, "what is not known")
			default:
				all = true
			}
		}
	}
	if len(out) > maxLimits {
		// So many are one limit: the same again only if they are the same.
		sum := sha256.New()
		for _, limit := range out {
			_, _ = sum.Write([]byte(limit + "\n"))
		}
		out = []string{what + "digest " + hex.EncodeToString(sum.Sum(nil))}
	}
	return out, all
}

// lapse makes the lines of a type whose rules stand on something that allows: what no
// rule decides is not denied there. A deny that goes, or becomes less, opens what it
// denied. That is told in a rule set beside the real one, in which what was denied is
// allowed last. directions are those that are open beneath.
func lapse(x extract, directions ...string) extract {
	open := map[string]bool{}
	for _, d := range directions {
		open[d] = true
	}
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		lines := x(c, s)
		var old []Line
		if isNew(c, s) && c.Old().Exists() {
			old = x(c, c.Old())
		}
		return append(lines, beneath(lines, old, open)...)
	}
}

// lapsed makes the lines that are left of such a type when it is destroyed: it is
// given the object as it was.
func lapsed(x extract, directions ...string) extract {
	open := map[string]bool{}
	for _, d := range directions {
		open[d] = true
	}
	return func(c *tfvalue.Change, s tfvalue.Side) []Line { return beneath(nil, x(c, s), open) }
}

func beneath(lines, old []Line, open map[string]bool) []Line {
	const suffix = " where nothing else decides"
	var out []Line
	for _, l := range lines {
		if l.Owner.ID != "" && open[l.Direction] {
			l.Owner.ID += suffix
			out = append(out, l)
		}
	}
	for _, l := range old {
		if l.Owner.ID == "" || !open[l.Direction] || !l.Deny {
			continue
		}
		l.Owner.ID += suffix
		l.Deny, l.Order = false, lastOrder
		out = append(out, l)
	}
	return out
}
