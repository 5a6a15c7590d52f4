package tfsource

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// modules compares where module calls take their code from.
func (c *comparison) modules(b, h *module) {
	for _, name := range slices.Sorted(maps.Keys(h.calls)) {
		is, was := h.calls[name], b.calls[name]
		x := checks.SourceChange{Kind: checks.SourceModule, Path: is.repo(), Line: is.line, Address: address("module", name)}
		var hidden bool
		x.After, hidden = shownCall(is)
		to := originOf(is)
		if was == nil {
			if to != fromFolder && !c.usedSource(is) {
				x.Detail = and("new code from elsewhere", unpinned(is, to))
				c.add(x)
			}
			continue
		}
		c.passed(name, was, is)
		if h.resolve(is.rest) == b.resolve(was.rest) && is.version == was.version {
			continue
		}
		var other bool
		x.Before, other = shownCall(was)
		from := originOf(was)
		switch {
		case to == fromUnknown:
			x.Detail = "the source has to be evaluated: where the code comes from is not known"
		case is.source == was.source && was.version != "" && is.version == "":
			x.Detail = "the version is no longer bound"
		case is.source == was.source:
			x.Detail = "another version"
		case from == fromFolder && to == fromFolder:
			x.Detail = "another folder of the repository"
		case from == fromFolder:
			x.Detail = "code from elsewhere in place of the repository's"
		case to == fromFolder:
			x.Detail = "a folder of the repository in place of code from elsewhere"
		case where(is.source) == where(was.source):
			x.Detail = "another version or part of the same place"
		default:
			x.Detail = "another place"
		}
		x.Detail = and(x.Detail, unpinned(is, to))
		if x.Before == x.After && x.Before != "" && (hidden || other) {
			x.Detail = and(x.Detail, "they differ in a part that is not shown")
		}
		c.add(x)
	}
}

// passed compares the providers that a module is given.
func (c *comparison) passed(name string, was, is *call) {
	if was.providers == is.providers {
		return
	}
	at := is.given
	if at.path == "" {
		at = is.place
	}
	c.add(checks.SourceChange{
		Kind: checks.SourceProviderSettings, Path: at.repo(), Line: at.line, Address: address("module", name),
		Before: shownReferences(was.providers), After: shownReferences(is.providers),
		Detail: "the module acts with other provider settings: another account, region or role",
	})
}

// shownReferences lets a text through that is nothing but names.
func shownReferences(s string) string {
	if isName(strings.NewReplacer(", ", "", "=", "").Replace(s)) {
		return s
	}
	return ""
}

func shownCall(c *call) (string, bool) {
	if !c.literal {
		return "", true
	}
	s, hidden := shownSource(c.source)
	switch {
	case strings.HasPrefix(c.version, "?"):
		return s, true
	case c.version != "":
		s += " " + c.version
	}
	return s, hidden
}

// unpinned says when the code can change without a change of the source.
func unpinned(c *call, o origin) string {
	switch {
	case o == fromGit && !strings.Contains(c.source, "ref="):
		return "bound to no commit, tag or branch"
	case o == fromRegistry && c.version == "":
		return "bound to no version"
	case o == fromElsewhere && strings.HasPrefix(c.source, "http://"):
		return "fetched without encryption"
	}
	return ""
}

// where is a source without its parameters and the folder in it.
func where(s string) string {
	s, _, _ = strings.Cut(s, "?")
	scheme := ""
	if i := strings.Index(s, "://"); i >= 0 {
		scheme, s = s[:i+3], s[i+3:]
	}
	s, _, _ = strings.Cut(s, "//")
	return scheme + s
}

// usedSource reports whether the base takes the same code in the same version
// anywhere: then it is not new.
func (c *comparison) usedSource(is *call) bool {
	key := is.source + "\x00" + is.version
	if !is.literal || is.source == "" || strings.HasPrefix(is.version, "?") {
		return false
	}
	if used, ok := c.sources[key]; ok {
		return used
	}
	used := false
	for _, m := range c.naming(is.source) {
		for _, k := range m.calls {
			used = used || (k.literal && k.source == is.source && k.version == is.version)
		}
	}
	c.sources[key] = used
	return used
}

// naming returns the modules of the base whose files have a word in them.
func (c *comparison) naming(word string) []*module {
	var out []*module
	for _, dir := range slices.Sorted(maps.Keys(c.base.dirs)) {
		for _, p := range c.base.dirs[dir] {
			if !c.spend(1 + len(c.base.files[p])>>12) {
				return nil
			}
			if bytes.Contains(c.base.files[p], []byte(word)) {
				if m := c.base.module(dir); m != nil {
					out = append(out, m)
				}
				break
			}
		}
	}
	return out
}
