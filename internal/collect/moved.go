package collect

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// moved looks once more where base and head are. What was read is about the
// commits they were at the start; a name that has moved since stands for something
// that nobody has looked at, and a caller who goes by the name must not take this
// snapshot for it.
func (c *collector) moved() {
	if c.o.remote {
		return
	}
	for _, r := range []struct {
		what, name string
		was        gitrepo.Commit
	}{{"base", c.o.Base, c.base}, {"head", c.o.Head, c.head}} {
		now, err := c.repo.Resolve(c.ctx, r.name)
		switch {
		case err != nil:
			c.gap(gap("find the "+r.what+" again after reading", err))
		case now.ID != r.was.ID:
			c.gap(checks.Gap{
				Kind:    checks.GapEvidence,
				Message: fmt.Sprintf("The %s %s moved while it was read: it was %s and is %s now.", r.what, show(r.name), r.was.ID, now.ID),
				Remedy:  "Run the check again.",
			})
		}
	}
}
