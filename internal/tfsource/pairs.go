package tfsource

import (
	"maps"
	"slices"
	"strings"
)

// comparison compares the modules of two commits as one of the two programs reads
// them.
type comparison struct {
	base, head *tree
	*report
	work *int // blocks that may be compared yet

	known   map[string]bool // pairs that were queued
	reached map[string]bool // folders of the base for which there is something at the head
	taken   map[string]bool // folders of the head that stand for one of the base

	moves map[spot]target // blocks of the base that a moved block moves, and where to
	came  map[spot]spot   // the other way round
	calls map[spot]string // module calls of the base that a moved block moves, and the folder at the head

	twins map[string]string // folders of the head, and which of the base each is
	given []given           // values of variables that changed

	sources   map[string]bool // memo of usedSource
	providers map[string]bool // memo of usedProvider
}

// spot is a block in a folder.
type spot struct{ dir, address string }

// target is where a block is moved.
type target struct {
	spot
	part bool // only one instance of it
}

// pair is a folder of the base and what stands for it at the head.
type pair struct {
	base, head *module  // base is nil for a new folder, head for one that is gone
	via        string   // the module calls that lead there, when it is not the same folder: "module.a."
	at         place    // of the call that is other or gone
	elsewhere  bool     // head is nil because the call goes out of the repository
	trail      []string // the folders that led there; calls in a ring end
}

func newComparison(base, head *tree, r *report, work *int) *comparison {
	return &comparison{
		base: base, head: head, report: r, work: work,
		known: map[string]bool{}, reached: map[string]bool{}, taken: map[string]bool{},
		moves: map[spot]target{}, came: map[spot]spot{}, calls: map[spot]string{},
		twins: map[string]string{}, sources: map[string]bool{}, providers: map[string]bool{},
	}
}

// folders compares all folders that are not the same in both commits.
//
// A folder stands for itself. Where a module call of the base is another one at the
// head, or none, the folders that it led to are a pair too: what a folder protects
// is lost to those who no longer call it.
func (c *comparison) folders() {
	var changed, vanished, fresh []string
	dirs := slices.Concat(slices.Collect(maps.Keys(c.base.dirs)), slices.Collect(maps.Keys(c.head.dirs)))
	slices.Sort(dirs)
	for _, d := range slices.Compact(dirs) {
		if same(c.base.commit, c.head.commit, d) {
			continue
		}
		b, h := c.base.module(d), c.head.module(d)
		switch {
		case b != nil && h != nil:
			changed = append(changed, d)
			c.gather(b, h)
		case b != nil:
			vanished = append(vanished, d)
		case h != nil:
			fresh = append(fresh, d)
		}
	}
	var pairs []pair
	for _, d := range changed {
		c.follow(pair{base: c.base.module(d), head: c.head.module(d)}, &pairs)
	}
	for _, d := range vanished {
		if !c.reached[d] {
			b := c.base.module(d)
			h := c.renamed(b, fresh)
			if h != nil {
				c.gather(b, h)
			}
			c.follow(pair{base: b, head: h}, &pairs)
		}
	}
	for _, d := range fresh {
		if !c.taken[d] {
			pairs = append(pairs, pair{head: c.head.module(d)})
		}
	}
	for _, p := range pairs {
		if !c.spend(1 + size(p.base) + size(p.head)) {
			return
		}
		c.pair(p)
	}
	c.files()
	c.flow()
}

// spend takes from the work that may be done, and reports whether there was enough.
func (c *comparison) spend(n int) bool {
	if *c.work >= 0 {
		*c.work -= n
	}
	return *c.work >= 0
}

func size(m *module) int {
	if m == nil {
		return 0
	}
	return len(m.resources) + len(m.calls) + len(m.providers)
}

// follow adds a pair and those to which its module calls lead.
func (c *comparison) follow(first pair, pairs *[]pair) {
	for queue := []pair{first}; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		key := p.base.dir + "\x00" + p.via
		if p.head != nil {
			key = p.base.dir + "\x00\x00" + p.head.dir
			c.taken[p.head.dir] = true
		}
		if c.known[key] || len(p.trail) > maxHops || slices.Contains(p.trail, p.base.dir) {
			continue
		}
		c.known[key] = true
		c.reached[p.base.dir] = true
		if !c.spend(1 + len(p.base.calls) + len(p.trail)) {
			return
		}
		*pairs = append(*pairs, p)
		for _, name := range slices.Sorted(maps.Keys(p.base.calls)) {
			dir, ok := c.base.calledDir(p.base, name)
			if !ok {
				continue
			}
			if to, ok := c.head.calledDir(p.head, name); ok && to == dir {
				c.reached[dir] = true
				continue
			}
			to := c.base.module(dir)
			next := pair{base: to, via: p.via + "module." + name + ".", at: p.base.calls[name].place, trail: append(slices.Clone(p.trail), p.base.dir), elsewhere: p.elsewhere}
			if p.at.path != "" && p.head == nil {
				next.at = p.at
			}
			if p.head != nil {
				next.elsewhere = false
				next.head, _ = c.head.called(p.head, name)
				if call := p.head.calls[name]; call != nil {
					next.at, next.elsewhere = call.place, next.head == nil
				} else if dir, ok := c.calls[spot{p.base.dir, name}]; ok {
					next.head = c.head.module(dir)
				}
				if next.head != nil && next.head.dir == to.dir {
					c.reached[to.dir] = true
					continue
				}
			}
			queue = append(queue, next)
		}
	}
}

// gather notes what the moved blocks of a module move.
func (c *comparison) gather(b, h *module) {
	next := map[string][]string{}
	for _, m := range h.moved {
		next[join(m.from)] = m.to
	}
	for _, m := range h.moved {
		to := m.to
		for hops := 0; hops < maxHops && next[join(to)] != nil; hops++ {
			to = next[join(to)]
		}
		if !c.spend(1) {
			return
		}
		there, rest, ok := c.head.walk(h, to)
		if !ok {
			continue
		}
		if n := len(m.from); n >= 2 && n%2 == 0 && m.from[n-2] == "module" {
			if parent, left, ok := c.base.walk(b, m.from[:n-2]); ok && len(left) == 0 && len(rest) == 0 && !c.base.has(b, to) {
				c.calls[spot{parent.dir, m.from[n-1]}] = there.dir
			}
			continue
		}
		// Nothing is moved to where something was before: then the object is destroyed.
		if c.base.has(b, to) {
			continue
		}
		if here, from, ok := c.base.walk(b, m.from); ok && len(from) > 0 && len(rest) > 0 {
			c.moves[spot{here.dir, join(from)}] = target{spot{there.dir, join(rest)}, m.part}
			c.came[spot{there.dir, join(rest)}] = spot{here.dir, join(from)}
		}
	}
}

// has reports whether a module declares what an address names, itself or below it.
func (t *tree) has(from *module, to []string) bool {
	n := len(to)
	if n >= 2 && n%2 == 0 && to[n-2] == "module" {
		m, rest, ok := t.walk(from, to[:n-2])
		return ok && len(rest) == 0 && m.calls[to[n-1]] != nil
	}
	m, rest, ok := t.walk(from, to)
	return ok && m.resources[join(rest)] != nil
}

func join(steps []string) string { return strings.Join(steps, ".") }

// renamed returns the new folder that a vanished one, which nobody called, most
// likely became: the one with most of its blocks, and at least half of them.
func (c *comparison) renamed(b *module, fresh []string) *module {
	var best *module
	most, near := 0, 0
	for _, d := range fresh {
		h := c.head.module(d)
		if c.taken[d] || !c.spend(size(b)) {
			continue
		}
		n := shared(b.resources, h.resources) + shared(b.calls, h.calls) + shared(b.providers, h.providers)
		alike := likeness(b.dir, d)
		if n > 0 && 2*n >= size(b) && (n > most || (n == most && alike > near)) {
			best, most, near = h, n, alike
		}
	}
	return best
}

func shared[T any](a, b map[string]T) int {
	n := 0
	for k := range a {
		if _, ok := b[k]; ok {
			n++
		}
	}
	return n
}

// likeness counts the folders that two paths have in common, from both ends.
func likeness(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for i := 0; i < min(len(x), len(y)); i++ {
		if x[i] == y[i] {
			n++
		}
		if x[len(x)-1-i] == y[len(y)-1-i] {
			n += 2 // the last names tell most: envs/prod, live/prod
		}
	}
	return n
}

// pair compares what stands for each other.
func (c *comparison) pair(p pair) {
	if p.base != nil {
		c.protections(p)
	}
	if p.head == nil {
		return
	}
	// What another folder of the base has become is compared as a whole. A folder that
	// was there before is compared with itself for that.
	if p.base == nil || p.base.dir == p.head.dir || c.base.dirs[p.head.dir] == nil {
		b := p.base
		if b == nil {
			b = newModule(p.head.dir)
		} else {
			c.twins[p.head.dir] = b.dir
			c.arguments(b, p.head)
		}
		c.state(b, p.head, p.base == nil)
		c.modules(b, p.head)
		c.requirements(b, p.head)
		c.accounts(b, p.head, p.base == nil)
		c.commands(b, p.head)
		c.functions(b, p.head)
		c.declared(b, p.head)
		for _, x := range p.head.problems {
			if !slices.ContainsFunc(b.problems, func(old located) bool { return old.path == x.path && old.why == x.why }) {
				c.unreadable(x.path, x.line, x.why)
			}
		}
	}
}

// before returns the block of the base that a block of the head was, moved blocks
// included, or nil, and its module.
func (c *comparison) before(b, h *module, r *resource) (*resource, *module) {
	if s, ok := c.came[spot{h.dir, r.address()}]; ok {
		if m := c.base.module(s.dir); m != nil && m.resources[s.address] != nil {
			return m.resources[s.address], m
		}
	}
	return b.resources[r.address()], b
}
