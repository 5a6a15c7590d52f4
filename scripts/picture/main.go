// Command picture draws coloured terminal output as an SVG, for the README:
//
//	claw-verified check … --color always | go run ./scripts/picture > docs/report.svg
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	charWidth  = 8.4
	lineHeight = 19
	margin     = 20
)

// colours of the sixteen-colour palette, by SGR number.
var colours = map[string]string{
	"30": "#484f58", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "37": "#e6edf3",
	"90": "#8b949e", "91": "#ff7b72", "92": "#7ee787", "93": "#e3b341", "94": "#79c0ff", "95": "#d2a8ff", "96": "#76e3ea", "97": "#ffffff",
}

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw(in io.Reader, out io.Writer) error {
	var body strings.Builder
	width, lines := 0, 0
	var st style
	sc := bufio.NewScanner(in)
	for sc.Scan() {
		lines++
		text := sc.Text()
		width = max(width, len([]rune(sgr.ReplaceAllString(text, ""))))
		fmt.Fprintf(&body, `<text x="%d" y="%d" xml:space="preserve">`, margin, margin+lines*lineHeight)
		for text != "" {
			loc := sgr.FindStringSubmatchIndex(text)
			if loc == nil {
				st.span(&body, text)
				break
			}
			st.span(&body, text[:loc[0]])
			st.apply(text[loc[2]:loc[3]])
			text = text[loc[1]:]
		}
		body.WriteString("</text>\n")
	}
	if err := sc.Err(); err != nil {
		return err
	}
	w, h := int(float64(width)*charWidth)+2*margin, lines*lineHeight+3*margin
	_, err := fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="The report of a refused change, in a terminal">
<rect width="100%%" height="100%%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#e6edf3">
%s</g>
</svg>
`, w, h, w, h, body.String())
	return err
}

type style struct {
	colour      string
	bold, faint bool
}

func (s *style) apply(codes string) {
	for c := range strings.SplitSeq(codes, ";") {
		switch {
		case c == "" || c == "0":
			*s = style{}
		case c == "1":
			s.bold = true
		case c == "2":
			s.faint = true
		case c == "22":
			s.bold, s.faint = false, false
		case c == "39":
			s.colour = ""
		case colours[c] != "":
			s.colour = colours[c]
		}
	}
}

func (s *style) span(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	b.WriteString("<tspan")
	if s.colour != "" {
		fmt.Fprintf(b, ` fill="%s"`, s.colour)
	}
	if s.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if s.faint {
		b.WriteString(` fill-opacity="0.65"`)
	}
	fmt.Fprintf(b, ">%s</tspan>", html.EscapeString(text))
}
