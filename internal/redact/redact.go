// Package redact makes foreign text safe for one place each: a terminal, a
// Markdown document, a workflow command, an XML file.
//
// Commit messages, branch names, resource addresses, paths and logins are
// written by whoever made the change, who may want the report to lie: move the
// cursor over a refusal, turn text around, hide a character in a name, close a
// table, mention a team, forge a workflow command. The functions here are pure,
// never fail, and take any bytes.
//
// What is not printable becomes a visible escape, such as \u202e, instead of
// being dropped: a reader must see that something was there. The escapes are for
// reading; they cannot be turned back, because a text may hold the same letters
// of its own. The JSON report carries every text unchanged.
//
// Not guarded against: letters that look like other letters, and scripts that
// are written from right to left by their nature.
package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s as one line of printable characters. Control characters,
// line breaks, escape sequences, direction marks, invisible characters, unusual
// spaces, unassigned code points, private use and bytes that are not UTF-8 become
// escapes. The old form of a workflow command, ##[, is broken up, because one can
// stand anywhere in a log. Visible(Visible(s)) is Visible(s).
func Visible(s string) string { return visible(s, false) }

// Lines is Visible for each line: line feeds stay, carriage returns do not.
func Lines(s string) string { return visible(s, true) }

// maxMarks is how many combining marks may follow each other. More pile up over
// the lines above and below.
const maxMarks = 3

func visible(s string, keepLines bool) string {
	// A workflow's log obeys these three wherever they stand in a line.
	s = strings.ReplaceAll(s, "##[", `#\u0023[`)
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' && keepLines:
			b.WriteByte('\n')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r), marks > maxMarks, marks > 0 && i == 0:
			escape(&b, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func escape(b *strings.Builder, r rune) {
	if r > 0xffff {
		fmt.Fprintf(b, `\U%08x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// plain reports whether s is printable ASCII, which is nearly everything.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// hidden reports whether a reader would not see r, or not see it for what it is.
// IsPrint knows controls, formats (which include the direction marks), spaces
// other than the common one, surrogates, private use and unassigned code points;
// the tables add letters and marks that are drawn as nothing.
func hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == 0x2800 // a Braille pattern without dots
}
