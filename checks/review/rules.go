package review

import "github.com/claw-verified/claw-verified/checks"

// The rules, in the order of their page. Ids are never reused.
var (
	ruleVeto = checks.Rule{
		ID: "review.veto", Title: "Somebody asks for changes", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A person with write access objects. Approvals by others do not outvote an objection, and nobody but its author can take it back.",
		Remedy: "Settle it with the person, who then approves or dismisses the review themselves. Dismissing it for them does not lift it.",
		Detail: "Of each account the newest verdict counts; comments are no verdicts. A request for changes by a user with write access stands until the same account gives another verdict or dismisses its own. A request that somebody else dismissed still stands. So does a dismissed review of which nobody knows what it said, unless its author dismissed it. Who is excluded from approving can still object, and so can a user whom the policy lists as an agent or as automation: an objection only ever adds to what is asked for.",
	}
	ruleVetoNoted = checks.Rule{
		ID: "review.veto-noted", Title: "Request for changes without weight", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "Anybody can ask for changes in a public repository, and so can programs. It is worth reading and does not stop the change.",
		Remedy: "Read it. Nothing has to be done for the change to pass.",
		Detail: "Requests for changes by accounts that the platform does not call users (Bot and the like), by deleted accounts, and by users without write access are told and do not stand in the way. That the policy lists a user's login or address under an agent or among machine_users takes no weight from an objection.",
	}
	rulePolicyBroken = checks.Rule{
		ID: "review.policy-broken", Title: "Change that breaks or removes the policy", Severity: checks.SeverityCritical, Effect: checks.EffectDeny,
		Why:    "After the merge the next change would have no policy to be judged by.",
		Remedy: "Mend the policy in this change; claw-verified policy lint tells what is wrong with it. To stop using it, take the required check off the branch first.",
		Detail: "When a change edits the policy, the new text is read once, only to see that it is a policy. It decides nothing about the change: that is done by the policy of the base.",
	}
	rulePolicyWeaker = checks.Rule{
		ID: "review.policy-weaker", Title: "Change that makes the policy weaker", Severity: checks.SeverityHigh, Effect: checks.EffectAllow,
		Why:    "After the merge later changes would be asked for less. Whoever agrees to this agrees to all of those.",
		Remedy: "Have the owners of the gate files agree to each of the points, or take them out of the change.",
		Detail: "When a change edits the policy, the new text is compared with the policy of the base, both with the organisation's floors: fewer people, fewer demands, effects that are lowered, keys and accounts that are added, waivers, mode: observe. The policy is a gate file, so people are asked for in any case. A tier can ask for more of them when it matters: findings: [review.policy-weaker].",
	}
	rulePolicyChanges = checks.Rule{
		ID: "review.policy-changes", Title: "Change of the policy", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "A policy is easier to judge by what it does than by its lines.",
		Remedy: "Read the points. Those that make the policy weaker are told apart from these.",
		Detail: "What a change of the policy does, as far as it does not make it weaker. Comments and order change nothing and are not told.",
	}
	ruleConversation = checks.Rule{
		ID: "review.conversation", Title: "Conversation that nobody resolved", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview,
		Why:    "Somebody asked something about these lines, and the policy wants it settled before the change goes in.",
		Remedy: "Answer it, have it resolved on the pull request, and run the check again: resolving a conversation starts no workflow.",
		Detail: "With review.conversations: required, every review thread must be resolved. An outdated one is none the less open: lines can be changed without answering anything. Until then the question is waiting, however many approve. Who resolved a thread is not looked at, and GitHub lets whoever opened the pull request do it: what must not be waved away is an objection, a review that asks for changes. Conversations that nobody read are not taken for none.",
	}
	ruleCheckPending = checks.Rule{
		ID: "review.check-pending", Title: "Check of others that has not passed yet", Severity: checks.SeverityMedium, Effect: checks.EffectRequireReview,
		Why:    "The policy wants this check to pass, from the one who is named and for this very head, and that one has not said so.",
		Remedy: "Wait until it has ended, or have it run for this head; then run this check again. If another one gives it by now, change review.checks on the base branch.",
		Detail: "Each entry of review.checks is known by its name and by the GitHub App (app_id) or the account (account) that gives it. A check of the same name by anybody else is told and counts for nothing: whoever may write checks can take any name. What has not ended is waited for, also when an older run has succeeded. Only checks of the head commit are looked at, as GitHub shows them: the newest run of each name in a check suite, and the newest status of each name, so a status of the same name by another account hides the one before. Checks that nobody read make the answer undecided.",
	}
	ruleCheckFailed = checks.Rule{
		ID: "review.check-failed", Title: "Check of others that did not pass", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "The policy wants this check to pass, and it ended with something else. Skipped and neutral are nothing that passed: nobody looked.",
		Remedy: "See what the check says, mend it, and have it run again.",
		Detail: "Nothing but success passes. GitHub's own required checks take skipped and neutral for passing as well, so that a condition in a workflow is enough to switch one off. Of several runs by the same App, and of several statuses by the same account, the newest counts, by when it ended: one that turned red after it was green is red. A run of which no time is known counts as the newest.",
	}
	ruleSibling = checks.Rule{
		ID: "review.sibling", Title: "Two pull requests of the same commit into the same branch", Severity: checks.SeverityHigh, Effect: checks.EffectDeny,
		Why:    "A check stands at a commit, so both have the answer that one of them earned: with other reviews, objections and authors.",
		Remedy: "Close one of them.",
		Detail: "Looked at are the other open pull requests whose head is this very commit. Whoever opened one of them cannot approve this one. Where it is not known into which branch one goes, it is taken for the same.",
	}
	ruleSiblingElsewhere = checks.Rule{
		ID: "review.sibling-elsewhere", Title: "The same commit in a pull request into another branch", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "Each is judged by its own branch's policy, under a check of its own name. Whoever approves one has not approved the other.",
		Remedy: "Nothing has to be done. Make sure that the name of the check that is required has the branch in it.",
		Detail: "Whoever opened such a pull request cannot approve this one either.",
	}
	ruleDraft = checks.Rule{
		ID: "review.draft", Title: "Draft", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "A draft is not offered for merging, and GitHub does not merge it.",
		Remedy: "Mark it as ready for review when it is.",
		Detail: "A draft is judged like any other pull request: what it needs can be collected early. Approvals given to a draft count.",
	}
	ruleClosed = checks.Rule{
		ID: "review.closed", Title: "Pull request that is closed or merged", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "Nothing is left to decide: what is said of it now holds nothing up, and lets nothing in.",
		Remedy: "Nothing has to be done. If the change is still wanted, open a pull request for it.",
		Detail: "A pull request that is closed or merged is judged like any other, by what is known now: who may write may have changed since. So the answer need not be the one that was given when it was merged.",
	}
	ruleGateFiles = checks.Rule{
		ID: "review.gate-files", Title: "Change to a gate file", Severity: checks.SeverityMedium, Effect: checks.EffectAllow,
		Why:    "Gate files decide how later changes are judged: the policy, the workflows, the owners. Whoever edits them edits the judge.",
		Remedy: "Look at these files first, and ask what could pass after the change that could not before.",
		Detail: "Gate files are the built-in ones (the policy, CODEOWNERS, workflows, actions, .gitattributes, .gitmodules) and those of gate_files. Symbolic links and submodules are gate files wherever they are: what stands behind the path changes, an action or a Terraform module perhaps, and no glob can know it. A renamed file counts under both names. The tiers of the policy with gate_files: true say who must agree; when no tier applies at all, one approval by somebody with write access is asked for all the same.",
	}
	ruleNoTier = checks.Rule{
		ID: "review.no-tier", Title: "Demand for review that no tier of the policy answers", Severity: checks.SeverityMedium, Effect: checks.EffectAllow,
		Why:    "The change needs people to agree and the policy does not say which. What nobody thought of must not pass for that reason.",
		Remedy: "Have one person with write access approve this head, and add a tier to the policy that covers the case.",
		Detail: "When a finding asks for review, or a gate file changes, and no tier that applies names it (findings, gate_files or always), one approval by somebody with write access, for this head and these plans, is asked for beside whatever else is.",
	}
	ruleUnattributed = checks.Rule{
		ID: "review.unattributed", Title: "Nobody can be named who commissioned the change", Severity: checks.SeverityMedium, Effect: checks.EffectAllow,
		Why:    "Whoever set the agent to work must not be the one who approves. When it is not known who that was, any reviewer could be the one.",
		Remedy: "Declare the agent and its operators in the policy, list the unknown e-mail addresses under the people they belong to, or have the commits signed by a listed key.",
		Detail: "A commit that is not proved to be a person's own work is attributed when the platform names who commissioned it, when a person opened the pull request, when everything was pushed by people, or when the key of a listed person, or of an agent with declared operators, signed it. Names, addresses and trailers inside a commit do not attribute it, because anybody can type them: they only exclude. An author, committer or co-author whom the policy does not list makes the change unattributed whatever else is known. Tiers with unattributed: true then apply.",
	}
	ruleOverrideIncomplete = checks.Rule{
		ID: "review.override-incomplete", Title: "Break-glass that does not work", Severity: checks.SeverityInfo, Effect: checks.EffectAllow,
		Why:    "Somebody tried to override the decision, and it has no effect yet.",
		Remedy: "A member of break_glass, who has no part in the change, submits a review of this head whose first line is: claw-verified: override REASON. Another member then submits one whose first line is: claw-verified: confirm override. Where more than one has asked, it ends with: by LOGIN.",
		Detail: "A break-glass needs break_glass in the policy; a review of exactly this head, not dismissed and not edited, by a member who is a user with write access and neither made nor commissioned the change; a reason of at least 10 letters or digits and without invisible characters; and as many other members, under the same conditions, who confirm it afterwards. A confirmation that does not say whom it confirms counts only where one member alone had asked by then. All of it expires. A member whose newer verdict asks for changes, or was dismissed, has taken it back.",
	}
	ruleOverride = checks.Rule{
		ID: "review.override", Title: "Break-glass was used", Severity: checks.SeverityHigh, Effect: checks.EffectAllow,
		Why:    "People decided to let the change through whatever was found. The decision is theirs, and it is never called verified.",
		Remedy: "Go through what was found after the incident, and repair what was let through.",
		Detail: "A complete break-glass turns a refusal or a wait into overridden. It never turns undecided into anything: what could not be read was not seen by those who overrode it either.",
	}
)

// Rules implements checks.Check.
func (Check) Rules() []checks.Rule {
	return []checks.Rule{
		ruleVeto, rulePolicyBroken, ruleSibling, rulePolicyWeaker, ruleCheckFailed, ruleCheckPending, ruleConversation, ruleGateFiles, ruleUnattributed, ruleNoTier, ruleOverride, ruleOverrideIncomplete, ruleVetoNoted,
		rulePolicyChanges, ruleSiblingElsewhere, ruleDraft, ruleClosed,
		ruleCodeownersInvalid,
	}
}
