package review_test

import (
	"slices"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// TestLawPeopleById: whoever has a part in the change does not approve it,
// under whatever account.
func TestLawPeopleById(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		commit commit
		edit   func(*checks.Snapshot)
	}{
		{"author", commit{author: "Bob <BOB@example.com>"}, nil},
		{"committer", commit{author: "Claw <claw@agents.example>", committer: "Bob <bob@example.com>", key: "claw"}, nil},
		{"co-author", commit{author: "Claw <claw@agents.example>", message: "Co-authored-by: B <bob@example.com>", key: "claw"}, nil},
		{"on behalf of", commit{author: "Claw <claw@agents.example>", message: "On-behalf-of: @bob <bob@example.com>", key: "claw"}, nil},
		{"signer", commit{author: "Claw <claw@agents.example>", key: "bob"}, nil},
		{"address that only the account has", commit{author: "B <bob@private.example>"}, func(s *checks.Snapshot) { account(s, bob).Emails = []string{"Bob@Private.example"} }},
		{"private address with number", commit{author: "B <2+formerly-bob@users.noreply.github.com>"}, nil},
		{"private address with the number of a renamed account", commit{author: "B <2+alice@users.noreply.github.com>"}, nil},
		{"private address with number of an account nobody lists", commit{author: "A <77+alice@users.noreply.github.com>"}, func(s *checks.Snapshot) {
			account(s, bob).Login, account(s, bob).ID = "newcomer", 77
		}},
		{"private address with the login of an account nobody lists", commit{author: "N <Newcomer@users.noreply.github.com>"}, func(s *checks.Snapshot) {
			account(s, bob).Login, account(s, bob).ID = "newcomer", 77
		}},
		{"private address of an Enterprise Server", commit{author: "B <2+formerly-bob@users.noreply.ghe.acme.example>"}, nil},
		{"private address of an Enterprise Server with login", commit{author: clawCommit.author, committer: "B <bob@users.noreply.ghe.acme.example>", key: "claw"}, nil},
		{"private address of an Enterprise Server in a trailer", commit{author: clawCommit.author, key: "claw", message: "Co-authored-by: B <2+Bob@Users.noreply.GHE.acme.example>"}, nil},
		{"private address with login", commit{author: "B <Bob@users.noreply.github.com>"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t, c.commit, clawCommit)
			if c.edit != nil {
				c.edit(s)
			}
			who := bob
			if !slices.ContainsFunc(s.Review.Accounts, func(a checks.Account) bool { return a.ID == bob }) {
				who = 77
			}
			approve(s, who)
			r := evaluate(s, testPolicy())
			wantDropped(t, r, who, "author, committer, co-author or signer of commit "+s.Commits[0].ID[:12])
			for _, seat := range r.Waiting {
				if slices.Contains(seat.Could, "bob") {
					t.Error("an excluded person is asked to approve")
				}
			}
		})
	}
}

func TestLawEveryCommit(t *testing.T) {
	t.Parallel()
	bobs := commit{author: "Bob <bob@example.com>", key: "bob"}
	for i := range 3 {
		list := []commit{clawCommit, clawCommit, clawCommit}
		list[i] = bobs
		list[(i+1)%3].message = "x" // different commits
		s := change(t, list...)
		approve(s, bob)
		wantDropped(t, evaluate(s, testPolicy()), bob, "commit "+s.Commits[i].ID[:12])
	}
}

func TestSecondAccountsShareExclusionAndSeat(t *testing.T) {
	t.Parallel()
	second := checks.Account{ID: 22, Login: "bob-at-home", Type: "User", Permission: "write"}
	for _, c := range []struct {
		name string
		edit func(*policy.Policy, *checks.Account)
	}{
		{"listed id", func(p *policy.Policy, _ *checks.Account) { p.People[1].GitHubIDs = []int64{bob, 22} }},
		{"listed login", func(p *policy.Policy, _ *checks.Account) { p.People[1].Logins = []string{"bob", "Bob-At-Home"} }},
		{"listed address", func(_ *policy.Policy, a *checks.Account) { a.Emails = []string{"BOB@example.com"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, a := testPolicy(), second
			c.edit(p, &a)
			p.Review.Tiers[0].Need = need(2)
			s := change(t)
			s.Review.Accounts = append(s.Review.Accounts, a)
			approve(s, bob, 22)
			r := evaluate(s, p)
			wantOutcome(t, r, checks.Waiting)
			wantDropped(t, r, 22, "the same person as bob")

			s.Review.Pushers = []int64{22}
			p.Review.Tiers[0].Need = need(1)
			r = evaluate(s, p)
			wantOutcome(t, r, checks.Waiting)
			wantDropped(t, r, bob, "pushed to the branch")
			wantDropped(t, r, 22, "pushed to the branch")
		})
	}
	t.Run("address in common", func(t *testing.T) {
		t.Parallel()
		p := testPolicy()
		p.Review.Tiers[0].Need = need(2)
		s := change(t)
		s.Review.Accounts = append(s.Review.Accounts,
			checks.Account{ID: 30, Login: "x", Type: "User", Permission: "write", Emails: []string{"x@example.org"}},
			checks.Account{ID: 31, Login: "y", Type: "User", Permission: "write", Emails: []string{"X@example.org"}})
		approve(s, 30, 31)
		wantOutcome(t, evaluate(s, p), checks.Waiting)
	})
}

func TestP15OperatorNeverApprovesTheirAgentsWork(t *testing.T) {
	t.Parallel()
	both := func() *policy.Policy {
		p := testPolicy()
		p.Agents[0].Operators = []string{"alice", "bob"}
		return p
	}
	may := "may have commissioned agent claw"
	t.Run("nothing shows who: all of them", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		approve(s, alice, bob)
		r := evaluate(s, both())
		wantOutcome(t, r, checks.Waiting)
		wantDropped(t, r, alice, may)
		wantDropped(t, r, bob, may)
		approve(s, carol)
		wantOutcome(t, evaluate(s, both()), checks.Verified)
	})
	t.Run("the platform says who", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		s.Review.Operators = []int64{alice}
		approve(s, bob)
		wantOutcome(t, evaluate(s, both()), checks.Verified)
	})
	t.Run("the platform names the agent itself", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		s.Review.Operators = []int64{bot}
		approve(s, bob)
		wantDropped(t, evaluate(s, both()), bob, may)
	})
	t.Run("one of them opened the pull request", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		s.Review.Author = &checks.AccountRef{ID: alice, Login: "alice"}
		approve(s, bob)
		wantOutcome(t, evaluate(s, both()), checks.Verified)
	})
	t.Run("somebody else opened it", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		s.Review.Author = &checks.AccountRef{ID: dave, Login: "dave"}
		approve(s, bob)
		wantDropped(t, evaluate(s, both()), bob, may)
	})
	t.Run("a colleague pressed update branch", func(t *testing.T) {
		t.Parallel()
		s := change(t)
		s.Review.Pushers = []int64{bot, alice}
		approve(s, bob)
		wantDropped(t, evaluate(s, both()), bob, may)
		s.Review.Pushers = []int64{alice}
		wantOutcome(t, evaluate(s, both()), checks.Verified)
	})
	t.Run("one of them signed it", func(t *testing.T) {
		t.Parallel()
		s := change(t, commit{author: "Claw <claw@agents.example>", committer: "Alice <alice@example.com>", key: "alice"})
		approve(s, bob)
		wantOutcome(t, evaluate(s, both()), checks.Verified)
	})
}

// TestLawHintsOnlyRaise: what a commit says of itself never frees anybody to
// approve. The agent names an innocent colleague; its operator stays excluded.
func TestLawHintsOnlyRaise(t *testing.T) {
	t.Parallel()
	p := testPolicy()
	p.Agents[0].Operators = []string{"alice", "bob"}
	s := change(t, commit{author: "Claw <claw@agents.example>", committer: "Alice <alice@example.com>", message: "Co-authored-by: Alice <alice@example.com>", key: "claw"})
	approve(s, bob)
	r := evaluate(s, p)
	wantOutcome(t, r, checks.Waiting)
	wantDropped(t, r, bob, "may have commissioned agent claw")
}

func TestUnattributed(t *testing.T) {
	t.Parallel()
	unlisted := commit{author: "Some Tool <tool@elsewhere.example>", key: "elsewhere"}
	for _, c := range []struct {
		name   string
		commit commit
		edit   func(*checks.Snapshot, *policy.Policy)
		want   bool
	}{
		{"agent with operators", clawCommit, nil, false},
		{"agent without operators", clawCommit, func(s *checks.Snapshot, p *policy.Policy) {
			p.Agents[0].Operators = nil
		}, true},
		{"agent without operators, opened by a person", clawCommit, func(s *checks.Snapshot, p *policy.Policy) {
			p.Agents[0].Operators = nil
			s.Review.Author = &checks.AccountRef{ID: dave, Login: "dave"}
		}, false},
		{"a person's own work", commit{author: "Alice <alice@example.com>", key: "alice"}, nil, false},
		{"unknown address", unlisted, nil, true},
		{"unknown address, opened by a person", unlisted, func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Author = &checks.AccountRef{ID: dave, Login: "dave"}
		}, true},
		{"unknown co-author of a signed commit", commit{author: "Alice <alice@example.com>", key: "alice", message: "Co-authored-by: X <x@elsewhere.example>"}, nil, true},
		{"a person's name on an unsigned commit", commit{author: "Alice <alice@example.com>"}, func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Author = nil
		}, true},
		{"an agent's name on an unsigned commit", commit{author: "Claw <claw@agents.example>"}, func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Author = nil
		}, true},
		{"opened by a machine user", commit{author: "Alice <alice@example.com>"}, func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Author = &checks.AccountRef{ID: ci, Login: "acme-ci"}
		}, true},
		{"a person's key that was revoked", commit{author: "Alice <alice@example.com>", key: "alice"}, func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Author = nil
			p.People[0].Keys[0].RevokedAt = now.Add(-time.Hour)
		}, true},
		{"no commits", clawCommit, func(s *checks.Snapshot, p *policy.Policy) { s.Commits = nil }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, p := change(t, c.commit), testPolicy()
			p.Review.Tiers = append(p.Review.Tiers, policy.Tier{ID: "who", When: policy.TierWhen{Unattributed: true}, Need: need(2)})
			if c.edit != nil {
				c.edit(s, p)
			}
			approve(s, carol)
			r := evaluate(s, p)
			if got := len(findings(r, "review.unattributed")) > 0; got != c.want {
				t.Errorf("unattributed %v, want %v: %+v", got, c.want, r.Findings)
			}
			want := checks.Verified
			if c.want {
				want = checks.Waiting
			}
			wantOutcome(t, r, want)
		})
	}
}
