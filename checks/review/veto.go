package review

import (
	"fmt"

	"github.com/claw-verified/claw-verified/checks"
)

// vetoes finds the objections that stand. An objection never loses its force by
// anything its author did not do: not by a new head, not by being dismissed by
// somebody else, not because its author is excluded from approving, and not because
// somebody lists its author's login or address under an agent or as automation: such
// names only take approvals away. Only the platform itself can say that an account is
// no person's.
func (sc *scene) vetoes() (out []checks.Finding, gaps []checks.Gap) {
	for i := range sc.newest {
		u := &sc.newest[i]
		said, objects := sc.objection(u)
		if !objects {
			continue
		}
		who := sc.login(u.Account)
		subject := checks.Subject{Kind: checks.SubjectPerson, Name: who, Note: fmt.Sprintf("review %d", u.ID)}
		a, known := sc.accounts[u.Account]
		switch {
		case u.Account == 0:
			out = append(out, ruleVetoNoted.New(subject, "A deleted account "+said+"; it does not stand in the way."))
		case known && !sc.twice[u.Account] && a.Type != "" && a.Type != "User":
			out = append(out, ruleVetoNoted.New(subject, fmt.Sprintf("%s %s; it is no person, so this does not stand in the way.", who, said)))
		case !known || sc.twice[u.Account] || a.Type == "" || rank(a.Permission) == 0 && a.Permission != "none":
			gaps = append(gaps, checks.Gap{
				Question: checks.QuestionReview, Kind: checks.GapEvidence,
				Message: fmt.Sprintf("%s %s, and nothing certain is known of the account's type and permission.", who, said),
				Remedy:  "List the account once among the accounts, with its type and its permission.",
			})
		case rank(a.Permission) < rank("write"):
			out = append(out, ruleVetoNoted.New(subject, fmt.Sprintf("%s %s, without write access (%s); it does not stand in the way.", who, said, a.Permission)))
		default:
			out = append(out, ruleVeto.New(subject, fmt.Sprintf("%s %s.", who, said)))
		}
	}
	return out, gaps
}

// objection says whether a newest verdict objects, and in what words.
func (sc *scene) objection(u *checks.UserReview) (said string, objects bool) {
	if u.State == checks.ReviewChangesRequested {
		return "asks for changes", true
	}
	if u.State != checks.ReviewDismissed || u.Was == checks.ReviewApproved || u.DismissedBy != 0 && u.DismissedBy == u.Account {
		return "", false
	}
	by := "and it is not known who dismissed that review"
	if u.DismissedBy != 0 {
		by = fmt.Sprintf("and %s dismissed that review, which only its author can do", sc.login(u.DismissedBy))
	}
	if u.Was == checks.ReviewChangesRequested {
		return "asked for changes, " + by, true
	}
	return "gave a verdict that may have asked for changes, " + by, true
}
