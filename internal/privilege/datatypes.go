package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// dataJudges are the types of Databricks, Snowflake and MongoDB Atlas.
func dataJudges() map[string]func(*judge) {
	m := map[string]func(*judge){
		"databricks_permissions":             pairs("access_control[]", []string{"user_name", "group_name", "service_principal_name"}, []string{"permission_level"}, wordGrade, databricksPublic),
		"databricks_sql_permissions":         pairs("privilege_assignments[]", []string{"principal"}, []string{"privileges"}, wordGrade, databricksPublic),
		"databricks_grants":                  pairs("grant[]", []string{"principal"}, []string{"privileges"}, wordGrade, databricksPublic),
		"databricks_access_control_rule_set": pairs("grant_rules[]", []string{"principals"}, []string{"role"}, wordGrade, databricksPublic),
		"databricks_grant": binding{
			who: "principal", role: "privileges[]", grade: wordGrade, public: databricksPublic,
			on: "catalog|schema|table|view|volume|model|function|external_location|metastore|storage_credential|credential|foreign_connection|share|recipient|pipeline",
		}.judge,
		"databricks_permission_assignment":               binding{who: "principal_id|user_name|group_name|service_principal_name", role: "permissions[]", grade: wordGrade}.judge,
		"databricks_mws_permission_assignment":           binding{who: "principal_id", role: "permissions[]", on: "workspace_id", grade: wordGrade}.judge,
		"databricks_group_member":                        binding{who: "member_id", role: "group_id", note: groupNote}.judge,
		"databricks_user_role":                           binding{who: "user_id", role: "role", grade: wordGrade}.judge,
		"databricks_group_role":                          binding{who: "group_id", role: "role", grade: wordGrade}.judge,
		"databricks_service_principal_role":              binding{who: "service_principal_id", role: "role", grade: wordGrade}.judge,
		"databricks_secret_acl":                          binding{who: "principal", role: "permission", on: "scope", grade: wordGrade}.judge,
		"databricks_entitlements":                        entitlements,
		"databricks_token":                               fresh("a new token", "comment"),
		"databricks_obo_token":                           fresh("a new token of somebody else", "application_id"),
		"databricks_service_principal":                   fresh("a new identity for programs", "display_name"),
		"databricks_service_principal_secret":            fresh("a new long-lived secret"),
		"databricks_service_principal_federation_policy": federatedCredential("oidc_policy[].issuer", "oidc_policy[].subject", "oidc_policy[].audiences[]"),
		"databricks_account_federation_policy":           trusted("tokens of another issuer count", "oidc_policy"),

		"snowflake_grant_account_role":                binding{who: "user_name|parent_role_name", role: "role_name", grade: snowflakeGrade}.judge,
		"snowflake_grant_database_role":               binding{who: "parent_role_name|parent_database_role_name|share_name", role: "database_role_name", grade: snowflakeGrade}.judge,
		"snowflake_grant_application_role":            binding{who: "parent_account_role_name|application_name", role: "application_role_name", grade: snowflakeGrade}.judge,
		"snowflake_grant_ownership":                   binding{who: "account_role_name|database_role_name", fixed: "OWNERSHIP", on: "on[].object_name,on[].object_type,on[].all[].in_database,on[].all[].in_schema,on[].future[].in_database,on[].future[].in_schema", grade: snowflakeGrade}.judge,
		"snowflake_grant_privileges_to_account_role":  snowflakePrivileges("account_role_name"),
		"snowflake_grant_privileges_to_database_role": snowflakePrivileges("database_role_name"),
		"snowflake_grant_privileges_to_share":         snowflakePrivileges("to_share"),
		"snowflake_user":                              snowflakeUser, "snowflake_service_user": snowflakeUser, "snowflake_legacy_service_user": snowflakeUser,
		"snowflake_account_role":                   fresh("a new role", "name"),
		"snowflake_user_programmatic_access_token": all(fresh("a new long-lived token", "name"), binding{who: "user", role: "role_restriction", grade: snowflakeGrade}.judge),
		"snowflake_saml2_integration":              trusted("people whom another directory vouches for", "saml2_issuer", "saml2_sso_url", "saml2_x509_cert"),
		"snowflake_authentication_policy": protectionOf(checks.ConsequenceGrantWider, "the rules for signing in are gone",
			gate{"authentication_methods[]", more, "more ways to sign in"}, gate{"mfa_enrollment", enrollment, "a second factor is asked of fewer"}, gate{"client_types[]", more, "more programs may sign in"},
			gate{"mfa_authentication_methods[]", fewer, "a second factor is asked less often"}, gate{"security_integrations[]", more, "more ways to sign in"}),
		"snowflake_password_policy": protectionOf(checks.ConsequenceGrantWider, "the rules for passwords are gone",
			gate{"min_length", less, "weaker passwords will do"}, gate{"min_upper_case_chars", less, "weaker passwords will do"}, gate{"min_lower_case_chars", less, "weaker passwords will do"},
			gate{"min_numeric_chars", less, "weaker passwords will do"}, gate{"min_special_chars", less, "weaker passwords will do"}, gate{"max_retries", larger, "more attempts"}, gate{"history", less, "old passwords will do"}),

		"mongodbatlas_team_project_assignment":   binding{who: "team_id", role: "role_names[]", on: "project_id", grade: wordGrade}.judge,
		"mongodbatlas_project_team_assignment":   binding{who: "team_id", role: "role_names[]", on: "project_id", grade: wordGrade}.judge,
		"mongodbatlas_project":                   existing(binding{who: "teams[].team_id", role: "teams[].role_names[]", grade: wordGrade, exclusive: true}),
		"mongodbatlas_custom_db_role":            binding{role: "actions[].action,inherited_roles[].role_name", grade: wordGrade}.judge,
		"mongodbatlas_api_key":                   all(fresh("a new long-lived key", "description"), binding{role: "role_names[]", grade: wordGrade}.judge),
		"mongodbatlas_project_api_key":           all(fresh("a new long-lived key", "description"), binding{role: "project_assignment[].role_names[]", grade: wordGrade}.judge),
		"mongodbatlas_service_account":           all(fresh("a new identity for programs", "name"), binding{role: "roles[]", grade: wordGrade}.judge),
		"mongodbatlas_service_account_secret":    fresh("a new long-lived secret"),
		"mongodbatlas_database_user":             binding{who: "username", role: "roles[].role_name", on: "auth_database_name", grade: wordGrade}.judge,
		"mongodbatlas_org_invitation":            binding{who: "username", role: "roles[]", grade: wordGrade}.judge,
		"mongodbatlas_project_invitation":        binding{who: "username", role: "roles[]", grade: wordGrade}.judge,
		"mongodbatlas_cloud_user_org_assignment": binding{who: "username", role: "roles[].org_roles[]", grade: wordGrade}.judge,
	}
	return m
}

// protectionOf is protection for what guards something else than a repository.
func protectionOf(kind checks.ConsequenceKind, lost string, list ...gate) func(*judge) {
	return func(j *judge) {
		if j.deleted() {
			j.say(kind, "", said{note: lost})
			return
		}
		j.gates(list, kind, "")
	}
}

// pairs judges a list of blocks, each with somebody and what he may; who is not
// listed is taken away.
func pairs(path string, who, role []string, of func(*judge, grant) grade, public func(string) string) func(*judge) {
	return func(j *judge) {
		read := func(s tfvalue.Side) grants {
			var out grants
			for _, v := range s.All(path) {
				if v.Unknown {
					out.who, out.role = true, true
					continue
				}
				list := func(names []string) (texts []string, known bool) {
					known = true
					for _, n := range names {
						m, _ := v.Member(n)
						for _, e := range m.Elements() {
							t, ok := text(e)
							if !ok {
								known = false
							} else if t != "" {
								texts = append(texts, t)
							}
						}
					}
					return texts, known
				}
				whos, okWho := list(who)
				roles, okRole := list(role)
				out.who, out.role = out.who || !okWho, out.role || !okRole
				if len(whos) == 0 {
					whos = []string{""}
				}
				for _, w := range whos {
					for _, r := range roles {
						if len(out.list) >= maxGrants {
							out.who, out.role = true, true
							return out
						}
						out.list = append(out.list, grant{who: w, role: r})
					}
				}
			}
			return out
		}
		name := top(path)
		b := binding{who: name, role: name, grade: of, public: public, exclusive: true}
		b.compare(j, read(j.old), read(j.new))
	}
}

func databricksPublic(who string) string {
	if who == "account users" || who == "users" {
		return "everybody in the account"
	}
	return ""
}

func entitlements(j *judge) {
	for _, a := range []string{"allow_cluster_create", "allow_instance_pool_create", "databricks_sql_access", "workspace_access", "workspace_consume"} {
		if j.turnedOn(a) {
			j.say(checks.ConsequenceGrantWider, a, said{note: "somebody may do more in a workspace", after: "true"})
		} else if v, ok := j.new.At(a); ok && v.Unknown {
			j.say(checks.ConsequenceGrantWider, a, said{note: "somebody may do more in a workspace", unknown: true, needs: []string{a}})
		}
	}
}

func snowflakeGrade(_ *judge, g grant) grade {
	r := strings.ToUpper(strings.Trim(g.role, `"`))
	switch r {
	case "ACCOUNTADMIN", "ORGADMIN", "GLOBALORGADMIN":
		return grade{checks.ConsequenceGrantAdmin, "everything in the account"}
	case "SECURITYADMIN", "USERADMIN", "SYSADMIN":
		return grade{checks.ConsequenceGrantEscalation, "may govern users, grants or objects"}
	case "OWNERSHIP", "MANAGE GRANTS", "ALL PRIVILEGES", "ALL", "CREATE ROLE", "CREATE USER", "CREATE INTEGRATION", "APPLY MASKING POLICY", "IMPERSONATE", "MANAGE ACCOUNT SUPPORT CASES", "CREATE ACCOUNT":
		return grade{checks.ConsequenceGrantEscalation, "may hand on rights, or take objects over"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func snowflakePrivileges(who string) func(*judge) {
	on := "on_account_object[].object_name,on_schema[].schema_name,on_schema[].all_schemas_in_database,on_schema[].future_schemas_in_database," +
		"on_schema_object[].object_name,on_schema_object[].all[].in_database,on_schema_object[].all[].in_schema,on_schema_object[].future[].in_database,on_schema_object[].future[].in_schema," +
		"on_database,on_schema,on_table,on_view,on_all_tables_in_schema,on_tag"
	return func(j *judge) {
		binding{who: who, role: "privileges[]", on: on, grade: snowflakeGrade, public: func(w string) string {
			if strings.EqualFold(strings.Trim(w, `"`), "PUBLIC") {
				return "every user of the account"
			}
			return ""
		}}.judge(j)
		if j.turnedOn("all_privileges") {
			j.say(checks.ConsequenceGrantEscalation, "all_privileges", said{note: "all there is to do with it", what: j.items(j.new, who).texts, from: []string{who}})
		}
		if j.turnedOn("with_grant_option") {
			j.say(checks.ConsequenceGrantEscalation, "with_grant_option", said{note: "may hand on what he gets", what: j.items(j.new, who).texts, from: []string{who}})
		}
	}
}

func snowflakeUser(j *judge) {
	fresh("a new user", "name")(j)
	if j.new.Exists() {
		b := binding{who: "name", role: "default_role", grade: snowflakeGrade}
		existing(b)(j)
		j.gates([]gate{
			{"disabled", off, "a user is switched on again"},
			{"rsa_public_key", changed, "another key signs in"},
			{"rsa_public_key_2", changed, "another key signs in"},
			{"network_policy", gone, "he may sign in from anywhere"},
			{"disable_mfa", on, "a second factor is not needed"},
		}, checks.ConsequenceGrantWider, "")
	}
}
