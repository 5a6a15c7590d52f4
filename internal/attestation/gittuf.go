package attestation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// gittufApproval is gittuf's github-pull-request-approval v0.1 as its program writes
// it.
type gittufApproval struct {
	TargetRef          string   `json:"targetRef"`
	FromRevisionID     string   `json:"fromRevisionID"`
	TargetTreeID       string   `json:"targetTreeID"`
	Approvers          []string `json:"approvers"`
	DismissedApprovers []string `json:"dismissedApprovers"`
}

// interpretGittuf reads who approved a tree. The signer is an app that saw the
// approvals on GitHub: it is believed as an attestor, never as the people it names.
//
// gittuf leaves a person on the list of dismissals who approves again, so somebody
// on both lists may have done either last. Such a person does not count.
func interpretGittuf(v *Verified) error {
	v.Kind = KindApproval
	var p gittufApproval
	if err := decode(v.Statement.Predicate, &p, true); err != nil {
		return fmt.Errorf("read gittuf approval: %w", err)
	}
	switch {
	case !gitobject.IsFullID(p.TargetTreeID):
		return fmt.Errorf("read gittuf approval: %w: /targetTreeID is no full object id", ErrMalformed)
	case !gitobject.IsID(p.FromRevisionID, len(p.TargetTreeID)):
		return fmt.Errorf("read gittuf approval: %w: /fromRevisionID is no full object id", ErrMalformed)
	case !strings.HasPrefix(p.TargetRef, "refs/heads/") || word(p.TargetRef) != nil:
		return fmt.Errorf("read gittuf approval: %w: /targetRef %s is no branch", ErrMalformed, quote(p.TargetRef))
	case len(p.Approvers) > maxListed || len(p.DismissedApprovers) > maxListed:
		return fmt.Errorf("read gittuf approval: %w: more than %d people", ErrTooLarge, maxListed)
	}
	// The subject is what the signature is found by, the predicate what gittuf means.
	if len(v.Statement.Subject) != 1 || v.Statement.Subject[0].Digest["gitTree"] != p.TargetTreeID {
		return fmt.Errorf("read gittuf approval: %w: its subject is not the tree that its predicate names", ErrMalformed)
	}
	dismissed, err := approvers(p.DismissedApprovers)
	if err != nil {
		return fmt.Errorf("read gittuf approval: /dismissedApprovers: %w", err)
	}
	approved, err := approvers(p.Approvers)
	if err != nil {
		return fmt.Errorf("read gittuf approval: /approvers: %w", err)
	}
	for _, who := range approved {
		if slices.ContainsFunc(dismissed, func(d Approval) bool { return samePerson(who, d) }) {
			v.Notes = append(v.Notes, note("%s is told as approving and as dismissed, and which was last is not told: not counted.", who.Login))
			continue
		}
		v.Approvals = append(v.Approvals, who)
	}
	for _, who := range dismissed {
		who.Dismissed = true
		v.Approvals = append(v.Approvals, who)
	}
	for i := range v.Approvals {
		v.Approvals[i].Tree, v.Approvals[i].Ref, v.Approvals[i].From = p.TargetTreeID, p.TargetRef, p.FromRevisionID
	}
	v.Notes = append(v.Notes, note("Approved as a change of %s from commit %s.", p.TargetRef, p.FromRevisionID))
	return nil
}

// approvers takes "login+id" apart, the form in which gittuf's app names accounts. A
// login alone stays without a number: it may have been renamed since. One person is
// listed once.
func approvers(names []string) ([]Approval, error) {
	var people []Approval
	for _, s := range names {
		a := Approval{Login: s}
		if login, digits, ok := strings.Cut(s, "+"); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil || n <= 0 || strconv.FormatInt(n, 10) != digits {
				return nil, fmt.Errorf("%w: %s is neither a login nor login+id", ErrMalformed, quote(s))
			}
			a = Approval{Login: login, AccountID: n}
		}
		if a.Login == "" || id(a.Login) != nil || len(a.Login) > maxWord {
			return nil, fmt.Errorf("%w: %s is neither a login nor login+id", ErrMalformed, quote(s))
		}
		if !slices.ContainsFunc(people, func(b Approval) bool { return samePerson(a, b) }) {
			people = append(people, a)
		}
	}
	return people, nil
}

// samePerson goes by account, and by login where one of them has no account's
// number. Logins do not differ by case.
func samePerson(a, b Approval) bool {
	if a.AccountID != 0 && b.AccountID != 0 {
		return a.AccountID == b.AccountID
	}
	return strings.EqualFold(a.Login, b.Login)
}
