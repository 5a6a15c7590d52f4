package collect

import (
	"errors"
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

const (
	maxTrustFile  = 1 << 20
	maxTrustBytes = 8 << 20 // of all of them
)

// trustFiles reads the files by which the policy says whom to trust, from the base
// commit. That is so even where the policy itself is a file outside of the
// repository: its paths are paths of the repository, and the change cannot have
// edited what the base has. What the change makes of such a file is not looked at
// here; it is a gate file, so that people are.
func (c *collector) trustFiles(p *policy.Policy) {
	if p == nil {
		return
	}
	total := 0
	for _, path := range p.TrustFiles() {
		text, err := c.repo.File(c.ctx, c.judge, path, maxTrustFile)
		if total += len(text); err == nil && total > maxTrustBytes {
			err = fmt.Errorf("%w: the files that the policy refers to have together more than %d MiB", gitrepo.ErrTooLarge, maxTrustBytes>>20)
		}
		if err != nil {
			c.noTrust(path, err)
			continue
		}
		c.s.Trust = append(c.s.Trust, checks.TrustFile{Path: checks.Path(path), Digest: digest(text), Text: text})
	}
}

// noTrust tells of a file that the policy counts on and that is not there. Nobody
// is trusted for its sake, and nobody knows who would have been.
func (c *collector) noTrust(path string, err error) {
	g := checks.Gap{Question: checks.QuestionProvenance, Kind: checks.GapConfiguration}
	shown, at := checks.Path(path), c.o.Base
	if c.o.PolicyAtHead {
		at = c.o.Head
	}
	switch {
	case errors.Is(err, gitrepo.ErrNoFile):
		g.Message = fmt.Sprintf("The policy refers to %s, and there is no such file at the base %s (%s).", shown, show(at), c.judge.ID)
		g.Remedy = "Merge the file into the base branch first, in a change of its own that people look at, or mend the path in the policy."
	case absent(err):
		g.Message = sentence("The policy refers to %s, which cannot be used at the base %s: %v", shown, show(at), err)
		g.Remedy = fmt.Sprintf("Make %s a regular file of at most %d MiB on the base branch, or mend the path in the policy.", shown, maxTrustFile>>20)
	default:
		told := gap(fmt.Sprintf("read %s, to which the policy refers, at the base", shown), err)
		g.Kind, g.Message, g.Remedy = told.Kind, told.Message, told.Remedy
	}
	c.gap(g)
}
