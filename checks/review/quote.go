package review

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
// commit still means that other commit. And a line that was meant to be one and is not
// exactly one says that its author meant something, and not what: such an approval counts
// nowhere.
const (
	approveWord = "/approve"
	planPrefix  = "plan:"
)

// quote is a first line that says what was approved.
type quote struct {
	head  string   // full id; empty when there is no such line
	plans []string // digests, in the order they stand there
	wrong string   // why a line that was meant to be one is none
}

// quoteOf reads the first line of a review strictly: one space between words, and no
// word more. "/approve abc, except the firewall" is no approval of anything.
func quoteOf(body string) quote {
	line := firstLine(body)
	rest, ok := strings.CutPrefix(line, approveWord)
	switch {
	case !ok && meant(body):
		return quote{wrong: fmt.Sprintf("it does not begin with %q, letter by letter", approveWord)}
	case !ok:
		return quote{}
	case rest == "":
		return quote{wrong: "it names no commit"}
	case rest[0] != ' ' && meant(body):
		return quote{wrong: fmt.Sprintf("after %q has to stand one space", approveWord)}
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

// meant reports whether the first line that has something on it begins with the word, but
// for letter case, for what nobody sees, and for the signs that quote or set off a text.
func meant(body string) bool {
	unseen := func(c rune) bool { return unicode.IsSpace(c) || unicode.In(c, unicode.Cf, unicode.Cc, unicode.Zs) }
	rest := strings.TrimLeftFunc(body, func(c rune) bool { return unseen(c) || strings.ContainsRune(">`*_~-+#\"'(", c) })
	rest = strings.Map(func(c rune) rune {
		if unicode.In(c, unicode.Cf) {
			return -1
		}
		return unicode.ToLower(c)
	}, firstLine(rest))
	rest, ok := strings.CutPrefix(rest, approveWord)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && !strings.ContainsRune("-_/", next))
}

// isDigest reports whether a text is the digest of a plan's bytes or of its change set.
func isDigest(s string) bool {
	hexa, ok := strings.CutPrefix(strings.TrimPrefix(s, "changes-v1:"), "sha256:")
	return ok && gitobject.IsID(hexa, 64)
}

// namedPlans are the plans that a review names, once for each that says so: its own first
// line, and what was recorded beside it. Nobody's record stands in for a line that names
// plans, nor for one that is asked for.
func namedPlans(u *checks.UserReview, t *tier) [][]string {
	line, recorded := quoteOf(u.Body).plans, u.PlanDigests
	switch {
	case len(recorded) == 0:
		return [][]string{line}
	case len(line) == 0 && !t.quote:
		return [][]string{recorded}
	}
	return [][]string{line, recorded}
}

// asQuoted is a review as its own first line has it. Where the platform moved its pointer
// to this head, the line names an earlier one, and the tier takes an approval of that for
// the same content, the review is judged by the commit that it names: if that commit's
// tree is known, from the commits themselves or from another review of it.
func (sc *scene) asQuoted(u *checks.UserReview, t *tier) *checks.UserReview {
	q := quoteOf(u.Body)
	if !t.tree || q.head == "" || q.head == u.Commit || u.Commit != sc.s.Head.Commit {
		return u
	}
	tree, from := sc.recorded(q.head)
	if tree == "" {
		return u
	}
	v := *u
	v.Commit, v.Tree, v.MergeBase = q.head, tree, from
	return &v
}

// recorded is the tree of a commit and where it left the base, as far as it is known;
// what is told in two ways is not.
func (sc *scene) recorded(commit string) (tree, from string) {
	trees, bases := []string{}, []string{}
	for i := range sc.s.Commits {
		if sc.s.Commits[i].ID == commit {
			if c, err := gitobject.Parse(sc.s.Commits[i].Object, sc.s.Repository.ObjectFormat); err == nil {
				trees = append(trees, c.Tree)
			}
		}
	}
	for i := range sc.s.Review.Reviews {
		if u := &sc.s.Review.Reviews[i]; u.Commit == commit {
			trees, bases = append(trees, u.Tree), append(bases, u.MergeBase)
		}
	}
	return theOne(trees), theOne(bases)
}

// theOne is the only text of a list that is not empty; "" when there are two.
func theOne(list []string) string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	slices.Sort(list)
	if list = slices.Compact(list); len(list) != 1 {
		return ""
	}
	return list[0]
}

// misquoted says why the first line of a review keeps it from counting.
func (sc *scene) misquoted(u *checks.UserReview, t *tier) string {
	q := quoteOf(u.Body)
	switch {
	case q.head != "" && q.head != u.Commit:
		return fmt.Sprintf("its first line approves commit %s, not this head (%s)", short(q.head), short(sc.s.Head.Commit))
	case q.wrong != "":
		return fmt.Sprintf("its first line does not say what was approved: %s; %s", q.wrong, sc.toWrite(t))
	case !t.quote || q.head != "":
		return ""
	}
	return "its first line does not say what was approved, which the policy asks for; " + sc.toName(t)
}

// toName says what a review has to name, in the words that its author can use. A line
// that is asked for is told once, with the seat, where it can be copied whole.
func (sc *scene) toName(t *tier) string {
	if sc.askedLine(t) != "" {
		return "it has to be the line that is asked for"
	}
	return "it has to name " + sc.planNames()
}

// toWrite says what the first line has to be, or that it could say anything else.
func (sc *scene) toWrite(t *tier) string {
	if sc.askedLine(t) != "" {
		return sc.toName(t)
	}
	return fmt.Sprintf("it has to be %q, or not to begin like that", approveWord+" "+sc.s.Head.Commit)
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
		name := sc.planName(i)
		if name == "" {
			return "" // nothing can be bound to it, and the reason says so
		}
		line += " " + planPrefix + name
	}
	return line
}

// planName is the digest that an approval had best name: one that is given again for a
// plan that would do the same is the same, so that of the change set where there is one,
// and no other plan has it. Empty where no digest stands for this plan alone.
func (sc *scene) planName(i int) string {
	p := &sc.s.Plans[i]
	switch {
	case p.Digest == "":
		return ""
	case p.Changeset != "" && sc.planOf(p.Changeset) == i:
		return p.Changeset
	case sc.planOf(p.Digest) == i:
		return p.Digest
	}
	return ""
}

// planOf is the plan that a digest stands for; negative where it stands for none, or
// could be two: two plans that would do the same are two applies, and a digest of one of
// them must not become one of both when the second is added.
func (sc *scene) planOf(digest string) int {
	found := -1
	for i := range sc.s.Plans {
		if p := &sc.s.Plans[i]; digest != "" && (p.Digest == digest || p.Changeset == digest) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// planNames are the digests that a review has to name.
func (sc *scene) planNames() string {
	if len(sc.s.Plans) > 1 {
		return fmt.Sprintf("the digest of each of the %d plans", len(sc.s.Plans))
	}
	for i := range sc.s.Plans {
		if name := sc.planName(i); name != "" {
			return name
		}
	}
	return "the plan"
}
