package redact

import (
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width is the number of terminal columns that s takes. It is meant for text
// that went through Visible.
func Width(s string) int { return ansi.StringWidth(s) }

// Ellipsis stands where something was left out.
const Ellipsis = "…"

// Cut returns Visible(s) in at most that many columns. What does not fit is left out of
// the middle, so that the beginning and the end of an address or a path are both
// seen. Text of any length costs no more than a text of a few times columns.
func Cut(s string, columns int) string {
	if columns < 1 {
		return ""
	}
	head, tail := s, ""
	// A column takes at most 16 bytes: a character and its marks.
	if budget := 16*columns + 64; len(s) > 2*budget {
		head, tail = s[:budget], s[len(s)-budget:]
		for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
			tail = tail[1:]
		}
	}
	if tail == "" {
		v := Visible(head)
		if Width(v) <= columns {
			return v
		}
		head, tail = v, v
	} else {
		head, tail = Visible(head), Visible(tail)
	}
	room := columns - 1
	back := room / 3
	return ansi.Truncate(head, room-back, "") + Ellipsis + last(tail, back)
}

// last returns the end of s in at most columns columns.
func last(s string, columns int) string {
	w := Width(s)
	for drop := w - columns; drop > 0; drop++ { // a wide character may need one more
		if t := ansi.TruncateLeft(s, drop, ""); Width(t) <= columns {
			return t
		}
	}
	return s
}
