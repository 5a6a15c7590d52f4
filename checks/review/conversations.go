package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxConversations is how many open conversations are told one by one.
const maxConversations = 20

// conversations finds the review threads that nobody resolved, where the policy wants
// all of them resolved.
func (sc *scene) conversations() (out []checks.Finding, gaps []checks.Gap) {
	switch sc.p.Review.Conversations {
	case "", policy.ConversationsOptional:
		return nil, nil
	}
	c := sc.s.Review.Conversations
	gap := checks.Gap{Question: checks.QuestionReview, Kind: checks.GapEvidence, Remedy: "Ask the platform for them: run the check on the pull request, with a token."}
	switch {
	case c == nil:
		gap.Message = "The policy wants every conversation resolved, and nobody asked which ones there are."
		return nil, []checks.Gap{gap}
	case c.Total < len(c.Open):
		gap.Message = fmt.Sprintf("Of %s, %d are said to be open.", checks.Plural(c.Total, "conversation", "conversations"), len(c.Open))
		return nil, []checks.Gap{gap}
	}
	open := slices.Clone(c.Open)
	slices.SortFunc(open, func(a, b checks.Conversation) int {
		return cmp.Or(strings.Compare(string(a.Path), string(b.Path)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Account, b.Account), compareBool(a.Outdated, b.Outdated))
	})
	for i := range open {
		if i == maxConversations {
			out = append(out, ruleConversation.New(checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit},
				fmt.Sprintf("%d more conversations are open.", len(open)-i)))
			break
		}
		out = append(out, sc.conversation(&open[i]))
	}
	return out, nil
}

func (sc *scene) conversation(t *checks.Conversation) checks.Finding {
	subject := checks.Subject{Kind: checks.SubjectPath, Name: t.Path.String(), Path: t.Path, Line: t.Line}
	if t.Path == "" {
		subject = checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit}
	}
	msg := fmt.Sprintf("The conversation that %s began is not resolved", sc.login(t.Account))
	if t.Outdated {
		msg += "; its lines changed since, and that settles nothing"
	}
	return ruleConversation.New(subject, msg+".")
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// offered notes that the pull request is not offered for merging: not yet, or not any
// more.
func (sc *scene) offered() (out []checks.Finding) {
	pr := sc.s.PullRequest
	if pr == nil {
		return nil
	}
	change := checks.Subject{Kind: checks.SubjectChange, Name: sc.s.Head.Commit}
	if pr.Draft {
		out = append(out, ruleDraft.New(change, "The pull request is a draft."))
	}
	switch pr.State {
	case "", "open":
	case "closed":
		out = append(out, ruleClosed.New(change, "The pull request is closed, without having been merged."))
	case "merged":
		out = append(out, ruleClosed.New(change, "The pull request is merged already."))
	default:
		out = append(out, ruleClosed.New(change, fmt.Sprintf("The pull request is in a state that is not known: %s.", checks.Path(pr.State))))
	}
	return out
}
