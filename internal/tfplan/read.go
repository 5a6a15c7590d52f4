package tfplan

import (
	"bufio"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/exposure"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Read reads one plan. source names it in messages: a file name, or "-" for
// standard input.
//
// The plan that is returned with an error has no facts: what was gathered before
// the error is worth nothing. It says why in Error, and has the digest and the
// size of all bytes unless they are more than the limit; so it can be put into a
// snapshot as it is.
func Read(r io.Reader, source string, o Options) (checks.Plan, error) {
	o.Limits = o.Limits.withDefaults()
	if o.Table == nil {
		o.Table = resource.Builtin()
	}
	src := newSource(r, o.Limits.MaxFile)
	p, err := read(src, o)
	if err != nil {
		src.drain()
		encoding := p.Encoding
		p = Unreadable(source, err)
		p.Encoding = encoding
		err = fmt.Errorf("read plan: %w", err)
	}
	p.Source, p.Digest, p.Size = source, src.digest(), src.size
	if src.over {
		p.Size = 0
	}
	if p.Size == 0 {
		p.Digest = "" // of nothing: it would pass for the digest of a file
	}
	return p, err
}

// reader gathers what is needed for the facts, which are made at the end of the
// file: configuration and prior state come after the changes, and nothing rests
// on the order.
type reader struct {
	*walker
	plan  checks.Plan
	table *resource.Table
	seed  maphash.Seed
	held  *planfile.Comparison

	errored *bool             // as the plan says
	outputs int               // entries of output_changes
	names   map[string]bool   // members of the plan that were there
	entries int               // elements of resource_changes
	now     entry             // the resource change that is read
	objects map[uint64]uint8  // by hash of the address, and of the deposed key: seen, covered
	prior   []uint64          // managed objects of the prior state
	sample  map[uint64]string // their addresses, for the first that looked uncovered
	changes []kept
	pending []tfvalue.Pending
	effects []digest          // what counts of the change set beside the changes
	given   map[string]digest // values of variables
	network *exposure.Set
	work    *worker // looks closer at entries while the file is scanned; nil when none waits
	config  configuration
}

// What is known of an object.
const (
	seen    uint8 = 1 << iota // it has a resource change
	covered                   // that, or it is the previous address of one; not deposed
	exists                    // a resource change says that it is there before the plan
)

func read(src io.Reader, o Options) (p checks.Plan, err error) {
	file := newAhead(src)
	defer file.close()
	flat, encoding, done, err := inflate(bufio.NewReaderSize(file, 64<<10), o.Limits.MaxFile)
	if err != nil {
		return p, err
	}
	defer done()
	defer func() { p.Encoding = encoding }()
	in, err := text(flat)
	if err != nil {
		return p, err
	}
	r := &reader{
		walker: newWalker(in, o.Limits), seed: maphash.MakeSeed(), names: map[string]bool{}, table: o.Table, held: o.Comparison,
		objects: map[uint64]uint8{}, sample: map[uint64]string{}, given: map[string]digest{},
		network: exposure.New(exposure.Limits{Rules: o.Limits.MaxRules, Work: o.Limits.MaxWork}), config: newConfiguration(),
		plan: checks.Plan{Totals: map[string]int{}, Changes: []checks.Change{}, Exposures: []checks.Exposure{}},
	}
	defer r.drain() //nolint:errcheck // after an error, to end what runs
	if r.s.Kind() == 'n' {
		return p, whole("this is not a JSON object; %s", howTo)
	}
	if err := r.object(planMembers, r.member); err != nil {
		return p, err
	}
	if err := r.end(); err != nil {
		return p, err
	}
	if err := r.isPlan(); err != nil {
		return p, err
	}
	return r.finish()
}

// member reads one member of the plan.
func (r *reader) member(name string) (err error) {
	r.names[name] = true
	p := &r.plan
	switch name {
	case "@level":
		return whole("this is the log of `terraform plan -json`, not the plan; save the plan with `terraform plan -out=tfplan` and %s", howTo)
	case "format_version":
		p.FormatVersion, err = r.str()
	case "plan_format_version":
		p.Redacted = true
		p.FormatVersion, err = r.str()
	case "timestamp":
		err = r.timestamp()
	case "terraform_version":
		p.ToolVersion, err = r.str()
		p.ToolVersion = cut(p.ToolVersion, maxText)
	case "applyable":
		p.Applyable, err = r.boolean()
	case "complete":
		p.Complete, err = r.boolean()
	case "errored":
		var b *bool
		if b, err = r.boolean(); b != nil {
			p.Errored = *b
		}
		r.errored = b
	case "resource_changes":
		// Of two errors the one that stands first in the file is told, whichever
		// goroutine was faster: the same bytes give the same answer.
		err = r.list(r.resourceChange)
		if earlier := r.drain(); earlier != nil {
			err = earlier
		}
	case "resource_drift":
		err = r.drift()
	case "deferred_changes", "deferred_action_invocations":
		err = r.effectsOf("deferred", &p.Deferred, nil)
	case "action_invocations":
		err = r.effectsOf("action", &p.ActionInvocations, r.action)
	case "output_changes":
		err = r.outputChanges()
	case "checks":
		err = r.failedChecks()
	case "variables":
		err = r.variables()
	case "prior_state":
		err = r.priorState()
	case "configuration":
		err = r.configuration()
	default:
		err = r.skip()
	}
	return err
}

// formats are the versions of the format that this reader was tested with: the
// old ones and 1.x. Members arrive without a new version, so the version decides
// nothing but whether to read at all.
var formats = version.MustConstraints(version.NewConstraint(tfjson.PlanFormatVersionConstraints))

// isPlan tells a plan from the other JSON that the same tools write.
func (r *reader) isPlan() error {
	f := r.plan.FormatVersion
	if r.names["format_version"] && r.names["plan_format_version"] {
		return whole("it gives both format_version and plan_format_version: it is not the output of one tool")
	}
	if f == "" {
		if r.names["serial"] || r.names["lineage"] {
			return whole("this is a state file, not a plan; %s", howTo)
		}
		return whole("format_version is missing, so this is not the JSON of a plan; %s", howTo)
	}
	v, err := version.NewVersion(f)
	if err != nil || len(f) > 20 || strings.Trim(f, "0123456789.") != "" {
		return whole("format_version is not a version; %s", howTo)
	}
	if !formats.Check(v) {
		return whole("format_version %s is not one that this version reads (0.1 to 1.x); update Claw Verified", f)
	}
	for _, n := range []string{"planned_values", "resource_changes", "configuration", "prior_state"} {
		if r.names[n] {
			return nil
		}
	}
	if r.names["values"] {
		return whole("this is the JSON of a state, not of a plan; %s", howTo)
	}
	return whole("none of the parts of a plan is there (resource_changes, planned_values, configuration); %s", howTo)
}

func (r *reader) hash(s string) uint64 { return maphash.String(r.seed, s) }

func (r *reader) resourceChange() error {
	return r.entry(r.entered)
}

// entered takes one element of resource_changes.
func (r *reader) entered(e *entry) error {
	if r.entries++; r.entries > r.lim.MaxChanges {
		return r.at("more resource changes than the limit")
	}
	c, a, problem := r.fact(e)
	if problem != "" {
		return r.at(problem)
	}
	object, has := r.hash(c.Address), seen|covered
	if c.Deposed != "" {
		object, has = r.hash(c.Address+"\x00"+c.Deposed), seen
	}
	if r.objects[object]&seen != 0 {
		return r.at("two resource changes for the same object: " + quote(c.Address))
	}
	r.objects[object] |= has
	if c.PreviousAddress != "" {
		r.objects[r.hash(c.PreviousAddress)] |= covered
	}
	// The prior state of an object that moves has one address or the other.
	if c.Mode == modeManaged && c.Deposed == "" && c.PreviousAddress == "" && !c.Importing && len(e.before) > 0 && string(e.before) != "null" {
		r.objects[r.hash(c.Address)] |= exists
	}
	r.plan.Totals[string(c.Action)]++
	if strings.HasPrefix(c.Provider, "registry.opentofu.org") {
		r.plan.Tool = "opentofu"
	}
	if r.held != nil {
		r.held.Change(c.Address, c.Deposed, c.Verbs)
	}
	return r.later(e, &c, a)
}

// finish makes the facts.
func (r *reader) finish() (checks.Plan, error) {
	p := &r.plan
	if p.Tool == "" {
		p.Tool = "terraform"
		if r.config.opentofu {
			p.Tool = "opentofu"
		}
	}
	r.coverage()
	r.overridden()
	// Room for the comparison of the rules.
	r.objects, r.prior, r.sample, r.walker = nil, nil, nil, &walker{lim: r.lim}
	if err := r.settle(); err != nil {
		return checks.Plan{}, err
	}
	slices.SortFunc(p.Outputs, func(a, b checks.Output) int { return strings.Compare(a.Name, b.Name) })
	if r.held != nil {
		r.held.Facts(r.stated())
	}
	return *p, nil
}

// stated is what the plan says of itself, for the comparison with the plan file.
func (r *reader) stated() planfile.Stated {
	p := &r.plan
	s := planfile.Stated{
		ToolVersion: p.ToolVersion, Errored: r.errored, Complete: p.Complete, Applyable: p.Applyable, Timestamp: p.Timestamp,
		Variables: slices.Sorted(maps.Keys(r.given)),
		Drift:     &p.Drift, Deferred: &p.Deferred, Invocations: &p.ActionInvocations, Outputs: &r.outputs,
	}
	return s
}
