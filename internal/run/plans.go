package run

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// maxPlans is how many plans one run reads.
const maxPlans = 1000

// source is one plan: where its JSON is, the saved plan file if there is one, and
// the folder of the repository it is of, if somebody says.
type source struct {
	name, saved, folder string
	json, file          *os.File
	stdin               io.Reader
	fetched             *collect.FetchedPlan // in the place of files
}

// plans opens every plan before anything is read: a path that is wrong is told at
// once, and the files are those that were there when the run began.
type plans struct {
	list     []source
	root     string
	progress io.Writer // a terminal, or nil
}

func openPlans(c config.Check, in io.Reader) (*plans, error) {
	list, err := planSources(c)
	if err != nil {
		return nil, err
	}
	if len(list) > maxPlans {
		return nil, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("%d plans are given, and at most %d are read.", len(list), maxPlans), Remedy: "Split the change."}
	}
	p := &plans{list: list, root: c.Root}
	for i := range p.list {
		s := &p.list[i]
		if s.name == "-" {
			s.stdin = in
		} else if s.json, err = open("The plan", c.Root, s.name); err != nil {
			p.close()
			return nil, err
		}
		if s.saved != "" {
			if s.file, err = open("The plan file", c.Root, s.saved); err != nil {
				p.close()
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *plans) close() {
	for i := range p.list {
		for _, f := range []*os.File{p.list[i].json, p.list[i].file} {
			if f != nil {
				_ = f.Close()
			}
		}
	}
}

// add takes plans that were fetched. They are no files of this machine.
func (p *plans) add(list []collect.FetchedPlan) {
	for i := range list {
		p.list = append(p.list, source{name: list[i].Name, saved: list[i].SavedName, fetched: &list[i]})
	}
}

// names are the files that plans were read from.
func (p *plans) names() []string {
	var out []string
	for i := range p.list {
		if p.list[i].fetched != nil {
			continue
		}
		out = append(out, p.list[i].name)
		if p.list[i].saved != "" {
			out = append(out, p.list[i].saved)
		}
	}
	return out
}

// planSources finds the plans that a call names: files, folders, a manifest.
func planSources(c config.Check) ([]source, error) {
	var out []source
	var single []int // entries that --plan named as files
	for _, name := range c.Plans {
		if st, err := os.Stat(at(c.Root, name)); name == "-" || err != nil || !st.IsDir() {
			single = append(single, len(out))
			out = append(out, source{name: name})
			continue
		}
		found, err := folderPlans(c.Root, name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	switch n := len(c.PlanFiles); {
	case n == 0:
	case n != len(single):
		return nil, fmt.Errorf("%w: --plan-file is given %d times and --plan names %d files: give one for each, in the same order, or use --plan-manifest", config.ErrUsage, n, len(single))
	default:
		for i, k := range single {
			out[k].saved = c.PlanFiles[i]
		}
	}
	if c.Manifest != "" {
		listed, err := readManifest(c.Root, c.Manifest)
		if err != nil {
			return nil, err
		}
		out = append(out, listed...)
	}
	return out, nil
}

// read reads every plan. One that cannot be read stays in the list with its error:
// it was said to exist, so leaving it out would hide it.
func (p *plans) read(rules *policy.Policy, maxBytes int64) []collect.Plan {
	table, err := tableOf(rules)
	out := make([]collect.Plan, 0, len(p.list))
	for i := range p.list {
		s := &p.list[i]
		if err != nil { // by other classes than the policy's a plan is not judged
			out = append(out, collect.Plan{Plan: tfplan.Unreadable(s.name, err)})
			continue
		}
		out = keep(out, p.readOne(s, table, maxBytes))
	}
	return out
}

// keep adds a plan to those that were read. The same plan twice is kept once: it
// would count everything in it twice. But the same bytes for two folders are not the
// same plan: one of the two was made elsewhere than it is said to be, and dropping
// it would hide which.
func keep(list []collect.Plan, plan collect.Plan) []collect.Plan {
	if plan.Error != "" {
		return append(list, plan)
	}
	for i := range list {
		o := &list[i]
		switch {
		case o.Error != "" || o.Digest != plan.Digest:
		case o.Saved != nil && plan.Saved != nil && o.Saved.Digest != plan.Saved.Digest:
		case o.Folder != "" && plan.Folder != "" && o.Folder != plan.Folder:
			err := fmt.Errorf("its bytes are those of %s, which is said to be of %s, and this one of %s", checks.Path(o.Source), checks.Path(o.Folder), checks.Path(plan.Folder))
			return append(list, collect.Plan{Plan: tfplan.Unreadable(plan.Source, err), Blobs: plan.Blobs})
		case o.Saved != nil || plan.Saved == nil:
			if o.Folder == "" {
				o.Folder = plan.Folder
			}
			o.Blobs = append(o.Blobs, plan.Blobs...)
			return list
		}
	}
	return append(list, plan)
}

func (p *plans) readOne(s *source, table *resource.Table, maxBytes int64) collect.Plan {
	out := collect.Plan{Folder: s.folder}
	onDisk := func(name string) string { return at(p.root, name) }
	switch {
	case s.fetched != nil:
		onDisk = func(name string) string { return name }
	case s.name != "-":
		out.Path = onDisk(s.name)
	}
	o := tfplan.Options{Limits: tfplan.Limits{MaxFile: maxBytes}, Table: table}
	var saved *checks.Saved
	var held *planfile.Comparison
	if s.saved != "" {
		var blob *blobHash
		saved, out.File, blob = readSaved(s)
		out.Blobs = append(out.Blobs, blob.blob(onDisk(s.saved)))
		if out.File != nil && !saved.Encrypted {
			held = out.File.Compare()
			o.Comparison = held
		}
	}
	in, done := p.watched(s)
	in, blob := s.hashed(in)
	if s.fetched == nil { // whose zip is in memory anyway
		frugal(s.size())
	}
	out.Plan, _ = tfplan.Read(in, s.name, o) // an error is in the plan, too
	done()
	out.Blobs = append(out.Blobs, blob.blob(onDisk(s.name)))
	if held != nil && out.Error == "" {
		saved.Disagrees = held.Done()
	}
	out.Saved = saved
	if s.fetched != nil {
		out.Evidence = s.fetched.Evidence
	}
	return out
}

// readSaved reads a saved plan file. One that cannot be read is told of: it was
// said to exist.
func readSaved(s *source) (*checks.Saved, *planfile.File, *blobHash) {
	saved := checks.Saved{Source: s.saved}
	var f *planfile.File
	var blob *blobHash
	in, size, err := s.savedFile()
	if err == nil {
		saved.Size = size
		saved.Digest, blob, err = digestOf(in, size)
	}
	if err == nil {
		f, err = planfile.Read(in, size, planfile.Limits{})
	}
	if err != nil {
		saved.Error = err.Error()
		return &saved, nil, blob
	}
	facts := f.Facts()
	facts.Source, facts.Digest, facts.Size = s.saved, saved.Digest, saved.Size
	return &facts, f, blob
}

func (s *source) savedFile() (io.ReaderAt, int64, error) {
	if s.fetched != nil {
		return bytes.NewReader(s.fetched.Saved), int64(len(s.fetched.Saved)), nil
	}
	st, err := s.file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return s.file, st.Size(), nil
}

// tableOf is what is known of resource types, with what the policy adds. A stateful
// type without a tier is taken for the worst.
func tableOf(rules *policy.Policy) (*resource.Table, error) {
	t := resource.Builtin()
	if rules == nil || len(rules.Plan.Resources) == 0 {
		return t, nil
	}
	extra := make([]resource.Extra, 0, len(rules.Plan.Resources))
	for _, r := range rules.Plan.Resources {
		e := resource.Extra{Type: r.Type, Class: checks.Class(r.Class), Tier: checks.Tier(r.Tier), Loses: r.Loses, Guards: r.Guards}
		if e.Class == checks.ClassStateful && e.Tier == "" {
			e.Tier = checks.TierCritical
		}
		if err := e.Valid(); err != nil {
			return nil, fmt.Errorf("the policy's plan.resources cannot be used: %q: %w", r.Type, err)
		}
		extra = append(extra, e)
	}
	return t.With(extra), nil
}
