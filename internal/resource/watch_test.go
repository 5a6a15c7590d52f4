package resource_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// value reads a value as the reader of plans does: "-" is none, "?" is unknown.
func value(t *testing.T, text string) (tfvalue.Value, bool) {
	t.Helper()
	switch text {
	case "-":
		return tfvalue.Value{}, false
	case "?":
		return tfvalue.Value{Unknown: true}, true
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tfvalue.Value{Value: v}, true
}

func TestWeakens(t *testing.T) {
	table := resource.Builtin()
	for _, tt := range []struct {
		typ, attribute, before, after string
		want                          bool
	}{
		// A switch that protects.
		{"aws_db_instance", "deletion_protection", `true`, `false`, true},
		{"aws_db_instance", "deletion_protection", `true`, `-`, true},
		{"aws_db_instance", "deletion_protection", `true`, `null`, true},
		{"aws_db_instance", "deletion_protection", `true`, `?`, true},
		{"aws_db_instance", "deletion_protection", `"true"`, `"false"`, true},
		{"aws_db_instance", "deletion_protection", `false`, `true`, false},
		{"aws_db_instance", "deletion_protection", `false`, `?`, false},
		{"aws_db_instance", "deletion_protection", `-`, `false`, false},
		{"aws_db_instance", "deletion_protection", `true`, `true`, false},
		{"aws_db_instance", "deletion_protection", `true`, `{"a":1}`, true}, // not what it was said to be
		{"aws_cognito_user_pool", "deletion_protection", `"ACTIVE"`, `"INACTIVE"`, true},
		{"aws_cognito_user_pool", "deletion_protection", `"ACTIVE"`, `"active"`, false},
		{"alicloud_kms_key", "deletion_protection", `"Enabled"`, `"Disabled"`, true},
		{"google_firestore_database", "delete_protection_state", `"DELETE_PROTECTION_ENABLED"`, `"DELETE_PROTECTION_DISABLED"`, true},
		{"made_up", "deletion_protection", `true`, `false`, true},

		// A switch that endangers.
		{"aws_db_instance", "skip_final_snapshot", `false`, `true`, true},
		{"aws_db_instance", "skip_final_snapshot", `-`, `true`, true},
		{"aws_db_instance", "skip_final_snapshot", `false`, `?`, true},
		{"aws_db_instance", "skip_final_snapshot", `true`, `?`, false},
		{"aws_db_instance", "skip_final_snapshot", `true`, `false`, false},
		{"aws_db_instance", "skip_final_snapshot", `-`, `false`, false},
		{"aws_s3_bucket", "force_destroy", `null`, `true`, true},
		{"aws_db_instance", "delete_automated_backups", `false`, `-`, true}, // the default deletes them
		{"aws_db_instance", "delete_automated_backups", `-`, `true`, false},

		// Numbers and times.
		{"aws_db_instance", "backup_retention_period", `7`, `0`, true},
		{"aws_db_instance", "backup_retention_period", `7`, `1`, true},
		{"aws_db_instance", "backup_retention_period", `"7"`, `"1"`, true},
		{"aws_db_instance", "backup_retention_period", `7`, `-`, true},
		{"aws_db_instance", "backup_retention_period", `7`, `?`, true},
		{"aws_db_instance", "backup_retention_period", `7`, `14`, false},
		{"aws_db_instance", "backup_retention_period", `-`, `7`, false},
		{"aws_secretsmanager_secret", "recovery_window_in_days", `-`, `0`, true}, // from 30
		{"aws_secretsmanager_secret", "recovery_window_in_days", `-`, `30`, false},
		{"aws_secretsmanager_secret", "recovery_window_in_days", `7`, `-`, false},
		{"aws_cloudwatch_log_group", "retention_in_days", `0`, `30`, true}, // 0 is for ever
		{"aws_cloudwatch_log_group", "retention_in_days", `-`, `30`, true},
		{"aws_cloudwatch_log_group", "retention_in_days", `30`, `0`, false},
		{"azurerm_log_analytics_workspace", "retention_in_days", `30`, `0`, true},
		{"google_kms_crypto_key", "destroy_scheduled_duration", `"2592000s"`, `"86400s"`, true},
		{"google_kms_crypto_key", "destroy_scheduled_duration", `-`, `"86400s"`, true}, // from 30 days
		{"google_kms_crypto_key", "destroy_scheduled_duration", `"86400s"`, `"1d"`, false},
		{"google_kms_crypto_key", "destroy_scheduled_duration", `"86400s"`, `"soon"`, true},
		{"snowflake_database", "data_retention_time_in_days", `-1`, `1`, true},

		// Set.
		{"aws_db_instance", "final_snapshot_identifier", `"last"`, `-`, true},
		{"aws_db_instance", "final_snapshot_identifier", `"last"`, `""`, true},
		{"aws_db_instance", "final_snapshot_identifier", `"last"`, `"other"`, false},
		{"aws_db_instance", "final_snapshot_identifier", `-`, `"last"`, false},
		{"azurerm_mssql_database", "long_term_retention_policy", `[{"weekly_retention":"P1W"}]`, `[]`, true},

		// Grades.
		{"google_project", "deletion_policy", `"PREVENT"`, `"DELETE"`, true},
		{"google_project", "deletion_policy", `"PREVENT"`, `"ABANDON"`, true},
		{"google_project", "deletion_policy", `"ABANDON"`, `"PREVENT"`, false},
		{"google_alloydb_cluster", "deletion_policy", `"DEFAULT"`, `"FORCE"`, true},
		{"google_alloydb_cluster", "deletion_policy", `-`, `"FORCE"`, true},
		{"google_project", "deletion_policy", `"PREVENT"`, `"SOMETHING_NEW"`, true},
		{"aws_s3_bucket_versioning", "versioning_configuration.status", `"Enabled"`, `"Suspended"`, true},
		{"aws_s3_bucket_versioning", "versioning_configuration[].status", `"Disabled"`, `"Enabled"`, false},
		{"azurerm_recovery_services_vault", "immutability", `"Unlocked"`, `"Disabled"`, true},

		// Bound to types.
		{"aws_kms_key", "is_enabled", `true`, `false`, true},
		{"aws_kms_key", "is_enabled", `-`, `false`, true},
		{"aws_other", "is_enabled", `true`, `false`, false},
		{"scaleway_secret", "protected", `true`, `false`, true},
		{"gitlab_project_variable", "protected", `true`, `false`, false},
		{"aws_cloudtrail", "enable_logging", `true`, `false`, true},
		{"aws_lb", "enable_logging", `true`, `false`, false},
		{"aws_dynamodb_table", "point_in_time_recovery.enabled", `true`, `false`, true},
		{"aws_dynamodb_table_replica", "point_in_time_recovery", `true`, `false`, true},
		{"aws_cognito_user_pool_client", "prevent_user_existence_errors", `"ENABLED"`, `"LEGACY"`, true},
		{"aws_s3_bucket_lifecycle_configuration", "rule.expiration.days", `-`, `1`, true},
		{"aws_s3_bucket_lifecycle_configuration", "rule.expiration.days", `90`, `1`, true},
		{"aws_s3_bucket_lifecycle_configuration", "rule.expiration.days", `90`, `-`, false},
		{"aws_s3_bucket", "bucket", `"a"`, `"b"`, false},
		{"", "", `-`, `-`, false},
	} {
		before, beforeOK := value(t, tt.before)
		after, afterOK := value(t, tt.after)
		w, watched := table.Watch(tt.typ, tt.attribute)
		if got := watched && w.Weakens(before, after, beforeOK, afterOK); got != tt.want {
			t.Errorf("%s.%s: %s -> %s: %v, want %v", tt.typ, tt.attribute, tt.before, tt.after, got, tt.want)
		}
	}
}

func TestExposes(t *testing.T) {
	table := resource.Builtin()
	for _, tt := range []struct {
		typ, attribute, value string
		want                  bool
	}{
		{"aws_db_instance", "publicly_accessible", `true`, true},
		{"aws_db_instance", "publicly_accessible", `false`, false},
		{"aws_db_instance", "publicly_accessible", `-`, false},
		{"aws_db_instance", "publicly_accessible", `?`, true},
		{"aws_lb", "internal", `false`, true},
		{"aws_lb", "internal", `-`, true}, // it is what the provider does
		{"aws_lb", "internal", `true`, false},
		{"made_up", "internal", `false`, false},
		{"aws_s3_bucket_acl", "acl", `"public-read"`, true},
		{"aws_s3_bucket_acl", "acl", `"Public-Read"`, true},
		{"aws_s3_bucket_acl", "acl", `" public-read "`, true},
		{"aws_s3_bucket_acl", "acl", `"authenticated-read"`, true},
		{"aws_s3_bucket_acl", "acl", `"private"`, false},
		{"consul_acl_thing", "acl", `"public-read"`, false},
		{"azurerm_storage_account_network_rules", "default_action", `"Allow"`, true},
		{"azurerm_storage_account_network_rules", "default_action", `"Deny"`, false},
		{"aws_lb_listener", "default_action", `"Allow"`, false},
		{"aws_lambda_function_url", "authorization_type", `"NONE"`, true},
		{"aws_lambda_function_url", "authorization_type", `"AWS_IAM"`, false},
		{"oci_objectstorage_bucket", "access_type", `"ObjectReadWithoutList"`, true},
		{"oci_objectstorage_bucket", "access_type", `"NoPublicAccess"`, false},
		{"azurerm_storage_container", "container_access_type", `"blob"`, true},
		{"aws_s3_bucket_public_access_block", "block_public_acls", `false`, true},
		{"aws_s3_bucket_public_access_block", "block_public_acls", `true`, false},
		{"google_storage_bucket", "public_access_prevention", `"inherited"`, true},
		{"google_storage_bucket", "public_access_prevention", `"enforced"`, false},
		{"aws_instance", "metadata_options.http_tokens", `"optional"`, true},
		{"aws_instance", "metadata_options[].http_tokens", `"required"`, false},
		{"aws_ecs_service", "network_configuration.assign_public_ip", `true`, true},
		{"google_storage_bucket_acl", "role_entity", `["READER:allUsers"]`, true},
		{"google_storage_bucket_acl", "role_entity", `["OWNER:user-a","READER:AllUsers"]`, true},
		{"google_storage_bucket_acl", "role_entity", `["OWNER:user-a"]`, false},
		{"aws_db_instance", "deletion_protection", `false`, false}, // not opened by being made
	} {
		v, ok := value(t, tt.value)
		w, watched := table.Watch(tt.typ, tt.attribute)
		if got := watched && w.Created && w.Exposes(v, ok); got != tt.want {
			t.Errorf("%s.%s = %s: %v, want %v", tt.typ, tt.attribute, tt.value, got, tt.want)
		}
	}
}

// side reads an object with its masks.
func side(t *testing.T, object, unknown, sensitive string) tfvalue.Side {
	t.Helper()
	if object == "" {
		return tfvalue.Side{}
	}
	v, _ := value(t, object)
	s := tfvalue.Side{Root: v.Value.(map[string]any)}
	if unknown != "" {
		u, _ := value(t, unknown)
		s.Unknown = u.Value
	}
	if sensitive != "" {
		u, _ := value(t, sensitive)
		s.Sensitive = u.Value
	}
	return s
}

func TestCompare(t *testing.T) {
	table := resource.Builtin()
	for _, tt := range []struct {
		name, typ, attribute               string
		old, new, unknown, sensitive, want string
	}{
		{"update", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, `{"deletion_protection":false}`, "", "", "weak true->false"},
		{"no change", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, `{"deletion_protection":true}`, "", "", ""},
		{"strengthened", "aws_db_instance", "deletion_protection", `{"deletion_protection":false}`, `{"deletion_protection":true}`, "", "", ""},
		{"destroyed", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, "", "", "", ""},
		{"created", "aws_db_instance", "deletion_protection", "", `{"deletion_protection":false}`, "", "", ""},
		{"created open", "aws_db_instance", "publicly_accessible", "", `{"publicly_accessible":true}`, "", "", "weak ->true"},
		{"created closed", "aws_db_instance", "publicly_accessible", "", `{"publicly_accessible":false}`, "", "", ""},
		{"created without a word", "aws_db_instance", "publicly_accessible", "", `{}`, "", "", ""},
		{"created open without a word", "aws_lb", "internal", "", `{}`, "", "", "weak ->"},
		{"created open, computed", "aws_lb", "internal", "", `{}`, `{"internal":true}`, "", "weak -> unknown"},
		{"created, computed", "aws_instance", "associate_public_ip_address", "", `{}`, `{"associate_public_ip_address":true}`, "", "weak -> unknown computed"},
		{"unknown", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, `{}`, `{"deletion_protection":true}`, "", "weak true-> unknown computed"},
		{"unknown, nothing to lose", "aws_db_instance", "deletion_protection", `{"deletion_protection":false}`, `{}`, `{"deletion_protection":true}`, "", ""},
		{"sensitive", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, `{"deletion_protection":false}`, "", `{"deletion_protection":true}`, "weak true-> sensitive"},
		{"all is sensitive", "aws_db_instance", "deletion_protection", `{"deletion_protection":true}`, `{"deletion_protection":false}`, "", `true`, "weak true-> sensitive"},
		{"text that is no word", "aws_s3_bucket_acl", "acl", `{"acl":"private"}`, `{"acl":"public-read p4ssw0rd!"}`, "", "", "weak private->"},
		{"nested block", "aws_dynamodb_table", "point_in_time_recovery.enabled", `{"point_in_time_recovery":[{"enabled":true}]}`, `{"point_in_time_recovery":[{"enabled":false}]}`, "", "", "weak true->false"},
		{"nested block gone", "aws_dynamodb_table", "point_in_time_recovery.enabled", `{"point_in_time_recovery":[{"enabled":true}]}`, `{"point_in_time_recovery":[]}`, "", "", "weak true->"},
		{"one of many", "google_storage_bucket_acl", "role_entity[]", `{"role_entity":["OWNER:a"]}`, `{"role_entity":["OWNER:a","READER:allUsers"]}`, "", "", "weak ->"},
		{"another order", "google_storage_bucket_acl", "role_entity[]", `{"role_entity":["READER:allUsers","OWNER:a"]}`, `{"role_entity":["OWNER:a","READER:allUsers"]}`, "", "", ""},
		{"one public more", "google_storage_bucket_acl", "role_entity[]", `{"role_entity":["READER:allUsers"]}`, `{"role_entity":["READER:allUsers","OWNER:allAuthenticatedUsers"]}`, "", "", "weak ->"},
		{"an unknown element", "google_storage_bucket_acl", "role_entity[]", `{"role_entity":["OWNER:a"]}`, `{"role_entity":["OWNER:a",null]}`, `{"role_entity":[false,true]}`, "", "weak -> unknown computed"},
		{"known before unknown", "google_storage_bucket_acl", "role_entity[]", `{"role_entity":["OWNER:a"]}`, `{"role_entity":["OWNER:a","READER:allUsers",null]}`, `{"role_entity":[false,false,true]}`, "", "weak ->"},
		{
			"a rule more that deletes", "aws_s3_bucket_lifecycle_configuration", "rule.expiration.days",
			`{"rule":[{"expiration":[{"days":90}]}]}`, `{"rule":[{"expiration":[{"days":90}]},{"expiration":[{"days":90}]}]}`, "", "", "weak ->90",
		},
		{"rules made one that deletes", "aws_s3_bucket_lifecycle_configuration", "rule.expiration.days", "", `{"rule":[{"expiration":[{"days":1}]}]}`, "", "", "weak ->1"},
		{"a rule less", "aws_s3_bucket_lifecycle_configuration", "rule.expiration.days", `{"rule":[{"expiration":[{"days":90}]},{"expiration":[{"days":30}]}]}`, `{"rule":[{"expiration":[{"days":90}]}]}`, "", "", ""},
		{"created strict, not the strictest", "aws_ebs_snapshot_block_public_access", "state", "", `{"state":"block-new-sharing"}`, "", "", ""},
		{"created open, of grades", "aws_ebs_snapshot_block_public_access", "state", "", `{"state":"unblocked"}`, "", "", "weak ->unblocked"},
		{"a grade down", "aws_ebs_snapshot_block_public_access", "state", `{"state":"block-all-sharing"}`, `{"state":"block-new-sharing"}`, "", "", "weak block-all-sharing->block-new-sharing"},
		{"excused", "aws_api_gateway_method", "authorization", "", `{"authorization":"NONE","http_method":"OPTIONS"}`, "", "", ""},
		{"not excused", "aws_api_gateway_method", "authorization", "", `{"authorization":"NONE","http_method":"GET"}`, "", "", "weak ->NONE"},
		{"perhaps excused", "aws_api_gateway_method", "authorization", "", `{"authorization":"NONE"}`, `{"http_method":true}`, "", "weak ->NONE"},
	} {
		w, ok := table.Watch(tt.typ, tt.attribute)
		if !ok {
			t.Errorf("%s: %s is not watched", tt.name, tt.attribute)
			continue
		}
		sensitive := tt.sensitive
		m := w.Compare(side(t, tt.old, "", ""), side(t, tt.new, tt.unknown, sensitive))
		got := ""
		if m.Weak {
			got = "weak " + m.Before + "->" + m.After
		}
		for _, x := range []struct {
			is   bool
			word string
		}{{m.Unknown, " unknown"}, {m.Computed, " computed"}, {m.Sensitive, " sensitive"}} {
			if x.is {
				got += x.word
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFinal: what cannot be undone is watched beside the protection it gives.
func TestFinal(t *testing.T) {
	table := resource.Builtin()
	for typ, want := range map[string]struct{ attribute, old, new string }{
		"google_storage_bucket":               {"retention_policy.is_locked", `{"retention_policy":[{"is_locked":false}]}`, `{"retention_policy":[{"is_locked":true}]}`},
		"azurerm_key_vault":                   {"purge_protection_enabled", `{"purge_protection_enabled":false}`, `{"purge_protection_enabled":true}`},
		"aws_backup_vault_lock_configuration": {"changeable_for_days", `{}`, `{"changeable_for_days":3}`},
		"aws_s3_bucket":                       {"object_lock_enabled", ``, `{"object_lock_enabled":true}`},
	} {
		found := false
		for _, w := range table.Watches(typ) {
			if w.Kind == checks.ConsequenceIrreversible && w.Path == want.attribute {
				found = true
				if !w.Compare(side(t, want.old, "", ""), side(t, want.new, "", "")).Weak {
					t.Errorf("%s.%s: it cannot be undone, and nothing is said", typ, w.Path)
				}
				if w.Compare(side(t, want.new, "", ""), side(t, want.new, "", "")).Weak {
					t.Errorf("%s.%s: it is so already", typ, w.Path)
				}
			}
		}
		if !found {
			t.Errorf("%s.%s is not watched", typ, want.attribute)
		}
	}
}

func TestHolds(t *testing.T) {
	table := resource.Builtin()
	for _, tt := range []struct {
		typ, attribute, value string
		want                  bool
	}{
		{"aws_db_instance", "deletion_protection", `true`, true},
		{"aws_db_instance", "deletion_protection", `-`, false},
		{"aws_db_instance", "skip_final_snapshot", `-`, true},
		{"aws_db_instance", "skip_final_snapshot", `true`, false},
		{"aws_db_instance", "backup_retention_period", `0`, false},
		{"aws_db_instance", "backup_retention_period", `1`, true},
		{"aws_db_instance", "final_snapshot_identifier", `"x"`, true},
		{"aws_db_instance", "deletion_protection", `?`, false},
		{"google_project", "deletion_policy", `"PREVENT"`, true},
		{"google_project", "deletion_policy", `"DELETE"`, false},
		{"kubernetes_persistent_volume", "spec.persistent_volume_reclaim_policy", `"Retain"`, true},
		{"kubernetes_persistent_volume", "spec.persistent_volume_reclaim_policy", `"Delete"`, false},
	} {
		w, ok := table.Watch(tt.typ, tt.attribute)
		if !ok {
			t.Fatalf("%s is not watched", tt.attribute)
		}
		v, isThere := value(t, tt.value)
		if got := w.Holds(v, isThere); got != tt.want {
			t.Errorf("%s.%s = %s: %v, want %v", tt.typ, tt.attribute, tt.value, got, tt.want)
		}
	}
}
