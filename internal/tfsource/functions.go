package tfsource

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/claw-verified/claw-verified/checks"
)

// functions tells of functions that providers define and that nothing called before:
// their code runs whenever an expression is evaluated, also while planning.
func (c *comparison) functions(b, h *module) {
	for _, name := range slices.Sorted(maps.Keys(h.functions)) {
		if _, ok := b.functions[name]; ok || c.usedFunction(name) {
			continue
		}
		at := h.functions[name]
		c.add(checks.SourceChange{
			Kind: checks.SourceCommand, Path: at.repo(), Line: at.line, Address: address(name), After: "function",
			Detail: "new: a function that a provider defines; its code runs while the plan is made",
		})
	}
}

// usedFunction reports whether the base calls a function anywhere.
func (c *comparison) usedFunction(name string) bool {
	key := "function\x00" + name
	if used, ok := c.sources[key]; ok {
		return used
	}
	used := false
	for _, m := range c.naming(name[strings.LastIndexByte(name, ':')+1:]) {
		_, ok := m.functions[name]
		used = used || ok
	}
	c.sources[key] = used
	return used
}

// calling notes the calls of functions of providers in a file that was parsed. Those
// of Terraform itself do nothing but write and read its syntax.
func (m *module) calling(path string, src []byte) {
	put := func(ns, name string, line int) {
		full := "provider::" + ns + "::" + name
		if _, ok := m.functions[full]; !ok && ns != "terraform" {
			m.functions[full] = place{path, line}
		}
	}
	if isJSON(path) {
		line := 1
		for l := range bytes.Lines(src) {
			for _, f := range jsonFunction.FindAllSubmatch(unescaped(l), -1) {
				put(string(f[1]), string(f[2]), line)
			}
			line++
		}
		return
	}
	if !bytes.Contains(src, []byte("::")) {
		return
	}
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	tokens = slices.DeleteFunc(tokens, func(t hclsyntax.Token) bool {
		return t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment
	})
	for i := 0; i+4 < len(tokens); i++ {
		if t := tokens[i : i+5]; string(t[0].Bytes) == "provider" && t[1].Type == hclsyntax.TokenDoubleColon && t[3].Type == hclsyntax.TokenDoubleColon {
			put(string(t[2].Bytes), string(t[4].Bytes), t[0].Range.Start.Line)
		}
	}
}

var (
	jsonFunction = regexp.MustCompile(`provider\s*::\s*([\pL\d_-]+)\s*::\s*([\pL\d_-]+)`)
	jsonEscape   = regexp.MustCompile(`\\u00[0-7][0-9A-Fa-f]`)
)

// unescaped undoes the escapes by which JSON can spell plain letters another way.
func unescaped(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	return jsonEscape.ReplaceAllFunc(s, func(e []byte) []byte {
		n, err := strconv.ParseUint(string(e[2:]), 16, 8)
		if err != nil {
			return e
		}
		return []byte{byte(n)}
	})
}

// compareSubmodules tells that code is fetched from elsewhere, or into another
// folder, where the repository has configuration that could lead there.
func compareSubmodules(p string, base, head *commit, r *report) {
	if len(base.dirs) == 0 && len(head.dirs) == 0 {
		return
	}
	_, in := head.files[p]
	r.add(checks.SourceChange{
		Kind: checks.SourceModule, Path: checks.Path(p), Line: 1, Address: "submodules", Removed: !in,
		Detail: "from where submodules come, and into which folders: code that modules of the repository may lead to",
	})
}
