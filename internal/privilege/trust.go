package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// gradeTrust grades who may become a role.
func (j *judge) gradeTrust(a *atom) grade {
	who := a.dims[dimPrincipal]
	if everybody(who) {
		if limited(a.when) {
			return grade{checks.ConsequenceGrantTrust, "anybody whom the condition lets through"}
		}
		return grade{checks.ConsequenceGrantPublic, "everybody with an AWS account may become this role"}
	}
	p := &who.list[0]
	switch kind, name := principalKind(p); kind {
	case "service":
		if j.created() {
			return grade{} // a role of a service; what it may do is said by its policies
		}
		return grade{checks.ConsequenceGrantWider, "another service may use the role"}
	case "federated":
		return gradeFederation(name, a.when)
	case "aws":
		account, rest, ok := awsPrincipal(p.text)
		switch {
		case !ok:
			return grade{checks.ConsequenceGrantTrust, "somebody whose account is not named"}
		case rest == "root" && !has(a.when, "sts:externalid") && !has(a.when, "aws:principalarn"):
			if j.ownRole(account) {
				return grade{checks.ConsequenceGrantTrust, "all of its own account"}
			}
			return grade{checks.ConsequenceGrantTrust, "a whole account, without an external id"}
		case j.ownRole(account):
			return grade{checks.ConsequenceGrantWider, "somebody of the same account may become this role"}
		}
		return grade{checks.ConsequenceGrantTrust, "another account, as far as the plan tells"}
	}
	return grade{checks.ConsequenceGrantTrust, "somebody of another account"}
}

func (j *judge) ownRole(account string) bool {
	t, ok := j.only(j.old, "arn")
	if !ok {
		return false
	}
	_, of, ok := cutARN(t)
	return ok && of == account
}

func has(when []clause, key string) bool {
	for i := range when {
		c := &when[i]
		if c.key == key && !c.ifExists && c.each != "forallvalues" && !c.negative() && !open1(c.values) {
			return true
		}
	}
	return false
}

func open1(values []pattern) bool {
	for _, v := range values {
		if v.all() {
			return true
		}
	}
	return len(values) == 0
}

// issuers give tokens to everybody who has an account with them: only the subject
// tells whose it is.
var issuers = []string{
	"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "accounts.google.com", "cognito-identity.amazonaws.com",
	"graph.facebook.com", "www.amazon.com", "agent.buildkite.com", "api.bitbucket.org", "app.codefresh.io", "oidc.vercel.com",
	"oidc.codefresh.io", "app.env0.com", "sts.windows.net", "login.microsoftonline.com", "token.dev.azure.com", "vstoken.dev.azure.com",
	"oidc.circleci.com", "app.spacelift.io", "api.pulumi.com", "auth.scalr.com",
}

// gradeFederation grades a trust in tokens of an identity provider. The subject of a
// token says whose it is; the audience only what it was made for.
func gradeFederation(provider string, when []clause) grade {
	_, host, oidc := strings.Cut(provider, "oidc-provider/")
	if !oidc {
		if strings.Contains(provider, ":saml-provider/") {
			return grade{checks.ConsequenceGrantTrust, "people whom a SAML provider vouches for"}
		}
		host = provider
	}
	issuer, _, _ := strings.Cut(host, "/")
	open := false
	for _, i := range issuers {
		open = open || issuer == i
	}
	subject := subjectAny
	audience := false
	for i := range when {
		c := &when[i]
		claim, ok := strings.CutPrefix(c.key, host+":")
		if !ok || c.ifExists || c.each == "forallvalues" || c.negative() || len(c.values) == 0 {
			continue
		}
		switch claim {
		case "sub":
			subject = max(subject, narrowest(issuer, c))
		case "aud", "app_id", "amr":
			audience = audience || !open1(c.values)
		case "job_workflow_ref", "repository", "repository_id", "project_path", "project_id":
			if !wildAny(c.values) {
				subject = max(subject, subjectOne)
			}
		case "repository_owner", "repository_owner_id", "namespace_path", "namespace_id":
			if !wildAny(c.values) {
				subject = max(subject, subjectOwner)
			}
		}
	}
	switch {
	case subject == subjectAny && open && issuer != "cognito-identity.amazonaws.com":
		return grade{checks.ConsequenceGrantPublic, "no condition on the subject holds: everybody who has an account with the issuer may become this role"}
	case subject == subjectAny && (issuer != "cognito-identity.amazonaws.com" || !audience):
		return grade{checks.ConsequenceGrantTrust, "no condition on the subject: whoever the issuer gives a token"}
	case subject == subjectOwner:
		return grade{checks.ConsequenceGrantTrust, "the subject is too wide: every project of an organisation"}
	case subject == subjectProject:
		return grade{checks.ConsequenceGrantTrust, "every branch, pull request and environment of a project"}
	case strings.HasPrefix(issuer, "oidc.eks.") && subject == subjectOne && audience:
		return grade{checks.ConsequenceGrantWider, "a service account of a Kubernetes cluster"}
	case !audience:
		return grade{checks.ConsequenceGrantTrust, "no condition on the audience"}
	}
	return grade{checks.ConsequenceGrantTrust, "a federation"}
}

// How narrow a condition on the subject is.
const (
	subjectAny     = iota // everybody
	subjectOwner          // everything of one owner
	subjectProject        // everything of one project
	subjectOne
)

// narrowest tells how narrow the subjects of a clause are: the widest decides.
func narrowest(issuer string, c *clause) int {
	out := subjectOne
	for _, v := range c.values {
		out = min(out, subjectOf(issuer, v))
	}
	return out
}

// subjectOf reads one subject: "repo:owner/name:ref:refs/heads/main" of GitHub,
// "project_path:group/project:ref_type:branch:ref:main" of GitLab,
// "organization:o:project:p:workspace:w:run_phase:apply" of HCP Terraform,
// "system:serviceaccount:namespace:name" of Kubernetes.
func subjectOf(issuer string, v pattern) int {
	wild := len(v.runes)
	for i, r := range v.runes {
		if !letter(r) {
			wild = i
			break
		}
	}
	if wild == len(v.runes) {
		if issuer == "token.actions.githubusercontent.com" && strings.HasSuffix(v.text, ":pull_request") {
			return subjectProject // code that nobody has looked at yet
		}
		return subjectOne
	}
	text := string(v.runes[:wild])
	switch {
	case strings.HasPrefix(text, "organization:"):
		return wordsBefore(text, ":project:", ":workspace:")
	case strings.HasPrefix(text, "system:serviceaccount:"):
		if strings.Count(text, ":") == 3 && !strings.HasSuffix(text, ":") {
			return subjectOne
		}
		return subjectOwner
	case strings.HasPrefix(text, "repo:"), strings.HasPrefix(text, "project_path:"):
		_, rest, _ := strings.Cut(text, ":")
		owner, name, slash := strings.Cut(rest, "/")
		name, ref, colon := strings.Cut(name, ":")
		switch {
		case !slash || owner == "":
			return subjectAny
		case !colon || name == "":
			return subjectOwner
		case ref == "" || ref == "ref:" || ref == "environment:" || ref == "ref:refs" || ref == "ref:refs/" || ref == "ref:r" || ref == "r":
			return subjectProject
		}
		return subjectOne
	case text == "":
		return subjectAny
	}
	return subjectOwner
}

func wordsBefore(text, project, workspace string) int {
	org, rest, ok := strings.Cut(strings.TrimPrefix(text, "organization:"), project)
	switch {
	case !ok && (org == "" || !strings.Contains(org, ":")):
		return subjectAny
	case !ok:
		return subjectOwner
	case strings.Contains(rest, workspace):
		return subjectProject
	}
	return subjectOwner
}

func wildAny(values []pattern) bool {
	for _, v := range values {
		if v.wild() {
			return true
		}
	}
	return false
}
