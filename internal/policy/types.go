package policy

import (
	"fmt"
	"time"
)

// Policy is one policy file with the built-in defaults filled in.
type Policy struct {
	Version      int                    `yaml:"version" json:"version"`
	Mode         Mode                   `yaml:"mode" json:"mode"`
	Agents       []Agent                `yaml:"agents,omitempty" json:"agents"`
	MachineUsers []string               `yaml:"machine_users,omitempty" json:"machine_users"` // logins of automation that runs under a user account
	People       []Person               `yaml:"people,omitempty" json:"people"`
	Teams        map[string][]string    `yaml:"teams,omitempty" json:"teams"`           // team name -> ids of people
	GateFiles    []string               `yaml:"gate_files,omitempty" json:"gate_files"` // globs, added to the built-in ones, never instead
	Provenance   Provenance             `yaml:"provenance,omitempty" json:"provenance"`
	Plan         Plan                   `yaml:"plan,omitempty" json:"plan"`
	Review       Review                 `yaml:"review,omitempty" json:"review"`
	Waivers      []Waiver               `yaml:"waivers,omitempty" json:"waivers"`
	Deploy       map[string]Environment `yaml:"deploy,omitempty" json:"deploy"` // by name in lower case, see [Policy.Environment]
	Limits       Limits                 `yaml:"limits,omitempty" json:"limits"`
	BreakGlass   *BreakGlass            `yaml:"break_glass,omitempty" json:"break_glass"`
}

// Mode says whether a verdict is enforced or only told.
type Mode string

// The modes. There is no third one, and nothing but the policy can set it.
const (
	ModeEnforce Mode = "enforce"
	ModeObserve Mode = "observe"
)

// Agent is a coding agent and every identity it goes by.
type Agent struct {
	ID        string   `yaml:"id" json:"id"`
	Logins    []string `yaml:"logins,omitempty" json:"logins"`
	Emails    []string `yaml:"emails,omitempty" json:"emails"`
	Trailers  []string `yaml:"trailers,omitempty" json:"trailers"` // commit trailers that mark its work: "Claude-Session" or "Co-authored-by: Claude*"
	Keys      []Key    `yaml:"keys,omitempty" json:"keys"`
	Operators []string `yaml:"operators,omitempty" json:"operators"` // ids of people who may commission it
	// Identities are keyless (Sigstore) identities.
	Identities []Identity `yaml:"identities,omitempty" json:"identities"`
	AppIDs     []int64    `yaml:"app_ids,omitempty" json:"app_ids,omitempty"` // ids of the GitHub Apps it works through
	DIDs       []DID      `yaml:"dids,omitempty" json:"dids,omitempty"`       // did:key identities of Claw's proofs
}

// Identity is a keyless signing identity: what a Sigstore certificate must say.
// Every member is compared exactly; one that is empty is not looked at.
type Identity struct {
	Issuer           string `yaml:"issuer" json:"issuer"`
	Subject          string `yaml:"subject" json:"subject"`                                         // the certificate's only name: a workflow's address, or an e-mail address
	BuildSigner      string `yaml:"build_signer,omitempty" json:"build_signer,omitempty"`           // Build Signer URI
	SourceRepository string `yaml:"source_repository,omitempty" json:"source_repository,omitempty"` // https://github.com/owner/name
	SourceRef        string `yaml:"source_ref,omitempty" json:"source_ref,omitempty"`               // refs/heads/main
	SourceDigest     string `yaml:"source_digest,omitempty" json:"source_digest,omitempty"`         // a full commit id, or "commit": the commit that is attested
	Runner           string `yaml:"runner,omitempty" json:"runner,omitempty"`                       // "github-hosted" or "self-hosted"
}

// DID is a did:key identifier with its life, an Ed25519 key. In YAML it may be
// given as the bare identifier.
type DID struct {
	DID       string    `yaml:"did" json:"did"`
	NotBefore time.Time `yaml:"not_before,omitempty" json:"not_before,omitzero"`
	NotAfter  time.Time `yaml:"not_after,omitempty" json:"not_after,omitzero"`
	RevokedAt time.Time `yaml:"revoked_at,omitempty" json:"revoked_at,omitzero"`
	Reason    string    `yaml:"reason,omitempty" json:"reason,omitempty"`
}

// Key is a public key with its life. In YAML it may be given as the bare key.
type Key struct {
	// Key is "ssh-ed25519 AAAA… comment", or an armoured OpenPGP key, for commits; or
	// a PEM "PUBLIC KEY", P-256, P-384 or Ed25519, for attestations.
	Key       string    `yaml:"key,omitempty" json:"key,omitempty"`
	File      string    `yaml:"file,omitempty" json:"file,omitempty"` // in place of Key: a PEM file of the base commit
	NotBefore time.Time `yaml:"not_before,omitempty" json:"not_before,omitzero"`
	NotAfter  time.Time `yaml:"not_after,omitempty" json:"not_after,omitzero"`
	RevokedAt time.Time `yaml:"revoked_at,omitempty" json:"revoked_at,omitzero"`
	Reason    string    `yaml:"reason,omitempty" json:"reason,omitempty"` // of the revocation; required with revoked_at
	// CertAuthority makes the key an SSH certificate authority: a certificate of it
	// for one of Principals counts as the owner's key, the key itself does not.
	CertAuthority bool     `yaml:"cert_authority,omitempty" json:"cert_authority,omitempty"`
	Principals    []string `yaml:"principals,omitempty" json:"principals,omitempty"` // exact; required with cert_authority
}

// Person is one human being with all accounts, addresses and keys, so that
// nobody fills two seats.
type Person struct {
	ID        string   `yaml:"id" json:"id"`
	GitHubIDs []int64  `yaml:"github_ids,omitempty" json:"github_ids"` // account ids; when given, a login alone never identifies the person
	Logins    []string `yaml:"logins,omitempty" json:"logins"`
	Emails    []string `yaml:"emails,omitempty" json:"emails"`
	Keys      []Key    `yaml:"keys,omitempty" json:"keys"`
}

// Level says how well a commit's origin is proved. The order is the strength.
type Level string

// The levels, weakest first.
const (
	LevelAttributed      Level = "attributed"       // names say so; forgeable
	LevelSigned          Level = "signed"           // a key the policy lists signed the commit
	LevelAttested        Level = "attested"         // a signed statement says which agent, model, task
	LevelAttestedKeyless Level = "attested-keyless" // the same, signed by a platform identity
)

// Rank orders levels; an unknown level ranks above all, so that it is never met.
func (l Level) Rank() int {
	switch l {
	case LevelAttributed:
		return 1
	case LevelSigned:
		return 2
	case LevelAttested:
		return 3
	case LevelAttestedKeyless:
		return 4
	}
	return 5
}

// Provenance says what a commit must prove about its origin.
type Provenance struct {
	Require Level `yaml:"require" json:"require"`
	// AllowedSigners is the path of an OpenSSH allowed_signers file at the base
	// commit. Whose a key is, its principals say: an address that an agent or a person
	// of the policy lists.
	AllowedSigners    string     `yaml:"allowed_signers,omitempty" json:"allowed_signers,omitempty"`
	SignerIsCommitter bool       `yaml:"signer_is_committer,omitempty" json:"signer_is_committer,omitempty"` // the owner of the signing key must be the committer
	TrustedRoots      []string   `yaml:"trusted_roots,omitempty" json:"trusted_roots,omitempty"`             // "public-good", or paths of trusted_root.json files at the base commit
	Directory         string     `yaml:"directory,omitempty" json:"directory,omitempty"`                     // folder of attestations in the tree
	Attestors         []Attestor `yaml:"attestors,omitempty" json:"attestors,omitempty"`
	Markers           *Markers   `yaml:"markers,omitempty" json:"markers,omitempty"`
}

// Attestor is a platform or a program, no agent, whose statements are read: a
// source control platform that makes SLSA source attestations, the GitHub App of
// gittuf. What it signs never says that an agent or a person made a commit.
type Attestor struct {
	ID         string     `yaml:"id" json:"id"`
	Keys       []Key      `yaml:"keys,omitempty" json:"keys,omitempty"`
	Identities []Identity `yaml:"identities,omitempty" json:"identities,omitempty"`
}

// Markers changes by which marks commits count as agent-made.
type Markers struct {
	// Ignore switches built-in marks off, by the name of the agent as findings spell
	// it ("Copilot"): for a tool that marks what people write.
	Ignore   []string `yaml:"ignore,omitempty" json:"ignore,omitempty"`
	Emails   []string `yaml:"emails,omitempty" json:"emails,omitempty"`     // whole addresses of further agents
	Logins   []string `yaml:"logins,omitempty" json:"logins,omitempty"`     // of further agents
	Trailers []string `yaml:"trailers,omitempty" json:"trailers,omitempty"` // as an agent's trailers
}

// Plan says when a Terraform plan is needed and what its findings do.
type Plan struct {
	Require PlanRequired `yaml:"require" json:"require"`
	Paths   []string     `yaml:"paths,omitempty" json:"paths"` // globs of files that need a plan when they change
	// Saved says whether the saved plan file must be given beside the JSON. Without it
	// nothing tells of which commit a plan is.
	Saved PlanSaved `yaml:"saved,omitempty" json:"saved,omitempty"`
	// MaxAge is how old a plan may be when it is judged; zero: the age is only told.
	MaxAge      Duration       `yaml:"max_age,omitempty" json:"max_age,omitempty"`
	Workspaces  []string       `yaml:"workspaces,omitempty" json:"workspaces,omitempty"` // that a plan may be of, as its plan file says; empty: any
	MassDestroy *MassDestroy   `yaml:"mass_destroy,omitempty" json:"mass_destroy,omitempty"`
	Resources   []PlanResource `yaml:"resources,omitempty" json:"resources,omitempty"` // resource types that are not known, or known better
	// Producers are the workflows whose artifacts bring plans, where the platform is
	// asked for them.
	Producers []Producer `yaml:"producers,omitempty" json:"producers,omitempty"`
	Rules     []PlanRule `yaml:"rules,omitempty" json:"rules"`
}

// Producer is a workflow that makes plans and leaves them in an artifact. It is
// believed when its file is the base's, untouched by the change, or when one of the
// signers says that the plan was made from the head.
type Producer struct {
	Workflow string `yaml:"workflow" json:"workflow"`                       // ".github/workflows/plan.yml", in this repository
	Artifact string `yaml:"artifact" json:"artifact"`                       // its name, exactly
	Plan     string `yaml:"plan,omitempty" json:"plan,omitempty"`           // path of the plan JSON in it; "plan.json" unless said
	PlanFile string `yaml:"plan_file,omitempty" json:"plan_file,omitempty"` // path of the saved plan file in it; none unless said
	// Signers are identities whose signed provenance of the plan is believed in place
	// of the run. They sign nothing else: neither for an agent nor as an attestor.
	Signers []Identity `yaml:"signers,omitempty" json:"signers,omitempty"`
}

// PlanSaved says whether the saved plan file must be there.
type PlanSaved string

// Whether the saved plan file must be there.
const (
	SavedOptional PlanSaved = "optional"
	SavedRequired PlanSaved = "required"
)

// MassDestroy says how many objects a plan may destroy or replace before that is a
// finding by itself. Either bound is enough.
type MassDestroy struct {
	Count int `yaml:"count,omitempty" json:"count,omitempty"` // objects
	Share int `yaml:"share,omitempty" json:"share,omitempty"` // percent of the managed objects
}

// PlanResource says what is lost with resources of some types.
type PlanResource struct {
	Type   string   `yaml:"type" json:"type"`   // glob; an exact name to make a type harmless that is known to hold data
	Class  string   `yaml:"class" json:"class"` // stateful, guard, recreatable, harmless
	Tier   string   `yaml:"tier,omitempty" json:"tier,omitempty"`
	Loses  string   `yaml:"loses,omitempty" json:"loses,omitempty"`
	Guards []string `yaml:"guards,omitempty" json:"guards,omitempty"` // attributes that protect the data
}

// PlanRequired says when a plan must be there.
type PlanRequired string

// When a plan is needed.
const (
	PlanWhenChanged PlanRequired = "when_changed" // when a file of plan.paths changes
	PlanAlways      PlanRequired = "always"
)

// Effect is what a matching rule does: allow, require_review or deny.
type Effect string

// The effects. Where several rules match, the strongest wins: deny, then
// require_review, then allow.
const (
	EffectAllow         Effect = "allow"
	EffectRequireReview Effect = "require_review"
	EffectDeny          Effect = "deny"
)

// PlanRule sets the effect of plan findings.
type PlanRule struct {
	ID     string   `yaml:"id" json:"id"`
	When   PlanWhen `yaml:"when" json:"when"`
	Effect Effect   `yaml:"effect" json:"effect"`
	Reason string   `yaml:"reason" json:"reason"`
}

// PlanWhen matches when every member that is given matches; a member matches
// when one of its entries does. At least one member must be given.
type PlanWhen struct {
	Rule    []string `yaml:"rule,omitempty" json:"rule"`       // rule ids, globs: "plan.replace", "plan.*"
	Action  []string `yaml:"action,omitempty" json:"action"`   // delete, replace, forget, …
	Type    []string `yaml:"type,omitempty" json:"type"`       // resource types, globs: "aws_db_*"
	Address []string `yaml:"address,omitempty" json:"address"` // resource addresses, globs: "module.prod.**"
	Class   []string `yaml:"class,omitempty" json:"class"`     // stateful, guard, recreatable, harmless, unclassified

	Module   []string      `yaml:"module,omitempty" json:"module,omitempty"`     // module addresses, globs; "root" is the root module
	Provider []string      `yaml:"provider,omitempty" json:"provider,omitempty"` // provider source addresses, globs, or configurations: "aws.west"
	Tag      []string      `yaml:"tag,omitempty" json:"tag,omitempty"`           // globs over "key=value" of the resource's tags or labels
	Exposure *ExposureWhen `yaml:"exposure,omitempty" json:"exposure,omitempty"`
	// Count matches when at least so many findings of the plan match the other members.
	Count int `yaml:"count,omitempty" json:"count,omitempty"`
}

// ExposureWhen matches what is opened to the network. A rule that allows matches
// only what lies within it entirely; any other matches whatever touches it.
type ExposureWhen struct {
	From     []string `yaml:"from,omitempty" json:"from,omitempty"`         // address ranges; "world"; "unknown"
	Port     []string `yaml:"port,omitempty" json:"port,omitempty"`         // "443", "8000-8999"
	Protocol []string `yaml:"protocol,omitempty" json:"protocol,omitempty"` // tcp, udp, icmp, …, all
}

// Review says who must agree.
type Review struct {
	Tiers []Tier `yaml:"tiers,omitempty" json:"tiers"`
	// Conversations says whether every review thread must be resolved.
	Conversations Conversations `yaml:"conversations,omitempty" json:"conversations,omitempty"`
	// Checks are those of others that must have passed for this head.
	Checks []RequiredCheck `yaml:"checks,omitempty" json:"checks,omitempty"`
}

// RequiredCheck is a check run or a commit status of somebody else. Who gives it is a
// part of it, exactly one of the two: a name alone can be taken by anybody.
type RequiredCheck struct {
	Name    string `yaml:"name" json:"name"`                           // exactly
	AppID   int64  `yaml:"app_id,omitempty" json:"app_id,omitempty"`   // of a check run: the GitHub App
	Account int64  `yaml:"account,omitempty" json:"account,omitempty"` // of a commit status: the account
}

// By says whose check it is.
func (c RequiredCheck) By() string {
	if c.AppID != 0 {
		return fmt.Sprintf("app %d", c.AppID)
	}
	return fmt.Sprintf("account %d", c.Account)
}

// Conversations says whether review threads must be resolved.
type Conversations string

// Whether review threads must be resolved.
const (
	ConversationsOptional Conversations = "optional"
	ConversationsRequired Conversations = "required"
)

// Tier asks for approvals when any of its conditions holds. Every tier that
// applies must be met.
type Tier struct {
	ID   string   `yaml:"id" json:"id"`
	When TierWhen `yaml:"when" json:"when"`
	Need []Need   `yaml:"need" json:"need"`
	Bind []Bind   `yaml:"bind" json:"bind"`
	// Quote asks for approvals whose first line names what was approved:
	// "/approve <full id of the head> [plan:<digest>]...".
	Quote bool `yaml:"quote,omitempty" json:"quote,omitempty"`
	// Codeowners asks, of every changed path that has owners in CODEOWNERS, for the
	// approval of one of them. It takes no seat: an owner can fill one beside.
	Codeowners bool `yaml:"codeowners,omitempty" json:"codeowners,omitempty"`
}

// TierWhen lists conditions; one is enough. Conditions can only add demands.
type TierWhen struct {
	Always          bool        `yaml:"always,omitempty" json:"always,omitempty"`
	Agent           bool        `yaml:"agent,omitempty" json:"agent,omitempty"`                       // a commit is not proved to be a person's own work
	Unattributed    bool        `yaml:"unattributed,omitempty" json:"unattributed,omitempty"`         // nobody can be named as the operator of the agent
	GateFiles       bool        `yaml:"gate_files,omitempty" json:"gate_files,omitempty"`             // a gate file changes
	Paths           []string    `yaml:"paths,omitempty" json:"paths,omitempty"`                       // globs of changed files
	Findings        []string    `yaml:"findings,omitempty" json:"findings,omitempty"`                 // rule ids, globs, of findings that ask for review
	ProvenanceBelow Level       `yaml:"provenance_below,omitempty" json:"provenance_below,omitempty"` // a commit proves less than this
	Labels          []string    `yaml:"labels,omitempty" json:"labels,omitempty"`                     // globs of labels of the pull request; a label can only raise
	Size            *ChangeSize `yaml:"size,omitempty" json:"size,omitempty"`                         // the change is this large
}

// ChangeSize is reached by a change that has at least one of the numbers; what nobody
// counted has it.
type ChangeSize struct {
	Commits int `yaml:"commits,omitempty" json:"commits,omitempty"`
	Files   int `yaml:"files,omitempty" json:"files,omitempty"`
	Lines   int `yaml:"lines,omitempty" json:"lines,omitempty"` // added and deleted together
}

// Need is a number of different people.
type Need struct {
	Count      int        `yaml:"count" json:"count"`
	Permission Permission `yaml:"permission" json:"permission"`           // at least; default write
	Teams      []string   `yaml:"teams,omitempty" json:"teams,omitempty"` // of this file, or GitHub teams as org/team
	People     []string   `yaml:"people,omitempty" json:"people,omitempty"`
}

// Permission is a GitHub repository permission.
type Permission string

// Permissions that a need may ask for. Less than write never approves.
const (
	PermissionWrite    Permission = "write"
	PermissionMaintain Permission = "maintain"
	PermissionAdmin    Permission = "admin"
)

// Bind names what an approval must have been given for.
type Bind string

// What an approval can be bound to.
const (
	BindHead Bind = "head" // exactly this head commit
	BindTree Bind = "tree" // the same content, whatever the commit
	BindPlan Bind = "plan" // exactly these plans, by digest
)

// Waiver accepts a finding for a while.
type Waiver struct {
	Rule    string    `yaml:"rule" json:"rule"`       // one rule id
	Subject string    `yaml:"subject" json:"subject"` // glob over the finding's subject
	Owner   string    `yaml:"owner" json:"owner"`     // id of a person
	Reason  string    `yaml:"reason,omitempty" json:"reason"`
	Expires time.Time `yaml:"expires" json:"expires"`
}

// Environment says what a deployment needs.
type Environment struct {
	Require       string   `yaml:"require" json:"require"` // "verified" or "overridden"
	MaxAge        Duration `yaml:"max_age,omitempty" json:"max_age"`
	PlanMustMatch bool     `yaml:"plan_must_match" json:"plan_must_match"`
}

// Limits bound what is read. More than that is undecided, never cut off.
type Limits struct {
	Commits  int  `yaml:"commits" json:"commits"`
	Files    int  `yaml:"files" json:"files"`
	PlanSize Size `yaml:"plan_size" json:"plan_size"` // bytes
}

// BreakGlass lets named people override a refusal, loudly.
type BreakGlass struct {
	People  []string `yaml:"people,omitempty" json:"people"`
	Teams   []string `yaml:"teams,omitempty" json:"teams"`
	Confirm int      `yaml:"confirm" json:"confirm"` // further people who must confirm; at least 1
	Expires Duration `yaml:"expires" json:"expires"` // after the override was submitted
}

// Duration is a time.Duration written "72h", "30m", "3d" or "1h30m".
type Duration time.Duration

// Size is a number of bytes written "64MiB", "2GiB" or as a plain number.
type Size int64
