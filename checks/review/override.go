package review

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// The first lines that ask for a break-glass and confirm one.
const (
	overrideLine = "claw-verified: override"
	confirmLine  = "claw-verified: confirm override"
	minReason    = 10 // letters or digits
)

// override looks for a complete break-glass: one member who asks, with a reason,
// and others who confirm after that. Attempts that do not work are explained.
// With unread evidence none works: what could not be read was not seen by those
// who override either, and a refusal beside it must not hide that.
func (sc *scene) override(unread bool) (*checks.Override, []checks.Finding) {
	var asked []asking
	var confirmed []confirmation
	var badConfirms []string
	reviews := sortedReviews(sc.s.Review.Reviews)
	slices.SortStableFunc(reviews, compareAge)
	for i := range reviews {
		u := &reviews[i]
		line := firstLine(u.Body)
		if c, ok := confirms(line); ok {
			bad := sc.breaks(u)
			if bad == "" && c.wrong {
				bad = fmt.Sprintf("its first line has to be %q, or %q", confirmLine, confirmLine+byWord+"LOGIN")
			}
			if bad != "" {
				badConfirms = append(badConfirms, fmt.Sprintf("the confirmation by %s does not count: %s", sc.login(u.Account), bad))
			} else {
				c.UserReview = *u
				confirmed = append(confirmed, c)
			}
			continue
		}
		reason, ok := overrideReason(line)
		if !ok {
			continue
		}
		a := asking{UserReview: *u, bad: sc.breaks(u)}
		if a.bad == "" && unread {
			a.bad = "something could not be read, and nobody can override what nobody has seen"
		}
		wrong := wrongReason(reason)
		if a.bad == "" {
			a.bad = wrong
		}
		a.stood = wrong == "" && sc.barred(u) == ""
		asked = append(asked, a)
	}
	sc.told(asked, confirmed)
	var complete *checks.Override
	var out []checks.Finding
	for i := range asked {
		u := &asked[i]
		by := sc.login(u.Account)
		bad := u.bad
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
			bad += "; " + sc.toConfirm(u, who, asked)
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
	if why := sc.barred(u); why != "" {
		return why
	}
	if u.State == checks.ReviewDismissed {
		return "the review was dismissed"
	}
	if why := sc.stale(u, false); why != "" { // edited: of the rest it is not barred
		return why
	}
	if expires := time.Duration(sc.p.BreakGlass.Expires); sc.s.TakenAt.Sub(u.SubmittedAt) > expires {
		return fmt.Sprintf("expired: submitted at %s, good for %s", clock(u.SubmittedAt), expires)
	}
	for i := range sc.newest {
		if v := &sc.newest[i]; v.Account == u.Account && v.State != checks.ReviewApproved && compareAge(*v, *u) >= 0 {
			return "taken back: a newer verdict of the account asks for changes or was dismissed"
		}
	}
	return ""
}

// barred says why a review never could, as far as nothing that came after it is the cause.
func (sc *scene) barred(u *checks.UserReview) string {
	b := sc.p.BreakGlass
	if b == nil {
		return "the policy has no break_glass"
	}
	if why := sc.unfit(u.Account); why != "" {
		return why
	}
	if len(b.Teams)+len(b.People) == 0 || !sc.breaker(u.Account) {
		return "not a member of break_glass"
	}
	if sc.s.Head.Commit == "" || u.Commit != sc.s.Head.Commit {
		return fmt.Sprintf("given for commit %s, not for this head (%s)", orUnknown(short(u.Commit)), short(sc.s.Head.Commit))
	}
	first := *u
	first.EditedAt = time.Time{}
	return sc.stale(&first, false)
}

// breaker reports whether an account is a member of break_glass.
func (sc *scene) breaker(id int64) bool {
	b := sc.p.BreakGlass
	return sc.fits(id, &tier{need: []policy.Need{{Teams: b.Teams, People: b.People}}})[0]
}

func overrideReason(line string) (reason string, ok bool) {
	rest, ok := strings.CutPrefix(line, overrideLine)
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// wrongReason says why a text is no reason that could be read afterwards.
func wrongReason(reason string) string {
	words := 0
	for _, c := range reason {
		switch {
		case unicode.In(c, unicode.Cf, unicode.Cc, unicode.Bidi_Control):
			return fmt.Sprintf("the reason has a character that nobody sees, or that turns the others round (%U)", c)
		case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c): // a letter to Unicode, and blank
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			words++
		}
	}
	if words < minReason {
		return fmt.Sprintf("the reason has fewer than %d letters or digits", minReason)
	}
	return ""
}

func firstLine(body string) string {
	line, _, _ := strings.Cut(body, "\n")
	return strings.TrimRight(line, " \t\r")
}

func overrideFinding(s *checks.Snapshot, o *checks.Override) checks.Finding {
	return ruleOverride.New(checks.Subject{Kind: checks.SubjectChange, Name: s.Head.Commit},
		fmt.Sprintf("%s overrides whatever was found, confirmed by %s. The reason given: %s.", o.By, list(o.Confirmed, "and"), strings.TrimRight(o.Reason, ".")))
}
