package checks

// Plan is what package tfplan kept of one Terraform or OpenTofu plan. It holds
// facts, never values: a plan carries secrets in clear text, and a snapshot is
// passed around.
type Plan struct {
	Source string `json:"source"` // file name as given, "-" for standard input; foreign text
	Digest string `json:"digest"` // "sha256:<hex>" of the bytes as read
	Size   int64  `json:"size"`   // bytes
	// Error says why the plan could not be read. A plan with an error has no
	// facts: what was gathered before the error is worth nothing.
	Error string `json:"error,omitempty"`

	Tool          string `json:"tool,omitempty"` // "terraform" or "opentofu"
	ToolVersion   string `json:"tool_version,omitempty"`
	FormatVersion string `json:"format_version,omitempty"`

	Errored   bool  `json:"errored"`             // the plan says of itself that it failed
	Complete  *bool `json:"complete,omitempty"`  // nil: the tool does not say
	Applyable *bool `json:"applyable,omitempty"` // nil: the tool does not say

	Totals    map[string]int `json:"totals"`  // number of resource changes by Action, no-op included
	Changes   []Change       `json:"changes"` // all that is not a plain no-op, sorted by address, then deposed key
	Exposures []Exposure     `json:"exposures"`

	// Coverage says whether every managed object of the prior state has a resource
	// change. It is the only sign of -target and -exclude in OpenTofu.
	Coverage       Coverage `json:"coverage,omitempty"`
	Uncovered      []string `json:"uncovered,omitempty"`       // the first few addresses
	UncoveredTotal int      `json:"uncovered_total,omitempty"` //

	Deferred          int `json:"deferred,omitempty"`
	Drift             int `json:"drift,omitempty"`
	ActionInvocations int `json:"action_invocations,omitempty"`
}

// Coverage is the result of comparing the prior state with the changes.
type Coverage string

// Results of the coverage check.
const (
	CoverageFull    Coverage = "full"
	CoveragePartial Coverage = "partial"
	CoverageNone    Coverage = "no_prior_state" // normal for a first apply
	CoverageUnknown Coverage = "unknown"        // Terraform below 0.13 does not say enough
)

// Action is what would happen to one object, as one word. The plan's own list
// of verbs is matched whole and in order; a list outside the known ten is
// ActionUnknown.
type Action string

// The actions.
const (
	ActionNoOp          Action = "no-op"
	ActionCreate        Action = "create"
	ActionRead          Action = "read"
	ActionUpdate        Action = "update"
	ActionDelete        Action = "delete"
	ActionReplace       Action = "replace"        // destroyed and created, in either order
	ActionForget        Action = "forget"         // leaves the state; the object lives on, unmanaged
	ActionReplaceForget Action = "replace-forget" // a new object is made; the old one lives on, unmanaged
	ActionUnknown       Action = "unknown"
)

// Class is what is known of a resource type.
type Class string

// Classes of resource types.
const (
	ClassStateful     Class = "stateful"     // holds data that a destroy loses
	ClassHarmless     Class = "harmless"     // destroying it loses nothing
	ClassUnclassified Class = "unclassified" // nobody has said yet
)

// Change is one entry of a plan's resource_changes.
type Change struct {
	Address         string   `json:"address"` // foreign text
	PreviousAddress string   `json:"previous_address,omitempty"`
	Deposed         string   `json:"deposed,omitempty"` // key of a deposed object; a second entry with the same address
	Mode            string   `json:"mode"`              // "managed", "data", "ephemeral"
	Type            string   `json:"type"`
	Module          string   `json:"module,omitempty"`
	Provider        string   `json:"provider,omitempty"`
	Action          Action   `json:"action"`
	Verbs           []string `json:"verbs"` // the plan's own list
	Reason          string   `json:"reason,omitempty"`
	ReplacePaths    []string `json:"replace_paths,omitempty"` // attributes that force the replacement
	Class           Class    `json:"class"`
	Importing       bool     `json:"importing,omitempty"`
	// CreateFirst: of a replacement, that the new object is made before the old
	// one is destroyed. It does not save the data.
	CreateFirst bool `json:"create_first,omitempty"`
}

// Exposure is one thing that may connect after the plan and might not before.
// Narrowing, and moving a rule without widening it, is no exposure.
type Exposure struct {
	Address   string `json:"address"` // of the resource whose rule opens it
	Type      string `json:"type"`
	Direction string `json:"direction"` // "ingress" or "egress"
	Family    string `json:"family"`    // "ipv4", "ipv6", or "any" for an unknown source
	Protocol  string `json:"protocol"`  // "tcp", "udp", "icmp", …, "all"
	FromPort  int    `json:"from_port"` // for icmp the type and the code
	ToPort    int    `json:"to_port"`
	// Source is the widest source that is newly allowed, or newly allowed in part,
	// as a CIDR or range; empty when it is sensitive or unknown.
	Source string `json:"source,omitempty"`
	// World: the sources together are the whole address family, or so much of its
	// public part that the rest makes no difference.
	World     bool `json:"world"`
	Sensitive bool `json:"sensitive,omitempty"` // the plan marks the value sensitive: judged, not shown
	Unknown   bool `json:"unknown,omitempty"`   // known only after apply, so judged as the worst it could be
}
