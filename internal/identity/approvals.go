package identity

import (
	"cmp"
	"slices"
	"time"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

// Approval is a person's approval that an attestor of the policy tells of: gittuf's
// app, which saw it on GitHub. The attestor is believed, as far as the policy lists
// it; whether the person may approve is looked at as for every review.
type Approval struct {
	attestation.Approval
	By       string    // "attestor forge"
	Where    string    // the carrier and its name; foreign text
	SignedAt time.Time // verified by a log or a timestamping authority; zero when nothing says so
}

// approvals lists what attestors tell of this repository, as far as they name one, in
// an order that is not that of the carriers.
func (e *evidence) approvals(repository string) []Approval {
	var out []Approval
	for _, j := range e.work {
		v := &j.verified
		if j.err != nil || v.Kind != attestation.KindApproval || v.Attestor == "" || v.Statement == nil || attestation.InRepository(v, repository) != nil {
			continue
		}
		for _, a := range v.Approvals {
			out = append(out, Approval{Approval: a, By: signerOf(v), Where: whereOf(&j.item), SignedAt: v.SignedAt})
		}
	}
	slices.SortFunc(out, func(a, b Approval) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), a.SignedAt.Compare(b.SignedAt), cmp.Compare(a.Tree, b.Tree), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Where, b.Where))
	})
	return out
}
