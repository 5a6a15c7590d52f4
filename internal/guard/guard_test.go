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

// A situation is one change and what is told of it: kind, attribute, words, parts.
type situation struct {
	name          string
	typ           string
	action        checks.Action
	before, after string // JSON
	unknown       string // mask of after
	sensitive     string // mask of both
	want          []string
}

func (s situation) change(t testing.TB) *tfvalue.Change {
	t.Helper()
	c := &tfvalue.Change{
		Address: "module.m." + s.typ + ".x[0]", Config: "module.m." + s.typ + ".x", Type: s.typ, Name: "x", Mode: "managed", Action: s.action,
	}
	read := func(text string, to any) {
		if text == "" {
			return
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(to); err != nil {
			t.Fatalf("%s: read %s: %v", s.name, text, err)
		}
	}
	read(s.before, &c.Before)
	read(s.after, &c.After)
	read(s.unknown, &c.Unknown)
	read(s.sensitive, &c.BeforeSensitive)
	read(s.sensitive, &c.AfterSensitive)
	return c
}

// line is a consequence without the words of why.
func line(p tfvalue.Pending) string {
	p.Note, p.Address = "", "x"
	return strings.Replace(show(p), " x", "", 1)
}

func TestConsequences(t *testing.T) {
	for group, list := range map[string][]situation{
		"protection": protections, "control": controlSituations, "public": publics, "irreversible": irreversibles,
		"removed": removals, "key": keySituations, "silent": silences, "unknown": unknowns, "sensitive": sensitives,
		"started": startedSituations, "workload": workloadSituations, "rule set": ruleSetSituations, "document": documentSituations, "tag": tagSituations,
		"cluster": clusterSituations, "scaled": scaledSituations, "login": loginSituations, "record": recordSituations, "setting": settingSituations, "bucket": bucketSituations,
	} {
		names := map[string]bool{}
		for _, s := range list {
			if names[s.name] {
				t.Errorf("%s: %s stands twice", group, s.name)
			}
			names[s.name] = true
			t.Run(group+"/"+s.name, func(t *testing.T) {
				var got []string
				for _, p := range Consequences(s.change(t), resource.Builtin()) {
					got = append(got, line(p))
				}
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

const (
	create  = checks.ActionCreate
	upd     = checks.ActionUpdate
	replace = checks.ActionReplace
	destroy = checks.ActionDelete
	forget  = checks.ActionForget
)

// What was told is told in our own words, and has a reason.
func TestNotes(t *testing.T) {
	for _, list := range [][]situation{protections, controlSituations, publics, irreversibles, keySituations, startedSituations, workloadSituations, ruleSetSituations, documentSituations, clusterSituations, scaledSituations, loginSituations, recordSituations, settingSituations, bucketSituations} {
		for _, s := range list {
			for _, p := range Consequences(s.change(t), resource.Builtin()) {
				if p.Note == "" && p.Kind != checks.ConsequencePartRemoved {
					t.Errorf("%s: %s says nothing of why", s.name, show(p))
				}
				if p.Address != "module.m."+s.typ+".x[0]" || p.Type != s.typ || p.Config != "module.m."+s.typ+".x" {
					t.Errorf("%s: it is told of %q, %q, %q", s.name, p.Address, p.Type, p.Config)
				}
			}
		}
	}
}

// The words of a sensitive value, and of anything that is no word, are never told.
func TestNoValue(t *testing.T) {
	const canary = "sec-ret-Canary"
	for _, s := range []situation{
		{typ: "aws_db_instance", before: `{"deletion_protection":"%s","password":"%[1]s","l":["%[1]s","b"],"m":{"%[1]s":"a","b":"c"}}`, after: `{"deletion_protection":null,"l":["b"],"m":{"b":"c"}}`, sensitive: `true`},
		{typ: "aws_s3_bucket", before: `{"m":{"%s":"a","b":"c"},"blocks":[{"name":"%[1]s","v":1},{"name":"b","v":1}]}`, after: `{"m":{"b":"c"},"blocks":[{"name":"b"}]}`, sensitive: `{"m":true,"blocks":true}`},
		{typ: "kubernetes_secret", before: `{"data":{"%s":"%[1]s","b":"c"}}`, after: `{"data":{"b":"c"}}`, sensitive: `{"data":true}`},
		{typ: "aws_thing", before: `{"doc":"{\"%s\":{\"enabled\":true},\"list\":[{\"name\":\"%[1]s\"},{\"name\":\"x\"}]}"}`, after: `{"doc":"{\"list\":[{\"name\":\"x\"}]}"}`, sensitive: `{"doc":true}`},
		{typ: "aws_wafv2_web_acl", before: `{"default_action":[{"%s":true}],"rule":[{"name":"%[1]s"},{"name":"y"}]}`, after: `{"default_action":[],"rule":[{"name":"y"}]}`, sensitive: `{"rule":true,"default_action":true}`},
		{typ: "aws_thing", before: `{"user":"%s","secret_list":["%[1]s$","b"],"tags":{"owner":"%[1]s"}}`, after: `{"secret_list":["b"],"tags":{}}`},
	} {
		s.before = fmt.Sprintf(s.before, canary)
		for _, a := range []checks.Action{upd, replace, destroy} {
			s.action = a
			got := Consequences(s.change(t), resource.Builtin())
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), canary) {
				t.Errorf("%s of %s tells the value: %s", a, s.typ, text)
			}
			if a == upd && len(got) == 0 {
				t.Errorf("%s: nothing is told, so nothing is shown", s.typ)
			}
		}
	}
}

// What cannot be compared within bounds is said, and takes little time.
func TestTooMuch(t *testing.T) {
	var b, a []any
	for i := range 200_000 {
		b = append(b, map[string]any{"x": json.Number(fmt.Sprint(i)), "y": []any{map[string]any{"z": strings.Repeat("z", 40)}}})
		a = append(a, map[string]any{"x": json.Number(fmt.Sprint(i + 1)), "y": []any{map[string]any{"z": strings.Repeat("w", 40)}}})
	}
	c := situation{typ: "aws_thing", action: upd}.change(t)
	c.Before, c.After = map[string]any{"list": b}, map[string]any{"list": a}
	got := Consequences(c, resource.Builtin())
	if len(got) == 0 || !got[0].Unknown {
		t.Fatalf("got %v, want that it is too much", got)
	}
	deep := any("x")
	for range 500 {
		deep = map[string]any{"a": deep}
	}
	c.Before, c.After = map[string]any{"a": deep}, map[string]any{"a": deep}
	if got := Consequences(c, resource.Builtin()); len(got) != 1 || !got[0].Unknown {
		t.Fatalf("got %v, want that it is too deep", got)
	}
}

// A change with very many consequences is told within bounds.
func TestBounds(t *testing.T) {
	before, after := map[string]any{}, map[string]any{}
	for i := range 1000 {
		m := map[string]any{}
		for k := range 50 {
			m[fmt.Sprintf("k%d", k)] = "v"
		}
		before[fmt.Sprintf("m%d", i)], after[fmt.Sprintf("m%d", i)] = m, map[string]any{}
	}
	c := situation{typ: "aws_thing", action: upd}.change(t)
	c.Before, c.After = before, after
	got := Consequences(c, resource.Builtin())
	if len(got) != maxOfAKind+1 {
		t.Fatalf("%d consequences are told", len(got))
	}
	for _, p := range got[:maxOfAKind] {
		if p.Attribute != "" && (len(p.What) != maxNames || p.More != 50-maxNames) {
			t.Fatalf("%s has %d parts and %d more", p.Attribute, len(p.What), p.More)
		}
	}
}

func TestOtherModes(t *testing.T) {
	s := situation{typ: "aws_cloudtrail", action: destroy, before: `{"name":"x"}`}
	for _, mode := range []string{"data", "ephemeral"} {
		c := s.change(t)
		c.Mode = mode
		if got := Consequences(c, resource.Builtin()); len(got) != 0 {
			t.Errorf("%s: %v", mode, got)
		}
	}
	c := s.change(t)
	c.Mode = "" // old plans have none
	if got := Consequences(c, resource.Builtin()); len(got) != 1 {
		t.Errorf("without a mode: %v", got)
	}
	c.Action = checks.ActionUnknown
	if got := Consequences(c, resource.Builtin()); len(got) != 1 {
		t.Errorf("an action that is not known: %v", got)
	}
	if got := Consequences(nil, resource.Builtin()); got != nil {
		t.Errorf("no change: %v", got)
	}
}

func BenchmarkConsequences(b *testing.B) {
	for _, s := range []situation{
		{name: "update of an instance", typ: "aws_instance", action: upd, before: benchBefore, after: benchAfter},
		{name: "create", typ: "aws_instance", action: create, after: benchAfter},
	} {
		c := s.change(b)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Consequences(c, resource.Builtin())
			}
		})
	}
}

var benchBefore = strings.ReplaceAll(benchAfter, "t3.large", "t3.small")

const benchAfter = `{"ami":"ami-1","arn":"arn:aws:ec2:eu-west-1:1:instance/i-1","associate_public_ip_address":false,"availability_zone":"eu-west-1a","capacity_reservation_specification":[{"capacity_reservation_preference":"open","capacity_reservation_target":[]}],"cpu_options":[{"amd_sev_snp":"","core_count":1,"threads_per_core":2}],"credit_specification":[{"cpu_credits":"unlimited"}],"disable_api_stop":false,"disable_api_termination":true,"ebs_block_device":[{"delete_on_termination":true,"device_name":"/dev/sdf","encrypted":true,"iops":3000,"kms_key_id":"k","snapshot_id":"","tags":{},"throughput":125,"volume_id":"vol-1","volume_size":100,"volume_type":"gp3"}],"ebs_optimized":false,"enclave_options":[{"enabled":false}],"ephemeral_block_device":[],"get_password_data":false,"hibernation":false,"host_id":"","iam_instance_profile":"p","id":"i-1","instance_state":"running","instance_type":"t3.large","ipv6_addresses":[],"key_name":"k","maintenance_options":[{"auto_recovery":"default"}],"metadata_options":[{"http_endpoint":"enabled","http_put_response_hop_limit":2,"http_tokens":"required","instance_metadata_tags":"disabled"}],"monitoring":true,"network_interface":[],"primary_network_interface_id":"eni-1","private_dns":"ip-10-0-0-1","private_ip":"10.0.0.1","public_dns":"","public_ip":"","root_block_device":[{"delete_on_termination":true,"device_name":"/dev/xvda","encrypted":true,"iops":3000,"kms_key_id":"k","tags":{},"throughput":125,"volume_id":"vol-2","volume_size":50,"volume_type":"gp3"}],"secondary_private_ips":[],"security_groups":[],"source_dest_check":true,"subnet_id":"subnet-1","tags":{"Name":"x","env":"prod","owner":"a"},"tags_all":{"Name":"x","env":"prod","owner":"a"},"tenancy":"default","timeouts":null,"user_data":"abc","volume_tags":null,"vpc_security_group_ids":["sg-1","sg-2"]}`
