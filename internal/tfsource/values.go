package tfsource

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// argument is a value that is given to a variable: by a module call, in a *.tfvars
// file or in Terragrunt's inputs.
type argument struct {
	source
	place
	whole *parts // memo of parts
}

// parts is a value that is asked for part by part. It is parsed once, however many
// parts a hostile author asks for.
type parts struct {
	expr   expr
	src    source
	fields map[string]*parts
	memo   *setting
	open   bool // fields are known, if there are any
}

func (a *argument) parts() *parts {
	if a.whole == nil {
		e, ok := a.expr()
		a.whole = &parts{expr: e, src: a.source, open: !ok}
		if !ok {
			a.whole.expr = expr{}
		}
	}
	return a.whole
}

// work is what parsing the value costs, if it has to be done yet.
func (a *argument) work() int {
	if a.whole != nil || a.json != nil {
		return 0
	}
	return len(a.native) >> 7
}

// part returns the part that a path of names leads to, or as much of it as is
// written out.
func (p *parts) part(path []string) *parts {
	for _, name := range path {
		if !p.open {
			p.open = true
			if fields, ok := p.expr.fields(); ok {
				p.fields = make(map[string]*parts, len(fields))
				for _, f := range fields {
					if p.fields[f.name] == nil { // as source.setting takes the first
						p.fields[f.name] = &parts{expr: f.expr}
					}
				}
			}
		}
		next := p.fields[name]
		if next == nil {
			return p
		}
		p = next
	}
	return p
}

func (p *parts) setting() setting {
	if p.memo == nil {
		s := settingOf(p.expr)
		if s.kind == kindAbsent {
			s = p.src.setting(nil) // not valid
		}
		if len(s.text) > maxText {
			s.text = fold("", s.text)
		}
		p.memo = &s
	}
	return *p.memo
}

// given is a variable of a module whose value changed, or may have.
type given struct {
	to      *module // of the head
	name    string
	differs func(part []string) bool // whether a part of the value does, or all of it
	at      place
	removed bool
	via     string   // the module calls that lead from where it is given: "module.a."
	by      string   // our own words
	trail   []string // the folders it went through; calls in a ring end
}

// sink is a setting that no plan shows and that rests on variables.
type sink struct {
	kind    checks.SourceKind
	address string
	path    string // of the argument
	uses    []string
}

// sinks returns what in a module rests on variables and is none of the changes that
// a plan shows.
func (m *module) sinks() []sink {
	if m.rests != nil {
		return m.rests
	}
	m.rests = []sink{}
	put := func(kind checks.SourceKind, address, path string, refs []string) {
		if uses := m.uses(refs); len(uses) > 0 {
			m.rests = append(m.rests, sink{kind, address, path, uses})
		}
	}
	all := func(kind checks.SourceKind, address string, s settings) {
		for _, p := range s.paths() {
			put(kind, address, p, s[p].refs)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.providers)) {
		s := m.providers[name].settings
		for _, p := range telling(s.paths(), existing) {
			put(checks.SourceProviderSettings, name, p, s[p].refs)
		}
		for _, p := range running(s.paths()) {
			put(checks.SourceCommand, name, p, s[p].refs)
		}
	}
	for _, part := range []string{"backend", "encryption"} {
		if s := m.state[part]; s != nil {
			all(checks.SourceBackend, "terraform", s.settings)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.calls)) {
		c := m.calls[name]
		put(checks.SourceModule, "module."+name, "source", c.rest.refs)
		put(checks.SourceModule, "module."+name, "version", c.bound)
	}
	for _, addr := range slices.Sorted(maps.Keys(m.resources)) {
		r := m.resources[addr]
		put(checks.SourcePreventDestroy, addr, "prevent_destroy", r.protect.value.refs)
		for i := range r.runs {
			all(checks.SourceCommand, addr, r.runs[i].settings)
			all(checks.SourceCommand, addr, r.connection)
		}
		all(checks.SourceCommand, addr, r.settings)
	}
	for _, r := range m.removed {
		for i := range r.runs {
			all(checks.SourceCommand, r.address(), r.runs[i].settings)
		}
	}
	return m.rests
}

// feeds reports whether any of the variables is the one that is given, in a part
// that differs.
func (g *given) feeds(uses []string) bool {
	for _, v := range uses {
		if v == everything {
			return g.differs(nil)
		}
		if p := strings.Split(v, "."); len(p) > 1 && p[1] == g.name && g.differs(p[2:]) {
			return true
		}
	}
	return false
}

// flow follows values that changed to what rests on them, from module to module.
func (c *comparison) flow() {
	routes := map[string]int{}
	for queue := c.given; len(queue) > 0; queue = queue[1:] {
		g := &queue[0]
		key := strings.Join([]string{g.to.dir, g.name, g.at.path, strconv.Itoa(g.at.line)}, "\x00")
		routes[key]++
		if len(g.trail) > maxHops || slices.Contains(g.trail, g.to.dir) || routes[key] > maxRoutes {
			continue
		}
		if routes[key] == maxRoutes {
			g.differs = func([]string) bool { return true } // this one stands for all others
		}
		rests := g.to.sinks()
		if !c.spend(1 + len(rests) + size(g.to)) {
			return
		}
		c.reach(g, rests)
		for _, name := range slices.Sorted(maps.Keys(g.to.calls)) {
			dir, ok := c.head.calledDir(g.to, name)
			if !ok || c.base.dirs[c.twin(dir)] == nil {
				continue
			}
			args := g.to.calls[name].args
			for _, a := range slices.Sorted(maps.Keys(args)) {
				from, arg := *g, args[a]
				part := remembered(func(p []string) bool {
					return c.spend(1+arg.work()) && from.feeds(from.to.uses(arg.parts().part(p).setting().refs))
				})
				if !part(nil) {
					continue
				}
				if to := c.head.module(dir); to != nil {
					queue = append(queue, given{
						to: to, name: a, differs: part, at: g.at, removed: g.removed, via: g.via + "module." + name + ".", by: g.by,
						trail: append(slices.Clone(g.trail), g.to.dir),
					})
				}
			}
		}
	}
}

// reach tells of what in one module rests on the value.
func (c *comparison) reach(g *given, rests []sink) {
	for i := 0; i < len(rests); {
		s := rests[i]
		var paths []string
		for ; i < len(rests) && rests[i].kind == s.kind && rests[i].address == s.address; i++ {
			if g.feeds(rests[i].uses) {
				paths = append(paths, rests[i].path)
			}
		}
		if len(paths) == 0 {
			continue
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		x := checks.SourceChange{Kind: s.kind, Path: g.at.repo(), Line: g.at.line, Address: address(g.via + s.address), Removed: g.removed, Detail: g.by}
		switch s.kind {
		case checks.SourceProviderSettings:
			x.Detail = and(x.Detail, meaning(paths))
		case checks.SourcePreventDestroy:
			x.Detail = and(x.Detail, "it counts as off")
		}
		x.Detail = and(x.Detail, "what rests on it: "+named(paths))
		c.add(x)
	}
}

// twin returns the folder of the base that one of the head was.
func (c *comparison) twin(dir string) string {
	if d, ok := c.twins[dir]; ok {
		return d
	}
	return dir
}

// give notes a value that differs.
func (c *comparison) give(to *module, name string, bm, hm *module, was, is *argument, by string) {
	text := func(m *module, a *argument, part []string) string {
		if a == nil || !c.spend(1+a.work()) {
			return ""
		}
		return "=" + m.resolve(a.parts().part(part).setting())
	}
	g := given{to: to, name: name, by: by, removed: is == nil}
	g.differs = remembered(func(part []string) bool { return c.spend(1) && text(bm, was, part) != text(hm, is, part) })
	if !g.differs(nil) {
		return
	}
	if is != nil {
		g.at = is.place
	} else {
		g.at = was.place
	}
	c.given = append(c.given, g)
}

// remembered asks only once for each part.
func remembered(differs func([]string) bool) func([]string) bool {
	memo := map[string]bool{}
	return func(part []string) bool {
		key := strings.Join(part, ".")
		d, ok := memo[key]
		if !ok {
			d = differs(part)
			memo[key] = d
		}
		return d
	}
}

// arguments compares what a module gives to those it calls.
func (c *comparison) arguments(b, h *module) {
	for _, name := range slices.Sorted(maps.Keys(h.calls)) {
		dir, ok := c.head.calledDir(h, name)
		if !ok {
			continue
		}
		is := h.calls[name]
		was := c.formerCall(b, h, name, dir)
		if was == nil {
			continue // new; what it calls acted for nobody here
		}
		to := c.head.module(dir)
		if to == nil {
			continue
		}
		names := slices.Concat(slices.Collect(maps.Keys(was.args)), slices.Collect(maps.Keys(is.args)))
		slices.Sort(names)
		for _, a := range slices.Compact(names) {
			first := len(c.given)
			c.give(to, a, b, h, was.args[a], is.args[a], "an argument of the module call has another value")
			for i := first; i < len(c.given); i++ {
				g := &c.given[i]
				g.via, g.trail = "module."+name+".", []string{h.dir}
				if g.removed {
					g.at, g.removed = is.place, false
				}
			}
		}
	}
}

// formerCall returns the call of the base that one of the head was: that of the same
// name, or one that is gone and led to the same folder.
func (c *comparison) formerCall(b, h *module, name, dir string) *call {
	if was := b.calls[name]; was != nil {
		return was
	}
	for _, old := range slices.Sorted(maps.Keys(b.calls)) {
		if h.calls[old] != nil || !c.spend(1) {
			continue
		}
		if d, ok := c.base.calledDir(b, old); ok && d == c.twin(dir) {
			return b.calls[old]
		}
	}
	return nil
}
