package tfsource

import (
	"strings"
)

// resource is what is kept of a resource, a data source, an ephemeral resource, an
// action or a removed block.
type resource struct {
	place
	mode, typ, name string
	protect         protection
	ignore          ignored
	provider        string // the meta-argument; empty: none
	providerAt      place
	runs            []run
	connection      settings
	triggers        settings // action_trigger blocks
	settings        settings // of what runs or fetches something
	conditions      []condition
	open            map[string]bool // kinds of blocks, of which it has to be evaluated how many there are
	keeps           bool            // of a removed block: the object stays
	many            bool            // it has more instances than one, as far as is known
}

// protection is prevent_destroy.
type protection struct {
	place
	set   bool
	rank  int // 0: no, 1: it has to be evaluated, 2: yes
	word  string
	value setting
}

// ignored is ignore_changes.
type ignored struct {
	place
	set   bool
	all   bool
	paths map[string]bool // "tags.owner"
}

// run is a provisioner.
type run struct {
	place
	typ      string
	settings settings
	destroy  bool // when = destroy
	goesOn   bool // on_failure = continue
}

func (r *resource) address() string {
	switch r.mode {
	case "resource":
		return r.typ + "." + r.name
	case "removed":
		return "removed." + r.name
	}
	return r.mode + "." + r.typ + "." + r.name
}

func newResource(path, mode string, x *block) *resource {
	r := &resource{place: place{path, x.line}, mode: mode, typ: x.labels[0], name: x.labels[1]}
	r.read(x)
	if e, ok := x.body.args["count"]; ok {
		_, n := e.literal()
		r.many = n != "1"
	} else if _, ok := x.body.args["for_each"]; ok {
		r.many = true
	}
	r.open = openBlocks(&x.body)
	if mode != "resource" && runsOrFetches[r.typ] != "" || mode == "action" && actionsThatRun[r.typ] != "" {
		r.settings = flatten(&x.body, "depends_on", "lifecycle")
	}
	return r
}

func newRemoved(path string, x *block) *resource {
	from := x.body.args["from"]
	r := &resource{place: place{path, x.line}, mode: "removed", name: strings.Join(steps(from.reference()), ".")}
	r.read(x)
	x.body.each("lifecycle", 0, func(l *block) {
		if k, s := l.body.args["destroy"].literal(); (k == kindBool || k == kindString) && s == "false" {
			r.keeps = true
		}
	})
	return r
}

// read takes what every kind of resource may have.
func (r *resource) read(x *block) {
	if e, ok := x.body.args["provider"]; ok {
		r.provider, r.providerAt = e.reference(), place{r.path, e.line}
	}
	x.body.each("lifecycle", 0, func(l *block) {
		if e, ok := l.body.args["prevent_destroy"]; ok {
			r.protect = protectionOf(place{r.path, e.line}, e)
		}
		if e, ok := l.body.args["ignore_changes"]; ok {
			r.ignore = ignoredOf(place{r.path, e.line}, e)
		}
		r.conditions = append(r.conditions, conditionsOf(r.path, &l.body)...)
		l.body.each("action_trigger", 0, func(t *block) {
			if r.triggers == nil {
				r.triggers = settings{}
			}
			r.triggers.block("action_trigger", t)
		})
	})
	x.body.each("connection", 0, func(c *block) { r.connection = flatten(&c.body) })
	x.body.each("provisioner", 1, func(p *block) {
		one := run{place: place{r.path, p.line}, typ: p.labels[0], settings: flatten(&p.body, "when", "on_failure")}
		one.destroy = keyword(p.body.args["when"]) == "destroy"
		one.goesOn = keyword(p.body.args["on_failure"]) == "continue"
		r.runs = append(r.runs, one)
	})
}

func keyword(e expr) string {
	if e.native == nil && e.json == nil {
		return ""
	}
	return e.reference()
}

func protectionOf(at place, e expr) protection {
	p := protection{place: at, set: true, value: settingOf(e)}
	switch k, s := e.literal(); {
	case (k == kindBool || k == kindString) && (s == "true" || s == "1"):
		p.rank, p.word = 2, "true"
	case (k == kindBool || k == kindString) && (s == "false" || s == "0"):
		p.word = "false"
	case k == kindNull:
		p.word = "null"
	default:
		p.rank, p.word = 1, "an expression"
	}
	return p
}

func ignoredOf(at place, e expr) ignored {
	i := ignored{place: at, set: true, paths: map[string]bool{}}
	list, ok := e.elements()
	if !ok {
		// "all" is the only word. Anything else is an error to Terraform, or not ours
		// to evaluate, and hides as much.
		i.all = true
		return i
	}
	for _, x := range list {
		ref := dotted(x.reference())
		if ref == "*" || ref == "" {
			i.all = true
			continue
		}
		i.paths[ref] = true
	}
	return i
}

// hides reports whether changes of an attribute are ignored: it is on the list, or
// something it is a part of.
func (i *ignored) hides(path string) bool {
	if i.all || i.paths[path] {
		return true
	}
	for n, parts := 0, 0; n < len(path) && parts < maxHops; n++ {
		if path[n] == '.' || path[n] == '[' {
			if i.paths[path[:n]] {
				return true
			}
			parts++
		}
	}
	return false
}

// override merges an override file's block: lifecycle by argument, provisioners and
// connections as a whole.
func (r *resource) override(by *resource) {
	if by.protect.set {
		r.protect = by.protect
	}
	if by.ignore.set {
		r.ignore = by.ignore
	}
	if by.provider != "" {
		r.provider, r.providerAt = by.provider, by.providerAt
	}
	if by.conditions != nil {
		r.conditions = by.conditions
	}
	for kind := range by.open {
		if r.open == nil {
			r.open = by.open
		}
		r.open[kind] = true
	}
	if by.runs != nil {
		r.runs = by.runs
	}
	if by.connection != nil {
		r.connection = by.connection
	}
	if by.triggers != nil {
		r.triggers = by.triggers
	}
	if by.settings != nil && r.settings != nil {
		r.settings.override(by.path, by.settings)
	}
}

// weaken is for a block that stands there twice, which Terraform refuses: whatever
// reads it otherwise, the weaker counts.
func (r *resource) weaken(by *resource) {
	if by.protect.rank < r.protect.rank {
		r.protect = by.protect
	}
	r.ignore.all = r.ignore.all || by.ignore.all
	for p := range by.ignore.paths {
		if r.ignore.paths == nil {
			r.ignore = by.ignore
		}
		r.ignore.paths[p] = true
	}
	r.runs = append(r.runs, by.runs...)
}
