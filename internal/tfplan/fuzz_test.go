package tfplan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// FuzzRead: no panic; an error or facts, never both; and the same bytes give the
// same facts.
//
// Run it with -fuzzminimizetime 1x: hashing with a random seed makes the coverage
// differ from run to run, and the engine would minimise for ever.
func FuzzRead(f *testing.F) {
	const canary = "hunter2"
	for _, name := range []string{"demo/before.plan.json", "plans/lab/20_sensitive_direct.tf111.json", "plans/lab/52_sg_dynamic_unknown.tofu112.json", "plans/lab/36_deferred.tf117.json", "plans/lab/28_moved_then_replace.tf117.json"} {
		b, err := os.ReadFile(filepath.Join(fixtures, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(document(`{"address":"aws_security_group_rule.a","type":"aws_security_group_rule","change":{"actions":["update"],"before":{"type":"ingress","from_port":1,"to_port":2,"protocol":"6","cidr_blocks":["` + canary + `"]},"after":{"type":"ingress","from_port":-1,"protocol":"1","ipv6_cidr_blocks":["::/1","` + canary + `"],"prefix_list_ids":["` + canary + `"]},"after_unknown":{"cidr_blocks":[true]},"before_sensitive":true,"after_sensitive":{"ipv6_cidr_blocks":true}}}`)))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	lim := tfplan.Limits{MaxFile: 1 << 20, MaxValue: 64 << 10, MaxWork: 100_000}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := tfplan.Read(bytes.NewReader(data), "p", tfplan.Options{Limits: lim})
		facts := len(p.Changes) + len(p.Exposures) + len(p.Totals) + len(p.Uncovered)
		if (err != nil) != (p.Error != "") || (err != nil && facts > 0) || (err == nil && p.FormatVersion == "") {
			t.Fatalf("neither error nor facts, or both: %v %+v", err, p)
		}
		if again, _ := tfplan.Read(bytes.NewReader(data), "p", tfplan.Options{Limits: lim}); again.Error != p.Error || len(again.Exposures) != len(p.Exposures) {
			t.Fatal("the same bytes gave different facts")
		}
	})
}

// FuzzSecret puts a sensitive text everywhere a plan can have values and names of
// values, whatever stands around it; it must not come through, neither in facts
// nor in errors.
func FuzzSecret(f *testing.F) {
	const canary = "hunter2"
	f.Add("", "", "")
	f.Add("0.0.0.0/", "/0", "actions")
	f.Add("10.", "\x00", "0")
	f.Add("tcp", "\xff", "cidr_blocks")
	f.Fuzz(func(t *testing.T, before, after, name string) {
		secret := before + canary + after
		rule := map[string]any{"protocol": secret, "from_port": secret, "to_port": 1, "cidr_blocks": []any{secret}, "ipv6_cidr_blocks": secret, "prefix_list_ids": []any{secret, name}}
		change := func(address, typ string, v any) any {
			return map[string]any{"address": address, "type": typ, "action_reason": " " + secret, "index": secret, "change": map[string]any{
				"actions": []any{"delete", "create"}, "before": map[string]any{secret: secret, "id": secret, "m": secret}, "after": v,
				"after_unknown": map[string]any{secret: true, name: true}, "before_sensitive": map[string]any{"m": true}, "after_sensitive": true,
				"replace_paths": []any{[]any{"m", secret}, []any{" " + secret}}, "importing": map[string]any{"id": secret},
			}}
		}
		plan := map[string]any{
			"format_version": "1.2", "variables": map[string]any{secret: map[string]any{"value": secret}}, "timestamp": secret,
			"resource_changes": []any{
				change("aws_security_group.a", "aws_security_group", map[string]any{"ingress": []any{rule, secret}, "egress": secret, name: secret}),
				change("aws_security_group_rule.a", "aws_security_group_rule", rule),
				change("x.a", "x", map[string]any{secret: name, name: secret}),
			},
			"prior_state":   map[string]any{"values": map[string]any{"root_module": map[string]any{"resources": []any{map[string]any{"address": "x.a", "mode": "managed", "values": map[string]any{secret: secret}}}}}},
			"configuration": map[string]any{"root_module": map[string]any{"resources": []any{map[string]any{"address": "x.a", "expressions": map[string]any{secret: map[string]any{"constant_value": secret}}}}}},
		}
		text, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		// Whole, cut off in every place that the length allows, and with the name given twice.
		for i, data := range [][]byte{text, text[:len(text)*len(name)/(len(name)+len(after)+1)], bytes.Replace(text, []byte(`"m":`), []byte(`"`+canary+`":1,"`+canary+`":2,"m":`), 1)} {
			p, err := tfplan.Read(bytes.NewReader(data), "p", tfplan.Options{})
			if err != nil && before+after+name == "" && i == 0 {
				t.Fatalf("the seed is meant to be read: %v", err)
			}
			out, _ := json.Marshal(p)
			if bytes.Contains(out, []byte(canary)) || (err != nil && strings.Contains(err.Error(), canary)) {
				t.Fatalf("a secret came through: %s %v", out, err)
			}
		}
	})
}
