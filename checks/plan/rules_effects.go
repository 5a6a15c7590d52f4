package plan

import "github.com/claw-verified/claw-verified/checks"

// Rules about what a change brings about beyond the network.
var (
	ruleIrreversible = checks.Rule{
		ID: "plan.irreversible", Title: "Cannot be undone", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Nothing is destroyed, and still there is no way back: a lock, a purchase, a name that is used up.",
		Remedy: "Have somebody approve that this is meant for good.",
		Detail: "Looks at creates and updates of a short list of types: vault and retention locks, object locks, reserved capacity and commitments, domains, ids that can never be used again. docs/resource-classes.md says why for each.",
	}
	ruleProtectionOff = checks.Rule{
		ID: "plan.protection-off", Title: "Protection of data weakened", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "What stood between the data and a delete is gone after this plan, and the delete may come in the next one.",
		Remedy: "Keep the protection, or have somebody who answers for the data approve this.",
		Detail: "Looks at attributes that protect data, in any update and in replacements: deletion protection, termination protection, final snapshots, versioning, retention, backups, soft delete, encryption, and the force_destroy kind that lets a delete take the contents along. A value that is known only after apply counts as the weakest.",
	}
	ruleKeyWeakened = checks.Rule{
		ID: "plan.key-weakened", Title: "Key or secret weakened", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Without its key data cannot be read again; a key that no longer changes is found out in the end.",
		Remedy: "Keep the key and its rotation, or have somebody who answers for what it protects approve this.",
		Detail: "Looks at keys and secrets that are destroyed, disabled or scheduled for deletion sooner, at rotation that is switched off, and at versions of secrets that go.",
	}
	ruleGuardrailOff = checks.Rule{
		ID: "plan.guardrail-off", Title: "Control switched off", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "The control stood guard over other resources, and none of them shows that it is gone.",
		Remedy: "Keep the control, or have somebody who answers for it approve this.",
		Detail: "Looks at resources that are controls: public access blocks, versioning, flow logs, audit trails, detectors, firewalls and their associations, organisation policies. Destroying one counts, and so does an update that takes a part of it away or switches it off, and creating an exception to one.",
	}
	rulePartRemoved = checks.Rule{
		ID: "plan.part-removed", Title: "A part taken away by an update", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "No delete is in the plan, and still something that was there is gone after it.",
		Remedy: "Have somebody who knows the resource approve that the part goes.",
		Detail: "Looks at updates in place, and at replacements of types whose every change is one (task definitions, launch configurations, instance templates, job definitions): nested blocks, list elements, entries of environments and other maps that are there before and not after. Changed elements are no removal; neither are rules of a network and statements of permissions, which have rules of their own. Tags count where other systems act on them.",
	}
	rulePublicData = checks.Rule{
		ID: "plan.public-data", Title: "Data made public", Severity: checks.SeverityCritical, Effect: checks.EffectDeny, Waivable: true,
		Why:    "What holds data would be within everybody's reach.",
		Remedy: "Keep it private, and let those who need it come through a private network. If it is meant to be public, allow it by a policy rule for its address, with a reason.",
		Detail: "Looks at resources of types that hold data which cannot be had again (tier critical), at access lists of buckets, and at attributes that make them public: publicly_accessible, public ACLs, anonymous access, snapshots shared with everybody.",
	}
	rulePublic = checks.Rule{
		ID: "plan.public", Title: "Made public", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "Everybody on the internet could reach it, or read it, which before they could not.",
		Remedy: "Keep it private, or have somebody approve that it is meant to be public.",
		Detail: "Looks at attributes that make an object public, on create and when they change: public endpoints of clusters and services, function addresses without authorisation, load balancers that face the internet, public IP addresses, shares with other accounts.",
	}
	ruleRunsCode = checks.Rule{
		ID: "plan.runs-code", Title: "A program runs at apply", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "It runs with the credentials of the apply, and no plan shows what it does.",
		Remedy: "Read the program at the commit under review, and approve it. Or do without: a resource of a provider shows what it does.",
		Detail: "Looks at provisioners of objects that are created, replaced or destroyed, at types that run something by being made or changed (invocations, run commands, extensions, scripts), at what machines run when they start, where it changes, and at data sources that are read only during apply and run a program or fetch something. Whether a provisioner runs at creation or at destruction the plan does not say, so both count. A provisioner inside a removed block is in no plan: plan.source-command finds it in the source.",
	}
	ruleRanAtPlan = checks.Rule{
		ID: "plan.ran-at-plan", Title: "A program ran while planning", Severity: checks.SeverityHigh, Effect: checks.EffectRequireReview, Waivable: true,
		Why:    "It ran on the machine that made the plan, with its credentials, before anybody had looked at the change.",
		Remedy: "Read what it runs or fetches. Plans of changes that nobody has looked at belong on a machine without credentials that matter.",
		Detail: "Looks at data sources that run a program or call a function: external, shell_script, function invocations and their like. Their inputs were known, so they ran during plan and are in no resource change; the prior state shows them.",
	}
	ruleReadAtPlan = checks.Rule{
		ID: "plan.read-at-plan", Title: "Read from elsewhere while planning", Severity: checks.SeverityInfo, Effect: checks.EffectAllow, Waivable: true,
		Why:    "What was read decides the plan, and it may be a secret that is now in the state.",
		Remedy: "Nothing has to be done. To have it reviewed, write a policy rule for plan.read-at-plan.",
		Detail: "Looks at data sources of the prior state that fetch from the network (http), read another state (terraform_remote_state), or read secrets. That one is added or changed is plan.source-command.",
	}
	rulePolicy = checks.Rule{
		ID: "plan.policy", Title: "A rule of the policy", Severity: checks.SeverityMedium, Effect: checks.EffectAllow, Waivable: true,
		Why:    "Whoever wrote the policy wants to know of this, or not to have it.",
		Remedy: "Do what the reason of the policy's rule says.",
		Detail: "A rule of plan.rules that matches a change by action, type, class, address, module, provider or tag, and asks for a review or denies, reaches also changes about which nothing else is found, such as a create. Nothing is told where no rule matches.",
	}
)
