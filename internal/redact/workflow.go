package redact

import "strings"

// CommandData returns s as the message of a workflow command: several lines are
// allowed, nothing else that is not printable. The runner turns %0A back into a
// line break after it has found the command, so no text can begin a new one.
func CommandData(s string) string {
	return commandData.Replace(LogLine(Lines(s)))
}

// CommandProperty returns s as the value of a workflow command's property, such
// as title. It is one line.
func CommandProperty(s string) string {
	return commandProperty.Replace(LogLine(Visible(s)))
}

var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// LogLine keeps the lines of s from being workflow commands when they are printed
// in a workflow's log. The runner takes a line for a command that begins with two
// colons after any white space, or that has ##[ anywhere.
func LogLine(s string) string {
	s = strings.ReplaceAll(s, "##[", `#\u0023[`)
	if !strings.Contains(s, "::") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		text := strings.TrimLeft(l, " \t")
		if strings.HasPrefix(text, "::") {
			lines[i] = l[:len(l)-len(text)] + `\u003a` + text[1:]
		}
	}
	return strings.Join(lines, "\n")
}

// XML returns s with only characters that XML 1.0 allows, several lines allowed.
// The characters that are markup are left to the XML encoder.
func XML(s string) string { return Lines(s) }

// Terminal returns s for a terminal or a log, several lines allowed: nothing that
// is not printable, and no line that a workflow's log would obey.
func Terminal(s string) string { return LogLine(Lines(s)) }
