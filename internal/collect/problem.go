package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
)

// Problem is a reason for which there is no snapshot.
type Problem struct {
	Kind    checks.GapKind
	Message string // what is wrong; a sentence
	Remedy  string // how to mend it; a sentence
	Err     error  // the cause, if any
}

func (p *Problem) Error() string { return p.Message }

func (p *Problem) Unwrap() error { return p.Err }

const deepen = "Fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` in the step that uses actions/checkout."

// Foreign text in an error of gitrepo is quoted and bounded already.
func sentence(format string, args ...any) string {
	return strings.TrimSuffix(fmt.Sprintf(format, args...), ".") + "."
}

// problem turns an error of gitrepo into words, and an unforeseen one into
// missing evidence. doing says what was tried: "find the base".
func problem(doing string, err error) *Problem {
	gap := gapOf(err)
	return &Problem{Kind: gap.Kind, Message: sentence("Could not %s: %v", doing, err), Remedy: gap.Remedy, Err: err}
}

// gap is problem for something that leaves a rest to tell.
func gap(doing string, err error) checks.Gap {
	g := gapOf(err)
	g.Message = sentence("Could not %s: %v", doing, err)
	return g
}

// gapOf is the kind and the remedy of an error, without a message. The order
// matters: an error can be several of these, and the first has the best remedy.
func gapOf(err error) checks.Gap {
	is := func(target error) bool { return errors.Is(err, target) }
	configuration := func(remedy string) checks.Gap {
		return checks.Gap{Kind: checks.GapConfiguration, Remedy: remedy}
	}
	evidence := func(remedy string) checks.Gap { return checks.Gap{Kind: checks.GapEvidence, Remedy: remedy} }
	switch {
	case is(context.Canceled), is(context.DeadlineExceeded):
		return evidence("Run the check again. It was interrupted, or its time was up.")
	case fromPlatform(err):
		p := platformProblem("", err)
		return checks.Gap{Kind: p.Kind, Remedy: p.Remedy}
	case is(gitobject.ErrNotRebuilt):
		return evidence("GitHub's API does not tell enough of this commit. Judge it in a clone: give the action a checkout with fetch-depth: 0.")
	case is(gitrepo.ErrNoGit):
		return configuration("Install git, version 2.31 or later, where PATH finds it.")
	case is(gitrepo.ErrOldGit):
		return configuration("Install git, version 2.31 or later.")
	case is(gitrepo.ErrNotRepository):
		return configuration("Run the command inside the repository, or name it with --repo.")
	case is(gitrepo.ErrEmptyRepository):
		return configuration("Commit something first: there is nothing to compare.")
	case is(gitrepo.ErrForged):
		return evidence("Do not trust this clone. Make a fresh one, and run `git fsck --full` in this one to see the damage.")
	case is(gitrepo.ErrShallow):
		return evidence(deepen)
	case is(gitrepo.ErrAmbiguousRevision):
		return configuration("Give the full commit id, or the full name such as refs/remotes/origin/main.")
	case is(gitrepo.ErrUnknownRevision):
		return configuration("Fetch the branch or commit first, and check the spelling. A branch of the remote is written origin/NAME.")
	case is(gitrepo.ErrNoMergeBase):
		return evidence("Check that base and head belong to the same project; if the clone was made in parts, fetch all of it.")
	case is(gitrepo.ErrTooMany):
		return evidence("Split the change into smaller ones, or raise limits in the policy on the base branch.")
	case is(gitrepo.ErrMissing):
		return evidence("The clone is partial and nothing is fetched behind your back. Clone without --filter.")
	case is(gitrepo.ErrTooLarge):
		return evidence("Remove the oversized object from the change.")
	case is(gitrepo.ErrMalformed):
		return evidence("Rewrite the commit or folder with git itself; `git fsck --full` names what is wrong.")
	}
	return evidence("Run `git fsck` in the clone, or make a fresh one, and try again.")
}
