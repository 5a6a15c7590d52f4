package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// humans puts together whatever could be one human being: accounts, listed
// people, logins, e-mail addresses. The groups are used in two ways, both of
// which only take approvals away: a group is excluded as a whole, and a group
// fills one seat. So it does no harm that some of the links can be forged.
type humans struct {
	parent  map[string]string
	reasons []exclusion
	first   map[string]int // root -> index of the first reason; made by seal
}

// exclusion says why a node, and with it its group, cannot approve.
type exclusion struct {
	node string
	why  string
}

func accountNode(id int64) string { return "account " + strconv.FormatInt(id, 10) }
func personNode(id string) string { return "person " + id }
func loginNode(s string) string   { return "login " + strings.ToLower(s) }
func emailNode(s string) string   { return "e-mail address " + gitobject.FoldEmail(s) }

func (h *humans) find(n string) string {
	for {
		p, ok := h.parent[n]
		if !ok || p == n {
			return n
		}
		if pp, ok := h.parent[p]; ok {
			h.parent[n] = pp
		}
		n = p
	}
}

func (h *humans) join(a, b string) {
	ra, rb := h.find(a), h.find(b)
	if ra != rb {
		// The smaller name is the root, so that roots do not depend on the order of
		// the input.
		h.parent[max(ra, rb)] = min(ra, rb)
	}
}

func (h *humans) addAccount(p *policy.Policy, a checks.Account) {
	n := accountNode(a.ID)
	if a.ID <= 0 {
		return // deleted accounts are not one account
	}
	for _, id := range identity.Mentions(p, a) {
		h.join(n, personNode(id))
	}
	if id, ok := identity.PersonOf(p, a); ok {
		h.join(n, personNode(id))
	}
	if a.Login != "" {
		h.join(n, loginNode(a.Login))
	}
	for _, e := range a.Emails {
		if gitobject.FoldEmail(e) != "" {
			h.join(n, emailNode(e))
		}
	}
}

func (h *humans) exclude(node, why string) {
	h.reasons = append(h.reasons, exclusion{node, why})
}

// excludeEmail excludes whoever an address belongs to. GitHub's private addresses,
// and those of an Enterprise Server, name an account by login and number, though the account keeps its real address
// to itself; either may be typed by anybody, which costs an approval at most.
func (h *humans) excludeEmail(email, why string) {
	email = gitobject.FoldEmail(email)
	if email == "" {
		return
	}
	h.exclude(emailNode(email), why)
	id, login, ok := identity.PrivateAddress(email)
	if !ok {
		return
	}
	if id != 0 {
		h.exclude(accountNode(id), why)
	}
	h.exclude(loginNode(login), why)
}

func (h *humans) seal() {
	h.first = make(map[string]int, len(h.reasons))
	for i, r := range h.reasons {
		root := h.find(r.node)
		if _, ok := h.first[root]; !ok {
			h.first[root] = i
		}
	}
}

// root names the group an account belongs to.
func (h *humans) root(account int64) string { return h.find(accountNode(account)) }

// excluded says why an account cannot approve; empty when it can.
func (h *humans) excluded(account int64) string {
	i, ok := h.first[h.root(account)]
	if !ok {
		return ""
	}
	// A reason of the account itself reads better than one of its group.
	own := slices.IndexFunc(h.reasons, func(r exclusion) bool { return r.node == accountNode(account) })
	if own >= 0 {
		return h.reasons[own].why
	}
	return fmt.Sprintf("excluded as %s: %s", h.reasons[i].node, h.reasons[i].why)
}
