package collect

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/planfile"
	"github.com/claw-verified/claw-verified/internal/tfsource"
)

// maxListed is how much of one commit is gone through.
var maxListed = gitrepo.Listing{Folders: 200_000, Files: 50_000}

const (
	maxTerraformFile = 4 << 20 // bytes
	maxIndexedFiles  = 5_000   // read to find where resources are declared
	maxLinkTarget    = 4 << 10 // bytes
)

// Plan is a plan as it was read, with what only the collector can compare.
type Plan struct {
	checks.Plan
	File   *planfile.File // the saved plan file; nil when there is none, or it cannot be read
	Path   string         // of the JSON on disk; empty for standard input
	Folder string         // of the root module in the repository, when the caller knows it; "." is the root
	Blobs  []Blob         // what the plan was read from: its JSON, its plan file
}

// terraform compares the Terraform source of base and head, and the plans with the
// source.
func (c *collector) terraform(plans []Plan) {
	changed := slices.ContainsFunc(c.s.Files, func(f checks.File) bool { return tfsource.Relevant(string(f.Path)) || isSubmodule(&f) })
	saved := slices.ContainsFunc(plans, func(p Plan) bool { return p.File != nil })
	if !changed && len(plans) == 0 {
		return
	}
	c.look(plans)
	head, err := c.repo.Files(c.ctx, c.head, maxListed, func(f gitrepo.TreeFile) bool {
		c.note(f)
		return terraformFile(f)
	})
	if err != nil {
		head, c.unlisted = nil, err
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
		c.modules(head)
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
func terraformFile(f gitrepo.TreeFile) bool {
	return f.Mode == gitrepo.ModeLink || tfsource.Relevant(f.Path)
}

// modules finds the module that each changed file is of, or lies below. A file of
// configuration belongs to its own folder and to no other: where nothing is left of
// that, there is no module.
func (c *collector) modules(head []gitrepo.TreeFile) {
	folders := map[string]bool{}
	for _, f := range head {
		if planfile.IsConfig(path.Base(f.Path)) {
			folders[path.Dir(f.Path)] = true
		}
	}
	for i := range c.s.Files {
		f := &c.s.Files[i]
		for dir := path.Dir(string(f.Path)); ; dir = path.Dir(dir) {
			if folders[dir] {
				f.Module = checks.Path("./" + inRepository(dir))
				break
			}
			if dir == "." || dir == "/" || planfile.IsConfig(path.Base(string(f.Path))) {
				break
			}
		}
	}
}

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
	before, err := c.repo.Files(c.ctx, base, maxListed, terraformFile)
	if err != nil {
		c.noSource("list the Terraform files of the merge base", err, true)
		return
	}
	blobs, err := c.texts(before, head) // at once: most of them are the same
	if err != nil {
		c.noSource("read the Terraform files of the merge base and of the head commit", err, true)
		return
	}
	old, large := sources(before, blobs)
	now, more := sources(head, blobs)
	old, now = c.tooLarge(large, more, old, now)
	c.submodules(now)
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

// tooLarge tells of the files that are too large to be read, and leaves them out of
// both sides: what they say is not known, and is no change where they stay as they
// are. The blobs of those that are too large are given by path.
func (c *collector) tooLarge(before, after map[string]string, old, now []tfsource.File) (_, _ []tfsource.File) {
	if len(before)+len(after) == 0 {
		return old, now
	}
	out := func(f tfsource.File) bool { return before[f.Path] != "" || after[f.Path] != "" }
	old, now = slices.DeleteFunc(old, out), slices.DeleteFunc(now, out)
	for _, f := range c.s.Files {
		p := string(f.Path)
		if a, b := before[p], after[p]; a != b && tfsource.Relevant(p) {
			c.s.Source = append(c.s.Source, checks.SourceChange{
				Kind: checks.SourceUnreadable, Path: f.Path, Detail: fmt.Sprintf("it has more than %d MiB, before the change or after it: what it says is not known", maxTerraformFile>>20),
			})
		}
	}
	return old, now
}

// isSubmodule reports whether a file is the commit of a submodule, or was.
func isSubmodule(f *checks.File) bool { return f.Mode == "160000" || f.OldMode == "160000" }

// submodules tells of those that are at another commit and that a module's code comes
// from.
func (c *collector) submodules(head []tfsource.File) {
	index := tfsource.NewIndex(head, tfsource.Limits{})
	for i := range c.s.Files {
		f := &c.s.Files[i]
		if !isSubmodule(f) {
			continue
		}
		if at, call, line, ok := index.LeadsInto(string(f.Path)); ok {
			c.s.Source = append(c.s.Source, checks.SourceChange{
				Kind: checks.SourceModule, Path: checks.Path(at), Line: line, Address: call, Detail: "its code is in a submodule that is at another commit",
			})
		}
	}
}

// source reports a file whose text is of interest. A link's content is a path.
func source(f gitrepo.TreeFile) bool {
	return f.Mode != gitrepo.ModeLink && tfsource.Relevant(f.Path)
}

// texts reads the files of interest of one or more commits.
func (c *collector) texts(commits ...[]gitrepo.TreeFile) (map[string][]byte, error) {
	var text []gitrepo.TreeFile
	for _, files := range commits {
		for _, f := range files {
			if source(f) && !tfsource.Opaque(f.Path) {
				text = append(text, f)
			}
		}
	}
	return c.repo.Blobs(c.ctx, text, maxTerraformFile)
}

// sources puts files and texts together. The blobs of files that are too large to be
// read are returned by their paths.
func sources(files []gitrepo.TreeFile, blobs map[string][]byte) (out []tfsource.File, large map[string]string) {
	out, large = make([]tfsource.File, 0, len(files)), map[string]string{}
	for _, f := range files {
		if !source(f) {
			continue
		}
		data, ok := blobs[f.Blob]
		if tfsource.Opaque(f.Path) {
			data, ok = []byte(f.Blob), true // only whether it changed matters
		}
		if !ok {
			large[f.Path] = f.Blob
			continue
		}
		out = append(out, tfsource.File{Path: f.Path, Data: data})
	}
	return out, large
}

// index finds declarations. It is for showing where a resource is, so what cannot
// be read is left out and nothing is said.
func (c *collector) index(head []gitrepo.TreeFile) *tfsource.Index {
	if len(head) > maxIndexedFiles {
		return nil
	}
	blobs, err := c.texts(head)
	if err != nil {
		return nil
	}
	all, _ := sources(head, blobs)
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
		if at, line, ok := index.Locate(ch.Block(), hint); ok {
			ch.Path, ch.Line = checks.Path(at), line
		}
	}
}
