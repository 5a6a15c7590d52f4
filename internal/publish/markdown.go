package publish

import (
	"fmt"
	"io"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// DefaultMaxBytes keeps Markdown below the 1 MiB of a job summary, beyond which
// the runner drops all of it. Texts of check runs and comments take 65,535.
const DefaultMaxBytes = 1_000_000

// block is a piece of a report that can be cut between its items.
type block struct {
	head, foot string
	items      []string
	spare      bool // has no items, and is left out where it would take much of what room there is
}

// Markdown writes the report for a job summary or a comment. When it would be
// larger than Options.MaxBytes, findings at the end are left out, and it says how
// many; what decides comes first. The headline is never left out.
func Markdown(w io.Writer, v *checks.Verdict, o Options) error {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	head, blocks, tail := markdownHead(v), markdownBlocks(v, limit/4, o.Brief), markdownOrigins(v, limit/4)+markdownTail(v)
	if o.Brief {
		tail = ""
		if n := len(v.Findings); n > 0 {
			tail = "\n" + checks.Plural(n, "finding is", "findings are") + " not told here; without --brief they are\n"
		}
	}
	text, ok := assemble(head+markdownPeople(v), blocks, tail, limit)
	if !ok {
		text, ok = assemble(head, blocks, "", limit)
	}
	if !ok {
		text, ok = assemble(markdownTitle(v), blocks, "", limit)
	}
	if !ok {
		return fmt.Errorf("make markdown: %d bytes are too few for the headline", limit)
	}
	_, err := io.WriteString(w, text)
	return err
}

// assemble puts the pieces together in at most limit bytes; ok is false when head
// and tail alone are too long.
func assemble(head string, blocks []block, tail string, limit int) (text string, ok bool) {
	const left = "\n**%d of %d findings and gaps are left out here** because the report may not be longer than %d bytes. The JSON report has all of them.\n"
	total, room := 0, limit-len(head)-len(tail)
	for _, b := range blocks {
		total += len(b.items)
	}
	whole := 0
	for _, b := range blocks {
		whole += len(b.head) + len(b.foot)
		for _, it := range b.items {
			whole += len(it)
		}
	}
	tight := whole > room
	if tight {
		room -= len(fmt.Sprintf(left, total, total, limit))
	}
	if room < 0 {
		return "", false
	}
	var out strings.Builder
	out.WriteString(head)
	shown := 0
cut:
	for _, b := range blocks {
		if len(b.items) == 0 {
			if b.spare && tight && len(b.head) > room/3 {
				continue
			}
			if room -= len(b.head) + len(b.foot); room < 0 {
				break
			}
			out.WriteString(b.head + b.foot)
			continue
		}
		for i, it := range b.items {
			need := len(it)
			if i == 0 {
				need += len(b.head) + len(b.foot)
			}
			if need > room {
				if i > 0 {
					out.WriteString(b.foot)
				}
				break cut
			}
			if i == 0 {
				out.WriteString(b.head)
			}
			room -= need
			out.WriteString(it)
			shown++
		}
		out.WriteString(b.foot)
	}
	if shown < total {
		fmt.Fprintf(&out, left, total-shown, total, limit)
	}
	out.WriteString(tail)
	return out.String(), true
}

// md is foreign text of bounded length for Markdown and for HTML inside it.
func md(s string, columns int) string { return redact.Markdown(redact.Cut(s, columns)) }

// code is foreign text of bounded length as inline code.
func code(s string) string { return redact.Code(redact.Cut(s, maxName)) }

// mdRemedy is a remedy whose commands can be copied.
func mdRemedy(s string) string { return markdownSpans(redact.Cut(s, maxText)) }

// markdownSpans shows text between backticks as inline code, and all else as it is.
func markdownSpans(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 { // one backtick has no partner
		return redact.Markdown(s)
	}
	var b strings.Builder
	for i, t := range parts {
		if i%2 == 1 {
			b.WriteString(redact.Code(t))
		} else {
			b.WriteString(redact.Markdown(t))
		}
	}
	return b.String()
}

func markdownTitle(v *checks.Verdict) string {
	t := fmt.Sprintf("## %s %s: %s\n\n%s.\n", outcomeSign(v.Outcome), titleOf(v), Word(v, v.Outcome), headline(v))
	if s := observed(v); s != "" {
		t += "\n> **Observed only.** " + s + "\n"
	}
	if s := overrideText(v); s != "" {
		t += "\n> **" + md(s, maxText) + "**\n"
	}
	return t
}

func markdownHead(v *checks.Verdict) string {
	var b strings.Builder
	b.WriteString(markdownTitle(v))
	if len(v.Questions) > 0 {
		b.WriteString("\n| Question | Answer | In short |\n|---|---|---|\n")
	}
	for _, q := range v.Questions {
		fmt.Fprintf(&b, "| %s | %s %s | %s |\n", md(q.Title, 60), outcomeSign(q.Outcome), Word(v, q.Outcome), md(summary(v, &q), maxText))
	}
	b.WriteString("\n")
	for _, f := range facts(v) {
		fmt.Fprintf(&b, "- %s: %s\n", f[0], code(f[1]))
	}
	return b.String()
}

func markdownPeople(v *checks.Verdict) string {
	var b strings.Builder
	section := func(title string, n int, item func(i int) string) {
		if n == 0 {
			return
		}
		fmt.Fprintf(&b, "\n### %s\n\n", title)
		for i := range min(n, maxListed) {
			fmt.Fprintf(&b, "- %s\n", item(i))
		}
		if n > maxListed {
			fmt.Fprintf(&b, "- and %d more; the JSON report has them\n", n-maxListed)
		}
	}
	section("Waiting for", len(v.Waiting), func(i int) string {
		s := &v.Waiting[i]
		t := "**" + md(seatText(s), maxText) + "** " + md(couldText(s), maxText)
		if s.Line != "" && (i+1 >= min(len(v.Waiting), maxListed) || v.Waiting[i+1].Line != s.Line) {
			t += " An approval has to begin with the line " + redact.Code(redact.Cut(s.Line, maxLine))
		}
		return t
	})
	section("Reviews", len(v.Approvals), func(i int) string {
		return approvalSign(v, &v.Approvals[i]) + " " + md(approvalText(&v.Approvals[i]), maxText)
	})
	return b.String()
}

func markdownBlocks(v *checks.Verdict, planRoom int, brief bool) []block {
	var out []block
	for _, s := range sections(v) {
		plans := ""
		if s.answer.ID == checks.QuestionPlan {
			plans = markdownPlans(v, planRoom)
		}
		if len(s.gaps)+len(s.groups) == 0 && plans == "" {
			continue
		}
		out = append(out, block{head: "\n### " + md(s.answer.Title, 60) + "\n"})
		if plans != "" {
			out = append(out, block{head: plans, spare: true})
		}
		if len(s.gaps) > 0 {
			b := block{head: "\n"}
			for i, g := range s.gaps {
				it := fmt.Sprintf("- %s **could not look** (%s): %s\n", signGap, md(string(g.Kind), 60), md(g.Message, maxText))
				if i == len(s.gaps)-1 || !mendedAlike(&g, &s.gaps[i+1]) {
					it += "  " + mdRemedy(g.Remedy) + "\n"
				}
				b.items = append(b.items, it)
			}
			out = append(out, b)
		}
		for i := range s.groups {
			if brief {
				break
			}
			out = append(out, groupBlock(v, &s.groups[i]))
		}
	}
	return out
}

func groupBlock(v *checks.Verdict, g *group) block {
	open := ""
	if g.standing <= asksReview {
		open = " open"
	}
	count := ""
	if n := len(g.shown); n > 1 {
		count = fmt.Sprintf(", %d findings", n)
	}
	var b block
	b.head = fmt.Sprintf("\n<details%s><summary>%s %s: <code>%s</code> (%s%s)</summary>\n\n", open, g.sign(), g.standing, md(g.rule, 60), md(string(g.severity), 60), count)
	if d := g.decided(); d != "" {
		b.head += md(d, maxText) + "\n\n"
	}
	together := g.together()
	for _, t := range together {
		for i, f := range t.findings {
			it := "- " + mdPlace(v, &f.Subject) + "\n"
			first, rest, ok := afterName(f, t.message)
			switch {
			case namesItself(f, t.message) && len(t.findings) == 1:
				it = "- " + md(t.message, maxText) + "\n"
			case ok && len(t.findings) == 1:
				it = "- " + mdSentence(v, f, first, rest) + "\n"
			case len(together) == len(g.shown):
				it += "  " + md(t.message, maxText) + "\n"
			case i == 0: // said once, above the list of what it is about
				it = "\n" + md(t.message, maxText) + "\n\n" + it
			}
			b.items = append(b.items, it)
		}
	}
	if g.why != "" {
		b.foot += "\n**Why it matters:** " + md(g.why, maxText) + "\n"
	}
	if g.remedy != "" && g.standing <= asksReview {
		b.foot += "\n**How to mend it:** " + mdRemedy(g.remedy) + "\n"
	}
	b.foot += "\n</details>\n"
	return b
}

// mdSentence is a message that begins with what it is about.
func mdSentence(v *checks.Verdict, f *checks.Finding, first, rest string) string {
	_, _, note, file := placed(v, &f.Subject)
	t := code(f.Subject.Name) + strings.TrimPrefix(first, f.Subject.Name) + " " + md(rest, maxText)
	if note != "" {
		t += " " + code(note)
	}
	if file != "" {
		t += " in " + code(file)
	}
	return t
}

func mdPlace(v *checks.Verdict, s *checks.Subject) string {
	kind, name, note, file := placed(v, s)
	t := strings.TrimSpace(md(kind, 60) + " " + code(name))
	if note != "" {
		t += " " + code(note)
	}
	if file != "" {
		t += " in " + code(file)
	}
	return t
}

func markdownTail(v *checks.Verdict) string {
	if nothingRead(v) {
		return ""
	}
	var b strings.Builder
	list := func(title string, texts []string) {
		if len(texts) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n", title)
		for i, t := range texts {
			if i == maxListed {
				fmt.Fprintf(&b, "- and %d more; the JSON report has them\n", len(texts)-i)
				break
			}
			fmt.Fprintf(&b, "- %s\n", md(t, maxText))
		}
		b.WriteString("\n</details>\n")
	}
	var checked []string
	for _, q := range v.Questions {
		checked = append(checked, q.Checked...)
	}
	list("Checked", checked)
	if t := notProved(v, "the JSON report lists them"); t != "" {
		b.WriteString("\n" + t + "\n")
	} else {
		list("A pass does not prove", v.NotProved)
	}
	return b.String()
}
