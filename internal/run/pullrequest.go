package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// askGitHub makes the check of an event about a pull request ask GitHub who is around
// it, where there is a token. A file of reviews is somebody's explicit word instead.
// Commits and files come from the checkout, if there is one: it has them whole.
func askGitHub(a *config.Action, e ghapi.Event, given bool) {
	g := &a.Check.GitHub
	if g.Token == "" || a.Check.Reviews != "" {
		return
	}
	_, err := os.Stat(filepath.Join(a.Check.Dir, ".git"))
	g.Clone = err == nil
	switch {
	case e.Kind == checks.KindPullRequest:
	case given || g.Clone:
		return // a range, and a clone that has it: nobody's word is asked for
	}
	g.Repository, g.Number = e.Repository, int64(e.Number)
	if e.NewHead {
		a.Check.HeadSeen = e.At
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
	if !a.CheckRun || g.Number == 0 || !g.Asks() || v.Change.Head.Commit == "" {
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

// putCheckRun writes a check run for the base branch, or leaves the one alone that says
// the same already.
func putCheckRun(ctx context.Context, a *config.Action, v *checks.Verdict, o publish.Options) (int64, error) {
	client, err := gitHubClient(a.Check)
	if err != nil {
		return 0, err
	}
	c, err := publish.AsCheckRun(v, a.BaseRef, a.Check.GitHub.Number, o)
	if err != nil {
		return 0, err
	}
	repo := repositoryOf(a.Check.GitHub.Repository)
	runs, err := client.CheckRuns(ctx, repo, v.Change.Head.Commit, c.Name)
	if err != nil {
		return 0, err
	}
	var id int64
	for _, r := range runs {
		if r.ExternalID == c.ExternalID && r.Status == "completed" && r.Conclusion == c.Conclusion {
			return r.ID, nil
		}
		id = max(id, r.ID) // another app's cannot be changed, and GitHub says so
	}
	u := ghapi.CheckRunUpdate{
		Name: c.Name, Head: v.Change.Head.Commit, ExternalID: c.ExternalID, Status: "completed", Conclusion: c.Conclusion, Title: c.Title, Summary: c.Summary,
	}
	for _, n := range c.Annotations {
		u.Annotations = append(u.Annotations, ghapi.Annotation{Path: n.Path, StartLine: n.Line, EndLine: n.Line, Level: n.Level, Title: n.Title, Message: n.Message})
	}
	r, err := client.WriteCheckRun(ctx, repo, id, u)
	if id != 0 && errors.Is(err, ghapi.ErrForbidden) {
		r, err = client.WriteCheckRun(ctx, repo, 0, u)
	}
	return r.ID, err
}
