package publish

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// More than foldAbove findings of one rule are folded to foldTo.
const (
	foldAbove = 10
	foldTo    = 5
)

// Terminal writes the report for people: the answer first, then what it is
// about, then each question with what decided it on top.
func Terminal(w io.Writer, v *checks.Verdict, o Options) error {
	p := newPage(o)
	p.headline(v)
	p.facts(v)
	for _, s := range sections(v) {
		p.section(v, &s, o.Brief)
	}
	if o.Brief {
		if n := len(v.Findings); n > 0 {
			p.blank()
			p.line("  ", -1, faint, checks.Plural(n, "finding is", "findings are")+" not told here; without --brief they are")
		}
		_, err := io.WriteString(w, p.out.String())
		return err
	}
	p.origins(v)
	p.closing(v)
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (p *page) headline(v *checks.Verdict) {
	st := outcomeStyle(v.Outcome)
	label := p.paint(st, outcomeSign(v.Outcome)+" "+strings.ToUpper(Word(v, v.Outcome))) + "  "
	p.line(label, 2, bold, headline(v)+".")
	for _, t := range []string{observed(v), overrideText(v)} {
		if t != "" {
			p.blank()
			p.line(p.paint(gap, signLoud+" "), 2, gap, redact.Cut(t, maxText))
		}
	}
}

func (p *page) facts(v *checks.Verdict) {
	p.blank()
	for _, f := range facts(v) {
		label := fmt.Sprintf("  %-7s ", f[0])
		if len(f[0]) > 7 {
			label = fmt.Sprintf("  %-7s %s ", "", f[0])
		}
		if f[0] == changesetLabel && isChangeset(f[1]) {
			p.raw(p.paint(faint, label) + f[1]) // whole, so that it can be copied
			continue
		}
		p.line(p.paint(faint, label), -1, plain, redact.Cut(f[1], maxText))
	}
}

func (p *page) section(v *checks.Verdict, s *section, brief bool) {
	if s.asked {
		p.blank()
		st := outcomeStyle(s.answer.Outcome)
		p.line(p.paint(st, outcomeSign(s.answer.Outcome))+" "+p.paint(bold, redact.Cut(s.answer.Title, 60))+"  ", 2, st, Word(v, s.answer.Outcome))
		if t := summary(v, &s.answer); t != "" && !waits(v, &s.answer) {
			p.line("  ", -1, plain, redact.Cut(t, maxText))
		}
	}
	if s.answer.ID == checks.QuestionPlan {
		p.plans(v)
	}
	p.gaps(s.gaps)
	if brief {
		return
	}
	review := s.answer.ID == checks.QuestionReview
	var rest []group
	for i := range s.groups {
		if g := &s.groups[i]; g.standing <= asksReview {
			p.group(v, g)
		} else {
			rest = append(rest, *g)
		}
	}
	if review {
		p.waiting(v)
		p.approvals(v)
	}
	p.compact(v, rest)
}

func (p *page) gaps(gaps []checks.Gap) {
	for i, g := range gaps {
		more := len(gaps) > foldAbove && i == foldTo
		if more || i == 0 || !mendedAlike(&gaps[i-1], &g) {
			p.blank()
		}
		if more {
			p.line("  ", -1, faint, fmt.Sprintf("and %d more that could not be looked at; --format json lists all", len(gaps)-i))
			return
		}
		if i == 0 || !mendedAlike(&gaps[i-1], &g) {
			p.line(p.paint(gap, "  "+signGap+" could not look")+"  ", 4, faint, redact.Cut(string(g.Kind), 30))
		}
		p.line("    ", -1, plain, redact.Cut(g.Message, maxText))
		if last := i == len(gaps)-1 || len(gaps) > foldAbove && i == foldTo-1; last || !mendedAlike(&g, &gaps[i+1]) {
			p.remedy(g.Remedy)
		}
	}
}

// mendedAlike reports whether two gaps are told as one, with their remedy once.
func mendedAlike(a, b *checks.Gap) bool { return a.Kind == b.Kind && a.Remedy == b.Remedy }

func (p *page) group(v *checks.Verdict, g *group) {
	p.blank()
	st := g.look()
	label := p.paint(st, "  "+g.sign()+" "+g.standing.String()) + "  " + p.paint(bold, redact.Cut(g.rule, 60)) + "  "
	what := redact.Cut(string(g.severity), 20)
	if n := len(g.shown); n > 1 {
		what += fmt.Sprintf(", %d findings", n)
	}
	p.line(label, 4, faint, what)
	if d := g.decided(); d != "" {
		p.line("    ", -1, faint, redact.Cut(d, maxText))
	}
	left := len(g.shown)
	if left > foldAbove {
		left = foldTo
	}
	for _, t := range g.together() {
		if left == 0 {
			break
		}
		n := min(len(t.findings), left)
		left -= n
		if n == 1 && p.sentence(v, t.findings[0], t.message) {
			continue
		}
		for _, f := range t.findings[:n] {
			p.subject(v, &f.Subject)
		}
		p.line("      ", -1, plain, redact.Cut(t.message, maxText))
	}
	if n := len(g.shown); n > foldAbove {
		p.line("    ", -1, faint, fmt.Sprintf("and %d more of %s; --format json lists all", n-foldTo, redact.Cut(g.rule, 60)))
	}
	p.detail("why", g.why)
	p.remedy(g.remedy)
}

// sentence writes a finding whose message begins with what it is about; false, and
// nothing, when it does not.
func (p *page) sentence(v *checks.Verdict, f *checks.Finding, message string) bool {
	if namesItself(f, message) {
		p.line("    ", 6, plain, redact.Cut(message, maxText))
		return true
	}
	first, rest, ok := afterName(f, message)
	if !ok {
		return false
	}
	_, _, note, file := placed(v, &f.Subject)
	first, rest = redact.Cut(first, maxName), redact.Cut(rest, maxText)
	if file != "" {
		if note != "" {
			note += ", "
		}
		note += file
	}
	if note != "" {
		rest += " [" + redact.Cut(note, maxName) + "]"
	}
	if redact.Width(first) > p.width/2 {
		p.line("    ", 6, bold, first)
		p.line("      ", -1, plain, rest)
		return true
	}
	p.line("    "+p.paint(bold, first)+" ", 6, plain, rest)
	return true
}

func (p *page) subject(v *checks.Verdict, s *checks.Subject) {
	kind, name, note, file := placed(v, s)
	if kind != "" {
		kind += " "
	}
	text := redact.Cut(name, maxName)
	if note != "" {
		text += ", " + redact.Cut(note, maxName)
	}
	if file != "" {
		text += " (" + redact.Cut(file, maxName) + ")"
	}
	p.line("    "+p.paint(faint, kind), 6, bold, text)
}

func (p *page) detail(label, text string) {
	if text != "" {
		p.line(p.paint(faint, fmt.Sprintf("    %-5s ", label)), -1, plain, redact.Cut(text, maxText))
	}
}

// remedy is a detail with commands that can be pasted.
func (p *page) remedy(text string) {
	if text == "" {
		return
	}
	const label = "    mend  "
	for i, l := range wrap(remedyWords(redact.Cut(text, maxText)), p.width-len(label), p.width-len(label)) {
		if i == 0 {
			p.raw(p.paint(faint, label) + l)
		} else {
			p.raw(strings.Repeat(" ", len(label)) + l)
		}
	}
}

// compact writes findings that stand in nobody's way, one line each.
func (p *page) compact(v *checks.Verdict, gs []group) {
	for i := range gs {
		g := &gs[i]
		if i == 0 {
			p.blank()
		}
		head := g.standing.String()
		if g.standing != agreed && p.counted(g, head) {
			continue
		}
		for j, f := range g.shown {
			if len(g.shown) > foldAbove && j == foldTo {
				p.line("    ", -1, faint, fmt.Sprintf("and %d more of %s; --format json lists all", len(g.shown)-j, redact.Cut(g.rule, 60)))
				break
			}
			_, name, note, _ := placed(v, &f.Subject)
			text := redact.Cut(name, maxName)
			if f.Subject.Kind == checks.SubjectCommit && note != "" {
				text += ", " + redact.Cut(note, maxName)
			}
			if first, rest, ok := afterName(f, f.Message); namesItself(f, f.Message) {
				text = redact.Cut(f.Message, maxText)
			} else if ok {
				text = redact.Cut(first, maxName) + " " + redact.Cut(rest, maxText)
			} else {
				text += ": " + redact.Cut(f.Message, maxText)
			}
			if d := g.decided(); d != "" {
				text += " (" + redact.Cut(d, maxText) + ")"
			}
			p.line(p.paint(g.look(), "  "+g.sign()+" "+head)+p.paint(faint, "  "+redact.Cut(g.rule, 60))+"  ", 4, plain, text)
		}
	}
}

// counted writes notes about several resources in one line; false, and nothing, when
// the group is about something else.
func (p *page) counted(g *group, head string) bool {
	const named = 3
	var names []string
	seen := map[string]bool{}
	for _, f := range g.shown {
		if f.Subject.Kind != checks.SubjectResource {
			return false
		}
		if n := f.Subject.Name; !seen[n] {
			if seen[n] = true; len(names) < named {
				names = append(names, redact.Cut(n, maxRef))
			}
		}
	}
	if len(seen) < 2 {
		return false
	}
	text := fmt.Sprintf("%d objects: %s", len(seen), strings.Join(names, ", "))
	if n := len(seen) - len(names); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	if d := g.decided(); d != "" {
		text += " (" + redact.Cut(d, maxText) + ")"
	}
	p.line(p.paint(g.look(), "  "+g.sign()+" "+head)+p.paint(faint, "  "+redact.Cut(g.rule, 60))+"  ", 4, plain, text)
	return true
}

func (p *page) waiting(v *checks.Verdict) {
	for i := range v.Waiting {
		s := &v.Waiting[i]
		if i == 0 {
			p.blank()
		}
		if i == maxListed {
			p.line("    ", -1, faint, fmt.Sprintf("and %d more; --format json lists all", len(v.Waiting)-i))
			break
		}
		p.line(p.paint(wait, "  "+signWait+" waiting for")+"  ", 4, bold, redact.Cut(seatText(s), maxText))
		p.line("    ", -1, plain, redact.Cut(couldText(s), maxText))
		if i+1 < min(len(v.Waiting), maxListed) && v.Waiting[i+1].Line == s.Line {
			continue // told once, below
		}
		if isApproval(s.Line) { // never broken: it is to be copied
			p.line("    ", -1, plain, "An approval has to begin with the line:")
			p.raw("    " + s.Line)
		} else if t := lineText(s); t != "" {
			p.line("    ", -1, plain, t)
		}
	}
}

func (p *page) approvals(v *checks.Verdict) {
	for i := range v.Approvals {
		a := &v.Approvals[i]
		if i == 0 {
			p.blank()
		}
		if i == maxListed {
			p.line("    ", -1, faint, fmt.Sprintf("and %d more; --format json lists all", len(v.Approvals)-i))
			break
		}
		st, sign := faint, approvalSign(v, a)
		if sign == signGood {
			st = good
		}
		p.line(p.paint(st, "  "+sign+" "), 4, plain, redact.Cut(approvalText(a), maxText))
	}
}

// origins tells commit by commit what is proved, and what is said by whom: findings
// tell only what is wrong.
func (p *page) origins(v *checks.Verdict) {
	groups, rest := firstOrigins(originGroups(v), maxOrigins)
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.line("", 0, bold, "Origins")
	for i := range groups {
		g := &groups[i]
		count, ids := g.which()
		text := g.proved()
		switch {
		case count == "":
			count, text = ids[0], quoted(redact.Cut(g.first().Subject, maxWord))+": "+text
		case len(ids) > 0:
			text = g.listed(ids) + ": " + text
		}
		p.line("  "+p.paint(bold, count)+"  ", 4, plain, text)
		for _, t := range g.told() {
			p.line("    ", -1, plain, t)
		}
	}
	if rest != "" {
		p.line("  ", -1, faint, rest+"; --format json lists all")
	}
}

// closing says what was looked at, what a pass does not prove, and where to read
// on.
func (p *page) closing(v *checks.Verdict) {
	if nothingRead(v) {
		return
	}
	var checked []string
	for _, a := range v.Questions {
		checked = append(checked, a.Checked...)
	}
	p.list("Checked", checked)
	if t := notProved(v, "--format json lists them"); t != "" {
		p.blank()
		p.line("", 2, faint, t)
	} else {
		p.list("A pass does not prove", v.NotProved)
	}
	var rules []string
	for i := range v.Findings {
		if f := &v.Findings[i]; standingOf(v, f) <= asksReview && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	if len(rules) > 0 {
		p.blank()
		p.line("", 2, faint, "More about a rule: claw-verified explain "+redact.Cut(rules[0], 60))
	}
}

func (p *page) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	p.blank()
	p.line("", 0, bold, title)
	for i, t := range texts {
		if i == maxListed {
			p.line("    ", -1, faint, fmt.Sprintf("and %d more; --format json lists all", len(texts)-i))
			return
		}
		p.line("  "+signNote+" ", -1, faint, redact.Cut(t, maxText))
	}
}
