package publish

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// Limits of workflow commands. The runner keeps ten annotations of each kind per
// step and cuts messages; what is beyond is dropped without a word, so we say it
// ourselves.
const (
	maxAnnotations     = 10
	maxAnnotationBytes = 4096 // of the message as written
	maxTitle           = 160  // columns
)

// annotation is one workflow command.
type annotation struct {
	kind    string // "error", "warning", "notice"
	title   string
	message string
	file    string
	line    int
	col     int
}

// GitHub writes annotations as workflow commands, and the outcome as a plain
// line.
func GitHub(w io.Writer, v *checks.Verdict, _ Options) error {
	byKind := map[string][]annotation{}
	if a, ok := originNotice(v); ok {
		byKind[a.kind] = []annotation{a} // before the others of its kind, so that it is among those that are kept
	}
	for _, a := range annotations(v) {
		byKind[a.kind] = append(byKind[a.kind], a)
	}
	var b strings.Builder
	for _, kind := range []string{"error", "warning", "notice"} {
		list := byKind[kind]
		if n := len(list); n > maxAnnotations {
			list = append(list[:maxAnnotations-1:maxAnnotations-1], annotation{
				kind: kind, title: fmt.Sprintf("%d more", n-maxAnnotations+1),
				message: fmt.Sprintf("%d more of this kind are not annotated; the job summary and the JSON report have them.", n-maxAnnotations+1),
			})
		}
		for _, a := range list {
			b.WriteString(a.command())
		}
	}
	for _, t := range []string{Word(v, v.Outcome) + ": " + headline(v) + ".", observed(v), overrideText(v)} {
		if t != "" {
			b.WriteString("Claw Verified: " + redact.LogLine(redact.Cut(t, maxText)) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func annotations(v *checks.Verdict) []annotation {
	var out []annotation
	for _, g := range v.Undecided {
		out = append(out, annotation{kind: "error", title: "could not look: " + string(g.Kind), message: lines(g.Message, g.Remedy)})
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		out = append(out, annotationOf(v, f, standingOf(v, f)))
	}
	for i := range v.Waiting {
		s := &v.Waiting[i]
		out = append(out, annotation{kind: "warning", title: "waiting for people", message: lines("Waiting for "+seatText(s), strings.TrimSpace(couldText(s)+" "+lineText(s)))})
	}
	if v.Mode == checks.ModeObserve {
		for i := range out {
			out[i].title = "observed only: " + out[i].title
			if out[i].kind == "error" {
				out[i].kind = "warning"
			}
		}
	}
	return out
}

// originNotice tells in one notice what the commits prove, a line for each group of
// them; ok is false when there is nothing to tell.
func originNotice(v *checks.Verdict) (a annotation, ok bool) {
	const most, columns = 10, 360 // so that what is left out is told within the limit of a message
	groups, rest := firstOrigins(originGroups(v), most)
	if len(groups) == 0 {
		return annotation{}, false
	}
	list := make([]string, 0, most+1)
	for i := range groups {
		list = append(list, redact.Cut(groups[i].line(), columns))
	}
	if rest != "" {
		list = append(list, rest+"; the JSON report has all")
	}
	return annotation{kind: "notice", title: "origins of " + checks.Plural(len(v.Origins), "commit", "commits"), message: lines(list...)}, true
}

func annotationOf(v *checks.Verdict, f *checks.Finding, st standing) annotation {
	kind, name, note, file := placed(v, &f.Subject)
	a := annotation{kind: "notice", title: fmt.Sprintf("%s: %s", f.Rule, strings.TrimSpace(kind+" "+redact.Cut(name, 80)))}
	switch st {
	case denies:
		a.kind = "error"
	case asksReview:
		a.kind = "warning"
	}
	where := strings.TrimSpace(kind + " " + redact.Cut(name, maxName))
	if _, _, ok := afterName(f, f.Message); ok {
		where = ""
	}
	if note != "" {
		where = strings.TrimPrefix(where+", "+redact.Cut(note, maxName), ", ")
	}
	// The runner reads the path literally, so one that must be quoted is only told.
	if p := f.Subject.Path; linkable(string(p)) && p.String() == string(p) && redact.Visible(string(p)) == string(p) {
		a.file, a.line, a.col = string(p), f.Subject.Line, f.Subject.Col
	} else if file != "" {
		where = strings.TrimSpace(where + " (" + redact.Cut(file, maxName) + ")")
	}
	why, remedy := "", ""
	if st <= asksReview {
		why, remedy = "Why it matters: "+f.Why, "How to mend it: "+f.Remedy
	}
	a.message = lines(st.String()+": "+redact.Cut(f.Message, maxText), where, why, remedy)
	return a
}

// lines puts texts below each other, each made one line.
func lines(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, redact.Cut(t, maxText))
		}
	}
	return strings.Join(out, "\n")
}

func (a *annotation) command() string {
	var props []string
	if a.file != "" {
		props = append(props, "file="+redact.CommandProperty(a.file))
		if a.line > 0 {
			props = append(props, fmt.Sprintf("line=%d", a.line))
			if a.col > 0 {
				props = append(props, fmt.Sprintf("col=%d", a.col))
			}
		}
	}
	props = append(props, "title="+redact.CommandProperty(redact.Cut(a.title, maxTitle)))
	return "::" + a.kind + " " + strings.Join(props, ",") + "::" + fit(redact.CommandData(a.message), maxAnnotationBytes) + "\n"
}

// fit cuts escaped text without cutting an escape or a character in two.
func fit(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := limit - len(redact.Ellipsis)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	if i := strings.LastIndexByte(s[:n], '%'); i >= 0 && i > n-3 {
		n = i
	}
	return s[:n] + redact.Ellipsis
}
