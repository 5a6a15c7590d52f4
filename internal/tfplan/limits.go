package tfplan

// Limits bound what is read. More than that is an error, never cut off. A field
// that is zero has its default.
type Limits struct {
	MaxFile    int64 // bytes of the file; default 2 GiB
	MaxValue   int64 // bytes of one value that is held in memory, such as one resource change; default 16 MiB
	MaxTokens  int   // commas and brackets of one value that is decoded; default 500,000
	MaxMembers int64 // members of one object, for the table of names; default 500,000
	MaxChanges int   // resource changes; default 1,000,000
	MaxKept    int   // resource changes that are not plain no-ops; default 100,000
	MaxRules   int   // lines of network rules, before and after; default 200,000
	MaxWork    int   // steps of comparing network rules; default 50,000,000
}

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	or64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	or64(&l.MaxFile, 2<<30)
	or64(&l.MaxValue, 16<<20)
	or64(&l.MaxMembers, 500_000)
	or(&l.MaxTokens, 500_000)
	or(&l.MaxChanges, 1_000_000)
	or(&l.MaxKept, 100_000)
	or(&l.MaxRules, 200_000)
	or(&l.MaxWork, 50_000_000)
	return l
}

// Lengths of texts that are kept, in bytes.
const (
	maxAddress    = 8 << 10  // a longer address is an error: it names the subject of a finding
	maxText       = 200      // other texts are cut
	maxVerbs      = 4        // of an unknown action
	maxSample     = 20       // uncovered addresses that are named
	maxPending    = 2_000    // uncovered addresses that are remembered while reading
	maxPaths      = 20       // replace_paths, provisioners, references of one change
	maxConfigText = 16 << 20 // of names and references that are kept of the configuration
	maxRead       = 10_000   // data sources that run or fetch something
	maxAttributes = 2_000    // expressions of one resource
)
