package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// exclude finds everybody who cannot approve because of their part in the
// change, and whether the change has an operator who can be named.
func (sc *scene) exclude() {
	rv := &sc.s.Review
	h := &humans{parent: map[string]string{}}
	sc.humans = h
	for _, a := range rv.Accounts {
		h.addAccount(sc.p, a)
	}
	ids := func(list []int64, why string) {
		for _, id := range sortedIDs(list) {
			h.addAccount(sc.p, sc.account(id))
			h.exclude(accountNode(id), why)
		}
	}
	if a := rv.Author; a != nil {
		h.addAccount(sc.p, checks.Account{ID: a.ID, Login: a.Login})
		ids([]int64{a.ID}, "opened the pull request")
		if a.Login != "" {
			h.exclude(loginNode(a.Login), "opened the pull request")
		}
	}
	for i := range sc.contributions {
		c := &sc.contributions[i]
		why := "author, committer, co-author or signer of commit " + short(c.Commit)
		for _, id := range c.People {
			h.exclude(personNode(id), why)
		}
		for _, e := range c.Unknown {
			h.excludeEmail(e, why)
		}
		sc.excludeAddresses(i, why)
		for j := range c.Operators {
			sc.excludeOperator(&c.Operators[j], short(c.Commit))
		}
	}
	ids(rv.Contributors, "author, committer or co-author of a commit, as the platform links it")
	sc.excludeSiblings()
	ids(rv.Pushers, "pushed to the branch")
	ids(rv.Operators, "commissioned the agent")
	for _, u := range sortedReviews(rv.Reviews) {
		if u.State == checks.ReviewDismissed && u.Was != checks.ReviewApproved && u.DismissedBy != 0 && u.DismissedBy != u.Account {
			ids([]int64{u.DismissedBy}, "dismissed the objection of "+sc.login(u.Account))
		}
	}
	sc.attribute()
	h.seal()
}

// excludeAddresses excludes by every address of a commit, listed or not: an
// account may carry an address that the policy lists under an agent, or under
// somebody else.
func (sc *scene) excludeAddresses(i int, why string) {
	c, err := gitobject.Parse(sc.s.Commits[i].Object, sc.s.Repository.ObjectFormat)
	if err != nil {
		return // the provenance question refuses it
	}
	sc.humans.excludeEmail(c.Author.Email, why)
	sc.humans.excludeEmail(c.Committer.Email, why)
	for _, t := range c.Trailers() {
		if strings.EqualFold(t.Key, "Co-authored-by") || strings.EqualFold(t.Key, "On-behalf-of") {
			if _, email, ok := gitobject.CoAuthor(t.Value); ok {
				sc.humans.excludeEmail(email, why)
			}
		}
	}
}

// excludeOperator keeps whom a verified statement names as the agent's operator from
// approving, by everything it names them by.
func (sc *scene) excludeOperator(o *identity.Operator, commit string) {
	why := fmt.Sprintf("commissioned agent %s, by its attestation of commit %s", o.Agent, commit)
	for _, id := range o.People {
		sc.humans.exclude(personNode(id), why)
	}
	if o.Login != "" {
		sc.humans.exclude(loginNode(o.Login), why)
	}
	if o.Email != "" {
		sc.humans.excludeEmail(o.Email, why)
	}
}

// attribute asks who commissioned what is not proved to be a person's own work.
//
// That the platform shows one person does not free the operators whom the policy
// lists, unless it is one of them: whoever else assigned the agent, on top of what
// somebody else set it to do, must not clear the one who did.
//
// Only what the commit's maker cannot type answers it: the platform's own word,
// the account that opened the pull request, accounts that pushed, keys, and the
// agent's own signed statement. A trailer that names a colleague must not free the
// real operator to approve; nor does a statement that the agent signed with a key,
// for whoever commissions an agent may tell it what to write. Only where a platform's
// identity signed it is the operator it names taken for the one.
func (sc *scene) attribute() {
	w := sc.witnesses()
	if len(sc.contributions) == 0 {
		sc.unattributed = append(sc.unattributed, "no commits were read")
	}
	for i := range sc.contributions {
		c := &sc.contributions[i]
		switch {
		case len(c.Unknown) > 0:
			sc.unattributed = append(sc.unattributed, fmt.Sprintf("commit %s names %s, whom the policy does not list", short(c.Commit), orEmpty(strings.Join(c.Unknown, ", "))))
		case !c.Human && !w.attributed(sc, c):
			sc.unattributed = append(sc.unattributed, fmt.Sprintf("nothing shows who commissioned commit %s", short(c.Commit)))
		}
	}
	shown := "nothing shows who did"
	if len(sc.s.Review.Operators) > 0 {
		shown = "whom the platform shows is none of those"
	}
	for i := range sc.p.Agents {
		a := &sc.p.Agents[i]
		if sc.involved(a) && !w.operatorOf(sc, a) {
			for _, id := range a.Operators {
				sc.humans.exclude(personNode(id), fmt.Sprintf("may have commissioned agent %s, as one of its operators, and %s", a.ID, shown))
			}
		}
	}
}

// witnesses are the people around the change who were seen by somebody else than
// the commit's maker.
type witnesses struct {
	someone bool            // a person opened the pull request, everything was pushed by people, or the platform says who commissioned the agent
	people  map[string]bool // who of the listed people that is
}

func (sc *scene) witnesses() witnesses {
	rv := &sc.s.Review
	w := witnesses{people: map[string]bool{}}
	see := func(id int64) {
		w.someone = true
		if who, ok := identity.PersonOf(sc.p, sc.account(id)); ok {
			w.people[who] = true
		}
	}
	if rv.Author != nil && sc.isHuman(rv.Author.ID) {
		see(rv.Author.ID)
	}
	for _, id := range rv.Operators {
		if sc.isHuman(id) {
			see(id)
		}
	}
	// One colleague who pressed "update branch" says nothing of who commissioned
	// what a bot pushed: only when people pushed everything is one of them it.
	if !slices.ContainsFunc(rv.Pushers, func(id int64) bool { return !sc.isHuman(id) }) {
		for _, id := range rv.Pushers {
			see(id)
		}
	}
	return w
}

func (w *witnesses) attributed(sc *scene, c *identity.Contribution) bool {
	if w.someone || signedByPerson(c) != "" || slices.ContainsFunc(c.Operators, func(o identity.Operator) bool { return o.Allowed && !o.Hint && o.Proof == attestation.ProofKeyless }) {
		return true
	}
	for i := range sc.p.Agents {
		a := &sc.p.Agents[i]
		if len(a.Operators) > 0 && (signedByAgent(c) == a.ID || sc.s.Review.Author != nil && identity.HasAccount(a, sc.account(sc.s.Review.Author.ID))) {
			return true
		}
	}
	return false
}

// operatorOf reports whether one of the agent's operators is known to be behind
// its work: seen around the change, or signer of each commit that names it.
func (w *witnesses) operatorOf(sc *scene, a *policy.Agent) bool {
	if slices.ContainsFunc(a.Operators, func(id string) bool { return w.people[id] }) {
		return true
	}
	n := 0
	for i := range sc.contributions {
		c := &sc.contributions[i]
		if !slices.Contains(c.Agents, a.ID) {
			continue
		}
		if who := signedByPerson(c); (who == "" || !slices.Contains(a.Operators, who)) && !vouched(c, a.ID) {
			return false
		}
		n++
	}
	return n > 0
}

// vouched reports whether a platform's identity says who commissioned the agent.
func vouched(c *identity.Contribution, agent string) bool {
	return slices.ContainsFunc(c.Operators, func(o identity.Operator) bool {
		return o.Agent == agent && o.Allowed && o.Proof == attestation.ProofKeyless
	})
}

// involved reports whether anything at all names the agent.
func (sc *scene) involved(a *policy.Agent) bool {
	for i := range sc.contributions {
		if slices.Contains(sc.contributions[i].Agents, a.ID) {
			return true
		}
	}
	rv := &sc.s.Review
	return rv.Author != nil && identity.HasAccount(a, sc.account(rv.Author.ID)) ||
		slices.ContainsFunc(append(slices.Clone(rv.Pushers), rv.Operators...), func(id int64) bool { return identity.HasAccount(a, sc.account(id)) })
}

func signedByPerson(c *identity.Contribution) string { return signedBy(c, "person ") }
func signedByAgent(c *identity.Contribution) string  { return signedBy(c, "agent ") }

func signedBy(c *identity.Contribution, kind string) string {
	if c.State != identity.StateValid {
		return ""
	}
	id, ok := strings.CutPrefix(c.SignedBy, kind)
	if !ok {
		return ""
	}
	return id
}

func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}

func orEmpty(s string) string {
	if s == "" {
		return "an empty address"
	}
	return s
}

func sortedIDs(in []int64) []int64 {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

func sortedReviews(in []checks.UserReview) []checks.UserReview {
	out := make([]checks.UserReview, len(in))
	for i := range in {
		out[i] = settle(in[i])
	}
	slices.SortFunc(out, func(a, b checks.UserReview) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), compareAge(a, b))
	})
	return out
}
