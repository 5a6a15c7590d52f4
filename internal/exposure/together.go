package exposure

import "slices"

// together marks fragments of different rule sets that only together are the world:
// half of the internet in one group and half in another, both attached to one machine.
func together(fs []*fragment, all int32, work *budget) error {
	type half struct {
		dir    direction
		family family
	}
	parts := map[half][]*fragment{}
	for _, f := range fs {
		if !f.world && f.name == 0 && f.pods == 0 {
			k := half{f.dir, f.family}
			parts[k] = append(parts[k], f)
		}
	}
	for _, d := range []direction{ingress, egress, list} {
		for _, fam := range []family{ipv4, ipv6} {
			if err := joined(parts[half{d, fam}], fam, all, work); err != nil {
				return err
			}
		}
	}
	return nil
}

// joined marks fragments of one direction and family.
func joined(fs []*fragment, fam family, all int32, work *budget) error {
	// Only when everything together is the world is it worth looking closer.
	var every []Span
	protos := []int32{}
	for _, f := range fs {
		every = append(every, f.fresh...)
		protos = append(protos, f.proto)
	}
	if err := work.spend(len(every)); err != nil {
		return err
	}
	if !isWorld(fam, union(every)) {
		return nil
	}
	for _, p := range distinct(protos) {
		var at []*fragment
		var cuts []int32
		for _, f := range fs {
			if f.proto == p || f.proto == all {
				at = append(at, f)
				cuts = append(cuts, f.from, f.to+1)
			}
		}
		for _, port := range distinct(cuts) {
			var now []Span
			for _, f := range at {
				if f.from <= port && port <= f.to {
					now = append(now, f.fresh...)
				}
			}
			if err := work.spend(len(at) + len(now)); err != nil {
				return err
			}
			if !isWorld(fam, union(now)) {
				continue
			}
			for _, f := range at {
				if f.from <= port && port <= f.to {
					f.world = true
				}
			}
		}
	}
	return nil
}

// shown tells whether a name may stand in a fact: it is an identifier and no free
// text.
func shown(name string) bool {
	if name == "" || len(name) > 100 {
		return false
	}
	return !slices.ContainsFunc([]byte(name), func(c byte) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ' ' && c != '-' && c != '_' && c != '.' && c != '/' && c != ':'
	})
}
