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
	owner   map[string]int64  // person -> the account that is told to count as an owner, where it is another
	owners  []checks.Seat     // of code owners, that nobody fills yet
	unknown bool              // owners are asked for, and nobody knows who they are
}

// fill seats everybody whose approval counts in this tier.
func (sc *scene) fill(t *tier) *table {
	tb := &table{tier: t, taken: make([][]string, len(t.need)), can: map[string][]bool{}, counts: map[int64]string{}, voice: map[string]int64{}, owner: map[string]int64{}}
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
		seat := checks.Seat{Tier: tb.tier.id, Missing: missing, From: from(need), Could: sc.could(tb, n), Line: sc.askedLine(tb.tier)}
		if len(seat.Could) == 0 {
			seat.Nobody = sc.nobody(len(need.Teams)+len(need.People) > 0)
		}
		out = append(out, seat)
	}
	for _, seat := range tb.owners {
		if len(seat.Could) == 0 {
			seat.Nobody = sc.nobody(true)
		}
		out = append(out, seat)
	}
	return out
}

// Why nobody is known to have agreed, or to be able to, where nobody looked.
const (
	notAskedInQueue = "In the merge queue this version does not ask who agreed to the pull requests."
	notAskedOfPush  = "Of commits that are pushed already this version does not ask who agreed to them."
	notAskedAtAll   = "Nobody asked GitHub who agreed: there was no token, and no file of reviews."
)

// notAsked is one of these; empty where reviews were read.
func (sc *scene) notAsked() string {
	switch source := sc.s.Review.Source; {
	case source == "file":
		return ""
	case sc.s.Kind == checks.KindMergeGroup:
		return notAskedInQueue
	case sc.s.Kind == checks.KindPush:
		return notAskedOfPush
	case source != "github" && sc.s.Kind == checks.KindPullRequest:
		return notAskedAtAll
	}
	return ""
}

// nobody says what to do about a seat that nobody known could fill; named tells that
// it is for people that the policy or CODEOWNERS names.
func (sc *scene) nobody(named bool) string {
	why := sc.notAsked()
	switch {
	case why != "":
		return why
	case sc.s.Review.Source == "file":
		return "Nobody in the file of reviews could fill it."
	case sc.s.Review.Source != "github":
		return "Nobody known could fill it. Who is known comes with the reviews: --reviews FILE, or --pull-request."
	case named:
		return "None of them may write and has no part in the change: give one of them write access, or have more people named."
	}
	return "Nobody who may write and has no part in the change is left: give somebody write access."
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
	u = sc.asQuoted(u, t)
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
// made again and would do the same is the same. Each digest stands for one plan: where two
// would do the same, each has to be named by its bytes.
func (sc *scene) otherPlans(u *checks.UserReview, t *tier) string {
	for _, given := range namedPlans(u, t) {
		if why := sc.notThese(given, t); why != "" {
			return why
		}
	}
	return ""
}

func (sc *scene) notThese(given []string, t *tier) string {
	named, rest := map[int]bool{}, false
	for _, d := range given {
		if i := sc.planOf(d); i >= 0 {
			named[i] = true
		} else if !slices.ContainsFunc(sc.s.Plans, func(p checks.Plan) bool { return d != "" && (p.Digest == d || p.Changeset == d) }) {
			rest = true
		}
	}
	for i := range sc.s.Plans {
		switch {
		case sc.s.Plans[i].Digest == "":
			return "a plan has no digest, so nothing can be bound to it"
		case sc.planOf(sc.s.Plans[i].Digest) != i:
			return "two plans are the same to the byte, so nothing can be bound to one of them"
		case named[i]:
		case len(given) == 0 && !t.plan:
			return "given for another head without naming a plan, so nothing shows that it was about these; " + sc.toName(t)
		case len(given) == 0:
			return "given without a plan, and the policy binds it to the plans; " + sc.toName(t)
		case slices.Contains(given, sc.s.Plans[i].Changeset):
			return "given for a change set that more than one of the plans has, so each has to be named by the digest of its bytes; " + sc.toName(t)
		default:
			return "given for other plans than these; " + sc.toName(t)
		}
	}
	switch {
	case !rest:
		return ""
	case len(sc.s.Plans) == 0:
		return "given for plans that are not there any more"
	}
	return "given for other plans than these"
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
