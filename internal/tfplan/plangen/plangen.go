// Package plangen writes made-up plans of any size, for benchmarks. The same
// options give the same bytes.
//
// A plan has the size and the shape of a plan for AWS with a state: ten resource
// types in turn, in modules of forty; of a hundred changes ninety are no-ops,
// five update, two create, two replace and one deletes. Everything stands in it
// that the tools write: planned values, changes, prior state and configuration.
package plangen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
)

// Options say what to write.
type Options struct {
	Changes int   // resource changes
	Open    int   // security groups that are opened to the world on port 22, in two halves
	Seed    int64 //
}

// BytesPerChange is about what one change adds to the plan, in all its parts.
const BytesPerChange = 4100

var types = []string{
	"aws_instance", "aws_security_group", "aws_security_group_rule", "aws_iam_role", "aws_iam_role_policy",
	"aws_s3_bucket", "aws_db_instance", "aws_lambda_function", "aws_cloudwatch_metric_alarm", "aws_route53_record",
}

// resource is made from its number alone, so that each part of the plan can make
// it again and nothing is kept.
type resource struct {
	index                  int
	module, typ, name      string
	address, actions, open string
	r                      *rand.Rand
}

func (o Options) resource(i int) resource {
	r := rand.New(rand.NewSource(o.Seed*1_000_003 + int64(i))) //nolint:gosec // data for benchmarks
	x := resource{index: i, typ: types[i%len(types)], name: fmt.Sprintf("r%d", i), r: r}
	x.module = fmt.Sprintf("module.part%d", i/40)
	x.address = x.module + "." + x.typ + "." + x.name
	switch n := r.Intn(100); {
	case n < 90:
		x.actions = `["no-op"]`
	case n < 95:
		x.actions = `["update"]`
	case n < 97:
		x.actions = `["create"]`
	case n < 99:
		x.actions = `["delete","create"]`
	default:
		x.actions = `["delete"]`
	}
	if x.typ == "aws_security_group" && i/len(types) < o.Open {
		x.actions = `["update"]`
		x.open = `,{"cidr_blocks":["0.0.0.0/1","128.0.0.0/1"],"from_port":22,"to_port":22,"protocol":"tcp"}`
	}
	return x
}

// values writes the attributes. changed says whether it is the side after an
// update.
func (x resource) values(changed bool) string {
	extra, open := "", ""
	if changed {
		extra, open = `"description":"changed",`, x.open
	}
	rules := ""
	switch x.typ {
	case "aws_security_group":
		rules = fmt.Sprintf(`"ingress":[{"cidr_blocks":["10.%d.0.0/16"],"description":"","from_port":443,"to_port":443,"protocol":"tcp","self":false}%s],"egress":[],`, x.index%250, open)
	case "aws_security_group_rule":
		rules = fmt.Sprintf(`"type":"ingress","security_group_id":"sg-%08d","cidr_blocks":["10.%d.0.0/16"],"from_port":80,"to_port":80,"protocol":"tcp",`, x.index-1, x.index%250)
	}
	tags := ""
	for i := range 14 {
		tags += fmt.Sprintf(`"tag%d":"a value of usual length %d",`, i, (x.index*31+i)%1000)
	}
	id := fmt.Sprintf("id-%08d", x.index)
	if x.typ == "aws_security_group" {
		id = fmt.Sprintf("sg-%08d", x.index)
	}
	return fmt.Sprintf(`{%s%s"arn":"arn:aws:service:eu-central-1:123456789012:%s/%s","id":"%s","name":"%s","nested":[{"enabled":true,"limits":[1,2,3],"mode":"standard"},{"enabled":false,"limits":[],"mode":null}],"tags":{%s"owner":"team"},"timeouts":null}`,
		extra, rules, x.typ, x.name, id, x.name, tags)
}

// Write writes a plan.
func Write(out io.Writer, o Options) error {
	w := bufio.NewWriterSize(out, 64<<10)
	list := func(f func(x resource) string) {
		first := true
		for i := range o.Changes {
			s := f(o.resource(i))
			if s == "" {
				continue
			}
			if !first {
				_, _ = w.WriteString(",")
			}
			first = false
			_, _ = w.WriteString(s)
		}
	}
	head := func(x resource) string {
		return fmt.Sprintf(`"address":%q,"mode":"managed","type":%q,"name":%q,"provider_name":"registry.terraform.io/hashicorp/aws"`, x.address, x.typ, x.name)
	}
	_, _ = w.WriteString(`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[`)
	list(func(x resource) string {
		if x.actions == `["delete"]` {
			return ""
		}
		return "{" + head(x) + `,"schema_version":1,"values":` + x.values(true) + `,"sensitive_values":{}}`
	})
	_, _ = w.WriteString(`]}},"resource_changes":[`)
	list(func(x resource) string {
		before, after := x.values(false), x.values(x.actions != `["no-op"]`)
		switch x.actions {
		case `["create"]`:
			before = "null"
		case `["delete"]`:
			after = "null"
		}
		return "{" + head(x) + fmt.Sprintf(`,"module_address":%q,"change":{"actions":%s,"before":%s,"after":%s,"after_unknown":{},"before_sensitive":{"tags":{}},"after_sensitive":{"tags":{}}}}`, x.module, x.actions, before, after)
	})
	_, _ = w.WriteString(`],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[`)
	list(func(x resource) string {
		if x.actions == `["create"]` {
			return ""
		}
		return "{" + head(x) + `,"schema_version":1,"values":` + x.values(false) + `,"sensitive_values":{}}`
	})
	_, _ = w.WriteString(`]}}},"configuration":{"root_module":{"module_calls":{`)
	for m := 0; m*40 < o.Changes; m++ {
		if m > 0 {
			_, _ = w.WriteString(",")
		}
		_, _ = fmt.Fprintf(w, `"part%d":{"source":"./part","module":{"resources":[`, m)
		for i := m * 40; i < min((m+1)*40, o.Changes); i++ {
			x := o.resource(i)
			if i > m*40 {
				_, _ = w.WriteString(",")
			}
			_, _ = fmt.Fprintf(w, `{"address":"%s.%s","mode":"managed","type":%q,"name":%q,"expressions":{"name":{"constant_value":%q},"ingress":{}}}`, x.typ, x.name, x.typ, x.name, x.name)
		}
		_, _ = w.WriteString(`]}}`)
	}
	_, _ = w.WriteString(`}}},"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}` + "\n")
	return w.Flush()
}
