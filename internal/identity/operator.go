package identity

import (
	"net/url"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// Operator is who commissioned the agent, as a verified statement tells it.
type Operator struct {
	Agent   string            // the agent that was commissioned
	Named   string            // as the statement has it; foreign text
	People  []string          // the listed people that can be; empty: nobody of the policy
	Login   string            // the GitHub login, when one was given
	Email   string            // the address, folded, when one was given
	Allowed bool              // every one of them may commission the agent
	Proof   attestation.Proof // of the statement
	Hint    bool              // the statement is signed with a key that counts no more: it only keeps them from approving
}

// operatorOf reads who commissioned the agent. Whoever is named is kept from
// approving; being named frees nobody else unless a platform vouches for it.
func (st *student) operatorOf(v *attestation.Verified, named string) Operator {
	o := Operator{Agent: v.Agent, Named: named, Proof: v.Proof}
	id := strings.TrimSpace(o.Named)
	switch u, err := url.Parse(id); {
	case strings.HasPrefix(id, "@"):
		o.Login = id[1:]
	case err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, "github.com"):
		o.Login = strings.Trim(u.Path, "/")
	case err == nil && u.Scheme == "mailto":
		o.Email = gitobject.FoldEmail(u.Opaque)
	case strings.Contains(id, "@") && !strings.Contains(id, "/"):
		o.Email = gitobject.FoldEmail(id)
	}
	for i := range st.p.People {
		who := &st.p.People[i]
		if strings.EqualFold(who.ID, id) || containsLogin(who.Logins, o.Login) {
			o.People = append(o.People, who.ID)
		}
	}
	if o.Email != "" {
		o.People = append(o.People, peopleByEmail(st.p, o.Email)...)
	}
	o.People = sorted(o.People)
	for i := range st.p.Agents {
		if a := &st.p.Agents[i]; a.ID == v.Agent {
			o.Allowed = len(o.People) > 0 && !slices.ContainsFunc(o.People, func(id string) bool { return len(a.Operators) > 0 && !slices.Contains(a.Operators, id) })
		}
	}
	return o
}
