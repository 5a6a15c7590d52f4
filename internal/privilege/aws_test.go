package privilege

import "testing"

func allow(action, resource string) string {
	return `{"Effect":"Allow","Action":` + action + `,"Resource":` + resource + `}`
}

const readBucket = `"arn:aws:s3:::b/*"`

func TestIdentityPolicies(t *testing.T) {
	t.Parallel()
	p, typ := policy, "aws_iam_policy"
	read := allow(`"s3:GetObject"`, readBucket)
	run(t, []change{
		{name: "plain create", typ: typ, after: p(read), want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/*]"}},
		{name: "same", typ: typ, before: p(read), after: p(read)},
		{name: "list turned to string", typ: typ, before: p(allow(`["s3:GetObject"]`, `["arn:aws:s3:::b/*"]`)), after: p(read)},
		{name: "sid and letter case", typ: typ, before: p(read), after: p(`{"Sid":"x","Effect":"Allow","Action":"S3:getobject","Resource":"arn:aws:s3:::b/*"}`)},
		{name: "element names in lower case", typ: typ, before: p(read), after: p(`{"effect":"Allow","action":"s3:GetObject","resource":"arn:aws:s3:::b/*"}`)},
		{
			name: "split", typ: typ, before: p(allow(`["s3:GetObject","s3:PutObject"]`, `["arn:aws:s3:::a","arn:aws:s3:::b"]`)),
			after: p(allow(`"s3:PutObject"`, `["arn:aws:s3:::b","arn:aws:s3:::a"]`), allow(`"s3:GetObject"`, `"arn:aws:s3:::a"`), allow(`"s3:GetObject"`, `"arn:aws:s3:::b"`)),
		},
		{name: "merged", typ: typ, before: p(allow(`"s3:GetObject"`, `"*"`), allow(`"s3:PutObject"`, `"*"`)), after: p(allow(`["s3:PutObject","s3:GetObject"]`, `"*"`))},
		{
			name: "merged to a cross product is wider", typ: typ, before: p(allow(`"s3:GetObject"`, `"arn:aws:s3:::a"`), allow(`"s3:PutObject"`, `"arn:aws:s3:::b"`)),
			after: p(allow(`["s3:PutObject","s3:GetObject"]`, `["arn:aws:s3:::a","arn:aws:s3:::b"]`)), want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b | s3:PutObject on arn:aws:s3:::a]"},
		},
		{name: "narrower action", typ: typ, before: p(allow(`"s3:*"`, `"*"`)), after: p(allow(`"s3:Get*"`, `"*"`))},
		{name: "narrower resource", typ: typ, before: p(allow(`"s3:GetObject"`, `"*"`)), after: p(read)},
		{name: "admin to read", typ: typ, before: p(allow(`"*"`, `"*"`)), after: p(read)},
		{name: "added condition", typ: typ, before: p(read), after: p(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)},
		{
			name: "dropped condition", typ: typ, before: p(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`), after: p(read),
			want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/*]"},
		},
		{
			name: "wider value of a condition", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/t":"a"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/t":["a","b"]}}}`), want: []string{"grant-wider policy [s3:Get* on *]"},
		},
		{
			name: "condition with IfExists is wider", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/t":"a"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalTag/t":"a"}}}`), want: []string{"grant-wider policy [s3:Get* on *]"},
		},
		{
			name: "condition by pattern to exact", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringLike":{"s3:prefix":"a/*"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"S3:Prefix":"a/b"}}}`),
		},
		{
			name: "smaller network", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["10.1.0.0/16","10.2.3.4"]}}}`),
		},
		{
			name: "larger number", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"10"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":100}}}`), want: []string{"grant-wider policy [s3:Get* on *]"},
		},
		{
			name: "condition cut in two", typ: typ,
			before: p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"k":"a"}}}`, `{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"k":"b"}}}`),
			after:  p(`{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"StringEquals":{"k":["b","a"]}}}`),
		},
		{name: "admin", typ: typ, after: p(allow(`"*"`, `"*"`)), want: []string{"grant-admin policy [* on *]"}},
		{name: "admin spelled otherwise", typ: typ, after: p(allow(`"**"`, `["**"]`)), want: []string{"grant-admin policy [** on **]"}},
		{name: "all of iam", typ: typ, after: p(allow(`"iam:*"`, `"arn:aws:iam::123456789012:*"`)), want: []string{"grant-admin policy [iam:* on arn:aws:iam::123456789012:*]"}},
		{name: "NotAction", typ: typ, after: p(`{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}`), want: []string{"grant-admin policy [all but iam:*, organizations:* on *]"}},
		{name: "NotAction on a bucket", typ: typ, after: p(`{"Effect":"Allow","NotAction":"s3:Delete*","Resource":"arn:aws:s3:::b/*"}`), want: []string{"grant-escalation policy [all but s3:Delete* on arn:aws:s3:::b/*]"}},
		{name: "NotAction shorter", typ: typ, before: p(`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`), after: p(`{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}`), want: []string{"grant-admin policy [all but iam:* on *]"}},
		{name: "NotAction longer", typ: typ, before: p(`{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}`), after: p(`{"Effect":"Allow","NotAction":["IAM:*","sts:*"],"Resource":"*"}`)},
		{name: "NotAction to one of the others", typ: typ, before: p(`{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}`), after: p(allow(`"s3:*"`, `"*"`))},
		{name: "NotAction to one it names", typ: typ, before: p(`{"Effect":"Allow","NotAction":["iam:Create*"],"Resource":"*"}`), after: p(allow(`"iam:*User"`, `"*"`)), want: []string{"grant-wider policy [iam:*User on *]"}},
		{name: "NotResource", typ: typ, after: p(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b"}`), want: []string{"grant-admin policy [* on all but arn:aws:s3:::b]"}},
		{name: "PassRole on everything", typ: typ, after: p(allow(`"iam:PassRole"`, `"*"`)), want: []string{"grant-escalation policy [iam:PassRole on *]"}},
		{name: "PassRole in a wildcard", typ: typ, after: p(allow(`"iam:Pass*"`, `"arn:aws:iam::123456789012:role/*"`)), want: []string{"grant-escalation policy [iam:Pass* on arn:aws:iam::123456789012:role/*]"}},
		{name: "PassRole by question marks", typ: typ, after: p(allow(`"ia?:P???Role"`, `"*"`)), want: []string{"grant-escalation policy [ia?:P???Role on *]"}},
		{name: "PassRole of one role", typ: typ, after: p(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/task"`)), want: []string{"grant-wider policy [iam:PassRole on arn:aws:iam::123456789012:role/task]"}},
		{
			name: "PassRole of one role and a function", typ: typ, after: p(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/task"`), allow(`"lambda:CreateFunction"`, `"*"`)),
			want: []string{"grant-escalation policy [iam:PassRole on arn:aws:iam::123456789012:role/task | lambda:CreateFunction on *]"},
		},
		{
			name: "a function where PassRole was", typ: typ, before: p(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/task"`)),
			after: p(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/task"`), allow(`"lambda:CreateFunction"`, `"*"`)), want: []string{"grant-escalation policy [lambda:CreateFunction on *]"},
		},
		{name: "policy version", typ: typ, after: p(allow(`"iam:CreatePolicyVersion"`, `"arn:aws:iam::123456789012:policy/p"`)), want: []string{"grant-escalation policy [iam:CreatePolicyVersion on arn:aws:iam::123456789012:policy/p]"}},
		{name: "become any role", typ: typ, after: p(allow(`"sts:AssumeRole"`, `"*"`)), want: []string{"grant-escalation policy [sts:AssumeRole on *]"}},
		{name: "become one role", typ: typ, after: p(allow(`"sts:AssumeRole"`, `"arn:aws:iam::123456789012:role/r"`)), want: []string{"grant-wider policy [sts:AssumeRole on arn:aws:iam::123456789012:role/r]"}},
		{name: "send commands", typ: typ, after: p(allow(`["ssm:SendCommand"]`, `"*"`)), want: []string{"grant-escalation policy [ssm:SendCommand on *]"}},
		{name: "code of one function", typ: typ, after: p(allow(`["lambda:UpdateFunctionCode"]`, `"arn:aws:lambda:eu-west-1:123456789012:function:f"`)), want: []string{"grant-wider policy [lambda:UpdateFunctionCode on arn:aws:lambda:eu-west-1:123456789012:function:f]"}},
		{name: "code of all functions", typ: typ, after: p(allow(`["lambda:*"]`, `"arn:aws:lambda:eu-west-1:123456789012:function:*"`)), want: []string{"grant-escalation policy [lambda:* on arn:aws:lambda:eu-west-1:123456789012:function:*]"}},
		{name: "everything on a bucket", typ: typ, after: p(allow(`"*"`, `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`)), want: []string{"grant-wider policy [* on arn:aws:s3:::b | * on arn:aws:s3:::b/*]"}},
		{name: "resource policies of any service", typ: typ, after: p(allow(`"dynamodb:PutResourcePolicy"`, `"*"`)), want: []string{"grant-escalation policy [dynamodb:PutResourcePolicy on *]"}},
		{name: "removed deny", typ: typ, before: p(read, `{"Effect":"Deny","Action":"iam:*","Resource":"*"}`), after: p(read), want: []string{"grant-wider policy [no longer denied: iam:* on *]"}},
		{name: "smaller deny", typ: typ, before: p(`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`), after: p(`{"Effect":"Deny","Action":"iam:Create*","Resource":"*"}`), want: []string{"grant-wider policy [no longer denied: iam:* on *]"}},
		{name: "larger deny", typ: typ, before: p(`{"Effect":"Deny","Action":"iam:Create*","Resource":"*"}`), after: p(`{"Effect":"Deny","Action":"*","Resource":"*"}`)},
		{
			name: "deny with a condition now", typ: typ, before: p(`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`),
			after: p(`{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`), want: []string{"grant-wider policy [no longer denied: iam:* on *]"},
		},
		{name: "allowed and denied", typ: typ, before: p(read), after: p(read, allow(`"iam:*"`, `"*"`), `{"Effect":"Deny","Action":"iam:*","Resource":"*"}`)},
		{name: "wildcard in part of an ARN", typ: typ, before: p(allow(`"sqs:*"`, `"arn:aws:sqs:*:123456789012:q"`)), after: p(allow(`"sqs:*"`, `"arn:aws:sqs:*:*:q"`)), want: []string{"grant-escalation policy [sqs:* on arn:aws:sqs:*:*:q]"}},
		{name: "variable stays", typ: typ, before: p(allow(`"s3:*Object"`, `"arn:aws:s3:::b/${aws:username}/*"`)), after: p(allow(`"s3:*Object"`, `"arn:aws:s3:::b/${aws:username}/x"`))},
		{name: "variable taken out", typ: typ, before: p(allow(`"s3:GetObject"`, `"arn:aws:s3:::b/${aws:username}/*"`)), after: p(allow(`"s3:GetObject"`, `"arn:aws:s3:::b/bob/*"`)), want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/bob/*]"}},
		{name: "escaped star", typ: typ, before: p(allow(`"s3:GetObject"`, `"arn:aws:s3:::b/${*}"`)), after: p(allow(`"s3:GetObject"`, `"arn:aws:s3:::b/*"`)), want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/*]"}},
		{name: "unknown", typ: typ, after: `{}`, unknown: `{"policy":true}`, want: []string{"grant-unknown policy unknown needs policy"}},
		{name: "unknown update", typ: typ, before: p(read), after: `{}`, unknown: `{"policy":true}`, want: []string{"grant-unknown policy unknown needs policy"}},
		{name: "no JSON", typ: typ, after: `{"policy":"{"}`, want: []string{"grant-unknown policy"}},
		{name: "twice the same member", typ: typ, after: `{"policy":"{\"Statement\":[],\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`, want: []string{"grant-unknown policy"}},
		{name: "twice in other letters", typ: typ, after: `{"policy":"{\"Statement\":[],\"statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`, want: []string{"grant-unknown policy"}},
		{name: "unknown element", typ: typ, after: p(`{"Effect":"Allow","Action":"*","Resource":"*","Except":"x"}`), want: []string{"grant-unknown policy"}},
		{name: "Action and NotAction", typ: typ, after: p(`{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}`), want: []string{"grant-unknown policy"}},
		{name: "effect in other letters", typ: typ, after: p(`{"Effect":"allow","Action":"*","Resource":"*"}`), want: []string{"grant-unknown policy"}},
		{name: "text after the end", typ: typ, after: `{"policy":"{} {}"}`, want: []string{"grant-unknown policy"}},
		{name: "sensitive", typ: typ, after: p(allow(`"*"`, `"*"`)), sensitive: `{"policy":true}`, want: []string{"grant-admin policy sensitive"}},
		{name: "left out", typ: typ, before: p(read), after: `{}`, sensitive: `{"policy":true}`, want: []string{"grant-unknown policy sensitive"}},
		{name: "no-op", typ: typ, action: "no-op", before: p(read), after: p(allow(`"*"`, `"*"`))},
		{name: "forgotten", typ: typ, action: "forget", before: p(read)},
		{name: "replaced with the same", typ: typ, action: "replace", before: p(read), after: p(read)},
		{name: "delete", typ: typ, before: p(read), want: []string{"grant-withdrawn policy [s3:GetObject on arn:aws:s3:::b/*]"}},
		{name: "delete of a denial", typ: typ, before: p(`{"Effect":"Deny","Action":"*","Resource":"*"}`), want: []string{"grant-wider policy [no longer denied: * on *]"}},
		{name: "same policy for another role", typ: "aws_iam_role_policy", action: "replace", before: `{"role":"a",` + p(read)[1:], after: `{"role":"b",` + p(read)[1:], want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/*]"}},
		{name: "same policy for an unknown role", typ: "aws_iam_role_policy", action: "replace", before: `{"role":"a",` + p(read)[1:], after: p(read), unknown: `{"role":true}`, want: []string{"grant-wider policy [s3:GetObject on arn:aws:s3:::b/*]"}},
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	typ := "aws_iam_role"
	trust := func(statements ...string) string { return attribute("assume_role_policy", statements...) }
	by := func(principal, condition string) string {
		s := `{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal
		if condition != "" {
			s += `,"Condition":` + condition
		}
		return trust(s + `}`)
	}
	ec2 := by(`{"Service":"ec2.amazonaws.com"}`, "")
	github := `{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}`
	sub := func(op, s string) string {
		return `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"` + op + `":{"token.actions.githubusercontent.com:sub":` + s + `}}`
	}
	const gh = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
	own := `{"arn":"arn:aws:iam::123456789012:role/x",`
	run(t, []change{
		{name: "service role", typ: typ, after: ec2},
		{name: "service added", typ: typ, before: ec2, after: by(`{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}`, ""), want: []string{"grant-wider assume_role_policy [lambda.amazonaws.com]"}},
		{name: "account", typ: typ, after: by(`{"AWS":"999999999999"}`, ""), want: []string{"grant-trust assume_role_policy [999999999999]"}},
		{name: "account in its other spelling", typ: typ, before: by(`{"AWS":"999999999999"}`, ""), after: by(`{"AWS":"arn:aws:iam::999999999999:root"}`, "")},
		{name: "account to one of its roles", typ: typ, before: by(`{"AWS":"999999999999"}`, ""), after: by(`{"AWS":"arn:aws:iam::999999999999:role/r"}`, "")},
		{name: "external id taken away", typ: typ, before: by(`{"AWS":"999999999999"}`, `{"StringEquals":{"sts:ExternalId":"x"}}`), after: by(`{"AWS":"999999999999"}`, ""), want: []string{"grant-trust assume_role_policy [999999999999]"}},
		{name: "somebody of its own account", typ: typ, before: own + ec2[1:], after: own + by(`{"AWS":"arn:aws:iam::123456789012:role/r"}`, "")[1:], want: []string{"grant-wider assume_role_policy [arn:aws:iam::123456789012:role/r]"}},
		{name: "everybody", typ: typ, after: by(`"*"`, ""), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "everybody in AWS", typ: typ, after: by(`{"AWS":["*"]}`, ""), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "everybody of an organisation", typ: typ, after: by(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}`), want: []string{"grant-trust assume_role_policy [*]"}},
		{name: "everybody, if the key is there", typ: typ, after: by(`{"AWS":"*"}`, `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1234567890"}}`), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "everybody who can name any organisation", typ: typ, after: by(`{"AWS":"*"}`, `{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "everybody who is himself", typ: typ, after: by(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}`), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "role of any account", typ: typ, after: by(`{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/deploy"}}`), want: []string{"grant-public assume_role_policy [*]"}},
		{name: "NotPrincipal", typ: typ, after: trust(`{"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"999999999999"}}`), want: []string{"grant-public assume_role_policy [all but 999999999999]"}},
		{name: "GitHub without subject", typ: typ, after: by(github, `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`), want: []string{"grant-public assume_role_policy [" + gh + "]"}},
		{name: "GitHub with any subject", typ: typ, after: by(github, sub("StringLike", `"repo:*"`)), want: []string{"grant-public assume_role_policy [" + gh + "]"}},
		{name: "GitHub with one good and one open subject", typ: typ, after: by(github, sub("StringLike", `["repo:o/r:ref:refs/heads/main","*"]`)), want: []string{"grant-public assume_role_policy [" + gh + "]"}},
		{name: "GitHub owners that begin so", typ: typ, after: by(github, sub("StringLike", `"repo:octo*"`)), want: []string{"grant-public assume_role_policy [" + gh + "]"}},
		{name: "GitHub organisation", typ: typ, after: by(github, sub("StringLike", `"repo:octo/*"`)), want: []string{"grant-trust assume_role_policy [" + gh + "]"}},
		{name: "GitHub for all values", typ: typ, after: by(github, sub("ForAllValues:StringLike", `"repo:octo/r:*"`)), want: []string{"grant-public assume_role_policy [" + gh + "]"}},
		{name: "GitHub branch", typ: typ, after: by(github, sub("StringLike", `"repo:octo/r:ref:refs/heads/main"`)), want: []string{"grant-trust assume_role_policy [" + gh + "]"}},
		{name: "GitHub pull requests", typ: typ, before: by(github, sub("StringLike", `"repo:octo/r:ref:refs/heads/main"`)), after: by(github, sub("StringLike", `"repo:octo/r:pull_request"`)), want: []string{"grant-trust assume_role_policy [" + gh + "]"}},
		{name: "GitHub subject narrower", typ: typ, before: by(github, sub("StringLike", `"repo:octo/r:*"`)), after: by(github, sub("StringLike", `"repo:octo/r:ref:refs/heads/main"`))},
		{name: "GitHub subject wider", typ: typ, before: by(github, sub("StringLike", `"repo:octo/r:ref:refs/heads/main"`)), after: by(github, sub("StringLike", `"repo:octo/r:*"`)), want: []string{"grant-trust assume_role_policy [" + gh + "]"}},
		{
			name: "Kubernetes service account", typ: typ, after: by(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}`,
				`{"StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"system:serviceaccount:ns:name","oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud":"sts.amazonaws.com"}}`),
			want: []string{"grant-wider assume_role_policy [arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC]"},
		},
		{name: "SAML", typ: typ, after: by(`{"Federated":"arn:aws:iam::123456789012:saml-provider/p"}`, ""), want: []string{"grant-trust assume_role_policy [arn:aws:iam::123456789012:saml-provider/p]"}},
		{name: "unknown trust", typ: typ, after: `{}`, unknown: `{"assume_role_policy":true,"arn":true}`, want: []string{"grant-unknown assume_role_policy unknown needs assume_role_policy"}},
		{name: "managed administrator", typ: typ, before: ec2, after: `{"managed_policy_arns":["arn:aws:iam::aws:policy/AdministratorAccess"],` + ec2[1:], want: []string{"grant-admin managed_policy_arns[] [arn:aws:iam::aws:policy/AdministratorAccess]"}},
		{name: "computed managed policies", typ: typ, after: ec2, unknown: `{"managed_policy_arns":true}`, want: []string{"grant-unknown managed_policy_arns[] unknown needs managed_policy_arns"}},
		{name: "inline policy", typ: typ, after: `{"inline_policy":[{"name":"a","policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"}],` + ec2[1:], want: []string{"grant-admin inline_policy[].policy [* on *]"}},
		{
			name: "statement moved between inline policies", typ: typ,
			before: `{"inline_policy":[{"name":"a","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}],` + ec2[1:],
			after:  `{"inline_policy":[{"name":"a","policy":"{\"Statement\":[]}"},{"name":"b","policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"}],` + ec2[1:],
		},
		{name: "boundary taken away", typ: typ, before: `{"permissions_boundary":"arn:aws:iam::123456789012:policy/b",` + ec2[1:], after: ec2, want: []string{"grant-escalation permissions_boundary [arn:aws:iam::123456789012:policy/b]"}},
		{name: "boundary that limits nothing", typ: typ, before: `{"permissions_boundary":"arn:aws:iam::123456789012:policy/b",` + ec2[1:], after: `{"permissions_boundary":"arn:aws:iam::aws:policy/AdministratorAccess",` + ec2[1:], want: []string{"grant-escalation permissions_boundary [arn:aws:iam::aws:policy/AdministratorAccess]"}},
		{name: "boundary added", typ: typ, before: ec2, after: `{"permissions_boundary":"arn:aws:iam::123456789012:policy/b",` + ec2[1:]},
		{name: "deleted role", typ: typ, before: by(`"*"`, "")},
	})
}
