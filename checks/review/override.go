package review

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// The first lines that ask for a break-glass and confirm one.
const (
	overrideLine = "claw-verified: override"
	confirmLine  = "claw-verified: confirm override"
	minReason    = 10 // characters
)

// override looks for a complete break-glass: one member who asks, with a reason,
// and others who confirm after that. Attempts that do not work are explained.
// With unread evidence none works: what could not be read was not seen by those
// who override either, and a refusal beside it must not hide that.
func (sc *scene) override(unread bool) (*checks.Override, []checks.Finding) {
	var asked, confirmed []checks.UserReview
	why := map[int]string{} // index into asked -> what is wrong
	var badConfirms []string
	reviews := sortedReviews(sc.s.Review.Reviews)
	slices.SortStableFunc(reviews, compareAge)
	for i := range reviews {
		u := &reviews[i]
		line := firstLine(u.Body)
		if line == confirmLine {
			if bad := sc.breaks(u); bad != "" {
				badConfirms = append(badConfirms, fmt.Sprintf("the confirmation by %s does not count: %s", sc.login(u.Account), bad))
			} else {
				confirmed = append(confirmed, *u)
			}
			continue
		}
		reason, ok := overrideReason(line)
		if !ok {
			continue
		}
		bad := sc.breaks(u)
		if bad == "" && unread {
			bad = "something could not be read, and nobody can override what nobody has seen"
		}
		if bad == "" && utf8.RuneCountInString(reason) < minReason {
			bad = fmt.Sprintf("the reason has fewer than %d characters", minReason)
		}
		if bad != "" {
			why[len(asked)] = bad
		}
		asked = append(asked, *u)
	}
	var complete *checks.Override
	var out []checks.Finding
	for i := range asked {
		u := &asked[i]
		by := sc.login(u.Account)
		bad := why[i]
		if bad == "" {
			who, idle := sc.confirmers(u, confirmed)
			want := max(1, sc.p.BreakGlass.Confirm)
			if len(who) >= want {
				reason, _ := overrideReason(firstLine(u.Body))
				complete = &checks.Override{By: by, Confirmed: who, Reason: reason} // the newest one wins
				continue
			}
			bad = fmt.Sprintf("%d of %s", len(who), checks.Plural(want, "confirmation", "confirmations"))
			if idle = append(idle, badConfirms...); len(idle) > 0 {
				bad += " (" + strings.Join(idle, "; ") + ")"
			}
		}
		out = append(out, ruleOverrideIncomplete.New(
			checks.Subject{Kind: checks.SubjectPerson, Name: by, Note: fmt.Sprintf("review %d", u.ID)},
			fmt.Sprintf("The break-glass by %s does not work: %s.", by, bad)))
	}
	if complete != nil {
		out = nil // what was tried before it worked is of no interest
	}
	return complete, out
}

// breaks says why a review can neither ask for nor confirm a break-glass.
func (sc *scene) breaks(u *checks.UserReview) string {
	b := sc.p.BreakGlass
	if b == nil {
		return "the policy has no break_glass"
	}
	if u.State == checks.ReviewDismissed {
		return "the review was dismissed"
	}
	if why := sc.unfit(u.Account); why != "" {
		return why
	}
	member := sc.fits(u.Account, &tier{need: []policy.Need{{Teams: b.Teams, People: b.People}}})
	if len(b.Teams)+len(b.People) == 0 || !member[0] {
		return "not a member of break_glass"
	}
	if sc.s.Head.Commit == "" || u.Commit != sc.s.Head.Commit {
		return fmt.Sprintf("given for commit %s, not for this head (%s)", orUnknown(short(u.Commit)), short(sc.s.Head.Commit))
	}
	if why := sc.stale(u, false); why != "" {
		return why
	}
	if age := sc.s.TakenAt.Sub(u.SubmittedAt); age > time.Duration(b.Expires) {
		return fmt.Sprintf("expired: submitted at %s, good for %s", clock(u.SubmittedAt), time.Duration(b.Expires))
	}
	for i := range sc.newest {
		if v := &sc.newest[i]; v.Account == u.Account && v.State != checks.ReviewApproved && compareAge(*v, *u) >= 0 {
			return "taken back: a newer verdict of the account asks for changes or was dismissed"
		}
	}
	return ""
}

// confirmers lists the logins of different people, other than who asked, who
// confirmed after the asking: nobody confirms in advance. Idle says why others did not.
func (sc *scene) confirmers(asked *checks.UserReview, confirmed []checks.UserReview) (out, idle []string) {
	asker := sc.humans.root(asked.Account)
	seen := map[string]bool{}
	for i := range confirmed {
		c := &confirmed[i]
		by, who := sc.login(c.Account), sc.humans.root(c.Account)
		switch {
		case who == asker:
			idle = append(idle, fmt.Sprintf("the confirmation by %s does not count: it is the person who asked", by))
		case c.SubmittedAt.Before(asked.SubmittedAt):
			idle = append(idle, fmt.Sprintf("the confirmation by %s does not count: it was there before anybody asked", by))
		case !seen[who]:
			seen[who] = true
			out = append(out, by)
		}
	}
	slices.Sort(out)
	return out, idle
}

func overrideReason(line string) (reason string, ok bool) {
	rest, ok := strings.CutPrefix(line, overrideLine)
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

func firstLine(body string) string {
	line, _, _ := strings.Cut(body, "\n")
	return strings.TrimRight(line, " \t\r")
}

func overrideFinding(s *checks.Snapshot, o *checks.Override) checks.Finding {
	return ruleOverride.New(checks.Subject{Kind: checks.SubjectChange, Name: s.Head.Commit},
		fmt.Sprintf("%s overrides whatever was found, confirmed by %s. The reason given: %s.", o.By, list(o.Confirmed, "and"), strings.TrimRight(o.Reason, ".")))
}
