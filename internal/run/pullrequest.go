package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// waitEvery is how long an action waits before it looks again whether another check
// has ended.
const waitEvery = 10 * time.Second

// askGitHub makes the check of an event ask GitHub, where there is a token: of a pull
// request who is around it, unless a file of reviews is somebody's explicit word on
// that, and of all the organisation's policy. Commits and files come from the checkout,
// if there is one: it has them whole.
func askGitHub(a *config.Action, e ghapi.Event, given bool) {
	g := &a.Check.GitHub
	if g.Token == "" {
		return
	}
	_, err := os.Stat(filepath.Join(a.Check.Dir, ".git"))
	g.Clone = err == nil
	if given && e.Kind != checks.KindPullRequest {
		return // a range that somebody names
	}
	g.Repository = e.Repository
	if a.Check.Reviews != "" {
		return
	}
	g.Number = int64(e.Number)
	if e.NewHead {
		a.Check.HeadSeen = e.At
	}
}

// floors makes sure that a policy of the organisation that is required can be asked for.
func floors(a *config.Action) error {
	g := &a.Check.GitHub
	if g.Organization != string(collect.OrganizationRequired) || g.Asks() {
		return nil
	}
	return &collect.Problem{
		Kind: checks.GapConfiguration, Message: "The organisation's policy is required, and GitHub is not asked for it.",
		Remedy: "Give a token that can read the organisation's .github repository, and leave out base and head.",
	}
}

// waitFor waits until the check runs that the caller names have ended at the head.
func waitFor(ctx context.Context, a *config.Action) error {
	g := &a.Check.GitHub
	if len(a.WaitFor) == 0 {
		return nil
	}
	if !g.Asks() {
		return &collect.Problem{Kind: checks.GapConfiguration, Message: "The input wait-for names checks, and GitHub is not asked.", Remedy: "Give a token, on an event about a pull request, or leave wait-for out."}
	}
	client, err := gitHubClient(a.Check)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, a.WaitTime)
	defer cancel()
	for _, name := range a.WaitFor {
		for {
			runs, err := client.CheckRuns(ctx, repositoryOf(g.Repository), a.Check.Head, name)
			if err != nil && ctx.Err() == nil {
				return &collect.Problem{Kind: checks.GapEvidence, Message: fmt.Sprintf("Could not look for the check %q: %v.", name, err), Remedy: "Let the token read checks, and run the check again.", Err: err}
			}
			if err == nil && ended(runs) {
				break
			}
			select {
			case <-time.After(waitEvery):
				continue
			case <-ctx.Done():
			}
			return &collect.Problem{
				Kind: checks.GapEvidence, Message: fmt.Sprintf("The check %q had not ended at the head after %s.", name, a.WaitTime),
				Remedy: "Run the check again once it has, or wait longer: wait-timeout.", Err: context.Cause(ctx),
			}
		}
	}
	return nil
}

func ended(runs []ghapi.CheckRun) bool {
	for _, r := range runs {
		if r.Status != "completed" {
			return false
		}
	}
	return len(runs) > 0
}

// writeCheckRun leaves the verdict at the head commit, where the token may. A token
// that may only read, as that of a pull request from a fork, is no reason to fail:
// the step's own result, the summary and the annotations say the same.
func writeCheckRun(ctx context.Context, a *config.Action, v *checks.Verdict, st Streams) []output {
	g := &a.Check.GitHub
	if !a.CheckRun || g.Number == 0 || !g.Asks() {
		return nil
	}
	id, err := putCheckRun(ctx, a, v, st.Terminal)
	if err != nil {
		why := err.Error()
		if errors.Is(err, ghapi.ErrForbidden) {
			why = "the token may not write checks"
		}
		fmt.Fprintf(st.Out, "Claw Verified: no check run was written: %s\n", checks.Path(why)) //nolint:errcheck // a line for people
		return nil
	}
	return []output{{"check-run-id", strconv.FormatInt(id, 10)}}
}

// maxRepaired is how many check runs of our name are brought in line.
const maxRepaired = 20

// putCheckRun writes a check run for the base branch, or leaves it alone when all there
// are of its name say the same already.
//
// Others can write runs of our name: other apps, which GitHub tells apart, and other
// workflows, which it does not. So no single one is taken for ours: every one that says
// something else is rewritten where GitHub lets us, and if it lets us nowhere, there is
// a new one. Runs overlap, too. One that read the pull request earlier and comes later
// must not put its success over the refusal of one that has seen more; the other way
// round it may.
func putCheckRun(ctx context.Context, a *config.Action, v *checks.Verdict, o publish.Options) (int64, error) {
	client, err := gitHubClient(a.Check)
	if err != nil {
		return 0, err
	}
	// Where nothing could be read, the event's head and base are where an older verdict
	// stands.
	head, branch := a.Check.Head, a.BaseRef
	if v.Change.Head.Commit != "" {
		head, branch = v.Change.Head.Commit, v.Change.Base.Name
	}
	c, err := publish.AsCheckRun(v, branch, a.Check.GitHub.Number, o)
	if err != nil {
		return 0, err
	}
	u := ghapi.CheckRunUpdate{
		Name: c.Name, Head: head, ExternalID: c.ExternalID, Status: "completed", Conclusion: c.Conclusion, Title: c.Title, Summary: c.Summary,
	}
	for _, n := range c.Annotations {
		u.Annotations = append(u.Annotations, ghapi.Annotation{Path: n.Path, StartLine: n.Line, EndLine: n.Line, Level: n.Level, Title: n.Title, Message: n.Message})
	}
	repo := repositoryOf(a.Check.GitHub.Repository)
	runs, err := client.CheckRuns(ctx, repo, head, c.Name)
	if err != nil {
		if c.Conclusion != "success" { // what stands there may be a success
			if r, writing := client.WriteCheckRun(ctx, repo, 0, u); writing == nil {
				return r.ID, nil
			}
		}
		return 0, err
	}
	slices.SortFunc(runs, func(a, b ghapi.CheckRun) int { return cmp.Compare(b.ID, a.ID) })
	var other []ghapi.CheckRun
	for _, r := range runs {
		if r.Status != "completed" || !publish.SameCheckRun(r.ExternalID, r.Conclusion, &c) {
			other = append(other, r)
		}
		if c.Conclusion == "success" && r.Conclusion != "success" && publish.NewerCheckRun(r.ExternalID, &c) {
			return 0, errors.New("one that read the pull request later has found otherwise")
		}
	}
	if len(runs) > 0 && len(other) == 0 {
		return runs[0].ID, nil
	}
	var id int64
	for _, r := range other[:min(len(other), maxRepaired)] {
		if written, err := client.WriteCheckRun(ctx, repo, r.ID, u); err == nil {
			id = max(id, written.ID)
		} else if !errors.Is(err, ghapi.ErrForbidden) && !errors.Is(err, ghapi.ErrNotFound) {
			return id, err
		}
	}
	if id != 0 && len(other) <= maxRepaired {
		return id, nil
	}
	r, err := client.WriteCheckRun(ctx, repo, 0, u)
	return r.ID, err
}
