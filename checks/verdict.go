package checks

import (
	"fmt"
	"time"
)

// ReportSchema names the format of a serialised Verdict, which is the JSON
// report: a public contract, described by docs/schema/report.v1.json.
const ReportSchema = "https://claw-verified.dev/report/v1"

// Verdict is the decision about one snapshot, with everything that led to it.
// The zero Verdict is undecided.
type Verdict struct {
	Schema  string    `json:"schema"`
	Outcome Outcome   `json:"outcome"`
	Mode    string    `json:"mode,omitempty"` // "enforce" or "observe"; empty while the policy is unknown
	At      time.Time `json:"at"`             // the snapshot's time

	Change   ChangeSummary `json:"change"`
	Policy   PolicyUsed    `json:"policy"`
	Snapshot string        `json:"snapshot"` // "sha256:<hex>" of the encoded snapshot

	Questions []Answer      `json:"questions"`
	Origins   []Origin      `json:"origins"`         // of every commit, in their order
	Plans     []PlanSummary `json:"plans,omitempty"` // of every plan that could be read
	Findings  []Finding     `json:"findings"`
	Undecided []Gap         `json:"undecided"`
	Waiting   []Seat        `json:"waiting"`
	Approvals []Approval    `json:"approvals"`
	Override  *Override     `json:"override,omitempty"` // set exactly when the outcome is overridden
	NotProved []string      `json:"not_proved"`         // what a pass does not prove
}

// ChangeSummary identifies the change that was judged.
type ChangeSummary struct {
	Kind       Kind       `json:"kind"`
	Repository Repository `json:"repository"`
	Base       Ref        `json:"base"`
	MergeBase  string     `json:"merge_base"`
	Head       Ref        `json:"head"`
	Commits    int        `json:"commits"`
	Files      int        `json:"files"`
	Plans      []PlanUsed `json:"plans"`
	// PullRequest names the pull request; nil when the change is none, or nobody said
	// which.
	PullRequest *PullRequestNamed `json:"pull_request,omitempty"`
}

// PullRequestNamed says which pull request was judged. Its title is typed by whoever
// opened it.
type PullRequestNamed struct {
	Number         int64       `json:"number"`
	Title          string      `json:"title,omitempty"`           // foreign text
	Author         *AccountRef `json:"author,omitempty"`          // who opened it; nil when nobody said, or the account was deleted
	HeadRepository string      `json:"head_repository,omitempty"` // owner/name the head branch lies in; empty when it was deleted, or nobody said
}

// PlanUsed identifies a plan that was judged.
type PlanUsed struct {
	Source    string `json:"source"`
	Digest    string `json:"digest"`
	Changeset string `json:"changeset,omitempty"` // digest of the normalised change set: the same for plans that would do the same
	// Evidence is what it rests on when it was fetched from the platform.
	Evidence *PlanEvidence `json:"evidence,omitempty"`
}

// PlanSummary is one plan for people: what would happen, by how bad it is.
type PlanSummary struct {
	Source string `json:"source"`
	// Counts are the numbers of managed objects by what happens to them; those with
	// nothing are left out. Keys are the actions, and "import" and "move".
	Counts    map[string]int `json:"counts"`
	Unchanged int            `json:"unchanged"`
	// Lines are the objects that something happens to, the worst first, and those with
	// a finding among the rest. At most 500; Hidden is how many more there are.
	Lines  []PlanLine `json:"lines"`
	Hidden int        `json:"hidden,omitempty"`
}

// PlanGroup is why a line matters, the worst reason it has.
type PlanGroup string

// The groups, in the order they are shown.
const (
	GroupIrreversible PlanGroup = "irreversible" // cannot be undone: destroyed, locked for good
	GroupOpened       PlanGroup = "opened"       // to the network or to the public
	GroupPrivilege    PlanGroup = "privilege"    // somebody may do more
	GroupWeakened     PlanGroup = "weakened"     // less protected
	GroupRuns         PlanGroup = "runs"         // a program runs
	GroupOther        PlanGroup = "other"        // anything else that changes
)

// PlanLine is what happens to one object.
type PlanLine struct {
	Group   PlanGroup `json:"group"`
	Address string    `json:"address"` // foreign text
	Action  Action    `json:"action"`
	// CreateFirst: of a replacement, that the new object is made before the old one
	// is destroyed.
	CreateFirst bool     `json:"create_first,omitempty"`
	Deciding    string   `json:"deciding,omitempty"` // the deciding attribute or fact, in a few words
	Effect      Effect   `json:"effect,omitempty"`   // the strongest of its findings that no waiver accepts; empty when it has none
	Rules       []string `json:"rules,omitempty"`    // of its findings
	Path        Path     `json:"path,omitempty"`
	Line        int      `json:"line,omitempty"`
}

// PolicyUsed identifies the policy that decided.
type PolicyUsed struct {
	Origin PolicyOrigin `json:"origin,omitempty"`
	Path   Path         `json:"path,omitempty"`
	Commit string       `json:"commit,omitempty"`
	Digest string       `json:"digest,omitempty"`
	// Organization is the policy whose floors were put under it; nil when there is none.
	Organization *OrganizationPolicy `json:"organization,omitempty"`
}

// OrganizationPolicy identifies the policy of the organisation.
type OrganizationPolicy struct {
	Repository string `json:"repository,omitempty"` // owner/name
	Path       Path   `json:"path,omitempty"`
	Commit     string `json:"commit,omitempty"`
	Digest     string `json:"digest,omitempty"`
}

// Answer is the outcome of one question.
type Answer struct {
	ID      Question `json:"id"`
	Title   string   `json:"title"`
	Outcome Outcome  `json:"outcome"`
	Summary string   `json:"summary"` // one sentence
	Checked []string `json:"checked"` // what was looked at, one short sentence each
}

// Seat is an approval that is still wanted.
type Seat struct {
	Tier    string   `json:"tier"`    // the policy tier that asks for it
	Missing int      `json:"missing"` // how many people
	From    string   `json:"from"`    // who may fill it, in words
	Could   []string `json:"could"`   // logins of known people who could
	// Line is what an approval has to begin with, exactly; empty when any will do.
	Line string `json:"line,omitempty"`
	// Nobody says what to do where nobody known could fill it; empty when somebody could.
	Nobody string `json:"nobody,omitempty"` // one sentence
}

// Approval is one person's newest verdict and whether it counts.
type Approval struct {
	Account int64       `json:"account"`
	Login   string      `json:"login"`
	State   ReviewState `json:"state"`
	Counts  bool        `json:"counts"`
	Reason  string      `json:"reason,omitempty"` // why it does not count
	// Carried says why an approval counts that was given for another head.
	Carried string `json:"carried,omitempty"`
}

// Encode writes the report: indented JSON with a final newline. That about plans alone
// has outcomes of its own, see [Outcome.PlanOutcome], and names no commits.
func (v *Verdict) Encode() ([]byte, error) {
	var report any = v
	if v.Change.Kind == KindPlan {
		report = v.alone()
	}
	b, err := encode(report)
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return b, nil
}

// Exit codes of the commands that judge a change.
const (
	ExitVerified      = 0
	ExitRefused       = 1 // refused or waiting
	ExitConfiguration = 2
	ExitUndecided     = 3
)

// ModeObserve is the policy mode in which a verdict is told and not enforced.
const ModeObserve = "observe"

// ExitCode is what a command that made this verdict exits with. In observe mode
// a refusal exits with 0, because that is what observing means; a policy that
// could not be read cannot ask for it.
func (v *Verdict) ExitCode() int {
	if v.Mode == ModeObserve {
		return ExitVerified
	}
	switch v.Outcome {
	case Verified, Overridden:
		return ExitVerified
	case Refused, Waiting:
		return ExitRefused
	}
	for _, g := range v.Undecided {
		if g.Kind == GapConfiguration {
			return ExitConfiguration
		}
	}
	return ExitUndecided
}
