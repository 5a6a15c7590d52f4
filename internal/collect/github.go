package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/codeowners"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
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
	// SeenAt is when an event told of this head; zero: none did. GitHub's own record is
	// preferred where there is one.
	SeenAt       time.Time
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
	pr, err := g.Client.PullRequest(ctx, g.query(o))
	if err != nil {
		return nil, platformProblem(fmt.Sprintf("read pull request %s#%d", g.Repository, g.Number), err)
	}
	if err := g.mayDecide(pr.BaseBranch, pr.Repository.DefaultBranch); err != nil {
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
	if g.Decides == nil || g.Decides(branch, defaultBranch) {
		return nil
	}
	return &Problem{
		Kind:    checks.GapConfiguration,
		Message: fmt.Sprintf("The change is to be merged into %s, which is not a branch whose policy decides.", show(branch)),
		Remedy:  "Only the default branch decides, or those that base-branches names: whoever may make a branch could otherwise write the policy they are judged by.",
	}
}

// platform takes what GitHub says of the change, beside its commits and files.
func (c *collector) platform(pr *ghapi.PullRequest) {
	g := c.o.GitHub
	if g == nil {
		return
	}
	for _, m := range pr.Missed {
		q := checks.QuestionReview
		if strings.Contains(m.What, "commit") {
			q = "" // of what was not read nothing can be said at all
		}
		c.gap(checks.Gap{Question: q, Kind: checks.GapEvidence, Message: sentence("GitHub did not give %s whole: %s", m.What, m.Why), Remedy: "Run the check again. If it says the same, the change is too large to be judged: split it."})
	}
	c.organization(pr.Org, pr.Repository.OwnerType)
	if g.Number == 0 {
		c.s.Review.Source = "github"
		return
	}
	if pr.Head != c.head.ID {
		c.gap(checks.Gap{
			Kind:    checks.GapEvidence,
			Message: fmt.Sprintf("The head of pull request #%d is %s, and %s was to be judged.", g.Number, pr.Head, c.head.ID),
			Remedy:  "Run the check for the newest commit. A run for an older one has nothing to say any more.",
		})
	}
	c.owners()
	rules := parsed(c.s.Policy.Text)
	var floor *policy.Policy
	if c.s.Organization != nil {
		floor, _ = policy.ParseFloor(string(c.s.Organization.Text), registry.Known())
	}
	pushes, err := c.pushes(pr)
	if err != nil {
		c.platformGap("read who pushed to the head branch", err)
	}
	teams, logins := c.wanted(rules, floor)
	logins = append(logins, asked(pr)...)
	slices.Sort(logins)
	q := ghapi.PeopleQuery{Repository: pr.Repository.Repository, Number: g.Number, Logins: slices.CompactFunc(logins, strings.EqualFold), Teams: teams, Suggest: true}
	people, err := g.Client.People(c.ctx, q)
	if err != nil {
		c.platformGap("read what the people around the change may do", err)
		people = &ghapi.People{Head: pr.Head, Base: pr.Base.ID}
	}
	for _, m := range people.Missed {
		c.gap(checks.Gap{Question: checks.QuestionReview, Kind: checks.GapEvidence, Message: sentence("GitHub did not give %s: %s", m.What, m.Why), Remedy: "Give the token the permission that is missing, or run the check again."})
	}
	w := witness{pr: pr, people: people, pushes: pushes, rules: rules, told: g.SeenAt, now: c.s.TakenAt}
	c.s.Review = w.review()
	c.carried(&w)
	c.s.PullRequest = w.pullRequest()
	c.stayed(pr, people)
}

// producers fetches the plans that the workflows of the policy made for the pull
// request.
func (c *collector) producers(rules *policy.Policy, pr *ghapi.PullRequest) {
	g := c.o.GitHub
	if g == nil || g.Number == 0 || c.o.Fetched == nil {
		return
	}
	p := Producers{Client: g.Client, Pull: pr, Files: c.s.Files, Policy: rules}
	plans, gaps := p.Fetch(c.ctx)
	c.s.Gaps = append(c.s.Gaps, gaps...)
	c.o.Fetched(plans)
}

// maxCarried is how many reviews of other commits with the same content are looked at;
// of the rest nobody knows what they were to be merged into, and they do not count.
const maxCarried = 10

// carried finds out of reviews of another commit with the head's very content what
// that commit was to be merged into, since the same content on a newer base would take
// back what the base has got since; and when that commit was first seen.
func (c *collector) carried(w *witness) {
	looked := 0
	for i := range c.s.Review.Reviews {
		u := &c.s.Review.Reviews[i]
		if u.Tree == "" || u.Tree != c.s.Head.Tree || u.Commit == c.s.Head.Commit || looked == maxCarried {
			continue
		}
		looked++
		repo := w.pr.Repository.Repository
		if between, err := c.o.GitHub.Client.Compare(c.ctx, repo, c.s.Base.Commit, u.Commit); err == nil {
			u.MergeBase = between.MergeBase
		}
		if suites, err := c.o.GitHub.Client.Suites(c.ctx, repo, u.Commit); err == nil {
			u.CommitSeenAt = w.seenAt(u.Commit, suites)
		}
	}
}

// stayed makes sure that everything that was read is about the same head and base.
func (c *collector) stayed(pr *ghapi.PullRequest, p *ghapi.People) {
	for _, r := range []struct{ what, was, now string }{{"head", pr.Head, p.Head}, {"base", pr.Base.ID, p.Base}} {
		if r.now != r.was {
			c.gap(checks.Gap{
				Kind:    checks.GapEvidence,
				Message: fmt.Sprintf("The %s moved while it was read: it was %s and is %s now.", r.what, r.was, show(r.now)),
				Remedy:  "Run the check again.",
			})
		}
	}
}

func (c *collector) organization(f *ghapi.OrgFile, ownerType string) {
	g := c.o.GitHub
	switch {
	case g.Organization == OrganizationIgnored:
	case f == nil && g.Organization == OrganizationRequired:
		c.gap(checks.Gap{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The organisation's policy is required, and %s of %s/.github is not there or this token cannot see it.", OrganizationPath, show(g.Repository.Owner)),
			Remedy:  "Let the token read the organisation's .github repository, or put the policy there.",
		})
	case f == nil:
	case f.File.Cut, f.File.Size > MaxPolicyBytes, f.File.Text == "":
		c.gap(checks.Gap{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The organisation's policy, %s of %s, is empty, no text, or too large.", OrganizationPath, show(f.Repository)),
			Remedy:  "Make it a text file of less than 1 MiB.",
		})
	default:
		text := []byte(f.File.Text)
		c.s.Organization = &checks.PolicyText{
			Origin: checks.PolicyFromOrganization, Repository: f.Repository, Path: checks.Path(f.Path), Commit: f.Commit, Digest: digest(text), Text: text,
		}
	}
}

// owners reads CODEOWNERS where GitHub looks for it, at the base.
func (c *collector) owners() {
	for _, path := range codeowners.Paths() {
		text, err := c.repo.File(c.ctx, c.base, path, codeowners.MaxBytes)
		switch {
		case err == nil:
			c.s.Codeowners = &checks.OwnersFile{Path: checks.Path(path), Commit: c.base.ID, Size: int64(len(text)), Text: text}
		case errors.Is(err, gitrepo.ErrTooLarge):
			c.s.Codeowners = &checks.OwnersFile{Path: checks.Path(path), Commit: c.base.ID, Size: codeowners.MaxBytes + 1}
		case absent(err):
			continue
		default:
			g := gap("read CODEOWNERS at the base", err)
			g.Question = checks.QuestionReview
			c.gap(g)
		}
		return
	}
}

// wanted lists the GitHub teams that somebody has to know the members of, and the
// logins that own what changes.
func (c *collector) wanted(policies ...*policy.Policy) (teams, logins []string) {
	add := func(names []string) {
		for _, n := range names {
			if strings.Contains(n, "/") {
				teams = append(teams, n)
			}
		}
	}
	owners := false
	for _, p := range policies {
		if p == nil {
			continue
		}
		for i := range p.Review.Tiers {
			owners = owners || p.Review.Tiers[i].Codeowners
			for _, n := range p.Review.Tiers[i].Need {
				add(n.Teams)
			}
		}
		if p.BreakGlass != nil {
			add(p.BreakGlass.Teams)
		}
	}
	if owners && c.s.Codeowners != nil {
		f, _ := codeowners.Parse(c.s.Codeowners.Text)
		for _, file := range c.s.Files {
			list, _ := f.Owners(string(file.Path))
			below, _ := f.Owners(string(file.Path) + "/.") // what a link or a submodule leads to
			for _, o := range append(slices.Clone(list), below...) {
				switch o.Kind {
				case codeowners.KindTeam:
					teams = append(teams, o.Name)
				case codeowners.KindUser:
					logins = append(logins, o.Name)
				}
			}
		}
	}
	slices.Sort(teams)
	slices.Sort(logins)
	return slices.CompactFunc(teams, strings.EqualFold), slices.CompactFunc(logins, strings.EqualFold)
}

// pushes asks who pushed to the head branch since the change began.
func (c *collector) pushes(pr *ghapi.PullRequest) ([]ghapi.Push, error) {
	if pr.HeadRepo == "" {
		return nil, nil // deleted, and its history with it
	}
	owner, name, _ := strings.Cut(pr.HeadRepo, "/")
	return c.o.GitHub.Client.Pushes(c.ctx, ghapi.Repository{Owner: owner, Name: name}, pr.HeadBranch)
}

func (c *collector) platformGap(doing string, err error) {
	p := platformProblem(doing, err)
	c.gap(checks.Gap{Question: checks.QuestionReview, Kind: p.Kind, Message: p.Message, Remedy: p.Remedy})
}

// platformProblem turns an error of GitHub's into words.
func platformProblem(doing string, err error) *Problem {
	p := &Problem{Kind: checks.GapEvidence, Message: sentence("Could not %s: %v", doing, err), Err: err}
	var limited *ghapi.RateLimitError
	switch {
	case errors.As(err, &limited):
		p.Remedy = "Wait until the limit is lifted, and run the check again."
	case errors.Is(err, ghapi.ErrUnauthorized):
		p.Kind, p.Remedy = checks.GapConfiguration, "Give a token that GitHub accepts."
	case errors.Is(err, ghapi.ErrForbidden):
		p.Kind, p.Remedy = checks.GapConfiguration, "Give the token the permissions that docs/github.md lists."
	case errors.Is(err, ghapi.ErrNotFound):
		p.Kind, p.Remedy = checks.GapConfiguration, "Check the name and the number, and that the token may see the repository."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p.Remedy = "Run the check again. It was interrupted, or its time was up."
	default:
		p.Remedy = "Run the check again."
	}
	return p
}
