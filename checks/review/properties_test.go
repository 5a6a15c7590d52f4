package review_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/scenario"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// The properties hold of the whole decision, with all checks and policies as they are
// written down, over changes as the platform shows them.

const propertyPolicy = `version: 1
agents:
  - {id: claw, logins: ["claw-agent[bot]"], emails: [claw@agents.example], trailers: [Claw-Task], keys: ["${key:claw}", "${pem:claw}"], operators: [alice]}
machine_users: [acme-ci]
people:
  - {id: alice, github_ids: [1], logins: [alice], emails: [alice@example.com], keys: ["${key:alice}"]}
  - {id: bob, github_ids: [2, 22], logins: [bob], emails: [bob@example.com]}
  - {id: carol, github_ids: [3], logins: [carol], emails: [carol@example.com]}
  - {id: dave, github_ids: [4], logins: [dave], emails: [dave@example.com]}
  - {id: erin, github_ids: [5], logins: [erin], emails: [erin@example.com]}
teams:
  infra: [bob, carol, dave]
`

// propertyReviews are the parts of the policies that say who must agree.
var propertyReviews = []string{
	"review: {tiers: [{id: one, when: {always: true, gate_files: true, findings: ['*']}, need: [{count: 1}]}]}\n",
	"review: {tiers: [{id: plan, when: {always: true, gate_files: true, findings: ['*']}, need: [{count: 1, teams: [infra]}], bind: [head, plan]}]}\n",
	"review: {tiers: [{id: quote, when: {always: true, gate_files: true, findings: ['*']}, need: [{count: 1}], bind: [head, plan], quote: true}]}\n",
	"review: {conversations: required, tiers: [{id: tree, when: {always: true, gate_files: true, findings: ['*']}, need: [{count: 1}], bind: [tree, plan]}]}\n",
	"review: {tiers: [{id: owners, when: {always: true, gate_files: true, findings: ['*']}, need: [{count: 1}], codeowners: true}]}\n",
	`review:
  tiers:
    - {id: one, when: {always: true, findings: ['*']}, need: [{count: 1}]}
    - {id: more, when: {labels: ['risk*'], size: {lines: 1000}, unattributed: true}, need: [{count: 2}]}
    - {id: gate, when: {gate_files: true}, need: [{count: 2, teams: [infra]}]}
`,
}

const propertyPlan = `{
 "format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-11-20T11:55:00Z",
 "resource_changes": [{"address": "acme_widget.a", "mode": "managed", "type": "acme_widget", "name": "a",
  "provider_name": "registry.terraform.io/hashicorp/acme", "change": {"actions": ["delete"], "before": {"id": "x"}, "after": null, "after_unknown": {}}}],
 "prior_state": {"values": {"root_module": {"resources": [{"address": "acme_widget.a", "mode": "managed"}]}}}
}`

// propertyCommits are the commits of the changes: as they are, with another mark in
// them, and without the signature.
var propertyCommits = []struct{ plain, marked, unsigned string }{
	{
		"{author: 'Claw <claw@agents.example>', key: claw, message: \"Add\\n\"}",
		"{author: 'Claw <claw@agents.example>', key: claw, message: \"Add\\n\\nCo-authored-by: Bob <bob@example.com>\\n\"}",
		"{author: 'Claw <claw@agents.example>', message: \"Add\\n\"}",
	},
	{
		"{author: 'Alice <alice@example.com>', key: alice, message: \"Add\\n\"}",
		"{author: 'Alice <alice@example.com>', key: alice, message: \"Add\\n\\nClaw-Task: 7\\n\"}",
		"{author: 'Alice <alice@example.com>', message: \"Add\\n\"}",
	},
	{
		"{author: 'Tool <tool@elsewhere.example>', key: claw, message: \"Add\\n\"}",
		"{author: 'Tool <tool@elsewhere.example>', key: claw, message: \"Add\\n\\nCo-authored-by: Claude <noreply@anthropic.com>\\n\"}",
		"{author: 'Tool <tool@elsewhere.example>', message: \"Add\\n\"}",
	},
}

// world holds every change the properties begin with, made once: signing takes longer
// than judging.
type world struct {
	list []drawn
}

// drawn is a change and what it would be with a mark more and with a proof less.
type drawn struct{ plain, marked, unsigned *checks.Snapshot }

var theWorld = sync.OnceValues(func() (*world, error) {
	w := &world{}
	for _, review := range propertyReviews {
		for _, c := range propertyCommits {
			for _, planned := range []bool{false, true} {
				var d drawn
				for _, v := range []struct {
					commit string
					to     **checks.Snapshot
				}{{c.plain, &d.plain}, {c.marked, &d.marked}, {c.unsigned, &d.unsigned}} {
					s, err := propertyStory(review, v.commit, planned)
					if err != nil {
						return nil, err
					}
					*v.to = s
				}
				w.list = append(w.list, d)
			}
		}
	}
	return w, nil
})

func propertyStory(review, commit string, planned bool) (*checks.Snapshot, error) {
	plan := "files: [modified a.go, modified CODEOWNERS]\n"
	if planned {
		plan = "files: [modified main.tf]\nplans: [plan.json]\n"
	}
	text := "-- policy.yml --\n" + propertyPolicy + review +
		"-- .github/CODEOWNERS --\n* @bob @carol\n" +
		"-- plan.json --\n" + propertyPlan + "\n" +
		"-- story.yml --\ncommits:\n  - " + commit + "\n" + plan +
		"attestations:\n  - {commit: commit1, by: claw, task: 'https://example.com/1'}\n  - {commit: commit1, by: stranger}\n" +
		"reviews:\n  source: github\n  opened_by: alice\n  conversations: {resolved: 1}\n" +
		"  accounts: {alice: {id: 1}, bob: {id: 2}, carol: {id: 3}, dave: {id: 4}, erin: {id: 5}, stranger: {id: 20, permission: read}, acme-ci: {id: 50}, 'claw-agent[bot]': {id: 100, type: Bot}}\n"
	sc, err := scenario.Parse([]byte(text), func(name string, data []byte) checks.Plan {
		p, _ := tfplan.Read(bytes.NewReader(data), name, tfplan.Options{}) // the error is in the plan too
		return p
	}, func(name string) ([]byte, error) { return nil, fmt.Errorf("no file %s", name) })
	if err != nil {
		return nil, err
	}
	return sc.Snapshot, nil
}

// copied is a copy whose lists can be changed.
func copied(s *checks.Snapshot) *checks.Snapshot {
	c := *s
	c.Files, c.Plans, c.Commits, c.Attestations = slices.Clone(s.Files), slices.Clone(s.Plans), slices.Clone(s.Commits), slices.Clone(s.Attestations)
	r := &c.Review
	r.Accounts, r.Reviews = slices.Clone(r.Accounts), slices.Clone(r.Reviews)
	r.Pushers, r.Operators, r.Contributors, r.Requested = slices.Clone(r.Pushers), slices.Clone(r.Operators), slices.Clone(r.Contributors), slices.Clone(r.Requested)
	if r.Conversations != nil {
		talks := *r.Conversations
		talks.Open = slices.Clone(talks.Open)
		r.Conversations = &talks
	}
	if s.PullRequest != nil {
		pr := *s.PullRequest
		pr.Labels, pr.Siblings = slices.Clone(pr.Labels), slices.Clone(pr.Siblings)
		c.PullRequest = &pr
	}
	return &c
}

func propertyLine(s *checks.Snapshot) string {
	line := "/approve " + s.Head.Commit
	for i := range s.Plans {
		line += " plan:" + s.Plans[i].Changeset
	}
	return line
}

// dress draws what people did and said. What mood asks for comes out most often.
func dress(rt *rapid.T, s *checks.Snapshot, mood checks.Outcome) {
	rare := func(name string, in int) bool { return rapid.IntRange(0, in-1).Draw(rt, name) == 0 }
	one := rapid.SampledFrom([]int64{1, 2, 3, 4, 5, 20, 50, 100, 99, 0})
	calm := 14
	if mood == checks.Verified {
		calm = 60
	}
	r, pr := &s.Review, s.PullRequest
	for _, l := range []struct {
		name string
		to   *[]int64
	}{{"pushers", &r.Pushers}, {"operators", &r.Operators}, {"contributors", &r.Contributors}, {"requested", &r.Requested}} {
		if rare(l.name, calm/2) {
			*l.to = append(*l.to, one.Draw(rt, l.name))
		}
	}
	lines := 10
	if !rare("not counted", calm) {
		pr.Lines = &lines
	}
	if rare("labelled", calm) {
		pr.Labels = append(pr.Labels, "risky")
	}
	talks := mood == checks.Waiting && rapid.Bool().Draw(rt, "talks")
	if talks || rare("thread", calm) {
		r.Conversations.Total++
		r.Conversations.Open = append(r.Conversations.Open, checks.Conversation{Account: one.Draw(rt, "began by"), Path: "main.tf", Line: 3})
	}
	voices := []int64{2, 3, 4, 5}
	if mood == checks.Waiting && !talks {
		voices = voices[:rapid.IntRange(0, 1).Draw(rt, "voices")]
	}
	for _, id := range voices {
		say(s, id, checks.ReviewApproved, func(u *checks.UserReview) {
			u.SubmittedAt = s.TakenAt.Add(-10 * time.Minute)
			if !rare("not quoted", calm) {
				u.Body = propertyLine(s)
			}
			if rare("other commit", calm) {
				u.Commit, u.Tree, u.MergeBase, u.Body = other, s.Head.Tree, s.MergeBase, "/approve "+other
			}
			if rare("early", calm) {
				u.SubmittedAt = s.Review.HeadSeenAt.Add(-time.Minute)
			}
		})
	}
	if mood == checks.Refused {
		switch rapid.IntRange(0, 2).Draw(rt, "refused by") {
		case 0:
			say(s, rapid.SampledFrom([]int64{1, 2, 5}).Draw(rt, "objects"), checks.ReviewChangesRequested, func(u *checks.UserReview) { u.SubmittedAt = s.TakenAt.Add(-5 * time.Minute) })
		case 1:
			pr.Siblings = append(pr.Siblings, checks.Sibling{Number: 9, Base: "main", Author: &checks.AccountRef{ID: 100, Login: "claw-agent[bot]"}})
		case 2:
			empty := checks.Bytes{}
			s.Policy.Head = &empty
			s.Files = append(s.Files, checks.File{Path: s.Policy.Path, Status: "deleted", Mode: "000000", OldMode: "100644"})
		}
	}
}

// properties draws changes and counts what becomes of them. A property of outcomes that
// hardly ever come about would say nothing.
func properties(t *testing.T, check func(*rapid.T, drawn, *checks.Snapshot, *checks.Verdict)) {
	t.Helper()
	w, err := theWorld()
	if err != nil {
		t.Fatal(err)
	}
	came, all := map[checks.Outcome]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.SampledFrom(w.list).Draw(rt, "change")
		s := copied(d.plain)
		dress(rt, s, rapid.SampledFrom([]checks.Outcome{checks.Verified, checks.Waiting, checks.Refused}).Draw(rt, "mood"))
		v := registry.Evaluate(s)
		came[v.Outcome]++
		all++
		check(rt, d, s, v)
	})
	for _, o := range []checks.Outcome{checks.Verified, checks.Waiting, checks.Refused} {
		if all >= 50 && came[o]*100 < all*8 {
			t.Errorf("only %d of %d changes are %s: %v", came[o], all, o, came)
		}
	}
	t.Logf("%v", came)
}

// TestPropertyMoreApprovals: one approval more never makes a verified change refused,
// whoever gave it and for whatever; and a proper one leaves it verified.
func TestPropertyMoreApprovals(t *testing.T) {
	t.Parallel()
	properties(t, func(rt *rapid.T, _ drawn, s *checks.Snapshot, before *checks.Verdict) {
		if before.Outcome != checks.Verified {
			return
		}
		more := copied(s)
		say(more, rapid.SampledFrom([]int64{0, 1, 2, 3, 4, 5, 20, 50, 99, 100}).Draw(rt, "by"), checks.ReviewApproved, func(u *checks.UserReview) {
			u.SubmittedAt = s.TakenAt.Add(-time.Duration(rapid.IntRange(-5, 90).Draw(rt, "minutes")) * time.Minute)
			u.Commit = rapid.SampledFrom([]string{s.Head.Commit, other, ""}).Draw(rt, "commit")
			u.Body = rapid.SampledFrom([]string{"", propertyLine(s), "/approve", "/approve " + other, overriding}).Draw(rt, "body")
		})
		if after := registry.Evaluate(more); after.Outcome == checks.Refused {
			rt.Fatalf("verified becomes %v", after.Outcome)
		}
		proper := copied(s)
		proper.Review.Accounts = append(proper.Review.Accounts, checks.Account{ID: 500, Login: "fresh", Type: "User", Permission: "write"})
		say(proper, 500, checks.ReviewApproved, func(u *checks.UserReview) {
			u.SubmittedAt, u.Body = s.TakenAt.Add(-time.Minute), propertyLine(s)
		})
		if after := registry.Evaluate(proper); after.Outcome != checks.Verified {
			rt.Fatalf("with one proper approval more, verified becomes %v", after.Outcome)
		}
	})
}

// TestPropertyLessEvidence: what is not there can refuse nothing, and it never lets
// anything pass either.
func TestPropertyLessEvidence(t *testing.T) {
	t.Parallel()
	properties(t, func(rt *rapid.T, d drawn, s *checks.Snapshot, before *checks.Verdict) {
		type loss struct {
			name string
			// strict says that nothing at all begins to pass. Without an account, which
			// accounts are one person's can be unknown: then a refusal stays none the less.
			strict bool
			take   func(*checks.Snapshot)
		}
		list := []loss{
			{"the policy", true, func(s *checks.Snapshot) { s.Policy.Text = nil }},
			{"the pull request", true, func(s *checks.Snapshot) { s.PullRequest = nil }},
			{"the conversations", true, func(s *checks.Snapshot) { s.Review.Conversations = nil }},
			{"first sight of the head", true, func(s *checks.Snapshot) { s.Review.HeadSeenAt = time.Time{} }},
			{"where the head left the base", true, func(s *checks.Snapshot) { s.MergeBase = "" }},
			{"the head's tree", true, func(s *checks.Snapshot) { s.Head.Tree = "" }},
			{"the reviews", false, func(s *checks.Snapshot) {
				s.Review.Reviews = slices.DeleteFunc(s.Review.Reviews, func(u checks.UserReview) bool { return u.State != checks.ReviewChangesRequested })
			}},
			{"the accounts", true, func(s *checks.Snapshot) { s.Review.Accounts = nil }},
			{"who opened it", false, func(s *checks.Snapshot) { s.Review.Author = nil }},
			{"the commits", true, func(s *checks.Snapshot) { s.Commits = nil }},
			{"CODEOWNERS", true, func(s *checks.Snapshot) { s.Codeowners = nil }},
			{"the signature", true, func(s *checks.Snapshot) {
				was := s.Head.Commit
				s.Commits, s.Head = d.unsigned.Commits, d.unsigned.Head
				for i := range s.Review.Reviews {
					u := &s.Review.Reviews[i]
					u.Body = strings.ReplaceAll(u.Body, was, s.Head.Commit)
					if u.Commit == was {
						u.Commit = s.Head.Commit
					}
				}
			}},
		}
		if len(s.Plans) > 0 {
			list = append(list, loss{"the plan", true, func(s *checks.Snapshot) { s.Plans = nil }})
		}
		for i := range s.Review.Accounts {
			list = append(list, loss{fmt.Sprintf("account %d", s.Review.Accounts[i].ID), false, func(s *checks.Snapshot) { s.Review.Accounts = slices.Delete(s.Review.Accounts, i, i+1) }})
		}
		for i := range s.Review.Reviews {
			if s.Review.Reviews[i].State == checks.ReviewApproved {
				list = append(list, loss{fmt.Sprintf("approval %d", i), true, func(s *checks.Snapshot) { s.Review.Reviews = slices.Delete(s.Review.Reviews, i, i+1) }})
				list = append(list, loss{fmt.Sprintf("what approval %d says", i), false, func(s *checks.Snapshot) { s.Review.Reviews[i].Body = "" }})
			}
		}
		for range 4 { // of all at once the judging takes too long
			l := rapid.SampledFrom(list).Draw(rt, "loss")
			less := copied(s)
			l.take(less)
			after := registry.Evaluate(less)
			if after.Outcome.Passes() && (before.Outcome == checks.Refused || l.strict && !before.Outcome.Passes()) {
				rt.Fatalf("without %s, %v becomes %v", l.name, before.Outcome, after.Outcome)
			}
		}
	})
}

// TestPropertyMarkers: no mark lowers a demand. A person opened the change here: of who
// pushed or commissioned it where nobody else is seen, the platform's word is evidence
// and no mark.
func TestPropertyMarkers(t *testing.T) {
	t.Parallel()
	ids := rapid.SampledFrom([]int64{1, 2, 3, 4, 5, 20, 50, 100, 99})
	properties(t, func(rt *rapid.T, d drawn, s *checks.Snapshot, before *checks.Verdict) {
		wanted := missingByTier(before)
		type marker struct {
			name string
			add  func(*checks.Snapshot)
		}
		markers := []marker{
			{"label", func(s *checks.Snapshot) {
				s.PullRequest.Labels = append(s.PullRequest.Labels, rapid.SampledFrom([]string{"risk: high", "trusted", "skip-review", "human"}).Draw(rt, "label"))
			}},
			{"sibling", func(s *checks.Snapshot) {
				id := ids.Draw(rt, "sibling of")
				s.PullRequest.Siblings = append(s.PullRequest.Siblings, checks.Sibling{Number: 12, Base: rapid.SampledFrom([]string{"main", "dev"}).Draw(rt, "base"), Author: &checks.AccountRef{ID: id}})
			}},
			{"pusher", func(s *checks.Snapshot) { s.Review.Pushers = append(s.Review.Pushers, ids.Draw(rt, "pushed")) }},
			{"operator", func(s *checks.Snapshot) {
				s.Review.Operators = append(s.Review.Operators, ids.Draw(rt, "commissioned"))
			}},
			{"contributor", func(s *checks.Snapshot) {
				s.Review.Contributors = append(s.Review.Contributors, ids.Draw(rt, "contributed"))
			}},
			{"request", func(s *checks.Snapshot) { s.Review.Requested = append(s.Review.Requested, ids.Draw(rt, "requested")) }},
			{"draft", func(s *checks.Snapshot) { s.PullRequest.Draft = true }},
			{"lines", func(s *checks.Snapshot) { n := 5000; s.PullRequest.Lines = &n }},
			{"title, branch and body", func(s *checks.Snapshot) {
				s.PullRequest.Title, s.PullRequest.Body, s.PullRequest.HeadBranch = "Approved by bob", "/approve "+s.Head.Commit, "claude/human"
			}},
			{"conversation", func(s *checks.Snapshot) {
				s.Review.Conversations.Total++
				s.Review.Conversations.Open = append(s.Review.Conversations.Open, checks.Conversation{Account: 3, Outdated: true})
			}},
			{"agent's login", func(s *checks.Snapshot) {
				id := rapid.SampledFrom([]int64{1, 2, 3, 4, 5}).Draw(rt, "called as the agent") // who objects goes on objecting
				i := slices.IndexFunc(s.Review.Accounts, func(a checks.Account) bool { return a.ID == id })
				s.Review.Accounts[i].Login = "claw-agent"
			}},
			{"gate file", func(s *checks.Snapshot) {
				s.Files = append(s.Files, checks.File{Path: ".github/workflows/x.yml", Status: "added", Mode: "100644"})
			}},
			{"trailer", func(s *checks.Snapshot) {
				was := s.Head.Commit
				s.Commits, s.Head, s.Attestations = d.marked.Commits, d.marked.Head, d.marked.Attestations
				for i := range s.Review.Reviews {
					u := &s.Review.Reviews[i]
					u.Body = strings.ReplaceAll(u.Body, was, s.Head.Commit)
					if u.Commit == was {
						u.Commit = s.Head.Commit
					}
					if u.Tree == d.plain.Head.Tree {
						u.Tree = s.Head.Tree
					}
				}
			}},
		}
		for range 4 {
			m := rapid.SampledFrom(markers).Draw(rt, "marker")
			more := copied(s)
			m.add(more)
			after := registry.Evaluate(more)
			if checks.Worse(before.Outcome, after.Outcome) != after.Outcome {
				rt.Fatalf("one more %s: %v becomes %v", m.name, before.Outcome, after.Outcome)
			}
			now := missingByTier(after)
			for tier, n := range wanted {
				if now[tier] < n {
					rt.Fatalf("one more %s: tier %s wants %d instead of %d", m.name, tier, now[tier], n)
				}
			}
		}
	})
}

func missingByTier(v *checks.Verdict) map[string]int {
	out := map[string]int{}
	for _, s := range v.Waiting {
		out[s.Tier] += s.Missing
	}
	return out
}

// TestPropertyOrder: in which order pages and events come makes no difference to a
// single byte of the report.
func TestPropertyOrder(t *testing.T) {
	t.Parallel()
	properties(t, func(rt *rapid.T, _ drawn, s *checks.Snapshot, _ *checks.Verdict) {
		s.PullRequest.Labels = append(s.PullRequest.Labels, "risk a", "risk b")
		s.PullRequest.Siblings = append(s.PullRequest.Siblings, checks.Sibling{Number: 21, Base: "dev"}, checks.Sibling{Number: 20, Base: "main"})
		s.Review.Conversations.Total += 2
		s.Review.Conversations.Open = append(s.Review.Conversations.Open, checks.Conversation{Account: 3, Path: "b"}, checks.Conversation{Account: 2, Path: "a"})
		s.Review.Pushers = append(s.Review.Pushers, 100, 3)
		before := registry.Evaluate(s)
		turned := copied(s)
		turned.PullRequest.Labels = rapid.Permutation(s.PullRequest.Labels).Draw(rt, "labels")
		turned.PullRequest.Siblings = rapid.Permutation(s.PullRequest.Siblings).Draw(rt, "siblings")
		turned.Review.Conversations.Open = rapid.Permutation(s.Review.Conversations.Open).Draw(rt, "conversations")
		turned.Review.Accounts = rapid.Permutation(s.Review.Accounts).Draw(rt, "accounts")
		turned.Review.Reviews = rapid.Permutation(s.Review.Reviews).Draw(rt, "reviews")
		turned.Review.Pushers = rapid.Permutation(s.Review.Pushers).Draw(rt, "pushers turned")
		turned.Attestations = rapid.Permutation(s.Attestations).Draw(rt, "attestations")
		after := registry.Evaluate(turned)
		before.Snapshot, after.Snapshot = "", "" // digests of the input, which differs
		if d := cmp.Diff(encoded(rt, before), encoded(rt, after)); d != "" {
			rt.Fatal(d)
		}
	})
}

func encoded(rt *rapid.T, v *checks.Verdict) string {
	b, err := v.Encode()
	if err != nil {
		rt.Fatal(err)
	}
	return string(b)
}
