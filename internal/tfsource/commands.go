package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// commands compares what runs programs or fetches something: provisioners, and
// types of data sources, ephemeral resources and actions.
func (c *comparison) commands(b, h *module) {
	for _, addr := range slices.Sorted(maps.Keys(h.resources)) {
		is := h.resources[addr]
		was, from := c.before(b, h, is)
		if was == nil {
			was = &resource{}
		}
		c.provisioners(from, h, was, is)
		c.reads(from, h, was, is)
		c.triggered(from, h, was, is)
	}
	// A removed block has no name of its own; those of the base are told apart by
	// what they are about.
	old := map[string]*resource{}
	for _, r := range b.removed {
		if o := old[r.name]; o != nil {
			o.runs = append(o.runs, r.runs...)
			continue
		}
		old[r.name] = r
	}
	for _, is := range h.removed {
		was := old[is.name]
		if was == nil {
			was = &resource{}
		}
		c.provisioners(b, h, was, is)
	}
}

// provisioners tells of those of a resource that it did not have before.
func (c *comparison) provisioners(b, h *module, was, is *resource) {
	if len(is.runs) == 0 {
		return
	}
	text := func(m *module, r *resource, p *run) string {
		t := p.typ + "\n" + p.settings.text(m.resolve) + r.connection.text(m.resolve)
		if p.destroy {
			t += "destroy\n"
		}
		if p.goesOn {
			t += "continue\n"
		}
		return t
	}
	had := map[string]int{}
	types := map[string]int{}
	for i := range was.runs {
		had[text(b, was, &was.runs[i])]++
		types[was.runs[i].typ]++
	}
	var fresh []*run
	for i := range is.runs {
		p := &is.runs[i]
		if t := text(h, is, p); had[t] > 0 {
			had[t]--
			types[p.typ]--
			continue
		}
		fresh = append(fresh, p)
	}
	for _, p := range fresh {
		x := checks.SourceChange{Kind: checks.SourceCommand, Path: p.repo(), Line: p.line, Address: address(is.address()), After: shownWordText(p.typ), Detail: "new: "}
		if types[p.typ] > 0 {
			types[p.typ]--
			x.Before, x.Detail = x.After, "changed: "
		}
		does, ok := provisionerDoes[p.typ]
		if !ok {
			does = "does what the provisioner of this name does"
		}
		x.Detail += does
		if p.destroy {
			x.Detail += ", when the object is destroyed"
		}
		if p.goesOn {
			x.Detail += "; a failure is ignored"
		}
		if is.mode == "removed" {
			x.Detail = and(x.Detail, "it stands in a removed block, of which no plan shows anything")
		}
		c.add(x)
	}
}

// reads tells of a data source, an ephemeral resource or an action that runs or
// fetches something, and is new or changed.
func (c *comparison) reads(b, h *module, was, is *resource) {
	if is.settings == nil {
		return
	}
	x := checks.SourceChange{Kind: checks.SourceCommand, Path: is.repo(), Line: is.line, Address: address(is.address()), After: shownWordText(is.typ)}
	does := runsOrFetches[is.typ]
	if is.mode == "action" {
		does = actionsThatRun[is.typ]
	}
	if was.settings == nil {
		x.Detail = "new: " + does
	} else {
		diff := differing(was.settings, is.settings, b.resolve, h.resolve)
		if len(diff) == 0 {
			return
		}
		x.Before, x.Detail = shownWordText(was.typ), "changed: "+does+" ("+named(diff)+")"
	}
	switch is.mode {
	case "data":
		x.Detail += "; a data source does so while the plan is made"
	case "ephemeral":
		x.Detail += "; no plan shows an ephemeral resource"
	}
	c.add(x)
}

// triggered tells of a resource that sets off an action that runs something.
func (c *comparison) triggered(b, h *module, was, is *resource) {
	now := is.triggers.text(h.resolve)
	if now == "" || was.triggers.text(b.resolve) == now {
		return
	}
	for t := range actionsThatRun {
		if strings.Contains(now, t) {
			x := checks.SourceChange{Kind: checks.SourceCommand, Path: is.repo(), Line: is.line, Address: address(is.address()), After: "action_trigger", Detail: "sets off an action that runs something"}
			for _, p := range is.triggers.paths() {
				x.Line = is.triggers[p].line
				break
			}
			if was.triggers != nil {
				x.Before = "action_trigger"
			}
			c.add(x)
			return
		}
	}
}

func shownWordText(s string) string {
	if len(s) <= 60 && isName(s) {
		return s
	}
	return ""
}
