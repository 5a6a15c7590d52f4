package checks

import "time"

// Plan is what package tfplan kept of one Terraform or OpenTofu plan. It holds
// facts, not values: a plan carries secrets in clear text, and a snapshot is passed
// around. What it holds of values is words of enumerations, numbers, names of actions
// and principals, ports and ranges, and the tags of what changes; nothing that the
// plan marks as sensitive.
type Plan struct {
	Source string `json:"source"` // file name as given, "-" for standard input; foreign text
	Digest string `json:"digest"` // "sha256:<hex>" of the bytes as read
	Size   int64  `json:"size"`   // bytes
	// Error says why the plan could not be read. A plan with an error has no
	// facts: what was gathered before the error is worth nothing.
	Error string `json:"error,omitempty"`

	// Changeset is the digest of the normalised change set: the same for every plan
	// that would do the same. "changes-v1:sha256:<hex>"; docs/plans.md has the form.
	Changeset string `json:"changeset,omitempty"`
	Encoding  string `json:"encoding,omitempty"` // "gzip" or "zstd" when the file was compressed; Digest and Size are those of the file
	Redacted  bool   `json:"redacted,omitempty"` // HCP Terraform's redacted form: sensitive values and everything but the changes are left out

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

	Deferred          int      `json:"deferred,omitempty"`
	Drift             int      `json:"drift,omitempty"`
	ActionInvocations int      `json:"action_invocations,omitempty"`
	Actions           []string `json:"actions,omitempty"` // the first few addresses of ActionInvocations

	// Consequences are what the changes bring about beyond the network: what loses
	// its protection, becomes public, may do more, runs. Sorted by address, kind,
	// attribute.
	Consequences []Consequence `json:"consequences,omitempty"`
	// Rearranged tells of network rules that changed without opening anything.
	Rearranged []Rearranged `json:"rearranged,omitempty"`

	Managed    int       `json:"managed,omitempty"`    // managed objects of the prior state, the whole a mass deletion is a share of
	Timestamp  time.Time `json:"timestamp,omitzero"`   // as the plan says
	Variables  []string  `json:"variables,omitempty"`  // names whose value is not the configuration's default, sorted
	Outputs    []Output  `json:"outputs,omitempty"`    // that change, sorted by name
	Drifted    []string  `json:"drifted,omitempty"`    // the first few addresses of Drift
	Mismatched []string  `json:"mismatched,omitempty"` // types with the provider that serves them, where it is not the usual one; the first few
	Failed     []string  `json:"failed,omitempty"`     // the first few addresses whose checks or conditions fail
	Saved      *Saved    `json:"saved,omitempty"`      // the plan file, when it was given too
	// Evidence is what it rests on when it was fetched from the platform; nil for one
	// that was given.
	Evidence *PlanEvidence `json:"evidence,omitempty"`
}

// PlanEvidence says where a plan was fetched and why it is believed.
type PlanEvidence struct {
	Producer       Path       `json:"producer"` // the workflow's file
	Run            int64      `json:"run"`
	Artifact       string     `json:"artifact"`
	ArtifactDigest string     `json:"artifact_digest"` // "sha256:<hex>" of its zip, as it was downloaded
	Believed       PlanBelief `json:"believed"`
	Signer         string     `json:"signer,omitempty"` // the name in the certificate; of BelievedForSignature
}

// PlanBelief is why a plan is believed.
type PlanBelief string

// Why a plan is believed.
const (
	BelievedForWorkflow  PlanBelief = "workflow"  // the run's workflow is the base's, untouched by the change
	BelievedForSignature PlanBelief = "signature" // a signer of the policy attests that it was made from the head
)

// What an exposure goes through.
const (
	ThroughRoute = "route"
	ThroughList  = "list"
	ThroughACL   = "acl"
	// ThroughEndpoint is the endpoint that a managed service has from the start. It
	// still asks whoever connects for credentials.
	ThroughEndpoint = "endpoint"
)

// Coverage is the result of comparing the prior state with the changes.
type Coverage string

// Results of the coverage check.
const (
	CoverageFull    Coverage = "full"
	CoveragePartial Coverage = "partial"
	CoverageNone    Coverage = "no_prior_state" // normal for a first apply
	CoverageUnknown Coverage = "unknown"        // Terraform below 0.13 does not say enough
	// CoverageMissing: the plan is about objects that exist, and has no prior state, or
	// one without them.
	CoverageMissing Coverage = "prior_state_missing"
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
	// ClassRecreatable holds nothing that is lost, but destroying it is an outage, or
	// gives a new address.
	ClassRecreatable Class = "recreatable"
	ClassGuard       Class = "guard" // a control: destroying it weakens what it guards
)

// Change is one entry of a plan's resource_changes.
type Change struct {
	Address         string   `json:"address"`          // foreign text
	Config          string   `json:"config,omitempty"` // the address without instance keys, where it has any: one block of the configuration
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

	Tier   Tier    `json:"tier,omitempty"`   // of a stateful type: how bad the loss is
	Loses  string  `json:"loses,omitempty"`  // what a destroy loses, in the words of the resource classes
	Guards []Guard `json:"guards,omitempty"` // what protects the data before this plan, sorted; of a delete or replacement of a stateful object
	// Kind is what the object really is, where the type is only a carrier:
	// "PersistentVolumeClaim" of a kubernetes_manifest.
	Kind string `json:"kind,omitempty"`
	// Causes are the addresses (without instance keys) of what is destroyed or
	// replaced in the same plan and forces this: an attribute of replace_paths refers
	// to them.
	Causes     []string          `json:"causes,omitempty"`
	TagsHidden bool              `json:"tags_hidden,omitempty"` // there are tags that Tags does not show: sensitive, unknown, too long or too many
	Tags       map[string]string `json:"tags,omitempty"`        // tags or labels before the plan, or after it for a create; none that is marked sensitive
	// ProviderConfig is the configuration of the provider that is used, such as
	// "aws.west".
	ProviderConfig string `json:"provider_config,omitempty"`
	Path           Path   `json:"path,omitempty"` // where the repository declares it, when that is certain
	Line           int    `json:"line,omitempty"` // 1-based
}

// Block is the address without instance keys: one block of the configuration.
func (c *Change) Block() string {
	if c.Config != "" {
		return c.Config
	}
	return c.Address
}

// Tier says how bad the loss of a stateful object is.
type Tier string

// The tiers, worst first.
const (
	TierCritical Tier = "critical"
	TierHigh     Tier = "high"
	TierMedium   Tier = "medium"
)

// Guard is one attribute that protects an object's data, as the object has it
// before the plan.
type Guard struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value,omitempty"` // true, false, a number or a word; empty when it is something else or sensitive
	Holds     bool   `json:"holds"`           // it protects: deletion_protection is true, a final snapshot is made
}

// ConsequenceKind says what a change brings about.
type ConsequenceKind string

// The kinds. Each is judged by the rule of the same name, "plan.<kind>".
const (
	// ConsequenceProtectionOff: an attribute that protects data is weakened.
	ConsequenceProtectionOff ConsequenceKind = "protection-off"
	// ConsequenceGuardrailOff: a control is destroyed, detached or made smaller.
	ConsequenceGuardrailOff ConsequenceKind = "guardrail-off"
	// ConsequencePublic: an attribute makes an object reachable or readable by the public.
	ConsequencePublic ConsequenceKind = "public"
	// ConsequenceIrreversible: nothing is destroyed, and still it cannot be undone.
	ConsequenceIrreversible ConsequenceKind = "irreversible"
	// ConsequencePartRemoved: an update takes away a block, an element or an entry.
	ConsequencePartRemoved ConsequenceKind = "part-removed"
	// ConsequenceKeyWeakened: a key or secret is destroyed, scheduled to be, or no longer rotated.
	ConsequenceKeyWeakened ConsequenceKind = "key-weakened"

	// ConsequenceGrantPublic: everybody may do something.
	ConsequenceGrantPublic ConsequenceKind = "grant-public"
	// ConsequenceGrantAdmin: somebody may do everything.
	ConsequenceGrantAdmin ConsequenceKind = "grant-admin"
	// ConsequenceGrantEscalation: what is granted can be used to get more.
	ConsequenceGrantEscalation ConsequenceKind = "grant-escalation"
	// ConsequenceGrantTrust: another account, a federation, a workflow may act.
	ConsequenceGrantTrust ConsequenceKind = "grant-trust"
	// ConsequenceGrantWider: somebody may do more than before.
	ConsequenceGrantWider ConsequenceKind = "grant-wider"
	// ConsequenceGrantUnknown: what is granted is known only after apply.
	ConsequenceGrantUnknown ConsequenceKind = "grant-unknown"
	// ConsequenceGrantWithdrawn: somebody may do less: an outage, not an attack.
	ConsequenceGrantWithdrawn ConsequenceKind = "grant-withdrawn"
	// ConsequenceGateWeakened: the protection of a code repository is weakened.
	ConsequenceGateWeakened ConsequenceKind = "gate-weakened"

	// ConsequenceRunsCode: a program runs when the plan is applied.
	ConsequenceRunsCode ConsequenceKind = "runs-code"
	// ConsequenceRanAtPlan: a program ran when the plan was made.
	ConsequenceRanAtPlan ConsequenceKind = "ran-at-plan"
	// ConsequenceReadAtPlan: something was fetched or read from elsewhere when the plan was made.
	ConsequenceReadAtPlan ConsequenceKind = "read-at-plan"
)

// Consequence is one thing a change brings about.
type Consequence struct {
	Kind      ConsequenceKind `json:"kind"`
	Address   string          `json:"address"` // foreign text
	Type      string          `json:"type"`
	Provider  string          `json:"provider,omitempty"`  // of a data source; that of a resource is with its change
	Attribute string          `json:"attribute,omitempty"` // a path of attribute names: "versioning[].enabled"
	// Before and After are the deciding value as a word: true, a number, one of an
	// enumeration. Empty when it is anything else, unknown or sensitive.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// What names the parts: actions, principals, elements. Bounded in number and
	// length; nothing of it is marked sensitive in the plan.
	What      []string `json:"what,omitempty"`
	More      int      `json:"more,omitempty"`      // parts that are not named
	Note      string   `json:"note,omitempty"`      // our own words: why it matters here
	Unknown   bool     `json:"unknown,omitempty"`   // known only after apply, so judged as the worst it could be
	Sensitive bool     `json:"sensitive,omitempty"` // the plan marks the value sensitive: judged, not shown
}

// How a network rule changed without opening anything.
const (
	RearrangedNarrower = "narrower"
	RearrangedMoved    = "moved" // another resource allowed it before
	RearrangedSame     = "same"  // replaced by the same
)

// Rearranged is a network rule that changed and opens nothing.
type Rearranged struct {
	Address string `json:"address"`
	How     string `json:"how"`
}

// Output is an output value that changes.
type Output struct {
	Name      string `json:"name"`
	Action    Action `json:"action"`
	Sensitive bool   `json:"sensitive,omitempty"`
}

// Saved is what the saved plan file (`terraform plan -out`) says of itself, and
// how it compares with the JSON and with the commit.
type Saved struct {
	Source string `json:"source"` // file name as given; foreign text
	Digest string `json:"digest"` // "sha256:<hex>"
	Size   int64  `json:"size"`   // bytes
	Error  string `json:"error,omitempty"`

	Encrypted   bool      `json:"encrypted,omitempty"` // OpenTofu's plan encryption: nothing can be said
	ToolVersion string    `json:"tool_version,omitempty"`
	Mode        string    `json:"mode,omitempty"`
	Targets     []string  `json:"targets,omitempty"`
	Excludes    []string  `json:"excludes,omitempty"`
	Replaced    []string  `json:"replaced,omitempty"` // addresses given with -replace
	Workspace   string    `json:"workspace,omitempty"`
	Backend     string    `json:"backend,omitempty"` // type
	Errored     bool      `json:"errored,omitempty"`
	Timestamp   time.Time `json:"timestamp,omitzero"`
	// Disagrees tells in which ways the JSON says something else.
	Disagrees []string `json:"disagrees,omitempty"`
	// Commit compares the configuration with the tree of the head commit; nil when it could not be.
	Commit *SourceMatch `json:"commit,omitempty"`
}

// Modes of a saved plan.
const (
	ModeNormal      = "normal"
	ModeDestroy     = "destroy"
	ModeRefreshOnly = "refresh-only"
	ModeUnknown     = "unknown"
)

// How the lock file in a saved plan compares with the commit's.
const (
	LockFileSame    = "same"
	LockFileDiffers = "differs"
	LockFileAbsent  = "absent" // the commit has none
	// LockFileMore: the same providers at the same versions, and the plan has further
	// checksums beside all of the commit's. `init` adds those of the platform it runs on.
	LockFileMore = "more-hashes"
)

// SourceMatch compares the configuration in a saved plan with a commit, file by
// file, by git blob hash.
type SourceMatch struct {
	Root      Path   `json:"root"`                // folder of the root module; empty for the repository's root
	Found     bool   `json:"found"`               // a folder of the commit was found that it could be
	Matched   int    `json:"matched"`             // files that are the same
	Differing []Path `json:"differing,omitempty"` // the first few that are not
	Missing   []Path `json:"missing,omitempty"`   // of the commit, and not in the plan
	Extra     []Path `json:"extra,omitempty"`     // in the plan, and not of the commit
	External  int    `json:"external,omitempty"`  // files of modules that come from elsewhere
	LockFile  string `json:"lock_file,omitempty"`
	// Folders are those of the commit that the plan is of: the root module's and its
	// local modules', empty for the repository's root; and the files elsewhere that
	// links in them lead to. Sorted, the first 500.
	Folders []Path `json:"folders,omitempty"`
}

// Same reports whether the configuration of the plan is the commit's.
func (m *SourceMatch) Same() bool {
	return m != nil && m.Found && m.Matched > 0 && len(m.Differing)+len(m.Missing)+len(m.Extra) == 0 && m.LockFile != LockFileDiffers
}

// SourceKind says what a change of Terraform source does that no plan shows.
type SourceKind string

// The kinds. Each is judged by the rule "plan.source-<kind>".
const (
	SourcePreventDestroy   SourceKind = "prevent-destroy"   // prevent_destroy is switched off, or goes with its block while the object stays or is destroyed
	SourceIgnoreChanges    SourceKind = "ignore-changes"    // ignore_changes hides more
	SourceBackend          SourceKind = "backend"           // where the state is kept
	SourceModule           SourceKind = "module"            // other code: a module's source or version
	SourceProvider         SourceKind = "provider"          // other code: a provider's source or version, or the lock file
	SourceProviderSettings SourceKind = "provider-settings" // another account, region, role or endpoint
	SourceCommand          SourceKind = "command"           // a provisioner or a data source that runs a program or fetches something, new or changed
	SourceCheck            SourceKind = "check"             // a precondition, a postcondition, a validation or an assertion is gone, or always true
	SourceSensitive        SourceKind = "sensitive"         // a variable or an output is no longer marked as a secret
	SourceUnreadable       SourceKind = "unreadable"        // a file that cannot be read: what it says is not known
)

// SourceChange is something the change does to Terraform source that no plan
// shows. Values are not kept.
type SourceChange struct {
	Kind    SourceKind `json:"kind"`
	Path    Path       `json:"path"`
	Line    int        `json:"line,omitempty"`    // 1-based, at the head; at the base when the block is gone
	Address string     `json:"address"`           // the block: "aws_db_instance.main", "module.vpc", "provider.aws.west", "terraform"
	Before  string     `json:"before,omitempty"`  // a word or a source address without credentials
	After   string     `json:"after,omitempty"`   //
	Detail  string     `json:"detail,omitempty"`  // our own words
	Removed bool       `json:"removed,omitempty"` // the block is gone
}

// Exposure is one thing that may connect after the plan and might not before.
// Narrowing, and moving a rule without widening it, is no exposure.
type Exposure struct {
	Address   string `json:"address"` // of the resource whose rule opens it
	Type      string `json:"type"`
	Direction string `json:"direction"` // "ingress" or "egress"
	Family    string `json:"family"`    // "ipv4", "ipv6", or "any" for an unknown source or both
	Protocol  string `json:"protocol"`  // "tcp", "udp", "icmp", …, "all"
	FromPort  int    `json:"from_port"` // for icmp the type and the code
	ToPort    int    `json:"to_port"`
	// Through says that this opens nothing by itself: "route", "list" (of addresses,
	// which no rule of the plan refers to), "acl" (of a network: it only narrows what
	// other rules allow). "endpoint": a managed service that is new, with its own
	// endpoint for everybody, who still needs credentials. Empty: rules that open.
	Through string `json:"through,omitempty"`
	// Source is the widest source that is newly allowed, or newly allowed in part,
	// as a CIDR or range; empty when it is sensitive or unknown.
	Source string `json:"source,omitempty"`
	// Sources are all ranges that are newly allowed, as CIDRs or ranges; empty when
	// they are sensitive, unknown or more than 32.
	Sources []string `json:"sources,omitempty"`
	// World: the sources together are the whole address family, or so much of its
	// public part that the rest makes no difference.
	World     bool `json:"world"`
	Sensitive bool `json:"sensitive,omitempty"` // the plan marks the value sensitive: judged, not shown
	Unknown   bool `json:"unknown,omitempty"`   // known only after apply, so judged as the worst it could be
	// Hidden: the plan marks protocol or ports sensitive, so they are not here: Protocol
	// is empty and both ports are 0, which says nothing. Admin then tells whether an
	// administration port is among them.
	Hidden bool `json:"hidden,omitempty"`
	Admin  bool `json:"admin,omitempty"`
}
