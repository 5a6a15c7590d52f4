package attestation

import (
	"errors"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

// Why an item does not count. Errors of this package wrap one of these.
var (
	ErrMalformed   = errors.New("not readable")                           // no format that is known, or not well-formed in it
	ErrTooLarge    = errors.New("too large")                              //
	ErrUnsupported = errors.New("of a kind that is not verified")         // well-formed, and nothing here verifies it
	ErrInvalid     = errors.New("its signature does not hold")            // altered, or never good
	ErrUntrusted   = errors.New("signed by nobody the policy lists")      // good, as far as that can be said, by a stranger
	ErrExpired     = errors.New("signed with a key outside its validity") //
	ErrRevoked     = errors.New("signed with a revoked key")              //
	ErrMismatch    = errors.New("it contradicts the commit")              // it names the commit and says something of it that is not so
	ErrOther       = errors.New("it is about something else")             // another commit, another repository
)

// Format is what an item is, by its own form. It grades nothing.
type Format string

// The formats.
const (
	FormatBundle     Format = "sigstore-bundle"   // a Sigstore bundle, v0.1 to v0.3, with a DSSE envelope or a message signature
	FormatEnvelope   Format = "dsse"              // a bare DSSE envelope
	FormatClawM1     Format = "claw-m1"           // Claw's commit.sig.json
	FormatClawProof  Format = "claw-commit-proof" // Claw's commit_proof v1
	FormatClawBundle Format = "claw-proof-bundle" // Claw's proof_bundle v1
	FormatGitAI      Format = "git-ai"            // git-ai authorship note: unsigned
	FormatAgentTrace Format = "agent-trace"       // Agent Trace record: unsigned
	FormatUnknown    Format = ""                  //
)

// Item is one piece of evidence out of a carrier, not verified.
type Item struct {
	Carrier checks.Carrier
	Name    string // where, for people: the file or the ref, and the line; foreign text
	Hint    string // the commit that the carrier attaches it to; a hint and no more
	Format  Format
	Digest  string // "sha256:<hex>" of Raw
	Raw     []byte
	Problem string // with FormatUnknown: why it could not be read, without a full stop
	Unread  bool   // it was not looked at, for its size or its number
}

// Proof says by what kind of key an item was signed.
type Proof string

// The kinds of proof, weakest first.
const (
	ProofNone    Proof = ""        // unsigned
	ProofKey     Proof = "key"     // a key the policy lists
	ProofKeyless Proof = "keyless" // a Sigstore certificate of an identity the policy lists
)

// Kind is what a verified item says, by its predicate type or its format.
type Kind string

// The kinds. Each proves what its comment says and nothing else.
const (
	KindAgentCommit Kind = "agent-commit"    // our predicate: which agent, model, operator, task
	KindSLSA        Kind = "slsa-provenance" // SLSA provenance v1 with the agent-commit build type: the same, by the platform that ran the agent
	KindSource      Kind = "slsa-source"     // SLSA source provenance: which controls were on when the revision was pushed; nothing of who wrote it
	KindVSA         Kind = "slsa-vsa"        // SLSA verification summary: that somebody verified something of it
	KindApproval    Kind = "gittuf-approval" // gittuf: that people approved a tree on GitHub
	KindClawCommit  Kind = "claw-commit"     // Claw m1 or commit_proof: that a key's owner vouches for a commit id; no model, no task
	KindClawBundle  Kind = "claw-bundle"     // Claw proof_bundle: receipts of a run; bound to no commit
	KindLines       Kind = "line-authorship" // git-ai, Agent Trace: unsigned, for information
	KindOther       Kind = "other"           // a statement of another predicate type
)

// Verified is an item whose signature holds, by somebody the policy lists; or, with
// ProofNone, one that nobody signed, which proves nothing and is told as such.
type Verified struct {
	Item     Item
	Kind     Kind
	Proof    Proof
	Agent    string    // id of the agent whose key, identity or DID signed; exactly one of Agent and Attestor is set, or neither with ProofNone
	Attestor string    // id of the attestor
	Signer   string    // the key's fingerprint, the certificate's name or the DID; for people
	SignedAt time.Time // verified by a log or a timestamping authority; zero when nothing says so

	Statement *Statement // of an in-toto statement
	Blob      string     // of a message signature, KindOther: "sha256:<hex>" of what was signed; there is no Statement then
	// Claimed is what a statement says that is good but for its key, which is revoked or
	// out of its time. It proves nothing; who is named in it may have taken part.
	Claimed      *AgentCommit
	AgentCommit  *AgentCommit // of KindAgentCommit and KindSLSA, in our terms
	Approvals    []Approval   // of KindApproval
	Commits      []string     // of Claw's formats: the full commit ids that are vouched for
	Repository   string       // owner/name, when it is signed elsewhere than in a subject: of Claw's formats
	SourceIsHead bool         // the certificate's source repository digest must be the commit that is attested
	Source       string       // that digest
	Run          *Run         // of ProofKeyless: the run that its certificate was issued to
	Notes        []string     // what it says beside, for people, one short sentence each; foreign text
}

// Run is the run of a workflow that a verified certificate was issued to, as the issuer
// of the identity told it. A member is empty where the certificate has none.
type Run struct {
	Repository   string // address: "https://github.com/acme/infra"
	RepositoryID string
	Ref          string // that it ran for: "refs/pull/7/merge"
	Commit       string // that it ran for
}

// Approval is one person's approval as a gittuf attestation tells it.
type Approval struct {
	Login     string // as told
	AccountID int64  // as told; 0 when it is not
	Tree      string // full id of the tree that was approved
	From      string // full id of the commit that it was a change of
	Ref       string // what it was to be merged into
	Dismissed bool   // it was taken back; which of the two was last is not told
}

// Commit is what an item is held against.
type Commit struct {
	ID         string
	Tree       string
	Parents    []string
	SHA256     string // hex, of the raw commit object
	RawDiff    string // "sha256:<hex>", see checks.Commit; empty when it is not known
	Repository string // owner/name; empty when it is not known
}
