package policy

import (
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Forms of what a certificate says. The schema repeats them.
var (
	reRef      = regexp.MustCompile(`^refs/[^\s~^:?*\[\\]*[^\s~^:?*\[\\/]$`)
	reCommitID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// attestedCommit stands in source_digest for the commit that is attested.
const attestedCommit = "commit"

// identityAt remembers an identity's place for Lint.
type identityAt struct {
	node  *yaml.Node
	is    Identity
	owner *owner
}

func (r *reader) identity(o *owner) func(*yaml.Node, *Identity) {
	return func(n *yaml.Node, id *Identity) {
		at := n
		r.mapping(
			n, "an identity",
			need("issuer", r.check(&id.Issuer, r.isAddress("https://token.actions.githubusercontent.com"))),
			need("subject", func(v *yaml.Node) { at = v; r.check(&id.Subject, r.isExact)(v) }),
			opt("build_signer", r.check(&id.BuildSigner, r.isAddress("https://github.com/acme/agents/.github/workflows/agent.yml@refs/heads/main"))),
			opt("source_repository", r.check(&id.SourceRepository, r.isRepository)),
			opt("source_ref", r.check(&id.SourceRef, r.isRef)),
			opt("source_digest", r.check(&id.SourceDigest, r.isSourceDigest)),
			opt("runner", oneOf(r, &id.Runner, "github-hosted", "self-hosted")),
		)
		if id.Issuer == "" || id.Subject == "" {
			return
		}
		// Whoever holds such a certificate is one owner, whatever else it must say; one
		// owner may list it several times, with different further members.
		form := strings.Join([]string{id.BuildSigner, id.SourceRepository, id.SourceRef, id.SourceDigest, id.Runner}, "\n")
		r.claimOnce(form, "identity", id.Issuer+"\n"+id.Subject, id.Subject, o, n)
		if reEmail.MatchString(id.Subject) && !strings.Contains(id.Subject, "://") {
			// Who signs under a person's address is that person and no agent.
			r.claim("e-mail", strings.ToLower(id.Subject), id.Subject, o, at)
		}
		r.identitiesAt = append(r.identitiesAt, identityAt{at, *id, o})
	}
}

// isAddress wants one exact https address.
func (r *reader) isAddress(example string) func(*yaml.Node, string) bool {
	return func(n *yaml.Node, s string) bool {
		if _, ok := httpsURL(s); !ok {
			r.bad(n, "give it like "+example, "%q is no https address", clip(s))
			return false
		}
		return r.isExact(n, s)
	}
}

func httpsURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	ok := err == nil && u.Scheme == "https" && strings.HasPrefix(s, "https://") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && !strings.Contains(s, "#")
	return u, ok
}

func (r *reader) isRepository(n *yaml.Node, s string) bool {
	const example = "give it like https://github.com/acme/infra"
	u, ok := httpsURL(s)
	switch {
	case !ok || strings.Trim(u.Path, "/") == "":
		r.bad(n, example, "%q is no https address of a repository", clip(s))
	case strings.HasSuffix(s, "/"):
		r.bad(n, "leave out the / at the end", "no certificate names a repository %q", clip(s))
	case strings.HasSuffix(s, ".git"):
		r.bad(n, "leave out the .git at the end", "no certificate names a repository %q", clip(s))
	default:
		return r.isExact(n, s)
	}
	return false
}

func (r *reader) isRef(n *yaml.Node, s string) bool {
	if reRef.MatchString(s) && !strings.Contains(s, "..") && !strings.Contains(s, "//") {
		return true
	}
	hint := "give it like refs/heads/main, exactly"
	if !strings.Contains(s, "/") {
		hint = "write refs/heads/NAME for a branch, refs/tags/NAME for a tag"
	}
	r.bad(n, hint, "%q is no full name of a ref", clip(s))
	return false
}

func (r *reader) isSourceDigest(n *yaml.Node, s string) bool {
	if s == attestedCommit || reCommitID.MatchString(s) {
		return true
	}
	r.bad(n, "write commit for the commit that is attested, or a whole commit id in lower case", "%q is no commit", clip(s))
	return false
}

func (r *reader) isExact(n *yaml.Node, s string) bool {
	if strings.Contains(s, "*") {
		r.bad(n, "give the exact text; list several identities where there are several", "%q cannot hold a wildcard", r.key)
		return false
	}
	return true
}
