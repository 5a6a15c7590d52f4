package checks

import "time"

// Origin is what one commit proves about where it came from.
type Origin struct {
	Commit   string   `json:"commit"`
	Subject  string   `json:"subject"`             // first line of the message; foreign text
	Level    string   `json:"level,omitempty"`     // what was verified, as the policy language spells it; empty: nothing
	SignedBy string   `json:"signed_by,omitempty"` // "agent claw" or "person alice": the owner of the key of a good signature
	Key      string   `json:"key,omitempty"`       // its fingerprint, or the certificate's name
	Human    bool     `json:"human"`               // proved to be a person's own work
	Agents   []string `json:"agents,omitempty"`    // ids of declared agents that had a hand in it
	Said     []Said   `json:"said,omitempty"`      // what verified statements say of it
}

// Said is one verified statement about a commit. Who signed it is proved; what it
// says, its signer says.
type Said struct {
	Kind      string    `json:"kind"`               // "agent-commit", "slsa-provenance", …
	By        string    `json:"by,omitempty"`       // "agent claw", "attestor forge"; empty: nobody signed it
	Proof     string    `json:"proof,omitempty"`    // "key", "keyless"; empty: unsigned
	Signer    string    `json:"signer,omitempty"`   // the key's fingerprint, the certificate's name or the DID
	SignedAt  time.Time `json:"signed_at,omitzero"` // by a log or a timestamping authority
	Digest    string    `json:"digest"`             // "sha256:<hex>" of the statement as it was found
	Where     string    `json:"where"`              // the carrier and its name
	Agent     string    `json:"agent,omitempty"`    // what the agent calls itself
	Version   string    `json:"version,omitempty"`  //
	Vendor    string    `json:"vendor,omitempty"`   //
	Models    []string  `json:"models,omitempty"`   //
	Operator  string    `json:"operator,omitempty"` // who commissioned it
	OnBehalf  string    `json:"on_behalf_of,omitempty"`
	Task      string    `json:"task,omitempty"`        // a URI
	TaskText  string    `json:"task_digest,omitempty"` // "sha256:<hex>" of the instruction
	Session   string    `json:"session,omitempty"`
	Log       string    `json:"log,omitempty"`        // where the record of what it did lies
	LogDigest string    `json:"log_digest,omitempty"` // "sha256:<hex>"
	Notes     []string  `json:"notes,omitempty"`
}
