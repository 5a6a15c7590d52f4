package identity

import (
	"errors"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
	"github.com/claw-verified/claw-verified/internal/signature"
	"github.com/claw-verified/claw-verified/internal/trust"
)

// trusting gives the keyring the roots that certificates are judged by.
func (k *keyring) trusting(roots []*trust.Root) *keyring {
	if k.pgp != nil {
		k.pgp = k.pgp.WithRoots(roots)
	}
	return k
}

// keyless fills in the state of a signature by a genuine Sigstore certificate. err is
// nil, or why the signature is good and does not count.
//
// Only agents have identities: a person's certificate proves that whoever could log
// in as the person signed, which an agent at work on the person's machine can, too.
// A certificate for two agents proves neither; nor does one that nobody lists. Whose
// address it holds took part all the same, which only adds demands.
func (k *keyring) keyless(r *Contribution, x *signature.X509, err error) *owner {
	var agents []string
	for i := range k.p.Agents {
		a := &k.p.Agents[i]
		if slices.ContainsFunc(a.Identities, func(id policy.Identity) bool { return identifies(id, x, r.Commit) }) {
			agents = append(agents, a.ID)
		}
	}
	switch len(agents) {
	case 0:
		r.State, r.Detail = StateUnknownKey, ""
		k.namedBy(r, x)
		return nil
	case 1:
	default:
		r.State, r.Detail = StateUnknownKey, "its certificate is an identity of several agents"
		r.Agents = append(r.Agents, agents...)
		for _, id := range agents {
			r.Markers = append(r.Markers, "signed with an identity of agent "+id)
		}
		return nil
	}
	o := owner{agent: agents[0]}
	r.SignedBy = o.String()
	switch {
	case err == nil && !x.SignedAt.IsZero():
		r.State = StateValid
	case errors.Is(err, signature.ErrTime):
		r.State, r.Detail = StateTime, strings.TrimSuffix(err.Error(), ": "+signature.ErrTime.Error())
	default:
		r.State, r.Detail = StateUntimed, "its certificate was valid for minutes, and no log entry proves that it was made then"
	}
	return &o
}

// namedBy takes in whose e-mail address a certificate holds that no policy lists as
// an identity.
func (k *keyring) namedBy(r *Contribution, x *signature.X509) {
	if !strings.Contains(x.Subject, "@") || strings.Contains(x.Subject, "/") {
		return // a URI: a workflow, a service
	}
	email := gitobject.FoldEmail(x.Subject)
	if id := agentByEmail(k.p, email); id != "" {
		r.Agents = append(r.Agents, id)
		r.Markers = append(r.Markers, "its signing certificate is agent "+id+"'s")
	} else if people := peopleByEmail(k.p, email); len(people) > 0 {
		r.People = append(r.People, people...)
	} else {
		r.Unknown = append(r.Unknown, email)
	}
}

// identifies compares every member that the policy gives, exactly. A certificate is
// older than the commit it signs, so that source_digest: commit never holds here.
func identifies(id policy.Identity, x *signature.X509, commit string) bool {
	if id.Issuer == "" || id.Subject == "" || id.Issuer != x.Issuer || id.Subject != x.Subject {
		return false
	}
	if id.SourceDigest == "commit" {
		id.SourceDigest = commit
	}
	for _, m := range [][2]string{
		{id.BuildSigner, x.BuildSigner},
		{id.SourceRepository, x.SourceRepository},
		{id.SourceRef, x.SourceRef},
		{id.SourceDigest, x.SourceDigest},
		{id.Runner, x.Runner},
	} {
		if m[0] != "" && m[0] != m[1] {
			return false
		}
	}
	return true
}
