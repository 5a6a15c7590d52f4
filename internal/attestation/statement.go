package attestation

import (
	"encoding/json"
	"time"
)

// The type of every statement, and the predicate types that are understood.
const (
	StatementType        = "https://in-toto.io/Statement/v1"
	PredicateAgentCommit = "https://claw-verified.dev/agent-commit/v0.1"
	PredicateSLSA        = "https://slsa.dev/provenance/v1"
	PredicateVSA         = "https://slsa.dev/verification_summary/v1"
	PredicateGittuf      = "https://gittuf.dev/github-pull-request-approval/v0.1"
	BuildTypeAgentCommit = "https://refs.arewm.com/agent-commit/v0.3"
	PayloadType          = "application/vnd.in-toto+json"
	BundleMediaType      = "application/vnd.dev.sigstore.bundle.v0.3+json"
)

// SLSA leaves the form of source provenance to who makes it. These are the types of
// slsa-framework/source-tool as they stand in its own attestations, oldest first,
// and the one that SLSA's own pages use in examples.
const (
	PredicateSourceV1    = "https://github.com/slsa-framework/slsa-source-poc/source-provenance/v1"
	PredicateSourceDraft = "https://github.com/slsa-framework/slsa-source-poc/source-provenance/v1-draft"
	PredicateTagDraft    = "https://github.com/slsa-framework/slsa-source-poc/tag-provenance/v1-draft"
	PredicateSource      = "https://slsa.dev/source_provenance/v1"
)

// Statement is an in-toto Statement v1, as it was signed.
type Statement struct {
	Type          string          `json:"_type"`
	Subject       []Subject       `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// Subject is one thing a statement is about.
type Subject struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations json.RawMessage   `json:"annotations,omitempty"`
}

// AgentCommit is our predicate, version 0.1: an agent made this commit. It holds
// digests and references, never prompts, answers or logs themselves: an attestation
// is published, copied and kept, and cannot be taken back.
//
// [AgentCommit.Validate] says what is a good one; docs/provenance.md explains every
// member. A member that is not here is refused, because what a signer meant by it
// cannot be known, and because it might be a prompt.
type AgentCommit struct {
	Agent      Agent       `json:"agent"`
	Model      []Model     `json:"model,omitempty"`
	Principal  *Principal  `json:"principal,omitempty"` // who commissioned it
	Task       *Task       `json:"task,omitempty"`
	Session    *Session    `json:"session,omitempty"`
	Actions    *Actions    `json:"actions,omitempty"`
	Parents    []GitCommit `json:"parents,omitempty"` // of the commit, in its order
	Change     *Change     `json:"change,omitempty"`
	StartedOn  time.Time   `json:"startedOn,omitzero"`
	FinishedOn time.Time   `json:"finishedOn,omitzero"`
	Tools      []Tool      `json:"tools,omitempty"`
	Usage      *Usage      `json:"usage,omitempty"`
}

// Agent is the program that made the commit, by its own account.
type Agent struct {
	ID      string `json:"id"` // a URI, or the agent's id in the policy
	Version string `json:"version,omitempty"`
	Vendor  string `json:"vendor,omitempty"`
}

// Model is a language model that was used.
type Model struct {
	ID       string `json:"id"`
	Provider string `json:"provider,omitempty"`
}

// Principal is who commissioned the agent: the operator.
type Principal struct {
	ID         string `json:"id"`                   // a person of the policy, a login "@alice", an e-mail address, or a URI
	OnBehalfOf string `json:"onBehalfOf,omitempty"` // a team or an organisation
}

// Task is what the agent was asked to do.
type Task struct {
	URI    string            `json:"uri,omitempty"`    // an issue, a ticket
	Digest map[string]string `json:"digest,omitempty"` // of the instruction's text
}

// Session is the run of the agent.
type Session struct {
	ID string `json:"id"`
}

// Actions points at the log of what the agent did.
type Actions struct {
	Log     *Resource `json:"log,omitempty"`
	Entries int64     `json:"entries,omitzero"`
}

// Resource is something elsewhere, by digest.
type Resource struct {
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest"`
}

// GitCommit names a commit as in-toto does.
type GitCommit struct {
	Digest map[string]string `json:"digest"` // gitCommit
}

// Change is what the commit changes against its first parent.
type Change struct {
	RawDiffDigest map[string]string `json:"rawDiffDigest"` // sha256 of git diff-tree -r --full-index --no-renames BASE COMMIT
	Base          map[string]string `json:"base"`          // gitCommit of the first parent; empty for a commit without one
	Files         int               `json:"files"`
}

// Tool is a program the agent could use.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Usage is what the work took, where the agent tells it.
type Usage struct {
	InputTokens  int64  `json:"inputTokens,omitzero"`
	OutputTokens int64  `json:"outputTokens,omitzero"`
	Cost         string `json:"cost,omitempty"` // a decimal number
	Currency     string `json:"currency,omitempty"`
}
