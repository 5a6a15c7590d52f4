package tfsource

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// setting is one argument, as it is compared.
type setting struct {
	kind kind
	word string   // the value of a literal
	text string   // see expr.text
	refs []string // locals and variables it rests on
	bare bool     // it calls nonsensitive
	line int
	path string // of an override file that sets it; empty: the block's own
}

func settingOf(e expr) setting {
	var w writer
	w.expr(e)
	k, s := e.literal()
	return setting{kind: k, word: s, text: w.String(), refs: w.refs, bare: w.bare, line: e.line}
}

// settings are the arguments of a block and of the blocks in it, by path:
// "assume_role.role_arn". The second block of a kind has its number in the path.
// An object is treated like a block, because JSON and newer providers write blocks so.
type settings map[string]setting

// flatten puts the arguments of a body into settings, but for the names to skip at
// the top.
func flatten(b *body, skip ...string) settings {
	s := settings{}
	s.body("", b, skip)
	return s
}

func (s settings) body(prefix string, b *body, skip []string) {
	for _, name := range b.names() {
		if !slices.Contains(skip, name) {
			s.value(prefix+name, b.args[name])
		}
	}
	seen := map[string]int{}
	for _, x := range b.blocks {
		if slices.Contains(skip, x.kind) {
			continue
		}
		p := strings.Join(append([]string{prefix + x.kind}, x.labels...), ".")
		seen[p]++
		if n := seen[p]; n > 1 {
			p += "[" + strconv.Itoa(n-1) + "]"
		}
		s.block(p, x)
	}
}

func (s settings) block(p string, x *block) {
	for n := 1; s[p].text != ""; n++ { // another one like it
		p = strings.TrimSuffix(p, "["+strconv.Itoa(n-1)+"]") + "[" + strconv.Itoa(n) + "]"
	}
	s.put(p, setting{kind: kindOther, text: "{}", line: x.line})
	s.body(p+".", &x.body, nil)
}

func (s settings) value(p string, e expr) {
	if fields, ok := e.fields(); ok {
		s.object(p, e.line, fields)
		return
	}
	// One object in a list, or several, is how JSON writes blocks.
	if list, ok := e.elements(); ok && len(list) > 0 && e.json != nil {
		var all [][]field
		for _, x := range list {
			fields, ok := x.fields()
			if !ok {
				all = nil
				break
			}
			all = append(all, fields)
		}
		for i, fields := range all {
			at := p
			if i > 0 {
				at += "[" + strconv.Itoa(i) + "]"
			}
			s.object(at, list[i].line, fields)
		}
		if all != nil {
			return
		}
	}
	s.put(p, settingOf(e))
}

func (s settings) object(p string, line int, fields []field) {
	s.put(p, setting{kind: kindOther, text: "{}", line: line})
	for _, f := range fields {
		if f.name != "//" {
			s.value(p+"."+f.name, f.expr)
		}
	}
}

// put keeps the first few thousand; what lies beyond goes into one, so that it is
// compared still.
func (s settings) put(p string, v setting) {
	if _, ok := s[p]; !ok && len(s) >= maxSettings {
		p = "..."
		old := s[p]
		v.text = fold(old.text, v.text)
		v.refs = []string{everything}
	}
	s[p] = v
}

// top returns the first name of a path.
func top(p string) string {
	if i := strings.IndexAny(p, ".["); i >= 0 {
		return p[:i]
	}
	return p
}

// last returns the last name of a path, without a number.
func last(p string) string {
	p = p[strings.LastIndexByte(p, '.')+1:]
	if i := strings.IndexByte(p, '['); i >= 0 {
		p = p[:i]
	}
	return p
}

// override replaces what another block sets: an argument, or all blocks of a kind.
func (s settings) override(path string, by settings) {
	tops := map[string]bool{}
	for p := range by {
		tops[top(p)] = true
	}
	maps.DeleteFunc(s, func(p string, _ setting) bool { return tops[top(p)] })
	for p, v := range by {
		v.path = path
		s[p] = v
	}
}

// paths returns the paths, sorted.
func (s settings) paths() []string { return slices.Sorted(maps.Keys(s)) }

// text returns all settings as one text.
func (s settings) text(resolve func(setting) string) string {
	var b strings.Builder
	for _, p := range s.paths() {
		b.WriteString(p + "=" + resolve(s[p]) + "\n")
	}
	return b.String()
}

// differing returns the paths at which two blocks differ, sorted, without those of
// blocks that are only there or not because of what is in them.
func differing(base, head settings, rb, rh func(setting) string) []string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(base)) {
		h, ok := head[p]
		if !ok || rb(base[p]) != rh(h) {
			out = append(out, p)
		}
	}
	for p := range head {
		if _, ok := base[p]; !ok {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	// A block's own entry says nothing when something in it is named too.
	var telling []string
	for _, p := range out {
		if i, _ := slices.BinarySearch(out, p+"."); i == len(out) || !strings.HasPrefix(out[i], p+".") {
			telling = append(telling, p)
		}
	}
	return telling
}

// fold makes one short text of two.
func fold(a, b string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(a), a, b)
	return hex.EncodeToString(h.Sum(nil))
}
