package plan

import "github.com/claw-verified/claw-verified/checks"

// Rules about what is destroyed or left.
var (
	ruleDeleteData = checks.Rule{
		ID: "plan.delete-data", Title: "Data destroyed", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "The resource holds data, keys or names that cannot be had again once it is destroyed.",
		Remedy: "Keep the resource in the configuration, or take it out of the state with a `removed` block and `destroy = false`. If it must go, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at every managed resource that the plan deletes, deposed objects included, whose type is known to hold data that cannot be had again: databases, buckets, volumes, keys, backups. Disks of machines, queues, logs and images are judged by plan.delete. The list goes by the resource type alone, so forks of a provider count the same. `prevent_destroy` is not in a plan; plan.source-prevent-destroy finds it in the source.",
	}
	ruleDelete = checks.Rule{
		ID: "plan.delete", Title: "Resource destroyed", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "What the object was and held is gone, and what used it stands without it.",
		Remedy: "Have somebody who knows the resource approve this plan, or allow the type by a policy rule.",
		Detail: "Looks at every other managed resource that the plan deletes. Types whose destruction loses nothing (random_*, time_*, null_resource, terraform_data, local_file and their like) are silent, unless they have provisioners, which run commands.",
	}
	ruleReplaceData = checks.Rule{
		ID: "plan.replace-data", Title: "Data destroyed by a replacement", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "A replacement destroys the object with its data and creates an empty one. Creating the new one first does not save the data.",
		Remedy: "Undo the change of the attribute that forces the replacement, or move the data first and then allow the replacement by a policy rule, with a reason.",
		Detail: "Looks at `delete, create` and `create, delete` of managed resources whose type is known to hold data that cannot be had again. Names the attributes that force the replacement when the plan gives them; a tainted object and `replace_triggered_by` give none.",
	}
	ruleReplace = checks.Rule{
		ID: "plan.replace", Title: "Resource replaced", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The old object is destroyed. Its id and address change, and what it held is gone.",
		Remedy: "Undo the change that forces the replacement, or have somebody who knows the resource approve this plan.",
		Detail: "Looks at replacements of all other managed resources. Types whose destruction loses nothing are silent, unless they have provisioners.",
	}
	ruleForget = checks.Rule{
		ID: "plan.forget", Title: "Resource left unmanaged", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The object lives on, but no later plan shows or mends it.",
		Remedy: "Have somebody approve that the object is left unmanaged, or keep it in the configuration.",
		Detail: "Looks at the actions `forget`, `create, forget` and `forget, create`. In the last two a new object is made beside the old one.",
	}
	ruleUnknownAction = checks.Rule{
		ID: "plan.unknown-action", Title: "Unknown action", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "What is not known is not harmless. It may be a new kind of destruction, or an attempt to hide one.",
		Remedy: "Make the plan again with a release of Terraform or OpenTofu that this version knows, or update Claw Verified.",
		Detail: "The list of actions of a resource change is compared as a whole with the ten lists that Terraform and OpenTofu write. A policy rule can lower the effect to require_review, never to allow.",
	}
	ruleDestroyMode = checks.Rule{
		ID: "plan.destroy-mode", Title: "Everything destroyed", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "The plan destroys everything the configuration manages. One wrong workspace or variable, and it is the wrong everything.",
		Remedy: "Make an ordinary plan. If everything must go, allow plan.destroy-mode by a policy rule, with a reason.",
		Detail: "The saved plan file says in which mode a plan was made; the JSON does not. With or without the file, a plan that deletes every managed object of a prior state of two or more counts as one of this mode, unless all of them are harmless.",
	}
	ruleMassDestroy = checks.Rule{
		ID: "plan.mass-destroy", Title: "Many objects destroyed", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "So many at once is seldom meant, and nobody reads a list that long.",
		Remedy: "Split the change, or raise plan.mass_destroy in the policy for good reason. A moved block keeps objects that only change their address.",
		Detail: "Counts the objects that the plan deletes or replaces. Harmless types are left out, and so are deposed objects and network rules that only move or become narrower. The bounds are plan.mass_destroy of the policy: 20 objects, or half of the managed objects where five or more go.",
	}
)
