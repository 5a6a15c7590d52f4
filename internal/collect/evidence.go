package collect

import (
	"errors"
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// evidence looks whether a file that was given as evidence is part of the change.
// A plan or a list of reviews that the agent committed says what the agent wants
// it to say; a job that makes its plan in the checkout must not pick up one that
// was there already.
func (c *collector) evidence() {
	for _, e := range c.o.Evidence {
		if e.Name == "" || e.Name == "-" {
			continue
		}
		for _, path := range trail(c.repo.Top(), e.Name) {
			if c.evidenceAt(e.Question, path) {
				break // told once
			}
		}
	}
}

// evidenceAt reports whether the head commit has something at the path, or
// whether that could not be found out, and makes a gap of it.
func (c *collector) evidenceAt(q checks.Question, path string) bool {
	var err error
	for _, head := range c.heads() {
		if _, err = c.repo.File(c.ctx, head, path, 0); !errors.Is(err, gitrepo.ErrNoFile) {
			break
		}
	}
	if errors.Is(err, gitrepo.ErrNoFile) {
		return false
	}
	g := checks.Gap{
		Question: q, Kind: checks.GapEvidence,
		Message: fmt.Sprintf("%s is a file or a link of the head commit. A change cannot bring the evidence it is judged by.", checks.Path(path)),
		Remedy:  "Make the file outside the checkout or under a name that is not committed, and remove it from the branch.",
	}
	if err != nil && !absent(err) {
		g.Message = fmt.Sprintf("Whether %s is a file of the head commit could not be found out: %v.", checks.Path(path), err)
	}
	c.gap(g)
	return true
}
