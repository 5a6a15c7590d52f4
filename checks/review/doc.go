// Package review answers "who agreed?".
//
// It decides which approvals count, whether there are enough of them, from the
// right people, for exactly this content, and whether somebody objects.
//
// An approval counts when it comes from an account that is known by id, is a
// User, is neither an agent nor automation, may write to the repository now, and
// belongs to nobody who made, pushed or commissioned the change; when it is that
// account's newest verdict; and when it was given for this head (or this tree, or
// these plans, as the policy's tier binds it) after we first saw this head. All
// other approvals are listed with the reason why they do not count.
//
// Excluding and counting use different knowledge. Whatever could be one human
// being (accounts that share an id, a login or an e-mail address with a listed
// person or with each other) is excluded together and fills one seat. Whether an
// account is a member of a team or a list is decided by its id. So a name that
// anybody can type may cost an approval and can never win one.
//
// What a platform records beside a review can move, so a review can say itself what it
// is for (see quote.go), and an approval of an earlier head is carried over only with
// proof that the same would be merged (see carry.go). Labels, siblings, drafts and
// whatever else somebody can set add demands or words, and never take a demand away.
//
// Checks of others that the policy names must have passed for this head, from who is
// named (see others.go).
//
// It trusts the policy of the base, with the organisation's floors, and the snapshot's
// reviews, which are as true as their source. The policy of the head decides nothing:
// one that the next judge could not use is refused, and what any other would change is
// told.
package review

import (
	"slices"

	"github.com/claw-verified/claw-verified/checks"
)

// Check implements checks.Check.
type Check struct{}

// Question implements checks.Check.
func (Check) Question() checks.Question { return checks.QuestionReview }

// Evaluate implements checks.Check.
func (Check) Evaluate(in checks.Input) checks.Result {
	sc := newScene(in)
	tiers := sc.tiers()
	tables := make([]*table, len(tiers))
	for i, t := range tiers {
		tables[i] = sc.fill(t)
	}
	owners, ownerGaps, ownersChecked := sc.owners(tables)
	vetoes, gaps := sc.vetoes()
	talks, talkGaps := sc.conversations()
	others, otherGaps := sc.otherChecks()
	gaps = slices.Concat(sc.gaps, gaps, ownerGaps, talkGaps, otherGaps)
	override, incomplete := sc.override(len(in.Gaps)+len(gaps) > 0)

	r := checks.Result{Override: override, Gaps: gaps, Approvals: sc.approvals(tables)}
	r.Findings = append(r.Findings, vetoes...)
	r.Findings = append(r.Findings, sc.policyChange(tiers)...)
	r.Findings = append(r.Findings, sc.gateFiles(tiers)...)
	r.Findings = append(r.Findings, sc.unattributedFinding()...)
	r.Findings = append(r.Findings, uncovered(tiers)...)
	r.Findings = append(r.Findings, owners...)
	r.Findings = append(r.Findings, talks...)
	r.Findings = append(r.Findings, others...)
	r.Findings = append(r.Findings, sc.siblings()...)
	r.Findings = append(r.Findings, sc.offered()...)
	r.Findings = append(r.Findings, incomplete...)
	if override != nil {
		r.Findings = append(r.Findings, overrideFinding(in.Snapshot, override))
	}
	for _, t := range tables {
		r.Waiting = append(r.Waiting, t.waiting(sc)...)
	}
	r.Summary = sc.summary(tables, vetoes)
	r.Checked = append(sc.checked(tiers), ownersChecked...)
	r.NotProved = sc.notProved()
	return r
}

func (sc *scene) notProved() []string {
	out := []string{"That the people who approved understood what they approved."}
	switch sc.s.Review.Source {
	case "github":
	case "file":
		out = append(out, "That the reviews are real: they were read from a file and are as true as whoever wrote it.")
	default:
		out = append(out, "Anything about reviews: none were given.")
	}
	for i := range sc.p.People {
		if who := &sc.p.People[i]; len(who.GitHubIDs) == 0 && len(who.Logins) > 0 {
			out = append(out, "That a login still belongs to the same person, for people whom the policy lists without github_ids: a login can be given up and taken by somebody else.")
			break
		}
	}
	return out
}
