package publish

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// Bounds of the objects of plans that are listed one by one.
const (
	maxInGroup = 20 // of one group; of those that only change half as many, in all plans together
	maxInPlans = 60 // of all plans together
	maxPlans   = 20
	maxOfPlan  = 500 // that a verdict lists of one plan
)

// planGroups are the groups with their headings, in the order they are shown.
var planGroups = []struct {
	group   checks.PlanGroup
	heading string
}{
	{checks.GroupIrreversible, "Cannot be undone"},
	{checks.GroupOpened, "Opened"},
	{checks.GroupPrivilege, "May do more"},
	{checks.GroupWeakened, "Less protected"},
	{checks.GroupRuns, "Runs code"},
	{checks.GroupOther, "Other changes"},
}

// planView is one plan as it is shown.
type planView struct {
	summary *checks.PlanSummary
	worst   int
	groups  []planGroup
}

type planGroup struct {
	heading string
	other   bool // nothing but changes
	lines   []*checks.PlanLine
	total   int
}

// planViews sorts the objects of all plans into groups, and keeps no more of them
// than one can read. The plans with the worst come first, and what has a finding has
// its share of the room before anything else, so that nobody can hide an object behind
// many plans or many changes. Plans that change nothing are only counted where there
// are several, and so are plans beyond the bound.
func planViews(v *checks.Verdict, room, inGroup int) (views []planView, quiet, rest int) {
	for i := range v.Plans {
		s := &v.Plans[i]
		if len(v.Plans) > 1 && len(s.Lines) == 0 {
			quiet++
			continue
		}
		view := planView{summary: s, worst: worstOf(v, s)}
		for _, k := range planGroups {
			g := planGroup{heading: k.heading, other: k.group == checks.GroupOther}
			for j := range s.Lines {
				if l := &s.Lines[j]; l.Group == k.group || g.other && !knownGroup(l.Group) {
					g.lines = append(g.lines, l)
				}
			}
			if g.total = len(g.lines); g.total > 0 {
				view.groups = append(view.groups, g)
			}
		}
		views = append(views, view)
	}
	slices.SortStableFunc(views, func(a, b planView) int { return a.worst - b.worst })
	if len(views) > maxPlans {
		rest = len(views) - maxPlans
		views = views[:maxPlans]
	}
	spare := inGroup / 2
	for i := range views {
		for j := range views[i].groups {
			g := &views[i].groups[j]
			left, most := &room, inGroup
			if g.other {
				left, most = &spare, inGroup/2
			}
			g.lines = g.lines[:min(most, *left, g.total)]
			*left -= len(g.lines)
		}
	}
	return views, quiet, rest
}

// worstOf is the worst standing of the objects of a plan, the lowest; that of one
// without any finding is higher than all.
func worstOf(v *checks.Verdict, s *checks.PlanSummary) int {
	worst := int(waived) + 1
	for i := range s.Lines {
		if e := s.Lines[i].Effect; e != "" {
			worst = min(worst, int(standingOf(v, &checks.Finding{Effect: e})))
		}
	}
	return worst
}

func knownGroup(g checks.PlanGroup) bool {
	for _, k := range planGroups {
		if k.group == g {
			return true
		}
	}
	return false
}

// countsText says how many objects a plan changes in which way: "4 to create, 1 to
// destroy, 120 unchanged".
func countsText(s *checks.PlanSummary) string {
	var parts []string
	seen := map[string]bool{}
	for _, k := range []struct{ key, text string }{
		{string(checks.ActionCreate), "to create"},
		{string(checks.ActionUpdate), "to change"},
		{string(checks.ActionReplace), "to replace"},
		{string(checks.ActionDelete), "to destroy"},
		{string(checks.ActionReplaceForget), "to create anew, the old left unmanaged"},
		{string(checks.ActionForget), "to leave unmanaged"},
		{"import", "to import"},
		{"move", "moved"},
	} {
		seen[k.key] = true
		if n := s.Counts[k.key]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+k.text)
		}
	}
	odd := 0
	for k, n := range s.Counts {
		if !seen[k] {
			odd += n
		}
	}
	if odd > 0 {
		parts = append(parts, fmt.Sprintf("%d in a way that is not known", odd))
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing to change")
	}
	if s.Unchanged > 0 {
		parts = append(parts, strconv.Itoa(s.Unchanged)+" unchanged")
	}
	return strings.Join(parts, ", ")
}

// left names the groups for which there was no room.
func (view *planView) left() string {
	var parts []string
	for i := range view.groups {
		if g := &view.groups[i]; len(g.lines) == 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", g.heading, g.total))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not listed here: " + strings.Join(parts, ", ")
}

func hiddenText(n int) string {
	return fmt.Sprintf("And %s: no more than %d of a plan are listed", checks.Plural(n, "more object", "more objects"), maxOfPlan)
}

// planSign is the sign of an action, as Terraform draws it where it has one.
func planSign(l *checks.PlanLine) string {
	switch l.Action {
	case checks.ActionCreate:
		return "+"
	case checks.ActionUpdate:
		return "~"
	case checks.ActionDelete:
		return "-"
	case checks.ActionReplace:
		if l.CreateFirst {
			return "+/-"
		}
		return "-/+"
	case checks.ActionForget:
		return "."
	case checks.ActionReplaceForget:
		return "+/."
	case checks.ActionRead:
		return "<="
	case checks.ActionNoOp:
		return "="
	}
	return "?"
}

// signWords say what the signs of the actions mean, in the order they are shown.
var signWords = [][2]string{
	{"+", "create"},
	{"~", "change"},
	{"-", "destroy"},
	{"-/+", "destroy, then create"},
	{"+/-", "create, then destroy"},
	{".", "leave unmanaged"},
	{"+/.", "create, leave the old unmanaged"},
	{"<=", "read"},
	{"=", "not changed"},
	{"?", "not known"},
}

// signStyle is the colour of the sign of an action.
func signStyle(sign string) style {
	switch sign {
	case "+":
		return good
	case "~":
		return wait
	case "-", "-/+", "+/-":
		return bad
	case ".", "+/.", "?":
		return gap
	}
	return faint
}

// legend explains the signs of the lines that are shown: "+ create   - destroy".
func legend(views []planView) string {
	seen := map[string]bool{}
	for i := range views {
		for j := range views[i].groups {
			for _, l := range views[i].groups[j].lines {
				seen[planSign(l)] = true
			}
		}
	}
	var parts []string
	for _, w := range signWords {
		if seen[w[0]] {
			parts = append(parts, w[0]+" "+w[1])
		}
	}
	return strings.Join(parts, "; ")
}

// mark is what stands before a line: a sign, the word that says the same, and how
// both look. Empty for an object without a finding.
func mark(v *checks.Verdict, l *checks.PlanLine) (sign, word string, look style) {
	if l.Effect == "" {
		if len(l.Rules) == 0 {
			return "", "", plain
		}
		return signNote, "waived", faint
	}
	g := group{standing: standingOf(v, &checks.Finding{Effect: l.Effect})}
	g.undecided = slices.ContainsFunc(v.Questions, func(a checks.Answer) bool {
		return a.ID == checks.QuestionPlan && a.Outcome == checks.Undecided
	})
	return g.sign(), [...]string{"denied", "review", "agreed", "noted", "waived"}[g.standing], g.look()
}

// where is the place that declares an object; still foreign, empty when unknown.
func where(l *checks.PlanLine) string {
	_, _, _, file := place(&checks.Subject{Kind: checks.SubjectResource, Path: l.Path, Line: l.Line})
	return file
}

// plans writes what each plan would do.
func (p *page) plans(v *checks.Verdict) {
	views, quiet, rest := planViews(v, maxInPlans, maxInGroup)
	for i := range views {
		view := &views[i]
		p.blank()
		label := "  "
		if len(v.Plans) > 1 {
			label += "plan " + p.paint(bold, redact.Cut(planName(view.summary.Source), maxRef)) + "  "
		}
		p.line(label, 4, plain, countsText(view.summary))
		for j := range view.groups {
			if g := &view.groups[j]; len(g.lines) > 0 {
				p.planGroup(v, g)
			}
		}
		if t := view.left(); t != "" {
			p.blank()
			p.line("  ", -1, faint, t+"; --format json lists them")
		}
		if n := view.summary.Hidden; n > 0 {
			p.blank()
			p.line("  ", -1, faint, hiddenText(n))
		}
	}
	if t := legend(views); t != "" {
		p.blank()
		p.line("  ", -1, faint, t)
	}
	if quiet+rest > 0 {
		p.blank()
	}
	if quiet > 0 {
		p.line("  ", -1, faint, checks.Plural(quiet, "plan changes nothing", "plans change nothing"))
	}
	if rest > 0 {
		p.line("  ", -1, faint, checks.Plural(rest, "more plan", "more plans")+"; --format json lists all")
	}
}

func (p *page) planGroup(v *checks.Verdict, g *planGroup) {
	p.blank()
	p.line("  ", -1, bold, fmt.Sprintf("%s (%d)", g.heading, g.total))
	marked, column := false, 0
	for _, l := range g.lines {
		sign, _, _ := mark(v, l)
		marked = marked || sign != ""
		if n := redact.Width(redact.Cut(l.Address, maxName)); n <= p.width*2/5 { // a longer one has a line of its own
			column = max(column, n)
		}
	}
	for _, l := range g.lines {
		p.planLine(v, l, marked, column)
	}
	if n := g.total - len(g.lines); n > 0 {
		p.line("    ", -1, faint, fmt.Sprintf("and %d more; --format json lists them", n))
	}
}

// planLine writes an object and what decides beside it, or below it where there is
// no room for both.
func (p *page) planLine(v *checks.Verdict, l *checks.PlanLine, marked bool, column int) {
	const below = "        "
	prefix := "    "
	if sign, word, look := mark(v, l); sign != "" {
		prefix += p.paint(look, sign+" "+word) + strings.Repeat(" ", 8-len(word))
	} else if marked {
		prefix += strings.Repeat(" ", 10)
	}
	act := planSign(l)
	prefix += p.paint(signStyle(act), act) + strings.Repeat(" ", 4-len(act))
	address, text, file := redact.Cut(l.Address, maxName), redact.Cut(l.Deciding, maxText), where(l)
	if file != "" {
		file = "[" + redact.Cut(file, maxName) + "]"
	}
	indent := 18 + column + 2
	if !marked {
		indent -= 10
	}
	all := strings.TrimSpace(text + " " + file)
	if all == "" {
		p.line(prefix, len(below), bold, address)
		return
	}
	room := p.width - indent
	if n := redact.Width(address); n <= column && room >= minText && longestWord(all) <= room && redact.Width(all) <= 2*room {
		p.line(prefix+p.paint(bold, address)+strings.Repeat(" ", column-n+2), -1, plain, all)
		return
	}
	p.line(prefix, len(below), bold, address)
	p.line(below, -1, plain, all)
}

func longestWord(s string) int {
	n := 0
	for _, w := range strings.Fields(s) {
		n = max(n, redact.Width(w))
	}
	return n
}
