package checks

import "time"

// Review is what is known of the people around a change and of what they said.
type Review struct {
	// Source says where this was read: "none", "file" or "github". What a file
	// says is as true as whoever wrote it.
	Source string `json:"source"`
	Digest string `json:"digest,omitempty"` // "sha256:<hex>" of the file

	Author *AccountRef `json:"author,omitempty"` // who opened the pull request
	// HeadSeenAt is our own first sight of this head in this pull request, never a
	// date out of a commit. Reviews from before it are about something else.
	HeadSeenAt time.Time    `json:"head_seen_at,omitzero"`
	Accounts   []Account    `json:"accounts"`
	Reviews    []UserReview `json:"reviews"`
	Requested  []int64      `json:"requested,omitempty"` // account ids whose review is (again) asked for
	Pushers    []int64      `json:"pushers,omitempty"`   // account ids that pushed to the head branch
	Operators  []int64      `json:"operators,omitempty"` // account ids that commissioned the agent, as the platform shows it
	// Contributors are account ids that the platform links to an author, committer or
	// co-author of a commit, by an address that the commit names. Anybody can type an
	// address, so this only excludes.
	Contributors []int64 `json:"contributors,omitempty"`
	// Conversations are those about lines of the change; nil when nobody asked.
	Conversations *Conversations `json:"conversations,omitempty"`
}

// Conversations are the review threads of a pull request.
type Conversations struct {
	Total int            `json:"total"`
	Open  []Conversation `json:"open"` // that nobody resolved, in the order they began
}

// Conversation is a review thread that nobody resolved.
type Conversation struct {
	Account  int64 `json:"account"` // who began it; 0: the account was deleted
	Path     Path  `json:"path,omitempty"`
	Line     int   `json:"line,omitempty"` // 0 when its line is gone
	Outdated bool  `json:"outdated,omitempty"`
}

// AccountRef names an account; the id counts, the login is for people.
type AccountRef struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
}

// Account is a GitHub account as it is now, not as it was when it reviewed.
type Account struct {
	ID         int64    `json:"id"`         // never 0
	Login      string   `json:"login"`      // for people; a login can be renamed and taken over
	Type       string   `json:"type"`       // "User", "Bot", "Organization", "Mannequin"
	Permission string   `json:"permission"` // "none", "read", "triage", "write", "maintain", "admin"
	Teams      []string `json:"teams,omitempty"`
	Emails     []string `json:"emails,omitempty"`
	AppID      int64    `json:"app_id,omitempty"` // of the GitHub App whose account this is, where the platform says so
}

// ReviewState is what a review says.
type ReviewState string

// The states of a review.
const (
	ReviewApproved         ReviewState = "approved"
	ReviewChangesRequested ReviewState = "changes_requested"
	ReviewCommented        ReviewState = "commented"
	ReviewDismissed        ReviewState = "dismissed"
)

// UserReview is one submitted review.
type UserReview struct {
	ID          int64       `json:"id"`
	Account     int64       `json:"account"` // 0: the account was deleted
	State       ReviewState `json:"state"`
	Commit      string      `json:"commit"` // what was looked at; full id
	Tree        string      `json:"tree,omitempty"`
	PlanDigests []string    `json:"plan_digests,omitempty"`
	// MergeBase is where Commit left the base branch; full id, empty when nobody asked.
	// The same tree on top of another base is another change.
	MergeBase string `json:"merge_base,omitempty"`
	// CommitSeenAt is our own first sight of Commit in this pull request, where it is
	// not the head any more. What a platform says a review was given for can move.
	CommitSeenAt time.Time `json:"commit_seen_at,omitzero"`
	SubmittedAt  time.Time `json:"submitted_at"`
	EditedAt     time.Time `json:"edited_at,omitzero"`
	DismissedBy  int64     `json:"dismissed_by,omitempty"`
	// Was is what a dismissed review said before; empty when that is not known.
	Was  ReviewState `json:"was,omitempty"`
	Body string      `json:"body,omitempty"`
}
