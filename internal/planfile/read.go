package planfile

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

// Names of the entries that are read.
const (
	namePlan     = "tfplan"
	nameLock     = ".terraform.lock.hcl"
	nameManifest = "tfconfig/modules.json"
	prefixConfig = "tfconfig/"
	prefixModule = "tfconfig/m-"
	// nameSchemas is an entry that only OpenTofu (from 1.13 on) writes.
	nameSchemas = "tfschemas"
)

// Tools that write plan files.
const (
	ToolTerraform = "terraform"
	ToolOpenTofu  = "opentofu"
)

// File is what was kept of a plan file: no values.
type File struct {
	// Tool is ToolTerraform or ToolOpenTofu when something in the file is written by
	// only one of them, otherwise empty.
	Tool    string
	Modules []Module     // sorted by key; the root is the first
	Config  []ConfigFile // in the order of the file
	// LockSHA1 and LockSHA256 are the git ids of the dependency lock file in the plan,
	// empty when there is none. The tool writes it anew, so it can differ from the
	// commit's in form only: see [File.CompareLock].
	LockSHA1, LockSHA256 string
	Variables            []string // names that were set when the plan was made, sorted

	encrypted   bool
	lock        []byte
	toolVersion string
	mode        int32
	destroying  bool
	errored     bool
	applyable   bool
	complete    bool
	workspace   string
	backendType string
	timestamp   time.Time
	targets     []string
	excludes    []string
	replaced    []string

	changes     []change
	index       map[string]int32 // position in changes of what key gives
	outputs     []change         // address is the name
	outputIndex map[string]int32
	deferred    int
	invocations int
	drift       driftCount
}

// key names an object.
func key(address, deposed string) string {
	if deposed == "" {
		return address
	}
	return address + "\x00" + deposed
}

// find returns the position of the change of an object. No address in the file
// holds a control character, but one in the JSON might, to pass for a deposed
// object.
func (f *File) find(address, deposed string) (i int32, ok bool) {
	if strings.IndexByte(address, 0) >= 0 {
		return 0, false
	}
	i, ok = f.index[key(address, deposed)]
	return i, ok
}

// add keeps a change; false when the object has one already.
func (f *File) add(c change) bool {
	k := key(c.address, c.deposed)
	if _, twice := f.index[k]; twice {
		return false
	}
	f.index[k] = int32(len(f.changes)) //nolint:gosec // bounded by Limits.MaxChanges, and the file
	f.changes = append(f.changes, c)
	return true
}

// Action returns the planned action of an object in the words of the JSON
// (["delete", "create"]); deposed is the key of a deposed object, empty for the
// current one. An action with an unknown number is ["unknown:<number>"]. ok is
// false when the file has no change for the object.
func (f *File) Action(address, deposed string) (words []string, ok bool) {
	i, ok := f.find(address, deposed)
	if !ok {
		return nil, false
	}
	return slices.Clone(verbs(f.changes[i].action)), true
}

// NumActions returns the number of resource changes in the file, no-ops included.
func (f *File) NumActions() int { return len(f.changes) }

// Encrypted reports that the file is encrypted by OpenTofu. Nothing else is known
// of it.
func (f *File) Encrypted() bool { return f.encrypted }

// Facts returns what the file says of itself. Targets are those of -target, and of
// -invoke, which limits a plan to actions. Replaced are the objects that a -replace
// forces to be replaced. Source, Digest, Size, Disagrees and
// Commit are the caller's.
func (f *File) Facts() checks.Saved {
	if f.encrypted {
		return checks.Saved{Encrypted: true}
	}
	modes := map[int32]string{modeNormal: "normal", modeDestroy: "destroy", modeRefreshOnly: "refresh-only"}
	mode, ok := modes[f.mode]
	if !ok {
		mode = "unknown"
	}
	if f.destroying {
		mode = modes[modeDestroy]
	}
	return checks.Saved{
		ToolVersion: f.toolVersion, Mode: mode,
		Targets: f.targets, Excludes: f.excludes, Replaced: f.replaced,
		Workspace: f.workspace, Backend: f.backendType,
		Errored: f.errored, Timestamp: f.timestamp,
	}
}

// Read reads a plan file. size is its length in bytes. Anything that is not as the
// package comment says is an [*Error]; other errors are those of r. A file that
// OpenTofu encrypted is no error: see [File.Encrypted].
func Read(r io.ReaderAt, size int64, lim Limits) (*File, error) {
	lim = lim.withDefaults()
	if size > lim.MaxFile {
		return nil, whole("the file is larger than %d bytes", lim.MaxFile)
	}
	if encrypted, err := notZip(r, size); err != nil || encrypted {
		if err != nil {
			return nil, err
		}
		return &File{encrypted: true}, nil
	}
	a, err := openArchive(r, size, lim)
	if err != nil {
		return nil, err
	}
	var plan, manifest, lock *entry
	var config []*entry
	rd := &reader{File: &File{index: map[string]int32{}, outputIndex: map[string]int32{}}, lim: lim}
	for i := range a.entries {
		switch e := &a.entries[i]; {
		case e.name == namePlan:
			plan = e
		case e.name == nameManifest:
			manifest = e
		case e.name == nameLock:
			lock = e
		case e.name == nameSchemas:
			rd.tofu = true
		case strings.HasPrefix(e.name, prefixConfig):
			if _, _, ok := splitConfig(e.name); !ok {
				return nil, inEntry(e.name, "an entry below tfconfig that is neither the list of modules nor a file of one")
			}
			config = append(config, e)
		}
	}
	if plan == nil || manifest == nil {
		return nil, whole("a zip, but not a plan file: it has no %s or no %s", namePlan, nameManifest)
	}
	if err := rd.readConfig(a, manifest, config); err != nil {
		return nil, err
	}
	if err := rd.readLock(a, lock); err != nil {
		return nil, err
	}
	if plan.size > lim.MaxPlan {
		return nil, inEntry(plan.name, "the plan is larger than %d bytes", lim.MaxPlan)
	}
	if err := rd.readMessage(a.open(plan), plan.size); err != nil {
		return nil, err
	}
	rd.Tool = rd.tool()
	// Both tools write these in an order of chance.
	slices.Sort(rd.Variables)
	rd.replaced = append(rd.replaced, rd.forced...)
	slices.Sort(rd.replaced)
	rd.replaced = slices.Compact(rd.replaced)
	return rd.File, nil
}

// tool says which tool wrote the file, by what only one of them writes. When both
// seem to have, it is not known.
func (r *reader) tool() string {
	for i := range r.Config {
		r.tofu = r.tofu || isTofu(r.Config[i].Name)
	}
	switch {
	case r.tofu && !r.tf:
		return ToolOpenTofu
	case r.tf && !r.tofu:
		return ToolTerraform
	}
	return ""
}
