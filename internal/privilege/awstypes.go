package privilege

import (
	"strings"
)

// awsJudges are the types of Amazon Web Services.
//
// Source: documentation of the AWS provider 6.
func awsJudges() map[string]func(*judge) {
	m := map[string]func(*judge){
		"aws_iam_policy":       policies(identityPolicy, "policy"),
		"aws_iam_role_policy":  policies(identityPolicy, "policy", "role"),
		"aws_iam_user_policy":  policies(identityPolicy, "policy", "user"),
		"aws_iam_group_policy": policies(identityPolicy, "policy", "group"),
		"aws_iam_role":         awsRole("assume_role_policy", "inline_policy[].policy"),
		"aws_iam_user":         all(awsRole(""), fresh("a new user", "name")),
		"aws_iam_group":        awsRole(""),

		"aws_ssoadmin_permission_set_inline_policy": policies(identityPolicy, "inline_policy", "permission_set_arn"),
		"aws_iot_policy":                         policies(identityPolicy, "policy"),
		"aws_organizations_policy":               organizationPolicy,
		"aws_organizations_resource_policy":      policies(resourcePolicy, "content"),
		"aws_vpc_endpoint":                       endpointPolicy,
		"aws_vpc_endpoint_policy":                endpointPolicy,
		"aws_verifiedpermissions_policy":         freshOrChanged("a rule of an application: it is not read", "definition"),
		"aws_opensearchserverless_access_policy": serverlessPolicy,

		"aws_lambda_permission":               lambdaPermission,
		"aws_lambda_layer_version_permission": lambdaPermission,
		"aws_cloudwatch_event_permission":     lambdaPermission,

		"aws_lakeformation_permissions": binding{who: "principal", role: "permissions[],permissions_with_grant_option[]", apart: true, grade: lakeGrade, public: lakePublic}.judge,
		"aws_kms_grant":                 binding{who: "grantee_principal", role: "operations[]", on: "key_id", grade: kmsGrade}.judge,

		"aws_iam_role_policy_attachment":  binding{who: "role", role: "policy_arn", grade: gradeManaged}.judge,
		"aws_iam_user_policy_attachment":  binding{who: "user", role: "policy_arn", grade: gradeManaged}.judge,
		"aws_iam_group_policy_attachment": binding{who: "group", role: "policy_arn", grade: gradeManaged}.judge,
		"aws_iam_policy_attachment": all(binding{who: "users[],roles[],groups[]", role: "policy_arn", apart: true, grade: gradeManaged, exclusive: true}.judge,
			takesAway("policy_arn", "the policy is taken from everybody who is not listed")),
		"aws_iam_role_policy_attachments_exclusive":  all(binding{who: "role_name", role: "policy_arns[]", grade: gradeManaged, exclusive: true}.judge, takesAway("policy_arns", "every policy that is not listed is taken away")),
		"aws_iam_user_policy_attachments_exclusive":  all(binding{who: "user_name", role: "policy_arns[]", grade: gradeManaged, exclusive: true}.judge, takesAway("policy_arns", "every policy that is not listed is taken away")),
		"aws_iam_group_policy_attachments_exclusive": all(binding{who: "group_name", role: "policy_arns[]", grade: gradeManaged, exclusive: true}.judge, takesAway("policy_arns", "every policy that is not listed is taken away")),
		"aws_iam_role_policies_exclusive":            all(exclusiveNames, takesAway("policy_names", "every inline policy that is not listed is taken away")),
		"aws_iam_user_policies_exclusive":            all(exclusiveNames, takesAway("policy_names", "every inline policy that is not listed is taken away")),
		"aws_iam_group_policies_exclusive":           all(exclusiveNames, takesAway("policy_names", "every inline policy that is not listed is taken away")),
		"aws_iam_instance_profile":                   binding{who: "name", role: "role", note: "machines with this profile act as the role"}.judge,
		"aws_iam_group_membership":                   binding{who: "users[]", role: "group", exclusive: true, note: "what the group may is not in this resource"}.judge,
		"aws_iam_user_group_membership":              binding{who: "user", role: "groups[]", note: "what the group may is not in this resource"}.judge,
		"aws_ssoadmin_account_assignment": binding{
			who: "principal_id", role: "permission_set_arn", on: "target_id",
			note: "people of the directory get a permission set in an account",
		}.judge,
		"aws_ssoadmin_managed_policy_attachment":          binding{who: "permission_set_arn", role: "managed_policy_arn", grade: gradeManaged}.judge,
		"aws_ssoadmin_customer_managed_policy_attachment": binding{who: "permission_set_arn", role: "customer_managed_policy_reference[].name", note: "what the policy says is not in this resource"}.judge,
		"aws_ssoadmin_permissions_boundary_attachment": binding{
			who: "permission_set_arn", role: "permissions_boundary[].managed_policy_arn,permissions_boundary[].customer_managed_policy_reference[].name",
			lifts: "a permissions boundary is taken away or another",
		}.judge,
		"aws_ssoadmin_permission_set":       freshOrChanged("people who get this permission set are sent elsewhere, or stay longer", "relay_state", "session_duration"),
		"aws_eks_access_entry":              binding{who: "principal_arn", role: "kubernetes_groups[],type", apart: true, on: "cluster_name", grade: gradeEKS}.judge,
		"aws_eks_access_policy_association": binding{who: "principal_arn", role: "policy_arn", on: "cluster_name", under: "access_scope[].namespaces[]", grade: gradeEKS}.judge,
		"aws_eks_pod_identity_association":  binding{who: "service_account", role: "role_arn", on: "cluster_name|namespace", note: "a service account of the cluster acts as the role"}.judge,
		"aws_cognito_identity_pool_roles_attachment": binding{
			who: "identity_pool_id", role: "roles.authenticated,roles.unauthenticated,role_mapping[].mapping_rule[].role_arn", apart: true,
			note: "users of an application act as the role",
		}.judge,
		"aws_rolesanywhere_profile":      binding{who: "name", role: "role_arns[]", note: "holders of a certificate act as the role"}.judge,
		"aws_rolesanywhere_trust_anchor": trusted("holders of certificates of an authority may act", "source"),

		"aws_iam_access_key":                  fresh("a new long-lived key", "user"),
		"aws_iam_user_login_profile":          fresh("a password for the console", "user"),
		"aws_iam_service_specific_credential": fresh("a new long-lived credential", "user_name", "service_name"),
		"aws_iam_user_ssh_key":                fresh("a new key", "username"),
		"aws_iam_openid_connect_provider":     trusted("tokens of another issuer count: roles that trust it say whose", "url", "client_id_list", "thumbprint_list"),
		"aws_iam_saml_provider":               trusted("people whom another directory vouches for", "saml_metadata_document"),
		"aws_iam_account_password_policy":     passwordPolicy,
		"aws_cognito_identity_pool":           identityPool,

		"aws_organizations_delegated_administrator":           binding{who: "account_id", role: "service_principal", grade: delegated}.judge,
		"aws_cloudtrail_organization_delegated_admin_account": binding{who: "account_id", grade: delegated}.judge,
		"aws_guardduty_organization_admin_account":            binding{who: "admin_account_id", grade: delegated}.judge,
		"aws_securityhub_organization_admin_account":          binding{who: "admin_account_id", grade: delegated}.judge,
		"aws_ram_principal_association":                       binding{who: "principal", on: "resource_share_arn", grade: sharedWith}.judge,
		"aws_ram_resource_share":                              ramShare,
		"aws_identitystore_group_membership":                  binding{who: "member_id", role: "group_id", note: "what the group may is not in this resource"}.judge,

		"awscc_iam_role":             awsccRole("assume_role_policy_document"),
		"awscc_iam_user":             all(awsccRole(""), fresh("a new user", "user_name")),
		"awscc_iam_group":            awsccRole(""),
		"awscc_iam_managed_policy":   policies(identityPolicy, "policy_document"),
		"awscc_iam_oidc_provider":    trusted("tokens of another issuer count: roles that trust it say whose", "url", "client_id_list", "thumbprint_list"),
		"awscc_iam_saml_provider":    trusted("people whom another directory vouches for", "saml_metadata_document"),
		"awscc_iam_instance_profile": binding{who: "instance_profile_name", role: "roles[]", note: "machines with this profile act as the role"}.judge,
	}
	for typ, at := range awsResourcePolicies {
		attribute, target, _ := strings.Cut(at, " ")
		m[typ] = policies(resourcePolicy, attribute, strings.Fields(target)...)
	}
	return m
}

// awsResourcePolicies are types with a policy of an object: the attribute that holds
// it, and those that say which object.
var awsResourcePolicies = map[string]string{
	"aws_s3_bucket_policy": "policy bucket", "aws_s3_bucket": "policy", "aws_s3control_bucket_policy": "policy bucket",
	"aws_s3_access_point": "policy", "aws_s3control_access_point_policy": "policy access_point_arn",
	"aws_s3control_multi_region_access_point_policy": "details[].policy", "aws_s3control_object_lambda_access_point_policy": "policy name",
	"aws_s3tables_table_bucket_policy": "resource_policy table_bucket_arn", "aws_s3tables_table_policy": "resource_policy table_bucket_arn namespace name",
	"aws_s3_directory_bucket_policy": "policy bucket",
	"aws_kms_key":                    "policy", "aws_kms_external_key": "policy", "aws_kms_key_policy": "policy key_id",
	"aws_kms_replica_key": "policy", "aws_kms_replica_external_key": "policy",
	"aws_sqs_queue": "policy", "aws_sqs_queue_policy": "policy queue_url", "aws_sns_topic": "policy", "aws_sns_topic_policy": "policy arn",
	"aws_secretsmanager_secret": "policy", "aws_secretsmanager_secret_policy": "policy secret_arn",
	"aws_ecr_repository_policy": "policy repository", "aws_ecr_registry_policy": "policy", "aws_ecrpublic_repository_policy": "policy repository_name",
	"aws_efs_file_system_policy": "policy file_system_id", "aws_glacier_vault": "access_policy", "aws_backup_vault_policy": "policy backup_vault_name",
	"aws_cloudwatch_event_bus_policy": "policy event_bus_name", "aws_cloudwatch_log_resource_policy": "policy_document policy_name",
	"aws_cloudwatch_log_destination_policy": "access_policy destination_name",
	"aws_elasticsearch_domain_policy":       "access_policies domain_name", "aws_opensearch_domain_policy": "access_policies domain_name",
	"aws_opensearch_domain": "access_policies", "aws_elasticsearch_domain": "access_policies",
	"aws_dynamodb_resource_policy": "policy resource_arn", "aws_kinesis_resource_policy": "policy resource_arn",
	"aws_api_gateway_rest_api": "policy", "aws_api_gateway_rest_api_policy": "policy rest_api_id", "aws_api_gateway_domain_name": "policy",
	"aws_glue_resource_policy": "policy", "aws_codeartifact_domain_permissions_policy": "policy_document domain",
	"aws_codeartifact_repository_permissions_policy": "policy_document repository domain", "aws_codebuild_resource_policy": "policy resource_arn",
	"aws_acmpca_policy": "policy resource_arn", "aws_msk_cluster_policy": "policy cluster_arn", "aws_redshift_resource_policy": "policy resource_arn",
	"aws_redshiftserverless_resource_policy": "policy resource_arn", "aws_ses_identity_policy": "policy identity",
	"aws_sesv2_email_identity_policy": "policy email_identity", "aws_xray_resource_policy": "policy_document policy_name",
	"aws_vpclattice_auth_policy": "policy resource_identifier", "aws_vpclattice_resource_policy": "policy resource_arn",
	"aws_media_store_container_policy": "policy container_name", "aws_networkfirewall_resource_policy": "policy resource_arn",
	"aws_oam_sink_policy": "policy sink_identifier", "aws_prometheus_resource_policy": "policy_document workspace_id",
	"aws_schemas_registry_policy": "policy registry_name", "aws_serverlessapplicationrepository_application_policy": "policy",
	"aws_lexv2models_resource_policy": "policy resource_arn", "aws_route53profiles_resource_policy": "policy", "aws_signer_signing_profile_permission": "policy",
	"awscc_s3_bucket_policy": "policy_document bucket", "awscc_kms_key": "key_policy", "awscc_sqs_queue_policy": "policy_document queues[]",
}
