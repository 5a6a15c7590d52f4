package tfsource

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// compareTerragrunt compares a file of Terragrunt, which decides for the
// configuration below it: what code, what state, whose credentials, and which
// programs run around Terraform.
func compareTerragrunt(p string, base, head *commit, r *report) {
	was, is := terragruntOf(p, base), terragruntOf(p, head)
	t := terragrunt{report: r, path: p, was: was, is: is, gone: is.body == nil}
	t.protection()
	if t.gone {
		return
	}
	t.parts()
	t.arguments()
	t.runCommands()
}

// terragruntFile is what is kept of one file: its parts by address, each with all
// that stands in it.
type terragruntFile struct {
	body  *body
	parts map[string]*component
	args  *component
	defs  *module
	runs  map[string]int // calls of run_cmd, and where the first is
}

type terragrunt struct {
	*report
	path    string
	was, is *terragruntFile
	gone    bool
}

func terragruntOf(p string, c *commit) *terragruntFile {
	f := &terragruntFile{parts: map[string]*component{}, args: &component{settings: settings{}}, defs: newModule(""), runs: map[string]int{}}
	if _, ok := c.files[p]; !ok {
		return f
	}
	f.body = c.file(p)
	if f.body == nil {
		return f
	}
	for _, x := range f.body.blocks {
		name := strings.Join(append([]string{x.kind}, x.labels...), ".")
		switch x.kind {
		case "locals":
			for n, e := range x.body.args {
				f.defs.defs["local."+n] = e.source()
			}
		case "terraform":
			hooks := []string{"before_hook", "after_hook", "error_hook", "extra_arguments"}
			for _, y := range x.body.blocks {
				if slices.Contains(hooks, y.kind) {
					f.put(strings.Join(append([]string{y.kind}, y.labels...), "."), p, y)
				}
			}
			f.parts["terraform"] = &component{place: place{p, x.line}, settings: flatten(&x.body, hooks...)}
		default:
			f.put(name, p, x)
		}
	}
	f.args.settings = flatten(&body{args: f.body.args})
	if bytes.Contains(c.files[p], []byte("run_cmd")) {
		f.runs = runCommands(c.files[p], isJSON(p))
	}
	return f
}

func (f *terragruntFile) put(name, p string, x *block) {
	if old := f.parts[name]; old != nil {
		old.settings.block(x.kind, x)
		return
	}
	f.parts[name] = &component{place: place{p, x.line}, kind: x.kind, settings: flatten(&x.body)}
}

func (t *terragrunt) protection() {
	rank := func(f *terragruntFile) protection {
		if f.body != nil {
			if e, ok := f.body.args["prevent_destroy"]; ok {
				return protectionOf(place{t.path, e.line}, e)
			}
		}
		return protection{word: "none"}
	}
	was, is := rank(t.was), rank(t.is)
	if is.rank >= was.rank {
		return
	}
	x := checks.SourceChange{Kind: checks.SourcePreventDestroy, Path: checks.Path(t.path), Line: is.line, Address: "terragrunt", Before: was.word, After: is.word, Detail: "terragrunt would no longer refuse to destroy"}
	if !is.set {
		x.Line, x.Removed = was.line, true
	}
	t.add(x)
}

// parts compares the blocks.
func (t *terragrunt) parts() {
	for _, name := range slices.Sorted(maps.Keys(t.is.parts)) {
		is := t.is.parts[name]
		was := t.was.parts[name]
		if was == nil {
			was = &component{settings: settings{}}
		}
		diff := differing(was.settings, is.settings, t.was.defs.resolve, t.is.defs.resolve)
		if len(diff) == 0 && t.was.parts[name] != nil {
			continue
		}
		how := "changed: "
		if t.was.parts[name] == nil {
			how = "new: "
		}
		x := checks.SourceChange{Path: checks.Path(t.path), Line: is.line, Address: address(name)}
		switch top(name) {
		case "before_hook", "after_hook", "error_hook":
			x.Kind, x.After, x.Detail = checks.SourceCommand, top(name), how+"runs a program before or after Terraform"
		case "extra_arguments":
			x.Kind, x.After, x.Detail = checks.SourceCommand, top(name), how+"arguments and environment that Terraform is run with"
		case "engine":
			x.Kind, x.After, x.Detail = checks.SourceCommand, top(name), how+"another program runs in Terraform's place"
		case "terraform", "unit", "stack":
			t.code(x, was, is)
			continue
		case "remote_state":
			if t.was.body == nil {
				continue
			}
			x.Kind, x.Before, x.After, x.Detail = checks.SourceBackend, shownWord(was.settings["backend"]), shownWord(is.settings["backend"]), how+named(diff)
		case "generate":
			if t.was.body == nil && !strings.Contains(is.settings["contents"].text, "provisioner") && !strings.Contains(is.settings["contents"].text, "external") {
				continue
			}
			x.Kind, x.Detail = generated(is.settings["contents"].text), how+"source that is written before Terraform runs"
		case "include":
			if t.was.body == nil {
				continue
			}
			x.Kind, x.Detail = checks.SourceModule, how+"settings are taken from another file"
		default:
			continue
		}
		if how == "changed: " && x.Before == "" {
			x.Before = x.After
		}
		t.add(x)
	}
	for _, name := range slices.Sorted(maps.Keys(t.was.parts)) {
		was := t.was.parts[name]
		if t.is.parts[name] != nil || (top(name) != "remote_state" && top(name) != "include") {
			continue
		}
		x := checks.SourceChange{Kind: checks.SourceBackend, Path: checks.Path(t.path), Line: was.line, Address: address(name), Removed: true, Detail: "gone: said where the state is kept"}
		if top(name) == "include" {
			x.Kind, x.Detail = checks.SourceModule, "gone: settings were taken from another file, perhaps where the state is kept"
		}
		t.add(x)
	}
}

// code compares where a unit's code comes from.
func (t *terragrunt) code(x checks.SourceChange, was, is *component) {
	a, b := was.settings["source"], is.settings["source"]
	if t.was.defs.resolve(a) == t.is.defs.resolve(b) {
		return
	}
	call := func(s setting) *call { return &call{source: s.word, literal: s.kind == kindString} }
	from, to := call(a), call(b)
	x.Kind, x.Line = checks.SourceModule, b.line
	if b.line == 0 {
		x.Line = is.line
	}
	x.Before, _ = shownCall(from)
	x.After, _ = shownCall(to)
	switch o := originOf(to); {
	case a.text == "" && o == fromFolder:
		return
	case a.text == "":
		x.Detail = and("new code from elsewhere", unpinned(to, o))
	case o == fromUnknown:
		x.Detail = "the source has to be evaluated: where the code comes from is not known"
	case from.literal && where(from.source) == where(to.source):
		x.Detail = and("another version or part of the same place", unpinned(to, o))
	default:
		x.Detail = and("another place", unpinned(to, o))
	}
	t.add(x)
}

// generated tells what a generated file is about by its text.
func generated(contents string) checks.SourceKind {
	switch {
	case strings.Contains(contents, "provisioner"), strings.Contains(contents, "external"):
		return checks.SourceCommand
	case strings.Contains(contents, "backend"):
		return checks.SourceBackend
	case strings.Contains(contents, "provider"):
		return checks.SourceProviderSettings
	}
	return checks.SourceModule
}

// arguments compares those that stand outside of blocks.
func (t *terragrunt) arguments() {
	diff := differing(t.was.args.settings, t.is.args.settings, t.was.defs.resolve, t.is.defs.resolve)
	for _, p := range diff {
		x := checks.SourceChange{Path: checks.Path(t.path), Line: t.is.args.settings[p].line, Address: "terragrunt", Detail: "changed: " + named([]string{p})}
		if _, ok := t.is.args.settings[p]; !ok {
			x.Line, x.Removed = t.was.args.settings[p].line, true
		}
		switch name := top(p); {
		case name == "terraform_binary":
			x.Kind, x.Detail = checks.SourceCommand, "another program runs in Terraform's place"
		case strings.HasPrefix(name, "iam_"):
			x.Kind, x.Detail = checks.SourceProviderSettings, x.Detail+"; another account, role or identity"
		case name == "generate", name == "remote_state":
			if t.was.body == nil {
				continue
			}
			x.Kind = generated(t.is.args.settings[p].text)
			if name == "remote_state" {
				x.Kind = checks.SourceBackend
			}
		default:
			continue
		}
		t.add(x)
	}
}

// runCommands tells of calls of run_cmd, which Terragrunt makes whenever it reads
// the file.
func (t *terragrunt) runCommands() {
	for call, line := range t.is.runs {
		if _, ok := t.was.runs[call]; !ok {
			t.add(checks.SourceChange{Kind: checks.SourceCommand, Path: checks.Path(t.path), Line: line, Address: "run_cmd", After: "run_cmd", Detail: "new or changed: runs a program whenever the file is read"})
		}
	}
}

func runCommands(src []byte, inJSON bool) map[string]int {
	out := map[string]int{}
	if inJSON {
		for i, l := range bytes.Split(src, []byte("\n")) {
			if bytes.Contains(l, []byte("run_cmd")) {
				out[string(bytes.TrimSpace(l))] = i + 1
			}
		}
		return out
	}
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	for i := 0; i+1 < len(tokens); i++ {
		if string(tokens[i].Bytes) != "run_cmd" || tokens[i+1].Type != hclsyntax.TokenOParen {
			continue
		}
		depth, j := 0, i+1
		for ; j < len(tokens); j++ {
			switch tokens[j].Type {
			case hclsyntax.TokenOParen:
				depth++
			case hclsyntax.TokenCParen:
				depth--
			}
			if depth == 0 {
				break
			}
		}
		var w writer
		w.tokens(tokens[i:min(j+1, len(tokens))])
		if text := w.String(); out[text] == 0 {
			out[text] = tokens[i].Range.Start.Line
		}
		// What is within a call's brackets is part of it, so the work stays linear.
		i = j
	}
	return out
}
