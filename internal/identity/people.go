package identity

import (
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// noreply is what the domains of private addresses begin with, and GitHub's own:
// ID+login@users.noreply.github.com, or in old accounts login@…; on an Enterprise Server
// its host stands in place of github.com. Of which host a snapshot is nobody says, and the
// host of an address is typed like the rest of it: all are read alike, to exclude.
const (
	noreply       = "@users.noreply."
	noreplyGitHub = noreply + "github.com"
)

func agentByEmail(p *policy.Policy, email string) string {
	for i := range p.Agents {
		a := &p.Agents[i]
		for _, e := range a.Emails {
			if gitobject.FoldEmail(e) == email {
				return a.ID
			}
		}
		if login, ok := noreplyLogin(email); ok && containsLogin(a.Logins, login) {
			return a.ID
		}
	}
	return ""
}

// peopleByEmail lists everybody whose address this could be. It is used to
// exclude, so every match counts.
func peopleByEmail(p *policy.Policy, email string) []string {
	var ids []string
	for i := range p.People {
		who := &p.People[i]
		match := slices.ContainsFunc(who.Emails, func(e string) bool { return gitobject.FoldEmail(e) == email })
		if login, ok := noreplyLogin(email); ok && containsLogin(who.Logins, login) {
			match = true
		}
		if match {
			ids = append(ids, who.ID)
		}
	}
	return ids
}

// noreplyLogin reads the login out of a GitHub private address. The number in
// front of it is not used: github-actions[bot]'s number stands in front of other
// names in real commits.
func noreplyLogin(email string) (string, bool) {
	_, login, ok := PrivateAddress(email)
	return login, ok
}

// PrivateAddress reads a private address, folded: the account's number, 0 where none
// stands in it, and its login. Anybody can type one, so it serves to exclude.
func PrivateAddress(email string) (id int64, login string, ok bool) {
	local, host, ok := strings.Cut(email, noreply)
	if !ok || local == "" || host == "" {
		return 0, "", false
	}
	number, login, numbered := strings.Cut(local, "+")
	if !numbered {
		return 0, local, true
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id <= 0 {
		id = 0
	}
	return id, login, true
}

// PersonOf says which listed person an account is. A person who lists account
// ids is found by id alone, because a login can be given up and taken by
// somebody else; only where no id is listed does the login decide.
func PersonOf(p *policy.Policy, a checks.Account) (id string, ok bool) {
	for i := range p.People {
		if slices.Contains(p.People[i].GitHubIDs, a.ID) {
			return p.People[i].ID, true
		}
	}
	for i := range p.People {
		if len(p.People[i].GitHubIDs) == 0 && containsLogin(p.People[i].Logins, a.Login) {
			return p.People[i].ID, true
		}
	}
	return "", false
}

// Mentions lists every person an account could be, by id, login or e-mail. It
// serves to exclude people from approving, never to count them.
func Mentions(p *policy.Policy, a checks.Account) []string {
	var ids []string
	for i := range p.People {
		who := &p.People[i]
		if slices.Contains(who.GitHubIDs, a.ID) || containsLogin(who.Logins, a.Login) {
			ids = append(ids, who.ID)
		}
	}
	for _, e := range a.Emails {
		ids = append(ids, peopleByEmail(p, gitobject.FoldEmail(e))...)
	}
	return sorted(ids)
}

// HasAccount reports whether an account is the agent's: by the id of its App, or by
// login.
func HasAccount(a *policy.Agent, acc checks.Account) bool {
	return acc.AppID != 0 && slices.Contains(a.AppIDs, acc.AppID) || containsLogin(a.Logins, acc.Login)
}

// IsAgentAccount reports whether an account is listed as an agent's, or goes by
// the login of a known agent.
func IsAgentAccount(p *policy.Policy, a checks.Account) bool {
	for i := range p.Agents {
		if HasAccount(&p.Agents[i], a) {
			return true
		}
	}
	return marksOf(p).byLogin(a.Login) != ""
}

// IsMachine reports whether an account is listed as automation.
func IsMachine(p *policy.Policy, a checks.Account) bool {
	return containsLogin(p.MachineUsers, a.Login)
}

// foldLogin is the form in which logins are compared: GitHub's are
// case-insensitive, and its GraphQL API leaves out the "[bot]" its REST API has.
func foldLogin(s string) string {
	return strings.TrimSuffix(strings.ToLower(s), "[bot]")
}

func containsLogin(list []string, login string) bool {
	return login != "" && slices.ContainsFunc(list, func(l string) bool { return foldLogin(l) == foldLogin(login) })
}
