package tfsource

// Limits bound what is read and compared. What lies beyond is reported as
// unreadable, never left out in silence. A field that is zero has its default.
type Limits struct {
	MaxFile    int   // bytes of one file; default 4 MiB
	MaxFiles   int   // files of one commit; default 50,000
	MaxBytes   int64 // bytes of all files of one commit that are parsed; default 64 MiB
	MaxDepth   int   // nesting of brackets, templates and operators; default 1,000: HCL's parser needs up to 14 KB of stack for each
	MaxParts   int   // brackets, commas and lines of one file; default 250,000
	MaxChanges int   // changes that are returned; default 500
	MaxWork    int   // blocks that are compared; default 2,000,000
}

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&l.MaxFile, 4<<20)
	or(&l.MaxFiles, 50_000)
	or(&l.MaxDepth, 1_000)
	or(&l.MaxParts, 250_000)
	or(&l.MaxChanges, 500)
	or(&l.MaxWork, 2_000_000)
	if l.MaxBytes <= 0 {
		l.MaxBytes = 64 << 20
	}
	return l
}

// Bounds of what is kept.
const (
	maxText      = 200   // bytes of a text shown
	maxNames     = 6     // names of arguments in one change
	maxDigits    = 1_000 // of one number: the parser's work grows with their square
	maxSettings  = 5_000 // arguments of one block, nested ones included
	maxHops      = 64    // moved blocks, or modules, one after the other
	maxRoutes    = 8     // ways by which one value goes to one module; the last one counts as passing all of it
	maxRefs      = 50    // locals and variables that one argument names; with more it rests on all
	maxReference = 4_096 // bytes of a reference whose keys are looked at
)

// maxHeredoc bounds the sum of the squares of the lines of a file's heredocs,
// because that is how the work of HCL's parser grows.
const maxHeredoc = 20_000 * 20_000
