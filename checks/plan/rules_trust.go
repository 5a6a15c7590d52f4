package plan

import "github.com/claw-verified/claw-verified/checks"

// Rules about whether the plan can be relied on.
var (
	rulePartial = checks.Rule{
		ID: "plan.partial", Title: "The plan does not show everything", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A plan of a part says nothing about the rest, and the rest is what would surprise.",
		Remedy: "Make the plan of everything: without -target, -exclude, -refresh-only and -invoke, and without deferred changes.",
		Detail: "The plan may say so itself (complete, applyable), or defer changes; the saved plan file names targets and excludes. Besides, every managed object of the prior state must have a resource change or be the previous address of one; a gap is the only sign of -target and -exclude in OpenTofu; a plan that changes objects which the prior state does not name counts too. Terraform before 0.13 and the redacted form of HCP Terraform do not hold enough to tell. A policy rule can lower the effect to require_review, never to allow.",
	}
	ruleActions = checks.Rule{
		ID: "plan.action-invocations", Title: "Actions would run", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "An action runs something, such as a function or a command, and no resource shows what that changes.",
		Remedy: "Have somebody who knows the actions approve this plan.",
		Detail: "Looks at action_invocations, which Terraform writes since 1.14.",
	}
	ruleDisagrees = checks.Rule{
		ID: "plan.disagrees", Title: "The JSON and the plan file differ", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "What people read is not what would be applied.",
		Remedy: "Make the JSON from the plan file that is to be applied: terraform show -json tfplan.",
		Detail: "Compares the actions of every resource, the version of the tool and what the plan says of itself. A policy rule can lower the effect to require_review, never to allow.",
	}
	ruleOtherCommit = checks.Rule{
		ID: "plan.other-commit", Title: "The plan is not of this commit", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "It was made from other source than what is reviewed and merged.",
		Remedy: "Check out the head commit, with nothing changed and nothing added, and make the plan again. Line endings must be as git stores them.",
		Detail: "A saved plan file holds the configuration it was made from. Each file is compared with the tree of the head commit by git blob hash: files that differ, are missing or come on top count, and so does another lock file. Modules from registries and other repositories are not compared. A policy rule can lower the effect to require_review, never to allow.",
	}
	ruleEncrypted = checks.Rule{
		ID: "plan.encrypted", Title: "Encrypted plan file", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Nothing shows that it is the plan that was judged, or of which commit it is.",
		Remedy: "Make the plan for the check without plan encryption. Or have somebody approve it.",
		Detail: "OpenTofu can encrypt plan files. Whether the bytes are really such a file cannot be seen from outside.",
	}
	ruleWorkspace = checks.Rule{
		ID: "plan.workspace", Title: "Another workspace", Severity: checks.SeverityHigh, Effect: checks.EffectDeny, Waivable: true,
		Why:    "A plan of one workspace says nothing about another.",
		Remedy: "Make the plan in a workspace that plan.workspaces of the policy lists: `terraform workspace select NAME`.",
		Detail: "The saved plan file names the workspace. It is compared with plan.workspaces, where the policy has it; then a plan without the file is undecided.",
	}
	ruleStale = checks.Rule{
		ID: "plan.stale", Title: "Old plan", Severity: checks.SeverityHigh, Effect: checks.EffectDeny, Waivable: true,
		Why:    "What the plan was compared with has moved on since.",
		Remedy: "Make the plan again.",
		Detail: "Looks at the time in the plan, where plan.max_age of the policy bounds it. A plan without a time, or dated more than five minutes ahead, counts as old. The time is the plan's own word: it keeps honest plans fresh and proves nothing.",
	}
	ruleChecksFail = checks.Rule{
		ID: "plan.check-fails", Title: "A check of the configuration fails", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Whoever wrote the check wanted to know before this is applied.",
		Remedy: "Mend what the check complains of, or have somebody approve it.",
		Detail: "Looks at check blocks, preconditions and postconditions whose status is fail or error.",
	}
	ruleVariables = checks.Rule{
		ID: "plan.variables", Title: "Variables overridden", Severity: checks.SeverityInfo, Effect: checks.EffectAllow, Waivable: true,
		Why:    "The plan is of these values, which the source does not show.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.variables.",
		Detail: "Names the variables of the root module whose value is not the default. The values are not shown.",
	}
	ruleDrift = checks.Rule{
		ID: "plan.drift", Title: "Changed outside", Severity: checks.SeverityInfo, Effect: checks.EffectAllow, Waivable: true,
		Why:    "Somebody or something else changes these objects too. The plan may undo what they did.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.drift.",
		Detail: "Looks at resource_drift: what differs between the state and the real objects.",
	}
	ruleImport = checks.Rule{
		ID: "plan.import", Title: "Taken under management", Severity: checks.SeverityLow, Effect: checks.EffectAllow, Waivable: true,
		Why:    "From now on this configuration decides over an object that it did not make.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.import.",
		Detail: "Looks at imports. The id is not shown, because it can be a secret.",
	}
	ruleProvider = checks.Rule{
		ID: "plan.provider-mismatch", Title: "Unusual provider", Severity: checks.SeverityLow, Effect: checks.EffectAllow, Waivable: true,
		Why:    "Resources of these types are served by another provider than the usual one: a fork, a mirror, or something else by the same names.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.provider-mismatch.",
		Detail: "Compares the prefix of the resource type with the provider's source address. Types are judged by their name, whoever serves them.",
	}
)
