package plan

import "github.com/claw-verified/claw-verified/checks"

// The rules, in the order of their page.
var (
	ruleDeleteData = checks.Rule{
		ID: "plan.delete-data", Title: "Data destroyed", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "The resource holds data, keys or names that cannot be had again once it is destroyed.",
		Remedy: "Keep the resource in the configuration, or take it out of the state with a `removed` block and `destroy = false`. If it must go, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at every managed resource that the plan deletes, deposed objects included, whose type is known to hold data: databases, buckets, volumes, keys, registries, backups. The list goes by the resource type alone, so forks of a provider count the same. `prevent_destroy` is not in a plan; when it is taken out in the same change, the plan shows an ordinary delete.",
	}
	ruleDelete = checks.Rule{
		ID: "plan.delete", Title: "Resource destroyed", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Nobody has said yet what is lost when a resource of this type is destroyed.",
		Remedy: "Have somebody who knows the resource approve this plan, or allow the type by a policy rule.",
		Detail: "Looks at every managed resource that the plan deletes and whose type is not known to hold data. Types whose destruction loses nothing (random_*, time_*, null_resource, terraform_data, local_file and their like) are silent, unless they have provisioners, which run commands.",
	}
	ruleReplaceData = checks.Rule{
		ID: "plan.replace-data", Title: "Data destroyed by a replacement", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "A replacement destroys the object with its data and creates an empty one. Creating the new one first does not save the data.",
		Remedy: "Undo the change of the attribute that forces the replacement, or move the data first and then allow the replacement by a policy rule, with a reason.",
		Detail: "Looks at `delete, create` and `create, delete` of managed resources whose type is known to hold data. Names the attributes that force the replacement when the plan gives them; a tainted object and `replace_triggered_by` give none.",
	}
	ruleReplace = checks.Rule{
		ID: "plan.replace", Title: "Resource replaced", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The old object is destroyed. Its id and address change, and what it held is gone.",
		Remedy: "Undo the change that forces the replacement, or have somebody who knows the resource approve this plan.",
		Detail: "Looks at replacements of managed resources whose type is not known to hold data. Types whose destruction loses nothing are silent, unless they have provisioners.",
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
	ruleAdminPort = checks.Rule{
		ID: "plan.exposure-admin-port", Title: "Administration or data port open to the internet", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "Ports like these are tried by everybody on the internet within minutes, and one weak password or one unpatched server is enough.",
		Remedy: "Limit the source to the networks that need it, or reach the machine through a bastion, a VPN or the cloud's session service.",
		Detail: "Looks at ingress that the plan newly allows from everywhere to the ports of remote shells, desktops, databases, caches, file shares, container runtimes and cluster control, or to all ports. Everywhere means that the allowed sources together cover the address family, however they are written: 0.0.0.0/1 with 128.0.0.0/1 counts as 0.0.0.0/0, and so does everything but a few addresses. What is newly allowed is computed for each security group as a whole, over inline rules and rule resources.",
	}
	ruleWorld = checks.Rule{
		ID: "plan.exposure-world", Title: "Open to the internet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Anyone on the internet could connect, which before they could not.",
		Remedy: "Limit the source, or have somebody approve that this is meant to be public.",
		Detail: "Looks at ingress that the plan newly allows from everywhere, to ports other than those of plan.exposure-admin-port.",
	}
	ruleWider = checks.Rule{
		ID: "plan.exposure-wider", Title: "Open to more sources", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "More networks could connect than before.",
		Remedy: "Limit the source, or have somebody approve it.",
		Detail: "Looks at ingress that the plan newly allows from some addresses. Narrowing a rule, and moving it from one resource to another without widening it, is silent.",
	}
	ruleUnknownSource = checks.Rule{
		ID: "plan.exposure-unknown", Title: "Open to a source that is not known yet", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The source is decided only when the plan is applied, so it is judged as the whole internet.",
		Remedy: "Apply what the source depends on first, or write the addresses down. Or have somebody approve it.",
		Detail: "Looks at ingress whose source is set in the configuration but known only after apply, at sources that are no addresses, and at prefix lists, whose addresses a plan does not show.",
	}
	ruleEgress = checks.Rule{
		ID: "plan.exposure-egress", Title: "May connect to the whole internet", Severity: checks.SeverityInfo, Effect: checks.EffectAllow, Waivable: true,
		Why:    "A machine that may send anywhere can also send data anywhere. Most may, so this is told and not held against the change.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.exposure-egress.",
		Detail: "Looks at egress that the plan newly allows to everywhere, or to a destination that is known only after apply.",
	}
	rulePartial = checks.Rule{
		ID: "plan.partial", Title: "The plan does not show everything", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A plan of a part says nothing about the rest, and the rest is what would surprise.",
		Remedy: "Make the plan of everything: without -target, -exclude, -refresh-only and -invoke, and without deferred changes.",
		Detail: "The plan may say so itself (complete, applyable), or defer changes. Besides, every managed object of the prior state must have a resource change or be the previous address of one; a gap is the only sign of -target and -exclude in OpenTofu. Terraform before 0.13 does not write enough to tell. A policy rule can lower the effect to require_review, never to allow.",
	}
	ruleActions = checks.Rule{
		ID: "plan.action-invocations", Title: "Actions would run", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "An action runs something, such as a function or a command, and no resource shows what that changes.",
		Remedy: "Have somebody who knows the actions approve this plan.",
		Detail: "Looks at action_invocations, which Terraform writes since 1.14.",
	}
)

var rules = []checks.Rule{
	ruleDeleteData, ruleDelete, ruleReplaceData, ruleReplace, ruleForget, ruleUnknownAction,
	ruleAdminPort, ruleWorld, ruleWider, ruleUnknownSource, ruleEgress, rulePartial, ruleActions,
}
