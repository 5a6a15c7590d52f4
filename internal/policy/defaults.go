package policy

import (
	"slices"
	"time"
)

// The defaults. Each is the stricter of two sensible choices; a policy that wants
// less has to say so.
const (
	DefaultMode       = ModeEnforce     // a policy is enforced unless it says that it only observes
	DefaultProvenance = LevelSigned     // names and e-mails are forgeable; a listed key is the least that proves anything
	DefaultPlan       = PlanWhenChanged // a plan is needed when a file of plan.paths changes
	DefaultPermission = PermissionWrite // who cannot push cannot approve
	DefaultBind       = BindHead        // an approval is for one head commit

	DefaultCommits  = 2000           // commits of one change
	DefaultFiles    = 20000          // changed files
	DefaultPlanSize = Size(1 << 30)  // bytes of one plan
	MaxCommits      = 10000          // a policy cannot ask for more: the time to judge grows with it
	MaxFiles        = 100000         //
	MaxPlanSize     = Size(16 << 30) // bytes

	DefaultConfirm   = 1                            // people who confirm a break-glass
	DefaultExpires   = Duration(4 * time.Hour)      // a break-glass lasts one incident
	MaxExpires       = Duration(7 * 24 * time.Hour) // longer is not an emergency
	DefaultRequire   = "verified"                   // of a deployment: a break-glass does not deploy by itself
	DefaultMaxAge    = Duration(3 * 24 * time.Hour) // of the verdict that a deployment rests on
	DefaultMassCount = 20                           // objects that one plan destroys or replaces before that is a finding by itself
	DefaultMassShare = 50                           // percent of the managed objects; it counts from five objects on
	maxMassCount     = 1_000_000
	maxLines         = 10_000_000                        // of a change, that a tier can wait for
	DefaultPlanJSON  = "plan.json"                       // in the artifact of a producer
	MaxMaxAge        = Duration(366 * 24 * time.Hour)    //
	MaxCount         = 20                                // people of one need; GitHub itself stops at 10
	MaxWaiver        = time.Duration(365*24) * time.Hour // beyond, Lint warns: nobody remembers why
	maxText          = 1 << 20                           // bytes of a policy file
	maxDepth         = 32                                // of nesting; the language needs 7
	maxProblems      = 200                               // told at once
	maxEntries       = 1000                              // of agents, rules, tiers, waivers, environments
	maxString        = 4096                              // bytes of one value
	maxGlob          = 512                               // bytes of one glob
	maxBraces        = 2                                 // of one glob: the time to match grows with their product
	maxCompared      = 50000                             // words compared for hints
	maxCovers        = 1000000                           // globs compared for shadowed rules
)

// BuiltinGateFiles are gate files in every policy; gate_files adds to them and
// never takes away. They are what decides how a change is judged or shown: the
// policy, who owns what, what runs in workflows and in actions they call by path,
// where submodules come from, and what .gitattributes hides from a diff.
func BuiltinGateFiles() []string {
	return []string{
		".github/claw-verified.yml",
		".github/workflows/**",
		".github/actions/**",
		"CODEOWNERS",
		".github/CODEOWNERS",
		"docs/CODEOWNERS",
		"**/action.yml",
		"**/action.yaml",
		"**/.gitattributes",
		".gitmodules",
	}
}

// DefaultPlanPaths are the files that Terraform, OpenTofu and Terragrunt read by
// name. Files that a configuration reads by itself (templates, JSON, YAML, other
// .hcl files of Terragrunt) are known to the repository alone: a policy that has
// them lists them, together with these, in plan.paths.
func DefaultPlanPaths() []string {
	return []string{
		"**/*.tf",
		"**/*.tf.json",
		"**/*.tofu",
		"**/*.tofu.json",
		"**/*.tfvars",
		"**/*.tfvars.json",
		"**/*.tfbackend",
		"**/*.tfcomponent.hcl",
		"**/*.tfstack.hcl",
		"**/*.tfdeploy.hcl",
		"**/.terraform.lock.hcl",
		"**/.terraform-version",
		"**/.opentofu-version",
		"**/terragrunt.hcl",
		"**/terragrunt.hcl.json",
		"**/terragrunt.stack.hcl",
		"**/root.hcl",
		"**/.terragrunt-version",
		".gitmodules",
	}
}

// DefaultTiers are the review tiers of a policy that lists none.
func DefaultTiers() []Tier {
	need := func(n int) []Need { return []Need{{Count: n, Permission: DefaultPermission}} }
	return []Tier{
		{ID: "change", When: TierWhen{Always: true}, Need: need(1), Bind: []Bind{BindHead}},
		{ID: "gate-files", When: TierWhen{GateFiles: true}, Need: need(2), Bind: []Bind{BindHead}},
		{ID: "risk", When: TierWhen{Findings: []string{"plan.*"}}, Need: need(2), Bind: []Bind{BindHead, BindPlan}},
		{ID: "unattributed", When: TierWhen{Unattributed: true}, Need: need(2), Bind: []Bind{BindHead}},
	}
}

// fillDefaults completes what the text leaves out. What it sets explicitly, such
// as 0, was refused before.
func fillDefaults(p *Policy) {
	setDefault(&p.Mode, DefaultMode)
	setDefault(&p.Provenance.Require, DefaultProvenance)
	setDefault(&p.Provenance.Directory, DefaultDirectory)
	if p.Provenance.TrustedRoots == nil {
		p.Provenance.TrustedRoots = []string{PublicGood}
	}
	setDefault(&p.Plan.Require, DefaultPlan)
	if p.Plan.Paths == nil {
		p.Plan.Paths = DefaultPlanPaths()
	}
	fillProducers(p.Plan.Producers)
	gate := BuiltinGateFiles()
	for _, g := range p.GateFiles {
		if !slices.Contains(gate, g) {
			gate = append(gate, g)
		}
	}
	p.GateFiles = gate
	if p.Review.Tiers == nil {
		p.Review.Tiers = DefaultTiers()
	}
	fillTiers(p.Review.Tiers)
	setDefault(&p.Limits.Commits, DefaultCommits)
	setDefault(&p.Limits.Files, DefaultFiles)
	setDefault(&p.Limits.PlanSize, DefaultPlanSize)
	fillBreakGlass(p.BreakGlass)
	// Environments are complete when they are read: whether plan_must_match was
	// left out or set to false is not to be seen here any more.
}

func fillTiers(tiers []Tier) {
	for i := range tiers {
		t := &tiers[i]
		if t.Bind == nil {
			t.Bind = []Bind{DefaultBind}
		}
		for j := range t.Need {
			setDefault(&t.Need[j].Permission, DefaultPermission)
		}
	}
}

func fillProducers(list []Producer) {
	for i := range list {
		setDefault(&list[i].Plan, DefaultPlanJSON)
	}
}

func fillBreakGlass(b *BreakGlass) {
	if b != nil {
		setDefault(&b.Confirm, DefaultConfirm)
		setDefault(&b.Expires, DefaultExpires)
	}
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
