package collect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/codeowners"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// platform takes what GitHub says of the change, beside its commits and files.
func (c *collector) platform(pr *ghapi.PullRequest, rules *policy.Policy) {
	g := c.o.GitHub
	if g == nil {
		return
	}
	for _, m := range pr.Missed {
		if m.What == ghapi.MissedChecks {
			continue // see otherChecks
		}
		q := checks.QuestionReview
		if strings.Contains(m.What, "commit") {
			if len(c.commits) == 0 {
				continue // there are none, which is told
			}
			q = "" // of what was not read nothing can be said at all
		}
		c.gap(shortfall(q, m))
	}
	if g.Number == 0 {
		if c.s.Review.Source == "none" {
			c.s.Review.Source = "github"
		}
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
	c.otherChecks(pr, rules)
	pushes, err := c.pushes(pr)
	if err != nil {
		c.platformGap("read who pushed to the head branch", err)
	}
	teams, logins := c.wanted(rules)
	logins = append(logins, asked(pr)...)
	slices.Sort(logins)
	q := ghapi.PeopleQuery{Repository: pr.Repository.Repository, Number: g.Number, Logins: slices.CompactFunc(logins, strings.EqualFold), Teams: teams, Suggest: true}
	people, err := g.Client.People(c.ctx, q)
	if err != nil {
		c.platformGap("read what the people around the change may do", err)
		people = &ghapi.People{Head: pr.Head, Base: pr.Base.ID}
	}
	for _, m := range people.Missed {
		c.gap(shortfall(checks.QuestionReview, m))
	}
	var told time.Time
	if g.SeenHead == pr.Head {
		told = g.SeenAt
	}
	w := witness{pr: pr, people: people, pushes: pushes, rules: rules, told: told}
	c.s.Review = w.review()
	if c.s.Review.HeadSeenAt.IsZero() && len(c.s.Review.Reviews) > 0 {
		c.gap(checks.Gap{
			Question: checks.QuestionReview, Kind: checks.GapEvidence, Message: "GitHub has no check suite for the head, so nobody knows when it was first seen, and of no review that it is about this head.",
			Remedy: "Let a workflow, or an App that may write checks, listen to pull requests, and approve again.",
		})
	}
	c.carried(&w)
	c.s.PullRequest = w.pullRequest()
	c.stayed(pr, people)
}

// producers fetches the plans that the workflows of the policy made for the pull
// request.
func (c *collector) producers(rules *policy.Policy, pr *ghapi.PullRequest) {
	g := c.o.GitHub
	if g == nil || g.Number == 0 || c.o.Fetched == nil || rules == nil {
		return
	}
	p := Producers{Client: g.Client, Pull: pr, Files: c.s.Files, Policy: rules}
	p.Signed = Signed{At: c.s.TakenAt, Merged: c.merged(pr)}
	p.Signed.Roots, p.Signed.Problems = identity.Roots(c.s, rules)
	plans, gaps := p.Fetch(c.ctx)
	c.s.Gaps = append(c.s.Gaps, gaps...)
	c.o.Fetched(plans)
}

// maxCarried is how many other commits with the same content are looked at; of the rest
// nobody knows what they were to be merged into, and reviews of them do not count.
const maxCarried = 10

// carried finds out of reviews of another commit with the head's very content what
// that commit was to be merged into, since the same content on a newer base would take
// back what the base has got since; and when that commit was first seen.
func (c *collector) carried(w *witness) {
	type seen struct {
		mergeBase string
		at        time.Time
	}
	found := map[string]seen{}
	for i := range c.s.Review.Reviews {
		u := &c.s.Review.Reviews[i]
		if u.Tree == "" || u.Tree != c.s.Head.Tree || u.Commit == c.s.Head.Commit || u.State == checks.ReviewCommented {
			continue
		}
		f, known := found[u.Commit]
		if !known && len(found) < maxCarried {
			repo := w.pr.Repository.Repository
			if between, err := c.o.GitHub.Client.Compare(c.ctx, repo, c.s.Base.Commit, u.Commit); err == nil {
				f.mergeBase = between.MergeBase
			}
			if suites, err := c.o.GitHub.Client.Suites(c.ctx, repo, u.Commit); err == nil {
				f.at = w.seenAt(u.Commit, suites)
			}
			found[u.Commit] = f
		}
		u.MergeBase, u.CommitSeenAt = f.mergeBase, f.at
	}
}

// shortfall is a gap for what GitHub did not give whole. Words that speak of a
// permission ask for it; for the rest, a change that is too large is the usual reason.
func shortfall(q checks.Question, m ghapi.Shortfall) checks.Gap {
	g := checks.Gap{
		Question: q, Kind: checks.GapEvidence, Message: sentence("GitHub did not give %s whole: %s", m.What, m.Why),
		Remedy: "Run the check again. If it says the same, the change is too large to be judged: split it.",
	}
	why := strings.ToLower(m.Why)
	for _, w := range []string{"not accessible", "permission", "forbidden", "scope"} {
		if strings.Contains(why, w) {
			g.Kind, g.Remedy = checks.GapConfiguration, "Give the token the permissions that docs/github.md lists. If the policy names a team, check its name: a team that is not there looks the same."
			break
		}
	}
	return g
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

func (c *collector) organization(f *ghapi.OrgFile) {
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
func (c *collector) wanted(p *policy.Policy) (teams, logins []string) {
	if p == nil {
		return nil, nil
	}
	add := func(names []string) {
		for _, n := range names {
			if strings.Contains(n, "/") {
				teams = append(teams, n)
			}
		}
	}
	owners := false
	for i := range p.Review.Tiers {
		owners = owners || p.Review.Tiers[i].Codeowners
		for _, n := range p.Review.Tiers[i].Need {
			add(n.Teams)
		}
	}
	if p.BreakGlass != nil {
		add(p.BreakGlass.Teams)
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
		return nil, errors.New("the repository of the head branch was deleted, and its history with it")
	}
	owner, name, _ := strings.Cut(pr.HeadRepo, "/")
	ids := make([]string, len(pr.Commits))
	for i := range pr.Commits {
		ids[i] = pr.Commits[i].ID
	}
	return c.o.GitHub.Client.Pushes(c.ctx, ghapi.Repository{Owner: owner, Name: name}, pr.HeadBranch, ids)
}

func (c *collector) platformGap(doing string, err error) {
	p := platformProblem(doing, err)
	c.gap(checks.Gap{Question: checks.QuestionReview, Kind: p.Kind, Message: p.Message, Remedy: p.Remedy})
}
