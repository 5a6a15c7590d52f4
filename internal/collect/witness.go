package collect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/ghapi"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// witness turns what GitHub says of a pull request into what the checks know. It
// decides nothing, and leaves nobody out.
type witness struct {
	pr     *ghapi.PullRequest
	people *ghapi.People
	pushes []ghapi.Push
	rules  *policy.Policy // nil when it cannot be used
	told   time.Time      // when an event told of the head; zero: none did
}

// asked lists whose permission matters: whoever gave a verdict, or could.
func asked(pr *ghapi.PullRequest) []string {
	var out []string
	add := func(a ghapi.Actor) {
		if a.ID != 0 && a.Type == "User" && !slices.Contains(out, a.Login) {
			out = append(out, a.Login)
		}
	}
	for _, r := range pr.Reviews {
		if r.State != "COMMENTED" {
			add(r.Author)
		}
	}
	for _, a := range pr.Requests {
		add(a)
	}
	slices.Sort(out)
	return out
}

func (w *witness) review() checks.Review {
	r := checks.Review{Source: "github", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}, HeadSeenAt: w.headSeenAt()}
	if a := w.pr.Author; a.ID != 0 {
		r.Author = &checks.AccountRef{ID: a.ID, Login: a.Login}
	}
	accounts := map[int64]*checks.Account{}
	see := func(a ghapi.Actor) *checks.Account {
		if a.ID == 0 {
			return nil
		}
		if known := accounts[a.ID]; known != nil {
			known.Type = cmp.Or(known.Type, a.Type)
			return known
		}
		known := &checks.Account{ID: a.ID, Login: a.Login, Type: a.Type, Permission: w.people.Permission[a.ID]}
		accounts[a.ID] = known
		return known
	}
	see(w.pr.Author)
	for i := range w.pr.Reviews {
		u := &w.pr.Reviews[i]
		see(u.Author)
		r.Reviews = append(r.Reviews, w.verdict(u))
	}
	for _, a := range w.pr.Requests {
		see(a)
		r.Requested = append(r.Requested, a.ID)
	}
	for _, t := range w.pr.Threads {
		see(t.Author)
	}
	for _, s := range w.pr.Siblings {
		see(s.Author)
	}
	for i := range w.pr.Events {
		see(w.pr.Events[i].Actor)
	}
	for _, a := range w.people.Accounts {
		see(a)
	}
	for _, p := range w.pushes {
		see(p.Actor)
		r.Pushers = append(r.Pushers, p.Actor.ID)
	}
	for i := range w.pr.Events {
		if e := &w.pr.Events[i]; e.Kind == ghapi.TimelineForcePushed {
			r.Pushers = append(r.Pushers, e.Actor.ID)
		}
	}
	for i := range w.pr.Commits {
		for _, a := range w.pr.Commits[i].People {
			see(a)
			r.Contributors = append(r.Contributors, a.ID)
		}
	}
	for team, members := range w.people.Members {
		for _, id := range members {
			if a := accounts[id]; a != nil {
				a.Teams = append(a.Teams, team)
			}
		}
	}
	for _, a := range accounts {
		slices.Sort(a.Teams)
		r.Accounts = append(r.Accounts, *a)
	}
	slices.SortFunc(r.Accounts, func(a, b checks.Account) int { return cmp.Compare(a.ID, b.ID) })
	r.Operators = w.operators(accounts)
	for _, list := range []*[]int64{&r.Requested, &r.Contributors, &r.Operators} {
		*list = known(*list)
	}
	// A deleted account stays among those who pushed: who that was could be anybody.
	slices.Sort(r.Pushers)
	r.Pushers = slices.Compact(r.Pushers)
	r.Conversations = w.conversations()
	return r
}

// verdict is one review. Who dismissed it, and what it said before, stands in the
// timeline alone.
func (w *witness) verdict(r *ghapi.Review) checks.UserReview {
	u := checks.UserReview{
		ID: r.ID, Account: r.Author.ID, State: checks.ReviewState(strings.ToLower(r.State)), Commit: r.Commit, Tree: r.Tree,
		SubmittedAt: r.SubmittedAt.UTC(), Body: r.Body,
	}
	if !r.EditedAt.IsZero() {
		u.EditedAt = r.EditedAt.UTC()
	}
	if u.State != checks.ReviewDismissed {
		return u
	}
	for i := range w.pr.Events {
		if e := &w.pr.Events[i]; e.Kind == ghapi.TimelineDismissed && e.Review == r.ID {
			u.DismissedBy = e.Actor.ID
			u.Was = checks.ReviewState(strings.ToLower(e.Previous))
		}
	}
	return u
}

// headSeenAt is when the head became the head of this pull request: as GitHub's clock
// tells, else the time of the event that told of it. Zero: nobody knows.
func (w *witness) headSeenAt() time.Time {
	if seen := w.seenAt(w.pr.Head, w.pr.Suites); !seen.IsZero() || w.told.IsZero() {
		return seen
	}
	return w.notBefore(w.pr.Head, w.told)
}

// seenAt is when a commit became the head of this pull request, as far as GitHub's own
// clock tells: when its first check suite was made, which happens when a commit
// arrives, and not before it was pushed to this branch last, by force or not, or the
// base was changed. A commit that lay on another branch before has older suites. Zero:
// nothing tells.
func (w *witness) seenAt(commit string, suites []time.Time) time.Time {
	var seen time.Time
	for _, t := range suites {
		if seen.IsZero() || t.Before(seen) {
			seen = t
		}
	}
	if seen.IsZero() {
		return seen
	}
	return w.notBefore(commit, seen)
}

func (w *witness) notBefore(commit string, seen time.Time) time.Time {
	for i := range w.pr.Events {
		e := &w.pr.Events[i]
		if (e.Kind == ghapi.TimelineForcePushed && e.After == commit || e.Kind == ghapi.TimelineBaseChanged) && e.At.After(seen) {
			seen = e.At
		}
	}
	for _, p := range w.pushes {
		if p.After == commit && p.Before != commit && p.At.After(seen) {
			seen = p.At
		}
	}
	return seen.UTC()
}

// operators are those who set the agent to work, as GitHub shows it: whoever
// assigned it.
func (w *witness) operators(accounts map[int64]*checks.Account) []int64 {
	var out []int64
	for i := range w.pr.Events {
		e := &w.pr.Events[i]
		if e.Kind != ghapi.TimelineAssigned || e.Actor.Type != "User" {
			continue
		}
		who := checks.Account{ID: e.Who.ID, Login: e.Who.Login, Type: e.Who.Type}
		if a := accounts[e.Who.ID]; a != nil {
			who = *a
		}
		if who.Type == "Bot" || w.rules != nil && identity.IsAgentAccount(w.rules, who) {
			out = append(out, e.Actor.ID)
		}
	}
	return out
}

func (w *witness) conversations() *checks.Conversations {
	c := &checks.Conversations{Total: len(w.pr.Threads), Open: []checks.Conversation{}}
	for _, t := range w.pr.Threads {
		if !t.Resolved {
			c.Open = append(c.Open, checks.Conversation{Account: t.Author.ID, Path: checks.Path(t.Path), Line: t.Line, Outdated: t.Outdated})
		}
	}
	return c
}

func (w *witness) pullRequest() *checks.PullRequest {
	lines := w.pr.Additions + w.pr.Deletions
	out := &checks.PullRequest{
		Number: w.pr.Number, HeadBranch: w.pr.HeadBranch, Title: w.pr.Title, Body: w.pr.Body,
		State: closed(w.pr.State), HeadRepository: w.pr.HeadRepo, Draft: w.pr.Draft, Labels: w.pr.Labels, Lines: &lines,
	}
	for _, s := range w.pr.Siblings {
		sib := checks.Sibling{Number: s.Number, Base: s.Base}
		if s.Author.ID != 0 {
			sib.Author = &checks.AccountRef{ID: s.Author.ID, Login: s.Author.Login}
		}
		out.Siblings = append(out.Siblings, sib)
	}
	return out
}

// known sorts ids and leaves out doubles and deleted accounts.
func known(ids []int64) []int64 {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id int64) bool { return id <= 0 })
}

// closed is a pull request's state where that is not open.
func closed(state string) string {
	if state == "open" {
		return ""
	}
	return state
}
