package exposure

import (
	"cmp"
	"slices"
)

// maxFragments is how many port ranges are told of one resource, direction, family and
// protocol; more are told as one range.
const maxFragments = 64

// fragment is what one resource newly allows at some ports.
type fragment struct {
	res       int32
	dir       direction
	through   through
	via       int32 // the address list that it comes from, where the rule itself stays as it is
	family    family
	name      int32 // the source has only a name, or is not known; 0: it has addresses
	proto     int32
	from, to  int32
	fresh     []Span // newly allowed, a union
	source    Span
	world     bool
	sensitive bool
	pods      int32 // the pods of a network policy
	hidden    bool  // protocol and ports would tell something sensitive
	veiled    bool  // fresh would tell something sensitive; source does not
}

// plane is what fragments must have in common to be joined.
type plane struct {
	res, name, proto int32
	via, pods        int32
	dir              direction
	through          through
	family           family
	world, hidden    bool
}

// runs joins fragments that differ only in adjoining ports, and very many to one
// range, so that one change makes one finding and not hundreds.
type runs struct {
	work, room *budget
	order      []plane
	at         map[plane]*run
}

type run struct {
	parts []*fragment
	hull  bool // there were too many; parts is one
}

func newRuns(work, room *budget) *runs { return &runs{work: work, room: room, at: map[plane]*run{}} }

// add takes fragments; those of one plane in the order of their ports.
func (r *runs) add(f *fragment) error {
	k := plane{f.res, f.name, f.proto, f.via, f.pods, f.dir, f.through, f.family, f.world, f.hidden}
	x := r.at[k]
	if x == nil {
		x = &run{}
		r.at[k] = x
		r.order = append(r.order, k)
	}
	if n := len(x.parts); n > 0 {
		last := x.parts[n-1]
		if x.hull || last.to+1 == f.from && last.sensitive == f.sensitive && last.veiled == f.veiled && last.source == f.source && slices.Equal(last.fresh, f.fresh) {
			return r.join(last, f)
		}
		if n == maxFragments {
			for _, p := range x.parts[1:] {
				if err := r.join(x.parts[0], p); err != nil {
					return err
				}
			}
			x.parts, x.hull = x.parts[:1], true
			return r.join(x.parts[0], f)
		}
	}
	x.parts = append(x.parts, f)
	return r.room.spend(len(f.fresh) + 1)
}

// join makes one fragment of two.
func (r *runs) join(to, f *fragment) error {
	to.from, to.to = min(to.from, f.from), max(to.to, f.to)
	to.sensitive, to.veiled = to.sensitive || f.sensitive, to.veiled || f.veiled
	if to.source != f.source {
		to.source = widest([]Span{to.source, f.source})
	}
	if slices.Equal(to.fresh, f.fresh) {
		return r.work.spend(len(f.fresh))
	}
	to.fresh = union(append(to.fresh, f.fresh...))
	if err := r.work.spend(len(to.fresh)); err != nil {
		return err
	}
	return r.room.spend(len(f.fresh))
}

func (r *runs) all() []*fragment {
	var out []*fragment
	for _, k := range r.order {
		out = append(out, r.at[k].parts...)
	}
	return out
}

// compact joins fragments of several rule sets.
func compact(fs []*fragment, work, room *budget) ([]*fragment, error) {
	slices.SortStableFunc(fs, func(a, b *fragment) int {
		return cmp.Or(cmp.Compare(a.res, b.res), cmp.Compare(a.dir, b.dir), cmp.Compare(a.family, b.family), cmp.Compare(a.name, b.name),
			cmp.Compare(a.proto, b.proto), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	r := newRuns(work, room)
	for _, f := range fs {
		if err := r.add(f); err != nil {
			return nil, err
		}
	}
	return r.all(), nil
}
