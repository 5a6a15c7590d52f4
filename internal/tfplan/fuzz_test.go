package tfplan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// FuzzRead: no panic; an error or facts, never both; and what the seeds mark as
// sensitive never comes through.
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
		w := time.AfterFunc(2*time.Second, func() { panic("stuck") })
		defer w.Stop()
		p, err := tfplan.Read(bytes.NewReader(data), "p", lim)
		facts := len(p.Changes) + len(p.Exposures) + len(p.Totals) + len(p.Uncovered)
		if (err != nil) != (p.Error != "") || (err != nil && facts > 0) || (err == nil && p.FormatVersion == "") {
			t.Fatalf("neither error nor facts, or both: %v %+v", err, p)
		}
		out, jerr := json.Marshal(p)
		if jerr != nil {
			t.Fatal(jerr)
		}
		if again, _ := tfplan.Read(bytes.NewReader(data), "p", lim); again.Error != p.Error || len(again.Exposures) != len(p.Exposures) {
			t.Fatal("the same bytes gave different facts")
		}
		_ = out
	})
}
