package resource

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// FuzzChange: whatever stands in a plan, nothing panics, what is shown is short and
// plain, and a value that is known and stays as it is weakens nothing.
func FuzzChange(f *testing.F) {
	f.Add("aws_db_instance", "registry.terraform.io/hashicorp/aws", `{"deletion_protection":true,"backup_retention_period":7}`, `{"deletion_protection":false}`, `{"backup_retention_period":true}`, `true`)
	f.Add("kubernetes_manifest", "x/y/z", `{"manifest":{"apiVersion":"v1","kind":"Secret"}}`, `{}`, `{}`, `{"manifest":true}`)
	f.Add("kubectl_manifest", "", `{"yaml_body":"apiVersion: v1\nkind: Secret"}`, `null`, `null`, `null`)
	f.Add("google_storage_bucket_acl", "-", `{"role_entity":["a",null]}`, `{"role_entity":[{"a":[1]}]}`, `{"role_entity":[true]}`, `{"role_entity":[false,true]}`)
	f.Add("azurerm_mssql_database", "//", `{"long_term_retention_policy":[{"weekly_retention":"P1Y2M3W4DT5H6M7S"}]}`, `{"short_term_retention_policy":{"retention_days":1e400}}`, `{}`, `{}`)
	table := Builtin().With([]Extra{{Type: "corp_*", Class: checks.ClassStateful, Guards: []string{"a.b"}}})
	f.Fuzz(func(t *testing.T, typ, provider, before, after, unknown, sensitive string) {
		read := func(s string) any {
			d := json.NewDecoder(strings.NewReader(s))
			d.UseNumber()
			var v any
			_ = d.Decode(&v)
			return v
		}
		c := &tfvalue.Change{Type: typ, Mode: "managed", Action: checks.ActionUpdate, Unknown: read(unknown), BeforeSensitive: read(sensitive), AfterSensitive: read(sensitive)}
		c.Before, _ = read(before).(map[string]any)
		c.After, _ = read(after).(map[string]any)
		if k := Kind(c); len(k) > 100 || strings.ContainsAny(k, " \n\t<>`\"'@") {
			t.Errorf("kind %q", k)
		}
		if known, ok := table.Carried(c); ok && known.Class == checks.ClassHarmless {
			t.Error("a carrier carries something harmless")
		}
		ProviderMismatch(typ, provider)
		known, _ := table.Lookup(typ)
		if known.Class == "" {
			t.Error("no class")
		}
		for _, w := range table.Watches(typ) {
			m := w.Compare(c.Old(), c.New())
			if len(m.Before) > 40 || len(m.After) > 40 {
				t.Errorf("%s: %q -> %q is no word", w.Path, m.Before, m.After)
			}
			if m.Sensitive && m.Before != "" && m.After != "" || m.Unknown && m.After != "" {
				t.Errorf("%s: %+v shows too much", w.Path, m)
			}
			if m := w.Compare(c.Old(), c.Old()); m.Weak {
				t.Errorf("%s: %+v, and nothing changed", w.Path, m)
			}
			if m := w.Compare(c.Old(), tfvalue.Side{}); m.Weak {
				t.Errorf("%s: %+v of what is destroyed", w.Path, m)
			}
		}
	})
}

// FuzzExtra: no entry of a policy panics or lowers by a glob what is known.
func FuzzExtra(f *testing.F) {
	f.Add("aws_*", "harmless", "", "a.b", "aws_db_instance")
	f.Add("{a,{b,c}}_?", "stateful", "high", "a", "a_x")
	f.Add("**", "guard", "", "", "x/y")
	f.Fuzz(func(t *testing.T, glob, class, tier, guard, typ string) {
		e := Extra{Type: glob, Class: checks.Class(class), Tier: checks.Tier(tier), Guards: []string{guard}}
		table := Builtin().With([]Extra{e})
		was, known := Builtin().Lookup(typ)
		is, _ := table.Lookup(typ)
		if known && glob != typ && strictness[is.Class] < strictness[was.Class] {
			t.Errorf("%q makes %s %s, which is %s", glob, typ, is.Class, was.Class)
		}
		if e.Valid() != nil && is.Class != was.Class {
			t.Errorf("%+v is not valid, and counts", e)
		}
		table.Watches(typ)
	})
}

// FuzzParse: the readers of the data take what they are given, or say what is wrong.
func FuzzParse(f *testing.F) {
	f.Add("provider aws\n\naws_x\n  stateful high: data\n  guards a\n  network rule\n    cidr a = b | c absent d\n")
	f.Add("a.b\n  types x_*\n  grades A << B\n  default A\n  forever 0\n  why it is\n")
	f.Add("kubernetes\n  core/Secret kubernetes_secret\n")
	f.Fuzz(func(t *testing.T, text string) {
		if file, err := parse("f", text); err == nil {
			for name, k := range file.types {
				if k.Name != name || k.Class == "" {
					t.Errorf("%q: %+v", name, k)
				}
			}
		}
		if list, err := parseWatches("f", text); err == nil {
			for _, w := range list.all {
				w.Holds(tfvalue.Value{Value: text}, true)
			}
		}
		_, _ = parseKinds("f", text)
	})
}
