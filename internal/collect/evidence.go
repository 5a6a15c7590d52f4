package collect

import (
	"errors"
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// Blob is the id that git would give to a file that was given as evidence.
type Blob struct {
	Name         string // as in [EvidenceFile]
	SHA1, SHA256 string // in hex; empty when they are not known
}

func (b Blob) in(format string) string {
	if format == "sha256" {
		return b.SHA256
	}
	return b.SHA1
}

// evidence looks whether a file that was given as evidence is part of the change.
// A plan or a list of reviews that the agent committed says what the agent wants
// it to say; a job that makes its plan in the checkout must not pick up one that
// was there already.
func (c *collector) evidence(plans []Plan) {
	told := map[string]bool{}
	for _, e := range c.o.Evidence {
		if e.Name == "" || e.Name == "-" {
			continue
		}
		for _, path := range trail(c.repo.Top(), e.Name) {
			if c.evidenceAt(e.Question, path) {
				told[e.Name] = true
				break // told once
			}
		}
	}
	c.copied(plans, told)
}

// look is the list of what [collector.note] is to find.
func (c *collector) look(plans []Plan) {
	c.copies = map[string]string{}
	for i := range plans {
		for _, b := range plans[i].Blobs {
			if id := b.in(c.repo.Format()); id != "" {
				c.copies[id] = ""
			}
		}
	}
}

// note remembers a file of a head commit that is the same as one given as evidence.
func (c *collector) note(f gitrepo.TreeFile) {
	if at, ok := c.copies[f.Blob]; ok && at == "" {
		c.copies[f.Blob] = f.Path
	}
}

// copied looks whether a plan is a copy of a file of the change, whatever its name
// is now: moved or linked to in the checkout, copied out of it, piped in.
func (c *collector) copied(plans []Plan, told map[string]bool) {
	if len(c.copies) == 0 {
		return
	}
	for _, head := range c.heads() {
		if head.ID == c.head.ID || c.unlisted != nil { // those were noted by the way
			continue
		}
		_, c.unlisted = c.repo.Files(c.ctx, head, maxListed, func(f gitrepo.TreeFile) bool {
			c.note(f)
			return false
		})
	}
	if c.unlisted != nil {
		c.noSource("find out whether a plan is a file of the head commit", c.unlisted, true)
		return
	}
	for i := range plans {
		for _, b := range plans[i].Blobs {
			at := c.copies[b.in(c.repo.Format())]
			if at == "" || told[b.Name] {
				continue
			}
			told[b.Name] = true
			name := checks.Path(b.Name).String()
			if b.Name == "-" {
				name = "The plan on standard input"
			}
			c.gap(checks.Gap{
				Question: checks.QuestionPlan, Kind: checks.GapEvidence,
				Message: fmt.Sprintf("%s is the same as %s, a file of the head commit. A change cannot bring the evidence it is judged by.", name, checks.Path(at)),
				Remedy:  "Make the plan in the job that judges it, and remove that file from the branch.",
			})
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
