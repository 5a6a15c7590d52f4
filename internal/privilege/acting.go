package privilege

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// acting are the types that run a program under an identity: the attributes that say
// which. A path that ends in ! stands for a default identity when it is empty, which
// may do more than the one that was named; one that ends in + lists scopes of Google,
// which hold the identity down.
var acting = actingTypes()

func actingTypes() map[string]string {
	const google = "service_account[].email service_account[].scopes[]+"
	m := map[string]string{
		"aws_instance": "iam_instance_profile", "aws_launch_configuration": "iam_instance_profile",
		"aws_launch_template":       "iam_instance_profile[].arn iam_instance_profile[].name",
		"aws_spot_instance_request": "iam_instance_profile",
		"aws_lambda_function":       "role", "aws_codebuild_project": "service_role", "aws_codepipeline": "role_arn",
		"aws_ecs_task_definition": "task_role_arn execution_role_arn",
		"aws_sfn_state_machine":   "role_arn", "aws_glue_job": "role_arn", "aws_sagemaker_notebook_instance": "role_arn",
		"aws_apprunner_service":  "instance_configuration[].instance_role_arn",
		"aws_scheduler_schedule": "target[].role_arn", "aws_pipes_pipe": "role_arn", "aws_cloudwatch_event_target": "role_arn",
		"aws_cloudformation_stack": "iam_role_arn", "aws_eks_node_group": "node_role_arn",
		"aws_ssm_maintenance_window_task": "service_role_arn",

		"google_compute_instance": google, "google_compute_instance_template": google, "google_compute_region_instance_template": google,
		"google_compute_instance_from_template": google,
		"google_container_node_pool":            "node_config[].service_account! node_config[].oauth_scopes[]+",
		"google_container_cluster":              "node_config[].service_account! node_config[].oauth_scopes[]+",
		"google_cloudfunctions_function":        "service_account_email!",
		"google_cloudfunctions2_function":       "service_config[].service_account_email! build_config[].service_account!",
		"google_cloud_run_service":              "template[].spec[].service_account_name!",
		"google_cloud_run_v2_service":           "template[].service_account!",
		"google_cloud_run_v2_job":               "template[].template[].service_account!",
		"google_cloud_run_v2_worker_pool":       "template[].service_account!",
		"google_cloudbuild_trigger":             "service_account!",
		"google_workflows_workflow":             "service_account!",
		"google_dataflow_job":                   "service_account_email!",
	}
	for _, name := range []string{
		"linux_virtual_machine", "windows_virtual_machine", "virtual_machine", "linux_virtual_machine_scale_set", "windows_virtual_machine_scale_set",
		"orchestrated_virtual_machine_scale_set", "virtual_machine_scale_set", "linux_function_app", "windows_function_app", "function_app",
		"function_app_flex_consumption", "linux_function_app_slot", "windows_function_app_slot", "linux_web_app", "windows_web_app", "app_service",
		"linux_web_app_slot", "windows_web_app_slot", "container_group", "container_app", "container_app_job", "kubernetes_cluster", "automation_account",
		"logic_app_workflow", "logic_app_standard", "data_factory", "batch_pool", "machine_learning_compute_cluster", "machine_learning_compute_instance",
		"resource_deployment_script_azure_cli", "resource_deployment_script_azure_power_shell", "spring_cloud_app", "container_registry_task",
	} {
		m["azurerm_"+name] = "identity[].identity_ids[]"
	}
	const pod = "spec[].service_account_name!"
	for typ, path := range map[string]string{
		"pod": pod, "deployment": "spec[].template[]." + pod, "daemonset": "spec[].template[]." + pod, "daemon_set": "spec[].template[]." + pod,
		"stateful_set": "spec[].template[]." + pod, "replication_controller": "spec[].template[]." + pod, "job": "spec[].template[]." + pod,
		"cron_job": "spec[].job_template[].spec[].template[]." + pod,
	} {
		m["kubernetes_"+typ], m["kubernetes_"+typ+"_v1"] = path, path
	}
	return m
}

var manifestIdentities = func() string {
	var out []string
	for _, at := range []string{"manifest.spec.", "manifest.spec.template.spec.", "manifest.spec.jobTemplate.spec.template.spec."} {
		out = append(out, at+"serviceAccountName!", at+"serviceAccount!")
	}
	return strings.Join(out, " ")
}()

func actingJudges() map[string]func(*judge) {
	m := map[string]func(*judge){}
	for typ, paths := range actingTypes() {
		m[typ] = func(j *judge) { acts(j, paths) }
	}
	return m
}

// acts judges under which identity a program runs that is there already. What a new
// program may do is told where its identity is given it.
func acts(j *judge, paths string) {
	if !j.old.Exists() || !j.new.Exists() {
		return
	}
	for path := range strings.FieldsSeq(paths) {
		name := strings.TrimRight(path, "!+")
		was, is := j.items(j.old, name), j.items(j.new, name)
		s := said{note: "the program acts as another identity", what: without(is.texts, was.texts)}
		switch {
		case is.unknown:
			s.unknown, s.needs = true, tops(name)
		case strings.HasSuffix(path, "+"):
			s.note, s.what = "the program may use more of what its identity may", moreScopes(was.texts, is.texts)
			if len(s.what) == 0 {
				continue
			}
		case len(s.what) > 0, was.unknown:
		case strings.HasSuffix(path, "!") && len(was.texts) > 0 && len(is.texts) == 0 && !defaultAccount(was):
			s.note = "the program acts as the default identity"
		default:
			continue
		}
		if len(was.texts) == 0 && strings.HasSuffix(path, "!") && defaultAccount(is) {
			continue
		}
		j.say(checks.ConsequenceGrantWider, name, s)
	}
}

// defaultAccount reports whether the identity is the one of those that name none.
func defaultAccount(it items) bool {
	return !it.unknown && len(it.texts) == 1 && it.texts[0] == "default"
}

// moreScopes are the scopes that are new, by their short names; none where everything
// was within before.
func moreScopes(was, is []string) []string {
	short := func(list []string) []string {
		var out []string
		for _, t := range list {
			out = append(out, t[strings.LastIndexByte(t, '/')+1:])
		}
		return out
	}
	was, is = short(was), short(is)
	if slices.Contains(was, "cloud-platform") {
		return nil
	}
	return without(is, was)
}
