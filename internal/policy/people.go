package policy

import (
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// Forms of names. The schema repeats them.
var (
	reID         = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	reLogin      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$`)
	reEmail      = regexp.MustCompile(`^[^@\s<>*]+@[^@\s<>*]+$`)
	reTrailerKey = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	reGitHubTeam = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`)
)

const noreplyDomain = "@users.noreply.github.com"

func (r *reader) isID(n *yaml.Node, s string) bool {
	if reID.MatchString(s) {
		return true
	}
	r.bad(n, "use letters, digits, dots, dashes and underscores, at most 64", "%q is no proper name", clip(s))
	return false
}

func (r *reader) agent(n *yaml.Node, a *Agent) {
	o := &owner{kind: "agent", at: n}
	r.mapping(
		n, "an agent",
		need("id", func(n *yaml.Node) { o.at = n; r.check(&a.ID, r.isID)(n); o.id = a.ID }),
		opt("logins", r.strings(&a.Logins, r.login(o))),
		opt("emails", r.strings(&a.Emails, r.email(o))),
		opt("trailers", r.strings(&a.Trailers, r.isTrailer)),
		opt("keys", r.keys(&a.Keys, o)),
		opt("operators", r.strings(&a.Operators, r.isPerson)),
		opt("identities", items(r, &a.Identities, nil, func(n *yaml.Node, id *Identity) {
			r.mapping(
				n, "an identity",
				need("issuer", r.check(&id.Issuer, r.isIssuer)),
				need("subject", r.check(&id.Subject, r.isExact)),
			)
			if id.Issuer != "" && id.Subject != "" {
				r.claim("identity", id.Issuer+"\n"+id.Subject, id.Subject, o, n)
			}
		})),
	)
}

func (r *reader) person(n *yaml.Node, p *Person) {
	o := &owner{kind: "person", at: n}
	r.mapping(
		n, "a person",
		need("id", func(n *yaml.Node) { o.at = n; r.check(&p.ID, r.isID)(n); o.id = p.ID }),
		opt("github_ids", func(n *yaml.Node) {
			list := r.entries(n, true)
			if len(list) > maxEntries {
				r.bad(list[maxEntries], "a person has a handful of accounts", "%q has more than %d entries", r.key, maxEntries)
				return
			}
			for _, e := range list {
				var id int64
				number(r, &id, 1, math.MaxInt64)(e)
				if id > 0 {
					p.GitHubIDs = append(p.GitHubIDs, id)
					s := strconv.FormatInt(id, 10)
					r.claim("GitHub id", s, s, o, e)
				}
			}
		}),
		opt("logins", r.strings(&p.Logins, func(n *yaml.Node, s string) bool {
			if strings.HasSuffix(strings.ToLower(s), "[bot]") {
				r.bad(n, "put it under the agent's logins, or under machine_users", "%q is a bot's login, and a bot is not a person", clip(s))
				return false
			}
			return r.login(o)(n, s)
		})),
		opt("emails", r.strings(&p.Emails, r.email(o))),
		opt("keys", r.keys(&p.Keys, o)),
	)
}

func (r *reader) machineUsers(n *yaml.Node) {
	o := &owner{kind: "machine_users", at: n}
	r.strings(&r.policy.MachineUsers, r.login(o))(n)
}

func (r *reader) teams(n *yaml.Node) {
	r.policy.Teams = map[string][]string{}
	outer := r.key
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		k := n.Content[i]
		r.key = outer
		if scalarKindOf(k) == kindText && strings.Contains(k.Value, "/") {
			r.bad(k, "give the team a name of its own; a GitHub team is named org/team where it is used, and GitHub says who is in it", "%q has the form of a GitHub team", clip(k.Value))
		} else if scalarKindOf(k) == kindText && strings.TrimSpace(k.Value) != "" {
			r.isID(k, k.Value)
		}
	}
	r.named(n, "teams", func(name string, v *yaml.Node) {
		var members []string
		r.strings(&members, r.isPerson)(v)
		r.policy.Teams[name] = members
	})
}

func (r *reader) login(o *owner) func(*yaml.Node, string) bool {
	return func(n *yaml.Node, s string) bool {
		if !reLogin.MatchString(s) {
			hint := "give the account's login: letters, digits and dashes, for a bot with [bot] at the end"
			if strings.HasPrefix(s, "@") {
				hint = "leave out the @"
			}
			r.bad(n, hint, "%q is no GitHub login", clip(s))
			return false
		}
		r.claim("login", foldLogin(s), s, o, n)
		return true
	}
}

// foldLogin is the form in which logins are compared: GitHub ignores case, and
// its GraphQL API leaves out the "[bot]" that its REST API has.
func foldLogin(s string) string { return strings.TrimSuffix(strings.ToLower(s), "[bot]") }

func (r *reader) email(o *owner) func(*yaml.Node, string) bool {
	return func(n *yaml.Node, s string) bool {
		if !reEmail.MatchString(s) {
			hint := "give one whole address: name@example.com"
			if strings.Contains(s, "*") {
				hint = "list each address: a wildcard would take in addresses of others"
			}
			r.bad(n, hint, "%q is no e-mail address", clip(s))
			return false
		}
		folded := strings.ToLower(s)
		r.claim("e-mail", folded, s, o, n)
		// GitHub's private addresses hold a login: ID+login@…
		if local, ok := strings.CutSuffix(folded, noreplyDomain); ok {
			if _, after, ok := strings.Cut(local, "+"); ok {
				local = after
			}
			r.claim("login", foldLogin(local), local, o, n)
		}
		return true
	}
}

func (r *reader) isTrailer(n *yaml.Node, s string) bool {
	key, glob, hasValue := strings.Cut(s, ":")
	if !reTrailerKey.MatchString(strings.TrimSpace(key)) {
		r.bad(n, "write the trailer's key, or key and glob: \"Co-authored-by: Claude*\"", "%q is no commit trailer", clip(s))
		return false
	}
	if !hasValue {
		return true
	}
	if strings.TrimSpace(glob) == "" {
		r.bad(n, "leave out the colon, or write a glob after it", "%q has a colon and no value", clip(s))
		return false
	}
	return r.isNameGlob(n, strings.TrimSpace(glob))
}

func (r *reader) isIssuer(n *yaml.Node, s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.bad(n, "give it like https://token.actions.githubusercontent.com", "%q is no https address of an issuer", clip(s))
		return false
	}
	return r.isExact(n, s)
}

func (r *reader) isExact(n *yaml.Node, s string) bool {
	if strings.Contains(s, "*") {
		r.bad(n, "give the exact text; list several identities where there are several", "%q cannot hold a wildcard", r.key)
		return false
	}
	return true
}

// keyAt remembers a key's place for Lint.
type keyAt struct {
	node     *yaml.Node
	notAfter time.Time
	revoked  bool
	pgp      *signature.PGPKey
	owner    *owner
}

func (r *reader) keys(dst *[]Key, o *owner) func(*yaml.Node) {
	read := func(n *yaml.Node, k *Key) {
		keyNode := n
		if n.Kind == yaml.MappingNode {
			keyNode = r.lifeOf(n, k)
		} else {
			r.keyText(&k.Key)(n)
		}
		if k.Key == "" {
			return
		}
		at := keyAt{node: keyNode, notAfter: k.NotAfter, revoked: !k.RevokedAt.IsZero(), owner: o}
		if signature.IsPGPKey(k.Key) {
			at.pgp = r.claimPGP(k, o, keyNode)
		} else if s, err := signature.ParseKey(k.Key); err == nil && k.CertAuthority {
			// One authority may vouch for many, each by a name of their own.
			for _, name := range k.Principals {
				r.claim("certificate name", s.Key+"\n"+name, name, o, keyNode)
			}
		} else if err == nil {
			r.claim("key", s.Key, s.Fingerprint, o, keyNode)
		}
		r.keysAt = append(r.keysAt, at)
	}
	return func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			*dst = make([]Key, 1)
			read(n, &(*dst)[0])
			return
		}
		items(r, dst, nil, read)(n)
	}
}

// lifeOf reads a key with its dates and returns the node of the key itself.
func (r *reader) lifeOf(n *yaml.Node, k *Key) *yaml.Node {
	keyNode := n
	var afterAt, revokedAt, reasonAt, authorityAt, principalsAt *yaml.Node
	r.mapping(
		n, "a key",
		need("key", func(v *yaml.Node) { keyNode = v; r.keyText(&k.Key)(v) }),
		opt("not_before", r.moment(&k.NotBefore)),
		opt("not_after", func(v *yaml.Node) { afterAt = v; r.moment(&k.NotAfter)(v) }),
		opt("revoked_at", func(v *yaml.Node) { revokedAt = v; r.moment(&k.RevokedAt)(v) }),
		opt("reason", func(v *yaml.Node) { reasonAt = v; r.prose(&k.Reason)(v) }),
		opt("cert_authority", func(v *yaml.Node) { authorityAt = v; r.boolean(&k.CertAuthority)(v) }),
		opt("principals", func(v *yaml.Node) { principalsAt = v; r.strings(&k.Principals, r.isExact)(v) }),
	)
	switch {
	case authorityAt != nil && scalarKindOf(authorityAt) == kindBool && !k.CertAuthority:
		r.bad(authorityAt, "leave the key out", "%q cannot be false", "cert_authority")
	case authorityAt != nil && signature.IsPGPKey(k.Key):
		r.bad(authorityAt, "leave the key out, or give an SSH key", "an OpenPGP key is no certificate authority")
	case authorityAt != nil && principalsAt == nil:
		r.bad(authorityAt, "add principals: the names in certificates that mean this owner", "a certificate authority needs the key %q", "principals")
	case principalsAt != nil && authorityAt == nil:
		r.bad(principalsAt, "add cert_authority: true, or remove the principals", "%q belongs to a certificate authority, and this key is none", "principals")
	}
	if !k.NotBefore.IsZero() && !k.NotAfter.IsZero() && !k.NotAfter.After(k.NotBefore) {
		r.bad(afterAt, "make not_after later than not_before", "this key would never be valid: not_after is not later than not_before")
	}
	switch {
	case revokedAt != nil && reasonAt == nil:
		r.bad(revokedAt, "add reason: what happened to the key", "a revoked key needs the key %q", "reason")
	case reasonAt != nil && revokedAt == nil:
		r.bad(reasonAt, "add revoked_at, or remove the reason", "%q belongs to a revoked key, and this one is not", "reason")
	}
	return keyNode
}

// isKey wants exactly one key on one line, so that what is shown is what counts:
// the reader of authorized_keys would skip comment lines and take options.
func (r *reader) isKey(n *yaml.Node, s string) bool {
	if _, err := signature.ParseKey(s); err != nil {
		reason := strings.TrimPrefix(err.Error(), "read SSH public key: ")
		r.bad(n, "give one line of the form \"ssh-ed25519 AAAA… comment\", as in the .pub file", "this is no usable SSH public key: %s", strings.Trim(strconv.Quote(clip(reason)), `"`))
		return false
	}
	return true
}

// keyText reads a key: one line of SSH, or an armoured OpenPGP block, which is
// the one value of the language that has lines.
func (r *reader) keyText(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch {
		case scalarKindOf(n) == kindText && signature.IsPGPKey(n.Value):
		case strings.HasPrefix(strings.TrimSpace(n.Value), "-----BEGIN"):
			r.bad(n, "give the public key: the one line of the .pub file, or what gpg --armor --export prints", "this is neither an SSH nor an OpenPGP public key but another PEM block")
			return
		default:
			r.check(dst, r.isKey)(n)
			return
		}
		s := strings.TrimSpace(n.Value)
		if strings.ContainsFunc(s, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }) {
			r.bad(n, "give what gpg --armor --export prints, without a comment", "this OpenPGP key holds a character that is not plain ASCII")
			return
		}
		if _, err := signature.ParsePGP(s); err != nil {
			reason := strings.TrimPrefix(err.Error(), "read OpenPGP key: ")
			r.bad(n, "give one public key, as gpg --armor --export FINGERPRINT prints it", "this is no usable OpenPGP public key: %s", strings.Trim(strconv.Quote(clip(reason)), `"`))
			return
		}
		*dst = s
	}
}

// claimPGP claims the key and its subkeys, so that none of them stands for two
// owners. A key that its owner has revoked is listed only as a revoked one.
func (r *reader) claimPGP(k *Key, o *owner, at *yaml.Node) *signature.PGPKey {
	pk, err := signature.ParsePGP(k.Key)
	if err != nil {
		return nil
	}
	for _, fp := range pk.All {
		r.claim("key", fp, fp, o, at)
	}
	if pk.Revoked && k.RevokedAt.IsZero() {
		r.bad(at, "remove it, or add revoked_at and reason", "this key was revoked by its own owner: %s", pk.Fingerprint)
	}
	return pk
}

func (r *reader) moment(dst *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		t, ok := parseTime(s)
		if !ok {
			r.bad(n, "write it like 2026-12-01 (from midnight UTC) or 2026-12-01T09:00:00Z", "%q wants a date, and this is %q", r.key, clip(s))
			return
		}
		*dst = t
	}
}
