package exposure

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

// FuzzChanges reads changes of every type as a plan may have them. Nothing may panic,
// nothing marked sensitive be shown, nothing be told twice or of a plan in which
// nothing happens.
func FuzzChanges(f *testing.F) {
	types := make([]string, 0, len(extractors))
	for typ := range extractors {
		types = append(types, typ)
	}
	slices.Sort(types)
	for _, typ := range types {
		f.Add(`{"address":"x.a","type":"` + typ + `","change":{"actions":["update"],"before":{},"after":{"ingress":[{"cidr_blocks":["0.0.0.0/0"]}],"cidr":"10.0.0.0/8"},"after_unknown":{"entry":[true]}}}`)
	}
	for _, seed := range []string{
		change("a", "aws_security_group", update, inline(""), inline(allow(22, `"0.0.0.0/0"`)), `,"after_sensitive":{"ingress":true}`),
		change("n", "aws_network_acl", update, acl(aclLine(50, "deny", "tcp", 22, "0.0.0.0/0")+","+aclLine(100, "allow", "-1", 0, "0.0.0.0/0")), acl(aclLine(100, "allow", "-1", 0, "::/0")), ""),
		change("l", "aws_ec2_managed_prefix_list", noop, prefixList("pl-1", `{"cidr":"10.0.0.0/8"}`), null, "") + "," + change("r", "aws_security_group_rule", replace, listed("pl-1"), listed("pl-2"), ""),
		change("t", "aws_route_table", update, `{"route":[{"cidr_block":"0.0.0.0/0","nat_gateway_id":"nat-1"}]}`, `{"route":[{"cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}]}`, ""),
		change("c", "aws_eks_cluster", create, null, `{"vpc_config":[{"endpoint_public_access":true}]}`, `,"after_unknown":{"vpc_config":[{"public_access_cidrs":true}]}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, changes string) {
		if len(changes) > 1<<14 {
			t.Skip()
		}
		var es []entry
		d := json.NewDecoder(strings.NewReader("[" + changes + "]"))
		d.UseNumber()
		if d.Decode(&es) != nil {
			t.Skip()
		}
		run := func() ([]checks.Exposure, []checks.Rearranged, bool) {
			s, quiet := New(Limits{Rules: 20_000, Work: 2_000_000}), true
			for i := range es {
				c := es[i].change()
				quiet = quiet && c.Action == checks.ActionNoOp
				if s.Add(c) != nil {
					return nil, nil, quiet
				}
			}
			opened, rearranged, err := s.Result(settings{"x.a": {"ingress": {"x.a"}, "security_group_id": {"x.a"}}})
			if err != nil && (opened != nil || rearranged != nil) {
				t.Fatal("facts beside an error")
			}
			return opened, rearranged, quiet
		}
		opened, rearranged, quiet := run()
		again, also, _ := run()
		if !reflect.DeepEqual(opened, again) || !reflect.DeepEqual(rearranged, also) {
			t.Fatalf("not the same twice: %+v %+v, %+v %+v", opened, again, rearranged, also)
		}
		if quiet && len(opened)+len(rearranged) > 0 {
			t.Fatalf("nothing happens, and %+v %+v", opened, rearranged)
		}
		for i := range opened {
			e := &opened[i]
			switch {
			case e.Sensitive && (e.Source != "" || len(e.Sources) > 0):
				t.Fatalf("a sensitive source is shown: %+v", *e)
			case len(e.Sources) > maxSources || e.Unknown && len(e.Sources) > 0:
				t.Fatalf("too many sources: %+v", *e)
			case e.Address == "" && e.Type == "":
				t.Fatalf("of nothing: %+v", *e)
			}
			if i > 0 && compareExposures(opened[i-1], *e) >= 0 {
				t.Fatalf("not in order: %+v", opened)
			}
		}
	})
}
