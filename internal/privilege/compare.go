package privilege

import "math/bits"

// An atom is a part of a statement with one pattern in each dimension: what it says
// is in another statement as a whole, or counts as new.
type atom struct {
	dims [dimensions]set
	when []clause
}

const (
	maxAtoms   = 200_000
	maxClauses = 256 // ways to choose one value of each condition
)

// A bitset marks statements.
type bitset []uint64

func (b bitset) set(i int) { b[i/64] |= 1 << (i % 64) }

// uncovered returns the atoms of some statements that are in none of others. What
// is left out is in one of them for certain: cutting a statement into several,
// putting several into one, and another order make no difference. An atom that only
// several statements together cover is told, though nothing is new in it.
//
// It compares each pattern of a statement with each other statement once for each
// dimension; the work is the sum over the dimensions, and not their product.
func uncovered(of, by []statement, w *work) []atom {
	var out []atom
	words := (len(by) + 63) / 64
	count := 0
	for i := range of {
		s := &of[i]
		if w.spent() {
			return append(out, atom{dims: s.dims, when: s.when})
		}
		var parts [dimensions][]set
		var covers [dimensions][]bitset
		for d := range dimensions {
			parts[d] = s.dims[d].parts()
			covers[d] = make([]bitset, len(parts[d]))
			for k, p := range parts[d] {
				b := make(bitset, words)
				if w.spent() {
					break
				}
				for n := range by {
					if w.take(1) && by[n].dims[d].contains(p, w) {
						b.set(n)
					}
				}
				covers[d][k] = b
			}
		}
		ways := choices(s.when)
		conditions := make([]bitset, len(ways))
		for k, when := range ways {
			conditions[k] = make(bitset, words)
			for n := range by {
				if w.take(1) && implied(when, by[n].when, w) {
					conditions[k].set(n)
				}
			}
		}
		total := 1
		for d := range dimensions {
			if hi, lo := bits.Mul64(uint64(total), uint64(len(parts[d]))); hi == 0 && lo <= maxAtoms { //nolint:gosec // lengths
				total = int(lo) //nolint:gosec // at most maxAtoms
			} else {
				total = maxAtoms + 1
			}
		}
		if count += total * len(ways); count > maxAtoms || !w.take(total*len(ways)*(words+1)) {
			w.left = -1
			return append(out, atom{dims: s.dims, when: s.when})
		}
		for a, pa := range parts[0] {
			for b, pb := range parts[1] {
				for c, pc := range parts[2] {
					for d, pd := range parts[3] {
						for k := range ways {
							if meets(covers[0][a], covers[1][b], covers[2][c], covers[3][d], conditions[k]) {
								continue
							}
							out = append(out, atom{dims: [dimensions]set{pa, pb, pc, pd}, when: s.when})
							break
						}
					}
				}
			}
		}
	}
	return out
}

func meets(first bitset, others ...bitset) bool {
	for i, word := range first {
		for _, o := range others {
			word &= o[i]
		}
		if word != 0 {
			return true
		}
	}
	return false
}

// choices takes conditions apart into those with one value each, whose union they
// are; where there would be too many, it leaves them whole. A clause over several
// values of a request, or one of values that must not match, is no such union.
func choices(when []clause) [][]clause {
	out := [][]clause{when}
	for i := range when {
		c := &when[i]
		if len(c.values) < 2 || c.each != "" || c.negative() || len(out)*len(c.values) > maxClauses {
			continue
		}
		next := make([][]clause, 0, len(out)*len(c.values))
		for _, o := range out {
			for k := range c.values {
				n := append([]clause(nil), o...)
				n[i].values = c.values[k : k+1]
				next = append(next, n)
			}
		}
		out = next
	}
	return out
}

// A difference is what one document allows beyond another.
type difference struct {
	allowed []atom // allowed now, and not before
	freed   []atom // denied before, and not now
	lost    []atom // allowed before, and not now
}

// compare tells what is new. A deny wins over every allow, in whatever policy that
// one is; so one less is wider by itself.
func compare(before, after *document, w *work) difference {
	denies := after.part(true)
	var d difference
	for _, a := range uncovered(after.part(false), before.part(false), w) {
		if !deniedWhole(&a, denies, w) {
			d.allowed = append(d.allowed, a)
		}
	}
	if after.partial {
		return d // what is missing may be in the rest
	}
	d.freed = uncovered(before.part(true), denies, w)
	d.lost = uncovered(before.part(false), after.part(false), w)
	return d
}

func deniedWhole(a *atom, denies []statement, w *work) bool {
	for i := range denies {
		whole := true
		for d := range dimensions {
			if !w.take(1) || !denies[i].dims[d].contains(a.dims[d], w) {
				whole = false
				break
			}
		}
		if whole && implied(a.when, denies[i].when, w) {
			return true
		}
	}
	return false
}
