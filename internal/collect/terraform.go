package collect

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

const (
	maxTerraformFiles = 20_000   // of one commit
	maxTerraformFile  = 4 << 20  // bytes
	maxIndexedFiles   = 5_000    // read to find where resources are declared
	maxLinkTarget     = 4 << 10  // bytes
)

// Plan is a plan as it was read, with what only the collector can compare.
type Plan struct {
	checks.Plan
	File   *planfile.File // the saved plan file; nil when there is none, or it cannot be read
	Path   string         // of the JSON on disk; empty for standard input
	Folder string         // of the root module in the repository, when the caller knows it; "." is the root
}

// terraform compares the Terraform source of base and head, and the plans with the
// source.
func (c *collector) terraform(plans []Plan) {
	changed := slices.ContainsFunc(c.s.Files, func(f checks.File) bool { return tfsource.Relevant(string(f.Path)) })
	saved := slices.ContainsFunc(plans, func(p Plan) bool { return p.File != nil })
	if !changed && len(plans) == 0 {
		return
	}
	head, err := c.repo.Files(c.ctx, c.head, maxTerraformFiles, terraformFile)
	if err != nil {
		head = nil
		c.noSource("list the Terraform files of the head commit", err, changed || saved)
	}
	if changed && err == nil {
		c.compareSource(head)
	}
	var index *tfsource.Index
	if err == nil && slices.ContainsFunc(plans, func(p Plan) bool { return len(p.Changes) > 0 }) {
		index = c.index(head)
	}
	var tree []planfile.TreeFile
	if saved && err == nil {
		if tree, err = c.linked(head); err != nil {
			c.noSource("read the links of the head commit", err, true)
		}
	}
	for i := range plans {
		p := &plans[i]
		if p.File != nil && p.Saved != nil && !p.Saved.Encrypted && err == nil {
			c.matchSource(p, tree)
		}
		locate(p, index, c.repo.Top())
		c.s.Plans = append(c.s.Plans, p.Plan)
	}
}

// terraformFile keeps what Terraform reads, and every link: one may lead to it.
func terraformFile(path string, link bool) bool { return link || tfsource.Relevant(path) }

// matchSource compares the configuration in a plan file with the head commit.
func (c *collector) matchSource(p *Plan, tree []planfile.TreeFile) {
	var m checks.SourceMatch
	sha256 := c.repo.Format() == "sha256"
	if p.Folder != "" {
		m = planfile.MatchAt(p.File, tree, sha256, checks.Path(inRepository(p.Folder)))
	} else {
		m = planfile.Match(p.File, tree, sha256)
	}
	if m.LockFile == checks.LockFileDiffers {
		// Terraform writes the file anew, so other bytes may say the same.
		lock, err := c.repo.File(c.ctx, c.head, path.Join(string(m.Root), ".terraform.lock.hcl"), maxTerraformFile)
		if err == nil {
			m.LockFile = p.File.CompareLock(lock)
		}
	}
	p.Saved.Commit = &m
	if p.Folder == "" && m.Found {
		p.Folder = "./" + string(m.Root)
	}
}

// inRepository is a folder without the "./" that tells the root from nothing.
func inRepository(folder string) string {
	if f := strings.TrimPrefix(path.Clean(folder), "./"); f != "." {
		return f
	}
	return ""
}

func (c *collector) noSource(doing string, err error, needed bool) {
	if !needed {
		return
	}
	g := gap(doing, err)
	g.Question = checks.QuestionPlan
	c.gap(g)
}

// linked is what a plan file is compared with. Terraform reads what a link leads to.
func (c *collector) linked(files []gitrepo.TreeFile) ([]planfile.TreeFile, error) {
	links := slices.DeleteFunc(slices.Clone(files), func(f gitrepo.TreeFile) bool { return f.Mode != gitrepo.ModeLink })
	targets, err := c.repo.Blobs(c.ctx, links, maxLinkTarget)
	if err != nil {
		return nil, err
	}
	out := make([]planfile.TreeFile, 0, len(files))
	for _, f := range files {
		t := planfile.TreeFile{Path: f.Path, Blob: f.Blob}
		if f.Mode == gitrepo.ModeLink {
			t.Link = string(targets[f.Blob])
		}
		out = append(out, t)
	}
	return out, nil
}

// compareSource compares what the change does to Terraform source: the files at the
// commit it left the base at with those of the head. All of them are given, because
// modules lie in other folders than their callers.
func (c *collector) compareSource(head []gitrepo.TreeFile) {
	for i := range c.s.Files {
		if f := &c.s.Files[i]; f.Mode == gitrepo.ModeLink && tfsource.Relevant(string(f.Path)) {
			c.s.Source = append(c.s.Source, checks.SourceChange{
				Kind: checks.SourceUnreadable, Path: f.Path, Detail: "it is a symbolic link, and Terraform reads whatever it leads to",
			})
		}
	}
	base, err := c.repo.Resolve(c.ctx, c.s.MergeBase)
	if err != nil {
		c.noSource("find the merge base again", err, true)
		return
	}
	before, err := c.repo.Files(c.ctx, base, maxTerraformFiles, terraformFile)
	if err != nil {
		c.noSource("list the Terraform files of the merge base", err, true)
		return
	}
	old, err := c.sources(before)
	if err != nil {
		c.noSource("read the Terraform files of the merge base", err, true)
		return
	}
	now, err := c.sources(head)
	if err != nil {
		c.noSource("read the Terraform files of the head commit", err, true)
		return
	}
	for _, s := range tfsource.Compare(old, now, tfsource.Limits{}) {
		if s.Path == "" { // not about a file: the comparison itself was cut short
			c.gap(checks.Gap{
				Question: checks.QuestionPlan, Kind: checks.GapEvidence, Message: "The Terraform source could not be compared in full: " + s.Detail + ".",
				Remedy: "Split the change.",
			})
			continue
		}
		c.s.Source = append(c.s.Source, s)
	}
}

// sources reads what is no link: a link's content is a path.
func (c *collector) sources(files []gitrepo.TreeFile) ([]tfsource.File, error) {
	files = slices.DeleteFunc(slices.Clone(files), func(f gitrepo.TreeFile) bool { return f.Mode == gitrepo.ModeLink || !tfsource.Relevant(f.Path) })
	text := slices.DeleteFunc(slices.Clone(files), func(f gitrepo.TreeFile) bool { return tfsource.Opaque(f.Path) })
	blobs, err := c.repo.Blobs(c.ctx, text, maxTerraformFile)
	if err != nil {
		return nil, err
	}
	out := make([]tfsource.File, 0, len(files))
	for _, f := range files {
		data := blobs[f.Blob]
		if tfsource.Opaque(f.Path) {
			data = []byte(f.Blob) // only whether it changed matters
		}
		out = append(out, tfsource.File{Path: f.Path, Data: data})
	}
	return out, nil
}

// index finds declarations. It is for showing where a resource is, so what cannot
// be read is left out and nothing is said.
func (c *collector) index(head []gitrepo.TreeFile) *tfsource.Index {
	if len(head) > maxIndexedFiles {
		return nil
	}
	all, err := c.sources(head)
	if err != nil {
		return nil
	}
	return tfsource.NewIndex(all, tfsource.Limits{})
}

// locate fills in where the repository declares what changes.
func locate(p *Plan, index *tfsource.Index, top string) {
	if index == nil || p.Error != "" {
		return
	}
	hint := inRepository(p.Folder)
	if p.Folder == "" && p.Path != "" {
		if abs, err := filepath.Abs(filepath.Dir(p.Path)); err == nil {
			if rel, err := filepath.Rel(top, abs); err == nil && filepath.IsLocal(rel) && rel != "." {
				hint = filepath.ToSlash(rel)
			}
		}
	}
	for i := range p.Changes {
		ch := &p.Changes[i]
		if at, line, ok := index.Locate(withoutKeys(ch.Address), hint); ok {
			ch.Path, ch.Line = checks.Path(at), line
		}
	}
}

// withoutKeys cuts every instance key out of an address. Keys may hold brackets and
// dots inside quotes.
func withoutKeys(address string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(address); i++ {
		ch := address[i]
		switch {
		case quoted:
			if ch == '\\' {
				i++
			} else if ch == '"' {
				quoted = false
			}
		case depth > 0 && ch == '"':
			quoted = true
		case ch == '[':
			depth++
		case ch == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(ch)
		}
	}
	return b.String()
}
