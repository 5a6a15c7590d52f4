package review_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// gen makes changes, policies and reviews of every kind, also such as no
// platform gives.
type gen struct {
	t        *testing.T
	commits  [][]commit
	accounts []int64
}

func newGen(t *testing.T) *gen {
	return &gen{
		t:        t,
		accounts: []int64{0, alice, bob, carol, dave, erin, stranger, ci, bot, 99},
		commits: [][]commit{
			{clawCommit},
			{{author: "Alice <alice@example.com>", key: "alice"}},
			{{author: "X <x@elsewhere.example>"}},
			{clawCommit, {author: "Bob <bob@example.com>", message: "Co-authored-by: Carol <carol@example.com>", key: "bob"}},
		},
	}
}

func (g *gen) snapshot(rt *rapid.T, bases []*checks.Snapshot) *checks.Snapshot {
	base := rapid.SampledFrom(bases).Draw(rt, "commits")
	s := *base
	s.Review.Accounts = slices.Clone(base.Review.Accounts)
	one := rapid.SampledFrom(g.accounts)
	ids := rapid.SliceOfN(one, 0, 2)
	s.Review.Pushers, s.Review.Operators, s.Review.Requested = ids.Draw(rt, "pushers"), ids.Draw(rt, "operators"), ids.Draw(rt, "requested")
	if rapid.Bool().Draw(rt, "no author") {
		s.Review.Author = nil
	}
	for i := range s.Review.Accounts {
		if rapid.IntRange(0, 5).Draw(rt, "odd") == 0 {
			s.Review.Accounts[i].Permission = rapid.SampledFrom([]string{"", "read", "admin", "none"}).Draw(rt, "permission")
			s.Review.Accounts[i].Emails = rapid.SampledFrom([][]string{nil, {"bob@example.com"}, {"x@elsewhere.example"}}).Draw(rt, "emails")
		}
	}
	if rapid.Bool().Draw(rt, "plan") {
		s.Plans = []checks.Plan{{Digest: plan1}}
	}
	if rapid.IntRange(0, 3).Draw(rt, "gate") == 0 {
		touch(&s, "CODEOWNERS")
	}
	for range rapid.IntRange(0, 6).Draw(rt, "reviews") {
		say(&s, one.Draw(rt, "by"), rapid.SampledFrom([]checks.ReviewState{
			checks.ReviewApproved, checks.ReviewApproved, checks.ReviewChangesRequested, checks.ReviewCommented, checks.ReviewDismissed,
		}).Draw(rt, "state"), func(u *checks.UserReview) {
			u.SubmittedAt = now.Add(-time.Duration(rapid.IntRange(0, 40).Draw(rt, "minutes")) * time.Minute)
			u.Commit = rapid.SampledFrom([]string{s.Head.Commit, s.Head.Commit, other}).Draw(rt, "commit")
			u.Tree = rapid.SampledFrom([]string{"", "", tree, other}).Draw(rt, "tree")
			u.PlanDigests = rapid.SampledFrom([][]string{nil, {plan1}, {plan2}}).Draw(rt, "plans")
			u.Body = rapid.SampledFrom([]string{"", overriding, confirming}).Draw(rt, "body")
			if u.State == checks.ReviewDismissed {
				u.DismissedBy = one.Draw(rt, "dismissed by")
				u.Was = rapid.SampledFrom([]checks.ReviewState{"", checks.ReviewApproved, checks.ReviewChangesRequested}).Draw(rt, "was")
			}
		})
	}
	return &s
}

func (g *gen) policy(rt *rapid.T) *policy.Policy {
	p := breakGlass()
	p.Agents[0].Operators = rapid.SampledFrom([][]string{nil, {"alice"}, {"alice", "bob"}}).Draw(rt, "operators of claw")
	p.Review.Tiers = nil
	whens := []policy.TierWhen{{Always: true}, {Agent: true}, {Unattributed: true}, {GateFiles: true}, {Findings: []string{"plan.*"}}, {Paths: []string{"CODE*"}}}
	needs := []policy.Need{{Count: 1}, {Count: 2}, {Count: 1, Teams: []string{"infra"}}, {Count: 1, Teams: []string{"security"}}, {Count: 1, People: []string{"bob", "dave"}}, {Count: 1, Permission: policy.PermissionAdmin}}
	binds := [][]policy.Bind{nil, {policy.BindHead}, {policy.BindTree}, {policy.BindPlan}, {policy.BindTree, policy.BindPlan}}
	for range rapid.IntRange(0, 3).Draw(rt, "tiers") {
		p.Review.Tiers = append(p.Review.Tiers, policy.Tier{
			ID: "t", When: rapid.SampledFrom(whens).Draw(rt, "when"),
			Need: rapid.SliceOfN(rapid.SampledFrom(needs), 0, 3).Draw(rt, "need"), Bind: rapid.SampledFrom(binds).Draw(rt, "bind"),
		})
	}
	return p
}

func (g *gen) bases() []*checks.Snapshot {
	var out []*checks.Snapshot
	for _, c := range g.commits {
		out = append(out, change(g.t, c...))
	}
	return out
}

func missing(r checks.Result) (n int) {
	for _, s := range r.Waiting {
		n += s.Missing
	}
	return n
}

func property(t *testing.T, check func(*rapid.T, *checks.Snapshot, *policy.Policy, []checks.Finding)) {
	t.Helper()
	g := newGen(t)
	bases := g.bases()
	rapid.Check(t, func(rt *rapid.T) {
		var fs []checks.Finding
		if rapid.Bool().Draw(rt, "finding") {
			fs = append(fs, replaced)
		}
		check(rt, g.snapshot(rt, bases), g.policy(rt), fs)
	})
}

// TestLawOneMoreApprovalNeverHurts: an approval of a fresh, eligible account
// makes nothing worse.
func TestLawOneMoreApprovalNeverHurts(t *testing.T) {
	t.Parallel()
	property(t, func(rt *rapid.T, s *checks.Snapshot, p *policy.Policy, fs []checks.Finding) {
		before := evaluate(s, p, fs...)
		s.Review.Accounts = append(slices.Clone(s.Review.Accounts), checks.Account{ID: 500, Login: "fresh", Type: "User", Permission: "admin"})
		say(s, 500, checks.ReviewApproved, func(u *checks.UserReview) {
			for i := range s.Plans {
				u.PlanDigests = append(u.PlanDigests, s.Plans[i].Digest)
			}
		})
		after := evaluate(s, p, fs...)
		if checks.Worse(outcome(before), outcome(after)) != outcome(before) {
			rt.Fatalf("%v becomes %v", outcome(before), outcome(after))
		}
		if missing(after) > missing(before) {
			rt.Fatalf("%d seats missing become %d", missing(before), missing(after))
		}
	})
}

// TestLawSilenceNeverHelps: taking away all that an account said does not make a
// change pass, unless the account objected or dismissed.
func TestLawSilenceNeverHelps(t *testing.T) {
	t.Parallel()
	property(t, func(rt *rapid.T, s *checks.Snapshot, p *policy.Policy, fs []checks.Finding) {
		before := evaluate(s, p, fs...)
		for _, id := range []int64{0, alice, bob, carol, dave, erin, ci, bot} {
			other := slices.ContainsFunc(s.Review.Reviews, func(u checks.UserReview) bool {
				return u.Account == id && u.State != checks.ReviewApproved && u.State != checks.ReviewCommented
			})
			if other {
				continue
			}
			less := *s
			less.Review.Reviews = slices.DeleteFunc(slices.Clone(s.Review.Reviews), func(u checks.UserReview) bool { return u.Account == id })
			after := evaluate(&less, p, fs...)
			if outcome(after) == checks.Verified && outcome(before) != checks.Verified {
				rt.Fatalf("without account %d, %v becomes verified", id, outcome(before))
			}
			if after.Override != nil && before.Override == nil {
				rt.Fatalf("without account %d there is an override", id)
			}
		}
	})
}

// TestLawOrderNeverMatters: the order of lists in the source changes nothing.
func TestLawOrderNeverMatters(t *testing.T) {
	t.Parallel()
	property(t, func(rt *rapid.T, s *checks.Snapshot, p *policy.Policy, fs []checks.Finding) {
		before := evaluate(s, p, fs...)
		turned := *s
		turned.Review.Accounts = rapid.Permutation(s.Review.Accounts).Draw(rt, "accounts")
		turned.Review.Reviews = rapid.Permutation(s.Review.Reviews).Draw(rt, "order")
		turned.Review.Pushers = rapid.Permutation(s.Review.Pushers).Draw(rt, "pushers turned")
		turned.Review.Operators = rapid.Permutation(s.Review.Operators).Draw(rt, "operators turned")
		turned.Review.Requested = rapid.Permutation(s.Review.Requested).Draw(rt, "requested turned")
		if d := cmp.Diff(before, evaluate(&turned, p, fs...)); d != "" {
			rt.Fatal(d)
		}
	})
}

// TestLawExcludedNeverFillASeat: nobody who made, pushed or commissioned the
// change is counted, nor asked.
func TestLawExcludedNeverFillASeat(t *testing.T) {
	t.Parallel()
	property(t, func(rt *rapid.T, s *checks.Snapshot, p *policy.Policy, fs []checks.Finding) {
		r := evaluate(s, p, fs...)
		out := slices.Concat(s.Review.Pushers, s.Review.Operators, []int64{0, ci, bot, 99})
		for _, a := range r.Approvals {
			if a.Counts && (slices.Contains(out, a.Account) || a.State != checks.ReviewApproved) {
				rt.Fatalf("counted: %+v", a)
			}
		}
		for _, seat := range r.Waiting {
			for _, login := range seat.Could {
				i := slices.IndexFunc(s.Review.Accounts, func(a checks.Account) bool { return a.Login == login })
				if slices.Contains(out, s.Review.Accounts[i].ID) {
					rt.Fatalf("asked: %s", login)
				}
			}
		}
	})
}
