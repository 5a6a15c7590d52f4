package publish

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// DefaultWidth is the width of a report in columns where nothing else is known.
const DefaultWidth = 80

// Narrower than minWidth nothing is readable, wider than maxWidth no paragraph is.
const (
	minWidth = 40
	maxWidth = 120
)

// page writes lines of a terminal report: wrapped, indented, styled.
type page struct {
	out   strings.Builder
	width int
	color bool
	ascii *strings.Replacer // nil when all signs can be shown
}

func newPage(o Options) *page {
	w := o.Width
	if w == 0 {
		w = DefaultWidth
	}
	p := &page{width: min(max(w, minWidth), maxWidth), color: o.Color}
	if o.ASCII {
		p.ascii = strings.NewReplacer(signGood, "+", signBad, "x", signWait, "*", signNote, "-", redact.Ellipsis, "~")
	}
	return p
}

// style is how a piece of text looks. Colours only ever repeat what a word says.
type style uint8

const (
	plain style = iota
	bold
	faint
	good
	bad
	wait
	gap
)

func (p *page) paint(s style, text string) string {
	if !p.color || s == plain || text == "" {
		return text
	}
	st := lipgloss.NewStyle()
	colors := map[style]color.Color{good: lipgloss.Green, bad: lipgloss.Red, wait: lipgloss.Yellow, gap: lipgloss.Magenta}
	switch s {
	case faint:
		st = st.Faint(true)
	case bold:
		st = st.Bold(true)
	default:
		st = st.Bold(true).Foreground(colors[s])
	}
	return st.Render(text)
}

func outcomeStyle(o checks.Outcome) style {
	switch o {
	case checks.Verified:
		return good
	case checks.Refused:
		return bad
	case checks.Waiting:
		return wait
	}
	return gap
}

// A label that leaves less than minText columns has a line of its own.
const minText = 16

// line writes text behind a label. Further lines are indented as wide as the
// label, or by hang columns if that is not negative. The label is our own text and
// may be painted; text is made safe here.
func (p *page) line(label string, hang int, s style, text string) {
	indent := redact.Width(ansi.Strip(label))
	if hang < 0 {
		hang = indent
	}
	text = redact.Visible(text)
	if p.width-indent < min(minText, redact.Width(text)) {
		p.raw(strings.TrimRight(ansi.Truncate(label, p.width, redact.Ellipsis), " "))
		label, indent = strings.Repeat(" ", hang), hang
	}
	for i, l := range wrap(words(text), p.width-indent, p.width-hang) {
		if i > 0 {
			label = strings.Repeat(" ", hang)
		}
		p.raw(strings.TrimRight(label+p.paint(s, l), " "))
	}
}

func (p *page) raw(line string) {
	if p.ascii != nil {
		line = p.ascii.Replace(line)
	}
	p.out.WriteString(line)
	p.out.WriteByte('\n')
}

func (p *page) blank() { p.out.WriteByte('\n') }
