package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/plan"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/publish"
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
	for i := range r.Gaps {
		// The remedy says it again.
		r.Gaps[i].Message = strings.Replace(r.Gaps[i].Message, "; give the output of `terraform show -json tfplan`.", ".", 1)
	}
	if slices.ContainsFunc(in.Snapshot.Plans, func(pl checks.Plan) bool { return pl.Source == "-" }) {
		nameStdin(&r)
	}
	r.NotProved = append(r.NotProved, "Who made this, and whether anybody agreed: only the plan was looked at, and no commit.")
	return r
}

// nameStdin says in words what "-" is, in the sentences about the plan that came that
// way.
func nameStdin(r *checks.Result) {
	words := strings.NewReplacer(
		"The plan - cannot be used: the file is empty", "The plan on standard input cannot be used: nothing came; did terraform show fail?",
		"plan - ", "plan on standard input ", "plan -,", "plan on standard input,", "JSON - ", "JSON on standard input ", "in - are", "in the plan on standard input are",
	)
	said := func(s string) string {
		if rest, ok := strings.CutPrefix(s, "- "); ok {
			s = "The plan on standard input " + rest
		}
		return strings.ReplaceAll(words.Replace(s), "fail?.", "fail?")
	}
	for i := range r.Findings {
		if r.Findings[i].Subject.Kind == checks.SubjectPlan {
			r.Findings[i].Message = said(r.Findings[i].Message)
		}
	}
	for i := range r.Gaps {
		r.Gaps[i].Message = said(r.Gaps[i].Message)
	}
	for i := range r.Checked {
		r.Checked[i] = said(r.Checked[i])
	}
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
	if err := writable(targets); err != nil {
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

// writable refuses a report for a folder that is not there, before plans are read for
// nothing.
func writable(targets []publish.Target) error {
	for _, t := range targets {
		if t.File == "" {
			continue
		}
		dir := filepath.Dir(t.File)
		if st, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
			return fmt.Errorf("%w: --format %s=%s: there is no folder %s", config.ErrUsage, t.Format, t.File, dir)
		}
	}
	return nil
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
