package resource_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
)

func TestLookup(t *testing.T) {
	table := resource.Builtin()
	got, ok := table.Lookup("aws_db_instance")
	want := resource.Type{
		Name: "aws_db_instance", Class: checks.ClassStateful, Tier: checks.TierCritical,
		Loses:    "RDS data; automated backups go too, unless delete_automated_backups is false",
		Guards:   []string{"deletion_protection", "skip_final_snapshot", "final_snapshot_identifier", "delete_automated_backups", "backup_retention_period"},
		Provider: "aws",
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("found %v\n%s", ok, diff)
	}
	got, ok = table.Lookup("azurerm_network_security_rule")
	wantNet := &resource.Network{
		Kind: "rule",
		Rule: map[string]string{
			"cidr": "source_address_prefix|source_address_prefixes[]", "dest": "destination_address_prefix|destination_address_prefixes[]",
			"asg": "source_application_security_group_ids[]", "protocol": "protocol",
			"ports":  "destination_port_range|destination_port_ranges[]",
			"action": "access", "order": "priority", "direction": "direction",
		},
	}
	if diff := cmp.Diff(wantNet, got.Network); !ok || diff != "" {
		t.Errorf("found %v\n%s", ok, diff)
	}
}

func TestClass(t *testing.T) {
	table := resource.Builtin()
	for typ, want := range map[string]checks.Class{
		"aws_s3_bucket":                     checks.ClassStateful,
		"aws_instance":                      checks.ClassStateful,
		"aws_lambda_function":               checks.ClassRecreatable,
		"aws_vpc":                           checks.ClassRecreatable,
		"aws_flow_log":                      checks.ClassGuard,
		"aws_s3_bucket_public_access_block": checks.ClassGuard,
		"github_branch_protection":          checks.ClassGuard,
		"google_storage_bucket":             checks.ClassStateful,
		"oci_logging_log":                   checks.ClassStateful, // a guard too, but what is lost is worse
		"aws_security_group":                checks.ClassUnclassified,
		"aws_iam_role":                      checks.ClassUnclassified,
		"random_password":                   checks.ClassUnclassified,
		"random_string":                     checks.ClassHarmless,
		"terraform_data":                    checks.ClassHarmless,
		"aiven_pg":                          checks.ClassStateful,
		"influxdb-v2_bucket":                checks.ClassStateful,
		"google_project_iam_binding":        checks.ClassUnclassified,
		"google_project_iam_audit_config":   checks.ClassGuard,
		"no_such":                           checks.ClassUnclassified,
		"aws_":                              checks.ClassUnclassified,
		"aws":                               checks.ClassUnclassified,
		"":                                  checks.ClassUnclassified,
		"AWS_DB_INSTANCE":                   checks.ClassUnclassified,
		"google_*_iam_policy":               checks.ClassUnclassified,
		"../others_x":                       checks.ClassUnclassified,
	} {
		if got := table.Class(typ); got != want {
			t.Errorf("%s is %s, want %s", typ, got, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	table := resource.Builtin()
	for typ, want := range map[string]resource.Grants{
		"google_project_iam_policy":        {Policies: []string{"policy_data"}},
		"google_storage_bucket_iam_member": {Gives: []string{"role", "member"}},
		"google_kms_key_ring_iam_binding":  {Gives: []string{"role", "members[]"}},
	} {
		got, ok := table.Lookup(typ)
		if !ok || got.Name != typ || got.Grants == nil {
			t.Errorf("%s: %v %+v", typ, ok, got)
			continue
		}
		if diff := cmp.Diff(want, *got.Grants); diff != "" {
			t.Errorf("%s:\n%s", typ, diff)
		}
	}
	if _, ok := table.Lookup("google_iam_policy"); ok {
		t.Error("google_iam_policy is a data source, and no type of the pattern")
	}
}

func TestUse(t *testing.T) {
	table := resource.Builtin()
	if u, ok := table.DataSource("external"); !ok || u.Runs == "" {
		t.Errorf("data external runs a program: %v %+v", ok, u)
	}
	if u, ok := table.DataSource("aws_ssm_parameter"); !ok || u.Runs != "" || u.Does == "" {
		t.Errorf("data aws_ssm_parameter reads a secret: %v %+v", ok, u)
	}
	if _, ok := table.DataSource("aws_ami"); ok {
		t.Error("data aws_ami is nothing of note")
	}
}

// What runs completes a sentence, which says when.
func TestRuns(t *testing.T) {
	check := func(name, text string) {
		if strings.HasPrefix(text, "runs") || strings.Contains(text, "plans") || strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q does not fit", name, text)
		}
	}
	runs := map[string]bool{}
	for _, k := range resource.Builtin().Types() {
		check(k.Name, k.Runs)
		runs[k.Name] = k.Runs != ""
		if k.Runs != "" && k.Class == checks.ClassHarmless {
			t.Errorf("%s runs something and is harmless", k.Name)
		}
	}
	for _, name := range []string{"shell_script", "aws_lambda_invocation", "aws_ssm_association", "helm_release", "azurerm_virtual_machine_run_command", "restapi_object", "snowflake_execute", "ssh_resource"} {
		if !runs[name] {
			t.Errorf("%s runs what its author wrote", name)
		}
	}
	for _, name := range []string{"aws_instance", "aws_launch_template", "aws_lambda_function", "aws_glue_job", "null_resource", "terraform_data", "github_repository_file"} {
		if runs[name] {
			t.Errorf("%s runs nothing by being made", name)
		}
	}
	for _, name := range []string{"external", "aws_lambda_invocation", "shell_script"} {
		u, _ := resource.Builtin().DataSource(name)
		if u.Runs == "" {
			t.Errorf("data %s runs something", name)
		}
		check("data "+name, u.Runs)
	}
}

// TestWith: the policy may add types and be stricter; milder only by exact name.
func TestWith(t *testing.T) {
	harmless, stateful, guard := checks.ClassHarmless, checks.ClassStateful, checks.ClassGuard
	for _, tt := range []struct {
		name  string
		extra []resource.Extra
		typ   string
		class checks.Class
		tier  checks.Tier
	}{
		{"a new type", []resource.Extra{{Type: "corp_ledger", Class: stateful}}, "corp_ledger", stateful, checks.TierCritical},
		{"a new type with its tier", []resource.Extra{{Type: "corp_ledger", Class: stateful, Tier: checks.TierMedium}}, "corp_ledger", stateful, checks.TierMedium},
		{"new types", []resource.Extra{{Type: "corp_*", Class: guard}}, "corp_ledger", guard, ""},
		{"new harmless types", []resource.Extra{{Type: "{corp,mock}_*", Class: harmless}}, "mock_thing", harmless, ""},
		{"stricter by glob", []resource.Extra{{Type: "aws_lambda_*", Class: stateful}}, "aws_lambda_function", stateful, checks.TierCritical},
		{"stricter tier by glob", []resource.Extra{{Type: "aws_i*", Class: stateful}}, "aws_instance", stateful, checks.TierCritical},
		{"harmless made strict", []resource.Extra{{Type: "null_resource", Class: guard}}, "null_resource", guard, ""},
		{"all made harmless", []resource.Extra{{Type: "*", Class: harmless}}, "aws_db_instance", stateful, checks.TierCritical},
		{"a provider made harmless", []resource.Extra{{Type: "aws_*", Class: harmless}}, "aws_flow_log", guard, ""},
		{"known and unclassified made harmless by glob", []resource.Extra{{Type: "aws_security_*", Class: harmless}}, "aws_security_group", checks.ClassUnclassified, ""},
		{"milder tier by glob", []resource.Extra{{Type: "aws_db_*", Class: stateful, Tier: checks.TierMedium}}, "aws_db_instance", stateful, checks.TierCritical},
		{"a pattern that means one type", []resource.Extra{{Type: "aws_db_instanc?", Class: harmless}}, "aws_db_instance", stateful, checks.TierCritical},
		{"braces around one type", []resource.Extra{{Type: "{aws_db_instance}", Class: harmless}}, "aws_db_instance", stateful, checks.TierCritical},
		{"milder by name", []resource.Extra{{Type: "aws_db_instance", Class: harmless}}, "aws_db_instance", harmless, ""},
		{"milder tier by name", []resource.Extra{{Type: "aws_db_instance", Class: stateful, Tier: checks.TierMedium}}, "aws_db_instance", stateful, checks.TierMedium},
		{"another type's name", []resource.Extra{{Type: "aws_db_instance", Class: harmless}}, "aws_rds_cluster", stateful, checks.TierCritical},
		{"a name before globs", []resource.Extra{{Type: "corp_*", Class: stateful}, {Type: "corp_note", Class: harmless}}, "corp_note", harmless, ""},
		{"the strictest of several", []resource.Extra{{Type: "corp_*", Class: harmless}, {Type: "*_ledger", Class: stateful, Tier: checks.TierHigh}, {Type: "c*", Class: guard}}, "corp_ledger", stateful, checks.TierHigh},
		{"the strictest of several of one name", []resource.Extra{{Type: "aws_db_instance", Class: harmless}, {Type: "aws_db_instance", Class: guard}}, "aws_db_instance", guard, ""},
		{"not valid", []resource.Extra{{Type: "aws_db_[a-z]*", Class: harmless}, {Type: "corp_x", Class: "fine"}, {Type: "", Class: harmless}}, "corp_x", checks.ClassUnclassified, ""},
	} {
		table := resource.Builtin().With(tt.extra)
		got, ok := table.Lookup(tt.typ)
		if got.Class != tt.class || got.Tier != tt.tier || table.Class(tt.typ) != tt.class {
			t.Errorf("%s: %s is %s %s, want %s %s", tt.name, tt.typ, got.Class, got.Tier, tt.class, tt.tier)
		}
		if !ok && tt.class != checks.ClassUnclassified {
			t.Errorf("%s: %s is not known", tt.name, tt.typ)
		}
		// A slash is in no type, so no star may take one for harmless.
		if c := table.Class("corp_x/../aws_db_instance"); c != checks.ClassUnclassified {
			t.Errorf("%s: a name that is none is %s", tt.name, c)
		}
	}
	if resource.Builtin().Class("corp_ledger") != checks.ClassUnclassified {
		t.Error("With has changed the table it was called on")
	}
}

func TestWithGuards(t *testing.T) {
	table := resource.Builtin().With([]resource.Extra{
		{Type: "corp_*", Class: checks.ClassStateful, Loses: "ledgers", Guards: []string{"seal.on"}},
		{Type: "aws_db_instance", Class: checks.ClassStateful, Guards: []string{"copy_tags_to_snapshot", "deletion_protection"}},
	})
	got, _ := table.Lookup("corp_ledger")
	if got.Loses != "ledgers" || !slices.Equal(got.Guards, []string{"seal.on"}) {
		t.Errorf("%+v", got)
	}
	if w, ok := table.Watch("corp_ledger", "seal.on"); !ok || w.Kind != checks.ConsequenceProtectionOff {
		t.Error("a guard of the policy is not watched")
	}
	got, _ = table.Lookup("aws_db_instance")
	if len(got.Guards) != 6 || !slices.Contains(got.Guards, "copy_tags_to_snapshot") {
		t.Errorf("guards are %v", got.Guards)
	}
	if known, _ := resource.Builtin().Lookup("aws_db_instance"); len(known.Guards) != 5 {
		t.Errorf("the table itself has changed: %v", known.Guards)
	}
}

func TestExtraValid(t *testing.T) {
	good := resource.Extra{Type: "corp_{a,b}_*", Class: checks.ClassStateful, Tier: checks.TierHigh, Guards: []string{"a.b"}}
	if err := good.Valid(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*resource.Extra){
		"no type":              func(e *resource.Extra) { e.Type = "" },
		"a path":               func(e *resource.Extra) { e.Type = "a/b" },
		"a class of letters":   func(e *resource.Extra) { e.Type = "a[bc]" },
		"open braces":          func(e *resource.Extra) { e.Type = "a{b" },
		"an address":           func(e *resource.Extra) { e.Type = "aws_db_instance.main" },
		"no class":             func(e *resource.Extra) { e.Class = "" },
		"a made-up tier":       func(e *resource.Extra) { e.Tier = "worst" },
		"tier of a guard":      func(e *resource.Extra) { e.Class = checks.ClassGuard },
		"a guard with a blank": func(e *resource.Extra) { e.Guards = []string{"a b"} },
	} {
		e := good
		change(&e)
		if e.Valid() == nil {
			t.Errorf("%s is taken: %+v", name, e)
		}
	}
}

func TestConcurrent(t *testing.T) {
	table := resource.Builtin().With([]resource.Extra{{Type: "corp_*", Class: checks.ClassGuard}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, typ := range []string{"aws_db_instance", "corp_x", "google_sql_database_instance", "no_such"} {
				table.Class(typ)
				table.Watches(typ)
			}
		})
	}
	wg.Wait()
}

func TestPorts(t *testing.T) {
	// The ports whose opening to everybody was refused before there was this list.
	for _, n := range []int{22, 23, 135, 139, 445, 1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5900, 5901, 5985, 5986, 6379, 6443, 9042, 9200, 9300, 10250, 11211, 27017, 27018, 27019} {
		if len(resource.Services(n, n, true)) != 1 {
			t.Errorf("port %d is no port of administration", n)
		}
	}
	for n, want := range map[int]string{22: "SSH", 3306: "MySQL", 8080: "HTTP or Jenkins", 80: "", 443: "", -1: "", 70000: ""} {
		if got := strings.Join(resource.Services(n, n, false), " "); got != want {
			t.Errorf("port %d is %q, want %q", n, got, want)
		}
	}
	if got := resource.Services(2375, 2380, true); !slices.Equal(got, []string{"Docker", "etcd"}) {
		t.Errorf("services are %v", got)
	}
	if got := resource.Services(8080, 8080, true); got != nil {
		t.Errorf("the web is no administration: %v", got)
	}
	ports := resource.PortNumbers()
	for i := 1; i < len(ports); i++ {
		if ports[i] <= ports[i-1] {
			t.Errorf("port %d stands twice, or not in order", ports[i])
		}
	}
}

func TestProviderMismatch(t *testing.T) {
	for _, tt := range []struct {
		typ, provider string
		want          bool
	}{
		{"aws_s3_bucket", "registry.terraform.io/hashicorp/aws", false},
		{"aws_s3_bucket", "registry.opentofu.org/hashicorp/aws", false},
		{"aws_s3_bucket", "terraform.example.com/hashicorp/aws", false}, // a mirror
		{"aws_s3_bucket", "registry.terraform.io/Hashicorp/AWS", false},
		{"aws_s3_bucket", "aws", false}, // Terraform 0.12
		{"aws_s3_bucket", "provider.aws", false},
		{"aws_s3_bucket", "registry.terraform.io/-/aws", false},
		{"aws_s3_bucket", "", false},
		{"aws_s3_bucket", "registry.terraform.io/hashicorp/tfcoremock", true},
		{"aws_s3_bucket", "registry.terraform.io/evil/aws", true},
		{"aws_s3_bucket", "registry.terraform.io/hashicorp/aws/evil", true},
		{"aws_s3_bucket", "registry.terraform.io/hashicorp/awscc", true},
		{"awscc_s3_bucket", "registry.terraform.io/hashicorp/awscc", false},
		{"google_storage_bucket", "registry.terraform.io/hashicorp/google-beta", false},
		{"terraform_data", "terraform.io/builtin/terraform", false},
		{"terraform_data", "terraform", false},
		{"terraform_data", "registry.terraform.io/evil/terraform", true},
		{"terraform_data", "evil.example.com/builtin/terraform", true},
		{"corp_ledger", "registry.terraform.io/anybody/anything", false},
		{"", "registry.terraform.io/hashicorp/aws", false},
	} {
		if got := resource.ProviderMismatch(tt.typ, tt.provider); got != tt.want {
			t.Errorf("%s by %s: %v, want %v", tt.typ, tt.provider, got, tt.want)
		}
	}
}

// What is replaced at every release, or every turn of a secret, is a matter of
// review; what holds more than one object is not.
func TestReleases(t *testing.T) {
	table := resource.Builtin()
	for typ, want := range map[string]checks.Tier{
		"google_storage_bucket_object": checks.TierHigh, "azurerm_storage_blob": checks.TierHigh, "aws_s3_object": checks.TierHigh,
		"aws_s3_bucket_object": checks.TierHigh, "google_secret_manager_secret_version": checks.TierHigh, "aws_dynamodb_table_item": checks.TierHigh,
		"aws_s3_bucket": checks.TierCritical, "azurerm_storage_container": checks.TierCritical, "google_secret_manager_secret": checks.TierCritical,
		"bitbucket_repository": checks.TierCritical, "proxmox_vm_qemu": checks.TierCritical, "clickhouse_service": checks.TierCritical,
		"minio_s3_bucket": checks.TierCritical, "keycloak_realm": checks.TierCritical, "auth0_connection": checks.TierCritical,
		"artifactory_local_docker_v2_repository": checks.TierCritical, "influxdb_database": checks.TierCritical, "mssql_database": checks.TierCritical,
		"nutanix_virtual_machine": checks.TierCritical, "nexus_repository_docker_hosted": checks.TierCritical, "singlestoredb_workspace": checks.TierCritical,
		"cloudflare_images": checks.TierCritical,
	} {
		if got, ok := table.Lookup(typ); !ok || got.Class != checks.ClassStateful || got.Tier != want {
			t.Errorf("%s is %s of tier %q, want %q", typ, got.Class, got.Tier, want)
		}
	}
	for _, typ := range []string{
		"aws_cloudwatch_metric_alarm", "azurerm_monitor_metric_alert", "google_monitoring_alert_policy", "google_project_organization_policy",
		"azurerm_sentinel_alert_rule_scheduled", "gitlab_branch_protection", "aws_config_config_rule",
	} {
		if got := table.Class(typ); got != checks.ClassGuard {
			t.Errorf("%s is %s, and holds something back", typ, got)
		}
	}
}

func TestAdminPorts(t *testing.T) {
	for _, n := range []int{512, 513, 514, 623, 1434, 4505, 4506, 4646, 8200, 10259, 26257, 26379, 33060, 61616} {
		if len(resource.Services(n, n, true)) != 1 {
			t.Errorf("nobody means to have %d open to the internet", n)
		}
	}
}
