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
	unreadable := false
	if j.old.Exists() {
		for _, v := range j.old.All(attribute) {
			if t, ok := documentText(v); !ok || before.readPolicy(t, j.vars) != nil {
				unreadable = true
			}
		}
	}
	if j.moved(target...) {
		// The old object loses its policy, and with it what that denied.
		j.judgeDocuments(of, attribute, before, &document{}, said{})
		before, unreadable = &document{}, false
	}
	for _, v := range j.new.All(attribute) {
		t, ok := documentText(v)
		switch {
		case !ok:
			j.say(checks.ConsequenceGrantUnknown, attribute, said{
				note: "the policy is known only after apply", unknown: true, needs: []string{top(attribute)},
			})
			return
		case after.readPolicy(t, j.vars) != nil:
			if sameTexts(j.old.All(attribute), j.new.All(attribute)) {
				return
			}
			j.say(checks.ConsequenceGrantUnknown, attribute, said{
				note: "the policy cannot be read, so it may grant anything", unknown: true,
			})
			return
		}
	}
	if j.leftOut(attribute) {
		j.say(checks.ConsequenceGrantUnknown, attribute, said{note: "the policy is left out of the plan", unknown: true})
		return
	}
	if unreadable {
		if sameTexts(j.old.All(attribute), j.new.All(attribute)) {
			return
		}
		if !j.deleted() {
			j.say(checks.ConsequenceGrantUnknown, attribute, said{
				note: "the policy before cannot be read, so what changes is not known", unknown: true,
			})
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
	if len(d.lost) > 0 && j.deleted() && j.alone() {
		j.atoms(checks.ConsequenceGrantWithdrawn, attribute, of, d.lost, s, "what it allowed is taken away")
	}
}

// tooMuch tells that documents were not compared. Filling a policy up must not hide
// what is in it; so what is worst in each statement is told as if it were new.
func (j *judge) tooMuch(of meaning, attribute string, after *document) {
	j.say(checks.ConsequenceGrantWider, attribute, said{note: tooMuchNote, unknown: true})
	if of == limitPolicy {
		return
	}
	j.work = work{left: maxWork / 4}
	for i := range after.statements {
		s := &after.statements[i]
		if s.deny || j.work.spent() {
			continue
		}
		a := atom{dims: s.dims, when: s.when}
		if g := j.grade(of, &a, &document{}); !j.work.spent() && g.kind != checks.ConsequenceGrantWider && g.kind != "" {
			j.say(g.kind, attribute, said{note: g.note, what: []string{a.name(of)}})
		}
	}
	j.work.left = -1
}

const tooMuchNote = "too much to compare: it counts as wider"

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
