package sigstoretest

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net/url"
	"strings"
)

// Claims is whom a certificate is for: what an OpenID provider says of who asks.
// A member that is empty makes no extension. Names and numbers of the extensions
// are those of Fulcio's docs/oid-info.md, arc 1.3.6.1.4.1.57264.1.
type Claims struct {
	Issuer  string // .1 and .8
	Subject string // the certificate's name: a URI, or an e-mail address

	Trigger          string // .2 and .20
	WorkflowDigest   string // .3
	WorkflowName     string // .4
	WorkflowOwner    string // .5, owner/name
	WorkflowRef      string // .6
	BuildSigner      string // .9
	BuildSignerSHA   string // .10
	Runner           string // .11
	SourceRepository string // .12
	SourceDigest     string // .13
	SourceRef        string // .14
	SourceID         string // .15
	SourceOwner      string // .16
	SourceOwnerID    string // .17
	BuildConfig      string // .18
	BuildConfigSHA   string // .19
	RunInvocation    string // .21
	Visibility       string // .22
}

// Issuer is GitHub's OpenID provider for workflows.
const Issuer = "https://token.actions.githubusercontent.com"

// Signer is the reusable workflow that signs for agents in [Workflow].
const Signer = "https://github.com/acme/agents/.github/workflows/agent.yml@refs/tags/v1"

// Workflow is what GitHub says of a run on one of its own machines, of the workflow
// [Signer], called from a workflow of the repository, owner/name, at a commit on
// refs/heads/agent/fix-1.
func Workflow(repository, commit string) Claims {
	owner, _, _ := strings.Cut(repository, "/")
	const ref = "refs/heads/agent/fix-1"
	return Claims{
		Issuer: Issuer, Subject: Signer, Trigger: "workflow_dispatch", WorkflowDigest: commit, WorkflowName: "agent",
		WorkflowOwner: repository, WorkflowRef: ref, BuildSigner: Signer, BuildSignerSHA: strings.Repeat("1", 40),
		Runner: "github-hosted", SourceRepository: "https://github.com/" + repository, SourceDigest: commit, SourceRef: ref,
		SourceID: "123", SourceOwner: "https://github.com/" + owner, SourceOwnerID: "45",
		BuildConfig:    "https://github.com/" + repository + "/.github/workflows/call.yml@" + ref,
		BuildConfigSHA: commit, RunInvocation: "https://github.com/" + repository + "/actions/runs/1/attempts/1", Visibility: "public",
	}
}

// Person is what a provider of e-mail addresses says.
func Person(issuer, email string) Claims { return Claims{Issuer: issuer, Subject: email} }

// fulcio is the arc of Fulcio's extensions.
func fulcio(n int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, n}
}

// extensions are the claims as Fulcio writes them: the oldest six as bare bytes, all
// others as UTF8String. Number 7 is no extension but a form of the name.
func (c Claims) extensions(without map[int]bool) ([]pkix.Extension, error) {
	numbered := [...]string{
		1: c.Issuer, 2: c.Trigger, 3: c.WorkflowDigest, 4: c.WorkflowName, 5: c.WorkflowOwner, 6: c.WorkflowRef,
		8: c.Issuer, 9: c.BuildSigner, 10: c.BuildSignerSHA, 11: c.Runner, 12: c.SourceRepository, 13: c.SourceDigest,
		14: c.SourceRef, 15: c.SourceID, 16: c.SourceOwner, 17: c.SourceOwnerID, 18: c.BuildConfig, 19: c.BuildConfigSHA,
		20: c.Trigger, 21: c.RunInvocation, 22: c.Visibility,
	}
	var ext []pkix.Extension
	for n, value := range numbered {
		if value == "" || without[n] {
			continue
		}
		raw := []byte(value)
		if n > 7 {
			var err error
			if raw, err = asn1.MarshalWithParams(value, "utf8"); err != nil {
				return nil, fmt.Errorf("write extension %d: %w", n, err)
			}
		}
		ext = append(ext, pkix.Extension{Id: fulcio(n), Value: raw})
	}
	return ext, nil
}

// names sorts subjects into the two kinds of name a certificate has for them.
func names(subjects []string) (uris []*url.URL, emails []string, err error) {
	for _, s := range subjects {
		if !strings.Contains(s, "://") {
			emails = append(emails, s)
			continue
		}
		u, err := url.Parse(s)
		if err != nil {
			return nil, nil, fmt.Errorf("read subject: %w", err)
		}
		uris = append(uris, u)
	}
	return uris, emails, nil
}

// token is the claims as GitHub's provider names them.
func (c Claims) token(audience string, issued, expires int64) map[string]any {
	t := map[string]any{"iss": c.Issuer, "aud": audience, "iat": issued, "nbf": issued, "exp": expires}
	if !strings.Contains(c.Subject, "://") {
		t["sub"], t["email"], t["email_verified"] = c.Subject, c.Subject, true
		return t
	}
	const site = "https://github.com/"
	_, run, _ := strings.Cut(c.RunInvocation, "/actions/runs/")
	id, attempt, _ := strings.Cut(run, "/attempts/")
	for name, value := range map[string]string{
		"sub": "repo:" + c.WorkflowOwner + ":ref:" + c.SourceRef, "job_workflow_ref": strings.TrimPrefix(c.Subject, site),
		"job_workflow_sha": c.BuildSignerSHA, "sha": c.SourceDigest, "event_name": c.Trigger, "repository": c.WorkflowOwner,
		"repository_owner": strings.TrimPrefix(c.SourceOwner, site), "repository_id": c.SourceID, "repository_owner_id": c.SourceOwnerID,
		"repository_visibility": c.Visibility, "workflow": c.WorkflowName, "ref": c.SourceRef, "runner_environment": c.Runner,
		"workflow_ref": strings.TrimPrefix(c.BuildConfig, site), "workflow_sha": c.BuildConfigSHA, "run_id": id, "run_attempt": attempt,
	} {
		t[name] = value
	}
	return t
}

// claimed is the way back, as Fulcio takes it for GitHub.
func claimed(t map[string]any) Claims {
	get := func(name string) string { s, _ := t[name].(string); return s }
	if email := get("email"); email != "" {
		return Person(get("iss"), email)
	}
	const site = "https://github.com/"
	signer := site + get("job_workflow_ref")
	return Claims{
		Issuer: get("iss"), Subject: signer, Trigger: get("event_name"), WorkflowDigest: get("sha"), WorkflowName: get("workflow"),
		WorkflowOwner: get("repository"), WorkflowRef: get("ref"), BuildSigner: signer, BuildSignerSHA: get("job_workflow_sha"),
		Runner: get("runner_environment"), SourceRepository: site + get("repository"), SourceDigest: get("sha"), SourceRef: get("ref"),
		SourceID: get("repository_id"), SourceOwner: site + get("repository_owner"), SourceOwnerID: get("repository_owner_id"),
		BuildConfig: site + get("workflow_ref"), BuildConfigSHA: get("workflow_sha"),
		RunInvocation: site + get("repository") + "/actions/runs/" + get("run_id") + "/attempts/" + get("run_attempt"), Visibility: get("repository_visibility"),
	}
}
