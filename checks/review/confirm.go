package review

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/checks"
)

// A confirmation is of one asking. Where one member alone has asked it need not say
// which; where more have, it names the member:
//
//	claw-verified: confirm override by LOGIN
//
// Of one member's askings it is of the last that was there when it was given: whoever
// confirms has seen that reason, and no later one.
const byWord = " by "

// asking is a review that asks for a break-glass.
type asking struct {
	checks.UserReview
	bad   string    // why it has no effect
	stood bool      // it asked properly when it was submitted, whatever became of it
	until time.Time // when the same person asked again; zero: they did not
}

// confirmation is a review that confirms one.
type confirmation struct {
	checks.UserReview
	whom  string   // the login that it names; empty where it names none
	wrong bool     // it is almost one
	among []string // who had asked by then, where it does not say whom it is for
}

// confirms reads the first line of a confirmation.
func confirms(line string) (c confirmation, ok bool) {
	rest, ok := strings.CutPrefix(line, confirmLine)
	switch {
	case !ok || rest != "" && rest[0] != ' ':
		return c, false
	case rest == "":
		return c, true
	}
	c.whom, ok = strings.CutPrefix(rest, byWord)
	c.wrong = !ok || c.whom == "" || strings.ContainsAny(c.whom, " \t")
	return c, true
}

// told finds until when each asking is its member's last, and which confirmations could be
// of more than one member's. An asking that was
// taken back or has expired since counts too: what was confirmed does not change by what
// somebody does later.
func (sc *scene) told(asked []asking, confirmed []confirmation) {
	last := map[string]int{}
	for k := range asked {
		if !asked[k].stood {
			continue
		}
		who := sc.humans.root(asked[k].Account)
		if before, ok := last[who]; ok {
			asked[before].until = asked[k].SubmittedAt
		}
		last[who] = k
	}
	for i := range confirmed {
		c := &confirmed[i]
		if c.whom != "" {
			continue
		}
		people := map[string]bool{sc.humans.root(c.Account): true} // nobody confirms their own
		for k := range asked {
			a := &asked[k]
			if who := sc.humans.root(a.Account); a.stood && !people[who] && !c.SubmittedAt.Before(a.SubmittedAt) {
				people[who] = true
				c.among = append(c.among, sc.login(a.Account))
			}
		}
		slices.Sort(c.among)
	}
}

// confirmers lists the logins of different people, other than who asked, who
// confirmed after the asking: nobody confirms in advance. Idle says why others did not.
func (sc *scene) confirmers(asked *asking, confirmed []confirmation) (out, idle []string) {
	asker := sc.humans.root(asked.Account)
	seen := map[string]bool{}
	for i := range confirmed {
		c := &confirmed[i]
		by, who := sc.login(c.Account), sc.humans.root(c.Account)
		why := ""
		switch {
		case c.whom != "" && !strings.EqualFold(c.whom, sc.login(asked.Account)):
			why = fmt.Sprintf("it is for a break-glass by %.80q", c.whom)
		case who == asker:
			why = "it is the person who asked"
		case c.SubmittedAt.Before(asked.SubmittedAt):
			why = "it was there before anybody asked"
		case len(c.among) > 1:
			why = fmt.Sprintf("%s had asked by then, and it does not say whom it is for", list(c.among, "and"))
		case !asked.until.IsZero() && !c.SubmittedAt.Before(asked.until):
			why = "it came after they had asked again"
		}
		if why != "" {
			idle = append(idle, fmt.Sprintf("the confirmation by %s does not count: %s", by, why))
		} else if !seen[who] {
			seen[who] = true
			out = append(out, by)
		}
	}
	slices.Sort(out)
	return out, idle
}

// toConfirm says who could still confirm a break-glass, and how.
func (sc *scene) toConfirm(asked *asking, confirmed []string, all []asking) string {
	asker := sc.humans.root(asked.Account)
	line := confirmLine
	for i := range all {
		if all[i].stood && sc.humans.root(all[i].Account) != asker {
			line = confirmLine + byWord + sc.login(asked.Account)
		}
	}
	part := map[string]bool{asker: true}
	for _, a := range sc.s.Review.Accounts {
		if slices.Contains(confirmed, sc.login(a.ID)) {
			part[sc.humans.root(a.ID)] = true
		}
	}
	var could []string
	for _, a := range sc.s.Review.Accounts {
		if !part[sc.humans.root(a.ID)] && sc.unfit(a.ID) == "" && sc.breaker(a.ID) {
			could = append(could, sc.login(a.ID))
		}
	}
	slices.Sort(could)
	how := fmt.Sprintf("with a review of this head whose first line is %q", line)
	if len(could) == 0 {
		return "another member of break_glass has to confirm, " + how
	}
	return few(slices.Compact(could)) + " can confirm, " + how
}
