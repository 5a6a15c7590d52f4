package privilege

import (
	"github.com/claw-verified/claw-verified/checks"
)

// githubJudges are the types of GitHub, and those of GitLab that are like them.
func githubJudges() map[string]func(*judge) {
	return map[string]func(*judge){
		"github_branch_protection":    protection("the protection of a branch is gone", branchGates...),
		"github_branch_protection_v3": protection("the protection of a branch is gone", branchGates...),
		"github_repository_ruleset":   ruleset, "github_organization_ruleset": ruleset,
		"github_repository_environment":                   environment,
		"github_repository_environment_deployment_policy": freshOrChanged("other branches or tags may deploy", "branch_pattern", "tag_pattern", "environment", "repository"),
		"github_branch_default":                           changedGate("branch", "another branch is the default: what protects the old one may not protect it"),
		"github_repository":                               repository,
		"github_repository_tag_protection":                protection("the protection of tags is gone", gate{"pattern", changed, "other tags are protected"}),
		"github_repository_dependabot_security_updates":   protection("weak dependencies are no longer updated", gate{"enabled", off, "weak dependencies are no longer updated"}),
		"github_repository_vulnerability_alerts":          protection("nobody is told of weak dependencies", gate{"enabled", off, "nobody is told of weak dependencies"}),
		"github_organization_settings": protection("the settings of an organisation are no longer held",
			gate{"default_repository_permission", memberMay, "members may do more with every repository"},
			gate{"members_can_create_public_repositories", on, "members may publish"}, gate{"members_can_create_repositories", on, "members may create repositories"},
			gate{"members_can_fork_private_repositories", on, "members may copy private repositories"}, gate{"members_can_create_public_pages", on, "members may publish"},
			gate{"web_commit_signoff_required", off, "commits need no sign-off"},
			gate{"advanced_security_enabled_for_new_repositories", off, "new repositories are not scanned"},
			gate{"secret_scanning_enabled_for_new_repositories", off, "new repositories are not scanned"},
			gate{"secret_scanning_push_protection_enabled_for_new_repositories", off, "new repositories are not scanned"},
			gate{"dependabot_alerts_enabled_for_new_repositories", off, "new repositories are not scanned"},
			gate{"dependabot_security_updates_enabled_for_new_repositories", off, "new repositories are not scanned"}),
		"github_actions_organization_permissions": actionsPermissions, "github_actions_repository_permissions": actionsPermissions,
		"github_actions_organization_workflow_permissions": workflowPermissions, "github_workflow_repository_permissions": workflowPermissions,
		"github_actions_repository_access_level": func(j *judge) {
			j.gates([]gate{{"access_level", workflowsOf, "other repositories may use its workflows"}}, checks.ConsequenceGateWeakened, "")
		},
		"github_actions_repository_oidc_subject_claim_customization_template":   protection("tokens of workflows name another subject", gate{"use_default", changed, "tokens of workflows name another subject"}, gate{"include_claim_keys[]", changed, "tokens of workflows name another subject"}),
		"github_actions_organization_oidc_subject_claim_customization_template": protection("tokens of workflows name another subject", gate{"include_claim_keys[]", changed, "tokens of workflows name another subject"}),
		"github_actions_runner_group": protection("a group of runners is gone", gate{"allows_public_repositories", on, "public repositories may use the runners"},
			gate{"restricted_to_workflows", off, "any workflow may use the runners"}, gate{"visibility", runnersOf, "other repositories may use the runners"}, gate{"selected_repository_ids[]", more, "other repositories may use the runners"}),

		"github_membership":               binding{who: "username", role: "role", grade: permissionGrade}.judge,
		"github_team_membership":          binding{who: "username", role: "role", on: "team_id", grade: permissionGrade}.judge,
		"github_team_members":             teamMembers,
		"github_team_repository":          binding{who: "team_id", role: "permission", on: "repository", grade: permissionGrade}.judge,
		"github_repository_collaborator":  binding{who: "username", role: "permission", on: "repository", grade: permissionGrade}.judge,
		"github_repository_collaborators": collaborators,
		"github_organization_role_user":   binding{who: "login", role: "role_id", grade: organizationRole}.judge,
		"github_organization_role_team":   binding{who: "team_slug", role: "role_id", grade: organizationRole}.judge,
		"github_emu_group_mapping":        binding{who: "group_id", role: "team_slug", note: "people of another directory are in a team"}.judge,

		"github_repository_deploy_key":          deployKey,
		"github_user_ssh_key":                   fresh("a new key of a person", "title"),
		"github_app_installation_repository":    binding{who: "installation_id", on: "repository", fixed: "app", note: "an app gets into a repository"}.judge,
		"github_app_installation_repositories":  binding{who: "installation_id", role: "selected_repositories[]", exclusive: true, note: "an app gets into repositories"}.judge,
		"github_repository_webhook":             githubWebhook,
		"github_organization_webhook":           githubWebhook,
		"github_actions_secret":                 written(checks.ConsequenceGrantWider, "a secret that workflows use is written", "secret_name"),
		"github_actions_environment_secret":     written(checks.ConsequenceGrantWider, "a secret that deployments use is written", "secret_name"),
		"github_actions_organization_secret":    written(checks.ConsequenceGrantWider, "a secret that workflows use is written", "secret_name"),
		"github_actions_variable":               written(checks.ConsequenceGrantWider, "a variable that workflows use is written", "variable_name"),
		"github_actions_environment_variable":   written(checks.ConsequenceGrantWider, "a variable that deployments use is written", "variable_name"),
		"github_actions_organization_variable":  written(checks.ConsequenceGrantWider, "a variable that workflows use is written", "variable_name"),
		"github_dependabot_secret":              written(checks.ConsequenceGrantWider, "a secret that updates use is written", "secret_name"),
		"github_dependabot_organization_secret": written(checks.ConsequenceGrantWider, "a secret that updates use is written", "secret_name"),
		"github_codespaces_secret":              written(checks.ConsequenceGrantWider, "a secret of development machines is written", "secret_name"),
		"github_repository_file":                writtenFile,

		"gitlab_branch_protection": protection("the protection of a branch is gone",
			gate{"branch", changed, "it protects another branch"}, gate{"project", changed, "it protects another project"},
			gate{"allow_force_push", on, "history may be rewritten"}, gate{"code_owner_approval_required", off, "code owners need not approve"},
			gate{"push_access_level", levelMay, "others may push"}, gate{"merge_access_level", levelMay, "others may merge"}, gate{"unprotect_access_level", levelMay, "others may take the protection away"},
			gate{"allowed_to_push[].user_id", more, "others may push"}, gate{"allowed_to_push[].group_id", more, "others may push"},
			gate{"allowed_to_merge[].user_id", more, "others may merge"}, gate{"allowed_to_merge[].group_id", more, "others may merge"}),
		"gitlab_tag_protection": protection("the protection of tags is gone", gate{"create_access_level", levelMay, "others may make tags"}),
		"gitlab_project_approval_rule": protection("a rule for approvals is gone",
			gate{"approvals_required", less, "fewer have to approve"}, gate{"user_ids[]", more, "others may approve"}, gate{"group_ids[]", more, "others may approve"},
			gate{"protected_branch_ids[]", changed, "it is about other branches"}, gate{"applies_to_all_protected_branches", off, "it is about fewer branches"}),
		"gitlab_project_level_mr_approvals": protection("the rules for approvals are gone",
			gate{"reset_approvals_on_push", off, "an approval stays when the change does not"}, gate{"merge_requests_author_approval", on, "the author may approve"},
			gate{"merge_requests_disable_committers_approval", off, "committers may approve"}, gate{"disable_overriding_approvers_per_merge_request", off, "approvers may be changed for one change"}),
		"gitlab_project_protected_environment": protection("the protection of an environment is gone",
			gate{"deploy_access_levels[].access_level", levelMay, "others may deploy"}, gate{"deploy_access_levels[].user_id", more, "others may deploy"},
			gate{"approval_rules[].required_approvals", less, "fewer have to approve"}, gate{"required_approval_count", less, "fewer have to approve"}),
		"gitlab_project": protection("", gate{"visibility_level", visible, "others may read the project"}, gate{"only_allow_merge_if_pipeline_succeeds", off, "checks need not pass"},
			gate{"only_allow_merge_if_all_discussions_are_resolved", off, "open remarks no longer stop a merge"}, gate{"approvals_before_merge", less, "fewer have to approve"}),
		"gitlab_project_membership":    binding{who: "user_id", role: "access_level", on: "project", grade: permissionGrade}.judge,
		"gitlab_group_membership":      binding{who: "user_id", role: "access_level", on: "group_id", grade: permissionGrade}.judge,
		"gitlab_project_share_group":   binding{who: "group_id", role: "group_access", on: "project", grade: permissionGrade}.judge,
		"gitlab_deploy_key":            fresh("a new key of a project", "title"),
		"gitlab_deploy_token":          fresh("a new token of a project", "name"),
		"gitlab_project_access_token":  fresh("a new token of a project", "name"),
		"gitlab_group_access_token":    fresh("a new token of a group", "name"),
		"gitlab_personal_access_token": fresh("a new token of a person", "name"),
		"gitlab_project_variable":      written(checks.ConsequenceGrantWider, "a variable that pipelines use is written", "key"),
		"gitlab_group_variable":        written(checks.ConsequenceGrantWider, "a variable that pipelines use is written", "key"),
		"gitlab_instance_variable":     written(checks.ConsequenceGrantWider, "a variable that pipelines use is written", "key"),
	}
}

func changedGate(path, note string) func(*judge) {
	return func(j *judge) { j.gates([]gate{{path, changed, note}}, checks.ConsequenceGateWeakened, "") }
}

func organizationRole(_ *judge, _ grant) grade {
	return grade{checks.ConsequenceGrantEscalation, "a role in the organisation: which one is not in this resource"}
}
