package guard

// Situations of clusters, logins, records, settings and buckets: what each attribute
// means is the table's to say, and that of entries with a name logins' and settings'.

var clusterSituations = []situation{
	{name: "old rules", typ: "google_container_cluster", action: upd, before: `{"enable_legacy_abac":false}`, after: `{"enable_legacy_abac":true}`, want: []string{`guardrail-off at enable_legacy_abac "false" → "true"`}},
	{name: "old rules in a new cluster", typ: "google_container_cluster", action: create, after: `{"enable_legacy_abac":true}`, want: []string{`guardrail-off at enable_legacy_abac "" → "true"`}},
	{name: "unsigned images", typ: "google_container_cluster", action: upd, before: `{"binary_authorization":[{"evaluation_mode":"PROJECT_SINGLETON_POLICY_ENFORCE"}]}`, after: `{"binary_authorization":[{"evaluation_mode":"DISABLED"}]}`, want: []string{`guardrail-off at binary_authorization.evaluation_mode "PROJECT_SINGLETON_POLICY_ENFORCE" → "DISABLED"`}},
	{name: "network policies", typ: "google_container_cluster", action: upd, before: `{"network_policy":[{"enabled":true}]}`, after: `{"network_policy":[{"enabled":false}]}`, want: []string{`guardrail-off at network_policy.enabled "true" → "false"`}},
	{name: "shielded nodes", typ: "google_container_cluster", action: upd, before: `{"enable_shielded_nodes":true}`, after: `{"enable_shielded_nodes":false}`, want: []string{`guardrail-off at enable_shielded_nodes "true" → "false"`}},
	{name: "logs of a cluster", typ: "google_container_cluster", action: upd, before: `{"logging_service":"logging.googleapis.com/kubernetes"}`, after: `{"logging_service":"none"}`, want: []string{`guardrail-off at logging_service "" → "none"`}},
	{name: "certificates for all", typ: "google_container_cluster", action: upd, before: `{"master_auth":[{"client_certificate_config":[{"issue_client_certificate":false}]}]}`, after: `{"master_auth":[{"client_certificate_config":[{"issue_client_certificate":true}]}]}`, want: []string{`guardrail-off at master_auth.client_certificate_config.issue_client_certificate "false" → "true"`}},
	{name: "local accounts", typ: "azurerm_kubernetes_cluster", action: upd, before: `{"local_account_disabled":true}`, after: `{"local_account_disabled":false}`, want: []string{`guardrail-off at local_account_disabled "true" → "false"`}},
	{name: "policies of Azure", typ: "azurerm_kubernetes_cluster", action: upd, before: `{"azure_policy_enabled":true}`, after: `{"azure_policy_enabled":false}`, want: []string{`guardrail-off at azure_policy_enabled "true" → "false"`}},
	{name: "the other way", typ: "azurerm_kubernetes_cluster", action: upd, before: `{"azure_policy_enabled":false,"local_account_disabled":false}`, after: `{"azure_policy_enabled":true,"local_account_disabled":true}`},
}

var scaledSituations = []situation{
	{name: "service", typ: "aws_ecs_service", action: upd, before: `{"desired_count":6}`, after: `{"desired_count":0}`, want: []string{`part-removed at desired_count "6" → "0"`}},
	{name: "machines of a group", typ: "aws_autoscaling_group", action: upd, before: `{"desired_capacity":3,"max_size":6,"min_size":3}`, after: `{"desired_capacity":0,"max_size":0,"min_size":0}`, want: []string{`part-removed at desired_capacity "3" → "0"`, `part-removed at max_size "6" → "0"`}},
	{name: "copies", typ: "kubernetes_stateful_set", action: upd, before: `{"spec":[{"replicas":"3"}]}`, after: `{"spec":[{"replicas":"0"}]}`, want: []string{`part-removed at spec[].replicas`}},
	{name: "copies in a manifest", typ: "kubernetes_manifest", action: upd, before: `{"manifest":{"kind":"Deployment","spec":{"replicas":3}}}`, after: `{"manifest":{"kind":"Deployment","spec":{"replicas":0}}}`, want: []string{`part-removed at manifest.spec.replicas "3" → "0"`}},
	{name: "nodes", typ: "google_container_node_pool", action: upd, before: `{"node_count":3}`, after: `{"node_count":0}`, want: []string{`part-removed at node_count "3" → "0"`}},
	{name: "executions", typ: "aws_lambda_function", action: upd, before: `{"reserved_concurrent_executions":-1}`, after: `{"reserved_concurrent_executions":0}`, want: []string{`part-removed at reserved_concurrent_executions "-1" → "0"`}},
	{name: "nobody knows yet", typ: "aws_ecs_service", action: upd, before: `{"desired_count":6}`, after: `{}`, unknown: `{"desired_count":true}`, want: []string{`part-removed at desired_count "6" → "" unknown needs ["desired_count"]`}},
	{name: "fewer", typ: "aws_ecs_service", action: upd, before: `{"desired_count":6}`, after: `{"desired_count":1}`},
	{name: "none before", typ: "aws_ecs_service", action: upd, before: `{"desired_count":0}`, after: `{"desired_count":0}`},
	{name: "nobody says any more", typ: "aws_ecs_service", action: upd, before: `{"desired_count":6}`, after: `{"desired_count":null}`},
	{name: "least number", typ: "aws_autoscaling_group", action: upd, before: `{"min_size":3,"max_size":5}`, after: `{"min_size":0,"max_size":5}`},
	{name: "new and empty", typ: "aws_autoscaling_group", action: create, after: `{"desired_capacity":0}`},
}

var loginSituations = []situation{
	{name: "roles", typ: "google_compute_instance", action: upd, before: `{"metadata":{"enable-oslogin":"TRUE"}}`, after: `{"metadata":{"enable-oslogin":"FALSE"}}`, want: []string{`guardrail-off at metadata.enable-oslogin "TRUE" → "FALSE"`}},
	{name: "roles, against the project", typ: "google_compute_instance", action: upd, before: `{"metadata":{"a":"b"}}`, after: `{"metadata":{"a":"b","enable-oslogin":"FALSE"}}`, want: []string{`guardrail-off at metadata.enable-oslogin "" → "FALSE"`}},
	{name: "roles in a project", typ: "google_compute_project_metadata", action: create, after: `{"metadata":{"enable-oslogin":"FALSE"}}`, want: []string{`guardrail-off at metadata.enable-oslogin "" → "FALSE"`}},
	{name: "roles in a project, alone", typ: "google_compute_project_metadata_item", action: upd, before: `{"key":"enable-oslogin","value":"TRUE"}`, after: `{"key":"enable-oslogin","value":"false"}`, want: []string{`guardrail-off at value "TRUE" → "false"`}},
	{name: "an item under another key", typ: "google_compute_project_metadata_item", action: replace, before: `{"key":"a","value":"false"}`, after: `{"key":"enable-oslogin","value":"false"}`, want: []string{`guardrail-off at value "" → "false"`}},
	{name: "keys of the project", typ: "google_compute_instance", action: upd, before: `{"metadata":{"block-project-ssh-keys":"true"}}`, after: `{"metadata":{}}`, want: []string{`guardrail-off at metadata.block-project-ssh-keys "true" → ""`, `part-removed at metadata "1" → "0" ["block-project-ssh-keys"]`}},
	{name: "keys of the project, as by default", typ: "google_compute_instance", action: upd, before: `{"metadata":{}}`, after: `{"metadata":{"block-project-ssh-keys":"false"}}`},
	{name: "roles say so again", typ: "google_compute_instance", action: upd, before: `{"metadata":{"enable-oslogin":"FALSE"}}`, after: `{"metadata":{"enable-oslogin":"TRUE"}}`},
	{name: "console", typ: "google_compute_instance", action: upd, before: `{"metadata":{}}`, after: `{"metadata":{"serial-port-enable":"1"}}`, want: []string{`guardrail-off at metadata.serial-port-enable`}},
	{name: "console of a new machine", typ: "google_compute_instance", action: create, after: `{"metadata":{"serial-port-enable":"TRUE"}}`, want: []string{`guardrail-off at metadata.serial-port-enable "" → "TRUE"`}},
	{name: "keys", typ: "google_compute_instance", action: upd, before: `{"metadata":{"ssh-keys":"a:ssh-rsa A"}}`, after: `{"metadata":{"ssh-keys":"a:ssh-rsa A\nb:ssh-rsa B"}}`, want: []string{`grant-wider at metadata.ssh-keys`}},
	{name: "keys of a project", typ: "google_compute_project_metadata_item", action: create, after: `{"key":"ssh-keys","value":"a:ssh-rsa A"}`, want: []string{`grant-wider at value`}},
	{name: "keys, sensitive", typ: "google_compute_instance", action: upd, before: `{"metadata":{"ssh-keys":"a"}}`, after: `{"metadata":{"ssh-keys":"b"}}`, sensitive: `{"metadata":true}`, want: []string{`grant-wider at metadata sensitive`}},
	{name: "keys of a new machine", typ: "google_compute_instance", action: create, after: `{"metadata":{"ssh-keys":"a:ssh-rsa A"}}`},
	{name: "keys of something else", typ: "acme_machine", action: upd, before: `{"metadata":{"ssh-keys":"a"}}`, after: `{"metadata":{"ssh-keys":"b"}}`},
	{name: "second factor", typ: "aws_cognito_user_pool", action: upd, before: `{"mfa_configuration":"ON"}`, after: `{"mfa_configuration":"OFF"}`, want: []string{`guardrail-off at mfa_configuration "ON" → "OFF"`}},
	{name: "second factor for who likes", typ: "aws_cognito_user_pool", action: upd, before: `{"mfa_configuration":"ON"}`, after: `{"mfa_configuration":"OPTIONAL"}`, want: []string{`guardrail-off at mfa_configuration "ON" → "OPTIONAL"`}},
	{name: "shorter passwords", typ: "aws_cognito_user_pool", action: upd, before: `{"password_policy":[{"minimum_length":14}]}`, after: `{"password_policy":[{"minimum_length":6}]}`, want: []string{`guardrail-off at password_policy.minimum_length "14" → "6"`}},
	{name: "accounts for anybody", typ: "aws_cognito_user_pool", action: upd, before: `{"admin_create_user_config":[{"allow_admin_create_user_only":true}]}`, after: `{"admin_create_user_config":[{"allow_admin_create_user_only":false}]}`, want: []string{`guardrail-off at admin_create_user_config.allow_admin_create_user_only "true" → "false"`}},
	{name: "web app", typ: "azurerm_linux_web_app", action: upd, before: `{"auth_settings_v2":[{"auth_enabled":true}]}`, after: `{"auth_settings_v2":[{"auth_enabled":false}]}`, want: []string{`guardrail-off at auth_settings_v2.auth_enabled "true" → "false"`}},
	{name: "web app lets in", typ: "azurerm_linux_web_app", action: upd, before: `{"auth_settings_v2":[{"unauthenticated_action":"RedirectToLoginPage"}]}`, after: `{"auth_settings_v2":[{"unauthenticated_action":"AllowAnonymous"}]}`, want: []string{`guardrail-off at auth_settings_v2.unauthenticated_action "RedirectToLoginPage" → "AllowAnonymous"`}},
	{name: "keys of an account", typ: "azurerm_storage_account", action: upd, before: `{"shared_access_key_enabled":false}`, after: `{"shared_access_key_enabled":true}`, want: []string{`guardrail-off at shared_access_key_enabled "false" → "true"`}},
	{name: "keys of an account no more", typ: "azurerm_storage_account", action: upd, before: `{"shared_access_key_enabled":true}`, after: `{"shared_access_key_enabled":false}`},
}

var recordSituations = []situation{
	{name: "trail sees less", typ: "aws_cloudtrail", action: upd, before: `{"event_selector":[{"read_write_type":"All"}]}`, after: `{"event_selector":[{"read_write_type":"WriteOnly"}]}`, want: []string{`guardrail-off at event_selector.read_write_type "All" → "WriteOnly"`}},
	{name: "trail has no key", typ: "aws_cloudtrail", action: upd, before: `{"kms_key_id":"arn:k"}`, after: `{"kms_key_id":null}`, want: []string{`guardrail-off at kms_key_id`}},
	{name: "rule of events", typ: "aws_cloudwatch_event_rule", action: upd, before: `{"state":"ENABLED"}`, after: `{"state":"DISABLED"}`, want: []string{`guardrail-off at state "ENABLED" → "DISABLED"`}},
	{name: "alarm", typ: "aws_cloudwatch_metric_alarm", action: upd, before: `{"actions_enabled":true}`, after: `{"actions_enabled":false}`, want: []string{`guardrail-off at actions_enabled "true" → "false"`}},
	{name: "alarm destroyed", typ: "aws_cloudwatch_metric_alarm", action: destroy, before: `{"actions_enabled":true}`, want: []string{`guardrail-off`}},
	{name: "alert", typ: "google_monitoring_alert_policy", action: upd, before: `{"enabled":true}`, after: `{"enabled":false}`, want: []string{`guardrail-off at enabled "true" → "false"`}},
	{name: "whoever asks", typ: "aws_vpc_endpoint_service_allowed_principal", action: create, after: `{"principal_arn":"*"}`, want: []string{`public at principal_arn`}},
	{name: "one account asks", typ: "aws_vpc_endpoint_service_allowed_principal", action: create, after: `{"principal_arn":"arn:aws:iam::123456789012:root"}`},
	{name: "lock", typ: "azurerm_management_lock", action: upd, before: `{"lock_level":"ReadOnly"}`, after: `{"lock_level":"CanNotDelete"}`, want: []string{`guardrail-off at lock_level "ReadOnly" → "CanNotDelete"`}},
	{name: "harder lock", typ: "azurerm_management_lock", action: replace, before: `{"lock_level":"CanNotDelete"}`, after: `{"lock_level":"ReadOnly"}`},
}

var settingSituations = []situation{
	{name: "listener", typ: "aws_lb_listener", action: upd, before: `{"protocol":"HTTPS"}`, after: `{"protocol":"HTTP"}`, want: []string{`guardrail-off at protocol "HTTPS" → "HTTP"`}},
	{name: "new listener in the clear", typ: "aws_lb_listener", action: create, after: `{"protocol":"HTTP"}`},
	{name: "zone", typ: "cloudflare_zone_settings_override", action: upd, before: `{"settings":[{"ssl":"strict"}]}`, after: `{"settings":[{"ssl":"flexible"}]}`, want: []string{`guardrail-off at settings.ssl "strict" → "flexible"`}},
	{name: "zone without firewall", typ: "cloudflare_zone_settings_override", action: upd, before: `{"settings":[{"waf":"on"}]}`, after: `{"settings":[{"waf":"off"}]}`, want: []string{`guardrail-off at settings.waf "on" → "off"`}},
	{name: "zone, one by one", typ: "cloudflare_zone_setting", action: upd, before: `{"setting_id":"ssl","value":"strict"}`, after: `{"setting_id":"ssl","value":"off"}`, want: []string{`guardrail-off at value "strict" → "off" ["ssl"]`}},
	{name: "database in the clear", typ: "aws_db_parameter_group", action: upd, before: `{"parameter":[{"name":"rds.force_ssl","value":"1"}]}`, after: `{"parameter":[{"name":"rds.force_ssl","value":"0"}]}`, want: []string{`guardrail-off at parameter[] ["rds.force_ssl"]`}},
	{name: "database in the clear, and in another order", typ: "aws_db_parameter_group", action: upd, before: `{"parameter":[{"name":"require_secure_transport","value":"ON"},{"name":"a","value":"1"}]}`, after: `{"parameter":[{"name":"a","value":"1"},{"name":"require_secure_transport","value":"OFF"}]}`, want: []string{`guardrail-off at parameter[] "ON" → "OFF" ["require_secure_transport"]`}},
	{name: "database, not known yet", typ: "aws_db_parameter_group", action: upd, before: `{"parameter":[{"name":"rds.force_ssl","value":"1"}]}`, after: `{"parameter":[{"name":"rds.force_ssl"}]}`, unknown: `{"parameter":[{"value":true}]}`, want: []string{`guardrail-off at parameter[] ["rds.force_ssl"] unknown needs ["parameter"]`}},
	{name: "another parameter", typ: "aws_db_parameter_group", action: upd, before: `{"parameter":[{"name":"work_mem","value":"1"}]}`, after: `{"parameter":[{"name":"work_mem","value":"0"}]}`},
	{name: "flag of Google", typ: "google_sql_database_instance", action: upd, before: `{"settings":[{"database_flags":[{"name":"cloudsql.iam_authentication","value":"on"}]}]}`, after: `{"settings":[{"database_flags":[{"name":"cloudsql.iam_authentication","value":"off"}]}]}`, want: []string{`guardrail-off at settings[].database_flags[] "on" → "off" ["cloudsql.iam_authentication"]`}},
	{name: "server of Azure", typ: "azurerm_mysql_flexible_server_configuration", action: upd, before: `{"name":"require_secure_transport","value":"ON"}`, after: `{"name":"require_secure_transport","value":"OFF"}`, want: []string{`guardrail-off at value "ON" → "OFF" ["require_secure_transport"]`}},
	{name: "server of Azure, the other way", typ: "azurerm_mysql_flexible_server_configuration", action: upd, before: `{"name":"require_secure_transport","value":"OFF"}`, after: `{"name":"require_secure_transport","value":"ON"}`},
}

var bucketSituations = []situation{
	{name: "list of grants", typ: "aws_s3_bucket_acl", action: create, after: `{"access_control_policy":[{"grant":[{"permission":"READ","grantee":[{"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers"}]}]}]}`, want: []string{`public at access_control_policy.grant.grantee.uri`}},
	{name: "list of grants, one more", typ: "aws_s3_bucket_acl", action: upd, before: `{"access_control_policy":[{"grant":[{"permission":"READ","grantee":[{"type":"CanonicalUser","id":"a"}]}]}]}`, after: `{"access_control_policy":[{"grant":[{"permission":"READ","grantee":[{"type":"CanonicalUser","id":"a"}]},{"permission":"WRITE","grantee":[{"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}]}]}]}`, want: []string{`public at access_control_policy.grant.grantee.uri`}},
	{name: "grant in the bucket", typ: "aws_s3_bucket", action: upd, before: `{"grant":[]}`, after: `{"grant":[{"permissions":["READ"],"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers"}]}`, want: []string{`public at grant.uri`}},
	{name: "logs are written", typ: "aws_s3_bucket_acl", action: create, after: `{"access_control_policy":[{"grant":[{"permission":"WRITE","grantee":[{"type":"Group","uri":"http://acs.amazonaws.com/groups/s3/LogDelivery"}]}]}]}`},
	{name: "default of new objects", typ: "google_storage_default_object_acl", action: create, after: `{"role_entity":["READER:allUsers"]}`, want: []string{`public at role_entity[]`}},
	{name: "default of new objects, alone", typ: "google_storage_default_object_access_control", action: create, after: `{"entity":"allUsers"}`, want: []string{`public at entity "" → "allUsers"`}},
}
