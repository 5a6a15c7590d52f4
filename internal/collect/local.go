package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// PolicyPath is where the policy is in a repository.
const PolicyPath = ".github/claw-verified.yml"

// Options say what to read.
type Options struct {
	Dir        string      // a folder of the repository; empty: the current one
	Base       string      // revision; what the change is to be merged into
	Head       string      // revision; empty: HEAD
	Kind       checks.Kind // empty: KindRange
	Repository string      // owner/name, when known
	PolicyFile string      // a policy outside the change; empty: PolicyPath at the base commit
	PolicyPath string      // empty: the constant PolicyPath
	Review     checks.Review
	Now        time.Time // the time the change is judged at; kept in whole seconds, UTC
	// Plans reads the plans, none larger than maxBytes, which is the policy's limit.
	// It is called once, when the policy is known; rules is nil when the policy is not
	// one. Nil: there are none.
	Plans func(rules *policy.Policy, maxBytes int64) []Plan
	// Fetched is told of plans that workflows left on GitHub, before Plans is called.
	// Nil: they are not asked for.
	Fetched func([]FetchedPlan)
	// Evidence are the files that plans and reviews were read from. One that the
	// change itself carries is no evidence about it.
	Evidence []EvidenceFile
	// PolicyAtHead judges what is merged already by the policy of today: for a look
	// back, never for a change.
	PolicyAtHead bool
	// PullRequest is what the event says of it; nil when there is none.
	PullRequest *checks.PullRequest
	// Attestations were read by the caller, from files that are named in the call.
	Attestations []checks.Attestation
	// AttestationSource is asked for more; nil: nobody is.
	AttestationSource AttestationSource
	// GitHub is asked who is around the change; nil: nobody is, and Review says it.
	GitHub *GitHub

	remote bool // base and head were found by their ids: they cannot move
}

// EvidenceFile is a file that somebody named as evidence for a question.
type EvidenceFile struct {
	Question checks.Question
	Name     string // as given; "" and "-" are no files
}

// Local reads a change from a local repository. The error is a *Problem.
func Local(ctx context.Context, o Options) (*checks.Snapshot, error) {
	o.Dir, o.Head = cmp.Or(o.Dir, "."), cmp.Or(o.Head, "HEAD")
	o.Kind, o.PolicyPath = cmp.Or(o.Kind, checks.KindRange), cmp.Or(o.PolicyPath, PolicyPath)
	if o.Base == "" {
		return nil, &Problem{
			Kind: checks.GapConfiguration, Message: "No base was given.",
			Remedy: "Name the branch or commit that the change is to be merged into: --base origin/main.",
		}
	}
	repo, err := gitrepo.Open(ctx, o.Dir)
	if err != nil {
		return nil, problem("read the change", err)
	}
	defer repo.Close() //nolint:errcheck // a temporary directory that stays is no reason to lose the snapshot
	base, err := repo.Resolve(ctx, o.Base)
	if err != nil {
		return nil, problem("find the base", err)
	}
	head, err := repo.Resolve(ctx, o.Head)
	if err != nil {
		return nil, problem("find the head", err)
	}
	// GitHub's word on where the base is now outweighs the event's, which can be old.
	var pr *ghapi.PullRequest
	if g := o.GitHub; g != nil {
		ctx, _ = g.Client.Evaluation(ctx)
		if pr, err = g.facts(ctx, o, base.ID, head.ID); err != nil {
			return nil, err
		}
		if g.Number != 0 {
			if base, err = repo.Resolve(ctx, pr.Base.ID); err != nil {
				return Remote(ctx, o) // the clone is older than the base
			}
			o.Base, o.Head, o.remote = pr.BaseBranch, pr.HeadBranch, true
		}
	}
	return read(ctx, repo, o, base, head, pr)
}

// read makes the snapshot of two commits of a repository, and of what GitHub says of
// their pull request, if it was asked.
func read(ctx context.Context, repo *gitrepo.Repo, o Options, base, head gitrepo.Commit, pr *ghapi.PullRequest) (*checks.Snapshot, error) {
	c := collector{ctx: ctx, repo: repo, o: o, base: base, head: head, judge: base, s: empty(o, repo.Format()), room: maxAttestationBytes}
	c.s.Base = checks.Ref{Name: o.Base, Commit: base.ID, Tree: base.Tree}
	c.s.Head = checks.Ref{Name: o.Head, Commit: head.ID, Tree: head.Tree}
	if o.PolicyAtHead {
		c.judge = head
	}
	if err := c.policy(); err != nil {
		return nil, err
	}
	if g := o.GitHub; g != nil {
		c.organization(pr.Org)
	}
	rules := c.rules()
	limits := limitsOf(rules)
	c.trustFiles(rules)
	c.change(limits)
	c.producers(rules, pr)
	var plans []Plan
	if o.Plans != nil {
		plans = o.Plans(rules, int64(limits.PlanSize))
	}
	c.terraform(plans)
	c.evidence(plans)
	c.platform(pr, rules)
	c.attestations(rules, limits.Files)
	c.moved()
	if err := ctx.Err(); err != nil {
		// Whatever became a gap on the way may only be so because time was up.
		return nil, problem("finish reading", context.Cause(ctx))
	}
	return c.s, nil
}

// empty is a snapshot with everything in it but what is read from the repository.
// Its lists are lists, never null.
func empty(o Options, format string) *checks.Snapshot {
	review := o.Review
	review.Source = cmp.Or(review.Source, "none")
	review.Accounts = append([]checks.Account{}, review.Accounts...)
	review.Reviews = append([]checks.UserReview{}, review.Reviews...)
	return &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: o.Now.UTC().Truncate(time.Second), Kind: o.Kind,
		Repository: checks.Repository{Name: o.Repository, ObjectFormat: format},
		Commits:    []checks.Commit{}, Files: []checks.File{}, Plans: []checks.Plan{}, Review: review, Gaps: []checks.Gap{},
		PullRequest: o.PullRequest,
	}
}

type collector struct {
	ctx        context.Context //nolint:containedctx // lives for one call of Local
	repo       *gitrepo.Repo
	o          Options
	base, head gitrepo.Commit
	judge      gitrepo.Commit // whose policy decides: the base
	s          *checks.Snapshot

	commits []gitrepo.Commit // of the range, as far as they could be read
	room    int64            // bytes that attestations may still take
	full    bool             // they took more

	copies   map[string]string // path in a head commit by blob id; empty for what was not found
	unlisted error             // why the files of the head commit are not known
}

func (c *collector) gap(g checks.Gap) { c.s.Gaps = append(c.s.Gaps, g) }

// change reads commits and changed files.
func (c *collector) change(limits policy.Limits) {
	r, err := c.repo.Between(c.ctx, c.base, c.head, limits.Commits)
	if err != nil {
		c.gap(gap("read the commits of the change", err))
		return
	}
	c.commits = r.Commits
	for _, commit := range r.Commits {
		c.s.Commits = append(c.s.Commits, checks.Commit{ID: commit.ID, Object: commit.Object})
	}
	if len(r.Commits) == 0 {
		c.gap(checks.Gap{
			Kind: checks.GapConfiguration,
			Message: fmt.Sprintf("There is nothing to judge: the base %s contains everything that the head %s does.",
				show(c.o.Base), show(c.o.Head)),
			Remedy: "Give the branch that is to be merged as the head, and the branch it is to be merged into as the base.",
		})
	}
	if len(r.MergeBases) > 0 {
		c.s.MergeBase = r.MergeBases[0].ID
	}
	changed, err := c.repo.Changed(c.ctx, r.MergeBases, c.head, limits.Files)
	if err != nil {
		c.gap(gap("read the changed files", err))
		return
	}
	edited := false
	for _, f := range changed {
		c.s.Files = append(c.s.Files, checks.File{Path: checks.Path(f.Path), Status: f.Status, Mode: f.Mode, OldMode: f.OldMode})
		edited = edited || f.Path == c.o.PolicyPath
	}
	if !edited {
		// The base moved on and has another policy by now. A merge keeps that one;
		// the change has no part in it.
		c.s.Policy.Head = nil
	}
}

// show quotes what somebody typed, bounded: it may be a branch name out of a
// pull request.
func show(rev string) string {
	if len(rev) > 100 {
		rev = rev[:100] + "…"
	}
	return fmt.Sprintf("%q", rev)
}

// absent reports an error that says there is nothing usable at a path.
func absent(err error) bool {
	return gitrepo.IsAbsent(err) || errors.Is(err, gitrepo.ErrTooLarge)
}
