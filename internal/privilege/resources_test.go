package privilege

import "testing"

func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	p, bucket := policy, "aws_s3_bucket_policy"
	to := func(principal, condition string) string {
		s := `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Principal":` + principal
		if condition != "" {
			s += `,"Condition":` + condition
		}
		return p(s + `}`)
	}
	public := []string{"grant-public policy [*: s3:GetObject]"}
	limited := []string{"grant-wider policy [*: s3:GetObject]"}
	const tls = `{"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	key := func(statements ...string) string { return p(statements...) }
	root := func(account string) string {
		return `{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::` + account + `:root"}}`
	}
	run(t, []change{
		{name: "public", typ: bucket, after: to(`"*"`, ""), want: public},
		{name: "public by AWS", typ: bucket, after: to(`{"AWS":"*"}`, ""), want: public},
		{name: "public by two", typ: bucket, after: to(`{"AWS":["arn:aws:iam::1:root","*"]}`, ""), want: []string{"grant-public policy [*: s3:GetObject]", "grant-trust policy [arn:aws:iam::1:root: s3:GetObject]"}},
		{name: "by endpoint", typ: bucket, after: to(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`), want: limited},
		{name: "by referrer", typ: bucket, after: to(`"*"`, `{"StringLike":{"aws:Referer":"https://x/*"}}`), want: public},
		{name: "by user agent", typ: bucket, after: to(`"*"`, `{"StringEquals":{"aws:UserAgent":"secret"}}`), want: public},
		{name: "by not", typ: bucket, after: to(`"*"`, `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`), want: public},
		{name: "by any endpoint", typ: bucket, after: to(`"*"`, `{"StringLike":{"aws:SourceVpce":"*"}}`), want: public},
		{name: "by endpoint for all values", typ: bucket, after: to(`"*"`, `{"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1"}}`), want: public},
		{name: "by few addresses", typ: bucket, after: to(`"*"`, `{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`), want: limited},
		{name: "by all addresses in halves", typ: bucket, after: to(`"*"`, `{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}`), want: public},
		{name: "by account", typ: bucket, after: to(`"*"`, `{"StringEquals":{"aws:SourceAccount":"123456789012"}}`), want: limited},
		{name: "by ARN of any account", typ: bucket, after: to(`"*"`, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:x"}}`), want: public},
		{name: "by ARN of a bucket", typ: bucket, after: to(`"*"`, `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b"}}`), want: limited},
		{name: "limit taken away", typ: bucket, before: to(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`), after: to(`"*"`, ""), want: public},
		{name: "limit put on", typ: bucket, before: to(`"*"`, ""), after: to(`"*"`, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`)},
		{name: "other account", typ: bucket, after: to(`{"AWS":"999999999999"}`, ""), want: []string{"grant-trust policy [999999999999: s3:GetObject]"}},
		{name: "service", typ: bucket, after: to(`{"Service":"cloudfront.amazonaws.com"}`, `{"StringEquals":{"aws:SourceArn":"arn:aws:cloudfront::123456789012:distribution/E"}}`), want: []string{"grant-wider policy [cloudfront.amazonaws.com: s3:GetObject]"}},
		{name: "only a denial", typ: bucket, after: p(tls)},
		{name: "denial taken away", typ: bucket, before: p(tls), after: p(), want: []string{"grant-wider policy [no longer denied: *: s3:*]"}},
		{name: "policy of another bucket", typ: bucket, action: "replace", before: `{"bucket":"a",` + to(`"*"`, "")[1:], after: `{"bucket":"b",` + to(`"*"`, "")[1:], want: public},
		{name: "deleted", typ: bucket, before: to(`"*"`, ""), want: []string{"grant-withdrawn policy [*: s3:GetObject]"}},
		{name: "NotPrincipal with allow", typ: bucket, after: p(`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"s3:GetObject","Resource":"*"}`), want: []string{"grant-public policy [all but 1: s3:GetObject]"}},
		{name: "key of one account", typ: "aws_kms_key", after: key(root("123456789012")), want: []string{"grant-wider policy [arn:aws:iam::123456789012:root: kms:*]"}},
		{name: "key of two accounts", typ: "aws_kms_key", after: key(root("123456789012"), root("999999999999")), want: []string{"grant-trust policy [arn:aws:iam::123456789012:root: kms:* | arn:aws:iam::999999999999:root: kms:*]"}},
		{name: "key that tells its account", typ: "aws_kms_key", before: `{"arn":"arn:aws:kms:eu-west-1:123456789012:key/k",` + key()[1:], after: key(root("123456789012")), want: []string{"grant-wider policy [arn:aws:iam::123456789012:root: kms:*]"}},
		{name: "computed key policy", typ: "aws_kms_key", after: `{}`, unknown: `{"policy":true}`, want: []string{"grant-unknown policy unknown needs policy"}},
		{name: "queue of its own account", typ: "aws_sqs_queue_policy", after: p(`{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:eu-west-1:123456789012:q","Principal":{"AWS":"123456789012"}}`), want: []string{"grant-wider policy [123456789012: sqs:*]"}},
		{name: "queue gone", typ: "aws_sqs_queue", before: to(`"*"`, "")},
		{name: "logs", typ: "aws_cloudwatch_log_resource_policy", after: `{"policy_document":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"logs:PutLogEvents\",\"Resource\":\"*\",\"Principal\":\"*\"}]}"}`, want: []string{"grant-public policy_document [*: logs:PutLogEvents]"}},
		{name: "function", typ: "aws_lambda_permission", after: `{"principal":"events.amazonaws.com","action":"lambda:InvokeFunction","source_arn":"arn:aws:events:eu-west-1:123456789012:rule/r","function_name":"f"}`, want: []string{"grant-wider principal [events.amazonaws.com: lambda:InvokeFunction]"}},
		{name: "function for all", typ: "aws_lambda_permission", after: `{"principal":"*","action":"lambda:InvokeFunctionUrl","function_name":"f"}`, want: []string{"grant-public principal [*: lambda:InvokeFunctionUrl]"}},
		{name: "function for an organisation", typ: "aws_lambda_permission", after: `{"principal":"*","action":"lambda:InvokeFunction","principal_org_id":"o-1","function_name":"f"}`, want: []string{"grant-wider principal [*: lambda:InvokeFunction]"}},
		{name: "function for all from an unknown source", typ: "aws_lambda_permission", after: `{"principal":"*","action":"lambda:InvokeFunction","function_name":"f"}`, unknown: `{"source_arn":true}`, want: []string{"grant-public principal [*: lambda:InvokeFunction] unknown"}},
		{name: "function, source taken away", typ: "aws_lambda_permission", before: `{"principal":"s3.amazonaws.com","action":"lambda:InvokeFunction","source_arn":"arn:aws:s3:::b","function_name":"f"}`, after: `{"principal":"s3.amazonaws.com","action":"lambda:InvokeFunction","function_name":"f"}`, want: []string{"grant-wider principal [s3.amazonaws.com: lambda:InvokeFunction]"}},
		{name: "event bus", typ: "aws_cloudwatch_event_permission", after: `{"principal":"*","statement_id":"x"}`, want: []string{"grant-public principal [*: events:PutEvents]"}},
		{
			name: "SCP with less", typ: "aws_organizations_policy", before: `{"type":"SERVICE_CONTROL_POLICY","content":"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":[\"cloudtrail:*\",\"iam:*\"],\"Resource\":\"*\"}}"}`,
			after: `{"type":"SERVICE_CONTROL_POLICY","content":"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:*\",\"Resource\":\"*\"}}"}`, want: []string{"grant-wider content [no longer denied: cloudtrail:* on *]"},
		},
		{name: "SCP gone", typ: "aws_organizations_policy", before: `{"content":"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"iam:*\",\"Resource\":\"*\"}}"}`, want: []string{"grant-wider content [no longer denied: iam:* on *]"}},
		{name: "SCP new", typ: "aws_organizations_policy", after: `{"content":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}`},
		{name: "tag policy", typ: "aws_organizations_policy", before: `{"type":"TAG_POLICY","content":"{\"tags\":{}}"}`, after: `{"type":"TAG_POLICY","content":"{}"}`},
		{name: "endpoint without policy", typ: "aws_vpc_endpoint_policy", before: p(allow(`"s3:*"`, `"*"`)), want: []string{"grant-wider policy [* on *]"}},
		{name: "endpoint with a policy now", typ: "aws_vpc_endpoint_policy", after: p(allow(`"s3:*"`, `"*"`))},
		{name: "search collection", typ: "aws_opensearchserverless_access_policy", after: `{"policy":"[{\"Rules\":[{\"ResourceType\":\"index\",\"Resource\":[\"index/*/*\"],\"Permission\":[\"aoss:*\"]}],\"Principal\":[\"*\"]}]"}`, want: []string{"grant-public policy [aoss:*: *]"}},
	})
}

func TestBindingsAWS(t *testing.T) {
	t.Parallel()
	att := "aws_iam_role_policy_attachment"
	run(t, []change{
		{name: "read only", typ: att, after: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, want: []string{"grant-wider policy_arn [arn:aws:iam::aws:policy/ReadOnlyAccess: r]"}},
		{name: "administrator", typ: att, after: `{"role":"r","policy_arn":"arn:aws-cn:iam::aws:policy/AdministratorAccess"}`, want: []string{"grant-admin policy_arn [arn:aws-cn:iam::aws:policy/AdministratorAccess: r]"}},
		{name: "power user of an unknown role", typ: att, after: `{"policy_arn":"arn:aws:iam::aws:policy/PowerUserAccess"}`, unknown: `{"role":true}`, want: []string{"grant-admin policy_arn [arn:aws:iam::aws:policy/PowerUserAccess]"}},
		{name: "lambda", typ: att, after: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/AWSLambda_FullAccess"}`, want: []string{"grant-escalation policy_arn [arn:aws:iam::aws:policy/AWSLambda_FullAccess: r]"}},
		{name: "unknown policy", typ: att, after: `{"role":"r"}`, unknown: `{"policy_arn":true}`, want: []string{"grant-unknown policy_arn unknown needs policy_arn"}},
		{
			name: "replaced by administrator", typ: att, action: "replace", before: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, after: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/AdministratorAccess"}`,
			want: []string{"grant-admin policy_arn [arn:aws:iam::aws:policy/AdministratorAccess: r]", "grant-withdrawn policy_arn [arn:aws:iam::aws:policy/ReadOnlyAccess: r]"},
		},
		{name: "deleted", typ: att, before: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`, want: []string{"grant-withdrawn policy_arn [arn:aws:iam::aws:policy/ReadOnlyAccess: r]"}},
		{name: "role marked", typ: att, after: `{"role":"r","policy_arn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, sensitive: `{"role":true}`, want: []string{"grant-admin policy_arn sensitive"}},
		{
			name: "exclusive attachment", typ: "aws_iam_policy_attachment", before: `{"policy_arn":"arn:aws:iam::1:policy/p","roles":["a","b"],"users":[]}`, after: `{"policy_arn":"arn:aws:iam::1:policy/p","roles":["a"],"users":["u"]}`,
			want: []string{"grant-wider users[] [arn:aws:iam::1:policy/p: u]", "grant-withdrawn roles[] [arn:aws:iam::1:policy/p: b]"},
		},
		{name: "new exclusive attachment", typ: "aws_iam_policy_attachment", after: `{"policy_arn":"arn:aws:iam::1:policy/p","roles":["a"]}`, want: []string{"grant-wider roles[] [arn:aws:iam::1:policy/p: a]", "grant-withdrawn policy_arn"}},
		{name: "group membership", typ: "aws_iam_group_membership", before: `{"group":"g","users":["a"]}`, after: `{"group":"g","users":["a","b"]}`, want: []string{"grant-wider group [g: b]"}},
		{name: "user", typ: "aws_iam_user", after: `{"name":"u"}`, want: []string{"grant-wider name [u]"}},
		{name: "user deleted", typ: "aws_iam_user", before: `{"name":"u"}`},
		{name: "access key", typ: "aws_iam_access_key", after: `{"user":"u"}`, want: []string{"grant-wider user [u]"}},
		{name: "access key changed", typ: "aws_iam_access_key", before: `{"user":"u","status":"Active"}`, after: `{"user":"u","status":"Inactive"}`},
		{name: "issuer", typ: "aws_iam_openid_connect_provider", after: `{"url":"https://token.actions.githubusercontent.com","client_id_list":["sts.amazonaws.com"]}`, want: []string{"grant-trust url [https://token.actions.githubusercontent.com]"}},
		{name: "audience added", typ: "aws_iam_openid_connect_provider", before: `{"url":"https://x","client_id_list":["a"]}`, after: `{"url":"https://x","client_id_list":["a","b"]}`, want: []string{"grant-trust client_id_list"}},
		{name: "passwords for ever", typ: "aws_iam_account_password_policy", before: `{"max_password_age":90,"require_symbols":true}`, after: `{"max_password_age":0,"require_symbols":false}`, want: []string{"grant-wider max_password_age 90 → 0"}},
		{name: "permission set for people", typ: "aws_ssoadmin_account_assignment", after: `{"principal_id":"p","permission_set_arn":"arn:aws:sso:::permissionSet/i/ps","target_id":"123456789012"}`, want: []string{"grant-wider permission_set_arn [arn:aws:sso:::permissionSet/i/ps: p]"}},
		{name: "administrators in a permission set", typ: "aws_ssoadmin_managed_policy_attachment", after: `{"permission_set_arn":"ps","managed_policy_arn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, want: []string{"grant-admin managed_policy_arn [arn:aws:iam::aws:policy/AdministratorAccess: ps]"}},
		{name: "cluster administrator", typ: "aws_eks_access_policy_association", after: `{"principal_arn":"arn:aws:iam::1:role/r","policy_arn":"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy","cluster_name":"c"}`, want: []string{"grant-admin policy_arn [arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy: arn:aws:iam::1:role/r]"}},
		{name: "guests", typ: "aws_cognito_identity_pool", before: `{"allow_unauthenticated_identities":false}`, after: `{"allow_unauthenticated_identities":true}`, want: []string{"grant-public allow_unauthenticated_identities false → true"}},
		{name: "delegated administrator", typ: "aws_organizations_delegated_administrator", after: `{"account_id":"999999999999","service_principal":"guardduty.amazonaws.com"}`, want: []string{"grant-trust service_principal [guardduty.amazonaws.com: 999999999999]"}},
		{name: "key handed on", typ: "aws_kms_grant", after: `{"grantee_principal":"arn:aws:iam::1:role/r","operations":["Decrypt","CreateGrant"],"key_id":"k"}`, want: []string{"grant-escalation operations[] [CreateGrant: arn:aws:iam::1:role/r]", "grant-wider operations[] [Decrypt: arn:aws:iam::1:role/r]"}},
		{
			name: "cloud control role", typ: "awscc_iam_role", after: `{"assume_role_policy_document":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":\"*\"}}","policies":[{"policy_document":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}]}`,
			want: []string{"grant-admin policies[].policy_document [* on *]", "grant-public assume_role_policy_document [*]"},
		},
	})
}
