package review

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/identity"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// scene is everything that is known of the people around one change.
type scene struct {
	s        *checks.Snapshot
	p        *policy.Policy
	findings []checks.Finding
	known    policy.Known

	contributions []identity.Contribution
	accounts      map[int64]checks.Account
	twice         map[int64]bool // account ids that are listed twice: nothing is sure about them
	humans        *humans
	newest        []checks.UserReview // the newest verdict of each account, by account id
	unattributed  []string            // why nobody can be named as operator; empty: somebody can
	gate          []checks.Path       // gate files that change
	gaps          []checks.Gap
	edit          *edit               // of the policy; nil when the change has none
	parents       map[string][]string // of the commits, see leftBase
}

func newScene(in checks.Input) *scene {
	sc := &scene{
		s: in.Snapshot, p: in.Policy, findings: in.Findings, known: in.Known,
		accounts: map[int64]checks.Account{}, twice: map[int64]bool{},
	}
	found := identity.Of(in)
	sc.contributions = found.Contributions
	for _, a := range sc.s.Review.Accounts {
		if old, ok := sc.accounts[a.ID]; ok {
			sc.twice[a.ID] = true
			a.Login = min(a.Login, old.Login) // whichever came first must not matter
		}
		sc.accounts[a.ID] = a
	}
	for _, f := range sc.s.Files {
		if isGateFile(sc.s, sc.p, f.Path) || leadsElsewhere(&f) {
			sc.gate = append(sc.gate, f.Path)
		}
	}
	slices.Sort(sc.gate)
	sc.examine()
	sc.newest = newestVerdicts(append(sc.attested(found.Approvals), sc.s.Review.Reviews...))
	for _, u := range sc.s.Review.Reviews {
		switch u.State {
		case checks.ReviewApproved, checks.ReviewChangesRequested, checks.ReviewCommented, checks.ReviewDismissed:
		default:
			sc.gap(fmt.Sprintf("Review %d has the state %q, which is not known.", u.ID, u.State))
		}
	}
	if sc.s.Review.Source == "github" && sc.s.Kind == checks.KindPullRequest && sc.s.PullRequest == nil {
		sc.gap("Nobody read the pull request itself, so it is not known which others have the same head.")
	}
	slices.SortFunc(sc.gaps, func(a, b checks.Gap) int { return strings.Compare(a.Message, b.Message) })
	sc.exclude()
	return sc
}

func (sc *scene) gap(msg string) {
	sc.gaps = append(sc.gaps, checks.Gap{
		Question: checks.QuestionReview, Kind: checks.GapEvidence, Message: msg,
		Remedy: "Collect the reviews again, complete.",
	})
}

// newestVerdicts reduces to each account's newest verdict, before anything else
// is asked of it. Filtering first would let an older approval stand up again
// when the newer verdict is dismissed. Comments are no verdicts.
func newestVerdicts(reviews []checks.UserReview) []checks.UserReview {
	byAccount := map[int64]checks.UserReview{}
	for _, u := range reviews {
		u = settle(u)
		if u.State != checks.ReviewApproved && u.State != checks.ReviewChangesRequested && u.State != checks.ReviewDismissed {
			continue
		}
		if old, ok := byAccount[u.Account]; !ok || compareAge(old, u) < 0 {
			byAccount[u.Account] = u
		}
	}
	out := make([]checks.UserReview, 0, len(byAccount))
	for _, u := range byAccount {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b checks.UserReview) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

// settle writes a dismissed review in one form, whichever way it was given.
func settle(u checks.UserReview) checks.UserReview {
	if u.DismissedBy != 0 && (u.State == checks.ReviewApproved || u.State == checks.ReviewChangesRequested) {
		u.Was, u.State = u.State, checks.ReviewDismissed
	}
	return u
}

// compareAge orders reviews by time, then id. What is left are two reviews with
// one id, which no platform gives: the one that demands more is taken as newer,
// so that their order in the input cannot matter.
func compareAge(a, b checks.UserReview) int {
	demand := map[checks.ReviewState]int{checks.ReviewApproved: 1, checks.ReviewDismissed: 2, checks.ReviewChangesRequested: 3}
	return cmp.Or(
		a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.ID, b.ID),
		cmp.Compare(demand[a.State], demand[b.State]), cmp.Compare(demand[a.Was], demand[b.Was]),
		cmp.Compare(a.DismissedBy, b.DismissedBy), a.EditedAt.Compare(b.EditedAt),
		cmp.Compare(a.Commit, b.Commit), cmp.Compare(a.Tree, b.Tree), slices.Compare(a.PlanDigests, b.PlanDigests), cmp.Compare(a.Body, b.Body),
	)
}

// login names an account for people to read.
func (sc *scene) login(id int64) string {
	if a, ok := sc.accounts[id]; ok && a.Login != "" {
		return a.Login
	}
	if r := sc.s.Review.Author; r != nil && r.ID == id && r.Login != "" {
		return r.Login
	}
	if id == 0 {
		return "a deleted account"
	}
	return "account " + strconv.FormatInt(id, 10)
}

// account returns what is known of an id: the whole account, or at least the id.
func (sc *scene) account(id int64) checks.Account {
	if a, ok := sc.accounts[id]; ok {
		return a
	}
	a := checks.Account{ID: id}
	if r := sc.s.Review.Author; r != nil && r.ID == id {
		a.Login = r.Login
	}
	return a
}

// isAgent reports whether an account is an agent's, by login or by address.
func (sc *scene) isAgent(a checks.Account) bool {
	if identity.IsAgentAccount(sc.p, a) {
		return true
	}
	for i := range sc.p.Agents {
		for _, e := range sc.p.Agents[i].Emails {
			if slices.ContainsFunc(a.Emails, func(x string) bool { return gitobject.FoldEmail(x) == gitobject.FoldEmail(e) }) {
				return true
			}
		}
	}
	return false
}

// isHuman reports whether an account is known to belong to a human being.
func (sc *scene) isHuman(id int64) bool {
	if id <= 0 || sc.twice[id] {
		return false
	}
	a := sc.account(id)
	if sc.isAgent(a) || identity.IsMachine(sc.p, a) {
		return false
	}
	if a.Type != "" {
		return a.Type == "User"
	}
	_, ok := identity.PersonOf(sc.p, a)
	return ok
}

// rank orders repository permissions. Unknown words are worth nothing.
func rank(permission string) int {
	switch permission {
	case "read":
		return 1
	case "triage":
		return 2
	case "write":
		return 3
	case "maintain":
		return 4
	case "admin":
		return 5
	}
	return 0
}

// wants is the rank a need asks for, never less than write. A word it does not
// know is met by nobody.
func wants(p policy.Permission) int {
	switch p {
	case "", policy.PermissionWrite:
		return rank("write")
	case policy.PermissionMaintain, policy.PermissionAdmin:
		return rank(string(p))
	}
	return rank("admin") + 1
}

// unfit says why an account can approve nothing here; empty when it can.
func (sc *scene) unfit(id int64) string {
	a, known := sc.accounts[id]
	switch {
	case id == 0:
		return "the account was deleted"
	case !known:
		return "nothing is known of this account: neither its type nor its permission"
	case sc.twice[id]:
		return "the account is listed twice, so nothing is sure about it"
	case sc.isAgent(a):
		return "an agent's account"
	case identity.IsMachine(sc.p, a):
		return "an account of automation (machine_users)"
	case a.Type != "User":
		return fmt.Sprintf("an account of type %q, not a user", a.Type)
	}
	if why := sc.humans.excluded(id); why != "" {
		return why
	}
	if rank(a.Permission) < rank("write") {
		return fmt.Sprintf("no write access now (%s)", cmp.Or(a.Permission, "unknown"))
	}
	return ""
}

// stale says why a review is not about what would merge now, as far as every
// tier asks for it; carried tells that the content is the same though the head
// is not, in which case the review is rightly older than the head.
func (sc *scene) stale(u *checks.UserReview, carried bool) string {
	seen := sc.s.Review.HeadSeenAt
	switch {
	case seen.IsZero():
		return "nobody recorded when this head was first seen, so no review is known to be about it"
	case u.SubmittedAt.IsZero():
		return "nobody recorded when it was submitted"
	case u.SubmittedAt.Before(seen) && !carried:
		return fmt.Sprintf("submitted at %s, before this head was first seen (%s)", clock(u.SubmittedAt), clock(seen))
	case u.SubmittedAt.After(sc.s.TakenAt):
		return fmt.Sprintf("submitted at %s, which is in the future", clock(u.SubmittedAt))
	case !u.EditedAt.IsZero() && !u.EditedAt.Equal(u.SubmittedAt):
		return "edited after it was submitted"
	}
	return ""
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
