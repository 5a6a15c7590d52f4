package guard

// Situations that no action of a plan shows: an update, and what it changes matters.

var startedSituations = []situation{
	{name: "user data", typ: "aws_instance", action: upd, before: `{"user_data":"a"}`, after: `{"user_data":"b"}`, want: []string{`runs-code at user_data`}},
	{name: "user data by a replacement", typ: "aws_instance", action: replace, before: `{"user_data":"a"}`, after: `{"user_data":"b"}`, want: []string{`runs-code at user_data`}},
	{name: "user data that was not there", typ: "aws_launch_template", action: upd, before: `{"user_data":""}`, after: `{"user_data":"b"}`, want: []string{`runs-code at user_data`}},
	{name: "user data known after apply", typ: "aws_launch_template", action: upd, before: `{"user_data":"a"}`, after: `{}`, unknown: `{"user_data":true}`, want: []string{`runs-code at user_data unknown needs ["user_data"]`}},
	{name: "user data gone", typ: "aws_instance", action: upd, before: `{"user_data":"a"}`, after: `{"user_data":null}`},
	{name: "user data of a new machine", typ: "aws_instance", action: create, after: `{"user_data":"a"}`},
	{name: "user data that stays", typ: "aws_instance", action: upd, before: `{"user_data":"a","instance_type":"x"}`, after: `{"user_data":"a","instance_type":"y"}`},
	{name: "custom data", typ: "azurerm_linux_virtual_machine", action: replace, before: `{"custom_data":"a"}`, after: `{"custom_data":"b"}`, sensitive: `{"custom_data":true}`, want: []string{`runs-code at custom_data sensitive`}},
	{name: "custom data in a block", typ: "azurerm_virtual_machine", action: upd, before: `{"os_profile":[{"custom_data":"a"}]}`, after: `{"os_profile":[{"custom_data":"b"}]}`, want: []string{`runs-code at os_profile[].custom_data`}},
	{name: "start script", typ: "google_compute_instance", action: upd, before: `{"metadata_startup_script":"a"}`, after: `{"metadata_startup_script":"b"}`, want: []string{`runs-code at metadata_startup_script`}},
	{name: "start script in metadata", typ: "google_compute_instance", action: upd, before: `{"metadata":{"foo":"a"}}`, after: `{"metadata":{"foo":"b","startup-script":"x"}}`, want: []string{`runs-code at metadata.startup-script`}},
	{name: "start script in metadata that was not there", typ: "google_compute_instance_template", action: replace, before: `{"metadata":null}`, after: `{"metadata":{"windows-startup-script-ps1":"x"}}`, want: []string{`runs-code at metadata.windows-startup-script-ps1`}},
	{name: "metadata of Oracle", typ: "oci_core_instance", action: upd, before: `{"metadata":{"user_data":"a"}}`, after: `{"metadata":{"user_data":"b"}}`, want: []string{`runs-code at metadata.user_data`}},
	{name: "cloud-init of Scaleway", typ: "scaleway_instance_server", action: upd, before: `{"user_data":{"cloud-init":"a"}}`, after: `{"user_data":{"cloud-init":"b"}}`, want: []string{`runs-code at user_data.cloud-init`}},
	{name: "start script of all machines", typ: "google_compute_project_metadata", action: create, after: `{"metadata":{"startup-script":"x"}}`, want: []string{`runs-code at metadata.startup-script`}},
	{name: "start script of all machines, alone", typ: "google_compute_project_metadata_item", action: create, after: `{"key":"startup-script","value":"x"}`, want: []string{`runs-code at value`}},
	{name: "start script of all machines, another", typ: "google_compute_project_metadata_item", action: upd, before: `{"key":"startup-script","value":"x"}`, after: `{"key":"startup-script","value":"y"}`, want: []string{`runs-code at value`}},
	{name: "an item that is no script", typ: "google_compute_project_metadata_item", action: create, after: `{"key":"colour","value":"x"}`},
	{name: "a tag of that name", typ: "aws_instance", action: upd, before: `{"tags":{"user_data":"a"}}`, after: `{"tags":{"user_data":"b"}}`},
}

var workloadSituations = []situation{
	{name: "privileged", typ: "kubernetes_deployment", action: upd, before: `{"spec":[{"container":[{"name":"a","security_context":[{"privileged":false}]}]}]}`, after: `{"spec":[{"container":[{"name":"a","security_context":[{"privileged":true}]}]}]}`, want: []string{`guardrail-off at spec[].container[].security_context[].privileged "false" → "true"`}},
	{name: "privileged where nothing was said", typ: "kubernetes_deployment", action: upd, before: `{"spec":[{"container":[{"name":"a","security_context":[]}]}]}`, after: `{"spec":[{"container":[{"name":"a","security_context":[{"privileged":true,"allow_privilege_escalation":true}]}]}]}`, want: []string{`guardrail-off at spec[].container[].security_context[].privileged "" → "true"`}},
	{name: "privileged in a new container", typ: "kubernetes_daemonset", action: upd, before: `{"spec":[{"container":[{"name":"a"}]}]}`, after: `{"spec":[{"container":[{"name":"a"},{"name":"b","security_context":[{"privileged":true}]}]}]}`, want: []string{`guardrail-off at spec[].container[].security_context[].privileged "" → "true"`}},
	{name: "privileged and new", typ: "kubernetes_pod", action: create, after: `{"spec":[{"host_network":true,"container":[{"name":"a","security_context":[{"privileged":true}]}]}]}`, want: []string{`guardrail-off at spec[].container[].security_context[].privileged "" → "true"`}},
	{name: "privileged no more", typ: "kubernetes_deployment", action: upd, before: `{"spec":[{"container":[{"name":"a","security_context":[{"privileged":true}]}]}]}`, after: `{"spec":[{"container":[{"name":"a","security_context":[]}]}]}`, want: []string{`part-removed at spec[].container[].security_context[] "1" → "0" [] +1`}},
	{name: "in a manifest", typ: "kubernetes_manifest", action: upd, before: `{"manifest":{"kind":"Pod","apiVersion":"v1","spec":{"hostPID":false}}}`, after: `{"manifest":{"kind":"Pod","apiVersion":"v1","spec":{"hostPID":true,"hostNetwork":true,"volumes":[{"name":"v","hostPath":{"path":"/"}}]}}}`, want: []string{`guardrail-off at manifest.spec.hostNetwork "" → "true"`, `guardrail-off at manifest.spec.hostPID "false" → "true"`, `guardrail-off at manifest.spec.volumes[].hostPath.path`}},
	{name: "files of the machine", typ: "kubernetes_deployment", action: upd, before: `{"spec":[{"volume":[{"name":"v","host_path":[{"path":"/var/log"}]}]}]}`, after: `{"spec":[{"volume":[{"name":"v","host_path":[{"path":"/"}]}]}]}`, want: []string{`guardrail-off at spec[].volume[].host_path[].path`}},
	{name: "as root", typ: "kubernetes_deployment", action: upd, before: `{"security_context":[{"run_as_non_root":true,"run_as_user":"1000","allow_privilege_escalation":false}]}`, after: `{"security_context":[{"run_as_non_root":false,"run_as_user":"0","allow_privilege_escalation":true}]}`, want: []string{
		`guardrail-off at security_context[].allow_privilege_escalation "false" → "true"`, `guardrail-off at security_context[].run_as_non_root "true" → "false"`, `guardrail-off at security_context[].run_as_user`,
	}},
	{name: "capabilities", typ: "kubernetes_deployment", action: upd, before: `{"security_context":[{"capabilities":[{"add":["A"]}]}]}`, after: `{"security_context":[{"capabilities":[{"add":["A","SYS_ADMIN"]}]}]}`, want: []string{`guardrail-off at security_context[].capabilities[].add[] [] +1`}},
	{name: "task", typ: "aws_ecs_task_definition", action: replace, before: `{"pid_mode":"","container_definitions":"[{\"name\":\"a\",\"image\":\"x\"}]"}`, after: `{"pid_mode":"host","container_definitions":"[{\"name\":\"a\",\"image\":\"x\",\"privileged\":true}]"}`, want: []string{`guardrail-off at container_definitions[].privileged "" → "true"`, `guardrail-off at pid_mode "" → "host"`}},
	{name: "another image", typ: "aws_ecs_task_definition", action: replace, before: `{"container_definitions":"[{\"name\":\"a\",\"image\":\"x\"}]"}`, after: `{"container_definitions":"[{\"name\":\"a\",\"image\":\"y\"}]"}`},
	{name: "another type's word", typ: "okta_thing", action: upd, before: `{"privileged":false}`, after: `{"privileged":true}`},
}

var ruleSetSituations = []situation{
	{name: "another group", typ: "aws_instance", action: upd, before: `{"vpc_security_group_ids":["sg-1"]}`, after: `{"vpc_security_group_ids":["sg-2"]}`, want: []string{`guardrail-off at vpc_security_group_ids[] [] +1`}},
	{name: "a group more", typ: "aws_lambda_function", action: upd, before: `{"vpc_config":[{"security_group_ids":["sg-1"]}]}`, after: `{"vpc_config":[{"security_group_ids":["sg-1","sg-2"]}]}`, want: []string{`guardrail-off at vpc_config[].security_group_ids[] [] +1`}},
	{name: "a group that is not made yet", typ: "aws_instance", action: upd, before: `{"vpc_security_group_ids":["a","b"]}`, after: `{"vpc_security_group_ids":["a",null]}`, unknown: `{"vpc_security_group_ids":[false,true]}`, want: []string{`guardrail-off at vpc_security_group_ids[] unknown needs ["vpc_security_group_ids"]`}},
	{name: "the same in another order", typ: "aws_instance", action: upd, before: `{"vpc_security_group_ids":["a","b"]}`, after: `{"vpc_security_group_ids":["b","a"]}`},
	{name: "a group of a new machine", typ: "aws_instance", action: create, after: `{"vpc_security_group_ids":["a"]}`},
	{name: "association with another group", typ: "azurerm_subnet_network_security_group_association", action: replace, before: `{"subnet_id":"s","network_security_group_id":"a"}`, after: `{"subnet_id":"s","network_security_group_id":"b"}`, want: []string{`guardrail-off at network_security_group_id`}},
	{name: "association of a network card", typ: "azurerm_network_interface_security_group_association", action: replace, before: `{"network_security_group_id":"a"}`, after: `{}`, unknown: `{"network_security_group_id":true}`, want: []string{`guardrail-off at network_security_group_id unknown needs ["network_security_group_id"]`}},
	{name: "group in the network card", typ: "azurerm_thing", action: upd, before: `{"network_security_group_id":"a"}`, after: `{"network_security_group_id":"b"}`, want: []string{`guardrail-off at network_security_group_id`}},
	{name: "delivery in the clear", typ: "aws_cloudfront_distribution", action: upd, before: `{"default_cache_behavior":[{"viewer_protocol_policy":"redirect-to-https"}]}`, after: `{"default_cache_behavior":[{"viewer_protocol_policy":"allow-all"}]}`, want: []string{`guardrail-off at default_cache_behavior[].viewer_protocol_policy "redirect-to-https" → "allow-all"`}},
	{name: "log in to a database", typ: "aws_db_instance", action: upd, before: `{"iam_database_authentication_enabled":true}`, after: `{"iam_database_authentication_enabled":false}`, want: []string{`guardrail-off at iam_database_authentication_enabled "true" → "false"`}},
	{name: "password of a cache", typ: "aws_elasticache_replication_group", action: upd, before: `{"auth_token":"a"}`, after: `{"auth_token":null}`, sensitive: `{"auth_token":true}`, want: []string{`guardrail-off at auth_token sensitive`}},
	{name: "another password of a cache", typ: "aws_elasticache_replication_group", action: upd, before: `{"auth_token":"a"}`, after: `{"auth_token":"b"}`, sensitive: `{"auth_token":true}`},
	{name: "snapshot for another account", typ: "aws_db_snapshot", action: upd, before: `{"shared_accounts":[]}`, after: `{"shared_accounts":["123456789012"]}`, want: []string{`grant-trust at shared_accounts[] [] +1`}},
	{name: "snapshot made for another account", typ: "aws_db_cluster_snapshot", action: create, after: `{"shared_accounts":["123456789012"]}`, want: []string{`grant-trust at shared_accounts[] [] +1`}},
	{name: "website", typ: "aws_s3_bucket", action: upd, before: `{"website":[]}`, after: `{"website":[{"index_document":"i"}]}`, want: []string{`public at website[]`}},
}

var documentSituations = []situation{
	{name: "member twice", typ: "azapi_resource", action: upd, before: `{"type":"Microsoft.New/things@2023","body":"{\"properties\":{\"publicNetworkAccess\":\"Disabled\"}}"}`, after: `{"type":"Microsoft.New/things@2023","body":"{\"properties\":{\"publicNetworkAccess\":\"Enabled\",\"publicNetworkAccess\":\"Disabled\"}}"}`, want: []string{`guardrail-off at body unknown`, `part-removed at body unknown`, `protection-off at body unknown`, `public at body unknown`}},
	{name: "member twice, escaped", typ: "acme_thing", action: upd, before: `{"doc":"{\"a\":1}"}`, after: `{"doc":"{\"a\":1,\"\\u0061\":2}"}`, want: []string{`part-removed at doc unknown`}},
	{name: "something behind", typ: "acme_thing", action: upd, before: `{"doc":"{\"a\":1}"}`, after: `{"doc":"{\"a\":1} x"}`, want: []string{`part-removed at doc unknown`}},
	{name: "it was none before", typ: "acme_thing", action: upd, before: `{"doc":"{\"a\":1,\"a\":2}"}`, after: `{"doc":"{\"public_access\":true}"}`, want: []string{`part-removed at doc unknown`, `public at doc.public_access "" → "true"`}},
	{name: "made so", typ: "acme_thing", action: create, after: `{"doc":"{\"a\":1,\"a\":2}"}`, want: []string{`public at doc unknown`}},
	{name: "a carrier's body that nobody can read", typ: "aws_cloudcontrolapi_resource", action: create, after: `{"type_name":"AWS::New::Thing","desired_state":"{PubliclyAccessible: true}"}`, want: []string{`public at desired_state unknown`}},
	{name: "sensitive", typ: "acme_thing", action: upd, before: `{"doc":"{\"a\":1}"}`, after: `{"doc":"{\"a\":1,\"a\":2}"}`, sensitive: `{"doc":true}`, want: []string{`part-removed at doc unknown sensitive`}},
}

var tagSituations = []situation{
	{name: "name", typ: "aws_instance", action: upd, before: `{"tags":{"Name":"web","Foo":"x"}}`, after: `{"tags":{"Foo":"x"}}`},
	{name: "words that only begin alike", typ: "aws_instance", action: upd, before: `{"tags":{"database":"1","application":"1","environs":"1","teamwork":"1","appid":"1","x":"1"}}`, after: `{"tags":{"x":"1"}}`},
	{name: "whole words", typ: "aws_instance", action: upd, before: `{"tags":{"CostCenter":"1","acme:data-class":"1","BackupPlan":"1","x":"1"}}`, after: `{"tags":{"x":"1"}}`, want: []string{`part-removed at tags "4" → "1" ["BackupPlan" "CostCenter" "acme:data-class"]`}},
	{name: "a policy's exception", typ: "aws_instance", action: upd, before: `{"tags":{"do-not-delete":"1","Confidentiality":"1"}}`, after: `{"tags":{}}`, want: []string{`part-removed at tags "2" → "0" ["Confidentiality" "do-not-delete"]`}},
	{name: "a tag of a provider", typ: "aws_autoscaling_group", action: upd, before: `{"tag":[{"key":"k8s.io/cluster-autoscaler/enabled","value":"1"},{"key":"Name","value":"1"}]}`, after: `{"tag":[{"key":"Name","value":"1"}]}`, want: []string{`part-removed at tag[] "2" → "1" ["k8s.io/cluster-autoscaler/enabled"]`}},
}
