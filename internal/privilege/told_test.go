package privilege

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/guard"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// What cannot be read is known now, and its note says why it cannot.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	const bad = ` cannot be read (%s), so it counts as the worst`
	for _, c := range []struct{ typ, after, note string }{
		{"aws_iam_policy", `{"policy":"{\"Statement\":[],\"Statement\":[]}"}`, "the policy" + fmt.Sprintf(bad, "a name is given twice")},
		{"aws_iam_policy", `{"policy":"{\"Statement\":[],\"statement\":[]}"}`, "the policy" + fmt.Sprintf(bad, "a name is given twice")},
		{"aws_iam_policy", `{"policy":"{s3cret"}`, "the policy" + fmt.Sprintf(bad, "it is not valid JSON")},
		{"aws_iam_policy", `{"policy":"{} {}"}`, "the policy" + fmt.Sprintf(bad, "there is text after its end")},
		{"aws_iam_policy", `{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Actions\":\"*\"}}"}`, "the policy" + fmt.Sprintf(bad, "it has an element that its grammar does not have")},
		{"aws_iam_policy", `{"policy":"` + strings.Repeat("[", 70) + `"}`, "the policy" + fmt.Sprintf(bad, "it is nested too deep")},
		{"google_project_iam_policy", `{"policy_data":"{\"bindings\":[{\"role\":1}]}"}`, "the policy" + fmt.Sprintf(bad, "it has another form")},
		{"vault_policy", `{"policy":"path {"}`, "the policy" + fmt.Sprintf(bad, "it is not valid HCL")},
		{"kubectl_manifest", `{"yaml_body":"a: b\na: c\n"}`, "the manifest" + fmt.Sprintf(bad, "a name is given twice")},
	} {
		got := Consequences(change{typ: c.typ, after: c.after}.value(t))
		if len(got) == 0 || got[0].Kind != checks.ConsequenceGrantUnknown || got[0].Unknown || len(got[0].Needs) > 0 || got[0].Note != c.note {
			t.Errorf("%s %s: %+v", c.typ, c.after, got)
		}
	}
}

// What one policy hides by being unreadable or unknown, the others do not hide.
func TestOneUnreadableHidesNoOther(t *testing.T) {
	t.Parallel()
	const all = `{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`
	run(t, []change{
		{
			name: "unreadable", typ: "aws_iam_role", after: `{"inline_policy":[{"policy":"{"},` + all + `]}`,
			want: []string{"grant-admin inline_policy[].policy [* on *]", "grant-unknown inline_policy[].policy"},
		},
		{
			name: "unknown", typ: "aws_iam_role", after: `{"inline_policy":[{"policy":null},` + all + `]}`, unknown: `{"inline_policy":[{"policy":true},{}]}`,
			want: []string{"grant-admin inline_policy[].policy [* on *]", "grant-unknown inline_policy[].policy unknown needs inline_policy"},
		},
		{
			name: "one table of aws-auth", typ: "kubernetes_config_map", after: `{"metadata":[{"name":"aws-auth"}],"data":{"mapUsers":"{{","mapRoles":"- rolearn: b\n  groups: [system:masters]\n"}}`,
			want: []string{"grant-admin data [system:masters: b]", "grant-unknown data"},
		},
	})
}

func TestOnceAndExact(t *testing.T) {
	t.Parallel()
	rs, env, key := "github_repository_ruleset", "github_repository_environment", "azurerm_key_vault_access_policy"
	checksOf := func(contexts string) string {
		return `{"enforcement":"active","rules":[{"required_status_checks":[{"required_check":[` + contexts + `]}]}]}`
	}
	run(t, []change{
		{name: "the check that stays is not told", typ: rs, before: checksOf(`{"context":"scan"},{"context":"build"}`), after: checksOf(`{"context":"build"}`), want: []string{"gate-weakened rules[].required_status_checks[].required_check[].context [scan]"}},
		{name: "all rules gone", typ: rs, before: checksOf(`{"context":"scan"}`), after: `{"enforcement":"active","rules":[]}`, want: []string{"gate-weakened rules[].required_status_checks [scan]"}},
		{name: "enforcement", typ: rs, before: checksOf(``), after: `{"enforcement":"evaluate","rules":[{"required_status_checks":[{"required_check":[]}]}]}`, want: []string{"gate-weakened enforcement active → evaluate"}},
		{name: "reviewers", typ: env, before: `{"reviewers":[{"users":[42],"teams":[]}]}`, after: `{"reviewers":[]}`, want: []string{"gate-weakened reviewers [42]"}},
		{
			name: "an expression is not a word", typ: "google_iam_workload_identity_pool_provider", before: `{"attribute_condition":"assertion.sub == 'a'"}`, after: `{"attribute_condition":"assertion.sub != ''"}`,
			want: []string{"grant-trust attribute_condition"},
		},
		{name: "claims", typ: "github_actions_organization_oidc_subject_claim_customization_template", before: `{"include_claim_keys":["repo","ref"]}`, after: `{"include_claim_keys":["repo"]}`, want: []string{"gate-weakened include_claim_keys[] [ref]"}},
		{
			name: "secrets are not keys", typ: key, before: `{"object_id":"o","key_vault_id":"v","key_permissions":["Get","Purge"],"secret_permissions":["Get"]}`,
			after: `{"object_id":"o","key_vault_id":"v","key_permissions":["Get","Purge"],"secret_permissions":["Get","Purge"]}`, want: []string{"grant-escalation secret_permissions[] [Purge: o]"},
		},
		{name: "all of a vault", typ: key, after: `{"object_id":"o","key_vault_id":"v","certificate_permissions":["Purge"],"key_permissions":["Get"]}`, want: []string{"grant-escalation certificate_permissions[] [Purge: o]", "grant-wider key_permissions[] [Get: o]"}},
		{
			name: "may hand on", typ: "aws_lakeformation_permissions", before: `{"principal":"p","permissions":["SELECT"]}`, after: `{"principal":"p","permissions":["SELECT"],"permissions_with_grant_option":["SELECT"]}`,
			want: []string{"grant-wider permissions_with_grant_option[] [SELECT: p]"},
		},
		{name: "a user of the name of a role", typ: "aws_iam_policy_attachment", before: `{"policy_arn":"p","roles":["x"],"users":[]}`, after: `{"policy_arn":"p","roles":[],"users":["x"]}`, want: []string{"grant-wider users[] [p: x]", "grant-withdrawn roles[] [p: x]"}},
		{name: "policies in the older attribute", typ: "vault_approle_auth_backend_role", before: `{"role_name":"r","policies":["a"]}`, after: `{"role_name":"r","token_policies":["a"]}`},
	})
}

func TestLadders(t *testing.T) {
	t.Parallel()
	branch, repo := "gitlab_branch_protection", "github_repository"
	scan := func(s string) string {
		return `{"security_and_analysis":[{"secret_scanning":[{"status":"` + s + `"}]}]}`
	}
	run(t, []change{
		{name: "only maintainers", typ: branch, before: `{"push_access_level":"developer","merge_access_level":"developer"}`, after: `{"push_access_level":"maintainer","merge_access_level":"no one"}`},
		{name: "developers too", typ: branch, before: `{"push_access_level":"no one","merge_access_level":"maintainer"}`, after: `{"push_access_level":"developer","merge_access_level":"developer"}`, want: []string{"gate-weakened merge_access_level maintainer → developer", "gate-weakened push_access_level → developer"}},
		{name: "a new word", typ: branch, before: `{"push_access_level":"maintainer"}`, after: `{"push_access_level":"planner"}`, want: []string{"gate-weakened push_access_level maintainer → planner"}},
		{name: "the default", typ: branch, before: `{"push_access_level":"maintainer"}`, after: `{"push_access_level":null}`},
		{name: "the default is more", typ: branch, before: `{"push_access_level":"no one"}`, after: `{"push_access_level":null}`, want: []string{"gate-weakened push_access_level"}},
		{name: "scan on", typ: repo, before: scan("disabled"), after: scan("enabled")},
		{name: "scan off", typ: repo, before: scan("enabled"), after: scan("disabled"), want: []string{"gate-weakened security_and_analysis[].secret_scanning[].status enabled → disabled"}},
		{name: "members read", typ: "github_organization_settings", before: `{"default_repository_permission":"write"}`, after: `{"default_repository_permission":"read"}`},
		{name: "members write", typ: "github_organization_settings", before: `{"default_repository_permission":"none"}`, after: `{"default_repository_permission":"write"}`, want: []string{"gate-weakened default_repository_permission none → write"}},
		{name: "project made internal", typ: "gitlab_project", before: `{"visibility_level":"public"}`, after: `{"visibility_level":"internal"}`},
		{name: "one more level may deploy", typ: "gitlab_project_protected_environment", before: `{"deploy_access_levels":[{"access_level":"maintainer"}]}`, after: `{"deploy_access_levels":[{"access_level":"maintainer"},{"access_level":"developer"}]}`, want: []string{"gate-weakened deploy_access_levels[].access_level"}},
		{name: "runners for fewer", typ: "github_actions_runner_group", before: `{"visibility":"all"}`, after: `{"visibility":"selected"}`},
	})
}

func TestKeysLockOut(t *testing.T) {
	t.Parallel()
	typ := "aws_kms_key"
	who := func(principal, more string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:` + principal + `"},"Action":"kms:*","Resource":"*"` + more + `}`
	}
	root, admin := who("root", ""), who("role/admin", "")
	deny := `{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}`
	run(t, []change{
		{name: "root stays", typ: typ, before: policy(root, admin), after: policy(root)},
		{name: "root in its other spelling", typ: typ, before: policy(root), after: policy(`{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["kms:Put*"],"Resource":"*"}`)},
		{name: "root goes, another stays", typ: typ, before: policy(root, admin), after: policy(admin), want: []string{"grant-withdrawn policy [arn:aws:iam::123456789012:root]"}},
		{
			name: "nobody is left", typ: typ, before: policy(root), after: policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/app"},"Action":"kms:Decrypt","Resource":"*"}`),
			want: []string{"grant-withdrawn policy [arn:aws:iam::123456789012:root]", "irreversible policy"},
		},
		{name: "denied to all", typ: typ, before: policy(root), after: policy(root, deny), want: []string{"grant-withdrawn policy [arn:aws:iam::123456789012:root]", "irreversible policy"}},
		{name: "root under a condition", typ: typ, before: policy(root, admin), after: policy(admin, who("root", `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)), want: []string{"grant-withdrawn policy [arn:aws:iam::123456789012:root]"}},
		{name: "new key of nobody", typ: typ, after: policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/app"},"Action":"kms:Decrypt","Resource":"*"}`), want: []string{"grant-wider policy [arn:aws:iam::123456789012:role/app: kms:Decrypt]", "irreversible policy"}},
		{name: "the default policy again", typ: typ, before: policy(admin), after: `{"policy":""}`},
	})
}

// A document that is padded so that it cannot be compared is told, and the worst in it
// is found wherever it stands.
func TestPadding(t *testing.T) {
	t.Parallel()
	const all, everybody = `{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}`
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	many := `{"Effect":"Allow","Action":[` + list(4000, `"s3:*%d*a*b*",`) + `],"Resource":[` + list(4000, `"arn:aws:s3:::b%d/*a*",`) + `]}`
	short := list(4500, `{"Effect":"Allow","Action":"s3:*a*%d","Resource":"arn:aws:s3:::*"},`)
	find := func(c change, kind checks.ConsequenceKind) {
		t.Helper()
		told, found := false, false
		for _, p := range Consequences(c.value(t)) {
			told = told || p.Kind == checks.ConsequenceGrantUnknown && !p.Unknown && strings.Contains(p.Note, "too much to compare")
			found = found || p.Kind == kind
		}
		if !told || !found {
			t.Errorf("%s %s: too much is told %v, %s is found %v", c.typ, c.name, told, kind, found)
		}
	}
	for _, c := range []struct{ name, before, after string }{
		{"one statement before it", policy(many), policy(many[:60]+"x"+many[60:], all)},
		{"one statement after it", policy(many), policy(all, many[:60]+"x"+many[60:])},
		{"many statements", policy(short), policy(strings.ReplaceAll(short, "*a*", "*a?"), all)},
	} {
		find(change{name: c.name, typ: "aws_iam_policy", before: c.before, after: c.after}, checks.ConsequenceGrantAdmin)
		c.after = strings.Replace(c.after, strings.ReplaceAll(all, `"`, `\"`), strings.ReplaceAll(everybody, `"`, `\"`), 1)
		find(change{name: c.name, typ: "aws_s3_bucket_policy", before: c.before, after: c.after}, checks.ConsequenceGrantPublic)
	}
	members := list(maxItems+1000, `"user:u%d@example.org",`)
	find(change{typ: "google_project_iam_binding", after: `{"role":"roles/owner","members":[` + members + `]}`}, checks.ConsequenceGrantAdmin)
	find(change{typ: "google_storage_bucket_iam_binding", after: `{"bucket":"b","role":"roles/viewer","members":[` + list(60_000, `"user:u%d",`) + `,"allUsers"]}`}, checks.ConsequenceGrantPublic)
	rules := list(17_000, `{"api_groups":[""],"resources":["r%d"],"verbs":["get"]},`)
	find(change{typ: "kubernetes_cluster_role", after: `{"rule":[` + rules + `,{"api_groups":["*"],"resources":["*"],"verbs":["*"]}]}`}, checks.ConsequenceGrantAdmin)
}

// What a guard tells of a control is not told again as a grant.
func TestToldByGuard(t *testing.T) {
	t.Parallel()
	for _, c := range []change{
		{typ: "google_org_policy_policy", before: `{"name":"p"}`},
		{typ: "google_org_policy_policy", before: `{"spec":[{"rules":[{"enforce":"TRUE"}]}]}`, after: `{"spec":[{"rules":[{"enforce":"FALSE"}]}]}`},
		{typ: "aws_organizations_policy_attachment", before: `{"policy_id":"p","target_id":"t"}`},
		{typ: "azuread_conditional_access_policy", before: `{"state":"enabled"}`},
		{typ: "azuread_conditional_access_policy", before: `{"state":"enabled"}`, after: `{"state":"disabled"}`},
		{typ: "aws_iam_account_password_policy", before: `{"require_symbols":true}`},
		{typ: "aws_iam_account_password_policy", before: `{"minimum_password_length":14}`, after: `{"minimum_password_length":8}`},
	} {
		v := c.value(t)
		off := false
		for _, p := range guard.Consequences(v, resource.Builtin()) {
			off = off || p.Kind == checks.ConsequenceGuardrailOff
		}
		mine := []tfvalue.Pending{}
		if Grants(c.typ) {
			mine = Consequences(v)
		}
		if !off || len(mine) > 0 {
			t.Errorf("%s %s %s: by guard %v, here %v", c.typ, c.before, c.after, off, mine)
		}
	}
}
