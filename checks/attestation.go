package checks

// Carrier says where an attestation was found. It decides nothing: who signed
// does, wherever the text lay.
type Carrier string

// The carriers.
const (
	CarrierNotes       Carrier = "notes"        // git notes, refs/notes/claw-attestations
	CarrierTree        Carrier = "tree"         // a folder of the head commit, for earlier commits
	CarrierFile        Carrier = "file"         // a file that was named on the command line
	CarrierGitHub      Carrier = "github"       // GitHub's attestations API
	CarrierPullRequest Carrier = "pull_request" // a block in the pull request's description
)

// Attestation is what a carrier held, unread: a bundle or several, one JSON
// document for each line, a proof, a note. It is foreign text.
type Attestation struct {
	Carrier Carrier `json:"carrier"`
	Name    Path    `json:"name,omitempty"`   // the file, or the ref
	Commit  string  `json:"commit,omitempty"` // the commit a note is attached to, a file is named after; a hint and no more
	Body    Bytes   `json:"body"`
}

// TrustFile is a file that the policy refers to and that says whom to trust: a
// trusted root, an allowed_signers file, a public key. It comes from where the
// policy comes from, never from the change.
type TrustFile struct {
	Path   Path   `json:"path"`   // as the policy names it
	Digest string `json:"digest"` // "sha256:<hex>" of Text
	Text   Bytes  `json:"text"`
}

// PullRequest is what the platform says of the pull request, beside its commits
// and people. Everything in it is typed by whoever opened or edits it.
type PullRequest struct {
	Number     int64  `json:"number"`
	HeadBranch string `json:"head_branch,omitempty"`
	Title      string `json:"title,omitempty"`
	Body       string `json:"body,omitempty"`

	// What follows is known when the platform was asked, see Review.Source.
	HeadRepository string `json:"head_repository,omitempty"` // owner/name the head branch lies in; empty when it was deleted
	// State is "closed" or "merged"; empty while it is open.
	State  string   `json:"state,omitempty"`
	Draft  bool     `json:"draft,omitempty"`
	Labels []string `json:"labels,omitempty"` // sorted; anybody with triage access sets them, so they only raise
	// Lines is how many lines are added and deleted together; nil when nobody counted.
	Lines *int `json:"lines,omitempty"`
	// Siblings are the other open pull requests of the very same head commit. A check
	// stands at a commit, so what one of them earned, the other one has.
	Siblings []Sibling `json:"siblings,omitempty"`
}

// Sibling is another open pull request with the same head commit.
type Sibling struct {
	Number int64       `json:"number"`
	Base   string      `json:"base"`             // branch
	Author *AccountRef `json:"author,omitempty"` // nil: the account was deleted
}
