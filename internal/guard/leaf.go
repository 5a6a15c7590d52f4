package guard

import (
	"slices"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// plain are maps whose entries somebody named: an entry that is called like an
// attribute is none.
var plain = map[string]bool{
	"tags": true, "tags_all": true, "labels": true, "annotations": true, "variables": true, "environment_variables": true,
	"metadata": true, "effective_labels": true, "terraform_labels": true, "match_labels": true, "app_settings": true,
	"triggers": true, "keepers": true, "data": true, "string_data": true, "binary_data": true, "triggers_replace": true,
}

// leaf judges one attribute by its name, wherever it stands: in a nested block, or in
// a document of another API, where the table does not name its place.
func (j *judge) leaf(w *walk, b, a node) {
	x, bok := scalar(b.value)
	y, aok := scalar(a.value)
	if bok && aok && x == y {
		return
	}
	if j.startCode(w, b, a, y) || j.loginEntry(w, b, a) {
		return
	}
	if len(w.path) > 1 && plain[w.parent()] && !strings.HasSuffix(w.path[len(w.path)-2], "[]") {
		return
	}
	if !bok && !aok && !a.whole() {
		return
	}
	name, parent := fold(w.name()), fold(w.parent())
	v := j.everywhere(parent, name)
	if j.before.value == nil && v == nil {
		// Of a new object, only what opens it counts, and what lets it out.
		j.switches(w, parent, name, b.leaf(), a.leaf())
		return
	}
	place := places(w)
	bv, av := b.leaf(), a.leaf()
	switch {
	case j.places[place] || v != nil && v.Path == place:
		return // the table watches it, there
	case v != nil:
		j.deep(w, v, bv, av, bok, aok || a.whole())
	case j.switches(w, parent, name, bv, av), j.scaled(w, name, bv, av):
	case j.traits.hole && bok && (definitions[name] || subjects[name]):
		p := j.c.Pend(checks.ConsequenceGuardrailOff, w.where())
		p.Note = "an exception is changed: " + j.traits.what
		p.Unknown, p.Sensitive = av.Unknown, bv.Sensitive || av.Sensitive
		j.tell(p)
	case !aok && !a.whole() && len(w.path) > 1 && !strings.HasSuffix(w.path[len(w.path)-2], "[]"):
		// An entry that is gone is told as a part.
	case j.traits.control && !w.gone:
		j.strict(w, name, bv, av, bok, aok)
	}
}

// everywhere finds what is watched in every type, by the block and the name of an
// attribute, or by its name.
func (j *judge) everywhere(parent, name string) *resource.Watch {
	all := unbound()
	v := all[[2]string{parent, name}]
	if v == nil {
		v = all[[2]string{"", name}]
	}
	if v == nil {
		return nil
	}
	if w, ok := j.table.Watch(j.c.Type, v.Path); !ok || w.Kind != v.Kind {
		return nil // in this type it means something else
	}
	return v
}

// unbound are the attributes that the table watches in every type.
var unbound = sync.OnceValue(func() map[[2]string]*resource.Watch {
	m := map[[2]string]*resource.Watch{}
	for _, w := range resource.Builtin().Watches("") {
		steps := strings.Split(strings.ReplaceAll(w.Path, "[]", ""), ".")
		at := [2]string{"", steps[len(steps)-1]}
		if len(steps) > 1 {
			at[0] = steps[len(steps)-2]
		}
		if w.Kind != checks.ConsequenceIrreversible {
			m[at] = w
		}
	}
	return m
})

// places is the place of an attribute without the marks of lists, as the table may
// name it.
func places(w *walk) string {
	if len(w.path) == 1 {
		return w.name()
	}
	return strings.ReplaceAll(strings.Join(w.path, "."), "[]", "")
}

// deep judges an attribute that is watched in every type, at a place of its own.
func (j *judge) deep(w *walk, v *resource.Watch, b, a tfvalue.Value, bok, aok bool) {
	existed := j.before.value != nil
	switch {
	case !existed && (!v.Created || !aok || v.Default != "" || !v.Exposes(a, aok)):
		return
	case existed && w.gone && alive[v.Path]:
		return
	case existed && !v.Weakens(b, a, bok, aok):
		return
	}
	p := j.c.Pend(v.Kind, w.where())
	p.Before, p.After, p.Note = b.Word(), a.Word(), v.Why
	p.Sensitive = b.Sensitive || a.Sensitive
	if a.Unknown {
		p.Unknown = true
		if !existed || !v.Weakens(b, tfvalue.Value{}, bok, false) {
			p.Needs = []string{w.top()}
		}
	}
	j.tell(p)
}

// alive are attributes that say something only while their block is there: an
// encrypted disk that is taken away is not one that is no longer encrypted.
var alive = map[string]bool{"encrypted": true, "storage_encrypted": true, "http_tokens": true, "multi_az": true, "acl": true, "publicly_accessible": true}

// everyone are the words for everybody in lists of who something is shared with.
var everyone = map[string]bool{"all": true, "*": true, "allusers": true, "allauthenticatedusers": true, "everyone": true}

// shared are lists of those that something is shared with.
var shared = map[string]bool{
	"shared_accounts": true, "shared_account_ids": true, "account_ids": true, "allowed_principals": true, "shared_with": true,
	"launch_permission": true, "create_volume_permission": true, "user_ids": true, "allowed_accounts": true,
}

// list judges two lists of single values.
func (j *judge) list(w *walk, b, a node) {
	name := fold(w.name())
	if shared[name] && !j.places[places(w)] && j.typ.Grants == nil {
		j.shares(w, b, a)
	}
	if name == "shared_accounts" && strings.Contains(j.c.Type, "snapshot") && !anyEverybody(a) {
		j.grown(w, b, a, checks.ConsequenceGrantTrust, "another account can make a copy of the data")
	}
	if w.gone || j.before.value == nil {
		return
	}
	if ruleSets[name] && !j.traits.control {
		j.ruleSets(w, b, a)
	}
	if name == "add" && fold(w.parent()) == "capabilities" {
		j.grown(w, b, a, checks.ConsequenceGuardrailOff, "it may do more to its machine")
	}
	if j.traits.control {
		j.loosened(w, name, b, a)
	}
}

func (j *judge) shares(w *walk, b, a node) {
	switch {
	case anyEverybody(a) && !anyEverybody(b):
		p := j.c.Pend(checks.ConsequencePublic, w.where())
		p.Note, p.Sensitive = "it is shared with everybody", tfvalue.Marked(a.sensitive)
		j.tell(p)
	case tfvalue.Marked(a.unknown) && !anyEverybody(b):
		p := j.c.Pend(checks.ConsequencePublic, w.where())
		p.Note, p.Unknown, p.Needs = "it may be shared with everybody", true, []string{w.top()}
		j.tell(p)
	}
}

// anyEverybody reports whether a list has a word for everybody.
func anyEverybody(n node) bool {
	return slices.ContainsFunc(elements(n), func(e node) bool { return everyone[lower(e.leaf())] })
}

func elements(n node) []node {
	out := make([]node, 0, max(n.size(), 0))
	for i := range max(n.size(), 0) {
		out = append(out, n.element(i))
	}
	return out
}
