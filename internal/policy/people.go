package policy

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
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

// isTierID is isID, and takes the names that [Policy.WithFloor] makes and nobody can
// write.
func (r *reader) isTierID(n *yaml.Node, s string) bool {
	if r.joined {
		s = strings.TrimPrefix(s, floorPrefix)
	}
	return r.isID(n, s)
}

func (r *reader) agent(n *yaml.Node, a *Agent) {
	o := &owner{kind: kindAgent, at: n}
	r.mapping(
		n, "an agent",
		need("id", func(n *yaml.Node) { o.at = n; r.check(&a.ID, r.isID)(n); o.id = a.ID }),
		opt("logins", r.strings(&a.Logins, r.login(o))),
		opt("emails", r.strings(&a.Emails, r.email(o))),
		opt("trailers", r.strings(&a.Trailers, r.isTrailer)),
		opt("keys", r.keys(&a.Keys, o)),
		opt("operators", r.strings(&a.Operators, r.isPerson)),
		opt("identities", items(r, &a.Identities, nil, r.identity(o))),
		opt("app_ids", r.ids(&a.AppIDs, "GitHub App id", "an agent works through a handful of Apps", o)),
		opt("dids", r.dids(&a.DIDs, o)),
	)
}

func (r *reader) person(n *yaml.Node, p *Person) {
	o := &owner{kind: kindPerson, at: n}
	r.mapping(
		n, "a person",
		need("id", func(n *yaml.Node) { o.at = n; r.check(&p.ID, r.isID)(n); o.id = p.ID }),
		opt("github_ids", r.ids(&p.GitHubIDs, "GitHub id", "a person has a handful of accounts", o)),
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
	o := &owner{kind: kindMachine, at: n}
	r.strings(&r.policy.MachineUsers, r.login(o))(n)
}

func (r *reader) teams(n *yaml.Node) {
	r.policy.Teams = map[string][]string{}
	r.oneSpelling(n, "team", "give one of them another name, or put all into one")
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

// ids reads a list of GitHub's numbers, each owned once.
func (r *reader) ids(dst *[]int64, what, few string, o *owner) func(*yaml.Node) {
	return func(n *yaml.Node) {
		list := r.entries(n, true)
		if len(list) > maxEntries {
			r.bad(list[maxEntries], few, "%q has more than %d entries", r.key, maxEntries)
			return
		}
		for _, e := range list {
			var id int64
			number(r, &id, 1, math.MaxInt64)(e)
			if id > 0 {
				*dst = append(*dst, id)
				s := strconv.FormatInt(id, 10)
				r.claimOnce("", what, s, s, o, e)
			}
		}
	}
}
