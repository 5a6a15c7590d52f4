package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// azureRoles are the built-in roles that give all, or more than they are, by the last
// part of their id and by name.
//
// Source: Microsoft, "Azure built-in roles".
var azureRoles = builtinRoles()

func builtinRoles() map[string]grade {
	m := map[string]grade{}
	for _, r := range []struct {
		id, name string
		grade    grade
	}{
		{"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "owner", grade{checks.ConsequenceGrantAdmin, "everything, and who else may"}},
		{"b24988ac-6180-42a0-ab88-20f7382dd24c", "contributor", grade{checks.ConsequenceGrantAdmin, "everything but who else may"}},
		{"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "user access administrator", grade{checks.ConsequenceGrantAdmin, "may give everybody everything"}},
		{"f58310d9-a9f6-439a-9e8d-f62e7b41a168", "role based access control administrator", grade{checks.ConsequenceGrantAdmin, "may give everybody everything"}},
		{"a8889054-8d42-49c9-bc1c-52486c10e7cd", "reservations administrator", grade{checks.ConsequenceGrantWider, ""}},
		{"00482a5a-887f-4fb3-b363-3b7fe8e74483", "key vault administrator", secretsGrade},
		{"4633458b-17de-408a-b874-0445c86b69e6", "key vault secrets user", secretsGrade},
		{"b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "key vault secrets officer", secretsGrade},
		{"8b54135c-b56d-4d72-a534-26097cfdc8d8", "key vault data access administrator", grade{checks.ConsequenceGrantEscalation, "may say who reads secrets"}},
		{"f25e0fa2-a7c8-4377-a976-54943a77a395", "key vault contributor", grade{checks.ConsequenceGrantEscalation, "may say who reads secrets"}},
		{"9980e02c-c2be-4d73-94e8-173b1dc7cf3c", "virtual machine contributor", runsGrade},
		{"1c0163c0-47e6-4577-8991-ea5c82e286e4", "virtual machine administrator login", runsGrade},
		{"f1a07417-d97a-45cb-824c-7a7467783830", "managed identity operator", identityGrade},
		{"e40ec5ca-96e0-45a2-b4ff-59039f2c2b59", "managed identity contributor", identityGrade},
		{"f353d9bd-d4a6-484e-a77a-8050b599b867", "automation contributor", runsGrade},
		{"4fe576fe-1146-4730-92eb-48519fa6bf9f", "automation job operator", runsGrade},
		{"de139f84-1756-47ae-9be6-808fbbe84772", "website contributor", runsGrade},
		{"87a39d53-fc1b-424a-814c-f7e04687dc9e", "logic app contributor", runsGrade},
		{"ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8", "azure kubernetes service contributor role", runsGrade},
		{"0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8", "azure kubernetes service cluster admin role", runsGrade},
		{"b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", "azure kubernetes service rbac cluster admin", runsGrade},
		{"17d1049b-9a84-46fb-8f53-869881c3d3ab", "storage account contributor", grade{checks.ConsequenceGrantEscalation, "may read the keys of storage accounts"}},
		{"81a9662b-bebf-436f-a333-f67b29880f12", "storage account key operator service role", grade{checks.ConsequenceGrantEscalation, "may read the keys of storage accounts"}},
		{"fb1c8493-542b-48eb-b624-b4c8fea62acd", "security admin", grade{checks.ConsequenceGrantEscalation, "may weaken what watches"}},
		{"36243c78-bf99-498c-9df9-86d9f8d28608", "resource policy contributor", grade{checks.ConsequenceGrantEscalation, "may weaken what policies hold back, and act through them"}},
		{"5d58bcaf-24a5-4b20-bdb6-eed9f69fbe4c", "management group contributor", grade{checks.ConsequenceGrantEscalation, "may move subscriptions out of their policies"}},
		{"91c1777a-f3dc-4fae-b103-61d183457e46", "managed services registration assignment delete role", grade{checks.ConsequenceGrantWider, ""}},
	} {
		m[r.id], m[r.name] = r.grade, r.grade
	}
	return m
}

var (
	secretsGrade  = grade{checks.ConsequenceGrantEscalation, "may read secrets"}
	runsGrade     = grade{checks.ConsequenceGrantEscalation, "may run programs under identities that are there already"}
	identityGrade = grade{checks.ConsequenceGrantEscalation, "may act as identities that are there already"}
)

// azureGrade grades a role by its name, or by the end of its id.
func azureGrade(_ *judge, g grant) grade {
	id := strings.ToLower(g.role)
	id = id[strings.LastIndexByte(id, '/')+1:]
	id, _, _ = strings.Cut(id, "|")
	out, ok := azureRoles[id]
	if !ok {
		out = grade{kind: checks.ConsequenceGrantWider}
		if strings.Contains(g.role, "/") {
			out.note = "what the role may is not in this resource"
		}
	}
	return wholeSubscription(partOfSubscription(out, g.on), g.on)
}

// partOfSubscription lessens a role that governs everything where it is given on one
// group or one thing. Only a scope that is spelt exactly counts; every other, and one
// that is not known, stays what it is.
func partOfSubscription(g grade, scope string) grade {
	rest, ok := strings.CutPrefix(strings.ToLower(scope), "/subscriptions/")
	if g.kind != checks.ConsequenceGrantAdmin || !ok || strings.ContainsAny(rest, "*?#%\\ ") {
		return g
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for _, p := range parts {
		if strings.Trim(p, ".") == "" {
			return g // nothing, or a way up
		}
	}
	switch {
	case len(parts) < 3 || parts[1] != "resourcegroups":
		return g
	case len(parts) == 3:
		return grade{checks.ConsequenceGrantEscalation, join(g.note, "in one resource group")}
	case len(parts) >= 7 && len(parts)%2 == 1 && parts[3] == "providers":
		return grade{checks.ConsequenceGrantEscalation, join(g.note, "on one resource")}
	}
	return g
}

func wholeSubscription(g grade, scope string) grade {
	parts := strings.Split(strings.Trim(strings.ToLower(scope), "/"), "/")
	switch {
	case strings.Contains(strings.ToLower(scope), "/managementgroups/"), scope == "/":
		g.note = join(g.note, "in everything below a management group")
	case len(parts) == 2 && parts[0] == "subscriptions":
		g.note = join(g.note, "in a whole subscription")
	}
	return g
}

// scopeWithin reports whether one Azure scope is below another, or the same.
func scopeWithin(small, large string) bool {
	small, large = strings.ToLower(strings.TrimSuffix(small, "/")), strings.ToLower(strings.TrimSuffix(large, "/"))
	return small == large || strings.HasPrefix(small, large+"/") && (large == "" || strings.HasPrefix(large, "/subscriptions/"))
}

// azureAssignment judges a role for somebody on something. A role is given by name
// or by id; the other is computed.
func azureAssignment(j *judge) {
	role := "role_definition_name"
	if it := j.items(j.new, role); j.new.Exists() && len(it.texts) == 0 {
		if byID := j.items(j.new, "role_definition_id"); len(byID.texts) > 0 || it.unknown == byID.unknown {
			role = "role_definition_id"
		}
		if it.unknown && len(j.items(j.new, "role_definition_id").texts) == 0 {
			j.say(checks.ConsequenceGrantUnknown, role, said{note: "it says which role", unknown: true, needs: []string{"role_definition_id", "role_definition_name"}})
			return
		}
	} else if !j.new.Exists() && len(j.items(j.old, role).texts) == 0 {
		role = "role_definition_id"
	}
	b := binding{who: "principal_id", role: role, on: "scope", under: "condition", grade: azureGrade, within: scopeWithin}
	b.judge(j)
	if delegatedID, ok := j.only(j.new, "delegated_managed_identity_resource_id"); ok && delegatedID != "" && j.created() {
		j.say(checks.ConsequenceGrantTrust, "delegated_managed_identity_resource_id", said{note: "an identity of another tenant"})
	}
}

// azureRole judges a role of one's own.
func azureRole(j *judge) {
	if j.deleted() {
		return
	}
	read := func(old bool) (*document, bool) {
		s := j.new
		if old {
			s = j.old
		}
		d, ok := &document{}, true
		for _, v := range s.All("permissions[]") {
			if v.Unknown {
				return d, false
			}
			for _, names := range [][2]string{{"actions", "not_actions"}, {"data_actions", "not_data_actions"}} {
				st := statement{dims: [dimensions]set{dimName: everything, dimPrincipal: everything, dimResource: {list: []pattern{literal(names[0])}}}}
				m, _ := v.Member(names[0])
				for _, e := range m.Elements() {
					t, known := text(e)
					if !known {
						return d, false
					}
					p := glob(strings.ToLower(t), nil)
					p.text = t
					st.dims[dimAction].list = append(st.dims[dimAction].list, p)
				}
				if len(st.dims[dimAction].list) == 0 {
					continue
				}
				st.dims[dimName] = set{not: true}
				m, _ = v.Member(names[1])
				for _, e := range m.Elements() {
					t, known := text(e)
					if !known {
						return d, false
					}
					st.dims[dimName].list = append(st.dims[dimName].list, glob(strings.ToLower(t), nil))
				}
				d.statements = append(d.statements, st)
			}
		}
		return d, ok
	}
	before, _ := read(true)
	after, ok := read(false)
	if !ok {
		j.say(checks.ConsequenceGrantUnknown, "permissions", said{note: "it says what the role may", unknown: true, needs: []string{"permissions"}})
		return
	}
	every := azureWitnesses.union(after, &j.work, func(st *statement) bool { return st.dims[dimResource].list[0].text == "actions" })
	j.news("permissions", before, after, func(a *atom) grade {
		gr := grade{kind: checks.ConsequenceGrantWider}
		act := a.dims[dimAction]
		excepted := func(name string) bool {
			return !a.dims[dimName].contains(set{list: []pattern{glob(name, nil)}}, &j.work)
		}
		control := a.dims[dimResource].list[0].text == "actions"
		switch {
		case act.all() && control:
			gr = grade{checks.ConsequenceGrantAdmin, "every action"}
		case control && every && len(azureWitnesses.held(act, &j.work)) > 0:
			gr = grade{checks.ConsequenceGrantAdmin, "every action, in other words"}
		case act.all():
			gr = grade{checks.ConsequenceGrantEscalation, "all data"}
		default:
			for _, e := range azureActions {
				if act.overlaps(glob(strings.ToLower(e), nil), &j.work) && !excepted(strings.ToLower(e)) {
					gr = grade{checks.ConsequenceGrantEscalation, "an action that can be used to get more"}
					break
				}
			}
		}
		return gr
	}, func(g grade, a *atom) {
		j.say(g.kind, "permissions", said{note: g.note, what: []string{a.dims[dimAction].String()}})
	})
	scopes := binding{role: "assignable_scopes[]", within: nil, note: "the role can be given in more places"}
	if !j.created() {
		scopes.judge(j)
	}
}

var azureActions = []string{
	"Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleDefinitions/write", "Microsoft.Authorization/elevateAccess/action",
	"Microsoft.Authorization/policyAssignments/write", "Microsoft.Authorization/policyExemptions/write", "Microsoft.Authorization/locks/delete",
	"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
	"Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Compute/virtualMachines/extensions/write",
	"Microsoft.Compute/virtualMachineScaleSets/extensions/write", "Microsoft.Automation/automationAccounts/jobs/write",
	"Microsoft.KeyVault/vaults/accessPolicies/write", "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/write",
	"Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
	"Microsoft.ContainerService/managedClusters/runCommand/action", "Microsoft.Web/sites/config/list/action", "Microsoft.Web/sites/publishxml/action",
	"Microsoft.Resources/deployments/write", "Microsoft.Resources/deploymentScripts/write", "Microsoft.Logic/workflows/write",
}

func vaultGrade(_ *judge, g grant) grade {
	right := strings.ToLower(g.role)
	switch right[strings.LastIndexByte(right, ' ')+1:] {
	case "all", "set", "purge", "backup", "restore", "setissuers", "manageissuers", "setsas":
		return grade{checks.ConsequenceGrantEscalation, "all keys or secrets of a vault, or their loss"}
	case "get", "list", "decrypt", "unwrapkey", "sign", "getsas", "regeneratekey":
		return grade{checks.ConsequenceGrantWider, "may use or read keys and secrets of a vault"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

// azureJudges are the types of Azure and Entra ID.
func azureJudges() map[string]func(*judge) {
	member := "what the group may is not in this resource"
	return map[string]func(*judge){
		"azurerm_role_assignment":              azureAssignment,
		"azurerm_pim_active_role_assignment":   binding{who: "principal_id", role: "role_definition_id", on: "scope", grade: azureGrade, within: scopeWithin}.judge,
		"azurerm_pim_eligible_role_assignment": binding{who: "principal_id", role: "role_definition_id", on: "scope", grade: azureGrade, within: scopeWithin}.judge,
		"azurerm_marketplace_role_assignment":  binding{who: "principal_id", role: "role_definition_name|role_definition_id", grade: azureGrade}.judge,
		"azurerm_key_vault":                    vaultInline,
		"azurerm_key_vault_access_policy": binding{
			who: "object_id", role: "key_permissions[],secret_permissions[],certificate_permissions[],storage_permissions[]",
			on: "key_vault_id", grade: vaultGrade, apart: true,
		}.judge,
		"azurerm_key_vault_managed_hardware_security_module_role_assignment": binding{who: "principal_id", role: "role_definition_id", on: "scope", grade: azureGrade}.judge,
		"azurerm_cosmosdb_sql_role_assignment":                               binding{who: "principal_id", role: "role_definition_id", on: "scope", grade: azureGrade}.judge,
		"azurerm_synapse_role_assignment":                                    binding{who: "principal_id", role: "role_name", grade: namedAdmin}.judge,
		"azurerm_kusto_cluster_principal_assignment":                         binding{who: "principal_id", role: "role", grade: namedAdmin}.judge,
		"azurerm_kusto_database_principal_assignment":                        binding{who: "principal_id", role: "role", grade: namedAdmin}.judge,
		"azurerm_redis_cache_access_policy_assignment":                       binding{who: "object_id", role: "access_policy_name"}.judge,
		"azurerm_postgresql_flexible_server_active_directory_administrator":  binding{who: "object_id", on: "server_id|server_name", fixed: "administrator", grade: databaseAdmin}.judge,
		"azurerm_mysql_flexible_server_active_directory_administrator":       binding{who: "object_id", on: "server_id", fixed: "administrator", grade: databaseAdmin}.judge,
		"azurerm_mssql_managed_instance_active_directory_administrator":      binding{who: "object_id", on: "managed_instance_id", fixed: "administrator", grade: databaseAdmin}.judge,
		"azurerm_kubernetes_cluster_trusted_access_role_binding":             binding{who: "source_resource_id", role: "roles[]", on: "kubernetes_cluster_id", note: "another service gets into the cluster"}.judge,
		"azurerm_lighthouse_assignment":                                      binding{who: "lighthouse_definition_id", on: "scope", grade: delegatedTenant}.judge,
		"azurerm_lighthouse_definition":                                      binding{who: "authorization[].principal_id,eligible_authorization[].principal_id", role: "authorization[].role_definition_id,eligible_authorization[].role_definition_id", on: "managing_tenant_id", grade: delegatedTenant}.judge,
		"azurerm_role_definition":                                            azureRole,
		"azurerm_role_management_policy":                                     roleManagement,
		"azurerm_user_assigned_identity":                                     fresh("a new identity for programs", "name"),
		"azurerm_federated_identity_credential":                              federatedCredential("issuer", "subject", "audience[]"),
		"azurerm_storage_account_local_user":                                 fresh("a new user of a storage account", "name"),
		"azurerm_container_registry_token":                                   fresh("a new token for a registry", "name"),

		"azuread_app_role_assignment":                                binding{who: "principal_object_id", role: "app_role_id", on: "resource_object_id", grade: graphGrade}.judge,
		"azuread_directory_role_assignment":                          binding{who: "principal_object_id", role: "role_id", on: "directory_scope_id", grade: directoryGrade}.judge,
		"azuread_directory_role_member":                              binding{who: "member_object_id", role: "role_object_id", grade: directoryGrade}.judge,
		"azuread_directory_role_eligibility_schedule_request":        binding{who: "principal_id", role: "role_definition_id", grade: directoryGrade}.judge,
		"azuread_administrative_unit_role_member":                    binding{who: "member_object_id", role: "role_object_id", grade: directoryGrade}.judge,
		"azuread_group_member":                                       binding{who: "member_object_id", role: "group_object_id", note: member}.judge,
		"azuread_group":                                              all(fresh("a new group", "display_name"), existing(binding{who: "members[]", role: "", fixed: "member", note: member, exclusive: true}), existing(binding{who: "owners[]", fixed: "owner", grade: ownerGrade, exclusive: true})),
		"azuread_privileged_access_group_assignment_schedule":        binding{who: "principal_id", role: "assignment_type", on: "group_id", grade: ownerOfGroup}.judge,
		"azuread_service_principal_delegated_permission_grant":       binding{who: "service_principal_object_id", role: "claim_values[]", on: "resource_service_principal_object_id|user_object_id", grade: claimGrade}.judge,
		"azuread_application_api_access":                             binding{who: "application_id", role: "role_ids[],scope_ids[]", apart: true, on: "api_client_id", grade: graphGrade}.judge,
		"azuread_application":                                        all(fresh("a new application", "display_name"), existing(binding{who: "owners[]", fixed: "owner", grade: ownerGrade, exclusive: true}), existing(binding{role: "required_resource_access[].resource_access[].id", grade: graphGrade})),
		"azuread_application_password":                               fresh("a new long-lived secret", "display_name"),
		"azuread_application_certificate":                            fresh("a new long-lived credential"),
		"azuread_application_federated_identity_credential":          federatedCredential("issuer", "subject", "audiences[]"),
		"azuread_application_flexible_federated_identity_credential": federatedCredential("issuer", "claims_matching_expression", "audience"),
		"azuread_service_principal":                                  fresh("an application may act in the directory"),
		"azuread_service_principal_password":                         fresh("a new long-lived secret", "display_name"),
		"azuread_service_principal_certificate":                      fresh("a new long-lived credential"),
		"azuread_user":                                               fresh("a new user"),
		"azuread_custom_directory_role":                              binding{role: "permissions[].allowed_resource_actions[]", note: "a role over the directory may do more"}.judge,
		"azuread_conditional_access_policy":                          conditionalAccess,
		"azuread_access_package_assignment_policy":                   accessPackage,
	}
}

// existing runs a binding only on an object that is there before and after.
func existing(b binding) func(*judge) {
	return func(j *judge) {
		if j.old.Exists() && j.new.Exists() {
			b.judge(j)
		}
	}
}

func namedAdmin(_ *judge, g grant) grade {
	r := strings.ToLower(g.role)
	if strings.Contains(r, "admin") || strings.Contains(r, "owner") {
		return grade{checks.ConsequenceGrantEscalation, "may do everything with it"}
	}
	return grade{kind: checks.ConsequenceGrantWider}
}

func databaseAdmin(_ *judge, _ grant) grade {
	return grade{checks.ConsequenceGrantEscalation, "may do everything in a database server"}
}

func delegatedTenant(_ *judge, g grant) grade {
	return grade{checks.ConsequenceGrantTrust, "another tenant governs what is below"}
}
