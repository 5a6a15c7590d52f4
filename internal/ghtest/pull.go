package ghtest

import (
	"slices"
	"time"
)

// Pull is a pull request.
type Pull struct {
	ID        int64
	Number    int64
	Title     string
	Body      string
	State     string // open, closed, merged
	Draft     bool
	Author    *User  // nil: an account that is gone
	Base      string // a branch
	Head      string // a branch of HeadRepo
	HeadRepo  *Repo  // nil: the repository itself
	Labels    []string
	Assignees []*User
	Reviews   []*Review
	Requests  []Reviewer
	Threads   []*Thread
	Events    []*Event
	CreatedAt time.Time
	UpdatedAt time.Time

	// HeadOID is what the pull request has as its head when the branch is gone. BaseOID
	// is the base as GitHub last looked at it, and that is not always its tip.
	HeadOID, BaseOID string

	repo *Repo
	span span
}

// Reviewer is whose review is asked for: a person, or a team.
type Reviewer struct {
	User *User
	Team *Team
}

// Pull opens a pull request. What p leaves out is made up; the base is the default
// branch, the number the next one.
func (r *Repo) Pull(p Pull) *Pull {
	p.repo, p.ID = r, r.world.ID()
	if p.Number == 0 {
		p.Number = int64(len(r.Pulls)) + 1
	}
	if p.Base == "" {
		p.Base = r.DefaultBranch
	}
	if p.HeadRepo == nil {
		p.HeadRepo = r
	}
	if p.State == "" {
		p.State = "open"
	}
	if p.Title == "" {
		p.Title = "Change " + p.Head
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = r.world.Now
	}
	if p.UpdatedAt.IsZero() {
		p.UpdatedAt = p.CreatedAt
	}
	if p.BaseOID == "" {
		p.BaseOID = r.Tip(p.Base)
	}
	if p.HeadOID == "" {
		p.HeadOID = p.HeadRepo.Tip(p.Head)
	}
	pull := &p
	r.Pulls = append(r.Pulls, pull)
	return pull
}

func (r *Repo) pull(number int64) *Pull {
	for _, p := range r.Pulls {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// headRepo is where the head is, or nil when that was deleted.
func (p *Pull) headRepo() *Repo { return p.repo.world.there(p.HeadRepo) }

// Cross reports whether the head lies in another repository.
func (p *Pull) Cross() bool { return p.HeadRepo != p.repo }

// Tip is the head commit: that of the branch while the pull request is open and the
// branch is there, else the last that was seen.
func (p *Pull) Tip() string {
	if p.State == "open" && p.headRepo() != nil {
		if id := p.headRepo().Tip(p.Head); id != "" && id != p.HeadOID {
			p.HeadOID = id
		}
	}
	return p.HeadOID
}

// BaseTip is the tip of the base branch now.
func (p *Pull) BaseTip() string {
	if id := p.repo.Tip(p.Base); id != "" {
		return id
	}
	return p.BaseOID
}

// Commits are those of the pull request, parents first, without a limit.
func (p *Pull) Commits() []string {
	m := p.between()
	if m.commits == nil {
		m.commits = p.repo.store.between(m.base, m.head)
	}
	return m.commits
}

// span is what lies between base and head, remembered while neither moves.
type span struct {
	base, head string
	commits    []string
	files      []change
}

func (p *Pull) between() *span {
	if base, head := p.BaseTip(), p.Tip(); p.span.base != base || p.span.head != head {
		p.span = span{base: base, head: head}
	}
	return &p.span
}

// listed are the commits that GitHub lists.
func (p *Pull) listed() []string {
	all := p.Commits()
	return all[:min(len(all), p.repo.world.Limits.PullCommits)]
}

// files are the changes from where the branches parted, without a limit.
func (p *Pull) files() []change {
	m := p.between()
	if m.files != nil {
		return m.files
	}
	s := p.repo.store
	var from, to string
	if c := s.commit(s.mergeBase(m.base, m.head)); c != nil {
		from = c.tree
	}
	if c := s.commit(m.head); c != nil {
		to = c.tree
	}
	m.files = s.diff(from, to)
	return m.files
}

func (p *Pull) touched() { p.UpdatedAt = p.repo.world.Now }

// Push makes a commit on the head branch.
func (p *Pull) Push(c Commit) string {
	c.Branch = p.Head
	id := p.HeadRepo.Commit(c)
	p.touched()
	return id
}

// ForcePush puts the head branch on another commit and says so in the timeline.
func (p *Pull) ForcePush(by *User, to string) {
	before := p.Tip()
	p.HeadRepo.Move(by, "refs/heads/"+p.Head, to)
	p.Event(Event{Kind: "HeadRefForcePushedEvent", Actor: by, Before: before, After: to})
}

// Retarget changes the base branch.
func (p *Pull) Retarget(by *User, base string) {
	p.Event(Event{Kind: "BaseRefChangedEvent", Actor: by, OldName: p.Base, NewName: base})
	p.Base, p.BaseOID = base, p.repo.Tip(base)
}

// Review is a review.
type Review struct {
	ID          int64
	Author      *User  // nil: an account that is gone
	State       string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
	Body        string
	Commit      string // empty: GitHub does not know it any more
	SubmittedAt time.Time
	EditedAt    time.Time // zero: never

	pull *Pull
}

// Review submits a review of the head as it is now.
func (p *Pull) Review(by *User, state string) *Review {
	return p.AddReview(Review{Author: by, State: state, Commit: p.Tip()})
}

// AddReview adds a review as it is; what it leaves out, except the commit, is made up.
func (p *Pull) AddReview(r Review) *Review {
	if r.ID == 0 {
		r.ID = p.repo.world.ID()
	}
	if r.SubmittedAt.IsZero() {
		r.SubmittedAt = p.repo.world.Now
	}
	r.pull = p
	review := &r
	p.Reviews = append(p.Reviews, review)
	p.Requests = slices.DeleteFunc(p.Requests, func(q Reviewer) bool { return q.User == r.Author && q.User != nil })
	p.touched()
	return review
}

// Dismiss dismisses a review.
func (p *Pull) Dismiss(r *Review, by *User) {
	p.Event(Event{Kind: "ReviewDismissedEvent", Actor: by, Review: r, Previous: r.State})
	r.State = "DISMISSED"
}

// Request asks for reviews.
func (p *Pull) Request(by *User, of ...Reviewer) {
	for _, q := range of {
		p.Requests = append(p.Requests, q)
		p.Event(Event{Kind: "ReviewRequestedEvent", Actor: by, User: q.User, Team: q.Team})
	}
}

// Assign assigns the pull request to somebody.
func (p *Pull) Assign(by, to *User) {
	p.Assignees = append(p.Assignees, to)
	p.Event(Event{Kind: "AssignedEvent", Actor: by, User: to})
}

// Thread is a conversation about lines.
type Thread struct {
	ID                 int64
	Path               string
	Line               int // 0: of the whole file, or of what is not there any more
	Resolved, Outdated bool
	Comments           []Comment
}

// Comment is an entry of a thread.
type Comment struct {
	ID     int64
	Author *User
	Body   string
	At     time.Time
}

// Thread starts a conversation.
func (p *Pull) Thread(by *User, path string, line int, body string) *Thread {
	w := p.repo.world
	t := &Thread{ID: w.ID(), Path: path, Line: line, Comments: []Comment{{w.ID(), by, body, w.Now}}}
	p.Threads = append(p.Threads, t)
	p.touched()
	return t
}

// Event is an entry of the timeline.
type Event struct {
	Kind     string // as GraphQL calls the type: ReviewDismissedEvent
	ID       int64
	Actor    *User
	At       time.Time
	Review   *Review // dismissed
	Previous string  // its state before
	User     *User   // whose review is asked for, or who is assigned
	Team     *Team
	Before   string // of a force push
	After    string
	OldName  string // of a branch or a title
	NewName  string
}

// Event adds to the timeline.
func (p *Pull) Event(e Event) *Event {
	if e.ID == 0 {
		e.ID = p.repo.world.ID()
	}
	if e.At.IsZero() {
		e.At = p.repo.world.Now
	}
	event := &e
	p.Events = append(p.Events, event)
	p.touched()
	return event
}
