package resource_test

import (
	"slices"
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
		Recovery: "final snapshot, if not skipped", Secret: true, Provider: "aws",
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("found %v\n%s", ok, diff)
	}
	got, ok = table.Lookup("azurerm_network_security_rule")
	wantNet := &resource.Network{
		Kind: "rule", Parent: "network_security_group_name",
		Rule: map[string]string{
			"cidr": "source_address_prefix|source_address_prefixes[]", "dest": "destination_address_prefix|destination_address_prefixes[]",
			"asg": "source_application_security_group_ids[]", "protocol": "protocol",
			"ports":  "destination_port_range|destination_port_ranges[]",
			"action": "access", "order": "priority", "direction": "direction",
		},
		Values: map[string][]string{"action": {"Allow"}, "direction": {"Inbound"}},
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
		"google_project_iam_policy":        {Policies: []string{"policy_data"}, Language: "google", Authority: true},
		"google_storage_bucket_iam_member": {Gives: []string{"role", "member"}, Attaches: true},
		"google_kms_key_ring_iam_binding":  {Gives: []string{"role", "members[]"}, Attaches: true, Authority: true},
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
	if u, ok := table.Action("local_command"); !ok || u.Runs == "" {
		t.Errorf("action local_command runs a command: %v %+v", ok, u)
	}
	if _, ok := table.Ephemeral("aws_lambda_invocation"); !ok {
		t.Error("ephemeral aws_lambda_invocation is not known")
	}
	if _, ok := table.DataSource("aws_ami"); ok {
		t.Error("data aws_ami is nothing of note")
	}
	for _, name := range []string{"local-exec", "remote-exec", "file", "puppet", "made-up", ""} {
		if resource.Provisioner(name) == "" {
			t.Errorf("provisioner %q does something", name)
		}
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
		if got := resource.Service(n); got != want {
			t.Errorf("port %d is %q, want %q", n, got, want)
		}
	}
	if got := resource.Services(2375, 2380, true); !slices.Equal(got, []string{"Docker", "etcd"}) {
		t.Errorf("services are %v", got)
	}
	if got := resource.Services(8080, 8080, true); got != nil {
		t.Errorf("the web is no administration: %v", got)
	}
	ports := resource.Ports()
	if !slices.IsSortedFunc(ports, func(a, b resource.Port) int { return a.Number - b.Number }) {
		t.Error("ports are not sorted")
	}
	for i := 1; i < len(ports); i++ {
		if ports[i].Number == ports[i-1].Number {
			t.Errorf("port %d stands twice", ports[i].Number)
		}
	}
}

func TestWorld(t *testing.T) {
	for _, w := range []string{"*", "Internet", "ANY", " any ", "all", "allUsers", "allAuthenticatedUsers", "everyone"} {
		if !resource.World(w) {
			t.Errorf("%q is everybody", w)
		}
	}
	for _, w := range []string{"", "VirtualNetwork", "user:a@example.com", "10.0.0.0/8", "internet-facing"} {
		if resource.World(w) {
			t.Errorf("%q is not everybody", w)
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

func TestSettings(t *testing.T) {
	for _, s := range resource.Settings() {
		if s.Attribute == "" || s.Why == "" {
			t.Errorf("%+v says nothing", s)
		}
	}
}
