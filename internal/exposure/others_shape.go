package exposure

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// shape says where a type of rule has what. Names are attributes, with dots into
// blocks of which there is one. An empty name: the type has no such thing.
type shape struct {
	set string // kind of set: "sg"
	// owner is the attribute that names the set; of a resource that is the set, its id.
	owner string
	whole bool // the resource is the set

	lists     []rules // blocks with rules; none: the resource is one rule
	direction string  // of a rule, in an attribute
	fixed     string  // direction of all rules; default ingress

	cidr    []string // addresses; words for everybody count
	named   []string // lists of addresses elsewhere
	groups  []string // machines of the same owner
	limits  []string // what a rule is limited to
	nobody  bool     // no source at all is everybody
	without string   // attribute that, when it is true, makes the rule count for nothing
	needs   string   // attribute that must not be false

	protocol string
	ports    []string
	from, to string
	fixedTo  []reach // of services with known ports

	action    string // what a rule does; empty: it lets in
	otherwise string // what is done without action: "deny" or allow
	order     string // place of a rule; lists are tried in their order without it
	ordered   bool
	policy    map[string]string // direction -> attribute of the set that says what no rule decides
	policyIs  string            // what is done when that attribute is not set: "allow" or deny
	empty     bool              // a set without rules lets everybody in
	quiet     bool              // but that is the default of the provider, and of a new one nobody's doing
	fresh     bool              // the object is new; set while it is read
	global    bool              // there is one set, without a name
	private   [2]string         // an attribute and the word that says that nobody comes from outside
}

// rules are the blocks of one attribute.
type rules struct {
	attribute string
	direction string // empty: as the shape says
	end       string // "source" or "destination": put in front of the names of addresses
	computed  bool   // a default that the provider fills in
}

func (x shape) extract(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	o := Owner{Attribute: x.owner}
	if x.owner != "" {
		o.ID = f.id(x.set, x.owner)
	}
	if x.whole {
		o.Attribute = ""
	}
	if x.global {
		o = Owner{ID: x.set, Attribute: "id"}
	}
	marker := Line{Owner: o}
	if x.private[0] != "" && f.word(x.private[0]) == x.private[1] {
		return []Line{marker}
	}
	if x.without != "" && f.is(x.without, true) && x.policy == nil || x.needs != "" && f.is(x.needs, false) {
		return []Line{marker}
	}
	x.fresh = isNew(c, s) && !c.Old().Exists()
	return append([]Line{marker}, besides(c, s, func(s tfvalue.Side) []scoped { return x.all(c, s, o) })...)
}

func (x shape) all(c *tfvalue.Change, s tfvalue.Side, o Owner) []scoped {
	f := root(s)
	l := Line{Owner: o, Ordered: x.ordered}
	if x.without != "" && f.is(x.without, true) {
		// A firewall that is switched off lets everything through.
		out := []scoped{}
		for _, d := range []string{"ingress", "egress"} {
			for _, y := range everything(o, d).open() {
				y.Ordered = x.ordered
				out = append(out, scoped{Line: y})
			}
		}
		return out
	}
	if len(x.lists) == 0 {
		l.Sensitive = marked(c)
		return x.rule(f, l, rules{}, 0, true)
	}
	var out []scoped
	n := 0
	for _, list := range x.lists {
		top, _, _ := strings.Cut(list.attribute, ".")
		l.Sensitive = marked(c, top)
		var blocks []fields
		var needs []string
		if top == list.attribute {
			blocks, needs = rulesOf(c, s, list.attribute, list.computed)
		} else {
			blocks = f.under(list.attribute)
		}
		for i, r := range blocks {
			for _, y := range x.rule(r, l, list, i+1, false) {
				if needs != nil {
					y.Needs = needs
				}
				out = append(out, y)
			}
			n++
		}
	}
	if n == 0 && x.empty {
		for _, y := range spread(l.in("ingress").open(), x.reaches(f)) {
			out = append(out, scoped{Line: y})
		}
	}
	for _, d := range []string{"ingress", "egress"} {
		if x.policy[d] == "" {
			continue
		}
		does := f.word(x.policy[d])
		if does == "" {
			does = x.policyIs
		}
		if v, ok := f.deep(x.policy[d]); ok && v.Unknown {
			does = "allow"
		}
		if refuses(does) {
			continue
		}
		y := everything(o, d)
		y.Ordered, y.Order, y.Sensitive = true, lastOrder-1, marked(c, x.policy[d])
		for _, y := range y.open() {
			out = append(out, scoped{Line: y})
		}
	}
	return out
}

func (l Line) in(direction string) Line {
	l.Direction = direction
	return l
}

func (x shape) reaches(f fields) []reach {
	switch {
	case x.fixedTo != nil:
		return x.fixedTo
	case x.from != "":
		if some, _ := portsIn(f.deep, x.ports...); len(some) == 0 {
			return rangeReaches(f.deep, x.protocol, x.from, x.to)
		}
	}
	return reaches(f.deep, x.protocol, x.ports...)
}

// rule reads one rule. alone says that the rule is a resource of its own.
func (x shape) rule(f fields, l Line, list rules, index int, alone bool) []scoped {
	if !alone && (x.without != "" && x.policy == nil && f.is(x.without, true)) {
		return nil
	}
	l.Direction = "ingress"
	switch {
	case list.direction != "":
		l.Direction = list.direction
	case x.direction != "":
		l.Direction = f.direction(x.direction)
	case x.fixed != "":
		l.Direction = x.fixed
	}
	if x.action != "" {
		l.Deny = f.denies(x.action)
		if x.otherwise == "deny" && !f.has(x.action) {
			l.Deny = true
		}
	}
	switch {
	case !x.ordered:
	case x.order != "":
		l.Order = f.order(x.order, 0, l.Deny)
	default:
		l.Order = index
	}
	ended := func(names []string) []string {
		var out []string
		for _, n := range names {
			out = append(out, list.end+n)
		}
		return out
	}
	at := fields(f.deep)
	needless := func(ls []Line) []Line {
		for i := range ls {
			for j, n := range ls[i].Needs {
				ls[i].Needs[j], _, _ = strings.Cut(n, ".")
			}
		}
		return ls
	}
	sources := l.from(at, alone, anywhere, ended(x.cidr)...)
	sources = append(sources, l.from(at, alone, named("list", l.Direction), ended(x.named)...)...)
	groups := l.from(at, alone, inside("group"), ended(x.groups)...)
	known := false
	for _, g := range groups {
		known = known || g.Source.Kind != SourceUnknown
	}
	if x.nobody && !known {
		// A source that nobody gives is everybody. A provider that fills it in does not
		// know it before apply, so the configuration must tell.
		if alone && !x.quiet && pending(sources, groups) {
			nobody := l
			nobody.Unless = ended(append(append(slices.Clone(x.cidr), x.named...), x.groups...))
			sources = append(sources, nobody.open()...)
		}
		if len(sources) == 0 && len(groups) == 0 && (!x.quiet || !x.fresh) {
			sources = l.open()
		}
	}
	sources = needless(append(sources, groups...))
	limits, all := limitsIn(f, "", l.Deny, azureAll, x.limits...)
	if all {
		limits = nil
	}
	var out []scoped
	for _, y := range spread(sources, x.reaches(f)) {
		out = append(out, scoped{y, limits})
	}
	return out
}

// pending reports whether nothing is known of any source.
func pending(sources ...[]Line) bool {
	some := false
	for _, ls := range sources {
		for i := range ls {
			if ls[i].Source.Kind != SourceUnknown {
				return false
			}
			some = true
		}
	}
	return some
}

func refuses(word string) bool {
	switch word {
	case "deny", "drop", "reject", "block", "refuse":
		return true
	}
	return false
}
