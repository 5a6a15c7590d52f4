package plan

import "github.com/claw-verified/claw-verified/checks"

// sourceRule makes a rule about Terraform source. Waivers accept them like any other.
func sourceRule(kind checks.SourceKind, title string, severity checks.Severity, why, remedy, detail string) checks.Rule {
	return checks.Rule{
		ID: "plan.source-" + string(kind), Title: title, Severity: severity, Effect: checks.EffectRequireReview, Waivable: true,
		Why: why, Remedy: remedy, Detail: detail,
	}
}

// sourceRules are about what the source says and no plan shows. The source at the
// base is compared with the source at the head.
var sourceRules = []checks.Rule{
	sourceRule(
		checks.SourcePreventDestroy, "prevent_destroy switched off", checks.SeverityHigh,
		"It was written to stop exactly this kind of change, and a plan never shows it.",
		"Keep `prevent_destroy = true`, or have somebody who answers for the object approve that it goes.",
		"Looks at lifecycle blocks with prevent_destroy, override files included: switched off, taken out, or gone with the whole block. A move of the block is none.",
	),
	sourceRule(
		checks.SourceIgnoreChanges, "More changes are ignored", checks.SeverityMedium,
		"What is ignored is neither planned nor mended: drift stays unseen.",
		"Have somebody approve that these attributes are left alone.",
		"Looks at ignore_changes that lists more than before, or all.",
	),
	sourceRule(
		checks.SourceBackend, "State kept elsewhere", checks.SeverityHigh,
		"The state holds secrets, and decides what exists for Terraform. A state in another place may be read by others, or be empty.",
		"Have somebody who answers for the state approve the move.",
		"Looks at backend and cloud blocks: added, removed, another type, another setting.",
	),
	sourceRule(
		checks.SourceModule, "Other module code", checks.SeverityHigh,
		"Other code runs from now on, even if this plan is the same.",
		"Read the module at the new source, and name an exact version or commit.",
		"Looks at the source and version of module calls, and at .gitmodules and submodules that a call leads into. Credentials in a source are not shown.",
	),
	sourceRule(
		checks.SourceProvider, "Other provider code", checks.SeverityHigh,
		"A provider is a program that runs with all credentials, while planning too.",
		"Compare the provider with its publisher's release, and keep the lock file's hashes.",
		"Looks at required_providers, at the lock file (versions, hashes taken out, hashes replaced for the same version), at mirrors and development overrides in settings files of the repository.",
	),
	sourceRule(
		checks.SourceProviderSettings, "Other provider settings", checks.SeverityHigh,
		"The same plan in another account, region or role is another change.",
		"Have somebody who answers for the account approve it.",
		"Looks at provider blocks (account, region, role, endpoints, credentials, switched-off checks), and at resources and modules that use another configuration of a provider. Values of variables count where settings rest on them: in *.tfvars files, in arguments of module calls, in Terragrunt's inputs. They are not shown.",
	),
	sourceRule(
		checks.SourceCommand, "A command is added or changed", checks.SeverityHigh,
		"It runs on the machine that plans or applies, with its credentials, and a plan shows it incompletely or not at all.",
		"Read the command, and approve it.",
		"Looks at provisioners (also those in removed blocks, which no plan shows), at data sources that run programs or fetch something, at credential helpers, at functions that providers define and at hooks of Terragrunt.",
	),
	sourceRule(
		checks.SourceCheck, "A check of the configuration is gone", checks.SeverityMedium,
		"It was written to stop a plan or an apply that breaks what it asks for, and a plan does not show that nothing asks any more.",
		"Keep the condition, or have somebody approve that it goes.",
		"Looks at validation, precondition, postcondition and assert blocks: taken out while what they are about stays, or with a condition that is always true. A condition that is another one than before is not judged.",
	),
	sourceRule(
		checks.SourceSensitive, "A secret is no longer marked", checks.SeverityMedium,
		"A value that is not marked is shown in plans and logs, and one that is not ephemeral is kept in the state.",
		"Keep `sensitive = true`, or have somebody approve that everybody may see the value.",
		"Looks at variables and outputs that were sensitive or ephemeral, and at outputs that newly call nonsensitive, also through locals.",
	),
	sourceRule(
		checks.SourceUnreadable, "Source that cannot be read", checks.SeverityHigh,
		"What cannot be read may say anything.",
		"Mend the file so that `terraform validate` accepts it.",
		"Looks at changed Terraform files that are no valid HCL or JSON, name a member twice, or are larger than what is read.",
	),
}
