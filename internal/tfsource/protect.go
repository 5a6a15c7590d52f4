package tfsource

import (
	"maps"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
)

// protections compares prevent_destroy and ignore_changes.
func (c *comparison) protections(p pair) {
	for _, addr := range slices.Sorted(maps.Keys(p.base.resources)) {
		b := p.base.resources[addr]
		if b.mode != "resource" && len(b.conditions) == 0 {
			continue
		}
		var h *resource
		m := p.head
		if m != nil {
			h = m.resources[addr]
		}
		if to, ok := c.moves[spot{p.base.dir, addr}]; ok && h == nil {
			if m = c.head.module(to.dir); m != nil && (!to.part || !b.many) {
				h = m.resources[to.address]
			}
		}
		switch {
		case h != nil:
			c.loosened(p.base, m, b.conditions, h.conditions, h.place, address(p.via+h.address()))
			c.unprotected(p, m, b, h)
			c.ignored(p, b, h)
		case b.protect.rank > 0:
			c.gone(p, b)
		}
	}
	if p.head == nil {
		return
	}
	// What is imported was there before, and was not ignored.
	for _, addr := range slices.Sorted(maps.Keys(p.head.imports)) {
		if h := p.head.resources[addr]; h != nil && p.base.resources[addr] == nil {
			if was, _ := c.before(p.base, p.head, h); was == nil {
				c.ignored(p, &resource{}, h)
			}
		}
	}
}

// unprotected compares prevent_destroy of a block that is still there.
func (c *comparison) unprotected(p pair, m *module, b, h *resource) {
	evaluated := h.protect.rank == 1 && b.protect.rank == 1 && p.base.resolve(b.protect.value) != m.resolve(h.protect.value)
	if h.protect.rank >= b.protect.rank && !evaluated {
		return
	}
	x := checks.SourceChange{
		Kind: checks.SourcePreventDestroy, Path: h.repo(), Line: h.line, Address: address(p.via + h.address()),
		Before: b.protect.word, After: h.protect.word, Detail: "it is switched off",
	}
	switch {
	case evaluated:
		x.Detail = "another expression, or what it rests on changed: it counts as off"
	case !h.protect.set:
		x.After = "none"
		x.Detail = "the block no longer has it"
	case h.protect.rank > 0:
		x.Detail = "it has to be evaluated, so it counts as off"
	}
	if h.protect.set {
		x.Path, x.Line = h.protect.repo(), h.protect.line
	}
	if p.via != "" {
		x.Detail = and(x.Detail, "the module call leads to another folder")
	}
	c.add(x)
}

// gone tells of a protection that went with its block.
func (c *comparison) gone(p pair, b *resource) {
	x := checks.SourceChange{
		Kind: checks.SourcePreventDestroy, Path: b.repo(), Line: b.line, Address: address(p.via + b.address()),
		Before: b.protect.word, After: "none", Removed: true,
	}
	switch {
	case p.elsewhere:
		x.Path, x.Line, x.Removed = p.at.repo(), p.at.line, false
		x.Detail = "the module comes from elsewhere now: what is protected there is not known"
	case p.head != nil && p.via != "":
		x.Path, x.Line, x.Removed = p.at.repo(), p.at.line, false
		x.Detail = "the module call leads to another folder, which does not have the block"
	case p.head != nil:
		x.Detail = "the block is gone, and the protection with it"
		if to, ok := c.moves[spot{p.base.dir, b.address()}]; ok && to.part {
			x.Detail = "the block is gone, and a moved block names one instance of it only"
		}
		for _, r := range p.head.removed {
			if r.name != b.address() {
				continue
			}
			x.Detail = "a removed block takes its place: the object is destroyed"
			if r.keeps {
				x.Detail = "a removed block takes its place: the object stays, unmanaged"
			}
		}
		if p.head.opaque {
			x.Detail = and(x.Detail, "or it stands in a file that cannot be read")
		}
	case p.via != "":
		x.Path, x.Line = p.at.repo(), p.at.line
		x.Detail = "the module call that declared it is gone, and the protection with it"
	default:
		x.Detail = "the folder is gone, and the protection with it"
	}
	c.add(x)
}

// ignored compares ignore_changes.
func (c *comparison) ignored(p pair, b, h *resource) {
	if !h.ignore.set || b.ignore.all {
		return
	}
	x := checks.SourceChange{
		Kind: checks.SourceIgnoreChanges, Path: h.ignore.repo(), Line: h.ignore.line, Address: address(p.via + h.address()),
		Detail: "changes of these are no longer applied, nor shown in a plan",
	}
	if h.ignore.all {
		x.After = "all"
		c.add(x)
		return
	}
	var more []string
	for _, a := range slices.Sorted(maps.Keys(h.ignore.paths)) {
		if !b.ignore.hides(a) {
			more = append(more, a)
		}
	}
	if len(more) > 0 {
		x.After = named(more)
		c.add(x)
	}
}

// and joins two remarks, either of which may be empty.
func and(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
