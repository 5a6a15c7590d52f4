package privilege

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// role of a policy document: what an allow in it means.
type meaning int

const (
	identityPolicy meaning = iota // what somebody may do, wherever it is attached
	resourcePolicy                // who may do what to this object
	trustPolicy                   // who may become this role
	limitPolicy                   // what others may grant at most: its allows give nothing
)

// policies returns the judge of a type that holds policy documents: attribute paths
// by meaning, and the attributes that say what the policy is of.
func policies(of meaning, attribute string, target ...string) func(*judge) {
	return func(j *judge) { j.policy(of, attribute, target...) }
}

// policy judges the documents at one attribute. Those of one side count together,
// so that moving a statement from one to another is no change.
func (j *judge) policy(of meaning, attribute string, target ...string) {
	before, after := &document{}, &document{}
	var errBefore error
	if j.old.Exists() {
		for _, v := range j.old.All(attribute) {
			t, ok := documentText(v)
			if !ok {
				errBefore = errShape
			} else if err := before.readPolicy(t, j.vars); err != nil {
				errBefore = err
			}
		}
	}
	if j.moved(target...) {
		// The old object loses its policy, and with it what that denied.
		j.judgeDocuments(of, attribute, before, &document{}, said{})
		before, errBefore = &document{}, nil
	}
	for _, v := range j.new.All(attribute) {
		t, ok := documentText(v)
		if !ok {
			j.say(checks.ConsequenceGrantUnknown, attribute, said{unknown: true, needs: []string{top(attribute)}})
			after.partial = true // what the others say is told all the same
			continue
		}
		if err := after.readPolicy(t, j.vars); err != nil {
			if !sameTexts(j.old.All(attribute), j.new.All(attribute)) {
				j.say(checks.ConsequenceGrantUnknown, attribute, said{note: unreadable("the policy", err)})
			}
			after.partial = true
		}
	}
	if j.leftOut(attribute) {
		j.say(checks.ConsequenceGrantUnknown, attribute, said{note: "the policy is left out of the plan, so it counts as the worst"})
		return
	}
	if errBefore != nil {
		if sameTexts(j.old.All(attribute), j.new.All(attribute)) {
			return
		}
		if !j.deleted() {
			j.say(checks.ConsequenceGrantUnknown, attribute, said{note: unreadable("the policy before the plan", errBefore)})
		}
	}
	j.judgeDocuments(of, attribute, before, after, said{})
}

// leftOut reports whether an attribute is marked sensitive and has no value: some
// plans leave such values out.
func (j *judge) leftOut(attribute string) bool {
	if !j.new.Exists() || len(j.new.All(attribute)) > 0 {
		return false
	}
	m, _ := j.new.Sensitive.(map[string]any)
	for _, name := range tops(attribute) {
		if tfvalue.Marked(m[name]) && j.new.Root[name] == nil {
			return true
		}
	}
	return false
}

// documentText reads the text of a policy; a policy given as an object is written
// down first, as some providers take both.
func documentText(v tfvalue.Value) (string, bool) {
	if v.Partly() {
		return "", false
	}
	switch t := v.Value.(type) {
	case string:
		return t, true
	case map[string]any, []any:
		return writeJSON(t)
	case nil:
		return "", true
	}
	return "", false
}

func sameTexts(a, b []tfvalue.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, okX := documentText(a[i])
		y, okY := documentText(b[i])
		if !okX || !okY || x != y {
			return false
		}
	}
	return true
}

func (j *judge) judgeDocuments(of meaning, attribute string, before, after *document, s said) {
	d := compare(before, after, &j.work)
	if j.work.spent() {
		j.tooMuch(of, attribute, after)
		return
	}
	goes := of == resourcePolicy && j.deleted() && !j.alone() // with its object
	if len(d.freed) > 0 && !goes {
		s := s
		s.note = "a denial is gone or smaller"
		for _, a := range d.freed {
			s.what = append(s.what, "no longer denied: "+a.name(of))
		}
		j.say(checks.ConsequenceGrantWider, attribute, s)
	}
	if of == limitPolicy {
		if !j.created() && len(d.allowed) > 0 {
			j.atoms(checks.ConsequenceGrantWider, attribute, of, d.allowed, s, "the limit of what others may grant is wider")
		}
		return
	}
	grades := map[grade][]atom{}
	for _, a := range d.allowed {
		g := j.grade(of, &a, after)
		if g.kind != "" {
			grades[g] = append(grades[g], a)
		}
	}
	if j.work.spent() {
		j.tooMuch(of, attribute, after)
		return
	}
	for _, g := range sortedGrades(grades) {
		j.atoms(g.kind, attribute, of, grades[g], s, g.note)
	}
	if of == resourcePolicy {
		j.lockOut(attribute, before, after)
	}
	if len(d.lost) > 0 && j.deleted() && j.alone() {
		j.atoms(checks.ConsequenceGrantWithdrawn, attribute, of, d.lost, s, "what it allowed is taken away")
	}
}

// tooMuch tells that documents were not compared. Filling a policy up must not hide
// what is in it; so what is worst in each statement is told as if it were new.
func (j *judge) tooMuch(of meaning, attribute string, after *document) {
	j.say(checks.ConsequenceGrantUnknown, attribute, said{note: tooMuchNote})
	if of == limitPolicy {
		return
	}
	account, one := after.account()
	j.worst(after, func(a *atom) grade {
		return j.grade(of, a, &document{owner: account, oneOwner: one, counted: true})
	}, func(g grade, a *atom) {
		j.say(g.kind, attribute, said{note: g.note, what: []string{a.name(of)}})
	})
}

// news tells what a document allows and another does not, where its denials do not
// matter, and returns how the two differ.
func (j *judge) news(attribute string, before, after *document, of func(*atom) grade, tell func(grade, *atom)) difference {
	d := compare(before, after, &j.work)
	if !j.work.spent() {
		for i := range d.allowed {
			if g := of(&d.allowed[i]); g.kind != "" && !j.work.spent() {
				tell(g, &d.allowed[i])
			}
		}
	}
	if !j.work.spent() {
		return d
	}
	j.say(checks.ConsequenceGrantUnknown, attribute, said{note: tooMuchNote})
	j.worst(after, of, tell)
	return difference{}
}

// worst tells what is worse than wider in each statement of a document by itself.
// Every statement has a share of the work of its own: one that is made to use it up
// takes nothing from the next. What says without a comparison that it is everything
// is found within any share.
func (j *judge) worst(d *document, of func(*atom) grade, tell func(grade, *atom)) {
	if len(d.statements) == 0 {
		return
	}
	share := max(maxWork/2/len(d.statements), minShare)
	for i := range d.statements {
		s := &d.statements[i]
		if s.deny {
			continue
		}
		j.work = work{left: share}
		a := atom{dims: s.dims, when: s.when}
		g := of(&a)
		if sure := g.kind == checks.ConsequenceGrantAdmin || g.kind == checks.ConsequenceGrantPublic; g.kind == "" || g.kind == checks.ConsequenceGrantWider || j.work.spent() && !sure {
			continue
		}
		tell(g, &a)
	}
	j.work = work{left: -1}
	j.told = true
}

const minShare = 4000 // steps

const tooMuchNote = "there is too much to compare, so it counts as the worst"

// alone reports whether the resource is only a policy; one that goes with its object
// takes nothing from anybody that the loss of the object does not.
func (j *judge) alone() bool {
	return strings.Contains(j.c.Type, "policy") || strings.Contains(j.c.Type, "permission")
}

func (j *judge) atoms(kind checks.ConsequenceKind, attribute string, of meaning, atoms []atom, s said, note string) {
	s.note = note
	for i := range atoms {
		s.what = append(s.what, atoms[i].name(of))
	}
	j.say(kind, attribute, s)
}

// name is the atom for people.
func (a *atom) name(of meaning) string {
	var t string
	switch of {
	case trustPolicy:
		t = a.dims[dimPrincipal].String()
	case resourcePolicy:
		t = a.dims[dimPrincipal].String() + ": " + a.dims[dimAction].String()
	default:
		t = a.dims[dimAction].String() + " on " + a.dims[dimResource].String()
	}
	return t
}

// A grade is how much an atom gives.
type grade struct {
	kind checks.ConsequenceKind
	note string
}

func sortedGrades(m map[grade][]atom) []grade {
	out := make([]grade, 0, len(m))
	for g := range m {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b grade) int {
		if a.kind != b.kind {
			return strings.Compare(string(a.kind), string(b.kind))
		}
		return strings.Compare(a.note, b.note)
	})
	return out
}

func (j *judge) grade(of meaning, a *atom, after *document) grade {
	switch of {
	case resourcePolicy:
		return j.gradeResource(a, after)
	case trustPolicy:
		return j.gradeTrust(a)
	}
	return j.gradeIdentity(a, after)
}
