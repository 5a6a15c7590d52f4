package tfplan_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

func readText(t *testing.T, plan string, o tfplan.Options) checks.Plan {
	t.Helper()
	p, err := tfplan.Read(strings.NewReader(plan), "p", o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRedacted: HCP Terraform's redacted form is read, and never counts as whole.
func TestRedacted(t *testing.T) {
	t.Parallel()
	p := readText(t, `{"plan_format_version":"1.2","provider_format_version":"1.0","provider_schemas":{"x":{}},"resource_drift":[],"output_changes":{},
		"resource_changes":[`+resourceChange(`{"actions":["delete"],"before":{},"after":null}`)+`]}`, tfplan.Options{})
	if !p.Redacted || p.Coverage != checks.CoverageUnknown || p.Totals["delete"] != 1 {
		t.Errorf("%+v", p)
	}
	refused(t, `{"plan_format_version":"1.2","format_version":"1.2","resource_changes":[]}`, "not the output of one tool", tfplan.Limits{})
}

// TestCauses: an attribute that forces a replacement refers to what is replaced too,
// in whatever order the parts of the plan stand.
func TestCauses(t *testing.T) {
	t.Parallel()
	replace := func(address, typ, name, path string) string {
		return `{"address":` + strconv.Quote(address) + `,"mode":"managed","type":"` + typ + `","name":"` + name + `","change":{"actions":["delete","create"],"before":{"id":"1"},"after":{},"replace_paths":[["` + path + `"]]}}`
	}
	changes := `"resource_changes":[` + replace(`module.n["a"].aws_vpc.main`, "aws_vpc", "main", "cidr_block") + `,` + replace(`module.n["a"].aws_subnet.a[0]`, "aws_subnet", "a", "vpc_id") + `]`
	config := `"configuration":{"root_module":{"module_calls":{"n":{"module":{"resources":[
		{"address":"aws_vpc.main","mode":"managed","type":"aws_vpc","expressions":{"cidr_block":{"references":["var.c"]}}},
		{"address":"aws_subnet.a","mode":"managed","type":"aws_subnet","provider_config_key":"n:aws","expressions":{"vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]},"tags":{"references":["aws_vpc.other.id"]}}}]}}}}}`
	for _, plan := range []string{`{"format_version":"1.2",` + changes + `,` + config + `}`, `{"format_version":"1.2",` + config + `,` + changes + `}`} {
		p := readText(t, plan, tfplan.Options{})
		if len(p.Changes) != 2 {
			t.Fatal(p.Changes)
		}
		subnet := p.Changes[0]
		if d := cmp.Diff([]string{"module.n.aws_vpc.main"}, subnet.Causes); d != "" || subnet.Config != "module.n.aws_subnet.a" || subnet.ProviderConfig != "n:aws" {
			t.Errorf("%+v %s", subnet, d)
		}
	}
}

// TestTold: variables, outputs, checks, programs and drift, without their values.
func TestTold(t *testing.T) {
	t.Parallel()
	p := readText(t, `{"format_version":"1.2","timestamp":"2026-01-02T03:04:05Z",
		"variables":{"given":{"value":"hunter2"},"same":{"value":[1]},"required":{"value":"hunter2"}},
		"resource_changes":[`+resourceChange(`{"actions":["create"],"before":null,"after":{}}`)+`],
		"resource_drift":[{"address":"a.b","change":{"before":"hunter2"}}],
		"output_changes":{"o":{"actions":["update"],"before":"hunter2","after":"x","before_sensitive":true},"p":{"actions":["no-op"],"before":1,"after":1}},
		"checks":[{"address":{"to_display":"check.up"},"status":"fail"},{"address":{"to_display":"check.ok"},"status":"pass"}],
		"action_invocations":[{"address":"action.x.y"}],
		"prior_state":{"values":{"root_module":{"resources":[{"address":"data.external.e","mode":"data","type":"external"},{"address":"data.http.h","mode":"data","type":"http"}]}}},
		"configuration":{"root_module":{"variables":{"given":{"default":"x"},"same":{"default":[1]},"required":{}},
			"resources":[{"address":"null_resource.a","mode":"managed","provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"hunter2"}}}]}]}}}`, tfplan.Options{})
	var kinds []string
	for _, c := range p.Consequences {
		kinds = append(kinds, string(c.Kind)+" "+c.Address+" "+strings.Join(c.What, ","))
	}
	for _, x := range []struct{ got, want any }{
		{p.Variables, []string{"given"}},
		{p.Outputs, []checks.Output{{Name: "o", Action: checks.ActionUpdate, Sensitive: true}}},
		{p.Failed, []string{"check.up"}},
		{p.Drifted, []string{"a.b"}},
		{p.Actions, []string{"action.x.y"}},
		{p.Timestamp.Unix(), int64(1767323045)},
		{kinds, []string{"ran-at-plan data.external.e ", "read-at-plan data.http.h ", "runs-code null_resource.a local-exec"}},
	} {
		if d := cmp.Diff(x.want, x.got); d != "" {
			t.Error(d)
		}
	}
}

// TestExtraClasses: what the policy knows of a type decides its class.
func TestExtraClasses(t *testing.T) {
	t.Parallel()
	table := resource.Builtin().With([]resource.Extra{{Type: "acme_*", Class: checks.ClassStateful, Tier: checks.TierCritical, Loses: "the books", Guards: []string{"locked"}}})
	p := readText(t, `{"format_version":"1.2","resource_changes":[{"address":"acme_ledger.a","mode":"managed","type":"acme_ledger","name":"a","change":{"actions":["delete"],"before":{"locked":true},"after":null}}],"configuration":{}}`, tfplan.Options{Table: table})
	c := p.Changes[0]
	if c.Class != checks.ClassStateful || c.Loses != "the books" || len(c.Guards) != 1 || !c.Guards[0].Holds {
		t.Errorf("%+v", c)
	}
}

// TestFirstErrorIsTold: an entry that cannot be used stands before text that is no
// JSON. Two goroutines find the two; the first in the file is told, every time.
func TestFirstErrorIsTold(t *testing.T) {
	t.Parallel()
	many := `{"address":"aws_security_group.a","type":"aws_security_group","change":{"actions":["create"],"before":null,"after":` + inlineRules(60) + `}}`
	plan := `{"format_version":"1.2","resource_changes":[` + many + `,` + resourceChange(`{"actions":["no-op"],"before":{},"after":{}}`) + `,]}`
	for range 200 {
		refused(t, plan, "more than 50 lines of network rules", tfplan.Limits{MaxRules: 50})
	}
}

func inlineRules(n int) string {
	rule := `{"protocol":"tcp","from_port":1,"to_port":1,"cidr_blocks":["10.0.0.0/8"]}`
	return `{"ingress":[` + strings.TrimSuffix(strings.Repeat(rule+",", n), ",") + `]}`
}
