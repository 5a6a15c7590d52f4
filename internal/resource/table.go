package resource

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
)

//go:embed data
var data embed.FS

// others is the file of the providers that have few types.
const others = "others"

// Table is a table of resource types. It is safe for concurrent use.
type Table struct {
	files map[string]func() (*file, error) // by prefix; the others under [others]
	extra []added

	mu      sync.Mutex
	watched map[string][]*Watch // by type, at most maxWatched of them
}

// maxWatched bounds what is remembered of a plan with very many types.
const maxWatched = 4096

// file is what one file of the data says.
type file struct {
	providers []provider // for the page
	types     map[string]*Type
	patterns  []*Type // Name is a glob
	kinds     map[string]*Type
	uses      map[string]Use // of data sources, by type
}

var builtin = sync.OnceValue(func() *Table {
	t := &Table{files: map[string]func() (*file, error){}}
	entries, err := data.ReadDir("data/types")
	if err != nil {
		return t // embedded: it is there
	}
	for _, e := range entries {
		prefix := strings.TrimSuffix(e.Name(), ".txt")
		t.files[prefix] = sync.OnceValues(func() (*file, error) {
			b, err := data.ReadFile("data/types/" + e.Name())
			if err != nil {
				return nil, err
			}
			return parse(e.Name(), string(b))
		})
	}
	return t
})

// Builtin returns the table that is compiled in.
func Builtin() *Table { return builtin() }

// of returns the file that has the types of a prefix. A file that cannot be read
// knows nothing, so that its types are unclassified; TestData keeps that from
// happening.
func (t *Table) of(prefix string) *file {
	read, ok := t.files[prefix]
	if !ok {
		if read, ok = t.files[others]; !ok {
			return &file{}
		}
	}
	f, err := read()
	if err != nil || f == nil {
		return &file{}
	}
	return f
}

// Lookup returns what is known of a resource type.
func (t *Table) Lookup(typ string) (Type, bool) {
	known, ok := t.builtin(typ)
	if len(t.extra) > 0 {
		return t.extend(typ, known, ok)
	}
	return known, ok
}

func (t *Table) builtin(typ string) (Type, bool) {
	f := t.of(Prefix(typ))
	if known, ok := f.types[typ]; ok {
		return *known, true
	}
	for _, p := range f.patterns {
		if glob(p.Name, typ) {
			known := *p
			known.Name = typ
			return known, true
		}
	}
	return Type{Name: typ, Class: checks.ClassUnclassified}, false
}

// DataSource returns what reading a data source does beyond telling about an
// object: a program is run, a secret is put into the state.
func (t *Table) DataSource(typ string) (Use, bool) {
	u, ok := t.of(Prefix(typ)).uses[typ]
	return u, ok
}

// provider is one provider whose types are in the table.
type provider struct {
	prefix     string
	snapshot   string // what the data was taken from, and of which day; empty: from general knowledge, without a snapshot
	documented int    // resource types in the snapshot
}

// Types lists everything that is known, patterns too, sorted by name. It reads every
// file, and is meant for documentation and tests.
func (t *Table) Types() []Type {
	var out []Type
	for prefix := range t.files {
		f := t.of(prefix)
		for _, k := range slices.Concat(slices.Collect(maps.Values(f.types)), f.patterns) {
			out = append(out, *k)
		}
	}
	slices.SortFunc(out, func(a, b Type) int { return strings.Compare(a.Name, b.Name) })
	return out
}
