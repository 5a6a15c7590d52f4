package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/codeowners"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// OrganizationPath is where an organisation keeps the policy whose floors hold in all
// its repositories: in its repository called .github, at the default branch.
const OrganizationPath = "claw-verified.yml"

// OrganizationPolicy says what it means that no policy of the organisation is seen. A
// token that may not read the .github repository cannot tell that there is none.
type OrganizationPolicy string

// The ways to take an organisation's policy.
const (
	OrganizationVisible  OrganizationPolicy = "visible"  // it counts where the token can see it
	OrganizationRequired OrganizationPolicy = "required" // without it nothing is decided
	OrganizationIgnored  OrganizationPolicy = "ignored"
)

// GitHub says what to ask GitHub about a change.
type GitHub struct {
	Client     *ghapi.Client
	Repository ghapi.Repository
	Number     int64 // of the pull request; 0 asks for the range from Options.Base to Options.Head, both full ids
	// SeenAt is when an event told of SeenHead; zero: none did. GitHub's own record is
	// preferred where there is one.
	SeenAt       time.Time
	SeenHead     string
	Organization OrganizationPolicy
	// Decides reports whether the policy of a base branch decides, given the
	// repository's default branch. Nil: that of every branch does.
	Decides func(branch, defaultBranch string) bool
}

// Remote reads a change from GitHub alone: without a clone, and without anything of
// the change being checked out or run. The error is a *Problem.
//
// What GitHub says of commits and files is not believed but hashed, like the objects
// of a clone; of people it is believed. Head and base are asked for again at the end.
func Remote(ctx context.Context, o Options) (*checks.Snapshot, error) {
	g := o.GitHub
	ctx, _ = g.Client.Evaluation(ctx) // so that no change can spend more than its own budget
	o.PolicyPath = cmp.Or(o.PolicyPath, PolicyPath)
	if g.Number == 0 {
		return remoteRange(ctx, o)
	}
	pr, err := g.facts(ctx, o, "", "")
	if err != nil {
		return nil, err
	}
	objects := g.Client.Objects(pr.Repository.Repository)
	objects.Prime(pr.Base)
	objects.Prime(pr.Parents...)
	objects.Prime(pr.Commits...)
	for _, f := range pr.Files {
		objects.PrimeBlob(f.Blob, f.Text)
	}
	for _, ref := range notesRefs {
		objects.PrimeRef(ref.name, pr.Notes[ref.name])
	}
	o.Base, o.Head, o.Kind, o.Repository = pr.BaseBranch, pr.HeadBranch, checks.KindPullRequest, pr.Repository.String()
	return readRemote(ctx, objects, o, pr.Base.ID, pr.Head, pr)
}

func readRemote(ctx context.Context, objects *ghapi.Objects, o Options, baseID, headID string, pr *ghapi.PullRequest) (*checks.Snapshot, error) {
	o.remote = true
	repo := gitrepo.Remote(objects, formatOf(headID))
	base, err := repo.Resolve(ctx, baseID)
	if err != nil {
		return nil, remoteProblem("read the base", err)
	}
	head, err := repo.Resolve(ctx, headID)
	if err != nil {
		return nil, remoteProblem("read the head", err)
	}
	return read(ctx, repo, o, base, head, pr)
}

// remoteRange reads a merge group or a push: two commits that an event names.
func remoteRange(ctx context.Context, o Options) (*checks.Snapshot, error) {
	g := o.GitHub
	for _, id := range []string{o.Base, o.Head} {
		if !gitobject.IsFullID(id) {
			return nil, &Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf("%s is no full commit id.", show(id)), Remedy: "Name base and head by all 40 digits of their ids."}
		}
	}
	f, err := g.Client.Range(ctx, ghapi.RangeQuery{
		Repository: g.Repository, Base: o.Base, Head: o.Head, BaseFiles: []string{o.PolicyPath}, OrgFile: g.orgFile(), NoteRefs: noteRefs(),
	})
	if err != nil {
		return nil, platformProblem("read the commits "+o.Base+".."+o.Head, err)
	}
	objects := g.Client.Objects(f.Repository.Repository)
	objects.Prime(f.Base, f.Head)
	for _, t := range f.Files {
		objects.PrimeBlob(t.Blob, t.Text)
	}
	for _, ref := range notesRefs {
		objects.PrimeRef(ref.name, f.Notes[ref.name])
	}
	o.Repository = f.Repository.String()
	return readRemote(ctx, objects, o, o.Base, o.Head, &ghapi.PullRequest{Repository: f.Repository, Org: f.Org, Missed: f.Missed, Head: o.Head, Base: f.Base})
}

// remoteProblem turns an error of objects that GitHub was asked for into words.
func remoteProblem(doing string, err error) *Problem {
	if p := platformProblem(doing, err); fromPlatform(err) {
		return p
	}
	return problem(doing, err)
}

// fromPlatform reports an error of the asking, not of what came.
func fromPlatform(err error) bool {
	var limited *ghapi.RateLimitError
	var status *ghapi.StatusError
	return errors.As(err, &limited) || errors.As(err, &status) || errors.Is(err, ghapi.ErrBudget)
}

func formatOf(id string) string {
	if len(id) == 64 {
		return "sha256"
	}
	return "sha1"
}

func noteRefs() []string {
	out := make([]string, len(notesRefs))
	for i, r := range notesRefs {
		out[i] = r.name
	}
	return out
}

// facts reads of GitHub what a clone does not know: of a pull request, or of a range of
// commits, of which only the repository and the organisation's policy are of interest.
func (g *GitHub) facts(ctx context.Context, o Options, base, head string) (*ghapi.PullRequest, error) {
	if g.Number == 0 {
		f, err := g.Client.Range(ctx, ghapi.RangeQuery{Repository: g.Repository, Base: base, Head: head, OrgFile: g.orgFile()})
		if err != nil {
			return nil, platformProblem("read the commits "+base+".."+head, err)
		}
		return &ghapi.PullRequest{Repository: f.Repository, Org: f.Org, Missed: f.Missed, Head: head, Base: f.Base}, nil
	}
	pr, err := g.Client.PullRequest(ctx, g.query(o))
	if err != nil {
		return nil, platformProblem(fmt.Sprintf("read pull request %s#%d", g.Repository, g.Number), err)
	}
	return pr, g.mayDecide(pr.BaseBranch, pr.Repository.DefaultBranch)
}

func (g *GitHub) query(o Options) ghapi.PullRequestQuery {
	files := []string{cmp.Or(o.PolicyPath, PolicyPath)}
	if o.PolicyFile != "" {
		files = nil
	}
	return ghapi.PullRequestQuery{
		Repository: g.Repository, Number: g.Number, BaseFiles: append(files, codeowners.Paths()...), OrgFile: g.orgFile(), NoteRefs: noteRefs(),
	}
}

func (g *GitHub) orgFile() string {
	if g.Organization == OrganizationIgnored {
		return ""
	}
	return OrganizationPath
}

func (g *GitHub) mayDecide(branch, defaultBranch string) error {
	if g.Decides != nil && defaultBranch == "" {
		return &Problem{
			Kind: checks.GapConfiguration, Message: fmt.Sprintf("GitHub does not tell which branch of %s is the default one.", g.Repository),
			Remedy: "Give the token contents: read.",
		}
	}
	if g.Decides == nil || g.Decides(branch, defaultBranch) {
		return nil
	}
	return &Problem{
		Kind:    checks.GapConfiguration,
		Message: fmt.Sprintf("The change is to be merged into %s, which is not a branch whose policy decides.", show(branch)),
		Remedy:  "Only the default branch decides, or those that base-branches names: whoever may make a branch could otherwise write the policy they are judged by.",
	}
}

// platformProblem turns an error of GitHub's into words.
func platformProblem(doing string, err error) *Problem {
	p := &Problem{Kind: checks.GapEvidence, Message: sentence("Could not %s: %v", doing, err), Err: err}
	var limited *ghapi.RateLimitError
	switch {
	case errors.As(err, &limited):
		p.Remedy = "Wait until the limit is lifted, and run the check again."
	case errors.Is(err, ghapi.ErrUnauthorized):
		p.Kind, p.Remedy = checks.GapConfiguration, "Give a token that GitHub accepts; for a GitHub App, a private key of that App."
	case errors.Is(err, ghapi.ErrForbidden):
		p.Kind, p.Remedy = checks.GapConfiguration, "Give the token the permissions that docs/github.md lists; those of a GitHub App have to be accepted where it is installed."
	case errors.Is(err, ghapi.ErrNotFound):
		p.Kind, p.Remedy = checks.GapConfiguration, "Check the name and the number, and that the token may see the repository. A GitHub App has to be installed on it."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p.Remedy = "Run the check again. It was interrupted, or its time was up."
	default:
		p.Remedy = "Run the check again."
	}
	return p
}
