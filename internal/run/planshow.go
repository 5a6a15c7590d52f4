package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// builtinPolicy is what plans are looked at by when no policy is given: every
// built-in rule, and nothing else.
const builtinPolicy = "version: 1\n"

// planOnly asks what plans would do, and of no commit. A policy is written for
// changes: what it says of the saved plan file needs a commit to compare with.
type planOnly struct{ plan.Check }

// Rules are those of all checks, so that a policy that names others can be used.
func (planOnly) Rules() []checks.Rule { return registry.Rules() }

// Markers are those of all checks, for the same reason.
func (planOnly) Markers() []string { return registry.Known().Markers }

func (p planOnly) Evaluate(in checks.Input) checks.Result {
	rules := *in.Policy
	rules.Plan.Saved = policy.SavedOptional
	in.Policy = &rules
	r := p.Check.Evaluate(in)
	r.NotProved = append(r.NotProved, "Who made this, and whether anybody agreed: only the plan was looked at, and no commit.")
	return r
}

// PlanShow reads plans, judges them by a policy or by the built-in rules, and
// publishes. No repository is read. The mode of the policy does not count: nothing is
// let through or stopped here.
func PlanShow(ctx context.Context, c config.Check, st Streams) (*checks.Verdict, error) {
	targets, err := Targets(c.Formats)
	if err != nil {
		return nil, err
	}
	if err := overwrites(c, targets); err != nil {
		return nil, err
	}
	if err := onePlanEach(c); err != nil {
		return nil, err
	}
	s, err := planSnapshot(c, st.In)
	switch {
	case errors.Is(err, config.ErrUsage):
		return nil, err
	case err != nil:
		s = unreadable(c, checks.KindPlan, err)
	}
	if ctx.Err() != nil {
		return nil, &collect.Problem{Kind: checks.GapEvidence, Message: "Interrupted, nothing was decided.", Remedy: "Run the command again.", Err: context.Cause(ctx)}
	}
	v := checks.Evaluate(s, planOnly{})
	if v.Mode != "" {
		v.Mode = string(policy.ModeEnforce)
	}
	if s.Policy.Path == "" {
		v.Policy = checks.PolicyUsed{}
	}
	return v, Publish(st.Out, v, st.Terminal, targets)
}

// onePlanEach refuses plan files that cannot be told to which plan they belong.
func onePlanEach(c config.Check) error {
	files, stdin := 0, 0
	for _, name := range c.Plans {
		if st, err := os.Stat(at(c.Root, name)); name == "-" || err != nil || !st.IsDir() {
			files++
		}
		if name == "-" {
			stdin++
		}
	}
	switch n := len(c.PlanFiles); {
	case stdin > 1:
		return fmt.Errorf("%w: standard input is named %d times, and holds one plan", config.ErrUsage, stdin)
	case n > 0 && n != files:
		return fmt.Errorf("%w: --plan-file is given %d times for %s: give one for each, in the same order, or a folder in which they lie side by side", config.ErrUsage, n, checks.Plural(files, "plan", "plans"))
	}
	return nil
}

// planSnapshot is a snapshot of plans and a policy.
func planSnapshot(c config.Check, in io.Reader) (*checks.Snapshot, error) {
	text, err := policyText(c)
	if err != nil {
		return nil, err
	}
	p, err := openPlans(c, in)
	if err != nil {
		return nil, err
	}
	defer p.close()
	p.progress = c.Progress
	rules, _ := policy.Parse(string(text.Text), registry.Known()) // a bad one is told by the evaluation
	limit := policy.DefaultPlanSize
	if rules != nil && rules.Limits.PlanSize > 0 {
		limit = min(rules.Limits.PlanSize, policy.MaxPlanSize)
	}
	s := &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: judgedAt(c), Kind: checks.KindPlan,
		Commits: []checks.Commit{}, Files: []checks.File{}, Plans: []checks.Plan{}, Gaps: []checks.Gap{},
		Review: checks.Review{Source: "none", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}}, Policy: text,
	}
	for _, pl := range p.read(rules, int64(limit)) {
		s.Plans = append(s.Plans, pl.Plan)
	}
	return s, nil
}

// policyText reads the policy that the call names, or stands in for it.
func policyText(c config.Check) (checks.PolicyText, error) {
	if c.PolicyFile == "" {
		return checks.PolicyText{Origin: checks.PolicyFromFile, Text: []byte(builtinPolicy)}, nil
	}
	f, err := open("The policy file", c.Root, c.PolicyFile)
	if err != nil {
		return checks.PolicyText{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, collect.MaxPolicyBytes+1))
	if err == nil && len(text) > collect.MaxPolicyBytes {
		err = errors.New("it is larger than 1 MiB")
	}
	if err == nil && len(text) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return checks.PolicyText{}, &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("The policy file %q cannot be read: %v.", c.PolicyFile, err), Remedy: "Give --policy the path of a policy file of less than 1 MiB.", Err: err}
	}
	sum := sha256.Sum256(text)
	return checks.PolicyText{Origin: checks.PolicyFromFile, Path: checks.Path(c.PolicyFile), Digest: "sha256:" + hex.EncodeToString(sum[:]), Text: text}, nil
}
