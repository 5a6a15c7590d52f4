package privilege

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// FuzzPolicy reads two policy documents and compares them.
func FuzzPolicy(f *testing.F) {
	for _, s := range []string{
		"", "{", `{"Statement":[]}`, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:*","s?:Get*"],"NotResource":"arn:aws:s3:::b/${aws:username}/${*}","Principal":{"AWS":["*","123456789012"],"Federated":"x"},"Condition":{"ForAllValues:StringLikeIfExists":{"k":["a*",1,true]},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"NumericLessThan":{"n":5},"DateGreaterThan":{"d":"2020-01-01T00:00:00Z"},"Null":{"x":"true"}}}]}`,
	} {
		f.Add(s, `{"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":["*"],"Principal":"*"}]}`)
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 1<<16 {
			return
		}
		vars := names{}
		before, after := &document{}, &document{}
		okA, okB := before.readPolicy(a, vars) == nil, after.readPolicy(b, vars) == nil
		w := &work{left: 1_000_000}
		d := compare(before, after, w)
		if okA && okB && a == b && !w.spent() && len(d.allowed)+len(d.freed)+len(d.lost) > 0 {
			t.Fatalf("the same, and it is told: %v", d)
		}
		for _, of := range []string{"aws_iam_policy", "aws_iam_role", "aws_s3_bucket_policy", "aws_organizations_policy", "google_project_iam_policy", "vault_policy"} {
			root := func(text string) map[string]any {
				return map[string]any{"policy": text, "assume_role_policy": text, "content": text, "policy_data": text}
			}
			for _, p := range Consequences(&tfvalue.Change{Address: "a", Type: of, Action: checks.ActionUpdate, Before: root(a), After: root(b)}) {
				sane(t, &p)
				if a == b {
					t.Fatalf("%s: nothing changed, and it is told: %s", of, line(&p))
				}
			}
		}
	})
}

// FuzzTypes judges any change of any type.
func FuzzTypes(f *testing.F) {
	types := sortedKeys(judges)
	types = append(types, "google_x_iam_member", "google_project_iam_binding", "google_x_iam_policy", "google_x_iam_audit_config")
	for _, c := range []string{
		`{"policy":"{}","role":"r","members":["allUsers",null],"permissions":[{"actions":["*"]}]}`,
		`{"rule":[{"verbs":["*"],"resources":["*"],"api_groups":["*"]}],"subject":[{"kind":"User","name":"a"}],"role_ref":[{"name":"cluster-admin"}],"metadata":[{"name":"aws-auth"}],"data":{"mapRoles":"- rolearn: a\n  groups: [a]"}}`,
		`{"manifest":{"kind":"ClusterRole","rules":[{"verbs":["*"]}]},"yaml_body":"kind: Role","include":[{"everyone":true}],"bypass_actors":[{"actor_id":1}]}`,
		`{"rules":[{"required_status_checks":[{"required_check":[{"context":"x"}]}],"pull_request":[{"required_approving_review_count":2}]}],"enforcement":"active","reviewers":[{"users":[1]}],"wait_timer":3}`,
		`{"policies":["root"],"token_policies":["a"],"bound_claims":{"sub":"x"},"statements":["Allow any-user to manage all-resources in tenancy"]}`,
		`{"principal":"*","action":"x","source_arn":"arn:aws:s3:::b","permissions_boundary":"x","managed_policy_arns":["y"],"inline_policy":[{"policy":"{}"}]}`,
		`{"role":"a","service_account":[{"email":"e","scopes":["a/cloud-platform"]}],"identity":[{"identity_ids":["i",null]}],"access_policy":[{"object_id":"o","key_permissions":["Purge"]}]}`,
	} {
		for i := 0; i < len(types); i += 7 {
			f.Add(uint16(i), c, c, `{"policy":true,"members":[false,true],"rule":[{"verbs":true}]}`, `{"policy":true}`, uint8(i))
			f.Add(uint16(i), `{}`, c, `null`, `true`, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, typ uint16, before, after, unknown, sensitive string, action uint8) {
		if len(before)+len(after)+len(unknown)+len(sensitive) > 1<<16 {
			return
		}
		read := func(s string) any {
			d := json.NewDecoder(bytes.NewReader([]byte(s)))
			d.UseNumber()
			var v any
			_ = d.Decode(&v)
			return v
		}
		all := []checks.Action{
			checks.ActionCreate, checks.ActionUpdate, checks.ActionDelete, checks.ActionReplace, checks.ActionReplaceForget, checks.ActionForget,
			checks.ActionNoOp, checks.ActionUnknown,
		}
		c := &tfvalue.Change{Address: "a.b", Config: "a.b", Type: types[int(typ)%len(types)], Mode: "managed", Action: all[int(action)%len(all)]}
		c.Before, _ = read(before).(map[string]any)
		c.After, _ = read(after).(map[string]any)
		c.Unknown, c.BeforeSensitive, c.AfterSensitive = read(unknown), read(sensitive), read(sensitive)
		got := Consequences(c)
		for i := range got {
			sane(t, &got[i])
			if c.AfterSensitive == true && (len(got[i].What) > 0 || got[i].Before+got[i].After != "") {
				t.Fatalf("all is marked, and it is shown: %s", line(&got[i]))
			}
		}
		if diff := cmp.Diff(got, Consequences(c)); diff != "" {
			t.Fatalf("not the same twice:\n%s", diff)
		}
		if c.Action == checks.ActionNoOp && len(got) > 0 {
			t.Fatal("a no-op is told")
		}
		same := *c
		same.After, same.Unknown, same.Action = same.Before, nil, checks.ActionUpdate
		for _, p := range Consequences(&same) {
			t.Fatalf("%s: nothing changed, and it is told: %s", c.Type, line(&p))
		}
	})
}
