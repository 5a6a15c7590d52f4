package publish

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// openGroup is how many objects of a group are shown without folding it.
const openGroup = 10

// markdownPlans is what each plan would do, in at most room bytes. It is empty when
// no plan could be read or there is no room to say anything of use.
func markdownPlans(v *checks.Verdict, room int) string {
	if len(v.Plans) == 0 {
		return ""
	}
	for _, n := range []int{50, 20, 10, 4} {
		if text := markdownPlansOf(v, 3*n, n); len(text) <= room {
			return text
		}
	}
	return ""
}

func markdownPlansOf(v *checks.Verdict, room, inGroup int) string {
	var b strings.Builder
	views, quiet, rest := planViews(v, room, inGroup)
	for i := range views {
		view := &views[i]
		name := ""
		if len(v.Plans) > 1 {
			name = code(planName(view.summary.Source)) + ": "
		}
		fmt.Fprintf(&b, "\n%s%s\n", name, countsText(view.summary))
		for j := range view.groups {
			if g := &view.groups[j]; len(g.lines) > 0 {
				g.markdown(&b, v)
			}
		}
		if t := view.left(); t != "" {
			b.WriteString("\n" + t + "; the JSON report has them\n")
		}
		if n := view.summary.Hidden; n > 0 {
			b.WriteString("\n" + hiddenText(n) + "\n")
		}
	}
	if t := legend(views); t != "" {
		fmt.Fprintf(&b, "\n%s\n", code(t))
	}
	if quiet > 0 {
		fmt.Fprintf(&b, "\n%s\n", checks.Plural(quiet, "plan changes nothing", "plans change nothing"))
	}
	if rest > 0 {
		fmt.Fprintf(&b, "\n%s; the JSON report has all\n", checks.Plural(rest, "more plan", "more plans"))
	}
	return b.String()
}

func (g *planGroup) markdown(b *strings.Builder, v *checks.Verdict) {
	folded := g.total > openGroup
	switch {
	case folded && g.other:
		fmt.Fprintf(b, "\n<details><summary>%s (%d)</summary>\n\n", g.heading, g.total)
	case folded:
		fmt.Fprintf(b, "\n<details open><summary>%s (%d)</summary>\n\n", g.heading, g.total)
	default:
		fmt.Fprintf(b, "\n**%s** (%d)\n\n", g.heading, g.total)
	}
	for _, l := range g.lines {
		b.WriteString("- ")
		if sign, word, _ := mark(v, l); sign != "" {
			fmt.Fprintf(b, "%s %s ", sign, word)
		}
		fmt.Fprintf(b, "`%s` %s", planSign(l), code(l.Address))
		if l.Deciding != "" {
			b.WriteString(": " + md(l.Deciding, maxText))
		}
		if file := where(l); file != "" {
			b.WriteString(" in " + code(file))
		}
		b.WriteString("\n")
	}
	if n := g.total - len(g.lines); n > 0 {
		fmt.Fprintf(b, "- and %d more; the JSON report has them\n", n)
	}
	if folded {
		b.WriteString("\n</details>\n")
	}
}
