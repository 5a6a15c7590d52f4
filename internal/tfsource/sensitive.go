package tfsource

import (
	"github.com/claw-verified/claw-verified/checks"
)

// marks are the arguments by which a value is kept out of plans, logs and the state.
var marks = []string{"sensitive", "ephemeral"}

// revealed tells of a variable or an output whose value is shown from now on.
func (c *comparison) revealed(b, h *module, was, is *declaration, owner string) {
	x := checks.SourceChange{Kind: checks.SourceSensitive, Path: is.repo(), Line: is.line, Address: owner}
	for _, mark := range marks {
		// What is written out is in the source for everybody to see.
		if !was.marks[mark] || is.marks[mark] || (is.value.kind != kindAbsent && is.value.kind != kindOther) {
			continue
		}
		x.Before, x.After = mark, "none"
		x.Detail = "the value is shown from now on, in plans, logs and to whoever may read outputs"
		if mark == "ephemeral" {
			x.Detail = "the value is kept from now on, in plans and in the state"
		}
		c.add(x)
	}
	if h.bare(is.value) && !b.bare(was.value) {
		x.Before, x.After = "", "nonsensitive"
		if is.value.line > 0 {
			x.Line = is.value.line
		}
		x.Detail = "the mark that keeps a secret from being shown is taken off by a function"
		c.add(x)
	}
}

// bare reports whether a value, or a local it rests on, takes the mark of a secret off.
func (m *module) bare(s setting) bool {
	found := s.bare
	m.rest(s.refs, func(_ string, d setting, _ bool) { found = found || d.bare })
	return found
}
