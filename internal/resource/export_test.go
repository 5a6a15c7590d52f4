package resource

import "github.com/claw-verified/claw-verified/checks"

// Snapshot is what the types of a provider were taken from.
type Snapshot struct {
	From       string
	Documented int
}

// Snapshots are those of all providers, by prefix.
func (t *Table) Snapshots() map[string]Snapshot {
	out := map[string]Snapshot{}
	for prefix := range t.files {
		for _, p := range t.of(prefix).providers {
			out[p.prefix] = Snapshot{p.snapshot, p.documented}
		}
	}
	return out
}

// Class is the class of a type.
func (t *Table) Class(typ string) checks.Class {
	known, _ := t.Lookup(typ)
	return known.Class
}

// PortNumbers are the ports in the order in which they are searched.
func PortNumbers() []int {
	var out []int
	for _, p := range ports {
		out = append(out, p.number)
	}
	return out
}
