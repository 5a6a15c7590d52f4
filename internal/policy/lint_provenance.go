package policy

import (
	"slices"
	"strings"
)

// githubIssuer is who vouches for workflows of GitHub Actions.
const githubIssuer = "https://token.actions.githubusercontent.com"

// lintProvenance tells what does nothing, and who can do more than it seems.
func (r *reader) lintProvenance() {
	p := &r.policy
	v := &p.Provenance
	if r.signersAt != nil && !p.addressed() {
		r.warn(r.signersAt, "list the addresses of agents and people under emails", "nobody has an address here, so no line of this file can mean anybody")
	}
	for i, n := range r.agentsAt {
		a := &p.Agents[i]
		commits := slices.ContainsFunc(a.Keys, func(k Key) bool { return k.signsCommits() })
		if v.SignerIsCommitter && commits && len(a.Emails)+len(a.Logins) == 0 {
			r.warn(valueOf(n, "id"), "add the address it commits under to its emails", "agent %s has no address here, so it is never the committer of what it signs", a.ID)
		}
		if v.Require.Rank() > LevelSigned.Rank() && v.Require != "" && a.attests() && len(a.Operators) == 0 {
			r.warn(valueOf(n, "id"), "add operators: who may commission it", "agent %s has no operators, so its statements can name any person of this file as who commissioned it", a.ID)
		}
	}
	for i, n := range r.peopleAt {
		who := &p.People[i]
		if v.SignerIsCommitter && len(who.Keys) > 0 && len(who.Emails)+len(who.Logins)+len(who.GitHubIDs) == 0 {
			r.warn(valueOf(n, "id"), "add the addresses the person commits under to emails", "%s has no address here, and so is never the committer of what the key signs", who.ID)
		}
	}
}

// addressed reports that an address can mean an agent or a person: one that is
// listed, or the private one that GitHub makes of a login.
func (p *Policy) addressed() bool {
	return slices.ContainsFunc(p.Agents, func(a Agent) bool { return len(a.Emails)+len(a.Logins) > 0 }) ||
		slices.ContainsFunc(p.People, func(who Person) bool { return len(who.Emails)+len(who.Logins)+len(who.GitHubIDs) > 0 })
}

// lintIdentities tells of identities that more can hold than it seems.
func (r *reader) lintIdentities() {
	type holder struct {
		owner           *owner
		issuer, subject string
	}
	same := map[holder][]identityAt{}
	for _, at := range r.identitiesAt {
		id := at.is
		workflow, isWorkflow := repositoryOfWorkflow(id.Subject)
		switch _, ref, _ := strings.Cut(id.Subject, "@"); {
		case isWorkflow && strings.HasPrefix(ref, "refs/pull/"):
			r.warn(at.node, "name a branch that is protected: @refs/heads/main", "whoever can push to this pull request writes the workflow that signs as %s", at.owner)
		case strings.HasPrefix(id.SourceRef, "refs/pull/"):
			r.warn(at.node, "name a branch that is protected: refs/heads/main", "source_ref is that of a pull request: whoever can push to it can sign as %s", at.owner)
		}
		switch {
		case id.Issuer == githubIssuer && !isWorkflow:
			r.warn(at.node, "write it like https://github.com/acme/infra/.github/workflows/agent.yml@refs/heads/main", "certificates name workflows of GitHub otherwise, so this identity is never met")
		case at.owner.kind == kindSigner: // whose certificate must name the repository under review anyway
			if !strings.Contains(id.Subject, "://") {
				r.warn(at.node, "name a workflow, or leave it out", "a certificate of a person names no repository and no commit, so this one never vouches for a plan")
			}
		case id.Issuer == githubIssuer && id.SourceRepository == "":
			r.warn(at.node, "add source_repository: "+clip(workflow), "if other repositories can call this workflow, each of them can sign as %s", at.owner)
		}
		h := holder{at.owner, id.Issuer, id.Subject}
		same[h] = append(same[h], at)
	}
	// In the order of the file; the map only groups.
	for _, at := range r.identitiesAt {
		group := same[holder{at.owner, at.is.Issuer, at.is.Subject}]
		if r.covered += len(group); r.covered > maxCovers {
			return
		}
		wide := slices.IndexFunc(group, func(o identityAt) bool { return o.is != at.is && o.is.covers(&at.is) })
		if wide >= 0 {
			r.warn(at.node, "remove the other one, or this one", "the identity on line %d is met whenever this one is, so what is added here asks for nothing", group[wide].node.Line)
		}
	}
}

// covers reports that an identity of the same issuer and subject asks for less.
func (id *Identity) covers(narrow *Identity) bool {
	asks := func(i *Identity) [5]string {
		return [5]string{i.BuildSigner, i.SourceRepository, i.SourceRef, i.SourceDigest, i.Runner}
	}
	wide, other := asks(id), asks(narrow)
	for i := range wide {
		if wide[i] != "" && wide[i] != other[i] {
			return false
		}
	}
	return true
}

// repositoryOfWorkflow reads the address of a workflow as certificates name it.
func repositoryOfWorkflow(subject string) (repository string, ok bool) {
	rest, ok := strings.CutPrefix(subject, "https://github.com/")
	if !ok {
		return "", false
	}
	name, file, ok := strings.Cut(rest, "/.github/workflows/")
	if !ok || strings.Count(name, "/") != 1 || !strings.Contains(file, "@") {
		return "", false
	}
	return "https://github.com/" + name, true
}
