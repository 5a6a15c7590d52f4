package tfsource

import (
	"github.com/claw-verified/claw-verified/checks"
)

// state compares where the state is kept, and whether it is encrypted. Values are
// not shown: a backend's settings may be credentials.
func (c *comparison) state(b, h *module, fresh bool) {
	if fresh {
		return // a new root has no state that could be left behind
	}
	for _, part := range []string{"backend", "encryption"} {
		x := checks.SourceChange{Kind: checks.SourceBackend, Address: "terraform"}
		was, is := b.state[part], h.state[part]
		word := func(s *component) string {
			switch {
			case s != nil:
				return s.kind
			case part == "backend":
				return "local"
			}
			return "none"
		}
		x.Before, x.After = word(was), word(is)
		what := "the state is kept"
		if part == "encryption" {
			what = "the state and plans are encrypted"
		}
		switch {
		case was == nil && is == nil:
			continue
		case was == nil:
			x.Path, x.Line, x.Detail = is.repo(), is.line, "new: says where "+what
			if part == "encryption" {
				x.Detail = "new: says how " + what
			}
		case is == nil:
			x.Path, x.Line, x.Removed, x.Detail = was.repo(), was.line, true, "gone: said where "+what
			if part == "encryption" {
				x.Detail = "gone: said how " + what
			}
		default:
			diff := differing(was.settings, is.settings, b.resolve, h.resolve)
			if was.kind == is.kind && len(diff) == 0 {
				continue
			}
			x.Path, x.Line = is.repo(), is.line
			x.Detail = "another kind"
			if was.kind == is.kind {
				x.Detail = "changed: " + named(diff)
			}
		}
		c.add(x)
	}
}

// compareBackendFile compares a partial configuration of a backend, which is given
// to `terraform init`.
func compareBackendFile(p string, base, head *commit, r *report) {
	read := func(c *commit) (settings, *module) {
		m := newModule("")
		if _, ok := c.files[p]; !ok {
			return nil, m
		}
		b := c.file(p)
		if b == nil {
			return nil, m
		}
		return flatten(b), m
	}
	was, bm := read(base)
	is, hm := read(head)
	if was == nil {
		return // nobody used it yet; what then uses it is not in the source
	}
	diff := differing(was, is, bm.resolve, hm.resolve)
	if len(diff) == 0 {
		return
	}
	x := checks.SourceChange{Kind: checks.SourceBackend, Path: checks.Path(p), Line: 1, Address: "backend configuration", Removed: is == nil, Detail: "changed: " + named(diff)}
	if is == nil {
		x.Detail = "gone: said where the state is kept"
	}
	r.add(x)
}
