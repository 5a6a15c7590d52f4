package publish

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Standing is what a finding does to this verdict, all things considered. Zero is
// the worst.
type standing uint8

const (
	denies     standing = iota // forbids the change
	asksReview                 // people have yet to agree to it
	agreed                     // people have agreed to it
	noted                      // seen and accepted by the policy
	waived                     // accepted by a waiver
)

func (s standing) String() string {
	return [...]string{"denied", "needs review", "agreed by review", "noted", "waived"}[s]
}

// sign is the sign of a group. While its question is undecided nothing of it has a
// tick: what was not looked at may undo what was.
func (g *group) sign() string {
	if g.standing == agreed && g.undecided {
		return signNote
	}
	return [...]string{signBad, signWait, signGood, signNote, signNote}[g.standing]
}

// look is the style that goes with the sign.
func (g *group) look() style {
	if g.standing == agreed && g.undecided {
		return faint
	}
	return [...]style{bad, wait, good, faint, faint}[g.standing]
}

// approvalSign ticks an approval that counts, under the same condition.
func approvalSign(v *checks.Verdict, a *checks.Approval) string {
	undecided := slices.ContainsFunc(v.Questions, func(q checks.Answer) bool {
		return q.ID == checks.QuestionReview && q.Outcome == checks.Undecided
	})
	if a.Counts && !undecided {
		return signGood
	}
	return signNote
}

func standingOf(v *checks.Verdict, f *checks.Finding) standing {
	switch {
	case f.Waiver != nil:
		return waived
	case f.Effect == checks.EffectAllow:
		return noted
	case f.Effect != checks.EffectRequireReview:
		return denies
	}
	for _, q := range v.Questions {
		if q.ID == checks.QuestionReview && q.Outcome == checks.Verified {
			return agreed
		}
	}
	return asksReview
}

// The signs. Each stands beside a word that says the same.
const (
	signGood = "✓"
	signBad  = "✗"
	signWait = "●"
	signNote = "·"
	signGap  = "?"
	signLoud = "!"
)

func outcomeSign(o checks.Outcome) string {
	switch o {
	case checks.Verified:
		return signGood
	case checks.Refused:
		return signBad
	case checks.Waiting:
		return signWait
	case checks.Overridden:
		return signLoud
	}
	return signGap
}

// section is a question with all that belongs to it.
type section struct {
	answer checks.Answer
	asked  bool // false for what belongs to no question
	gaps   []checks.Gap
	groups []group
}

// group is findings that share everything but their subject and message, and the
// commit that a remedy names.
type group struct {
	rule      string
	standing  standing
	severity  checks.Severity
	decidedBy string
	reason    string
	why       string
	remedy    string
	undecided bool // the question is
	findings  []*checks.Finding
	shown     []*checks.Finding // to people: what holds for IPv4 and IPv6 is one
}

// sections sorts a verdict by question. What belongs to no question comes first,
// so that nothing is ever lost.
func sections(v *checks.Verdict) []section {
	list := []section{{answer: checks.Answer{Title: "All questions"}}}
	index := map[checks.Question]int{}
	for _, a := range v.Questions {
		index[a.ID] = len(list)
		list = append(list, section{answer: a, asked: true})
	}
	for _, g := range v.Undecided {
		i := index[g.Question]
		list[i].gaps = append(list[i].gaps, g)
	}
	byQuestion := make([][]*checks.Finding, len(list))
	for i := range v.Findings {
		q := index[v.Findings[i].Question]
		byQuestion[q] = append(byQuestion[q], &v.Findings[i])
	}
	for i, fs := range byQuestion {
		list[i].groups = groups(v, fs)
		for j := range list[i].groups {
			list[i].groups[j].undecided = list[i].answer.Outcome == checks.Undecided
		}
	}
	switch {
	case len(list[0].gaps) == 0 && len(list[0].groups) == 0:
		return list[1:]
	case len(list[0].groups) == 0:
		list[0].answer.Title = "Could not be looked at"
	}
	return list
}

func groups(v *checks.Verdict, fs []*checks.Finding) []group {
	type key struct {
		rule           string
		st             standing
		sev            checks.Severity
		by, reason     string
		why, remedy    string
		waivedBy, upTo string
	}
	var out []group
	index := map[key]int{}
	for _, f := range fs {
		k := key{rule: f.Rule, st: standingOf(v, f), sev: f.Severity, by: f.DecidedBy, reason: f.Reason, why: f.Why, remedy: general(f, f.Remedy)}
		if f.Waiver != nil {
			k.by, k.reason, k.waivedBy, k.upTo = f.Waiver.Owner, f.Waiver.Reason, f.Waiver.Owner, f.Waiver.Expires
		}
		i, ok := index[k]
		if !ok {
			i = len(out)
			index[k] = i
			out = append(out, group{rule: f.Rule, standing: k.st, severity: f.Severity, decidedBy: f.DecidedBy, reason: f.Reason, why: f.Why, remedy: f.Remedy})
		}
		if f.Remedy != out[i].remedy {
			out[i].remedy = k.remedy
		}
		out[i].findings = append(out[i].findings, f)
	}
	for i := range out {
		out[i].shown = families(out[i].findings)
	}
	slices.SortStableFunc(out, func(a, b group) int { return int(a.standing) - int(b.standing) })
	return out
}

// families makes one of two findings that say the same of an object, once for IPv4
// and once for IPv6.
func families(fs []*checks.Finding) []*checks.Finding {
	const four, six, both = "(IPv4)", "(IPv6)", "(IPv4 and IPv6)"
	type key struct {
		subject checks.Subject
		text    string
	}
	keyOf := func(f *checks.Finding) key {
		s := f.Subject
		s.Line, s.Col = 0, 0
		return key{s, strings.ReplaceAll(strings.ReplaceAll(f.Message, four, both), six, both)}
	}
	has := map[key]int{}
	for _, f := range fs {
		if f.Subject.Kind != checks.SubjectResource {
			continue
		}
		if strings.Contains(f.Message, four) {
			has[keyOf(f)] |= 1
		} else if strings.Contains(f.Message, six) {
			has[keyOf(f)] |= 2
		}
	}
	out := make([]*checks.Finding, 0, len(fs))
	done := map[key]bool{}
	for _, f := range fs {
		if f.Subject.Kind != checks.SubjectResource {
			out = append(out, f)
			continue
		}
		k := keyOf(f)
		switch {
		case has[k] != 3:
			out = append(out, f)
		case !done[k]:
			done[k] = true
			one := *f
			one.Message = k.text
			out = append(out, &one)
		}
	}
	return out
}

// general is a text about one commit as a text about any.
func general(f *checks.Finding, text string) string {
	id := f.Subject.Name
	if f.Subject.Kind != checks.SubjectCommit || len(id) < 40 || short(id) == id {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, id, "COMMIT"), short(id), "COMMIT")
}

// sameMessage is findings of a group of which the same is said.
type sameMessage struct {
	message  string
	findings []*checks.Finding
}

// together sorts the findings of a group by what is said of them, in the order of the
// first of each: what holds of many commits is then said once.
func (g *group) together() []sameMessage {
	var out []sameMessage
	index := map[string]int{}
	for _, f := range g.shown {
		m := general(f, f.Message)
		i, ok := index[m]
		if !ok {
			i = len(out)
			index[m] = i
			out = append(out, sameMessage{message: f.Message})
		}
		if f.Message != out[i].message {
			out[i].message = m
		}
		out[i].findings = append(out[i].findings, f)
	}
	return out
}

// decided says which rule of the policy set the effect, and why.
func (g *group) decided() string {
	if g.standing == waived {
		w := g.findings[0].Waiver
		return "waived by " + w.Owner + " until " + strings.TrimSuffix(w.Expires, "T00:00:00Z") + ": " + w.Reason
	}
	return g.decidedByPolicy()
}

func (g *group) decidedByPolicy() string {
	if g.decidedBy == "" {
		return ""
	}
	t := "by policy rule " + g.decidedBy
	if g.reason != "" {
		t += ": " + g.reason
	}
	return t
}
