package tfsource

// What runs a program or fetches something while a plan is made or applied, and
// leaves no trace among the changes of a plan. The words go on "…: what it does".

// runsOrFetches are types of data sources and ephemeral resources.
var runsOrFetches = map[string]string{
	"external":                 "runs a program where Terraform runs",
	"shell_script":             "runs a program where Terraform runs",
	"local_command":            "runs a program where Terraform runs",
	"command":                  "runs a program where Terraform runs",
	"ansible_inventory":        "runs a program where Terraform runs",
	"kustomization_build":      "reads files or fetches them from elsewhere",
	"kustomization_overlay":    "reads files or fetches them from elsewhere",
	"helm_template":            "fetches a chart and renders it",
	"http":                     "makes a request from where Terraform runs",
	"httpclient_request":       "makes a request from where Terraform runs",
	"curl":                     "makes a request from where Terraform runs",
	"curl2":                    "makes a request from where Terraform runs",
	"graphql_query":            "makes a request from where Terraform runs",
	"restapi_object":           "makes a request from where Terraform runs",
	"azapi_resource_action":    "makes a request with the provider's credentials",
	"aws_lambda_invocation":    "invokes a function",
	"local_file":               "reads a file where Terraform runs",
	"local_sensitive_file":     "reads a file where Terraform runs",
	"terraform_remote_state":   "reads the state of another configuration",
	"tfe_outputs":              "reads the state of another configuration",
	"remote_file":              "reads a file of another machine",
	"ssh_resource":             "runs a program on another machine",
	"ssh_tunnel":               "opens a connection to another machine",
	"dns_a_record_set":         "asks a name server, which tells it the name",
	"dns_aaaa_record_set":      "asks a name server, which tells it the name",
	"dns_cname_record_set":     "asks a name server, which tells it the name",
	"dns_mx_record_set":        "asks a name server, which tells it the name",
	"dns_ns_record_set":        "asks a name server, which tells it the name",
	"dns_ptr_record_set":       "asks a name server, which tells it the name",
	"dns_srv_record_set":       "asks a name server, which tells it the name",
	"dns_txt_record_set":       "asks a name server, which tells it the name",
	"postgresql_query":         "runs a statement in a database",
	"mysql_query":              "runs a statement in a database",
	"snowflake_query":          "runs a statement in a database",
	"vault_generic_endpoint":   "makes a request with the provider's credentials",
	"kubernetes_token_request": "makes a token",
}

// actionsThatRun are types of actions.
var actionsThatRun = map[string]string{
	"local_command":                       "runs a program where Terraform runs",
	"ansible_playbook_run":                "runs a program where Terraform runs",
	"aws_lambda_invoke":                   "invokes a function",
	"aws_codebuild_start_build":           "starts a build",
	"aws_sfn_start_execution":             "starts a workflow",
	"aws_ssm_send_command":                "runs a program on other machines",
	"aws_ecs_run_task":                    "runs a container",
	"azapi_resource_action":               "makes a request with the provider's credentials",
	"azurerm_virtual_machine_run_command": "runs a program on another machine",
	"http_request":                        "makes a request from where Terraform runs",
}

// provisionerDoes says what a provisioner does; of one that is not listed only its
// name is known.
var provisionerDoes = map[string]string{
	"local-exec":  "runs a program where Terraform runs",
	"remote-exec": "runs a program on the machine it connects to",
	"file":        "copies files to the machine it connects to",
}
