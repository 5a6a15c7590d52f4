package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/review"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func TestP05Vetoes(t *testing.T) {
	t.Parallel()
	dismissed := func(was checks.ReviewState, by int64) func(*checks.UserReview) {
		return func(u *checks.UserReview) { u.State, u.Was, u.DismissedBy = checks.ReviewDismissed, was, by }
	}
	for _, c := range []struct {
		name string
		say  func(*checks.Snapshot)
		want checks.Outcome
	}{
		{"stands", func(s *checks.Snapshot) { say(s, bob, checks.ReviewChangesRequested) }, checks.Refused},
		{"stands for an older head", func(s *checks.Snapshot) {
			say(s, bob, checks.ReviewChangesRequested, func(u *checks.UserReview) { u.Commit, u.SubmittedAt = other, now.Add(-24*time.Hour) })
		}, checks.Refused},
		{"stands though the review is asked for again", func(s *checks.Snapshot) {
			say(s, bob, checks.ReviewChangesRequested)
			s.Review.Requested = []int64{bob}
		}, checks.Refused},
		{"of somebody who cannot approve", func(s *checks.Snapshot) { say(s, alice, checks.ReviewChangesRequested) }, checks.Refused},
		{"dismissed by somebody else", func(s *checks.Snapshot) {
			say(s, bob, "", dismissed(checks.ReviewChangesRequested, carol))
		}, checks.Refused},
		{"dismissed by nobody known", func(s *checks.Snapshot) {
			say(s, bob, "", dismissed(checks.ReviewChangesRequested, 0))
		}, checks.Refused},
		{"request with dismissed_by", func(s *checks.Snapshot) {
			say(s, bob, checks.ReviewChangesRequested, func(u *checks.UserReview) { u.DismissedBy = carol })
		}, checks.Refused},
		{"dismissed by its author", func(s *checks.Snapshot) {
			say(s, bob, "", dismissed(checks.ReviewChangesRequested, bob))
		}, checks.Verified},
		{"dismissed, and nobody knows what it said", func(s *checks.Snapshot) { say(s, bob, "", dismissed("", carol)) }, checks.Refused},
		{"dismissed approval", func(s *checks.Snapshot) { say(s, bob, "", dismissed(checks.ReviewApproved, carol)) }, checks.Verified},
		{"lifted by the author's approval", func(s *checks.Snapshot) {
			say(s, bob, "", dismissed(checks.ReviewChangesRequested, carol))
			approve(s, bob)
		}, checks.Verified},
		{"without write access", func(s *checks.Snapshot) { say(s, stranger, checks.ReviewChangesRequested) }, checks.Verified},
		{"by a bot", func(s *checks.Snapshot) { say(s, bot, checks.ReviewChangesRequested) }, checks.Verified},
		{"by a user whom the policy lists as automation", func(s *checks.Snapshot) { say(s, ci, checks.ReviewChangesRequested) }, checks.Refused},
		{"by a user under an agent's login", func(s *checks.Snapshot) {
			account(s, bot).Type = "User"
			say(s, bot, checks.ReviewChangesRequested)
		}, checks.Refused},
		{"by a user with an agent's address", func(s *checks.Snapshot) {
			account(s, bob).Emails = []string{"claw@agents.example"}
			say(s, bob, checks.ReviewChangesRequested)
		}, checks.Refused},
		{"by a user with the login of a known tool", func(s *checks.Snapshot) {
			account(s, bob).Login = "copilot"
			say(s, bob, checks.ReviewChangesRequested)
		}, checks.Refused},
		{"by automation of which nobody knows the type", func(s *checks.Snapshot) {
			account(s, ci).Type = ""
			say(s, ci, checks.ReviewChangesRequested)
		}, checks.Undecided},
		{"by a deleted account", func(s *checks.Snapshot) { say(s, 0, checks.ReviewChangesRequested) }, checks.Verified},
		{"by an account that is not listed", func(s *checks.Snapshot) { say(s, 99, checks.ReviewChangesRequested) }, checks.Undecided},
		{"by an account whose permission is not known", func(s *checks.Snapshot) {
			account(s, bob).Permission = ""
			say(s, bob, checks.ReviewChangesRequested)
		}, checks.Undecided},
		{"a state nobody knows", func(s *checks.Snapshot) { say(s, bob, "rejected") }, checks.Undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change(t)
			approve(s, dave, erin)
			c.say(s)
			wantOutcome(t, evaluate(s, testPolicy()), c.want)
		})
	}
}

func TestP05WhoDismissesAnObjectionCannotApprove(t *testing.T) {
	t.Parallel()
	s := change(t)
	say(s, bob, checks.ReviewDismissed, func(u *checks.UserReview) { u.Was, u.DismissedBy = checks.ReviewChangesRequested, carol })
	approve(s, bob, carol)
	r := evaluate(s, testPolicy())
	wantDropped(t, r, carol, "dismissed the objection of bob")
	s.Review.Reviews[0].Was = checks.ReviewApproved // dismissing an approval is no harm
	s.Review.Reviews = s.Review.Reviews[:1]
	approve(s, carol)
	wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
}

func breakGlass() *policy.Policy {
	p := testPolicy()
	p.BreakGlass = &policy.BreakGlass{People: []string{"bob", "carol"}, Teams: []string{"acme/oncall"}, Confirm: 1, Expires: policy.Duration(4 * time.Hour)}
	return p
}

func body(text string) func(*checks.UserReview) {
	return func(u *checks.UserReview) { u.Body = text }
}

const (
	overriding = "claw-verified: override The site is down and this brings it back\nmore text"
	confirming = "claw-verified: confirm override\r\n"
)

func TestOverride(t *testing.T) {
	t.Parallel()
	s := change(t)
	s.Review.HeadSeenAt = now.Add(-10 * time.Hour)
	say(s, bob, checks.ReviewCommented, body(overriding))
	say(s, carol, checks.ReviewCommented, body(confirming))
	r := evaluate(s, breakGlass())
	want := &checks.Override{By: "bob", Confirmed: []string{"carol"}, Reason: "The site is down and this brings it back"}
	if d := cmp.Diff(want, r.Override); d != "" {
		t.Error(d)
	}
	wantFinding(t, r, "review.override", "bob overrides whatever was found, confirmed by carol.")
	if fs := findings(r, "review.override-incomplete"); len(fs) > 0 {
		t.Errorf("%+v", fs)
	}

	type edit = func(s *checks.Snapshot, p *policy.Policy)
	u := func(i int, f func(*checks.UserReview)) edit {
		return func(s *checks.Snapshot, _ *policy.Policy) { f(&s.Review.Reviews[i]) }
	}
	for _, c := range []struct {
		name, why string
		edit      edit
	}{
		{"no break_glass", "the policy has no break_glass", func(_ *checks.Snapshot, p *policy.Policy) { p.BreakGlass = nil }},
		{"no members", "not a member", func(_ *checks.Snapshot, p *policy.Policy) { p.BreakGlass.People, p.BreakGlass.Teams = nil, nil }},
		{"not a member", "not a member", u(0, func(u *checks.UserReview) { u.Account = dave })},
		{"no reason", "fewer than 10 letters or digits", u(0, body("claw-verified: override"))},
		{"a reason of dots", "fewer than 10 letters or digits", u(0, body("claw-verified: override .................... now"))},
		{"a reason of blank letters", "fewer than 10 letters or digits", u(0, body("claw-verified: override "+strings.Repeat("\u3164", 20)))},
		{"a reason that nobody sees", "that nobody sees", u(0, body("claw-verified: override "+strings.Repeat("\u200b", 20)))},
		{"a reason turned round", "turns the others round (U+202E)", u(0, body("claw-verified: override the site is \u202enwod"))},
		{"a reason over a control character", "that nobody sees", u(0, body("claw-verified: override the site is down\rand more"))},
		{"confirmed almost", `its first line has to be "claw-verified: confirm override", or`, u(1, body("claw-verified: confirm override of bob"))},
		{"confirmed for somebody else", `it is for a break-glass by "dave"`, u(1, body("claw-verified: confirm override by dave"))},
		{"a short reason", "fewer than 10 letters or digits", u(0, body("claw-verified: override   because    "))},
		{"another head", "not for this head", u(0, func(u *checks.UserReview) { u.Commit = other })},
		{"before the head was seen", "before this head was first seen", u(0, func(u *checks.UserReview) { u.SubmittedAt = now.Add(-11 * time.Hour) })},
		{"expired", "expired", u(0, func(u *checks.UserReview) { u.SubmittedAt = now.Add(-4*time.Hour - time.Second) })},
		{"no expiry", "expired", func(_ *checks.Snapshot, p *policy.Policy) { p.BreakGlass.Expires = 0 }},
		{"edited", "edited after", u(0, func(u *checks.UserReview) { u.EditedAt = now })},
		{"dismissed", "dismissed", u(0, func(u *checks.UserReview) { u.State, u.DismissedBy = checks.ReviewDismissed, bob })},
		{"taken back", "taken back", func(s *checks.Snapshot, _ *policy.Policy) { say(s, bob, checks.ReviewChangesRequested) }},
		{"author of the pull request", "opened the pull request", func(s *checks.Snapshot, _ *policy.Policy) {
			s.Review.Author = &checks.AccountRef{ID: bob, Login: "bob"}
		}},
		{"lost access", "no write access", func(s *checks.Snapshot, _ *policy.Policy) { account(s, bob).Permission = "read" }},
		{"a bot", "not a user", func(s *checks.Snapshot, _ *policy.Policy) { account(s, bob).Type = "Bot" }},
		{"nobody confirms", `0 of 1 confirmation; carol can confirm, with a review of this head whose first line is "claw-verified: confirm override".`, func(s *checks.Snapshot, _ *policy.Policy) { s.Review.Reviews = s.Review.Reviews[:1] }},
		{"two must confirm", "1 of 2 confirmations; another member of break_glass has to confirm, with", func(_ *checks.Snapshot, p *policy.Policy) { p.BreakGlass.Confirm = 2 }},
		{"confirm 0 is 1", "0 of 1 confirmation", func(s *checks.Snapshot, p *policy.Policy) {
			p.BreakGlass.Confirm = 0
			s.Review.Reviews = s.Review.Reviews[:1]
		}},
		{"confirms themselves", "0 of 1 confirmation", u(1, func(u *checks.UserReview) { u.Account = bob })},
		{"confirmed by a second account", "0 of 1 confirmation", func(s *checks.Snapshot, p *policy.Policy) {
			s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 22, Login: "bob2", Type: "User", Permission: "write", Teams: []string{"acme/oncall"}, Emails: []string{"bob@example.com"}})
			s.Review.Reviews[1].Account = 22
		}},
		{"confirmed in advance", "0 of 1 confirmation", u(1, func(u *checks.UserReview) { u.SubmittedAt = now.Add(-time.Hour) })},
		{"confirmed by a stranger", "the confirmation by dave does not count: not a member", u(1, func(u *checks.UserReview) { u.Account = dave })},
		{"confirmed on another head", "the confirmation by carol does not count: given for commit", u(1, func(u *checks.UserReview) { u.Commit = other })},
		{"confirmation edited", "edited after", u(1, func(u *checks.UserReview) { u.EditedAt = now })},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, p := change(t), breakGlass()
			s.Review.HeadSeenAt = now.Add(-10 * time.Hour)
			say(s, bob, checks.ReviewApproved, body(overriding))
			say(s, carol, checks.ReviewCommented, body(confirming))
			c.edit(s, p)
			r := evaluate(s, p)
			if r.Override != nil {
				t.Errorf("overridden: %+v", r.Override)
			}
			wantFinding(t, r, "review.override-incomplete", c.why)
		})
	}
}

// TestConfirmationOfOneAsking: whoever confirmed one break-glass has not confirmed another.
func TestConfirmationOfOneAsking(t *testing.T) {
	t.Parallel()
	type saying struct {
		by   int64
		text string
	}
	const restart, destroy, plain = "claw-verified: override restart the web servers", "claw-verified: override destroy the database", "claw-verified: confirm override"
	for _, c := range []struct {
		name   string
		said   []saying
		by     string // whose; empty: none works
		reason string // given, or why none works
		edit   func(*checks.Snapshot)
	}{
		{"plain, of two", []saying{{bob, restart}, {dave, destroy}, {carol, plain}}, "", `bob and dave had asked by then, and it does not say whom it is for`, nil},
		{"told how", []saying{{bob, restart}, {dave, destroy}, {carol, plain}}, "", `first line is "claw-verified: confirm override by bob"`, nil},
		{"of the first", []saying{{bob, restart}, {dave, destroy}, {carol, plain + " by BOB"}}, "bob", "restart the web servers", nil},
		{"of the second", []saying{{bob, restart}, {dave, destroy}, {carol, plain + " by dave"}}, "dave", "destroy the database", nil},
		{"the other asked later", []saying{{bob, restart}, {carol, plain}, {dave, destroy}}, "bob", "restart the web servers", nil},
		{"named, of one", []saying{{bob, restart}, {carol, plain + " by bob"}}, "bob", "restart the web servers", nil},
		{"by one who asked too", []saying{{carol, restart}, {bob, destroy}, {carol, plain}}, "bob", "destroy the database", nil},
		{"what was confirmed was taken back", []saying{{bob, restart}, {dave, destroy}, {carol, plain}}, "", "bob and dave had asked by then", func(s *checks.Snapshot) {
			s.Review.Reviews[0].State, s.Review.Reviews[0].DismissedBy = checks.ReviewDismissed, bob
		}},
		{"what was confirmed was edited", []saying{{bob, restart}, {dave, destroy}, {carol, plain}}, "", "bob and dave had asked by then", func(s *checks.Snapshot) { s.Review.Reviews[0].EditedAt = now }},
		{"the other was none", []saying{{erin, restart}, {dave, destroy}, {carol, plain}}, "dave", "destroy the database", nil}, // erin is no member
		{"asked again, afterwards", []saying{{bob, restart}, {carol, plain}, {bob, destroy}}, "bob", "restart the web servers", nil},
		{"asked again, before", []saying{{bob, restart}, {bob, destroy}, {carol, plain + " by bob"}}, "bob", "destroy the database", nil},
		{"asked again, and took that back", []saying{{bob, restart}, {bob, destroy}, {carol, plain}}, "", "it came after they had asked again", func(s *checks.Snapshot) {
			s.Review.Reviews[1].EditedAt = now
		}},
		{"of nobody", []saying{{bob, restart}, {carol, plain + " by "}}, "", "0 of 1 confirmation", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, p := change(t), breakGlass()
			p.BreakGlass.People = []string{"bob", "carol", "dave"}
			for _, x := range c.said {
				say(s, x.by, checks.ReviewCommented, body(x.text))
			}
			if c.edit != nil {
				c.edit(s)
			}
			r := evaluate(s, p)
			switch {
			case c.by == "" && r.Override != nil:
				t.Errorf("overridden: %+v", r.Override)
			case c.by == "":
				wantFinding(t, r, "review.override-incomplete", c.reason)
			case r.Override == nil || r.Override.By != c.by || r.Override.Reason != c.reason:
				t.Errorf("%+v: %+v", r.Override, findings(r, "review.override-incomplete"))
			}
		})
	}
}

func TestOverrideIsTheFirstLineOnly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"I would say\n" + overriding, "> " + overriding, " " + overriding, "Claw-Verified: override the site is down",
		"claw-verified: overridethesiteisdown", "claw-verified: overrides the site is down",
	} {
		s := change(t)
		say(s, bob, checks.ReviewCommented, body(text))
		say(s, carol, checks.ReviewCommented, body(confirming))
		r := evaluate(s, breakGlass())
		if r.Override != nil || len(findings(r, "review.override-incomplete")) > 0 {
			t.Errorf("%q is taken for an override", text)
		}
	}
}

func TestOverrideOfAWholeVerdict(t *testing.T) {
	t.Parallel()
	text := `version: 1
people:
  - {id: alice, github_ids: [1]}
  - {id: bob, github_ids: [2]}
  - {id: carol, github_ids: [3]}
break_glass: {people: [bob, carol], confirm: 1, expires: 4h}
`
	s := change(t)
	s.Policy.Text = checks.Bytes(text)
	say(s, dave, checks.ReviewChangesRequested)
	say(s, bob, checks.ReviewCommented, body(overriding))
	say(s, carol, checks.ReviewCommented, body(confirming))
	if v := checks.Evaluate(s, review.Check{}); v.Outcome != checks.Overridden {
		t.Errorf("%v: %+v", v.Outcome, v)
	}
	// A refusal is told before what is undecided, and must not carry it through.
	s.Gaps = []checks.Gap{{Question: checks.QuestionReview, Kind: checks.GapEvidence, Message: "Page 2 of the reviews could not be read."}}
	if v := checks.Evaluate(s, review.Check{}); v.Outcome.Passes() {
		t.Errorf("with a gap: %v", v.Outcome)
	}
	s.Gaps = nil
	say(s, 99, checks.ReviewChangesRequested) // nothing is known of this account
	if v := checks.Evaluate(s, review.Check{}); v.Outcome.Passes() {
		t.Errorf("with a gap of its own: %v", v.Outcome)
	}
}

func TestRulesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range (review.Check{}).Rules() {
		if seen[r.ID] || !strings.HasPrefix(r.ID, "review.") {
			t.Errorf("rule %s", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Why == "" || r.Remedy == "" || r.Detail == "" || r.Severity == "" || r.Effect == "" || r.Waivable {
			t.Errorf("rule %s is not complete, or can be waived", r.ID)
		}
	}
}
