package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// MaxPolicyBytes bounds a policy file. The parser takes no more.
const MaxPolicyBytes = 1 << 20

// rules are the policy as it will be judged by, floors of the organisation included:
// what it says of reading holds for reading. nil when it cannot be used.
func (c *collector) rules() *policy.Policy {
	p := parsed(c.s.Policy.Text)
	if p == nil || c.s.Organization == nil {
		return p
	}
	floor, _ := policy.ParseFloor(string(c.s.Organization.Text), registry.Known())
	if floor == nil {
		return nil
	}
	joined, _ := p.WithFloor(floor)
	return joined
}

// parsed reads the policy for what it says of reading: how much, and which files.
// It is nil for one that cannot be used; to say so belongs to the evaluation.
func parsed(text []byte) *policy.Policy {
	p, _ := policy.Parse(string(text), registry.Known())
	return p
}

// limitsOf learns from the policy how much may be read. A policy that cannot be
// used gives the default limits. The built-in maximum holds whatever it says.
func limitsOf(p *policy.Policy) policy.Limits {
	l := policy.Limits{Commits: policy.DefaultCommits, Files: policy.DefaultFiles, PlanSize: policy.DefaultPlanSize}
	if p == nil {
		return l
	}
	if n := p.Limits.Commits; n > 0 {
		l.Commits = min(n, policy.MaxCommits)
	}
	if n := p.Limits.Files; n > 0 {
		l.Files = min(n, policy.MaxFiles)
	}
	if n := p.Limits.PlanSize; n > 0 {
		l.PlanSize = min(n, policy.MaxPlanSize)
	}
	return l
}

// policy reads the policy from where it is to come from.
func (c *collector) policy() error {
	if c.o.PolicyFile != "" {
		return c.policyFromFile()
	}
	path := c.o.PolicyPath
	// Nothing in the snapshot's policy is set when there is none: an empty text is
	// what the evaluation takes for a missing policy.
	text, err := c.repo.File(c.ctx, c.judge, path, MaxPolicyBytes)
	head, headErr := c.repo.File(c.ctx, c.head, path, MaxPolicyBytes)
	switch {
	case errors.Is(err, gitrepo.ErrNoFile) && headErr == nil:
		c.gap(checks.Gap{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The policy %s is only in the change, not at the base %s. A change cannot bring its own judge.", checks.Path(path), show(c.o.Base)),
			Remedy:  "Merge the policy into the base branch first, in a change of its own that people look at.",
		})
		return nil
	case errors.Is(err, gitrepo.ErrNoFile):
		c.gap(checks.Gap{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("There is no policy: %s does not exist at the base %s (%s).", checks.Path(path), show(c.o.Base), c.base.ID),
			Remedy:  "Run `claw-verified init`, commit the file it writes, and merge it into the base branch.",
		})
		return nil
	case absent(err):
		g := gap("use the policy at the base", err)
		g.Kind, g.Remedy = checks.GapConfiguration, fmt.Sprintf("Make %s a regular file of less than 1 MiB on the base branch.", checks.Path(path))
		c.gap(g)
		return nil
	case err != nil:
		c.gap(gap("read the policy at the base", err))
		return nil
	case len(text) == 0:
		c.gap(checks.Gap{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The policy %s at the base %s is empty.", checks.Path(path), show(c.o.Base)),
			Remedy:  "Run `claw-verified init` for a policy to start from, and merge it into the base branch.",
		})
		return nil
	}
	c.s.Policy = checks.PolicyText{
		Origin: checks.PolicyFromBase, Path: checks.Path(path), Commit: c.judge.ID, Digest: digest(text), Text: text,
	}
	switch {
	case headErr == nil && bytes.Equal(head, text):
	case headErr == nil:
		h := checks.Bytes(head)
		c.s.Policy.Head = &h
	case absent(headErr):
		// Deleted, or put out of the next judge's reach by a link or its size.
		c.s.Policy.Head = &checks.Bytes{}
	default:
		c.gap(gap("read the policy at the head", headErr))
	}
	return nil
}

// policyFromFile reads a policy that whoever runs the command vouches for. A file
// of the checkout is the change's own, unless the base has the very same one.
func (c *collector) policyFromFile() error {
	name := c.o.PolicyFile
	bad := func(err error) error {
		return &Problem{Kind: checks.GapConfiguration, Message: sentence("Could not read the policy file %s: %v", show(name), err), Remedy: "Give --policy the path of a policy file of less than 1 MiB.", Err: err}
	}
	text, err := readFile(name, MaxPolicyBytes)
	if err != nil {
		return bad(err)
	}
	if len(text) == 0 {
		return bad(errors.New("it is empty"))
	}
	for _, path := range trail(c.repo.Top(), name) {
		base, baseErr := c.repo.File(c.ctx, c.base, path, MaxPolicyBytes)
		for _, head := range c.heads() {
			content, headErr := c.repo.File(c.ctx, head, path, MaxPolicyBytes)
			switch {
			case errors.Is(headErr, gitrepo.ErrNoFile): // not the change's: somebody put it there
			case headErr == nil && baseErr == nil && bytes.Equal(base, text) && bytes.Equal(content, text):
			default:
				return &Problem{
					Kind:    checks.GapConfiguration,
					Message: fmt.Sprintf("The policy file %s is part of the change and differs from the base. A change cannot bring its own judge.", checks.Path(path)),
					Remedy:  "Leave --policy out to use the policy of the base commit, or name a file from outside the checkout.",
				}
			}
		}
	}
	c.s.Policy = checks.PolicyText{Origin: checks.PolicyFromFile, Path: checks.Path(filepath.ToSlash(name)), Digest: digest(text), Text: text}
	return nil
}

func readFile(name string, limit int64) ([]byte, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("it is larger than %d bytes", limit)
	}
	return b, err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
