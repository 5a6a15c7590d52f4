package jsonstream

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
)

// madeUpPlan writes JSON of about that size with the shape of a plan: per change
// about 8.5 KB in planned values, changes and prior state, of objects with ten to
// twenty members, short strings, some nesting and a policy in escaped JSON.
func madeUpPlan(size int) []byte {
	var b bytes.Buffer
	n := max(size/8500, 1)
	each := func(f func(i int, r *rand.Rand)) {
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			f(i, rand.New(rand.NewSource(int64(i)))) //nolint:gosec // data for benchmarks
		}
	}
	b.WriteString(`{"format_version":"1.2","terraform_version":"1.9.5","variables":{"region":{"value":"eu-central-1"}},"planned_values":{"root_module":{"resources":[`)
	each(func(i int, r *rand.Rand) {
		fmt.Fprintf(&b, `{%s,"schema_version":1,"values":%s,"sensitive_values":{"tags":{},"tags_all":{},"ingress":[],"timeouts":{}}}`, head(i), attributes(i, r))
	})
	b.WriteString(`]}},"resource_changes":[`)
	each(func(i int, r *rand.Rand) {
		v := attributes(i, r)
		fmt.Fprintf(&b, `{%s,"change":{"actions":["no-op"],"before":%s,"after":%s,"after_unknown":{"arn":true,"tags":{}},"before_sensitive":{"tags":{},"ingress":[]},"after_sensitive":{"tags":{},"ingress":[]}}}`, head(i), v, v)
	})
	b.WriteString(`],"prior_state":{"format_version":"1.0","values":{"root_module":{"resources":[`)
	each(func(i int, r *rand.Rand) {
		fmt.Fprintf(&b, `{%s,"schema_version":1,"values":%s,"sensitive_values":{},"depends_on":["aws_vpc.main","aws_subnet.private"]}`, head(i), attributes(i, r))
	})
	b.WriteString(`]}}},"configuration":{"root_module":{}},"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}`)
	return b.Bytes()
}

var madeUpTypes = []string{"aws_instance", "aws_security_group", "aws_iam_role", "aws_s3_bucket", "aws_db_instance", "aws_lambda_function", "aws_route53_record"}

func head(i int) string {
	t := madeUpTypes[i%len(madeUpTypes)]
	return fmt.Sprintf(`"address":"module.part%d.%s.r%d","module_address":"module.part%d","mode":"managed","type":%q,"name":"r%d","provider_name":"registry.terraform.io/hashicorp/aws"`,
		i/40, t, i, i/40, t, i)
}

func attributes(i int, r *rand.Rand) string {
	var b strings.Builder
	id := fmt.Sprintf("%012x", r.Int63())
	fmt.Fprintf(&b, `{"arn":"arn:aws:service:eu-central-1:123456789012:thing/%s","id":"%s","name":"r%d","description":null,"enabled":true,"count":%d,"availability_zone":"eu-central-1a"`, id, id, i, r.Intn(1000))
	switch i % len(madeUpTypes) {
	case 0, 4:
		fmt.Fprintf(&b, `,"ami":"ami-%s","instance_type":"t3.large","cpu_core_count":2,"monitoring":false,"ebs_optimized":true,"subnet_id":"subnet-%s","vpc_security_group_ids":["sg-%s","sg-1"],"root_block_device":[{"delete_on_termination":true,"device_name":"/dev/xvda","encrypted":true,"iops":3000,"kms_key_id":"arn:aws:kms:eu-central-1:123456789012:key/%s","tags":{},"throughput":125,"volume_id":"vol-%s","volume_size":50,"volume_type":"gp3"}],"user_data":null,"timeouts":null`, id, id, id, id, id)
	case 1:
		b.WriteString(`,"egress":[],"ingress":[`)
		for k := range 4 {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"cidr_blocks":["10.%d.0.0/16"],"description":"","from_port":%d,"ipv6_cidr_blocks":[],"prefix_list_ids":[],"protocol":"tcp","security_groups":[],"self":false,"to_port":%d}`, r.Intn(250), 443+k, 443+k)
		}
		fmt.Fprintf(&b, `],"revoke_rules_on_delete":false,"vpc_id":"vpc-%s"`, id)
	case 2, 3:
		fmt.Fprintf(&b, `,"assume_role_policy":"{\"Statement\":[{\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Sid\":\"\"}],\"Version\":\"2012-10-17\"}","force_detach_policies":false,"max_session_duration":3600,"path":"/","permissions_boundary":"","unique_id":"AROA%s"`, strings.ToUpper(id))
	default:
		fmt.Fprintf(&b, `,"environment":[{"variables":{"LOG_LEVEL":"info","TABLE":"t-%s","STAGE":"production"}}],"handler":"index.handler","memory_size":%d,"runtime":"nodejs20.x","timeout":30,"version":"$LATEST","tracing_config":[{"mode":"PassThrough"}],"layers":[],"publish":false`, id, 128<<r.Intn(4))
	}
	for _, t := range []string{"tags", "tags_all"} {
		fmt.Fprintf(&b, `,%q:{"Name":"r%d","Team":"platform","CostCenter":"%d","Environment":"production","ManagedBy":"terraform","Owner":"Straße 9","Backup":"daily"}`, t, i, 1000+r.Intn(9))
	}
	for k := range 6 {
		fmt.Fprintf(&b, `,"attribute_%d":"%s"`, k, strings.Repeat("x", r.Intn(40)))
	}
	b.WriteString(`}`)
	return b.String()
}
