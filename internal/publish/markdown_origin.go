package publish

import (
	"fmt"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// maxOriginRows bounds the table of origins.
const maxOriginRows = 20

// markdownOrigins is a table of what each commit proves and what is said of it, in at
// most room bytes. It is empty when there are no commits to tell of.
func markdownOrigins(v *checks.Verdict, room int) string {
	const head = "\n### Origins\n\n"
	const table = "| Commit | Level | Signed by | Agent | Model | For whom | Task |\n|---|---|---|---|---|---|---|\n"
	groups := originGroups(v)
	for n := min(len(groups), maxOriginRows); n > 0; n-- {
		kept, rest := firstOrigins(groups, n)
		var rows []string
		for i := range kept {
			rows = append(rows, kept[i].rows()...)
		}
		text := head + table + strings.Join(rows, "")
		if rest != "" {
			text += "\n" + rest + "; the JSON report has all\n"
		}
		if len(rows) <= maxOriginRows && len(text) <= room {
			return text
		}
	}
	text := fmt.Sprintf("%sThe JSON report tells of %s.\n", head, checks.Plural(len(v.Origins), "commit", "commits"))
	if len(v.Origins) == 0 || len(text) > room {
		return ""
	}
	return text
}

// rows are the group's rows of the table: one, or one for each statement by an agent.
func (g *originGroup) rows() []string {
	list := g.claims[:min(len(g.claims), maxClaims)]
	agent, model, operator, task := "no statement", "", "", ""
	if len(list) > 0 {
		agent, model, operator, task = g.cells(list[0])
	}
	if n := len(g.claims) - len(list); n > 0 {
		agent += fmt.Sprintf("; and %s by agents", checks.Plural(n, "more statement", "more statements"))
	}
	if len(g.others) > 0 {
		agent += "; also told: " + md(some(g.others), maxText)
	}
	rows := []string{row(g.commitCell(), md(levelText(g.first().Level), maxWord), g.signerCell(), agent, model, operator, task)}
	for _, s := range list[min(len(list), 1):] {
		agent, model, operator, task = g.cells(s)
		rows = append(rows, row("the same", "", "", agent, model, operator, task))
	}
	return rows
}

func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func (g *originGroup) commitCell() string {
	count, ids := g.which()
	for i := range ids {
		ids[i] = cell(ids[i], maxWord)
	}
	switch {
	case len(ids) == 0:
		return count
	case count == "":
		return ids[0] + " " + md(g.first().Subject, maxWord)
	}
	return count + ", " + g.listed(ids)
}

func (g *originGroup) signerCell() string {
	o, t := g.first(), "no signature that counts"
	if o.SignedBy != "" {
		t = md(owner(o.SignedBy), maxName)
		if o.Key != "" {
			t += ", " + keyCell(keyOf(o.Key))
		}
	}
	if m := g.marks(); m != "" {
		t += ", " + md(m, maxText)
	}
	return t
}

// cells are what a statement says: who signed it and how, the model, the operator,
// the task.
func (g *originGroup) cells(s *checks.Said) (agent, model, operator, task string) {
	agent = md(owner(s.By), maxName) + ", " + keyCell(g.how(s))
	if s.Kind == kindClawCommit {
		return agent + ", which vouches for it and says no more", "", "", ""
	}
	if a := callsItself(s); a != "" {
		agent += ", calls itself " + cell(s.Agent, maxWord)
	}
	model, operator, task = "none said", "nobody said", "none said"
	if len(s.Models) > 0 {
		var list []string
		for _, m := range s.Models[:min(len(s.Models), maxModels)] {
			list = append(list, cell(m, maxWord))
		}
		if n := len(s.Models) - maxModels; n > 0 {
			list = append(list, fmt.Sprintf("%d more", n))
		}
		model = strings.Join(list, " and ")
	}
	switch {
	case s.Operator != "" && s.OnBehalf != "":
		operator = cell(s.Operator, maxWord) + " on behalf of " + cell(s.OnBehalf, maxWord)
	case s.Operator != "":
		operator = cell(s.Operator, maxWord)
	case s.OnBehalf != "":
		operator = "unnamed on behalf of " + cell(s.OnBehalf, maxWord)
	}
	switch {
	case s.Task != "":
		task = cell(s.Task, maxName)
	case s.TaskText != "":
		task = "by digest " + cell(shortDigest(s.TaskText), maxName)
	}
	if s.Session != "" {
		task += ", session " + cell(s.Session, maxWord)
	}
	return agent, model, operator, task
}

func keyCell(what string, names []string) string {
	var list []string
	for _, n := range names {
		list = append(list, cell(n, maxName))
	}
	return strings.TrimSpace(what + " " + strings.Join(list, certifiedBy))
}

// cell is foreign text of bounded length in a table: as code, out of which it can be
// copied as it is. A vertical bar would end the cell even there.
func cell(s string, columns int) string {
	s = redact.Cut(s, columns)
	if strings.Contains(s, "|") {
		return redact.Markdown(s)
	}
	return redact.Code(s)
}
