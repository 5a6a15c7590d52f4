package redact

import (
	"fmt"
	"regexp"
	"strings"
)

// Markdown returns s as text that renders as itself in GitHub's Markdown, in a
// paragraph, a list, a table cell or inside HTML: one line, no markup, no HTML, no
// link, no mention, no reference, no emoji by name.
//
// Characters that could begin markup become character references, which work in
// Markdown and in HTML alike and are never structure. GitHub looks for mentions
// and references in the rendered text, where a character reference no longer
// helps; an empty space (U+200B, written as a reference) keeps the sign and the
// name apart there.
func Markdown(s string) string {
	s = Visible(s)
	var b strings.Builder
	b.Grow(len(s) + 32)
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '@' || c == '#':
			fmt.Fprintf(&b, "&#%d;&#8203;", c)
		case c == ':' && (strings.HasPrefix(s[i+1:], "//") || emoji.MatchString(s[i:])):
			b.WriteString("&#58;&#8203;")
		case c == '_' && i > 0 && i+1 < len(s) && alnum(s[i-1]) && alnum(s[i+1]):
			b.WriteByte(c) // between letters it is no markup, and addresses are full of it
		case strings.IndexByte("&<>\"'`*_[]|~\\$", c) >= 0,
			strings.IndexByte("-+=:", c) >= 0 && strings.TrimSpace(s[:i]) == "",
			(c == '.' || c == ')') && number.MatchString(s[:i]),
			c == '.' && endsWithWWW(s[:i]):
			fmt.Fprintf(&b, "&#%d;", c)
		case c == '-' && i >= 2 && strings.EqualFold(s[i-2:i], "gh"):
			b.WriteString("-&#8203;") // GH-1 is a reference
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

var (
	emoji  = regexp.MustCompile(`^:[A-Za-z0-9_+-]+:`)
	number = regexp.MustCompile(`^ *[0-9]{1,9}$`)
)

func endsWithWWW(s string) bool {
	return len(s) >= 3 && strings.EqualFold(s[len(s)-3:], "www")
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Code returns s as Markdown inline code: one line between more backticks than s
// has in a row. Nothing inside is markup, a link or a mention, and what is copied
// out of it is exact. It is not for table cells, where a vertical bar ends the
// cell even inside code, nor for HTML.
func Code(s string) string {
	s = Visible(s)
	if strings.TrimSpace(s) == "" {
		return "` `"
	}
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	pad := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		pad = " "
	}
	return fence + pad + s + pad + fence
}
