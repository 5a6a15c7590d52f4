package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// An approval can say itself what it is for, in its first line:
//
//	/approve <full id of the head> [plan:<digest>]...
//
// What a platform records beside a review (the commit, the time) it can move later:
// "update branch" has been seen to put an old review on the new head. The text is the
// person's own, and an edited review does not count. So where a tier asks for the line
// nothing else says what was approved, and where none does, a line that names another
// commit still means that other commit.
const (
	approveWord = "/approve"
	planPrefix  = "plan:"
)

// quote is a first line that says what was approved.
type quote struct {
	head  string   // full id; empty when there is no such line
	plans []string // digests, in the order they stand there
	wrong string   // why a line that begins like one is none
}

// quoteOf reads the first line of a review strictly: one space between words, and no
// word more. "/approve abc, except the firewall" is no approval of anything.
func quoteOf(body string) quote {
	line := firstLine(body)
	rest, ok := strings.CutPrefix(line, approveWord)
	switch {
	case !ok:
		return quote{}
	case rest == "":
		return quote{wrong: "it names no commit"}
	case rest[0] != ' ':
		return quote{} // another word that begins alike
	}
	head, rest, more := strings.Cut(rest[1:], " ")
	if !gitobject.IsFullID(head) {
		return quote{wrong: "it does not name a commit by its full id, in lower case"}
	}
	q := quote{head: head}
	for more {
		var word string
		word, rest, more = strings.Cut(rest, " ")
		digest, ok := strings.CutPrefix(word, planPrefix)
		switch {
		case !ok:
			return quote{wrong: "it has words beside the commit and the plans"}
		case !isDigest(digest):
			return quote{wrong: "it names a plan by something that is no digest of one"}
		}
		q.plans = append(q.plans, digest)
	}
	return q
}

// isDigest reports whether a text is the digest of a plan's bytes or of its change set.
func isDigest(s string) bool {
	hexa, ok := strings.CutPrefix(strings.TrimPrefix(s, "changes-v1:"), "sha256:")
	return ok && gitobject.IsID(hexa, 64)
}

// namedPlans are the plans that a review names: those recorded beside it, else those
// of its first line. Where the tier asks for the line, it alone says so.
func namedPlans(u *checks.UserReview, t *tier) []string {
	if len(u.PlanDigests) > 0 && !t.quote {
		return u.PlanDigests
	}
	return quoteOf(u.Body).plans
}

// misquoted says why the first line of a review keeps it from counting.
func (sc *scene) misquoted(u *checks.UserReview, t *tier) string {
	q := quoteOf(u.Body)
	switch {
	case q.head != "" && q.head != u.Commit:
		return fmt.Sprintf("its first line approves commit %s, not this head (%s)", short(q.head), short(sc.s.Head.Commit))
	case !t.quote || q.head != "":
		return ""
	case q.wrong != "":
		return fmt.Sprintf("its first line does not say what was approved: %s; %s", q.wrong, sc.toName(t))
	}
	return "its first line does not say what was approved, which the policy asks for; " + sc.toName(t)
}

// toName says what a review has to name, in the words that its author can use.
func (sc *scene) toName(t *tier) string {
	if line := sc.askedLine(t); line != "" {
		return fmt.Sprintf("it has to be %q", line)
	}
	return "it has to name " + sc.planNames()
}

// askedLine is what an approval in the tier has to begin with; empty where any text
// will do. Live reviews carry no digests, so there the line is how a plan is named.
func (sc *scene) askedLine(t *tier) string {
	binds := t.plan && len(sc.s.Plans) > 0
	asked := t.quote || binds && sc.s.Review.Source == "github"
	if !asked || !gitobject.IsFullID(sc.s.Head.Commit) {
		return ""
	}
	line := approveWord + " " + sc.s.Head.Commit
	if !binds {
		return line
	}
	for i := range sc.s.Plans {
		name := planName(&sc.s.Plans[i])
		if name == "" {
			return "" // nothing can be bound to it, and the reason says so
		}
		line += " " + planPrefix + name
	}
	return line
}

// planName is the digest that an approval had best name: one that is given again for a
// plan that would do the same is the same, so that of the change set where there is one.
func planName(p *checks.Plan) string {
	if p.Changeset != "" && p.Digest != "" {
		return p.Changeset
	}
	return p.Digest
}

// planNames are the digests that a review has to name.
func (sc *scene) planNames() string {
	if len(sc.s.Plans) > 1 {
		return fmt.Sprintf("the digest of each of the %d plans", len(sc.s.Plans))
	}
	i := slices.IndexFunc(sc.s.Plans, func(p checks.Plan) bool { return planName(&p) != "" })
	if i < 0 {
		return "the plan"
	}
	return planName(&sc.s.Plans[i])
}
