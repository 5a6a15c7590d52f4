package review_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/review"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/scenario"
)

// The accounts of the tests. The first five are people of the policy.
const (
	alice, bob, carol, dave, erin int64 = 1, 2, 3, 4, 5
	stranger                      int64 = 20 // a user nobody lists
	ci                            int64 = 50 // a machine user
	bot                           int64 = 100
)

var (
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tree  = strings.Repeat("7", 40)
	base  = strings.Repeat("b", 40)
	other = strings.Repeat("d", 40)
	plan1 = "sha256:" + strings.Repeat("1", 64)
	plan2 = "sha256:" + strings.Repeat("2", 64)
)

// testPolicy asks for one approval of every change. Agent claw is commissioned
// by alice.
func testPolicy() *policy.Policy {
	p := &policy.Policy{
		Version: 1, Mode: policy.ModeEnforce,
		Agents: []policy.Agent{{
			ID: "claw", Logins: []string{"claw-agent[bot]"}, Emails: []string{"claw@agents.example"},
			Keys: []policy.Key{{Key: scenario.PublicKey("claw")}}, Operators: []string{"alice"},
		}},
		MachineUsers: []string{"acme-ci"},
		Teams:        map[string][]string{"infra": {"bob", "carol"}, "security": {"carol"}},
		Review:       policy.Review{Tiers: []policy.Tier{{ID: "change", When: policy.TierWhen{Always: true}, Need: need(1)}}},
	}
	for i, id := range []string{"alice", "bob", "carol", "dave", "erin"} {
		p.People = append(p.People, policy.Person{
			ID: id, GitHubIDs: []int64{int64(i + 1)}, Logins: []string{id}, Emails: []string{id + "@example.com"},
			Keys: []policy.Key{{Key: scenario.PublicKey(id)}},
		})
	}
	return p
}

func need(n int) []policy.Need {
	return []policy.Need{{Count: n, Permission: policy.PermissionWrite}}
}

// commit is one commit; author and committer are "Name <address>".
type commit struct {
	author, committer, message string
	key                        string // who signs
	second                     string // another parent
}

var clawCommit = commit{author: "Claw <claw@agents.example>", key: "claw"}

func (c commit) object(t testing.TB, parent string) checks.Commit {
	t.Helper()
	if c.committer == "" {
		c.committer = c.author
	}
	if c.second != "" {
		parent += "\nparent " + c.second
	}
	head := fmt.Sprintf("tree %s\nparent %s\nauthor %s 1772366400 +0000\ncommitter %s 1772366400 +0000\n", tree, parent, c.author, c.committer)
	message := "\nChange something\n\n" + c.message + "\n"
	object := head + message
	if c.key != "" {
		sig, err := sshsig.Sign(strings.NewReader(object), scenario.Signer(c.key), sshsig.HashSHA512, "git")
		if err != nil {
			t.Fatal(err)
		}
		armoured := strings.TrimSuffix(string(sshsig.Armor(sig)), "\n")
		object = head + "gpgsig " + strings.ReplaceAll(armoured, "\n", "\n ") + "\n" + message
	}
	id, err := gitobject.Hash("sha1", "commit", []byte(object))
	if err != nil {
		t.Fatal(err)
	}
	return checks.Commit{ID: id, Object: []byte(object)}
}

// change is an agent's pull request, seen half an hour ago, and nobody has said
// anything yet.
func change(t testing.TB, commits ...commit) *checks.Snapshot {
	t.Helper()
	if len(commits) == 0 {
		commits = []commit{clawCommit}
	}
	s := &checks.Snapshot{
		Schema: checks.SnapshotSchema, TakenAt: now, Kind: checks.KindPullRequest,
		Repository: checks.Repository{Name: "acme/infra", ObjectFormat: "sha1"},
		Base:       checks.Ref{Name: "main", Commit: base}, MergeBase: base,
		Policy: checks.PolicyText{Origin: checks.PolicyFromBase, Path: ".github/claw-verified.yml"},
		Review: checks.Review{
			Source: "file", Author: &checks.AccountRef{ID: bot, Login: "claw-agent[bot]"}, HeadSeenAt: now.Add(-30 * time.Minute),
			Accounts: []checks.Account{
				{ID: bot, Login: "claw-agent[bot]", Type: "Bot", Permission: "write"},
				{ID: ci, Login: "acme-ci", Type: "User", Permission: "admin"},
				{ID: stranger, Login: "stranger", Type: "User", Permission: "read"},
			},
		},
	}
	for i, login := range []string{"alice", "bob", "carol", "dave", "erin"} {
		s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: int64(i + 1), Login: login, Type: "User", Permission: "write"})
	}
	parent := base
	for _, c := range commits {
		o := c.object(t, parent)
		s.Commits = append(s.Commits, o)
		parent = o.ID
	}
	s.Head = checks.Ref{Name: "agent/change", Commit: parent, Tree: tree}
	return s
}

// say adds a review of the head, ten minutes ago, as changed by edit.
func say(s *checks.Snapshot, account int64, state checks.ReviewState, edit ...func(*checks.UserReview)) {
	n := int64(len(s.Review.Reviews) + 1)
	u := checks.UserReview{ID: n, Account: account, State: state, Commit: s.Head.Commit, SubmittedAt: now.Add(-10*time.Minute + time.Duration(n)*time.Second)}
	for _, e := range edit {
		e(&u)
	}
	s.Review.Reviews = append(s.Review.Reviews, u)
}

func approve(s *checks.Snapshot, accounts ...int64) {
	for _, a := range accounts {
		say(s, a, checks.ReviewApproved)
	}
}

func account(s *checks.Snapshot, id int64) *checks.Account {
	i := slices.IndexFunc(s.Review.Accounts, func(a checks.Account) bool { return a.ID == id })
	return &s.Review.Accounts[i]
}

func touch(s *checks.Snapshot, paths ...string) {
	for _, p := range paths {
		s.Files = append(s.Files, checks.File{Path: checks.Path(p), Status: "modified", Mode: "100644"})
	}
}

func evaluate(s *checks.Snapshot, p *policy.Policy, findings ...checks.Finding) checks.Result {
	return review.Check{}.Evaluate(checks.Input{Snapshot: s, Policy: p, Findings: findings, Known: policy.Known{Rules: []string{"plan.replace"}}})
}

// outcome is what the result alone comes to.
func outcome(r checks.Result) checks.Outcome {
	o := checks.Verified
	if len(r.Waiting) > 0 {
		o = checks.Waiting
	}
	if len(r.Gaps) > 0 {
		o = checks.Undecided
	}
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Waiver == nil && f.Effect == checks.EffectDeny:
			o = checks.Refused
		case f.Deciding():
			o = checks.Worse(o, checks.Waiting)
		}
	}
	return o
}

func wantOutcome(t *testing.T, r checks.Result, want checks.Outcome) {
	t.Helper()
	if got := outcome(r); got != want {
		t.Errorf("%v, want %v: %s\n%+v", got, want, r.Summary, r)
	}
}

// wantDropped asks that the account's verdict does not count, for this reason.
func wantDropped(t *testing.T, r checks.Result, id int64, reason string) {
	t.Helper()
	i := slices.IndexFunc(r.Approvals, func(a checks.Approval) bool { return a.Account == id })
	if i < 0 {
		t.Fatalf("nothing is told of account %d: %+v", id, r.Approvals)
	}
	if a := r.Approvals[i]; a.Counts || !strings.Contains(a.Reason, reason) {
		t.Errorf("account %d: counts %v, reason %q, want %q", id, a.Counts, a.Reason, reason)
	}
}

func findings(r checks.Result, rule string) []checks.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f checks.Finding) bool { return f.Rule != rule })
}

func wantFinding(t *testing.T, r checks.Result, rule, contains string) {
	t.Helper()
	fs := findings(r, rule)
	if len(fs) == 0 {
		t.Errorf("no %s: %+v", rule, r.Findings)
		return
	}
	if !slices.ContainsFunc(fs, func(f checks.Finding) bool { return strings.Contains(f.Message, contains) }) {
		t.Errorf("%s says %q, want %q", rule, fs[0].Message, contains)
	}
}

func head(text string) *checks.Bytes {
	b := checks.Bytes(bytes.Clone([]byte(text)))
	return &b
}
