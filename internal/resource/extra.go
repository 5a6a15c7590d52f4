package resource

import (
	"errors"
	"fmt"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
)

// Extra is what the policy of an organisation says of types that the table does not
// know, or that it holds for too harmless.
type Extra struct {
	Type   string // a type, or a glob: "*" is any run of characters, "{a,b}" is either
	Class  checks.Class
	Tier   checks.Tier // of a stateful type; empty: critical
	Loses  string
	Guards []string // attributes that protect it, as paths
}

// classes that a policy may give, by how much is asked before a destroy.
var strictness = map[checks.Class]int{
	checks.ClassStateful: 4, checks.ClassGuard: 3, checks.ClassUnclassified: 2, checks.ClassRecreatable: 1, checks.ClassHarmless: 0,
}

var tiers = map[checks.Tier]int{checks.TierCritical: 3, checks.TierHigh: 2, checks.TierMedium: 1}

// Valid says what is wrong with an entry. [Table.With] leaves out those that are
// not valid; a policy with one should have been refused.
func (e Extra) Valid() error {
	var errs []error
	if _, err := spread(e.Type); err != nil {
		errs = append(errs, err)
	}
	if _, ok := strictness[e.Class]; !ok {
		errs = append(errs, fmt.Errorf("class %q is not known", e.Class))
	}
	if e.Tier != "" && tiers[e.Tier] == 0 {
		errs = append(errs, fmt.Errorf("tier %q is not known", e.Tier))
	}
	if e.Tier != "" && e.Class != checks.ClassStateful {
		errs = append(errs, fmt.Errorf("tier is of stateful types, and %s is %s", e.Type, e.Class))
	}
	for _, g := range e.Guards {
		if !isPath(g) {
			errs = append(errs, fmt.Errorf("guard %q is no attribute path", g))
		}
	}
	return errors.Join(errs...)
}

// added is an entry as it is matched.
type added struct {
	Extra
	globs []string // without braces
}

// exact reports whether the entry names one type.
func (e Extra) exact() bool { return !hasMeta(e.Type) }

// With returns a table that knows more. An entry adds types that the table does not
// know, and may make the class of one it knows stricter, from harmless to
// recreatable, unclassified, guard, stateful. It makes a class that the table knows
// milder only when it gives the type by its exact name: a glob that is wider than
// its writer thought must not silence the destruction of a database. Of several
// entries for a type those with its exact name count and else all, and of those that
// count the strictest. Guards are added to those that are known.
func (t *Table) With(extra []Extra) *Table {
	n := &Table{files: t.files, extra: slices.Clone(t.extra)}
	for _, e := range extra {
		if e.Valid() != nil {
			continue
		}
		globs, err := spread(e.Type)
		if err != nil {
			continue
		}
		n.extra = append(n.extra, added{e, globs})
	}
	return n
}

func (t *Table) extend(typ string, known Type, ok bool) (Type, bool) {
	var exact, globs []Extra
	for _, e := range t.extra {
		switch {
		case e.exact():
			if e.Type == typ {
				exact = append(exact, e.Extra)
			}
		case slices.ContainsFunc(e.globs, func(g string) bool { return glob(g, typ) }):
			globs = append(globs, e.Extra)
		}
	}
	entries, named := exact, true
	if len(exact) == 0 {
		entries, named = globs, false
	}
	if len(entries) == 0 {
		return known, ok
	}
	e := slices.MinFunc(entries, func(a, b Extra) int {
		if d := strictness[b.Class] - strictness[a.Class]; d != 0 {
			return d
		}
		return tierOf(b) - tierOf(a)
	})
	for _, other := range entries {
		for _, g := range other.Guards {
			if !slices.Contains(known.Guards, g) {
				known.Guards = append(slices.Clip(known.Guards), g)
			}
		}
	}
	milder := strictness[e.Class] < strictness[known.Class] ||
		e.Class == checks.ClassStateful && known.Class == checks.ClassStateful && tierOf(e) < tiers[known.Tier]
	if ok && milder && !named {
		return known, true
	}
	known.Name, known.Class = typ, e.Class
	known.Guard = known.Guard || e.Class == checks.ClassGuard
	known.Recreatable = known.Recreatable || e.Class == checks.ClassRecreatable
	known.Tier = ""
	if e.Class == checks.ClassStateful {
		known.Tier = checks.TierCritical
		if e.Tier != "" {
			known.Tier = e.Tier
		}
	}
	if e.Loses != "" {
		known.Loses = e.Loses
	}
	return known, true
}

func tierOf(e Extra) int {
	if e.Class == checks.ClassStateful && e.Tier == "" {
		return tiers[checks.TierCritical]
	}
	return tiers[e.Tier]
}
