package collect

import (
	"fmt"
	"path"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// diffs computes what every commit changes, to hold the attestations against it.
func (c *collector) diffs(p *policy.Policy, limit int) {
	known := make(map[string]gitrepo.Commit, len(c.commits))
	for _, commit := range c.commits {
		known[commit.ID] = commit
	}
	var first error
	failed := 0
	note := func(err error) {
		if failed++; first == nil {
			first = err
		}
	}
	for i := range c.s.Commits {
		commit := known[c.s.Commits[i].ID]
		parent, err := c.parent(commit, known)
		if err != nil {
			note(err)
			continue
		}
		d, err := c.repo.Diff(c.ctx, parent, commit, limit)
		if err != nil {
			note(err)
			continue
		}
		c.s.Commits[i].RawDiff = d.Digest
		if len(commit.Parents) == 1 {
			c.s.Commits[i].Proofs = proofs(d.Changes, p, c.s.Repository.ObjectFormat)
		}
	}
	if failed > 0 {
		c.unreadable(fmt.Sprintf("compute what %s, so attestations cannot be held against it", checks.Plural(failed, "commit changes", "commits change")), first, "")
	}
}

// parent is a commit's first parent, or the zero Commit.
func (c *collector) parent(commit gitrepo.Commit, known map[string]gitrepo.Commit) (gitrepo.Commit, error) {
	if len(commit.Parents) == 0 {
		return gitrepo.Commit{}, nil
	}
	id := commit.Parents[0]
	if p, ok := known[id]; ok {
		return p, nil
	}
	p, err := c.repo.Resolve(c.ctx, id)
	if err == nil {
		known[id] = p
	}
	return p, err
}

// proofs lists what a commit adds, if that is evidence and nothing else; the rule
// is that of checks.Commit.Proofs. changes are those against its only parent.
//
// Such a commit need not be attested, so each part of the rule keeps something out
// that an agent could want to bring along under that name: an edit or a deletion,
// which changes what others rely on; a link or a program; a configuration of
// Terraform, which reads every *.tf.json and *.tfvars.json of a folder; a file that
// says whom to trust. It still must be signed, and what it adds is a changed file
// like any other, which the reviewers are shown.
func proofs(changes []gitrepo.Change, p *policy.Policy, format string) []checks.Path {
	if p == nil || len(changes) == 0 {
		return nil
	}
	folder := folderOf(p)
	out := make([]checks.Path, 0, len(changes))
	for _, c := range changes {
		dir, name := path.Split(c.Path)
		ours := dir == folder+"/" && namedAfter(name, format) != "" && (strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl"))
		switch {
		case c.Status != "added" || c.Mode != "100644",
			!ours && !clawProof(c.Path),
			p.GateFile(c.Path),
			policy.MatchPath(p.Plan.Paths, c.Path), policy.MatchPath(policy.DefaultPlanPaths(), c.Path):
			return nil
		}
		out = append(out, checks.Path(c.Path))
	}
	return out
}
