package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// table seats people on the needs of one tier: a matching of different persons
// to seats, as large as possible, so that nobody is wasted on a seat that
// somebody else could have filled, and nobody fills two.
type table struct {
	tier    *tier
	taken   [][]string        // persons (groups of accounts) by need
	can     map[string][]bool // person -> which needs they could fill
	counts  map[int64]string  // account -> "" when its approval counts here, else why not
	voice   map[string]int64  // person -> the account that is told to count
	owners  []checks.Seat     // of code owners, that nobody fills yet
	unknown bool              // owners are asked for, and nobody knows who they are
}

// fill seats everybody whose approval counts in this tier.
func (sc *scene) fill(t *tier) *table {
	tb := &table{tier: t, taken: make([][]string, len(t.need)), can: map[string][]bool{}, counts: map[int64]string{}, voice: map[string]int64{}}
	var order []string
	for i := range sc.newest {
		u := &sc.newest[i]
		why := sc.drop(u, t)
		var fits []bool
		if why == "" {
			if fits = sc.fits(u.Account, t); !slices.Contains(fits, true) {
				why = "not one of " + wantedOf(t)
			}
		}
		if why == "" {
			who := sc.humans.root(u.Account)
			if first, ok := tb.voice[who]; ok {
				why = fmt.Sprintf("the same person as %s, who counts once", sc.login(first))
				for n := range fits {
					tb.can[who][n] = tb.can[who][n] || fits[n]
				}
			} else {
				tb.voice[who], tb.can[who] = u.Account, fits
				order = append(order, who)
			}
		}
		tb.counts[u.Account] = why
	}
	for _, who := range order {
		tb.seat(who, make([]bool, len(t.need)))
	}
	return tb
}

// seat finds a seat for a person, moving others where that helps.
func (tb *table) seat(who string, tried []bool) bool {
	for n, can := range tb.can[who] {
		if !can || tried[n] {
			continue
		}
		tried[n] = true
		if len(tb.taken[n]) < tb.tier.need[n].Count {
			tb.taken[n] = append(tb.taken[n], who)
			return true
		}
		for i, other := range tb.taken[n] {
			if tb.seat(other, tried) {
				tb.taken[n][i] = who
				return true
			}
		}
	}
	return false
}

// reaches reports whether a person who fits these needs would help to fill need
// goal, by sitting there or by freeing somebody who can.
func (tb *table) reaches(fits []bool, goal int) bool {
	seen := slices.Clone(fits)
	for todo := true; todo; {
		if seen[goal] {
			return true
		}
		todo = false
		for n := range seen {
			if !seen[n] {
				continue
			}
			for _, who := range tb.taken[n] {
				for m, can := range tb.can[who] {
					if can && !seen[m] {
						seen[m], todo = true, true
					}
				}
			}
		}
	}
	return false
}

func (tb *table) have() (n int) {
	for _, t := range tb.taken {
		n += len(t)
	}
	return n
}

func (tb *table) want() (n int) {
	for _, need := range tb.tier.need {
		n += need.Count
	}
	return n
}

// waiting lists the seats that nobody fills yet.
func (tb *table) waiting(sc *scene) []checks.Seat {
	var out []checks.Seat
	for n, need := range tb.tier.need {
		missing := need.Count - len(tb.taken[n])
		if missing <= 0 {
			continue
		}
		out = append(out, checks.Seat{Tier: tb.tier.id, Missing: missing, From: from(need), Could: sc.could(tb, n), Line: sc.askedLine(tb.tier)})
	}
	return append(out, tb.owners...)
}

// could lists the logins of known people who could fill a need and have not. It
// never lists anybody who is excluded.
func (sc *scene) could(tb *table, goal int) []string {
	out := []string{}
	for _, a := range sc.s.Review.Accounts {
		if _, voted := tb.voice[sc.humans.root(a.ID)]; voted || sc.unfit(a.ID) != "" {
			continue
		}
		if tb.reaches(sc.fits(a.ID, tb.tier), goal) {
			out = append(out, sc.login(a.ID))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// drop says why a verdict is no approval that counts in the tier.
func (sc *scene) drop(u *checks.UserReview, t *tier) string {
	switch u.State {
	case checks.ReviewChangesRequested:
		return "asks for changes"
	case checks.ReviewDismissed:
		return "the review was dismissed"
	}
	if why := sc.unfit(u.Account); why != "" {
		return why
	}
	if !gitobject.IsFullID(sc.s.Head.Commit) {
		return "the head is not known by its full id"
	}
	carried, why := sc.given(u, t)
	if why == "" {
		why = sc.stale(u, carried)
	}
	if why == "" && carried {
		why = sc.sameChange(u)
	}
	if why == "" && slices.Contains(sc.s.Review.Requested, u.Account) {
		why = "their review was asked for again"
	}
	if why == "" {
		why = sc.misquoted(u, t)
	}
	if why == "" && (t.plan || carried) {
		why = sc.otherPlans(u, t)
	}
	return why
}

// otherPlans says why a review is not about exactly these plans. A plan is named by
// the digest of its bytes, or by that of its normalised change set: a plan that was
// made again and would do the same is the same. Each name stands for one plan: two
// plans that would do the same are two applies.
func (sc *scene) otherPlans(u *checks.UserReview, t *tier) string {
	given := namedPlans(u, t)
	left := slices.Clone(given)
	slices.Sort(left)
	named := func(d string) bool {
		i := slices.Index(left, d)
		if d == "" || i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
		return true
	}
	for i := range sc.s.Plans {
		p := &sc.s.Plans[i]
		switch {
		case p.Digest == "":
			return "a plan has no digest, so nothing can be bound to it"
		case named(p.Digest) || named(p.Changeset):
		case len(given) == 0 && !t.plan:
			return "given for another head without naming a plan, so nothing shows that it was about these; " + sc.toName(t)
		case len(given) == 0:
			return "given without a plan, and the policy binds it to the plans; " + sc.toName(t)
		default:
			return "given for other plans than these; " + sc.toName(t)
		}
	}
	switch {
	case len(left) == 0:
		return ""
	case len(sc.s.Plans) == 0:
		return "given for plans that are not there any more"
	}
	for _, d := range left { // both names of the same plan, or one of them twice
		if !slices.ContainsFunc(sc.s.Plans, func(p checks.Plan) bool { return p.Digest == d || p.Changeset == d }) {
			return "given for other plans than these"
		}
	}
	return ""
}

// fits says which needs of a tier an account may fill, by permission and by
// membership. Membership goes by what identifies the account, see
// identity.PersonOf; being mentioned is not enough.
func (sc *scene) fits(id int64, t *tier) []bool {
	a := sc.accounts[id]
	person, listed := identity.PersonOf(sc.p, a)
	out := make([]bool, len(t.need))
	for n, need := range t.need {
		if rank(a.Permission) < wants(need.Permission) {
			continue
		}
		out[n] = len(need.Teams) == 0 && len(need.People) == 0 ||
			listed && slices.Contains(need.People, person) || sc.member(a, person, listed, need.Teams)
	}
	return out
}

// member reports whether an account is in one of the teams: the policy's own, by
// person, or GitHub's ("org/team"), by what GitHub says of the account.
func (sc *scene) member(a checks.Account, person string, listed bool, teams []string) bool {
	for _, name := range teams {
		if strings.Contains(name, "/") {
			if slices.ContainsFunc(a.Teams, func(t string) bool { return strings.EqualFold(t, name) }) {
				return true
			}
		} else if listed && slices.Contains(sc.p.Teams[name], person) {
			return true
		}
	}
	return false
}

// from says in words who may fill a need.
func from(n policy.Need) string {
	var parts []string
	for _, t := range n.Teams {
		parts = append(parts, "team "+t)
	}
	parts = append(parts, n.People...)
	if len(parts) == 0 {
		return "somebody with " + permission(n.Permission) + " access"
	}
	s := either(parts)
	if wants(n.Permission) > rank("write") {
		s += " with " + permission(n.Permission) + " access"
	}
	return s
}

func permission(p policy.Permission) string {
	if p == "" {
		return string(policy.PermissionWrite)
	}
	return string(p)
}

func wantedOf(t *tier) string {
	var parts []string
	for _, n := range t.need {
		parts = append(parts, from(n))
	}
	return either(parts)
}

func either(parts []string) string { return list(parts, "or") }

func list(parts []string, word string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " " + word + " " + parts[last]
}

func orUnknown(s string) string {
	if s == "" {
		return "(none recorded)"
	}
	return s
}
