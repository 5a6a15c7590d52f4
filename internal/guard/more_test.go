package guard

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

func TestProtection(t *testing.T) {
	for _, s := range []struct {
		situation
		guards []checks.Guard
	}{
		{situation{name: "protected", typ: "aws_db_instance", action: destroy, before: `{"deletion_protection":true,"skip_final_snapshot":false,"final_snapshot_identifier":"f-1","delete_automated_backups":false,"backup_retention_period":7}`}, []checks.Guard{
			{Attribute: "backup_retention_period", Value: "7", Holds: true},
			{Attribute: "delete_automated_backups", Value: "false", Holds: true},
			{Attribute: "deletion_protection", Value: "true", Holds: true},
			{Attribute: "final_snapshot_identifier", Holds: true},
			{Attribute: "skip_final_snapshot", Value: "false", Holds: true},
		}},
		{situation{name: "not protected", typ: "aws_db_instance", action: replace, before: `{"deletion_protection":false,"skip_final_snapshot":true,"final_snapshot_identifier":"f-1","delete_automated_backups":true,"backup_retention_period":7}`, after: `{}`}, []checks.Guard{
			{Attribute: "backup_retention_period", Value: "7"},
			{Attribute: "delete_automated_backups", Value: "true"},
			{Attribute: "deletion_protection", Value: "false"},
			{Attribute: "final_snapshot_identifier"},
			{Attribute: "skip_final_snapshot", Value: "true"},
		}},
		{situation{name: "by default", typ: "aws_s3_bucket", action: forget, before: `{"bucket":"b","force_destroy":null}`}, []checks.Guard{{Attribute: "force_destroy", Holds: true}}},
		{situation{name: "what it does not have", typ: "aws_s3_bucket", action: destroy, before: `{"bucket":"b"}`}, nil},
		{situation{name: "sensitive", typ: "aws_s3_bucket", action: destroy, before: `{"force_destroy":true}`, sensitive: `{"force_destroy":true}`}, []checks.Guard{{Attribute: "force_destroy"}}},
		{situation{name: "nested", typ: "google_sql_database_instance", action: destroy, before: `{"deletion_protection":false,"settings":[{"deletion_protection_enabled":true}]}`}, []checks.Guard{
			{Attribute: "deletion_protection", Value: "false"},
			{Attribute: "settings.deletion_protection_enabled", Value: "true", Holds: true},
		}},
		{situation{name: "an update destroys nothing", typ: "aws_db_instance", action: upd, before: `{"deletion_protection":true}`, after: `{"deletion_protection":true}`}, nil},
		{situation{name: "no data", typ: "aws_cloudtrail", action: destroy, before: `{"enable_logging":true}`}, nil},
		{situation{name: "secret with time to have it back", typ: "aws_secretsmanager_secret", action: destroy, before: `{"recovery_window_in_days":0}`}, []checks.Guard{{Attribute: "recovery_window_in_days", Value: "0"}}},
	} {
		typ, _ := resource.Builtin().Lookup(s.typ)
		if diff := cmp.Diff(s.guards, Protection(s.change(t), typ, resource.Builtin())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, diff)
		}
	}
	// A guard that only the policy names.
	typ := resource.Type{Name: "acme_store", Class: checks.ClassStateful, Guards: []string{"safety", "copies", "list"}}
	c := situation{typ: "acme_store", action: destroy, before: `{"safety":"off","copies":2,"list":[]}`}.change(t)
	want := []checks.Guard{{Attribute: "copies", Value: "2", Holds: true}, {Attribute: "list"}, {Attribute: "safety", Value: "off"}}
	if diff := cmp.Diff(want, Protection(c, typ, resource.Builtin())); diff != "" {
		t.Errorf("guards of a policy (-want +got):\n%s", diff)
	}
}

// A guard that a policy names holds, and is weakened, by one meaning of its values.
func TestPolicyGuard(t *testing.T) {
	table := resource.Builtin().With([]resource.Extra{{Type: "corp_*", Class: checks.ClassStateful, Guards: []string{"lock"}}})
	typ, _ := table.Lookup("corp_ledger")
	on := []string{`true`, `1`, `"enabled"`, `"ON"`, `"locked"`, `"x"`, `["a"]`, `{"a":1}`, `[{"enabled":true}]`, `"NaN"`}
	off := []string{`false`, `0`, `-1`, `"0"`, `"disabled"`, `" Disabled "`, `"LOCK_DISABLED"`, `"off"`, `"none"`, `"no"`, `"false"`, `"inactive"`, `"not_enabled"`, `""`, `null`, `[]`, `{}`, `[{"enabled":false}]`, `{"status":"Suspended"}`}
	lock := func(v string) string { return `{"lock":` + v + `}` }
	for _, v := range on {
		s := situation{name: v, typ: "corp_ledger", action: destroy, before: lock(v)}
		if g := Protection(s.change(t), typ, table); len(g) != 1 || !g[0].Holds {
			t.Errorf("%s does not protect: %v", v, g)
		}
		for _, to := range off {
			s := situation{name: v, typ: "corp_ledger", action: upd, before: lock(v), after: lock(to)}
			if got := Consequences(s.change(t), table); len(got) == 0 || got[0].Kind != checks.ConsequenceProtectionOff && got[len(got)-1].Kind != checks.ConsequenceProtectionOff {
				t.Errorf("from %s to %s nothing is told: %v", v, to, got)
			}
		}
	}
	for _, v := range off {
		s := situation{name: v, typ: "corp_ledger", action: destroy, before: lock(v)}
		if g := Protection(s.change(t), typ, table); len(g) > 0 && g[0].Holds {
			t.Errorf("%s protects: %v", v, g)
		}
		for _, to := range append(on, off...) {
			s := situation{name: v, typ: "corp_ledger", action: upd, before: lock(v), after: lock(to)}
			for _, p := range Consequences(s.change(t), table) {
				if p.Kind == checks.ConsequenceProtectionOff {
					t.Errorf("from %s to %s: %s", v, to, show(p))
				}
			}
		}
	}
}

func TestTags(t *testing.T) {
	many := map[string]string{}
	for i := range 80 {
		many[fmt.Sprintf("k%02d", i)] = "v"
	}
	text, err := json.Marshal(map[string]any{"tags": many})
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for i := range maxTags {
		first[fmt.Sprintf("k%02d", i)] = "v"
	}
	for _, s := range []struct {
		situation
		tags map[string]string
	}{
		{situation{name: "before the plan", action: upd, before: `{"tags":{"env":"prod"}}`, after: `{"tags":{"env":"dev"}}`}, map[string]string{"env": "prod"}},
		{situation{name: "of a create", action: create, after: `{"labels":{"env":"dev","n":1}}`}, map[string]string{"env": "dev"}},
		{situation{name: "given goes before added", action: upd, before: `{"tags":{"a":"1"},"tags_all":{"a":"2","b":"3"}}`, after: `{}`}, map[string]string{"a": "1", "b": "3"}},
		{situation{name: "kubernetes", action: destroy, before: `{"metadata":[{"labels":{"app":"x"}}]}`}, map[string]string{"app": "x"}},
		{situation{name: "one is sensitive", action: destroy, before: `{"tags":{"a":"1","b":"2"}}`, sensitive: `{"tags":{"a":true}}`}, map[string]string{"b": "2"}},
		{situation{name: "all are sensitive", action: destroy, before: `{"tags":{"a":"1","b":"2"}}`, sensitive: `{"tags":true}`}, nil},
		{situation{name: "unknown", action: create, after: `{"tags":{}}`, unknown: `{"tags":true}`}, nil},
		{situation{name: "too long", action: destroy, before: `{"tags":{"a":"` + strings.Repeat("x", 129) + `","b":"y"}}`}, map[string]string{"b": "y"}},
		{situation{name: "too many", action: destroy, before: string(text)}, first},
		{situation{name: "none", action: destroy, before: `{"tags":["a"],"labels":null}`}, nil},
	} {
		tags, _ := Tags(s.change(t))
		if diff := cmp.Diff(s.tags, tags); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, diff)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"deletion_protection": "deletion_protection", "DeletionProtection": "deletion_protection", "publicNetworkAccess": "public_network_access",
		"KMSKeyId": "kms_key_id", "DBName": "db_name", "X": "x", "": "", "Already_Split": "already_split",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// A knob repeats nothing that the table watches in every type: there would be two
// places that say what one attribute means.
func TestKnobs(t *testing.T) {
	for name := range knobs {
		parent, last, ok := strings.Cut(name, ".")
		if !ok {
			parent, last = "", name
		}
		if w := unbound()[[2]string{parent, last}]; w != nil {
			t.Errorf("%s is watched by the table, as %s: take it out here", name, w.Path)
		}
	}
}

// Of the kinds that carriers hold, only those stand here that the table does not know.
func TestCarried(t *testing.T) {
	for kind := range carried {
		for _, c := range []*tfvalue.Change{
			{Type: "azapi_resource", Action: checks.ActionDelete, Before: map[string]any{"type": kind + "@2024"}},
			{Type: "aws_cloudcontrolapi_resource", Action: checks.ActionDelete, Before: map[string]any{"type_name": kind}},
		} {
			if known, ok := resource.Builtin().Carried(c); ok {
				t.Errorf("the table knows %s as %s: take it out here", kind, known.Name)
			}
		}
	}
}

// Another order of the elements of lists, and of members, changes nothing.
func TestOrder(t *testing.T) {
	s := situation{
		typ: "aws_wafv2_web_acl", action: upd,
		before: `{"rule":[{"name":"a","priority":1},{"name":"b","priority":2},{"name":"c","priority":3}]}`,
		after:  `{"rule":[{"name":"c","priority":3},{"name":"a","priority":1}]}`,
	}
	want := Consequences(s.change(t), resource.Builtin())
	s.before = `{"rule":[{"priority":3,"name":"c"},{"name":"b","priority":2},{"name":"a","priority":1}]}`
	if diff := cmp.Diff(want, Consequences(s.change(t), resource.Builtin())); diff != "" || len(want) != 1 {
		t.Errorf("(-one order +another):\n%s", diff)
	}
}

func FuzzConsequences(f *testing.F) {
	for _, list := range [][]situation{protections, controlSituations, publics, irreversibles, keySituations, removals, sensitives, unknowns, silences, startedSituations, workloadSituations, ruleSetSituations, documentSituations, tagSituations} {
		for _, s := range list {
			f.Add(s.typ, string(s.action), s.before, s.after, s.unknown, s.sensitive)
		}
	}
	f.Fuzz(func(t *testing.T, typ, action, before, after, unknown, sensitive string) {
		c := &tfvalue.Change{Address: "a", Config: "a", Type: typ, Mode: "managed", Action: checks.Action(action)}
		read := func(text string, to any) {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			_ = d.Decode(to) // what cannot be read is left as far as it was
		}
		read(before, &c.Before)
		read(after, &c.After)
		read(unknown, &c.Unknown)
		read(sensitive, &c.BeforeSensitive)
		read(sensitive, &c.AfterSensitive)
		got := Consequences(c, resource.Builtin())
		if diff := cmp.Diff(got, Consequences(c, resource.Builtin())); diff != "" {
			t.Fatalf("the same change is told twice in two ways:\n%s", diff)
		}
		seen := map[checks.ConsequenceKind]int{}
		for _, p := range got {
			if seen[p.Kind]++; seen[p.Kind] > maxOfAKind+1 || len(p.What) > maxNames || len(p.Attribute) > maxPath+80 {
				t.Fatalf("out of bounds: %s", show(p))
			}
			if p.Sensitive && (p.Before != "" || p.After != "" || len(p.What) > 0) {
				t.Fatalf("a sensitive value is told: %s", show(p))
			}
			if p.Unknown && p.After != "" {
				t.Fatalf("a value that is not known is told: %s", show(p))
			}
			for _, name := range p.What {
				if !tellable(name) && len(name) > 80 {
					t.Fatalf("a name that is none is told: %q", name)
				}
			}
		}
		for _, a := range []checks.Action{checks.ActionNoOp, checks.ActionForget, checks.ActionRead} {
			c.Action = a
			if got := Consequences(c, resource.Builtin()); len(got) != 0 {
				t.Fatalf("%s does something: %v", a, got)
			}
		}
		c.Action = checks.ActionUpdate
		c.After, c.Unknown, c.AfterSensitive = c.Before, nil, c.BeforeSensitive
		for _, p := range Consequences(c, resource.Builtin()) {
			if !strings.Contains(p.Note, "too much") {
				t.Fatalf("an update that changes nothing: %s", show(p))
			}
		}
		typed, _ := resource.Builtin().Lookup(typ)
		c.Action = checks.ActionDelete
		Protection(c, typed, resource.Builtin())
		if tags, _ := Tags(c); len(tags) > maxTags {
			t.Fatalf("%d tags", len(tags))
		}
	})
}
