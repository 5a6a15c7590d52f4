package tfsource

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// module is what is kept of one folder of configuration.
type module struct {
	dir       string
	resources map[string]*resource // by address; data, ephemeral and actions too
	calls     map[string]*call
	providers map[string]*component // "provider.aws", "provider.aws.west"
	required  map[string]*requirement
	state     map[string]*component // "backend", "cloud", "encryption"
	moved     []move
	removed   []*resource // what removed blocks run, and whether they destroy
	imports   map[string]bool
	variables map[string]*declaration
	outputs   map[string]*declaration
	checks    map[string]*declaration
	functions map[string]place   // calls of functions of providers: "provider::x::y"
	defs      map[string]source  // "local.x", "var.x": what references rest on
	problems  []located          // what stands there twice
	texts     map[string]setting // memo of def
	whole     string             // memo of everything
	rests     []sink             // memo of sinks
	opaque    bool               // one of its files cannot be read
}

// place is where something stands.
type place struct {
	path string
	line int
}

func (p place) repo() checks.Path { return checks.Path(p.path) }

type located struct {
	place
	why string
}

// component is a block of which only the settings count.
type component struct {
	place
	kind     string // "s3", of a backend
	settings settings
}

// requirement is one entry of required_providers.
type requirement struct {
	place
	source  string // as written; empty: hashicorp/<name>
	version string // the constraint, without blanks
	other   string // what cannot be told from a literal
}

// call is a module call.
type call struct {
	place
	source    string
	version   string
	bound     []string // what the version rests on
	args      map[string]*argument
	literal   bool // the source is one
	rest      setting
	providers string // the providers map, as a text
	given     place  // of it
}

// move is a moved block.
type move struct {
	from, to []string
	part     bool // from names one instance
}

func newModule(dir string) *module {
	return &module{
		dir: dir, resources: map[string]*resource{}, calls: map[string]*call{}, providers: map[string]*component{}, required: map[string]*requirement{},
		state: map[string]*component{}, imports: map[string]bool{}, defs: map[string]source{},
		variables: map[string]*declaration{}, outputs: map[string]*declaration{}, checks: map[string]*declaration{}, functions: map[string]place{},
	}
}

// add puts the blocks of one file into the module. A primary file must not declare
// what another one has; an override file changes it.
func (m *module) add(path string, b *body, override bool) {
	at := func(line int) place { return place{path, line} }
	twice := func(line int, what string) {
		m.problems = append(m.problems, located{at(line), what + " is declared twice"})
	}
	resources := func(b *body) {
		for _, mode := range []string{"resource", "data", "ephemeral", "action"} {
			b.each(mode, 2, func(x *block) {
				r := newResource(path, mode, x)
				old, ok := m.resources[r.address()]
				switch {
				case !ok:
					m.resources[r.address()] = r
				case override:
					old.override(r)
				default:
					twice(x.line, "a "+mode)
					old.weaken(r)
				}
			})
		}
	}
	resources(b)
	b.each("check", 1, func(x *block) {
		resources(&x.body)
		m.declare(m.checks, path, x, override)
	})
	b.each("output", 1, func(x *block) { m.declare(m.outputs, path, x, override) })
	b.each("module", 1, func(x *block) {
		c := newCall(path, x)
		old, ok := m.calls[x.labels[0]]
		switch {
		case !ok:
			m.calls[x.labels[0]] = c
		case override:
			old.set(path, &x.body)
		default:
			twice(x.line, "a module call")
		}
	})
	b.each("provider", 1, func(x *block) {
		address := "provider." + x.labels[0]
		if e, ok := x.body.args["alias"]; ok {
			if k, alias := e.literal(); k == kindString {
				address += "." + alias
			}
		}
		p := &component{place: at(x.line), settings: flatten(&x.body, "alias")}
		old, ok := m.providers[address]
		switch {
		case !ok:
			m.providers[address] = p
		case override:
			old.settings.override(path, p.settings)
		default:
			twice(x.line, "a provider")
			old.settings.override(path, p.settings)
		}
	})
	b.each("terraform", 0, func(x *block) { m.terraform(path, &x.body) })
	b.each("locals", 0, func(x *block) {
		for name, e := range x.body.args {
			m.defs["local."+name] = e.source()
		}
	})
	b.each("variable", 1, func(x *block) {
		m.declare(m.variables, path, x, override)
		if e, ok := x.body.args["default"]; ok {
			m.defs["var."+x.labels[0]] = e.source()
		}
	})
	b.each("moved", 0, func(x *block) {
		from, to := x.body.args["from"], x.body.args["to"]
		m.moved = append(m.moved, move{steps(from.reference()), steps(to.reference()), strings.HasSuffix(from.reference(), "]")})
	})
	b.each("import", 0, func(x *block) {
		to := x.body.args["to"]
		m.imports[strings.Join(steps(to.reference()), ".")] = true
	})
	b.each("removed", 0, func(x *block) { m.removed = append(m.removed, newRemoved(path, x)) })
}

func (m *module) terraform(path string, b *body) {
	state := func(kind string, x *block) {
		s := &component{place: place{path, x.line}, kind: kind, settings: flatten(&x.body)}
		where := x.kind
		if where == "cloud" || where == "backend" {
			// Each takes the place of the other.
			where = "backend"
		}
		m.state[where] = s
	}
	b.each("backend", 1, func(x *block) { state(x.labels[0], x) })
	b.each("cloud", 0, func(x *block) { state("cloud", x) })
	b.each("encryption", 0, func(x *block) { state("encryption", x) })
	b.each("required_providers", 0, func(x *block) {
		for _, name := range x.body.names() {
			m.required[name] = newRequirement(path, x.body.args[name])
		}
	})
}

func newRequirement(path string, e expr) *requirement {
	r := &requirement{place: place{path, e.line}}
	put := func(to *string, e expr) {
		if k, s := e.literal(); k == kindString {
			*to = s
		} else {
			r.other += e.text()
		}
	}
	if fields, ok := e.fields(); ok {
		for _, f := range fields {
			switch f.name {
			case "source":
				put(&r.source, f.expr)
			case "version":
				put(&r.version, f.expr)
			}
		}
	} else {
		put(&r.version, e)
	}
	r.version = constraint(r.version)
	return r
}

// constraint returns a version constraint in a form that does not depend on blanks
// and order.
func constraint(s string) string {
	parts := strings.Split(strings.Join(strings.Fields(s), ""), ",")
	slices.Sort(parts)
	return strings.TrimPrefix(strings.Join(slices.Compact(parts), ", "), ", ")
}

func newCall(path string, x *block) *call {
	c := &call{place: place{path, x.line}}
	c.set(path, &x.body)
	return c
}

func (c *call) set(path string, b *body) {
	if e, ok := b.args["source"]; ok {
		k, s := e.literal()
		c.source, c.literal = s, k == kindString
		c.rest = settingOf(e)
		c.place = place{path, e.line}
	}
	if e, ok := b.args["version"]; ok {
		if k, s := e.literal(); k == kindString {
			c.version = constraint(s)
		} else {
			s := settingOf(e)
			c.version, c.bound = "?"+s.text, s.refs
		}
	}
	if e, ok := b.args["providers"]; ok {
		c.providers, c.given = providersText(e), place{path, e.line}
	}
	for name, e := range b.args {
		if c.args == nil {
			c.args = map[string]*argument{}
		}
		if !metaArguments[name] {
			c.args[name] = &argument{source: e.source(), place: place{path, e.line}}
		}
	}
}

// metaArguments of a module call are no values of its variables.
var metaArguments = map[string]bool{"source": true, "version": true, "providers": true, "count": true, "for_each": true, "depends_on": true}

// providersText writes the map from the module's providers to the caller's.
func providersText(e expr) string {
	var parts []string
	fields, ok := e.fields()
	if ok {
		for _, f := range fields {
			parts = append(parts, f.name+"="+f.reference())
		}
		return strings.Join(parts, ", ")
	}
	// A key such as aws.west is no literal.
	if e.json == nil {
		if pairs, ok := e.pairs(); ok {
			for _, p := range pairs {
				parts = append(parts, p[0].reference()+"="+p[1].reference())
			}
			slices.Sort(parts)
			return strings.Join(parts, ", ")
		}
	}
	return e.text()
}
