package review_test

import (
	"fmt"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func TestConversations(t *testing.T) {
	t.Parallel()
	required := func() *policy.Policy {
		p := testPolicy()
		p.Review.Conversations = policy.ConversationsRequired
		return p
	}
	agreed := func(t *testing.T, c *checks.Conversations) *checks.Snapshot {
		t.Helper()
		s := change(t)
		approve(s, bob)
		s.Review.Conversations = c
		return s
	}
	open := func(list ...checks.Conversation) *checks.Conversations {
		return &checks.Conversations{Total: 30, Open: list}
	}
	t.Run("all resolved", func(t *testing.T) {
		t.Parallel()
		wantOutcome(t, evaluate(agreed(t, open()), required()), checks.Verified)
	})
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		r := evaluate(agreed(t, open(checks.Conversation{Account: carol, Path: "main.tf", Line: 12})), required())
		wantOutcome(t, r, checks.Waiting)
		wantFinding(t, r, "review.conversation", "The conversation that carol began is not resolved.")
	})
	t.Run("outdated, by a deleted account, of a whole file", func(t *testing.T) {
		t.Parallel()
		r := evaluate(agreed(t, open(checks.Conversation{Path: "main.tf", Outdated: true})), required())
		wantOutcome(t, r, checks.Waiting)
		wantFinding(t, r, "review.conversation", "The conversation that a deleted account began is not resolved; its lines changed since, and that settles nothing.")
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		var list []checks.Conversation
		for i := range 25 {
			list = append(list, checks.Conversation{Account: carol, Path: checks.Path(fmt.Sprintf("f%d", i))})
		}
		r := evaluate(agreed(t, open(list...)), required())
		if n := len(findings(r, "review.conversation")); n != 21 {
			t.Errorf("%d findings", n)
		}
		wantFinding(t, r, "review.conversation", "5 more conversations are open.")
	})
	t.Run("nobody asked for them", func(t *testing.T) {
		t.Parallel()
		wantOutcome(t, evaluate(agreed(t, nil), required()), checks.Undecided)
		wantOutcome(t, evaluate(agreed(t, nil), testPolicy()), checks.Verified)
	})
	t.Run("more open than there are", func(t *testing.T) {
		t.Parallel()
		s := agreed(t, &checks.Conversations{Total: 0, Open: []checks.Conversation{{Account: carol}}})
		wantOutcome(t, evaluate(s, required()), checks.Undecided)
	})
	t.Run("not asked for by the policy", func(t *testing.T) {
		t.Parallel()
		s := agreed(t, open(checks.Conversation{Account: carol}))
		wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
		p := required()
		p.Review.Conversations = "sometimes" // a word nobody knows asks for more, not less
		wantOutcome(t, evaluate(s, p), checks.Waiting)
	})
}

func TestDraft(t *testing.T) {
	t.Parallel()
	s := change(t)
	approve(s, bob)
	s.PullRequest = &checks.PullRequest{Number: 7, Draft: true}
	r := evaluate(s, testPolicy())
	wantOutcome(t, r, checks.Verified)
	wantFinding(t, r, "review.draft", "The pull request is a draft.")
}
