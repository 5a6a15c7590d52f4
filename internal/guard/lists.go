package guard

import (
	"encoding/json"
	"slices"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// What identifies an element among others, the best first. Those of ownName are
// names that somebody chose: when one is gone, so is what it named. The others tell
// elements apart, but changing one is an ordinary change of the element.
var (
	ownName = []string{
		"name", "Name", "key", "Key", "context", "sid", "Sid", "alias", "rule_id", "ruleId", "identifier",
		"container_name", "host_name", "hostname", "host", "domain_name", "rule_name", "metric_name", "username", "id", "Id",
	}
	otherName = []string{
		"priority", "rule_no", "rule_number", "port", "container_port", "containerPort", "from_port", "mount_path", "device_name",
		"path", "cidr_block", "cidr", "destination", "type", "category", "region", "region_name", "location", "protocol", "index", "value",
	}
)

// lists walks through two lists or sets.
func (w *walk) lists(b, a node, depth int) {
	nb, na := max(b.size(), 0), max(a.size(), 0)
	if !w.spend(nb + na + 1) {
		return
	}
	if single(b) && single(a) {
		w.singles(b, a, nb, na)
		return
	}
	sensitive := b.sensitive == true || a.sensitive == true
	l := loss{had: nb, have: na, sensitive: sensitive, titled: true}
	if l.keys = b.tagKeys(nb); l.keys != nil && na > 0 {
		l.keys = without(l.keys, a.tagKeys(na))
	}
	switch {
	case nb > 0 && a.whole() && a.value == nil:
		if !w.gone {
			l.unknown, l.count = true, nb
			w.lost(l)
		}
		for i := range nb {
			w.below(b.element(i), node{unknown: true}, depth)
		}
		return
	case nb > 0 && na == 0:
		was := w.gone
		if !was {
			l.whole, l.count, l.shield = true, nb, !b.element(0).idle()
			l.names, l.strong = b.elementNames(sensitive, func(int) bool { return true })
			w.lost(l)
		}
		w.gone = true
		for i := range nb {
			w.below(b.element(i), node{}, depth)
		}
		w.gone = was
		return
	case nb == 0:
		w.gained(na)
		for i := range na {
			w.below(node{}, a.element(i), depth)
			if w.over {
				return
			}
		}
		return
	case nb == 1 && na == 1:
		w.one(b, a, l, depth)
		return
	}
	pairs, gone, strong, open := w.match(b, a, nb, na)
	if w.over {
		return
	}
	if na > nb {
		w.gained(na - nb)
	}
	if open > 0 && !w.gone {
		// Not more than a doubt, and only of a control is that enough.
		w.lost(loss{had: nb, have: na, sensitive: sensitive, unknown: true, count: open})
	}
	if len(gone) > 0 && !w.gone {
		is := make(map[int]bool, len(gone))
		for _, i := range gone {
			is[i] = true
		}
		l.count, l.strong, l.swapped = len(gone), strong, na >= nb
		l.names, _ = b.elementNames(sensitive, func(i int) bool { return is[i] })
		w.lost(l)
	}
	for _, p := range pairs {
		eb, ea := node{}, node{}
		if p.before >= 0 {
			eb = b.element(p.before)
		}
		if p.after >= 0 {
			ea = a.element(p.after)
		}
		w.below(eb, ea, depth)
		if w.over {
			return
		}
	}
}

// one walks through two lists of one element: a block. That it now has another
// name is told as a swap.
func (w *walk) one(b, a node, l loss, depth int) {
	eb, ea := b.element(0), a.element(0)
	for _, name := range ownName {
		x, bok := scalar(eb.member(name).value)
		y, aok := scalar(ea.member(name).value)
		if bok && aok && x != y && !w.gone {
			// What has a name and a value is an entry, and one of another name is another.
			l.count, l.swapped, l.strong = 1, true, eb.valued()
			l.names, _ = b.elementNames(l.sensitive, func(int) bool { return true })
			w.lost(l)
		}
		if bok && aok {
			break
		}
	}
	w.below(eb, ea, depth)
}

// valued reports whether an element is an entry: a name with a value.
func (n node) valued() bool {
	for _, name := range []string{"value", "Value", "value_from", "valueFrom"} {
		if n.member(name).there() {
			return true
		}
	}
	return false
}

// below walks through two elements, either of which may be missing.
func (w *walk) below(b, a node, depth int) {
	switch {
	case isObject(b) || isObject(a):
		w.object(objectOnly(b), objectOnly(a), depth+1)
	case b.size() >= 0 || a.size() >= 0:
		if depth > maxDepth {
			w.over = true
			return
		}
		w.lists(b, a, depth+1)
	case b.there() || a.there():
		w.leaf(b, a)
	}
}

// single reports whether a list has single values only.
func single(n node) bool {
	for i := range max(n.size(), 0) {
		switch n.element(i).value.(type) {
		case map[string]any, []any:
			return false
		}
		if _, ok := element(n.unknown, i).(map[string]any); ok {
			return false
		}
	}
	return true
}

// singles compares two lists of single values by what is in them.
func (w *walk) singles(b, a node, nb, na int) {
	w.list(b, a)
	if w.gone || nb == 0 {
		return
	}
	l := loss{had: nb, have: na, sensitive: tfvalue.Marked(b.sensitive) || tfvalue.Marked(a.sensitive)}
	if a.whole() && a.value == nil {
		l.unknown, l.count = true, nb
		w.lost(l)
		return
	}
	have, unknown := map[string]int{}, 0
	for i := range na {
		e := a.element(i)
		if k, ok := scalar(e.value); ok {
			have[k]++
			if !w.spend(len(k) / 64) {
				return
			}
		} else if e.whole() {
			unknown++
		}
	}
	for i := range nb {
		e := b.element(i)
		k, ok := scalar(e.value)
		if !ok {
			continue
		}
		if have[k] > 0 {
			have[k]--
			continue
		}
		l.count++
		if t := e.leaf().Word(); t != "" && len(t) <= 24 && !l.sensitive {
			l.names = append(l.names, t)
		}
	}
	// What is not known yet may be what seems to be missing.
	if l.count == 0 {
		return
	}
	if unknown > 0 {
		w.lost(loss{had: nb, have: na, sensitive: l.sensitive, unknown: true, count: l.count})
		l.names = nil
	}
	if l.count -= unknown; l.count <= 0 {
		return
	}
	slices.Sort(l.names)
	l.whole, l.swapped = na == 0, na >= nb
	w.lost(l)
}

// A couple are the places of two elements that are compared; -1: there is none.
type couple struct{ before, after int }

// match pairs the elements of two lists of objects, and tells which of the old have
// no counterpart. doubt is how many have one only because its name is not known yet.
func (w *walk) match(b, a node, nb, na int) (pairs []couple, gone []int, strong bool, doubt int) {
	keys, strong := w.identify(b, a, nb, na)
	if w.over {
		return nil, nil, false, 0
	}
	places := make(map[string][]int, na) // of the new elements, by what identifies them
	var open []int                       // new elements that nothing is known of
	for j := range na {
		k, ok := w.identity(a.element(j), keys)
		if !ok {
			open = append(open, j)
			continue
		}
		places[k] = append(places[k], j)
	}
	used := make([]bool, na)
	var rest []int
	for i := range nb {
		k, ok := w.identity(b.element(i), keys)
		if ps := places[k]; ok && len(ps) > 0 {
			pairs = append(pairs, couple{i, ps[0]})
			used[ps[0]] = true
			places[k] = ps[1:]
			continue
		}
		rest = append(rest, i)
	}
	if w.over {
		return nil, nil, false, 0
	}
	// An element whose name is not known yet may be any of those that are missing.
	for len(rest) > 0 && len(open) > 0 {
		pairs = append(pairs, couple{rest[0], open[0]})
		used[open[0]] = true
		rest, open = rest[1:], open[1:]
		doubt++
	}
	came := 0
	for j := range na {
		if used[j] {
			continue
		}
		if came < len(rest) {
			pairs = append(pairs, couple{rest[came], j})
		} else {
			pairs = append(pairs, couple{-1, j})
		}
		came++
	}
	switch {
	case strong:
		gone = rest
	case came < len(rest):
		gone = rest[came:]
	}
	return pairs, gone, strong, doubt
}

// identify finds the member that tells all elements of both lists apart. None: they
// are told apart by everything they have.
func (w *walk) identify(b, a node, nb, na int) (key string, strong bool) {
	for n, name := range slices.Concat(ownName, otherName) {
		if tells(b, nb, name) && tells(a, na, name) {
			return name, n < len(ownName)
		}
		if !w.spend((nb + na) / 8) {
			break
		}
	}
	return "", false
}

// tells reports whether every element has the member, and each another value.
func tells(n node, size int, name string) bool {
	seen := make(map[string]bool, min(size, 64))
	for i := range size {
		e := n.element(i)
		m := e.member(name)
		if m.whole() || e.whole() {
			continue
		}
		k, ok := scalar(m.value)
		if !ok || k == "s" || seen[k] {
			return false
		}
		seen[k] = true
	}
	return true
}

// identity is what identifies an element: the value of a member or, where none
// does, all of it. ok is false when that is known only after apply.
func (w *walk) identity(e node, key string) (id string, ok bool) {
	if key != "" {
		return scalar(e.member(key).value)
	}
	if tfvalue.Marked(e.unknown) {
		return "", false
	}
	text, err := json.Marshal(e.value) // sorted by name
	if err != nil || !w.spend(len(text)/4) {
		return "", false
	}
	return string(text), true
}
