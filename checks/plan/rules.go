package plan

import (
	"slices"

	"github.com/claw-verified/claw-verified/checks"
)

// rules are all of them, in the order of their page: first what cannot be undone,
// then what is opened, then who may do more, what runs, what the source says, and
// last whether the plan can be relied on.
var rules = slices.Concat(
	[]checks.Rule{
		ruleDeleteData, ruleDelete, ruleReplaceData, ruleReplace, ruleForget, ruleDestroyMode, ruleMassDestroy, ruleUnknownAction,
		ruleIrreversible, ruleProtectionOff, ruleKeyWeakened, ruleGuardrailOff, rulePartRemoved,
		ruleAdminPort, ruleWorld, ruleRoute, ruleWider, ruleUnknownSource, ruleEgress, rulePublicData, rulePublic,
		ruleGrantPublic, ruleGrantAdmin, ruleGrantEscalation, ruleGrantTrust, ruleGrantUnknown, ruleGrantWider, ruleGrantWithdrawn, ruleGateWeakened,
		ruleRunsCode, ruleRanAtPlan, ruleReadAtPlan, ruleActions, rulePolicy,
	},
	sourceRules,
	[]checks.Rule{
		rulePartial, ruleDisagrees, ruleOtherCommit, ruleEncrypted, ruleWorkspace, ruleStale, ruleChecksFail, ruleVariables, ruleDrift, ruleImport, ruleProvider,
	},
)

// atLeastReview are the rules that a policy cannot lower to nothing: they say that
// the plan itself cannot be relied on.
var atLeastReview = map[string]bool{
	rulePartial.ID: true, ruleUnknownAction.ID: true, ruleDisagrees.ID: true, ruleOtherCommit.ID: true,
}
