package ghapi

import "time"

// What is read of GitHub, in types of our own: the rest of the program never sees
// GitHub's. All text in them is foreign. A list is whole, or what holds it has a
// [Shortfall] that says what is missing.

// Repository names a repository.
type Repository struct{ Owner, Name string }

func (r Repository) String() string { return r.Owner + "/" + r.Name }

// Actor is an account. ID 0 is a deleted one.
type Actor struct {
	ID    int64
	Login string
	Type  string // "User", "Bot", "Organization", "Mannequin", "EnterpriseUserAccount"
}

// PullRequest is one reading of a pull request and what hangs on it.
type PullRequest struct {
	Repository RepositoryFacts
	Number     int64
	Title      string
	Body       string
	State      string // "open", "closed", "merged"
	Draft      bool
	Author     Actor
	BaseBranch string
	Base       Commit // the tip of the base branch now, which is what a merge meets
	HeadBranch string
	HeadRepo   string // owner/name; empty when it was deleted
	Head       string // full id
	UpdatedAt  time.Time

	DeclaredCommits      int // by GitHub's count
	Additions, Deletions int // lines

	Labels   []string // sorted
	Commits  []Commit // of the pull request, as GitHub lists them
	Parents  []Commit // parents of Commits that are not among them; the merge base, as a rule
	Reviews  []Review
	Threads  []Thread
	Requests []Actor // users whose review is asked for now
	Events   []TimelineEvent
	Siblings []Sibling
	Suites   []time.Time // when GitHub made the check suites of the head
	Checks   []Check     // of the head, by whoever; what is missing of them is of [MissedChecks]

	Files  map[string]TextFile // at Base, by path: those of PullRequestQuery.BaseFiles that exist
	Notes  map[string]string   // ref -> commit id, those of PullRequestQuery.NoteRefs that exist
	Org    *OrgFile            // nil: no such repository or file that this token can see
	Missed []Shortfall
}

// RepositoryFacts are facts of the repository.
type RepositoryFacts struct {
	Repository
	ID            int64
	OwnerType     string // "User" or "Organization"
	DefaultBranch string
}

// Shortfall is something that was asked for and not read whole. It makes a verdict
// undecided.
type Shortfall struct {
	What string // "the reviews", "the commits": what could not be read
	Why  string // one clause
}

// Commit is a commit as GitHub tells of it. Its object is rebuilt and shown to hash
// to ID before anything rests on it.
type Commit struct {
	ID, Tree  string
	Parents   []string
	Author    Signature
	Committer Signature
	Message   string
	Payload   string  // what was signed; empty when nothing was
	Signature string  // armoured, empty when nothing was
	People    []Actor // accounts that GitHub links to author, committer and co-authors
}

// Signature is who made a commit, and when. The date keeps its time zone, as git
// has it, in RFC 3339.
type Signature struct{ Name, Email, Date string }

// Review is one submitted review.
type Review struct {
	ID          int64
	Author      Actor
	State       string // as GitHub says: APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED
	Commit      string // full id, empty when GitHub does not know it any more
	Tree        string
	Body        string
	SubmittedAt time.Time
	EditedAt    time.Time // zero: never
}

// Thread is a conversation about lines of the change.
type Thread struct {
	Author             Actor
	Path               string
	Line               int
	Resolved, Outdated bool
}

// TimelineEvent is an entry of the timeline that matters here.
type TimelineEvent struct {
	Kind     TimelineKind
	Actor    Actor
	At       time.Time
	Review   int64  // the review that was dismissed
	Previous string // its state before: APPROVED, CHANGES_REQUESTED
	Who      Actor  // who was assigned
	After    string // of a force push, the new head
}

// TimelineKind is what happened.
type TimelineKind string

// The events that are read.
const (
	TimelineDismissed   TimelineKind = "dismissed"
	TimelineForcePushed TimelineKind = "force_pushed"
	TimelineBaseChanged TimelineKind = "base_changed"
	TimelineAssigned    TimelineKind = "assigned"
)

// Sibling is another open pull request with the same head commit.
type Sibling struct {
	Number int64
	Base   string
	Author Actor
}

// MissedChecks is what a [Shortfall] of PullRequest.Checks is of. It matters to who
// looks at them alone: a token that may not read commit statuses gets none whole.
const MissedChecks = "the checks of the head"

// Check is a check run, or a commit status, that GitHub shows at a commit: the newest
// run of each name in each check suite, and the newest status of each name.
type Check struct {
	Name    string
	AppID   int64 // of a check run; 0: a commit status
	App     string
	Creator Actor // of a commit status
	// Status and Conclusion are GitHub's of a check run, in lower case. A commit status
	// is "completed", with the conclusion success, failure or error, or "pending".
	Status, Conclusion string
	At                 time.Time // when it ended or, where it has not, began; of a status, when it was given
}

// CheckRun is a check run, as far as we look.
type CheckRun struct {
	ID         int64
	Name       string
	AppID      int64
	ExternalID string
	Status     string // queued, in_progress, completed
	Conclusion string
	StartedAt  time.Time
}

// TextFile is a file at a commit.
type TextFile struct {
	Blob string
	Size int64
	// Text is whole, or Cut says that GitHub cut it off or calls it binary.
	Text string
	Cut  bool
}

// OrgFile is a file of the organisation's .github repository, at its default branch.
type OrgFile struct {
	Repository string
	Commit     string
	Path       string
	File       TextFile
}

// PullRequestQuery says what to read of a pull request.
type PullRequestQuery struct {
	Repository Repository
	Number     int64
	BaseFiles  []string // paths to read at the tip of the base branch
	OrgFile    string   // path to read in the organisation's .github repository; empty: do not
	NoteRefs   []string // refs whose commit is wanted
}

// PeopleQuery asks what people may do now. It also looks again at the pull request.
type PeopleQuery struct {
	Repository Repository
	Number     int64    // 0: there is no pull request
	Logins     []string // whose permission is wanted
	Teams      []string // "org/team" whose members are wanted
	Suggest    bool     // also list collaborators, for who could still approve
}

// People is what accounts may do now.
type People struct {
	// Permission by account id: none, read, triage, write, maintain, admin. Of who is
	// not in it nothing is known.
	Permission map[int64]string
	Accounts   []Actor            // everybody in Permission and Members, by id
	Members    map[string][]int64 // by team, as it was asked for; with those of its child teams
	Head, Base string             // of the pull request at the end of the reading
	Missed     []Shortfall
}

// Comparison is what GitHub says lies between two commits.
type Comparison struct {
	MergeBase string   // full id; empty for unrelated histories
	Commits   []string // of base..head, all of them, parents first
	AheadBy   int
}
