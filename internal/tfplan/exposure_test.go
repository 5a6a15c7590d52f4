package tfplan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const groupA = `"address":"aws_security_group.a","type":"aws_security_group"`

func inline(ingress string) string { return `{"id":"sg-1","ingress":[` + ingress + `]}` }

func allow(port int, cidrs string) string {
	return fmt.Sprintf(`{"protocol":"tcp","from_port":%d,"to_port":%d,"cidr_blocks":[%s]}`, port, port, cidrs)
}

func ruleEntry(name, actions, before, after string) string {
	return fmt.Sprintf(`{"address":"aws_security_group_rule.%s","type":"aws_security_group_rule","change":{"actions":[%s],"before":%s,"after":%s}}`, name, actions, before, after)
}

func separate(group string, port int, cidr string) string {
	return fmt.Sprintf(`{"type":"ingress","security_group_id":%q,"protocol":"tcp","from_port":%d,"to_port":%d,"cidr_blocks":[%q]}`, group, port, port, cidr)
}

// TestExposures: what package exposure is given of a plan is what the plan says. Its own
// tests hold the situations.
func TestExposures(t *testing.T) {
	t.Parallel()
	update := func(before, after string) string {
		return `{` + groupA + `,"change":{"actions":["update"],"before":` + before + `,"after":` + after + `}}`
	}
	const w, ten = `"0.0.0.0/0"`, `"10.0.0.0/8"`
	configured := `{"root_module":{"resources":[{"address":"aws_security_group.a","type":"aws_security_group","mode":"managed","expressions":{"ingress":{}}}]}}`
	bare := `{"root_module":{"resources":[{"address":"aws_security_group.a","type":"aws_security_group","mode":"managed","expressions":{"name":{}}}]}}`
	unknown := func(action, before string) string {
		return `{` + groupA + `,"change":{"actions":[` + action + `],"before":` + before + `,"after":{"name":"a"},"after_unknown":{"ingress":true,"id":true}}}`
	}
	tests := []struct {
		name, changes, config string
		want                  []string
	}{
		{"half beside the other half", update(inline(allow(22, `"0.0.0.0/1"`)), inline(allow(22, `"0.0.0.0/1"`)+","+allow(22, `"128.0.0.0/1"`))), "", []string{"a ipv4 tcp 22-22 0.0.0.0/0 world"}},
		{"moved to a rule", update(inline(allow(22, w)), inline("")) + "," + ruleEntry("r", `"create"`, "null", separate("sg-1", 22, "0.0.0.0/0")), "", nil},
		{"unknown and configured", unknown(`"create"`, "null"), configured, []string{"a any all 0-65535  world unknown"}},
		{"unknown and computed", unknown(`"create"`, "null"), bare, nil},
		{"sensitive for a part", `{` + groupA + `,"change":{"actions":["create"],"before":null,"after":` + inline(allow(22, ten)) + `,"after_sensitive":{"ingress":[{"cidr_blocks":[true]}]}}}`, "", []string{"a ipv4 tcp 22-22  sensitive"}},
		{"forgotten", `{` + groupA + `,"change":{"actions":["forget"],"before":` + inline(allow(22, w)) + `,"after":null}}`, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config := tt.config
			if config == "" {
				config = "{}"
			}
			p, err := Read(strings.NewReader(`{"format_version":"1.2","resource_changes":[`+tt.changes+`],"configuration":`+config+`}`), "p", Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range p.Exposures {
				name := e.Address[strings.LastIndexByte(e.Address, '.')+1:]
				s := name
				if e.Direction == "egress" {
					s += " egress"
				}
				s += fmt.Sprintf(" %s %s %d-%d %s", e.Family, e.Protocol, e.FromPort, e.ToPort, e.Source)
				for _, f := range []struct {
					set  bool
					name string
				}{{e.World, " world"}, {e.Unknown, " unknown"}, {e.Sensitive, " sensitive"}} {
					if f.set {
						s += f.name
					}
				}
				got = append(got, s)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestReferencedGroup: a rule of a group that is replaced belongs to the new
// group, which the configuration names.
func TestReferencedGroup(t *testing.T) {
	t.Parallel()
	config := `{"root_module":{"module_calls":{"m":{"module":{"resources":[
		{"address":"aws_security_group.new","type":"aws_security_group","mode":"managed","expressions":{}},
		{"address":"aws_security_group_rule.r","type":"aws_security_group_rule","mode":"managed","expressions":{"security_group_id":{"references":["aws_security_group.new[0].id","aws_security_group.new"]}}}]}}}}}`
	plan := `{"format_version":"1.2","configuration":` + config + `,"resource_changes":[
		{"address":"module.m[\"a.b\"].aws_security_group.new[0]","type":"aws_security_group","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"id":true}}},
		{"address":"module.m[\"a.b\"].aws_security_group_rule.r","type":"aws_security_group_rule","change":{"actions":["delete","create"],
			"before":` + separate("sg-old", 22, "0.0.0.0/0") + `,"after":{"type":"ingress","protocol":"tcp","from_port":22,"to_port":22,"cidr_blocks":["0.0.0.0/0"]},"after_unknown":{"security_group_id":true}}}]}`
	p, err := Read(strings.NewReader(plan), "p", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Exposures) != 1 || !p.Exposures[0].World {
		t.Errorf("a rule that moves from an old group to a new one opens the new one: %+v", p.Exposures)
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]address{
		`aws_x.a`:                            {mode: "managed", typ: "aws_x", name: "a", config: "aws_x.a"},
		`data.aws_x.a[0]`:                    {mode: "data", typ: "aws_x", name: "a", key: "[0]", config: "data.aws_x.a"},
		`module.m["a].b\"."].module.n.x.y`:   {module: `module.m["a].b\"."].module.n`, mode: "managed", typ: "x", name: "y", config: "module.m.module.n.x.y"},
		`module.data["k"].data.data.data[1]`: {module: `module.data["k"]`, mode: "data", typ: "data", name: "data", key: "[1]", config: "module.data.data.data.data"},
		`ephemeral.t.n`:                      {mode: "ephemeral", typ: "t", name: "n", config: "ephemeral.t.n"},
	} {
		got, ok := parseAddress(in)
		if !ok || got != want {
			t.Errorf("%s: %+v", in, got)
		}
	}
	for _, in := range []string{"", "a", ".", "a.", "a.b.c", "a.b[", "a.b[0]x", "a[0].b", "module.m", `a.b["x]`, "module.m.module.n", "data.a"} {
		if got, ok := parseAddress(in); ok {
			t.Errorf("%q was read: %+v", in, got)
		}
	}
}
