package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

var keyPolicy = glob("kms:putkeypolicy", nil)

// lockOut tells that the account of a key loses the right to change its policy. No
// administrator of the account can give it back; if nobody else has it, what the key
// encrypts depends on a policy that nobody can change.
//
// Source: AWS KMS developer guide, "Default key policy".
func (j *judge) lockOut(attribute string, before, after *document) {
	if !strings.Contains(j.c.Type, "kms_") || len(after.statements) == 0 || after.partial {
		return // without a policy the account has it, and of an unread one nothing is known
	}
	roots := map[string]bool{}
	for _, p := range before.governors(&j.work) {
		if _, rest, ok := awsPrincipal(p.text); ok && rest == "root" {
			roots[p.text] = true
		}
	}
	rest := after.governors(&j.work)
	if j.work.spent() {
		return // told, as too much to compare
	}
	for _, name := range sortedKeys(roots) {
		root := set{list: []pattern{principal("aws", name)}}
		if !(set{list: rest}).contains(root, &j.work) {
			j.say(checks.ConsequenceGrantWithdrawn, attribute, said{
				note: "the account may no longer change the policy of its key: a mistake in it can lock everybody out for ever", what: []string{name},
			})
		}
	}
	if len(rest) == 0 && (len(roots) > 0 || !j.old.Exists()) {
		j.say(checks.ConsequenceIrreversible, attribute, said{note: "nobody may change the policy of the key any more: it is locked for ever, with all that it encrypts"})
	}
}

// governors are those who may change the policy of a key, under no condition and not
// denied by it.
func (d *document) governors(w *work) []pattern {
	var out []pattern
	denies := d.part(true)
	for _, s := range d.part(false) {
		if len(s.when) > 0 || !s.dims[dimAction].contains(set{list: []pattern{keyPolicy}}, w) {
			continue
		}
		if s.dims[dimPrincipal].not {
			out = append(out, everything.list...)
			continue
		}
		for _, p := range s.dims[dimPrincipal].list {
			a := atom{dims: s.dims}
			a.dims[dimAction], a.dims[dimPrincipal] = set{list: []pattern{keyPolicy}}, set{list: []pattern{p}}
			if !deniedWhole(&a, denies, w) {
				out = append(out, p)
			}
		}
	}
	return out
}
