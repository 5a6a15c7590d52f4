package privilege

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A binding is a resource that gives somebody a role, on something.
type binding struct {
	who, role, on string // attribute paths
	// under is an attribute that makes the grant smaller, such as a condition: with
	// none before, any after is narrower.
	under string

	grade  func(j *judge, g grant) grade
	public func(who string) string // says why, if it is everybody
	// anyone: an unknown who could be everybody. Elsewhere it is somebody, and the
	// role decides.
	anyone bool
	within func(small, large string) bool // of two values of on; equal when nil
	fixed  string                         // the role, where there is no attribute
	note   string

	// apart: attributes that who and role list, separated by commas, are about different
	// things: a secret's right is none to a key.
	apart bool
	// exclusive: what it does not list is taken away.
	exclusive bool
	// lifts: the binding holds somebody down, and its removal gives.
	lifts string
}

// A grant is one role for one principal on one thing. Where attributes are read
// apart, via is the one it comes from.
type grant struct{ who, role, on, under, via string }

// grants are those of one side.
type grants struct {
	list []grant
	who  bool // somebody is unknown
	role bool // some role is unknown
	on   bool

	partial bool // more is unknown, and was told
	// cut: there are too many to compare. The first of each principal and of each role
	// are in the list, so that the worst is found all the same.
	cut bool
}

const maxGrants = 50_000

func (b *binding) read(j *judge, s tfvalue.Side) grants {
	var out grants
	if !s.Exists() {
		return out
	}
	if !b.apart {
		b.add(j, s, &out)
		return out
	}
	for _, role := range alternatives(b.role) {
		for _, who := range alternatives(b.who) {
			one := *b
			one.role, one.who = role, who
			from := len(out.list)
			one.add(j, s, &out)
			for i := from; i < len(out.list); i++ {
				out.list[i].via = role
				if strings.Contains(b.who, ",") {
					out.list[i].via = who
				}
			}
		}
	}
	return out
}

// alternatives are the paths of a list with commas; one empty path of none.
func alternatives(paths string) []string { return strings.Split(paths, ",") }

func (b *binding) add(j *judge, s tfvalue.Side, out *grants) {
	who, role, on, under := j.items(s, b.who), j.items(s, b.role), j.items(s, b.on), j.items(s, b.under)
	out.who, out.role, out.on = out.who || who.unknown, out.role || role.unknown, out.on || on.unknown
	if b.role == "" {
		role.texts = []string{b.fixed}
	}
	if b.who == "" || who.unknown && len(who.texts) == 0 {
		who.texts = []string{""}
	}
	slices.Sort(under.texts)
	condition := strings.Join(under.texts, "\x00")
	if under.unknown {
		condition = ""
	}
	slices.Sort(on.texts)
	thing := strings.Join(on.texts, " ")
	out.cut = out.cut || who.cut || role.cut
	if len(role.texts) > 0 && len(who.texts) > maxGrants/len(role.texts) {
		out.cut = true
		for _, r := range role.texts {
			out.list = append(out.list, grant{who.texts[0], r, thing, condition, ""})
		}
		role.texts = role.texts[:1]
	}
	for _, r := range role.texts {
		for _, w := range who.texts {
			out.list = append(out.list, grant{w, r, thing, condition, ""})
		}
	}
}

func (b binding) judge(j *judge) { b.compare(j, b.read(j, j.old), b.read(j, j.new)) }

// compare tells the grants of one side that the other does not have.
func (b *binding) compare(j *judge, was, is grants) {
	attribute, from := b.role, []string{b.who}
	if attribute == "" {
		attribute, from = b.who, nil
	}
	if b.lifts != "" {
		b.lifted(j, attribute, from, was, is)
		return
	}
	if is.role {
		j.say(checks.ConsequenceGrantUnknown, b.role, said{note: "it says what is given", unknown: true, needs: tops(b.role)})
	}
	if was.cut || is.cut {
		j.say(checks.ConsequenceGrantUnknown, attribute, said{note: tooMuchNote})
	}
	before := newGrantSet(was.list, b.within)
	for _, g := range is.list {
		attribute := attribute
		if g.via != "" {
			attribute = g.via
		}
		if before.holds(g) && !is.on {
			continue
		}
		gr := grade{kind: checks.ConsequenceGrantWider, note: b.note}
		if b.grade != nil {
			gr = b.grade(j, g)
		}
		s := said{note: gr.note, from: from, what: []string{g.name()}}
		if is.on && before.holdsAnywhere(g) {
			s.unknown, s.needs = true, tops(b.on)
			s.note = join(s.note, "it may be on something else")
		}
		if g.who == "" && is.who {
			s.note = join(s.note, "who gets it is not known yet")
			if b.anyone {
				s.unknown, s.needs = true, tops(b.who)
				if gr.kind == checks.ConsequenceGrantWider {
					gr.kind = checks.ConsequenceGrantUnknown
				}
			}
		}
		if why := b.everybody(g.who); why != "" {
			s.from = append(s.from, attribute)
			j.say(checks.ConsequenceGrantPublic, b.who, said{note: why, from: s.from, what: s.what, unknown: s.unknown, needs: s.needs})
			if gr.kind == checks.ConsequenceGrantWider {
				continue
			}
		}
		if gr.kind != "" {
			j.say(gr.kind, attribute, s)
		}
	}
	if is.who && slices.ContainsFunc(is.list, func(g grant) bool { return g.who != "" }) {
		// Some of them are known, and told above; one is not.
		kind := checks.ConsequenceGrantWider
		if b.anyone {
			kind = checks.ConsequenceGrantUnknown
		}
		j.say(kind, b.who, said{note: "others may get it", unknown: true, needs: tops(b.who)})
	}
	takes := b.exclusive || j.deleted() || j.c.Action == checks.ActionReplace
	if !takes || is.who || is.role || is.on || is.partial || is.cut {
		return
	}
	after := newGrantSet(is.list, nil)
	for _, g := range was.list {
		attribute := attribute
		if g.via != "" {
			attribute = g.via
		}
		if !after.holdsAnywhere(g) {
			j.say(checks.ConsequenceGrantWithdrawn, attribute, said{note: "a binding is taken away", from: from, what: []string{g.name()}})
		}
	}
}

func (b *binding) everybody(who string) string {
	if b.public == nil {
		return ""
	}
	return b.public(who)
}

// lifted judges a binding that limits.
func (b *binding) lifted(j *judge, attribute string, from []string, was, is grants) {
	if is.role || is.on || is.who {
		if j.old.Exists() {
			j.say(checks.ConsequenceGrantWider, attribute, said{note: b.lifts, unknown: true, needs: append(tops(b.role), tops(b.who)...)})
		}
		return
	}
	after := newGrantSet(is.list, nil)
	for _, g := range was.list {
		if !after.holds(g) {
			j.say(checks.ConsequenceGrantWider, attribute, said{note: b.lifts, from: from, what: []string{g.name()}})
		}
	}
}

func (g grant) name() string {
	switch {
	case g.role == "":
		return g.who
	case g.who == "":
		return g.role
	}
	return g.role + ": " + g.who
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// A grantSet finds a grant, or a wider one.
type grantSet struct {
	exact  map[grant]bool
	names  map[[3]string]bool
	things map[grant][]string // on what, by who and role and condition
	within func(small, large string) bool
}

func newGrantSet(list []grant, within func(small, large string) bool) grantSet {
	s := grantSet{map[grant]bool{}, map[[3]string]bool{}, map[grant][]string{}, within}
	for _, g := range list {
		s.exact[g] = true
		s.names[[3]string{g.who, g.role, g.via}] = true
		k := g
		k.on = ""
		if len(s.things[k]) < 100 {
			s.things[k] = append(s.things[k], g.on)
		}
	}
	return s
}

func (s *grantSet) holds(g grant) bool {
	free := g
	free.under = ""
	if s.exact[g] || s.exact[free] {
		return true
	}
	if s.within == nil {
		return false
	}
	for _, k := range []grant{g, free} {
		k.on = ""
		for _, large := range s.things[k] {
			if s.within(g.on, large) {
				return true
			}
		}
	}
	return false
}

// holdsAnywhere looks for the grant on anything, under any condition.
func (s *grantSet) holdsAnywhere(g grant) bool { return s.names[[3]string{g.who, g.role, g.via}] }

// fresh returns the judge of a type that is somebody, or a key of somebody: a new
// one is told.
func fresh(note string, names ...string) func(*judge) {
	return func(j *judge) {
		if !j.created() && !j.replaced() {
			return
		}
		s := said{note: note, from: names}
		attribute := ""
		for _, n := range names {
			it := j.items(j.new, n)
			s.what = append(s.what, it.texts...)
			if attribute == "" {
				attribute = n
			}
		}
		j.say(checks.ConsequenceGrantWider, attribute, s)
	}
}

// freshOrChanged is fresh, and tells a change of some attributes too.
func freshOrChanged(note string, attributes ...string) func(*judge) {
	return func(j *judge) {
		switch {
		case !j.new.Exists():
			return
		case j.created():
			j.say(checks.ConsequenceGrantWider, "", said{note: note})
			return
		}
		for _, a := range attributes {
			was, is := j.items(j.old, a), j.items(j.new, a)
			if is.unknown {
				j.say(checks.ConsequenceGrantUnknown, a, said{note: note, unknown: true, needs: tops(a)})
			} else if !slices.Equal(sorted(was.texts), sorted(is.texts)) || was.unknown {
				j.say(checks.ConsequenceGrantWider, a, said{note: note})
			}
		}
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// all runs several judges on one change.
func all(of ...func(*judge)) func(*judge) {
	return func(j *judge) {
		for _, f := range of {
			f(j)
		}
	}
}
