package planfile

// Limits bound what is read. More than that is an error, never cut off. A field
// that is zero has its default.
type Limits struct {
	MaxFile    int64 // bytes of the file; default 1 GiB
	MaxEntries int   // entries of the zip; default 60,000, at most 65,534
	MaxEntry   int64 // bytes of one configuration file, unpacked; default 64 MiB
	MaxConfig  int64 // bytes of all configuration files, unpacked; default 512 MiB
	MaxPlan    int64 // bytes of the plan message, unpacked; default 2 GiB. It is never held
	MaxChanges int   // resource changes; default 1,000,000
	MaxText    int64 // bytes of all addresses and names that are kept; default 128 MiB
}

func (l Limits) withDefaults() Limits {
	or := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&l.MaxFile, 1<<30)
	or(&l.MaxEntry, 64<<20)
	or(&l.MaxConfig, 512<<20)
	or(&l.MaxPlan, 2<<30)
	or(&l.MaxText, 128<<20)
	if l.MaxEntries <= 0 || l.MaxEntries > maxEntries {
		l.MaxEntries = 60_000
	}
	if l.MaxChanges <= 0 {
		l.MaxChanges = 1_000_000
	}
	return l
}

const (
	maxEntries   = 65_534   // more needs a zip64 directory, which is refused
	maxName      = 4 << 10  // bytes of an entry's name
	maxDirectory = 64 << 20 // bytes of the central directory
	maxManifest  = 16 << 20 // bytes of modules.json
	maxModules   = 50_000
	maxLock      = 4 << 20 // bytes of the dependency lock file
	maxAddress   = 8 << 10 // bytes of an address; the same as in the reader of the JSON
	maxWord      = 256     // bytes of a name, a version, a workspace, a time
	maxTargets   = 10_000  // targets, excludes, forced replacements, variables: of each
	maxShown     = 200     // bytes of foreign text in an error or a disagreement
	maxListed    = 20      // disagreements, and paths of each kind, that are named
	maxFolders   = 500     // folders of modules that are kept
	maxRatio     = 1032    // deflate cannot pack more than that into one byte
)
