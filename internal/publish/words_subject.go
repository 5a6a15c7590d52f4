package publish

import (
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// place names what a finding is about: what kind of thing, its name, the words
// beside the name, and the file it is in. All but the kind is still foreign.
func place(s *checks.Subject) (kind, name, note, file string) {
	kind, name, note = redact.Cut(string(s.Kind), 20), s.Name, s.Note
	if s.Path != "" {
		file = s.Path.String()
		if s.Line > 0 {
			file += ":" + strconv.Itoa(s.Line)
			if s.Col > 0 {
				file += ":" + strconv.Itoa(s.Col)
			}
		}
	}
	switch s.Kind {
	case checks.SubjectCommit:
		name = short(name)
	case checks.SubjectPath, checks.SubjectPolicy:
		if file != "" {
			name, file = file, ""
		}
	case checks.SubjectPlan:
		name = planName(name)
	case checks.SubjectChange:
		kind = ""
		if name == "" || short(name) != name {
			name = "the change as a whole"
		}
	}
	return kind, name, note, file
}

// placed is place without what the report says anyway: where there is one plan, a
// resource is of that.
func placed(v *checks.Verdict, s *checks.Subject) (kind, name, note, file string) {
	kind, name, note, file = place(s)
	if s.Kind != checks.SubjectResource || s.Plan == "" {
		return kind, name, note, file
	}
	if rest, ok := strings.CutPrefix(note, s.Plan); ok {
		note = strings.TrimPrefix(rest, ", ")
	}
	if len(v.Change.Plans) > 1 {
		if note != "" {
			note = ", " + note
		}
		note = planName(s.Plan) + note
	}
	return kind, name, note, file
}

// afterName splits a message that begins with the name of the resource it is about, so
// that no report says the name twice. The first part ends where the second continues
// the sentence.
func afterName(f *checks.Finding, message string) (name, rest string, ok bool) {
	if f.Subject.Kind != checks.SubjectResource || f.Subject.Name == "" {
		return "", message, false
	}
	rest, ok = strings.CutPrefix(message, f.Subject.Name)
	switch {
	case ok && strings.HasPrefix(rest, ": "):
		return f.Subject.Name + ":", rest[2:], true
	case ok && strings.HasPrefix(rest, " "):
		return f.Subject.Name, rest[1:], true
	}
	return "", message, false
}

// namesItself reports whether what is said of a plan names the plan.
func namesItself(f *checks.Finding, message string) bool {
	n := f.Subject.Name
	return f.Subject.Kind == checks.SubjectPlan && n != "" && strings.Contains(message, planName(n))
}

// said is a finding in one text: what it is about and what is said of it.
func said(v *checks.Verdict, f *checks.Finding, columns int) string {
	kind, name, note, file := placed(v, &f.Subject)
	beside := ""
	if note != "" {
		beside += ", " + redact.Cut(note, columns)
	}
	if file != "" {
		beside += " (" + redact.Cut(file, columns) + ")"
	}
	if first, rest, ok := afterName(f, f.Message); ok {
		text := redact.Cut(first, columns) + " " + redact.Cut(rest, maxText)
		if beside = strings.TrimPrefix(beside, ", "); beside != "" {
			text += " [" + strings.TrimSpace(beside) + "]"
		}
		return text
	}
	if namesItself(f, f.Message) {
		return redact.Cut(f.Message, maxText)
	}
	return strings.TrimSpace(kind+" "+redact.Cut(name, columns)) + beside + ": " + redact.Cut(f.Message, maxText)
}
