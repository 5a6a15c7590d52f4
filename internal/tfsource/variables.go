package tfsource

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
)

// files compares the values of variables that stand in files of their own. Those
// that Terraform loads by itself count together, as it merges them; any other by
// itself, when it was there before: nobody used a new one yet.
func (c *comparison) files() {
	var single []string
	auto := map[string]bool{} // folders
	for _, p := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.base.paths(), c.head.paths())))) {
		if f := formatOf(p); f != formatVars && f != formatTerragrunt && f != formatHCL {
			continue
		}
		was, inBase := c.base.files[c.formerFile(p)]
		is, inHead := c.head.files[p]
		if inBase && inHead && bytes.Equal(was, is) {
			continue
		}
		switch {
		case formatOf(p) == formatVars && loaded(p) && c.head.module(folder(p)) != nil:
			auto[folder(p)] = true
		case inBase && inHead && c.base.problem(c.formerFile(p)) == nil && c.head.problem(p) == nil:
			single = append(single, p)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(auto)) {
		if c.base.dirs[c.twin(dir)] == nil {
			continue // a new root
		}
		was, is := c.base.loaded(c.twin(dir)), c.head.loaded(dir)
		c.values(was, is, nil, nil, func(string) []*module { return []*module{c.head.module(dir)} })
	}
	terragrunt := c.base.usesTerragrunt() || c.head.usesTerragrunt()
	for _, p := range single {
		to := func(name string) []*module { return c.declaring(folder(p), name) }
		if formatOf(p) == formatVars {
			c.values(c.base.variables(c.formerFile(p)), c.head.variables(p), nil, nil, to)
		} else if terragrunt {
			was, bm := inputs(c.base.commit, c.formerFile(p))
			is, hm := inputs(c.head.commit, p)
			c.values(was, is, bm, hm, to)
		}
	}
}

// formerFile returns the path at the base of a file beside the configuration.
func (c *comparison) formerFile(p string) string {
	if _, ok := c.base.files[p]; ok {
		return p
	}
	return path.Join(c.twin(folder(p)), path.Base(p))
}

// values compares two sets of values. bm and hm hold what these rest on, if anything.
func (c *comparison) values(was, is map[string]*argument, bm, hm *module, to func(name string) []*module) {
	if bm == nil {
		bm, hm = newModule(""), newModule("")
	}
	names := slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		by := "a variable has another value"
		if shown := shownWordText(name); shown != "" {
			by = "the variable " + shown + " has another value"
		}
		b, h := was[name], is[name]
		if b != nil && h != nil && c.spend(1+b.work()+h.work()) && bm.resolve(b.parts().setting()) == hm.resolve(h.parts().setting()) {
			continue
		}
		for _, m := range to(name) {
			c.give(m, name, bm, hm, b, h, by)
		}
	}
}

// declaring returns the modules that a file of values may be meant for: the nearest
// folder at or above it that declared the variable before, or else all that do.
func (c *comparison) declaring(dir, name string) []*module {
	for d := dir; ; d = folder(d) {
		if m := c.head.module(d); m != nil && m.variables[name] != nil {
			if b := c.base.module(c.twin(d)); b != nil && b.variables[name] != nil {
				return []*module{m}
			}
		}
		if d == "" {
			break
		}
	}
	var out []*module
	for _, d := range slices.Sorted(maps.Keys(c.head.dirs)) {
		if c.base.dirs[c.twin(d)] == nil {
			continue
		}
		work := 1
		for _, p := range c.head.dirs[d] {
			work += len(c.head.files[p]) >> 12
		}
		if !c.spend(work) {
			return nil
		}
		if !c.head.mentions(d, name) {
			continue
		}
		if m := c.head.module(d); m != nil && m.variables[name] != nil {
			out = append(out, m)
		}
	}
	return out
}

// loaded returns the values that Terraform loads by itself in a folder. Of several
// files the last one counts: terraform.tfvars, its JSON, then the others by name.
func (c *commit) loaded(dir string) map[string]*argument {
	var paths []string
	for _, p := range c.paths() {
		if folder(p) == dir && formatOf(p) == formatVars && loaded(p) {
			paths = append(paths, p)
		}
	}
	rank := func(p string) int {
		return slices.Index([]string{"terraform.tfvars", "terraform.tfvars.json"}, path.Base(p))
	}
	slices.SortStableFunc(paths, func(a, b string) int {
		x, y := rank(a), rank(b)
		switch {
		case x >= 0 && y >= 0:
			return x - y
		case x >= 0:
			return -1
		case y >= 0:
			return 1
		}
		return strings.Compare(a, b)
	})
	out := map[string]*argument{}
	for _, p := range paths {
		maps.Copy(out, c.variables(p))
	}
	return out
}

// variables returns the values in one file.
func (c *commit) variables(p string) map[string]*argument {
	out := map[string]*argument{}
	if _, ok := c.files[p]; !ok {
		return out
	}
	if b := c.file(p); b != nil {
		for name, e := range b.args {
			out[name] = &argument{source: e.source(), place: place{p, e.line}}
		}
	}
	return out
}

// inputs returns the values that a file of Terragrunt gives, as far as they are
// written out, and what they rest on.
func inputs(c *commit, p string) (map[string]*argument, *module) {
	out, m := map[string]*argument{}, newModule("")
	b := c.file(p)
	if b == nil {
		return out, m
	}
	b.each("locals", 0, func(x *block) {
		for name, e := range x.body.args {
			m.defs["local."+name] = e.source()
		}
	})
	if fields, ok := b.args["inputs"].fields(); ok {
		for _, f := range fields {
			out[f.name] = &argument{source: f.source(), place: place{p, f.line}}
		}
	}
	return out, m
}
