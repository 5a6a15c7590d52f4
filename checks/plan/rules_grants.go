package plan

import "github.com/claw-verified/claw-verified/checks"

// Rules about who may do what.
var (
	ruleGrantPublic = checks.Rule{
		ID: "plan.grant-public", Title: "Everybody may", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "A permission without an owner belongs to everybody, the internet included.",
		Remedy: "Name who may, or add a condition that limits it to your accounts. If it is meant for everybody, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at policies and bindings whose principal is everybody: \"*\" in resource and trust policies without a condition that really limits it, allUsers and allAuthenticatedUsers, unauthenticated groups of Kubernetes.",
	}
	ruleGrantAdmin = checks.Rule{
		ID: "plan.grant-admin", Title: "May do everything", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "Whoever has this can undo every other control, this one included.",
		Remedy: "Grant what is needed. If an administrator is meant, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at new statements that allow every action on everything, at administrator policies and roles of the clouds (AdministratorAccess, owner, Contributor and the like), and at cluster-admin.",
	}
	ruleGrantEscalation = checks.Rule{
		ID: "plan.grant-escalation", Title: "Can be used to get more", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "With these actions the owner can grant himself the rest.",
		Remedy: "Limit the action to the one resource it is needed for, or have somebody who answers for access approve it.",
		Detail: "Looks at actions by which privileges are known to be raised: passing roles, writing policies, creating keys for others, acting as service accounts, binding and impersonating in Kubernetes. Wildcards that include them count.",
	}
	ruleGrantTrust = checks.Rule{
		ID: "plan.grant-trust", Title: "Somebody else may act", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Who may take a role decides who has all it may do.",
		Remedy: "Name the account, the workflow and the branch exactly, and have somebody who answers for access approve it.",
		Detail: "Looks at trust in other accounts and identity providers. A federation whose condition does not name the subject (sub) trusts every repository of the platform.",
	}
	ruleGrantUnknown = checks.Rule{
		ID: "plan.grant-unknown", Title: "What is granted is not known yet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The policy is decided only when the plan is applied, so it could be anything.",
		Remedy: "Apply what it depends on first, or write the policy so that only names are open. Or have somebody approve it.",
		Detail: "Looks at policies and bindings that the configuration sets and that are known only after apply, and at policies that are too large or too odd to compare.",
	}
	ruleGrantWider = checks.Rule{
		ID: "plan.grant-wider", Title: "May do more", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Somebody could do what before they could not.",
		Remedy: "Have somebody who answers for access approve it.",
		Detail: "Compares policies by what they mean, before and after: statements that are split, joined, reordered or written another way are silent, and so is a narrower one. A removed Deny, a dropped condition and a removed boundary are wider.",
	}
	ruleGrantWithdrawn = checks.Rule{
		ID: "plan.grant-withdrawn", Title: "May do less", Severity: checks.SeverityLow, Effect: checks.EffectAllow, Waivable: true,
		Why:    "Somebody loses access: no danger to what is protected, but perhaps an outage.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.grant-withdrawn.",
		Detail: "Looks at bindings that are destroyed, and at authoritative ones, which take away whatever they do not list.",
	}
	ruleGateWeakened = checks.Rule{
		ID: "plan.gate-weakened", Title: "Protection of a repository weakened", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "Branch protection, rulesets and environments decide who may change what runs. An agent that can loosen them needs no approval any more.",
		Remedy: "Keep the protection. If it must change, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at the GitHub and GitLab providers: branch protection, rulesets, required checks and reviews, environments and their reviewers, permissions of workflows, keys that may write, a repository made public.",
	}
)
