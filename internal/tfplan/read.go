package tfplan

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/checks"
)

// Read reads one plan. source names it in messages: a file name, or "-" for
// standard input.
//
// The plan that is returned with an error has no facts: what was gathered before
// the error is worth nothing. It says why in Error, and has the digest and the
// size of all bytes unless they are more than the limit; so it can be put into a
// snapshot as it is.
func Read(r io.Reader, source string, lim Limits) (checks.Plan, error) {
	lim = lim.withDefaults()
	src := newSource(r, lim.MaxFile)
	p, err := read(src, lim)
	if err != nil {
		src.drain()
		p = Unreadable(source, err)
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
	plan checks.Plan
	seed maphash.Seed

	names   map[string]bool     // members of the plan that were there
	entries int                 // elements of resource_changes
	seen    map[uint64]struct{} // objects that have a resource change
	covered map[uint64]struct{} // addresses and previous addresses
	prior   []uint64            // managed objects of the prior state
	sample  map[uint64]string   // their addresses, for the first that looked uncovered
	changes []kept
	rules   ruleSet
	config  configuration
}

// kept is a change with the place where the configuration has its resource.
type kept struct {
	checks.Change
	config string
}

func read(src io.Reader, lim Limits) (checks.Plan, error) {
	in, err := text(src)
	if err != nil {
		return checks.Plan{}, err
	}
	r := &reader{
		walker: newWalker(in, lim), seed: maphash.MakeSeed(), names: map[string]bool{},
		seen: map[uint64]struct{}{}, covered: map[uint64]struct{}{}, sample: map[uint64]string{},
		rules: ruleSet{max: lim.MaxRules}, config: newConfiguration(),
		plan: checks.Plan{Totals: map[string]int{}, Changes: []checks.Change{}, Exposures: []checks.Exposure{}},
	}
	if r.d.PeekKind() == 'n' {
		return checks.Plan{}, whole("this is not a JSON object; %s", howTo)
	}
	if err := r.object(planMembers, r.member); err != nil {
		return checks.Plan{}, err
	}
	if err := r.end(); err != nil {
		return checks.Plan{}, err
	}
	if err := r.isPlan(); err != nil {
		return checks.Plan{}, err
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
	case "resource_changes":
		err = r.list(r.resourceChange)
	case "resource_drift":
		err = r.count(&p.Drift)
	case "deferred_changes", "deferred_action_invocations":
		err = r.count(&p.Deferred)
	case "action_invocations":
		err = r.count(&p.ActionInvocations)
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
	v, err := r.value()
	if err != nil {
		return err
	}
	if r.entries++; r.entries > r.lim.MaxChanges {
		return r.at("more resource changes than the limit")
	}
	e, problem := split(v)
	if problem != "" {
		return r.at(problem)
	}
	c, a, problem := e.fact()
	if problem != "" {
		return r.at(problem)
	}
	id := r.hash(c.Address + "\x00" + c.Deposed)
	if _, twice := r.seen[id]; twice {
		return r.at("two resource changes for the same object: " + quote(c.Address))
	}
	r.seen[id] = struct{}{}
	if c.Deposed == "" {
		r.covered[r.hash(c.Address)] = struct{}{}
	}
	if c.PreviousAddress != "" {
		r.covered[r.hash(c.PreviousAddress)] = struct{}{}
	}
	r.plan.Totals[string(c.Action)]++
	if strings.HasPrefix(c.Provider, "registry.opentofu.org") {
		r.plan.Tool = "opentofu"
	}
	if !plain(&c) {
		if len(r.changes) >= r.lim.MaxKept {
			return r.at("more changes than the limit")
		}
		c.ReplacePaths = e.paths()
		c.Class = Class(c.Type)
		r.changes = append(r.changes, kept{c, a.config})
	}
	if !exposes(c.Type) || c.Mode != modeManaged {
		return nil
	}
	if tokens(v) > r.lim.MaxTokens {
		return r.at("a resource change with too many elements: " + quote(c.Address))
	}
	ch, ok := e.decode(c.Action)
	if !ok {
		return r.at("a resource change whose values cannot be decoded: " + quote(c.Address))
	}
	if !r.rules.add(&c, a, ch) {
		return r.at("more network rules than the limit")
	}
	return nil
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
	for i := range r.changes {
		c := &r.changes[i]
		if c.Class == checks.ClassHarmless && r.config.provisioned[c.config] {
			c.Class = checks.ClassUnclassified
		}
		p.Changes = append(p.Changes, c.Change)
	}
	slices.SortFunc(p.Changes, func(a, b checks.Change) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Deposed, b.Deposed))
	})
	ex, err := r.rules.exposures(&r.config, r.lim.MaxWork)
	if err != nil {
		return checks.Plan{}, err
	}
	p.Exposures = append(p.Exposures, ex...)
	return *p, nil
}
