package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/publish"
)

// Action judges what a workflow run is about and tells the runner: annotations and
// the report in the log, a job summary, files, and the step's outputs. It returns
// the exit code of the step.
//
// An input that makes no sense is told like any other reason for being undecided,
// so that a later step that reads the output "verdict" never finds it empty.
func Action(ctx context.Context, a config.Action, st Streams) (int, error) {
	v, s := judgeEvent(ctx, &a, st)
	files, err := writeReports(a, v, s, st.Terminal)
	files = append(files, writeCheckRun(ctx, &a, v, st)...)
	var summary summaryFile
	if a.Summary {
		summary = summaryFile(a.StepFile)
	}
	err = errors.Join(err, logReport(st, v), summary.append(v, st.Terminal), tell(a.Output, outputsOf(v, files)))
	switch {
	case err != nil:
		return checks.ExitUndecided, err
	case a.FailOn == config.FailOnNever:
		return checks.ExitVerified, nil
	}
	return v.ExitCode(), nil
}

// judgeEvent finds the range and judges it. It always returns a verdict.
func judgeEvent(ctx context.Context, a *config.Action, st Streams) (*checks.Verdict, *checks.Snapshot) {
	kind, err := fromEvent(a)
	if err == nil {
		err = floors(a)
	}
	if err == nil {
		err = waitFor(ctx, a)
	}
	if err == nil {
		// Relative, so that a snapshot says the same on every runner.
		a.Check.Root = a.Workspace
		var s *checks.Snapshot
		if s, err = Snapshot(ctx, a.Check, kind, st.In); err == nil {
			return registry.Evaluate(s), s
		}
	}
	s := unreadable(a.Check, kind, err)
	return registry.Evaluate(s), s
}

// fromEvent fills in base and head from the event, unless both are given. Whichever
// it is, a pull request or merge group against a branch that does not decide is not
// judged: a base that is given is as a rule the event's own, by another way.
func fromEvent(a *config.Action) (checks.Kind, error) {
	given := a.Check.Base != "" && a.Check.Head != ""
	e, err := readEvent(a)
	switch {
	case given && (err != nil || e.Kind == checks.KindPush):
		return checks.KindRange, nil //nolint:nilerr // an event without a range has no say in one that is given
	case err != nil:
		return checks.KindRange, err
	}
	if !decides(a.Branches, e) {
		return e.Kind, &collect.Problem{
			Kind:    checks.GapConfiguration,
			Message: fmt.Sprintf("The change is to be merged into %q, which is not a branch whose policy decides.", e.BaseRef),
			Remedy:  "Only the default branch decides, or those that the input base-branches names: whoever may make a branch could otherwise write the policy they are judged by.",
		}
	}
	a.Check.Author, a.Check.PullRequest = e.Author, e.PullRequest()
	a.BaseRef = e.BaseRef
	askGitHub(a, e, given)
	if given {
		return checks.KindRange, nil
	}
	a.Check.Base, a.Check.Head = e.Base, e.Head
	if e.Repository != "" {
		a.Check.Repository = e.Repository
	}
	return e.Kind, nil
}

func readEvent(a *config.Action) (ghapi.Event, error) {
	problem := func(format string, args ...any) error {
		return &collect.Problem{Kind: checks.GapConfiguration, Message: fmt.Sprintf(format, args...), Remedy: "Run the action on pull_request, pull_request_review or push, or give the inputs base and head."}
	}
	f, err := os.Open(a.EventPath)
	if err != nil {
		return ghapi.Event{}, problem("The event file cannot be read: %v.", err)
	}
	defer f.Close()
	payload, err := io.ReadAll(io.LimitReader(f, ghapi.MaxEventBytes+1))
	if err != nil {
		return ghapi.Event{}, problem("The event file cannot be read: %v.", err)
	}
	e, err := ghapi.ReadEvent(a.EventName, payload)
	if err != nil {
		return ghapi.Event{}, problem("The event does not say what to judge: %v.", err)
	}
	return e, nil
}

// decides reports whether the policy of the event's base branch may be used. An
// agent can open a pull request against a branch of its own, with a policy of its
// own; the result would stand at the head commit like any other, also for a pull
// request of that commit against the protected branch.
func decides(globs []string, e ghapi.Event) bool { return branchDecides(globs, e.BaseRef, e.Default) }

// logReport writes annotations, then the report. Between them and the end the
// runner is told to obey nothing: the report holds foreign text, and a line of it
// must never be taken for a command, whatever this program's own escaping missed.
func logReport(st Streams, v *checks.Verdict) error {
	if err := publish.Write("github", st.Out, v, st.Terminal); err != nil {
		return err
	}
	token := randomToken()
	if _, err := fmt.Fprintf(st.Out, "::stop-commands::%s\n", token); err != nil {
		return err
	}
	err := publish.Write("terminal", st.Out, v, st.Terminal)
	_, end := fmt.Fprintf(st.Out, "\n::%s::\n", token)
	return errors.Join(err, end)
}

// deciding counts the findings that stand in the way.
func deciding(v *checks.Verdict) string {
	n := 0
	for i := range v.Findings {
		if v.Findings[i].Deciding() {
			n++
		}
	}
	return strconv.Itoa(n)
}
