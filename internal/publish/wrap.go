package publish

import (
	"encoding/hex"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/claw-verified/claw-verified/internal/redact"
)

// A command of up to shortCommand columns is found again inside a line. A longer
// one is given a line of its own where it does not fit.
const shortCommand = 24

// word is what a line is made of.
type word struct {
	text  string
	whole bool   // never broken, even if it is longer than a line
	alone string // what stands on a line of its own when text does not fit; empty: text itself
}

// words splits text at spaces. Object ids and paths stay whole, because half of
// one is of no use to anybody who copies it.
func words(text string) []word {
	var out []word
	for _, w := range strings.Fields(text) {
		out = append(out, word{text: w, whole: keepWhole(w)})
	}
	return out
}

// keepWhole is for plain ASCII only: a longer line is folded by the terminal, and
// no sign of ours may then be forged at the beginning of one.
func keepWhole(w string) bool {
	if len(w) > maxName || strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return false
	}
	if strings.Contains(w, "/") {
		return true
	}
	_, err := hex.DecodeString(w)
	return err == nil && len(w) >= 40
}

// remedyWords keeps text between backticks together, so that a command can be
// pasted.
func remedyWords(text string) []word {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // one backtick has no partner
		return words(text)
	}
	var out []word
	for i := 0; i < len(parts); i++ {
		if i%2 == 0 {
			out = append(out, words(parts[i])...)
			continue
		}
		w, glued := word{text: "`" + parts[i] + "`", whole: true}, false
		// What touches the command stays with it.
		if before := parts[i-1]; !strings.HasSuffix(before, " ") && (i > 1 || before != "") {
			if n := len(out); n > 0 && out[n-1].alone == "" {
				w.text = out[n-1].text + w.text
				out, glued = out[:n-1], true
			}
		}
		after := parts[i+1]
		touching, _, _ := strings.Cut(after, " ")
		if after != "" {
			parts[i+1] = after[len(touching):]
			w.text += touching
		}
		// Only a command that nothing but the end of a clause touches can stand
		// alone: the mark is then left out, because it would be pasted with it.
		if !glued && strings.Trim(touching, ".,;:") == "" && redact.Width(parts[i]) > shortCommand {
			w.alone = strings.TrimSpace(parts[i])
		}
		if !printable(parts[i]) || len(parts[i]) > 2*maxName {
			out = append(out, words(w.text)...)
			continue
		}
		out = append(out, w)
	}
	return out
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// wrap breaks text between words into lines of at most first columns, then at most
// rest. Words that are longer are broken anywhere, except whole ones, which have a
// line of their own however long. No line begins like a workflow command, wherever
// the breaks fall.
func wrap(list []word, first, rest int) []string {
	var lines []string
	width, line, used := max(first, 1), "", 0
	flush := func() {
		lines = append(lines, line)
		width, line, used = max(rest, 1), "", 0
	}
	for _, wd := range list {
		text, w := wd.text, redact.Width(wd.text)
		if used > 0 && used+1+w > width {
			flush()
			if wd.alone != "" {
				line = redact.LogLine(wd.alone)
				flush()
				continue
			}
		}
		if used > 0 {
			line += " "
			used++
		} else if wd.whole && len(lines) == 0 && w > width && rest > first {
			flush() // the label stands alone, and the word begins further left
		}
		for {
			if used == 0 {
				text = redact.LogLine(text)
				w = redact.Width(text)
			}
			if wd.whole || w <= width-used {
				break
			}
			head := ansi.Truncate(text, width-used, "")
			if head == "" || head == text { // one character is wider than the line
				break
			}
			line += head
			text = text[len(head):]
			flush()
		}
		if wd.alone != "" && used == 0 && w > width {
			line = redact.LogLine(wd.alone)
			flush()
			continue
		}
		line += text
		used += w
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
